//! How a reference came to be, for whoever explains why it is in the way.
//!
//! # Place      [loan] <- reference safety, run again on a function that it has refused
//! # Invariants nothing here decides what is refused
//! # Absent     lines of a source: a source map has them

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::format::{LocalIndex, MemberCount, StructDefinitionIndex};
use crate::verify::borrow_graph::ReferenceId;

/// What a reference was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lender {
    /// A local.
    Local(LocalIndex),
    /// A resource of this type.
    Resource(StructDefinitionIndex),
    /// A field of what another reference leads to, by its position.
    Field(MemberCount),
    /// An element of the vector that another reference leads to.
    Element,
    /// All that another reference leads to.
    Reference,
    /// The references that a call was given.
    Call,
}

/// A step of the way to a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    /// The instruction that made the reference.
    pub instruction: usize,
    /// What it was made from.
    pub lender: Lender,
    /// Whether it may be written through.
    pub mutable: bool,
}

/// The way to the reference that is in the way, from the first lender on.
pub(super) type Found = Rc<RefCell<Vec<Loan>>>;

/// Every reference that was made, and from which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// The instruction that is looked at.
    pub(super) at: usize,
    loans: Vec<(Loan, Option<usize>)>,
    of: BTreeMap<ReferenceId, usize>,
    found: Found,
}

impl Trace {
    pub(super) fn new(found: Found) -> Self {
        Self { found, ..Self::default() }
    }

    /// A reference is made, from another one if that is said.
    pub(super) fn lend(
        &mut self,
        child: ReferenceId,
        parent: Option<ReferenceId>,
        lender: Lender,
        mutable: bool,
    ) {
        let before = parent.and_then(|parent| self.of.get(&parent)).copied();
        let loan = Loan { instruction: self.at, lender, mutable };
        self.of.insert(child, self.loans.len());
        self.loans.push((loan, before));
    }

    /// A reference is in the way.
    pub(super) fn blame(&self, borrower: ReferenceId) {
        let mut way = Vec::new();
        let mut next = self.of.get(&borrower).copied();
        // each step was made before the one that names it
        while let Some((loan, before)) = next.and_then(|index| self.loans.get(index)) {
            way.push(*loan);
            next = *before;
        }
        way.reverse();
        self.found.replace(way);
    }

    /// References get other names.
    pub(super) fn rename(&mut self, names: &BTreeMap<ReferenceId, ReferenceId>) {
        let renamed = names.iter().filter_map(|(old, new)| Some((*new, *self.of.get(old)?)));
        self.of = renamed.collect();
    }

    /// What only another state knows is known from here on.
    pub(super) fn join(&mut self, other: &Self) {
        for (id, index) in &other.of {
            if self.of.contains_key(id) {
                continue;
            }
            let mut way = Vec::new();
            let mut next = Some(*index);
            while let Some((loan, before)) = next.and_then(|index| other.loans.get(index)) {
                way.push(*loan);
                next = *before;
            }
            let mut before = None;
            for loan in way.into_iter().rev() {
                let index = self.loans.len();
                self.loans.push((loan, before));
                before = Some(index);
            }
            if let Some(index) = before {
                self.of.insert(*id, index);
            }
        }
    }
}
