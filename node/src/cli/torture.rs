//! `florin torture`: validators are killed at any moment under load, and what clients were told is
//! compared with the chain.
//!
//! Clients pay all the time and send what was not proven again, to another validator. In each round
//! some validators fall at one instant by SIGKILL, or one is stopped and goes on seconds later; then
//! the network has to settle new payments again. At the end every payment must have ended, each
//! proven one stand on every validator's chain exactly once, and the money add up. What somebody else
//! ends meanwhile is started again and counted.
//!
//! # Place      a person or a script -> [torture] -> child processes over loopback -> a table or JSON
//! # Invariants exits 0 only if nothing was lost, doubled or forked, and the network always came back
//! # Absent     faults inside a process, and of its disk (simulation); gateways (tests/e2e); faults of links
//! #            (`links`)

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde::Serialize;

use self::{
    client::{Clients, Record},
    judge::Verdict,
    keeper::Keeper,
    strike::Strike,
};
use crate::cli::{
    testbed::{
        Folder, TestbedError,
        cast::Cast,
        network::Network,
        prepare::{Size, Stage, bar},
    },
    ui::{self, Failure},
};

pub(super) mod client;
pub(super) mod judge;
mod keeper;
mod lan;
mod links;
mod strike;

/// Seconds within which new payments must settle after a round, and all payments at the end.
const PATIENCE_S: u64 = 60;
/// Payments that are sent and not proven, at most.
pub(super) const OUTSTANDING: u32 = 512;

/// Options of the torture.
#[derive(Clone, Debug, Args)]
pub(crate) struct TortureArgs {
    /// How many times validators are struck.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Chooses victims and moments, as far as processes allow; another one each time if not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Validators.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(4..=7))]
    validators: u8,
    /// Accounts of the two banks together.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    accounts: u32,
    /// Strike the links between validators instead of them: each runs in a network namespace of its own, which
    /// needs Linux, iproute2 and root.
    #[arg(long)]
    links: bool,
    /// The namespaces, where this process runs inside them.
    #[arg(long, hide = true, requires = "links")]
    inside: Option<String>,
    /// End with one line of JSON on standard output instead of a table.
    #[arg(long)]
    json: bool,
    /// Folder for keys, configs, data and logs, kept at the end: absent or empty. A temporary one,
    /// removed if all went well, if not given.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What came of it.
#[derive(Serialize)]
struct Report {
    rounds: u32,
    seed: u64,
    validators: u8,
    /// Processes that it killed.
    killed: usize,
    /// Processes that somebody else ended meanwhile, each started again.
    killed_outside: usize,
    /// Rounds in which all fell at once.
    killed_all: u32,
    /// Processes stopped for a while.
    paused: u32,
    /// Payments sent.
    sent: usize,
    /// Payments whose receipt was proven to the client.
    proven: usize,
    /// Times that a payment was sent again.
    sent_again: u64,
    /// Height at the end.
    height: u64,
    /// From the last start of a round until a payment sent after it was proven.
    recovery_p50_ms: u128,
    recovery_max_ms: u128,
    /// What is wrong; nothing, if all is well.
    faults: Vec<String>,
}

/// Runs the torture.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: TortureArgs) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::of)?;
    match (&args.inside, args.links) {
        (Some(name), _) => return runtime.block_on(links::inside(&args, name)),
        (None, true) => return runtime.block_on(links::outside(&args)),
        (None, false) => {}
    }
    let report = runtime.block_on(torture(&args)).map_err(Failure::of)?;
    show(&args, &report);
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(ui::NOT_DONE) })
}

async fn torture(args: &TortureArgs) -> Result<Report, TestbedError> {
    let folder = Folder::make(args.out.as_deref(), "torture")?;
    let seed = args.seed.unwrap_or_else(|| rand::rng().random_range(0..=u64::from(u32::MAX)));
    ui::note(&format!("florin torture --seed {seed} --rounds {}", args.rounds));
    let outcome = in_folder(args, seed, &folder.path).await;
    folder.leave(outcome.as_ref().is_ok_and(|report| report.faults.is_empty()));
    outcome
}

async fn in_folder(args: &TortureArgs, seed: u64, folder: &Path) -> Result<Report, TestbedError> {
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let network = Network::found(folder, &cast, usize::from(args.validators))?;
    let keeper = Keeper::default();
    let struck = struck(args, seed, (Arc::new(cast), &network), &keeper);
    keeper.beside(&network, struck).await
}

/// What was seen while it lasted.
#[derive(Default)]
struct Seen {
    recoveries: Vec<Duration>,
    killed: usize,
    killed_all: u32,
    paused: u32,
    faults: Vec<String>,
}

