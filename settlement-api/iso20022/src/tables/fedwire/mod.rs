//! @generated from the folder fedwire-2025 by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

pub(crate) mod camt_052_001_08_account_balance_report_master;
pub(crate) mod camt_052_001_08_account_balance_report_self;
pub(crate) mod camt_060_001_05_account_reporting_request;
pub(crate) mod camt_052_001_08_activity_report;
pub(crate) mod head_001_001_03_business_application_header;
pub(crate) mod admi_004_001_02_connection_check;
pub(crate) mod pacs_008_001_08_customer_credit_transfer;
pub(crate) mod pain_013_001_07_drawdown_request;
pub(crate) mod pain_014_001_07_drawdown_response;
pub(crate) mod camt_052_001_08_endpoint_details_report;
pub(crate) mod camt_052_001_08_endpoint_gap_report;
pub(crate) mod camt_052_001_08_endpoint_totals_report;
pub(crate) mod admi_007_001_01_fedwire_funds_acknowledgement;
pub(crate) mod admi_004_001_02_fedwire_funds_broadcast;
pub(crate) mod pacs_002_001_10_fedwire_funds_payment_status;
pub(crate) mod admi_011_001_01_fedwire_funds_system_response;
pub(crate) mod pacs_009_001_08_financial_institution_credit_transfer;
pub(crate) mod camt_110_001_01_investigation_request;
pub(crate) mod camt_111_001_01_investigation_response;
pub(crate) mod admi_002_001_01_message_reject;
pub(crate) mod pacs_004_001_10_payment_return;
pub(crate) mod pacs_028_001_03_payment_status_request;
pub(crate) mod admi_006_001_01_retrieval_request;
pub(crate) mod camt_029_001_09_return_request_response;
pub(crate) mod camt_056_001_08_return_request;

use crate::table::Schema;

/// Every table of this folder.
pub(crate) static ALL: &[&Schema] = &[
    &camt_052_001_08_account_balance_report_master::SCHEMA,
    &camt_052_001_08_account_balance_report_self::SCHEMA,
    &camt_060_001_05_account_reporting_request::SCHEMA,
    &camt_052_001_08_activity_report::SCHEMA,
    &head_001_001_03_business_application_header::SCHEMA,
    &admi_004_001_02_connection_check::SCHEMA,
    &pacs_008_001_08_customer_credit_transfer::SCHEMA,
    &pain_013_001_07_drawdown_request::SCHEMA,
    &pain_014_001_07_drawdown_response::SCHEMA,
    &camt_052_001_08_endpoint_details_report::SCHEMA,
    &camt_052_001_08_endpoint_gap_report::SCHEMA,
    &camt_052_001_08_endpoint_totals_report::SCHEMA,
    &admi_007_001_01_fedwire_funds_acknowledgement::SCHEMA,
    &admi_004_001_02_fedwire_funds_broadcast::SCHEMA,
    &pacs_002_001_10_fedwire_funds_payment_status::SCHEMA,
    &admi_011_001_01_fedwire_funds_system_response::SCHEMA,
    &pacs_009_001_08_financial_institution_credit_transfer::SCHEMA,
    &camt_110_001_01_investigation_request::SCHEMA,
    &camt_111_001_01_investigation_response::SCHEMA,
    &admi_002_001_01_message_reject::SCHEMA,
    &pacs_004_001_10_payment_return::SCHEMA,
    &pacs_028_001_03_payment_status_request::SCHEMA,
    &admi_006_001_01_retrieval_request::SCHEMA,
    &camt_029_001_09_return_request_response::SCHEMA,
    &camt_056_001_08_return_request::SCHEMA,
];
