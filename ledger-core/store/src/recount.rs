//! The auditor's recount: sums taken from the journals alone, compared with what the ledger says.
//!
//! ```text
//! I1  supply of the latest totals     = sum of the latest closing balances of every account
//! I3  sum of mints in the journal     = sum of used credit entries = sum of served requests,
//!     sum of burns in the journal     = sum of used debit entries = sum of burned redemptions
//! I4  supply of the latest totals     = sum of mints - sum of burns
//! I9  journals of the currency        = journals whose rows are those that records commit to
//! ```
//!
//! A journal's rows are taken as faithful only when their tree has the committed root and every
//! closing balance follows from the one before it and the movements. An account's entries are made
//! from the stored movements when they are read, so the root is over the movements too.
//!
//! Where the first entries of journals are not kept, a journal goes on from the right edge and the
//! balance that stand for them. I3 and I4 are sums over all blocks: they are then not checked.
//!
//! # Place      `florin verify --data`, beside a running node or on a copy
//! # Invariants I1, I3, I4, I9 independent of the running totals that execution asserts
//! # Absent     signatures of commands (an observer replays them)

use std::collections::BTreeMap;

use ledger_core::{
    account::{AccountStatus, Balances},
    codec::decode,
    digest::leaf_hash,
    id::{AccountId, ReserveId},
    journal::{BooksEntry, JournalEntry, LogName, Movement, TotalsEntry, closing_after},
    merkle::{Frontier, LogHead},
    money::Currency,
    proof::SlotContent,
    record::Record,
    redemption::{Redemption, RedemptionState},
    reserve::{Direction, Reserve},
    seizure::Disposal,
    state::{LogAppend, State},
    time::Height,
};

use crate::{
    db::Family,
    error::StoreError,
    limits::{MAX_LOG_BYTES, MAX_PAGE, MAX_SMALL_ROW_BYTES},
    row::{BaseRow, Closing},
    view::View,
};

/// A rule that is recounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Balances of all classes add up to supply.
    I1,
    /// Every mint used one bank entry and one request.
    I3,
    /// Supply is mints minus burns.
    I4,
    /// Nothing in a journal was changed or left out.
    I9,
}

impl Rule {
    /// Its id in docs/spec/ledger.md.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I9 => "I9",
        }
    }
}

/// One line of the recount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which rule.
    pub rule: Rule,
    /// In which currency.
    pub currency: Currency,
    /// What the ledger says: minor units, or a number of journals for I9.
    pub expected: u128,
    /// What was counted, in the same unit.
    pub found: u128,
    /// What came of it.
    pub verdict: Verdict,
}

impl Line {
    /// Whether the rule was found to hold.
    #[must_use]
    pub const fn ok(&self) -> bool {
        matches!(self.verdict, Verdict::Holds)
    }

    /// Whether the rule was found broken.
    #[must_use]
    pub const fn broken(&self) -> bool {
        matches!(self.verdict, Verdict::Broken)
    }
}

/// What came of a rule's recount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Broken,
    /// It is a sum over all blocks, and the entries of blocks below this one are not kept.
    Unchecked {
        /// What is kept begins here.
        below: Height,
    },
}

/// What the records say, by currency.
#[derive(Default)]
struct Books {
    /// Each with its journal, and whether it is frozen.
    accounts: Vec<(AccountId, LogHead, bool)>,
    /// What is in vaults.
    vaults: Sum,
    reserves: Vec<Reserve>,
    journal: Option<LogHead>,
    entries_used: Sum,
    requests_used: Sum,
    payouts_used: Sum,
    redeemed: Sum,
    /// Burned by a court's order.
    ordered: Sum,
}

/// A sum of minor units that remembers when it has no representation.
#[derive(Clone, Copy)]
struct Sum(Option<u128>);

impl Default for Sum {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Sum {
    fn add(&mut self, minor: u128) {
        self.0 = self.0.and_then(|sum| sum.checked_add(minor));
    }

