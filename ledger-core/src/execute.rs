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

mod alone;
mod close;
mod culprits;
mod identities;
mod quota;
mod view;

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    anchor,
    asset::{self, AssetCode},
    ballot,
    block::{ValidBlock, Verified},
    bulk::{self, Bulk, BulkMode},
    command::{Command, Payment},
    digest::{Domain, Hash32},
    directory,
    draft::{Changes, Draft, Known, Moment, Records, Signers},
    exchange, freeze,
    growth::Grown,
    halt,
    id::{AccountId, CommandId, Leg, Lei},
    invoke, issuance,
    journal::{LogName, Movement},
    limits::MAX_LEGS_SWEPT,
    misconduct,
    money::{Currency, Money},
    parameters, party,
    payment::{self, leg_parties},
    proposal, queue,
    receipt::{Effect, Kind, Outcome, RECEIPT_VERSION, Receipt, Run},
    record::{Name, Record},
    redemption,
    refusal::Refusal,
    reserve, returns, rules, schedule, screening, settlement,
    state::{State, WriteSet},
    sub_account,
    time::LedgerTime,
    validators,
};

pub(crate) use self::alone::alone;
pub use self::culprits::culprits;
use self::{identities::paid, view::BlockView};

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
    /// What the machine says, where it ran.
    pub run: Option<Run>,
}

impl Facts {
    /// An effect and who may see it.
    #[must_use]
    pub const fn new(effect: Effect, parties: Vec<Lei>) -> Self {
        let (leg, debit, credit, money) = (None, None, None, None);
        Self { effect, entered: None, leg, debit, credit, money, parties, run: None }
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
    leg: Option<Box<Leg>>,
    money: Option<Money>,
    run: Option<Box<Run>>,
}

impl Refused {
    fn new(refusal: Refusal, (leg, money): (Option<Leg>, Option<Money>)) -> Self {
        Self { refusal, leg: leg.map(Box::new), money, run: None }
    }

