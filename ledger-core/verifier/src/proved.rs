//! One call for any proof file.

use crate::{
    account_file::{self, AccountVerdict, verify_account},
    certificate::Committee,
    error::VerifyError,
    file::format_of,
    receipt_file::{self, Verdict, verify_receipt},
};

/// What a valid proof file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proved {
    /// What a command did.
    Receipt(Box<Verdict>),
    /// What an account held.
    Account(Box<AccountVerdict>),
}

impl Proved {
    /// Whether it is anything but the receipt of a refused command.
    #[must_use]
    pub fn applied(&self) -> bool {
        match self {
            Self::Receipt(verdict) => verdict.applied,
            Self::Account(_) => true,
        }
    }

    /// One line in plain words.
    #[must_use]
    pub fn plain(&self) -> &str {
        match self {
            Self::Receipt(verdict) => &verdict.plain,
            Self::Account(verdict) => &verdict.plain,
        }
    }

    /// The exit code of `florin verify`: 0 for applied, 3 for refused.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.applied() { 0 } else { 3 }
    }
}

/// Checks a proof file of whichever format it names.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_file(bytes: &[u8], committee: &Committee) -> Result<Proved, VerifyError> {
    if format_of(bytes, receipt_file::FORMAT)? == account_file::FORMAT {
        verify_account(bytes, committee).map(|verdict| Proved::Account(Box::new(verdict)))
    } else {
        verify_receipt(bytes, committee).map(|verdict| Proved::Receipt(Box::new(verdict)))
    }
}
