//! Who depends on whom, as cargo itself resolves it.
//!
//! Calls `cargo tree --offline --locked`: nothing is fetched, built or written. Each crate is
//! resolved alone, as somebody who embeds it would get it.

use std::collections::BTreeSet;
use std::process::Command;

use crate::checkout;

/// A direct dependency between two crates of the workspace: `(from, to)`.
pub type Edge = (String, String);

/// Names of everything `package` reaches through normal dependencies, itself left out.
pub fn reaches(package: &str) -> BTreeSet<String> {
    let output = tree(&["-p", package, "-e", "normal", "--prefix", "none"]);
    names(&output).into_iter().filter(|name| name != package).collect()
}

/// The direct edges of one kind (`normal`, `dev` or `build`) between crates of the workspace.
pub fn edges(kind: &str) -> BTreeSet<Edge> {
    let scope = ["--workspace", "--all-features", "--no-dedupe"];
    let shape = ["-e", kind, "--depth", "1", "--prefix", "depth"];
    let output = tree(&[scope.as_slice(), shape.as_slice()].concat());
    workspace_edges(&output, &checkout::root().to_string_lossy())
}

/// Features that a build of everything switches on in a crate of the workspace, tests included.
pub fn features(package: &str) -> BTreeSet<String> {
    let output = tree(&["--workspace", "--prefix", "none", "-f", "{p}|{f}"]);
    let of = |line: &str| {
        let (crate_, features) = line.trim_end_matches(" (*)").split_once('|')?;
        (crate_.split_whitespace().next() == Some(package)).then(|| features.to_owned())
    };
    let lists: Vec<String> = output.lines().filter_map(of).collect();
    assert!(!lists.is_empty(), "{package} is not in the workspace");
    let features = lists.iter().flat_map(|list| list.split(','));
    features.filter(|feature| !feature.is_empty()).map(str::to_owned).collect()
}

/// Those of `reached` that a pattern names; a pattern ending in `*` names a family.
pub fn named<'a>(reached: &'a BTreeSet<String>, patterns: &[&str]) -> Vec<&'a str> {
    let matches = |name: &str| {
        patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(family) => name.starts_with(family),
            None => name == *pattern,
        })
    };
    reached.iter().map(String::as_str).filter(|name| matches(name)).collect()
}

fn tree(flags: &[&str]) -> String {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let mut command = Command::new(cargo);
    command.args(["tree", "--offline", "--locked"]).args(flags).current_dir(checkout::root());
    let output = command.output().unwrap_or_else(|e| panic!("{cargo} does not start: {e}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree {}: {errors}", flags.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn names(output: &str) -> BTreeSet<String> {
    output.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Reads lines like `0node v0.1.0 (/root/node)` and `1verifier v0.1.0 (/root/verifier)`.
fn workspace_edges(output: &str, root: &str) -> BTreeSet<Edge> {
    let mut from = String::new();
    let mut edges = BTreeSet::new();
    for line in output.lines() {
        let Some(depth) = line.chars().next() else { continue };
        let name = line[1..].split_whitespace().next().unwrap_or_default().to_owned();
        match depth {
            '0' => from = name,
            '1' if line.contains(&format!("({root}/")) => {
                edges.insert((from.clone(), name));
            }
            _ => {}
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_edges_inside_the_workspace_count() {
        let output = "0a v0.1.0 (/w/a)\n1serde v1.0.0\n1b v0.1.0 (/w/b)\n\n0b v0.1.0 (/w/b)\n";
        let expected = BTreeSet::from([("a".to_owned(), "b".to_owned())]);
        assert_eq!(workspace_edges(output, "/w"), expected);
    }

    #[test]
    fn a_pattern_names_one_crate_or_a_family() {
        let reached = names("rand_core v1\nactix-web v4 (*)\nrand v0\n");
        assert_eq!(named(&reached, &["rand", "actix*"]), ["actix-web", "rand"]);
    }
}
