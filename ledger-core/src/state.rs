//! The state: every record, the tree over them, and the history of blocks.
//!
//! Records stand in densely numbered slots; a slot's leaf holds its record, its key and the next
//! key above it, so that the absence of a key is shown by the leaf below it. Slots are assigned in
//! the order of keys within a block: freed ones first, the last freed first.
//!
//! # Place      one in each validator and observer, rebuilt by the store when a process starts
//! # Invariants I11 everything execution reads is under the state root; I8 the same blocks give
//! #            the same roots, whatever was restarted in between
//! # Absent     rules (see `execute`), disk (see `ledger-store`)

mod keys;
mod pages;
mod prove;
mod restore;
mod slots;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    block::{Header, Results},
    codec::encode,
    digest::{Domain, Hash32, leaf_hashes},
    draft::{Draft, Moment, Records},
    genesis::Genesis,
    id::{CommandId, LegId},
    journal::{LogName, SaltUse, lists_of},
    limits::UNDO_BLOCKS,
    merkle::{Frontier, LogHead, Tree},
    parallel::in_parts,
    parameters::Parameters,
    proof::{SlotContent, StateHead},
    proposal,
    receipt::{HistoryLeaf, Receipt},
    record::{ChainRecord, Key, Name, Record},
    refusal::Refusal,
    state::{
        keys::Keys,
        pages::Pages,
        slots::{SlotPlan, slot_leaves},
    },
    time::{Height, LedgerTime},
    validators::Committee,
};

pub use pages::{Page, Source};
pub use restore::{Index, Indexed, Opened, RestoreError, Restored};
pub use slots::{Placed, SlotChanges, StoredSlot};

/// An entry appended to a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAppend {
    /// Which list.
    pub log: LogName,
    /// Its place in the list.
    pub index: u64,
    /// Salt of its leaf.
    pub salt: Hash32,
    /// The entry's canonical bytes.
    pub bytes: Vec<u8>,
    /// What the entry commits to, where that is not in it: the movements of an account.
    pub detail: Vec<u8>,
}

/// Lists that a block leaves beside the tree.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Entries appended.
    pub logs: Vec<LogAppend>,
    /// Right edges of the lists appended to.
    pub frontiers: BTreeMap<LogName, Frontier>,
    /// Ids of the commands executed and of the calls made, in order.
    pub ids: Vec<CommandId>,
    /// Until when they are remembered.
    pub until: LedgerTime,
    /// Blocks whose ids are forgotten.
    pub swept: Vec<Height>,
}

/// Everything one block changes: written in one batch, then taken into memory.
#[derive(Clone, Debug)]
pub struct WriteSet {
    /// The block.
    pub header: Header,
    /// Its digest.
    pub digest: Hash32,
    /// The blinding secret after it, from which its salts come.
    pub blinding: Hash32,
    /// Its receipts.
    pub receipts: Vec<Receipt>,
    /// Lists.
    pub lists: Lists,
    /// Its leaf in the history tree.
    pub history: HistoryLeaf,
    /// What headers declare about it.
    pub results: Results,
    changes: SlotChanges,
}

impl WriteSet {
    /// Slots as they become, by number.
    #[must_use]
    pub const fn slots(&self) -> &BTreeMap<u64, StoredSlot> {
        &self.changes.slots
    }

    /// The same with the right edges of their records' lists, and the hashes of their leaves.
    pub fn pages(&self) -> impl Iterator<Item = (u64, &StoredSlot, &[Frontier], Hash32)> {
        let leaves = self.changes.leaves.leaves().iter().map(|(_, leaf)| *leaf);
        let slots = self.changes.slots.iter().zip(&self.changes.edges).zip(leaves);
        slots.map(|(((slot, stored), edges), leaf)| (*slot, stored, edges.as_slice(), leaf))
    }

    /// What the state root is the hash of.
    #[must_use]
    pub const fn head(&self) -> &StateHead {
        &self.changes.head
    }
}

/// What changed in a block, the other way round.
#[derive(Clone, Debug)]
struct Undo {
    height: Height,
    head: StateHead,
    slots: BTreeMap<u64, StoredSlot>,
    leaves: BTreeMap<u64, Hash32>,
}

/// The replicated state after some block.
#[derive(Clone, Debug)]
pub struct State {
    header: Header,
    results: Results,
    chain: ChainRecord,
    parameters: Parameters,
    slots: Pages,
    keys: Keys,
    tree: Tree,
    head: StateHead,
    history: Tree,
    #[allow(clippy::disallowed_types, reason = "only looked up, never gone through")]
    seen: std::collections::HashSet<CommandId, foldhash::fast::RandomState>,
    windows: BTreeMap<Height, Vec<CommandId>>,
    expiries: BTreeSet<(LedgerTime, Height)>,
    /// Legs that the ledger will end by itself, by when: follows from the records.
    due: BTreeSet<(LedgerTime, LegId)>,
    undo: VecDeque<Undo>,
}

