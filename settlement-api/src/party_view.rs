//! A gateway's party view of the ledger: its own receipts, each proved, in ledger order.
//!
//! # Place      validator's ledger port -> [party_view] -> workflows, tracker, receipt files
//! # Invariants a receipt is here only after its proof held; it is final from then on (I9)
//! # Absent     anybody else's receipts (validators do not give them out), completeness proofs of
//! #            the feed

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ledger_core::{
    codec::{decode, encode},
    id::{CommandId, LegId},
    limits::MAX_BULK_LEGS,
    receipt::{Effect, Kind, Outcome, Receipt},
    time::{Height, LedgerTime},
};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use verifier::{Committee, ReceiptFile};

use crate::{
    events::follow,
    gateway::Gateway,
    ledger_port::{Certified, LedgerClient, PortError, ProvedReceipt},
    port::{KeyValue, StoreFault},
};

// The number is raised when rows change shape: the view is then read from the ledger anew.
const CURSOR: &[u8] = b"view/4/cursor";
/// By command and place: a command about several legs has a receipt for each.
const BY_COMMAND: &[u8] = b"view/4/command/";
/// Names of applied receipts by kind, in ledger order.
const BY_KIND: &[u8] = b"view/4/kind/";
/// Names of applied receipts by leg, in ledger order.
const BY_LEG: &[u8] = b"view/4/leg/";
/// Names of receipts that opened an account, in ledger order.
const OPENED: &[u8] = b"view/4/opened/";
const MAX_STORED: usize = 1 << 20;
/// Certified headers whose times are remembered.
const HEADERS: usize = 256;
/// How long the ledger's time may be used without asking again.
const RECENT: Duration = Duration::from_secs(1);
/// How far it may then be from this machine's clock, in milliseconds.
const NEARLY_MS: u64 = 5_000;
/// How long a validator may take to show all that it knows.
const WITNESS: Duration = Duration::from_secs(5);

/// What became of a command.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It was executed, and that is proved.
    Proven(Box<ProvedReceipt>),
    /// It was not, and no longer can be.
    Expired,
    /// Not known yet.
    Pending,
}

/// The receipts of one institution.
pub struct PartyView {
    store: Arc<dyn KeyValue>,
    ledger: LedgerClient,
    reached: watch::Sender<(Height, u32)>,
    clock: Mutex<Clock>,
    /// Up to which height all receipts are here, as several validators say.
    complete: Mutex<Height>,
}

/// What certified headers say about time.
#[derive(Clone, Debug, Default)]
struct Clock {
    /// Heights and times of certified headers seen, ascending.
    seen: VecDeque<(Height, LedgerTime)>,
    /// Results that the latest of them declares.
    proven: Height,
    /// When validators were heard last.
    looked: Option<Instant>,
}

impl Clock {
    /// Time of the latest certified header; the epoch before the first.
    fn now(&self) -> LedgerTime {
        self.seen.back().map_or(LedgerTime::new(0), |(_, time)| *time)
    }

    /// The first block whose time is not before an expiry, once its results are proved: from it on none
    /// can hold a command of this expiry.
    fn past(&self, expires: LedgerTime) -> Option<Height> {
        let (first, _) = self.seen.iter().find(|(_, time)| *time >= expires)?;
        (self.proven >= *first).then_some(*first)
    }
}

