//! Nothing that can be ordered stops execution, and nothing that can be received stops decoding.

mod actions;
mod assets;
mod compliance;
mod drawing;
mod governing;
mod programs;
mod queues;

use proptest::{prelude::*, test_runner::TestRunner};

use self::{
    compliance::POLICIES,
    drawing::{Known, command, right_actor},
};
use crate::{
    authority::Role,
    block::{Block, Header},
    codec::{decode, encode},
    command::{Action, Command, SignedCommand},
    controls::MintTerms,
    digest::Hash32,
    freeze::FreezeTarget,
    freshness::Calendar,
    id::{CommandId, Leg, MessageKind, Text, Uetr},
    key_limits::KeyTerms,
    limits::MAX_LEGS_SWEPT,
    money::Money,
    movement::MovementTerms,
    policy::{PolicyMode, Subject},
    proof::{ReceiptProof, RecordProof},
    receipt::{Effect, Kind, Outcome, Receipt},
    record::Record,
    refusal::Refusal,
    rotation::Rotation,
    seizure::{Disposal, SeizureOrder},
    sliding::MIN_WINDOW_MS,
    spending::{PaymentLimits, PaymentTerms},
    state::{State, WriteSet},
    sub_account::OpenSub,
    testing::{
        Actor, Bank, World,
        assets::{bond, units},
        commands::{entry_id, sign},
        jpy, operator_lei, usd,
    },
    tests::{
        model::{another_every_time, same_every_time},
        replay::busy,
        units::{declared, touched},
    },
};

/// Blocks of arbitrary commands tried on every save.
const CASES: u32 = 800;
/// In a long run.
const SOAK_CASES: u32 = 10_000;
/// Commands of one block.
const COMMANDS: usize = 12;

