//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_ConnectionCheck_admi_004_001_02_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.004.001.02", usage: "ConnectionCheck", message: one("SysEvtNtfctn", &SystemEventNotificationV02), in_document: true };

pub(crate) static EndpointIdentifier_FedwireFunds_1: Type = bounded_pattern("EndpointIdentifier_FedwireFunds_1", 8, 8, r"[A-Z0-9]{8,8}");
pub(crate) static Event2__1: Type = seq("Event2__1", &[one("EvtCd", &Event_FedwireFunds_1), one("EvtParam", &EndpointIdentifier_FedwireFunds_1), one("EvtTm", &ISODateTime)]);
pub(crate) static Event_FedwireFunds_1: Type = codes("Event_FedwireFunds_1", &["PING"]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static SystemEventNotificationV02: Type = seq("SystemEventNotificationV02", &[one("EvtInf", &Event2__1)]);
