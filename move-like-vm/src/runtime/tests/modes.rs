//! Programs that chance makes: the modes agree on results, gas, faults and changes.

use proptest::prelude::*;

use super::{BUDGET, bytes, call_in, config, id, module, state};
use crate::fault::{Fault, Place};
use crate::format::{Abilities, CompiledModule, Instruction as I, SignatureToken as T, Visibility};
use crate::runtime::{Arguments, Machine, MemoryState};
use crate::status::Status;
use crate::testing::{Builder, vector};

/// What a program may have on its stack, and the locals of the same types, two of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Small,
    Word,
    Wide,
    Truth,
    List,
    Pair,
}

const KINDS: [Kind; 6] = [Kind::Small, Kind::Word, Kind::Wide, Kind::Truth, Kind::List, Kind::Pair];

/// A well-typed program without branches, by a list of choices.
fn program(choices: &[u16]) -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    let (pair, definition) = builder.structure(
        "Pair",
        Abilities::PRIMITIVES,
        &[],
        &[("a", T::U64), ("b", vector(T::U64))],
    );
    let field = builder.field(definition, 0);
    let element = builder.signature(&[T::U64]);
    let types = [T::U8, T::U64, T::U128, T::Bool, vector(T::U64), T::Struct(pair)];
    let locals: Vec<T> = types.iter().chain(&types).cloned().collect();
    let handle = builder.function_handle(builder.own(), "run", &[], &[], &types);

    let fresh = |kind: Kind| match kind {
        Kind::Small => vec![I::LdU8(3)],
        Kind::Word => vec![I::LdU64(1 << 33)],
        Kind::Wide => vec![I::LdU128(1 << 70)],
        Kind::Truth => vec![I::LdTrue],
        Kind::List => vec![I::LdU64(4), I::LdU64(5), I::VecPack(element, 2)],
        Kind::Pair => vec![I::LdU64(6), I::VecPack(element, 0), I::Pack(definition)],
    };
    let mut code = Vec::new();
    for (local, kind) in (0u8..).zip(KINDS.iter().chain(&KINDS)) {
        code.extend(fresh(*kind));
        code.push(I::StLoc(local));
    }
    let mut stack: Vec<Kind> = Vec::new();
    for choice in choices {
        let local = u8::try_from(choice % 12).unwrap();
        let of_local = KINDS[usize::from(local) % 6];
        let operation = choice / 12;
        match (operation % 12, stack.as_slice()) {
            (0, _) => {
                code.extend(fresh(of_local));
                stack.push(of_local);
            }
            (1 | 2, _) => {
                code.push(I::CopyLoc(local));
                stack.push(of_local);
            }
            (3, [.., top]) => {
                let half = 6 * u8::try_from(choice % 2).unwrap();
                let at = KINDS.iter().position(|kind| kind == top).unwrap();
                code.push(I::StLoc(u8::try_from(at).unwrap() + half));
                stack.pop();
            }
            (4, [.., Kind::Small | Kind::Word | Kind::Wide, Kind::Small]) => {
                code.push(if operation % 2 == 0 { I::Shl } else { I::Shr });
                stack.pop();
            }
            (5..=7, [.., one, other])
                if one == other && matches!(one, Kind::Small | Kind::Word | Kind::Wide) =>
            {
                let all = [I::Add, I::Sub, I::Mul, I::Div, I::Mod, I::BitAnd, I::BitOr, I::Xor];
                code.push(all[usize::from(choice / 7) % all.len()].clone());
                stack.pop();
            }
            (8, [.., one, other]) if one == other => {
                code.push(if choice % 2 == 0 { I::Eq } else { I::Neq });
                stack.truncate(stack.len() - 2);
                stack.push(Kind::Truth);
            }
            (9, [.., Kind::Small | Kind::Word | Kind::Wide]) => {
                let (cast, kind) =
                    [(I::CastU8, Kind::Small), (I::CastU64, Kind::Word), (I::CastU128, Kind::Wide)]
                        [usize::from(choice / 5) % 3]
                        .clone();
                code.push(cast);
                stack.pop();
                stack.push(kind);
            }
            (10, [.., Kind::Word]) => {
                // the number becomes an element, and an element comes out
                code.extend([
                    I::StLoc(1),
                    I::MutBorrowLoc(4),
                    I::CopyLoc(1),
                    I::VecPushBack(element),
                ]);
                code.extend([
                    I::MutBorrowLoc(4),
                    I::CopyLoc(0),
                    I::CastU64,
                    I::VecImmBorrow(element),
                ]);
                code.push(I::ReadRef);
            }
            (11, _) => {
                code.extend([
                    I::CopyLoc(1),
                    I::MutBorrowLoc(5),
                    I::MutBorrowField(field),
                    I::WriteRef,
                ]);
            }
            _ => {
                code.push(I::ImmBorrowLoc(local));
                code.push(I::ReadRef);
                stack.push(of_local);
            }
        }
    }
    code.extend(stack.iter().map(|_| I::Pop));
    code.extend((0..6).map(I::MoveLoc));
    code.push(I::Ret);
    builder.code(handle, Visibility::Public, &locals, &code);
    builder.build()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn programs_give_the_same_in_both_modes(choices in proptest::collection::vec(any::<u16>(), 0..120)) {
        let module = program(&choices);
        let mut state = MemoryState::default();
        state.put_module(id("M"), bytes(&module));
        let fast = call_in(false, &state, "run", &Arguments::default(), BUDGET);
        let checked = call_in(true, &state, "run", &Arguments::default(), BUDGET);
        prop_assert_eq!(&fast, &checked);
        let fine = [Status::Executed, Status::ArithmeticError, Status::VectorOperationError];
        prop_assert!(fine.contains(&fast.status().0), "{:?}", fast.status());
    }

    /// Instructions in any order, verified by nobody, come to some fault or result.
    #[test]
    fn no_code_makes_the_machine_panic(choices in proptest::collection::vec(any::<u8>(), 0..60)) {
        let length = choices.len() + 1;
        let mut code: Vec<I> = choices.iter().map(|choice| any_instruction(*choice, length)).collect();
        code.push(I::Ret);
        let module = module(&[T::U64, vector(T::U8)], &[T::U64], &[T::U8], &code);
        let state = state(&[("M", &module)]);
        let given = super::values(&[&[1; 8], &[2, 3, 4]]);
        for checked in [false, true] {
            let ran = call_in(checked, &state, "run", &given, 1_000_000);
            prop_assert!(ran.status().0 != Status::UnexpectedDeserializationError);
        }
    }
}

