//! Typed views over the tree: the fields that the life of a payment needs, by their paths.
//!
//! # Place
//! For messages that Florin relays, answers or makes, beside the three whose types are written out
//! ([`crate::Pacs008`], [`crate::Pacs002`], [`crate::Camt054`]). A view is read from any version that
//! [`crate::version`] knows and written in the pinned one.
//!
//! # Invariants
//! [`View::to_xml`] gives only what keeps its table; read back it is the same view, but for blanks
//! around amounts.
//!
//! # Absent on purpose
//! Every other field: it stands in the received bytes, which stay the original. A view of one
//! transaction refuses a message with several.

/// A struct whose fields are read from and written to paths below one element.
macro_rules! part {
    (
        $(#[$about:meta])*
        $name:ident { $( $(#[$meta:meta])* $field:ident: $kind:ty = $path:literal, )* }
        always { $( $fixed:literal = $text:literal, )* }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $( $(#[$meta])* pub $field: $kind, )* }

        impl $crate::view::Part for $name {
            fn take_part(element: &$crate::xml::Element) -> Result<Self, Vec<$crate::validate::Finding>> {
                Ok(Self { $( $field: $crate::view::Field::take(element, $path)?, )* })
            }

            fn put_part(&self, element: &mut $crate::xml::Element) {
                $( $crate::view::Field::put(&self.$field, element, $path); )*
                $( $crate::view::Field::put(&$text.to_owned(), element, $fixed); )*
            }
        }
    };
}

pub(crate) use part;

/// A part that is a whole message.
macro_rules! view {
    ($name:ident = $message:literal, one of $single:expr) => {
        impl $crate::view::View for $name {
            const MESSAGE: &'static str = $message;
            const SINGLE: &'static [&'static str] = $single;
        }
    };
}

mod account;
mod inquiry;
mod investigation;
mod order;
mod payment;
mod statement;

use crate::check::{self, Pinned};
use crate::convert;
use crate::document;
use crate::party::CurrencyAmount;
use crate::table::{Schema, Type};
use crate::tables;
use crate::validate::{Finding, validate};
use crate::xml::{Attribute, Element, Limits};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use account::{Acmt023, Acmt024};
pub use inquiry::{Camt029, Camt056, Camt060, Pacs028};
pub use investigation::{
    Camt110, Camt111, EnclosedFile, InvestigationAnswer, InvestigationQuestion,
};
pub use order::{Batch, BatchStatus, Order, OrderParty, OrderStatus, Pain001, Pain002};
pub use payment::{Pacs004, Pacs009, UnderlyingPayment};
pub use statement::{Balance, Camt052, Camt053, Line};

/// A message as a view.
pub trait View: Part {
    /// The message and version that is written.
    const MESSAGE: &'static str;
    /// The elements of which a message may hold one, since the view is of one.
    const SINGLE: &'static [&'static str];

    /// Finds and reads the message in a document, under any envelope and prefix.
    fn find(bytes: &[u8]) -> Result<Self, Vec<Finding>> {
        in_message(bytes, Self::MESSAGE, |message| Self::of(message))
    }

    /// As [`View::find`], with the paths of every leaf of the message that the view does not hold, such
    /// as `PmtInf[0]/CdtTrfTxInf[3]/UltmtDbtr[0]/Nm[0]`, counted from 0 among its namesakes: what is
    /// lost to whoever goes on with the view alone.
    fn find_and_left_out(bytes: &[u8]) -> Result<(Self, Vec<String>), Vec<Finding>> {
        in_message(bytes, Self::MESSAGE, |message| {
            let view = Self::of(message)?;
            let mut held = Element::new(&message.namespace, &message.name);
            view.put_part(&mut held);
            let held: BTreeSet<String> = leaves(&held).into_iter().collect();
            let left_out = leaves(message).into_iter().filter(|leaf| !held.contains(leaf));
            let left_out = left_out.collect();
            Ok((view, left_out))
        })
    }

    /// Reads a message's element.
    fn of(message: &Element) -> Result<Self, Vec<Finding>> {
        for path in Self::SINGLE {
            if every(message, path).len() > 1 {
                let text = "stands more than once; send each in a message of its own".to_owned();
                return Err(fault("document.several_transactions", path, text));
            }
        }
        Self::take_part(message)
    }

    /// Writes a `Document` in the pinned version, or says which rules of its schema it breaks.
    fn to_xml(&self) -> Result<String, Vec<Finding>> {
        let Some(schema) = tables::named(Self::MESSAGE) else { return Err(Vec::new()) };
        let element = made(self, schema);
        let found = validate(&element, &schema.message, &schema.namespace());
        if !found.is_empty() {
            return Err(found);
        }
        let came_as = schema.name;
        Ok(convert::emit_alone(&Pinned { element: Cow::Owned(element), schema, came_as }))
    }
}

/// Does something with the element of a message that a document holds, in its pinned version.
fn in_message<T>(
    bytes: &[u8],
    wanted: &str,
    then: impl FnOnce(&Element) -> Result<T, Vec<Finding>>,
) -> Result<T, Vec<Finding>> {
    let root = Element::parse_within(bytes, Limits::FILE)
        .map_err(|error| fault(&format!("xml.{}", error.code()), "", error.to_string()))?;
    let parts = document::parts(&root)
        .map_err(|error| fault("document.no_message", "", error.to_string()))?;
    let message = check::read(&parts)?.message;
    if document::split(message.schema.name).0 != document::split(wanted).0 {
        let text = format!("is {}; send {wanted}", message.came_as);
        return Err(fault("document.other_message", message.schema.message.name, text));
    }
    then(&message.element)
}

/// Paths of all elements that hold no others, each numbered among its namesakes.
fn leaves(element: &Element) -> Vec<String> {
    let mut found = Vec::new();
    let mut below: Vec<(String, &Element)> = vec![(String::new(), element)];
    while let Some((path, above)) = below.pop() {
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        for child in &above.children {
            let number = counted.entry(&child.name).or_default();
            let own = format!("{path}{}[{number}]", child.name);
            *number = number.saturating_add(1);
            if child.children.is_empty() {
                found.push(own);
            } else {
                below.push((format!("{own}/"), child));
            }
        }
    }
    found
}

/// The element of a message with the fields of a view, in the order of the table.
fn made(view: &impl Part, schema: &'static Schema) -> Element {
    let namespace: Arc<str> = Arc::from(schema.namespace());
    let mut element = Element::new(&namespace, schema.message.name);
    view.put_part(&mut element);
    order(&mut element, schema.message.holds);
    element
}

fn order(element: &mut Element, holds: &'static Type) {
    let place = |child: &Element| holds.particle(&child.name).map_or(usize::MAX, |(at, _)| at);
    element.children.sort_by_key(place);
    for child in &mut element.children {
        if let Some((_, particle)) = holds.particle(&child.name) {
            order(child, particle.holds);
        }
    }
}

fn fault(rule: &str, path: &str, text: String) -> Vec<Finding> {
    vec![Finding { rule: rule.to_owned(), path: path.to_owned(), line: 0, text }]
}

/// A group of fields below one element.
pub trait Part: Sized {
    /// Reads the fields below an element.
    fn take_part(element: &Element) -> Result<Self, Vec<Finding>>;
    /// Writes the fields below an element.
    fn put_part(&self, element: &mut Element);
}

/// One field at a path.
pub trait Field: Sized {
    /// Reads the field at a path below an element.
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>>;
    /// Writes the field at a path below an element.
    fn put(&self, element: &mut Element, path: &str);
}

impl Field for String {
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>> {
        <Option<Self> as Field>::take(element, path)?.ok_or_else(|| missing(path))
    }

    fn put(&self, element: &mut Element, path: &str) {
        reached(element, path, |own| own.text.clone_from(self));
    }
}

impl Field for Option<String> {
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>> {
        Ok(element.text_at(path).map(str::to_owned))
    }

    fn put(&self, element: &mut Element, path: &str) {
        if let Some(text) = self {
            text.put(element, path);
        }
    }
}

impl Field for Vec<String> {
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>> {
        Ok(every(element, path).into_iter().map(|own| own.text.clone()).collect())
    }

    fn put(&self, element: &mut Element, path: &str) {
        add_all(self, element, path, |text, own| own.text.clone_from(text));
    }
}

impl Field for CurrencyAmount {
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>> {
        <Option<Self> as Field>::take(element, path)?.ok_or_else(|| missing(path))
    }

    fn put(&self, element: &mut Element, path: &str) {
        reached(element, path, |amount| {
            amount.text.clone_from(&self.text);
            let (namespace, name) = (Arc::from(""), "Ccy".to_owned());
            amount.attributes = vec![Attribute { namespace, name, value: self.currency.clone() }];
        });
    }
}

impl Field for Option<CurrencyAmount> {
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>> {
        let Some(amount) = element.at(path) else { return Ok(None) };
        let currency = amount.attribute("Ccy").unwrap_or_default().to_owned();
        Ok(Some(CurrencyAmount { currency, text: amount.text.trim().to_owned() }))
    }

    fn put(&self, element: &mut Element, path: &str) {
        if let Some(amount) = self {
            amount.put(element, path);
        }
    }
}

impl<T: Part> Field for Option<T> {
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>> {
        element.at(path).map(T::take_part).transpose()
    }

    fn put(&self, element: &mut Element, path: &str) {
        if let Some(part) = self {
            reached(element, path, |own| part.put_part(own));
        }
    }
}

impl<T: Part> Field for Vec<T> {
    fn take(element: &Element, path: &str) -> Result<Self, Vec<Finding>> {
        every(element, path).into_iter().map(T::take_part).collect()
    }

    fn put(&self, element: &mut Element, path: &str) {
        add_all(self, element, path, Part::put_part);
    }
}

/// Adds an element at a path for each of these.
fn add_all<T>(all: &[T], element: &mut Element, path: &str, put: fn(&T, &mut Element)) {
    if all.is_empty() {
        return;
    }
    let add = |above: &mut Element, name: &str| {
        for one in all {
            let mut own = Element::new(&above.namespace, name);
            put(one, &mut own);
            above.children.push(own);
        }
    };
    match path.rsplit_once('/') {
        Some((above, name)) => reached(element, above, |above| add(above, name)),
        None => add(element, path),
    }
}

fn missing(path: &str) -> Vec<Finding> {
    fault("view.missing", path, "is missing; add it".to_owned())
}

/// Every element at a path of names.
fn every<'a>(element: &'a Element, path: &str) -> Vec<&'a Element> {
    let mut found = vec![element];
    for name in path.split('/') {
        found = found
            .into_iter()
            .flat_map(|one| one.children.iter().filter(move |child| child.name == name))
            .collect();
    }
    found
}

/// Does something to the element at a path, which is made where it is not there yet.
fn reached(element: &mut Element, path: &str, then: impl FnOnce(&mut Element)) {
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    let known = element.children.iter().position(|child| child.name == name);
    if known.is_none() {
        let made = Element::new(&element.namespace, name);
        element.children.push(made);
    }
    let child = match known {
        Some(at) => element.children.get_mut(at),
        None => element.children.last_mut(),
    };
    match child {
        Some(child) if rest.is_empty() => then(child),
        Some(child) => reached_below(child, rest, Box::new(then)),
        None => {}
    }
}

/// The same below the first name; boxed, since each step would be a type of its own.
fn reached_below(element: &mut Element, path: &str, then: Box<dyn FnOnce(&mut Element) + '_>) {
    reached(element, path, then);
}
