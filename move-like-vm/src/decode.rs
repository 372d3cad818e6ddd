//! From bytes to the tables of a module or script, and nothing that the bytes do not say.
//!
//! A file is: magic, version, the table directory, the contents of the tables, and a tail: for a
//! module the index of its own handle, for a script its function. The directory says where each table
//! starts and how long it is; tables stand one behind the other from offset 0, without gaps and each
//! at most once, in any order. What follows the tail is not read, as in Move.
//!
//! A file does not say how long its addresses are. Those of our networks have 32 bytes, those of the
//! first Move machine's own tests 16: these are read by [`module_with`] and [`script_with`], which put
//! 16 zero bytes before each, in the table and in constants, so that only this module and the encoder
//! know of short addresses.
//!
//! # Place      bytes from outside -> [decode] -> verifier -> loader
//! # Invariants no bytes can make it panic, loop or use the call stack in proportion to them; what it
//! #            allocates is at most a fixed multiple of their number; every number has one encoding;
//! #            of several faults, the one is told that Move tells
//! # Absent     whether an index points anywhere: [`checked_module`] and [`checked_script`] add that
//!
//! # Versions
//!
//! Networks read versions 5 and 6. Tools that judge the files of others also read versions 1 to 4, which
//! say some things otherwise: 1 has a kind in place of abilities and no friends, 2 is the last without
//! phantom parameters, 3 the last without instructions about vectors, and up to 4 a function of scripts
//! has a visibility of its own and there is no metadata. They become what they mean in version 5.

mod abilities;
mod code;
mod reader;
mod tables;
mod token;

use self::reader::Reader;
use self::tables::entries;
use crate::fault::Fault;
use crate::format::{
    Abilities, AddressWidth, CodeUnit, CompiledModule, CompiledScript, ModuleHandleIndex,
    SignatureIndex, TableKind,
};
use crate::limits;
use crate::status::Status;
use crate::verify::bounds;

/// What files do not say of themselves: which of them are read, and how long their addresses are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// How long addresses are.
    pub addresses: AddressWidth,
    /// The oldest version that is read.
    pub oldest_version: u32,
}

impl Dialect {
    /// Files of any version.
    pub const fn of_any_version(addresses: AddressWidth) -> Self {
        Self { addresses, oldest_version: limits::FIRST_VERSION }
    }
}

/// What networks read.
impl From<AddressWidth> for Dialect {
    fn from(addresses: AddressWidth) -> Self {
        Self { addresses, oldest_version: limits::OLDEST_VERSION }
    }
}

/// What must be known of a file to read its entries.
#[derive(Clone, Copy)]
struct Form {
    version: u32,
    addresses: AddressWidth,
}

/// Decodes a module whose addresses have 32 bytes.
pub fn module(bytes: &[u8]) -> Result<CompiledModule, Fault> {
    module_with(bytes, AddressWidth::ThirtyTwo)
}

/// Decodes a script whose addresses have 32 bytes.
pub fn script(bytes: &[u8]) -> Result<CompiledScript, Fault> {
    script_with(bytes, AddressWidth::ThirtyTwo)
}

/// Decodes a module of a dialect.
pub fn module_with(bytes: &[u8], dialect: impl Into<Dialect>) -> Result<CompiledModule, Fault> {
    let mut file = File::open(bytes, dialect.into())?;
    let self_module_handle = ModuleHandleIndex(file.tail.index()?);
    let version = file.form.version;
    let mut module = CompiledModule { version, self_module_handle, ..CompiledModule::default() };
    for (kind, table) in &file.tables {
        read_shared(*kind, *table, file.form, &mut Shared::of_module(&mut module))?;
    }
    for (kind, table) in &file.tables {
        read_definitions(*kind, *table, version, &mut module)?;
    }
    Ok(module)
}

/// Decodes a script of a dialect.
pub fn script_with(bytes: &[u8], dialect: impl Into<Dialect>) -> Result<CompiledScript, Fault> {
    let mut file = File::open(bytes, dialect.into())?;
    let version = file.form.version;
    let type_parameters: Vec<Abilities> = abilities::of_functions(&mut file.tail, version)?;
    let parameters = SignatureIndex(file.tail.index()?);
    let code: CodeUnit = code::code_unit(&mut file.tail, version)?;
    let mut script =
        CompiledScript { version, type_parameters, parameters, code, ..CompiledScript::default() };
    for (kind, table) in &file.tables {
        read_shared(*kind, *table, file.form, &mut Shared::of_script(&mut script))?;
    }
    match file.tables.iter().find(|(kind, _)| defines(*kind)) {
        Some((_, table)) => Err(table.fault(Status::Malformed)),
        None => Ok(script),
    }
}

