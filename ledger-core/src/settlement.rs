//! Settlement of several legs of several payers: all of them at once, or none.
//!
//! ```text
//! A pays B dollars \
//!                    one set, one hash: every member but the sender signs its consent to it
//! B pays A euros   /
//! ```
//!
//! Payment versus payment is a set of two currencies. Credits come before debits, so a set may pay
//! in a circle what no member has to begin with; after the whole no account owes anything. An exchange
//! (see `exchange`) has legs in units as well, which settle here by the same steps.
//!
//! # Place      beside `payment`; each leg gets a receipt of its own
//! # Invariants I7 the set moves what its legs say and no more; I9 each leg is consumed once, by the
//! #            whole set or not at all
//! # Absent     queues and netting sets (see `queue`); what a leg in units is (see `asset`)

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    asset::{self, UnitLeg},
    authority::Role,
    codec::encode,
    command::{GateAttestation, Payment},
    digest::{Domain, Hash32},
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Leg, LegId, Lei, PartyId, PersonId},
    limits::{MAX_SET_LEGS, MAX_SIGNATURES},
    movement::check_last,
    payment::{Payee, check_gate, check_kind, check_new_leg, check_sides, pay, settle},
    refusal::Refusal,
    screening::Clearing,
    signature::{Signed, Statement},
    signing::authorise,
    spending::count,
    time::LedgerTime,
};

/// A leg of a set: the payment and where its money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetLeg {
    /// The payment.
    pub payment: Payment,
    /// The account to credit.
    pub credit: AccountId,
    /// The customer who is paid.
    pub creditor: PartyId,
}

impl SetLeg {
    const fn payee(&self) -> Payee {
        Payee { account: self.credit, party: self.creditor }
    }
}

/// Settles several legs at once, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// The legs, two to [`MAX_SET_LEGS`].
    pub legs: Vec<SetLeg>,
    /// Each payment's clearance by its payer's gate, in the order of the legs.
    pub gates: Vec<Signed<GateAttestation>>,
    /// Consent of every member but the sender that pays or is paid; of several persons of a member
    /// where it pays and its policy needs them.
    pub consents: Vec<Signed<Consent>>,
}

impl Settle {
    /// What consents name: hash of the legs.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Domain::Set.hash_of(&self.legs)
    }
}

/// What settles at once: the legs of a set, or of an exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Together<'a> {
    /// The legs in money.
    pub(crate) payments: &'a [SetLeg],
    /// The legs in units.
    pub(crate) deliveries: &'a [UnitLeg],
    /// The clearances of the legs in money.
    pub(crate) gates: &'a [Signed<GateAttestation>],
    /// The members' consents.
    pub(crate) consents: &'a [Signed<Consent>],
    /// What they name.
    pub(crate) hash: Hash32,
}

impl Together<'_> {
    /// Every leg, those in money first.
    fn legs(&self) -> impl Iterator<Item = Leg> {
        let payments = self.payments.iter().map(|leg| leg.payment.leg);
        payments.chain(self.deliveries.iter().map(|leg| leg.delivery.leg()))
    }

    /// Every member that gives or is given.
    pub(crate) fn members(&self) -> BTreeSet<Lei> {
        self.legs().flat_map(|leg| [leg.instructing, leg.instructed]).collect()
    }
}

/// A member's yes to the whole of a set, or to a bulk's payments to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// [`Settle::hash`], [`crate::bulk::Bulk::group_hash`] or [`crate::exchange::Exchange::hash`].
    pub to: Hash32,
    /// Until when it may settle.
    pub expires: LedgerTime,
}

