//! What may be done with values of a type.

/// One thing that may be done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Ability {
    /// It may be copied.
    Copy = 0x1,
    /// It may be dropped without being taken apart.
    Drop = 0x2,
    /// It may be a field of a resource in storage.
    Store = 0x4,
    /// It may be a resource in storage.
    Key = 0x8,
}

impl Ability {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Copy, Self::Drop, Self::Store, Self::Key];

    const fn bit(self) -> u8 {
        match self {
            Self::Copy => 0x1,
            Self::Drop => 0x2,
            Self::Store => 0x4,
            Self::Key => 0x8,
        }
    }

    /// What a field or a type argument needs so that the whole may have this ability: a resource has
    /// fields with `store`.
    #[must_use]
    pub const fn required_of_parts(self) -> Self {
        match self {
            Self::Copy => Self::Copy,
            Self::Drop => Self::Drop,
            Self::Store | Self::Key => Self::Store,
        }
    }
}

/// A set of abilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Abilities(u8);

impl Abilities {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All four.
    pub const ALL: Self = Self(0xf);
    /// Those of an integer, a truth value and an address: copy, drop, store.
    pub const PRIMITIVES: Self = Self(0x7);
    /// Those of a reference: copy and drop.
    pub const REFERENCES: Self = Self(0x3);
    /// Those of a signer: drop.
    pub const SIGNER: Self = Self(0x2);
    /// The most a vector can have: copy, drop, store.
    pub const VECTOR: Self = Self(0x7);

    /// The set that the low four bits say; `None` if another bit is set.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !0xf == 0 { Some(Self(bits)) } else { None }
    }

    /// The set as bits: copy 1, drop 2, store 4, key 8.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the ability is in the set.
    pub const fn has(self, ability: Ability) -> bool {
        self.0 & ability.bit() != 0
    }

    /// Whether every ability of the other set is in this one.
    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, ability: Ability) -> Self {
        Self(self.0 | ability.bit())
    }

    /// Those in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Its members, in the order copy, drop, store, key.
    pub fn iter(self) -> impl Iterator<Item = Ability> {
        Ability::ALL.into_iter().filter(move |ability| self.has(*ability))
    }
}
