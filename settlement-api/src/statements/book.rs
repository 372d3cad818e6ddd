//! Bookings: what each proved receipt did to what an account holds in all.
//!
//! Money that is held for a payment or locked for redemption is still the account's: only what comes
//! and leaves is booked.
//!
//! # Invariants S2 an effect that moves money between accounts, or makes or destroys it, is a booking;
//! #            every effect is listed, so that a new one does not compile until it is

use ledger_core::{
    codec::decode,
    digest::Hash32,
    id::{AccountId, CommandId, Leg, MessageKind},
    receipt::{Effect, Outcome, Receipt},
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    ledger_port::ProvedReceipt,
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
};

/// Bookings by account, in ledger order. Part of the party view: written with its rows.
const PREFIX: &[u8] = b"view/3/booked/";
const MAX_ROW: usize = 1_024;

/// What a booking is. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookingKind {
    /// A customer's payment.
    Payment,
    /// A payment of an institution's own.
    InstitutionPayment,
    /// A payment that was given back.
    Return,
    /// Tokens were created for money paid in.
    Mint,
    /// Tokens were destroyed for money paid out.
    Burn,
    /// Money moved between two accounts of the member.
    Move,
    /// Money was taken by a court's order.
    Seizure,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Way {
    /// It left.
    Debit,
    /// It came.
    Credit,
}

/// A booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Height of the block.
    pub height: Height,
    /// Place of the receipt in it.
    pub index: u32,
    /// Time of the block.
    pub at: LedgerTime,
    /// State root after the block, as the receipt's proof shows it.
    pub state_root: Hash32,
    /// The command.
    pub command: CommandId,
    /// What it is.
    pub kind: BookingKind,
    /// Which way.
    pub way: Way,
    /// How much, in minor units.
    pub minor: u128,
    /// The payment's leg.
    pub leg: Option<Leg>,
}

/// What a receipt booked, if anything.
const fn kind(receipt: &Receipt) -> Option<BookingKind> {
    let Outcome::Applied(effect) = receipt.outcome else { return None };
    Some(match effect {
        Effect::Settled => match receipt.leg {
            Some(Leg { kind: MessageKind::Pacs009, .. }) => BookingKind::InstitutionPayment,
            Some(Leg { kind: MessageKind::Pacs004, .. }) => BookingKind::Return,
            Some(Leg { kind: MessageKind::Pacs008 | MessageKind::Sese023, .. }) | None => {
                BookingKind::Payment
            }
        },
        Effect::Minted => BookingKind::Mint,
        Effect::Burned => BookingKind::Burn,
        Effect::Moved => BookingKind::Move,
        Effect::Seized | Effect::BurnedByOrder => BookingKind::Seizure,
        Effect::Proposed
        | Effect::Approved
        | Effect::Executed
        | Effect::StandingSet
        | Effect::Attested
        | Effect::EntryRecorded
        | Effect::MintRequested
        | Effect::Held
        | Effect::Voided(_)
        | Effect::ClosedUnsettled
        | Effect::ClosedSettled
        | Effect::Preburned
        | Effect::RedemptionCancelled
        | Effect::PayoutInstructed
        | Effect::PayoutCancelled
        | Effect::Frozen
        | Effect::Unfrozen
        | Effect::KeyRevoked
        | Effect::Anchored
        | Effect::CreditConfirmed
        | Effect::Scheduled
        | Effect::Cleared
        | Effect::Queued
        | Effect::Requeued
        | Effect::QueueTermsSet
        | Effect::UnitsIssued(_)
        | Effect::UnitsDelivered(_)
        | Effect::UnitsSurrendered(_)
        | Effect::UnitsReclaimed(_)
        | Effect::UnitsCancelled(_)
        | Effect::ApprovalWithdrawn
        | Effect::Invoked
        | Effect::MisconductRecorded => return None,
    })
}

/// What must be written for the bookings of a receipt to be found, one for each account it names.
pub(crate) fn rows(proved: &ProvedReceipt) -> Vec<Write> {
    let receipt = &proved.proof.receipt;
    let (Some(kind), Some(money)) = (kind(receipt), receipt.money) else { return Vec::new() };
    let sides = [(receipt.debit, Way::Debit), (receipt.credit, Way::Credit)];
    let named = sides.into_iter().filter_map(|(account, way)| Some((account?, way)));
    let row = |(account, way): (AccountId, Way)| {
        let booking = Booking {
            height: receipt.height,
            index: receipt.index,
            at: receipt.irrevocable,
            state_root: proved.proof.history.state_root,
            command: receipt.command,
            kind,
            way,
            minor: money.minor(),
            leg: receipt.leg,
        };
        stored(key(&account, &booking), &booking)
    };
    named.map(row).collect()
}

fn key(account: &AccountId, booking: &Booking) -> Vec<u8> {
    let (height, index) = (booking.height.get().to_be_bytes(), booking.index.to_be_bytes());
    [PREFIX, account.get(), &height, &index].concat()
}

/// Every booking of an account, in ledger order.
///
/// # Errors
/// [`StoreFault`].
pub fn of_account(store: &dyn KeyValue, account: &AccountId) -> Result<Vec<Booking>, StoreFault> {
    let found = store.scan(&[PREFIX, account.get()].concat(), usize::MAX)?.into_iter();
    found.map(|(_, bytes)| decode(&bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)).collect()
}

