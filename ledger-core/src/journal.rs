//! Journals: append-only lists under the records that own them.
//!
//! An account's record commits to count and root of its journal, one entry per block that touched
//! it, so a balance at any height and a complete history are proved under any later root. Members'
//! lists of accounts and customers, the totals of a currency, the books of a reserve account, and what
//! an account holds of an asset work the same way.
//!
//! # Place      written by execution at the end of a block; kept by the store; read by audits
//! # Invariants I2 what stood behind a currency at any height follows from the journals of its reserve
//! #            accounts; I4 supply follows from the currency's journal; I9 nothing is ever rewritten
//! # Absent     the proof files of histories and lists (`verifier`)

use serde::{Deserialize, Serialize};

use crate::{
    account::{Balances, Totals},
    asset::AssetCode,
    codec::encode,
    digest::{Domain, Hash32, leaf_hashes},
    freshness::Freshness,
    id::{AccountId, CommandId, Lei, ReserveId},
    merkle::{LogHead, Tree},
    money::Currency,
    record::{Name, Record},
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
    /// Journal of an asset: [`crate::asset::AssetEntry`] per block that changed its status or sums.
    Asset(AssetCode),
    /// Journal of what an account holds of an asset: [`JournalEntry`] per block that touched it.
    Position(AccountId, AssetCode),
    /// Journal of the network's parameters: a [`crate::parameters::ParametersEntry`] per block that
    /// changed them or what is decided about them.
    Parameters,
    /// Journal of the committee: a [`crate::validators::CommitteeEntry`] per block that changed it or what
    /// is decided about it.
    Committee,
}

impl LogName {
    /// The record that commits to the list.
    #[must_use]
    pub const fn owner(self) -> Name {
        match self {
            Self::Account(account) => Name::Account(account),
            Self::Currency(currency) => Name::Currency(currency),
            Self::MemberAccounts(member) | Self::MemberParties(member) => Name::Holdings(member),
            Self::MemberAnchors(member) => Name::Anchors(member),
            Self::Reserve(reserve) => Name::Reserve(reserve),
            Self::Asset(asset) => Name::Asset(asset),
            Self::Position(account, asset) => Name::Position(account, asset),
            Self::Parameters => Name::Parameters,
            Self::Committee => Name::Committee,
        }
    }
}

/// The lists that a record owns, in a fixed order, and what it commits to about each.
pub fn lists_of(record: &Record) -> impl Iterator<Item = (LogName, LogHead)> + use<> {
    let lists = match record {
        Record::Account(a) => [Some((LogName::Account(a.id), a.journal)), None],
        Record::Currency(c) => [Some((LogName::Currency(c.code), c.journal)), None],
        Record::Holdings(h) => [
            Some((LogName::MemberAccounts(h.member), h.accounts)),
            Some((LogName::MemberParties(h.member), h.parties)),
        ],
        Record::Anchors(a) => [Some((LogName::MemberAnchors(a.member), a.roots)), None],
        Record::Reserve(r) => [Some((LogName::Reserve(r.id), r.journal)), None],
        Record::Parameters(p) => [Some((LogName::Parameters, p.journal)), None],
        Record::Committee(c) => [Some((LogName::Committee, c.journal)), None],
        Record::Asset(a) => [Some((LogName::Asset(a.terms.code), a.journal)), None],
        Record::Position(p) => [Some((LogName::Position(p.account, p.asset), p.journal)), None],
        Record::Origin
        | Record::Chain(_)
        | Record::Member(_)
        | Record::Party(_)
        | Record::Person(_)
        | Record::Key(_)
        | Record::Entry(_)
        | Record::Request(_)
        | Record::Proposal(_)
        | Record::Leg(_)
        | Record::Window(_)
        | Record::Sequence(_)
        | Record::Redemption(_)
        | Record::Operators(_)
        | Record::MintControls(_)
        | Record::PaymentTerms(_)
        | Record::Spent(_)
        | Record::MovementControls(_)
        | Record::ScreeningTerms(_)
        | Record::ScreeningList(_)
        | Record::Clearance(_)
        | Record::Seizure(_)
        | Record::Policy(_)
        | Record::PolicyEntry(_)
        | Record::MemberPolicy(_)
        | Record::AccountPolicy(_)
        | Record::KeyLimits(_)
        | Record::SubAccount(_)
        | Record::SubAccounts(_)
        | Record::Queue(_)
        | Record::Surrender(_)
        | Record::Growth(_)
        | Record::Membership(_)
        | Record::Ballot(_)
        | Record::Vault(_)
        | Record::Module(_)
        | Record::Resource(_)
        | Record::Misconduct(_)
        | Record::Expelled(_)
        | Record::Halt(_)
        | Record::Quarantine(_)
        | Record::Rules(_)
        | Record::Addresses(_)
        | Record::DirectoryNotice(_)
        | Record::DirectoryTerms(_) => [None, None],
    };
    lists.into_iter().flatten()
}

/// What happened to an account's money, or to its units of an asset. Append-only.
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
    /// Taken out of what is available by a court's order.
    Seized,
    /// Given to another account of the same member.
    MovedOut,
    /// Given by another account of the same member.
    MovedIn,
    /// Put into a vault.
    IntoVault,
    /// Paid out of a vault.
    FromVault,
}

