//! Business days, as far as deadlines need them: closed weekdays, holidays and a time at which a day is over, in UTC.
//!
//! # Invariants B4 the same question and calendar give the same deadline; none is due on a closed day or
//! #            after a day is over
//! # Absent     zones; half days; which days are closed is configuration

use std::collections::BTreeSet;

use ledger_core::time::LedgerTime;

use crate::kind::{Clock, Kind};

const DAY_MS: u64 = 86_400_000;
/// Days that are looked at at most, so that a calendar of holidays alone ends.
const HORIZON_DAYS: u64 = 366;
/// Saturday and Sunday, counted from Monday.
const WEEKEND: [u8; 2] = [5, 6];

/// Days since 1970-01-01 on which nothing is due, and when the others are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    weekend: BTreeSet<u8>,
    holidays: BTreeSet<u64>,
    cut_off_ms: Option<u64>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self::new(BTreeSet::new())
    }
}

impl Calendar {
    /// Saturdays, Sundays and these days, counted from 1970-01-01.
    #[must_use]
    pub fn new(holidays: BTreeSet<u64>) -> Self {
        Self { weekend: BTreeSet::from(WEEKEND), holidays, cut_off_ms: None }
    }

    /// With these weekdays closed instead, counted from Monday as 0.
    #[must_use]
    pub fn closed_on(self, weekend: BTreeSet<u8>) -> Self {
        Self { weekend, ..self }
    }

    /// With days that are over so many milliseconds after their beginning.
    #[must_use]
    pub fn over_at(self, cut_off_ms: u64) -> Self {
        Self { cut_off_ms: Some(cut_off_ms), ..self }
    }

    /// Whether a day, counted from 1970-01-01 (a Thursday), is a business day.
    #[must_use]
    pub fn is_business_day(&self, day: u64) -> bool {
        // 0 is a Thursday, which is 3 counted from Monday.
        let weekday = day.saturating_add(3).checked_rem(7).and_then(|day| u8::try_from(day).ok());
        !weekday.is_some_and(|weekday| self.weekend.contains(&weekday))
            && !self.holidays.contains(&day)
    }

    /// When an answer to a question of this kind, asked now, is due.
    #[must_use]
    pub fn deadline(&self, kind: Kind, asked: LedgerTime) -> LedgerTime {
        match kind.clock() {
            Clock::Milliseconds(patience) => asked.after(patience),
            Clock::BusinessDays(days) => self.business_days_after(asked, days),
        }
    }

    /// The same time of day, so many business days on; what is asked when a business day is over counts as
    /// asked on the next, and is due when one is over.
    #[must_use]
    pub fn business_days_after(&self, asked: LedgerTime, days: u8) -> LedgerTime {
        let day = asked.get().checked_div(DAY_MS).unwrap_or_default();
        let time_of_day = asked.get().checked_rem(DAY_MS).unwrap_or_default();
        let over = self.cut_off_ms.unwrap_or(DAY_MS);
        let is_over = time_of_day >= over && self.is_business_day(day);
        let on = if is_over { 1..=HORIZON_DAYS } else { 0..=0 };
        let belongs = on.map(|on| day.saturating_add(on)).find(|day| self.is_business_day(*day));
        let first = belongs.unwrap_or(day);
        let following = (1..=HORIZON_DAYS).map(|on| first.saturating_add(on));
        let mut business = following.filter(|day| self.is_business_day(*day));
        let last = first.saturating_add(HORIZON_DAYS);
        let due = match days.checked_sub(1) {
            Some(skip) => business.nth(usize::from(skip)).unwrap_or(last),
            None => first,
        };
        LedgerTime::new(due.saturating_mul(DAY_MS)).after(time_of_day.min(over))
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
    fn b4_a_day_that_is_over_is_none_to_be_asked_or_to_answer_on() {
        const HOUR_MS: u64 = 3_600_000;
        let bank = Calendar::new(BTreeSet::from([FRIDAY + 4])).over_at(16 * HOUR_MS);
        let gulf = bank.clone().closed_on(BTreeSet::from([4, 5]));
        let rows = [
            // In time: Monday, at the same time.
            (&bank, Kind::Cancel, at(FRIDAY, HOUR_MS), at(FRIDAY + 3, HOUR_MS)),
            // Over: as if asked on Monday; Tuesday is a holiday.
            (&bank, Kind::Cancel, at(FRIDAY, 16 * HOUR_MS), at(FRIDAY + 5, 16 * HOUR_MS)),
            (&bank, Kind::Cancel, at(FRIDAY, 23 * HOUR_MS), at(FRIDAY + 5, 16 * HOUR_MS)),
            (&bank, Kind::Utap, at(FRIDAY + 2, 23 * HOUR_MS), at(FRIDAY + 5, 16 * HOUR_MS)),
            // Where Fridays and Saturdays are closed.
            (&gulf, Kind::Cancel, at(FRIDAY, HOUR_MS), at(FRIDAY + 2, HOUR_MS)),
            (&gulf, Kind::Utap, at(FRIDAY + 2, 17 * HOUR_MS), at(FRIDAY + 6, 16 * HOUR_MS)),
            // Clocks of hours do not stop.
            (
                &bank,
                Kind::Rqfi(Topic::Sanc),
                at(FRIDAY, 17 * HOUR_MS),
                at(FRIDAY + 1, 17 * HOUR_MS),
            ),
        ];
        for (calendar, kind, asked, due) in rows {
            assert_eq!(calendar.deadline(kind, asked), due, "{kind:?} {asked:?}");
        }
    }

    #[test]
    fn b4_five_days_of_seven_are_business_days() {
        let calendar = Calendar::default();
        let open: Vec<u64> =
            (FRIDAY..FRIDAY + 7).filter(|d| calendar.is_business_day(*d)).collect();
        assert_eq!(open, [FRIDAY, FRIDAY + 3, FRIDAY + 4, FRIDAY + 5, FRIDAY + 6]);
    }
}
