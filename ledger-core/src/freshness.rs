//! How old an attestation may grow: an age limit, and the days on which age does not grow.
//!
//! # Place      part of a currency's terms (`controls`); read by `reserve`, at mints and by audits;
//! #            kept in the currency's journal, so that it is known as of any height
//! # Invariants I2 the age of an attestation is a function of two ledger times and a calendar: exact,
//! #            and as much work for a century as for a day
//! # Absent     time zones and banking hours (a day is a UTC day), the names of holidays

use serde::{Deserialize, Serialize};

use crate::{limits::MAX_HOLIDAYS, time::LedgerTime};

/// Milliseconds of a UTC day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Weekday of 1970-01-01, a Thursday, where Monday is 0.
const FIRST_WEEKDAY: u64 = 3;

/// All seven weekdays.
const EVERY_WEEKDAY: u8 = 0b0111_1111;

/// Days on which banks are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Weekdays that are no business days: bit 0 is Monday, bit 6 is Sunday.
    pub weekend: u8,
    /// Other days that are none, as days since 1970-01-01, ascending.
    pub holidays: Vec<u32>,
}

impl Calendar {
    /// Whether some weekday is left for business, and the list is ascending and short enough.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let ascending = self.holidays.windows(2).all(|pair| match pair {
            [left, right] => left < right,
            _ => true,
        });
        self.weekend < EVERY_WEEKDAY && ascending && self.holidays.len() <= MAX_HOLIDAYS
    }

    /// Whether a day since 1970-01-01 falls on a weekday for business.
    fn is_weekday(&self, day: u64) -> bool {
        let weekday = day.saturating_add(FIRST_WEEKDAY) % 7;
        let bit = u32::try_from(weekday).ok().and_then(|weekday| 1u8.checked_shl(weekday));
        bit.is_some_and(|bit| self.weekend & bit == 0)
    }

    fn is_business_day(&self, day: u64) -> bool {
        self.is_weekday(day) && !self.holidays.iter().any(|holiday| u64::from(*holiday) == day)
    }

    /// Business days from 1970-01-01 up to a day, without it. Whole weeks are multiplied.
    fn business_days_before(&self, day: u64) -> u64 {
        let weekdays = |days: u64| {
            (0..days).fold(0u64, |sum, day| sum.saturating_add(u64::from(self.is_weekday(day))))
        };
        let whole = (day / 7).saturating_mul(weekdays(7));
        let closed = self.holidays.iter().map(|holiday| u64::from(*holiday));
        let closed = closed.filter(|holiday| *holiday < day && self.is_weekday(*holiday));
        let closed = closed.fold(0u64, |sum, _| sum.saturating_add(1));
        whole.saturating_add(weekdays(day % 7)).saturating_sub(closed)
    }

    /// Milliseconds of business days before a time.
    fn business_ms_before(&self, time: LedgerTime) -> u64 {
        let (day, into) = (time.get() / DAY_MS, time.get() % DAY_MS);
        let whole = self.business_days_before(day).saturating_mul(DAY_MS);
        if self.is_business_day(day) { whole.saturating_add(into) } else { whole }
    }
}

/// Until when an attestation supports mints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// The greatest age, in milliseconds of business days.
    pub max_age_ms: u64,
    /// Days on which age does not grow.
    pub calendar: Calendar,
}

impl Freshness {
    /// An age limit that counts every day.
    #[must_use]
    pub const fn every_day(max_age_ms: u64) -> Self {
        Self { max_age_ms, calendar: Calendar { weekend: 0, holidays: Vec::new() } }
    }

    /// Age at a time of what is attested as of another: the milliseconds of business days from
    /// `as_of` on and before `now`; zero when `now` is not later.
    #[must_use]
    pub fn age(&self, as_of: LedgerTime, now: LedgerTime) -> u64 {
        let (from, to) =
            (self.calendar.business_ms_before(as_of), self.calendar.business_ms_before(now));
        to.saturating_sub(from)
    }

    /// Whether an attestation as of a time counts now.
    #[must_use]
    pub fn allows(&self, as_of: LedgerTime, now: LedgerTime) -> bool {
        self.age(as_of, now) <= self.max_age_ms
    }

