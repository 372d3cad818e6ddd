//! Which variables are still needed, and what follows from it.
//!
//! # Place      flow -> [liveness] -> availability, code generation
//! # Invariants behind it every use of a variable says copy or move; a reference that is not needed any
//! #            more is gone before the next block does anything
//! # Absent     errors: a use of what is already gone is found by availability

use crate::flow::{Block, Exit, Facts, Flow, Locals, Operation};
use crate::operands;
use crate::program::{Program, TypeParameter};
use crate::typing::tree::Taking;

/// Decides copies and moves, drops values that nothing needs, and gives dead references back.
pub(crate) fn resolve(flow: &mut Flow, program: &Program<'_>, parameters: &[TypeParameter]) {
    let facts = Facts::new(flow, program, parameters);
    let entries = live_at_entries(flow);
    let mut blocks = flow.blocks.clone();
    for block in &mut blocks {
        let references = operands::references(block, &facts, program);
        resolve_block(block, &facts, &entries, &references);
    }
    let releases = releases(&blocks, &facts, &entries);
    for (block, dead) in blocks.iter_mut().zip(releases) {
        let span = block.operations.first().map_or(block.span, |(_, span)| *span);
        let mut operations = Vec::new();
        for local in dead.iter() {
            operations.push((Operation::Take(local, Taking::Move), span));
            operations.push((Operation::Pop, span));
        }
        operations.append(&mut block.operations);
        block.operations = operations;
    }
    flow.blocks = blocks;
}

/// What is live at the end of a block.
fn live_at_end(block: &Block, entries: &[Locals], count: usize) -> Locals {
    let mut live = Locals::none(count);
    for successor in block.exit.successors() {
        if let Some(entry) = entries.get(successor) {
            live.add_all(entry);
        }
    }
    live
}

/// What is live at the start of every block.
fn live_at_entries(flow: &Flow) -> Vec<Locals> {
    let count = flow.variables.len();
    let mut entries = vec![Locals::none(count); flow.blocks.len()];
    loop {
        let mut changed = false;
        for (id, block) in flow.blocks.iter().enumerate().rev() {
            let mut live = live_at_end(block, &entries, count);
            for (operation, _) in block.operations.iter().rev() {
                step_back(operation, &mut live);
            }
            if let Some(entry) = entries.get_mut(id).filter(|entry| **entry != live) {
                *entry = live;
                changed = true;
            }
        }
        if !changed {
            return entries;
        }
    }
}

fn step_back(operation: &Operation, live: &mut Locals) {
    match operation {
        Operation::Store(local) => live.set(*local, false),
        Operation::Take(local, _) | Operation::BorrowLocal(_, local) => live.set(*local, true),
        _ => {}
    }
}

/// `references` says for every operation whether a reference waits on the stack in front of it.
fn resolve_block(block: &mut Block, facts: &Facts<'_>, entries: &[Locals], references: &[bool]) {
    let mut live = live_at_end(block, entries, facts.flow.variables.len());
    for ((operation, _), waits) in block.operations.iter_mut().zip(references).rev() {
        let before = operation.clone();
        match operation {
            Operation::Take(local, taking) => {
                let fact = facts.of(*local);
                let is_last = !live.has(*local);
                if *taking == Taking::Either || (*taking == Taking::Copy && fact.is_reference) {
                    // where no reference is in use, nothing borrows the variable
                    let is_free = !fact.is_borrowed
                        || !(*waits || live.iter().any(|other| facts.of(other).is_reference));
                    let moves = !fact.can_copy || (is_last && (is_free || !fact.can_drop));
                    *taking = if moves { Taking::Move } else { Taking::Copy };
                }
            }
            Operation::Store(local) => {
                let fact = facts.of(*local);
                if !live.has(*local) && fact.can_drop && !fact.is_borrowed {
                    *operation = Operation::Pop;
                }
            }
            _ => {}
        }
        step_back(&before, &mut live);
    }
}

/// The references that every way into a block still holds and nothing behind it needs.
fn releases(blocks: &[Block], facts: &Facts<'_>, entries: &[Locals]) -> Vec<Locals> {
    let count = facts.flow.variables.len();
    let mut references = Locals::none(count);
    for local in 0..count {
        references.set(local, facts.of(local).is_reference);
    }
    let mut at_entry = Locals::none(count);
    for local in 0..facts.flow.parameters {
        at_entry.set(local, references.has(local));
    }
    let predecessors = facts.predecessors();
    let held_at_start = |id: usize, held: &[Locals]| {
        let mut start = if id == 0 { at_entry.clone() } else { references.clone() };
        for predecessor in predecessors.get(id).into_iter().flatten() {
            if let Some(end) = held.get(*predecessor) {
                start.keep_only(end);
            }
        }
        start
    };
    // what is held at the end of every block, from above
    let mut held = vec![references.clone(); blocks.len()];
    loop {
        let mut changed = false;
        for (id, block) in blocks.iter().enumerate() {
            let mut now = held_at_start(id, &held);
            if let Some(live) = entries.get(id) {
                now.keep_only(live);
            }
            for (operation, _) in &block.operations {
                match operation {
                    Operation::Store(local) => now.set(*local, references.has(*local)),
                    Operation::Take(local, Taking::Move) => now.set(*local, false),
                    _ => {}
                }
            }
            if let Some(end) = held.get_mut(id).filter(|end| **end != now) {
                *end = now;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut releases = Vec::new();
    for (id, block) in blocks.iter().enumerate() {
        let mut dead = held_at_start(id, &held);
        for local in 0..count {
            let live = entries.get(id).is_some_and(|entry| entry.has(local));
            dead.set(local, dead.has(local) && !live && !ends_quietly(block));
        }
        releases.push(dead);
    }
    releases
}

/// Whether the function ends here before a reference that is still held could matter.
fn ends_quietly(block: &Block) -> bool {
    matches!(block.exit, Exit::Return | Exit::Abort)
        && block.operations.iter().all(|(operation, _)| {
            matches!(
                operation,
                Operation::Take(_, Taking::Copy)
                    | Operation::Number(_, _)
                    | Operation::Truth(_)
                    | Operation::Constant(_, _)
                    | Operation::Binary(_)
                    | Operation::Not
                    | Operation::Cast(_)
                    | Operation::Pop
            )
        })
}
