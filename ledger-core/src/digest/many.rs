//! Many hashes at once: messages side by side in vector registers, the same bytes as one by one.
//!
//! # Place      the end of a block: salts, leaves, nodes of trees
//! # Invariants I8 what comes out is SHA-256, whatever the processor has: before its first use in a
//! #            process the vector code is compared with the plain one, and left alone if it differs
//! # Absent     threads

use std::sync::OnceLock;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tape_sha256::Message;

use super::{Domain, Hash32};
use crate::codec::encode_into;

/// Longest message that the comparison tries: more than four blocks of the hash, with padding.
const LONGEST_TRIED: usize = 300;

impl Domain {
    /// [`Domain::hash`] of each message.
    #[must_use]
    pub fn hashes<B: AsRef<[u8]>>(self, messages: &[B]) -> Vec<Hash32> {
        let prefix = self.prefix();
        let messages = messages.iter().map(|bytes| Message::prefixed(&prefix, bytes.as_ref()));
        all(&messages.collect::<Vec<_>>())
    }

    /// [`Domain::hash_of`] of each value.
    #[must_use]
    pub fn hashes_of<T: Serialize>(self, values: &[T]) -> Vec<Hash32> {
        let (mut bytes, mut ends, mut one) = (Vec::new(), Vec::new(), Vec::new());
        for value in values {
            encode_into(value, &mut one);
            bytes.extend_from_slice(&one);
            ends.push(bytes.len());
        }
        let mut from = 0usize;
        let messages = ends.into_iter().map(|end| {
            let message = bytes.get(from..end).unwrap_or_default();
            from = end;
            message
        });
        self.hashes(&messages.collect::<Vec<_>>())
    }
}

/// [`super::leaf_hash`] of each salt and its bytes.
#[must_use]
pub fn leaf_hashes<B: AsRef<[u8]>>(leaves: &[(Hash32, B)]) -> Vec<Hash32> {
    let messages =
        leaves.iter().map(|(salt, bytes)| Message::pair(&[0x00], salt.get(), bytes.as_ref()));
    all(&messages.collect::<Vec<_>>())
}

/// [`super::node_hash`] of each pair.
#[must_use]
pub fn node_hashes(pairs: &[(Hash32, Hash32)]) -> Vec<Hash32> {
    let messages =
        pairs.iter().map(|(left, right)| Message::pair(&[0x01], left.get(), right.get()));
    all(&messages.collect::<Vec<_>>())
}

fn all(messages: &[Message<'_>]) -> Vec<Hash32> {
    static AGREES: OnceLock<bool> = OnceLock::new();
    if *AGREES.get_or_init(agrees) { side_by_side(messages) } else { one_by_one(messages) }
}

fn side_by_side(messages: &[Message<'_>]) -> Vec<Hash32> {
    let mut digests = vec![[0; 32]; messages.len()];
    tape_sha256::hash_messages(messages, &mut digests);
    digests.into_iter().map(Hash32::new).collect()
}

fn one_by_one(messages: &[Message<'_>]) -> Vec<Hash32> {
    let one = |message: &Message<'_>| {
        let mut hasher = Sha256::new();
        for part in [message.prefix, message.body, message.tail] {
            hasher.update(part);
        }
        Hash32::new(hasher.finalize().into())
    };
    messages.iter().map(one).collect()
}

/// Whether both ways agree about messages of every length and cut up to [`LONGEST_TRIED`].
fn agrees() -> bool {
    let bytes: Vec<u8> = (0u8..=250).cycle().take(LONGEST_TRIED).collect();
    let messages: Vec<Message<'_>> = (0..LONGEST_TRIED)
        .map(|length| {
            let (rest, tail) = bytes.split_at(length.div_ceil(3));
            let (prefix, body) = rest.split_at(rest.len().div_ceil(2));
            let tail = tail.get(..length.saturating_sub(rest.len())).unwrap_or_default();
            Message { prefix, body, tail }
        })
        .collect();
    side_by_side(&messages) == one_by_one(&messages)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::{leaf_hash, node_hash};

    #[test]
    fn i8_the_vector_code_of_this_machine_is_sha_256() {
        assert!(agrees());
    }

    proptest! {
        #[test]
        fn i8_many_hashes_are_those_of_one_at_a_time(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..70),
        ) {
            let single: Vec<_> = messages.iter().map(|bytes| Domain::Salt.hash(bytes)).collect();
            prop_assert_eq!(Domain::Salt.hashes(&messages), single.clone());
            let encoded: Vec<_> = messages.iter().map(|m| Domain::Salt.hash_of(m)).collect();
            prop_assert_eq!(Domain::Salt.hashes_of(&messages), encoded);
            let leaves: Vec<_> = single.iter().copied().zip(&messages).collect();
            let expected: Vec<_> = leaves.iter().map(|(salt, m)| leaf_hash(salt, m)).collect();
            prop_assert_eq!(leaf_hashes(&leaves), expected.clone());
            let pairs: Vec<_> = single.into_iter().zip(expected).collect();
            let nodes: Vec<_> = pairs.iter().map(|(l, r)| node_hash(l, r)).collect();
            prop_assert_eq!(node_hashes(&pairs), nodes);
        }
    }
}
