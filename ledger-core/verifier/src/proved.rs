//! One call for any proof file.

use crate::{
    account_file::{self, AccountVerdict, verify_account},
    committee::Committee,
    consistency_file::{self, ConsistencyVerdict, verify_consistency},
    error::VerifyError,
    file::format_of,
    history_file::{self, HistoryVerdict, verify_history},
    liability_file::{self, LiabilityVerdict, verify_liabilities, verify_liability},
    limits::MAX_HISTORY_FILE_BYTES,
    list_file::{self, ListVerdict, verify_list},
    payments_file::{self, PaymentsVerdict, verify_payments},
    receipt_file::{self, Verdict, verify_receipt},
    record_file::{self, RecordVerdict, verify_record},
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
    /// That one history of blocks goes on as another.
    Consistency(Box<ConsistencyVerdict>),
    /// Which accounts or customers a member has.
    List(Box<ListVerdict>),
    /// What a member paid or was paid, completely.
    Payments(Box<PaymentsVerdict>),
    /// That what is owed is in a sum.
    Liability(Box<LiabilityVerdict>),
    /// What stood under a name, or that nothing did.
    Record(Box<RecordVerdict>),
}

impl Proved {
    /// Whether it is anything but the receipt of a refused command.
    #[must_use]
    pub fn applied(&self) -> bool {
        match self {
            Self::Receipt(verdict) => verdict.applied,
            Self::Account(_)
            | Self::History(_)
            | Self::Consistency(_)
            | Self::List(_)
            | Self::Payments(_)
            | Self::Liability(_)
            | Self::Record(_) => true,
        }
    }

    /// One line in plain words.
    #[must_use]
    pub fn plain(&self) -> &str {
        match self {
            Self::Receipt(verdict) => &verdict.plain,
            Self::Account(verdict) => &verdict.plain,
            Self::History(verdict) => &verdict.plain,
            Self::Consistency(verdict) => &verdict.plain,
            Self::List(verdict) => &verdict.plain,
            Self::Payments(verdict) => &verdict.plain,
            Self::Liability(verdict) => &verdict.plain,
            Self::Record(verdict) => &verdict.plain,
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
        consistency_file::FORMAT => verify_consistency(bytes, committee)
            .map(|verdict| Proved::Consistency(Box::new(verdict))),
        list_file::FORMAT => {
            verify_list(bytes, committee).map(|verdict| Proved::List(Box::new(verdict)))
        }
        payments_file::FORMAT => {
            verify_payments(bytes, committee).map(|verdict| Proved::Payments(Box::new(verdict)))
        }
        liability_file::PUBLISHED => {
            verify_liabilities(bytes, committee).map(|v| Proved::Liability(Box::new(v)))
        }
        liability_file::HELD => {
            verify_liability(bytes, committee).map(|v| Proved::Liability(Box::new(v)))
        }
        record_file::FORMAT => {
            verify_record(bytes, committee).map(|verdict| Proved::Record(Box::new(verdict)))
        }
        _ => verify_receipt(bytes, committee).map(|verdict| Proved::Receipt(Box::new(verdict))),
    }
}
