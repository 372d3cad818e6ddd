//! What may be a name.

/// Whether text may be the name of a module, struct, field or function.
///
/// A letter, or an underscore with something behind it, then letters, digits and underscores, all of
/// them ASCII. Besides, `<SELF>`, which compilers write for the module of a script.
pub fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    match bytes.next() {
        Some(b'a'..=b'z' | b'A'..=b'Z') => bytes.all(continues),
        Some(b'_') => name.len() > 1 && bytes.all(continues),
        _ => name == "<SELF>",
    }
}

const fn continues(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::is_identifier;

    #[test]
    fn names_are_letters_digits_and_underscores_not_led_by_a_digit() {
        for name in ["a", "Z", "a0", "_a", "__", "_0", "A_b_9", "<SELF>"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in ["", "_", "0", "0a", "a-b", "a b", "é", "aé", "<SELF", "<SELF>_0", "$a", "a$"]
        {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
