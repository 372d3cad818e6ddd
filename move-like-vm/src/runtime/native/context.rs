//! What a native function sees of the machine.

use crate::format::Address;
use crate::runtime::codec;
use crate::runtime::memory::Memory;
use crate::runtime::native::{Reach, Reply};
use crate::runtime::program::Program;
use crate::runtime::schedule::{Meter, times_length};
use crate::runtime::state::{Event, State};
use crate::runtime::stop::Stop;
use crate::runtime::tag::TypeTag;
use crate::runtime::types::{Type, TypeId};
use crate::runtime::value::{ObjectId, Value};
use crate::status::Status;

/// One call of a native function.
pub struct NativeContext<'a> {
    pub(crate) program: &'a Program,
    pub(crate) state: &'a dyn State,
    pub(crate) memory: &'a mut Memory,
    pub(crate) meter: &'a mut Meter,
    pub(crate) events: &'a mut Vec<Event>,
    pub(crate) extension: Reach<'a>,
    pub(crate) type_arguments: &'a [TypeId],
    pub(crate) returns: &'a [TypeId],
    pub(crate) arguments: &'a mut [Value],
    pub(crate) results: &'a mut Vec<Value>,
}

impl NativeContext<'_> {
    /// What the caller of the session gave for its own natives.
    pub fn extension<T: 'static>(&mut self) -> Option<&mut T> {
        match &mut self.extension {
            Reach::Any(any) => any.downcast_mut(),
            Reach::Host(_) => None,
        }
    }

    /// Puts a question with all arguments to the host of the session, and gives its answer.
    pub fn ask(&mut self, question: u8) -> Result<(), Stop> {
        let (mut values, mut bytes) = (Vec::new(), Vec::new());
        for index in 0..self.arguments.len() {
            match self.behind(index)? {
                Value::Vector(_) => {
                    bytes.push(self.bytes(index)?.to_vec());
                    values.push(Value::Empty);
                }
                value => values.push(value),
            }
        }
        self.put(question, &values, &bytes)
    }

    /// Puts a question about the first argument, whatever its type is: the host is given the first type
    /// argument and the value, both in BCS. What it takes is paid for, as read and as kept; it refuses
    /// what is too long for it before that.
    pub fn ask_of_value(&mut self, question: u8) -> Result<(), Stop> {
        let (tag, value) = (self.type_tag(0)?.to_bytes(), self.behind(0)?);
        let mut encoded = Vec::new();
        codec::encode(&self.memory.heap, &value, &mut encoded)?;
        let (read, kept) = (encoded.len(), encoded.len().saturating_add(tag.len()));
        self.put(question, &[], &[tag, encoded])?;
        self.charge_bytes(read)?;
        self.meter.charge(times_length(kept, self.program.schedule.event_byte))
    }

    fn put(&mut self, question: u8, values: &[Value], bytes: &[Vec<u8>]) -> Result<(), Stop> {
        let reply = match &mut self.extension {
            Reach::Any(_) => return Err(Status::VmExtensionError.into()),
            Reach::Host(host) => host.ask(question, values, bytes)?,
        };
        match reply {
            Reply::Nothing => Ok(()),
            Reply::Value(value) => {
                self.give(value);
                Ok(())
            }
            Reply::Bytes(bytes) => self.give_bytes(&bytes),
        }
    }

    /// Pays for bytes that are read or made.
    pub fn charge_bytes(&mut self, count: usize) -> Result<(), Stop> {
        self.meter.charge(times_length(count, self.program.schedule.native_byte))
    }

    /// Pays for anything else.
    pub fn charge(&mut self, units: u64) -> Result<(), Stop> {
        self.meter.charge(units)
    }

    /// An argument, which stays where it is.
    pub fn argument(&self, index: usize) -> Result<Value, Stop> {
        self.arguments.get(index).copied().ok_or(Status::EmptyValueStack.into())
    }

    /// An argument, which the function owns from here.
    pub fn take(&mut self, index: usize) -> Result<Value, Stop> {
        self.arguments.get_mut(index).map(std::mem::take).ok_or(Status::EmptyValueStack.into())
    }

    /// A number among the arguments.
    pub fn u64(&self, index: usize) -> Result<u64, Stop> {
        match self.argument(index)? {
            Value::U64(value) => Ok(value),
            _ => Err(Status::InternalTypeError.into()),
        }
    }

    /// What an argument points to if it is a reference, else the argument.
    pub fn behind(&self, index: usize) -> Result<Value, Stop> {
        let argument = self.argument(index)?;
        if argument.is_reference() { self.memory.load(&argument) } else { Ok(argument) }
    }

    /// The bytes of an argument that is a `vector<u8>` or a reference to one. They are paid for.
    pub fn bytes(&mut self, index: usize) -> Result<&[u8], Stop> {
        let value = self.behind(index)?;
        let length = self.memory.heap.bytes(&value)?.len();
        self.charge_bytes(length)?;
        self.memory.heap.bytes(&value)
    }

    /// The same at a price of its own per byte, for functions that are faster than most.
    pub(crate) fn bytes_at(&mut self, index: usize, each: u32) -> Result<&[u8], Stop> {
        let value = self.behind(index)?;
        let length = self.memory.heap.bytes(&value)?.len();
        self.meter.charge(times_length(length, each))?;
        self.memory.heap.bytes(&value)
    }

    /// The vector that an argument is or points to.
    pub(crate) fn vector(&self, index: usize) -> Result<ObjectId, Stop> {
        match self.behind(index)? {
            Value::Vector(id) => Ok(id),
            _ => Err(Status::InternalTypeError.into()),
        }
    }

    /// Gives a result.
    pub fn give(&mut self, value: Value) {
        self.results.push(value);
    }

    /// Gives a `vector<u8>` as a result.
    pub fn give_bytes(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let value = self.memory.heap.new_bytes(bytes)?;
        self.give(value);
        Ok(())
    }

    /// A `vector<u8>` for a field of what [`Self::give_struct`] gives.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Result<Value, Stop> {
        self.charge_bytes(bytes.len())?;
        self.memory.heap.new_bytes(bytes)
    }

    /// Gives a struct of the type of the first result, with these fields in the order of its declaration.
    pub fn give_struct(&mut self, fields: &[Value]) -> Result<(), Stop> {
        let type_ = self.returns.first().copied().ok_or(Status::TypeResolutionFailure)?;
        if self.program.types.fields(type_)?.len() != fields.len() {
            return Err(Status::InternalTypeError.into());
        }
        let value = self.memory.heap.pack(type_, fields)?;
        self.give(value);
        Ok(())
    }

    /// Gives a vector of signers, which only natives for tests may do.
    pub fn give_signers(&mut self, addresses: &[Address]) -> Result<(), Stop> {
        let type_ = self.returns.first().copied().ok_or(Status::TypeResolutionFailure)?;
        let signers: Vec<Value> = addresses.iter().copied().map(Value::Signer).collect();
        let vector = self.memory.heap.new_vector(type_, &signers)?;
        self.give(vector);
        Ok(())
    }

    /// The bytes of a value in BCS. They are paid for.
    pub fn encode(&mut self, value: &Value) -> Result<Vec<u8>, Stop> {
        let mut out = Vec::new();
        codec::encode(&self.memory.heap, value, &mut out)?;
        self.charge_bytes(out.len())?;
        Ok(out)
    }

    /// A type argument by its names.
    pub fn type_tag(&self, index: usize) -> Result<TypeTag, Stop> {
        let id = self.type_argument(index)?;
        self.program.types.tag(&self.program.modules, id)
    }

    pub(crate) fn type_argument(&self, index: usize) -> Result<TypeId, Stop> {
        self.type_arguments.get(index).copied().ok_or(Status::TypeResolutionFailure.into())
    }

    /// The type of the result at that place.
    pub(crate) fn vector_of(&self, element: TypeId) -> Result<TypeId, Stop> {
        self.program.types.find(&Type::Vector(element)).ok_or(Status::TypeResolutionFailure.into())
    }

    /// Writes an event, which is paid for by its bytes.
    pub fn emit(&mut self, event: Event) -> Result<(), Stop> {
        let length = event.message.len().saturating_add(event.key.len());
        self.meter.charge(times_length(length, self.program.schedule.event_byte))?;
        self.events.push(event);
        Ok(())
    }
}
