//! Functions over bytes: BCS, hashes, signatures, text, events.

use blake2::Blake2b256;
use ed25519_zebra::{Signature, VerificationKey};
use sha2::{Digest, Sha256};
use sha3::Sha3_256;

use super::NativeContext;
use crate::runtime::state::Event;
use crate::runtime::stop::Stop;
use crate::runtime::value::Value;

/// What BLAKE2b costs per byte.
const BLAKE2B_BYTE_GAS: u32 = 2;
/// What the check of a signature costs.
const SIGNATURE_GAS: u64 = 60_000;

pub(super) fn to_bytes(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let value = context.behind(0)?;
    let bytes = context.encode(&value)?;
    context.give_bytes(&bytes)
}

pub(super) fn sha2_256(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let digest = Sha256::digest(context.bytes(0)?);
    context.give_bytes(&digest)
}

pub(super) fn sha3_256(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let digest = Sha3_256::digest(context.bytes(0)?);
    context.give_bytes(&digest)
}

pub(super) fn blake2b_256(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let digest = Blake2b256::digest(context.bytes_at(0, BLAKE2B_BYTE_GAS)?);
    context.give_bytes(&digest)
}

/// A signer is read through `&address` as its address.
pub(super) fn borrow_address(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let reference = context.argument(0)?;
    context.give(reference);
    Ok(())
}

pub(super) fn check_utf8(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let valid = std::str::from_utf8(context.bytes(0)?).is_ok();
    context.give(Value::Bool(valid));
    Ok(())
}

pub(super) fn is_char_boundary(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let index = usize::try_from(context.u64(1)?).unwrap_or(usize::MAX);
    let text = text(context, 0)?;
    context.give(Value::Bool(text.is_char_boundary(index)));
    Ok(())
}

pub(super) fn sub_string(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let from = usize::try_from(context.u64(1)?).unwrap_or(usize::MAX);
    let to = usize::try_from(context.u64(2)?).unwrap_or(usize::MAX);
    let text = text(context, 0)?;
    let part = text.get(from..to).ok_or(Stop::aborted(1))?;
    context.give_bytes(part.as_bytes())
}

pub(super) fn index_of(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let (text, part) = (text(context, 0)?, text(context, 1)?);
    let cost = text.len().saturating_mul(part.len().min(8));
    context.charge_bytes(cost)?;
    let index = text.find(&part).unwrap_or(text.len());
    context.give(Value::U64(u64::try_from(index).unwrap_or(u64::MAX)));
    Ok(())
}

fn text(context: &mut NativeContext<'_>, index: usize) -> Result<String, Stop> {
    let bytes = context.bytes(index)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Stop::aborted(1))
}

pub(super) fn write_to_event_store(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let key = context.bytes(0)?.to_vec();
    let sequence = context.u64(1)?;
    let type_ = context.type_tag(0)?;
    let value = context.behind(2)?;
    let message = context.encode(&value)?;
    context.emit(Event { key, sequence, type_, message })
}

/// Whether the signature of a message is that of a key. Malformed keys and signatures are no fault.
pub(super) fn ed25519_verify(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    context.charge(SIGNATURE_GAS)?;
    let signature: Option<[u8; 64]> = context.bytes(0)?.try_into().ok();
    let key: Option<[u8; 32]> = context.bytes(1)?.try_into().ok();
    let message = context.bytes(2)?;
    let valid = match (signature, key) {
        (Some(signature), Some(key)) => VerificationKey::try_from(key)
            .is_ok_and(|key| key.verify(&Signature::from(signature), message).is_ok()),
        _ => false,
    };
    context.give(Value::Bool(valid));
    Ok(())
}

/// Whether bytes are a public key.
pub(super) fn ed25519_validate(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    context.charge(SIGNATURE_GAS)?;
    let key: Option<[u8; 32]> = context.bytes(0)?.try_into().ok();
    let valid = key.is_some_and(|key| VerificationKey::try_from(key).is_ok());
    context.give(Value::Bool(valid));
    Ok(())
}
