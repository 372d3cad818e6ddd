use crate::format::Instruction as I;
use crate::format::{Abilities, Ability};
use crate::status::Status;
use crate::testing::{mutable, reference, vector};
use crate::verify::Config;
use crate::verify::code::fixture::*;
use crate::verify::meter::{Meter, OVER_BUDGET};

fn of(code: &[I]) -> Function {
    Function::of(code)
}

/// Code that never returns, so that nothing need be done with values that are left in locals.
fn stop(code: &[I]) -> Vec<I> {
    code.iter().cloned().chain([I::LdU64(0), I::Abort]).collect()
}

#[test]
fn values_are_dropped_only_if_they_can_be() {
    let pop = |type_| of(&stop(&[I::MoveLoc(0), I::Pop])).taking(&[type_]);
    let refused = Some(Status::PopWithoutDropAbility);
    all_get(&[
        ("a coin", pop(struct_(COIN)), refused),
        ("a number", pop(U64), None),
        ("a vector of coins", pop(vector(struct_(COIN))), refused),
        ("a vector of numbers", pop(numbers()), None),
        ("a case of a coin", pop(case_of(struct_(COIN))), refused),
        ("a case of a number", pop(case_of(U64)), None),
        ("a reference to a coin", pop(mutable(struct_(COIN))), None),
        ("a signer", pop(crate::format::SignatureToken::Signer), None),
        ("of a type parameter", pop(T).generic(Abilities::NONE), refused),
        ("of one with drop", pop(T).generic(Abilities::NONE.with(Ability::Drop)), None),
    ]);
}

#[test]
fn values_are_copied_only_if_they_can_be() {
    let copy = |type_| of(&stop(&[I::CopyLoc(0), I::StLoc(1)])).taking(&[type_]);
    let copy = |type_: crate::format::SignatureToken| copy(type_.clone()).with_locals(&[type_]);
    let refused = Some(Status::CopylocWithoutCopyAbility);
    let read = |type_: crate::format::SignatureToken| {
        of(&stop(&[I::MoveLoc(0), I::ReadRef, I::StLoc(1)]))
            .taking(&[reference(type_.clone())])
            .with_locals(&[type_])
    };
    let unread = Some(Status::ReadrefWithoutCopyAbility);
    all_get(&[
        ("a coin", copy(struct_(COIN)), refused),
        ("a number", copy(U64), None),
        ("a signer", copy(crate::format::SignatureToken::Signer), refused),
        ("a mutable reference", copy(mutable(struct_(COIN))), None),
        ("a coin behind a reference", read(struct_(COIN)), unread),
        ("a pair behind a reference", read(struct_(PAIR)), None),
        ("a vector of coins behind a reference", read(vector(struct_(COIN))), unread),
        (
            "no reference",
            of(&[I::LdU64(1), I::ReadRef, I::Pop, I::Ret]),
            Some(Status::ReadrefTypeMismatchError),
        ),
    ]);
}

#[test]
fn references_are_written_through_by_their_type() {
    let write = |value: I, to| of(&[value, I::MoveLoc(0), I::WriteRef, I::Ret]).taking(&[to]);
    let coin = [I::LdU64(1), I::Pack(COIN), I::MoveLoc(0), I::WriteRef, I::Ret];
    all_get(&[
        ("a number", write(I::LdU64(1), mutable(U64)), None),
        ("another type", write(I::LdTrue, mutable(U64)), Some(Status::WriterefTypeMismatchError)),
        (
            "what cannot be written through",
            write(I::LdU64(1), reference(U64)),
            Some(Status::WriterefNoMutableReferenceError),
        ),
        ("no reference", write(I::LdU64(1), U64), Some(Status::WriterefNoMutableReferenceError)),
        (
            "over a coin",
            of(&coin).taking(&[mutable(struct_(COIN))]),
            Some(Status::WriterefWithoutDropAbility),
        ),
        (
            "frozen",
            of(&[I::MoveLoc(0), I::FreezeRef, I::Pop, I::Ret]).taking(&[mutable(U64)]),
            None,
        ),
        (
            "frozen twice",
            of(&[I::MoveLoc(0), I::FreezeRef, I::Pop, I::Ret]).taking(&[reference(U64)]),
            Some(Status::FreezerefTypeMismatchError),
        ),
    ]);
}

