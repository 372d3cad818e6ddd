//! The hardened XML reader: bytes of a stranger to a small element tree.
//!
//! # Refused
//! More than 1 MiB, nesting beyond 32, too many or too long names and attributes, DOCTYPE,
//! processing instructions, entities other than the five predefined ones, anything but comments
//! and blanks after the root, other encodings than UTF-8, other versions than 1.0.
//!
//! # Absent on purpose
//! Entity expansion, external resources, recovery from errors, serde (it matches names in any
//! namespace and skips a DOCTYPE), the order of text among child elements.

mod text;
mod write;

use crate::error::{Iso20022Error, XmlFault};
use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};
use quick_xml::name::{QName, ResolveResult};
use std::collections::BTreeSet;
use std::sync::Arc;
pub(crate) use text::is_blank;
use text::{Lines, check_characters, check_name, resolve_reference};
pub use write::Writer;
pub(crate) use write::tree;

/// Bytes of a document.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Levels of nesting, the root being the first.
pub const MAX_DEPTH: usize = 32;
/// Elements of a document.
pub const MAX_ELEMENTS: usize = 65_536;

/// How large a document may be. Depth, names and attributes have the same limits for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes.
    pub bytes: usize,
    /// Most elements.
    pub elements: usize,
}

impl Limits {
    /// What a payment or report needs: [`MAX_BYTES`] and [`MAX_ELEMENTS`].
    pub const MESSAGE: Self = Self { bytes: MAX_BYTES, elements: MAX_ELEMENTS };
    /// What a day's statement of a busy account needs.
    pub const FILE: Self = Self { bytes: 16 * MAX_BYTES, elements: 16 * MAX_ELEMENTS };
}
/// Attributes of one element, namespace declarations included.
pub const MAX_ATTRIBUTES: usize = 32;
/// Bytes of a name or namespace.
pub const MAX_NAME: usize = 256;
/// Bytes of an attribute's value.
pub const MAX_VALUE: usize = 4096;

/// One element with what stands inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Namespace URI, empty when there is none.
    pub namespace: Arc<str>,
    /// Name without prefix.
    pub name: String,
    /// Attributes other than namespace declarations, in document order.
    pub attributes: Vec<Attribute>,
    /// All character data directly inside, joined.
    pub text: String,
    /// Child elements in document order.
    pub children: Vec<Element>,
    /// Line of the start tag, counted from one.
    pub line: u32,
}

/// One attribute of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Namespace URI, empty for a name without prefix.
    pub namespace: Arc<str>,
    /// Name without prefix.
    pub name: String,
    /// Value with references resolved.
    pub value: String,
}

impl Element {
    /// Reads one document under the limits of this module.
    pub fn parse(bytes: &[u8]) -> Result<Self, Iso20022Error> {
        Self::parse_within(bytes, Limits::MESSAGE)
    }

    /// Reads one document under limits of size of the caller's.
    pub fn parse_within(bytes: &[u8], limits: Limits) -> Result<Self, Iso20022Error> {
        if bytes.len() > limits.bytes {
            return Err(Iso20022Error::TooLarge { bytes: bytes.len(), limit: limits.bytes });
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Iso20022Error::InvalidUtf8 { offset: error.valid_up_to() })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Lines::new(text);
        check_characters(text, &mut lines)?;
        TreeReader::new(text, limits.elements).read()
    }

    /// An element without attributes, children and text.
    pub fn new(namespace: &Arc<str>, name: &str) -> Self {
        Self {
            namespace: Arc::clone(namespace),
            name: name.to_owned(),
            attributes: Vec::new(),
            text: String::new(),
            children: Vec::new(),
            line: 0,
        }
    }

    /// The first element at a path of names below this one, such as `GrpHdr/MsgId`.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == name)
        })
    }

    /// The text of the first element at a path.
    pub fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path).map(|element| element.text.as_str())
    }

    /// The child elements of one name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute without prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let own = |key: &&Attribute| key.namespace.is_empty() && key.name == name;
        self.attributes.iter().find(own).map(|key| key.value.as_str())
    }

    /// This element and all below it, parents before children.
    pub fn descendants(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let next = open.pop()?;
            open.extend(next.children.iter().rev());
            Some(next)
        })
    }
}

struct TreeReader<'a> {
    reader: NsReader<&'a [u8]>,
    lines: Lines<'a>,
    namespaces: BTreeSet<Arc<str>>,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    most_elements: usize,
}

impl<'a> TreeReader<'a> {
    fn new(text: &'a str, most_elements: usize) -> Self {
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        config.allow_unmatched_ends = false;
        config.allow_dangling_amp = false;
        Self {
            reader,
            lines: Lines::new(text),
            namespaces: BTreeSet::new(),
            open: Vec::new(),
            root: None,
            elements: 0,
            most_elements,
        }
    }

