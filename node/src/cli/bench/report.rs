//! What was measured, for people and for scripts.

use std::time::{Duration, Instant};

use ledger_core::{
    command::SignedCommand,
    signature::{Claim, all_hold},
};
use serde::Serialize;

use super::{BenchArgs, drive::Run};
use crate::cli::ui;

/// Signatures of one batch of the baseline.
const BATCH: usize = 1_024;
/// Batches of the baseline, on each core.
const BATCHES: usize = 8;

/// What the run gave.
pub(super) struct Figures {
    pub(super) run: Run,
    /// Signatures per second that this machine checks in batches, on all cores.
    pub(super) bound: f64,
    /// Bytes by which the first validator's data grew.
    pub(super) disk: u64,
    /// Bytes of all of it after compaction, accounts and founding too.
    pub(super) compacted: u64,
}

/// The line of JSON.
#[derive(Serialize)]
struct Line {
    load: String,
    transfers_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    validators: usize,
    accounts: u32,
    seconds: f64,
    transfers: u64,
    outstanding: u32,
    /// Signatures per second of this machine, batches of 1,024 on all cores: the baseline.
    signatures_per_second: f64,
    /// Part of that bound that the transfers' own signatures used.
    part_of_signature_bound: f64,
    disk_bytes_per_transfer: f64,
    /// The same after compaction, with everything that was there before the load.
    compacted_bytes_per_transfer: f64,
    /// Whether the prepared payments ran out before the time was over.
    exhausted: bool,
}

/// Signatures per second that all cores check together: what no rate of single payments can pass.
pub(super) fn signature_bound(commands: &[SignedCommand]) -> f64 {
    let claims: Vec<Claim> =
        commands.iter().take(BATCH).flat_map(SignedCommand::claims).take(BATCH).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..BATCHES {
                    std::hint::black_box(all_hold(&claims, rand::rng()));
                }
            });
        }
    });
    (claims.len() * BATCHES * threads) as f64 / started.elapsed().as_secs_f64()
}

/// Prints the figures.
pub(super) fn show(args: &BenchArgs, figures: &Figures) {
    let Figures { run, bound, disk, compacted } = figures;
    let legs = args.load.legs() as f64;
    let rate = run.per_second * legs;
    let transfers = run.commands * args.load.legs() as u64;
    // A payment has three signatures, a bulk too.
    let signatures = run.per_second * 3.0;
    let line = Line {
        load: format!("{:?}", args.load).to_lowercase(),
        transfers_per_second: round(rate),
        p50_ms: round(percentile(&run.latencies, 0.50)),
        p99_ms: round(percentile(&run.latencies, 0.99)),
        validators: args.load.validators(),
        accounts: args.accounts,
        seconds: round(run.seconds),
        transfers,
        outstanding: args.outstanding,
        signatures_per_second: round(*bound),
        part_of_signature_bound: round(signatures / bound * 1_000.0) / 1_000.0,
        disk_bytes_per_transfer: round(*disk as f64 / transfers.max(1) as f64),
        compacted_bytes_per_transfer: round(*compacted as f64 / transfers.max(1) as f64),
        exhausted: run.exhausted,
    };
    if args.json {
        // Numbers and names only, which JSON can always spell.
        ui::line(&serde_json::to_string(&line).unwrap_or_default());
        return;
    }
    let rows = [
        ("transfers settled", format!("{transfers} in {:.1} s", run.seconds)),
        ("transfers per second", format!("{:.0}", line.transfers_per_second)),
        ("settled after, median", format!("{:.1} ms", line.p50_ms)),
        ("settled after, 99 of 100", format!("{:.1} ms", line.p99_ms)),
        ("validators", line.validators.to_string()),
        ("accounts", line.accounts.to_string()),
        ("signatures per second, this machine", format!("{:.0}", line.signatures_per_second)),
        ("part of that used", format!("{:.1} %", line.part_of_signature_bound * 100.0)),
        ("disk per transfer", format!("{:.0} bytes", line.disk_bytes_per_transfer)),
        ("after compaction", format!("{:.0} bytes", line.compacted_bytes_per_transfer)),
    ];
    for (name, value) in rows {
        ui::line(&format!("{name:<38}{value}"));
    }
    if run.exhausted {
        ui::note("every prepared payment was sent before the time was over");
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Milliseconds below which this part of sorted latencies lies; 0 for none.
pub(super) fn percentile(sorted: &[Duration], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * part).round() as usize;
    sorted.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let sorted: Vec<Duration> = (1..=101).map(Duration::from_millis).collect();
        assert_eq!(percentile(&sorted, 0.50), 51.0);
        assert_eq!(percentile(&sorted, 0.99), 100.0);
        assert_eq!(percentile(&[], 0.50), 0.0);
    }
}
