//! A network of this machine's own: each validator in a network namespace, all on a bridge.
//!
//! ```text
//! links   127.77.0.N  between validators: what is cut, halved, made deaf and lossy
//! ports   127.78.0.N  between validators and their clients: never touched
//! ```
//!
//! A validator listens on loopback addresses only; inside these namespaces they are addresses of a wire. Nothing
//! of the machine's own network is changed: bridges, wires and addresses are in the namespaces, and go with them.
//!
//! # Place      torture -> [lan] -> `ip` of iproute2, as root
//! # Invariants namespaces end with the value that made them, and with whatever runs in them; those of a process
//! #            that was killed end at the next start
//! # Absent     other systems than Linux

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Stdio},
};

use consensus::Distance;

use crate::cli::testbed::network::Place;

/// Port of every validator on the links.
const P2P: u16 = 7_000;
/// Port of every ledger port.
const LEDGER: u16 = 7_200;
/// Number of the clients on the network of ports.
const CLIENTS: u8 = 100;
/// Begins the name of every namespace.
const PREFIX: &str = "florin-";
/// Where what is lost is sent to.
const NOBODY: &str = "02:00:00:00:00:ff";
/// Part of what is lost on a lossy link, and how late the rest is.
const LOSS: [&str; 4] = ["loss", "20%", "delay", "100ms"];

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LanError {
    /// A command could not be started.
    #[error(
        "network namespaces cannot be made here: {program} does not run ({error}); they need Linux and iproute2"
    )]
    Start {
        /// Which.
        program: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// A command failed.
    #[error("network namespaces cannot be made here: {command}: {said}; they need root")]
    Refused {
        /// What was asked.
        command: String,
        /// What it said.
        said: String,
    },
}

/// Runs a program to its end; it must end well.
fn must(program: &'static str, args: &[&str]) -> Result<String, LanError> {
    let run = Command::new(program).args(args).stdin(Stdio::null()).output();
    let run = run.map_err(|error| LanError::Start { program, error })?;
    if run.status.success() {
        return Ok(String::from_utf8_lossy(&run.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&run.stderr).trim().to_owned();
    Err(LanError::Refused { command: format!("{program} {}", args.join(" ")), said })
}

/// Runs `ip` with words that are divided by blanks.
fn ip(words: &str) -> Result<String, LanError> {
    must("ip", &words.split(' ').collect::<Vec<_>>())
}

/// The namespaces while they exist.
pub(super) struct Lan {
    links: Links,
}

impl Lan {
    /// Makes them.
    pub(super) fn make(validators: u8) -> Result<Self, LanError> {
        sweep();
        let links = Links::of(format!("{PREFIX}{}", std::process::id()), validators);
        // From here on whatever is there goes with it.
        let lan = Self { links };
        lan.build()?;
        Ok(lan)
    }

    /// What begins the names of the namespaces.
    pub(super) fn name(&self) -> &str {
        &self.links.name
    }

    /// The namespace of the clients.
    pub(super) fn clients(&self) -> String {
        format!("{}-c", self.links.name)
    }

    fn build(&self) -> Result<(), LanError> {
        let bridge = self.links.bridge();
        ip(&format!("netns add {bridge}"))?;
        for name in ["links", "ports"] {
            ip(&format!("-n {bridge} link add {name} type bridge"))?;
            ip(&format!("-n {bridge} link set {name} up"))?;
        }
        for number in 1..=self.links.validators {
            let space = self.links.space(number);
            ip(&format!("netns add {space}"))?;
            self.wire(&space, ("links", link(number)), number)?;
            self.wire(&space, ("ports", port(number)), number)?;
            free(&space)?;
        }
        let space = self.clients();
        ip(&format!("netns add {space}"))?;
        self.wire(&space, ("ports", port(CLIENTS)), CLIENTS)?;
        free(&space)
    }

    /// A wire from a namespace to a bridge.
    fn wire(
        &self,
        space: &str,
        (name, address): (&str, Ipv4Addr),
        number: u8,
    ) -> Result<(), LanError> {
        let bridge = self.links.bridge();
        let end = format!("{name}-{number}");
        ip(&format!("link add {name} netns {space} type veth peer name {end} netns {bridge}"))?;
        ip(&format!("-n {bridge} link set {end} master {name} up"))?;
        let allow = format!("echo 1 > /proc/sys/net/ipv4/conf/{name}/route_localnet");
        must("ip", &["netns", "exec", space, "sh", "-c", &allow])?;
        ip(&format!("-n {space} addr add {address}/24 dev {name}"))?;
        ip(&format!("-n {space} link set {name} up")).map(|_| ())
    }
}

/// Its own address is all that a namespace's own loopback device keeps.
fn free(space: &str) -> Result<(), LanError> {
    ip(&format!("-n {space} link set lo up"))?;
    ip(&format!("-n {space} route del local 127.0.0.0/8 dev lo table local")).map(|_| ())
}

impl Drop for Lan {
    fn drop(&mut self) {
        remove(&self.links.name);
    }
}

/// Ends whatever runs in the namespaces of this name, and them.
fn remove(name: &str) {
    let own = format!("{name}-");
    let spaces = ip("netns list").unwrap_or_default();
    let spaces = spaces.lines().filter_map(|line| line.split(' ').next());
    for space in spaces.filter(|space| space.starts_with(&own)) {
        for pid in ip(&format!("netns pids {space}")).unwrap_or_default().lines() {
            let _ = must("kill", &["-9", pid]);
        }
        // Once its last process is gone as well.
        let _ = ip(&format!("netns del {space}"));
    }
}

/// Removes what processes left that are gone.
fn sweep() {
    let spaces = ip("netns list").unwrap_or_default();
    for space in spaces.lines().filter_map(|line| line.split(' ').next()) {
        let pid = space.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once('-'));
        let pid = pid.and_then(|(pid, _)| pid.parse::<u32>().ok());
        if let Some(pid) = pid.filter(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            remove(&format!("{PREFIX}{pid}"));
        }
    }
}

const fn link(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 77, 0, number)
}

