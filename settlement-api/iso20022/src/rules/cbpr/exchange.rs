//! What was instructed and what settles, where nothing is charged in between.

use super::super::amounts::exact;
use super::super::{Breaks, Rule};
use crate::spot::Spot;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.instructed_amount",
        messages: &["pacs.008"],
        text: "differs from the instructed amount, and no charges are listed; correct one of them or list the charges",
        check: |case, out| case.transactions().iter().for_each(|spot| instructed(spot, out)),
    },
    Rule {
        id: "cbpr.exchanged_amount",
        messages: &["pacs.008"],
        text: "does not come of the instructed amount and the exchange rate, by a hundredth and more; correct one of them",
        check: |case, out| case.transactions().iter().for_each(|spot| exchanged(spot, out)),
    },
];

/// In one currency, and nothing charged: one amount.
fn instructed(spot: &Spot<'_>, out: &mut Breaks) {
    let (Some(instructed), Some(settled)) = (spot.at("InstdAmt"), spot.at("IntrBkSttlmAmt")) else {
        return;
    };
    let same = instructed.element.attribute("Ccy") == settled.element.attribute("Ccy");
    if same && !spot.has("ChrgsInf") && exact(instructed.text()) != exact(settled.text()) {
        out.at(&settled);
    }
}

/// Where nothing is charged, the rate leads from one amount to the other. Which currency it is the
/// price of is not said in the message, so it may multiply or divide; it and the amounts are
/// rounded, so they need agree to a hundredth only.
fn exchanged(spot: &Spot<'_>, out: &mut Breaks) {
    let (Some(instructed), Some(settled), Some(rate)) =
        (spot.at("InstdAmt"), spot.at("IntrBkSttlmAmt"), spot.text_at("XchgRate"))
    else {
        return;
    };
    let charged = spot.all("ChrgsInf/Amt").iter().any(|amount| exact(amount.text()) != Some(0));
    let (from, to) = (Rounded::new(instructed.text()), Rounded::new(settled.text()));
    let (Some(from), Some(to), Some(rate)) = (from, to, places(rate)) else { return };
    if !charged && !near(&from, rate, &to) && !near(&to, rate, &from) {
        out.at(&settled);
    }
}

/// Ten decimals, which leave room to multiply.
const ONE: i128 = 10_i128.pow(10);

/// An amount, and one unit of its last decimal, to ten places.
struct Rounded {
    value: i128,
    unit: i128,
}

impl Rounded {
    fn new(text: &str) -> Option<Self> {
        let decimals = text.trim().split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let unit = ONE.checked_div(10_i128.checked_pow(u32::try_from(decimals).ok()?)?)?;
        Some(Self { value: places(text)?, unit })
    }
}

/// A decimal to ten places.
fn places(text: &str) -> Option<i128> {
    exact(text)?.checked_div(10_i128.pow(7))
}

/// Whether an amount times the rate is the other, but for a hundredth of it and for what both were
/// rounded by. What is too large to say counts as near.
fn near(amount: &Rounded, rate: i128, result: &Rounded) -> bool {
    let times = |value: i128| value.checked_mul(rate)?.checked_div(ONE);
    let (Some(product), Some(rounded)) = (times(amount.value), times(amount.unit)) else {
        return true;
    };
    let slack =
        [result.value.unsigned_abs() / 100, result.unit.unsigned_abs(), rounded.unsigned_abs()];
    product.abs_diff(result.value) <= slack.into_iter().fold(0, u128::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_leads_from_one_amount_to_the_other() {
        let rows = [
            ("100.00", "0.9217", "92.17", true),
            ("100.00", "1.0849", "92.17", true),
            ("100.00", "2", "92.17", false),
            ("110.00", "7", "100.00", false),
            ("0.01", "153.1", "1", true),
            ("0.03", "153.1", "5", true),
            ("0.03", "153.1", "9", false),
            ("999999999999999999", "99999999999", "1", true),
        ];
        for (from, rate, to, expected) in rows {
            let (from, to) = (Rounded::new(from).unwrap(), Rounded::new(to).unwrap());
            let rate = places(rate).unwrap();
            assert_eq!(near(&from, rate, &to) || near(&to, rate, &from), expected, "{rate}");
        }
    }
}
