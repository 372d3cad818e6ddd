//! An account's complete history between two heights, as a `florin-history-1` file.
//!
//! # Place      the account's journal, read once, under the record that commits to it
//! # Invariants W21; what is answered verifies offline, since it is checked here as a reader does
//! # Absent     an index over the journal: a path is cut from all of its entries

use ledger_core::{
    account::Account,
    codec::decode,
    digest::leaf_hash,
    id::AccountId,
    journal::{JournalEntry, LogName},
    limits::MAX_PAYLOAD_BYTES,
    merkle::RangeCut,
    record::{Name, Record},
    state::LogAppend,
    time::Height,
};
use verifier::{
    HistoryFault, HistoryFile, VerifyError,
    history::{HistoryProof, ShownBlock, ShownEntry, Span},
    limits::{MAX_ENTRY_BYTES, MAX_HISTORY_BLOCKS, MAX_HISTORY_MOVEMENTS},
    payments::PaymentsFault,
};

use super::{
    AuditLedger, AuditRefused, issuance,
    moment::Moment,
    port::AuditFault,
    proof::{each_row, up_to},
};

/// The history file of an account between two heights, both included.
///
/// # Errors
/// [`AuditRefused`].
pub fn history_file(
    ledger: &dyn AuditLedger,
    account: &AccountId,
    asked: issuance::Span,
) -> Result<String, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let span = Span { from: moment.height(Some(asked.from))?, to: moment.height(asked.to)? };
    if span.from > span.to {
        return Err(AuditRefused::Malformed("`from` is above `to`"));
    }
    let name = Name::Account(*account);
    if ledger.record(&name)?.is_none() {
        return Err(AuditRefused::NotFound);
    }
    let (account, record) = match moment.prove(&name) {
        Ok((Record::Account(account), record)) => (account, record),
        Ok(_) => return Err(AuditFault::inconsistent("records").into()),
        // It was opened by a block that no certified header covers yet.
        Err(AuditRefused::NotProven) if moment.prove(&Name::Chain).is_ok() => {
            return Err(AuditRefused::NotFound);
        }
        Err(refused) => return Err(refused),
    };
    let proof = cut(ledger, &account, span)?;
    let (header, certificate) = (&moment.certified.header, &moment.certified.certificate);
    HistoryFile::build(&record, &proof, header, certificate, moment.genesis()).map_err(refused)
}

/// What does not fit a file is asked for in parts; anything else contradicts what is stored.
pub(super) fn refused(error: VerifyError) -> AuditRefused {
    match error {
        VerifyError::History(HistoryFault::TooLong { what, limit }) => {
            AuditRefused::HistoryTooLong { what, limit }
        }
        VerifyError::Payments(PaymentsFault::TooLong { what, limit }) => {
            AuditRefused::HistoryTooLong { what, limit }
        }
        VerifyError::TooLarge { limit } => AuditRefused::HistoryTooLong { what: "bytes", limit },
        error => AuditFault::of(error).into(),
    }
}

/// The run of the journal around a span, with its path.
pub(super) fn cut(
    ledger: &dyn AuditLedger,
    account: &Account,
    span: Span,
) -> Result<HistoryProof, AuditRefused> {
    let (log, count) = (LogName::Account(account.id), account.journal.count);
    let height = |entry: &JournalEntry| entry.height;
    let start = match span.from.get().checked_sub(1) {
        Some(below) => up_to(ledger, (&log, count), Height::new(below), height)?,
        None => 0,
    };
    let end = up_to(ledger, (&log, count), span.to, height)?;
    if end.saturating_sub(start) > u64::try_from(MAX_HISTORY_BLOCKS).unwrap_or(u64::MAX) {
        return Err(AuditRefused::HistoryTooLong { what: "blocks", limit: MAX_HISTORY_BLOCKS });
    }
    let mut proof = HistoryProof {
        span,
        index: start.saturating_sub(1),
        path: Vec::new(),
        before: None,
        blocks: Vec::new(),
        after: None,
    };
    let last = end.min(count.saturating_sub(1));
    // An account that nothing touched has no entry to show.
    let Some(mut path) = RangeCut::new(proof.index..=last, count) else { return Ok(proof) };
    let mut movements = 0u64;
    each_row(ledger, &log, count, |row| {
        path.push(leaf_hash(&row.salt, &row.bytes));
        if row.index < proof.index || row.index > last {
            return Ok(());
        }
        let shown = entry(&row)?;
        if row.index < start {
            proof.before = Some(shown);
        } else if row.index >= end {
            proof.after = Some(shown);
        } else {
            movements = movements.saturating_add(shown.entry.movements.count);
            if movements > u64::try_from(MAX_HISTORY_MOVEMENTS).unwrap_or(u64::MAX) {
                let (what, limit) = ("movements", MAX_HISTORY_MOVEMENTS);
                return Err(AuditRefused::HistoryTooLong { what, limit });
            }
            proof.blocks.push(block(ledger, account.id, shown, &row)?);
        }
        Ok(())
    })?;
    proof.path = path.path().ok_or_else(|| AuditFault::inconsistent("lists"))?;
    Ok(proof)
}

fn entry(row: &LogAppend) -> Result<ShownEntry, AuditRefused> {
    let entry = decode(&row.bytes, MAX_ENTRY_BYTES).map_err(AuditFault::of)?;
    Ok(ShownEntry { entry, salt: row.salt })
}

/// A block with its movements, whose salts follow from its blinding secret (W8).
fn block(
    ledger: &dyn AuditLedger,
    account: AccountId,
    shown: ShownEntry,
    row: &LogAppend,
) -> Result<ShownBlock, AuditRefused> {
    let blinding = ledger.blinding(shown.entry.height)?;
    let blinding = blinding.ok_or_else(|| AuditFault::inconsistent("blocks"))?;
    let movements = decode(&row.detail, MAX_PAYLOAD_BYTES).map_err(AuditFault::of)?;
    Ok(ShownBlock::of(account, shown, movements, &blinding))
}
