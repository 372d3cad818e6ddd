//! The words of the instructions and the kinds of their operands.
//!
//! # Place      parser -> [mnemonic] <- writer
//! # Invariants every instruction has one word, and word and operand give the instruction back
//! # Absent     how an operand is written

use move_like_vm::format::{
    CodeOffset, ConstantIndex, FieldHandleIndex, FieldInstantiationIndex, FunctionHandleIndex,
    FunctionInstantiationIndex, Instruction, LocalIndex, SignatureIndex,
    StructDefInstantiationIndex, StructDefinitionIndex, Unsigned256,
};

macro_rules! operands {
    ($($kind:ident($value:ty): $meaning:literal,)*) => {
        /// The operand of an instruction.
        #[derive(Clone, Debug)]
        pub(crate) enum Operand {
            /// None.
            None,
            /// A list of types and a count.
            TypesAndCount(SignatureIndex, u64),
            $(#[doc = $meaning] $kind($value),)*
        }

        /// What an operand is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            /// Nothing.
            None,
            /// A list of types and a count.
            TypesAndCount,
            $(#[doc = $meaning] $kind,)*
        }
    };
}

operands! {
    Target(CodeOffset): "An instruction.",
    Local(LocalIndex): "A parameter or local.",
    Constant(ConstantIndex): "A constant.",
    Small(u8): "A number of 8 bits.",
    U16(u16): "A number of 16 bits.",
    U32(u32): "A number of 32 bits.",
    U64(u64): "A number of 64 bits.",
    U128(u128): "A number of 128 bits.",
    U256(Box<Unsigned256>): "A number of 256 bits.",
    Field(FieldHandleIndex): "A field.",
    FieldWithTypes(FieldInstantiationIndex): "A field of a struct with type arguments.",
    Function(FunctionHandleIndex): "A function.",
    FunctionWithTypes(FunctionInstantiationIndex): "A function with type arguments.",
    Struct(StructDefinitionIndex): "A struct of this module.",
    StructWithTypes(StructDefInstantiationIndex): "A struct of this module with type arguments.",
    Types(SignatureIndex): "A list of types.",
}

macro_rules! mnemonics {
    (
        plain { $($plain:ident $plain_word:literal,)* }
        operand { $($variant:ident $word:literal $kind:ident,)* }
        count { $($counted:ident $counted_word:literal,)* }
    ) => {
        /// The word of an instruction and its operand.
        pub(crate) fn parts(instruction: &Instruction) -> (&'static str, Operand) {
            match instruction {
                $(Instruction::$plain => ($plain_word, Operand::None),)*
                $(Instruction::$variant(value) => ($word, Operand::$kind(value.clone())),)*
                $(Instruction::$counted(types, count) => {
                    ($counted_word, Operand::TypesAndCount(*types, *count))
                })*
            }
        }

        /// The kind of operand that stands behind a word; `None` if there is no such instruction.
        pub(crate) fn kind(word: &str) -> Option<Kind> {
            match word {
                $($plain_word => Some(Kind::None),)*
                $($word => Some(Kind::$kind),)*
                $($counted_word => Some(Kind::TypesAndCount),)*
                _ => None,
            }
        }

        /// The instruction of a word and its operand; `None` if they do not belong together.
        pub(crate) fn instruction(word: &str, operand: Operand) -> Option<Instruction> {
            match (word, operand) {
                $(($plain_word, Operand::None) => Some(Instruction::$plain),)*
                $(($word, Operand::$kind(value)) => Some(Instruction::$variant(value)),)*
                $(($counted_word, Operand::TypesAndCount(types, count)) => {
                    Some(Instruction::$counted(types, count))
                })*
                _ => None,
            }
        }
    };
}

mnemonics! {
    plain {
        Pop "pop",
        Ret "ret",
        LdTrue "ld_true",
        LdFalse "ld_false",
        ReadRef "read_ref",
        WriteRef "write_ref",
        Add "add",
        Sub "sub",
        Mul "mul",
        Mod "mod",
        Div "div",
        BitOr "bit_or",
        BitAnd "bit_and",
        Xor "xor",
        Or "or",
        And "and",
        Not "not",
        Eq "eq",
        Neq "neq",
        Lt "lt",
        Gt "gt",
        Le "le",
        Ge "ge",
        Abort "abort",
        Nop "nop",
        FreezeRef "freeze_ref",
        Shl "shl",
        Shr "shr",
        CastU8 "cast_u8",
        CastU64 "cast_u64",
        CastU128 "cast_u128",
        CastU16 "cast_u16",
        CastU32 "cast_u32",
        CastU256 "cast_u256",
    }
    operand {
        BrTrue "br_true" Target,
        BrFalse "br_false" Target,
        Branch "branch" Target,
        LdU64 "ld_u64" U64,
        LdConst "ld_const" Constant,
        CopyLoc "copy_loc" Local,
        MoveLoc "move_loc" Local,
        StLoc "st_loc" Local,
        MutBorrowLoc "mut_borrow_loc" Local,
        ImmBorrowLoc "imm_borrow_loc" Local,
        MutBorrowField "mut_borrow_field" Field,
        ImmBorrowField "imm_borrow_field" Field,
        Call "call" Function,
        Pack "pack" Struct,
        Unpack "unpack" Struct,
        Exists "exists" Struct,
        MutBorrowGlobal "mut_borrow_global" Struct,
        ImmBorrowGlobal "imm_borrow_global" Struct,
        MoveFrom "move_from" Struct,
        MoveTo "move_to" Struct,
        LdU8 "ld_u8" Small,
        LdU128 "ld_u128" U128,
        MutBorrowFieldGeneric "mut_borrow_field_generic" FieldWithTypes,
        ImmBorrowFieldGeneric "imm_borrow_field_generic" FieldWithTypes,
        CallGeneric "call_generic" FunctionWithTypes,
        PackGeneric "pack_generic" StructWithTypes,
        UnpackGeneric "unpack_generic" StructWithTypes,
        ExistsGeneric "exists_generic" StructWithTypes,
        MutBorrowGlobalGeneric "mut_borrow_global_generic" StructWithTypes,
        ImmBorrowGlobalGeneric "imm_borrow_global_generic" StructWithTypes,
        MoveFromGeneric "move_from_generic" StructWithTypes,
        MoveToGeneric "move_to_generic" StructWithTypes,
        VecLen "vec_len" Types,
        VecImmBorrow "vec_imm_borrow" Types,
        VecMutBorrow "vec_mut_borrow" Types,
        VecPushBack "vec_push_back" Types,
        VecPopBack "vec_pop_back" Types,
        VecSwap "vec_swap" Types,
        LdU16 "ld_u16" U16,
        LdU32 "ld_u32" U32,
        LdU256 "ld_u256" U256,
    }
    count {
        VecPack "vec_pack",
        VecUnpack "vec_unpack",
    }
}
