//! Calls of inline functions: the body is typed anew at every call.
//!
//! # Place      call -> [inline] -> tree
//! # Invariants words mean in a body what they mean where it is written; arguments are values that are
//! #            computed once, in front of the body; what is expanded is bounded in depth and number
//! # Absent     `return` in what is expanded; function values of compiled modules, which have none

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Checker;
use super::method::Receiver;
use super::tree::{Local, Node, NodeKind, Step, Target, TargetKind};
use crate::ast::{self, Expression, ExpressionKind as E, Pattern, TypeKind};
use crate::diagnostic::Code;
use crate::limits::{MAX_EXPANSIONS, MAX_INLINE_NESTING};
use crate::names::{Resolved, fault};
use crate::parser::{height_of_block, single};
use crate::program::{Aliases, ModuleId, Type, TypeParameter};
use crate::source::Span;

/// What is open of inline functions, and what words stand for in it.
#[derive(Default)]
pub(super) struct Expansion {
    /// The function values that parameters of the open inline function stand for.
    values: BTreeMap<String, Rc<FunctionValue>>,
    /// What its type parameters stand for; none outside.
    types: Option<Vec<Type>>,
    /// The heights of all that is open together.
    height: u32,
    open: u32,
    count: u32,
}

/// `|x| body`, where it is written.
pub(super) struct FunctionValue {
    patterns: Vec<Pattern>,
    body: Expression,
    parameters: Vec<Type>,
    returns: Type,
    place: Place,
}

/// Where words mean something.
#[derive(Clone)]
struct Place {
    names: Vec<BTreeMap<String, Local>>,
    values: BTreeMap<String, Rc<FunctionValue>>,
    types: Option<Vec<Type>>,
    module: ModuleId,
    layers: Vec<Aliases>,
    type_parameters: Vec<TypeParameter>,
    loops: Vec<bool>,
}

/// A function value as an argument: written there, or handed on.
enum Given {
    Written(Vec<Pattern>, Expression),
    Known(Rc<FunctionValue>),
}

impl Checker<'_, '_> {
    /// Whether the body of something inline is being typed.
    pub(super) const fn is_expanding(&self) -> bool {
        self.expansion.open > 0
    }

    /// A type as it is here; what was asked of its arguments since `before` follows it.
    pub(super) fn expanded(&mut self, type_: Type, before: usize) -> Type {
        let Some(types) = &self.expansion.types else { return type_ };
        for instance in self.instances.iter_mut().skip(before) {
            instance.argument = instance.argument.instantiate(types);
        }
        type_.instantiate(types)
    }

    /// The function value that a name stands for, unless a variable has that name.
    pub(super) fn function_value(&self, name: &str) -> Option<Rc<FunctionValue>> {
        if self.lookup(name).is_some() { None } else { self.expansion.values.get(name).cloned() }
    }

    pub(super) fn inline_call(
        &mut self,
        module: ModuleId,
        function: &ast::Function,
        types: Option<&[ast::Type]>,
        receiver: Option<Receiver>,
        arguments: &[Expression],
        span: Span,
    ) -> Resolved<Node> {
        self.check_visible(module, &function.name.text, function.visibility, span)?;
        let type_parameters: Vec<TypeParameter> = function
            .type_parameters
            .iter()
            .map(|one| TypeParameter {
                name: one.name.text.clone(),
                constraints: one.constraints,
                is_phantom: false,
            })
            .collect();
        let types = self.type_arguments(&type_parameters, types, span)?;
        let count = arguments.len().saturating_add(usize::from(receiver.is_some()));
        self.check_count(function.parameters.len(), count, span)?;
        let (nodes, given) = self.inline_arguments(function, receiver, arguments)?;
        let Some(body) = &function.body else {
            return Err(fault(Code::Unsupported, span, "a native function is not inline"));
        };
        let height = height_of_block(body);
        self.open(height, span)?;
        let outside = self.enter(Place {
            names: vec![BTreeMap::new()],
            values: BTreeMap::new(),
            types: Some(types),
            module,
            layers: Vec::new(),
            type_parameters,
            loops: Vec::new(),
        });
        let mut steps = Vec::new();
        for ((name, written), node) in nodes {
            let type_ = self.written(written);
            let node = self.coerce(node, &type_, "the argument");
            let local = self.declare(&name.text, type_.clone(), name.span);
            let kind = TargetKind::Variable(local);
            steps.push(Step::Bind(Target { span: name.span, type_, kind }, node));
        }
        for (name, parameters, returns, given) in given {
            let parameters = parameters.iter().map(|one| self.written(one)).collect();
            let returns = self.written(returns);
            let value = match given {
                Given::Known(known) => known,
                Given::Written(patterns, body) => {
                    // no `break` leaves a function value
                    let place = Place { loops: Vec::new(), ..outside.clone() };
                    Rc::new(FunctionValue { patterns, body, parameters, returns, place })
                }
            };
            self.expansion.values.insert(name.text.clone(), value);
        }
        let returns = function.returns.as_ref().map_or(Type::UNIT, |one| self.written(one));
        let body = self.block(body, span);
        let body = self.coerce(body, &returns, "the result");
        self.enter(outside);
        self.close(height);
        let type_ = body.type_.clone();
        Ok(Node { type_, span, kind: NodeKind::Block(steps, Some(Box::new(body))) })
    }

