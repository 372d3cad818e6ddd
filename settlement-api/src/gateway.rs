//! One institution's gateway: its parts, and what every workflow shares.
//!
//! # Place      composed by `node::gateway` from config; served by `server`
//! # Invariants holds its own institution's keys and nobody else's
//! # Absent     what a role may do over HTTP (`server`), rules of money (`ledger-core`)

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use kyc_gateway::Gate;
use ledger_core::{
    account::Account,
    genesis::{CurrencyTerms, Genesis},
    id::{AccountId, CommandId, Lei},
    money::Currency,
    payment::MAX_HOLD_MS,
    receipt::Outcome,
    record::{Name, Record},
    refusal::Refusal,
    signature::{Signed, Statement},
    time::LedgerTime,
};
use tokio::sync::Mutex;

use crate::{
    anchors, checks,
    client::SignedClient,
    directory::{Directory, watch},
    events::{feed::Feed, follow},
    exceptions, files, fx,
    halt::{self, HaltWatch},
    inquiries::{self, Inquiries, contacts::Contacts},
    keys::{Keys, NoKey, Purpose},
    ledger_port::{LedgerClient, PortError},
    metrics::Metrics,
    outbox::{Outbox, OutboxError},
    party_view::{Fate, PartyView},
    payments::{
        intake::Duplicates,
        queue::{
            QueuePolicy,
            runner::{self, Queues},
        },
        review::{self, policy::ReviewPolicy},
        value_date::ValueDates,
        waiting, workflow,
    },
    peers::{Networks, Peers},
    port::{KeyValue, StoreFault},
    sandbox, standing,
    tls::ServerTrust,
    turns::Turns,
    webhooks::{self, Webhooks},
};

/// What clocks may differ by when a hold is as long as it can be, in milliseconds.
const CLOCKS_MS: u64 = 60_000;