impl MovementKind {
    /// Every kind, in the order of the wire format.
    pub const ALL: [Self; 14] = [
        Self::Minted,
        Self::Held,
        Self::Released,
        Self::PaidFromHold,
        Self::Paid,
        Self::Received,
        Self::Preburned,
        Self::PreburnReleased,
        Self::Burned,
        Self::Seized,
        Self::MovedOut,
        Self::MovedIn,
        Self::IntoVault,
        Self::FromVault,
    ];

    /// Its name in files and on screens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minted => "minted",
            Self::Held => "held",
            Self::Released => "released",
            Self::PaidFromHold => "paid_from_hold",
            Self::Paid => "paid",
            Self::Received => "received",
            Self::Preburned => "preburned",
            Self::PreburnReleased => "preburn_released",
            Self::Burned => "burned",
            Self::Seized => "seized",
            Self::MovedOut => "moved_out",
            Self::MovedIn => "moved_in",
            Self::IntoVault => "into_vault",
            Self::FromVault => "from_vault",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
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

/// The balances after these movements; `None` when they cannot be made from what is there.
#[must_use]
pub fn closing_after<'a>(
    opening: Balances,
    movements: impl IntoIterator<Item = &'a Movement>,
) -> Option<Balances> {
    movements.into_iter().try_fold(opening, |b, movement| {
        let minor = movement.minor;
        let raised = || b.available.checked_add(minor);
        let lowered = || b.available.checked_sub(minor);
        Some(match movement.kind {
            MovementKind::Minted
            | MovementKind::Received
            | MovementKind::MovedIn
            | MovementKind::FromVault => Balances { available: raised()?, ..b },
            MovementKind::Paid
            | MovementKind::Seized
            | MovementKind::MovedOut
            | MovementKind::IntoVault => Balances { available: lowered()?, ..b },
            MovementKind::Held => {
                Balances { available: lowered()?, held: b.held.checked_add(minor)?, ..b }
            }
            MovementKind::Released => {
                Balances { available: raised()?, held: b.held.checked_sub(minor)?, ..b }
            }
            MovementKind::PaidFromHold => Balances { held: b.held.checked_sub(minor)?, ..b },
            MovementKind::Preburned => {
                Balances { available: lowered()?, preburned: b.preburned.checked_add(minor)?, ..b }
            }
            MovementKind::PreburnReleased => {
                Balances { available: raised()?, preburned: b.preburned.checked_sub(minor)?, ..b }
            }
            MovementKind::Burned => Balances { preburned: b.preburned.checked_sub(minor)?, ..b },
        })
    })
}

/// Sums of what came into an account and of what left it, in minor units. What is earmarked or
/// locked has not left it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Turnover {
    /// Minted, received, moved in and paid out of vaults.
    pub credits: u128,
    /// Paid, burned, seized, moved out and put into vaults.
    pub debits: u128,
}

impl Turnover {
    /// With a further movement; `None` when the sum has no representation.
    #[must_use]
    pub fn with(self, movement: &Movement) -> Option<Self> {
        let Self { credits, debits } = self;
        Some(match movement.kind {
            MovementKind::Minted
            | MovementKind::Received
            | MovementKind::MovedIn
            | MovementKind::FromVault => {
                Self { credits: credits.checked_add(movement.minor)?, debits }
            }
            MovementKind::PaidFromHold
            | MovementKind::Paid
            | MovementKind::Burned
            | MovementKind::Seized
            | MovementKind::MovedOut
            | MovementKind::IntoVault => {
                Self { credits, debits: debits.checked_add(movement.minor)? }
            }
            MovementKind::Held
            | MovementKind::Released
            | MovementKind::Preburned
            | MovementKind::PreburnReleased => self,
        })
    }
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

impl JournalEntry {
    /// The entry of a block, from the account's movements in it, in order, and the secret that their
    /// salts come from.
    #[must_use]
    pub fn of(
        account: AccountId,
        (height, time): (Height, LedgerTime),
        (movements, closing): (&[Movement], Balances),
        blinding: &Hash32,
    ) -> Self {
        let numbered = (0u64..).zip(movements);
        let (uses, encoded): (Vec<SaltUse>, Vec<Vec<u8>>) = numbered
            .map(|(at, movement)| (SaltUse::Movement(height, account, at), encode(movement)))
            .unzip();
        let salts = SaltUse::salts(&uses, blinding).into_iter();
        let leaves = leaf_hashes(&salts.zip(encoded).collect::<Vec<_>>());
        Self { height, time, movements: Tree::new(leaves).head(), closing }
    }
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
    /// A part of an account's balance after the block at this height (W29).
    Part(Height, AccountId, u8),
    /// Where an account's balance is cut into parts: a draw, not a salt of a leaf.
    Cut(Height, AccountId, u8),
    /// A movement of units in an account in the block at this height.
    UnitMovement(Height, AccountId, AssetCode, u64),
}

impl SaltUse {
    /// The salt, from the blinding secret of its block (W8).
    #[must_use]
    pub fn salt(&self, blinding: &Hash32) -> Hash32 {
        Domain::Salt.hash_of(&(blinding, self))
    }