    /// Calls what a parameter of an inline function stands for.
    pub(super) fn value_call(
        &mut self,
        value: &FunctionValue,
        arguments: &[Expression],
        span: Span,
    ) -> Node {
        let nodes: Vec<Node> = arguments.iter().map(|argument| self.expression(argument)).collect();
        let entered = self
            .check_count(value.parameters.len(), nodes.len(), span)
            .and_then(|()| self.check_count(value.parameters.len(), value.patterns.len(), span))
            .and_then(|()| self.open(value.body.height, span));
        if let Err(finding) = entered {
            return self.report(finding);
        }
        let nodes: Vec<Node> = nodes
            .into_iter()
            .zip(&value.parameters)
            .map(|(node, type_)| self.coerce(node, type_, "the argument"))
            .collect();
        let outside = self.enter(value.place.clone());
        self.names.push(BTreeMap::new());
        let mut steps = Vec::new();
        for ((pattern, node), type_) in value.patterns.iter().zip(nodes).zip(&value.parameters) {
            let target = self.pattern(pattern, type_);
            steps.push(Step::Bind(target, node));
        }
        let body = self.expression(&value.body);
        let body = self.coerce(body, &value.returns, "the result of the function value");
        self.enter(outside);
        self.close(value.body.height);
        let type_ = body.type_.clone();
        Node { type_, span, kind: NodeKind::Block(steps, Some(Box::new(body))) }
    }

    /// The arguments, typed where they are written, and apart from them those that are functions.
    #[expect(clippy::type_complexity, reason = "two lists that are taken apart at once")]
    fn inline_arguments<'f>(
        &mut self,
        function: &'f ast::Function,
        receiver: Option<Receiver>,
        arguments: &[Expression],
    ) -> Resolved<(
        Vec<(&'f (ast::Name, ast::Type), Node)>,
        Vec<(&'f ast::Name, &'f [ast::Type], &'f ast::Type, Given)>,
    )> {
        let mut nodes = Vec::new();
        let mut functions = Vec::new();
        let mut parameters = function.parameters.iter();
        if let Some(receiver) = receiver
            && let Some(parameter) = parameters.next()
        {
            nodes.push((parameter, self.lent_to(receiver, &parameter.1)));
        }
        for (parameter, argument) in parameters.zip(arguments) {
            let (name, written) = parameter;
            let TypeKind::Function(parameters, returns) = &written.kind else {
                nodes.push((parameter, self.expression(argument)));
                continue;
            };
            let given = match &argument.kind {
                E::Lambda(patterns, body) => {
                    Some(Given::Written(patterns.clone(), body.as_ref().clone()))
                }
                E::Name(path, None) => {
                    single(path).and_then(|name| self.function_value(&name.text)).map(Given::Known)
                }
                _ => None,
            };
            let Some(given) = given else {
                let message = "a function is written here: `|x| ..`";
                return Err(fault(Code::Unsupported, argument.span, message));
            };
            functions.push((name, parameters.as_slice(), returns.as_ref(), given));
        }
        Ok((nodes, functions))
    }

    fn check_count(&self, wanted: usize, found: usize, span: Span) -> Resolved<()> {
        if wanted == found {
            return Ok(());
        }
        let message = format!("{wanted} arguments are expected, not {found}");
        Err(fault(Code::WrongCount, span, message))
    }

    fn open(&mut self, height: u32, span: Span) -> Resolved<()> {
        let expansion = &mut self.expansion;
        let sum = expansion.height.saturating_add(height).saturating_add(1);
        if sum > MAX_INLINE_NESTING || expansion.count >= MAX_EXPANSIONS {
            return Err(fault(Code::TooLarge, span, "inline functions become too much code here"));
        }
        expansion.height = sum;
        expansion.open = expansion.open.saturating_add(1);
        expansion.count = expansion.count.saturating_add(1);
        Ok(())
    }

    fn close(&mut self, height: u32) {
        let expansion = &mut self.expansion;
        expansion.height = expansion.height.saturating_sub(height).saturating_sub(1);
        expansion.open = expansion.open.saturating_sub(1);
    }

    /// Goes to another place, and gives that which was left.
    fn enter(&mut self, place: Place) -> Place {
        use std::mem::replace;
        Place {
            names: replace(&mut self.names, place.names),
            values: replace(&mut self.expansion.values, place.values),
            types: replace(&mut self.expansion.types, place.types),
            module: replace(&mut self.scope.module, place.module),
            layers: replace(&mut self.scope.layers, place.layers),
            type_parameters: replace(&mut self.scope.type_parameters, place.type_parameters),
            loops: replace(&mut self.loops, place.loops),
        }
    }
}
