//! The instructions.

use super::{
    CodeOffset, ConstantIndex, FieldHandleIndex, FieldInstantiationIndex, FunctionHandleIndex,
    FunctionInstantiationIndex, LocalIndex, SignatureIndex, StructDefInstantiationIndex,
    StructDefinitionIndex, Unsigned256,
};

/// One instruction of the stack machine, named as in the format.
///
/// The variants stand in the order of their opcodes, 0x01 to 0x4D.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// `POP`
    Pop,
    /// `RET`
    Ret,
    /// `BR_TRUE`
    BrTrue(CodeOffset),
    /// `BR_FALSE`
    BrFalse(CodeOffset),
    /// `BRANCH`
    Branch(CodeOffset),
    /// `LD_U64`
    LdU64(u64),
    /// `LD_CONST`
    LdConst(ConstantIndex),
    /// `LD_TRUE`
    LdTrue,
    /// `LD_FALSE`
    LdFalse,
    /// `COPY_LOC`
    CopyLoc(LocalIndex),
    /// `MOVE_LOC`
    MoveLoc(LocalIndex),
    /// `ST_LOC`
    StLoc(LocalIndex),
    /// `MUT_BORROW_LOC`
    MutBorrowLoc(LocalIndex),
    /// `IMM_BORROW_LOC`
    ImmBorrowLoc(LocalIndex),
    /// `MUT_BORROW_FIELD`
    MutBorrowField(FieldHandleIndex),
    /// `IMM_BORROW_FIELD`
    ImmBorrowField(FieldHandleIndex),
    /// `CALL`
    Call(FunctionHandleIndex),
    /// `PACK`
    Pack(StructDefinitionIndex),
    /// `UNPACK`
    Unpack(StructDefinitionIndex),
    /// `READ_REF`
    ReadRef,
    /// `WRITE_REF`
    WriteRef,
    /// `ADD`
    Add,
    /// `SUB`
    Sub,
    /// `MUL`
    Mul,
    /// `MOD`
    Mod,
    /// `DIV`
    Div,
    /// `BIT_OR`
    BitOr,
    /// `BIT_AND`
    BitAnd,
    /// `XOR`
    Xor,
    /// `OR`
    Or,
    /// `AND`
    And,
    /// `NOT`
    Not,
    /// `EQ`
    Eq,
    /// `NEQ`
    Neq,
    /// `LT`
    Lt,
    /// `GT`
    Gt,
    /// `LE`
    Le,
    /// `GE`
    Ge,
    /// `ABORT`
    Abort,
    /// `NOP`
    Nop,
    /// `EXISTS`
    Exists(StructDefinitionIndex),
    /// `MUT_BORROW_GLOBAL`
    MutBorrowGlobal(StructDefinitionIndex),
    /// `IMM_BORROW_GLOBAL`
    ImmBorrowGlobal(StructDefinitionIndex),
    /// `MOVE_FROM`
    MoveFrom(StructDefinitionIndex),
    /// `MOVE_TO`
    MoveTo(StructDefinitionIndex),
    /// `FREEZE_REF`
    FreezeRef,
    /// `SHL`
    Shl,
    /// `SHR`
    Shr,
    /// `LD_U8`
    LdU8(u8),
    /// `LD_U128`
    LdU128(u128),
    /// `CAST_U8`
    CastU8,
    /// `CAST_U64`
    CastU64,
    /// `CAST_U128`
    CastU128,
    /// `MUT_BORROW_FIELD_GENERIC`
    MutBorrowFieldGeneric(FieldInstantiationIndex),
    /// `IMM_BORROW_FIELD_GENERIC`
    ImmBorrowFieldGeneric(FieldInstantiationIndex),
    /// `CALL_GENERIC`
    CallGeneric(FunctionInstantiationIndex),
    /// `PACK_GENERIC`
    PackGeneric(StructDefInstantiationIndex),
    /// `UNPACK_GENERIC`
    UnpackGeneric(StructDefInstantiationIndex),
    /// `EXISTS_GENERIC`
    ExistsGeneric(StructDefInstantiationIndex),
    /// `MUT_BORROW_GLOBAL_GENERIC`
    MutBorrowGlobalGeneric(StructDefInstantiationIndex),
    /// `IMM_BORROW_GLOBAL_GENERIC`
    ImmBorrowGlobalGeneric(StructDefInstantiationIndex),
    /// `MOVE_FROM_GENERIC`
    MoveFromGeneric(StructDefInstantiationIndex),
    /// `MOVE_TO_GENERIC`
    MoveToGeneric(StructDefInstantiationIndex),
    /// `VEC_PACK`
    VecPack(SignatureIndex, u64),
    /// `VEC_LEN`
    VecLen(SignatureIndex),
    /// `VEC_IMM_BORROW`
    VecImmBorrow(SignatureIndex),
    /// `VEC_MUT_BORROW`
    VecMutBorrow(SignatureIndex),
    /// `VEC_PUSH_BACK`
    VecPushBack(SignatureIndex),
    /// `VEC_POP_BACK`
    VecPopBack(SignatureIndex),
    /// `VEC_UNPACK`
    VecUnpack(SignatureIndex, u64),
    /// `VEC_SWAP`
    VecSwap(SignatureIndex),
    /// `LD_U16`
    LdU16(u16),
    /// `LD_U32`
    LdU32(u32),
    /// `LD_U256`
    LdU256(Box<Unsigned256>),
    /// `CAST_U16`
    CastU16,
    /// `CAST_U32`
    CastU32,
    /// `CAST_U256`
    CastU256,
}

