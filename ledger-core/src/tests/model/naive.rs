//! The ledger, told naively: every rule of money as one sentence over plain maps.

use std::collections::{BTreeMap, BTreeSet};

use super::{Route, Stopped};
use crate::{
    command::{Payment, VoidReason},
    id::{CommandId, EntryId},
    receipt::Effect,
    refusal::Refusal,
    testing::jpy,
};

/// What the model knows of a leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Held { payment: Payment, until: u64 },
    Settled,
    Dead,
}

pub(super) type Key = (usize, u8, usize);

/// What the model knows of a redemption.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Redeemed {
    pub(super) id: CommandId,
    pub(super) bank: usize,
    pub(super) jpy: bool,
    pub(super) minor: u128,
    pub(super) instructed: bool,
    /// Its first payout that was booked, and whether that named it.
    pub(super) payout: Option<(EntryId, bool)>,
    pub(super) ended: bool,
}

/// The ledger, told naively.
#[derive(Default)]
pub(super) struct Model {
    pub(super) free: BTreeMap<(usize, bool), u128>,
    pub(super) held: BTreeMap<(usize, bool), u128>,
    pub(super) locked: BTreeMap<(usize, bool), u128>,
    pub(super) redeemed: Vec<Redeemed>,
    pub(super) used: BTreeSet<usize>,
    pub(super) frozen: BTreeSet<(usize, Stopped)>,
    pub(super) issued: BTreeMap<bool, u128>,
    pub(super) fates: BTreeMap<Key, Fate>,
    pub(super) bad: BTreeMap<usize, bool>,
    pub(super) attested: BTreeMap<bool, (u128, u64)>,
    pub(super) credits: BTreeMap<bool, u128>,
    pub(super) debits: BTreeMap<bool, u128>,
}

pub(super) fn get<K: Ord>(map: &BTreeMap<K, u128>, key: &K) -> u128 {
    map.get(key).copied().unwrap_or(0)
}

impl Model {
    /// Why a new payment cannot happen, by what everyone may know of it.
    pub(super) fn new_payment(
        &self,
        route: Route,
        minor: u128,
        pays_now: bool,
    ) -> Result<(), Refusal> {
        let bad = |bank: &usize| self.bad.get(bank).copied().unwrap_or(false);
        if minor == 0 {
            return Err(Refusal::AmountZero);
        }
        if route.from == route.to {
            return Err(Refusal::SameMember);
        }
        if self.fates.contains_key(&(route.from, route.uetr, route.to)) {
            return Err(Refusal::LegUsed);
        }
        if self.stopped(route.from, route.jpy) {
            return Err(Refusal::AccountFrozen);
        }
        if bad(&route.from) {
            return Err(Refusal::StandingRevoked);
        }
        if pays_now && (bad(&route.to) || self.stopped(route.to, route.jpy)) {
            return Err(Refusal::CounterpartyNotEligible);
        }
        if get(&self.free, &(route.from, route.jpy)) < minor {
            return Err(Refusal::InsufficientFunds);
        }
        self.currency_stopped(route.jpy)
    }

    /// Whether all of a currency is stopped.
    pub(super) fn currency_stopped(&self, jpy: bool) -> Result<(), Refusal> {
        let stopped = self.frozen.contains(&(0, Stopped::Currency { jpy }));
        if stopped { Err(Refusal::CurrencyFrozen) } else { Ok(()) }
    }

    /// Whether a bank's account in a currency, or the customer all its payments are for, is frozen.
    pub(super) fn stopped(&self, bank: usize, jpy: bool) -> bool {
        self.frozen.contains(&(bank, Stopped::Account { jpy }))
            || self.frozen.contains(&(bank, Stopped::Customer))
    }

    /// Everything in a bank's account.
    pub(super) fn holds(&self, bank: usize, jpy: bool) -> u128 {
        let key = (bank, jpy);
        [&self.free, &self.held, &self.locked].map(|class| get(class, &key)).iter().sum()
    }

    pub(super) fn account_stopped(&self, bank: usize, jpy: bool) -> Result<(), Refusal> {
        let stopped = self.frozen.contains(&(bank, Stopped::Account { jpy }));
        if stopped { Err(Refusal::AccountFrozen) } else { Ok(()) }
    }

    pub(super) fn mint(
        &mut self,
        bank: usize,
        jpy: bool,
        minor: u128,
        now: u64,
    ) -> Result<Effect, Refusal> {
        let (balance, as_of) = self.attested[&jpy];
        let fresh = now <= as_of + 24 * 3_600_000;
        let there =
            balance as i128 + get(&self.credits, &jpy) as i128 - get(&self.debits, &jpy) as i128;
        let owed = get(&self.issued, &jpy) + minor;
        let gone: u128 = self
            .redeemed
            .iter()
            .filter(|r| r.jpy == jpy && !r.ended && matches!(r.payout, Some((_, true))))
            .map(|r| r.minor)
            .sum();
        if !fresh {
            return Err(Refusal::AttestationStale);
        }
        if (owed - gone) as i128 > there {
            return Err(Refusal::ReserveShort);
        }
        self.currency_stopped(jpy)?;
        self.issued.insert(jpy, owed);
        *self.free.entry((bank, jpy)).or_default() += minor;
        Ok(Effect::Minted)
    }

