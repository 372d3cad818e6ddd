//! Proposals: one mechanism for everything that needs more than one person.
//!
//! # Invariants I5 distinct persons with active keys still in role are counted at execution
//! # Absent     how many persons a kind needs (`parameters`), votes of members (`ballot`)

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, AccountStatus, Balances},
    address, asset,
    authority::{KeyRecord, Operators, Person, Role, RoleKey},
    ballot,
    codec::encode,
    command::{Action, Approval},
    controls::set_terms,
    digest::Hash32,
    directory,
    draft::{Draft, Signers},
    execute::Facts,
    freeze::unfreeze,
    halt,
    id::{AccountId, CommandId, Lei, PersonId, ReserveId},
    issuance::mint,
    journal::LogName,
    key_limits,
    limits::{BASIS_POINTS, MAX_DIRECTORY_KEYS, MAX_OPERATOR_KEYS, MAX_RESERVES},
    member::{DirectoryEntry, Holdings, Member, is_member_role},
    merkle::LogHead,
    money::Currency,
    movement, parameters, policy, program,
    receipt::Effect,
    record::{Name, Record},
    redemption::{cancel_payout, confirm_payout, instruct_payout},
    refusal::Refusal,
    reserve::{EvidenceClass, Reserve, ReserveBooks},
    rotation::{register_own, revoke_own, rotate},
    screening,
    seizure::seize,
    signature::PublicKey,
    signing::{self, MemberPolicy},
    spending, sub_account,
    suspension::{reinstate, suspend},
    time::LedgerTime,
    validators,
};

/// The longest that a proposal may collect approvals, in milliseconds: seven days.
pub const MAX_PROPOSAL_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// First version of the approval policy; approvals name the one in force, so a change voids those
/// pending. A member's own proposals go by the version of its policy, see [`crate::signing`].
pub const POLICY_VERSION: u32 = 1;

/// Where a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProposalStatus {
    /// It collects approvals.
    Open,
    /// It happened.
    Executed,
    /// It has the persons that it needs, and members vote on it.
    BeforeMembers,
}

/// A proposal's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The command that proposed it.
    pub id: CommandId,
    /// Whose proposal.
    pub organisation: Lei,
    /// What is to happen.
    pub action: Action,
    /// Hash of it, which approvals must name.
    pub content: Hash32,
    /// Version of the policy in force when it was made.
    pub policy_version: u32,
    /// Keys that said yes, the maker's first: one per person.
    pub approvals: Vec<PublicKey>,
    /// Until when approvals count.
    pub expires: LedgerTime,
    /// Where it is.
    pub status: ProposalStatus,
}

impl Action {
    /// The role whose holders propose and approve it.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::AdmitMember(_)
            | Self::OpenAccount { .. }
            | Self::RegisterReserve { .. }
            | Self::RegisterKey(_)
            | Self::RevokeKey { .. }
            | Self::SetMintTerms { .. }
            | Self::SetPaymentTerms { .. }
            | Self::SuspendMember { .. }
            | Self::ReinstateMember { .. }
            | Self::RotateKey(_)
            | Self::RegisterAsset(_)
            | Self::SetAssetStatus { .. }
            | Self::ChangeParameters(_)
            | Self::ChangeValidators(_)
            | Self::PublishModules(_)
            | Self::HaltNetwork(_)
            | Self::ResumeNetwork { .. }
            | Self::MoveValidator(_)
            | Self::NameMember(_)
            | Self::SetDirectoryTerms { .. } => Role::Operator,
            Self::Mint { .. }
            | Self::InstructPayout { .. }
            | Self::ConfirmPayout { .. }
            | Self::CancelPayout { .. } => Role::Treasury,
            Self::Unfreeze { .. }
            | Self::RegisterList { .. }
            | Self::SetScreening { .. }
            | Self::SetMovementTerms { .. }
            | Self::Seize(_)
            | Self::CreatePolicy { .. }
            | Self::ListInPolicy { .. } => Role::NetworkCompliance,
            Self::RotateOwnKey(_)
            | Self::RegisterOwnKey(_)
            | Self::RevokeOwnKey { .. }
            | Self::SetRolePolicy { .. }
            | Self::SetAccountPolicy { .. }
            | Self::SetKeyLimits { .. }
            | Self::OpenSubAccount(_)
            | Self::ChangeDirectory(_)
            | Self::RevokeMessageKey { .. }
            | Self::Vote { .. } => Role::Admin,
            Self::IssueUnits { .. } | Self::CancelUnits { .. } => Role::Registrar,
        }
    }
}

