use crate::format::Instruction as I;
use crate::format::SignatureToken;
use crate::status::Status;
use crate::testing::{mutable, reference, vector};
use crate::verify::Config;
use crate::verify::code::fixture::*;
use crate::verify::meter::{Meter, OVER_BUDGET};

mod model;

fn of(code: &[I]) -> Function {
    Function::of(code)
}

/// A number in local 0 and a mutable reference to it in local 1.
fn borrowed(code: &[I]) -> Function {
    let first = [I::MutBorrowLoc(0), I::StLoc(1)];
    of(&[&first, code].concat()).taking(&[U64]).with_locals(&[mutable(U64)])
}

/// A number in local 0 and an immutable reference to it in local 1.
fn looked_at(code: &[I]) -> Function {
    let first = [I::ImmBorrowLoc(0), I::StLoc(1)];
    of(&[&first, code].concat()).taking(&[U64]).with_locals(&[reference(U64)])
}

#[test]
fn a_local_stays_while_it_is_borrowed() {
    let moved = Some(Status::MovelocExistsBorrowError);
    let stored = Some(Status::StlocUnsafeToDestroyError);
    let let_go = [I::MoveLoc(1), I::Pop];
    all_get(&[
        ("moved", looked_at(&[I::MoveLoc(0), I::Pop, I::Ret]), moved),
        ("moved behind a mutable", borrowed(&[I::MoveLoc(0), I::Pop, I::Ret]), moved),
        (
            "moved afterwards",
            looked_at(&[&let_go[..], &[I::MoveLoc(0), I::Pop, I::Ret]].concat()),
            None,
        ),
        ("overwritten", looked_at(&[I::LdU64(1), I::StLoc(0), I::Ret]), stored),
        (
            "overwritten afterwards",
            looked_at(&[&let_go[..], &[I::LdU64(1), I::StLoc(0), I::Ret]].concat()),
            None,
        ),
        ("copied", looked_at(&[I::CopyLoc(0), I::Pop, I::Ret]), None),
        (
            "copied behind a mutable",
            borrowed(&[I::CopyLoc(0), I::Pop, I::Ret]),
            Some(Status::CopylocExistsBorrowError),
        ),
        (
            "copied afterwards",
            borrowed(&[&let_go[..], &[I::CopyLoc(0), I::Pop, I::Ret]].concat()),
            None,
        ),
        (
            "looked at behind a mutable",
            borrowed(&[I::ImmBorrowLoc(0), I::Pop, I::Ret]),
            Some(Status::BorrowlocExistsBorrowError),
        ),
        ("looked at by two", looked_at(&[I::ImmBorrowLoc(0), I::Pop, I::Ret]), None),
    ]);
}

#[test]
fn nobody_writes_behind_another_reference() {
    let write = [I::LdU64(1), I::CopyLoc(1), I::WriteRef];
    let refused = Some(Status::WriterefExistsBorrowError);
    // a second mutable borrow of the local is above the first one
    let twice = |end: &[I]| {
        let code = [I::MutBorrowLoc(0), I::StLoc(1), I::MutBorrowLoc(0), I::StLoc(2)];
        of(&[&code, end].concat()).taking(&[U64]).with_locals(&[mutable(U64), mutable(U64)])
    };
    let write_with = |local| [I::LdU64(1), I::MoveLoc(local), I::WriteRef, I::Ret];
    all_get(&[
        ("alone", borrowed(&[&write[..], &[I::Ret]].concat()), None),
        ("above a child", twice(&write_with(2)), refused),
        ("below its parent", twice(&write_with(1)), None),
        (
            "when the child is gone",
            twice(&[&[I::MoveLoc(1), I::Pop], &write_with(2)[..]].concat()),
            None,
        ),
    ]);
}