impl Instruction {
    /// The byte that stands for it in a file.
    pub const fn opcode(&self) -> u8 {
        match self {
            Self::Pop => 0x01,
            Self::Ret => 0x02,
            Self::BrTrue(_) => 0x03,
            Self::BrFalse(_) => 0x04,
            Self::Branch(_) => 0x05,
            Self::LdU64(_) => 0x06,
            Self::LdConst(_) => 0x07,
            Self::LdTrue => 0x08,
            Self::LdFalse => 0x09,
            Self::CopyLoc(_) => 0x0A,
            Self::MoveLoc(_) => 0x0B,
            Self::StLoc(_) => 0x0C,
            Self::MutBorrowLoc(_) => 0x0D,
            Self::ImmBorrowLoc(_) => 0x0E,
            Self::MutBorrowField(_) => 0x0F,
            Self::ImmBorrowField(_) => 0x10,
            Self::Call(_) => 0x11,
            Self::Pack(_) => 0x12,
            Self::Unpack(_) => 0x13,
            Self::ReadRef => 0x14,
            Self::WriteRef => 0x15,
            Self::Add => 0x16,
            Self::Sub => 0x17,
            Self::Mul => 0x18,
            Self::Mod => 0x19,
            Self::Div => 0x1A,
            Self::BitOr => 0x1B,
            Self::BitAnd => 0x1C,
            Self::Xor => 0x1D,
            Self::Or => 0x1E,
            Self::And => 0x1F,
            Self::Not => 0x20,
            Self::Eq => 0x21,
            Self::Neq => 0x22,
            Self::Lt => 0x23,
            Self::Gt => 0x24,
            Self::Le => 0x25,
            Self::Ge => 0x26,
            Self::Abort => 0x27,
            Self::Nop => 0x28,
            Self::Exists(_) => 0x29,
            Self::MutBorrowGlobal(_) => 0x2A,
            Self::ImmBorrowGlobal(_) => 0x2B,
            Self::MoveFrom(_) => 0x2C,
            Self::MoveTo(_) => 0x2D,
            Self::FreezeRef => 0x2E,
            Self::Shl => 0x2F,
            Self::Shr => 0x30,
            Self::LdU8(_) => 0x31,
            Self::LdU128(_) => 0x32,
            Self::CastU8 => 0x33,
            Self::CastU64 => 0x34,
            Self::CastU128 => 0x35,
            Self::MutBorrowFieldGeneric(_) => 0x36,
            Self::ImmBorrowFieldGeneric(_) => 0x37,
            Self::CallGeneric(_) => 0x38,
            Self::PackGeneric(_) => 0x39,
            Self::UnpackGeneric(_) => 0x3A,
            Self::ExistsGeneric(_) => 0x3B,
            Self::MutBorrowGlobalGeneric(_) => 0x3C,
            Self::ImmBorrowGlobalGeneric(_) => 0x3D,
            Self::MoveFromGeneric(_) => 0x3E,
            Self::MoveToGeneric(_) => 0x3F,
            Self::VecPack(_, _) => 0x40,
            Self::VecLen(_) => 0x41,
            Self::VecImmBorrow(_) => 0x42,
            Self::VecMutBorrow(_) => 0x43,
            Self::VecPushBack(_) => 0x44,
            Self::VecPopBack(_) => 0x45,
            Self::VecUnpack(_, _) => 0x46,
            Self::VecSwap(_) => 0x47,
            Self::LdU16(_) => 0x48,
            Self::LdU32(_) => 0x49,
            Self::LdU256(_) => 0x4A,
            Self::CastU16 => 0x4B,
            Self::CastU32 => 0x4C,
            Self::CastU256 => 0x4D,
        }
    }

    /// The instruction it may jump to.
    pub const fn target(&self) -> Option<CodeOffset> {
        match self {
            Self::BrTrue(target) | Self::BrFalse(target) | Self::Branch(target) => Some(*target),
            _ => None,
        }
    }

    /// Whether control can never reach the instruction behind it by itself.
    pub const fn is_unconditional(&self) -> bool {
        matches!(self, Self::Ret | Self::Abort | Self::Branch(_))
    }
}
