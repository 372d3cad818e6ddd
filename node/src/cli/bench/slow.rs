//! `florin bench slow`: what one validator that stands still costs the others' customers.
//!
//! An even load, a fraction of what the network bears, is sent to three of four validators: while all run, then
//! while the fourth is stopped (SIGSTOP: its connections stay, it answers nothing), then with all again.
//!
//! # Place      `bench` -> [slow] -> a table or JSON
//! # Invariants every payment settles; latencies of one run are compared with each other only

use std::time::Duration;

use consensus::Distance;
use serde::Serialize;
use tokio::{sync::Semaphore, task::JoinSet, time::MissedTickBehavior};

use super::{BenchArgs, Load, payments, report::percentile};
use crate::cli::{
    testbed::{
        TestbedError,
        cast::Cast,
        follow::Follower,
        network::Network,
        prepare::{Size, Stage, all_proven, client_of},
    },
    ui,
};

/// Payments of one tick.
const AT_ONCE: usize = 3;
/// Between two ticks.
const TICK: Duration = Duration::from_millis(50);
/// What is measured apart at the beginning of a stop, in which leaders are waited for that do not come.
const BEGINNING_S: u32 = 5;
/// Seconds within which the last payments of a phase must be proven.
const PATIENCE_S: u64 = 60;
/// Which one stands still.
const STOPPED: usize = 3;

/// Latencies of a phase.
#[derive(Clone, Copy, Serialize)]
struct Phase {
    payments: usize,
    p50_ms: f64,
    p99_ms: f64,
}

impl Phase {
    fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        let at = |part| (percentile(&latencies, part) * 100.0).round() / 100.0;
        Self { payments: latencies.len(), p50_ms: at(0.50), p99_ms: at(0.99) }
    }

    fn text(self) -> String {
        let Self { payments, p50_ms, p99_ms } = self;
        format!("{p50_ms:.0} ms, {p99_ms:.0} ms ({payments} payments)")
    }
}

/// The line of JSON.
#[derive(Serialize)]
struct Line {
    payments_per_second: f64,
    seconds: u32,
    /// All four run.
    all: Phase,
    /// One stands still, its beginning included.
    stopped: Phase,
    /// The first five seconds of it.
    beginning: Phase,
    /// One stands still, after them.
    settled: Phase,
    /// All four again.
    again: Phase,
    /// 99 of 100 while one stands still, against all four.
    ratio_p99: f64,
    ratio_p50: f64,
    /// The same without the beginning.
    settled_ratio_p99: f64,
}

/// Measures.
pub(super) async fn measure(
    args: &BenchArgs,
    folder: &std::path::Path,
) -> Result<(), TestbedError> {
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let distance = if args.near { Distance::Near } else { Distance::Wide };
    let network = Network::found_apart(folder, &cast, Load::Slow.validators(), distance)?;
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: args.outstanding };
    let stage = Stage::set(&cast, &network, size).await?;
    let others = network.urls().into_iter().take(STOPPED).collect::<Vec<_>>();
    let overseer = client_of(&network, others.clone(), cast.regulator.transport())?;
    let follower = Follower::start(overseer, std::sync::Arc::new(Semaphore::new(0)));
    let mut driver = Driver { cast: &cast, network: &network, stage: &stage, follower, others };
    // Not counted: connections, and what every process does for the first time.
    let _ = driver.phase(BEGINNING_S).await?;
    let all = driver.phase(args.seconds).await?;
    let stopped = network.validators.get(STOPPED);
    let stopped = stopped.ok_or(TestbedError::Broken("a validator"))?;
    stopped.pause(true).await?;
    let beginning = driver.phase(BEGINNING_S).await?;
    let settled = driver.phase(args.seconds).await?;
    stopped.pause(false).await?;
    let whole = [&beginning[..], &settled].concat();
    let _ = driver.phase(BEGINNING_S).await?;
    let again = driver.phase(args.seconds).await?;
    driver.others.clear();
    drop(driver);
    network.stop().await;
    let of = Phase::of;
    let (all, stopped, settled) = (of(all), of(whole), of(settled));
    let ratio = |part: f64, of: f64| (part / of * 100.0).round() / 100.0;
    show(
        args,
        &Line {
            payments_per_second: AT_ONCE as f64 / TICK.as_secs_f64(),
            seconds: args.seconds,
            all,
            stopped,
            beginning: of(beginning),
            settled,
            again: of(again),
            ratio_p99: ratio(stopped.p99_ms, all.p99_ms),
            ratio_p50: ratio(stopped.p50_ms, all.p50_ms),
            settled_ratio_p99: ratio(settled.p99_ms, all.p99_ms),
        },
    );
    Ok(())
}

struct Driver<'a> {
    cast: &'a Cast,
    network: &'a Network,
    stage: &'a Stage,
    follower: Follower,
    /// Those that are asked.
    others: Vec<String>,
}

impl Driver<'_> {
    /// Sends for some seconds, and waits until all is proven; how long each payment took.
    async fn phase(&mut self, seconds: u32) -> Result<Vec<Duration>, TestbedError> {
        let ticks = Duration::from_secs(seconds.into()).as_millis() / TICK.as_millis();
        let count = usize::try_from(ticks).unwrap_or(0) * AT_ONCE;
        let commands = payments::prepare(self.cast, self.stage, Load::Slow, count)?;
        let mut clients = Vec::new();
        for number in 0..self.others.len() {
            let key = self.cast.payer.settlement.transport();
            let client = client_of(self.network, self.others.clone(), key)?;
            (0..number).for_each(|_| client.turn());
            clients.push(client);
        }
        let _ = self.follower.take();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut sent = JoinSet::new();
        for (batch, client) in commands.chunks(AT_ONCE).zip(clients.iter().cycle()) {
            tick.tick().await;
            self.follower.expect(batch);
            let (client, batch) = (client.clone(), batch.to_vec());
            sent.spawn(async move { client.submit_all(&batch).await });
        }
        while let Some(one) = sent.join_next().await {
            let taken = one.map_err(|_| TestbedError::Broken("a sender ended early"))??;
            if !taken.iter().all(super::is_taken) {
                return Err(TestbedError::Broken("a validator did not take a payment"));
            }
        }
        let folder = &self.network.folder;
        all_proven(&self.follower, folder, "a phase ended", PATIENCE_S).await?;
        Ok(self.follower.take().1)
    }
}

fn show(args: &BenchArgs, line: &Line) {
    if args.json {
        // Numbers and names only, which JSON can always spell.
        ui::line(&serde_json::to_string(line).unwrap_or_default());
        return;
    }
    let rows = [
        ("payments per second", format!("{:.0}", line.payments_per_second)),
        ("all four: median, 99 of 100", line.all.text()),
        ("one stopped", line.stopped.text()),
        ("one stopped, its first 5 s", line.beginning.text()),
        ("one stopped, afterwards", line.settled.text()),
        ("all four again", line.again.text()),
        ("99 of 100, one stopped to all", format!("{:.2}", line.ratio_p99)),
        ("the same, without the first 5 s", format!("{:.2}", line.settled_ratio_p99)),
    ];
    for (name, value) in rows {
        ui::line(&format!("{name:<38}{value}"));
    }
}
