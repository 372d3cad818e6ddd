//! The tables of a module and of a script.

use ruint::aliases::U256;

use super::signature::StructTypeParameter;
use super::{Abilities, Instruction, Signature, SignatureToken};

macro_rules! indices {
    ($($name:ident: $meaning:literal,)*) => {
        $(
            #[doc = concat!("The index of ", $meaning, ".")]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub u16);

            impl $name {
                /// The index into the table.
                pub fn get(self) -> usize {
                    usize::from(self.0)
                }
            }
        )*
    };
}

indices! {
    ModuleHandleIndex: "a module handle",
    StructHandleIndex: "a struct handle",
    FunctionHandleIndex: "a function handle",
    FieldHandleIndex: "a field handle",
    StructDefInstantiationIndex: "an instantiation of a struct of this module",
    FunctionInstantiationIndex: "an instantiation of a function",
    FieldInstantiationIndex: "an instantiation of a field",
    IdentifierIndex: "a name",
    AddressIdentifierIndex: "an address",
    ConstantIndex: "a constant",
    SignatureIndex: "a signature",
    StructDefinitionIndex: "a struct that this module defines",
    FunctionDefinitionIndex: "a function that this module defines",
}

/// The index of a local variable; parameters come first.
pub type LocalIndex = u8;
/// The index of an instruction in the code of its function.
pub type CodeOffset = u16;
/// The position of a field in its struct.
pub type MemberCount = u16;
/// The position of a type parameter.
pub type TypeParameterIndex = u16;
/// An address: an account of the ledger, or where a module is published.
pub type Address = [u8; 32];
/// An unsigned integer of 256 bits.
pub type Unsigned256 = U256;

/// The tables of the format, with the number that stands for each in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TableKind {
    /// Modules that are named.
    ModuleHandles = 0x1,
    /// Structs that are named.
    StructHandles = 0x2,
    /// Functions that are named.
    FunctionHandles = 0x3,
    /// Functions with type arguments.
    FunctionInstantiations = 0x4,
    /// Lists of types.
    Signatures = 0x5,
    /// Constants.
    Constants = 0x6,
    /// Names.
    Identifiers = 0x7,
    /// Addresses.
    AddressIdentifiers = 0x8,
    /// Structs defined here.
    StructDefinitions = 0xA,
    /// Structs defined here, with type arguments.
    StructDefInstantiations = 0xB,
    /// Functions defined here.
    FunctionDefinitions = 0xC,
    /// Fields of structs defined here.
    FieldHandles = 0xD,
    /// Fields of structs with type arguments.
    FieldInstantiations = 0xE,
    /// Friends.
    FriendDeclarations = 0xF,
    /// Data for tools.
    Metadata = 0x10,
}

/// A module as a file holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompiledModule {
    /// The version of the format: 6 here, and 5 where it reads alike.
    pub version: u32,
    /// Which of the module handles is the module itself.
    pub self_module_handle: ModuleHandleIndex,
    /// Modules that are named.
    pub module_handles: Vec<ModuleHandle>,
    /// Structs that are named.
    pub struct_handles: Vec<StructHandle>,
    /// Functions that are named.
    pub function_handles: Vec<FunctionHandle>,
    /// Fields of structs defined here.
    pub field_handles: Vec<FieldHandle>,
    /// Modules that may call functions with the visibility `friend`.
    pub friend_declarations: Vec<ModuleHandle>,
    /// Structs defined here, with type arguments.
    pub struct_instantiations: Vec<StructDefInstantiation>,
    /// Functions with type arguments.
    pub function_instantiations: Vec<FunctionInstantiation>,
    /// Fields of structs with type arguments.
    pub field_instantiations: Vec<FieldInstantiation>,
    /// Lists of types.
    pub signatures: Vec<Signature>,
    /// Names.
    pub identifiers: Vec<String>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Constants.
    pub constants: Vec<Constant>,
    /// Data for tools.
    pub metadata: Vec<Metadata>,
    /// Structs defined here.
    pub struct_definitions: Vec<StructDefinition>,
    /// Functions defined here.
    pub function_definitions: Vec<FunctionDefinition>,
}

