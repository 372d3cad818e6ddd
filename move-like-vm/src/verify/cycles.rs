//! Modules do not depend on each other in a cycle, and neither are they friends in one.
//!
//! Refuses a module that depends on itself through others (`CYCLIC_MODULE_DEPENDENCY`): no order would
//! load them, and the passes over one module would no longer speak for the whole. Refuses a module that
//! is its own friend through others (`CYCLIC_MODULE_FRIENDSHIP`), and one of which a dependency is a
//! friend, each directly or through others (`INVALID_FRIEND_DECL_WITH_MODULES_IN_DEPENDENCIES`): a
//! friend stands above the module that calls it friend, a dependency below.
//!
//! # Place      published -> [cycles] <- link
//! # Invariants every module is visited once per relation; no recursion; friends that are pending are
//! #            looked at when their own turn comes
//! # Absent     how deep dependencies may be: the caller's budget of loaded modules

use std::collections::BTreeSet;

use super::published::{ModuleId, Published, dependencies, friends};
use crate::fault::Fault;
use crate::format::{CompiledModule, Tables};
use crate::status::Status;

/// Checks a module that is not published yet, or replaces what is published under its name.
pub fn module(module: &CompiledModule, published: &impl Published) -> Result<(), Fault> {
    let own = ModuleId::own(module)?;
    let tables = module.tables();
    let below = reachable(
        own,
        dependencies(&tables)?,
        published,
        dependencies,
        Status::CyclicModuleDependency,
    )?;
    let above =
        reachable(own, friends(&tables)?, published, friends, Status::CyclicModuleFriendship)?;
    match below.intersection(&above).next() {
        Some(_) => Err(Fault::new(Status::InvalidFriendDeclWithModulesInDependencies)),
        None => Ok(()),
    }
}

type Relation = for<'t> fn(&Tables<'t>) -> Result<Vec<ModuleId<'t>>, Fault>;

/// Every module that the relation leads to, or the fault if it leads to `own`.
fn reachable<'a>(
    own: ModuleId<'a>,
    start: Vec<ModuleId<'a>>,
    published: &'a impl Published,
    relation: Relation,
    cycle: Status,
) -> Result<BTreeSet<ModuleId<'a>>, Fault> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<ModuleId<'a>> = start.into_iter().rev().collect();
    while let Some(id) = open.pop() {
        if id == own {
            return Err(Fault::new(cycle));
        }
        if !reached.insert(id) {
            continue;
        }
        if cycle == Status::CyclicModuleFriendship && published.is_pending(id) {
            continue;
        }
        let found = published.module(id).ok_or(Fault::new(Status::MissingDependency))?;
        open.extend(relation(&found.tables())?.into_iter().rev());
    }
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use crate::fault::Fault;
    use crate::format::CompiledModule;
    use crate::status::Status;
    use crate::testing::Builder;
    use crate::verify::published::tests::World;

    fn made(name: &str, uses: &[&str], friends: &[&str]) -> CompiledModule {
        let mut builder = Builder::module(1, name);
        for used in uses {
            builder.import(1, used);
        }
        for friend in friends {
            builder.friend(1, friend);
        }
        builder.build()
    }

    /// What is published, and the new module.
    type Case<'a> = (&'a [(&'a str, &'a [&'a str], &'a [&'a str])], (&'a [&'a str], &'a [&'a str]));

    fn check((published, (uses, friends)): Case<'_>) -> Result<(), Fault> {
        let modules = published.iter().map(|(name, uses, friends)| made(name, uses, friends));
        let world = World { modules: modules.collect(), ..World::default() };
        super::module(&made("M", uses, friends), &world)
    }

    #[test]
    fn each_relation_is_free_of_cycles_and_the_two_do_not_meet() {
        let none: &[&str] = &[];
        let dependency = Err(Fault::new(Status::CyclicModuleDependency));
        let friendship = Err(Fault::new(Status::CyclicModuleFriendship));
        let both = Err(Fault::new(Status::InvalidFriendDeclWithModulesInDependencies));
        let cases: [(Case<'_>, Result<(), Fault>); 10] = [
            ((&[("A", &["B"], none), ("B", none, none)], (&["A"], none)), Ok(())),
            ((&[("A", &["B"], none), ("B", none, none)], (&["A", "B"], none)), Ok(())),
            ((&[("A", &["B"], none), ("B", &["M"], none)], (&["A"], none)), dependency.clone()),
            ((&[("A", none, &["B"]), ("B", none, none)], (none, &["A"])), Ok(())),
            ((&[("A", none, &["B"]), ("B", none, &["M"])], (none, &["A"])), friendship),
            // a friend that depends on the module is what friends are for
            ((&[("A", &["M"], none)], (none, &["A"])), Ok(())),
            ((&[("A", none, none)], (&["A"], &["A"])), both.clone()),
            ((&[("A", &["B"], none), ("B", none, none)], (&["A"], &["B"])), both.clone()),
            ((&[("A", none, none), ("B", none, &["A"])], (&["A"], &["B"])), both),
            // dependencies are looked at first
            ((&[("A", &["M"], &["M"])], (&["A"], &["A"])), dependency),
        ];
        for (case, expected) in cases {
            assert_eq!(check(case), expected, "{case:?}");
        }
    }

    #[test]
    fn a_pending_friend_is_looked_at_when_its_turn_comes() {
        let first = made("M", &[], &["N"]);
        let second = made("N", &[], &["M"]);
        let world = World { pending: vec![second.clone()], ..World::default() };
        assert_eq!(super::module(&first, &world), Ok(()));
        let world = World { modules: vec![first], ..World::default() };
        assert_eq!(super::module(&second, &world), Err(Fault::new(Status::CyclicModuleFriendship)));
    }

    #[test]
    fn a_module_that_is_not_there_is_missing() {
        let missing = Err(Fault::new(Status::MissingDependency));
        assert_eq!(check((&[], (&["A"], &[]))), missing);
        assert_eq!(check((&[], (&[], &["A"]))), missing);
    }
}
