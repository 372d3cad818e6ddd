//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_FedwireFundsAcknowledgement_admi_007_001_01_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.007.001.01", usage: "FedwireFundsAcknowledgement", message: one("RctAck", &ReceiptAcknowledgementV01), in_document: true };

pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max4AlphaNumericText_fixed: Type = codes("Max4AlphaNumericText_fixed", &["TS01"]);
pub(crate) static MessageHeader10__1: Type = seq("MessageHeader10__1", &[one("MsgId", &OMAD_FedwireFunds_1), one("CreDtTm", &ISODateTime)]);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static MessageReference1__1: Type = seq("MessageReference1__1", &[one("Ref", &Max35Text), one("MsgNm", &MessageNameIdentification_FRS_1)]);
pub(crate) static OMAD_FedwireFunds_1: Type = pattern("OMAD_FedwireFunds_1", r"[A-Z0-9]{34,34}");
pub(crate) static ReceiptAcknowledgementReport2__1: Type = seq("ReceiptAcknowledgementReport2__1", &[one("RltdRef", &MessageReference1__1), one("ReqHdlg", &RequestHandling2__1)]);
pub(crate) static ReceiptAcknowledgementV01: Type = seq("ReceiptAcknowledgementV01", &[one("MsgId", &MessageHeader10__1), one("Rpt", &ReceiptAcknowledgementReport2__1)]);
pub(crate) static RequestHandling2__1: Type = seq("RequestHandling2__1", &[one("StsCd", &Max4AlphaNumericText_fixed)]);
