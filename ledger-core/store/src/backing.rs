//! What stands behind each currency after the last block, for those who watch.
//!
//! # Place      the part of [`View`] that an observer's metrics read
//! # Invariants I2 reserves and claims are those that a mint would be checked against
//! # Absent     proofs (the audit API has them)

use ledger_core::{
    controls::MintControls,
    draft::Records as _,
    limits::BASIS_POINTS,
    money::Currency,
    record::{Name, Record},
    reserve::{Backing, ReserveBooks},
    state::State,
    time::LedgerTime,
};

use crate::{error::StoreError, view::View};

/// What stands behind a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backed {
    /// Which.
    pub currency: Currency,
    /// Effective reserves over claims, in basis points, rounded down; nothing where there is no claim.
    pub coverage: Option<u64>,
    /// Milliseconds until the first of its accounts' attestations no longer counts: 0 where one does not
    /// count now; nothing where it has no account.
    pub fresh_ms: Option<u64>,
}

impl View {
    /// What stands behind each currency, in the order of their codes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn backing(&self) -> Result<Vec<Backed>, StoreError> {
        self.ledger.read(|memory| {
            let state = &memory.state;
            let codes = state.parameters().currencies.iter();
            codes.filter_map(|code| backed(state, *code)).collect()
        })
    }
}

fn backed(state: &State, code: Currency) -> Option<Backed> {
    let now = state.header().time;
    let Some(Record::Currency(currency)) = state.record(&Name::Currency(code)) else { return None };
    let terms = match state.record(&Name::MintControls(code)) {
        Some(Record::MintControls(controls)) => controls.terms.clone(),
        _ => MintControls::new(code).terms,
    };
    let freshness = terms.freshness(state.parameters().values.limits.attestation_max_age_ms);
    let books: Vec<ReserveBooks> = currency
        .reserves
        .iter()
        .filter_map(|id| match state.record(&Name::Reserve(*id)) {
            Some(Record::Reserve(reserve)) => Some(reserve.books),
            _ => None,
        })
        .collect();
    let effective = Backing::of(&books, now, &freshness).effective();
    let claims = currency.totals.claims(currency.paid);
    let until = |books: &ReserveBooks| {
        let until = books.attested.as_ref().map(|(attested, _)| freshness.until(attested.as_of));
        until.map_or(0, |until: LedgerTime| until.get().saturating_sub(now.get()))
    };
    let coverage = effective.saturating_mul(BASIS_POINTS.into()).checked_div(claims);
    Some(Backed {
        currency: code,
        coverage: coverage.map(|points| u64::try_from(points).unwrap_or(u64::MAX)),
        fresh_ms: books.iter().map(until).min(),
    })
}
