//! The native functions of the standard library at `0x1`.

use super::{
    NativeBody, NativeFunction, NativeKey, Natives, bls, bytes, number, type_name, vector,
};
use crate::format::Address;

/// The address `0x1`.
const STANDARD: Address = {
    let mut address = [0; 32];
    address[31] = 1;
    address
};

/// The native functions of the standard library.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardNatives;

/// Module, function, cost of a call, bytes read at most (where known), body.
const TABLE: &[(&str, &str, u32, Option<u32>, NativeBody)] = &[
    ("bcs", "to_bytes", 60, None, bytes::to_bytes),
    ("bls12381", "aggregate", 60, None, bls::aggregate),
    ("bls12381", "validate_public_key", 60, None, bls::validate_public_key),
    ("bls12381", "verify", 60, None, bls::verify),
    ("bls12381", "verify_aggregate", 60, None, bls::verify_aggregate),
    ("bls12381", "verify_possession", 60, None, bls::verify_possession),
    ("ed25519", "validate_public_key", 60, None, bytes::ed25519_validate),
    ("ed25519", "verify", 60, None, bytes::ed25519_verify),
    ("event", "write_to_event_store", 200, None, bytes::write_to_event_store),
    ("hash", "blake2b_256", 400, None, bytes::blake2b_256),
    ("hash", "sha2_256", 400, None, bytes::sha2_256),
    ("hash", "sha3_256", 600, None, bytes::sha3_256),
    ("math", "mul_div", 120, Some(0), number::mul_div),
    ("signer", "borrow_address", 20, Some(0), bytes::borrow_address),
    ("string", "internal_check_utf8", 40, None, bytes::check_utf8),
    ("string", "internal_index_of", 60, None, bytes::index_of),
    ("string", "internal_is_char_boundary", 40, None, bytes::is_char_boundary),
    ("string", "internal_sub_string", 60, None, bytes::sub_string),
    ("type_name", "get", 200, None, type_name::get),
    ("vector", "borrow", 20, Some(0), vector::borrow),
    ("vector", "borrow_mut", 20, Some(0), vector::borrow),
    ("vector", "destroy_empty", 20, Some(0), vector::destroy_empty),
    ("vector", "empty", 30, Some(0), vector::empty),
    ("vector", "length", 20, Some(0), vector::length),
    ("vector", "pop_back", 20, Some(0), vector::pop_back),
    ("vector", "push_back", 30, Some(0), vector::push_back),
    ("vector", "swap", 20, Some(0), vector::swap),
];

impl Natives for StandardNatives {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        if key.address != STANDARD {
            return None;
        }
        let name = (key.module, key.function);
        TABLE.iter().find(|(module, function, ..)| (*module, *function) == name).map(
            |(_, _, gas, bytes_max, body)| NativeFunction {
                gas: *gas,
                body: *body,
                bytes_max: *bytes_max,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_at_0x1_only() {
        assert!(TABLE.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)));
        for (module, function, ..) in TABLE {
            let key = NativeKey { address: STANDARD, module, function };
            assert!(StandardNatives.find(key).is_some());
            assert!(StandardNatives.find(NativeKey { address: [1; 32], ..key }).is_none());
        }
    }
}
