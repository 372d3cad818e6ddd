//! Limits of customers: what may be paid on behalf of one, by how well it is known.
//!
//! ```text
//! two operators: SetPaymentTerms   per currency and level: most per payment, most per window
//! Hold, Transfer, Schedule,        the debtor's payment is counted when it is entered,
//! Settle, Bulk                     over all accounts of its member; nothing counts back
//! ```
//!
//! # Place      the last question of every rule that enters a payment; terms come from `proposal`
//! # Invariants K3 no payment exceeds its limit, and under the same terms and level no span as long
//! #            as a window does; I11 terms and counters are records under the state root
//! # Absent     what is received; returns (money that goes back); limits of keys (see `key_limits`);
//! #            limits of members (planned); which limits are sensible (two operators decide)

use serde::{Deserialize, Serialize};

use crate::{
    command::Payment,
    draft::Draft,
    freshness::DAY_MS,
    id::{Lei, PartyId},
    money::{Currency, Money},
    party::Level,
    record::{Name, Record},
    refusal::Refusal,
    sliding::{BucketLength, SlidingSum, beyond, is_window},
    time::LedgerTime,
};

/// What may be paid on behalf of one customer, in minor units; no number is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct PaymentLimits {
    /// By one payment.
    pub per_payment: Option<u128>,
    /// By all payments of any window.
    pub per_window: Option<u128>,
}

/// What governance sets for a currency, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentTerms {
    /// How long a window is, in milliseconds.
    pub window_ms: u64,
    /// Of a customer of level basic.
    pub basic: PaymentLimits,
    /// Of a customer of level full.
    pub full: PaymentLimits,
    /// Of a customer of level enhanced.
    pub enhanced: PaymentLimits,
}

impl Default for PaymentTerms {
    /// No limit: what holds as long as governance has set nothing.
    fn default() -> Self {
        let none = PaymentLimits::default();
        Self { window_ms: DAY_MS, basic: none, full: none, enhanced: none }
    }
}

impl PaymentTerms {
    /// Whether every number lies in its range.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        is_window(self.window_ms)
    }

    /// The limits of a level. A customer of level none pays nothing (K1).
    #[must_use]
    pub const fn of(&self, level: Level) -> PaymentLimits {
        match level {
            Level::None => PaymentLimits { per_payment: Some(0), per_window: Some(0) },
            Level::Basic => self.basic,
            Level::Full => self.full,
            Level::Enhanced => self.enhanced,
        }
    }

    /// How long a bucket of the window is.
    const fn buckets(&self) -> BucketLength {
        BucketLength::of(self.window_ms)
    }
}

/// A currency's terms of payments as they are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentControls {
    /// Which currency.
    pub currency: Currency,
    /// What governance allows.
    pub terms: PaymentTerms,
    /// Since when buckets have the length that they have.
    pub since: LedgerTime,
}

impl PaymentControls {
    /// What counts of a customer's payments at a time.
    #[must_use]
    pub fn recent(&self, spent: &Spent, now: LedgerTime) -> SlidingSum<u128> {
        let length = self.terms.buckets();
        if spent.length == length {
            return spent.recent.at(now, length);
        }
        // Counted in buckets of another length: what still counted when the length changed counts
        // as paid then, so that no change of terms makes room.
        let counted = spent.recent.at(self.since, spent.length).sum();
        SlidingSum::all_at(self.since, length, counted).at(now, length)
    }
}

/// What was paid lately on behalf of a customer, in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Which customer.
    pub party: PartyId,
    /// Which currency.
    pub currency: Currency,
    /// How long the buckets are.
    pub length: BucketLength,
    /// What was paid, in minor units. Sums beyond `u128` stay there.
    pub recent: SlidingSum<u128>,
}

/// Counts a payment that is entered against the limits of its debtor. Asked last, so that every
/// other reason comes before it.
///
/// # Errors
/// [`Refusal::PaymentLimit`], [`Refusal::WindowLimit`], in this order.
pub(crate) fn count(draft: &mut Draft<'_>, payment: &Payment) -> Result<(), Refusal> {
    count_of(draft, payment.debtor, payment.money)
}

