//! Demands against the definition of abilities, on types made by chance.

use super::{Constraints, Demand, of_parts};
use crate::format::{Abilities, SignatureToken, StructHandleIndex, Tables};
use crate::testing::{Builder, instance, parameter, phantom, vector};

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn abilities(&mut self) -> Abilities {
        Abilities::from_bits(u8::try_from(self.below(16)).unwrap()).unwrap()
    }

    fn type_(&mut self, depth: usize, structs: &[(StructHandleIndex, usize)]) -> SignatureToken {
        match self.below(if depth == 0 { 4 } else { 8 }) {
            0 => SignatureToken::U8,
            1 => SignatureToken::Signer,
            2 => SignatureToken::TypeParameter(0),
            3 => SignatureToken::TypeParameter(1),
            4 => vector(self.type_(depth - 1, structs)),
            _ => {
                let (handle, parameters) = structs[self.below(structs.len())];
                let arguments: Vec<_> =
                    (0..parameters).map(|_| self.type_(depth - 1, structs)).collect();
                match parameters {
                    0 => SignatureToken::Struct(handle),
                    _ => instance(handle, &arguments),
                }
            }
        }
    }
}

/// Whether every struct in the type gives its parameters what they demand, said at length.
fn well_formed(tables: &Tables<'_>, type_: &SignatureToken, context: &[Abilities]) -> bool {
    type_.preorder().all(|(node, _)| {
        let SignatureToken::StructInstantiation(handle, arguments) = node else { return true };
        let handle = tables.struct_handle(*handle).unwrap();
        handle.type_parameters.iter().zip(arguments).all(|(parameter, argument)| {
            tables.abilities(argument, context).unwrap().includes(parameter.constraints)
        })
    })
}

#[test]
fn a_demand_is_met_exactly_where_the_abilities_are_there() {
    let mut chance = Chance(1);
    let [mut met, mut unmet] = [0; 2];
    for _ in 0..4_000 {
        let mut builder = Builder::module(1, "M");
        let mut structs = Vec::new();
        for (name, count) in [("A", 0), ("B", 1), ("C", 1), ("D", 2)] {
            let parameters: Vec<_> = (0..count)
                .map(|_| match chance.below(2) {
                    0 => parameter(chance.abilities()),
                    _ => phantom(chance.abilities()),
                })
                .collect();
            let own = builder.own();
            let handle = builder.struct_handle(own, name, chance.abilities(), &parameters);
            structs.push((handle, count));
        }
        let module = builder.build();
        let tables = module.tables();
        let type_ = chance.type_(4, &structs);
        let (asked, context) = (chance.abilities(), [chance.abilities(), chance.abilities()]);
        let has = tables.abilities(&type_, &context).unwrap().includes(asked);
        let formed = well_formed(&tables, &type_, &context);
        let check = |constraints| {
            let demand = Demand::of(&tables, &type_, asked, constraints).unwrap();
            demand.is_met_by(&context).unwrap()
        };
        assert_eq!(check(Constraints::Ignored), has, "{type_:?}");
        assert_eq!(check(Constraints::Everywhere), has && formed, "{type_:?}");
        if has && formed { met += 1 } else { unmet += 1 }
    }
    assert!(met > 500 && unmet > 500, "{met} {unmet}");
}

#[test]
fn joined_demands_are_met_where_both_are() {
    let module = Builder::module(1, "M").build();
    let tables = module.tables();
    let mut chance = Chance(2);
    for _ in 0..500 {
        let context = [chance.abilities(), chance.abilities()];
        let [one, other] = [(); 2].map(|()| {
            let asked = chance.abilities();
            let type_ = chance.type_(0, &[]);
            Demand::of(&tables, &type_, asked, Constraints::Ignored).unwrap()
        });
        let mut both = one.clone();
        both.join(&other);
        let expected = one.is_met_by(&context).unwrap() && other.is_met_by(&context).unwrap();
        assert_eq!(both.is_met_by(&context).unwrap(), expected);
    }
}

#[test]
fn a_resource_asks_its_parts_to_be_storable() {
    use crate::format::Ability;
    for bits in 0..16 {
        let whole = Abilities::from_bits(bits).unwrap();
        let parts = of_parts(whole);
        assert_eq!(parts.has(Ability::Copy), whole.has(Ability::Copy));
        assert_eq!(parts.has(Ability::Drop), whole.has(Ability::Drop));
        let stored = whole.has(Ability::Store) || whole.has(Ability::Key);
        assert_eq!(parts.has(Ability::Store), stored);
        assert!(!parts.has(Ability::Key));
    }
}
