//! A module or script as text.
//!
//! # Place      module or script -> [write] -> text
//! # Invariants a name is written only where the assembler finds the same entry by it, else the index;
//! #            the text is at most a fixed multiple of the entries and instructions
//! # Absent     trust: indices that lead nowhere are written like all others

mod code;
mod constant;
mod name;
mod table;

use std::fmt::Display;

use move_like_vm::format::{
    Abilities, CodeUnit, CompiledModule, CompiledScript, FunctionDefinition, Metadata, Signature,
    SignatureIndex, StructDefinition, StructFields, StructHandle, Tables, Visibility,
};

use crate::names::Names;

/// The column at which comments stand.
const COMMENTS: usize = 44;

/// The text that grows.
struct Writer<'a> {
    tables: Tables<'a>,
    names: Names,
    text: String,
}

/// The text of a module.
pub(crate) fn module(module: &CompiledModule) -> String {
    let tables = module.tables();
    let mut writer = Writer { tables, names: Names::of(&tables), text: String::new() };
    let path = writer.module_path(module.self_module_handle);
    writer.line(format_args!("module {path}"));
    writer.line(format_args!("version {}", module.version));
    if !module.friend_declarations.is_empty() {
        writer.blank();
    }
    for friend in &module.friend_declarations {
        let friend = writer.module_parts(friend);
        writer.line(format_args!("friend {friend}"));
    }
    writer.metadata(&module.metadata);
    for struct_ in &module.struct_definitions {
        writer.blank();
        writer.struct_(struct_);
    }
    for function in &module.function_definitions {
        writer.blank();
        writer.function(function);
    }
    writer.tables();
    writer.text
}

/// The text of a script.
pub(crate) fn script(script: &CompiledScript) -> String {
    let tables = script.tables();
    let mut writer = Writer { tables, names: Names::of(&tables), text: String::new() };
    writer.line("script");
    writer.line(format_args!("version {}", script.version));
    writer.metadata(&script.metadata);
    writer.blank();
    let type_parameters = function_type_parameters(&script.type_parameters);
    let first = writer.first_types(script.parameters).is_some();
    let parameters = if first { writer.short_types(script.parameters) } else { None };
    let parameters = head_parameters(parameters, script.parameters);
    writer.line(format_args!("fun main{type_parameters}({parameters}) {{"));
    let known = script.signatures.get(script.parameters.get());
    writer.code(&script.code, known, first);
    writer.line("}");
    writer.tables();
    writer.text
}

/// `a0: u64, a1: bool`, or which signature it is.
fn head_parameters(types: Option<Vec<String>>, index: SignatureIndex) -> String {
    match types {
        None => format!("signature #{}", index.0),
        Some(types) => {
            let named =
                types.iter().enumerate().map(|(number, type_)| format!("a{number}: {type_}"));
            named.collect::<Vec<_>>().join(", ")
        }
    }
}

fn abilities(abilities: Abilities, between: &str) -> String {
    use move_like_vm::format::Ability;
    let words = abilities.iter().map(|ability| match ability {
        Ability::Copy => "copy",
        Ability::Drop => "drop",
        Ability::Store => "store",
        Ability::Key => "key",
    });
    words.collect::<Vec<_>>().join(between)
}

fn constraints(constraints: Abilities) -> String {
    if constraints == Abilities::NONE {
        return String::new();
    }
    format!(": {}", abilities(constraints, " + "))
}

fn in_angles(parameters: &[String]) -> String {
    if parameters.is_empty() { String::new() } else { format!("<{}>", parameters.join(", ")) }
}

/// `<T0: copy, T1>`
fn function_type_parameters(parameters: &[Abilities]) -> String {
    let parameters = parameters.iter().enumerate();
    let written = parameters.map(|(number, needed)| format!("T{number}{}", constraints(*needed)));
    in_angles(&written.collect::<Vec<_>>())
}

/// `<phantom T0: store> has copy, drop`
fn struct_capabilities(handle: &StructHandle) -> String {
    let parameters = handle.type_parameters.iter().enumerate().map(|(number, parameter)| {
        let phantom = if parameter.is_phantom { "phantom " } else { "" };
        format!("{phantom}T{number}{}", constraints(parameter.constraints))
    });
    let mut text = in_angles(&parameters.collect::<Vec<_>>());
    if handle.abilities != Abilities::NONE {
        text.push_str(" has ");
        text.push_str(&abilities(handle.abilities, ", "));
    }
    text
}

