//! Gas: exact, bounded, spent.

use super::{BUDGET, call, call_in, config, id, module, run, schedule, state, values};
use crate::format::{Abilities, Instruction as I, SignatureToken as T, Visibility};
use crate::runtime::schedule::times_length;
use crate::runtime::{Arguments, Machine, MemoryState};
use crate::status::Status;
use crate::testing::{Builder, reference, vector};

/// What a call costs beside the bytes of its module.
fn spent(state: &MemoryState, function: &str, arguments: &Arguments) -> u64 {
    let used = call(state, function, arguments).outcome.gas_used;
    used - code_bytes(state)
}

fn code_bytes(state: &MemoryState) -> u64 {
    use crate::runtime::State;
    let bytes = state.module(&id("M").address, "M").unwrap().unwrap();
    times_length(bytes.len(), schedule().code_byte)
}

/// Adds up what the instructions of a list cost.
fn sum(code: &[I]) -> u64 {
    code.iter().map(|instruction| schedule().of(instruction)).sum()
}

/// `run(taken: bool)`: two ways of different length that meet again.
fn branch() -> Vec<I> {
    vec![
        I::MoveLoc(0),
        I::BrFalse(5),
        I::LdU64(1),
        I::Pop,
        I::Branch(9),
        I::LdU64(2),
        I::LdU64(3),
        I::Mul,
        I::Pop,
        I::Ret,
    ]
}

#[test]
fn a_block_is_paid_for_when_it_is_entered() {
    let code = branch();
    let state = state(&[("M", &module(&[T::Bool], &[], &[], &code))]);
    let parts = |ranges: &[std::ops::Range<usize>]| {
        ranges.iter().map(|range| sum(&code[range.clone()])).sum::<u64>()
    };
    assert_eq!(spent(&state, "run", &values(&[&[1]])), parts(&[0..2, 2..5, 9..10]));
    assert_eq!(spent(&state, "run", &values(&[&[0]])), parts(&[0..2, 5..9, 9..10]));
}

#[test]
fn a_fault_spends_the_block_and_too_small_a_budget_all_of_it() {
    let ran = run(&[], &[], &[I::LdU64(1), I::Abort]);
    let module = module(&[], &[], &[], &[I::LdU64(1), I::Abort]);
    let state = state(&[("M", &module)]);
    let needed = sum(&[I::LdU64(1), I::Abort]) + code_bytes(&state);
    assert_eq!(ran.outcome.gas_used, needed);
    for checked in [false, true] {
        let ran = call_in(checked, &state, "run", &Arguments::default(), needed);
        assert_eq!(ran.status(), (Status::Aborted, Some(1)));
        let ran = call_in(checked, &state, "run", &Arguments::default(), needed - 1);
        assert_eq!(ran.status(), (Status::OutOfGas, None));
        assert_eq!(ran.outcome.gas_used, needed - 1);
        assert!(ran.outcome.changes.is_empty());
    }
}

#[test]
fn an_endless_loop_ends_with_the_budget() {
    let state = state(&[("M", &module(&[], &[], &[], &[I::Branch(0)]))]);
    for checked in [false, true] {
        let ran = call_in(checked, &state, "run", &Arguments::default(), 100_000);
        assert_eq!(ran.status(), (Status::OutOfGas, None));
        assert_eq!(ran.outcome.gas_used, 100_000);
    }
}

#[test]
fn copying_and_comparing_are_paid_for_by_bytes() {
    let code = |action: &[I]| [&[I::ImmBorrowLoc(0)][..], action, &[I::Ret]].concat();
    let list = vector(T::U8);
    let read = code(&[I::ReadRef, I::Pop]);
    let equal = code(&[I::ImmBorrowLoc(0), I::Eq, I::Pop]);
    for code in [read, equal] {
        let state = state(&[("M", &module(std::slice::from_ref(&list), &[], &[], &code))]);
        let empty = spent(&state, "run", &values(&[&[0]]));
        let hundred = [&[100u8][..], &[7; 100]].concat();
        assert_eq!(spent(&state, "run", &values(&[&hundred])), empty + 100, "{code:?}");
    }
}