/// As [`count`], of whatever is taken on behalf of a customer.
pub(crate) fn count_of(draft: &mut Draft<'_>, party: PartyId, money: Money) -> Result<(), Refusal> {
    let now = draft.now();
    let (currency, minor) = (money.currency(), money.minor());
    let Some(Record::PaymentTerms(controls)) = draft.get(&Name::PaymentTerms(currency)) else {
        return Ok(());
    };
    let controls = *controls;
    // The standing was checked before, so the customer is there.
    let Some(Record::Party(known)) = draft.get(&Name::Party(party)) else {
        return Err(Refusal::StandingMissing);
    };
    let limits = controls.terms.of(known.level);
    if beyond(limits.per_payment, 0, minor) {
        return Err(Refusal::PaymentLimit);
    }
    if limits.per_window.is_none() {
        return Ok(());
    }
    let name = Name::Spent(party, currency);
    let recent = match draft.get(&name) {
        Some(Record::Spent(spent)) => controls.recent(spent, now),
        _ => SlidingSum::default().at(now, controls.terms.buckets()),
    };
    if beyond(limits.per_window, recent.sum(), minor) {
        return Err(Refusal::WindowLimit);
    }
    let length = controls.terms.buckets();
    let spent = Spent { party, currency, length, recent: recent.with(minor) };
    draft.put(&name, Record::Spent(Box::new(spent)));
    Ok(())
}

/// Sets the terms of a currency's payments; answers its issuer.
///
/// # Errors
/// [`Refusal::CurrencyUnknown`], [`Refusal::OutOfRange`].
pub(crate) fn set_terms(
    draft: &mut Draft<'_>,
    currency: Currency,
    terms: &PaymentTerms,
) -> Result<Lei, Refusal> {
    let issuer = draft.currency(currency)?.issuer;
    if !terms.is_well_formed() {
        return Err(Refusal::OutOfRange);
    }
    let name = Name::PaymentTerms(currency);
    let since = match draft.get(&name) {
        Some(Record::PaymentTerms(was)) if was.terms.buckets() == terms.buckets() => was.since,
        _ => draft.now(),
    };
    let controls = PaymentControls { currency, terms: *terms, since };
    draft.put(&name, Record::PaymentTerms(controls));
    Ok(issuer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sliding::{MAX_WINDOW_MS, MIN_WINDOW_MS};

    #[test]
    fn k3_terms_have_a_range_and_limits_by_level() {
        let limits = |number| PaymentLimits { per_payment: None, per_window: Some(number) };
        let terms = PaymentTerms {
            basic: limits(1),
            full: limits(2),
            enhanced: limits(3),
            ..PaymentTerms::default()
        };
        for (level, expected) in [(Level::Basic, 1), (Level::Full, 2), (Level::Enhanced, 3)] {
            assert_eq!(terms.of(level), limits(expected), "{level:?}");
            assert_eq!(PaymentTerms::default().of(level), PaymentLimits::default());
        }
        let nothing = PaymentLimits { per_payment: Some(0), per_window: Some(0) };
        assert_eq!(terms.of(Level::None), nothing);
        for (window_ms, fits) in [
            (MIN_WINDOW_MS - 1, false),
            (MIN_WINDOW_MS, true),
            (MAX_WINDOW_MS, true),
            (MAX_WINDOW_MS + 1, false),
        ] {
            assert_eq!(PaymentTerms { window_ms, ..terms }.is_well_formed(), fits, "{window_ms}");
        }
        assert_eq!(PaymentTerms::default().window_ms, 86_400_000);
    }

    #[test]
    fn k3_another_length_of_the_window_makes_no_room() {
        let usd = Currency::new("USD").unwrap();
        let (was, hour) = (PaymentTerms::default(), DAY_MS / 24);
        let at = |hours: u64| LedgerTime::new(1_000 * DAY_MS + hours * hour);
        let recent = SlidingSum::all_at(at(0), was.buckets(), 4u128).at(at(20), was.buckets());
        let recent = recent.with(6);
        let spent =
            Spent { party: PartyId::new([1; 32]), currency: usd, length: was.buckets(), recent };
        // Since when, how long the window is, when asked, what counts.
        for (since, window_ms, now, counted) in [
            (21, 7 * DAY_MS, 21, 10),
            (24, 7 * DAY_MS, 24 + 7 * 24, 10),
            // In buckets of seven hours, 24 lie between the change and the last time it counts.
            (21, 7 * DAY_MS, 21 + 24 * 7, 10),
            (21, 7 * DAY_MS, 21 + 25 * 7 + 7, 0),
            // What no longer counted when the length changed does not come back.
            (25, 7 * DAY_MS, 25, 6),
            (45, 7 * DAY_MS, 45, 0),
            // A shorter window forgets sooner, and from the change on.
            (21, MIN_WINDOW_MS, 21, 10),
            (21, MIN_WINDOW_MS, 22, 0),
            // The same length is no change.
            (21, DAY_MS, 24, 10),
            (21, DAY_MS, 25, 6),
        ] {
            let terms = PaymentTerms { window_ms, ..was };
            let controls = PaymentControls { currency: usd, terms, since: at(since) };
            let found = controls.recent(&spent, at(now)).sum();
            assert_eq!(found, counted, "{since} {window_ms} {now}");
        }
    }
}