/// Decodes a module and checks that every index in it points to something.
pub fn checked_module(bytes: &[u8], dialect: impl Into<Dialect>) -> Result<CompiledModule, Fault> {
    let module = module_with(bytes, dialect)?;
    bounds::module(&module)?;
    Ok(module)
}

/// Decodes a script and checks that every index in it points to something.
pub fn checked_script(bytes: &[u8], dialect: impl Into<Dialect>) -> Result<CompiledScript, Fault> {
    let script = script_with(bytes, dialect)?;
    bounds::script(&script)?;
    Ok(script)
}

/// The first version with friends.
const FRIENDS: u32 = 2;
/// The first version with metadata.
const METADATA: u32 = 5;

/// A file whose directory was read: its tables in the order of their offsets, and its tail.
struct File<'a> {
    form: Form,
    tables: Vec<(TableKind, Reader<'a>)>,
    tail: Reader<'a>,
}

/// What the directory says of a table.
struct Listed<'a> {
    kind: TableKind,
    offset: u64,
    size: u64,
    place: Reader<'a>,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8], dialect: Dialect) -> Result<Self, Fault> {
        let mut reader = Reader::new(bytes);
        if reader.take(limits::MAGIC.len()) != Some(limits::MAGIC.as_slice()) {
            return Err(Reader::new(bytes).fault(Status::BadMagic));
        }
        let before = reader;
        let version = u32::from_le_bytes(reader.fixed(Status::Malformed)?);
        if !(dialect.oldest_version..=limits::NEWEST_VERSION).contains(&version) {
            return Err(before.fault(Status::UnknownVersion));
        }
        let count = reader.count(limits::TABLES)?;
        let mut listed = Vec::with_capacity(reader.room(count));
        for _ in 0..count {
            listed.push(Listed::read(&mut reader)?);
        }
        listed.sort_by_key(|table| table.offset);
        check_directory(&listed, bytes.len())?;
        let mut tables = Vec::with_capacity(listed.len());
        for table in listed {
            let part = usize::try_from(table.size).ok().and_then(|size| reader.part(size));
            tables.push((table.kind, part.ok_or(reader.fault(Status::Malformed))?));
        }
        let form = Form { version, addresses: dialect.addresses };
        Ok(Self { form, tables, tail: reader })
    }
}

/// Reads a table that modules and scripts have alike; leaves others alone.
fn read_shared(
    kind: TableKind,
    table: Reader<'_>,
    form: Form,
    into: &mut Shared<'_>,
) -> Result<(), Fault> {
    match kind {
        TableKind::ModuleHandles => *into.module_handles = entries(table, tables::module_handle)?,
        TableKind::StructHandles => {
            *into.struct_handles =
                entries(table, |entry| tables::struct_handle(entry, form.version))?;
        }
        TableKind::FunctionHandles => {
            *into.function_handles =
                entries(table, |entry| tables::function_handle(entry, form.version))?;
        }
        TableKind::FunctionInstantiations => {
            *into.function_instantiations = entries(table, tables::function_instantiation)?;
        }
        TableKind::Signatures => {
            *into.signatures = entries(table, |entry| token::signature(entry, form.version))?;
        }
        TableKind::Constants => {
            *into.constants = entries(table, |entry| tables::constant(entry, form))?;
        }
        TableKind::Identifiers => *into.identifiers = entries(table, tables::identifier)?,
        TableKind::AddressIdentifiers => {
            *into.addresses = entries(table, |entry| tables::address(entry, form.addresses))?;
        }
        TableKind::Metadata if form.version >= METADATA => {
            *into.metadata = entries(table, tables::metadata)?;
        }
        TableKind::FriendDeclarations if form.version >= FRIENDS => {}
        TableKind::Metadata | TableKind::FriendDeclarations => {
            return Err(table.fault(Status::Malformed));
        }
        TableKind::StructDefinitions
        | TableKind::StructDefInstantiations
        | TableKind::FunctionDefinitions
        | TableKind::FieldHandles
        | TableKind::FieldInstantiations => {}
    }
    Ok(())
}

impl<'a> Listed<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let place = *reader;
        let number = reader.byte()?;
        let offset = reader.number(limits::TABLE_BYTES)?;
        let size = reader.number(limits::TABLE_BYTES)?;
        let kind = kind(number).ok_or(place.fault(Status::UnknownTableType))?;
        Ok(Self { kind, offset, size, place })
    }
}

