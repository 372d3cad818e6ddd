//! Turns the XML schemas of ISO 20022 into the tables of `src/tables`.
//!
//! # Place
//! Run by hand when a schema is added; neither builds nor tests read schemas through it:
//!
//! ```text
//! cargo run -p iso20022 --example schema_tables -- ../shared/data settlement-api/iso20022/src/tables
//! ```
//!
//! It reads `xsd/iso/*.xsd` and `xsd/fedwire-2025/*.xsd` and writes `iso/` and `fedwire/`, one file
//! per schema, one line per type, only types that the message reaches. Then it reads the external
//! code sets and writes `code_sets.rs`, only the codes of sets that a table names.

use iso20022::xml::Element;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(schemas), Some(tables)) = (arguments.next(), arguments.next()) else {
        return Err("usage: schema_tables FOLDER-OF-DATA FOLDER-OF-TABLES".into());
    };
    let (data, tables) = (Path::new(&schemas), Path::new(&tables));
    let schemas = data.join("xsd");
    folder(&schemas.join("iso"), &tables.join("iso"), "iso", "")?;
    folder(&schemas.join("fedwire-2025"), &tables.join("fedwire"), "fedwire-2025", "fedwire-2025")?;
    code_sets(&data.join("iso-code-sets/external_code_sets.json"), tables)
}

/// The codes of every external set that a table names.
fn code_sets(from: &Path, tables: &Path) -> Result<(), Failure> {
    let mut text = String::new();
    for folder in ["iso", "written", "written/investigation"] {
        for file in fs::read_dir(tables.join(folder))? {
            let file = file?.path();
            if file.is_file() {
                text.push_str(&fs::read_to_string(file)?);
            }
        }
    }
    let sets: serde_json::Value = serde_json::from_slice(&fs::read(from)?)?;
    let sets = sets.get("definitions").and_then(|sets| sets.as_object()).ok_or("definitions")?;
    let sets: BTreeMap<_, _> = sets.iter().collect();
    let mut out = header("iso-code-sets/external_code_sets.json");
    writeln!(out, "/// External code sets: name and codes, in order of the name.")?;
    writeln!(out, "pub(crate) static CODE_SETS: &[(&str, &[&str])] = &[")?;
    for (name, set) in sets {
        let codes = set.get("enum").and_then(|codes| codes.as_array()).map(Vec::as_slice);
        let codes: Vec<_> =
            codes.unwrap_or_default().iter().filter_map(serde_json::Value::as_str).collect();
        if !codes.is_empty() && text.contains(&format!("static {name}:")) {
            writeln!(out, "    (\"{name}\", &{codes:?}),")?;
        }
    }
    writeln!(out, "];")?;
    fs::write(tables.join("code_sets.rs"), out)?;
    Ok(())
}

/// One folder of schemas as one folder of tables with its `mod.rs`.
fn folder(from: &Path, to: &Path, name: &str, rules: &str) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    let mut files: Vec<_> = fs::read_dir(from)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    let mut modules = Vec::new();
    for file in files {
        let file_name = file.file_name().and_then(|name| name.to_str()).ok_or("file name")?;
        let usage = if rules.is_empty() { "" } else { usage_of(file_name).ok_or("usage")? };
        let document = Element::parse(&fs::read(&file)?)?;
        let schema = Schema::read(&document)?;
        let mut module = schema.message.replace('.', "_");
        if !usage.is_empty() {
            module = format!("{module}_{}", snake(usage));
        }
        let text = schema.table(&format!("{name}/{file_name}"), usage)?;
        fs::write(to.join(format!("{module}.rs")), text)?;
        modules.push(module);
    }
    let mut list = header(&format!("the folder {name}"));
    for module in &modules {
        writeln!(list, "pub(crate) mod {module};")?;
    }
    writeln!(list, "\nuse crate::table::Schema;\n")?;
    writeln!(list, "/// Every table of this folder.")?;
    writeln!(list, "pub(crate) static ALL: &[&Schema] = &[")?;
    for module in &modules {
        writeln!(list, "    &{module}::SCHEMA,")?;
    }
    writeln!(list, "];")?;
    fs::write(to.join("mod.rs"), list)?;
    Ok(())
}

fn header(source: &str) -> String {
    format!(
        "//! @generated from {source} by `cargo run -p iso20022 --example schema_tables`.\n\
         //!\n//! Not to be edited: see the example for how to write it again.\n\n"
    )
}

