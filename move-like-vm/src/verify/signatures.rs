//! Every type that a binary writes is well formed where it is used.
//!
//! Refuses, in this order: a reference inside a type, as a type argument or as a field, since no value
//! may hold a reference (`INVALID_SIGNATURE_TOKEN`); type arguments without the abilities that their
//! type parameters demand (`CONSTRAINT_NOT_SATISFIED`) or of the wrong number
//! (`NUMBER_OF_TYPE_ARGUMENTS_MISMATCH`); a phantom parameter of a struct whose field has a value of it
//! (`INVALID_PHANTOM_TYPE_PARAM_POSITION`). Refuses instructions about structs in a script, which defines
//! none (`INVALID_OPERATION_IN_SCRIPT`).
//!
//! # Place      tables, demand -> [signatures] <- verify
//! # Invariants types are looked at once per set of abilities asked, not once per use: 64 KiB of
//! #            functions that share one long signature cost no more than their own length
//! # Absent     abilities of fields: `ability_fields`; types of values: `type_safety`
//!
//! Order and depth are the reference's: signatures, handles of functions, fields, then code. In files
//! before version 6 it asks constraints of the outermost struct of a type only. Type arguments of
//! instructions must meet the constraints of what they are given to, and nothing is asked of the parts
//! of these arguments, unless [`Config::strict_instances`] says so: a type that breaks its own
//! constraints has no values, but it is still no type that a source could write.

use std::collections::BTreeMap;

use super::Config;
use super::demand::{Constraints, Demand};
use crate::fault::{Fault, Place};
use crate::format::{
    Abilities, CodeUnit, CompiledModule, CompiledScript, FieldInstantiationIndex,
    FunctionInstantiationIndex, Instruction, SignatureIndex, SignatureToken,
    StructDefInstantiationIndex, StructDefinitionIndex, StructFields, StructTypeParameter,
    TableKind, Tables,
};
use crate::status::Status;

/// Checks the types of a module.
pub fn module(module: &CompiledModule, config: &Config) -> Result<(), Fault> {
    let tables = module.tables();
    let mut checker = Checker::new(&tables, module.version, config);
    checker.pool()?;
    checker.function_handles()?;
    checker.fields()?;
    for (function, definition) in tables.function_definitions.iter().enumerate() {
        let Some(code) = &definition.code else { continue };
        let handle = tables.function_handle(definition.handle)?;
        checker.code(function, code, &handle.type_parameters)?;
    }
    Ok(())
}

/// Checks the types of a script.
pub fn script(script: &CompiledScript, config: &Config) -> Result<(), Fault> {
    let tables = script.tables();
    let mut checker = Checker::new(&tables, script.version, config);
    checker.pool()?;
    checker.function_handles()?;
    checker.signature_in(script.parameters, &script.type_parameters)?;
    checker.code(0, &script.code, &script.type_parameters)
}

/// Something with type arguments that code names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Instance {
    Function(FunctionInstantiationIndex),
    Struct(StructDefInstantiationIndex),
    Field(FieldInstantiationIndex),
}

struct Checker<'a> {
    tables: &'a Tables<'a>,
    /// How deep the types of parameters, results, locals and fields are asked.
    declared: Constraints,
    /// How deep type arguments of instructions are asked.
    in_code: Constraints,
    /// For every signature: whether one of its types is a reference.
    has_reference: Vec<bool>,
    /// Known demands of whole signatures.
    signatures: BTreeMap<SignatureIndex, Demand>,
    /// Known demands of one type of a signature.
    slots: BTreeMap<(SignatureIndex, usize, Abilities), Demand>,
    /// Known demands of what code names.
    instances: BTreeMap<Instance, Demand>,
}

impl<'a> Checker<'a> {
    fn new(tables: &'a Tables<'a>, version: u32, config: &Config) -> Self {
        Self {
            tables,
            declared: if version >= 6 || config.strict_instances {
                Constraints::Everywhere
            } else {
                Constraints::Outermost
            },
            in_code: match config.strict_instances {
                true => Constraints::Everywhere,
                false => Constraints::Ignored,
            },
            has_reference: Vec::new(),
            signatures: BTreeMap::new(),
            slots: BTreeMap::new(),
            instances: BTreeMap::new(),
        }
    }

    /// References stand outermost or not at all.
    fn pool(&mut self) -> Result<(), Fault> {
        for (index, signature) in self.tables.signatures.iter().enumerate() {
            for type_ in &signature.0 {
                let inner = match type_ {
                    SignatureToken::Reference(to) | SignatureToken::MutableReference(to) => to,
                    other => other,
                };
                if holds_reference(inner) {
                    return Err(Fault::new(Status::InvalidSignatureToken)
                        .at(Place::Entry { table: TableKind::Signatures, index }));
                }
            }
            self.has_reference.push(signature.0.iter().any(SignatureToken::is_reference));
        }
        Ok(())
    }

