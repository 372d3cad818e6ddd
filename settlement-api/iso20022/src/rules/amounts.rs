//! Sums and counts: what a message says in total against what it holds.

use super::{Breaks, Case, Rule};
use crate::spot::Spot;

/// Decimals that numbers of these messages may have.
const SCALE: usize = 17;

/// A decimal as a count of 10^-17, exact.
pub(super) fn exact(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let zeros = std::iter::repeat_n(b'0', SCALE.checked_sub(decimals.len())?);
    let mut value = 0_i128;
    for byte in whole.bytes().chain(decimals.bytes()).chain(zeros) {
        let digit = char::from(byte).to_digit(10)?;
        value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
    }
    value.checked_mul(sign)
}

/// The sum of amounts, exact.
pub(super) fn sum<'a>(amounts: impl IntoIterator<Item = &'a str>) -> Option<i128> {
    amounts.into_iter().try_fold(0_i128, |sum, text| sum.checked_add(exact(text)?))
}

fn number(text: &str) -> Option<usize> {
    text.trim().parse().ok()
}

/// A number below a spot that must be a count.
pub(super) fn count(out: &mut Breaks, spot: &Spot<'_>, path: &str, found: usize) {
    if let Some(said) = spot.at(path)
        && number(said.text()) != Some(found)
    {
        out.at(&said);
    }
}

/// A number below a spot that must be a sum.
pub(super) fn total(out: &mut Breaks, spot: &Spot<'_>, path: &str, found: Option<i128>) {
    if let Some(said) = spot.at(path)
        && exact(said.text()) != found
    {
        out.at(&said);
    }
}

/// What an order asks for: the amount, or its equivalent in another currency.
fn instructed<'a>(transaction: &Spot<'a>) -> Option<&'a str> {
    transaction.text_at("Amt/InstdAmt").or(transaction.text_at("Amt/EqvtAmt/Amt"))
}