#[test]
fn locals_hold_their_type() {
    let store = |value: I| of(&[value, I::StLoc(0), I::Ret]).with_locals(&[U64]);
    let borrow = |borrow: I, type_| of(&[borrow, I::Pop, I::Ret]).taking(&[type_]);
    all_get(&[
        ("its type", store(I::LdU64(1)), None),
        ("another type", store(I::LdU8(1)), Some(Status::StlocTypeMismatchError)),
        ("a value is borrowed", borrow(I::MutBorrowLoc(0), U64), None),
        (
            "a reference is borrowed",
            borrow(I::MutBorrowLoc(0), reference(U64)),
            Some(Status::BorrowlocReferenceError),
        ),
        (
            "a reference is borrowed to read",
            borrow(I::ImmBorrowLoc(0), mutable(U64)),
            Some(Status::BorrowlocReferenceError),
        ),
    ]);
}

#[test]
fn control_depends_on_truth_and_aborts_have_a_number() {
    all_get(&[
        ("a jump on truth", of(&[I::LdTrue, I::BrTrue(2), I::Ret]), None),
        (
            "a jump on a number",
            of(&[I::LdU64(1), I::BrTrue(2), I::Ret]),
            Some(Status::BrTypeMismatchError),
        ),
        (
            "not on a number",
            of(&[I::LdU64(1), I::BrFalse(2), I::Ret]),
            Some(Status::BrTypeMismatchError),
        ),
        ("an abort with a number", of(&[I::LdU64(1), I::Abort]), None),
        (
            "an abort with a small number",
            of(&[I::LdU8(1), I::Abort]),
            Some(Status::AbortTypeMismatchError),
        ),
        ("a result", of(&[I::LdU64(1), I::Ret]).giving(&[U64]), None),
        (
            "another result",
            of(&[I::LdTrue, I::Ret]).giving(&[U64]),
            Some(Status::RetTypeMismatchError),
        ),
        (
            "results in another order",
            of(&[I::LdTrue, I::LdU64(1), I::Ret]).giving(&[U64, BOOL]),
            Some(Status::RetTypeMismatchError),
        ),
        ("out of reach", of(&[I::Ret, I::LdU8(1), I::Abort]), Some(Status::AbortTypeMismatchError)),
    ]);
}

#[test]
fn operators_work_on_their_types() {
    let two = |left: I, right: I, operator: I| of(&[left, right, operator, I::Pop, I::Ret]);
    let integer = Some(Status::IntegerOpTypeMismatchError);
    let boolean = Some(Status::BooleanOpTypeMismatchError);
    let equality = Some(Status::EqualityOpTypeMismatchError);
    for operator in [
        I::Add,
        I::Sub,
        I::Mul,
        I::Mod,
        I::Div,
        I::BitOr,
        I::BitAnd,
        I::Xor,
        I::Lt,
        I::Gt,
        I::Le,
        I::Ge,
    ] {
        all_get(&[
            ("two alike", two(I::LdU8(1), I::LdU8(1), operator.clone()), None),
            ("two unlike", two(I::LdU8(1), I::LdU16(1), operator.clone()), integer),
            ("truth", two(I::LdTrue, I::LdTrue, operator.clone()), integer),
        ]);
    }
    for operator in [I::Shl, I::Shr] {
        all_get(&[
            ("by a small number", two(I::LdU128(1), I::LdU8(1), operator.clone()), None),
            ("by a number", two(I::LdU64(1), I::LdU64(1), operator.clone()), integer),
            ("truth", two(I::LdTrue, I::LdU8(1), operator.clone()), integer),
        ]);
    }
    for operator in [I::Or, I::And] {
        all_get(&[
            ("truth", two(I::LdTrue, I::LdFalse, operator.clone()), None),
            ("a number", two(I::LdTrue, I::LdU8(1), operator.clone()), boolean),
            ("a number first", two(I::LdU8(1), I::LdTrue, operator.clone()), boolean),
        ]);
    }
    let compared = |type_: crate::format::SignatureToken| {
        let code = stop(&[I::MoveLoc(0), I::MoveLoc(1), I::Eq, I::Pop]);
        of(&code).taking(&[type_.clone(), type_])
    };
    all_get(&[
        ("alike", two(I::LdTrue, I::LdFalse, I::Eq), None),
        ("unlike", two(I::LdTrue, I::LdU8(1), I::Neq), equality),
        ("coins", compared(struct_(COIN)), equality),
        ("references to coins", compared(reference(struct_(COIN))), None),
        ("not", of(&[I::LdTrue, I::Not, I::Pop, I::Ret]), None),
        ("not a number", of(&[I::LdU8(1), I::Not, I::Pop, I::Ret]), boolean),
        ("cast", of(&[I::LdU8(1), I::CastU256, I::Pop, I::Ret]), None),
        ("cast truth", of(&[I::LdTrue, I::CastU8, I::Pop, I::Ret]), integer),
    ]);
}

