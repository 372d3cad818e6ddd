//! What a module and a script have in common, for readers that need not know which they read.

use super::{
    Abilities, Address, AddressIdentifierIndex, CodeUnit, CompiledModule, CompiledScript, Constant,
    ConstantIndex, FieldDefinition, FieldHandle, FieldHandleIndex, FieldInstantiation,
    FieldInstantiationIndex, FunctionDefinition, FunctionDefinitionIndex, FunctionHandle,
    FunctionHandleIndex, FunctionInstantiation, FunctionInstantiationIndex, IdentifierIndex,
    ModuleHandle, ModuleHandleIndex, Signature, SignatureIndex, SignatureToken,
    StructDefInstantiation, StructDefInstantiationIndex, StructDefinition, StructDefinitionIndex,
    StructFields, StructHandle, StructHandleIndex,
};
use crate::fault::Fault;
use crate::status::Status;

/// The tables of a module or script. A script has no definitions, fields or friends.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// Which of the module handles is the module itself; `None` in a script.
    pub self_module_handle: Option<ModuleHandleIndex>,
    /// Modules that are named.
    pub module_handles: &'a [ModuleHandle],
    /// Structs that are named.
    pub struct_handles: &'a [StructHandle],
    /// Functions that are named.
    pub function_handles: &'a [FunctionHandle],
    /// Fields of structs defined here.
    pub field_handles: &'a [FieldHandle],
    /// Friends.
    pub friend_declarations: &'a [ModuleHandle],
    /// Structs defined here, with type arguments.
    pub struct_instantiations: &'a [StructDefInstantiation],
    /// Functions with type arguments.
    pub function_instantiations: &'a [FunctionInstantiation],
    /// Fields of structs with type arguments.
    pub field_instantiations: &'a [FieldInstantiation],
    /// Lists of types.
    pub signatures: &'a [Signature],
    /// Names.
    pub identifiers: &'a [String],
    /// Addresses.
    pub addresses: &'a [Address],
    /// Constants.
    pub constants: &'a [Constant],
    /// Structs defined here.
    pub struct_definitions: &'a [StructDefinition],
    /// Functions defined here.
    pub function_definitions: &'a [FunctionDefinition],
}

impl CompiledModule {
    /// Its tables.
    pub fn tables(&self) -> Tables<'_> {
        Tables {
            self_module_handle: Some(self.self_module_handle),
            module_handles: &self.module_handles,
            struct_handles: &self.struct_handles,
            function_handles: &self.function_handles,
            field_handles: &self.field_handles,
            friend_declarations: &self.friend_declarations,
            struct_instantiations: &self.struct_instantiations,
            function_instantiations: &self.function_instantiations,
            field_instantiations: &self.field_instantiations,
            signatures: &self.signatures,
            identifiers: &self.identifiers,
            addresses: &self.addresses,
            constants: &self.constants,
            struct_definitions: &self.struct_definitions,
            function_definitions: &self.function_definitions,
        }
    }
}

impl CompiledScript {
    /// Its tables.
    pub fn tables(&self) -> Tables<'_> {
        Tables {
            self_module_handle: None,
            module_handles: &self.module_handles,
            struct_handles: &self.struct_handles,
            function_handles: &self.function_handles,
            field_handles: &[],
            friend_declarations: &[],
            struct_instantiations: &[],
            function_instantiations: &self.function_instantiations,
            field_instantiations: &[],
            signatures: &self.signatures,
            identifiers: &self.identifiers,
            addresses: &self.addresses,
            constants: &self.constants,
            struct_definitions: &[],
            function_definitions: &[],
        }
    }
}

fn entry<T>(table: &[T], index: usize) -> Result<&T, Fault> {
    table.get(index).ok_or(Fault::new(Status::IndexOutOfBounds))
}

