//! One engine per epoch: the next begins when the last block of an epoch is executed here.
//!
//! ```text
//! executor: last block of epoch e executed and durable
//!                  |
//!              [rotation] ends the engine of e, starts that of e + 1 where this validator votes,
//!                  |      on sub-channel e + 1, with a log of its own
//! messages of other epochs: certificates make a follower follow; later ones tell that the last block
//!                           of e is final elsewhere, and whom to ask for it; those of e + 1 wait for
//!                           its engine
//! ```
//!
//! # Place      executor -> [rotation] -> simplex engines; sub-channels of votes, certificates, requests
//! # Invariants D6 an engine votes in one epoch, which begins when everything before it is durable here,
//! #            so that a restart never votes in an epoch that was left
//! # Absent     who is in a committee (ledger), blocks (marshal goes on across epochs)

use std::{collections::VecDeque, num::NonZeroUsize, sync::Arc};

use commonware_codec::Decode as _;
use commonware_consensus::{
    Reporter as _, Reporters,
    simplex::{
        self,
        elector::RoundRobin,
        types::{Activity, Certificate},
    },
    types::{Epoch, Height as EngineHeight, ViewDelta},
};
use commonware_cryptography::{
    Sha256, certificate::Verifier as _, ed25519::PublicKey, sha256::Digest,
};
use commonware_macros::select;
use commonware_p2p::{
    Channel as SubChannel, Message, Receiver,
    authenticated::lookup,
    utils::mux::{self, Builder as _, MuxHandle, Muxer, SubReceiver},
};
use commonware_parallel::Strategy;
use commonware_runtime::{Handle, IoBuf, buffer::paged::CacheRef};
use commonware_utils::{
    NZDuration,
    channel::{mpsc, watch},
    vec::NonEmptyVec,
};
use tracing::{info, warn};

use crate::{
    committee::{Committees, EpochCommittee, Scheme, Seat},
    directory::Directory,
    engine::{Channel, Environment, Wrapper},
    executor::{Archive, Observer},
    limits::{FETCH_RETRY, FETCH_TIMEOUT, MAX_EARLY},
    setup::{BUFFER, MAILBOX, Setup},
};

/// The epoch of the next block, and the last block before it; everything up to that is durable here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) epoch: u64,
    pub(crate) boundary: Digest,
    /// Votes that this validator cast in the epoch before may be lost: it casts none (C6).
    pub(crate) lost: bool,
}

impl Turn {
    /// This validator's part, which is `seat` where nothing is lost.
    pub(crate) const fn seat(&self, seat: Seat) -> Seat {
        if self.lost { seat.without_record() } else { seat }
    }
}

/// What engines of all epochs share.
pub(crate) struct Rotation<E: Environment, T: Strategy> {
    /// Of which every engine is a child, so that metrics keep their names.
    pub(crate) root: Arc<E>,
    pub(crate) setup: Setup,
    pub(crate) committees: Committees,
    pub(crate) directory: Directory,
    pub(crate) wrapper: Wrapper<E>,
    pub(crate) observer: Observer,
    pub(crate) archive: Archive,
    pub(crate) pages: CacheRef,
    pub(crate) strategy: T,
    pub(crate) turns: watch::Receiver<Option<Turn>>,
}

type Unknown = mpsc::Receiver<(SubChannel, Message<PublicKey>)>;
type Sub<E> = MuxHandle<lookup::Sender<PublicKey, E>>;

/// The channels that every epoch has its part of.
struct Channels<E: Environment> {
    vote: Sub<E>,
    certificate: Sub<E>,
    resolver: Sub<E>,
    /// Votes of epochs without an engine here.
    other_votes: Unknown,
    /// Certificates of such epochs.
    other_certificates: Unknown,
}

/// The epoch under way.
struct Running {
    epoch: u64,
    committee: EpochCommittee,
    engine: Option<Handle<()>>,
    /// The last view whose finalization a follower took in.
    followed: u64,
    early: Early,
}

/// Messages of the next epoch, which begins a little earlier elsewhere.
#[derive(Default)]
struct Early {
    votes: VecDeque<Message<PublicKey>>,
    certificates: VecDeque<Message<PublicKey>>,
}

fn keep(waiting: &mut VecDeque<Message<PublicKey>>, message: Message<PublicKey>) {
    if waiting.len() < MAX_EARLY {
        waiting.push_back(message);
    }
}

/// Keeps what came of an epoch before it had a sub-channel.
fn drain(other: &mut Unknown, epoch: u64, waiting: &mut VecDeque<Message<PublicKey>>) {
    while let Ok((of, message)) = other.try_recv() {
        if of == epoch {
            keep(waiting, message);
        }
    }
}

