//! One call from sources to modules and scripts.
//!
//! # Place      [compilation] calls every stage in its order
//! # Invariants either everything that was asked for comes out, or the reasons why not; modules come
//! #            before those that use them
//! # Absent     files, packages and publishing

use std::collections::BTreeMap;

use move_like_vm::format::{Address, CompiledModule, CompiledScript};

use crate::ast::Definition;
use crate::availability;
use crate::constants;
use crate::declarations::{Selection, declare};
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::emit::{Emitted, Emitter, Output};
use crate::flow::{Facts, Flow};
use crate::imports;
use crate::lexer;
use crate::limits::{MAX_SOURCE_BYTES, STACK_BYTES};
use crate::liveness;
use crate::lowering;
use crate::names::Scope;
use crate::parser;
use crate::program::{ConstantId, FunctionId, ModuleId, Program, STANDARD};
use crate::source::{Lines, SourceFile, Span};
use crate::source_map::SourceMap;
use crate::typing;
use crate::unit_tests::{TestCase, test_case};

/// What sources may use without being asked to compile it.
#[derive(Clone, Copy, Debug)]
pub enum Dependency<'d> {
    /// A source file.
    Source(&'d SourceFile),
    /// A compiled module; its constants and the names of its fields are not of use to others anyway.
    Compiled(&'d CompiledModule),
}

/// Choices that the caller makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which items for tests are compiled.
    pub tests: Tests,
}

/// Items for tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tests {
    /// None of them.
    #[default]
    None,
    /// Those marked `#[test_only]`: what a package lends to the tests of those that depend on it. Of
    /// dependencies that are sources, never more than these are there.
    Helpers,
    /// Those marked `#[test]`, too.
    All,
}

/// A module or a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A module.
    Module(Box<CompiledModule>),
    /// A script.
    Script(Box<CompiledScript>),
}

/// What a module or script of the sources became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledUnit {
    /// The module's name; that of its function for a script.
    pub name: String,
    /// The module or script.
    pub unit: Unit,
    /// Where its code comes from.
    pub source_map: SourceMap,
    /// Its tests, if they were asked for.
    pub tests: Vec<TestCase>,
}

impl CompiledUnit {
    /// The module, if it is one.
    pub fn module(&self) -> Option<&CompiledModule> {
        match &self.unit {
            Unit::Module(module) => Some(module),
            Unit::Script(_) => None,
        }
    }

    /// The script, if it is one.
    pub fn script(&self) -> Option<&CompiledScript> {
        match &self.unit {
            Unit::Module(_) => None,
            Unit::Script(script) => Some(script),
        }
    }
}

/// Compiles sources that use dependencies.
///
/// # Errors
///
/// Every finding of the first stage that has any, sorted by file and place.
pub fn compile(
    sources: &[SourceFile],
    named_addresses: &BTreeMap<String, Address>,
    dependencies: &[Dependency<'_>],
    options: Options,
) -> Result<Vec<CompiledUnit>, Vec<Diagnostic>> {
    let mut files = sources.to_vec();
    let mut compiled = Vec::new();
    for dependency in dependencies {
        match dependency {
            Dependency::Source(file) => files.push((*file).clone()),
            Dependency::Compiled(module) => compiled.push(*module),
        }
    }
    let selection = Selection { addresses: named_addresses, tests: options.tests };
    on_a_deep_stack(|| {
        let mut findings = Findings::default();
        let units = run(&files, sources.len(), &compiled, selection, &mut findings);
        match units {
            Some(units) if findings.is_empty() => Ok(units),
            _ => Err(findings.into_diagnostics(&files)),
        }
    })
}

/// Trees are walked by recursion: the stack has room for the highest that the parser lets pass,
/// whatever thread the caller is on.
fn on_a_deep_stack<T: Send>(work: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, &work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // no thread to be had: the caller's stack must do
            Err(_) => work(),
        }
    })
}

/// All stages; none as soon as one of them has found something.
fn run(
    files: &[SourceFile],
    emitted: usize,
    compiled: &[&CompiledModule],
    selection: Selection<'_>,
    findings: &mut Findings,
) -> Option<Vec<CompiledUnit>> {
    let definitions = parse(files, emitted, findings);
    let mut program = Program::default();
    import(&mut program, compiled, findings);
    declare(&mut program, &definitions, selection, findings);
    if !findings.is_empty() {
        return None;
    }
    evaluate_constants(&mut program, selection, findings);
    let flows = bodies(&program, selection, findings);
    let lines: Vec<Lines<'_>> = files.iter().map(|file| Lines::new(&file.text)).collect();
    let emitter = Emitter { program: &program, flows: &flows, files, lines: &lines };
    let mut made = BTreeMap::new();
    if findings.is_empty() {
        for (id, _) in modules(&program).filter(|(_, emitted)| *emitted) {
            made.insert(id, emitter.emit(id, findings)?);
        }
    }
    let units = ordered(&program, made, findings)
        .into_iter()
        .map(|(id, emitted)| unit(&program, id, emitted, selection, findings))
        .collect();
    Some(units)
}

