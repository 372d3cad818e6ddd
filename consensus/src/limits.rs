//! Every maximum and every interval of the crate, in one place.

use std::time::Duration;

use ledger_core::limits::{MAX_BULK_BYTES, MAX_PAYLOAD_BYTES, MAX_RESULTS_LAG};

/// Commands that the pool holds.
pub const MAX_POOL_COMMANDS: usize = 50_000;
/// Bytes of commands that the pool holds.
pub const MAX_POOL_BYTES: usize = 64 * 1024 * 1024;
/// Executed command ids that the pool remembers.
pub const MAX_REMEMBERED: usize = 1_000_000;
/// Bytes of one gossip message: the longest command, and room for its list.
pub const MAX_GOSSIP_BYTES: usize = MAX_BULK_BYTES + 1024;
/// Milliseconds that an organisation's oldest command may wait before it adds no more than settles soon (C5).
pub const LATE_MS: u64 = 2_000;
/// Milliseconds that it waits at most when that is over.
pub const SOON_MS: u64 = 500;
/// What such an organisation may have in the pool: as much as lately settled of it in so many milliseconds.
pub const WORTH_MS: u64 = 2_000;
/// Commands that it may have in the pool in any case.
pub const ALWAYS_HELD: usize = 4_096;
/// Milliseconds of the past in which what settles is counted.
pub const PACE_MS: u64 = 4_000;
/// Commands waiting to be gossiped; further ones stay in the local pool only.
pub const MAX_GOSSIP_QUEUE: usize = 16 * 1024;
/// Blocks delivered to the executor and not yet acknowledged.
pub const MAX_PENDING_ACKS: usize = 16;
/// Blocks executed before they are brought to disk, where more wait: few enough that the engine has more to
/// deliver meanwhile.
pub const SYNCED_TOGETHER: usize = MAX_PENDING_ACKS / 2;
/// Unexecuted ancestors a proposer reads to leave out what they hold.
pub const MAX_ANCESTORS: usize = 32;
/// Ordered blocks that execution may be behind before commands alone are no reason for another.
pub const MAX_EAGER: u64 = 2;
/// Blocks kept decoded between their validation and their execution.
pub const MAX_VALIDATED: usize = MAX_ANCESTORS;
/// Executed digests kept to match certificates, and certificates kept for blocks to come.
pub const MAX_UNMATCHED: usize = 1_024;
/// Messages of the next epoch that wait for its engine, of votes and of certificates each.
pub const MAX_EARLY: usize = 512;
/// Committees of past epochs that are kept.
pub const KEPT_EPOCHS: u64 = 3;
/// Heights below the applied one whose certificates are looked up on start.
pub const RECERTIFIED: u64 = 64;

/// Evidence against validators that waits for the ledger to record it.
pub const MAX_KEPT_EVIDENCE: usize = 256;
/// Bytes of evidence.
pub const MAX_EVIDENCE_BYTES: usize = 512;
/// Evidence that the engine reported and nobody has looked at yet.
pub const MAX_SEEN: usize = 64;

/// Time that results may be missing before peers are asked whether their block is final.
pub const ASK_PEERS_AFTER: Duration = Duration::from_secs(1);
/// Certificates asked for at once.
pub const MAX_ASKED: usize = MAX_ANCESTORS;
/// Time after which evidence is sent again that is neither recorded nor in the pool.
pub const ACCUSE_AGAIN: Duration = Duration::from_secs(5);
/// Time after which a validator looks again whether the ledger knows what it says of itself.
pub const SIGNAL_AGAIN: Duration = Duration::from_secs(5);
/// Time to wait for a peer's answer.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// Time between attempts to fetch.
pub const FETCH_RETRY: Duration = Duration::from_millis(100);
/// Time between gossip messages.
pub const GOSSIP_INTERVAL: Duration = Duration::from_millis(10);
/// Time that actors get to finish when asked to stop.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How far clocks of machines may differ where a validator goes on from a snapshot: it votes in an epoch that
/// began so much later than its record of votes (C6), milliseconds.
pub const RECORD_MARGIN_MS: u64 = 10_000;
const _: () = assert!(MAX_GOSSIP_BYTES < MAX_PAYLOAD_BYTES);
const _: () = assert!(MAX_ANCESTORS as u64 > MAX_RESULTS_LAG);
const _: () = assert!(ALWAYS_HELD < MAX_POOL_COMMANDS && SOON_MS < LATE_MS);
