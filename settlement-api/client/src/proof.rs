//! What a receipt has to say before a payment is called settled, or over.
//!
//! # Place      payments::PaymentReport says where the file is -> [proof] -> [`Settled`]
//! # Invariants only this module makes a [`Settled`] or [`Rejected`], and only of a file that verified
//! #            against the trusted committee and names the payment: UETR, kind, both banks, money,
//! #            and the own account
//! # Absent     the customers: a receipt does not know them (docs/adr/0020-personal-data.md)

use std::fmt;

use ledger_core::{
    id::{AccountId, Leg, Lei, MessageKind, Uetr},
    money::Money,
    receipt::{Effect, Outcome, Receipt},
    time::LedgerTime,
};
use sha2::{Digest as _, Sha256};
use verifier::{VerifyError, summary::outcome_name, verify_receipt};

use crate::trust::Trust;

/// What in a proof or answer is not as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// UETR.
    Uetr,
    /// Not a payment.
    Kind,
    /// The bank that pays.
    Payer,
    /// The bank that is paid.
    Payee,
    /// The amount.
    Amount,
    /// The currency.
    Currency,
    /// The account that pays.
    DebitAccount,
    /// The account that is paid.
    CreditAccount,
    /// Which way the payment goes.
    Direction,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uetr => "UETR",
            Self::Kind => "kind",
            Self::Payer => "paying bank",
            Self::Payee => "paid bank",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::DebitAccount => "debited account",
            Self::CreditAccount => "credited account",
            Self::Direction => "direction",
        })
    }
}

/// Why a file proves nothing about a payment.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// It does not verify.
    #[error("the proof does not hold: {0}")]
    Invalid(#[from] VerifyError),
    /// It verifies, and is about something else.
    #[error("the proof holds, but is of another payment: its {0} differs")]
    OtherPayment(Field),
    /// It verifies, is about the payment, and says something else than the gateway.
    #[error("the proof holds, but says `{outcome}` where the gateway says {said}")]
    OtherOutcome {
        /// What it says.
        outcome: &'static str,
        /// What the gateway says.
        said: &'static str,
    },
    /// The file is not the one whose hash the gateway named.
    #[error("the receipt file is not the one that the gateway named by its hash")]
    OtherFile,
    /// The gateway claims the end of a payment and names no proof of it.
    #[error("the gateway says {said} and gives no proof")]
    Missing {
        /// What it says.
        said: &'static str,
    },
}

/// The payment that a proof must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// UETR.
    pub uetr: Uetr,
    /// How much.
    pub money: Money,
    /// Who pays.
    pub instructing: Lei,
    /// Who is paid.
    pub instructed: Lei,
    /// The account that pays, where it is known: a payer knows its own.
    pub debit: Option<AccountId>,
    /// The account that is paid, where it is known: a payee knows its own.
    pub credit: Option<AccountId>,
}

/// A payment that settled, by its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    receipt: Receipt,
    at: LedgerTime,
    file: Vec<u8>,
}

/// A payment that ended without settlement, by its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    receipt: Receipt,
    file: Vec<u8>,
}

impl Settled {
    /// Checks a receipt file.
    ///
    /// # Errors
    /// [`ProofError`], the first that applies.
    pub fn check(file: &[u8], expected: &Expected, trust: &Trust) -> Result<Self, ProofError> {
        let verdict = verify_receipt(file, trust.committee())?;
        names(&verdict.receipt, expected)?;
        match (verdict.receipt.outcome, verdict.settled) {
            (Outcome::Applied(Effect::Settled), Some(at)) => {
                Ok(Self { receipt: verdict.receipt, at, file: file.to_vec() })
            }
            (outcome, _) => {
                Err(ProofError::OtherOutcome { outcome: outcome_name(&outcome), said: "ACSC" })
            }
        }
    }

    /// The receipt, as proved.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Since when it is final.
    #[must_use]
    pub const fn at(&self) -> LedgerTime {
        self.at
    }

    /// The proof, to be kept: `florin verify` reads it.
    #[must_use]
    pub fn file(&self) -> &[u8] {
        &self.file
    }
}

impl Rejected {
    /// Checks the receipt file of a payment that did not settle: refused, or its hold given back.
    ///
    /// # Errors
    /// [`ProofError`], the first that applies.
    pub fn check(file: &[u8], expected: &Expected, trust: &Trust) -> Result<Self, ProofError> {
        let receipt = verify_receipt(file, trust.committee())?.receipt;
        names(&receipt, expected)?;
        match receipt.outcome {
            Outcome::Refused(_) | Outcome::Applied(Effect::Voided(_) | Effect::ClosedUnsettled) => {
                Ok(Self { receipt, file: file.to_vec() })
            }
            outcome @ Outcome::Applied(_) => {
                Err(ProofError::OtherOutcome { outcome: outcome_name(&outcome), said: "RJCT" })
            }
        }
    }

    /// The receipt, as proved.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The proof, to be kept.
    #[must_use]
    pub fn file(&self) -> &[u8] {
        &self.file
    }
}

/// Checks that a receipt file is the payee's bank's word that its customer has the money.
///
/// # Errors
/// [`ProofError`].
pub fn check_credited(file: &[u8], expected: &Expected, trust: &Trust) -> Result<(), ProofError> {
    let receipt = verify_receipt(file, trust.committee())?.receipt;
    leg(&receipt, expected)?;
    match receipt.outcome {
        Outcome::Applied(Effect::CreditConfirmed) => Ok(()),
        outcome => Err(ProofError::OtherOutcome { outcome: outcome_name(&outcome), said: "ACCC" }),
    }
}

/// Whether these bytes are the file that a report names by its SHA-256 in hex.
#[must_use]
pub fn is_named(file: &[u8], sha256: &str) -> bool {
    hex::encode(Sha256::digest(file)) == sha256
}

fn leg(receipt: &Receipt, expected: &Expected) -> Result<Leg, ProofError> {
    let other = |field| Err(ProofError::OtherPayment(field));
    let Some(leg) = receipt.leg else { return other(Field::Kind) };
    match leg.kind {
        MessageKind::Pacs008 | MessageKind::Pacs009 => {}
        MessageKind::Pacs004 | MessageKind::Sese023 => return other(Field::Kind),
    }
    if leg.uetr != expected.uetr {
        return other(Field::Uetr);
    }
    if leg.instructing != expected.instructing {
        return other(Field::Payer);
    }
    if leg.instructed != expected.instructed {
        return other(Field::Payee);
    }
    Ok(leg)
}

/// Whether a receipt names the payment: each of its facts, in the order of [`Field`].
fn names(receipt: &Receipt, expected: &Expected) -> Result<(), ProofError> {
    leg(receipt, expected)?;
    let other = |field| Err(ProofError::OtherPayment(field));
    let Some(money) = receipt.money else { return other(Field::Amount) };
    if money.currency() != expected.money.currency() {
        return other(Field::Currency);
    }
    if money.minor() != expected.money.minor() {
        return other(Field::Amount);
    }
    let differs = |known: Option<AccountId>, proved| known.is_some() && known != proved;
    // A refusal names no account: nothing was taken from any.
    let refused = matches!(receipt.outcome, Outcome::Refused(_)) && receipt.debit.is_none();
    if !refused && differs(expected.debit, receipt.debit) {
        return other(Field::DebitAccount);
    }
    // A payment that was refused or held has no credit yet.
    let credited = matches!(receipt.outcome, Outcome::Applied(Effect::Settled));
    if credited && differs(expected.credit, receipt.credit) {
        return other(Field::CreditAccount);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
