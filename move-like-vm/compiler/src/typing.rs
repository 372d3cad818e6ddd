//! Types of bodies: inference, borrows, abilities, who may do what.
//!
//! # Place      program -> [typing] -> constants, lowering
//! # Invariants the tree that it gives has one known type per node; where it cannot give one it has
//! #            reported why
//! # Absent     the flow of control: whether a variable has a value is decided after lowering

mod block;
mod call;
mod control;
mod expression;
pub(crate) mod infer;
mod inline;
mod method;
mod pattern;
mod place;
pub(crate) mod tree;

use std::collections::BTreeMap;

use move_like_vm::format::{Abilities, Ability, Address};

use crate::ast;
use crate::diagnostic::{Code, Finding, Findings};
use crate::names::{Instance, Resolved, Scope, fault};
use crate::program::{ConstantId, FunctionId, ModuleId, Program, StructId, Type};
use crate::source::Span;
use infer::{Check, Solution, Sort};
use inline::Expansion;
use tree::{Local, Node, NodeKind, TypedFunction, Variable};

/// What is being checked, and what is known so far.
struct Checker<'p, 'a> {
    scope: Scope<'p, 'a>,
    findings: &'p mut Findings,
    solution: Solution,
    checks: Vec<Check>,
    instances: Vec<Instance>,
    variables: Vec<Variable>,
    /// Names of variables, the innermost block last.
    names: Vec<BTreeMap<String, Local>>,
    returns: Type,
    /// For every loop around, whether a `break` leaves it.
    loops: Vec<bool>,
    acquired: BTreeMap<StructId, Span>,
    /// The module whose function or constant this is.
    home: ModuleId,
    expansion: Expansion,
}

/// Checks the body of a function; none if it has none or is wrong.
pub(crate) fn function(
    program: &Program<'_>,
    addresses: &BTreeMap<String, Address>,
    id: FunctionId,
    findings: &mut Findings,
) -> Option<TypedFunction> {
    let info = program.function(id);
    let source = info.source?;
    let body = source.body.as_ref()?;
    let before = findings.count();
    let mut checker = checker(program, addresses, info.module, findings);
    checker.scope.type_parameters.clone_from(&info.type_parameters);
    checker.returns = Type::of_values(info.returns.clone());
    checker.names.push(BTreeMap::new());
    for parameter in &info.parameters {
        checker.declare_parameter(parameter);
    }
    let parameters = checker.variables.len();
    let returns = checker.returns.clone();
    let body_span = body.result.as_ref().map_or(body.end, |result| result.span);
    let node = checker.block(body, body_span);
    let node = checker.coerce(node, &returns, "the result");
    checker.finish();
    checker.check_acquires(id);
    let Checker { variables, solution, .. } = checker;
    let typed = TypedFunction { parameters, variables, body: node, end: body.end, solution };
    (findings.count() == before).then_some(typed)
}

/// Checks the value of a constant; none if it is wrong.
pub(crate) fn constant(
    program: &Program<'_>,
    addresses: &BTreeMap<String, Address>,
    module: ModuleId,
    id: ConstantId,
    findings: &mut Findings,
) -> Option<(Node, Solution)> {
    let info = program.constant(id)?;
    let before = findings.count();
    let mut checker = checker(program, addresses, module, findings);
    let node = checker.expression(&info.source.value);
    let node = checker.coerce(node, &info.type_, "the value of the constant");
    checker.finish();
    let solution = checker.solution;
    (findings.count() == before).then_some((node, solution))
}

fn checker<'p, 'a>(
    program: &'p Program<'a>,
    addresses: &'p BTreeMap<String, Address>,
    module: ModuleId,
    findings: &'p mut Findings,
) -> Checker<'p, 'a> {
    let scope =
        Scope { program, addresses, module, layers: Vec::new(), type_parameters: Vec::new() };
    Checker {
        scope,
        findings,
        solution: Solution::default(),
        checks: Vec::new(),
        instances: Vec::new(),
        variables: Vec::new(),
        names: Vec::new(),
        returns: Type::UNIT,
        loops: Vec::new(),
        acquired: BTreeMap::new(),
        home: module,
        expansion: Expansion::default(),
    }
}

impl Checker<'_, '_> {
    fn add(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.findings.add(code, span, message);
    }