    fn function_handles(&mut self) -> Result<(), Fault> {
        for (index, handle) in self.tables.function_handles.iter().enumerate() {
            let place = Place::Entry { table: TableKind::FunctionHandles, index };
            for signature in [handle.returns, handle.parameters] {
                self.signature_in(signature, &handle.type_parameters)
                    .map_err(|fault| fault.at(place))?;
            }
        }
        Ok(())
    }

    fn fields(&self) -> Result<(), Fault> {
        for (index, definition) in self.tables.struct_definitions.iter().enumerate() {
            let StructFields::Declared(fields) = &definition.fields else { continue };
            let parameters = &self.tables.struct_handle(definition.handle)?.type_parameters;
            let context: Vec<Abilities> =
                parameters.iter().map(|parameter| parameter.constraints).collect();
            let place = Place::Entry { table: TableKind::StructDefinitions, index };
            for field in fields {
                self.field(&field.type_, &context, parameters).map_err(|fault| fault.at(place))?;
            }
        }
        Ok(())
    }

    fn field(
        &self,
        type_: &SignatureToken,
        context: &[Abilities],
        parameters: &[StructTypeParameter],
    ) -> Result<(), Fault> {
        if holds_reference(type_) {
            return Err(Fault::new(Status::InvalidSignatureToken));
        }
        let demand = Demand::of(self.tables, type_, Abilities::NONE, self.declared)?;
        if !demand.is_met_by(context)? {
            return Err(Fault::new(Status::ConstraintNotSatisfied));
        }
        phantom_positions(self.tables, type_, parameters)
    }

    /// Whether the types of a signature meet their constraints, where type parameters have `context`.
    fn signature_in(&mut self, index: SignatureIndex, context: &[Abilities]) -> Result<(), Fault> {
        if !self.signatures.contains_key(&index) {
            let mut demand = Demand::nothing();
            for type_ in &self.tables.signature(index)?.0 {
                demand.join(&Demand::of(self.tables, type_, Abilities::NONE, self.declared)?);
            }
            self.signatures.insert(index, demand);
        }
        met(self.signatures.get(&index), context)
    }

    fn code(
        &mut self,
        function: usize,
        code: &CodeUnit,
        context: &[Abilities],
    ) -> Result<(), Fault> {
        let locals = Place::Entry { table: TableKind::Signatures, index: code.locals.get() };
        self.signature_in(code.locals, context).map_err(|fault| fault.at(locals))?;
        for (instruction, what) in code.code.iter().enumerate() {
            let place = Place::Instruction { function, instruction };
            self.instruction(what, context).map_err(|fault| fault.at(place))?;
        }
        Ok(())
    }

    fn instruction(
        &mut self,
        instruction: &Instruction,
        context: &[Abilities],
    ) -> Result<(), Fault> {
        match instruction {
            Instruction::CallGeneric(index) => self.instance(Instance::Function(*index), context),
            Instruction::PackGeneric(index)
            | Instruction::UnpackGeneric(index)
            | Instruction::ExistsGeneric(index)
            | Instruction::MoveFromGeneric(index)
            | Instruction::MoveToGeneric(index)
            | Instruction::ImmBorrowGlobalGeneric(index)
            | Instruction::MutBorrowGlobalGeneric(index) => {
                self.instance(Instance::Struct(*index), context)
            }
            Instruction::ImmBorrowFieldGeneric(index)
            | Instruction::MutBorrowFieldGeneric(index) => {
                self.instance(Instance::Field(*index), context)
            }
            Instruction::VecPack(index, _)
            | Instruction::VecLen(index)
            | Instruction::VecImmBorrow(index)
            | Instruction::VecMutBorrow(index)
            | Instruction::VecPushBack(index)
            | Instruction::VecPopBack(index)
            | Instruction::VecUnpack(index, _)
            | Instruction::VecSwap(index) => self.element(*index, context),
            _ => Ok(()),
        }
    }

    /// A vector instruction names the type of the elements: one type, and no reference.
    fn element(&mut self, index: SignatureIndex, context: &[Abilities]) -> Result<(), Fault> {
        if self.tables.signature(index)?.0.len() != 1 {
            return Err(Fault::new(Status::NumberOfTypeArgumentsMismatch));
        }
        self.no_references(index)?;
        met(Some(self.slot(index, 0, Abilities::NONE)?), context)
    }

    fn no_references(&self, index: SignatureIndex) -> Result<(), Fault> {
        match self.has_reference.get(index.get()) {
            Some(false) => Ok(()),
            Some(true) => Err(Fault::new(Status::InvalidSignatureToken)),
            None => Err(Fault::new(Status::IndexOutOfBounds)),
        }
    }

