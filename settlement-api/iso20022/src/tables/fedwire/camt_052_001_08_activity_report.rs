//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_ActivityReport_camt_052_001_08_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.052.001.08", usage: "ActivityReport", message: one("BkToCstmrAcctRpt", &BankToCustomerAccountReportV08), in_document: true };

pub(crate) static AccountIdentification4Choice__1: Type = choice("AccountIdentification4Choice__1", &[one("Othr", &GenericAccountIdentification1__1)]);
pub(crate) static AccountReport25__1: Type = seq("AccountReport25__1", &[one("Id", &ReportTiming_FRS_1), one("CreDtTm", &ISODateTime), one("Acct", &CashAccount39__1), opt("TxsSummry", &TotalTransactions6__1), many("Ntry", &ReportEntry10__1)]);
pub(crate) static AccountReporting_FedwireFunds_1: Type = codes("AccountReporting_FedwireFunds_1", &["ACTR"]);
pub(crate) static ActiveOrHistoricCurrencyAndAmount: Type = amount("ActiveOrHistoricCurrencyAndAmount", &ActiveOrHistoricCurrencyAndAmount_SimpleType, "Ccy", &ActiveOrHistoricCurrencyCode);
pub(crate) static ActiveOrHistoricCurrencyAndAmount_SimpleType: Type = unsigned("ActiveOrHistoricCurrencyAndAmount_SimpleType", 18, 5);
pub(crate) static ActiveOrHistoricCurrencyCode: Type = pattern("ActiveOrHistoricCurrencyCode", r"[A-Z]{3,3}");
pub(crate) static BankToCustomerAccountReportV08: Type = seq("BankToCustomerAccountReportV08", &[one("GrpHdr", &GroupHeader81__1), one("Rpt", &AccountReport25__1)]);
pub(crate) static BankTransactionCodeStructure4__1: Type = seq("BankTransactionCodeStructure4__1", &[one("Prtry", &ProprietaryBankTransactionCodeStructure1__1)]);
pub(crate) static BankTransactionCodeStructure4__2: Type = seq("BankTransactionCodeStructure4__2", &[one("Prtry", &ProprietaryBankTransactionCodeStructure1__2)]);
pub(crate) static BankTransactionCode_FedwireFunds_1: Type = codes("BankTransactionCode_FedwireFunds_1", &["SENT", "RCVD"]);
pub(crate) static BankTransactionCode_FedwireFunds_1__1: Type = codes("BankTransactionCode_FedwireFunds_1__1", &["SENT", "RCVD", "DBIT", "CRDT"]);
pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static CashAccount39__1: Type = seq("CashAccount39__1", &[one("Id", &AccountIdentification4Choice__1)]);
pub(crate) static ClearingSystemIdentification2Choice__1: Type = choice("ClearingSystemIdentification2Choice__1", &[one("Cd", &ExternalClearingSystemIdentification1Code_fixed)]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &RoutingNumber_FRS_1)]);
pub(crate) static CreditDebitCode: Type = codes("CreditDebitCode", &["CRDT", "DBIT"]);
pub(crate) static DateAndDateTime2Choice__1: Type = choice("DateAndDateTime2Choice__1", &[one("DtTm", &ISODateTime)]);
pub(crate) static DecimalNumber: Type = decimal("DecimalNumber", 18, 17);
pub(crate) static EntryDetails9__1: Type = seq("EntryDetails9__1", &[one("TxDtls", &EntryTransaction10__1)]);
pub(crate) static EntryStatus1Choice__1: Type = choice("EntryStatus1Choice__1", &[one("Cd", &ExternalEntryStatus1Code)]);
pub(crate) static EntryTransaction10__1: Type = seq("EntryTransaction10__1", &[one("Refs", &TransactionReferences6__1), one("RltdAgts", &TransactionAgents5__1), opt("LclInstrm", &LocalInstrument2Choice__1), one("RltdDts", &TransactionDates3__1)]);
pub(crate) static ExternalClearingSystemIdentification1Code_fixed: Type = codes("ExternalClearingSystemIdentification1Code_fixed", &["USABA"]);
pub(crate) static ExternalEntryStatus1Code: Type = text("ExternalEntryStatus1Code", 1, 4);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1)]);
pub(crate) static GenericAccountIdentification1__1: Type = seq("GenericAccountIdentification1__1", &[one("Id", &RoutingNumber_FRS_1)]);
pub(crate) static GroupHeader81__1: Type = seq("GroupHeader81__1", &[one("MsgId", &AccountReporting_FedwireFunds_1), one("CreDtTm", &ISODateTime), one("MsgPgntn", &Pagination1)]);
pub(crate) static IMAD_FedwireFunds_1: Type = bounded_pattern("IMAD_FedwireFunds_1", 22, 22, r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}");
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static LocalInstrument2Choice__1: Type = choice("LocalInstrument2Choice__1", &[one("Prtry", &LocalInstrument_FedwireFunds_1)]);
pub(crate) static LocalInstrument_FedwireFunds_1: Type = codes("LocalInstrument_FedwireFunds_1", &["BTRC", "CTRC", "BTRS", "CTRD", "COVC", "DRRC", "DRRB", "COVS", "BTRD", "CTRS"]);
pub(crate) static Max15NumericText: Type = pattern("Max15NumericText", r"[0-9]{1,15}");
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max5NumericText: Type = pattern("Max5NumericText", r"[0-9]{1,5}");
pub(crate) static MessageIdentification2__1: Type = seq("MessageIdentification2__1", &[one("MsgNmId", &MessageNameIdentification_FRS_1)]);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static NumberAndSumOfTransactions1__1: Type = seq("NumberAndSumOfTransactions1__1", &[one("NbOfNtries", &Max15NumericText), one("Sum", &DecimalNumber)]);
pub(crate) static NumberAndSumOfTransactions4__1: Type = seq("NumberAndSumOfTransactions4__1", &[one("NbOfNtries", &Max15NumericText)]);
pub(crate) static OMAD_FedwireFunds_1: Type = pattern("OMAD_FedwireFunds_1", r"[A-Z0-9]{34,34}");
pub(crate) static Pagination1: Type = seq("Pagination1", &[one("PgNb", &Max5NumericText), one("LastPgInd", &YesNoIndicator)]);
pub(crate) static ProprietaryBankTransactionCodeStructure1__1: Type = seq("ProprietaryBankTransactionCodeStructure1__1", &[one("Cd", &BankTransactionCode_FedwireFunds_1)]);
pub(crate) static ProprietaryBankTransactionCodeStructure1__2: Type = seq("ProprietaryBankTransactionCodeStructure1__2", &[one("Cd", &BankTransactionCode_FedwireFunds_1__1)]);
pub(crate) static ProprietaryDate3__1: Type = seq("ProprietaryDate3__1", &[one("Tp", &ReportDates_FedwireFunds_1), one("Dt", &DateAndDateTime2Choice__1)]);
pub(crate) static ReportDates_FedwireFunds_1: Type = codes("ReportDates_FedwireFunds_1", &["BPRD"]);
pub(crate) static ReportEntry10__1: Type = seq("ReportEntry10__1", &[one("Amt", &ActiveOrHistoricCurrencyAndAmount), one("CdtDbtInd", &CreditDebitCode), one("Sts", &EntryStatus1Choice__1), one("BkTxCd", &BankTransactionCodeStructure4__2), one("AddtlInfInd", &MessageIdentification2__1), one("NtryDtls", &EntryDetails9__1)]);
pub(crate) static ReportTiming_FRS_1: Type = codes("ReportTiming_FRS_1", &["EDAY"]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
pub(crate) static TotalTransactions6__1: Type = seq("TotalTransactions6__1", &[one("TtlNtries", &NumberAndSumOfTransactions4__1), one("TtlCdtNtries", &NumberAndSumOfTransactions1__1), one("TtlDbtNtries", &NumberAndSumOfTransactions1__1), times("TtlNtriesPerBkTxCd", &TotalsPerBankTransactionCode5__1, 2, 2)]);
pub(crate) static TotalsPerBankTransactionCode5__1: Type = seq("TotalsPerBankTransactionCode5__1", &[one("NbOfNtries", &Max15NumericText), one("BkTxCd", &BankTransactionCodeStructure4__1)]);
pub(crate) static TransactionAgents5__1: Type = seq("TransactionAgents5__1", &[one("InstgAgt", &BranchAndFinancialInstitutionIdentification6__1), one("InstdAgt", &BranchAndFinancialInstitutionIdentification6__1)]);
pub(crate) static TransactionDates3__1: Type = seq("TransactionDates3__1", &[one("Prtry", &ProprietaryDate3__1)]);
pub(crate) static TransactionReferences6__1: Type = seq("TransactionReferences6__1", &[one("MsgId", &IMAD_FedwireFunds_1), opt("InstrId", &Max35Text), opt("UETR", &UUIDv4Identifier), opt("ClrSysRef", &OMAD_FedwireFunds_1)]);
pub(crate) static UUIDv4Identifier: Type = pattern("UUIDv4Identifier", r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}");
pub(crate) static YesNoIndicator: Type = plain("YesNoIndicator", Shape::Boolean);
