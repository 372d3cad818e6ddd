//! `florin bench reads`: records read with their proofs, from a validator and from none, one and two observers beside
//! it.
//!
//! # Place      `bench` -> [reads] -> a table or JSON
//! # Invariants every record comes with a proof that the client checks
//! # Absent     more machines: observers, validator and readers share one

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use ledger_core::record::Name;
use serde::Serialize;

use super::{BenchArgs, Load};
use crate::cli::{
    child::{Process, free_ports},
    testbed::{
        TestbedError,
        cast::Cast,
        network::Network,
        payment::any,
        prepare::{Size, Stage, client_of},
    },
    ui,
};

/// Observers at the end.
const OBSERVERS: usize = 2;
/// Readers for each process that is asked.
const READERS: usize = 4;

/// The line of JSON.
#[derive(Serialize)]
struct Line {
    seconds: u32,
    processors: usize,
    /// Records a second with 0, 1 and 2 observers.
    reads_per_second: Vec<f64>,
    /// Each against that without observers.
    ratios: Vec<f64>,
}

/// Measures.
pub(super) async fn measure(args: &BenchArgs, folder: &Path) -> Result<(), TestbedError> {
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let network = Network::found(folder, &cast, Load::Reads.validators())?;
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: args.outstanding };
    let stage = Stage::set(&cast, &network, size).await?;
    let mut observers: Vec<Process> = Vec::new();
    let mut rates = Vec::new();
    loop {
        let asked = network.validators.iter().chain(&observers);
        let urls: Vec<String> = asked.map(|process| process.url.clone()).collect();
        rates.push(read(args, (&cast, &network, &stage), &urls).await?);
        if observers.len() == OBSERVERS {
            break;
        }
        let observer = observer(&cast, &network, observers.len() + 1)?;
        observer.start()?;
        observer.ready().await?;
        observers.push(observer);
    }
    for observer in &observers {
        observer.stop().await;
    }
    network.stop().await;
    let first = rates.first().copied().unwrap_or(1.0);
    let line = Line {
        seconds: args.seconds,
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        ratios: rates.iter().map(|rate| (rate / first * 100.0).round() / 100.0).collect(),
        reads_per_second: rates.iter().map(|rate| rate.round()).collect(),
    };
    if args.json {
        // Numbers and names only, which JSON can always spell.
        ui::line(&serde_json::to_string(&line).unwrap_or_default());
        return Ok(());
    }
    for (number, (rate, ratio)) in line.reads_per_second.iter().zip(&line.ratios).enumerate() {
        let name = format!("records a second, {number} observers");
        ui::line(&format!("{name:<38}{rate:.0} ({ratio:.2})"));
    }
    Ok(())
}

/// Keys and config of an observer beside the validators.
fn observer(cast: &Cast, network: &Network, number: usize) -> Result<Process, TestbedError> {
    let name = format!("observer-{number}");
    let folder = network.folder.join(&name);
    fs::create_dir_all(&folder).map_err(TestbedError::io(name.clone()))?;
    let ports = free_ports(2).map_err(TestbedError::io("free ports"))?;
    let here = |at: usize| SocketAddr::from(([127, 0, 0, 1], ports.get(at).copied().unwrap_or(0)));
    let urls: Vec<String> = network.urls().iter().map(|url| format!("\"{url}\"")).collect();
    cast.regulator.keep(&folder.join("regulator.key"))?;
    let config = format!(
        "role = \"observer\"\ngenesis = \"../genesis.json\"\ndata = \"data\"\n\n\
         [ledger_port]\nlisten = \"{}\"\nvalidators = [{}]\n\n[api]\nlisten = \"{}\"\n\n\
         [signers.regulator]\nfile = \"regulator.key\"\n",
        here(0),
        urls.join(", "),
        here(1),
    );
    fs::write(folder.join("config.toml"), config).map_err(TestbedError::io(name.clone()))?;
    Ok(Process::at(&network.folder, (&name, "observer"), here(0), None))
}

/// Records a second, with readers at each of these processes.
async fn read(
    args: &BenchArgs,
    (cast, network, stage): (&Cast, &Network, &Stage),
    urls: &[String],
) -> Result<f64, TestbedError> {
    let done = AtomicU64::new(0);
    let started = Instant::now();
    let until = started + Duration::from_secs(args.seconds.into());
    let reader = |url: &String| {
        let client = client_of(network, vec![url.clone()], cast.payer.settlement.transport());
        let done = &done;
        async move {
            let client = client?;
            while Instant::now() < until {
                let account = any(&stage.payer.accounts)?;
                if client.record(&Name::Account(account)).await?.is_none() {
                    return Err(TestbedError::Broken("a bank does not see its account"));
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }
    };
    let readers = urls.iter().flat_map(|url| (0..READERS).map(move |_| url)).map(reader);
    futures::future::try_join_all(readers).await?;
    Ok(done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}
