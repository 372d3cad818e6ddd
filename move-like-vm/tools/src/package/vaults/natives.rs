//! The native functions that tests of contracts have beside those of the standard library.

use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use move_like_vm::format::Address;
use move_like_vm::runtime::native::{
    NativeBody, NativeContext, NativeFunction, NativeKey, Natives,
};
use move_like_vm::runtime::{Stop, TypeTag, Value};
use move_like_vm::status::Status;

use super::{Refusal, Vaults, facts};

/// The address `0x2`.
const FLORIN: Address = {
    let mut address = [0; 32];
    address[31] = 2;
    address
};

/// The address `0x1`.
const STANDARD: Address = {
    let mut address = [0; 32];
    address[31] = 1;
    address
};

/// What a call costs beside its bytes; the ledger's own natives have their own figures.
const GAS: u32 = 1_000;

/// Natives over [`Vaults`]; the session's extension has to be that.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestNatives;

/// Module, function, body.
const TABLE: &[(&str, &str, NativeBody)] = &[
    ("claim", "amount_of", amount_of),
    ("claim", "close", close),
    ("claim", "currency_of", currency_of),
    ("claim", "cut", cut),
    ("claim", "merge", merge),
    ("claim", "open", open),
    ("claim", "owner_of", owner_of),
    ("claim", "pay", pay),
    ("event", "emit", emit),
    ("ledger", "time_ms", time_ms),
    ("testing", "balance", balance),
    ("testing", "events", events),
    ("testing", "freeze_account", freeze_account),
    ("testing", "in_vaults", in_vaults),
    ("testing", "public_key", public_key),
    ("testing", "set_balance", set_balance),
    ("testing", "set_time_ms", set_time_ms),
    ("testing", "sign", sign),
    ("testing", "unfreeze_account", unfreeze_account),
    ("testing", "vaults", vaults),
];

/// The same at `0x1`: what the standard library has for tests alone.
const STANDARD_TABLE: &[(&str, &str, NativeBody)] = &[
    ("debug", "print", nothing),
    ("debug", "print_stack_trace", nothing),
    ("unit_test", "create_signers_for_testing", create_signers),
];

impl Natives for TestNatives {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        let tables = match key.address {
            FLORIN => [TABLE, facts::TABLE],
            STANDARD => [STANDARD_TABLE, &[]],
            _ => return None,
        };
        let name = (key.module, key.function);
        let mut found = tables.into_iter().flatten();
        found
            .find(|(module, function, _)| (*module, *function) == name)
            .map(|(_, _, body)| NativeFunction { gas: GAS, body: *body, bytes_max: None })
    }
}

pub(super) type Done = Result<(), Stop>;

fn nothing(_: &mut NativeContext<'_>) -> Done {
    Ok(())
}

/// So many signers, all different, the same at every call.
fn create_signers(context: &mut NativeContext<'_>) -> Done {
    let count = context.u64(0)?;
    context.charge(count.saturating_mul(u64::from(GAS)))?;
    let mut signers = Vec::new();
    for number in 0..count {
        let mut address = [0x51; 32];
        for (byte, digit) in address.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte = digit;
        }
        signers.push(address);
    }
    context.give_signers(&signers)
}

fn refused(refusal: Refusal) -> Stop {
    Stop::aborted(refusal.abort_code())
}

pub(super) fn state<'a>(context: &'a mut NativeContext<'_>) -> Result<&'a mut Vaults, Stop> {
    context.extension().ok_or(Status::InternalTypeError.into())
}

fn signer(context: &NativeContext<'_>, index: usize) -> Result<Address, Stop> {
    match context.behind(index)? {
        Value::Signer(address) => Ok(address),
        _ => Err(Status::InternalTypeError.into()),
    }
}

