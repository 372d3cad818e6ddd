//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_AccountReportingRequest_camt_060_001_05_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.060.001.05", usage: "AccountReportingRequest", message: one("AcctRptgReq", &AccountReportingRequestV05), in_document: true };

pub(crate) static AccountIdentification4Choice__1: Type = choice("AccountIdentification4Choice__1", &[one("Othr", &GenericAccountIdentification1__1)]);
pub(crate) static AccountReportingRequestV05: Type = seq("AccountReportingRequestV05", &[one("GrpHdr", &GroupHeader77__1), one("RptgReq", &ReportingRequest5__1)]);
pub(crate) static AccountReporting_FedwireFunds_1: Type = codes("AccountReporting_FedwireFunds_1", &["DTLS", "DTLR", "ETOT", "ABAR"]);
pub(crate) static AccountType_FRS_1: Type = codes("AccountType_FRS_1", &["S", "M"]);
pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static CashAccount38__1: Type = seq("CashAccount38__1", &[one("Id", &AccountIdentification4Choice__1), one("Tp", &CashAccountType2Choice__1)]);
pub(crate) static CashAccountType2Choice__1: Type = choice("CashAccountType2Choice__1", &[one("Prtry", &AccountType_FRS_1)]);
pub(crate) static ClearingSystemIdentification2Choice__1: Type = choice("ClearingSystemIdentification2Choice__1", &[one("Cd", &ExternalClearingSystemIdentification1Code_fixed)]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &RoutingNumber_FRS_1)]);
pub(crate) static EndpointIdentifier_FedwireFunds_1: Type = bounded_pattern("EndpointIdentifier_FedwireFunds_1", 8, 8, r"[A-Z0-9]{8,8}");
pub(crate) static ExternalClearingSystemIdentification1Code_fixed: Type = codes("ExternalClearingSystemIdentification1Code_fixed", &["USABA"]);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1), opt("Othr", &GenericFinancialIdentification1__1)]);
pub(crate) static GenericAccountIdentification1__1: Type = seq("GenericAccountIdentification1__1", &[one("Id", &RoutingNumber_FRS_1)]);
pub(crate) static GenericFinancialIdentification1__1: Type = seq("GenericFinancialIdentification1__1", &[one("Id", &EndpointIdentifier_FedwireFunds_1)]);
pub(crate) static GroupHeader77__1: Type = seq("GroupHeader77__1", &[one("MsgId", &Max35Text), one("CreDtTm", &ISODateTime)]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static Party40Choice__1: Type = choice("Party40Choice__1", &[one("Agt", &BranchAndFinancialInstitutionIdentification6__1)]);
pub(crate) static ReportingRequest5__1: Type = seq("ReportingRequest5__1", &[one("Id", &AccountReporting_FedwireFunds_1), one("ReqdMsgNmId", &MessageNameIdentification_FRS_1), opt("Acct", &CashAccount38__1), one("AcctOwnr", &Party40Choice__1), opt("RptgSeq", &SequenceRange1Choice__1)]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
pub(crate) static SequenceRange1Choice__1: Type = choice("SequenceRange1Choice__1", &[one("FrToSeq", &SequenceRange1__1)]);
pub(crate) static SequenceRange1__1: Type = seq("SequenceRange1__1", &[one("FrSeq", &X_SequenceNumber_FedwireFunds_1), one("ToSeq", &X_SequenceNumber_FedwireFunds_1)]);
pub(crate) static X_SequenceNumber_FedwireFunds_1: Type = whole("X_SequenceNumber_FedwireFunds_1", 1, 999999);
