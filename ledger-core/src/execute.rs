//! Execution: what a block of commands does to the state. The one transition function.
//!
//! Each command is planned in a draft, alone, and taken as a whole or not at all; a panic inside a
//! rule becomes the refusal `internal_fault`. At the end of the block the journals, the window of
//! command ids and the tree are written once.
//!
//! # Place      consensus -> [execute] -> write set -> store; results -> headers
//! # Invariants I1 asserted after every block; I8 a pure function of state and block; I9 an id
//! #            seen before is a no-op without a second receipt
//! # Absent     signatures (checked before: the input is [`ValidBlock`]); durability (the store's)

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    account::CurrencyRecord,
    anchor::{self, Anchors},
    block::{ValidBlock, Verified},
    bulk::{self, Bulk, BulkMode},
    codec::encode,
    command::{Command, Payment},
    digest::{Domain, Hash32, leaf_hash},
    draft::{Changes, Draft, Moment, Records, Signers},
    freeze,
    freshness::Freshness,
    id::{AccountId, CommandId, Leg, Lei},
    issuance,
    journal::{BooksEntry, JournalEntry, LogName, Movement, SaltUse, TotalsEntry},
    limits::{MAX_LEGS_SWEPT, MAX_WINDOWS_SWEPT},
    merkle::{Frontier, LogHead},
    money::{Currency, Money},
    party,
    payment::{self, leg_parties},
    proposal,
    receipt::{Effect, Kind, Outcome, RECEIPT_VERSION, Receipt},
    record::{Key, Name, Record, Window},
    redemption,
    refusal::Refusal,
    reserve::{self, Reserve},
    returns, schedule, settlement,
    state::{LogAppend, State, WriteSet},
    time::{Height, LedgerTime},
};

/// What a rule says about a command it applied; becomes the receipt.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What it did.
    pub effect: Effect,
    /// When the matter was entered, if before this block.
    pub entered: Option<LedgerTime>,
    /// The leg.
    pub leg: Option<Leg>,
    /// The account that pays.
    pub debit: Option<AccountId>,
    /// The account that is paid.
    pub credit: Option<AccountId>,
    /// How much.
    pub money: Option<Money>,
    /// Who may see it.
    pub parties: Vec<Lei>,
}

impl Facts {
    /// An effect and who may see it.
    #[must_use]
    pub const fn new(effect: Effect, parties: Vec<Lei>) -> Self {
        Self { effect, entered: None, leg: None, debit: None, credit: None, money: None, parties }
    }

    /// An effect on a payment.
    #[must_use]
    pub fn of_payment(effect: Effect, payment: &Payment) -> Self {
        Self {
            leg: Some(payment.leg),
            debit: Some(payment.debit),
            money: Some(payment.money),
            ..Self::new(effect, leg_parties(&payment.leg))
        }
    }

    /// A payment that settled to this account.
    #[must_use]
    pub fn of_settled(payment: &Payment, credit: AccountId) -> Self {
        Self { credit: Some(credit), ..Self::of_payment(Effect::Settled, payment) }
    }
}

/// What a receipt is of.
struct Source {
    command: CommandId,
    organisation: Lei,
    kind: Kind,
}

impl Source {
    fn of(command: &Verified) -> Self {
        let body = &command.get().body;
        let kind = Kind::of(&body.command);
        Self { command: command.id(), organisation: body.organisation, kind }
    }
}

/// Why a command, or a leg of it, had no effect, and what it was about.
struct Refused {
    refusal: Refusal,
    leg: Option<Leg>,
    money: Option<Money>,
}

impl Refused {
    const fn of(refusal: Refusal, payment: &Payment) -> Self {
        Self { refusal, leg: Some(payment.leg), money: Some(payment.money) }
    }
}

/// The state as it is within a block: what earlier commands changed, over what was.
struct BlockView<'a> {
    state: &'a State,
    records: BTreeMap<Name, Record>,
    /// Where names that were asked for stand in the state: each is hashed once per block.
    places: RefCell<BTreeMap<Name, (Key, Option<u64>)>>,
}

impl<'a> BlockView<'a> {
    const fn new(state: &'a State) -> Self {
        Self { state, records: BTreeMap::new(), places: RefCell::new(BTreeMap::new()) }
    }

    fn place(&self, name: &Name) -> (Key, Option<u64>) {
        let known = self.places.borrow().get(name).copied();
        known.unwrap_or_else(|| {
            let key = name.key();
            let place = (key, self.state.slot_of(&key));
            self.places.borrow_mut().insert(*name, place);
            place
        })
    }

