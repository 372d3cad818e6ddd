//! The network of deploy/compose.yaml, in containers: it comes up, lives on without one validator, and
//! takes it back.
//!
//! Where no Docker engine runs, or its base image cannot be had, the test says `skipped` and why.
//! Prometheus and Grafana are not started: their images are others'.
#![allow(clippy::print_stdout)]

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread::sleep,
    time::Duration,
};

use e2e::network::until;
use serde_json::Value;

/// What the image stands on.
const BASE: &str = "debian:bookworm-slim";
/// Services of `compose.yaml` that are processes of Florin.
const PROCESSES: [&str; 11] = [
    "validator-1",
    "validator-2",
    "validator-3",
    "validator-4",
    "operator",
    "treasury",
    "custodian",
    "compliance",
    "bank-a",
    "bank-b",
    "regulator",
];

/// A project of compose; its containers, networks and volumes end with it.
struct Project {
    name: String,
    /// `docker compose`, or `docker-compose` where there is no such plugin.
    compose: &'static [&'static str],
    ports: [u16; 2],
}

impl Project {
    fn compose(&self, args: &[&str]) -> Output {
        let file = root().join("deploy/compose.yaml");
        let mut command = Command::new(self.compose[0]);
        command.args(&self.compose[1..]).args(["-p", &self.name, "-f"]).arg(file).args(args);
        command.env("FLORIN_IMAGE", image());
        command.env("PROMETHEUS_PORT", self.ports[0].to_string());
        command.env("GRAFANA_PORT", self.ports[1].to_string());
        command.output().unwrap_or_else(|error| panic!("compose {args:?}: {error}"))
    }

    /// Standard output of a call that must succeed.
    fn must(&self, args: &[&str]) -> String {
        let output = self.compose(args);
        assert!(output.status.success(), "compose {args:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// How many containers say by their health check that they are ready.
    fn healthy(&self) -> usize {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let args = ["ps", "-q", "--filter", &label, "--filter", "health=healthy"];
        String::from_utf8_lossy(&docker(&args).stdout).lines().count()
    }

    /// Height and state root of a validator, asked from inside with the overseer's key.
    fn status(&self, validator: usize) -> Option<(u64, String)> {
        let url = format!("http://127.0.0.1:720{validator}/ledger/v1/status");
        let key = "/network/regulator/keys/regulator.key";
        let said =
            self.compose(&["exec", "-T", "regulator", "florin", "call", "GET", &url, "--key", key]);
        let status: Value = serde_json::from_slice(&said.stdout).ok()?;
        Some((status["height"].as_u64()?, status["state_root"].as_str()?.to_owned()))
    }

    fn height(&self, validator: usize) -> u64 {
        self.status(validator).unwrap_or_else(|| panic!("validator-{validator} is silent")).0
    }

    /// Whether a validator gets so many blocks further.
    fn grows(&self, validator: usize, by: u64) -> bool {
        let before = self.height(validator);
        until(|| self.status(validator).is_some_and(|(height, _)| height >= before + by))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = self.compose(&["down", "-v", "--timeout", "5"]);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn image() -> String {
    format!("florin:e2e-{}", std::process::id())
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
}

fn docker(args: &[&str]) -> Output {
    Command::new("docker").args(args).output().unwrap_or_else(|error| panic!("docker: {error}"))
}

/// A project where one can be; else why not.
fn project() -> Result<Project, &'static str> {
    if !succeeds("docker", &["info"]) {
        return Err("no Docker engine");
    }
    let plugin: &[&str] = &["docker", "compose"];
    let compose: &[&str] = if succeeds("docker", &["compose", "version"]) {
        plugin
    } else if succeeds("docker-compose", &["version"]) {
        &["docker-compose"]
    } else {
        return Err("neither docker compose nor docker-compose");
    };
    if !succeeds("docker", &["image", "inspect", BASE]) && !succeeds("docker", &["pull", BASE]) {
        return Err("the base image debian:bookworm-slim cannot be had");
    }
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0"));
    let ports = listeners.each_ref().map(|bound| {
        let address = bound.as_ref().ok().and_then(|listener| listener.local_addr().ok());
        address.unwrap_or_else(|| panic!("no free port")).port()
    });
    Ok(Project { name: format!("florin-e2e-{}", std::process::id()), compose, ports })
}

/// Builds the image around the binary under test, `bin/florin`; why not, where this machine cannot.
fn build() -> Result<(), &'static str> {
    let built = Command::new("docker")
        .args(["build", "-f", "deploy/Dockerfile", "--build-arg", "BINARY=prebuilt", "-t"])
        .args([image().as_str(), "."])
        // Other builders make every stage, and would compile all of it.
        .env("DOCKER_BUILDKIT", "1")
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let said = String::from_utf8_lossy(&built.stderr);
    if said.contains("buildx component is missing") {
        return Err("this docker has no BuildKit");
    }
    assert!(built.status.success(), "{said}");
    Ok(())
}

fn skip(why: &str) {
    println!("skipped: {why}");
}

#[test]
fn a_network_in_containers_bears_the_loss_of_one_validator() {
    let project = match project() {
        Ok(project) => project,
        Err(why) => return skip(why),
    };
    assert!(root().join("bin/florin").is_file(), "bin/florin is not there: run `make build`");
    if let Err(why) = build() {
        return skip(why);
    }
    let mut up = vec!["up", "-d", "host", "founding"];
    up.extend(PROCESSES);
    project.must(&up);
    assert!(until(|| project.healthy() == PROCESSES.len()), "{}", project.must(&["ps"]));
    assert!(project.grows(1, 3), "no block is executed");

    // Nobody but the founders has seen another's keys, and nothing outside a volume can be written.
    let seen = project.must(&["exec", "-T", "bank-a", "ls", "/network/bank-b"]);
    assert_eq!(seen.trim(), "");
    assert!(!project.compose(&["exec", "-T", "bank-a", "touch", "/network/x"]).status.success());

    project.must(&["stop", "validator-2"]);
    assert!(project.status(2).is_none());
    assert!(project.grows(1, 5), "three of four do not go on");
    let reached = project.height(1);
    project.must(&["start", "validator-2"]);
    assert!(until(|| project.status(2).is_some_and(|(height, _)| height > reached)));
    // Asked one after the other they are at different heights, but nobody sends commands.
    let state_root = |validator| project.status(validator).map(|(_, root)| root);
    let agree = until(|| state_root(1).is_some_and(|one| state_root(2) == Some(one)));
    assert!(agree, "{:?} {:?}", project.status(1), project.status(2));

    // Founding again, as every `up` does, founds nothing.
    let genesis = || {
        project.must(&["exec", "-T", "validator-1", "sha256sum", "/network/public/genesis.json"])
    };
    let founded = genesis();
    project.must(&up);
    sleep(Duration::from_secs(1));
    assert_eq!(genesis(), founded);
    drop(project);
    let _ = docker(&["image", "rm", &image()]);
}
