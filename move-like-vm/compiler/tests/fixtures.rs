//! Modules of our own, compiled, verified, encoded and run: what comes out does what the source says.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use move_compiler::unit_tests::{FailureKind, TestValue};
use move_compiler::{
    CompiledUnit, Dependency, Options, SourceFile, TestCase, Tests, Unit, compile, explain,
};
use move_like_vm::format::{Address, CompiledModule, SignatureToken};
use move_like_vm::runtime::{Arguments, Config, Machine, MemoryState, ModuleId};
use move_like_vm::status::Status;
use move_like_vm::{decode, encode, verify};

const FIXTURES: [&str; 9] = [
    "vector.move",
    "option.move",
    "base.move",
    "bank.move",
    "language.move",
    "inline.move",
    "framework.move",
    "shorthand.move",
    "receiver.move",
];

fn address(last: u8) -> Address {
    let mut address = [0; 32];
    address[31] = last;
    address
}

fn named() -> BTreeMap<String, Address> {
    BTreeMap::from([("std".to_owned(), address(1)), ("bank".to_owned(), address(0xb))])
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn source(name: &str) -> SourceFile {
    SourceFile::new(name, std::fs::read_to_string(folder().join(name)).expect("a fixture"))
}

fn sources() -> Vec<SourceFile> {
    FIXTURES.into_iter().map(source).collect()
}

fn compiled(tests: bool) -> Vec<CompiledUnit> {
    let tests = if tests { Tests::All } else { Tests::None };
    compile(&sources(), &named(), &[], Options { tests }).unwrap_or_else(|list| {
        panic!("{}", list.iter().map(|one| format!("{one}\n")).collect::<String>())
    })
}

fn bytes(unit: &CompiledUnit) -> Vec<u8> {
    match &unit.unit {
        Unit::Module(module) => encode::module(module).expect("a module that can be written"),
        Unit::Script(script) => encode::script(script).expect("a script that can be written"),
    }
}

fn id(module: &CompiledModule) -> ModuleId {
    let handle = module.module_handles[module.self_module_handle.get()];
    ModuleId {
        address: module.addresses[handle.address.get()],
        name: module.identifiers[handle.name.get()].clone(),
    }
}

#[test]
fn what_is_emitted_is_verified() {
    for unit in [compiled(false), compiled(true)].concat() {
        let config = verify::Config::network();
        let result = match &unit.unit {
            Unit::Module(module) => verify::module(module, &config),
            Unit::Script(script) => verify::script(script, &config),
        };
        if let Err(fault) = result {
            panic!("{}: {fault:?}\n{}", unit.name, explain(&fault, &unit.source_map));
        }
    }
}

#[test]
fn what_is_emitted_is_decoded_again() {
    for unit in compiled(true) {
        let bytes = bytes(&unit);
        match &unit.unit {
            Unit::Module(module) => assert_eq!(decode::module(&bytes).as_ref(), Ok(&**module)),
            Unit::Script(script) => assert_eq!(decode::script(&bytes).as_ref(), Ok(&**script)),
        }
    }
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    let once: Vec<Vec<u8>> = compiled(true).iter().map(bytes).collect();
    let again: Vec<Vec<u8>> = compiled(true).iter().map(bytes).collect();
    assert_eq!(once, again);
}

#[test]
fn modules_come_before_those_that_use_them() {
    let names: Vec<String> = compiled(false).iter().map(|unit| unit.name.clone()).collect();
    let at = |name: &str| names.iter().position(|one| one == name).expect("a unit");
    assert!(at("vector") < at("option") && at("option") < at("string"));
    assert!(at("claims") < at("desk") && at("claims") < at("pay_twice"));
}

#[test]
fn a_compiled_dependency_serves_like_its_source() {
    let all = compiled(false);
    let from_sources: BTreeMap<&str, Vec<u8>> =
        all.iter().map(|unit| (unit.name.as_str(), bytes(unit))).collect();
    let modules: Vec<&CompiledModule> =
        all.iter().filter(|unit| unit.name != "desk").filter_map(CompiledUnit::module).collect();
    for (name, used) in [("option.move", vec!["vector"]), ("bank.move", vec!["signer", "vector"])] {
        let dependencies: Vec<Dependency<'_>> = modules
            .iter()
            .filter(|module| used.contains(&id(module).name.as_str()))
            .map(|module| Dependency::Compiled(module))
            .collect();
        let units = compile(&[source(name)], &named(), &dependencies, Options::default())
            .unwrap_or_else(|list| panic!("{}", list[0]));
        for unit in units {
            assert_eq!(Some(&bytes(&unit)), from_sources.get(unit.name.as_str()), "{}", unit.name);
        }
    }
    let (vector, option) = (source("vector.move"), source("option.move"));
    let dependencies = [Dependency::Source(&vector), Dependency::Source(&option)];
    let units = compile(&[source("base.move")], &named(), &dependencies, Options::default());
    assert_eq!(units.map(|units| units.len()), Ok(5));
}

#[test]
fn every_instruction_has_a_place_in_the_source() {
    for unit in compiled(true) {
        let map = &unit.source_map;
        let codes: Vec<usize> = match &unit.unit {
            Unit::Module(module) => module
                .function_definitions
                .iter()
                .map(|function| function.code.as_ref().map_or(0, |code| code.code.len()))
                .collect(),
            Unit::Script(script) => vec![script.code.code.len()],
        };
        assert_eq!(codes.len(), map.functions.len());
        for (length, function) in codes.into_iter().zip(&map.functions) {
            assert_eq!(length, function.instructions.len(), "{}", function.name);
            for location in &function.instructions {
                assert!(map.lines.contains_key(&(location.file, location.line)));
            }
        }
    }
}

/// Every `#[test]` of the fixtures ends as it says, in the fast mode and in the one that checks every
/// operand.
#[test]
fn the_tests_in_the_fixtures_pass() {
    let units = compiled(true);
    let mut state = MemoryState::default();
    for unit in &units {
        if let Some(module) = unit.module() {
            state.put_module(id(module), bytes(unit).into());
        }
    }
    let mut count = 0;
    let mut failures = String::new();
    for checked in [false, true] {
        for (unit, test) in units.iter().flat_map(|unit| unit.tests.iter().map(move |t| (unit, t)))
        {
            if let Err(why) = run(&state, unit, test, checked) {
                failures +=
                    &format!("checked {checked}: {}::{}: {why}\n", unit.name, test.function);
            }
            count += 1;
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert_eq!(count, 2 * 50);
}

fn run(
    state: &MemoryState,
    unit: &CompiledUnit,
    test: &TestCase,
    checked: bool,
) -> Result<(), String> {
    let module = unit.module().expect("tests are in modules");
    let mut machine = Machine::new(Config { checked, ..Config::network() });
    let extension: &mut dyn Any = &mut ();
    let mut session = machine.session(state, 1_000_000_000, extension);
    let result = session.call_any(&id(module), &test.function, &arguments(module, test));
    match (&test.expected_failure, result) {
        (None, Ok(_)) => Ok(()),
        (None, Err(fault)) => Err(format!("{fault:?}\n{}", explain(&fault, &unit.source_map))),
        (Some(expected), Err(fault)) => {
            let wanted = match &expected.kind {
                FailureKind::Any => (fault.status, fault.code),
                FailureKind::Abort(code) => (Status::Aborted, Some(*code)),
                FailureKind::Arithmetic => (Status::ArithmeticError, fault.code),
                FailureKind::OutOfGas => (Status::OutOfGas, None),
                FailureKind::Vector(_) => (Status::VectorOperationError, fault.code),
                FailureKind::Status(_, _) => return Err("no fixture asks for this".to_owned()),
            };
            let found = (fault.status, fault.code);
            if found == wanted { Ok(()) } else { Err(format!("{found:?}, not {wanted:?}")) }
        }
        (Some(expected), Ok(_)) => Err(format!("it returned, not {expected:?}")),
    }
}

fn arguments(module: &CompiledModule, test: &TestCase) -> Arguments {
    let definition = module
        .function_definitions
        .iter()
        .map(|definition| &module.function_handles[definition.handle.get()])
        .find(|handle| module.identifiers[handle.name.get()] == test.function)
        .expect("the test is a function");
    let parameters = &module.signatures[definition.parameters.get()].0;
    let mut arguments = Arguments::default();
    for (parameter, value) in parameters.iter().zip(&test.arguments) {
        match (parameter, value) {
            (SignatureToken::Signer, TestValue::Address(address)) => {
                arguments.signers.push(*address);
            }
            (_, TestValue::Address(address)) => arguments.values.push(address.to_vec()),
            _ => panic!("no fixture passes this"),
        }
    }
    arguments
}

/// Another library of the Move family reads every binary and writes the same bytes again.
#[test]
fn an_outside_decoder_gives_the_same_bytes() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/roundtrip.mjs");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut files = Vec::new();
    for (index, unit) in
        compiled(true).iter().enumerate().filter(|(_, unit)| unit.module().is_some())
    {
        let file = folder.join(format!("fixture-{index}.mv"));
        std::fs::write(&file, bytes(unit)).expect("a file");
        files.push(file);
    }
    let output = match Command::new("node").arg(script).args(&files).output() {
        Ok(output) => output,
        Err(error) => return println!("skipped: node does not start: {error}"),
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() == Some(3) {
        return println!("skipped: {text}");
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}{errors}");
    assert_eq!(text.trim(), format!("{} files are the same", files.len()));
}
