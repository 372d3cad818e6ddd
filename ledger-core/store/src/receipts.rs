//! Receipts: of a block, of a command, of a party, in ledger order.
//!
//! # Place      the part of [`View`] that reads the rows of `batch` about receipts
//! # Invariants every answer is bounded; I9 a receipt stands where its height and index say, or the
//! #            row is damaged
//! # Absent     proofs (see `proofs`); legs (see `legs`)

use ledger_core::{
    id::{CommandId, Lei},
    receipt::Receipt,
    time::Height,
};

use crate::{
    db::{Family, Pair},
    error::StoreError,
    key,
    limits::{MAX_PAGE, MAX_PLACES_BYTES, MAX_RECEIPTS_ROW_BYTES, RECEIPTS_IN_ROW},
    row::{self, Position},
    view::View,
};

impl View {
    /// Receipts of a block, in order; none for a block not executed.
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn receipts(&self, height: Height) -> Result<Vec<Receipt>, StoreError> {
        let receipts = self.stored_receipts(height)?;
        self.check_kept(height)?;
        Ok(receipts)
    }

    /// Those receipts of a block that there are rows of.
    pub(crate) fn stored_receipts(&self, height: Height) -> Result<Vec<Receipt>, StoreError> {
        let prefix = key::height(height);
        let mut receipts = Vec::new();
        for row in self.ledger.db()?.scan(Family::Receipts, &prefix)? {
            let row = row?;
            if !row.0.starts_with(&prefix) {
                break;
            }
            receipts.extend(read_row(&row)?);
        }
        Ok(receipts)
    }

    /// Receipts of all blocks in ledger order: those after a place, up to block `up_to`, at most
    /// `limit` and at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn receipts_after(
        &self,
        after: Option<Position>,
        up_to: Height,
        limit: usize,
    ) -> Result<Vec<Receipt>, StoreError> {
        let from = after.map(key::receipts_row);
        let mut found = Vec::new();
        for row in self.ledger.db()?.scan(Family::Receipts, from.as_ref().map_or(&[], |key| key))? {
            for receipt in read_row(&row?)? {
                if receipt.height > up_to || found.len() >= limit.min(MAX_PAGE) {
                    self.check_kept_after(after)?;
                    return Ok(found);
                }
                if after.is_none_or(|after| after < place(&receipt)) {
                    found.push(receipt);
                }
            }
        }
        self.check_kept_after(after)?;
        Ok(found)
    }

    /// Refuses to go on after a place when a receipt that follows it is not kept.
    fn check_kept_after(&self, after: Option<Position>) -> Result<(), StoreError> {
        if self.pruned()?.is_none() {
            return Ok(());
        }
        let Some(after) = after else { return self.check_kept(Height::new(0)) };
        let receipts = self.history_leaf(after.height)?.map_or(0, |leaf| leaf.receipts.count);
        let ended = receipts <= u64::from(after.index).saturating_add(1);
        self.check_kept(if ended { after.height.next() } else { after.height })
    }

    /// The receipt at a position.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn receipt(&self, at: Position) -> Result<Option<Receipt>, StoreError> {
        Ok(Reader::new(self).receipt(at)?.cloned())
    }

    /// The receipts at these positions, at each of which there is one: neighbours are read together.
    ///
    /// # Errors
    /// [`StoreError`], when one cannot be read or is missing.
    pub fn receipts_at(&self, places: &[Position]) -> Result<Vec<Receipt>, StoreError> {
        let mut reader = Reader::new(self);
        places.iter().map(|at| reader.at(*at).cloned()).collect()
    }

    /// Where the receipt of a command stands.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn position_of(&self, command: &CommandId) -> Result<Option<Position>, StoreError> {
        let found = self.ledger.db()?.get(Family::Commands, command.get())?;
        if found.is_none() {
            self.check_named()?;
        }
        let damaged = StoreError::Damaged { what: "commands" };
        found.map(|bytes| key::read_position(&bytes, &[]).ok_or(damaged)).transpose()
    }

    /// The receipt of a command, for ever (I9).
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn receipt_of(&self, command: &CommandId) -> Result<Option<Receipt>, StoreError> {
        match self.position_of(command)? {
            None => Ok(None),
            Some(at) => Reader::new(self).at(at).cloned().map(Some),
        }
    }

    /// Positions of the receipts that a party may see: those after `after`, up to block `up_to`,
    /// at most `limit` and at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn receipts_for(
        &self,
        party: &Lei,
        after: Option<Position>,
        up_to: Height,
        limit: usize,
    ) -> Result<Vec<Position>, StoreError> {
        let first = after.map_or(Height::new(0), |at| at.height);
        let mut found = Vec::new();
        for row in self.ledger.db()?.scan(Family::Parties, &key::party(party, first))? {
            let (key, value) = row?;
            if !key.starts_with(key::party_prefix(party)) {
                break;
            }
            let height = key::read_party(&key, party);
            let height = height.ok_or(StoreError::Damaged { what: "parties" })?;
            if height > up_to {
                break;
            }
            for index in row::decode::<Vec<u32>>(&value, MAX_PLACES_BYTES, "parties")? {
                let at = Position { height, index };
                if after.is_some_and(|after| at <= after) {
                    continue;
                }
                if found.len() >= limit.min(MAX_PAGE) {
                    self.check_kept_after(after)?;
                    return Ok(found);
                }
                found.push(at);
            }
        }
        self.check_kept_after(after)?;
        Ok(found)
    }
}

