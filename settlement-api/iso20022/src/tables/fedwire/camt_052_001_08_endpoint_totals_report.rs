//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_EndpointTotalsReport_camt_052_001_08_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.052.001.08", usage: "EndpointTotalsReport", message: one("BkToCstmrAcctRpt", &BankToCustomerAccountReportV08), in_document: true };

pub(crate) static AccountIdentification4Choice__1: Type = choice("AccountIdentification4Choice__1", &[one("Othr", &GenericAccountIdentification1__1)]);
pub(crate) static AccountReport25__1: Type = seq("AccountReport25__1", &[one("Id", &ReportTiming_FRS_1), one("CreDtTm", &ISODateTime), one("Acct", &CashAccount39__1), one("TxsSummry", &TotalTransactions6__1), one("AddtlRptInf", &Max500Text)]);
pub(crate) static AccountReporting_FedwireFunds_1: Type = codes("AccountReporting_FedwireFunds_1", &["ETOT"]);
pub(crate) static BankToCustomerAccountReportV08: Type = seq("BankToCustomerAccountReportV08", &[one("GrpHdr", &GroupHeader81__1), one("Rpt", &AccountReport25__1)]);
pub(crate) static BankTransactionCodeStructure4__1: Type = seq("BankTransactionCodeStructure4__1", &[one("Prtry", &ProprietaryBankTransactionCodeStructure1__1)]);
pub(crate) static BankTransactionCode_FedwireFunds_1: Type = codes("BankTransactionCode_FedwireFunds_1", &["SENT", "RCVD", "ICPT", "RJCT", "INPR"]);
pub(crate) static CashAccount39__1: Type = seq("CashAccount39__1", &[one("Id", &AccountIdentification4Choice__1)]);
pub(crate) static DecimalNumber: Type = decimal("DecimalNumber", 18, 17);
pub(crate) static EndpointIdentifier_FedwireFunds_1: Type = bounded_pattern("EndpointIdentifier_FedwireFunds_1", 8, 8, r"[A-Z0-9]{8,8}");
pub(crate) static GenericAccountIdentification1__1: Type = seq("GenericAccountIdentification1__1", &[one("Id", &EndpointIdentifier_FedwireFunds_1)]);
pub(crate) static GroupHeader81__1: Type = seq("GroupHeader81__1", &[one("MsgId", &AccountReporting_FedwireFunds_1), one("CreDtTm", &ISODateTime), one("MsgPgntn", &Pagination1), opt("OrgnlBizQry", &OriginalBusinessQuery1__1)]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max15NumericText: Type = pattern("Max15NumericText", r"[0-9]{1,15}");
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max500Text: Type = text("Max500Text", 1, 500);
pub(crate) static Max5NumericText: Type = pattern("Max5NumericText", r"[0-9]{1,5}");
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static NumberAndSumOfTransactions1__1: Type = seq("NumberAndSumOfTransactions1__1", &[one("NbOfNtries", &Max15NumericText), one("Sum", &DecimalNumber)]);
pub(crate) static OriginalBusinessQuery1__1: Type = seq("OriginalBusinessQuery1__1", &[one("MsgId", &Max35Text), one("MsgNmId", &MessageNameIdentification_FRS_1), one("CreDtTm", &ISODateTime)]);
pub(crate) static Pagination1: Type = seq("Pagination1", &[one("PgNb", &Max5NumericText), one("LastPgInd", &YesNoIndicator)]);
pub(crate) static ProprietaryBankTransactionCodeStructure1__1: Type = seq("ProprietaryBankTransactionCodeStructure1__1", &[one("Cd", &BankTransactionCode_FedwireFunds_1)]);
pub(crate) static ReportTiming_FRS_1: Type = codes("ReportTiming_FRS_1", &["EDAY", "IDAY"]);
pub(crate) static TotalTransactions6__1: Type = seq("TotalTransactions6__1", &[one("TtlCdtNtries", &NumberAndSumOfTransactions1__1), one("TtlDbtNtries", &NumberAndSumOfTransactions1__1), times("TtlNtriesPerBkTxCd", &TotalsPerBankTransactionCode5__1, 5, 5)]);
pub(crate) static TotalsPerBankTransactionCode5__1: Type = seq("TotalsPerBankTransactionCode5__1", &[one("NbOfNtries", &Max15NumericText), one("BkTxCd", &BankTransactionCodeStructure4__1)]);
pub(crate) static YesNoIndicator: Type = plain("YesNoIndicator", Shape::Boolean);
