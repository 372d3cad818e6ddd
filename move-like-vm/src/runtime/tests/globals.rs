//! Resources: what is read, written, refused.

use std::sync::Arc;

use super::{Ran, call, state};
use crate::format::{
    Abilities, Ability, CompiledModule, Instruction as I, SignatureToken as T, Visibility,
};
use crate::runtime::{Arguments, Bytes, MemoryState, StructTag};
use crate::status::Status;
use crate::testing::{Builder, address, reference};

/// `0x1::M::R { value: u64 }` with a function for every instruction on resources.
fn resources() -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    let abilities = Abilities::NONE.with(Ability::Key).with(Ability::Drop).with(Ability::Store);
    let (_, r) = builder.structure("R", abilities, &[], &[("value", T::U64)]);
    let value = builder.field(r, 0);
    let mut add = |name: &str, parameters: &[T], returns: &[T], code: &[I]| {
        let handle = builder.function_handle(builder.own(), name, &[], parameters, returns);
        builder.code(handle, Visibility::Public, &[], code);
    };
    let signer = reference(T::Signer);
    add(
        "put",
        &[signer, T::U64],
        &[],
        &[I::MoveLoc(0), I::MoveLoc(1), I::Pack(r), I::MoveTo(r), I::Ret],
    );
    add("take", &[T::Address], &[T::U64], &[I::MoveLoc(0), I::MoveFrom(r), I::Unpack(r), I::Ret]);
    add("there", &[T::Address], &[T::Bool], &[I::MoveLoc(0), I::Exists(r), I::Ret]);
    let read = [I::MoveLoc(0), I::ImmBorrowGlobal(r), I::ImmBorrowField(value), I::ReadRef, I::Ret];
    add("read", &[T::Address], &[T::U64], &read);
    let write = [
        I::MoveLoc(1),
        I::MoveLoc(0),
        I::MutBorrowGlobal(r),
        I::MutBorrowField(value),
        I::WriteRef,
        I::Ret,
    ];
    add("write", &[T::Address, T::U64], &[], &write);
    builder.build()
}

fn tag() -> StructTag {
    "0x1::M::R".parse().unwrap()
}

/// A state in which account 7 has 5.
fn world() -> MemoryState {
    let mut state = state(&[("M", &resources())]);
    state.put_resource((address(7), tag()), Arc::from(&5u64.to_le_bytes()[..]));
    state
}

fn ask(function: &str, account: u8, value: Option<u64>) -> Ran {
    let mut arguments = Arguments::default();
    if function == "put" {
        arguments.signers.push(address(account));
    } else {
        arguments.values.push(address(account).to_vec());
    }
    arguments.values.extend(value.map(|value| value.to_le_bytes().to_vec()));
    call(&world(), function, &arguments)
}

fn written(value: u64) -> Option<Bytes> {
    Some(Arc::from(&value.to_le_bytes()[..]))
}

#[test]
fn what_changes_is_told_and_nothing_else() {
    let five = 5u64.to_le_bytes().to_vec();
    for (function, account, value, results, change) in [
        ("put", 8, Some(9), vec![], Some((8, written(9)))),
        ("take", 7, None, vec![five.clone()], Some((7, None))),
        ("there", 7, None, vec![vec![1]], None),
        ("there", 8, None, vec![vec![0]], None),
        ("read", 7, None, vec![five], None),
        ("write", 7, Some(6), vec![], Some((7, written(6)))),
        // written as it was
        ("write", 7, Some(5), vec![], None),
    ] {
        let ran = ask(function, account, value);
        assert_eq!(ran.results, Ok(results), "{function}");
        let expected: Vec<_> =
            change.into_iter().map(|(account, new)| ((address(account), tag()), new)).collect();
        let changes: Vec<_> = ran.outcome.changes.resources.clone().into_iter().collect();
        assert_eq!(changes, expected, "{function}");
        let reads: Vec<_> = ran.outcome.reads.resources.iter().cloned().collect();
        assert_eq!(reads, [(address(account), tag())], "{function}");
        assert_eq!(ran.outcome.reads.modules.len(), 1);
        let names: Vec<_> = ran.outcome.changes.write_set().resources.into_iter().collect();
        assert_eq!(names.len(), expected.len());
    }
}

#[test]
fn what_is_not_there_or_there_already_is_refused_and_nothing_changes() {
    for (function, account, value, status) in [
        ("put", 7, Some(9), Status::ResourceAlreadyExists),
        ("take", 8, None, Status::MissingData),
        ("read", 8, None, Status::MissingData),
        ("write", 8, Some(1), Status::MissingData),
    ] {
        let ran = ask(function, account, value);
        assert_eq!(ran.status(), (status, None), "{function}");
        assert!(ran.outcome.changes.is_empty());
        assert_eq!(ran.outcome.reads.resources.len(), 1);
    }
}

#[test]
fn stored_bytes_of_another_shape_are_a_fault() {
    for bytes in [&[0u8; 7][..], &[0; 9], &[]] {
        let mut state = world();
        state.put_resource((address(7), tag()), Arc::from(bytes));
        let arguments = super::values(&[&address(7)]);
        let ran = call(&state, "read", &arguments);
        assert_eq!(ran.status(), (Status::FailedToDeserializeResource, None));
    }
}
