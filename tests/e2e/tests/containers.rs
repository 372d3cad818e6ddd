//! The network of deploy/compose.yaml, in containers: it comes up, is given money and pays; one validator
//! is stopped, one is cut off the network, one gets another image, and every payment settles.
//!
//! Where no Docker engine runs, or its base image cannot be had, the test says `skipped` and why.
//! Prometheus and Grafana are not started: their images are others'.
#![allow(clippy::print_stdout)]

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use e2e::network::until;
use serde_json::Value;

/// The image that the network starts with, and another of the same.
const FIRST: &str = "first";
const NEXT: &str = "next";
/// Bank B.
const PAYEE: &str = "ZZZZ00FLORINBANKB033";
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
    /// Where processes are and by which keys they are known.
    servers: Value,
}

impl Project {
    fn compose_of(&self, image: &str, args: &[&str]) -> Output {
        let file = root().join("deploy/compose.yaml");
        let mut command = Command::new(self.compose[0]);
        command.args(&self.compose[1..]).args(["-p", &self.name, "-f"]).arg(file).args(args);
        command.env("FLORIN_IMAGE", image).env("NETWORK", network());
        command.env("PROMETHEUS_PORT", self.ports[0].to_string());
        command.env("GRAFANA_PORT", self.ports[1].to_string());
        command.output().unwrap_or_else(|error| panic!("compose {args:?}: {error}"))
    }

    fn compose(&self, args: &[&str]) -> Output {
        self.compose_of(&image(FIRST), args)
    }

    /// Standard output of a call that must succeed.
    fn must(&self, args: &[&str]) -> String {
        text(args, self.compose(args))
    }

    /// A container's id.
    fn container(&self, process: &str) -> String {
        self.must(&["ps", "-q", process]).trim().to_owned()
    }

    /// How many containers say by their health check that they are ready.
    fn healthy(&self) -> usize {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let args = ["ps", "-q", "--filter", &label, "--filter", "health=healthy"];
        String::from_utf8_lossy(&docker(&args).stdout).lines().count()
    }