    /// What the block changed, by key.
    fn by_key(&mut self) -> BTreeMap<Key, Record> {
        let records = std::mem::take(&mut self.records).into_iter();
        records.map(|(name, record)| (self.place(&name).0, record)).collect()
    }
}

impl Records for BlockView<'_> {
    fn record(&self, name: &Name) -> Option<&Record> {
        self.records.get(name).or_else(|| self.state.record_in(self.place(name).1?))
    }
}

/// Everything a block gathers until its end.
struct Gathered<'a> {
    view: BlockView<'a>,
    moment: Moment,
    receipts: Vec<Receipt>,
    ids: Vec<CommandId>,
    until: LedgerTime,
    appends: Vec<(LogName, Vec<u8>)>,
    movements: BTreeMap<AccountId, Vec<Movement>>,
    minted: BTreeMap<Currency, u128>,
    burned: BTreeMap<Currency, u128>,
}

/// Executes a block over a state. The state is not changed; the write set says how it would be.
///
/// # Panics
/// When I1 does not hold after the block: a rule of this crate is wrong and no answer can be
/// trusted. No input reaches it, since each command's draft is checked before it is taken.
#[must_use]
pub fn execute(state: &State, block: &ValidBlock) -> WriteSet {
    let header = block.header();
    let chain = state.chain_record();
    let moment = Moment {
        height: header.height,
        time: header.time,
        limits: chain.limits,
        thresholds: chain.thresholds,
    };
    let mut gathered = Gathered {
        view: BlockView::new(state),
        moment,
        receipts: Vec::new(),
        ids: Vec::new(),
        until: LedgerTime::new(0),
        appends: Vec::new(),
        movements: BTreeMap::new(),
        minted: BTreeMap::new(),
        burned: BTreeMap::new(),
    };
    gathered.sweep(state);
    let mut fresh: BTreeSet<CommandId> = BTreeSet::new();
    let mut nonces: Vec<Hash32> = Vec::new();
    for command in block.commands() {
        if state.has_seen(&command.id()) || !fresh.insert(command.id()) {
            continue;
        }
        nonces.push(command.get().body.nonce);
        gathered.take(command);
    }
    let blinding = if nonces.is_empty() {
        chain.blinding
    } else {
        Domain::Blinding.hash_of(&(chain.blinding, header.height, nonces))
    };
    gathered.close(blinding, *header)
}

