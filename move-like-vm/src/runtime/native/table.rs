//! Items of tables: resources that stand under addresses of their own, each found by its key.
//!
//! ```text
//! table { handle } + key --- place ---> address --- borrow ---> &Item
//! ```
//!
//! Whoever provides these functions declares them as private ones of the module that defines table and
//! item, so that nobody else makes such a reference or signs for such an address. That a reference to an
//! item borrows its table is what their signatures say; the verifier holds every caller to it.
//!
//! # Place      interpreter -> [table] <- natives of the ledger and of tests
//! # Invariants two keys, or two tables, never share an address; an item is a resource like any other: read
//! #            once, written back once, counted among the changes
//! # Absent     handles: whoever provides the functions makes them, no two the same

use sha2::{Digest, Sha256};

use super::NativeContext;
use crate::runtime::globals::Source;
use crate::runtime::stop::Stop;
use crate::runtime::types::Type;
use crate::runtime::value::Value;
use crate::status::Status;

/// What is hashed before handle and key.
const DOMAIN: &[u8] = b"florin/move/table-item/1";

/// `fun place<Key>(handle: address, key: &Key): address`: where the item of a key stands.
pub fn place(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let Value::Address(handle) = context.argument(0)? else {
        return Err(Status::InternalTypeError.into());
    };
    let key = context.behind(1)?;
    let key = context.encode(&key)?;
    let hash = Sha256::new().chain_update(DOMAIN).chain_update(handle).chain_update(key);
    context.give(Value::Address(hash.finalize().into()));
    Ok(())
}

/// `fun seat(at: address): signer`: who puts an item there.
pub fn seat(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let Value::Address(at) = context.argument(0)? else {
        return Err(Status::InternalTypeError.into());
    };
    context.give(Value::Signer(at));
    Ok(())
}

/// `fun borrow<Key, Value>(table: &Table<Key, Value>, at: address): &Item<Value>`: a reference to the item
/// there, of the type that the function returns; with `&mut` twice, to change it.
pub fn borrow(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let Value::Address(at) = context.argument(1)? else {
        return Err(Status::InternalTypeError.into());
    };
    let returned = context.returns.first().copied().ok_or(Status::TypeResolutionFailure)?;
    let (item, is_mutable) = match context.program.types.get(returned)? {
        Type::Reference(item) => (*item, false),
        Type::MutableReference(item) => (*item, true),
        _ => return Err(Status::InternalTypeError.into()),
    };
    let source = Source { program: context.program, state: context.state };
    let memory = &mut *context.memory;
    let number = memory.globals.find(&at, item, &source, &mut memory.heap, context.meter)?;
    if memory.globals.value(number)? == Value::Empty {
        return Err(Status::MissingData.into());
    }
    if is_mutable {
        memory.globals.expose(number)?;
    }
    context.give(Value::Global(number));
    Ok(())
}
