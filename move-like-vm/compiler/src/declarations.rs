//! Sources as declarations.
//!
//! # Place      ast -> [declarations] -> program
//! # Invariants every type that a declaration mentions is known before any body is looked at
//! # Absent     bodies and the values of constants

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::format::{Abilities, Ability, Address};

use crate::ast::{self, Attribute, Definition, Member, Name};
use crate::compilation::Tests;
use crate::diagnostic::{Code, Findings};
use crate::names::{Instance, Resolved, Scope, duplicate, fault};
use crate::parser::single;
use crate::program::{
    ConstantId, ConstantInfo, FunctionId, FunctionInfo, ModuleId, ModuleInfo, Parameter, Program,
    StructId, StructInfo, Type, TypeParameter,
};

/// Names that the language itself uses for types and functions.
const RESERVED: [&str; 11] =
    ["Self", "vector", "address", "bool", "signer", "u8", "u16", "u32", "u64", "u128", "u256"];

/// What decides which declarations count.
#[derive(Clone, Copy)]
pub(crate) struct Selection<'s> {
    pub(crate) addresses: &'s BTreeMap<String, Address>,
    /// Which items for tests count.
    pub(crate) tests: Tests,
}

impl Selection<'_> {
    /// What counts of a definition whose code is asked for, or not.
    fn of(self, is_emitted: bool) -> Self {
        let tests = if is_emitted { self.tests } else { self.tests.min(Tests::Helpers) };
        Self { tests, ..self }
    }

    fn takes(self, attributes: &[Attribute]) -> bool {
        let names = attributes.iter().filter_map(|attribute| single(&attribute.name));
        let counts = |name: &str| match name {
            "test" => self.tests == Tests::All,
            "test_only" => self.tests >= Tests::Helpers,
            // only for those who prove
            "verify_only" => false,
            _ => true,
        };
        names.map(|name| name.text.as_str()).all(counts)
    }

    fn takes_member(self, member: &Member) -> bool {
        self.takes(match member {
            Member::Use(use_) => &use_.attributes,
            Member::Friend(attributes, _) => attributes,
            Member::Constant(constant) => &constant.attributes,
            Member::Struct(struct_) => &struct_.attributes,
            Member::Function(function) => &function.attributes,
            Member::Inline(function) => &function.attributes,
        })
    }
}

/// Declares every module and script: first their names, then what these mean.
pub(crate) fn declare<'a>(
    program: &mut Program<'a>,
    definitions: &'a [(Definition, bool)],
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    let first = program.modules.len();
    for (definition, is_emitted) in definitions {
        declare_names(program, definition, *is_emitted, selection.of(*is_emitted), findings);
    }
    let modules: Vec<ModuleId> = (first..program.modules.len()).map(ModuleId).collect();
    for module in &modules {
        aliases(program, *module, selection, findings);
    }
    for module in &modules {
        struct_parameters(program, *module, findings);
    }
    for module in &modules {
        struct_fields(program, *module, selection, findings);
    }
    for module in &modules {
        functions(program, *module, selection, findings);
        constants(program, *module, selection, findings);
    }
    for module in &modules {
        abilities_of_fields(program, *module, findings);
    }
}

fn declare_names<'a>(
    program: &mut Program<'a>,
    definition: &'a Definition,
    is_emitted: bool,
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    let id = ModuleId(program.modules.len());
    let (attributes, members) = match definition {
        Definition::Module(module) => (&module.attributes, &module.members),
        Definition::Script(script) => (&script.attributes, &script.members),
    };
    if !selection.takes(attributes) {
        return;
    }
    let mut info = ModuleInfo { is_emitted, ..ModuleInfo::default() };
    info.members = members.iter().filter(|member| selection.takes_member(member)).collect();
    match definition {
        Definition::Script(script) => {
            info.is_script = true;
            info.span = script.span;
        }
        Definition::Module(module) => {
            let scope = scope(program, ModuleId(usize::MAX), selection);
            match scope.address(&module.address) {
                Ok(address) => info.address = address,
                Err(finding) => {
                    findings.push(finding);
                    return;
                }
            }
            info.name.clone_from(&module.name.text);
            info.span = module.name.span;
            let key = (info.address, info.name.clone());
            if program.by_name.insert(key, id).is_some() {
                findings.push(duplicate(&module.name));
            }
        }
    }
    member_names(program, id, &mut info, findings);
    program.modules.push(info);
}

