//! The rule of loops in files of version 5: loops stand in the code as they are nested.
//!
//! # Place      control flow -> [version_5]; files of version 6 need not obey it
//! # Invariants a loop is what stands from its head to the last jump back to that head; a jump back goes
//! #            to the head of the innermost loop around it, a jump out of a loop goes just behind it,
//! #            and no other jump forward changes how many loops are around
//! # Absent     reachability: code out of reach obeys the rule too

use crate::fault::Fault;
use crate::format::{FunctionView, Instruction};
use crate::status::Status;
use crate::verify::Config;
use crate::verify::body::placed;

/// A loop: its head and the last jump back to it.
#[derive(Clone, Copy)]
struct Loop {
    head: usize,
    last_jump_back: usize,
}

/// Checks the loops of a function. Its code must not be empty.
pub fn verify(function: &FunctionView<'_>, config: &Config) -> Result<(), Fault> {
    let code = &function.code.code;
    let last_jump_back = last_jumps_back(code);
    walk(function, &last_jump_back, |around, offset, jump| match jump {
        Some(target) if target <= offset => {
            let head = around.ok_or(Status::VerifierInvariantViolation)?.head;
            if target == head { Ok(()) } else { Err(Status::InvalidLoopContinue) }
        }
        _ => Ok(()),
    })?;
    walk(function, &last_jump_back, |around, offset, jump| match (around, jump) {
        (Some(around), Some(target))
            if target > offset
                && target > around.last_jump_back
                && Some(target) != around.last_jump_back.checked_add(1) =>
        {
            Err(Status::InvalidLoopBreak)
        }
        _ => Ok(()),
    })?;
    let depths = depths(&last_jump_back);
    walk(function, &last_jump_back, |around, offset, jump| match jump {
        Some(target)
            if target > offset && around.is_none_or(|around| target <= around.last_jump_back) =>
        {
            let at = |place: usize| depths.get(place).copied().unwrap_or_default();
            let is_head = last_jump_back.get(target).is_some_and(Option::is_some);
            let outside = at(target).checked_sub(usize::from(is_head));
            if outside == Some(at(offset)) { Ok(()) } else { Err(Status::InvalidLoopSplit) }
        }
        _ => Ok(()),
    })?;
    walk(function, &last_jump_back, |_, offset, _| {
        let depth = depths.get(offset).copied().unwrap_or_default();
        if config.loop_depth.is_some_and(|most| depth > most) {
            return Err(Status::LoopMaxDepthReached);
        }
        Ok(())
    })
}

/// For every instruction that is the head of a loop, the last jump back to it.
fn last_jumps_back(code: &[Instruction]) -> Vec<Option<usize>> {
    let mut last = vec![None; code.len()];
    for (offset, instruction) in code.iter().enumerate() {
        let target = instruction.target().map(usize::from);
        if let Some(target) = target.filter(|target| *target <= offset)
            && let Some(last) = last.get_mut(target)
        {
            *last = Some(offset);
        }
    }
    last
}

/// Looks at every instruction with the innermost loop around it and the target of its jump.
fn walk(
    function: &FunctionView<'_>,
    last_jump_back: &[Option<usize>],
    check: impl Fn(Option<Loop>, usize, Option<usize>) -> Result<(), Status>,
) -> Result<(), Fault> {
    let mut around: Vec<Loop> = Vec::new();
    for (offset, instruction) in function.code.code.iter().enumerate() {
        if let Some(last_jump_back) = last_jump_back.get(offset).copied().flatten() {
            around.push(Loop { head: offset, last_jump_back });
        }
        let jump = instruction.target().map(usize::from);
        check(around.last().copied(), offset, jump)
            .map_err(|status| placed(function, Fault::new(status), offset))?;
        let ends = around.last().is_some_and(|around| around.last_jump_back == offset);
        if ends && jump.is_some_and(|target| target <= offset) {
            around.pop();
        }
    }
    Ok(())
}

/// How many loops are around every instruction, where loops are known to be nested.
fn depths(last_jump_back: &[Option<usize>]) -> Vec<usize> {
    let mut ends = vec![false; last_jump_back.len()];
    for last in last_jump_back.iter().flatten() {
        if let Some(end) = ends.get_mut(*last) {
            *end = true;
        }
    }
    let mut depth: usize = 0;
    last_jump_back
        .iter()
        .zip(ends)
        .map(|(head, ends)| {
            depth = depth.saturating_add(usize::from(head.is_some()));
            let here = depth;
            depth = depth.saturating_sub(usize::from(ends));
            here
        })
        .collect()
}
