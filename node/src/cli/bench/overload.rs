//! `florin bench overload`: ten times what the network settles is sent to it for a minute.
//!
//! First its peak is measured, with as much under way as the pool takes. Then commands are offered at ten times that
//! rate, as far as this machine can send them; what is refused is offered again later. A second client sends one
//! command after the other beside it, and looks at how it is refused.
//!
//! # Place      `bench` -> [overload] -> a table or JSON
//! # Invariants no command is refused by the ledger, and whatever was taken is settled at the end
//! # Absent     clients on other machines: those that send take their part of the same processors

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ledger_core::{
    command::{SignedCommand, ids_of},
    id::CommandId,
};
use serde::Serialize;
use settlement_api::{
    client::{ClientError, ClientLimits, ClientRequest, ClientResponse, SignedClient},
    ledger_port::{BCS, BatchOutcome, COMMAND_BATCHES, COMMANDS, SubmittedBatch},
};

use super::{BenchArgs, Load, drive, payments, report::percentile};
use crate::cli::{
    testbed::{
        TestbedError,
        cast::Cast,
        network::Network,
        prepare::{Size, Stage, all_proven, client},
    },
    ui,
};

/// How many times the peak is offered.
const TIMES: f64 = 10.0;
/// Commands of one request.
const BATCH: usize = 512;
/// Connections that send, for each validator.
const SENDERS: usize = 2;
/// Payments that are signed beforehand, for each second of the load, beside what pools hold and what is under way.
const PER_SECOND: usize = 6_000;
/// The same for each second of the peak, more than any machine settles.
const PEAK_PER_SECOND: usize = 12_000;
/// A pool holds 50,000, half of them one organisation's, and all pools the same ones.
const POOLS: usize = 60_000;
/// Seconds within which everything that was taken must be proven.
const PATIENCE_S: u64 = 180;
/// Between two looks at how a command is refused.
const LOOK: Duration = Duration::from_millis(200);

/// The line of JSON.
#[derive(Serialize)]
struct Line {
    seconds: u32,
    /// Transfers settled a second, as many as can be.
    peak_per_second: f64,
    /// Commands offered a second, refused ones each time.
    offered_per_second: f64,
    /// Against the peak.
    offered_times: f64,
    /// Transfers settled a second meanwhile.
    goodput_per_second: f64,
    goodput_of_peak: f64,
    /// Commands that were refused.
    refused: u64,
    /// Single commands that were answered 429, all with Retry-After, and after how long.
    refused_with_retry_after: usize,
    refused_p50_ms: f64,
    refused_p99_ms: f64,
    /// The largest validator's memory in MiB before and at most.
    memory_before_mib: u64,
    memory_most_mib: u64,
    /// From the end of the load until a payment that is sent then has settled.
    recovery_ms: f64,
}

/// A command that is signed and spelled: offering it again costs a copy.
struct Ready {
    id: CommandId,
    bytes: Vec<u8>,
}

impl Ready {
    fn all(commands: &[SignedCommand]) -> VecDeque<Self> {
        let ids = ids_of(commands).into_iter();
        ids.zip(commands).map(|(id, command)| Self { id, bytes: command.to_bytes() }).collect()
    }

    /// The canonical bytes of a list of these.
    fn list(batch: &[Self]) -> Vec<u8> {
        // Its length in groups of seven bits: two are enough for a batch.
        let [low, high] = [batch.len() % 128, batch.len() / 128];
        let [low, high] = [low, high].map(|part| u8::try_from(part).unwrap_or(0));
        let mut bytes = if high == 0 { vec![low] } else { vec![low | 0x80, high] };
        batch.iter().for_each(|one| bytes.extend_from_slice(&one.bytes));
        bytes
    }
}

struct Shared {
    queue: Mutex<VecDeque<Ready>>,
    offering: AtomicBool,
    offered: AtomicU64,
    refused: AtomicU64,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Ready>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Measures.
pub(super) async fn measure(
    args: &BenchArgs,
    folder: &std::path::Path,
) -> Result<(), TestbedError> {
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let network = Network::found(folder, &cast, Load::Overload.validators())?;
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: args.outstanding };
    let stage = Stage::set(&cast, &network, size).await?;
    let peak_s = (args.seconds / 4).clamp(10, 20);
    let count = |seconds: u32| usize::try_from(seconds).unwrap_or(usize::MAX);
    let first = count(peak_s).saturating_mul(PEAK_PER_SECOND);
    let then = count(args.seconds).saturating_mul(PER_SECOND).saturating_add(POOLS);
    let mut commands =
        payments::prepare(&cast, &stage, Load::Overload, first.saturating_add(then))?;
    let later = commands.split_off(first);
    let of_peak = BenchArgs { load: Load::Committee, seconds: peak_s, ..args.clone() };
    let peak = drive::load(&cast, &network, &stage.follower, commands, &of_peak).await?.per_second;
    if peak <= 0.0 {
        return Err(TestbedError::Broken("nothing settled while the peak was measured"));
    }
    let before = network.memory_mib();
    let (mut line, rest) = offer(args, (&cast, &network, &stage), (peak, later)).await?;
    line.memory_before_mib = before;
    line.recovery_ms = recovery((&cast, &network, &stage), rest).await?;
    let open = all_proven(&stage.follower, &network.folder, "the load ended", PATIENCE_S).await;
    open?;
    if network.outcomes().await?.refused > 0 {
        return Err(TestbedError::Broken("the ledger refused a payment"));
    }
    network.stop().await;
    show(args, &line);
    Ok(())
}

