//! Value dates: on which day a payment settles, and from when on it may.
//!
//! A ledger that never closes beside institutions that do: the sender's gateway keeps a payment
//! until its day begins, and moves it to the next open day where its own is closed or over.
//!
//! # Place      intake -> [value_date] -> `waiting`
//! # Invariants P8 the same date, calendar and time give the same day; days are of UTC
//! # Absent     zones, half days; which days are closed is configuration

use std::collections::{BTreeMap, BTreeSet};

use interbank::calendar::Calendar;
use iso20022::identifier::parse_date;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Time, Weekday},
    tz::{Offset, TimeZone},
};
use ledger_core::{money::Currency, time::LedgerTime};
use serde::{Deserialize, Serialize};

use crate::{openapi::text::Day, refused::Refused};

/// Days ahead that a payment may be dated, and that are looked at for an open one.
pub const MAX_DAYS_AHEAD: i32 = 366;
const DAY_MS: u64 = 86_400_000;
/// Hours behind UTC where a day is over last.
const LAST_ZONE: i8 = -12;

/// What becomes of a payment whose day is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastDates {
    /// It is refused.
    #[default]
    Refuse,
    /// It settles on the present day, and that is said.
    Today,
}

/// When payments of one currency settle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenDays")]
pub struct Days {
    closed_weekdays: BTreeSet<i8>,
    holidays: BTreeSet<Date>,
    cut_off: Option<Time>,
}

/// [`Days`] as a configuration says them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDays {
    #[serde(default)]
    weekend: Vec<WrittenWeekday>,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default)]
    cut_off: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenWeekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl WrittenWeekday {
    fn number(self) -> i8 {
        let day = match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
        };
        day.to_monday_one_offset()
    }
}

impl TryFrom<WrittenDays> for Days {
    type Error = &'static str;

    fn try_from(written: WrittenDays) -> Result<Self, Self::Error> {
        let closed_weekdays: BTreeSet<i8> =
            written.weekend.iter().map(|day| day.number()).collect();
        if closed_weekdays.len() > 6 {
            return Err("weekend leaves no day of the week open");
        }
        let holidays = written.holidays.iter().map(|day| parse_date(day));
        let cut_off = match written.cut_off {
            Some(text) => {
                Some(Time::strptime("%H:%M", &text).map_err(|_| "cut_off is HH:MM of UTC")?)
            }
            None => None,
        };
        Ok(Self {
            closed_weekdays,
            holidays: holidays.collect::<Option<_>>().ok_or("a holiday is YYYY-MM-DD")?,
            cut_off,
        })
    }
}

impl Days {
    fn is_open(&self, day: Date) -> bool {
        let closed = self.closed_weekdays.contains(&day.weekday().to_monday_one_offset());
        !closed && !self.holidays.contains(&day)
    }

    /// The same days, for deadlines of cases.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        let since = |day: &Date| start_of(*day).get().checked_div(DAY_MS);
        let closed = self.closed_weekdays.iter();
        let weekend = closed.filter_map(|day| u8::try_from(day.saturating_sub(1)).ok()).collect();
        let holidays = self.holidays.iter().filter_map(since).collect();
        let calendar = Calendar::new(holidays).closed_on(weekend);
        let minutes = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
        let cut_off = self.cut_off.and_then(|time| u64::try_from(minutes(time)).ok());
        match cut_off {
            Some(minutes) => calendar.over_at(minutes.saturating_mul(60_000)),
            None => calendar,
        }
    }

    /// The first open day from this one on.
    fn open_from(&self, day: Date) -> Option<Date> {
        (0..=MAX_DAYS_AHEAD)
            .filter_map(|on| day.checked_add(on.days()).ok())
            .find(|day| self.is_open(*day))
    }

    /// The day to which what comes now belongs.
    fn present(&self, now: Timestamp) -> Option<Date> {
        let utc = now.to_zoned(TimeZone::UTC).datetime();
        let over = self.cut_off.is_some_and(|cut_off| utc.time() >= cut_off);
        let first =
            if over && self.is_open(utc.date()) { utc.date().tomorrow().ok()? } else { utc.date() };
        self.open_from(first)
    }
}

