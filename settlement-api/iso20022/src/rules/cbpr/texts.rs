//! What values look like, wherever they stand: characters, times, and that something is said.

use super::super::Rule;
use super::{ends_with_offset, has_offset, is_reference_character};
use crate::spot::Spot;
use crate::table::Shape;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.empty",
        messages: &[],
        text: "is empty; say something or leave it out",
        check: |case, out| {
            for spot in case.everything() {
                let holds = matches!(spot.holds.shape, Shape::Sequence(_) | Shape::Choice(_));
                if holds && spot.element.children.is_empty() {
                    out.at(spot);
                }
            }
        },
    },
    Rule {
        id: "cbpr.text_characters",
        messages: &["pacs.002", "pacs.004", "pacs.008", "pacs.009", "camt.029", "camt.056"],
        text: "holds characters that only names, addresses and remittance may; use letters, digits and /-?:().,'+",
        check: |case, out| {
            for spot in case.everything().iter().filter(|spot| is_plain_text(spot)) {
                if !spot.text().chars().all(is_reference_character) {
                    out.at(spot);
                }
            }
        },
    },
    Rule {
        id: "cbpr.header_times",
        messages: &[],
        text: "must have an offset from UTC; write +00:00, not Z",
        check: |case, out| {
            let header = case.header.as_ref().map(Spot::everything).unwrap_or_default();
            for spot in header.iter().filter(|spot| matches!(spot.holds.shape, Shape::DateTime)) {
                if spot.path != "AppHdr/CreDt" && !has_offset(spot.text()) {
                    out.at(spot);
                }
            }
        },
    },
    Rule {
        id: "cbpr.times",
        messages: &[],
        text: "must have an offset from UTC; write +00:00, not Z",
        check: |case, out| {
            for spot in case.everything() {
                if matches!(spot.holds.shape, Shape::Time) && !ends_with_offset(spot.text()) {
                    out.at(spot);
                }
            }
        },
    },
    Rule {
        id: "cbpr.plain_date",
        messages: &[],
        text: "is a date with an offset; write year, month and day alone",
        check: |case, out| {
            for spot in case.everything() {
                if matches!(spot.holds.shape, Shape::Date) && spot.text().trim().len() != 10 {
                    out.at(spot);
                }
            }
        },
    },
];

/// Texts that are limited to set X: all but names and addresses, what stands for an account number,
/// remittance, and the words beside a status.
fn is_plain_text(spot: &Spot<'_>) -> bool {
    let is_text = spot.holds.name.starts_with("Max") && spot.holds.name.contains("Text");
    let mut above = spot.path.rsplit('/').skip(1).map(|name| name.trim_end_matches(is_index));
    let parent = above.next().unwrap_or_default();
    let is_name = spot.name() == "Nm" && !parent.ends_with("Acct");
    let is_words = spot.name() == "AddtlInf" && parent == "StsRsnInf";
    let wide = ["RmtInf", "RltdRmtInf", "PstlAdr", "Prxy", "CtctDtls"];
    let inside = wide.contains(&parent) || above.any(|name| wide.contains(&name));
    is_text && !is_name && !is_words && !inside
}

/// The number of an element that may repeat, as paths write it.
fn is_index(c: char) -> bool {
    matches!(c, '[' | ']') || c.is_ascii_digit()
}
