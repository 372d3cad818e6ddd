//! One row per refusal, with the status that Move gives.

use crate::fault::{Fault, Place};
use crate::format::{AddressWidth, CompiledModule, CompiledScript, SignatureToken, sample};
use crate::status::Status;
use crate::{decode, encode};

/// A number in seven bits per byte.
pub(super) fn uleb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7F).expect("seven bits") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits"));
    bytes
}

/// Magic and version, then the rest as it is.
fn header(version: u32, rest: &[u8]) -> Vec<u8> {
    [&[0xA1, 0x1C, 0xEB, 0x0B], version.to_le_bytes().as_slice(), rest].concat()
}

/// A file with these tables one behind the other, and a tail.
pub(super) fn file(version: u32, tables: &[(u8, &[u8])], tail: &[u8]) -> Vec<u8> {
    let mut directory = uleb(tables.len());
    let mut contents = Vec::new();
    for (kind, bytes) in tables {
        directory.push(*kind);
        directory.extend(uleb(contents.len()));
        directory.extend(uleb(bytes.len()));
        contents.extend_from_slice(bytes);
    }
    header(version, &[&directory, contents.as_slice(), tail].concat())
}

fn status<T>(result: Result<T, Fault>) -> Option<Status> {
    result.err().map(|fault| fault.status)
}

fn module(bytes: &[u8]) -> Option<Status> {
    status(decode::module(bytes))
}

/// What a module with this one table is refused with.
fn table(version: u32, kind: u8, bytes: &[u8]) -> Option<Status> {
    module(&file(version, &[(kind, bytes)], &[0]))
}

/// What a function with this code is refused with: its count, then instructions.
fn code(version: u32, code: &[u8]) -> Option<Status> {
    let definition = [&[0, 0, 0, 0, 0], code].concat();
    table(version, 0xC, &definition)
}

const TOO_LONG: &[u8] = &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02];

#[test]
fn a_header_is_refused_from_its_front_to_its_end() {
    use Status as S;
    let rows: Vec<(&str, Vec<u8>, Option<Status>)> = vec![
        ("nothing", vec![], Some(S::BadMagic)),
        ("short magic", vec![0xA1, 0x1C, 0xEB], Some(S::BadMagic)),
        ("other magic", vec![0xA1, 0x1C, 0xEB, 0x0C, 6, 0, 0, 0, 0, 0], Some(S::BadMagic)),
        ("short version", vec![0xA1, 0x1C, 0xEB, 0x0B, 6, 0, 0], Some(S::Malformed)),
        ("version 0", header(0, &[0, 0]), Some(S::UnknownVersion)),
        ("version 4", header(4, &[0, 0]), Some(S::UnknownVersion)),
        ("version 5", header(5, &[0, 0]), None),
        ("version 6", header(6, &[0, 0]), None),
        ("version 7", header(7, &[0, 0]), Some(S::UnknownVersion)),
        ("version 6 of others", header(0x0A00_0006, &[0, 0]), Some(S::UnknownVersion)),
        ("no count", header(6, &[]), Some(S::Malformed)),
        ("count 256", header(6, &[0x80, 0x02]), Some(S::Malformed)),
        ("no table", header(6, &[1]), Some(S::Malformed)),
        ("no offset", header(6, &[1, 1]), Some(S::Malformed)),
        ("no size", header(6, &[1, 1, 0]), Some(S::Malformed)),
        ("table 0", header(6, &[1, 0, 0, 1]), Some(S::UnknownTableType)),
        ("table 9", header(6, &[1, 9, 0, 1]), Some(S::UnknownTableType)),
        ("table 17", header(6, &[1, 0x11, 0, 1]), Some(S::UnknownTableType)),
        ("table 9 without size", header(6, &[1, 9, 0]), Some(S::Malformed)),
        (
            "offset of 33 bits",
            header(6, &[1, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 1]),
            Some(S::Malformed),
        ),
        ("a gap before", header(6, &[1, 1, 1, 2, 0, 0, 0, 0]), Some(S::BadHeaderTable)),
        (
            "a gap between",
            header(6, &[2, 1, 0, 2, 7, 3, 2, 0, 0, 0, 0, 0]),
            Some(S::BadHeaderTable),
        ),
        ("an overlap", header(6, &[2, 1, 0, 2, 7, 1, 2, 0, 0, 0, 0, 0]), Some(S::BadHeaderTable)),
        ("an empty table", header(6, &[1, 1, 0, 0, 0]), Some(S::BadHeaderTable)),
        ("beyond the file", header(6, &[1, 1, 0, 100, 0, 0, 0]), Some(S::BadHeaderTable)),
        (
            "beyond 32 bits",
            header(6, &[2, 1, 0, 1, 7, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0]),
            Some(S::BadHeaderTable),
        ),
        ("twice", header(6, &[2, 1, 0, 2, 1, 2, 2, 0, 0, 0, 0, 0]), Some(S::DuplicateTable)),
        (
            "twice and beyond the file",
            header(6, &[2, 1, 0, 2, 1, 2, 100, 0, 0, 0, 0, 0]),
            Some(S::DuplicateTable),
        ),
        (
            "in the file but not behind the directory",
            header(6, &[1, 1, 0, 4, 0, 0]),
            Some(S::Malformed),
        ),
        ("no tail", header(6, &[1, 1, 0, 2, 0, 0]), Some(S::Malformed)),
        ("bytes behind the tail", header(6, &[1, 1, 0, 2, 0, 0, 0, 9, 9]), None),
        ("a tail that is no index", header(6, &[0, 0x80, 0x80, 0x04]), Some(S::Malformed)),
    ];
    for (what, bytes, expected) in rows {
        assert_eq!(module(&bytes), expected, "{what}");
    }
}

