//! What words mean: aliases, paths and written types.
//!
//! # Place      ast, program -> [names] -> declarations, typing
//! # Invariants the innermost meaning of a name is taken; nothing is guessed where none is found
//! # Absent     variables: these belong to typing

use std::collections::BTreeMap;

use move_like_vm::format::{Abilities, Address};

use crate::ast::{self, AddressName, Name, Path, TypeKind, UseMembers};
use crate::diagnostic::{Code, Finding};
use crate::program::{
    Aliases, FunctionId, Integer, ModuleId, Program, StructId, Type, TypeParameter, ability_names,
};
use crate::source::Span;

pub(crate) type Resolved<T> = Result<T, Finding>;

pub(crate) fn fault(code: Code, span: Span, message: impl Into<String>) -> Finding {
    Finding { code, span, message: message.into() }
}

/// A type whose arguments must have abilities, to be checked once they are known.
pub(crate) struct Instance {
    pub(crate) span: Span,
    pub(crate) argument: Type,
    pub(crate) needed: Abilities,
}

/// Where names are looked up.
pub(crate) struct Scope<'p, 'a> {
    pub(crate) program: &'p Program<'a>,
    pub(crate) addresses: &'p BTreeMap<String, Address>,
    pub(crate) module: ModuleId,
    /// Aliases of blocks, the innermost last.
    pub(crate) layers: Vec<Aliases>,
    pub(crate) type_parameters: Vec<TypeParameter>,
}

/// What a written type is besides a struct.
fn plain(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "address" => Type::Address,
        "signer" => Type::Signer,
        other => Type::Integer(Integer::named(other)?),
    })
}

impl<'p, 'a> Scope<'p, 'a> {
    pub(crate) fn address(&self, name: &AddressName) -> Resolved<Address> {
        match name {
            AddressName::Literal(address, _) => Ok(*address),
            AddressName::Named(name) => self.named_address(name),
        }
    }

    fn named_address(&self, name: &Name) -> Resolved<Address> {
        self.addresses.get(&name.text).copied().ok_or_else(|| {
            let message = format!("no address is given for the name `{}`", name.text);
            fault(Code::UnboundAddress, name.span, message)
        })
    }

    fn aliases(&self) -> impl Iterator<Item = &Aliases> {
        let own = &self.program.module(self.module).aliases;
        self.layers.iter().rev().chain(std::iter::once(own))
    }

    /// A module by address and name.
    pub(crate) fn module_at(&self, address: &AddressName, name: &Name) -> Resolved<ModuleId> {
        let key = (self.address(address)?, name.text.clone());
        self.program.by_name.get(&key).copied().ok_or_else(|| {
            let message = format!("there is no module `{}` at this address", name.text);
            fault(Code::UnboundModule, address.span().to(name.span), message)
        })
    }

    fn module_alias(&self, name: &Name) -> Resolved<ModuleId> {
        if name.text == "Self" && !self.program.module(self.module).is_script {
            return Ok(self.module);
        }
        self.aliases().find_map(|aliases| aliases.modules.get(&name.text)).copied().ok_or_else(
            || {
                let message = format!("no module is in use as `{}`", name.text);
                fault(Code::UnboundModule, name.span, message)
            },
        )
    }

    /// The module and member that a path names.
    pub(crate) fn member(&self, path: &Path) -> Resolved<(ModuleId, Name)> {
        match (path.address, path.names.as_slice()) {
            (None, [name]) => {
                let found = self.aliases().find_map(|aliases| aliases.members.get(&name.text));
                Ok(match found {
                    Some((module, member)) => {
                        (*module, Name { text: member.clone(), span: name.span })
                    }
                    None => (self.module, name.clone()),
                })
            }
            (None, [module, name]) => Ok((self.module_alias(module)?, name.clone())),
            (None, [address, module, name]) => {
                let address = AddressName::Named(address.clone());
                Ok((self.module_at(&address, module)?, name.clone()))
            }
            (Some((address, span)), [module, name]) => {
                let address = AddressName::Literal(address, span);
                Ok((self.module_at(&address, module)?, name.clone()))
            }
            _ => Err(fault(Code::UnboundName, path.span, "expected a member, found a module")),
        }
    }

