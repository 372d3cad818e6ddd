//! The values of constants, computed by the compiler.
//!
//! # Place      typing -> [constants] -> lowering, code generation
//! # Invariants a value that the machine would refuse to compute is refused here
//! # Absent     calls and variables in a constant's value

use std::collections::BTreeMap;

use move_like_vm::format::Unsigned256;

use crate::diagnostic::{Code, Finding};
use crate::names::{Resolved, fault};
use crate::program::{ConstantId, Integer, Type};
use crate::source::Span;
use crate::typing::infer::{Solution, fits};
use crate::typing::tree::{Binary, Node, NodeKind as N};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Truth(bool),
    Number(Integer, Unsigned256),
    Address([u8; 32]),
    Vector(Vec<Value>),
    /// A `vector<u8>` that is written as text.
    Bytes(Vec<u8>),
}

/// The values of all constants of a program in BCS, and what is wrong with some. A constant may name
/// others, but not itself through them.
pub(crate) fn evaluate(
    mut waiting: BTreeMap<ConstantId, (Node, Solution)>,
) -> (BTreeMap<ConstantId, Vec<u8>>, Vec<Finding>) {
    let mut known = Known::default();
    let mut findings = Vec::new();
    loop {
        let before = waiting.len();
        waiting.retain(|id, (node, solution)| match known.value(node, solution) {
            Ok(Some(value)) => {
                known.0.insert(*id, value);
                false
            }
            Ok(None) => true,
            Err(finding) => {
                findings.push(finding);
                false
            }
        });
        if waiting.len() == before {
            break;
        }
    }
    if findings.is_empty() {
        let message = "this constant is named in its own value";
        let circle = waiting.values();
        findings.extend(circle.map(|(node, _)| fault(Code::InvalidConstant, node.span, message)));
    }
    let in_bytes = known.0.into_iter().map(|(id, value)| {
        let mut bytes = Vec::new();
        encode(&value, &mut bytes);
        (id, bytes)
    });
    (in_bytes.collect(), findings)
}

/// A `vector<u8>` in BCS.
pub(crate) fn bytes_value(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&Value::Bytes(content.to_vec()), &mut bytes);
    bytes
}

fn encode(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Truth(truth) => bytes.push(u8::from(*truth)),
        Value::Number(integer, number) => {
            bytes.extend(number.to_le_bytes::<32>().iter().take(integer.bytes()));
        }
        Value::Address(address) => bytes.extend(address),
        Value::Vector(elements) => {
            length(elements.len(), bytes);
            for element in elements {
                encode(element, bytes);
            }
        }
        Value::Bytes(content) => {
            length(content.len(), bytes);
            bytes.extend(content);
        }
    }
}