impl Writer<'_> {
    fn line(&mut self, line: impl Display) {
        self.text.push_str(&line.to_string());
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line with a comment behind it.
    fn commented(&mut self, line: &str, comment: impl Display) {
        self.text.push_str(line);
        for _ in line.chars().count()..COMMENTS {
            self.text.push(' ');
        }
        self.line(format_args!(" // {comment}"));
    }

    fn metadata(&mut self, metadata: &[Metadata]) {
        if !metadata.is_empty() {
            self.blank();
        }
        for entry in metadata {
            let line = format!(
                "metadata {} {}",
                constant::bytes(&entry.key),
                constant::bytes(&entry.value)
            );
            self.commented(&line, constant::readable(&entry.key));
        }
    }

    fn struct_(&mut self, struct_: &StructDefinition) {
        let native = matches!(struct_.fields, StructFields::Native);
        let native = if native { "native " } else { "" };
        let handle = self.tables.struct_handles.get(struct_.handle.get());
        let head = match (self.struct_name(struct_.handle), handle) {
            (Some(name), Some(handle)) => format!("{name}{}", struct_capabilities(handle)),
            _ => format!("#{}", struct_.handle.0),
        };
        let StructFields::Declared(fields) = &struct_.fields else {
            return self.line(format_args!("{native}struct {head}"));
        };
        self.line(format_args!("struct {head} {{"));
        for field in fields {
            let name = self.identifier(field.name);
            let type_ = self.type_(&field.type_);
            self.line(format_args!("    {name}: {type_},"));
        }
        self.line("}");
    }

    fn function(&mut self, function: &FunctionDefinition) {
        let native = if function.code.is_none() { "native " } else { "" };
        let visibility = match function.visibility {
            Visibility::Private => "",
            Visibility::Public => "public ",
            Visibility::Friend => "public(friend) ",
        };
        let entry = if function.is_entry { "entry " } else { "" };
        let handle = self.tables.function_handles.get(function.handle.get());
        let known = handle.and_then(|handle| self.signature(handle.parameters));
        let mut named = false;
        let head = match (self.function_name(function.handle), handle) {
            (Some(name), Some(handle)) => {
                let types = self.short_types(handle.parameters);
                named = types.is_some();
                let parameters = head_parameters(types, handle.parameters);
                let type_parameters = function_type_parameters(&handle.type_parameters);
                let returns = self.returns(handle.returns, self.short_types(handle.returns));
                format!("{name}{type_parameters}({parameters}){returns}")
            }
            _ => format!("#{}", function.handle.0),
        };
        let acquires: Vec<_> =
            function.acquires.iter().map(|index| self.definition(*index)).collect();
        let acquires = match acquires.as_slice() {
            [] => String::new(),
            structs => format!(" acquires {}", structs.join(", ")),
        };
        let head = format!("{native}{visibility}{entry}fun {head}{acquires}");
        match &function.code {
            None => self.line(head),
            Some(code) => {
                self.line(format_args!("{head} {{"));
                self.code(code, known, named);
                self.line("}");
            }
        }
    }

    /// `: u64`, `: (u64, bool)` or nothing.
    fn returns(&self, index: SignatureIndex, types: Option<Vec<String>>) -> String {
        match types.as_deref() {
            None => format!(": (signature #{})", index.0),
            Some([]) => String::new(),
            Some([single]) => format!(": {single}"),
            Some(several) => format!(": ({})", several.join(", ")),
        }
    }

    fn code(&mut self, code: &CodeUnit, parameters: Option<&Signature>, named: bool) {
        let locals = code::Locals {
            parameters: parameters.map_or(&[], |signature| signature.0.as_slice()),
            parameters_are_named: named && parameters.is_some(),
            locals: self.first_types(code.locals).unwrap_or_default(),
        };
        self.locals(code.locals, &locals);
        self.instructions(&code.code, &locals);
    }
}
