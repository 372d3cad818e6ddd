//! Who certified when, from genesis on.
//!
//! # Place      the part of [`View`] that reads the journal of the committee (D5)
//! # Invariants W23 what is answered is what a certified header and its certificate show; the reader checks
//! # Absent     that check (see `verifier`)

use ledger_core::{
    block::Header,
    codec::decode,
    draft::Records as _,
    epoch::Epochs,
    genesis::{Validator, VoteKey},
    halt::Halt,
    journal::LogName,
    limits::MAX_RECORD_BYTES,
    misconduct::{Evidence, wanted_under},
    record::{Name, Record},
    time::LedgerTime,
    validators::{Committee, CommitteeEntry},
};

use crate::{
    error::StoreError,
    limits::{MAX_LOG_BYTES, MAX_PAGE},
    view::View,
};

/// A committee hands over to these validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredHandover {
    /// The last header of an epoch, which names them.
    pub header: Header,
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// The validators from the next block on, ascending by identity.
    pub validators: Vec<Validator>,
}

fn damaged<E>(_: E) -> StoreError {
    StoreError::Damaged { what: "journal of the committee" }
}

impl View {
    /// The record of the committee after the last executed block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn committee(&self) -> Result<Committee, StoreError> {
        let record = self.ledger.read(|memory| memory.state.record(&Name::Committee).cloned())?;
        match record {
            Some(Record::Committee(found)) => Ok(*found),
            _ => Err(damaged(())),
        }
    }

    /// The vote key under which the ledger would record evidence now; `None` where it has no use for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn wants(&self, evidence: &Evidence) -> Result<Option<VoteKey>, StoreError> {
        self.ledger
            .read(|memory| wanted_under(&memory.state, memory.state.header().height, evidence))
    }

    /// Vote keys of the committee whose holders were seen to misbehave.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expelled(&self) -> Result<usize, StoreError> {
        let record = self.ledger.read(|memory| memory.state.record(&Name::Expelled).cloned())?;
        Ok(match record {
            Some(Record::Expelled(found)) => found.vote_keys.len(),
            _ => 0,
        })
    }

    /// The last halt, if it is on at the time of the last block; and that time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn halt(&self) -> Result<Option<(Halt, LedgerTime)>, StoreError> {
        self.ledger.read(|memory| {
            let now = memory.state.header().time;
            Halt::of(&memory.state).filter(|halt| halt.is_on(now)).map(|halt| (halt.clone(), now))
        })
    }

    /// Entries of the committee's journal, each with the validators that stand beside it.
    fn committees(&self) -> Result<Vec<(CommitteeEntry, Vec<Validator>)>, StoreError> {
        let (mut found, mut from) = (Vec::new(), 0u64);
        loop {
            let rows = self.log_rows(&LogName::Committee, from, MAX_PAGE)?;
            for row in &rows {
                let entry = decode(&row.bytes, MAX_LOG_BYTES).map_err(damaged)?;
                found.push((entry, decode(&row.detail, MAX_RECORD_BYTES).map_err(damaged)?));
            }
            match rows.last() {
                Some(last) if rows.len() >= MAX_PAGE => from = last.index.saturating_add(1),
                _ => return Ok(found),
            }
        }
    }

    /// The validators of every committee so far, the present one included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn past_committees(&self) -> Result<Vec<Vec<Validator>>, StoreError> {
        let mut all: Vec<_> = self.committees()?.into_iter().map(|(_, found)| found).collect();
        all.push(self.committee()?.validators);
        Ok(all)
    }

    /// Every handover so far, in their order; one whose certificate is not here ends the list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn handovers(&self) -> Result<Vec<StoredHandover>, StoreError> {
        let epochs: Epochs = self.committee()?.epochs();
        let mut handovers = Vec::new();
        for (entry, validators) in self.committees()? {
            // The entry of the block in which a committee begins.
            let begins = entry.epoch > 0 && epochs.first(entry.epoch) == entry.height;
            let Some(last) = entry.height.previous().filter(|_| begins) else { continue };
            let (header, certificate) = (self.header(last)?, self.certificate(last)?);
            let (Some(header), Some(certificate)) = (header, certificate) else { break };
            handovers.push(StoredHandover { header, certificate, validators });
        }
        Ok(handovers)
    }
}
