//! Order, tested pair by pair: each fault alone gives its status, and of two at once the one whose pass
//! comes first wins.

use super::published::tests::World;
use super::{Compatibility, Config};
use crate::fault::Fault;
use crate::format::{
    Abilities, Ability, CompiledModule, FunctionHandleIndex, Instruction, SignatureIndex,
    SignatureToken, StructHandleIndex, Visibility,
};
use crate::status::Status;
use crate::testing::{Builder, parameter, reference, vector};

const T: SignatureToken = SignatureToken::TypeParameter(0);
const NONE: Abilities = Abilities::NONE;
const DROP: Abilities = NONE.with(Ability::Drop);

/// A module under construction, with what faults are made of.
#[derive(Clone)]
struct Case {
    builder: Builder,
    plain: StructHandleIndex,
    generic: FunctionHandleIndex,
    /// Functions that only faults add, so that they do not meet.
    functions: usize,
}

fn good() -> Case {
    let mut builder = Builder::module(1, "M");
    let bool = [("x", SignatureToken::Bool)];
    let (plain, _) = builder.structure("Plain", NONE, &[], &bool);
    let generic = builder.function_handle(builder.own(), "generic", &[DROP], &[], &[]);
    builder.code(generic, Visibility::Private, &[], &[Instruction::Ret]);
    Case { builder, plain, generic, functions: 0 }
}

impl Case {
    fn function(&mut self, types: &[Abilities], code: &[Instruction]) {
        self.functions += 1;
        let name = format!("f{}", self.functions);
        let own = self.builder.own();
        let handle = self.builder.function_handle(own, &name, types, &[], &[]);
        self.builder.code(handle, Visibility::Private, &[], code);
    }
}

/// A status, and a change that brings it about without any status before it.
type Row = (Status, fn(&mut Case));

/// The faults of a module by itself, in the order of their passes.
const ROWS: [Row; 12] = [
    (Status::IndexOutOfBounds, |case| {
        case.function(&[], &[Instruction::VecLen(SignatureIndex(999)), Instruction::Ret]);
    }),
    (Status::TooManyTypeParameters, |case| case.function(&[NONE; 33], &[Instruction::Ret])),
    (Status::DuplicateElement, |case| {
        case.builder.constant(SignatureToken::Bool, &[1]);
        case.builder.constant(SignatureToken::Bool, &[1]);
    }),
    (Status::InvalidSignatureToken, |case| {
        case.builder.signature(&[reference(reference(SignatureToken::U8))]);
    }),
    (Status::InvalidPhantomTypeParamPosition, |case| {
        let declared = [crate::testing::phantom(NONE)];
        case.builder.structure("Phantom", NONE, &declared, &[("x", T)]);
    }),
    (Status::ConstraintNotSatisfied, |case| {
        let arguments = [SignatureToken::Struct(case.plain)];
        let call = case.builder.function_instance(case.generic, &arguments);
        case.function(&[], &[Instruction::CallGeneric(call), Instruction::Ret]);
    }),
    (Status::GenericMemberOpcodeMismatch, |case| {
        let call = Instruction::Call(case.generic);
        case.function(&[], &[call, Instruction::Ret]);
    }),
    (Status::MalformedConstantData, |case| {
        case.builder.constant(SignatureToken::Bool, &[2]);
    }),
    (Status::InvalidFriendDeclWithModulesOutsideAccountAddress, |case| {
        case.builder.friend(2, "N");
    }),
    (Status::FieldMissingTypeAbility, |case| {
        let field = [("x", SignatureToken::Struct(case.plain))];
        case.builder.structure("Droppable", DROP, &[], &field);
    }),
    (Status::RecursiveStructDefinition, |case| {
        let own = case.builder.own();
        let handle = case.builder.struct_handle(own, "Endless", NONE, &[]);
        case.builder.define(handle, &[("x", vector(SignatureToken::Struct(handle)))]);
    }),
    (Status::LoopInInstantiationGraph, |case| {
        let own = case.builder.own();
        let handle = case.builder.function_handle(own, "grows", &[NONE], &[], &[]);
        let call = case.builder.function_instance(handle, &[vector(T)]);
        let code = [Instruction::CallGeneric(call), Instruction::Ret];
        case.builder.code(handle, Visibility::Private, &[], &code);
    }),
];

