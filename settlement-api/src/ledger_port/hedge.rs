//! Several validators asked the same, so that one that stands still keeps nobody waiting.
//!
//! # Place      [`LedgerClient`]'s reads and [`super::submit`] -> [hedge] -> validators
//! # Invariants another validator is asked beside those that have not answered in time, each later than
//! #            the one before, and instead of those that failed, until no more answers are wanted

use std::{sync::atomic::Ordering, time::Duration};

use tokio::{sync::mpsc, time::timeout};

use super::{LedgerClient, PortError};

/// How long validators may take to answer before another is asked beside them.
pub(super) const BESIDE: Duration = Duration::from_millis(500);
/// The same once one has answered, and nobody waits for the others.
const BESIDE_LATER: Duration = Duration::from_secs(2);

/// Where a validator's answer goes: which one, and what it said.
pub(super) type Tell<T> = mpsc::UnboundedSender<(usize, Result<T, PortError>)>;

impl LedgerClient {
    /// Asks so many validators at once by `start`, which is false for one that is passed over, and
    /// further ones as long as `heard`, which is told what each answers, wants more answers. The first
    /// that answers is asked first from now on, if the one that was did not do well.
    ///
    /// # Errors
    /// The last failure, when more answers are wanted than there are.
    pub(super) async fn ask<T>(
        &self,
        wanted: usize,
        mut patience: Duration,
        mut start: impl FnMut(usize, Tell<T>) -> bool,
        mut heard: impl FnMut(T) -> usize,
    ) -> Result<(), PortError> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let order: Vec<_> = self.in_order().map(|(number, _)| number).collect();
        let first = order.first().copied();
        let mut order = order.into_iter();
        let (mut to_ask, mut asked, mut answered) = (wanted, 0usize, false);
        let mut first_is_well = true;
        let mut failure = PortError::NoValidators;
        loop {
            while to_ask > 0
                && let Some(number) = order.next()
            {
                if start(number, tell.clone()) {
                    (to_ask, asked) = (to_ask.saturating_sub(1), asked.saturating_add(1));
                } else {
                    failure = PortError::Owed;
                    first_is_well &= Some(number) != first;
                }
            }
            if asked == 0 {
                return Err(failure);
            }
            let Ok(Some((number, answer))) = timeout(patience, told.recv()).await else {
                (to_ask, first_is_well) = (1, false);
                // All of them may be slow for the load: another is asked ever later.
                patience = patience.saturating_mul(2);
                continue;
            };
            asked = asked.saturating_sub(1);
            match answer {
                Ok(answer) => {
                    if !answered && !first_is_well {
                        self.preferred.store(number, Ordering::Relaxed);
                    }
                    answered = true;
                    let more = heard(answer);
                    if more == 0 {
                        return Ok(());
                    }
                    to_ask = more.saturating_sub(asked);
                    patience = patience.max(BESIDE_LATER);
                }
                Err(fault) => {
                    (to_ask, failure) = (1, fault);
                    first_is_well &= Some(number) != first;
                }
            }
        }
    }
}