    /// Whether the type arguments of what code names are what its type parameters demand.
    fn instance(&mut self, instance: Instance, context: &[Abilities]) -> Result<(), Fault> {
        if !self.instances.contains_key(&instance) {
            let demand = self.instance_demand(instance)?;
            self.instances.insert(instance, demand);
        }
        met(self.instances.get(&instance), context)
    }

    fn instance_demand(&mut self, instance: Instance) -> Result<Demand, Fault> {
        let tables = self.tables;
        let (arguments, constraints) = match instance {
            Instance::Function(index) => {
                let entry = tables.function_instantiation(index)?;
                let handle = tables.function_handle(entry.handle)?;
                (entry.type_arguments, handle.type_parameters.clone())
            }
            Instance::Struct(_) | Instance::Field(_) if tables.self_module_handle.is_none() => {
                return Err(Fault::new(Status::InvalidOperationInScript));
            }
            Instance::Struct(index) => {
                let entry = tables.struct_instantiation(index)?;
                (entry.type_arguments, struct_constraints(tables, entry.definition)?)
            }
            Instance::Field(index) => {
                let entry = tables.field_instantiation(index)?;
                let owner = tables.field_handle(entry.handle)?.owner;
                (entry.type_arguments, struct_constraints(tables, owner)?)
            }
        };
        self.no_references(arguments)?;
        if tables.signature(arguments)?.0.len() != constraints.len() {
            return Err(Fault::new(Status::NumberOfTypeArgumentsMismatch));
        }
        let mut demand = Demand::nothing();
        for (position, asked) in constraints.into_iter().enumerate() {
            demand.join(self.slot(arguments, position, asked)?);
        }
        Ok(demand)
    }

    /// What one type of a signature demands so that it has the abilities asked.
    fn slot(
        &mut self,
        index: SignatureIndex,
        position: usize,
        asked: Abilities,
    ) -> Result<&Demand, Fault> {
        let key = (index, position, asked);
        if !self.slots.contains_key(&key) {
            let types = &self.tables.signature(index)?.0;
            let type_ = types.get(position).ok_or(Fault::new(Status::IndexOutOfBounds))?;
            self.slots.insert(key, Demand::of(self.tables, type_, asked, self.in_code)?);
        }
        self.slots.get(&key).ok_or(Fault::new(Status::IndexOutOfBounds))
    }
}

/// The constraints of the type parameters of a struct defined here.
fn struct_constraints(
    tables: &Tables<'_>,
    definition: StructDefinitionIndex,
) -> Result<Vec<Abilities>, Fault> {
    let handle = tables.struct_handle(tables.struct_definition(definition)?.handle)?;
    Ok(handle.type_parameters.iter().map(|parameter| parameter.constraints).collect())
}

fn met(demand: Option<&Demand>, context: &[Abilities]) -> Result<(), Fault> {
    match demand.map(|demand| demand.is_met_by(context)).transpose()? {
        Some(true) => Ok(()),
        Some(false) | None => Err(Fault::new(Status::ConstraintNotSatisfied)),
    }
}

/// Whether the type is a reference or has one inside.
fn holds_reference(type_: &SignatureToken) -> bool {
    type_.preorder().any(|(node, _)| node.is_reference())
}

/// Phantom parameters stand only where a phantom parameter is asked for.
fn phantom_positions(
    tables: &Tables<'_>,
    type_: &SignatureToken,
    parameters: &[StructTypeParameter],
) -> Result<(), Fault> {
    let mut open = vec![(type_, false)];
    while let Some((type_, in_phantom)) = open.pop() {
        match type_ {
            SignatureToken::Vector(element) => open.push((element, false)),
            SignatureToken::StructInstantiation(index, arguments) => {
                let of = &tables.struct_handle(*index)?.type_parameters;
                let positions = of.iter().map(|parameter| parameter.is_phantom);
                open.extend(arguments.iter().zip(positions));
            }
            SignatureToken::TypeParameter(index) => {
                let parameter = parameters.get(usize::from(*index));
                let parameter = parameter.ok_or(Fault::new(Status::IndexOutOfBounds))?;
                if parameter.is_phantom && !in_phantom {
                    return Err(Fault::new(Status::InvalidPhantomTypeParamPosition));
                }
            }
            SignatureToken::Bool
            | SignatureToken::U8
            | SignatureToken::U16
            | SignatureToken::U32
            | SignatureToken::U64
            | SignatureToken::U128
            | SignatureToken::U256
            | SignatureToken::Address
            | SignatureToken::Signer
            | SignatureToken::Struct(_)
            | SignatureToken::Reference(_)
            | SignatureToken::MutableReference(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