#[test]
fn functions_and_structs_take_what_they_declare() {
    let call = Some(Status::CallTypeMismatchError);
    let pack = Some(Status::PackTypeMismatchError);
    let unpack = Some(Status::UnpackTypeMismatchError);
    let pair = |left: I, right: I| of(&[left, right, I::Pack(PAIR), I::Pop, I::Ret]);
    let unpacked =
        |type_| of(&[I::MoveLoc(0), I::Unpack(PAIR), I::Pop, I::Pop, I::Ret]).taking(&[type_]);
    all_get(&[
        ("an argument", of(&[I::MoveLoc(0), I::Call(TAKE), I::Ret]).taking(&[mutable(U64)]), None),
        (
            "an argument that cannot be changed",
            of(&[I::MoveLoc(0), I::Call(TAKE), I::Ret]).taking(&[reference(U64)]),
            call,
        ),
        ("a type argument", of(&[I::LdU64(1), I::CallGeneric(SAME_OF_U64), I::Pop, I::Ret]), None),
        (
            "another type argument",
            of(&[I::LdU8(1), I::CallGeneric(SAME_OF_U64), I::Pop, I::Ret]),
            call,
        ),
        (
            "the result of a type argument",
            of(&[I::LdU64(1), I::CallGeneric(SAME_OF_U64), I::Not, I::Pop, I::Ret]),
            Some(Status::BooleanOpTypeMismatchError),
        ),
        ("fields", pair(I::LdU64(1), I::LdU64(2)), None),
        ("another field", pair(I::LdU64(1), I::LdTrue), pack),
        ("another first field", pair(I::LdTrue, I::LdU64(1)), pack),
        (
            "a field of a type argument",
            of(&[I::LdU64(1), I::PackGeneric(CASE_OF_U64), I::Pop, I::Ret]),
            None,
        ),
        (
            "another type argument",
            of(&[I::LdU8(1), I::PackGeneric(CASE_OF_U64), I::Pop, I::Ret]),
            pack,
        ),
        ("apart", unpacked(struct_(PAIR)), None),
        ("another apart", unpacked(struct_(COIN)), unpack),
        (
            "of other type arguments",
            of(&[I::MoveLoc(0), I::UnpackGeneric(CASE_OF_U64), I::Pop, I::Ret])
                .taking(&[case_of(BOOL)]),
            unpack,
        ),
        (
            "a case of the function's own type",
            of(&[I::MoveLoc(0), I::PackGeneric(CASE_OF_T), I::Ret])
                .taking(&[T])
                .giving(&[case_of(T)])
                .generic(Abilities::NONE),
            None,
        ),
        (
            "a native struct",
            of(&stop(&[I::Pack(NATIVE), I::StLoc(0)])).with_locals(&[struct_(NATIVE)]),
            pack,
        ),
    ]);
}

