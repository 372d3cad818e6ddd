//! The contracts of the network: they build, pass their tests, and make money in one place only.

mod legs;

use std::path::{Path, PathBuf};

use move_compiler::{CompiledUnit, Dependency, Options, SourceFile, compile};
use move_like_vm::status::Status;
use move_like_vm::verify;
use move_tools::conservation::{self, Act, Site, Watched};
use move_tools::naming::MemberName;
use move_tools::package::test::Tested;
use move_tools::package::{self, Package, Scope, build};

/// The folder of the package.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts")
}

fn read(scope: Scope) -> Package {
    package::read(&folder(), scope).unwrap_or_else(|trouble| panic!("{trouble}"))
}

/// The modules of the package, compiled and verified.
fn units(package: &Package) -> Vec<CompiledUnit> {
    build::units(package).unwrap_or_else(|trouble| panic!("{trouble}"))
}

/// What the package depends on, compiled.
fn dependencies(package: &Package) -> Vec<CompiledUnit> {
    let none: [Dependency<'_>; 0] = [];
    compile(&package.dependencies, &package.addresses, &none, Options::default())
        .unwrap_or_else(|found| panic!("{found:?}"))
}

#[test]
fn every_test_of_the_package_passes() {
    let package = read(Scope::Test);
    let texts = package.sources.iter().chain(&package.tests).map(|file| file.text.as_str());
    let written: usize =
        texts.map(|text| text.matches("#[test]").count() + text.matches("#[test(").count()).sum();
    assert!(written > 115, "{written}");
    let mut failed: Vec<Tested> = Vec::new();
    let count = package::test::test(&folder(), "", |tested| {
        if !tested.passed {
            failed.push(tested.clone());
        }
    });
    let count = count.unwrap_or_else(|trouble| panic!("{trouble}"));
    let shown: String = failed.iter().map(Tested::to_string).collect();
    assert_eq!((count.passed, count.failed), (written, 0), "\n{shown}");
}

#[test]
fn the_same_sources_give_the_same_modules() {
    let package = read(Scope::Build);
    assert!(package.tests.is_empty());
    let units = units(&package);
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    for name in [
        "claim",
        "ledger",
        "escrow",
        "attested",
        "dvp",
        "pvp",
        "standing_order",
        "treasury",
        "netting",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert_eq!(units, self::units(&read(Scope::Build)));
}

/// The report over the package and all it depends on, about one struct.
fn watched(name: &str) -> Watched {
    let package = read(Scope::Build);
    let all = [dependencies(&package), units(&package)].concat();
    let modules: Vec<_> = all.iter().filter_map(CompiledUnit::module).cloned().collect();
    let asked = [MemberName::parse(name).expect("a name")];
    let mut report =
        conservation::report(&modules, &asked, &|_, _, _| None).expect("verified modules");
    assert!(report.unknown.is_empty(), "{report}");
    report.structs.pop().expect("one struct")
}

fn functions(sites: &[Site]) -> Vec<&str> {
    sites.iter().map(|site| site.function.as_str()).collect()
}

#[test]
fn claims_are_made_and_ended_in_florin_claim_only() {
    let claim = watched("0x2::claim::Claim");
    assert_eq!(claim.abilities, ["store"]);
    assert_eq!(functions(&claim.made), ["0x2::claim::withdraw", "0x2::claim::split"]);
    let ended = ["0x2::claim::deposit", "0x2::claim::join", "0x2::claim::destroy_empty"];
    assert_eq!(functions(&claim.ended), ended);
}

#[test]
fn claims_meet_storage_in_the_contracts_that_keep_them() {
    let claim = watched("0x2::claim::Claim");
    let keepers = ["attested", "dvp", "escrow", "netting", "standing_order", "table", "treasury"];
    let mut found: Vec<&str> = functions(&claim.stored)
        .into_iter()
        .filter_map(|function| function.split("::").nth(1))
        .collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, keepers);
    // A book is opened once and stays: no contract carries one away. What is in a table can be taken out.
    let mut away = claim.stored.iter().filter(|site| site.act == Act::MoveFrom);
    assert!(away.all(|site| site.function == "0x2::table::remove"));
}

#[test]
fn open_legs_have_no_abilities_and_end_where_they_are_paid() {
    for (name, made, ended) in [
        ("0x2::pvp::Agreed", "0x2::pvp::agree", "0x2::pvp::pay_one"),
        ("0x2::pvp::HalfPaid", "0x2::pvp::pay_one", "0x2::pvp::pay_other"),
        ("0x2::dvp::Owed", "0x2::dvp::take", "0x2::dvp::pay"),
    ] {
        let leg = watched(name);
        assert!(leg.abilities.is_empty() && leg.stored.is_empty(), "{name}");
        assert_eq!(
            (functions(&leg.made), functions(&leg.ended)),
            (vec![made], vec![ended]),
            "{name}"
        );
    }
}

/// Compiles a module beside the contracts, and says what the verifier thinks of it.
fn judged(text: String) -> Result<(), Status> {
    let package = read(Scope::Build);
    let known: Vec<_> =
        package.dependencies.iter().chain(&package.sources).map(Dependency::Source).collect();
    let source = SourceFile::new("judged", text);
    let units = compile(&[source], &package.addresses, &known, Options::default());
    let units = units.unwrap_or_else(|found| panic!("{found:?}"));
    let judge = |module| verify::module(module, &verify::Config::network());
    units.iter().filter_map(CompiledUnit::module).try_for_each(judge).map_err(|fault| fault.status)
}

#[test]
fn what_a_table_lends_is_not_taken_out_meanwhile() {
    let run = |body: &str| {
        judged(format!(
            "module 0x9::lent {{ use florin::table::{{Self, Table}};\n\
             public fun run(one: &mut Table<u64, u64>, other: &mut Table<u64, u64>) {{\n{body}\n}} }}"
        ))
    };
    let lent = "let value = table::borrow_mut(one, 1);";
    let (called, frozen) =
        (Status::CallBorrowedMutableReferenceError, Status::FreezerefExistsMutableBorrowError);
    for (body, status) in [
        ("table::remove(one, 1); *value = 2;", called),
        ("table::add(one, 2, 2); *value = 2;", called),
        ("let again = table::borrow(one, 1); *value = *again;", frozen),
    ] {
        assert_eq!(run(&format!("{lent} {body}")), Err(status), "{body}");
    }
    for body in [
        format!("{lent} *value = 2; table::remove(one, 1);"),
        format!("{lent} table::remove(other, 1); *value = 2;"),
    ] {
        assert_eq!(run(&body), Ok(()), "{body}");
    }
}
