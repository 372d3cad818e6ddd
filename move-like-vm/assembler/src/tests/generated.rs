//! Any module and script survives as text, and no damage to a text panics.

use move_like_vm::format::*;
use proptest::prelude::*;

use crate::mnemonic;
use crate::{assemble, assemble_script, assemble_unit, disassemble, disassemble_script};

/// Choices made of bytes, so that proptest shrinks them.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// An index that is often in a table of few entries and sometimes far out.
    fn index(&mut self) -> u16 {
        match self.below(40) {
            0 => u16::MAX,
            1 => u16::from(self.byte()) * 251,
            _ => u16::from(self.below(4)),
        }
    }

    fn list<T>(&mut self, most: u8, mut entry: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| entry(self)).collect()
    }

    fn name(&mut self) -> String {
        const NAMES: &[&str] = &[
            "a",
            "b",
            "Coin",
            "T0",
            "u64",
            "vector",
            "x",
            "has",
            "signature",
            "mut",
            "native",
            "",
            "<SELF>",
            "_",
            "two words",
            "quote\"\\",
            "line\nbreak",
            "ünï",
            "0x1",
            "// no comment",
            "ret",
            "#3",
            "phantom",
            "$d",
            "tables",
            "T00",
            "let",
            "acquires",
        ];
        NAMES[usize::from(self.byte()) % NAMES.len()].to_owned()
    }

    fn abilities(&mut self) -> Abilities {
        Abilities::from_bits(self.below(16)).expect("four bits")
    }

    fn type_(&mut self, depth: u8) -> SignatureToken {
        let plain = if depth == 0 { 11 } else { 16 };
        match self.below(plain) {
            0 => SignatureToken::Bool,
            1 => SignatureToken::U8,
            2 => SignatureToken::U16,
            3 => SignatureToken::U32,
            4 => SignatureToken::U64,
            5 => SignatureToken::U128,
            6 => SignatureToken::U256,
            7 => SignatureToken::Address,
            8 => SignatureToken::Signer,
            9 => SignatureToken::TypeParameter(self.index()),
            10 => SignatureToken::Struct(StructHandleIndex(self.index())),
            11 => SignatureToken::Reference(Box::new(self.type_(depth - 1))),
            12 => SignatureToken::MutableReference(Box::new(self.type_(depth - 1))),
            13 => SignatureToken::Vector(Box::new(self.type_(depth - 1))),
            _ => {
                let handle = StructHandleIndex(self.index());
                let arguments = self.list(3, |choices| choices.type_(depth - 1));
                SignatureToken::StructInstantiation(handle, arguments)
            }
        }
    }

    fn instruction(&mut self) -> Instruction {
        let words = every_word();
        let word = words[usize::from(self.byte()) % words.len()];
        operand_of(word, self.index(), self.byte(), u128::from(self.byte()) << self.below(120))
    }

    fn code(&mut self) -> CodeUnit {
        let locals = SignatureIndex(self.index());
        CodeUnit { locals, code: self.list(20, Self::instruction) }
    }

    fn address(&mut self) -> Address {
        let mut address = [0; 32];
        address[31] = self.below(3);
        address[usize::from(self.below(32))] = self.below(3);
        address
    }

    fn module_handle(&mut self) -> ModuleHandle {
        let address = AddressIdentifierIndex(self.index());
        ModuleHandle { address, name: IdentifierIndex(self.index()) }
    }

    fn struct_handle(&mut self) -> StructHandle {
        StructHandle {
            module: ModuleHandleIndex(self.index()),
            name: IdentifierIndex(self.index()),
            abilities: self.abilities(),
            type_parameters: self.list(2, |choices| StructTypeParameter {
                constraints: choices.abilities(),
                is_phantom: choices.flag(),
            }),
        }
    }

    fn function_handle(&mut self) -> FunctionHandle {
        FunctionHandle {
            module: ModuleHandleIndex(self.index()),
            name: IdentifierIndex(self.index()),
            parameters: SignatureIndex(self.index()),
            returns: SignatureIndex(self.index()),
            type_parameters: self.list(2, Self::abilities),
        }
    }

    fn struct_definition(&mut self) -> StructDefinition {
        let handle = StructHandleIndex(self.index());
        if self.below(4) == 0 {
            return StructDefinition { handle, fields: StructFields::Native };
        }
        let fields = self.list(3, |choices| FieldDefinition {
            name: IdentifierIndex(choices.index()),
            type_: choices.type_(2),
        });
        StructDefinition { handle, fields: StructFields::Declared(fields) }
    }

    fn function_definition(&mut self) -> FunctionDefinition {
        let visibility = [Visibility::Private, Visibility::Public, Visibility::Friend];
        FunctionDefinition {
            handle: FunctionHandleIndex(self.index()),
            visibility: visibility[usize::from(self.below(3))],
            is_entry: self.flag(),
            acquires: self.list(2, |choices| StructDefinitionIndex(choices.index())),
            code: if self.below(4) == 0 { None } else { Some(self.code()) },
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        self.list(9, Self::byte)
    }

    fn module(&mut self) -> CompiledModule {
        let signature = |choices: &mut Self| SignatureIndex(choices.index());
        CompiledModule {
            version: u32::from(self.byte()),
            self_module_handle: ModuleHandleIndex(self.index()),
            identifiers: self.list(5, Self::name),
            addresses: self.list(3, Self::address),
            module_handles: self.list(4, Self::module_handle),
            struct_handles: self.list(4, Self::struct_handle),
            function_handles: self.list(4, Self::function_handle),
            field_handles: self.list(4, |choices| FieldHandle {
                owner: StructDefinitionIndex(choices.index()),
                field: choices.index(),
            }),
            friend_declarations: self.list(2, Self::module_handle),
            struct_instantiations: self.list(3, |choices| StructDefInstantiation {
                definition: StructDefinitionIndex(choices.index()),
                type_arguments: signature(choices),
            }),
            function_instantiations: self.list(3, |choices| FunctionInstantiation {
                handle: FunctionHandleIndex(choices.index()),
                type_arguments: signature(choices),
            }),
            field_instantiations: self.list(3, |choices| FieldInstantiation {
                handle: FieldHandleIndex(choices.index()),
                type_arguments: signature(choices),
            }),
            signatures: self.list(5, |choices| Signature(choices.list(3, |inner| inner.type_(2)))),
            constants: self
                .list(3, |choices| Constant { type_: choices.type_(1), data: choices.bytes() }),
            metadata: self
                .list(2, |choices| Metadata { key: choices.bytes(), value: choices.bytes() }),
            struct_definitions: self.list(4, Self::struct_definition),
            function_definitions: self.list(4, Self::function_definition),
        }
    }

    fn script(&mut self) -> CompiledScript {
        let module = self.module();
        CompiledScript {
            version: module.version,
            module_handles: module.module_handles,
            struct_handles: module.struct_handles,
            function_handles: module.function_handles,
            function_instantiations: module.function_instantiations,
            signatures: module.signatures,
            identifiers: module.identifiers,
            addresses: module.addresses,
            constants: module.constants,
            metadata: module.metadata,
            type_parameters: self.list(2, Self::abilities),
            parameters: SignatureIndex(self.index()),
            code: self.code(),
        }
    }
}

