//! Bookings: what each movement of a journal did to what an account holds in all.
//!
//! Money that is held for a payment or locked for redemption is still the account's: only what comes
//! and leaves is booked. Own receipts say of which payment it was, where there is one.
//!
//! # Invariants S2 every movement that changes what an account holds is a booking; every kind of
//! #            movement, and every effect, is listed, so that a new one does not compile until it is

use std::collections::VecDeque;

use ledger_core::{
    digest::Hash32,
    id::{AccountId, CommandId, Leg, MessageKind},
    journal::{Movement, MovementKind},
    receipt::{Effect, Outcome, Receipt},
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};
use verifier::history::ShownBlock;

use crate::{ledger_port::ProvedReceipt, party_view::PartyView, port::StoreFault};

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
    /// A contract took it or paid it out.
    Contract,
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
    /// Place among the account's movements in it.
    pub index: u64,
    /// Time of the block.
    pub at: LedgerTime,
    /// State root after the block, where an own receipt's proof shows it.
    pub state_root: Option<Hash32>,
    /// The command.
    pub command: CommandId,
    /// What it is.
    pub kind: BookingKind,
    /// Which way.
    pub way: Way,
    /// How much, in minor units.
    pub minor: u128,
    /// The payment's leg, where an own receipt names it.
    pub leg: Option<Leg>,
}

/// What a receipt says of a movement of its command, if anything.
const fn told(receipt: &Receipt) -> Option<BookingKind> {
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
        | Effect::MisconductRecorded
        | Effect::NetworkHalted
        | Effect::NetworkResumed
        | Effect::RulesSignalled => return None,
    })
}

/// What a movement books, as far as it says so itself: nothing where money stays the account's.
const fn booked(kind: MovementKind) -> Option<(BookingKind, Way)> {
    Some(match kind {
        MovementKind::Minted => (BookingKind::Mint, Way::Credit),
        MovementKind::PaidFromHold | MovementKind::Paid => (BookingKind::Payment, Way::Debit),
        MovementKind::Received => (BookingKind::Payment, Way::Credit),
        MovementKind::Burned => (BookingKind::Burn, Way::Debit),
        MovementKind::Seized => (BookingKind::Seizure, Way::Debit),
        MovementKind::MovedOut => (BookingKind::Move, Way::Debit),
        MovementKind::MovedIn => (BookingKind::Move, Way::Credit),
        MovementKind::IntoVault => (BookingKind::Contract, Way::Debit),
        MovementKind::FromVault => (BookingKind::Contract, Way::Credit),
        MovementKind::Held
        | MovementKind::Released
        | MovementKind::Preburned
        | MovementKind::PreburnReleased => return None,
    })
}

/// The bookings of an entry of a journal, in the order of its movements.
///
/// # Errors
/// [`StoreFault`].
pub(super) fn of_block(
    view: &PartyView,
    account: AccountId,
    block: &ShownBlock,
) -> Result<Vec<Booking>, StoreFault> {
    of_movements(account, block, |command| view.receipts_of(command))
}

fn of_movements(
    account: AccountId,
    block: &ShownBlock,
    receipts: impl Fn(&CommandId) -> Result<Vec<ProvedReceipt>, StoreFault>,
) -> Result<Vec<Booking>, StoreFault> {
    let entry = &block.shown.entry;
    let mut bookings = Vec::new();
    // Movements of one command stand in a row, in the order of its legs.
    let mut told_of: Option<(CommandId, Told)> = None;
    for (index, shown) in (0u64..).zip(&block.movements) {
        let Movement { command, kind, minor } = shown.movement;
        let Some((kind, way)) = booked(kind) else { continue };
        let mut told_now = match told_of.take().filter(|(of, _)| *of == command) {
            Some((_, told)) => told,
            None => Told::new(receipts(&command)?),
        };
        let (kind_told, leg) = told_now.next(account, way, minor);
        bookings.push(Booking {
            height: entry.height,
            index,
            at: entry.time,
            state_root: told_now.state_root,
            command,
            kind: kind_told.unwrap_or(kind),
            way,
            minor,
            leg,
        });
        told_of = Some((command, told_now));
    }
    Ok(bookings)
}