async fn struck(
    args: &TortureArgs,
    seed: u64,
    (cast, network): (Arc<Cast>, &Network),
    keeper: &Keeper,
) -> Result<Report, TestbedError> {
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: OUTSTANDING };
    let stage = Arc::new(Stage::set(&cast, network, size).await?);
    let clients = Clients::start(&cast, &stage, network)?;
    let mut chance = StdRng::seed_from_u64(seed);
    let mut seen = Seen::default();
    let bar = bar(args.rounds.into());
    for round in 1..=args.rounds {
        tokio::time::sleep(Duration::from_millis(chance.random_range(100..900))).await;
        let strike = Strike::draw(&mut chance, usize::from(args.validators));
        bar.set_message(strike.to_string());
        if let Err(fault) = one(&strike, (network, keeper), &clients, &mut seen).await {
            seen.faults.push(format!("round {round}, {strike}: {fault}"));
        }
        if !seen.faults.is_empty() || !keeper.faults().is_empty() {
            break;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let sent_again = clients.sent_again();
    let record = clients.end(PATIENCE_S).await;
    keeper.start_all(network);
    let verdict = judged(judge::judge(&cast, &stage, (network, &[]), &record).await);
    let Verdict { height, faults, .. } = verdict;
    seen.faults.extend(faults);
    seen.faults.extend(keeper.faults());
    Ok(report((args, seed), seen, (&record, sent_again, height), keeper.killed_outside()))
}

/// That nothing could be compared is a fault like others: what was seen until then is reported with it.
fn judged(verdict: Result<Verdict, TestbedError>) -> Verdict {
    verdict.unwrap_or_else(|error| {
        let faults = vec![format!("the chains were not compared: {error}")];
        Verdict { height: 0, lost: 0, faults }
    })
}

/// One blow, and payments afterwards; what is wrong then.
async fn one(
    strike: &Strike,
    (network, keeper): (&Network, &Keeper),
    clients: &Clients,
    seen: &mut Seen,
) -> Result<(), String> {
    let fall = strike.fall(network, keeper).await.map_err(|error| error.to_string())?;
    seen.killed += fall.killed;
    seen.killed_all += u32::from(fall.killed == network.validators.len());
    seen.paused += u32::from(matches!(strike, Strike::Pause { .. }));
    let settled = clients.settle_again(fall.started, PATIENCE_S).await;
    seen.recoveries.push(settled.ok_or_else(|| format!("nothing settled within {PATIENCE_S} s"))?);
    Ok(())
}

fn report(
    (args, seed): (&TortureArgs, u64),
    mut seen: Seen,
    (record, sent_again, height): (&Record, u64, u64),
    killed_outside: usize,
) -> Report {
    seen.recoveries.sort_unstable();
    let at = |index: usize| seen.recoveries.get(index).map_or(0, Duration::as_millis);
    Report {
        rounds: args.rounds,
        seed,
        validators: args.validators,
        killed: seen.killed,
        killed_outside,
        killed_all: seen.killed_all,
        paused: seen.paused,
        sent: record.sent(),
        proven: record.proven.len(),
        sent_again,
        height,
        recovery_p50_ms: at(seen.recoveries.len() / 2),
        recovery_max_ms: at(seen.recoveries.len().saturating_sub(1)),
        faults: seen.faults,
    }
}

fn show(args: &TortureArgs, report: &Report) {
    if args.json {
        // Numbers and texts only, which JSON can always spell.
        ui::line(&serde_json::to_string(report).unwrap_or_default());
        return;
    }
    let rows = [
        ("rounds", report.rounds.to_string()),
        ("seed", report.seed.to_string()),
        ("validators", report.validators.to_string()),
        ("killed", format!("{}, all at once {} times", report.killed, report.killed_all)),
        ("killed by somebody else", report.killed_outside.to_string()),
        ("stopped for a while", report.paused.to_string()),
        ("payments sent", format!("{}, again {} times", report.sent, report.sent_again)),
        ("payments proven", report.proven.to_string()),
        ("height", report.height.to_string()),
        (
            "settling again after, median and most",
            format!("{} ms, {} ms", report.recovery_p50_ms, report.recovery_max_ms),
        ),
        ("lost, doubled, forked, not adding up", report.faults.len().to_string()),
    ];
    for (name, value) in rows {
        ui::line(&format!("{name:<40}{value}"));
    }
    for fault in &report.faults {
        ui::note(&format!("fault: {fault}"));
    }
}
