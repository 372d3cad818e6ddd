//! What is known of the references at a point of a function.

use std::collections::{BTreeMap, BTreeSet};

use super::loan::{Found, Lender, Trace};
use super::{Label, Value};
use crate::fault::Fault;
use crate::format::{FunctionView, LocalIndex, MemberCount, SignatureToken, StructDefinitionIndex};
use crate::status::Status;
use crate::verify::abstract_interpreter::{AbstractState, Joined};
use crate::verify::borrow_graph::{BorrowGraph, ReferenceId};
use crate::verify::meter::Meter;

const UNITS_PER_JOIN: u64 = 100;
const UNITS_PER_LOCAL_OF_JOIN: u64 = 10;
const UNITS_PER_GRAPH_ITEM_OF_JOIN: u64 = 50;
const UNITS_PER_EDGE_OF_CALL: u64 = 100;
const UNITS_PER_ACQUIRED_OF_CALL: u64 = 100;

/// The references in the locals and on the stack, and how they were made from each other.
///
/// Names below the number of locals are those of the references in the locals at the start of a block;
/// the next name is that of the root: the frame with its locals, and the storage. All that is borrowed
/// from a local or from storage is borrowed from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    locals: Vec<Value>,
    graph: BorrowGraph<Label>,
    next: usize,
    strict: bool,
    /// Where references were made; none unless a refusal is to be explained.
    trace: Option<Trace>,
}

/// Refuses unless something holds.
fn require(holds: bool, otherwise: Status) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::new(otherwise)) }
}

impl State {
    /// The state in which a function starts.
    pub(super) fn entry(function: &FunctionView<'_>, strict: bool) -> Result<Self, Fault> {
        let count = function.parameters.0.len().saturating_add(function.locals.0.len());
        let mut state = Self {
            locals: vec![Value::Plain; count],
            graph: BorrowGraph::new(),
            next: count.saturating_add(1),
            strict,
            trace: None,
        };
        for (local, type_) in function.parameters.0.iter().enumerate() {
            if let Some(mutable) = mutability(type_) {
                let id = ReferenceId(local);
                state.graph.add(id, mutable)?;
                *state.locals.get_mut(local).ok_or(Status::VerifierInvariantViolation)? =
                    Value::Reference(id);
            }
        }
        state.graph.add(state.root(), true)?;
        Ok(state)
    }

    /// The same state, which notes where references are made and which of them is in the way.
    pub(super) fn traced(mut self, found: Found) -> Self {
        self.trace = Some(Trace::new(found));
        self
    }

    /// The instruction that is looked at from here on.
    pub(super) fn at(&mut self, instruction: usize) {
        if let Some(trace) = &mut self.trace {
            trace.at = instruction;
        }
    }

    fn lend(&mut self, child: ReferenceId, parent: Option<ReferenceId>, lender: Lender) {
        if let Some(trace) = &mut self.trace {
            let mutable = self.graph.is_mutable(child).unwrap_or(false);
            trace.lend(child, parent, lender, mutable);
        }
    }

    fn blame(&self, borrower: ReferenceId) {
        if let Some(trace) = &self.trace {
            trace.blame(borrower);
        }
    }

    pub(super) fn local_count(&self) -> usize {
        self.locals.len()
    }

    pub(super) fn graph_size(&self) -> usize {
        self.graph.size()
    }

    const fn root(&self) -> ReferenceId {
        ReferenceId(self.locals.len())
    }

    fn new_reference(&mut self, mutable: bool) -> Result<ReferenceId, Fault> {
        let id = ReferenceId(self.next);
        self.next = self.next.saturating_add(1);
        self.graph.add(id, mutable)?;
        Ok(id)
    }

    fn local_mut(&mut self, local: LocalIndex) -> Result<&mut Value, Fault> {
        self.locals.get_mut(usize::from(local)).ok_or(Fault::new(Status::IndexOutOfBounds))
    }

    // Who borrows

