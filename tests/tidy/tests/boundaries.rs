//! A boundary is a missing dependency: these tests ask cargo who reaches whom.

use std::collections::BTreeSet;

use tidy::dependency::{edges, features, named, reaches};
use tidy::{checkout, manifest};

/// Every allowed edge between crates of the workspace: from, to.
///
/// A new edge changes what a crate may know. It needs a decision record in `docs/adr` (see
/// `docs/adr/0000-template.md`) with its downside, and then a row here.
const EDGES: &[(&str, &str)] = &[
    ("consensus", "ledger-core"),
    ("florin-client", "iso20022"),
    ("florin-client", "ledger-core"),
    ("florin-client", "verifier"),
    ("florin-sim", "consensus"),
    ("florin-sim", "ledger-core"),
    ("interbank", "ledger-core"),
    ("interbank", "verifier"),
    ("kyc-gateway", "ledger-core"),
    ("ledger-core", "move-like-vm"),
    ("ledger-netting", "ledger-core"),
    ("ledger-store", "ledger-core"),
    ("mint-redeem", "ledger-core"),
    ("move-assembler", "move-like-vm"),
    ("move-compiler", "move-like-vm"),
    ("move-tools", "move-assembler"),
    ("move-tools", "move-compiler"),
    ("move-tools", "move-like-vm"),
    ("node", "consensus"),
    ("node", "florin-client"),
    ("node", "iso20022"),
    ("node", "kyc-gateway"),
    ("node", "ledger-core"),
    ("node", "ledger-netting"),
    ("node", "ledger-store"),
    ("node", "mint-redeem"),
    ("node", "move-like-vm"),
    ("node", "move-tools"),
    ("node", "settlement-api"),
    ("node", "verifier"),
    ("settlement-api", "florin-client"),
    ("settlement-api", "interbank"),
    ("settlement-api", "iso20022"),
    ("settlement-api", "kyc-gateway"),
    ("settlement-api", "ledger-core"),
    ("settlement-api", "mint-redeem"),
    ("settlement-api", "verifier"),
    ("verifier", "ledger-core"),
];

/// Edges that only tests use.
const TEST_EDGES: &[(&str, &str)] = &[
    ("florin-client", "ledger-core"),
    ("florin-client", "verifier"),
    ("interbank", "verifier"),
    ("ledger-core", "move-compiler"),
    ("ledger-netting", "ledger-core"),
    ("ledger-store", "ledger-core"),
    ("node", "ledger-core"),
    ("node", "verifier"),
    ("settlement-api", "ledger-core"),
    ("settlement-api", "verifier"),
    ("verifier", "ledger-core"),
];

const ENGINE: &[&str] = &["commonware*", "blst"];
const STORAGE: &[&str] = &["rocksdb", "librocksdb-sys"];
const WEB: &[&str] =
    &["actix*", "axum*", "h2", "http", "http-*", "hyper*", "reqwest", "serde_json"];

fn assert_reaches_none(package: &str, banned: &[&str]) {
    let reached = reaches(package);
    let found = named(&reached, banned);
    assert!(found.is_empty(), "{package} depends on {found:?}: `cargo tree -p {package} -i NAME`");
}

/// The names of all crates of the workspace.
fn packages() -> Vec<String> {
    let workspace = checkout::text("Cargo.toml").expect("the workspace manifest");
    let names = manifest::members(&workspace).into_iter().map(|member| {
        let text = checkout::text(&format!("{member}/Cargo.toml")).expect("a member's manifest");
        manifest::value(&text, "package", "name").expect("a name")
    });
    names.collect()
}

fn assert_only_reach(allowed: &[&str], banned: &[&str]) {
    for package in packages().iter().filter(|p| !allowed.contains(&p.as_str())) {
        assert_reaches_none(package, banned);
    }
}

fn assert_edges(kind: &str, allowed: &[(&str, &str)]) {
    let allowed: BTreeSet<_> =
        allowed.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let actual = edges(kind);
    let new: Vec<_> = actual.difference(&allowed).collect();
    let gone: Vec<_> = allowed.difference(&actual).collect();
    assert!(
        new.is_empty(),
        "new {kind} edges {new:?}: a new edge between workspace crates needs an ADR in docs/adr, \
         then a row in tests/tidy/tests/boundaries.rs"
    );
    assert!(gone.is_empty(), "{kind} edges {gone:?} no longer exist: delete their rows");
}

#[test]
fn ledger_core_reaches_no_clock_no_network_no_storage_no_randomness() {
    let edge = ["tokio", "rand", "rust_decimal", "reqwest", "actix*"];
    assert_reaches_none("ledger-core", &[&edge, ENGINE, STORAGE].concat());
}

#[test]
fn the_netting_solver_reaches_no_clock_no_network_no_storage_no_randomness() {
    let edge = ["tokio", "rand", "rust_decimal", "reqwest", "actix*"];
    assert_reaches_none("ledger-netting", &[&edge, ENGINE, STORAGE].concat());
}

#[test]
fn cases_reach_no_clock_no_network_no_storage_no_randomness() {
    let edge = ["tokio", "rand", "rust_decimal", "reqwest", "actix*"];
    assert_reaches_none("interbank", &[&edge, ENGINE, STORAGE].concat());
}

#[test]
fn the_vm_does_not_know_the_bank() {
    let ours: Vec<_> = packages().into_iter().filter(|name| name != "move-like-vm").collect();
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    assert_reaches_none("move-like-vm", &ours);
}

#[test]
fn the_verifier_is_small_enough_to_embed() {
    assert_reaches_none("verifier", &[&["tokio"], ENGINE, STORAGE].concat());
}

#[test]
fn the_client_is_small_enough_to_embed() {
    assert_reaches_none("florin-client", &[&["actix*", "rust_decimal"], ENGINE, STORAGE].concat());
}

#[test]
fn only_consensus_node_and_the_simulation_reach_the_engine() {
    assert_only_reach(&["consensus", "florin-sim", "node"], &["commonware*"]);
}

#[test]
fn no_build_of_everything_has_planted_bugs_or_a_simulated_world() {
    for package in ["consensus", "florin-sim", "ledger-core", "node"] {
        let features = features(package);
        let forbidden: Vec<_> = ["planted", "simulation"]
            .into_iter()
            .filter(|feature| features.contains(*feature))
            .collect();
        assert!(forbidden.is_empty(), "{package} is built with {forbidden:?} (ADR 0034)");
    }
    assert!(features("ledger-core").contains("testing"), "features of tests are seen");
}

#[test]
fn only_consensus_names_the_engine_in_its_manifest() {
    for file in checkout::files(&["toml"]) {
        let is_manifest = file.path.ends_with("/Cargo.toml");
        if is_manifest && file.path != "consensus/Cargo.toml" {
            let found = file.text.lines().find(|line| line.trim_start().starts_with("commonware"));
            assert_eq!(found, None, "{}: the engine belongs to `consensus`", file.path);
        }
    }
}

#[test]
fn only_the_store_and_node_reach_rocksdb() {
    assert_only_reach(&["ledger-store", "node"], STORAGE);
}

#[test]
fn the_gate_and_the_treasury_speak_neither_http_nor_json() {
    for package in ["kyc-gateway", "mint-redeem"] {
        assert_reaches_none(package, WEB);
    }
}

#[test]
fn the_edges_between_our_crates_are_the_decided_ones() {
    assert_edges("normal", EDGES);
    assert_edges("dev", TEST_EDGES);
    assert_edges("build", &[]);
}
