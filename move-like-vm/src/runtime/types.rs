//! Types without parameters, each under one number.
//!
//! # Place      loader -> [types] <- translation, codec, checked mode
//! # Invariants equal types have equal numbers; every limit is checked before a number is given, so what
//! #            is refused does not depend on what was seen before
//! # Absent     names outside this process: a number is never stored, hashed or compared for order

mod depth;
mod layout;

use std::collections::BTreeMap;

use super::module::{Module, Modules};
use super::stop::Stop;
use super::tag::{StructTag, TypeTag};
use crate::format::{
    Abilities, Ability, SignatureToken, StructDefinitionIndex, StructFields, StructTypeParameter,
};
use crate::status::Status;

pub(crate) use depth::{DepthFormula, formulas};

/// How deep a type may nest.
const TYPE_DEPTH_MAX: u32 = 256;
/// How many nodes the type arguments of one instance may have.
pub(crate) const INSTANTIATION_NODES_MAX: u32 = 128;
/// How deep a value may nest.
pub(crate) const VALUE_DEPTH_MAX: u32 = 128;
/// How many nodes a type may have when the fields of its structs are written out.
pub(crate) const LAYOUT_NODES_MAX: u32 = 256;

/// The number of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeId(u32);

/// The number of a struct, whatever its type arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StructId(u32);

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
    Address,
    Signer,
    Vector(TypeId),
    Struct(StructId, Box<[TypeId]>),
    Reference(TypeId),
    MutableReference(TypeId),
}

/// A struct as its module defines it.
#[derive(Clone, Debug)]
pub(crate) struct StructInfo {
    pub(crate) module: usize,
    pub(crate) definition: StructDefinitionIndex,
    pub(crate) name: String,
    pub(crate) abilities: Abilities,
    pub(crate) parameters: Vec<StructTypeParameter>,
    pub(crate) depth: DepthFormula,
}

#[derive(Clone, Debug)]
struct Entry {
    type_: Type,
    nodes: u32,
    depth: u32,
    value_depth: u32,
    abilities: Abilities,
    fields: Option<Box<[TypeId]>>,
    layout: Option<u32>,
}

/// Every type that was met.
#[derive(Clone, Debug)]
pub(crate) struct Types {
    entries: Vec<Entry>,
    numbers: BTreeMap<Type, TypeId>,
    structs: Vec<StructInfo>,
}

impl TypeId {
    pub(crate) const BOOL: Self = Self(0);
    pub(crate) const U8: Self = Self(1);
    pub(crate) const U16: Self = Self(2);
    pub(crate) const U32: Self = Self(3);
    pub(crate) const U64: Self = Self(4);
    pub(crate) const U128: Self = Self(5);
    pub(crate) const U256: Self = Self(6);
    pub(crate) const ADDRESS: Self = Self(7);
    pub(crate) const SIGNER: Self = Self(8);
    /// `vector<u8>`
    pub const BYTES: Self = Self(9);
    pub(crate) const WORDS: Self = Self(10);

    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Default for Types {
    fn default() -> Self {
        let mut types = Self { entries: Vec::new(), numbers: BTreeMap::new(), structs: Vec::new() };
        for type_ in [
            Type::Bool,
            Type::U8,
            Type::U16,
            Type::U32,
            Type::U64,
            Type::U128,
            Type::U256,
            Type::Address,
            Type::Signer,
            Type::Vector(TypeId::U8),
            Type::Vector(TypeId::U64),
        ] {
            let _ = types.intern(type_);
        }
        types
    }
}

impl Types {
    /// How many types there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The type behind a number.
    pub(crate) fn get(&self, id: TypeId) -> Result<&Type, Stop> {
        Ok(&self.entry(id)?.type_)
    }

    /// The number of a type that was met.
    pub(crate) fn find(&self, type_: &Type) -> Option<TypeId> {
        self.numbers.get(type_).copied()
    }

    /// What may be done with its values.
    pub(crate) fn abilities(&self, id: TypeId) -> Abilities {
        self.entry(id).map_or(Abilities::NONE, |entry| entry.abilities)
    }

    /// Whether its values live on the heap.
    pub(crate) fn is_owning(&self, id: TypeId) -> bool {
        matches!(self.get(id), Ok(Type::Vector(_) | Type::Struct(..)))
    }

    /// How deep its values nest; 1 for an integer.
    pub(crate) fn value_depth(&self, id: TypeId) -> u32 {
        self.entry(id).map_or(u32::MAX, |entry| entry.value_depth)
    }

