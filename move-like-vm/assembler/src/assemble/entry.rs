//! Entries of tables: found by what the text writes, or appended.

use move_like_vm::format::{
    AddressIdentifierIndex, Constant, ConstantIndex, FieldHandle, FieldHandleIndex,
    FieldInstantiation, FieldInstantiationIndex, FunctionHandle, FunctionHandleIndex,
    FunctionInstantiation, FunctionInstantiationIndex, IdentifierIndex, MemberCount, ModuleHandle,
    ModuleHandleIndex, Signature, SignatureIndex, SignatureToken, StructDefInstantiation,
    StructDefInstantiationIndex, StructDefinitionIndex, StructFields, StructHandle,
    StructHandleIndex,
};

use super::{Assembler, Resolved};
use crate::diagnostic::{Diagnostic, Position, Problem};
use crate::names::{First, Member};
use crate::syntax::{ConstantValue, Field, FunctionHead, Part, Path, StructHead, Type, Types};

/// What a path of a struct or function leads to.
pub(super) enum Target {
    /// An entry by its index.
    Index(u16),
    /// A name in a module.
    Member(Member),
}

/// Appends an entry and says its index.
pub(super) fn add<K: Ord, T>(
    table: &mut Vec<T>,
    first: &mut First<K>,
    key: K,
    entry: T,
) -> Result<u16, Problem> {
    let index = u16::try_from(table.len()).map_err(|_| Problem::TooManyEntries)?;
    table.push(entry);
    first.add(key, index);
    Ok(index)
}

/// The first entry equal to this one, which is appended if there is none.
fn find_or_add<T: Ord + Clone>(
    table: &mut Vec<T>,
    first: &mut First<T>,
    entry: T,
) -> Result<u16, Problem> {
    match first.get(&entry) {
        Some(index) => Ok(index),
        None => add(table, first, entry.clone(), entry),
    }
}

fn located<T>(at: Position, result: Result<T, Problem>) -> Resolved<T> {
    result.map_err(|problem| Diagnostic::new(at, problem))
}

fn wrong<T>(at: Position) -> Resolved<T> {
    Err(Diagnostic::new(at, Problem::WrongPath))
}

/// Names, modules and paths.
impl Assembler {
    pub(super) fn identifier(&mut self, at: Position, part: &Part) -> Resolved<IdentifierIndex> {
        let name = match part {
            Part::Name(name) => name,
            Part::Index(index) => return Ok(IdentifierIndex(*index)),
            Part::Address(_) => return wrong(at),
        };
        let index = match self.names.identifiers.get(name.as_str()) {
            Some(index) => Ok(index),
            None => add(
                &mut self.module.identifiers,
                &mut self.names.identifiers,
                name.clone(),
                name.clone(),
            ),
        };
        located(at, index.map(IdentifierIndex))
    }

    fn address(&mut self, at: Position, part: &Part) -> Resolved<AddressIdentifierIndex> {
        let address = match part {
            Part::Address(address) => *address,
            Part::Index(index) => return Ok(AddressIdentifierIndex(*index)),
            Part::Name(_) => return wrong(at),
        };
        let (table, first) = (&mut self.module.addresses, &mut self.names.addresses);
        located(at, find_or_add(table, first, address).map(AddressIdentifierIndex))
    }

    /// A module by address and name.
    pub(super) fn module_handle(&mut self, at: Position, parts: &[Part]) -> Resolved<ModuleHandle> {
        let [address, name] = parts else { return wrong(at) };
        let address = self.address(at, address)?;
        Ok(ModuleHandle { address, name: self.identifier(at, name)? })
    }

    pub(super) fn module_entry(&mut self, path: &Path) -> Resolved<()> {
        let handle = self.module_handle(path.at, &path.parts)?;
        let (table, first) = (&mut self.module.module_handles, &mut self.names.modules);
        located(path.at, add(table, first, handle, handle)).map(drop)
    }

