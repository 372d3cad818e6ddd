use super::*;
use crate::fault::Place;
use crate::format::Instruction::{self, BrFalse, BrTrue, Branch, LdTrue, Nop, Ret};
use crate::verify::code::fixture::{Function, all_get};
use crate::verify::meter::Meter;

fn row<'a>(
    name: &'a str,
    code: &[Instruction],
    expected: Option<Status>,
) -> (&'a str, Function, Option<Status>) {
    (name, Function::of(code), expected)
}

/// Two blocks that lead to each other and can both be entered from outside.
fn irreducible() -> Vec<Instruction> {
    vec![LdTrue, BrTrue(4), Nop, Branch(4), LdTrue, BrTrue(2), Ret]
}

#[test]
fn code_ends_with_an_instruction_that_does_not_fall_through() {
    all_get(&[
        row("no code", &[], Some(Status::EmptyCodeUnit)),
        row("a return", &[Ret], None),
        row("nothing behind", &[Nop], Some(Status::InvalidFallThrough)),
        row("a way on is missing", &[LdTrue, BrTrue(0)], Some(Status::InvalidFallThrough)),
        row("for ever", &[Branch(0)], None),
    ]);
}

#[test]
fn a_loop_with_two_entries_is_split() {
    all_get(&[
        row("entered in the middle", &irreducible(), Some(Status::InvalidLoopSplit)),
        // the same blocks, entered at the head only
        row("entered at the head", &[Nop, Nop, Nop, Branch(4), LdTrue, BrTrue(2), Ret], None),
    ]);
}

#[test]
fn loops_may_share_a_head_and_end_anywhere() {
    all_get(&[
        row("two ways back", &[LdTrue, BrTrue(0), LdTrue, BrTrue(0), Ret], None),
        row("back to the outer head", &[Nop, LdTrue, BrTrue(1), LdTrue, BrTrue(0), Ret], None),
        row(
            "out of two loops at once",
            &[Nop, LdTrue, BrFalse(8), LdTrue, BrTrue(1), LdTrue, BrTrue(0), Nop, Ret],
            None,
        ),
    ]);
}

/// Code with loops inside each other.
fn nested(depth: u16) -> Vec<Instruction> {
    let heads = (0..depth).map(|_| Nop);
    let ends = (0..depth).rev().flat_map(|head| [LdTrue, BrTrue(head)]);
    heads.chain(ends).chain([Ret]).collect()
}

fn fault_at_depth(most: usize, version: u32, code: Vec<Instruction>) -> Option<Fault> {
    let config = Config { loop_depth: Some(most), ..Config::reference() };
    let mut module = Function::of(&code).module();
    module.version = version;
    crate::verify::code::module(&module, &config, &mut Meter::unlimited()).err()
}

#[test]
fn loops_are_nested_up_to_the_limit() {
    for version in [5, 6] {
        assert_eq!(fault_at_depth(5, version, nested(5)), None);
        let fault = fault_at_depth(5, version, nested(6)).unwrap();
        assert_eq!(fault.status, Status::LoopMaxDepthReached, "version {version}");
        assert_eq!(fault_at_depth(1, version, [nested(1), nested(0)].concat()), None);
    }
    let side_by_side = [LdTrue, BrTrue(0), LdTrue, BrTrue(2), Ret];
    assert_eq!(fault_at_depth(1, 6, side_by_side.to_vec()), None);
}

#[test]
fn the_fault_stands_at_the_block_it_is_about() {
    let at = |code: &[Instruction]| {
        let mut meter = Meter::unlimited();
        Function::of(code).fault(&Config::reference(), &mut meter).unwrap().place
    };
    let function = 5;
    assert_eq!(at(&[Nop, Nop]), Place::Instruction { function, instruction: 1 });
    assert!(matches!(at(&irreducible()), Place::Instruction { function: 5, .. }));
    assert_eq!(at(&[]), Place::Instruction { function, instruction: 0 });
}

fn version_5(code: &[Instruction]) -> Option<Status> {
    fault_at_depth(usize::MAX, 5, code.to_vec()).map(|fault| fault.status)
}

#[test]
fn version_5_wants_loops_in_their_place() {
    // back to the outer loop from inside the inner one
    let continues = [Nop, Nop, LdTrue, BrTrue(0), LdTrue, BrTrue(1), Branch(0)];
    assert_eq!(version_5(&continues), Some(Status::InvalidLoopContinue));
    assert_eq!(fault_at_depth(2, 6, continues.to_vec()), None);
    // out of a loop, but not to just behind it
    let breaks = [LdTrue, BrTrue(5), Branch(0), Nop, Nop, Ret];
    assert_eq!(version_5(&breaks), Some(Status::InvalidLoopBreak));
    assert_eq!(version_5(&[LdTrue, BrTrue(3), Branch(0), Nop, Nop, Ret]), None);
    // into the middle of a loop
    let splits = [LdTrue, BrTrue(3), Nop, Nop, Branch(2)];
    assert_eq!(version_5(&splits), Some(Status::InvalidLoopSplit));
    assert_eq!(version_5(&[LdTrue, BrTrue(2), Nop, Nop, Branch(2)]), None);
    assert_eq!(version_5(&[Nop]), Some(Status::InvalidFallThrough));
    assert_eq!(version_5(&[]), Some(Status::EmptyCodeUnit));
}