/// A script as a file holds it: one function that is run once and never stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompiledScript {
    /// The version of the format.
    pub version: u32,
    /// Modules that are named.
    pub module_handles: Vec<ModuleHandle>,
    /// Structs that are named.
    pub struct_handles: Vec<StructHandle>,
    /// Functions that are named.
    pub function_handles: Vec<FunctionHandle>,
    /// Functions with type arguments.
    pub function_instantiations: Vec<FunctionInstantiation>,
    /// Lists of types.
    pub signatures: Vec<Signature>,
    /// Names.
    pub identifiers: Vec<String>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Constants.
    pub constants: Vec<Constant>,
    /// Data for tools.
    pub metadata: Vec<Metadata>,
    /// What every type argument must have.
    pub type_parameters: Vec<Abilities>,
    /// The types of the parameters.
    pub parameters: SignatureIndex,
    /// The function.
    pub code: CodeUnit,
}

/// A module by address and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleHandle {
    /// Where it is published.
    pub address: AddressIdentifierIndex,
    /// Its name.
    pub name: IdentifierIndex,
}

/// A struct by module and name, with what a user of it relies on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructHandle {
    /// Where it is defined.
    pub module: ModuleHandleIndex,
    /// Its name.
    pub name: IdentifierIndex,
    /// What it is declared to be capable of.
    pub abilities: Abilities,
    /// Its type parameters.
    pub type_parameters: Vec<StructTypeParameter>,
}

/// A function by module and name, with its signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionHandle {
    /// Where it is defined.
    pub module: ModuleHandleIndex,
    /// Its name.
    pub name: IdentifierIndex,
    /// The types of the parameters.
    pub parameters: SignatureIndex,
    /// The types of the results.
    pub returns: SignatureIndex,
    /// What every type argument must have.
    pub type_parameters: Vec<Abilities>,
}

/// A field of a struct defined here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldHandle {
    /// The struct.
    pub owner: StructDefinitionIndex,
    /// The position of the field in it.
    pub field: MemberCount,
}

/// A struct defined here, with type arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructDefInstantiation {
    /// The struct.
    pub definition: StructDefinitionIndex,
    /// The type arguments.
    pub type_arguments: SignatureIndex,
}

/// A function with type arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionInstantiation {
    /// The function.
    pub handle: FunctionHandleIndex,
    /// The type arguments.
    pub type_arguments: SignatureIndex,
}

/// A field of a struct with type arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldInstantiation {
    /// The field.
    pub handle: FieldHandleIndex,
    /// The type arguments of the struct.
    pub type_arguments: SignatureIndex,
}

/// A constant: a type and the value in BCS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Constant {
    /// Its type.
    pub type_: SignatureToken,
    /// Its value in BCS.
    pub data: Vec<u8>,
}

/// Data for tools that the machine does not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metadata {
    /// Whose data it is.
    pub key: Vec<u8>,
    /// The data.
    pub value: Vec<u8>,
}

/// A struct that the module defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructDefinition {
    /// Its handle.
    pub handle: StructHandleIndex,
    /// Its fields.
    pub fields: StructFields,
}

/// What a struct consists of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StructFields {
    /// The machine knows; no module does.
    Native,
    /// Fields in the order of their declaration.
    Declared(Vec<FieldDefinition>),
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldDefinition {
    /// Its name.
    pub name: IdentifierIndex,
    /// Its type.
    pub type_: SignatureToken,
}

/// Who may call a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Visibility {
    /// Its own module.
    #[default]
    Private = 0x0,
    /// Every module and script.
    Public = 0x1,
    /// Its own module and its friends.
    Friend = 0x3,
}

/// A function that the module defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDefinition {
    /// Its handle.
    pub handle: FunctionHandleIndex,
    /// Who may call it.
    pub visibility: Visibility,
    /// Whether a transaction may call it.
    pub is_entry: bool,
    /// Structs of this module that it takes from storage, itself or through its calls.
    pub acquires: Vec<StructDefinitionIndex>,
    /// Its code; none if the machine has it.
    pub code: Option<CodeUnit>,
}

/// The code of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeUnit {
    /// The types of the locals that are no parameters.
    pub locals: SignatureIndex,
    /// The instructions.
    pub code: Vec<Instruction>,
}
