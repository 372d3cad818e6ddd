//! Every maximum of the crate, in one place, asserted against each other at compile time.

/// Nesting of containers that decoding follows.
pub const MAX_DECODE_DEPTH: usize = 16;
/// Bytes of one signed command.
pub const MAX_COMMAND_BYTES: usize = 16 * 1024;
/// Bytes of one signed bulk of payments.
pub const MAX_BULK_BYTES: usize = 2 * 1024 * 1024;
/// Payments of one bulk.
pub const MAX_BULK_LEGS: usize = 10_000;
/// Payees' banks of one bulk.
pub const MAX_BULK_GROUPS: usize = 32;
/// Legs that settle together, or not at all, with several payers.
pub const MAX_SET_LEGS: usize = 16;
/// Bytes of one block's payload, whatever genesis says.
pub const MAX_PAYLOAD_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of an encoded header.
pub const MAX_HEADER_BYTES: usize = 1024;
/// Bytes of an encoded receipt.
pub const MAX_RECEIPT_BYTES: usize = 8 * 1024;
/// Bytes of an encoded record of the state tree.
pub const MAX_RECORD_BYTES: usize = 32 * 1024;
/// Signatures on one command.
pub const MAX_SIGNATURES: usize = 4;
/// Keys of one organisation in the member directory.
pub const MAX_DIRECTORY_KEYS: usize = 16;
/// Active keys of operators, of all their organisations together.
pub const MAX_OPERATOR_KEYS: usize = 64;
/// Aliases (BIC, clearing member id) of one member in the directory.
pub const MAX_ALIASES: usize = 16;
/// Changes of directory entries that wait, of all members.
pub const MAX_DIRECTORY_DUE: usize = 512;
/// Changes of directory entries that act in one block; what is left acts in the next.
pub const MAX_DIRECTORY_SWEPT: usize = 32;
/// Message keys of one member that were replaced and still open messages.
pub const MAX_FORMER_KEYS: usize = 4;
/// Bytes of an alias or of an endpoint.
pub const MAX_TEXT: usize = 128;
/// Reserve accounts of one currency.
pub const MAX_RESERVES: usize = 32;
/// Validators of one committee.
pub const MAX_VALIDATORS: usize = 64;
/// Persons whose approval one proposal collects.
pub const MAX_APPROVALS: usize = 8;
/// Blocks whose headers may be ahead of the results they declare and still hold commands.
pub const MAX_RESULTS_LAG: u64 = 16;
/// Expired windows of command ids unlinked per block.
pub const MAX_WINDOWS_SWEPT: usize = 64;
/// Legs whose time is over that a block frees or settles by itself.
pub const MAX_LEGS_SWEPT: usize = 64;
/// Blocks for which proofs of current state can still be cut.
pub const UNDO_BLOCKS: usize = 64;
/// Holidays in the calendar of a currency.
pub const MAX_HOLIDAYS: usize = 64;
/// Buckets in which what comes within a window is counted: the latest, and 24 before it.
pub const WINDOW_BUCKETS: usize = 25;
/// Subjects that one action lists in a policy, or takes off its list.
pub const MAX_POLICY_SUBJECTS: usize = 64;
/// Sub-accounts of one account.
pub const MAX_SUB_ACCOUNTS: usize = 64;
/// Steps of the signing policy of one account.
pub const MAX_STEPS: usize = 4;
/// Basis points in a whole.
pub const BASIS_POINTS: u16 = 10_000;
/// Payments that wait in the queue of one account.
pub const MAX_QUEUED: usize = 256;
/// Counterparties that the terms of one queue limit.
pub const MAX_QUEUE_LIMITS: usize = 64;
/// Queued payments that settle as one netting set.
pub const MAX_NETTING_LEGS: usize = 256;
/// Entries that are not eligible and that one netting set passes.
pub const MAX_PASSED: usize = 64;
/// Blocks that the queue height of a netting set may lie back.
pub const MAX_QUEUE_AGE: u64 = 64;
/// Parts into which a tree of liabilities cuts each balance.
pub const LIABILITY_PARTS: usize = 8;
/// What the length of a block's list of commands takes at most, in bytes.
pub const PAYLOAD_LIST_BYTES: u64 = 5;
/// The smallest share of a block that genesis may give one organisation, in basis points.
pub const MIN_ORGANISATION_SHARE: u16 = 1_000;
/// The smallest quota of records within a day that genesis may give one organisation.
pub const MIN_GROWTH_QUOTA: u32 = 1_000;
/// Blocks between the one that decides a change of the network and the one that it acts in, at least.
pub const MIN_NOTICE: u64 = 64;
/// Blocks that a change may be decided ahead.
pub const MAX_NOTICE: u64 = 10_000_000;
/// Blocks in an epoch, at least.
pub const MIN_EPOCH_LENGTH: u64 = 8;
/// Blocks in an epoch, at most: a change of committee waits for up to two of them.
pub const MAX_EPOCH_LENGTH: u64 = 1_000_000;
/// Parameters that one proposal changes.
pub const MAX_CHANGES: usize = 40;
/// Changes of parameters that wait for their block.
pub const MAX_PENDING_CHANGES: usize = 64;
/// Least units of a block that a change may set: the longest bulk fits four fifths of them.
pub const MIN_BLOCK_UNITS: u32 = 660_000;
/// Members' votes that one ballot holds.
pub const MAX_VOTES: usize = 1_024;
/// Validators that a committee keeps.
pub const MIN_VALIDATORS: usize = 4;
/// The highest version of the rules that a validator may signal.
pub const MAX_RULES_VERSION: u32 = 1_000;
/// Misconduct that is recorded of one validator.
pub const MAX_OFFENCES: usize = 16;
/// Units of work of the two votes of an accusation: some milliseconds.
pub const ACCUSATION_UNITS: u32 = 12_000;
/// Commands of one block that its validators set aside.
pub const MAX_QUARANTINED: usize = 16;
/// Validators that join a committee at once.
pub const MAX_JOINING: usize = 16;
/// Modules that are published together.
pub const MAX_BUNDLE_MODULES: usize = 16;
/// Bytes of a module's binary: what a command can carry.
pub const MAX_MODULE_BYTES: usize = 15 * 1024;
/// Accounts that one call names.
pub const MAX_CALL_HOLDERS: usize = 16;
/// Milliseconds that the end of a call's time lies ahead of its block at most: it is remembered so long.
pub const MAX_CALL_MS: u64 = 86_400_000;
/// Arguments of one call, and type arguments.
pub const MAX_CALL_ARGUMENTS: usize = 32;
/// Gas of one call: about as many nanoseconds.
pub const MAX_CALL_GAS: u64 = 20_000_000;
/// Gas that costs a block one unit of work.
pub const GAS_PER_UNIT: u64 = 500;
/// Vaults and resources that one call makes, changes or ends.
pub const MAX_CALL_RECORDS: u16 = 64;
/// Events of one call.
pub const MAX_CALL_EVENTS: usize = 16;
/// Bytes of the events of one call, their types included.
pub const MAX_EVENT_BYTES: usize = 4 * 1024;
/// Bytes of a resource, its type included.
pub const MAX_RESOURCE_BYTES: usize = 16 * 1024;

