//! The real binaries and what the reference machine says of them.

use std::path::PathBuf;

use move_like_vm::decode;
use move_like_vm::fault::Fault;
use move_like_vm::format::{AddressWidth, CompiledModule, CompiledScript};
use move_like_vm::status::Status;
use move_like_vm::verify::meter::Meter;
use move_like_vm::verify::{self, Config, code, constants, duplication};

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
    let folders = [
        std::env::var_os("FLORIN_DATA").map(PathBuf::from),
        Some(workspace),
        Some(PathBuf::from("/work/shared/data")),
    ];
    let found = folders
        .into_iter()
        .flatten()
        .find_map(|folder| std::fs::read_to_string(folder.join("move-bytecode/cases.jsonl")).ok());
    let Some(text) = found else {
        println!("skipped: no data");
        return Vec::new();
    };
    text.lines().flat_map(tasks_of_case).collect()
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

/// A meter with the units of a configuration.
pub(crate) fn meter(config: &Config) -> Meter {
    Meter::new(config.units_per_function, config.units_per_module)
}

impl Binary {
    /// Every pass behind bounds, up to those over code.
    pub(crate) fn check(&self, config: &Config) -> Result<(), Fault> {
        match self {
            Self::Module(module) => {
                duplication::module(module)?;
                verify::module(module, config)?;
                constants::module(module)?;
            }
            Self::Script(script) => {
                duplication::script(script)?;
                verify::script(script, config)?;
                constants::script(script)?;
            }
        }
        self.check_code(config, &mut meter(config))
    }

    /// The passes over code alone.
    pub(crate) fn check_code(&self, config: &Config, meter: &mut Meter) -> Result<(), Fault> {
        match self {
            Self::Module(module) => code::module(module, config, meter),
            Self::Script(script) => code::script(script, config, meter),
        }
    }
}
