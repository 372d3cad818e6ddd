//! Names of things: newtypes that are parsed once and never mixed up.
//!
//! # Place      used by commands, records, receipts and proofs
//! # Absent     names of people or customers (they never reach the ledger)

use serde::{Deserialize, Serialize};

use crate::{
    codec::{fixed_bytes, serialize_array},
    digest::{Domain, Hash32},
    limits::MAX_TEXT,
    money::Currency,
};

fixed_bytes!(
    /// Identity of a network: hash of its genesis.
    ChainId,
    32
);
fixed_bytes!(
    /// A settlement account: 32 bytes, the same for its whole life.
    AccountId,
    32
);
fixed_bytes!(
    /// A customer as the ledger knows it: a random handle, no name.
    PartyId,
    32
);
fixed_bytes!(
    /// A command: hash of its body, signatures left out.
    CommandId,
    32
);
fixed_bytes!(
    /// A payment leg: hash of what makes it unique.
    LegId,
    32
);
fixed_bytes!(
    /// A reserve account.
    ReserveId,
    32
);
fixed_bytes!(
    /// A bank entry: the nullifier that makes it usable once.
    EntryId,
    32
);
fixed_bytes!(
    /// A policy: who may pay, be paid or be minted to.
    PolicyId,
    32
);
fixed_bytes!(
    /// A human being as its organisation attests it: random, no name.
    PersonId,
    16
);
fixed_bytes!(
    /// Unique End-to-end Transaction Reference: the 16 bytes of a version 4 UUID.
    Uetr,
    16
);

impl Uetr {
    /// Whether the bytes are those of a version 4 UUID (RFC 9562).
    #[must_use]
    pub const fn is_version_4(&self) -> bool {
        let [_, _, _, _, _, _, version, _, variant, ..] = self.get();
        *version >> 4 == 4 && *variant >> 6 == 0b10
    }

    /// The usual text form, 8-4-4-4-12 lowercase hex digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        let hex = self.to_hex();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    }
}

/// Legal Entity Identifier (ISO 17442): an institution, wherever the ledger names one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lei([u8; 20]);

impl Lei {
    /// What validators sign in, with their identities: no institution's, and never a member's.
    pub const VALIDATORS: Self = Self(*b"FLORINVALIDATORS0068");

    /// Parses twenty uppercase letters and digits whose check digits (ISO 7064 MOD 97-10) hold.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes().try_into().ok()?)
    }

    fn from_bytes(bytes: [u8; 20]) -> Option<Self> {
        let mut remainder = 0u64;
        // Four characters are at most eight digits, which have room above a remainder.
        for four in bytes.chunks(4) {
            for byte in four {
                let (value, shift) = match byte {
                    b'0'..=b'9' => (u64::from(byte.wrapping_sub(b'0')), 10),
                    b'A'..=b'Z' => (u64::from(byte.wrapping_sub(b'A')).saturating_add(10), 100),
                    _ => return None,
                };
                remainder = remainder.saturating_mul(shift).saturating_add(value);
            }
            remainder = remainder.checked_rem(97)?;
        }
        (remainder == 1).then_some(Self(bytes))
    }

    /// The identifier as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Debug for Lei {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl std::fmt::Display for Lei {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Lei {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.serialize_str(self.text())
        } else {
            serialize_array(&self.0, s)
        }
    }
}

impl<'de> Deserialize<'de> for Lei {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let found = if d.is_human_readable() {
            Self::new(&String::deserialize(d)?)
        } else {
            Self::from_bytes(<[u8; 20]>::deserialize(d)?)
        };
        found.ok_or_else(|| D::Error::custom("not a valid LEI (20 characters, checked)"))
    }
}

/// Printable ASCII text of bounded length: aliases and endpoints of the directory.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Debug)]
pub struct Text(String);