impl Statement for Consent {
    fn domain(&self) -> Domain {
        Domain::Consent
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl Consent {
    /// Whether a settlement key of `member` consented to this, and still does.
    pub(crate) fn check(
        draft: &Draft<'_>,
        consent: &Signed<Self>,
        member: &Lei,
        to: Hash32,
    ) -> Result<(), Refusal> {
        let key = draft.active_key(&consent.by.key).map_err(|_| Refusal::AcceptanceMismatch)?;
        let by_member = key.role == Role::Settlement && key.organisation == *member;
        if !by_member || consent.value.to != to {
            return Err(Refusal::AcceptanceMismatch);
        }
        if consent.value.expires <= draft.now() {
            return Err(Refusal::AcceptanceExpired);
        }
        Ok(())
    }
}

/// Settles a set.
///
/// # Errors
/// [`Refusal::OutOfRange`] for too few legs or too many; else as [`settle_together`].
pub(crate) fn settle_set(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    set: &Settle,
) -> Result<Vec<Facts>, Refusal> {
    let Settle { legs, gates, consents } = set;
    let (payments, deliveries, hash) = (legs, &[][..], set.hash());
    let together = Together { payments, deliveries, gates, consents, hash };
    settle_together(draft, member, signers, &together)
}

/// Settles legs at once, or none.
///
/// What is wrong with another member's leg has one neutral name, [`Refusal::CounterpartyNotEligible`],
/// also when that member has too little or its customer's limit is reached, and comes after every
/// consent was checked.
///
/// # Errors
/// Every [`Refusal`] about member, number of legs, amounts, legs, clearances, consents, accounts,
/// standing, funds, limits and assets: the first in order of precedence over all legs.
pub(crate) fn settle_together(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    set: &Together<'_>,
) -> Result<Vec<Facts>, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    for leg in set.payments {
        draft.currency(leg.payment.money.currency())?;
    }
    let legs = set.payments.len().saturating_add(set.deliveries.len());
    if !(2..=MAX_SET_LEGS).contains(&legs) || set.gates.len() != set.payments.len() {
        return Err(Refusal::OutOfRange);
    }
    let mut faults = consent_faults(draft, member, set);
    let mut ids: BTreeSet<LegId> = BTreeSet::new();
    faults.extend(set.legs().map(|leg| (!ids.insert(leg.id())).then_some(Refusal::LegUsed)));
    for (leg, gate) in set.payments.iter().zip(set.gates) {
        let payer = &leg.payment.leg.instructing;
        let fresh = check_new_leg(draft, payer, &leg.payment);
        faults.push(fresh.err().map(|refusal| seen_by(member, payer, refusal)));
        faults.push(check_gate(draft, payer, leg.payment.hash(), gate).err());
        faults.push(check_sides(draft, &leg.payment, &leg.payee(), member).err());
    }
    for leg in set.deliveries {
        let giver = &leg.delivery.delivering;
        let fresh = asset::check_delivery(draft, giver, &leg.delivery);
        faults.push(fresh.err().map(|refusal| seen_by(member, giver, refusal)));
        faults.extend(asset::side_faults(draft, leg, member));
    }
    Refusal::first(faults)?;
    let moved = move_all(draft, member, signers, set)?;
    Refusal::first(moved)?;
    set.deliveries.iter().for_each(|leg| asset::record_delivered(draft, leg));
    let paid = set.payments.iter().map(|leg| Facts::of_settled(&leg.payment, leg.credit));
    Ok(paid.chain(set.deliveries.iter().map(UnitLeg::facts)).collect())
}

/// Moves what all legs say, credits before debits; answers every reason why it may not be.
fn move_all(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    set: &Together<'_>,
) -> Result<Vec<Option<Refusal>>, Refusal> {
    for leg in set.payments {
        settle(draft, &leg.payment, &leg.payee())?;
    }
    let mut faults: Vec<_> = set
        .deliveries
        .iter()
        .map(|leg| asset::give(draft, &leg.credit, leg.delivery.units).err())
        .collect();
    let members = set.members();
    faults.extend(members.iter().map(|giver| debit_fault(draft, member, signers, giver, set)));
    for SetLeg { payment, .. } in set.payments {
        let seen = |refusal| seen_by(member, &payment.leg.instructing, refusal);
        faults.push(pay(draft, payment).err().map(seen));
        faults.push(check_kind(payment.leg.kind).err());
        faults.push(count(draft, payment).err().map(seen));
    }
    for leg in set.deliveries {
        let taken = asset::take(draft, &leg.delivery.from, leg.delivery.units);
        let seen = |refusal| seen_by(member, &leg.delivery.delivering, refusal);
        faults.push(taken.err().map(seen));
        faults.push(asset::movable(draft, leg).err());
    }
    for (leg, gate) in set.payments.iter().zip(set.gates) {
        let given = Clearing::Given(&gate.value);
        faults.push(check_last(draft, &leg.payment, Some(&leg.payee()), member, given).err());
    }
    Ok(faults)
}

/// Why those who sign for a member may not take from its accounts what the set takes, as the sender may
/// see it: for the sender they sign the command, for every other member they consent.
fn debit_fault(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    giver: &Lei,
    set: &Together<'_>,
) -> Option<Refusal> {
    let payments = set.payments.iter().map(|leg| &leg.payment);
    let own = payments.filter(|payment| payment.leg.instructing == *giver);
    let debits: Vec<_> = own.map(|payment| (payment.debit, payment.money)).collect();
    let consenting = set.consents.iter().map(|consent| &consent.by.key);
    let consenting = Signers::of_member(draft, giver, consenting);
    let signers = if giver == member { signers } else { &consenting };
    let deliveries = set.deliveries.iter().map(|leg| &leg.delivery);
    let mut own = deliveries.filter(|delivery| delivery.delivering == *giver);
    let authorised = own
        .try_for_each(|delivery| asset::check_persons(draft, giver, signers, delivery))
        .and_then(|()| authorise(draft, giver, signers, &debits));
    authorised.err().map(|refusal| seen_by(member, giver, refusal))
}

/// Whether the sender belongs to the set and every other member of it, and nobody else, consents.
fn consent_faults(draft: &Draft<'_>, member: &Lei, set: &Together<'_>) -> Vec<Option<Refusal>> {
    consents_to(draft, member, set.members(), (set.consents, set.hash))
}

/// Whether the sender is one of these members and every other, and nobody else, consents to this.
pub(crate) fn consents_to(
    draft: &Draft<'_>,
    member: &Lei,
    mut wanted: BTreeSet<Lei>,
    (consents, to): (&[Signed<Consent>], Hash32),
) -> Vec<Option<Refusal>> {
    let mut faults = vec![(!wanted.remove(member)).then_some(Refusal::NotYourLeg)];
    let mut persons: BTreeMap<Lei, BTreeSet<PersonId>> = BTreeMap::new();
    for consent in consents {
        // One yes of each person, and of no more persons than a command has signers.
        let by = draft.active_key(&consent.by.key).ok().filter(|key| {
            let of_member = persons.entry(key.organisation).or_default();
            wanted.contains(&key.organisation)
                && of_member.len() < MAX_SIGNATURES
                && of_member.insert(key.person)
        });
        faults.push(match by {
            Some(key) => Consent::check(draft, consent, &key.organisation, to).err(),
            None => Some(Refusal::AcceptanceMismatch),
        });
    }
    wanted.retain(|organisation| !persons.contains_key(organisation));
    faults.push((!wanted.is_empty()).then_some(Refusal::AcceptanceMismatch));
    faults
}

/// A refusal about a payer's leg as `reader` may see it.
pub(crate) fn seen_by(reader: &Lei, payer: &Lei, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::LegUsed
        | Refusal::InsufficientFunds
        | Refusal::PaymentLimit
        | Refusal::WindowLimit
        | Refusal::SignersTooFew
        | Refusal::KeyCommandLimit
        | Refusal::KeyWindowLimit
            if reader != payer =>
        {
            Refusal::CounterpartyNotEligible
        }
        other => other,
    }
}