/// What is left of a balance after bookings, in their order; `None` when it would fall below nothing
/// or overflow: then a booking is missing.
#[must_use]
pub fn after<'a>(before: u128, bookings: impl IntoIterator<Item = &'a Booking>) -> Option<u128> {
    bookings.into_iter().try_fold(before, |balance, booking| match booking.way {
        Way::Debit => balance.checked_sub(booking.minor),
        Way::Credit => balance.checked_add(booking.minor),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use ledger_core::receipt::Kind;
    use verifier::testing::TestNetwork;

    use super::*;
    use crate::{ledger_port::Certified, port::MemoryStore};

    const OWN: AccountId = AccountId::new([0xaa; 32]);

    fn proved(change: impl FnOnce(&mut Receipt)) -> ProvedReceipt {
        let network = TestNetwork::new(4);
        let mut receipt = network.receipt(0, Outcome::Applied(Effect::Settled));
        change(&mut receipt);
        let (mut proof, header) = network.receipt_proof(&[network.receipt(0, receipt.outcome)]);
        proof.receipt = receipt;
        ProvedReceipt { proof, certified: Certified { header, certificate: Vec::new() } }
    }

    fn booked(proved: &ProvedReceipt) -> Vec<(BookingKind, Way, u128)> {
        let store = MemoryStore::default();
        store.write(rows(proved)).unwrap();
        let found = of_account(&store, &OWN).unwrap();
        found.iter().map(|one| (one.kind, one.way, one.minor)).collect()
    }

    #[test]
    fn s2_what_moves_makes_or_destroys_money_is_booked_and_nothing_else() {
        let leg = |kind| {
            let mut leg = TestNetwork::new(4).receipt(0, Outcome::Applied(Effect::Settled)).leg;
            if let Some(leg) = &mut leg {
                leg.kind = kind;
            }
            leg
        };
        let other = AccountId::new([0xbb; 32]);
        let rows = [
            (Effect::Settled, leg(MessageKind::Pacs008), Some((BookingKind::Payment, Way::Debit))),
            (
                Effect::Settled,
                leg(MessageKind::Pacs009),
                Some((BookingKind::InstitutionPayment, Way::Debit)),
            ),
            (Effect::Settled, leg(MessageKind::Pacs004), Some((BookingKind::Return, Way::Debit))),
            (Effect::Moved, None, Some((BookingKind::Move, Way::Debit))),
            (Effect::Seized, None, Some((BookingKind::Seizure, Way::Debit))),
            (Effect::BurnedByOrder, None, Some((BookingKind::Seizure, Way::Debit))),
            (Effect::Burned, None, Some((BookingKind::Burn, Way::Debit))),
            (Effect::Held, leg(MessageKind::Pacs008), None),
            (Effect::Preburned, None, None),
            (Effect::Queued, leg(MessageKind::Pacs008), None),
            (Effect::CreditConfirmed, leg(MessageKind::Pacs008), None),
        ];
        for (effect, leg, expected) in rows {
            let receipt = proved(|receipt| {
                receipt.outcome = Outcome::Applied(effect);
                receipt.leg = leg;
            });
            let expected: Vec<_> =
                expected.into_iter().map(|(kind, way)| (kind, way, 123_450)).collect();
            assert_eq!(booked(&receipt), expected, "{effect:?}");
        }
        let minted = proved(|receipt| {
            receipt.outcome = Outcome::Applied(Effect::Minted);
            (receipt.kind, receipt.debit, receipt.credit) = (Kind::Approve, None, Some(OWN));
        });
        assert_eq!(booked(&minted), [(BookingKind::Mint, Way::Credit, 123_450)]);
        let received = proved(|receipt| {
            (receipt.debit, receipt.credit) = (Some(other), Some(OWN));
        });
        assert_eq!(booked(&received), [(BookingKind::Payment, Way::Credit, 123_450)]);
        let refused = ledger_core::refusal::Refusal::InsufficientFunds;
        assert!(booked(&proved(|r| r.outcome = Outcome::Refused(refused))).is_empty());
        assert!(booked(&proved(|receipt| receipt.money = None)).is_empty());
    }

    /// A booking at a time.
    pub(in crate::statements) fn booking(at: u64, way: Way, minor: u128) -> Booking {
        let receipt = TestNetwork::new(4).receipt(0, Outcome::Applied(Effect::Settled));
        Booking {
            height: Height::new(at / 1_000),
            index: 0,
            at: LedgerTime::new(at),
            state_root: Hash32::new([5; 32]),
            command: receipt.command,
            kind: BookingKind::Payment,
            way,
            minor,
            leg: receipt.leg,
        }
    }

    #[test]
    fn s2_a_balance_is_never_below_nothing_and_never_beyond_what_can_be_counted() {
        let (debit, credit) = (|m| booking(1, Way::Debit, m), |m| booking(1, Way::Credit, m));
        assert_eq!(after(0, &[]), Some(0));
        assert_eq!(after(0, &[credit(5), debit(5)]), Some(0));
        assert_eq!(after(0, &[debit(1), credit(5)]), None);
        assert_eq!(after(u128::MAX, &[debit(1), credit(1)]), Some(u128::MAX));
        assert_eq!(after(u128::MAX, &[credit(1)]), None);
    }
}
