//! Every table: its patterns, messages made from it, and what the official schemas say of them.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

use iso20022::convert::{Converted, canonical_xml, convert};
use iso20022::pattern::{is_pattern, matches};
use iso20022::table::{Particle, Schema, Shape, Type};
use iso20022::tables;
use iso20022::validate::validate;
use iso20022::xml::{Element, Limits};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }
}

/// A text that matches a pattern: the first character of each class, each step as rarely as allowed.
fn matching(pattern: &str) -> String {
    match pattern {
        "[A-Z]{3,3}" => return "EUR".to_owned(),
        "[A-Z]{2,2}" => return "DE".to_owned(),
        _ => {}
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let (atom, after) = match c {
            '[' => {
                let end = rest.find(']').unwrap();
                let class = &rest[1..end];
                let first = class.strip_prefix('\\').unwrap_or(class);
                (first[..1].to_owned(), &rest[end + 1..])
            }
            '(' => {
                let mut depth = 0;
                let end = rest
                    .find(|c| {
                        depth += i32::from(c == '(') - i32::from(c == ')');
                        depth == 0
                    })
                    .unwrap();
                (matching(&rest[1..end]), &rest[end + 1..])
            }
            '\\' => (rest[1..2].to_owned(), &rest[2..]),
            c => (c.to_string(), &rest[1..]),
        };
        rest = after;
        let mut times = 1;
        if let Some(counts) = rest.strip_prefix('{') {
            let end = counts.find('}').unwrap();
            times = counts[..end].split(',').next().unwrap().parse().unwrap();
            rest = &counts[end + 1..];
        }
        out.push_str(&atom.repeat(times));
    }
    out
}