/// The day on which a payment settles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementDay {
    /// The day, YYYY-MM-DD of UTC.
    pub day: String,
    /// From when on it may settle, by this gateway's clock.
    pub from: LedgerTime,
    /// Whether it is another day than was asked for.
    pub moved: bool,
}

/// Value dates of an institution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueDates {
    /// What becomes of a payment whose day is over.
    pub past: PastDates,
    /// Calendars by currency; without one every day is open until its end.
    pub days: BTreeMap<Currency, Days>,
}

impl ValueDates {
    /// The calendar by which answers about payments of a currency are due: weekends alone where it has none.
    #[must_use]
    pub fn deadlines(&self, currency: Option<Currency>) -> Calendar {
        let days = currency.and_then(|currency| self.days.get(&currency));
        days.map_or_else(Calendar::default, Days::calendar)
    }

    /// On which day a payment settles that comes now and asks for a day, or for the first possible.
    ///
    /// # Errors
    /// [`Refused::DatePast`], [`Refused::DateTooFar`].
    pub fn settles(
        &self,
        currency: Option<Currency>,
        wanted: Option<Date>,
        now: Timestamp,
    ) -> Result<SettlementDay, Refused> {
        let every_day = Days::default();
        let days = currency.and_then(|currency| self.days.get(&currency)).unwrap_or(&every_day);
        let present = days.present(now).ok_or(Refused::DateTooFar)?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let day = match wanted {
            None => present,
            Some(wanted) => {
                let not_over = now.to_zoned(TimeZone::fixed(Offset::constant(LAST_ZONE))).date();
                if wanted < not_over && self.past == PastDates::Refuse {
                    return Err(Refused::DatePast);
                }
                let last = today.checked_add(MAX_DAYS_AHEAD.days());
                if last.is_ok_and(|last| wanted > last) {
                    return Err(Refused::DateTooFar);
                }
                days.open_from(wanted.max(present)).ok_or(Refused::DateTooFar)?
            }
        };
        Ok(SettlementDay {
            day: day.to_string(),
            from: if day > today { start_of(day) } else { LedgerTime::new(0) },
            moved: wanted.is_some_and(|wanted| wanted != day),
        })
    }
}

/// When a day of UTC begins.
#[must_use]
pub fn start_of(day: Date) -> LedgerTime {
    let start = day.to_zoned(TimeZone::UTC).map(|start| start.timestamp().as_millisecond());
    LedgerTime::new(start.ok().and_then(|ms| u64::try_from(ms).ok()).unwrap_or(u64::MAX))
}

