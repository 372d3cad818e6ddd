//! Why a file proves nothing.

use ledger_core::{genesis::GenesisError, time::Height};

/// What a refusal means to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The bytes are not a file of a kind this verifier knows.
    Unreadable,
    /// The bytes are such a file, and it does not prove what it says.
    NotValid,
}

/// Why a file proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The file is larger than any of its kind.
    #[error("the file has more than {limit} bytes; no file of this kind is that large")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The file is not JSON.
    #[error("the file is not JSON: line {line}, column {column}")]
    NotJson {
        /// Where reading stopped.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// The file is JSON of some other kind.
    #[error("the file is not a `{expected}` file; check which file was given")]
    WrongFormat {
        /// The format that was looked for.
        expected: &'static str,
    },
    /// What is proved has a version that this verifier does not know.
    #[error("the version of the {what} is unknown; use a newer verifier")]
    UnknownVersion {
        /// What has the version.
        what: &'static str,
    },
    /// A field does not hold what it must hold.
    #[error("the field `{field}` is not canonical; the file is damaged or was changed")]
    Field {
        /// Which field.
        field: &'static str,
    },
    /// The trusted genesis contradicts itself.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// A validator's vote key is not a usable point of the curve.
    #[error("genesis: the vote key of validator {index} is not a usable BLS public key")]
    VoteKey {
        /// Its place in the committee, from 0.
        index: usize,
    },
    /// A validator never showed that it holds its vote key.
    #[error("genesis: the proof of possession of validator {index} does not hold")]
    Possession {
        /// Its place in the committee, from 0.
        index: usize,
    },
    /// The header is of another network than the trusted one.
    #[error("the proof is of another network than the trusted genesis")]
    OtherNetwork,
    /// The header was certified by another committee than the trusted one.
    #[error("the header names another committee than the trusted genesis")]
    OtherCommittee,
    /// The header does not report on the block yet.
    #[error("the header reports results up to height {covered}, the receipt is of {height}")]
    NotCovered {
        /// Height of the receipt.
        height: Height,
        /// Height up to which the header reports.
        covered: Height,
    },
    /// The path does not lead from the receipt to the header.
    #[error("the receipt is not in the history that the header declares")]
    NotInHistory,
    /// The path does not lead from the record to the header.
    #[error("the record is not in the state that the header declares")]
    NotInState,
    /// The record is not an account under its own key.
    #[error("the record is not an account")]
    NotAnAccount,
    /// The account's currency is none of the network.
    #[error("the account's currency is not one of the trusted genesis")]
    UnknownCurrency,
    /// The certificate is not in the engine's encoding.
    #[error("the certificate is malformed at its {part}")]
    CertificateMalformed {
        /// Where.
        part: &'static str,
    },
    /// The certificate is of something else than the header.
    #[error("the certificate is of another {field} than the header")]
    CertificateMismatch {
        /// What differs.
        field: &'static str,
    },
    /// Too few validators signed.
    #[error("{found} validators signed, {needed} are needed")]
    Quorum {
        /// How many signed.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// The aggregate signature does not hold.
    #[error("the validators' signature does not hold")]
    Signature,
    /// The file has bytes that its proof does not determine.
    #[error("the file is not spelled as its proof determines; it was changed or rewritten")]
    NotCanonical,
}

impl VerifyError {
    /// Whether the file could not be read or is not valid.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::TooLarge { .. }
            | Self::NotJson { .. }
            | Self::WrongFormat { .. }
            | Self::UnknownVersion { .. } => Class::Unreadable,
            Self::Field { .. }
            | Self::Genesis(_)
            | Self::VoteKey { .. }
            | Self::Possession { .. }
            | Self::OtherNetwork
            | Self::OtherCommittee
            | Self::NotCovered { .. }
            | Self::NotInHistory
            | Self::NotInState
            | Self::NotAnAccount
            | Self::UnknownCurrency
            | Self::CertificateMalformed { .. }
            | Self::CertificateMismatch { .. }
            | Self::Quorum { .. }
            | Self::Signature
            | Self::NotCanonical => Class::NotValid,
        }
    }

    /// The exit code of `florin verify`: 1 for not valid, 2 for unreadable.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self.class() {
            Class::NotValid => 1,
            Class::Unreadable => 2,
        }
    }
}
