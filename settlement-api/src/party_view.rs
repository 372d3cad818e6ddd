//! A gateway's party view of the ledger: its own receipts, each proved, in ledger order.
//!
//! # Place      validator's ledger port -> [party_view] -> workflows, tracker, receipt files
//! # Invariants a receipt is here only after its proof held; it is final from then on (I9)
//! # Absent     anybody else's receipts (validators do not give them out), completeness proofs of
//! #            the feed (planned)

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ledger_core::{
    codec::{decode, encode},
    id::CommandId,
    receipt::Outcome,
    time::{Height, LedgerTime},
};
use tokio::{sync::watch, time::Instant};
use verifier::{Committee, ReceiptFile};

use crate::{
    ledger_port::{LedgerClient, PortError, ProvedReceipt},
    port::{KeyValue, StoreFault},
};

const CURSOR: &[u8] = b"view/cursor";
const BY_COMMAND: &[u8] = b"view/command/";
const IN_ORDER: &[u8] = b"view/receipt/";
const MAX_STORED: usize = 1 << 20;

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
}

/// What certified headers say about time.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    /// Height and time of the latest certified header seen.
    latest: (Height, LedgerTime),
    /// Results it declares.
    proven: Height,
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
        Ok(Self { store, ledger, reached, clock: Mutex::new(Clock::default()) })
    }

    /// Follows the ledger for ever.
    pub async fn follow(self: Arc<Self>) {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.pull(Duration::from_secs(5)).await {
                Ok(()) => pause = Duration::from_millis(50),
                Err(fault) => {
                    tracing::warn!(%fault, "party_view.follow");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
            }
        }
    }

    async fn pull(&self, wait: Duration) -> Result<(), ViewError> {
        let after = *self.reached.borrow();
        let receipts = self.ledger.receipts(after, wait).await?;
        let mut batch = Vec::new();
        let mut cursor = after;
        for proved in &receipts {
            let receipt = &proved.proof.receipt;
            let at = (receipt.height, receipt.index);
            if at <= cursor {
                return Err(ViewError::Port(PortError::ProofInvalid));
            }
            cursor = at;
            batch.push((key(BY_COMMAND, receipt.command.get()), Some(encode(proved))));
            let order = order_key(receipt.height, receipt.index);
            batch.push((order, Some(receipt.command.get().to_vec())));
        }
        if let Some(last) = receipts.last() {
            batch.push((CURSOR.to_vec(), Some(encode(&cursor))));
            self.store.write(batch)?;
            self.note_time(last);
            self.reached.send_replace(cursor);
        }
        Ok(())
    }

    fn note_time(&self, proved: &ProvedReceipt) {
        let header = &proved.certified.header;
        self.advance(header.height, header.time, header.results.height);
    }

    fn advance(&self, height: Height, time: LedgerTime, proven: Height) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if height > clock.latest.0 {
            *clock = Clock { latest: (height, time), proven };
        }
    }

    fn clock(&self) -> Clock {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks validators for the latest certified header and takes its time.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn refresh_time(&self) -> Result<LedgerTime, PortError> {
        let header = self.ledger.latest().await?.header;
        self.advance(header.height, header.time, header.results.height);
        Ok(self.clock().latest.1)
    }

    /// The receipt of a command, if it is here.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn receipt(&self, command: &CommandId) -> Result<Option<ProvedReceipt>, StoreFault> {
        match self.store.get(&key(BY_COMMAND, command.get()))? {
            Some(bytes) => decode(&bytes, MAX_STORED).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// Own receipts in ledger order, from the beginning, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn receipts(&self, limit: usize) -> Result<Vec<ProvedReceipt>, StoreFault> {
        let mut all = Vec::new();
        for (_, id) in self.store.scan(IN_ORDER, limit)? {
            let id: [u8; 32] = id.try_into().map_err(|_| StoreFault::Damaged)?;
            all.extend(self.receipt(&CommandId::new(id))?);
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
        let mut over: Option<Height> = None;
        loop {
            news.borrow_and_update();
            if let Some(proved) = self.receipt(command)? {
                return Ok(Fate::Proven(Box::new(proved)));
            }
            // From the first block whose time is not before the expiry, no block can hold the
            // command; once results beyond it are proved and read, it never was executed.
            let clock = self.clock();
            if clock.latest.1 >= expires {
                let first = *over.get_or_insert(clock.latest.0);
                if clock.proven >= first {
                    let read = self.pull(Duration::ZERO).await;
                    return Ok(match (self.receipt(command)?, read) {
                        (Some(proved), _) => Fate::Proven(Box::new(proved)),
                        (None, Ok(())) => Fate::Expired,
                        (None, Err(_)) => Fate::Pending,
                    });
                }
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
        let Some(proved) = self.receipt(command)? else { return Ok(None) };
        let Certificate { header, certificate } = Certificate::of(&proved);
        ReceiptFile::build(&proved.proof, header, certificate, committee.genesis())
            .map(Some)
            .map_err(|_| StoreFault::Damaged)
    }
}

struct Certificate<'a> {
    header: &'a ledger_core::block::Header,
    certificate: &'a [u8],
}

impl<'a> Certificate<'a> {
    fn of(proved: &'a ProvedReceipt) -> Self {
        Self { header: &proved.certified.header, certificate: &proved.certified.certificate }
    }
}

/// Whether a proved receipt says that the command had its effect.
#[must_use]
pub const fn applied(proved: &ProvedReceipt) -> bool {
    matches!(proved.proof.receipt.outcome, Outcome::Applied(_))
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

fn order_key(height: Height, index: u32) -> Vec<u8> {
    [IN_ORDER, &height.get().to_be_bytes(), &index.to_be_bytes()].concat()
}