/// Whether tables that are sorted by offset cover the bytes from 0 on without gap, overlap or
/// repetition, and no more bytes than the file has.
fn check_directory(listed: &[Listed<'_>], file: usize) -> Result<(), Fault> {
    let file = u64::try_from(file).unwrap_or(u64::MAX);
    let mut end = 0_u64;
    let mut seen = 0_u32;
    for table in listed {
        let bad = table.place.fault(Status::BadHeaderTable);
        if table.offset != end || table.size == 0 {
            return Err(bad);
        }
        end = end.saturating_add(table.size);
        if end > limits::TABLE_BYTES {
            return Err(bad);
        }
        let bit = 1_u32.checked_shl(u32::from(number(table.kind))).unwrap_or(0);
        if seen & bit != 0 {
            return Err(table.place.fault(Status::DuplicateTable));
        }
        seen |= bit;
        if end > file {
            return Err(bad);
        }
    }
    Ok(())
}

/// The byte that stands for a table in a directory.
pub(crate) const fn number(kind: TableKind) -> u8 {
    match kind {
        TableKind::ModuleHandles => 0x1,
        TableKind::StructHandles => 0x2,
        TableKind::FunctionHandles => 0x3,
        TableKind::FunctionInstantiations => 0x4,
        TableKind::Signatures => 0x5,
        TableKind::Constants => 0x6,
        TableKind::Identifiers => 0x7,
        TableKind::AddressIdentifiers => 0x8,
        TableKind::StructDefinitions => 0xA,
        TableKind::StructDefInstantiations => 0xB,
        TableKind::FunctionDefinitions => 0xC,
        TableKind::FieldHandles => 0xD,
        TableKind::FieldInstantiations => 0xE,
        TableKind::FriendDeclarations => 0xF,
        TableKind::Metadata => 0x10,
    }
}

const fn kind(number: u8) -> Option<TableKind> {
    Some(match number {
        0x1 => TableKind::ModuleHandles,
        0x2 => TableKind::StructHandles,
        0x3 => TableKind::FunctionHandles,
        0x4 => TableKind::FunctionInstantiations,
        0x5 => TableKind::Signatures,
        0x6 => TableKind::Constants,
        0x7 => TableKind::Identifiers,
        0x8 => TableKind::AddressIdentifiers,
        0xA => TableKind::StructDefinitions,
        0xB => TableKind::StructDefInstantiations,
        0xC => TableKind::FunctionDefinitions,
        0xD => TableKind::FieldHandles,
        0xE => TableKind::FieldInstantiations,
        0xF => TableKind::FriendDeclarations,
        0x10 => TableKind::Metadata,
        _ => return None,
    })
}

/// Whether only modules have the table.
const fn defines(kind: TableKind) -> bool {
    matches!(
        kind,
        TableKind::StructDefinitions
            | TableKind::StructDefInstantiations
            | TableKind::FunctionDefinitions
            | TableKind::FieldHandles
            | TableKind::FieldInstantiations
            | TableKind::FriendDeclarations
    )
}

/// Reads a table that only modules have; leaves others alone.
fn read_definitions(
    kind: TableKind,
    table: Reader<'_>,
    version: u32,
    module: &mut CompiledModule,
) -> Result<(), Fault> {
    match kind {
        TableKind::StructDefinitions => {
            module.struct_definitions =
                entries(table, |entry| tables::struct_definition(entry, version))?;
        }
        TableKind::StructDefInstantiations => {
            module.struct_instantiations = entries(table, tables::struct_instantiation)?;
        }
        TableKind::FunctionDefinitions => {
            module.function_definitions =
                entries(table, |entry| code::function_definition(entry, version))?;
        }
        TableKind::FieldHandles => module.field_handles = entries(table, tables::field_handle)?,
        TableKind::FieldInstantiations => {
            module.field_instantiations = entries(table, tables::field_instantiation)?;
        }
        TableKind::FriendDeclarations => {
            module.friend_declarations = entries(table, tables::module_handle)?;
        }
        TableKind::ModuleHandles
        | TableKind::StructHandles
        | TableKind::FunctionHandles
        | TableKind::FunctionInstantiations
        | TableKind::Signatures
        | TableKind::Constants
        | TableKind::Identifiers
        | TableKind::AddressIdentifiers
        | TableKind::Metadata => {}
    }
    Ok(())
}

macro_rules! shared {
    ($($table:ident: $entry:ident,)*) => {
        /// The tables that modules and scripts have alike.
        struct Shared<'a> {
            $($table: &'a mut Vec<crate::format::$entry>,)*
            identifiers: &'a mut Vec<String>,
        }

        impl<'a> Shared<'a> {
            const fn of_module(module: &'a mut CompiledModule) -> Self {
                Self {
                    $($table: &mut module.$table,)*
                    identifiers: &mut module.identifiers,
                }
            }

            const fn of_script(script: &'a mut CompiledScript) -> Self {
                Self {
                    $($table: &mut script.$table,)*
                    identifiers: &mut script.identifiers,
                }
            }
        }
    };
}

shared! {
    module_handles: ModuleHandle,
    struct_handles: StructHandle,
    function_handles: FunctionHandle,
    function_instantiations: FunctionInstantiation,
    signatures: Signature,
    addresses: Address,
    constants: Constant,
    metadata: Metadata,
}

#[cfg(test)]
mod tests;
