//! How and when a payment settles.

use super::Rule;
use crate::identifier::parse_date;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "iso.settlement_method",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "does not go with the settlement method; remove it or change the method",
        check: |case, out| {
            let Some(info) = case.message.at("GrpHdr/SttlmInf") else { return };
            let forbidden: &[&str] = match info.text_at("SttlmMtd") {
                Some("INDA" | "INGA") => {
                    &["ClrSys", "InstgRmbrsmntAgt", "InstdRmbrsmntAgt", "ThrdRmbrsmntAgt"]
                }
                Some("CLRG") => {
                    &["SttlmAcct", "InstgRmbrsmntAgt", "InstdRmbrsmntAgt", "ThrdRmbrsmntAgt"]
                }
                Some("COVE") => &["SttlmAcct", "ClrSys"],
                _ => &[],
            };
            forbidden.iter().for_each(|name| out.forbid(&info, name));
        },
    },
    Rule {
        id: "iso.cover_agent",
        messages: &["pacs.008", "pacs.009"],
        text: "must name a reimbursement agent, since a cover pays; add one",
        check: |case, out| {
            let Some(info) = case.message.at("GrpHdr/SttlmInf") else { return };
            let named = info.has("InstgRmbrsmntAgt") || info.has("InstdRmbrsmntAgt");
            if info.text_at("SttlmMtd") == Some("COVE") && !named {
                out.below(&info, "InstgRmbrsmntAgt");
            }
        },
    },
    Rule {
        id: "iso.third_reimbursement_agent",
        messages: &["pacs.008", "pacs.009"],
        text: "stands without the two other reimbursement agents; add them or remove it",
        check: |case, out| {
            let Some(info) = case.message.at("GrpHdr/SttlmInf") else { return };
            if !(info.has("InstgRmbrsmntAgt") && info.has("InstdRmbrsmntAgt")) {
                out.forbid(&info, "ThrdRmbrsmntAgt");
            }
        },
    },
    Rule {
        id: "iso.settlement_date",
        messages: &["pacs.008", "pacs.009"],
        text: "must stand in the group header or in every transaction; add it",
        check: |case, out| {
            if !case.message.has("GrpHdr/IntrBkSttlmDt") {
                case.transactions().iter().for_each(|spot| out.need(spot, "IntrBkSttlmDt"));
            }
        },
    },
    Rule {
        id: "iso.settlement_before_creation",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "lies before the day on which the message was made, everywhere; correct the date",
        check: |case, out| {
            let made =
                case.message.text_at("GrpHdr/CreDtTm").and_then(|text| earliest_day(text.trim()));
            let Some(made) = made else { return };
            let group = case.message.at("GrpHdr/IntrBkSttlmDt");
            let own = case.transactions();
            for date in own.iter().filter_map(|spot| spot.at("IntrBkSttlmDt")).chain(group) {
                if parse_date(date.text().trim()).is_some_and(|settles| settles < made) {
                    out.at(&date);
                }
            }
        },
    },
];

/// The earliest day that an instant falls on anywhere: twelve hours behind UTC. Without an offset,
/// the day that is written.
fn earliest_day(text: &str) -> Option<Date> {
    day_at(text, -12)
}

/// The latest day that an instant falls on anywhere: fourteen hours ahead of UTC.
pub(super) fn latest_day(text: &str) -> Option<Date> {
    day_at(text, 14)
}

fn day_at(text: &str, hours: i8) -> Option<Date> {
    match text.parse::<Timestamp>() {
        Ok(instant) => Some(instant.to_zoned(TimeZone::fixed(jiff::tz::offset(hours))).date()),
        Err(_) => parse_date(text.get(..10)?),
    }
}
