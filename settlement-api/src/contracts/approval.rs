//! What this member signs of a call: its gate's clearance where an own account signs, and its consent.
//!
//! # Invariants K2 every own customer that the call names has standing and is not listed; V9 who has no
//! #            account in a call signs nothing of it
//! # Absent     names of others' customers: each member screens its own

use kyc_gateway::{CallClearance, Customer};
use ledger_core::{
    codec::encode,
    command::GateAttestation,
    digest::Hash32,
    id::AccountId,
    invoke::{Call, Invoke},
    limits::MAX_CALL_MS,
    settlement::Consent,
    signature::Signed,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    CallRefused,
    call::{from_hex, read},
};
use crate::{
    customers::CustomerRecord,
    gateway::Gateway,
    keys::Purpose,
    openapi::text::{HexBytes, Id, Time},
    refused::Refused,
};

/// How long what is signed of a call holds when nothing is said, in seconds, and at most.
const VALID_S: u64 = 600;
const VALID_S_MAX: u64 = MAX_CALL_MS / 1_000;
/// Customers that are looked through for those of a call.
const CUSTOMERS: usize = 1_000_000;

/// A call that this institution shall have a part in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallApprovalInput {
    /// Its bytes, as the institution that sends it shows them.
    #[schema(value_type = HexBytes)]
    pub call: String,
    /// Seconds for which what is signed holds, at most a day; ten minutes if absent.
    pub valid_s: Option<u64>,
}

/// What this institution signed of a call: for the one that sends it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallApprovalReport {
    /// What was signed about.
    #[schema(value_type = Id)]
    pub call_hash: String,
    /// Its gate's clearance, where an account of its own signs: one for each signer.
    #[schema(value_type = Vec<HexBytes>)]
    pub clearances: Vec<String>,
    /// Its consent.
    #[schema(value_type = HexBytes)]
    pub consent: String,
    /// Until when both hold.
    #[schema(value_type = Time)]
    pub expires: String,
}

/// A call that is to be made, with what the others signed of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallOrderInput {
    /// Its bytes.
    #[schema(value_type = HexBytes)]
    pub call: String,
    /// Clearances of the other members whose accounts sign, in the order of the signers.
    #[serde(default)]
    #[schema(required = false, value_type = Vec<HexBytes>)]
    pub clearances: Vec<String>,
    /// Consents of all other members that have an account in it.
    #[serde(default)]
    #[schema(required = false, value_type = Vec<HexBytes>)]
    pub consents: Vec<String>,
}

/// Whether an account is one of this institution's.
fn is_own(gateway: &Gateway, account: &AccountId) -> bool {
    gateway.own_account(account).is_some()
}

/// The customers of this institution that a call names.
fn own_customers(gateway: &Gateway, call: &Call) -> Result<Vec<CustomerRecord>, Refused> {
    let own: Vec<_> = call.holders.iter().filter(|n| is_own(gateway, &n.account)).collect();
    if own.is_empty() {
        return Err(CallRefused::NoPart.into());
    }
    let all = CustomerRecord::all(gateway.store.as_ref(), CUSTOMERS)?;
    let customers = own.into_iter().map(|named| {
        let found = all.iter().find(|customer| customer.party == named.party);
        found.filter(|_| is_own(gateway, &named.name)).cloned().ok_or(CallRefused::NotOurs)
    });
    Ok(customers.collect::<Result<_, _>>()?)
}

/// Screens a call, and clears it once for each signer that is this institution's.
fn clear(
    gateway: &Gateway,
    call: &Call,
    expires: LedgerTime,
) -> Result<Vec<Signed<GateAttestation>>, Refused> {
    let gate = gateway.gate.as_ref().ok_or(Refused::NotThisRole)?;
    let customers = own_customers(gateway, call)?;
    let clearance = CallClearance {
        call: call.hash(),
        customers: customers.iter().map(CustomerRecord::standing).collect::<Vec<Customer>>(),
        names: customers.iter().map(|customer| customer.name.as_str()).collect(),
        now: LedgerTime::new(Gateway::now_ms()),
        expires,
    };
    gate.check_call(&clearance)?;
    let own = call.signers.iter().filter(|name| is_own(gateway, name));
    own.map(|_| gate.admit_call(&clearance).map_err(Refused::from)).collect()
}

/// Signs what a call needs of this institution when another sends it.
///
/// # Errors
/// [`Refused`]: not ready, not a member, not in the call, standing, lists, keys.
pub fn approve(
    gateway: &Gateway,
    input: &CallApprovalInput,
) -> Result<CallApprovalReport, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let call = read(&input.call)?;
    let seconds = input.valid_s.unwrap_or(VALID_S).min(VALID_S_MAX);
    let expires = LedgerTime::new(Gateway::now_ms()).after(seconds.saturating_mul(1_000));
    let clearances = clear(gateway, &call, expires)?;
    let consent = gateway.sign(Purpose::Settlement, Consent { to: call.hash(), expires })?;
    Ok(CallApprovalReport {
        call_hash: call.hash().to_hex(),
        clearances: clearances.iter().map(|signed| hex::encode(encode(signed))).collect(),
        consent: hex::encode(encode(&consent)),
        expires: verifier::summary::rfc3339(expires),
    })
}

/// Puts a call together with what all signed of it.
///
/// # Errors
/// [`Refused`]: not ready, not a member, not in the call, standing, lists, clearances that are missing.
pub fn invoke(gateway: &Gateway, input: &CallOrderInput) -> Result<Invoke, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let call = read(&input.call)?;
    let expires = LedgerTime::new(Gateway::now_ms()).after(VALID_S.saturating_mul(1_000));
    let mut own = clear(gateway, &call, expires)?.into_iter();
    let given = input.clearances.iter().map(|text| from_hex(text, "a clearance"));
    let given: Vec<Signed<GateAttestation>> = given.collect::<Result<_, CallRefused>>()?;
    let mut given = given.into_iter();
    let gates = call.signers.iter().map(|name| {
        let gate = if is_own(gateway, name) { own.next() } else { given.next() };
        gate.ok_or(CallRefused::Clearances)
    });
    let gates = gates.collect::<Result<Vec<_>, _>>()?;
    if given.next().is_some() {
        return Err(CallRefused::Clearances.into());
    }
    let consents = input.consents.iter().map(|text| from_hex(text, "a consent"));
    let consents = consents.collect::<Result<_, CallRefused>>()?;
    Ok(Invoke { call, gates, consents })
}

/// The hash of the call that a command of this institution makes, if it makes one.
pub(crate) fn call_of(signed: &[u8]) -> Option<Hash32> {
    let signed = ledger_core::command::SignedCommand::from_bytes(signed).ok()?;
    match &signed.body.command {
        ledger_core::command::Command::Invoke(invoke) => Some(invoke.call.hash()),
        _ => None,
    }
}
