//! Compiled modules as declarations.
//!
//! # Place      `CompiledModule` -> [imports] -> program
//! # Invariants an index outside its table makes the module unusable, not the compiler
//! # Absent     code: only what a user of the module sees

use move_like_vm::format::{
    CompiledModule, ModuleHandleIndex, SignatureIndex, SignatureToken, StructFields,
    StructHandleIndex,
};

use crate::program::{
    FunctionInfo, Integer, ModuleId, ModuleInfo, Parameter, Program, StructId, StructInfo, Type,
    TypeParameter,
};
use crate::source::Span;

/// Declares what a compiled module offers; None if it names what it does not have.
///
/// The modules it depends on come before it.
pub(crate) fn declare(program: &mut Program<'_>, compiled: &CompiledModule) -> Option<ModuleId> {
    let id = ModuleId(program.modules.len());
    let (address, name) = module_name(compiled, compiled.self_module_handle)?;
    let mut module = ModuleInfo { address, name: name.clone(), ..ModuleInfo::default() };
    for friend in &compiled.friend_declarations {
        let address = *compiled.addresses.get(friend.address.get())?;
        module.friend_names.insert((address, compiled.identifiers.get(friend.name.get())?.clone()));
    }
    let first = program.structs.len();
    for (index, definition) in compiled.struct_definitions.iter().enumerate() {
        let handle = compiled.struct_handles.get(definition.handle.get())?;
        let name = compiled.identifiers.get(handle.name.get())?.clone();
        module.structs.insert(name, StructId(first.saturating_add(index)));
    }
    program.by_name.insert((address, name), id);
    program.modules.push(module);
    for definition in &compiled.struct_definitions {
        let handle = compiled.struct_handles.get(definition.handle.get())?;
        let reader = Reader { program, compiled };
        let fields = match &definition.fields {
            StructFields::Native => None,
            StructFields::Declared(fields) => Some(
                fields
                    .iter()
                    .map(|field| {
                        let name = compiled.identifiers.get(field.name.get())?.clone();
                        Some((name, reader.type_(&field.type_)?))
                    })
                    .collect::<Option<Vec<_>>>()?,
            ),
        };
        let type_parameters = handle
            .type_parameters
            .iter()
            .map(|parameter| TypeParameter {
                name: String::new(),
                constraints: parameter.constraints,
                is_phantom: parameter.is_phantom,
            })
            .collect();
        let info = StructInfo {
            module: id,
            name: compiled.identifiers.get(handle.name.get())?.clone(),
            span: Span::default(),
            abilities: handle.abilities,
            type_parameters,
            fields,
        };
        program.structs.push(info);
    }
    functions(program, compiled, id)?;
    Some(id)
}

fn functions(program: &mut Program<'_>, compiled: &CompiledModule, id: ModuleId) -> Option<()> {
    for definition in &compiled.function_definitions {
        let handle = compiled.function_handles.get(definition.handle.get())?;
        let reader = Reader { program, compiled };
        let parameters = reader.types(handle.parameters)?;
        let info = FunctionInfo {
            module: id,
            name: compiled.identifiers.get(handle.name.get())?.clone(),
            visibility: definition.visibility,
            is_entry: definition.is_entry,
            is_native: definition.code.is_none(),
            type_parameters: handle
                .type_parameters
                .iter()
                .map(|constraints| TypeParameter {
                    constraints: *constraints,
                    ..TypeParameter::default()
                })
                .collect(),
            parameters: parameters
                .into_iter()
                .map(|type_| Parameter { name: String::new(), span: Span::default(), type_ })
                .collect(),
            returns: reader.types(handle.returns)?,
            ..FunctionInfo::default()
        };
        let function = crate::program::FunctionId(program.functions.len());
        let name = info.name.clone();
        program.functions.push(info);
        program.modules.get_mut(id.0)?.functions.insert(name, function);
    }
    Some(())
}

fn module_name(
    compiled: &CompiledModule,
    index: ModuleHandleIndex,
) -> Option<(move_like_vm::format::Address, String)> {
    let handle = compiled.module_handles.get(index.get())?;
    let address = *compiled.addresses.get(handle.address.get())?;
    Some((address, compiled.identifiers.get(handle.name.get())?.clone()))
}

