//! Modules and scripts in the binary format, with their source maps.
//!
//! # Place      flow -> [emit] -> `CompiledModule`, `CompiledScript`
//! # Invariants own entries come first in the order of the source, others as they are first used, each
//! #            once: the same source gives the same tables
//! # Absent     bytes: the encoder of `move-like-vm` writes them

mod code;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::format::{
    CodeUnit, CompiledModule, CompiledScript, FieldDefinition, FunctionDefinition,
    ModuleHandleIndex, StructDefinition, StructDefinitionIndex, StructFields,
};

use crate::diagnostic::{Code, Findings};
use crate::flow::Flow;
use crate::program::{FunctionId, ModuleId, Program, StructId, Type};
use crate::source::{Lines, SourceFile, Span};
use crate::source_map::{FunctionMap, Location, SourceMap, StructMap};
use tables::Tables;

/// The version of the format.
const VERSION: u32 = 6;
/// The field of a struct that declares none.
const NO_FIELDS: &str = "dummy_field";

/// What comes out for one module or script.
pub(crate) struct Emitted {
    pub(crate) output: Output,
    pub(crate) map: SourceMap,
    /// The other modules that it names.
    pub(crate) dependencies: Vec<ModuleId>,
}

pub(crate) enum Output {
    Module(Box<CompiledModule>),
    Script(Box<CompiledScript>),
}

/// Everything that emitting one module needs.
pub(crate) struct Emitter<'e, 'a> {
    pub(crate) program: &'e Program<'a>,
    pub(crate) flows: &'e BTreeMap<FunctionId, Flow>,
    pub(crate) files: &'e [SourceFile],
    pub(crate) lines: &'e [Lines<'e>],
}

impl<'e, 'a> Emitter<'e, 'a> {
    /// A module or script; none where a table is too small for it.
    pub(crate) fn emit(&self, id: ModuleId, findings: &mut Findings) -> Option<Emitted> {
        let info = self.program.module(id);
        let mut tables = Tables::new(self.program);
        let mut map = self.map(id);
        let made = if info.is_script {
            self.script(id, &mut tables, &mut map, findings)
                .map(|parts| Output::Script(Box::new(finish_script(parts, &mut tables))))
        } else {
            self.module(id, &mut tables, &mut map, findings)
                .map(|parts| Output::Module(Box::new(finish_module(parts, &mut tables))))
        };
        if tables.is_full {
            findings.add(Code::TooLarge, info.span, "this is too large for the binary format");
            return None;
        }
        let dependencies = tables.named.iter().copied().filter(|named| *named != id).collect();
        self.keep_lines(&mut map);
        Some(Emitted { output: made?, map, dependencies })
    }

    fn module(
        &self,
        id: ModuleId,
        tables: &mut Tables<'_, 'a>,
        map: &mut SourceMap,
        findings: &mut Findings,
    ) -> Option<CompiledModule> {
        let info = self.program.module(id);
        let self_module_handle: ModuleHandleIndex = tables.module(id);
        // ids grow in the order of the source
        let structs: BTreeSet<StructId> = info.structs.values().copied().collect();
        for (at, id) in structs.iter().enumerate() {
            let index = u16::try_from(at).ok();
            let index = tables.index(index);
            tables.own_structs.insert(*id, index);
            tables.structure(*id);
        }
        let struct_definitions = structs.iter().map(|id| self.structure(*id, tables)).collect();
        let functions: BTreeSet<FunctionId> = info
            .functions
            .values()
            .copied()
            .filter(|id| self.program.vector_operation(*id).is_none())
            .collect();
        for id in &functions {
            tables.function(*id);
        }
        let mut friend_declarations = Vec::new();
        for (friend, _) in &info.friends {
            friend_declarations.push(tables.module_entry(*friend));
        }
        let mut function_definitions = Vec::new();
        for id in functions {
            let code = self.code(id, tables, map, findings);
            if code.is_none() && !self.program.function(id).is_native {
                return None;
            }
            function_definitions.push(self.function(id, code, tables));
        }
        for id in structs {
            let info = self.program.structure(id);
            let location = self.location(info.span);
            map.structs.push(StructMap { name: info.name.clone(), location });
        }
        Some(CompiledModule {
            version: VERSION,
            self_module_handle,
            friend_declarations,
            struct_definitions,
            function_definitions,
            ..CompiledModule::default()
        })
    }

    fn structure(&self, id: StructId, tables: &mut Tables<'_, 'a>) -> StructDefinition {
        let info = self.program.structure(id);
        let handle = tables.structure(id);
        let fields = match &info.fields {
            None => StructFields::Native,
            Some(fields) if fields.is_empty() => {
                let name = tables.identifier(NO_FIELDS);
                let type_ = tables.token(&Type::Bool);
                StructFields::Declared(vec![FieldDefinition { name, type_ }])
            }
            Some(fields) => StructFields::Declared(
                fields
                    .iter()
                    .map(|(name, type_)| FieldDefinition {
                        name: tables.identifier(name),
                        type_: tables.token(type_),
                    })
                    .collect(),
            ),
        };
        StructDefinition { handle, fields }
    }