    fn add_balances(&mut self, balances: &Balances) {
        let Balances { available, held, preburned } = *balances;
        [available, held, preburned].into_iter().for_each(|minor| self.add(minor));
    }
}

/// Recounts every currency: one line per rule, in the order of currencies and rules, and the block
/// after which the ledger was so. What is written meanwhile is left out: a journal is read as far
/// as the records of that block commit to it.
///
/// # Errors
/// [`StoreError`], when stored rows cannot be read at all: every row is, also those that no sum needs.
pub fn recount(view: &View) -> Result<(Height, Vec<Line>), StoreError> {
    for family in Family::ALL {
        view.ledger.db()?.scan_many(family, &[])?.try_for_each(|row| row.map(drop))?;
    }
    let (height, books) = books(view)?;
    let mut lines = Vec::new();
    for (currency, books) in books {
        recount_currency(view, currency, &books, &mut lines)?;
    }
    Ok((height, lines))
}

fn recount_currency(
    view: &View,
    currency: Currency,
    books: &Books,
    lines: &mut Vec<Line>,
) -> Result<(), StoreError> {
    let totals = walk_totals(view, currency, books.journal)?;
    let (mut journals, mut faithful) = (1u128, u128::from(totals.faithful));
    let mut balances = Sum::default();
    let mut stopped = Sum::default();
    if let Some(vaults) = books.vaults.0 {
        balances.add(vaults);
    }
    for (account, head, frozen) in &books.accounts {
        let walked = walk_account(view, *account, head)?;
        balances.add_balances(&walked.closing);
        if *frozen {
            stopped.add_balances(&walked.closing);
        }
        journals = journals.saturating_add(1);
        faithful = faithful.saturating_add(u128::from(walked.faithful));
    }
    for reserve in &books.reserves {
        journals = journals.saturating_add(1);
        faithful = faithful.saturating_add(u128::from(walk_reserve(view, reserve)?));
    }
    let below = view.kept_from()?;
    let mut line = |rule, expected: u128, sum: Sum, also: bool| {
        let found = sum.0.unwrap_or(u128::MAX);
        let over_all_blocks = matches!(rule, Rule::I3 | Rule::I4);
        let verdict = if over_all_blocks && totals.cut {
            Verdict::Unchecked { below }
        } else if sum.0 == Some(expected) && also {
            Verdict::Holds
        } else {
            Verdict::Broken
        };
        lines.push(Line { rule, currency, expected, found, verdict });
    };
    let minted = totals.minted.0;
    let net = match (minted, totals.burned.0) {
        (Some(minted), Some(burned)) => minted.checked_sub(burned),
        _ => None,
    };
    // What vaults hold is what the totals say; I10: so is what frozen accounts hold.
    let parts = stopped.0 == Some(totals.frozen) && books.vaults.0 == Some(totals.contract);
    line(Rule::I1, totals.supply, balances, parts);
    // A burn is of a redemption that a used entry paid, or of a court's order.
    let burned = totals.burned.0;
    let with_orders = |cited: Sum| cited.0.and_then(|sum| sum.checked_add(books.ordered.0?));
    let paid_out = burned.is_some()
        && with_orders(books.payouts_used) == burned
        && with_orders(books.redeemed) == burned;
    let requested = minted.is_some() && books.requests_used.0 == minted && paid_out;
    line(Rule::I3, minted.unwrap_or(u128::MAX), books.entries_used, requested);
    line(Rule::I4, totals.supply, Sum(net), true);
    line(Rule::I9, journals, Sum(Some(faithful)), true);
    Ok(())
}

/// What the records commit to, by currency.
fn books(view: &View) -> Result<(Height, BTreeMap<Currency, Books>), StoreError> {
    view.ledger.read(|memory| (memory.state.header().height, books_in(&memory.state)))
}

fn books_in(state: &State) -> BTreeMap<Currency, Books> {
    let mut books: BTreeMap<Currency, Books> = BTreeMap::new();
    let mut reserves: BTreeMap<ReserveId, Currency> = BTreeMap::new();
    for content in state.contents() {
        if let SlotContent::Used { record: Record::Reserve(reserve), .. } = content.as_ref() {
            reserves.insert(reserve.id, reserve.currency);
            books.entry(reserve.currency).or_default().reserves.push(reserve.clone());
        }
    }
    for content in state.contents() {
        let SlotContent::Used { record, .. } = content.as_ref() else { continue };
        match record {
            Record::Currency(currency) => {
                books.entry(currency.code).or_default().journal = Some(currency.journal);
            }
            Record::Account(account) => {
                let of = books.entry(account.currency).or_default();
                let frozen = account.status == AccountStatus::Frozen;
                of.accounts.push((account.id, account.journal, frozen));
            }
            Record::Vault(vault) => {
                let money = vault.money;
                books.entry(money.currency()).or_default().vaults.add(money.minor());
            }
            Record::Entry(entry) if entry.used => {
                if let Some(currency) = reserves.get(&entry.entry.reserve) {
                    let of = books.entry(*currency).or_default();
                    let sum = match entry.entry.direction {
                        Direction::Credit => &mut of.entries_used,
                        Direction::Debit => &mut of.payouts_used,
                    };
                    sum.add(entry.entry.minor);
                }
            }
            Record::Redemption(Redemption { state: RedemptionState::Burned(_), money, .. }) => {
                books.entry(money.currency()).or_default().redeemed.add(money.minor());
            }
            Record::Seizure(seizure) if seizure.order.disposal == Disposal::Burn => {
                let money = seizure.order.money;
                books.entry(money.currency()).or_default().ordered.add(money.minor());
            }
            Record::Request(asked) if asked.used => {
                let money = asked.request.money;
                books.entry(money.currency()).or_default().requests_used.add(money.minor());
            }
            _ => {}
        }
    }
    books
}

/// What an account's journal says.
struct WalkedAccount {
    closing: Balances,
    faithful: bool,
}

fn walk_account(
    view: &View,
    account: AccountId,
    committed: &LogHead,
) -> Result<WalkedAccount, StoreError> {
    let mut rows = Rows::new(view, LogName::Account(account), committed.count)?;
    let closing = match rows.opening {
        Closing::Account(closing) => closing,
        Closing::Nothing | Closing::Currency(_) => Balances::default(),
    };
    let mut walked = WalkedAccount { closing, faithful: true };
    while let Some(row) = rows.next()? {
        let entry: Option<JournalEntry> = decode(&row.bytes, MAX_SMALL_ROW_BYTES).ok();
        let movements: Option<Vec<Movement>> = decode(&row.detail, MAX_LOG_BYTES).ok();
        let (Some(entry), Some(movements)) = (entry, movements) else {
            walked.faithful = false;
            continue;
        };
        walked.faithful &= closing_after(walked.closing, &movements) == Some(entry.closing);
        walked.closing = entry.closing;
    }
    walked.faithful &= rows.head() == *committed;
    Ok(walked)
}

/// What a currency's journal says.
#[derive(Default)]
struct WalkedTotals {
    supply: u128,
    contract: u128,
    frozen: u128,
    minted: Sum,
    burned: Sum,
    faithful: bool,
    /// Whether its first entries are not kept.
    cut: bool,
}

fn walk_totals(
    view: &View,
    currency: Currency,
    committed: Option<LogHead>,
) -> Result<WalkedTotals, StoreError> {
    let mut walked = WalkedTotals { faithful: true, ..WalkedTotals::default() };
    let count = committed.map_or(0, |head| head.count);
    let mut rows = Rows::new(view, LogName::Currency(currency), count)?;
    walked.cut = rows.next > 0;
    if let Closing::Currency(closing) = rows.opening {
        (walked.supply, walked.contract, walked.frozen) =
            (closing.supply, closing.contract, closing.frozen);
    }
    while let Some(row) = rows.next()? {
        let Ok(entry) = decode::<TotalsEntry>(&row.bytes, MAX_SMALL_ROW_BYTES) else {
            walked.faithful = false;
            continue;
        };
        walked.supply = entry.closing.supply;
        walked.contract = entry.closing.contract;
        walked.frozen = entry.closing.frozen;
        walked.minted.add(entry.minted);
        walked.burned.add(entry.burned);
        walked.faithful &= entry.closing.balanced() && entry.closing.frozen_within_supply();
    }
    walked.faithful &= Some(rows.head()) == committed;
    Ok(walked)
}

/// Whether a reserve account's journal is the one its record commits to, and ends with its books.
fn walk_reserve(view: &View, reserve: &Reserve) -> Result<bool, StoreError> {
    let mut rows = Rows::new(view, LogName::Reserve(reserve.id), reserve.journal.count)?;
    // Of a list none of whose entries is kept there is only the edge to compare.
    let none_kept = rows.next >= rows.count && rows.next > 0;
    let mut last = None;
    while let Some(row) = rows.next()? {
        last = decode::<BooksEntry>(&row.bytes, MAX_SMALL_ROW_BYTES).ok();
    }
    let ends = last.is_some_and(|entry| entry.closing == reserve.books);
    Ok((ends || none_kept) && rows.head() == reserve.journal)
}

/// The rows of a list up to a count, page by page, and the tree over them: it begins with the right
/// edge of the entries that are not kept.
struct Rows<'a> {
    view: &'a View,
    log: LogName,
    page: std::vec::IntoIter<LogAppend>,
    next: u64,
    count: u64,
    tree: Frontier,
    /// What the entries that are not kept closed with.
    opening: Closing,
}

impl<'a> Rows<'a> {
    fn new(view: &'a View, log: LogName, count: u64) -> Result<Self, StoreError> {
        let page = Vec::new().into_iter();
        let (tree, opening) = match view.base(&log)? {
            Some(BaseRow { edge, closing }) => (edge, closing),
            None => (Frontier::default(), Closing::Nothing),
        };
        Ok(Self { view, log, page, next: tree.count(), count, tree, opening })
    }

    fn next(&mut self) -> Result<Option<LogAppend>, StoreError> {
        if self.next >= self.count {
            return Ok(None);
        }
        if self.page.len() == 0 {
            self.page = self.view.log_rows(&self.log, self.next, MAX_PAGE)?.into_iter();
        }
        let Some(row) = self.page.next() else { return Ok(None) };
        self.next = row.index.max(self.next).saturating_add(1);
        self.tree.push(leaf_hash(&row.salt, &row.bytes));
        Ok(Some(row))
    }

    fn head(&self) -> LogHead {
        self.tree.head()
    }
}