/// The name of the settled amount in a message's transactions.
fn settled(case: &Case<'_>) -> &'static str {
    if case.family() == "pacs.004" { "RtrdIntrBkSttlmAmt" } else { "IntrBkSttlmAmt" }
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "iso.transaction_count",
        messages: &["pacs.004", "pacs.008", "pacs.009", "pain.001", "pain.013"],
        text: "differs from the number of transactions; make them equal",
        check: |case, out| {
            let transactions = case.transactions();
            // A return of a whole group lists no transactions.
            if !transactions.is_empty() {
                count(out, &case.message, "GrpHdr/NbOfTxs", transactions.len());
            }
            for batch in case.message.all("PmtInf") {
                count(out, &batch, "NbOfTxs", batch.all("CdtTrfTxInf").len());
            }
        },
    },
    Rule {
        id: "iso.control_sum",
        messages: &["pacs.004", "pacs.008", "pacs.009", "pain.001", "pain.013"],
        text: "differs from the sum of the transactions' amounts; make them equal",
        check: |case, out| {
            let amounts = |transactions: &[Spot<'_>]| {
                let amount = |spot: &Spot<'_>| match case.is(&["pain.001", "pain.013"]) {
                    true => instructed(spot).and_then(exact),
                    false => spot.text_at(settled(case)).and_then(exact),
                };
                transactions.iter().try_fold(0_i128, |sum, spot| sum.checked_add(amount(spot)?))
            };
            let transactions = case.transactions();
            if !transactions.is_empty() {
                total(out, &case.message, "GrpHdr/CtrlSum", amounts(&transactions));
            }
            for batch in case.message.all("PmtInf") {
                total(out, &batch, "CtrlSum", amounts(&batch.all("CdtTrfTxInf")));
            }
        },
    },
    Rule {
        id: "iso.total_amount",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "differs from the sum of the settled amounts, or from their currency; make them equal",
        check: |case, out| {
            let path = match case.family() {
                "pacs.004" => "GrpHdr/TtlRtrdIntrBkSttlmAmt",
                _ => "GrpHdr/TtlIntrBkSttlmAmt",
            };
            let Some(said) = case.message.at(path) else { return };
            let currency = said.element.attribute("Ccy");
            let amounts: Vec<_> =
                case.transactions().iter().filter_map(|spot| spot.at(settled(case))).collect();
            let same = amounts.iter().all(|amount| amount.element.attribute("Ccy") == currency);
            let found = sum(amounts.iter().map(Spot::text));
            if !amounts.is_empty() && (!same || exact(said.text()) != found) {
                out.at(&said);
            }
        },
    },
    Rule {
        id: "iso.amount_zero",
        messages: &["pacs.004", "pacs.008", "pacs.009"],
        text: "is zero; send an amount greater than zero",
        check: |case, out| {
            for amount in case.transactions().iter().filter_map(|spot| spot.at(settled(case))) {
                if exact(amount.text()) == Some(0) {
                    out.at(&amount);
                }
            }
        },
    },
    Rule {
        id: "iso.exchange_rate",
        messages: &["pacs.008"],
        text: "must stand where instructed and settled currency differ, and only there",
        check: |case, out| {
            for spot in case.transactions() {
                let currency =
                    |path| spot.element.at(path).and_then(|amount| amount.attribute("Ccy"));
                let differ = match currency("InstdAmt") {
                    Some(instructed) => currency("IntrBkSttlmAmt") != Some(instructed),
                    None => false,
                };
                match (differ, spot.has("XchgRate")) {
                    (true, false) => out.below(&spot, "XchgRate"),
                    (false, true) => out.forbid(&spot, "XchgRate"),
                    (true, true) | (false, false) => {}
                }
            }
        },
    },
    Rule {
        id: "iso.charges_instructed",
        messages: &["pacs.008"],
        text: "must stand where charges are listed; add what the debtor instructed",
        check: |case, out| {
            for spot in case.transactions().iter().filter(|spot| spot.has("ChrgsInf")) {
                out.need(spot, "InstdAmt");
            }
        },
    },
    Rule {
        id: "iso.charges_sum",
        messages: &["pacs.008"],
        text: "does not come of the instructed amount and the listed charges; correct one of them",
        check: |case, out| case.transactions().iter().for_each(|spot| charges_sum(spot, out)),
    },
];

/// In one currency, the payee's charges are taken off and the payer's are put on top.
fn charges_sum(spot: &Spot<'_>, out: &mut Breaks) {
    let (Some(instructed), Some(settled)) = (spot.at("InstdAmt"), spot.at("IntrBkSttlmAmt")) else {
        return;
    };
    let currency = settled.element.attribute("Ccy");
    let charges = spot.all("ChrgsInf/Amt");
    let all = charges.iter().chain([&instructed]);
    if charges.is_empty()
        || all.into_iter().any(|amount| amount.element.attribute("Ccy") != currency)
    {
        return;
    }
    let charged = sum(charges.iter().map(Spot::text));
    let expected = match (exact(instructed.text()), charged, spot.text_at("ChrgBr")) {
        (Some(amount), Some(charged), Some("CRED" | "SHAR")) => amount.checked_sub(charged),
        (Some(amount), Some(charged), Some("DEBT")) => amount.checked_add(charged),
        _ => return,
    };
    if exact(settled.text()) != expected {
        out.at(&settled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let one = 10_i128.pow(17);
        let rows = [
            ("1", Some(one)),
            ("0.00000000000000001", Some(1)),
            (" -2.50 ", Some(-25 * one / 10)),
            ("+.5", Some(one / 2)),
            ("999999999999999999", Some(999_999_999_999_999_999 * one)),
            ("0.000000000000000001", None),
            ("1e3", None),
        ];
        for (text, expected) in rows {
            assert_eq!(exact(text), expected, "{text}");
        }
    }
}
