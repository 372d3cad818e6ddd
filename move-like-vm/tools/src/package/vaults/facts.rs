//! What contracts ask of the ledger about accounts, reserves and blocks, as a test says it; and tables.

use std::collections::BTreeMap;

use move_like_vm::format::Address;
use move_like_vm::runtime::native::{NativeBody, NativeContext, table};
use move_like_vm::runtime::{Stop, Value};
use move_like_vm::status::Status;

use super::natives::{Done, address, state};
use super::{Currency, Vaults};

/// The level of a customer of whom a test says nothing: full due diligence.
const LEVEL: u8 = 2;

/// What a test says of the world.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    height: u64,
    epoch: u64,
    levels: BTreeMap<Address, u8>,
    members: BTreeMap<Address, Vec<u8>>,
    reserves: BTreeMap<Currency, (u64, bool)>,
    /// How many tables there were ever.
    tables: u64,
}

/// Module, function, body; sorted.
pub(super) const TABLE: &[(&str, &str, NativeBody)] = &[
    ("chain", "epoch", epoch),
    ("chain", "height", height),
    ("reserve", "attested_ms", attested_ms),
    ("reserve", "is_covered", is_covered),
    ("status", "has_level", has_level),
    ("status", "is_frozen", is_frozen),
    ("status", "is_member", is_member),
    ("status", "may_be_paid", may_move),
    ("status", "may_pay", may_move),
    ("status", "member_of", member_of),
    ("table", "fresh", fresh),
    ("table", "item", table::borrow),
    ("table", "item_mut", table::borrow),
    ("table", "place", table::place),
    ("table", "seat", table::seat),
    ("testing", "set_block", set_block),
    ("testing", "set_level", set_level),
    ("testing", "set_member", set_member),
    ("testing", "set_reserves", set_reserves),
];

impl Vaults {
    fn level(&self, account: &Address) -> u8 {
        self.facts.levels.get(account).copied().unwrap_or(LEVEL)
    }
}

fn truth(context: &mut NativeContext<'_>, index: usize) -> Result<bool, Stop> {
    match context.argument(index)? {
        Value::Bool(value) => Ok(value),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn level(context: &NativeContext<'_>, index: usize) -> Result<u8, Stop> {
    match context.argument(index)? {
        Value::U8(value) => Ok(value),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn height(context: &mut NativeContext<'_>) -> Done {
    let height = state(context)?.facts.height;
    context.give(Value::U64(height));
    Ok(())
}

fn epoch(context: &mut NativeContext<'_>) -> Done {
    let epoch = state(context)?.facts.epoch;
    context.give(Value::U64(epoch));
    Ok(())
}

fn set_block(context: &mut NativeContext<'_>) -> Done {
    let (height, epoch) = (context.u64(0)?, context.u64(1)?);
    let facts = &mut state(context)?.facts;
    (facts.height, facts.epoch) = (height, epoch);
    Ok(())
}

fn may_move(context: &mut NativeContext<'_>) -> Done {
    let holder = address(context, 0)?;
    let ledger = state(context)?;
    let may = !ledger.frozen.contains(&holder) && ledger.level(&holder) > 0;
    context.give(Value::Bool(may));
    Ok(())
}

fn is_frozen(context: &mut NativeContext<'_>) -> Done {
    let holder = address(context, 0)?;
    let is_frozen = state(context)?.frozen.contains(&holder);
    context.give(Value::Bool(is_frozen));
    Ok(())
}

fn has_level(context: &mut NativeContext<'_>) -> Done {
    let (holder, least) = (address(context, 0)?, level(context, 2)?);
    let level = state(context)?.level(&holder);
    context.give(Value::Bool(level > 0 && level >= least));
    Ok(())
}

fn set_level(context: &mut NativeContext<'_>) -> Done {
    let (holder, level) = (address(context, 0)?, level(context, 1)?);
    state(context)?.facts.levels.insert(holder, level);
    Ok(())
}

/// Nobody's account is of an entity without a name.
fn member_of(context: &mut NativeContext<'_>) -> Done {
    let holder = address(context, 0)?;
    let member = state(context)?.facts.members.get(&holder).cloned().unwrap_or_default();
    context.give_bytes(&member)
}

fn is_member(context: &mut NativeContext<'_>) -> Done {
    let entity = context.bytes(0)?.to_vec();
    let is_member = state(context)?.facts.members.values().any(|member| *member == entity);
    context.give(Value::Bool(is_member));
    Ok(())
}

fn set_member(context: &mut NativeContext<'_>) -> Done {
    let (holder, entity) = (address(context, 0)?, context.bytes(1)?.to_vec());
    state(context)?.facts.members.insert(holder, entity);
    Ok(())
}

fn reserves(context: &mut NativeContext<'_>) -> Result<(u64, bool), Stop> {
    let currency = context.bytes(0)?.to_vec();
    Ok(state(context)?.facts.reserves.get(&currency).copied().unwrap_or_default())
}

fn is_covered(context: &mut NativeContext<'_>) -> Done {
    let (_, covered) = reserves(context)?;
    context.give(Value::Bool(covered));
    Ok(())
}

fn attested_ms(context: &mut NativeContext<'_>) -> Done {
    let (attested, _) = reserves(context)?;
    context.give(Value::U64(attested));
    Ok(())
}

fn set_reserves(context: &mut NativeContext<'_>) -> Done {
    let said = (context.u64(1)?, truth(context, 2)?);
    let currency = context.bytes(0)?.to_vec();
    state(context)?.facts.reserves.insert(currency, said);
    Ok(())
}

fn fresh(context: &mut NativeContext<'_>) -> Done {
    let facts = &mut state(context)?.facts;
    facts.tables = facts.tables.saturating_add(1);
    let mut handle = [0xdd; 32];
    for (byte, count) in handle.iter_mut().rev().zip(facts.tables.to_le_bytes()) {
        *byte = count;
    }
    context.give(Value::Address(handle));
    Ok(())
}
