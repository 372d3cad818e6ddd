//! What is checked of a payment, whichever command brings it.

use crate::{
    authority::Role,
    command::{Acceptance, GateAttestation, Payment},
    digest::Hash32,
    draft::Draft,
    id::{AccountId, Leg, Lei, MessageKind, PartyId},
    money::Currency,
    policy::{Purpose, forbids},
    refusal::Refusal,
    signature::Signed,
};

/// What is checked of a leg that first reaches the ledger, in order of precedence.
pub(crate) fn check_new_leg(
    draft: &Draft<'_>,
    member: &Lei,
    payment: &Payment,
) -> Result<(), Refusal> {
    check_leg(draft, member, &payment.leg, payment.money.is_zero())
}

/// As [`check_new_leg`], of a leg in whatever is paid or delivered.
pub(crate) fn check_leg(
    draft: &Draft<'_>,
    member: &Lei,
    leg: &Leg,
    is_zero: bool,
) -> Result<(), Refusal> {
    if is_zero {
        return Err(Refusal::AmountZero);
    }
    if !leg.uetr.is_version_4() {
        return Err(Refusal::UetrMalformed);
    }
    if leg.instructing == leg.instructed {
        return Err(Refusal::SameMember);
    }
    if draft.leg(&draft.leg_id(leg), member).is_ok() && !planted!(LegTwice) {
        return Err(Refusal::LegUsed);
    }
    if leg.instructing != *member {
        return Err(Refusal::NotYourLeg);
    }
    Ok(())
}

/// Whether the payer's gate cleared what has this hash.
pub(crate) fn check_gate(
    draft: &Draft<'_>,
    member: &Lei,
    payment: Hash32,
    gate: &Signed<GateAttestation>,
) -> Result<(), Refusal> {
    let key = draft.active_key(&gate.by.key).map_err(|_| Refusal::GateMismatch)?;
    let by_gate = key.role == Role::Gate && key.organisation == *member;
    if !by_gate || gate.value.payment != payment {
        return Err(Refusal::GateMismatch);
    }
    if gate.value.expires <= draft.now() {
        return Err(Refusal::GateExpired);
    }
    Ok(())
}

/// A leg that gives money back is made by [`crate::returns`] only, so that it names what it returns, and
/// one in units by [`crate::asset`].
pub(crate) const fn check_kind(kind: MessageKind) -> Result<(), Refusal> {
    match kind {
        MessageKind::Pacs008 | MessageKind::Pacs009 => Ok(()),
        MessageKind::Pacs004 | MessageKind::Sese023 => Err(Refusal::ReturnMismatch),
    }
}

pub(crate) fn check_acceptance(
    draft: &Draft<'_>,
    payment: &Payment,
    acceptance: &Signed<Acceptance>,
) -> Result<(), Refusal> {
    check_yes(draft, &payment.leg.instructed, draft.payment_hash(payment), acceptance)
}

/// Whether a settlement key of `member` accepted what has this hash, and still does.
pub(crate) fn check_yes(
    draft: &Draft<'_>,
    member: &Lei,
    hash: Hash32,
    acceptance: &Signed<Acceptance>,
) -> Result<(), Refusal> {
    let key = draft.active_key(&acceptance.by.key).map_err(|_| Refusal::AcceptanceMismatch)?;
    let by_payee = key.role == Role::Settlement && key.organisation == *member;
    if !by_payee || acceptance.value.payment != hash {
        return Err(Refusal::AcceptanceMismatch);
    }
    if acceptance.value.expires <= draft.now() {
        return Err(Refusal::AcceptanceExpired);
    }
    Ok(())
}

/// Where a payment's money goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payee {
    /// The account to credit.
    pub(crate) account: AccountId,
    /// The customer who is paid.
    pub(crate) party: PartyId,
}

impl From<&Acceptance> for Payee {
    fn from(acceptance: &Acceptance) -> Self {
        Self { account: acceptance.credit, party: acceptance.creditor }
    }
}

/// What one member brings to a payment.
pub(crate) struct Side {
    member: Lei,
    account: AccountId,
    party: PartyId,
    purpose: Purpose,
}

impl Side {
    /// The payer's.
    pub(crate) const fn debit(payment: &Payment) -> Self {
        let (member, account) = (payment.leg.instructing, payment.debit);
        Self { member, account, party: payment.debtor, purpose: Purpose::Send }
    }

    /// The payee's.
    pub(crate) const fn credit(member: Lei, payee: &Payee) -> Self {
        Self { member, account: payee.account, party: payee.party, purpose: Purpose::Receive }
    }

    /// What a member brings to whatever pays or is paid.
    pub(crate) const fn new(member: Lei, payee: &Payee, purpose: Purpose) -> Self {
        Self { member, account: payee.account, party: payee.party, purpose }
    }

    /// Every reason why member, account or customer cannot take part (K1, I10), as `reader` may
    /// see it; the customer's standing last, but for a policy (K6), which is the other side's only
    /// here: what it says of the reader's own comes after everything else.
    pub(crate) fn faults(
        &self,
        draft: &Draft<'_>,
        payment: &Payment,
        reader: &Lei,
    ) -> [Option<Refusal>; 6] {
        self.faults_in(draft, payment.money.currency(), reader)
    }

    /// As [`Self::faults`], in a currency.
    pub(crate) fn faults_in(
        &self,
        draft: &Draft<'_>,
        currency: Currency,
        reader: &Lei,
    ) -> [Option<Refusal>; 6] {
        let [account, usable] = draft.account_faults(&self.account, &self.member, currency);
        let member = draft.active_member(&self.member).err();
        let standing = draft.check_standing(&self.party, &self.member).err();
        let frozen = draft.party_frozen(&self.party, &self.member);
        let frozen = frozen.then_some(Refusal::AccountFrozen);
        let own = self.member == *reader;
        let policy =
            !own && forbids(draft, currency, self.purpose, &self.member, Some(&self.party));
        let policy = policy.then_some(Refusal::CounterpartyNotEligible);
        [member, account, usable, frozen, standing, policy]
            .map(|fault| fault.map(|fault| outward(fault, own)))
    }
}

/// Both sides, as `member` may see them: the first reason in order of precedence.
pub(crate) fn check_sides(
    draft: &Draft<'_>,
    payment: &Payment,
    payee: &Payee,
    member: &Lei,
) -> Result<(), Refusal> {
    let debit = Side::debit(payment).faults(draft, payment, member);
    let credit = Side::credit(payment.leg.instructed, payee).faults(draft, payment, member);
    Refusal::first(debit.into_iter().chain(credit))
}

/// A refusal as the other side may see it: standing, freeze and membership have one neutral name.
pub(crate) const fn outward(refusal: Refusal, own_side: bool) -> Refusal {
    match refusal {
        Refusal::StandingMissing
        | Refusal::StandingRevoked
        | Refusal::StandingExpired
        | Refusal::AccountFrozen
        | Refusal::MemberUnknown
        | Refusal::MemberSuspended
            if !own_side =>
        {
            Refusal::CounterpartyNotEligible
        }
        other => other,
    }
}
