//! Real binaries with the statuses that the reference machine gives, for every target of tests.
#![allow(dead_code, reason = "no target reads all of it")]

use std::path::PathBuf;

use serde_json::Value;

/// Tasks that share one storage.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) category: String,
    pub(crate) tasks: Vec<Task>,
}

/// One binary that is published or run.
pub(crate) struct Task {
    pub(crate) step: u64,
    pub(crate) is_module: bool,
    pub(crate) is_publish: bool,
    pub(crate) arguments: String,
    pub(crate) status: String,
    pub(crate) bytes: Vec<u8>,
}

/// Every case; none, and a word about it, where the data is absent.
#[allow(clippy::print_stdout, reason = "a test says why it did nothing")]
pub(crate) fn all() -> Vec<Case> {
    let Some(path) = path() else {
        println!("skipped: no data");
        return Vec::new();
    };
    let text = std::fs::read_to_string(path).expect("the cases are text");
    text.lines().map(|line| case(&serde_json::from_str(line).expect("a case"))).collect()
}

fn path() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the data is")]
    let told = std::env::var_os("FLORIN_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    [told, Some(beside)]
        .into_iter()
        .flatten()
        .map(|data| data.join("move-bytecode/cases.jsonl"))
        .find(|file| file.is_file())
}

fn case(value: &Value) -> Case {
    let tasks = value["tasks"].as_array().expect("tasks");
    Case {
        id: word(value, "id"),
        category: word(value, "category"),
        tasks: tasks.iter().map(task).collect(),
    }
}

fn task(value: &Value) -> Task {
    Task {
        step: value["step"].as_u64().expect("a step"),
        is_module: word(value, "kind") == "module",
        is_publish: word(value, "action") == "publish",
        arguments: word(value, "args"),
        status: word(value, "status"),
        bytes: hex::decode(word(value, "bytecode_hex")).expect("hexadecimal"),
    }
}

fn word(value: &Value, key: &str) -> String {
    value[key].as_str().expect("a word").to_owned()
}
