//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_MessageReject_admi_002_001_01_20241122_1718.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.002.001.01", usage: "MessageReject", message: one("admi.002.001.01", &MessageRejectV01), in_document: true };

pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max350Text: Type = text("Max350Text", 1, 350);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static MessageReference: Type = seq("MessageReference", &[one("Ref", &Max35Text)]);
pub(crate) static MessageRejectV01: Type = seq("MessageRejectV01", &[one("RltdRef", &MessageReference), one("Rsn", &RejectionReason2__1)]);
pub(crate) static RejectionReason2__1: Type = seq("RejectionReason2__1", &[one("RjctgPtyRsn", &Max35Text), one("RjctnDtTm", &ISODateTime), opt("RsnDesc", &Max350Text)]);
