//! What a type asks of the type parameters in it, so that it has certain abilities.
//!
//! # Place      [demand] <- signatures, ability fields
//! # Invariants one walk over the type, without recursion; a demand is answered in every context by
//! #            looking at the parameters only, however large the type is
//! # Absent     the context: who asks knows what its type parameters have

use crate::fault::Fault;
use crate::format::{Abilities, SignatureToken, Tables, TypeParameterIndex};
use crate::status::Status;

/// What must hold for a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// No context meets it.
    Never,
    /// Each type parameter has at least these abilities, by its index.
    Parameters(Vec<Abilities>),
}

/// Whether the constraints of type parameters are asked of the arguments inside the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Constraints {
    /// Of no argument: only the abilities asked of the whole count.
    Ignored,
    /// Of the arguments of the outermost struct.
    Outermost,
    /// Of the arguments of every struct in the type.
    Everywhere,
}

/// What every part needs so that the whole has these abilities.
pub(super) fn of_parts(whole: Abilities) -> Abilities {
    whole.iter().fold(Abilities::NONE, |parts, ability| parts.with(ability.required_of_parts()))
}

impl Demand {
    /// Nothing is asked.
    pub(super) const fn nothing() -> Self {
        Self::Parameters(Vec::new())
    }

    /// What makes `type_` have the abilities `asked`, and its arguments what their constraints say.
    pub(super) fn of(
        tables: &Tables<'_>,
        type_: &SignatureToken,
        asked: Abilities,
        constraints: Constraints,
    ) -> Result<Self, Fault> {
        let mut demand = Vec::new();
        let mut open = vec![(type_, asked, constraints)];
        while let Some((type_, asked, constraints)) = open.pop() {
            let inside = match constraints {
                Constraints::Everywhere => Constraints::Everywhere,
                Constraints::Outermost | Constraints::Ignored => Constraints::Ignored,
            };
            let most = match type_ {
                SignatureToken::Bool
                | SignatureToken::U8
                | SignatureToken::U16
                | SignatureToken::U32
                | SignatureToken::U64
                | SignatureToken::U128
                | SignatureToken::U256
                | SignatureToken::Address => Abilities::PRIMITIVES,
                SignatureToken::Signer => Abilities::SIGNER,
                SignatureToken::Reference(to) | SignatureToken::MutableReference(to) => {
                    open.push((to, Abilities::NONE, inside));
                    Abilities::REFERENCES
                }
                SignatureToken::Vector(element) => {
                    open.push((element, of_parts(asked), inside));
                    Abilities::VECTOR
                }
                SignatureToken::TypeParameter(index) => {
                    ask(&mut demand, *index, asked);
                    Abilities::ALL
                }
                SignatureToken::Struct(index) => tables.struct_handle(*index)?.abilities,
                SignatureToken::StructInstantiation(index, arguments) => {
                    let handle = tables.struct_handle(*index)?;
                    if handle.type_parameters.len() != arguments.len() {
                        return Err(Fault::new(Status::NumberOfTypeArgumentsMismatch));
                    }
                    for (parameter, argument) in handle.type_parameters.iter().zip(arguments) {
                        let asked_here = match parameter.is_phantom {
                            true => Abilities::NONE,
                            false => of_parts(asked),
                        };
                        let constrained = match constraints {
                            Constraints::Ignored => Abilities::NONE,
                            Constraints::Outermost | Constraints::Everywhere => {
                                parameter.constraints
                            }
                        };
                        open.push((argument, asked_here.union(constrained), inside));
                    }
                    handle.abilities
                }
            };
            if !most.includes(asked) {
                return Ok(Self::Never);
            }
        }
        Ok(Self::Parameters(demand))
    }

    /// Asks what both ask.
    pub(super) fn join(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Never, _) => {}
            (_, Self::Never) => *self = Self::Never,
            (Self::Parameters(mine), Self::Parameters(theirs)) => {
                mine.resize(mine.len().max(theirs.len()), Abilities::NONE);
                for (known, asked) in mine.iter_mut().zip(theirs) {
                    *known = known.union(*asked);
                }
            }
        }
    }

    /// Whether type parameters with these abilities meet it.
    pub(super) fn is_met_by(&self, context: &[Abilities]) -> Result<bool, Fault> {
        let Self::Parameters(parameters) = self else { return Ok(false) };
        if parameters.len() > context.len() {
            return Err(Fault::new(Status::IndexOutOfBounds));
        }
        Ok(context.iter().zip(parameters).all(|(has, asked)| has.includes(*asked)))
    }
}

/// Asks a type parameter for abilities.
fn ask(demand: &mut Vec<Abilities>, index: TypeParameterIndex, asked: Abilities) {
    let index = usize::from(index);
    demand.resize(demand.len().max(index.saturating_add(1)), Abilities::NONE);
    if let Some(known) = demand.get_mut(index) {
        *known = known.union(asked);
    }
}

#[cfg(test)]
mod tests;
