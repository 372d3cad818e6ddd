//! Sessions: publishing, arguments, rollback.

use std::sync::Arc;

use super::{BUDGET, bytes, id, values};
use crate::encode;
use crate::fault::Fault;
use crate::format::{
    Abilities, Ability, CompiledModule, Instruction as I, SignatureToken as T, Visibility,
};
use crate::runtime::{Arguments, Bytes, Config, Machine, MemoryState, PublishOptions, Session};
use crate::status::Status;
use crate::testing::{Builder, address, reference, vector};

fn in_session<R>(
    state: &MemoryState,
    act: impl FnOnce(&mut Session<'_>) -> R,
) -> (R, crate::runtime::Outcome) {
    let mut machine = Machine::new(Config::network());
    let mut nothing = ();
    let mut session = machine.session(state, BUDGET, &mut nothing);
    let result = act(&mut session);
    (result, session.finish())
}

/// `0x1::M::answer(): u64`, and optionally another function.
fn answering(answer: u64, more: bool) -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    let handle = builder.function_handle(builder.own(), "answer", &[], &[], &[T::U64]);
    builder.code(handle, Visibility::Public, &[], &[I::LdU64(answer), I::Ret]);
    builder.make_entry();
    if more {
        builder.function("more", Visibility::Public, &[I::Ret]);
    }
    builder.build()
}

fn publish(session: &mut Session<'_>, modules: &[CompiledModule]) -> Result<(), Fault> {
    let bundle: Vec<Bytes> = modules.iter().map(bytes).collect();
    session.publish(&bundle, address(1), PublishOptions::default())
}

fn status<T>(result: &Result<T, Fault>) -> Status {
    result.as_ref().err().map_or(Status::Executed, |fault| fault.status)
}

#[test]
fn what_a_session_publishes_it_can_run_and_replace() {
    let (results, outcome) = in_session(&MemoryState::default(), |session| {
        publish(session, &[answering(1, false)]).unwrap();
        let first = session.call(&id("M"), "answer", &Arguments::default()).unwrap();
        publish(session, &[answering(2, true)]).unwrap();
        let second = session.call(&id("M"), "answer", &Arguments::default()).unwrap();
        [first, second].concat()
    });
    assert_eq!(results, [1u64.to_le_bytes(), 2u64.to_le_bytes()]);
    assert_eq!(outcome.changes.modules.len(), 1);
    assert_eq!(outcome.changes.modules[&id("M")], bytes(&answering(2, true)));
}

#[test]
fn a_bundle_is_published_whole_or_not_at_all() {
    for (modules, expected) in [
        (vec![answering(1, false), answering(1, false)], Status::DuplicateModuleName),
        (vec![Builder::module(2, "M").build()], Status::ModuleAddressDoesNotMatchSender),
    ] {
        let (result, outcome) =
            in_session(&MemoryState::default(), |session| publish(session, &modules));
        assert_eq!(status(&result), expected);
        assert!(outcome.changes.is_empty());
        assert_eq!(status(&outcome.result), expected);
    }
}

#[test]
fn a_version_that_breaks_others_is_refused_unless_nothing_is_asked() {
    let mut state = MemoryState::default();
    state.put_module(id("M"), bytes(&answering(1, true)));
    let (result, _) = in_session(&state, |session| publish(session, &[answering(2, false)]));
    assert_eq!(status(&result), Status::BackwardIncompatibleModuleUpdate);
    let options = PublishOptions { compatibility: crate::verify::Compatibility::NONE };
    let (result, _) = in_session(&state, |session| {
        session.publish(&[bytes(&answering(2, false))], address(1), options)
    });
    assert_eq!(status(&result), Status::Executed);
}

#[test]
fn the_first_fault_ends_a_session() {
    let (results, outcome) = in_session(&MemoryState::default(), |session| {
        publish(session, &[answering(1, false)]).unwrap();
        let missing = session.call(&id("M"), "missing", &Arguments::default());
        let behind = session.call(&id("M"), "answer", &Arguments::default());
        [status(&missing), status(&behind)]
    });
    assert_eq!(results, [Status::FunctionResolutionFailure; 2]);
    assert!(outcome.changes.is_empty());
    assert!(outcome.gas_used > 0);
}

#[test]
fn a_machine_follows_storage() {
    let mut machine = Machine::new(Config::network());
    for answer in [1u64, 2, 1] {
        let mut state = MemoryState::default();
        state.put_module(id("M"), bytes(&answering(answer, false)));
        let mut nothing = ();
        let mut session = machine.session(&state, BUDGET, &mut nothing);
        let results = session.call(&id("M"), "answer", &Arguments::default()).unwrap();
        assert_eq!(results, [answer.to_le_bytes()]);
    }
}