impl PartyView {
    /// A view that goes on where the store left off.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn open(store: Arc<dyn KeyValue>, ledger: LedgerClient) -> Result<Self, StoreFault> {
        let cursor = match store.get(CURSOR)? {
            Some(bytes) => decode(&bytes, 64).map_err(|_| StoreFault::Damaged)?,
            None => (Height::new(0), 0),
        };
        let (reached, _) = watch::channel(cursor);
        let complete = Mutex::new(Height::new(0));
        Ok(Self { store, ledger, reached, clock: Mutex::default(), complete })
    }

    /// Follows the ledger for ever.
    pub async fn follow(self: Arc<Self>) {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.pull(&self.ledger, Duration::from_secs(5)).await {
                Ok(()) => pause = Duration::from_millis(50),
                Err(fault) => {
                    tracing::warn!(%fault, "party_view.follow");
                    self.ledger.turn();
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
            }
        }
    }

    async fn pull(&self, from: &LedgerClient, wait: Duration) -> Result<(), ViewError> {
        let after = *self.reached.borrow();
        let receipts = from.receipts(after, wait).await?;
        let mut batch = Vec::new();
        let mut cursor = after;
        for proved in &receipts {
            let receipt = &proved.proof.receipt;
            let at = (receipt.height, receipt.index);
            // Ascending, or the validator does not keep to its protocol.
            if at <= cursor {
                return Err(ViewError::Port(PortError::ProofInvalid));
            }
            cursor = at;
            let name = name(receipt);
            batch.push((key(BY_COMMAND, &name), Some(encode(proved))));
            batch.extend(index(receipt).map(|key| (key, Some(name.clone()))));
            batch.extend(follow::news(receipt));
        }
        if let Some(last) = receipts.last() {
            batch.push((CURSOR.to_vec(), Some(encode(&cursor))));
            self.store.write(batch)?;
            self.note_time(last);
            // Two readers may overlap; the place never goes back.
            self.reached.send_if_modified(|reached| {
                let further = cursor > *reached;
                *reached = cursor.max(*reached);
                further
            });
        }
        Ok(())
    }

    /// Reads every receipt that these validators know; whether that was possible.
    async fn read_all(&self, from: &LedgerClient) -> bool {
        loop {
            let before = *self.reached.borrow();
            if self.pull(from, Duration::ZERO).await.is_err() {
                return false;
            }
            if *self.reached.borrow() == before {
                return true;
            }
        }
    }

    /// Reads every receipt that is proved by now; whether that was possible.
    pub(crate) async fn catch_up(&self) -> bool {
        self.read_all(&self.ledger).await
    }

    /// Whether every receipt up to a height is here: so many validators have shown results of that height
    /// and nothing that is not here that one of them at least says all that it knows.
    pub(crate) async fn is_complete_to(&self, height: Height) -> bool {
        let complete = || self.complete.lock().unwrap_or_else(PoisonError::into_inner);
        if *complete() >= height {
            return true;
        }
        let (mut missing, mut lowest) = (self.ledger.witnesses(), None);
        for validator in self.ledger.each() {
            let said = timeout(WITNESS, async {
                let proven = validator.latest().await.ok()?.header.results.height;
                (proven >= height && self.read_all(&validator).await).then_some(proven)
            });
            let Ok(Some(proven)) = said.await else { continue };
            (missing, lowest) =
                (missing.saturating_sub(1), lowest.into_iter().chain([proven]).min());
            if missing == 0 {
                let mut complete = complete();
                *complete = lowest.map_or(*complete, |lowest| lowest.max(*complete));
                return true;
            }
        }
        false
    }

    /// Once results beyond every block before a time are proved: a height up to which they are.
    pub(crate) fn proved_beyond(&self, time: LedgerTime) -> Option<Height> {
        self.clock(|clock| clock.past(time))
    }

    fn note_time(&self, proved: &ProvedReceipt) {
        let header = &proved.certified.header;
        self.advance(header.height, header.time, header.results.height);
    }

    fn advance(&self, height: Height, time: LedgerTime, proven: Height) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.looked = Some(Instant::now());
        if clock.seen.back().is_none_or(|(latest, _)| height > *latest) {
            clock.seen.push_back((height, time));
            clock.proven = proven;
        }
        if clock.seen.len() > HEADERS {
            clock.seen.pop_front();
        }
    }

    fn clock<T>(&self, ask: impl FnOnce(&Clock) -> T) -> T {
        ask(&self.clock.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The ledger's time as it was seen within the last second, if this machine's clock says nearly the
    /// same; else validators are asked. A network that stood still goes on with another time.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn recent_time(&self) -> Result<LedgerTime, PortError> {
        let here = Gateway::now_ms();
        let recent = |clock: &Clock| {
            let fresh = clock.now().get().abs_diff(here) < NEARLY_MS;
            fresh && clock.looked.is_some_and(|at| at.elapsed() < RECENT)
        };
        if self.clock(recent) { Ok(self.clock(Clock::now)) } else { self.refresh_time().await }
    }

    /// Asks validators for the latest certified header and takes its time.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn refresh_time(&self) -> Result<LedgerTime, PortError> {
        let header = self.ledger.latest().await?.header;
        self.advance(header.height, header.time, header.results.height);
        Ok(self.clock(Clock::now))
    }

    /// The receipt of a command, if it is here: the first one of a command about several legs.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn receipt(&self, command: &CommandId) -> Result<Option<ProvedReceipt>, StoreFault> {
        match self.store.scan(&key(BY_COMMAND, command.get()), 1)?.first() {
            Some((_, bytes)) => decode_row(bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The receipts of a command, in the order of its legs; of one with more legs than a bulk has, the
    /// first ones.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn receipts_of(&self, command: &CommandId) -> Result<Vec<ProvedReceipt>, StoreFault> {
        let rows = self.store.scan(&key(BY_COMMAND, command.get()), MAX_BULK_LEGS)?;
        rows.iter().map(|(_, bytes)| decode_row(bytes)).collect()
    }

    /// The receipt of a command about a leg.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn receipt_of_leg(
        &self,
        command: &CommandId,
        leg: &LegId,
    ) -> Result<Option<ProvedReceipt>, StoreFault> {
        let mut own = self.leg_receipts(leg)?.into_iter();
        Ok(own.find(|proved| proved.proof.receipt.command == *command))
    }

    /// The receipt of the command that had this effect on a leg.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn leg_effect(
        &self,
        leg: &LegId,
        effect: Effect,
    ) -> Result<Option<ProvedReceipt>, StoreFault> {
        self.of_leg(leg, |found| found == effect)
    }

    /// The receipt of the command that gave a leg's money back.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn leg_voided(&self, leg: &LegId) -> Result<Option<ProvedReceipt>, StoreFault> {
        self.of_leg(leg, |found| matches!(found, Effect::Voided(_) | Effect::ClosedUnsettled))
    }

    fn of_leg(
        &self,
        leg: &LegId,
        wanted: impl Fn(Effect) -> bool,
    ) -> Result<Option<ProvedReceipt>, StoreFault> {
        Ok(self.leg_receipts(leg)?.into_iter().find(|proved| match proved.proof.receipt.outcome {
            Outcome::Applied(effect) => wanted(effect),
            Outcome::Refused(_) => false,
        }))
    }

    /// Receipts of everything that had an effect on a leg, in ledger order.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn leg_receipts(&self, leg: &LegId) -> Result<Vec<ProvedReceipt>, StoreFault> {
        self.listed(&key(BY_LEG, leg.get()), usize::MAX)
    }

    /// Own receipts of applied commands of a kind, in ledger order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn applied(&self, kind: Kind, limit: usize) -> Result<Vec<ProvedReceipt>, StoreFault> {
        self.listed(&kind_key(kind), limit)
    }

    /// Own receipts that opened an account, in ledger order.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn opened_accounts(&self) -> Result<Vec<ProvedReceipt>, StoreFault> {
        self.listed(OPENED, usize::MAX)
    }

    fn listed(&self, prefix: &[u8], limit: usize) -> Result<Vec<ProvedReceipt>, StoreFault> {
        let mut all = Vec::new();
        for (_, name) in self.store.scan(prefix, limit)? {
            let bytes = self.store.get(&key(BY_COMMAND, &name))?.ok_or(StoreFault::Damaged)?;
            all.push(decode_row(&bytes)?);
        }
        Ok(all)
    }

    /// A receiver that wakes whenever receipts have arrived.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<(Height, u32)> {
        self.reached.subscribe()
    }

    /// Waits until the fate of a command is known, or until `deadline`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub async fn fate(
        &self,
        command: &CommandId,
        expires: LedgerTime,
        deadline: Instant,
    ) -> Result<Fate, StoreFault> {
        let mut news = self.watch();
        loop {
            news.borrow_and_update();
            if let Some(proved) = self.receipt(command)? {
                return Ok(Fate::Proven(Box::new(proved)));
            }
            if let Some(past) = self.proved_beyond(expires)
                && self.is_complete_to(past).await
            {
                return Ok(match self.receipt(command)? {
                    Some(proved) => Fate::Proven(Box::new(proved)),
                    None => Fate::Expired,
                });
            }
            if Instant::now() >= deadline {
                return Ok(Fate::Pending);
            }
            let step = deadline.min(Instant::now() + Duration::from_secs(1));
            if tokio::time::timeout_at(step, news.changed()).await.is_err() {
                let _ = self.refresh_time().await;
            }
        }
    }

    /// The receipt of a command as a `florin-receipt-1` file.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn receipt_file(
        &self,
        command: &CommandId,
        committee: &Committee,
    ) -> Result<Option<String>, StoreFault> {
        let proved = self.receipt(command)?;
        proved.map(|proved| file_of(&proved, committee)).transpose()
    }
}