/// A gateway could not do what was asked for a reason that is not the asker's.
#[derive(Debug, thiserror::Error)]
pub enum GatewayFault {
    /// Its store.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// Its outbox.
    #[error("{0}")]
    Outbox(#[from] OutboxError),
    /// The ledger port.
    #[error("{0}")]
    Port(#[from] PortError),
    /// A key is not configured.
    #[error("{0}")]
    NoKey(#[from] NoKey),
}

/// What a gateway is made of.
pub struct Parts {
    /// Its keys.
    pub keys: Keys,
    /// Its store.
    pub store: Arc<dyn KeyValue>,
    /// Its way to the ledger.
    pub ledger: LedgerClient,
    /// Its way to other gateways.
    pub peers: SignedClient,
    /// Networks beside the public one at which they may be (B11).
    pub shared_networks: Networks,
    /// Whom it believes of hosts that are no members: those of webhooks.
    pub web: ServerTrust,
    /// Its gate, if it is a member.
    pub gate: Option<Gate>,
    /// Clearing-system codes that count as this network in payment messages.
    pub clearing_systems: Vec<String>,
    /// How long a hold lasts before the beneficiary bank must have answered.
    pub acceptance_time: Duration,
    /// How much longer a hold lasts, so that a person of the beneficiary bank can decide.
    pub review_time: Duration,
    /// Which incoming payments wait for a person of this bank.
    pub review: ReviewPolicy,
    /// How long a bank has to answer a recall; a business day if absent.
    pub recall_time: Option<Duration>,
    /// How often a member anchors what it exchanged with others.
    pub anchor_interval: Duration,
    /// Whether endings of account numbers ask for answers (Y1): on networks for tests alone.
    pub sandbox: bool,
    /// On which days payments settle.
    pub value_dates: ValueDates,
    /// Whom the bank tells that answers are due or late.
    pub contacts: Contacts,
    /// What becomes of messages that repeat others.
    pub duplicates: Duplicates,
    /// What becomes of payments for which there is no money.
    pub queue: QueuePolicy,
    /// What time it is, for days of settlement.
    pub clock: Clock,
}

/// Tells the time by which days begin.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A running gateway.
pub struct Gateway {
    /// Its keys.
    pub keys: Keys,
    /// Its store.
    pub store: Arc<dyn KeyValue>,
    /// Its way to the ledger.
    pub ledger: LedgerClient,
    /// Its way to other gateways.
    pub peers: Peers,
    /// Whom it believes of hosts that are no members.
    pub web: ServerTrust,
    /// Its gate, if it is a member.
    pub gate: Option<Gate>,
    /// Clearing-system codes that count as this network.
    pub clearing_systems: Vec<String>,
    /// How long a beneficiary bank has to answer.
    pub acceptance_time: Duration,
    /// How much longer a hold lasts.
    review_time: Duration,
    /// Which incoming payments wait for a person of this bank.
    pub review: ReviewPolicy,
    /// How long a bank has to answer a recall; a business day if absent.
    pub recall_time: Option<Duration>,
    anchor_interval: Duration,
    /// Whether endings of account numbers ask for answers (Y1).
    pub sandbox: bool,
    /// On which days payments settle.
    pub value_dates: ValueDates,
    /// Whom the bank tells that answers are due or late.
    pub contacts: Contacts,
    /// What becomes of messages that repeat others.
    pub duplicates: Duplicates,
    /// What becomes of payments for which there is no money.
    pub queue: QueuePolicy,
    /// Queues of own accounts as they were proved last.
    pub queues: Queues,
    clock: Clock,
    /// How many payments wait for their day.
    pub waiting: AtomicUsize,
    /// Own receipts.
    pub view: Arc<PartyView>,
    /// Own commands on their way.
    pub outbox: Arc<Outbox>,
    /// Members of the network.
    pub directory: Directory,
    /// Counters.
    pub metrics: Metrics,
    /// What happened to payments.
    pub events: Feed,
    /// Where that is told.
    pub webhooks: Webhooks,
    /// Whose turn it is with which payments, so that two requests for one leg meet.
    pub turns: Turns,
    /// One consumption of a ticket at a time.
    pub tickets: Mutex<()>,
    /// One request that sends a command at a time, so that two under one key meet.
    pub orders: Mutex<()>,
    /// One step of a standing order at a time, so that a cancellation meets it before or after.
    pub standing: Mutex<()>,
    /// Cases with other banks.
    pub inquiries: Inquiries,
    /// Whether the network is halted.
    pub halt: HaltWatch,
    /// Which members have asked whose accounts are, and how often.
    pub checks: checks::answering::Counts,
    /// Own accounts, in the order in which they were opened.
    accounts: RwLock<Vec<Account>>,
    accounts_read: AtomicBool,
}

impl Gateway {
    /// Signs a statement of this institution with its key for a purpose.
    ///
    /// # Errors
    /// [`GatewayFault::NoKey`], or the signer's fault.
    pub fn sign<T: Statement>(
        &self,
        purpose: Purpose,
        value: T,
    ) -> Result<Signed<T>, GatewayFault> {
        let signed = Signed::new(value, self.keys.signer(purpose)?);
        signed.map_err(|fault| OutboxError::Signer(fault).into())
    }

    /// Assembles a gateway; nothing runs yet.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn new(parts: Parts) -> Result<Arc<Self>, StoreFault> {
        let Parts { keys, store, ledger, peers, gate, clearing_systems, acceptance_time, .. } =
            parts;
        let view = Arc::new(PartyView::open(Arc::clone(&store), ledger.clone())?);
        let waiting = AtomicUsize::new(waiting::count(store.as_ref())?);
        let outbox = Outbox::new(Arc::clone(&store), ledger.clone(), Arc::clone(&view), keys.lei);
        Ok(Arc::new(Self {
            directory: Directory::new(ledger.clone()),
            outbox: Arc::new(outbox),
            metrics: Metrics::new(),
            events: Feed::open(Arc::clone(&store))?,
            webhooks: Webhooks::new(Arc::clone(&store)),
            turns: Turns::default(),
            tickets: Mutex::new(()),
            orders: Mutex::new(()),
            standing: Mutex::new(()),
            inquiries: Inquiries::default(),
            halt: HaltWatch::default(),
            checks: checks::answering::Counts::default(),
            accounts: RwLock::default(),
            accounts_read: AtomicBool::new(false),
            keys,
            store,
            ledger,
            peers: Peers::new(peers, parts.shared_networks),
            web: parts.web,
            gate,
            clearing_systems,
            acceptance_time,
            review_time: parts.review_time,
            review: parts.review,
            recall_time: parts.recall_time,
            anchor_interval: parts.anchor_interval,
            sandbox: parts.sandbox,
            value_dates: parts.value_dates,
            contacts: parts.contacts,
            duplicates: parts.duplicates,
            queue: parts.queue,
            queues: Queues::default(),
            clock: parts.clock,
            waiting,
            view,
        }))
    }

    /// Starts everything that runs in the background, and drives on what a crash left unfinished.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn start(self: &Arc<Self>) -> Result<(), StoreFault> {
        tokio::spawn(Arc::clone(&self.view).follow());
        tokio::spawn(Arc::clone(&self.outbox).resend());
        tokio::spawn(self.directory.clone().follow());
        tokio::spawn(watch::run(Arc::clone(self)));
        tokio::spawn(Arc::clone(self).learn_accounts());
        tokio::spawn(halt::run(Arc::clone(self)));
        tokio::spawn(follow::run(Arc::clone(self)));
        tokio::spawn(webhooks::work::run(Arc::clone(self)));
        if self.gate.is_some() {
            tokio::spawn(anchors::run(Arc::clone(self), self.anchor_interval));
            tokio::spawn(inquiries::run(Arc::clone(self)));
            tokio::spawn(review::clock::run(Arc::clone(self)));
            tokio::spawn(exceptions::clock::run(Arc::clone(self)));
            tokio::spawn(runner::run(Arc::clone(self)));
        }
        if self.sandbox {
            tokio::spawn(sandbox::run(Arc::clone(self)));
        }
        tokio::spawn(waiting::run(Arc::clone(self)));
        tokio::spawn(standing::work::run(Arc::clone(self)));
        workflow::resume(self)?;
        exceptions::resume(self)?;
        fx::asking::resume(self)?;
        checks::asking::resume(self)?;
        files::resume(self)
    }

    /// Whether directory and own accounts were read since the process started: before that a bank
    /// or account that is not found says nothing.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.directory.is_read() && self.accounts_read.load(Ordering::Acquire)
    }

