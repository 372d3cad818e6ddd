//! `florin move test`: runs the functions of a package that are marked `#[test]`.
//!
//! Each test runs on a state and on vaults of its own, in which the package and all it depends on are
//! published, with both the fast and the checked machine, which must agree.
//!
//! # Place      package -> [test] -> compiler, machine, vaults
//! # Invariants a test passes only if it ends as it says, where it says, and no money came or went; a
//! #            panic fails its test and no other; a native function that is not here is named, and is
//! #            never the failure that a test expects
//! # Absent     coverage, and the measures of a test's time

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use move_compiler::unit_tests::{ExpectedFailure, FailureKind, TestCase, TestValue};
use move_compiler::{CompiledUnit, Dependency, Options, Tests, compile, explain};
use move_like_vm::fault::{Fault, Place};
use move_like_vm::format::{CompiledModule, Instruction, SignatureToken};
use move_like_vm::runtime::native::{Declared, Natives, NativesWith, StandardNatives};
use move_like_vm::runtime::{Arguments, Bytes, Config, Machine, MemoryState, ModuleId};
use move_like_vm::status::Status;
use serde::Serialize;

use super::vaults::{TestNatives, Vaults};
use super::{Scope, Trouble, build, read};
use crate::guard::{guarded, status_text};
use crate::naming::{self, MemberName};

/// The units that one test may spend.
pub const BUDGET: u64 = 1_000_000_000;

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// The function.
    pub test: String,
    /// Whether it ended as it says.
    pub passed: bool,
    /// The status it ended with.
    pub status: String,
    /// The units it spent.
    pub gas: u64,
    /// What is wrong, at its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// How many tests ended as they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// As they say.
    pub passed: usize,
    /// Otherwise.
    pub failed: usize,
}

/// A module of the package with its tests.
struct Suite<'a> {
    id: ModuleId,
    module: &'a CompiledModule,
    /// Everything that a test can reach.
    units: &'a BTreeMap<ModuleId, &'a CompiledUnit>,
    natives: &'a Arc<dyn Natives + Send + Sync>,
}

/// Runs the tests of the package in a folder whose names contain `filter`; `each` is told every result
/// as soon as it is there.
pub fn test(root: &Path, filter: &str, each: impl FnMut(&Tested)) -> Result<Count, Trouble> {
    test_with(root, filter, TestNatives, each)
}

/// The same with native functions beside those of the standard library.
pub fn test_with(
    root: &Path,
    filter: &str,
    natives: impl Natives + Send + Sync + 'static,
    mut each: impl FnMut(&Tested),
) -> Result<Count, Trouble> {
    let natives: Arc<dyn Natives + Send + Sync> =
        Arc::new(Declared(NativesWith(StandardNatives, natives)));
    let package = read(root, Scope::Test)?;
    // Dependencies run too, so they are compiled with what they lend to tests; their own are left out.
    let helpers = Options { tests: Tests::Helpers };
    let dependencies = compile(&package.dependencies, &package.addresses, &[], helpers)
        .map_err(Trouble::Compile)?;
    // as sources they have their inline functions and the values of their constants
    let used: Vec<_> = package.dependencies.iter().map(Dependency::Source).collect();
    let sources: Vec<_> = package.sources.iter().chain(&package.tests).cloned().collect();
    let units = compile(&sources, &package.addresses, &used, Options { tests: Tests::All })
        .map_err(Trouble::Compile)?;
    let mut state = MemoryState::default();
    let mut reached = BTreeMap::new();
    for unit in dependencies.iter().chain(&units) {
        build::verified(unit)?;
        if let Some(module) = unit.module()
            && let Some(id) = id(module)
        {
            state.put_module(id.clone(), Bytes::from(build::bytes(unit)?));
            reached.insert(id, unit);
        }
    }
    let mut count = Count::default();
    for unit in &units {
        let Some(module) = unit.module() else { continue };
        let Some(id) = id(module) else { continue };
        let suite = Suite { id, module, units: &reached, natives: &natives };
        for case in &unit.tests {
            let name = suite.name(case);
            if name.contains(filter) {
                let tested = suite.run(name, case, &state);
                let counter = if tested.passed { &mut count.passed } else { &mut count.failed };
                *counter = counter.saturating_add(1);
                each(&tested);
            }
        }
    }
    Ok(count)
}

