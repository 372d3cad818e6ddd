//! The rates that a market maker's own desk has set: one row per pair of currencies.
//!
//! # Invariants R2 quotes come of these rows alone; a row that is over, or withdrawn, gives none
//! # Absent     where the desk has its prices from

use ledger_core::{
    codec::decode,
    money::{Currency, Money},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{
    FxRefused,
    price::{Fixed, Rate},
};
use crate::{
    customers::{CustomerRecord, number_of},
    gateway::Gateway,
    openapi::text::{Amount, CurrencyCode, IbanCode, RateText, Time},
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
    server::bank::parse_money,
};

const PREFIX: &[u8] = b"fx/rates/";
const MAX_ROW: usize = 1_024;
/// Rows that are listed at most: a network has few currencies.
const MAX_ROWS: usize = 4_096;
/// Seconds that rates are in force at most: a day.
const MAX_VALID_S: u64 = 86_400;
/// Seconds that a quote can be accepted, at most, and when nothing is said.
const MAX_QUOTE_S: u64 = 300;
const QUOTE_S: u64 = 30;

/// Rates as the desk of a market maker sets them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FxRatesInput {
    /// The currency whose price is stated.
    #[schema(value_type = CurrencyCode)]
    pub base: String,
    /// The currency in which.
    #[schema(value_type = CurrencyCode)]
    pub quote: String,
    /// What this bank gives for one of the base currency.
    #[schema(value_type = RateText)]
    pub bid: String,
    /// What it takes for one of the base currency; not less than `bid`.
    #[schema(value_type = RateText)]
    pub ask: String,
    /// Fee of an exchange whose source is the base currency; none if absent.
    #[schema(value_type = Option<Amount>)]
    pub base_fee: Option<String>,
    /// Fee of an exchange whose source is the other currency; none if absent.
    #[schema(value_type = Option<Amount>)]
    pub quote_fee: Option<String>,
    /// The most of the base currency that one quote is of.
    #[schema(value_type = Amount)]
    pub limit: String,
    /// IBAN under which this bank is a customer of its own, for whom it exchanges; this or `account`.
    #[schema(value_type = Option<IbanCode>)]
    pub iban: Option<String>,
    /// Another account number of the same.
    pub account: Option<String>,
    /// Seconds for which a quote can be accepted, 1 to 300; 30 if absent.
    #[schema(minimum = 1, maximum = 300)]
    pub quote_s: Option<u64>,
    /// Seconds for which these rates are in force, at most a day; 0 withdraws them.
    #[schema(minimum = 0, maximum = 86400)]
    pub valid_s: u64,
}

/// Rates of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// The currency whose price is stated.
    pub base: Currency,
    /// The currency in which.
    pub quote: Currency,
    /// What is given for one of the base currency.
    pub bid: Rate,
    /// What is taken for it.
    pub ask: Rate,
    /// Fee where the source is the base currency, in its minor units.
    pub base_fee: u128,
    /// Fee where it is the other, in its minor units.
    pub quote_fee: u128,
    /// The most of the base currency of one quote, in minor units.
    pub limit: u128,
    /// The number under which the bank is its own customer.
    pub account: String,
    /// Milliseconds for which a quote can be accepted.
    pub quote_ms: u64,
    /// Until when the rates are in force.
    pub until: LedgerTime,
}

/// Rates as they stand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FxRatesReport {
    /// The currency whose price is stated.
    #[schema(value_type = CurrencyCode)]
    pub base: String,
    /// The currency in which.
    #[schema(value_type = CurrencyCode)]
    pub quote: String,
    /// What this bank gives for one of the base currency.
    #[schema(value_type = RateText)]
    pub bid: String,
    /// What it takes for it.
    #[schema(value_type = RateText)]
    pub ask: String,
    /// Fee where the source is the base currency.
    #[schema(value_type = Amount)]
    pub base_fee: String,
    /// Fee where it is the other.
    #[schema(value_type = Amount)]
    pub quote_fee: String,
    /// The most of the base currency of one quote.
    #[schema(value_type = Amount)]
    pub limit: String,
    /// Seconds for which a quote can be accepted.
    pub quote_s: u64,
    /// Until when they are in force.
    #[schema(value_type = Time)]
    pub until: String,
    /// Whether they are.
    pub in_force: bool,
}

