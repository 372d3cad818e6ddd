//! Programs made by hand, run in both modes.

mod arithmetic;
mod calls;
mod gas;
mod globals;
mod modes;
mod natives;
mod sessions;
mod vectors;

use std::sync::Arc;

use super::{Arguments, Bytes, Config, Machine, MemoryState, ModuleId, Outcome, Schedule};
use crate::encode;
use crate::fault::Fault;
use crate::format::{CompiledModule, Instruction, SignatureToken, Visibility};
use crate::status::Status;
use crate::testing::{Builder, address};

/// More than any test needs.
const BUDGET: u64 = 1 << 40;

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ran {
    results: Result<Vec<Vec<u8>>, Fault>,
    outcome: Outcome,
}

impl Ran {
    fn status(&self) -> (Status, Option<u64>) {
        match &self.results {
            Ok(_) => (Status::Executed, None),
            Err(fault) => (fault.status, fault.code),
        }
    }
}

fn config(checked: bool) -> Config {
    Config { verifier: None, checked, ..Config::network() }
}

fn id(name: &str) -> ModuleId {
    ModuleId { address: address(1), name: name.to_owned() }
}

fn bytes(module: &CompiledModule) -> Bytes {
    Arc::from(encode::module(module).expect("a module that can be written"))
}

/// A state in which modules are published, each at `0x1` under its name.
fn state(modules: &[(&str, &CompiledModule)]) -> MemoryState {
    let mut state = MemoryState::default();
    for (name, module) in modules {
        state.put_module(id(name), bytes(module));
    }
    state
}

/// Calls a function of `0x1::M` in a mode.
fn call_in(
    checked: bool,
    state: &MemoryState,
    function: &str,
    arguments: &Arguments,
    budget: u64,
) -> Ran {
    let mut machine = Machine::new(config(checked));
    let mut nothing = ();
    let mut session = machine.session(state, budget, &mut nothing);
    let results = session.call_any(&id("M"), function, arguments);
    Ran { results, outcome: session.finish() }
}

/// Calls a function of `0x1::M` in both modes, which must agree.
fn call(state: &MemoryState, function: &str, arguments: &Arguments) -> Ran {
    let fast = call_in(false, state, function, arguments, BUDGET);
    let checked = call_in(true, state, function, arguments, BUDGET);
    assert_eq!(fast, checked, "the modes differ");
    fast
}

/// A module `0x1::M` with one function `run`.
fn module(
    parameters: &[SignatureToken],
    returns: &[SignatureToken],
    locals: &[SignatureToken],
    code: &[Instruction],
) -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    let handle = builder.function_handle(builder.own(), "run", &[], parameters, returns);
    builder.code(handle, Visibility::Public, locals, code);
    builder.build()
}

/// Runs code without parameters.
fn run(returns: &[SignatureToken], locals: &[SignatureToken], code: &[Instruction]) -> Ran {
    let module = module(&[], returns, locals, code);
    call(&state(&[("M", &module)]), "run", &Arguments::default())
}

fn values(values: &[&[u8]]) -> Arguments {
    Arguments {
        values: values.iter().map(|value| value.to_vec()).collect(),
        ..Arguments::default()
    }
}

/// The schedule of the tests.
fn schedule() -> Schedule {
    Schedule::v1()
}
