//! Whether types that two binaries write are the same: equal tables have other indices elsewhere.
//!
//! # Place      published -> [same_type] <- dependencies, upgrade
//! # Invariants structs are the same by address, module and name; no recursion
//! # Absent     what is compatible though not the same: who compares decides that

use super::published::ModuleId;
use crate::fault::Fault;
use crate::format::{SignatureToken, StructHandleIndex, Tables};

/// Whether the lists hold the same types in the same order.
pub(super) fn same_types(
    (left_tables, left): (&Tables<'_>, &[SignatureToken]),
    (right_tables, right): (&Tables<'_>, &[SignatureToken]),
) -> Result<bool, Fault> {
    if left.len() != right.len() {
        return Ok(false);
    }
    let mut open: Vec<_> = left.iter().zip(right).collect();
    while let Some((left, right)) = open.pop() {
        let same = match (left, right) {
            (SignatureToken::Vector(left), SignatureToken::Vector(right))
            | (SignatureToken::Reference(left), SignatureToken::Reference(right))
            | (SignatureToken::MutableReference(left), SignatureToken::MutableReference(right)) => {
                open.push((left, right));
                true
            }
            (SignatureToken::Struct(left), SignatureToken::Struct(right)) => {
                same_struct((left_tables, *left), (right_tables, *right))?
            }
            (
                SignatureToken::StructInstantiation(left, left_arguments),
                SignatureToken::StructInstantiation(right, right_arguments),
            ) => {
                open.extend(left_arguments.iter().zip(right_arguments));
                left_arguments.len() == right_arguments.len()
                    && same_struct((left_tables, *left), (right_tables, *right))?
            }
            (SignatureToken::TypeParameter(left), SignatureToken::TypeParameter(right)) => {
                left == right
            }
            (SignatureToken::Bool, SignatureToken::Bool)
            | (SignatureToken::U8, SignatureToken::U8)
            | (SignatureToken::U16, SignatureToken::U16)
            | (SignatureToken::U32, SignatureToken::U32)
            | (SignatureToken::U64, SignatureToken::U64)
            | (SignatureToken::U128, SignatureToken::U128)
            | (SignatureToken::U256, SignatureToken::U256)
            | (SignatureToken::Address, SignatureToken::Address)
            | (SignatureToken::Signer, SignatureToken::Signer) => true,
            _ => false,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same_struct(
    (left_tables, left): (&Tables<'_>, StructHandleIndex),
    (right_tables, right): (&Tables<'_>, StructHandleIndex),
) -> Result<bool, Fault> {
    let left = left_tables.struct_handle(left)?;
    let right = right_tables.struct_handle(right)?;
    Ok(left_tables.identifier(left.name)? == right_tables.identifier(right.name)?
        && ModuleId::at(left_tables, left.module)? == ModuleId::at(right_tables, right.module)?)
}
