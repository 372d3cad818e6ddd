//! Modules and scripts for tests: one of each with every table and every instruction, and any at all.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::format::*;

/// A name for the tests' tables.
pub(crate) const fn name(index: u16) -> IdentifierIndex {
    IdentifierIndex(index)
}

fn address(last: u8) -> Address {
    let mut address = [0; 32];
    address[31] = last;
    address
}

/// Every instruction, in the order of the opcodes, with operands that exist in [`module`].
pub(crate) fn every_instruction() -> Vec<Instruction> {
    use Instruction as I;
    let defined = StructDefinitionIndex(0);
    let instance = StructDefInstantiationIndex(0);
    let element = SignatureIndex(1);
    vec![
        I::Pop,
        I::Ret,
        I::BrTrue(0),
        I::BrFalse(76),
        I::Branch(1),
        I::LdU64(u64::MAX),
        I::LdConst(ConstantIndex(1)),
        I::LdTrue,
        I::LdFalse,
        I::CopyLoc(0),
        I::MoveLoc(1),
        I::StLoc(2),
        I::MutBorrowLoc(3),
        I::ImmBorrowLoc(11),
        I::MutBorrowField(FieldHandleIndex(0)),
        I::ImmBorrowField(FieldHandleIndex(1)),
        I::Call(FunctionHandleIndex(2)),
        I::Pack(defined),
        I::Unpack(defined),
        I::ReadRef,
        I::WriteRef,
        I::Add,
        I::Sub,
        I::Mul,
        I::Mod,
        I::Div,
        I::BitOr,
        I::BitAnd,
        I::Xor,
        I::Or,
        I::And,
        I::Not,
        I::Eq,
        I::Neq,
        I::Lt,
        I::Gt,
        I::Le,
        I::Ge,
        I::Abort,
        I::Nop,
        I::Exists(defined),
        I::MutBorrowGlobal(defined),
        I::ImmBorrowGlobal(defined),
        I::MoveFrom(defined),
        I::MoveTo(defined),
        I::FreezeRef,
        I::Shl,
        I::Shr,
        I::LdU8(u8::MAX),
        I::LdU128(u128::MAX),
        I::CastU8,
        I::CastU64,
        I::CastU128,
        I::MutBorrowFieldGeneric(FieldInstantiationIndex(0)),
        I::ImmBorrowFieldGeneric(FieldInstantiationIndex(0)),
        I::CallGeneric(FunctionInstantiationIndex(0)),
        I::PackGeneric(instance),
        I::UnpackGeneric(instance),
        I::ExistsGeneric(instance),
        I::MutBorrowGlobalGeneric(instance),
        I::ImmBorrowGlobalGeneric(instance),
        I::MoveFromGeneric(instance),
        I::MoveToGeneric(instance),
        I::VecPack(element, 3),
        I::VecLen(element),
        I::VecImmBorrow(element),
        I::VecMutBorrow(element),
        I::VecPushBack(element),
        I::VecPopBack(element),
        I::VecUnpack(element, u64::MAX),
        I::VecSwap(element),
        I::LdU16(u16::MAX),
        I::LdU32(u32::MAX),
        I::LdU256(Box::new(Unsigned256::MAX)),
        I::CastU16,
        I::CastU32,
        I::CastU256,
    ]
}

fn signatures() -> Vec<Signature> {
    use SignatureToken as T;
    let own = StructHandleIndex(0);
    let generic = StructHandleIndex(1);
    vec![
        Signature(vec![]),
        Signature(vec![T::U64]),
        Signature(vec![
            T::Reference(Box::new(T::Struct(own))),
            T::MutableReference(Box::new(T::StructInstantiation(generic, vec![T::U8, T::Bool]))),
        ]),
        Signature(vec![
            T::Bool,
            T::U8,
            T::U16,
            T::U32,
            T::U64,
            T::U128,
            T::U256,
            T::Address,
            T::Signer,
            T::Vector(Box::new(T::Vector(Box::new(T::Address)))),
        ]),
        Signature(vec![T::TypeParameter(0)]),
    ]
}

