//! Reports about accounts: balances, entries and their totals.

use super::amounts::{count, exact, sum, total};
use super::{Breaks, Rule};
use crate::spot::Spot;

const ACCOUNT: &[&str] = &["camt.052", "camt.053", "camt.054"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "iso.balance_chain",
        messages: &["camt.053"],
        text: "is not the opening balance and the booked entries together; correct one of them",
        check: |case, out| case.statements().iter().for_each(|statement| chain(statement, out)),
    },
    Rule {
        id: "iso.balance_once",
        messages: &["camt.053"],
        text: "is given more than once for one day; keep one",
        check: |case, out| {
            for statement in case.statements() {
                for code in ["OPBD", "CLBD"] {
                    let same: Vec<_> = balances(&statement, code);
                    let mut seen = Vec::new();
                    for balance in same {
                        let key = (
                            balance.text_at("Dt/Dt").or(balance.text_at("Dt/DtTm")),
                            balance.element.at("Amt").and_then(|amount| amount.attribute("Ccy")),
                            balance.text_at("Tp/SubTp/Cd"),
                        );
                        if seen.contains(&key) {
                            out.at(&balance);
                        }
                        seen.push(key);
                    }
                }
            }
        },
    },
    Rule {
        id: "iso.entry_totals",
        messages: ACCOUNT,
        text: "differs from the entries that the statement lists; make them equal",
        check: |case, out| case.statements().iter().for_each(|statement| totals(statement, out)),
    },
    Rule {
        id: "iso.batch_count",
        messages: ACCOUNT,
        text: "differs from the number of listed transactions; make them equal",
        check: |case, out| {
            for details in case.statements().iter().flat_map(|one| one.all("Ntry/NtryDtls")) {
                let listed = details.all("TxDtls").len();
                if listed > 0 {
                    count(out, &details, "Btch/NbOfTxs", listed);
                }
            }
        },
    },
];

fn balances<'a>(statement: &Spot<'a>, code: &str) -> Vec<Spot<'a>> {
    let mut found = statement.all("Bal");
    found.retain(|balance| balance.text_at("Tp/CdOrPrtry/Cd") == Some(code));
    found
}

/// An amount with its direction as a signed number.
fn signed(spot: &Spot<'_>) -> Option<i128> {
    let amount = exact(spot.text_at("Amt")?)?;
    match spot.text_at("CdtDbtInd") {
        Some("DBIT") => amount.checked_neg(),
        _ => Some(amount),
    }
}

/// Opening balance and booked entries make the closing balance, where a statement has one of each
/// in one currency and is complete: not a page of several.
fn chain(statement: &Spot<'_>, out: &mut Breaks) {
    let first = statement.text_at("StmtPgntn/PgNb").is_none_or(|page| page.trim() == "1");
    let last = statement
        .text_at("StmtPgntn/LastPgInd")
        .is_none_or(|last| matches!(last.trim(), "true" | "1"));
    let (opening, closing) = (balances(statement, "OPBD"), balances(statement, "CLBD"));
    let opening = if opening.is_empty() { balances(statement, "PRCD") } else { opening };
    let ([opening], [closing]) = (opening.as_slice(), closing.as_slice()) else { return };
    let currency = |spot: &Spot<'_>| {
        spot.element.at("Amt").and_then(|amount| amount.attribute("Ccy")).map(str::to_owned)
    };
    let entries = statement.all("Ntry");
    let same = entries.iter().chain([closing]).all(|spot| currency(spot) == currency(opening));
    if !(first && last && same) {
        return;
    }
    let booked = entries.iter().filter(|entry| entry.text_at("Sts/Cd") == Some("BOOK"));
    let reached =
        booked.map(signed).try_fold(signed(opening), |sum, entry| Some(sum?.checked_add(entry?)));
    if reached.flatten() != signed(closing) {
        out.at(closing);
    }
}

fn totals(statement: &Spot<'_>, out: &mut Breaks) {
    let paged = statement.text_at("StmtPgntn/LastPgInd").is_some_and(|last| last.trim() == "false")
        || statement.text_at("RptPgntn/LastPgInd").is_some_and(|last| last.trim() == "false")
        || statement.text_at("NtfctnPgntn/LastPgInd").is_some_and(|last| last.trim() == "false");
    let entries = statement.all("Ntry");
    let Some(summary) = statement.at("TxsSummry") else { return };
    let currency = |entry: &Spot<'_>| {
        entry.element.at("Amt").and_then(|amount| amount.attribute("Ccy")).map(str::to_owned)
    };
    let first = entries.first().and_then(currency);
    // Some senders give the summary alone; and several currencies have no sum.
    if paged || entries.is_empty() || entries.iter().any(|entry| currency(entry) != first) {
        return;
    }
    let of = |direction: &str| -> Vec<&Spot<'_>> {
        entries.iter().filter(|entry| entry.text_at("CdtDbtInd") == Some(direction)).collect()
    };
    let amounts = |entries: &[&Spot<'_>]| sum(entries.iter().filter_map(|one| one.text_at("Amt")));
    let all: Vec<_> = entries.iter().collect();
    count(out, &summary, "TtlNtries/NbOfNtries", all.len());
    total(out, &summary, "TtlNtries/Sum", amounts(&all));
    for (name, direction) in [("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")] {
        let one = of(direction);
        count(out, &summary, &format!("{name}/NbOfNtries"), one.len());
        total(out, &summary, &format!("{name}/Sum"), amounts(&one));
    }
    if let Some(net) = summary.at("TtlNtries/TtlNetNtry") {
        let found = entries.iter().try_fold(0_i128, |sum, one| sum.checked_add(signed(one)?));
        if signed(&net) != found {
            out.at(&net);
        }
    }
}