    /// Whose gateway it is.
    #[must_use]
    pub const fn lei(&self) -> &Lei {
        &self.keys.lei
    }

    /// The network it belongs to.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        self.ledger.committee().genesis()
    }

    /// A currency of the network.
    #[must_use]
    pub fn terms(&self, code: &str) -> Option<CurrencyTerms> {
        let code = Currency::new(code)?;
        self.genesis().currencies.iter().find(|terms| terms.code == code).copied()
    }

    /// Milliseconds since 1970 by this machine's clock: for timelines and deadlines of this
    /// gateway, never for the ledger.
    #[must_use]
    pub fn now_ms() -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
    }

    /// The time by which days of settlement begin.
    #[must_use]
    pub fn clock(&self) -> Timestamp {
        (self.clock)()
    }

    /// The same in milliseconds since 1970.
    #[must_use]
    pub fn value_now(&self) -> LedgerTime {
        LedgerTime::new(u64::try_from(self.clock().as_millisecond()).unwrap_or(0))
    }

    /// Until when the beneficiary bank of a payment that is taken up now answers.
    #[must_use]
    pub fn answer_by(&self) -> LedgerTime {
        LedgerTime::new(Self::now_ms()).after(millis(self.acceptance_time))
    }

    /// When the hold of a payment ends whose beneficiary bank answers until then: a person of that
    /// bank may have to decide (P14).
    #[must_use]
    pub fn hold_expires(&self, answer_by: LedgerTime) -> LedgerTime {
        // Less than the ledger allows, by what this machine's clock may be ahead of it.
        let most = LedgerTime::new(Self::now_ms()).after(MAX_HOLD_MS.saturating_sub(CLOCKS_MS));
        answer_by.after(millis(self.review_time)).min(most).max(answer_by)
    }

    /// The institution's settlement account in a currency, as last proved: the first that was opened.
    #[must_use]
    pub fn account(&self, currency: Currency) -> Option<Account> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.iter().find(|account| account.currency == currency).cloned()
    }

    /// Its accounts, as last proved, in the order in which they were opened.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The own account of this address, as last proved.
    #[must_use]
    pub fn own_account(&self, id: &AccountId) -> Option<Account> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.iter().find(|account| account.id == *id).cloned()
    }

    /// Whether payments of its currency go over an own account.
    #[must_use]
    pub fn settles(&self, own: &Account) -> bool {
        self.account(own.currency).is_some_and(|settling| settling.id == own.id)
    }

    /// Reads an own account with its proof, and remembers it.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn read_account(&self, id: &AccountId) -> Result<Option<Account>, PortError> {
        let Some((Record::Account(account), _)) = self.ledger.record(&Name::Account(*id)).await?
        else {
            return Ok(None);
        };
        if account.member != *self.lei() {
            return Ok(None);
        }
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        match accounts.iter_mut().find(|known| known.id == account.id) {
            Some(known) => known.clone_from(&account),
            None => accounts.push(account.clone()),
        }
        Ok(Some(account))
    }

    /// Learns of own accounts from the receipts that opened them.
    async fn learn_accounts(self: Arc<Self>) {
        let mut news = self.view.watch();
        let mut looked_at = 0;
        loop {
            news.borrow_and_update();
            match self.find_accounts(&mut looked_at).await {
                Ok(()) => self.accounts_read.store(true, Ordering::Release),
                Err(fault) => tracing::debug!(%fault, "gateway.learn_accounts"),
            }
            let _ = tokio::time::timeout(Duration::from_secs(1), news.changed()).await;
        }
    }

    /// Looks at every opened account once: an operator sees those of others, too.
    async fn find_accounts(&self, looked_at: &mut usize) -> Result<(), GatewayFault> {
        for proved in self.view.opened_accounts()?.iter().skip(*looked_at) {
            let opened = proved.proof.receipt.credit;
            if let Some(id) = opened.filter(|id| self.own_account(id).is_none())
                && let Some(account) = self.read_account(&id).await?
            {
                let settles = self.settles(&account);
                tracing::info!(currency = %account.currency, settles, "gateway.account_opened");
            }
            *looked_at += 1;
        }
        Ok(())
    }

    /// Whether a command is this institution's, or its receipt is.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn knows(&self, command: &CommandId) -> Result<bool, StoreFault> {
        Ok(self.outbox.sent(command)? || self.view.receipt(command)?.is_some())
    }

    /// Waits for a command's fate: its receipt when applied, else why not.
    ///
    /// # Errors
    /// [`GatewayFault`].
    pub async fn outcome(
        &self,
        command: &CommandId,
        patience: Duration,
    ) -> Result<CommandOutcome, GatewayFault> {
        Ok(match self.outbox.fate(command, patience).await? {
            Fate::Pending => CommandOutcome::Pending,
            Fate::Expired => CommandOutcome::Expired,
            Fate::Proven(proved) => match proved.proof.receipt.outcome {
                Outcome::Applied(_) => CommandOutcome::Applied,
                Outcome::Refused(refusal) => {
                    self.metrics.refused(refusal);
                    CommandOutcome::Refused(refusal)
                }
            },
        })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What is known of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandOutcome {
    /// It had its effect; the receipt is in the view.
    Applied,
    /// It was refused; the receipt is in the view.
    Refused(Refusal),
    /// It never was executed and no longer can be.
    Expired,
    /// Not known yet.
    Pending,
}
