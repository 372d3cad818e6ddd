use move_assembler::{assemble, assemble_script};
use move_like_vm::status::Status;

use super::*;

const CALLER: &str = "script fun main(a: u64) { move_loc a call 0x1::other::f ret }
    tables { functions { 0x1::other::f(u64) } }";
const ALONE: &str = "script fun main(a: u64) { move_loc a pop ret }";

fn module(text: &str) -> Vec<u8> {
    encode::module(&assemble(text).expect("complete")).expect("writable")
}

fn script(text: &str) -> Vec<u8> {
    encode::script(&assemble_script(text).expect("complete")).expect("writable")
}

/// These bytes with another one at a place counted from their end.
fn with(mut bytes: Vec<u8>, from_end: usize, byte: u8) -> Vec<u8> {
    let index = bytes.len().checked_sub(from_end).expect("not so short");
    bytes[index] = byte;
    bytes
}

fn judged(bytes: &[u8]) -> (Kind, Option<Status>) {
    let (kind, result) = read(bytes, AddressWidth::ThirtyTwo);
    (kind, result.err().map(|fault| fault.status))
}

#[test]
fn whole_files_are_what_they_are() {
    for text in [CALLER, ALONE] {
        assert_eq!(judged(&script(text)), (Kind::Script, None));
    }
    for text in ["module 0x1::m\nfun f(): u64 { ld_u64 1 ret }", "module 0x1::m"] {
        assert_eq!(judged(&module(text)), (Kind::Module, None));
    }
}

#[test]
fn a_script_of_broken_code_is_still_a_script() {
    for text in [CALLER, ALONE] {
        assert_eq!(
            judged(&with(script(text), 1, 0xff)),
            (Kind::Script, Some(Status::UnknownOpcode))
        );
    }
}

#[test]
fn a_script_with_a_table_of_modules_is_still_a_script() {
    let mut bytes = script(CALLER);
    let tables = usize::from(bytes[BEFORE_DIRECTORY]);
    let handles = (0..tables)
        .map(|table| BEFORE_DIRECTORY + 1 + 3 * table)
        .find(|at| bytes[*at] == number(TableKind::FunctionHandles))
        .expect("one");
    bytes[handles] = number(TableKind::FunctionDefinitions);
    assert_eq!(kind(&bytes), Kind::Script);
}

#[test]
fn a_module_with_something_behind_it_is_still_a_module() {
    let mut bytes = module("module 0x1::m\nfun f(): u64 { ld_u64 1 ret }");
    bytes.extend([7; 9]);
    assert_eq!(judged(&bytes).0, Kind::Module);
}

#[test]
fn a_file_that_fits_one_width_has_it_whatever_the_others_have() {
    let caller = assemble_script(CALLER).expect("complete");
    for width in [AddressWidth::Sixteen, AddressWidth::ThirtyTwo] {
        let bytes = encode::script_with(&caller, width).expect("writable");
        assert_eq!(own_width(&bytes), Some(width));
    }
    // Without an address it makes no difference.
    assert_eq!(own_width(&script(ALONE)), None);
    assert_eq!(own_width(b"nothing"), None);
}

#[test]
fn a_damaged_file_is_not_read_with_shorter_addresses() {
    let mut module = assemble("module 0x1::m").expect("complete");
    module.module_handles[0].address.0 = 1;
    let bytes = encode::module(&module).expect("writable");
    assert!(read(&bytes, AddressWidth::Sixteen).1.is_ok());
    assert_eq!(own_width(&bytes), None);
}
