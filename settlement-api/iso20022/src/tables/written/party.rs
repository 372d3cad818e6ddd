//! Parties, agents and accounts of the newer generation that acmt.023.001.04 uses.

use crate::table::Type;
use crate::table::words::{choice, codes, many, one, opt, seq, text, times};
use crate::tables::iso::pain_013_001_07::{
    AccountIdentification4Choice, AddressType3Choice, AnyBICDec2014Identifier,
    BICFIDec2014Identifier, CashAccountType2Choice, ClearingSystemMemberIdentification2,
    CountryCode, DateAndPlaceOfBirth1, GenericFinancialIdentification1, LEIIdentifier, Max16Text,
    Max35Text, Max70Text, Max140Text, Max2048Text, NamePrefix2Code,
    OrganisationIdentificationSchemeName1Choice, OtherContact1, PersonIdentificationSchemeName1Choice,
    PhoneNumber, ProxyAccountIdentification1, ActiveOrHistoricCurrencyCode,
};

pub(super) static BranchAndFinancialInstitutionIdentification8: Type = seq("BranchAndFinancialInstitutionIdentification8", &[one("FinInstnId", &FinancialInstitutionIdentification23), opt("BrnchId", &BranchData5)]);
static BranchData5: Type = seq("BranchData5", &[opt("Id", &Max35Text), opt("LEI", &LEIIdentifier), opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress27)]);
pub(super) static CashAccount40: Type = seq("CashAccount40", &[opt("Id", &AccountIdentification4Choice), opt("Tp", &CashAccountType2Choice), opt("Ccy", &ActiveOrHistoricCurrencyCode), opt("Nm", &Max70Text), opt("Prxy", &ProxyAccountIdentification1)]);
static Contact13: Type = seq("Contact13", &[opt("NmPrfx", &NamePrefix2Code), opt("Nm", &Max140Text), opt("PhneNb", &PhoneNumber), opt("MobNb", &PhoneNumber), opt("FaxNb", &PhoneNumber), opt("URLAdr", &Max2048Text), opt("EmailAdr", &Max256Text), opt("EmailPurp", &Max35Text), opt("JobTitl", &Max35Text), opt("Rspnsblty", &Max35Text), opt("Dept", &Max70Text), many("Othr", &OtherContact1), opt("PrefrdMtd", &PreferredContactMethod2Code)]);
static FinancialInstitutionIdentification23: Type = seq("FinancialInstitutionIdentification23", &[opt("BICFI", &BICFIDec2014Identifier), opt("ClrSysMmbId", &ClearingSystemMemberIdentification2), opt("LEI", &LEIIdentifier), opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress27), opt("Othr", &GenericFinancialIdentification1)]);
static GenericOrganisationIdentification3: Type = seq("GenericOrganisationIdentification3", &[one("Id", &Max256Text), opt("SchmeNm", &OrganisationIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
static GenericPersonIdentification2: Type = seq("GenericPersonIdentification2", &[one("Id", &Max256Text), opt("SchmeNm", &PersonIdentificationSchemeName1Choice), opt("Issr", &Max35Text)]);
static Max256Text: Type = text("Max256Text", 1, 256);
static OrganisationIdentification39: Type = seq("OrganisationIdentification39", &[opt("AnyBIC", &AnyBICDec2014Identifier), opt("LEI", &LEIIdentifier), many("Othr", &GenericOrganisationIdentification3)]);
pub(super) static Party50Choice: Type = choice("Party50Choice", &[one("Pty", &PartyIdentification272), one("Agt", &BranchAndFinancialInstitutionIdentification8)]);
static Party52Choice: Type = choice("Party52Choice", &[one("OrgId", &OrganisationIdentification39), one("PrvtId", &PersonIdentification18)]);
pub(super) static PartyIdentification272: Type = seq("PartyIdentification272", &[opt("Nm", &Max140Text), opt("PstlAdr", &PostalAddress27), opt("Id", &Party52Choice), opt("CtryOfRes", &CountryCode), opt("CtctDtls", &Contact13)]);
static PersonIdentification18: Type = seq("PersonIdentification18", &[opt("DtAndPlcOfBirth", &DateAndPlaceOfBirth1), many("Othr", &GenericPersonIdentification2)]);
static PostalAddress27: Type = seq("PostalAddress27", &[opt("AdrTp", &AddressType3Choice), opt("CareOf", &Max140Text), opt("Dept", &Max70Text), opt("SubDept", &Max70Text), opt("StrtNm", &Max140Text), opt("BldgNb", &Max16Text), opt("BldgNm", &Max140Text), opt("Flr", &Max70Text), opt("UnitNb", &Max16Text), opt("PstBx", &Max16Text), opt("Room", &Max70Text), opt("PstCd", &Max16Text), opt("TwnNm", &Max140Text), opt("TwnLctnNm", &Max140Text), opt("DstrctNm", &Max140Text), opt("CtrySubDvsn", &Max35Text), opt("Ctry", &CountryCode), times("AdrLine", &Max70Text, 0, 7)]);
static PreferredContactMethod2Code: Type = codes("PreferredContactMethod2Code", &["MAIL", "FAXX", "LETT", "CELL", "ONLI", "PHON"]);
