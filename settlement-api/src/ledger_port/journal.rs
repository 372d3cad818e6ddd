//! The journal of an own account, entry by entry.
//!
//! # Place      validator -> [journal] -> statements
//! # Invariants nothing here is believed before it leads to the record that is proved
//! #            (`verifier::history::Reading`)

use std::time::Duration;

use ledger_core::id::AccountId;
use serde::{Deserialize, Serialize};
use verifier::history::ShownBlock;

use super::{LedgerClient, PortError, read::Proved};

/// GET `/{hex of an account}?after=N&limit=M`: a [`JournalPage`] of an own account, after the first N
/// entries.
pub const JOURNALS: &str = "/ledger/v1/journals";
/// Entries of one page at most.
pub const PAGE_ENTRIES: usize = 256;
/// Movements after which a page ends.
pub const PAGE_MOVEMENTS: usize = 16_384;

/// Entries of a journal, ascending, each with all its movements. There may be later ones than those
/// that the latest proved record of the account counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPage {
    /// The entries.
    pub blocks: Vec<ShownBlock>,
}

/// Each entry is checked against the record (`verifier::history::Reading`).
impl Proved for JournalPage {}

impl LedgerClient {
    /// Entries of an own account's journal after the first `after`, as a validator gives them.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn journal(
        &self,
        account: &AccountId,
        after: u64,
    ) -> Result<Vec<ShownBlock>, PortError> {
        let path = format!("{JOURNALS}/{account}?after={after}&limit={PAGE_ENTRIES}");
        let page: JournalPage = self.read(&path, Duration::ZERO, |_| true).await?;
        Ok(page.blocks)
    }
}
