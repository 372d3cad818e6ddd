//! The gate's decision: pure, in a stated order, and the only source of [`Admitted`].
//!
//! # Invariants K2; the order of checks is standing, list, then signature: a hit is found whatever
//! #            else is wrong with the signer

use std::sync::Arc;

use ledger_core::{
    command::{GateAttestation, Payment},
    digest::Hash32,
    id::PartyId,
    party::{Level, StandingStatus},
    signature::{Signed, Signer, SignerError},
    time::LedgerTime,
};

use crate::screening::ScreeningList;

/// Version of the rules in this crate, named by every attestation.
pub const RULE_VERSION: u32 = 1;

/// What the member knows of its customer's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The handle.
    pub party: PartyId,
    /// How well it is known.
    pub level: Level,
    /// Whether that is in force.
    pub status: StandingStatus,
    /// Until when.
    pub expires: LedgerTime,
}

/// What a payment is cleared on.
#[derive(Clone, Debug)]
pub struct Clearance<'a> {
    /// The payment.
    pub payment: Payment,
    /// The paying customer.
    pub debtor: Customer,
    /// Every name in the message.
    pub names: Vec<&'a str>,
    /// The gateway's clock.
    pub now: LedgerTime,
    /// Until when the clearance shall hold.
    pub expires: LedgerTime,
}

/// What a call of a contract is cleared on.
#[derive(Clone, Debug)]
pub struct CallClearance<'a> {
    /// Hash of the whole call.
    pub call: Hash32,
    /// The member's own customers that it names.
    pub customers: Vec<Customer>,
    /// Their names.
    pub names: Vec<&'a str>,
    /// The gateway's clock.
    pub now: LedgerTime,
    /// Until when the clearance shall hold.
    pub expires: LedgerTime,
}

/// Why the gate said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// The customer is not known well enough.
    #[error("the customer has no standing; complete its onboarding")]
    StandingMissing,
    /// Its standing was withdrawn.
    #[error("the customer's standing was withdrawn")]
    StandingRevoked,
    /// Its standing has expired.
    #[error("the customer's standing has expired; renew it")]
    StandingExpired,
    /// A name is on the list.
    #[error("the payment needs review")]
    ListHit,
    /// The gate key could not sign.
    #[error("gate key: {0}")]
    Signer(#[from] SignerError),
}

impl GateRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::StandingMissing => "standing_missing",
            Self::StandingRevoked => "standing_revoked",
            Self::StandingExpired => "standing_expired",
            Self::ListHit => "payment_under_review",
            Self::Signer(_) => "gate_key_unavailable",
        }
    }
}

/// A payment that passed the gate.
#[derive(Clone, Debug)]
pub struct Admitted {
    payment: Payment,
    gate: Signed<GateAttestation>,
}

impl Admitted {
    /// The payment.
    #[must_use]
    pub const fn payment(&self) -> &Payment {
        &self.payment
    }

    /// Payment and clearance, to be put into a command.
    #[must_use]
    pub fn into_parts(self) -> (Payment, Signed<GateAttestation>) {
        (self.payment, self.gate)
    }
}

/// A member's gate.
pub struct Gate {
    list: ScreeningList,
    signer: Arc<dyn Signer>,
}

impl Gate {
    /// A gate with a list and the member's gate key.
    #[must_use]
    pub fn new(list: ScreeningList, signer: Arc<dyn Signer>) -> Self {
        Self { list, signer }
    }

    /// Clears a payment of the member's own customer.
    ///
    /// # Errors
    /// [`GateRefusal`], in order of precedence.
    pub fn admit(&self, clearance: &Clearance<'_>) -> Result<Admitted, GateRefusal> {
        check_standing(&clearance.debtor, clearance.now)?;
        self.cleared(clearance)
    }

    /// Clears a return of what was paid to the member's own customer. Standing is not asked for: its
    /// loss is a reason to return (K1).
    ///
    /// # Errors
    /// [`GateRefusal::ListHit`], [`GateRefusal::Signer`].
    pub fn admit_return(&self, clearance: &Clearance<'_>) -> Result<Admitted, GateRefusal> {
        self.cleared(clearance)
    }

