//! Types with type arguments in place of type parameters.

use super::UNITS_PER_TYPE_NODE;
use crate::fault::Fault;
use crate::format::SignatureToken;
use crate::status::Status;
use crate::verify::meter::Meter;

fn argument(arguments: &[SignatureToken], index: u16) -> Result<&SignatureToken, Fault> {
    arguments.get(usize::from(index)).ok_or(Fault::new(Status::IndexOutOfBounds))
}

/// How many nodes a type has.
pub(super) fn nodes(type_: &SignatureToken) -> usize {
    let below = match type_ {
        SignatureToken::Bool
        | SignatureToken::U8
        | SignatureToken::U16
        | SignatureToken::U32
        | SignatureToken::U64
        | SignatureToken::U128
        | SignatureToken::U256
        | SignatureToken::Address
        | SignatureToken::Signer
        | SignatureToken::Struct(_)
        | SignatureToken::TypeParameter(_) => 0,
        SignatureToken::Vector(inner)
        | SignatureToken::Reference(inner)
        | SignatureToken::MutableReference(inner) => nodes(inner),
        SignatureToken::StructInstantiation(_, inner) => {
            inner.iter().map(nodes).fold(0, usize::saturating_add)
        }
    };
    below.saturating_add(1)
}

/// Whether a type is what another becomes with these type arguments.
///
/// Nothing is built, so the work is bounded by the size of the first type.
pub(super) fn is_instance_of(
    type_: &SignatureToken,
    generic: &SignatureToken,
    arguments: &[SignatureToken],
) -> Result<bool, Fault> {
    use SignatureToken as T;
    Ok(match (type_, generic) {
        (_, T::TypeParameter(index)) => type_ == argument(arguments, *index)?,
        (T::Vector(type_), T::Vector(generic))
        | (T::Reference(type_), T::Reference(generic))
        | (T::MutableReference(type_), T::MutableReference(generic)) => {
            is_instance_of(type_, generic, arguments)?
        }
        (T::StructInstantiation(handle, types), T::StructInstantiation(generic, generics)) => {
            let mut same = handle == generic && types.len() == generics.len();
            for (type_, generic) in types.iter().zip(generics) {
                same = same && is_instance_of(type_, generic, arguments)?;
            }
            same
        }
        _ => type_ == generic,
    })
}

/// A type with these type arguments, charged node by node while it is built.
pub(super) fn pushed_instance(
    generic: &SignatureToken,
    arguments: &[SignatureToken],
    meter: &mut Meter,
) -> Result<SignatureToken, Fault> {
    use SignatureToken as T;
    let boxed = |inner: &SignatureToken, meter: &mut Meter| {
        meter.charge(UNITS_PER_TYPE_NODE)?;
        pushed_instance(inner, arguments, meter).map(Box::new)
    };
    Ok(match generic {
        T::TypeParameter(index) => {
            let argument = argument(arguments, *index)?;
            meter.charge_items(UNITS_PER_TYPE_NODE, nodes(argument))?;
            argument.clone()
        }
        T::Vector(inner) => T::Vector(boxed(inner, meter)?),
        T::Reference(inner) => T::Reference(boxed(inner, meter)?),
        T::MutableReference(inner) => T::MutableReference(boxed(inner, meter)?),
        T::StructInstantiation(handle, inner) => {
            meter.charge(UNITS_PER_TYPE_NODE)?;
            let inner: Result<Vec<_>, _> =
                inner.iter().map(|inner| pushed_instance(inner, arguments, meter)).collect();
            T::StructInstantiation(*handle, inner?)
        }
        T::Bool
        | T::U8
        | T::U16
        | T::U32
        | T::U64
        | T::U128
        | T::U256
        | T::Address
        | T::Signer
        | T::Struct(_) => {
            meter.charge(UNITS_PER_TYPE_NODE)?;
            generic.clone()
        }
    })
}
