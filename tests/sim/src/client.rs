//! Clients that pay, offices that mint and stop, which do not give up: the same bytes again, at other validators, until they see a
//! proven receipt or the command's time is over.
//!
//! # Place      scenario -> [client] -> cluster (submit, ask), founding (commands)
//! # Invariants I9 what a client was shown is executed once, and never changes
//! # Absent     what payments mean (`model`)

use consensus::simulation::Dice;
use ledger_core::{
    bulk::BulkMode,
    command::{Command, Payment, SignedCommand, VoidReason},
    id::CommandId,
    money::Money,
    receipt::{Effect, Outcome, Receipt},
    testing::{Actor, Bank, commands::sign, jpy, usd},
    time::LedgerTime,
};

use crate::{
    chronicle::Chronicle,
    cluster::{Cluster, ledger_time},
    founding::{Founding, TTL_MS},
    office::{Office, Step},
};

/// In how many of a thousand rounds an office without an affair begins one.
const BEGINS: u64 = 200;
/// Commands that a client has under way at most.
const UNDER_WAY: usize = 6;

/// What a command is for.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a client has few, and a box is worse to match")]
enum Aim {
    Hold(Payment),
    Transfer(Payment),
    /// A step of an office.
    Step(Step),
    Other,
}

struct Request {
    id: CommandId,
    command: SignedCommand,
    aim: Aim,
    expires: LedgerTime,
    sent: LedgerTime,
    /// Whether the same payment was signed again.
    twin: bool,
}

/// What came of a client's commands.
#[derive(Default)]
pub struct Done {
    /// Receipts that were shown.
    pub shown: Vec<Receipt>,
    /// Commands that were never executed, and cannot be any more.
    pub expired: Vec<CommandId>,
    /// Commands sent.
    pub sent: usize,
}

/// Whose client it is.
enum Work {
    /// A bank, which pays.
    Bank(usize),
    Office(Office),
}

/// The client of a bank or an office.
pub struct Client {
    work: Work,
    dice: Dice,
    open: Vec<Request>,
    /// What came of what is over.
    pub done: Done,
}

fn with_expiry(command: SignedCommand, by: &Actor, expires: LedgerTime) -> SignedCommand {
    let mut body = command.body;
    body.signers = Vec::new();
    body.expires = expires;
    sign(body, &[by])
}

impl Client {
    /// A client of a bank.
    #[must_use]
    pub fn new(bank: usize, dice: Dice) -> Self {
        Self { work: Work::Bank(bank), dice, open: Vec::new(), done: Done::default() }
    }

    /// The client of an office.
    #[must_use]
    pub fn of(office: Office, dice: Dice) -> Self {
        Self { work: Work::Office(office), dice, open: Vec::new(), done: Done::default() }
    }

