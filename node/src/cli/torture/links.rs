//! `florin torture --links`: the links between validators are struck, not the validators.
//!
//! ```text
//! one      nothing goes from or to one validator          three of four go on
//! halves   nothing goes between two and the other two      nothing is final, nowhere
//! mute     nothing goes from one validator, all goes to it three of four go on
//! loss     a fifth of all packets is lost                  all go on, slowly
//! ```
//!
//! # Place      `torture` -> [links] -> `lan`, the same clients and the same judge
//! # Invariants as the torture's; and while the network is in halves the highest height does not grow
//! # Absent     delay and reordering where the kernel has no netem

use std::{
    fmt,
    process::{ExitCode, ExitStatus},
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde::Serialize;
use tokio::process::Command;

use super::{
    OUTSTANDING, PATIENCE_S, TortureArgs,
    client::Clients,
    judge::{self, Verdict},
    judged,
    keeper::Keeper,
    lan::{Lan, LanError, Links, Loss},
};
use crate::{
    cli::{
        testbed::{
            Folder, TestbedError,
            cast::Cast,
            network::Network,
            prepare::{Size, Stage, bar},
        },
        ui::{self, Failure},
    },
    validator::Signals,
};

/// For how long nothing may have become final before a network of two halves counts as standing.
const GRACE: Duration = Duration::from_secs(3);

/// What happens to links.
#[derive(Clone, Copy)]
enum Cut {
    One(u8),
    Halves(u8),
    Mute(u8),
    Loss,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(victim) => write!(f, "cutting validator-{victim} off"),
            Self::Halves(with) => {
                write!(f, "cutting validator-1 and validator-{with} from the others")
            }
            Self::Mute(victim) => write!(f, "losing what validator-{victim} sends"),
            Self::Loss => write!(f, "losing a fifth of all packets"),
        }
    }
}

impl Cut {
    /// Each kind in turn.
    fn draw(round: u32, validators: u8, chance: &mut StdRng) -> Self {
        match round % 4 {
            1 => Self::One(chance.random_range(1..=validators)),
            2 => Self::Halves(chance.random_range(2..=validators)),
            3 => Self::Mute(chance.random_range(1..=validators)),
            _ => Self::Loss,
        }
    }

    /// From whom to whom nothing goes.
    fn lost(self, validators: u8) -> Vec<(u8, u8)> {
        let all = || 1..=validators;
        let pairs = all().flat_map(|from| all().map(move |to| (from, to)));
        let is_lost = |(from, to): &(u8, u8)| match self {
            Self::One(victim) => (*from == victim) != (*to == victim),
            Self::Halves(with) => {
                let first = |number: &u8| *number == 1 || *number == with;
                first(from) != first(to)
            }
            Self::Mute(victim) => *from == victim && *to != victim,
            Self::Loss => false,
        };
        pairs.filter(is_lost).collect()
    }
}

/// What came of it.
#[derive(Serialize)]
struct Report {
    rounds: u32,
    seed: u64,
    validators: u8,
    /// What packets were lost by; nothing where this machine has no means.
    loss: Option<&'static str>,
    /// Processes that somebody else ended meanwhile, each started again.
    killed_outside: usize,
    /// Payments sent.
    sent: usize,
    /// Payments whose receipt was proven to the client.
    proven: usize,
    /// Times that a payment was sent again.
    sent_again: u64,
    /// Height at the end.
    height: u64,
    /// From a cut that a quorum bears until a payment sent after it was proven, with the cut in place.
    during_p50_ms: u128,
    during_max_ms: u128,
    /// The same while packets are lost.
    lossy_max_ms: u128,
    /// From healing until a payment sent after it was proven.
    recovery_p50_ms: u128,
    recovery_max_ms: u128,
    /// The same after halves, in which nobody settled.
    halves_max_ms: u128,
    /// From healing until every validator had the height that the highest had then.
    caught_up_max_ms: u128,
    /// What is wrong; nothing, if all is well.
    faults: Vec<String>,
}

/// Why it did not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinksError {
    /// No namespaces.
    #[error(transparent)]
    Lan(#[from] LanError),
    /// The test bed.
    #[error(transparent)]
    Testbed(#[from] TestbedError),
    /// The other half of this command.
    #[error("the torture inside the namespaces: {0}")]
    Inside(std::io::Error),
}

/// Makes the namespaces, and runs this command again inside that of the clients.
pub(super) async fn outside(args: &TortureArgs) -> Result<ExitCode, Failure> {
    let lan = Lan::make(args.validators).map_err(Failure::usage)?;
    let failed = |error| Failure::of(LinksError::Inside(error));
    let program = std::env::current_exe().map_err(failed)?;
    let mut signals = Signals::new().map_err(failed)?;
    let mut inside = Command::new("ip");
    inside.args(["netns", "exec", &lan.clients()]).arg(program);
    inside.args(std::env::args_os().skip(1)).args(["--inside", lan.name()]);
    let mut inside = inside.kill_on_drop(true).spawn().map_err(failed)?;
    let ended: Option<ExitStatus> = tokio::select! {
        ended = inside.wait() => Some(ended.map_err(failed)?),
        _ = signals.next() => None,
    };
    // Whatever runs in them ends with them.
    drop(lan);
    let code = ended.and_then(|ended| ended.code()).and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(ui::NOT_DONE)))
}

