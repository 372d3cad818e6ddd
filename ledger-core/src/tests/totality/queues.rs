//! Commands about queues, drawn at random, and a circle of queued payments for them to find.

use proptest::prelude::*;

use super::drawing::{Known, cleared, lei, number, one_of, time};
use crate::{
    command::Command,
    id::LegId,
    money::Money,
    queue::{Enqueue, NettingSet, QueueLimit, QueueTerms},
    receipt::Effect,
    testing::{Bank, World, usd},
    time::Height,
};

/// A solver, and payments from A to B, B to C and C to A that wait for each other.
pub(super) fn circle(world: &mut World) {
    world.appoint_solver();
    let [a, b, c] = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
    for (from, to) in [(a, b), (b, c), (c, a)] {
        let payment = world.payment(&from, &to, Money::new(usd(), 1_000_000));
        let command = world.enqueue(&payment, 7);
        assert_eq!(world.apply(&command), Effect::Queued);
    }
}

fn priority() -> impl Strategy<Value = u32> {
    prop_oneof![0..10u32, Just(u32::MAX)]
}

fn any_leg(known: &Known) -> impl Strategy<Value = LegId> + use<> {
    let mut legs = vec![LegId::new([0; 32])];
    legs.extend(known.legs.iter().map(|leg| leg.id()));
    one_of(&legs)
}

/// The legs that wait in the world; one that is unknown where none does.
fn waiting(known: &Known) -> Vec<LegId> {
    let waiting: Vec<LegId> = known.queued.iter().map(|leg| leg.id()).collect();
    if waiting.is_empty() { vec![LegId::new([0; 32])] } else { waiting }
}

pub(super) fn queue_command(known: &Known) -> BoxedStrategy<Command> {
    let enqueue = (cleared(known), priority(), time(known.now));
    let limit =
        (lei(), number()).prop_map(|(counterparty, minor)| QueueLimit { counterparty, minor });
    let terms = (any::<bool>(), prop::collection::vec(limit, 0..3), any::<bool>());
    let now = known.height.get();
    let height = prop_oneof![
        4 => Just(now),
        1 => prop::sample::select(vec![0, 1, now.saturating_sub(1), now + 1, u64::MAX]),
    ];
    let legs = prop_oneof![
        2 => Just(waiting(known)),
        1 => prop::collection::vec(any_leg(known), 0..5),
    ];
    prop_oneof![
        4 => enqueue.prop_map(|((payment, gate, acceptance), priority, expires)| {
            Command::Enqueue(Enqueue { payment, gate, acceptance, priority, expires })
        }),
        1 => (prop_oneof![3 => one_of(&waiting(known)), 1 => any_leg(known)], priority())
            .prop_map(|(leg, priority)| Command::Requeue { leg, priority }),
        1 => (one_of(&known.owned), terms).prop_map(|((.., account), (bypass, mut limits, sorted))| {
            if sorted {
                limits.sort_by_key(|limit| limit.counterparty);
            }
            Command::SetQueueTerms { account, terms: QueueTerms { bypass, limits } }
        }),
        2 => (height, legs).prop_map(|(height, legs)| {
            Command::SettleQueued(NettingSet { height: Height::new(height), legs })
        }),
    ]
    .boxed()
}
