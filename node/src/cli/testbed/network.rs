//! The test bed's network: keys, genesis, validators as processes, and what they say afterwards.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use consensus::Distance;
use florin_client::{
    ServerTrust,
    exchange::{ClientLimits, http},
};
use ledger_core::{
    digest::Hash32,
    genesis::{CurrencyTerms, Genesis},
    id::Text,
    member::DirectoryEntry,
    money::Currency,
    time::LedgerTime,
};
use ledger_store::Store;

use super::{
    TestbedError,
    cast::{Bank, Cast},
};
use crate::cli::{
    child::{Process, free_ports},
    demo::network::validator_config,
    genesis::{self, Params},
    keygen::{self, Card},
    snapshot::ledger,
};

/// Times that a validator is asked for its metrics, with a tenth of a second between them.
const METRICS_TRIES: u32 = 100;

/// The one currency.
pub(in crate::cli) fn currency() -> Result<Currency, TestbedError> {
    Currency::new("USD").ok_or(TestbedError::Broken("USD"))
}

/// Where a validator is.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Place {
    /// What other validators reach.
    pub(in crate::cli) p2p: SocketAddr,
    /// What institutions reach.
    pub(in crate::cli) ledger: SocketAddr,
    /// The network namespace that both are in; this process's own if none is given.
    pub(in crate::cli) namespace: Option<String>,
    /// What it takes the others' distance for.
    pub(in crate::cli) distance: Distance,
    /// The folder, in the network's own, that is its site; the network's own if none is given.
    pub(in crate::cli) site: Option<&'static str>,
}

impl Place {
    fn folder(&self, network: &Path) -> PathBuf {
        self.site.map_or_else(|| network.to_path_buf(), |site| network.join(site))
    }
}

/// A network that is founded.
pub(in crate::cli) struct Network {
    pub(in crate::cli) folder: PathBuf,
    pub(in crate::cli) genesis: Genesis,
    pub(in crate::cli) validators: Vec<Process>,
}

impl Network {
    /// Makes keys, genesis and configs.
    pub(in crate::cli) fn found(
        folder: &Path,
        cast: &Cast,
        validators: usize,
    ) -> Result<Self, TestbedError> {
        Self::found_apart(folder, cast, validators, Distance::Wide)
    }

    /// As [`Self::found`], with validators so far apart.
    pub(in crate::cli) fn found_apart(
        folder: &Path,
        cast: &Cast,
        validators: usize,
        distance: Distance,
    ) -> Result<Self, TestbedError> {
        let count = u16::try_from(validators).unwrap_or(u16::MAX);
        let ports = free_ports(2 * count).map_err(TestbedError::io("free ports"))?;
        let (p2p, ledger) = ports.split_at(validators);
        let here = |port: &u16| SocketAddr::from(([127, 0, 0, 1], *port));
        let pairs = p2p.iter().zip(ledger);
        let places = pairs.map(|(p2p, ledger)| Place {
            p2p: here(p2p),
            ledger: here(ledger),
            namespace: None,
            distance,
            site: None,
        });
        Self::found_at(folder, cast, &places.collect::<Vec<_>>())
    }

    /// As [`Self::found`], with each validator in its place.
    pub(in crate::cli) fn found_at(
        folder: &Path,
        cast: &Cast,
        places: &[Place],
    ) -> Result<Self, TestbedError> {
        Self::found_with(folder, cast, (places, None))
    }

    /// As [`Self::found_at`], with epochs of so many blocks.
    pub(in crate::cli) fn found_with(
        folder: &Path,
        cast: &Cast,
        (places, epoch_length): (&[Place], Option<u64>),
    ) -> Result<Self, TestbedError> {
        let names: Vec<String> = (1..=places.len()).map(|n| format!("validator-{n}")).collect();
        let mut cards = cast.cards();
        let mut peers = String::new();
        for (name, place) in names.iter().zip(places) {
            let text = Text::new(name).ok_or(TestbedError::Broken("a validator's name"))?;
            let keys = place.folder(folder).join(name).join("keys");
            let card = keygen::validator(&keys, &text, &mut rand::rng())?;
            if let Card::Validator { identity, .. } = &card {
                let _ = writeln!(peers, "{identity} = \"{}\"", place.p2p);
            }
            cards.push(card);
        }
        let genesis = genesis::found(cards, params(cast, epoch_length)?, now())?;
        let text = verifier::write_genesis(&genesis);
        let write = |path: PathBuf, text: &str| {
            let shown = path.display().to_string();
            fs::write(path, text).map_err(TestbedError::io(shown))
        };
        write(folder.join("genesis.json"), &text)?;
        let mut processes = Vec::new();
        for (name, place) in names.iter().zip(places) {
            let config =
                validator_config((place.p2p, place.ledger), (&peers, place.distance), None);
            let site = place.folder(folder);
            write(site.join("genesis.json"), &text)?;
            write(site.join(name).join("config.toml"), &config)?;
            let namespace = place.namespace.clone();
            let kind = (name.as_str(), "validator");
            processes.push(Process::at(&site, kind, place.ledger, namespace));
        }
        Ok(Self { folder: folder.to_path_buf(), genesis, validators: processes })
    }