    fn read(mut self) -> Result<Element, Iso20022Error> {
        loop {
            let start = self.reader.buffer_position();
            let event = self.reader.read_event();
            let line = self.lines.at(start);
            match event.map_err(|error| fault_of(&error, line))? {
                Event::Start(tag) | Event::Empty(tag) => self.start(&tag, line)?,
                Event::End(_) => self.end(line)?,
                Event::Text(text) => self.text(&text, line)?,
                Event::CData(data) => {
                    let content = data.xml10_content();
                    self.parent(line)?.text.push_str(&content);
                }
                Event::GeneralRef(reference) => {
                    let resolved = resolve_reference(&reference, line)?;
                    self.parent(line)?.text.push(resolved);
                }
                Event::Comment(_) => {}
                Event::Decl(declaration) => check_declaration(&declaration, start, line)?,
                Event::PI(_) => return Err(Iso20022Error::ProcessingInstructionRefused { line }),
                Event::DocType(_) => return Err(Iso20022Error::DtdRefused { line }),
                Event::Eof => return self.finish(line),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: u32) -> Result<(), Iso20022Error> {
        if self.root.is_some() {
            return Err(Iso20022Error::TrailingContent { line });
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Iso20022Error::TooDeep { line, limit: MAX_DEPTH });
        }
        self.elements = self.elements.saturating_add(1);
        if self.elements > self.most_elements {
            let limit = self.most_elements;
            return Err(Iso20022Error::TooManyElements { line, limit });
        }
        let attributes = self.attributes(tag, line)?;
        let (namespace, name) = self.resolve(tag.name(), NameKind::Element, line)?;
        self.open.push(Element {
            namespace,
            name,
            attributes,
            text: String::new(),
            children: Vec::new(),
            line,
        });
        Ok(())
    }

    fn attributes(
        &mut self,
        tag: &BytesStart<'_>,
        line: u32,
    ) -> Result<Vec<Attribute>, Iso20022Error> {
        let malformed = |fault| Iso20022Error::MalformedXml { line, fault };
        if !text::are_separated(tag.attributes_raw()) {
            return Err(malformed(XmlFault::Attribute));
        }
        let mut found: Vec<Attribute> = Vec::new();
        for (count, attribute) in tag.attributes().enumerate() {
            if count >= MAX_ATTRIBUTES {
                return Err(Iso20022Error::TooManyAttributes { line, limit: MAX_ATTRIBUTES });
            }
            let attribute = attribute.map_err(|_| malformed(XmlFault::Attribute))?;
            let declares = attribute.key.as_namespace_binding().is_some();
            let limit = if declares { MAX_NAME } else { MAX_VALUE };
            if attribute.value.len() > limit {
                return Err(Iso20022Error::NameTooLong { line, limit });
            }
            if attribute.value.contains('<') {
                return Err(malformed(XmlFault::Character));
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|error| fault_of(&error, line))?;
            if declares {
                // The resolver binds the raw text, so a reference in it would name another URI;
                // and only the default namespace can be taken back.
                let unbinds = value.is_empty() && attribute.key.0 != "xmlns";
                if attribute.value.contains('&') || unbinds {
                    return Err(malformed(XmlFault::Namespace));
                }
                continue;
            }
            if !value.chars().all(text::is_xml_character) {
                return Err(malformed(XmlFault::Character));
            }
            let value = value.into_owned();
            let (namespace, name) = self.resolve(attribute.key, NameKind::Attribute, line)?;
            if found.iter().any(|other| other.name == name && other.namespace == namespace) {
                return Err(malformed(XmlFault::Attribute));
            }
            found.push(Attribute { namespace, name, value });
        }
        Ok(found)
    }

    fn resolve(
        &mut self,
        name: QName<'_>,
        kind: NameKind,
        line: u32,
    ) -> Result<(Arc<str>, String), Iso20022Error> {
        if name.0.len() > MAX_NAME {
            return Err(Iso20022Error::NameTooLong { line, limit: MAX_NAME });
        }
        check_name(name.0, line)?;
        if name.0.starts_with("xmlns:") {
            return Err(Iso20022Error::MalformedXml { line, fault: XmlFault::Namespace });
        }
        let resolver = self.reader.resolver();
        let (resolved, local) = match kind {
            NameKind::Element => resolver.resolve_element(name),
            NameKind::Attribute => resolver.resolve_attribute(name),
        };
        let uri = match &resolved {
            ResolveResult::Bound(namespace) => namespace.0,
            ResolveResult::Unbound => "",
            ResolveResult::Unknown(_) => {
                return Err(Iso20022Error::MalformedXml { line, fault: XmlFault::Namespace });
            }
        };
        let local = local.into_inner().to_owned();
        let shared = match self.namespaces.get(uri) {
            Some(known) => Arc::clone(known),
            None => {
                let fresh: Arc<str> = Arc::from(uri);
                self.namespaces.insert(Arc::clone(&fresh));
                fresh
            }
        };
        Ok((shared, local))
    }

    fn end(&mut self, line: u32) -> Result<(), Iso20022Error> {
        let Some(done) = self.open.pop() else {
            return Err(Iso20022Error::MalformedXml { line, fault: XmlFault::MismatchedTag });
        };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn text(&mut self, text: &BytesText<'_>, line: u32) -> Result<(), Iso20022Error> {
        let content = text.xml10_content();
        if self.open.is_empty() && is_blank(&content) {
            return Ok(());
        }
        if content.contains("]]>") {
            return Err(Iso20022Error::MalformedXml { line, fault: XmlFault::Character });
        }
        self.parent(line)?.text.push_str(&content);
        Ok(())
    }

    /// The element that character data belongs to.
    fn parent(&mut self, line: u32) -> Result<&mut Element, Iso20022Error> {
        let after_root = self.root.is_some();
        self.open.last_mut().ok_or(if after_root {
            Iso20022Error::TrailingContent { line }
        } else {
            Iso20022Error::MalformedXml { line, fault: XmlFault::TextOutsideRoot }
        })
    }

    fn finish(self, line: u32) -> Result<Element, Iso20022Error> {
        let fault = if self.open.is_empty() { XmlFault::NoRoot } else { XmlFault::Truncated };
        self.root.ok_or(Iso20022Error::MalformedXml { line, fault })
    }
}

#[derive(Clone, Copy)]
enum NameKind {
    Element,
    Attribute,
}

/// The declaration stands first and says nothing but version 1.0, UTF-8 and standalone.
///
/// The library reads it leniently, so its text is read again here.
fn check_declaration(
    declaration: &BytesDecl<'_>,
    start: u64,
    line: u32,
) -> Result<(), Iso20022Error> {
    let text: &str = declaration;
    let fields = text.strip_prefix("xml").and_then(text::declaration_fields);
    let said = fields.as_deref().and_then(|fields| match fields {
        [("version", version), rest @ ..] => Some((*version, rest)),
        _ => None,
    });
    let encoding = match said {
        Some(("1.0", [])) => Some("UTF-8"),
        Some(("1.0", [("encoding", name)])) => Some(*name),
        Some(("1.0", [("encoding", name), ("standalone", "yes" | "no")])) => Some(*name),
        Some(("1.0", [("standalone", "yes" | "no")])) => Some("UTF-8"),
        _ => None,
    };
    if start == 0 && encoding.is_some_and(|name| name.eq_ignore_ascii_case("UTF-8")) {
        return Ok(());
    }
    Err(Iso20022Error::MalformedXml { line, fault: XmlFault::Declaration })
}

fn fault_of(error: &quick_xml::Error, line: u32) -> Iso20022Error {
    use quick_xml::errors::{Error, IllFormedError, SyntaxError};
    let fault = match error {
        Error::Syntax(
            SyntaxError::UnclosedTag
            | SyntaxError::UnclosedSingleQuotedAttributeValue
            | SyntaxError::UnclosedDoubleQuotedAttributeValue
            | SyntaxError::UnclosedComment
            | SyntaxError::UnclosedCData
            | SyntaxError::UnclosedPI
            | SyntaxError::UnclosedXmlDecl,
        ) => XmlFault::Truncated,
        Error::IllFormed(
            IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_),
        ) => XmlFault::MismatchedTag,
        Error::IllFormed(IllFormedError::MissingEndTag(_)) => XmlFault::Truncated,
        Error::IllFormed(IllFormedError::DoubleHyphenInComment) => XmlFault::Comment,
        Error::IllFormed(IllFormedError::UnclosedReference) => XmlFault::Reference,
        Error::IllFormed(
            IllFormedError::MissingDeclVersion(_) | IllFormedError::UnknownVersion,
        ) => XmlFault::Declaration,
        Error::InvalidAttr(_) => XmlFault::Attribute,
        Error::Namespace(_) => XmlFault::Namespace,
        Error::Escape(quick_xml::escape::EscapeError::UnrecognizedEntity(_, name)) => {
            return Iso20022Error::UndefinedEntity { line, name: text::excerpt(name) };
        }
        Error::Escape(_) => XmlFault::Reference,
        Error::IllFormed(IllFormedError::MissingDoctypeName)
        | Error::Syntax(SyntaxError::UnclosedDoctype) => {
            return Iso20022Error::DtdRefused { line };
        }
        _ => XmlFault::Syntax,
    };
    Iso20022Error::MalformedXml { line, fault }
}
