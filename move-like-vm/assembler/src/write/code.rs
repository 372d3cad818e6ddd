//! The locals and instructions of a function.

use std::collections::BTreeSet;

use move_like_vm::format::{
    ConstantIndex, FieldHandleIndex, FieldInstantiationIndex, FunctionHandleIndex,
    FunctionInstantiationIndex, Instruction, LocalIndex, SignatureIndex, SignatureToken,
    StructDefInstantiationIndex,
};

use super::{Writer, constant};
use crate::mnemonic::{self, Operand};

/// The most bytes of a constant that stand in the code.
const CONSTANT: usize = 40;
/// The longest comment.
const COMMENT: usize = 100;

/// The parameters and locals of a function.
pub(super) struct Locals<'a> {
    pub(super) parameters: &'a [SignatureToken],
    pub(super) parameters_are_named: bool,
    /// Those that the text names.
    pub(super) locals: &'a [SignatureToken],
}

impl Locals<'_> {
    fn name(&self, index: LocalIndex) -> String {
        let number = usize::from(index);
        match number.checked_sub(self.parameters.len()) {
            None if self.parameters_are_named => format!("a{number}"),
            Some(local) if local < self.locals.len() => format!("l{number}"),
            _ => format!("#{number}"),
        }
    }

    fn type_(&self, index: LocalIndex) -> Option<&SignatureToken> {
        self.parameters.iter().chain(self.locals).nth(usize::from(index))
    }
}

impl Writer<'_> {
    pub(super) fn locals(&mut self, index: SignatureIndex, locals: &Locals<'_>) {
        if self.first_types(index).is_none() {
            return self.line(format_args!("    let signature #{}", index.0));
        }
        let numbers = locals.parameters.len()..;
        let names: Vec<_> = numbers
            .zip(locals.locals)
            .map(|(number, type_)| format!("l{number}: {}", self.type_(type_)))
            .collect();
        if !names.is_empty() {
            self.line(format_args!("    let {}", names.join(", ")));
        }
    }

    pub(super) fn instructions(&mut self, code: &[Instruction], locals: &Locals<'_>) {
        let targets = code.iter().filter_map(Instruction::target);
        let targets: BTreeSet<usize> =
            targets.map(usize::from).filter(|target| *target < code.len()).collect();
        for (offset, instruction) in code.iter().enumerate() {
            if targets.contains(&offset) {
                self.line(format_args!("b{offset}:"));
            }
            let (word, operand) = mnemonic::parts(instruction);
            let (argument, comment) = match &operand {
                Operand::Target(target) if targets.contains(&usize::from(*target)) => {
                    (format!("b{target}"), None)
                }
                operand => self.operand(operand, locals),
            };
            let blank = if argument.is_empty() { "" } else { " " };
            let line = format!("    {word}{blank}{argument}");
            match comment.filter(|comment| comment.len() <= COMMENT) {
                Some(comment) => self.commented(&line, format_args!("{offset}: {comment}")),
                None => self.commented(&line, offset),
            }
        }
    }

    /// An operand and what a reader may want to know of it.
    fn operand(&self, operand: &Operand, locals: &Locals<'_>) -> (String, Option<String>) {
        let text = match operand {
            Operand::None => String::new(),
            Operand::Target(target) => format!("#{target}"),
            Operand::Local(index) => {
                let type_ = locals.type_(*index).map(|type_| self.type_(type_));
                return (locals.name(*index), type_);
            }
            Operand::Constant(index) => {
                let value = self.tables.constants.get(index.get()).and_then(constant::value);
                return (self.constant(*index), value);
            }
            Operand::Small(value) => value.to_string(),
            Operand::U16(value) => value.to_string(),
            Operand::U32(value) => value.to_string(),
            Operand::U64(value) => value.to_string(),
            Operand::U128(value) => value.to_string(),
            Operand::U256(value) => value.to_string(),
            Operand::Field(index) => self.field(*index),
            Operand::FieldWithTypes(index) => self.field_with_types(*index),
            Operand::Function(index) => {
                return (self.function_path(*index), self.function_types(*index));
            }
            Operand::FunctionWithTypes(index) => {
                let known = self.tables.function_instantiations.get(index.get());
                let types = known.and_then(|known| self.function_types(known.handle));
                return (self.function_with_types(*index), types);
            }
            Operand::Struct(index) => self.definition(*index),
            Operand::StructWithTypes(index) => self.struct_with_types(*index),
            Operand::Types(index) => format!("<{}>", self.list(*index)),
            Operand::TypesAndCount(index, count) => format!("<{}> {count}", self.list(*index)),
        };
        (text, None)
    }

    /// `(u64): bool` of a function that is called.
    fn function_types(&self, index: FunctionHandleIndex) -> Option<String> {
        let handle = self.tables.function_handles.get(index.get())?;
        let parameters = self.short_types(handle.parameters)?;
        let returns = self.returns(handle.returns, Some(self.short_types(handle.returns)?));
        Some(format!("({}){returns}", parameters.join(", ")))
    }

    fn constant(&self, index: ConstantIndex) -> String {
        let constant = self.tables.constants.get(index.get());
        let short = constant.filter(|constant| {
            let plain = match &constant.type_ {
                SignatureToken::Vector(element) => **element == SignatureToken::U8,
                SignatureToken::Address | SignatureToken::Bool => true,
                type_ => type_.is_integer(),
            };
            plain
                && constant.data.len() <= CONSTANT
                && self.names.constants.get(*constant) == Some(index.0)
        });
        short.map_or_else(
            || format!("#{}", index.0),
            |constant| {
                format!("{} {}", self.type_(&constant.type_), constant::bytes(&constant.data))
            },
        )
    }

    /// `Struct.name`
    pub(super) fn field(&self, index: FieldHandleIndex) -> String {
        let handle = self.tables.field_handles.get(index.get());
        let first = handle.filter(|handle| self.names.fields.get(*handle) == Some(index.0));
        first.map_or_else(|| format!("#{}", index.0), |handle| self.field_path(handle))
    }

    fn field_with_types(&self, index: FieldInstantiationIndex) -> String {
        let entry = self.tables.field_instantiations.get(index.get());
        let first =
            entry.filter(|entry| self.names.field_instantiations.get(*entry) == Some(index.0));
        first.map_or_else(|| format!("#{}", index.0), |entry| self.field_instance(entry))
    }

    fn function_with_types(&self, index: FunctionInstantiationIndex) -> String {
        let entry = self.tables.function_instantiations.get(index.get());
        let first =
            entry.filter(|entry| self.names.function_instantiations.get(*entry) == Some(index.0));
        first.map_or_else(|| format!("#{}", index.0), |entry| self.function_instance(entry))
    }

    fn struct_with_types(&self, index: StructDefInstantiationIndex) -> String {
        let entry = self.tables.struct_instantiations.get(index.get());
        let first =
            entry.filter(|entry| self.names.struct_instantiations.get(*entry) == Some(index.0));
        first.map_or_else(|| format!("#{}", index.0), |entry| self.struct_instance(entry))
    }
}
