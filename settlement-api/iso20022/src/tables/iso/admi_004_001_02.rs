//! @generated from iso/admi.004.001.02.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.004.001.02", usage: "", message: one("SysEvtNtfctn", &SystemEventNotificationV02), in_document: true };

pub(crate) static Event2: Type = seq("Event2", &[one("EvtCd", &Max4AlphaNumericText), many("EvtParam", &Max35Text), opt("EvtDesc", &Max1000Text), opt("EvtTm", &ISODateTime)]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max1000Text: Type = text("Max1000Text", 1, 1000);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max4AlphaNumericText: Type = bounded_pattern("Max4AlphaNumericText", 1, 4, r"[a-zA-Z0-9]{1,4}");
pub(crate) static SystemEventNotificationV02: Type = seq("SystemEventNotificationV02", &[one("EvtInf", &Event2)]);
