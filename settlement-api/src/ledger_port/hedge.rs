//! Several validators asked the same, so that one that stands still keeps nobody waiting.
//!
//! # Place      [`LedgerClient`]'s reads and [`super::submit`] -> [hedge] -> validators
//! # Invariants another validator is asked beside those that have not answered in time, and instead of
//! #            those that failed; the first answer counts

use std::{sync::atomic::Ordering, time::Duration};

use tokio::{sync::mpsc, time::timeout};

use super::{LedgerClient, PortError};

/// How long validators may take to answer before another is asked beside them.
pub(super) const BESIDE: Duration = Duration::from_millis(500);

/// Where a validator's answer goes: which one, and what it said.
pub(super) type Tell<T> = mpsc::UnboundedSender<(usize, Result<T, PortError>)>;

impl LedgerClient {
    /// Asks so many validators at once by `start`, which is false for one that is passed over, and
    /// further ones as needed. The validator that answers is asked first from now on, if the one that
    /// was did not do well.
    pub(super) async fn first_answer<T>(
        &self,
        mut wanted: usize,
        patience: Duration,
        mut start: impl FnMut(usize, Tell<T>) -> bool,
    ) -> Result<T, PortError> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let order: Vec<_> = self.in_order().map(|(number, _)| number).collect();
        let first = order.first().copied();
        let mut order = order.into_iter();
        let (mut asked, mut first_is_well) = (0usize, true);
        let mut failure = PortError::NoValidators;
        loop {
            while wanted > 0
                && let Some(number) = order.next()
            {
                if start(number, tell.clone()) {
                    (wanted, asked) = (wanted.saturating_sub(1), asked.saturating_add(1));
                } else {
                    failure = PortError::Owed;
                    first_is_well &= Some(number) != first;
                }
            }
            if asked == 0 {
                return Err(failure);
            }
            let Ok(Some((number, answer))) = timeout(patience, told.recv()).await else {
                (wanted, first_is_well) = (1, false);
                continue;
            };
            match answer {
                Ok(answer) => {
                    if !first_is_well {
                        self.preferred.store(number, Ordering::Relaxed);
                    }
                    return Ok(answer);
                }
                Err(fault) => {
                    (wanted, asked, failure) = (1, asked.saturating_sub(1), fault);
                    first_is_well &= Some(number) != first;
                }
            }
        }
    }
}
