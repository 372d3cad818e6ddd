//! Proofs under certified headers.
//!
//! A height is *covered* by a header that declares the results of that height or of a later one.
//! Only what a certified header covers is proven, and only that may be called final.
//!
//! # Place      the reading side that leaves the node: receipts and records for their parties
//! # Invariants W9 no proof leaves here that does not hold under the header it names
//! # Absent     whether a certificate is good (the engine checked it; the verifier checks it again)

use std::collections::BTreeMap;

use ledger_core::{
    block::Header,
    digest::Hash32,
    journal::SaltUse,
    limits::MAX_RESULTS_LAG,
    merkle::Tree,
    proof::{BlockProof, ReceiptProof, RecordProof},
    record::Name,
    time::Height,
};

use crate::{
    db::{Family, Pair},
    error::StoreError,
    key,
    limits::MAX_CERTIFICATE_ROW_BYTES,
    row::{self, CertificateRow, Position},
    view::View,
};

/// A header and its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The header.
    pub header: Header,
    /// The engine's certificate of it, as its bytes.
    pub certificate: Vec<u8>,
}

/// A proof and what it holds under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven<T> {
    /// The proof.
    pub proof: T,
    /// The header under whose results it holds.
    pub under: Certified,
}

impl View {
    /// The certificate of the header at a height.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn certificate(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        let row: Option<CertificateRow> = self.ledger.db()?.row(
            Family::Certificates,
            &key::height(height),
            MAX_CERTIFICATE_ROW_BYTES,
        )?;
        Ok(row.map(|row| row.certificate))
    }

    /// The highest header that has a certificate of its own.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn latest_certified(&self) -> Result<Option<Certified>, StoreError> {
        self.ledger.db()?.last(Family::Certificates)?.map(|pair| self.certified(&pair)).transpose()
    }

    /// The lowest certified header that covers a height.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn certified_covering(&self, height: Height) -> Result<Option<Certified>, StoreError> {
        let covers = |found: &Certified| found.header.results.height >= height;
        let Some(latest) = self.latest_certified()?.filter(covers) else { return Ok(None) };
        // Results rise with height: the certified headers that cover follow those that do not.
        // The first one is usually near.
        let (mut low, mut high) = (height.next().get(), latest.header.height.get());
        let near = low.saturating_add(MAX_RESULTS_LAG);
        if self.first_certified(near)?.as_ref().is_some_and(covers) {
            high = high.min(near);
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.first_certified(middle)?.as_ref().is_some_and(covers) {
                high = middle;
            } else {
                low = middle.saturating_add(1);
            }
        }
        self.first_certified(low)
    }

    /// Proof of one receipt, under the lowest certified header that covers it.
    ///
    /// # Errors
    /// As [`View::prove_receipts`].
    pub fn prove_receipt(&self, at: Position) -> Result<Option<Proven<ReceiptProof>>, StoreError> {
        let Some(proven) = self.prove_receipts(at.height, &[at.index])? else { return Ok(None) };
        let Proven { proof, under } = proven;
        Ok(proof.into_iter().next().map(|proof| Proven { proof, under }))
    }

    /// Proofs of receipts of one block, under the lowest certified header that covers it; `None`
    /// when there is no such header yet. Indices that the block does not have are left out.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], when what is stored would not hold under that header.
    pub fn prove_receipts(
        &self,
        height: Height,
        indices: &[u32],
    ) -> Result<Option<Proven<Vec<ReceiptProof>>>, StoreError> {
        let Some(under) = self.certified_covering(height)? else { return Ok(None) };
        let (Some(block), Some(history)) = (self.block(height)?, self.history_leaf(height)?) else {
            return Err(StoreError::Damaged { what: "blocks" });
        };
        let results = under.header.results;
        let history_path = self.history_path(height, results.height)?;
        let receipts = self.receipts(height)?;
        let salt = |index| SaltUse::Receipt(height, index).salt(&block.blinding);
        let tree = Tree::new(receipts.iter().map(|r| r.leaf(&salt(r.index))).collect());
        let mut proof = Vec::with_capacity(indices.len());
        for receipt in receipts.into_iter().filter(|r| indices.contains(&r.index)) {
            let path = tree.path(u64::from(receipt.index), tree.len(), &BTreeMap::new());
            let one = ReceiptProof {
                salt: salt(receipt.index),
                path: path.ok_or(StoreError::Damaged { what: "receipts" })?,
                receipt,
                history,
                history_path: history_path.clone(),
            };
            if !one.holds_under(&results) {
                return Err(StoreError::Damaged { what: "receipts" });
            }
            proof.push(one);
        }
        Ok(Some(Proven { proof, under }))
    }

    /// Proof of a record as it was in the results of the latest certified header. `None` when
    /// there was no such record, no certificate yet, or when those results are older than what the
    /// state can still show: more than 64 blocks, or before the process started.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], when the state would not hold under that header.
    pub fn prove_record(&self, name: &Name) -> Result<Option<Proven<RecordProof>>, StoreError> {
        let Some(under) = self.latest_certified()? else { return Ok(None) };
        let proof = self.prove_record_under(name, &under.header)?;
        Ok(proof.map(|proof| Proven { proof, under }))
    }

    /// Proof of a record as it was in the results of this header: several records under one header
    /// are of one moment. `None` as in [`View::prove_record`].
    ///
    /// # Errors
    /// [`StoreError::Damaged`], when the state would not hold under that header.
    pub fn prove_record_under(
        &self,
        name: &Name,
        header: &Header,
    ) -> Result<Option<RecordProof>, StoreError> {
        let results = header.results;
        match self.ledger.read(|memory| memory.state.prove_record(name, results.height))? {
            None => Ok(None),
            Some(proof) if proof.holds_under(&results) => Ok(Some(proof)),
            Some(_) => Err(StoreError::Damaged { what: "records" }),
        }
    }

    /// Proof of a block under a header that covers it; `None` when it does not.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], when the block would not be in that header's history.
    pub fn prove_block_under(
        &self,
        height: Height,
        header: &Header,
    ) -> Result<Option<BlockProof>, StoreError> {
        let results = header.results;
        let Some(history) = self.history_leaf(height)? else { return Ok(None) };
        if height > results.height {
            return Ok(None);
        }
        let history_path = self.history_path(height, results.height)?;
        let proof = BlockProof { history, history_path };
        let damaged = StoreError::Damaged { what: "history of blocks" };
        proof.holds_under(&results).then_some(Some(proof)).ok_or(damaged)
    }

    fn history_path(&self, block: Height, as_of: Height) -> Result<Vec<Hash32>, StoreError> {
        let path = self.ledger.memory()?.state.prove_block(block, as_of);
        path.ok_or(StoreError::Damaged { what: "history of blocks" })
    }

    /// The lowest certified header from a height on.
    fn first_certified(&self, from: u64) -> Result<Option<Certified>, StoreError> {
        let from = key::height(Height::new(from));
        let first = self.ledger.db()?.scan(Family::Certificates, &from)?.next();
        first.transpose()?.map(|pair| self.certified(&pair)).transpose()
    }

    fn certified(&self, (key, value): &Pair) -> Result<Certified, StoreError> {
        let row: CertificateRow = row::decode(value, MAX_CERTIFICATE_ROW_BYTES, "certificates")?;
        let height = row.header.height;
        let leaf = self.history_leaf(height)?;
        let same = key::read_height(key) == Some(height)
            && leaf.is_some_and(|leaf| leaf.digest == row.header.digest());
        if !same {
            return Err(StoreError::Damaged { what: "certificates" });
        }
        Ok(Certified { header: row.header, certificate: row.certificate })
    }
}