#[test]
fn a_number_has_one_encoding_and_a_maximum() {
    use Status as S;
    let tail = |bytes: &[u8]| module(&header(6, &[&[0], bytes].concat()));
    assert_eq!(tail(&[0x7F]), None);
    assert_eq!(tail(&[0xFF, 0xFF, 0x03]), None, "65,535");
    assert_eq!(tail(&[0x80, 0x80, 0x04]), Some(S::Malformed), "65,536");
    assert_eq!(tail(&[0x80, 0x00]), Some(S::Malformed), "0 in two bytes");
    assert_eq!(tail(&[0x81, 0x80, 0x00]), Some(S::Malformed), "1 in three bytes");
    assert_eq!(tail(&[0x80]), Some(S::Malformed), "no end");
    assert_eq!(tail(TOO_LONG), Some(S::Malformed), "more than 64 bits");
    assert_eq!(tail(&[0x80; 40]), Some(S::Malformed), "never an end");
}

#[test]
fn an_entry_is_refused_for_what_is_wrong_in_it_first() {
    use Status as S;
    let rows: Vec<(&str, u8, Vec<u8>, Option<Status>)> = vec![
        ("module handle", 0x1, vec![0, 0], None),
        ("half a module handle", 0x1, vec![0], Some(S::Malformed)),
        ("struct handle", 0x2, vec![0, 0, 0xF, 1, 0xF, 1], None),
        ("abilities of five bits", 0x2, vec![0, 0, 0x10, 0], Some(S::Malformed)),
        ("constraints of five bits", 0x2, vec![0, 0, 0, 1, 0x10, 0], Some(S::Malformed)),
        ("neither phantom nor not", 0x2, vec![0, 0, 0, 1, 0, 2], Some(S::Malformed)),
        ("parameters that are not there", 0x2, vec![0, 0, 0, 2, 0, 0], Some(S::Malformed)),
        (
            "256 type parameters",
            0x2,
            [&[0, 0, 0, 0x80, 2], [0; 512].as_slice()].concat(),
            Some(S::Malformed),
        ),
        ("function handle", 0x3, vec![0, 0, 0, 0, 1, 0xF], None),
        ("function instantiation", 0x4, vec![0], Some(S::Malformed)),
        ("identifier", 0x7, vec![2, b'_', b'a'], None),
        ("an empty identifier", 0x7, vec![0], Some(S::Malformed)),
        ("a bad identifier", 0x7, vec![2, b'a', b'-'], Some(S::Malformed)),
        ("no UTF-8", 0x7, vec![2, b'a', 0xFF], Some(S::Malformed)),
        ("a short identifier", 0x7, vec![3, b'a', b'b'], Some(S::Malformed)),
        ("two addresses", 0x8, vec![0; 64], None),
        ("half an address", 0x8, vec![0; 48], Some(S::Malformed)),
        ("constant", 0x6, vec![0x1, 1, 7], None),
        ("a short constant", 0x6, vec![0x1, 2, 7], Some(S::Malformed)),
        ("metadata", 0x10, vec![1, 7, 0], None),
        (
            "a key of 1,024 bytes",
            0x10,
            [&[0x80, 8], [0; 1025].as_slice()].concat(),
            Some(S::Malformed),
        ),
        ("a native struct", 0xA, vec![0, 1], None),
        ("a struct without fields", 0xA, vec![0, 2, 0], None),
        ("a struct of kind 0", 0xA, vec![0, 0], Some(S::UnknownNativeStructFlag)),
        ("a struct of kind 3", 0xA, vec![0, 3], Some(S::UnknownNativeStructFlag)),
        ("a struct of no kind", 0xA, vec![0], Some(S::Malformed)),
        ("256 fields", 0xA, [&[0, 2, 0x80, 2], [1; 512].as_slice()].concat(), Some(S::Malformed)),
        ("a field of unknown type", 0xA, vec![0, 2, 1, 0, 0x10], Some(S::UnknownSerializedType)),
        ("struct instantiation", 0xB, vec![0, 0], None),
        ("position 255", 0xD, vec![0, 0xFF, 1], None),
        ("position 256", 0xD, vec![0, 0x80, 2], Some(S::Malformed)),
        ("field instantiation", 0xE, vec![0, 0], None),
        ("friend", 0xF, vec![0, 0], None),
    ];
    for (what, kind, bytes, expected) in rows {
        assert_eq!(table(6, kind, &bytes), expected, "{what}");
    }
}

