//! Binaries that other compilers of the family wrote, with what the reference machine said of them.

use std::path::PathBuf;

use serde_json::Value;

/// Steps that share one storage and come one after the other.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) tasks: Vec<Task>,
}

/// One binary, and what was said of publishing or running it.
pub(crate) struct Task {
    pub(crate) is_module: bool,
    pub(crate) arguments: String,
    pub(crate) status: String,
    pub(crate) bytes: Vec<u8>,
}

/// The file with the cases, if it is there.
fn path() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the data is")]
    let told = std::env::var_os("FLORIN_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    [told, Some(beside), Some(PathBuf::from("/work/shared/data"))]
        .into_iter()
        .flatten()
        .map(|data| data.join("move-bytecode/cases.jsonl"))
        .find(|file| file.is_file())
}

/// Every case; none, and a word about it, where the data is absent.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
pub(crate) fn cases() -> Vec<Case> {
    let Some(path) = path() else {
        println!("skipped: no data");
        return Vec::new();
    };
    let text = std::fs::read_to_string(path).expect("the cases are text");
    text.lines().map(|line| case(&serde_json::from_str(line).expect("a case"))).collect()
}

fn case(case: &Value) -> Case {
    let word = |value: &Value, key: &str| value[key].as_str().expect("a word").to_owned();
    let tasks = case["tasks"].as_array().expect("tasks");
    let task = |task: &Value| Task {
        is_module: word(task, "kind") == "module",
        arguments: word(task, "args"),
        status: word(task, "status"),
        bytes: hex::decode(word(task, "bytecode_hex")).expect("hexadecimal"),
    };
    Case {
        name: format!("{} {}", word(case, "id"), word(case, "category")),
        tasks: tasks.iter().map(task).collect(),
    }
}
