//! Two sites on one machine: a folder each, and a safe with what is kept apart.
//!
//! ```text
//! north   the site that is lost: its processes are killed at one instant, its folder is gone
//! south   the site that is left: what is lost is rebuilt there, at its addresses or at others
//! safe    keys and configurations of every validator, as an operator keeps them offline
//! ```
//!
//! # Place      `case` -> [sites] -> files, child processes
//! # Invariants nothing of the lost site is used after the loss, but what was elsewhere before
//! # Absent     addresses that change by vote (D17, tests/e2e/tests/moves.rs)

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use consensus::Distance;

use crate::cli::{
    child::{self, ChildError, Process, free_ports},
    testbed::{
        TestbedError,
        network::{Network, Place},
    },
};

const NORTH: &str = "north";
const SOUTH: &str = "south";
const SAFE: &str = "safe";

/// The two sites of a network.
pub(super) struct Sites {
    folder: PathBuf,
    /// Numbers of the validators in the north.
    north: &'static [usize],
    places: Vec<Place>,
}

impl Sites {
    /// Places for so many validators, these of them in the north.
    pub(super) fn new(
        folder: &Path,
        validators: usize,
        north: &'static [usize],
    ) -> Result<Self, TestbedError> {
        let count = u16::try_from(validators).unwrap_or(u16::MAX);
        let ports = free_ports(2 * count).map_err(TestbedError::io("free ports"))?;
        let (p2p, ledger) = ports.split_at(validators);
        let here = |port: &u16| SocketAddr::from(([127, 0, 0, 1], *port));
        let place = |(number, (p2p, ledger))| Place {
            p2p: here(p2p),
            ledger: here(ledger),
            namespace: None,
            distance: Distance::Wide,
            site: Some(if north.contains(&number) { NORTH } else { SOUTH }),
        };
        let places = p2p.iter().zip(ledger).enumerate().map(place).collect();
        Ok(Self { folder: folder.to_path_buf(), north, places })
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Numbers of the validators that are left when the north is lost.
    pub(super) fn south(&self) -> Vec<usize> {
        (0..self.places.len()).filter(|number| !self.north.contains(number)).collect()
    }

    /// Puts keys and configurations into the safe.
    pub(super) fn keep_apart(&self, network: &Network) -> Result<(), TestbedError> {
        for validator in &network.validators {
            let safe = self.folder.join(SAFE).join(&validator.name);
            copy(&validator.folder().join("keys"), &safe.join("keys"))?;
            copy_file(&validator.folder().join("config.toml"), &safe.join("config.toml"))?;
        }
        Ok(())
    }

    /// A snapshot of a validator in the south, kept there.
    pub(super) async fn snapshot(&self, of: &Process) -> Result<(), TestbedError> {
        let (data, out) = (text(&of.folder().join("data")), text(&self.kept_snapshot()));
        Ok(child::must(&["snapshot", "--data", &data, "--out", &out]).await?)
    }

    /// All processes of the north fall at one instant, and its folder is gone; where its disks were mirrored to the
    /// south, what was on them at that instant is there.
    pub(super) async fn lose(&self, network: &Network, mirrored: bool) -> Result<(), TestbedError> {
        for validator in self.of_north(network) {
            validator.strike()?;
        }
        for validator in self.of_north(network) {
            validator.kill().await?;
        }
        let north = self.folder.join(NORTH);
        if mirrored {
            for validator in self.of_north(network) {
                let to = self.folder.join(SOUTH).join(&validator.name);
                fs::rename(validator.folder(), &to).map_err(TestbedError::io(text(&to)))?;
            }
        }
        fs::remove_dir_all(&north).map_err(TestbedError::io(text(&north)))
    }

    fn of_north<'a>(&self, network: &'a Network) -> impl Iterator<Item = &'a Process> {
        self.north.iter().filter_map(|number| network.validators.get(*number))
    }

    /// The lost validators with their places in the south; nothing of them runs.
    pub(super) fn rebuild(&self, network: &mut Network) {
        for number in self.north {
            let place = self.places.get(*number);
            if let (Some(validator), Some(place)) = (network.validators.get_mut(*number), place) {
                let name = validator.name.clone();
                let kind = (name.as_str(), "validator");
                *validator = Process::at(&self.folder.join(SOUTH), kind, place.ledger, None);
            }
        }
    }

    /// The lost validators get other addresses, in the configuration of every validator; those that run read it at
    /// their next start.
    pub(super) fn move_away(&mut self, network: &mut Network) -> Result<(), TestbedError> {
        let mut moved = Vec::new();
        for number in self.north {
            let Some(place) = self.places.get_mut(*number) else { continue };
            let ports = free_ports(2).map_err(TestbedError::io("free ports"))?;
            for (address, port) in [&mut place.p2p, &mut place.ledger].into_iter().zip(ports) {
                let old = *address;
                address.set_port(port);
                moved.push((format!("\"{old}\""), format!("\"{address}\"")));
            }
        }
        self.rebuild(network);
        for validator in &network.validators {
            let path = validator.folder().join("config.toml");
            let config = fs::read_to_string(&path).map_err(TestbedError::io(text(&path)))?;
            let config = moved.iter().fold(config, |config, (old, new)| config.replace(old, new));
            fs::write(&path, config).map_err(TestbedError::io(text(&path)))?;
        }
        Ok(())
    }

    /// Brings their keys and configurations from the safe.
    pub(super) fn bring_keys(&self, network: &Network) -> Result<(), TestbedError> {
        for validator in self.of_north(network) {
            copy(&self.folder.join(SAFE).join(&validator.name), validator.folder())?;
        }
        Ok(())
    }

    /// Makes their ledgers from the snapshot; its block.
    pub(super) async fn restore(&self, network: &Network) -> Result<u64, TestbedError> {
        let (from, genesis) = (text(&self.kept_snapshot()), text(&self.genesis()));
        let mut height = 0;
        for validator in self.of_north(network) {
            let data = text(&validator.folder().join("data"));
            let args = ["restore", "--from", &from, "--data", &data, "--genesis", &genesis];
            let (code, said) = child::florin(&args).await?;
            let block = said.split("block ").nth(1).and_then(|rest| rest.split(';').next());
            match (code, block.and_then(|block| block.trim().parse().ok())) {
                (Some(0), Some(block)) => height = block,
                _ => {
                    let command = args.join(" ");
                    return Err(ChildError::Command { command, stderr: said }.into());
                }
            }
        }
        Ok(height)
    }

    /// Gives them a copy of the ledger of one that is left, which does not run.
    pub(super) fn copy_ledger(
        &self,
        network: &Network,
        from: &Process,
    ) -> Result<(), TestbedError> {
        let from = from.folder().join("data/ledger");
        for validator in self.of_north(network) {
            copy(&from, &validator.folder().join("data/ledger"))?;
        }
        Ok(())
    }

    /// Starts them, with more to say on their command lines.
    pub(super) fn start(&self, network: &Network, more: &[&str]) -> Result<(), TestbedError> {
        for validator in self.of_north(network) {
            validator.start_saying(more)?;
        }
        Ok(())
    }

    /// Whether each says in its log that it votes.
    pub(super) fn vote(&self, network: &Network) -> bool {
        self.of_north(network).all(|validator| {
            let log = fs::read(validator.folder().join("log")).unwrap_or_default();
            String::from_utf8_lossy(&log).contains("validator.votes")
        })
    }

    fn kept_snapshot(&self) -> PathBuf {
        self.folder.join(SOUTH).join("snapshot")
    }

    fn genesis(&self) -> PathBuf {
        self.folder.join(SOUTH).join("genesis.json")
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result<(), TestbedError> {
    fs::create_dir_all(to).map_err(TestbedError::io(text(to)))?;
    let entries = fs::read_dir(from).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    for entry in entries.map_err(TestbedError::io(text(from)))? {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &to)? } else { copy_file(&path, &to)? }
    }
    Ok(())
}

/// Copies a file with its permissions.
fn copy_file(from: &Path, to: &Path) -> Result<(), TestbedError> {
    fs::copy(from, to).map(|_| ()).map_err(TestbedError::io(text(from)))
}
