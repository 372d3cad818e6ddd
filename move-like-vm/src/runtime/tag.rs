//! Types by name, as transactions, storage keys and events write them.
//!
//! # Place      caller -> [tag] -> loader, which resolves the names
//! # Invariants a tag has one text and one form in BCS; what is read is at most
//! #            [`TAG_DEPTH_MAX`] deep
//! # Absent     references and type parameters: a tag is a type that a value outside the machine can have

mod parse;

pub use parse::parse_address;

use std::fmt;

use super::wire::{Reader, write_bytes, write_length};
use crate::format::Address;

/// How deep type arguments and vectors may nest in a tag.
pub const TAG_DEPTH_MAX: usize = 32;
/// How many type arguments one struct may have in a tag.
const TAG_ARGUMENTS_MAX: usize = 255;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeTag {
    /// `bool`
    Bool,
    /// `u8`
    U8,
    /// `u64`
    U64,
    /// `u128`
    U128,
    /// `address`
    Address,
    /// `signer`
    Signer,
    /// `vector<T>`
    Vector(Box<TypeTag>),
    /// A struct.
    Struct(Box<StructTag>),
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u256`
    U256,
}

/// A struct with its type arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructTag {
    /// Where its module is published.
    pub address: Address,
    /// The module.
    pub module: String,
    /// The struct.
    pub name: String,
    /// The type arguments.
    pub type_arguments: Vec<TypeTag>,
}

/// Why a text or bytes are no type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagError {
    /// Something else stands there.
    Malformed,
    /// It is nested more than [`TAG_DEPTH_MAX`] deep.
    TooDeep,
}

impl TypeTag {
    /// Its bytes in BCS.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// The type that all of the bytes say.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TagError> {
        let mut reader = Reader::new(bytes);
        let tag = Self::read(&mut reader, TAG_DEPTH_MAX)?;
        if reader.left() == 0 { Ok(tag) } else { Err(TagError::Malformed) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bool => out.push(0),
            Self::U8 => out.push(1),
            Self::U64 => out.push(2),
            Self::U128 => out.push(3),
            Self::Address => out.push(4),
            Self::Signer => out.push(5),
            Self::Vector(element) => {
                out.push(6);
                element.write(out);
            }
            Self::Struct(tag) => {
                out.push(7);
                tag.write(out);
            }
            Self::U16 => out.push(8),
            Self::U32 => out.push(9),
            Self::U256 => out.push(10),
        }
    }

    fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Self, TagError> {
        let below = depth.checked_sub(1).ok_or(TagError::TooDeep)?;
        Ok(match reader.byte().ok_or(TagError::Malformed)? {
            0 => Self::Bool,
            1 => Self::U8,
            2 => Self::U64,
            3 => Self::U128,
            4 => Self::Address,
            5 => Self::Signer,
            6 => Self::Vector(Box::new(Self::read(reader, below)?)),
            7 => Self::Struct(Box::new(StructTag::read(reader, below)?)),
            8 => Self::U16,
            9 => Self::U32,
            10 => Self::U256,
            _ => return Err(TagError::Malformed),
        })
    }
}

impl StructTag {
    /// Its bytes in BCS.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// The struct that all of the bytes say.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TagError> {
        let mut reader = Reader::new(bytes);
        let tag = Self::read(&mut reader, TAG_DEPTH_MAX)?;
        if reader.left() == 0 { Ok(tag) } else { Err(TagError::Malformed) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.address);
        write_bytes(out, self.module.as_bytes());
        write_bytes(out, self.name.as_bytes());
        write_length(out, self.type_arguments.len());
        for argument in &self.type_arguments {
            argument.write(out);
        }
    }

    fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Self, TagError> {
        let address = reader.array().ok_or(TagError::Malformed)?;
        let module = identifier(reader.bytes())?;
        let name = identifier(reader.bytes())?;
        let count = reader.length().ok_or(TagError::Malformed)?;
        if count > TAG_ARGUMENTS_MAX {
            return Err(TagError::Malformed);
        }
        let type_arguments =
            (0..count).map(|_| TypeTag::read(reader, depth)).collect::<Result<_, _>>()?;
        Ok(Self { address, module, name, type_arguments })
    }
}

fn identifier(bytes: Option<&[u8]>) -> Result<String, TagError> {
    let text =
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or(TagError::Malformed)?;
    if is_identifier(text) { Ok(text.to_owned()) } else { Err(TagError::Malformed) }
}

/// Whether Move takes the text as a name.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts && text != "_" && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl fmt::Display for TypeTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => formatter.write_str("bool"),
            Self::U8 => formatter.write_str("u8"),
            Self::U16 => formatter.write_str("u16"),
            Self::U32 => formatter.write_str("u32"),
            Self::U64 => formatter.write_str("u64"),
            Self::U128 => formatter.write_str("u128"),
            Self::U256 => formatter.write_str("u256"),
            Self::Address => formatter.write_str("address"),
            Self::Signer => formatter.write_str("signer"),
            Self::Vector(element) => write!(formatter, "vector<{element}>"),
            Self::Struct(tag) => write!(formatter, "{tag}"),
        }
    }
}

impl fmt::Display for StructTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        let mut leading = true;
        for (index, byte) in self.address.iter().enumerate() {
            let last = index == self.address.len().saturating_sub(1);
            match (leading, *byte, last) {
                (true, 0, false) => {}
                (true, byte, _) => {
                    leading = false;
                    write!(formatter, "{byte:x}")?;
                }
                (false, byte, _) => write!(formatter, "{byte:02x}")?,
            }
        }
        write!(formatter, "::{}::{}", self.module, self.name)?;
        for (index, argument) in self.type_arguments.iter().enumerate() {
            formatter.write_str(if index == 0 { "<" } else { ", " })?;
            write!(formatter, "{argument}")?;
        }
        if self.type_arguments.is_empty() { Ok(()) } else { formatter.write_str(">") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_read_from_its_text_and_its_bytes() {
        for text in [
            "bool",
            "u8",
            "u16",
            "u32",
            "u64",
            "u128",
            "u256",
            "address",
            "signer",
            "vector<vector<u8>>",
            "0x1::Coin::Coin",
            "0x1::M::Ex<bool, u64>",
            "0xab00::m::S<vector<0x2::m::T<u8>>, address>",
        ] {
            let tag: TypeTag = text.parse().unwrap();
            assert_eq!(tag.to_string(), text);
            assert_eq!(TypeTag::from_bytes(&tag.to_bytes()), Ok(tag));
        }
        let spaced: TypeTag = " 0x1 :: M :: Ex < bool,u64 > ".parse().unwrap();
        assert_eq!(spaced.to_string(), "0x1::M::Ex<bool, u64>");
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "u",
            "u7",
            "vector",
            "vector<>",
            "vector<u8",
            "0x1::M",
            "0x1::M::S<>",
            "0x1::M::S<u8,>",
            "M::S",
            "0x::M::S",
            "0xg::M::S",
            "u8 u8",
            "0x1::1M::S",
            "&u8",
            "0x12345678901234567890123456789012345678901234567890123456789012345::M::S",
        ] {
            assert_eq!(text.parse::<TypeTag>(), Err(TagError::Malformed), "{text}");
        }
        let deep = format!("{}u8{}", "vector<".repeat(32), ">".repeat(32));
        assert_eq!(deep.parse::<TypeTag>(), Err(TagError::TooDeep));
        let fits = format!("{}u8{}", "vector<".repeat(31), ">".repeat(31));
        assert!(fits.parse::<TypeTag>().is_ok());
        assert_eq!(TypeTag::from_bytes(&[6; 40]), Err(TagError::TooDeep));
        assert_eq!(TypeTag::from_bytes(&[11]), Err(TagError::Malformed));
        assert_eq!(TypeTag::from_bytes(&[1, 1]), Err(TagError::Malformed));
    }

    #[test]
    fn the_numbers_of_the_variants_are_those_of_move() {
        let tag: TypeTag = "0x1::M::S<u16>".parse().unwrap();
        let mut expected = vec![7u8];
        expected.extend([0; 31]);
        expected.extend([1, 1, b'M', 1, b'S', 1, 8]);
        assert_eq!(tag.to_bytes(), expected);
    }
}
