//! Numbers, addresses and byte texts.
//!
//! # Place      parser, typing -> [literal]
//! # Invariants a digit is read or the whole is refused; `_` separates digits
//! # Absent     types: whether a number fits its type is said by typing

use move_like_vm::format::{Address, Unsigned256};

/// The integer types, which are also the suffixes of numbers.
pub(crate) const SUFFIXES: [&str; 6] = ["u8", "u16", "u32", "u64", "u128", "u256"];

/// The value of a number and its suffix.
pub(crate) fn number(text: &str) -> Result<(Unsigned256, Option<&'static str>), &'static str> {
    let hexadecimal = text.strip_prefix("0x");
    let digits = hexadecimal.unwrap_or(text);
    // a hexadecimal digit is never `u`, so the suffix is found alike in both
    let suffix = SUFFIXES.into_iter().find(|suffix| digits.ends_with(suffix));
    let digits = suffix.and_then(|suffix| digits.strip_suffix(suffix)).unwrap_or(digits);
    let radix = if hexadecimal.is_some() { 16 } else { 10 };
    let mut value = Unsigned256::ZERO;
    let mut count = 0_usize;
    for digit in digits.chars().filter(|digit| *digit != '_') {
        let digit = digit.to_digit(radix).ok_or("this is not a number")?;
        value = value
            .checked_mul(Unsigned256::from(radix))
            .and_then(|value| value.checked_add(Unsigned256::from(digit)))
            .ok_or("this number does not fit 256 bits")?;
        count = count.saturating_add(1);
    }
    if count == 0 { Err("this is not a number") } else { Ok((value, suffix)) }
}

/// An address of at most 32 bytes, in either notation.
pub(crate) fn address(text: &str) -> Result<Address, &'static str> {
    match number(text) {
        Ok((value, None)) => Ok(value.to_be_bytes::<32>()),
        _ => Err("this is not an address of at most 32 bytes"),
    }
}

/// The bytes of `b"..."`.
pub(crate) fn text(quoted: &str) -> Result<Vec<u8>, String> {
    let inner = quoted.strip_prefix("b\"").and_then(|rest| rest.strip_suffix('"'));
    let mut characters = inner.ok_or_else(|| "this text is not closed".to_owned())?.chars();
    let mut bytes = Vec::new();
    while let Some(character) = characters.next() {
        if character != '\\' {
            let byte = u8::try_from(character).ok().filter(|byte| (0x20..0x7f).contains(byte));
            bytes.push(byte.ok_or_else(|| format!("`{character}` is not printable ASCII"))?);
            continue;
        }
        bytes.push(match characters.next() {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('\\') => b'\\',
            Some('0') => 0,
            Some('"') => b'"',
            Some('x') => {
                let pair = [characters.next(), characters.next()];
                byte(pair).ok_or_else(|| "`\\x` takes two hexadecimal digits".to_owned())?
            }
            _ => {
                return Err(
                    "this escape is unknown: \\n \\r \\t \\\\ \\0 \\\" \\xHH exist".to_owned()
                );
            }
        });
    }
    Ok(bytes)
}

/// The bytes of `x"..."`.
pub(crate) fn hexadecimal(quoted: &str) -> Result<Vec<u8>, String> {
    let inner = quoted.strip_prefix("x\"").and_then(|rest| rest.strip_suffix('"'));
    let mut characters = inner.ok_or_else(|| "this text is not closed".to_owned())?.chars();
    let mut bytes = Vec::new();
    while let Some(high) = characters.next() {
        let pair = byte([Some(high), characters.next()]);
        bytes.push(
            pair.ok_or_else(|| "bytes are written as pairs of hexadecimal digits".to_owned())?,
        );
    }
    Ok(bytes)
}

fn byte([high, low]: [Option<char>; 2]) -> Option<u8> {
    let value = high?.to_digit(16)?.checked_mul(16)?.checked_add(low?.to_digit(16)?)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_underscores_suffixes_and_two_notations() {
        let rows = [
            ("0", 0_u64, None),
            ("1_000", 1000, None),
            ("0xFf_u8", 255, Some("u8")),
            ("12u256", 12, Some("u256")),
        ];
        for (written, value, suffix) in rows {
            assert_eq!(number(written), Ok((Unsigned256::from(value), suffix)), "{written}");
        }
        for written in ["0x", "1a", "u8", "12u7", "0xu8"] {
            assert!(number(written).is_err(), "{written}");
        }
        let most = format!("0x{}", "f".repeat(64));
        assert_eq!(number(&most), Ok((Unsigned256::MAX, None)));
        assert!(number(&format!("{most}0")).is_err());
    }

    #[test]
    fn texts_have_escapes_and_only_printable_ascii() {
        assert_eq!(text(r#"b"a\n\x41\0\"""#), Ok(vec![b'a', b'\n', 0x41, 0, b'"']));
        assert!(text("b\"\u{e9}\"").is_err());
        assert!(text(r#"b"\q""#).is_err());
        assert_eq!(hexadecimal("x\"0aFF\""), Ok(vec![0x0a, 0xff]));
        assert!(hexadecimal("x\"0\"").is_err());
    }
}