fn member_names<'a>(
    program: &mut Program<'a>,
    id: ModuleId,
    info: &mut ModuleInfo<'a>,
    findings: &mut Findings,
) {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for member in info.members.clone() {
        let name = match member {
            Member::Use(_) | Member::Friend(_, _) => continue,
            Member::Inline(function) => {
                info.inline_functions.insert(function.name.text.clone(), function);
                &function.name
            }
            Member::Constant(constant) => {
                let value = ConstantInfo { type_: Type::Error, source: constant, value: None };
                let at = ConstantId(program.constants.len());
                info.constants.insert(constant.name.text.clone(), at);
                program.constants.push(value);
                check_capital(&constant.name, "a constant", findings);
                &constant.name
            }
            Member::Struct(struct_) => {
                let at = StructId(program.structs.len());
                info.structs.insert(struct_.name.text.clone(), at);
                program.structs.push(StructInfo {
                    module: id,
                    name: struct_.name.text.clone(),
                    span: struct_.name.span,
                    abilities: struct_.abilities,
                    ..StructInfo::default()
                });
                check_capital(&struct_.name, "a struct", findings);
                &struct_.name
            }
            Member::Function(function) => {
                let at = FunctionId(program.functions.len());
                info.functions.insert(function.name.text.clone(), at);
                program.functions.push(FunctionInfo {
                    module: id,
                    name: function.name.text.clone(),
                    span: function.name.span,
                    visibility: function.visibility,
                    is_entry: function.is_entry,
                    is_native: function.body.is_none(),
                    source: Some(function),
                    ..FunctionInfo::default()
                });
                if function.name.text.starts_with('_') {
                    let message = "the name of a function does not begin with `_`";
                    findings.add(Code::InvalidName, function.name.span, message);
                }
                &function.name
            }
        };
        if !taken.insert(&name.text) {
            findings.push(duplicate(name));
        }
        if RESERVED.contains(&name.text.as_str()) {
            let message = format!("`{}` belongs to the language", name.text);
            findings.add(Code::InvalidName, name.span, message);
        }
    }
    check_script(info, findings);
}

fn check_capital(name: &Name, what: &str, findings: &mut Findings) {
    if !name.text.starts_with(|first: char| first.is_ascii_uppercase()) {
        let message = format!("the name of {what} begins with a capital letter");
        findings.add(Code::InvalidName, name.span, message);
    }
}

fn check_script(info: &ModuleInfo<'_>, findings: &mut Findings) {
    if !info.is_script {
        return;
    }
    let wrong = info.members.iter().any(|member| {
        matches!(member, Member::Struct(_) | Member::Friend(_, _))
            || matches!(member, Member::Function(function) if function.body.is_none())
    });
    let functions = info.members.iter().filter(|member| matches!(member, Member::Function(_)));
    if wrong || functions.count() != 1 {
        let message = "a script has uses, constants and exactly one function with a body";
        findings.add(Code::InvalidEntry, info.span, message);
    }
}

fn scope<'p, 'a>(
    program: &'p Program<'a>,
    module: ModuleId,
    selection: Selection<'p>,
) -> Scope<'p, 'a> {
    Scope {
        program,
        addresses: selection.addresses,
        module,
        layers: Vec::new(),
        type_parameters: Vec::new(),
    }
}

fn aliases(
    program: &mut Program<'_>,
    module: ModuleId,
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    let members = program.module(module).members.clone();
    let scope_ = scope(program, module, selection);
    let uses = members.iter().filter_map(|member| match member {
        Member::Use(use_) => Some(use_),
        _ => None,
    });
    let aliases = scope_.uses(uses, findings);
    let info = scope_.program.module(module);
    for name in aliases.members.keys() {
        if info.structs.contains_key(name) || info.functions.contains_key(name) {
            let message = format!("`{name}` is declared here and also in use from elsewhere");
            findings.add(Code::DuplicateName, info.span, message);
        }
    }
    if let Some(info) = program.modules.get_mut(module.0) {
        info.aliases = aliases;
    }
    let scope_ = scope(program, module, selection);
    let is_emitted = scope_.program.module(module).is_emitted;
    let lent = selection.of(is_emitted).tests == Tests::Helpers;
    let mut friends: Vec<(ModuleId, crate::source::Span)> = Vec::new();
    for member in &members {
        let Member::Friend(attributes, path) = member else { continue };
        match scope_.module_path(path) {
            // a test of its own package, which those that depend on it never see
            Err(finding)
                if finding.code == Code::UnboundModule && lent && is_test_only(attributes) => {}
            Ok(friend) if friend == module => {
                findings.add(Code::Visibility, path.span, "a module is no friend of itself");
            }
            Ok(friend) if friends.iter().any(|(known, _)| *known == friend) => {
                findings.add(Code::DuplicateName, path.span, "this friend is already declared");
            }
            Ok(friend) => friends.push((friend, path.span)),
            Err(finding) => findings.push(finding),
        }
    }
    if let Some(info) = program.modules.get_mut(module.0) {
        info.friends = friends;
    }
}

fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| single(&one.name).is_some_and(|name| name.text == "test_only"))
}

fn parameters(written: &[ast::TypeParameter], findings: &mut Findings) -> Vec<TypeParameter> {
    let mut taken = BTreeSet::new();
    let mut parameters = Vec::new();
    for parameter in written {
        if !taken.insert(&parameter.name.text) {
            findings.push(duplicate(&parameter.name));
        }
        parameters.push(TypeParameter {
            name: parameter.name.text.clone(),
            constraints: parameter.constraints,
            is_phantom: parameter.is_phantom,
        });
    }
    parameters
}

/// The type parameters of all structs come before any field, since fields mention other structs.
fn struct_parameters(program: &mut Program<'_>, module: ModuleId, findings: &mut Findings) {
    let members = program.module(module).members.clone();
    let ids = program.module(module).structs.clone();
    for member in &members {
        let Member::Struct(struct_) = member else { continue };
        let parameters = parameters(&struct_.type_parameters, findings);
        let Some(id) = ids.get(&struct_.name.text) else { continue };
        if let Some(info) = program.structs.get_mut(id.0) {
            info.type_parameters = parameters;
        }
    }
}

fn struct_fields(
    program: &mut Program<'_>,
    module: ModuleId,
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    let members = program.module(module).members.clone();
    let ids = program.module(module).structs.clone();
    for member in &members {
        let Member::Struct(struct_) = member else { continue };
        let Some(id) = ids.get(&struct_.name.text) else { continue };
        let Some(written) = &struct_.fields else { continue };
        let mut scope = scope(program, module, selection);
        scope.type_parameters.clone_from(&scope.program.structure(*id).type_parameters);
        let mut taken = BTreeSet::new();
        let mut fields = Vec::new();
        for (name, type_) in written {
            if !taken.insert(&name.text) {
                findings.push(duplicate(name));
            }
            // what arguments must have is checked once all structs are known
            let type_ = scope.base_type(type_, &mut Vec::new()).unwrap_or_else(|finding| {
                findings.push(finding);
                Type::Error
            });
            fields.push((name.text.clone(), type_));
        }
        if let Some(info) = program.structs.get_mut(id.0) {
            info.fields = Some(fields);
        }
    }
}

/// A struct has an ability only if its fields permit it.
fn abilities_of_fields(program: &Program<'_>, module: ModuleId, findings: &mut Findings) {
    for member in &program.module(module).members {
        let Member::Struct(struct_) = member else { continue };
        let Some(id) = program.module(module).structs.get(&struct_.name.text) else { continue };
        let info = program.structure(*id);
        // parameters count as having whatever is asked: an instance loses what an argument lacks
        let parameters: Vec<TypeParameter> = info
            .type_parameters
            .iter()
            .map(|parameter| TypeParameter { constraints: Abilities::ALL, ..parameter.clone() })
            .collect();
        let needed = info
            .abilities
            .iter()
            .map(Ability::required_of_parts)
            .fold(Abilities::NONE, Abilities::with);
        let written = struct_.fields.as_deref().unwrap_or_default();
        for ((_, type_), (name, _)) in info.fields.iter().flatten().zip(written) {
            let has = program.abilities(type_, &parameters).unwrap_or(Abilities::ALL);
            if !has.includes(needed) {
                let message = format!(
                    "`{}` lacks an ability that the struct's abilities ask of its fields: {}",
                    program.shown(type_, &info.type_parameters),
                    crate::program::ability_names(needed)
                );
                findings.add(Code::MissingAbility, name.span, message);
            }
            if uses_phantom(program, type_, &info.type_parameters, false) {
                let message = "a phantom type parameter is only an argument of phantom parameters";
                findings.add(Code::InvalidType, name.span, message);
            }
        }
    }
}