impl Gathered<'_> {
    /// Ends legs whose time is over, the longest overdue first, before any command. A leg that
    /// cannot settle for a fault of ours is freed.
    fn sweep(&mut self, state: &State) {
        for leg in state.due_legs(self.moment.time).take(MAX_LEGS_SWEPT) {
            let id = CommandId::new(*Domain::Sweep.hash_of(&(self.moment.height, leg)).get());
            let end = |failed| {
                let mut draft = Draft::new(&self.view, self.moment, id);
                let facts = schedule::end(&mut draft, &leg, failed)?;
                Ok((facts, draft.finish()?))
            };
            let caught = |failed| {
                let ended = catch_unwind(AssertUnwindSafe(|| end(failed)));
                ended.unwrap_or(Err(Refusal::InternalFault))
            };
            if let Ok((facts, changes)) = caught(false).or_else(|_| caught(true))
                && let Some(leg) = facts.leg
            {
                let of = Source { command: id, organisation: leg.instructing, kind: Kind::Release };
                self.push(&of, Ok(facts));
                self.adopt(changes);
            }
        }
    }

    /// Decides one command and takes its changes.
    fn take(&mut self, command: &Verified) {
        let body = &command.get().body;
        let (refusal, (leg, money)) = (Refusal::InternalFault, asked(&body.command));
        match &body.command {
            Command::Bulk(bulk) if bulk.mode == BulkMode::Each => self.take_each(command, bulk),
            _ => {
                let decide = || decide(&self.view, self.moment, command);
                let decided = catch_unwind(AssertUnwindSafe(decide));
                let decided = decided.unwrap_or(Err(Refused { refusal, leg, money }));
                self.record(command, decided);
            }
        }
        self.ids.push(command.id());
        self.until = self.until.max(body.expires);
    }

    /// Decides each payment of a bulk by itself, in order.
    fn take_each(&mut self, command: &Verified, bulk: &Bulk) {
        let payer = &command.get().body.organisation;
        let check = || {
            let draft = Draft::new(&self.view, self.moment, command.id());
            let signers = draft.signers(command.get())?;
            bulk::check(&draft, payer, &signers, bulk)
        };
        let checked = catch_unwind(AssertUnwindSafe(check));
        if let Err(refusal) = checked.unwrap_or(Err(Refusal::InternalFault)) {
            self.record(command, Err(Refused { refusal, leg: None, money: None }));
            return;
        }
        for (payment, payee) in bulk.payments(payer) {
            let decide = || {
                let mut draft = Draft::new(&self.view, self.moment, command.id());
                let facts = bulk::settle_one(&mut draft, payer, &payment, &payee)?;
                Ok((vec![facts], draft.finish()?))
            };
            let decided = catch_unwind(AssertUnwindSafe(decide));
            let decided = decided.unwrap_or(Err(Refusal::InternalFault));
            self.record(command, decided.map_err(|refusal| Refused::of(refusal, &payment)));
        }
    }

    /// Writes the receipts of what was decided and takes its changes.
    fn record(&mut self, command: &Verified, decided: Result<(Vec<Facts>, Changes), Refused>) {
        let (facts, changes) = match decided {
            Ok(decided) => decided,
            Err(refused) => {
                self.push(&Source::of(command), Err(refused));
                return;
            }
        };
        for facts in facts {
            self.push(&Source::of(command), Ok(facts));
        }
        self.adopt(changes);
    }

    /// Takes what was found good.
    fn adopt(&mut self, changes: Changes) {
        self.view.records.extend(changes.records);
        self.appends.extend(changes.appends);
        for (account, movement) in changes.movements {
            self.movements.entry(account).or_default().push(movement);
        }
        add_all(&mut self.minted, changes.minted);
        add_all(&mut self.burned, changes.burned);
    }

    /// Writes a receipt.
    fn push(&mut self, of: &Source, decided: Result<Facts, Refused>) {
        let time = self.moment.time;
        let mut receipt = Receipt {
            version: RECEIPT_VERSION,
            height: self.moment.height,
            index: u32::try_from(self.receipts.len()).unwrap_or(u32::MAX),
            entered: time,
            irrevocable: time,
            command: of.command,
            organisation: of.organisation,
            kind: of.kind,
            outcome: Outcome::Refused(Refusal::InternalFault),
            leg: None,
            debit: None,
            credit: None,
            money: None,
            parties: vec![of.organisation],
        };
        match decided {
            Ok(facts) => {
                receipt.entered = facts.entered.unwrap_or(time);
                receipt.outcome = Outcome::Applied(facts.effect);
                receipt.leg = facts.leg;
                receipt.debit = facts.debit;
                receipt.credit = facts.credit;
                receipt.money = facts.money;
                receipt.parties.extend(&facts.parties);
                receipt.parties.sort();
                receipt.parties.dedup();
            }
            Err(Refused { refusal, leg, money }) => {
                receipt.outcome = Outcome::Refused(refusal);
                (receipt.leg, receipt.money) = (leg, money);
            }
        }
        self.receipts.push(receipt);
    }

    /// Ends the block: journals, window, parameters, tree.
    fn close(mut self, blinding: Hash32, header: crate::block::Header) -> WriteSet {
        let mut logs = Logs::new(self.view.state, self.moment.height, blinding);
        self.close_accounts(&mut logs);
        self.close_currencies(&mut logs);
        self.close_reserves(&mut logs);
        self.close_holdings(&mut logs);
        let mut removed: Vec<Key> = Vec::new();
        let mut swept: Vec<Height> = Vec::new();
        for height in self.view.state.expired_windows(self.moment.time).take(MAX_WINDOWS_SWEPT) {
            removed.push(Name::Window(height).key());
            swept.push(height);
        }
        if !self.ids.is_empty() {
            let mut ids = Frontier::default();
            self.ids.iter().for_each(|id| ids.push(leaf_hash(&Hash32::ZERO, id.get())));
            let height = self.moment.height;
            let window = Window { height, until: self.until, ids: ids.head() };
            self.view.records.insert(Name::Window(height), Record::Window(window));
            let mut chain = *self.view.state.chain_record();
            chain.blinding = blinding;
            self.view.records.insert(Name::Chain, Record::Chain(chain));
        }
        let records = self.view.by_key();
        let changes = self.view.state.plan_slots(&records, &removed, |slot| {
            SaltUse::Slot(self.moment.height, slot).salt(&blinding)
        });
        let (log_rows, frontiers) = logs.finish();
        self.view.state.write_set(
            header,
            blinding,
            self.receipts,
            crate::state::Lists {
                logs: log_rows,
                frontiers,
                ids: self.ids,
                until: self.until,
                swept,
            },
            changes,
        )
    }

    /// One journal entry per account that moved.
    fn close_accounts(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        for (id, movements) in std::mem::take(&mut self.movements) {
            let name = Name::Account(id);
            let Some(Record::Account(account)) = self.view.record(&name) else { continue };
            let mut account = account.clone();
            let mut tree = Frontier::default();
            for (at, movement) in (0u64..).zip(&movements) {
                let salt = SaltUse::Movement(height, id, at).salt(&logs.blinding);
                tree.push(leaf_hash(&salt, &encode(movement)));
            }
            let entry =
                JournalEntry { height, time, movements: tree.head(), closing: account.balances };
            account.journal = logs.append(LogName::Account(id), encode(&entry), encode(&movements));
            self.view.records.insert(name, Record::Account(account));
        }
    }

    /// One journal entry per currency whose totals, payouts or freshness changed; I1 is asserted here.
    fn close_currencies(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        let touched: BTreeSet<Currency> = self
            .view
            .records
            .values()
            .filter_map(|record| match record {
                Record::Currency(currency) => Some(currency.code),
                Record::MintControls(controls) => Some(controls.currency),
                _ => None,
            })
            .collect();
        for code in touched {
            let Some((mut currency, freshness)) = self.told_by(&self.view, code) else { continue };
            let (totals, paid) = (currency.totals, currency.paid);
            assert!(totals.balanced(), "I1: {code} is unbalanced");
            assert!(totals.frozen_within_supply(), "I10: more of {code} is frozen than there is");
            let before = self.told_by(self.view.state, code);
            let before = before.map(|(old, fresh)| (old.totals, old.paid, fresh));
            if before.as_ref() == Some(&(totals, paid, freshness.clone())) {
                continue;
            }
            let minted = self.minted.get(&code).copied().unwrap_or(0);
            let burned = self.burned.get(&code).copied().unwrap_or(0);
            let closing = totals;
            let entry = TotalsEntry { height, time, minted, burned, closing, paid, freshness };
            currency.journal = logs.append(LogName::Currency(code), encode(&entry), Vec::new());
            self.view.records.insert(Name::Currency(code), Record::Currency(currency));
        }
    }

    /// What a currency's journal tells of: its record, and how fresh attestations must be.
    fn told_by(&self, view: &dyn Records, code: Currency) -> Option<(CurrencyRecord, Freshness)> {
        let network = self.moment.limits.attestation_max_age_ms;
        let currency = view.record(&Name::Currency(code));
        match (currency, view.record(&Name::MintControls(code))) {
            (Some(Record::Currency(currency)), Some(Record::MintControls(controls))) => {
                Some((currency.clone(), controls.terms.freshness(network)))
            }
            _ => None,
        }
    }

    /// One journal entry per reserve account whose books changed, or that is new.
    fn close_reserves(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        let mut changed: Vec<Reserve> = Vec::new();
        for (name, record) in &self.view.records {
            let Record::Reserve(reserve) = record else { continue };
            let before = self.view.state.record(name);
            if !matches!(before, Some(Record::Reserve(old)) if old.books == reserve.books) {
                changed.push(reserve.clone());
            }
        }
        for mut reserve in changed {
            let entry = BooksEntry { height, time, closing: reserve.books };
            let name = LogName::Reserve(reserve.id);
            reserve.journal = logs.append(name, encode(&entry), Vec::new());
            self.view.records.insert(Name::Reserve(reserve.id), Record::Reserve(reserve));
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
                    self.view.records.insert(Name::Anchors(member), anchors);
                    continue;
                }
                LogName::Account(_) | LogName::Currency(_) | LogName::Reserve(_) => continue,
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
                | LogName::Reserve(_) => {}
            }
            self.view.records.insert(name, Record::Holdings(holdings));
        }
    }
}

