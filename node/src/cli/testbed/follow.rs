//! When commands were proven: blocks and certificates as an overseer reads them.
//!
//! # Invariants a command is proven when a header that declares the results of its block, or of a
//! #            later one, is certified (`Header::results`)

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ledger_core::{
    codec::decode,
    command::{SignedCommand, ids_of},
    id::CommandId,
    limits::MAX_PAYLOAD_BYTES,
    time::Height,
};
use settlement_api::ledger_port::{GivenBlock, LedgerClient};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

/// How long one request waits for a block.
const WAIT: Duration = Duration::from_secs(5);

/// Commands that were proven at one moment.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Proven {
    pub(in crate::cli) at: Instant,
    pub(in crate::cli) commands: usize,
}

#[derive(Default)]
struct Board {
    open: HashMap<CommandId, Instant>,
    proven: Vec<Proven>,
    latencies: Vec<Duration>,
}

/// Follows the ledger and times commands.
pub(in crate::cli) struct Follower {
    board: Arc<Mutex<Board>>,
    room: Arc<Semaphore>,
    height: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Follower {
    /// Starts to follow; `room` gains a permit for each command that is proven.
    pub(in crate::cli) fn start(client: LedgerClient, room: Arc<Semaphore>) -> Self {
        let board = Arc::new(Mutex::new(Board::default()));
        let (told, height) = watch::channel(0);
        let task = tokio::spawn(follow(client, Arc::clone(&board), Arc::clone(&room), told));
        Self { board, room, height, task }
    }

    /// Permits to send.
    pub(in crate::cli) fn room(&self) -> &Semaphore {
        &self.room
    }

    /// Commands are about to be sent.
    pub(in crate::cli) fn expect(&self, commands: &[SignedCommand]) {
        self.expect_ids(&ids_of(commands));
    }

    /// As [`Self::expect`], by their identities.
    pub(in crate::cli) fn expect_ids(&self, ids: &[CommandId]) {
        let now = Instant::now();
        lock(&self.board).open.extend(ids.iter().map(|id| (*id, now)));
    }

    /// The last block that it was given.
    pub(in crate::cli) fn height(&self) -> u64 {
        *self.height.borrow()
    }

    /// Waits for the next block.
    pub(in crate::cli) async fn news(&self) {
        let mut height = self.height.clone();
        height.mark_unchanged();
        // At worst a second goes by: blocks come by themselves.
        let _ = tokio::time::timeout(Duration::from_secs(1), height.changed()).await;
    }

    /// Commands were not taken.
    pub(in crate::cli) fn forget<'a>(&self, ids: impl IntoIterator<Item = &'a CommandId>) {
        let mut board = lock(&self.board);
        for id in ids {
            board.open.remove(id);
        }
    }

    /// Whether a command is sent and not proven.
    pub(in crate::cli) fn awaits(&self, id: &CommandId) -> bool {
        lock(&self.board).open.contains_key(id)
    }

    /// Commands that are sent and not proven.
    pub(in crate::cli) fn open(&self) -> usize {
        lock(&self.board).open.len()
    }

    /// What was proven since it was asked last: counts and how long each command took.
    pub(in crate::cli) fn take(&self) -> (Vec<Proven>, Vec<Duration>) {
        let mut board = lock(&self.board);
        (std::mem::take(&mut board.proven), std::mem::take(&mut board.latencies))
    }
}

async fn follow(
    client: LedgerClient,
    board: Arc<Mutex<Board>>,
    room: Arc<Semaphore>,
    told: watch::Sender<u64>,
) {
    let mut next = Height::new(1);
    let mut waiting: VecDeque<(Height, Vec<CommandId>)> = VecDeque::new();
    loop {
        let Ok(page) = client.blocks(next, WAIT).await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        for block in page.blocks {
            next = block.header.height.next();
            told.send_replace(block.header.height.get());
            let certified = block.certificate.is_some();
            let declared = block.header.results.height;
            waiting.push_back((block.header.height, commands_of(&block)));
            if certified {
                let settled = prove(&board, &mut waiting, declared);
                room.add_permits(settled);
            }
        }
    }
}

/// Takes note of every block up to the declared one; how many commands were waited for.
fn prove(
    board: &Mutex<Board>,
    waiting: &mut VecDeque<(Height, Vec<CommandId>)>,
    declared: Height,
) -> usize {
    let at = Instant::now();
    let mut board = lock(board);
    let mut commands = 0usize;
    while waiting.front().is_some_and(|(height, _)| *height <= declared) {
        let Some((_, ids)) = waiting.pop_front() else { break };
        for id in ids {
            if let Some(sent) = board.open.remove(&id) {
                board.latencies.push(at.saturating_duration_since(sent));
                commands = commands.saturating_add(1);
            }
        }
    }
    if commands > 0 {
        board.proven.push(Proven { at, commands });
    }
    commands
}

fn commands_of(block: &GivenBlock) -> Vec<CommandId> {
    if block.payload.is_empty() {
        return Vec::new();
    }
    let commands: Result<Vec<SignedCommand>, _> = decode(&block.payload, MAX_PAYLOAD_BYTES);
    ids_of(&commands.unwrap_or_default())
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
