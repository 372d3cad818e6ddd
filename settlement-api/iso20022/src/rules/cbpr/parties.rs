//! Who is named, and how: agents, parties and their addresses.

use super::super::{Case, Rule};
use crate::spot::Spot;

const PAYMENTS: &[&str] = &["pacs.004", "pacs.008", "pacs.009"];
/// A pacs.009 has customers in the payment that it covers.
const OF_CUSTOMERS: &[&str] = &["pacs.008", "pacs.009"];
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
        messages: PAYMENTS,
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
        messages: PAYMENTS,
        text: "is not used to identify an agent; give the BIC or a clearing member",
        check: |case, out| agents(case, |agent| out.forbid(agent, "Othr")),
    },
    Rule {
        id: "cbpr.clearing_member_system",
        messages: PAYMENTS,
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
        messages: OF_CUSTOMERS,
        text: "must be named; add Nm, or a BIC for debtor and creditor",
        check: |case, out| {
            parties(case, |party, is_end| {
                let by_bic = is_end && party.has("Id/OrgId/AnyBIC");
                if !by_bic {
                    out.need(party, "Nm");
                }
            })
        },
    },
    Rule {
        id: "cbpr.party_address_named",
        messages: OF_CUSTOMERS,
        text: "must stand where there is an address; add the name",
        check: |case, out| {
            parties(case, |party, _| {
                if party.has("PstlAdr") {
                    out.need(party, "Nm");
                }
            })
        },
    },
    Rule {
        id: "cbpr.address_town",
        messages: PAYMENTS,
        text: "is missing; from November 2026 an address names its town, besides any lines",
        check: |case, out| addresses(case, |address| out.need(address, "TwnNm")),
    },
    Rule {
        id: "cbpr.address_country",
        messages: PAYMENTS,
        text: "is missing; from November 2026 an address names its country, besides any lines",
        check: |case, out| addresses(case, |address| out.need(address, "Ctry")),
    },
    Rule {
        id: "cbpr.address_lines",
        messages: PAYMENTS,
        text: "is a third line; beside town and country two lines of 70 characters may stand",
        check: |case, out| {
            addresses(case, |address| {
                address.all("AdrLine").iter().skip(2).for_each(|line| out.at(line));
            })
        },
    },
    Rule {
        id: "cbpr.address_repeats",
        messages: PAYMENTS,
        text: "says again what town or country say; keep it out of the lines",
        check: |case, out| {
            addresses(case, |address| {
                let town = address.text_at("TwnNm").unwrap_or_default();
                for line in address.all("AdrLine") {
                    if !town.is_empty() && line.text().eq_ignore_ascii_case(town) {
                        out.at(&line);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.address_type",
        messages: PAYMENTS,
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

/// Debtor, creditor and those behind them; the flag says whether it is an end of the payment itself.
fn parties(case: &Case<'_>, mut look: impl FnMut(&Spot<'_>, bool)) {
    let of_customers = match case.family() {
        "pacs.009" => case.message.all("CdtTrfTxInf/UndrlygCstmrCdtTrf"),
        _ => case.transactions(),
    };
    for spot in of_customers {
        for (name, is_end) in
            [("Dbtr", true), ("Cdtr", true), ("UltmtDbtr", false), ("UltmtCdtr", false)]
        {
            spot.all(name).iter().for_each(|party| look(party, is_end));
        }
    }
}