    pub(super) fn hold(
        &mut self,
        route: Route,
        payment: Payment,
        until: u64,
    ) -> Result<Effect, Refusal> {
        let minor = payment.money.minor();
        self.new_payment(route, minor, false)?;
        *self.free.get_mut(&(route.from, route.jpy)).unwrap() -= minor;
        *self.held.entry((route.from, route.jpy)).or_default() += minor;
        self.fates.insert((route.from, route.uetr, route.to), Fate::Held { payment, until });
        Ok(Effect::Held)
    }

    pub(super) fn transfer(&mut self, route: Route, minor: u128) -> Result<Effect, Refusal> {
        self.new_payment(route, minor, true)?;
        *self.free.get_mut(&(route.from, route.jpy)).unwrap() -= minor;
        *self.free.entry((route.to, route.jpy)).or_default() += minor;
        self.fates.insert((route.from, route.uetr, route.to), Fate::Settled);
        Ok(Effect::Settled)
    }

    /// The held payment and when it ends, for who is a party to it.
    pub(super) fn held(&self, route: Route, by: usize) -> Result<(Payment, u64), Refusal> {
        if by != route.from && by != route.to {
            return Err(Refusal::LegUnknown);
        }
        match self.fates.get(&(route.from, route.uetr, route.to)) {
            None => Err(Refusal::LegUnknown),
            Some(Fate::Held { payment, until }) => Ok((*payment, *until)),
            Some(Fate::Settled | Fate::Dead) => Err(Refusal::LegNotHeld),
        }
    }

    pub(super) fn end(&mut self, route: Route, payment: &Payment, to: usize, fate: Fate) {
        let (jpy, minor) = (payment.money.currency() == jpy(), payment.money.minor());
        *self.held.get_mut(&(route.from, jpy)).unwrap() -= minor;
        *self.free.entry((to, jpy)).or_default() += minor;
        self.fates.insert((route.from, route.uetr, route.to), fate);
    }

    pub(super) fn post(&mut self, route: Route, by: usize, now: u64) -> Result<Effect, Refusal> {
        let (payment, until) = self.held(route, by)?;
        if until <= now {
            return Err(Refusal::HoldExpired);
        }
        let bad = |bank: usize| self.bad.get(&bank).copied().unwrap_or(false);
        let other = if by == route.from { route.to } else { route.from };
        let yen = payment.money.currency() == jpy();
        if self.stopped(by, yen) {
            return Err(Refusal::AccountFrozen);
        }
        if bad(by) {
            return Err(Refusal::StandingRevoked);
        }
        if bad(other) || self.stopped(other, yen) {
            return Err(Refusal::CounterpartyNotEligible);
        }
        self.currency_stopped(yen)?;
        self.end(route, &payment, route.to, Fate::Settled);
        Ok(Effect::Settled)
    }

    pub(super) fn void(
        &mut self,
        route: Route,
        by: usize,
        reason: VoidReason,
        now: u64,
    ) -> Result<Effect, Refusal> {
        let (payment, until) = self.held(route, by)?;
        if reason == VoidReason::Expired && until > now {
            return Err(Refusal::HoldNotExpired);
        }
        let wrong = match reason {
            VoidReason::Rejected => route.from,
            VoidReason::Withdrawn => route.to,
            VoidReason::Expired | VoidReason::NotReleased => usize::MAX,
        };
        if by == wrong {
            return Err(Refusal::NotYourLeg);
        }
        self.end(route, &payment, route.from, Fate::Dead);
        Ok(Effect::Voided(reason))
    }

    /// Frees what nobody freed within a minute after it expired.
    pub(super) fn sweep(&mut self, now: u64) {
        let over: Vec<_> = self.fates.iter().map(|(key, fate)| (*key, *fate)).collect();
        for ((from, uetr, to), fate) in over {
            if let Fate::Held { payment, until } = fate
                && until + 60_000 <= now
            {
                let route = Route { from, to, uetr, jpy: payment.money.currency() == jpy() };
                self.end(route, &payment, from, Fate::Dead);
            }
        }
    }

    pub(super) fn preburn(&mut self, asked: Redeemed) -> Result<Effect, Refusal> {
        let key = (asked.bank, asked.jpy);
        if asked.minor == 0 {
            return Err(Refusal::AmountZero);
        }
        self.account_stopped(asked.bank, asked.jpy)?;
        if get(&self.free, &key) < asked.minor {
            return Err(Refusal::InsufficientFunds);
        }
        self.currency_stopped(asked.jpy)?;
        *self.free.get_mut(&key).unwrap() -= asked.minor;
        *self.locked.entry(key).or_default() += asked.minor;
        self.redeemed.push(asked);
        Ok(Effect::Preburned)
    }

