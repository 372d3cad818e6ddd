//! The cases on the machine.

use std::sync::Arc;

use move_like_vm::decode::{self, Dialect};
use move_like_vm::fault::Fault;
use move_like_vm::format::{Address, AddressWidth};
use move_like_vm::runtime::native::{Declared, Natives, NativesWith, StandardNatives};
use move_like_vm::runtime::{
    Arguments as Call, Bytes, Config, Machine, MemoryState, PublishOptions, Session,
};
use move_like_vm::verify::ModuleId;

use super::arguments::Arguments;
use super::natives::ReferenceNatives;
use super::{Action, Case, Count, Outcome, Task};
use crate::binary::{self, Kind};
use crate::guard::{PANIC, guarded, status_text};

/// What is said of a task whose options or bytes are not understood.
const NOT_UNDERSTOOD: &str = "NOT_UNDERSTOOD";

/// What a script is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passing {
    /// Nothing. The statuses of our cases were recorded so: each of their scripts that names signers,
    /// type arguments or arguments is expected to miss them.
    #[default]
    Nothing,
    /// The signers, type arguments and arguments that its task names.
    Named,
}

/// How cases are run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What scripts are given.
    pub passing: Passing,
    /// The width of addresses; found out from all binaries where it is `None`.
    pub addresses: Option<AddressWidth>,
    /// Whether the type of every operand is checked at each instruction.
    pub checked: bool,
    /// Whether modules are published that declare native functions nobody provides; else they are
    /// refused with `MISSING_DEPENDENCY`, as the reference machine refuses them.
    pub any_native: bool,
}

/// Runs cases one after the other; `each` is told every outcome as soon as it is there.
pub fn run(cases: &[Case], options: &Options, mut each: impl FnMut(&Outcome)) -> Count {
    let addresses = options.addresses.unwrap_or_else(|| width(cases));
    let config = Config { addresses, checked: options.checked, ..Config::reference() };
    let provided = NativesWith(StandardNatives, ReferenceNatives);
    let natives: Arc<dyn Natives + Send + Sync> = match options.any_native {
        true => Arc::new(Declared(provided)),
        false => Arc::new(provided),
    };
    let world = World { config, natives };
    let mut count = Count::default();
    for case in cases {
        let outcome = outcome(case, &world, options.passing);
        count.add(&outcome);
        each(&outcome);
    }
    count
}

/// The machine's rules and natives.
struct World {
    config: Config,
    natives: Arc<dyn Natives + Send + Sync>,
}

fn width(cases: &[Case]) -> AddressWidth {
    let tasks = cases.iter().flat_map(|case| &case.tasks);
    let binaries: Vec<Vec<u8>> =
        tasks.filter_map(|task| hex::decode(&task.bytecode_hex).ok()).collect();
    binary::width(binaries.iter().map(Vec::as_slice))
}

fn outcome(case: &Case, world: &World, passing: Passing) -> Outcome {
    let mut state = MemoryState::default();
    let mut got = Vec::new();
    for task in &case.tasks {
        let status = guarded(|| status(task, world, passing, &mut state));
        got.push(status.unwrap_or_else(|| PANIC.to_owned()));
    }
    Outcome::new(case, got)
}

fn status(task: &Task, world: &World, passing: Passing, state: &mut MemoryState) -> String {
    let understood = hex::decode(&task.bytecode_hex).ok().zip(arguments(task, passing));
    let Some((bytes, arguments)) = understood else { return NOT_UNDERSTOOD.to_owned() };
    let bytes = Bytes::from(bytes);
    match (task.action, task.kind) {
        (Action::Publish, Kind::Module) => {
            let sender = own_address(&bytes, world.config.addresses);
            let options = PublishOptions { compatibility: arguments.compatibility };
            session(world, state, arguments.gas, |session| {
                session.publish(std::slice::from_ref(&bytes), sender, options)
            })
        }
        (Action::Run, Kind::Script) => {
            let call = Call {
                types: arguments.type_arguments,
                signers: arguments.signers,
                values: arguments.values,
            };
            session(world, state, arguments.gas, |session| session.run_script(&bytes, &call))
        }
        (Action::Publish, Kind::Script) | (Action::Run, Kind::Module) => NOT_UNDERSTOOD.to_owned(),
    }
}

/// The options of a task; those of a script are not read where it is given nothing.
fn arguments(task: &Task, passing: Passing) -> Option<Arguments> {
    match (task.action, passing) {
        (Action::Run, Passing::Nothing) => Arguments::parse("").ok(),
        (Action::Run, Passing::Named) | (Action::Publish, _) => Arguments::parse(&task.args).ok(),
    }
}

/// The address that a module says it is published at: cases are published by it.
fn own_address(bytes: &[u8], addresses: AddressWidth) -> Address {
    let module = decode::module_with(bytes, Dialect::of_any_version(addresses)).ok();
    let own = module.as_ref().and_then(|module| ModuleId::own(module).ok());
    own.map(|id| *id.address).unwrap_or_default()
}

/// One session on a machine that has loaded nothing; what it changes is written where it ends well.
fn session(
    world: &World,
    state: &mut MemoryState,
    gas: Option<u64>,
    work: impl FnOnce(&mut Session<'_>) -> Result<(), Fault>,
) -> String {
    let mut machine = Machine::with_natives(world.config.clone(), Arc::clone(&world.natives));
    let mut no_extension = ();
    let before = state.clone();
    let mut session = machine.session(&before, gas.unwrap_or(u64::MAX), &mut no_extension);
    let worked = work(&mut session);
    let outcome = session.finish();
    let result = worked.and(outcome.result);
    if result.is_ok() {
        state.apply(outcome.changes);
    }
    status_text(&result)
}