/// A world where every kind of record exists and proposals wait.
pub(super) fn lively() -> World {
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
    queues::circle(&mut world);
    let registered = assets::registered(&mut world);
    world.apply_all(&registered);
    let target = FreezeTarget::Party(a.party(3));
    let freeze = world.freeze(target);
    world.apply(&freeze);
    let lift = world.unfreeze(target);
    let calendar = Calendar { weekend: 0b0110_0000, holidays: vec![20_833] };
    let terms = MintTerms { allowance: Some(u128::MAX), calendar, ..MintTerms::default() };
    let terms = world.set_mint_terms(usd(), terms);
    let full = PaymentLimits { per_payment: Some(u128::MAX), per_window: Some(u128::MAX - 1) };
    let limits = PaymentTerms { full, ..PaymentTerms::default() };
    let limited = world.set_payment_terms(usd(), limits);
    world.apply_all(&limited);
    let limits = world.set_payment_terms(jpy(), limits);
    let complied = decisions(&mut world);
    let own = administered(&mut world, &a, &b);
    let commands = vec![
        own[0].clone(),
        own[1].clone(),
        own[2].clone(),
        terms[0].clone(),
        limits[0].clone(),
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
    world.apply_all(&complied);
    world
}

/// Something of everything that network compliance decides, and proposals of each that wait.
fn decisions(world: &mut World) -> Vec<SignedCommand> {
    let a = Bank::new("BANKA");
    let frozen = FreezeTarget::Account(world.account(&Bank::new("BANKC"), usd()));
    let freeze = world.freeze(frozen);
    world.apply(&freeze);
    let policy = POLICIES[0];
    let subjects = vec![Subject::Party(a.party(3))];
    let order = |minor, disposal| SeizureOrder {
        from: world.account(&Bank::new("BANKC"), usd()),
        party: None,
        money: Money::new(usd(), minor),
        disposal,
        reference: Text::new("ORDER").unwrap(),
    };
    let orders = [order(3, Disposal::Burn), order(4, Disposal::Deliver(world.account(&a, usd())))];
    let terms = MovementTerms {
        payee_clearance: Some(u128::MAX - 1),
        sender: Some(policy),
        ..MovementTerms::default()
    };
    let done = [
        Action::CreatePolicy { policy, mode: PolicyMode::Deny },
        Action::RegisterList { list: Hash32::ZERO },
        Action::SetMovementTerms { currency: usd(), terms },
    ];
    for action in done {
        world.complied(action);
    }
    let waiting = orders.map(Action::Seize).into_iter().chain([
        Action::ListInPolicy { policy, subjects, listed: true },
        Action::SetScreening { oldest: Some(Hash32::ZERO), rule_version: 1 },
        Action::RegisterList { list: Hash32::MAX },
    ]);
    waiting.map(|action| world.comply(action)[0].clone()).collect()
}

/// A and B with administrators, a sub-account, steps and limits of keys; what A has pending.
fn administered(world: &mut World, a: &Bank, b: &Bank) -> [SignedCommand; 3] {
    world.appoint_admins(a);
    world.appoint_admins(b);
    world.appoint_emergency();
    let sub = world.open_sub(a, usd());
    let own = world.account(a, usd());
    let fill = world.move_own(a, own, sub, Money::new(usd(), 100));
    world.apply(&fill);
    let steps = world.account(b, usd());
    world.set_steps(b, steps, &[(u128::MAX - 1, 2)]);
    let most = Some(u128::MAX - 1);
    let terms = KeyTerms { window_ms: MIN_WINDOW_MS, per_command: most, per_window: most };
    world.limit_key(a, &a.settlement(), usd(), terms);
    let rotation =
        Rotation { old: a.gate().grant.key, new: a.gate().with_key(9).grant.key, overlap_ms: 1 };
    let (blind, label) = (world.nonce(), world.nonce());
    let open = OpenSub { parent: own, blind, label };
    [
        Action::RotateOwnKey(rotation),
        Action::OpenSubAccount(open),
        Action::SetRolePolicy { role: Role::Settlement, persons: 2 },
    ]
    .map(|action| world.propose(&a.admin(1), action))
}

/// Records that a release declares: L1.
const RELEASED: u32 = 6;

/// What holds of every block, whatever its commands say.
fn sound(before: &State, set: &WriteSet, commands: &[SignedCommand]) {
    // What the ledger does by itself has no command; each leg that it ends costs what a release declares.
    let (ordered, swept): (Vec<_>, Vec<_>) = set
        .receipts
        .iter()
        .partition(|receipt| commands.iter().any(|command| command.body.id() == receipt.command));
    assert!(swept.len() <= MAX_LEGS_SWEPT);
    let declared = commands.iter().map(|command| declared(before, command)).sum::<u32>();
    let swept = RELEASED * u32::try_from(swept.len()).unwrap();
    assert!(touched(before, set) <= declared + swept, "{commands:?}");
    let mut ids: Vec<_> = ordered.into_iter().map(|receipt| receipt.command).collect();
    ids.dedup();
    // A call that was made is remembered before its command (V11).
    let call = |id: &CommandId| {
        let invoked = Outcome::Applied(Effect::Invoked);
        let made = set.receipts.iter().any(|r| r.command == *id && r.outcome == invoked);
        let command = commands.iter().find(|command| made && command.body.id() == *id);
        match command.map(|command| &command.body.command) {
            Some(Command::Invoke(invoke)) => Some(CommandId::new(*invoke.call.hash().get())),
            _ => None,
        }
    };
    let remembered: Vec<_> = ids.iter().flat_map(|id| [call(id), Some(*id)]).flatten().collect();
    assert_eq!(remembered, set.lists.ids, "each command has its receipts");
    for receipt in &set.receipts {
        assert_ne!(receipt.outcome, Outcome::Refused(Refusal::InternalFault));
        assert!(encode(receipt).len() <= crate::limits::MAX_RECEIPT_BYTES);
    }
    for stored in set.slots().values() {
        assert!(encode(stored).len() <= crate::limits::MAX_RECORD_BYTES);
    }
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
                let before = world.state.clone();
                // `World::block` recounts I1 after it.
                let set = world.block(&commands);
                sound(&before, &set, &commands);
                for receipt in &set.receipts {
                    if let Outcome::Applied(effect) = receipt.outcome {
                        applied.borrow_mut().extend([effect.name(), receipt.kind.name()]);
                    }
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
        Effect::Moved,
        Effect::Cleared,
        Effect::Seized,
        Effect::BurnedByOrder,
        Effect::Queued,
        Effect::UnitsIssued(units(bond(), 0)),
        Effect::UnitsDelivered(units(bond(), 0)),
        Effect::UnitsSurrendered(units(bond(), 0)),
        Effect::UnitsReclaimed(units(bond(), 0)),
        Effect::UnitsCancelled(units(bond(), 0)),
    ] {
        assert!(applied.borrow().contains(effect.name()), "{effect:?} never happened");
    }
    for kind in [
        Kind::Return,
        Kind::PostPart,
        Kind::Settle,
        Kind::Bulk,
        Kind::Schedule,
        Kind::Enqueue,
        Kind::Requeue,
        Kind::SetQueueTerms,
        Kind::SettleQueued,
        Kind::Deliver,
        Kind::Exchange,
    ] {
        assert!(applied.borrow().contains(kind.name()), "{kind:?} was never applied");
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
