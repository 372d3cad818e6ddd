//! The entries of every table but the definitions of functions.

use super::writer::{UNWRITABLE, Writer};
use crate::fault::Fault;
use crate::format::constant::narrowed;
use crate::format::{
    Abilities, Address, AddressWidth, Constant, FieldHandle, FieldInstantiation, FunctionHandle,
    FunctionInstantiation, Metadata, ModuleHandle, Signature, SignatureToken,
    StructDefInstantiation, StructDefinition, StructFields, StructHandle, is_identifier,
};
use crate::limits;

pub(super) fn module_handle(writer: &mut Writer, handle: &ModuleHandle) -> Result<(), Fault> {
    writer.index(handle.address.0)?;
    writer.index(handle.name.0)
}

pub(super) fn struct_handle(writer: &mut Writer, handle: &StructHandle) -> Result<(), Fault> {
    writer.index(handle.module.0)?;
    writer.index(handle.name.0)?;
    writer.byte(handle.abilities.bits());
    writer.count(handle.type_parameters.len(), limits::TYPE_PARAMETERS)?;
    for parameter in &handle.type_parameters {
        writer.byte(parameter.constraints.bits());
        writer.byte(u8::from(parameter.is_phantom));
    }
    Ok(())
}

pub(super) fn function_handle(writer: &mut Writer, handle: &FunctionHandle) -> Result<(), Fault> {
    writer.index(handle.module.0)?;
    writer.index(handle.name.0)?;
    writer.index(handle.parameters.0)?;
    writer.index(handle.returns.0)?;
    ability_sets(writer, &handle.type_parameters)
}

pub(super) fn function_instantiation(
    writer: &mut Writer,
    instance: &FunctionInstantiation,
) -> Result<(), Fault> {
    writer.index(instance.handle.0)?;
    writer.index(instance.type_arguments.0)
}

pub(super) fn struct_instantiation(
    writer: &mut Writer,
    instance: &StructDefInstantiation,
) -> Result<(), Fault> {
    writer.index(instance.definition.0)?;
    writer.index(instance.type_arguments.0)
}

pub(super) fn field_handle(writer: &mut Writer, handle: &FieldHandle) -> Result<(), Fault> {
    writer.index(handle.owner.0)?;
    writer.number(u64::from(handle.field), limits::FIELDS)
}

pub(super) fn field_instantiation(
    writer: &mut Writer,
    instance: &FieldInstantiation,
) -> Result<(), Fault> {
    writer.index(instance.handle.0)?;
    writer.index(instance.type_arguments.0)
}

pub(super) fn identifier(writer: &mut Writer, name: &str) -> Result<(), Fault> {
    if !is_identifier(name) {
        return Err(UNWRITABLE);
    }
    writer.counted(name.as_bytes(), limits::IDENTIFIER_BYTES)
}

pub(super) fn address(
    writer: &mut Writer,
    address: &Address,
    width: AddressWidth,
) -> Result<(), Fault> {
    match width {
        AddressWidth::ThirtyTwo => writer.raw(address),
        AddressWidth::Sixteen => {
            writer.raw(address.strip_prefix(&[0; 16]).ok_or(UNWRITABLE)?);
        }
    }
    Ok(())
}

pub(super) fn constant(
    writer: &mut Writer,
    constant: &Constant,
    version: u32,
    addresses: AddressWidth,
) -> Result<(), Fault> {
    token(writer, &constant.type_, version)?;
    match addresses {
        AddressWidth::ThirtyTwo => writer.counted(&constant.data, limits::CONSTANT_BYTES),
        AddressWidth::Sixteen => {
            let data = narrowed(&constant.type_, &constant.data).ok_or(UNWRITABLE)?;
            writer.counted(&data, limits::CONSTANT_BYTES)
        }
    }
}

pub(super) fn metadata(writer: &mut Writer, metadata: &Metadata) -> Result<(), Fault> {
    writer.counted(&metadata.key, limits::METADATA_KEY_BYTES)?;
    writer.counted(&metadata.value, limits::METADATA_VALUE_BYTES)
}

pub(super) fn struct_definition(
    writer: &mut Writer,
    definition: &StructDefinition,
    version: u32,
) -> Result<(), Fault> {
    writer.index(definition.handle.0)?;
    match &definition.fields {
        StructFields::Native => writer.byte(0x1),
        StructFields::Declared(fields) => {
            writer.byte(0x2);
            writer.count(fields.len(), limits::FIELDS)?;
            for field in fields {
                writer.index(field.name.0)?;
                token(writer, &field.type_, version)?;
            }
        }
    }
    Ok(())
}

pub(super) fn ability_sets(writer: &mut Writer, sets: &[Abilities]) -> Result<(), Fault> {
    writer.count(sets.len(), limits::TYPE_PARAMETERS)?;
    sets.iter().for_each(|set| writer.byte(set.bits()));
    Ok(())
}

pub(super) fn signature(
    writer: &mut Writer,
    signature: &Signature,
    version: u32,
) -> Result<(), Fault> {
    writer.count(signature.0.len(), limits::SIGNATURE_TYPES)?;
    signature.0.iter().try_for_each(|type_| token(writer, type_, version))
}

fn token(writer: &mut Writer, type_: &SignatureToken, version: u32) -> Result<(), Fault> {
    type_.preorder().try_for_each(|(node, depth)| {
        if depth > limits::TYPE_DEPTH { Err(UNWRITABLE) } else { self::node(writer, node, version) }
    })
}

fn node(writer: &mut Writer, node: &SignatureToken, version: u32) -> Result<(), Fault> {
    match node {
        SignatureToken::Bool => writer.byte(0x1),
        SignatureToken::U8 => writer.byte(0x2),
        SignatureToken::U64 => writer.byte(0x3),
        SignatureToken::U128 => writer.byte(0x4),
        SignatureToken::Address => writer.byte(0x5),
        SignatureToken::Reference(_) => writer.byte(0x6),
        SignatureToken::MutableReference(_) => writer.byte(0x7),
        SignatureToken::Struct(handle) => {
            writer.byte(0x8);
            writer.index(handle.0)?;
        }
        SignatureToken::TypeParameter(index) => {
            writer.byte(0x9);
            writer.index(*index)?;
        }
        SignatureToken::Vector(_) => writer.byte(0xA),
        SignatureToken::StructInstantiation(handle, arguments) => {
            if arguments.is_empty() {
                return Err(UNWRITABLE);
            }
            writer.byte(0xB);
            writer.index(handle.0)?;
            writer.count(arguments.len(), limits::TYPE_PARAMETERS)?;
        }
        SignatureToken::Signer => writer.byte(0xC),
        SignatureToken::U16 => since_version_6(writer, 0xD, version)?,
        SignatureToken::U32 => since_version_6(writer, 0xE, version)?,
        SignatureToken::U256 => since_version_6(writer, 0xF, version)?,
    }
    Ok(())
}

/// A byte that the older version does not know.
pub(super) fn since_version_6(writer: &mut Writer, byte: u8, version: u32) -> Result<(), Fault> {
    if version < limits::NEWEST_VERSION {
        return Err(UNWRITABLE);
    }
    writer.byte(byte);
    Ok(())
}
