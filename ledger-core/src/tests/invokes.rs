//! Calls of contracts: what their parties allowed happens, or nothing.

mod bounds;

use std::slice;

use move_like_vm::status::Status;

use crate::{
    codec::encode,
    command::Command,
    digest::Hash32,
    execute::execute,
    freeze::FreezeTarget,
    id::{AccountId, CommandId, PartyId, Text},
    invoke::{Call, Invoke, Named},
    limits::{MAX_CALL_ARGUMENTS, MAX_CALL_GAS, MAX_CALL_HOLDERS, MAX_CALL_MS, MAX_CALL_RECORDS},
    program::gas_bound,
    receipt::{Effect, Kind, Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    signature::Signed,
    signing::{AccountPolicy, Step},
    state::State,
    testing::{
        Actor, Bank, World,
        commands::sign,
        jpy,
        programs::{GAS, address, code},
        usd,
    },
    tests::{
        contracts::network,
        faults::{Fault, check, fault, lasting},
        payments::{key, key_limited, suspended},
    },
    time::{Height, LedgerTime},
};

/// The receipt of one command in a block of its own.
fn told(world: &mut World, command: &crate::command::SignedCommand) -> Receipt {
    let mut receipts = world.block(slice::from_ref(command)).receipts;
    assert_eq!(receipts.len(), 1, "one command, one receipt");
    receipts.remove(0)
}

fn refused(number: Refusal) -> Option<u64> {
    Some((0x46 << 16) | number.number())
}

/// A puts 40 dollars into escrow for B, which it may have back a minute later.
pub(super) fn open_escrow(world: &mut World, a: &Bank, b: &Bank) -> Call {
    let deadline = world.next_time().after(60_000).get();
    let arguments = vec![encode(&world.holder(b)), code(usd()), encode(&40u128), encode(&deadline)];
    let holders = vec![world.named(a, usd(), 40)];
    world.call(("escrow", "open_from_account"), &[a], holders, arguments)
}

pub(super) fn release(world: &mut World, a: &Bank, b: &Bank) -> Call {
    let holders = vec![world.named(a, usd(), 0), world.named(b, usd(), 0)];
    world.call(("escrow", "release"), &[a], holders, vec![encode(&0u64)])
}

/// A's 30 dollars for B's 700 yen.
pub(super) fn exchange(world: &mut World, a: &Bank, b: &Bank) -> Call {
    let holders = vec![
        world.named(a, usd(), 30),
        world.named(a, jpy(), 0),
        world.named(b, jpy(), 700),
        world.named(b, usd(), 0),
    ];
    let arguments = vec![code(usd()), encode(&30u128), code(jpy()), encode(&700u128)];
    world.call(("pvp", "exchange"), &[a, b], holders, arguments)
}

fn refund(world: &mut World, a: &Bank, others: &[&Bank]) -> Call {
    let payers = [a].into_iter().chain(others.iter().copied());
    let holders = payers.map(|bank| world.named(bank, usd(), 0)).collect();
    let arguments = vec![encode(&world.holder(a)), encode(&0u64)];
    world.call(("escrow", "refund"), &[], holders, arguments)
}

fn vaults(world: &World) -> usize {
    world.state.records().filter(|record| matches!(record, Record::Vault(_))).count()
}

#[test]
fn v8_v9_an_escrow_is_opened_paid_and_given_back() {
    let (mut world, [a, b, c]) = network(100);
    let call = open_escrow(&mut world, &a, &b);
    let opened = world.invoke(&a, call);
    let receipt = told(&mut world, &opened);
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Invoked), "{:?}", receipt.run);
    assert_eq!((receipt.kind, receipt.parties), (Kind::Invoke, vec![a.lei]));
    let run = receipt.run.unwrap();
    assert_eq!((run.status, run.code, run.place), (Status::Executed.number(), None, None));
    assert!(run.gas_used > 0 && run.gas_used <= GAS);
    assert_eq!((world.available(&a, usd()), vaults(&world)), (60, 1));

    let call = release(&mut world, &a, &b);
    let released = world.invoke(&a, call);
    let receipt = told(&mut world, &released);
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Invoked), "{:?}", receipt.run);
    let mut parties = vec![a.lei, b.lei];
    parties.sort();
    assert_eq!(receipt.parties, parties);
    assert_eq!((world.available(&b, usd()), vaults(&world)), (140, 0));

    // The next is nobody's number: nothing happens.
    let call = release(&mut world, &a, &b);
    let again = world.invoke(&a, call);
    assert_eq!(world.run(&again), Outcome::Refused(Refusal::CallFailed));
    let call = open_escrow(&mut world, &a, &b);
    let opened = world.invoke(&a, call);
    world.apply(&opened);
    world.block_at(world.next_time().after(60_000), &[]);
    // Anyone may have it given back, if A has a part in the call.
    let mut call = refund(&mut world, &a, &[&c]);
    call.arguments[1] = encode(&1u64);
    let command = world.invoke(&c, call);
    assert_eq!(world.apply(&command), Effect::Invoked);
    assert_eq!((world.available(&a, usd()), vaults(&world)), (60, 0));
}