fn parse(files: &[SourceFile], emitted: usize, findings: &mut Findings) -> Vec<(Definition, bool)> {
    let mut definitions = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        if file.text.len() > MAX_SOURCE_BYTES {
            let span = Span { file: number, start: 0, end: 0 };
            findings.add(Code::TooLarge, span, "this file is too long");
            continue;
        }
        let tokens = lexer::tokens(number, &file.text, findings);
        let parsed = parser::file(&tokens, findings);
        definitions.extend(parsed.into_iter().map(|definition| (definition, index < emitted)));
    }
    definitions
}

/// Declares compiled modules, those first that others of them use.
fn import(program: &mut Program<'_>, compiled: &[&CompiledModule], findings: &mut Findings) {
    let mut waiting = compiled.to_vec();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for module in waiting {
            if !imports::is_ready(program, module) {
                later.push(module);
                continue;
            }
            match imports::declare(program, module) {
                Some(id) => {
                    let info = program.module(id);
                    if info.address == STANDARD && info.name == "vector" {
                        imports::add_vector_instructions(program, id);
                    }
                }
                None => {
                    let message = "a compiled dependency names what it does not have";
                    findings.add(Code::UnboundModule, Span::default(), message);
                    return;
                }
            }
        }
        if later.len() == before {
            let message = "a compiled dependency uses a module that is not among them";
            findings.add(Code::UnboundModule, Span::default(), message);
            return;
        }
        waiting = later;
    }
}

/// Every module and script, and whether its code is asked for.
fn modules<'p>(program: &'p Program<'_>) -> impl Iterator<Item = (ModuleId, bool)> + use<'p> {
    program.modules.iter().enumerate().map(|(id, info)| (ModuleId(id), info.is_emitted))
}

fn evaluate_constants(
    program: &mut Program<'_>,
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    let constants: Vec<(ModuleId, ConstantId)> = program
        .modules
        .iter()
        .enumerate()
        .flat_map(|(module, info)| info.constants.values().map(move |id| (ModuleId(module), *id)))
        .collect();
    let mut typed = BTreeMap::new();
    for (module, id) in constants {
        let value = typing::constant(program, selection.addresses, module, id, findings);
        typed.extend(value.map(|value| (id, value)));
    }
    if !findings.is_empty() {
        return;
    }
    let (values, wrong) = constants::evaluate(typed);
    wrong.into_iter().for_each(|finding| findings.push(finding));
    for (id, value) in values {
        if let Some(info) = program.constants.get_mut(id.0) {
            info.value = Some(value);
        }
    }
}

/// The code of every function whose module is asked for.
fn bodies(
    program: &Program<'_>,
    selection: Selection<'_>,
    findings: &mut Findings,
) -> BTreeMap<FunctionId, Flow> {
    let mut flows = BTreeMap::new();
    for (index, info) in program.functions.iter().enumerate() {
        let id = FunctionId(index);
        if !program.module(info.module).is_emitted {
            continue;
        }
        let typed = typing::function(program, selection.addresses, id, findings);
        let Some(typed) = typed else { continue };
        let mut flow = lowering::function(program, &typed);
        liveness::resolve(&mut flow, program, &info.type_parameters);
        availability::check(&Facts::new(&flow, program, &info.type_parameters), findings);
        flows.insert(id, flow);
    }
    flows
}

/// Modules before those that use them, else in the order of the source; a circle is reported.
fn ordered(
    program: &Program<'_>,
    mut made: BTreeMap<ModuleId, Emitted>,
    findings: &mut Findings,
) -> Vec<(ModuleId, Emitted)> {
    let mut ordered = Vec::new();
    while !made.is_empty() {
        let ready = made
            .iter()
            .find(|(_, emitted)| !emitted.dependencies.iter().any(|used| made.contains_key(used)));
        match ready.map(|(id, _)| *id) {
            Some(id) => ordered.extend(made.remove(&id).map(|emitted| (id, emitted))),
            None => {
                for id in made.keys() {
                    let message = "these modules use each other in a circle, or use one that does";
                    findings.add(Code::CyclicDependency, program.module(*id).span, message);
                }
                break;
            }
        }
    }
    ordered
}

fn unit(
    program: &Program<'_>,
    id: ModuleId,
    emitted: Emitted,
    selection: Selection<'_>,
    findings: &mut Findings,
) -> CompiledUnit {
    let info = program.module(id);
    let scope = Scope {
        program,
        addresses: selection.addresses,
        module: id,
        layers: Vec::new(),
        type_parameters: Vec::new(),
    };
    let mut functions: Vec<FunctionId> = info.functions.values().copied().collect();
    functions.sort_unstable();
    let mut tests = Vec::new();
    if selection.tests == Tests::All {
        for function in &functions {
            tests.extend(test_case(&scope, program.function(*function), findings));
        }
    }
    let script_name = functions.first().map(|function| program.function(*function).name.clone());
    let name = if info.is_script { script_name.unwrap_or_default() } else { info.name.clone() };
    let unit = match emitted.output {
        Output::Module(module) => Unit::Module(module),
        Output::Script(script) => Unit::Script(script),
    };
    CompiledUnit { name, unit, source_map: emitted.map, tests }
}
