//! Statements, reports and notifications of accounts.

use super::super::Rule;
use super::is_reference;

const ACCOUNTS: &[&str] = &["camt.052", "camt.053", "camt.054"];

pub(super) const RULES: &[Rule] = &[
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
        messages: &["camt.054"],
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
];
