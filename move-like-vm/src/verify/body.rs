//! A function whose control flow is known: what the passes over code read.
//!
//! # Place      control flow -> [body] -> stack usage, type safety, locals safety, reference safety
//! # Invariants an index that leads nowhere is a refusal, never a panic
//! # Absent     rules: every pass has its own

use super::control_flow_graph::ControlFlowGraph;
use crate::fault::{Fault, Place};
use crate::format::{
    FieldHandleIndex, FieldInstantiationIndex, FunctionHandleIndex, FunctionInstantiationIndex,
    FunctionView, Instruction, LocalIndex, SignatureIndex, SignatureToken,
    StructDefInstantiationIndex, StructDefinitionIndex, Tables,
};
use crate::status::Status;

/// A function with its tables and its blocks.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// The tables that the code points into.
    pub tables: Tables<'a>,
    /// The function.
    pub function: FunctionView<'a>,
    /// Its blocks.
    pub graph: ControlFlowGraph,
}

impl<'a> Body<'a> {
    /// The instructions.
    pub fn code(&self) -> &'a [Instruction] {
        &self.function.code.code
    }

    /// The types of the parameters and of the locals behind them.
    pub fn locals(&self) -> impl Iterator<Item = &'a SignatureToken> {
        self.function.parameters.0.iter().chain(&self.function.locals.0)
    }

    /// The type of a local.
    pub fn local(&self, index: LocalIndex) -> Result<&'a SignatureToken, Fault> {
        self.locals().nth(usize::from(index)).ok_or(Fault::new(Status::IndexOutOfBounds))
    }

    /// A struct with type arguments.
    pub fn instance(
        &self,
        index: StructDefInstantiationIndex,
    ) -> Result<(StructDefinitionIndex, &'a [SignatureToken]), Fault> {
        let instance = self.tables.struct_instantiation(index)?;
        Ok((instance.definition, &self.tables.signature(instance.type_arguments)?.0))
    }

    /// A field of a struct with type arguments.
    pub fn field_instance(
        &self,
        index: FieldInstantiationIndex,
    ) -> Result<(FieldHandleIndex, &'a [SignatureToken]), Fault> {
        let instance = self.tables.field_instantiation(index)?;
        Ok((instance.handle, &self.tables.signature(instance.type_arguments)?.0))
    }

    /// A function with type arguments.
    pub fn function_instance(
        &self,
        index: FunctionInstantiationIndex,
    ) -> Result<(FunctionHandleIndex, &'a [SignatureToken]), Fault> {
        let instance = self.tables.function_instantiation(index)?;
        Ok((instance.handle, &self.tables.signature(instance.type_arguments)?.0))
    }

    /// How many fields a struct has; none if it is native.
    pub fn field_count(&self, index: StructDefinitionIndex) -> Result<usize, Fault> {
        Ok(self.tables.fields(index)?.map_or(0, <[_]>::len))
    }

    /// The type of the elements that a vector instruction names.
    pub fn element(&self, index: SignatureIndex) -> Result<&'a SignatureToken, Fault> {
        self.tables
            .signature(index)?
            .0
            .first()
            .ok_or(Fault::new(Status::VerifierInvariantViolation))
    }

    /// The same fault, at an instruction if it has no place yet.
    pub fn placed(&self, fault: Fault, instruction: usize) -> Fault {
        placed(&self.function, fault, instruction)
    }
}

/// The same fault, at an instruction of a function if it has no place yet.
pub fn placed(function: &FunctionView<'_>, fault: Fault, instruction: usize) -> Fault {
    if fault.place != Place::Whole {
        return fault;
    }
    let function = function.definition.map_or(0, |definition| definition.get());
    fault.at(Place::Instruction { function, instruction })
}
