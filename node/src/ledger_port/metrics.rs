//! What a validator counts, as OpenMetrics text behind the engine's own.
//!
//! # Invariants one `# EOF`, at the end; labels come from closed sets (routes, statuses, codes)
//! # Absent     amounts, accounts, institutions: whoever watches machines learns nothing of payments

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
};

use ledger_core::rules::{Rules, RulesVersion};
use ledger_store::Backed;

/// Media type of the text.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counters since the process started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    applied: AtomicU64,
    refused: AtomicU64,
    /// By route and status.
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    /// The highest version of the rules that is known; 0 before it is told.
    known: AtomicU32,
    /// The second (Unix time) at which the certificate for clients ends; 0 where there is none.
    certificate_ends: AtomicI64,
    /// By code: of the ledger's refusals and of the ledger port's.
    refusals: Mutex<BTreeMap<String, u64>>,
}

/// What is measured when it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    /// Height of the last executed block.
    pub(crate) height: u64,
    /// Height of the latest certified header.
    pub(crate) certified: u64,
    /// Executed blocks that no certified header covers.
    pub(crate) lag: u64,
    /// Commands in the pool.
    pub(crate) mempool: u64,
    /// Validators of the committee whose misconduct is proved.
    pub(crate) expelled: u64,
    /// Seconds until the halt that is on ends by itself; 0 where none is.
    pub(crate) halt_left_s: u64,
    /// The version of the rules in force, the one decided if any, and the highest that is known.
    pub(crate) rules: [Option<u32>; 3],
    /// Bytes that may still be written, where that is known.
    pub(crate) storage_free: Option<u64>,
}

impl Metrics {
    /// Tells when the certificate for clients ends, as Unix time.
    pub(crate) fn certificate_ends(&self, second: i64) {
        self.certificate_ends.store(second, Ordering::Relaxed);
    }

    /// Tells which version of the rules is known at most.
    pub(crate) fn knows(&self, version: RulesVersion) {
        self.known.store(version.get(), Ordering::Relaxed);
    }

    /// In force, decided if any, known.
    pub(crate) fn rules(&self, now: &Rules) -> [Option<u32>; 3] {
        let next = now.next.map(|next| next.version.get());
        [Some(now.version().get()), next, Some(self.known.load(Ordering::Relaxed))]
    }

    /// A command was executed and applied.
    pub(crate) fn applied(&self) {
        self.applied.fetch_add(1, Ordering::Relaxed);
    }

    /// A command was executed and refused.
    pub(crate) fn refused(&self, code: &str) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.refusal(code);
    }

    /// The ledger port refused a request.
    pub(crate) fn refusal(&self, code: &str) {
        count(&self.refusals, code.to_owned());
    }

    /// A request was answered.
    pub(crate) fn request(&self, route: &str, status: u16) {
        count(&self.requests, (route.to_owned(), status));
    }

    /// The engine's text without its end, then ours.
    pub(crate) fn text(&self, engine: &str, gauges: Gauges, backing: &[Backed]) -> String {
        let mut text = String::with_capacity(engine.len().saturating_add(4_096));
        for line in engine.lines().filter(|line| *line != "# EOF") {
            text.push_str(line);
            text.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = self.write(&mut text, gauges, backing);
        text
    }

    fn write(&self, out: &mut String, gauges: Gauges, backing: &[Backed]) -> std::fmt::Result {
        let rows = [
            ("florin_height", "Height of the last executed block", gauges.height),
            ("florin_certified_height", "Height of the latest certified header", gauges.certified),
            ("florin_results_lag", "Executed blocks that no certified header covers", gauges.lag),
            ("florin_mempool_commands", "Commands that wait to be executed", gauges.mempool),
            (
                "florin_validators_expelled",
                "Validators of the committee whose misconduct is proved",
                gauges.expelled,
            ),
            (
                "florin_halt_remaining_seconds",
                "Seconds until the halt that is on ends by itself",
                gauges.halt_left_s,
            ),
        ];
        let free = gauges
            .storage_free
            .map(|free| ("florin_storage_free_bytes", "Room on the disk of the data folder", free));
        let ends = u64::try_from(self.certificate_ends.load(Ordering::Relaxed)).unwrap_or(0);
        let ends = (ends > 0).then_some((
            "florin_certificate_end_timestamp_seconds",
            "Unix time at which the certificate for clients ends",
            ends,
        ));
        for (name, help, value) in rows.into_iter().chain(free).chain(ends) {
            writeln!(out, "# HELP {name} {help}.\n# TYPE {name} gauge\n{name} {value}")?;
        }
        rules(out, gauges.rules)?;
        backed(out, backing)?;
        header(out, "florin_commands", "Commands executed, by outcome")?;
        for (outcome, value) in [("applied", &self.applied), ("refused", &self.refused)] {
            let value = value.load(Ordering::Relaxed);
            writeln!(out, "florin_commands_total{{outcome=\"{outcome}\"}} {value}")?;
        }
        header(out, "florin_http_requests", "Requests answered, by route and status")?;
        for ((path, status), value) in lock(&self.requests).iter() {
            let labels = format!("path=\"{path}\",status=\"{status}\"");
            writeln!(out, "florin_http_requests_total{{{labels}}} {value}")?;
        }
        header(out, "florin_refusals", "Refusals by the ledger and the ledger port, by code")?;
        for (code, value) in lock(&self.refusals).iter() {
            writeln!(out, "florin_refusals_total{{code=\"{code}\"}} {value}")?;
        }
        writeln!(out, "# EOF")
    }
}

