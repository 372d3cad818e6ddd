//! Resources in storage.

use super::Interpreter;
use crate::format::Address;
use crate::runtime::stop::Stop;
use crate::runtime::types::TypeId;
use crate::runtime::value::Value;
use crate::status::Status;

impl Interpreter<'_> {
    pub(super) fn exists(&mut self, type_: TypeId) -> Result<(), Stop> {
        let address = self.pop_address()?;
        let number = self.find(&address, type_)?;
        let exists = self.live.memory.globals.value(number)? != Value::Empty;
        self.live.stack.push(Value::Bool(exists))
    }

    pub(super) fn borrow_global(&mut self, type_: TypeId, mutable: bool) -> Result<(), Stop> {
        let address = self.pop_address()?;
        let number = self.find(&address, type_)?;
        if self.live.memory.globals.value(number)? == Value::Empty {
            return Err(Status::MissingData.into());
        }
        if mutable {
            self.live.memory.globals.expose(number)?;
        }
        self.live.stack.push(Value::Global(number))
    }

    pub(super) fn move_from(&mut self, type_: TypeId) -> Result<(), Stop> {
        let address = self.pop_address()?;
        let number = self.find(&address, type_)?;
        match self.live.memory.globals.replace(number, Value::Empty)? {
            Value::Empty => Err(Status::MissingData.into()),
            value => self.live.stack.push(value),
        }
    }

    pub(super) fn move_to(&mut self, type_: TypeId) -> Result<(), Stop> {
        let resource = self.live.stack.pop()?;
        let signer = self.live.stack.pop()?;
        let Value::Signer(address) = self.live.memory.load(&signer)? else {
            return Err(Status::InternalTypeError.into());
        };
        let number = self.find(&address, type_)?;
        if self.live.memory.globals.value(number)? != Value::Empty {
            return Err(Status::ResourceAlreadyExists.into());
        }
        self.live.memory.globals.replace(number, resource)?;
        Ok(())
    }

    fn find(&mut self, address: &Address, type_: TypeId) -> Result<u32, Stop> {
        let live = &mut *self.live;
        live.memory.globals.find(
            address,
            type_,
            &self.source,
            &mut live.memory.heap,
            &mut live.meter,
        )
    }

    fn pop_address(&mut self) -> Result<Address, Stop> {
        match self.live.stack.pop()? {
            Value::Address(address) => Ok(address),
            _ => Err(Status::InternalTypeError.into()),
        }
    }
}
