//! What is demanded of every movement holds for payments that wait: when they are queued, and again
//! when they settle.

use crate::{
    id::Lei,
    money::Money,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    testing::{Bank, World, usd},
    tests::{
        faults::refused,
        movements::{demanding, denying, recent, stopped},
    },
};

/// What is demanded, by decree, and the reason that A hears of a payment to B.
fn demands(a: Lei, b: Lei) -> Vec<(Refusal, Vec<(Name, Record)>)> {
    vec![
        (Refusal::CurrencyFrozen, vec![stopped(usd())]),
        (Refusal::ScreeningOutdated, vec![recent(1, 1)]),
        (
            Refusal::PayeeClearanceMissing,
            vec![demanding(usd(), |terms| terms.payee_clearance = Some(1))],
        ),
        (Refusal::PolicyForbids, denying(usd(), |terms, policy| terms.sender = Some(policy), &[a])),
        (
            Refusal::CounterpartyNotEligible,
            denying(usd(), |terms, policy| terms.recipient = Some(policy), &[b]),
        ),
    ]
}

fn funded() -> (World, Bank, Bank) {
    let (world, [a, b, _]) = World::funded(100);
    (world, a, b)
}

#[test]
fn k4_k5_k6_i10_a_payment_is_queued_only_if_its_money_might_move() {
    let (world, a, b) = funded();
    for (expected, plants) in demands(a.lei, b.lei) {
        // Whether it would wait or settle at once.
        for minor in [101, 100] {
            let mut world = world.clone();
            let payment = world.payment(&a, &b, Money::new(usd(), minor));
            let command = world.enqueue(&payment, 5);
            world.plant(plants.clone());
            assert_eq!(refused(&mut world, &command), expected, "{minor}");
        }
    }
}

#[test]
fn k4_k5_k6_i10_what_waits_is_asked_again_when_it_settles() {
    let (mut world, a, b) = funded();
    let payment = world.payment(&a, &b, Money::new(usd(), 101));
    let leg = payment.leg.id();
    let command = world.enqueue(&payment, 5);
    assert_eq!(world.apply(&command), Effect::Queued);
    let set = world.settle_queued(&a.settlement(), &[leg]);
    assert_eq!(refused(&mut world.clone(), &set), Refusal::InsufficientFunds);
    let topped_up = {
        let payment = world.payment(&b, &a, Money::new(usd(), 1));
        world.transfer(&b, &a, &payment)
    };
    assert_eq!(world.apply(&topped_up), Effect::Settled);
    for (expected, plants) in demands(a.lei, b.lei) {
        let mut world = world.clone();
        world.plant(plants);
        let set = world.settle_queued(&a.settlement(), &[leg]);
        assert_eq!(refused(&mut world, &set), expected);
    }
    let set = world.settle_queued(&a.settlement(), &[leg]);
    assert_eq!(world.apply(&set), Effect::Settled);
}

#[test]
fn k7_a_queued_payment_needs_the_persons_of_its_account() {
    let (mut world, a, b) = funded();
    world.appoint_admins(&a);
    let account = world.account(&a, usd());
    world.set_steps(&a, account, &[(101, 2)]);
    for (minor, expected) in [(101, Err(Refusal::SignersTooFew)), (100, Ok(Effect::Settled))] {
        let payment = world.payment(&a, &b, Money::new(usd(), minor));
        let command = world.enqueue(&payment, 5);
        match expected {
            Ok(effect) => assert_eq!(world.apply(&command), effect),
            Err(refusal) => assert_eq!(refused(&mut world, &command), refusal),
        }
    }
}