const _: () = assert!(MAX_MODULE_BYTES < MAX_COMMAND_BYTES && MAX_CALL_HOLDERS <= MAX_SET_LEGS);
// 96 bytes for a signature, 32 for a command.
const _: () = assert!(MAX_VALIDATORS * 96 + MAX_QUARANTINED * 32 + 512 < MAX_RECORD_BYTES);
const _: () = assert!(MAX_RESOURCE_BYTES + 1_024 < MAX_RECORD_BYTES);
const _: () = assert!(MAX_CALL_GAS / GAS_PER_UNIT < 100_000);
// Beside its events a receipt names the members of holders and of vaults, 21 bytes each.
const _: () = assert!(
    MAX_EVENT_BYTES + MAX_CALL_EVENTS * 8 + (MAX_CALL_HOLDERS + 2 * 64) * 21 + 600
        < MAX_RECEIPT_BYTES
);
const _: () = assert!(MAX_COMMAND_BYTES * 16 <= MAX_PAYLOAD_BYTES);
const _: () = assert!(MAX_COMMAND_BYTES < MAX_BULK_BYTES && MAX_BULK_BYTES < MAX_PAYLOAD_BYTES);
const _: () = assert!(MAX_RECEIPT_BYTES < MAX_RECORD_BYTES);
const _: () = assert!(MAX_RESULTS_LAG < 64 && UNDO_BLOCKS >= 64);
// 52 bytes for a place in a queue, 36 for a limit; 32 for a leg of a set.
const _: () = assert!(MAX_QUEUED * 52 + MAX_QUEUE_LIMITS * 36 + 128 < MAX_RECORD_BYTES);
const _: () = assert!(MAX_NETTING_LEGS * 32 + 1_024 < MAX_COMMAND_BYTES);
// Whatever acts at a block was decided before every block whose results a block with commands declares.
const _: () = assert!(MIN_NOTICE >= 4 * MAX_RESULTS_LAG && MIN_NOTICE < MAX_NOTICE);
const _: () = assert!(MIN_EPOCH_LENGTH > 1 && 4 * MAX_EPOCH_LENGTH < MAX_NOTICE);
// 20 bytes for a vote; 20 for a change that waits.
const _: () = assert!(MAX_VOTES * 20 + 64 < MAX_RECORD_BYTES);
const _: () = assert!(MAX_CHANGES <= MAX_PENDING_CHANGES && MAX_PENDING_CHANGES * 20 < 2_048);
// 305 bytes for a validator with the longest name; 32 for one that leaves.
const _: () = assert!(
    (MAX_VALIDATORS + MAX_JOINING) * 305 + MAX_VALIDATORS * 32 + 1_024 < MAX_RECORD_BYTES
        && MAX_JOINING * 305 + MAX_VALIDATORS * 32 + 1_024 < MAX_COMMAND_BYTES
);
// 341 bytes for an offence with the largest numbers; 97 for a vote key.
const _: () = assert!(
    MAX_OFFENCES * 341 + 64 < MAX_RECORD_BYTES && MAX_VALIDATORS * 97 + 64 < MAX_RECORD_BYTES
);
// 12 bytes for a version that acted, 44 for a signal; 168 for an address.
const _: () = assert!(
    MAX_RULES_VERSION <= 1_000
        && 1_000 * 12 + MAX_VALIDATORS * 44 + 64 < MAX_RECORD_BYTES
        && (MAX_VALIDATORS + MAX_JOINING) * (40 + MAX_TEXT) + 64 < MAX_RECORD_BYTES
);
// 29 bytes for a change that waits; 131 for an alias.
const _: () = assert!(
    MAX_DIRECTORY_DUE * 29 + 64 < MAX_RECORD_BYTES
        && MAX_DIRECTORY_SWEPT <= MAX_DIRECTORY_DUE
        && (MAX_ALIASES + 1) * 131 + (MAX_FORMER_KEYS + 1) * 48 + 128 < MAX_RECORD_BYTES
);
const _: () = assert!(MIN_VALIDATORS <= MAX_VALIDATORS && MAX_PAYLOAD_BYTES > MAX_BULK_BYTES);
