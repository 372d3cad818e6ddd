//! A struct has only abilities that its fields let it have.
//!
//! Refuses a struct that declares copy, drop or store with a field that lacks it, and one that declares
//! key with a field that lacks store (`FIELD_MISSING_TYPE_ABILITY`): else a value that must not be
//! copied or lost could be, inside one that may.
//!
//! # Place      tables, demand -> [ability_fields] <- verify
//! # Invariants type parameters count as having every ability here: an instance of the struct loses
//! #            what its arguments lack
//! # Absent     whether the types of fields are well formed: `signatures`

use super::demand::{Constraints, Demand, of_parts};
use crate::fault::{Fault, Place};
use crate::format::{CompiledModule, StructFields, TableKind};
use crate::status::Status;

/// Checks the structs of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    let tables = module.tables();
    for (index, definition) in tables.struct_definitions.iter().enumerate() {
        let StructFields::Declared(fields) = &definition.fields else { continue };
        let required = of_parts(tables.struct_handle(definition.handle)?.abilities);
        for field in fields {
            let demand = Demand::of(&tables, &field.type_, required, Constraints::Ignored)?;
            if demand == Demand::Never {
                return Err(Fault::new(Status::FieldMissingTypeAbility)
                    .at(Place::Entry { table: TableKind::StructDefinitions, index }));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fault::{Fault, Place};
    use crate::format::{Abilities, Ability, SignatureToken, TableKind};
    use crate::status::Status;
    use crate::testing::{Builder, instance, parameter, phantom, vector};

    fn check(builder: Builder) -> Result<(), Fault> {
        super::module(&builder.build())
    }

    fn refused(index: usize) -> Result<(), Fault> {
        let place = Place::Entry { table: TableKind::StructDefinitions, index };
        Err(Fault::new(Status::FieldMissingTypeAbility).at(place))
    }

    #[test]
    fn each_ability_asks_its_own_of_every_field_and_key_asks_store() {
        for declared in 0..16 {
            for has in 0..16 {
                let [declared, has] =
                    [declared, has].map(|bits| Abilities::from_bits(bits).unwrap());
                let mut builder = Builder::module(1, "M");
                let (inner, _) =
                    builder.structure("Inner", has, &[], &[("x", SignatureToken::Bool)]);
                let fields = [("x", SignatureToken::U8), ("y", SignatureToken::Struct(inner))];
                builder.structure("Outer", declared, &[], &fields);
                let stored = declared.has(Ability::Store) || declared.has(Ability::Key);
                let good = (!declared.has(Ability::Copy) || has.has(Ability::Copy))
                    && (!declared.has(Ability::Drop) || has.has(Ability::Drop))
                    && (!stored || has.has(Ability::Store));
                let expected = if good { Ok(()) } else { refused(1) };
                assert_eq!(check(builder), expected, "{declared:?} {has:?}");
            }
        }
    }

    #[test]
    fn type_parameters_count_as_able_and_signers_do_not() {
        let mut builder = Builder::module(1, "M");
        let parameters = [parameter(Abilities::NONE)];
        let fields = [("x", vector(SignatureToken::TypeParameter(0)))];
        builder.structure("S", Abilities::PRIMITIVES, &parameters, &fields);
        assert_eq!(check(builder), Ok(()));

        let store = Abilities::NONE.with(Ability::Store);
        let mut builder = Builder::module(1, "M");
        builder.structure("S", store, &[], &[("x", vector(SignatureToken::Signer))]);
        assert_eq!(check(builder), refused(0));
    }

    #[test]
    fn a_phantom_argument_takes_no_ability_away() {
        let key = Abilities::NONE.with(Ability::Key);
        for (declared, expected) in
            [(phantom(Abilities::NONE), Ok(())), (parameter(Abilities::NONE), refused(2))]
        {
            let mut builder = Builder::module(1, "M");
            let bool = [("x", SignatureToken::Bool)];
            let (none, _) = builder.structure("None", Abilities::NONE, &[], &bool);
            let (of, _) = builder.structure("Of", Abilities::PRIMITIVES, &[declared], &bool);
            let field = instance(of, &[SignatureToken::Struct(none)]);
            builder.structure("Key", key, &[], &[("x", field)]);
            assert_eq!(check(builder), expected);
        }
    }

    #[test]
    fn native_structs_have_no_fields_to_look_at() {
        let mut builder = Builder::module(1, "M");
        let handle = builder.struct_handle(builder.own(), "S", Abilities::ALL, &[]);
        builder.native_struct(handle);
        assert_eq!(check(builder), Ok(()));
    }
}
