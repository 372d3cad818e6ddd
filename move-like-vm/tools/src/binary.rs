//! A file of unknown kind as module or script.
//!
//! # Place      files -> [binary] -> every tool
//! # Invariants one file gives one answer; the fault of a file that is neither is that of the likelier kind
//! # Absent     verification beyond indices

use std::collections::BTreeSet;

use move_like_vm::decode::{self, Dialect};
use move_like_vm::encode;
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
pub fn read(bytes: &[u8], dialect: impl Into<Dialect>) -> (Kind, Result<Binary, Fault>) {
    let kind = kind(bytes);
    (kind, read_as(kind, bytes, dialect))
}

/// The longest tail of a module: the number of its own handle.
const MODULE_TAIL: usize = 3;

/// What bytes are, or were before they were damaged.
///
/// What defines structs or functions is a module, and so is what names modules and has a tail of no more
/// than a number: the tail of a script is its function. One table may be mistaken for one of a module's
/// where the tail is nothing but a function.
pub fn kind(bytes: &[u8]) -> Kind {
    let directory = Directory::of(bytes);
    let has = |kind| directory.tables.iter().any(|(table, _)| *table == u64::from(number(kind)));
    let tail = directory.tail(bytes);
    let is_script = match directory.tables.iter().filter(|(table, _)| of_modules(*table)).count() {
        0 if directory.tables.is_empty() => false,
        0 => {
            let is_long = tail.is_some_and(|tail| tail.len() > MODULE_TAIL);
            is_long || !has(TableKind::ModuleHandles)
        }
        1 => tail.is_some_and(|tail| is_function(bytes, tail)),
        _ => false,
    };
    if is_script { Kind::Script } else { Kind::Module }
}

/// Whether the tail of a file is the function of a script and nothing else.
fn is_function(bytes: &[u8], tail: &[u8]) -> bool {
    let Some(start) = bytes.get(..BEFORE_DIRECTORY) else { return false };
    let alone = [start, &[0], tail].concat();
    let width = AddressWidth::ThirtyTwo;
    let script = decode::script_with(&alone, width);
    tail.len() > MODULE_TAIL
        && script.is_ok_and(|script| encode::script_with(&script, width) == Ok(alone))
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
            (false, false) if has_odd_addresses(bytes) || names_short_addresses(bytes) => {
                short = short.saturating_add(1);
            }
            _ => {}
        }
    }
    if short > long { AddressWidth::Sixteen } else { AddressWidth::ThirtyTwo }
}

/// Whether the table of addresses is no multiple of 32 bytes, but one of 16.
fn has_odd_addresses(bytes: &[u8]) -> bool {
    let addresses = u64::from(number(TableKind::AddressIdentifiers));
    Directory::of(bytes)
        .tables
        .iter()
        .any(|(table, size)| *table == addresses && size.checked_rem(32) == Some(16))
}

/// The width of addresses of a file that fits one of them and not the other.
///
/// A damaged file may be readable under the wrong width only, but it hardly fits it.
pub fn own_width(bytes: &[u8]) -> Option<AddressWidth> {
    match (fits(bytes, AddressWidth::Sixteen), fits(bytes, AddressWidth::ThirtyTwo)) {
        (true, false) => Some(AddressWidth::Sixteen),
        (false, true) => Some(AddressWidth::ThirtyTwo),
        _ => None,
    }
}

/// Whether a file can be read under a width, with each address once and named by a module or friend.
fn fits(bytes: &[u8], width: AddressWidth) -> bool {
    let (_, Ok(binary)) = read(bytes, Dialect::of_any_version(width)) else { return false };
    let (handles, friends, addresses) = match &binary {
        Binary::Module(module) => {
            (&module.module_handles, module.friend_declarations.as_slice(), &module.addresses)
        }
        Binary::Script(script) => (&script.module_handles, [].as_slice(), &script.addresses),
    };
    let named = handles.iter().chain(friends).map(|handle| handle.address.get());
    named.collect::<BTreeSet<_>>().len() == addresses.len()
        && addresses.iter().collect::<BTreeSet<_>>().len() == addresses.len()
}

/// Whether the addresses that modules are named with are there only if they are short.
fn names_short_addresses(bytes: &[u8]) -> bool {
    let names_what_is_there = |width| {
        let dialect = Dialect::of_any_version(width);
        let (handles, addresses) = match kind(bytes) {
            Kind::Module => decode::module_with(bytes, dialect)
                .map(|module| (module.module_handles, module.addresses)),
            Kind::Script => decode::script_with(bytes, dialect)
                .map(|script| (script.module_handles, script.addresses)),
        }
        .unwrap_or_default();
        handles.iter().all(|handle| handle.address.get() < addresses.len())
    };
    names_what_is_there(AddressWidth::Sixteen) && !names_what_is_there(AddressWidth::ThirtyTwo)
}

/// Magic and version.
const BEFORE_DIRECTORY: usize = 8;

/// The tables that a file lists, as far as they can be read.
#[derive(Default)]
struct Directory {
    /// The number and the size of each.
    tables: Vec<(u64, u64)>,
    /// Where their contents begin.
    end: usize,
}

impl Directory {
    fn of(bytes: &[u8]) -> Self {
        let mut rest = bytes.get(BEFORE_DIRECTORY..).unwrap_or_default().iter().copied();
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
        Self { tables, end: bytes.len().saturating_sub(rest.len()) }
    }

    /// What stands behind the contents of all tables.
    fn tail<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let sizes = self.tables.iter().map(|(_, size)| *size);
        let contents = usize::try_from(sizes.fold(0, u64::saturating_add)).ok()?;
        bytes.get(self.end.checked_add(contents)?..)
    }
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

#[cfg(test)]
mod tests;
