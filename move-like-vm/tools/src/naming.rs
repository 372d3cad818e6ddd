//! Modules, structs, functions and types by the names that people use.
//!
//! # Place      tables -> [naming] -> reports
//! # Invariants a name leads to one thing among verified modules
//! # Absent     names of type parameters: they are T0, T1 and so on

use std::fmt;

use move_like_vm::fault::Fault;
use move_like_vm::format::{
    Address, FunctionHandleIndex, ModuleHandleIndex, Signature, SignatureToken, StructHandleIndex,
    Tables,
};

/// A module by address and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleName {
    /// Where it is published.
    pub address: Address,
    /// Its name.
    pub name: String,
}

/// A struct or function by its module and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberName {
    /// Its module.
    pub module: ModuleName,
    /// Its name.
    pub name: String,
}

/// A type whose structs are named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedType {
    /// A type without parts.
    Plain(&'static str),
    /// `T0`
    Parameter(u16),
    /// `vector<T>`
    Vector(Box<NamedType>),
    /// `&T`, or `&mut T` where true.
    Reference(bool, Box<NamedType>),
    /// A struct with its type arguments.
    Struct(MemberName, Vec<NamedType>),
}

/// An address without leading zeros.
pub fn short_address(address: &Address) -> String {
    let digits = hex::encode(address);
    let short = digits.trim_start_matches('0');
    format!("0x{}", if short.is_empty() { "0" } else { short })
}

/// An address from `0x` and at most 64 digits.
pub fn parse_address(text: &str) -> Option<Address> {
    let digits = text.strip_prefix("0x")?;
    if digits.is_empty() || digits.len() > 64 {
        return None;
    }
    let mut address = Address::default();
    hex::decode_to_slice(format!("{digits:0>64}"), &mut address).ok()?;
    Some(address)
}

impl MemberName {
    /// The name that `0x1::coin::Coin` is.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split("::");
        let (address, module, name) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || module.is_empty() || name.is_empty() {
            return None;
        }
        let module = ModuleName { address: parse_address(address)?, name: module.to_owned() };
        Some(Self { module, name: name.to_owned() })
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}::{}", short_address(&self.address), self.name)
    }
}

impl fmt::Display for MemberName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}::{}", self.module, self.name)
    }
}

impl fmt::Display for NamedType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => formatter.write_str(name),
            Self::Parameter(index) => write!(formatter, "T{index}"),
            Self::Vector(element) => write!(formatter, "vector<{element}>"),
            Self::Reference(mutable, target) => {
                write!(formatter, "&{}{target}", if *mutable { "mut " } else { "" })
            }
            Self::Struct(name, arguments) => {
                write!(formatter, "{name}")?;
                for (number, argument) in arguments.iter().enumerate() {
                    write!(formatter, "{}{argument}", if number == 0 { "<" } else { ", " })?;
                }
                if arguments.is_empty() { Ok(()) } else { formatter.write_str(">") }
            }
        }
    }
}

/// The name of a module handle.
pub fn module(tables: &Tables<'_>, index: ModuleHandleIndex) -> Result<ModuleName, Fault> {
    let handle = tables.module_handle(index)?;
    let name = tables.identifier(handle.name)?.clone();
    Ok(ModuleName { address: *tables.address(handle.address)?, name })
}

/// The name of a struct handle.
pub fn structure(tables: &Tables<'_>, index: StructHandleIndex) -> Result<MemberName, Fault> {
    let handle = tables.struct_handle(index)?;
    let name = tables.identifier(handle.name)?.clone();
    Ok(MemberName { module: module(tables, handle.module)?, name })
}

/// The name of a function handle.
pub fn function(tables: &Tables<'_>, index: FunctionHandleIndex) -> Result<MemberName, Fault> {
    let handle = tables.function_handle(index)?;
    let name = tables.identifier(handle.name)?.clone();
    Ok(MemberName { module: module(tables, handle.module)?, name })
}

/// The types of a signature.
pub fn types(tables: &Tables<'_>, signature: &Signature) -> Result<Vec<NamedType>, Fault> {
    signature.0.iter().map(|type_| named_type(tables, type_)).collect()
}

/// A type with the names of its structs.
pub fn named_type(tables: &Tables<'_>, type_: &SignatureToken) -> Result<NamedType, Fault> {
    let boxed = |type_| named_type(tables, type_).map(Box::new);
    Ok(match type_ {
        SignatureToken::Bool => NamedType::Plain("bool"),
        SignatureToken::U8 => NamedType::Plain("u8"),
        SignatureToken::U16 => NamedType::Plain("u16"),
        SignatureToken::U32 => NamedType::Plain("u32"),
        SignatureToken::U64 => NamedType::Plain("u64"),
        SignatureToken::U128 => NamedType::Plain("u128"),
        SignatureToken::U256 => NamedType::Plain("u256"),
        SignatureToken::Address => NamedType::Plain("address"),
        SignatureToken::Signer => NamedType::Plain("signer"),
        SignatureToken::TypeParameter(index) => NamedType::Parameter(*index),
        SignatureToken::Vector(element) => NamedType::Vector(boxed(element)?),
        SignatureToken::Reference(target) => NamedType::Reference(false, boxed(target)?),
        SignatureToken::MutableReference(target) => NamedType::Reference(true, boxed(target)?),
        SignatureToken::Struct(index) => NamedType::Struct(structure(tables, *index)?, Vec::new()),
        SignatureToken::StructInstantiation(index, arguments) => {
            let arguments = arguments.iter().map(|argument| named_type(tables, argument));
            let arguments = arguments.collect::<Result<_, _>>()?;
            NamedType::Struct(structure(tables, *index)?, arguments)
        }
    })
}
