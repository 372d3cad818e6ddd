//! Answers, returns and cancellations.

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
        id: "cbpr.rejection_date",
        messages: &["pacs.002"],
        text: "does not go with a rejection; remove the date",
        check: |case, out| {
            every(case, |spot| {
                if spot.text_at("TxSts") == Some("RJCT") {
                    out.forbid(spot, "FctvIntrBkSttlmDt");
                }
            })
        },
    },
    Rule {
        id: "cbpr.settled_reason",
        messages: &["pacs.002"],
        text: "does not go with a payment that has settled or is credited; remove the reason",
        check: |case, out| {
            every(case, |spot| {
                if matches!(spot.text_at("TxSts"), Some("ACCC" | "ACSC")) {
                    out.forbid(spot, "StsRsnInf/Rsn");
                }
            })
        },
    },
    Rule {
        id: "cbpr.originator",
        messages: &["pacs.002", "pacs.004"],
        text: "must be named; add Nm, or a BIC where no address stands",
        check: |case, out| {
            every(case, |spot| {
                for path in ["StsRsnInf/Orgtr", "RtrRsnInf/Orgtr"] {
                    for party in spot.all(path) {
                        if party.has("PstlAdr") || !party.has("Id/OrgId/AnyBIC") {
                            out.need(&party, "Nm");
                        }
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.original_payment_name",
        messages: &["pacs.002", "pacs.004", "camt.029", "camt.056"],
        text: "is no message that is answered so; name the payment's own",
        check: |case, out| {
            every(case, |spot| {
                for name in spot.all("OrgnlGrpInf/OrgnlMsgNmId") {
                    let family = name.text().get(..8).unwrap_or_default();
                    let known = match case.family() {
                        "pacs.002" => STATUS_OF.contains(&family),
                        "pacs.004" => RETURN_OF.contains(&family) || is_returned_mt(name.text()),
                        _ => {
                            let of_either =
                                STATUS_OF.contains(&family) || RETURN_OF.contains(&family);
                            of_either || name.text().starts_with("MT")
                        }
                    };
                    if !known {
                        out.at(&name);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.reason_code",
        messages: &["pacs.004", "camt.029", "camt.056"],
        text: "is not used; say the reason by a code of its list, or NARR with words",
        check: |case, out| {
            every(case, |spot| {
                for name in ["RtrRsnInf", "CxlRsnInf", "CxlStsRsnInf"] {
                    out.forbid(spot, &format!("{name}/Rsn/Prtry"));
                }
            })
        },
    },
    Rule {
        id: "cbpr.reason_once",
        messages: &["pacs.002", "pacs.004", "camt.029", "camt.056"],
        text: "is a second reason; give the one that counts",
        check: |case, out| {
            every(case, |spot| {
                for name in ["StsRsnInf", "RtrRsnInf", "CxlRsnInf", "CxlStsRsnInf"] {
                    spot.all(name).iter().skip(1).for_each(|more| out.at(more));
                }
            })
        },
    },
    Rule {
        id: "cbpr.of_the_transaction",
        messages: &["pacs.004", "camt.029", "camt.056"],
        text: "is not used for the whole message; say it in the transaction",
        check: |case, out| {
            let paths: &[&str] = match case.family() {
                "pacs.004" => &["OrgnlGrpInf"],
                "camt.029" => &["RslvdCase", "CxlDtls/OrgnlGrpInfAndSts"],
                _ => &["Case", "Undrlyg/OrgnlGrpInfAndCxl"],
            };
            paths.iter().for_each(|path| out.forbid(&case.message, path));
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
        id: "cbpr.resolution_identification",
        messages: &["camt.029"],
        text: "is missing; give the answer an identification of its own",
        check: |case, out| every(case, |spot| out.need(spot, "CxlStsId")),
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
];

/// What a status report is about.
const STATUS_OF: &[&str] = &["pacs.003", "pacs.004", "pacs.008", "pacs.009", "pacs.010"];
/// What is returned, or told that a payment came or went.
const RETURN_OF: &[&str] = &["pacs.002", "pacs.008", "pacs.009", "camt.053", "camt.054"];

/// Older messages of which the same is true, with a suffix such as `COV` or without.
fn is_returned_mt(text: &str) -> bool {
    ["MT103", "MT202", "MT205", "MT900", "MT910", "MT940", "MT950"]
        .iter()
        .any(|name| text.starts_with(name))
}

fn every(case: &Case<'_>, look: impl FnMut(&Spot<'_>)) {
    case.transactions().iter().for_each(look);
}
