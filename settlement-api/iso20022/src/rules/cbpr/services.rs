//! The kinds of the service: a cover, an advice, a payment that goes straight through.

use super::super::{Case, Rule};
use super::header::{field, service_kind};
use crate::spot::Spot;

const STRAIGHT_THROUGH: &str = "stp";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.header_service_kind",
        messages: &[],
        text: "names a kind of service that this message has not; .cov. and .adv. are of pacs.009, .stp. is of credit transfers",
        check: |case, out| {
            let transfers = ["pacs.008", "pacs.009"];
            let own = match service_kind(case) {
                Some("cov" | "adv") => case.is(&["pacs.009"]),
                Some(STRAIGHT_THROUGH) => case.is(&transfers),
                Some("") | None => true,
                Some(_) => false,
            };
            if !own && let Some(service) = field(case, "BizSvc") {
                out.at(&service);
            }
        },
    },
    Rule {
        id: "cbpr.advice_settlement",
        messages: &["pacs.009"],
        text: "goes with the service .adv. and with no other; use INDA or INGA, or correct the service",
        check: |case, out| {
            let Some(method) = case.message.at("GrpHdr/SttlmInf/SttlmMtd") else { return };
            let is_advice = service_kind(case) == Some("adv");
            if case.header.is_some() && is_advice != (method.text() == "COVE") {
                out.at(&method);
            }
        },
    },
    Rule {
        id: "cbpr.straight_through",
        messages: &["pacs.008"],
        text: "is not used in a payment that goes straight through; remove it, or send the payment without .stp.",
        check: |case, out| {
            for spot in straight_through(case) {
                out.forbid(&spot, "InstrForCdtrAgt");
                out.forbid(&spot, "InstrForNxtAgt");
            }
        },
    },
    Rule {
        id: "cbpr.straight_through_account",
        messages: &["pacs.008"],
        text: "is missing; a payment that goes straight through names the creditor's account",
        check: |case, out| {
            straight_through(case).iter().for_each(|spot| out.need(spot, "CdtrAcct"));
        },
    },
    Rule {
        id: "cbpr.straight_through_iban",
        messages: &["pacs.008"],
        text: "is missing; a payment that goes straight through within Europe names both parties and their IBANs",
        check: |case, out| {
            for spot in straight_through(case).iter().filter(|spot| is_european(spot)) {
                for path in ["Dbtr/Nm", "DbtrAcct/Id/IBAN", "Cdtr/Nm", "CdtrAcct/Id/IBAN"] {
                    out.need(spot, path);
                }
            }
        },
    },
];

/// The transactions of a message that is sent as one that goes straight through.
fn straight_through<'a>(case: &Case<'a>) -> Vec<Spot<'a>> {
    match service_kind(case) {
        Some(STRAIGHT_THROUGH) => case.transactions(),
        _ => Vec::new(),
    }
}

/// Where banks exchange payments of named parties by IBAN.
const EUROPE: &[&str] = &[
    "AT", "BE", "BG", "BV", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GF", "GI", "GP",
    "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MQ", "MT", "NL", "NO", "PL", "PM",
    "PT", "RE", "RO", "SE", "SI", "SJ", "SK",
];

/// Small countries, each with the one whose payments are domestic there.
const NEIGHBOURS: &[[&str; 2]] = &[["IT", "VA"], ["FR", "MC"], ["ES", "AD"], ["IT", "SM"]];

/// A payment whose first and last bank are in countries of one of these groups, by their BICs.
fn is_european(spot: &Spot<'_>) -> bool {
    let country = |path| spot.text_at(path).and_then(|bic| bic.get(4..6));
    let (Some(from), Some(to)) =
        (country("DbtrAgt/FinInstnId/BICFI"), country("CdtrAgt/FinInstnId/BICFI"))
    else {
        return false;
    };
    let within = |group: &[&str]| group.contains(&from) && group.contains(&to);
    within(EUROPE) || NEIGHBOURS.iter().any(|couple| within(couple))
}
