//! Every operation on integers, at its bounds.

use ruint::aliases::U256;

use super::{call, module, state, values};
use crate::format::{Instruction as I, SignatureToken as T};
use crate::runtime::MemoryState;
use crate::status::Status;

/// The types with their widths in bits.
const TYPES: [(T, usize); 6] =
    [(T::U8, 8), (T::U16, 16), (T::U32, 32), (T::U64, 64), (T::U128, 128), (T::U256, 256)];

fn max(bits: usize) -> U256 {
    U256::MAX >> (256 - bits)
}

fn encoded(value: U256, bits: usize) -> Vec<u8> {
    value.to_le_bytes::<32>()[..bits / 8].to_vec()
}

/// What Move computes, by unbounded integers cut at the width.
fn expected(instruction: &I, one: U256, other: U256, bits: usize) -> Option<U256> {
    let result = match instruction {
        I::Add => one.checked_add(other),
        I::Sub => one.checked_sub(other),
        I::Mul => one.checked_mul(other),
        I::Div => one.checked_div(other),
        I::Mod => one.checked_rem(other),
        I::BitAnd => Some(one & other),
        I::BitOr => Some(one | other),
        I::Xor => Some(one ^ other),
        _ => unreachable!("another instruction"),
    };
    result.filter(|result| *result <= max(bits))
}

fn binary(type_: &T, returns: &T, instruction: I) -> MemoryState {
    let code = [I::MoveLoc(0), I::MoveLoc(1), instruction, I::Ret];
    let module = module(&[type_.clone(), type_.clone()], std::slice::from_ref(returns), &[], &code);
    state(&[("M", &module)])
}

#[test]
fn operations_are_exact_or_refused_at_every_bound() {
    for (type_, bits) in &TYPES {
        let bounds = [
            U256::ZERO,
            U256::from(1),
            U256::from(2),
            max(*bits) >> 1,
            (max(*bits) >> 1) + U256::from(1),
            max(*bits) - U256::from(1),
            max(*bits),
        ];
        for instruction in [I::Add, I::Sub, I::Mul, I::Div, I::Mod, I::BitAnd, I::BitOr, I::Xor] {
            let state = binary(type_, type_, instruction.clone());
            for (one, other) in bounds.iter().flat_map(|one| bounds.map(|other| (*one, other))) {
                let arguments = values(&[&encoded(one, *bits), &encoded(other, *bits)]);
                let ran = call(&state, "run", &arguments);
                match expected(&instruction, one, other, *bits) {
                    Some(result) => assert_eq!(
                        ran.results,
                        Ok(vec![encoded(result, *bits)]),
                        "{instruction:?} {one} {other}"
                    ),
                    None => assert_eq!(
                        ran.status(),
                        (Status::ArithmeticError, None),
                        "{instruction:?} {one} {other}"
                    ),
                }
            }
        }
    }
}

#[test]
fn comparisons_order_the_bounds() {
    for (type_, bits) in &TYPES {
        let bounds = [U256::ZERO, U256::from(1), max(*bits)];
        for (one, other) in bounds.iter().flat_map(|one| bounds.map(|other| (*one, other))) {
            for (instruction, holds) in [
                (I::Lt, one < other),
                (I::Gt, one > other),
                (I::Le, one <= other),
                (I::Ge, one >= other),
                (I::Eq, one == other),
                (I::Neq, one != other),
            ] {
                let state = binary(type_, &T::Bool, instruction.clone());
                let arguments = values(&[&encoded(one, *bits), &encoded(other, *bits)]);
                let ran = call(&state, "run", &arguments);
                assert_eq!(
                    ran.results,
                    Ok(vec![vec![u8::from(holds)]]),
                    "{instruction:?} {one} {other}"
                );
            }
        }
    }
}

#[test]
fn a_cast_keeps_the_number_or_is_refused() {
    let casts = [
        (I::CastU8, T::U8, 8),
        (I::CastU16, T::U16, 16),
        (I::CastU32, T::U32, 32),
        (I::CastU64, T::U64, 64),
        (I::CastU128, T::U128, 128),
        (I::CastU256, T::U256, 256),
    ];
    for (type_, bits) in &TYPES {
        for (instruction, to, width) in &casts {
            let code = [I::MoveLoc(0), instruction.clone(), I::Ret];
            let module = module(std::slice::from_ref(type_), std::slice::from_ref(to), &[], &code);
            let state = state(&[("M", &module)]);
            let beyond = max(*width).saturating_add(U256::from(1));
            for value in [U256::ZERO, U256::from(1), max(*width), beyond, max(*bits)] {
                if value > max(*bits) {
                    continue;
                }
                let ran = call(&state, "run", &values(&[&encoded(value, *bits)]));
                if value <= max(*width) {
                    assert_eq!(ran.results, Ok(vec![encoded(value, *width)]));
                } else {
                    assert_eq!(ran.status(), (Status::ArithmeticError, None));
                }
            }
        }
    }
}

#[test]
fn a_shift_by_the_width_or_more_is_refused() {
    for (type_, bits) in &TYPES {
        for left in [true, false] {
            let code = [I::MoveLoc(0), I::MoveLoc(1), if left { I::Shl } else { I::Shr }, I::Ret];
            let module = module(&[type_.clone(), T::U8], std::slice::from_ref(type_), &[], &code);
            let state = state(&[("M", &module)]);
            for by in [0usize, 1, bits / 2, bits - 1, *bits, bits + 1, 255] {
                let Ok(count) = u8::try_from(by) else { continue };
                let value = max(*bits) - U256::from(2);
                let ran = call(&state, "run", &values(&[&encoded(value, *bits), &[count]]));
                if by < *bits {
                    let result = if left { (value << by) & max(*bits) } else { value >> by };
                    assert_eq!(ran.results, Ok(vec![encoded(result, *bits)]), "{left} {by}");
                } else {
                    assert_eq!(ran.status(), (Status::ArithmeticError, None), "{left} {by}");
                }
            }
        }
    }
}

#[test]
fn truth_values_follow_their_tables() {
    for (one, other) in [(false, false), (false, true), (true, false), (true, true)] {
        let given = values(&[&[u8::from(one)], &[u8::from(other)]]);
        for (instruction, holds) in [
            (I::Or, one || other),
            (I::And, one && other),
            (I::Eq, one == other),
            (I::Neq, one != other),
        ] {
            let ran = call(&binary(&T::Bool, &T::Bool, instruction), "run", &given);
            assert_eq!(ran.results, Ok(vec![vec![u8::from(holds)]]));
        }
        let negated =
            module(&[T::Bool, T::Bool], &[T::Bool], &[], &[I::MoveLoc(0), I::Not, I::Ret]);
        let ran = call(&state(&[("M", &negated)]), "run", &given);
        assert_eq!(ran.results, Ok(vec![vec![u8::from(!one)]]));
    }
}
