//! Finalized blocks into the ledger: exactly once, in order, acknowledged when durable.
//!
//! The engine delivers in height order and at least once. Several blocks may be executed before
//! one sync, and more while it goes on; only when it is done are they acknowledged. A store that is
//! behind the engine (an unsynced tail was lost in a crash) is fed from the engine's archive before
//! anything else.
//!
//! # Place      engine -> [executor] -> `port::Ledger`; -> progress board and pool
//! # Invariants C1 executed once, in order, acknowledged only when durable;
//! #            C2 a certified header that contradicts our own roots marks the store and stops us
//! # Absent     validity of blocks (a quorum checked it), meaning of commands

use std::sync::Arc;

use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_codec::Encode as _;
use commonware_consensus::{
    Reporter,
    marshal::{core::Mailbox, standard::Standard},
    simplex::types::Activity,
    types::Height as EngineHeight,
};
use commonware_cryptography::{Digested, sha256::Digest};
use commonware_macros::select;
use commonware_runtime::Clock;
use commonware_utils::{
    Acknowledgement as _,
    acknowledgement::Exact,
    channel::{mpsc, watch},
};
use futures::{FutureExt as _, future::BoxFuture};
use ledger_core::{
    block::{Header, Results},
    digest::Hash32,
    genesis::VoteKey,
    rules::RulesVersion,
    time::{Height, LedgerTime},
    validators::Committee,
};
use tracing::{error, info, warn};

use crate::{
    application::{Stalls, stall},
    block::{OrderedBlock, digest_of, hash_of},
    certificates::Certificates,
    committee::{Committees, Scheme, Seat},
    directory::Directory,
    distance::Times,
    error::{ExecutorError, NewerRules},
    intake::Intake,
    limits::{RECERTIFIED, RECORD_MARGIN_MS, SYNCED_TOGETHER},
    node::Beginning,
    port::{Ledger, LedgerError, ResultsReader},
    progress::{Board, Standing},
    rotation::Turn,
    validated::Validated,
    witness::{Seen, evidence},
};

/// What the engine hands over.
pub(crate) enum Delivery {
    /// A finalized block, durable in the engine's archive.
    Block(Digested<OrderedBlock>, Exact),
    /// A finalization's digest and encoding.
    Certificate(Digest, Bytes),
}

/// The engine's archive of blocks and certificates.
pub(crate) type Archive = Mailbox<Scheme, Standard<OrderedBlock>>;

/// Picks certificates and evidence out of what the engine reports.
#[derive(Clone)]
pub(crate) struct Observer {
    /// Certificates go here.
    pub(crate) deliveries: mpsc::UnboundedSender<Delivery>,
    /// Evidence goes here.
    pub(crate) seen: Seen,
    /// Who is who in an epoch.
    pub(crate) committees: Committees,
}

impl Reporter for Observer {
    type Activity = Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        match activity {
            Activity::Finalization(finalization) => {
                let digest = finalization.proposal.payload;
                let certificate = Delivery::Certificate(digest, finalization.encode());
                if self.deliveries.send(certificate).is_err() {
                    return Feedback::Closed;
                }
            }
            other => {
                if let Some(found) = evidence(&other, &self.committees) {
                    // Where the queue is full there is evidence enough.
                    let _ = self.seen.try_send(found);
                }
            }
        }
        Feedback::Ok
    }
}

/// Up to where blocks follow each other without pause: a change that is decided and near.
fn until(record: &Committee, height: Height) -> Height {
    let near = record.epoch_length.saturating_mul(2);
    let next = record.next.as_ref().map(|change| change.at);
    next.filter(|at| at.get() <= height.get().saturating_add(near)).unwrap_or_default()
}

/// Blocks that are being brought to disk.
struct Syncing {
    done: BoxFuture<'static, Result<(), LedgerError>>,
    acks: Vec<Exact>,
    /// The epoch that begins afterwards.
    turn: Option<Turn>,
}

/// What an executor waits for.
enum News {
    Delivery(Option<Delivery>),
    Synced(Result<(), LedgerError>),
}