    /// How many nodes all of these types have.
    pub(crate) fn nodes(&self, ids: &[TypeId]) -> u32 {
        ids.iter().fold(0u32, |sum, id| {
            sum.saturating_add(self.entry(*id).map_or(u32::MAX, |entry| entry.nodes))
        })
    }

    /// The number of a type.
    pub(crate) fn intern(&mut self, type_: Type) -> Result<TypeId, Stop> {
        if let Some(id) = self.numbers.get(&type_) {
            return Ok(*id);
        }
        let entry = self.describe(type_)?;
        let id = u32::try_from(self.entries.len()).map_err(|_| Status::MemoryLimitExceeded)?;
        self.numbers.insert(entry.type_.clone(), TypeId(id));
        self.entries.push(entry);
        Ok(TypeId(id))
    }

    /// The type that a token says where these are the type arguments.
    pub(crate) fn instantiate(
        &mut self,
        module: &Module,
        token: &SignatureToken,
        arguments: &[TypeId],
    ) -> Result<TypeId, Stop> {
        let type_ = match token {
            SignatureToken::Bool => return Ok(TypeId::BOOL),
            SignatureToken::U8 => return Ok(TypeId::U8),
            SignatureToken::U16 => return Ok(TypeId::U16),
            SignatureToken::U32 => return Ok(TypeId::U32),
            SignatureToken::U64 => return Ok(TypeId::U64),
            SignatureToken::U128 => return Ok(TypeId::U128),
            SignatureToken::U256 => return Ok(TypeId::U256),
            SignatureToken::Address => return Ok(TypeId::ADDRESS),
            SignatureToken::Signer => return Ok(TypeId::SIGNER),
            SignatureToken::TypeParameter(index) => {
                return arguments
                    .get(usize::from(*index))
                    .copied()
                    .ok_or(Status::UnknownInvariantViolationError.into());
            }
            SignatureToken::Vector(element) => {
                Type::Vector(self.instantiate(module, element, arguments)?)
            }
            SignatureToken::Reference(inner) => {
                Type::Reference(self.instantiate(module, inner, arguments)?)
            }
            SignatureToken::MutableReference(inner) => {
                Type::MutableReference(self.instantiate(module, inner, arguments)?)
            }
            SignatureToken::Struct(handle) => {
                Type::Struct(module.struct_of_handle(*handle)?, Box::default())
            }
            SignatureToken::StructInstantiation(handle, inner) => {
                let id = module.struct_of_handle(*handle)?;
                Type::Struct(id, self.instantiate_all(module, inner, arguments)?)
            }
        };
        self.intern(type_)
    }

    /// The same for a list of tokens.
    pub(crate) fn instantiate_all(
        &mut self,
        module: &Module,
        tokens: &[SignatureToken],
        arguments: &[TypeId],
    ) -> Result<Box<[TypeId]>, Stop> {
        tokens.iter().map(|token| self.instantiate(module, token, arguments)).collect()
    }

    /// Adds a struct.
    pub(crate) fn add_struct(&mut self, info: StructInfo) -> Result<StructId, Stop> {
        let id = u32::try_from(self.structs.len()).map_err(|_| Status::MemoryLimitExceeded)?;
        self.structs.push(info);
        Ok(StructId(id))
    }

    /// A struct by its number.
    pub(crate) fn struct_info(&self, id: StructId) -> Result<&StructInfo, Stop> {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        self.structs.get(index).ok_or(Status::TypeResolutionFailure.into())
    }

    /// The fields of a struct, if [`Self::resolve_fields`] has seen it.
    pub(crate) fn fields(&self, id: TypeId) -> Result<&[TypeId], Stop> {
        self.entry(id)?.fields.as_deref().ok_or(Status::TypeResolutionFailure.into())
    }

    /// Finds the types of the fields of a struct.
    pub(crate) fn resolve_fields(&mut self, modules: &Modules, id: TypeId) -> Result<(), Stop> {
        let entry = self.entry(id)?;
        let Type::Struct(struct_, arguments) = &entry.type_ else {
            return Err(Status::InternalTypeError.into());
        };
        if entry.fields.is_some() {
            return Ok(());
        }
        let arguments = arguments.clone();
        let info = self.struct_info(*struct_)?;
        let module = modules.get(info.module)?;
        let definition = module.tables().struct_definition(info.definition)?;
        let fields: Box<[TypeId]> = match &definition.fields {
            StructFields::Native => return Err(Status::TypeResolutionFailure.into()),
            StructFields::Declared(fields) => fields
                .iter()
                .map(|field| self.instantiate(module, &field.type_, &arguments))
                .collect::<Result<_, _>>()?,
        };
        if let Some(entry) = self.entries.get_mut(id.index()) {
            entry.fields = Some(fields);
        }
        Ok(())
    }

