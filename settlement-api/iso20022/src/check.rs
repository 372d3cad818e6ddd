//! Judges a file: is it a message, does it follow its schema, its standard's rules, a usage guide?
//!
//! # Place
//! Behind `florin iso20022 check`. Passes in order: well-formed, schema, rules across fields, usage
//! rules. Rules run when the schema holds, so that none looks at what has no shape.
//!
//! # Absent on purpose
//! Files, printing, clocks.

use crate::document::{self, NoMessage, Part, Parts};
use crate::json::Json;
use crate::rules::{self, Case, Pack};
use crate::validate::{Finding, validate};
use crate::version;
use crate::xml::{Element, Limits};
use std::borrow::Cow;

/// What is said of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The message, such as `pacs.008`, where one was found.
    pub message: Option<String>,
    /// Its version, such as `001.08`.
    pub version: Option<String>,
    /// The rules that it breaks, in the order of passes and of the document.
    pub errors: Vec<Finding>,
}

impl Report {
    /// Whether the message keeps every rule that it was held to.
    pub fn ok(&self) -> bool {
        self.errors.is_empty()
    }

    /// For people: a line for the file and one for each error.
    pub fn to_text(&self, file: &str) -> String {
        let name = match (&self.message, &self.version) {
            (Some(message), Some(version)) => format!("{message}.{version}"),
            _ => "no message".to_owned(),
        };
        let verdict = if self.ok() { "ok" } else { "not ok" };
        let mut out = format!("{file}: {name}: {verdict}\n");
        for error in &self.errors {
            let line =
                if error.line == 0 { String::new() } else { format!(" (line {})", error.line) };
            out.push_str(&format!("  {}: {}{line} {}\n", error.rule, error.path, error.text));
        }
        out
    }

    /// `{file, message, version, ok, errors: [{rule, path, text}]}`.
    pub fn to_json(&self, file: &str) -> Json {
        let text = |value: &str| Json::Text(value.to_owned());
        let optional = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
        let error = |finding: &Finding| {
            Json::Object(vec![
                ("rule".to_owned(), text(&finding.rule)),
                ("path".to_owned(), text(&finding.path)),
                ("text".to_owned(), text(&finding.text)),
            ])
        };
        Json::Object(vec![
            ("file".to_owned(), text(file)),
            ("message".to_owned(), optional(&self.message)),
            ("version".to_owned(), optional(&self.version)),
            ("ok".to_owned(), Json::Truth(self.ok())),
            ("errors".to_owned(), Json::List(self.errors.iter().map(error).collect())),
        ])
    }
}

/// A message that follows its schema, in the pinned version.
#[derive(Debug)]
pub struct Read<'a> {
    /// The header as the pinned version says it.
    pub header: Option<Pinned<'a>>,
    /// The message as the pinned version says it.
    pub message: Pinned<'a>,
}

/// A header or message in the pinned version.
#[derive(Debug, Clone)]
pub struct Pinned<'a> {
    /// Its element.
    pub element: Cow<'a, Element>,
    /// The table that it follows.
    pub schema: &'static crate::table::Schema,
    /// The name that it came with, such as `camt.053.001.02`.
    pub came_as: &'a str,
}

/// Judges one file, by a usage guide too where one is named.
pub fn check(bytes: &[u8], pack: Option<Pack>) -> Report {
    let mut report = Report { message: None, version: None, errors: Vec::new() };
    let root = match Element::parse_within(bytes, Limits::FILE) {
        Ok(root) => root,
        Err(error) => {
            let rule = format!("xml.{}", error.code());
            let path = error.path().unwrap_or_default().to_owned();
            report.errors.push(Finding { rule, path, line: 0, text: error.to_string() });
            return report;
        }
    };
    let parts = match document::parts(&root) {
        Ok(parts) => parts,
        Err(error) => {
            report.errors.push(no_message(&error));
            return report;
        }
    };
    report.message = Some(parts.message.family().to_owned());
    report.version = Some(parts.message.version().to_owned());
    match read(&parts) {
        Err(errors) => report.errors = errors,
        Ok(read) => {
            let case = Case::new(&read);
            report.errors = rules::standard(&case);
            if let Some(pack) = pack {
                report.errors.extend(rules::usage(&case, pack));
            }
        }
    }
    report
}

fn no_message(error: &NoMessage) -> Finding {
    let rule = match error {
        NoMessage::Nothing => "document.no_message",
        NoMessage::NoElement(_) => "document.no_element",
        NoMessage::Several(_) => "document.several_messages",
        NoMessage::NotAlone(_) => "document.not_alone",
    };
    Finding { rule: rule.to_owned(), path: String::new(), line: 0, text: error.to_string() }
}

/// Holds header and message to their schemas and says them in the pinned versions.
pub fn read<'a>(parts: &Parts<'a>) -> Result<Read<'a>, Vec<Finding>> {
    let mut errors = Vec::new();
    let header = parts.header.and_then(|header| pinned(header, &mut errors));
    let message = pinned(parts.message, &mut errors);
    match message {
        Some(message) if errors.is_empty() => Ok(Read { header, message }),
        _ => Err(errors),
    }
}

fn pinned<'a>(part: Part<'a>, errors: &mut Vec<Finding>) -> Option<Pinned<'a>> {
    let Some(reading) = version::reading(part.name) else {
        let (rule, text) = match version::read_versions(part.name) {
            Some(versions) => (
                "document.version",
                format!("{} is not read; send a version from {versions}", part.name),
            ),
            None => ("document.unknown_message", format!("{} is not read here", part.name)),
        };
        let path = part.element.name.clone();
        errors.push(Finding { rule: rule.to_owned(), path, line: part.element.line, text });
        return None;
    };
    let namespace = format!("{}{}", crate::table::NAMESPACE_START, part.name);
    if let Some(own) = reading.own {
        let found = validate(part.element, &own.message, &namespace);
        if !found.is_empty() {
            errors.extend(found);
            return None;
        }
        if own.name == reading.pinned.name {
            let element = Cow::Borrowed(part.element);
            return Some(Pinned { element, schema: own, came_as: part.name });
        }
    }
    let element = version::rewritten(part.element, reading.pinned);
    let found = validate(&element, &reading.pinned.message, &reading.pinned.namespace());
    if found.is_empty() {
        let element = Cow::Owned(element);
        return Some(Pinned { element, schema: reading.pinned, came_as: part.name });
    }
    let pinned = reading.pinned.name;
    errors.extend(found.into_iter().map(|mut finding| {
        finding.text = format!("read as {pinned}: {}", finding.text);
        finding
    }));
    None
}
