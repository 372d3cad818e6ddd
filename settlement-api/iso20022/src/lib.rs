//! ISO 20022 messages as bytes on one side and typed facts on the other.
//!
//! # Place
//! `settlement-api` hands over what a member sent and gets a [`Pacs008`], or what a custodian sent
//! and gets a [`Camt054`], or hands over facts and gets a document back. Nothing here knows a
//! member, a limit or the ledger.
//!
//! Every message of the pinned set is data to one engine: [`check`] judges a file and [`convert`]
//! turns XML into JSON and back (ADR 0033).
//!
//! # Map
//! [`table`] schemas as data · [`tables`] those of all messages · [`document`] which message a file
//! holds · [`version`] how other versions are read · [`validate`] departures from a table ·
//! [`pattern`] patterns of the schemas · [`rules`] rules across fields and of usage guides · [`json`]
//! JSON as text · [`view`] fields of a message by their paths · [`amount`] amounts without rounding · [`identifier`] BIC, LEI, IBAN, UETR and date checks ·
//! [`xml`] the hardened reader and the writer · [`party`] agents, parties, accounts ·
//! [`purpose`] and [`remittance`] what a payment is for · [`pacs008`] the customer credit transfer · [`pacs002`] the status report · [`camt054`] the
//! notification of debits and credits · [`head001`] the business application header ·
//! [`envelope`] header and document in one element · [`error`] refusals
//!
//! # Absent on purpose
//! I/O, async, clocks, panics on any input; types for parts of a message that Florin does not act
//! on. Callers keep the received bytes, which stay the original.

pub mod amount;
pub mod camt054;
pub mod check;
pub mod convert;
pub mod document;
pub mod envelope;
pub mod error;
pub mod head001;
pub mod identifier;
pub mod json;
pub mod pacs002;
pub mod pacs008;
pub mod party;
pub mod pattern;
pub mod purpose;
pub mod remittance;
pub mod rules;
mod schema;
mod spot;
pub mod table;
pub mod tables;
pub mod validate;
pub mod version;
pub mod view;
pub mod xml;

pub use amount::{AmountError, currency_scale, format_minor, parse_minor};
pub use camt054::{
    BankTransactionCode, Camt054, CreditDebit, DomainCode, Entry, EntryStatus, Notification,
    NotifiedAccount, ProprietaryCode, References, Transaction,
};
pub use envelope::{Document, in_envelope, under_header};
pub use error::{Iso20022Error, SchemaRule, XmlFault};
pub use head001::BusinessHeader;
pub use pacs002::{EffectiveDate, OriginalGroup, Pacs002, Reason, StatusReason, TxStatus};
pub use pacs008::{Charge, ChargeBearer, ClearingSystem, Pacs008, SettlementMethod};
pub use party::{AccountId, Agent, CurrencyAmount, Party, PartyOrAgent, PostalAddress};
pub use purpose::Purpose;
pub use remittance::{Advice, AdviceDocument, Structured};

/// A complete pacs.008.001.08 between two invented banks, in an envelope with its header.
pub const FIXTURE_PACS008: &str = include_str!("../fixtures/pacs.008.001.08.xml");

/// A camt.054.001.08 of an invented custodian about one credit that names its order, in an
/// envelope with its header.
pub const FIXTURE_CAMT054_CREDIT: &str = include_str!("../fixtures/camt.054.001.08-credit.xml");

/// A camt.054.001.08 of an invented custodian about one debit for three payments.
pub const FIXTURE_CAMT054_BATCH_DEBIT: &str =
    include_str!("../fixtures/camt.054.001.08-batch-debit.xml");
