//! Binaries that other compilers of the family wrote, with what the reference machine said of them.

use std::path::PathBuf;

use serde_json::Value;

/// One binary of a case.
pub(crate) struct Binary {
    /// The case and the step, to name it in a failure.
    pub(crate) name: String,
    pub(crate) is_module: bool,
    /// What the reference machine said of publishing or running it.
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

/// Every binary of every case; none, and a word about it, where the data is absent.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
pub(crate) fn binaries() -> Vec<Binary> {
    let Some(path) = path() else {
        println!("skipped: no data");
        return Vec::new();
    };
    let text = std::fs::read_to_string(path).expect("the cases are text");
    text.lines().flat_map(|line| tasks(&serde_json::from_str(line).expect("a case"))).collect()
}

fn tasks(case: &Value) -> Vec<Binary> {
    let word = |value: &Value, key: &str| value[key].as_str().expect("a word").to_owned();
    let tasks = case["tasks"].as_array().expect("tasks");
    tasks
        .iter()
        .map(|task| Binary {
            name: format!("{} step {}", word(case, "id"), task["step"]),
            is_module: word(task, "kind") == "module",
            status: word(task, "status"),
            bytes: hex::decode(word(task, "bytecode_hex")).expect("hexadecimal"),
        })
        .collect()
}