macro_rules! entries {
    ($($(#[$attribute:meta])* $name:ident($index:ident) -> $table:ident: $entry:ty;)*) => {
        /// Entries by index. Each refuses an index outside its table with `INDEX_OUT_OF_BOUNDS`.
        impl<'a> Tables<'a> {
            $(
                $(#[$attribute])*
                pub fn $name(&self, index: $index) -> Result<&'a $entry, Fault> {
                    entry(self.$table, index.get())
                }
            )*
        }
    };
}

entries! {
    /// A module that is named.
    module_handle(ModuleHandleIndex) -> module_handles: ModuleHandle;
    /// A struct that is named.
    struct_handle(StructHandleIndex) -> struct_handles: StructHandle;
    /// A function that is named.
    function_handle(FunctionHandleIndex) -> function_handles: FunctionHandle;
    /// A field.
    field_handle(FieldHandleIndex) -> field_handles: FieldHandle;
    /// A struct with type arguments.
    struct_instantiation(StructDefInstantiationIndex) -> struct_instantiations: StructDefInstantiation;
    /// A function with type arguments.
    function_instantiation(FunctionInstantiationIndex) -> function_instantiations: FunctionInstantiation;
    /// A field with type arguments.
    field_instantiation(FieldInstantiationIndex) -> field_instantiations: FieldInstantiation;
    /// A list of types.
    signature(SignatureIndex) -> signatures: Signature;
    /// A name.
    identifier(IdentifierIndex) -> identifiers: String;
    /// An address.
    address(AddressIdentifierIndex) -> addresses: Address;
    /// A constant.
    constant(ConstantIndex) -> constants: Constant;
    /// A struct defined here.
    struct_definition(StructDefinitionIndex) -> struct_definitions: StructDefinition;
    /// A function defined here.
    function_definition(FunctionDefinitionIndex) -> function_definitions: FunctionDefinition;
}

impl<'a> Tables<'a> {
    /// The fields that a struct declares; none for a native struct.
    pub fn fields(
        &self,
        index: StructDefinitionIndex,
    ) -> Result<Option<&'a [FieldDefinition]>, Fault> {
        Ok(match &self.struct_definition(index)?.fields {
            StructFields::Native => None,
            StructFields::Declared(fields) => Some(fields),
        })
    }

    /// What may be done with values of a type, where `parameters` says it of the type parameters.
    ///
    /// An instance of a struct has an ability if the struct declares it and every argument that is not
    /// phantom has what that ability asks of parts.
    pub fn abilities(
        &self,
        type_: &SignatureToken,
        parameters: &[Abilities],
    ) -> Result<Abilities, Fault> {
        Ok(match type_ {
            SignatureToken::Bool
            | SignatureToken::U8
            | SignatureToken::U16
            | SignatureToken::U32
            | SignatureToken::U64
            | SignatureToken::U128
            | SignatureToken::U256
            | SignatureToken::Address => Abilities::PRIMITIVES,
            SignatureToken::Signer => Abilities::SIGNER,
            SignatureToken::Reference(_) | SignatureToken::MutableReference(_) => {
                Abilities::REFERENCES
            }
            SignatureToken::TypeParameter(index) => *entry(parameters, usize::from(*index))?,
            SignatureToken::Vector(element) => {
                let element = self.abilities(element, parameters)?;
                instance(Abilities::VECTOR, [(false, element)])
            }
            SignatureToken::Struct(index) => self.struct_handle(*index)?.abilities,
            SignatureToken::StructInstantiation(index, arguments) => {
                let handle = self.struct_handle(*index)?;
                if handle.type_parameters.len() != arguments.len() {
                    return Err(Fault::new(Status::NumberOfTypeArgumentsMismatch));
                }
                let phantoms = handle.type_parameters.iter().map(|parameter| parameter.is_phantom);
                let arguments: Vec<Abilities> = arguments
                    .iter()
                    .map(|argument| self.abilities(argument, parameters))
                    .collect::<Result<_, _>>()?;
                instance(handle.abilities, phantoms.zip(arguments))
            }
        })
    }
}

/// What is left of declared abilities when the arguments are known: (phantom, its abilities) each.
fn instance(
    declared: Abilities,
    arguments: impl IntoIterator<Item = (bool, Abilities)>,
) -> Abilities {
    arguments.into_iter().filter(|(phantom, _)| !phantom).fold(declared, |left, (_, argument)| {
        left.iter()
            .filter(|ability| argument.has(ability.required_of_parts()))
            .fold(Abilities::NONE, Abilities::with)
    })
}

/// The code of a function and what surrounds it, be it of a module or of a script.
#[derive(Clone, Copy, Debug)]
pub struct FunctionView<'a> {
    /// The definition it is; `None` in a script.
    pub definition: Option<FunctionDefinitionIndex>,
    /// What every type argument must have.
    pub type_parameters: &'a [Abilities],
    /// The types of the parameters.
    pub parameters: &'a Signature,
    /// The types of the results.
    pub returns: &'a Signature,
    /// The types of the locals behind the parameters.
    pub locals: &'a Signature,
    /// Structs of this module that it takes from storage.
    pub acquires: &'a [StructDefinitionIndex],
    /// The instructions.
    pub code: &'a CodeUnit,
}

static EMPTY: Signature = Signature(Vec::new());

impl CompiledModule {
    /// A function with its code; `None` for a native one.
    pub fn function_view(
        &self,
        index: FunctionDefinitionIndex,
    ) -> Result<Option<FunctionView<'_>>, Fault> {
        let tables = self.tables();
        let definition = tables.function_definition(index)?;
        let Some(code) = &definition.code else { return Ok(None) };
        let handle = tables.function_handle(definition.handle)?;
        Ok(Some(FunctionView {
            definition: Some(index),
            type_parameters: &handle.type_parameters,
            parameters: tables.signature(handle.parameters)?,
            returns: tables.signature(handle.returns)?,
            locals: tables.signature(code.locals)?,
            acquires: &definition.acquires,
            code,
        }))
    }
}

impl CompiledScript {
    /// Its one function.
    pub fn function_view(&self) -> Result<FunctionView<'_>, Fault> {
        let tables = self.tables();
        Ok(FunctionView {
            definition: None,
            type_parameters: &self.type_parameters,
            parameters: tables.signature(self.parameters)?,
            returns: &EMPTY,
            locals: tables.signature(self.code.locals)?,
            acquires: &[],
            code: &self.code,
        })
    }
}