fn id(module: &CompiledModule) -> Option<ModuleId> {
    let name = naming::module(&module.tables(), module.self_module_handle).ok()?;
    Some(ModuleId { address: name.address, name: name.name })
}

impl Suite<'_> {
    fn name(&self, case: &TestCase) -> String {
        let address = naming::short_address(&self.id.address);
        format!("{address}::{}::{}", self.id.name, case.function)
    }

    fn run(&self, test: String, case: &TestCase, state: &MemoryState) -> Tested {
        let failed = |status: &str| Tested {
            test: test.clone(),
            passed: false,
            status: status.to_owned(),
            gas: 0,
            explanation: None,
        };
        let Some(arguments) = self.arguments(case) else {
            return failed(Status::NumberOfArgumentsMismatch.name());
        };
        let run = |checked| {
            guarded(|| {
                let natives = Arc::clone(self.natives);
                let config = Config { checked, ..Config::network() };
                let mut machine = Machine::with_natives(config, natives);
                let mut vaults = Vaults::default();
                let mut session = machine.session(state, BUDGET, &mut vaults);
                let called = session.call_any(&self.id, &case.function, &arguments);
                let outcome = session.finish();
                let result = called.map(drop).and(outcome.result);
                (
                    Ended { result, module: outcome.stopped_in, placed_in: outcome.placed_in },
                    outcome.gas_used,
                    vaults.are_conserved(),
                )
            })
        };
        let (Some((ended, gas, conserved)), Some(checked)) = (run(false), run(true)) else {
            return failed(crate::guard::PANIC);
        };
        let same = checked == (ended.clone(), gas, conserved);
        let result = &ended.result;
        let passed = same && conserved && ended.is_expected(case.expected_failure.as_ref());
        let explanation = match result {
            _ if passed => None,
            _ if !same => Some(format!(
                "the fast and the checked machine differ: the checked one ends with {} and {} units",
                status_text(&checked.0.result),
                checked.1
            )),
            _ if !conserved => Some("balances and vaults are not what was put in".to_owned()),
            Ok(()) => Some("it should have failed".to_owned()),
            Err(fault) => Some(self.explained(fault, &ended)),
        };
        let status = status_text(result);
        Tested { test, passed, status, gas, explanation }
    }

    /// A fault at its line, in whatever module that is.
    fn explained(&self, fault: &Fault, ended: &Ended) -> String {
        let unit = ended.placed_in.as_ref().and_then(|id| self.units.get(id));
        let Some(unit) = unit else { return format!("it stopped with {}", fault.status) };
        let mut diagnostic = explain(fault, &unit.source_map);
        if fault.status == Status::MissingDependency
            && let Some(native) = unit.module().and_then(|module| called(module, fault))
        {
            diagnostic.message =
                format!("the native function `{native}` is not provided here ({})", fault.status);
        }
        diagnostic.to_string()
    }

    /// Signers first, as the machine wants them; the rest in BCS of the parameters' types.
    fn arguments(&self, case: &TestCase) -> Option<Arguments> {
        let tables = self.module.tables();
        let handle = self.module.function_definitions.iter().find_map(|definition| {
            let handle = tables.function_handle(definition.handle).ok()?;
            (tables.identifier(handle.name).ok()? == &case.function).then_some(handle)
        })?;
        let parameters = &tables.signature(handle.parameters).ok()?.0;
        let mut arguments = Arguments::default();
        for (type_, value) in parameters.iter().zip(&case.arguments) {
            match (without_reference(type_), value) {
                (SignatureToken::Signer, TestValue::Address(address)) => {
                    arguments.signers.push(*address);
                }
                (type_, value) => arguments.values.push(encoded(type_, value)?),
            }
        }
        (parameters.len() == case.arguments.len()).then_some(arguments)
    }
}

