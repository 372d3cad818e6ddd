//! Schemas as data: what a message may hold, in what order and how often.
//!
//! # Place
//! [`crate::tables`] holds one table per message and version; [`crate::validate`] walks a document
//! beside its table, [`crate::json`] turns one into JSON and back.
//!
//! # Absent on purpose
//! Whatever the schemas of ISO 20022 do not use: groups inside sequences, several attributes,
//! lists, unions, substitution, imports.

/// Stands for "any number" in [`Particle::max`] and in lengths.
pub const UNBOUNDED: u32 = u32::MAX;

/// One message, as one schema describes it.
#[derive(Debug)]
pub struct Schema {
    /// The message and its version, such as `pacs.008.001.08`.
    pub name: &'static str,
    /// The usage guide that narrows the message; empty for the base message.
    pub usage: &'static str,
    /// The message's element, such as `FIToFICstmrCdtTrf`.
    pub message: Particle,
    /// Whether the message's element stands inside `Document`; headers stand alone.
    pub in_document: bool,
}

impl Schema {
    /// The XML namespace of the message.
    pub fn namespace(&self) -> String {
        format!("{NAMESPACE_START}{}", self.name)
    }
}

/// What the namespace of every ISO 20022 message begins with.
pub const NAMESPACE_START: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// One element of a sequence or choice.
#[derive(Debug)]
pub struct Particle {
    /// Local name.
    pub name: &'static str,
    /// What it holds.
    pub holds: &'static Type,
    /// The least number of them.
    pub min: u32,
    /// The greatest number of them, or [`UNBOUNDED`].
    pub max: u32,
}

impl Particle {
    /// Whether it may stand more than once.
    pub fn repeats(&self) -> bool {
        self.max > 1
    }
}

/// A type of the schema, with the name that the standard gives it.
#[derive(Debug)]
pub struct Type {
    /// The name, such as `PostalAddress24`.
    pub name: &'static str,
    /// What values look like.
    pub shape: Shape,
}

/// What values of a type look like.
#[derive(Debug)]
pub enum Shape {
    /// These elements in this order.
    Sequence(&'static [Particle]),
    /// Exactly one of these elements.
    Choice(&'static [Particle]),
    /// A simple value with one attribute that must be given: an amount and its currency.
    Amount {
        /// The text of the element.
        value: &'static Type,
        /// The attribute's name.
        attribute: &'static str,
        /// The text of the attribute.
        code: &'static Type,
    },
    /// One element that is not looked into.
    Any {
        /// The namespace that it must be in; empty for any.
        namespace: &'static str,
    },
    /// Text of `min` to `max` characters that matches a pattern where one is given.
    Text {
        /// Fewest characters.
        min: u32,
        /// Most characters, or [`UNBOUNDED`].
        max: u32,
        /// A pattern in the language of [`crate::pattern`], or empty.
        pattern: &'static str,
    },
    /// One of these texts.
    Codes(&'static [&'static str]),
    /// A decimal number.
    Decimal {
        /// Most digits in all, or [`UNBOUNDED`].
        total: u32,
        /// Most digits after the point, or [`UNBOUNDED`].
        fraction: u32,
        /// Whether numbers below zero are refused.
        unsigned: bool,
        /// The least and the greatest whole number, where the schema has such bounds.
        between: Option<(u64, u64)>,
    },
    /// `true`, `false`, `1` or `0`.
    Boolean,
    /// A date.
    Date,
    /// A date and time.
    DateTime,
    /// A time of day.
    Time,
    /// A year and month.
    YearMonth,
    /// Octets in base 64: fewest and most.
    Binary {
        /// Fewest octets.
        min: u32,
        /// Most octets, or [`UNBOUNDED`].
        max: u32,
    },
}

impl Type {
    /// The elements inside, for sequences and choices.
    pub fn particles(&self) -> &'static [Particle] {
        match self.shape {
            Shape::Sequence(particles) | Shape::Choice(particles) => particles,
            Shape::Amount { .. }
            | Shape::Any { .. }
            | Shape::Text { .. }
            | Shape::Codes(_)
            | Shape::Decimal { .. }
            | Shape::Boolean
            | Shape::Date
            | Shape::DateTime
            | Shape::Time
            | Shape::YearMonth
            | Shape::Binary { .. } => &[],
        }
    }

