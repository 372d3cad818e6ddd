//! A validator that lies with its own keys.
//!
//! It speaks the engine's protocol over the engine's own transport and follows none of its rules: it
//! votes for everything at once and, when it leads, proposes what its [`Habit`] is.
//!
//! # Place      tests/sim -> [adversary] -> the honest validators' engines
//! # Absent     breaking signatures or hashes; more of them than the protocol bears (tests/sim decides)

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use commonware_codec::{Decode as _, DecodeExt as _, Encode as _, varint::UInt};
use commonware_consensus::{
    simplex::{
        elector::{Config as _, Elector as _, RoundRobin, RoundRobinElector},
        types::{Certificate, Finalize, Notarize, Nullify, Proposal, Vote},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{
    Digestible as _, Sha256,
    certificate::{Scheme as _, Verifier as _},
    ed25519,
    sha256::Digest,
};
use commonware_macros::select;
use commonware_p2p::{Receiver as _, Recipients, Sender as _, utils::mux};
use commonware_runtime::IoBuf;
use futures::stream::FuturesUnordered;
use ledger_core::{
    block::{Block, Context, Header, Results, payload_root},
    digest::{Domain, Hash32},
    epoch::Epochs,
    time::{Height, LedgerTime},
    validators::Committee,
};

use super::{Dice, host::Host};
use crate::{
    application::ledger_time,
    block::{OrderedBlock, codec_config},
    committee::{Committees, Scheme},
    engine::{Channel, connect},
    node::NodeConfig,
    setup::Setup,
};

/// Blocks whose commands an adversary knows, to repeat one of them.
const REPEATED: usize = 64;

/// What an adversary does when it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Two blocks, each to some.
    Equivocate,
    /// A block with roots that nobody computed.
    WrongRoots,
    /// A block whose commands are none.
    Garbage,
    /// A block of tomorrow.
    Future,
    /// A block that at most one other sees.
    Withhold,
    /// A block with commands that one of the last [`REPEATED`] with any held.
    Repeat,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Equivocate,
        Self::WrongRoots,
        Self::Garbage,
        Self::Future,
        Self::Withhold,
        Self::Repeat,
    ];
}

struct Liar {
    /// The latest epoch of which it has heard: what it says is of that one.
    epoch: u64,
    epochs: Epochs,
    scheme: Scheme,
    elector: RoundRobinElector<Scheme>,
    others: Vec<ed25519::PublicKey>,
    own: ledger_core::signature::PublicKey,
    headers: BTreeMap<Hash32, Header>,
    /// Commands that somebody proposed, block by block, the latest last.
    heard: VecDeque<Vec<u8>>,
    certified: (View, Hash32),
    led: BTreeSet<View>,
    answered: BTreeSet<(View, Hash32)>,
    habit: Habit,
    dice: Dice,
    vote: Channel<Host>,
    broadcast: Channel<Host>,
}

fn hash(digest: &Digest) -> Hash32 {
    Hash32::new(digest.0)
}

/// Lies until it is ended.
pub(super) async fn run(host: Host, config: NodeConfig, habit: Habit, dice: Dice) {
    let setup = Setup::new(config).expect("an adversary is a validator");
    let actors = FuturesUnordered::new();
    let Ok(wires) = connect(&host, &setup, &actors, None) else { return };
    let genesis = Header::genesis(&setup.config.genesis, setup.config.genesis_state_root);
    let committees =
        Committees::new(&setup.config.genesis, &setup.config.identity, &setup.config.votes);
    committees
        .learn(&Committee::new(&setup.config.genesis), Height::new(0))
        .expect("an adversary knows its committee");
    let scheme = committees.of(0).expect("the first committee").scheme;
    let participants = scheme.participants().clone();
    let mut liar = Liar {
        epoch: 0,
        epochs: committees.epochs(),
        elector: RoundRobin::<Sha256>::default().build(&participants),
        others: participants.iter().filter(|key| **key != setup.me).cloned().collect(),
        own: setup.config.identity.public_key(),
        headers: BTreeMap::from([(genesis.digest(), genesis)]),
        heard: VecDeque::new(),
        certified: (View::zero(), genesis.digest()),
        scheme: Scheme::clone(&scheme),
        led: BTreeSet::new(),
        answered: BTreeSet::new(),
        habit,
        dice,
        vote: wires.vote,
        broadcast: wires.broadcast,
    };
    let (_certificates, mut certified) = wires.certificate;
    loop {
        select! {
            heard = liar.vote.1.recv() => match heard {
                Ok((_, message)) => liar.answer(message),
                Err(_) => return,
            },
            heard = liar.broadcast.1.recv() => match heard {
                Ok((_, message)) => liar.learn(message),
                Err(_) => return,
            },
            heard = certified.recv() => match heard {
                Ok((_, message)) => liar.follow(message, ledger_time(&host)),
                Err(_) => return,
            },
        }
    }
}

impl Liar {
    fn say(&mut self, to: Recipients<ed25519::PublicKey>, vote: &Vote<Scheme, Digest>) {
        let said = [UInt(self.epoch).encode().as_ref(), vote.encode().as_ref()].concat();
        let _ = self.vote.0.send(to, Bytes::from(said), true);
    }

    /// What is said in the latest epoch; with a later one everything begins anew, upon its boundary.
    fn heard_in_epoch(&mut self, message: IoBuf) -> Option<IoBuf> {
        let (epoch, said) = mux::parse(message).ok()?;
        if epoch > self.epoch {
            let last = self.epochs.last(epoch.saturating_sub(1));
            let boundary = self.headers.values().find(|header| header.height == last);
            let boundary = boundary.map_or(Hash32::ZERO, Header::digest);
            (self.epoch, self.certified) = (epoch, (View::zero(), boundary));
            self.led.clear();
            self.answered.clear();
        }
        (epoch == self.epoch).then_some(said)
    }

