//! Finds header and message in a document, under any envelope and prefix.
//!
//! # Place
//! Between the element tree and the tables: says which message this is, and in which version.
//!
//! # Absent on purpose
//! Several messages in one document; envelopes, which are looked through and not judged.

use crate::table::{NAMESPACE_START, Schema};
use crate::tables;
use crate::xml::{Element, is_blank};

/// The namespace of `schemaLocation`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What a document holds.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The business application header. One whose fields are all empty counts as absent.
    pub header: Option<Part<'a>>,
    /// The message; the header where a document holds nothing else.
    pub message: Part<'a>,
}

/// A header or a message.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Its element.
    pub element: &'a Element,
    /// Message and version as the namespace says, such as `pacs.008.001.08`.
    pub name: &'a str,
}

impl Part<'_> {
    /// The message without its version, such as `pacs.008`.
    pub fn family(&self) -> &str {
        split(self.name).0
    }

    /// The version alone, such as `001.08`.
    pub fn version(&self) -> &str {
        split(self.name).1
    }
}

/// Message and version of a full name: `pacs.008.001.08` is `pacs.008` in `001.08`.
pub fn split(name: &str) -> (&str, &str) {
    let second = name.match_indices('.').nth(1).map_or(name.len(), |(at, _)| at);
    let (family, version) = name.split_at_checked(second).unwrap_or((name, ""));
    (family, version.trim_start_matches('.'))
}

/// Why a document holds no message that can be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoMessage {
    /// No element is in a namespace of ISO 20022.
    #[error("holds no ISO 20022 message; send one in its namespace")]
    Nothing,
    /// A namespace names a message, and no element is that message's.
    #[error("is in the namespace of {0}, without that message's element; correct either")]
    NoElement(String),
    /// More than one message.
    #[error("holds {0} messages; send one message per document")]
    Several(usize),
    /// Something stands in `Document` that is not the message.
    #[error("holds more in its Document than the {0}; send the message alone")]
    NotAlone(String),
}

/// Finds the parts of a document.
pub fn parts(root: &Element) -> Result<Parts<'_>, NoMessage> {
    let mut header = None;
    let mut messages = Vec::new();
    let (mut seen, mut crowded) = (None, None);
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        if element.name == "AppHdr" {
            let name = message_name(element)
                .or_else(|| element.children.first().and_then(message_name))
                .filter(|name| name.starts_with("head."));
            if let Some(name) = name {
                if header.is_none() && !is_hollow(element) {
                    header = Some(Part { element, name });
                }
                continue;
            }
        }
        if let Some(name) = message_name(element) {
            if element.name == "Document" && !is_plain(element) {
                crowded = Some(name);
            }
            if is_message(element, name) {
                messages.push(Part { element, name });
                continue;
            }
            seen = seen
                .or((element.name != "Document" || element.children.is_empty()).then_some(name));
        }
        open.extend(element.children.iter().rev());
    }
    match (messages.as_slice(), header) {
        ([_], _) if crowded.is_some() => {
            Err(NoMessage::NotAlone(crowded.unwrap_or_default().to_owned()))
        }
        ([message], header) => Ok(Parts { header, message: *message }),
        ([], Some(header)) if seen.is_none() => Ok(Parts { header: None, message: header }),
        ([], _) => Err(match seen {
            Some(name) => NoMessage::NoElement(name.to_owned()),
            None => NoMessage::Nothing,
        }),
        (several, _) => Err(NoMessage::Several(several.len())),
    }
}

/// Whether an element is the message that its namespace names, in whatever version.
fn is_message(element: &Element, name: &str) -> bool {
    let family = split(name).0;
    let same_family = |schema: &&Schema| split(schema.name).0 == family;
    let mut known = tables::base().filter(same_family).peekable();
    match known.peek() {
        Some(_) => {
            known.any(|schema| schema.message.name == element.name)
                || crate::version::OTHER_NAMES.contains(&(name, element.name.as_str()))
        }
        // Of a message without table, whatever stands in `Document` is the message.
        None => element.name != "Document" && !name.starts_with("head."),
    }
}

/// The message name in a namespace of ISO 20022, such as `pacs.008.001.08`.
fn message_name(element: &Element) -> Option<&str> {
    let name = element.namespace.strip_prefix(NAMESPACE_START)?;
    let mut parts = name.split('.');
    let area = parts.next()?;
    let fits = area.len() == 4
        && area.bytes().all(|byte| byte.is_ascii_lowercase())
        && [3, 3, 2].into_iter().all(|length| {
            parts.next().is_some_and(|part| {
                part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
    (fits && parts.next().is_none()).then_some(name)
}

/// Whether nothing stands in a `Document` but one element: no text, and no attribute but those of schemas.
fn is_plain(document: &Element) -> bool {
    document.children.len() <= 1
        && is_blank(&document.text)
        && document.attributes.iter().all(|attribute| attribute.namespace.as_ref() == INSTANCE)
}

/// Whether a header says nothing but a date: some senders write one where they have none.
fn is_hollow(header: &Element) -> bool {
    let says = |element: &Element| !is_blank(&element.text) && element.name != "CreDt";
    !header.descendants().any(says)
}
