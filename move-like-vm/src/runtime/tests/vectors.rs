//! Vectors, structs and references.

use super::{Ran, call, module, run, state, values};
use crate::format::{Abilities, Instruction as I, SignatureToken as T, Visibility};
use crate::runtime::Arguments;
use crate::status::Status;
use crate::testing::{Builder, mutable, reference, vector};

/// Runs code whose local 0 is a vector of numbers of one type; signature 2 is the element.
fn on_vector(element: &T, returns: &[T], code: &[I]) -> Ran {
    let mut builder = Builder::module(1, "M");
    let signature = builder.signature(std::slice::from_ref(element));
    let handle = builder.function_handle(builder.own(), "run", &[], &[], returns);
    let code: Vec<I> = code
        .iter()
        .map(|instruction| match instruction {
            I::VecPack(_, count) => I::VecPack(signature, *count),
            I::VecUnpack(_, count) => I::VecUnpack(signature, *count),
            I::VecLen(_) => I::VecLen(signature),
            I::VecImmBorrow(_) => I::VecImmBorrow(signature),
            I::VecMutBorrow(_) => I::VecMutBorrow(signature),
            I::VecPushBack(_) => I::VecPushBack(signature),
            I::VecPopBack(_) => I::VecPopBack(signature),
            I::VecSwap(_) => I::VecSwap(signature),
            other => other.clone(),
        })
        .collect();
    builder.code(handle, Visibility::Public, &[vector(element.clone())], &code);
    call(&state(&[("M", &builder.build())]), "run", &Arguments::default())
}

/// The elements 1, 2, 3 of each type that a body treats in its own way.
fn kinds() -> [(T, [I; 3], usize); 3] {
    [
        (T::U8, [I::LdU8(1), I::LdU8(2), I::LdU8(3)], 1),
        (T::U64, [I::LdU64(1), I::LdU64(2), I::LdU64(3)], 8),
        (T::U16, [I::LdU16(1), I::LdU16(2), I::LdU16(3)], 2),
    ]
}

fn encoded(elements: &[u8], width: usize) -> Vec<u8> {
    let mut out = vec![u8::try_from(elements.len()).unwrap()];
    for element in elements {
        out.push(*element);
        out.extend(std::iter::repeat_n(0, width - 1));
    }
    out
}

#[test]
fn a_vector_is_packed_changed_and_unpacked() {
    let s = Default::default();
    for (type_, [one, two, three], width) in kinds() {
        let packed = [one.clone(), two.clone(), I::VecPack(s, 2), I::StLoc(0)];
        let pushed = [I::MutBorrowLoc(0), three.clone(), I::VecPushBack(s)];
        let swapped = [I::MutBorrowLoc(0), I::LdU64(0), I::LdU64(2), I::VecSwap(s)];
        let written = [one, I::MutBorrowLoc(0), I::LdU64(1), I::VecMutBorrow(s), I::WriteRef];
        let length = [I::ImmBorrowLoc(0), I::VecLen(s)];
        let popped = [I::MutBorrowLoc(0), I::VecPopBack(s)];
        let end = [I::MoveLoc(0), I::Ret];
        let code: Vec<I> =
            [&packed[..], &pushed, &swapped, &written, &length, &popped, &end].concat();
        let ran = on_vector(&type_, &[T::U64, type_.clone(), vector(type_.clone())], &code);
        let results = ran.results.unwrap();
        assert_eq!(results[0], 3u64.to_le_bytes());
        assert_eq!(results[1], encoded(&[1], width)[1..]);
        assert_eq!(results[2], encoded(&[3, 1], width));

        let unpacked = [two, three, I::VecPack(s, 2), I::VecUnpack(s, 2), I::Ret];
        let ran = on_vector(&type_, &[type_.clone(), type_.clone()], &unpacked);
        assert_eq!(ran.results.unwrap().concat(), encoded(&[2, 3], width)[1..]);
    }
}

#[test]
fn what_a_vector_refuses_has_a_code() {
    let s = Default::default();
    for (type_, [one, two, _], _) in kinds() {
        let packed = [one, two, I::VecPack(s, 2), I::StLoc(0)];
        for (code, number) in [
            (vec![I::ImmBorrowLoc(0), I::LdU64(2), I::VecImmBorrow(s), I::Pop, I::Ret], 1),
            (vec![I::ImmBorrowLoc(0), I::LdU64(u64::MAX), I::VecImmBorrow(s), I::Pop, I::Ret], 1),
            (vec![I::MutBorrowLoc(0), I::LdU64(1 << 32), I::VecMutBorrow(s), I::Pop, I::Ret], 1),
            (vec![I::MutBorrowLoc(0), I::LdU64(0), I::LdU64(2), I::VecSwap(s), I::Ret], 1),
            (vec![I::MutBorrowLoc(0), I::LdU64(2), I::LdU64(0), I::VecSwap(s), I::Ret], 1),
            (vec![I::MoveLoc(0), I::VecUnpack(s, 1), I::Pop, I::Ret], 3),
            (vec![I::MoveLoc(0), I::VecUnpack(s, 3), I::Pop, I::Pop, I::Pop, I::Ret], 3),
        ] {
            let ran = on_vector(&type_, &[], &[&packed[..], &code].concat());
            assert_eq!(ran.status(), (Status::VectorOperationError, Some(number)), "{code:?}");
        }
        let empty =
            [I::VecPack(s, 0), I::StLoc(0), I::MutBorrowLoc(0), I::VecPopBack(s), I::Pop, I::Ret];
        assert_eq!(
            on_vector(&type_, &[], &empty).status(),
            (Status::VectorOperationError, Some(2))
        );
    }
}