    /// Starts every validator and waits until it is ready.
    pub(in crate::cli) async fn start(&self) -> Result<(), TestbedError> {
        for validator in &self.validators {
            validator.start()?;
        }
        for validator in &self.validators {
            validator.ready().await?;
        }
        Ok(())
    }

    /// Ends every validator in order.
    pub(in crate::cli) async fn stop(&self) {
        for validator in &self.validators {
            validator.stop().await;
        }
    }

    /// Base URLs of the ledger ports.
    pub(in crate::cli) fn urls(&self) -> Vec<String> {
        self.validators.iter().map(|validator| validator.url.clone()).collect()
    }

    /// Memory of the largest validator, in MiB.
    pub(in crate::cli) fn memory_mib(&self) -> u64 {
        let resident = |process: &Process| {
            let status = fs::read_to_string(format!("/proc/{}/status", process.id()?)).ok()?;
            let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            kib.trim().trim_end_matches(" kB").parse::<u64>().ok()
        };
        self.validators.iter().filter_map(resident).max().unwrap_or(0) / 1_024
    }

    /// Bytes on disk of the first validator: store, engine, nonces.
    pub(in crate::cli) fn disk_bytes(&self) -> Result<u64, TestbedError> {
        let data = self.folder.join("validator-1").join("data");
        let shown = data.display().to_string();
        bytes_below(&data).map_err(TestbedError::io(shown))
    }

    /// Writes the tables of the first validator anew; it does not run.
    pub(in crate::cli) fn compact(&self) -> Result<(), TestbedError> {
        let store = Store::reopen(&ledger(&self.folder.join("validator-1").join("data")))?;
        store.compact()?;
        Ok(store.close()?)
    }

    /// The last block that a validator has executed.
    pub(in crate::cli) async fn height(&self, number: usize) -> Result<u64, TestbedError> {
        let url = self.validators.get(number).map(|validator| validator.url.as_str());
        let text = metrics(url.unwrap_or_default()).await?;
        let height =
            text.lines().find_map(|line| line.strip_prefix("florin_height ")?.parse().ok());
        height.ok_or(TestbedError::Broken("a validator does not say its height"))
    }

    /// The last block that each validator has executed.
    pub(in crate::cli) async fn heights(&self) -> Result<Vec<u64>, TestbedError> {
        let mut heights = Vec::new();
        for number in 0..self.validators.len() {
            heights.push(self.height(number).await?);
        }
        Ok(heights)
    }

    /// What the first validator counted.
    pub(in crate::cli) async fn outcomes(&self) -> Result<Outcomes, TestbedError> {
        let text = metrics(&self.urls().first().cloned().unwrap_or_default()).await?;
        let value = |outcome| {
            let row = format!("florin_commands_total{{outcome=\"{outcome}\"}} ");
            let value = text.lines().find_map(|line| line.strip_prefix(&row)?.parse().ok());
            value.ok_or(TestbedError::Broken("a validator does not count its commands"))
        };
        Ok(Outcomes { applied: value("applied")?, refused: value("refused")? })
    }
}

/// The metrics of a validator; one that just starts is asked again.
pub(in crate::cli) async fn metrics(url: &str) -> Result<String, TestbedError> {
    let client = http(ClientLimits::default(), &ServerTrust::ThisHost)
        .map_err(|_| TestbedError::Broken("a client"))?;
    for _ in 0..METRICS_TRIES {
        let text = async { client.get(format!("{url}/metrics")).send().await?.text().await };
        if let Ok(text) = text.await {
            return Ok(text);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(TestbedError::Broken("a validator shows no metrics"))
}

/// Receipts by outcome.
pub(in crate::cli) struct Outcomes {
    pub(in crate::cli) applied: u64,
    pub(in crate::cli) refused: u64,
}

fn params(cast: &Cast, epoch_length: Option<u64>) -> Result<Params, TestbedError> {
    let [treasury, _] = &cast.treasury;
    let issuer = treasury.grant.organisation;
    Ok(Params {
        epoch_length,
        name: Text::new("florin-test-bed").ok_or(TestbedError::Broken("the network's name"))?,
        time: None,
        limits: genesis::GivenLimits::default(),
        currencies: vec![CurrencyTerms { code: currency()?, scale: 2, issuer }],
        thresholds: genesis::default_thresholds(),
        members: [&cast.payer, &cast.payee].into_iter().map(member).collect::<Result<_, _>>()?,
    })
}

fn member(bank: &Bank) -> Result<DirectoryEntry, TestbedError> {
    Ok(DirectoryEntry {
        lei: bank.lei,
        aliases: Vec::new(),
        endpoint: Text::new("http://127.0.0.1:9").ok_or(TestbedError::Broken("an endpoint"))?,
        encryption: Hash32::new([9; 32]),
        keys: bank.keys(),
    })
}

fn now() -> LedgerTime {
    LedgerTime::new(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default())
}

/// Bytes that files below a folder take on disk; preallocated and unused ones do not count.
fn bytes_below(folder: &Path) -> std::io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut sum = 0u64;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let bytes = if metadata.is_dir() {
            bytes_below(&entry.path())?
        } else {
            metadata.blocks().saturating_mul(512).min(metadata.size())
        };
        sum = sum.saturating_add(bytes);
    }
    Ok(sum)
}