    /// A module that is named, by path or index.
    pub(super) fn module_of(
        &mut self,
        at: Position,
        parts: &[Part],
    ) -> Resolved<ModuleHandleIndex> {
        if let [Part::Index(index)] = parts {
            return Ok(ModuleHandleIndex(*index));
        }
        let handle = self.module_handle(at, parts)?;
        let (table, first) = (&mut self.module.module_handles, &mut self.names.modules);
        located(at, find_or_add(table, first, handle).map(ModuleHandleIndex))
    }

    pub(super) fn target(&mut self, path: &Path) -> Resolved<Target> {
        let at = path.at;
        let (module, name) = match path.parts.as_slice() {
            [Part::Index(index)] => return Ok(Target::Index(*index)),
            [_] if self.is_script => return Err(Diagnostic::new(at, Problem::NoSelf)),
            [name] => (self.module.self_module_handle, name),
            [module, name] => (self.module_of(at, std::slice::from_ref(module))?, name),
            [address, module, name] => {
                (self.module_of(at, &[address.clone(), module.clone()])?, name)
            }
            _ => return wrong(at),
        };
        Ok(Target::Member((module, self.identifier(at, name)?)))
    }

    /// A path that names a new entry.
    fn member(&mut self, path: &Path) -> Resolved<Member> {
        match self.target(path)? {
            Target::Member(member) => Ok(member),
            Target::Index(_) => wrong(path.at),
        }
    }

    fn struct_handle(&mut self, path: &Path) -> Resolved<StructHandleIndex> {
        let index = match self.target(path)? {
            Target::Index(index) => Some(index),
            Target::Member(member) => self.names.structs.get(&member),
        };
        let unknown = Diagnostic::new(path.at, Problem::UnknownStruct);
        index.map(StructHandleIndex).ok_or(unknown)
    }

    pub(super) fn function_handle(&mut self, path: &Path) -> Resolved<FunctionHandleIndex> {
        let index = match self.target(path)? {
            Target::Index(index) => Some(index),
            Target::Member(member) => self.names.functions.get(&member),
        };
        let unknown = Diagnostic::new(path.at, Problem::UnknownFunction);
        index.map(FunctionHandleIndex).ok_or(unknown)
    }

    /// A struct that this module defines.
    pub(super) fn definition(&mut self, path: &Path) -> Resolved<StructDefinitionIndex> {
        let index = match self.target(path)? {
            Target::Index(index) => Some(index),
            Target::Member(member) => {
                let handle = self.names.structs.get(&member).map(StructHandleIndex);
                handle.and_then(|handle| self.names.definitions.get(&handle))
            }
        };
        let unknown = Diagnostic::new(path.at, Problem::UnknownDefinition);
        index.map(StructDefinitionIndex).ok_or(unknown)
    }
}

/// Types and signatures.
impl Assembler {
    pub(super) fn type_list(
        &mut self,
        types: &[Type],
        at: Position,
    ) -> Resolved<Vec<SignatureToken>> {
        types.iter().map(|type_| self.type_(type_, at)).collect()
    }

    pub(super) fn type_(&mut self, type_: &Type, at: Position) -> Resolved<SignatureToken> {
        Ok(match type_ {
            Type::Plain(plain) => plain.clone(),
            Type::Parameter(index) => SignatureToken::TypeParameter(*index),
            Type::Vector(element) => SignatureToken::Vector(Box::new(self.type_(element, at)?)),
            Type::Reference(target) => SignatureToken::Reference(Box::new(self.type_(target, at)?)),
            Type::MutableReference(target) => {
                SignatureToken::MutableReference(Box::new(self.type_(target, at)?))
            }
            Type::Struct(path, None) => SignatureToken::Struct(self.struct_handle(path)?),
            Type::Struct(path, Some(arguments)) => {
                let handle = self.struct_handle(path)?;
                SignatureToken::StructInstantiation(handle, self.type_list(arguments, at)?)
            }
        })
    }

