//! Refuses every index that points to nothing, so that later passes may follow indices.
//!
//! # Place      decoder -> [bounds] -> limits
//! # Invariants after it, each index of a handle, definition, instantiation, type and instruction is
//! #            inside its table, each type parameter is one of the function or struct around it, each
//! #            struct has as many type arguments as its handle has parameters, and a function has at
//! #            most 255 parameters and locals
//! # Absent     whether what an index points to fits its use; a script has no definitions, so
//! #            instructions about them are refused by the pass that asks for the definition

use crate::fault::{Fault, Place};
use crate::format::{
    CodeUnit, CompiledModule, CompiledScript, FieldHandle, FunctionDefinition, FunctionHandle,
    Instruction, ModuleHandle, Signature, SignatureIndex, SignatureToken, StructDefinition,
    StructFields, StructHandle, TableKind, Tables,
};
use crate::limits;
use crate::status::Status;

/// Checks every index of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    if module.module_handles.is_empty() {
        return Err(Fault::new(Status::NoModuleHandles));
    }
    let bounds = Bounds::of(module.tables());
    bounds.tables()?;
    each(TableKind::FunctionDefinitions, &module.function_definitions, |index, definition| {
        bounds.function_definition(index, definition)
    })
}

/// Checks every index of a script.
pub fn script(script: &CompiledScript) -> Result<(), Fault> {
    let bounds = Bounds::of(script.tables());
    bounds.tables()?;
    let types = script.type_parameters.len();
    let parameters = bounds.signature_in_scope(script.parameters, types)?;
    bounds.code(0, &script.code, parameters, types)
}

/// Runs a check on every entry of a table and adds the entry's place to a fault that has none.
fn each<T>(
    table: TableKind,
    entries: &[T],
    check: impl Fn(usize, &T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for (index, entry) in entries.iter().enumerate() {
        check(index, entry).map_err(|fault| match fault.place {
            Place::Whole => fault.at(Place::Entry { table, index }),
            Place::Byte { .. } | Place::Entry { .. } | Place::Instruction { .. } => fault,
        })?;
    }
    Ok(())
}

const OUT_OF_BOUNDS: Fault = Fault::new(Status::IndexOutOfBounds);

fn inside(index: usize, length: usize) -> Result<(), Fault> {
    if index < length { Ok(()) } else { Err(OUT_OF_BOUNDS) }
}

struct Bounds<'a> {
    tables: Tables<'a>,
    /// For each signature, how many type parameters its types need: the largest index and one.
    needed: Vec<usize>,
}

impl<'a> Bounds<'a> {
    fn of(tables: Tables<'a>) -> Self {
        let needed = tables
            .signatures
            .iter()
            .map(|signature| signature.0.iter().map(parameters_needed).max().unwrap_or(0))
            .collect();
        Self { tables, needed }
    }

    /// Every table but the definitions of functions.
    fn tables(&self) -> Result<(), Fault> {
        let tables = &self.tables;
        each(TableKind::Signatures, tables.signatures, |_, signature| {
            signature.0.iter().try_for_each(|type_| self.type_(type_))
        })?;
        each(TableKind::Constants, tables.constants, |_, constant| self.type_(&constant.type_))?;
        let module_handle = |_, handle: &ModuleHandle| self.module_handle(handle);
        each(TableKind::ModuleHandles, tables.module_handles, module_handle)?;
        if let Some(index) = tables.self_module_handle {
            tables.module_handle(index)?;
        }
        each(TableKind::StructHandles, tables.struct_handles, |_, handle| {
            self.struct_handle(handle)
        })?;
        each(TableKind::FunctionHandles, tables.function_handles, |_, handle| {
            self.function_handle(handle)
        })?;
        each(TableKind::FieldHandles, tables.field_handles, |_, handle| {
            self.field_handle(*handle)
        })?;
        each(TableKind::FriendDeclarations, tables.friend_declarations, module_handle)?;
        self.instantiations()?;
        each(TableKind::StructDefinitions, tables.struct_definitions, |_, definition| {
            self.struct_definition(definition)
        })
    }