fn uses_phantom(
    program: &Program<'_>,
    type_: &Type,
    parameters: &[TypeParameter],
    allowed: bool,
) -> bool {
    match type_ {
        Type::Parameter(index) => {
            !allowed && parameters.get(usize::from(*index)).is_some_and(|one| one.is_phantom)
        }
        Type::Vector(element) => uses_phantom(program, element, parameters, false),
        Type::Struct(id, arguments) => {
            let declared = &program.structure(*id).type_parameters;
            declared
                .iter()
                .zip(arguments)
                .any(|(one, argument)| uses_phantom(program, argument, parameters, one.is_phantom))
        }
        _ => false,
    }
}

fn functions(
    program: &mut Program<'_>,
    module: ModuleId,
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    let members = program.module(module).members.clone();
    let ids = program.module(module).functions.clone();
    for member in &members {
        let Member::Function(function) = member else { continue };
        let Some(id) = ids.get(&function.name.text) else { continue };
        let mut scope = scope(program, module, selection);
        scope.type_parameters = parameters(&function.type_parameters, findings);
        let mut instances = Vec::new();
        let mut parameters = Vec::new();
        for (name, written) in &function.parameters {
            match scope.single_type(written, &mut instances) {
                Ok(type_) => {
                    parameters.push(Parameter { name: name.text.clone(), span: name.span, type_ });
                }
                Err(finding) => findings.push(finding),
            }
        }
        let returns = function.returns.as_ref().map(|written| scope.type_(written, &mut instances));
        let returns = match returns.unwrap_or(Ok(Type::UNIT)) {
            Ok(type_) => type_.values(),
            Err(finding) => {
                findings.push(finding);
                vec![Type::Error]
            }
        };
        let acquires = acquires(&scope, function, findings);
        finish(&scope, instances, findings);
        let type_parameters = scope.type_parameters;
        if let Some(info) = program.functions.get_mut(id.0) {
            info.type_parameters = type_parameters;
            info.parameters = parameters;
            info.returns = returns;
            info.acquires = acquires;
        }
    }
    check_fields(program, module, selection, findings);
}

fn finish(scope: &Scope<'_, '_>, instances: Vec<Instance>, findings: &mut Findings) {
    if let Err(finding) = scope.check_instances(instances) {
        findings.push(finding);
    }
}

/// Type arguments in fields have what their parameters ask for.
fn check_fields(
    program: &Program<'_>,
    module: ModuleId,
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    for member in &program.module(module).members {
        let Member::Struct(struct_) = member else { continue };
        let Some(id) = program.module(module).structs.get(&struct_.name.text) else { continue };
        let mut scope = scope(program, module, selection);
        scope.type_parameters.clone_from(&program.structure(*id).type_parameters);
        let mut instances = Vec::new();
        for (_, type_) in struct_.fields.iter().flatten() {
            // what is wrong with the type itself is already said
            let _ = scope.base_type(type_, &mut instances);
        }
        finish(&scope, instances, findings);
    }
}

fn acquires(
    scope: &Scope<'_, '_>,
    function: &ast::Function,
    findings: &mut Findings,
) -> Vec<(StructId, crate::source::Span)> {
    let mut acquires: Vec<(StructId, crate::source::Span)> = Vec::new();
    for (path, _) in &function.acquires {
        let result: Resolved<StructId> = scope.structure(path).and_then(|id| {
            if scope.program.structure(id).module != scope.module {
                let message = "only structs of this module are acquired";
                return Err(fault(Code::Acquires, path.span, message));
            }
            if acquires.iter().any(|(known, _)| *known == id) {
                return Err(fault(Code::Acquires, path.span, "this struct is already listed"));
            }
            Ok(id)
        });
        match result {
            Ok(id) => acquires.push((id, path.span)),
            Err(finding) => findings.push(finding),
        }
    }
    acquires
}

fn constants(
    program: &mut Program<'_>,
    module: ModuleId,
    selection: Selection<'_>,
    findings: &mut Findings,
) {
    for id in program.module(module).constants.clone().into_values() {
        let Some(source) = program.constant(id).map(|constant| constant.source) else { continue };
        let scope = scope(program, module, selection);
        match scope.single_type(&source.type_, &mut Vec::new()) {
            Ok(type_) if is_constant_type(&type_) => {
                if let Some(info) = program.constants.get_mut(id.0) {
                    info.type_ = type_;
                }
            }
            Ok(_) => {
                let message = "a constant is a bool, number, address or a vector of such";
                findings.add(Code::InvalidConstant, source.type_.span, message);
            }
            Err(finding) => findings.push(finding),
        }
    }
}

fn is_constant_type(type_: &Type) -> bool {
    match type_ {
        Type::Bool | Type::Integer(_) | Type::Address => true,
        Type::Vector(element) => is_constant_type(element),
        _ => false,
    }
}