/// The words of all instructions, by their opcodes.
fn every_word() -> Vec<&'static str> {
    const WORDS: &str = "pop ret br_true br_false branch ld_u64 ld_const ld_true ld_false copy_loc \
        move_loc st_loc mut_borrow_loc imm_borrow_loc mut_borrow_field imm_borrow_field call pack \
        unpack read_ref write_ref add sub mul mod div bit_or bit_and xor or and not eq neq lt gt le \
        ge abort nop exists mut_borrow_global imm_borrow_global move_from move_to freeze_ref shl shr \
        ld_u8 ld_u128 cast_u8 cast_u64 cast_u128 mut_borrow_field_generic imm_borrow_field_generic \
        call_generic pack_generic unpack_generic exists_generic mut_borrow_global_generic \
        imm_borrow_global_generic move_from_generic move_to_generic vec_pack vec_len vec_imm_borrow \
        vec_mut_borrow vec_push_back vec_pop_back vec_unpack vec_swap ld_u16 ld_u32 ld_u256 cast_u16 \
        cast_u32 cast_u256";
    WORDS.split_whitespace().collect()
}

fn operand_of(word: &str, index: u16, small: u8, large: u128) -> Instruction {
    use mnemonic::{Kind, Operand};
    let operand = match mnemonic::kind(word).expect("a known word") {
        Kind::None => Operand::None,
        Kind::TypesAndCount => Operand::TypesAndCount(SignatureIndex(index), u64::from(small)),
        Kind::Target => Operand::Target(index),
        Kind::Local => Operand::Local(small % 8),
        Kind::Constant => Operand::Constant(ConstantIndex(index)),
        Kind::Small => Operand::Small(small),
        Kind::U16 => Operand::U16(index),
        Kind::U32 => Operand::U32(u32::from(index) << 16),
        Kind::U64 => Operand::U64(u64::MAX - u64::from(small)),
        Kind::U128 => Operand::U128(u128::MAX - large),
        Kind::U256 => Operand::U256(Box::new(Unsigned256::MAX - Unsigned256::from(large))),
        Kind::Field => Operand::Field(FieldHandleIndex(index)),
        Kind::FieldWithTypes => Operand::FieldWithTypes(FieldInstantiationIndex(index)),
        Kind::Function => Operand::Function(FunctionHandleIndex(index)),
        Kind::FunctionWithTypes => Operand::FunctionWithTypes(FunctionInstantiationIndex(index)),
        Kind::Struct => Operand::Struct(StructDefinitionIndex(index)),
        Kind::StructWithTypes => Operand::StructWithTypes(StructDefInstantiationIndex(index)),
        Kind::Types => Operand::Types(SignatureIndex(index)),
    };
    mnemonic::instruction(word, operand).expect("word and operand belong together")
}