/// A receipt as a `florin-receipt-1` file.
///
/// # Errors
/// [`StoreFault::Damaged`].
pub fn file_of(proved: &ProvedReceipt, committee: &Committee) -> Result<String, StoreFault> {
    let Certified { header, certificate } = &proved.certified;
    ReceiptFile::build(&proved.proof, header, certificate, committee.genesis())
        .map_err(|_| StoreFault::Damaged)
}

fn decode_row(bytes: &[u8]) -> Result<ProvedReceipt, StoreFault> {
    decode(bytes, MAX_STORED).map_err(|_| StoreFault::Damaged)
}

#[derive(Debug, thiserror::Error)]
enum ViewError {
    #[error("{0}")]
    Port(#[from] PortError),
    #[error("{0}")]
    Store(#[from] StoreFault),
}

fn key(prefix: &[u8], name: &[u8]) -> Vec<u8> {
    [prefix, name].concat()
}

/// The name of a receipt here: its command and its place on the ledger.
fn name(receipt: &Receipt) -> Vec<u8> {
    let (height, index) = (receipt.height.get().to_be_bytes(), receipt.index.to_be_bytes());
    [&receipt.command.get()[..], &height, &index].concat()
}

fn kind_key(kind: Kind) -> Vec<u8> {
    [BY_KIND, kind.name().as_bytes(), b"/"].concat()
}

/// Under which lists an applied receipt is found.
fn index(receipt: &Receipt) -> impl Iterator<Item = Vec<u8>> {
    let applied = matches!(receipt.outcome, Outcome::Applied(_));
    let order = [&receipt.height.get().to_be_bytes()[..], &receipt.index.to_be_bytes()].concat();
    let by_leg = receipt.leg.map(|leg| key(BY_LEG, leg.id().get()));
    // Of approvals only a mint's also names an account to credit, and that one names money.
    let opened =
        receipt.kind == Kind::Approve && receipt.credit.is_some() && receipt.money.is_none();
    let opened = opened.then(|| OPENED.to_vec());
    let lists = [Some(kind_key(receipt.kind)), by_leg, opened].into_iter().flatten();
    lists.filter(move |_| applied).map(move |list| key(&list, &order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_past_only_when_results_beyond_its_last_possible_block_are_proved() {
        let header = |height, time| (Height::new(height), LedgerTime::new(time));
        let clock = |proven| Clock {
            seen: VecDeque::from([header(5, 100), header(7, 200), header(9, 300)]),
            proven: Height::new(proven),
            looked: None,
        };
        let expires = LedgerTime::new(150);
        // Block 6 may lie before the expiry; block 7 does not.
        assert_eq!(clock(6).past(expires), None);
        assert_eq!(clock(7).past(expires), Some(Height::new(7)));
        assert_eq!(clock(8).past(LedgerTime::new(201)), None);
        assert_eq!(clock(9).past(LedgerTime::new(301)), None, "its time has not come");
        assert_eq!(Clock::default().past(LedgerTime::new(0)), None);
    }
}
