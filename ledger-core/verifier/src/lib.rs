//! Everything needed to check Florin's certificates and proofs offline.
//!
//! A bank, an auditor or a court needs two files: a proof and the genesis of the network. This
//! crate turns them into a verdict. It shares with the validators the types of `ledger-core` and
//! nothing else: the consensus engine's bytes are parsed and its BLS signatures are checked here
//! by other code than the engine's own.
//!
//! ```no_run
//! # fn main() -> Result<(), verifier::VerifyError> {
//! # let (trust, file): (Vec<u8>, Vec<u8>) = (vec![], vec![]);
//! let genesis = verifier::parse_genesis(&trust)?;
//! let committee = verifier::Committee::new(&genesis)?;
//! let proved = verifier::verify_file(&file, &committee)?;
//! assert!(proved.applied());
//! # Ok(())
//! # }
//! ```
//!
//! # Place      `florin verify`, gateways and banks' own systems; below them only `ledger-core`
//! # Invariants W9 a proof binds every byte it shows; W13, W14 a certificate has one encoding and
//! #            a quorum's signatures; W16 a file has one spelling; W21, W27, W28 histories, lists
//! #            and payments are complete; W26 histories of blocks go on; W29 liabilities add up
//! # Absent     clock, network, randomness, storage
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::match_wildcard_for_single_variants
    )
)]

pub mod account_file;
pub mod certificate;
pub mod committee;
pub mod consistency_file;
pub mod error;
mod file;
pub mod genesis_file;
pub mod history;
pub mod history_file;
pub mod liability_file;
pub mod limits;
pub mod list;
pub mod list_file;
pub mod payments;
pub mod payments_file;
pub mod proved;
pub mod receipt_file;
pub mod record_file;
pub mod run;
pub mod summary;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod trust_file;
#[cfg(test)]
mod vectors;

pub use account_file::{AccountFile, AccountVerdict, verify_account};
pub use certificate::Finalization;
pub use committee::{Committee, Handover, Reliance, check_possession};
pub use consistency_file::{ConsistencyFile, ConsistencyVerdict, verify_consistency};
pub use error::{Class, HistoryFault, VerifyError};
pub use genesis_file::{parse_genesis, write_genesis};
pub use history_file::{HistoryFile, HistoryVerdict, verify_history};
pub use liability_file::{
    LiabilitiesFile, LiabilityFile, LiabilityVerdict, verify_liabilities, verify_liability,
};
pub use list_file::{ListFile, ListVerdict, verify_list};
pub use payments_file::{PaymentsFile, PaymentsVerdict, verify_payments};
pub use proved::{Proved, verify_file};
pub use receipt_file::{ReceiptFile, Verdict, verify_receipt};
pub use record_file::{RecordFile, RecordVerdict, verify_record};
pub use trust_file::{parse_trust, write_trust};
