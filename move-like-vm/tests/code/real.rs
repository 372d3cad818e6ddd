//! The real binaries and what the reference machine says of them.

use std::path::PathBuf;

use move_like_vm::decode;
use move_like_vm::fault::Fault;
use move_like_vm::format::{AddressWidth, CompiledModule, CompiledScript};
use move_like_vm::status::Status;
use move_like_vm::verify::{self, Config, code};

/// The width of the addresses in the real binaries.
const SHORT: AddressWidth = AddressWidth::Sixteen;

/// A binary with the status that the reference gives.
pub(crate) struct Task {
    pub(crate) case: String,
    pub(crate) category: String,
    pub(crate) step: u64,
    pub(crate) status: String,
    is_script: bool,
    bytes: Vec<u8>,
}

/// A binary that was read.
#[derive(Clone)]
pub(crate) enum Binary {
    Module(CompiledModule),
    Script(CompiledScript),
}

/// Every binary of the cases; none where the data is not there.
pub(crate) fn tasks() -> Vec<Task> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    #[expect(clippy::disallowed_methods, reason = "tests are told where the data is")]
    let told = std::env::var_os("FLORIN_DATA").map(PathBuf::from);
    let folders = [told, Some(workspace), Some(PathBuf::from("/work/shared/data"))];
    let found = folders
        .into_iter()
        .flatten()
        .find_map(|folder| std::fs::read_to_string(folder.join("move-bytecode/cases.jsonl")).ok());
    found.unwrap_or_default().lines().flat_map(tasks_of_case).collect()
}

fn tasks_of_case(line: &str) -> Vec<Task> {
    let case: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let tasks = case["tasks"].as_array().unwrap();
    tasks
        .iter()
        .map(|task| Task {
            case: text(&case["id"]),
            category: text(&case["category"]),
            step: task["step"].as_u64().unwrap(),
            status: text(&task["status"]),
            is_script: task["kind"] == "script",
            bytes: hex::decode(task["bytecode_hex"].as_str().unwrap()).unwrap(),
        })
        .collect()
}

impl Task {
    pub(crate) fn read(&self) -> Result<Binary, Fault> {
        if self.is_script {
            // a script that cannot be read is refused as such when it is run
            decode::checked_script(&self.bytes, SHORT)
                .map(Binary::Script)
                .map_err(|_| Fault::new(Status::CodeDeserializationError))
        } else {
            decode::checked_module(&self.bytes, SHORT).map(Binary::Module)
        }
    }
}

impl Binary {
    /// Every pass.
    pub(crate) fn check(&self, config: &Config) -> Result<(), Fault> {
        match self {
            Self::Module(module) => verify::module(module, config),
            Self::Script(script) => verify::script(script, config),
        }
    }

    /// The passes over code alone.
    pub(crate) fn check_code(&self, config: &Config) -> Result<(), Fault> {
        match self {
            Self::Module(module) => code::module(module, config, &mut config.meter()),
            Self::Script(script) => code::script(script, config, &mut config.meter()),
        }
    }
}
