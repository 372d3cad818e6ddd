//! `florin bench restart`: how fast a validator is back.
//!
//! A validator is killed; small payments make the others go on for so many blocks; then it is started, and catches up.
//! Another is killed and started at once. A third loses its data, and is made anew from a snapshot.
//!
//! # Place      `bench` -> [restart] -> a table or JSON
//! # Invariants at the end all validators are at one height

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{BenchArgs, Load, payments};
use crate::cli::{
    child::{self, ChildError, Process},
    testbed::{
        TestbedError,
        cast::Cast,
        network::Network,
        prepare::{Size, Stage, all_proven, bar, client_of},
    },
    ui,
};

/// Which one is away, which one starts again, and which one loses its data.
const AWAY: usize = 3;
const AGAIN: usize = 2;
const LOST: usize = 1;
/// Payments that are signed at once.
const AT_ONCE: usize = 500;
/// Seconds within which anything must happen that is no block.
const PATIENCE_S: u64 = 120;

/// The line of JSON.
#[derive(Serialize)]
struct Line {
    /// Blocks that the others were ahead.
    blocks: u64,
    /// Blocks a second while three of four ordered them.
    ordered_per_second: f64,
    /// From the start of the process until it is ready.
    away_ready_ms: f64,
    /// From its start until it has the others' height.
    caught_up_s: f64,
    caught_up_per_second: f64,
    /// A killed validator: from its start until it is ready.
    restart_ms: f64,
    snapshot_s: f64,
    /// `florin restore`, and from the validator's start until it is ready and at the others' height.
    restore_s: f64,
    restored_ready_s: f64,
    /// Slots and lists of this ledger are few: its store on disk.
    store_mib: u64,
}

fn ms(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}

fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 100.0).round() / 100.0
}

/// Measures.
pub(super) async fn measure(args: &BenchArgs, folder: &Path) -> Result<(), TestbedError> {
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let network = Network::found(folder, &cast, Load::Restart.validators())?;
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: args.outstanding };
    let stage = Stage::set(&cast, &network, size).await?;
    let from = network.height(0).await?;
    process(&network, AWAY)?.kill().await?;
    let begun = Instant::now();
    ahead((&cast, &network, &stage), from.saturating_add(args.blocks)).await?;
    let (ahead, ordered) = (network.height(0).await?.saturating_sub(from), begun.elapsed());
    let (away_ready, caught_up) = start(&network, AWAY).await?;
    process(&network, AGAIN)?.kill().await?;
    let (restart, _) = start(&network, AGAIN).await?;
    let (snapshot, restore, restored) = restore(&network, folder).await?;
    let store_mib = network.disk_bytes()? >> 20;
    network.stop().await;
    show(
        args,
        &Line {
            blocks: ahead,
            ordered_per_second: seconds(Duration::from_secs_f64(
                ahead as f64 / ordered.as_secs_f64(),
            )),
            away_ready_ms: ms(away_ready),
            caught_up_s: seconds(caught_up),
            caught_up_per_second: (ahead as f64 / caught_up.as_secs_f64()).round(),
            restart_ms: ms(restart),
            snapshot_s: seconds(snapshot),
            restore_s: seconds(restore),
            restored_ready_s: seconds(restored),
            store_mib,
        },
    );
    Ok(())
}

fn process(network: &Network, number: usize) -> Result<&Process, TestbedError> {
    network.validators.get(number).ok_or(TestbedError::Broken("a validator"))
}

/// Pays one unit after the other, so that there is always a reason for a block, until the first validator is that far.
async fn ahead(
    (cast, network, stage): (&Cast, &Network, &Stage),
    goal: u64,
) -> Result<(), TestbedError> {
    let first = network.urls().into_iter().take(1).collect();
    let client = client_of(network, first, cast.payer.settlement.transport())?;
    let bar = bar(goal);
    bar.set_message("blocks");
    loop {
        let commands = payments::prepare(cast, stage, Load::Restart, AT_ONCE)?;
        for command in commands {
            client.submit_all(std::slice::from_ref(&command)).await?;
            let reached = stage.follower.height();
            bar.set_position(reached);
            if reached >= goal {
                bar.finish_and_clear();
                return all_proven(&stage.follower, &network.folder, "blocks", PATIENCE_S).await;
            }
            stage.follower.news().await;
        }
    }
}

/// Starts a validator; when it is ready, and when it has the height that the first has by then.
async fn start(network: &Network, number: usize) -> Result<(Duration, Duration), TestbedError> {
    let started = Instant::now();
    process(network, number)?.start()?;
    process(network, number)?.ready().await?;
    let ready = started.elapsed();
    let goal = network.height(0).await?;
    while network.height(number).await? < goal {
        if started.elapsed() > Duration::from_secs(10 * PATIENCE_S) {
            return Err(TestbedError::Broken("a validator does not catch up"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok((ready, started.elapsed()))
}

/// A snapshot of the first, and another one made anew from it: how long each part took.
async fn restore(
    network: &Network,
    folder: &Path,
) -> Result<(Duration, Duration, Duration), TestbedError> {
    let shown = |path: &Path| path.display().to_string();
    let (snapshot, genesis) =
        (shown(&folder.join("snapshot")), shown(&folder.join("genesis.json")));
    let (from, data) = (folder.join("validator-1/data"), folder.join("validator-2/data"));
    let begun = Instant::now();
    must(&["snapshot", "--data", &shown(&from), "--out", &snapshot]).await?;
    let taken = begun.elapsed();
    process(network, LOST)?.kill().await?;
    fs::remove_dir_all(&data).map_err(TestbedError::io("validator-2/data"))?;
    let begun = Instant::now();
    let data = shown(&data);
    must(&["restore", "--from", &snapshot, "--data", &data, "--genesis", &genesis]).await?;
    let restored = begun.elapsed();
    let (_, there) = start(network, LOST).await?;
    Ok((taken, restored, there))
}

async fn must(args: &[&str]) -> Result<(), ChildError> {
    child::must(args).await
}

fn show(args: &BenchArgs, line: &Line) {
    if args.json {
        // Numbers and names only, which JSON can always spell.
        ui::line(&serde_json::to_string(line).unwrap_or_default());
        return;
    }
    let caught_up = format!(
        "{} in {:.1} s, {:.0} a second; ordered {:.1} a second",
        line.blocks, line.caught_up_s, line.caught_up_per_second, line.ordered_per_second
    );
    let rows = [
        ("blocks caught up", caught_up),
        ("ready after a kill", format!("{:.0} ms", line.restart_ms)),
        ("snapshot", format!("{:.1} s", line.snapshot_s)),
        ("restore", format!("{:.1} s", line.restore_s)),
        ("restored one at the others' height", format!("{:.1} s", line.restored_ready_s)),
        ("data of a validator", format!("{} MiB", line.store_mib)),
    ];
    for (name, value) in rows {
        ui::line(&format!("{name:<38}{value}"));
    }
}