/// The text of a simple value.
fn value(holds: &Type, random: &mut Xorshift) -> String {
    match &holds.shape {
        Shape::Text { min, max, pattern: "" } => {
            let length = usize::try_from(*min).unwrap().max(1);
            let more = if *max > 4 { random.below(4) } else { 0 };
            let most = usize::try_from(*max).unwrap();
            "Ab9&".chars().cycle().take(most.min(length + more)).collect()
        }
        Shape::Text { pattern, .. } => matching(pattern),
        Shape::Codes(codes) => codes[random.below(codes.len())].to_owned(),
        Shape::Decimal { between: Some((least, _)), .. } => least.to_string(),
        Shape::Decimal { fraction: 0, .. } => "7".to_owned(),
        Shape::Decimal { .. } => ["1", "0.5", "12.34"][random.below(3)].to_owned(),
        Shape::Boolean => ["true", "false", "1", "0"][random.below(4)].to_owned(),
        Shape::Date => "2026-11-20".to_owned(),
        Shape::DateTime => "2026-11-20T10:00:00.5+01:00".to_owned(),
        Shape::Time => "10:00:00".to_owned(),
        Shape::YearMonth => "2026-11".to_owned(),
        Shape::Binary { .. } => "QUJD".to_owned(),
        Shape::Sequence(_) | Shape::Choice(_) | Shape::Amount { .. } | Shape::Any { .. } => {
            unreachable!()
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// One element that follows its table. Optional ones stand rarely, and not below a depth.
fn instance(particle: &Particle, depth: usize, random: &mut Xorshift, out: &mut String) {
    let name = particle.name;
    match &particle.holds.shape {
        Shape::Sequence(particles) => {
            write!(out, "<{name}>").unwrap();
            for inner in *particles {
                let wanted = inner.min == 0 && depth < 9 && random.below(3 + depth) == 0;
                let times = inner.min.max(u32::from(wanted));
                let more = u32::from(inner.max > times && times > 0 && random.below(4) == 0);
                for _ in 0..times + more {
                    instance(inner, depth + 1, random, out);
                }
            }
            write!(out, "</{name}>").unwrap();
        }
        Shape::Choice(particles) => {
            write!(out, "<{name}>").unwrap();
            instance(&particles[random.below(particles.len())], depth + 1, random, out);
            write!(out, "</{name}>").unwrap();
        }
        Shape::Amount { value: inner, attribute, code } => {
            let (amount, code) = (value(inner, random), value(code, random));
            write!(out, "<{name} {attribute}=\"{code}\">{amount}</{name}>").unwrap();
        }
        Shape::Any { namespace } => {
            let namespace = if namespace.is_empty() { "urn:a" } else { namespace };
            write!(out, "<{name}><a xmlns=\"{namespace}\" b=\"c\">d</a></{name}>").unwrap();
        }
        _ => {
            let text = escaped(&value(particle.holds, random));
            write!(out, "<{name}>{text}</{name}>").unwrap();
        }
    }
}

fn document(schema: &Schema, random: &mut Xorshift) -> String {
    let mut inside = String::new();
    instance(&schema.message, 0, random, &mut inside);
    if schema.in_document {
        format!("<Document xmlns=\"{}\">{inside}</Document>", schema.namespace())
    } else {
        let name = schema.message.name;
        let start = format!("<{name} xmlns=\"{}\">", schema.namespace());
        inside.replacen(&format!("<{name}>"), &start, 1)
    }
}

fn message<'a>(root: &'a Element, schema: &Schema) -> &'a Element {
    if schema.in_document { &root.children[0] } else { root }
}

fn data() -> PathBuf {
    std::env::var_os("FLORIN_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    )
}

/// What xmllint says of each document: whether it is valid. Nothing where it cannot be asked.
fn verdicts(schema: &str, documents: &[String]) -> Option<Vec<bool>> {
    let xsd = data().join(format!("xsd/iso/{schema}.xsd"));
    if !xsd.exists() {
        println!("skipped: no schema of {schema}");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("xmllint");
    command.arg("--noout").arg("--schema").arg(xsd);
    for (count, text) in documents.iter().enumerate() {
        let file = folder.path().join(format!("{count}.xml"));
        std::fs::write(&file, text).unwrap();
        command.arg(file);
    }
    let Ok(run) = command.output() else {
        println!("skipped: no xmllint");
        return None;
    };
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    let is_valid = |count: usize| {
        let file = folder.path().join(format!("{count}.xml"));
        said.contains(&format!("{} validates", file.display()))
    };
    Some((0..documents.len()).map(is_valid).collect())
}

/// Every type that a table reaches.
fn types(schema: &'static Schema) -> Vec<&'static Type> {
    let mut seen = BTreeSet::new();
    let mut open = vec![schema.message.holds];
    let mut found = Vec::new();
    while let Some(one) = open.pop() {
        if !seen.insert(one.name) {
            continue;
        }
        found.push(one);
        open.extend(one.particles().iter().map(|particle| particle.holds));
        if let Shape::Amount { value, code, .. } = &one.shape {
            open.extend([*value, *code]);
        }
    }
    found
}

#[test]
fn every_pattern_is_one_that_the_matcher_knows() {
    let mut patterns = BTreeSet::new();
    for schema in tables::base().chain(tables::fedwire_2025()) {
        for one in types(schema) {
            if let Shape::Text { pattern, .. } = one.shape
                && !pattern.is_empty()
            {
                patterns.insert(pattern);
            }
        }
    }
    assert!(patterns.len() > 20);
    for pattern in patterns {
        assert!(is_pattern(pattern), "{pattern}");
        let text = matching(pattern);
        assert!(matches(pattern, &text), "{pattern} {text}");
        assert!(!matches(pattern, &format!("{text}\u{e9}")), "{pattern}");
    }
}

#[test]
fn what_is_made_from_a_table_keeps_it_and_the_official_schema() {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    for schema in tables::base() {
        let documents: Vec<_> = (0..12).map(|_| document(schema, &mut random)).collect();
        for text in &documents {
            let root = Element::parse_within(text.as_bytes(), Limits::FILE).unwrap();
            let found = validate(message(&root, schema), &schema.message, &schema.namespace());
            assert!(found.is_empty(), "{}: {found:?}\n{text}", schema.name);
        }
        if let Some(verdicts) = verdicts(schema.name, &documents) {
            for (valid, text) in verdicts.iter().zip(&documents) {
                assert!(valid, "{}: xmllint refuses {text}", schema.name);
            }
        }
    }
}

/// XML to JSON to XML gives what XML to XML gives, and that keeps the official schema.
#[test]
fn a_message_survives_the_way_to_json_and_back() {
    let mut random = Xorshift(0x2545_f491_4f6c_dd1d);
    for schema in tables::base()
        .filter(|schema| !schema.name.starts_with("camt.053.001.0") || schema.name.ends_with("08"))
    {
        let documents: Vec<_> = (0..6).map(|_| document(schema, &mut random)).collect();
        let mut written = Vec::new();
        for text in &documents {
            let canonical = canonical_xml(text.as_bytes()).unwrap();
            let Ok(Converted::Json(json)) = convert(text.as_bytes()) else { panic!("{text}") };
            let Ok(Converted::Xml(xml)) = convert(json.as_bytes()) else { panic!("{json}") };
            assert_eq!(xml, canonical, "{json}");
            let Ok(Converted::Json(again)) = convert(xml.as_bytes()) else { panic!("{xml}") };
            assert_eq!(again, json);
            written.push(xml);
        }
        if let Some(verdicts) = verdicts(schema.name, &written) {
            for (valid, text) in verdicts.iter().zip(&written) {
                assert!(valid, "{}: xmllint refuses {text}", schema.name);
            }
        }
    }
}

/// One element removed, doubled, renamed, moved or with another text.
fn damaged(text: &str, random: &mut Xorshift) -> String {
    let starts: Vec<usize> = text
        .match_indices('<')
        .map(|(at, _)| at)
        .filter(|at| text[*at + 1..].starts_with(char::is_alphabetic))
        .skip(2)
        .collect();
    let at = starts[random.below(starts.len())];
    let name_end = at + text[at..].find(['>', ' ']).unwrap();
    let name = &text[at + 1..name_end];
    let close = format!("</{name}>");
    let end = at + text[at..].find(&close).unwrap() + close.len();
    let whole = &text[at..end];
    let inner = at + text[at..].find('>').unwrap() + 1;
    match random.below(5) {
        0 => format!("{}{}", &text[..at], &text[end..]),
        1 => format!("{}{whole}{whole}{}", &text[..at], &text[end..]),
        2 => format!("{}<Xyz/>{}", &text[..at], &text[at..]),
        3 => format!(
            "{}{}{close}{}",
            &text[..inner],
            ["", "ZZZZZZ", "-1", "1.123456"][random.below(4)],
            &text[end..]
        ),
        _ => {
            let without = format!("{}{}", &text[..at], &text[end..]);
            let to = starts[random.below(starts.len())];
            if to > at { without } else { format!("{}{whole}{}", &without[..to], &without[to..]) }
        }
    }
}

/// The engine and xmllint, asked of the same damaged messages, agree on each.
#[test]
fn the_engine_agrees_with_the_official_schemas_on_damaged_messages() {
    let mut random = Xorshift(0x1234_5678_9abc_def1);
    for schema in tables::base() {
        let documents: Vec<_> = (0..40)
            .map(|_| {
                let whole = document(schema, &mut random);
                damaged(&whole, &mut random)
            })
            .filter(|text| Element::parse_within(text.as_bytes(), Limits::FILE).is_ok())
            .collect();
        let Some(verdicts) = verdicts(schema.name, &documents) else { continue };
        for (valid, text) in verdicts.iter().zip(&documents) {
            let root = Element::parse_within(text.as_bytes(), Limits::FILE).unwrap();
            if root.children.is_empty() {
                continue;
            }
            let found = validate(message(&root, schema), &schema.message, &schema.namespace());
            assert_eq!(found.is_empty(), *valid, "{}: {found:?}\n{text}", schema.name);
        }
    }
}

/// The service's tables narrow the base messages, also those whose tables are written by hand.
#[test]
fn what_is_made_from_a_narrower_table_keeps_the_base_message() {
    let mut random = Xorshift(0x0dd0_15ea_5ea5_0001);
    let mut asked = 0;
    for narrow in tables::fedwire_2025() {
        let Some(base) = tables::named(narrow.name) else { continue };
        asked += 1;
        for _ in 0..20 {
            let text = document(narrow, &mut random);
            let root = Element::parse_within(text.as_bytes(), Limits::FILE).unwrap();
            let found = validate(message(&root, base), &base.message, &base.namespace());
            assert!(found.is_empty(), "{} {}: {found:?}\n{text}", narrow.name, narrow.usage);
        }
    }
    assert!(asked > 20, "{asked}");
}

#[test]
fn no_damage_to_any_message_causes_a_panic() {
    let mut random = Xorshift(0xfeed_f00d_dead_beef);
    for schema in tables::base() {
        for _ in 0..60 {
            let mut bytes = document(schema, &mut random).into_bytes();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                bytes[at] = b"<>&;\"'/= 0Z\xc3"[random.below(12)];
            }
            for pack in iso20022::rules::Pack::ALL {
                let _ = iso20022::check::check(&bytes, Some(pack));
            }
            if let Ok(Converted::Json(json)) = convert(&bytes) {
                let mut json = json.into_bytes();
                let at = random.below(json.len());
                json[at] = b"{}[]\":,x"[random.below(8)];
                let _ = convert(&json);
            }
        }
    }
}
