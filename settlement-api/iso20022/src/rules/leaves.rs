//! Rules of single values, wherever they stand: check digits, countries, currencies, code lists.

use super::country::is_country;
use super::settlement::latest_day;
use super::{Breaks, Case, Rule};
use crate::amount::currency_scale;
use crate::identifier::{is_iban, is_lei, parse_date};
use crate::spot::Spot;
use crate::table::Shape;
use crate::tables;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "iso.iban",
        messages: &[],
        text: "is not an IBAN of a country, or its check digits are wrong; correct it",
        check: |case, out| {
            each(case, out, |spot| {
                spot.holds.name.starts_with("IBAN")
                    && !(is_iban(spot.text()) && starts_with_country(spot.text()))
            })
        },
    },
    Rule {
        id: "iso.bic_country",
        messages: &[],
        text: "is a BIC whose fifth and sixth letters are no country; correct it",
        check: |case, out| {
            each(case, out, |spot| {
                let is_bic =
                    spot.holds.name.starts_with("BICFI") || spot.holds.name.starts_with("AnyBIC");
                is_bic && !spot.text().get(4..6).is_some_and(is_country)
            })
        },
    },
    Rule {
        id: "iso.lei",
        messages: &[],
        text: "is an LEI whose check digits are wrong; correct it",
        check: |case, out| {
            each(case, out, |spot| spot.holds.name.starts_with("LEI") && !is_lei(spot.text()))
        },
    },
    Rule {
        id: "iso.country",
        messages: &[],
        text: "is not a country of ISO 3166; send its two letters",
        check: |case, out| {
            each(case, out, |spot| {
                spot.holds.name.starts_with("CountryCode") && !is_country(spot.text())
            })
        },
    },
    Rule {
        id: "iso.currency",
        messages: &[],
        text: "is not in a currency of ISO 4217 that is in use; send its three letters",
        check: |case, out| {
            each(case, out, |spot| match &spot.holds.shape {
                Shape::Amount { attribute, code, .. }
                    if code.name.starts_with("ActiveCurrency") =>
                {
                    spot.element.attribute(attribute).is_some_and(|currency| !is_currency(currency))
                }
                _ => false,
            })
        },
    },
    Rule {
        id: "iso.currency_decimals",
        messages: &[],
        text: "has more decimals than its currency; round where the amount is made, not here",
        check: |case, out| {
            each(case, out, |spot| match &spot.holds.shape {
                Shape::Amount { attribute, .. } => {
                    let scale = spot.element.attribute(attribute).and_then(currency_scale);
                    let decimals =
                        spot.text().trim().split_once('.').map_or(0, |(_, tail)| tail.len());
                    scale.is_some_and(|scale| decimals > usize::from(scale))
                }
                _ => false,
            })
        },
    },
    Rule {
        id: "iso.external_code",
        messages: &[],
        text: "is not in the external code set of its type; use one of its codes",
        check: |case, out| {
            each(case, out, |spot| {
                tables::external_codes(spot.holds.name)
                    .is_some_and(|codes| !codes.contains(&spot.text()))
            })
        },
    },
    Rule {
        id: "iso.period",
        messages: &[],
        text: "ends before it begins; exchange the dates",
        check: |case, out| {
            each(case, out, |spot| {
                let date = |path| spot.text_at(path).and_then(|text| parse_date(text.trim()));
                let time = |path| spot.text_at(path).and_then(|text| parse_time(text.trim()));
                matches!((date("FrDt"), date("ToDt")), (Some(from), Some(to)) if to < from)
                    || matches!((time("FrDtTm"), time("ToDtTm")), (Some(from), Some(to)) if to < from)
            })
        },
    },
    Rule {
        id: "iso.birth_date",
        messages: &[],
        text: "lies after the day on which the message was made, everywhere; correct the date",
        check: |case, out| {
            let made = ["GrpHdr/CreDtTm", "Assgnmt/CreDtTm"]
                .into_iter()
                .find_map(|path| case.message.text_at(path))
                .and_then(|text| latest_day(text.trim()));
            let Some(made) = made else { return };
            each(case, out, |spot| {
                spot.name() == "BirthDt"
                    && parse_date(spot.text().trim()).is_some_and(|born| born > made)
            });
        },
    },
    Rule {
        id: "iso.header_message",
        messages: &[],
        text: "names another message than the document holds; make them equal",
        check: |case, out| {
            let Some(name) = case.header.as_ref().and_then(|header| header.at("MsgDefIdr")) else {
                return;
            };
            if name.text() != case.came_as {
                out.at(&name);
            }
        },
    },
    Rule {
        id: "iso.narrative",
        messages: &["pacs.002", "pacs.004", "camt.029", "camt.056", "pain.002", "pain.014"],
        text: "must say the reason, since the reason code is NARR; add it",
        check: |case, out| {
            for spot in case.everything() {
                let is_reason = spot.name().ends_with("RsnInf");
                if is_reason && spot.text_at("Rsn/Cd") == Some("NARR") {
                    out.need(spot, "AddtlInf");
                }
            }
        },
    },
];

/// Codes of ISO 4217 that count something without decimals of its own.
const WITHOUT_MINOR_UNIT: &[&str] = &["XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA"];

/// Whether three letters are a currency that is in use.
pub(super) fn is_currency(text: &str) -> bool {
    currency_scale(text).is_some() || WITHOUT_MINOR_UNIT.contains(&text)
}

fn each(case: &Case<'_>, out: &mut Breaks, is_broken: impl Fn(&Spot<'_>) -> bool) {
    let header = case.header.as_ref().map(Spot::everything).unwrap_or_default();
    for spot in header.iter().chain(case.everything()) {
        if is_broken(spot) {
            out.at(spot);
        }
    }
}

/// An instant that names its offset from UTC; without one it can be any of a day.
fn parse_time(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

fn starts_with_country(text: &str) -> bool {
    text.get(..2).is_some_and(is_country)
}
