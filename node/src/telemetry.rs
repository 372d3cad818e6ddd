//! The log of a process: lines on stderr, as text or JSON.
//!
//! # Place      every crate's `tracing` events -> [telemetry] -> stderr -> the service manager
//! # Invariants FLORIN_LOG says how much (default [`USUAL`]); stdout stays free for results
//! # Absent     metrics (the ledger port serves them), traces

use std::io;

use tracing_subscriber::EnvFilter;

/// Which events are written: as in `info,consensus=debug`.
const FILTER: &str = "FLORIN_LOG";
/// What is written when nothing is said: of the engine, which opens a span at every step, only what
/// somebody should look at.
const USUAL: &str = "info,commonware=warn";

/// How events are spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts the log. Called once, before anything else.
pub(crate) fn start(format: Format) {
    let wanted = std::env::var(FILTER).ok().and_then(|text| EnvFilter::try_new(text).ok());
    let filter = wanted.unwrap_or_else(|| EnvFilter::new(USUAL));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match format {
        Format::Text => log.with_ansi(false).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
    // A log that runs already is as good.
    drop(started);
}