    /// The module that a path names, as `friend` takes it.
    pub(crate) fn module_path(&self, path: &Path) -> Resolved<ModuleId> {
        match (path.address, path.names.as_slice()) {
            (None, [name]) => self.module_alias(name),
            (None, [address, module]) => {
                self.module_at(&AddressName::Named(address.clone()), module)
            }
            (Some((address, span)), [module]) => {
                self.module_at(&AddressName::Literal(address, span), module)
            }
            _ => Err(fault(Code::UnboundModule, path.span, "expected a module")),
        }
    }

    pub(crate) fn function(&self, path: &Path) -> Resolved<FunctionId> {
        let (module, name) = self.member(path)?;
        let info = self.program.module(module);
        info.functions.get(&name.text).copied().ok_or_else(|| {
            let message = format!("there is no function `{}`", path.text());
            fault(Code::UnboundName, path.span, message)
        })
    }

    /// The inline function that a path names, with its module.
    pub(crate) fn inline(&self, path: &Path) -> Option<(ModuleId, &'a ast::Function)> {
        let (module, name) = self.member(path).ok()?;
        let found = self.program.module(module).inline_functions.get(&name.text).copied();
        found.map(|function| (module, function))
    }

    pub(crate) fn structure(&self, path: &Path) -> Resolved<StructId> {
        let (module, name) = self.member(path)?;
        self.program.module(module).structs.get(&name.text).copied().ok_or_else(|| {
            let message = format!("there is no struct `{}`", path.text());
            fault(Code::UnboundName, path.span, message)
        })
    }

