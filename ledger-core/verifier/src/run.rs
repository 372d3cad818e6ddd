//! What the machine says of a call, as files and gateways spell it.
//!
//! # Place      summaries of receipts; a gateway's answer about a call
//! # Invariants W17 every word follows from the receipt
//! # Absent     fields of events: their layout stands in the module that defines the struct

use ledger_core::receipt::{CodePlace, Event, Run};
use serde::Serialize;

/// What came of code that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunText {
    /// Gas that was used.
    pub gas_used: u64,
    /// Move's name of how it ended, `EXECUTED` where it came to its end.
    pub status: String,
    /// The code of an abort; what the ledger refused is `0x460000` and the refusal's number.
    pub code: Option<u64>,
    /// Where it stopped.
    pub place: Option<PlaceText>,
    /// What contracts told, in order.
    pub events: Vec<EventText>,
}

/// A place in published code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceText {
    /// Key of the module.
    pub module: String,
    /// Index of the function's definition.
    pub function: u16,
    /// Index of the instruction.
    pub instruction: u16,
}

/// An event of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventText {
    /// The struct, as in `0x2::escrow::Opened`; its BCS in hex where that is no type.
    #[serde(rename = "type")]
    pub type_: String,
    /// The value: BCS in hex.
    pub value: String,
}

impl From<&Run> for RunText {
    fn from(run: &Run) -> Self {
        let status = run.status_name();
        Self {
            gas_used: run.gas_used,
            status: status.map_or_else(|| run.status.to_string(), ToOwned::to_owned),
            code: run.code,
            place: run.place.as_ref().map(PlaceText::from),
            events: run.events.iter().map(EventText::from).collect(),
        }
    }
}

impl From<&CodePlace> for PlaceText {
    fn from(place: &CodePlace) -> Self {
        let CodePlace { module, function, instruction } = *place;
        Self { module: module.to_hex(), function, instruction }
    }
}

impl From<&Event> for EventText {
    fn from(event: &Event) -> Self {
        let type_ = event.type_name().unwrap_or_else(|| hex::encode(&event.tag));
        Self { type_, value: hex::encode(&event.value) }
    }
}
