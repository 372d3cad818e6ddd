use super::*;
use crate::format::Instruction as I;
use crate::verify::code::fixture::*;

fn coin(code: &[I]) -> Function {
    Function::of(code).with_locals(&[struct_(COIN), U64])
}

/// Code that takes apart a coin in local 0.
const SPEND: [I; 3] = [I::MoveLoc(0), I::Unpack(COIN), I::Pop];
/// Code that puts a new coin into local 0.
const MINT: [I; 3] = [I::LdU64(1), I::Pack(COIN), I::StLoc(0)];

fn code(parts: &[&[I]]) -> Vec<I> {
    parts.concat()
}

#[test]
fn a_local_is_used_only_while_it_holds_a_value() {
    let number = |code: &[I]| Function::of(code).with_locals(&[U64]);
    all_get(&[
        ("copied", number(&[I::CopyLoc(0), I::Pop, I::Ret]), Some(Status::CopylocUnavailableError)),
        ("moved", number(&[I::MoveLoc(0), I::Pop, I::Ret]), Some(Status::MovelocUnavailableError)),
        (
            "borrowed",
            number(&[I::ImmBorrowLoc(0), I::Pop, I::Ret]),
            Some(Status::BorrowlocUnavailableError),
        ),
        (
            "borrowed to change",
            number(&[I::MutBorrowLoc(0), I::Pop, I::Ret]),
            Some(Status::BorrowlocUnavailableError),
        ),
        ("a parameter", Function::of(&[I::CopyLoc(0), I::Pop, I::Ret]).taking(&[U64]), None),
        ("given a value", number(&[I::LdU64(1), I::StLoc(0), I::CopyLoc(0), I::Pop, I::Ret]), None),
        (
            "moved twice",
            Function::of(&[I::MoveLoc(0), I::Pop, I::MoveLoc(0), I::Pop, I::Ret]).taking(&[U64]),
            Some(Status::MovelocUnavailableError),
        ),
        (
            "given again",
            Function::of(&[I::MoveLoc(0), I::StLoc(0), I::MoveLoc(0), I::Pop, I::Ret])
                .taking(&[U64]),
            None,
        ),
    ]);
}

#[test]
fn a_value_on_one_way_only_is_not_there() {
    let branching = |end: &[I]| {
        let way = [I::CopyLoc(0), I::BrTrue(4), I::LdU64(1), I::StLoc(1)];
        Function::of(&code(&[&way, end])).taking(&[BOOL]).with_locals(&[U64])
    };
    all_get(&[
        (
            "copied",
            branching(&[I::CopyLoc(1), I::Pop, I::Ret]),
            Some(Status::CopylocUnavailableError),
        ),
        (
            "moved",
            branching(&[I::MoveLoc(1), I::Pop, I::Ret]),
            Some(Status::MovelocUnavailableError),
        ),
        (
            "borrowed",
            branching(&[I::ImmBorrowLoc(1), I::Pop, I::Ret]),
            Some(Status::BorrowlocUnavailableError),
        ),
        (
            "overwritten",
            branching(&[I::LdU64(2), I::StLoc(1), I::CopyLoc(1), I::Pop, I::Ret]),
            None,
        ),
        ("left", branching(&[I::Ret]), None),
        (
            "out of reach",
            Function::of(&[I::Ret, I::MoveLoc(0), I::Pop, I::Ret]).with_locals(&[U64]),
            None,
        ),
    ]);
}

#[test]
fn a_value_is_moved_once_in_a_loop() {
    let moved = [I::MoveLoc(0), I::Pop, I::LdTrue, I::BrTrue(0), I::Ret];
    let copied = [I::CopyLoc(0), I::Pop, I::LdTrue, I::BrTrue(0), I::Ret];
    let given_back = [I::MoveLoc(0), I::StLoc(0), I::LdTrue, I::BrTrue(0), I::Ret];
    all_get(&[
        ("moved", Function::of(&moved).taking(&[U64]), Some(Status::MovelocUnavailableError)),
        ("copied", Function::of(&copied).taking(&[U64]), None),
        ("given back", Function::of(&given_back).taking(&[U64]), None),
    ]);
}

#[test]
fn a_value_that_cannot_be_dropped_is_not_lost() {
    let perhaps = [I::CopyLoc(1), I::BrTrue(5), I::LdU64(1), I::Pack(COIN), I::StLoc(0)];
    let perhaps = |end: &[I]| {
        let number = [I::LdTrue, I::StLoc(1)];
        // the targets count from behind the two instructions in front
        let way = perhaps.iter().map(|instruction| match instruction {
            I::BrTrue(target) => I::BrTrue(target + 2),
            other => other.clone(),
        });
        let code: Vec<I> = number.iter().cloned().chain(way).chain(end.iter().cloned()).collect();
        Function::of(&code).with_locals(&[struct_(COIN), BOOL])
    };
    let lost = Some(Status::UnsafeRetUnusedValuesWithoutDrop);
    let overwritten = Some(Status::StlocUnsafeToDestroyError);
    all_get(&[
        ("left", coin(&code(&[&MINT, &[I::Ret]])), lost),
        ("a parameter left", Function::of(&[I::Ret]).taking(&[struct_(COIN)]), lost),
        ("spent", coin(&code(&[&MINT, &SPEND, &[I::Ret]])), None),
        ("overwritten", coin(&code(&[&MINT, &MINT, &SPEND, &[I::Ret]])), overwritten),
        ("spent before the next", coin(&code(&[&MINT, &SPEND, &MINT, &SPEND, &[I::Ret]])), None),
        ("left by an abort", coin(&code(&[&MINT, &[I::LdU64(1), I::Abort]])), None),
        ("perhaps left", perhaps(&[I::Ret]), lost),
        ("perhaps overwritten", perhaps(&code(&[&MINT, &SPEND, &[I::Ret]])), overwritten),
        (
            "a type that may lack drop",
            Function::of(&[I::Ret]).taking(&[T]).generic(Abilities::NONE),
            lost,
        ),
        (
            "a type with drop",
            Function::of(&[I::Ret]).taking(&[T]).generic(Abilities::NONE.with(Ability::Drop)),
            None,
        ),
    ]);
}

#[test]
fn a_join_keeps_what_both_ways_agree_on() {
    let all = [Content::Nothing, Content::Perhaps, Content::Value];
    for left in all {
        for right in all {
            let mut joined = State(vec![left]);
            let changed = joined.join(&State(vec![right]), &mut Meter::unlimited()).unwrap();
            let expected = if left == right { left } else { Content::Perhaps };
            assert_eq!(joined, State(vec![expected]), "{left:?} and {right:?}");
            assert_eq!(changed == Joined::Changed, expected != left);
            // and once more changes nothing
            assert_eq!(
                joined.join(&State(vec![right]), &mut Meter::unlimited()),
                Ok(Joined::Unchanged)
            );
        }
    }
}
