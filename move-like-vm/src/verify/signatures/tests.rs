use crate::fault::{Fault, Place};
use crate::format::{
    Abilities, Ability, CompiledModule, FunctionHandle, IdentifierIndex, Instruction,
    SignatureIndex, SignatureToken, StructDefinitionIndex, StructHandleIndex, TableKind,
    Visibility,
};
use crate::status::Status;
use crate::testing::{Builder, instance, mutable, parameter, phantom, reference, vector};
use crate::verify::Config;

const U8: SignatureToken = SignatureToken::U8;
const T: SignatureToken = SignatureToken::TypeParameter(0);
const DROP: Abilities = Abilities::NONE.with(Ability::Drop);
const KEY: Abilities = Abilities::NONE.with(Ability::Key);

const OK: Result<(), Status> = Ok(());
const REFERENCE: Result<(), Status> = Err(Status::InvalidSignatureToken);
const CONSTRAINT: Result<(), Status> = Err(Status::ConstraintNotSatisfied);
const ARITY: Result<(), Status> = Err(Status::NumberOfTypeArgumentsMismatch);
const PHANTOM: Result<(), Status> = Err(Status::InvalidPhantomTypeParamPosition);

fn status(result: Result<(), Fault>) -> Result<(), Status> {
    result.map_err(|fault| fault.status)
}

fn check(module: &CompiledModule) -> Result<(), Status> {
    status(super::module(module, &Config::reference()))
}

fn strict(module: &CompiledModule) -> Result<(), Status> {
    status(super::module(module, &Config::network()))
}

/// Structs to make types of.
struct Known {
    /// A struct that may be dropped, and one that can do nothing.
    able: SignatureToken,
    plain: SignatureToken,
    /// Structs with one type parameter: with no constraint, with drop as its constraint, and a phantom
    /// one with drop as its constraint. Each can do all that its argument lets it.
    of: (StructHandleIndex, StructDefinitionIndex),
    of_drop: (StructHandleIndex, StructDefinitionIndex),
    of_phantom: (StructHandleIndex, StructDefinitionIndex),
}

fn known() -> (Builder, Known) {
    let mut builder = Builder::module(1, "M");
    let field = [("x", SignatureToken::Bool)];
    let all = Abilities::ALL;
    let able = SignatureToken::Struct(builder.structure("Able", DROP, &[], &field).0);
    let plain = SignatureToken::Struct(builder.structure("Plain", Abilities::NONE, &[], &field).0);
    let of = builder.structure("Of", all, &[parameter(Abilities::NONE)], &[("x", T)]);
    let of_drop = builder.structure("OfDrop", all, &[parameter(DROP)], &[("x", T)]);
    let of_phantom = builder.structure("OfPhantom", all, &[phantom(DROP)], &field);
    (builder, Known { able, plain, of, of_drop, of_phantom })
}

/// A struct with one type argument.
fn one(of: StructHandleIndex, argument: &SignatureToken) -> SignatureToken {
    instance(of, std::slice::from_ref(argument))
}

/// A type under a function that has one type parameter without abilities and one with drop.
type Made = fn(&Known) -> SignatureToken;

/// Types, and what is said of them as a parameter, a result, a local.
fn types() -> Vec<(&'static str, Made, Result<(), Status>)> {
    vec![
        ("u8", |_| U8, OK),
        ("&u8", |_| reference(U8), OK),
        ("&mut vector<u8>", |_| mutable(vector(U8)), OK),
        ("&&u8", |_| reference(reference(U8)), REFERENCE),
        ("&mut &u8", |_| mutable(reference(U8)), REFERENCE),
        ("vector<&u8>", |_| vector(reference(U8)), REFERENCE),
        ("&vector<vector<&mut u8>>", |_| reference(vector(vector(mutable(U8)))), REFERENCE),
        ("Of<&u8>", |known| instance(known.of.0, &[reference(U8)]), REFERENCE),
        ("Of<Plain>", |known| one(known.of.0, &known.plain), OK),
        ("OfDrop<Able>", |known| one(known.of_drop.0, &known.able), OK),
        ("OfDrop<Plain>", |known| one(known.of_drop.0, &known.plain), CONSTRAINT),
        ("OfPhantom<Plain>", |known| one(known.of_phantom.0, &known.plain), CONSTRAINT),
        ("OfDrop<signer>", |known| instance(known.of_drop.0, &[SignatureToken::Signer]), OK),
        ("&OfDrop<Plain>", |known| reference(one(known.of_drop.0, &known.plain)), CONSTRAINT),
        ("vector<OfDrop<Plain>>", |known| vector(one(known.of_drop.0, &known.plain)), CONSTRAINT),
        (
            "Of<OfDrop<Plain>>",
            |known| instance(known.of.0, &[one(known.of_drop.0, &known.plain)]),
            CONSTRAINT,
        ),
        (
            "OfDrop<Of<Plain>>",
            |known| instance(known.of_drop.0, &[one(known.of.0, &known.plain)]),
            CONSTRAINT,
        ),
        (
            "OfDrop<vector<Of<Able>>>",
            |known| {
                let inner = one(known.of.0, &known.able);
                instance(known.of_drop.0, &[vector(inner)])
            },
            OK,
        ),
        (
            // what a phantom parameter is given does not count
            "OfDrop<OfPhantom<Able>>",
            |known| {
                let inner = one(known.of_phantom.0, &known.able);
                instance(known.of_drop.0, &[inner])
            },
            OK,
        ),
        ("OfDrop<T>", |known| instance(known.of_drop.0, &[T]), CONSTRAINT),
        (
            "OfDrop<U: drop>",
            |known| instance(known.of_drop.0, &[SignatureToken::TypeParameter(1)]),
            OK,
        ),
        ("Of<u8, u8>", |known| instance(known.of.0, &[U8, U8]), ARITY),
    ]
}