/// Versions of the rules, and which of them this process knows.
fn rules(out: &mut String, versions: [Option<u32>; 3]) -> std::fmt::Result {
    let name = "florin_rules_version";
    writeln!(out, "# HELP {name} Version of the rules, by what it is.\n# TYPE {name} gauge")?;
    for (is, version) in ["in_force", "decided", "known"].into_iter().zip(versions) {
        if let Some(version) = version {
            writeln!(out, "{name}{{is=\"{is}\"}} {version}")?;
        }
    }
    Ok(())
}

/// What stands behind each currency.
fn backed(out: &mut String, backing: &[Backed]) -> std::fmt::Result {
    if backing.is_empty() {
        return Ok(());
    }
    let gauge = |out: &mut String, name: &str, help: &str| {
        writeln!(out, "# HELP {name} {help}.\n# TYPE {name} gauge")
    };
    let coverage = "florin_reserve_coverage_ratio";
    gauge(out, coverage, "Effective reserves per claim, rounded down to a ten-thousandth")?;
    for of in backing {
        let Some(points) = of.coverage else { continue };
        let (whole, rest) = (points / 10_000, points % 10_000);
        writeln!(out, "{coverage}{{currency=\"{}\"}} {whole}.{rest:04}", of.currency)?;
    }
    let fresh = "florin_attestation_remaining_seconds";
    gauge(out, fresh, "Seconds until the first attestation of the currency no longer counts")?;
    for of in backing {
        let Some(left) = of.fresh_ms else { continue };
        writeln!(out, "{fresh}{{currency=\"{}\"}} {}", of.currency, left / 1_000)?;
    }
    Ok(())
}

fn header(out: &mut String, name: &str, help: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}.\n# TYPE {name} counter")
}

fn count<K: Ord>(counters: &Mutex<BTreeMap<K, u64>>, key: K) {
    let mut counters = lock(counters);
    let counter = counters.entry(key).or_insert(0);
    *counter = counter.saturating_add(1);
}

/// A counter is right between any two operations, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use ledger_core::money::Currency;

    use super::*;

    #[test]
    fn the_text_ends_once_and_holds_every_metric() {
        let metrics = Metrics::default();
        metrics.applied();
        metrics.refused("insufficient_funds");
        metrics.request("/ledger/v1/commands", 202);
        let gauges = Gauges {
            height: 7,
            certified: 6,
            lag: 2,
            mempool: 1,
            expelled: 3,
            halt_left_s: 5,
            rules: [Some(1), None, Some(2)],
            storage_free: Some(9),
        };
        let backed = |code, coverage, fresh_ms| Backed {
            currency: Currency::new(code).unwrap(),
            coverage,
            fresh_ms,
        };
        let backing = [backed("EUR", Some(10_075), Some(61_999)), backed("JPY", None, Some(0))];
        let engine = "# TYPE engine counter\nengine_total 1\n# EOF\n";
        let text = metrics.text(engine, gauges, &backing);
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("# EOF\n"));
        for line in [
            "engine_total 1",
            "florin_height 7",
            "florin_certified_height 6",
            "florin_results_lag 2",
            "florin_mempool_commands 1",
            "florin_validators_expelled 3",
            "florin_halt_remaining_seconds 5",
            "florin_rules_version{is=\"in_force\"} 1",
            "florin_rules_version{is=\"known\"} 2",
            "florin_reserve_coverage_ratio{currency=\"EUR\"} 1.0075",
            "florin_attestation_remaining_seconds{currency=\"EUR\"} 61",
            "florin_attestation_remaining_seconds{currency=\"JPY\"} 0",
            "florin_commands_total{outcome=\"applied\"} 1",
            "florin_commands_total{outcome=\"refused\"} 1",
            "florin_refusals_total{code=\"insufficient_funds\"} 1",
            "florin_http_requests_total{path=\"/ledger/v1/commands\",status=\"202\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert!(!text.contains("coverage_ratio{currency=\"JPY\"}"), "no claim, no coverage");
    }
}