#[test]
fn v8_v9_i7_payment_versus_payment_settles_both_sides() {
    let (mut world, [a, b, _]) = network(1_000);
    let call = exchange(&mut world, &a, &b);
    let command = world.invoke(&a, call.clone());
    assert_eq!(world.apply(&command), Effect::Invoked);
    let of = |world: &World, bank| (world.available(bank, usd()), world.available(bank, jpy()));
    assert_eq!((of(&world, &a), of(&world, &b)), ((970, 1_700), (1_030, 300)));
    // V11: B's consent does not pay twice.
    let again = world.invoke(&a, call);
    assert_eq!(world.run(&again), Outcome::Refused(Refusal::CallUsed));
    assert_eq!((of(&world, &a), of(&world, &b)), ((970, 1_700), (1_030, 300)));
}

/// V11: in the same block, in a later one, and when its time is over; then nothing of it is left.
#[test]
fn v11_a_call_is_made_once_before_its_time_is_over_and_then_forgotten() {
    let (mut world, [a, b, _]) = network(1_000);
    let call = exchange(&mut world, &a, &b);
    let fresh = world.clone();
    let (records, until) = (world.state.records().count(), call.until);
    let twice = [world.invoke(&a, call.clone()), world.invoke(&a, call.clone())];
    let outcomes: Vec<_> =
        world.block(&twice).receipts.iter().map(|receipt| receipt.outcome).collect();
    let used = Outcome::Refused(Refusal::CallUsed);
    assert_eq!(outcomes, [Outcome::Applied(Effect::Invoked), used]);
    assert!(world.state.records().count() <= records + 1, "beside the window nothing is left");
    let made = CommandId::new(*call.hash().get());
    assert!(world.state.has_seen(&made));
    // Commands of its block expire within a minute; it is remembered for its own hour.
    world.block_at(LedgerTime::new(until.get() - 10_000), &[]);
    let again = world.invoke(&a, call.clone());
    assert_eq!(world.run(&again), used);
    world.block_at(until.after(10_000), &[]);
    let late = world.invoke(&a, call.clone());
    assert_eq!(world.run(&late), Outcome::Refused(Refusal::CallExpired));
    assert!(!world.state.has_seen(&made));
    assert_eq!(world.available(&a, usd()), 970);
    for (ahead, outcome) in [
        (0, Outcome::Refused(Refusal::CallExpired)),
        (1, Outcome::Applied(Effect::Invoked)),
        (MAX_CALL_MS, Outcome::Applied(Effect::Invoked)),
        (MAX_CALL_MS + 1, Outcome::Refused(Refusal::OutOfRange)),
    ] {
        let mut world = fresh.clone();
        let until = world.next_time().after(ahead);
        let command = world.invoke(&a, Call { until, ..call.clone() });
        assert_eq!(world.run(&command), outcome, "{ahead}");
    }
}

