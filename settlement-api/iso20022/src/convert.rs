//! XML to JSON and back.
//!
//! # Mapping
//! `{"AppHdr": {...}, "Document": {...}}`, the header where there is one; each with `"xmlns"` first.
//! `Document` holds the message under its element's name. An element that may repeat is a list, also
//! when there is one of it; a value is a text; an amount is `{"Ccy": "USD", "amt": "1.00"}`; foreign
//! content is the text of its XML. Names are those of the XML. Order of members does not matter on
//! the way back: the table gives the order.
//!
//! # Invariants
//! What comes out keeps the schema, else nothing comes out. XML to JSON to XML gives the same bytes as
//! XML to XML, and JSON to XML to JSON the same as JSON to JSON.
//!
//! # Absent on purpose
//! Envelopes, comments, prefixes and hints of where schemas are: they are not part of a message.

use crate::check::{self, Pinned, Read};
use crate::document;
use crate::json::Json;
use crate::table::{NAMESPACE_START, Particle, Schema, Shape, Type};
use crate::validate::{Finding, Findings, Place, validate};
use crate::version;
use crate::xml::{Attribute, Element, Limits, tree};
use std::borrow::Cow;
use std::sync::Arc;

/// What one file became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Converted {
    /// XML became JSON.
    Json(String),
    /// JSON became XML.
    Xml(String),
}

/// Turns XML into JSON and JSON into XML, both in the pinned version.
pub fn convert(bytes: &[u8]) -> Result<Converted, Vec<Finding>> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => json_to_xml(text).map(Converted::Xml),
        _ => xml_to_json(bytes).map(Converted::Json),
    }
}

/// A message of any version that is read, as JSON of the pinned version.
pub fn xml_to_json(bytes: &[u8]) -> Result<String, Vec<Finding>> {
    with_message(bytes, |read| {
        let mut members = Vec::new();
        if let Some(header) = &read.header {
            members.push(("AppHdr".to_owned(), part_to_json(header)));
        }
        let message = part_to_json(&read.message);
        let name = if read.message.schema.in_document { "Document" } else { "AppHdr" };
        members.push((name.to_owned(), message));
        Json::Object(members).to_text()
    })
}

/// A message of any version that is read, as XML of the pinned version: elements in the order of
/// the schema, one per line, no prefixes, no comments.
pub fn canonical_xml(bytes: &[u8]) -> Result<String, Vec<Finding>> {
    with_message(bytes, emit)
}

/// A message that came in another version than the pinned one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repinned {
    /// Name and version that it came with, such as `pacs.008.001.10`.
    pub came_as: String,
    /// The same in the pinned version, its header naming that; without what stood around both.
    pub xml: String,
}

/// A message of another version in the pinned one; nothing of one that came in it.
pub fn repinned(bytes: &[u8]) -> Result<Option<Repinned>, Vec<Finding>> {
    with_message(bytes, |read| {
        let (came_as, now) = (read.message.came_as, read.message.schema.name);
        if came_as == now {
            return None;
        }
        let mut header = read.header.clone();
        if let Some(header) = &mut header {
            let named = header.element.to_mut().children.iter_mut();
            // One that names a third message is left to the rules.
            for name in named.filter(|child| child.name == "MsgDefIdr" && child.text == came_as) {
                now.clone_into(&mut name.text);
            }
        }
        let xml = emit(&Read { header, message: read.message.clone() });
        Some(Repinned { came_as: came_as.to_owned(), xml })
    })
}

