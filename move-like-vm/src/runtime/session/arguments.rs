//! Arguments from outside: signers first, then values in BCS.

use super::{Arguments, Session};
use crate::fault::Fault;
use crate::runtime::check::Operand;
use crate::runtime::codec;
use crate::runtime::program::FunctionId;
use crate::runtime::types::TypeId;
use crate::runtime::value::Value;
use crate::status::Status;

impl Session<'_> {
    /// The values that a function is called with. What is passed by reference is put into locals below
    /// those of the function.
    pub(super) fn decode_arguments(
        &mut self,
        function: FunctionId,
        arguments: &Arguments,
    ) -> Result<Vec<Value>, Fault> {
        let parameters = self.machine.program.function(function)?.parameters.clone();
        let given = arguments.signers.len().saturating_add(arguments.values.len());
        if given != parameters.len() {
            return Err(Fault::new(Status::NumberOfArgumentsMismatch));
        }
        let signers = arguments.signers.iter().map(|signer| Argument::Signer(*signer));
        let values = arguments.values.iter().map(|bytes| Argument::Bytes(bytes));
        let mut decoded = Vec::with_capacity(given);
        for (type_, argument) in parameters.iter().zip(signers.chain(values)) {
            let operand = Operand::of(&self.machine.program.types, *type_)?;
            let (Operand::Value(inner)
            | Operand::Reference(inner)
            | Operand::MutableReference(inner)) = operand;
            let value = self.decode_argument(inner, argument)?;
            decoded.push(match operand {
                Operand::Value(_) => value,
                Operand::Reference(_) | Operand::MutableReference(_) => {
                    let locals = &mut self.live.memory.locals;
                    let index = u32::try_from(locals.len());
                    locals.push(value);
                    Value::Local(index.map_err(|_| Fault::new(Status::MemoryLimitExceeded))?)
                }
            });
        }
        Ok(decoded)
    }

    fn decode_argument(&mut self, type_: TypeId, argument: Argument<'_>) -> Result<Value, Fault> {
        match (argument, type_) {
            (Argument::Signer(address), TypeId::SIGNER) => Ok(Value::Signer(address)),
            (Argument::Signer(_), _) | (Argument::Bytes(_), TypeId::SIGNER) => {
                Err(Fault::new(Status::NumberOfSignerArgumentsMismatch))
            }
            (Argument::Bytes(bytes), _) => {
                self.check_argument_type(type_)?;
                let types = &self.machine.program.types;
                codec::decode(&mut self.live.memory.heap, types, type_, bytes)
                    .map_err(|error| error.or(Status::FailedToDeserializeArgument).into())
            }
        }
    }
}

/// Where an argument comes from: nobody can write a signer down.
enum Argument<'a> {
    Signer(crate::format::Address),
    Bytes(&'a [u8]),
}
