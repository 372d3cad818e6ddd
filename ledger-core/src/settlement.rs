//! Settlement of several legs of several payers: all of them at once, or none.
//!
//! ```text
//! A pays B dollars \
//!                    one set, one hash: every member but the sender signs its consent to it
//! B pays A euros   /
//! ```
//!
//! Payment versus payment is a set of two currencies. Credits come before debits, so a set may pay
//! in a circle what no member has to begin with; after the whole no account owes anything.
//!
//! # Place      beside `payment`; each leg gets a receipt of its own
//! # Invariants I7 the set moves what its legs say and no more; I9 each leg is consumed once, by the
//! #            whole set or not at all
//! # Absent     legs in asset tokens (planned); queues and netting sets (see `queue`)

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    codec::encode,
    command::{GateAttestation, Payment},
    digest::{Domain, Hash32},
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, LegId, Lei, PartyId, PersonId},
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

    /// Every member that pays or is paid.
    fn members(&self) -> BTreeSet<Lei> {
        let legs = self.legs.iter().map(|leg| leg.payment.leg);
        legs.flat_map(|leg| [leg.instructing, leg.instructed]).collect()
    }
}

/// A member's yes to the whole of a set, or to a bulk's payments to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// [`Settle::hash`], or [`crate::bulk::Bulk::group_hash`].
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
/// What is wrong with another member's leg has one neutral name, [`Refusal::CounterpartyNotEligible`],
/// also when that member has too little or its customer's limit is reached, and comes after every
/// consent was checked.
///
/// # Errors
/// Every [`Refusal`] about member, number of legs, amounts, legs, clearances, consents, accounts,
/// standing, funds and limits: the first in order of precedence over all legs.
pub(crate) fn settle_set(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    set: &Settle,
) -> Result<Vec<Facts>, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    for leg in &set.legs {
        draft.currency(leg.payment.money.currency())?;
    }
    if !(2..=MAX_SET_LEGS).contains(&set.legs.len()) || set.gates.len() != set.legs.len() {
        return Err(Refusal::OutOfRange);
    }
    let mut faults = consent_faults(draft, member, set);
    let mut ids: BTreeSet<LegId> = BTreeSet::new();
    for (leg, gate) in set.legs.iter().zip(&set.gates) {
        let payer = &leg.payment.leg.instructing;
        faults.push((!ids.insert(leg.payment.leg.id())).then_some(Refusal::LegUsed));
        let fresh = check_new_leg(draft, payer, &leg.payment);
        faults.push(fresh.err().map(|refusal| seen_by(member, payer, refusal)));
        faults.push(check_gate(draft, payer, leg.payment.hash(), gate).err());
        faults.push(check_sides(draft, &leg.payment, &leg.payee(), member).err());
    }
    Refusal::first(faults)?;
    for leg in &set.legs {
        settle(draft, &leg.payment, &leg.payee())?;
    }
    let mut faults: Vec<_> =
        set.members().iter().map(|payer| debit_fault(draft, member, signers, payer, set)).collect();
    for SetLeg { payment, .. } in &set.legs {
        let seen = |refusal| seen_by(member, &payment.leg.instructing, refusal);
        faults.push(pay(draft, payment).err().map(seen));
        faults.push(check_kind(payment.leg.kind).err());
        faults.push(count(draft, payment).err().map(seen));
    }
    for (leg, gate) in set.legs.iter().zip(&set.gates) {
        let given = Clearing::Given(&gate.value);
        faults.push(check_last(draft, &leg.payment, Some(&leg.payee()), member, given).err());
    }
    Refusal::first(faults)?;
    Ok(set.legs.iter().map(|leg| Facts::of_settled(&leg.payment, leg.credit)).collect())
}

/// Why those who sign for a payer may not take from its accounts what the set takes, as the sender may
/// see it: for the sender they sign the command, for every other payer they consent.
fn debit_fault(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    payer: &Lei,
    set: &Settle,
) -> Option<Refusal> {
    let payments = set.legs.iter().map(|leg| &leg.payment);
    let own = payments.filter(|payment| payment.leg.instructing == *payer);
    let debits: Vec<_> = own.map(|payment| (payment.debit, payment.money)).collect();
    let consenting = set.consents.iter().map(|consent| &consent.by.key);
    let consenting = Signers::of_member(draft, payer, consenting);
    let signers = if payer == member { signers } else { &consenting };
    let authorised = authorise(draft, payer, signers, &debits);
    authorised.err().map(|refusal| seen_by(member, payer, refusal))
}

/// Whether the sender belongs to the set and every other member of it, and nobody else, consents.
fn consent_faults(draft: &Draft<'_>, member: &Lei, set: &Settle) -> Vec<Option<Refusal>> {
    let (to, mut wanted) = (set.hash(), set.members());
    let mut faults = vec![(!wanted.remove(member)).then_some(Refusal::NotYourLeg)];
    let mut persons: BTreeMap<Lei, BTreeSet<PersonId>> = BTreeMap::new();
    for consent in &set.consents {
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
fn seen_by(reader: &Lei, payer: &Lei, refusal: Refusal) -> Refusal {
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
