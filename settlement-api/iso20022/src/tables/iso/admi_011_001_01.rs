//! @generated from iso/admi.011.001.01.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.011.001.01", usage: "", message: one("SysEvtAck", &SystemEventAcknowledgementV01), in_document: true };

pub(crate) static Event1: Type = seq("Event1", &[one("EvtCd", &Max4AlphaNumericText), many("EvtParam", &Max35Text), opt("EvtDesc", &Max350Text), opt("EvtTm", &ISODateTime)]);
pub(crate) static Exact4AlphaNumericText: Type = pattern("Exact4AlphaNumericText", r"[a-zA-Z0-9]{4}");
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max350Text: Type = text("Max350Text", 1, 350);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max4AlphaNumericText: Type = bounded_pattern("Max4AlphaNumericText", 1, 4, r"[a-zA-Z0-9]{1,4}");
pub(crate) static SupplementaryData1: Type = seq("SupplementaryData1", &[opt("PlcAndNm", &Max350Text), one("Envlp", &SupplementaryDataEnvelope1)]);
pub(crate) static SupplementaryDataEnvelope1: Type = any("SupplementaryDataEnvelope1", "");
pub(crate) static SystemEventAcknowledgementV01: Type = seq("SystemEventAcknowledgementV01", &[one("MsgId", &Max35Text), opt("OrgtrRef", &Max35Text), opt("SttlmSsnIdr", &Exact4AlphaNumericText), opt("AckDtls", &Event1), many("SplmtryData", &SupplementaryData1)]);
