//! What an instruction, a call and a transfer of coins cost, beside a plain loop in the same run.
//!
//! ```text
//! cargo bench -p move-like-vm --features testing --profile dev
//! ```
//!
//! Every figure is the median of five rounds on one thread, after one that is not counted; the last
//! column is its ratio to one turn of the plain loop, which is what to compare between machines. All code
//! is verified and metered.
//!
//! # Absent     storage: a state in memory, and resources that a session has read already
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, prints what it measured, and stops at the unexpected"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use move_like_vm::encode;
use move_like_vm::format::{
    Abilities, Ability, CompiledModule, FunctionHandleIndex, Instruction as I, SignatureToken as T,
    StructDefinitionIndex, Visibility,
};
use move_like_vm::runtime::{
    Arguments, Bytes, Config, Machine, MemoryState, ModuleId, PublishOptions, StructTag,
};
use move_like_vm::testing::{Builder, address};

/// Turns of the loops.
const TURNS: u64 = 1_000_000;
/// Instructions of one turn.
const INSTRUCTIONS: u64 = 17;
/// Transfers of one round.
const TRANSFERS: u64 = 20_000;
/// Rounds that are counted.
const ROUNDS: usize = 5;
/// More than a bench spends.
const BUDGET: u64 = 1 << 60;
const MASK: u64 = (1 << 40) - 1;

fn main() {
    let plain = median(TURNS, || plain_loop(black_box(TURNS)));
    report("plain loop: one turn", plain, plain);
    let state = published(loops());
    let turn = median(TURNS, || run(&state, "turns", TURNS));
    report("metered loop: one turn of 17 instructions", turn, plain);
    report("metered loop: one instruction", turn / INSTRUCTIONS as f64, plain);
    let called = median(TURNS, || run(&state, "calls", TURNS));
    report("the same loop with a call: the call", called - turn, plain);
    transfers(plain);
}

fn plain_loop(turns: u64) -> u64 {
    let (mut at, mut sum) = (0u64, 0u64);
    while black_box(at) < turns {
        sum = (sum.checked_add(at).expect("no overflow") ^ 7) & MASK;
        at += 1;
    }
    black_box(sum)
}

/// The nanoseconds of one of `count` steps.
fn median<R>(count: u64, mut act: impl FnMut() -> R) -> f64 {
    act();
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(act());
            start.elapsed().as_nanos() as f64 / count as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn report(what: &str, nanoseconds: f64, plain: f64) {
    println!("{what:<52} {nanoseconds:>10.1} ns {:>8.1} x", nanoseconds / plain);
}

fn id() -> ModuleId {
    ModuleId { address: address(1), name: "M".to_owned() }
}

/// A state with the module, which the verifier has accepted.
fn published(module: CompiledModule) -> MemoryState {
    let bytes: Bytes = Arc::from(encode::module(&module).unwrap());
    let mut machine = Machine::new(Config::network());
    let mut state = MemoryState::default();
    let mut nothing = ();
    let mut session = machine.session(&state, BUDGET, &mut nothing);
    session.publish(&[bytes], address(1), PublishOptions::default()).unwrap();
    let changes = session.finish().changes;
    state.apply(changes);
    state
}

fn run(state: &MemoryState, function: &str, turns: u64) -> Vec<Vec<u8>> {
    let mut machine = Machine::new(Config::network());
    let mut nothing = ();
    let mut session = machine.session(state, BUDGET, &mut nothing);
    let arguments =
        Arguments { values: vec![turns.to_le_bytes().to_vec()], ..Arguments::default() };
    session.call(&id(), function, &arguments).unwrap()
}

/// Locals: 0 the number of turns, 1 the turn, 2 the sum.
fn turns(call: Option<FunctionHandleIndex>) -> Vec<I> {
    let more: &[I] = match call {
        Some(handle) => &[I::CopyLoc(1), I::Call(handle), I::StLoc(3)],
        None => &[],
    };
    let end = u16::try_from(4 + 17 + more.len()).unwrap();
    let head = [I::LdU64(0), I::StLoc(1), I::LdU64(0), I::StLoc(2)];
    let test = [I::CopyLoc(1), I::CopyLoc(0), I::Lt, I::BrFalse(end)];
    let sum = [
        I::CopyLoc(2),
        I::CopyLoc(1),
        I::Add,
        I::LdU64(7),
        I::Xor,
        I::LdU64(MASK),
        I::BitAnd,
        I::StLoc(2),
    ];
    let next = [I::CopyLoc(1), I::LdU64(1), I::Add, I::StLoc(1), I::Branch(4)];
    [&head[..], &test, &sum, more, &next, &[I::MoveLoc(2), I::Ret]].concat()
}

fn loops() -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    let same = builder.function_handle(builder.own(), "same", &[], &[T::U64], &[T::U64]);
    builder.code(same, Visibility::Private, &[], &[I::MoveLoc(0), I::Ret]);
    for (name, call) in [("turns", None), ("calls", Some(same))] {
        let handle = builder.function_handle(builder.own(), name, &[], &[T::U64], &[T::U64]);
        builder.code(handle, Visibility::Public, &[T::U64, T::U64, T::U64], &turns(call));
        builder.make_entry();
    }
    builder.build()
}