#[test]
fn v9_whose_vault_is_touched_is_told() {
    let (mut world, [a, b, c]) = network(100);
    let holders = vec![world.named(&a, usd(), 5)];
    let call = world.call(("trials", "keep"), &[&a], holders, vec![code(usd()), encode(&5u128)]);
    let kept = world.invoke(&a, call);
    world.apply(&kept);
    let holders = vec![world.named(&b, usd(), 0), world.named(&c, usd(), 0)];
    let arguments = vec![encode(&world.holder(&a)), encode(&world.holder(&b)), encode(&2u128)];
    let call = world.call(("trials", "give_part"), &[], holders, arguments);
    let given = world.invoke(&c, call);
    let receipt = told(&mut world, &given);
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Invoked), "{:?}", receipt.run);
    let mut parties = vec![a.lei, b.lei, c.lei];
    parties.sort();
    assert_eq!(receipt.parties, parties);
}

/// A function of the trials, its arguments, what it says: status, code, whether code was running.
type Stopped = (&'static str, Vec<Vec<u8>>, Status, Option<u64>, bool);

#[test]
fn v5_v8_v10_a_call_that_stops_changes_nothing_and_its_receipt_says_why() {
    let (world, [a, b, _]) = network(100);
    let to = encode(&world.holder(&b));
    let usd_of = |minor: u128| vec![code(usd()), encode(&minor)];
    let twice = |one: u128, other: u128, to: &[u8]| {
        vec![to.to_vec(), code(usd()), encode(&one), encode(&other)]
    };
    let aborted = Status::Aborted;
    let nobody = encode(&AccountId::new([9; 32]));
    let rows: Vec<Stopped> = vec![
        ("stop", vec![encode(&7u64)], aborted, Some(7), true),
        ("turn", vec![encode(&u64::MAX)], Status::OutOfGas, None, true),
        ("add", vec![encode(&u64::MAX), encode(&1u64)], Status::ArithmeticError, None, true),
        ("give", vec![to.clone(), to.clone()], Status::MissingData, None, true),
        ("keep", usd_of(0), aborted, refused(Refusal::AmountZero), true),
        ("keep", usd_of(51), aborted, refused(Refusal::CapExceeded), true),
        ("keep", usd_of(101), aborted, refused(Refusal::InsufficientFunds), true),
        ("keep", usd_of(u128::MAX), aborted, refused(Refusal::InsufficientFunds), true),
        ("keep", vec![code(jpy()), encode(&1u128)], aborted, refused(Refusal::CapExceeded), true),
        (
            "keep",
            vec![encode(&b"XAU".to_vec()), encode(&1u128)],
            aborted,
            refused(Refusal::CurrencyUnknown),
            true,
        ),
        (
            "keep",
            vec![encode(&vec![0xffu8; 300]), encode(&1u128)],
            aborted,
            refused(Refusal::CurrencyUnknown),
            true,
        ),
        ("take_twice", twice(30, 21, &to), aborted, refused(Refusal::CapExceeded), true),
        ("take_twice", twice(30, 20, &nobody), aborted, refused(Refusal::PayeeNotNamed), true),
        ("note", vec![encode(&vec![1u8; 15_000])], Status::OutOfGas, None, false),
        ("missing", vec![], Status::FunctionResolutionFailure, None, false),
        ("nothing", vec![vec![1]], Status::NumberOfArgumentsMismatch, None, false),
        ("stop", vec![vec![1, 2]], Status::FailedToDeserializeArgument, None, false),
        ("split_hairs", vec![], Status::NumberOfTypeArgumentsMismatch, None, false),
    ];
    for (row, (function, arguments, status, code, running)) in rows.into_iter().enumerate() {
        let mut world = world.clone();
        let signs = ["keep", "take_twice", "note"].contains(&function);
        let signers: &[&Bank] = if signs { &[&a] } else { &[] };
        let cap = if signs { 50 } else { 0 };
        let holders = vec![world.named(&a, usd(), cap), world.named(&b, usd(), 0)];
        let mut call = world.call(("trials", function), signers, holders, arguments);
        if function == "note" {
            call.gas_limit = 50_000;
        }
        let before = lasting(&world.state);
        let command = world.invoke(&a, call);
        let receipt = told(&mut world, &command);
        assert_eq!(receipt.outcome, Outcome::Refused(Refusal::CallFailed), "row {row}");
        let run = receipt.run.unwrap();
        assert_eq!((run.status, run.code), (status.number(), code), "row {row}");
        assert_eq!(run.place.is_some(), running, "row {row}: {run:?}");
        assert!(run.gas_used <= GAS, "row {row}");
        assert_eq!(receipt.parties, [a.lei], "row {row}");
        assert_eq!(lasting(&world.state), before, "row {row}: a stopped call changed something");
        assert!(world.state.has_seen(&receipt.command), "row {row}");
    }
}

#[test]
fn v10_a_call_that_leaves_more_records_than_it_may_changes_nothing() {
    let (world, [a, _, _]) = network(100);
    for (records, applies) in [(0, false), (1, false), (2, true)] {
        let mut world = world.clone();
        let holders = vec![world.named(&a, usd(), 5)];
        let arguments = vec![code(usd()), encode(&5u128)];
        let mut call = world.call(("trials", "keep"), &[&a], holders, arguments);
        call.records = records;
        let before = lasting(&world.state);
        let command = world.invoke(&a, call);
        let receipt = told(&mut world, &command);
        if applies {
            assert_eq!(receipt.outcome, Outcome::Applied(Effect::Invoked));
        } else {
            assert_eq!(receipt.outcome, Outcome::Refused(Refusal::CallFailed));
            let status = receipt.run.unwrap().status;
            assert_eq!(status, Status::StorageWriteLimitReached.number());
            assert_eq!(lasting(&world.state), before);
        }
    }
}

#[test]
fn v4_i10_a_frozen_owners_escrow_is_given_back_and_not_paid() {
    let (mut world, [a, b, c]) = network(100);
    world.appoint_compliance();
    let call = open_escrow(&mut world, &a, &b);
    let opened = world.invoke(&a, call);
    world.apply(&opened);
    let target = FreezeTarget::Account(world.account(&a, usd()));
    let freeze = world.freeze(target);
    world.apply(&freeze);
    let call = release(&mut world, &a, &b);
    let released = world.invoke(&a, call);
    let receipt = told(&mut world, &released);
    assert_eq!(receipt.outcome, Outcome::Refused(Refusal::CallFailed));
    assert_eq!(receipt.run.unwrap().code, refused(Refusal::AccountFrozen));
    world.block_at(world.next_time().after(60_000), &[]);
    let call = refund(&mut world, &a, &[&c]);
    let command = world.invoke(&c, call);
    assert_eq!(world.apply(&command), Effect::Invoked);
    assert_eq!((world.available(&a, usd()), vaults(&world)), (100, 0));
}

#[test]
fn v7_gas_does_not_depend_on_what_a_block_has_loaded() {
    let (world, [a, b, _]) = network(100);
    let mut used = Vec::new();
    for before in 0..3 {
        let mut world = world.clone();
        let mut commands = Vec::new();
        for number in 0..before {
            let holders = vec![world.named(&a, usd(), 0)];
            let function = if number == 0 { "nothing" } else { "missing" };
            let call = world.call(("trials", function), &[], holders, vec![]);
            commands.push(world.invoke(&a, call));
        }
        let call = open_escrow(&mut world, &a, &b);
        commands.push(world.invoke(&a, call));
        used.push(world.block(&commands).receipts.last().unwrap().run.clone());
    }
    assert!(used[0].as_ref().is_some_and(|run| run.status == Status::Executed.number()));
    assert!(used.iter().all(|run| *run == used[0]), "{used:?}");
}

#[test]
fn v12_what_a_call_costs_at_most_is_known_before_anyone_signs() {
    let (mut world, [a, _, _]) = network(100);
    let bound = |world: &World, function: &str| {
        let (module, function) = (Text::new("trials").unwrap(), Text::new(function).unwrap());
        gas_bound(&world.state, (&address(2), &module), &function, &[])
    };
    let holders = vec![world.named(&a, usd(), 0)];
    let arguments = vec![encode(&2u64), encode(&3u64)];
    let call = world.call(("trials", "add"), &[], holders, arguments);
    let most = bound(&world, "add").unwrap().expect("a bound");
    for (gas_limit, outcome) in [
        (most - 1, Outcome::Refused(Refusal::CallFailed)),
        (most, Outcome::Applied(Effect::Invoked)),
    ] {
        let mut world = world.clone();
        let command = world.invoke(&a, Call { gas_limit, ..call.clone() });
        let receipt = told(&mut world, &command);
        assert_eq!(receipt.outcome, outcome);
        assert_eq!(receipt.run.unwrap().gas_used, gas_limit);
    }
    assert_eq!(bound(&world, "turn"), Ok(None));
    assert_eq!(bound(&world, "missing"), Err(Status::FunctionResolutionFailure));
}

#[test]
fn v7_i8_i11_calls_are_replayed_and_restored_to_the_same_roots() {
    let (mut world, [a, b, _]) = network(100);
    for make in [open_escrow, release, open_escrow] {
        let call = make(&mut world, &a, &b);
        let command = world.invoke(&a, call);
        world.apply(&command);
    }
    let (mut state, _) = State::genesis(&world.genesis).unwrap();
    for (block, first) in world.blocks.iter().zip(&world.sets[1..]) {
        let set = execute(&state, &block.accept_finalized(state.header()).unwrap());
        assert_eq!((set.results, &set.receipts), (first.results, &first.receipts));
        state.apply(&set);
    }
    let last = world.sets.len() - 1;
    for at in [last - 3, last - 2, last - 1] {
        let mut state = State::restore(world.kept(Height::new(at as u64))).unwrap();
        for (block, first) in world.blocks[at..].iter().zip(&world.sets[at + 1..]) {
            let set = execute(&state, &block.accept_finalized(state.header()).unwrap());
            assert_eq!(set.results, first.results, "restored at {at}");
            state.apply(&set);
        }
        assert_eq!(lasting(&state), lasting(&world.state));
    }
}

/// A and B exchange dollars for yen; sent by A.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    by: Actor,
    call: Call,
    change: fn(&mut Invoke, &Case),
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (mut world, [a, b, c]) = network(1_000);
        let call = exchange(&mut world, &a, &b);
        let (by, plants) = (a.settlement(), Vec::new());
        Self { world, a, b, c, by, call, change: |_, _| {}, plants }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        let sender = Bank { lei: self.by.grant.organisation };
        let mut invoke = world.cleared_call(&sender, self.call.clone());
        (self.change)(&mut invoke, self);
        world.plant(self.plants.clone());
        let body = world.body(sender.lei, Command::Invoke(invoke));
        let before = lasting(&world.state);
        let outcome = world.block(&[sign(body, &[&self.by])]).receipts[0].outcome;
        if let Outcome::Refused(_) = outcome {
            assert_eq!(lasting(&world.state), before, "a refused call changed something");
        }
        outcome
    }

    fn named(&mut self) -> &mut Named {
        &mut self.call.holders[0]
    }
}

