//! Money counted by plain maps: what the ledger says of each account must be what its payments, mints and
//! redemptions make.
//!
//! # Place      chronicle -> [model] -> offices (what needs two persons)
//! # Invariants I7 nothing but payments moves money; I3, I4, I6 nothing but mints and burns makes or ends
//! #            it; I5 two persons did; I9 a leg settles once; I10 frozen money stays where it is
//! # Absent     who may (the ledger decides, the model only follows what it applied)

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::{
    account::Balances,
    command::{Command, Payment, SignedCommand},
    id::{AccountId, CommandId, Leg, LegId, Uetr},
    money::Currency,
    receipt::{Effect, Outcome, Receipt},
    record::Record,
    reserve::ReserveBooks,
    state::State,
};

use crate::affairs::{Made, Offices};

/// What a reserve account supports, rounded down: computed apart from the ledger's own way.
#[must_use]
pub fn effective(books: &ReserveBooks) -> u128 {
    let Some((attestation, then)) = &books.attested else { return 0 };
    let counted = 10_000 - u128::from(books.haircut);
    let balance = attestation.available * counted / 10_000;
    let credits = books.turnover.credits - then.credits;
    let debits = books.turnover.debits - then.debits;
    (balance + credits).saturating_sub(debits)
}

/// What money a payment moves.
#[derive(Clone, Copy)]
struct Move {
    debit: AccountId,
    minor: u128,
}

#[derive(Clone, Copy)]
struct Settled {
    debit: AccountId,
    minor: u128,
    returned: u128,
}

/// The model.
pub struct Model {
    accounts: BTreeMap<AccountId, Balances>,
    held: BTreeMap<LegId, Move>,
    settled: BTreeMap<LegId, Settled>,
    ended: BTreeSet<LegId>,
    supply: BTreeMap<Currency, u128>,
    offices: Offices,
}

fn supply(state: &State) -> BTreeMap<Currency, u128> {
    let supply = state.records().filter_map(|record| match record {
        Record::Currency(currency) => Some((currency.code, currency.totals.supply)),
        _ => None,
    });
    supply.collect()
}

fn balances(state: &State) -> BTreeMap<AccountId, Balances> {
    let accounts = state.records().filter_map(|record| match record {
        Record::Account(account) => Some((account.id, account.balances)),
        _ => None,
    });
    accounts.collect()
}

