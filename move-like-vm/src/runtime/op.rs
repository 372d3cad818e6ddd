//! Instructions as the interpreter runs them: every name is resolved to a number.
//!
//! # Place      translation -> [op] -> interpreter, checked mode, bound of gas
//! # Invariants an operation is at most 16 bytes; it stands for one instruction of the binary, or for two
//! #            that were fused, in which case it faults where the first of them would
//! # Absent     type parameters: there is one translation per list of type arguments

use super::program::FunctionId;
use super::types::TypeId;
use crate::status::Status;

/// How two integers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Lt,
    Gt,
    Le,
    Ge,
}

/// What is computed of two integers of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Mod,
    Div,
    BitOr,
    BitAnd,
    Xor,
}

/// The width of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Enters a basic block and pays for all of its instructions.
    Block(u64),
    /// An instruction that cannot be carried out, because of what it names.
    Fail(Status),
    Pop,
    Ret,
    BrTrue(u32),
    BrFalse(u32),
    Branch(u32),
    LdU8(u8),
    LdU16(u16),
    LdU32(u32),
    LdU64(u64),
    LdBool(bool),
    /// A constant of the function's own table.
    LdConst(u32),
    CopyLoc(u8),
    /// The same for a local whose type owns nothing.
    CopyPlain(u8),
    MoveLoc(u8),
    StLoc(u8),
    /// The same for a local whose type owns nothing.
    StPlain(u8),
    BorrowLoc {
        local: u8,
        mutable: bool,
    },
    BorrowField {
        type_: TypeId,
        field: u16,
        mutable: bool,
    },
    Call(FunctionId),
    CallNative(FunctionId),
    Pack {
        type_: TypeId,
        fields: u16,
    },
    Unpack {
        type_: TypeId,
        fields: u16,
    },
    ReadRef,
    WriteRef,
    Arithmetic(Arithmetic),
    Or,
    And,
    Not,
    Eq,
    Neq,
    Compare(Comparison),
    Abort,
    Nop,
    Exists(TypeId),
    BorrowGlobal {
        type_: TypeId,
        mutable: bool,
    },
    MoveFrom(TypeId),
    MoveTo(TypeId),
    FreezeRef,
    Shl,
    Shr,
    Cast(Width),
    /// The types here and below are those of the vectors.
    VecPack {
        type_: TypeId,
        count: u32,
    },
    VecLen(TypeId),
    VecBorrow {
        type_: TypeId,
        mutable: bool,
    },
    VecPushBack(TypeId),
    VecPopBack(TypeId),
    VecUnpack {
        type_: TypeId,
        count: u32,
    },
    VecSwap(TypeId),
    /// A comparison and the branch behind it, taken where the outcome is this one.
    CompareBranch {
        comparison: Comparison,
        outcome: bool,
        target: u32,
    },
    /// `LD_U64` and the arithmetic behind it.
    ArithmeticU64 {
        kind: Arithmetic,
        operand: u64,
    },
    /// `COPY_LOC` or `MOVE_LOC` of a plain local and `ST_LOC` of another.
    Transfer {
        from: u8,
        to: u8,
        take: bool,
    },
    /// Two plain locals, one after the other.
    CopyPair {
        one: u8,
        other: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::Op;

    #[test]
    fn an_operation_is_at_most_sixteen_bytes() {
        assert!(size_of::<Op>() <= 16);
    }
}