/// The executor of one node.
pub(crate) struct Executor {
    ledger: Box<dyn Ledger>,
    reader: Arc<dyn ResultsReader>,
    genesis: Header,
    tip: Header,
    archive: Archive,
    intake: Intake,
    board: Board,
    stalls: Stalls,
    validated: Validated,
    certificates: Certificates,
    redelivered: Option<Header>,
    uncertified: Vec<(Height, Hash32)>,
    committees: Committees,
    turns: watch::Sender<Option<Turn>>,
    beginning: Beginning,
    /// The highest version of the rules that this binary knows.
    known: RulesVersion,
    /// The last version that the operator was told of.
    told: RulesVersion,
    directory: Directory,
    /// An epoch that begins as soon as all before it is durable.
    due: Option<Turn>,
}

/// What an executor shares with the rest of the node.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The genesis header.
    pub(crate) genesis: Header,
    /// Where lost blocks and certificates are read again.
    pub(crate) archive: Archive,
    /// The pool.
    pub(crate) intake: Intake,
    /// The progress board.
    pub(crate) board: Board,
    /// Slowness of simulations.
    pub(crate) stalls: Stalls,
    /// Blocks that were validated here.
    pub(crate) validated: Validated,
    /// Who certifies which epoch.
    pub(crate) committees: Committees,
    /// Since when votes are recorded here.
    pub(crate) beginning: Beginning,
    /// The highest version of the rules that this binary knows.
    pub(crate) known: RulesVersion,
    /// Where other validators are reached.
    pub(crate) directory: Directory,
    /// How long others are waited for.
    pub(crate) times: &'static Times,
}

impl Executor {
    /// Takes over the ledger.
    ///
    /// # Errors
    /// [`ExecutorError::OtherGenesis`].
    pub(crate) fn new(
        ledger: Box<dyn Ledger>,
        around: Surroundings,
        turns: watch::Sender<Option<Turn>>,
    ) -> Result<Self, ExecutorError> {
        let Surroundings {
            genesis,
            archive,
            intake,
            board,
            stalls,
            validated,
            committees,
            beginning,
            known,
            directory,
            times: _,
        } = around;
        let tip = ledger.applied();
        let fresh = tip.height == genesis.height;
        if tip.chain != genesis.chain || (fresh && tip.digest() != genesis.digest()) {
            return Err(ExecutorError::OtherGenesis);
        }
        board.applied(&tip, tip.payload != genesis.payload);
        intake.remember(ledger.seen());
        let reader = ledger.reader();
        intake.follow(reader.rules_at(tip.height.next()));
        Ok(Self {
            ledger,
            reader,
            genesis,
            tip,
            archive,
            intake,
            board,
            stalls,
            validated,
            certificates: Certificates::default(),
            redelivered: None,
            uncertified: Vec::new(),
            committees,
            turns,
            beginning,
            known,
            told: known,
            directory,
            due: None,
        })
    }

    /// Runs until something is fatal or the engine goes away.
    pub(crate) async fn run<E: Clock>(
        mut self,
        clock: E,
        mut deliveries: mpsc::UnboundedReceiver<Delivery>,
    ) -> ExecutorError {
        match self.serve(&clock, &mut deliveries).await {
            Ok(()) => ExecutorError::Closed,
            Err(error) => {
                error!(%error, "executor.stopped");
                error
            }
        }
    }

    async fn serve<E: Clock>(
        &mut self,
        clock: &E,
        deliveries: &mut mpsc::UnboundedReceiver<Delivery>,
    ) -> Result<(), ExecutorError> {
        self.refill(clock).await?;
        self.recertify().await?;
        self.begin()?;
        let mut acks = Vec::new();
        let mut syncing: Option<Syncing> = None;
        loop {
            let news = match &mut syncing {
                None => News::Delivery(deliveries.recv().await),
                Some(running) => select! {
                    synced = &mut running.done => News::Synced(synced),
                    delivery = deliveries.recv() => News::Delivery(delivery),
                },
            };
            let mut next = match news {
                News::Delivery(None) => return Ok(()),
                News::Delivery(found) => found,
                News::Synced(synced) => {
                    synced?;
                    self.synced(syncing.take());
                    None
                }
            };
            while let Some(delivery) = next.take() {
                self.take(clock, delivery, &mut acks).await?;
                if acks.len() < SYNCED_TOGETHER {
                    next = deliveries.try_recv().ok();
                }
            }
            if syncing.is_none() && !acks.is_empty() {
                syncing = self.sync(std::mem::take(&mut acks))?;
            }
            self.look_up_certificates().await?;
        }
    }

