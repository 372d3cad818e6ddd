//! Who is named, and how: agents, parties and their addresses.

use super::super::{Case, Rule};
use crate::spot::Spot;

const PAYMENTS: &[&str] = &["pacs.004", "pacs.008", "pacs.009"];
/// Where agents and addresses are written as in a payment.
const WITH_ORDERS: &[&str] = &["pacs.004", "pacs.008", "pacs.009", "pain.001"];
/// Payments and their statuses.
const WITH_STATUS: &[&str] = &["pacs.002", "pacs.004", "pacs.008", "pacs.009"];
/// Where addresses are written as in a payment.
const WITH_ADDRESSES: &[&str] = &["pacs.002", "pacs.004", "pacs.008", "pacs.009", "pain.001"];
const BETWEEN_AGENTS: &[&str] = &["pacs.002", "pacs.004", "pacs.008", "pacs.009"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.instructing_agent",
        messages: BETWEEN_AGENTS,
        text: "must be named by BIC; add BICFI",
        check: |case, out| {
            for spot in case.transactions() {
                out.need(&spot, "InstgAgt/FinInstnId/BICFI");
            }
        },
    },
    Rule {
        id: "cbpr.instructed_agent",
        messages: BETWEEN_AGENTS,
        text: "must be named by BIC; add BICFI",
        check: |case, out| {
            for spot in case.transactions() {
                out.need(&spot, "InstdAgt/FinInstnId/BICFI");
            }
        },
    },
    Rule {
        id: "cbpr.instructing_agent_plain",
        messages: BETWEEN_AGENTS,
        text: "is not used for the two agents of the message; the BIC names them",
        check: |case, out| {
            for spot in case.transactions() {
                for agent in ["InstgAgt", "InstdAgt"] {
                    out.forbid(&spot, &format!("{agent}/FinInstnId/Nm"));
                    out.forbid(&spot, &format!("{agent}/FinInstnId/PstlAdr"));
                }
            }
        },
    },
    Rule {
        id: "cbpr.agent_identified",
        messages: PAYMENTS,
        text: "names nobody; give the BIC, or a clearing member, or name and address",
        check: |case, out| {
            agents(case, |agent| {
                if !["BICFI", "ClrSysMmbId", "Nm"].iter().any(|name| agent.has(name)) {
                    out.at(agent);
                }
            })
        },
    },
    Rule {
        id: "cbpr.agent_name_and_address",
        messages: WITH_ORDERS,
        text: "must stand beside the other: name and address of an agent come together",
        check: |case, out| {
            agents(case, |agent| {
                for (one, other) in [("Nm", "PstlAdr"), ("PstlAdr", "Nm")] {
                    if agent.has(one) {
                        out.need(agent, other);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.agent_by_bic",
        messages: PAYMENTS,
        text: "is not used where the BIC names the agent; remove it",
        check: |case, out| {
            agents(case, |agent| {
                if agent.has("BICFI") {
                    out.forbid(agent, "Nm");
                    out.forbid(agent, "PstlAdr");
                }
            })
        },
    },
    Rule {
        id: "cbpr.agent_other",
        messages: WITH_STATUS,
        text: "is not used to identify an agent; give the BIC or a clearing member",
        check: |case, out| agents(case, |agent| out.forbid(agent, "Othr")),
    },
    Rule {
        id: "cbpr.clearing_member_system",
        messages: WITH_STATUS,
        text: "must name the clearing system by its code; add ClrSysId/Cd",
        check: |case, out| {
            agents(case, |agent| {
                for member in agent.all("ClrSysMmbId") {
                    out.need(&member, "ClrSysId/Cd");
                }
            })
        },
    },
    Rule {
        id: "cbpr.party_named",
        messages: WITH_ORDERS,
        text: "must be named; add Nm, or a BIC for debtor and creditor, or an identification for those behind them",
        check: |case, out| {
            parties(case, |party, is_end| {
                let otherwise = if is_end { "Id/OrgId/AnyBIC" } else { "Id" };
                // An order may leave out who it comes from.
                let is_left_out = party.name() == "InitgPty" && case.is(&["pain.001"]);
                if !party.has(otherwise) && !is_left_out {
                    out.need(party, "Nm");
                }
            })
        },
    },
    Rule {
        id: "cbpr.party_by_bic",
        messages: PAYMENTS,
        text: "is not used where a BIC names the debtor or the creditor; remove it",
        check: |case, out| {
            parties(case, |party, is_end| {
                if is_end && party.has("Id/OrgId/AnyBIC") {
                    out.forbid(party, "Nm");
                    out.forbid(party, "PstlAdr");
                }
            })
        },
    },
    Rule {
        id: "cbpr.debtor_account",
        messages: &["pacs.008"],
        text: "is missing; give the debtor's account, or an identification of the debtor besides a BIC",
        check: |case, out| {
            for spot in case.transactions() {
                if !is_identified(&spot, "Dbtr") {
                    out.need(&spot, "DbtrAcct");
                }
            }
        },
    },
    Rule {
        id: "cbpr.creditor_account",
        messages: &["pacs.008"],
        text: "is missing; give the creditor's account, or an identification of the creditor besides a BIC",
        check: |case, out| {
            for spot in case.transactions() {
                let codes = spot.all("InstrForCdtrAgt/Cd");
                let without = codes.iter().any(|code| matches!(code.text(), "CHQB" | "HOLD"));
                if !without && !is_identified(&spot, "Cdtr") {
                    out.need(&spot, "CdtrAcct");
                }
            }
        },
    },
    Rule {
        id: "cbpr.party_address_named",
        messages: WITH_ORDERS,
        text: "must stand where there is an address; add the name",
        check: |case, out| {
            let mut look = |party: &Spot<'_>| {
                if party.has("PstlAdr") {
                    out.need(party, "Nm");
                }
            };
            parties(case, |party, _| look(party));
            in_advice(case).iter().for_each(look);
        },
    },
    Rule {
        id: "cbpr.address_town",
        messages: WITH_ADDRESSES,
        text: "is missing; from November 2026 an address names its town, besides any lines",
        check: |case, out| addresses(case, |address| out.need(address, "TwnNm")),
    },
    Rule {
        id: "cbpr.address_country",
        messages: WITH_ADDRESSES,
        text: "is missing; from November 2026 an address names its country, besides any lines",
        check: |case, out| addresses(case, |address| out.need(address, "Ctry")),
    },
    Rule {
        id: "cbpr.address_lines",
        messages: WITH_ADDRESSES,
        text: "is a third line; beside town and country two lines of 70 characters may stand",
        check: |case, out| {
            addresses(case, |address| {
                address.all("AdrLine").iter().skip(2).for_each(|line| out.at(line));
            })
        },
    },
    Rule {
        id: "cbpr.address_repeats",
        messages: WITH_ADDRESSES,
        text: "says again what another element of the address says; keep it out of the lines",
        check: |case, out| {
            addresses(case, |address| {
                for line in address.all("AdrLine") {
                    if address.children().iter().any(|part| repeats(&line, part)) {
                        out.at(&line);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.address_type",
        messages: WITH_STATUS,
        text: "is not used; remove it",
        check: |case, out| addresses(case, |address| out.forbid(address, "AdrTp")),
    },
];

/// What identifies each agent of the message.
fn agents(case: &Case<'_>, mut look: impl FnMut(&Spot<'_>)) {
    for spot in case.everything() {
        if spot.name() == "FinInstnId" {
            look(spot);
        }
    }
}

fn addresses(case: &Case<'_>, mut look: impl FnMut(&Spot<'_>)) {
    for spot in case.everything() {
        if spot.name() == "PstlAdr" {
            look(spot);
        }
    }
}

/// Whether a line is another element of its address or holds it: the town and smaller places
/// between commas or at its end, the country last, post code, street and building anywhere.
fn repeats(line: &Spot<'_>, part: &Spot<'_>) -> bool {
    let (text, own) = (line.text().to_lowercase(), part.text().trim().to_lowercase());
    let between_commas = || text.split(',').any(|some| words(some) == words(&own));
    let last = || words(&text).ends_with(&words(&own));
    let anywhere = || {
        let own = words(&own);
        !own.is_empty() && words(&text).windows(own.len()).any(|few| few == own)
    };
    if words(&own).is_empty() {
        return false;
    }
    match part.name() {
        "AdrLine" => false,
        "TwnNm" => last() || between_commas(),
        "TwnLctnNm" | "DstrctNm" | "CtrySubDvsn" => between_commas(),
        "PstCd" => anywhere(),
        "Ctry" => text.trim() == own || words(line.text()).ends_with(&[part.text().trim()]),
        "StrtNm" | "BldgNm" if is_telling(&own) => anywhere(),
        _ => text.trim() == own,
    }
}

/// Whether a name is long enough that it does not stand in a line by chance.
fn is_telling(name: &str) -> bool {
    words(name).len() > 1 || name.chars().count() >= 8
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// The places that name the customers of a payment.
fn of_customers<'a>(case: &Case<'a>) -> Vec<Spot<'a>> {
    match case.family() {
        "pacs.009" => case.message.all("CdtTrfTxInf/UndrlygCstmrCdtTrf"),
        "pacs.004" => {
            let mut found = case.message.all("TxInf/RtrChain");
            found.extend(case.message.all("TxInf/OrgnlTxRef"));
            found
        }
        "pain.001" => {
            let mut found = case.message.all("PmtInf");
            found.extend(case.message.all("GrpHdr"));
            found.extend(case.transactions());
            found
        }
        _ => case.transactions(),
    }
}

/// Who an order's remittance advice names.
fn in_advice<'a>(case: &Case<'a>) -> Vec<Spot<'a>> {
    if case.family() != "pain.001" {
        return Vec::new();
    }
    let advice: Vec<_> =
        case.transactions().iter().flat_map(|spot| spot.all("RmtInf/Strd")).collect();
    let paths = ["Invcr", "Invcee", "GrnshmtRmt/Grnshee", "GrnshmtRmt/GrnshmtAdmstr"];
    paths.iter().flat_map(|path| advice.iter().flat_map(|one| one.all(path))).collect()
}

/// Whether a party can be told from others of its name or its bank: a BIC alone does not.
fn is_identified(spot: &Spot<'_>, party: &str) -> bool {
    let kinds = ["PrvtId", "OrgId/LEI", "OrgId/Othr"];
    kinds.iter().any(|kind| spot.has(&format!("{party}/Id/{kind}")))
}

/// Debtor, creditor and those behind them; the flag says whether it is an end of the payment itself.
fn parties(case: &Case<'_>, mut look: impl FnMut(&Spot<'_>, bool)) {
    const ENDS: [&str; 2] = ["Dbtr", "Cdtr"];
    let in_a_return = case.family() == "pacs.004";
    for spot in of_customers(case) {
        for name in ["Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr", "InitgPty"] {
            let path = if in_a_return { format!("{name}/Pty") } else { name.to_owned() };
            spot.all(&path).iter().for_each(|party| look(party, ENDS.contains(&name)));
        }
    }
}
