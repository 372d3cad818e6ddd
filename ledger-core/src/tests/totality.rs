//! Nothing that can be ordered stops execution, and nothing that can be received stops decoding.

mod actions;

use proptest::{prelude::*, test_runner::TestRunner};

use self::actions::{action, target};
use crate::{
    authority::Role,
    block::{Block, Header},
    codec::{decode, encode},
    command::{
        Acceptance, Action, Approval, Command, Freeze, GateAttestation, Hold, MintRequest, Payment,
        Post, Preburn, SetStanding, SignedCommand, Transfer, Void, VoidReason,
    },
    controls::MintTerms,
    digest::Hash32,
    freeze::FreezeTarget,
    freshness::Calendar,
    id::{
        AccountId, CommandId, EntryId, Leg, LegId, Lei, MessageKind, PartyId, ReserveId, Text, Uetr,
    },
    money::{Currency, Money},
    party::{Level, StandingStatus},
    proof::{ReceiptProof, RecordProof},
    proposal::ProposalStatus,
    receipt::{Effect, Outcome, Receipt},
    record::Record,
    refusal::Refusal,
    reserve::{Attestation, BankEntry, Counterparty, Direction},
    signature::Signed,
    testing::{
        Actor, Bank, World,
        commands::{entry_id, sign},
        custodian_lei, issuer_lei, jpy, operator_lei, usd,
    },
    tests::{
        model::{another_every_time, same_every_time},
        replay::busy,
    },
    time::LedgerTime,
};

/// Blocks of arbitrary commands tried on every save.
const CASES: u32 = 90;
/// In a long run.
const SOAK_CASES: u32 = 10_000;
/// Commands of one block.
const COMMANDS: usize = 12;

