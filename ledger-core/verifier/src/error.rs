//! Why a file proves nothing.

use ledger_core::{genesis::GenesisError, time::Height};

use crate::{
    consistency_file::ConsistencyFault, liability_file::LiabilityFault, list::ListFault,
    payments::PaymentsFault, record_file::RecordFault,
};

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
    #[error(
        "the header is not of the committee that is trusted for its epoch; if the committee has \
         changed, trust a file with its handovers (`florin trust`)"
    )]
    OtherCommittee,
    /// A header does not hand over to these validators.
    #[error("the handover {what}")]
    Handover {
        /// What is wrong.
        what: &'static str,
    },
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
    /// The account's history is not shown, or not all of it.
    #[error(transparent)]
    History(#[from] HistoryFault),
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
    /// One history of blocks is not shown to go on as another.
    #[error(transparent)]
    Consistency(#[from] ConsistencyFault),
    /// The record is not what a member has, under its own key.
    #[error("the record is not the holdings of a member")]
    NotHoldings,
    /// A member's list is not shown.
    #[error(transparent)]
    List(#[from] ListFault),
    /// A member's payments are not shown, or not all of them.
    #[error(transparent)]
    Payments(#[from] PaymentsFault),
    /// What is owed is not shown to be in a sum.
    #[error(transparent)]
    Liability(#[from] LiabilityFault),
    /// What stands under a name is not shown.
    #[error(transparent)]
    Record(#[from] RecordFault),
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
            | Self::Handover { .. }
            | Self::NotCovered { .. }
            | Self::NotInHistory
            | Self::NotInState
            | Self::NotAnAccount
            | Self::History(_)
            | Self::UnknownCurrency
            | Self::CertificateMalformed { .. }
            | Self::CertificateMismatch { .. }
            | Self::Quorum { .. }
            | Self::Signature
            | Self::NotCanonical
            | Self::Consistency(_)
            | Self::NotHoldings
            | Self::List(_)
            | Self::Payments(_)
            | Self::Liability(_)
            | Self::Record(_) => Class::NotValid,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::NotJson { .. } => "not_json",
            Self::WrongFormat { .. } => "wrong_format",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::Field { .. } => "field_not_canonical",
            Self::Genesis(_) => "genesis_unsound",
            Self::VoteKey { .. } => "vote_key_unusable",
            Self::Possession { .. } => "possession_not_proved",
            Self::OtherNetwork => "other_network",
            Self::OtherCommittee => "other_committee",
            Self::Handover { .. } => "not_a_handover",
            Self::NotCovered { .. } => "receipt_not_covered",
            Self::NotInHistory => "not_in_history",
            Self::NotInState => "not_in_state",
            Self::NotAnAccount => "not_an_account",
            Self::History(fault) => fault.code(),
            Self::UnknownCurrency => "unknown_currency",
            Self::CertificateMalformed { .. } => "certificate_malformed",
            Self::CertificateMismatch { .. } => "certificate_mismatch",
            Self::Quorum { .. } => "quorum_missing",
            Self::Signature => "signature_does_not_hold",
            Self::NotCanonical => "not_canonical",
            Self::Consistency(fault) => fault.code(),
            Self::NotHoldings => "not_holdings",
            Self::List(fault) => fault.code(),
            Self::Payments(fault) => fault.code(),
            Self::Liability(fault) => fault.code(),
            Self::Record(fault) => fault.code(),
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

/// Why a proof does not show the whole history of an account in its span, in the order in which it
/// is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryFault {
    /// The span ends before it begins.
    #[error("the span from height {from} to height {to} is none")]
    SpanReversed {
        /// Its first height.
        from: Height,
        /// Its last.
        to: Height,
    },
    /// The header does not report on the last block of the span yet.
    #[error("the header reports results up to height {covered}, the span ends at {to}")]
    SpanNotCovered {
        /// The last height of the span.
        to: Height,
        /// Height up to which the header reports.
        covered: Height,
    },
    /// More than one file holds.
    #[error("more than {limit} {what} in the span; ask for a shorter one")]
    TooLong {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// Earlier entries of the journal could lie in the span.
    #[error("entries before place {index} of the journal could lie in the span")]
    StartNotShown {
        /// Place of the first entry shown.
        index: u64,
    },
    /// Further entries of the journal could lie in the span.
    #[error("what is shown does not reach the end of the journal of {count} entries")]
    EndNotShown {
        /// Entries in the journal.
        count: u64,
    },
    /// The entries are not those that the account commits to at these places.
    #[error("the entries shown are not those of the account's journal at these places")]
    NotInJournal,
    /// An entry of the journal lies on the wrong side of the span's ends.
    #[error("the entry of height {height} is shown where it does not belong in the span")]
    OutsideSpan {
        /// The entry's height.
        height: Height,
    },
    /// The journal itself is not in order.
    #[error("the entry of height {height} stands behind one that is not lower")]
    NotAscending {
        /// The entry's height.
        height: Height,
    },
    /// The movements are not those that the entry commits to.
    #[error("the movements shown at height {height} are not those that the entry commits to")]
    OtherMovements {
        /// The entry's height.
        height: Height,
    },
    /// The journal itself does not add up.
    #[error("the balances after height {height} do not follow from those before and the movements")]
    DoesNotFollow {
        /// The entry's height.
        height: Height,
    },
    /// What came or what left is more than 128 bits hold.
    #[error("the sums of movements up to height {height} are too large; ask for a shorter span")]
    SumTooLarge {
        /// The entry's height.
        height: Height,
    },
    /// The journal's end and the account's record contradict each other.
    #[error("the account's record holds other balances than the end of its journal")]
    OtherBalances,
}

impl HistoryFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SpanReversed { .. } => "span_reversed",
            Self::SpanNotCovered { .. } => "span_not_covered",
            Self::TooLong { .. } => "history_too_long",
            Self::StartNotShown { .. } => "start_not_shown",
            Self::EndNotShown { .. } => "end_not_shown",
            Self::NotInJournal => "not_in_journal",
            Self::OutsideSpan { .. } => "outside_span",
            Self::NotAscending { .. } => "heights_not_ascending",
            Self::OtherMovements { .. } => "other_movements",
            Self::DoesNotFollow { .. } => "balance_does_not_follow",
            Self::SumTooLarge { .. } => "sum_too_large",
            Self::OtherBalances => "other_balances",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const H: Height = Height::new(1);

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        let faults = [
            HistoryFault::SpanReversed { from: H, to: H },
            HistoryFault::SpanNotCovered { to: H, covered: H },
            HistoryFault::TooLong { what: "blocks", limit: 1 },
            HistoryFault::StartNotShown { index: 1 },
            HistoryFault::EndNotShown { count: 1 },
            HistoryFault::NotInJournal,
            HistoryFault::OutsideSpan { height: H },
            HistoryFault::NotAscending { height: H },
            HistoryFault::OtherMovements { height: H },
            HistoryFault::DoesNotFollow { height: H },
            HistoryFault::SumTooLarge { height: H },
            HistoryFault::OtherBalances,
        ];
        let rows = [
            VerifyError::TooLarge { limit: 1 },
            VerifyError::NotJson { line: 1, column: 1 },
            VerifyError::WrongFormat { expected: "x" },
            VerifyError::UnknownVersion { what: "x" },
            VerifyError::Field { field: "x" },
            VerifyError::Genesis(GenesisError::Format),
            VerifyError::VoteKey { index: 1 },
            VerifyError::Possession { index: 1 },
            VerifyError::OtherNetwork,
            VerifyError::OtherCommittee,
            VerifyError::Handover { what: "x" },
            VerifyError::NotCovered { height: H, covered: H },
            VerifyError::NotInHistory,
            VerifyError::NotInState,
            VerifyError::NotAnAccount,
            VerifyError::UnknownCurrency,
            VerifyError::CertificateMalformed { part: "x" },
            VerifyError::CertificateMismatch { field: "x" },
            VerifyError::Quorum { found: 1, needed: 1 },
            VerifyError::Signature,
            VerifyError::NotCanonical,
            VerifyError::NotHoldings,
            ConsistencyFault::NoHistory.into(),
            ConsistencyFault::Reversed { older: H, newer: H }.into(),
            ConsistencyFault::OtherBlock.into(),
            ConsistencyFault::NotABeginning.into(),
            ListFault::TooLong { limit: 1 }.into(),
            ListFault::NothingShown { count: 1 }.into(),
            ListFault::NotInList.into(),
            PaymentsFault::TooLong { what: "blocks", limit: 1 }.into(),
            PaymentsFault::AccountsNotWhole.into(),
            PaymentsFault::OtherAccount { index: 1 }.into(),
            PaymentsFault::HistoryMissing { index: 1 }.into(),
            PaymentsFault::HistoryNotAsked { index: 1 }.into(),
            PaymentsFault::SumTooLarge { currency: crate::testing::currency("USD") }.into(),
            LiabilityFault::NotACurrency.into(),
            LiabilityFault::NotTheSupply.into(),
            LiabilityFault::OtherParts { found: 1 }.into(),
            LiabilityFault::NotInSum { number: 1 }.into(),
            LiabilityFault::OtherBalance.into(),
            RecordFault::Secret.into(),
            RecordFault::OtherName.into(),
        ];
        let all: Vec<_> = rows.into_iter().chain(faults.map(VerifyError::History)).collect();
        let codes: BTreeSet<_> = all.iter().map(VerifyError::code).collect();
        assert_eq!(codes.len(), all.len());
        let snake = |code: &&str| code.bytes().all(|b| b == b'_' || b.is_ascii_lowercase());
        assert!(codes.iter().all(snake), "{codes:?}");
        for (at, error) in all.iter().enumerate() {
            assert_eq!(error.class() == Class::Unreadable, at < 4, "{error}");
        }
    }
}
