//! Orders of customers that one bank passes on to another.

use super::super::Rule;

const ORDERS: &[&str] = &["pain.001"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.one_order",
        messages: ORDERS,
        text: "is one order too many; pass each on in a message of its own",
        check: |case, out| {
            case.message.all("PmtInf").iter().skip(1).for_each(|more| out.at(more));
            for batch in case.message.all("PmtInf") {
                batch.all("CdtTrfTxInf").iter().skip(1).for_each(|more| out.at(more));
            }
        },
    },
    Rule {
        id: "cbpr.order_identification",
        messages: ORDERS,
        text: "differs from the identification of the message; make them equal",
        check: |case, out| {
            let message = case.message.text_at("GrpHdr/MsgId");
            for own in case.message.all("PmtInf/PmtInfId") {
                if message.is_some_and(|message| message != own.text()) {
                    out.at(&own);
                }
            }
        },
    },
    Rule {
        id: "cbpr.order_level",
        messages: ORDERS,
        text: "stands with the payment information too; say it in one place",
        check: |case, out| {
            for batch in case.message.all("PmtInf") {
                for name in ["PmtTpInf", "UltmtDbtr", "ChrgBr"] {
                    if batch.has(name) {
                        out.forbid(&batch, &format!("CdtTrfTxInf/{name}"));
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.order_creditor",
        messages: ORDERS,
        text: "is missing; say who is paid",
        check: |case, out| case.transactions().iter().for_each(|spot| out.need(spot, "Cdtr")),
    },
];
