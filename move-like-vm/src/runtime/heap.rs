//! Structs and vectors: a slab of objects, each owned by one value.
//!
//! # Place      value -> [heap] <- interpreter, codec, natives
//! # Invariants bytes alive are counted exactly and never exceed the limit; an object that was freed is
//! #            not found; neither dropping nor copying recurses deeper than a value may nest
//! # Absent     counting of references: one owner, as the verifier has proved
//!
//! A slot that becomes free keeps its buffer for the next object of its kind, so that a program which
//! packs and unpacks asks the allocator for nothing.

mod deep;

use super::stop::Stop;
use super::types::TypeId;
use super::value::{ObjectId, Value};
use crate::status::Status;

/// What an object counts by itself.
pub(crate) const OBJECT_BYTES: u64 = 32;
/// What a field or an element counts where it is not a packed integer.
pub(crate) const VALUE_BYTES: u64 = 40;
/// A buffer longer than this is given back when its object is freed.
const KEPT_LENGTH_MAX: usize = 1024;

/// What an object consists of.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Fields, or elements that are neither `u8` nor `u64`.
    Values(Vec<Value>),
    /// Elements of `vector<u8>`.
    Bytes(Vec<u8>),
    /// Elements of `vector<u64>`.
    Words(Vec<u64>),
}

#[derive(Clone, Debug)]
struct Object {
    body: Body,
    type_: TypeId,
    alive: bool,
}

/// Every struct and vector of a session.
#[derive(Clone, Debug)]
pub struct Heap {
    objects: Vec<Object>,
    free: [Vec<u32>; 3],
    alive: u64,
    limit: u64,
    work: Vec<ObjectId>,
}

impl Heap {
    /// No objects, and room for so many bytes.
    pub(crate) fn new(limit: u64) -> Self {
        Self { objects: Vec::new(), free: Default::default(), alive: 0, limit, work: Vec::new() }
    }

    /// How many bytes are alive.
    pub fn alive(&self) -> u64 {
        self.alive
    }

    /// Counts more bytes as alive.
    fn charge(&mut self, bytes: u64) -> Result<(), Stop> {
        let alive = self.alive.saturating_add(bytes);
        if alive > self.limit {
            return Err(Status::MemoryLimitExceeded.into());
        }
        self.alive = alive;
        Ok(())
    }

    /// A struct of these fields, which it owns from here.
    pub(crate) fn pack(&mut self, type_: TypeId, fields: &[Value]) -> Result<Value, Stop> {
        Ok(Value::Struct(self.new_values(type_, fields)?))
    }

    /// A vector of these elements, which it owns from here.
    pub(crate) fn new_vector(&mut self, type_: TypeId, elements: &[Value]) -> Result<Value, Stop> {
        let id = match type_ {
            TypeId::BYTES => {
                let id = self.place(Kind::Bytes, type_, length(elements.len()))?;
                let bytes = elements.iter().map(byte).collect::<Result<Vec<_>, _>>()?;
                self.bytes_mut(id)?.extend(bytes);
                id
            }
            TypeId::WORDS => {
                let id = self.place(Kind::Words, type_, words(elements.len()))?;
                if let Body::Words(body) = self.body_mut(id)? {
                    for element in elements {
                        body.push(word(element)?);
                    }
                }
                id
            }
            _ => self.new_values(type_, elements)?,
        };
        Ok(Value::Vector(id))
    }

