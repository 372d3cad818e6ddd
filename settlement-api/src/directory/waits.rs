//! What is decided of a member's entry and does not act yet.

use ledger_core::{digest::Hash32, directory::DirectoryNotice, id::Text, time::LedgerTime};
use serde::{Deserialize, Serialize};

/// A part of what waits: its administrators' change, or its names by operators. What is not named stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// The ledger time from which on it acts.
    pub from: LedgerTime,
    /// The endpoint then.
    pub endpoint: Option<Text>,
    /// All aliases then: operators decide those, and nothing else.
    pub aliases: Option<Vec<Text>>,
    /// The message key then.
    pub message_key: Option<Hash32>,
}

impl Waits {
    /// What waits by a member's notice.
    #[must_use]
    pub fn of(notice: &DirectoryNotice) -> Vec<Self> {
        let change = notice.waiting.as_ref().map(|change| Self {
            from: change.from,
            endpoint: change.endpoint.clone(),
            aliases: None,
            message_key: change.message_key.map(|new| new.key),
        });
        let naming = notice.naming.as_ref().map(|naming| Self {
            from: naming.from,
            endpoint: None,
            aliases: Some(naming.aliases.clone()),
            message_key: None,
        });
        change.into_iter().chain(naming).collect()
    }

    /// Whether operators decided it.
    pub(super) const fn is_naming(&self) -> bool {
        self.aliases.is_some()
    }

    /// What it changes.
    pub(super) fn changes(&self) -> Vec<String> {
        let rows = [
            (self.endpoint.is_some(), "endpoint"),
            (self.aliases.is_some(), "aliases"),
            (self.message_key.is_some(), "message_key"),
        ];
        rows.iter().filter(|(is, _)| *is).map(|(_, what)| (*what).to_owned()).collect()
    }
}
