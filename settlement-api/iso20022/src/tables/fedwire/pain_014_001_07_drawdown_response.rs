//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_DrawdownResponse_pain_014_001_07_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "pain.014.001.07", usage: "DrawdownResponse", message: one("CdtrPmtActvtnReqStsRpt", &CreditorPaymentActivationRequestStatusReportV07), in_document: true };

pub(crate) static AnyBICDec2014Identifier: Type = pattern("AnyBICDec2014Identifier", r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}");
pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static ClearingSystemIdentification2Choice__1: Type = choice("ClearingSystemIdentification2Choice__1", &[one("Cd", &ExternalClearingSystemIdentification1Code_fixed)]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &RoutingNumber_FRS_1)]);
pub(crate) static CountryCode: Type = pattern("CountryCode", r"[A-Z]{2,2}");
pub(crate) static CreditorPaymentActivationRequestStatusReportV07: Type = seq("CreditorPaymentActivationRequestStatusReportV07", &[one("GrpHdr", &GroupHeader87__1), one("OrgnlGrpInfAndSts", &OriginalGroupInformation30__1), one("OrgnlPmtInfAndSts", &OriginalPaymentInstruction31__1)]);
pub(crate) static DateAndPlaceOfBirth1: Type = seq("DateAndPlaceOfBirth1", &[one("BirthDt", &ISODate), opt("PrvcOfBirth", &Max35Text), one("CityOfBirth", &Max35Text), one("CtryOfBirth", &CountryCode)]);
pub(crate) static ExternalClearingSystemIdentification1Code_fixed: Type = codes("ExternalClearingSystemIdentification1Code_fixed", &["USABA"]);
pub(crate) static ExternalOrganisationIdentification1Code: Type = text("ExternalOrganisationIdentification1Code", 1, 4);
pub(crate) static ExternalPaymentTransactionStatus1Code: Type = text("ExternalPaymentTransactionStatus1Code", 1, 4);
pub(crate) static ExternalPersonIdentification1Code: Type = text("ExternalPersonIdentification1Code", 1, 4);
pub(crate) static ExternalStatusReason1Code: Type = text("ExternalStatusReason1Code", 1, 4);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1)]);
pub(crate) static GenericOrganisationIdentification1: Type = seq("GenericOrganisationIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &OrganisationIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
pub(crate) static GenericPersonIdentification1: Type = seq("GenericPersonIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &PersonIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
pub(crate) static GroupHeader87__1: Type = seq("GroupHeader87__1", &[one("MsgId", &Max35Text), one("CreDtTm", &ISODateTime), one("InitgPty", &PartyIdentification135__1), one("DbtrAgt", &BranchAndFinancialInstitutionIdentification6__1), one("CdtrAgt", &BranchAndFinancialInstitutionIdentification6__1)]);
pub(crate) static IMAD_FedwireFunds_1: Type = bounded_pattern("IMAD_FedwireFunds_1", 22, 22, r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}");
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static LEIIdentifier: Type = pattern("LEIIdentifier", r"[A-Z0-9]{18,18}[0-9]{2,2}");
pub(crate) static Max105Text: Type = text("Max105Text", 1, 105);
pub(crate) static Max140Text: Type = text("Max140Text", 1, 140);
pub(crate) static Max16Text: Type = text("Max16Text", 1, 16);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max70Text: Type = text("Max70Text", 1, 70);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static OrganisationIdentification29__1: Type = seq("OrganisationIdentification29__1", &[opt("AnyBIC", &AnyBICDec2014Identifier), opt("LEI", &LEIIdentifier), times("Othr", &GenericOrganisationIdentification1, 0, 2)]);
pub(crate) static OrganisationIdentificationSchemeName1Choice: Type = choice("OrganisationIdentificationSchemeName1Choice", &[one("Cd", &ExternalOrganisationIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static OriginalGroupInformation30__1: Type = seq("OriginalGroupInformation30__1", &[one("OrgnlMsgId", &IMAD_FedwireFunds_1), one("OrgnlMsgNmId", &MessageNameIdentification_FRS_1), one("OrgnlCreDtTm", &ISODateTime)]);
pub(crate) static OriginalPaymentInstruction31__1: Type = seq("OriginalPaymentInstruction31__1", &[one("OrgnlPmtInfId", &Max35Text), one("TxInfAndSts", &PaymentTransaction104__1)]);
pub(crate) static Party38Choice__1: Type = choice("Party38Choice__1", &[one("OrgId", &OrganisationIdentification29__1), one("PrvtId", &PersonIdentification13__1)]);
pub(crate) static PartyIdentification135__1: Type = seq("PartyIdentification135__1", &[opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress24__1), opt("Id", &Party38Choice__1), opt("CtryOfRes", &CountryCode)]);
pub(crate) static PaymentTransaction104__1: Type = seq("PaymentTransaction104__1", &[opt("OrgnlInstrId", &Max35Text), opt("OrgnlEndToEndId", &Max35Text), one("OrgnlUETR", &UUIDv4Identifier), one("TxSts", &ExternalPaymentTransactionStatus1Code), many("StsRsnInf", &StatusReasonInformation12__1)]);
pub(crate) static PersonIdentification13__1: Type = seq("PersonIdentification13__1", &[opt("DtAndPlcOfBirth", &DateAndPlaceOfBirth1), times("Othr", &GenericPersonIdentification1, 0, 2)]);
pub(crate) static PersonIdentificationSchemeName1Choice: Type = choice("PersonIdentificationSchemeName1Choice", &[one("Cd", &ExternalPersonIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static PostalAddress24__1: Type = seq("PostalAddress24__1", &[opt("Dept", &Max70Text), opt("SubDept", &Max70Text), opt("StrtNm", &Max70Text), opt("BldgNb", &Max16Text), opt("BldgNm", &Max35Text), opt("Flr", &Max70Text), opt("PstBx", &Max16Text), opt("Room", &Max70Text), opt("PstCd", &Max16Text), one("TwnNm", &Max35Text), opt("TwnLctnNm", &Max35Text), opt("DstrctNm", &Max35Text), opt("CtrySubDvsn", &Max35Text), one("Ctry", &CountryCode), times("AdrLine", &Max70Text, 0, 2)]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
pub(crate) static StatusReason6Choice: Type = choice("StatusReason6Choice", &[one("Cd", &ExternalStatusReason1Code), one("Prtry", &Max35Text)]);
pub(crate) static StatusReasonInformation12__1: Type = seq("StatusReasonInformation12__1", &[opt("Orgtr", &PartyIdentification135__1), one("Rsn", &StatusReason6Choice), times("AddtlInf", &Max105Text, 0, 2)]);
pub(crate) static UUIDv4Identifier: Type = pattern("UUIDv4Identifier", r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}");