/// What own receipts of a command say of its movements.
struct Told {
    /// The root after its block.
    state_root: Option<Hash32>,
    /// What its first receipt says, which stands for a movement that none names.
    first: Option<BookingKind>,
    /// Receipts that no movement has taken yet.
    left: VecDeque<Receipt>,
}

impl Told {
    fn new(receipts: Vec<ProvedReceipt>) -> Self {
        let state_root = receipts.first().map(|proved| proved.proof.history.state_root);
        let left: VecDeque<Receipt> =
            receipts.into_iter().map(|proved| proved.proof.receipt).collect();
        Self { state_root, first: left.front().and_then(told), left }
    }

    /// What the next movement of an account was, and its leg where a receipt names just this account,
    /// side and sum. Two legs may be alike in all of them: each receipt is taken once.
    fn next(
        &mut self,
        account: AccountId,
        way: Way,
        minor: u128,
    ) -> (Option<BookingKind>, Option<Leg>) {
        let names_it = |receipt: &Receipt| {
            let side = match way {
                Way::Debit => receipt.debit,
                Way::Credit => receipt.credit,
            };
            side == Some(account) && receipt.money.is_some_and(|money| money.minor() == minor)
        };
        let place = self.left.iter().position(names_it);
        match place.and_then(|place| self.left.remove(place)) {
            Some(receipt) => (told(&receipt), receipt.leg),
            None => (self.first, None),
        }
    }
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
    use ledger_core::{
        account::Balances,
        id::Uetr,
        journal::{JournalEntry, Turnover},
        merkle::LogHead,
    };
    use verifier::{
        history::{ShownEntry, ShownMovement},
        testing::TestNetwork,
    };

    use super::*;
    use crate::ledger_port::Certified;

    const SUM: u128 = 123_450;

    pub(in crate::statements) fn proved(change: impl FnOnce(&mut Receipt)) -> ProvedReceipt {
        let network = TestNetwork::new(4);
        let mut receipt = network.receipt(0, Outcome::Applied(Effect::Settled));
        change(&mut receipt);
        let (mut proof, header) = network.receipt_proof(&[network.receipt(0, receipt.outcome)]);
        proof.receipt = receipt;
        ProvedReceipt { proof, certified: Certified { header, certificate: Vec::new() } }
    }

    fn block(movements: &[(MovementKind, u128)]) -> ShownBlock {
        let command = proved(|_| ()).proof.receipt.command;
        let entry = JournalEntry {
            height: Height::new(9),
            time: LedgerTime::new(9_000),
            movements: LogHead::EMPTY,
            closing: Balances::default(),
        };
        let movements = movements.iter().map(|(kind, minor)| {
            let movement = Movement { command, kind: *kind, minor: *minor };
            ShownMovement { movement, salt: Hash32::ZERO }
        });
        let shown = ShownEntry { entry, salt: Hash32::ZERO };
        ShownBlock { shown, movements: movements.collect() }
    }

    const PAYER: AccountId = AccountId::new([0xaa; 32]);
    const PAYEE: AccountId = AccountId::new([0xbb; 32]);

    /// What is booked of a movement of the account that the receipt names on the movement's side.
    fn of(kind: MovementKind, own: Option<&ProvedReceipt>) -> Vec<(BookingKind, Way, bool)> {
        let account =
            if booked(kind).is_some_and(|(_, way)| way == Way::Credit) { PAYEE } else { PAYER };
        let receipts = |_: &CommandId| Ok(own.cloned().into_iter().collect());
        let found = of_movements(account, &block(&[(kind, SUM)]), receipts).unwrap();
        assert!(found.iter().all(|one| one.minor == SUM && one.height == Height::new(9)));
        assert!(found.iter().all(|one| one.state_root.is_some() == own.is_some()));
        found.iter().map(|one| (one.kind, one.way, one.leg.is_some())).collect()
    }

    #[test]
    fn s2_every_movement_that_changes_what_an_account_holds_is_booked_and_nothing_else() {
        for kind in MovementKind::ALL {
            let movement = Movement { command: CommandId::new([7; 32]), kind, minor: 1 };
            let turnover = Turnover::default().with(&movement).unwrap();
            let way = match (turnover.credits, turnover.debits) {
                (0, 0) => None,
                (_, 0) => Some(Way::Credit),
                _ => Some(Way::Debit),
            };
            assert_eq!(booked(kind).map(|(_, way)| way), way, "{kind:?}");
        }
    }