    /// The last time at which an attestation as of this time counts.
    #[must_use]
    pub fn until(&self, as_of: LedgerTime) -> LedgerTime {
        // Age never falls, so the last good time is found by halving what is left.
        let (mut good, mut last) = (as_of.get(), u64::MAX);
        while good < last {
            let middle = last.saturating_sub(last.saturating_sub(good) / 2);
            if self.allows(as_of, LedgerTime::new(middle)) {
                good = middle;
            } else {
                last = middle.saturating_sub(1);
            }
        }
        LedgerTime::new(good)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saturday and Sunday.
    const WEEKEND: u8 = 0b0110_0000;
    const HOUR: u64 = 60 * 60 * 1_000;

    /// Days since 1970-01-01 of a civil date, counted year by year and month by month.
    fn day(year: u64, month: usize, day: u64) -> u64 {
        let leap =
            |y: u64| (y.is_multiple_of(4) && !y.is_multiple_of(100)) || y.is_multiple_of(400);
        let years: u64 = (1970..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
        let february = if leap(year) { 29 } else { 28 };
        let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        years + months[..month - 1].iter().sum::<u64>() + day - 1
    }

    fn at(date: (u64, usize, u64), hour: u64) -> LedgerTime {
        LedgerTime::new(day(date.0, date.1, date.2) * DAY_MS + hour * HOUR)
    }

    fn with(weekend: u8, holidays: &[(u64, usize, u64)]) -> Freshness {
        let holidays = holidays.iter().map(|(y, m, d)| u32::try_from(day(*y, *m, *d)).unwrap());
        let calendar = Calendar { weekend, holidays: holidays.collect() };
        assert!(calendar.is_well_formed());
        Freshness { max_age_ms: DAY_MS, calendar }
    }

    /// The age, told naively: every hour of every day is looked at.
    fn naive(freshness: &Freshness, from: u64, to: u64) -> u64 {
        assert!(from.is_multiple_of(HOUR) && to.is_multiple_of(HOUR));
        (from / HOUR..to / HOUR)
            .filter(|hour| {
                let day = hour / 24;
                let weekday = [3u8, 4, 5, 6, 0, 1, 2][usize::try_from(day % 7).unwrap()];
                let closed = freshness.calendar.holidays.iter().any(|h| u64::from(*h) == day);
                freshness.calendar.weekend & (1 << weekday) == 0 && !closed
            })
            .count() as u64
            * HOUR
    }

    #[test]
    fn i2_dates_of_the_table_are_what_they_are_called() {
        assert_eq!(day(1970, 1, 1), 0);
        assert_eq!(day(2000, 3, 1) - day(2000, 2, 28), 2);
        assert_eq!(day(2100, 3, 1) - day(2100, 2, 28), 1);
        assert_eq!(day(2026, 11, 1) * DAY_MS, 1_793_491_200_000);
    }

    #[test]
    fn i2_age_grows_on_business_days_only() {
        let new_year = [(2026, 12, 25), (2027, 1, 1)];
        let leap = [(2028, 2, 29)];
        // Calendar, from, to, hours of business between them.
        let rows = [
            // 2026-11-20 is a Friday.
            (with(0, &[]), at((2026, 11, 20), 18), at((2026, 11, 23), 9), 63),
            (with(WEEKEND, &[]), at((2026, 11, 20), 18), at((2026, 11, 23), 9), 15),
            (with(WEEKEND, &[]), at((2026, 11, 21), 0), at((2026, 11, 23), 0), 0),
            (with(WEEKEND, &[]), at((2026, 11, 21), 13), at((2026, 11, 22), 13), 0),
            (with(WEEKEND, &[]), at((2026, 11, 22), 23), at((2026, 11, 23), 1), 1),
            // Christmas 2026 and New Year 2027 are Fridays.
            (with(WEEKEND, &new_year), at((2026, 12, 24), 12), at((2026, 12, 28), 12), 24),
            (with(WEEKEND, &new_year), at((2026, 12, 24), 12), at((2027, 1, 4), 12), 24 * 5),
            // A holiday on a Saturday takes nothing further away.
            (with(WEEKEND, &[(2026, 12, 26)]), at((2026, 12, 25), 0), at((2026, 12, 28), 0), 24),
            // A leap day, as a business day (a Tuesday) and as a holiday.
            (with(WEEKEND, &[]), at((2028, 2, 28), 0), at((2028, 3, 1), 0), 48),
            (with(WEEKEND, &leap), at((2028, 2, 28), 0), at((2028, 3, 1), 0), 24),
            // No leap day in 2100.
            (with(0, &[]), at((2100, 2, 28), 0), at((2100, 3, 1), 0), 24),
            // A holiday that begins or ends a span.
            (with(0, &new_year), at((2026, 12, 25), 6), at((2026, 12, 26), 6), 6),
            (with(0, &new_year), at((2026, 12, 24), 6), at((2026, 12, 25), 6), 18),
            (with(0, &new_year), at((2026, 12, 25), 6), at((2026, 12, 25), 20), 0),
            // Thursday and Friday, as in parts of the Gulf.
            (with(0b0001_1000, &[]), at((2026, 11, 18), 0), at((2026, 11, 22), 0), 48),
            // Time that does not pass, or runs back.
            (with(WEEKEND, &[]), at((2026, 11, 20), 18), at((2026, 11, 20), 18), 0),
            (with(WEEKEND, &[]), at((2026, 11, 20), 18), at((2026, 11, 20), 17), 0),
        ];
        for (number, (freshness, from, to, hours)) in rows.into_iter().enumerate() {
            assert_eq!(freshness.age(from, to), hours * HOUR, "row {number}");
            let from = from.get().min(to.get());
            assert_eq!(naive(&freshness, from, to.get()), hours * HOUR, "row {number}");
        }
    }

    #[test]
    fn i2_age_is_the_sum_over_every_hour_of_long_spans() {
        let holidays: Vec<_> =
            (2024..2056).flat_map(|year| [(year, 1, 1), (year, 12, 25)]).collect();
        assert_eq!(holidays.len(), MAX_HOLIDAYS);
        let start = day(2024, 1, 1) * 24;
        for weekend in [0, WEEKEND, 0b0000_0001, 0b0111_1110] {
            let freshness = with(weekend, &holidays);
            for (from, hours) in
                [(0, 24 * 366), (5, 24 * 7 * 60 + 11), (24 * 365 + 7, 24 * 365 * 30 + 13)]
            {
                let (from, to) = ((start + from) * HOUR, (start + from + hours) * HOUR);
                let (a, b) = (LedgerTime::new(from), LedgerTime::new(to));
                assert_eq!(freshness.age(a, b), naive(&freshness, from, to), "{weekend:#b}");
            }
            let all = freshness.age(LedgerTime::new(0), LedgerTime::new(u64::MAX));
            assert!(all > u64::MAX / 8 && all < u64::MAX, "{weekend:#b}");
        }
        let every_day = Freshness::every_day(5);
        assert_eq!(every_day.age(LedgerTime::new(0), LedgerTime::new(u64::MAX)), u64::MAX);
    }

    #[test]
    fn i2_the_last_good_millisecond_is_exact() {
        let rows = [
            (with(0, &[]), at((2026, 11, 20), 18), at((2026, 11, 21), 18)),
            (with(WEEKEND, &[]), at((2026, 11, 20), 18), at((2026, 11, 23), 18)),
            // What is used up at midnight before a weekend lasts until the weekend is over.
            (with(WEEKEND, &[]), at((2026, 11, 20), 0), at((2026, 11, 23), 0)),
            (with(WEEKEND, &[]), at((2026, 11, 22), 3), at((2026, 11, 24), 0)),
            (with(WEEKEND, &[(2026, 11, 23)]), at((2026, 11, 20), 18), at((2026, 11, 24), 18)),
        ];
        for (number, (freshness, as_of, until)) in rows.into_iter().enumerate() {
            assert_eq!(freshness.until(as_of), until, "row {number}");
            assert!(freshness.allows(as_of, until), "row {number}");
            assert!(!freshness.allows(as_of, until.after(1)), "row {number}");
        }
        let end = LedgerTime::new(u64::MAX);
        assert_eq!(Freshness::every_day(u64::MAX).until(LedgerTime::new(7)), end);
        assert_eq!(Freshness::every_day(1).until(end), end);
        assert_eq!(Freshness::every_day(0).until(LedgerTime::new(7)), LedgerTime::new(7));
    }

    #[test]
    fn i2_a_calendar_keeps_a_business_day_and_a_short_ascending_list() {
        let good = Calendar { weekend: WEEKEND, holidays: vec![1, 2, 9] };
        assert!(good.is_well_formed() && Calendar::default().is_well_formed());
        let full = u32::try_from(MAX_HOLIDAYS).unwrap();
        assert!(Calendar { holidays: (0..full).collect(), ..good.clone() }.is_well_formed());
        for bad in [
            Calendar { weekend: EVERY_WEEKDAY, ..good.clone() },
            Calendar { weekend: 0b1000_0000, ..good.clone() },
            Calendar { holidays: vec![1, 1], ..good.clone() },
            Calendar { holidays: vec![2, 1], ..good.clone() },
            Calendar { holidays: (0..=full).collect(), ..good },
        ] {
            assert!(!bad.is_well_formed(), "{bad:?}");
        }
    }
}
