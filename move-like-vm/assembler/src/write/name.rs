//! Names, paths, types and lists of types.

use move_like_vm::format::{
    AddressIdentifierIndex, FunctionHandleIndex, IdentifierIndex, ModuleHandle, ModuleHandleIndex,
    Signature, SignatureIndex, SignatureToken, StructDefinitionIndex, StructHandleIndex,
};

use super::Writer;
use super::constant::short_address;
use crate::lexer::is_plain_word;
use crate::names::Member;
use crate::parse::is_reserved;

/// Names above this stand in the table of names only.
const NAME: usize = 128;
/// Lists of types with more characters stand in the table of signatures only.
const TYPES: usize = 400;
/// The same for the parts of all types, which are counted before anything is written.
const PARTS: usize = 100;

/// A name as the text writes it.
pub(super) fn word(name: &str) -> String {
    if is_plain_word(name) && !is_reserved(name) {
        return name.to_owned();
    }
    let mut quoted = String::from('"');
    for character in name.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => quoted.extend(character.escape_unicode()),
        }
    }
    quoted.push('"');
    quoted
}

impl<'a> Writer<'a> {
    /// The name, if the assembler finds this entry by it.
    fn first_identifier(&self, index: IdentifierIndex) -> Option<String> {
        let name = self.tables.identifiers.get(index.get())?;
        let first = self.names.identifiers.get(name.as_str()) == Some(index.0);
        (first && name.len() <= NAME).then(|| word(name))
    }

    pub(super) fn identifier(&self, index: IdentifierIndex) -> String {
        self.first_identifier(index).unwrap_or_else(|| format!("#{}", index.0))
    }

    fn address(&self, index: AddressIdentifierIndex) -> String {
        let address = self.tables.addresses.get(index.get());
        let first = address.filter(|address| self.names.addresses.get(*address) == Some(index.0));
        first.map_or_else(|| format!("#{}", index.0), short_address)
    }

    /// `0x1::name`
    pub(super) fn module_parts(&self, handle: &ModuleHandle) -> String {
        format!("{}::{}", self.address(handle.address), self.identifier(handle.name))
    }

    /// A module of the table.
    pub(super) fn module_path(&self, index: ModuleHandleIndex) -> String {
        let handle = self.tables.module_handles.get(index.get());
        let first = handle.filter(|handle| self.names.modules.get(*handle) == Some(index.0));
        first.map_or_else(|| format!("#{}", index.0), |handle| self.module_parts(handle))
    }

    /// A struct or function by its module and name; the name alone if it is of this module.
    pub(super) fn member(&self, (module, name): Member) -> String {
        if self.tables.self_module_handle == Some(module)
            && let Some(name) = self.first_identifier(name)
        {
            return name;
        }
        format!("{}::{}", self.module_path(module), self.identifier(name))
    }

    /// A struct's path, if the assembler finds this entry by it.
    pub(super) fn struct_name(&self, index: StructHandleIndex) -> Option<String> {
        let handle = self.tables.struct_handles.get(index.get())?;
        let member = (handle.module, handle.name);
        (self.names.structs.get(&member) == Some(index.0)).then(|| self.member(member))
    }

    /// A function's path, if the assembler finds this entry by it.
    pub(super) fn function_name(&self, index: FunctionHandleIndex) -> Option<String> {
        let handle = self.tables.function_handles.get(index.get())?;
        let member = (handle.module, handle.name);
        (self.names.functions.get(&member) == Some(index.0)).then(|| self.member(member))
    }

    pub(super) fn function_path(&self, index: FunctionHandleIndex) -> String {
        self.function_name(index).unwrap_or_else(|| format!("#{}", index.0))
    }

    /// A struct of this module.
    pub(super) fn definition(&self, index: StructDefinitionIndex) -> String {
        let definition = self.tables.struct_definitions.get(index.get());
        let name = definition
            .filter(|struct_| self.names.definitions.get(&struct_.handle) == Some(index.0))
            .and_then(|struct_| self.struct_name(struct_.handle));
        name.unwrap_or_else(|| format!("#{}", index.0))
    }

    pub(super) fn signature(&self, index: SignatureIndex) -> Option<&'a Signature> {
        self.tables.signatures.get(index.get())
    }

    pub(super) fn type_(&self, type_: &SignatureToken) -> String {
        let plain = match type_ {
            SignatureToken::Bool => "bool",
            SignatureToken::U8 => "u8",
            SignatureToken::U16 => "u16",
            SignatureToken::U32 => "u32",
            SignatureToken::U64 => "u64",
            SignatureToken::U128 => "u128",
            SignatureToken::U256 => "u256",
            SignatureToken::Address => "address",
            SignatureToken::Signer => "signer",
            SignatureToken::Vector(element) => return format!("vector<{}>", self.type_(element)),
            SignatureToken::Struct(index) => return self.struct_path(*index),
            SignatureToken::StructInstantiation(index, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(|type_| self.type_(type_)).collect();
                return format!("{}<{}>", self.struct_path(*index), arguments.join(", "));
            }
            SignatureToken::Reference(target) => return format!("&{}", self.type_(target)),
            SignatureToken::MutableReference(target) => {
                return format!("&mut {}", self.type_(target));
            }
            SignatureToken::TypeParameter(index) => return format!("T{index}"),
        };
        plain.to_owned()
    }

    fn struct_path(&self, index: StructHandleIndex) -> String {
        self.struct_name(index).unwrap_or_else(|| format!("#{}", index.0))
    }

    /// The types of a signature, unless they are long or not there.
    pub(super) fn short_types(&self, index: SignatureIndex) -> Option<Vec<String>> {
        let signature = self.signature(index)?;
        let mut left = PARTS;
        let mut types = Vec::new();
        for type_ in &signature.0 {
            if !is_small(type_, &mut left) {
                return None;
            }
            types.push(self.type_(type_));
        }
        (types.iter().map(String::len).sum::<usize>() <= TYPES).then_some(types)
    }

    /// The types of a signature, if the assembler finds this entry by them.
    pub(super) fn first_types(&self, index: SignatureIndex) -> Option<&'a [SignatureToken]> {
        let signature = self.signature(index)?;
        let first = self.names.signatures.get(signature) == Some(index.0);
        (first && self.short_types(index).is_some()).then_some(signature.0.as_slice())
    }

    /// A list of types between marks, or which signature it is.
    pub(super) fn list(&self, index: SignatureIndex) -> String {
        let types = self.first_types(index).and_then(|_| self.short_types(index));
        types.map_or_else(|| format!("signature #{}", index.0), |types| types.join(", "))
    }
}

/// Whether a type has no more than `left` parts, which are taken from it.
fn is_small(type_: &SignatureToken, left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(1) else { return false };
    *left = rest;
    match type_ {
        SignatureToken::Vector(part)
        | SignatureToken::Reference(part)
        | SignatureToken::MutableReference(part) => is_small(part, left),
        SignatureToken::StructInstantiation(_, arguments) => {
            arguments.iter().all(|argument| is_small(argument, left))
        }
        _ => true,
    }
}
