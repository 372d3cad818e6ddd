//! Settles queued payments as soon as their account has the money: the ledger does not look at queues
//! when money arrives (Q1), so the bank that pays sends the set.
//!
//! # Place      party view's news -> [runner] -> outbox; receipts come back to [`super::steps`]
//! # Invariants P15 a set is from the front of the queue as the ledger proves it, and what it holds fits
//! #            the proved balance; the ledger checks both again, so a set too many does nothing
//! # Absent     sets over several members, which solvers find

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ledger_core::{
    command::Command,
    id::{AccountId, CommandId, LegId},
    limits::MAX_NETTING_LEGS,
    payment::{LegRecord, LegState},
    queue::{NettingSet, Queue},
    receipt::Outcome,
    record::{Name, Record},
    refusal::Refusal,
    time::{Height, LedgerTime},
};
use tokio::time::Instant;

use super::waiting;
use crate::{
    gateway::{CommandOutcome, Gateway, GatewayFault},
    keys::Purpose,
    payments::record::PaymentRecord,
};

/// Pause between two looks when nothing is heard.
const LOOK: Duration = Duration::from_secs(1);
/// How long a payment is passed that the ledger would not settle.
const PASSED: Duration = Duration::from_secs(30);
/// How long one look waits for a set's fate.
const PATIENCE: Duration = Duration::from_secs(5);

/// Queues of own accounts as they were proved last.
#[derive(Default)]
pub struct Queues(Mutex<BTreeMap<AccountId, Seen>>);

/// A queue as it was proved.
#[derive(Clone)]
pub(crate) struct Seen {
    /// Its entries, first to last.
    pub(crate) queue: Queue,
    /// The block after which it was so.
    pub(crate) height: Height,
}

impl Queues {
    /// Where a payment stands in the queue of its account, counted from 1, and its priority there.
    #[must_use]
    pub(crate) fn place(&self, account: &AccountId, leg: &LegId) -> Option<(usize, u32)> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let places = &seen.get(account)?.queue.places;
        let found = (1_usize..).zip(places).find(|(_, place)| place.leg == *leg);
        found.map(|(position, place)| (position, place.priority))
    }

    fn note(&self, account: AccountId, seen: Seen) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account, seen);
    }
}

/// The queue of an own account with its proof, which is remembered; nothing where none ever was.
///
/// # Errors
/// [`GatewayFault`].
pub(crate) async fn read(
    gateway: &Gateway,
    account: AccountId,
) -> Result<Option<Seen>, GatewayFault> {
    let read = gateway.ledger.record(&Name::Queue(account)).await?;
    let Some((Record::Queue(queue), proved)) = read else { return Ok(None) };
    let height = proved.certified.header.results.height;
    let seen = Seen { queue: *queue, height };
    gateway.queues.note(account, seen.clone());
    Ok(Some(seen))
}

/// What a runner knows of an account between two looks.
#[derive(Default)]
struct Account {
    /// The set that is on its way.
    sent: Option<CommandId>,
    /// Payments that the ledger would not settle, and until when they are passed.
    passed: BTreeMap<LegId, Instant>,
}

