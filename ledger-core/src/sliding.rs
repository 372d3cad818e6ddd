//! Sums of a sliding window of ledger time, counted in buckets of equal length.
//!
//! ```text
//! | 24 | 23 |  ...  | 1 | latest |     a bucket is a 24th of a window, rounded up
//!                            now
//! ```
//!
//! # Place      `controls` counts what is minted, `spending` what customers pay, `key_limits` what
//! #            persons enter, `growth` what organisations make
//! # Invariants I6, K3, K7, L3 what came within any span as long as a window is in the sum; what is older
//! #            than 25 buckets never is
//! # Absent     what a sum is compared with, but for [`beyond`]; the single amounts

use serde::{Deserialize, Serialize};

use crate::{freshness::DAY_MS, limits::WINDOW_BUCKETS, time::LedgerTime};

/// The shortest window, in milliseconds.
pub const MIN_WINDOW_MS: u64 = 60 * 1_000;
/// The longest window, in milliseconds: a year.
pub const MAX_WINDOW_MS: u64 = 366 * DAY_MS;
/// Buckets that a window is long. One more is counted, so that no part of a window is left out.
const BUCKETS_LONG: u64 = 24;
const _: () = assert!(WINDOW_BUCKETS == 25 && BUCKETS_LONG == 24);

/// Whether a window may be this long.
#[must_use]
pub fn is_window(window_ms: u64) -> bool {
    (MIN_WINDOW_MS..=MAX_WINDOW_MS).contains(&window_ms)
}

/// Whether a sum with so much more is greater than its limit, if it has one. What cannot be counted
/// is greater than every limit.
#[must_use]
pub fn beyond(limit: Option<u128>, so_far: u128, more: u128) -> bool {
    let after = so_far.checked_add(more);
    limit.is_some_and(|limit| after.is_none_or(|after| after > limit))
}

/// How long a bucket is, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketLength(u64);

impl BucketLength {
    /// That of a window: a 24th of it, rounded up.
    #[must_use]
    pub const fn of(window_ms: u64) -> Self {
        Self(window_ms.div_ceil(BUCKETS_LONG))
    }

    /// In milliseconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// What is summed: begins at nothing, and stays at its greatest value.
pub trait Addend: Copy + Default {
    /// Both together.
    #[must_use]
    fn with(self, more: Self) -> Self;
}

impl Addend for u128 {
    fn with(self, more: Self) -> Self {
        self.saturating_add(more)
    }
}

impl Addend for u32 {
    fn with(self, more: Self) -> Self {
        self.saturating_add(more)
    }
}

/// What came lately, by bucket: that of a time is its milliseconds divided by the length of a
/// bucket, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct SlidingSum<T> {
    /// Number of the latest bucket.
    pub bucket: u64,
    /// What came in it, and in the 24 before it, latest first.
    pub sums: [T; WINDOW_BUCKETS],
}

impl<T: Addend> SlidingSum<T> {
    /// Everything as if it had come at one time.
    #[must_use]
    pub fn all_at(time: LedgerTime, length: BucketLength, sum: T) -> Self {
        Self::default().at(time, length).with(sum)
    }

    /// The window as it is at a time: what is too old has left.
    #[must_use]
    pub fn at(&self, time: LedgerTime, length: BucketLength) -> Self {
        self.moved_to(time.get().checked_div(length.0).unwrap_or(self.bucket))
    }

    /// The window as it is when a bucket is the latest.
    fn moved_to(&self, bucket: u64) -> Self {
        let passed = usize::try_from(bucket.saturating_sub(self.bucket)).unwrap_or(usize::MAX);
        let was = |at: usize| self.sums.get(at.checked_sub(passed)?).copied();
        let sums = std::array::from_fn(|at| was(at).unwrap_or_default());
        Self { bucket: bucket.max(self.bucket), sums }
    }

    /// Everything in it.
    #[must_use]
    pub fn sum(&self) -> T {
        self.sums.iter().fold(T::default(), |sum, one| sum.with(*one))
    }

