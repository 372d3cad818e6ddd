//! The tables of a module or script while they grow.

use std::collections::BTreeMap;

use move_like_vm::format::{
    Abilities, Address, AddressIdentifierIndex, Constant, ConstantIndex, FieldHandle,
    FieldHandleIndex, FieldInstantiation, FieldInstantiationIndex, FunctionHandle,
    FunctionHandleIndex, FunctionInstantiation, FunctionInstantiationIndex, IdentifierIndex,
    ModuleHandle, ModuleHandleIndex, Signature, SignatureIndex, SignatureToken,
    StructDefInstantiation, StructDefInstantiationIndex, StructDefinitionIndex, StructHandle,
    StructHandleIndex, StructTypeParameter,
};

use crate::program::{FunctionId, Integer, ModuleId, Program, StructId, Type};

/// Entries in the order in which they were first asked for, each once.
#[derive(Debug)]
pub(super) struct Pool<T> {
    entries: Vec<T>,
    index: BTreeMap<T, u16>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), index: BTreeMap::new() }
    }
}

impl<T: Ord + Clone> Pool<T> {
    /// The index of the entry; none where the table is full.
    fn add(&mut self, entry: T) -> Option<u16> {
        if let Some(index) = self.index.get(&entry) {
            return Some(*index);
        }
        let index = u16::try_from(self.entries.len()).ok()?;
        self.index.insert(entry.clone(), index);
        self.entries.push(entry);
        Some(index)
    }

    pub(super) fn into_entries(self) -> Vec<T> {
        self.entries
    }
}

pub(super) struct Tables<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    /// The definitions of this module.
    pub(super) own_structs: BTreeMap<StructId, u16>,
    pub(super) modules: Pool<ModuleHandle>,
    pub(super) structs: Pool<StructHandle>,
    pub(super) functions: Pool<FunctionHandle>,
    pub(super) fields: Pool<FieldHandle>,
    pub(super) struct_instances: Pool<StructDefInstantiation>,
    pub(super) function_instances: Pool<FunctionInstantiation>,
    pub(super) field_instances: Pool<FieldInstantiation>,
    pub(super) signatures: Pool<Signature>,
    pub(super) identifiers: Pool<String>,
    pub(super) addresses: Pool<Address>,
    pub(super) constants: Pool<Constant>,
    /// The modules that are named.
    pub(super) named: Vec<ModuleId>,
    /// Whether a table grew over its limit.
    pub(super) is_full: bool,
}

impl<'p, 'a> Tables<'p, 'a> {
    pub(super) fn new(program: &'p Program<'a>) -> Self {
        Self {
            program,
            own_structs: BTreeMap::new(),
            modules: Pool::default(),
            structs: Pool::default(),
            functions: Pool::default(),
            fields: Pool::default(),
            struct_instances: Pool::default(),
            function_instances: Pool::default(),
            field_instances: Pool::default(),
            signatures: Pool::default(),
            identifiers: Pool::default(),
            addresses: Pool::default(),
            constants: Pool::default(),
            named: Vec::new(),
            is_full: false,
        }
    }

    /// The index, or the note that the table is full.
    pub(super) fn index(&mut self, index: Option<u16>) -> u16 {
        self.is_full |= index.is_none();
        index.unwrap_or(0)
    }

    pub(super) fn identifier(&mut self, name: &str) -> IdentifierIndex {
        let index = self.identifiers.add(name.to_owned());
        IdentifierIndex(self.index(index))
    }

    pub(super) fn module_entry(&mut self, id: ModuleId) -> ModuleHandle {
        let program = self.program;
        let info = program.module(id);
        let address = self.addresses.add(info.address);
        let address = AddressIdentifierIndex(self.index(address));
        ModuleHandle { address, name: self.identifier(&info.name) }
    }

    pub(super) fn module(&mut self, id: ModuleId) -> ModuleHandleIndex {
        if !self.named.contains(&id) {
            self.named.push(id);
        }
        let entry = self.module_entry(id);
        let index = self.modules.add(entry);
        ModuleHandleIndex(self.index(index))
    }

    pub(super) fn structure(&mut self, id: StructId) -> StructHandleIndex {
        let program = self.program;
        let info = program.structure(id);
        let handle = StructHandle {
            module: self.module(info.module),
            name: self.identifier(&info.name),
            abilities: info.abilities,
            type_parameters: info
                .type_parameters
                .iter()
                .map(|parameter| StructTypeParameter {
                    constraints: parameter.constraints,
                    is_phantom: parameter.is_phantom,
                })
                .collect(),
        };
        let index = self.structs.add(handle);
        StructHandleIndex(self.index(index))
    }