    fn function(
        &self,
        id: FunctionId,
        code: Option<CodeUnit>,
        tables: &mut Tables<'_, 'a>,
    ) -> FunctionDefinition {
        let info = self.program.function(id);
        let acquires: Vec<StructDefinitionIndex> =
            info.acquires.iter().map(|(id, _)| tables.definition(*id)).collect();
        FunctionDefinition {
            handle: tables.function(id),
            visibility: info.visibility,
            is_entry: info.is_entry,
            acquires,
            code,
        }
    }

    /// The code of a function, noted in the map; none for a native one.
    fn code(
        &self,
        id: FunctionId,
        tables: &mut Tables<'_, 'a>,
        map: &mut SourceMap,
        findings: &mut Findings,
    ) -> Option<CodeUnit> {
        let info = self.program.function(id);
        let mut function = FunctionMap {
            name: info.name.clone(),
            location: self.location(info.span),
            ..FunctionMap::default()
        };
        let flow = self.flows.get(&id);
        let made = flow.and_then(|flow| code::function(flow, tables));
        if flow.is_some() && made.is_none() {
            let message = "this function has too many variables or instructions";
            findings.add(Code::TooLarge, info.span, message);
        }
        let unit = made.map(|made| {
            function.locals = made.locals;
            function.instructions = made.spans.iter().map(|span| self.location(*span)).collect();
            made.unit
        });
        map.functions.push(function);
        unit
    }

    fn script(
        &self,
        id: ModuleId,
        tables: &mut Tables<'_, 'a>,
        map: &mut SourceMap,
        findings: &mut Findings,
    ) -> Option<CompiledScript> {
        let function = self.program.module(id).functions.values().next().copied()?;
        let info = self.program.function(function);
        let parameters: Vec<Type> =
            info.parameters.iter().map(|parameter| parameter.type_.clone()).collect();
        let parameters = tables.signature(&parameters);
        let code = self.code(function, tables, map, findings)?;
        Some(CompiledScript {
            version: VERSION,
            type_parameters: info.type_parameters.iter().map(|one| one.constraints).collect(),
            parameters,
            code,
            ..CompiledScript::default()
        })
    }

    fn map(&self, id: ModuleId) -> SourceMap {
        let info = self.program.module(id);
        SourceMap {
            name: info.name.clone(),
            location: self.location(info.span),
            files: self.files.iter().map(|file| file.name.clone()).collect(),
            ..SourceMap::default()
        }
    }

    fn location(&self, span: Span) -> Location {
        let lines = usize::try_from(span.file).ok().and_then(|file| self.lines.get(file));
        let Some(lines) = lines else { return Location::default() };
        let (position, width, _) = lines.place(span);
        Location { file: span.file, line: position.line, column: position.column, width }
    }

    fn keep_lines(&self, map: &mut SourceMap) {
        let functions = map.functions.iter().flat_map(|function| {
            function.instructions.iter().chain(std::iter::once(&function.location))
        });
        let structs = map.structs.iter().map(|struct_| &struct_.location);
        let mentioned: BTreeSet<(u32, u32)> = functions
            .chain(structs)
            .chain(std::iter::once(&map.location))
            .map(|location| (location.file, location.line))
            .collect();
        for (file, line) in mentioned {
            let lines = usize::try_from(file).ok().and_then(|file| self.lines.get(file));
            if let Some(lines) = lines {
                map.lines.insert((file, line), lines.line(line).to_owned());
            }
        }
    }
}

fn finish_module(module: CompiledModule, tables: &mut Tables<'_, '_>) -> CompiledModule {
    use std::mem::take;
    CompiledModule {
        module_handles: take(&mut tables.modules).into_entries(),
        struct_handles: take(&mut tables.structs).into_entries(),
        function_handles: take(&mut tables.functions).into_entries(),
        field_handles: take(&mut tables.fields).into_entries(),
        struct_instantiations: take(&mut tables.struct_instances).into_entries(),
        function_instantiations: take(&mut tables.function_instances).into_entries(),
        field_instantiations: take(&mut tables.field_instances).into_entries(),
        signatures: take(&mut tables.signatures).into_entries(),
        identifiers: take(&mut tables.identifiers).into_entries(),
        addresses: take(&mut tables.addresses).into_entries(),
        constants: take(&mut tables.constants).into_entries(),
        ..module
    }
}

fn finish_script(script: CompiledScript, tables: &mut Tables<'_, '_>) -> CompiledScript {
    use std::mem::take;
    CompiledScript {
        module_handles: take(&mut tables.modules).into_entries(),
        struct_handles: take(&mut tables.structs).into_entries(),
        function_handles: take(&mut tables.functions).into_entries(),
        function_instantiations: take(&mut tables.function_instances).into_entries(),
        signatures: take(&mut tables.signatures).into_entries(),
        identifiers: take(&mut tables.identifiers).into_entries(),
        addresses: take(&mut tables.addresses).into_entries(),
        constants: take(&mut tables.constants).into_entries(),
        ..script
    }
}