    /// Begins to bring to disk what was executed. What is done at once is acknowledged at once.
    fn sync(&mut self, acks: Vec<Exact>) -> Result<Option<Syncing>, ExecutorError> {
        let mut done = self.ledger.sync();
        let finished = (&mut done).now_or_never().transpose()?;
        let syncing = Some(Syncing { done, acks, turn: self.due.take() });
        if finished.is_some() {
            self.synced(syncing);
            return Ok(None);
        }
        Ok(syncing)
    }

    /// What is on disk is acknowledged, and an epoch whose boundary is there begins.
    fn synced(&self, syncing: Option<Syncing>) {
        let Some(Syncing { acks, turn, .. }) = syncing else { return };
        if let Some(turn) = turn {
            self.turn(turn);
        }
        acks.into_iter().for_each(Exact::acknowledge);
    }

    async fn take<E: Clock>(
        &mut self,
        clock: &E,
        delivery: Delivery,
        acks: &mut Vec<Exact>,
    ) -> Result<(), ExecutorError> {
        match delivery {
            Delivery::Block(block, ack) => {
                self.deliver(clock, block.inner()).await?;
                acks.push(ack);
            }
            Delivery::Certificate(digest, certificate) => {
                if planted!(MispairCertificates) && self.tip.height > self.genesis.height {
                    self.ledger.certify(self.tip.height, &certificate)?;
                }
                if let Some((height, certificate)) =
                    self.certificates.arrived(hash_of(&digest), certificate)
                {
                    self.ledger.certify(height, &certificate)?;
                }
            }
        }
        Ok(())
    }

    /// Executes what the engine counts as processed and the store lost.
    async fn refill<E: Clock>(&mut self, clock: &E) -> Result<(), ExecutorError> {
        let Some(processed) = self.archive.get_processed().await else { return Ok(()) };
        let processed = Height::new(processed.height().get());
        if self.tip.height >= processed {
            return Ok(());
        }
        warn!(applied = %self.tip.height, %processed, "executor.refill");
        while self.tip.height < processed {
            self.fetch(clock).await?;
        }
        self.ledger.sync().await?;
        self.look_up_certificates().await
    }

    /// Executes the next block from the engine's archive.
    async fn fetch<E: Clock>(&mut self, clock: &E) -> Result<(), ExecutorError> {
        let height = self.tip.height.next();
        let block = self.archive.get_block(EngineHeight::new(height.get())).await;
        let block = block.ok_or(ExecutorError::MissingBlock { height })?;
        self.apply(clock, block.inner()).await
    }

    async fn deliver<E: Clock>(
        &mut self,
        clock: &E,
        block: &OrderedBlock,
    ) -> Result<(), ExecutorError> {
        let header = block.header();
        if header.height <= self.tip.height {
            return self.again(header);
        }
        while self.tip.height.next() < header.height {
            warn!(applied = %self.tip.height, delivered = %header.height, "executor.gap");
            self.fetch(clock).await?;
        }
        self.apply(clock, block).await
    }

    /// A block that was executed before: redeliveries come in order and end at our tip, so that
    /// linking them and comparing the last compares them all.
    fn again(&mut self, header: &Header) -> Result<(), ExecutorError> {
        let linked = self.redelivered.is_none_or(|before| {
            before.height.next() != header.height || before.digest() == header.parent
        });
        let same = header.height < self.tip.height || header.digest() == self.tip.digest();
        self.redelivered = Some(*header);
        if linked && same {
            Ok(())
        } else {
            Err(ExecutorError::OtherBlock { height: header.height })
        }
    }

