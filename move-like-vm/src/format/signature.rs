//! Types as a binary writes them.

use super::{Abilities, StructHandleIndex, TypeParameterIndex};

/// A list of types: parameters, results, locals or type arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub Vec<SignatureToken>);

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureToken {
    /// `bool`
    Bool,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `u128`
    U128,
    /// `u256`
    U256,
    /// `address`
    Address,
    /// `signer`
    Signer,
    /// `vector<T>`
    Vector(Box<SignatureToken>),
    /// A struct without type arguments.
    Struct(StructHandleIndex),
    /// A struct with type arguments.
    StructInstantiation(StructHandleIndex, Vec<SignatureToken>),
    /// `&T`
    Reference(Box<SignatureToken>),
    /// `&mut T`
    MutableReference(Box<SignatureToken>),
    /// A type parameter of the function or struct around it.
    TypeParameter(TypeParameterIndex),
}

impl SignatureToken {
    /// Whether it is `&T` or `&mut T`.
    pub const fn is_reference(&self) -> bool {
        matches!(self, Self::Reference(_) | Self::MutableReference(_))
    }

    /// Whether it is one of the six integer types.
    pub const fn is_integer(&self) -> bool {
        matches!(self, Self::U8 | Self::U16 | Self::U32 | Self::U64 | Self::U128 | Self::U256)
    }
}

/// A type parameter of a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructTypeParameter {
    /// What every argument must have.
    pub constraints: Abilities,
    /// Whether fields use it at most as an argument of a phantom parameter.
    pub is_phantom: bool,
}
