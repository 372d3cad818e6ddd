//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_AccountBalanceReport_Master_camt_052_001_08_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.052.001.08", usage: "AccountBalanceReport_Master", message: one("BkToCstmrAcctRpt", &BankToCustomerAccountReportV08), in_document: true };

pub(crate) static AccountIdentification4Choice__1: Type = choice("AccountIdentification4Choice__1", &[one("Othr", &GenericAccountIdentification1__1)]);
pub(crate) static AccountReport25__1: Type = seq("AccountReport25__1", &[one("Id", &BalanceReport_FRS_1), one("CreDtTm", &ISODateTime), one("Acct", &CashAccount39__1), one("RltdAcct", &CashAccount38__1), times("Bal", &CashBalance8__1, 4, 4), one("TxsSummry", &TotalTransactions6__1), opt("AddtlRptInf", &Max500Text)]);
pub(crate) static AccountReporting_FedwireFunds_1: Type = codes("AccountReporting_FedwireFunds_1", &["ABAR"]);
pub(crate) static AccountType_FRS_1: Type = codes("AccountType_FRS_1", &["M"]);
pub(crate) static ActiveOrHistoricCurrencyAndAmount: Type = amount("ActiveOrHistoricCurrencyAndAmount", &ActiveOrHistoricCurrencyAndAmount_SimpleType, "Ccy", &ActiveOrHistoricCurrencyCode);
pub(crate) static ActiveOrHistoricCurrencyAndAmount_SimpleType: Type = unsigned("ActiveOrHistoricCurrencyAndAmount_SimpleType", 18, 5);
pub(crate) static ActiveOrHistoricCurrencyCode: Type = pattern("ActiveOrHistoricCurrencyCode", r"[A-Z]{3,3}");
pub(crate) static AmountAndDirection35: Type = seq("AmountAndDirection35", &[one("Amt", &NonNegativeDecimalNumber), one("CdtDbtInd", &CreditDebitCode)]);
pub(crate) static BalanceReport_FRS_1: Type = codes("BalanceReport_FRS_1", &["PROV", "ABMS", "ITRM", "FINL"]);
pub(crate) static BalanceType10Choice__1: Type = choice("BalanceType10Choice__1", &[one("Prtry", &BalanceType_FRS_1)]);
pub(crate) static BalanceType13__1: Type = seq("BalanceType13__1", &[one("CdOrPrtry", &BalanceType10Choice__1)]);
pub(crate) static BalanceType_FRS_1: Type = codes("BalanceType_FRS_1", &["ABAL", "AVAL", "AVLD", "DLOD", "OBFL", "OBNL", "OBPL"]);
pub(crate) static BankToCustomerAccountReportV08: Type = seq("BankToCustomerAccountReportV08", &[one("GrpHdr", &GroupHeader81__1), one("Rpt", &AccountReport25__1)]);
pub(crate) static BankTransactionCodeStructure4__1: Type = seq("BankTransactionCodeStructure4__1", &[one("Prtry", &ProprietaryBankTransactionCodeStructure1__1)]);
pub(crate) static CashAccount38__1: Type = seq("CashAccount38__1", &[one("Id", &AccountIdentification4Choice__1)]);
pub(crate) static CashAccount39__1: Type = seq("CashAccount39__1", &[one("Id", &AccountIdentification4Choice__1), one("Tp", &CashAccountType2Choice__1)]);
pub(crate) static CashAccountType2Choice__1: Type = choice("CashAccountType2Choice__1", &[one("Prtry", &AccountType_FRS_1)]);
pub(crate) static CashBalance8__1: Type = seq("CashBalance8__1", &[one("Tp", &BalanceType13__1), times("CdtLine", &CreditLine3__1, 0, 5), one("Amt", &ActiveOrHistoricCurrencyAndAmount), one("CdtDbtInd", &CreditDebitCode), one("Dt", &DateAndDateTime2Choice__1)]);
pub(crate) static CreditDebitCode: Type = codes("CreditDebitCode", &["CRDT", "DBIT"]);
pub(crate) static CreditLine3__1: Type = seq("CreditLine3__1", &[one("Incl", &TrueFalseIndicator), one("Tp", &CreditLineType1Choice__1), one("Amt", &ActiveOrHistoricCurrencyAndAmount), one("Dt", &DateAndDateTime2Choice__1)]);
pub(crate) static CreditLineType1Choice__1: Type = choice("CreditLineType1Choice__1", &[one("Prtry", &CreditLineType_FRS_1)]);
pub(crate) static CreditLineType_FRS_1: Type = codes("CreditLineType_FRS_1", &["COLL", "CLOD", "ULOD", "NCAP", "CCAP"]);
pub(crate) static DateAndDateTime2Choice__1: Type = choice("DateAndDateTime2Choice__1", &[one("DtTm", &ISODateTime)]);
pub(crate) static DecimalNumber: Type = decimal("DecimalNumber", 18, 17);
pub(crate) static GenericAccountIdentification1__1: Type = seq("GenericAccountIdentification1__1", &[one("Id", &RoutingNumber_FRS_1)]);
pub(crate) static GroupHeader81__1: Type = seq("GroupHeader81__1", &[one("MsgId", &AccountReporting_FedwireFunds_1), one("CreDtTm", &ISODateTime), one("MsgPgntn", &Pagination1), opt("OrgnlBizQry", &OriginalBusinessQuery1__1)]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max15NumericText: Type = pattern("Max15NumericText", r"[0-9]{1,15}");
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max500Text: Type = text("Max500Text", 1, 500);
pub(crate) static Max5NumericText: Type = pattern("Max5NumericText", r"[0-9]{1,5}");
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static NonNegativeDecimalNumber: Type = unsigned("NonNegativeDecimalNumber", 18, 17);
pub(crate) static NumberAndSumOfTransactions1__1: Type = seq("NumberAndSumOfTransactions1__1", &[opt("NbOfNtries", &Max15NumericText), one("Sum", &DecimalNumber)]);
pub(crate) static OriginalBusinessQuery1__1: Type = seq("OriginalBusinessQuery1__1", &[one("MsgId", &Max35Text), one("MsgNmId", &MessageNameIdentification_FRS_1), one("CreDtTm", &ISODateTime)]);
pub(crate) static Pagination1: Type = seq("Pagination1", &[one("PgNb", &Max5NumericText), one("LastPgInd", &YesNoIndicator)]);
pub(crate) static ProprietaryBankTransactionCodeStructure1__1: Type = seq("ProprietaryBankTransactionCodeStructure1__1", &[one("Cd", &TransactionsSummaryType_FRS_1)]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
pub(crate) static TotalTransactions6__1: Type = seq("TotalTransactions6__1", &[times("TtlNtriesPerBkTxCd", &TotalsPerBankTransactionCode5__1, 8, 8)]);
pub(crate) static TotalsPerBankTransactionCode5__1: Type = seq("TotalsPerBankTransactionCode5__1", &[one("TtlNetNtry", &AmountAndDirection35), one("CdtNtries", &NumberAndSumOfTransactions1__1), one("DbtNtries", &NumberAndSumOfTransactions1__1), one("BkTxCd", &BankTransactionCodeStructure4__1), one("Dt", &DateAndDateTime2Choice__1)]);
pub(crate) static TransactionsSummaryType_FRS_1: Type = codes("TransactionsSummaryType_FRS_1", &["FDWS", "NSSE", "AVOT", "UVOT", "MEMO", "FDWF", "FDAP", "FDNF"]);
pub(crate) static TrueFalseIndicator: Type = plain("TrueFalseIndicator", Shape::Boolean);
pub(crate) static YesNoIndicator: Type = plain("YesNoIndicator", Shape::Boolean);
