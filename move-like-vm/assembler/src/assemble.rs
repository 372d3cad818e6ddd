//! What a text means: its names become entries of tables.
//!
//! # Place      syntax -> [assemble] -> module or script
//! # Invariants the tables that the text fixes come first and in its order; every name means the first
//! #            entry that has it; what is named and not there is appended
//! # Absent     judgement: an index may lead nowhere

mod code;
mod entry;

use move_like_vm::format::{
    CodeUnit, CompiledModule, CompiledScript, FunctionDefinition, FunctionHandle,
    FunctionHandleIndex, Metadata, Signature, SignatureIndex, StructDefinition,
    StructDefinitionIndex, StructFields, StructHandle, StructHandleIndex, Visibility,
};

use crate::Unit;
use crate::diagnostic::{Diagnostic, Diagnostics, Position, Problem};
use crate::names::Names;
use crate::syntax::{Function, FunctionHead, Struct, StructHead, TableSection, Text, Types};
use entry::Target;

type Resolved<T> = Result<T, Diagnostic>;

/// The module or script that grows.
struct Assembler {
    module: CompiledModule,
    is_script: bool,
    names: Names,
    diagnostics: Diagnostics,
}

/// What a text describes.
pub(crate) fn unit(text: &Text) -> Result<Unit, Vec<Diagnostic>> {
    let mut assembler = Assembler {
        module: CompiledModule { version: text.version, ..CompiledModule::default() },
        is_script: text.module.is_none(),
        names: Names::default(),
        diagnostics: Diagnostics::default(),
    };
    let metadata = text.metadata.iter();
    assembler.module.metadata =
        metadata.map(|(key, value)| Metadata { key: key.clone(), value: value.clone() }).collect();
    assembler.names_and_modules(&text.tables, text);
    let script = if assembler.is_script {
        assembler.handles(&text.tables, text);
        assembler.parts(&text.tables);
        let script = assembler.script(text);
        assembler.noting(script)
    } else {
        assembler.definitions(text);
        None
    };
    let Assembler { module, diagnostics, .. } = assembler;
    let unit = script.unwrap_or(Unit::Module(module));
    diagnostics.unless_any(unit)
}

impl Assembler {
    /// The result, or nothing and a note of what was wrong.
    fn noting<T>(&mut self, result: Resolved<T>) -> Option<T> {
        result.map_err(|fault| self.diagnostics.push(fault)).ok()
    }

    fn names_and_modules(&mut self, tables: &TableSection, text: &Text) {
        for (at, name) in &tables.identifiers {
            let added = entry::add(
                &mut self.module.identifiers,
                &mut self.names.identifiers,
                name.clone(),
                name.clone(),
            );
            self.noting(added.map_err(|problem| Diagnostic::new(*at, problem)));
        }
        for (at, address) in &tables.addresses {
            let added = entry::add(
                &mut self.module.addresses,
                &mut self.names.addresses,
                *address,
                *address,
            );
            self.noting(added.map_err(|problem| Diagnostic::new(*at, problem)));
        }
        for path in &tables.modules {
            let handle = self.module_entry(path);
            self.noting(handle);
        }
        if let Some(path) = &text.module {
            let index = self.module_of(path.at, &path.parts);
            if let Some(index) = self.noting(index) {
                self.module.self_module_handle = index;
            }
        }
        for path in &text.friends {
            let friend = self.module_handle(path.at, &path.parts);
            if let Some(friend) = self.noting(friend) {
                self.module.friend_declarations.push(friend);
            }
        }
    }

    fn definitions(&mut self, text: &Text) {
        self.handles(&text.tables, text);
        for (index, struct_) in (0..).zip(&text.structs) {
            let fields = self.struct_fields(struct_);
            if let (Some(fields), Some(definition)) =
                (self.noting(fields), self.module.struct_definitions.get_mut::<usize>(index))
            {
                definition.fields = fields;
            }
        }
        let mut handles: Vec<Option<FunctionHandleIndex>> = Vec::new();
        for function in &text.functions {
            let handle = self.function_of_head(&function.head);
            handles.push(self.noting(handle));
        }
        self.parts(&text.tables);
        for (function, handle) in text.functions.iter().zip(handles) {
            let Some(handle) = handle else { continue };
            let definition = self.function(function, handle);
            if let Some(definition) = self.noting(definition) {
                self.module.function_definitions.push(definition);
            }
        }
    }

    /// Handles of structs and functions, and the signatures between them.
    fn handles(&mut self, tables: &TableSection, text: &Text) {
        for head in &tables.structs {
            let added = self.struct_entry(head);
            self.noting(added);
        }
        for struct_ in &text.structs {
            let handle = self.struct_of_head(&struct_.head);
            let Some(handle) = self.noting(handle) else { continue };
            let definition = StructDefinition { handle, fields: StructFields::Native };
            let added = entry::add(
                &mut self.module.struct_definitions,
                &mut self.names.definitions,
                handle,
                definition,
            );
            self.noting(added.map_err(|problem| Diagnostic::new(struct_.head.path.at, problem)));
        }
        for (at, types) in &tables.signatures {
            let added = self.signature_entry(*at, types);
            self.noting(added);
        }
        for head in &tables.functions {
            let added = self.function_entry(head);
            self.noting(added);
        }
    }

