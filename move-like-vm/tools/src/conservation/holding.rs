//! Which types hold a struct, through fields, vectors and type arguments.

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::fault::Fault;
use move_like_vm::format::{Abilities, Ability, CompiledModule};

use super::declared;
use crate::naming::{self, MemberName, NamedType};

/// Whether values of a type hold values of a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holding {
    /// They cannot.
    Never,
    /// They do where a type parameter stands for it.
    Possible,
    /// They can whatever the type parameters stand for.
    Always,
}

struct Definition {
    abilities: Abilities,
    phantoms: Vec<bool>,
    fields: Vec<NamedType>,
}

/// The structs that some modules define.
pub(super) struct Structs(BTreeMap<MemberName, Definition>);

impl Structs {
    pub(super) fn of(modules: &[CompiledModule]) -> Result<Self, Fault> {
        let mut structs = BTreeMap::new();
        for module in modules {
            let tables = module.tables();
            for definition in &module.struct_definitions {
                let handle = tables.struct_handle(definition.handle)?;
                let fields = declared(&definition.fields).iter();
                let fields = fields.map(|field| naming::named_type(&tables, &field.type_));
                let phantoms = handle.type_parameters.iter().map(|parameter| parameter.is_phantom);
                structs.insert(
                    naming::structure(&tables, definition.handle)?,
                    Definition {
                        abilities: handle.abilities,
                        phantoms: phantoms.collect(),
                        fields: fields.collect::<Result<_, _>>()?,
                    },
                );
            }
        }
        Ok(Self(structs))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &MemberName> {
        self.0.keys()
    }

    pub(super) fn abilities(&self, name: &MemberName) -> Option<Abilities> {
        self.0.get(name).map(|definition| definition.abilities)
    }

    /// Whether a type, written in a function whose type parameters need `constraints`, holds a struct.
    pub(super) fn holding(
        &self,
        type_: &NamedType,
        wanted: &MemberName,
        abilities: Abilities,
        constraints: &[Abilities],
    ) -> Holding {
        let mut search = Search { structs: self, wanted, abilities, seen: BTreeSet::new() };
        search.type_(type_, Some(constraints))
    }

    fn is_phantom(&self, name: &MemberName, argument: usize) -> bool {
        let definition = self.0.get(name);
        definition.and_then(|known| known.phantoms.get(argument)).copied().unwrap_or(false)
    }
}

struct Search<'a> {
    structs: &'a Structs,
    wanted: &'a MemberName,
    abilities: Abilities,
    /// Structs whose fields were looked at.
    seen: BTreeSet<MemberName>,
}

impl Search<'_> {
    /// Type parameters are looked at only in the function's own types: those of fields are covered by
    /// the type arguments of their struct.
    fn type_(&mut self, type_: &NamedType, constraints: Option<&[Abilities]>) -> Holding {
        match type_ {
            NamedType::Plain(_) => Holding::Never,
            NamedType::Parameter(index) => {
                let needed = constraints.and_then(|all| all.get(usize::from(*index)));
                match needed {
                    // What is in storage has `store`, whether or not the function asks for it.
                    Some(needed)
                        if self.abilities.includes(*needed)
                            && self.abilities.has(Ability::Store) =>
                    {
                        Holding::Possible
                    }
                    _ => Holding::Never,
                }
            }
            NamedType::Vector(part) | NamedType::Reference(_, part) => {
                self.type_(part, constraints)
            }
            NamedType::Struct(name, _) if name == self.wanted => Holding::Always,
            NamedType::Struct(name, arguments) => {
                let mut found = Holding::Never;
                for (number, argument) in arguments.iter().enumerate() {
                    if !self.structs.is_phantom(name, number) {
                        found = found.max(self.type_(argument, constraints));
                    }
                }
                found.max(self.fields(name))
            }
        }
    }

    fn fields(&mut self, name: &MemberName) -> Holding {
        let structs = self.structs;
        let Some(definition) = structs.0.get(name) else { return Holding::Never };
        if !self.seen.insert(name.clone()) {
            return Holding::Never;
        }
        let mut found = Holding::Never;
        for field in &definition.fields {
            found = found.max(self.type_(field, None));
        }
        found
    }
}