/// The faults of code come behind those of tables, one function after the other.
const CODE: Row = (Status::InvalidFallThrough, |case| case.function(&[], &[Instruction::Nop]));

fn check(case: &Case) -> Result<(), Status> {
    super::module(&case.builder.clone().build(), &Config::network()).map_err(|fault| fault.status)
}

#[test]
fn of_two_faults_the_one_whose_pass_comes_first_wins() {
    assert_eq!(check(&good()), Ok(()));
    let rows: Vec<Row> = ROWS.into_iter().chain([CODE]).collect();
    for (at, (first, make_first)) in rows.iter().enumerate() {
        let mut one = good();
        make_first(&mut one);
        assert_eq!(check(&one), Err(*first), "{first} alone");
        for (second, make_second) in &rows[at + 1..] {
            let mut both = one.clone();
            make_second(&mut both);
            assert_eq!(check(&both), Err(*first), "{first} then {second}");
            let mut turned = good();
            make_second(&mut turned);
            make_first(&mut turned);
            // signatures are read in three rounds: the pool, fields, then code; all others by pass
            assert_eq!(check(&turned), Err(*first), "{second} then {first}");
        }
    }
}

#[test]
fn the_machine_of_the_reference_tests_limits_no_tables() {
    let mut case = good();
    case.function(&[NONE; 33], &[Instruction::Ret]);
    let module = case.builder.build();
    assert_eq!(super::module(&module, &Config::reference()), Ok(()));
    let fault = super::module(&module, &Config::network()).unwrap_err();
    assert_eq!(fault.status, Status::TooManyTypeParameters);
}

#[test]
fn a_script_meets_the_same_passes_in_the_same_order() {
    let make = |faults: &[usize]| {
        let mut builder = Builder::script();
        let other = builder.import(1, "N");
        let generic = builder.function_handle(other, "g", &[DROP], &[], &[]);
        let call = builder.function_instance(generic, &[SignatureToken::Signer]);
        let bad = builder.function_instance(generic, &[T]);
        let mut code = vec![Instruction::CallGeneric(call)];
        for fault in faults {
            match fault {
                0 => code.push(Instruction::VecLen(SignatureIndex(999))),
                1 => drop(builder.function_handle(other, "h", &[NONE; 33], &[], &[])),
                2 => {
                    builder.constant(SignatureToken::Bool, &[1]);
                    builder.constant(SignatureToken::Bool, &[1]);
                }
                3 => code.push(Instruction::CallGeneric(bad)),
                4 => code.push(Instruction::Call(generic)),
                5 => drop(builder.constant(SignatureToken::Bool, &[2])),
                _ => {}
            }
        }
        if !faults.contains(&6) {
            code.push(Instruction::Ret);
        }
        builder.build_script(&[NONE], &[], &code)
    };
    let statuses = [
        Status::IndexOutOfBounds,
        Status::TooManyTypeParameters,
        Status::DuplicateElement,
        Status::ConstraintNotSatisfied,
        Status::GenericMemberOpcodeMismatch,
        Status::MalformedConstantData,
        Status::InvalidFallThrough,
    ];
    let check = |faults: &[usize]| {
        super::script(&make(faults), &Config::network()).map_err(|fault| fault.status)
    };
    assert_eq!(check(&[]), Ok(()));
    for first in 0..statuses.len() {
        assert_eq!(check(&[first]), Err(statuses[first]));
        for second in first + 1..statuses.len() {
            assert_eq!(check(&[second, first]), Err(statuses[first]), "{first} {second}");
        }
    }
}

/// What is wrong with a publication, in the order in which it is seen.
const PUBLICATION: [Status; 8] = [
    Status::BackwardIncompatibleModuleUpdate,
    Status::MalformedConstantData,
    Status::MissingDependency,
    Status::LinkerError,
    Status::LookupFailed,
    Status::LinkerError,
    Status::CyclicModuleDependency,
    Status::CyclicModuleFriendship,
];

