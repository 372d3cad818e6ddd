//! The tree of a function after typing.
//!
//! # Place      typing -> [tree] -> lowering
//! # Invariants the solution knows the type of every node; borrows, reads and freezes are written out
//! # Absent     whether a variable is copied or moved where the source does not say: liveness decides

use move_like_vm::format::{Address, Unsigned256};

use super::infer::Solution;
pub(crate) use crate::ast::Binary;
use crate::program::{ConstantId, FunctionId, StructId, Type};
use crate::source::Span;

/// The position of a variable in its function; parameters come first.
pub(crate) type Local = usize;

/// A variable, or a place for a value in between.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// None for a value in between.
    pub(crate) name: Option<String>,
    pub(crate) type_: Type,
    pub(crate) span: Span,
}

/// A function whose body is typed.
#[derive(Clone, Debug)]
pub(crate) struct TypedFunction {
    pub(crate) parameters: usize,
    pub(crate) variables: Vec<Variable>,
    pub(crate) body: Node,
    /// The closing brace.
    pub(crate) end: Span,
    /// What the types in the tree stand for.
    pub(crate) solution: Solution,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) type_: Type,
    pub(crate) span: Span,
    pub(crate) kind: NodeKind,
}

/// How a variable gives its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taking {
    /// Moved at its last use or if it cannot be copied, else copied.
    Either,
    /// `copy x`
    Copy,
    /// `move x`
    Move,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GlobalOperation {
    Exists,
    Borrow,
    BorrowMut,
    MoveFrom,
    MoveTo,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Number(Unsigned256),
    Truth(bool),
    Bytes(Vec<u8>),
    Address(Address),
    Constant(ConstantId),
    Variable(Local, Taking),
    BorrowVariable(bool, Local),
    /// A borrow of a value that is no variable.
    BorrowValue(bool, Box<Node>),
    BorrowField {
        mutable: bool,
        base: Box<Node>,
        owner: StructId,
        field: usize,
        types: Vec<Type>,
    },
    /// A reference to an element of the vector behind a reference.
    Element {
        mutable: bool,
        vector: Box<Node>,
        index: Box<Node>,
        element: Type,
    },
    Read(Box<Node>),
    /// Where `&mut` may have to become `&`.
    Coerce(Box<Node>),
    Call(FunctionId, Vec<Type>, Vec<Node>),
    Global(GlobalOperation, Type, Vec<Node>),
    /// Fields in the order of the source, each with its position.
    Pack(StructId, Vec<Type>, Vec<(usize, Node)>),
    Vector(Type, Vec<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    Not(Box<Node>),
    Cast(Box<Node>),
    If(Box<Node>, Box<Node>, Option<Box<Node>>),
    While(Box<Node>, Box<Node>),
    Loop(Box<Node>),
    Block(Vec<Step>, Option<Box<Node>>),
    Return(Box<Node>),
    Abort(Box<Node>),
    Break,
    Continue,
    Tuple(Vec<Node>),
    Assign(Box<Target>, Box<Node>),
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The value is dropped.
    Do(Node),
    Bind(Target, Node),
}

/// Where a value goes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) span: Span,
    pub(crate) type_: Type,
    pub(crate) kind: TargetKind,
}

#[derive(Clone, Debug)]
pub(crate) enum TargetKind {
    Nothing,
    Variable(Local),
    /// What a mutable reference points to.
    Place(Node),
    Tuple(Vec<Target>),
    /// Fields in the order of their declaration.
    Struct {
        owner: StructId,
        types: Vec<Type>,
        fields: Vec<Target>,
        borrow: Option<bool>,
    },
}
