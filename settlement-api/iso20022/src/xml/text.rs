//! Characters, names, references and line numbers of a document.

use crate::error::{Iso20022Error, XmlFault};
use quick_xml::events::BytesRef;

/// Counts lines while offsets only grow, so a whole document costs one pass.
pub(super) struct Lines<'a> {
    text: &'a str,
    counted: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    pub(super) fn at(&mut self, offset: impl TryInto<usize>) -> u32 {
        let offset = offset.try_into().unwrap_or(self.counted).max(self.counted);
        let passed = self.text.as_bytes().get(self.counted..offset).unwrap_or_default();
        let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.counted = offset;
        self.line
    }
}

/// Blank as XML means it; other Unicode spaces are text.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

pub(super) fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

pub(super) fn check_characters(text: &str, lines: &mut Lines<'_>) -> Result<(), Iso20022Error> {
    match text.char_indices().find(|(_, c)| !is_xml_character(*c)) {
        None => Ok(()),
        Some((offset, _)) => {
            Err(Iso20022Error::MalformedXml { line: lines.at(offset), fault: XmlFault::Character })
        }
    }
}

/// A name with at most one colon, both parts starting with a letter or underscore.
pub(super) fn check_name(name: &str, line: u32) -> Result<(), Iso20022Error> {
    let part_is_name = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let valid = match name.split_once(':') {
        Some((prefix, local)) => part_is_name(prefix) && part_is_name(local),
        None => part_is_name(name),
    };
    if valid {
        return Ok(());
    }
    Err(Iso20022Error::MalformedXml { line, fault: XmlFault::Name })
}

/// Whether a blank follows every attribute value of a tag that does not end it.
pub(super) fn are_separated(attributes: &str) -> bool {
    let mut quote = None;
    let mut just_closed = false;
    for c in attributes.chars() {
        if just_closed && !matches!(c, ' ' | '\t' | '\r' | '\n') {
            return false;
        }
        just_closed = quote == Some(c);
        quote = match quote {
            Some(_) if just_closed => None,
            None if matches!(c, '"' | '\'') => Some(c),
            unchanged => unchanged,
        };
    }
    true
}

/// The `key="value"` pairs of an XML declaration, each after a blank.
pub(super) fn declaration_fields(text: &str) -> Option<Vec<(&str, &str)>> {
    const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let next = rest.trim_start_matches(BLANKS);
        if next.is_empty() {
            return Some(fields);
        }
        if next.len() == rest.len() {
            return None;
        }
        let (key, after) = next.split_once('=')?;
        let after = after.trim_start_matches(BLANKS);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after.strip_prefix(quote)?.split_once(quote)?;
        fields.push((key.trim_end_matches(BLANKS), value));
        rest = after;
    }
}

/// The character that a reference in text stands for.
pub(super) fn resolve_reference(
    reference: &BytesRef<'_>,
    line: u32,
) -> Result<char, Iso20022Error> {
    let name: &str = reference;
    match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "quot" => return Ok('"'),
        _ => {}
    }
    if !reference.is_char_ref() {
        return Err(Iso20022Error::UndefinedEntity { line, name: excerpt(name) });
    }
    match reference.resolve_char_ref() {
        Ok(Some(c)) if is_xml_character(c) => Ok(c),
        _ => Err(Iso20022Error::MalformedXml { line, fault: XmlFault::Reference }),
    }
}

/// The start of a name that is quoted in an error.
pub(super) fn excerpt(name: &str) -> String {
    name.chars().take(32).collect()
}