/// Puts an action before further persons.
///
/// # Errors
/// [`Refusal::WrongRole`], [`Refusal::OutOfRange`]. What the action itself forbids is decided when
/// it would happen, by the state as it is then.
pub(crate) fn propose(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    action: &Action,
    expires: LedgerTime,
) -> Result<Facts, Refusal> {
    let maker = signers.require(action.role())?.key;
    if expires <= draft.now() || expires > draft.now().after(MAX_PROPOSAL_MS) {
        return Err(Refusal::OutOfRange);
    }
    let id = draft.command;
    let proposal = Proposal {
        id,
        organisation: *organisation,
        action: action.clone(),
        content: action.content(),
        policy_version: signing::version(draft, organisation, action.role()),
        approvals: vec![maker],
        expires,
        status: ProposalStatus::Open,
    };
    draft.put(&Name::Proposal(id), Record::Proposal(proposal));
    Ok(Facts::new(Effect::Proposed, vec![*organisation]))
}

/// A further person's yes. When enough distinct persons with active keys still in role have said
/// it (I5), the action happens in the same command. A refused action refuses the whole command, so
/// the yes that would have been the last is not kept either.
///
/// # Errors
/// Every [`Refusal`] about the proposal and the approver, then those of the action itself.
pub(crate) fn approve(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    approval: &Approval,
) -> Result<Facts, Refusal> {
    let name = Name::Proposal(approval.proposal);
    let Some(Record::Proposal(mut proposal)) = draft.get(&name).cloned() else {
        return Err(Refusal::ProposalUnknown);
    };
    let role = proposal.action.role();
    signers.require(role)?;
    let version = signing::version(draft, organisation, role);
    check_approval(&proposal, organisation, approval, version, draft.now())?;
    // A key revoked since no longer counts, and its person may say yes again with another.
    let in_role = |key: &PublicKey| draft.active_key(key).is_ok_and(|grant| grant.role == role);
    proposal.approvals.retain(in_role);
    let persons: BTreeSet<PersonId> = proposal
        .approvals
        .iter()
        .filter_map(|key| draft.active_key(key).ok().map(|grant| grant.person))
        .collect();
    let further = signers
        .in_role(role)
        .find(|grant| !persons.contains(&grant.person) || planted!(SamePerson));
    proposal.approvals.push(further.ok_or(Refusal::SamePerson)?.key);
    if proposal.status == ProposalStatus::BeforeMembers {
        return Err(Refusal::ProposalNotOpen);
    }
    let own = MemberPolicy::of(draft, organisation).admin;
    let needed = parameters::persons(draft, &proposal.action, own)?;
    // Each approval is another person's, and MAX_APPROVALS bounds every threshold.
    if proposal.approvals.len() < usize::from(needed) {
        draft.put(&name, Record::Proposal(proposal));
        return Ok(Facts::new(Effect::Approved, vec![*organisation]));
    }
    if ballot::is_needed(draft, &proposal.action) {
        return Ok(ballot::open(draft, proposal));
    }
    let action = proposal.action.clone();
    proposal.status = ProposalStatus::Executed;
    draft.put(&name, Record::Proposal(proposal));
    let mut facts = perform(draft, organisation, &action)?;
    facts.parties.push(*organisation);
    Ok(facts)
}

