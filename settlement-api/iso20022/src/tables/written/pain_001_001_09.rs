//! pain.001.001.09: a customer's order to its bank.

use crate::table::words::{choice, codes, many, one, opt, seq, some, times};
use crate::table::{Schema, Type};
use crate::tables::iso::pacs_008_001_08::{BaseOneRate, BatchBookingIndicator};
use crate::tables::iso::pain_013_001_07::{
    ActiveOrHistoricCurrencyCode, AmountType4Choice,
    BranchAndFinancialInstitutionIdentification6, CashAccount38, ChargeBearerType1Code, Cheque11,
    DateAndDateTime2Choice, DecimalNumber, ISODate, ISODateTime, InstructionForCreditorAgent1,
    Max15NumericText, Max35Text, Max128Text, Max140Text, PartyIdentification135,
    PaymentIdentification6, PaymentTypeInformation26, Purpose2Choice, RegulatoryReporting3,
    RemittanceInformation16, RemittanceLocation7, SupplementaryData1, TaxInformation8,
};

pub(super) static SCHEMA: Schema = Schema { name: "pain.001.001.09", usage: "", message: one("CstmrCdtTrfInitn", &CustomerCreditTransferInitiationV09), in_document: true };

static Authorisation1Choice: Type = choice("Authorisation1Choice", &[one("Cd", &Authorisation1Code), one("Prtry", &Max128Text)]);
static Authorisation1Code: Type = codes("Authorisation1Code", &["AUTH", "FDET", "FSUM", "ILEV"]);
static CreditTransferTransaction34: Type = seq("CreditTransferTransaction34", &[one("PmtId", &PaymentIdentification6), opt("PmtTpInf", &PaymentTypeInformation26), one("Amt", &AmountType4Choice), opt("XchgRateInf", &ExchangeRate1), opt("ChrgBr", &ChargeBearerType1Code), opt("ChqInstr", &Cheque11), opt("UltmtDbtr", &PartyIdentification135), opt("IntrmyAgt1", &BranchAndFinancialInstitutionIdentification6), opt("IntrmyAgt1Acct", &CashAccount38), opt("IntrmyAgt2", &BranchAndFinancialInstitutionIdentification6), opt("IntrmyAgt2Acct", &CashAccount38), opt("IntrmyAgt3", &BranchAndFinancialInstitutionIdentification6), opt("IntrmyAgt3Acct", &CashAccount38), opt("CdtrAgt", &BranchAndFinancialInstitutionIdentification6), opt("CdtrAgtAcct", &CashAccount38), opt("Cdtr", &PartyIdentification135), opt("CdtrAcct", &CashAccount38), opt("UltmtCdtr", &PartyIdentification135), many("InstrForCdtrAgt", &InstructionForCreditorAgent1), opt("InstrForDbtrAgt", &Max140Text), opt("Purp", &Purpose2Choice), times("RgltryRptg", &RegulatoryReporting3, 0, 10), opt("Tax", &TaxInformation8), times("RltdRmtInf", &RemittanceLocation7, 0, 10), opt("RmtInf", &RemittanceInformation16), many("SplmtryData", &SupplementaryData1)]);
static CustomerCreditTransferInitiationV09: Type = seq("CustomerCreditTransferInitiationV09", &[one("GrpHdr", &GroupHeader85), some("PmtInf", &PaymentInstruction30), many("SplmtryData", &SupplementaryData1)]);
static ExchangeRate1: Type = seq("ExchangeRate1", &[opt("UnitCcy", &ActiveOrHistoricCurrencyCode), opt("XchgRate", &BaseOneRate), opt("RateTp", &ExchangeRateType1Code), opt("CtrctId", &Max35Text)]);
static ExchangeRateType1Code: Type = codes("ExchangeRateType1Code", &["SPOT", "SALE", "AGRD"]);
static GroupHeader85: Type = seq("GroupHeader85", &[one("MsgId", &Max35Text), one("CreDtTm", &ISODateTime), times("Authstn", &Authorisation1Choice, 0, 2), one("NbOfTxs", &Max15NumericText), opt("CtrlSum", &DecimalNumber), one("InitgPty", &PartyIdentification135), opt("FwdgAgt", &BranchAndFinancialInstitutionIdentification6)]);
static PaymentInstruction30: Type = seq("PaymentInstruction30", &[one("PmtInfId", &Max35Text), one("PmtMtd", &PaymentMethod3Code), opt("BtchBookg", &BatchBookingIndicator), opt("NbOfTxs", &Max15NumericText), opt("CtrlSum", &DecimalNumber), opt("PmtTpInf", &PaymentTypeInformation26), one("ReqdExctnDt", &DateAndDateTime2Choice), opt("PoolgAdjstmntDt", &ISODate), one("Dbtr", &PartyIdentification135), one("DbtrAcct", &CashAccount38), one("DbtrAgt", &BranchAndFinancialInstitutionIdentification6), opt("DbtrAgtAcct", &CashAccount38), opt("InstrForDbtrAgt", &Max140Text), opt("UltmtDbtr", &PartyIdentification135), opt("ChrgBr", &ChargeBearerType1Code), opt("ChrgsAcct", &CashAccount38), opt("ChrgsAcctAgt", &BranchAndFinancialInstitutionIdentification6), some("CdtTrfTxInf", &CreditTransferTransaction34)]);
static PaymentMethod3Code: Type = codes("PaymentMethod3Code", &["CHK", "TRF", "TRA"]);