/// Runs it inside the namespaces of this name.
pub(super) async fn inside(args: &TortureArgs, name: &str) -> Result<ExitCode, Failure> {
    let folder = Folder::make(args.out.as_deref(), "torture").map_err(Failure::of)?;
    let seed = args.seed.unwrap_or_else(|| rand::rng().random_range(0..=u64::from(u32::MAX)));
    ui::note(&format!("florin torture --links --seed {seed} --rounds {}", args.rounds));
    let links = Links::of(name.to_owned(), args.validators);
    let outcome = in_folder(args, seed, &folder.path, &links).await;
    folder.leave(outcome.as_ref().is_ok_and(|report| report.faults.is_empty()));
    let report = outcome.map_err(Failure::of)?;
    show(args, &report);
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(ui::NOT_DONE) })
}

/// What was measured.
#[derive(Default)]
struct Seen {
    during: Vec<Duration>,
    lossy: Vec<Duration>,
    recoveries: Vec<Duration>,
    halves: Vec<Duration>,
    caught_up: Vec<Duration>,
    loss: Option<Loss>,
    faults: Vec<String>,
}

async fn in_folder(
    args: &TortureArgs,
    seed: u64,
    folder: &std::path::Path,
    links: &Links,
) -> Result<Report, LinksError> {
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let network = Network::found_at(folder, &cast, &links.places())?;
    let keeper = Keeper::default();
    let struck = struck(args, seed, (Arc::new(cast), &network, links), &keeper);
    keeper.beside(&network, struck).await
}

async fn struck(
    args: &TortureArgs,
    seed: u64,
    (cast, network, links): (Arc<Cast>, &Network, &Links),
    keeper: &Keeper,
) -> Result<Report, LinksError> {
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: OUTSTANDING };
    let stage = Arc::new(Stage::set(&cast, network, size).await?);
    let clients = Clients::start(&cast, &stage, network)?;
    let mut chance = StdRng::seed_from_u64(seed);
    let mut seen = Seen::default();
    let bar = bar(args.rounds.into());
    for round in 1..=args.rounds {
        tokio::time::sleep(Duration::from_millis(chance.random_range(500..1_500))).await;
        let cut = Cut::draw(round, args.validators, &mut chance);
        let lasts = Duration::from_millis(chance.random_range(6_000..12_000));
        bar.set_message(cut.to_string());
        let before = seen.faults.len();
        strike((cut, lasts), (links, args.validators), (network, &clients), &mut seen).await?;
        if seen.faults.len() > before || !keeper.faults().is_empty() {
            for fault in seen.faults.iter_mut().skip(before) {
                *fault = format!("round {round}, {cut}: {fault}");
            }
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
    let Seen { during, lossy, recoveries, halves, caught_up, .. } = &mut seen;
    for list in [during, lossy, recoveries, halves, caught_up] {
        list.sort_unstable();
    }
    Ok(Report {
        rounds: args.rounds,
        seed,
        validators: args.validators,
        loss: seen.loss.map(Loss::text),
        killed_outside: keeper.killed_outside(),
        sent: record.sent(),
        proven: record.proven.len(),
        sent_again,
        height,
        during_p50_ms: middle(&seen.during),
        during_max_ms: most(&seen.during),
        lossy_max_ms: most(&seen.lossy),
        recovery_p50_ms: middle(&seen.recoveries),
        recovery_max_ms: most(&seen.recoveries),
        halves_max_ms: most(&seen.halves),
        caught_up_max_ms: most(&seen.caught_up),
        faults: seen.faults,
    })
}

fn middle(sorted: &[Duration]) -> u128 {
    sorted.get(sorted.len() / 2).map_or(0, Duration::as_millis)
}

fn most(sorted: &[Duration]) -> u128 {
    sorted.last().map_or(0, Duration::as_millis)
}

/// One cut, what must hold while it lasts, and what must hold when it is over.
async fn strike(
    (cut, lasts): (Cut, Duration),
    (links, validators): (&Links, u8),
    (network, clients): (&Network, &Clients),
    seen: &mut Seen,
) -> Result<(), LinksError> {
    let lost = cut.lost(validators);
    for (from, to) in &lost {
        links.set(*from, *to, true)?;
    }
    let cut_at = Instant::now();
    let mut lossy = None;
    match cut {
        Cut::One(_) | Cut::Mute(_) => match clients.settle_again(cut_at, PATIENCE_S).await {
            Some(took) => seen.during.push(took),
            None => seen.faults.push(format!("a quorum settles nothing within {PATIENCE_S} s")),
        },
        Cut::Halves(_) => {
            let before = stood_still(network, cut_at).await?;
            tokio::time::sleep(lasts).await;
            let after = network.heights().await?;
            if before.iter().max() != after.iter().max() {
                seen.faults.push(format!("halves go on: {before:?}, then {after:?}"));
            }
        }
        Cut::Loss => {
            lossy = links.lose()?;
            seen.loss = seen.loss.or(lossy);
            let begun = Instant::now();
            if lossy.is_some() {
                match clients.settle_again(begun, PATIENCE_S).await {
                    Some(took) => seen.lossy.push(took),
                    None => seen.faults.push(format!("nothing settles within {PATIENCE_S} s")),
                }
            }
        }
    }
    tokio::time::sleep(lasts.saturating_sub(cut_at.elapsed())).await;
    for (from, to) in &lost {
        links.set(*from, *to, false)?;
    }
    if let Some(loss) = lossy {
        links.keep(loss);
    }
    healed(cut, (network, clients), seen).await
}

/// The heights once the highest has not grown for the grace, or what they are when patience ends.
///
/// A validator that was behind may still come up to the others of its half.
async fn stood_still(network: &Network, since: Instant) -> Result<Vec<u64>, LinksError> {
    let mut heights = network.heights().await?;
    let mut grew = Instant::now();
    while grew.elapsed() < GRACE && since.elapsed() < Duration::from_secs(PATIENCE_S) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = network.heights().await?;
        if now.iter().max() > heights.iter().max() {
            grew = Instant::now();
        }
        heights = now;
    }
    Ok(heights)
}

