//! That the history of blocks under an earlier certified header goes on under the latest, as a
//! `florin-consistency-1` file.
//!
//! # Place      an examiner who kept an earlier header or proof asks whether the past was rewritten
//! # Invariants W26; what is answered verifies offline, since it is checked here as a reader does
//! # Absent     headers that the examiner names itself: the lowest one that covers a height is taken

use ledger_core::time::Height;
use verifier::ConsistencyFile;

use super::{AuditLedger, AuditRefused, moment::Moment, port::AuditFault};

/// The consistency file from the lowest certified header that covers a height to the latest one.
///
/// # Errors
/// [`AuditRefused`].
pub fn consistency_file(ledger: &dyn AuditLedger, from: Height) -> Result<String, AuditRefused> {
    if from == Height::new(0) {
        return Err(AuditRefused::Malformed("`from` is at least 1: genesis declares no history"));
    }
    let newer = Moment::latest(ledger)?;
    let from = newer.height(Some(from))?;
    let older = ledger.covering(from)?.ok_or(AuditRefused::NotProven)?;
    let last = older.header.results.height;
    let block = ledger.prove_block(last, &newer.certified.header)?;
    let block = block.ok_or_else(|| AuditFault::inconsistent("history of blocks"))?;
    let file = ConsistencyFile::build(
        &block,
        (&older.header, &older.certificate),
        (&newer.certified.header, &newer.certified.certificate),
        newer.genesis(),
    );
    Ok(file.map_err(AuditFault::of)?)
}