/// A length in ULEB128.
fn length(length: usize, bytes: &mut Vec<u8>) {
    let mut rest = length;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or(0);
        rest >>= 7_u32;
        if rest == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn unknown(span: Span) -> Finding {
    let message =
        "a constant is made of literals, other constants, operators, casts and `vector[..]` alone";
    fault(Code::InvalidConstant, span, message)
}

/// The constants whose values are known.
#[derive(Default)]
struct Known(BTreeMap<ConstantId, Value>);

impl Known {
    /// A value; `None` if it needs a constant that is not known.
    fn value(&self, node: &Node, solution: &Solution) -> Resolved<Option<Value>> {
        let value = |node| self.value(node, solution);
        Ok(Some(match &node.kind {
            N::Number(number) => match solution.settled(&node.type_) {
                Type::Integer(integer) => Value::Number(integer, *number),
                _ => return Err(unknown(node.span)),
            },
            N::Truth(truth) => Value::Truth(*truth),
            N::Bytes(content) => Value::Bytes(content.clone()),
            N::Address(address) => Value::Address(*address),
            N::Constant(id) => return Ok(self.0.get(id).cloned()),
            N::Coerce(inner) => return value(inner),
            N::Vector(_, elements) => {
                let elements: Option<_> = elements.iter().map(value).collect::<Resolved<_>>()?;
                let Some(elements) = elements else { return Ok(None) };
                Value::Vector(elements)
            }
            N::Not(inner) => match value(inner)? {
                Some(Value::Truth(truth)) => Value::Truth(!truth),
                Some(_) => return Err(unknown(node.span)),
                None => return Ok(None),
            },
            N::Cast(inner) => match (value(inner)?, solution.settled(&node.type_)) {
                (Some(Value::Number(_, number)), Type::Integer(integer)) => {
                    number_of(integer, Some(number), node.span)?
                }
                (None, _) => return Ok(None),
                _ => return Err(unknown(node.span)),
            },
            N::Binary(operator, left, right) => match (value(left)?, value(right)?) {
                (Some(left), Some(right)) => binary(*operator, left, right, node.span)?,
                _ => return Ok(None),
            },
            N::Block(steps, Some(result)) if steps.is_empty() => return value(result),
            _ => return Err(unknown(node.span)),
        }))
    }
}

fn number_of(integer: Integer, number: Option<Unsigned256>, span: Span) -> Resolved<Value> {
    match number.filter(|number| fits(*number, integer)) {
        Some(number) => Ok(Value::Number(integer, number)),
        None => {
            let message = format!("this is no value of `{}`", integer.name());
            Err(fault(Code::NumberTooLarge, span, message))
        }
    }
}

fn binary(operator: Binary, left: Value, right: Value, span: Span) -> Resolved<Value> {
    match operator {
        Binary::Equal => return Ok(Value::Truth(left == right)),
        Binary::NotEqual => return Ok(Value::Truth(left != right)),
        _ => {}
    }
    match (left, right) {
        (Value::Truth(left), Value::Truth(right)) => match operator {
            Binary::And => Ok(Value::Truth(left && right)),
            Binary::Or => Ok(Value::Truth(left || right)),
            _ => Err(unknown(span)),
        },
        (Value::Number(integer, left), Value::Number(_, right)) => {
            arithmetic(operator, integer, left, right, span)
        }
        _ => Err(unknown(span)),
    }
}

fn arithmetic(
    operator: Binary,
    integer: Integer,
    left: Unsigned256,
    right: Unsigned256,
    span: Span,
) -> Resolved<Value> {
    let bits = integer.bytes().saturating_mul(8);
    let shift = usize::try_from(right).ok().filter(|shift| *shift < bits);
    let result = match operator {
        Binary::Add => left.checked_add(right),
        Binary::Subtract => left.checked_sub(right),
        Binary::Multiply => left.checked_mul(right),
        Binary::Divide => left.checked_div(right),
        Binary::Modulo => left.checked_rem(right),
        Binary::BitOr => Some(left | right),
        Binary::BitAnd => Some(left & right),
        Binary::BitXor => Some(left ^ right),
        Binary::ShiftLeft => shift.map(|shift| {
            let mask = Unsigned256::MAX.wrapping_shr(Unsigned256::BITS.saturating_sub(bits));
            left.wrapping_shl(shift) & mask
        }),
        Binary::ShiftRight => shift.map(|shift| left.wrapping_shr(shift)),
        Binary::Less => return Ok(Value::Truth(left < right)),
        Binary::Greater => return Ok(Value::Truth(left > right)),
        Binary::LessOrEqual => return Ok(Value::Truth(left <= right)),
        Binary::GreaterOrEqual => return Ok(Value::Truth(left >= right)),
        Binary::Equal | Binary::NotEqual | Binary::And | Binary::Or => return Err(unknown(span)),
    };
    number_of(integer, result, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(bytes_value(b"ab"), [2, b'a', b'b']);
        assert_eq!(bytes_value(&[7; 128])[..3], [0x80, 1, 7]);
    }

    #[test]
    fn arithmetic_refuses_what_the_machine_refuses() {
        let span = Span::default();
        let number = |operator, left: u64, right: u64| {
            let (left, right) = (Unsigned256::from(left), Unsigned256::from(right));
            arithmetic(operator, Integer::U8, left, right, span)
        };
        let is = |value: u64| Ok(Value::Number(Integer::U8, Unsigned256::from(value)));
        let rows = [
            (Binary::Add, 250, 5, is(255)),
            (Binary::ShiftLeft, 0xff, 4, is(0xf0)),
            (Binary::ShiftRight, 0xff, 4, is(0x0f)),
            (Binary::Modulo, 7, 4, is(3)),
        ];
        for (operator, left, right, expected) in rows {
            assert_eq!(number(operator, left, right), expected);
        }
        let refused = [
            (Binary::Add, 250, 6),
            (Binary::Subtract, 1, 2),
            (Binary::Multiply, 16, 16),
            (Binary::Divide, 1, 0),
            (Binary::Modulo, 1, 0),
            (Binary::ShiftLeft, 1, 8),
        ];
        for (operator, left, right) in refused {
            assert!(number(operator, left, right).is_err(), "{operator:?}");
        }
    }
}
