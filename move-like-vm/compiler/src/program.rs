//! What is declared: modules, structs, functions, constants, and their types.
//!
//! # Place      names, imports -> [program] <- typing, lowering, code generation
//! # Invariants an id is the position of its declaration and never changes
//! # Absent     bodies: they stay in the tree of the source

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::format::{Abilities, Address, Visibility};

use crate::ast;
use crate::source::Span;

macro_rules! ids {
    ($($name:ident,)*) => {
        $(
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
            pub(crate) struct $name(pub(crate) usize);
        )*
    };
}

ids! { ModuleId, StructId, FunctionId, ConstantId, }

/// The address of the module `vector`, whose natives are instructions.
pub(crate) const STANDARD: Address = {
    let mut address = [0; 32];
    address[31] = 1;
    address
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Integer {
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
}

impl Integer {
    pub(crate) const ALL: [Self; 6] =
        [Self::U8, Self::U16, Self::U32, Self::U64, Self::U128, Self::U256];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::U256 => "u256",
        }
    }

    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
            Self::U64 => 8,
            Self::U128 => 16,
            Self::U256 => 32,
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|integer| integer.name() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    Bool,
    Integer(Integer),
    Address,
    Signer,
    Vector(Box<Type>),
    Struct(StructId, Vec<Type>),
    Reference(bool, Box<Type>),
    Parameter(u16),
    /// No value, or several; never one.
    Tuple(Vec<Type>),
    /// A variable of inference.
    Unknown(usize),
    /// What was reported already.
    Error,
}

impl Type {
    pub(crate) const UNIT: Self = Self::Tuple(Vec::new());
    pub(crate) const U64: Self = Self::Integer(Integer::U64);

    pub(crate) fn vector(element: Self) -> Self {
        Self::Vector(Box::new(element))
    }

    pub(crate) fn reference(mutable: bool, target: Self) -> Self {
        Self::Reference(mutable, Box::new(target))
    }

    pub(crate) const fn is_reference(&self) -> bool {
        matches!(self, Self::Reference(_, _))
    }

    /// No value, one, or several as one type.
    pub(crate) fn of_values(mut values: Vec<Self>) -> Self {
        match (values.len(), values.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                values.extend(last);
                Self::Tuple(values)
            }
        }
    }

    /// The types of the values that it stands for.
    pub(crate) fn values(&self) -> Vec<Self> {
        match self {
            Self::Tuple(values) => values.clone(),
            one => vec![one.clone()],
        }
    }

    /// The type with arguments in place of parameters.
    pub(crate) fn instantiate(&self, arguments: &[Self]) -> Self {
        let all = |types: &[Self]| types.iter().map(|type_| type_.instantiate(arguments)).collect();
        match self {
            Self::Parameter(index) => {
                arguments.get(usize::from(*index)).cloned().unwrap_or(Self::Error)
            }
            Self::Vector(element) => Self::vector(element.instantiate(arguments)),
            Self::Struct(id, types) => Self::Struct(*id, all(types)),
            Self::Reference(mutable, target) => {
                Self::reference(*mutable, target.instantiate(arguments))
            }
            Self::Tuple(types) => Self::Tuple(all(types)),
            plain => plain.clone(),
        }
    }

    /// How many types it is written with.
    pub(crate) fn nodes(&self) -> usize {
        let all = |types: &[Self]| {
            types.iter().fold(0_usize, |sum, type_| sum.saturating_add(type_.nodes()))
        };
        let parts = match self {
            Self::Vector(inner) | Self::Reference(_, inner) => inner.nodes(),
            Self::Struct(_, types) | Self::Tuple(types) => all(types),
            _ => 0,
        };
        parts.saturating_add(1)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct TypeParameter {
    pub(crate) name: String,
    pub(crate) constraints: Abilities,
    pub(crate) is_phantom: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct StructInfo {
    pub(crate) module: ModuleId,
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) abilities: Abilities,
    pub(crate) type_parameters: Vec<TypeParameter>,
    /// None if it is native.
    pub(crate) fields: Option<Vec<(String, Type)>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) type_: Type,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FunctionInfo<'a> {
    pub(crate) module: ModuleId,
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) visibility: Visibility,
    pub(crate) is_entry: bool,
    pub(crate) is_native: bool,
    pub(crate) type_parameters: Vec<TypeParameter>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) returns: Vec<Type>,
    pub(crate) acquires: Vec<(StructId, Span)>,
    pub(crate) source: Option<&'a ast::Function>,
}

#[derive(Clone, Debug)]
pub(crate) struct ConstantInfo<'a> {
    pub(crate) type_: Type,
    pub(crate) source: &'a ast::Constant,
    /// The value in BCS, once it is known.
    pub(crate) value: Option<Vec<u8>>,
}

/// What names mean in a module or block, beyond its own members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aliases {
    pub(crate) modules: BTreeMap<String, ModuleId>,
    pub(crate) members: BTreeMap<String, (ModuleId, String)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ModuleInfo<'a> {
    pub(crate) address: Address,
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) is_script: bool,
    /// Whether code is asked for.
    pub(crate) is_emitted: bool,
    pub(crate) members: Vec<&'a ast::Member>,
    pub(crate) aliases: Aliases,
    pub(crate) structs: BTreeMap<String, StructId>,
    pub(crate) functions: BTreeMap<String, FunctionId>,
    pub(crate) constants: BTreeMap<String, ConstantId>,
    pub(crate) inline_functions: BTreeMap<String, &'a ast::Function>,
    pub(crate) friends: Vec<(ModuleId, Span)>,
    /// Friends of a compiled module, by name.
    pub(crate) friend_names: BTreeSet<(Address, String)>,
}

