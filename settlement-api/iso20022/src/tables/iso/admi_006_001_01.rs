//! @generated from iso/admi.006.001.01.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "admi.006.001.01", usage: "", message: one("RsndReq", &ResendRequestV01), in_document: true };

pub(crate) static AddressType2Code: Type = codes("AddressType2Code", &["ADDR", "PBOX", "HOME", "BIZZ", "MLTO", "DLVY"]);
pub(crate) static AnyBICDec2014Identifier: Type = pattern("AnyBICDec2014Identifier", r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}");
pub(crate) static CountryCode: Type = pattern("CountryCode", r"[A-Z]{2,2}");
pub(crate) static ExternalEnquiryRequestType1Code: Type = text("ExternalEnquiryRequestType1Code", 1, 4);
pub(crate) static ExternalPaymentControlRequestType1Code: Type = text("ExternalPaymentControlRequestType1Code", 1, 4);
pub(crate) static GenericIdentification1: Type = seq("GenericIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &Max35Text), opt("Issr", &Max35Text)]);
pub(crate) static GenericIdentification36: Type = seq("GenericIdentification36", &[one("Id", &Max35Text), one("Issr", &Max35Text), opt("SchmeNm", &Max35Text)]);
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static LEIIdentifier: Type = pattern("LEIIdentifier", r"[A-Z0-9]{18,18}[0-9]{2,2}");
pub(crate) static Max16Text: Type = text("Max16Text", 1, 16);
pub(crate) static Max350Text: Type = text("Max350Text", 1, 350);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max70Text: Type = text("Max70Text", 1, 70);
pub(crate) static MessageHeader7: Type = seq("MessageHeader7", &[one("MsgId", &Max35Text), opt("CreDtTm", &ISODateTime), opt("ReqTp", &RequestType4Choice), opt("OrgnlBizQry", &OriginalBusinessQuery1), opt("QryNm", &Max35Text)]);
pub(crate) static NameAndAddress5: Type = seq("NameAndAddress5", &[one("Nm", &Max350Text), opt("Adr", &PostalAddress1)]);
pub(crate) static OriginalBusinessQuery1: Type = seq("OriginalBusinessQuery1", &[one("MsgId", &Max35Text), opt("MsgNmId", &Max35Text), opt("CreDtTm", &ISODateTime)]);
pub(crate) static PartyIdentification120Choice: Type = choice("PartyIdentification120Choice", &[one("AnyBIC", &AnyBICDec2014Identifier), one("PrtryId", &GenericIdentification36), one("NmAndAdr", &NameAndAddress5)]);
pub(crate) static PartyIdentification136: Type = seq("PartyIdentification136", &[one("Id", &PartyIdentification120Choice), opt("LEI", &LEIIdentifier)]);
pub(crate) static PostalAddress1: Type = seq("PostalAddress1", &[opt("AdrTp", &AddressType2Code), times("AdrLine", &Max70Text, 0, 5), opt("StrtNm", &Max70Text), opt("BldgNb", &Max16Text), opt("PstCd", &Max16Text), opt("TwnNm", &Max35Text), opt("CtrySubDvsn", &Max35Text), one("Ctry", &CountryCode)]);
pub(crate) static RequestType4Choice: Type = choice("RequestType4Choice", &[one("PmtCtrl", &ExternalPaymentControlRequestType1Code), one("Enqry", &ExternalEnquiryRequestType1Code), one("Prtry", &GenericIdentification1)]);
pub(crate) static ResendRequestV01: Type = seq("ResendRequestV01", &[one("MsgHdr", &MessageHeader7), some("RsndSchCrit", &ResendSearchCriteria2), many("SplmtryData", &SupplementaryData1)]);
pub(crate) static ResendSearchCriteria2: Type = seq("ResendSearchCriteria2", &[opt("BizDt", &ISODate), opt("SeqNb", &Max35Text), opt("SeqRg", &SequenceRange1Choice), opt("OrgnlMsgNmId", &Max35Text), opt("FileRef", &Max35Text), one("Rcpt", &PartyIdentification136)]);
pub(crate) static SequenceRange1: Type = seq("SequenceRange1", &[one("FrSeq", &Max35Text), one("ToSeq", &Max35Text)]);
pub(crate) static SequenceRange1Choice: Type = choice("SequenceRange1Choice", &[one("FrSeq", &Max35Text), one("ToSeq", &Max35Text), some("FrToSeq", &SequenceRange1), some("EQSeq", &Max35Text), some("NEQSeq", &Max35Text)]);
pub(crate) static SupplementaryData1: Type = seq("SupplementaryData1", &[opt("PlcAndNm", &Max350Text), one("Envlp", &SupplementaryDataEnvelope1)]);
pub(crate) static SupplementaryDataEnvelope1: Type = any("SupplementaryDataEnvelope1", "");
