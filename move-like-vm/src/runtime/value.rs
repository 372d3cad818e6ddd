//! Values as the interpreter moves them: a tag and a word.
//!
//! # Place      [value] <- heap, codec, interpreter, natives
//! # Invariants a value is copied and moved without a look at what it owns: who drops one gives it to
//! #            [`super::heap::Heap::free`]; a reference that outlived its place reads a fault, not memory
//! # Absent     types: a tag says what an instruction needs, the checked mode compares the rest

use crate::format::{Address, Unsigned256};

/// The place of a struct or vector on the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub(crate) u32);

/// A value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing: a local that has no value, an account without the resource.
    #[default]
    Empty,
    /// `bool`
    Bool(bool),
    /// `u8`
    U8(u8),
    /// `u16`
    U16(u16),
    /// `u32`
    U32(u32),
    /// `u64`
    U64(u64),
    /// `u128`, its least byte first
    U128([u8; 16]),
    /// `u256`, its least byte first
    U256([u8; 32]),
    /// `address`
    Address(Address),
    /// `signer`
    Signer(Address),
    /// A struct, which the value owns.
    Struct(ObjectId),
    /// A vector, which the value owns.
    Vector(ObjectId),
    /// A reference to a local.
    Local(u32),
    /// A reference to a field or an element.
    Slot(ObjectId, u32),
    /// A reference to a resource.
    Global(u32),
}

impl Value {
    /// The value of a `u128`.
    pub const fn u128(value: u128) -> Self {
        Self::U128(value.to_le_bytes())
    }

    /// The value of a `u256`.
    pub fn u256(value: Unsigned256) -> Self {
        Self::U256(value.to_le_bytes())
    }

    /// Whether it owns something on the heap.
    pub(crate) const fn is_owning(&self) -> bool {
        matches!(self, Self::Struct(_) | Self::Vector(_))
    }

    pub(crate) const fn is_reference(&self) -> bool {
        matches!(self, Self::Local(_) | Self::Slot(..) | Self::Global(_))
    }

    /// How many bytes it counts without what it owns.
    pub(crate) const fn width(&self) -> u64 {
        match self {
            Self::Empty | Self::Struct(_) | Self::Vector(_) => 0,
            Self::Bool(_) | Self::U8(_) => 1,
            Self::U16(_) => 2,
            Self::U32(_) => 4,
            Self::U64(_) | Self::Local(_) | Self::Slot(..) | Self::Global(_) => 8,
            Self::U128(_) => 16,
            Self::U256(_) | Self::Address(_) | Self::Signer(_) => 32,
        }
    }
}
