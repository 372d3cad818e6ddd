//! Calls, packed structs, vectors and the functions of the language itself.

use move_like_vm::format::{Abilities, Ability, Visibility};

use super::Checker;
use super::infer::{Check, Sort};
use super::tree::{GlobalOperation, Node, NodeKind, Taking};
use crate::ast::{Expression, Name, Path, Type as Written};
use crate::diagnostic::Code;
use crate::names::{Resolved, fault};
use crate::parser::single;
use crate::program::{FunctionId, ModuleId, StructId, Type, TypeParameter};
use crate::source::Span;

impl Checker<'_, '_> {
    pub(super) fn call(
        &mut self,
        path: &Path,
        types: Option<&[Written]>,
        arguments: &[Expression],
        span: Span,
    ) -> Node {
        if let Some(lambda) = single(path).and_then(|name| self.function_value(&name.text)) {
            return self.value_call(&lambda, arguments, span);
        }
        if let Some((module, function)) = self.scope.inline(path) {
            let made = self.inline_call(module, function, types, None, arguments, span);
            return self.or_report(made);
        }
        let arguments: Vec<Node> =
            arguments.iter().map(|argument| self.expression(argument)).collect();
        let made = match self.scope.function(path) {
            Ok(id) => self.function_call(id, types, arguments, span),
            Err(finding) => match single(path) {
                Some(name) => self.built_in(name, types, arguments, span, finding),
                None => Err(finding),
            },
        };
        self.or_report(made)
    }

    pub(super) fn function_call(
        &mut self,
        id: FunctionId,
        types: Option<&[Written]>,
        arguments: Vec<Node>,
        span: Span,
    ) -> Resolved<Node> {
        let program = self.scope.program;
        let info = program.function(id);
        self.check_visible(info.module, &info.name, info.visibility, span)?;
        let types = self.type_arguments(&info.type_parameters, types, span)?;
        let wanted: Vec<Type> =
            info.parameters.iter().map(|parameter| parameter.type_.instantiate(&types)).collect();
        let arguments = self.arguments(&info.name, &wanted, arguments, span)?;
        if info.module == self.home {
            for (acquired, _) in &info.acquires {
                self.acquired.entry(*acquired).or_insert(span);
            }
        }
        let returns = info.returns.iter().map(|type_| type_.instantiate(&types)).collect();
        let type_ = Type::of_values(returns);
        Ok(Node { type_, span, kind: NodeKind::Call(id, types, arguments) })
    }

    pub(super) fn check_visible(
        &self,
        owner: ModuleId,
        name: &str,
        visibility: Visibility,
        span: Span,
    ) -> Resolved<()> {
        let program = self.scope.program;
        if owner == self.scope.module {
            return Ok(());
        }
        let here = program.module(self.scope.module);
        let there = program.module(owner);
        let why = match visibility {
            Visibility::Public => return Ok(()),
            Visibility::Private => "is private to its module",
            Visibility::Friend => {
                let key = (here.address, here.name.clone());
                let is_friend =
                    there.friends.iter().any(|(friend, _)| *friend == self.scope.module)
                        || (!here.is_script && there.friend_names.contains(&key));
                if is_friend {
                    return Ok(());
                }
                "is only for friends of its module"
            }
        };
        Err(fault(Code::Visibility, span, format!("`{name}` {why}")))
    }

    /// Written type arguments, or unknown ones; what they must have is checked at the end.
    pub(super) fn type_arguments(
        &mut self,
        parameters: &[TypeParameter],
        written: Option<&[Written]>,
        span: Span,
    ) -> Resolved<Vec<Type>> {
        let types: Vec<Type> = match written {
            None => parameters.iter().map(|_| self.fresh(Sort::Any)).collect(),
            Some(written) => {
                if written.len() != parameters.len() {
                    let message = format!(
                        "{} type arguments are expected, not {}",
                        parameters.len(),
                        written.len()
                    );
                    return Err(fault(Code::WrongCount, span, message));
                }
                written.iter().map(|one| self.written_argument(one)).collect()
            }
        };
        for (type_, parameter) in types.iter().zip(parameters) {
            let known = Check::Known { type_: type_.clone(), span, may_be_reference: false };
            self.checks.push(known);
            if parameter.constraints != Abilities::NONE {
                let why = "a type argument must have an ability";
                let needed = parameter.constraints;
                self.checks.push(Check::Abilities { type_: type_.clone(), needed, span, why });
            }
        }
        Ok(types)
    }

    /// A type argument, where `_` leaves it to inference.
    fn written_argument(&mut self, written: &Written) -> Type {
        if let crate::ast::TypeKind::Named(path, arguments) = &written.kind
            && arguments.is_empty()
            && single(path).is_some_and(|name| name.text == "_")
        {
            return self.fresh(Sort::Any);
        }
        self.written(written)
    }

    fn arguments(
        &mut self,
        name: &str,
        wanted: &[Type],
        arguments: Vec<Node>,
        span: Span,
    ) -> Resolved<Vec<Node>> {
        if wanted.len() != arguments.len() {
            let message =
                format!("`{name}` takes {} arguments, not {}", wanted.len(), arguments.len());
            return Err(fault(Code::WrongCount, span, message));
        }
        Ok(arguments
            .into_iter()
            .zip(wanted)
            .map(|(argument, wanted)| self.coerce(argument, wanted, "the argument"))
            .collect())
    }

