//! One call for any proof file.

use crate::{
    account_file::{self, AccountVerdict, verify_account},
    certificate::Committee,
    error::VerifyError,
    file::format_of,
    history_file::{self, HistoryVerdict, verify_history},
    limits::MAX_HISTORY_FILE_BYTES,
    receipt_file::{self, Verdict, verify_receipt},
};

/// What a valid proof file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proved {
    /// What a command did.
    Receipt(Box<Verdict>),
    /// What an account held.
    Account(Box<AccountVerdict>),
    /// What happened to an account, completely.
    History(Box<HistoryVerdict>),
}

impl Proved {
    /// Whether it is anything but the receipt of a refused command.
    #[must_use]
    pub fn applied(&self) -> bool {
        match self {
            Self::Receipt(verdict) => verdict.applied,
            Self::Account(_) | Self::History(_) => true,
        }
    }

    /// One line in plain words.
    #[must_use]
    pub fn plain(&self) -> &str {
        match self {
            Self::Receipt(verdict) => &verdict.plain,
            Self::Account(verdict) => &verdict.plain,
            Self::History(verdict) => &verdict.plain,
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
    match format_of(bytes, MAX_HISTORY_FILE_BYTES, receipt_file::FORMAT)?.as_str() {
        account_file::FORMAT => {
            verify_account(bytes, committee).map(|verdict| Proved::Account(Box::new(verdict)))
        }
        history_file::FORMAT => {
            verify_history(bytes, committee).map(|verdict| Proved::History(Box::new(verdict)))
        }
        _ => verify_receipt(bytes, committee).map(|verdict| Proved::Receipt(Box::new(verdict))),
    }
}