    pub(super) fn signature(&mut self, types: &Types, at: Position) -> Resolved<SignatureIndex> {
        let types = match types {
            Types::Index(index) => return Ok(SignatureIndex(*index)),
            Types::List(types) => Signature(self.type_list(types, at)?),
        };
        let (table, first) = (&mut self.module.signatures, &mut self.names.signatures);
        located(at, find_or_add(table, first, types).map(SignatureIndex))
    }

    pub(super) fn signature_entry(&mut self, at: Position, types: &[Type]) -> Resolved<()> {
        let signature = Signature(self.type_list(types, at)?);
        let (table, first) = (&mut self.module.signatures, &mut self.names.signatures);
        located(at, add(table, first, signature.clone(), signature)).map(drop)
    }
}

/// Handles.
impl Assembler {
    pub(super) fn struct_entry(&mut self, head: &StructHead) -> Resolved<StructHandleIndex> {
        let (module, name) = self.member(&head.path)?;
        let (abilities, type_parameters) = (head.abilities, head.type_parameters.clone());
        let handle = StructHandle { module, name, abilities, type_parameters };
        let (table, first) = (&mut self.module.struct_handles, &mut self.names.structs);
        located(head.path.at, add(table, first, (module, name), handle).map(StructHandleIndex))
    }

    pub(super) fn function_entry(&mut self, head: &FunctionHead) -> Resolved<FunctionHandleIndex> {
        let (module, name) = self.member(&head.path)?;
        let parameters = self.signature(&head.parameters, head.path.at)?;
        let returns = self.signature(&head.returns, head.path.at)?;
        let type_parameters = head.type_parameters.clone();
        let handle = FunctionHandle { module, name, parameters, returns, type_parameters };
        let (table, first) = (&mut self.module.function_handles, &mut self.names.functions);
        located(head.path.at, add(table, first, (module, name), handle).map(FunctionHandleIndex))
    }
}

/// Fields, constants and instantiations.
impl Assembler {
    /// A field by its struct and name; not yet an entry.
    fn field_of(&mut self, at: Position, path: &Path, name: &Part) -> Resolved<FieldHandle> {
        let owner = self.definition(path)?;
        let field = match name {
            Part::Index(index) => *index,
            Part::Name(_) => {
                let name = self.identifier(at, name)?;
                let known = self.field_number(owner, name);
                known.ok_or(Diagnostic::new(at, Problem::UnknownField))?
            }
            Part::Address(_) => return wrong(at),
        };
        Ok(FieldHandle { owner, field })
    }

    fn field_number(
        &self,
        owner: StructDefinitionIndex,
        name: IdentifierIndex,
    ) -> Option<MemberCount> {
        match &self.module.struct_definitions.get(owner.get())?.fields {
            StructFields::Native => None,
            StructFields::Declared(fields) => {
                let mut fields = (0..=MemberCount::MAX).zip(fields);
                fields.find(|(_, field)| field.name == name).map(|(number, _)| number)
            }
        }
    }

    pub(super) fn field_entry(&mut self, at: Position, field: &Field) -> Resolved<()> {
        let Field::Of(path, name) = field else { return wrong(at) };
        let handle = self.field_of(at, path, name)?;
        let (table, first) = (&mut self.module.field_handles, &mut self.names.fields);
        located(at, add(table, first, handle, handle)).map(drop)
    }

    pub(super) fn field(&mut self, at: Position, field: &Field) -> Resolved<FieldHandleIndex> {
        let handle = match field {
            Field::Index(index) => return Ok(FieldHandleIndex(*index)),
            Field::Of(path, name) => self.field_of(at, path, name)?,
        };
        let (table, first) = (&mut self.module.field_handles, &mut self.names.fields);
        located(at, find_or_add(table, first, handle).map(FieldHandleIndex))
    }

    fn constant_value(&mut self, at: Position, constant: &ConstantValue) -> Resolved<Constant> {
        let type_ = self.type_(&constant.type_, at)?;
        Ok(Constant { type_, data: constant.data.clone() })
    }