/// The function that the instruction calls at which a fault is.
fn called(module: &CompiledModule, fault: &Fault) -> Option<MemberName> {
    let Place::Instruction { function, instruction } = fault.place else { return None };
    let tables = module.tables();
    let code = module.function_definitions.get(function)?.code.as_ref()?;
    let handle = match code.code.get(instruction)? {
        Instruction::Call(handle) => *handle,
        Instruction::CallGeneric(instance) => tables.function_instantiation(*instance).ok()?.handle,
        _ => return None,
    };
    naming::function(&tables, handle).ok()
}

fn without_reference(type_: &SignatureToken) -> &SignatureToken {
    match type_ {
        SignatureToken::Reference(target) | SignatureToken::MutableReference(target) => target,
        other => other,
    }
}

fn encoded(type_: &SignatureToken, value: &TestValue) -> Option<Vec<u8>> {
    match value {
        TestValue::Address(address) => Some(address.to_vec()),
        TestValue::Truth(truth) => Some(vec![u8::from(*truth)]),
        TestValue::Bytes(bytes) => Some(crate::cases::arguments::byte_vector(bytes)),
        TestValue::Number(number) => {
            let width = match type_ {
                SignatureToken::U8 => 1,
                SignatureToken::U16 => 2,
                SignatureToken::U32 => 4,
                SignatureToken::U64 => 8,
                SignatureToken::U128 => 16,
                _ => 32,
            };
            let bytes: [u8; 32] = number.to_le_bytes();
            bytes.get(..width).map(<[u8]>::to_vec)
        }
    }
}

/// The end of a test, and the module in which it stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ended {
    result: Result<(), Fault>,
    module: Option<ModuleId>,
    /// The module that the place of the fault is in.
    placed_in: Option<ModuleId>,
}

impl Ended {
    /// Whether a test ended as it says.
    fn is_expected(&self, expected: Option<&ExpectedFailure>) -> bool {
        let (fault, expected) = match (&self.result, expected) {
            (Ok(()), expected) => return expected.is_none(),
            (Err(_), None) => return false,
            (Err(fault), Some(expected)) => (fault, expected),
        };
        let is_there = expected.location.as_ref().is_none_or(|(address, name)| {
            let module = self.module.as_ref();
            module.is_some_and(|module| (&module.address, &module.name) == (address, name))
        });
        let has = |status, code: Option<u64>| {
            fault.status == status && (code.is_none() || fault.code == code)
        };
        is_there
            && match &expected.kind {
                // what could not be run has not failed as it should
                FailureKind::Any => fault.status != Status::MissingDependency,
                // the older way to write it, without a place, means the code of a vector's fault too
                FailureKind::Abort(code) => {
                    has(Status::Aborted, Some(*code))
                        || (expected.location.is_none()
                            && has(Status::VectorOperationError, Some(*code)))
                }
                FailureKind::Arithmetic => has(Status::ArithmeticError, None),
                FailureKind::OutOfGas => has(Status::OutOfGas, None),
                FailureKind::Vector(code) => has(Status::VectorOperationError, *code),
                FailureKind::Status(number, code) => {
                    u64::from(fault.status.number()) == *number
                        && (code.is_none() || fault.code == *code)
                }
            }
    }
}

impl fmt::Display for Tested {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.passed { "pass" } else { "FAIL" };
        writeln!(formatter, "[{word}] {} ({}, {} units)", self.test, self.status, self.gas)?;
        match &self.explanation {
            Some(text) => writeln!(formatter, "{text}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}
