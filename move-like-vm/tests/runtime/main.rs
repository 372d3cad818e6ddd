//! The machine against what the reference machine did with real binaries.

mod arguments;
#[path = "../cases/mod.rs"]
mod cases;

use std::collections::BTreeSet;
use std::sync::Arc;

use cases::{Case, Task};
use move_like_vm::decode;
use move_like_vm::fault::Fault;
use move_like_vm::format::{Address, AddressWidth};
use move_like_vm::runtime::{
    Arguments, Bytes, Config, Machine, MemoryState, Outcome, PublishOptions,
};
use move_like_vm::verify::Compatibility;

/// More than any case needs.
const BUDGET: u64 = 1_000_000_000;

/// What a task came to, in the words of the cases.
fn status(result: &Result<(), Fault>) -> String {
    match result {
        Ok(()) => "EXECUTED".to_owned(),
        Err(Fault { status, code: Some(code), .. }) => format!("{status}:{code}"),
        Err(Fault { status, .. }) => status.to_string(),
    }
}

fn machine(checked: bool) -> Machine {
    Machine::new(Config { checked, ..Config::reference() })
}

/// Runs one task in a session of its own.
fn run(machine: &mut Machine, state: &MemoryState, task: &Task, arguments: &Arguments) -> Outcome {
    let bytes: Bytes = Arc::from(task.bytes.as_slice());
    let mut nothing = ();
    let mut session = machine.session(state, BUDGET, &mut nothing);
    if task.is_publish {
        let _ = session.publish(&[bytes], sender(&task.bytes), options(&task.arguments));
    } else {
        let _ = session.run_script(&bytes, arguments);
    }
    session.finish()
}

/// A module of the cases is published by the account it names.
fn sender(bytes: &[u8]) -> Address {
    decode::checked_module(bytes, AddressWidth::Sixteen)
        .ok()
        .and_then(|module| {
            let own = &module.module_handles[module.self_module_handle.get()];
            module.addresses.get(own.address.get()).copied()
        })
        .unwrap_or_default()
}

fn options(arguments: &str) -> PublishOptions {
    let mut compatibility = Compatibility::FULL;
    for word in arguments.split_whitespace() {
        match word {
            "--skip-check-struct-and-function-linking" => compatibility.linking = false,
            "--skip-check-struct-layout" => compatibility.layout = false,
            "--skip-check-friend-linking" => compatibility.friends = false,
            other => panic!("what does {other} ask for?"),
        }
    }
    PublishOptions { compatibility }
}

/// Runs a case and says where its statuses differ from those that are recorded.
///
/// The recorded runs were made without type arguments and arguments, whatever the task says.
fn play(case: &Case, checked: bool, differences: &mut BTreeSet<String>) -> Vec<Outcome> {
    let mut machine = machine(checked);
    let mut state = MemoryState::default();
    let mut outcomes = Vec::new();
    for task in &case.tasks {
        let outcome = run(&mut machine, &state, task, &Arguments::default());
        let found = status(&outcome.result);
        if found != task.status {
            let place = outcome.result.as_ref().err().map(|fault| fault.place);
            differences.insert(format!(
                "{} {} step {}: {} expected, {found} {place:?}",
                case.id, case.category, task.step, task.status
            ));
        }
        state.apply(outcome.changes.clone());
        outcomes.push(outcome);
    }
    outcomes
}

#[test]
fn every_case_gets_the_status_of_the_reference() {
    let cases = cases::all();
    let mut differences = BTreeSet::new();
    for case in &cases {
        play(case, false, &mut differences);
    }
    println!("{} cases, {} differences", cases.len(), differences.len());
    for difference in &differences {
        println!("{difference}");
    }
    assert!(differences.is_empty());
}

#[test]
fn every_case_gives_the_same_in_both_modes() {
    for case in &cases::all() {
        let fast = play(case, false, &mut BTreeSet::new());
        let checked = play(case, true, &mut BTreeSet::new());
        assert_eq!(fast, checked, "{}", case.id);
    }
}

/// With the arguments that the tasks give, which the recorded runs left out, everything that was
/// refused for want of them runs.
#[test]
fn tasks_run_with_the_arguments_that_they_give() {
    let mut counted = 0;
    for case in &cases::all() {
        let mut machine = machine(true);
        let mut state = MemoryState::default();
        for task in &case.tasks {
            let arguments = arguments::parse(&task.arguments);
            let plain = task.is_publish || arguments == Arguments::default();
            if !plain && task.status.starts_with("NUMBER_OF") {
                let outcome = run(&mut machine, &state, task, &arguments);
                let expected = arguments::expected(&case.id, task.step);
                assert_eq!(status(&outcome.result), expected, "{} step {}", case.id, task.step);
                counted += 1;
            }
            if plain {
                let outcome = run(&mut machine, &state, task, &Arguments::default());
                state.apply(outcome.changes);
            }
        }
    }
    println!("{counted} tasks with arguments");
}
