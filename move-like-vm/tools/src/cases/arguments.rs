//! The options of a task of a case: signers, type arguments, arguments, and what a publish skips.
//!
//! # Place      a case -> [arguments] -> run
//! # Invariants what is not understood is refused, never left out
//! # Absent     names of addresses: cases write addresses as numbers

use move_like_vm::format::{Address, Unsigned256};
use move_like_vm::runtime::TypeTag;
use move_like_vm::verify::Compatibility;

use crate::naming::parse_address;

/// The options of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// What a publish asks of a new version.
    pub compatibility: Compatibility,
    /// Who signs.
    pub signers: Vec<Address>,
    /// The type arguments.
    pub type_arguments: Vec<TypeTag>,
    /// The arguments behind the signers, in BCS.
    pub values: Vec<Vec<u8>>,
    /// The most units it may use.
    pub gas: Option<u64>,
}

/// An option or value that is not understood: its place among the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The number of the word, from 0.
    pub word: usize,
}

/// Which option the words belong to.
#[derive(Clone, Copy)]
enum Expecting {
    None,
    Signers,
    Types,
    Values,
    Gas,
}

impl Arguments {
    /// Reads `--signers 0x1 --type-args u64 --args 0 b"a b"`.
    pub fn parse(text: &str) -> Result<Self, NotUnderstood> {
        let mut arguments = Self {
            compatibility: Compatibility::FULL,
            signers: Vec::new(),
            type_arguments: Vec::new(),
            values: Vec::new(),
            gas: None,
        };
        let mut option = Expecting::None;
        for (number, word) in words(text).iter().enumerate() {
            let understood = match word.strip_prefix("--") {
                Some(name) => arguments.option(name).map(|next| option = next),
                None => arguments.word(option, word),
            };
            understood.ok_or(NotUnderstood { word: number })?;
        }
        Ok(arguments)
    }

    fn option(&mut self, name: &str) -> Option<Expecting> {
        match name {
            "signers" => return Some(Expecting::Signers),
            "type-args" => return Some(Expecting::Types),
            "args" => return Some(Expecting::Values),
            "gas-budget" => return Some(Expecting::Gas),
            "skip-check-struct-and-pub-function-linking"
            | "skip-check-struct-and-function-linking" => self.compatibility.linking = false,
            "skip-check-struct-layout" => self.compatibility.layout = false,
            "skip-check-friend-linking" => self.compatibility.friends = false,
            _ => return None,
        }
        Some(Expecting::None)
    }

    fn word(&mut self, option: Expecting, word: &str) -> Option<()> {
        match option {
            Expecting::None => return None,
            Expecting::Signers => {
                self.signers.push(parse_address(word.strip_prefix('@').unwrap_or(word))?);
            }
            Expecting::Types => self.type_arguments.push(word.parse().ok()?),
            Expecting::Values => self.values.push(value(word)?),
            Expecting::Gas => self.gas = Some(word.parse().ok()?),
        }
        Some(())
    }
}

/// Words between blanks; blanks in quotes and brackets do not count.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut depth) = (false, 0_usize);
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            '<' | '[' if !quoted => depth = depth.saturating_add(1),
            '>' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character.is_whitespace() && !quoted && depth == 0 {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A value in BCS.
fn value(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let quoted = |prefix| text.strip_prefix(prefix)?.strip_suffix('"');
    if let Some(address) = text.strip_prefix('@') {
        return parse_address(address).map(Vec::from);
    }
    if let Some(text) = quoted("b\"").or(quoted("\"")) {
        return Some(sequence(text.len(), text.bytes()));
    }
    if let Some(digits) = quoted("x\"") {
        let bytes = hex::decode(digits).ok()?;
        return Some(sequence(bytes.len(), bytes));
    }
    let list = text.strip_prefix("vector").unwrap_or(text).strip_prefix('[');
    if let Some(list) = list.and_then(|list| list.strip_suffix(']')) {
        let elements: Vec<Vec<u8>> = elements(list).map(value).collect::<Option<_>>()?;
        return Some(sequence(elements.len(), elements.into_iter().flatten()));
    }
    match text {
        "true" => Some(vec![1]),
        "false" => Some(vec![0]),
        number => integer(number),
    }
}

/// The parts between commas that stand in no bracket or quote.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut depth) = (false, 0_usize);
    let parts = list.split(move |character| {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => depth = depth.saturating_add(1),
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && !quoted && depth == 0
    });
    parts.filter(|part| !part.trim().is_empty())
}

