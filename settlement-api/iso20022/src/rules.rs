//! Rules that a schema cannot state: across fields, and of usage guides.
//!
//! # Place
//! After [`crate::validate`]: a rule sees a message that follows its table, in the pinned version.
//!
//! # Invariants
//! Every rule has an id that never changes its meaning; `docs/spec/iso20022.md` lists them all, and a
//! test compares. A message that a rule does not concern keeps it.
//!
//! # Absent on purpose
//! Clocks, directories, holidays: a rule looks at the message and nothing else.

mod agents;
mod amounts;
mod cbpr;
mod country;
mod fedwire;
mod leaves;
mod settlement;
mod statement;

use crate::check::Read;
use crate::document::split;
use crate::spot::Spot;
use crate::validate::{Finding, MAX_FINDINGS};
use std::cell::OnceCell;

/// A usage guide, with the year whose release it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pack {
    /// Cross-border payments and reporting plus, as of November 2026.
    Cbpr2026,
    /// The Fedwire Funds Service, release 2025.
    Fedwire2025,
}

impl Pack {
    /// Every pack.
    pub const ALL: [Self; 2] = [Self::Cbpr2026, Self::Fedwire2025];

    /// The name that commands give it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cbpr2026 => "cbpr-2026",
            Self::Fedwire2025 => "fedwire-2025",
        }
    }

    /// The pack of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pack| pack.name() == name)
    }
}

/// A message and its header, as rules see them.
pub struct Case<'a> {
    pub(crate) header: Option<Spot<'a>>,
    pub(crate) message: Spot<'a>,
    /// The names that they came with.
    pub(crate) header_came_as: Option<&'a str>,
    pub(crate) came_as: &'a str,
    /// Every element of the message, collected when first asked for.
    all: OnceCell<Vec<Spot<'a>>>,
}

impl<'a> Case<'a> {
    /// A case of what was read.
    pub fn new(read: &'a Read<'a>) -> Self {
        let header = read.header.as_ref();
        Self {
            header: header.map(|part| Spot::root(&part.element, &part.schema.message)),
            message: Spot::root(&read.message.element, &read.message.schema.message),
            header_came_as: header.map(|part| part.came_as),
            came_as: read.message.came_as,
            all: OnceCell::new(),
        }
    }

    /// The message without version, such as `pacs.008`.
    pub(crate) fn family(&self) -> &'a str {
        split(self.came_as).0
    }

    /// Every element of the message, parents before children.
    pub(crate) fn everything(&self) -> &[Spot<'a>] {
        self.all.get_or_init(|| self.message.everything())
    }

    pub(crate) fn is(&self, families: &[&str]) -> bool {
        families.contains(&self.family())
    }

    /// The transactions of a payment, return, report or cancellation.
    pub(crate) fn transactions(&self) -> Vec<Spot<'a>> {
        match self.family() {
            "pacs.008" | "pacs.009" => self.message.all("CdtTrfTxInf"),
            "pacs.002" => self.message.all("TxInfAndSts"),
            "pacs.004" | "pacs.028" => self.message.all("TxInf"),
            "pain.001" => self.message.all("PmtInf/CdtTrfTxInf"),
            "pain.013" => self.message.all("PmtInf/CdtTrfTx"),
            "camt.056" => self.message.all("Undrlyg/TxInf"),
            "camt.029" => self.message.all("CxlDtls/TxInfAndSts"),
            _ => Vec::new(),
        }
    }

    /// The statements, reports or notifications of an account message.
    pub(crate) fn statements(&self) -> Vec<Spot<'a>> {
        match self.family() {
            "camt.052" => self.message.all("Rpt"),
            "camt.053" => self.message.all("Stmt"),
            "camt.054" => self.message.all("Ntfctn"),
            _ => Vec::new(),
        }
    }
}

/// One rule.
pub struct Rule {
    /// Its id. Ids are append-only.
    pub id: &'static str,
    /// The messages that it concerns; none means all.
    pub messages: &'static [&'static str],
    /// What to do, said of the place where it is broken.
    pub text: &'static str,
    pub(crate) check: fn(&Case<'_>, &mut Breaks),
}

/// The places where the present rule is broken.
#[derive(Default)]
pub(crate) struct Breaks(Vec<(String, u32)>);

impl Breaks {
    pub(crate) fn at(&mut self, spot: &Spot<'_>) {
        self.path(spot.path.clone(), spot.element.line);
    }

    /// Below a spot, where something is missing.
    pub(crate) fn below(&mut self, spot: &Spot<'_>, path: &str) {
        self.path(format!("{}/{path}", spot.path), spot.element.line);
    }

    pub(crate) fn path(&mut self, path: String, line: u32) {
        if self.0.len() < MAX_FINDINGS {
            self.0.push((path, line));
        }
    }

    /// Something must stand at a path below a spot.
    pub(crate) fn need(&mut self, spot: &Spot<'_>, path: &str) {
        if !spot.has(path) {
            self.below(spot, path);
        }
    }

    /// Nothing may stand at a path below a spot.
    pub(crate) fn forbid(&mut self, spot: &Spot<'_>, path: &str) {
        for found in spot.all(path) {
            self.at(&found);
        }
    }

    /// Where a text stands at a path, it must be one of these.
    pub(crate) fn one_of(&mut self, spot: &Spot<'_>, path: &str, allowed: &[&str]) {
        for found in spot.all(path) {
            if !allowed.contains(&found.text()) {
                self.at(&found);
            }
        }
    }
}

/// The rules of the standard that hold for every user of it.
pub fn standard_rules() -> impl Iterator<Item = &'static Rule> {
    [leaves::RULES, amounts::RULES, agents::RULES, settlement::RULES, statement::RULES]
        .into_iter()
        .flatten()
}

/// The rules of a usage guide that are written by hand.
pub fn usage_rules(pack: Pack) -> impl Iterator<Item = &'static Rule> {
    let rules: Vec<&'static Rule> = match pack {
        Pack::Cbpr2026 => cbpr::rules().collect(),
        Pack::Fedwire2025 => fedwire::RULES.iter().collect(),
    };
    rules.into_iter()
}

/// Every rule of the standard that a message breaks.
pub fn standard(case: &Case<'_>) -> Vec<Finding> {
    standard_rules().flat_map(|rule| broken(rule, case)).collect()
}

/// Every rule of a usage guide that a message breaks.
pub fn usage(case: &Case<'_>, pack: Pack) -> Vec<Finding> {
    let mut found: Vec<_> = usage_rules(pack).flat_map(|rule| broken(rule, case)).collect();
    if pack == Pack::Fedwire2025 {
        found.extend(fedwire::narrower(case));
    }
    found
}

fn broken(rule: &Rule, case: &Case<'_>) -> Vec<Finding> {
    if !rule.messages.is_empty() && !case.is(rule.messages) {
        return Vec::new();
    }
    let mut breaks = Breaks::default();
    (rule.check)(case, &mut breaks);
    let finding =
        |(path, line)| Finding { rule: rule.id.to_owned(), path, line, text: rule.text.to_owned() };
    breaks.0.into_iter().map(finding).collect()
}
