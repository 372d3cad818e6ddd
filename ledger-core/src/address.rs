//! Where validators are reached by each other, as members decided it.
//!
//! # Place      decided by `ballot`; validators' nodes connect to it instead of what their files say
//! # Invariants D17 an address is one spelling of an IP address and a port; at most one for each validator
//! #            that is in the committee or decided to be
//! # Absent     names that something else resolves; whether anybody is there: the handshake proves identity

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{
    draft::{Draft, Records},
    execute::Facts,
    id::Text,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    validators::Committee,
};

/// Where a validator is reached by the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorAddress {
    /// Its identity.
    pub validator: PublicKey,
    /// IP address and port, as `192.0.2.7:7000` or `[2001:db8::7]:7000`.
    pub address: Text,
}

impl ValidatorAddress {
    /// The address, if it is one that another machine, or this one, can be reached at.
    #[must_use]
    pub fn socket(&self) -> Option<SocketAddr> {
        let address: SocketAddr = self.address.get().parse().ok()?;
        let ip = address.ip();
        let plain = address.to_string() == self.address.get();
        let nobody = ip.is_unspecified() || ip.is_multicast() || address.port() == 0;
        (plain && !nobody).then_some(address)
    }
}

/// The record of addresses; none before the first was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// Ascending by identity.
    pub validators: Vec<ValidatorAddress>,
}

impl Addresses {
    /// As the record says; none where there is none.
    #[must_use]
    pub fn of(view: &dyn Records) -> Self {
        match view.record(&Name::Addresses) {
            Some(Record::Addresses(found)) => Self::clone(found),
            _ => Self::default(),
        }
    }
}

/// Whether a validator is in the committee, or decided to be.
fn is_listed(committee: &Committee, validator: &PublicKey) -> bool {
    let joining = committee.next.iter().flat_map(|change| &change.add);
    committee.validators.iter().chain(joining).any(|listed| listed.identity == *validator)
}

/// Sets a validator's address. Those of validators that have left go.
///
/// # Errors
/// [`Refusal::OutOfRange`], [`Refusal::ValidatorUnknown`], in this order.
pub(crate) fn decide(draft: &mut Draft<'_>, asked: &ValidatorAddress) -> Result<Facts, Refusal> {
    let Some(Record::Committee(committee)) = draft.get(&Name::Committee) else {
        return Err(Refusal::InternalFault);
    };
    Refusal::first([
        asked.socket().is_none().then_some(Refusal::OutOfRange),
        (!is_listed(committee, &asked.validator)).then_some(Refusal::ValidatorUnknown),
    ])?;
    let mut addresses = Addresses::of(draft.view());
    let known = &mut addresses.validators;
    known.retain(|one| one.validator != asked.validator && is_listed(committee, &one.validator));
    let place = known.partition_point(|one| one.validator < asked.validator);
    known.insert(place, asked.clone());
    draft.put(&Name::Addresses, Record::Addresses(Box::new(addresses)));
    Ok(Facts::new(Effect::Executed, Vec::new()))
}