    /// The element of this name inside, and its place among the others.
    pub fn particle(&self, name: &str) -> Option<(usize, &'static Particle)> {
        self.particles().iter().enumerate().find(|(_, particle)| particle.name == name)
    }

    /// Whether the type holds text and nothing else.
    pub fn is_simple(&self) -> bool {
        !matches!(
            self.shape,
            Shape::Sequence(_) | Shape::Choice(_) | Shape::Amount { .. } | Shape::Any { .. }
        )
    }
}

/// The words that the tables are written in, one line per type.
pub(crate) mod words {
    use super::{Particle, Shape, Type, UNBOUNDED};

    pub(crate) const fn seq(name: &'static str, particles: &'static [Particle]) -> Type {
        Type { name, shape: Shape::Sequence(particles) }
    }

    pub(crate) const fn choice(name: &'static str, particles: &'static [Particle]) -> Type {
        Type { name, shape: Shape::Choice(particles) }
    }

    pub(crate) const fn amount(
        name: &'static str,
        value: &'static Type,
        attribute: &'static str,
        code: &'static Type,
    ) -> Type {
        Type { name, shape: Shape::Amount { value, attribute, code } }
    }

    pub(crate) const fn any(name: &'static str, namespace: &'static str) -> Type {
        Type { name, shape: Shape::Any { namespace } }
    }

    pub(crate) const fn text(name: &'static str, min: u32, max: u32) -> Type {
        Type { name, shape: Shape::Text { min, max, pattern: "" } }
    }

    pub(crate) const fn pattern(name: &'static str, pattern: &'static str) -> Type {
        Type { name, shape: Shape::Text { min: 0, max: UNBOUNDED, pattern } }
    }

    pub(crate) const fn bounded_pattern(
        name: &'static str,
        min: u32,
        max: u32,
        pattern: &'static str,
    ) -> Type {
        Type { name, shape: Shape::Text { min, max, pattern } }
    }

    pub(crate) const fn codes(name: &'static str, codes: &'static [&'static str]) -> Type {
        Type { name, shape: Shape::Codes(codes) }
    }

    pub(crate) const fn decimal(name: &'static str, total: u32, fraction: u32) -> Type {
        let shape = Shape::Decimal { total, fraction, unsigned: false, between: None };
        Type { name, shape }
    }

    pub(crate) const fn unsigned(name: &'static str, total: u32, fraction: u32) -> Type {
        let shape = Shape::Decimal { total, fraction, unsigned: true, between: None };
        Type { name, shape }
    }

    pub(crate) const fn whole(name: &'static str, min: u64, max: u64) -> Type {
        let between = Some((min, max));
        let shape = Shape::Decimal { total: UNBOUNDED, fraction: 0, unsigned: true, between };
        Type { name, shape }
    }

    pub(crate) const fn plain(name: &'static str, shape: Shape) -> Type {
        Type { name, shape }
    }

    pub(crate) const fn one(name: &'static str, holds: &'static Type) -> Particle {
        Particle { name, holds, min: 1, max: 1 }
    }

    pub(crate) const fn opt(name: &'static str, holds: &'static Type) -> Particle {
        Particle { name, holds, min: 0, max: 1 }
    }

    pub(crate) const fn many(name: &'static str, holds: &'static Type) -> Particle {
        Particle { name, holds, min: 0, max: UNBOUNDED }
    }

    pub(crate) const fn some(name: &'static str, holds: &'static Type) -> Particle {
        Particle { name, holds, min: 1, max: UNBOUNDED }
    }

    pub(crate) const fn times(
        name: &'static str,
        holds: &'static Type,
        min: u32,
        max: u32,
    ) -> Particle {
        Particle { name, holds, min, max }
    }
}
