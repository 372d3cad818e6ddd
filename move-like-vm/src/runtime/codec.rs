//! Values in BCS, as storage, arguments and events hold them.
//!
//! # Place      globals, session, natives -> [codec] -> heap
//! # Invariants decode(encode(v)) == v; what is decoded was encoded in the one canonical way and has the
//! #            type that was asked for; nothing recurses deeper than a value may nest
//! # Absent     references: they have no bytes

use super::heap::{Body, Heap};
use super::stop::Stop;
use super::types::{Type, TypeId, Types, VALUE_DEPTH_MAX};
use super::value::Value;
use super::wire::{Reader, write_bytes, write_length};
use crate::status::Status;

/// Appends a value.
pub(crate) fn encode(heap: &Heap, value: &Value, out: &mut Vec<u8>) -> Result<(), Stop> {
    encode_below(heap, value, out, 1)
}

fn encode_below(heap: &Heap, value: &Value, out: &mut Vec<u8>, depth: u32) -> Result<(), Stop> {
    if depth > VALUE_DEPTH_MAX {
        return Err(Status::VmMaxValueDepthReached.into());
    }
    let below = depth.saturating_add(1);
    match value {
        Value::Bool(value) => out.push(u8::from(*value)),
        Value::U8(value) => out.push(*value),
        Value::U16(value) => out.extend_from_slice(&value.to_le_bytes()),
        Value::U32(value) => out.extend_from_slice(&value.to_le_bytes()),
        Value::U64(value) => out.extend_from_slice(&value.to_le_bytes()),
        Value::U128(bytes) => out.extend_from_slice(bytes),
        Value::U256(bytes) | Value::Address(bytes) | Value::Signer(bytes) => {
            out.extend_from_slice(bytes);
        }
        Value::Struct(id) => match heap.body(*id)? {
            Body::Values(fields) => {
                for field in fields {
                    encode_below(heap, field, out, below)?;
                }
            }
            Body::Bytes(_) | Body::Words(_) => return Err(Status::InternalTypeError.into()),
        },
        Value::Vector(id) => match heap.body(*id)? {
            Body::Values(elements) => {
                write_length(out, elements.len());
                for element in elements {
                    encode_below(heap, element, out, below)?;
                }
            }
            Body::Bytes(bytes) => write_bytes(out, bytes),
            Body::Words(words) => {
                write_length(out, words.len());
                for word in words {
                    out.extend_from_slice(&word.to_le_bytes());
                }
            }
        },
        Value::Empty | Value::Local(_) | Value::Slot(..) | Value::Global(_) => {
            return Err(Status::InternalTypeError.into());
        }
    }
    Ok(())
}

/// Why bytes are no value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// They are malformed, too few or too many.
    Malformed,
    /// The value cannot be held, or the type has none.
    Stop(Stop),
}

impl DecodeError {
    /// The fault where malformed bytes have this status.
    pub(crate) fn or(self, malformed: Status) -> Stop {
        match self {
            Self::Malformed => malformed.into(),
            Self::Stop(stop) => stop,
        }
    }
}

impl From<Stop> for DecodeError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// The value that all of the bytes say. The layout of its type must be resolved.
pub(crate) fn decode(
    heap: &mut Heap,
    types: &Types,
    type_: TypeId,
    bytes: &[u8],
) -> Result<Value, DecodeError> {
    let mut decoder = Decoder { heap, types, reader: Reader::new(bytes) };
    let value = decoder.value(type_, 1)?;
    if decoder.reader.left() == 0 {
        Ok(value)
    } else {
        decoder.heap.free(value);
        Err(DecodeError::Malformed)
    }
}

/// The value of a type that owns nothing.
pub(crate) fn decode_plain(types: &Types, type_: TypeId, bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader::new(bytes);
    let value = plain(&mut reader, types.get(type_).ok()?)?;
    if reader.left() == 0 { Some(value) } else { None }
}

fn plain(reader: &mut Reader<'_>, type_: &Type) -> Option<Value> {
    Some(match type_ {
        Type::Bool => Value::Bool(reader.boolean()?),
        Type::U8 => Value::U8(reader.byte()?),
        Type::U16 => Value::U16(u16::from_le_bytes(reader.array()?)),
        Type::U32 => Value::U32(u32::from_le_bytes(reader.array()?)),
        Type::U64 => Value::U64(u64::from_le_bytes(reader.array()?)),
        Type::U128 => Value::U128(reader.array()?),
        Type::U256 => Value::U256(reader.array()?),
        Type::Address => Value::Address(reader.array()?),
        Type::Signer => Value::Signer(reader.array()?),
        Type::Vector(_) | Type::Struct(..) | Type::Reference(_) | Type::MutableReference(_) => {
            return None;
        }
    })
}

struct Decoder<'a> {
    heap: &'a mut Heap,
    types: &'a Types,
    reader: Reader<'a>,
}

impl Decoder<'_> {
    fn value(&mut self, type_: TypeId, depth: u32) -> Result<Value, DecodeError> {
        if depth > VALUE_DEPTH_MAX {
            return Err(Stop::from(Status::VmMaxValueDepthReached).into());
        }
        let below = depth.saturating_add(1);
        match self.types.get(type_)? {
            Type::Vector(_) if type_ == TypeId::BYTES => {
                let bytes = self.reader.bytes().ok_or(DecodeError::Malformed)?;
                Ok(self.heap.new_bytes(bytes)?)
            }
            Type::Vector(element) => {
                let count = self.reader.length().ok_or(DecodeError::Malformed)?;
                let vector = self.heap.new_vector(type_, &[])?;
                let Value::Vector(id) = vector else { return Err(DecodeError::Malformed) };
                for _ in 0..count {
                    let value = self.value(*element, below)?;
                    self.heap.push(id, value)?;
                }
                Ok(vector)
            }
            Type::Struct(..) => {
                let fields = self.types.fields(type_)?;
                let mut values = Vec::with_capacity(fields.len());
                for field in fields {
                    values.push(self.value(*field, below)?);
                }
                Ok(self.heap.pack(type_, &values)?)
            }
            plain_type => plain(&mut self.reader, plain_type).ok_or(DecodeError::Malformed),
        }
    }
}