    fn instantiations(&self) -> Result<(), Fault> {
        let tables = &self.tables;
        each(TableKind::StructDefInstantiations, tables.struct_instantiations, |_, instance| {
            tables.struct_definition(instance.definition)?;
            tables.signature(instance.type_arguments).map(drop)
        })?;
        each(TableKind::FunctionInstantiations, tables.function_instantiations, |_, instance| {
            tables.function_handle(instance.handle)?;
            tables.signature(instance.type_arguments).map(drop)
        })?;
        each(TableKind::FieldInstantiations, tables.field_instantiations, |_, instance| {
            tables.field_handle(instance.handle)?;
            tables.signature(instance.type_arguments).map(drop)
        })
    }

    fn module_handle(&self, handle: &ModuleHandle) -> Result<(), Fault> {
        self.tables.address(handle.address)?;
        self.tables.identifier(handle.name).map(drop)
    }

    fn struct_handle(&self, handle: &StructHandle) -> Result<(), Fault> {
        self.tables.module_handle(handle.module)?;
        self.tables.identifier(handle.name).map(drop)
    }

    fn function_handle(&self, handle: &FunctionHandle) -> Result<(), Fault> {
        self.tables.module_handle(handle.module)?;
        self.tables.identifier(handle.name)?;
        self.tables.signature(handle.parameters)?;
        self.tables.signature(handle.returns)?;
        let types = handle.type_parameters.len();
        self.signature_in_scope(handle.parameters, types)?;
        self.signature_in_scope(handle.returns, types).map(drop)
    }

    fn field_handle(&self, handle: FieldHandle) -> Result<(), Fault> {
        let fields = self.tables.fields(handle.owner)?.unwrap_or(&[]);
        inside(usize::from(handle.field), fields.len())
    }

    fn struct_definition(&self, definition: &StructDefinition) -> Result<(), Fault> {
        let handle = self.tables.struct_handle(definition.handle)?;
        let fields = match &definition.fields {
            StructFields::Native => return Ok(()),
            StructFields::Declared(fields) => fields,
        };
        for field in fields {
            self.tables.identifier(field.name)?;
            self.type_(&field.type_)?;
            in_scope(parameters_needed(&field.type_), handle.type_parameters.len())?;
        }
        Ok(())
    }

    fn function_definition(
        &self,
        index: usize,
        definition: &FunctionDefinition,
    ) -> Result<(), Fault> {
        let handle = self.tables.function_handle(definition.handle)?;
        for acquired in &definition.acquires {
            self.tables.struct_definition(*acquired)?;
        }
        let Some(code) = &definition.code else { return Ok(()) };
        let parameters = self.tables.signature(handle.parameters)?;
        self.code(index, code, parameters, handle.type_parameters.len())
    }

    fn code(
        &self,
        function: usize,
        code: &CodeUnit,
        parameters: &Signature,
        types: usize,
    ) -> Result<(), Fault> {
        let locals = self.tables.signature(code.locals)?.0.len().saturating_add(parameters.0.len());
        if locals > limits::LOCALS {
            return Err(Fault::new(Status::TooManyLocals));
        }
        self.signature_in_scope(code.locals, types)?;
        let scope = Scope { types, locals, instructions: code.code.len() };
        for (index, instruction) in code.code.iter().enumerate() {
            let place = Place::Instruction { function, instruction: index };
            self.instruction(instruction, &scope).map_err(|fault| fault.at(place))?;
        }
        Ok(())
    }

