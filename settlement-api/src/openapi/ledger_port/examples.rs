//! Examples of answers in JSON, made from the types that make real ones.

use ledger_core::{digest::Hash32, id::CommandId, time::Height};
use serde_json::Value;

use super::super::text::Id;
use crate::ledger_port::{BatchOutcome, PortStatus, Submitted, SubmittedBatch};

/// Schema and example.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    let hash = Hash32::from_hex(Id::EXAMPLE).unwrap_or(Hash32::ZERO);
    let status = PortStatus {
        chain_id: hash,
        height: Height::new(4_713),
        state_root: hash,
        certified: Height::new(4_712),
        proven: Height::new(4_711),
        mempool: 12,
    };
    let command_id = CommandId::new(*hash.get());
    let submitted = Submitted { command_id };
    let full = BatchOutcome::Refused { code: "pool_full".to_owned(), retry: true };
    let batch = SubmittedBatch { commands: vec![BatchOutcome::Taken { command_id }, full] };
    vec![
        ("PortStatus", serde_json::to_value(status).unwrap_or_default()),
        ("SubmittedBatch", serde_json::to_value(batch).unwrap_or_default()),
        ("Submitted", serde_json::to_value(submitted).unwrap_or_default()),
    ]
}
