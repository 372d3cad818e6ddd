//! The native functions of the standard library.

use super::{Ran, bytes, call, values};
use crate::format::{Abilities, CompiledModule, Instruction as I, SignatureToken as T, Visibility};
use crate::runtime::{MemoryState, ModuleId};
use crate::status::Status;
use crate::testing::{Builder, address, mutable, reference, vector};

/// A state with a standard module that declares one native function, and `0x1::M::run` that calls it
/// with its own arguments.
fn world(
    module: &str,
    function: &str,
    generic: Option<T>,
    parameters: &[T],
    returns: &[T],
) -> MemoryState {
    let mut standard = Builder::module(1, module);
    let constraints: Vec<Abilities> = generic.iter().map(|_| Abilities::NONE).collect();
    let declared: Vec<T> =
        parameters.iter().map(|type_| abstracted(type_, generic.as_ref())).collect();
    let given: Vec<T> = returns.iter().map(|type_| abstracted(type_, generic.as_ref())).collect();
    let native =
        standard.function_handle(standard.own(), function, &constraints, &declared, &given);
    standard.native_function(native, Visibility::Public);
    let mut state = MemoryState::default();
    let put = |state: &mut MemoryState, name: &str, module: &CompiledModule| {
        let id = ModuleId { address: address(1), name: name.to_owned() };
        state.put_module(id, bytes(module));
    };
    put(&mut state, module, &standard.build());

    let mut builder = Builder::module(1, "M");
    let import = builder.import(1, module);
    let native = builder.function_handle(import, function, &constraints, &declared, &given);
    let run = builder.function_handle(builder.own(), "run", &[], parameters, returns);
    let mut code: Vec<I> = (0..u8::try_from(parameters.len()).unwrap()).map(I::MoveLoc).collect();
    code.push(match generic {
        Some(type_) => I::CallGeneric(builder.function_instance(native, &[type_])),
        None => I::Call(native),
    });
    code.push(I::Ret);
    builder.code(run, Visibility::Public, &[], &code);
    put(&mut state, "M", &builder.build());
    state
}

/// The type with a type parameter in place of the argument.
fn abstracted(type_: &T, argument: Option<&T>) -> T {
    match type_ {
        found if Some(found) == argument => T::TypeParameter(0),
        T::Vector(inner) => vector(abstracted(inner, argument)),
        T::Reference(inner) => reference(abstracted(inner, argument)),
        T::MutableReference(inner) => mutable(abstracted(inner, argument)),
        other => other.clone(),
    }
}

fn list(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()][..], bytes].concat()
}

fn ask(state: &MemoryState, given: &[&[u8]]) -> Ran {
    call(state, "run", &values(given))
}