/// Whether an approval is for this proposal as it stands, in order of precedence.
pub(crate) fn check_approval(
    proposal: &Proposal,
    organisation: &Lei,
    approval: &Approval,
    version: u32,
    now: LedgerTime,
) -> Result<(), Refusal> {
    if proposal.organisation != *organisation {
        return Err(Refusal::ProposalNotYours);
    }
    if proposal.status == ProposalStatus::Executed {
        return Err(Refusal::ProposalExecuted);
    }
    if proposal.expires <= now {
        return Err(Refusal::ProposalExpired);
    }
    if approval.content != proposal.content {
        return Err(Refusal::ApprovalContentMismatch);
    }
    if approval.policy_version != proposal.policy_version || approval.policy_version != version {
        return Err(Refusal::ApprovalPolicyMismatch);
    }
    Ok(())
}

/// Does what was decided.
pub(crate) fn perform(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    action: &Action,
) -> Result<Facts, Refusal> {
    halt::check_action(draft, action)?;
    match action {
        Action::AdmitMember(directory) => {
            admit_member(draft, directory)?;
            Ok(Facts::new(Effect::Executed, vec![directory.lei]))
        }
        Action::OpenAccount { member, currency, blind } => {
            let id = open_account(draft, member, *currency, blind)?;
            let facts = Facts::new(Effect::Executed, vec![*member]);
            Ok(Facts { credit: Some(id), ..facts })
        }
        Action::RegisterReserve { custodian, currency, account, class, haircut } => {
            let terms = ReserveTerms { custodian, account, class: *class, haircut: *haircut };
            let issuer = register_reserve(draft, *currency, &terms)?;
            Ok(Facts::new(Effect::Executed, vec![*custodian, issuer]))
        }
        Action::RegisterKey(grant) => {
            register_key(draft, grant)?;
            Ok(Facts::new(Effect::Executed, vec![grant.organisation]))
        }
        Action::Mint { request, entry } => mint(draft, organisation, request, entry),
        Action::InstructPayout { redemption } => instruct_payout(draft, organisation, redemption),
        Action::ConfirmPayout { redemption, entry } => {
            confirm_payout(draft, organisation, redemption, entry)
        }
        Action::CancelPayout { redemption } => cancel_payout(draft, organisation, redemption),
        Action::Unfreeze { target } => unfreeze(draft, organisation, target),
        Action::RevokeKey { key } => {
            let holder = revoke_key(draft, key)?;
            Ok(Facts::new(Effect::KeyRevoked, vec![holder]))
        }
        Action::SetMintTerms { currency, terms } => {
            let issuer = set_terms(draft, *currency, terms)?;
            Ok(Facts::new(Effect::Executed, vec![issuer]))
        }
        Action::SetPaymentTerms { currency, terms } => {
            let issuer = spending::set_terms(draft, *currency, terms)?;
            Ok(Facts::new(Effect::Executed, vec![issuer]))
        }
        Action::Seize(order) => seize(draft, organisation, order),
        Action::SetMovementTerms { currency, terms } => {
            let issuer = movement::set_terms(draft, *currency, terms)?;
            Ok(Facts::new(Effect::Executed, vec![issuer]))
        }
        Action::RegisterList { list } => {
            screening::register_list(draft, *list)?;
            Ok(Facts::new(Effect::Executed, Vec::new()))
        }
        Action::SetScreening { oldest, rule_version } => {
            screening::set_terms(draft, *oldest, *rule_version)?;
            Ok(Facts::new(Effect::Executed, Vec::new()))
        }
        Action::CreatePolicy { policy, mode } => {
            policy::create(draft, *policy, *mode)?;
            Ok(Facts::new(Effect::Executed, Vec::new()))
        }
        Action::ListInPolicy { policy, subjects, listed } => {
            policy::list(draft, *policy, subjects, *listed).map(executed)
        }
        Action::SuspendMember { member } => suspend(draft, member),
        Action::ReinstateMember { member } => reinstate(draft, member),
        Action::RotateKey(rotation) => rotate(draft, None, rotation),
        Action::RotateOwnKey(rotation) => rotate(draft, Some(organisation), rotation),
        Action::RegisterOwnKey(grant) => register_own(draft, organisation, grant),
        Action::RevokeOwnKey { key } => revoke_own(draft, organisation, key),
        Action::SetRolePolicy { role, persons } => {
            signing::set_role(draft, organisation, *role, *persons)
        }
        Action::SetAccountPolicy { account, steps } => {
            signing::set_account(draft, organisation, account, steps)
        }
        Action::SetKeyLimits { key, currency, terms } => {
            key_limits::set(draft, organisation, key, *currency, *terms)
        }
        Action::OpenSubAccount(asked) => sub_account::open(draft, organisation, asked),
        Action::RegisterAsset(terms) => asset::register(draft, terms),
        Action::SetAssetStatus { asset, status } => asset::set_status(draft, *asset, *status),
        Action::IssueUnits { account, units } => asset::issue(draft, organisation, account, *units),
        Action::CancelUnits { surrender } => asset::cancel(draft, organisation, surrender),
        Action::ChangeParameters(asked) => parameters::decide(draft, asked),
        Action::ChangeValidators(asked) => validators::decide(draft, asked),
        Action::PublishModules(bundle) => program::publish(draft, bundle),
        Action::Vote { said, yes } => ballot::vote(draft, organisation, said, *yes),
        Action::HaltNetwork(order) => halt::decide(draft, order),
        Action::ResumeNetwork { halt } => halt::resume(draft, *halt),
        Action::MoveValidator(asked) => address::decide(draft, asked),
        Action::ChangeDirectory(asked) => directory::change(draft, organisation, asked),
        Action::RevokeMessageKey { key, replacement } => {
            directory::revoke(draft, organisation, (key, replacement.as_ref()))
        }
        Action::NameMember(asked) => directory::name(draft, asked),
        Action::SetDirectoryTerms { notice_ms } => directory::set_terms(draft, *notice_ms),
    }
}

