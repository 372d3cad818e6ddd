//! Native functions of another network at `0x1`, as far as its tests can have them without its storage.

use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{G1Affine, G2Affine, G2Prepared, G2Projective, Gt, multi_miller_loop};
use move_like_vm::format::Address;
use move_like_vm::runtime::native::{
    NativeBody, NativeContext, NativeFunction, NativeKey, Natives,
};
use move_like_vm::runtime::{Stop, TypeTag, Value};

/// What types are called, signers and addresses out of bytes, and signatures whose keys are points of G1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours;

const TABLE: &[(&str, &str, NativeBody)] = &[
    ("account", "create_address", create_address),
    ("account", "create_signer", create_signer),
    ("signature", "bls12381_validate_pubkey", is_key),
    ("signature", "bls12381_verify_proof_of_possession", is_possessed),
    ("signature", "bls12381_verify_signature", is_signature),
    ("type_info", "type_name", type_name),
    ("type_info", "type_of", type_of),
];

impl Natives for Neighbours {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        let mut standard = Address::default();
        standard[31] = 1;
        let name = (key.module, key.function);
        let found = TABLE.iter().find(|(module, function, _)| (*module, *function) == name);
        found.filter(|_| key.address == standard).map(|(_, _, body)| NativeFunction {
            gas: 100,
            body: *body,
            bytes_max: None,
        })
    }
}

fn create_address(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let address = Address::try_from(context.bytes(0)?).map_err(|_| Stop::aborted(1))?;
    context.give(Value::Address(address));
    Ok(())
}

fn create_signer(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let Value::Address(address) = context.argument(0)? else { return Err(Stop::aborted(1)) };
    context.give(Value::Signer(address));
    Ok(())
}

fn type_name(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let name = context.type_tag(0)?.to_string();
    let bytes = context.new_bytes(name.as_bytes())?;
    context.give_struct(&[bytes])
}

fn type_of(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let TypeTag::Struct(tag) = context.type_tag(0)? else { return Err(Stop::aborted(1)) };
    let module = context.new_bytes(tag.module.as_bytes())?;
    let name = context.new_bytes(tag.name.as_bytes())?;
    context.give_struct(&[Value::Address(tag.address), module, name])
}

fn key(bytes: &[u8]) -> Option<G1Affine> {
    let point = Option::<G1Affine>::from(G1Affine::from_compressed(bytes.try_into().ok()?))?;
    (!bool::from(point.is_identity())).then_some(point)
}

/// Whether `e(key, message) = e(G1, signature)`.
fn is_signed(key_bytes: &[u8], message: &[u8], tag: &[u8], signature: &[u8]) -> Option<bool> {
    let key = key(key_bytes)?;
    let signature = signature.try_into().ok()?;
    let signature = Option::<G2Affine>::from(G2Affine::from_compressed(signature))?;
    let message: G2Projective =
        HashToCurve::<ExpandMsgXmd<sha2_for_bls::Sha256>>::hash_to_curve([message], tag);
    let message = G2Prepared::from(G2Affine::from(message));
    let generator = -G1Affine::generator();
    let pairs = [(&key, &message), (&generator, &G2Prepared::from(signature))];
    Some(multi_miller_loop(&pairs).final_exponentiation() == Gt::identity())
}

fn is_key(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let valid = key(context.bytes(0)?).is_some();
    context.give(Value::Bool(valid));
    Ok(())
}

fn is_possessed(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let key = context.bytes(0)?.to_vec();
    let proof = context.bytes(1)?;
    let tag = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    let valid = is_signed(&key, &key, tag, proof).unwrap_or(false);
    context.give(Value::Bool(valid));
    Ok(())
}

fn is_signature(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let (signature, key) = (context.bytes(0)?.to_vec(), context.bytes(1)?.to_vec());
    let tag = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    let valid = is_signed(&key, context.bytes(2)?, tag, &signature).unwrap_or(false);
    context.give(Value::Bool(valid));
    Ok(())
}