    /// Height and state root of a validator, asked by the overseer with its key.
    fn status(&self, validator: usize) -> Option<(u64, String)> {
        let server = &self.servers[format!("validator-{validator}")];
        let url = format!("{}/ledger/v1/status", server["url"].as_str()?);
        let key = "/network/regulator/keys/regulator.key";
        let call = ["exec", "-T", "regulator", "florin", "call", "GET", &url, "--key", key];
        let said = self.compose(&[&call[..], &["--server-key", server["key"].as_str()?]].concat());
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

    /// Whether a validator that was away gets beyond where another is now.
    fn catches_up(&self, validator: usize) -> bool {
        let reached = self.height(1);
        until(|| self.status(validator).is_some_and(|(height, _)| height > reached))
    }

    /// Runs a program of the image as one of the people who call gateways.
    fn desk(&self, entrypoint: &str, args: &[&str]) -> String {
        let run = ["run", "--rm", "--no-deps", "--entrypoint", entrypoint, "desk"];
        self.must(&[&run[..], args].concat())
    }

    /// Bank A pays bank B one dollar, and has the proof.
    fn pay(&self) {
        let profile = "/network/clients/bank-a-core/profile.toml";
        let from = ["--from", "Alder Instruments Ltd", "--from-account", "A-1001"];
        let to = ["--to", "Birch Marine GmbH", "--to-account", "B-2001", "--to-bank", PAYEE];
        let pay = ["pay", "1.00", "USD", "--profile", profile];
        let paid = self.desk("florin", &[&pay[..], &from, &to].concat());
        assert!(paid.contains("settled"), "{paid}");
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = self.compose(&["down", "-v", "--timeout", "5"]);
        let _ = docker(&["image", "rm", "-f", &image(FIRST), &image(NEXT)]);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn image(version: &str) -> String {
    format!("florin:e2e-{}-{version}", std::process::id())
}

/// The first three parts of the network's addresses.
fn network() -> String {
    format!("172.28.{}", std::process::id() % 250)
}

fn text(args: &[&str], output: Output) -> String {
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
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
    let name = format!("florin-e2e-{}", std::process::id());
    Ok(Project { name, compose, ports, servers: Value::Null })
}

/// Builds an image around the binary under test, `bin/florin`; why not, where this machine cannot.
fn build(version: &str) -> Result<(), &'static str> {
    let label = format!("org.opencontainers.image.version={version}");
    let built = Command::new("docker")
        .args(["build", "-f", "deploy/Dockerfile", "--build-arg", "BINARY=prebuilt"])
        // The engine of the tests gives containers no way out.
        .args(["--network", "host", "--label", &label, "-t", &image(version), "."])
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

/// Brings the network up and gives it money.
fn started() -> Result<Project, &'static str> {
    let mut project = project()?;
    assert!(root().join("bin/florin").is_file(), "bin/florin is not there: run `make build`");
    build(FIRST)?;
    let mut up = vec!["up", "-d", "founding"];
    up.extend(PROCESSES);
    project.must(&up);
    let ready = until(|| project.healthy() == PROCESSES.len());
    assert!(ready, "{}\n{}", project.must(&["ps"]), project.must(&["logs", "--tail", "5"]));
    let servers = project.must(&["exec", "-T", "regulator", "cat", "/network/public/servers.json"]);
    project.servers = serde_json::from_str(&servers).unwrap();
    assert!(project.grows(1, 3), "no block is executed");
    project.desk("florin-fund", &[]);
    Ok(project)
}

#[test]
fn a_network_in_containers_pays_while_validators_come_and_go() {
    let project = match started() {
        Ok(project) => project,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    project.pay();

    // Nobody but the founders has seen another's keys, and nothing outside a volume can be written.
    let seen = project.must(&["exec", "-T", "bank-a", "ls", "/network/bank-b"]);
    assert_eq!(seen.trim(), "");
    assert!(!project.compose(&["exec", "-T", "bank-a", "touch", "/network/x"]).status.success());

    // One is stopped, and comes back.
    project.must(&["stop", "validator-2"]);
    assert!(project.status(2).is_none());
    project.pay();
    project.must(&["start", "validator-2"]);
    assert!(project.catches_up(2), "validator-2 stays behind");

    // One runs on and reaches nobody, and finds back when the network heals.
    let (net, cut) = (format!("{}_florin", project.name), project.container("validator-3"));
    text(&["disconnect"], docker(&["network", "disconnect", &net, &cut]));
    assert!(project.status(3).is_none());
    project.pay();
    let address = format!("{}.13", network());
    let name = "validator-3.florin.example";
    let connect = ["network", "connect", "--ip", &address, "--alias", name, &net, &cut];
    text(&["connect"], docker(&connect));
    assert!(project.catches_up(3), "validator-3 stays behind");

    // One goes on with its data in another image.
    build(NEXT).unwrap();
    let before = project.container("validator-4");
    let up = ["up", "-d", "--no-deps", "validator-4"];
    text(&up, project.compose_of(&image(NEXT), &up));
    assert_ne!(project.container("validator-4"), before);
    assert!(project.catches_up(4), "validator-4 stays behind");
    project.pay();

    // Four payments, each once, and one state.
    let accounts = project.desk("florin-call", &["bank-b-core", "GET", "bank-b", "/v1/accounts"]);
    let accounts: Value = serde_json::from_str(&accounts).unwrap();
    assert_eq!(accounts[0]["available"], "4.00", "{accounts}");
    // Asked one after the other they are at different heights, but nobody sends commands.
    let state_root = |validator| project.status(validator).map(|(_, root)| root);
    let agree = || {
        let one = state_root(1);
        one.is_some() && [2, 3, 4].into_iter().all(|validator| state_root(validator) == one)
    };
    assert!(until(agree), "{:?} {:?}", project.status(1), project.status(4));

    // Founding and funding again, as whoever follows the README twice does, changes nothing.
    let genesis = || {
        project.must(&["exec", "-T", "validator-1", "sha256sum", "/network/public/genesis.json"])
    };
    let founded = genesis();
    project.must(&["up", "-d", "--no-recreate", "founding"]);
    project.desk("florin-fund", &[]);
    assert_eq!(genesis(), founded);
}