fn add_all(sums: &mut BTreeMap<Currency, u128>, more: BTreeMap<Currency, u128>) {
    for (currency, minor) in more {
        let sum = sums.entry(currency).or_default();
        *sum = sum.saturating_add(minor);
    }
}

/// Decides one command: pure, and all of it or nothing.
fn decide(
    view: &dyn Records,
    moment: Moment,
    command: &Verified,
) -> Result<(Vec<Facts>, Changes), Refused> {
    let body = &command.get().body;
    let (leg, money) = asked(&body.command);
    let refused = |refusal| Refused { refusal, leg, money };
    let mut draft = Draft::new(view, moment, command.id());
    let signers = draft.signers(command.get()).map_err(refused)?;
    let facts = match &body.command {
        Command::Settle(set) => {
            settlement::settle_set(&mut draft, &body.organisation, &signers, set)
                .map_err(refused)?
        }
        Command::Bulk(bulk) => whole(&mut draft, &body.organisation, &signers, bulk)?,
        _ => vec![single(&mut draft, command, &signers).map_err(refused)?],
    };
    Ok((facts, draft.finish().map_err(refused)?))
}

/// Settles a bulk as a whole: the first payment that cannot settle says why.
fn whole(
    draft: &mut Draft<'_>,
    payer: &Lei,
    signers: &Signers,
    bulk: &Bulk,
) -> Result<Vec<Facts>, Refused> {
    let checked = bulk::check(draft, payer, signers, bulk);
    checked.map_err(|refusal| Refused { refusal, leg: None, money: None })?;
    let settle = |(payment, payee)| {
        bulk::settle_one(draft, payer, &payment, &payee).map_err(|r| Refused::of(r, &payment))
    };
    bulk.payments(payer).map(settle).collect()
}