/// A sub-channel that begins with messages which came before it was there.
struct Primed {
    waiting: VecDeque<Message<PublicKey>>,
    inner: SubReceiver<PublicKey>,
}

impl std::fmt::Debug for Primed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(f)
    }
}

impl Receiver for Primed {
    type Error = mux::Error;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, mux::Error> {
        match self.waiting.pop_front() {
            Some(message) => Ok(message),
            None => self.inner.recv().await,
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.inner.capacity()
    }
}

impl Running {
    /// Waits until its engine ends by itself.
    async fn ended(&mut self) {
        match &mut self.engine {
            Some(engine) => {
                let _ = engine.await;
            }
            None => futures::future::pending().await,
        }
    }
}

impl<E: Environment, T: Strategy> Rotation<E, T> {
    /// Runs engine after engine, until one ends by itself or nobody tells of epochs any more.
    pub(crate) async fn run(
        mut self,
        context: E,
        (vote, certificate, resolver): (Channel<E>, Channel<E>, Channel<E>),
    ) {
        let (mux, vote, other_votes) =
            Muxer::builder(context.child("votes"), vote.0, vote.1).with_backup().build();
        let _votes = mux.start();
        let (mux, certificate, other_certificates) =
            Muxer::builder(context.child("certificates"), certificate.0, certificate.1)
                .with_backup()
                .build();
        let _certificates = mux.start();
        let (mux, resolver) =
            Muxer::builder(context.child("requests"), resolver.0, resolver.1).build();
        let _requests = mux.start();
        let mut channels =
            Channels { vote, certificate, resolver, other_votes, other_certificates };
        let (mut running, mut rng) = (None, context.child("weights"));
        while self.turns.changed().await.is_ok() {
            let Some(turn) = *self.turns.borrow_and_update() else { continue };
            let Some(mut now) = self.begin(turn, running.take(), &mut channels).await else {
                return;
            };
            if !self.stay(&mut now, &mut channels, &mut rng).await {
                return;
            }
            running = Some(now);
        }
    }

    /// Ends the engine of an epoch and starts that of another; `None` when that cannot be.
    async fn begin(
        &self,
        turn: Turn,
        before: Option<Running>,
        channels: &mut Channels<E>,
    ) -> Option<Running> {
        let mut early = Early::default();
        if let Some(before) = before {
            if before.epoch.saturating_add(1) == turn.epoch {
                early = before.early;
            }
            if let Some(engine) = before.engine {
                engine.abort();
                let _ = engine.await;
            }
        }
        let committee = self.committees.of(turn.epoch)?;
        let (members, seat) = (committee.validators.len(), turn.seat(committee.seat));
        match seat {
            Seat::Votes(_) => info!(epoch = turn.epoch, members, "epoch.votes"),
            Seat::OtherKey(key) => {
                warn!(epoch = turn.epoch, %key, "epoch.other_vote_key: this validator does not vote");
            }
            Seat::Waits(_) => {
                warn!(
                    epoch = turn.epoch,
                    "epoch.waits: what it voted for in this epoch may be lost; it votes from the next on"
                );
            }
            Seat::Follows => info!(epoch = turn.epoch, members, "epoch.follows"),
        }
        for validator in self.directory.lacks(&committee.validators) {
            warn!(epoch = turn.epoch, %validator, "epoch.no_address: decide one, or add it to [p2p.peers]");
        }
        let engine = match seat {
            Seat::Votes(_) => Some(self.vote(turn, &committee, (channels, early)).await?),
            Seat::OtherKey(_) | Seat::Waits(_) | Seat::Follows => None,
        };
        // The log before the last is of no use to anybody: what it guards cannot be voted on again.
        if let Some(old) = turn.epoch.checked_sub(2) {
            let _ = self.root.remove(&self.setup.votes_of(old), None).await;
        }
        let early = Early::default();
        Some(Running { epoch: turn.epoch, committee, engine, followed: 0, early })
    }

    async fn vote(
        &self,
        turn: Turn,
        committee: &EpochCommittee,
        (channels, mut early): (&mut Channels<E>, Early),
    ) -> Option<Handle<()>> {
        let (sender, inner) = channels.vote.register(turn.epoch).await.ok()?;
        // What came until the sub-channel was there is behind what came before.
        drain(&mut channels.other_votes, turn.epoch, &mut early.votes);
        let vote = (sender, Primed { waiting: early.votes, inner });
        let (sender, inner) = channels.certificate.register(turn.epoch).await.ok()?;
        drain(&mut channels.other_certificates, turn.epoch, &mut early.certificates);
        let certificate = (sender, Primed { waiting: early.certificates, inner });
        let resolver = channels.resolver.register(turn.epoch).await.ok()?;
        let config = self.config(turn, committee);
        let context = self.root.child("engine").with_attribute("epoch", turn.epoch);
        Some(simplex::Engine::new(context, config).start(vote, certificate, resolver))
    }