    fn of(refusal: Refusal, payment: &Payment) -> Self {
        Self::new(refusal, (Some(payment.leg), Some(payment.money)))
    }
}

impl From<queue::Fault> for Refused {
    fn from(fault: queue::Fault) -> Self {
        Self::new(fault.refusal, fault.of.unzip())
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
    unit_movements: BTreeMap<(AccountId, AssetCode), Vec<Movement>>,
    grown: Grown,
}

/// Executes a block over a state. The state is not changed; the write set says how it would be.
///
/// # Panics
/// When I1 or A1 does not hold after the block: a rule of this crate is wrong and no answer can be
/// trusted. No input reaches it, since each command's draft is checked before it is taken.
#[must_use]
pub fn execute(state: &State, block: &ValidBlock) -> WriteSet {
    let header = block.header();
    let chain = state.chain_record();
    let (limits, parameters) = parameters::begin(state, header.height);
    let moment = Moment { height: header.height, time: header.time, limits };
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
        unit_movements: BTreeMap::new(),
        grown: Grown::default(),
    };
    for (name, record) in parameters.into_iter().chain(validators::begin(state, header.height)) {
        gathered.view.put(name, record);
    }
    if let Some((name, record)) = rules::begin(state, header.height) {
        gathered.view.put(name, record);
    }
    for (name, record) in directory::begin(state, header.time) {
        gathered.view.put(name, record);
    }
    if let Some(aside) = block.aside() {
        let record = Record::Quarantine(Box::new(aside.clone()));
        gathered.view.put(Name::Quarantine(header.height), record);
    }
    gathered.sweep(state);
    let mut ids: BTreeSet<CommandId> = BTreeSet::new();
    let fresh = block.commands().iter().map(AsRef::as_ref).filter(|command: &&Verified| {
        let seen = state.has_seen(&command.id()) && !planted!(SkipIdCheck);
        !seen && ids.insert(command.id())
    });
    let commands: Vec<&Verified> = fresh.collect();
    let nonces: Vec<Hash32> = commands.iter().map(|command| command.get().body.nonce).collect();
    let executed: Vec<&Verified> =
        commands.iter().copied().filter(|command| !block.sets_aside(&command.id())).collect();
    let mut known = identities::of_commands(&gathered.view, &executed).into_iter();
    for command in commands {
        if block.sets_aside(&command.id()) {
            gathered.set_aside(command);
            continue;
        }
        let of = paid(&command.get().body.command).and_then(|_| known.next());
        gathered.take(command, of.as_ref());
    }
    let crashes = planted!(CrashOnAnchor) && executed.iter().any(|command| is_planted(command));
    assert!(!crashes, "a planted fault ends the execution of a whole block");
    let blinding = if nonces.is_empty() {
        chain.blinding
    } else {
        Domain::Blinding.hash_of(&(chain.blinding, header.height, nonces))
    };
    gathered.close(blinding, *header)
}

/// The anchor that ends execution where that is planted.
fn is_planted(command: &Verified) -> bool {
    matches!(command.get().body.command, Command::Anchor { root } if root == Hash32::MAX)
}

impl Gathered<'_> {
    /// Ends legs whose time is over, the longest overdue first, before any command. A leg that
    /// cannot settle for a fault of ours is freed.
    fn sweep(&mut self, state: &State) {
        // A halted ledger moves nothing by itself either (D9).
        if halt::is_halted(&self.view, self.moment.time) {
            return;
        }
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

    /// Refuses a command without looking at it (D14).
    fn set_aside(&mut self, command: &Verified) {
        self.push(&Source::of(command), Err(Refused::new(Refusal::Quarantined, (None, None))));
        self.ids.push(command.id());
        self.until = self.until.max(command.get().body.expires);
    }

    /// Decides one command, whose payment is known if it is about one, and takes its changes.
    fn take(&mut self, command: &Verified, known: Option<&Known>) {
        let body = &command.get().body;
        let (refusal, asked) = (Refusal::InternalFault, asked(&body.command));
        match &body.command {
            Command::Bulk(bulk) if bulk.mode == BulkMode::Each => self.take_each(command, bulk),
            _ => {
                let decide = || decide(&self.view, self.moment, command, known);
                let decided = catch_unwind(AssertUnwindSafe(decide));
                let decided = decided.unwrap_or(Err(Refused::new(refusal, asked)));
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
            halt::check(&draft, &command.get().body.command)?;
            bulk::check(&draft, payer, &signers, bulk)?;
            Ok(signers)
        };
        let checked = catch_unwind(AssertUnwindSafe(check));
        let signers = match checked.unwrap_or(Err(Refusal::InternalFault)) {
            Ok(signers) => signers,
            Err(refusal) => {
                self.record(command, Err(Refused::new(refusal, (None, None))));
                return;
            }
        };
        let known = identities::of_bulk(&self.view, payer, bulk);
        for ((payment, payee), known) in bulk.payments(payer).zip(known) {
            let decide = || {
                let mut draft = Draft::new(&self.view, self.moment, command.id());
                draft.knows(&known);
                let facts = bulk::settle_one(&mut draft, payer, &signers, &payment, &payee)?;
                Ok((vec![facts], draft.finish()?))
            };
            let decided = catch_unwind(AssertUnwindSafe(decide));
            let decided = decided.unwrap_or(Err(Refusal::InternalFault));
            self.record(command, decided.map_err(|refusal| Refused::of(refusal, &payment)));
        }
    }

    /// Writes the receipts of what was decided and takes its changes.
    fn record(&mut self, command: &Verified, decided: Result<(Vec<Facts>, Changes), Refused>) {
        let (facts, changes) = match self.within_quota(command, decided) {
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
        for (name, record) in changes.records {
            self.view.adopt(name, record);
        }
        self.appends.extend(changes.appends);
        for (account, movement) in changes.movements {
            self.movements.entry(account).or_default().push(movement);
        }
        for (position, movement) in changes.unit_movements {
            self.unit_movements.entry(position).or_default().push(movement);
        }
        if let Some((made, until)) = changes.made {
            self.view.remember(made);
            self.ids.push(made);
            self.until = self.until.max(until);
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
            run: None,
        };
        match decided {
            Ok(facts) => {
                receipt.entered = facts.entered.unwrap_or(time);
                receipt.outcome = Outcome::Applied(facts.effect);
                receipt.leg = facts.leg;
                receipt.debit = facts.debit;
                receipt.credit = facts.credit;
                (receipt.money, receipt.run) = (facts.money, facts.run);
                receipt.parties.extend(&facts.parties);
                receipt.parties.sort();
                receipt.parties.dedup();
            }
            Err(Refused { refusal, leg, money, run }) => {
                receipt.outcome = Outcome::Refused(refusal);
                (receipt.leg, receipt.money) = (leg.map(|leg| *leg), money);
                receipt.run = run.map(|run| *run);
            }
        }
        self.receipts.push(receipt);
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
    known: Option<&Known>,
) -> Result<(Vec<Facts>, Changes), Refused> {
    let mut draft = Draft::new(view, moment, command.id());
    if let Some(known) = known {
        draft.knows(known);
    }
    let facts = planned(&mut draft, command);
    let facts =
        facts.map_err(|refused| Refused { run: draft.run.take().map(Box::new), ..refused })?;
    let finished = draft.finish();
    let asked = || asked(&command.get().body.command);
    let finished = finished.map_err(|refusal| Refused::new(refusal, asked()))?;
    Ok((facts, finished))
}

/// What a command comes to, in its draft.
fn planned(draft: &mut Draft<'_>, command: &Verified) -> Result<Vec<Facts>, Refused> {
    let body = &command.get().body;
    let (who, of) = (&body.organisation, asked(&body.command));
    let refused = |refusal| Refused::new(refusal, of);
    let signers = draft.signers(command.get()).map_err(refused)?;
    halt::check(draft, &body.command).map_err(refused)?;
    match &body.command {
        Command::Settle(set) => settlement::settle_set(draft, who, &signers, set).map_err(refused),
        Command::Bulk(bulk) => whole(draft, who, &signers, bulk),
        Command::SettleQueued(set) => Ok(queue::settle_queued(draft, who, &signers, set)?),
        Command::Exchange(asked) => {
            exchange::settle_exchange(draft, who, &signers, asked).map_err(refused)
        }
        _ => Ok(vec![single(draft, command, &signers).map_err(refused)?]),
    }
}

/// Settles a bulk as a whole: the first payment that cannot settle says why.
fn whole(
    draft: &mut Draft<'_>,
    payer: &Lei,
    signers: &Signers,
    bulk: &Bulk,
) -> Result<Vec<Facts>, Refused> {
    let checked = bulk::check(draft, payer, signers, bulk);
    checked.map_err(|refusal| Refused::new(refusal, (None, None)))?;
    let known = identities::of_bulk(draft.view(), payer, bulk);
    let settle = |((payment, payee), known)| {
        draft.knows(&known);
        let settled = bulk::settle_one(draft, payer, signers, &payment, &payee);
        settled.map_err(|refusal| Refused::of(refusal, &payment))
    };
    bulk.payments(payer).zip(known).map(settle).collect()
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
        Command::Clear(said) => screening::clear(draft, who, signers, said),
        Command::Move(asked) => sub_account::move_own(draft, who, signers, asked),
        Command::Enqueue(asked) => queue::enqueue(draft, who, signers, asked),
        Command::Requeue { leg, priority } => queue::requeue(draft, who, signers, leg, *priority),
        Command::SetQueueTerms { account, terms } => {
            queue::set_terms(draft, who, signers, account, terms)
        }
        Command::WithdrawApproval { proposal } => ballot::withdraw(draft, who, signers, proposal),
        // They have a receipt for each of their legs.
        Command::Settle(_) | Command::Bulk(_) | Command::SettleQueued(_) | Command::Exchange(_) => {
            Err(Refusal::InternalFault)
        }
        Command::Deliver(asked) => asset::deliver(draft, who, signers, asked),
        Command::Surrender(asked) => asset::surrender(draft, who, signers, asked),
        Command::Reclaim { surrender } => asset::reclaim(draft, who, signers, surrender),
        Command::Invoke(asked) => invoke::invoke(draft, who, signers, asked),
        Command::Accuse(evidence) => misconduct::accuse(draft, evidence),
        Command::Halt { reference } => halt::halt(draft, who, signers, reference.clone()),
        Command::Signal { version } => rules::signal(draft, (who, &body.signers), *version),
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
        Command::Move(asked) => (None, Some(asked.money)),
        Command::Enqueue(asked) => (Some(asked.payment.leg), Some(asked.payment.money)),
        Command::Deliver(asked) => (Some(asked.delivery.leg()), None),
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
        | Command::Clear(_)
        | Command::Settle(_)
        | Command::Bulk(_)
        | Command::Requeue { .. }
        | Command::SetQueueTerms { .. }
        | Command::SettleQueued(_)
        | Command::Exchange(_)
        | Command::Surrender(_)
        | Command::Reclaim { .. }
        | Command::WithdrawApproval { .. }
        | Command::Invoke(_)
        | Command::Accuse(_)
        | Command::Halt { .. }
        | Command::Signal { .. } => (None, None),
    }
}
