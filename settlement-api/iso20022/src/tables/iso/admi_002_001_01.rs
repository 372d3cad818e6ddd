//! @generated from iso/admi.002.001.01.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.002.001.01", usage: "", message: one("admi.002.001.01", &admi_002_001_01), in_document: true };

pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max20000Text: Type = text("Max20000Text", 1, 20000);
pub(crate) static Max350Text: Type = text("Max350Text", 1, 350);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static MessageReference: Type = seq("MessageReference", &[one("Ref", &Max35Text)]);
pub(crate) static RejectionReason2: Type = seq("RejectionReason2", &[one("RjctgPtyRsn", &Max35Text), opt("RjctnDtTm", &ISODateTime), opt("ErrLctn", &Max350Text), opt("RsnDesc", &Max350Text), opt("AddtlData", &Max20000Text)]);
pub(crate) static admi_002_001_01: Type = seq("admi.002.001.01", &[one("RltdRef", &MessageReference), one("Rsn", &RejectionReason2)]);
