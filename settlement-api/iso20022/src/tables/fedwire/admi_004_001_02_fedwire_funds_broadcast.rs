//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_FedwireFundsBroadcast_admi_004_001_02_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.004.001.02", usage: "FedwireFundsBroadcast", message: one("SysEvtNtfctn", &SystemEventNotificationV02), in_document: true };

pub(crate) static Event2__1: Type = seq("Event2__1", &[one("EvtCd", &Event_FedwireFunds_1), one("EvtParam", &ISODate), opt("EvtDesc", &Max1000Text), one("EvtTm", &ISODateTime)]);
pub(crate) static Event_FedwireFunds_1: Type = codes("Event_FedwireFunds_1", &["OPEN", "CLSD", "EXTN", "ADHC"]);
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max1000Text: Type = text("Max1000Text", 1, 1000);
pub(crate) static SystemEventNotificationV02: Type = seq("SystemEventNotificationV02", &[one("EvtInf", &Event2__1)]);
