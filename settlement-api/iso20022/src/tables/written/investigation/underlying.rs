//! The payment, entry or account that an inquiry is about.

use crate::table::Type;
use crate::table::words::{choice, many, one, opt, pattern, seq, text, times};
use crate::tables::iso::camt_028_001_09::UnderlyingGroupInformation1;
use crate::tables::iso::pacs_004_001_10::{
    ClearingSystemIdentification3Choice, CreditTransferMandateData1, Frequency36Choice,
    MandateSetupReason1Choice, OriginalGroupInformation29, Party40Choice, PaymentMethod4Code,
    PaymentTypeInformation27, SettlementMethod1Code,
};
use crate::tables::iso::pain_013_001_07::{
    ActiveOrHistoricCurrencyAndAmount, AmountType4Choice,
    BranchAndFinancialInstitutionIdentification6, CreditorReferenceInformation2,
    DateAndDateTime2Choice, DatePeriod2, Garnishment3, GenericIdentification1, ISODate, Max35Text,
    Max140Text, Number, PartyIdentification135, PercentageRate, Purpose2Choice,
    ReferredDocumentInformation7, RemittanceAmount2, ServiceLevel8Choice, TaxParty1, TaxParty2,
    TaxRecordPeriod1Code, TrueFalseIndicator, UUIDv4Identifier,
};
use crate::tables::written::party::CashAccount40;

