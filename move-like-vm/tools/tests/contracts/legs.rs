//! A leg left open is refused, whatever a program tries: by the compiler where it is source, and by the
//! verifier or the linker where it is a binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use move_assembler::{Unit, assemble_unit};
use move_compiler::{CompiledUnit, Options, SourceFile, compile};
use move_like_vm::encode;
use move_like_vm::fault::Fault;
use move_like_vm::format::Address;
use move_like_vm::runtime::native::{NativesWith, StandardNatives};
use move_like_vm::runtime::{Arguments, Config, Machine, MemoryState, ModuleId};
use move_like_vm::verify;
use move_tools::guard::status_text;
use move_tools::naming;
use move_tools::package::Scope;
use move_tools::package::vaults::{TestNatives, Vaults};

/// The files of one kind, with what the first line says of them.
fn files(extension: &str) -> Vec<(PathBuf, String, String)> {
    let entries = fs::read_dir(super::folder().join("legs")).expect("a folder");
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|found| found == extension) {
            let text = fs::read_to_string(&path).expect("text");
            let first = text.lines().next().and_then(|line| line.strip_prefix("// "));
            let verdict = first.expect("a verdict").to_owned();
            files.push((path, verdict, text));
        }
    }
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

#[test]
fn the_compiler_refuses_sources_that_leave_a_leg_open() {
    let package = super::read(Scope::Build);
    let mut all = package.dependencies.clone();
    all.extend(package.sources.iter().cloned());
    let known: Vec<_> = all.iter().map(move_compiler::Dependency::Source).collect();
    let files = files("move");
    assert_eq!(files.len(), 3);
    for (path, verdict, text) in files {
        let source = SourceFile::new(name(&path), text);
        let found = compile(&[source], &package.addresses, &known, Options::default())
            .expect_err("a leg is open");
        let codes: Vec<_> = found.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes, [verdict.as_str()], "{}: {found:?}", path.display());
        assert_eq!(found[0].file, name(&path));
    }
}

/// A state in which the contracts and all they depend on are published.
fn published() -> MemoryState {
    let package = super::read(Scope::Build);
    let units = [super::dependencies(&package), super::units(&package)].concat();
    let mut state = MemoryState::default();
    for module in units.iter().filter_map(CompiledUnit::module) {
        let id = naming::module(&module.tables(), module.self_module_handle).expect("a name");
        let bytes = encode::module(module).expect("a module that can be written");
        state.put_module(ModuleId { address: id.address, name: id.name }, bytes.into());
    }
    state
}

const fn account(last: u8) -> Address {
    let mut address = [0; 32];
    address[31] = last;
    address
}

/// Runs a script that two accounts sign, and gives what became of the money.
fn run(state: &MemoryState, bytes: Vec<u8>) -> (Result<(), Fault>, Vaults) {
    let mut vaults = Vaults::default();
    vaults.set_balance(account(0xa), b"EUR".to_vec(), 100).expect("little money");
    vaults.set_balance(account(0xb), b"USD".to_vec(), 110).expect("little money");
    let natives = Arc::new(NativesWith(StandardNatives, TestNatives));
    let mut machine = Machine::with_natives(Config::network(), natives);
    let mut session = machine.session(state, 1_000_000, &mut vaults);
    let signers = vec![account(0xa), account(0xb)];
    let arguments = Arguments { signers, ..Arguments::default() };
    let result = session.run_script(&bytes.into(), &arguments);
    (result, vaults)
}

#[test]
fn the_verifier_refuses_binaries_that_leave_a_leg_open() {
    let state = published();
    let files = files("mvasm");
    assert_eq!(files.len(), 9);
    for (path, verdict, text) in files {
        let unit =
            assemble_unit(&text).unwrap_or_else(|found| panic!("{}: {found:?}", path.display()));
        let result = match unit {
            Unit::Module(module) => verify::module(&module, &verify::Config::network()),
            Unit::Script(script) => {
                let bytes = encode::script(&script).expect("a script that can be written");
                let (result, vaults) = run(&state, bytes);
                let moved = vaults.balance(account(0xb), b"EUR") == 100
                    && vaults.balance(account(0xa), b"USD") == 110;
                assert_eq!(moved, result.is_ok(), "{}", path.display());
                assert!(vaults.are_conserved());
                result
            }
        };
        assert_eq!(status_text(&result), verdict, "{}", path.display());
    }
}
