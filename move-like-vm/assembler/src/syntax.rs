//! A text after parsing, before names mean anything.
//!
//! # Place      parser -> [syntax] -> assembler
//! # Invariants everything that can be wrong further on has its place
//! # Absent     indices other than those the text itself writes as `#n`

use move_like_vm::format::{Abilities, Address, SignatureToken, StructTypeParameter, Unsigned256};
use move_like_vm::format::{TypeParameterIndex, Visibility};

use crate::diagnostic::Position;

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Name(String),
    Address(Address),
    Index(u16),
}

/// A name, a path with `::`, or an index.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) at: Position,
    pub(crate) parts: Vec<Part>,
}

/// A type.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    /// One without parts.
    Plain(SignatureToken),
    Parameter(TypeParameterIndex),
    Vector(Box<Type>),
    Reference(Box<Type>),
    MutableReference(Box<Type>),
    /// A struct, with arguments if it has angle brackets.
    Struct(Path, Option<Vec<Type>>),
}

/// A list of types, or which one of the table.
#[derive(Clone, Debug)]
pub(crate) enum Types {
    Index(u16),
    List(Vec<Type>),
}

/// A struct as its handle says.
#[derive(Clone, Debug)]
pub(crate) struct StructHead {
    pub(crate) path: Path,
    pub(crate) type_parameters: Vec<StructTypeParameter>,
    pub(crate) abilities: Abilities,
}

/// A function as its handle says.
#[derive(Clone, Debug)]
pub(crate) struct FunctionHead {
    pub(crate) path: Path,
    pub(crate) type_parameters: Vec<Abilities>,
    pub(crate) parameters: Types,
    pub(crate) returns: Types,
}

/// A struct that the module defines.
#[derive(Clone, Debug)]
pub(crate) struct Struct {
    pub(crate) head: StructHead,
    /// `None` for a native struct.
    pub(crate) fields: Option<Vec<(Part, Type)>>,
}

/// A parameter or local by name.
pub(crate) type Variable = (Position, String);

/// A function that the module defines, or the function of a script.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) head: FunctionHead,
    pub(crate) visibility: Visibility,
    pub(crate) is_entry: bool,
    pub(crate) acquires: Vec<Path>,
    pub(crate) parameters: Vec<Variable>,
    /// `None` for a native function.
    pub(crate) code: Option<Code>,
}

/// The code of a function.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) at: Position,
    pub(crate) local_types: Types,
    pub(crate) locals: Vec<Variable>,
    /// Labels and the instruction in front of which they stand.
    pub(crate) labels: Vec<(Position, String, usize)>,
    pub(crate) lines: Vec<Line>,
}

/// An instruction.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: Position,
    pub(crate) word: String,
    pub(crate) argument: Argument,
}

/// What stands behind the word of an instruction.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    None,
    /// A label, or a local.
    Name(String),
    Index(u16),
    Number(Unsigned256),
    Constant(ConstantValue),
    Path(Path),
    Field(Field),
    WithTypes(Path, Types),
    FieldWithTypes(Field, Types),
    Types(Types),
    TypesAndCount(Types, Unsigned256),
}

/// A constant by type and bytes.
#[derive(Clone, Debug)]
pub(crate) struct ConstantValue {
    pub(crate) type_: Type,
    pub(crate) data: Vec<u8>,
}

/// A field by its struct and name.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    /// An entry of the table of fields.
    Index(u16),
    Of(Path, Part),
}

/// What a text fixes of the order of the tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableSection {
    pub(crate) identifiers: Vec<(Position, String)>,
    pub(crate) addresses: Vec<(Position, Address)>,
    pub(crate) modules: Vec<Path>,
    pub(crate) structs: Vec<StructHead>,
    pub(crate) functions: Vec<FunctionHead>,
    pub(crate) signatures: Vec<(Position, Vec<Type>)>,
    pub(crate) constants: Vec<(Position, ConstantValue)>,
    pub(crate) fields: Vec<(Position, Field)>,
    pub(crate) struct_instantiations: Vec<(Path, Types)>,
    pub(crate) function_instantiations: Vec<(Path, Types)>,
    pub(crate) field_instantiations: Vec<(Position, Field, Types)>,
}

/// A whole text.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The path of the module; `None` for a script.
    pub(crate) module: Option<Path>,
    pub(crate) version: u32,
    pub(crate) friends: Vec<Path>,
    pub(crate) metadata: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) structs: Vec<Struct>,
    pub(crate) functions: Vec<Function>,
    pub(crate) tables: TableSection,
}