#[test]
fn what_is_read_cannot_be_changed_meanwhile() {
    let reborrowed = |end: &[I]| {
        let code = [I::MutBorrowLoc(0), I::StLoc(1), I::CopyLoc(1), I::StLoc(2)];
        of(&[&code, end].concat()).taking(&[U64]).with_locals(&[mutable(U64), mutable(U64)])
    };
    let read = Some(Status::ReadrefExistsMutableBorrowError);
    let frozen = Some(Status::FreezerefExistsMutableBorrowError);
    let let_go = [I::MoveLoc(2), I::Pop];
    all_get(&[
        (
            "read above a copy",
            reborrowed(&[I::CopyLoc(2), I::StLoc(2), I::MoveLoc(1), I::ReadRef, I::Pop, I::Ret]),
            read,
        ),
        ("read through the copy", reborrowed(&[I::MoveLoc(2), I::ReadRef, I::Pop, I::Ret]), None),
        (
            "read when the copy is gone",
            reborrowed(&[&let_go[..], &[I::MoveLoc(1), I::ReadRef, I::Pop, I::Ret]].concat()),
            None,
        ),
        ("frozen above a copy", reborrowed(&[I::MoveLoc(1), I::FreezeRef, I::Pop, I::Ret]), frozen),
        (
            "frozen when the copy is gone",
            reborrowed(&[&let_go[..], &[I::MoveLoc(1), I::FreezeRef, I::Pop, I::Ret]].concat()),
            None,
        ),
        (
            "compared with its copy",
            reborrowed(&[I::MoveLoc(1), I::MoveLoc(2), I::Eq, I::Pop, I::Ret]),
            read,
        ),
        (
            "compared with another",
            of(&[I::MoveLoc(0), I::MoveLoc(1), I::Eq, I::Pop, I::Ret])
                .taking(&[mutable(U64), mutable(U64)]),
            None,
        ),
    ]);
}

#[test]
fn fields_are_apart_from_each_other() {
    // two copies of a reference to a pair: one field of each
    let fields = |first: I, second: I, end: &[I]| {
        let code = [I::CopyLoc(0), first, I::StLoc(1), I::CopyLoc(0), second, I::StLoc(2)];
        of(&[&code, end].concat())
            .taking(&[mutable(struct_(PAIR))])
            .with_locals(&[mutable(U64), mutable(U64)])
    };
    let write = |local| [I::LdU64(1), I::MoveLoc(local), I::WriteRef];
    let both = [write(1), write(2)].concat();
    let refused = Some(Status::BorrowfieldExistsMutableBorrowError);
    let (left, right) = (|| I::MutBorrowField(PAIR_LEFT), || I::MutBorrowField(PAIR_RIGHT));
    let look = [I::CopyLoc(0), I::ImmBorrowField(PAIR_LEFT), I::Pop, I::Ret];
    all_get(&[
        ("both fields", fields(left(), right(), &[&both[..], &[I::Ret]].concat()), None),
        ("one field twice", fields(left(), left(), &[&both[..], &[I::Ret]].concat()), None),
        (
            "one field twice, the later first",
            fields(left(), left(), &[&write(2)[..], &write(1), &[I::Ret]].concat()),
            Some(Status::WriterefExistsBorrowError),
        ),
        (
            "a field that another changes",
            of(&[&[I::CopyLoc(0), left(), I::StLoc(1)], &look[..]].concat())
                .taking(&[mutable(struct_(PAIR))])
                .with_locals(&[mutable(U64)]),
            refused,
        ),
        (
            "a field next to one that another changes",
            of(&[&[I::CopyLoc(0), right(), I::StLoc(1)], &look[..]].concat())
                .taking(&[mutable(struct_(PAIR))])
                .with_locals(&[mutable(U64)]),
            None,
        ),
        (
            "a field of all that another has",
            of(&[I::CopyLoc(0), I::FreezeRef, I::StLoc(1), I::CopyLoc(0), left(), I::Pop, I::Ret])
                .taking(&[mutable(struct_(PAIR))])
                .with_locals(&[reference(struct_(PAIR))]),
            refused,
        ),
    ]);
}

#[test]
fn resources_stay_in_storage_while_they_are_borrowed() {
    let at = |first: I, second: &[I]| {
        let code = [I::CopyLoc(0), first, I::StLoc(1), I::CopyLoc(0)];
        let end = [I::LdU64(0), I::Abort];
        of(&[&code, second, &end].concat()).taking(&[ADDRESS]).acquiring(&[SAFE])
    };
    let refused = Some(Status::GlobalReferenceError);
    let (look, change) = (|| I::ImmBorrowGlobal(SAFE), || I::MutBorrowGlobal(SAFE));
    let looked =
        |second: &[I]| at(look(), second).with_locals(&[reference(struct_(SAFE)), struct_(SAFE)]);
    let changed =
        |second: &[I]| at(change(), second).with_locals(&[mutable(struct_(SAFE)), struct_(SAFE)]);
    let take = [I::MoveFrom(SAFE), I::StLoc(2)];
    let let_go = [I::Pop, I::MoveLoc(1), I::Pop, I::MoveLoc(0)];
    all_get(&[
        ("taken", looked(&take), refused),
        ("taken afterwards", looked(&[&let_go[..], &take].concat()), None),
        ("looked at by two", looked(&[look(), I::Pop]), None),
        ("changed while looked at", looked(&[change(), I::Pop]), refused),
        ("looked at while changed", changed(&[look(), I::Pop]), refused),
        ("changed by two", changed(&[change(), I::Pop]), refused),
        ("changed afterwards", changed(&[&let_go[..], &[change(), I::Pop]].concat()), None),
    ]);
}