/// A module with an entry in every table, and a function with every instruction. Bounds, limits,
/// duplication and constants accept it.
pub(crate) fn module() -> CompiledModule {
    use SignatureToken as T;
    let own = ModuleHandleIndex(0);
    let other = ModuleHandleIndex(1);
    let handle = |module, name, parameters, returns, type_parameters| FunctionHandle {
        module,
        name: IdentifierIndex(name),
        parameters: SignatureIndex(parameters),
        returns: SignatureIndex(returns),
        type_parameters,
    };
    let parameter = |is_phantom| StructTypeParameter { constraints: Abilities::NONE, is_phantom };
    let field = |name, type_| FieldDefinition { name: IdentifierIndex(name), type_ };
    let bytes = T::Vector(Box::new(T::U8));
    CompiledModule {
        version: 6,
        self_module_handle: own,
        module_handles: vec![
            ModuleHandle { address: AddressIdentifierIndex(0), name: name(0) },
            ModuleHandle { address: AddressIdentifierIndex(1), name: name(7) },
        ],
        struct_handles: vec![
            StructHandle {
                module: own,
                name: name(1),
                abilities: Abilities::NONE.with(Ability::Key),
                type_parameters: vec![],
            },
            StructHandle {
                module: own,
                name: name(2),
                abilities: Abilities::ALL,
                type_parameters: vec![parameter(false), parameter(true)],
            },
            StructHandle {
                module: other,
                name: name(1),
                abilities: Abilities::NONE,
                type_parameters: vec![],
            },
        ],
        function_handles: vec![
            handle(own, 5, 2, 1, vec![]),
            handle(own, 6, 4, 0, vec![Abilities::VECTOR]),
            handle(other, 8, 0, 0, vec![]),
        ],
        field_handles: vec![
            FieldHandle { owner: StructDefinitionIndex(0), field: 0 },
            FieldHandle { owner: StructDefinitionIndex(0), field: 1 },
            FieldHandle { owner: StructDefinitionIndex(1), field: 0 },
        ],
        friend_declarations: vec![ModuleHandle {
            address: AddressIdentifierIndex(0),
            name: name(7),
        }],
        struct_instantiations: vec![StructDefInstantiation {
            definition: StructDefinitionIndex(1),
            type_arguments: SignatureIndex(1),
        }],
        function_instantiations: vec![FunctionInstantiation {
            handle: FunctionHandleIndex(1),
            type_arguments: SignatureIndex(1),
        }],
        field_instantiations: vec![FieldInstantiation {
            handle: FieldHandleIndex(2),
            type_arguments: SignatureIndex(1),
        }],
        signatures: signatures(),
        identifiers: ["M", "S", "T", "x", "y", "f", "g", "N", "h"].map(str::to_owned).into(),
        addresses: vec![address(0x42), address(1)],
        constants: vec![
            Constant { type_: bytes.clone(), data: vec![2, 7, 8] },
            Constant { type_: T::Address, data: address(9).into() },
        ],
        metadata: vec![Metadata { key: b"key".to_vec(), value: vec![0xFF; 3] }],
        struct_definitions: vec![
            StructDefinition {
                handle: StructHandleIndex(0),
                fields: StructFields::Declared(vec![field(3, T::U64), field(4, bytes)]),
            },
            StructDefinition {
                handle: StructHandleIndex(1),
                fields: StructFields::Declared(vec![field(3, T::TypeParameter(0))]),
            },
        ],
        function_definitions: vec![
            FunctionDefinition {
                handle: FunctionHandleIndex(0),
                visibility: Visibility::Public,
                is_entry: true,
                acquires: vec![StructDefinitionIndex(0), StructDefinitionIndex(1)],
                code: Some(CodeUnit { locals: SignatureIndex(3), code: every_instruction() }),
            },
            FunctionDefinition {
                handle: FunctionHandleIndex(1),
                visibility: Visibility::Friend,
                is_entry: false,
                acquires: vec![],
                code: None,
            },
        ],
    }
}

/// A script with an entry in every table that scripts have.
pub(crate) fn script() -> CompiledScript {
    let module = module();
    CompiledScript {
        version: 6,
        module_handles: module.module_handles,
        struct_handles: module.struct_handles,
        function_handles: module.function_handles,
        function_instantiations: module.function_instantiations,
        signatures: module.signatures,
        identifiers: module.identifiers,
        addresses: module.addresses,
        constants: module.constants,
        metadata: module.metadata,
        type_parameters: vec![Abilities::VECTOR, Abilities::NONE],
        parameters: SignatureIndex(4),
        code: CodeUnit {
            locals: SignatureIndex(3),
            code: vec![Instruction::LdConst(ConstantIndex(0)), Instruction::Ret],
        },
    }
}

