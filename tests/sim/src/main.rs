//! `florin-sim`: what `florin sim` runs.
//!
//! # Place      node's command line -> [florin-sim] -> `florin_sim::run`
//! # Absent     what is simulated
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a command line for tests"
)]

use std::{
    ops::Range,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use florin_sim::{Options, Outcome, STACK, bugs::Planted, run};

const USAGE: &str =
    "usage: florin sim --seeds A..B [--validators N] [--planted BUG] [--threads N] [--json]";

struct Asked {
    seeds: Range<u64>,
    options: Options,
    threads: usize,
    json: bool,
}

fn range(text: &str) -> Option<Range<u64>> {
    let (first, end) = text.split_once("..")?;
    Some(first.parse().ok()?..end.parse().ok()?)
}

fn asked(mut arguments: impl Iterator<Item = String>) -> Option<Asked> {
    let mut asked = Asked { seeds: 0..0, options: Options::default(), threads: 1, json: false };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => asked.json = true,
            "--seeds" => asked.seeds = range(&arguments.next()?)?,
            "--threads" => asked.threads = arguments.next()?.parse().ok()?,
            "--validators" => {
                let validators = arguments.next()?.parse().ok()?;
                asked.options.validators = (4..=7).contains(&validators).then_some(validators);
                asked.options.validators?;
            }
            "--planted" => asked.options.planted = Some(Planted::named(&arguments.next()?)?),
            _ => return None,
        }
    }
    (!asked.seeds.is_empty()).then_some(asked)
}

fn tell(outcome: &Outcome, asked: &Asked) {
    if asked.json {
        let line = serde_json::to_string(outcome);
        println!("{}", line.unwrap_or_default());
        return;
    }
    let summary = &outcome.summary;
    let word = if outcome.held() { "held" } else { "FAILED" };
    println!(
        "seed {}: {word}: {} validators, height {}, {} kills, {} settled, healed in {} ms, {}",
        outcome.seed,
        summary.validators,
        summary.height,
        summary.kills,
        summary.settled,
        summary.healed_ms,
        summary.state_root,
    );
    if !outcome.held() {
        println!("  faulty {:?}, episodes {:?}", summary.faulty, summary.episodes);
        for fault in &outcome.faults {
            println!("  {fault}");
        }
        println!("  again: {}", outcome.replay(&asked.options));
    }
}

fn main() -> ExitCode {
    let Some(asked) = asked(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let begun = Instant::now();
    let next = AtomicU64::new(asked.seeds.start);
    let failed = Mutex::new(0u64);
    thread::scope(|scope| {
        for _ in 0..asked.threads.max(1) {
            let work = || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !asked.seeds.contains(&seed) {
                        return;
                    }
                    let outcome = run(seed, &asked.options);
                    let mut failed = failed.lock().unwrap_or_else(|poison| poison.into_inner());
                    *failed += u64::from(!outcome.held());
                    tell(&outcome, &asked);
                }
            };
            let builder = thread::Builder::new().stack_size(STACK);
            builder.spawn_scoped(scope, work).expect("a thread");
        }
    });
    let failed = failed.into_inner().unwrap_or_default();
    let seeds = asked.seeds.end - asked.seeds.start;
    eprintln!("{seeds} seeds, {failed} failed, {:.1} s", begun.elapsed().as_secs_f64());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
