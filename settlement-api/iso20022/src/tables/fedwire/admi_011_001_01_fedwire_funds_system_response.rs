//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_FedwireFundsSystemResponse_admi_011_001_01_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.011.001.01", usage: "FedwireFundsSystemResponse", message: one("SysEvtAck", &SystemEventAcknowledgementV01), in_document: true };

pub(crate) static EndpointIdentifier_FedwireFunds_1: Type = bounded_pattern("EndpointIdentifier_FedwireFunds_1", 8, 8, r"[A-Z0-9]{8,8}");
pub(crate) static Event1__1: Type = seq("Event1__1", &[one("EvtCd", &Event_FedwireFunds_1), one("EvtParam", &EndpointIdentifier_FedwireFunds_1), one("EvtTm", &ISODateTime)]);
pub(crate) static Event_FedwireFunds_1: Type = codes("Event_FedwireFunds_1", &["PING"]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static SystemEventAcknowledgementV01: Type = seq("SystemEventAcknowledgementV01", &[one("MsgId", &Max35Text), one("AckDtls", &Event1__1)]);
