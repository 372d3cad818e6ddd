//! BLS signatures over BLS12-381, MinSig: keys are points of G2, signatures points of G1.
//!
//! The engine has an implementation of its own, in C; this one answers the ledger (D5) and everybody who
//! checks offline, so that two must agree.
//!
//! # Place      validators (proofs of possession), the verifier's certificates -> [bls] -> the curve of the
//! #            `bls12_381` crate, pure Rust
//! # Invariants points are canonical, in the prime-order subgroup, and never the identity
//! # Absent     secret keys (see `testing`); constant time (everything here is public)

use bls12_381::{
    G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective, Gt,
    hash_to_curve::{ExpandMsgXmd, HashToCurve},
    multi_miller_loop,
};

use crate::genesis::{VoteKey, VoteSignature};

/// Under which votes are hashed to the curve.
pub const VOTE_TAG: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
/// Under which a vote key is hashed to the curve for its proof of possession.
pub const POSSESSION_TAG: &[u8] = b"BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";

/// Under which a validator shows that it holds its vote key. It names no network, since the
/// network's identity is the hash of a genesis that already holds the proof.
pub const ENROL_NAMESPACE: &[u8] = b"florin/enrol/1";

/// What is wrong with a vote key and its proof of possession.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEnrolled {
    /// The key is no point that may sign.
    VoteKey,
    /// The proof is not the key's.
    Possession,
}

/// The point behind a vote key whose holder has shown that it knows the secret (W15).
///
/// Without the proof a validator could register a key made from the others' keys and sign for all.
///
/// # Errors
/// [`NotEnrolled`].
pub fn enrolled(key: &VoteKey, proof: &VoteSignature) -> Result<G2Affine, NotEnrolled> {
    let point = public_key(key).ok_or(NotEnrolled::VoteKey)?;
    let proof = signature(proof).ok_or(NotEnrolled::Possession)?;
    let message = hash_to_g1(&possession_message(key), POSSESSION_TAG);
    if holds(&point, &message, &proof) { Ok(point) } else { Err(NotEnrolled::Possession) }
}

/// What a proof of possession signs.
#[must_use]
pub fn possession_message(key: &VoteKey) -> Vec<u8> {
    namespaced(ENROL_NAMESPACE, key.get())
}

/// The point that a message is signed as.
#[must_use]
pub fn hash_to_g1(message: &[u8], tag: &[u8]) -> G1Affine {
    type Expand = ExpandMsgXmd<sha2_for_bls::Sha256>;
    let point: G1Projective = HashToCurve::<Expand>::hash_to_curve([message], tag);
    point.into()
}

/// The point behind a public key, when it is one that may sign.
#[must_use]
pub fn public_key(key: &VoteKey) -> Option<G2Affine> {
    let point = Option::<G2Affine>::from(G2Affine::from_compressed(key.get()))?;
    (!bool::from(point.is_identity())).then_some(point)
}

/// The point behind a signature, when it is one that a signer can have made.
#[must_use]
pub fn signature(signature: &VoteSignature) -> Option<G1Affine> {
    let point = Option::<G1Affine>::from(G1Affine::from_compressed(signature.get()))?;
    (!bool::from(point.is_identity())).then_some(point)
}

/// The key under which the signatures of all these keys over one message add up.
#[must_use]
pub fn sum<'a>(keys: impl IntoIterator<Item = &'a G2Affine>) -> G2Affine {
    keys.into_iter().fold(G2Projective::identity(), |sum, key| sum.add_mixed(key)).into()
}

/// Whether `e(signature, G2) = e(message, key)`.
#[must_use]
pub fn holds(key: &G2Affine, message: &G1Affine, signature: &G1Affine) -> bool {
    let key = G2Prepared::from(*key);
    let generator = G2Prepared::from(G2Affine::generator());
    let negated = std::ops::Neg::neg(*message);
    let product = multi_miller_loop(&[(&negated, &key), (signature, &generator)]);
    product.final_exponentiation() == Gt::identity()
}