/// An instruction whose indices exist, in code of that length with three locals and three signatures.
fn any_instruction(choice: u8, length: usize) -> I {
    let low = choice % 4;
    let local = choice % 3;
    let target = u16::try_from(usize::from(choice) * 7 % length).unwrap();
    let signature = crate::format::SignatureIndex(u16::from(choice % 3));
    match choice / 4 {
        0..6 => I::CopyLoc(local),
        6..10 => I::MoveLoc(local),
        10..14 => I::StLoc(local),
        14..18 => I::MutBorrowLoc(local),
        18..24 => [I::Add, I::Shl, I::Eq, I::Lt][usize::from(low)].clone(),
        24 => I::Branch(target),
        25..27 => I::BrTrue(target),
        27..33 => [I::ReadRef, I::WriteRef, I::FreezeRef, I::Pop][usize::from(low)].clone(),
        33..36 => I::VecLen(signature),
        36..38 => I::VecPopBack(signature),
        38 => I::VecUnpack(signature, u64::from(low)),
        39 => I::VecPack(signature, u64::MAX - u64::from(low)),
        40..42 => I::VecPack(signature, u64::from(low)),
        42..44 => I::VecPushBack(signature),
        44..46 => I::VecImmBorrow(signature),
        46 => I::VecSwap(signature),
        47 => I::Call(crate::format::FunctionHandleIndex(0)),
        48..50 => [I::CastU8, I::CastU256, I::Not, I::Or][usize::from(low)].clone(),
        50 => I::Ret,
        _ => I::LdU64(u64::from(low)),
    }
}

/// The checked mode refuses what only a wrong verifier would let through.
#[test]
fn the_checked_mode_tells_a_wrong_type() {
    let mut builder = Builder::module(1, "M");
    let (one, one_definition) =
        builder.structure("One", Abilities::PRIMITIVES, &[], &[("a", T::U64)]);
    let (_, other) = builder.structure("Other", Abilities::PRIMITIVES, &[], &[("a", T::U64)]);
    let handle = builder.function_handle(builder.own(), "run", &[], &[], &[]);
    let code = [I::LdU64(1), I::Pack(one_definition), I::Unpack(other), I::Pop, I::Ret];
    builder.code(handle, Visibility::Public, &[], &code);
    let (plain, linear) =
        (one, builder.structure("Linear", Abilities::NONE, &[], &[("a", T::U64)]));
    let dropped = builder.function_handle(builder.own(), "dropped", &[], &[], &[]);
    builder.code(
        dropped,
        Visibility::Public,
        &[],
        &[I::LdU64(1), I::Pack(linear.1), I::Pop, I::Ret],
    );
    let kept = builder.function_handle(builder.own(), "kept", &[], &[], &[]);
    let locals = [T::Struct(linear.0), T::Struct(plain)];
    builder.code(
        kept,
        Visibility::Public,
        &locals,
        &[I::LdU64(1), I::Pack(linear.1), I::StLoc(0), I::Ret],
    );
    let state = state(&[("M", &builder.build())]);
    for (function, instruction) in [("run", 2), ("dropped", 2), ("kept", 3)] {
        let ran = call_in(true, &state, function, &Arguments::default(), BUDGET);
        let Err(Fault { status, place: Place::Instruction { instruction: at, .. }, .. }) =
            ran.results
        else {
            panic!("{function} ran");
        };
        assert_eq!((status, at), (Status::InternalTypeError, instruction), "{function}");
    }
}

#[test]
fn a_machine_that_ran_before_gives_the_same_as_a_new_one() {
    let mut machine = Machine::new(config(false));
    for seed in 0..40u16 {
        let choices: Vec<u16> =
            (0..40).map(|step| seed.wrapping_mul(7919).wrapping_add(step * 271)).collect();
        let mut state = MemoryState::default();
        state.put_module(id("M"), bytes(&program(&choices)));
        let mut nothing = ();
        let mut session = machine.session(&state, BUDGET, &mut nothing);
        let results = session.call_any(&id("M"), "run", &Arguments::default());
        let used = super::Ran { results, outcome: session.finish() };
        assert_eq!(used, call_in(false, &state, "run", &Arguments::default(), BUDGET));
    }
}
