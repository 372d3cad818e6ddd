//! The end of a block: journals, lists, the window of ids, parameters, and the tree over all of it.

mod assets;

use std::collections::{BTreeMap, BTreeSet};

mod governed;

use super::{Gathered, view::BlockView};
use crate::{
    account::{Account, CurrencyRecord},
    anchor::Anchors,
    block::Header,
    codec::encode,
    digest::{Hash32, leaf_hash, leaf_hashes},
    draft::{Moment, Records},
    freshness::Freshness,
    id::ReserveId,
    journal::{BooksEntry, JournalEntry, LogName, SaltUse, TotalsEntry},
    limits::MAX_WINDOWS_SWEPT,
    merkle::{Frontier, LogHead, Tree},
    money::Currency,
    record::{Key, Name, Record, Window},
    reserve::Reserve,
    state::{Lists, LogAppend, State, WriteSet},
    time::Height,
};

impl Gathered<'_> {
    /// Ends the block: journals, window, parameters, tree.
    pub(super) fn close(mut self, blinding: Hash32, header: Header) -> WriteSet {
        let mut logs = Logs::new(self.view.state, self.moment.height, blinding);
        self.close_accounts(&mut logs);
        self.close_currencies(&mut logs);
        self.close_reserves(&mut logs);
        self.close_assets(&mut logs);
        self.close_holdings(&mut logs);
        self.close_governed(&mut logs);
        let mut removed: Vec<Key> = Vec::new();
        let mut swept: Vec<Height> = Vec::new();
        for height in self.view.state.expired_windows(self.moment.time).take(MAX_WINDOWS_SWEPT) {
            removed.push(Name::Window(height).key());
            swept.push(height);
        }
        if !self.ids.is_empty() {
            let ids: Vec<_> = self.ids.iter().map(|id| (Hash32::ZERO, id.get())).collect();
            let ids = Tree::new(leaf_hashes(&ids));
            let height = self.moment.height;
            let window = Window { height, until: self.until, ids: ids.head() };
            self.view.put(Name::Window(height), Record::Window(window));
            let mut chain = *self.view.state.chain_record();
            chain.blinding = blinding;
            self.view.put(Name::Chain, Record::Chain(chain));
        }
        for (name, record) in std::mem::take(&mut self.grown).into_records() {
            self.view.put(name, record);
        }
        let state = self.view.state;
        let (placed, gone) = self.view.into_placed();
        removed.extend(gone);
        let changes = state.plan_slots(placed, &removed, |slots| {
            SaltUse::of_slots(self.moment.height, slots, &blinding)
        });
        let (log_rows, frontiers) = logs.finish();
        state.write_set(
            header,
            blinding,
            self.receipts,
            Lists { logs: log_rows, frontiers, ids: self.ids, until: self.until, swept },
            changes,
        )
    }

    /// One journal entry per account that moved.
    fn close_accounts(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        let moved = std::mem::take(&mut self.movements);
        let numbered = moved.iter().flat_map(|(id, all)| (0u64..).zip(all).map(move |m| (*id, m)));
        let (uses, encoded): (Vec<SaltUse>, Vec<Vec<u8>>) = numbered
            .map(|(id, (at, movement))| (SaltUse::Movement(height, id, at), encode(movement)))
            .unzip();
        let salts = SaltUse::salts(&uses, &logs.blinding);
        let leaves = leaf_hashes(&salts.into_iter().zip(encoded).collect::<Vec<_>>());
        let mut leaves = leaves.into_iter();
        let mut entries: Vec<(LogName, Vec<u8>, Vec<u8>)> = Vec::with_capacity(moved.len());
        let mut accounts: Vec<Account> = Vec::with_capacity(moved.len());
        for (id, movements) in moved {
            let tree = Tree::new(leaves.by_ref().take(movements.len()).collect());
            let Some(Record::Account(account)) = self.view.record(&Name::Account(id)) else {
                continue;
            };
            let closing = account.balances;
            let entry = JournalEntry { height, time, movements: tree.head(), closing };
            entries.push((LogName::Account(id), encode(&entry), encode(&movements)));
            accounts.push(account.clone());
        }
        for (mut account, head) in accounts.into_iter().zip(logs.append_all(&self.view, entries)) {
            account.journal = head;
            self.view.put(Name::Account(account.id), Record::Account(account));
        }
    }

    /// One journal entry per currency whose totals, payouts or freshness changed; I1 is asserted here.
    fn close_currencies(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        let touched: BTreeSet<Currency> = self
            .view
            .changes()
            .filter_map(|(_, record)| match record {
                Record::Currency(currency) => Some(currency.code),
                Record::MintControls(controls) => Some(controls.currency),
                _ => None,
            })
            .chain(self.retimed())
            .collect();
        let (age, age_before) = self.ages();
        for code in touched {
            let Some((mut currency, freshness)) = told_by(&self.view, code, age) else { continue };
            let (totals, paid) = (currency.totals, currency.paid);
            assert!(totals.balanced(), "I1: {code} is unbalanced");
            assert!(totals.frozen_within_supply(), "I10: more of {code} is frozen than there is");
            let before = told_by(self.view.state, code, age_before);
            let before = before.map(|(old, fresh)| (old.totals, old.paid, fresh));
            if before.as_ref() == Some(&(totals, paid, freshness.clone())) {
                continue;
            }
            let minted = self.minted.get(&code).copied().unwrap_or(0);
            let burned = self.burned.get(&code).copied().unwrap_or(0);
            let closing = totals;
            let entry = TotalsEntry { height, time, minted, burned, closing, paid, freshness };
            currency.journal = logs.append(LogName::Currency(code), encode(&entry), Vec::new());
            self.view.put(Name::Currency(code), Record::Currency(currency));
        }
    }

    /// One journal entry per reserve account whose books changed, or that is new.
    fn close_reserves(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        let mut changed: BTreeMap<ReserveId, Reserve> = BTreeMap::new();
        for (name, record) in self.view.changes() {
            let Record::Reserve(reserve) = record else { continue };
            let before = self.view.state.record(&name);
            if !matches!(before, Some(Record::Reserve(old)) if old.books == reserve.books) {
                changed.insert(reserve.id, reserve.clone());
            }
        }
        for mut reserve in changed.into_values() {
            let entry = BooksEntry { height, time, closing: reserve.books };
            let name = LogName::Reserve(reserve.id);
            reserve.journal = logs.append(name, encode(&entry), Vec::new());
            self.view.put(Name::Reserve(reserve.id), Record::Reserve(reserve));
        }
    }

    /// Members' lists of accounts, customers and anchors.
    fn close_holdings(&mut self, logs: &mut Logs<'_>) {
        for (log, bytes) in std::mem::take(&mut self.appends) {
            let member = match log {
                LogName::MemberAccounts(member) | LogName::MemberParties(member) => member,
                LogName::MemberAnchors(member) => {
                    let roots = logs.append(log, bytes, Vec::new());
                    let anchors = Record::Anchors(Anchors { member, roots });
                    self.view.put(Name::Anchors(member), anchors);
                    continue;
                }
                LogName::Account(_)
                | LogName::Currency(_)
                | LogName::Reserve(_)
                | LogName::Asset(_)
                | LogName::Position(..)
                | LogName::Parameters
                | LogName::Committee => continue,
            };
            let name = Name::Holdings(member);
            let Some(Record::Holdings(holdings)) = self.view.record(&name) else { continue };
            let mut holdings = *holdings;
            let head = logs.append(log, bytes, Vec::new());
            match log {
                LogName::MemberAccounts(_) => holdings.accounts = head,
                LogName::MemberParties(_) => holdings.parties = head,
                LogName::Account(_)
                | LogName::Currency(_)
                | LogName::MemberAnchors(_)
                | LogName::Reserve(_)
                | LogName::Asset(_)
                | LogName::Position(..)
                | LogName::Parameters
                | LogName::Committee => {}
            }
            self.view.put(name, Record::Holdings(holdings));
        }
    }
}

