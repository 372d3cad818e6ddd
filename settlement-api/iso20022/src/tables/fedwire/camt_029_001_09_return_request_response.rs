//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_ReturnRequestResponse_camt_029_001_09_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.029.001.09", usage: "ReturnRequestResponse", message: one("RsltnOfInvstgtn", &ResolutionOfInvestigationV09), in_document: true };

pub(crate) static AnyBICDec2014Identifier: Type = pattern("AnyBICDec2014Identifier", r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}");
pub(crate) static BICFIDec2014Identifier: Type = pattern("BICFIDec2014Identifier", r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}");
pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static BranchAndFinancialInstitutionIdentification6__2: Type = seq("BranchAndFinancialInstitutionIdentification6__2", &[one("FinInstnId", &FinancialInstitutionIdentification18__2)]);
pub(crate) static CancellationStatusReason3Choice: Type = choice("CancellationStatusReason3Choice", &[one("Cd", &ExternalPaymentCancellationRejection1Code), one("Prtry", &Max35Text)]);
pub(crate) static CancellationStatusReason4__1: Type = seq("CancellationStatusReason4__1", &[opt("Orgtr", &PartyIdentification135__2), one("Rsn", &CancellationStatusReason3Choice), times("AddtlInf", &Max105Text, 0, 2)]);
pub(crate) static Case5__1: Type = seq("Case5__1", &[one("Id", &Max35Text), one("Cretr", &Party40Choice__2)]);
pub(crate) static CaseAssignment5__1: Type = seq("CaseAssignment5__1", &[one("Id", &Max35Text), one("Assgnr", &Party40Choice__1), one("Assgne", &Party40Choice__1), one("CreDtTm", &ISODateTime)]);
pub(crate) static ClearingSystemIdentification2Choice__1: Type = choice("ClearingSystemIdentification2Choice__1", &[one("Cd", &ExternalClearingSystemIdentification1Code_fixed)]);
pub(crate) static ClearingSystemIdentification2Choice__2: Type = choice("ClearingSystemIdentification2Choice__2", &[one("Cd", &ExternalClearingSystemIdentification1Code)]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &RoutingNumber_FRS_1)]);
pub(crate) static ClearingSystemMemberIdentification2__2: Type = seq("ClearingSystemMemberIdentification2__2", &[one("ClrSysId", &ClearingSystemIdentification2Choice__2), one("MmbId", &Max35Text)]);
pub(crate) static CountryCode: Type = pattern("CountryCode", r"[A-Z]{2,2}");
pub(crate) static DateAndPlaceOfBirth1: Type = seq("DateAndPlaceOfBirth1", &[one("BirthDt", &ISODate), opt("PrvcOfBirth", &Max35Text), one("CityOfBirth", &Max35Text), one("CtryOfBirth", &CountryCode)]);
pub(crate) static ExternalClearingSystemIdentification1Code: Type = text("ExternalClearingSystemIdentification1Code", 1, 5);
pub(crate) static ExternalClearingSystemIdentification1Code_fixed: Type = codes("ExternalClearingSystemIdentification1Code_fixed", &["USABA"]);
pub(crate) static ExternalInvestigationExecutionConfirmation1Code: Type = text("ExternalInvestigationExecutionConfirmation1Code", 1, 4);
pub(crate) static ExternalOrganisationIdentification1Code: Type = text("ExternalOrganisationIdentification1Code", 1, 4);
pub(crate) static ExternalPaymentCancellationRejection1Code: Type = text("ExternalPaymentCancellationRejection1Code", 1, 4);
pub(crate) static ExternalPersonIdentification1Code: Type = text("ExternalPersonIdentification1Code", 1, 4);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1)]);
pub(crate) static FinancialInstitutionIdentification18__2: Type = seq("FinancialInstitutionIdentification18__2", &[opt("BICFI", &BICFIDec2014Identifier), opt("ClrSysMmbId", &ClearingSystemMemberIdentification2__2), opt("LEI", &LEIIdentifier), opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress24__1)]);
pub(crate) static GenericOrganisationIdentification1: Type = seq("GenericOrganisationIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &OrganisationIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
pub(crate) static GenericPersonIdentification1: Type = seq("GenericPersonIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &PersonIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static InvestigationStatus5Choice__1: Type = choice("InvestigationStatus5Choice__1", &[one("Conf", &ExternalInvestigationExecutionConfirmation1Code)]);
pub(crate) static LEIIdentifier: Type = pattern("LEIIdentifier", r"[A-Z0-9]{18,18}[0-9]{2,2}");
pub(crate) static Max105Text: Type = text("Max105Text", 1, 105);
pub(crate) static Max140Text: Type = text("Max140Text", 1, 140);
pub(crate) static Max16Text: Type = text("Max16Text", 1, 16);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max70Text: Type = text("Max70Text", 1, 70);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static OrganisationIdentification29__1: Type = seq("OrganisationIdentification29__1", &[opt("AnyBIC", &AnyBICDec2014Identifier), opt("LEI", &LEIIdentifier), times("Othr", &GenericOrganisationIdentification1, 0, 2)]);
pub(crate) static OrganisationIdentificationSchemeName1Choice: Type = choice("OrganisationIdentificationSchemeName1Choice", &[one("Cd", &ExternalOrganisationIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static OriginalGroupInformation29__1: Type = seq("OriginalGroupInformation29__1", &[one("OrgnlMsgId", &Max35Text), one("OrgnlMsgNmId", &MessageNameIdentification_FRS_1), one("OrgnlCreDtTm", &ISODateTime)]);
pub(crate) static Party38Choice__1: Type = choice("Party38Choice__1", &[one("OrgId", &OrganisationIdentification29__1), one("PrvtId", &PersonIdentification13__1)]);
pub(crate) static Party40Choice__1: Type = choice("Party40Choice__1", &[one("Agt", &BranchAndFinancialInstitutionIdentification6__1)]);
pub(crate) static Party40Choice__2: Type = choice("Party40Choice__2", &[one("Pty", &PartyIdentification135__1), one("Agt", &BranchAndFinancialInstitutionIdentification6__2)]);
pub(crate) static PartyIdentification135__1: Type = seq("PartyIdentification135__1", &[opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress24__1), opt("Id", &Party38Choice__1), opt("CtryOfRes", &CountryCode)]);
pub(crate) static PartyIdentification135__2: Type = seq("PartyIdentification135__2", &[opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress24__2), opt("Id", &Party38Choice__1), opt("CtryOfRes", &CountryCode)]);
pub(crate) static PaymentTransaction102__1: Type = seq("PaymentTransaction102__1", &[opt("CxlStsId", &Max35Text), one("OrgnlGrpInf", &OriginalGroupInformation29__1), opt("OrgnlInstrId", &Max35Text), opt("OrgnlEndToEndId", &Max35Text), opt("OrgnlTxId", &Max35Text), one("OrgnlUETR", &UUIDv4Identifier), many("CxlStsRsnInf", &CancellationStatusReason4__1)]);
pub(crate) static PersonIdentification13__1: Type = seq("PersonIdentification13__1", &[opt("DtAndPlcOfBirth", &DateAndPlaceOfBirth1), times("Othr", &GenericPersonIdentification1, 0, 2)]);
pub(crate) static PersonIdentificationSchemeName1Choice: Type = choice("PersonIdentificationSchemeName1Choice", &[one("Cd", &ExternalPersonIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static PostalAddress24__1: Type = seq("PostalAddress24__1", &[opt("Dept", &Max70Text), opt("SubDept", &Max70Text), opt("StrtNm", &Max70Text), opt("BldgNb", &Max16Text), opt("BldgNm", &Max35Text), opt("Flr", &Max70Text), opt("PstBx", &Max16Text), opt("Room", &Max70Text), opt("PstCd", &Max16Text), opt("TwnNm", &Max35Text), opt("TwnLctnNm", &Max35Text), opt("DstrctNm", &Max35Text), opt("CtrySubDvsn", &Max35Text), opt("Ctry", &CountryCode), times("AdrLine", &Max35Text, 0, 3)]);
pub(crate) static PostalAddress24__2: Type = seq("PostalAddress24__2", &[opt("Dept", &Max70Text), opt("SubDept", &Max70Text), opt("StrtNm", &Max70Text), opt("BldgNb", &Max16Text), opt("BldgNm", &Max35Text), opt("Flr", &Max70Text), opt("PstBx", &Max16Text), opt("Room", &Max70Text), opt("PstCd", &Max16Text), one("TwnNm", &Max35Text), opt("TwnLctnNm", &Max35Text), opt("DstrctNm", &Max35Text), opt("CtrySubDvsn", &Max35Text), one("Ctry", &CountryCode), times("AdrLine", &Max70Text, 0, 2)]);
pub(crate) static ResolutionOfInvestigationV09: Type = seq("ResolutionOfInvestigationV09", &[one("Assgnmt", &CaseAssignment5__1), one("RslvdCase", &Case5__1), one("Sts", &InvestigationStatus5Choice__1), one("CxlDtls", &UnderlyingTransaction22__1)]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
pub(crate) static UUIDv4Identifier: Type = pattern("UUIDv4Identifier", r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}");
pub(crate) static UnderlyingTransaction22__1: Type = seq("UnderlyingTransaction22__1", &[one("TxInfAndSts", &PaymentTransaction102__1)]);
