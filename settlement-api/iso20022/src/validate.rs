//! Holds a document to its table and names every departure, each with its path.
//!
//! # Place
//! After [`crate::xml`], which answers for well-formed, and before [`crate::rules`], which may
//! then take for granted that the schema holds.
//!
//! # Absent on purpose
//! The inside of foreign content (`SplmtryData/Envlp`, signatures).

mod value;

use crate::table::{Particle, Shape, Type, UNBOUNDED};
use crate::xml::{Element, is_blank};
use std::fmt;

pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Departures that are named; a document with more is broken enough.
pub const MAX_FINDINGS: usize = 1000;

/// One rule that a document breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule, such as `schema.missing`. Ids are append-only.
    pub rule: String,
    /// Where, from the message's element or `AppHdr` on, such as
    /// `FIToFICstmrCdtTrf/CdtTrfTxInf[2]/PmtId/UETR`.
    pub path: String,
    /// The line of the element, or zero when it has none.
    pub line: u32,
    /// What is wrong and what to do.
    pub text: String,
}

/// The place of an element, as a chain up to the message's element.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    name: &'a str,
    index: Option<usize>,
}

impl<'a> Place<'a> {
    pub(crate) fn root(name: &'a str) -> Self {
        Self { parent: None, name, index: None }
    }

    pub(crate) fn child(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), name, index: None }
    }

    /// The child of this name that is `index`th, counted from one.
    pub(crate) fn numbered(&'a self, name: &'a str, index: usize) -> Self {
        Self { parent: Some(self), name, index: Some(index) }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(out, "{parent}/")?;
        }
        out.write_str(self.name)?;
        match self.index {
            Some(index) => write!(out, "[{index}]"),
            None => Ok(()),
        }
    }
}

/// What is found so far.
#[derive(Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, rule: &str, place: &Place<'_>, line: u32, text: String) {
        if self.0.len() < MAX_FINDINGS {
            let (rule, path) = (rule.to_owned(), place.to_string());
            self.0.push(Finding { rule, path, line, text });
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}

/// Every departure of an element from what the table says of it.
///
/// `namespace` is that of the elements inside: an envelope may give the outermost another one.
pub fn validate(element: &Element, particle: &Particle, namespace: &str) -> Vec<Finding> {
    let mut walk = Walk { namespace, findings: Findings::default() };
    walk.element(element, particle.holds, &Place::root(&element.name));
    walk.findings.into_vec()
}

struct Walk<'a> {
    namespace: &'a str,
    findings: Findings,
}

