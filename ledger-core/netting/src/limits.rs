//! Every maximum of the crate, in one place, asserted against each other at compile time.

/// Entries of one queue.
pub const MAX_ENTRIES: usize = 100_000;
/// Balances, one per member and currency.
pub const MAX_BALANCES: usize = 100_000;
/// Limits towards counterparties, one per pair and currency.
pub const MAX_LIMITS: usize = 100_000;
/// Members that chose bypass.
pub const MAX_BYPASS: usize = 100_000;
/// Rounds in which pairs are offset and what that frees settles alone.
pub const MAX_OFFSET_ROUNDS: usize = 32;
/// Rounds in which entries pass blocked heads and what that frees settles in order.
pub const MAX_BYPASS_ROUNDS: usize = 8;
/// Bytes of an id or of a member's name in a file.
pub const MAX_NAME: usize = 128;
/// Digits before the decimal point.
pub const MAX_WHOLE_DIGITS: usize = 18;
/// Digits after the decimal point.
pub const MAX_SCALE: usize = 8;

// 26 digits of one amount, 6 more for the sum of all, 4 more for a ratio: below 2^128.
const _: () = assert!(MAX_WHOLE_DIGITS + MAX_SCALE + 6 + 4 < 38);
const _: () = assert!(MAX_ENTRIES + MAX_BALANCES < 1_000_000);
