//! Business days, as far as deadlines need them: weekends and a list of holidays, in UTC.
//!
//! # Invariants B4 the same question and calendar give the same deadline
//! # Absent     zones and cut-off times of payment systems; which days are holidays is configuration

use std::collections::BTreeSet;

use ledger_core::time::LedgerTime;

use crate::kind::{Clock, Kind};

const DAY_MS: u64 = 86_400_000;
/// Days that are looked at at most, so that a calendar of holidays alone ends.
const HORIZON_DAYS: u64 = 366;

/// Days since 1970-01-01 on which nothing is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    holidays: BTreeSet<u64>,
}

impl Calendar {
    /// Weekends and these days, counted from 1970-01-01.
    #[must_use]
    pub const fn new(holidays: BTreeSet<u64>) -> Self {
        Self { holidays }
    }

    /// Whether a day, counted from 1970-01-01 (a Thursday), is a business day.
    #[must_use]
    pub fn is_business_day(&self, day: u64) -> bool {
        // 0 is a Thursday, so Saturday and Sunday are 2 and 3.
        let weekday = day.checked_rem(7).unwrap_or_default();
        !matches!(weekday, 2 | 3) && !self.holidays.contains(&day)
    }

    /// When an answer to a question of this kind, asked now, is due.
    #[must_use]
    pub fn deadline(&self, kind: Kind, asked: LedgerTime) -> LedgerTime {
        match kind.clock() {
            Clock::Milliseconds(patience) => asked.after(patience),
            Clock::BusinessDays(days) => self.business_days_after(asked, days),
        }
    }

    /// The same time of day, so many business days on.
    #[must_use]
    pub fn business_days_after(&self, asked: LedgerTime, days: u8) -> LedgerTime {
        let first = asked.get().checked_div(DAY_MS).unwrap_or_default();
        let time_of_day = asked.get().checked_rem(DAY_MS).unwrap_or_default();
        let following = (1..=HORIZON_DAYS).map(|on| first.saturating_add(on));
        let mut business = following.filter(|day| self.is_business_day(*day));
        let last = first.saturating_add(HORIZON_DAYS);
        let due = match days.checked_sub(1) {
            Some(skip) => business.nth(usize::from(skip)).unwrap_or(last),
            None => first,
        };
        LedgerTime::new(due.saturating_mul(DAY_MS)).after(time_of_day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Topic;

    /// 2026-11-20 was a Friday.
    const FRIDAY: u64 = 20_777;

    fn at(day: u64, ms: u64) -> LedgerTime {
        LedgerTime::new(day * DAY_MS + ms)
    }

    #[test]
    fn b4_deadlines_skip_weekends_and_holidays() {
        let plain = Calendar::default();
        let monday_off = Calendar::new(BTreeSet::from([FRIDAY + 3]));
        let rows = [
            (&plain, Kind::Cancel, at(FRIDAY, 5), at(FRIDAY + 3, 5)),
            (&plain, Kind::Utap, at(FRIDAY, 5), at(FRIDAY + 4, 5)),
            (&plain, Kind::Utap, at(FRIDAY + 1, 5), at(FRIDAY + 4, 5)),
            (&monday_off, Kind::Cancel, at(FRIDAY, 5), at(FRIDAY + 4, 5)),
            (&plain, Kind::Rqfi(Topic::Sanc), at(FRIDAY, 5), at(FRIDAY + 1, 5)),
            (&plain, Kind::Status, at(FRIDAY, 5), at(FRIDAY, 60_005)),
        ];
        for (calendar, kind, asked, due) in rows {
            assert_eq!(calendar.deadline(kind, asked), due, "{kind:?} {asked:?}");
        }
    }

    #[test]
    fn b4_a_calendar_of_holidays_alone_and_the_end_of_time_have_deadlines() {
        let never = Calendar::new((0..800).collect());
        assert_eq!(never.deadline(Kind::Cancel, at(1, 7)), at(367, 7));
        let end = LedgerTime::new(u64::MAX);
        assert_eq!(Calendar::default().deadline(Kind::Utap, end), end);
    }

    #[test]
    fn b4_five_days_of_seven_are_business_days() {
        let calendar = Calendar::default();
        let open: Vec<u64> =
            (FRIDAY..FRIDAY + 7).filter(|d| calendar.is_business_day(*d)).collect();
        assert_eq!(open, [FRIDAY, FRIDAY + 3, FRIDAY + 4, FRIDAY + 5, FRIDAY + 6]);
    }
}