impl FxRatesInput {
    /// The rates, when this bank has accounts in both currencies and is a customer of its own.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn rates(&self, gateway: &Gateway, now: LedgerTime) -> Result<Rates, Refused> {
        let terms = |code: &str| gateway.terms(code).ok_or(Refused::CurrencyUnknown);
        let (base, quote) = (terms(&self.base)?, terms(&self.quote)?);
        if base.code == quote.code {
            return Err(Refused::Malformed("rates are of two currencies"));
        }
        let rate = |text: &str| {
            Rate::parse(text).ok_or(Refused::Malformed(
                "rates are decimal text above zero, at most 11 digits, 10 of them decimals",
            ))
        };
        let (bid, ask) = (rate(&self.bid)?, rate(&self.ask)?);
        if !bid.at_most(ask) {
            return Err(Refused::Malformed("bid is not more than ask"));
        }
        let fee = |text: Option<&String>, scale| match text {
            Some(text) => iso20022::parse_minor(text, scale).map_err(Refused::Amount),
            None => Ok(0),
        };
        let quote_s = self.quote_s.unwrap_or(QUOTE_S);
        if !(1..=MAX_QUOTE_S).contains(&quote_s) || self.valid_s > MAX_VALID_S {
            return Err(Refused::Malformed("quote_s is 1 to 300, valid_s at most 86400"));
        }
        for code in [base.code, quote.code] {
            gateway.account(code).ok_or(Refused::NoAccount)?;
        }
        let account = number_of(self.iban.as_ref(), self.account.as_ref())?;
        CustomerRecord::load(gateway.store.as_ref(), &account)?.ok_or(Refused::DebtorUnknown)?;
        Ok(Rates {
            base: base.code,
            quote: quote.code,
            bid,
            ask,
            base_fee: fee(self.base_fee.as_ref(), base.scale)?,
            quote_fee: fee(self.quote_fee.as_ref(), quote.scale)?,
            limit: parse_money(gateway, &self.limit, &self.base)?.minor(),
            account,
            quote_ms: quote_s.saturating_mul(1_000),
            until: now.after(self.valid_s.saturating_mul(1_000)),
        })
    }
}

/// What rates say of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// How many of the target currency one of the source currency buys.
    pub rate: Rate,
    /// In minor units of the source currency.
    pub fee: u128,
    /// The most of one quote: of the source, or of the target.
    pub most: Fixed,
}

impl Rates {
    /// What must be written for them to replace those of the same pair.
    #[must_use]
    pub fn write(&self) -> Write {
        stored(key(self.base, self.quote), self)
    }