fn faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["a"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::OutOfRange, &["gates"], |c| c.change = |i, _| i.gates.clear()),
        fault(Refusal::OutOfRange, &["gas", "call"], |c| c.call.gas_limit = MAX_CALL_GAS + 1),
        fault(Refusal::OutOfRange, &["gas", "call"], |c| {
            c.call.until = c.world.now().after(2 * MAX_CALL_MS);
        }),
        fault(Refusal::CallExpired, &["until", "call"], |c| c.call.until = c.world.now()),
        fault(Refusal::NotYourLeg, &["by", "a", "gates"], |c| c.by = c.c.settlement()),
        fault(Refusal::GateMismatch, &["gates"], |c| {
            c.change = |i, case| {
                let gate = i.gates[1].value;
                i.gates[1] = Signed::new(gate, &case.a.gate().signer()).unwrap();
            };
        }),
        fault(Refusal::GateMismatch, &["gates"], |c| {
            c.change = |i, case| i.gates[0] = case.world.call_clearance(&case.a, Hash32::ZERO);
        }),
        fault(Refusal::GateExpired, &["gates"], |c| {
            c.change = |i, case| {
                let mut gate = i.gates[1].value;
                gate.expires = case.world.now();
                i.gates[1] = Signed::new(gate, &case.b.gate().signer()).unwrap();
            };
        }),
        fault(Refusal::AcceptanceMismatch, &["gates"], |c| c.change = |i, _| i.consents.clear()),
        fault(Refusal::AcceptanceMismatch, &["gates"], |c| {
            c.change = |i, case| i.consents[0] = case.world.consent(&case.b, Hash32::ZERO);
        }),
        fault(Refusal::AcceptanceMismatch, &["key"], |c| {
            c.plants.push(key(&c.b.settlement(), false));
        }),
        fault(Refusal::AcceptanceExpired, &["gates"], |c| {
            c.change = |i, case| {
                let mut consent = i.consents[0].value;
                consent.expires = case.world.now();
                i.consents[0] = Signed::new(consent, &case.b.settlement().signer()).unwrap();
            };
        }),
        fault(
            Refusal::AccountUnknown,
            &["holder", "call", "used", "by", "persons", "gates", "key"],
            |c| {
                c.call.holders[1].account = AccountId::new([0; 32]);
            },
        ),
        fault(
            Refusal::NotYourAccount,
            &["holder", "call", "used", "by", "persons", "gates", "key"],
            |c| {
                c.call.holders[1].account = c.world.account(&c.c, jpy());
            },
        ),
        fault(Refusal::SignersTooFew, &["persons"], |c| {
            let account = c.world.account(&c.a, usd());
            let steps = vec![Step { from: 30, persons: 2 }];
            let policy = Record::AccountPolicy(AccountPolicy { account, steps });
            c.plants.push((Name::AccountPolicy(account), policy));
        }),
        fault(Refusal::KeyCommandLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(29), None));
        }),
        // Only what was taken is counted, so that it is known last.
        fault(Refusal::KeyWindowLimit, &["key limits", "call"], |c| {
            c.plants.push(key_limited(&c.a, None, Some(29)));
        }),
        fault(Refusal::CallFailed, &["customer", "call"], |c| {
            c.named().party = PartyId::new([0; 32])
        }),
        fault(Refusal::CallFailed, &["function", "call"], |c| {
            c.call.function = Text::new("none").unwrap()
        }),
    ]
}