    /// A function of the language itself; `unbound` says that there is no other.
    fn built_in(
        &mut self,
        name: &Name,
        types: Option<&[Written]>,
        arguments: Vec<Node>,
        span: Span,
        unbound: crate::diagnostic::Finding,
    ) -> Resolved<Node> {
        let operation = match name.text.as_str() {
            "exists" => GlobalOperation::Exists,
            "borrow_global" => GlobalOperation::Borrow,
            "borrow_global_mut" => GlobalOperation::BorrowMut,
            "move_from" => GlobalOperation::MoveFrom,
            "move_to" => GlobalOperation::MoveTo,
            "freeze" => return self.freeze(types, arguments, span),
            "assert" => return self.assert_function(arguments, span),
            _ => return Err(unbound),
        };
        let parameter = TypeParameter {
            constraints: Abilities::NONE.with(Ability::Key),
            ..TypeParameter::default()
        };
        let types = self.type_arguments(&[parameter], types, span)?;
        let resource = types.first().cloned().unwrap_or(Type::Error);
        let (wanted, type_) = match operation {
            GlobalOperation::Exists => (vec![Type::Address], Type::Bool),
            GlobalOperation::MoveFrom => (vec![Type::Address], resource.clone()),
            GlobalOperation::Borrow => {
                (vec![Type::Address], Type::reference(false, resource.clone()))
            }
            GlobalOperation::BorrowMut => {
                (vec![Type::Address], Type::reference(true, resource.clone()))
            }
            GlobalOperation::MoveTo => {
                (vec![Type::reference(false, Type::Signer), resource.clone()], Type::UNIT)
            }
        };
        let arguments = self.arguments(&name.text, &wanted, arguments, span)?;
        let acquires = matches!(
            operation,
            GlobalOperation::Borrow | GlobalOperation::BorrowMut | GlobalOperation::MoveFrom
        );
        self.checks.push(Check::Resource { type_: resource.clone(), span, acquires });
        Ok(Node { type_, span, kind: NodeKind::Global(operation, resource, arguments) })
    }

    /// `freeze(r)`: `&mut T` as `&T`.
    fn freeze(
        &mut self,
        types: Option<&[Written]>,
        arguments: Vec<Node>,
        span: Span,
    ) -> Resolved<Node> {
        let types = self.type_arguments(&[TypeParameter::default()], types, span)?;
        let target = types.first().cloned().unwrap_or(Type::Error);
        let wanted = [Type::reference(true, target.clone())];
        let mut arguments = self.arguments("freeze", &wanted, arguments, span)?;
        let argument = arguments
            .pop()
            .ok_or_else(|| fault(Code::WrongCount, span, "`freeze` takes one argument"))?;
        Ok(self.coerce(argument, &Type::reference(false, target), "the argument"))
    }

    pub(super) fn vector(
        &mut self,
        types: Option<&[Written]>,
        elements: &[Expression],
        span: Span,
    ) -> Node {
        let elements: Vec<Node> = elements.iter().map(|element| self.expression(element)).collect();
        let types = match self.type_arguments(&[TypeParameter::default()], types, span) {
            Ok(types) => types,
            Err(finding) => return self.report(finding),
        };
        let type_ = types.first().cloned().unwrap_or(Type::Error);
        let elements: Vec<Node> = elements
            .into_iter()
            .map(|element| self.coerce(element, &type_, "the element"))
            .collect();
        Node { type_: Type::vector(type_.clone()), span, kind: NodeKind::Vector(type_, elements) }
    }

    /// The struct that a path names, with written or unknown type arguments.
    pub(super) fn struct_with_types(
        &mut self,
        path: &Path,
        types: Option<&[Written]>,
    ) -> Resolved<(StructId, Vec<Type>)> {
        let owner = self.scope.structure(path)?;
        let program = self.scope.program;
        let parameters = &program.structure(owner).type_parameters;
        let types = self.type_arguments(parameters, types, path.span)?;
        Ok((owner, types))
    }

    pub(super) fn pack(
        &mut self,
        path: &Path,
        types: Option<&[Written]>,
        fields: &[(Name, Option<Expression>)],
        span: Span,
    ) -> Resolved<Node> {
        let (owner, types) = self.struct_with_types(path, types)?;
        let declared = self.own_fields(owner, path.span)?;
        self.check_field_names(owner, &declared, fields.iter().map(|(name, _)| name), span)?;
        let mut values = Vec::new();
        for (name, value) in fields {
            let value = match value {
                Some(value) => self.expression(value),
                None => self.punned(name),
            };
            let found = declared.iter().position(|(field, _)| *field == name.text);
            let Some((at, (_, type_))) = found.and_then(|at| Some((at, declared.get(at)?))) else {
                continue;
            };
            let wanted = type_.instantiate(&types);
            values.push((at, self.coerce(value, &wanted, "the field")));
        }
        let type_ = Type::Struct(owner, types.clone());
        Ok(Node { type_, span, kind: NodeKind::Pack(owner, types, values) })
    }

    /// `S { name }` is `S { name: name }`.
    fn punned(&mut self, name: &Name) -> Node {
        match self.lookup(&name.text) {
            Some(local) => {
                let type_ = self.variable_type(local);
                let kind = NodeKind::Variable(local, Taking::Either);
                Node { type_, span: name.span, kind }
            }
            None => {
                let message = format!("there is no variable `{}`", name.text);
                self.fail(Code::UnboundName, name.span, message)
            }
        }
    }
}
