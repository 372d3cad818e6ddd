//! How many bytes of an address a file holds.

/// The width of the addresses in a file.
///
/// Nothing in a file says it: who reads it must know. Everywhere else an address has 32 bytes, and a
/// short one is the same as one whose first 16 bytes are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressWidth {
    /// As the first Move machine has them by default, and so the files of its test suite.
    Sixteen,
    /// As networks of the family have them, and ours.
    #[default]
    ThirtyTwo,
}

impl AddressWidth {
    /// The width as a number.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Sixteen => 16,
            Self::ThirtyTwo => 32,
        }
    }
}
