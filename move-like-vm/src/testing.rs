//! Modules and scripts made by hand, table by table, for tests.
//!
//! # Place      format <- [testing] <- tests of every part of the crate
//! # Invariants entries that tables hold once (names, addresses, modules, signatures) are made once;
//! #            nothing else is checked: tests need modules that are wrong
//! # Absent     reading text: the assembler does that

use crate::format::{
    Abilities, Address, AddressIdentifierIndex, CodeUnit, CompiledModule, CompiledScript, Constant,
    ConstantIndex, FieldDefinition, FieldHandle, FieldHandleIndex, FieldInstantiation,
    FieldInstantiationIndex, FunctionDefinition, FunctionDefinitionIndex, FunctionHandle,
    FunctionHandleIndex, FunctionInstantiation, FunctionInstantiationIndex, IdentifierIndex,
    Instruction, MemberCount, ModuleHandle, ModuleHandleIndex, Signature, SignatureIndex,
    SignatureToken, StructDefInstantiation, StructDefInstantiationIndex, StructDefinition,
    StructDefinitionIndex, StructFields, StructHandle, StructHandleIndex, StructTypeParameter,
    Visibility,
};

/// The version of the format that is made.
pub const VERSION: u32 = 6;

/// An address of 32 bytes that ends with the given one.
pub fn address(last: u8) -> Address {
    let mut bytes = [0; 32];
    if let Some(byte) = bytes.last_mut() {
        *byte = last;
    }
    bytes
}

/// A type parameter of a struct.
pub const fn parameter(constraints: Abilities) -> StructTypeParameter {
    StructTypeParameter { constraints, is_phantom: false }
}

/// A phantom type parameter of a struct.
pub const fn phantom(constraints: Abilities) -> StructTypeParameter {
    StructTypeParameter { constraints, is_phantom: true }
}

/// `vector<T>`
pub fn vector(element: SignatureToken) -> SignatureToken {
    SignatureToken::Vector(Box::new(element))
}

/// `&T`
pub fn reference(to: SignatureToken) -> SignatureToken {
    SignatureToken::Reference(Box::new(to))
}

/// `&mut T`
pub fn mutable(to: SignatureToken) -> SignatureToken {
    SignatureToken::MutableReference(Box::new(to))
}

/// A struct with type arguments.
pub fn instance(of: StructHandleIndex, arguments: &[SignatureToken]) -> SignatureToken {
    SignatureToken::StructInstantiation(of, arguments.to_vec())
}

/// Makes a module or a script.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    module: CompiledModule,
}

/// The index of an entry that a table holds once.
fn once<T: PartialEq>(table: &mut Vec<T>, entry: T) -> u16 {
    match table.iter().position(|held| *held == entry) {
        Some(at) => u16::try_from(at).unwrap_or(u16::MAX),
        None => push(table, entry),
    }
}

/// The index of a new entry.
fn push<T>(table: &mut Vec<T>, entry: T) -> u16 {
    let index = u16::try_from(table.len()).unwrap_or(u16::MAX);
    table.push(entry);
    index
}

impl Builder {
    /// A module at an address that ends with the given byte. Its own handle is the first one.
    pub fn module(at: u8, name: &str) -> Self {
        let mut builder = Self::script();
        builder.module.self_module_handle = builder.import(at, name);
        builder
    }

    /// A script: nothing is named yet.
    pub fn script() -> Self {
        Self { module: CompiledModule { version: VERSION, ..CompiledModule::default() } }
    }

    /// The module.
    pub fn build(self) -> CompiledModule {
        self.module
    }

    /// The tables as a script with one function.
    pub fn build_script(
        mut self,
        type_parameters: &[Abilities],
        parameters: &[SignatureToken],
        code: &[Instruction],
    ) -> CompiledScript {
        let parameters = self.signature(parameters);
        let locals = self.signature(&[]);
        let module = self.module;
        CompiledScript {
            version: module.version,
            module_handles: module.module_handles,
            struct_handles: module.struct_handles,
            function_handles: module.function_handles,
            function_instantiations: module.function_instantiations,
            signatures: module.signatures,
            identifiers: module.identifiers,
            addresses: module.addresses,
            constants: module.constants,
            metadata: module.metadata,
            type_parameters: type_parameters.to_vec(),
            parameters,
            code: CodeUnit { locals, code: code.to_vec() },
        }
    }

    /// The module's own handle.
    pub fn own(&self) -> ModuleHandleIndex {
        self.module.self_module_handle
    }

    /// A name.
    pub fn identifier(&mut self, name: &str) -> IdentifierIndex {
        IdentifierIndex(once(&mut self.module.identifiers, name.to_owned()))
    }

    fn module_handle(&mut self, at: u8, name: &str) -> ModuleHandle {
        let at = once(&mut self.module.addresses, address(at));
        ModuleHandle { address: AddressIdentifierIndex(at), name: self.identifier(name) }
    }

    /// A module that is named.
    pub fn import(&mut self, at: u8, name: &str) -> ModuleHandleIndex {
        let handle = self.module_handle(at, name);
        ModuleHandleIndex(once(&mut self.module.module_handles, handle))
    }

    /// A friend.
    pub fn friend(&mut self, at: u8, name: &str) {
        let handle = self.module_handle(at, name);
        self.module.friend_declarations.push(handle);
    }

    /// A list of types.
    pub fn signature(&mut self, types: &[SignatureToken]) -> SignatureIndex {
        SignatureIndex(once(&mut self.module.signatures, Signature(types.to_vec())))
    }

    /// A constant, with its value in BCS.
    pub fn constant(&mut self, type_: SignatureToken, data: &[u8]) -> ConstantIndex {
        ConstantIndex(push(&mut self.module.constants, Constant { type_, data: data.to_vec() }))
    }