#[test]
fn a_type_is_refused_for_what_is_wrong_in_it_first() {
    use Status as S;
    let deep = |vectors: usize, leaf: u8| [&[1], vec![0xA; vectors].as_slice(), &[leaf]].concat();
    let rows: Vec<(&str, u32, Vec<u8>, Option<Status>)> = vec![
        ("every leaf", 6, vec![9, 1, 2, 3, 4, 5, 0xC, 0xD, 0xE, 0xF], None),
        ("u16 of version 5", 5, vec![1, 0xD], Some(S::Malformed)),
        ("u32 of version 5", 5, vec![1, 0xE], Some(S::Malformed)),
        ("u256 of version 5", 5, vec![1, 0xF], Some(S::Malformed)),
        ("u64 of version 5", 5, vec![1, 3], None),
        ("type 0", 6, vec![1, 0], Some(S::UnknownSerializedType)),
        ("type 16", 6, vec![1, 0x10], Some(S::UnknownSerializedType)),
        ("no type", 6, vec![1], Some(S::Malformed)),
        ("an element of no type", 6, vec![1, 0xA], Some(S::Malformed)),
        ("256 types", 6, [&[0x80, 2], [1; 256].as_slice()].concat(), Some(S::Malformed)),
        ("no arguments", 6, vec![1, 0xB, 0, 0], Some(S::Malformed)),
        ("too few arguments", 6, vec![1, 0xB, 0, 2, 1], Some(S::Malformed)),
        ("two arguments", 6, vec![1, 0xB, 0, 2, 1, 1], None),
        ("parameter 65,535", 6, vec![1, 9, 0xFF, 0xFF, 3], None),
        ("parameter 65,536", 6, vec![1, 9, 0x80, 0x80, 4], Some(S::UnknownInvariantViolationError)),
        ("parameter 65,537", 6, vec![1, 9, 0x81, 0x80, 4], Some(S::Malformed)),
        ("depth 256", 6, deep(255, 1), None),
        ("depth 257", 6, deep(256, 1), Some(S::Malformed)),
        ("unknown at depth 257", 6, deep(256, 0), Some(S::UnknownSerializedType)),
        ("depth 60,000", 6, deep(60_000, 1), Some(S::Malformed)),
    ];
    for (what, version, bytes, expected) in rows {
        assert_eq!(table(version, 0x5, &bytes), expected, "{what}");
    }
}