/// Publishes a new version of `M` with the faults of these rows.
fn publish(faults: &[usize]) -> Result<(), Fault> {
    let mut old = Builder::module(1, "M");
    old.function("f", Visibility::Public, &[Instruction::Ret]);
    let mut user = Builder::module(1, "A");
    user.import(1, "M");
    let mut friend = Builder::module(1, "F");
    friend.friend(1, "M");
    let modules = [old, user, friend, Builder::module(1, "B")].map(Builder::build).to_vec();
    let world = World { modules, natives: vec!["known"], ..World::default() };

    let mut new = Builder::module(1, "M");
    let native = |new: &mut Builder, name: &str| {
        let handle = new.function_handle(new.own(), name, &[], &[], &[]);
        new.native_function(handle, Visibility::Private);
    };
    native(&mut new, "known");
    new.import(1, "B");
    if !faults.contains(&0) {
        new.function("f", Visibility::Public, &[Instruction::Ret]);
    }
    for fault in faults {
        match fault {
            1 => drop(new.constant(SignatureToken::Bool, &[2])),
            2 => native(&mut new, "unknown"),
            3 => drop(new.import(1, "Absent")),
            4 => {
                let other = new.import(1, "B");
                new.struct_handle(other, "S", NONE, &[parameter(NONE)]);
            }
            5 => new.friend(1, "Stranger"),
            6 => drop(new.import(1, "A")),
            7 => new.friend(1, "F"),
            _ => {}
        }
    }
    super::publication(&new.build(), Compatibility::FULL, &Config::network(), &world)
}

#[test]
fn a_new_version_is_compared_then_verified_then_linked() {
    assert_eq!(publish(&[]), Ok(()));
    for (first, expected) in PUBLICATION.into_iter().enumerate() {
        let expected = Err(expected);
        let status = |faults: &[usize]| publish(faults).map_err(|fault| fault.status);
        assert_eq!(status(&[first]), expected, "{first}");
        for second in first + 1..PUBLICATION.len() {
            assert_eq!(status(&[first, second]), expected, "{first} {second}");
        }
    }
}

#[test]
fn without_demands_nothing_is_compared() {
    let old = {
        let mut old = Builder::module(1, "M");
        old.function("f", Visibility::Public, &[Instruction::Ret]);
        old.build()
    };
    let world = World { modules: vec![old], ..World::default() };
    let new = Builder::module(1, "M").build();
    let publish =
        |asked| super::publication(&new, asked, &Config::network(), &world).map_err(|f| f.status);
    assert_eq!(publish(Compatibility::NONE), Ok(()));
    assert_eq!(publish(Compatibility::FULL), Err(Status::BackwardIncompatibleModuleUpdate));
}

#[test]
fn a_module_with_indices_out_of_bounds_is_refused_before_its_name_is_read() {
    let world = World::default();
    let check = |module: &CompiledModule| {
        super::publication(module, Compatibility::FULL, &Config::network(), &world)
            .map_err(|fault| fault.status)
    };
    assert_eq!(check(&CompiledModule::default()), Err(Status::NoModuleHandles));
    let mut nameless = Builder::module(1, "M").build();
    nameless.identifiers.clear();
    assert_eq!(check(&nameless), Err(Status::IndexOutOfBounds));
}

#[test]
fn a_script_names_only_what_is_published() {
    let mut other = Builder::module(1, "A");
    other.function("f", Visibility::Public, &[]);
    let world = World { modules: vec![other.build()], ..World::default() };
    let link = |module: &str, function: &str| {
        let mut builder = Builder::script();
        let other = builder.import(1, module);
        builder.function_handle(other, function, &[], &[], &[]);
        let script = builder.build_script(&[], &[], &[]);
        super::link_script(&script, &world).map_err(|fault| fault.status)
    };
    assert_eq!(link("A", "f"), Ok(()));
    assert_eq!(link("A", "g"), Err(Status::LookupFailed));
    assert_eq!(link("B", "f"), Err(Status::LinkerError));
}

#[test]
fn what_no_longer_fits_is_no_fault_of_whoever_loads_it() {
    let mut user = Builder::module(1, "M");
    let other = user.import(1, "A");
    user.function_handle(other, "f", &[], &[], &[]);
    let user = user.build();
    let relink = |other: Builder| {
        let world = World { modules: vec![other.build()], ..World::default() };
        super::relink(&user, &world).map_err(|fault| fault.status)
    };
    let mut fitting = Builder::module(1, "A");
    fitting.function("f", Visibility::Public, &[]);
    assert_eq!(relink(fitting), Ok(()));
    assert_eq!(relink(Builder::module(1, "A")), Err(Status::UnexpectedVerifierError));
    assert_eq!(relink(Builder::module(1, "B")), Err(Status::UnexpectedVerifierError));
}