#[test]
fn what_is_alive_is_bounded() {
    // doubles a list of bytes until it does not fit
    let mut builder = Builder::module(1, "M");
    let lists = builder.signature(&[vector(T::U8)]);
    let constant = builder.constant(vector(T::U8), &[&[0x80u8, 0x40][..], &[0; 8192]].concat());
    let handle = builder.function_handle(builder.own(), "run", &[], &[T::Bool], &[]);
    let code = [
        I::VecPack(lists, 0),
        I::StLoc(1),
        I::MutBorrowLoc(1),
        I::LdConst(constant),
        I::VecPushBack(lists),
        I::CopyLoc(0),
        I::BrFalse(2),
        // without keeping them there is no end
        I::MutBorrowLoc(1),
        I::VecPopBack(lists),
        I::Pop,
        I::Branch(2),
    ];
    builder.code(handle, Visibility::Public, &[vector(vector(T::U8))], &code);
    let state = state(&[("M", &builder.build())]);
    let budget = 100_000_000;
    for (kept, status) in [(0u8, Status::MemoryLimitExceeded), (1, Status::OutOfGas)] {
        for checked in [false, true] {
            let ran = call_in(checked, &state, "run", &values(&[&[kept]]), budget);
            assert_eq!(ran.status(), (status, None));
        }
    }
}

fn bound(state: &MemoryState, function: &str) -> Option<u64> {
    let bounds = [false, true].map(|checked| {
        let mut machine = Machine::new(config(checked));
        let mut nothing = ();
        let mut session = machine.session(state, BUDGET, &mut nothing);
        session.bound(&id("M"), function, &[]).unwrap()
    });
    assert_eq!(bounds[0], bounds[1]);
    bounds[0]
}

#[test]
fn the_bound_is_what_the_longest_way_costs() {
    let mut builder = Builder::module(1, "M");
    let (pair, pair_definition) =
        builder.structure("Pair", Abilities::PRIMITIVES, &[], &[("a", T::U64), ("b", T::U8)]);
    let ways = builder.function_handle(builder.own(), "ways", &[], &[T::Bool], &[]);
    builder.code(ways, Visibility::Public, &[], &branch());
    let copies =
        builder.function_handle(builder.own(), "copies", &[], &[reference(T::Struct(pair))], &[]);
    builder.code(copies, Visibility::Public, &[], &[I::MoveLoc(0), I::ReadRef, I::Pop, I::Ret]);
    let run = builder.function_handle(builder.own(), "run", &[], &[T::Bool], &[]);
    let code = [
        I::MoveLoc(0),
        I::Call(ways),
        I::LdU64(1),
        I::LdU8(2),
        I::Pack(pair_definition),
        I::StLoc(1),
        I::ImmBorrowLoc(1),
        I::Call(copies),
        I::Ret,
    ];
    builder.code(run, Visibility::Public, &[T::Struct(pair)], &code);
    let state = state(&[("M", &builder.build())]);
    let most = call(&state, "run", &values(&[&[0]])).outcome.gas_used;
    let less = call(&state, "run", &values(&[&[1]])).outcome.gas_used;
    assert!(less < most);
    assert_eq!(bound(&state, "run"), Some(most));
}

#[test]
fn there_is_no_bound_for_loops_recursion_and_values_of_any_size() {
    let looped = [I::MoveLoc(0), I::BrTrue(0), I::Ret];
    let mut builder = Builder::module(1, "M");
    let again = builder.function_handle(builder.own(), "again", &[], &[], &[]);
    builder.code(again, Visibility::Public, &[], &[I::Call(again), I::Ret]);
    let copies = builder.function_handle(builder.own(), "copies", &[], &[vector(T::U8)], &[]);
    builder.code(copies, Visibility::Public, &[], &[I::CopyLoc(0), I::Pop, I::Ret]);
    let loops = builder.function_handle(builder.own(), "loops", &[], &[T::Bool], &[]);
    builder.code(loops, Visibility::Public, &[], &looped);
    let state = state(&[("M", &builder.build())]);
    for function in ["again", "copies", "loops"] {
        assert_eq!(bound(&state, function), None, "{function}");
    }
}

#[test]
fn what_is_loaded_changes_no_cost() {
    let code = branch();
    let state = state(&[("M", &module(&[T::Bool], &[], &[], &code))]);
    let mut machine = Machine::new(config(false));
    let costs: Vec<u64> = (0..3)
        .map(|_| {
            let mut nothing = ();
            let mut session = machine.session(&state, BUDGET, &mut nothing);
            session.call_any(&id("M"), "run", &values(&[&[1]])).unwrap();
            session.finish().gas_used
        })
        .collect();
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
}
