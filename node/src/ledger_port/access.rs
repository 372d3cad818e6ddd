//! Which records an institution may read.
//!
//! Whatever is not allowed is answered like what does not exist. Every row of the table below is a
//! row of the test.
//!
//! ```text
//! member, payment terms,      everybody with a key that signs
//!   movement controls,
//!   screening terms and lists,
//!   asset, misconduct, halt,
//!   quarantine, directory
//!   notices and terms
//! currency                    its issuer, the custodians of its reserves: totals that move with
//!                             every block would tell a bank what others pay
//! holdings, account, party    its member
//! spent                       the member whose customer it is
//! member policy, account      its member
//!   policy, sub-accounts
//! key limits                  the organisation of the person
//! clearance                   the member that said so
//! queue                       its member, solvers
//! position                    its member
//! vault                       the member whose account it was taken from
//! module                      everybody with a key that signs
//! resource                    the member of the account that holds it
//! surrender                   its member, the asset's registrar
//! seizure                     who decided, the account's member; of a burn, the currency's issuer
//! policy, its entries         network compliance
//! key, person                 its organisation
//! request                     its member, the currency's issuer
//! proposal                    the organisation that proposed
//! leg                         its two members
//! reserve, sequence           its custodian, its issuer
//! entry                       as its reserve, and the member whose money it was
//! chain, window, origin       the overseer only: the chain's record holds the secret from which
//!                             the salts of every leaf come
//! blocks                      the overseer only: payloads hold everybody's payments (W24)
//! ```
//!
//! # Place      ledger port -> [access] -> store
//! # Invariants the overseer (role regulator) reads everything; nobody else reads what is not here
//! # Absent     case-bound grants and the record of who looked (planned)

use ledger_core::{
    authority::{KeyRecord, Role},
    id::{Lei, ReserveId},
    proposal_kind::ProposalKind,
    record::{Name, Record},
    reserve::Counterparty,
    seizure::Disposal,
    time::LedgerTime,
};

/// Who asks, as its key stands on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Its organisation.
    pub(crate) organisation: Lei,
    /// What its key is for.
    pub(crate) role: Role,
}

impl Caller {
    /// The holder of a registered key; `None` when it was revoked or replaced by this time.
    pub(crate) fn of(key: &KeyRecord, now: LedgerTime) -> Option<Self> {
        let grant = key.grant;
        key.signs_at(now).then_some(Self { organisation: grant.organisation, role: grant.role })
    }
}

/// Whether a caller may read blocks with their payloads.
pub(crate) fn may_follow(caller: &Caller) -> bool {
    caller.role == Role::Regulator
}

/// Whether a caller may read a record; `lookup` finds others that it refers to.
pub(crate) fn may_read(
    caller: &Caller,
    record: &Record,
    name: &Name,
    lookup: impl Fn(&Name) -> Option<Record>,
) -> bool {
    if caller.role == Role::Regulator {
        return true;
    }
    let own = caller.organisation;
    let keeps = |id: &ReserveId| match lookup(&Name::Reserve(*id)) {
        Some(Record::Reserve(reserve)) => [reserve.custodian, reserve.issuer].contains(&own),
        _ => false,
    };
    let issues = |code| match lookup(&Name::Currency(code)) {
        Some(Record::Currency(currency)) => currency.issuer == own,
        _ => false,
    };
    let is_member = || lookup(&Name::Member(own)).is_some();
    let registers = |code| match lookup(&Name::Asset(code)) {
        Some(Record::Asset(asset)) => asset.terms.registrar == own,
        _ => false,
    };
    let keeps_account = |id| match lookup(&Name::Account(id)) {
        Some(Record::Account(account)) => account.member == own,
        _ => false,
    };
    match record {
        Record::Origin | Record::Chain(_) | Record::Window(_) => false,
        Record::Member(_)
        | Record::PaymentTerms(_)
        | Record::MovementControls(_)
        | Record::ScreeningTerms(_)
        | Record::ScreeningList(_)
        | Record::Parameters(_)
        | Record::Membership(_)
        | Record::Committee(_)
        | Record::Misconduct(_)
        | Record::Expelled(_)
        | Record::Halt(_)
        | Record::Quarantine(_)
        | Record::Rules(_)
        | Record::DirectoryNotice(_)
        | Record::DirectoryTerms(_) => true,
        Record::Clearance(clearance) => clearance.member == own,
        Record::Seizure(seizure) => {
            let burned = seizure.order.disposal == Disposal::Burn;
            [seizure.organisation, seizure.member].contains(&own)
                || burned && issues(seizure.order.money.currency())
        }
        Record::Policy(_) | Record::PolicyEntry(_) => caller.role == Role::NetworkCompliance,
        Record::MemberPolicy(policy) => policy.member == own,
        Record::AccountPolicy(policy) => keeps_account(policy.account),
        Record::SubAccount(sub) => keeps_account(sub.account),
        Record::SubAccounts(subs) => keeps_account(subs.parent),
        Record::KeyLimits(limits) => match lookup(&Name::Person(limits.person)) {
            Some(Record::Person(person)) => person.organisation == own,
            _ => false,
        },
        Record::Queue(queue) => queue.member == own || caller.role == Role::Solver,
        Record::Asset(_) | Record::Module(_) => true,
        Record::Position(position) => position.member == own,
        Record::Surrender(record) => {
            record.member == own || registers(record.surrender.units.asset)
        }
        Record::Growth(growth) => growth.organisation == own,
        Record::Vault(vault) => vault.owner.member == own,
        // Contracts keep what concerns all their parties: the member of the account may read it.
        Record::Resource(resource) => keeps_account(resource.account),
        Record::Currency(currency) => currency.issuer == own || currency.reserves.iter().any(keeps),
        Record::Holdings(holdings) => holdings.member == own,
        Record::Account(account) => account.member == own,
        Record::Party(party) => party.member == own,
        Record::Person(person) => person.organisation == own,
        Record::Key(key) => key.grant.organisation == own,
        Record::Reserve(reserve) => [reserve.custodian, reserve.issuer].contains(&own),
        Record::Entry(record) => {
            record.entry.counterparty == Counterparty::Member(own) || keeps(&record.entry.reserve)
        }
        Record::Request(record) => record.member == own || issues(record.request.money.currency()),
        Record::Proposal(proposal) => {
            let voted_on =
                ProposalKind::of(&proposal.action).is_some_and(ProposalKind::before_members);
            proposal.organisation == own || (voted_on && is_member())
        }
        Record::Ballot(_) => is_member(),
        Record::Leg(record) => [record.leg.instructing, record.leg.instructed].contains(&own),
        Record::Redemption(record) => record.member == own || issues(record.money.currency()),
        Record::Operators(_) | Record::Addresses(_) => caller.role == Role::Operator,
        Record::Anchors(anchors) => anchors.member == own,
        Record::MintControls(controls) => issues(controls.currency),
        Record::Spent(spent) => match lookup(&Name::Party(spent.party)) {
            Some(Record::Party(party)) => party.member == own,
            _ => false,
        },
        // The record is the entry's identity; whose it is stands in the name.
        Record::Sequence(_) => matches!(name, Name::Sequence(reserve, _) if keeps(reserve)),
    }
}

#[cfg(test)]
mod tests;