#[test]
fn parameters_results_and_locals_are_well_formed_in_all_their_parts() {
    for (name, made, expected) in types() {
        for position in 0..3 {
            let (mut builder, known) = known();
            let types = [made(&known)];
            let at = |wanted| if position == wanted { &types[..] } else { &[] };
            let context = [Abilities::NONE, DROP];
            let handle = builder.function_handle(builder.own(), "f", &context, at(0), at(1));
            builder.code(handle, Visibility::Private, at(2), &[Instruction::Ret]);
            assert_eq!(check(&builder.build()), expected, "{name} at {position}");
        }
    }
}

#[test]
fn a_signature_that_nothing_uses_holds_no_inner_references_and_that_is_all() {
    for (name, made, expected) in types() {
        let (mut builder, known) = known();
        builder.signature(&[made(&known)]);
        let expected = if expected == REFERENCE { REFERENCE } else { OK };
        assert_eq!(check(&builder.build()), expected, "{name}");
    }
}

#[test]
fn functions_of_other_modules_are_looked_at_by_their_handles() {
    let (mut builder, known) = known();
    let other = builder.import(1, "N");
    let bad = instance(known.of_drop.0, &[known.plain]);
    builder.function_handle(other, "f", &[], &[bad], &[]);
    let place = Place::Entry { table: TableKind::FunctionHandles, index: 0 };
    let fault = Fault::new(Status::ConstraintNotSatisfied).at(place);
    assert_eq!(super::module(&builder.build(), &Config::reference()), Err(fault));
}

#[test]
fn fields_hold_no_reference_and_are_well_formed_under_the_constraints_of_the_struct() {
    for (name, made, expected) in types() {
        let (mut builder, known) = known();
        let parameters = [parameter(Abilities::NONE), parameter(DROP)];
        let type_ = made(&known);
        let expected = if type_.is_reference() { REFERENCE } else { expected };
        builder.structure("S", Abilities::NONE, &parameters, &[("y", U8), ("x", type_)]);
        assert_eq!(check(&builder.build()), expected, "{name}");
    }
}

#[test]
fn a_phantom_parameter_stands_only_where_a_phantom_is_asked_for() {
    let cases: [(&str, Made, Result<(), Status>); 6] = [
        ("T", |_| T, PHANTOM),
        ("vector<T>", |_| vector(T), PHANTOM),
        ("Of<T>", |known| instance(known.of.0, &[T]), PHANTOM),
        ("OfPhantom<T>", |known| instance(known.of_phantom.0, &[T]), OK),
        ("OfPhantom<vector<T>>", |known| instance(known.of_phantom.0, &[vector(T)]), PHANTOM),
        (
            "Of<OfPhantom<T>>",
            |known| instance(known.of.0, &[instance(known.of_phantom.0, &[T])]),
            OK,
        ),
    ];
    for (name, made, expected) in cases {
        for (declared, expected) in [(phantom(DROP), expected), (parameter(DROP), OK)] {
            let (mut builder, known) = known();
            builder.structure("S", Abilities::NONE, &[declared], &[("x", made(&known))]);
            assert_eq!(check(&builder.build()), expected, "{name}");
        }
    }
}

