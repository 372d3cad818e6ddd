//! A ledger in memory: roots are hash chains, a crash loses what was not synced.
#![allow(dead_code, reason = "every test target uses its own part")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use consensus::{Ledger, LedgerError, ResultsReader};
use futures::future::{BoxFuture, ready};
use ledger_core::{
    address::Addresses,
    block::{Header, Results, ValidBlock},
    digest::{Domain, Hash32, node_hash},
    genesis::{Genesis, Limits, VoteKey},
    id::CommandId,
    limits::MIN_NOTICE,
    misconduct::Evidence,
    rules::{Rules, RulesVersion},
    time::{Height, LedgerTime},
    validators::Committee,
};

use crate::network::LIMITS;

/// One executed block.
#[derive(Clone, Debug)]
pub(crate) struct Executed {
    pub(crate) header: Header,
    pub(crate) results: Results,
    pub(crate) commands: Vec<CommandId>,
}

/// What the ledger remembers.
pub(crate) struct State {
    genesis: Header,
    /// The record of genesis; what is decided in it is decided from the beginning.
    pub(crate) committee: Committee,
    pub(crate) blocks: Vec<Executed>,
    pub(crate) synced: usize,
    pub(crate) syncs: usize,
    pub(crate) executions: usize,
    pub(crate) certificates: BTreeMap<Height, Vec<u8>>,
    pub(crate) diverged: Option<Height>,
    /// From this height on it computes other roots than everybody else.
    pub(crate) wrong_from: Option<Height>,
    /// Below this height no header is kept.
    pub(crate) kept_from: Height,
}

/// The ledger; clones share one state, as a process and its disk do.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Mutex<State>>);

impl Memory {
    pub(crate) fn new(genesis: &Genesis, header: Header) -> Self {
        Self(Arc::new(Mutex::new(State {
            genesis: header,
            committee: Committee::new(genesis),
            blocks: Vec::new(),
            synced: 0,
            syncs: 0,
            executions: 0,
            certificates: BTreeMap::new(),
            diverged: None,
            wrong_from: None,
            kept_from: Height::new(0),
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn height(&self) -> u64 {
        self.state().blocks.len() as u64
    }

    /// Becomes what another ledger was after the last block up to a height that is certified, as a
    /// snapshot brings it; answers the certificate of that block.
    pub(crate) fn restore(&self, other: &Self, height: u64) -> Vec<u8> {
        let other = other.state();
        let certified = other.certificates.range(..=Height::new(height)).next_back();
        let (at, certificate) = certified.expect("something is certified");
        let keep = usize::try_from(at.get()).unwrap();
        let mut state = self.state();
        state.blocks = other.blocks[..keep].to_vec();
        state.synced = keep;
        state.certificates = BTreeMap::from([(*at, certificate.clone())]);
        state.kept_from = Height::new(at.get().saturating_sub(2));
        certificate.clone()
    }

    /// A power cut: what was not synced is lost.
    pub(crate) fn lose_unsynced(&self) -> usize {
        let synced = self.state().synced;
        let lost = self.state().blocks.len() - synced;
        self.truncate(synced);
        lost
    }

    /// A device that lied about its last syncs.
    pub(crate) fn lose_tail(&self, blocks: usize) {
        let keep = self.state().blocks.len().saturating_sub(blocks);
        self.truncate(keep);
    }

    fn truncate(&self, keep: usize) {
        let mut state = self.state();
        state.blocks.truncate(keep);
        state.synced = state.synced.min(keep);
        state.certificates.retain(|height, _| height.get() <= keep as u64);
    }

    /// Commands in the order of execution.
    pub(crate) fn commands(&self) -> Vec<CommandId> {
        self.state().blocks.iter().flat_map(|b| b.commands.clone()).collect()
    }
}

impl State {
    fn results(&self, height: Height) -> Option<Results> {
        match usize::try_from(height.get()).unwrap() {
            0 => Some(self.genesis.results),
            n => self.blocks.get(n - 1).map(|block| block.results),
        }
    }
}

impl Ledger for Memory {
    fn applied(&self) -> Header {
        let state = self.state();
        state.blocks.last().map_or(state.genesis, |block| block.header)
    }

    fn reader(&self) -> Arc<dyn ResultsReader> {
        Arc::new(self.clone())
    }

    fn seen(&self) -> Vec<(LedgerTime, CommandId)> {
        let far = LedgerTime::new(u64::MAX);
        self.commands().into_iter().map(|id| (far, id)).collect()
    }

    fn execute(&mut self, block: &ValidBlock) -> Result<Results, LedgerError> {
        let mut state = self.state();
        let header = *block.header();
        assert_eq!(header.height.get(), state.blocks.len() as u64 + 1, "in order, once");
        let before = state.results(Height::new(state.blocks.len() as u64)).unwrap();
        let wrong = state.wrong_from.is_some_and(|from| header.height >= from);
        let state_root = Domain::State.hash_of(&(before.state_root, header.payload, wrong));
        let history_root = node_hash(&before.history_root, &header.digest());
        let results = Results { height: header.height, state_root, history_root };
        let commands = block.commands().iter().map(|command| command.id()).collect();
        state.executions += 1;
        state.blocks.push(Executed { header, results, commands });
        Ok(results)
    }

    fn sync(&mut self) -> BoxFuture<'static, Result<(), LedgerError>> {
        let mut state = self.state();
        state.synced = state.blocks.len();
        state.syncs += 1;
        Box::pin(ready(Ok(())))
    }

    fn certify(&mut self, height: Height, certificate: &[u8]) -> Result<(), LedgerError> {
        let mut state = self.state();
        assert!(height.get() <= state.blocks.len() as u64, "only what is executed is certified");
        state.certificates.insert(height, certificate.to_vec());
        Ok(())
    }

    fn diverged(&mut self, height: Height) {
        self.state().diverged = Some(height);
    }
}

impl ResultsReader for Memory {
    fn results(&self, height: Height) -> Option<Results> {
        self.state().results(height)
    }

    fn block(&self, height: Height) -> Option<(Hash32, Option<LedgerTime>)> {
        let state = self.state();
        let header = match usize::try_from(height.get()).unwrap() {
            0 => state.genesis,
            n => state.blocks.get(n - 1)?.header,
        };
        let kept = height >= state.kept_from;
        Some((header.digest(), kept.then_some(header.time)))
    }

    fn limits_at(&self, height: Height) -> Option<Limits> {
        let ahead = height.get().checked_sub(self.height())?;
        (1..=MIN_NOTICE).contains(&ahead).then_some(LIMITS)
    }

    fn rules_at(&self, height: Height) -> Option<RulesVersion> {
        (height.get() > self.height()).then_some(RulesVersion::BASE)
    }

    fn rules(&self) -> Option<Rules> {
        Some(Rules::default())
    }

    fn addresses(&self) -> Option<Addresses> {
        Some(Addresses::default())
    }

    fn committee(&self) -> Option<Committee> {
        let state = self.state();
        let at = Height::new(state.blocks.len() as u64);
        Some(state.committee.from(at).unwrap_or_else(|| state.committee.clone()))
    }

    fn wants(&self, _: &Evidence) -> Option<VoteKey> {
        None
    }

    fn has_served(&self, key: &VoteKey) -> bool {
        let state = self.state();
        let now = state.committee.from(Height::new(state.blocks.len() as u64));
        let ever = [Some(state.committee.clone()), now];
        let mut all = ever.into_iter().flatten().flat_map(|committee| committee.validators);
        all.any(|validator| validator.vote_key == *key)
    }
}
