//! Chains of agents: who stands between the two ends, and with which account.

use super::{Case, Rule};
use crate::spot::Spot;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "iso.agent_order",
        messages: &["pacs.004", "pacs.008", "pacs.009", "pain.001", "pain.013"],
        text: "stands without the agent before it; fill the chain from its first place on",
        check: |case, out| {
            chains(case, |spot| {
                for (first, second) in ORDER {
                    if spot.has(second) && !spot.has(first) {
                        out.forbid(spot, second);
                    }
                }
            })
        },
    },
    Rule {
        id: "iso.agent_account",
        messages: &["pacs.004", "pacs.008", "pacs.009", "pain.001"],
        text: "is the account of an agent that is not named; name the agent or remove the account",
        check: |case, out| {
            chains(case, |spot| {
                for child in spot.children() {
                    let agent =
                        child.name().strip_suffix("Acct").filter(|name| name.contains("Agt"));
                    if agent.is_some_and(|agent| !spot.has(agent)) {
                        out.at(&child);
                    }
                }
            })
        },
    },
    Rule {
        id: "iso.cheque_account",
        messages: &["pacs.008", "pain.001"],
        text: "may not stand where the creditor is paid by cheque; remove it or the instruction",
        check: |case, out| {
            for spot in case.transactions() {
                let by_cheque =
                    spot.all("InstrForCdtrAgt/Cd").iter().any(|code| code.text() == "CHQB");
                if by_cheque {
                    out.forbid(&spot, "CdtrAcct");
                }
            }
        },
    },
    Rule {
        id: "iso.one_level",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "stands in the group header too; say it in one place",
        check: |case, out| {
            for name in ["IntrBkSttlmDt", "PmtTpInf", "InstgAgt", "InstdAgt"] {
                if case.message.has(&format!("GrpHdr/{name}")) {
                    case.transactions().iter().for_each(|spot| out.forbid(spot, name));
                }
            }
        },
    },
];

const ORDER: &[(&str, &str)] = &[
    ("IntrmyAgt1", "IntrmyAgt2"),
    ("IntrmyAgt2", "IntrmyAgt3"),
    ("PrvsInstgAgt1", "PrvsInstgAgt2"),
    ("PrvsInstgAgt2", "PrvsInstgAgt3"),
];

/// Every place that holds a chain of agents.
fn chains(case: &Case<'_>, mut look: impl FnMut(&Spot<'_>)) {
    for spot in case.transactions() {
        look(&spot);
        for inner in ["UndrlygCstmrCdtTrf", "RtrChain"] {
            spot.all(inner).iter().for_each(&mut look);
        }
    }
    case.message.all("GrpHdr/SttlmInf").iter().for_each(&mut look);
}
