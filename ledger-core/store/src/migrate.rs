//! From one schema to the next: small steps, each one batch with the number it leads to.
//!
//! ```text
//! 1        other families: not opened; refilled from blocks, or from a snapshot taken by its binary
//! 2 -> 3   nothing is rewritten; from here on rows may say what is not kept
//! 3 -> 4   nothing is rewritten; from here on a slot's row begins with what a start needs of it
//! ```
//!
//! A step only adds: rows of every schema in the table are read as they are, also beside a writer.
//! What changes rows goes through a snapshot, whose bytes have a version of their own (`snapshot`).
//!
//! # Place      `store` runs it when it opens for writing; a reader reads every schema in the table
//! # Invariants a process that ends between two steps leaves a store of one schema or of the next
//! # Absent     steps back: an older binary refuses a newer store

use crate::{
    db::{Batch, Db, Family},
    error::StoreError,
    row::{Meta, SCHEMA},
};

/// What leads from a schema to the one after it.
type Step = fn(&Db, &mut Batch<'_>) -> Result<(), StoreError>;

/// Every schema that can be read, with the step that leads away from it, in order.
const STEPS: [(u32, Step); 2] = [(2, nothing_to_rewrite), (3, nothing_to_rewrite)];

/// Schema 3 adds rows that a store of schema 2 has none of; rows of slots as schema 3 has them are
/// read, and replaced when the slots change.
const fn nothing_to_rewrite(_: &Db, _: &mut Batch<'_>) -> Result<(), StoreError> {
    Ok(())
}

/// Whether rows of this schema are read as they are.
pub(crate) fn is_known(schema: u32) -> bool {
    schema == SCHEMA || STEPS.iter().any(|(from, _)| *from == schema)
}

/// Brings a store of a known schema to this binary's.
pub(crate) fn run(db: &Db, found: u32) -> Result<(), StoreError> {
    let mut schema = found;
    for (from, step) in STEPS {
        if from != schema {
            continue;
        }
        schema = schema.saturating_add(1);
        let mut batch = db.batch()?;
        step(db, &mut batch)?;
        batch.put_row(Family::Meta, Meta::Schema.key(), &schema)?;
        db.write(batch)?;
        db.sync()?;
        tracing::info!(from, to = schema, "store.migrated");
    }
    if schema == SCHEMA { Ok(()) } else { Err(StoreError::OtherSchema { known: SCHEMA, found }) }
}
