use crate::fault::{Fault, Place};
use crate::format::{
    Abilities, Ability, CompiledModule, Instruction, SignatureToken, StructTypeParameter,
    TableKind, Visibility,
};
use crate::status::Status;
use crate::testing::{Builder, instance, mutable, parameter, phantom, reference, vector};
use crate::verify::published::tests::World;

const NONE: Abilities = Abilities::NONE;
const DROP: Abilities = NONE.with(Ability::Drop);
const T: SignatureToken = SignatureToken::TypeParameter(0);

fn world(modules: Vec<CompiledModule>) -> World {
    World { modules, natives: vec!["known"], ..World::default() }
}

fn refused(status: Status, table: TableKind, index: usize) -> Result<(), Fault> {
    Err(Fault::new(status).at(Place::Entry { table, index }))
}

#[test]
fn every_module_that_is_named_exists() {
    let module = {
        let mut builder = Builder::module(1, "M");
        builder.import(1, "A");
        builder.import(2, "A");
        builder.build()
    };
    let [here, there] = [1, 2].map(|at| Builder::module(at, "A").build());
    let missing = |index| refused(Status::MissingDependency, TableKind::ModuleHandles, index);
    assert_eq!(super::module(&module, &world(vec![here.clone(), there.clone()])), Ok(()));
    assert_eq!(super::module(&module, &world(vec![here])), missing(2));
    assert_eq!(super::module(&module, &world(vec![there])), missing(1));
}

/// What a user says of a struct `A::S`, and of what it is defined as.
fn structure(
    (used, used_parameters): (Abilities, &[StructTypeParameter]),
    (defined, defined_parameters): (Abilities, &[StructTypeParameter]),
) -> Result<(), Fault> {
    let mut defining = Builder::module(1, "A");
    defining.structure("Other", NONE, &[], &[("x", SignatureToken::Bool)]);
    defining.structure("S", defined, defined_parameters, &[("x", SignatureToken::Bool)]);
    let mut using = Builder::module(1, "M");
    using.structure("S", NONE, &[], &[("x", SignatureToken::Bool)]);
    let other = using.import(1, "A");
    using.struct_handle(other, "S", used, used_parameters);
    super::module(&using.build(), &world(vec![defining.build()]))
}

#[test]
fn a_user_knows_of_a_struct_at_most_what_is_defined() {
    let mismatch = || refused(Status::TypeMismatch, TableKind::StructHandles, 1);
    for used in 0..16 {
        for defined in 0..16 {
            let [used, defined] = [used, defined].map(|bits| Abilities::from_bits(bits).unwrap());
            let expected = if defined.includes(used) { Ok(()) } else { mismatch() };
            assert_eq!(structure((used, &[]), (defined, &[])), expected, "{used:?} {defined:?}");
            // a constraint is the other way round: the user may ask more of itself
            let [asks, asked] = [used, defined].map(parameter);
            let expected = if used.includes(defined) { Ok(()) } else { mismatch() };
            assert_eq!(structure((NONE, &[asks]), (NONE, &[asked])), expected);
        }
    }
    let (plain, ghost) = (parameter(NONE), phantom(NONE));
    assert_eq!(structure((NONE, &[plain]), (NONE, &[ghost])), Ok(()));
    assert_eq!(structure((NONE, &[ghost]), (NONE, &[ghost])), Ok(()));
    assert_eq!(structure((NONE, &[ghost]), (NONE, &[plain])), mismatch());
    assert_eq!(structure((NONE, &[plain]), (NONE, &[])), mismatch());
    assert_eq!(structure((NONE, &[plain]), (NONE, &[plain, plain])), mismatch());
}

#[test]
fn a_struct_that_is_not_defined_is_not_found() {
    let mut using = Builder::module(1, "M");
    let other = using.import(1, "A");
    using.struct_handle(other, "S", NONE, &[]);
    let mut defining = Builder::module(1, "A");
    defining.structure("T", NONE, &[], &[("x", SignatureToken::Bool)]);
    // a handle of another module's struct of that name is no definition
    let third = defining.import(1, "B");
    defining.struct_handle(third, "S", NONE, &[]);
    assert_eq!(
        super::module(&using.build(), &world(vec![defining.build()])),
        refused(Status::LookupFailed, TableKind::StructHandles, 0)
    );
}

/// A signature: type parameters, parameters, results.
type Shape<'a> = (&'a [Abilities], &'a [SignatureToken], &'a [SignatureToken]);