    const fn round(&self, view: View) -> Round {
        Round::new(Epoch::new(self.epoch), view)
    }

    /// Votes for whatever somebody votes for: to notarize, to finalize, and often also to skip.
    fn answer(&mut self, message: IoBuf) {
        let Some(message) = self.heard_in_epoch(message) else { return };
        let Ok(Vote::Notarize(theirs)) = Vote::<Scheme, Digest>::decode(message) else { return };
        let proposal = theirs.proposal;
        let view = proposal.round.view();
        if !self.answered.insert((view, hash(&proposal.payload))) {
            return;
        }
        if let Some(vote) = Notarize::sign(&self.scheme, proposal.clone()) {
            self.say(Recipients::All, &Vote::Notarize(vote));
        }
        if let Some(vote) = Finalize::sign(&self.scheme, proposal.clone()) {
            self.say(Recipients::All, &Vote::Finalize(vote));
        }
        if self.dice.chance(300)
            && let Some(vote) = Nullify::sign::<Digest>(&self.scheme, proposal.round)
        {
            self.say(Recipients::All, &Vote::Nullify(vote));
        }
    }

    fn learn(&mut self, message: IoBuf) {
        if let Ok(block) = OrderedBlock::decode_cfg(message, &codec_config()) {
            self.headers.insert(hash(&block.digest()), *block.header());
            if !block.get().payload.is_empty() {
                self.heard.push_back(block.get().payload.clone());
                if self.heard.len() > REPEATED {
                    self.heard.pop_front();
                }
            }
        }
    }

    fn follow(&mut self, message: IoBuf, now: LedgerTime) {
        let Some(message) = self.heard_in_epoch(message) else { return };
        let config = self.scheme.certificate_codec_config();
        let view = match Certificate::<Scheme, Digest>::decode_cfg(message, &config) {
            Ok(Certificate::Notarization(certified)) => {
                self.certify(&certified.proposal);
                certified.proposal.round.view()
            }
            Ok(Certificate::Finalization(certified)) => {
                self.certify(&certified.proposal);
                certified.proposal.round.view()
            }
            Ok(Certificate::Nullification(skipped)) => skipped.round.view(),
            Err(_) => return,
        };
        let next = view.next();
        let leader = self.elector.elect(self.round(next), ());
        let own = self.scheme.me().and_then(|member| member.signer());
        if Some(leader) == own && self.led.insert(next) {
            self.lead(next, now);
        }
    }

    fn certify(&mut self, proposal: &Proposal<Digest>) {
        if proposal.round.view() > self.certified.0 {
            self.certified = (proposal.round.view(), hash(&proposal.payload));
        }
    }

    fn lead(&mut self, view: View, now: LedgerTime) {
        let (parent_view, parent) = self.certified;
        let Some(parent) = self.headers.get(&parent).copied() else { return };
        let context = Context {
            epoch: self.epoch,
            view: view.get(),
            parent_view: parent_view.get(),
            leader: self.own,
        };
        let plain = parent.child(context, now, &[], parent.results);
        let mut others = self.others.clone();
        self.dice.shuffle(&mut others);
        let (some, rest) = others.split_at(others.len() / 2);
        match self.habit {
            Habit::Equivocate => {
                let other = Header { time: plain.time.after(1), ..plain };
                self.propose(plain, Vec::new(), some, some);
                self.propose(other, Vec::new(), rest, rest);
            }
            Habit::WrongRoots => {
                let wrong = |what: &str| Domain::Salt.hash_of(&(what, view.get()));
                let results = Results {
                    height: parent.height,
                    state_root: wrong("state"),
                    history_root: wrong("history"),
                };
                self.propose(Header { results, ..plain }, Vec::new(), &others, &others);
            }
            Habit::Garbage => {
                let payload = vec![7; 100];
                let header = Header { payload: payload_root(&payload), ..plain };
                self.propose(header, payload, &others, &others);
            }
            Habit::Future => {
                let time = now.after(24 * 60 * 60 * 1_000);
                self.propose(Header { time, ..plain }, Vec::new(), &others, &others);
            }
            Habit::Withhold => {
                let seen = others.get(..1).unwrap_or_default();
                self.propose(plain, Vec::new(), seen, &others);
            }
            Habit::Repeat => {
                let which = self.dice.place(self.heard.len().max(1));
                let payload = self.heard.get(which).cloned().unwrap_or_default();
                let header = Header { payload: payload_root(&payload), ..plain };
                self.propose(header, payload, &others, &others);
            }
        }
    }

    /// Gives a block to some and votes for it before others.
    fn propose(
        &mut self,
        header: Header,
        payload: Vec<u8>,
        seen: &[ed25519::PublicKey],
        told: &[ed25519::PublicKey],
    ) {
        let Some(block) = OrderedBlock::new(Block { header, payload }) else { return };
        let (view, parent) = (View::new(header.context.view), header.context.parent_view);
        let proposal = Proposal::new(self.round(view), View::new(parent), block.digest());
        let seen = Recipients::Some(seen.to_vec());
        let _ = self.broadcast.0.send(seen, block.encode(), true);
        let told = Recipients::Some(told.to_vec());
        if let Some(vote) = Notarize::sign(&self.scheme, proposal.clone()) {
            self.say(told.clone(), &Vote::Notarize(vote));
        }
        if let Some(vote) = Finalize::sign(&self.scheme, proposal) {
            self.say(told, &Vote::Finalize(vote));
        }
    }
}