/// What a currency's journal tells of, with the network's age limit: its record, and how fresh
/// attestations must be.
fn told_by(
    view: &dyn Records,
    code: Currency,
    network: u64,
) -> Option<(CurrencyRecord, Freshness)> {
    let currency = view.record(&Name::Currency(code));
    match (currency, view.record(&Name::MintControls(code))) {
        (Some(Record::Currency(currency)), Some(Record::MintControls(controls))) => {
            Some((currency.clone(), controls.terms.freshness(network)))
        }
        _ => None,
    }
}

/// The lists a block appends to.
struct Logs<'a> {
    state: &'a State,
    height: Height,
    blinding: Hash32,
    rows: Vec<LogAppend>,
    frontiers: BTreeMap<LogName, Frontier>,
}

impl<'a> Logs<'a> {
    const fn new(state: &'a State, height: Height, blinding: Hash32) -> Self {
        Self { state, height, blinding, rows: Vec::new(), frontiers: BTreeMap::new() }
    }

    fn append(&mut self, log: LogName, bytes: Vec<u8>, detail: Vec<u8>) -> LogHead {
        let index = self.frontier(log).count();
        let salt = SaltUse::Log(self.height, log, index).salt(&self.blinding);
        let leaf = leaf_hash(&salt, &bytes);
        let frontier = self.frontier(log);
        frontier.push(leaf);
        let head = frontier.head();
        self.rows.push(LogAppend { log, index, salt, bytes, detail });
        head
    }

    /// Appends one entry to each of several lists, none of which occurs twice: list, entry, what it
    /// commits to.
    fn append_all(
        &mut self,
        view: &BlockView<'_>,
        entries: Vec<(LogName, Vec<u8>, Vec<u8>)>,
    ) -> Vec<LogHead> {
        let edges = entries.iter().map(|(log, ..)| self.frontiers.remove(log).ok_or(log));
        let mut edges: Vec<Frontier> =
            edges.map(|edge| edge.unwrap_or_else(|log| view.edge(log))).collect();
        let indices: Vec<u64> = edges.iter().map(Frontier::count).collect();
        let uses = entries.iter().zip(&indices);
        let uses = uses.map(|((log, ..), index)| SaltUse::Log(self.height, *log, *index));
        let salts = SaltUse::salts(&uses.collect::<Vec<_>>(), &self.blinding);
        let salted = salts.iter().zip(&entries).map(|(salt, (_, bytes, _))| (*salt, bytes));
        let leaves = leaf_hashes(&salted.collect::<Vec<_>>());
        let heads = Frontier::push_each(&mut edges.iter_mut().collect::<Vec<_>>(), &leaves);
        for ((((log, bytes, detail), index), salt), edge) in
            entries.into_iter().zip(indices).zip(salts).zip(edges)
        {
            self.frontiers.insert(log, edge);
            self.rows.push(LogAppend { log, index, salt, bytes, detail });
        }
        heads
    }

    fn frontier(&mut self, log: LogName) -> &mut Frontier {
        self.frontiers.entry(log).or_insert_with(|| self.state.frontier(&log).clone())
    }

    fn finish(self) -> (Vec<LogAppend>, BTreeMap<LogName, Frontier>) {
        (self.rows, self.frontiers)
    }
}
