//! From the tables of a module or script to bytes: one encoding for each.
//!
//! Tables stand in one order, in the directory as in the contents; tables without entries are left
//! out. The order is that of Move's own serializer, so a file that a compiler of the family wrote
//! comes out as it went in.
//!
//! # Place      assembler, compiler -> [encode] -> bytes for a file or a transaction
//! # Invariants decode(encode(m)) == m for every m that is encoded at all; encode(decode(b)) == b for
//! #            every b whose tables stand in this order and that has nothing behind its end
//! # Absent     checks of meaning: what breaks no rule of the format is written as it is

mod code;
mod tables;
mod writer;

use self::writer::{UNWRITABLE, Writer};
use crate::decode;
use crate::fault::Fault;
use crate::format::{AddressWidth, CompiledModule, CompiledScript, Metadata, TableKind, Tables};
use crate::limits;

/// Encodes a module with addresses of 32 bytes. Refuses with `VALUE_SERIALIZATION_ERROR` what the
/// format cannot say.
pub fn module(module: &CompiledModule) -> Result<Vec<u8>, Fault> {
    module_with(module, AddressWidth::ThirtyTwo)
}

/// Encodes a script with addresses of 32 bytes. Refuses with `VALUE_SERIALIZATION_ERROR` what the
/// format cannot say.
pub fn script(script: &CompiledScript) -> Result<Vec<u8>, Fault> {
    script_with(script, AddressWidth::ThirtyTwo)
}

/// Encodes a module with addresses of the given width.
pub fn module_with(module: &CompiledModule, addresses: AddressWidth) -> Result<Vec<u8>, Fault> {
    let version = module.version;
    let mut contents = Contents::default();
    contents.shared(&module.tables(), &module.metadata, version, addresses)?;
    contents.table(TableKind::StructDefinitions, &module.struct_definitions, |writer, entry| {
        tables::struct_definition(writer, entry, version)
    })?;
    contents.table(
        TableKind::StructDefInstantiations,
        &module.struct_instantiations,
        tables::struct_instantiation,
    )?;
    contents.table(
        TableKind::FunctionDefinitions,
        &module.function_definitions,
        |writer, entry| code::function_definition(writer, entry, version),
    )?;
    contents.table(TableKind::FieldHandles, &module.field_handles, tables::field_handle)?;
    contents.table(
        TableKind::FieldInstantiations,
        &module.field_instantiations,
        tables::field_instantiation,
    )?;
    contents.table(
        TableKind::FriendDeclarations,
        &module.friend_declarations,
        tables::module_handle,
    )?;
    let mut file = contents.into_file(version)?;
    file.index(module.self_module_handle.0)?;
    Ok(file.into_bytes())
}

/// Encodes a script with addresses of the given width.
pub fn script_with(script: &CompiledScript, addresses: AddressWidth) -> Result<Vec<u8>, Fault> {
    let mut contents = Contents::default();
    contents.shared(&script.tables(), &script.metadata, script.version, addresses)?;
    let mut file = contents.into_file(script.version)?;
    tables::ability_sets(&mut file, &script.type_parameters)?;
    file.index(script.parameters.0)?;
    code::code_unit(&mut file, &script.code, script.version)?;
    Ok(file.into_bytes())
}

/// The contents of tables and what the directory will say of them.
#[derive(Default)]
struct Contents {
    listed: Vec<(TableKind, usize, usize)>,
    bytes: Writer,
}

impl Contents {
    /// Appends a table, if it has entries.
    fn table<T>(
        &mut self,
        kind: TableKind,
        entries: &[T],
        entry: impl Fn(&mut Writer, &T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if entries.is_empty() {
            return Ok(());
        }
        let start = self.bytes.len();
        entries.iter().try_for_each(|each| entry(&mut self.bytes, each))?;
        self.listed.push((kind, start, self.bytes.len().saturating_sub(start)));
        Ok(())
    }

    /// Appends the tables that modules and scripts have alike.
    fn shared(
        &mut self,
        all: &Tables<'_>,
        metadata: &[Metadata],
        version: u32,
        addresses: AddressWidth,
    ) -> Result<(), Fault> {
        self.table(TableKind::ModuleHandles, all.module_handles, tables::module_handle)?;
        self.table(TableKind::StructHandles, all.struct_handles, tables::struct_handle)?;
        self.table(TableKind::FunctionHandles, all.function_handles, tables::function_handle)?;
        self.table(
            TableKind::FunctionInstantiations,
            all.function_instantiations,
            tables::function_instantiation,
        )?;
        self.table(TableKind::Signatures, all.signatures, |writer, entry| {
            tables::signature(writer, entry, version)
        })?;
        self.table(TableKind::Identifiers, all.identifiers, |writer, entry| {
            tables::identifier(writer, entry)
        })?;
        self.table(TableKind::AddressIdentifiers, all.addresses, |writer, entry| {
            tables::address(writer, entry, addresses)
        })?;
        self.table(TableKind::Constants, all.constants, |writer, entry| {
            tables::constant(writer, entry, version, addresses)
        })?;
        self.table(TableKind::Metadata, metadata, tables::metadata)
    }

    /// Magic, version, directory and contents.
    fn into_file(self, version: u32) -> Result<Writer, Fault> {
        if !(limits::OLDEST_VERSION..=limits::NEWEST_VERSION).contains(&version) {
            return Err(UNWRITABLE);
        }
        let mut file = Writer::default();
        file.raw(&limits::MAGIC);
        file.raw(&version.to_le_bytes());
        file.count(self.listed.len(), limits::TABLES)?;
        for (kind, start, size) in self.listed {
            file.byte(decode::number(kind));
            file.count(start, limits::TABLE_BYTES)?;
            file.count(size, limits::TABLE_BYTES)?;
        }
        file.raw(&self.bytes.into_bytes());
        Ok(file)
    }
}

#[cfg(test)]
mod tests;
