//! The entries of every table but the definitions of functions.

use super::reader::Reader;
use super::{Form, abilities, token};
use crate::fault::Fault;
use crate::format::constant::widened;
use crate::format::{
    Address, AddressIdentifierIndex, AddressWidth, Constant, FieldDefinition, FieldHandle,
    FieldHandleIndex, FieldInstantiation, FunctionHandle, FunctionHandleIndex,
    FunctionInstantiation, IdentifierIndex, Metadata, ModuleHandle, ModuleHandleIndex,
    SignatureIndex, StructDefInstantiation, StructDefinition, StructDefinitionIndex, StructFields,
    StructHandle, StructHandleIndex, is_identifier,
};
use crate::limits;
use crate::status::Status;

/// Reads entries to the end of a table.
pub(super) fn entries<'a, T>(
    mut table: Reader<'a>,
    entry: impl Fn(&mut Reader<'a>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut entries = Vec::new();
    while !table.is_empty() {
        entries.push(entry(&mut table)?);
    }
    Ok(entries)
}

pub(super) fn module_handle(reader: &mut Reader<'_>) -> Result<ModuleHandle, Fault> {
    Ok(ModuleHandle {
        address: AddressIdentifierIndex(reader.index()?),
        name: IdentifierIndex(reader.index()?),
    })
}

pub(super) fn struct_handle(reader: &mut Reader<'_>, version: u32) -> Result<StructHandle, Fault> {
    Ok(StructHandle {
        module: ModuleHandleIndex(reader.index()?),
        name: IdentifierIndex(reader.index()?),
        abilities: abilities::of_struct(reader, version)?,
        type_parameters: abilities::of_struct_parameters(reader, version)?,
    })
}

pub(super) fn function_handle(
    reader: &mut Reader<'_>,
    version: u32,
) -> Result<FunctionHandle, Fault> {
    Ok(FunctionHandle {
        module: ModuleHandleIndex(reader.index()?),
        name: IdentifierIndex(reader.index()?),
        parameters: SignatureIndex(reader.index()?),
        returns: SignatureIndex(reader.index()?),
        type_parameters: abilities::of_functions(reader, version)?,
    })
}

pub(super) fn function_instantiation(
    reader: &mut Reader<'_>,
) -> Result<FunctionInstantiation, Fault> {
    Ok(FunctionInstantiation {
        handle: FunctionHandleIndex(reader.index()?),
        type_arguments: SignatureIndex(reader.index()?),
    })
}

pub(super) fn struct_instantiation(
    reader: &mut Reader<'_>,
) -> Result<StructDefInstantiation, Fault> {
    Ok(StructDefInstantiation {
        definition: StructDefinitionIndex(reader.index()?),
        type_arguments: SignatureIndex(reader.index()?),
    })
}

pub(super) fn field_handle(reader: &mut Reader<'_>) -> Result<FieldHandle, Fault> {
    let owner = StructDefinitionIndex(reader.index()?);
    let before = *reader;
    let position = reader.number(limits::FIELDS)?;
    let field = u16::try_from(position).map_err(|_| before.fault(Status::Malformed))?;
    Ok(FieldHandle { owner, field })
}

pub(super) fn field_instantiation(reader: &mut Reader<'_>) -> Result<FieldInstantiation, Fault> {
    Ok(FieldInstantiation {
        handle: FieldHandleIndex(reader.index()?),
        type_arguments: SignatureIndex(reader.index()?),
    })
}

pub(super) fn identifier(reader: &mut Reader<'_>) -> Result<String, Fault> {
    let before = *reader;
    let bytes = reader.bytes(limits::IDENTIFIER_BYTES)?;
    match std::str::from_utf8(bytes) {
        Ok(name) if is_identifier(name) => Ok(name.to_owned()),
        _ => Err(before.fault(Status::Malformed)),
    }
}

pub(super) fn address(reader: &mut Reader<'_>, width: AddressWidth) -> Result<Address, Fault> {
    match width {
        AddressWidth::ThirtyTwo => reader.fixed(Status::Malformed),
        AddressWidth::Sixteen => {
            let low: [u8; 16] = reader.fixed(Status::Malformed)?;
            let mut address = [0; 32];
            address.iter_mut().skip(low.len()).zip(low).for_each(|(to, from)| *to = from);
            Ok(address)
        }
    }
}

pub(super) fn constant(reader: &mut Reader<'_>, form: Form) -> Result<Constant, Fault> {
    let type_ = token::token(reader, form.version)?;
    let data = reader.bytes(limits::CONSTANT_BYTES)?;
    let data = match form.addresses {
        AddressWidth::ThirtyTwo => data.to_vec(),
        AddressWidth::Sixteen => widened(&type_, data),
    };
    Ok(Constant { type_, data })
}

pub(super) fn metadata(reader: &mut Reader<'_>) -> Result<Metadata, Fault> {
    let key = reader.bytes(limits::METADATA_KEY_BYTES)?.to_vec();
    let value = reader.bytes(limits::METADATA_VALUE_BYTES)?.to_vec();
    Ok(Metadata { key, value })
}

pub(super) fn struct_definition(
    reader: &mut Reader<'_>,
    version: u32,
) -> Result<StructDefinition, Fault> {
    let handle = StructHandleIndex(reader.index()?);
    let before = *reader;
    let fields = match reader.byte()? {
        0x1 => StructFields::Native,
        0x2 => {
            let count = reader.count(limits::FIELDS)?;
            let mut fields = Vec::with_capacity(reader.room(count));
            for _ in 0..count {
                let name = IdentifierIndex(reader.index()?);
                let type_ = token::token(reader, version)?;
                fields.push(FieldDefinition { name, type_ });
            }
            StructFields::Declared(fields)
        }
        _ => return Err(before.fault(Status::UnknownNativeStructFlag)),
    };
    Ok(StructDefinition { handle, fields })
}
