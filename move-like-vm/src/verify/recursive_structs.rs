//! A struct does not contain itself.
//!
//! Refuses structs of a module of which one is, directly or through others, a part of itself, be it
//! inside a vector or as a type argument (`RECURSIVE_STRUCT_DEFINITION`): such a value would have no
//! size and no layout. Modules do not depend on each other in a cycle, so looking at one module is
//! enough.
//!
//! # Place      tables, graph -> [recursive_structs] <- verify
//! # Invariants linear in the types of fields
//! # Absent     structs of other modules

use std::collections::BTreeMap;

use super::graph::Graph;
use crate::fault::{Fault, Place};
use crate::format::{CompiledModule, SignatureToken, StructFields, StructHandleIndex, TableKind};
use crate::status::Status;

/// Checks the structs of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    let tables = module.tables();
    let definitions: BTreeMap<StructHandleIndex, usize> = tables
        .struct_definitions
        .iter()
        .enumerate()
        .map(|(index, definition)| (definition.handle, index))
        .collect();
    let mut graph = Graph::new(tables.struct_definitions.len());
    let mut edges = Vec::new();
    for (index, definition) in tables.struct_definitions.iter().enumerate() {
        let StructFields::Declared(fields) = &definition.fields else { continue };
        for (node, _) in fields.iter().flat_map(|field| field.type_.preorder()) {
            let (SignatureToken::Struct(handle) | SignatureToken::StructInstantiation(handle, _)) =
                node
            else {
                continue;
            };
            if let Some(part) = definitions.get(handle) {
                graph.connect(index, *part);
                edges.push((index, *part));
            }
        }
    }
    let components = graph.components();
    match edges.iter().find(|(whole, part)| components.get(*whole) == components.get(*part)) {
        None => Ok(()),
        Some((whole, _)) => Err(Fault::new(Status::RecursiveStructDefinition)
            .at(Place::Entry { table: TableKind::StructDefinitions, index: *whole })),
    }
}

#[cfg(test)]
mod tests {
    use crate::fault::{Fault, Place};
    use crate::format::{Abilities, SignatureToken, StructHandleIndex, TableKind};
    use crate::status::Status;
    use crate::testing::{Builder, instance, parameter, vector};

    type Field = fn(&[StructHandleIndex]) -> SignatureToken;

    /// Structs 0, 1 and so on, each generic and with one field.
    fn check(fields: &[Field]) -> Result<(), Fault> {
        let mut builder = Builder::module(1, "M");
        let names = ["A", "B", "C", "D"];
        let handles: Vec<_> = names[..fields.len()]
            .iter()
            .map(|name| {
                let own = builder.own();
                builder.struct_handle(own, name, Abilities::NONE, &[parameter(Abilities::NONE)])
            })
            .collect();
        for (handle, field) in handles.iter().zip(fields) {
            builder.define(*handle, &[("x", field(&handles))]);
        }
        super::module(&builder.build())
    }

    fn refused(index: usize) -> Result<(), Fault> {
        let place = Place::Entry { table: TableKind::StructDefinitions, index };
        Err(Fault::new(Status::RecursiveStructDefinition).at(place))
    }

    fn of(handle: StructHandleIndex) -> SignatureToken {
        instance(handle, &[SignatureToken::Bool])
    }

    #[test]
    fn a_struct_is_no_part_of_itself() {
        assert_eq!(check(&[|_| SignatureToken::Bool]), Ok(()));
        assert_eq!(check(&[|all| of(all[0])]), refused(0));
        assert_eq!(check(&[|all| vector(of(all[0]))]), refused(0));
        assert_eq!(check(&[|all| SignatureToken::Struct(all[0])]), refused(0));
        let argument: Field = |all| instance(all[1], &[vector(of(all[0]))]);
        assert_eq!(check(&[argument, |_| SignatureToken::TypeParameter(0)]), refused(0));
    }

    #[test]
    fn parts_in_a_line_are_accepted_and_in_a_circle_are_not() {
        let line: [Field; 4] =
            [|all| of(all[1]), |all| of(all[2]), |all| of(all[3]), |_| SignatureToken::U8];
        assert_eq!(check(&line), Ok(()));
        let circle: [Field; 4] =
            [|_| SignatureToken::U8, |all| of(all[2]), |all| of(all[3]), |all| of(all[1])];
        assert_eq!(check(&circle), refused(1));
    }
}