fn abilities() -> BoxedStrategy<Abilities> {
    (0_u8..16).prop_map(|bits| Abilities::from_bits(bits).expect("four bits")).boxed()
}

fn index() -> BoxedStrategy<u16> {
    prop_oneof![0_u16..4, any::<u16>(), Just(127), Just(128), Just(u16::MAX)].boxed()
}

/// Any type of a module of version 6.
pub(crate) fn type_() -> BoxedStrategy<SignatureToken> {
    use SignatureToken as T;
    let leaf = prop_oneof![
        Just(T::Bool),
        Just(T::U8),
        Just(T::U16),
        Just(T::U32),
        Just(T::U64),
        Just(T::U128),
        Just(T::U256),
        Just(T::Address),
        Just(T::Signer),
        index().prop_map(|index| T::Struct(StructHandleIndex(index))),
        index().prop_map(T::TypeParameter),
    ];
    leaf.prop_recursive(6, 32, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|type_| T::Vector(Box::new(type_))),
            inner.clone().prop_map(|type_| T::Reference(Box::new(type_))),
            inner.clone().prop_map(|type_| T::MutableReference(Box::new(type_))),
            (index(), vec(inner, 1..4)).prop_map(|(handle, types)| T::StructInstantiation(
                StructHandleIndex(handle),
                types
            )),
        ]
    })
    .boxed()
}

fn instruction() -> BoxedStrategy<Instruction> {
    use Instruction as I;
    prop_oneof![
        proptest::sample::select(every_instruction()),
        index().prop_map(I::Branch),
        index().prop_map(|index| I::Call(FunctionHandleIndex(index))),
        (index(), any::<u64>()).prop_map(|(index, count)| I::VecPack(SignatureIndex(index), count)),
        any::<u8>().prop_map(I::CopyLoc),
        any::<u8>().prop_map(I::LdU8),
        any::<u16>().prop_map(I::LdU16),
        any::<u32>().prop_map(I::LdU32),
        any::<u64>().prop_map(I::LdU64),
        any::<u128>().prop_map(I::LdU128),
        any::<[u8; 32]>().prop_map(|bytes| I::LdU256(Box::new(Unsigned256::from_le_bytes(bytes)))),
    ]
    .boxed()
}

fn code() -> BoxedStrategy<CodeUnit> {
    (index(), vec(instruction(), 0..20))
        .prop_map(|(locals, code)| CodeUnit { locals: SignatureIndex(locals), code })
        .boxed()
}

fn struct_handle() -> BoxedStrategy<StructHandle> {
    let parameter = (abilities(), any::<bool>())
        .prop_map(|(constraints, is_phantom)| StructTypeParameter { constraints, is_phantom });
    (index(), index(), abilities(), vec(parameter, 0..4))
        .prop_map(|(module, name, abilities, type_parameters)| StructHandle {
            module: ModuleHandleIndex(module),
            name: IdentifierIndex(name),
            abilities,
            type_parameters,
        })
        .boxed()
}

fn function_handle() -> BoxedStrategy<FunctionHandle> {
    (index(), index(), index(), index(), vec(abilities(), 0..4))
        .prop_map(|(module, name, parameters, returns, type_parameters)| FunctionHandle {
            module: ModuleHandleIndex(module),
            name: IdentifierIndex(name),
            parameters: SignatureIndex(parameters),
            returns: SignatureIndex(returns),
            type_parameters,
        })
        .boxed()
}

fn module_handle() -> BoxedStrategy<ModuleHandle> {
    (index(), index())
        .prop_map(|(address, name)| ModuleHandle {
            address: AddressIdentifierIndex(address),
            name: IdentifierIndex(name),
        })
        .boxed()
}

fn struct_definition() -> BoxedStrategy<StructDefinition> {
    let field = (index(), type_())
        .prop_map(|(name, type_)| FieldDefinition { name: IdentifierIndex(name), type_ });
    let fields =
        prop_oneof![Just(StructFields::Native), vec(field, 0..4).prop_map(StructFields::Declared),];
    (index(), fields)
        .prop_map(|(handle, fields)| StructDefinition { handle: StructHandleIndex(handle), fields })
        .boxed()
}