    /// The window with more in its latest bucket.
    #[must_use]
    pub fn with(mut self, more: T) -> Self {
        if let Some(latest) = self.sums.first_mut() {
            *latest = latest.with(more);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i6_k3_a_limit_holds_to_its_last_unit_and_sums_never_wrap() {
        const MAX: u128 = u128::MAX;
        // Limit, sum so far, more, whether that is beyond it.
        for (limit, so_far, more, expected) in [
            (None, 0, MAX, false),
            (None, MAX, MAX, false),
            (Some(0), 0, 0, false),
            (Some(0), 0, 1, true),
            (Some(10), 4, 6, false),
            (Some(10), 4, 7, true),
            (Some(10), 11, 0, true),
            (Some(MAX), MAX - 1, 1, false),
            (Some(MAX), MAX, 1, true),
            (Some(MAX), 1, MAX, true),
        ] {
            assert_eq!(beyond(limit, so_far, more), expected, "{limit:?} {so_far} {more}");
        }
        let length = BucketLength::of(DAY_MS);
        let full = SlidingSum::all_at(LedgerTime::new(0), length, MAX).with(MAX);
        assert_eq!((full.sums[0], full.sum()), (MAX, MAX));
        let two = full.at(LedgerTime::new(length.get()), length).with(1);
        assert_eq!((two.sums[0], two.sums[1], two.sum()), (1, MAX, MAX));
    }

    #[test]
    fn i6_k3_windows_and_buckets_have_lengths() {
        for (window_ms, fits) in [
            (0, false),
            (MIN_WINDOW_MS - 1, false),
            (MIN_WINDOW_MS, true),
            (MAX_WINDOW_MS, true),
            (MAX_WINDOW_MS + 1, false),
            (u64::MAX, false),
        ] {
            assert_eq!(is_window(window_ms), fits, "{window_ms}");
        }
        for (window_ms, bucket_ms) in [(0, 0), (24, 1), (25, 2), (DAY_MS, DAY_MS / 24)] {
            assert_eq!(BucketLength::of(window_ms).get(), bucket_ms, "{window_ms}");
        }
        // A length that no terms have divides nothing.
        let none = SlidingSum::all_at(LedgerTime::new(7), BucketLength::of(0), 5u128);
        assert_eq!((none.bucket, none.sum()), (0, 5));
    }

    #[test]
    fn i6_k3_what_came_leaves_after_twenty_five_buckets_and_time_never_goes_back() {
        let length = BucketLength::of(24 * 1_000);
        let came = SlidingSum::all_at(LedgerTime::new(5_999), length, 10u128);
        assert_eq!((came.bucket, came.sum()), (5, 10));
        assert_eq!(came.at(LedgerTime::new(29_999), length).sums[24], 10);
        assert_eq!(came.at(LedgerTime::new(30_000), length).sum(), 0);
        assert_eq!(came.at(LedgerTime::new(u64::MAX), length).sum(), 0);
        assert_eq!(came.at(LedgerTime::new(0), length), came);
    }

    /// Random amounts at random times, each taken when the sum stays within a limit; a list of those
    /// taken says what really came within a span.
    #[test]
    fn i6_k3_no_span_as_long_as_a_window_ever_exceeds_its_limit() {
        use rand_core::TryRng as _;
        const LIMIT: u128 = 1_000;
        let mut random = crate::testing::TestRng::default();
        let mut below = |most: u64| random.try_next_u64().unwrap() % most;
        for window_ms in [MIN_WINDOW_MS, MIN_WINDOW_MS + 1, DAY_MS, MAX_WINDOW_MS - 12_345] {
            let length = BucketLength::of(window_ms);
            let (mut now, mut recent) = (0u64, SlidingSum::<u128>::default());
            let (mut log, mut tight) = (Vec::<(u64, u128)>::new(), 0);
            let within = |log: &[(u64, u128)], now: u64, span: u64| -> u128 {
                log.iter().filter(|(time, _)| now - time < span).map(|(_, minor)| minor).sum()
            };
            for _ in 0..2_000 {
                now += 1 + below(window_ms / 5);
                let minor = 1 + u128::from(below(500));
                recent = recent.at(LedgerTime::new(now), length);
                if beyond(Some(LIMIT), recent.sum(), minor) {
                    // A refusal is never due to what is older than the window and a bucket.
                    assert!(within(&log, now, window_ms + length.get()) + minor > LIMIT);
                    tight += 1;
                } else {
                    recent = recent.with(minor);
                    log.push((now, minor));
                    assert!(within(&log, now, window_ms) <= LIMIT, "{window_ms}");
                }
            }
            assert!(log.len() > 200 && tight > 200, "{} {tight}", log.len());
        }
    }
}
