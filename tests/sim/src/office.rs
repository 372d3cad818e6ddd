//! Treasury with its custodian, and network compliance: mints, redemptions and freezes, step by step, and now
//! and then what is forbidden: a maker who approves, an entry that is minted against twice.
//!
//! # Place      client (what an office sends next) -> [office] -> founding (commands)
//! # Invariants one affair at a time, so that entries of a reserve account come in their order
//! # Absent     what the ledger should say to it (`model`)

use std::collections::BTreeMap;

use consensus::simulation::Dice;
use ledger_core::{
    command::{Action, Command, SignedCommand},
    freeze::FreezeTarget,
    id::{CommandId, EntryId},
    money::{Currency, Money},
    receipt::Effect,
    reserve::BankEntry,
    testing::{Actor, Bank, commands::entry_id, jpy, usd},
};

use crate::founding::Founding;

/// Whose office it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Treasury, with the custodian of its reserves.
    Treasury,
    /// Network compliance.
    Compliance,
}

/// What the last command of an affair was.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a client has few, and a box is worse to match")]
pub enum Step {
    /// The custodian books a credit.
    Credit(Bank, Money, BankEntry),
    /// The bank that paid it asks for a mint; whether it was asked for before.
    Request(Bank, Money, BankEntry, bool),
    /// A bank locks tokens for redemption.
    Preburn(Bank, Money),
    /// The custodian books the payout of a redemption.
    Payout(CommandId, Money, EntryId),
    /// Compliance stops an account.
    Freeze(FreezeTarget),
    /// A person proposes; what may follow.
    Proposal(Option<(Bank, Money, BankEntry)>),
    /// The same person approves the proposal, which needs another.
    Alone(SignedCommand, Option<(Bank, Money, BankEntry)>),
    /// Another person approves.
    Approval(Option<(Bank, Money, BankEntry)>),
    /// Nothing follows.
    Last,
}

/// What is sent, who signs it, and what it is.
type Sent = (SignedCommand, Actor, Step);

/// An office.
pub struct Office {
    duty: Duty,
    /// Entries of each reserve account so far.
    entries: BTreeMap<Currency, u64>,
}

impl Office {
    /// An office of a founded network.
    #[must_use]
    pub fn new(duty: Duty, founding: &Founding) -> Self {
        let entries = |currency| founding.world.reserve_record(currency).books.entries;
        let entries = [usd(), jpy()].map(|currency| (currency, entries(currency)));
        Self { duty, entries: entries.into() }
    }

    fn person(&self, number: u8) -> Actor {
        match self.duty {
            Duty::Treasury => Actor::treasury(number),
            Duty::Compliance => Actor::network_compliance(number),
        }
    }

    /// The next entry of a reserve account.
    fn numbered(&self, entry: BankEntry, currency: Currency) -> BankEntry {
        let last = self.entries.get(&currency).copied().unwrap_or_default();
        BankEntry { sequence: last + 1, ..entry }
    }

    /// Begins an affair.
    pub fn begin(&self, founding: &mut Founding, dice: &mut Dice) -> Sent {
        let bank = *dice.pick(&founding.banks);
        let currency = if dice.chance(500) { usd() } else { jpy() };
        let money = Money::new(currency, u128::from(dice.between(1, 900)));
        let world = &mut founding.world;
        match self.duty {
            Duty::Compliance => {
                let target = FreezeTarget::Account(world.account(&bank, currency));
                (world.freeze(target), self.person(1), Step::Freeze(target))
            }
            Duty::Treasury if dice.chance(600) => {
                let reference = world.nonce().to_hex();
                let entry = self.numbered(world.credit_from(&bank, money, &reference), currency);
                let booked = world.record_entry(&entry);
                (booked, Actor::custodian(), Step::Credit(bank, money, entry))
            }
            Duty::Treasury => {
                (world.preburn(&bank, money), bank.settlement(), Step::Preburn(bank, money))
            }
        }
    }

    fn propose(
        &self,
        founding: &mut Founding,
        action: Action,
        then: Option<(Bank, Money, BankEntry)>,
    ) -> Sent {
        let proposal = founding.world.propose(&self.person(1), action);
        (proposal, self.person(1), Step::Proposal(then))
    }

    /// What follows a step whose command was executed with this effect, or refused.
    pub fn next(
        &mut self,
        founding: &mut Founding,
        dice: &mut Dice,
        (command, step): (&SignedCommand, &Step),
        effect: Option<Effect>,
    ) -> Option<Sent> {
        let id = command.body.id();
        let booked = effect == Some(Effect::EntryRecorded);
        if let (
            Command::RecordEntry(_),
            true,
            Step::Credit(_, money, _) | Step::Payout(_, money, _),
        ) = (&command.body.command, booked, step)
        {
            *self.entries.entry(money.currency()).or_default() += 1;
        }
        match (step, effect) {
            (Step::Credit(bank, money, entry), Some(Effect::EntryRecorded)) => {
                Some(Self::request(founding, *bank, *money, entry, false))
            }
            (Step::Request(bank, money, entry, again), Some(Effect::MintRequested)) => {
                let action = Action::Mint { request: id, entry: entry_id(entry) };
                let then = (!again).then(|| (*bank, *money, entry.clone()));
                Some(self.propose(founding, action, then))
            }
            (Step::Preburn(bank, money), Some(Effect::Preburned)) => {
                let by = bank.settlement();
                if dice.chance(250) {
                    return Some((founding.world.cancel_redemption(bank, id), by, Step::Last));
                }
                let entry = founding.world.payout_to(bank, *money, &id);
                let entry = self.numbered(entry, money.currency());
                let step = Step::Payout(id, *money, entry_id(&entry));
                Some((founding.world.record_entry(&entry), Actor::custodian(), step))
            }
            (Step::Payout(redemption, _, entry), Some(Effect::EntryRecorded)) => {
                let action = Action::ConfirmPayout { redemption: *redemption, entry: *entry };
                Some(self.propose(founding, action, None))
            }
            (Step::Freeze(target), Some(Effect::Frozen)) => {
                Some(self.propose(founding, Action::Unfreeze { target: *target }, None))
            }
            (Step::Proposal(then), Some(Effect::Proposed)) => {
                let alone = dice.chance(350);
                Some(self.approve(founding, command, then.clone(), alone))
            }
            (Step::Alone(proposal, then), None) => {
                Some(self.approve(founding, proposal, then.clone(), false))
            }
            (Step::Approval(Some((bank, money, entry))), Some(Effect::Minted)) => {
                dice.chance(400).then(|| Self::request(founding, *bank, *money, entry, true))
            }
            _ => None,
        }
    }

    fn request(
        founding: &mut Founding,
        bank: Bank,
        money: Money,
        entry: &BankEntry,
        again: bool,
    ) -> Sent {
        let reference = entry.reference.get().to_owned();
        let asked = founding.world.request_mint(&bank, money, &reference);
        (asked, bank.settlement(), Step::Request(bank, money, entry.clone(), again))
    }

    fn approve(
        &self,
        founding: &mut Founding,
        proposal: &SignedCommand,
        then: Option<(Bank, Money, BankEntry)>,
        alone: bool,
    ) -> Sent {
        let by = self.person(if alone { 1 } else { 2 });
        let approval = founding.world.approve(&by, proposal);
        let step = if alone { Step::Alone(proposal.clone(), then) } else { Step::Approval(then) };
        (approval, by, step)
    }
}