static AmendmentInformationDetails14: Type = seq("AmendmentInformationDetails14", &[opt("OrgnlMndtId", &Max35Text), opt("OrgnlCdtrSchmeId", &PartyIdentification135), opt("OrgnlCdtrAgt", &BranchAndFinancialInstitutionIdentification6), opt("OrgnlCdtrAgtAcct", &CashAccount40), opt("OrgnlDbtr", &PartyIdentification135), opt("OrgnlDbtrAcct", &CashAccount40), opt("OrgnlDbtrAgt", &BranchAndFinancialInstitutionIdentification6), opt("OrgnlDbtrAgtAcct", &CashAccount40), opt("OrgnlFnlColltnDt", &ISODate), opt("OrgnlFrqcy", &Frequency36Choice), opt("OrgnlRsn", &MandateSetupReason1Choice), opt("OrgnlTrckgDays", &Exact2NumericText)]);
static Exact2NumericText: Type = pattern("Exact2NumericText", "[0-9]{2}");
/// A code of an external list.
pub(super) static ExternalCode: Type = text("ExternalCode", 1, 4);
static MandateRelatedData2Choice: Type = choice("MandateRelatedData2Choice", &[one("DrctDbtMndt", &MandateRelatedInformation15), one("CdtTrfMndt", &CreditTransferMandateData1)]);
static MandateRelatedInformation15: Type = seq("MandateRelatedInformation15", &[opt("MndtId", &Max35Text), opt("DtOfSgntr", &ISODate), opt("AmdmntInd", &TrueFalseIndicator), opt("AmdmntInfDtls", &AmendmentInformationDetails14), opt("ElctrncSgntr", &Max1025Text), opt("FrstColltnDt", &ISODate), opt("FnlColltnDt", &ISODate), opt("Frqcy", &Frequency36Choice), opt("Rsn", &MandateSetupReason1Choice), opt("TrckgDays", &Exact2NumericText)]);
static Max1025Text: Type = text("Max1025Text", 1, 1025);
static OriginalTransactionReference35: Type = seq("OriginalTransactionReference35", &[opt("IntrBkSttlmAmt", &ActiveOrHistoricCurrencyAndAmount), opt("Amt", &AmountType4Choice), opt("IntrBkSttlmDt", &ISODate), opt("ReqdColltnDt", &ISODate), opt("ReqdExctnDt", &DateAndDateTime2Choice), opt("CdtrSchmeId", &PartyIdentification135), opt("SttlmInf", &SettlementInstruction11), opt("PmtTpInf", &PaymentTypeInformation27), opt("PmtMtd", &PaymentMethod4Code), opt("MndtRltdInf", &MandateRelatedData2Choice), opt("RmtInf", &RemittanceInformation21), opt("UltmtDbtr", &Party40Choice), opt("Dbtr", &Party40Choice), opt("DbtrAcct", &CashAccount40), opt("DbtrAgt", &BranchAndFinancialInstitutionIdentification6), opt("DbtrAgtAcct", &CashAccount40), opt("CdtrAgt", &BranchAndFinancialInstitutionIdentification6), opt("CdtrAgtAcct", &CashAccount40), opt("Cdtr", &Party40Choice), opt("CdtrAcct", &CashAccount40), opt("UltmtCdtr", &Party40Choice), opt("Purp", &Purpose2Choice)]);
static RemittanceInformation21: Type = seq("RemittanceInformation21", &[many("Ustrd", &Max140Text), many("Strd", &StructuredRemittanceInformation17)]);
static SettlementInstruction11: Type = seq("SettlementInstruction11", &[one("SttlmMtd", &SettlementMethod1Code), opt("SttlmAcct", &CashAccount40), opt("ClrSys", &ClearingSystemIdentification3Choice), opt("InstgRmbrsmntAgt", &BranchAndFinancialInstitutionIdentification6), opt("InstgRmbrsmntAgtAcct", &CashAccount40), opt("InstdRmbrsmntAgt", &BranchAndFinancialInstitutionIdentification6), opt("InstdRmbrsmntAgtAcct", &CashAccount40), opt("ThrdRmbrsmntAgt", &BranchAndFinancialInstitutionIdentification6), opt("ThrdRmbrsmntAgtAcct", &CashAccount40)]);
static StructuredRemittanceInformation17: Type = seq("StructuredRemittanceInformation17", &[many("RfrdDocInf", &ReferredDocumentInformation7), opt("RfrdDocAmt", &RemittanceAmount2), opt("CdtrRefInf", &CreditorReferenceInformation2), opt("Invcr", &PartyIdentification135), opt("Invcee", &PartyIdentification135), opt("TaxRmt", &TaxData1), opt("GrnshmtRmt", &Garnishment3), times("AddtlRmtInf", &Max140Text, 0, 3)]);
static TaxAmount3: Type = seq("TaxAmount3", &[opt("Rate", &PercentageRate), opt("TaxblBaseAmt", &ActiveOrHistoricCurrencyAndAmount), opt("TtlAmt", &ActiveOrHistoricCurrencyAndAmount), many("Dtls", &TaxRecordDetails3)]);
static TaxData1: Type = seq("TaxData1", &[opt("Cdtr", &TaxParty1), opt("Dbtr", &TaxParty2), opt("UltmtDbtr", &TaxParty2), opt("AdmstnZone", &Max35Text), opt("RefNb", &Max140Text), opt("Mtd", &Max35Text), opt("TtlTaxblBaseAmt", &ActiveOrHistoricCurrencyAndAmount), opt("TtlTaxAmt", &ActiveOrHistoricCurrencyAndAmount), opt("Dt", &ISODate), opt("SeqNb", &Number), many("Rcrd", &TaxRecord3)]);
static TaxPeriod3: Type = seq("TaxPeriod3", &[opt("Yr", &ISOYear), opt("Tp", &TaxRecordPeriod1Code), opt("FrToDt", &DatePeriod2)]);
static ISOYear: Type = pattern("ISOYear", "[0-9]{4}");
static TaxRecord3: Type = seq("TaxRecord3", &[opt("Tp", &Max35Text), opt("Ctgy", &Max35Text), opt("CtgyDtls", &Max35Text), opt("DbtrSts", &Max35Text), opt("CertId", &Max35Text), opt("FrmsCd", &Max35Text), opt("Prd", &TaxPeriod3), opt("TaxAmt", &TaxAmount3), opt("AddtlInf", &Max140Text)]);
static TaxRecordDetails3: Type = seq("TaxRecordDetails3", &[opt("Prd", &TaxPeriod3), one("Amt", &ActiveOrHistoricCurrencyAndAmount)]);
pub(super) static UnderlyingData2Choice: Type = choice("UnderlyingData2Choice", &[one("Initn", &UnderlyingPaymentInstruction8), one("IntrBk", &UnderlyingPaymentTransaction7), one("StmtNtry", &UnderlyingStatementEntry5), one("Acct", &CashAccount40), one("Othr", &GenericIdentification1)]);
static UnderlyingPaymentInstruction8: Type = seq("UnderlyingPaymentInstruction8", &[opt("OrgnlGrpInf", &UnderlyingGroupInformation1), opt("OrgnlPmtInfId", &Max35Text), opt("OrgnlInstrId", &Max35Text), opt("OrgnlEndToEndId", &Max35Text), opt("OrgnlUETR", &UUIDv4Identifier), opt("OrgnlInstdAmt", &ActiveOrHistoricCurrencyAndAmount), opt("ReqdExctnDt", &DateAndDateTime2Choice), opt("ReqdColltnDt", &ISODate), opt("OrgnlTxRef", &OriginalTransactionReference35), opt("OrgnlSvcLvl", &ServiceLevel8Choice)]);
static UnderlyingPaymentTransaction7: Type = seq("UnderlyingPaymentTransaction7", &[opt("OrgnlGrpInf", &UnderlyingGroupInformation1), opt("OrgnlInstrId", &Max35Text), opt("OrgnlEndToEndId", &Max35Text), opt("OrgnlTxId", &Max35Text), opt("OrgnlUETR", &UUIDv4Identifier), opt("OrgnlIntrBkSttlmAmt", &ActiveOrHistoricCurrencyAndAmount), opt("OrgnlIntrBkSttlmDt", &ISODate), opt("OrgnlTxRef", &OriginalTransactionReference35), opt("OrgnlSvcLvl", &ServiceLevel8Choice)]);
static UnderlyingStatementEntry5: Type = seq("UnderlyingStatementEntry5", &[opt("OrgnlAcct", &CashAccount40), opt("OrgnlGrpInf", &OriginalGroupInformation29), opt("OrgnlStmtId", &Max35Text), opt("OrgnlNtryRef", &Max35Text), opt("OrgnlUETR", &UUIDv4Identifier), opt("OrgnlNtryAmt", &ActiveOrHistoricCurrencyAndAmount), opt("OrgnlNtryValDt", &DateAndDateTime2Choice)]);
