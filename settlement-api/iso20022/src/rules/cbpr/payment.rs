//! Customer and financial institution credit transfers.

use super::super::{Breaks, Case, Rule};
use super::{has_offset, is_reference, is_reference_character};
use crate::spot::Spot;

const PAYMENTS: &[&str] = &["pacs.008", "pacs.009"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.one_transaction",
        messages: &["pacs.002", "pacs.004", "pacs.008", "pacs.009", "camt.029", "camt.056"],
        text: "is one transaction too many, or none; send each in a message of its own",
        check: |case, out| match case.transactions().as_slice() {
            [_] => {}
            [] => out.at(&case.message),
            [_, more @ ..] => more.iter().for_each(|spot| out.at(spot)),
        },
    },
    Rule {
        id: "cbpr.transaction_number",
        messages: &["pacs.004", "pacs.008", "pacs.009", "pain.001"],
        text: "must be 1; send each transaction in a message of its own",
        check: |case, out| out.one_of(&case.message, "GrpHdr/NbOfTxs", &["1"]),
    },
    Rule {
        id: "cbpr.created",
        messages: &[],
        text: "must have an offset from UTC; write +00:00, not Z",
        check: |case, out| {
            // An order may come as its customer wrote it.
            let paths: &[&str] = match case.family() {
                "pain.001" => &[],
                _ => &["GrpHdr/CreDtTm", "Assgnmt/CreDtTm"],
            };
            for path in paths {
                for created in case.message.all(path) {
                    if !has_offset(created.text()) {
                        out.at(&created);
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.date_time",
        messages: &[],
        text: "must have an offset from UTC; write +00:00, not Z",
        check: |case, out| {
            for spot in case.everything() {
                let is_group = matches!(spot.path.split('/').nth(1), Some("GrpHdr" | "Assgnmt"));
                if spot.holds.name.starts_with("ISODateTime")
                    && !is_group
                    && !has_offset(spot.text())
                {
                    out.at(spot);
                }
            }
        },
    },
    Rule {
        id: "cbpr.group_header",
        messages: &["pacs.002", "pacs.004", "pacs.008", "pacs.009"],
        text: "is not used in the group header; say it in the transaction",
        check: |case, out| {
            let names = [
                "BtchBookg",
                "CtrlSum",
                "TtlIntrBkSttlmAmt",
                "TtlRtrdIntrBkSttlmAmt",
                "GrpRtr",
                "IntrBkSttlmDt",
                "PmtTpInf",
                "InstgAgt",
                "InstdAgt",
            ];
            if let Some(group) = case.message.at("GrpHdr") {
                names.iter().for_each(|name| out.forbid(&group, name));
            }
        },
    },
    Rule {
        id: "cbpr.settlement_method",
        messages: PAYMENTS,
        text: "is not a method of correspondents; use INDA or INGA, or COVE where a cover pays",
        check: |case, out| {
            let methods: &[&str] =
                if is_cover(case) { &["INDA", "INGA"] } else { &["INDA", "INGA", "COVE"] };
            out.one_of(&case.message, "GrpHdr/SttlmInf/SttlmMtd", methods);
        },
    },
    Rule {
        id: "cbpr.return_settlement_method",
        messages: &["pacs.004"],
        text: "is not a method by which correspondents give back; use INDA or INGA",
        check: |case, out| {
            out.one_of(&case.message, "GrpHdr/SttlmInf/SttlmMtd", &["INDA", "INGA"]);
        },
    },
    Rule {
        id: "cbpr.clearing_system",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "is not used between correspondents; remove it",
        check: |case, out| out.forbid(&case.message, "GrpHdr/SttlmInf/ClrSys"),
    },
    Rule {
        id: "cbpr.uetr",
        messages: &["pacs.008", "pacs.009", "pain.001"],
        text: "is missing; give the payment its UETR, a version 4 UUID",
        check: |case, out| every(case, |spot| out.need(spot, "PmtId/UETR")),
    },
    Rule {
        id: "cbpr.instruction_identification",
        messages: PAYMENTS,
        text: "must stand and have at most 16 characters",
        check: |case, out| {
            every(case, |spot| match spot.at("PmtId/InstrId") {
                None => out.below(spot, "PmtId/InstrId"),
                Some(own) if own.text().chars().count() > 16 => out.at(&own),
                Some(_) => {}
            })
        },
    },
    Rule {
        id: "cbpr.reference_characters",
        messages: &[],
        text: "holds characters or slashes that references may not; use letters, digits and -?:().,'+",
        check: |case, out| {
            let mut look = |spot: &Spot<'_>, path: &str| {
                for own in spot.all(path) {
                    if !is_reference(own.text()) {
                        out.at(&own);
                    }
                }
            };
            for path in [
                "GrpHdr/MsgId",
                "Assgnmt/Id",
                "InvstgtnReq/RqstrInvstgtnId",
                "InvstgtnRspn/RspndrInvstgtnId",
                "OrgnlInvstgtnReq/MsgId",
            ] {
                look(&case.message, path);
            }
            for spot in case.transactions() {
                for path in [
                    "PmtId/InstrId",
                    "PmtId/TxId",
                    "PmtId/ClrSysRef",
                    "OrgnlInstrId",
                    "OrgnlTxId",
                    "RtrId",
                    "StsId",
                    "CxlId",
                    "Case/Id",
                    "OrgnlGrpInf/OrgnlMsgId",
                ] {
                    look(&spot, path);
                }
            }
            for spot in case.transactions() {
                for path in ["PmtId/EndToEndId", "OrgnlEndToEndId"] {
                    for own in spot.all(path) {
                        // It is the debtor's own, whose slashes stand where they like.
                        if !own.text().chars().all(is_reference_character) {
                            out.at(&own);
                        }
                    }
                }
            }
            // The older message of banks takes the first sixteen characters, which are a reference.
            every(case, |spot| match spot.at("PmtId/EndToEndId") {
                Some(own) if case.is(&["pacs.009"]) && own.text().chars().nth(15) == Some('/') => {
                    out.at(&own);
                }
                _ => {}
            });
        },
    },
    Rule {
        id: "cbpr.settlement_date",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "is missing; date the settlement of the transaction",
        check: |case, out| every(case, |spot| out.need(spot, "IntrBkSttlmDt")),
    },
    Rule {
        id: "cbpr.charge_bearer",
        messages: &["pacs.008", "pain.001"],
        text: "is not used across borders; use DEBT, SHAR or CRED",
        check: |case, out| {
            for spot in case.transactions().iter().chain(&case.message.all("PmtInf")) {
                out.one_of(spot, "ChrgBr", &["DEBT", "SHAR", "CRED"]);
            }
        },
    },
    Rule {
        id: "cbpr.charges_of_creditor",
        messages: &["pacs.004", "pacs.008"],
        text: "is missing; list what each agent took, zero included, when the creditor bears charges",
        check: |case, out| {
            every(case, |spot| {
                if spot.text_at("ChrgBr") == Some("CRED") {
                    out.need(spot, "ChrgsInf");
                }
            })
        },
    },
    Rule {
        id: "cbpr.amount_digits",
        messages: &["pacs.004", "pacs.008", "pacs.009", "camt.056"],
        text: "has more than 14 digits; split the payment",
        check: |case, out| {
            with_underlying(case, |spot| {
                for name in SETTLED {
                    for amount in spot.all(name) {
                        if amount.text().bytes().filter(u8::is_ascii_digit).count() > 14 {
                            out.at(&amount);
                        }
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.commodity",
        messages: &["pacs.004", "pacs.008", "pacs.009", "camt.056"],
        text: "is in a metal; pay in a currency",
        check: |case, out| {
            with_underlying(case, |spot| {
                for name in SETTLED.iter().chain(&["OrgnlTxRef/IntrBkSttlmAmt"]) {
                    for amount in spot.all(name) {
                        let currency = amount.element.attribute("Ccy").unwrap_or_default();
                        if matches!(currency, "XAU" | "XAG" | "XPD" | "XPT") {
                            out.at(&amount);
                        }
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.service_level",
        messages: PAYMENTS,
        text: "is the code of another tracked service; use the one of this message",
        check: |case, out| {
            every(case, |spot| {
                let own: &[&str] = match (case.family(), is_cover(case)) {
                    ("pacs.009", false) => &["G004"],
                    _ => &["G001"],
                };
                for code in spot.all("PmtTpInf/SvcLvl/Cd") {
                    let tracked = code.text().len() == 4 && code.text().starts_with("G00");
                    if tracked && !own.contains(&code.text()) {
                        out.at(&code);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.service_level_once",
        messages: PAYMENTS,
        text: "is given before, or is a fourth service level; three different ones may stand",
        check: |case, out| {
            every(case, |spot| {
                let levels = spot.all("PmtTpInf/SvcLvl");
                levels.iter().skip(3).for_each(|more| out.at(more));
                let codes = spot.all("PmtTpInf/SvcLvl/*");
                for (place, code) in codes.iter().enumerate().take(3) {
                    let is_code = |other: &Spot<'_>| {
                        (other.name(), other.text()) == (code.name(), code.text())
                    };
                    if codes.iter().take(place).any(is_code) {
                        out.at(code);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.remittance_length",
        messages: &["pacs.004", "pacs.008", "pacs.009", "pain.001", "camt.052", "camt.053"],
        text: "holds more than 9,000 characters of structured remittance; shorten it or send its location",
        check: |case, out| {
            with_underlying(case, |spot| {
                for advice in spot.all("RmtInf").iter().chain(&spot.all("OrgnlTxRef/RmtInf")) {
                    if characters(&advice.all("Strd")) > 9_000 {
                        out.at(advice);
                    }
                }
            });
            for statement in case.statements() {
                for advice in statement.all("Ntry/NtryDtls/TxDtls/RmtInf") {
                    if characters(&advice.all("Strd")) > 9_000 {
                        out.at(&advice);
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.remittance",
        messages: &["pacs.004", "pacs.008", "pacs.009", "pain.001"],
        text: "excludes what stands before it; send free text, or structured advice, or its location",
        check: |case, out| {
            with_underlying(case, |spot| {
                for place in ["RmtInf", "OrgnlTxRef/RmtInf"] {
                    if spot.has(&format!("{place}/Ustrd")) {
                        out.forbid(spot, &format!("{place}/Strd"));
                    }
                }
                if spot.has("RltdRmtInf") && case.family() != "pain.001" {
                    out.forbid(spot, "RmtInf");
                }
            })
        },
    },
    Rule {
        id: "cbpr.remittance_once",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "is given more than once; send one text of up to 140 characters",
        check: |case, out| {
            with_underlying(case, |spot| {
                for place in ["RmtInf/Ustrd", "OrgnlTxRef/RmtInf/Ustrd"] {
                    spot.all(place).iter().skip(1).for_each(|more| out.at(more));
                }
            })
        },
    },
    Rule {
        id: "cbpr.instruction_length",
        messages: PAYMENTS,
        text: "has more than 35 characters; shorten it or use several",
        check: |case, out| {
            with_underlying(case, |spot| {
                for text in spot.all("InstrForNxtAgt/InstrInf") {
                    if text.text().chars().count() > 35 {
                        out.at(&text);
                    }
                }
            })
        },
    },
    Rule {
        id: "cbpr.instruction_count",
        messages: PAYMENTS,
        text: "is one too many; two instructions for the creditor's agent and six for the next may stand",
        check: |case, out| {
            with_underlying(case, |spot| {
                for (name, most) in [("InstrForCdtrAgt", 2), ("InstrForNxtAgt", 6)] {
                    spot.all(name).iter().skip(most).for_each(|more| out.at(more));
                }
            })
        },
    },
    Rule {
        id: "cbpr.instruction_next_code",
        messages: PAYMENTS,
        text: "is not used for the next agent; say it in words",
        check: |case, out| with_underlying(case, |spot| out.forbid(spot, "InstrForNxtAgt/Cd")),
    },
    Rule {
        id: "cbpr.supplementary_data",
        messages: &[],
        text: "is not used; send it apart from the message",
        check: |case, out| supplementary(case, out),
    },
    Rule {
        id: "cbpr.characters",
        messages: &[],
        text: "holds characters that the network does not carry; write it in printable ASCII",
        check: |case, out| {
            for spot in case.everything() {
                let plain = |c: char| (' '..='~').contains(&c);
                if spot.element.children.is_empty() && !spot.text().chars().all(plain) {
                    out.at(spot);
                }
            }
        },
    },
];

const SETTLED: [&str; 4] =
    ["IntrBkSttlmAmt", "InstdAmt", "RtrdIntrBkSttlmAmt", "OrgnlIntrBkSttlmAmt"];

fn every(case: &Case<'_>, look: impl FnMut(&Spot<'_>)) {
    case.transactions().iter().for_each(look);
}

/// Every transaction, and the payment that it covers.
fn with_underlying(case: &Case<'_>, mut look: impl FnMut(&Spot<'_>)) {
    every(case, |spot| {
        look(spot);
        spot.all("UndrlygCstmrCdtTrf").iter().for_each(&mut look);
    });
}

/// Whether a pacs.009 covers a customer's payment.
fn is_cover(case: &Case<'_>) -> bool {
    case.message.has("CdtTrfTxInf/UndrlygCstmrCdtTrf")
}

/// Characters of everything below.
fn characters(spots: &[Spot<'_>]) -> usize {
    let all = spots.iter().flat_map(Spot::everything);
    all.map(|spot| spot.text().trim().chars().count()).fold(0, usize::saturating_add)
}

fn supplementary(case: &Case<'_>, out: &mut Breaks) {
    for spot in case.everything() {
        if spot.name() == "SplmtryData" {
            out.at(spot);
        }
    }
}
