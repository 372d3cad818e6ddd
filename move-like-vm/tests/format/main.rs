//! The format against binaries that others wrote, and against what chance makes of them.

mod real;

use move_like_vm::format::AddressWidth;
use move_like_vm::{decode, encode};

/// The width of the addresses in the real binaries.
const SHORT: AddressWidth = AddressWidth::Sixteen;

#[test]
fn every_real_binary_decodes_and_comes_out_as_it_went_in() {
    let mut decoded = 0_usize;
    let binaries = real::binaries();
    for binary in &binaries {
        let again = if binary.is_module {
            decode::module_with(&binary.bytes, SHORT)
                .and_then(|module| encode::module_with(&module, SHORT))
        } else {
            decode::script_with(&binary.bytes, SHORT)
                .and_then(|script| encode::script_with(&script, SHORT))
        };
        let again = again.unwrap_or_else(|fault| panic!("{}: {fault:?}", binary.name));
        assert!(again == binary.bytes, "{}: other bytes", binary.name);
        decoded += 1;
    }
    println!("{decoded} of {} binaries decode and are encoded byte for byte", binaries.len());
}
