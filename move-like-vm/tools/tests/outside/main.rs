//! Packages of others, which are not here: `FLORIN_MOVE_PACKAGES` names the folder that holds them.
//!
//! Each folder in it with a `Move.toml` is one. They compile as they are, verify under what our network
//! asks, and come out of the assembler and the encoder as they went in; their tests run, and what fails
//! for any other reason than a native function that only their own network has is listed. Changed at
//! random, no source makes the compiler panic, and what it takes is refused by the verifier for what only
//! the verifier judges.
#![expect(clippy::print_stdout, reason = "a run says what it counted and what it skipped")]

mod natives;

use std::collections::BTreeMap;
use std::path::PathBuf;

use move_assembler::{assemble, disassemble};
use move_compiler::{Dependency, Options, SourceFile, Tests, compile};
use move_like_vm::runtime::native::NativesWith;
use move_like_vm::status::Status;
use move_like_vm::verify::{self, Config};
use move_like_vm::{decode, encode};
use move_tools::package::vaults::TestNatives;
use move_tools::package::{self, Scope, build, test};

/// Failures of tests that are explained: the reference changed its mind between the versions of its tests.
const EXPLAINED: [(&str, &str); 1] = [
    // deeper values than 128 stop where they are made, not first where they are written in BCS
    ("::bcs_tests::encode_129", "VM_MAX_VALUE_DEPTH_REACHED"),
];
/// How many changed sources are compiled of each package.
const CHANGED: usize = 200;

fn packages() -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the data is")]
    let told = std::env::var_os("FLORIN_MOVE_PACKAGES").map(PathBuf::from);
    let Some(folder) = told else {
        println!("skipped: no data");
        return Vec::new();
    };
    let entries = std::fs::read_dir(&folder).expect("a folder");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("Move.toml").is_file())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no package in {}", folder.display());
    found
}

#[test]
fn packages_of_others_compile_and_verify() {
    for root in packages() {
        // with the addresses that its tests give: a package may leave its own open
        let package = package::read(&root, Scope::Test).unwrap_or_else(|why| panic!("{why}"));
        let units = build::units(&package).unwrap_or_else(|why| panic!("{why}"));
        for module in units.iter().filter_map(|unit| unit.module()) {
            verify::module(module, &Config::reference()).expect("verified under fewer rules too");
            let bytes = encode::module(module).expect("bytes");
            assert_eq!(decode::module(&bytes).as_ref(), Ok(module));
            assert_eq!(assemble(&disassemble(module)).as_ref(), Ok(module));
        }
        println!("{}: {} modules and scripts", package.name, units.len());
    }
}

#[test]
fn tests_of_others_end_as_they_say() {
    let mut wrong = Vec::new();
    for root in packages() {
        let mut missing: BTreeMap<String, usize> = BTreeMap::new();
        let natives = NativesWith(TestNatives, natives::Neighbours);
        let count = test::test_with(&root, "", natives, |one| {
            let explained = EXPLAINED
                .iter()
                .any(|(name, status)| one.test.ends_with(name) && one.status == *status);
            if one.status == Status::MissingDependency.name() {
                let why = one.explanation.clone().unwrap_or_default();
                let native = why.split('`').nth(1).unwrap_or_default().to_owned();
                *missing.entry(native).or_default() += 1;
            } else if !one.passed && !explained {
                wrong.push(one.to_string());
            }
        });
        let count = count.unwrap_or_else(|trouble| panic!("{trouble}"));
        println!("{}: {count}; not provided: {missing:?}", root.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound.max(1)
    }

    /// A text in which a word or sign is left out, doubled, or taken from elsewhere.
    fn changed(&mut self, file: &SourceFile) -> SourceFile {
        let mut words: Vec<&str> =
            file.text.split_inclusive([' ', '(', ')', ';', '.', '<']).collect();
        let (at, other) = (self.below(words.len()), self.below(words.len()));
        match self.below(4) {
            0 => drop(words.remove(at)),
            1 => words.insert(at, words[at]),
            2 => words[at] = words[other],
            _ => words.swap(at, other),
        }
        SourceFile::new(file.name.clone(), words.concat())
    }
}

#[test]
fn changed_sources_of_others_are_compiled_or_refused() {
    for root in packages() {
        let package = package::read(&root, Scope::Test).unwrap_or_else(|why| panic!("{why}"));
        let sources: Vec<SourceFile> =
            package.sources.iter().chain(&package.tests).cloned().collect();
        let used: Vec<Dependency<'_>> =
            package.dependencies.iter().map(Dependency::Source).collect();
        let mut chance = Chance(5);
        let mut taken = 0_usize;
        for _ in 0..CHANGED {
            let mut sources = sources.clone();
            let file = chance.below(sources.len());
            sources[file] = chance.changed(&sources[file]);
            let options = Options { tests: Tests::All };
            let Ok(units) = compile(&sources, &package.addresses, &used, options) else { continue };
            taken += 1;
            for module in units.iter().filter_map(|unit| unit.module()) {
                let Err(fault) = verify::module(module, &Config::network()) else { continue };
                let name = fault.status.name();
                let is_its = ["REF", "BORROW", "UNSAFE", "UNAVAILABLE", "LOOP", "ACQUIRES"];
                assert!(
                    is_its.iter().any(|part| name.contains(part)),
                    "{}: {name}",
                    sources[file].text
                );
            }
        }
        println!("{}: {taken} of {CHANGED} changed sources compile", package.name);
    }
}
