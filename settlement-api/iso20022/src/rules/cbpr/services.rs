//! The kinds of the service: a cover, an advice, a payment that goes straight through.

use super::super::{Case, Rule};
use super::header::{field, service_kind};

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
];

/// The transactions of a message that is sent as one that goes straight through.
fn straight_through<'a>(case: &Case<'a>) -> Vec<crate::spot::Spot<'a>> {
    match service_kind(case) {
        Some(STRAIGHT_THROUGH) => case.transactions(),
        _ => Vec::new(),
    }
}
