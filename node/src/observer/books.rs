//! An observer's store as the audit API reads it.
//!
//! # Place      audit API -> [books] -> `ledger_store::View`
//! # Invariants counts are of receipts that a certified header covers, each counted once
//! # Absent     who may ask (the API's)

use std::sync::{Arc, Mutex, PoisonError};

use ledger_core::{
    block::Header,
    digest::Hash32,
    id::{CommandId, LegId, Lei, Uetr},
    journal::LogName,
    proof::{BlockProof, RecordProof},
    receipt::{Effect, Outcome, Receipt},
    record::{Name, Record},
    state::LogAppend,
    time::Height,
};
use ledger_store::{Position, StoreError, View, limits::MAX_PAGE, recount::recount};
use settlement_api::{
    audit::port::{AuditFault, AuditLedger, LegReceipts, Recounted, Tally},
    ledger_port::{Certified, ProvedReceipt},
};
use verifier::Committee;

use crate::pipeline::{certified, prove};

/// Receipts of a leg that one answer holds.
const LEG_RECEIPTS: usize = 256;

/// Counts so far, and the last receipt that is in them.
#[derive(Default)]
struct Counted {
    tally: Tally,
    last: Option<Position>,
}

/// The store, and what was counted in it since the process started.
pub(super) struct Books {
    view: View,
    committee: Arc<Committee>,
    counted: Mutex<Counted>,
    /// One recount at a time: each reads every journal.
    recounting: Mutex<()>,
}

impl Books {
    pub(super) fn new(view: View, committee: Arc<Committee>) -> Self {
        Self { view, committee, counted: Mutex::default(), recounting: Mutex::new(()) }
    }
}

fn fault(error: StoreError) -> AuditFault {
    match error {
        StoreError::Pruned { below } => AuditFault::NotKept { from: below },
        other => AuditFault::of(other),
    }
}

impl AuditLedger for Books {
    fn committee(&self) -> &Committee {
        &self.committee
    }

    fn latest(&self) -> Result<Option<Certified>, AuditFault> {
        Ok(self.view.latest_certified().map_err(fault)?.map(certified))
    }

    fn covering(&self, height: Height) -> Result<Option<Certified>, AuditFault> {
        Ok(self.view.certified_covering(height).map_err(fault)?.map(certified))
    }

    fn header(&self, height: Height) -> Result<Option<Header>, AuditFault> {
        self.view.header(height).map_err(fault)
    }

    fn prove(&self, name: &Name, under: &Header) -> Result<Option<RecordProof>, AuditFault> {
        self.view.prove_record_under(name, under).map_err(fault)
    }

    fn prove_block(
        &self,
        height: Height,
        under: &Header,
    ) -> Result<Option<BlockProof>, AuditFault> {
        self.view.prove_block_under(height, under).map_err(fault)
    }

    fn record(&self, name: &Name) -> Result<Option<Record>, AuditFault> {
        self.view.record(name).map_err(fault)
    }

    fn rows(&self, log: &LogName, from: u64, limit: usize) -> Result<Vec<LogAppend>, AuditFault> {
        self.view.log_rows(log, from, limit).map_err(fault)
    }

    fn blinding(&self, height: Height) -> Result<Option<Hash32>, AuditFault> {
        self.view.blinding(height).map_err(fault)
    }

    fn legs(&self, uetr: &Uetr) -> Result<Vec<LegId>, AuditFault> {
        self.view.legs_of_uetr(uetr).map_err(fault)
    }

    fn leg_receipts(&self, leg: &LegId) -> Result<LegReceipts, AuditFault> {
        let events = self.view.leg_history(leg).map_err(fault)?;
        let mut found = LegReceipts { more: events.len() > LEG_RECEIPTS, ..LegReceipts::default() };
        let places: Vec<Position> =
            events.iter().take(LEG_RECEIPTS).map(|event| event.at).collect();
        found.proved = prove(&self.view, &places).map_err(fault)?;
        found.unproven = places.len().saturating_sub(found.proved.len());
        Ok(found)
    }

    fn receipt(&self, command: &CommandId) -> Result<Option<ProvedReceipt>, AuditFault> {
        let Some(at) = self.view.position_of(command).map_err(fault)? else { return Ok(None) };
        Ok(prove(&self.view, &[at]).map_err(fault)?.pop())
    }

    fn receipts_for(
        &self,
        party: &Lei,
        (height, index): (Height, u32),
        up_to: Height,
    ) -> Result<Vec<Receipt>, AuditFault> {
        let after = Position { height, index };
        let places = self.view.receipts_for(party, Some(after), up_to, MAX_PAGE).map_err(fault)?;
        self.view.receipts_at(&places).map_err(fault)
    }

    fn tally(&self, up_to: Height) -> Result<Tally, AuditFault> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let page = self.view.receipts_after(counted.last, up_to, MAX_PAGE).map_err(fault)?;
            let Some(last) = page.last() else { return Ok(counted.tally.clone()) };
            let last = Position { height: last.height, index: last.index };
            page.iter().for_each(|receipt| count(&mut counted.tally, receipt));
            counted.last = Some(last);
        }
    }

    fn recount(&self) -> Result<(Height, Vec<Recounted>), AuditFault> {
        let _one = self.recounting.lock().unwrap_or_else(PoisonError::into_inner);
        let (height, lines) = recount(&self.view).map_err(fault)?;
        // A rule that cannot be checked here is neither kept nor broken: it has no line.
        let checked = lines.into_iter().filter(|line| line.ok() || line.broken());
        let lines = checked.map(|line| Recounted {
            rule: line.rule.name(),
            currency: line.currency,
            expected: line.expected,
            found: line.found,
            ok: line.ok(),
        });
        Ok((height, lines.collect()))
    }
}

fn count(tally: &mut Tally, receipt: &Receipt) {
    let effect = match receipt.outcome {
        Outcome::Applied(effect) => effect,
        Outcome::Refused(refusal) => {
            let count = tally.refused.entry(refusal.code()).or_default();
            *count = count.saturating_add(1);
            return;
        }
    };
    let Some(money) = receipt.money else { return };
    let of = tally.of.entry(money.currency()).or_default();
    let count = match effect {
        Effect::Minted => &mut of.mints,
        Effect::Burned | Effect::BurnedByOrder => &mut of.burns,
        Effect::Settled => &mut of.payments,
        _ => return,
    };
    *count = count.saturating_add(1);
}

#[cfg(test)]
mod tests;