    fn report(&mut self, finding: Finding) -> Node {
        let span = finding.span;
        self.findings.push(finding);
        Node { type_: Type::Error, span, kind: NodeKind::Tuple(Vec::new()) }
    }

    fn fail(&mut self, code: Code, span: Span, message: impl Into<String>) -> Node {
        self.report(fault(code, span, message))
    }

    /// The node, or a report of why there is none.
    fn or_report(&mut self, node: Resolved<Node>) -> Node {
        node.unwrap_or_else(|finding| self.report(finding))
    }

    fn declare_parameter(&mut self, parameter: &crate::program::Parameter) {
        let known = self.names.last().is_some_and(|names| names.contains_key(&parameter.name));
        if known && parameter.name != "_" {
            let message = format!("`{}` is already taken", parameter.name);
            self.add(Code::DuplicateName, parameter.span, message);
        }
        self.declare(&parameter.name, parameter.type_.clone(), parameter.span);
    }

    /// A new variable, visible from here on in this block.
    fn declare(&mut self, name: &str, type_: Type, span: Span) -> Local {
        let local = self.variables.len();
        self.variables.push(Variable { name: Some(name.to_owned()), type_, span });
        if let Some(names) = self.names.last_mut() {
            names.insert(name.to_owned(), local);
        }
        local
    }

    fn lookup(&self, name: &str) -> Option<Local> {
        self.names.iter().rev().find_map(|names| names.get(name)).copied()
    }

    fn variable_type(&self, local: Local) -> Type {
        self.variables.get(local).map_or(Type::Error, |variable| variable.type_.clone())
    }

    /// A written type in a body, in which `_` is not known.
    fn written(&mut self, type_: &ast::Type) -> Type {
        let before = self.instances.len();
        match self.scope.type_(type_, &mut self.instances) {
            Ok(type_) => self.expanded(type_, before),
            Err(finding) => self.report(finding).type_,
        }
    }

    /// The value as one of the wanted type; `&mut T` may become `&T`.
    fn coerce(&mut self, node: Node, wanted: &Type, what: &str) -> Node {
        if !self.solution.subsume(&node.type_, wanted) {
            let (wanted, found) = (self.shown(wanted), self.shown(&node.type_));
            let message = format!("{what} is {found}, expected {wanted}");
            self.add(Code::TypeMismatch, node.span, message);
            return node;
        }
        if self.solution.is_never(&node.type_) {
            return node;
        }
        Node { type_: wanted.clone(), span: node.span, kind: NodeKind::Coerce(Box::new(node)) }
    }

    fn need(&mut self, type_: &Type, ability: Ability, span: Span, why: &'static str) {
        let needed = Abilities::NONE.with(ability);
        self.checks.push(Check::Abilities { type_: type_.clone(), needed, span, why });
    }

    /// What is left to check once the whole body has been seen.
    fn finish(&mut self) {
        for variable in &self.variables {
            let type_ = variable.type_.clone();
            self.checks.push(Check::Known { type_, span: variable.span, may_be_reference: true });
        }
        for Instance { span, argument, needed } in std::mem::take(&mut self.instances) {
            let why = "a type argument must have an ability";
            self.checks.push(Check::Abilities { type_: argument, needed, span, why });
        }
        self.run_checks();
    }

    /// `acquires` lists exactly what is taken from storage, here or in calls within the module.
    fn check_acquires(&mut self, id: FunctionId) {
        let info = self.scope.program.function(id);
        for (used, span) in std::mem::take(&mut self.acquired) {
            if !info.acquires.iter().any(|(listed, _)| *listed == used) {
                let name = &self.scope.program.structure(used).name;
                let message = format!("`{name}` is taken from storage: add `acquires {name}`");
                self.add(Code::Acquires, span, message);
            } else {
                self.acquired.insert(used, span);
            }
        }
        for (listed, span) in &info.acquires {
            if !self.acquired.contains_key(listed) && self.findings.is_empty() {
                self.add(Code::Acquires, *span, "this struct is never taken from storage");
            }
        }
    }

    /// A value that never comes.
    fn never(&mut self, span: Span, kind: NodeKind) -> Node {
        Node { type_: self.fresh(Sort::Never), span, kind }
    }
}
