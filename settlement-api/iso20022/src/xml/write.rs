//! The writer: elements with two-space indentation, every character escaped or replaced.

use super::Element;
use super::text::is_xml_character;
use crate::validate::XSI;

/// Builds one document. Names come from the code, values from anywhere.
#[derive(Debug)]
pub struct Writer {
    out: String,
    open: Vec<&'static str>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A document with its declaration and nothing else yet.
    pub fn new() -> Self {
        Self { out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), open: Vec::new() }
    }

    /// Writes an element in a namespace of its own, with what `content` writes inside.
    pub fn root(&mut self, name: &'static str, namespace: &str, content: impl FnOnce(&mut Self)) {
        self.start(name, &[("xmlns", namespace)]);
        self.out.push('\n');
        self.inside(name, content);
    }

    /// Writes an element with what `content` writes inside.
    pub fn element(&mut self, name: &'static str, content: impl FnOnce(&mut Self)) {
        self.start(name, &[]);
        self.out.push('\n');
        self.inside(name, content);
    }

    /// Writes an element that holds text.
    pub fn leaf(&mut self, name: &'static str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    /// Writes an element that holds text, when there is one.
    pub fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// Writes an element that holds text and has attributes.
    pub fn leaf_with(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) {
        self.start(name, attributes);
        escape(&mut self.out, text, Place::Text);
        self.end_tag(name);
    }

    /// Writes an element as it was read, in the namespace of the document.
    pub fn copy(&mut self, element: &Element) {
        tree(element, &element.namespace, self.open.len(), &mut self.out);
    }

    /// The document, every open element closed.
    pub fn finish(self) -> String {
        self.out
    }

    fn start(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            escape(&mut self.out, value, Place::Attribute);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn inside(&mut self, name: &'static str, content: impl FnOnce(&mut Self)) {
        self.open.push(name);
        content(self);
        self.open.pop();
        self.indent();
        self.end_tag(name);
    }

    fn end_tag(&mut self, name: &'static str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Attribute,
}

/// Escapes so that a reader gets the same characters back; what XML 1.0 cannot carry at all
/// becomes U+FFFD.
fn escape(out: &mut String, text: &str, place: Place) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if place == Place::Attribute => out.push_str("&#10;"),
            '\t' if place == Place::Attribute => out.push_str("&#9;"),
            c if is_xml_character(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
}

/// Writes an element and all below it, `depth` levels in, into a place where `around` is the
/// default namespace.
///
/// Hints of where schemas are (`xsi`) are left out. Text beside elements is not written: no message
/// holds any, and foreign content that does is refused before.
pub(crate) fn tree(element: &Element, around: &str, depth: usize, out: &mut String) {
    let indent = |out: &mut String, depth: usize| (0..depth).for_each(|_| out.push_str("  "));
    indent(out, depth);
    out.push('<');
    out.push_str(&element.name);
    let mut attribute = |name: &str, value: &str| {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape(out, value, Place::Attribute);
        out.push('"');
    };
    if &*element.namespace != around {
        attribute("xmlns", &element.namespace);
    }
    for (count, key) in element.attributes.iter().enumerate() {
        match &*key.namespace {
            XSI => {}
            "" => attribute(&key.name, &key.value),
            "http://www.w3.org/XML/1998/namespace" => {
                attribute(&format!("xml:{}", key.name), &key.value);
            }
            namespace => {
                attribute(&format!("xmlns:a{count}"), namespace);
                attribute(&format!("a{count}:{}", key.name), &key.value);
            }
        }
    }
    out.push('>');
    if element.children.is_empty() {
        escape(out, &element.text, Place::Text);
    } else {
        out.push('\n');
        for child in &element.children {
            tree(child, &element.namespace, depth.saturating_add(1), out);
        }
        indent(out, depth);
    }
    out.push_str("</");
    out.push_str(&element.name);
    out.push_str(">\n");
}