fn number() -> impl Strategy<Value = u128> {
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

fn time(now: LedgerTime) -> impl Strategy<Value = LedgerTime> {
    let near = [0, 1, 1_000, 1_001, 60_000, 604_800_000].map(|ms| now.after(ms));
    prop_oneof![
        6 => prop::sample::select(near.to_vec()),
        6 => Just(now.after(60_000)),
        1 => Just(LedgerTime::new(0)),
        1 => Just(LedgerTime::new(u64::MAX)),
    ]
}

fn hash() -> impl Strategy<Value = Hash32> {
    prop_oneof![Just(Hash32::ZERO), Just(Hash32::MAX), any::<[u8; 32]>().prop_map(Hash32::new)]
}

/// What exists in a world, for commands that mean something.
#[derive(Clone, Debug)]
struct Known {
    now: LedgerTime,
    accounts: Vec<AccountId>,
    owned: Vec<(Lei, Currency, AccountId)>,
    parties: Vec<PartyId>,
    legs: Vec<Leg>,
    reserves: Vec<ReserveId>,
    entries: Vec<EntryId>,
    requests: Vec<CommandId>,
    proposals: Vec<(CommandId, Hash32)>,
    mints: Vec<CommandId>,
    lifts: Vec<CommandId>,
    redemptions: Vec<CommandId>,
    attestations: Vec<Hash32>,
    actors: Vec<Actor>,
}

impl Known {
    fn of(world: &World) -> Self {
        let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
        let mut known = Self {
            now: world.now(),
            accounts: vec![AccountId::new([0; 32])],
            owned: vec![(Bank::new("BANKX").lei, usd(), AccountId::new([0; 32]))],
            parties: vec![PartyId::new([0; 32])],
            legs: Vec::new(),
            reserves: vec![ReserveId::new([0; 32])],
            entries: vec![EntryId::new([0; 32])],
            requests: vec![CommandId::new([0; 32])],
            proposals: vec![(CommandId::new([0; 32]), Hash32::ZERO)],
            mints: Vec::new(),
            lifts: Vec::new(),
            redemptions: vec![CommandId::new([0; 32])],
            attestations: vec![Hash32::ZERO],
            actors: vec![Actor::custodian(), Actor::new(custodian_lei(), Role::Agent, "unknown")],
        };
        known.actors.extend([1, 2].map(Actor::operator));
        known.actors.extend([1, 2].map(Actor::treasury));
        known.actors.extend([1, 2].map(Actor::network_compliance));
        for bank in banks {
            known.actors.extend([bank.settlement(), bank.gate(), bank.compliance()]);
        }
        for record in world.state.records() {
            match record {
                Record::Account(account) => {
                    known.accounts.push(account.id);
                    known.owned.push((account.member, account.currency, account.id));
                }
                Record::Party(party) => known.parties.push(party.party),
                Record::Leg(leg) => known.legs.push(leg.leg),
                Record::Reserve(reserve) => {
                    known.reserves.push(reserve.id);
                    known.attestations.extend(reserve.books.attested.map(|(last, _)| last.hash()));
                }
                Record::Entry(entry) => known.entries.push(entry.id),
                Record::Request(request) => known.requests.push(request.id),
                Record::Redemption(redemption) => known.redemptions.push(redemption.id),
                Record::Proposal(proposal) => {
                    // Most approvals shall be of proposals that wait.
                    let times = if proposal.status == ProposalStatus::Open { 10 } else { 1 };
                    let named = (proposal.id, proposal.content);
                    known.proposals.extend(std::iter::repeat_n(named, times));
                    match proposal.action.role() {
                        Role::Treasury => known.mints.push(proposal.id),
                        Role::NetworkCompliance => known.lifts.push(proposal.id),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        known
    }
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(from: &[T]) -> prop::sample::Select<T> {
    prop::sample::select(from.to_vec())
}

fn lei() -> impl Strategy<Value = Lei> {
    let banks = ["BANKA", "BANKB", "BANKC", "BANKX"].map(|name| Bank::new(name).lei);
    let others = [custodian_lei(), issuer_lei(), operator_lei()];
    prop::sample::select([banks.as_slice(), &others].concat())
}

fn money() -> impl Strategy<Value = Money> {
    let currencies = vec![usd(), jpy(), Currency::new("XAU").unwrap()];
    (prop::sample::select(currencies), number()).prop_map(|(code, minor)| Money::new(code, minor))
}

fn leg(known: &Known) -> impl Strategy<Value = Leg> + use<> {
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

fn payment(known: &Known) -> impl Strategy<Value = Payment> + use<> {
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
fn cleared(
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

fn reserve_command(known: &Known) -> BoxedStrategy<Command> {
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

fn command(known: &Known) -> BoxedStrategy<Command> {
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
        3 => one_of(&known.proposals).prop_map(|(proposal, content)| {
            Command::Approve(Approval { proposal, content, policy_version: 1 })
        }),
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
        4 => (cleared(known), time(known.now)).prop_map(|((payment, gate, _), expires)| {
            Command::Hold(Hold { payment, gate, expires })
        }),
        4 => cleared(known).prop_map(|(payment, gate, acceptance)| {
            Command::Transfer(Transfer { payment, gate, acceptance })
        }),
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
    ]
    .boxed()
}

/// Who would rightly send a command, so that rules are reached behind the check of roles.
fn right_actor(command: &Command, known: &Known) -> Actor {
    let settlement = |lei| Actor::new(lei, Role::Settlement, "settlement");
    match command {
        Command::Propose { action, .. } => match action.role() {
            Role::Treasury => Actor::treasury(1),
            Role::NetworkCompliance => Actor::network_compliance(1),
            _ => Actor::operator(1),
        },
        Command::Approve(approval) if known.mints.contains(&approval.proposal) => {
            Actor::treasury(2)
        }
        Command::Approve(approval) if known.lifts.contains(&approval.proposal) => {
            Actor::network_compliance(2)
        }
        Command::Approve(_) => Actor::operator(2),
        Command::SetStanding(_) => Bank::new("BANKA").compliance(),
        Command::Attest(_) | Command::RecordEntry(_) => Actor::custodian(),
        Command::RequestMint(_) | Command::Post(_) | Command::Void(_) => {
            Bank::new("BANKB").settlement()
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
        Command::Hold(hold) => settlement(hold.payment.leg.instructing),
        Command::Transfer(transfer) => settlement(transfer.payment.leg.instructing),
        Command::Close(leg) => settlement(leg.instructing),
    }
}

/// A world where every kind of record exists and proposals wait.
fn lively() -> World {
    let mut world = busy();
    let [a, b] = ["BANKA", "BANKB"].map(Bank::new);
    let money = Money::new(usd(), 70);
    let admit = world.decide(Action::AdmitMember(Bank::new("BANKX").directory()));
    let payment = world.payment(&a, &b, money);
    let preburns = [20, 21, 22].map(|minor| world.preburn(&a, Money::new(usd(), minor)));
    world.apply_all(&preburns);
    let redemption = preburns[0].body.id();
    let payout = world.payout_to(&a, Money::new(usd(), 20), &redemption);
    let record = world.record_entry(&payout);
    world.apply(&record);
    let paid = entry_id(&payout);
    let burn = world.treasure(Action::ConfirmPayout { redemption, entry: paid });
    let redemption = preburns[1].body.id();
    let bounce = world.treasure(Action::CancelPayout { redemption });
    let entry = world.credit_from(&a, money, "R");
    let request = world.request_mint(&a, money, "R");
    let mint = world.mint(request.body.id(), entry_id(&entry));
    world.appoint_compliance();
    let target = FreezeTarget::Party(a.party(3));
    let freeze = world.freeze(target);
    world.apply(&freeze);
    let lift = world.unfreeze(target);
    let calendar = Calendar { weekend: 0b0110_0000, holidays: vec![20_833] };
    let terms = MintTerms { allowance: Some(u128::MAX), calendar, ..MintTerms::default() };
    let terms = world.set_mint_terms(usd(), terms);
    let commands = vec![
        terms[0].clone(),
        lift[0].clone(),
        burn[0].clone(),
        bounce[0].clone(),
        world.record_entry(&entry),
        request,
        mint[0].clone(),
        admit[0].clone(),
        world.hold(&a, &payment),
    ];
    world.apply_all(&commands);
    world
}

fn arbitrary_blocks(mut runner: TestRunner) {
    let world = lively();
    let known = Known::of(&world);
    let signed = (command(&known), any::<prop::sample::Index>(), 0..10u8);
    let applied = std::cell::RefCell::new(std::collections::BTreeSet::new());
    runner
        .run(&prop::collection::vec(signed, 1..COMMANDS), |drawn| {
            let mut world = world.clone();
            for half in drawn.chunks(COMMANDS / 2) {
                let commands: Vec<_> = half
                    .iter()
                    .map(|(command, any, wrong)| {
                        let anyone = *any.get(&known.actors);
                        let by = right_actor(command, &known);
                        let by = if *wrong == 0 { anyone } else { by };
                        let body = world.body(by.grant.organisation, command.clone());
                        sign(body, &[&by])
                    })
                    .collect();
                // `World::block` recounts I1 after it.
                let set = world.block(&commands);
                assert_eq!(set.receipts.len(), commands.len());
                for receipt in &set.receipts {
                    assert_ne!(receipt.outcome, Outcome::Refused(Refusal::InternalFault));
                    assert!(encode(receipt).len() <= crate::limits::MAX_RECEIPT_BYTES);
                    if let Outcome::Applied(effect) = receipt.outcome {
                        applied.borrow_mut().insert(effect.name());
                    }
                }
                for stored in set.slots().values() {
                    assert!(encode(stored).len() <= crate::limits::MAX_RECORD_BYTES);
                }
            }
            Ok(())
        })
        .unwrap();
    // The generator reaches what it should: every effect that one random step can have.
    for effect in [
        Effect::Held,
        Effect::Settled,
        Effect::Executed,
        Effect::Minted,
        Effect::Preburned,
        Effect::Burned,
        Effect::Frozen,
        Effect::Anchored,
    ] {
        assert!(applied.borrow().contains(effect.name()), "{effect:?} never happened");
    }
}

#[test]
fn i1_arbitrary_well_signed_commands_never_fault() {
    arbitrary_blocks(same_every_time(CASES));
}

#[test]
fn i1_arbitrary_well_signed_commands_never_fault_soak() {
    arbitrary_blocks(another_every_time(SOAK_CASES));
}

/// Decodes as everything that comes from outside; what is accepted has these very bytes (W1).
fn decode_all(bytes: &[u8]) {
    fn try_one<T: serde::de::DeserializeOwned + serde::Serialize>(bytes: &[u8]) {
        if let Ok(value) = decode::<T>(bytes, 1 << 20) {
            assert_eq!(encode(&value), bytes, "W1: two spellings of one value");
        }
    }
    if let Ok(command) = SignedCommand::from_bytes(bytes) {
        assert_eq!(command.to_bytes(), bytes);
        let _ = (command.claims(), command.check_signatures(), command.units(bytes.len()));
    }
    if let Ok(header) = Header::from_bytes(bytes) {
        let block = Block { header, payload: bytes.to_vec() };
        let _ = block.accept_finalized(&header);
    }
    try_one::<Receipt>(bytes);
    try_one::<Record>(bytes);
    try_one::<ReceiptProof>(bytes);
    try_one::<RecordProof>(bytes);
    try_one::<Vec<SignedCommand>>(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn w1_arbitrary_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        decode_all(&bytes);
    }

    #[test]
    fn w1_mutated_commands_decode_or_are_refused(
        drawn in command(&Known::of(&World::found(crate::testing::genesis())).with_leg()),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut world = World::found(crate::testing::genesis());
        let body = world.body(operator_lei(), drawn);
        let good = sign(body, &[&Actor::operator(1)]).to_bytes();
        let mut changed = good.clone();
        let at = at.index(changed.len());
        changed[at] ^= byte;
        decode_all(&good);
        decode_all(&changed);
        decode_all(&good[..cut.index(good.len())]);
    }
}

impl Known {
    /// With a leg, where a world has none.
    fn with_leg(mut self) -> Self {
        let [a, b] = ["BANKA", "BANKB"].map(|name| Bank::new(name).lei);
        let uetr = Uetr::new([0x4f; 16]);
        let kind = MessageKind::Pacs008;
        self.legs.push(Leg { instructing: a, uetr, kind, instructed: b });
        self
    }
}