fn function_definition() -> BoxedStrategy<FunctionDefinition> {
    let visibility =
        prop_oneof![Just(Visibility::Private), Just(Visibility::Public), Just(Visibility::Friend)];
    let acquires = vec(index().prop_map(StructDefinitionIndex), 0..4);
    (index(), visibility, any::<bool>(), acquires, proptest::option::of(code()))
        .prop_map(|(handle, visibility, is_entry, acquires, code)| FunctionDefinition {
            handle: FunctionHandleIndex(handle),
            visibility,
            is_entry,
            acquires,
            code,
        })
        .boxed()
}

type SharedTables = (
    (Vec<ModuleHandle>, Vec<StructHandle>, Vec<FunctionHandle>, Vec<FunctionInstantiation>),
    (Vec<Signature>, Vec<String>, Vec<Address>, Vec<Constant>, Vec<Metadata>),
);

fn shared() -> BoxedStrategy<SharedTables> {
    let instance = (index(), index()).prop_map(|(handle, arguments)| FunctionInstantiation {
        handle: FunctionHandleIndex(handle),
        type_arguments: SignatureIndex(arguments),
    });
    let constant =
        (type_(), vec(any::<u8>(), 0..40)).prop_map(|(type_, data)| Constant { type_, data });
    let metadata = (vec(any::<u8>(), 0..9), vec(any::<u8>(), 0..9))
        .prop_map(|(key, value)| Metadata { key, value });
    (
        (
            vec(module_handle(), 0..4),
            vec(struct_handle(), 0..4),
            vec(function_handle(), 0..4),
            vec(instance, 0..4),
        ),
        (
            vec(vec(type_(), 0..4).prop_map(Signature), 0..5),
            vec("[a-zA-Z][a-zA-Z0-9_]{0,20}|_[a-zA-Z0-9_]{1,9}|<SELF>", 0..5),
            vec(any::<[u8; 32]>(), 0..4),
            vec(constant, 0..4),
            vec(metadata, 0..3),
        ),
    )
        .boxed()
}

/// Any module that the format can say; its indices point anywhere.
pub(crate) fn any_module() -> BoxedStrategy<CompiledModule> {
    let field = (index(), 0_u16..256)
        .prop_map(|(owner, field)| FieldHandle { owner: StructDefinitionIndex(owner), field });
    let structs = (index(), index()).prop_map(|(definition, arguments)| StructDefInstantiation {
        definition: StructDefinitionIndex(definition),
        type_arguments: SignatureIndex(arguments),
    });
    let fields = (index(), index()).prop_map(|(handle, arguments)| FieldInstantiation {
        handle: FieldHandleIndex(handle),
        type_arguments: SignatureIndex(arguments),
    });
    let own = (
        index(),
        vec(field, 0..4),
        vec(module_handle(), 0..3),
        vec(structs, 0..4),
        vec(fields, 0..4),
        vec(struct_definition(), 0..4),
        vec(function_definition(), 0..4),
    );
    (shared(), own)
        .prop_map(|((handles, pools), own)| CompiledModule {
            version: 6,
            self_module_handle: ModuleHandleIndex(own.0),
            module_handles: handles.0,
            struct_handles: handles.1,
            function_handles: handles.2,
            function_instantiations: handles.3,
            signatures: pools.0,
            identifiers: pools.1,
            addresses: pools.2,
            constants: pools.3,
            metadata: pools.4,
            field_handles: own.1,
            friend_declarations: own.2,
            struct_instantiations: own.3,
            field_instantiations: own.4,
            struct_definitions: own.5,
            function_definitions: own.6,
        })
        .boxed()
}

/// Any script that the format can say; its indices point anywhere.
pub(crate) fn any_script() -> BoxedStrategy<CompiledScript> {
    (shared(), vec(abilities(), 0..4), index(), code())
        .prop_map(|((handles, pools), type_parameters, parameters, code)| CompiledScript {
            version: 6,
            module_handles: handles.0,
            struct_handles: handles.1,
            function_handles: handles.2,
            function_instantiations: handles.3,
            signatures: pools.0,
            identifiers: pools.1,
            addresses: pools.2,
            constants: pools.3,
            metadata: pools.4,
            type_parameters,
            parameters: SignatureIndex(parameters),
            code,
        })
        .boxed()
}
