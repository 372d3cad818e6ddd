//! The rows of a store that begins after a snapshot.

use std::path::Path;

use ledger_core::{
    digest::Hash32, journal::lists_of, merkle::Frontier, proof::SlotContent, record::Record,
    time::Height,
};

use super::load::Checked;
use crate::{
    db::{Batch, Db, Family},
    error::StoreError,
    key,
    row::{AppliedRow, BaseRow, BlockRow, Closing, Meta, Position, PrunedRow, SCHEMA},
    slot_row,
};

/// Rows of one batch: a slot has a few at most.
const SLOTS_IN_BATCH: usize = 4_096;

impl Checked {
    /// Writes the store. The rows that make it one are written last.
    pub(super) fn write(self, folder: &Path) -> Result<(), StoreError> {
        let db = Db::open(folder)?;
        let mut row = Vec::new();
        let slots: Vec<_> = self.chunks.slots.iter().zip(&self.chunks.edges).collect();
        for (first, slots) in (0u64..).step_by(SLOTS_IN_BATCH).zip(slots.chunks(SLOTS_IN_BATCH)) {
            let mut batch = db.batch()?;
            for (slot, (stored, edges)) in (first..).zip(slots) {
                slot_row::bytes(stored, edges, stored.leaf(slot), &mut row);
                batch.put(Family::Slots, &key::slot(slot), &row)?;
                if let SlotContent::Used { record, .. } = stored.content.as_ref() {
                    self.of_record(&mut batch, record, edges)?;
                }
            }
            db.write(batch)?;
        }
        for leaves in self.chunks.history.chunks(SLOTS_IN_BATCH) {
            let mut batch = db.batch()?;
            for leaf in leaves {
                batch.put_row(Family::History, &key::height(leaf.height), leaf)?;
            }
            db.write(batch)?;
        }
        for (height, ids) in &self.chunks.windows {
            db.put(Family::Windows, &key::height(*height), ids)?;
        }
        self.found(&db)?;
        db.sync()
    }

    /// What stands before the lists of a record, and where a leg had its receipts.
    fn of_record(
        &self,
        batch: &mut Batch<'_>,
        record: &Record,
        edges: &[Frontier],
    ) -> Result<(), StoreError> {
        for ((log, _), edge) in lists_of(record).zip(edges) {
            if *edge != Frontier::EMPTY {
                let base = BaseRow { edge: edge.clone(), closing: closing(record) };
                batch.put_row(Family::Logs, &key::base(&log), &base)?;
            }
        }
        if let Record::Leg(found) = record {
            let (uetr, id) = (&found.leg.uetr, found.leg.id());
            // No receipt has this place: it says that there are some that are not kept.
            let at = Position { height: self.height(), index: u32::MAX };
            batch.put(Family::Legs, &key::leg(uetr, &id, at), &[])?;
        }
        Ok(())
    }

    fn height(&self) -> Height {
        self.state.header().height
    }

    /// The last blocks, and what exists once.
    fn found(&self, db: &Db) -> Result<(), StoreError> {
        let mut batch = db.batch()?;
        for header in &self.chunks.headers {
            let results = self.roots.get(&header.height).copied();
            let results = results.ok_or(StoreError::Damaged { what: "blocks" })?;
            // Secrets of earlier blocks are in no snapshot; nothing that is kept needs them.
            let last = header.height == self.height();
            let blinding = if last { self.state.chain_record().blinding } else { Hash32::ZERO };
            let row = BlockRow { header: *header, blinding, results };
            batch.put_row(Family::Blocks, &key::height(header.height), &row)?;
        }
        if let Some(last) = &self.last {
            batch.put_row(Family::Certificates, &key::height(last.header.height), last)?;
        }
        let digest = self.state.header().digest();
        let applied = AppliedRow { digest, results: *self.state.results(), free: self.free };
        let after = self.height().next();
        let slots = self.state.slots();
        let pruned = PrunedRow { below: after, named: after, blocks: after, slots };
        batch.put_row(Family::Meta, Meta::Applied.key(), &applied)?;
        batch.put_row(Family::Meta, Meta::Pruned.key(), &pruned)?;
        batch.put_row(Family::Meta, Meta::Chain.key(), &self.state.header().chain)?;
        batch.put_row(Family::Meta, Meta::Clean.key(), &true)?;
        batch.put_row(Family::Meta, Meta::Schema.key(), &SCHEMA)?;
        db.write(batch)
    }
}

/// What a record says its list closed with.
fn closing(record: &Record) -> Closing {
    match record {
        Record::Account(account) => Closing::Account(account.balances),
        Record::Currency(currency) => Closing::Currency(currency.totals),
        _ => Closing::Nothing,
    }
}
