//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_EndpointGapReport_camt_052_001_08_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.052.001.08", usage: "EndpointGapReport", message: one("BkToCstmrAcctRpt", &BankToCustomerAccountReportV08), in_document: true };

pub(crate) static AccountIdentification4Choice__1: Type = choice("AccountIdentification4Choice__1", &[one("Othr", &GenericAccountIdentification1__1)]);
pub(crate) static AccountReport25__1: Type = seq("AccountReport25__1", &[one("Id", &GapType_FedwireFunds_1), one("CreDtTm", &ISODateTime), one("Acct", &CashAccount39__1), one("AddtlRptInf", &Max500Text)]);
pub(crate) static AccountReporting_FedwireFunds_1: Type = codes("AccountReporting_FedwireFunds_1", &["GAPR"]);
pub(crate) static BankToCustomerAccountReportV08: Type = seq("BankToCustomerAccountReportV08", &[one("GrpHdr", &GroupHeader81__1), some("Rpt", &AccountReport25__1)]);
pub(crate) static CashAccount39__1: Type = seq("CashAccount39__1", &[one("Id", &AccountIdentification4Choice__1)]);
pub(crate) static EndpointIdentifier_FedwireFunds_1: Type = bounded_pattern("EndpointIdentifier_FedwireFunds_1", 8, 8, r"[A-Z0-9]{8,8}");
pub(crate) static GapType_FedwireFunds_1: Type = codes("GapType_FedwireFunds_1", &["OMAD", "IMAD"]);
pub(crate) static GenericAccountIdentification1__1: Type = seq("GenericAccountIdentification1__1", &[one("Id", &EndpointIdentifier_FedwireFunds_1)]);
pub(crate) static GroupHeader81__1: Type = seq("GroupHeader81__1", &[one("MsgId", &AccountReporting_FedwireFunds_1), one("CreDtTm", &ISODateTime), one("MsgPgntn", &Pagination1)]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static Max500Text: Type = text("Max500Text", 1, 500);
pub(crate) static Max5NumericText: Type = pattern("Max5NumericText", r"[0-9]{1,5}");
pub(crate) static Pagination1: Type = seq("Pagination1", &[one("PgNb", &Max5NumericText), one("LastPgInd", &YesNoIndicator)]);
pub(crate) static YesNoIndicator: Type = plain("YesNoIndicator", Shape::Boolean);
