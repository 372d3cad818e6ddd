//! Changed code that the verifier accepts, run: an opinion of its own on what was accepted.
//!
//! Every function of a changed module is called with arguments of its types, on the machine that checks
//! the type and the place of every operand, and on the fast one. Code that should have been refused shows
//! as an invariant that does not hold, as a difference between the two, or as a panic.

use std::collections::BTreeMap;

use move_like_vm::encode;
use move_like_vm::format::{
    Ability, CompiledModule, FunctionDefinition, SignatureToken as T, Tables,
};
use move_like_vm::runtime::{
    Arguments, Bytes, Config as Running, Machine, MemoryState, ModuleId, Outcome, StructTag,
    TypeTag,
};
use move_like_vm::status::Status;
use move_like_vm::verify::Config;

use crate::mutation::{Chance, changed};
use crate::real::{self, Binary};

/// What one call may spend: loops by chance have no end.
const BUDGET: u64 = 200_000;
/// Changes of each accepted module, and of one whose code is long.
const ROUNDS: usize = 40;
const LONG: usize = 500;
/// How many changes of one module are run.
const RUN: usize = 12;

/// Statuses of the machine itself that a call from outside can have: a module that is not there.
const ALLOWED: [Status; 2] = [Status::TypeResolutionFailure, Status::UnexpectedVerifierError];

fn id(module: &CompiledModule) -> ModuleId {
    let own = &module.module_handles[module.self_module_handle.get()];
    ModuleId {
        address: module.addresses[own.address.get()],
        name: module.identifiers[own.name.get()].clone(),
    }
}

/// A type as an argument: numbers for parameters.
fn instance(type_: &T) -> T {
    match type_ {
        T::TypeParameter(_) => T::U64,
        T::Vector(inner) => T::Vector(Box::new(instance(inner))),
        T::Reference(inner) | T::MutableReference(inner) => instance(inner),
        other => other.clone(),
    }
}

/// A value of a type in BCS; none for what chance does not make.
fn value(chance: &mut Chance, tables: &Tables<'_>, type_: &T, depth: usize) -> Option<Vec<u8>> {
    let width = match type_ {
        T::Bool => return Some(vec![u8::try_from(chance.below(2)).unwrap()]),
        T::U8 => 1,
        T::U16 => 2,
        T::U32 => 4,
        T::U64 => 8,
        T::U128 => 16,
        T::U256 => 32,
        T::Address => {
            let mut address = vec![0; 32];
            address[31] = u8::try_from(chance.below(3)).unwrap();
            return Some(address);
        }
        T::Vector(inner) => {
            let count = chance.below(3);
            let mut bytes = vec![u8::try_from(count).unwrap()];
            for _ in 0..count {
                bytes.extend(value(chance, tables, inner, depth + 1)?);
            }
            return Some(bytes);
        }
        T::Struct(handle) if depth < 4 => {
            let (index, _) = (0u16..)
                .zip(tables.struct_definitions)
                .find(|(_, definition)| definition.handle == *handle)?;
            let fields =
                tables.fields(move_like_vm::format::StructDefinitionIndex(index)).ok()??;
            let mut bytes = Vec::new();
            for field in fields {
                bytes.extend(value(chance, tables, &field.type_, depth + 1)?);
            }
            return Some(bytes);
        }
        _ => return None,
    };
    let mut bytes = vec![0; width];
    bytes[0] = [0, 1, 2, 255][chance.below(4)];
    Some(bytes)
}