#[test]
fn a_call_takes_no_resource_that_the_caller_has() {
    let calls = |held: bool| {
        let end = if held { vec![I::StLoc(1), I::Call(OPEN)] } else { vec![I::Pop, I::Call(OPEN)] };
        let code = [&[I::MoveLoc(0), I::ImmBorrowGlobal(VAULT)], &end[..], &[I::Ret]].concat();
        of(&code).taking(&[ADDRESS]).with_locals(&[reference(struct_(VAULT))]).acquiring(&[VAULT])
    };
    all_get(&[
        ("held", calls(true), Some(Status::GlobalReferenceError)),
        ("let go", calls(false), None),
    ]);
}

#[test]
fn a_callee_gets_references_that_are_free() {
    let refused = Some(Status::CallBorrowedMutableReferenceError);
    let result_of = |end: &[I]| {
        let code = [I::CopyLoc(0), I::Call(THROUGH), I::StLoc(1)];
        of(&[&code, end].concat()).taking(&[mutable(U64)]).with_locals(&[mutable(U64)])
    };
    let chosen = |end: &[I]| {
        let code = [I::CopyLoc(0), I::CopyLoc(1), I::Call(CHOOSE), I::StLoc(2)];
        of(&[&code, end].concat())
            .taking(&[reference(U64), mutable(U64)])
            .with_locals(&[reference(U64)])
    };
    let write = |local| [I::LdU64(1), I::MoveLoc(local), I::WriteRef, I::Ret];
    all_get(&[
        ("free", of(&[I::CopyLoc(0), I::Call(TAKE), I::Ret]).taking(&[mutable(U64)]), None),
        ("with a child", result_of(&[I::MoveLoc(0), I::Call(TAKE), I::Ret]), refused),
        (
            "when the child is gone",
            result_of(&[I::MoveLoc(1), I::Pop, I::MoveLoc(0), I::Call(TAKE), I::Ret]),
            None,
        ),
        ("the result is a child", result_of(&write(0)), Some(Status::WriterefExistsBorrowError)),
        ("the result itself", result_of(&write(1)), None),
        ("one of several", chosen(&write(1)), Some(Status::WriterefExistsBorrowError)),
        ("one of several, gone", chosen(&[&[I::MoveLoc(2), I::Pop], &write(1)[..]].concat()), None),
        (
            "the same one twice",
            of(&[I::CopyLoc(0), I::FreezeRef, I::CopyLoc(0), I::Call(CHOOSE), I::Pop, I::Ret])
                .taking(&[mutable(U64)]),
            refused,
        ),
    ]);
}

#[test]
fn what_is_returned_outlives_the_function() {
    let left = Some(Status::UnsafeRetLocalOrResourceStillBorrowed);
    let shared = Some(Status::RetBorrowedMutableReferenceError);
    let safe = mutable(struct_(SAFE));
    all_get(&[
        (
            "a local",
            of(&[I::ImmBorrowLoc(0), I::Ret]).taking(&[U64]).giving(&[reference(U64)]),
            left,
        ),
        (
            "a resource",
            of(&[I::MoveLoc(0), I::MutBorrowGlobal(SAFE), I::Ret])
                .taking(&[ADDRESS])
                .giving(&[safe])
                .acquiring(&[SAFE]),
            left,
        ),
        (
            "a parameter",
            of(&[I::MoveLoc(0), I::Ret]).taking(&[mutable(U64)]).giving(&[mutable(U64)]),
            None,
        ),
        (
            "a field of a parameter",
            of(&[I::MoveLoc(0), I::MutBorrowField(PAIR_LEFT), I::Ret])
                .taking(&[mutable(struct_(PAIR))])
                .giving(&[mutable(U64)]),
            None,
        ),
        ("a reference left in a local", looked_at(&[I::Ret]), None),
        (
            "one reference twice",
            of(&[I::CopyLoc(0), I::MoveLoc(0), I::Ret])
                .taking(&[mutable(U64)])
                .giving(&[mutable(U64), mutable(U64)]),
            shared,
        ),
        (
            "one that is only read twice",
            of(&[I::CopyLoc(0), I::MoveLoc(0), I::Ret])
                .taking(&[reference(U64)])
                .giving(&[reference(U64), reference(U64)]),
            None,
        ),
        (
            "two fields",
            of(&[
                I::CopyLoc(0),
                I::MutBorrowField(PAIR_LEFT),
                I::MoveLoc(0),
                I::MutBorrowField(PAIR_RIGHT),
                I::Ret,
            ])
            .taking(&[mutable(struct_(PAIR))])
            .giving(&[mutable(U64), mutable(U64)]),
            None,
        ),
    ]);
}