fn with_message<T>(bytes: &[u8], then: impl FnOnce(&Read<'_>) -> T) -> Result<T, Vec<Finding>> {
    let single = |rule: &str, text: String| {
        vec![Finding { rule: rule.to_owned(), path: String::new(), line: 0, text }]
    };
    let root = Element::parse_within(bytes, Limits::FILE)
        .map_err(|error| single(&format!("xml.{}", error.code()), error.to_string()))?;
    let parts =
        document::parts(&root).map_err(|error| single("document.no_message", error.to_string()))?;
    check::read(&parts).map(|read| then(&read))
}

/// Header and message in Florin's envelope; a message alone as a document.
fn emit(read: &Read<'_>) -> String {
    let Some(header) = &read.header else { return emit_alone(&read.message) };
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let around = crate::envelope::NAMESPACE;
    out.push_str(&format!("<BusinessMessage xmlns=\"{around}\">\n"));
    write_part(header, around, 1, &mut out);
    write_part(&read.message, around, 1, &mut out);
    out.push_str("</BusinessMessage>\n");
    out
}

/// A message alone as a document.
pub(crate) fn emit_alone(message: &Pinned<'_>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write_part(message, "", 0, &mut out);
    out
}

fn write_part(part: &Pinned<'_>, around: &str, depth: usize, out: &mut String) {
    let namespace: Arc<str> = Arc::from(part.schema.namespace());
    let mut message = tidied(&part.element, part.schema.message.holds);
    message.namespace = Arc::clone(&namespace);
    if part.schema.in_document {
        let mut document = Element::new(&namespace, "Document");
        document.children.push(message);
        message = document;
    }
    tree(&message, around, depth, out);
}

/// The same element without blanks around numbers, dates and truth values.
fn tidied(element: &Element, holds: &Type) -> Element {
    let mut out = element.clone();
    tidy(&mut out, holds);
    out
}

fn tidy(element: &mut Element, holds: &Type) {
    match &holds.shape {
        Shape::Any { .. } => {}
        Shape::Text { .. } | Shape::Codes(_) => {}
        Shape::Sequence(_) | Shape::Choice(_) => {
            element.text.clear();
            for child in &mut element.children {
                if let Some((_, particle)) = holds.particle(&child.name) {
                    tidy(child, particle.holds);
                }
            }
        }
        Shape::Amount { .. }
        | Shape::Decimal { .. }
        | Shape::Boolean
        | Shape::Date
        | Shape::DateTime
        | Shape::Time
        | Shape::YearMonth
        | Shape::Binary { .. } => {
            element.text = element.text.trim_matches([' ', '\t', '\r', '\n']).to_owned();
        }
    }
}

fn part_to_json(part: &Pinned<'_>) -> Json {
    let namespace = ("xmlns".to_owned(), Json::Text(part.schema.namespace()));
    let message = tidied(&part.element, part.schema.message.holds);
    let message = to_json(&message, part.schema.message.holds);
    if part.schema.in_document {
        let name = part.schema.message.name.to_owned();
        return Json::Object(vec![namespace, (name, message)]);
    }
    match message {
        Json::Object(mut members) => {
            members.insert(0, namespace);
            Json::Object(members)
        }
        other => other,
    }
}

fn to_json(element: &Element, holds: &Type) -> Json {
    match &holds.shape {
        Shape::Sequence(particles) | Shape::Choice(particles) => {
            let mut members = Vec::new();
            for particle in *particles {
                let mut values: Vec<_> = element
                    .all(particle.name)
                    .map(|child| to_json(child, particle.holds))
                    .collect();
                let value = match (particle.repeats(), values.is_empty()) {
                    (_, true) => continue,
                    (true, false) => Json::List(values),
                    (false, false) => values.remove(0),
                };
                members.push((particle.name.to_owned(), value));
            }
            Json::Object(members)
        }
        Shape::Amount { attribute, .. } => {
            let code = element.attribute(attribute).unwrap_or_default().to_owned();
            Json::Object(vec![
                ((*attribute).to_owned(), Json::Text(code)),
                ("amt".to_owned(), Json::Text(element.text.clone())),
            ])
        }
        Shape::Any { .. } => {
            let mut out = String::new();
            for child in &element.children {
                tree(child, "", 0, &mut out);
            }
            Json::Text(out)
        }
        Shape::Text { .. }
        | Shape::Codes(_)
        | Shape::Decimal { .. }
        | Shape::Boolean
        | Shape::Date
        | Shape::DateTime
        | Shape::Time
        | Shape::YearMonth
        | Shape::Binary { .. } => Json::Text(element.text.clone()),
    }
}

/// JSON of the mapping above as XML that keeps the schema.
pub fn json_to_xml(bytes: &[u8]) -> Result<String, Vec<Finding>> {
    let mut findings = Findings::default();
    let root = Place::root("");
    let json = match Json::parse(bytes) {
        Ok(json) if bytes.len() <= Limits::FILE.bytes => json,
        Ok(_) => {
            findings.add("json.too_large", &root, 0, "is too large; split it".to_owned());
            return Err(findings.into_vec());
        }
        Err(text) => {
            findings.add("json.malformed", &root, 0, text);
            return Err(findings.into_vec());
        }
    };
    let header = json.get("AppHdr").map(|json| part_from_json("AppHdr", json, &mut findings));
    let message = json.get("Document").map(|json| part_from_json("Document", json, &mut findings));
    if let Json::Object(members) = &json {
        for (name, _) in members.iter().filter(|(name, _)| name != "AppHdr" && name != "Document") {
            let text = "is not known here; send AppHdr and Document".to_owned();
            findings.add("json.unknown", &Place::root(name), 0, text);
        }
    }
    let (header, message) = match (header.flatten(), message.flatten()) {
        (header, Some(message)) => (header, message),
        (Some(header), None) => (None, header),
        (None, None) => {
            let text = "holds no message that is known; send it as Document".to_owned();
            findings.add("json.no_message", &root, 0, text);
            return Err(findings.into_vec());
        }
    };
    let mut found = findings.into_vec();
    for part in header.iter().chain([&message]) {
        let namespace = part.schema.namespace();
        found.extend(validate(&part.element, &part.schema.message, &namespace));
    }
    if found.is_empty() { Ok(emit(&Read { header, message })) } else { Err(found) }
}

fn part_from_json(
    name: &'static str,
    json: &Json,
    findings: &mut Findings,
) -> Option<Pinned<'static>> {
    let place = Place::root(name);
    let schema = match json.get("xmlns") {
        Some(Json::Text(namespace)) => namespace
            .strip_prefix(NAMESPACE_START)
            .and_then(version::reading)
            .map(|reading| reading.own.unwrap_or(reading.pinned))
            .filter(|schema| schema.namespace() == *namespace),
        _ => None,
    };
    let Some(schema) = schema.filter(|schema| schema.in_document == (name == "Document")) else {
        let text = "must name the namespace of a message in a version that has a table".to_owned();
        findings.add("json.namespace", &place.child("xmlns"), 0, text);
        return None;
    };
    let Json::Object(members) = json else { return None };
    let namespace: Arc<str> = Arc::from(schema.namespace());
    let rest: Vec<_> = members.iter().filter(|(name, _)| name != "xmlns").cloned().collect();
    let (body, place) = if schema.in_document {
        let [(own, body)] = rest.as_slice() else {
            let text = format!("must hold {} and nothing else", schema.message.name);
            findings.add("json.no_message", &place, 0, text);
            return None;
        };
        if own != schema.message.name {
            let text = format!("must hold {} and nothing else", schema.message.name);
            findings.add("json.no_message", &place, 0, text);
            return None;
        }
        (body.clone(), Place::root(schema.message.name))
    } else {
        (Json::Object(rest), place)
    };
    let element = from_json(&body, &schema.message, &namespace, &place, findings);
    Some(at_pinned(element, schema))
}

