//! Administration: members suspended and reinstated, keys, policies, limits of keys, sub-accounts.

mod directory;
mod keys;
mod limited;
mod policies;
mod stopping;
mod subs;

use crate::{
    command::{Action, SignedCommand},
    money::Money,
    receipt::{Effect, Outcome},
    refusal::Refusal,
    testing::{Actor, Bank, World, commands::sign, usd},
    tests::faults::lasting,
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// Banks with money, A and B with two administrators each.
fn administered(minor: u128) -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(minor);
    world.appoint_admins(&banks[0]);
    world.appoint_admins(&banks[1]);
    (world, banks)
}

/// What comes of an action that two administrators of a bank decide, in a world of its own.
fn tried(world: &World, bank: &Bank, action: &Action) -> Outcome {
    let mut world = world.clone();
    let [proposal, approval] = world.administer(bank, action.clone());
    assert_eq!(world.apply(&proposal), Effect::Proposed);
    let before = lasting(&world.state);
    let outcome = world.run(&approval);
    if matches!(outcome, Outcome::Refused(_)) {
        assert_eq!(lasting(&world.state), before, "a refused action changed something");
    }
    outcome
}

fn refuses(world: &World, bank: &Bank, rows: &[(Action, Refusal)]) {
    for (action, refusal) in rows {
        assert_eq!(tried(world, bank, action), Outcome::Refused(*refusal), "{action:?}");
    }
}

/// The same command, signed by these instead.
fn signed_by(command: &SignedCommand, by: &[&Actor]) -> SignedCommand {
    sign(command.body.clone(), by)
}
