//! Exchanges: legs in money and legs in units of assets settle at once, or none.
//!
//! ```text
//! A delivers B a bond   \
//!                         one exchange, one hash: every member but the sender consents to it
//! B pays A dollars      /
//! ```
//!
//! Delivery versus payment is one leg of each. What is checked of the legs in money is what a set of
//! payments is checked for, in `settlement` itself.
//!
//! # Place      beside `settlement`, which settles it; legs in units are `asset`'s
//! # Invariants A5 all legs or none, each signer signs the whole; I7, A4 what the legs say moves, and no
//! #            more; I9 each leg is consumed once
//! # Absent     waiting: whoever is short of units or money when the command is decided refuses it

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    asset::UnitLeg,
    command::GateAttestation,
    digest::{Domain, Hash32},
    draft::{Draft, Signers},
    execute::Facts,
    id::Lei,
    refusal::Refusal,
    settlement::{Consent, SetLeg, Together, settle_together},
    signature::Signed,
};

/// Settles legs in money and in units at once, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The legs in money.
    pub payments: Vec<SetLeg>,
    /// The legs in units; with those in money two to [`crate::limits::MAX_SET_LEGS`].
    pub deliveries: Vec<UnitLeg>,
    /// Each payment's clearance by its payer's gate, in the order of the payments.
    pub gates: Vec<Signed<GateAttestation>>,
    /// Consent of every member but the sender that has a part in it; of several persons of a member
    /// where something leaves it and its policy needs them.
    pub consents: Vec<Signed<Consent>>,
}

impl Exchange {
    /// What consents name: hash of all legs.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Domain::Exchange.hash_of(&(&self.payments, &self.deliveries))
    }

    /// Every member that gives or is given.
    #[must_use]
    pub fn members(&self) -> BTreeSet<Lei> {
        self.together().members()
    }

    fn together(&self) -> Together<'_> {
        Together {
            payments: &self.payments,
            deliveries: &self.deliveries,
            gates: &self.gates,
            consents: &self.consents,
            hash: self.hash(),
        }
    }
}

/// Settles an exchange.
///
/// # Errors
/// As [`settle_together`].
pub(crate) fn settle_exchange(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    exchange: &Exchange,
) -> Result<Vec<Facts>, Refusal> {
    settle_together(draft, member, signers, &exchange.together())
}
