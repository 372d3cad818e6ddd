//! The real binaries and what the reference machine says of them.

use move_like_vm::decode;
use move_like_vm::fault::Fault;
use move_like_vm::format::{AddressWidth, CompiledModule, CompiledScript};
use move_like_vm::status::Status;
use move_like_vm::verify::{self, Config, code};

use crate::cases;

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

/// Every binary of the cases.
pub(crate) fn tasks() -> Vec<Task> {
    let of_case = |case: cases::Case| {
        let (id, category) = (case.id, case.category);
        case.tasks.into_iter().map(move |task| Task {
            case: id.clone(),
            category: category.clone(),
            step: task.step,
            status: task.status,
            is_script: !task.is_module,
            bytes: task.bytes,
        })
    };
    cases::all().into_iter().flat_map(of_case).collect()
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
