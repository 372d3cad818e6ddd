//! What the network decides about itself: parameters, votes of members, the committee.

mod ballots;
mod committees;
mod lives;
mod misconduct;
mod parameters;
mod rules;

use crate::{
    genesis::Limits,
    parameters::{Change, Persons},
    proposal_kind::ProposalKind,
    receipt::Effect,
    record::{Name, Record},
    testing::{Actor, Bank, World, genesis},
    time::Height,
};

const TTL: Change = Change::CommandTtl(120_000);

fn persons(kind: ProposalKind, persons: u8) -> Change {
    Change::Persons(Persons { kind, persons })
}

/// A network without members and with so many operators.
fn founded(operators: u8) -> World {
    let mut founding = genesis();
    founding.role_keys.extend((3..=operators).map(|number| Actor::operator(number).grant));
    founding.role_keys.sort_by_key(|grant| grant.key);
    World::found(founding)
}

/// Three banks with two administrators each.
fn consortium() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::running();
    banks.iter().for_each(|bank| world.appoint_admins(bank));
    (world, banks)
}

/// Every bound that this state knows, by height.
fn known(world: &World) -> Vec<(Height, Limits)> {
    let own = world.state.header().height.get();
    let heights = (0..own + 200).map(Height::new);
    heights.filter_map(|at| Some((at, world.state.limits_at(at)?))).collect()
}
