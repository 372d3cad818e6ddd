//! What every crate takes from the workspace.

use tidy::checkout;
use tidy::manifest::{inherits_lints, members, value};

fn workspace_members() -> Vec<String> {
    let members = members(&checkout::text("Cargo.toml").expect("the workspace manifest"));
    assert!(!members.is_empty(), "no members found: the reader is broken");
    members
}

#[test]
fn every_crate_takes_its_lints_from_the_workspace() {
    for member in workspace_members() {
        let path = format!("{member}/Cargo.toml");
        let manifest = checkout::text(&path).unwrap_or_else(|| panic!("{path} exists"));
        assert!(inherits_lints(&manifest), "{path}: [lints] workspace = true");
    }
}

#[test]
fn every_crate_of_the_checkout_is_a_member() {
    let members = workspace_members();
    for file in checkout::files(&["toml"]) {
        if let Some(folder) = file.path.strip_suffix("/Cargo.toml") {
            assert!(members.iter().any(|member| member == folder), "{folder} is not a member");
        }
    }
}

#[test]
fn the_workspace_forbids_what_the_compiler_cannot_check() {
    let manifest = checkout::text("Cargo.toml").expect("the workspace manifest");
    let level = value(&manifest, "workspace.lints.rust", "unsafe_code");
    assert_eq!(level.as_deref(), Some("forbid"));
}