/// `Fedwire_Funds_Service_Release_2025_CustomerCreditTransfer_pacs_008_…` names its usage.
fn usage_of(file_name: &str) -> Option<&str> {
    let rest = file_name.strip_prefix("Fedwire_Funds_Service_Release_2025_")?;
    let areas = ["_acmt_", "_admi_", "_camt_", "_head_", "_pacs_", "_pain_"];
    let end = areas.iter().filter_map(|area| rest.find(area)).min()?;
    rest.get(..end)
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

struct Schema<'a> {
    message: String,
    root: &'a Element,
    types: BTreeMap<&'a str, &'a Element>,
}

impl<'a> Schema<'a> {
    fn read(schema: &'a Element) -> Result<Self, Failure> {
        let namespace = attribute(schema, "targetNamespace").ok_or("targetNamespace")?;
        let message = namespace.rsplit(':').next().ok_or("namespace")?.to_owned();
        let root = schema.children.iter().find(|child| child.name == "element").ok_or("root")?;
        let types = schema
            .children
            .iter()
            .filter(|child| matches!(child.name.as_str(), "complexType" | "simpleType"))
            .filter_map(|child| Some((attribute(child, "name")?, child)))
            .collect();
        Ok(Self { message, root, types })
    }

    fn table(&self, source: &str, usage: &str) -> Result<String, Failure> {
        let mut root = self.root;
        let in_document = attribute(root, "name") == Some("Document");
        if in_document {
            let document = self.named(attribute(root, "type").ok_or("type of Document")?)?;
            let inside = elements(document);
            let [message] = inside.as_slice() else {
                return Err("Document holds other than one element".into());
            };
            root = message;
        }
        let mut reached = BTreeMap::new();
        let top = attribute(root, "type").ok_or("type of the message")?;
        self.reach(top, &mut reached)?;
        let mut out = header(source);
        out.push_str("use crate::table::{Schema, Type};\nuse crate::table::words::*;\n");
        if reached.values().any(|line: &String| line.contains("Shape::")) {
            out.push_str("use crate::table::Shape;\n");
        }
        if reached.values().any(|line| line.contains("UNBOUNDED")) {
            out.push_str("use crate::table::UNBOUNDED;\n");
        }
        writeln!(
            out,
            "\npub(crate) static SCHEMA: Schema = Schema {{ name: \"{}\", usage: \"{usage}\", \
             message: one(\"{}\", &{}), in_document: {in_document} }};\n",
            self.message,
            attribute(root, "name").ok_or("name of the message")?,
            identifier(top),
        )?;
        for line in reached.values() {
            writeln!(out, "{line}")?;
        }
        Ok(out)
    }

    fn named(&self, name: &str) -> Result<&'a Element, Failure> {
        self.types.get(name).copied().ok_or_else(|| format!("no type {name}").into())
    }

    /// Writes a type and all that it needs.
    fn reach(&self, name: &'a str, lines: &mut BTreeMap<&'a str, String>) -> Result<(), Failure> {
        if lines.contains_key(name) {
            return Ok(());
        }
        lines.insert(name, String::new());
        let declared = self.named(name)?;
        let value = match declared.name.as_str() {
            "simpleType" => simple(name, declared)?,
            _ => self.complex(name, declared, lines)?,
        };
        let line = format!("pub(crate) static {}: Type = {value};", identifier(name));
        lines.insert(name, line);
        Ok(())
    }

    fn complex(
        &self,
        name: &str,
        declared: &'a Element,
        lines: &mut BTreeMap<&'a str, String>,
    ) -> Result<String, Failure> {
        let body = content(declared).ok_or("empty type")?;
        if body.name == "simpleContent" {
            let extension = content(body).ok_or("extension")?;
            let value = attribute(extension, "base").ok_or("base")?;
            let key = content(extension).ok_or("attribute")?;
            let code = attribute(key, "type").ok_or("type of the attribute")?;
            self.reach(value, lines)?;
            self.reach(code, lines)?;
            return Ok(format!(
                "amount(\"{name}\", &{}, \"{}\", &{})",
                identifier(value),
                attribute(key, "name").ok_or("name of the attribute")?,
                identifier(code),
            ));
        }
        if let Some(any) = content(body).filter(|inner| inner.name == "any") {
            let namespace = attribute(any, "namespace").filter(|namespace| *namespace != "##any");
            return Ok(format!("any(\"{name}\", \"{}\")", namespace.unwrap_or_default()));
        }
        let is_choice =
            body.name == "choice" || content(body).is_some_and(|inner| inner.name == "choice");
        let mut particles = Vec::new();
        for element in elements(declared) {
            let of = attribute(element, "type").ok_or("type of an element")?;
            self.reach(of, lines)?;
            particles.push(particle(element, of)?);
        }
        let word = if is_choice { "choice" } else { "seq" };
        Ok(format!("{word}(\"{name}\", &[{}])", particles.join(", ")))
    }
}

