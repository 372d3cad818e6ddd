//! camt.111.001.01, the answer to an inquiry.

use super::request::{
    CodeOrProprietary, DatePeriod5, FileData1, InvestigationReason1Choice,
    InvestigationReasonSubType1Choice, InvestigationRequest3, Max500Text, RelatedInvestigationData1,
};
use super::underlying::ExternalCode;
use crate::table::words::{choice, many, one, opt, seq, text};
use crate::table::{Schema, Type};
use crate::tables::iso::camt_053_001_08::{Charges6, CreditDebitCode, TransactionReferences6};
use crate::tables::iso::pacs_008_001_08::BaseOneRate;
use crate::tables::iso::pacs_002_001_10::{Party40Choice, StatusReasonInformation12};
use crate::tables::iso::pain_013_001_07::{
    ActiveCurrencyAndAmount, ActiveOrHistoricCurrencyAndAmount, AnyBICDec2014Identifier,
    BICFIDec2014Identifier, BranchAndFinancialInstitutionIdentification6,
    DateAndDateTime2Choice, DatePeriod2, Document12, ISODate, ISODateTime, Max140Text, Max35Text,
    Max2048Text, Number, PartyIdentification135, PercentageRate, RemittanceLocation7,
    StructuredRemittanceInformation16, SupplementaryData1, TrueFalseIndicator,
};
use crate::tables::written::party::CashAccount40;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.111.001.01", usage: "", message: one("InvstgtnRspn", &InvestigationResponseV01), in_document: true };

static AdjustmentCompensation1: Type = seq("AdjustmentCompensation1", &[opt("InitlAmt", &ActiveCurrencyAndAmount), opt("DueChrgs", &ActiveCurrencyAndAmount), one("AmtDue", &ActiveCurrencyAndAmount), opt("CompstnAgt", &BranchAndFinancialInstitutionIdentification6), opt("CompstnAcct", &CashAccount40), opt("Prd", &DatePeriod5), opt("IntrstRate", &PercentageRate), opt("Rsn", &Max140Text)]);
static BookingConfirmation1: Type = seq("BookingConfirmation1", &[one("Amt", &ActiveOrHistoricCurrencyAndAmount), one("CdtDbtInd", &CreditDebitCode), opt("XchgRate", &BaseOneRate), one("Acct", &CashAccount40), opt("BookgDt", &DateAndDateTime2Choice), one("ValDt", &DateAndDateTime2Choice), one("Refs", &TransactionReferences6), opt("Chrgs", &Charges6), opt("Rsn", &Max140Text)]);
static CompensationResponse1: Type = seq("CompensationResponse1", &[one("Grantd", &TrueFalseIndicator), opt("InitlAmt", &ActiveCurrencyAndAmount), opt("PdChrgs", &ActiveCurrencyAndAmount), opt("AmtDue", &ActiveCurrencyAndAmount), opt("XpctdValDt", &ISODate), opt("Prd", &DatePeriod2), opt("IntrstRate", &PercentageRate), opt("Rsn", &Max140Text)]);
static DebitAuthorisationConfirmation3: Type = seq("DebitAuthorisationConfirmation3", &[one("DbtAuthstn", &TrueFalseIndicator), opt("AmtToDbt", &ActiveCurrencyAndAmount), opt("Acct", &CashAccount40), opt("ValDtToDbt", &ISODate), opt("CmonTxId", &Max52Text), opt("Rsn", &Max140Text)]);
static ExternalInvestigationStatus1Code: Type = text("ExternalInvestigationStatus1Code", 1, 4);
static InvestigationData2: Type = seq("InvestigationData2", &[opt("OrgnlInvstgtnSeq", &Number), opt("OrgnlInvstgtnRsn", &InvestigationReason1Choice), opt("OrgnlInvstgtnRsnSubTp", &InvestigationReasonSubType1Choice), one("RspnData", &InvestigationDataRecord1Choice), opt("RltdInvstgtnData", &RelatedInvestigationData1), many("NclsdFile", &Document12), many("RltdFileData", &FileData1), opt("RspnOrgtr", &Party40Choice)]);
static InvestigationDataRecord1Choice: Type = choice("InvestigationDataRecord1Choice", &[one("DbtAuthstn", &DebitAuthorisationConfirmation3), one("Compstn", &CompensationResponse1), one("Valtn", &AdjustmentCompensation1), one("Conf", &BookingConfirmation1), one("TxSts", &PaymentTransactionStatus1), many("TxData", &TransactionAmendment1), one("RspnNrrtv", &Max500Text)]);
static InvestigationResponse3: Type = seq("InvestigationResponse3", &[one("MsgId", &Max35Text), opt("RspndrInvstgtnId", &Max35Text), one("InvstgtnSts", &InvestigationStatus2), opt("NxtRspndr", &Party40Choice), many("InvstgtnData", &InvestigationData2)]);
static InvestigationResponseV01: Type = seq("InvestigationResponseV01", &[one("InvstgtnRspn", &InvestigationResponse3), one("OrgnlInvstgtnReq", &InvestigationRequest3), many("SplmtryData", &SupplementaryData1)]);
static InvestigationStatus2: Type = seq("InvestigationStatus2", &[one("Sts", &ExternalInvestigationStatus1Code), opt("StsRsn", &CodeOrProprietary)]);
static Max52Text: Type = text("Max52Text", 1, 52);
static PaymentTransactionStatus1: Type = seq("PaymentTransactionStatus1", &[one("Sts", &CodeOrProprietary), many("StsRsnInf", &StatusReasonInformation12)]);
static Remittance1: Type = seq("Remittance1", &[many("Ustrd", &Max140Text), many("Strd", &StructuredRemittanceInformation16), many("Rltd", &RemittanceLocation7)]);
static TransactionAmendment1: Type = seq("TransactionAmendment1", &[opt("Pth", &Max2048Text), one("Rcrd", &TransactionAmendment1Choice)]);
static TransactionAmendment1Choice: Type = choice("TransactionAmendment1Choice", &[one("Agt", &BranchAndFinancialInstitutionIdentification6), one("Amt", &ActiveCurrencyAndAmount), one("AnyBIC", &AnyBICDec2014Identifier), one("BICFI", &BICFIDec2014Identifier), one("CshAcct", &CashAccount40), one("Cd", &ExternalCode), one("Dt", &ISODate), one("DtTm", &ISODateTime), one("Pty", &PartyIdentification135), one("Rmt", &Remittance1), one("Othr", &Max140Text)]);