/// A reference to a vector in local 0, and one to an element of it in local 1.
fn element(mutably: bool, end: &[I]) -> Function {
    let borrow = if mutably { I::VecMutBorrow(OF_U64) } else { I::VecImmBorrow(OF_U64) };
    let local = if mutably { mutable(U64) } else { reference(U64) };
    let code = [I::CopyLoc(0), I::LdU64(0), borrow, I::StLoc(1), I::CopyLoc(0)];
    of(&[&code, end, &[I::Ret]].concat()).taking(&[mutable(numbers())]).with_locals(&[local])
}

#[test]
fn a_vector_stays_while_an_element_is_borrowed() {
    let update = Some(Status::VecUpdateExistsMutableBorrowError);
    let borrow = Some(Status::VecBorrowElementExistsMutableBorrowError);
    for mutably in [false, true] {
        all_get(&[
            ("push", element(mutably, &[I::LdU64(1), I::VecPushBack(OF_U64)]), update),
            ("pop", element(mutably, &[I::VecPopBack(OF_U64), I::Pop]), update),
            ("swap", element(mutably, &[I::LdU64(0), I::LdU64(1), I::VecSwap(OF_U64)]), update),
            (
                "another to change",
                element(mutably, &[I::LdU64(1), I::VecMutBorrow(OF_U64), I::Pop]),
                borrow,
            ),
            ("the length", element(mutably, &[I::VecLen(OF_U64), I::Pop]), None),
            (
                "push afterwards",
                element(mutably, &[I::MoveLoc(1), I::Pop, I::LdU64(1), I::VecPushBack(OF_U64)]),
                None,
            ),
        ]);
    }
    let another = [I::LdU64(1), I::VecImmBorrow(OF_U64), I::Pop];
    all_get(&[
        ("another to read", element(false, &another), None),
        ("another to read while one may change", element(true, &another), borrow),
    ]);
    // the reference verifier takes no offence
    assert_eq!(element(true, &another).refusal_under(&Config::reference()), None);
}

#[test]
fn what_one_way_borrows_is_borrowed_behind_the_join() {
    // r leads to local 0 or to local 1, by the truth of local 2; local 3 is r
    let joined = |end: &[I]| {
        let code = [
            I::CopyLoc(2),
            I::BrTrue(5),
            I::MutBorrowLoc(0),
            I::StLoc(3),
            I::Branch(7),
            I::MutBorrowLoc(1),
            I::StLoc(3),
        ];
        of(&[&code, end, &[I::Ret]].concat()).taking(&[U64, U64, BOOL]).with_locals(&[mutable(U64)])
    };
    let moved = Some(Status::MovelocExistsBorrowError);
    all_get(&[
        ("one", joined(&[I::MoveLoc(0), I::Pop]), moved),
        ("the other", joined(&[I::MoveLoc(1), I::Pop]), moved),
        ("none", joined(&[I::MoveLoc(2), I::Pop]), None),
        (
            "both, afterwards",
            joined(&[I::MoveLoc(3), I::Pop, I::MoveLoc(0), I::Pop, I::MoveLoc(1), I::Pop]),
            None,
        ),
        ("written through", joined(&[I::LdU64(1), I::MoveLoc(3), I::WriteRef]), None),
    ]);
}

