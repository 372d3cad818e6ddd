//! Types from text such as `0x1::M::Ex<bool,u64>`.

use std::str::FromStr;

use super::{StructTag, TAG_DEPTH_MAX, TagError, TypeTag, is_identifier};
use crate::format::Address;

impl FromStr for TypeTag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let mut parser = Parser { rest: text };
        let tag = parser.type_(TAG_DEPTH_MAX)?;
        if parser.rest.trim().is_empty() { Ok(tag) } else { Err(TagError::Malformed) }
    }
}

impl FromStr for StructTag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        match text.parse()? {
            TypeTag::Struct(tag) => Ok(*tag),
            _ => Err(TagError::Malformed),
        }
    }
}

/// An address from text such as `0x1`, with or without leading zeros.
pub fn parse_address(text: &str) -> Option<Address> {
    let digits = text.strip_prefix("0x")?;
    let mut address = Address::default();
    if digits.is_empty() || digits.len() > 64 {
        return None;
    }
    let mut low = true;
    let mut bytes = address.iter_mut().rev();
    let mut current = bytes.next()?;
    for (position, digit) in digits.bytes().rev().enumerate() {
        let value = u8::try_from(char::from(digit).to_digit(16)?).ok()?;
        if low {
            if position != 0 {
                current = bytes.next()?;
            }
            *current = value;
        } else {
            *current |= value << 4;
        }
        low = !low;
    }
    Some(address)
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn type_(&mut self, depth: usize) -> Result<TypeTag, TagError> {
        let below = depth.checked_sub(1).ok_or(TagError::TooDeep)?;
        Ok(match self.word() {
            "bool" => TypeTag::Bool,
            "u8" => TypeTag::U8,
            "u16" => TypeTag::U16,
            "u32" => TypeTag::U32,
            "u64" => TypeTag::U64,
            "u128" => TypeTag::U128,
            "u256" => TypeTag::U256,
            "address" => TypeTag::Address,
            "signer" => TypeTag::Signer,
            "vector" => {
                self.expect("<")?;
                let element = self.type_(below)?;
                self.expect(">")?;
                TypeTag::Vector(Box::new(element))
            }
            word => TypeTag::Struct(Box::new(self.struct_(word, below)?)),
        })
    }

    fn struct_(&mut self, address: &str, depth: usize) -> Result<StructTag, TagError> {
        let address = parse_address(address).ok_or(TagError::Malformed)?;
        self.expect("::")?;
        let module = self.identifier()?;
        self.expect("::")?;
        let name = self.identifier()?;
        let mut type_arguments = Vec::new();
        if self.eat("<") {
            loop {
                type_arguments.push(self.type_(depth)?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(">")?;
        }
        Ok(StructTag { address, module, name, type_arguments })
    }

    fn identifier(&mut self) -> Result<String, TagError> {
        let word = self.word();
        if is_identifier(word) { Ok(word.to_owned()) } else { Err(TagError::Malformed) }
    }

    /// The letters, digits and underscores that come next.
    fn word(&mut self) -> &'a str {
        let text = self.rest.trim_start();
        let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let (word, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""));
        self.rest = rest;
        word
    }

    fn eat(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.trim_start().strip_prefix(token) else { return false };
        self.rest = rest;
        true
    }

    fn expect(&mut self, token: &str) -> Result<(), TagError> {
        if self.eat(token) { Ok(()) } else { Err(TagError::Malformed) }
    }
}
