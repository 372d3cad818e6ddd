//! What shows a run of one of a member's lists: its accounts, or its customers.
//!
//! The member's record of holdings commits to count and root of both lists. A run is proved to
//! stand at its places (W21), so nothing can be left out of it; the run of all places is the list.
//!
//! # Place      spelled by `list_file` and `payments_file`, under the record that is proved there
//! # Invariants W27 nothing is left out of a run, added to it or changed in it
//! # Absent     what the accounts hold and who the customers are

use ledger_core::{
    digest::{Hash32, leaf_hash},
    member::Holdings,
    merkle::{LogHead, root_from_range},
};

use crate::limits::MAX_LIST_ENTRIES;

/// Why entries are not a run of a member's list, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// More than one file holds.
    #[error("more than {limit} entries are shown; ask for fewer")]
    TooLong {
        /// How many are allowed.
        limit: usize,
    },
    /// A list that has entries, and none of them.
    #[error("no entry is shown of a list of {count}")]
    NothingShown {
        /// Entries in the list.
        count: u64,
    },
    /// The entries are not those that the member's record commits to at these places.
    #[error("the entries shown are not those of the member's list at these places")]
    NotInList,
}

impl ListFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "list_too_long",
            Self::NothingShown { .. } => "nothing_shown",
            Self::NotInList => "not_in_list",
        }
    }
}

/// Which of a member's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Its accounts, in order of opening.
    Accounts,
    /// Its customers' handles, in order of registration.
    Customers,
}

impl ListKind {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Customers => "customers",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Accounts, Self::Customers].into_iter().find(|kind| kind.name() == name)
    }

    /// What a member's record commits to.
    #[must_use]
    pub const fn head(self, holdings: &Holdings) -> LogHead {
        match self {
            Self::Accounts => holdings.accounts,
            Self::Customers => holdings.parties,
        }
    }
}

/// An entry of a list: the 32 bytes of an account's address or of a customer's handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownId {
    /// The entry.
    pub id: [u8; 32],
    /// Salt of its leaf.
    pub salt: Hash32,
}

/// A run of a member's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProof {
    /// Which list.
    pub kind: ListKind,
    /// Place in the list of the first entry shown; 0 when none is.
    pub index: u64,
    /// From the run to the list's root.
    pub path: Vec<Hash32>,
    /// The entries.
    pub entries: Vec<ShownId>,
}

impl ListProof {
    /// Checks that these are the entries of the list at their places, and gives what the member's
    /// record commits to.
    ///
    /// # Errors
    /// [`ListFault`], naming the first thing that is wrong.
    pub fn check(&self, holdings: &Holdings) -> Result<LogHead, ListFault> {
        let head = self.kind.head(holdings);
        if self.entries.len() > MAX_LIST_ENTRIES {
            return Err(ListFault::TooLong { limit: MAX_LIST_ENTRIES });
        }
        if self.entries.is_empty() && head.count > 0 {
            return Err(ListFault::NothingShown { count: head.count });
        }
        let leaves: Vec<Hash32> =
            self.entries.iter().map(|entry| leaf_hash(&entry.salt, &entry.id)).collect();
        let root = root_from_range(&leaves, self.index, head.count, &self.path);
        if root == Some(head.root) { Ok(head) } else { Err(ListFault::NotInList) }
    }

    /// Whether these are all entries of a list of this head.
    #[must_use]
    pub fn is_whole(&self, head: &LogHead) -> bool {
        self.index == 0 && u64::try_from(self.entries.len()) == Ok(head.count)
    }
}