/// `0x1::M` with functions over arguments of several types.
fn taking() -> MemoryState {
    let mut builder = Builder::module(1, "M");
    let key = Abilities::NONE.with(Ability::Key);
    builder.structure("Key", key, &[], &[("a", T::U64)]);
    let mut add = |name: &str, constraints: &[Abilities], parameters: &[T], entry: bool| {
        let handle = builder.function_handle(builder.own(), name, constraints, parameters, &[]);
        builder.code(handle, Visibility::Public, &[], &[I::Ret]);
        if entry {
            builder.make_entry();
        }
    };
    add("signed", &[], &[reference(T::Signer), T::U64], true);
    add("truth", &[], &[T::Bool], true);
    add("list", &[], &[vector(T::U16)], true);
    add("generic", &[Abilities::NONE.with(Ability::Drop)], &[], true);
    add("plain", &[], &[], false);
    let mut state = MemoryState::default();
    state.put_module(id("M"), bytes(&builder.build()));
    state
}

#[test]
fn arguments_are_counted_then_read() {
    let state = taking();
    let one = Arguments { signers: vec![address(5)], ..values(&[&[0; 8]]) };
    let address = address(5);
    for (function, arguments, expected) in [
        ("signed", one.clone(), Status::Executed),
        ("signed", values(&[&[0; 8]]), Status::NumberOfArgumentsMismatch),
        (
            "signed",
            Arguments { signers: vec![address; 2], ..one },
            Status::NumberOfArgumentsMismatch,
        ),
        (
            "signed",
            Arguments { signers: vec![address; 2], ..Default::default() },
            Status::NumberOfSignerArgumentsMismatch,
        ),
        // nobody can write a signer down
        ("signed", values(&[&address, &[0; 8]]), Status::NumberOfSignerArgumentsMismatch),
        ("truth", values(&[&[1]]), Status::Executed),
        ("truth", values(&[&[2]]), Status::FailedToDeserializeArgument),
        ("truth", values(&[&[]]), Status::FailedToDeserializeArgument),
        ("truth", values(&[&[1, 0]]), Status::FailedToDeserializeArgument),
        ("list", values(&[&[1, 7, 7]]), Status::Executed),
        ("list", values(&[&[0x81, 0x00, 7, 7]]), Status::FailedToDeserializeArgument),
        ("list", values(&[&[0xff, 0xff, 0xff, 0xff, 0x07]]), Status::FailedToDeserializeArgument),
        ("plain", values(&[]), Status::ExecuteEntryFunctionCalledOnNonEntryFunction),
        ("nothing", values(&[]), Status::FunctionResolutionFailure),
    ] {
        let (result, _) =
            in_session(&state, |session| session.call(&id("M"), function, &arguments));
        assert_eq!(status(&result), expected, "{function} {arguments:?}");
    }
}

#[test]
fn type_arguments_are_counted_and_have_what_is_asked() {
    for (types, expected) in [
        (vec!["u64"], Status::Executed),
        (vec!["vector<u8>"], Status::Executed),
        (vec![], Status::NumberOfTypeArgumentsMismatch),
        (vec!["u64", "u64"], Status::NumberOfTypeArgumentsMismatch),
        (vec!["0x1::M::Key"], Status::ConstraintNotSatisfied),
        (vec!["0x1::M::Key<u8>"], Status::NumberOfTypeArgumentsMismatch),
        (vec!["0x1::M::Other"], Status::TypeResolutionFailure),
        (vec!["0x1::N::Key"], Status::LinkerError),
    ] {
        let types = types.iter().map(|text| text.parse().unwrap()).collect();
        let arguments = Arguments { types, ..Arguments::default() };
        let (result, _) =
            in_session(&taking(), |session| session.call(&id("M"), "generic", &arguments));
        assert_eq!(status(&result), expected, "{arguments:?}");
    }
}

#[test]
fn a_script_runs_and_leaves_nothing_behind() {
    let script = Builder::script().build_script(&[], &[T::U64], &[I::MoveLoc(0), I::Abort]);
    let script: Bytes = Arc::from(encode::script(&script).unwrap());
    for (given, expected) in [
        (values(&[&3u64.to_le_bytes()]), (Status::Aborted, Some(3))),
        (values(&[]), (Status::NumberOfArgumentsMismatch, None)),
    ] {
        let (result, outcome) =
            in_session(&MemoryState::default(), |session| session.run_script(&script, &given));
        let fault = result.unwrap_err();
        assert_eq!((fault.status, fault.code), expected);
        assert!(outcome.changes.is_empty());
    }
}
