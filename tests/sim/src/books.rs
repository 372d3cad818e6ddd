//! A validator's ledger: the real state, over a store in memory that keeps what was synced.
//!
//! The store keeps what `ledger-store` keeps of every block, and a validator that starts again rebuilds
//! its state from that with the ledger's own `State::restore`. A loss of power keeps what was synced
//! and a beginning of what was not; a killed process keeps everything.
//!
//! # Place      consensus (port) -> [books] -> ledger-core; every block -> `chronicle`
//! # Invariants a block is kept whole or not at all; a store that is marked diverged opens never again
//! # Absent     RocksDB

use std::{
    collections::BTreeMap,
    future::{Future, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use consensus::{Ledger, LedgerError, ResultsReader, simulation::Dice};
use ledger_core::{
    address::Addresses,
    block::{Header, Results, ValidBlock},
    digest::{Domain, Hash32},
    draft::Records as _,
    execute::{culprits, execute},
    genesis::{Genesis, Limits, VoteKey},
    id::CommandId,
    journal::SaltUse,
    merkle::Tree,
    misconduct::{Evidence, wanted_under},
    proof::ReceiptProof,
    quarantine::SignedQuarantine,
    receipt::Receipt,
    record::{Name, Record},
    rules::{Rules, RulesVersion},
    state::{Restored, State, WriteSet},
    time::{Height, LedgerTime},
    validators::Committee,
};

use crate::chronicle::Chronicle;

/// How a validator's ledger is wrong, if it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    /// It is not.
    #[default]
    Not,
    /// From this height on it computes other roots than everybody else.
    From(u64),
    /// It computes what is right, and declares and demands something else.
    Declares,
}

/// A block that cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Its header.
    pub header: Header,
    /// Commands without which it can be.
    pub commands: Vec<CommandId>,
}

struct Inner {
    index: usize,
    wrong: Wrong,
    chronicle: Chronicle,
    state: State,
    /// Every executed block, genesis first; those from `synced` on may be lost.
    sets: Vec<Arc<WriteSet>>,
    synced: usize,
    certificates: BTreeMap<Height, Vec<u8>>,
    diverged: Option<Height>,
    /// What validators set aside of blocks to come.
    aside: BTreeMap<Height, Arc<SignedQuarantine>>,
    /// The block that cannot be executed, with the commands without which it could be.
    stuck: Option<Stuck>,
    /// How often the validator ended: who holds an older handle is no more.
    lives: u64,
    readers: u64,
}

/// A validator's ledger; clones share one store.
#[derive(Clone)]
pub struct Books(Arc<Mutex<Inner>>);

/// What a store kept of these blocks.
fn kept(sets: &[Arc<WriteSet>]) -> Restored {
    let last = sets.last().expect("genesis is kept");
    let (mut slots, mut frontiers) = (Vec::new(), BTreeMap::new());
    let mut windows: BTreeMap<Height, Vec<CommandId>> = BTreeMap::new();
    for set in sets {
        for (slot, stored) in set.slots() {
            let at = usize::try_from(*slot).expect("a slot");
            if at == slots.len() {
                slots.push(stored.clone());
            } else {
                slots[at] = stored.clone();
            }
        }
        frontiers.extend(set.lists.frontiers.clone());
        for swept in &set.lists.swept {
            windows.remove(swept);
        }
        if !set.lists.ids.is_empty() {
            windows.insert(set.header.height, set.lists.ids.clone());
        }
    }
    Restored {
        header: last.header,
        results: last.results,
        slots,
        free: last.head().free,
        history: sets.iter().map(|set| set.history).collect(),
        frontiers,
        windows,
    }
}

