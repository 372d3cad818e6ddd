//! What the guide narrows in single places: elements that it removes, forms of identifications,
//! and what must agree inside one message.

use super::super::amounts::exact;
use super::super::leaves::is_currency;
use super::super::{Breaks, Case, Rule};
use super::is_reference;
use crate::spot::Spot;
use crate::table::Shape;

const PAYMENTS: &[&str] = &["pacs.004", "pacs.008", "pacs.009"];
/// Payments, and what is said of them.
const WITH_STATUS: &[&str] = &["pacs.002", "pacs.004", "pacs.008", "pacs.009"];
const INVESTIGATIONS: &[&str] = &["camt.029", "camt.056"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.blank",
        messages: &[],
        text: "holds nothing but blanks; say something or leave it out",
        check: |case, out| {
            for spot in case.everything() {
                let text = spot.text();
                if spot.element.children.is_empty() && !text.is_empty() && text.trim().is_empty() {
                    out.at(spot);
                }
            }
        },
    },
    Rule {
        id: "cbpr.currency",
        messages: &[],
        text: "is not a currency of ISO 4217 that is in use; send its three letters",
        check: |case, out| {
            for spot in case.everything() {
                let currency = match &spot.holds.shape {
                    Shape::Amount { attribute, .. } => spot.element.attribute(attribute),
                    _ if spot.holds.name.contains("CurrencyCode") => Some(spot.text()),
                    _ => None,
                };
                if currency.is_some_and(|currency| !is_currency(currency)) {
                    out.at(spot);
                }
            }
        },
    },
    Rule {
        id: "cbpr.account_characters",
        messages: PAYMENTS,
        text: "holds characters or slashes that account numbers may not; use letters, digits and -?:().,'+",
        check: |case, out| {
            for spot in case.everything().iter().filter(|spot| spot.name().ends_with("Acct")) {
                for own in spot.all("Id/Othr/Id") {
                    if !is_reference(own.text()) {
                        out.at(&own);
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.agent_branch",
        messages: WITH_STATUS,
        text: "is not used; the BIC or the clearing member names the branch",
        check: |case, out| removed(case, out, "BrnchId"),
    },
    Rule {
        id: "cbpr.contact_details",
        messages: WITH_STATUS,
        text: "are not used; remove them",
        check: |case, out| removed(case, out, "CtctDtls"),
    },
    Rule {
        id: "cbpr.party_other",
        messages: WITH_STATUS,
        text: "is a third identification of the party; two may stand",
        check: |case, out| {
            for spot in case.everything() {
                if matches!(spot.name(), "OrgId" | "PrvtId") {
                    spot.all("Othr").iter().skip(2).for_each(|more| out.at(more));
                }
            }
        },
    },
    Rule {
        id: "cbpr.clearing_member_form",
        messages: PAYMENTS,
        text: "has not the form of its clearing system's identifications; correct it",
        check: |case, out| {
            for spot in case.everything().iter().filter(|spot| spot.name() == "ClrSysMmbId") {
                let Some(member) = spot.at("MmbId") else { continue };
                let code = spot.text_at("ClrSysId/Cd").unwrap_or_default();
                let Some((_, lengths)) = MEMBERS.iter().find(|(name, _)| *name == code) else {
                    continue;
                };
                let text = member.text();
                let own = |b: u8| match code {
                    "INFSC" => b.is_ascii_alphanumeric(),
                    _ => b.is_ascii_digit(),
                };
                if !lengths.contains(&text.len()) || !text.bytes().all(own) {
                    out.at(&member);
                }
            }
        },
    },
    Rule {
        id: "cbpr.charges_of_debtor",
        messages: &["pacs.008"],
        text: "is given more than once; when the debtor bears charges, what was paid ahead is one sum",
        check: |case, out| {
            every(case, |spot| {
                if spot.text_at("ChrgBr") == Some("DEBT") {
                    spot.all("ChrgsInf").iter().skip(1).for_each(|more| out.at(more));
                }
            })
        },
    },
    Rule {
        id: "cbpr.instruction_codes",
        messages: &["pacs.008", "pacs.009", "pain.001"],
        text: "is given before, or contradicts one that is: PHOB excludes TELB, and CHQB excludes HOLD",
        check: |case, out| every(case, |spot| instruction_codes(spot, out)),
    },
    Rule {
        id: "cbpr.original_message_name",
        messages: &["pacs.002", "pacs.004", "camt.029", "camt.056"],
        text: "is no name of a message; send one such as pacs.008.001.08, or MT103",
        check: |case, out| {
            every(case, |spot| {
                for name in spot.all("OrgnlGrpInf/OrgnlMsgNmId") {
                    if !is_message_name(name.text()) {
                        out.at(&name);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.status_information",
        messages: &["pacs.002"],
        text: "is a third line; two of 105 characters may stand",
        check: |case, out| {
            every(case, |spot| {
                spot.all("StsRsnInf/AddtlInf").iter().skip(2).for_each(|more| out.at(more));
            })
        },
    },
    Rule {
        id: "cbpr.return_identification",
        messages: &["pacs.004"],
        text: "must stand and have at most 16 characters",
        check: |case, out| every(case, |spot| short(spot, "RtrId", out)),
    },
    Rule {
        id: "cbpr.return_original",
        messages: &["pacs.004"],
        text: "is missing; repeat the amount of the payment's settlement",
        check: |case, out| {
            every(case, |spot| {
                if !spot.has("OrgnlTxRef/IntrBkSttlmAmt") {
                    out.need(spot, "OrgnlIntrBkSttlmAmt");
                }
            })
        },
    },
    Rule {
        id: "cbpr.returned_amount",
        messages: &["pacs.004"],
        text: "is more than the payment was, and no compensation is listed; correct the amount",
        check: |case, out| every(case, |spot| returned_amount(spot, out)),
    },
    Rule {
        id: "cbpr.assignment_agents",
        messages: INVESTIGATIONS,
        text: "must be named by BIC; add Agt/FinInstnId/BICFI",
        check: |case, out| {
            for party in ["Assgnr", "Assgne"] {
                out.need(&case.message, &format!("Assgnmt/{party}/Agt/FinInstnId/BICFI"));
            }
        },
    },
    Rule {
        id: "cbpr.header_assignment",
        messages: INVESTIGATIONS,
        text: "is not the assigner or the assignee; make the BICs equal",
        check: |case, out| {
            let Some(header) = &case.header else { return };
            for (party, agent) in [("Fr", "Assgnr"), ("To", "Assgne")] {
                let own = header.at(&format!("{party}/FIId/FinInstnId/BICFI"));
                let path = format!("Assgnmt/{agent}/Agt/FinInstnId/BICFI");
                if let (Some(own), Some(named)) = (own, case.message.text_at(&path))
                    && own.text().get(..8) != named.get(..8)
                {
                    out.at(&own);
                }
            }
        },
    },
    Rule {
        id: "cbpr.case_identification",
        messages: INVESTIGATIONS,
        text: "has more than 16 characters; shorten it",
        check: |case, out| {
            every(case, |spot| {
                for path in ["Case/Id", "RslvdCase/Id", "CxlId"] {
                    if spot.has(path) {
                        short(spot, path, out);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.original_instruction",
        messages: &["pacs.002", "pacs.004", "camt.029", "camt.056"],
        text: "has more than 16 characters, which no payment's has; repeat the payment's own",
        check: |case, out| {
            every(case, |spot| {
                if spot.has("OrgnlInstrId") {
                    short(spot, "OrgnlInstrId", out);
                }
            })
        },
    },
    Rule {
        id: "cbpr.unused",
        messages: &["pacs.002", "pacs.008", "pacs.009"],
        text: "is an element that correspondents do not use; remove it",
        check: |case, out| {
            let names: &[&str] = match case.family() {
                "pacs.002" => &["StsId", "AccptncDtTm", "ChrgsInf", "AcctSvcrRef", "OrgnlTxRef"],
                "pacs.008" => &["AccptncDtTm", "PoolgAdjstmntDt", "Tax"],
                _ => &["UltmtDbtr", "UltmtCdtr", "UndrlygCstmrCdtTrf/Tax"],
            };
            every(case, |spot| names.iter().for_each(|name| out.forbid(spot, name)));
        },
    },
    Rule {
        id: "cbpr.proxy_type",
        messages: PAYMENTS,
        text: "is missing; say what stands for the account number",
        check: |case, out| {
            for spot in case.everything().iter().filter(|spot| spot.name() == "Prxy") {
                out.need(spot, "Tp");
            }
        },
    },
    Rule {
        id: "cbpr.control_data",
        messages: &["camt.056"],
        text: "are not used; each payment is cancelled by a message of its own",
        check: |case, out| out.forbid(&case.message, "CtrlData"),
    },
];

/// Clearing systems whose identifications are digits, and how many.
const MEMBERS: &[(&str, &[usize])] = &[
    ("ATBLZ", &[5]),
    ("AUBSB", &[6]),
    ("CACPA", &[9]),
    ("CHBCC", &[3, 4, 5]),
    ("CHSIC", &[6]),
    ("CNAPS", &[12]),
    ("DEBLZ", &[8]),
    ("ESNCC", &[8, 9]),
    ("GBDSC", &[6]),
    ("GRBIC", &[7]),
    ("HKNCC", &[3]),
    ("IENCC", &[6]),
    ("INFSC", &[11]),
    ("ITNCC", &[10]),
    ("JPZGN", &[7]),
    ("NZNCC", &[6]),
    ("PLKNR", &[8]),
    ("PTNCC", &[8]),
    ("RUCBC", &[9]),
    ("TWNCC", &[7]),
    ("USABA", &[9]),
    ("USPID", &[4]),
    ("ZANCC", &[6]),
];

fn every(case: &Case<'_>, look: impl FnMut(&Spot<'_>)) {
    case.transactions().iter().for_each(look);
}

/// An element that the guide removes wherever it may stand.
fn removed(case: &Case<'_>, out: &mut Breaks, name: &str) {
    case.everything().iter().filter(|spot| spot.name() == name).for_each(|spot| out.at(spot));
}

/// An identification that must stand and that older messages carry in 16 characters.
fn short(spot: &Spot<'_>, path: &str, out: &mut Breaks) {
    match spot.at(path) {
        None => out.below(spot, path),
        Some(own) if own.text().chars().count() > 16 => out.at(&own),
        Some(_) => {}
    }
}

fn instruction_codes(spot: &Spot<'_>, out: &mut Breaks) {
    let codes = spot.all("InstrForCdtrAgt/Cd");
    for (place, code) in codes.iter().enumerate() {
        let contradicts = |other: &Spot<'_>| {
            let pair = (other.text(), code.text());
            let excluded = [("PHOB", "TELB"), ("TELB", "PHOB"), ("CHQB", "HOLD"), ("HOLD", "CHQB")];
            pair.0 == pair.1 || excluded.contains(&pair)
        };
        if codes.iter().take(place).any(contradicts) {
            out.at(code);
        }
    }
}

/// `pacs.008.001.08` or `MT103`, also `MT202COV`.
fn is_message_name(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("MT") {
        let number = rest.get(..3).unwrap_or_default();
        let suffix = rest.get(3..).unwrap_or_default();
        return number.len() == 3
            && number.bytes().all(|b| b.is_ascii_digit())
            && suffix.bytes().all(|b| b.is_ascii_uppercase());
    }
    let parts: Vec<_> = text.split('.').collect();
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        [area, message, variant, version] => {
            area.len() == 4
                && area.bytes().all(|b| b.is_ascii_lowercase())
                && digits(message, 3)
                && digits(variant, 3)
                && digits(version, 2)
        }
        _ => false,
    }
}

/// More comes back than was paid only where a compensation says why.
fn returned_amount(spot: &Spot<'_>, out: &mut Breaks) {
    let (Some(returned), Some(original)) =
        (spot.at("RtrdIntrBkSttlmAmt"), spot.at("OrgnlIntrBkSttlmAmt"))
    else {
        return;
    };
    let same = returned.element.attribute("Ccy") == original.element.attribute("Ccy");
    let more = match (exact(returned.text()), exact(original.text())) {
        (Some(returned), Some(original)) => returned > original,
        _ => false,
    };
    if same && more && !spot.has("CompstnAmt") {
        out.at(&returned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_names_of_either_kind() {
        let rows = [
            ("pacs.008.001.08", true),
            ("MT103", true),
            ("MT202COV", true),
            ("MT10", false),
            ("MT103cov", false),
            ("pacs.008", false),
            ("pacs.008.1.08", false),
            ("PACS.008.001.08", false),
            ("", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_message_name(text), expected, "{text}");
        }
    }
}