    pub(super) fn constant_entry(
        &mut self,
        at: Position,
        constant: &ConstantValue,
    ) -> Resolved<()> {
        let constant = self.constant_value(at, constant)?;
        let (table, first) = (&mut self.module.constants, &mut self.names.constants);
        located(at, add(table, first, constant.clone(), constant)).map(drop)
    }

    pub(super) fn constant(
        &mut self,
        at: Position,
        constant: &ConstantValue,
    ) -> Resolved<ConstantIndex> {
        let constant = self.constant_value(at, constant)?;
        let (table, first) = (&mut self.module.constants, &mut self.names.constants);
        located(at, find_or_add(table, first, constant).map(ConstantIndex))
    }

    fn struct_with_types(
        &mut self,
        path: &Path,
        types: &Types,
    ) -> Resolved<StructDefInstantiation> {
        let definition = self.definition(path)?;
        let type_arguments = self.signature(types, path.at)?;
        Ok(StructDefInstantiation { definition, type_arguments })
    }

    pub(super) fn struct_instantiation_entry(
        &mut self,
        path: &Path,
        types: &Types,
    ) -> Resolved<()> {
        let entry = self.struct_with_types(path, types)?;
        let table = &mut self.module.struct_instantiations;
        located(path.at, add(table, &mut self.names.struct_instantiations, entry, entry)).map(drop)
    }

    pub(super) fn struct_instantiation(
        &mut self,
        path: &Path,
        types: &Types,
    ) -> Resolved<StructDefInstantiationIndex> {
        let entry = self.struct_with_types(path, types)?;
        let table = &mut self.module.struct_instantiations;
        let index = find_or_add(table, &mut self.names.struct_instantiations, entry);
        located(path.at, index.map(StructDefInstantiationIndex))
    }

    fn function_with_types(
        &mut self,
        path: &Path,
        types: &Types,
    ) -> Resolved<FunctionInstantiation> {
        let handle = self.function_handle(path)?;
        let type_arguments = self.signature(types, path.at)?;
        Ok(FunctionInstantiation { handle, type_arguments })
    }

    pub(super) fn function_instantiation_entry(
        &mut self,
        path: &Path,
        types: &Types,
    ) -> Resolved<()> {
        let entry = self.function_with_types(path, types)?;
        let table = &mut self.module.function_instantiations;
        let index = add(table, &mut self.names.function_instantiations, entry, entry);
        located(path.at, index).map(drop)
    }

    pub(super) fn function_instantiation(
        &mut self,
        path: &Path,
        types: &Types,
    ) -> Resolved<FunctionInstantiationIndex> {
        let entry = self.function_with_types(path, types)?;
        let table = &mut self.module.function_instantiations;
        let index = find_or_add(table, &mut self.names.function_instantiations, entry);
        located(path.at, index.map(FunctionInstantiationIndex))
    }

    fn field_with_types(
        &mut self,
        at: Position,
        field: &Field,
        types: &Types,
    ) -> Resolved<FieldInstantiation> {
        let handle = self.field(at, field)?;
        Ok(FieldInstantiation { handle, type_arguments: self.signature(types, at)? })
    }

    pub(super) fn field_instantiation_entry(
        &mut self,
        at: Position,
        field: &Field,
        types: &Types,
    ) -> Resolved<()> {
        let entry = self.field_with_types(at, field, types)?;
        let table = &mut self.module.field_instantiations;
        located(at, add(table, &mut self.names.field_instantiations, entry, entry)).map(drop)
    }

    pub(super) fn field_instantiation(
        &mut self,
        at: Position,
        field: &Field,
        types: &Types,
    ) -> Resolved<FieldInstantiationIndex> {
        let entry = self.field_with_types(at, field, types)?;
        let table = &mut self.module.field_instantiations;
        let index = find_or_add(table, &mut self.names.field_instantiations, entry);
        located(at, index.map(FieldInstantiationIndex))
    }
}
