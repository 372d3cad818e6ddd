//! The verifier against binaries that others wrote, and against what chance makes of them.

#[path = "../cases/mod.rs"]
mod cases;
mod mutated;

use move_like_vm::decode;
use move_like_vm::fault::Fault;
use move_like_vm::format::{AddressWidth, CompiledModule, CompiledScript};
use move_like_vm::status::Status;
use move_like_vm::verify::{self, Compatibility, Config, ModuleId, Published};

/// The width of the addresses in the real binaries.
const SHORT: AddressWidth = AddressWidth::Sixteen;

/// What the cases have published so far.
#[derive(Default)]
pub(crate) struct World {
    modules: Vec<CompiledModule>,
}

impl Published for World {
    fn module(&self, id: ModuleId<'_>) -> Option<&CompiledModule> {
        // the last one published under a name holds
        self.modules.iter().rev().find(|module| ModuleId::own(module) == Ok(id))
    }

    fn has_native(&self, _module: ModuleId<'_>, _function: &str) -> bool {
        true
    }
}

fn publish(world: &mut World, task: &cases::Task) -> Result<(), Fault> {
    let module = decode::checked_module(&task.bytes, SHORT)?;
    let asked = Compatibility {
        linking: !task.arguments.contains("--skip-check-struct-and-pub-function-linking"),
        layout: !task.arguments.contains("--skip-check-struct-layout"),
        friends: !task.arguments.contains("--skip-check-friend-linking"),
    };
    verify::publication(&module, asked, &Config::reference(), world)?;
    world.modules.push(module);
    Ok(())
}

fn check_script(world: &World, task: &cases::Task) -> Result<(), Fault> {
    let refused = |_| Fault::new(Status::CodeDeserializationError);
    let script: CompiledScript = decode::checked_script(&task.bytes, SHORT).map_err(refused)?;
    verify::script(&script, &Config::reference())?;
    verify::link_script(&script, world)
}

/// Statuses that only running gives, or reading the arguments of a run.
fn is_of_running(status: &str) -> bool {
    let known = Status::ALL.iter().find(|known| known.name() == status);
    let late = ["NUMBER_OF_TYPE_ARGUMENTS_MISMATCH", "NUMBER_OF_ARGUMENTS_MISMATCH"];
    known.is_none_or(|known| known.number() >= 4000) || late.contains(&status)
}

#[test]
fn every_real_binary_gets_the_status_that_the_reference_gave() {
    let mut wrong = Vec::new();
    let mut checked = 0_usize;
    for case in cases::all() {
        let mut world = World::default();
        for (step, task) in case.tasks.iter().enumerate() {
            let result = match task.is_module {
                true => publish(&mut world, task),
                false => check_script(&world, task),
            };
            let said = result.map_or_else(|fault| fault.status.name(), |()| "EXECUTED");
            let same = said == task.status
                || !task.is_module && is_of_running(&task.status) && said == "EXECUTED";
            if !same {
                wrong.push(format!("{} step {step}: {said} for {}", case.id, task.status));
            }
            checked += 1;
        }
    }
    println!("{checked} binaries were published or were scripts to run");
    assert!(wrong.is_empty(), "{} of {checked}:\n{}", wrong.len(), wrong.join("\n"));
}