fn function(used: Shape<'_>, defined: Shape<'_>) -> Result<(), Fault> {
    let mut defining = Builder::module(1, "A");
    defining.signature(&[SignatureToken::U64]);
    let own = defining.own();
    let handle = defining.function_handle(own, "f", defined.0, defined.1, defined.2);
    defining.code(handle, Visibility::Public, &[], &[Instruction::Ret]);
    let mut using = Builder::module(1, "M");
    let other = using.import(1, "A");
    using.function_handle(other, "f", used.0, used.1, used.2);
    super::module(&using.build(), &world(vec![defining.build()]))
}

#[test]
fn a_function_has_the_signature_that_is_defined() {
    let mismatch = || refused(Status::TypeMismatch, TableKind::FunctionHandles, 0);
    let types = [
        SignatureToken::Bool,
        SignatureToken::U8,
        SignatureToken::U16,
        SignatureToken::U32,
        SignatureToken::U64,
        SignatureToken::U128,
        SignatureToken::U256,
        SignatureToken::Address,
        SignatureToken::Signer,
        T,
        SignatureToken::TypeParameter(1),
        vector(SignatureToken::U8),
        vector(SignatureToken::U16),
        reference(SignatureToken::U8),
        mutable(SignatureToken::U8),
    ];
    let two = [NONE, NONE];
    for (at, used) in types.iter().enumerate() {
        for (position, defined) in types.iter().enumerate() {
            let [used, defined] = [used, defined].map(std::slice::from_ref);
            let expected = if at == position { Ok(()) } else { mismatch() };
            assert_eq!(function((&two, used, &[]), (&two, defined, &[])), expected);
            assert_eq!(function((&two, &[], used), (&two, &[], defined)), expected);
        }
    }
    let one = [SignatureToken::U8];
    assert_eq!(function((&[], &one, &[]), (&[], &[], &[])), mismatch());
    assert_eq!(function((&[], &[], &[]), (&[], &one, &[])), mismatch());
    assert_eq!(function((&[], &[], &one), (&[], &[], &[])), mismatch());
    assert_eq!(function((&[DROP], &[], &[]), (&[NONE], &[], &[])), Ok(()));
    assert_eq!(function((&[NONE], &[], &[]), (&[DROP], &[], &[])), mismatch());
    assert_eq!(function((&[NONE], &[], &[]), (&two, &[], &[])), mismatch());
}

#[test]
fn structs_in_signatures_are_the_same_by_module_and_name() {
    /// Which module and name the user and the definition write, and with which type argument.
    type Named<'a> = (u8, &'a str, &'a str, Option<SignatureToken>);
    let make = |builder: &mut Builder, (at, module, name, argument): Named<'_>| {
        let module = builder.import(at, module);
        let parameters = [parameter(NONE)];
        let parameters = if argument.is_some() { &parameters[..] } else { &[] };
        let handle = builder.struct_handle(module, name, NONE, parameters);
        match argument {
            Some(argument) => instance(handle, &[argument]),
            None => SignatureToken::Struct(handle),
        }
    };
    let check = |used: Named<'_>, defined: Named<'_>| {
        let mut owner = Builder::module(2, "S");
        let field = [("x", SignatureToken::Bool)];
        owner.structure("S", NONE, &[], &field);
        owner.structure("G", NONE, &[parameter(NONE)], &field);
        owner.structure("H", NONE, &[parameter(NONE)], &field);
        let mut defining = Builder::module(1, "A");
        defining.import(2, "S");
        let type_ = make(&mut defining, defined);
        let handle = defining.function_handle(defining.own(), "f", &[], &[vector(type_)], &[]);
        defining.code(handle, Visibility::Public, &[], &[]);
        let mut using = Builder::module(1, "M");
        let other = using.import(1, "A");
        let type_ = make(&mut using, used);
        using.function_handle(other, "f", &[], &[vector(type_)], &[]);
        let modules = vec![owner.build(), defining.build()];
        super::module(&using.build(), &world(modules)).map_err(|fault| fault.status)
    };
    let (u8, u16) = (|| Some(SignatureToken::U8), || Some(SignatureToken::U16));
    assert_eq!(check((2, "S", "S", None), (2, "S", "S", None)), Ok(()));
    assert_eq!(check((2, "S", "G", u8()), (2, "S", "G", u8())), Ok(()));
    let mismatch = Err(Status::TypeMismatch);
    assert_eq!(check((2, "S", "G", u8()), (2, "S", "G", u16())), mismatch);
    assert_eq!(check((2, "S", "G", u8()), (2, "S", "H", u8())), mismatch);
    assert_eq!(check((2, "S", "S", None), (3, "S", "S", None)), mismatch);
    assert_eq!(check((2, "S", "S", None), (2, "T", "S", None)), mismatch);
    assert_eq!(check((2, "S", "S", None), (2, "S", "G", u8())), mismatch);
}

