//! Commands drawn at random: most of them nearly right, so that rules are reached behind the first
//! check.

use proptest::prelude::*;

use super::{
    actions::{action, target},
    assets::asset_command,
    compliance,
    queues::queue_command,
};
use crate::{
    authority::Role,
    bulk::{Bulk, BulkGroup, BulkLeg, BulkMode},
    command::{
        Acceptance, Approval, Command, Freeze, GateAttestation, Hold, MintRequest, Payment, Post,
        PostPart, Preburn, SetStanding, Transfer, Void, VoidReason,
    },
    digest::{Domain, Hash32},
    id::{
        AccountId, CommandId, EntryId, Leg, LegId, Lei, MessageKind, PartyId, ReserveId, Text, Uetr,
    },
    money::{Currency, Money},
    party::{Level, StandingStatus},
    payment::LegState,
    proposal::ProposalStatus,
    record::Record,
    reserve::{Attestation, BankEntry, Counterparty, Direction},
    returns::Return,
    schedule::Schedule,
    screening::ClearedBy,
    settlement::{Consent, SetLeg, Settle},
    signature::Signed,
    sub_account::Move,
    testing::{
        Actor, Bank, World, assets::bond, custodian_lei, issuer_lei, jpy, operator_lei, usd,
    },
    time::{Height, LedgerTime},
};

pub(super) fn number() -> impl Strategy<Value = u128> {
    prop_oneof![
        8 => 1..200u128,
        1 => Just(0u128),
        1 => Just(1u128),
        2 => 1..2_000u128,
        1 => Just(u128::MAX),
        1 => Just(u128::MAX - 1),
        1 => Just(u128::MAX / 2 + 1),
        1 => Just(u128::from(u64::MAX)),
    ]
}

pub(super) fn time(now: LedgerTime) -> impl Strategy<Value = LedgerTime> {
    let near = [0, 1, 1_000, 1_001, 60_000, 604_800_000].map(|ms| now.after(ms));
    prop_oneof![
        6 => prop::sample::select(near.to_vec()),
        6 => Just(now.after(60_000)),
        1 => Just(LedgerTime::new(0)),
        1 => Just(LedgerTime::new(u64::MAX)),
    ]
}

pub(super) fn hash() -> impl Strategy<Value = Hash32> {
    prop_oneof![Just(Hash32::ZERO), Just(Hash32::MAX), any::<[u8; 32]>().prop_map(Hash32::new)]
}

/// What exists in a world, for commands that mean something.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) now: LedgerTime,
    pub(super) accounts: Vec<AccountId>,
    pub(super) owned: Vec<(Lei, Currency, AccountId)>,
    pub(super) parties: Vec<PartyId>,
    pub(super) legs: Vec<Leg>,
    pub(super) held: Vec<Payment>,
    pub(super) settled: Vec<(Leg, PartyId, Money)>,
    pub(super) reserves: Vec<ReserveId>,
    pub(super) entries: Vec<EntryId>,
    pub(super) requests: Vec<CommandId>,
    pub(super) proposals: Vec<(CommandId, Hash32)>,
    pub(super) mints: Vec<CommandId>,
    pub(super) lifts: Vec<CommandId>,
    pub(super) own: Vec<CommandId>,
    pub(super) redemptions: Vec<CommandId>,
    pub(super) attestations: Vec<Hash32>,
    pub(super) actors: Vec<Actor>,
    pub(super) height: Height,
    pub(super) queued: Vec<Leg>,
    pub(super) surrenders: Vec<CommandId>,
    pub(super) registers: Vec<CommandId>,
}

