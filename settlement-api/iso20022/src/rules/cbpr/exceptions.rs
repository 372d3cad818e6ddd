//! Answers, returns, cancellations and reports.

use super::super::{Case, Rule};
use crate::spot::Spot;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.original_uetr",
        messages: &["pacs.002", "pacs.004", "camt.029", "camt.056"],
        text: "is missing; name the payment by its UETR",
        check: |case, out| every(case, |spot| out.need(spot, "OrgnlUETR")),
    },
    Rule {
        id: "cbpr.original_message",
        messages: &["pacs.002", "pacs.004", "camt.029", "camt.056"],
        text: "is missing; name the message that this one is about",
        check: |case, out| {
            every(case, |spot| {
                out.need(spot, "OrgnlGrpInf/OrgnlMsgId");
                out.need(spot, "OrgnlGrpInf/OrgnlMsgNmId");
            })
        },
    },
    Rule {
        id: "cbpr.status_of_group",
        messages: &["pacs.002"],
        text: "is not used; say the status of the transaction",
        check: |case, out| out.forbid(&case.message, "OrgnlGrpInfAndSts"),
    },
    Rule {
        id: "cbpr.status",
        messages: &["pacs.002"],
        text: "is missing; say the status of the transaction",
        check: |case, out| every(case, |spot| out.need(spot, "TxSts")),
    },
    Rule {
        id: "cbpr.original_end_to_end",
        messages: &["pacs.002", "pacs.004", "camt.056"],
        text: "is missing; repeat the end-to-end identification of the payment",
        check: |case, out| every(case, |spot| out.need(spot, "OrgnlEndToEndId")),
    },
    Rule {
        id: "cbpr.rejection_reason",
        messages: &["pacs.002"],
        text: "is missing; say by its code why the payment is rejected",
        check: |case, out| {
            every(case, |spot| {
                if spot.text_at("TxSts") == Some("RJCT") {
                    out.need(spot, "StsRsnInf/Rsn");
                }
            })
        },
    },
    Rule {
        id: "cbpr.return_reason",
        messages: &["pacs.004"],
        text: "is missing; say by its code why the payment is returned",
        check: |case, out| every(case, |spot| out.need(spot, "RtrRsnInf/Rsn")),
    },
    Rule {
        id: "cbpr.return_chain",
        messages: &["pacs.004"],
        text: "is missing; name the ends of the return",
        check: |case, out| every(case, |spot| out.need(spot, "RtrChain")),
    },
    Rule {
        id: "cbpr.cancellation_identification",
        messages: &["camt.056"],
        text: "is missing; give the request an identification of its own",
        check: |case, out| every(case, |spot| out.need(spot, "CxlId")),
    },
    Rule {
        id: "cbpr.cancellation_case",
        messages: &["camt.056"],
        text: "is missing; name the case of the transaction",
        check: |case, out| every(case, |spot| out.need(spot, "Case/Id")),
    },
    Rule {
        id: "cbpr.cancellation_reason",
        messages: &["camt.056"],
        text: "is missing; say by its code why the payment shall be cancelled",
        check: |case, out| every(case, |spot| out.need(spot, "CxlRsnInf/Rsn")),
    },
    Rule {
        id: "cbpr.cancellation_original",
        messages: &["camt.056"],
        text: "is missing; repeat amount and date of the payment's settlement",
        check: |case, out| {
            every(case, |spot| {
                out.need(spot, "OrgnlIntrBkSttlmAmt");
                out.need(spot, "OrgnlIntrBkSttlmDt");
            })
        },
    },
    Rule {
        id: "cbpr.resolution_status",
        messages: &["camt.029"],
        text: "must be CNCL, RJCR or PDCR; say whether the payment is cancelled",
        check: |case, out| match case.message.at("Sts/Conf") {
            None => out.below(&case.message, "Sts/Conf"),
            Some(status) if matches!(status.text(), "CNCL" | "RJCR" | "PDCR") => {}
            Some(status) => out.at(&status),
        },
    },
    Rule {
        id: "cbpr.resolution_reason",
        messages: &["camt.029"],
        text: "is missing; say by its code why the payment is not cancelled, or not yet",
        check: |case, out| {
            if matches!(case.message.text_at("Sts/Conf"), Some("RJCR" | "PDCR")) {
                every(case, |spot| out.need(spot, "CxlStsRsnInf/Rsn"));
            }
        },
    },
    Rule {
        id: "cbpr.resolved_case",
        messages: &["camt.029"],
        text: "is missing; name the case that the request opened",
        check: |case, out| every(case, |spot| out.need(spot, "RslvdCase/Id")),
    },
    Rule {
        id: "cbpr.one_statement",
        messages: &["camt.052", "camt.053", "camt.054"],
        text: "is the second of a message; send each in a message of its own",
        check: |case, out| case.statements().iter().skip(1).for_each(|more| out.at(more)),
    },
    Rule {
        id: "cbpr.statement_page",
        messages: &["camt.053"],
        text: "is missing; number the pages, one of one included",
        check: |case, out| {
            case.statements().iter().for_each(|statement| out.need(statement, "StmtPgntn"));
        },
    },
    Rule {
        id: "cbpr.statement_balances",
        messages: &["camt.053"],
        text: "is missing; state the opening and the closing booked balance",
        check: |case, out| {
            for statement in case.statements() {
                let codes = statement.all("Bal/Tp/CdOrPrtry/Cd");
                let has = |names: &[&str]| codes.iter().any(|code| names.contains(&code.text()));
                if !has(&["OPBD", "PRCD"]) || !has(&["CLBD"]) {
                    out.below(&statement, "Bal");
                }
            }
        },
    },
];

fn every(case: &Case<'_>, look: impl FnMut(&Spot<'_>)) {
    case.transactions().iter().for_each(look);
}