#[test]
fn fields_are_borrowed_from_their_struct() {
    let borrow = |borrow: I, from| of(&[I::MoveLoc(0), borrow, I::Pop, I::Ret]).taking(&[from]);
    let refused = Some(Status::BorrowfieldTypeMismatchError);
    let pair = struct_(PAIR);
    all_get(&[
        ("to read", borrow(I::ImmBorrowField(PAIR_LEFT), reference(pair.clone())), None),
        (
            "to read, from mutable",
            borrow(I::ImmBorrowField(PAIR_LEFT), mutable(pair.clone())),
            None,
        ),
        ("to change", borrow(I::MutBorrowField(PAIR_LEFT), mutable(pair.clone())), None),
        (
            "to change, from immutable",
            borrow(I::MutBorrowField(PAIR_LEFT), reference(pair.clone())),
            refused,
        ),
        ("from a value", borrow(I::ImmBorrowField(PAIR_LEFT), pair), refused),
        (
            "from another struct",
            borrow(I::ImmBorrowField(COIN_VALUE), reference(struct_(PAIR))),
            refused,
        ),
        (
            "of type arguments",
            borrow(I::ImmBorrowFieldGeneric(CONTENT_OF_U64), reference(case_of(U64))),
            None,
        ),
        (
            "of other type arguments",
            borrow(I::ImmBorrowFieldGeneric(CONTENT_OF_U64), reference(case_of(BOOL))),
            refused,
        ),
        (
            "of a native struct",
            borrow(I::ImmBorrowField(NATIVE_FIELD), reference(struct_(NATIVE))),
            Some(Status::BorrowfieldBadFieldError),
        ),
    ]);
}

#[test]
fn only_resources_are_in_storage() {
    let signer = || reference(crate::format::SignatureToken::Signer);
    let at = |instruction: I| of(&[I::MoveLoc(0), instruction, I::Pop, I::Ret]).taking(&[ADDRESS]);
    let not_at = |instruction: I| of(&[I::LdU64(1), instruction, I::Pop, I::Ret]);
    let taken = |instruction: I, type_| {
        of(&stop(&[I::MoveLoc(0), instruction, I::StLoc(1)]))
            .taking(&[ADDRESS])
            .with_locals(&[type_])
    };
    let put = |instruction: I, to, resource| {
        of(&[I::MoveLoc(0), I::MoveLoc(1), instruction, I::Ret]).taking(&[to, resource])
    };
    let exists = Some(Status::ExistsWithoutKeyAbilityOrBadArgument);
    let put_mismatch = Some(Status::MovetoTypeMismatchError);
    all_get(&[
        ("exists", at(I::Exists(SAFE)), None),
        ("exists without key", at(I::Exists(PAIR)), exists),
        ("exists at a number", not_at(I::Exists(SAFE)), exists),
        ("exists with type arguments", at(I::ExistsGeneric(CASE_OF_U64)), None),
        ("borrowed", at(I::ImmBorrowGlobal(SAFE)).acquiring(&[SAFE]), None),
        (
            "borrowed without key",
            at(I::MutBorrowGlobal(COIN)),
            Some(Status::BorrowglobalWithoutKeyAbility),
        ),
        (
            "borrowed at a number",
            not_at(I::MutBorrowGlobal(SAFE)),
            Some(Status::BorrowglobalTypeMismatchError),
        ),
        ("both", not_at(I::MutBorrowGlobal(COIN)), Some(Status::BorrowglobalTypeMismatchError)),
        ("taken", taken(I::MoveFrom(SAFE), struct_(SAFE)).acquiring(&[SAFE]), None),
        (
            "taken without key",
            taken(I::MoveFrom(COIN), struct_(COIN)),
            Some(Status::MovefromWithoutKeyAbility),
        ),
        ("taken at a number", not_at(I::MoveFrom(SAFE)), Some(Status::MovefromTypeMismatchError)),
        ("put", put(I::MoveTo(SAFE), signer(), struct_(SAFE)), None),
        (
            "put without key",
            put(I::MoveTo(COIN), signer(), struct_(COIN)),
            Some(Status::MovetoWithoutKeyAbility),
        ),
        ("another put", put(I::MoveTo(SAFE), signer(), struct_(VAULT)), put_mismatch),
        ("put for an address", put(I::MoveTo(SAFE), ADDRESS, struct_(SAFE)), put_mismatch),
        (
            "put for a reference to an address",
            put(I::MoveTo(SAFE), reference(ADDRESS), struct_(SAFE)),
            put_mismatch,
        ),
        (
            "put for a mutable signer",
            put(I::MoveTo(SAFE), mutable(crate::format::SignatureToken::Signer), struct_(SAFE)),
            put_mismatch,
        ),
        (
            "a case of a coin is a resource",
            put(I::MoveToGeneric(CASE_OF_COIN), signer(), case_of(struct_(COIN))),
            None,
        ),
        (
            "a case of anything is none",
            put(I::MoveToGeneric(CASE_OF_T), signer(), case_of(T)).generic(Abilities::NONE),
            Some(Status::MovetoWithoutKeyAbility),
        ),
    ]);
}

