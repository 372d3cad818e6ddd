//! What cannot be written.

use crate::encode;
use crate::fault::Fault;
use crate::format::*;
use crate::status::Status;

const REFUSED: Result<Vec<u8>, Fault> = Err(Fault::new(Status::ValueSerializationError));

fn deep(depth: usize) -> SignatureToken {
    (1..depth).fold(SignatureToken::Bool, |type_, _| SignatureToken::Vector(Box::new(type_)))
}

/// One row per rule of the format that memory does not keep.
#[test]
fn what_the_format_cannot_say_is_refused() {
    type Change = fn(&mut CompiledModule);
    let rows: [(&str, Change); 21] = [
        ("version 4", |module| module.version = 4),
        ("version 7", |module| module.version = 7),
        ("version 5 with wide integers", |module| module.version = 5),
        ("an empty name", |module| module.identifiers[0] = String::new()),
        ("a bad name", |module| module.identifiers[0] = "a-b".to_owned()),
        ("a long name", |module| module.identifiers[0] = "a".repeat(65_536)),
        ("256 types", |module| module.signatures[0].0 = vec![SignatureToken::Bool; 256]),
        ("depth 257", |module| module.signatures[0].0 = vec![deep(257)]),
        ("no arguments", |module| {
            module.signatures[0].0 =
                vec![SignatureToken::StructInstantiation(StructHandleIndex(0), vec![])];
        }),
        ("256 arguments", |module| {
            let arguments = vec![SignatureToken::Bool; 256];
            module.signatures[0].0 =
                vec![SignatureToken::StructInstantiation(StructHandleIndex(0), arguments)];
        }),
        ("256 type parameters of a struct", |module| {
            let parameter = StructTypeParameter { constraints: Abilities::NONE, is_phantom: false };
            module.struct_handles[0].type_parameters = vec![parameter; 256];
        }),
        ("256 type parameters of a function", |module| {
            module.function_handles[0].type_parameters = vec![Abilities::NONE; 256];
        }),
        ("a long constant", |module| module.constants[0].data = vec![0; 65_536]),
        ("a long key", |module| module.metadata[0].key = vec![0; 1_024]),
        ("a long value", |module| module.metadata[0].value = vec![0; 65_536]),
        ("position 256", |module| module.field_handles[0].field = 256),
        ("256 fields", |module| {
            let field = FieldDefinition { name: IdentifierIndex(0), type_: SignatureToken::Bool };
            module.struct_definitions[0].fields = StructFields::Declared(vec![field; 256]);
        }),
        ("a deep field", |module| {
            let field = FieldDefinition { name: IdentifierIndex(0), type_: deep(257) };
            module.struct_definitions[0].fields = StructFields::Declared(vec![field]);
        }),
        ("a deep constant", |module| module.constants[0].type_ = deep(257)),
        ("256 acquired", |module| {
            module.function_definitions[0].acquires = vec![StructDefinitionIndex(0); 256];
        }),
        ("65,536 instructions", |module| {
            let code = CodeUnit { locals: SignatureIndex(0), code: vec![Instruction::Nop; 65_536] };
            module.function_definitions[0].code = Some(code);
        }),
    ];
    assert!(encode::module(&sample::module()).is_ok());
    for (what, change) in rows {
        let mut module = sample::module();
        change(&mut module);
        assert_eq!(encode::module(&module), REFUSED, "{what}");
    }
}

#[test]
fn a_long_address_does_not_fit_a_file_with_short_ones() {
    let mut module = sample::module();
    let short = |module: &CompiledModule| encode::module_with(module, AddressWidth::Sixteen);
    assert!(short(&module).is_ok());
    module.addresses[0][15] = 1;
    assert_eq!(short(&module), REFUSED);
    let mut module = sample::module();
    module.constants[1].data[0] = 1;
    assert_eq!(short(&module), REFUSED);
}

/// Bytes that Move's own serializer gives for the smallest module and script of the reference's tests.
#[test]
fn the_layout_is_that_of_move() {
    let module = CompiledModule {
        version: 6,
        module_handles: vec![ModuleHandle {
            address: AddressIdentifierIndex(0),
            name: IdentifierIndex(0),
        }],
        identifiers: vec!["M".to_owned()],
        addresses: vec![[0; 32]],
        ..CompiledModule::default()
    };
    let expected = [
        "a11ceb0b06000000", // magic and version
        "03",
        "010002",
        "070202",
        "080410", // the directory: 16 bytes of addresses
        "0000",
        "014d",
        "00000000000000000000000000000000", // the tables
        "00",                               // the module's own handle
    ];
    let bytes = encode::module_with(&module, AddressWidth::Sixteen).expect("writable");
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hexadecimal, expected.concat());
}
