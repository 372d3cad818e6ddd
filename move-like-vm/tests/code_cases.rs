//! The passes over code on real binaries, against the status that the reference machine gives.

use std::collections::BTreeMap;
use std::path::PathBuf;

use move_like_vm::fault::Fault;
use move_like_vm::format::{AddressWidth, CompiledModule, CompiledScript};
use move_like_vm::status::Status;
use move_like_vm::verify::meter::Meter;
use move_like_vm::verify::{Config, code, constants, duplication};
use move_like_vm::{decode, verify};

struct Task {
    case: String,
    category: String,
    step: u64,
    is_script: bool,
    status: String,
    bytes: Vec<u8>,
}

/// Every binary of the cases; none where the data is not there.
fn tasks() -> Vec<Task> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folders = [std::env::var_os("FLORIN_DATA").map(PathBuf::from), Some(workspace)];
    let default = Some(PathBuf::from("/work/shared/data"));
    let found =
        folders.into_iter().chain([default]).flatten().find_map(|folder| {
            std::fs::read_to_string(folder.join("move-bytecode/cases.jsonl")).ok()
        });
    let Some(text) = found else {
        println!("skipped: no data");
        return Vec::new();
    };
    text.lines().flat_map(tasks_of_case).collect()
}

fn tasks_of_case(line: &str) -> Vec<Task> {
    let case: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    case["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| Task {
            case: text(&case["id"]),
            category: text(&case["category"]),
            step: task["step"].as_u64().unwrap(),
            is_script: task["kind"] == "script",
            status: text(&task["status"]),
            bytes: hex::decode(task["bytecode_hex"].as_str().unwrap()).unwrap(),
        })
        .collect()
}

fn check_module(module: &CompiledModule, config: &Config) -> Result<(), Fault> {
    duplication::module(module)?;
    verify::module(module, config)?;
    constants::module(module)?;
    code::module(module, config, &mut meter(config))
}

fn check_script(script: &CompiledScript, config: &Config) -> Result<(), Fault> {
    duplication::script(script)?;
    verify::script(script, config)?;
    constants::script(script)?;
    code::script(script, config, &mut meter(config))
}

fn meter(config: &Config) -> Meter {
    Meter::new(config.units_per_function, config.units_per_module)
}

/// The width of the addresses in the real binaries.
const SHORT: AddressWidth = AddressWidth::Sixteen;

fn check(task: &Task, config: &Config) -> Result<(), Fault> {
    if task.is_script {
        // a script that cannot be read is refused as such when it is run
        let script = decode::checked_script(&task.bytes, SHORT)
            .map_err(|_| Fault::new(Status::CodeDeserializationError))?;
        check_script(&script, config)
    } else {
        check_module(&decode::checked_module(&task.bytes, SHORT)?, config)
    }
}

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
    for task in tasks() {
        let found = check(&task, &Config::reference()).err();
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
