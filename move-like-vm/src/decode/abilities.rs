//! What may be done with values, as each version of the format says it.

use super::reader::Reader;
use crate::fault::Fault;
use crate::format::{Abilities, Ability, StructTypeParameter};
use crate::limits;
use crate::status::Status;

/// The first version with abilities.
const ABILITIES: u32 = 2;
/// The first version with phantom parameters.
const PHANTOM: u32 = 3;

/// What a struct may be.
pub(super) fn of_struct(reader: &mut Reader<'_>, version: u32) -> Result<Abilities, Fault> {
    if version >= ABILITIES {
        return set(reader);
    }
    let before = *reader;
    let store = Abilities::NONE.with(Ability::Store);
    match reader.byte()? {
        0x1 => Ok(store.with(Ability::Key)),
        0x2 => Ok(store.with(Ability::Copy).with(Ability::Drop)),
        _ => Err(before.fault(Status::UnknownAbility)),
    }
}

/// What the type parameters of a struct ask.
pub(super) fn of_struct_parameters(
    reader: &mut Reader<'_>,
    version: u32,
) -> Result<Vec<StructTypeParameter>, Fault> {
    let count = reader.count(limits::TYPE_PARAMETERS)?;
    let mut parameters = Vec::with_capacity(reader.room(count));
    for _ in 0..count {
        let constraints = match version >= ABILITIES {
            true => set(reader)?,
            false => kind(reader)?,
        };
        let is_phantom = version >= PHANTOM && reader.number(1)? == 1;
        parameters.push(StructTypeParameter { constraints, is_phantom });
    }
    Ok(parameters)
}

/// What the type parameters of a function or script ask. Those of version 1 may come from storage and go
/// there, so they ask for `store` too.
pub(super) fn of_functions(reader: &mut Reader<'_>, version: u32) -> Result<Vec<Abilities>, Fault> {
    let count = reader.count(limits::TYPE_PARAMETERS)?;
    let mut sets = Vec::with_capacity(reader.room(count));
    for _ in 0..count {
        sets.push(match version >= ABILITIES {
            true => set(reader)?,
            false => kind(reader)?.with(Ability::Store),
        });
    }
    Ok(sets)
}

fn set(reader: &mut Reader<'_>) -> Result<Abilities, Fault> {
    let before = *reader;
    let bits = reader.number(u64::from(Abilities::ALL.bits()))?;
    u8::try_from(bits)
        .ok()
        .and_then(Abilities::from_bits)
        .ok_or(before.fault(Status::UnknownAbility))
}

/// All, what can be copied, or resources.
fn kind(reader: &mut Reader<'_>) -> Result<Abilities, Fault> {
    let before = *reader;
    match reader.byte()? {
        0x1 => Ok(Abilities::NONE),
        0x2 => Ok(Abilities::NONE.with(Ability::Copy).with(Ability::Drop)),
        0x3 => Ok(Abilities::NONE.with(Ability::Key)),
        _ => Err(before.fault(Status::UnknownAbility)),
    }
}