#[test]
fn vectors_hold_one_type() {
    let refused = Some(Status::TypeMismatch);
    let with = |instructions: &[I], vector| {
        let code: Vec<I> = [I::MoveLoc(0)].iter().chain(instructions).cloned().collect();
        of(&stop(&code)).taking(&[vector])
    };
    let (readable, changeable) = (|| reference(numbers()), || mutable(numbers()));
    all_get(&[
        ("packed", of(&[I::LdU64(1), I::VecPack(OF_U64, 1), I::Pop, I::Ret]), None),
        ("another packed", of(&[I::LdU8(1), I::VecPack(OF_U64, 1), I::Pop, I::Ret]), refused),
        ("unpacked", with(&[I::VecUnpack(OF_U64, 1), I::Pop], numbers()), None),
        ("another unpacked", with(&[I::VecUnpack(OF_COIN, 0)], numbers()), refused),
        ("a reference unpacked", with(&[I::VecUnpack(OF_U64, 0)], readable()), refused),
        ("its length", with(&[I::VecLen(OF_U64), I::Pop], readable()), None),
        ("the length of another", with(&[I::VecLen(OF_COIN), I::Pop], readable()), refused),
        ("the length of a value", with(&[I::VecLen(OF_U64), I::Pop], numbers()), refused),
        ("an element", with(&[I::LdU64(0), I::VecImmBorrow(OF_U64), I::Pop], readable()), None),
        (
            "an element of mutable",
            with(&[I::LdU64(0), I::VecImmBorrow(OF_U64), I::Pop], changeable()),
            None,
        ),
        (
            "an element by a small index",
            with(&[I::LdU8(0), I::VecImmBorrow(OF_U64), I::Pop], readable()),
            refused,
        ),
        (
            "an element to change",
            with(&[I::LdU64(0), I::VecMutBorrow(OF_U64), I::Pop], changeable()),
            None,
        ),
        (
            "an element to change, of immutable",
            with(&[I::LdU64(0), I::VecMutBorrow(OF_U64), I::Pop], readable()),
            refused,
        ),
        ("pushed", with(&[I::LdU64(0), I::VecPushBack(OF_U64)], changeable()), None),
        ("another pushed", with(&[I::LdU8(0), I::VecPushBack(OF_U64)], changeable()), refused),
        ("pushed to immutable", with(&[I::LdU64(0), I::VecPushBack(OF_U64)], readable()), refused),
        ("popped", with(&[I::VecPopBack(OF_U64), I::Pop], changeable()), None),
        ("popped from immutable", with(&[I::VecPopBack(OF_U64), I::Pop], readable()), refused),
        ("swapped", with(&[I::LdU64(0), I::LdU64(1), I::VecSwap(OF_U64)], changeable()), None),
        (
            "swapped by truth",
            with(&[I::LdTrue, I::LdU64(1), I::VecSwap(OF_U64)], changeable()),
            refused,
        ),
        (
            "swapped in immutable",
            with(&[I::LdU64(0), I::LdU64(1), I::VecSwap(OF_U64)], readable()),
            refused,
        ),
    ]);
}

#[test]
fn large_types_are_paid_for() {
    let deep = (0..200).fold(U64, |type_, _| vector(type_));
    let pairs = std::iter::repeat_n([I::CopyLoc(0), I::Pop], 100).flatten().chain([I::Ret]);
    let function = of(&pairs.collect::<Vec<_>>()).taking(&[deep]);
    let config = Config::reference();
    let status = |units| {
        let fault = function.fault(&config, &mut Meter::new(units, u64::MAX));
        fault.map(|fault| fault.status)
    };
    assert_eq!(status(100 * 201 * 30 - 1), Some(OVER_BUDGET));
    assert_eq!(status(1_000_000), None);
}