/// Looks at the queues of own accounts, as long as the process runs.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    let mut accounts: BTreeMap<AccountId, Account> = BTreeMap::new();
    let mut news = gateway.view.watch();
    loop {
        news.borrow_and_update();
        match waiting(gateway.store.as_ref(), None) {
            Ok(listed) => {
                let with: BTreeSet<AccountId> = listed.iter().map(|one| one.account).collect();
                accounts.retain(|id, account| with.contains(id) || account.sent.is_some());
                for id in with {
                    let account = accounts.entry(id).or_default();
                    if let Err(fault) = look(&gateway, id, account).await {
                        tracing::warn!(%fault, account = %id, "payments.queue");
                    }
                }
            }
            Err(fault) => tracing::error!(%fault, "payments.queue"),
        }
        let _ = tokio::time::timeout(LOOK, news.changed()).await;
        // News of one block come together.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// One look at an account: hears of the set that was sent, or sends one.
async fn look(gateway: &Gateway, id: AccountId, known: &mut Account) -> Result<(), GatewayFault> {
    if let Some(command) = known.sent {
        match gateway.outcome(&command, PATIENCE).await? {
            CommandOutcome::Pending => return Ok(()),
            CommandOutcome::Applied | CommandOutcome::Expired => known.sent = None,
            CommandOutcome::Refused(refusal) => {
                known.sent = None;
                pass(gateway, (&command, refusal), known)?;
            }
        }
    }
    let Some(seen) = read(gateway, id).await? else { return Ok(()) };
    let Some(account) = gateway.read_account(&id).await? else { return Ok(()) };
    known.passed.retain(|_, until| *until > Instant::now());
    let passed = |leg: &LegId| known.passed.contains_key(leg);
    let mut entries = Vec::new();
    for place in seen.queue.places.iter().filter(|place| !passed(&place.leg)) {
        let Some(minor) = amount(gateway, &place.leg).await? else { continue };
        entries.push((place.leg, minor));
        if entries.len() >= MAX_NETTING_LEGS {
            break;
        }
    }
    let legs = front(&entries, account.balances.available, seen.queue.terms.bypass);
    let command = Command::SettleQueued(NettingSet { height: seen.height, legs: legs.clone() });
    if legs.is_empty() || gateway.halt.check(&command).is_err() {
        return Ok(());
    }
    let signer = gateway.keys.signer(Purpose::Settlement)?;
    tracing::info!(account = %id, legs = legs.len(), "payments.queue.settle");
    known.sent = Some(gateway.outbox.submit(command, &[signer]).await?);
    Ok(())
}

/// What a queued payment takes: by this gateway's record, or else by the ledger's.
async fn amount(gateway: &Gateway, leg: &LegId) -> Result<Option<u128>, GatewayFault> {
    if let Some(own) = PaymentRecord::load(gateway.store.as_ref(), leg)? {
        return Ok(Some(own.payment.money.minor()));
    }
    Ok(match gateway.ledger.record(&Name::Leg(*leg)).await? {
        Some((Record::Leg(LegRecord { state: LegState::Queued { payment, .. }, .. }), _)) => {
            Some(payment.money.minor())
        }
        _ => None,
    })
}

/// The entries from the front that the money suffices for; with bypass also those behind one that is
/// too large.
fn front(entries: &[(LegId, u128)], available: u128, bypass: bool) -> Vec<LegId> {
    let (mut left, mut legs) = (available, Vec::new());
    for (leg, minor) in entries {
        match left.checked_sub(*minor) {
            Some(rest) => {
                left = rest;
                legs.push(*leg);
            }
            None if bypass => {}
            None => break,
        }
    }
    legs
}

/// Notes which payment kept a set from settling, if one did: the others need not wait for it. What is
/// wrong with order, height or money is so no more at the next look.
fn pass(
    gateway: &Gateway,
    (command, refusal): (&CommandId, Refusal),
    known: &mut Account,
) -> Result<(), GatewayFault> {
    let of_the_set = matches!(
        refusal,
        Refusal::InsufficientFunds
            | Refusal::QueueOrder
            | Refusal::QueueHeight
            | Refusal::LegNotQueued
            | Refusal::LedgerHalted
    );
    let receipt = gateway.view.receipt(command)?.map(|proved| proved.proof.receipt);
    let about = receipt.filter(|receipt| matches!(receipt.outcome, Outcome::Refused(_)));
    if let Some(leg) = about.and_then(|receipt| receipt.leg).filter(|_| !of_the_set) {
        tracing::warn!(leg = %leg.id(), refusal = refusal.code(), "payments.queue.passed");
        known.passed.insert(leg.id(), Instant::now() + PASSED);
    }
    Ok(())
}

/// The ledger's time until which an entry waits, as the leg's record proves it.
///
/// # Errors
/// [`GatewayFault`].
pub(crate) async fn expires(
    gateway: &Gateway,
    leg: &LegId,
) -> Result<Option<LedgerTime>, GatewayFault> {
    Ok(match gateway.ledger.record(&Name::Leg(*leg)).await? {
        Some((Record::Leg(LegRecord { state: LegState::Queued { expires, .. }, .. }), _)) => {
            Some(expires)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p15_a_set_is_what_the_money_suffices_for_and_passes_nobody_unless_it_may() {
        let leg = |byte| LegId::new([byte; 32]);
        let entries = [(leg(1), 40), (leg(2), 100), (leg(3), 10)];
        let of = |available, bypass| front(&entries, available, bypass);
        assert_eq!(of(39, false), []);
        assert_eq!(of(50, false), [leg(1)]);
        assert_eq!(of(50, true), [leg(1), leg(3)]);
        assert_eq!(of(150, false), [leg(1), leg(2), leg(3)]);
        assert_eq!(of(10, true), [leg(3)]);
        assert_eq!(front(&[], 10, true), []);
    }
}
