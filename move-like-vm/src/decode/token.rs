//! Types.

use super::reader::Reader;
use crate::fault::Fault;
use crate::format::{Signature, SignatureToken, StructHandleIndex};
use crate::limits;
use crate::status::Status;

/// The number of the first version with integers of 16, 32 and 256 bits.
pub(super) const SMALL_AND_LARGE_INTEGERS: u32 = 6;

/// A type whose parts are not all read yet.
enum Open {
    Vector,
    Reference,
    MutableReference,
    Instance { handle: StructHandleIndex, arity: usize, arguments: Vec<SignatureToken> },
}

enum Start {
    Whole(SignatureToken),
    Open(Open),
}

/// A list of types.
pub(super) fn signature(reader: &mut Reader<'_>, version: u32) -> Result<Signature, Fault> {
    let count = reader.count(limits::SIGNATURE_TYPES)?;
    let mut types = Vec::with_capacity(reader.room(count));
    for _ in 0..count {
        types.push(token(reader, version)?);
    }
    Ok(Signature(types))
}

/// A type. What is open is kept in a list, so depth costs no call stack.
pub(super) fn token(reader: &mut Reader<'_>, version: u32) -> Result<SignatureToken, Fault> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let before = *reader;
        let started = start(reader, version)?;
        if open.len() >= limits::TYPE_DEPTH {
            return Err(before.fault(Status::Malformed));
        }
        match started {
            Start::Open(outer) => open.push(outer),
            Start::Whole(part) => {
                if let Some(whole) = close(&mut open, part) {
                    return Ok(whole);
                }
            }
        }
    }
}

/// Puts a part into what is open around it; the whole, if nothing is open any more.
fn close(open: &mut Vec<Open>, mut part: SignatureToken) -> Option<SignatureToken> {
    loop {
        part = match open.pop() {
            None => return Some(part),
            Some(Open::Vector) => SignatureToken::Vector(Box::new(part)),
            Some(Open::Reference) => SignatureToken::Reference(Box::new(part)),
            Some(Open::MutableReference) => SignatureToken::MutableReference(Box::new(part)),
            Some(Open::Instance { handle, arity, mut arguments }) => {
                arguments.push(part);
                if arguments.len() < arity {
                    open.push(Open::Instance { handle, arity, arguments });
                    return None;
                }
                SignatureToken::StructInstantiation(handle, arguments)
            }
        };
    }
}

fn start(reader: &mut Reader<'_>, version: u32) -> Result<Start, Fault> {
    let before = *reader;
    let byte = reader.byte()?;
    if matches!(byte, 0xD..=0xF) && version < SMALL_AND_LARGE_INTEGERS {
        return Err(before.fault(Status::Malformed));
    }
    Ok(match byte {
        0x1 => Start::Whole(SignatureToken::Bool),
        0x2 => Start::Whole(SignatureToken::U8),
        0x3 => Start::Whole(SignatureToken::U64),
        0x4 => Start::Whole(SignatureToken::U128),
        0x5 => Start::Whole(SignatureToken::Address),
        0x6 => Start::Open(Open::Reference),
        0x7 => Start::Open(Open::MutableReference),
        0x8 => Start::Whole(SignatureToken::Struct(StructHandleIndex(reader.index()?))),
        0x9 => Start::Whole(SignatureToken::TypeParameter(type_parameter(reader)?)),
        0xA => Start::Open(Open::Vector),
        0xB => {
            let handle = StructHandleIndex(reader.index()?);
            let arity = reader.count(limits::TYPE_PARAMETERS)?;
            if arity == 0 {
                return Err(before.fault(Status::Malformed));
            }
            Start::Open(Open::Instance { handle, arity, arguments: Vec::new() })
        }
        0xC => Start::Whole(SignatureToken::Signer),
        0xD => Start::Whole(SignatureToken::U16),
        0xE => Start::Whole(SignatureToken::U32),
        0xF => Start::Whole(SignatureToken::U256),
        _ => return Err(before.fault(Status::UnknownSerializedType)),
    })
}

/// The format lets a file write 65,536, which is no index: Move has a status of its own for it.
fn type_parameter(reader: &mut Reader<'_>) -> Result<u16, Fault> {
    let before = *reader;
    let number = reader.number(limits::TYPE_PARAMETER_INDEX)?;
    u16::try_from(number).map_err(|_| before.fault(Status::UnknownInvariantViolationError))
}