/// What an action did of which only the network is told.
const fn executed((): ()) -> Facts {
    Facts::new(Effect::Executed, Vec::new())
}

/// Admits an institution: directory entry, keys, and empty lists of what it has.
pub(crate) fn admit_member(
    draft: &mut Draft<'_>,
    directory: &DirectoryEntry,
) -> Result<(), Refusal> {
    if !directory.is_well_formed() {
        return Err(Refusal::DirectoryMalformed);
    }
    let (lei, name) = (directory.lei, Name::Member(directory.lei));
    if draft.get(&name).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    let mut refused = Vec::new();
    for grant in &directory.keys {
        refused.push(grant_key(draft, grant).err());
    }
    Refusal::first(refused)?;
    ballot::count(draft, true);
    draft.put(&name, Record::Member(Member::new(directory.clone())));
    let holdings = Holdings { member: lei, accounts: LogHead::EMPTY, parties: LogHead::EMPTY };
    draft.put(&Name::Holdings(lei), Record::Holdings(holdings));
    Ok(())
}

pub(crate) fn open_account(
    draft: &mut Draft<'_>,
    member: &Lei,
    currency: Currency,
    blind: &Hash32,
) -> Result<AccountId, Refusal> {
    draft.active_member(member)?;
    draft.currency(currency)?;
    let Some(Record::Chain(chain)) = draft.get(&Name::Chain) else {
        return Err(Refusal::InternalFault);
    };
    let id = AccountId::derive(&chain.chain, member, currency, blind);
    if draft.get(&Name::Account(id)).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    let account = Account {
        id,
        member: *member,
        currency,
        status: AccountStatus::Active,
        balances: Balances::default(),
        journal: LogHead::EMPTY,
    };
    draft.put(&Name::Account(id), Record::Account(account));
    draft.append(LogName::MemberAccounts(*member), encode(&id));
    Ok(id)
}

struct ReserveTerms<'a> {
    custodian: &'a Lei,
    account: &'a Hash32,
    class: EvidenceClass,
    haircut: u16,
}

