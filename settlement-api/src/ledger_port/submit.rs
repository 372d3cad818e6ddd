//! Giving commands to validators.
//!
//! # Place      outbox, command line -> [submit] -> validators
//! # Invariants two validators have a batch, as far as there are two that take it; none is given one
//! #            that owes [`OWED`] answers
//! # Absent     sending again (the outbox's)

use std::sync::{Arc, atomic::Ordering};

use super::{
    BCS, BatchOutcome, COMMAND_BATCHES, COMMANDS, LedgerClient, PortError, SubmittedBatch,
    hedge::{BESIDE, Tell},
    refused,
};
use crate::client::ClientRequest;
use ledger_core::{codec::encode, command::SignedCommand, id::CommandId};
use tokio::sync::oneshot;

/// Batches that a validator may owe answers to before it is passed over.
pub(super) const OWED: usize = 4;

/// Commands as a validator takes them: one by itself, or a list.
#[derive(Clone)]
struct Parcel {
    path: &'static str,
    body: Vec<u8>,
}

impl LedgerClient {
    /// Gives a command to the validators: two of them, so that one that dies with it is no loss.
    ///
    /// # Errors
    /// [`PortError`]; a refusal of any validator is final only if no other took it.
    pub async fn submit(&self, command: &SignedCommand) -> Result<CommandId, PortError> {
        let bytes = command.to_bytes();
        let mut accepted = 0usize;
        let mut failure = PortError::NoValidators;
        for (_, validator) in self.in_order() {
            let request = ClientRequest::post(format!("{validator}{COMMANDS}"), BCS, bytes.clone());
            match self.client.send(request).await {
                Ok(answer) if answer.is_success() => {
                    accepted += 1;
                    if accepted == 2 {
                        break;
                    }
                }
                Ok(answer) => failure = refused(&answer),
                Err(error) => failure = PortError::Unreachable(error),
            }
        }
        if accepted > 0 { Ok(command.body.id()) } else { Err(failure) }
    }

    /// Gives many commands to one validator, which costs it less than one by one; what it did with
    /// each. Whoever wants more than one validator to have them sends them again after
    /// [`Self::turn`].
    ///
    /// # Errors
    /// [`PortError`]; none of them was taken then, or that is not known.
    pub async fn submit_all(
        &self,
        commands: &[SignedCommand],
    ) -> Result<Vec<BatchOutcome>, PortError> {
        let parcel = Parcel { path: COMMAND_BATCHES, body: encode(&commands) };
        let mut failure = PortError::NoValidators;
        for (number, validator) in self.in_order() {
            match self.give(validator, parcel.clone()).await {
                Err(PortError::Unreachable(error)) => failure = PortError::Unreachable(error),
                Err(refused) => return Err(refused),
                Ok(outcomes) => {
                    self.preferred.store(number, Ordering::Relaxed);
                    return Ok(outcomes);
                }
            }
        }
        Err(failure)
    }

    /// Gives many commands to two validators at the same time, and to others in place of those that do
    /// not take them; what the first to answer did with each. The other is not waited for, and has
    /// them also when the caller goes away.
    ///
    /// # Errors
    /// [`PortError`] when none answered.
    pub async fn submit_twice(
        &self,
        commands: &[SignedCommand],
    ) -> Result<Vec<BatchOutcome>, PortError> {
        let parcel = match commands {
            [one] => Parcel { path: COMMANDS, body: one.to_bytes() },
            many => Parcel { path: COMMAND_BATCHES, body: encode(&many) },
        };
        let (client, (first, answered)) = (self.clone(), oneshot::channel());
        tokio::spawn(async move {
            let mut first = Some(first);
            let mut tell = |answer| {
                // Nobody listens any more where the caller is gone.
                let _ = first.take().map(|first| first.send(answer));
            };
            let start = |number, tell| client.hand(number, parcel.clone(), tell);
            let mut wanted = 2usize;
            let heard = |taken| {
                tell(Ok(taken));
                wanted = wanted.saturating_sub(1);
                wanted
            };
            if let Err(fault) = client.ask(2, BESIDE, start, heard).await {
                // Nobody hears it where another took them.
                tell(Err(fault));
            }
        });
        answered.await.unwrap_or(Err(PortError::NoValidators))
    }

    /// Gives a list of commands to a validator in a task of its own, which tells its answer; false
    /// when that validator owes too many.
    fn hand(&self, number: usize, parcel: Parcel, tell: Tell<Vec<BatchOutcome>>) -> bool {
        let owing = self.owing.get(number).map(|owing| Arc::clone(owing).try_acquire_owned());
        let Some(Ok(owing)) = owing else { return false };
        let client = self.clone();
        tokio::spawn(async move {
            let Some(validator) = client.validators.get(number) else { return };
            let answer = client.give(validator, parcel).await;
            drop(owing);
            for outcome in answer.iter().flatten() {
                if let BatchOutcome::Refused { code, .. } = outcome {
                    tracing::warn!(code, %validator, "ledger.refused");
                }
            }
            // Nobody listens any more where two others have answered before.
            let _ = tell.send((number, answer));
        });
        true
    }

    /// Gives commands to a validator.
    async fn give(&self, validator: &str, parcel: Parcel) -> Result<Vec<BatchOutcome>, PortError> {
        let Parcel { path, body } = parcel;
        let request = ClientRequest::post(format!("{validator}{path}"), BCS, body);
        let answer = self.client.send(request).await.map_err(PortError::Unreachable)?;
        if !answer.is_success() {
            return Err(refused(&answer));
        }
        let outcomes = match path {
            COMMANDS => serde_json::from_slice(&answer.body).map(|taken| vec![taken]),
            _ => serde_json::from_slice(&answer.body).map(|batch: SubmittedBatch| batch.commands),
        };
        outcomes.map_err(|_| PortError::Unreadable { status: answer.status })
    }
}

#[cfg(test)]
mod tests;