/// A function with the type parameters T and U: drop whose code is one instruction.
fn code(made: impl Fn(&mut Builder, &Known) -> Instruction) -> CompiledModule {
    let (mut builder, known) = known();
    let instruction = made(&mut builder, &known);
    let own = builder.own();
    let handle = builder.function_handle(own, "f", &[Abilities::NONE, DROP], &[], &[]);
    builder.code(handle, Visibility::Private, &[], &[instruction]);
    builder.build()
}

type Verdict = Result<(), Status>;

/// Type arguments, and what is said of them where drop is asked, and strictly.
type Arguments = (&'static str, fn(&Known) -> Vec<SignatureToken>, Verdict, Verdict);

fn arguments() -> Vec<Arguments> {
    vec![
        ("u8", |_| vec![U8], OK, OK),
        ("Able", |known| vec![known.able.clone()], OK, OK),
        ("U: drop", |_| vec![SignatureToken::TypeParameter(1)], OK, OK),
        ("T", |_| vec![T], CONSTRAINT, CONSTRAINT),
        ("vector<T>", |_| vec![vector(T)], CONSTRAINT, CONSTRAINT),
        ("Plain", |known| vec![known.plain.clone()], CONSTRAINT, CONSTRAINT),
        ("&u8", |_| vec![reference(U8)], REFERENCE, REFERENCE),
        ("none", |_| vec![], ARITY, ARITY),
        ("u8, u8", |_| vec![U8, U8], ARITY, ARITY),
        // the reference is seen before the number
        ("u8, &u8", |_| vec![U8, reference(U8)], REFERENCE, REFERENCE),
        (
            // has drop, though its own argument breaks a constraint
            "OfPhantom<Plain>",
            |known| vec![one(known.of_phantom.0, &known.plain)],
            OK,
            CONSTRAINT,
        ),
    ]
}

#[test]
fn type_arguments_of_a_call_meet_the_constraints_of_the_function() {
    for (name, arguments, expected, strictly) in arguments() {
        let module = code(|builder, known| {
            let own = builder.own();
            let callee = builder.function_handle(own, "g", &[DROP], &[], &[]);
            Instruction::CallGeneric(builder.function_instance(callee, &arguments(known)))
        });
        assert_eq!(check(&module), expected, "{name}");
        assert_eq!(strict(&module), strictly, "{name}");
    }
}

#[test]
fn type_arguments_of_structs_and_fields_meet_the_constraints_of_the_struct() {
    type Form = fn(&mut Builder, &Known, &[SignatureToken]) -> Instruction;
    macro_rules! forms {
        ($($form:ident),*) => {
            [$(|builder: &mut Builder, known: &Known, arguments: &[SignatureToken]| {
                Instruction::$form(builder.struct_instance(known.of_drop.1, arguments))
            }),*]
        };
    }
    let forms: [Form; 7] = forms![
        PackGeneric,
        UnpackGeneric,
        ExistsGeneric,
        MoveFromGeneric,
        MoveToGeneric,
        ImmBorrowGlobalGeneric,
        MutBorrowGlobalGeneric
    ];
    let fields: [Form; 2] = [
        |builder, known, arguments| {
            let field = builder.field(known.of_drop.1, 0);
            Instruction::ImmBorrowFieldGeneric(builder.field_instance(field, arguments))
        },
        |builder, known, arguments| {
            let field = builder.field(known.of_drop.1, 0);
            Instruction::MutBorrowFieldGeneric(builder.field_instance(field, arguments))
        },
    ];
    for (name, arguments, expected, strictly) in arguments() {
        for form in forms.iter().chain(&fields) {
            let module = code(|builder, known| form(builder, known, &arguments(known)));
            assert_eq!(check(&module), expected, "{name}");
            assert_eq!(strict(&module), strictly, "{name}");
        }
    }
}

#[test]
fn a_vector_instruction_names_one_type_that_is_no_reference() {
    let forms = [
        |index| Instruction::VecPack(index, 0),
        Instruction::VecLen,
        Instruction::VecImmBorrow,
        Instruction::VecMutBorrow,
        Instruction::VecPushBack,
        Instruction::VecPopBack,
        |index| Instruction::VecUnpack(index, 0),
        Instruction::VecSwap,
    ];
    for (name, arguments, expected, strictly) in arguments() {
        // nothing is asked of an element, and the number is looked at first
        let [expected, strictly] = [expected, strictly].map(|expected| match (name, expected) {
            ("OfPhantom<Plain>", expected) => expected,
            ("u8, &u8", _) => ARITY,
            (_, CONSTRAINT) => OK,
            (_, expected) => expected,
        });
        for form in forms {
            let module = code(|builder, known| form(builder.signature(&arguments(known))));
            assert_eq!(check(&module), expected, "{name}");
            assert_eq!(strict(&module), strictly, "{name}");
        }
    }
}

#[test]
fn an_instance_that_no_code_names_is_not_looked_at() {
    let (mut builder, known) = known();
    builder.struct_instance(known.of_drop.1, &[known.plain]);
    assert_eq!(check(&builder.build()), OK);
}

#[test]
fn the_same_instance_is_judged_anew_under_each_function() {
    let (mut builder, known) = known();
    let pack = builder.struct_instance(known.of_drop.1, &[T]);
    for (name, context) in [("good", DROP), ("bad", Abilities::NONE)] {
        let handle = builder.function_handle(builder.own(), name, &[context], &[], &[]);
        builder.code(
            handle,
            Visibility::Private,
            &[],
            &[Instruction::Nop, Instruction::PackGeneric(pack)],
        );
    }
    let place = Place::Instruction { function: 1, instruction: 1 };
    let fault = Fault::new(Status::ConstraintNotSatisfied).at(place);
    assert_eq!(super::module(&builder.build(), &Config::reference()), Err(fault));
}

#[test]
fn a_script_is_looked_at_under_its_own_type_parameters() {
    for (context, expected) in [(DROP, OK), (KEY, CONSTRAINT)] {
        for in_code in [false, true] {
            let mut builder = Builder::script();
            let other = builder.import(1, "N");
            let of_drop =
                builder.struct_handle(other, "OfDrop", Abilities::ALL, &[parameter(DROP)]);
            let callee = builder.function_handle(other, "g", &[DROP], &[], &[]);
            let call = builder.function_instance(callee, &[T]);
            let script = match in_code {
                true => builder.build_script(&[context], &[], &[Instruction::CallGeneric(call)]),
                false => builder.build_script(&[context], &[instance(of_drop, &[T])], &[]),
            };
            assert_eq!(status(super::script(&script, &Config::reference())), expected);
        }
    }
}

#[test]
fn before_version_6_only_the_outermost_struct_is_asked() {
    for (name, made, expected) in types() {
        let outermost = ["OfDrop<Plain>", "OfPhantom<Plain>", "OfDrop<Of<Plain>>", "OfDrop<T>"];
        let (mut builder, known) = known();
        let types = [made(&known)];
        builder.function_handle(builder.own(), "f", &[Abilities::NONE, DROP], &types, &[]);
        let module = CompiledModule { version: 5, ..builder.build() };
        let lenient =
            if expected == CONSTRAINT && !outermost.contains(&name) { OK } else { expected };
        assert_eq!(check(&module), lenient, "{name}");
        assert_eq!(strict(&module), expected, "{name}");
    }
}

#[test]
fn ten_thousand_functions_share_one_long_signature_at_the_price_of_one() {
    let (mut builder, known) = known();
    let long: Vec<_> = (0..10_000).map(|_| instance(known.of_drop.0, &[U8])).collect();
    builder.signature(&long);
    let mut module = builder.build();
    let parameters = module.signatures.len() - 1;
    let parameters = SignatureIndex(u16::try_from(parameters).unwrap());
    let handle = FunctionHandle {
        module: module.self_module_handle,
        name: IdentifierIndex(0),
        parameters,
        returns: parameters,
        type_parameters: Vec::new(),
    };
    module.function_handles = vec![handle; 10_000];
    // 10^8 visits would be seen by whoever waits for this test; 10^4 are not
    assert_eq!(check(&module), OK);
}

#[test]
fn deep_types_need_no_stack() {
    let mut deep = U8;
    for _ in 0..2_000 {
        deep = vector(deep);
    }
    let (mut builder, _) = known();
    builder.function_handle(builder.own(), "f", &[], &[reference(deep)], &[]);
    assert_eq!(check(&builder.build()), OK);
}

#[test]
fn a_script_names_no_struct_of_its_own() {
    use crate::format::{FieldInstantiationIndex as F, StructDefInstantiationIndex as S};
    for instruction in [
        Instruction::PackGeneric(S(0)),
        Instruction::UnpackGeneric(S(0)),
        Instruction::ExistsGeneric(S(0)),
        Instruction::MoveFromGeneric(S(0)),
        Instruction::MoveToGeneric(S(0)),
        Instruction::ImmBorrowGlobalGeneric(S(0)),
        Instruction::MutBorrowGlobalGeneric(S(0)),
        Instruction::ImmBorrowFieldGeneric(F(0)),
        Instruction::MutBorrowFieldGeneric(F(0)),
    ] {
        let script = Builder::script().build_script(&[], &[], &[instruction]);
        let result = status(super::script(&script, &Config::reference()));
        assert_eq!(result, Err(Status::InvalidOperationInScript));
    }
}
