//! The clients: they pay all the time, send again what was not proven, and keep a log of what they
//! were told.
//!
//! # Invariants a payment counts as proven only with a receipt whose proof held (`LedgerClient`)

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ledger_core::{
    command::SignedCommand,
    id::CommandId,
    receipt::{Outcome, Receipt},
    time::Height,
};
use rand::RngExt as _;
use settlement_api::ledger_port::LedgerClient;
use tokio::task::JoinHandle;

use super::OUTSTANDING;
use crate::cli::testbed::{
    TestbedError,
    cast::Cast,
    network::Network,
    payment,
    prepare::{Stage, client},
};

/// Clients that pay.
const PAYERS: usize = 3;
/// Payments of one request, at most.
const AT_ONCE: usize = 8;
/// After how long a payment is sent again.
const AGAIN: Duration = Duration::from_millis(1_500);

/// What clients know at the end.
#[derive(Default)]
pub(in crate::cli) struct Record {
    /// Sent and not proven.
    pub(in crate::cli) open: BTreeMap<CommandId, Open>,
    /// Proven, with the height that the receipt names.
    pub(in crate::cli) proven: BTreeMap<CommandId, Height>,
    /// Proven twice with different receipts, or proven as refused.
    pub(in crate::cli) wrong: Vec<String>,
    /// When the latest of the proven ones was sent.
    latest: Option<Instant>,
}

/// A payment on its way.
pub(in crate::cli) struct Open {
    command: SignedCommand,
    first: Instant,
    last: Instant,
}

impl Record {
    /// Payments sent in all.
    pub(in crate::cli) fn sent(&self) -> usize {
        self.open.len() + self.proven.len()
    }

    fn proven(&mut self, receipt: &Receipt) {
        let id = receipt.command;
        if let Some(open) = self.open.remove(&id) {
            self.latest = self.latest.max(Some(open.first));
            self.proven.insert(id, receipt.height);
            if let Outcome::Refused(refusal) = receipt.outcome {
                self.wrong.push(format!("payment {id} was refused: {}", refusal.code()));
            }
        } else if self.proven.get(&id).is_some_and(|height| *height != receipt.height) {
            let height = receipt.height;
            self.wrong.push(format!("payment {id} has a second receipt, of height {height}"));
        }
    }
}

/// What the tasks share.
struct Shared {
    cast: Arc<Cast>,
    stage: Arc<Stage>,
    record: Mutex<Record>,
    paying: AtomicBool,
    again: AtomicU64,
}

impl Shared {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clients at work.
pub(in crate::cli) struct Clients {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Clients {
    /// Starts to pay.
    pub(in crate::cli) fn start(
        cast: &Arc<Cast>,
        stage: &Arc<Stage>,
        network: &Network,
    ) -> Result<Self, TestbedError> {
        let shared = Arc::new(Shared {
            cast: Arc::clone(cast),
            stage: Arc::clone(stage),
            record: Mutex::default(),
            paying: AtomicBool::new(true),
            again: AtomicU64::new(0),
        });
        let client = || client(network, cast.payer.settlement.transport());
        let mut tasks = vec![
            tokio::spawn(hear(client()?, Arc::clone(&shared))),
            tokio::spawn(send_again(client()?, Arc::clone(&shared))),
        ];
        for number in 0..PAYERS {
            let client = client()?;
            (0..number).for_each(|_| client.turn());
            tasks.push(tokio::spawn(pay(client, Arc::clone(&shared))));
        }
        Ok(Self { shared, tasks })
    }

    /// Waits until a payment that was sent after `started` is proven; how long after it.
    pub(in crate::cli) async fn settle_again(
        &self,
        started: Instant,
        seconds: u64,
    ) -> Option<Duration> {
        while started.elapsed() < Duration::from_secs(seconds) {
            if self.shared.record().latest.is_some_and(|latest| latest >= started) {
                return Some(started.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }

    /// Payments proven until now.
    pub(in crate::cli) fn proven(&self) -> usize {
        self.shared.record().proven.len()
    }

    /// Times that a payment was sent again.
    pub(in crate::cli) fn sent_again(&self) -> u64 {
        self.shared.again.load(Ordering::Relaxed)
    }

    /// Stops paying, waits until every payment is proven, at most `seconds`, and tells all.
    pub(in crate::cli) async fn end(self, seconds: u64) -> Record {
        self.shared.paying.store(false, Ordering::Relaxed);
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(seconds)
            && !self.shared.record().open.is_empty()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::mem::take(&mut *self.shared.record())
    }
}

/// Pays, a few payments at a time.
async fn pay(client: LedgerClient, shared: Arc<Shared>) {
    while shared.paying.load(Ordering::Relaxed) {
        let room = usize::try_from(OUTSTANDING).unwrap_or(usize::MAX);
        if shared.record().open.len() >= room {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let count = rand::rng().random_range(1..=AT_ONCE);
        let commands: Vec<SignedCommand> =
            (0..count).filter_map(|_| one(&shared.cast, &shared.stage).ok()).collect();
        let now = Instant::now();
        {
            let mut record = shared.record();
            for command in &commands {
                let open = Open { command: command.clone(), first: now, last: now };
                record.open.insert(command.body.id(), open);
            }
        }
        // Taken or not: what is not proven is sent again.
        if client.submit_all(&commands).await.is_err() {
            client.turn();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn one(cast: &Cast, stage: &Stage) -> Result<SignedCommand, TestbedError> {
    let debit = payment::any(&stage.payer.accounts)?;
    Ok(cast.payer.settlement.sign(stage.chain, payment::transfer(cast, stage, debit)?)?)
}

/// Sends what waits for long once more, the same bytes, each time to another validator.
async fn send_again(client: LedgerClient, shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(AGAIN / 4).await;
        let now = Instant::now();
        let late: Vec<SignedCommand> = shared
            .record()
            .open
            .values_mut()
            .filter(|open| now.duration_since(open.last) > AGAIN)
            .map(|open| {
                open.last = now;
                open.command.clone()
            })
            .collect();
        if late.is_empty() {
            continue;
        }
        shared.again.fetch_add(u64::try_from(late.len()).unwrap_or(0), Ordering::Relaxed);
        client.turn();
        // As above: whether it was taken shows in what is proven.
        let _ = client.submit_all(&late).await;
    }
}

/// Reads the bank's receipts as they come; each is believed for its proof only.
async fn hear(client: LedgerClient, shared: Arc<Shared>) {
    let mut after = (Height::new(0), 0);
    loop {
        match client.receipts(after, Duration::from_secs(1)).await {
            Ok(receipts) => {
                let mut record = shared.record();
                // One that hears nothing may be cut off from the others.
                if receipts.is_empty() && !record.open.is_empty() {
                    client.turn();
                }
                for receipt in receipts.iter().map(|proved| &proved.proof.receipt) {
                    after = (receipt.height, receipt.index);
                    record.proven(receipt);
                }
            }
            Err(_) => {
                client.turn();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}
