//! The load: commands sent as fast as they are proven, for a time.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ledger_core::command::SignedCommand;
use settlement_api::ledger_port::LedgerClient;

use super::{BenchArgs, Load};
use crate::cli::testbed::{
    TestbedError,
    cast::Cast,
    follow::Follower,
    network::Network,
    prepare::{all_proven, bar, client, send_batch},
};

/// Connections that send, for each validator.
const SENDERS: usize = 2;
/// Bulks that are sent and not proven yet, at most.
const BULKS: usize = 64;
/// Part of the load that is not counted, at its beginning.
const WARM_UP: f64 = 0.1;
/// Seconds within which the last commands must be proven.
const PATIENCE_S: u64 = 60;

/// What a load did.
pub(super) struct Run {
    /// Commands proven in all.
    pub(super) commands: u64,
    /// Commands proven per second while the load ran, without its beginning.
    pub(super) per_second: f64,
    /// How long the load ran.
    pub(super) seconds: f64,
    /// From sending a command until it is proven, ascending.
    pub(super) latencies: Vec<Duration>,
    /// Whether every prepared command was sent before the time was over.
    pub(super) exhausted: bool,
}

/// Commands under way, one a request, of a load for which they are few.
const fn fewer(load: Load) -> Option<usize> {
    match load {
        Load::Single => Some(1),
        Load::Bulk => Some(BULKS),
        Load::Signed | Load::Hot | Load::Committee => None,
        Load::Slow | Load::Overload | Load::Restart | Load::Reads => None,
    }
}

/// Sends commands for the time of the load, and waits until what was sent is proven.
pub(super) async fn load(
    cast: &Cast,
    network: &Network,
    follower: &Follower,
    commands: Vec<SignedCommand>,
    args: &BenchArgs,
) -> Result<Run, TestbedError> {
    // Preparations are not measured.
    let _ = follower.take();
    let batch = match fewer(args.load) {
        Some(_) => 1,
        None => usize::try_from(args.batch).unwrap_or(1),
    };
    // Preparations left the permits that were asked for.
    if let Some(fewer) = fewer(args.load) {
        follower.room().forget_permits(usize::MAX);
        follower.room().add_permits(fewer);
    }
    let batches = commands.chunks(batch).map(<[_]>::to_vec).collect::<Vec<_>>();
    let queue = Arc::new(Mutex::new(batches.into_iter()));
    let started = Instant::now();
    let until = started + Duration::from_secs(args.seconds.into());
    let mut senders = Vec::new();
    for number in 0..network.urls().len() * SENDERS {
        let client = client(network, cast.payer.settlement.transport())?;
        // Each validator is sent its share.
        (0..number / SENDERS).for_each(|_| client.turn());
        senders.push(send(client, follower, &queue, until));
    }
    let watch = async {
        let bar = bar(args.seconds.into());
        bar.set_message("load");
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_secs(1)).await;
            bar.inc(1);
        }
        bar.finish_and_clear();
    };
    let mut sent = pin!(futures::future::try_join_all(senders));
    let before = tokio::select! {
        sent = &mut sent => Some(sent),
        () = watch => None,
    };
    let ended = Instant::now();
    // What is under way when the time is over must arrive: it is waited for below.
    match before {
        Some(sent) => sent?,
        None => sent.await?,
    };
    let exhausted = queue.lock().unwrap_or_else(PoisonError::into_inner).len() == 0;
    all_proven(follower, &network.folder, "the load ended", PATIENCE_S).await?;
    let (proven, mut latencies) = follower.take();
    let seconds = ended.duration_since(started).as_secs_f64();
    let from = started + Duration::from_secs_f64(seconds * WARM_UP);
    let counted = proven.iter().filter(|proven| proven.at > from && proven.at <= ended);
    let counted: usize = counted.map(|proven| proven.commands).sum();
    latencies.sort_unstable();
    Ok(Run {
        commands: latencies.len() as u64,
        per_second: counted as f64 / (seconds * (1.0 - WARM_UP)),
        seconds,
        latencies,
        exhausted,
    })
}

type Queue = Arc<Mutex<std::vec::IntoIter<Vec<SignedCommand>>>>;

/// Sends batch after batch until the time is over or nothing is left.
async fn send(
    client: LedgerClient,
    follower: &Follower,
    queue: &Queue,
    until: Instant,
) -> Result<(), TestbedError> {
    while Instant::now() < until {
        let batch = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(batch) = batch else { break };
        send_batch(&client, follower, &batch).await?;
    }
    Ok(())
}