    async fn apply<E: Clock>(
        &mut self,
        clock: &E,
        block: &OrderedBlock,
    ) -> Result<(), ExecutorError> {
        stall(self.stalls.execute.as_ref(), clock).await;
        let header = *block.header();
        let height = header.height;
        let digest = header.digest();
        self.check_rules(height).await?;
        let valid = match self.validated.get(&digest) {
            // It was validated as the child of the parent that its digest names.
            Some(valid) if header.parent == self.tip.digest() => valid,
            _ => Arc::new(
                block
                    .get()
                    .accept_finalized(&self.tip)
                    .map_err(|error| ExecutorError::Invalid { height, error })?,
            ),
        };
        self.compare(&header)?;
        self.compare_committee(&header)?;
        let results = self.ledger.execute(&valid)?;
        if results.height != height {
            return Err(LedgerError::Internal.into());
        }
        self.tip = header;
        self.note_committee(!valid.commands().is_empty())?;
        self.intake.executed(&valid);
        if let Some(limits) = self.reader.limits_at(height.next()) {
            self.intake.keep_within(limits);
        }
        self.intake.follow(self.reader.rules_at(height.next()));
        self.board.applied(&header, !valid.commands().is_empty());
        self.validated.executed(height);
        match self.certificates.executed(digest, height) {
            Some(certificate) => self.ledger.certify(height, &certificate)?,
            None => self.uncertified.push((height, digest)),
        }
        Ok(())
    }

    /// D16: a block of a version that is not known is not even decoded. What was executed before is kept.
    async fn check_rules(&mut self, height: Height) -> Result<(), ExecutorError> {
        let needs = self.reader.rules_at(height).ok_or(ExecutorError::MissingResults { height })?;
        let known = NewerRules::check(height, needs, self.known);
        if known.is_err() {
            self.ledger.sync().await?;
        }
        Ok(known?)
    }

    /// C2: what a certified header declares must be what we computed.
    fn compare(&mut self, header: &Header) -> Result<(), ExecutorError> {
        let declared = header.results;
        let own = self.own_results(declared.height);
        let own = own.ok_or(ExecutorError::MissingResults { height: declared.height })?;
        if own == declared || planted!(NoCompare) {
            return Ok(());
        }
        let height = header.height;
        error!(%height, ?own, ?declared, "executor.diverged");
        self.ledger.diverged(height);
        Err(ExecutorError::Diverged { height })
    }

    /// D6: so must the committee that it names.
    fn compare_committee(&mut self, header: &Header) -> Result<(), ExecutorError> {
        let height = header.height;
        let epochs = self.committees.epochs();
        let next = self.committees.after(epochs.containing(height));
        let next = next.ok_or(ExecutorError::MissingResults { height })?;
        if epochs.check(header, &next).is_ok() {
            return Ok(());
        }
        error!(%height, ?header, own = %next, "executor.other_committee");
        self.ledger.diverged(height);
        Err(ExecutorError::Diverged { height })
    }

    /// Tells the operator of a version that is decided and not known, as long as there is time.
    fn note_rules(&mut self) {
        let next = self.reader.rules().and_then(|rules| rules.next);
        let Some(next) = next.filter(|next| next.version > self.told) else { return };
        self.told = next.version;
        error!(
            version = next.version.get(),
            since = %next.since,
            known = self.known.get(),
            "rules.upgrade_needed: this validator stops before that block; install a newer release"
        );
    }

    /// After a block: who certifies the epoch after the next, and whether a committee waits.
    fn note_committee(&mut self, busy: bool) -> Result<(), ExecutorError> {
        let (epochs, height) = (self.committees.epochs(), self.tip.height);
        let ends = epochs.is_last(height);
        if !ends && !busy {
            return Ok(());
        }
        self.note_rules();
        if let Some(decided) = self.reader.addresses() {
            self.directory.follow(&decided);
        }
        let record = self.reader.committee().ok_or(ExecutorError::MissingResults { height })?;
        self.board.hurry(until(&record, height));
        if ends {
            self.committees.learn(&record, height)?;
            self.due = Some(self.turn_at(epochs.containing(height.next()))?);
        }
        Ok(())
    }

