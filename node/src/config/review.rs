//! `[review]`: which payments to this bank wait for one of its people.

use std::{collections::BTreeMap, time::Duration};

use iso20022::parse_minor;
use ledger_core::{genesis::Genesis, money::Currency};
use serde::Deserialize;
use settlement_api::payments::review::policy::{
    HELD_LONGER, LASTS, MARGIN, MAX_HELD_LONGER, MAX_LASTS, ReviewPolicy,
};

/// `[review]` as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Review {
    /// All of them.
    #[serde(default)]
    all: bool,
    /// From an amount on, by currency.
    #[serde(default)]
    from: BTreeMap<String, String>,
    /// Those whose creditor is named otherwise than the account's holder.
    #[serde(default)]
    names: bool,
    /// Seconds within which they are decided at most.
    #[serde(default)]
    seconds: Option<u32>,
    /// Seconds before the end of the hold in which they are decided.
    #[serde(default)]
    margin_seconds: Option<u32>,
}

/// Why `[review]` is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReviewError {
    /// A currency that the network has not.
    #[error("[review] from.{0} is for no currency of the network; name one by its code, as USD")]
    Currency(String),
    /// An amount that is none of its currency.
    #[error("[review] from.{0} = \"{1}\" is no amount of the currency; write one as \"10000.00\"")]
    Amount(String, String),
    /// A time out of its range.
    #[error("{0} must be from {1} to {2}")]
    Seconds(&'static str, u64, u64),
}

/// A time that is given, within bounds, or else another one.
fn within(
    name: &'static str,
    (given, default): (Option<u32>, Duration),
    (least, most): (Duration, Duration),
) -> Result<Duration, ReviewError> {
    let time = given.map_or(default, |seconds| Duration::from_secs(u64::from(seconds)));
    if (least..=most).contains(&time) {
        Ok(time)
    } else {
        Err(ReviewError::Seconds(name, least.as_secs(), most.as_secs()))
    }
}

/// How much longer than the time for an answer the holds of a gateway last.
///
/// # Errors
/// [`ReviewError::Seconds`].
pub(crate) fn held_longer(given: Option<u32>) -> Result<Duration, ReviewError> {
    let bounds = (Duration::ZERO, MAX_HELD_LONGER);
    within("[institution] review_seconds", (given, HELD_LONGER), bounds)
}

impl Review {
    /// What a bank wants to look at, in the units of its network.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) fn policy(&self, genesis: &Genesis) -> Result<ReviewPolicy, ReviewError> {
        let amount = |(code, text): (&String, &String)| {
            let currency = Currency::new(code);
            let terms = genesis.currencies.iter().find(|terms| Some(terms.code) == currency);
            let terms = terms.ok_or_else(|| ReviewError::Currency(code.clone()))?;
            let minor = parse_minor(text, terms.scale)
                .map_err(|_| ReviewError::Amount(code.clone(), text.clone()))?;
            Ok((terms.code, minor))
        };
        let (second, hour) = (Duration::from_secs(1), Duration::from_hours(1));
        Ok(ReviewPolicy {
            all: self.all,
            from: self.from.iter().map(amount).collect::<Result<_, ReviewError>>()?,
            names: self.names,
            lasts: within("[review] seconds", (self.seconds, LASTS), (second, MAX_LASTS))?,
            margin: within(
                "[review] margin_seconds",
                (self.margin_seconds, MARGIN),
                (second, hour),
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verifier::testing::TestNetwork;

    fn policy(text: &str) -> Result<ReviewPolicy, ReviewError> {
        let written: Review = toml::from_str(text).unwrap();
        written.policy(&TestNetwork::new(4).genesis)
    }

    #[test]
    fn p14_nothing_waits_unless_it_is_said() {
        assert_eq!(policy("").unwrap(), ReviewPolicy::default());
        assert_eq!(held_longer(None), Ok(HELD_LONGER));
        assert_eq!(held_longer(Some(0)), Ok(Duration::ZERO));
        let some = policy("names = true\nfrom = { USD = \"100.5\" }\nseconds = 60").unwrap();
        let usd = Currency::new("USD").unwrap();
        assert_eq!(
            (some.from[&usd], some.names, some.lasts),
            (10_050, true, Duration::from_mins(1))
        );
        assert!(toml::from_str::<Review>("everything = true").is_err());
    }

    #[test]
    fn p14_what_cannot_be_meant_is_refused_at_the_start() {
        assert!(matches!(policy("from = { XXQ = \"1\" }"), Err(ReviewError::Currency(_))));
        assert!(matches!(policy("from = { USD = \"1.005\" }"), Err(ReviewError::Amount(..))));
        for text in
            ["seconds = 0", "seconds = 400000", "margin_seconds = 0", "margin_seconds = 3601"]
        {
            assert!(matches!(policy(text), Err(ReviewError::Seconds(..))), "{text}");
        }
        assert!(held_longer(Some(518_401)).is_err());
    }
}
