//! On which days an order is carried out.

use jiff::{Span, ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{payments::value_date::day_of, refused::Refused};

/// Executions of one order at most.
pub const MAX_EXECUTIONS: u32 = 10_000;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each day.
    Day,
    /// Each seventh day.
    Week,
    /// Each fourteenth day.
    Fortnight,
    /// The same day of each month, or its last one where the month is too short.
    Month,
    /// The same of each third month.
    Quarter,
    /// The same of each sixth month.
    HalfYear,
    /// The same of each twelfth month.
    Year,
}

impl Every {
    /// So many of it.
    fn times(self, number: u32) -> Span {
        let number = i32::try_from(number.min(MAX_EXECUTIONS)).unwrap_or(i32::MAX);
        match self {
            Self::Day => number.days(),
            Self::Week => number.weeks(),
            Self::Fortnight => number.saturating_mul(2).weeks(),
            Self::Month => number.months(),
            Self::Quarter => number.saturating_mul(3).months(),
            Self::HalfYear => number.saturating_mul(6).months(),
            Self::Year => number.saturating_mul(12).months(),
        }
    }
}

/// Days, counted from the first one, so that short months do not shift the following.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The first day, YYYY-MM-DD.
    pub first: String,
    /// How often.
    pub every: Every,
    /// No execution after this day.
    pub last: Option<String>,
    /// No more executions than these.
    pub executions: Option<u32>,
}

impl Plan {
    /// A plan that has a day at least.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn checked(self) -> Result<Self, Refused> {
        let first = day_of(&self.first)?;
        if let Some(last) = &self.last
            && day_of(last)? < first
        {
            return Err(Refused::Malformed("last lies before first"));
        }
        if self.executions.is_some_and(|count| !(1..=MAX_EXECUTIONS).contains(&count)) {
            return Err(Refused::Malformed("executions is 1 to 10000"));
        }
        Ok(self)
    }

    /// The day of an execution, counted from 0; `None` after the last one.
    #[must_use]
    pub fn day(&self, number: u32) -> Option<Date> {
        if number >= self.executions.unwrap_or(MAX_EXECUTIONS) {
            return None;
        }
        let day = day_of(&self.first).ok()?.checked_add(self.every.times(number)).ok()?;
        let last = self.last.as_deref().map(day_of).transpose().ok()?;
        (last.is_none_or(|last| day <= last)).then_some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(first: &str, every: Every) -> Plan {
        Plan { first: first.to_owned(), every, last: None, executions: None }
    }

    fn days(plan: &Plan) -> Vec<String> {
        (0..6).map_while(|number| plan.day(number)).map(|day| day.to_string()).collect()
    }

    #[test]
    fn o2_days_count_from_the_first_so_that_short_months_do_not_shift_them() {
        let rows = [
            (Every::Day, ["2026-01-31", "2026-02-01", "2026-02-02", "2026-02-03"]),
            (Every::Week, ["2026-01-31", "2026-02-07", "2026-02-14", "2026-02-21"]),
            (Every::Fortnight, ["2026-01-31", "2026-02-14", "2026-02-28", "2026-03-14"]),
            (Every::Month, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
            (Every::Quarter, ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"]),
            (Every::HalfYear, ["2026-01-31", "2026-07-31", "2027-01-31", "2027-07-31"]),
            (Every::Year, ["2026-01-31", "2027-01-31", "2028-01-31", "2029-01-31"]),
        ];
        for (every, expected) in rows {
            assert_eq!(days(&plan("2026-01-31", every))[..4], expected, "{every:?}");
        }
        assert_eq!(days(&plan("2024-02-29", Every::Year))[..2], ["2024-02-29", "2025-02-28"]);
    }

    #[test]
    fn o2_a_plan_ends_with_its_last_day_or_its_last_execution() {
        let until = |last: Option<&str>, executions| Plan {
            last: last.map(str::to_owned),
            executions,
            ..plan("2026-01-31", Every::Month)
        };
        for (last, executions, count) in [
            (Some("2026-03-31"), None, 3),
            (Some("2026-03-30"), None, 2),
            (None, Some(4), 4),
            (Some("2026-03-31"), Some(2), 2),
            (Some("2026-01-31"), None, 1),
        ] {
            assert_eq!(days(&until(last, executions).checked().unwrap()).len(), count);
        }
        for (last, executions) in
            [(Some("2026-01-30"), None), (Some("x"), None), (None, Some(0)), (None, Some(10_001))]
        {
            assert!(until(last, executions).checked().is_err(), "{last:?} {executions:?}");
        }
        assert_eq!(plan("2026-01-31", Every::Day).day(u32::MAX), None);
        assert_eq!(plan("9999-12-31", Every::Day).day(1), None);
    }
}