#[test]
fn the_deepest_type_is_read_as_it_is_written() {
    let bytes = file(6, &[(0x5, &[&[1], [0xA; 255].as_slice(), &[2]].concat())], &[0]);
    let module = decode::module(&bytes).expect("a type of depth 256");
    let type_ = &module.signatures[0].0[0];
    let (leaf, depth) = type_.preorder().last().expect("a leaf");
    assert_eq!((leaf, depth), (&SignatureToken::U8, 256));
}

#[test]
fn the_deepest_type_needs_little_call_stack() {
    let nested = [&[1], [0xB, 0, 1].repeat(255).as_slice(), &[2]].concat();
    let bytes = file(6, &[(0x5, &nested)], &[0]);
    let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(move || {
        let module = decode::module(&bytes).expect("a type of depth 256");
        let copy = module.clone();
        assert_eq!(copy, module);
        assert_eq!(copy.signatures.cmp(&module.signatures), std::cmp::Ordering::Equal);
        assert_eq!(encode::module(&copy), Ok(bytes));
    });
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn code_is_refused_for_what_is_wrong_in_it_first() {
    use Status as S;
    let rows: Vec<(&str, u32, Vec<u8>, Option<Status>)> = vec![
        ("no instruction", 6, vec![0], None),
        ("fewer than announced", 6, vec![2, 1], Some(S::Malformed)),
        ("65,536 instructions", 6, vec![0x80, 0x80, 4], Some(S::Malformed)),
        ("opcode 0", 6, vec![1, 0], Some(S::UnknownOpcode)),
        ("opcode 0x4E", 6, vec![1, 0x4E], Some(S::UnknownOpcode)),
        ("opcode 0xFF", 6, vec![1, 0xFF], Some(S::UnknownOpcode)),
        ("u8", 6, vec![1, 0x31], Some(S::Malformed)),
        ("u16", 6, vec![1, 0x48, 0], Some(S::BadU16)),
        ("u32", 6, vec![1, 0x49, 0, 0, 0], Some(S::BadU32)),
        ("u64", 6, vec![1, 0x06, 0, 0, 0, 0, 0, 0, 0], Some(S::BadU64)),
        ("u128", 6, [&[1, 0x32], [0; 15].as_slice()].concat(), Some(S::BadU128)),
        ("u256", 6, [&[1, 0x4A], [0; 31].as_slice()].concat(), Some(S::BadU256)),
        ("elements", 6, vec![1, 0x40, 0, 0, 0], Some(S::BadU64)),
        ("local 255", 6, vec![1, 0x0A, 0xFF, 1], None),
        ("local 256", 6, vec![1, 0x0A, 0x80, 2], Some(S::Malformed)),
        ("target 65,535", 6, vec![1, 0x05, 0xFF, 0xFF, 3], None),
        ("target 65,536", 6, vec![1, 0x05, 0x80, 0x80, 4], Some(S::Malformed)),
        ("a cast of version 5", 5, vec![1, 0x35], None),
        ("a cast to u256 in version 5", 5, vec![1, 0x4D], Some(S::Malformed)),
        ("u16 in version 5", 5, vec![1, 0x48, 0, 0], Some(S::Malformed)),
        ("opcode 0x4E in version 5", 5, vec![1, 0x4E], Some(S::UnknownOpcode)),
    ];
    for (what, version, bytes, expected) in rows {
        assert_eq!(code(version, &bytes), expected, "{what}");
    }
}

#[test]
fn flags_are_refused_after_the_code_and_visibility_before_it() {
    use Status as S;
    let definition = |visibility: u8, flags: u8, rest: &[u8]| {
        table(6, 0xC, &[&[0, visibility, flags, 0], rest].concat())
    };
    assert_eq!(definition(3, 0x2, &[]), None, "native");
    assert_eq!(definition(1, 0x6, &[]), None, "native entry");
    assert_eq!(definition(0, 0x4, &[0, 0]), None, "entry");
    assert_eq!(definition(2, 0x9, &[0, 1, 0]), Some(S::Malformed), "visibility 2");
    assert_eq!(definition(4, 0, &[0, 0]), Some(S::Malformed), "visibility 4");
    assert_eq!(definition(0, 0x9, &[0, 1, 0]), Some(S::UnknownOpcode), "flags and opcode");
    assert_eq!(definition(0, 0x1, &[0, 0]), Some(S::InvalidFlagBits), "flag 1");
    assert_eq!(definition(0, 0x8, &[0, 0]), Some(S::InvalidFlagBits), "flag 8");
    assert_eq!(definition(0, 0x82, &[]), Some(S::InvalidFlagBits), "flag 0x80");
}

#[test]
fn a_script_has_its_function_before_its_tables_and_no_definitions() {
    use Status as S;
    let script =
        |tables: &[(u8, &[u8])], tail: &[u8]| status(decode::script(&file(6, tables, tail)));
    let tail: &[u8] = &[0, 0, 0, 1, 2];
    assert_eq!(script(&[(0x5, &[0])], tail), None);
    assert_eq!(script(&[(0x5, &[0])], &[0, 0, 0, 1]), Some(S::Malformed), "no code");
    assert_eq!(script(&[(0x5, &[9])], &[0, 0, 0, 1, 0]), Some(S::UnknownOpcode), "code first");
    for kind in [0xA, 0xB, 0xC, 0xD, 0xE, 0xF] {
        assert_eq!(script(&[(kind, &[0xFF])], tail), Some(S::Malformed), "table {kind}");
        let both: &[(u8, &[u8])] = &[(kind, &[0xFF]), (0x5, &[1, 0])];
        assert_eq!(script(both, tail), Some(S::UnknownSerializedType), "types before {kind}");
    }
}

#[test]
fn of_two_bad_tables_the_shared_one_is_told_and_then_the_first() {
    use Status as S;
    let bad_struct: (u8, &[u8]) = (0xA, &[0, 0]);
    let bad_code: (u8, &[u8]) = (0xC, &[0, 0, 0, 0, 0, 1, 0]);
    let bad_type: (u8, &[u8]) = (0x5, &[1, 0]);
    let refused = |tables: &[(u8, &[u8])]| module(&file(6, tables, &[0]));
    assert_eq!(refused(&[bad_struct, bad_code]), Some(S::UnknownNativeStructFlag));
    assert_eq!(refused(&[bad_code, bad_struct]), Some(S::UnknownOpcode));
    assert_eq!(refused(&[bad_code, bad_struct, bad_type]), Some(S::UnknownSerializedType));
}

#[test]
fn a_fault_names_the_byte_where_its_entry_begins() {
    let offset = |bytes: &[u8]| match decode::module(bytes).map_err(|fault| fault.place) {
        Err(Place::Byte { offset }) => offset,
        other => panic!("{other:?}"),
    };
    assert_eq!(offset(&header(7, &[])), 4, "the version");
    assert_eq!(offset(&header(6, &[2, 1, 0, 1, 9, 1, 1])), 12, "the second row of the directory");
    // a directory of seven bytes, then two bytes of module handles and the types
    let types: &[u8] = &[0, 1, 0x10];
    assert_eq!(offset(&file(6, &[(0x1, &[0, 0]), (0x5, types)], &[0])), 19, "the type");
    assert_eq!(offset(&file(6, &[(0x5, &[0])], &[0x80, 0])), 13, "the tail");
}

#[test]
fn a_checked_file_has_no_index_that_points_nowhere() {
    const WIDTH: AddressWidth = AddressWidth::ThirtyTwo;
    let mut module = sample::module();
    let write = |module: &CompiledModule| encode::module(module).expect("writable");
    assert_eq!(decode::checked_module(&write(&module), WIDTH).as_ref(), Ok(&module));
    module.self_module_handle.0 = 9;
    assert_eq!(decode::module(&write(&module)).as_ref(), Ok(&module));
    let checked = decode::checked_module(&write(&module), WIDTH);
    assert_eq!(status(checked), Some(Status::IndexOutOfBounds));
    let mut script = sample::script();
    let write = |script: &CompiledScript| encode::script(script).expect("writable");
    assert_eq!(decode::checked_script(&write(&script), WIDTH).as_ref(), Ok(&script));
    script.parameters.0 = 9;
    let checked = decode::checked_script(&write(&script), WIDTH);
    assert_eq!(status(checked), Some(Status::IndexOutOfBounds));
}
