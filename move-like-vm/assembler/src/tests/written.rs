//! Texts written by hand, and how a module reads.

use move_like_vm::format::*;

use crate::{assemble, assemble_script, disassemble};

const COIN: &str = r#"
module 0x1::coin

friend 0x1::bank

// Value that can neither be copied nor dropped.
struct Coin<phantom T0> has store { value: u64 }
struct Supply<phantom T0> has key { total: u128 }

public(friend) fun mint<T0>(value: u64): Coin<T0> acquires Supply {
    let total: &mut u128
    ld_const address x"0000000000000000000000000000000000000000000000000000000000000001"
    mut_borrow_global_generic Supply<T0>
    mut_borrow_field_generic Supply.total<T0>
    st_loc total
    copy_loc value
    cast_u128
    copy_loc total
    read_ref
    add
    move_loc total
    write_ref
    move_loc value
    pack_generic Coin<T0>
    ret
}

public fun is_lucky<T0>(coin: &Coin<T0>): bool {
    move_loc coin
    imm_borrow_field_generic Coin.value<T0>
    read_ref
    ld_u64 7
    eq
    br_false other
    ld_true
    ret
other:
    ld_false
    ret
}

tables {
    identifiers { coin Coin mint }
    structs { 0x1::coin::Coin<phantom T0> has store }
}
"#;

#[test]
fn a_text_by_hand_needs_tables_only_for_an_order() {
    let module = assemble(COIN).expect("it is complete");
    assert_eq!(module.identifiers[..3], ["coin", "Coin", "mint"]);
    assert_eq!(module.struct_definitions.len(), 2);
    let lucky = module.function_definitions[1].code.as_ref().expect("code");
    assert_eq!(lucky.code[5], Instruction::BrFalse(8));
    assert_eq!(module.field_handles.len(), 2);
    assert_eq!(module.friend_declarations.len(), 1);
    assert_eq!(assemble(&disassemble(&module)), Ok(module));
}

#[test]
fn a_module_reads_like_move() {
    let text = disassemble(&assemble(COIN).expect("it is complete"));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    for expected in [
        "module 0x1::coin",
        "struct Coin<phantom T0> has store {",
        "    value: u64,",
        "public(friend) fun mint<T0>(a0: u64): Coin<T0> acquires Supply {",
        "    let l1: &mut u128",
        "    pack_generic Coin<T0>                    // 12",
        "public fun is_lucky<T0>(a0: &Coin<T0>): bool {",
        "    move_loc a0                              // 0: &Coin<T0>",
        "    br_false b8                              // 5",
        "b8:",
    ] {
        assert!(lines.contains(&expected), "{expected}\n{text}");
    }
}

#[test]
fn structs_and_functions_of_other_modules_are_said_in_the_tables() {
    let text = "script
fun main(owner: signer) {
    imm_borrow_loc owner
    call 0x1::signer::address_of
    pop
    ret
}
tables {
    functions { 0x1::signer::address_of(&signer): address }
}";
    let script = assemble_script(text).expect("it is complete");
    assert_eq!(script.function_handles.len(), 1);
    assert_eq!(script.addresses.len(), 1);
    let signer = SignatureToken::Reference(Box::new(SignatureToken::Signer));
    let handle = &script.function_handles[0];
    assert_eq!(script.signatures[handle.parameters.get()], Signature(vec![signer]));
}

#[test]
fn of_two_equal_entries_the_name_means_the_first() {
    let module = CompiledModule {
        identifiers: vec!["a".to_owned(), "a".to_owned()],
        addresses: vec![[0; 32], [0; 32]],
        module_handles: [(0, 0), (1, 1), (0, 0)]
            .map(|(address, name)| ModuleHandle {
                address: AddressIdentifierIndex(address),
                name: IdentifierIndex(name),
            })
            .to_vec(),
        self_module_handle: ModuleHandleIndex(2),
        ..CompiledModule::default()
    };
    let text = disassemble(&module);
    assert!(text.starts_with("module #2\n"), "{text}");
    assert!(text.contains("0x0::a  ") && text.contains("#1::#1  "), "{text}");
    assert_eq!(assemble(&text), Ok(module));
}

#[test]
fn long_names_and_long_lists_stand_once() {
    let long = "n".repeat(300);
    let types = Signature(vec![SignatureToken::U64; 500]);
    let handle = |parameters| FunctionHandle {
        module: ModuleHandleIndex(0),
        name: IdentifierIndex(0),
        parameters: SignatureIndex(parameters),
        returns: SignatureIndex(0),
        type_parameters: Vec::new(),
    };
    let module = CompiledModule {
        identifiers: vec![long.clone()],
        addresses: vec![[1; 32]],
        module_handles: vec![ModuleHandle {
            address: AddressIdentifierIndex(0),
            name: IdentifierIndex(0),
        }],
        signatures: vec![types],
        function_handles: vec![handle(0); 100],
        ..CompiledModule::default()
    };
    let text = disassemble(&module);
    assert_eq!(text.matches(&long).count(), 1);
    assert_eq!(text.matches("u64").count(), 500);
    assert_eq!(assemble(&text), Ok(module));
}