    /// The type by its names, for storage keys and events.
    pub(crate) fn tag(&self, modules: &Modules, id: TypeId) -> Result<TypeTag, Stop> {
        Ok(match self.get(id)? {
            Type::Bool => TypeTag::Bool,
            Type::U8 => TypeTag::U8,
            Type::U16 => TypeTag::U16,
            Type::U32 => TypeTag::U32,
            Type::U64 => TypeTag::U64,
            Type::U128 => TypeTag::U128,
            Type::U256 => TypeTag::U256,
            Type::Address => TypeTag::Address,
            Type::Signer => TypeTag::Signer,
            Type::Vector(element) => TypeTag::Vector(Box::new(self.tag(modules, *element)?)),
            Type::Struct(..) => TypeTag::Struct(Box::new(self.struct_tag(modules, id)?)),
            Type::Reference(_) | Type::MutableReference(_) => {
                return Err(Status::UnknownInvariantViolationError.into());
            }
        })
    }

    /// A struct type by its names.
    pub(crate) fn struct_tag(&self, modules: &Modules, id: TypeId) -> Result<StructTag, Stop> {
        let Type::Struct(struct_, arguments) = self.get(id)? else {
            return Err(Status::InternalTypeError.into());
        };
        if self.nodes(&[id]) > LAYOUT_NODES_MAX {
            return Err(Status::TooManyTypeNodes.into());
        }
        let info = self.struct_info(*struct_)?;
        let module = modules.get(info.module)?.id().ok_or(Status::TypeResolutionFailure)?;
        Ok(StructTag {
            address: module.address,
            module: module.name.clone(),
            name: info.name.clone(),
            type_arguments: arguments
                .iter()
                .map(|argument| self.tag(modules, *argument))
                .collect::<Result<_, _>>()?,
        })
    }

    fn entry(&self, id: TypeId) -> Result<&Entry, Stop> {
        self.entries.get(id.index()).ok_or(Status::TypeResolutionFailure.into())
    }

    /// What follows from the parts of a type.
    fn describe(&self, type_: Type) -> Result<Entry, Stop> {
        let parts: &[TypeId] = match &type_ {
            Type::Vector(part) | Type::Reference(part) | Type::MutableReference(part) => {
                std::slice::from_ref(part)
            }
            Type::Struct(_, arguments) => arguments,
            _ => &[],
        };
        let below = parts.iter().map(|part| self.entry(*part).map_or(0, |entry| entry.depth)).max();
        let depth = below.unwrap_or(0).saturating_add(1);
        if depth > TYPE_DEPTH_MAX {
            return Err(Status::VmMaxTypeDepthReached.into());
        }
        let nodes = self.nodes(parts).saturating_add(1);
        let (abilities, value_depth) = match &type_ {
            Type::Signer => (Abilities::SIGNER, 1),
            Type::Reference(_) | Type::MutableReference(_) => (Abilities::REFERENCES, 1),
            Type::Vector(element) => (
                permitted(Abilities::VECTOR, [self.abilities(*element)]),
                self.value_depth(*element).saturating_add(1),
            ),
            Type::Struct(id, arguments) => {
                let info = self.struct_info(*id)?;
                if info.parameters.len() != arguments.len() {
                    return Err(Status::NumberOfTypeArgumentsMismatch.into());
                }
                let real = info.parameters.iter().zip(arguments).filter(|(one, _)| !one.is_phantom);
                let abilities = permitted(info.abilities, real.map(|(_, id)| self.abilities(*id)));
                (
                    abilities,
                    info.depth.of(|index| arguments.get(index).map(|id| self.value_depth(*id))),
                )
            }
            _ => (Abilities::PRIMITIVES, 1),
        };
        Ok(Entry { type_, nodes, depth, value_depth, abilities, fields: None, layout: None })
    }
}

/// What is left of declared abilities where the parts have these.
fn permitted(declared: Abilities, parts: impl IntoIterator<Item = Abilities>) -> Abilities {
    parts.into_iter().fold(declared, |left, part| {
        left.iter()
            .filter(|ability: &Ability| part.has(ability.required_of_parts()))
            .fold(Abilities::NONE, Abilities::with)
    })
}
