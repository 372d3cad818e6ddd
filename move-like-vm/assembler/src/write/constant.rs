//! Bytes and constants for a reader.

use move_like_vm::format::{Address, Constant, SignatureToken};

/// The most characters of a text that a comment shows.
const SHOWN: usize = 60;

/// `x"00ff"`
pub(super) fn bytes(bytes: &[u8]) -> String {
    let mut text = String::from("x\"");
    text.extend(bytes.iter().map(|byte| format!("{byte:02x}")));
    text.push('"');
    text
}

/// `0x1`
pub(super) fn short_address(address: &Address) -> String {
    let digits: String = address.iter().map(|byte| format!("{byte:02x}")).collect();
    let short = digits.trim_start_matches('0');
    format!("0x{}", if short.is_empty() { "0" } else { short })
}

/// Bytes as text where they are text.
pub(super) fn readable(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) if !text.is_empty() => {
            let shown: String = text.chars().take(SHOWN).collect();
            let more = if shown.len() < text.len() { ".." } else { "" };
            format!("\"{}\"{more}", shown.escape_default())
        }
        _ => format!("{} bytes", data.len()),
    }
}

/// The value of a constant where a line can hold it.
pub(super) fn value(constant: &Constant) -> Option<String> {
    let number = || {
        let bytes = constant.data.iter().rev().map(|byte| format!("{byte:02x}"));
        let digits: String = bytes.collect();
        move_like_vm::format::Unsigned256::from_str_radix(&digits, 16).ok()
    };
    match &constant.type_ {
        SignatureToken::Bool => match constant.data.as_slice() {
            [0] => Some("false".to_owned()),
            [1] => Some("true".to_owned()),
            _ => None,
        },
        SignatureToken::Address => {
            let address: Address = constant.data.as_slice().try_into().ok()?;
            Some(short_address(&address))
        }
        SignatureToken::Vector(element) if **element == SignatureToken::U8 => {
            // A length below 128 is one byte in BCS.
            let (length, text) = constant.data.split_first()?;
            (usize::from(*length) == text.len()).then(|| readable(text))
        }
        type_ if type_.is_integer() && !constant.data.is_empty() => {
            number().map(|number| number.to_string())
        }
        _ => None,
    }
}