/// Bytes as a vector in BCS.
pub(crate) fn byte_vector(bytes: &[u8]) -> Vec<u8> {
    sequence(bytes.len(), bytes.iter().copied())
}

fn sequence(length: usize, content: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = length;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest = rest.wrapping_shr(7);
        if rest == 0 {
            bytes.push(low);
            break;
        }
        bytes.push(low | 0x80);
    }
    bytes.extend(content);
    bytes
}

/// `1u8`, `0x1fu128`, `7`: without a suffix it is a u64, or a u256 if it is too large for that.
fn integer(text: &str) -> Option<Vec<u8>> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    let suffixes = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8), ("u128", 16), ("u256", 32)];
    let found = suffixes.into_iter().find_map(|(suffix, bytes)| {
        digits.strip_suffix(suffix).map(|digits| (digits, Some(bytes)))
    });
    let (digits, bytes): (&str, Option<usize>) = found.unwrap_or((digits, None));
    if !digits.starts_with(|digit: char| digit.is_digit(radix)) {
        return None;
    }
    let number = Unsigned256::from_str_radix(&digits.replace('_', ""), u64::from(radix)).ok()?;
    let bytes = bytes.unwrap_or(if number.bit_len() <= 64 { 8 } else { 32 });
    let encoded: [u8; 32] = number.to_le_bytes();
    let (kept, rest) = encoded.split_at_checked(bytes)?;
    rest.iter().all(|byte| *byte == 0).then(|| kept.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Address {
        let mut address = Address::default();
        address[31] = last;
        address
    }

    #[test]
    fn every_option_of_the_cases_is_understood() {
        let text = "--signers 0x1 @0x2 --type-args u64 0x1::Coin::Coin 0x1::M::Ex<bool, u64> \
            --args 0 @0x1 1u8 b\"he llo\" false --gas-budget 7 --skip-check-friend-linking";
        let arguments = Arguments::parse(text).expect("it is understood");
        assert_eq!(arguments.signers, [address(1), address(2)]);
        assert_eq!(arguments.type_arguments[0], TypeTag::U64);
        assert_eq!(arguments.type_arguments[2], "0x1::M::Ex<bool,u64>".parse().expect("a type"));
        let expected: [Vec<u8>; 5] = [
            vec![0; 8],
            address(1).to_vec(),
            vec![1],
            [vec![6], b"he llo".to_vec()].concat(),
            vec![0],
        ];
        assert_eq!(arguments.values, expected);
        assert_eq!(arguments.gas, Some(7));
        let expected = Compatibility { friends: false, ..Compatibility::FULL };
        assert_eq!(arguments.compatibility, expected);
    }

    #[test]
    fn values_have_their_widths() {
        let rows: &[(&str, Option<Vec<u8>>)] = &[
            ("255u8", Some(vec![255])),
            ("256u8", None),
            ("1u16", Some(vec![1, 0])),
            ("0x10u32", Some(vec![16, 0, 0, 0])),
            ("18446744073709551615", Some(vec![255; 8])),
            ("18446744073709551616", Some([vec![0; 8], vec![1], vec![0; 23]].concat())),
            ("x\"00ff\"", Some(vec![2, 0, 255])),
            ("vector[1u8, 2u8]", Some(vec![2, 1, 2])),
            ("[[1u8],[]]", Some(vec![2, 1, 1, 0])),
            ("true", Some(vec![1])),
            ("u8", None),
            ("-1", None),
            ("", None),
            ("maybe", None),
        ];
        for (text, expected) in rows {
            assert_eq!(&value(text), expected, "{text}");
        }
        assert_eq!(value(&format!("b\"{}\"", "a".repeat(200))).expect("long")[..2], [0xc8, 1]);
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        for (text, word) in [("5", 0), ("--args 0 %", 2), ("--signers 1", 1), ("--verbose", 0)] {
            assert_eq!(Arguments::parse(text), Err(NotUnderstood { word }), "{text}");
        }
    }
}