pub(super) fn address(context: &NativeContext<'_>, index: usize) -> Result<Address, Stop> {
    match context.argument(index)? {
        Value::Address(address) => Ok(address),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn amount(context: &NativeContext<'_>, index: usize) -> Result<u128, Stop> {
    match context.argument(index)? {
        Value::U128(bytes) => Ok(u128::from_le_bytes(bytes)),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn open(context: &mut NativeContext<'_>) -> Done {
    let (owner, minor) = (signer(context, 0)?, amount(context, 2)?);
    let currency = context.bytes(1)?.to_vec();
    let vault = state(context)?.open(owner, currency, minor).map_err(refused)?;
    context.give(Value::Address(vault));
    Ok(())
}

fn pay(context: &mut NativeContext<'_>) -> Done {
    let (vault, to) = (address(context, 0)?, address(context, 1)?);
    state(context)?.pay(vault, to).map_err(refused)
}

fn cut(context: &mut NativeContext<'_>) -> Done {
    let (vault, minor) = (address(context, 0)?, amount(context, 1)?);
    let part = state(context)?.cut(vault, minor).map_err(refused)?;
    context.give(Value::Address(part));
    Ok(())
}

fn merge(context: &mut NativeContext<'_>) -> Done {
    let (into, from) = (address(context, 0)?, address(context, 1)?);
    state(context)?.merge(into, from).map_err(refused)
}

fn close(context: &mut NativeContext<'_>) -> Done {
    let vault = address(context, 0)?;
    state(context)?.close(vault).map_err(refused)
}

fn amount_of(context: &mut NativeContext<'_>) -> Done {
    let vault = address(context, 0)?;
    let minor = state(context)?.vault(vault).map_err(refused)?.minor;
    context.give(Value::u128(minor));
    Ok(())
}

fn currency_of(context: &mut NativeContext<'_>) -> Done {
    let vault = address(context, 0)?;
    let currency = state(context)?.vault(vault).map_err(refused)?.currency.clone();
    context.give_bytes(&currency)
}

fn owner_of(context: &mut NativeContext<'_>) -> Done {
    let vault = address(context, 0)?;
    let owner = state(context)?.vault(vault).map_err(refused)?.owner;
    context.give(Value::Address(owner));
    Ok(())
}

/// What the ledger asks of one event.
fn emit(context: &mut NativeContext<'_>) -> Done {
    let value = context.behind(0)?;
    let (tag, value) = (context.type_tag(0)?, context.encode(&value)?);
    let is_struct = matches!(tag, TypeTag::Struct(_));
    let bytes = tag.to_bytes().len().saturating_add(value.len());
    state(context)?.emit(is_struct, bytes).map_err(refused)
}

fn events(context: &mut NativeContext<'_>) -> Done {
    let count = state(context)?.events;
    context.give(Value::U64(count));
    Ok(())
}

fn time_ms(context: &mut NativeContext<'_>) -> Done {
    let time = state(context)?.time_ms;
    context.give(Value::U64(time));
    Ok(())
}

fn set_time_ms(context: &mut NativeContext<'_>) -> Done {
    let time = context.u64(0)?;
    state(context)?.time_ms = time;
    Ok(())
}

fn set_balance(context: &mut NativeContext<'_>) -> Done {
    let (account, minor) = (address(context, 0)?, amount(context, 2)?);
    let currency = context.bytes(1)?.to_vec();
    state(context)?.set_balance(account, currency, minor).map_err(refused)
}

fn balance(context: &mut NativeContext<'_>) -> Done {
    let account = address(context, 0)?;
    let currency = context.bytes(1)?.to_vec();
    let minor = state(context)?.balance(account, &currency);
    context.give(Value::u128(minor));
    Ok(())
}

fn in_vaults(context: &mut NativeContext<'_>) -> Done {
    let owner = address(context, 0)?;
    let currency = context.bytes(1)?.to_vec();
    let minor = state(context)?.in_vaults(owner, &currency);
    context.give(Value::u128(minor));
    Ok(())
}

fn vaults(context: &mut NativeContext<'_>) -> Done {
    let count = state(context)?.count();
    context.give(Value::U64(count));
    Ok(())
}

fn freeze_account(context: &mut NativeContext<'_>) -> Done {
    let account = address(context, 0)?;
    state(context)?.frozen.insert(account);
    Ok(())
}

fn unfreeze_account(context: &mut NativeContext<'_>) -> Done {
    let account = address(context, 0)?;
    state(context)?.frozen.remove(&account);
    Ok(())
}

fn secret(context: &mut NativeContext<'_>) -> Result<SigningKey, Stop> {
    let seed: Result<[u8; 32], _> = context.bytes(0)?.try_into();
    Ok(SigningKey::from(seed.map_err(|_| Status::InternalTypeError)?))
}

fn public_key(context: &mut NativeContext<'_>) -> Done {
    let secret = secret(context)?;
    let key: [u8; 32] = VerificationKeyBytes::from(&secret).into();
    context.give_bytes(&key)
}

fn sign(context: &mut NativeContext<'_>) -> Done {
    let secret = secret(context)?;
    let signature: [u8; 64] = secret.sign(context.bytes(1)?).into();
    context.give_bytes(&signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_at_0x2_only() {
        for table in [TABLE, facts::TABLE] {
            assert!(table.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)));
        }
        for (module, function, _) in TABLE.iter().chain(facts::TABLE) {
            let key = NativeKey { address: FLORIN, module, function };
            assert!(TestNatives.find(key).is_some());
            assert!(TestNatives.find(NativeKey { address: [1; 32], ..key }).is_none());
        }
    }
}
