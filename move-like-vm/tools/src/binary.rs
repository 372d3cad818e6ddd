//! A file of unknown kind as module or script.
//!
//! # Place      files -> [binary] -> every tool
//! # Invariants one file gives one answer; the fault of a file that is neither is that of the likelier kind
//! # Absent     verification beyond indices

use move_like_vm::decode::{self, Dialect};
use move_like_vm::fault::Fault;
use move_like_vm::format::{AddressWidth, CompiledModule, CompiledScript, TableKind};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A module.
    Module,
    /// A script.
    Script,
}

/// A file that was decoded and whose indices lead somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binary {
    /// A module.
    Module(CompiledModule),
    /// A script.
    Script(CompiledScript),
}

impl Binary {
    /// What it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Module(_) => Kind::Module,
            Self::Script(_) => Kind::Script,
        }
    }
}

/// Reads bytes of a known kind.
pub fn read_as(kind: Kind, bytes: &[u8], dialect: impl Into<Dialect>) -> Result<Binary, Fault> {
    match kind {
        Kind::Module => decode::checked_module(bytes, dialect).map(Binary::Module),
        Kind::Script => decode::checked_script(bytes, dialect).map(Binary::Script),
    }
}

/// Reads bytes that do not say what they are.
///
/// What defines structs or functions is a module. A script has none of the tables for them, and its
/// function stands where a module has one number, so bytes that can be read as both are a script.
pub fn read(bytes: &[u8], dialect: impl Into<Dialect>) -> (Kind, Result<Binary, Fault>) {
    let dialect = dialect.into();
    let kind = kind(bytes, dialect);
    (kind, read_as(kind, bytes, dialect))
}

/// What bytes are, or are meant to be.
pub fn kind(bytes: &[u8], dialect: impl Into<Dialect>) -> Kind {
    let dialect = dialect.into();
    if directory(bytes).iter().any(|(table, _)| of_modules(*table)) {
        return Kind::Module;
    }
    let good = |kind| read_as(kind, bytes, dialect).is_ok();
    if good(Kind::Script) {
        return Kind::Script;
    }
    if good(Kind::Module) || decode::script_with(bytes, dialect).is_err() {
        return Kind::Module;
    }
    Kind::Script
}

/// The width of addresses under which most of these binaries can be read; no file says it.
///
/// Where it makes no difference it is 32.
pub fn width<'a>(binaries: impl IntoIterator<Item = &'a [u8]>) -> AddressWidth {
    let (mut short, mut long) = (0_usize, 0_usize);
    for bytes in binaries {
        let reads = |width| {
            let (_, result) = read(bytes, Dialect::of_any_version(width));
            result.is_ok()
        };
        match (reads(AddressWidth::Sixteen), reads(AddressWidth::ThirtyTwo)) {
            (true, false) => short = short.saturating_add(1),
            (false, true) => long = long.saturating_add(1),
            (false, false) if has_odd_addresses(bytes) => short = short.saturating_add(1),
            _ => {}
        }
    }
    if short > long { AddressWidth::Sixteen } else { AddressWidth::ThirtyTwo }
}

/// Whether the table of addresses is no multiple of 32 bytes, but one of 16.
fn has_odd_addresses(bytes: &[u8]) -> bool {
    let addresses = u64::from(number(TableKind::AddressIdentifiers));
    directory(bytes)
        .iter()
        .any(|(table, size)| *table == addresses && size.checked_rem(32) == Some(16))
}

/// Number and size of the tables that a file lists, as far as they can be read.
fn directory(bytes: &[u8]) -> Vec<(u64, u64)> {
    // Magic and version have eight bytes.
    let mut rest = bytes.get(8..).unwrap_or_default().iter().copied();
    let count = uleb(&mut rest).unwrap_or(0);
    let mut tables = Vec::new();
    for _ in 0..count.min(255) {
        let table = rest.next().map(u64::from);
        let (_, size) = (uleb(&mut rest), uleb(&mut rest));
        match (table, size) {
            (Some(table), Some(size)) => tables.push((table, size)),
            _ => break,
        }
    }
    tables
}

fn uleb(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..35_u32).step_by(7) {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

const fn number(table: TableKind) -> u8 {
    match table {
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

/// Whether only modules have a table of this number.
fn of_modules(table: u64) -> bool {
    [
        TableKind::StructDefinitions,
        TableKind::StructDefInstantiations,
        TableKind::FunctionDefinitions,
        TableKind::FieldHandles,
        TableKind::FieldInstantiations,
        TableKind::FriendDeclarations,
    ]
    .into_iter()
    .any(|kind| u64::from(number(kind)) == table)
}