/// The message of a version with its own table, said in the pinned version.
fn at_pinned(element: Element, schema: &'static Schema) -> Pinned<'static> {
    let pinned = version::reading(schema.name).map_or(schema, |reading| reading.pinned);
    let element =
        if pinned.name == schema.name { element } else { version::rewritten(&element, pinned) };
    Pinned { element: Cow::Owned(element), schema: pinned, came_as: schema.name }
}

fn from_json(
    json: &Json,
    particle: &Particle,
    namespace: &Arc<str>,
    place: &Place<'_>,
    findings: &mut Findings,
) -> Element {
    let mut element = Element::new(namespace, particle.name);
    match (&particle.holds.shape, json) {
        (Shape::Sequence(particles) | Shape::Choice(particles), Json::Object(members)) => {
            for inner in *particles {
                let Some(value) = json.get(inner.name) else { continue };
                let values = match (inner.repeats(), value) {
                    (true, Json::List(values)) => values.as_slice(),
                    (_, value) => std::slice::from_ref(value),
                };
                for (count, value) in values.iter().enumerate() {
                    let own = match inner.repeats() {
                        true => place.numbered(inner.name, count.saturating_add(1)),
                        false => place.child(inner.name),
                    };
                    element.children.push(from_json(value, inner, namespace, &own, findings));
                }
            }
            let known = |name: &str| particles.iter().any(|inner| inner.name == name);
            for (name, _) in members.iter().filter(|(name, _)| !known(name)) {
                let text = "is not known here; remove it".to_owned();
                findings.add("json.unknown", &place.child(name), 0, text);
            }
        }
        (Shape::Amount { attribute, .. }, Json::Object(members)) => {
            for (name, value) in members {
                match value {
                    Json::Text(text) if name == "amt" => element.text.clone_from(text),
                    Json::Text(text) if name == attribute => element.attributes.push(Attribute {
                        namespace: Arc::from(""),
                        name: (*attribute).to_owned(),
                        value: text.clone(),
                    }),
                    _ => {
                        let text = format!("is not known here; send {attribute} and amt as texts");
                        findings.add("json.unknown", &place.child(name), 0, text);
                    }
                }
            }
        }
        (Shape::Any { .. }, Json::Text(text)) => match Element::parse(text.as_bytes()) {
            Ok(foreign) => element.children.push(foreign),
            Err(error) => {
                findings.add("json.foreign", place, 0, format!("is not XML: {error}"));
            }
        },
        (_, Json::Text(text)) if particle.holds.is_simple() => element.text.clone_from(text),
        _ => {
            let text = match particle.holds.shape {
                Shape::Sequence(_) | Shape::Choice(_) => "must be an object",
                Shape::Amount { .. } => "must be an object with Ccy and amt",
                _ => "must be a text",
            };
            findings.add("json.kind", place, 0, text.to_owned());
        }
    }
    element
}
