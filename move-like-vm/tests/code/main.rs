//! The passes over code on real binaries, and on what chance makes of them.

#[path = "../cases/mod.rs"]
mod cases;
mod execution;
mod mutation;
mod real;

use std::collections::BTreeMap;

use move_like_vm::status::Status;
use move_like_vm::verify::Config;

/// Statuses that may be found only when a binary meets others, or the arguments of a call.
const MAY_NEED_OTHERS: [&str; 9] = [
    "LOOKUP_FAILED",
    "TYPE_MISMATCH",
    "LINKER_ERROR",
    "MISSING_DEPENDENCY",
    "CYCLIC_MODULE_DEPENDENCY",
    "BACKWARD_INCOMPATIBLE_MODULE_UPDATE",
    "NUMBER_OF_ARGUMENTS_MISMATCH",
    "NUMBER_OF_TYPE_ARGUMENTS_MISMATCH",
    "INVALID_FRIEND_DECL_WITH_MODULES_IN_DEPENDENCIES",
];

/// Whether looking at the binary alone may give this, where the reference gives the status in the end.
fn agrees(expected: &str, found: Option<Status>) -> bool {
    let name = expected.split(':').next().unwrap_or_default();
    let expected = Status::ALL.iter().find(|status| status.name() == name).copied();
    match found {
        Some(_) => found == expected,
        None => expected.is_some_and(|status| {
            status.number() >= 4000 || MAY_NEED_OTHERS.contains(&status.name())
        }),
    }
}

#[test]
fn code_of_real_binaries_gets_the_status_of_the_reference() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for task in real::tasks() {
        let found = task.read().and_then(|binary| binary.check(&Config::reference())).err();
        let (passed, total) = counts.entry(task.category.clone()).or_default();
        *total += 1;
        if agrees(&task.status, found.as_ref().map(|fault| fault.status)) {
            *passed += 1;
        } else {
            wrong.push(format!("{} step {}: {} but {found:?}", task.case, task.step, task.status));
        }
    }
    for (category, (passed, total)) in &counts {
        println!("{category}: {passed} of {total} binaries as the reference");
    }
    assert_eq!(wrong, [""; 0]);
}