/// Reads receipts one by one. The row read last is kept, since neighbours are asked for together.
pub(crate) struct Reader<'a> {
    view: &'a View,
    row: Option<([u8; 12], Vec<Receipt>)>,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub(crate) const fn new(view: &'a View) -> Self {
        Self { view, row: None }
    }

    /// The receipt at a position.
    pub(crate) fn receipt(&mut self, at: Position) -> Result<Option<&Receipt>, StoreError> {
        let key = key::receipts_row(at);
        if self.row.as_ref().is_none_or(|(read, _)| *read != key) {
            let Some(value) = self.view.ledger.db()?.get(Family::Receipts, &key)? else {
                self.view.check_kept(at.height)?;
                return Ok(None);
            };
            let receipts = read_row(&(key.into(), value.into()))?;
            self.row = Some((key, receipts));
        }
        let receipts = self.row.as_ref().map_or([].as_slice(), |(_, receipts)| receipts);
        Ok(receipts.iter().find(|receipt| place(receipt) == at))
    }

    /// The receipt at a position that another row names.
    pub(crate) fn at(&mut self, at: Position) -> Result<&Receipt, StoreError> {
        self.receipt(at)?.ok_or(StoreError::Damaged { what: "receipts" })
    }
}

const fn place(receipt: &Receipt) -> Position {
    Position { height: receipt.height, index: receipt.index }
}

/// The receipts of a row, each of which must be one that belongs there.
fn read_row((key, value): &Pair) -> Result<Vec<Receipt>, StoreError> {
    let damaged = StoreError::Damaged { what: "receipts" };
    let receipts: Vec<Receipt> = row::decode(value, MAX_RECEIPTS_ROW_BYTES, "receipts")?;
    let Some(Position { height, index: number }) = key::read_position(key, &[]) else {
        return Err(damaged);
    };
    let first = u64::from(number).saturating_mul(u64::from(RECEIPTS_IN_ROW));
    let belong = receipts
        .iter()
        .zip(first..)
        .all(|(receipt, index)| receipt.height == height && u64::from(receipt.index) == index);
    let count = u32::try_from(receipts.len()).unwrap_or(u32::MAX);
    if belong && (1..=RECEIPTS_IN_ROW).contains(&count) { Ok(receipts) } else { Err(damaged) }
}
