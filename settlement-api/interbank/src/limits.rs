//! Every maximum of a case, in one place.

/// Messages that each side writes in a case at most.
pub const MAX_MESSAGES: u32 = 64;
/// Times that a case is reopened at most.
pub const MAX_REOPENED: u8 = 3;
/// Children of a case at most.
pub const MAX_FORWARDS: usize = 8;
/// Forwards in a row, from the first case to the last child, at most.
pub const MAX_HOPS: u8 = 8;
/// Cases of one payment that are open at one bank at most.
pub const MAX_OPEN_CASES: usize = 64;
/// Cases of one payment at one bank at most.
pub const MAX_CASES: usize = 1_024;
/// Agents of one payment at most.
pub const MAX_AGENTS: usize = 32;

/// Reasons in a content at most.
pub const MAX_REASONS: usize = 8;
/// Fields that are asked for, or given, at most.
pub const MAX_FIELDS: usize = 32;
/// Lines of free text at most.
pub const MAX_LINES: usize = 16;
/// Characters of a line at most (ISO 20022 `Max140Text`).
pub const MAX_LINE: usize = 140;
/// Documents with a message at most.
pub const MAX_DOCUMENTS: usize = 8;
/// Bytes of all documents of a message at most.
pub const MAX_DOCUMENT_BYTES: usize = 786_432;
/// Bytes of a letter at most.
pub const MAX_LETTER_BYTES: usize = 1 << 20;

/// The shortest time for an answer, in milliseconds.
pub const MIN_CLOCK_MS: u64 = 30_000;
/// The longest time for an answer, in milliseconds: 30 days.
pub const MAX_CLOCK_MS: u64 = 2_592_000_000;
/// After the deadline, how long the requester waits for what is on its way, in milliseconds.
pub const GRACE_MS: u64 = 300_000;
/// How far a writer's clock may be ahead of the reader's, in milliseconds.
pub const SKEW_MS: u64 = 300_000;
/// After an answer, how long the requester has until the case closes by itself: 5 days.
pub const CLOSE_AFTER_MS: u64 = 432_000_000;

/// Letters of one case that wait in an inbox for an earlier one at most.
pub const MAX_PARKED: usize = 16;
/// Letters of one case that wait in an outbox for their receipt at most.
pub const MAX_UNRECEIPTED: usize = 128;
/// The longest pause before a letter is sent again, in milliseconds.
pub const MAX_PAUSE_MS: u64 = 300_000;

/// The longest life of a ticket, in milliseconds: 24 hours.
pub const MAX_TICKET_MS: u64 = 86_400_000;
/// Checks that one ticket states at most.
pub const MAX_CHECKS: usize = 16;

/// Bytes of an evidence pack at most.
pub const MAX_PACK_BYTES: usize = 64 << 20;
/// Receipts and commands of one payment that a pack shows at most.
pub const MAX_PACK_RECEIPTS: usize = 256;
/// Members whose keys a pack shows at most.
pub const MAX_PACK_KEYS: usize = 8;

const _: () = assert!(MAX_DOCUMENT_BYTES < MAX_LETTER_BYTES);
const _: () = assert!(MAX_PARKED <= MAX_UNRECEIPTED);
const _: () = assert!(MIN_CLOCK_MS < MAX_CLOCK_MS);
const _: () = assert!(MAX_OPEN_CASES <= MAX_CASES);
