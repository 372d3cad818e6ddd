//! The natives that the tests of the reference machine have beside those of our standard library.

use move_like_vm::format::Address;
use move_like_vm::runtime::native::{
    NativeContext, NativeFunction, NativeKey, Natives, StandardNatives,
};
use move_like_vm::runtime::{Stop, Value};
use move_like_vm::status::Status;

/// The address `0x1`.
const STANDARD: Address = {
    let mut address = [0; 32];
    address[31] = 1;
    address
};

/// What the reference machine's standard library and payment framework declare at `0x1`: our own
/// natives under the older spelling of their modules (`Vector`, `Signature`), signers made for an
/// account, and printing, which shows nothing here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReferenceNatives;

impl Natives for ReferenceNatives {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        if key.address != STANDARD {
            return None;
        }
        let (module, function) = match (key.module, key.function) {
            ("debug" | "Debug", "print" | "print_stack_trace")
            | ("DiemAccount", "destroy_signer") => return Some(free(nothing)),
            ("DiemAccount", "create_signer") => return Some(free(create_signer)),
            ("Signature", "ed25519_verify") => ("ed25519", "verify"),
            ("Signature", "ed25519_validate_pubkey") => ("ed25519", "validate_public_key"),
            ("BCS", function) => ("bcs", function),
            ("Event", function) => ("event", function),
            ("Hash", function) => ("hash", function),
            ("Signer", function) => ("signer", function),
            ("Vector", function) => ("vector", function),
            _ => return None,
        };
        StandardNatives.find(NativeKey { module, function, ..key })
    }
}

fn free(body: fn(&mut NativeContext<'_>) -> Result<(), Stop>) -> NativeFunction {
    NativeFunction { gas: 0, body, bytes_max: Some(0) }
}

fn nothing(_: &mut NativeContext<'_>) -> Result<(), Stop> {
    Ok(())
}

/// The signer of an address: what the framework of the reference machine trusts itself with.
fn create_signer(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    match context.argument(0)? {
        Value::Address(address) => {
            context.give(Value::Signer(address));
            Ok(())
        }
        _ => Err(Status::InternalTypeError.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_framework_s_natives_are_here_at_0x1_only() {
        let has = |address, module, function| {
            ReferenceNatives.find(NativeKey { address, module, function }).is_some()
        };
        for (module, function) in [
            ("debug", "print"),
            ("Debug", "print_stack_trace"),
            ("BCS", "to_bytes"),
            ("Event", "write_to_event_store"),
            ("Hash", "sha3_256"),
            ("Signer", "borrow_address"),
            ("Vector", "push_back"),
            ("Signature", "ed25519_verify"),
            ("Signature", "ed25519_validate_pubkey"),
            ("DiemAccount", "create_signer"),
            ("DiemAccount", "destroy_signer"),
        ] {
            assert!(has(STANDARD, module, function), "{module}::{function}");
            assert!(!has([2; 32], module, function), "{module}::{function}");
        }
        assert!(!has(STANDARD, "debug", "other") && !has(STANDARD, "other", "print"));
        assert!(!has(STANDARD, "Vector", "other") && !has(STANDARD, "DiemAccount", "other"));
    }
}