fn arguments(
    chance: &mut Chance,
    module: &CompiledModule,
    function: &FunctionDefinition,
) -> Option<(String, Arguments)> {
    let tables = module.tables();
    let handle = tables.function_handle(function.handle).ok()?;
    let mut arguments = Arguments {
        types: vec![TypeTag::U64; handle.type_parameters.len()],
        ..Arguments::default()
    };
    if handle.type_parameters.iter().any(|asked| asked.has(Ability::Key)) {
        // a resource of the module, if it has one without parameters
        let key = tables.struct_definitions.iter().find_map(|definition| {
            let handle = tables.struct_handle(definition.handle).ok()?;
            let fits = handle.abilities.has(Ability::Key) && handle.type_parameters.is_empty();
            fits.then(|| tables.identifier(handle.name).ok().cloned())?
        })?;
        let own = id(module);
        let tag = StructTag {
            address: own.address,
            module: own.name,
            name: key,
            type_arguments: Vec::new(),
        };
        arguments.types = vec![TypeTag::Struct(Box::new(tag)); handle.type_parameters.len()];
    }
    for parameter in &tables.signature(handle.parameters).ok()?.0 {
        match instance(parameter) {
            T::Signer => arguments.signers.push([1; 32]),
            type_ => arguments.values.push(value(chance, &tables, &type_, 0)?),
        }
    }
    Some((tables.identifier(handle.name).ok()?.clone(), arguments))
}

fn run(
    checked: bool,
    state: &MemoryState,
    id: &ModuleId,
    name: &str,
    given: &Arguments,
) -> Outcome {
    let verifier = None;
    let mut machine = Machine::new(Running { checked, verifier, ..Running::network() });
    let mut nothing = ();
    let mut session = machine.session(state, BUDGET, &mut nothing);
    let _ = session.call_any(id, name, given);
    session.finish()
}

/// A verifier that has changed is tried with `FLORIN_SOAK=1000000`: one seed for each 10,000, in place of
/// a single one.
#[test]
fn changed_code_that_is_accepted_keeps_every_invariant_when_it_runs() {
    #[expect(clippy::disallowed_methods, reason = "a long run is asked for from outside")]
    let asked = std::env::var("FLORIN_SOAK").ok();
    let asked: u64 = asked.and_then(|text| text.parse().ok()).unwrap_or(0);
    let seeds = (asked / 10_000).max(1);
    let mut found = BTreeMap::new();
    for seed in 0..seeds {
        seeded(11 + seed, &mut found);
    }
    for (status, count) in &found {
        println!("{count} times {status}");
    }
    let enough = found.is_empty() || found.get("EXECUTED").is_some_and(|count| *count > 100);
    assert!(enough, "{found:?}");
}

fn seeded(seed: u64, found: &mut BTreeMap<&'static str, usize>) {
    let config = Config::network();
    let mut chance = Chance { state: seed, in_module: true };
    let mut state = MemoryState::default();
    let mut case = String::new();
    for task in real::tasks() {
        if task.case != case {
            case.clone_from(&task.case);
            state = MemoryState::default();
        }
        let Ok(Binary::Module(module)) = task.read() else { continue };
        if Binary::Module(module.clone()).check(&Config::reference()).is_err() {
            continue;
        }
        let definitions = module.function_definitions.iter();
        let length: usize =
            definitions.filter_map(|one| one.code.as_ref()).map(|unit| unit.code.len()).sum();
        let mut ran = 0;
        for _ in 0..if length > LONG { 2 } else { ROUNDS } {
            let Some(Binary::Module(mutant)) =
                changed(&mut chance, &Binary::Module(module.clone()))
            else {
                break;
            };
            if ran == RUN || Binary::Module(mutant.clone()).check(&config).is_err() {
                continue;
            }
            ran += 1;
            let mut world = state.clone();
            world.put_module(id(&mutant), Bytes::from(encode::module(&mutant).unwrap()));
            for function in mutant.function_definitions.iter().filter(|one| one.code.is_some()) {
                let Some((name, given)) = arguments(&mut chance, &mutant, function) else {
                    continue;
                };
                let fast = run(false, &world, &id(&mutant), &name, &given);
                let checked = run(true, &world, &id(&mutant), &name, &given);
                assert_eq!(fast, checked, "{}: {name} {given:?}", task.case);
                let status = fast.result.err().map_or(Status::Executed, |fault| fault.status);
                let broken = (2000..3000).contains(&status.number()) && !ALLOWED.contains(&status);
                assert!(!broken, "{}: {name} {given:?}: {status}\n{mutant:?}", task.case);
                *found.entry(status.name()).or_default() += 1;
            }
        }
        state.put_module(id(&module), Bytes::from(encode::module(&module).unwrap()));
    }
}