impl Text {
    /// Accepts 1 to 128 printable ASCII characters without blanks.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= MAX_TEXT;
        (fits && text.bytes().all(|b| b.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let text = String::deserialize(d)?;
        Self::new(&text).ok_or_else(|| D::Error::custom("1 to 128 printable ASCII characters"))
    }
}

/// Which message of a payment chain a leg belongs to. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MessageKind {
    /// Customer credit transfer between institutions.
    Pacs008,
    /// Credit transfer of an institution's own.
    Pacs009,
    /// Return of an earlier payment.
    Pacs004,
    /// Settlement of securities: units of an asset, no money.
    Sese023,
}

/// A payment leg: unique for ever, consumed only by an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Leg {
    /// Who pays.
    pub instructing: Lei,
    /// The payment's reference, end to end.
    pub uetr: Uetr,
    /// Which message of the chain.
    pub kind: MessageKind,
    /// Who is paid.
    pub instructed: Lei,
}

impl Leg {
    /// Whether a member pays or is paid.
    #[must_use]
    pub fn has_party(&self, member: &Lei) -> bool {
        self.instructing == *member || self.instructed == *member
    }

    /// Its identity: hash of the four facts.
    #[must_use]
    pub fn id(&self) -> LegId {
        LegId::new(*Domain::Leg.hash_of(self).get())
    }

    /// [`Leg::id`] of each, side by side.
    #[must_use]
    pub fn ids(legs: &[Self]) -> Vec<LegId> {
        Domain::Leg.hashes_of(legs).into_iter().map(|hash| LegId::new(*hash.get())).collect()
    }
}

impl AccountId {
    /// The address of a member's account, unguessable without `blind`.
    #[must_use]
    pub fn derive(chain: &ChainId, member: &Lei, currency: Currency, blind: &Hash32) -> Self {
        Self::new(*Domain::Account.hash_of(&(chain, member, currency, blind)).get())
    }
}

impl ReserveId {
    /// A custodian's account in one currency, known by a salted commitment to its number.
    #[must_use]
    pub fn derive(custodian: &Lei, currency: Currency, account: &Hash32) -> Self {
        Self::new(*Domain::Reserve.hash_of(&(custodian, currency, account)).get())
    }
}

impl EntryId {
    /// The nullifier of one detail of one booked entry: derived by the ledger, never given.
    #[must_use]
    pub fn derive(custodian: &Lei, reserve: &ReserveId, servicer: &Text, detail: u32) -> Self {
        Self::new(*Domain::Entry.hash_of(&(custodian, reserve, servicer, detail)).get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lei_is_checked_by_its_two_last_digits() {
        assert!(Lei::new("529900T8BM49AURSDO55").is_some());
        assert!(Lei::new("529900T8BM49AURSDO56").is_none());
        assert!(Lei::new("529900t8bm49aursdo55").is_none());
        assert!(Lei::new("529900T8BM49AURSDO5").is_none());
    }

    #[test]
    fn a_uetr_is_a_version_4_uuid() {
        let uetr = Uetr::from_hex("8a562c67ca1648bab07465581be6f011").unwrap();
        assert!(uetr.is_version_4());
        assert_eq!(uetr.to_text(), "8a562c67-ca16-48ba-b074-65581be6f011");
        assert!(!Uetr::new([0; 16]).is_version_4());
    }

    #[test]
    fn legs_that_differ_in_any_fact_are_different_legs() {
        let (a, b) =
            (Lei::new("529900T8BM49AURSDO55").unwrap(), Lei::new("7LTWFZYICNSX8D621K86").unwrap());
        let leg = Leg {
            instructing: a,
            uetr: Uetr::new([1; 16]),
            kind: MessageKind::Pacs008,
            instructed: b,
        };
        let others = [
            Leg { instructing: b, ..leg },
            Leg { uetr: Uetr::new([2; 16]), ..leg },
            Leg { kind: MessageKind::Pacs009, ..leg },
            Leg { instructed: a, ..leg },
        ];
        assert!(others.iter().all(|other| other.id() != leg.id()));
    }
}
