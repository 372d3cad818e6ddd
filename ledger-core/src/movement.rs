//! Controls of movements: what a currency's governance and network compliance demand of every
//! payment, mint and redemption in it.
//!
//! ```text
//! two persons of network compliance: SetMovementTerms   policies, threshold of the payee's clearance
//! network compliance: Freeze                            one key stops the currency, two persons lift it
//! ```
//!
//! # Place      one record per currency, made when it is first needed; every rule that moves money
//! #            asks it, last of all (`payment`, `schedule`, `settlement`, `bulk`, `returns`,
//! #            `issuance`, `redemption`)
//! # Invariants I10 a stopped currency neither moves nor is minted nor redeemed, but burns whose
//! #            payout is booked; K4, K5, K6 are asked again whenever money moves
//! # Absent     what sanctions lists and rules say (gateways); which policies are wise

use serde::{Deserialize, Serialize};

use crate::{
    command::Payment,
    draft::Draft,
    freeze::changes,
    id::{Lei, PolicyId},
    money::Currency,
    payment::Payee,
    policy,
    record::{Name, Record},
    refusal::Refusal,
    screening::{self, Clearing},
};

/// What network compliance sets for a currency, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct MovementTerms {
    /// From how much on, in minor units, the payee's compliance clears a payment too (K5); never
    /// where there is no number.
    pub payee_clearance: Option<u128>,
    /// Who may pay (K6); everybody where there is none.
    pub sender: Option<PolicyId>,
    /// Who may be paid.
    pub recipient: Option<PolicyId>,
    /// Who may be minted to.
    pub mint_recipient: Option<PolicyId>,
}

impl MovementTerms {
    /// Whether the payee's compliance clears a payment of so much too.
    #[must_use]
    pub const fn needs_payee(&self, minor: u128) -> bool {
        match self.payee_clearance {
            Some(threshold) => minor >= threshold,
            None => false,
        }
    }
}

/// A currency's controls of movements as they are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementControls {
    /// Which currency.
    pub currency: Currency,
    /// Whether network compliance has stopped it.
    pub stopped: bool,
    /// What is demanded.
    pub terms: MovementTerms,
}

/// The controls of a currency; none at all as long as nobody has set any.
pub(crate) fn controls(draft: &Draft<'_>, currency: Currency) -> MovementControls {
    match draft.get(&Name::MovementControls(currency)) {
        Some(Record::MovementControls(controls)) => *controls,
        _ => MovementControls { currency, stopped: false, terms: MovementTerms::default() },
    }
}

/// Whether a currency is stopped (I10).
pub(crate) fn stopped_fault(draft: &Draft<'_>, currency: Currency) -> Option<Refusal> {
    controls(draft, currency).stopped.then_some(Refusal::CurrencyFrozen)
}

/// What is asked last of a payment whenever its money is to move, as `reader` may see it. The reason
/// why the other side may not take part stands with its account and standing (`payment::Side`).
///
/// # Errors
/// [`Refusal::CurrencyFrozen`], [`Refusal::ScreeningOutdated`],
/// [`Refusal::PayeeClearanceMissing`], [`Refusal::PolicyForbids`], in this order.
pub(crate) fn check_last(
    draft: &Draft<'_>,
    payment: &Payment,
    payee: Option<&Payee>,
    reader: &Lei,
    clearing: Clearing<'_>,
) -> Result<(), Refusal> {
    let [outdated, missing] = screening::faults(draft, payment, payee.is_some(), clearing);
    Refusal::first([
        stopped_fault(draft, payment.money.currency()),
        outdated,
        missing,
        policy::own_fault(draft, payment, payee, reader),
    ])
}

/// Stops a currency or lets it move again; answers its issuer.
///
/// # Errors
/// [`Refusal::CurrencyUnknown`], [`Refusal::AlreadyFrozen`], [`Refusal::NotFrozen`].
pub(crate) fn set_stopped(
    draft: &mut Draft<'_>,
    code: Currency,
    stopped: bool,
) -> Result<Lei, Refusal> {
    let issuer = draft.currency(code)?.issuer;
    let controls = controls(draft, code);
    changes(controls.stopped, stopped)?;
    put(draft, MovementControls { stopped, ..controls });
    Ok(issuer)
}

/// Sets the terms of a currency's movements; answers its issuer.
///
/// # Errors
/// [`Refusal::CurrencyUnknown`], [`Refusal::PolicyUnknown`].
pub(crate) fn set_terms(
    draft: &mut Draft<'_>,
    code: Currency,
    terms: &MovementTerms,
) -> Result<Lei, Refusal> {
    let issuer = draft.currency(code)?.issuer;
    for policy in [terms.sender, terms.recipient, terms.mint_recipient].iter().flatten() {
        policy::find(draft, policy)?;
    }
    put(draft, MovementControls { terms: *terms, ..controls(draft, code) });
    Ok(issuer)
}

fn put(draft: &mut Draft<'_>, controls: MovementControls) {
    let name = Name::MovementControls(controls.currency);
    draft.put(&name, Record::MovementControls(controls));
}