#[test]
fn v8_v9_v10_v11_a_call_is_refused_for_the_first_reason_that_applies() {
    check(&Case::new(), Effect::Invoked, &faults(), Case::run);
}

#[test]
fn v12_a_call_keeps_its_form() {
    type Change = fn(&mut Call);
    let out_of_range: [Change; 9] = [
        |c| c.holders.clear(),
        |c| c.holders.push(c.holders[0]),
        |c| c.holders = vec![c.holders[0]; MAX_CALL_HOLDERS + 1],
        |c| c.signers.push(AccountId::new([5; 32])),
        |c| c.signers = vec![c.signers[0]],
        |c| c.types = vec![vec![6; 40]],
        |c| c.types = vec![vec![0]; MAX_CALL_ARGUMENTS + 1],
        |c| c.arguments = vec![Vec::new(); MAX_CALL_ARGUMENTS + 1],
        |c| c.records = MAX_CALL_RECORDS + 1,
    ];
    let good = Case::new();
    for (row, change) in out_of_range.into_iter().enumerate() {
        let mut case = good.clone();
        change(&mut case.call);
        assert_eq!(case.run(), Outcome::Refused(Refusal::OutOfRange), "row {row}");
    }
    // The hash is of all of it.
    let changes: [Change; 8] = [
        |c| c.address = address(3),
        |c| c.module = Text::new("other").unwrap(),
        |c| c.gas_limit -= 1,
        |c| c.records += 1,
        |c| c.signers.reverse(),
        |c| c.holders[0].cap += 1,
        |c| c.arguments.reverse(),
        |c| c.nonce = Hash32::ZERO,
    ];
    for change in changes {
        let mut call = good.call.clone();
        change(&mut call);
        assert_ne!(call.hash(), good.call.hash());
    }
}