impl Known {
    pub(super) fn of(world: &World) -> Self {
        let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
        let mut known = Self {
            now: world.now(),
            accounts: vec![AccountId::new([0; 32])],
            owned: vec![(Bank::new("BANKX").lei, usd(), AccountId::new([0; 32]))],
            parties: vec![PartyId::new([0; 32])],
            legs: Vec::new(),
            held: Vec::new(),
            settled: Vec::new(),
            reserves: vec![ReserveId::new([0; 32])],
            entries: vec![EntryId::new([0; 32])],
            requests: vec![CommandId::new([0; 32])],
            proposals: vec![(CommandId::new([0; 32]), Hash32::ZERO)],
            mints: Vec::new(),
            lifts: Vec::new(),
            own: Vec::new(),
            redemptions: vec![CommandId::new([0; 32])],
            attestations: vec![Hash32::ZERO],
            actors: vec![Actor::custodian(), Actor::new(custodian_lei(), Role::Agent, "unknown")],
            height: world.state.header().height,
            queued: Vec::new(),
            surrenders: vec![CommandId::new([0; 32])],
            registers: Vec::new(),
        };
        known.actors.push(Actor::solver());
        known.actors.extend([1, 2].map(Actor::operator));
        known.actors.extend([1, 2].map(Actor::treasury));
        known.actors.extend([1, 2].map(Actor::network_compliance));
        known.actors.extend([1, 2].map(|number| Actor::registrar(bond(), number)));
        for bank in banks {
            known.actors.extend([bank.settlement(), bank.gate(), bank.compliance()]);
            known.actors.extend([bank.admin(1), bank.admin(2)]);
        }
        for record in world.state.records() {
            match record {
                Record::Account(account) => {
                    known.accounts.push(account.id);
                    known.owned.push((account.member, account.currency, account.id));
                }
                Record::Party(party) => known.parties.push(party.party),
                Record::Leg(found) => {
                    known.legs.push(found.leg);
                    match found.state {
                        LegState::Held { payment, .. } | LegState::Scheduled { payment, .. } => {
                            known.held.push(payment);
                        }
                        LegState::Settled { creditor, money, .. } => {
                            known.settled.push((found.leg, creditor, money));
                        }
                        LegState::Voided(_) | LegState::Closed | LegState::Delivered { .. } => {}
                        LegState::Queued { .. } => known.queued.push(found.leg),
                    }
                }
                Record::Reserve(reserve) => {
                    known.reserves.push(reserve.id);
                    known.attestations.extend(reserve.books.attested.map(|(last, _)| last.hash()));
                }
                Record::Entry(entry) => known.entries.push(entry.id),
                Record::Request(request) => known.requests.push(request.id),
                Record::Redemption(redemption) => known.redemptions.push(redemption.id),
                Record::Surrender(record) => known.surrenders.push(record.id),
                Record::Proposal(proposal) => {
                    // Most approvals shall be of proposals that wait.
                    let times = if proposal.status == ProposalStatus::Open { 10 } else { 1 };
                    let named = (proposal.id, proposal.content);
                    known.proposals.extend(std::iter::repeat_n(named, times));
                    match proposal.action.role() {
                        Role::Treasury => known.mints.push(proposal.id),
                        Role::NetworkCompliance => known.lifts.push(proposal.id),
                        Role::Admin => known.own.push(proposal.id),
                        Role::Registrar => known.registers.push(proposal.id),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        known
    }
}

pub(super) fn one_of<T: Clone + std::fmt::Debug + 'static>(from: &[T]) -> prop::sample::Select<T> {
    prop::sample::select(from.to_vec())
}

pub(super) fn lei() -> impl Strategy<Value = Lei> {
    let banks = ["BANKA", "BANKB", "BANKC", "BANKX"].map(|name| Bank::new(name).lei);
    let others = [custodian_lei(), issuer_lei(), operator_lei()];
    prop::sample::select([banks.as_slice(), &others].concat())
}

pub(super) fn money() -> impl Strategy<Value = Money> {
    let currencies = vec![usd(), jpy(), Currency::new("XAU").unwrap()];
    (prop::sample::select(currencies), number()).prop_map(|(code, minor)| Money::new(code, minor))
}

pub(super) fn leg(known: &Known) -> impl Strategy<Value = Leg> + use<> {
    let uetr = prop_oneof![Just([0x4fu8; 16]), any::<[u8; 16]>()].prop_map(|mut bytes| {
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        if bytes[0] % 8 != 0 {
            bytes[6] = 0x40 | (bytes[6] & 0x0f);
        }
        Uetr::new(bytes)
    });
    let kind = prop_oneof![Just(MessageKind::Pacs008), Just(MessageKind::Pacs004)];
    let bank = || {
        let banks = ["BANKA", "BANKB", "BANKC"].map(|name| Bank::new(name).lei);
        prop_oneof![8 => prop::sample::select(banks.to_vec()), 1 => lei()]
    };
    let fresh = (bank(), uetr, kind, bank()).prop_map(|(instructing, uetr, kind, instructed)| {
        Leg { instructing, uetr, kind, instructed }
    });
    prop_oneof![1 => one_of(&known.legs), 3 => fresh]
}

pub(super) fn payment(known: &Known) -> impl Strategy<Value = Payment> + use<> {
    let parts = (leg(known), one_of(&known.accounts), one_of(&known.parties), money(), hash());
    parts.prop_map(|(leg, debit, debtor, money, message)| Payment {
        leg,
        debit,
        debtor,
        money,
        message,
    })
}

/// A payment with a clearance and an acceptance, both well-signed by somebody.
pub(super) fn cleared(
    known: &Known,
) -> impl Strategy<Value = (Payment, Signed<GateAttestation>, Signed<Acceptance>)> + use<> {
    let parts = (
        payment(known),
        one_of(&known.actors),
        one_of(&known.actors),
        time(known.now),
        time(known.now),
        one_of(&known.accounts),
        one_of(&known.parties),
        prop::bool::weighted(0.8),
    );
    let owned = known.owned.clone();
    parts.prop_map(move |(mut payment, gate, payee, until, accepted, credit, creditor, right)| {
        let account = |lei: Lei, otherwise| {
            let wanted = |(member, code, _): &&(Lei, Currency, AccountId)| {
                *member == lei && *code == payment.money.currency()
            };
            owned.iter().find(wanted).filter(|_| right).map_or(otherwise, |(_, _, id)| *id)
        };
        let (payer, payee_lei) = (payment.leg.instructing, payment.leg.instructed);
        let (debit, credit) = (account(payer, payment.debit), account(payee_lei, credit));
        payment.debit = debit;
        let customer = |lei, otherwise| if right { Bank { lei }.party(1) } else { otherwise };
        payment.debtor = customer(payer, payment.debtor);
        let creditor = customer(payee_lei, creditor);
        let find = |role| {
            let wanted =
                if role == Role::Gate { payment.leg.instructing } else { payment.leg.instructed };
            Actor::new(wanted, role, if role == Role::Gate { "gate" } else { "settlement" })
        };
        let (gate, payee) =
            if right { (find(Role::Gate), find(Role::Settlement)) } else { (gate, payee) };
        let attestation = GateAttestation {
            payment: payment.hash(),
            list_version: Hash32::ZERO,
            rule_version: u32::MAX,
            expires: until,
        };
        let acceptance =
            Acceptance { payment: payment.hash(), credit, creditor, expires: accepted };
        (
            payment,
            Signed::new(attestation, &gate.signer()).unwrap(),
            Signed::new(acceptance, &payee.signer()).unwrap(),
        )
    })
}

pub(super) fn reserve_command(known: &Known) -> BoxedStrategy<Command> {
    let counterparty = prop_oneof![
        lei().prop_map(Counterparty::Member),
        Just(Counterparty::Internal),
        Just(Counterparty::Other)
    ];
    let direction = prop_oneof![Just(Direction::Credit), Just(Direction::Debit)];
    let sequence = || prop_oneof![0..12u64, Just(u64::MAX)];
    let entry =
        (one_of(&known.reserves), sequence(), direction, number(), counterparty, time(known.now));
    let attestation = (
        one_of(&known.reserves),
        number(),
        number(),
        time(known.now),
        sequence(),
        one_of(&known.attestations),
    );
    prop_oneof![
        entry.prop_map(|(reserve, sequence, direction, minor, counterparty, booked)| {
            Command::RecordEntry(BankEntry {
                reserve,
                sequence,
                servicer_reference: Text::new(&format!("{sequence}")).unwrap(),
                detail: u32::MAX,
                direction,
                minor,
                counterparty,
                booked,
                reference: Text::new("R").unwrap(),
            })
        }),
        attestation.prop_map(|(reserve, balance, available, as_of, last_entry, previous)| {
            Command::Attest(Attestation {
                reserve,
                balance,
                available: available.min(balance),
                as_of,
                last_entry,
                statement: Hash32::ZERO,
                previous,
            })
        }),
    ]
    .boxed()
}

pub(super) fn command(known: &Known) -> BoxedStrategy<Command> {
    let reason = prop_oneof![
        Just(VoidReason::Rejected),
        Just(VoidReason::Withdrawn),
        Just(VoidReason::Expired)
    ];
    let leg_id = leg(known).prop_map(|leg| leg.id()).boxed();
    let leg_id = prop_oneof![3 => leg_id, 1 => Just(LegId::new([0; 32]))];
    let standing = (one_of(&known.parties), time(known.now), any::<bool>(), any::<bool>());
    let request = (one_of(&known.accounts), money(), one_of(&known.reserves));
    prop_oneof![
        4 => (action(known), time(known.now))
            .prop_map(|(action, expires)| Command::Propose { action, expires }),
        6 => one_of(&known.proposals).prop_map(|(proposal, content)| {
            Command::Approve(Approval { proposal, content, policy_version: 1 })
        }),
        1 => one_of(&known.proposals)
            .prop_map(|(proposal, _)| Command::WithdrawApproval { proposal }),
        1 => super::governing::accusation(),
        1 => standing.prop_map(|(party, expires, none, revoked)| Command::SetStanding(SetStanding {
            party,
            level: if none { Level::None } else { Level::Enhanced },
            status: if revoked { StandingStatus::Revoked } else { StandingStatus::Active },
            expires,
            evidence: Hash32::ZERO,
        })),
        4 => reserve_command(known),
        2 => request.prop_map(|(account, money, reserve)| Command::RequestMint(MintRequest {
            account,
            money,
            reserve,
            reference: Text::new("R").unwrap(),
        })),
        6 => (cleared(known), time(known.now)).prop_map(|((payment, gate, _), expires)| {
            Command::Hold(Hold { payment, gate, expires })
        }),
        4 => cleared(known).prop_map(|(payment, gate, acceptance)| {
            Command::Transfer(Transfer { payment, gate, acceptance })
        }),
        1 => leg(known).prop_map(|leg| Command::Release { leg: leg.id() }),
        2 => (leg_id.clone(), cleared(known))
            .prop_map(|(leg, (.., acceptance))| Command::Post(Post { leg, acceptance })),
        2 => (leg_id, reason).prop_map(|(leg, reason)| Command::Void(Void { leg, reason })),
        2 => leg(known).prop_map(Command::Close),
        1 => (one_of(&known.accounts), money(), one_of(&known.reserves)).prop_map(
            |(account, money, reserve)| Command::Preburn(Preburn { account, money, reserve })
        ),
        2 => (one_of(&known.owned), number(), one_of(&known.reserves)).prop_map(
            |((_, code, account), minor, reserve)| {
                Command::Preburn(Preburn { account, money: Money::new(code, minor), reserve })
            }
        ),
        1 => one_of(&known.redemptions)
            .prop_map(|redemption| Command::CancelRedemption { redemption }),
        1 => target(known).prop_map(|target| {
            Command::Freeze(Freeze { target, reference: Text::new("R").unwrap() })
        }),
        1 => hash().prop_map(|root| Command::Anchor { root }),
        1 => (leg(known), time(known.now))
            .prop_map(|(leg, at)| Command::ConfirmCredit { leg: leg.id(), at }),
        2 => compliance::clear(known),
        2 => moving(known),
        14 => several(known),
        8 => queue_command(known),
        8 => asset_command(known),
    ]
    .boxed()
}

/// A move of dollars within A, or between any two accounts.
fn moving(known: &Known) -> impl Strategy<Value = Command> + use<> {
    let a = Bank::new("BANKA").lei;
    let own = known.owned.iter().filter(|(member, code, _)| (*member, *code) == (a, usd()));
    let mut own: Vec<AccountId> = own.map(|(.., id)| *id).collect();
    own.push(AccountId::new([0; 32]));
    let money = number().prop_map(|minor| Money::new(usd(), minor));
    let within = (one_of(&own), one_of(&own), money);
    let between = (one_of(&known.accounts), one_of(&known.accounts), self::money());
    prop_oneof![3 => within, 1 => between]
        .prop_map(|(from, to, money)| Command::Move(Move { from, to, money }))
}

/// Commands about several legs, or about one that settled: well-made more often than not.
fn several(known: &Known) -> impl Strategy<Value = Command> + use<> {
    let consents = prop::collection::vec((one_of(&known.actors), hash(), time(known.now)), 0..3);
    let legs = prop::collection::vec(cleared(known), 0..4);
    let parts = (legs, consents, one_of(&known.legs), number(), 0..5u8, prop::bool::weighted(0.8));
    let (held, settled, owned) = (known.held.clone(), known.settled.clone(), known.owned.clone());
    parts.prop_map(move |(cleared, consents, original, minor, what, right)| {
        let cleared = match what {
            2.. if right && !cleared.is_empty() => well_made(&cleared, &owned),
            _ => cleared,
        };
        let Some((payment, gate, acceptance)) = cleared.first().cloned() else {
            return Command::Close(original);
        };
        let sign =
            |by: &Actor, to, expires| Signed::new(Consent { to, expires }, &by.signer()).unwrap();
        let forged = consents.iter().map(|(by, to, expires)| sign(by, *to, *expires));
        match what {
            0 => {
                let mut yes = acceptance.value;
                let found = held.iter().find(|held| right && held.money.minor() > minor);
                let leg = found.map_or(original, |held| held.leg);
                if let Some(held) = found {
                    let code = held.money.currency();
                    yes.payment = held.hash();
                    yes.credit = account_of(&owned, leg.instructed, code).unwrap_or(yes.credit);
                    yes.creditor = Bank { lei: leg.instructed }.party(1);
                }
                let payee = Bank { lei: leg.instructed }.settlement();
                let acceptance = Signed::new(yes, &payee.signer()).unwrap();
                Command::PostPart(PostPart { post: Post { leg: leg.id(), acceptance }, minor })
            }
            1 => {
                let mut payment = payment;
                let pick = usize::from(payment.message.get()[0]) % settled.len().max(1);
                let (original, creditor, money) = settled
                    .get(pick)
                    .copied()
                    .filter(|_| right)
                    .unwrap_or((original, payment.debtor, payment.money));
                payment.leg.kind = MessageKind::Pacs004;
                payment.leg.instructing = original.instructed;
                payment.leg.instructed = original.instructing;
                let (currency, most) = (money.currency(), money.minor().max(1));
                let minor = if right { 1 + minor % most } else { minor };
                (payment.debtor, payment.money) = (creditor, Money::new(currency, minor));
                let own = account_of(&owned, original.instructed, currency);
                payment.debit = own.unwrap_or(payment.debit);
                let clearance = GateAttestation { payment: payment.hash(), ..gate.value };
                let by = Actor::new(original.instructed, Role::Gate, "gate");
                let gate = Signed::new(clearance, &by.signer()).unwrap();
                Command::Return(Return { payment, original: original.id(), gate })
            }
            2 => {
                let set_leg = |(payment, _, acceptance): &Cleared| SetLeg {
                    payment: *payment,
                    credit: acceptance.value.credit,
                    creditor: acceptance.value.creditor,
                };
                let legs: Vec<_> = cleared.iter().map(set_leg).collect();
                let gates = cleared.iter().map(|(_, gate, _)| gate.clone()).collect();
                let mut set = Settle { legs, gates, consents: forged.collect() };
                if right {
                    set.consents = consents_to(&set, acceptance.value.expires);
                }
                Command::Settle(set)
            }
            3 => {
                let at = acceptance.value.expires;
                Command::Schedule(Schedule { payment, gate, acceptance, at })
            }
            _ => Command::Bulk(bulk(&cleared, right, forged.collect())),
        }
    })
}

pub(super) fn account_of(
    owned: &[(Lei, Currency, AccountId)],
    of: Lei,
    code: Currency,
) -> Option<AccountId> {
    let wanted = owned.iter().find(|(member, currency, _)| (*member, *currency) == (of, code));
    wanted.map(|(.., id)| *id)
}

/// A payment, its clearance and its acceptance.
pub(super) type Cleared = (Payment, Signed<GateAttestation>, Signed<Acceptance>);

/// Small payments in dollars from A to B, cleared and accepted until the first one's time.
pub(super) fn well_made(cleared: &[Cleared], owned: &[(Lei, Currency, AccountId)]) -> Vec<Cleared> {
    let [a, b] = ["BANKA", "BANKB"].map(Bank::new);
    let expires = cleared[0].2.value.expires;
    let account = |of, otherwise| account_of(owned, of, usd()).unwrap_or(otherwise);
    let make = |(payment, gate, yes): &Cleared| {
        let drawn = Domain::Content.hash_of(&(payment, gate));
        let mut uetr: [u8; 16] = drawn.get()[..16].try_into().unwrap();
        (uetr[6], uetr[8]) = (0x4f, 0x8f);
        let kind = MessageKind::Pacs008;
        let leg = Leg { instructing: a.lei, uetr: Uetr::new(uetr), kind, instructed: b.lei };
        let (debit, money) = (account(a.lei, payment.debit), Money::new(usd(), 1));
        let payment = Payment { leg, debit, debtor: a.party(1), money, ..*payment };
        let gate = GateAttestation { payment: payment.hash(), expires, ..gate.value };
        let credit = account(b.lei, yes.value.credit);
        let yes = Acceptance { payment: payment.hash(), credit, creditor: b.party(1), expires };
        (
            payment,
            Signed::new(gate, &a.gate().signer()).unwrap(),
            Signed::new(yes, &b.settlement().signer()).unwrap(),
        )
    };
    cleared.iter().map(make).collect()
}

/// What every member of a set but the first payer signs.
fn consents_to(set: &Settle, expires: LedgerTime) -> Vec<Signed<Consent>> {
    let both = |leg: &SetLeg| [leg.payment.leg.instructing, leg.payment.leg.instructed];
    let mut members: Vec<Lei> = set.legs.iter().flat_map(both).collect();
    members.sort();
    members.dedup();
    members.retain(|lei| *lei != set.legs[0].payment.leg.instructing);
    let consent = Consent { to: set.hash(), expires };
    let sign = |lei| Signed::new(consent, &Bank { lei }.settlement().signer()).unwrap();
    members.into_iter().map(sign).collect()
}

/// A bulk of the first payer to each payee.
fn bulk(cleared: &[Cleared], right: bool, forged: Vec<Signed<Consent>>) -> Bulk {
    let (first, gate, acceptance) = &cleared[0];
    let mut groups: Vec<BulkGroup> = Vec::new();
    for (payment, _, acceptance) in cleared {
        let leg = BulkLeg {
            uetr: payment.leg.uetr,
            debtor: payment.debtor,
            credit: acceptance.value.credit,
            creditor: acceptance.value.creditor,
            minor: payment.money.minor(),
            message: payment.message,
        };
        let instructed = payment.leg.instructed;
        match groups.iter_mut().find(|group| group.instructed == instructed) {
            Some(group) => group.legs.push(leg),
            None => groups.push(BulkGroup { instructed, legs: vec![leg] }),
        }
    }
    let mut bulk = Bulk {
        mode: if right { BulkMode::Each } else { BulkMode::Whole },
        kind: first.leg.kind,
        currency: first.money.currency(),
        debit: first.debit,
        groups,
        gate: gate.clone(),
        consents: forged,
    };
    if right {
        let payer = first.leg.instructing;
        let clearance = GateAttestation { payment: bulk.hash(&payer), ..gate.value };
        let by = Actor::new(payer, Role::Gate, "gate");
        bulk.gate = Signed::new(clearance, &by.signer()).unwrap();
        let consent = |group: &BulkGroup| {
            let to = bulk.group_hash(&payer, group);
            let consent = Consent { to, expires: acceptance.value.expires };
            let payee = Bank { lei: group.instructed };
            Signed::new(consent, &payee.settlement().signer()).unwrap()
        };
        bulk.consents = bulk.groups.iter().map(consent).collect();
    }
    bulk
}

/// Who would rightly send a command, so that rules are reached behind the check of roles.
pub(super) fn right_actor(command: &Command, known: &Known) -> Actor {
    let settlement = |lei| Actor::new(lei, Role::Settlement, "settlement");
    match command {
        Command::Propose { action, .. } => match action.role() {
            Role::Treasury => Actor::treasury(1),
            Role::NetworkCompliance => Actor::network_compliance(1),
            Role::Admin => Bank::new("BANKA").admin(1),
            Role::Registrar => Actor::registrar(bond(), 1),
            _ => Actor::operator(1),
        },
        Command::Approve(approval) if known.mints.contains(&approval.proposal) => {
            Actor::treasury(2)
        }
        Command::Approve(approval) if known.lifts.contains(&approval.proposal) => {
            Actor::network_compliance(2)
        }
        Command::Approve(approval) if known.own.contains(&approval.proposal) => {
            Bank::new("BANKA").admin(2)
        }
        Command::Approve(approval) if known.registers.contains(&approval.proposal) => {
            Actor::registrar(bond(), 2)
        }
        Command::Approve(_) => Actor::operator(2),
        Command::SetStanding(_) => Bank::new("BANKA").compliance(),
        Command::Attest(_) | Command::RecordEntry(_) => Actor::custodian(),
        Command::RequestMint(_)
        | Command::Post(_)
        | Command::Void(_)
        | Command::PostPart(_)
        | Command::Release { .. } => Bank::new("BANKB").settlement(),
        Command::Return(asked) => settlement(asked.payment.leg.instructing),
        Command::Settle(set) => settlement(set.legs[0].payment.leg.instructing),
        Command::Bulk(bulk) => {
            let owner = known.owned.iter().find(|(.., id)| *id == bulk.debit);
            settlement(owner.map_or(Bank::new("BANKA").lei, |(member, ..)| *member))
        }
        Command::Preburn(asked) => {
            let owner = known.owned.iter().find(|(.., id)| *id == asked.account);
            settlement(owner.map_or(Bank::new("BANKA").lei, |(member, ..)| *member))
        }
        Command::CancelRedemption { .. } | Command::Anchor { .. } => {
            Bank::new("BANKA").settlement()
        }
        Command::ConfirmCredit { .. } => Bank::new("BANKB").settlement(),
        Command::Freeze(_) => Actor::network_compliance(1),
        Command::Clear(said) => match said.by {
            ClearedBy::Payer => Bank::new("BANKA").gate(),
            ClearedBy::Payee => Bank::new("BANKB").compliance(),
        },
        Command::Hold(hold) => settlement(hold.payment.leg.instructing),
        Command::Schedule(asked) => settlement(asked.payment.leg.instructing),
        Command::Transfer(transfer) => settlement(transfer.payment.leg.instructing),
        Command::Close(leg) => settlement(leg.instructing),
        Command::Move(asked) => {
            let owner = known.owned.iter().find(|(.., id)| *id == asked.from);
            settlement(owner.map_or(Bank::new("BANKA").lei, |(member, ..)| *member))
        }
        Command::Enqueue(asked) => settlement(asked.payment.leg.instructing),
        Command::Requeue { leg, .. } => {
            let payer = known.queued.iter().find(|queued| queued.id() == *leg);
            settlement(payer.map_or(Bank::new("BANKA").lei, |queued| queued.instructing))
        }
        Command::SetQueueTerms { account, .. } => {
            let owner = known.owned.iter().find(|(.., id)| id == account);
            settlement(owner.map_or(Bank::new("BANKA").lei, |(member, ..)| *member))
        }
        Command::SettleQueued(_) => Actor::solver(),
        Command::Deliver(asked) => settlement(asked.delivery.delivering),
        Command::Exchange(asked) => settlement(asked.deliveries[0].delivery.delivering),
        Command::Surrender(asked) => {
            let owner = known.owned.iter().find(|(.., id)| *id == asked.account);
            settlement(owner.map_or(Bank::new("BANKA").lei, |(member, ..)| *member))
        }
        Command::Reclaim { .. } => Bank::new("BANKA").settlement(),
        Command::WithdrawApproval { .. } => Actor::operator(1),
        Command::Invoke(_) => Bank::new("BANKA").settlement(),
        Command::Accuse(_) => Actor::operator(1),
        Command::Halt { .. } => Actor::emergency(),
        Command::Signal { .. } => Actor::operator(1),
    }
}
