//! Walks a message the way its schema describes it, and says where it departs.
//!
//! [`Node::sequence`] holds an element to the order and number of its children, so that a fact is
//! never read from one of two places. The tables are those of the published schemas.
//!
//! # Absent on purpose
//! The inside of elements that this crate does not act on.

use crate::error::{Iso20022Error, SchemaRule};
use crate::identifier::{is_date_time, parse_date, parse_uetr};
use crate::xml::{Element, is_blank};
use jiff::civil::Date;
use std::ops::RangeInclusive;
use uuid::Uuid;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const ISO: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// How often a child may stand in a sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    Optional,
    Many,
}

pub(crate) use Times::{Many, Once, Optional};

/// The children of an element, in order.
pub(crate) type Sequence = &'static [(&'static str, Times)];

/// The message that a caller looks for.
pub(crate) struct Wanted {
    /// Local name of the message's element.
    pub(crate) element: &'static str,
    /// Message name without its version, such as `pacs.008.001.`.
    pub(crate) family: &'static str,
    /// Message name with the version that is written, which is read too.
    pub(crate) name: &'static str,
    /// Message names of the oldest and the newest version that are read.
    pub(crate) versions: RangeInclusive<&'static str>,
    /// The refusal when the document holds no such message.
    pub(crate) absent: fn(Option<String>) -> Iso20022Error,
}

impl Wanted {
    /// Whether a value reads back from its own document as itself.
    pub(crate) fn is_written<T: PartialEq>(
        &self,
        value: &T,
        read: &T,
    ) -> Result<(), Iso20022Error> {
        if read == value {
            return Ok(());
        }
        let (path, line) = (self.element.to_owned(), 1);
        Err(Iso20022Error::SchemaViolation { path, line, rule: SchemaRule::NotRepresentable })
    }

    /// The one message of this kind in a document, under any envelope and prefix.
    pub(crate) fn locate<'a>(&self, root: &'a Element) -> Result<Node<'a>, Iso20022Error> {
        let mut messages = root.descendants().filter_map(|element| {
            let name = message_name(element)?;
            (element.name == self.element && name.starts_with(self.family))
                .then_some((element, name))
        });
        let Some((element, name)) = messages.next() else {
            return Err((self.absent)(recognise(root)));
        };
        match messages.count() {
            0 if self.versions.contains(&name) => {
                Ok(Node { element, path: self.element.to_owned() })
            }
            0 => Err(Iso20022Error::UnknownVersion { found: name.to_owned(), expected: self.name }),
            more => Err(Iso20022Error::MultipleMessages { count: more.saturating_add(1) }),
        }
    }
}