#[test]
fn a_copy_shares_nothing_with_what_it_was_copied_from() {
    let s = Default::default();
    for (type_, [one, two, _], width) in kinds() {
        let code = [
            one,
            I::VecPack(s, 1),
            I::StLoc(0),
            I::CopyLoc(0),
            I::ImmBorrowLoc(0),
            I::ReadRef,
            I::MutBorrowLoc(0),
            two,
            I::VecPushBack(s),
            I::MoveLoc(0),
            I::Ret,
        ];
        let list = vector(type_.clone());
        let ran = on_vector(&type_, &[list.clone(), list.clone(), list], &code);
        let expected = [encoded(&[1], width), encoded(&[1], width), encoded(&[1, 2], width)];
        assert_eq!(ran.results, Ok(expected.to_vec()));
    }
}

#[test]
fn fields_are_read_and_written_through_references() {
    let mut builder = Builder::module(1, "M");
    let (inner, inner_definition) =
        builder.structure("Inner", Abilities::PRIMITIVES, &[], &[("a", T::U64), ("b", T::U8)]);
    let (outer, outer_definition) = builder.structure(
        "Outer",
        Abilities::PRIMITIVES,
        &[],
        &[("x", T::Bool), ("y", T::Struct(inner))],
    );
    let y = builder.field(outer_definition, 1);
    let a = builder.field(inner_definition, 0);
    let handle = builder.function_handle(
        builder.own(),
        "run",
        &[],
        &[],
        &[T::U64, T::Bool, T::Struct(outer), T::Bool],
    );
    let code = [
        I::LdTrue,
        I::LdU64(5),
        I::LdU8(6),
        I::Pack(inner_definition),
        I::Pack(outer_definition),
        I::StLoc(0),
        I::CopyLoc(0),
        I::StLoc(1),
        I::LdU64(7),
        I::MutBorrowLoc(0),
        I::MutBorrowField(y),
        I::MutBorrowField(a),
        I::WriteRef,
        I::ImmBorrowLoc(0),
        I::ImmBorrowField(y),
        I::ImmBorrowField(a),
        I::ReadRef,
        I::ImmBorrowLoc(0),
        I::ImmBorrowLoc(1),
        I::Eq,
        I::MoveLoc(0),
        I::CopyLoc(1),
        I::MoveLoc(1),
        I::Eq,
        I::Ret,
    ];
    builder.code(handle, Visibility::Public, &[T::Struct(outer), T::Struct(outer)], &code);
    let ran = call(&state(&[("M", &builder.build())]), "run", &Arguments::default());
    let changed = [&[1u8][..], &7u64.to_le_bytes(), &[6]].concat();
    assert_eq!(ran.results, Ok(vec![7u64.to_le_bytes().to_vec(), vec![0], changed, vec![1]]));
}

#[test]
fn arguments_may_be_passed_by_reference() {
    let code =
        [I::CopyLoc(0), I::ReadRef, I::MoveLoc(1), I::WriteRef, I::MoveLoc(0), I::ReadRef, I::Ret];
    let module = module(&[reference(T::U64), mutable(T::U64)], &[T::U64], &[], &code);
    let given = values(&[&7u64.to_le_bytes(), &8u64.to_le_bytes()]);
    let ran = call(&state(&[("M", &module)]), "run", &given);
    assert_eq!(ran.results, Ok(vec![7u64.to_le_bytes().to_vec()]));
}

#[test]
fn constants_are_loaded() {
    let mut builder = Builder::module(1, "M");
    let words = builder.constant(vector(T::U64), &[&[1u8][..], &9u64.to_le_bytes()].concat());
    let text = builder.constant(vector(T::U8), b"\x02hi");
    let lists = builder.constant(vector(vector(T::U8)), &[2, 1, 5, 0]);
    let truth = builder.constant(T::Bool, &[1]);
    let returns = [vector(T::U64), vector(T::U8), vector(vector(T::U8)), T::Bool];
    let handle = builder.function_handle(builder.own(), "run", &[], &[], &returns);
    let code =
        [words, text, lists, truth].map(I::LdConst).into_iter().chain([I::Ret]).collect::<Vec<_>>();
    builder.code(handle, Visibility::Public, &[], &code);
    let ran = call(&state(&[("M", &builder.build())]), "run", &Arguments::default());
    let results = ran.results.unwrap();
    assert_eq!(results[0].len(), 9);
    assert_eq!(results[1..], [b"\x02hi".to_vec(), vec![2, 1, 5, 0], vec![1]]);
}

#[test]
fn the_code_of_an_abort_is_told_with_its_place() {
    let ran = run(&[], &[], &[I::LdU64(42), I::Abort]);
    assert_eq!(ran.status(), (Status::Aborted, Some(42)));
    let place = crate::fault::Place::Instruction { function: 0, instruction: 1 };
    assert_eq!(ran.results.unwrap_err().place, place);
}