    /// Whether something is borrowed from a reference: all of it, or below a label if one is given.
    /// With `mutably`, only references count that may be written through.
    fn is_borrowed(
        &self,
        id: ReferenceId,
        below: Option<&Label>,
        mutably: bool,
    ) -> Result<bool, Fault> {
        for (child, label) in self.graph.borrowers(id)? {
            let meets = match (below, label) {
                (Some(below), Some(label)) => below == label,
                (None, _) | (_, None) => true,
            };
            if meets && (!mutably || self.graph.is_mutable(child)?) {
                self.blame(child);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn full_borrowers(&self, id: ReferenceId) -> Result<BTreeSet<ReferenceId>, Fault> {
        let borrowers = self.graph.borrowers(id)?;
        Ok(borrowers.filter(|(_, label)| label.is_none()).map(|(child, _)| child).collect())
    }

    fn is_local_borrowed(&self, local: LocalIndex, mutably: bool) -> Result<bool, Fault> {
        self.is_borrowed(self.root(), Some(&Label::Local(local)), mutably)
    }

    fn is_resource_borrowed(
        &self,
        resource: StructDefinitionIndex,
        mutably: bool,
    ) -> Result<bool, Fault> {
        self.is_borrowed(self.root(), Some(&Label::Resource(resource)), mutably)
    }

    /// Whether nobody would notice that something is written through the reference.
    fn is_writable(&self, id: ReferenceId) -> Result<bool, Fault> {
        Ok(!self.is_borrowed(id, None, false)?)
    }

    /// Whether nobody can write to what is read through the reference, below a label if one is given.
    fn is_readable(&self, id: ReferenceId, below: Option<&Label>) -> Result<bool, Fault> {
        Ok(!self.graph.is_mutable(id)? || !self.is_borrowed(id, below, true)?)
    }

    // What instructions do

    /// Drops a value.
    pub(super) fn release(&mut self, value: Value) -> Result<(), Fault> {
        match value {
            Value::Plain => Ok(()),
            Value::Reference(id) => self.graph.release(id),
        }
    }

    pub(super) fn copy_local(&mut self, local: LocalIndex) -> Result<Value, Fault> {
        match *self.local_mut(local)? {
            Value::Plain => {
                let written = self.is_local_borrowed(local, true)?;
                require(!written, Status::CopylocExistsBorrowError)?;
                Ok(Value::Plain)
            }
            Value::Reference(id) => {
                let copy = self.new_reference(self.graph.is_mutable(id)?)?;
                self.graph.borrow_exactly(id, &[], copy)?;
                self.lend(copy, Some(id), Lender::Reference);
                Ok(Value::Reference(copy))
            }
        }
    }

    pub(super) fn move_local(&mut self, local: LocalIndex) -> Result<Value, Fault> {
        let value = std::mem::replace(self.local_mut(local)?, Value::Plain);
        if value == Value::Plain {
            let borrowed = self.is_local_borrowed(local, false)?;
            require(!borrowed, Status::MovelocExistsBorrowError)?;
        }
        Ok(value)
    }

    pub(super) fn store_local(&mut self, local: LocalIndex, value: Value) -> Result<(), Fault> {
        match std::mem::replace(self.local_mut(local)?, value) {
            Value::Reference(id) => self.graph.release(id),
            Value::Plain => {
                let borrowed = self.is_local_borrowed(local, false)?;
                require(!borrowed, Status::StlocUnsafeToDestroyError)
            }
        }
    }

    pub(super) fn borrow_local(
        &mut self,
        mutable: bool,
        local: LocalIndex,
    ) -> Result<Value, Fault> {
        if !mutable {
            let written = self.is_local_borrowed(local, true)?;
            require(!written, Status::BorrowlocExistsBorrowError)?;
        }
        let root = self.root();
        let anywhere = self.full_borrowers(root)?;
        let id = self.new_reference(mutable)?;
        self.graph.borrow_exactly(root, &[Label::Local(local)], id)?;
        self.lend(id, None, Lender::Local(local));
        if mutable && self.strict {
            // what may lead into any local may lead into this one
            for other in anywhere {
                self.graph.borrow_below(id, &[], other)?;
            }
        }
        Ok(Value::Reference(id))
    }

    pub(super) fn freeze(&mut self, id: ReferenceId) -> Result<Value, Fault> {
        let written = self.is_borrowed(id, None, true)?;
        require(!written, Status::FreezerefExistsMutableBorrowError)?;
        let frozen = self.new_reference(false)?;
        self.graph.borrow_exactly(id, &[], frozen)?;
        self.lend(frozen, Some(id), Lender::Reference);
        self.graph.release(id)?;
        Ok(Value::Reference(frozen))
    }

    pub(super) fn compare(&mut self, left: Value, right: Value) -> Result<Value, Fault> {
        match (left, right) {
            (Value::Plain, Value::Plain) => {}
            (Value::Reference(left), Value::Reference(right)) => {
                let readable = self.is_readable(left, None)? && self.is_readable(right, None)?;
                require(readable, Status::ReadrefExistsMutableBorrowError)?;
                self.graph.release(left)?;
                self.graph.release(right)?;
            }
            _ => return Err(Fault::new(Status::VerifierInvariantViolation)),
        }
        Ok(Value::Plain)
    }

    pub(super) fn read(&mut self, id: ReferenceId) -> Result<Value, Fault> {
        let readable = self.is_readable(id, None)?;
        require(readable, Status::ReadrefExistsMutableBorrowError)?;
        self.graph.release(id)?;
        Ok(Value::Plain)
    }

    pub(super) fn write(&mut self, id: ReferenceId) -> Result<(), Fault> {
        require(self.is_writable(id)?, Status::WriterefExistsBorrowError)?;
        self.graph.release(id)
    }

    pub(super) fn borrow_field(
        &mut self,
        mutable: bool,
        id: ReferenceId,
        field: MemberCount,
    ) -> Result<Value, Fault> {
        let label = Label::Field(field);
        // whoever has borrowed this field already is below the new reference from now on
        let allowed = if mutable {
            let full = self.full_borrowers(id)?;
            full.iter().for_each(|borrower| self.blame(*borrower));
            full.is_empty()
        } else {
            self.is_readable(id, Some(&label))?
        };
        require(allowed, Status::BorrowfieldExistsMutableBorrowError)?;
        let of_field = self.new_reference(mutable)?;
        self.graph.borrow_exactly(id, &[label], of_field)?;
        self.lend(of_field, Some(id), Lender::Field(field));
        self.graph.release(id)?;
        Ok(Value::Reference(of_field))
    }

    pub(super) fn borrow_global(
        &mut self,
        mutable: bool,
        resource: StructDefinitionIndex,
    ) -> Result<Value, Fault> {
        // a resource is told from another by its type only: the address is not known
        let borrowed = self.is_resource_borrowed(resource, !mutable)?;
        require(!borrowed, Status::GlobalReferenceError)?;
        let id = self.new_reference(mutable)?;
        self.graph.borrow_below(self.root(), &[Label::Resource(resource)], id)?;
        self.lend(id, None, Lender::Resource(resource));
        Ok(Value::Reference(id))
    }

    pub(super) fn move_from(&mut self, resource: StructDefinitionIndex) -> Result<Value, Fault> {
        let borrowed = self.is_resource_borrowed(resource, false)?;
        require(!borrowed, Status::GlobalReferenceError)?;
        Ok(Value::Plain)
    }

    /// Reads the length of a vector, or changes the vector.
    pub(super) fn use_vector(&mut self, mutable: bool, id: ReferenceId) -> Result<(), Fault> {
        if mutable {
            require(self.is_writable(id)?, Status::VecUpdateExistsMutableBorrowError)?;
        }
        self.graph.release(id)
    }

    pub(super) fn borrow_element(
        &mut self,
        mutable: bool,
        id: ReferenceId,
    ) -> Result<Value, Fault> {
        let allowed = match (mutable, self.strict) {
            (true, _) => self.is_writable(id)?,
            (false, true) => self.is_readable(id, None)?,
            (false, false) => true,
        };
        require(allowed, Status::VecBorrowElementExistsMutableBorrowError)?;
        let element = self.new_reference(mutable)?;
        self.graph.borrow_below(id, &[], element)?;
        self.lend(element, Some(id), Lender::Element);
        self.graph.release(id)?;
        Ok(Value::Reference(element))
    }

    pub(super) fn call(
        &mut self,
        arguments: &[Value],
        acquired: &[StructDefinitionIndex],
        returns: &[SignatureToken],
        meter: &mut Meter,
    ) -> Result<Vec<Value>, Fault> {
        meter.charge_items(UNITS_PER_ACQUIRED_OF_CALL, acquired.len())?;
        for resource in acquired {
            let borrowed = self.is_resource_borrowed(*resource, false)?;
            require(!borrowed, Status::GlobalReferenceError)?;
        }
        let all: BTreeSet<ReferenceId> = arguments.iter().filter_map(Value::reference).collect();
        let mut mutable = BTreeSet::new();
        for id in &all {
            if self.graph.is_mutable(*id)? {
                require(self.is_writable(*id)?, Status::CallBorrowedMutableReferenceError)?;
                mutable.insert(*id);
            }
        }
        let returned = returns.iter().filter(|type_| type_.is_reference()).count();
        meter.charge_growing(UNITS_PER_EDGE_OF_CALL, all.len().saturating_mul(returned))?;
        let mut results = Vec::with_capacity(returns.len());
        for type_ in returns {
            results.push(match mutability(type_) {
                None => Value::Plain,
                // what can be written through can only come from what could be written through
                Some(true) => self.returned(true, &mutable)?,
                Some(false) => self.returned(false, &all)?,
            });
        }
        for id in all {
            self.graph.release(id)?;
        }
        Ok(results)
    }

    fn returned(&mut self, mutable: bool, parents: &BTreeSet<ReferenceId>) -> Result<Value, Fault> {
        let id = self.new_reference(mutable)?;
        for parent in parents {
            self.graph.borrow_below(*parent, &[], id)?;
        }
        self.lend(id, parents.first().copied(), Lender::Call);
        Ok(Value::Reference(id))
    }

    /// Ends the function with these results.
    pub(super) fn return_(&mut self, results: &[Value]) -> Result<(), Fault> {
        for local in 0..self.locals.len() {
            if let Some(value) = self.locals.get_mut(local) {
                let value = std::mem::replace(value, Value::Plain);
                self.release(value)?;
            }
        }
        let borrowed = self.is_borrowed(self.root(), None, false)?;
        require(!borrowed, Status::UnsafeRetLocalOrResourceStillBorrowed)?;
        for id in results.iter().filter_map(Value::reference) {
            let safe = !self.graph.is_mutable(id)? || self.is_writable(id)?;
            require(safe, Status::RetBorrowedMutableReferenceError)?;
        }
        for value in results {
            self.release(*value)?;
        }
        Ok(())
    }

    /// Names the references after the locals that hold them. The stack must be empty.
    pub(super) fn make_canonical(&mut self) -> Result<(), Fault> {
        let mut names = BTreeMap::new();
        for (local, value) in self.locals.iter_mut().enumerate() {
            if let Value::Reference(id) = value {
                let name = ReferenceId(local);
                names.insert(*id, name);
                *id = name;
            }
        }
        self.next = self.locals.len().saturating_add(1);
        if let Some(trace) = &mut self.trace {
            trace.rename(&names);
        }
        self.graph.rename(&names)
    }
}

/// Whether a reference may be written through; `None` for what is no reference.
const fn mutability(type_: &SignatureToken) -> Option<bool> {
    match type_ {
        SignatureToken::MutableReference(_) => Some(true),
        SignatureToken::Reference(_) => Some(false),
        _ => None,
    }
}

impl AbstractState for State {
    /// Both states must be canonical. A reference that only one of them has is let go of: the local
    /// cannot be used, as locals safety has shown.
    fn join(&mut self, other: &Self, meter: &mut Meter) -> Result<Joined, Fault> {
        meter.charge(UNITS_PER_JOIN)?;
        meter.charge_items(UNITS_PER_LOCAL_OF_JOIN, self.locals.len())?;
        meter.charge_items(UNITS_PER_GRAPH_ITEM_OF_JOIN, self.graph.size())?;
        let mut changed = false;
        if let (Some(ours), Some(theirs)) = (&mut self.trace, &other.trace) {
            ours.join(theirs);
        }
        let mut theirs = other.graph.clone();
        for (value, their_value) in self.locals.iter_mut().zip(&other.locals) {
            match (*value, *their_value) {
                (Value::Reference(id), Value::Plain) => {
                    self.graph.release(id)?;
                    *value = Value::Plain;
                    changed = true;
                }
                (Value::Plain, Value::Reference(id)) => theirs.release(id)?,
                (ours, theirs) => {
                    require(ours == theirs, Status::VerifierInvariantViolation)?;
                }
            }
        }
        changed |= self.graph.join(&theirs)?;
        Ok(if changed { Joined::Changed } else { Joined::Unchanged })
    }
}
