//! Whether a variable has a value where it is used, and none left that may not be lost.
//!
//! # Place      liveness -> [availability] -> code generation
//! # Invariants what it lets pass, the verifier's rule of locals lets pass
//! # Absent     borrows: the verifier explains these

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Findings};
use crate::flow::{Block, Exit, Facts, Locals, Operation};
use crate::source::Span;
use crate::typing::tree::{Local, Taking};

/// Which variables may be empty, and which may hold a value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    may_be_empty: Locals,
    may_be_full: Locals,
}

/// Reports every use without a value and every value that would be lost.
pub(crate) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let count = facts.flow.variables.len();
    let mut entry = State { may_be_empty: Locals::all(count), may_be_full: Locals::none(count) };
    for local in 0..facts.flow.parameters {
        entry.may_be_empty.set(local, false);
        entry.may_be_full.set(local, true);
    }
    let mut starts: BTreeMap<usize, State> = BTreeMap::from([(0, entry)]);
    let mut work = vec![0];
    while let Some(id) = work.pop() {
        let (Some(block), Some(state)) = (facts.flow.blocks.get(id), starts.get(&id)) else {
            continue;
        };
        let mut state = state.clone();
        run(block, &mut state, facts, &mut |_, _, _| {});
        for successor in block.exit.successors() {
            let mut joined = starts.get(&successor).cloned().unwrap_or_else(|| state.clone());
            joined.may_be_empty.add_all(&state.may_be_empty);
            joined.may_be_full.add_all(&state.may_be_full);
            if starts.get(&successor) != Some(&joined) {
                starts.insert(successor, joined);
                work.push(successor);
            }
        }
    }
    for (id, block) in facts.flow.blocks.iter().enumerate() {
        if let Some(mut state) = starts.remove(&id) {
            run(block, &mut state, facts, &mut |code, span, message| {
                findings.add(code, span, message);
            });
        }
    }
}

fn run(
    block: &Block,
    state: &mut State,
    facts: &Facts<'_>,
    report: &mut dyn FnMut(Code, Span, String),
) {
    for (operation, span) in &block.operations {
        match operation {
            Operation::Take(local, taking) => {
                need(*local, state, facts, *span, report);
                if *taking == Taking::Move {
                    state.may_be_empty.set(*local, true);
                    state.may_be_full.set(*local, false);
                }
            }
            Operation::BorrowLocal(_, local) => need(*local, state, facts, *span, report),
            Operation::Store(local) => {
                if state.may_be_full.has(*local) && !facts.of(*local).can_drop {
                    let message = format!("the value in {} would be lost", shown(*local, facts));
                    report(Code::NotConsumed, *span, message);
                }
                state.may_be_empty.set(*local, false);
                state.may_be_full.set(*local, true);
            }
            _ => {}
        }
    }
    if block.exit == Exit::Return {
        for local in state.may_be_full.iter().filter(|local| !facts.of(*local).can_drop) {
            let message = format!(
                "{} may still hold a value here, which cannot be dropped",
                shown(local, facts)
            );
            report(Code::NotConsumed, block.span, message);
        }
    }
}

fn need(
    local: Local,
    state: &mut State,
    facts: &Facts<'_>,
    span: Span,
    report: &mut dyn FnMut(Code, Span, String),
) {
    if state.may_be_empty.has(local) {
        let message = format!("{} has no value here, or has lost it", shown(local, facts));
        report(Code::Unavailable, span, message);
        // once is enough
        state.may_be_empty.set(local, false);
    }
}

fn shown(local: Local, facts: &Facts<'_>) -> String {
    match facts.flow.variables.get(local).and_then(|variable| variable.name.as_ref()) {
        Some(name) => format!("`{name}`"),
        None => "an intermediate value".to_owned(),
    }
}