    /// Rates of a pair that are in force, whichever way round they are stated.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn of(
        store: &dyn KeyValue,
        (source, target): (Currency, Currency),
        now: LedgerTime,
    ) -> Result<Option<Self>, StoreFault> {
        let Some(bytes) = store.get(&key(source, target))? else { return Ok(None) };
        let rates: Self = decode(&bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)?;
        Ok(Some(rates).filter(|rates| rates.until > now))
    }

    /// Every row, also of those that are over.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn all(store: &dyn KeyValue) -> Result<Vec<Self>, StoreFault> {
        let rows = store.scan(PREFIX, MAX_ROWS)?.into_iter();
        rows.map(|(_, bytes)| decode(&bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)).collect()
    }

    /// Price, fee and limit for who gives `source`. Where that is not the base currency, the rate is
    /// the inverse of what is taken for one of it, rounded down (R1).
    #[must_use]
    pub fn direction(&self, source: Currency) -> Option<Direction> {
        if source == self.base {
            let most = Fixed::Source(self.limit);
            Some(Direction { rate: self.bid, fee: self.base_fee, most })
        } else {
            let most = Fixed::Target(self.limit);
            Some(Direction { rate: self.ask.inverse()?, fee: self.quote_fee, most })
        }
    }

    /// As JSON shows them.
    #[must_use]
    pub fn report(&self, gateway: &Gateway, now: LedgerTime) -> FxRatesReport {
        let text = |currency, minor| {
            let money = Money::new(currency, minor);
            verifier::summary::amount(gateway.genesis(), &money).unwrap_or_default()
        };
        FxRatesReport {
            base: self.base.code().to_owned(),
            quote: self.quote.code().to_owned(),
            bid: self.bid.text(),
            ask: self.ask.text(),
            base_fee: text(self.base, self.base_fee),
            quote_fee: text(self.quote, self.quote_fee),
            limit: text(self.base, self.limit),
            quote_s: self.quote_ms / 1_000,
            until: rfc3339(self.until),
            in_force: self.until > now,
        }
    }
}

impl Direction {
    /// Whether one quote may be of so much.
    ///
    /// # Errors
    /// [`FxRefused::OverLimit`].
    pub fn check(&self, source: u128, target: u128) -> Result<(), FxRefused> {
        let within = match self.most {
            Fixed::Source(most) => source <= most,
            Fixed::Target(most) => target <= most,
        };
        if within { Ok(()) } else { Err(FxRefused::OverLimit) }
    }
}

/// One row for a pair, whichever way round.
fn key(one: Currency, other: Currency) -> Vec<u8> {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    [PREFIX, first.code().as_bytes(), second.code().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::MemoryStore;

    fn rates(until: u64) -> Rates {
        let currency = |code| Currency::new(code).unwrap();
        Rates {
            base: currency("USD"),
            quote: currency("EUR"),
            bid: Rate::parse("0.92").unwrap(),
            ask: Rate::parse("0.93").unwrap(),
            base_fee: 150,
            quote_fee: 140,
            limit: 1_000_000,
            account: "OTHR:FX".to_owned(),
            quote_ms: 30_000,
            until: LedgerTime::new(until),
        }
    }

    #[test]
    fn r2_one_row_of_a_pair_is_in_force_until_its_time() {
        let (store, kept) = (MemoryStore::default(), rates(1_000));
        let (usd, eur) = (kept.base, kept.quote);
        let of = |pair, now| Rates::of(&store, pair, LedgerTime::new(now)).unwrap();
        assert_eq!(of((usd, eur), 1), None);
        store.write(vec![kept.write()]).unwrap();
        for pair in [(usd, eur), (eur, usd)] {
            assert_eq!(of(pair, 999), Some(kept.clone()));
            assert_eq!(of(pair, 1_000), None);
        }
        let turned = Rates { base: eur, quote: usd, ..rates(5_000) };
        store.write(vec![turned.write()]).unwrap();
        assert_eq!(Rates::all(&store).unwrap(), [turned]);
    }

    #[test]
    fn r1_who_gives_the_base_sells_at_the_bid_and_who_takes_it_buys_at_the_ask() {
        let rates = rates(1_000);
        let sold = rates.direction(rates.base).unwrap();
        assert_eq!((sold.rate.text().as_str(), sold.fee), ("0.92", 150));
        assert_eq!(sold.check(1_000_000, u128::MAX), Ok(()));
        assert_eq!(sold.check(1_000_001, 0), Err(FxRefused::OverLimit));
        let bought = rates.direction(rates.quote).unwrap();
        assert_eq!((bought.rate.text().as_str(), bought.fee), ("1.0752688172", 140));
        assert_eq!(bought.check(u128::MAX, 1_000_000), Ok(()));
        assert_eq!(bought.check(0, 1_000_001), Err(FxRefused::OverLimit));
    }
}