    /// A signature, when its type parameters are among so many.
    fn signature_in_scope(
        &self,
        index: SignatureIndex,
        types: usize,
    ) -> Result<&'a Signature, Fault> {
        let signature = self.tables.signature(index)?;
        let needed = self.needed.get(index.get()).ok_or(OUT_OF_BOUNDS)?;
        in_scope(*needed, types)?;
        Ok(signature)
    }

    /// Whether the structs in a type exist and have as many arguments as parameters.
    fn type_(&self, type_: &SignatureToken) -> Result<(), Fault> {
        for (node, _) in type_.preorder() {
            let (handle, arguments) = match node {
                SignatureToken::Struct(handle) => (*handle, 0),
                SignatureToken::StructInstantiation(handle, arguments) => {
                    (*handle, arguments.len())
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
                | SignatureToken::Vector(_)
                | SignatureToken::Reference(_)
                | SignatureToken::MutableReference(_)
                | SignatureToken::TypeParameter(_) => continue,
            };
            if self.tables.struct_handle(handle)?.type_parameters.len() != arguments {
                return Err(Fault::new(Status::NumberOfTypeArgumentsMismatch));
            }
        }
        Ok(())
    }

    /// Whether an instruction names something that exists.
    fn instruction(&self, instruction: &Instruction, scope: &Scope) -> Result<(), Fault> {
        use Instruction as I;
        let tables = &self.tables;
        match instruction {
            I::LdConst(index) => tables.constant(*index).map(drop),
            I::Call(index) => tables.function_handle(*index).map(drop),
            I::CallGeneric(index) => {
                let instance = tables.function_instantiation(*index)?;
                self.signature_in_scope(instance.type_arguments, scope.types).map(drop)
            }
            I::VecPack(index, _)
            | I::VecLen(index)
            | I::VecImmBorrow(index)
            | I::VecMutBorrow(index)
            | I::VecPushBack(index)
            | I::VecPopBack(index)
            | I::VecUnpack(index, _)
            | I::VecSwap(index) => self.signature_in_scope(*index, scope.types).map(drop),
            I::BrTrue(target) | I::BrFalse(target) | I::Branch(target) => {
                inside(usize::from(*target), scope.instructions)
            }
            I::CopyLoc(index)
            | I::MoveLoc(index)
            | I::StLoc(index)
            | I::MutBorrowLoc(index)
            | I::ImmBorrowLoc(index) => inside(usize::from(*index), scope.locals),
            I::MutBorrowField(index) | I::ImmBorrowField(index) => {
                self.defined(|| tables.field_handle(*index).map(drop))
            }
            I::MutBorrowFieldGeneric(index) | I::ImmBorrowFieldGeneric(index) => {
                self.defined(|| {
                    let instance = tables.field_instantiation(*index)?;
                    self.signature_in_scope(instance.type_arguments, scope.types).map(drop)
                })
            }
            I::Pack(index)
            | I::Unpack(index)
            | I::Exists(index)
            | I::MutBorrowGlobal(index)
            | I::ImmBorrowGlobal(index)
            | I::MoveFrom(index)
            | I::MoveTo(index) => self.defined(|| tables.struct_definition(*index).map(drop)),
            I::PackGeneric(index)
            | I::UnpackGeneric(index)
            | I::ExistsGeneric(index)
            | I::MutBorrowGlobalGeneric(index)
            | I::ImmBorrowGlobalGeneric(index)
            | I::MoveFromGeneric(index)
            | I::MoveToGeneric(index) => self.defined(|| {
                let instance = tables.struct_instantiation(*index)?;
                self.signature_in_scope(instance.type_arguments, scope.types).map(drop)
            }),
            I::Pop
            | I::Ret
            | I::LdU8(_)
            | I::LdU16(_)
            | I::LdU32(_)
            | I::LdU64(_)
            | I::LdU128(_)
            | I::LdU256(_)
            | I::LdTrue
            | I::LdFalse
            | I::CastU8
            | I::CastU16
            | I::CastU32
            | I::CastU64
            | I::CastU128
            | I::CastU256
            | I::ReadRef
            | I::WriteRef
            | I::FreezeRef
            | I::Add
            | I::Sub
            | I::Mul
            | I::Mod
            | I::Div
            | I::BitOr
            | I::BitAnd
            | I::Xor
            | I::Shl
            | I::Shr
            | I::Or
            | I::And
            | I::Not
            | I::Eq
            | I::Neq
            | I::Lt
            | I::Gt
            | I::Le
            | I::Ge
            | I::Abort
            | I::Nop => Ok(()),
        }
    }

    /// A check of something that only modules define; a script's use of it is refused elsewhere.
    fn defined(&self, check: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
        if self.tables.self_module_handle.is_some() { check() } else { Ok(()) }
    }
}

/// What the instructions of a function may name besides the tables.
struct Scope {
    types: usize,
    locals: usize,
    instructions: usize,
}

/// How many type parameters a type needs around it.
fn parameters_needed(type_: &SignatureToken) -> usize {
    let index = |node: &SignatureToken| match node {
        SignatureToken::TypeParameter(index) => usize::from(*index).saturating_add(1),
        _ => 0,
    };
    type_.preorder().map(|(node, _)| index(node)).max().unwrap_or(0)
}

fn in_scope(needed: usize, types: usize) -> Result<(), Fault> {
    if needed <= types { Ok(()) } else { Err(OUT_OF_BOUNDS) }
}

#[cfg(test)]
mod tests;
