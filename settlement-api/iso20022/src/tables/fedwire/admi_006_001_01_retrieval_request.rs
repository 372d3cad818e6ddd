//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_RetrievalRequest_admi_006_001_01_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.006.001.01", usage: "RetrievalRequest", message: one("RsndReq", &ResendRequestV01), in_document: true };

pub(crate) static EndpointIdentifier_FedwireFunds_1: Type = bounded_pattern("EndpointIdentifier_FedwireFunds_1", 8, 8, r"[A-Z0-9]{8,8}");
pub(crate) static GenericIdentification1__1: Type = seq("GenericIdentification1__1", &[one("Id", &TrafficType_FedwireFunds_1)]);
pub(crate) static GenericIdentification36__1: Type = seq("GenericIdentification36__1", &[one("Id", &EndpointIdentifier_FedwireFunds_1), one("Issr", &Max35Text_fixed)]);
pub(crate) static IMADOrOMAD_FedwireFunds_1: Type = bounded_pattern("IMADOrOMAD_FedwireFunds_1", 22, 34, r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}([0-9]{4}[0-9]{4}[A-Z0-9]{4}){0,1}");
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max35Text_fixed: Type = codes("Max35Text_fixed", &["NA"]);
pub(crate) static MessageHeader7__1: Type = seq("MessageHeader7__1", &[one("MsgId", &Max35Text), one("CreDtTm", &ISODateTime), one("ReqTp", &RequestType4Choice__1)]);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static PartyIdentification120Choice__1: Type = choice("PartyIdentification120Choice__1", &[one("PrtryId", &GenericIdentification36__1)]);
pub(crate) static PartyIdentification136__1: Type = seq("PartyIdentification136__1", &[one("Id", &PartyIdentification120Choice__1)]);
pub(crate) static RequestType4Choice__1: Type = choice("RequestType4Choice__1", &[one("Prtry", &GenericIdentification1__1)]);
pub(crate) static ResendRequestV01: Type = seq("ResendRequestV01", &[one("MsgHdr", &MessageHeader7__1), one("RsndSchCrit", &ResendSearchCriteria2__1)]);
pub(crate) static ResendSearchCriteria2__1: Type = seq("ResendSearchCriteria2__1", &[one("BizDt", &ISODate), opt("SeqRg", &SequenceRange1Choice__1), opt("OrgnlMsgNmId", &MessageNameIdentification_FRS_1), opt("FileRef", &IMADOrOMAD_FedwireFunds_1), one("Rcpt", &PartyIdentification136__1)]);
pub(crate) static SequenceRange1Choice__1: Type = choice("SequenceRange1Choice__1", &[some("FrToSeq", &SequenceRange1__1)]);
pub(crate) static SequenceRange1__1: Type = seq("SequenceRange1__1", &[one("FrSeq", &X_SequenceNumber_FedwireFunds_1), one("ToSeq", &X_SequenceNumber_FedwireFunds_1)]);
pub(crate) static TrafficType_FedwireFunds_1: Type = codes("TrafficType_FedwireFunds_1", &["S", "R"]);
pub(crate) static X_SequenceNumber_FedwireFunds_1: Type = whole("X_SequenceNumber_FedwireFunds_1", 1, 999999);