    /// A `vector<u8>`.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Result<Value, Stop> {
        let id = self.place(Kind::Bytes, TypeId::BYTES, length(bytes.len()))?;
        self.bytes_mut(id)?.extend_from_slice(bytes);
        Ok(Value::Vector(id))
    }

    /// The bytes of a `vector<u8>`.
    pub fn bytes(&self, value: &Value) -> Result<&[u8], Stop> {
        let Value::Vector(id) = value else { return Err(Status::InternalTypeError.into()) };
        match self.body(*id)? {
            Body::Bytes(bytes) => Ok(bytes),
            _ => Err(Status::InternalTypeError.into()),
        }
    }

    fn new_values(&mut self, type_: TypeId, values: &[Value]) -> Result<ObjectId, Stop> {
        let id = self.place(Kind::Values, type_, slots(values.len()))?;
        if let Body::Values(body) = self.body_mut(id)? {
            body.extend_from_slice(values);
        }
        Ok(id)
    }

    /// An empty object of a kind, which counts so many bytes beside itself.
    #[inline]
    fn place(&mut self, kind: Kind, type_: TypeId, bytes: u64) -> Result<ObjectId, Stop> {
        self.charge(bytes.saturating_add(OBJECT_BYTES))?;
        if let Some(id) = kind.list(&mut self.free).pop()
            && let Some(object) = self.objects.get_mut(at(id))
        {
            object.alive = true;
            object.type_ = type_;
            return Ok(ObjectId(id));
        }
        let id = u32::try_from(self.objects.len()).map_err(|_| Status::MemoryLimitExceeded)?;
        let body = match kind {
            Kind::Values => Body::Values(Vec::new()),
            Kind::Bytes => Body::Bytes(Vec::new()),
            Kind::Words => Body::Words(Vec::new()),
        };
        self.objects.push(Object { body, type_, alive: true });
        Ok(ObjectId(id))
    }

    #[inline]
    fn object(&self, id: ObjectId) -> Result<&Object, Stop> {
        self.objects.get(at(id.0)).filter(|object| object.alive).ok_or(DANGLING)
    }

    #[inline]
    pub(crate) fn body(&self, id: ObjectId) -> Result<&Body, Stop> {
        Ok(&self.object(id)?.body)
    }

    #[inline]
    fn body_mut(&mut self, id: ObjectId) -> Result<&mut Body, Stop> {
        let object =
            self.objects.get_mut(at(id.0)).filter(|object| object.alive).ok_or(DANGLING)?;
        Ok(&mut object.body)
    }

    fn bytes_mut(&mut self, id: ObjectId) -> Result<&mut Vec<u8>, Stop> {
        match self.body_mut(id)? {
            Body::Bytes(bytes) => Ok(bytes),
            _ => Err(Status::InternalTypeError.into()),
        }
    }

    /// The type under which an object was made.
    pub(crate) fn type_of(&self, id: ObjectId) -> Result<TypeId, Stop> {
        Ok(self.object(id)?.type_)
    }

    /// How many fields or elements an object has.
    #[inline]
    pub(crate) fn length(&self, id: ObjectId) -> Result<usize, Stop> {
        Ok(match self.body(id)? {
            Body::Values(values) => values.len(),
            Body::Bytes(bytes) => bytes.len(),
            Body::Words(words) => words.len(),
        })
    }

    /// A field or element; what it owns stays owned by the object.
    #[inline]
    pub(crate) fn load(&self, id: ObjectId, index: u32) -> Result<Value, Stop> {
        let index = at(index);
        let value = match self.body(id)? {
            Body::Values(values) => values.get(index).copied(),
            Body::Bytes(bytes) => bytes.get(index).copied().map(Value::U8),
            Body::Words(words) => words.get(index).copied().map(Value::U64),
        };
        value.ok_or(DANGLING)
    }

    /// Puts a value in the place of a field or element, which it returns.
    #[inline]
    pub(crate) fn replace(
        &mut self,
        id: ObjectId,
        index: u32,
        value: Value,
    ) -> Result<Value, Stop> {
        let index = at(index);
        let old = match self.body_mut(id)? {
            Body::Values(values) => {
                values.get_mut(index).map(|slot| std::mem::replace(slot, value))
            }
            Body::Bytes(bytes) => {
                let new = byte(&value)?;
                bytes.get_mut(index).map(|slot| Value::U8(std::mem::replace(slot, new)))
            }
            Body::Words(words) => {
                let new = word(&value)?;
                words.get_mut(index).map(|slot| Value::U64(std::mem::replace(slot, new)))
            }
        };
        old.ok_or(DANGLING)
    }

    /// Puts an element behind the last one.
    #[inline]
    pub(crate) fn push(&mut self, id: ObjectId, value: Value) -> Result<(), Stop> {
        let bytes = match self.body(id)? {
            Body::Values(_) => VALUE_BYTES,
            Body::Bytes(_) => 1,
            Body::Words(_) => 8,
        };
        self.charge(bytes)?;
        match self.body_mut(id)? {
            Body::Values(values) => values.push(value),
            Body::Bytes(list) => list.push(byte(&value)?),
            Body::Words(list) => list.push(word(&value)?),
        }
        Ok(())
    }

    /// Takes the last element away, if there is one.
    #[inline]
    pub(crate) fn pop(&mut self, id: ObjectId) -> Result<Option<Value>, Stop> {
        let (value, bytes) = match self.body_mut(id)? {
            Body::Values(values) => (values.pop(), VALUE_BYTES),
            Body::Bytes(list) => (list.pop().map(Value::U8), 1),
            Body::Words(list) => (list.pop().map(Value::U64), 8),
        };
        if value.is_some() {
            self.alive = self.alive.saturating_sub(bytes);
        }
        Ok(value)
    }

    /// Exchanges two elements; false where one of them is not there.
    pub(crate) fn swap(&mut self, id: ObjectId, one: u64, other: u64) -> Result<bool, Stop> {
        let length = self.length(id)?;
        let (Ok(one), Ok(other)) = (usize::try_from(one), usize::try_from(other)) else {
            return Ok(false);
        };
        if one >= length || other >= length {
            return Ok(false);
        }
        match self.body_mut(id)? {
            Body::Values(values) => values.swap(one, other),
            Body::Bytes(bytes) => bytes.swap(one, other),
            Body::Words(words) => words.swap(one, other),
        }
        Ok(true)
    }

    /// Ends an object and gives what it held to the caller.
    #[inline]
    pub(crate) fn unpack(
        &mut self,
        id: ObjectId,
        mut take: impl FnMut(Value) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        match self.body(id)? {
            Body::Values(values) => values.iter().try_for_each(|value| take(*value))?,
            Body::Bytes(bytes) => bytes.iter().try_for_each(|byte| take(Value::U8(*byte)))?,
            Body::Words(words) => words.iter().try_for_each(|word| take(Value::U64(*word)))?,
        }
        self.release(id);
        Ok(())
    }

    /// Ends an object without a look at what it holds.
    #[inline]
    fn release(&mut self, id: ObjectId) {
        let Some(object) = self.objects.get_mut(at(id.0)).filter(|object| object.alive) else {
            return;
        };
        object.alive = false;
        let (kind, bytes) = match &mut object.body {
            Body::Values(values) => (Kind::Values, slots(clear(values))),
            Body::Bytes(bytes) => (Kind::Bytes, length(clear(bytes))),
            Body::Words(list) => (Kind::Words, words(clear(list))),
        };
        self.alive = self.alive.saturating_sub(bytes.saturating_add(OBJECT_BYTES));
        kind.list(&mut self.free).push(id.0);
    }
}

/// No verified program has a reference to an object that ended.
const DANGLING: Stop = Stop { status: Status::UnknownInvariantViolationError, code: None };

#[derive(Clone, Copy, Debug)]
enum Kind {
    Values,
    Bytes,
    Words,
}

impl Kind {
    fn list(self, lists: &mut [Vec<u32>; 3]) -> &mut Vec<u32> {
        let [values, bytes, words] = lists;
        match self {
            Self::Values => values,
            Self::Bytes => bytes,
            Self::Words => words,
        }
    }
}

fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn slots(count: usize) -> u64 {
    length(count).saturating_mul(VALUE_BYTES)
}

fn words(count: usize) -> u64 {
    length(count).saturating_mul(8)
}

fn clear<T>(list: &mut Vec<T>) -> usize {
    let length = list.len();
    if list.capacity() > KEPT_LENGTH_MAX {
        *list = Vec::new();
    } else {
        list.clear();
    }
    length
}

fn byte(value: &Value) -> Result<u8, Stop> {
    match value {
        Value::U8(byte) => Ok(*byte),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn word(value: &Value) -> Result<u64, Stop> {
    match value {
        Value::U64(word) => Ok(*word),
        _ => Err(Status::InternalTypeError.into()),
    }
}
