//! Calls, their limits, and values at the greatest depth.

use super::{Ran, call, run, state};
use crate::format::{Abilities, Instruction as I, SignatureToken as T, Visibility};
use crate::runtime::{Arguments, CALLS_MAX, OPERANDS_MAX};
use crate::status::Status;
use crate::testing::{Builder, instance, parameter, vector};

/// `run(n)` calls itself until `n` is 0.
fn recursion(depth: u64) -> Ran {
    let mut builder = Builder::module(1, "M");
    let handle = builder.function_handle(builder.own(), "run", &[], &[T::U64], &[]);
    let code = [
        I::CopyLoc(0),
        I::LdU64(0),
        I::Eq,
        I::BrTrue(8),
        I::MoveLoc(0),
        I::LdU64(1),
        I::Sub,
        I::Call(handle),
        I::Ret,
    ];
    builder.code(handle, Visibility::Public, &[], &code);
    call(&state(&[("M", &builder.build())]), "run", &super::values(&[&depth.to_le_bytes()]))
}

#[test]
fn one_call_more_than_the_limit_is_refused() {
    let most = CALLS_MAX as u64;
    assert_eq!(recursion(most).status(), (Status::Executed, None));
    assert_eq!(recursion(most + 1).status(), (Status::CallStackOverflow, None));
}

#[test]
fn one_operand_more_than_the_limit_is_refused() {
    for load in [I::LdU8(1), I::LdU64(1), I::CopyLoc(0)] {
        for more in [0usize, 1, 2] {
            let count = OPERANDS_MAX + more;
            let mut code = vec![I::LdU8(9), I::StLoc(0)];
            code.extend(std::iter::repeat_n(load.clone(), count));
            code.extend(std::iter::repeat_n(I::Pop, count));
            code.push(I::Ret);
            let ran = run(&[], &[T::U8], &code);
            match more {
                0 => assert_eq!(ran.status(), (Status::Executed, None), "{load:?}"),
                _ => {
                    assert_eq!(ran.status(), (Status::ExecutionStackOverflow, None));
                    let place = ran.results.unwrap_err().place;
                    let instruction = 2 + OPERANDS_MAX;
                    assert_eq!(
                        place,
                        crate::fault::Place::Instruction { function: 0, instruction }
                    );
                }
            }
        }
    }
}

#[test]
fn fused_instructions_overflow_the_stack_as_single_ones_do() {
    for pair in
        [[I::LdU64(1), I::Add], [I::CopyLoc(0), I::CopyLoc(0)], [I::CopyLoc(0), I::StLoc(1)]]
    {
        for filled in [OPERANDS_MAX - 2, OPERANDS_MAX - 1, OPERANDS_MAX] {
            let mut code = vec![I::LdU64(u64::MAX), I::StLoc(0)];
            code.extend(std::iter::repeat_n(I::LdU64(0), filled));
            code.extend(pair.clone());
            code.extend([I::LdU64(7), I::Abort]);
            run(&[], &[T::U64, T::U64], &code);
        }
    }
    // the arithmetic of a fused pair is what overflows, not the load before it
    let ran = run(&[], &[], &[I::LdU64(u64::MAX), I::LdU64(1), I::Add, I::Pop, I::Ret]);
    let place = crate::fault::Place::Instruction { function: 0, instruction: 2 };
    assert_eq!(ran.results.unwrap_err().place, place);
}

/// `Box1<T>` is one struct around `T`; each further box holds two of the one before, one in the other.
fn boxes() -> (Builder, Vec<crate::format::StructDefinitionIndex>) {
    let mut builder = Builder::module(1, "M");
    let mut definitions = Vec::new();
    let mut inner: Option<crate::format::StructHandleIndex> = None;
    for level in 0..8 {
        let field = match inner {
            None => T::TypeParameter(0),
            Some(handle) => instance(handle, &[instance(handle, &[T::TypeParameter(0)])]),
        };
        let (handle, definition) = builder.structure(
            &format!("Box{level}"),
            Abilities::ALL,
            &[parameter(Abilities::NONE)],
            &[("x", field)],
        );
        inner = Some(handle);
        definitions.push(definition);
    }
    (builder, definitions)
}

