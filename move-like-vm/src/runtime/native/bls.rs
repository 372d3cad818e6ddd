//! BLS signatures over BLS12-381: keys are points of G2, signatures points of G1.
//!
//! # Place      contracts -> [bls] -> the curve of the `bls12_381` crate
//! # Invariants points are canonical, in the subgroup of prime order, and never the identity; what is
//! #            malformed is no fault of the contract: the answer is no
//! # Absent     secret keys; keys of G1

use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{
    G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective, Gt, multi_miller_loop,
};

use super::NativeContext;
use crate::runtime::stop::Stop;
use crate::runtime::value::Value;

/// Under which messages are hashed to the curve.
const MESSAGE_TAG: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
/// Under which a key is hashed to the curve for its proof of possession.
const POSSESSION_TAG: &[u8] = b"BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
/// The bytes of a key.
const KEY: usize = 96;
/// The bytes of a signature.
const SIGNATURE: usize = 48;
/// What two pairings and a point for the message cost.
const PAIRINGS_GAS: u64 = 3_000_000;
/// What reading and checking a key costs.
const KEY_GAS: u64 = 400_000;
/// What reading and checking a signature costs.
const SIGNATURE_GAS: u64 = 200_000;
/// The code of points that cannot be added up.
const MALFORMED: u64 = 1;

/// Whether a signature of a message is that of a key.
pub(super) fn verify(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    context.charge(PAIRINGS_GAS.saturating_add(KEY_GAS).saturating_add(SIGNATURE_GAS))?;
    let signature = signature(context.bytes(0)?);
    let key = key(context.bytes(1)?);
    let message = context.bytes(2)?;
    let valid = is_signed(key, message, MESSAGE_TAG, signature);
    context.give(Value::Bool(valid));
    Ok(())
}

/// Whether a signature of one message is that of all these keys together, which stand one behind the
/// other. Who counts on it has seen a proof of possession of each.
pub(super) fn verify_aggregate(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    context.charge(PAIRINGS_GAS.saturating_add(SIGNATURE_GAS))?;
    let count = context.bytes(1)?.len().checked_div(KEY).unwrap_or(0);
    context.charge(KEY_GAS.saturating_mul(u64::try_from(count).unwrap_or(u64::MAX)))?;
    let signature = signature(context.bytes(0)?);
    let key = sum_of_keys(context.bytes(1)?);
    let message = context.bytes(2)?;
    let valid = is_signed(key, message, MESSAGE_TAG, signature);
    context.give(Value::Bool(valid));
    Ok(())
}

/// Whether a proof shows that its maker knows the secret behind a key.
pub(super) fn verify_possession(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    context.charge(PAIRINGS_GAS.saturating_add(KEY_GAS).saturating_add(SIGNATURE_GAS))?;
    let proof = signature(context.bytes(0)?);
    let bytes = context.bytes(1)?;
    let valid = is_signed(key(bytes), bytes, POSSESSION_TAG, proof);
    context.give(Value::Bool(valid));
    Ok(())
}

/// Whether bytes are a key.
pub(super) fn validate_public_key(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    context.charge(KEY_GAS)?;
    let valid = key(context.bytes(0)?).is_some();
    context.give(Value::Bool(valid));
    Ok(())
}

/// The signature that signatures of one message add up to, which stand one behind the other.
pub(super) fn aggregate(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let count = context.bytes(0)?.len().checked_div(SIGNATURE).unwrap_or(0);
    context.charge(SIGNATURE_GAS.saturating_mul(u64::try_from(count).unwrap_or(u64::MAX)))?;
    let sum = sum_of_signatures(context.bytes(0)?).ok_or(Stop::aborted(MALFORMED))?;
    context.give_bytes(&sum.to_compressed())
}

fn key(bytes: &[u8]) -> Option<G2Affine> {
    let point = Option::<G2Affine>::from(G2Affine::from_compressed(bytes.try_into().ok()?))?;
    (!bool::from(point.is_identity())).then_some(point)
}

fn signature(bytes: &[u8]) -> Option<G1Affine> {
    let point = Option::<G1Affine>::from(G1Affine::from_compressed(bytes.try_into().ok()?))?;
    (!bool::from(point.is_identity())).then_some(point)
}

/// The sum of at least one key; none if one is malformed or they cancel out.
fn sum_of_keys(bytes: &[u8]) -> Option<G2Affine> {
    let parts = bytes.chunks(KEY).map(key);
    let sum = parts
        .into_iter()
        .try_fold(G2Projective::identity(), |sum, key| key.map(|key| sum.add_mixed(&key)))?;
    let sum = G2Affine::from(sum);
    (!bool::from(sum.is_identity())).then_some(sum)
}