    /// Fields, constants and instantiations.
    fn parts(&mut self, tables: &TableSection) {
        for (at, field) in &tables.fields {
            let added = self.field_entry(*at, field);
            self.noting(added);
        }
        for (at, constant) in &tables.constants {
            let added = self.constant_entry(*at, constant);
            self.noting(added);
        }
        for (path, types) in &tables.struct_instantiations {
            let added = self.struct_instantiation_entry(path, types);
            self.noting(added);
        }
        for (path, types) in &tables.function_instantiations {
            let added = self.function_instantiation_entry(path, types);
            self.noting(added);
        }
        for (at, field, types) in &tables.field_instantiations {
            let added = self.field_instantiation_entry(*at, field, types);
            self.noting(added);
        }
    }

    /// The handle of a struct that is defined: the one of the tables, or a new one.
    fn struct_of_head(&mut self, head: &StructHead) -> Resolved<StructHandleIndex> {
        let at = head.path.at;
        let member = match self.target(&head.path)? {
            Target::Index(index) => return Ok(StructHandleIndex(index)),
            Target::Member(member) => member,
        };
        let handle = StructHandle {
            module: member.0,
            name: member.1,
            abilities: head.abilities,
            type_parameters: head.type_parameters.clone(),
        };
        match self.names.structs.get(&member) {
            Some(index) => {
                let known = self.module.struct_handles.get(usize::from(index));
                if known != Some(&handle) {
                    return Err(Diagnostic::new(at, Problem::NotAsInTables));
                }
                Ok(StructHandleIndex(index))
            }
            None => self.struct_entry(head),
        }
    }

    /// The handle of a function that is defined: the one of the tables, or a new one.
    fn function_of_head(&mut self, head: &FunctionHead) -> Resolved<FunctionHandleIndex> {
        let at = head.path.at;
        let member = match self.target(&head.path)? {
            Target::Index(index) => return Ok(FunctionHandleIndex(index)),
            Target::Member(member) => member,
        };
        let Some(index) = self.names.functions.get(&member) else {
            return self.function_entry(head);
        };
        let Some(known) = self.module.function_handles.get(usize::from(index)).cloned() else {
            return Err(Diagnostic::new(at, Problem::UnknownFunction));
        };
        let same = known.type_parameters == head.type_parameters
            && self.is_signature(known.parameters, &head.parameters, at)?
            && self.is_signature(known.returns, &head.returns, at)?;
        if !same {
            return Err(Diagnostic::new(at, Problem::NotAsInTables));
        }
        Ok(FunctionHandleIndex(index))
    }

    /// Whether the signature is the one that the text writes.
    fn is_signature(
        &mut self,
        index: SignatureIndex,
        types: &Types,
        at: Position,
    ) -> Resolved<bool> {
        match types {
            Types::Index(written) => Ok(index.0 == *written),
            Types::List(types) => {
                let written = Signature(self.type_list(types, at)?);
                Ok(self.module.signatures.get(index.get()) == Some(&written))
            }
        }
    }

    fn struct_fields(&mut self, struct_: &Struct) -> Resolved<StructFields> {
        let at = struct_.head.path.at;
        let Some(fields) = &struct_.fields else { return Ok(StructFields::Native) };
        let fields = fields.iter().map(|(name, type_)| {
            let name = self.identifier(at, name)?;
            let type_ = self.type_(type_, at)?;
            Ok(move_like_vm::format::FieldDefinition { name, type_ })
        });
        Ok(StructFields::Declared(fields.collect::<Resolved<_>>()?))
    }

    fn function(
        &mut self,
        function: &Function,
        handle: FunctionHandleIndex,
    ) -> Resolved<FunctionDefinition> {
        let acquires = function.acquires.iter().map(|path| self.definition(path));
        let acquires: Vec<StructDefinitionIndex> = acquires.collect::<Resolved<_>>()?;
        let parameters = self.module.function_handles.get(handle.get());
        let parameters = parameters.map(|handle: &FunctionHandle| handle.parameters);
        let code = match &function.code {
            Some(code) => Some(self.code(code, &function.parameters, parameters)?),
            None => None,
        };
        let (visibility, is_entry) = (function.visibility, function.is_entry);
        Ok(FunctionDefinition { handle, visibility, is_entry, acquires, code })
    }

    fn script(&mut self, text: &Text) -> Resolved<Unit> {
        let [function] = text.functions.as_slice() else {
            return Err(Diagnostic::at_start(Problem::ScriptHasOneFunction));
        };
        let at = function.head.path.at;
        let Some(code) = &function.code else {
            return Err(Diagnostic::new(at, Problem::ScriptHasOneFunction));
        };
        let returns_nothing =
            matches!(&function.head.returns, Types::List(types) if types.is_empty());
        let plain = function.visibility == Visibility::Private
            && !function.is_entry
            && function.acquires.is_empty();
        let tables = &text.tables;
        let of_modules = text.structs.len()
            | text.friends.len()
            | tables.fields.len()
            | tables.struct_instantiations.len()
            | tables.field_instantiations.len();
        if !returns_nothing || !plain || of_modules != 0 {
            return Err(Diagnostic::new(at, Problem::NotInAScript));
        }
        let parameters = self.signature(&function.head.parameters, at)?;
        let code: CodeUnit = self.code(code, &function.parameters, Some(parameters))?;
        let module = std::mem::take(&mut self.module);
        Ok(Unit::Script(CompiledScript {
            version: module.version,
            module_handles: module.module_handles,
            struct_handles: module.struct_handles,
            function_handles: module.function_handles,
            function_instantiations: module.function_instantiations,
            signatures: module.signatures,
            identifiers: module.identifiers,
            addresses: module.addresses,
            constants: module.constants,
            metadata: module.metadata,
            type_parameters: function.head.type_parameters.clone(),
            parameters,
            code,
        }))
    }
}
