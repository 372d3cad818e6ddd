//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_FedwireFundsPaymentStatus_pacs_002_001_10_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "pacs.002.001.10", usage: "FedwireFundsPaymentStatus", message: one("FIToFIPmtStsRpt", &FIToFIPaymentStatusReportV10), in_document: true };

pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static BranchAndFinancialInstitutionIdentification6__2: Type = seq("BranchAndFinancialInstitutionIdentification6__2", &[one("FinInstnId", &FinancialInstitutionIdentification18__2)]);
pub(crate) static ClearingSystemIdentification2Choice__1: Type = choice("ClearingSystemIdentification2Choice__1", &[one("Cd", &ExternalClearingSystemIdentification1Code_fixed)]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &Max35Text_fixed)]);
pub(crate) static ClearingSystemMemberIdentification2__2: Type = seq("ClearingSystemMemberIdentification2__2", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &RoutingNumber_FRS_1)]);
pub(crate) static DateAndDateTime2Choice__1: Type = choice("DateAndDateTime2Choice__1", &[one("Dt", &ISODate)]);
pub(crate) static ExternalClearingSystemIdentification1Code_fixed: Type = codes("ExternalClearingSystemIdentification1Code_fixed", &["USABA"]);
pub(crate) static ExternalPaymentTransactionStatus1Code: Type = text("ExternalPaymentTransactionStatus1Code", 1, 4);
pub(crate) static FIToFIPaymentStatusReportV10: Type = seq("FIToFIPaymentStatusReportV10", &[one("GrpHdr", &GroupHeader91__1), one("TxInfAndSts", &PaymentTransaction110__1)]);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1)]);
pub(crate) static FinancialInstitutionIdentification18__2: Type = seq("FinancialInstitutionIdentification18__2", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__2)]);
pub(crate) static GroupHeader91__1: Type = seq("GroupHeader91__1", &[one("MsgId", &Max35Text), one("CreDtTm", &ISODateTime)]);
pub(crate) static IMAD_FedwireFunds_1: Type = bounded_pattern("IMAD_FedwireFunds_1", 22, 22, r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}");
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max105Text: Type = text("Max105Text", 1, 105);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max35Text_fixed: Type = codes("Max35Text_fixed", &["021151080"]);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static OriginalGroupInformation29__1: Type = seq("OriginalGroupInformation29__1", &[one("OrgnlMsgId", &IMAD_FedwireFunds_1), one("OrgnlMsgNmId", &MessageNameIdentification_FRS_1), one("OrgnlCreDtTm", &ISODateTime)]);
pub(crate) static PaymentTransaction110__1: Type = seq("PaymentTransaction110__1", &[one("OrgnlGrpInf", &OriginalGroupInformation29__1), one("OrgnlUETR", &UUIDv4Identifier), one("TxSts", &ExternalPaymentTransactionStatus1Code), many("StsRsnInf", &StatusReasonInformation12__1), opt("AccptncDtTm", &ISODateTime), opt("FctvIntrBkSttlmDt", &DateAndDateTime2Choice__1), one("InstgAgt", &BranchAndFinancialInstitutionIdentification6__1), one("InstdAgt", &BranchAndFinancialInstitutionIdentification6__2)]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
pub(crate) static StatusReason6Choice__1: Type = choice("StatusReason6Choice__1", &[one("Prtry", &Max35Text)]);
pub(crate) static StatusReasonInformation12__1: Type = seq("StatusReasonInformation12__1", &[one("Rsn", &StatusReason6Choice__1), one("AddtlInf", &Max105Text)]);
pub(crate) static UUIDv4Identifier: Type = pattern("UUIDv4Identifier", r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}");
