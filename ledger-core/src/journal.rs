//! Journals: append-only lists under the records that own them.
//!
//! An account's record commits to count and root of its journal, one entry per block that touched
//! it, so a balance at any height and a complete history are proved under any later root. Members'
//! lists of accounts and customers, the totals of a currency and the books of a reserve account work
//! the same way.
//!
//! # Place      written by execution at the end of a block; kept by the store; read by audits
//! # Invariants I2 what stood behind a currency at any height follows from the journals of its reserve
//! #            accounts; I4 supply follows from the currency's journal; I9 nothing is ever rewritten
//! # Absent     the proof file of a history (planned: `florin-history-1`)

use serde::{Deserialize, Serialize};

use crate::{
    account::{Balances, Totals},
    digest::{Domain, Hash32},
    freshness::Freshness,
    id::{AccountId, CommandId, Lei, ReserveId},
    merkle::LogHead,
    money::Currency,
    reserve::ReserveBooks,
    time::{Height, LedgerTime},
};

/// Which list. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogName {
    /// Journal of an account: [`JournalEntry`] per block that touched it.
    Account(AccountId),
    /// Journal of a currency: [`TotalsEntry`] per block that changed its totals, what is paid, or how
    /// fresh attestations must be.
    Currency(Currency),
    /// A member's accounts: an [`AccountId`] each.
    MemberAccounts(Lei),
    /// A member's customers: a [`crate::id::PartyId`] each.
    MemberParties(Lei),
    /// A member's anchors: a [`crate::anchor::AnchorEntry`] each.
    MemberAnchors(Lei),
    /// Journal of a reserve account: [`BooksEntry`] per block that changed its books.
    Reserve(ReserveId),
}

/// What happened to an account's money. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MovementKind {
    /// Created by a mint.
    Minted,
    /// Earmarked for a payment.
    Held,
    /// An earmark given back.
    Released,
    /// An earmark paid out.
    PaidFromHold,
    /// Paid out of what was available.
    Paid,
    /// Received.
    Received,
    /// Locked for redemption.
    Preburned,
    /// A redemption that ended without a burn given back.
    PreburnReleased,
    /// Destroyed by a burn.
    Burned,
}

/// One movement of an account's money within a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// The command that moved it.
    pub command: CommandId,
    /// What happened.
    pub kind: MovementKind,
    /// How much, in minor units.
    pub minor: u128,
}

/// A block in an account's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: LedgerTime,
    /// The movements in it, in order.
    pub movements: LogHead,
    /// What the account holds after it.
    pub closing: Balances,
}

/// A block in a currency's journal, where it changed the totals, what is paid, or how fresh
/// attestations must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalsEntry {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: LedgerTime,
    /// Sum of mints in it, in minor units.
    pub minted: u128,
    /// Sum of burns in it, in minor units.
    pub burned: u128,
    /// The totals after it.
    pub closing: Totals,
    /// What is paid and waits to be burned after it (I2), in minor units.
    pub paid: u128,
    /// How fresh attestations must be from then on (I2).
    pub freshness: Freshness,
}

/// A block in a reserve account's journal; the first one registered the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BooksEntry {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: LedgerTime,
    /// The books after it.
    pub closing: ReserveBooks,
}

/// What a salt is for: no two leaves of a ledger share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaltUse {
    /// A slot of the state tree, written at this height.
    Slot(Height, u64),
    /// A receipt of the block at this height.
    Receipt(Height, u32),
    /// An entry of a list, written at this height.
    Log(Height, LogName, u64),
    /// A movement of an account in the block at this height.
    Movement(Height, AccountId, u64),
}

impl SaltUse {
    /// The salt, from the blinding secret of its block (W8).
    #[must_use]
    pub fn salt(&self, blinding: &Hash32) -> Hash32 {
        Domain::Salt.hash_of(&(blinding, self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w8_every_use_and_every_block_has_another_salt() {
        let (one, two) = (Hash32::new([1; 32]), Hash32::new([2; 32]));
        let account = AccountId::new([3; 32]);
        let h = Height::new(7);
        let uses = [
            SaltUse::Slot(h, 0),
            SaltUse::Slot(h, 1),
            SaltUse::Slot(h.next(), 0),
            SaltUse::Receipt(h, 0),
            SaltUse::Log(h, LogName::Account(account), 0),
            SaltUse::Movement(h, account, 0),
        ];
        let salts: std::collections::BTreeSet<_> =
            uses.iter().flat_map(|u| [u.salt(&one), u.salt(&two)]).collect();
        assert_eq!(salts.len(), 2 * uses.len());
    }
}
