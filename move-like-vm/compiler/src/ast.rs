//! The tree of a source as it is written.
//!
//! # Place      parser -> [ast] -> names, typing
//! # Invariants no tree is higher than [`crate::limits::MAX_NESTING`]
//! # Absent     meaning: a path is only its words

use move_like_vm::format::{Abilities, Address, Visibility};

use crate::source::Span;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `0x1` or a name that stands for an address.
#[derive(Clone, Debug)]
pub(crate) enum AddressName {
    Literal(Address, Span),
    Named(Name),
}

impl AddressName {
    pub(crate) const fn span(&self) -> Span {
        match self {
            Self::Literal(_, span) => *span,
            Self::Named(name) => name.span,
        }
    }
}

/// `a`, `a::b`, `a::b::c`, `0x1::b`, `0x1::b::c`.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// The address in front, if it is a number.
    pub(crate) address: Option<(Address, Span)>,
    pub(crate) names: Vec<Name>,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Type {
    pub(crate) span: Span,
    pub(crate) kind: TypeKind,
}

#[derive(Clone, Debug)]
pub(crate) enum TypeKind {
    Named(Path, Vec<Type>),
    Reference {
        mutable: bool,
        target: Box<Type>,
    },
    Tuple(Vec<Type>),
    /// `|T, U| V`, of a parameter of an inline function.
    Function(Vec<Type>, Box<Type>),
}

#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) span: Span,
    /// One more than that of the highest part.
    pub(crate) height: u32,
    pub(crate) kind: ExpressionKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    BitOr,
    BitAnd,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    And,
    Or,
}

#[derive(Clone, Debug)]
pub(crate) enum ExpressionKind {
    Number(String),
    Truth(bool),
    Bytes(Vec<u8>),
    Address(AddressName),
    Name(Path, Option<Vec<Type>>),
    Call {
        function: Path,
        types: Option<Vec<Type>>,
        arguments: Vec<Expression>,
    },
    Macro {
        name: Path,
        arguments: Vec<Expression>,
    },
    Pack {
        name: Path,
        types: Option<Vec<Type>>,
        fields: Vec<(Name, Option<Expression>)>,
    },
    Vector {
        types: Option<Vec<Type>>,
        elements: Vec<Expression>,
    },
    If {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Option<Box<Expression>>,
    },
    While {
        condition: Box<Expression>,
        body: Box<Expression>,
    },
    Loop(Box<Expression>),
    Block(Block),
    Return(Option<Box<Expression>>),
    Abort(Box<Expression>),
    Break,
    Continue,
    Not(Box<Expression>),
    Borrow {
        mutable: bool,
        target: Box<Expression>,
    },
    Dereference(Box<Expression>),
    Move(Name),
    Copy(Name),
    Binary(Binary, Box<Expression>, Box<Expression>),
    Assign(Box<Expression>, Box<Expression>),
    Field(Box<Expression>, Name),
    /// `receiver.name(arguments)`
    Method {
        receiver: Box<Expression>,
        name: Name,
        types: Option<Vec<Type>>,
        arguments: Vec<Expression>,
    },
    /// `base[index]`
    Index(Box<Expression>, Box<Expression>),
    Cast(Box<Expression>, Type),
    Annotated(Box<Expression>, Type),
    Tuple(Vec<Expression>),
    /// `|x, y| body`
    Lambda(Vec<Pattern>, Box<Expression>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) uses: Vec<Use>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) result: Option<Box<Expression>>,
    pub(crate) end: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Let { pattern: Pattern, type_: Option<Type>, value: Option<Box<Expression>> },
    Expression(Expression),
}

#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) span: Span,
    pub(crate) kind: PatternKind,
}

#[derive(Clone, Debug)]
pub(crate) enum PatternKind {
    Ignore,
    Variable(Name),
    Tuple(Vec<Pattern>),
    Struct { name: Path, types: Option<Vec<Type>>, fields: Vec<(Name, Option<Pattern>)> },
}

#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) address: AddressName,
    pub(crate) module: Name,
    pub(crate) members: UseMembers,
}

#[derive(Clone, Debug)]
pub(crate) enum UseMembers {
    /// `use a::m` or `use a::m as n`
    Module(Option<Name>),
    /// `use a::m::f as g` or `use a::m::{..}`
    Members(Vec<(Name, Option<Name>)>),
}

/// `name`, `name = value` or `name(..)`.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: Path,
    pub(crate) value: AttributeValue,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum AttributeValue {
    None,
    Number(String),
    Truth(bool),
    Bytes(Vec<u8>),
    Address(AddressName),
    Path(Path),
    List(Vec<Attribute>),
}

#[derive(Clone, Debug)]
pub(crate) struct TypeParameter {
    pub(crate) name: Name,
    pub(crate) constraints: Abilities,
    pub(crate) is_phantom: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Name,
    pub(crate) type_: Type,
    pub(crate) value: Expression,
}

#[derive(Clone, Debug)]
pub(crate) struct Struct {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Name,
    pub(crate) abilities: Abilities,
    pub(crate) type_parameters: Vec<TypeParameter>,
    /// None if it is native.
    pub(crate) fields: Option<Vec<(Name, Type)>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Name,
    pub(crate) visibility: Visibility,
    pub(crate) is_entry: bool,
    pub(crate) type_parameters: Vec<TypeParameter>,
    pub(crate) parameters: Vec<(Name, Type)>,
    pub(crate) returns: Option<Type>,
    pub(crate) acquires: Vec<(Path, Vec<Type>)>,
    /// None if it is native.
    pub(crate) body: Option<Block>,
}

#[derive(Clone, Debug)]
pub(crate) enum Member {
    Use(Use),
    Friend(Vec<Attribute>, Path),
    Constant(Constant),
    Struct(Struct),
    Function(Function),
    /// A function that exists only where it is called.
    Inline(Function),
}

#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) address: AddressName,
    pub(crate) name: Name,
    pub(crate) members: Vec<Member>,
}

#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Definition {
    Module(Module),
    Script(Script),
}