    /// Commands whose end is not known.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.open.len()
    }

    /// A line about what is under way, for a failure.
    #[must_use]
    pub fn describe(&self) -> String {
        let line = |request: &Request| {
            let kind = ledger_core::receipt::Kind::of(&request.command.body.command);
            format!("{kind:?} until {}", request.expires.get())
        };
        self.open.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    /// One round: asks, repeats, and pays anew where that is wanted.
    pub fn step(&mut self, cluster: &Cluster, chronicle: &Chronicle, pay: bool) {
        let now = ledger_time(cluster.world.now());
        let mut answered = Vec::new();
        let mut place = 0;
        while place < self.open.len() {
            if let Some(receipts) = self.ask(cluster, place) {
                answered.push((self.open.swap_remove(place), receipts));
            } else if self.over(cluster, place) {
                let request = self.open.swap_remove(place);
                if chronicle.executed_at(&request.id).is_none() {
                    self.done.expired.push(request.id);
                } else {
                    // It was executed, and who was asked could not prove it yet.
                    self.open.push(request);
                    place += 1;
                }
            } else {
                self.repeat(cluster, place, now);
                place += 1;
            }
        }
        for (request, receipts) in answered {
            self.answered(cluster, chronicle, &request, &receipts, pay, now);
        }
        if pay {
            self.begin(cluster, now);
        }
    }

    /// Something new, if it is time for that.
    fn begin(&mut self, cluster: &Cluster, now: LedgerTime) {
        match &self.work {
            Work::Bank(bank) if self.open.len() < UNDER_WAY => self.pay(cluster, *bank, now),
            Work::Office(office) if self.open.is_empty() && self.dice.chance(BEGINS) => {
                let dice = &mut self.dice;
                let sent = cluster.found(|founding| office.begin(founding, dice));
                self.send(cluster, sent.0, &sent.1, Aim::Step(sent.2), now);
            }
            Work::Bank(_) | Work::Office(_) => {}
        }
    }

    fn ask(&mut self, cluster: &Cluster, place: usize) -> Option<Vec<Receipt>> {
        let proofs = cluster.ask(self.dice.place(cluster.len()), &self.open[place].id)?;
        Some(proofs.into_iter().map(|proof| proof.receipt).collect())
    }

    fn over(&self, cluster: &Cluster, place: usize) -> bool {
        cluster.proven_time() > self.open[place].expires.get()
    }

    /// Sends the same bytes again, to somebody else; now and then signs the same payment again.
    fn repeat(&mut self, cluster: &Cluster, place: usize, now: LedgerTime) {
        let patience = self.dice.between(400, 2_500);
        if now.get() < self.open[place].sent.get() + patience || now >= self.open[place].expires {
            return;
        }
        self.open[place].sent = now;
        let _ = cluster.submit(self.dice.place(cluster.len()), &self.open[place].command);
        if !self.open[place].twin && self.dice.chance(150) {
            self.open[place].twin = true;
            let aim = self.open[place].aim.clone();
            let command = cluster.found(|founding| Self::sign_again(founding, &aim));
            if let Some((command, by)) = command {
                self.send(cluster, command, &by, Aim::Other, now);
            }
        }
    }

    fn payer(founding: &Founding, payment: &Payment) -> Bank {
        let of = founding.banks.iter().find(|bank| bank.lei == payment.leg.instructing);
        *of.expect("a payer is a bank")
    }

    fn payee(founding: &Founding, payment: &Payment) -> Bank {
        let of = founding.banks.iter().find(|bank| bank.lei == payment.leg.instructed);
        *of.expect("a payee is a bank")
    }

    fn sign_again(founding: &mut Founding, aim: &Aim) -> Option<(SignedCommand, Actor)> {
        let (Aim::Transfer(payment) | Aim::Hold(payment)) = aim else { return None };
        let from = Self::payer(founding, payment);
        let command = if matches!(aim, Aim::Transfer(_)) {
            let to = Self::payee(founding, payment);
            founding.world.transfer(&from, &to, payment)
        } else {
            founding.world.hold(&from, payment)
        };
        Some((command, from.settlement()))
    }

    fn send(
        &mut self,
        cluster: &Cluster,
        command: SignedCommand,
        by: &Actor,
        aim: Aim,
        now: LedgerTime,
    ) {
        let lasts =
            if self.dice.chance(200) { 3_000 } else { self.dice.between(10_000, TTL_MS / 2) };
        let expires = now.after(lasts);
        let command = with_expiry(command, by, expires);
        let id = command.body.id();
        let copies = if self.dice.chance(100) { cluster.len() } else { 1 };
        for _ in 0..copies {
            let _ = cluster.submit(self.dice.place(cluster.len()), &command);
        }
        self.done.sent += 1;
        self.open.push(Request { id, command, aim, expires, sent: now, twin: false });
    }

    /// A client believes what was proven to it, and checks it against what everybody executed.
    fn answered(
        &mut self,
        cluster: &Cluster,
        chronicle: &Chronicle,
        request: &Request,
        receipts: &[Receipt],
        pay: bool,
        now: LedgerTime,
    ) {
        for receipt in receipts {
            if !chronicle.holds(receipt) {
                chronicle.fault(format!("I9: {:?} was shown and is not there", receipt.command));
            }
            self.done.shown.push(receipt.clone());
        }
        // Bytes that were executed, sent again: nothing may come of them.
        if self.dice.chance(150) {
            let _ = cluster.submit(self.dice.place(cluster.len()), &request.command);
        }
        let effect = match receipts.first().map(|receipt| receipt.outcome) {
            Some(Outcome::Applied(effect)) => Some(effect),
            _ => None,
        };
        if let (Aim::Step(step), Work::Office(office)) = (&request.aim, &mut self.work) {
            let dice = &mut self.dice;
            let done = (&request.command, step);
            let next = cluster.found(|founding| office.next(founding, dice, done, effect));
            if let Some((command, by, step)) = next {
                self.send(cluster, command, &by, Aim::Step(step), now);
            }
            return;
        }
        let Some(effect) = effect else { return };
        match (&request.aim, effect) {
            (Aim::Hold(payment), Effect::Held) => self.end_hold(cluster, payment, now),
            (Aim::Transfer(payment), Effect::Settled) if pay && self.dice.chance(250) => {
                self.give_back(cluster, payment, now);
            }
            _ => {}
        }
    }

    fn end_hold(&mut self, cluster: &Cluster, payment: &Payment, now: LedgerTime) {
        let posts = self.dice.chance(650);
        let (command, by) = cluster.found(|founding| {
            let from = Self::payer(founding, payment);
            let to = Self::payee(founding, payment);
            if posts {
                (founding.world.post(&from, &to, payment), from.settlement())
            } else {
                let void = founding.world.void(&to, payment, VoidReason::Rejected);
                (void, to.settlement())
            }
        });
        self.send(cluster, command, &by, Aim::Other, now);
    }

    fn give_back(&mut self, cluster: &Cluster, payment: &Payment, now: LedgerTime) {
        let minor = u128::from(self.dice.between(1, 60));
        let (command, by) = cluster.found(|founding| {
            let to = Self::payee(founding, payment);
            (founding.world.give_back(payment, minor), to.settlement())
        });
        self.send(cluster, command, &by, Aim::Other, now);
    }

    fn pay(&mut self, cluster: &Cluster, bank: usize, now: LedgerTime) {
        let minor = u128::from(self.dice.between(1, 500));
        let currency = if self.dice.chance(500) { usd() } else { jpy() };
        let (kind, other) = (self.dice.below(10), 1 + self.dice.place(2));
        let (command, by, aim) = cluster.found(|founding| {
            let (from, to) = (founding.banks[bank], founding.banks[(bank + other) % 3]);
            let world = &mut founding.world;
            let by = from.settlement();
            match kind {
                0..=4 => {
                    let payment = world.payment(&from, &to, Money::new(currency, minor));
                    (world.transfer(&from, &to, &payment), by, Aim::Transfer(payment))
                }
                5..=7 => {
                    let payment = world.payment(&from, &to, Money::new(currency, minor));
                    (world.hold(&from, &payment), by, Aim::Hold(payment))
                }
                8 => {
                    let mode = if minor % 2 == 0 { BulkMode::Each } else { BulkMode::Whole };
                    let amounts = [minor, minor / 2 + 1];
                    let groups = world.groups(&from, currency, &[(to, &amounts[..])]);
                    let bulk = world.bulk(&from, mode, currency, groups);
                    (world.sign(&by, Command::Bulk(bulk)), by, Aim::Other)
                }
                _ => {
                    let root = world.nonce();
                    (world.anchor(&from, root), by, Aim::Other)
                }
            }
        });
        self.send(cluster, command, &by, aim, now);
    }
}