fn sum_of_signatures(bytes: &[u8]) -> Option<G1Affine> {
    let parts = bytes.chunks(SIGNATURE).map(signature);
    let sum = parts.into_iter().try_fold(G1Projective::identity(), |sum, signature| {
        signature.map(|signature| sum.add_mixed(&signature))
    })?;
    let sum = G1Affine::from(sum);
    (!bool::from(sum.is_identity())).then_some(sum)
}

/// Whether `e(signature, G2) = e(message, key)`.
fn is_signed(
    key: Option<G2Affine>,
    message: &[u8],
    tag: &[u8],
    signature: Option<G1Affine>,
) -> bool {
    let (Some(key), Some(signature)) = (key, signature) else { return false };
    let point: G1Projective =
        HashToCurve::<ExpandMsgXmd<sha2_for_bls::Sha256>>::hash_to_curve([message], tag);
    let negated = std::ops::Neg::neg(G1Affine::from(point));
    let key = G2Prepared::from(key);
    let generator = G2Prepared::from(G2Affine::generator());
    let product = multi_miller_loop(&[(&negated, &key), (&signature, &generator)]);
    product.final_exponentiation() == Gt::identity()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bls12_381::Scalar;

    fn point(message: &[u8], tag: &[u8]) -> G1Projective {
        HashToCurve::<ExpandMsgXmd<sha2_for_bls::Sha256>>::hash_to_curve([message], tag)
    }

    fn key_of(secret: u64) -> [u8; KEY] {
        G2Affine::from(G2Affine::generator() * Scalar::from(secret)).to_compressed()
    }

    fn sign(secret: u64, message: &[u8], tag: &[u8]) -> [u8; SIGNATURE] {
        G1Affine::from(point(message, tag) * Scalar::from(secret)).to_compressed()
    }

    #[test]
    fn a_signature_is_of_one_key_message_and_tag() {
        let (one, other) = (key_of(7), key_of(8));
        let signed = signature(&sign(7, b"m", MESSAGE_TAG));
        assert!(is_signed(key(&one), b"m", MESSAGE_TAG, signed));
        assert!(!is_signed(key(&other), b"m", MESSAGE_TAG, signed));
        assert!(!is_signed(key(&one), b"n", MESSAGE_TAG, signed));
        assert!(!is_signed(key(&one), b"m", POSSESSION_TAG, signed));
        assert!(!is_signed(key(&one[1..]), b"m", MESSAGE_TAG, signed));
        assert!(!is_signed(key(&one), b"m", MESSAGE_TAG, None));
    }

    #[test]
    fn signatures_of_one_message_add_up_to_one_under_all_keys() {
        let (one, other) = (key_of(7), key_of(8));
        let both = [sign(7, b"m", MESSAGE_TAG), sign(8, b"m", MESSAGE_TAG)].concat();
        let sum = sum_of_signatures(&both);
        let keys = [one, other].concat();
        assert!(is_signed(sum_of_keys(&keys), b"m", MESSAGE_TAG, sum));
        assert!(!is_signed(sum_of_keys(&keys[..KEY]), b"m", MESSAGE_TAG, sum));
        assert!(sum_of_keys(&keys[1..]).is_none());
        assert!(sum_of_keys(&[]).is_none());
        assert!(sum_of_signatures(&both[..50]).is_none());
        assert!(sum_of_signatures(&[]).is_none());
    }

    #[test]
    fn what_cancels_out_or_is_the_identity_is_no_key_and_no_signature() {
        let negative = G2Affine::from(G2Affine::generator() * -Scalar::from(7)).to_compressed();
        assert!(sum_of_keys(&[key_of(7), negative].concat()).is_none());
        assert!(key(&G2Affine::identity().to_compressed()).is_none());
        assert!(signature(&G1Affine::identity().to_compressed()).is_none());
        // x = 4 is on the curve of G1 and, as nearly every point there, not of prime order
        let mut outside = [0; SIGNATURE];
        (outside[0], outside[47]) = (0x80, 4);
        assert!(signature(&outside).is_none());
    }

    /// Of another implementation (noble-curves, signatures in G1): secret, message, signature under the
    /// tag without proofs.
    #[test]
    fn a_signature_of_another_implementation_holds() {
        let mut secret: [u8; 32] =
            hex::decode("611810ebd8f5a7faad47b2249f9d13be0506131db987b6948f1ca3194fa6b643")
                .unwrap()
                .try_into()
                .unwrap();
        secret.reverse();
        let secret = Scalar::from_bytes(&secret).unwrap();
        let key = G2Affine::from(G2Affine::generator() * secret);
        let signed = hex::decode(
            "94250c0cc62ae9041c6f6e5042202b3c327991ce4b2841a4145d270f6c8311bc\
             95673c826ada72a6d69e92a833d649e6",
        )
        .unwrap();
        let tag = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
        assert!(is_signed(Some(key), b"h", tag, signature(&signed)));
        assert!(!is_signed(Some(key), b"i", tag, signature(&signed)));
    }
}