impl Records for State {
    fn record(&self, name: &Name) -> Option<&Record> {
        self.record_in(self.slot_of(&name.key())?)
    }

    fn has_seen(&self, id: &CommandId) -> bool {
        Self::has_seen(self, id)
    }
}

/// When the ledger ends the leg in a slot by itself, and which leg that is.
#[must_use]
pub fn due_leg(stored: &StoredSlot) -> Option<(LedgerTime, LegId)> {
    match stored.content.as_ref() {
        SlotContent::Used { record: Record::Leg(found), .. } => {
            Some((found.state.due()?, found.leg.id()))
        }
        SlotContent::Used { .. } | SlotContent::Free { .. } => None,
    }
}

impl State {
    /// The state of a network before its first block, and how to store it.
    ///
    /// # Errors
    /// The refusal that a command admitting the same members and keys would get.
    pub fn genesis(genesis: &Genesis) -> Result<(Self, WriteSet), Refusal> {
        let chain = ChainRecord {
            chain: genesis.chain_id(),
            blinding: Domain::Blinding.hash_of(&genesis.chain_id()),
        };
        let blank = Self::blank(genesis, chain);
        let moment = Moment { height: Height::new(0), time: genesis.time, limits: genesis.limits };
        let mut draft = Draft::new(&blank, moment, CommandId::new([0; 32]));
        draft.put(&Name::Chain, Record::Chain(chain));
        let (parameters, committee) = (Parameters::new(genesis), Committee::new(genesis));
        draft.put(&Name::Parameters, Record::Parameters(Box::new(parameters)));
        draft.put(&Name::Committee, Record::Committee(Box::new(committee)));
        for terms in &genesis.currencies {
            let record = crate::account::CurrencyRecord {
                code: terms.code,
                scale: terms.scale,
                issuer: terms.issuer,
                totals: crate::account::Totals::default(),
                paid: 0,
                reserves: Vec::new(),
                journal: LogHead::EMPTY,
            };
            draft.put(&Name::Currency(terms.code), Record::Currency(record));
            let controls = crate::controls::MintControls::new(terms.code);
            draft.put(&Name::MintControls(terms.code), Record::MintControls(Box::new(controls)));
        }
        for member in &genesis.members {
            proposal::admit_member(&mut draft, member)?;
        }
        for grant in &genesis.role_keys {
            proposal::register_key(&mut draft, grant)?;
        }
        let records = draft.finish()?.records.into_iter();
        let records = blank.placed(records.map(|(name, record)| (name.key(), record)));
        let changes = blank.plan_slots(records, &[], |slots| {
            SaltUse::of_slots(Height::new(0), slots, &chain.blinding)
        });
        let header = Header::genesis(genesis, changes.head.root());
        let set = blank.write_set(header, chain.blinding, Vec::new(), Lists::default(), changes);
        let mut state = blank.clone();
        state.apply(&set);
        Ok((state, set))
    }

    /// A state with nothing but the lower end of the key order.
    fn blank(genesis: &Genesis, chain: ChainRecord) -> Self {
        let origin = StoredSlot {
            content: Arc::new(SlotContent::Used {
                key: Hash32::ZERO,
                next: Hash32::MAX,
                record: Record::Origin,
            }),
            salt: SaltUse::Slot(Height::new(0), 0).salt(&chain.blinding),
        };
        let header = Header::genesis(genesis, Hash32::ZERO);
        let tree = Tree::new(slot_leaves(&[(0, &origin)]));
        Self {
            header,
            results: header.results,
            chain,
            parameters: Parameters::new(genesis),
            slots: Pages::all([Page { stored: origin, edges: Vec::new() }]),
            keys: Keys::one(Hash32::ZERO, 0),
            head: StateHead { slots: 1, free: None, tree: tree.root() },
            tree,
            history: Tree::default(),
            seen: Default::default(),
            windows: BTreeMap::new(),
            expiries: BTreeSet::new(),
            due: BTreeSet::new(),
            undo: VecDeque::new(),
        }
    }

    /// Header of the last executed block.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What headers declare about the last executed block.
    ///
    /// Of genesis they declare the results in the header of genesis, whose history root is zero: a
    /// header cannot hold a root over its own digest. What this answers there is right for the
    /// store, which keeps it, and for later history roots.
    #[must_use]
    pub const fn results(&self) -> &Results {
        &self.results
    }

    /// How many slots there are, free ones included.
    #[must_use]
    pub const fn slots(&self) -> u64 {
        self.head.slots
    }

    /// A slot.
    #[must_use]
    pub fn slot(&self, slot: u64) -> Option<&StoredSlot> {
        Some(&self.page(slot)?.stored)
    }