    /// A struct that is named.
    pub fn struct_handle(
        &mut self,
        module: ModuleHandleIndex,
        name: &str,
        abilities: Abilities,
        type_parameters: &[StructTypeParameter],
    ) -> StructHandleIndex {
        let name = self.identifier(name);
        let type_parameters = type_parameters.to_vec();
        let handle = StructHandle { module, name, abilities, type_parameters };
        StructHandleIndex(push(&mut self.module.struct_handles, handle))
    }

    /// The fields of a struct that was named before.
    pub fn define(
        &mut self,
        handle: StructHandleIndex,
        fields: &[(&str, SignatureToken)],
    ) -> StructDefinitionIndex {
        let fields = fields
            .iter()
            .map(|(name, type_)| FieldDefinition {
                name: self.identifier(name),
                type_: type_.clone(),
            })
            .collect();
        self.push_struct(handle, StructFields::Declared(fields))
    }

    /// A struct that the machine knows.
    pub fn native_struct(&mut self, handle: StructHandleIndex) -> StructDefinitionIndex {
        self.push_struct(handle, StructFields::Native)
    }

    fn push_struct(
        &mut self,
        handle: StructHandleIndex,
        fields: StructFields,
    ) -> StructDefinitionIndex {
        let definition = StructDefinition { handle, fields };
        StructDefinitionIndex(push(&mut self.module.struct_definitions, definition))
    }

    /// A struct of this module: named and defined.
    pub fn structure(
        &mut self,
        name: &str,
        abilities: Abilities,
        type_parameters: &[StructTypeParameter],
        fields: &[(&str, SignatureToken)],
    ) -> (StructHandleIndex, StructDefinitionIndex) {
        let handle = self.struct_handle(self.own(), name, abilities, type_parameters);
        (handle, self.define(handle, fields))
    }

    /// A function that is named.
    pub fn function_handle(
        &mut self,
        module: ModuleHandleIndex,
        name: &str,
        type_parameters: &[Abilities],
        parameters: &[SignatureToken],
        returns: &[SignatureToken],
    ) -> FunctionHandleIndex {
        let handle = FunctionHandle {
            module,
            name: self.identifier(name),
            parameters: self.signature(parameters),
            returns: self.signature(returns),
            type_parameters: type_parameters.to_vec(),
        };
        FunctionHandleIndex(push(&mut self.module.function_handles, handle))
    }

    /// The code of a function that was named before.
    pub fn code(
        &mut self,
        handle: FunctionHandleIndex,
        visibility: Visibility,
        locals: &[SignatureToken],
        code: &[Instruction],
    ) -> FunctionDefinitionIndex {
        let code = CodeUnit { locals: self.signature(locals), code: code.to_vec() };
        self.push_function(handle, visibility, Some(code))
    }

    /// A function that the machine has.
    pub fn native_function(
        &mut self,
        handle: FunctionHandleIndex,
        visibility: Visibility,
    ) -> FunctionDefinitionIndex {
        self.push_function(handle, visibility, None)
    }

    fn push_function(
        &mut self,
        handle: FunctionHandleIndex,
        visibility: Visibility,
        code: Option<CodeUnit>,
    ) -> FunctionDefinitionIndex {
        let definition =
            FunctionDefinition { handle, visibility, is_entry: false, acquires: Vec::new(), code };
        FunctionDefinitionIndex(push(&mut self.module.function_definitions, definition))
    }

    /// A function of this module without type parameters, parameters or results: named and defined.
    pub fn function(
        &mut self,
        name: &str,
        visibility: Visibility,
        code: &[Instruction],
    ) -> FunctionHandleIndex {
        let handle = self.function_handle(self.own(), name, &[], &[], &[]);
        self.code(handle, visibility, &[], code);
        handle
    }

    /// The function that was defined last: a transaction may call it.
    pub fn make_entry(&mut self) {
        if let Some(function) = self.module.function_definitions.last_mut() {
            function.is_entry = true;
        }
    }

    /// The function that was defined last: what it takes from storage.
    pub fn acquire(&mut self, from: StructDefinitionIndex) {
        if let Some(function) = self.module.function_definitions.last_mut() {
            function.acquires.push(from);
        }
    }

    /// A field of a struct of this module.
    pub fn field(&mut self, owner: StructDefinitionIndex, field: MemberCount) -> FieldHandleIndex {
        FieldHandleIndex(once(&mut self.module.field_handles, FieldHandle { owner, field }))
    }

    /// A struct of this module with type arguments.
    pub fn struct_instance(
        &mut self,
        definition: StructDefinitionIndex,
        arguments: &[SignatureToken],
    ) -> StructDefInstantiationIndex {
        let type_arguments = self.signature(arguments);
        let entry = StructDefInstantiation { definition, type_arguments };
        StructDefInstantiationIndex(once(&mut self.module.struct_instantiations, entry))
    }

    /// A function with type arguments.
    pub fn function_instance(
        &mut self,
        handle: FunctionHandleIndex,
        arguments: &[SignatureToken],
    ) -> FunctionInstantiationIndex {
        let type_arguments = self.signature(arguments);
        let entry = FunctionInstantiation { handle, type_arguments };
        FunctionInstantiationIndex(once(&mut self.module.function_instantiations, entry))
    }

    /// A field of a struct with type arguments.
    pub fn field_instance(
        &mut self,
        handle: FieldHandleIndex,
        arguments: &[SignatureToken],
    ) -> FieldInstantiationIndex {
        let type_arguments = self.signature(arguments);
        let entry = FieldInstantiation { handle, type_arguments };
        FieldInstantiationIndex(once(&mut self.module.field_instantiations, entry))
    }
}