    pub(super) fn unlock(&mut self, nth: usize, back: bool) {
        let redeemed = &mut self.redeemed[nth];
        redeemed.ended = true;
        let key = (redeemed.bank, redeemed.jpy);
        *self.locked.get_mut(&key).unwrap() -= redeemed.minor;
        if back {
            *self.free.entry(key).or_default() += redeemed.minor;
        } else {
            *self.issued.get_mut(&redeemed.jpy).unwrap() -= redeemed.minor;
        }
    }

    pub(super) fn withdraw(&mut self, nth: usize, by: usize) -> Result<Effect, Refusal> {
        let redeemed = self.redeemed[nth];
        if redeemed.bank != by {
            return Err(Refusal::RedemptionUnknown);
        }
        if redeemed.ended {
            return Err(Refusal::RedemptionEnded);
        }
        if redeemed.instructed {
            return Err(Refusal::PayoutInstructed);
        }
        if matches!(redeemed.payout, Some((_, true))) {
            return Err(Refusal::PayoutBooked);
        }
        self.unlock(nth, true);
        Ok(Effect::RedemptionCancelled)
    }

    pub(super) fn instruct(&mut self, nth: usize) -> Result<Effect, Refusal> {
        let Redeemed { bank, jpy, .. } = self.redeemed[nth];
        self.account_stopped(bank, jpy)?;
        if self.redeemed[nth].ended {
            return Err(Refusal::RedemptionEnded);
        }
        if self.redeemed[nth].instructed {
            return Err(Refusal::PayoutInstructed);
        }
        self.currency_stopped(jpy)?;
        self.redeemed[nth].instructed = true;
        Ok(Effect::PayoutInstructed)
    }

    pub(super) fn burn(&mut self, nth: usize) -> Result<Effect, Refusal> {
        let redeemed = self.redeemed[nth];
        if redeemed.payout.is_none() {
            return Err(Refusal::EntryUnknown);
        }
        if self.used.contains(&nth) {
            return Err(Refusal::EntryUsed);
        }
        self.account_stopped(redeemed.bank, redeemed.jpy)?;
        if redeemed.ended {
            return Err(Refusal::RedemptionEnded);
        }
        self.used.insert(nth);
        self.unlock(nth, false);
        Ok(Effect::Burned)
    }

    pub(super) fn bounce(&mut self, nth: usize) -> Result<Effect, Refusal> {
        if self.redeemed[nth].ended {
            return Err(Refusal::RedemptionEnded);
        }
        self.unlock(nth, true);
        Ok(Effect::PayoutCancelled)
    }

    /// A court takes money out of an account: of the frozen account, or of a frozen customer.
    pub(super) fn seize(
        &mut self,
        (bank, jpy): (usize, bool),
        minor: u128,
        customer: bool,
        to: Option<(usize, bool)>,
    ) -> Result<Effect, Refusal> {
        let blocked = |bank| self.account_stopped(bank, jpy).is_err();
        let (same, blocks) = (to.is_some_and(|(to, _)| to == bank), to.is_some_and(|(_, b)| b));
        let ready = match to {
            Some((to, blocks)) => blocked(to) == blocks,
            None => true,
        };
        let is_frozen = match customer {
            true => self.frozen.contains(&(bank, Stopped::Customer)),
            false => blocked(bank),
        };
        if same {
            return Err(Refusal::OutOfRange);
        }
        if minor == 0 {
            return Err(Refusal::AmountZero);
        }
        if !ready && !blocks {
            return Err(Refusal::AccountFrozen);
        }
        if get(&self.free, &(bank, jpy)) < minor {
            return Err(Refusal::InsufficientFunds);
        }
        if !ready || !is_frozen {
            return Err(Refusal::NotFrozen);
        }
        *self.free.get_mut(&(bank, jpy)).unwrap() -= minor;
        let Some((to, _)) = to else {
            *self.issued.get_mut(&jpy).unwrap() -= minor;
            return Ok(Effect::BurnedByOrder);
        };
        *self.free.entry((to, jpy)).or_default() += minor;
        Ok(Effect::Seized)
    }

    pub(super) fn close(&mut self, route: Route, by: usize) -> Result<Effect, Refusal> {
        if route.from == route.to {
            return Err(Refusal::SameMember);
        }
        if by != route.from {
            return Err(Refusal::NotYourLeg);
        }
        match self.fates.get(&(route.from, route.uetr, route.to)).copied() {
            Some(Fate::Settled) => return Ok(Effect::ClosedSettled),
            Some(Fate::Held { payment, .. }) => self.end(route, &payment, route.from, Fate::Dead),
            Some(Fate::Dead) => {}
            None => {
                self.fates.insert((route.from, route.uetr, route.to), Fate::Dead);
            }
        }
        Ok(Effect::ClosedUnsettled)
    }
}