    fn page(&self, slot: u64) -> Option<&Page> {
        self.slots.get(slot, &self.tree)
    }

    /// Whether a slot could not be read, or was not the one under the root: what was answered since
    /// then counts for nothing.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        self.slots.is_faulty()
    }

    /// Whether reading brought more slots into memory since the last block than should stay there.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.slots.are_crowded()
    }

    /// Lets go of slots, as after a block. Not between the execution of a block and its [`State::apply`],
    /// which asks for the slots as they were before it.
    pub fn make_room(&mut self) {
        self.slots.trim();
    }

    /// How many slots are in memory.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn in_memory(&self) -> usize {
        self.slots.in_memory()
    }

    /// The network and its secret.
    #[must_use]
    pub const fn chain_record(&self) -> &ChainRecord {
        &self.chain
    }

    /// Parameters of the network, as they are after the last block.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The slot in which the record under a key stands.
    pub(crate) fn slot_of(&self, key: &Key) -> Option<u64> {
        self.keys.get(key)
    }

    /// Brings slots into memory, on all processors: where keys stand, and for keys that stand nowhere
    /// the slot that a new record there is linked to.
    pub(crate) fn fetch(&self, places: &[(Key, Option<u64>)]) {
        if self.slots.are_all_in_memory() {
            return;
        }
        in_parts(places, |part| {
            let slots = part.iter().map(|(key, slot)| slot.or_else(|| self.slot_below(key)));
            slots.map(|slot| slot.is_some_and(|slot| self.page(slot).is_some())).collect()
        });
    }

    /// The slot with the greatest key below.
    fn slot_below(&self, key: &Key) -> Option<u64> {
        self.keys.below(key).map(|(_, slot)| slot)
    }

    /// The record in a slot.
    pub(crate) fn record_in(&self, slot: u64) -> Option<&Record> {
        self.page(slot)?.record()
    }

    /// Every record, in no meaningful order; all of them are in memory then, until the next block.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        (0..self.slots.len()).filter_map(|slot| self.record_in(slot))
    }

    /// What a slot holds; it is not kept in memory for that.
    #[must_use]
    pub fn content(&self, slot: u64) -> Option<Arc<SlotContent>> {
        self.slots.peek(slot, &self.tree)
    }

    /// What every slot holds, in order, each only as long as it is looked at.
    pub fn contents(&self) -> impl Iterator<Item = Arc<SlotContent>> {
        (0..self.slots.len()).filter_map(|slot| self.content(slot))
    }

    /// Whether a command or a call with this id was executed and is still remembered.
    #[must_use]
    pub fn has_seen(&self, id: &CommandId) -> bool {
        self.seen.contains(id)
    }

    /// Commands that were executed and are still remembered, with a time until which they are.
    pub fn seen(&self) -> impl Iterator<Item = (LedgerTime, CommandId)> {
        self.expiries.iter().flat_map(|(until, height)| {
            let ids = self.windows.get(height).into_iter().flatten();
            ids.map(move |id| (*until, *id))
        })
    }

    /// The right edge of a list.
    #[must_use]
    pub fn frontier(&self, log: &LogName) -> &Frontier {
        self.frontier_in(self.slot_of(&log.owner().key()), log)
    }

    /// The right edge of a list whose owner stands in this slot, if it stands anywhere.
    pub(crate) fn frontier_in(&self, slot: Option<u64>, log: &LogName) -> &Frontier {
        static EMPTY: Frontier = Frontier::EMPTY;
        slot.and_then(|slot| self.page(slot)?.edge(log)).unwrap_or(&EMPTY)
    }

    /// Blocks whose command ids have all expired by `now`, oldest first.
    pub fn expired_windows(&self, now: LedgerTime) -> impl Iterator<Item = Height> {
        self.expiries.iter().take_while(move |(until, _)| *until <= now).map(|(_, height)| *height)
    }

    /// Legs whose time is over by `now`, the longest overdue first.
    pub fn due_legs(&self, now: LedgerTime) -> impl Iterator<Item = LegId> {
        self.due.iter().take_while(move |(due, _)| *due <= now).map(|(_, leg)| *leg)
    }

    /// Records with where their keys stand.
    pub fn placed(&self, records: impl IntoIterator<Item = (Key, Arc<Record>)>) -> Vec<Placed> {
        let placed = records.into_iter();
        placed.map(|(key, record)| Placed { key, slot: self.slot_of(&key), record }).collect()
    }

    /// How slots change when these records are set, no key twice, and these keys removed; `salts`
    /// answers one for each slot it is given.
    #[must_use]
    pub fn plan_slots(
        &self,
        mut records: Vec<Placed>,
        removed: &[Key],
        salts: impl Fn(&[u64]) -> Vec<Hash32>,
    ) -> SlotChanges {
        let mut plan = SlotPlan::new(self);
        for key in removed {
            plan.remove(key);
        }
        records.sort_unstable_by_key(|placed| placed.key);
        for placed in records {
            plan.set(placed);
        }
        plan.finish(salts)
    }

    /// The write set of a block.
    #[must_use]
    pub fn write_set(
        &self,
        header: Header,
        blinding: Hash32,
        receipts: Vec<Receipt>,
        lists: Lists,
        mut changes: SlotChanges,
    ) -> WriteSet {
        let edges = changes.slots.iter().map(|(slot, stored)| self.edges(*slot, stored, &lists));
        changes.edges = edges.collect();
        let leaves = in_parts(&receipts, |part| {
            let uses = part.iter().map(|r| SaltUse::Receipt(header.height, r.index));
            let salts = SaltUse::salts(&uses.collect::<Vec<_>>(), &blinding);
            leaf_hashes(&salts.into_iter().zip(part.iter().map(encode)).collect::<Vec<_>>())
        });
        let mut leaves = leaves;
        if planted!(ReceiptLeftOut) {
            leaves.pop();
        }
        let receipt_tree = Tree::new(leaves);
        let digest = header.digest();
        let state_root = changes.head.root();
        let history = HistoryLeaf {
            height: header.height,
            digest,
            receipts: receipt_tree.head(),
            state_root,
        };
        let grown = self.history.plan([(self.history.len(), history.leaf())]);
        let results = Results { height: header.height, state_root, history_root: grown.root() };
        WriteSet { header, digest, blinding, receipts, lists, history, results, changes }
    }

    /// Right edges of the lists of a slot's record as a block leaves them: a slot changes also when
    /// another record is linked to it.
    fn edges(&self, slot: u64, stored: &StoredSlot, lists: &Lists) -> Vec<Frontier> {
        let SlotContent::Used { record, .. } = stored.content.as_ref() else { return Vec::new() };
        let edge = |(log, _)| match lists.frontiers.get(&log) {
            Some(grown) => grown.clone(),
            None => self.frontier_in(Some(slot), &log).clone(),
        };
        lists_of(record).map(edge).collect()
    }

    /// Takes a write set into memory. After this line nothing can fail.
    pub fn apply(&mut self, set: &WriteSet) {
        let mut slots: Vec<(u64, StoredSlot)> = Vec::with_capacity(set.changes.slots.len());
        let mut leaves: Vec<(u64, Hash32)> = Vec::with_capacity(set.changes.slots.len());
        for (slot, stored, edges, _) in set.pages() {
            if let Some(old) = self.slot(slot).cloned() {
                if let Some(gone) = due_leg(&old) {
                    self.due.remove(&gone);
                }
                leaves.push((slot, self.tree.leaf(slot).unwrap_or(Hash32::ZERO)));
                slots.push((slot, old));
            }
            self.due.extend(due_leg(stored));
            self.slots.set(slot, Page { stored: stored.clone(), edges: edges.to_vec() });
        }
        let undo = Undo {
            height: set.header.height,
            head: self.head,
            slots: slots.into_iter().collect(),
            leaves: leaves.into_iter().collect(),
        };
        for (key, slot) in &set.changes.keys {
            match slot {
                Some(slot) => self.keys.insert(*key, *slot),
                None => self.keys.remove(key),
            }
        }
        self.tree.commit(set.changes.leaves.clone());
        self.head = set.changes.head;
        self.history.push(set.history.leaf());
        for height in &set.lists.swept {
            for id in self.windows.remove(height).unwrap_or_default() {
                self.seen.remove(&id);
            }
        }
        let swept: BTreeSet<_> = set.lists.swept.iter().collect();
        self.expiries.retain(|(_, height)| !swept.contains(height));
        if !set.lists.ids.is_empty() {
            self.seen.extend(&set.lists.ids);
            self.windows.insert(set.header.height, set.lists.ids.clone());
            self.expiries.insert((set.lists.until, set.header.height));
        }
        self.header = set.header;
        self.results = set.results;
        if let Some(Record::Chain(chain)) = self.record(&Name::Chain) {
            self.chain = *chain;
        }
        if let Some(Record::Parameters(parameters)) = self.record(&Name::Parameters) {
            self.parameters = (**parameters).clone();
        }
        self.undo.push_back(undo);
        while self.undo.len() > UNDO_BLOCKS {
            self.undo.pop_front();
        }
        self.slots.trim();
    }

    /// The path of a block in the history tree as of a height.
    #[must_use]
    pub fn prove_block(&self, block: Height, as_of: Height) -> Option<Vec<Hash32>> {
        self.history.path(block.get(), as_of.next().get(), &BTreeMap::new())
    }
}