fn register_reserve(
    draft: &mut Draft<'_>,
    code: Currency,
    terms: &ReserveTerms<'_>,
) -> Result<Lei, Refusal> {
    let mut currency = draft.currency(code)?.clone();
    let id = ReserveId::derive(terms.custodian, code, terms.account);
    if draft.reserve(&id).is_ok() {
        return Err(Refusal::AlreadyExists);
    }
    if *terms.custodian == currency.issuer {
        return Err(Refusal::CustodianIsIssuer);
    }
    if terms.haircut > BASIS_POINTS {
        return Err(Refusal::OutOfRange);
    }
    if currency.reserves.len() >= MAX_RESERVES {
        return Err(Refusal::ReservesFull);
    }
    let reserve = Reserve {
        id,
        custodian: *terms.custodian,
        issuer: currency.issuer,
        currency: code,
        class: terms.class,
        books: ReserveBooks { haircut: terms.haircut, ..ReserveBooks::default() },
        journal: LogHead::EMPTY,
    };
    draft.put(&Name::Reserve(id), Record::Reserve(reserve));
    currency.reserves.push(id);
    currency.reserves.sort();
    let issuer = currency.issuer;
    draft.put(&Name::Currency(code), Record::Currency(currency));
    Ok(issuer)
}

/// Registers a key; a member's key also enters its directory entry, if that has room.
pub(crate) fn register_key(draft: &mut Draft<'_>, grant: &RoleKey) -> Result<(), Refusal> {
    if is_member_role(grant.role)
        && let Some(Record::Member(member)) = draft.get(&Name::Member(grant.organisation))
    {
        let mut member = member.clone();
        member.directory.keys.push(*grant);
        let member = member.written_at(draft.now(), None);
        if member.directory.keys.len() > MAX_DIRECTORY_KEYS {
            return Err(Refusal::DirectoryMalformed);
        }
        draft.put(&Name::Member(grant.organisation), Record::Member(member));
    }
    if grant.role == Role::Operator {
        let mut operators = operators(draft);
        if operators.keys.len() >= MAX_OPERATOR_KEYS {
            return Err(Refusal::DirectoryMalformed);
        }
        operators.keys.push(grant.key);
        operators.keys.sort();
        draft.put(&Name::Operators, Record::Operators(operators));
    }
    grant_key(draft, grant)
}

/// Revokes a key at once: it signs nothing more, counts in no pending proposal, and a member's key
/// leaves its directory entry. Operators cannot lock everyone out: one of their organisations keeps
/// as many persons as their actions need (I5).
///
/// # Errors
/// [`Refusal::KeyNotActive`], [`Refusal::OperatorsTooFew`].
pub(crate) fn revoke_key(draft: &mut Draft<'_>, key: &PublicKey) -> Result<Lei, Refusal> {
    let Ok(grant) = draft.active_key(key) else { return Err(Refusal::KeyNotActive) };
    if grant.role == Role::Operator {
        let mut left = operators(draft);
        left.keys.retain(|other| other != key);
        parameters::check_operators(draft, &left)?;
        draft.put(&Name::Operators, Record::Operators(left));
    }
    let name = Name::Member(grant.organisation);
    if let Some(Record::Member(member)) = draft.get(&name).cloned() {
        let member = member.written_at(draft.now(), Some(key));
        draft.put(&name, Record::Member(member));
    }
    draft.put(&Name::Key(*key), Record::Key(KeyRecord { active: false, ..KeyRecord::new(grant) }));
    Ok(grant.organisation)
}

fn operators(draft: &Draft<'_>) -> Operators {
    match draft.get(&Name::Operators) {
        Some(Record::Operators(operators)) => operators.clone(),
        _ => Operators::default(),
    }
}

/// Ties key, person and organisation together (I5).
fn grant_key(draft: &mut Draft<'_>, grant: &RoleKey) -> Result<(), Refusal> {
    // Validators speak in this name, by the committee's record and no key of the ledger.
    if grant.organisation == Lei::VALIDATORS {
        return Err(Refusal::DirectoryMalformed);
    }
    if draft.get(&Name::Key(grant.key)).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    if !grant.key.is_acceptable() {
        return Err(Refusal::KeyUnacceptable);
    }
    let name = Name::Person(grant.person);
    let person = match draft.get(&name) {
        Some(Record::Person(person)) => *person,
        _ => Person { person: grant.person, organisation: grant.organisation, roles: 0 },
    };
    let person = person.with(grant).ok_or(Refusal::RoleConflict)?;
    draft.put(&name, Record::Person(person));
    draft.put(&Name::Key(grant.key), Record::Key(KeyRecord::new(*grant)));
    Ok(())
}
