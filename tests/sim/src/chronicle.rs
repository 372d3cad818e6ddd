//! What all validators together executed, and whether it holds.
//!
//! The first validator that executes a height writes it down and everything is recounted there; every
//! other is compared with it. So a fork, other roots, a lost or doubled command and a broken rule of
//! money are noticed at the block that shows them.
//!
//! # Place      every validator's `books`, clients -> [chronicle] -> scenario
//! # Invariants checks I1 (recount), I2 (naive), I3 to I7 and I10 (`model`), I8, I9 after every block
//! # Absent     liveness (scenario)

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use consensus::simulation::Checker;
use ledger_core::{
    block::{Header, Results, ValidBlock},
    command::SignedCommand,
    digest::Hash32,
    draft::Records as _,
    id::CommandId,
    receipt::{Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    state::{State, WriteSet},
    testing::recount,
    time::Height,
};

use crate::model::Model;

/// A block as it was first executed.
struct Entry {
    header: Header,
    results: Results,
    receipts: Vec<Receipt>,
}

struct Inner {
    checker: Checker,
    /// The first is of height 1.
    entries: Vec<Entry>,
    executed: BTreeMap<CommandId, Height>,
    /// Every certificate that was checked, and the height for which it is kept.
    certified: BTreeSet<(Height, Vec<u8>)>,
    model: Option<Model>,
    faults: Vec<String>,
    state_root: Hash32,
}

/// The chronicle; clones share it.
#[derive(Clone)]
pub struct Chronicle(Arc<Mutex<Inner>>);

impl Chronicle {
    /// Nothing has happened.
    #[must_use]
    pub fn new(checker: Checker) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            checker,
            entries: Vec::new(),
            executed: BTreeMap::new(),
            certified: BTreeSet::new(),
            model: None,
            faults: Vec::new(),
            state_root: Hash32::ZERO,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on payments are also counted by a model, from what the accounts hold now.
    pub fn count_from(&self, state: &State) {
        self.inner().model = Some(Model::new(state));
    }

    /// Something does not hold.
    pub fn fault(&self, what: String) {
        let mut inner = self.inner();
        if inner.faults.len() < 20 {
            inner.faults.push(what);
        }
    }

    /// What did not hold so far.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.inner().faults.clone()
    }

    /// Height of the last block that anybody executed.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.inner().entries.len() as u64
    }

    /// Ledger time of the last block.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.inner().entries.last().map_or(0, |entry| entry.header.time.get())
    }

    /// State root after it.
    #[must_use]
    pub fn state_root(&self) -> Hash32 {
        self.inner().state_root
    }

    /// Payments that settled since the model counts.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.inner().model.as_ref().map_or(0, Model::settled)
    }

    /// Where a command was executed, if it was.
    #[must_use]
    pub fn executed_at(&self, id: &CommandId) -> Option<Height> {
        self.inner().executed.get(id).copied()
    }

    /// Whether what was shown to a client is what everybody executed (I9).
    #[must_use]
    pub fn holds(&self, receipt: &Receipt) -> bool {
        let inner = self.inner();
        let place = usize::try_from(receipt.height.get()).expect("a height").wrapping_sub(1);
        let entry = inner.entries.get(place);
        entry.is_some_and(|entry| entry.receipts.contains(receipt))
    }

    /// A validator executed a block.
    pub fn executed(
        &self,
        index: usize,
        honest: bool,
        block: &ValidBlock,
        set: &WriteSet,
        state: &State,
    ) {
        let mut inner = self.inner();
        let height = set.header.height.get();
        let next = inner.entries.len() as u64 + 1;
        if height < next {
            let place = usize::try_from(height).expect("a height").wrapping_sub(1);
            let same = inner.entries.get(place).is_some_and(|e| e.header == set.header);
            let results = inner.entries.get(place).is_some_and(|e| e.results == set.results);
            if !same {
                inner.note(format!("fork: validator {index} executed another block {height}"));
            } else if honest && !results {
                inner.note(format!("I8: validator {index} has other roots at height {height}"));
            }
        } else if !honest {
            // What a wrong ledger computes is nobody's measure: its block is written down when
            // somebody else executes it.
        } else if height == next {
            inner.first(block, set, state);
        } else {
            inner.note(format!("validator {index} executed {height} after {}", next - 1));
        }
    }

    /// A validator keeps a certificate.
    pub fn certified(&self, index: usize, height: Height, certificate: &[u8]) {
        let mut inner = self.inner();
        let place = usize::try_from(height.get()).expect("a height").wrapping_sub(1);
        let Some(own) = inner.entries.get(place).map(|entry| entry.header.digest()) else {
            // A wrong ledger is ahead of all others.
            return;
        };
        if !inner.certified.insert((height, certificate.to_vec())) {
            return;
        }
        if inner.checker.certified(certificate) != Some(own) {
            inner.note(format!("validator {index} keeps a bad certificate of height {height}"));
        }
    }
}

impl Inner {
    fn note(&mut self, what: String) {
        if self.faults.len() < 20 {
            self.faults.push(what);
        }
    }

    /// A block is executed for the first time anywhere.
    fn first(&mut self, block: &ValidBlock, set: &WriteSet, state: &State) {
        let height = set.header.height;
        self.check_money(height, state);
        if let Some(Record::Committee(record)) = state.record(&Name::Committee) {
            self.checker.learn(record);
        }
        for id in &set.lists.ids {
            if let Some(before) = self.executed.insert(*id, height) {
                self.note(format!("I9: command {id:?} executed at {before} and at {height}"));
            }
        }
        for receipt in &set.receipts {
            if receipt.outcome == Outcome::Refused(Refusal::InternalFault) {
                self.note(format!("internal fault in {:?} at height {height}", receipt.kind));
            }
        }
        let get = |command: &Arc<ledger_core::block::Verified>| command.get().clone();
        let commands: Vec<SignedCommand> = block.commands().iter().map(get).collect();
        if let Some(mut model) = self.model.take() {
            let ids = block.commands().iter().map(|command| command.id());
            let of: BTreeMap<_, _> = ids.zip(&commands).collect();
            for fault in model.block(&of, &set.receipts, state) {
                self.note(format!("at height {height}: {fault}"));
            }
            self.model = Some(model);
        }
        self.state_root = set.results.state_root;
        self.entries.push(Entry {
            header: set.header,
            results: set.results,
            receipts: set.receipts.clone(),
        });
    }

    /// I1 from the accounts; I2 from the reserves, where something was minted.
    fn check_money(&mut self, height: Height, state: &State) {
        let counted = recount(state);
        let mut faults = Vec::new();
        for record in state.records() {
            let Record::Currency(currency) = record else { continue };
            let code = currency.code;
            let sums = counted.get(&code).copied().unwrap_or_default();
            if sums != currency.totals {
                faults.push(format!("I1: {code} {:?} are counted {sums:?}", currency.totals));
            }
            let mut reserve: u128 = 0;
            for id in &currency.reserves {
                let Some(Record::Reserve(found)) = state.record(&Name::Reserve(*id)) else {
                    continue;
                };
                reserve += crate::model::effective(&found.books);
            }
            if currency.totals.supply > reserve + currency.paid {
                faults.push(format!(
                    "I2: supply of {code} is {} over a reserve of {reserve}",
                    currency.totals.supply
                ));
            }
        }
        for fault in faults {
            self.note(format!("at height {height}: {fault}"));
        }
    }
}
