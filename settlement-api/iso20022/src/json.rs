//! JSON as this crate writes and reads it: objects, lists and texts, nothing else.
//!
//! # Invariants
//! Members keep their order; a member given twice is refused; numbers, truth values and null are
//! refused, since every value of a message is a text.
//!
//! # Absent on purpose
//! What the members of a message mean: that is [`crate::convert`].

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// A text.
    Text(String),
    /// `true` or `false`; written, never read.
    Truth(bool),
    /// Values in order.
    List(Vec<Json>),
    /// Members in order, no name twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value and nothing after it. The error says what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                members.iter().find(|(own, _)| own == name).map(|(_, value)| value)
            }
            Self::Text(_) | Self::Truth(_) | Self::List(_) => None,
        }
    }

    /// On one line.
    pub fn to_line(&self) -> String {
        let mut out = String::new();
        self.write(None, &mut out);
        out
    }

    /// With two blanks of indentation and a line break at the end.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(Some(0), &mut out);
        out.push('\n');
        out
    }

    fn write(&self, depth: Option<usize>, out: &mut String) {
        let inner = depth.map(|depth| depth.saturating_add(1));
        match self {
            Self::Text(text) => quote(text, out),
            Self::Truth(true) => out.push_str("true"),
            Self::Truth(false) => out.push_str("false"),
            Self::List(values) => {
                out.push('[');
                for (count, value) in values.iter().enumerate() {
                    separate(count, inner, out);
                    value.write(inner, out);
                }
                close(values.is_empty(), depth, out);
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (count, (name, value)) in members.iter().enumerate() {
                    separate(count, inner, out);
                    quote(name, out);
                    out.push(':');
                    if depth.is_some() {
                        out.push(' ');
                    }
                    value.write(inner, out);
                }
                close(members.is_empty(), depth, out);
                out.push('}');
            }
        }
    }
}

fn separate(count: usize, depth: Option<usize>, out: &mut String) {
    if count > 0 {
        out.push(',');
    }
    line(depth, out);
}

fn close(empty: bool, depth: Option<usize>, out: &mut String) {
    if !empty {
        line(depth, out);
    }
}

fn line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str("  "));
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object, a list or a text (values of messages are texts)")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = from.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = from.next_entry::<String, Json>()? {
            if members.iter().any(|(own, _)| *own == name) {
                return Err(A::Error::custom(format!("member {name} is given twice; keep one")));
            }
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}