/// Ten times the peak for the time of the load; the figures, and what was not sent.
async fn offer(
    args: &BenchArgs,
    (cast, network, stage): (&Cast, &Network, &Stage),
    (peak, commands): (f64, Vec<SignedCommand>),
) -> Result<(Line, VecDeque<Ready>), TestbedError> {
    let shared = Arc::new(Shared {
        queue: Mutex::new(Ready::all(&commands)),
        offering: AtomicBool::new(true),
        offered: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    });
    let _ = stage.follower.take();
    let senders = network.urls().len() * SENDERS;
    let pause = Duration::from_secs_f64(BATCH as f64 * senders as f64 / (peak * TIMES));
    drop(commands);
    let started = Instant::now();
    let until = started + Duration::from_secs(args.seconds.into());
    let mut sending = Vec::new();
    for url in network.urls().iter().cycle().take(senders) {
        sending.push(send(url.clone(), sender(cast)?, stage, (&shared, pause)));
    }
    let looks = look(cast, network, &shared);
    let watch = async {
        let mut most = 0;
        while Instant::now() < until {
            most = most.max(network.memory_mib());
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        shared.offering.store(false, Ordering::Relaxed);
        Ok::<_, TestbedError>(most)
    };
    let sending = futures::future::try_join_all(sending);
    let (most, _, mut looks) = futures::try_join!(watch, sending, looks)?;
    let ended = Instant::now();
    let seconds = ended.duration_since(started).as_secs_f64();
    let settled: usize = stage.follower.take().0.iter().map(|proven| proven.commands).sum();
    looks.sort_unstable();
    let (goodput, offered) =
        (settled as f64 / seconds, shared.offered.load(Ordering::Relaxed) as f64 / seconds);
    let line = Line {
        seconds: args.seconds,
        peak_per_second: peak.round(),
        offered_per_second: offered.round(),
        offered_times: (offered / peak * 10.0).round() / 10.0,
        goodput_per_second: goodput.round(),
        goodput_of_peak: (goodput / peak * 100.0).round() / 100.0,
        refused: shared.refused.load(Ordering::Relaxed),
        refused_with_retry_after: looks.len(),
        refused_p50_ms: percentile(&looks, 0.50).round(),
        refused_p99_ms: percentile(&looks, 0.99).round(),
        memory_before_mib: 0,
        memory_most_mib: most,
        recovery_ms: 0.0,
    };
    let rest = std::mem::take(&mut *shared.queue());
    Ok((line, rest))
}

fn sender(cast: &Cast) -> Result<SignedClient, TestbedError> {
    let key = Arc::new(cast.payer.settlement.transport());
    let limits = ClientLimits { timeout: Duration::from_secs(30), ..ClientLimits::default() };
    SignedClient::new(key, limits).map_err(|_| TestbedError::Broken("a client"))
}

/// Sends batch after batch at its part of the rate; what is refused goes to the end of the queue.
async fn send(
    url: String,
    client: SignedClient,
    stage: &Stage,
    (shared, pause): (&Shared, Duration),
) -> Result<(), TestbedError> {
    let mut tick = tokio::time::interval(pause);
    while shared.offering.load(Ordering::Relaxed) {
        tick.tick().await;
        let batch: Vec<Ready> = {
            let mut queue = shared.queue();
            let count = queue.len().min(BATCH);
            queue.drain(..count).collect()
        };
        if batch.is_empty() {
            return Err(TestbedError::Broken("every prepared payment was sent"));
        }
        shared.offered.fetch_add(u64::try_from(batch.len()).unwrap_or(0), Ordering::Relaxed);
        let ids: Vec<CommandId> = batch.iter().map(|one| one.id).collect();
        stage.follower.expect_ids(&ids);
        let body = Ready::list(&batch);
        let request = ClientRequest::post(format!("{url}{COMMAND_BATCHES}"), BCS, body);
        let again = again(batch, client.send(request).await)?;
        stage.follower.forget(again.iter().map(|one| &one.id));
        shared.refused.fetch_add(u64::try_from(again.len()).unwrap_or(0), Ordering::Relaxed);
        shared.queue().extend(again);
    }
    Ok(())
}

/// What of a batch is to be offered again.
fn again(
    batch: Vec<Ready>,
    answer: Result<ClientResponse, ClientError>,
) -> Result<Vec<Ready>, TestbedError> {
    let answer = answer.map_err(|_| TestbedError::Broken("a validator did not answer"))?;
    if answer.status == 429 {
        return Ok(batch);
    }
    let outcomes: SubmittedBatch = serde_json::from_slice(&answer.body)
        .map_err(|_| TestbedError::Broken("an answer to a batch"))?;
    let mut left = Vec::new();
    for (one, outcome) in batch.into_iter().zip(outcomes.commands) {
        match outcome {
            BatchOutcome::Taken { .. } => {}
            BatchOutcome::Refused { retry: true, .. } => left.push(one),
            BatchOutcome::Refused { code, .. } => return Err(TestbedError::NotTaken { code }),
        }
    }
    Ok(left)
}

/// How long single commands took to be refused. One that is refused without saying when to come again is a fault.
async fn look(
    cast: &Cast,
    network: &Network,
    shared: &Shared,
) -> Result<Vec<Duration>, TestbedError> {
    let client = sender(cast)?;
    let urls = network.urls();
    let mut found = Vec::new();
    for url in urls.iter().cycle() {
        if !shared.offering.load(Ordering::Relaxed) {
            break;
        }
        let Some(command) = shared.queue().pop_back() else { break };
        let asked = Instant::now();
        let request = ClientRequest::post(format!("{url}{COMMANDS}"), BCS, command.bytes.clone());
        let answer = client.send(request).await;
        let answer = answer.map_err(|_| TestbedError::Broken("a validator did not answer"))?;
        if answer.status == 429 {
            if !answer.headers.contains_key("retry-after") {
                return Err(TestbedError::Broken("429 without Retry-After"));
            }
            found.push(asked.elapsed());
            shared.queue().push_front(command);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(found)
}

/// From now until a payment that is sent from now on has settled.
async fn recovery(
    (cast, network, stage): (&Cast, &Network, &Stage),
    mut rest: VecDeque<Ready>,
) -> Result<f64, TestbedError> {
    let started = Instant::now();
    let client = client(network, cast.payer.settlement.transport())?;
    let ready = rest.pop_front().ok_or(TestbedError::Broken("no payment is left"))?;
    let unreadable = TestbedError::Broken("a payment that was signed here");
    let (id, command) =
        (ready.id, SignedCommand::from_bytes(&ready.bytes).map_err(|_| unreadable)?);
    stage.follower.expect_ids(&[id]);
    let one = std::slice::from_ref(&command);
    while !matches!(client.submit_all(one).await.as_deref(), Ok([BatchOutcome::Taken { .. }])) {
        if started.elapsed() > Duration::from_secs(PATIENCE_S) {
            return Err(TestbedError::Broken("no validator takes a payment after the load"));
        }
        client.turn();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    while stage.follower.awaits(&id) {
        if started.elapsed() > Duration::from_secs(PATIENCE_S) {
            return Err(TestbedError::Broken("nothing settles after the load"));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok((started.elapsed().as_secs_f64() * 1_000.0).round())
}

fn show(args: &BenchArgs, line: &Line) {
    if args.json {
        // Numbers and names only, which JSON can always spell.
        ui::line(&serde_json::to_string(line).unwrap_or_default());
        return;
    }
    let rows = [
        ("peak, transfers per second", format!("{:.0}", line.peak_per_second)),
        (
            "offered per second",
            format!("{:.0}, {:.1} times the peak", line.offered_per_second, line.offered_times),
        ),
        (
            "settled per second meanwhile",
            format!(
                "{:.0}, {:.0} % of the peak",
                line.goodput_per_second,
                line.goodput_of_peak * 100.0
            ),
        ),
        ("refused", line.refused.to_string()),
        (
            "429 with Retry-After, median, 99 of 100",
            format!(
                "{:.0} ms, {:.0} ms ({} looked at)",
                line.refused_p50_ms, line.refused_p99_ms, line.refused_with_retry_after
            ),
        ),
        (
            "memory of the largest validator",
            format!("{} MiB before, {} MiB at most", line.memory_before_mib, line.memory_most_mib),
        ),
        ("settling again after", format!("{:.0} ms", line.recovery_ms)),
    ];
    for (name, value) in rows {
        ui::line(&format!("{name:<42}{value}"));
    }
}