struct Reader<'p, 'a> {
    program: &'p Program<'a>,
    compiled: &'p CompiledModule,
}

impl Reader<'_, '_> {
    fn types(&self, index: SignatureIndex) -> Option<Vec<Type>> {
        let signature = self.compiled.signatures.get(index.get())?;
        signature.0.iter().map(|token| self.type_(token)).collect()
    }

    fn structure(&self, index: StructHandleIndex) -> Option<StructId> {
        let handle = self.compiled.struct_handles.get(index.get())?;
        let module = self.program.by_name.get(&module_name(self.compiled, handle.module)?)?;
        let name = self.compiled.identifiers.get(handle.name.get())?;
        self.program.module(*module).structs.get(name).copied()
    }

    fn type_(&self, token: &SignatureToken) -> Option<Type> {
        Some(match token {
            SignatureToken::Bool => Type::Bool,
            SignatureToken::U8 => Type::Integer(Integer::U8),
            SignatureToken::U16 => Type::Integer(Integer::U16),
            SignatureToken::U32 => Type::Integer(Integer::U32),
            SignatureToken::U64 => Type::Integer(Integer::U64),
            SignatureToken::U128 => Type::Integer(Integer::U128),
            SignatureToken::U256 => Type::Integer(Integer::U256),
            SignatureToken::Address => Type::Address,
            SignatureToken::Signer => Type::Signer,
            SignatureToken::Vector(element) => Type::vector(self.type_(element)?),
            SignatureToken::Struct(index) => Type::Struct(self.structure(*index)?, Vec::new()),
            SignatureToken::StructInstantiation(index, arguments) => Type::Struct(
                self.structure(*index)?,
                arguments.iter().map(|argument| self.type_(argument)).collect::<Option<_>>()?,
            ),
            SignatureToken::Reference(target) => Type::reference(false, self.type_(target)?),
            SignatureToken::MutableReference(target) => Type::reference(true, self.type_(target)?),
            SignatureToken::TypeParameter(index) => Type::Parameter(*index),
        })
    }
}

/// Adds the functions of `vector` that are instructions, which its compiled form leaves out.
pub(crate) fn add_vector_instructions(program: &mut Program<'_>, module: ModuleId) {
    let element = Type::Parameter(0);
    let vector = Type::vector(element.clone());
    let shared = Type::reference(false, vector.clone());
    let mutable = Type::reference(true, vector.clone());
    let rows: [(&str, Vec<Type>, Vec<Type>); 8] = [
        ("empty", vec![], vec![vector.clone()]),
        ("length", vec![shared.clone()], vec![Type::U64]),
        ("borrow", vec![shared, Type::U64], vec![Type::reference(false, element.clone())]),
        (
            "borrow_mut",
            vec![mutable.clone(), Type::U64],
            vec![Type::reference(true, element.clone())],
        ),
        ("push_back", vec![mutable.clone(), element.clone()], vec![]),
        ("pop_back", vec![mutable.clone()], vec![element]),
        ("destroy_empty", vec![vector], vec![]),
        ("swap", vec![mutable, Type::U64, Type::U64], vec![]),
    ];
    for (name, parameters, returns) in rows {
        if program.module(module).functions.contains_key(name) {
            continue;
        }
        let id = crate::program::FunctionId(program.functions.len());
        let parameters = parameters
            .into_iter()
            .map(|type_| Parameter { name: String::new(), span: Span::default(), type_ })
            .collect();
        program.functions.push(FunctionInfo {
            module,
            name: name.to_owned(),
            visibility: move_like_vm::format::Visibility::Public,
            is_native: true,
            type_parameters: vec![TypeParameter::default()],
            parameters,
            returns,
            ..FunctionInfo::default()
        });
        if let Some(info) = program.modules.get_mut(module.0) {
            info.functions.insert(name.to_owned(), id);
        }
    }
}

/// Whether every other module that it names is declared.
pub(crate) fn is_ready(program: &Program<'_>, compiled: &CompiledModule) -> bool {
    (0..compiled.module_handles.len()).all(|index| {
        let index = u16::try_from(index).map(ModuleHandleIndex).unwrap_or_default();
        index == compiled.self_module_handle
            || module_name(compiled, index).is_none_or(|name| program.by_name.contains_key(&name))
    })
}