#[test]
fn a_value_nests_128_deep_and_no_deeper() {
    // a box of level n is 2^(n + 1) - 1 structs around its argument
    for (level, status) in [(6usize, Status::Executed), (7, Status::VmMaxValueDepthReached)] {
        let (mut builder, definitions) = boxes();
        let token = T::TypeParameter(0);
        let mut makers: Vec<crate::format::FunctionHandleIndex> = Vec::new();
        for (index, definition) in definitions.iter().enumerate().take(level + 1) {
            let handle_of =
                |at: usize| crate::format::StructHandleIndex(u16::try_from(at).unwrap());
            let returns = instance(handle_of(index), std::slice::from_ref(&token));
            let handle = builder.function_handle(
                builder.own(),
                &format!("make{index}"),
                &[Abilities::NONE],
                std::slice::from_ref(&token),
                &[returns],
            );
            let mut code = vec![I::MoveLoc(0)];
            if let Some(below) = makers.last().copied() {
                let once = builder.function_instance(below, std::slice::from_ref(&token));
                let inner = instance(handle_of(index - 1), std::slice::from_ref(&token));
                let twice = builder.function_instance(below, &[inner]);
                code.extend([I::CallGeneric(once), I::CallGeneric(twice)]);
            }
            let own = builder.struct_instance(*definition, std::slice::from_ref(&token));
            code.extend([I::PackGeneric(own), I::Ret]);
            builder.code(handle, Visibility::Public, &[], &code);
            makers.push(handle);
        }
        let handle = builder.function_handle(builder.own(), "run", &[], &[], &[]);
        let top = builder.function_instance(*makers.last().unwrap(), &[T::Bool]);
        let type_ =
            instance(crate::format::StructHandleIndex(u16::try_from(level).unwrap()), &[T::Bool]);
        let code = [I::LdTrue, I::CallGeneric(top), I::StLoc(0), I::CopyLoc(0), I::Pop, I::Ret];
        builder.code(handle, Visibility::Public, &[type_], &code);
        let ran = call(&state(&[("M", &builder.build())]), "run", &Arguments::default());
        assert_eq!(ran.status(), (status, None), "level {level}");
    }
}

#[test]
fn a_vector_of_vectors_nests_128_deep_and_no_deeper() {
    for (depth, status) in [(127u32, Status::Executed), (128, Status::VmMaxValueDepthReached)] {
        let mut builder = Builder::module(1, "M");
        let handle = builder.function_handle(builder.own(), "run", &[], &[], &[]);
        let mut code = vec![I::LdU8(1)];
        let mut type_ = T::U8;
        for _ in 0..depth {
            code.push(I::VecPack(builder.signature(&[type_.clone()]), 1));
            type_ = vector(type_);
        }
        code.extend([I::Pop, I::Ret]);
        builder.code(handle, Visibility::Public, &[], &code);
        let ran = call(&state(&[("M", &builder.build())]), "run", &Arguments::default());
        assert_eq!(ran.status(), (status, None), "{depth}");
    }
}

#[test]
fn too_many_nodes_in_type_arguments_are_refused_where_they_stand() {
    for (width, status) in [(127usize, Status::Executed), (128, Status::TooManyTypeNodes)] {
        let mut builder = Builder::module(1, "M");
        let token = (1..width).fold(T::U8, |token, _| vector(token));
        let handle = builder.function_handle(builder.own(), "f", &[Abilities::NONE], &[], &[]);
        builder.code(handle, Visibility::Public, &[], &[I::Ret]);
        let instance = builder.function_instance(handle, &[token]);
        builder.function("run", Visibility::Public, &[I::CallGeneric(instance), I::Ret]);
        let ran = call(&state(&[("M", &builder.build())]), "run", &Arguments::default());
        assert_eq!(ran.status(), (status, None), "{width}");
    }
}

#[test]
fn results_come_back_in_order_and_arguments_go_in_order() {
    let mut builder = Builder::module(1, "M");
    let swap =
        builder.function_handle(builder.own(), "swap", &[], &[T::U8, T::U64], &[T::U64, T::U8]);
    builder.code(swap, Visibility::Private, &[], &[I::MoveLoc(1), I::MoveLoc(0), I::Ret]);
    let run = builder.function_handle(builder.own(), "run", &[], &[], &[T::U64, T::U8]);
    let code = [I::LdU8(3), I::LdU64(4), I::Call(swap), I::Ret];
    builder.code(run, Visibility::Public, &[], &code);
    let ran = call(&state(&[("M", &builder.build())]), "run", &Arguments::default());
    assert_eq!(ran.results, Ok(vec![4u64.to_le_bytes().to_vec(), vec![3]]));
}
