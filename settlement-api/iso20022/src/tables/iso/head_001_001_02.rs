//! @generated from iso/head.001.001.02.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;
use crate::table::UNBOUNDED;

pub(crate) static SCHEMA: Schema = Schema { name: "head.001.001.02", usage: "", message: one("AppHdr", &BusinessApplicationHeaderV02), in_document: false };

pub(crate) static AddressType2Code: Type = codes("AddressType2Code", &["ADDR", "PBOX", "HOME", "BIZZ", "MLTO", "DLVY"]);
pub(crate) static AddressType3Choice: Type = choice("AddressType3Choice", &[one("Cd", &AddressType2Code), one("Prtry", &GenericIdentification30)]);
pub(crate) static AnyBICDec2014Identifier: Type = pattern("AnyBICDec2014Identifier", r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}");
pub(crate) static BICFIDec2014Identifier: Type = pattern("BICFIDec2014Identifier", r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}");
pub(crate) static BranchAndFinancialInstitutionIdentification6: Type = seq("BranchAndFinancialInstitutionIdentification6", &[one("FinInstnId", &FinancialInstitutionIdentification18), opt("BrnchId", &BranchData3)]);
pub(crate) static BranchData3: Type = seq("BranchData3", &[opt("Id", &Max35Text), opt("LEI", &LEIIdentifier), opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress24)]);
pub(crate) static BusinessApplicationHeader5: Type = seq("BusinessApplicationHeader5", &[opt("CharSet", &UnicodeChartsCode), one("Fr", &Party44Choice), one("To", &Party44Choice), one("BizMsgIdr", &Max35Text), one("MsgDefIdr", &Max35Text), opt("BizSvc", &Max35Text), one("CreDt", &ISODateTime), opt("CpyDplct", &CopyDuplicate1Code), opt("PssblDplct", &YesNoIndicator), opt("Prty", &BusinessMessagePriorityCode), opt("Sgntr", &SignatureEnvelope)]);
pub(crate) static BusinessApplicationHeaderV02: Type = seq("BusinessApplicationHeaderV02", &[opt("CharSet", &UnicodeChartsCode), one("Fr", &Party44Choice), one("To", &Party44Choice), one("BizMsgIdr", &Max35Text), one("MsgDefIdr", &Max35Text), opt("BizSvc", &Max35Text), opt("MktPrctc", &ImplementationSpecification1), one("CreDt", &ISODateTime), opt("BizPrcgDt", &ISODateTime), opt("CpyDplct", &CopyDuplicate1Code), opt("PssblDplct", &YesNoIndicator), opt("Prty", &BusinessMessagePriorityCode), opt("Sgntr", &SignatureEnvelope), many("Rltd", &BusinessApplicationHeader5)]);
pub(crate) static BusinessMessagePriorityCode: Type = text("BusinessMessagePriorityCode", 0, UNBOUNDED);
pub(crate) static ClearingSystemIdentification2Choice: Type = choice("ClearingSystemIdentification2Choice", &[one("Cd", &ExternalClearingSystemIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static ClearingSystemMemberIdentification2: Type = seq("ClearingSystemMemberIdentification2", &[opt("ClrSysId", &ClearingSystemIdentification2Choice), one("MmbId", &Max35Text)]);
pub(crate) static Contact4: Type = seq("Contact4", &[opt("NmPrfx", &NamePrefix2Code), opt("Nm", &Max140Text), opt("PhneNb", &PhoneNumber), opt("MobNb", &PhoneNumber), opt("FaxNb", &PhoneNumber), opt("EmailAdr", &Max2048Text), opt("EmailPurp", &Max35Text), opt("JobTitl", &Max35Text), opt("Rspnsblty", &Max35Text), opt("Dept", &Max70Text), many("Othr", &OtherContact1), opt("PrefrdMtd", &PreferredContactMethod1Code)]);
pub(crate) static CopyDuplicate1Code: Type = codes("CopyDuplicate1Code", &["CODU", "COPY", "DUPL"]);
pub(crate) static CountryCode: Type = pattern("CountryCode", r"[A-Z]{2,2}");
pub(crate) static DateAndPlaceOfBirth1: Type = seq("DateAndPlaceOfBirth1", &[one("BirthDt", &ISODate), opt("PrvcOfBirth", &Max35Text), one("CityOfBirth", &Max35Text), one("CtryOfBirth", &CountryCode)]);
pub(crate) static Exact4AlphaNumericText: Type = pattern("Exact4AlphaNumericText", r"[a-zA-Z0-9]{4}");
pub(crate) static ExternalClearingSystemIdentification1Code: Type = text("ExternalClearingSystemIdentification1Code", 1, 5);
pub(crate) static ExternalFinancialInstitutionIdentification1Code: Type = text("ExternalFinancialInstitutionIdentification1Code", 1, 4);
pub(crate) static ExternalOrganisationIdentification1Code: Type = text("ExternalOrganisationIdentification1Code", 1, 4);
pub(crate) static ExternalPersonIdentification1Code: Type = text("ExternalPersonIdentification1Code", 1, 4);
pub(crate) static FinancialIdentificationSchemeName1Choice: Type = choice("FinancialIdentificationSchemeName1Choice", &[one("Cd", &ExternalFinancialInstitutionIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static FinancialInstitutionIdentification18: Type = seq("FinancialInstitutionIdentification18", &[opt("BICFI", &BICFIDec2014Identifier), opt("ClrSysMmbId", &ClearingSystemMemberIdentification2), opt("LEI", &LEIIdentifier), opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress24), opt("Othr", &GenericFinancialIdentification1)]);
pub(crate) static GenericFinancialIdentification1: Type = seq("GenericFinancialIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &FinancialIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
pub(crate) static GenericIdentification30: Type = seq("GenericIdentification30", &[one("Id", &Exact4AlphaNumericText), one("Issr", &Max35Text), opt("SchmeNm", &Max35Text)]);
pub(crate) static GenericOrganisationIdentification1: Type = seq("GenericOrganisationIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &OrganisationIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
pub(crate) static GenericPersonIdentification1: Type = seq("GenericPersonIdentification1", &[one("Id", &Max35Text), opt("SchmeNm", &PersonIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static ImplementationSpecification1: Type = seq("ImplementationSpecification1", &[one("Regy", &Max350Text), one("Id", &Max2048Text)]);
pub(crate) static LEIIdentifier: Type = pattern("LEIIdentifier", r"[A-Z0-9]{18,18}[0-9]{2,2}");
pub(crate) static Max128Text: Type = text("Max128Text", 1, 128);
pub(crate) static Max140Text: Type = text("Max140Text", 1, 140);
pub(crate) static Max16Text: Type = text("Max16Text", 1, 16);
pub(crate) static Max2048Text: Type = text("Max2048Text", 1, 2048);
pub(crate) static Max350Text: Type = text("Max350Text", 1, 350);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max4Text: Type = text("Max4Text", 1, 4);
pub(crate) static Max70Text: Type = text("Max70Text", 1, 70);
pub(crate) static NamePrefix2Code: Type = codes("NamePrefix2Code", &["DOCT", "MADM", "MISS", "MIST", "MIKS"]);
pub(crate) static OrganisationIdentification29: Type = seq("OrganisationIdentification29", &[opt("AnyBIC", &AnyBICDec2014Identifier), opt("LEI", &LEIIdentifier), many("Othr", &GenericOrganisationIdentification1)]);
pub(crate) static OrganisationIdentificationSchemeName1Choice: Type = choice("OrganisationIdentificationSchemeName1Choice", &[one("Cd", &ExternalOrganisationIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static OtherContact1: Type = seq("OtherContact1", &[one("ChanlTp", &Max4Text), opt("Id", &Max128Text)]);
pub(crate) static Party38Choice: Type = choice("Party38Choice", &[one("OrgId", &OrganisationIdentification29), one("PrvtId", &PersonIdentification13)]);
pub(crate) static Party44Choice: Type = choice("Party44Choice", &[one("OrgId", &PartyIdentification135), one("FIId", &BranchAndFinancialInstitutionIdentification6)]);
pub(crate) static PartyIdentification135: Type = seq("PartyIdentification135", &[opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress24), opt("Id", &Party38Choice), opt("CtryOfRes", &CountryCode), opt("CtctDtls", &Contact4)]);
pub(crate) static PersonIdentification13: Type = seq("PersonIdentification13", &[opt("DtAndPlcOfBirth", &DateAndPlaceOfBirth1), many("Othr", &GenericPersonIdentification1)]);
pub(crate) static PersonIdentificationSchemeName1Choice: Type = choice("PersonIdentificationSchemeName1Choice", &[one("Cd", &ExternalPersonIdentification1Code), one("Prtry", &Max35Text)]);
pub(crate) static PhoneNumber: Type = pattern("PhoneNumber", r"\+[0-9]{1,3}-[0-9()+\-]{1,30}");
pub(crate) static PostalAddress24: Type = seq("PostalAddress24", &[opt("AdrTp", &AddressType3Choice), opt("Dept", &Max70Text), opt("SubDept", &Max70Text), opt("StrtNm", &Max70Text), opt("BldgNb", &Max16Text), opt("BldgNm", &Max35Text), opt("Flr", &Max70Text), opt("PstBx", &Max16Text), opt("Room", &Max70Text), opt("PstCd", &Max16Text), opt("TwnNm", &Max35Text), opt("TwnLctnNm", &Max35Text), opt("DstrctNm", &Max35Text), opt("CtrySubDvsn", &Max35Text), opt("Ctry", &CountryCode), times("AdrLine", &Max70Text, 0, 7)]);
pub(crate) static PreferredContactMethod1Code: Type = codes("PreferredContactMethod1Code", &["LETT", "MAIL", "PHON", "FAXX", "CELL"]);
pub(crate) static SignatureEnvelope: Type = any("SignatureEnvelope", "http://www.w3.org/2000/09/xmldsig#");
pub(crate) static UnicodeChartsCode: Type = text("UnicodeChartsCode", 0, UNBOUNDED);
pub(crate) static YesNoIndicator: Type = plain("YesNoIndicator", Shape::Boolean);
