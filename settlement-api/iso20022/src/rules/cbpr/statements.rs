//! Statements, reports and notifications of accounts.

use super::super::amounts::exact;
use super::super::{Breaks, Rule};
use super::is_reference;
use crate::spot::Spot;

const ACCOUNTS: &[&str] = &["camt.052", "camt.053", "camt.054"];

/// The domains of ISO 20022's bank transaction codes.
const DOMAINS: &[&str] =
    &["ACMT", "CAMT", "CMDT", "DERV", "FORX", "LDAS", "PMET", "PMNT", "SECU", "TRAD", "XTND"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.one_statement",
        messages: &["camt.052", "camt.053"],
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
    Rule {
        id: "cbpr.balance_interim",
        messages: &["camt.053"],
        text: "is marked INTM where the statement begins or ends, or is not between its pages; correct the subtype or the page",
        check: |case, out| case.statements().iter().for_each(|statement| interim(statement, out)),
    },
    Rule {
        id: "cbpr.sequence_number",
        messages: &["camt.053"],
        text: "is missing; number the statement, electronically or by law",
        check: |case, out| {
            for statement in case.statements() {
                if !statement.has("LglSeqNb") {
                    out.need(&statement, "ElctrncSeqNb");
                }
            }
        },
    },
    Rule {
        id: "cbpr.account_currency_named",
        messages: &["camt.053", "camt.054"],
        text: "is missing; say in which currency the account is kept",
        check: |case, out| {
            for account in case.statements().iter().flat_map(|spot| {
                let both = [spot.all("Acct"), spot.all("RltdAcct")];
                both.into_iter().flatten()
            }) {
                out.need(&account, "Ccy");
            }
        },
    },
    Rule {
        id: "cbpr.bank_transaction_domain",
        messages: ACCOUNTS,
        text: "is not a domain of bank transaction codes; use PMNT, CAMT, FORX or another of them",
        check: |case, out| {
            for code in case.everything().iter().filter(|spot| spot.name() == "Domn") {
                out.one_of(code, "Cd", DOMAINS);
            }
        },
    },
    Rule {
        id: "cbpr.entry_details",
        messages: ACCOUNTS,
        text: "is missing; details of an entry list its transactions",
        check: |case, out| {
            for details in case.statements().iter().flat_map(|spot| spot.all("Ntry/NtryDtls")) {
                out.need(&details, "TxDtls");
            }
        },
    },
    Rule {
        id: "cbpr.pagination_once",
        messages: ACCOUNTS,
        text: "stands with the pages of the message too; number the pages in one place",
        check: |case, out| {
            if case.message.has("GrpHdr/MsgPgntn") {
                for statement in case.statements() {
                    for name in ["RptPgntn", "StmtPgntn", "NtfctnPgntn"] {
                        out.forbid(&statement, name);
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.page_number",
        messages: ACCOUNTS,
        text: "is no page; count pages from one",
        check: |case, out| {
            for statement in case.statements() {
                for number in statement.all("*/PgNb") {
                    if number.text().bytes().all(|b| b == b'0') {
                        out.at(&number);
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.account_currency",
        messages: ACCOUNTS,
        text: "is in another currency than the account; correct one of them",
        check: |case, out| {
            for statement in case.statements() {
                let Some(currency) = statement.text_at("Acct/Ccy") else { continue };
                for amount in ["Bal/Amt", "Ntry/Amt"].iter().flat_map(|path| statement.all(path)) {
                    if amount.element.attribute("Ccy") != Some(currency) {
                        out.at(&amount);
                    }
                }
            }
        },
    },
    Rule {
        id: "cbpr.owner_named",
        messages: ACCOUNTS,
        text: "must stand where there is an address; add the name",
        check: |case, out| {
            for owner in case.statements().iter().flat_map(|spot| spot.all("Acct/Ownr")) {
                if owner.has("PstlAdr") {
                    out.need(&owner, "Nm");
                }
            }
        },
    },
    Rule {
        id: "cbpr.entry_dated",
        messages: ACCOUNTS,
        text: "is missing; a booked entry says when it was booked or counts",
        check: |case, out| {
            for entry in case.statements().iter().flat_map(|spot| spot.all("Ntry")) {
                let booked = entry.text_at("Sts/Cd") == Some("BOOK");
                if booked && !entry.has("ValDt") {
                    out.need(&entry, "BookgDt");
                }
            }
        },
    },
    Rule {
        id: "cbpr.entry_reference",
        messages: ACCOUNTS,
        text: "holds characters or slashes that references may not; use letters, digits and -?:().,'+",
        check: |case, out| {
            let references = "Ntry/NtryDtls/TxDtls/Refs/InstrId";
            for own in case.statements().iter().flat_map(|spot| spot.all(references)) {
                if !is_reference(own.text()) {
                    out.at(&own);
                }
            }
        },
    },
    Rule {
        id: "cbpr.total_of_records",
        messages: ACCOUNTS,
        text: "differs from the sum of its records; make them equal",
        check: |case, out| {
            for spot in case.everything() {
                let total = match spot.name() {
                    "Chrgs" => spot.at("TtlChrgsAndTaxAmt"),
                    "Intrst" => spot.at("TtlIntrstAndTaxAmt"),
                    _ => None,
                };
                if let Some(total) = total
                    && !is_sum(&total, &spot.all("Rcrd"))
                {
                    out.at(&total);
                }
            }
        },
    },
];

/// Whether a total is the sum of its records: all of them, or what is taken less what is given.
/// Taxes of their own and other currencies leave it open.
fn is_sum(total: &Spot<'_>, records: &[Spot<'_>]) -> bool {
    let currency = total.element.attribute("Ccy");
    let (mut all, mut net) = (0_i128, 0_i128);
    for record in records {
        let Some(amount) = record.at("Amt") else { return true };
        let value = exact(amount.text());
        let (Some(value), false) = (value, record.has("Tax")) else { return true };
        if amount.element.attribute("Ccy") != currency {
            return true;
        }
        let sign = if record.text_at("CdtDbtInd") == Some("CRDT") { 1 } else { -1 };
        all = all.saturating_add(value);
        net = net.saturating_add(value.saturating_mul(sign));
    }
    let said = exact(total.text());
    records.is_empty() || said == Some(all) || said.map(i128::abs) == Some(net.saturating_abs())
}

/// The opening balance of the first page and the closing balance of the last are the statement's;
/// those in between are of their pages, and marked so.
fn interim(statement: &Spot<'_>, out: &mut Breaks) {
    let (Some(page), Some(last)) =
        (statement.text_at("StmtPgntn/PgNb"), statement.text_at("StmtPgntn/LastPgInd"))
    else {
        return;
    };
    let first = page.trim().trim_start_matches('0') == "1";
    let last = matches!(last.trim(), "true" | "1");
    for balance in statement.all("Bal") {
        let whole = match balance.text_at("Tp/CdOrPrtry/Cd") {
            Some("OPBD") => first,
            Some("CLBD") => last,
            _ => continue,
        };
        if whole == (balance.text_at("Tp/SubTp/Cd") == Some("INTM")) {
            out.at(&balance);
        }
    }
}