    fn config(&self, turn: Turn, committee: &EpochCommittee) -> EngineConfig<E, T> {
        let reporter: Reporters<Observer, Wrapper<E>> =
            (Some(self.observer.clone()), Some(self.wrapper.clone())).into();
        let times = self.setup.config.distance.times();
        simplex::Config {
            scheme: Scheme::clone(&committee.scheme),
            elector: RoundRobin::<Sha256>::default(),
            blocker: self.directory.oracle(),
            automaton: self.wrapper.clone(),
            relay: self.wrapper.clone(),
            reporter,
            track_historical_votes: true,
            strategy: self.strategy.clone(),
            partition: self.setup.votes_of(turn.epoch),
            mailbox_size: MAILBOX,
            epoch: Epoch::new(turn.epoch),
            floor: simplex::Floor::Genesis(turn.boundary),
            replay_buffer: BUFFER,
            write_buffer: BUFFER,
            page_cache: self.pages.clone(),
            leader_timeout: times.leader,
            certification_timeout: times.certification,
            timeout_retry: times.retry,
            view_retention: ViewDelta::new(256),
            skip: simplex::SkipPolicy::Enabled {
                timeout: times.skip,
                budget: simplex::SkipBudget::Participants,
            },
            fetch_timeout: NZDuration!(FETCH_TIMEOUT),
            fetch_retry_delay: FETCH_RETRY,
            forward: simplex::ForwardPolicy::Disabled,
        }
    }

    /// Stays in an epoch until the executor tells of the next; no, when its engine or the network ended.
    async fn stay(&mut self, now: &mut Running, channels: &mut Channels<E>, rng: &mut E) -> bool {
        loop {
            select! {
                told = self.turns.changed() => {
                    if told.is_err() {
                        return false;
                    }
                    // It is read again by whoever begins the epoch.
                    self.turns.mark_changed();
                    return true;
                },
                _ = now.ended() => return false,
                other = channels.other_votes.recv() => match other {
                    Some((epoch, message)) => {
                        self.hint(now.epoch, epoch, message.0.clone());
                        if epoch == now.epoch.saturating_add(1) {
                            keep(&mut now.early.votes, message);
                        }
                    }
                    None => return false,
                },
                other = channels.other_certificates.recv() => match other {
                    Some((epoch, (_, bytes))) if epoch == now.epoch => {
                        self.follow(now, bytes, rng);
                    }
                    Some((epoch, message)) => {
                        self.hint(now.epoch, epoch, message.0.clone());
                        if epoch == now.epoch.saturating_add(1) {
                            keep(&mut now.early.certificates, message);
                        }
                    }
                    None => return false,
                },
            }
        }
    }

    /// Somebody is in a later epoch: the last block of this one is final there.
    fn hint(&self, now: u64, epoch: u64, from: PublicKey) {
        if epoch > now {
            let last = self.committees.epochs().last(now);
            self.archive.hint_finalized(EngineHeight::new(last.get()), NonEmptyVec::new(from));
        }
    }

    /// Takes in a finalization of an epoch in which no engine runs here.
    fn follow(&mut self, now: &mut Running, bytes: IoBuf, rng: &mut E) {
        let scheme = &now.committee.scheme;
        let config = scheme.certificate_codec_config();
        let decoded = Certificate::<Scheme, Digest>::decode_cfg(bytes, &config);
        let Ok(Certificate::Finalization(found)) = decoded else { return };
        let (epoch, view) = (found.proposal.round.epoch(), found.proposal.round.view().get());
        let news = epoch.get() == now.epoch && view > now.followed;
        if !news || !found.verify(rng, scheme.as_ref(), &self.strategy) {
            return;
        }
        now.followed = view;
        let mut archive = self.archive.clone();
        let _ = self.observer.report(Activity::Finalization(found.clone()));
        let _ = archive.report(Activity::Finalization(found));
    }
}

type EngineConfig<E, T> = simplex::Config<
    Scheme,
    RoundRobin<Sha256>,
    lookup::Oracle<PublicKey>,
    Digest,
    Wrapper<E>,
    Wrapper<E>,
    Reporters<Observer, Wrapper<E>>,
    T,
>;