    /// The aliases that a list of `use` makes, and what is wrong with it.
    pub(crate) fn uses<'u>(
        &self,
        uses: impl Iterator<Item = &'u ast::Use>,
        findings: &mut crate::diagnostic::Findings,
    ) -> Aliases {
        let mut aliases = Aliases::default();
        for use_ in uses {
            if let Err(finding) = self.use_(use_, &mut aliases) {
                findings.push(finding);
            }
        }
        aliases
    }

    fn use_(&self, use_: &ast::Use, aliases: &mut Aliases) -> Resolved<()> {
        let module = self.module_at(&use_.address, &use_.module)?;
        let mut add_module = |alias: &Name| {
            let twice = aliases.modules.insert(alias.text.clone(), module).is_some();
            if twice { Err(duplicate(alias)) } else { Ok(()) }
        };
        let members = match &use_.members {
            UseMembers::Module(alias) => return add_module(alias.as_ref().unwrap_or(&use_.module)),
            UseMembers::Members(members) => members,
        };
        for (member, alias) in members {
            if member.text == "Self" {
                add_module(alias.as_ref().unwrap_or(&use_.module))?;
            }
        }
        for (member, alias) in members.iter().filter(|(member, _)| member.text != "Self") {
            let info = self.program.module(module);
            let is_member = info.structs.contains_key(&member.text)
                || info.functions.contains_key(&member.text)
                || info.inline_functions.contains_key(&member.text);
            if !is_member {
                let message = format!("`{}` has no member `{}`", info.name, member.text);
                return Err(fault(Code::UnboundName, member.span, message));
            }
            let alias = alias.as_ref().unwrap_or(member);
            let target = (module, member.text.clone());
            if aliases.members.insert(alias.text.clone(), target).is_some() {
                return Err(duplicate(alias));
            }
        }
        Ok(())
    }

    /// A written type; what its arguments must have is added to `instances`.
    pub(crate) fn type_(&self, type_: &ast::Type, instances: &mut Vec<Instance>) -> Resolved<Type> {
        match &type_.kind {
            TypeKind::Named(path, arguments) => self.named_type(path, arguments, instances),
            TypeKind::Reference { mutable, target } => {
                let target_type = self.type_(target, instances)?;
                if matches!(target_type, Type::Reference(_, _) | Type::Tuple(_)) {
                    let message = "a reference to a reference or tuple does not exist";
                    return Err(fault(Code::InvalidType, target.span, message));
                }
                Ok(Type::reference(*mutable, target_type))
            }
            TypeKind::Tuple(parts) => {
                let parts: Vec<Type> = parts
                    .iter()
                    .map(|part| self.single_type(part, instances))
                    .collect::<Resolved<_>>()?;
                Ok(Type::of_values(parts))
            }
            TypeKind::Function(_, _) => {
                let message = "a function type is only that of an inline function's parameter";
                Err(fault(Code::Unsupported, type_.span, message))
            }
        }
    }

    /// A type of one value.
    pub(crate) fn single_type(
        &self,
        written: &ast::Type,
        instances: &mut Vec<Instance>,
    ) -> Resolved<Type> {
        let type_ = self.type_(written, instances)?;
        if matches!(type_, Type::Tuple(_)) {
            let message = "a tuple is no type of a variable, field or part of a tuple";
            return Err(fault(Code::InvalidType, written.span, message));
        }
        Ok(type_)
    }

    /// A type that may be a field or a type argument.
    pub(crate) fn base_type(
        &self,
        written: &ast::Type,
        instances: &mut Vec<Instance>,
    ) -> Resolved<Type> {
        let type_ = self.single_type(written, instances)?;
        if type_.is_reference() {
            let message = "a reference cannot be a field or a type argument";
            return Err(fault(Code::InvalidType, written.span, message));
        }
        Ok(type_)
    }

    fn named_type(
        &self,
        path: &Path,
        arguments: &[ast::Type],
        instances: &mut Vec<Instance>,
    ) -> Resolved<Type> {
        if let Some(name) = crate::parser::single(path) {
            let parameter = self.type_parameters.iter().position(|one| one.name == name.text);
            let without = |type_: Type| {
                if arguments.is_empty() {
                    return Ok(type_);
                }
                let message = format!("`{}` takes no type arguments", name.text);
                Err(fault(Code::WrongCount, path.span, message))
            };
            if let Some(index) = parameter.and_then(|index| u16::try_from(index).ok()) {
                return without(Type::Parameter(index));
            }
            if let Some(type_) = plain(&name.text) {
                return without(type_);
            }
            if name.text == "vector" {
                let [element] = arguments else {
                    return Err(fault(Code::WrongCount, path.span, "`vector` takes one type"));
                };
                return Ok(Type::vector(self.base_type(element, instances)?));
            }
        }
        let id = self.structure(path)?;
        let arguments: Vec<Type> = arguments
            .iter()
            .map(|argument| self.base_type(argument, instances))
            .collect::<Resolved<_>>()?;
        self.struct_type(id, arguments, path.span, instances)
    }

    /// An instance of a struct; the number of arguments is checked.
    pub(crate) fn struct_type(
        &self,
        id: StructId,
        arguments: Vec<Type>,
        span: Span,
        instances: &mut Vec<Instance>,
    ) -> Resolved<Type> {
        let info = self.program.structure(id);
        let wanted = info.type_parameters.len();
        if wanted != arguments.len() {
            let message =
                format!("`{}` takes {wanted} type arguments, not {}", info.name, arguments.len());
            return Err(fault(Code::WrongCount, span, message));
        }
        for (parameter, argument) in info.type_parameters.iter().zip(&arguments) {
            if parameter.constraints != Abilities::NONE {
                let needed = parameter.constraints;
                instances.push(Instance { span, argument: argument.clone(), needed });
            }
        }
        Ok(Type::Struct(id, arguments))
    }

    /// Refuses arguments that lack what they must have.
    pub(crate) fn check_instances(&self, instances: Vec<Instance>) -> Resolved<()> {
        for Instance { span, argument, needed } in instances {
            let Some(abilities) = self.program.abilities(&argument, &self.type_parameters) else {
                continue;
            };
            if !abilities.includes(needed) {
                let message = format!(
                    "`{}` is a type argument that must have {}",
                    self.program.shown(&argument, &self.type_parameters),
                    ability_names(needed)
                );
                return Err(fault(Code::MissingAbility, span, message));
            }
        }
        Ok(())
    }
}

pub(crate) fn duplicate(name: &Name) -> Finding {
    fault(Code::DuplicateName, name.span, format!("`{}` is already taken", name.text))
}
