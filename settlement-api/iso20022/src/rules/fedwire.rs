//! fedwire-2025: the Fedwire Funds Service narrows each message by a schema of its own.
//!
//! # Place
//! The tables of that release say what is narrower; what a message breaks there and keeps in the base
//! schema is a usage rule. Where a message has several usages, it is held to the nearest.
//!
//! # Absent on purpose
//! Of the rules that the service states in prose only: check digits of routing numbers, times of day.

use super::amounts::exact;
use super::{Case, Rule};
use crate::spot::Spot;
use crate::table::Schema;
use crate::tables;
use crate::validate::{Finding, validate};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "fedwire.message",
        messages: &[],
        text: "is a message or version that the service does not take; send one that it does",
        check: |case, out| {
            if usages(case.came_as).next().is_none() && case.family() != "head.001" {
                out.at(&case.message);
            }
        },
    },
    Rule {
        id: "fedwire.header",
        messages: &[],
        text: "is missing; put a head.001.001.03 before the document",
        check: |case, out| {
            if case.header.is_none() && case.family() != "head.001" {
                out.path("AppHdr".to_owned(), 0);
            }
        },
    },
    Rule {
        id: "fedwire.header_version",
        messages: &[],
        text: "is not in the version that is exchanged; send head.001.001.03",
        check: |case, out| {
            if let Some(header) = &case.header
                && case.header_came_as != Some("head.001.001.03")
            {
                out.at(header);
            }
        },
    },
    Rule {
        id: "fedwire.header_reference",
        messages: &[],
        text: "differs from the identification of the message; make them equal",
        check: |case, out| {
            let own = case.header.as_ref().and_then(|header| header.at("BizMsgIdr"));
            if let (Some(own), Some(message)) = (own, case.message.text_at("GrpHdr/MsgId"))
                && own.text() != message
            {
                out.at(&own);
            }
        },
    },
    Rule {
        id: "fedwire.amount_limit",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "is ten billion dollars or more, which the service does not move; split the payment",
        check: |case, out| {
            for spot in case.transactions() {
                for amount in ["IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt"].map(|name| spot.at(name)) {
                    let Some(amount) = amount else { continue };
                    if exact(amount.text()) >= exact(TEN_BILLION) {
                        out.at(&amount);
                    }
                }
            }
        },
    },
    Rule {
        id: "fedwire.cover",
        messages: &["pacs.009"],
        text: "stands beside the underlying transfer of a customer where it is COVC or COVS, and only then; correct the code or the transfer",
        check: |case, out| {
            for spot in case.transactions() {
                let Some(code) = spot.at("PmtTpInf/LclInstrm/Prtry") else { continue };
                if code.text().starts_with("COV") != spot.has("UndrlygCstmrCdtTrf") {
                    out.at(&code);
                }
            }
        },
    },
];

/// One cent above the greatest sum of one transfer.
const TEN_BILLION: &str = "10000000000";

/// What the rule of a narrower schema is called here, and what it says.
///
/// The ids of rules that tables give: each stands for "narrower than the base message at this path".
pub(super) const NARROWER: &[(&str, &str)] = &[
    ("schema.missing", "fedwire.required"),
    ("schema.not_allowed", "fedwire.not_used"),
    ("schema.repeated", "fedwire.repeated"),
    ("schema.choice", "fedwire.not_used"),
    ("schema.out_of_order", "fedwire.not_used"),
    ("schema.code", "fedwire.code"),
    ("schema.length", "fedwire.length"),
    ("schema.digits", "fedwire.number"),
    ("schema.range", "fedwire.number"),
    ("schema.number", "fedwire.number"),
    ("schema.pattern", "fedwire.format"),
];

fn usages(name: &str) -> impl Iterator<Item = &'static Schema> {
    tables::fedwire_2025().filter(move |schema| schema.name == name)
}

/// What the service's tables refuse in a message that the base tables take.
pub(super) fn narrower(case: &Case<'_>) -> Vec<Finding> {
    let mut found = nearest(&case.message, case.came_as);
    if let Some(header) = &case.header {
        found.extend(nearest(header, "head.001.001.03"));
    }
    for finding in &mut found {
        let own = NARROWER.iter().find(|(rule, _)| *rule == finding.rule);
        finding.rule = own.map_or("fedwire.format", |(_, own)| own).to_owned();
        finding.text = format!("by the service's rules {}", finding.text);
    }
    found
}

/// The departures from the usage that is least departed from.
fn nearest(spot: &Spot<'_>, name: &str) -> Vec<Finding> {
    let namespace = spot.element.children.first().map_or("", |child| &*child.namespace);
    usages(name)
        .map(|schema| validate(spot.element, &schema.message, namespace))
        .min_by_key(Vec::len)
        .unwrap_or_default()
}