/// Everything that is declared in the sources and their dependencies.
#[derive(Debug, Default)]
pub(crate) struct Program<'a> {
    pub(crate) modules: Vec<ModuleInfo<'a>>,
    pub(crate) structs: Vec<StructInfo>,
    pub(crate) functions: Vec<FunctionInfo<'a>>,
    pub(crate) constants: Vec<ConstantInfo<'a>>,
    pub(crate) by_name: BTreeMap<(Address, String), ModuleId>,
    // what an id that is not ours stands for
    no_module: ModuleInfo<'a>,
    no_struct: StructInfo,
    no_function: FunctionInfo<'a>,
}

/// The natives of `vector` that are instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VectorOperation {
    Empty,
    Length,
    Borrow,
    BorrowMut,
    PushBack,
    PopBack,
    DestroyEmpty,
    Swap,
}

impl<'a> Program<'a> {
    pub(crate) fn module(&self, id: ModuleId) -> &ModuleInfo<'a> {
        self.modules.get(id.0).unwrap_or(&self.no_module)
    }

    pub(crate) fn structure(&self, id: StructId) -> &StructInfo {
        self.structs.get(id.0).unwrap_or(&self.no_struct)
    }

    pub(crate) fn function(&self, id: FunctionId) -> &FunctionInfo<'a> {
        self.functions.get(id.0).unwrap_or(&self.no_function)
    }

    pub(crate) fn constant(&self, id: ConstantId) -> Option<&ConstantInfo<'a>> {
        self.constants.get(id.0)
    }

    /// The instruction that a function of `0x1::vector` is.
    pub(crate) fn vector_operation(&self, id: FunctionId) -> Option<VectorOperation> {
        let function = self.function(id);
        let module = self.module(function.module);
        if !function.is_native || module.address != STANDARD || module.name != "vector" {
            return None;
        }
        Some(match function.name.as_str() {
            "empty" => VectorOperation::Empty,
            "length" => VectorOperation::Length,
            "borrow" => VectorOperation::Borrow,
            "borrow_mut" => VectorOperation::BorrowMut,
            "push_back" => VectorOperation::PushBack,
            "pop_back" => VectorOperation::PopBack,
            "destroy_empty" => VectorOperation::DestroyEmpty,
            "swap" => VectorOperation::Swap,
            _ => return None,
        })
    }

    /// What may be done with values of a type; `parameters` are those of the function or struct.
    ///
    /// None where the type is not known well enough to say.
    pub(crate) fn abilities(
        &self,
        type_: &Type,
        parameters: &[TypeParameter],
    ) -> Option<Abilities> {
        Some(match type_ {
            Type::Bool | Type::Integer(_) | Type::Address => Abilities::PRIMITIVES,
            Type::Signer => Abilities::SIGNER,
            Type::Reference(_, _) => Abilities::REFERENCES,
            Type::Parameter(index) => parameters.get(usize::from(*index))?.constraints,
            Type::Vector(element) => part(Abilities::VECTOR, self.abilities(element, parameters)?),
            Type::Struct(id, arguments) => {
                let info = self.structure(*id);
                let mut left = info.abilities;
                for (parameter, argument) in info.type_parameters.iter().zip(arguments) {
                    if !parameter.is_phantom {
                        left = part(left, self.abilities(argument, parameters)?);
                    }
                }
                left
            }
            Type::Tuple(values) => {
                let mut left = Abilities::ALL;
                for value in values {
                    left = left.intersection(self.abilities(value, parameters)?);
                }
                left
            }
            Type::Unknown(_) | Type::Error => return None,
        })
    }

    /// A type as people write it.
    pub(crate) fn shown(&self, type_: &Type, parameters: &[TypeParameter]) -> String {
        let list = |types: &[Type]| {
            let shown: Vec<String> =
                types.iter().map(|type_| self.shown(type_, parameters)).collect();
            shown.join(", ")
        };
        match type_ {
            Type::Bool => "bool".to_owned(),
            Type::Integer(integer) => integer.name().to_owned(),
            Type::Address => "address".to_owned(),
            Type::Signer => "signer".to_owned(),
            Type::Vector(element) => format!("vector<{}>", self.shown(element, parameters)),
            Type::Struct(id, types) if types.is_empty() => self.structure(*id).name.clone(),
            Type::Struct(id, types) => format!("{}<{}>", self.structure(*id).name, list(types)),
            Type::Reference(true, target) => format!("&mut {}", self.shown(target, parameters)),
            Type::Reference(false, target) => format!("&{}", self.shown(target, parameters)),
            Type::Parameter(index) => parameters
                .get(usize::from(*index))
                .map_or_else(|| "_".to_owned(), |parameter| parameter.name.clone()),
            Type::Tuple(types) => format!("({})", list(types)),
            Type::Unknown(_) | Type::Error => "_".to_owned(),
        }
    }
}

/// The abilities that a whole keeps, given those of a part.
fn part(whole: Abilities, part: Abilities) -> Abilities {
    whole
        .iter()
        .filter(|ability| part.has(ability.required_of_parts()))
        .fold(Abilities::NONE, Abilities::with)
}

/// The names of abilities, for messages.
pub(crate) fn ability_names(abilities: Abilities) -> String {
    use move_like_vm::format::Ability;
    let names: Vec<&str> = abilities
        .iter()
        .map(|ability| match ability {
            Ability::Copy => "copy",
            Ability::Drop => "drop",
            Ability::Store => "store",
            Ability::Key => "key",
        })
        .collect();
    names.join(" + ")
}