    fn cleared(&self, clearance: &Clearance<'_>) -> Result<Admitted, GateRefusal> {
        self.screen(&clearance.names)?;
        let attestation = GateAttestation {
            payment: clearance.payment.hash(),
            list_version: self.list.version(),
            rule_version: RULE_VERSION,
            expires: clearance.expires,
        };
        let gate = Signed::new(attestation, self.signer.as_ref())?;
        Ok(Admitted { payment: clearance.payment, gate })
    }

    /// Clears a call that the member's own account signs.
    ///
    /// # Errors
    /// [`GateRefusal`], in order of precedence.
    pub fn admit_call(
        &self,
        clearance: &CallClearance<'_>,
    ) -> Result<Signed<GateAttestation>, GateRefusal> {
        self.check_call(clearance)?;
        let attestation = GateAttestation {
            payment: clearance.call,
            list_version: self.list.version(),
            rule_version: RULE_VERSION,
            expires: clearance.expires,
        };
        Ok(Signed::new(attestation, self.signer.as_ref())?)
    }

    /// Whether the member may have a part in a call: its customers have standing, and none is listed.
    ///
    /// # Errors
    /// [`GateRefusal`], in order of precedence.
    pub fn check_call(&self, clearance: &CallClearance<'_>) -> Result<(), GateRefusal> {
        clearance
            .customers
            .iter()
            .try_for_each(|customer| check_standing(customer, clearance.now))?;
        self.screen(&clearance.names)
    }

    /// Clears what another member wants to pay to the member's own customer.
    ///
    /// # Errors
    /// [`GateRefusal`], in order of precedence.
    pub fn admit_incoming(
        &self,
        creditor: &Customer,
        names: &[&str],
        now: LedgerTime,
    ) -> Result<(), GateRefusal> {
        check_standing(creditor, now)?;
        self.screen(names)
    }

    fn screen(&self, names: &[&str]) -> Result<(), GateRefusal> {
        if self.is_listed(names) {
            return Err(GateRefusal::ListHit);
        }
        Ok(())
    }

    /// Whether one of these names is on the list: of what cannot be refused any more.
    #[must_use]
    pub fn is_listed(&self, names: &[impl AsRef<str>]) -> bool {
        names.iter().any(|name| self.list.holds(name.as_ref()))
    }
}

