//! A decoded file takes at most a fixed multiple of its bytes.

use std::mem::size_of;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::refusals::{file, uleb};
use crate::format::*;
use crate::{decode, encode};

/// The most bytes of memory for a byte of the file, without what the allocator adds: the room of a
/// vector may be twice what it holds.
const MULTIPLE: usize = 80;

fn room<T>(vector: &Vec<T>) -> usize {
    vector.capacity() * size_of::<T>()
}

fn type_(type_: &SignatureToken) -> usize {
    match type_ {
        SignatureToken::Vector(part)
        | SignatureToken::Reference(part)
        | SignatureToken::MutableReference(part) => size_of::<SignatureToken>() + self::type_(part),
        SignatureToken::StructInstantiation(_, parts) => {
            room(parts) + parts.iter().map(self::type_).sum::<usize>()
        }
        _ => 0,
    }
}

fn code(code: &CodeUnit) -> usize {
    let large = code.code.iter().filter(|each| matches!(each, Instruction::LdU256(_))).count();
    room(&code.code) + large * size_of::<Unsigned256>()
}

fn struct_definition(definition: &StructDefinition) -> usize {
    match &definition.fields {
        StructFields::Native => 0,
        StructFields::Declared(fields) => {
            room(fields) + fields.iter().map(|field| type_(&field.type_)).sum::<usize>()
        }
    }
}

/// What a module takes on the heap.
fn heap(module: &CompiledModule) -> usize {
    let plain = room(&module.module_handles)
        + room(&module.field_handles)
        + room(&module.friend_declarations)
        + room(&module.struct_instantiations)
        + room(&module.function_instantiations)
        + room(&module.field_instantiations)
        + room(&module.addresses);
    let handles = room(&module.struct_handles)
        + module.struct_handles.iter().map(|each| room(&each.type_parameters)).sum::<usize>()
        + room(&module.function_handles)
        + module.function_handles.iter().map(|each| room(&each.type_parameters)).sum::<usize>();
    let pools = room(&module.signatures)
        + module
            .signatures
            .iter()
            .map(|each| room(&each.0) + each.0.iter().map(type_).sum::<usize>())
            .sum::<usize>()
        + room(&module.identifiers)
        + module.identifiers.iter().map(String::capacity).sum::<usize>()
        + room(&module.constants)
        + module.constants.iter().map(|each| type_(&each.type_) + room(&each.data)).sum::<usize>()
        + room(&module.metadata)
        + module.metadata.iter().map(|each| room(&each.key) + room(&each.value)).sum::<usize>();
    let definitions = room(&module.struct_definitions)
        + module.struct_definitions.iter().map(struct_definition).sum::<usize>()
        + room(&module.function_definitions)
        + module
            .function_definitions
            .iter()
            .map(|each| room(&each.acquires) + each.code.as_ref().map_or(0, code))
            .sum::<usize>();
    plain + handles + pools + definitions
}

fn within(bytes: &[u8], what: &str) {
    for width in [AddressWidth::Sixteen, AddressWidth::ThirtyTwo] {
        if let Ok(module) = decode::module_with(bytes, width) {
            let heap = heap(&module);
            assert!(heap <= MULTIPLE * bytes.len() + 1_024, "{what}: {heap} of {}", bytes.len());
        }
    }
}

/// The entries that take the most memory for their bytes, as many as fit.
#[test]
fn the_most_wasteful_tables_stay_within_the_multiple() {
    let rows: Vec<(&str, u8, Vec<u8>)> = vec![
        ("module handles", 0x1, vec![0, 0]),
        ("struct handles", 0x2, vec![0, 0, 0, 0]),
        ("struct handles with a parameter", 0x2, vec![0, 0, 0, 1, 0, 0]),
        ("function handles", 0x3, vec![0, 0, 0, 0, 0]),
        ("function handles with a parameter", 0x3, vec![0, 0, 0, 0, 1, 0]),
        ("empty signatures", 0x5, vec![0]),
        ("signatures of a leaf", 0x5, vec![1, 1]),
        ("signatures of leaves", 0x5, [&[0xFF, 1], [1; 255].as_slice()].concat()),
        ("vectors", 0x5, vec![1, 0xA, 1]),
        ("deep vectors", 0x5, [&[1], [0xA; 255].as_slice(), &[1]].concat()),
        ("instances", 0x5, vec![1, 0xB, 0, 1, 1]),
        ("deep instances", 0x5, [&[1], [0xB, 0, 1].repeat(255).as_slice(), &[1]].concat()),
        ("constants", 0x6, vec![1, 0]),
        ("constants of addresses that are none", 0x6, vec![5, 0]),
        ("identifiers", 0x7, vec![1, b'a']),
        ("metadata", 0x10, vec![0, 0]),
        ("native structs", 0xA, vec![0, 1]),
        ("structs", 0xA, vec![0, 2, 1, 0, 1]),
        ("native functions", 0xC, vec![0, 0, 2, 0]),
        ("functions that acquire", 0xC, vec![0, 0, 2, 1, 0]),
        ("functions", 0xC, vec![0, 0, 0, 0, 0, 0]),
        ("functions of an instruction", 0xC, vec![0, 0, 0, 0, 0, 1, 2]),
        ("field handles", 0xD, vec![0, 0]),
        ("friends", 0xF, vec![0, 0]),
    ];
    for (what, kind, entry) in rows {
        // one more than a power of two, so that the table's own vector has the most room to spare
        let bytes = file(6, &[(kind, &entry.repeat(4_097))], &[0]);
        assert!(decode::module(&bytes).is_ok(), "{what}");
        within(&bytes, what);
    }
    let nops = [&[0, 0, 0, 0, 0], uleb(65_535).as_slice(), [0x28; 65_535].as_slice()].concat();
    within(&file(6, &[(0xC, &nops)], &[0]), "instructions");
}

#[test]
fn any_module_stays_within_the_multiple() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..200 {
        let module = sample::any_module().new_tree(&mut runner).expect("a module").current();
        within(&encode::module(&module).expect("writable"), "any module");
    }
}

/// Room is made for no more entries than there are bytes, whatever a count says.
#[test]
fn a_count_alone_makes_no_room() {
    for count in [0_usize, 1, 9, 255, 65_535, usize::MAX] {
        let reader = super::super::reader::Reader::new(&[0; 9]);
        assert_eq!(reader.room(count), count.min(9));
    }
}
