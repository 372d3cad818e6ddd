//! What a published module offers to calls: its entry functions and what they take.
//!
//! # Place      whoever shows a module, or writes a call of it
//! # Invariants a function that is listed can be called with values of the types that it lists
//! # Absent     results (a call has none), structs (no argument of a call is one)

use move_like_vm::{
    decode,
    fault::Fault,
    format::{CompiledModule, FunctionDefinition, SignatureToken},
    runtime::TypeTag,
    status::Status,
};

use crate::id::{AccountId, Text};

/// A function that a call may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFunction {
    /// Its name.
    pub name: String,
    /// How many type arguments it takes.
    pub type_parameters: usize,
    /// How many signers come first.
    pub signers: usize,
    /// The types of the arguments behind them; none for one that depends on a type argument.
    pub parameters: Vec<Option<TypeTag>>,
}

/// Entry functions of a module, in the order in which it defines them.
///
/// # Errors
/// The machine's status where the bytes are no module.
pub fn entry_functions(bytes: &[u8]) -> Result<Vec<EntryFunction>, Status> {
    let module = decode::module(bytes).map_err(|fault| fault.status)?;
    let entries = module.function_definitions.iter().filter(|function| function.is_entry);
    let read: Result<_, Fault> = entries.map(|function| entry(&module, function)).collect();
    read.map_err(|fault| fault.status)
}

/// The modules that a module names, itself left out.
///
/// # Errors
/// The machine's status where the bytes are no module.
pub fn named_modules(bytes: &[u8]) -> Result<Vec<(AccountId, Text)>, Status> {
    let module = decode::module(bytes).map_err(|fault| fault.status)?;
    let tables = module.tables();
    let own = module.self_module_handle;
    let others = module.module_handles.iter().enumerate().filter(|(at, _)| *at != own.get());
    let read = others.map(|(_, handle)| {
        let (address, name) = (tables.address(handle.address)?, tables.identifier(handle.name)?);
        let name = Text::new(name).ok_or(Fault::new(Status::InvalidModuleHandle))?;
        Ok((AccountId::new(*address), name))
    });
    read.collect::<Result<_, Fault>>().map_err(|fault| fault.status)
}

fn entry(module: &CompiledModule, function: &FunctionDefinition) -> Result<EntryFunction, Fault> {
    let tables = module.tables();
    let handle = tables.function_handle(function.handle)?;
    let tokens = &tables.signature(handle.parameters)?.0;
    let signers = tokens.iter().take_while(|token| is_signer(token)).count();
    Ok(EntryFunction {
        name: tables.identifier(handle.name)?.clone(),
        type_parameters: handle.type_parameters.len(),
        signers,
        parameters: tokens.iter().skip(signers).map(type_of).collect(),
    })
}

fn is_signer(token: &SignatureToken) -> bool {
    match token {
        SignatureToken::Signer => true,
        SignatureToken::Reference(inner) => **inner == SignatureToken::Signer,
        _ => false,
    }
}

fn type_of(token: &SignatureToken) -> Option<TypeTag> {
    Some(match token {
        SignatureToken::Bool => TypeTag::Bool,
        SignatureToken::U8 => TypeTag::U8,
        SignatureToken::U16 => TypeTag::U16,
        SignatureToken::U32 => TypeTag::U32,
        SignatureToken::U64 => TypeTag::U64,
        SignatureToken::U128 => TypeTag::U128,
        SignatureToken::U256 => TypeTag::U256,
        SignatureToken::Address => TypeTag::Address,
        SignatureToken::Vector(inner) => TypeTag::Vector(Box::new(type_of(inner)?)),
        SignatureToken::Signer
        | SignatureToken::Struct(_)
        | SignatureToken::StructInstantiation(..)
        | SignatureToken::Reference(_)
        | SignatureToken::MutableReference(_)
        | SignatureToken::TypeParameter(_) => return None,
    })
}