#[test]
fn a_local_that_may_be_gone_is_not_overwritten_while_borrowed() {
    // on one way the number is moved, on the other it is borrowed
    let types = [U64, BOOL];
    let function = |end: &[I]| {
        // the reference leads to local 3 on the way on which local 0 is moved
        let start = [I::LdU64(7), I::StLoc(3)];
        let shifted = [
            I::CopyLoc(1),
            I::BrTrue(9),
            I::MoveLoc(0),
            I::Pop,
            I::ImmBorrowLoc(3),
            I::StLoc(2),
            I::Branch(11),
            I::ImmBorrowLoc(0),
            I::StLoc(2),
        ];
        of(&[&start, &shifted[..], end, &[I::Ret]].concat())
            .taking(&types)
            .with_locals(&[reference(U64), U64])
    };
    let store = [I::LdU64(1), I::StLoc(0)];
    all_get(&[
        ("borrowed", function(&store), Some(Status::StlocUnsafeToDestroyError)),
        ("afterwards", function(&[&[I::MoveLoc(2), I::Pop], &store[..]].concat()), None),
    ]);
}

#[test]
fn a_loop_is_repeated_until_nothing_new_is_borrowed() {
    // each round, the reference leads one vector further down
    let down = |end: &[I]| {
        let code = [
            I::MutBorrowLoc(0),
            I::StLoc(1),
            I::MoveLoc(1),
            I::Call(THROUGH),
            I::StLoc(1),
            I::LdTrue,
            I::BrTrue(2),
        ];
        of(&[&code, end, &[I::Ret]].concat()).taking(&[U64]).with_locals(&[mutable(U64)])
    };
    all_get(&[
        ("still borrowed", down(&[I::MoveLoc(0), I::Pop]), Some(Status::MovelocExistsBorrowError)),
        ("let go", down(&[I::MoveLoc(1), I::Pop, I::MoveLoc(0), I::Pop]), None),
    ]);
}

#[test]
fn a_reference_into_one_of_many_locals_is_below_all_of_them() {
    // local 0 chooses which of the locals from 2 on local 1 leads to; more of them than edges are kept
    const LOCALS: u8 = 12;
    let mut code = vec![I::ImmBorrowLoc(2), I::StLoc(1)];
    for local in 2..2 + LOCALS {
        let next = u16::try_from(code.len()).unwrap() + 4;
        code.extend([I::CopyLoc(0), I::BrTrue(next), I::ImmBorrowLoc(local), I::StLoc(1)]);
    }
    let numbers = vec![U64; usize::from(LOCALS)];
    let write = [I::LdU64(9), I::MutBorrowLoc(4), I::WriteRef];
    let function = |end: &[I]| {
        let mut function = of(&[&code, end, &[I::Ret]].concat());
        function.parameters = [vec![BOOL, reference(U64)], numbers.clone()].concat();
        function
    };
    all_get(&[
        ("written while it is read", function(&write), Some(Status::WriterefExistsBorrowError)),
        ("written afterwards", function(&[&[I::MoveLoc(1), I::Pop], &write[..]].concat()), None),
        ("another is looked at", function(&[I::ImmBorrowLoc(5), I::Pop]), None),
    ]);
    // the reference verifier takes no offence
    assert_eq!(function(&write).refusal_under(&Config::reference()), None);
}

#[test]
fn a_signer_is_let_go_of_when_something_is_put_into_storage() {
    let signer = || reference(SignatureToken::Signer);
    let put = of(&[I::CopyLoc(0), I::LdU64(1), I::Pack(SAFE), I::MoveTo(SAFE), I::Ret]);
    assert_eq!(put.taking(&[signer()]).refusal(), None);
}

#[test]
fn many_references_are_paid_for() {
    // each round makes one more reference, so the work grows with the square of their number
    let copies = |count: usize| {
        let many = std::iter::repeat_n(I::CopyLoc(0), count);
        let gone = std::iter::repeat_n(I::Pop, count);
        of(&many.chain(gone).chain([I::Ret]).collect::<Vec<_>>()).taking(&[reference(vector(U64))])
    };
    let config = Config::reference();
    let status = |function: &Function| {
        let mut meter = Meter::new(8_000_000, 8_000_000);
        function.fault(&config, &mut meter).map(|fault| fault.status)
    };
    assert_eq!(status(&copies(100)), None);
    assert_eq!(status(&copies(1000)), Some(OVER_BUDGET));
    let unlimited = copies(1000).fault(&config, &mut Meter::unlimited());
    assert_eq!(unlimited, None);
}
