//! `[liquidity]`: what becomes of payments for which this bank has not the money.

use std::time::Duration;

use serde::Deserialize;
use settlement_api::payments::queue::{MAX_PRIORITY, MAX_WAIT_MS, QueuePolicy};

/// `[liquidity]` as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Liquidity {
    /// Whether payments wait that do not say.
    #[serde(default)]
    wait: bool,
    /// The priority of those that do not say.
    #[serde(default)]
    priority: Option<u32>,
    /// Seconds for which those wait that do not say.
    #[serde(default)]
    seconds: Option<u32>,
}

/// Why `[liquidity]` is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LiquidityError {
    /// A priority out of its range.
    #[error("[liquidity] priority must be from 0 to {MAX_PRIORITY}")]
    Priority,
    /// A time out of its range.
    #[error("[liquidity] seconds must be from 1 to {}", MAX_WAIT_MS / 1_000)]
    Seconds,
}

impl Liquidity {
    /// What a bank has settled.
    ///
    /// # Errors
    /// [`LiquidityError`].
    pub(crate) fn policy(&self) -> Result<QueuePolicy, LiquidityError> {
        let default = QueuePolicy::default();
        let priority = self.priority.unwrap_or(default.priority);
        if priority > MAX_PRIORITY {
            return Err(LiquidityError::Priority);
        }
        let lasts = self.seconds.map_or(default.lasts, |s| Duration::from_secs(u64::from(s)));
        if lasts.is_zero() || lasts > Duration::from_millis(MAX_WAIT_MS) {
            return Err(LiquidityError::Seconds);
        }
        Ok(QueuePolicy { wait: self.wait, priority, lasts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Result<QueuePolicy, LiquidityError> {
        toml::from_str::<Liquidity>(text).unwrap().policy()
    }

    #[test]
    fn p15_nothing_waits_for_money_unless_it_is_said_and_for_a_day_at_most() {
        assert_eq!(policy(""), Ok(QueuePolicy::default()));
        assert!(!QueuePolicy::default().wait);
        let hour = Duration::from_hours(1);
        assert_eq!(
            policy("wait = true\npriority = 5\nseconds = 3600"),
            Ok(QueuePolicy { wait: true, priority: 5, lasts: hour })
        );
        assert_eq!(policy("priority = 1000"), Err(LiquidityError::Priority));
        assert_eq!(policy("seconds = 0"), Err(LiquidityError::Seconds));
        assert_eq!(policy("seconds = 86401"), Err(LiquidityError::Seconds));
        assert!(toml::from_str::<Liquidity>("queue = true").is_err());
    }
}