/// The network settles again, and every validator is where the highest was.
async fn healed(
    cut: Cut,
    (network, clients): (&Network, &Clients),
    seen: &mut Seen,
) -> Result<(), LinksError> {
    let healed = Instant::now();
    let goal = network.heights().await?.into_iter().max().unwrap_or(0);
    match clients.settle_again(healed, PATIENCE_S).await {
        Some(took) if matches!(cut, Cut::Halves(_)) => seen.halves.push(took),
        Some(took) => seen.recoveries.push(took),
        None => seen.faults.push(format!("nothing settled within {PATIENCE_S} s after it")),
    }
    while network.heights().await?.into_iter().any(|height| height < goal) {
        if healed.elapsed() > Duration::from_secs(PATIENCE_S) {
            let heights = network.heights().await?;
            seen.faults.push(format!("a validator does not reach block {goal}: {heights:?}"));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seen.caught_up.push(healed.elapsed());
    Ok(())
}

fn show(args: &TortureArgs, report: &Report) {
    if args.json {
        // Numbers and texts only, which JSON can always spell.
        ui::line(&serde_json::to_string(report).unwrap_or_default());
        return;
    }
    let none = "none: this machine has neither netem nor iptables";
    let rows = [
        ("rounds", report.rounds.to_string()),
        ("seed", report.seed.to_string()),
        ("validators", report.validators.to_string()),
        ("packets", report.loss.unwrap_or(none).to_owned()),
        ("killed by somebody else", report.killed_outside.to_string()),
        ("payments sent", format!("{}, again {} times", report.sent, report.sent_again)),
        ("payments proven", report.proven.to_string()),
        ("height", report.height.to_string()),
        (
            "settling beside a cut, median and most",
            format!("{} ms, {} ms", report.during_p50_ms, report.during_max_ms),
        ),
        ("settling while packets are lost, most", format!("{} ms", report.lossy_max_ms)),
        (
            "settling again after, median and most",
            format!("{} ms, {} ms", report.recovery_p50_ms, report.recovery_max_ms),
        ),
        ("settling again after halves, most", format!("{} ms", report.halves_max_ms)),
        ("all at one height again after, most", format!("{} ms", report.caught_up_max_ms)),
        ("lost, doubled, forked, not adding up", report.faults.len().to_string()),
    ];
    for (name, value) in rows {
        ui::line(&format!("{name:<40}{value}"));
    }
    for fault in &report.faults {
        ui::note(&format!("fault: {fault}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cut_loses_what_it_says_and_no_more() {
        let rows: [(Cut, &[(u8, u8)]); 4] = [
            (Cut::One(2), &[(1, 2), (2, 1), (2, 3), (2, 4), (3, 2), (4, 2)]),
            (Cut::Halves(3), &[(1, 2), (1, 4), (2, 1), (2, 3), (3, 2), (3, 4), (4, 1), (4, 3)]),
            (Cut::Mute(4), &[(4, 1), (4, 2), (4, 3)]),
            (Cut::Loss, &[]),
        ];
        for (cut, expected) in rows {
            assert_eq!(cut.lost(4), expected, "{cut}");
        }
    }
}
