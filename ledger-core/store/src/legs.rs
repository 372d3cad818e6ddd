//! Payment legs: what was said about one, and which there are under a UETR.
//!
//! One row per receipt that cites a leg, under the UETR and the first bytes of the leg's identity. A
//! UETR is free to choose, so two legs of one may share these bytes: the receipts tell them apart.
//!
//! # Place      the part of [`View`] that reads the rows of `batch` about legs
//! # Invariants every answer is bounded; a receipt that cites another leg is in no answer
//! # Absent     a leg's record (see [`View::record`])

use std::collections::BTreeSet;

use ledger_core::{
    id::{LegId, Uetr},
    receipt::{Kind, Receipt},
    record::{Name, Record},
};

use crate::{
    db::Family,
    error::StoreError,
    key::{self, LegPrefix},
    limits::MAX_PAGE,
    receipts::Reader,
    row::Position,
    view::View,
};

/// A receipt's place in the history of a leg, and the kind of command it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegEvent {
    /// Where the receipt stands.
    pub at: Position,
    /// What kind of command it is of.
    pub kind: Kind,
}

impl View {
    /// Receipts that cite a leg, oldest first, at most [`MAX_PAGE`]: refusals among them.
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn leg_history(&self, leg: &LegId) -> Result<Vec<LegEvent>, StoreError> {
        let Some(uetr) = self.uetr_of(leg)? else {
            self.check_named()?;
            return Ok(Vec::new());
        };
        let prefix = key::leg_prefix(&uetr, leg);
        let (mut reader, mut events) = (Reader::new(self), Vec::new());
        for row in self.ledger.db()?.scan(Family::Legs, &prefix)? {
            let (key, _) = row?;
            if !key.starts_with(&prefix) || events.len() >= MAX_PAGE {
                break;
            }
            let at = position(&key, &prefix)?;
            let receipt = reader.at(at)?;
            if leg_of(receipt, &uetr)? == *leg {
                events.push(LegEvent { at, kind: receipt.kind });
            }
        }
        Ok(events)
    }

    /// Legs that cite a UETR, in the order of their ids, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn legs_of_uetr(&self, uetr: &Uetr) -> Result<Vec<LegId>, StoreError> {
        let mut reader = Reader::new(self);
        let mut legs = BTreeSet::new();
        let mut from = Some(key::first_leg(uetr));
        while let Some(start) = from.filter(|_| legs.len() < MAX_PAGE) {
            let found = self.legs_from(uetr, &start, &mut reader, &mut legs)?;
            from = found.as_ref().and_then(key::next_leg);
        }
        Ok(legs.into_iter().take(MAX_PAGE).collect())
    }

    /// The legs that share the first prefix of a UETR from `start` on; answers that prefix. Of its
    /// receipts no more than [`MAX_PAGE`] are read: that many cite one leg, or two that were made to
    /// share their first bytes.
    fn legs_from(
        &self,
        uetr: &Uetr,
        start: &LegPrefix,
        reader: &mut Reader<'_>,
        legs: &mut BTreeSet<LegId>,
    ) -> Result<Option<LegPrefix>, StoreError> {
        let mut shared: Option<LegPrefix> = None;
        for row in self.ledger.db()?.scan(Family::Legs, start)?.take(MAX_PAGE) {
            let (key, _) = row?;
            if !key.starts_with(uetr.get()) {
                break;
            }
            let prefix = key::read_leg(&key).ok_or(StoreError::Damaged { what: "legs" })?;
            if *shared.get_or_insert(prefix) != prefix {
                break;
            }
            legs.insert(leg_of(reader.at(position(&key, &prefix)?)?, uetr)?);
        }
        Ok(shared)
    }

    /// The UETR of a leg: its record says it, or the row of a leg that was only refused.
    fn uetr_of(&self, leg: &LegId) -> Result<Option<Uetr>, StoreError> {
        if let Some(Record::Leg(found)) = self.record(&Name::Leg(*leg))? {
            return Ok(Some(found.leg.uetr));
        }
        let Some(bytes) = self.ledger.db()?.get(Family::RefusedLegs, leg.get())? else {
            return Ok(None);
        };
        let uetr = bytes.try_into().map_err(|_| StoreError::Damaged { what: "refused legs" })?;
        Ok(Some(Uetr::new(uetr)))
    }
}

fn position(key: &[u8], prefix: &LegPrefix) -> Result<Position, StoreError> {
    key::read_position(key, prefix).ok_or(StoreError::Damaged { what: "legs" })
}

/// The leg that a receipt under a UETR cites.
fn leg_of(receipt: &Receipt, uetr: &Uetr) -> Result<LegId, StoreError> {
    match &receipt.leg {
        Some(leg) if leg.uetr == *uetr => Ok(leg.id()),
        Some(_) | None => Err(StoreError::Damaged { what: "legs" }),
    }
}