    pub(super) fn token(&mut self, type_: &Type) -> SignatureToken {
        match type_ {
            Type::Bool => SignatureToken::Bool,
            Type::Integer(Integer::U8) => SignatureToken::U8,
            Type::Integer(Integer::U16) => SignatureToken::U16,
            Type::Integer(Integer::U32) => SignatureToken::U32,
            Type::Integer(Integer::U64) => SignatureToken::U64,
            Type::Integer(Integer::U128) => SignatureToken::U128,
            Type::Integer(Integer::U256) => SignatureToken::U256,
            Type::Address => SignatureToken::Address,
            Type::Signer => SignatureToken::Signer,
            Type::Vector(element) => SignatureToken::Vector(Box::new(self.token(element))),
            Type::Struct(id, types) if types.is_empty() => {
                SignatureToken::Struct(self.structure(*id))
            }
            Type::Struct(id, types) => {
                let handle = self.structure(*id);
                SignatureToken::StructInstantiation(handle, self.tokens(types))
            }
            Type::Reference(false, target) => {
                SignatureToken::Reference(Box::new(self.token(target)))
            }
            Type::Reference(true, target) => {
                SignatureToken::MutableReference(Box::new(self.token(target)))
            }
            Type::Parameter(index) => SignatureToken::TypeParameter(*index),
            // typing leaves none of these in what is emitted
            Type::Tuple(_) | Type::Unknown(_) | Type::Error => {
                self.is_full = true;
                SignatureToken::Bool
            }
        }
    }

    fn tokens(&mut self, types: &[Type]) -> Vec<SignatureToken> {
        types.iter().map(|type_| self.token(type_)).collect()
    }

    pub(super) fn signature(&mut self, types: &[Type]) -> SignatureIndex {
        let signature = Signature(self.tokens(types));
        let index = self.signatures.add(signature);
        SignatureIndex(self.index(index))
    }

    pub(super) fn function(&mut self, id: FunctionId) -> FunctionHandleIndex {
        let program = self.program;
        let info = program.function(id);
        let parameters: Vec<Type> =
            info.parameters.iter().map(|parameter| parameter.type_.clone()).collect();
        let constraints: Vec<Abilities> =
            info.type_parameters.iter().map(|parameter| parameter.constraints).collect();
        let handle = FunctionHandle {
            module: self.module(info.module),
            name: self.identifier(&info.name),
            parameters: self.signature(&parameters),
            returns: self.signature(&info.returns),
            type_parameters: constraints,
        };
        let index = self.functions.add(handle);
        FunctionHandleIndex(self.index(index))
    }

    pub(super) fn function_instance(
        &mut self,
        id: FunctionId,
        types: &[Type],
    ) -> FunctionInstantiationIndex {
        let handle = self.function(id);
        let type_arguments = self.signature(types);
        let index = self.function_instances.add(FunctionInstantiation { handle, type_arguments });
        FunctionInstantiationIndex(self.index(index))
    }

    pub(super) fn definition(&mut self, id: StructId) -> StructDefinitionIndex {
        let index = self.own_structs.get(&id).copied();
        StructDefinitionIndex(self.index(index))
    }

    pub(super) fn struct_instance(
        &mut self,
        id: StructId,
        types: &[Type],
    ) -> StructDefInstantiationIndex {
        let definition = self.definition(id);
        let type_arguments = self.signature(types);
        let entry = StructDefInstantiation { definition, type_arguments };
        let index = self.struct_instances.add(entry);
        StructDefInstantiationIndex(self.index(index))
    }

    pub(super) fn field(&mut self, id: StructId, field: usize) -> FieldHandleIndex {
        let owner = self.definition(id);
        let field = u16::try_from(field).ok();
        let field = self.index(field);
        let index = self.fields.add(FieldHandle { owner, field });
        FieldHandleIndex(self.index(index))
    }

    pub(super) fn field_instance(
        &mut self,
        id: StructId,
        field: usize,
        types: &[Type],
    ) -> FieldInstantiationIndex {
        let handle = self.field(id, field);
        let type_arguments = self.signature(types);
        let index = self.field_instances.add(FieldInstantiation { handle, type_arguments });
        FieldInstantiationIndex(self.index(index))
    }

    pub(super) fn constant(&mut self, type_: &Type, data: &[u8]) -> ConstantIndex {
        let type_ = self.token(type_);
        let index = self.constants.add(Constant { type_, data: data.to_vec() });
        ConstantIndex(self.index(index))
    }
}