/// The message name in an ISO 20022 namespace, such as `pacs.008.001.08`.
fn message_name(element: &Element) -> Option<&str> {
    let name = element.namespace.strip_prefix(ISO)?;
    let mut parts = name.split('.');
    let area = parts.next()?;
    let lengths_fit = area.len() == 4
        && area.bytes().all(|byte| byte.is_ascii_lowercase())
        && [3, 3, 2].into_iter().all(|length| {
            parts.next().is_some_and(|part| {
                part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
    (lengths_fit && parts.next().is_none()).then_some(name)
}

/// The first message in a document that is not a business header.
fn recognise(root: &Element) -> Option<String> {
    root.descendants()
        .filter_map(message_name)
        .find(|name| !name.starts_with("head."))
        .map(str::to_owned)
}

/// An element of a message with its path from the message's element.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    element: &'a Element,
    path: String,
}

impl<'a> Node<'a> {
    /// Holds the element to its schema: known children, in order, no text between them.
    pub(crate) fn sequence(self, sequence: Sequence) -> Result<Self, Iso20022Error> {
        self.no_attributes()?;
        if !is_blank(&self.element.text) {
            return Err(self.broken(SchemaRule::MixedContent));
        }
        let mut children = self.element.children.iter().peekable();
        for (name, times) in sequence {
            let mut count = 0_usize;
            while children.next_if(|child| self.is_own(child, name)).is_some() {
                count = count.saturating_add(1);
            }
            match times {
                Once | Optional if count > 1 => {
                    return Err(self.broken_child(name, SchemaRule::Repeated));
                }
                Once if count == 0 && !self.has(name) => {
                    return Err(self.broken_child(name, SchemaRule::Missing));
                }
                Once | Optional | Many => {}
            }
        }
        match children.next() {
            None => Ok(self),
            Some(stray) => {
                let known = sequence.iter().any(|(name, _)| self.is_own(stray, name));
                let rule = if known { SchemaRule::OutOfOrder } else { SchemaRule::NotAllowed };
                Err(self.at(stray).broken(rule))
            }
        }
    }

    /// Holds the element to exactly one child out of several.
    pub(crate) fn choice(self, names: &[&'static str]) -> Result<(Self, String), Iso20022Error> {
        self.no_attributes()?;
        if !is_blank(&self.element.text) {
            return Err(self.broken(SchemaRule::MixedContent));
        }
        let mut children = self.element.children.iter();
        let Some(chosen) = children.next() else { return Err(self.broken(SchemaRule::Missing)) };
        if !names.iter().any(|name| self.is_own(chosen, name)) {
            return Err(self.at(chosen).broken(SchemaRule::NotAllowed));
        }
        match children.next() {
            None => Ok((self.at(chosen), chosen.name.clone())),
            Some(second) => Err(self.at(second).broken(SchemaRule::Repeated)),
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<Self> {
        self.all(name).next()
    }

    pub(crate) fn need(&self, name: &str) -> Result<Self, Iso20022Error> {
        self.child(name).ok_or_else(|| self.broken_child(name, SchemaRule::Missing))
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = Self> {
        let own = self.element.children.iter().filter(move |child| self.is_own(child, name));
        own.map(|child| self.at(child))
    }

    /// Reads an optional child with a function of this type.
    pub(crate) fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(Self) -> Result<T, Iso20022Error>,
    ) -> Result<Option<T>, Iso20022Error> {
        self.child(name).map(read).transpose()
    }

    /// The text of an element without children and attributes.
    pub(crate) fn simple(&self) -> Result<&'a str, Iso20022Error> {
        self.no_attributes()?;
        self.content()
    }

    /// The text of an element with exactly one attribute, and that attribute.
    pub(crate) fn simple_with(&self, key: &str) -> Result<(&'a str, &'a str), Iso20022Error> {
        let mut value = None;
        for attribute in &self.element.attributes {
            match &*attribute.namespace {
                "" if attribute.name == key => value = Some(attribute.value.as_str()),
                XSI => {}
                _ => return Err(self.broken(SchemaRule::UnknownAttribute)),
            }
        }
        match value {
            Some(value) => Ok((self.content()?, value)),
            None => {
                let path = format!("{}/@{key}", self.path);
                Err(violation(path, self.element.line, SchemaRule::Missing))
            }
        }
    }

    /// Text of 1 to `max` characters.
    pub(crate) fn text(&self, max: usize) -> Result<String, Iso20022Error> {
        let text = self.simple()?;
        if text.is_empty() || text.chars().nth(max).is_some() {
            return Err(self.broken(SchemaRule::Length { max }));
        }
        Ok(text.to_owned())
    }

    /// Text that a check accepts, or the rule it breaks.
    pub(crate) fn checked(
        &self,
        check: fn(&str) -> bool,
        rule: SchemaRule,
    ) -> Result<String, Iso20022Error> {
        let text = self.simple()?;
        if check(text) { Ok(text.to_owned()) } else { Err(self.broken(rule)) }
    }

    /// A number of 1 to 15 digits.
    pub(crate) fn number(self) -> Result<u64, Iso20022Error> {
        let text = self.simple()?;
        let is_number =
            (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_number => Ok(number),
            _ => Err(self.broken(SchemaRule::NotANumber)),
        }
    }

    /// An `xs:boolean`.
    pub(crate) fn truth(self) -> Result<bool, Iso20022Error> {
        match self.simple()? {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.broken(SchemaRule::NotATruthValue)),
        }
    }

    pub(crate) fn date_time(self) -> Result<String, Iso20022Error> {
        self.checked(is_date_time, SchemaRule::NotADateTime)
    }

    pub(crate) fn date(self) -> Result<Date, Iso20022Error> {
        parse_date(self.simple()?).ok_or_else(|| self.broken(SchemaRule::NotADate))
    }

    pub(crate) fn uetr(self) -> Result<Uuid, Iso20022Error> {
        parse_uetr(self.simple()?).ok_or_else(|| {
            let (path, line) = self.place();
            Iso20022Error::BadUetr { path, line }
        })
    }

    pub(crate) fn broken(&self, rule: SchemaRule) -> Iso20022Error {
        violation(self.path.clone(), self.element.line, rule)
    }

    /// The element as it was read.
    pub(crate) fn element(&self) -> &'a Element {
        self.element
    }

    /// The namespace, which in a message names its version.
    pub(crate) fn namespace(&self) -> &'a str {
        &self.element.namespace
    }

    /// Path and line, for refusals of their own kind.
    pub(crate) fn place(&self) -> (String, u32) {
        (self.path.clone(), self.element.line)
    }

    fn content(&self) -> Result<&'a str, Iso20022Error> {
        if self.element.children.is_empty() {
            Ok(&self.element.text)
        } else {
            Err(self.broken(SchemaRule::NotSimple))
        }
    }

    fn no_attributes(&self) -> Result<(), Iso20022Error> {
        if self.element.attributes.iter().all(|attribute| &*attribute.namespace == XSI) {
            Ok(())
        } else {
            Err(self.broken(SchemaRule::UnknownAttribute))
        }
    }

    fn has(&self, name: &str) -> bool {
        self.element.children.iter().any(|child| self.is_own(child, name))
    }

    fn is_own(&self, child: &Element, name: &str) -> bool {
        child.name == name && child.namespace == self.element.namespace
    }

    fn at(&self, child: &'a Element) -> Self {
        Self { element: child, path: format!("{}/{}", self.path, child.name) }
    }

    fn broken_child(&self, name: &str, rule: SchemaRule) -> Iso20022Error {
        violation(format!("{}/{name}", self.path), self.element.line, rule)
    }
}

fn violation(path: String, line: u32, rule: SchemaRule) -> Iso20022Error {
    Iso20022Error::SchemaViolation { path, line, rule }
}