impl Model {
    /// Counts from what the accounts hold.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self {
            accounts: balances(state),
            held: BTreeMap::new(),
            settled: BTreeMap::new(),
            ended: BTreeSet::new(),
            supply: supply(state),
            offices: Offices::new(state),
        }
    }

    /// Payments that settled.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.settled.len()
    }

    /// Follows a block; answers what does not fit.
    pub fn block(
        &mut self,
        commands: &BTreeMap<CommandId, &SignedCommand>,
        receipts: &[Receipt],
        state: &State,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        for receipt in receipts {
            let Outcome::Applied(effect) = receipt.outcome else { continue };
            let command = commands.get(&receipt.command).copied();
            let found = self.office(receipt.command, command, effect);
            let found = found.and_then(|()| {
                let command = command.map(|command| &command.body.command);
                self.follow(command, receipt.leg.as_ref(), effect)
            });
            if let Err(fault) = found {
                faults.push(format!("{:?}: {fault}", receipt.kind));
            }
        }
        let real = balances(state);
        if real != self.accounts {
            for (id, own) in &self.accounts {
                if real.get(id) != Some(own) {
                    faults.push(format!("I7: {:?} holds {:?} for {own:?}", id, real.get(id)));
                }
            }
            self.accounts = real;
        }
        let real = supply(state);
        if real != self.supply {
            faults.push(format!("I4: supply is {real:?} for {:?}", self.supply));
            self.supply = real;
        }
        faults
    }

    /// What offices did, and what it makes of the accounts.
    fn office(
        &mut self,
        id: CommandId,
        command: Option<&SignedCommand>,
        effect: Effect,
    ) -> Result<(), String> {
        let Some(command) = command else { return Ok(()) };
        match self.offices.follow(id, command, effect)? {
            Some(Made::Minted(account, money)) => {
                self.account(&account).available += money.minor();
                *self.supply.entry(money.currency()).or_default() += money.minor();
            }
            Some(Made::Preburned(account, money)) => {
                self.take(&account, money.minor())?;
                self.account(&account).preburned += money.minor();
            }
            Some(Made::GivenBack(account, money)) => {
                self.unlock(&account, money.minor())?;
                self.account(&account).available += money.minor();
            }
            Some(Made::Burned(account, _)) if self.offices.is_frozen(&account) => {
                return Err("I10: frozen tokens were redeemed".into());
            }
            Some(Made::Burned(account, money)) => {
                self.unlock(&account, money.minor())?;
                let supply = self.supply.entry(money.currency()).or_default();
                *supply = supply.checked_sub(money.minor()).ok_or("I4: more burned than minted")?;
            }
            None => {}
        }
        Ok(())
    }

    fn unlock(&mut self, id: &AccountId, minor: u128) -> Result<(), String> {
        let account = self.account(id);
        account.preburned = account.preburned.checked_sub(minor).ok_or("more than was locked")?;
        Ok(())
    }

    fn account(&mut self, id: &AccountId) -> &mut Balances {
        self.accounts.entry(*id).or_default()
    }

    fn follow(
        &mut self,
        command: Option<&Command>,
        leg: Option<&Leg>,
        effect: Effect,
    ) -> Result<(), String> {
        let id = leg.map(Leg::id);
        match (command, effect, id) {
            (Some(Command::Hold(hold)), Effect::Held, _) => self.hold(&hold.payment),
            (Some(Command::Transfer(transfer)), Effect::Settled, _) => {
                self.pay(&transfer.payment, transfer.acceptance.value.credit)
            }
            (Some(Command::Post(post)), Effect::Settled, _) => {
                self.post(post.leg, post.acceptance.value.credit)
            }
            (Some(Command::Return(asked)), Effect::Settled, _) => {
                self.give_back(&asked.payment, asked.original)
            }
            (Some(Command::Bulk(bulk)), Effect::Settled, Some(id)) => {
                let uetr: Option<Uetr> = leg.map(|leg| leg.uetr);
                let legs = bulk.groups.iter().flat_map(|group| &group.legs);
                let found = legs.into_iter().find(|leg| Some(leg.uetr) == uetr);
                let found = found.ok_or("a bulk settled a leg that it does not hold")?;
                self.settle(id, bulk.debit, found.credit, found.minor)
            }
            (_, Effect::Voided(_) | Effect::ClosedUnsettled, Some(id)) => self.free(id),
            (_, Effect::Settled | Effect::Held, _) => Err("money moved without a payment".into()),
            _ => Ok(()),
        }
    }

    fn take(&mut self, debit: &AccountId, minor: u128) -> Result<(), String> {
        if self.offices.is_frozen(debit) {
            return Err("I10: frozen money moved".into());
        }
        let account = self.account(debit);
        account.available = account.available.checked_sub(minor).ok_or("an overdraft")?;
        Ok(())
    }

    fn hold(&mut self, payment: &Payment) -> Result<(), String> {
        let (debit, minor) = (payment.debit, payment.money.minor());
        self.take(&debit, minor)?;
        self.account(&debit).held += minor;
        let id = payment.leg.id();
        let fresh = !self.settled.contains_key(&id) && !self.ended.contains(&id);
        if self.held.insert(id, Move { debit, minor }).is_none() && fresh {
            Ok(())
        } else {
            Err("I9: a leg was held twice".into())
        }
    }

    fn settle(
        &mut self,
        id: LegId,
        debit: AccountId,
        credit: AccountId,
        minor: u128,
    ) -> Result<(), String> {
        self.take(&debit, minor)?;
        self.credit(id, debit, credit, minor)
    }

    fn credit(
        &mut self,
        id: LegId,
        debit: AccountId,
        credit: AccountId,
        minor: u128,
    ) -> Result<(), String> {
        self.account(&credit).available += minor;
        let before = self.settled.insert(id, Settled { debit, minor, returned: 0 });
        if before.is_some() || self.ended.contains(&id) {
            return Err("I9: a leg settled twice, or after its end".into());
        }
        Ok(())
    }

    fn pay(&mut self, payment: &Payment, credit: AccountId) -> Result<(), String> {
        self.settle(payment.leg.id(), payment.debit, credit, payment.money.minor())
    }

    fn post(&mut self, id: LegId, credit: AccountId) -> Result<(), String> {
        let Move { debit, minor } = self.held.remove(&id).ok_or("a post of nothing held")?;
        if self.offices.is_frozen(&debit) {
            return Err("I10: frozen money was posted".into());
        }
        let account = self.account(&debit);
        account.held = account.held.checked_sub(minor).ok_or("more posted than held")?;
        self.credit(id, debit, credit, minor)
    }

    fn free(&mut self, id: LegId) -> Result<(), String> {
        if let Some(Move { debit, minor }) = self.held.remove(&id) {
            let account = self.account(&debit);
            account.held = account.held.checked_sub(minor).ok_or("more freed than held")?;
            account.available += minor;
        }
        self.ended.insert(id);
        if self.settled.contains_key(&id) {
            Err("I9: a settled leg was freed".into())
        } else {
            Ok(())
        }
    }

    fn give_back(&mut self, payment: &Payment, original: LegId) -> Result<(), String> {
        let minor = payment.money.minor();
        let settled = self.settled.get_mut(&original).ok_or("a return of nothing settled")?;
        settled.returned += minor;
        let (credit, over) = (settled.debit, settled.returned > settled.minor);
        self.pay(payment, credit)?;
        if over { Err("I9: more given back than was paid".into()) } else { Ok(()) }
    }
}