const fn port(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 78, 0, number)
}

/// What packets are lost by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// `tc netem`: 20 of 100 packets, and the others 100 ms late.
    Netem,
    /// `iptables`: 20 of 100 packets.
    Iptables,
}

impl Loss {
    /// In words.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Netem => "20 % lost, the rest 100 ms late (tc netem)",
            Self::Iptables => "20 % lost (iptables; this kernel has no netem)",
        }
    }
}

/// The links between validators, numbered from 1 on.
pub(super) struct Links {
    name: String,
    validators: u8,
}

impl Links {
    /// Those of the namespaces of this name.
    pub(super) const fn of(name: String, validators: u8) -> Self {
        Self { name, validators }
    }

    fn bridge(&self) -> String {
        format!("{}-b", self.name)
    }

    fn space(&self, number: u8) -> String {
        format!("{}-{number}", self.name)
    }

    /// Where validators are.
    pub(super) fn places(&self) -> Vec<Place> {
        let place = |number| Place {
            p2p: SocketAddr::new(IpAddr::V4(link(number)), P2P),
            ledger: SocketAddr::new(IpAddr::V4(port(number)), LEDGER),
            namespace: Some(self.space(number)),
            distance: Distance::Wide,
            site: None,
        };
        (1..=self.validators).map(place).collect()
    }

    /// Loses all that goes from one to another from now on, silently, or no longer.
    pub(super) fn set(&self, from: u8, to: u8, lost: bool) -> Result<(), LanError> {
        let (space, to) = (self.space(from), link(to));
        let entry = match lost {
            true => format!("replace {to} lladdr {NOBODY} dev links nud permanent"),
            false => format!("del {to} dev links"),
        };
        ip(&format!("-n {space} neigh {entry}")).map(|_| ())
    }

    /// Makes every link lossy, by what this machine has; nothing where it has neither.
    pub(super) fn lose(&self) -> Result<Option<Loss>, LanError> {
        let by = [Loss::Netem, Loss::Iptables].into_iter();
        for loss in by {
            if (1..=self.validators).all(|number| self.lossy(number, loss, true).is_ok()) {
                return Ok(Some(loss));
            }
            self.keep(loss);
        }
        Ok(None)
    }

    /// Ends that.
    pub(super) fn keep(&self, loss: Loss) {
        for number in 1..=self.validators {
            // It is not there where it could not be made.
            let _ = self.lossy(number, loss, false);
        }
    }

    fn lossy(&self, number: u8, loss: Loss, begins: bool) -> Result<(), LanError> {
        let space = self.space(number);
        let inside = ["netns", "exec", &space];
        let rule: Vec<&str> = match loss {
            Loss::Netem => {
                let verb = if begins { "add" } else { "del" };
                let what: &[&str] = if begins { &LOSS } else { &[] };
                let qdisc = ["tc", "qdisc", verb, "dev", "links", "root", "netem"];
                [&inside[..], &qdisc, what].concat()
            }
            Loss::Iptables => {
                let verb = if begins { "-A" } else { "-D" };
                let rule = ["iptables", verb, "OUTPUT", "-o", "links", "-m", "statistic"];
                let chance = ["--mode", "random", "--probability", "0.2", "-j", "DROP"];
                [&inside[..], &rule, &chance].concat()
            }
        };
        must("ip", &rule).map(|_| ())
    }
}