    #[test]
    fn s2_receipts_say_what_a_movement_was_and_without_one_it_is_booked_all_the_same() {
        let own = |effect, message: Option<MessageKind>| {
            proved(|receipt| {
                receipt.outcome = Outcome::Applied(effect);
                receipt.leg = receipt.leg.zip(message).map(|(leg, kind)| Leg { kind, ..leg });
            })
        };
        let (debit, credit) = (Way::Debit, Way::Credit);
        for (message, kind) in [
            (MessageKind::Pacs008, BookingKind::Payment),
            (MessageKind::Pacs009, BookingKind::InstitutionPayment),
            (MessageKind::Pacs004, BookingKind::Return),
        ] {
            let own = own(Effect::Settled, Some(message));
            assert_eq!(of(MovementKind::Paid, Some(&own)), [(kind, debit, true)]);
            assert_eq!(of(MovementKind::PaidFromHold, Some(&own)), [(kind, debit, true)]);
            assert_eq!(of(MovementKind::Received, Some(&own)), [(kind, credit, true)]);
        }
        let burned = own(Effect::BurnedByOrder, None);
        let seized = [(BookingKind::Seizure, debit, false)];
        assert_eq!(of(MovementKind::Seized, Some(&burned)), seized);
        assert_eq!(of(MovementKind::Seized, None), seized);
        let called = own(Effect::Invoked, None);
        let paid_out = [(BookingKind::Contract, credit, false)];
        assert_eq!(of(MovementKind::FromVault, Some(&called)), paid_out);
        assert_eq!(of(MovementKind::FromVault, None), paid_out);
        assert_eq!(of(MovementKind::Received, None), [(BookingKind::Payment, credit, false)]);
        assert_eq!(of(MovementKind::Held, None), []);
    }

    #[test]
    fn s2_of_a_command_with_many_movements_each_is_booked_and_its_receipt_names_no_leg() {
        let own = proved(|_| ());
        let many = block(&[
            (MovementKind::Received, 1),
            (MovementKind::Held, 2),
            (MovementKind::Received, 3),
        ]);
        let found = of_movements(PAYEE, &many, |_| Ok(vec![own.clone()])).unwrap();
        let found: Vec<_> = found.iter().map(|one| (one.index, one.minor, one.leg)).collect();
        assert_eq!(found, [(0, 1, None), (2, 3, None)]);
    }

    /// Equal sums of two legs: in another currency, of another account, or twice the same.
    #[test]
    fn s2_a_movement_is_of_the_leg_that_names_its_account_its_side_and_its_sum() {
        let leg = |number: u8, debit: AccountId, credit: AccountId| {
            proved(|receipt| {
                let uetr = Uetr::new([number; 16]);
                receipt.leg = receipt.leg.map(|leg| Leg { uetr, ..leg });
                (receipt.debit, receipt.credit) = (Some(debit), Some(credit));
            })
        };
        let yen = AccountId::new([0xcc; 32]);
        let own =
            [leg(1, yen, PAYEE), leg(2, PAYER, yen), leg(3, PAYER, PAYEE), leg(4, PAYER, PAYEE)];
        let booked_of = |account, movements: &[MovementKind]| -> Vec<Option<u8>> {
            let movements: Vec<_> = movements.iter().map(|kind| (*kind, SUM)).collect();
            let found = of_movements(account, &block(&movements), |_| Ok(own.to_vec())).unwrap();
            found.iter().map(|one| one.leg.map(|leg| leg.uetr.get()[0])).collect()
        };
        let (paid, received) = (MovementKind::Paid, MovementKind::Received);
        assert_eq!(booked_of(PAYER, &[paid, paid, paid, paid]), [Some(2), Some(3), Some(4), None]);
        assert_eq!(booked_of(PAYEE, &[received, received]), [Some(1), Some(3)]);
        assert_eq!(booked_of(yen, &[paid, received]), [Some(1), Some(2)]);
    }

    /// A booking at a time.
    pub(in crate::statements) fn booking(at: u64, way: Way, minor: u128) -> Booking {
        let receipt = TestNetwork::new(4).receipt(0, Outcome::Applied(Effect::Settled));
        Booking {
            height: Height::new(at / 1_000),
            index: 0,
            at: LedgerTime::new(at),
            state_root: Some(Hash32::new([5; 32])),
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
