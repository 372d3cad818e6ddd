//! Refuses modules and scripts that are larger than a network wants to verify.
//!
//! # Place      bounds -> [limits] -> duplication
//! # Invariants what later passes iterate over per handle, type and definition is at most as large as
//! #            the limits say
//! # Absent     limits of code: loop depth, basic blocks and the stack are counted where code is read

use crate::fault::{Fault, Place};
use crate::format::{
    CompiledModule, CompiledScript, FunctionDefinition, SignatureToken, StructDefinition,
    StructFields, TableKind, Tables,
};
use crate::status::Status;

/// The most that a module or script may have; `None` where only the format limits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Type parameters of a struct or function.
    pub type_parameters: Option<usize>,
    /// Parameters of a function.
    pub parameters: Option<usize>,
    /// Results of a function.
    pub results: Option<usize>,
    /// Nodes of a type, where a struct and a type parameter count as four.
    pub type_nodes: Option<usize>,
    /// The depth of a type.
    pub type_depth: Option<usize>,
    /// Functions that a module defines.
    pub functions: Option<usize>,
    /// Structs that a module defines.
    pub structs: Option<usize>,
    /// Fields of a struct.
    pub fields: Option<usize>,
}

impl Limits {
    /// None: what the reference machine asks when it is not configured.
    pub const NONE: Self = Self {
        type_parameters: None,
        parameters: None,
        results: None,
        type_nodes: None,
        type_depth: None,
        functions: None,
        structs: None,
        fields: None,
    };

    /// What networks of the Move family ask, and ours.
    pub const NETWORK: Self = Self {
        type_parameters: Some(32),
        parameters: Some(128),
        results: Some(128),
        type_nodes: Some(128),
        type_depth: Some(20),
        functions: Some(1_000),
        structs: Some(200),
        fields: Some(30),
    };
}

/// Checks a module.
pub fn module(module: &CompiledModule, limits: &Limits) -> Result<(), Fault> {
    let tables = module.tables();
    handles(&tables, limits)?;
    types(&tables, limits)?;
    definitions(tables.function_definitions, tables.struct_definitions, limits)
}

/// Checks a script.
pub fn script(script: &CompiledScript, limits: &Limits) -> Result<(), Fault> {
    let tables = script.tables();
    handles(&tables, limits)?;
    types(&tables, limits)
}

fn within(count: usize, limit: Option<usize>, status: Status) -> Result<(), Fault> {
    match limit {
        Some(limit) if count > limit => Err(Fault::new(status)),
        Some(_) | None => Ok(()),
    }
}

fn handles(tables: &Tables<'_>, limits: &Limits) -> Result<(), Fault> {
    for (index, handle) in tables.function_handles.iter().enumerate() {
        let here = |fault: Fault| fault.at(entry(TableKind::FunctionHandles, index));
        let parameters = tables.signature(handle.parameters)?.0.len();
        let results = tables.signature(handle.returns)?.0.len();
        let types = handle.type_parameters.len();
        within(types, limits.type_parameters, Status::TooManyTypeParameters).map_err(here)?;
        within(parameters, limits.parameters, Status::TooManyParameters).map_err(here)?;
        within(results, limits.results, Status::TooManyParameters).map_err(here)?;
    }
    for (index, handle) in tables.struct_handles.iter().enumerate() {
        let types = handle.type_parameters.len();
        within(types, limits.type_parameters, Status::TooManyTypeParameters)
            .map_err(|fault| fault.at(entry(TableKind::StructHandles, index)))?;
    }
    Ok(())
}

const fn entry(table: TableKind, index: usize) -> Place {
    Place::Entry { table, index }
}

/// Every type that is written: in signatures, of constants, of fields.
fn types(tables: &Tables<'_>, limits: &Limits) -> Result<(), Fault> {
    for (index, signature) in tables.signatures.iter().enumerate() {
        for type_ in &signature.0 {
            size(type_, limits).map_err(|fault| fault.at(entry(TableKind::Signatures, index)))?;
        }
    }
    for (index, constant) in tables.constants.iter().enumerate() {
        size(&constant.type_, limits)
            .map_err(|fault| fault.at(entry(TableKind::Constants, index)))?;
    }
    for (index, definition) in tables.struct_definitions.iter().enumerate() {
        for field in declared(definition) {
            size(&field.type_, limits)
                .map_err(|fault| fault.at(entry(TableKind::StructDefinitions, index)))?;
        }
    }
    Ok(())
}

fn declared(definition: &StructDefinition) -> &[crate::format::FieldDefinition] {
    match &definition.fields {
        StructFields::Native => &[],
        StructFields::Declared(fields) => fields,
    }
}

/// A struct or type parameter stands for a type of unknown size, so it counts more than a node.
const UNKNOWN_SIZE: usize = 4;

fn size(type_: &SignatureToken, limits: &Limits) -> Result<(), Fault> {
    let mut nodes = 0_usize;
    for (node, depth) in type_.preorder() {
        within(depth, limits.type_depth, Status::TooManyTypeNodes)?;
        nodes = nodes.saturating_add(match node {
            SignatureToken::Struct(_)
            | SignatureToken::StructInstantiation(_, _)
            | SignatureToken::TypeParameter(_) => UNKNOWN_SIZE,
            SignatureToken::Bool
            | SignatureToken::U8
            | SignatureToken::U16
            | SignatureToken::U32
            | SignatureToken::U64
            | SignatureToken::U128
            | SignatureToken::U256
            | SignatureToken::Address
            | SignatureToken::Signer
            | SignatureToken::Vector(_)
            | SignatureToken::Reference(_)
            | SignatureToken::MutableReference(_) => 1,
        });
    }
    within(nodes, limits.type_nodes, Status::TooManyTypeNodes)
}

fn definitions(
    functions: &[FunctionDefinition],
    structs: &[StructDefinition],
    limits: &Limits,
) -> Result<(), Fault> {
    within(functions.len(), limits.functions, Status::MaxFunctionDefinitionsReached)?;
    within(structs.len(), limits.structs, Status::MaxStructDefinitionsReached)?;
    for (index, definition) in structs.iter().enumerate() {
        let fields = declared(definition).len();
        within(fields, limits.fields, Status::MaxFieldDefinitionsReached)
            .map_err(|fault| fault.at(entry(TableKind::StructDefinitions, index)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
