//! Examples of answers in JSON, made from the types that make real ones.

use ledger_core::{digest::Hash32, id::CommandId, time::Height};
use serde_json::Value;

use super::super::text::Id;
use crate::ledger_port::{PortStatus, Submitted};

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
    let submitted = Submitted { command_id: CommandId::new(*hash.get()) };
    vec![
        ("PortStatus", serde_json::to_value(status).unwrap_or_default()),
        ("Submitted", serde_json::to_value(submitted).unwrap_or_default()),
    ]
}