impl Books {
    /// The books of a validator, with nothing but genesis in them.
    ///
    /// # Panics
    /// When the genesis is none.
    #[must_use]
    pub fn new(index: usize, genesis: &Genesis, wrong: Wrong, chronicle: Chronicle) -> Self {
        let (state, set) = State::genesis(genesis).expect("a genesis");
        Self(Arc::new(Mutex::new(Inner {
            index,
            wrong,
            chronicle,
            state,
            sets: vec![Arc::new(set)],
            synced: 1,
            certificates: BTreeMap::new(),
            diverged: None,
            aside: BTreeMap::new(),
            stuck: None,
            lives: 0,
            readers: 0,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens them for a validator that starts; `None` when they are marked diverged.
    #[must_use]
    pub fn open(&self) -> Option<Opened> {
        let mut inner = self.inner();
        inner.readers = 0;
        inner.diverged.is_none().then(|| Opened { books: self.clone(), life: inner.lives })
    }

    /// The validator's end: keeps what was synced and, of the rest, a beginning that the dice say.
    pub fn lose_power(&self, dice: &mut Dice) {
        let mut inner = self.inner();
        let unsynced = (inner.sets.len() - inner.synced) as u64;
        let keep = inner.synced + usize::try_from(dice.below(unsynced + 1)).expect("few");
        inner.restore(keep);
    }

    /// The validator's end, with every block kept.
    pub fn lose_process(&self) {
        let mut inner = self.inner();
        let keep = inner.sets.len();
        inner.restore(keep);
    }

    /// Height of the last executed block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.inner().state.header().height.get()
    }

    /// The header whose results contradicted its own, if one did.
    #[must_use]
    pub fn diverged(&self) -> Option<Height> {
        self.inner().diverged
    }

    /// Learns what validators set aside of a block, as from a file when it starts.
    pub fn set_aside(&self, aside: &SignedQuarantine) {
        let mut inner = self.inner();
        inner.stuck = None;
        inner.aside.insert(aside.value.height, Arc::new(aside.clone()));
    }

    /// The block that cannot be executed, if there is one.
    #[must_use]
    pub fn stuck(&self) -> Option<Stuck> {
        self.inner().stuck.clone()
    }

    /// The state after the last executed block.
    #[must_use]
    pub fn state(&self) -> State {
        self.inner().state.clone()
    }

    /// The receipts of a command that a certified header covers, each with its proof; and that
    /// header's results. Nothing from books that are marked diverged.
    #[must_use]
    pub fn proven(&self, id: &CommandId) -> Option<(Vec<ReceiptProof>, Results)> {
        let inner = self.inner();
        if inner.diverged.is_some() {
            return None;
        }
        let set = inner.sets.iter().find(|set| set.receipts.iter().any(|r| r.command == *id))?;
        let results = inner.state.header().results;
        if results.height < set.header.height {
            return None;
        }
        let of = set.receipts.iter().filter(|receipt| receipt.command == *id);
        let proofs: Option<Vec<_>> = of.map(|r| inner.prove(set, r, results.height)).collect();
        Some((proofs?, results))
    }

    /// Ledger time up to which everything is proven.
    #[must_use]
    pub fn proven_time(&self) -> u64 {
        let inner = self.inner();
        let height = inner.state.header().results.height;
        inner.set(height).map_or(0, |set| set.header.time.get())
    }
}

impl Inner {
    fn set(&self, height: Height) -> Option<&Arc<WriteSet>> {
        self.sets.get(usize::try_from(height.get()).ok()?)
    }

    fn restore(&mut self, keep: usize) {
        self.lives += 1;
        self.sets.truncate(keep);
        self.synced = keep;
        self.certificates.retain(|height, _| height.get() < keep as u64);
        if let Wrong::From(_) = self.wrong {
            // Its roots are not those of its records, which a restored state would refuse.
            return self.replay();
        }
        self.state = State::restore(kept(&self.sets)).expect("a store that crashed is whole");
    }

    fn replay(&mut self) {
        let at = self.state.header().height.get();
        if at + 1 == self.sets.len() as u64 {
            return;
        }
        // What a diverging ledger lost is executed again from the first block on.
        let first = self.sets[0].clone();
        let mut state = State::restore(kept(&[first])).expect("genesis");
        self.sets[1..].iter().for_each(|set| state.apply(set));
        self.state = state;
    }

    fn results(&self, height: Height) -> Option<Results> {
        if height.get() == 0 {
            return Some(self.sets[0].header.results);
        }
        self.set(height).map(|set| set.results)
    }

    fn prove(&self, set: &WriteSet, receipt: &Receipt, as_of: Height) -> Option<ReceiptProof> {
        let height = set.header.height;
        let salt = |index| SaltUse::Receipt(height, index).salt(&set.blinding);
        let leaves = set.receipts.iter().map(|receipt| receipt.leaf(&salt(receipt.index)));
        let tree = Tree::new(leaves.collect());
        Some(ReceiptProof {
            receipt: receipt.clone(),
            salt: salt(receipt.index),
            path: tree.path(u64::from(receipt.index), tree.len(), &BTreeMap::new())?,
            history: set.history,
            history_path: self.state.prove_block(height, as_of)?,
        })
    }

    /// As `ledger-store` does it: with what validators set aside, and never by a panic.
    fn decided(&mut self, block: &ValidBlock) -> Result<(ValidBlock, WriteSet), LedgerError> {
        let header = *block.header();
        let block = match (self.aside.get(&header.height), self.state.record(&Name::Committee)) {
            (Some(aside), Some(Record::Committee(listed))) => {
                let listed = listed.from(header.height).unwrap_or_else(|| Committee::clone(listed));
                let aside = block.setting_aside(Arc::clone(aside), &listed);
                aside.map_err(|_| LedgerError::Internal)?
            }
            _ => block.clone(),
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| execute(&self.state, &block)));
        let Ok(set) = outcome else {
            self.stuck = Some(Stuck { header, commands: culprits(&self.state, &block) });
            return Err(LedgerError::Internal);
        };
        Ok((block, set))
    }

    fn execute(&mut self, block: &ValidBlock) -> Result<Results, LedgerError> {
        let height = block.header().height.get();
        let (block, mut set) = self.decided(block)?;
        if matches!(self.wrong, Wrong::From(first) if height >= first) {
            set.results.state_root = wrong_root(height);
        }
        self.state.apply(&set);
        let honest = self.wrong == Wrong::Not;
        self.chronicle.executed(self.index, honest, &block, &set, &self.state);
        let results = set.results;
        self.sets.push(Arc::new(set));
        Ok(results)
    }
}

fn wrong_root(height: u64) -> Hash32 {
    Domain::Salt.hash_of(&("wrong", height))
}

/// Books in use by a running validator.
pub struct Opened {
    books: Books,
    life: u64,
}

impl Opened {
    /// The store, unless this validator's life is over.
    fn inner(&self) -> Result<MutexGuard<'_, Inner>, LedgerError> {
        let inner = self.books.inner();
        if inner.lives == self.life { Ok(inner) } else { Err(LedgerError::Storage) }
    }
}

impl Ledger for Opened {
    fn applied(&self) -> Header {
        let inner = self.books.inner();
        let before = inner.sets.len().checked_sub(2).map(|place| inner.sets[place].header);
        match before {
            // A store that writes its height apart from its records.
            Some(before) if inner.lives > 0 && planted!(ExecuteTwice) => before,
            _ => *inner.state.header(),
        }
    }

    fn reader(&self) -> Arc<dyn ResultsReader> {
        let mut inner = self.books.inner();
        inner.readers += 1;
        // The engine's votes read first, the executor after them.
        let lies = inner.wrong == Wrong::Declares && inner.readers == 1;
        Arc::new(Reader { books: self.books.clone(), lies })
    }

    fn seen(&self) -> Vec<(LedgerTime, CommandId)> {
        self.books.inner().state.seen().collect()
    }

    fn execute(&mut self, block: &ValidBlock) -> Result<Results, LedgerError> {
        self.inner()?.execute(block)
    }

    fn sync(&mut self) -> Pin<Box<dyn Future<Output = Result<(), LedgerError>> + Send>> {
        let synced = self.inner().map(|mut inner| inner.synced = inner.sets.len());
        Box::pin(ready(synced))
    }

    fn certify(&mut self, height: Height, certificate: &[u8]) -> Result<(), LedgerError> {
        let mut inner = self.inner()?;
        inner.chronicle.certified(inner.index, height, certificate);
        inner.certificates.insert(height, certificate.to_vec());
        Ok(())
    }

    fn diverged(&mut self, height: Height) {
        self.books.inner().diverged = Some(height);
    }
}

struct Reader {
    books: Books,
    lies: bool,
}

impl ResultsReader for Reader {
    fn results(&self, height: Height) -> Option<Results> {
        let results = self.books.inner().results(height)?;
        let state_root = if self.lies { wrong_root(height.get()) } else { results.state_root };
        Some(Results { state_root, ..results })
    }

    fn block(&self, height: Height) -> Option<(Hash32, Option<LedgerTime>)> {
        let inner = self.books.inner();
        let header = match height.get() {
            0 => inner.sets.first()?.header,
            _ => inner.set(height)?.header,
        };
        Some((header.digest(), Some(header.time)))
    }

    fn limits_at(&self, height: Height) -> Option<Limits> {
        self.books.inner().state.limits_at(height)
    }

    fn rules_at(&self, height: Height) -> Option<RulesVersion> {
        self.books.inner().state.rules_at(height)
    }

    fn rules(&self) -> Option<Rules> {
        Some(Rules::of(&self.books.inner().state))
    }

    fn addresses(&self) -> Option<Addresses> {
        Some(Addresses::of(&self.books.inner().state))
    }

    fn committee(&self) -> Option<Committee> {
        match self.books.inner().state.record(&Name::Committee) {
            Some(Record::Committee(found)) => Some(Committee::clone(found)),
            _ => None,
        }
    }

    fn wants(&self, evidence: &Evidence) -> Option<VoteKey> {
        let inner = self.books.inner();
        let height = inner.state.header().height;
        wanted_under(&inner.state, height, evidence)
    }

    fn has_served(&self, key: &VoteKey) -> bool {
        self.committee().is_some_and(|now| now.validators.iter().any(|v| v.vote_key == *key))
    }
}
