//! Canonical bytes: BCS for everything that is signed, hashed or stored.
//!
//! # Place      below every other module of the crate
//! # Invariants W1 one value has one encoding; decoding refuses every other one
//! # Absent     JSON (never hashed; human-readable forms of byte strings exist for genesis files only)

use serde::{
    Serialize, Serializer,
    de::{DeserializeOwned, Error as _, SeqAccess},
    ser::SerializeTuple as _,
};

use crate::limits::MAX_DECODE_DEPTH;

/// Why bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// More bytes than this kind of value may have.
    #[error("{found} bytes where at most {limit} are allowed; send a smaller value")]
    TooLong {
        /// Bytes given.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not the canonical encoding of any value of this type.
    #[error("not canonical BCS of the expected type; encode it as docs/spec/wire.md says")]
    Malformed,
}

/// Room for most values, so that their bytes are not copied while they grow.
const USUAL_BYTES: usize = 256;

/// The canonical bytes of a value.
///
/// Every type given here is a plain struct or enum of bounded depth, for which BCS cannot fail; an
/// empty answer would be a defect of this crate and is caught by the vectors.
#[must_use]
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    encode_into(value, &mut bytes);
    bytes
}

/// As [`encode`], in place of what a buffer holds.
pub fn encode_into<T: Serialize + ?Sized>(value: &T, bytes: &mut Vec<u8>) {
    bytes.clear();
    if bcs::serialize_into(&mut *bytes, value).is_err() {
        bytes.clear();
    }
}

/// Decodes at most `limit` bytes, which must be consumed entirely.
///
/// # Errors
/// [`CodecError::TooLong`] before any work; [`CodecError::Malformed`] for anything but the
/// canonical encoding.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, CodecError> {
    if bytes.len() > limit {
        return Err(CodecError::TooLong { found: bytes.len(), limit });
    }
    bcs::from_bytes_with_limit(bytes, MAX_DECODE_DEPTH).map_err(|_| CodecError::Malformed)
}

/// Writes the bytes of an array, sixteen in one step: BCS has a `u128` as its bytes, least first.
pub(crate) fn serialize_array<S: Serializer, const N: usize>(
    bytes: &[u8; N],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let (words, rest) = bytes.as_chunks::<16>();
    let mut tuple = serializer.serialize_tuple(N)?;
    for word in words {
        tuple.serialize_element(&u128::from_le_bytes(*word))?;
    }
    for byte in rest {
        tuple.serialize_element(byte)?;
    }
    tuple.end()
}

/// Reads what [`serialize_array`] wrote.
pub(crate) fn array_of<'de, A: SeqAccess<'de>, const N: usize>(
    mut bytes: A,
) -> Result<[u8; N], A::Error> {
    let missing = |_| A::Error::custom("fewer bytes than the type has");
    let mut array = [0; N];
    let (words, rest) = array.as_chunks_mut::<16>();
    for word in words {
        let read: u128 = bytes.next_element()?.ok_or(()).map_err(missing)?;
        *word = read.to_le_bytes();
    }
    for byte in rest {
        *byte = bytes.next_element()?.ok_or(()).map_err(missing)?;
    }
    Ok(array)
}

/// The order of bytes. What is put in order here is a hash or random as a rule, so that the first eight
/// bytes decide, as a number.
pub(crate) fn in_order<const N: usize>(a: &[u8; N], b: &[u8; N]) -> std::cmp::Ordering {
    let first = |of: &[u8; N]| of.first_chunk().map(|first| u64::from_be_bytes(*first));
    first(a).cmp(&first(b)).then_with(|| a.cmp(b))
}

/// Defines a newtype over a byte array: hex where a person reads it, raw bytes in BCS.
macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name([u8; $len]);

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                $crate::codec::in_order(&self.0, &other.0)
            }
        }

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Wraps raw bytes.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The raw bytes.
            #[must_use]
            pub const fn get(&self) -> &[u8; $len] {
                &self.0
            }

            /// Lowercase hex.
            #[must_use]
            pub fn to_hex(&self) -> String {
                hex::encode(self.0)
            }

            /// Parses exactly as many lowercase hex digits as the type has; `None` otherwise.
            #[must_use]
            pub fn from_hex(text: &str) -> Option<Self> {
                if text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return None;
                }
                let bytes = hex::decode(text).ok()?;
                Some(Self(bytes.try_into().ok()?))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.to_hex())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.to_hex())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                if s.is_human_readable() {
                    return s.serialize_str(&self.to_hex());
                }
                crate::codec::serialize_array(&self.0, s)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Bytes;
                impl<'de> serde::de::Visitor<'de> for Bytes {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(f, "{} bytes, as lowercase hex in text", $len)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::from_hex(text).ok_or_else(|| E::invalid_value(
                            serde::de::Unexpected::Str(text), &self))
                    }
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        seq: A,
                    ) -> Result<$name, A::Error> {
                        crate::codec::array_of(seq).map($name)
                    }
                }
                if d.is_human_readable() {
                    d.deserialize_str(Bytes)
                } else {
                    d.deserialize_tuple($len, Bytes)
                }
            }
        }
    };
}
pub(crate) use fixed_bytes;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Hash32;

    #[test]
    fn w1_a_decoded_value_encodes_to_the_same_bytes() {
        let value = (Hash32::new([7; 32]), 300u64, vec![1u8, 2]);
        let bytes = encode(&value);
        assert_eq!(decode::<(Hash32, u64, Vec<u8>)>(&bytes, 100), Ok(value));
    }

    #[test]
    fn w1_trailing_bytes_and_padded_lengths_are_refused() {
        assert_eq!(decode::<u8>(&[1, 0], 10), Err(CodecError::Malformed));
        assert_eq!(decode::<Vec<u8>>(&[0x81, 0x00, 9], 10), Err(CodecError::Malformed));
    }

    #[test]
    fn w1_a_buffer_that_is_used_again_holds_the_same_bytes() {
        let mut buffer = Vec::new();
        for value in [vec![1u8, 2, 3], Vec::new(), vec![9; 400]] {
            encode_into(&value, &mut buffer);
            assert_eq!(buffer, encode(&value));
        }
    }

    #[test]
    fn a_value_over_its_limit_is_refused_unread() {
        let refused = decode::<Vec<u8>>(&[0; 11], 10);
        assert_eq!(refused, Err(CodecError::TooLong { found: 11, limit: 10 }));
    }

    #[test]
    fn a_huge_declared_length_allocates_nothing_and_is_refused() {
        let refused = decode::<Vec<u64>>(&[0xff, 0xff, 0xff, 0xff, 0x07], 10);
        assert_eq!(refused, Err(CodecError::Malformed));
    }
}
