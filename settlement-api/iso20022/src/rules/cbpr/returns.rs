//! What a return says of amounts: what came, what goes back, and what was taken in between.

use super::super::amounts::exact;
use super::super::{Breaks, Rule};
use crate::spot::Spot;

const RETURNS: &[&str] = &["pacs.004"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.return_charge_bearer",
        messages: RETURNS,
        text: "must be SHAR or CRED; who gives back does not bear what others take",
        check: |case, out| {
            for spot in case.transactions() {
                out.need(&spot, "ChrgBr");
                out.one_of(&spot, "ChrgBr", &["SHAR", "CRED"]);
            }
        },
    },
    Rule {
        id: "cbpr.return_repeats",
        messages: RETURNS,
        text: "says again what stands in the transaction; remove it",
        check: |case, out| {
            for spot in case.transactions() {
                for name in ["IntrBkSttlmAmt", "IntrBkSttlmDt"] {
                    if spot.has(&format!("Orgnl{name}")) {
                        out.forbid(&spot, &format!("OrgnlTxRef/{name}"));
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.returned_rate",
        messages: RETURNS,
        text: "must stand where the returned instructed amount is in another currency, and only there",
        check: |case, out| {
            for spot in case.transactions() {
                let instructed = currency(&spot, "RtrdInstdAmt");
                let differ =
                    instructed.is_some() && instructed != currency(&spot, "RtrdIntrBkSttlmAmt");
                match (differ, spot.has("XchgRate")) {
                    (true, false) => out.below(&spot, "XchgRate"),
                    (false, true) => out.forbid(&spot, "XchgRate"),
                    (true, true) | (false, false) => {}
                }
            }
        },
    },
    Rule {
        id: "cbpr.returned_instructed",
        messages: RETURNS,
        text: "differs from the returned instructed amount, and no charges are listed; correct one of them or list the charges",
        check: |case, out| {
            for spot in case.transactions() {
                differs(&spot, ("RtrdInstdAmt", "RtrdIntrBkSttlmAmt"), out);
            }
        },
    },
    Rule {
        id: "cbpr.return_of_charges",
        messages: RETURNS,
        text: "must stand where charges are listed; say what was returned before they were taken",
        check: |case, out| {
            for spot in case.transactions() {
                if spot.has("ChrgsInf") {
                    out.need(&spot, "RtrdInstdAmt");
                }
            }
        },
    },
    Rule {
        id: "cbpr.return_part",
        messages: RETURNS,
        text: "is less than the payment was, and no charges are listed; list them, or write PART as the reason's information",
        check: |case, out| {
            for spot in case.transactions() {
                let said = spot.all("RtrRsnInf/AddtlInf").iter().any(|text| text.text() == "PART");
                if !said && !spot.has("ChrgsInf") {
                    is_part(&spot, out);
                }
            }
        },
    },
];

fn is_part(spot: &Spot<'_>, out: &mut Breaks) {
    let (original, returned) = ("OrgnlIntrBkSttlmAmt", "RtrdIntrBkSttlmAmt");
    let (Some(first), Some(second)) = (spot.at(original), spot.at(returned)) else { return };
    let less = match (exact(first.text()), exact(second.text())) {
        (Some(first), Some(second)) => second < first,
        _ => false,
    };
    if less && currency(spot, original) == currency(spot, returned) {
        out.at(&second);
    }
}

fn currency<'a>(spot: &Spot<'a>, name: &str) -> Option<&'a str> {
    spot.element.at(name).and_then(|amount| amount.attribute("Ccy"))
}

/// In one currency, and nothing charged: one amount.
fn differs(spot: &Spot<'_>, (from, to): (&str, &str), out: &mut Breaks) {
    let (Some(first), Some(second)) = (spot.at(from), spot.at(to)) else { return };
    let same = currency(spot, from) == currency(spot, to);
    if same && !spot.has("ChrgsInf") && exact(first.text()) != exact(second.text()) {
        out.at(&second);
    }
}