    /// The salts of slots that are written at a height.
    #[must_use]
    pub fn of_slots(height: Height, slots: &[u64], blinding: &Hash32) -> Vec<Hash32> {
        let uses: Vec<Self> = slots.iter().map(|slot| Self::Slot(height, *slot)).collect();
        Self::salts(&uses, blinding)
    }

    /// The salt of each use.
    #[must_use]
    pub fn salts(uses: &[Self], blinding: &Hash32) -> Vec<Hash32> {
        let messages: Vec<_> = uses.iter().map(|of| encode(&(blinding, of))).collect();
        Domain::Salt.hashes(&messages)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RICH: Balances = Balances { available: 100, held: 20, preburned: 3 };

    fn moved(kind: MovementKind, minor: u128) -> Movement {
        Movement { command: CommandId::new([7; 32]), kind, minor }
    }

    fn balances(available: u128, held: u128, preburned: u128) -> Balances {
        Balances { available, held, preburned }
    }

    /// One row per kind: what 2 minor units make of 100, 20 and 3, and the least sum that cannot be
    /// moved, if there is one.
    #[test]
    fn w21_every_kind_of_movement_changes_its_classes_and_no_others() {
        let rows = [
            (MovementKind::Minted, balances(102, 20, 3), u128::MAX - 99),
            (MovementKind::Held, balances(98, 22, 3), 101),
            (MovementKind::Released, balances(102, 18, 3), 21),
            (MovementKind::PaidFromHold, balances(100, 18, 3), 21),
            (MovementKind::Paid, balances(98, 20, 3), 101),
            (MovementKind::Received, balances(102, 20, 3), u128::MAX - 99),
            (MovementKind::Preburned, balances(98, 20, 5), 101),
            (MovementKind::PreburnReleased, balances(102, 20, 1), 4),
            (MovementKind::Burned, balances(100, 20, 1), 4),
            (MovementKind::Seized, balances(98, 20, 3), 101),
            (MovementKind::MovedOut, balances(98, 20, 3), 101),
            (MovementKind::MovedIn, balances(102, 20, 3), u128::MAX - 99),
            (MovementKind::IntoVault, balances(98, 20, 3), 101),
            (MovementKind::FromVault, balances(102, 20, 3), u128::MAX - 99),
        ];
        assert_eq!(rows.map(|(kind, ..)| kind), MovementKind::ALL);
        for (kind, expected, least) in rows {
            assert_eq!(closing_after(RICH, &[moved(kind, 2)]), Some(expected), "{kind:?}");
            assert_eq!(closing_after(RICH, &[moved(kind, 0)]), Some(RICH), "{kind:?}");
            assert!(closing_after(RICH, &[moved(kind, least - 1)]).is_some(), "{kind:?}");
            assert_eq!(closing_after(RICH, &[moved(kind, least)]), None, "{kind:?}");
            assert_eq!(MovementKind::named(kind.name()), Some(kind));
        }
        assert_eq!(closing_after(RICH, &[]), Some(RICH));
        assert_eq!(MovementKind::named("Minted"), None);
        let full = balances(1, u128::MAX, u128::MAX);
        for kind in [MovementKind::Held, MovementKind::Preburned] {
            assert_eq!(closing_after(full, &[moved(kind, 1)]), None, "{kind:?}");
        }
    }

    #[test]
    fn w21_sums_without_representation_are_none() {
        let most = Turnover { credits: u128::MAX, debits: u128::MAX };
        for kind in MovementKind::ALL {
            let moves = Turnover::default().with(&moved(kind, 1)) != Some(Turnover::default());
            assert_eq!(most.with(&moved(kind, 1)).is_none(), moves, "{kind:?}");
            assert_eq!(most.with(&moved(kind, 0)), Some(most));
        }
    }

    proptest! {
        /// Whatever happens, opening and credits are closing and debits.
        #[test]
        fn w21_opening_and_what_came_are_closing_and_what_left(
            movements in prop::collection::vec((0usize..14, 0u128..60), 0..30),
        ) {
            let total = |b: Balances| b.available + b.held + b.preburned;
            let (mut closing, mut turnover) = (RICH, Turnover::default());
            for (kind, minor) in movements {
                let movement = moved(MovementKind::ALL[kind], minor);
                if let Some(next) = closing_after(closing, &[movement]) {
                    closing = next;
                    turnover = turnover.with(&movement).unwrap();
                }
                let Turnover { credits, debits } = turnover;
                prop_assert_eq!(total(RICH) + credits, total(closing) + debits);
            }
        }
    }

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
            SaltUse::Part(h, account, 0),
            SaltUse::Cut(h, account, 0),
            SaltUse::UnitMovement(h, account, AssetCode::of_network("000000000").unwrap(), 0),
        ];
        let salts: std::collections::BTreeSet<_> =
            uses.iter().flat_map(|u| [u.salt(&one), u.salt(&two)]).collect();
        assert_eq!(salts.len(), 2 * uses.len());
    }
}