/// A day as JSON says it.
///
/// # Errors
/// [`Refused::Malformed`].
pub fn day_of(text: &str) -> Result<Date, Refused> {
    let malformed = Refused::Malformed("a date is YYYY-MM-DD, as in 2026-11-02");
    if text.len() == Day::EXAMPLE.len() {
        parse_date(text).ok_or(malformed)
    } else {
        Err(malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    /// Weekends, one holiday, and an end of the day at 16:00.
    fn dollars() -> ValueDates {
        let written = WrittenDays {
            weekend: vec![WrittenWeekday::Saturday, WrittenWeekday::Sunday],
            holidays: vec!["2026-11-26".to_owned()],
            cut_off: Some("16:00".to_owned()),
        };
        let days =
            BTreeMap::from([(Currency::new("USD").unwrap(), Days::try_from(written).unwrap())]);
        ValueDates { past: PastDates::Refuse, days }
    }

    fn settles(
        dates: &ValueDates,
        code: &str,
        wanted: Option<&str>,
        now: &str,
    ) -> (String, bool, bool) {
        let now: Timestamp = now.parse().unwrap();
        match dates.settles(Currency::new(code), wanted.map(date), now) {
            Ok(found) => {
                let waits = found.from.get() > u64::try_from(now.as_millisecond()).unwrap();
                (found.day, waits, found.moved)
            }
            Err(refused) => (format!("{}/{}", refused.code(), refused.iso_reason()), false, false),
        }
    }

    /// 2026-11-23 is a Monday.
    #[test]
    fn p8_a_payment_settles_on_its_day_or_on_the_next_open_one() {
        let (dates, noon, late) = (dollars(), "2026-11-23T12:00:00Z", "2026-11-23T16:00:00Z");
        let rows = [
            // Nothing said: the present day, which ends at the cut-off.
            ("USD", None, noon, ("2026-11-23", false, false)),
            ("USD", None, late, ("2026-11-24", true, false)),
            ("EUR", None, late, ("2026-11-23", false, false)),
            ("USD", None, "2026-11-27T16:00:00Z", ("2026-11-30", true, false)),
            ("USD", None, "2026-11-28T09:00:00Z", ("2026-11-30", true, false)),
            ("USD", None, "2026-11-28T20:00:00Z", ("2026-11-30", true, false)),
            ("USD", None, "2026-11-25T16:00:00Z", ("2026-11-27", true, false)),
            // The present day.
            ("USD", Some("2026-11-23"), noon, ("2026-11-23", false, false)),
            ("USD", Some("2026-11-23"), late, ("2026-11-24", true, true)),
            ("USD", Some("2026-11-24"), late, ("2026-11-24", true, false)),
            // Days ahead, open and closed.
            ("USD", Some("2026-11-25"), noon, ("2026-11-25", true, false)),
            ("USD", Some("2026-11-26"), noon, ("2026-11-27", true, true)),
            ("USD", Some("2026-11-28"), noon, ("2026-11-30", true, true)),
            ("EUR", Some("2026-11-28"), noon, ("2026-11-28", true, false)),
            ("EUR", Some("2027-11-24"), noon, ("2027-11-24", true, false)),
            ("EUR", Some("2027-11-25"), noon, ("settlement_date_too_far/DT01", false, false)),
            // Days that are over, in UTC and everywhere.
            ("EUR", Some("2026-11-22"), "2026-11-23T11:59:59Z", ("2026-11-23", false, true)),
            ("EUR", Some("2026-11-22"), noon, ("settlement_date_past/DT01", false, false)),
            ("EUR", Some("2023-01-05"), noon, ("settlement_date_past/DT01", false, false)),
        ];
        for (code, wanted, now, (day, waits, moved)) in rows {
            let found = settles(&dates, code, wanted, now);
            assert_eq!(found, (day.to_owned(), waits, moved), "{code} {wanted:?} {now}");
        }
    }

    #[test]
    fn p8_a_past_day_is_the_present_one_where_that_is_configured() {
        let dates = ValueDates { past: PastDates::Today, ..dollars() };
        let found = settles(&dates, "USD", Some("2023-01-05"), "2026-11-23T12:00:00Z");
        assert_eq!(found, ("2026-11-23".to_owned(), false, true));
        let found = settles(&dates, "USD", Some("2023-01-05"), "2026-11-28T12:00:00Z");
        assert_eq!(found, ("2026-11-30".to_owned(), true, true));
    }

    #[test]
    fn p8_a_calendar_that_never_opens_or_is_misspelled_is_refused() {
        let written = |weekend: Vec<WrittenWeekday>, holiday: &str, cut_off: &str| WrittenDays {
            weekend,
            holidays: vec![holiday.to_owned()],
            cut_off: Some(cut_off.to_owned()),
        };
        let all = vec![
            WrittenWeekday::Monday,
            WrittenWeekday::Tuesday,
            WrittenWeekday::Wednesday,
            WrittenWeekday::Thursday,
            WrittenWeekday::Friday,
            WrittenWeekday::Saturday,
            WrittenWeekday::Sunday,
        ];
        assert!(Days::try_from(written(all, "2026-11-26", "16:00")).is_err());
        assert!(Days::try_from(written(Vec::new(), "26.11.2026", "16:00")).is_err());
        assert!(Days::try_from(written(Vec::new(), "2026-11-26", "4 pm")).is_err());
        assert!(Days::try_from(written(Vec::new(), "2026-11-26", "16:00")).is_ok());
        for text in ["", "2026-11-2", "2026-02-30", "2026-11-02Z", "02.11.2026"] {
            assert_eq!(day_of(text).unwrap_err().code(), "request_malformed", "{text}");
        }
        assert_eq!(day_of("2026-11-02").unwrap(), date("2026-11-02"));
        assert_eq!(start_of(date("1970-01-02")), LedgerTime::new(86_400_000));
    }
}
