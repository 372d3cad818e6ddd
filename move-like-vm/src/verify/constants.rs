//! Refuses constants whose type is no type of a constant, or whose bytes are no value of it.
//!
//! # Place      instruction consistency -> [constants] -> friends
//! # Invariants loading a constant cannot fail; a value has one encoding, which is BCS; nothing is
//! #            allocated for the elements of a vector
//! # Absent     constants of a struct type, of `signer`, of a reference or of a type parameter

use crate::fault::{Fault, Place};
use crate::format::constant::Shape;
use crate::format::{CompiledModule, CompiledScript, Constant, TableKind};
use crate::status::Status;

/// Checks every constant of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    constants(&module.constants)
}

/// Checks every constant of a script.
pub fn script(script: &CompiledScript) -> Result<(), Fault> {
    constants(&script.constants)
}

fn constants(constants: &[Constant]) -> Result<(), Fault> {
    for (index, constant) in constants.iter().enumerate() {
        let place = Place::Entry { table: TableKind::Constants, index };
        one(constant).map_err(|status| Fault::new(status).at(place))?;
    }
    Ok(())
}

fn one(constant: &Constant) -> Result<(), Status> {
    let shape = Shape::of(&constant.type_).ok_or(Status::InvalidConstantType)?;
    if shape.is_value(&constant.data) { Ok(()) } else { Err(Status::MalformedConstantData) }
}

#[cfg(test)]
mod tests;