/// A coin with balances: withdraw, deposit, transfer, and many transfers.
fn coins() -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    let store = Abilities::NONE.with(Ability::Store);
    let (coin, coin_definition) = builder.structure("Coin", store, &[], &[("value", T::U64)]);
    let key = Abilities::NONE.with(Ability::Key);
    let (_, balance) = builder.structure("Balance", key, &[], &[("coin", T::Struct(coin))]);
    let value = builder.field(coin_definition, 0);
    let inside = builder.field(balance, 0);

    let withdraw = builder.function_handle(
        builder.own(),
        "withdraw",
        &[],
        &[T::Address, T::U64],
        &[T::Struct(coin)],
    );
    let code = [
        I::MoveLoc(0),
        I::MutBorrowGlobal(balance),
        I::MutBorrowField(inside),
        I::MutBorrowField(value),
        I::StLoc(2),
        I::CopyLoc(2),
        I::ReadRef,
        I::CopyLoc(1),
        I::Sub,
        I::MoveLoc(2),
        I::WriteRef,
        I::MoveLoc(1),
        I::Pack(coin_definition),
        I::Ret,
    ];
    let word = T::MutableReference(Box::new(T::U64));
    builder.code(withdraw, Visibility::Private, std::slice::from_ref(&word), &code);
    builder.acquire(balance);

    let deposit =
        builder.function_handle(builder.own(), "deposit", &[], &[T::Address, T::Struct(coin)], &[]);
    let code = [
        I::MoveLoc(0),
        I::MutBorrowGlobal(balance),
        I::MutBorrowField(inside),
        I::MutBorrowField(value),
        I::StLoc(2),
        I::CopyLoc(2),
        I::ReadRef,
        I::MoveLoc(1),
        I::Unpack(coin_definition),
        I::Add,
        I::MoveLoc(2),
        I::WriteRef,
        I::Ret,
    ];
    builder.code(deposit, Visibility::Private, &[word], &code);
    builder.acquire(balance);

    let parameters = [T::Address, T::Address, T::U64];
    let transfer = builder.function_handle(builder.own(), "transfer", &[], &parameters, &[]);
    let code =
        [I::MoveLoc(1), I::MoveLoc(0), I::MoveLoc(2), I::Call(withdraw), I::Call(deposit), I::Ret];
    builder.code(transfer, Visibility::Public, &[], &code);
    builder.make_entry();
    builder.acquire(balance);

    many(&mut builder, transfer, balance);
    builder.build()
}

/// A loop of transfers.
fn many(builder: &mut Builder, transfer: FunctionHandleIndex, balance: StructDefinitionIndex) {
    let parameters = [T::Address, T::Address, T::U64];
    let many = builder.function_handle(builder.own(), "many", &[], &parameters, &[]);
    let code = [
        I::CopyLoc(2),
        I::LdU64(0),
        I::Gt,
        I::BrFalse(13),
        I::CopyLoc(0),
        I::CopyLoc(1),
        I::LdU64(1),
        I::Call(transfer),
        I::MoveLoc(2),
        I::LdU64(1),
        I::Sub,
        I::StLoc(2),
        I::Branch(0),
        I::Ret,
    ];
    builder.code(many, Visibility::Public, &[], &code);
    builder.make_entry();
    builder.acquire(balance);
}

fn transfers(plain: f64) {
    let mut state = published(coins());
    let tag: StructTag = "0x1::M::Balance".parse().unwrap();
    for account in [7, 8] {
        let balance: Bytes = Arc::from(&(1u64 << 50).to_le_bytes()[..]);
        state.put_resource((address(account), tag.clone()), balance);
    }
    let given = |amount: u64| Arguments {
        values: vec![address(7).to_vec(), address(8).to_vec(), amount.to_le_bytes().to_vec()],
        ..Arguments::default()
    };
    let mut machine = Machine::new(Config::network());
    let inside = median(TRANSFERS, || {
        let mut nothing = ();
        let mut session = machine.session(&state, BUDGET, &mut nothing);
        session.call(&id(), "many", &given(TRANSFERS)).unwrap();
        assert_eq!(session.finish().changes.resources.len(), 2);
    });
    report("a coin transfer, called by a contract", inside, plain);
    let one = given(1);
    let cached = median(TRANSFERS, || {
        let mut nothing = ();
        let mut session = machine.session(&state, BUDGET, &mut nothing);
        for _ in 0..TRANSFERS {
            session.call(&id(), "transfer", &one).unwrap();
        }
        assert_eq!(session.finish().changes.resources.len(), 2);
    });
    report("a coin transfer, called from outside", cached, plain);
    let alone = median(TRANSFERS, || {
        for _ in 0..TRANSFERS {
            let mut nothing = ();
            let mut session = machine.session(&state, BUDGET, &mut nothing);
            session.call(&id(), "transfer", &one).unwrap();
            assert_eq!(session.finish().changes.resources.len(), 2);
        }
    });
    report("a coin transfer in a session of its own", alone, plain);
}
