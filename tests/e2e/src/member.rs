//! Commands of a member's engineer against a network, by a profile that the demo wrote.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::Value;

use crate::{florin, network::Network};

/// Who is paid, as `florin pay` is told it: a customer of the demo's bank B.
pub const PAYEE: [&str; 6] = [
    "--to",
    "Henrike Vossbrink",
    "--to-account",
    "DE39999999990012345678",
    "--to-bank",
    "QNFJDEF1",
];

/// An engineer with a profile.
pub struct Member<'a> {
    network: &'a Network,
    /// The file of the profile.
    pub profile: PathBuf,
}

impl<'a> Member<'a> {
    /// Who has the demo's profile of this name.
    #[must_use]
    pub fn new(network: &'a Network, name: &str) -> Self {
        Self { network, profile: network.path().join("profiles").join(format!("{name}.toml")) }
    }

    /// Who has a profile of its own.
    #[must_use]
    pub const fn with(network: &'a Network, profile: PathBuf) -> Self {
        Self { network, profile }
    }

    /// The value of a key in the profile.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn value(&self, key: &str) -> String {
        let text = fs::read_to_string(&self.profile)
            .unwrap_or_else(|error| panic!("{}: {error}", self.profile.display()));
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
        line.unwrap_or_else(|| panic!("no {key} in {text}")).trim_end_matches('"').to_owned()
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = florin();
        command.args(args).env("FLORIN_PROFILE", &self.profile);
        command.output().unwrap_or_else(|error| panic!("{args:?}: {error}"))
    }

    /// The JSON that a command prints.
    ///
    /// # Panics
    /// When it fails, or prints something else.
    #[must_use]
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&output)))
    }

    /// What a command prints.
    ///
    /// # Panics
    /// When it fails.
    pub fn text(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The exit code and the words of a command that fails.
    ///
    /// # Panics
    /// When it does not fail.
    #[must_use]
    pub fn fails(&self, args: &[&str]) -> (i32, String) {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?}: {}", said(&output));
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// A path in the network's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.network.path().join(name).display().to_string()
    }
}

/// All that a command printed.
#[must_use]
pub fn said(output: &Output) -> String {
    let bytes = [output.stdout.clone(), output.stderr.clone()].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Runs the conformance kit for bank A with bank B as its peer: exit code and report.
///
/// # Panics
/// When it prints no report.
#[must_use]
pub fn conformance(network: &Network, against: &str, more: &[&str]) -> (i32, Value) {
    let profile = |name: &str| network.path().join(format!("profiles/{name}.toml"));
    let output = florin()
        .args(["conformance", "--json", "--against", against])
        .args(more)
        .args([Path::new("--profile"), &profile("bank-a")])
        .args([Path::new("--second"), &profile("bank-a-compliance")])
        .args([Path::new("--peer"), &profile("bank-b")])
        .args([Path::new("--peer-second"), &profile("bank-b-compliance")])
        .output()
        .unwrap_or_else(|error| panic!("conformance: {error}"));
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    (output.status.code().unwrap_or(-1), report)
}