fn particle(element: &Element, of: &str) -> Result<String, Failure> {
    let name = attribute(element, "name").ok_or("name of an element")?;
    let min = attribute(element, "minOccurs").unwrap_or("1");
    let max = attribute(element, "maxOccurs").unwrap_or("1");
    let holds = identifier(of);
    Ok(match (min, max) {
        ("1", "1") => format!("one(\"{name}\", &{holds})"),
        ("0", "1") => format!("opt(\"{name}\", &{holds})"),
        ("0", "unbounded") => format!("many(\"{name}\", &{holds})"),
        ("1", "unbounded") => format!("some(\"{name}\", &{holds})"),
        (min, max) => format!("times(\"{name}\", &{holds}, {min}, {max})"),
    })
}

fn simple(name: &str, declared: &Element) -> Result<String, Failure> {
    let restriction = content(declared).ok_or("restriction")?;
    let base = attribute(restriction, "base").ok_or("base")?;
    let facet = |facet: &str| {
        restriction
            .children
            .iter()
            .find(|child| child.name == facet)
            .and_then(|child| attribute(child, "value"))
    };
    let codes: Vec<String> = restriction
        .children
        .iter()
        .filter(|child| child.name == "enumeration")
        .filter_map(|child| Some(format!("\"{}\"", attribute(child, "value")?)))
        .collect();
    let min = facet("length").or(facet("minLength")).unwrap_or("0");
    let max = facet("length").or(facet("maxLength")).unwrap_or("UNBOUNDED");
    let local = base.split_once(':').map_or(base, |(_, local)| local);
    Ok(match (local, facet("pattern")) {
        ("string", None) if !codes.is_empty() => {
            format!("codes(\"{name}\", &[{}])", codes.join(", "))
        }
        ("string", None) => format!("text(\"{name}\", {min}, {max})"),
        ("string", Some(pattern)) if min == "0" && max == "UNBOUNDED" => {
            format!("pattern(\"{name}\", r\"{pattern}\")")
        }
        ("string", Some(pattern)) => {
            format!("bounded_pattern(\"{name}\", {min}, {max}, r\"{pattern}\")")
        }
        ("decimal", Some(_)) => format!(
            "whole(\"{name}\", {}, {})",
            facet("minInclusive").ok_or("minInclusive")?.parse::<u64>()?,
            facet("maxInclusive").ok_or("maxInclusive")?.parse::<u64>()?,
        ),
        ("decimal", None) => format!(
            "{}(\"{name}\", {}, {})",
            if facet("minInclusive").is_some() { "unsigned" } else { "decimal" },
            facet("totalDigits").unwrap_or("UNBOUNDED"),
            facet("fractionDigits").unwrap_or("UNBOUNDED"),
        ),
        ("boolean", _) => format!("plain(\"{name}\", Shape::Boolean)"),
        ("date", _) => format!("plain(\"{name}\", Shape::Date)"),
        ("dateTime", _) => format!("plain(\"{name}\", Shape::DateTime)"),
        ("time", _) => format!("plain(\"{name}\", Shape::Time)"),
        ("gYearMonth", _) => format!("plain(\"{name}\", Shape::YearMonth)"),
        ("base64Binary", _) => {
            format!("plain(\"{name}\", Shape::Binary {{ min: {min}, max: {max} }})")
        }
        (other, _) => return Err(format!("{name} restricts {other}").into()),
    })
}

/// The first child that is no annotation.
fn content(element: &Element) -> Option<&Element> {
    element.children.iter().find(|child| child.name != "annotation")
}

/// The elements of a type, without what stands inside them.
fn elements(declared: &Element) -> Vec<&Element> {
    let mut found = Vec::new();
    for child in &declared.children {
        match child.name.as_str() {
            "element" => found.push(child),
            "sequence" | "choice" => found.extend(elements(child)),
            _ => {}
        }
    }
    found
}

fn attribute<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.attributes.iter().find(|key| key.name == name).map(|key| key.value.as_str())
}

/// A type's name as a name in Rust.
fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