/// Decides a command with one receipt.
fn single(draft: &mut Draft<'_>, command: &Verified, signers: &Signers) -> Result<Facts, Refusal> {
    let body = &command.get().body;
    let who = &body.organisation;
    match &body.command {
        Command::Propose { action, expires } => {
            proposal::propose(draft, who, signers, action, *expires)
        }
        Command::Approve(approval) => proposal::approve(draft, who, signers, approval),
        Command::SetStanding(standing) => party::set_standing(draft, who, signers, standing),
        Command::Attest(attestation) => reserve::attest(draft, who, signers, attestation),
        Command::RecordEntry(entry) => reserve::record_entry(draft, who, signers, entry),
        Command::RequestMint(request) => issuance::request(draft, who, signers, request),
        Command::Hold(hold) => payment::hold(draft, who, signers, hold),
        Command::Post(post) => payment::post(draft, who, signers, post),
        Command::Void(void) => payment::void(draft, who, signers, void),
        Command::Transfer(transfer) => payment::transfer(draft, who, signers, transfer),
        Command::Close(leg) => payment::close(draft, who, signers, leg),
        Command::Preburn(asked) => redemption::preburn(draft, who, signers, asked),
        Command::CancelRedemption { redemption } => {
            redemption::cancel(draft, who, signers, redemption)
        }
        Command::Freeze(asked) => freeze::freeze(draft, who, signers, asked),
        Command::Anchor { root } => anchor::anchor(draft, who, signers, root),
        Command::ConfirmCredit { leg, at } => {
            payment::confirm_credit(draft, who, signers, leg, *at)
        }
        Command::Return(asked) => returns::give_back(draft, who, signers, asked),
        Command::PostPart(part) => payment::post_part(draft, who, signers, part),
        Command::Schedule(asked) => schedule::schedule(draft, who, signers, asked),
        Command::Release { leg } => schedule::release_now(draft, who, signers, leg),
        // They have a receipt for each of their legs.
        Command::Settle(_) | Command::Bulk(_) => Err(Refusal::InternalFault),
    }
}

/// What a refused command was about, as far as it says so itself.
fn asked(command: &Command) -> (Option<Leg>, Option<Money>) {
    match command {
        Command::Hold(hold) => (Some(hold.payment.leg), Some(hold.payment.money)),
        Command::Transfer(transfer) => (Some(transfer.payment.leg), Some(transfer.payment.money)),
        Command::Close(leg) => (Some(*leg), None),
        Command::RequestMint(request) => (None, Some(request.money)),
        Command::Preburn(asked) => (None, Some(asked.money)),
        Command::Return(asked) => (Some(asked.payment.leg), Some(asked.payment.money)),
        Command::Schedule(asked) => (Some(asked.payment.leg), Some(asked.payment.money)),
        Command::Propose { .. }
        | Command::Approve(_)
        | Command::SetStanding(_)
        | Command::Attest(_)
        | Command::RecordEntry(_)
        | Command::Post(_)
        | Command::Void(_)
        | Command::CancelRedemption { .. }
        | Command::Freeze(_)
        | Command::Anchor { .. }
        | Command::ConfirmCredit { .. }
        | Command::PostPart(_)
        | Command::Release { .. }
        | Command::Settle(_)
        | Command::Bulk(_) => (None, None),
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
        let frontier = self.frontiers.entry(log).or_insert_with(|| self.state.frontier(&log));
        let index = frontier.head().count;
        let salt = SaltUse::Log(self.height, log, index).salt(&self.blinding);
        frontier.push(leaf_hash(&salt, &bytes));
        self.rows.push(LogAppend { log, index, salt, bytes, detail });
        frontier.head()
    }

    fn finish(self) -> (Vec<LogAppend>, BTreeMap<LogName, Frontier>) {
        (self.rows, self.frontiers)
    }
}
