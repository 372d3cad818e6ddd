//! Code: labels, locals and operands.

use std::collections::BTreeMap;

use move_like_vm::format::{
    CodeOffset, CodeUnit, Instruction, LocalIndex, SignatureIndex, Unsigned256,
};

use super::{Assembler, Resolved};
use crate::diagnostic::{Diagnostic, Position, Problem};
use crate::mnemonic::{self, Kind, Operand};
use crate::syntax::{Argument, Code, Line, Variable};

/// What a name in the code of one function means: an index or a count of instructions.
type Numbers<'a> = BTreeMap<&'a str, usize>;

/// The names of one function.
struct Scope<'a> {
    locals: Numbers<'a>,
    labels: Numbers<'a>,
}

impl Assembler {
    pub(super) fn code(
        &mut self,
        code: &Code,
        parameters: &[Variable],
        signature: Option<SignatureIndex>,
    ) -> Resolved<CodeUnit> {
        let signature = signature.and_then(|index| self.module.signatures.get(index.get()));
        let count = signature.map_or(0, |types| types.0.len());
        let scope = self.scope(code, parameters, count);
        let locals = self.signature(&code.local_types, code.at)?;
        let mut instructions = Vec::with_capacity(code.lines.len());
        for line in &code.lines {
            let instruction = self.instruction(line, &scope);
            instructions.extend(self.noting(instruction));
        }
        Ok(CodeUnit { locals, code: instructions })
    }

    fn scope<'a>(
        &mut self,
        code: &'a Code,
        parameters: &'a [Variable],
        parameter_count: usize,
    ) -> Scope<'a> {
        let mut scope = Scope { locals: Numbers::new(), labels: Numbers::new() };
        let locals = (parameter_count..).zip(&code.locals);
        for (index, (at, name)) in (0..).zip(parameters).chain(locals) {
            if scope.locals.insert(name, index).is_some() {
                self.diagnostics.push(Diagnostic::new(*at, Problem::Repeated));
            }
        }
        for (at, name, offset) in &code.labels {
            if scope.labels.insert(name, *offset).is_some() {
                self.diagnostics.push(Diagnostic::new(*at, Problem::Repeated));
            }
        }
        scope
    }

    fn instruction(&mut self, line: &Line, scope: &Scope<'_>) -> Resolved<Instruction> {
        let wrong = Diagnostic::new(line.at, Problem::UnknownMnemonic);
        let kind = mnemonic::kind(&line.word).ok_or(wrong)?;
        let operand = match &line.argument {
            Argument::None => Operand::None,
            Argument::Name(name) => named(name, kind, scope, line.at)?,
            Argument::Index(index) => indexed(*index, kind, line.at)?,
            Argument::Number(number) => {
                let operand = number_operand(*number, kind);
                operand.ok_or(Diagnostic::new(line.at, Problem::NumberTooLarge))?
            }
            argument => self.entry_operand(argument, kind, line.at)?,
        };
        mnemonic::instruction(&line.word, operand).ok_or(wrong)
    }

    /// An operand that is an entry of a table.
    fn entry_operand(
        &mut self,
        argument: &Argument,
        kind: Kind,
        at: Position,
    ) -> Resolved<Operand> {
        Ok(match argument {
            Argument::Constant(constant) => Operand::Constant(self.constant(at, constant)?),
            Argument::Path(path) if kind == Kind::Function => {
                Operand::Function(self.function_handle(path)?)
            }
            Argument::Path(path) => Operand::Struct(self.definition(path)?),
            Argument::Field(field) => Operand::Field(self.field(at, field)?),
            Argument::WithTypes(path, types) if kind == Kind::FunctionWithTypes => {
                Operand::FunctionWithTypes(self.function_instantiation(path, types)?)
            }
            Argument::WithTypes(path, types) => {
                Operand::StructWithTypes(self.struct_instantiation(path, types)?)
            }
            Argument::FieldWithTypes(field, types) => {
                Operand::FieldWithTypes(self.field_instantiation(at, field, types)?)
            }
            Argument::Types(types) => Operand::Types(self.signature(types, at)?),
            Argument::TypesAndCount(types, count) => {
                let count = u64::try_from(*count);
                let count = count.map_err(|_| Diagnostic::new(at, Problem::NumberTooLarge))?;
                Operand::TypesAndCount(self.signature(types, at)?, count)
            }
            Argument::None | Argument::Name(_) | Argument::Index(_) | Argument::Number(_) => {
                Operand::None
            }
        })
    }
}

fn named(name: &str, kind: Kind, scope: &Scope<'_>, at: Position) -> Resolved<Operand> {
    if kind == Kind::Target {
        let offset = scope.labels.get(name).ok_or(Diagnostic::new(at, Problem::UnknownLabel))?;
        let offset = CodeOffset::try_from(*offset);
        return offset.map(Operand::Target).map_err(|_| Diagnostic::new(at, Problem::CodeTooLong));
    }
    let index = scope.locals.get(name).ok_or(Diagnostic::new(at, Problem::UnknownLocal))?;
    let index = LocalIndex::try_from(*index);
    index.map(Operand::Local).map_err(|_| Diagnostic::new(at, Problem::NumberTooLarge))
}

fn indexed(index: u16, kind: Kind, at: Position) -> Resolved<Operand> {
    use move_like_vm::format as f;
    Ok(match kind {
        Kind::Target => Operand::Target(index),
        Kind::Local => {
            let local = LocalIndex::try_from(index);
            Operand::Local(local.map_err(|_| Diagnostic::new(at, Problem::NumberTooLarge))?)
        }
        Kind::Constant => Operand::Constant(f::ConstantIndex(index)),
        Kind::FieldWithTypes => Operand::FieldWithTypes(f::FieldInstantiationIndex(index)),
        Kind::FunctionWithTypes => Operand::FunctionWithTypes(f::FunctionInstantiationIndex(index)),
        Kind::StructWithTypes => Operand::StructWithTypes(f::StructDefInstantiationIndex(index)),
        _ => Operand::None,
    })
}

fn number_operand(number: Unsigned256, kind: Kind) -> Option<Operand> {
    Some(match kind {
        Kind::Small => Operand::Small(u8::try_from(number).ok()?),
        Kind::U16 => Operand::U16(u16::try_from(number).ok()?),
        Kind::U32 => Operand::U32(u32::try_from(number).ok()?),
        Kind::U64 => Operand::U64(u64::try_from(number).ok()?),
        Kind::U128 => Operand::U128(u128::try_from(number).ok()?),
        Kind::U256 => Operand::U256(Box::new(number)),
        _ => return None,
    })
}