fn check_standing(customer: &Customer, now: LedgerTime) -> Result<(), GateRefusal> {
    if customer.level == Level::None {
        return Err(GateRefusal::StandingMissing);
    }
    match customer.status {
        StandingStatus::Revoked => Err(GateRefusal::StandingRevoked),
        StandingStatus::Active if customer.expires <= now => Err(GateRefusal::StandingExpired),
        StandingStatus::Active => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::{
        id::{AccountId, Leg, Lei, MessageKind, Uetr},
        money::{Currency, Money},
        signature::MemorySigner,
    };

    fn clearance<'a>(debtor: Customer, names: Vec<&'a str>) -> Clearance<'a> {
        let leg = Leg {
            instructing: Lei::new("529900T8BM49AURSDO55").unwrap(),
            uetr: Uetr::new([4; 16]),
            kind: MessageKind::Pacs008,
            instructed: Lei::new("7LTWFZYICNSX8D621K86").unwrap(),
        };
        let payment = Payment {
            leg,
            debit: AccountId::new([1; 32]),
            debtor: debtor.party,
            money: Money::new(Currency::new("USD").unwrap(), 100),
            message: Hash32::ZERO,
        };
        let (now, expires) = (LedgerTime::new(1_000), LedgerTime::new(2_000));
        Clearance { payment, debtor, names, now, expires }
    }

    #[test]
    fn k2_a_return_is_screened_and_needs_no_standing() {
        let gate =
            Gate::new(ScreeningList::parse("Bad Actor"), Arc::new(MemorySigner::new(&[1; 32])));
        let lost = Customer {
            party: PartyId::new([2; 32]),
            level: Level::None,
            status: StandingStatus::Revoked,
            expires: LedgerTime::new(1),
        };
        let returned = gate.admit_return(&clearance(lost, vec!["Good Actor"])).unwrap();
        let (payment, attestation) = returned.into_parts();
        assert!(attestation.claim().holds() && attestation.value.payment == payment.hash());
        let hit = gate.admit_return(&clearance(lost, vec!["Bad Actor"]));
        assert_eq!(hit.err(), Some(GateRefusal::ListHit));
        assert!(gate.admit(&clearance(lost, vec!["Good Actor"])).is_err());
    }

    #[test]
    fn k2_every_refusal_in_order_of_precedence() {
        let list = ScreeningList::parse("Bad Actor");
        let gate = Gate::new(list, Arc::new(MemorySigner::new(&[1; 32])));
        let good = Customer {
            party: PartyId::new([2; 32]),
            level: Level::Basic,
            status: StandingStatus::Active,
            expires: LedgerTime::new(1_001),
        };
        let expired = Customer { expires: LedgerTime::new(1_000), ..good };
        let revoked = Customer { status: StandingStatus::Revoked, ..expired };
        let unknown = Customer { level: Level::None, ..revoked };
        for (customer, name, expected) in [
            (unknown, "Bad Actor", Some(GateRefusal::StandingMissing)),
            (revoked, "Bad Actor", Some(GateRefusal::StandingRevoked)),
            (expired, "Bad Actor", Some(GateRefusal::StandingExpired)),
            (good, "Bad Actor", Some(GateRefusal::ListHit)),
            (good, "Good Actor", None),
        ] {
            let answer = gate.admit(&clearance(customer, vec![name]));
            assert_eq!(answer.err(), expected, "{customer:?} {name}");
        }
    }

    #[test]
    fn k2_a_call_is_cleared_when_every_own_customer_has_standing_and_is_not_listed() {
        let gate =
            Gate::new(ScreeningList::parse("Bad Actor"), Arc::new(MemorySigner::new(&[1; 32])));
        let good = Customer {
            party: PartyId::new([2; 32]),
            level: Level::Basic,
            status: StandingStatus::Active,
            expires: LedgerTime::new(2_000),
        };
        let revoked = Customer { status: StandingStatus::Revoked, ..good };
        let ask = |customers: Vec<Customer>, name: &'static str| CallClearance {
            call: Hash32::new([7; 32]),
            customers,
            names: vec!["Good Actor", name],
            now: LedgerTime::new(1_000),
            expires: LedgerTime::new(3_000),
        };
        let cleared = gate.admit_call(&ask(vec![good, good], "Other Actor")).unwrap();
        assert!(cleared.claim().holds());
        assert_eq!(cleared.value.payment, Hash32::new([7; 32]));
        assert_eq!(cleared.value.expires, LedgerTime::new(3_000));
        let refused = |customers, name| gate.admit_call(&ask(customers, name)).err();
        assert_eq!(refused(vec![good, revoked], "Bad Actor"), Some(GateRefusal::StandingRevoked));
        assert_eq!(refused(vec![good], "Bad Actor"), Some(GateRefusal::ListHit));
    }

    #[test]
    fn k2_the_clearance_is_signed_over_exactly_this_payment() {
        let gate = Gate::new(ScreeningList::parse(""), Arc::new(MemorySigner::new(&[1; 32])));
        let customer = Customer {
            party: PartyId::new([2; 32]),
            level: Level::Full,
            status: StandingStatus::Active,
            expires: LedgerTime::new(9_000),
        };
        let admitted = gate.admit(&clearance(customer, vec!["A", "B"])).unwrap();
        let (payment, attestation) = admitted.into_parts();
        assert_eq!(attestation.value.payment, payment.hash());
        assert!(attestation.claim().holds());
    }
}