#[test]
fn hashes_are_those_of_the_standards() {
    let text = list(b"abc");
    for (function, expected) in [
        ("blake2b_256", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
        ("sha2_256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    ] {
        let state = world("hash", function, None, &[vector(T::U8)], &[vector(T::U8)]);
        let ran = ask(&state, &[&text]);
        assert_eq!(ran.results, Ok(vec![list(&hex::decode(expected).unwrap())]));
    }
}

#[test]
fn values_become_their_bytes() {
    let state = world("bcs", "to_bytes", Some(T::U16), &[reference(T::U16)], &[vector(T::U8)]);
    assert_eq!(ask(&state, &[&[7, 1]]).results, Ok(vec![list(&[7, 1])]));
}

#[test]
fn a_signer_has_an_address() {
    let state =
        world("signer", "borrow_address", None, &[reference(T::Signer)], &[reference(T::Address)]);
    let arguments = crate::runtime::Arguments { signers: vec![address(9)], ..Default::default() };
    assert_eq!(call(&state, "run", &arguments).results, Ok(vec![address(9).to_vec()]));
}

#[test]
fn text_is_cut_where_letters_begin() {
    let text = list("aéb".as_bytes());
    let word = vector(T::U8);
    let number = |value: u64| value.to_le_bytes();
    let state =
        world("string", "internal_check_utf8", None, &[reference(word.clone())], &[T::Bool]);
    assert_eq!(ask(&state, &[&text]).results, Ok(vec![vec![1]]));
    assert_eq!(ask(&state, &[&list(&[0xff])]).results, Ok(vec![vec![0]]));

    let parameters = [reference(word.clone()), T::U64];
    let state = world("string", "internal_is_char_boundary", None, &parameters, &[T::Bool]);
    for (index, holds) in [(0, 1), (1, 1), (2, 0), (3, 1), (4, 1), (5, 0), (u64::MAX, 0)] {
        assert_eq!(ask(&state, &[&text, &number(index)]).results, Ok(vec![vec![holds]]), "{index}");
    }

    let parameters = [reference(word.clone()), T::U64, T::U64];
    let state =
        world("string", "internal_sub_string", None, &parameters, std::slice::from_ref(&word));
    let cut = ask(&state, &[&text, &number(1), &number(3)]);
    assert_eq!(cut.results, Ok(vec![list("é".as_bytes())]));
    assert_eq!(ask(&state, &[&text, &number(2), &number(1)]).status(), (Status::Aborted, Some(1)));

    let parameters = [reference(word.clone()), reference(word)];
    let state = world("string", "internal_index_of", None, &parameters, &[T::U64]);
    let found = |part: &[u8]| ask(&state, &[&text, &list(part)]).results.unwrap()[0].clone();
    assert_eq!(found(b"b"), number(3));
    assert_eq!(found(b"z"), number(4));
}

#[test]
fn signatures_are_checked() {
    use ed25519_zebra::{SigningKey, VerificationKeyBytes};
    let key = SigningKey::from([7; 32]);
    let signature: [u8; 64] = key.sign(b"pay").into();
    let public: [u8; 32] = VerificationKeyBytes::from(&key).into();
    let parameters = [reference(vector(T::U8)), reference(vector(T::U8)), reference(vector(T::U8))];
    let state = world("ed25519", "verify", None, &parameters, &[T::Bool]);
    let check = |signature: &[u8], key: &[u8], message: &[u8]| {
        ask(&state, &[&list(signature), &list(key), &list(message)]).results.unwrap()[0][0]
    };
    assert_eq!(check(&signature, &public, b"pay"), 1);
    assert_eq!(check(&signature, &public, b"pax"), 0);
    assert_eq!(check(&signature[1..], &public, b"pay"), 0);
    assert_eq!(check(&signature, &public[1..], b"pay"), 0);
    assert_eq!(check(&signature, &[0xff; 32], b"pay"), 0);
}

#[test]
fn events_are_kept_in_order_and_lost_with_a_fault() {
    let parameters = [vector(T::U8), T::U64, T::U16];
    let state = world("event", "write_to_event_store", Some(T::U16), &parameters, &[]);
    let ran = ask(&state, &[&list(b"key"), &3u64.to_le_bytes(), &[1, 2]]);
    let event = &ran.outcome.changes.events[0];
    assert_eq!((event.key.as_slice(), event.sequence), (&b"key"[..], 3));
    assert_eq!(
        (event.type_.to_string().as_str(), event.message.as_slice()),
        ("u16", &[1u8, 2][..])
    );
}

#[test]
fn vector_functions_do_what_their_instructions_do() {
    let list_type = vector(T::U16);
    let state = world("vector", "length", Some(T::U16), &[reference(list_type.clone())], &[T::U64]);
    assert_eq!(ask(&state, &[&[1, 5, 0]]).results, Ok(vec![1u64.to_le_bytes().to_vec()]));
    let state = world("vector", "empty", Some(T::U16), &[], std::slice::from_ref(&list_type));
    assert_eq!(ask(&state, &[]).results, Ok(vec![vec![0]]));
    let state = world("vector", "pop_back", Some(T::U16), &[mutable(list_type.clone())], &[T::U16]);
    assert_eq!(ask(&state, &[&[1, 5, 0]]).results, Ok(vec![vec![5, 0]]));
    assert_eq!(ask(&state, &[&[0]]).status(), (Status::VectorOperationError, Some(2)));
    let parameters = [reference(list_type.clone()), T::U64];
    let state = world("vector", "borrow", Some(T::U16), &parameters, &[reference(T::U16)]);
    assert_eq!(ask(&state, &[&[1, 5, 0], &[0; 8]]).results, Ok(vec![vec![5, 0]]));
    let refused = ask(&state, &[&[1, 5, 0], &1u64.to_le_bytes()]);
    assert_eq!(refused.status(), (Status::VectorOperationError, Some(1)));
    let state = world("vector", "destroy_empty", Some(T::U16), &[list_type], &[]);
    assert_eq!(ask(&state, &[&[0]]).status(), (Status::Executed, None));
    assert_eq!(ask(&state, &[&[1, 5, 0]]).status(), (Status::VectorOperationError, Some(3)));
}