#[test]
fn every_opcode_has_its_word() {
    let opcodes: Vec<u8> =
        every_word().into_iter().map(|word| operand_of(word, 1, 1, 1).opcode()).collect();
    assert_eq!(opcodes, (0x01..=0x4D).collect::<Vec<u8>>());
}

#[test]
fn every_opcode_survives_with_the_least_and_the_largest_operand() {
    for word in every_word() {
        for (index, small, large) in [(0, 0, 0), (u16::MAX, 7, u128::MAX), (1, 255, 1)] {
            let code = vec![operand_of(word, index, small, large), Instruction::Ret];
            let function = FunctionDefinition {
                handle: FunctionHandleIndex(0),
                visibility: Visibility::Friend,
                is_entry: true,
                acquires: Vec::new(),
                code: Some(CodeUnit { locals: SignatureIndex(0), code }),
            };
            let module = CompiledModule {
                function_definitions: vec![function],
                ..CompiledModule::default()
            };
            assert_eq!(assemble(&disassemble(&module)), Ok(module), "{word}");
        }
    }
}

#[test]
fn types_as_deep_as_the_format_allows_survive() {
    let mut type_ = SignatureToken::U8;
    for _ in 0..256 {
        type_ = SignatureToken::Vector(Box::new(type_));
    }
    let module =
        CompiledModule { signatures: vec![Signature(vec![type_])], ..CompiledModule::default() };
    assert_eq!(assemble(&disassemble(&module)), Ok(module));
}

#[test]
fn a_function_with_all_locals_survives() {
    let locals = Signature(vec![SignatureToken::Bool; 255]);
    let code = (0..=u8::MAX).map(Instruction::CopyLoc).collect();
    let script = CompiledScript {
        signatures: vec![Signature::default(), locals],
        code: CodeUnit { locals: SignatureIndex(1), code },
        ..CompiledScript::default()
    };
    assert_eq!(assemble_script(&disassemble_script(&script)), Ok(script));
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600)
}

/// The text with one character or line gone, doubled, moved or replaced.
fn damage(text: &str, kind: u8, at: usize, with: usize) -> String {
    const PIECES: &[&str] = &[
        "\"",
        "#",
        "{",
        "}",
        "<",
        "(",
        "::",
        "signature #9",
        "0x",
        "\\u{",
        "T0",
        "&mut ",
        "x\"0",
        "struct",
        "fun",
        "let",
        "tables {",
        "é",
        "\n",
        "999999999999999999999999999999999999999999999999999999",
    ];
    let mut characters: Vec<char> = text.chars().collect();
    let at = at % (characters.len() + 1);
    let end = (at + with % 30).min(characters.len());
    match kind % 4 {
        0 => drop(characters.drain(at..end)),
        1 => {
            let piece = PIECES[with % PIECES.len()];
            characters.splice(at..at, piece.chars());
        }
        2 => {
            let copy: Vec<char> = characters[at..end].to_vec();
            characters.splice(at..at, copy);
        }
        _ => characters[at..end].reverse(),
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_module_survives_as_text(bytes in bytes()) {
        let module = Choices(bytes.iter()).module();
        let text = disassemble(&module);
        prop_assert_eq!(assemble(&text), Ok(module), "{}", text);
    }

    #[test]
    fn every_script_survives_as_text(bytes in bytes()) {
        let script = Choices(bytes.iter()).script();
        let text = disassemble_script(&script);
        prop_assert_eq!(assemble_script(&text), Ok(script), "{}", text);
    }

    #[test]
    fn a_damaged_text_is_read_or_refused_with_places_inside_it(
        bytes in bytes(),
        damages in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 1..4),
    ) {
        let mut text = disassemble(&Choices(bytes.iter()).module());
        for (kind, at, with) in damages {
            text = damage(&text, kind, at, with);
        }
        match assemble_unit(&text) {
            Ok(unit) => {
                // What was read is a unit like any other.
                let again = match &unit {
                    crate::Unit::Module(module) => disassemble(module),
                    crate::Unit::Script(script) => disassemble_script(script),
                };
                prop_assert_eq!(assemble_unit(&again), Ok(unit));
            }
            Err(diagnostics) => {
                prop_assert!(!diagnostics.is_empty());
                let lines = text.lines().count() + 1;
                for diagnostic in diagnostics {
                    prop_assert!(usize::try_from(diagnostic.at.line).expect("small") <= lines);
                }
            }
        }
    }

    #[test]
    fn any_characters_are_refused_or_read(text in "\\PC{0,200}") {
        prop_assert!(assemble_unit(&text).is_err());
    }
}

#[test]
fn nesting_without_end_is_refused() {
    for open in ["vector<", "&", "&mut ", "0x1::m::S<"] {
        let text =
            format!("module 0x1::m\ntables {{ signatures {{ ({} }} }}", open.repeat(100_000));
        assert!(assemble(&text).is_err(), "{open}");
    }
    assert!(assemble(&"{".repeat(100_000)).is_err());
}