impl Walk<'_> {
    fn element(&mut self, element: &Element, holds: &Type, place: &Place<'_>) {
        match &holds.shape {
            Shape::Sequence(particles) => self.sequence(element, particles, place),
            Shape::Choice(particles) => self.choice(element, particles, place),
            Shape::Any { namespace } => self.foreign(element, namespace, place),
            Shape::Amount { value, attribute, code } => {
                self.attributes(element, Some(attribute), place);
                self.simple(element, value, place);
                let key = format!("@{attribute}");
                let at = place.child(&key);
                match element.attribute(attribute) {
                    None => {
                        self.broken("schema.missing", element, &at, "is missing; add it".into())
                    }
                    Some(given) => {
                        if let Some(fault) = value::fault(given, code) {
                            self.broken(fault.rule, element, &at, fault.text);
                        }
                    }
                }
            }
            Shape::Text { .. }
            | Shape::Codes(_)
            | Shape::Decimal { .. }
            | Shape::Boolean
            | Shape::Date
            | Shape::DateTime
            | Shape::Time
            | Shape::YearMonth
            | Shape::Binary { .. } => {
                self.attributes(element, None, place);
                self.simple(element, holds, place);
            }
        }
    }

    fn simple(&mut self, element: &Element, holds: &Type, place: &Place<'_>) {
        if let Some(stray) = element.children.first() {
            let text = "must hold text only; remove the elements inside".to_owned();
            self.broken("schema.not_simple", stray, place, text);
        } else if let Some(fault) = value::fault(&element.text, holds) {
            self.broken(fault.rule, element, place, fault.text);
        }
    }

    fn sequence(&mut self, element: &Element, particles: &'static [Particle], place: &Place<'_>) {
        self.attributes(element, None, place);
        self.no_text(element, place);
        let mut counts = vec![0_usize; particles.len()];
        let mut reached = 0;
        for child in &element.children {
            let known = particles
                .iter()
                .zip(&mut counts)
                .enumerate()
                .find(|(_, (particle, _))| self.is(child, particle.name));
            let Some((at, (particle, count))) = known else {
                self.stray(child, particles, place);
                continue;
            };
            *count = count.saturating_add(1);
            let own = match particle.repeats() {
                true => place.numbered(&child.name, *count),
                false => place.child(&child.name),
            };
            if at < reached {
                let text = "stands out of order; follow the order of the schema".to_owned();
                self.broken("schema.out_of_order", child, &own, text);
            }
            reached = reached.max(at);
            if particle.max != UNBOUNDED && *count > usize::try_from(particle.max).unwrap_or(0) {
                let text = format!("is given more often than allowed; keep {}", particle.max);
                self.broken("schema.repeated", child, &own, text);
            }
            self.element(child, particle.holds, &own);
        }
        for (particle, count) in particles.iter().zip(counts) {
            if count < usize::try_from(particle.min).unwrap_or(usize::MAX) {
                let text = match particle.min {
                    1 => "is missing; add it".to_owned(),
                    min => format!("is given {count} times; give it {min} times or more"),
                };
                self.broken("schema.missing", element, &place.child(particle.name), text);
            }
        }
    }

    fn choice(&mut self, element: &Element, particles: &'static [Particle], place: &Place<'_>) {
        self.attributes(element, None, place);
        self.no_text(element, place);
        let mut chosen: Option<(&Particle, usize)> = None;
        for child in &element.children {
            let Some(particle) = particles.iter().find(|one| self.is(child, one.name)) else {
                self.stray(child, particles, place);
                continue;
            };
            let count = match chosen {
                Some((first, count)) if first.name == particle.name => count.saturating_add(1),
                Some((first, _)) => {
                    let text = format!("excludes {}; keep one of them", first.name);
                    self.broken("schema.choice", child, &place.child(&child.name), text);
                    continue;
                }
                None => 1,
            };
            chosen = Some((particle, count));
            let own = match particle.repeats() {
                true => place.numbered(&child.name, count),
                false => place.child(&child.name),
            };
            if particle.max != UNBOUNDED && count > usize::try_from(particle.max).unwrap_or(0) {
                let text = format!("is given more often than allowed; keep {}", particle.max);
                self.broken("schema.repeated", child, &own, text);
            }
            self.element(child, particle.holds, &own);
        }
        if chosen.is_none() {
            let text = format!("holds none of {}; add one", names(particles));
            self.broken("schema.missing", element, place, text);
        }
    }

    fn foreign(&mut self, element: &Element, namespace: &str, place: &Place<'_>) {
        self.attributes(element, None, place);
        self.no_text(element, place);
        if element.children.len() != 1 {
            let text = "must hold exactly one element; wrap or remove the others".to_owned();
            self.broken("schema.missing", element, place, text);
        }
        let foreign = |child: &&Element| !namespace.is_empty() && &*child.namespace != namespace;
        if let Some(child) = element.children.iter().find(foreign) {
            let text = format!("must be in the namespace {namespace}; send that");
            self.broken("schema.not_allowed", child, &place.child(&child.name), text);
        }
        let mixed = |inner: &&Element| !inner.children.is_empty() && !is_blank(&inner.text);
        if let Some(inner) = element.descendants().skip(1).find(mixed) {
            let text = "holds text beside elements, whose order is not kept; wrap it".to_owned();
            self.broken("schema.mixed", inner, place, text);
        }
    }

    fn stray(&mut self, child: &Element, particles: &[Particle], place: &Place<'_>) {
        let text = if particles.iter().any(|particle| particle.name == child.name) {
            "is in another namespace than its message; use the message's".to_owned()
        } else {
            format!("is not known here; remove it or use one of {}", names(particles))
        };
        self.broken("schema.not_allowed", child, &place.child(&child.name), text);
    }

    fn attributes(&mut self, element: &Element, allowed: Option<&str>, place: &Place<'_>) {
        for key in &element.attributes {
            let known = match &*key.namespace {
                XSI => true,
                "" => Some(key.name.as_str()) == allowed,
                _ => false,
            };
            if !known {
                let name = format!("@{}", key.name);
                let text = "is an attribute that the schema does not know; remove it".to_owned();
                self.broken("schema.attribute", element, &place.child(&name), text);
            }
        }
    }

    fn no_text(&mut self, element: &Element, place: &Place<'_>) {
        if !is_blank(&element.text) {
            let text = "holds text between its elements; remove the text".to_owned();
            self.broken("schema.mixed", element, place, text);
        }
    }

    fn is(&self, child: &Element, name: &str) -> bool {
        child.name == name && &*child.namespace == self.namespace
    }

    fn broken(&mut self, rule: &str, element: &Element, place: &Place<'_>, text: String) {
        self.findings.add(rule, place, element.line, text);
    }
}

fn names(particles: &[Particle]) -> String {
    let mut out = String::new();
    for (count, particle) in particles.iter().enumerate() {
        match count {
            0 => {}
            8 => {
                out.push_str(", …");
                break;
            }
            _ => out.push_str(", "),
        }
        out.push_str(particle.name);
    }
    out
}