/// The engine's `union_unique`: the length of the namespace as a varint, the namespace, the rest.
#[must_use]
pub fn namespaced(namespace: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_varint(&mut bytes, u64::try_from(namespace.len()).unwrap_or(u64::MAX));
    bytes.extend_from_slice(namespace);
    bytes.extend_from_slice(rest);
    bytes
}

/// Appends an integer seven bits at a time, the lowest first, with the high bit for "more".
pub fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        let [low, ..] = value.to_le_bytes();
        bytes.push(low | 0x80);
        value >>= 7;
    }
    let [last, ..] = value.to_le_bytes();
    bytes.push(last);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bls12_381::Scalar;

    /// From the test vectors of noble-curves (G1 signatures, tag NUL): secret, message, signature.
    const NOBLE: [(&str, &str, &str); 3] = [
        (
            "611810ebd8f5a7faad47b2249f9d13be0506131db987b6948f1ca3194fa6b643",
            "68",
            "94250c0cc62ae9041c6f6e5042202b3c327991ce4b2841a4145d270f6c8311bc\
             95673c826ada72a6d69e92a833d649e6",
        ),
        (
            "50ff7bd9b21916e55debbd0757e945386b6159ef481d9d774ee67d9b07d0e4ed",
            "7e846556",
            "8d8d9e84012c9c0958018202fe944b4517b618cb7df0b61b1f1ce40b43c2da63\
             30ee0c30a37ac6c7ba0f16aeaa5b99db",
        ),
        (
            "4a8135a8847019dad5c1f1b609b50ee72bf5e6459f9c4206ce43de04c2a7103a",
            "01a6d7836c68ad",
            "914a38d1fa13ffdff56cbadd1bd77a3108aae19f76ff2a99d18784cf5c7620d4\
             4543045d757f61bdd4fa66780b25eb46",
        ),
    ];

    fn scalar(hex_text: &str) -> Scalar {
        let mut bytes: [u8; 32] = hex::decode(hex_text).unwrap().try_into().unwrap();
        bytes.reverse();
        Scalar::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn w14_signatures_of_another_implementation_hold() {
        let tag = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
        for (secret, message, signed) in NOBLE {
            let key = G2Affine::from(G2Affine::generator() * scalar(secret));
            let point = hash_to_g1(&hex::decode(message).unwrap(), tag);
            let signed = signature(&VoteSignature::from_hex(signed).unwrap()).unwrap();
            assert!(holds(&key, &point, &signed), "{message}");
            assert!(!holds(&key, &hash_to_g1(b"other", tag), &signed), "{message}");
            assert!(!holds(&G2Affine::generator(), &point, &signed), "{message}");
        }
    }

    #[test]
    fn w14_the_identity_is_neither_key_nor_signature() {
        let key = VoteKey::new(G2Affine::identity().to_compressed());
        let signed = VoteSignature::new(G1Affine::identity().to_compressed());
        assert!(public_key(&key).is_none());
        assert!(signature(&signed).is_none());
    }

    #[test]
    fn w14_a_point_outside_the_subgroup_is_refused() {
        // x = 4 is on the curve of G1 and, as nearly every point there, not of prime order.
        let mut bytes = [0u8; 48];
        (bytes[0], bytes[47]) = (0x80, 4);
        let on_curve = Option::<G1Affine>::from(G1Affine::from_compressed_unchecked(&bytes));
        assert!(on_curve.is_some_and(|point| bool::from(point.is_on_curve())));
        assert!(signature(&VoteSignature::new(bytes)).is_none());
    }

    #[test]
    fn a_varint_takes_seven_bits_per_byte_lowest_first() {
        let rows: [(u64, &[u8]); 5] = [
            (0, &[0]),
            (127, &[0x7f]),
            (128, &[0x80, 1]),
            (300, &[0xac, 2]),
            (u64::MAX, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        ];
        for (value, expected) in rows {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            assert_eq!(bytes, expected, "{value}");
        }
    }
}
