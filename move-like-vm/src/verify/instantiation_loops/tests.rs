use crate::fault::{Fault, Place};
use crate::format::{
    Abilities, FunctionHandleIndex, Instruction, SignatureToken, StructHandleIndex, Visibility,
};
use crate::status::Status;
use crate::testing::{Builder, instance, parameter, vector};

const T: SignatureToken = SignatureToken::TypeParameter(0);
const U: SignatureToken = SignatureToken::TypeParameter(1);
const U8: SignatureToken = SignatureToken::U8;

/// Calls of one function: which is called, and with which type arguments.
type Calls<'a> = &'a [(usize, &'a [SignatureToken])];

/// Functions with as many type parameters as said, and their calls.
fn check(natives: usize, functions: &[(usize, Calls<'_>)]) -> Result<(), Fault> {
    let mut builder = Builder::module(1, "M");
    let own = builder.own();
    for index in 0..natives {
        let name = format!("native{index}");
        let handle = builder.function_handle(own, &name, &[], &[], &[]);
        builder.native_function(handle, Visibility::Private);
    }
    let handles: Vec<FunctionHandleIndex> = functions
        .iter()
        .enumerate()
        .map(|(index, (parameters, _))| {
            let parameters = vec![Abilities::NONE; *parameters];
            builder.function_handle(own, &format!("f{index}"), &parameters, &[], &[])
        })
        .collect();
    for (handle, (_, calls)) in handles.iter().zip(functions) {
        let code: Vec<_> = calls
            .iter()
            .map(|(callee, arguments)| {
                let call = builder.function_instance(handles[*callee], arguments);
                Instruction::CallGeneric(call)
            })
            .collect();
        builder.code(*handle, Visibility::Private, &[], &code);
    }
    super::module(&builder.build())
}

fn refused(function: usize, instruction: usize) -> Result<(), Fault> {
    let place = Place::Instruction { function, instruction };
    Err(Fault::new(Status::LoopInInstantiationGraph).at(place))
}

#[test]
fn a_function_calls_itself_with_the_same_types_and_not_with_larger_ones() {
    assert_eq!(check(0, &[(1, &[(0, &[T])])]), Ok(()));
    assert_eq!(check(0, &[(1, &[(0, &[vector(T)])])]), refused(0, 0));
    assert_eq!(check(0, &[(1, &[(0, &[T]), (0, &[vector(vector(T))])])]), refused(0, 1));
    // a type that does not grow out of a parameter is one type more, and no cycle
    assert_eq!(check(0, &[(1, &[(0, &[vector(U8)])])]), Ok(()));
}

#[test]
fn parameters_may_change_places_and_grow_only_out_of_a_cycle() {
    assert_eq!(check(0, &[(2, &[(0, &[U, T])])]), Ok(()));
    assert_eq!(check(0, &[(2, &[(0, &[T, vector(T)])])]), Ok(()));
    assert_eq!(check(0, &[(2, &[(0, &[U, vector(T)])])]), refused(0, 0));
    assert_eq!(check(0, &[(2, &[(0, &[vector(U), vector(U8)])])]), Ok(()));
}

#[test]
fn a_cycle_goes_through_several_functions() {
    let to = |callee| [(callee, &[T] as &[_])];
    let round: [(usize, Calls<'_>); 3] = [(1, &to(1)), (1, &to(2)), (1, &to(0))];
    assert_eq!(check(0, &round), Ok(()));
    let grown = [vector(T)];
    let growing: [(usize, Calls<'_>); 3] = [(1, &to(1)), (1, &[(2, &grown)]), (1, &to(0))];
    assert_eq!(check(0, &growing), refused(1, 0));
    let line: [(usize, Calls<'_>); 3] = [(1, &[(1, &grown)]), (1, &[(2, &grown)]), (1, &[])];
    assert_eq!(check(0, &line), Ok(()));
}

#[test]
fn native_functions_do_not_shift_the_others() {
    let grown = [vector(T)];
    assert_eq!(check(1, &[(1, &[(0, &grown)])]), refused(1, 0));
    assert_eq!(check(2, &[(1, &[(1, &grown)]), (1, &[])]), Ok(()));
}

#[test]
fn a_parameter_grows_inside_a_struct_and_calls_of_other_modules_do_not_count() {
    let mut builder = Builder::module(1, "M");
    let own = builder.own();
    let none = Abilities::NONE;
    let of: StructHandleIndex = builder.struct_handle(own, "S", none, &[parameter(none)]);
    let other = builder.import(1, "N");
    let theirs = builder.function_handle(other, "f", &[none], &[], &[]);
    let ours = builder.function_handle(own, "f", &[none], &[], &[]);
    let larger = instance(of, &[vector(T)]);
    let away = builder.function_instance(theirs, std::slice::from_ref(&larger));
    builder.code(ours, Visibility::Private, &[], &[Instruction::CallGeneric(away)]);
    let mut looping = builder.clone();
    assert_eq!(super::module(&builder.build()), Ok(()));

    let back = looping.function_instance(ours, &[larger]);
    let last = looping.function_handle(own, "g", &[none], &[], &[]);
    looping.code(last, Visibility::Private, &[], &[Instruction::CallGeneric(back)]);
    assert_eq!(super::module(&looping.clone().build()), Ok(()));

    let mut module = looping.build();
    module.function_definitions[0].code.as_mut().unwrap().code =
        vec![Instruction::CallGeneric(back)];
    assert_eq!(super::module(&module), refused(0, 0));
}

#[test]
fn one_call_is_looked_at_once_however_often_it_is_made() {
    let many: Vec<(usize, &[SignatureToken])> = vec![(0, &[T]); 50_000];
    assert_eq!(check(0, &[(1, &many)]), Ok(()));
}

#[test]
fn a_million_edges_out_of_one_function_are_no_cycle() {
    let mut builder = Builder::module(1, "M");
    let (own, none) = (builder.own(), [Abilities::NONE; 32]);
    let wide = builder.struct_handle(own, "S", Abilities::NONE, &[parameter(Abilities::NONE); 32]);
    let all: Vec<_> = (0..32).map(SignatureToken::TypeParameter).collect();
    let arguments = vec![instance(wide, &all); 32];
    let caller = builder.function_handle(own, "caller", &none, &[], &[]);
    let mut calls = Vec::new();
    for index in 0..1_000 {
        let callee = builder.function_handle(own, &format!("f{index}"), &none, &[], &[]);
        builder.code(callee, Visibility::Private, &[], &[]);
        calls.push(Instruction::CallGeneric(builder.function_instance(callee, &arguments)));
    }
    builder.code(caller, Visibility::Private, &[], &calls);
    assert_eq!(super::module(&builder.clone().build()), Ok(()));

    let back = builder.function_instance(caller, &all);
    let mut module = builder.build();
    let code = module.function_definitions[999].code.as_mut().unwrap();
    code.code = vec![Instruction::CallGeneric(back)];
    assert_eq!(super::module(&module), refused(1_000, 999));
}