    /// Says in which epoch the next block is, and after which block that began.
    fn begin(&mut self) -> Result<(), ExecutorError> {
        let (epochs, height) = (self.committees.epochs(), self.tip.height);
        let record = self.reader.committee().ok_or(ExecutorError::MissingResults { height })?;
        self.board.hurry(until(&record, height));
        self.turn(self.turn_at(epochs.containing(height.next()))?);
        Ok(())
    }

    /// An epoch whose boundary is executed. Nobody votes for a block before its own clock has reached the
    /// block's time, so that what follows a boundary later than the record of votes was not voted on
    /// before it (C6).
    fn turn_at(&self, epoch: u64) -> Result<Turn, ExecutorError> {
        let Beginning { votes_since, floor } = &self.beginning;
        let margin = if floor.is_some() { RECORD_MARGIN_MS } else { 0 };
        let Some(before) = epoch.checked_sub(1) else {
            let boundary = digest_of(&self.genesis.digest());
            return Ok(Turn { epoch, boundary, lost: floor.is_some() });
        };
        let height = self.committees.epochs().last(before);
        let found = self.reader.block(height).ok_or(ExecutorError::MissingResults { height })?;
        let recorded = |began: LedgerTime| began > votes_since.after(margin);
        let whole = votes_since.get() == 0 || found.1.is_some_and(recorded);
        Ok(Turn { epoch, boundary: digest_of(&found.0), lost: !whole })
    }

    /// Lets an epoch begin, now that all before it is durable.
    fn turn(&self, turn: Turn) {
        let (epoch, needed) = (turn.epoch, self.committees.needs(turn.epoch));
        let seat = self.committees.of(epoch).map_or(Seat::Follows, |found| turn.seat(found.seat));
        let held = self.committees.held().into_iter();
        let over = |key: &VoteKey| !needed.contains(key) && self.reader.has_served(key);
        let retired: Vec<VoteKey> = held.filter(over).collect();
        for key in &retired {
            info!(epoch, %key, "epoch.vote_key_retired");
        }
        self.board.stands(Standing { epoch, seat, retired });
        self.turns.send_replace(Some(turn));
    }

    fn own_results(&self, height: Height) -> Option<Results> {
        if height == self.genesis.height {
            return Some(self.genesis.results);
        }
        self.reader.results(height)
    }

    /// Asks the archive for certificates that the engine obtained without reporting them, as it
    /// does while it catches up. A block finalized through a descendant has none.
    async fn look_up_certificates(&mut self) -> Result<(), ExecutorError> {
        for (height, digest) in std::mem::take(&mut self.uncertified) {
            if self.certificates.lacks(&digest) {
                self.look_up(height, digest).await?;
            }
        }
        Ok(())
    }

    async fn look_up(&mut self, height: Height, digest: Hash32) -> Result<(), ExecutorError> {
        let found = self.archive.get_finalization(EngineHeight::new(height.get())).await;
        let Some(finalization) = found else { return Ok(()) };
        if hash_of(&finalization.proposal.payload) != digest {
            return Err(ExecutorError::OtherBlock { height });
        }
        if let Some((height, certificate)) =
            self.certificates.arrived(digest, finalization.encode())
        {
            self.ledger.certify(height, &certificate)?;
        }
        Ok(())
    }

    /// After a restart the last certificates may not have reached the store: fills them in.
    async fn recertify(&mut self) -> Result<(), ExecutorError> {
        let last = self.tip.height.get();
        let first = last.saturating_sub(RECERTIFIED).max(1);
        for number in first..=last {
            let height = EngineHeight::new(number);
            if let Some(finalization) = self.archive.get_finalization(height).await {
                self.ledger.certify(Height::new(number), &finalization.encode())?;
            }
        }
        info!(applied = last, "executor.ready");
        Ok(())
    }
}