#[test]
fn who_may_call_a_function_is_said_where_it_is_defined() {
    let public = Visibility::Public;
    let cases = [
        (public, false, true, true),
        (Visibility::Friend, false, false, false),
        (Visibility::Friend, true, true, false),
        (Visibility::Private, true, false, false),
    ];
    for (visibility, is_friend, module_may, script_may) in cases {
        for is_entry in [false, true] {
            let mut defining = Builder::module(1, "A");
            defining.friend(1, "Other");
            if is_friend {
                defining.friend(1, "M");
            }
            defining.function("g", public, &[]);
            defining.function("f", visibility, &[]);
            if is_entry {
                defining.make_entry();
            }
            let world = world(vec![defining.build()]);
            let expected = |may: bool| match may {
                true => Ok(()),
                false => refused(Status::LookupFailed, TableKind::FunctionHandles, 0),
            };
            let uses = |mut builder: Builder| {
                let other = builder.import(1, "A");
                builder.function_handle(other, "f", &[], &[], &[]);
                builder
            };
            let module = uses(Builder::module(1, "M")).build();
            assert_eq!(super::module(&module, &world), expected(module_may));
            let script = uses(Builder::script()).build_script(&[], &[], &[]);
            assert_eq!(super::script(&script, &world), expected(script_may));
        }
    }
}

#[test]
fn modules_come_before_structs_and_structs_before_functions() {
    let mut using = Builder::module(1, "M");
    let other = using.import(1, "A");
    using.function_handle(other, "f", &[], &[], &[]);
    let mut with_struct = using.clone();
    with_struct.struct_handle(other, "S", NONE, &[]);
    let mut with_module = with_struct.clone();
    with_module.import(1, "B");
    let world = world(vec![Builder::module(1, "A").build()]);
    for (builder, status, table, index) in [
        (using, Status::LookupFailed, TableKind::FunctionHandles, 0),
        (with_struct, Status::LookupFailed, TableKind::StructHandles, 0),
        (with_module, Status::MissingDependency, TableKind::ModuleHandles, 2),
    ] {
        assert_eq!(super::module(&builder.build(), &world), refused(status, table, index));
    }
}

#[test]
fn the_machine_has_every_native_function_and_no_native_struct() {
    for (name, expected) in [
        ("known", Ok(())),
        ("unknown", refused(Status::MissingDependency, TableKind::FunctionDefinitions, 1)),
    ] {
        let mut builder = Builder::module(1, "M");
        builder.function("unknown with code", Visibility::Public, &[]);
        let handle = builder.function_handle(builder.own(), name, &[], &[], &[]);
        builder.native_function(handle, Visibility::Public);
        let world = world(vec![]);
        assert_eq!(super::natives(&builder.clone().build(), &world), expected);

        let native = builder.struct_handle(builder.own(), "S", NONE, &[]);
        builder.native_struct(native);
        let struct_fault = refused(Status::MissingDependency, TableKind::StructDefinitions, 0);
        let expected = expected.and(struct_fault);
        assert_eq!(super::natives(&builder.build(), &world), expected);
    }
}

#[test]
fn before_version_5_functions_for_scripts_are_called_by_their_like_alone() {
    let called = Fault::new(Status::CalledScriptVisibleFromNonScriptVisible)
        .at(Place::Instruction { function: 1, instruction: 0 });
    for (version, for_scripts, caller_is, expected) in [
        (4, true, false, Err(called)),
        (4, true, true, Ok(())),
        (4, false, false, Ok(())),
        (5, true, false, Ok(())),
    ] {
        let mut defining = Builder::module(1, "A");
        defining.function("f", Visibility::Public, &[Instruction::Ret]);
        if for_scripts {
            defining.make_entry();
        }
        let mut using = Builder::module(1, "M");
        using.function("g", Visibility::Public, &[Instruction::Ret]);
        let other = using.import(1, "A");
        let used = using.function_handle(other, "f", &[], &[], &[]);
        let code = [Instruction::Call(used), Instruction::Ret];
        using.function("h", Visibility::Public, &code);
        if caller_is {
            using.make_entry();
        }
        let module = CompiledModule { version, ..using.build() };
        let linked = super::module(&module, &world(vec![defining.build()]));
        assert_eq!(linked, expected, "{version} {for_scripts} {caller_is}");
    }
    // and of the module itself
    let mut builder = Builder::module(1, "M");
    let own = builder.function("f", Visibility::Public, &[Instruction::Ret]);
    builder.make_entry();
    builder.function("g", Visibility::Public, &[Instruction::Call(own), Instruction::Ret]);
    let module = CompiledModule { version: 4, ..builder.build() };
    let fault = super::module(&module, &world(vec![])).unwrap_err();
    assert_eq!(fault.status, Status::CalledScriptVisibleFromNonScriptVisible);
}
