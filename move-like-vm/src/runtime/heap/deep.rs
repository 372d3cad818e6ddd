//! Values with all that they own: copied, compared, dropped.

use super::{Body, Heap, Kind, OBJECT_BYTES, at, length, slots, words};
use crate::runtime::stop::Stop;
use crate::runtime::types::VALUE_DEPTH_MAX;
use crate::runtime::value::{ObjectId, Value};
use crate::status::Status;

impl Heap {
    /// Drops a value. A list of what is still to be dropped takes the place of recursion.
    #[inline]
    pub fn free(&mut self, value: Value) {
        if let Value::Struct(id) | Value::Vector(id) = value {
            self.free_object(id);
        }
    }

    fn free_object(&mut self, root: ObjectId) {
        let mut work = std::mem::take(&mut self.work);
        work.push(root);
        while let Some(id) = work.pop() {
            if let Some(object) = self.objects.get(at(id.0)).filter(|object| object.alive)
                && let Body::Values(values) = &object.body
            {
                work.extend(values.iter().filter_map(|value| match value {
                    Value::Struct(id) | Value::Vector(id) => Some(*id),
                    _ => None,
                }));
            }
            self.release(id);
        }
        self.work = work;
    }

    /// A copy of a value with all that it owns, and how many bytes that are.
    pub fn copy(&mut self, value: Value) -> Result<(Value, u64), Stop> {
        let mut bytes = 0;
        let copy = self.copy_below(value, 1, &mut bytes)?;
        Ok((copy, bytes))
    }

    fn copy_below(&mut self, value: Value, depth: u32, bytes: &mut u64) -> Result<Value, Stop> {
        *bytes = bytes.saturating_add(value.width());
        let id = match value {
            Value::Struct(id) | Value::Vector(id) => id,
            plain => return Ok(plain),
        };
        if depth > VALUE_DEPTH_MAX {
            return Err(Status::VmMaxValueDepthReached.into());
        }
        let type_ = self.type_of(id)?;
        let count = self.length(id)?;
        let (kind, own) = match self.body(id)? {
            Body::Values(_) => (Kind::Values, slots(count)),
            Body::Bytes(_) => (Kind::Bytes, length(count)),
            Body::Words(_) => (Kind::Words, words(count)),
        };
        let copy = self.place(kind, type_, own)?;
        *bytes = bytes.saturating_add(match kind {
            Kind::Values => OBJECT_BYTES,
            Kind::Bytes | Kind::Words => OBJECT_BYTES.saturating_add(own),
        });
        let mut body = std::mem::replace(self.body_mut(copy)?, Body::Bytes(Vec::new()));
        match (&mut body, self.body(id)?) {
            (Body::Bytes(to), Body::Bytes(from)) => to.extend_from_slice(from),
            (Body::Words(to), Body::Words(from)) => to.extend_from_slice(from),
            (Body::Values(to), Body::Values(from)) => {
                to.extend_from_slice(from);
                for slot in to {
                    *slot = self.copy_below(*slot, depth.saturating_add(1), bytes)?;
                }
            }
            _ => return Err(Status::UnknownInvariantViolationError.into()),
        }
        *self.body_mut(copy)? = body;
        Ok(match value {
            Value::Struct(_) => Value::Struct(copy),
            _ => Value::Vector(copy),
        })
    }

    /// Whether two values are equal with all that they own, and how many bytes were compared.
    pub fn equal(&self, one: &Value, other: &Value) -> Result<(bool, u64), Stop> {
        let mut bytes = 0;
        let equal = self.equal_below(one, other, 1, &mut bytes)?;
        Ok((equal, bytes))
    }

    fn equal_below(
        &self,
        one: &Value,
        other: &Value,
        depth: u32,
        bytes: &mut u64,
    ) -> Result<bool, Stop> {
        *bytes = bytes.saturating_add(one.width());
        let (one, other) = match (one, other) {
            (Value::Struct(one), Value::Struct(other))
            | (Value::Vector(one), Value::Vector(other)) => (*one, *other),
            (
                Value::Address(one) | Value::Signer(one),
                Value::Address(other) | Value::Signer(other),
            ) => {
                return Ok(one == other);
            }
            _ if std::mem::discriminant(one) != std::mem::discriminant(other) => {
                return Err(Status::InternalTypeError.into());
            }
            _ => return Ok(one == other),
        };
        if depth > VALUE_DEPTH_MAX {
            return Err(Status::VmMaxValueDepthReached.into());
        }
        *bytes = bytes.saturating_add(OBJECT_BYTES);
        match (self.body(one)?, self.body(other)?) {
            (Body::Bytes(one), Body::Bytes(other)) => {
                *bytes = bytes.saturating_add(length(one.len().min(other.len())));
                Ok(one == other)
            }
            (Body::Words(one), Body::Words(other)) => {
                *bytes = bytes.saturating_add(words(one.len().min(other.len())));
                Ok(one == other)
            }
            (Body::Values(one), Body::Values(other)) => {
                if one.len() != other.len() {
                    return Ok(false);
                }
                for (one, other) in one.iter().zip(other) {
                    if !self.equal_below(one, other, depth.saturating_add(1), bytes)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Err(Status::InternalTypeError.into()),
        }
    }
}
