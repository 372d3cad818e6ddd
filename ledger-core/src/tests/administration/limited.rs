//! Limits of keys: who sets them, what counts, and what makes no room (K7).

use proptest::prelude::*;

use super::{
    administered, dollars,
    policies::{WAYS, enter},
    refuses, signed_by, tried,
};
use crate::{
    authority::Role,
    bulk::BulkMode,
    command::{Action, Command},
    freshness::DAY_MS,
    key_limits::KeyTerms,
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    sliding::{MAX_WINDOW_MS, MIN_WINDOW_MS},
    testing::{Actor, BLOCK_MS, Bank, World, jpy, usd},
    tests::{
        faults::{check, fault, refused},
        model::same_every_time,
        payments::{key, suspended},
    },
    time::LedgerTime,
};

fn terms(per_command: Option<u128>, per_window: Option<u128>) -> KeyTerms {
    KeyTerms { window_ms: DAY_MS, per_command, per_window }
}

fn counted(world: &World, by: &Actor) -> u128 {
    world.entered_by(by.grant.person, usd())
}

#[test]
fn k7_every_way_to_enter_a_debit_is_limited_and_counted_once_for_each_who_signs() {
    let (mut world, banks) = administered(10_000);
    let a = banks[0];
    let (own, clerk, free) = (a.settlement(), a.clerk(1), a.clerk(2));
    world.register_own(&a, &clerk);
    world.register_own(&a, &free);
    for by in [&own, &clerk] {
        world.limit_key(&a, by, usd(), terms(Some(100), Some(150)));
    }
    for (name, way, effect) in WAYS {
        let mut world = world.clone();
        let run = |world: &mut World, minor, by: &[&Actor]| {
            let command = signed_by(&way(world, &banks, minor), by);
            enter(world, &command)
        };
        let refused = |refusal| Outcome::Refused(refusal);
        let over = refused(Refusal::KeyCommandLimit);
        assert_eq!(run(&mut world, 101, &[&own]), over, "{name}");
        assert_eq!(run(&mut world, 101, &[&free, &own]), over, "{name}");
        assert_eq!(run(&mut world, 100, &[&own]), Outcome::Applied(effect), "{name}");
        assert_eq!((counted(&world, &own), counted(&world, &clerk)), (100, 0), "{name}");
        assert_eq!(run(&mut world, 50, &[&own, &clerk]), Outcome::Applied(effect), "{name}");
        assert_eq!((counted(&world, &own), counted(&world, &clerk)), (150, 50), "{name}");
        // Two cents: a set and a bulk have two payments.
        let gone = refused(Refusal::KeyWindowLimit);
        let outcome = run(&mut world, 2, &[&own]);
        assert_eq!(outcome, gone, "{name}");
        assert_eq!(run(&mut world, 2, &[&clerk, &own]), gone, "{name}");
        assert_eq!((counted(&world, &own), counted(&world, &clerk)), (150, 50), "{name}");
        assert_eq!(run(&mut world, 100, &[&clerk]), Outcome::Applied(effect), "{name}");
        assert_eq!(run(&mut world, 5_000, &[&free]), Outcome::Applied(effect), "{name}");
        assert_eq!(counted(&world, &free), 0, "{name}");
    }
}

#[test]
fn k7_a_return_is_counted_and_what_settles_or_ends_later_is_not_again() {
    let (mut world, [a, b, _]) = administered(1_000);
    let own = b.settlement();
    let [payment, other] = [dollars(200), dollars(300)].map(|money| world.payment(&a, &b, money));
    let transfers = [&payment, &other].map(|payment| world.transfer(&a, &b, payment));
    world.apply_all(&transfers);
    world.limit_key(&b, &own, usd(), terms(None, Some(100)));
    let back = world.give_back(&payment, 60);
    assert_eq!(world.apply(&back), Effect::Settled);
    let more = world.give_back(&other, 41);
    assert_eq!(refused(&mut world, &more), Refusal::KeyWindowLimit);
    let held = world.payment(&b, &a, dollars(40));
    let hold = world.hold(&b, &held);
    world.apply(&hold);
    assert_eq!(counted(&world, &own), 100);
    let post = world.post(&b, &a, &held);
    assert_eq!(world.apply(&post), Effect::Settled);
    assert_eq!(counted(&world, &own), 100);
    // What comes in, and other currencies, are not limited.
    let into = world.payment(&a, &b, dollars(400));
    let into = world.transfer(&a, &b, &into);
    assert_eq!(world.apply(&into), Effect::Settled);
    let yen = world.payment(&b, &a, Money::new(jpy(), 500));
    let yen = world.transfer(&b, &a, &yen);
    assert_eq!(world.apply(&yen), Effect::Settled);
    assert_eq!(counted(&world, &own), 100);
}

#[test]
fn k7_each_payment_of_a_bulk_is_counted_by_itself_and_its_sum_is_one_command() {
    let (mut world, [a, b, _]) = administered(1_000);
    let own = a.settlement();
    world.limit_key(&a, &own, usd(), terms(Some(100), Some(60)));
    let bulk = |world: &mut World, mode, amounts: &[u128]| {
        let groups = world.groups(&a, usd(), &[(b, amounts)]);
        let bulk = world.bulk(&a, mode, usd(), groups);
        world.sign(&a.settlement(), Command::Bulk(bulk))
    };
    let over = bulk(&mut world, BulkMode::Each, &[50, 51]);
    assert_eq!(enter(&mut world, &over), Outcome::Refused(Refusal::KeyCommandLimit));
    let whole = bulk(&mut world, BulkMode::Whole, &[50, 11]);
    let receipts = world.block(&[whole]).receipts;
    assert_eq!(receipts.len(), 1, "the payment that says why");
    assert_eq!(receipts[0].outcome, Outcome::Refused(Refusal::KeyWindowLimit));
    assert_eq!(receipts[0].money, Some(dollars(11)));
    assert_eq!(counted(&world, &own), 0);
    let each = bulk(&mut world, BulkMode::Each, &[50, 11, 10, 1]);
    let outcomes: Vec<_> =
        world.block(&[each]).receipts.iter().map(|receipt| receipt.outcome).collect();
    let settled = Outcome::Applied(Effect::Settled);
    let refused = Outcome::Refused(Refusal::KeyWindowLimit);
    assert_eq!(outcomes, [settled, refused, settled, refused]);
    assert_eq!(counted(&world, &own), 60);
}

#[test]
fn k7_neither_a_second_key_nor_a_rotation_makes_room() {
    let (mut world, [a, b, _]) = administered(1_000);
    let own = a.settlement();
    world.limit_key(&a, &own, usd(), terms(None, Some(100)));
    let (second, rotated) = (own.with_key(2), own.with_key(3));
    world.register_own(&a, &second);
    world.rotate_own(&a, &own, &rotated, 60 * BLOCK_MS);
    let pay = |world: &mut World, minor, by: &Actor| {
        let payment = world.payment(&a, &b, dollars(minor));
        let command = signed_by(&world.transfer(&a, &b, &payment), &[by]);
        world.run(&command)
    };
    for (by, minor) in [(&own, 40), (&second, 40), (&rotated, 20)] {
        assert_eq!(pay(&mut world, minor, by), Outcome::Applied(Effect::Settled));
    }
    for by in [&own, &second, &rotated] {
        assert_eq!(pay(&mut world, 1, by), Outcome::Refused(Refusal::KeyWindowLimit));
    }
    // One command with two keys of one person counts once.
    world.limit_key(&a, &second, usd(), terms(None, Some(110)));
    let payment = world.payment(&a, &b, dollars(10));
    let both = signed_by(&world.transfer(&a, &b, &payment), &[&second, &rotated]);
    assert_eq!(world.apply(&both), Effect::Settled);
    assert_eq!(counted(&world, &own), 110);
    // Without a limit nothing is refused, nor counted.
    world.limit_key(&a, &rotated, usd(), terms(None, None));
    assert_eq!(pay(&mut world, 500, &second), Outcome::Applied(Effect::Settled));
    assert_eq!(counted(&world, &own), 110);
}

#[test]
fn k7_a_limit_of_a_consenting_payer_is_its_own_affair() {
    let (mut world, [a, b, _]) = administered(1_000);
    world.limit_key(&b, &b.settlement(), jpy(), terms(None, Some(10)));
    let yen = |minor| Money::new(jpy(), minor);
    for (minor, expected) in [
        (11, Outcome::Refused(Refusal::CounterpartyNotEligible)),
        (10, Outcome::Applied(Effect::Settled)),
        (1, Outcome::Refused(Refusal::CounterpartyNotEligible)),
    ] {
        let legs = [world.set_leg(&a, &b, dollars(5)), world.set_leg(&b, &a, yen(minor))];
        let command = world.settle_set(&a, &legs);
        assert_eq!(enter(&mut world, &command), expected, "{minor}");
    }
    assert_eq!(world.entered_by(b.settlement().grant.person, jpy()), 10);
    world.limit_key(&b, &b.settlement(), jpy(), terms(Some(3), None));
    for (minor, expected) in [
        (4, Outcome::Refused(Refusal::CounterpartyNotEligible)),
        (3, Outcome::Applied(Effect::Settled)),
    ] {
        let legs = [world.set_leg(&a, &b, dollars(5)), world.set_leg(&b, &a, yen(minor))];
        let command = world.settle_set(&a, &legs);
        assert_eq!(enter(&mut world, &command), expected, "{minor} by one command");
    }
}

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    key: PublicKey,
    currency: Currency,
    terms: KeyTerms,
    plants: Vec<(Name, Record)>,
}

#[test]
fn k7_limits_of_a_key_are_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, _]) = administered(10);
    let good = Case {
        world,
        a,
        b,
        key: a.settlement().grant.key,
        currency: usd(),
        terms: terms(Some(0), Some(u128::MAX)),
        plants: Vec::new(),
    };
    let faults = [
        fault(Refusal::MemberSuspended, &["member"], |c: &mut Case| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::CurrencyUnknown, &["currency"], |c| {
            c.currency = Currency::new("XAU").unwrap();
        }),
        fault(Refusal::OutOfRange, &["terms"], |c| c.terms.window_ms = MIN_WINDOW_MS - 1),
        fault(Refusal::OutOfRange, &["terms"], |c| c.terms.window_ms = MAX_WINDOW_MS + 1),
        fault(Refusal::KeyNotActive, &["key"], |c| c.key = PublicKey::new([9; 32])),
        fault(Refusal::KeyNotActive, &["key"], |c| c.key = c.b.settlement().grant.key),
        fault(Refusal::KeyNotActive, &["key"], |c| c.key = c.a.gate().grant.key),
        fault(Refusal::KeyNotActive, &["key"], |c| {
            c.plants.push(key(&c.a.settlement(), false));
        }),
    ];
    check(&good, Effect::Executed, &faults, |case| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let (key, currency, terms) = (case.key, case.currency, case.terms);
        tried(&world, &case.a, &Action::SetKeyLimits { key, currency, terms })
    });
    let admin = good.a.admin(1).grant.key;
    let of_admin = Action::SetKeyLimits { key: admin, currency: usd(), terms: good.terms };
    refuses(&good.world, &good.a, &[(of_admin, Refusal::KeyNotActive)]);
}

#[test]
fn k7_persons_come_before_limits_of_keys_and_the_command_before_the_window() {
    let (mut world, [a, b, _]) = administered(1_000);
    world.limit_key(&a, &a.settlement(), usd(), terms(Some(10), Some(5)));
    let pay = |world: &mut World, minor| {
        let payment = world.payment(&a, &b, dollars(minor));
        world.transfer(&a, &b, &payment)
    };
    let command = pay(&mut world, 11);
    assert_eq!(refused(&mut world, &command), Refusal::KeyCommandLimit);
    let command = pay(&mut world, 6);
    assert_eq!(refused(&mut world, &command), Refusal::KeyWindowLimit);
    world.set_role(&a, Role::Settlement, 2);
    let command = pay(&mut world, 11);
    assert_eq!(refused(&mut world, &command), Refusal::SignersTooFew);
}

/// What a person signed and the ledger took, to compare with what it may.
#[derive(Default)]
struct Naive(Vec<(u64, u128)>);

impl Naive {
    /// Whether the ledger's window allows this: the bucket of now and the 24 before it.
    fn allows(&self, now: u64, terms: KeyTerms, minor: u128) -> bool {
        let length = terms.window_ms.div_ceil(24);
        let counts = |at: u64| now / length - at / length <= 24;
        let sum: u128 = self.0.iter().filter(|(at, _)| counts(*at)).map(|(_, minor)| minor).sum();
        minor <= terms.per_command.unwrap() && sum + minor <= terms.per_window.unwrap()
    }
}

/// Payments at random times by one or both of two persons under an account's steps and both persons'
/// limits, against lists of what each signed.
#[test]
fn k7_random_payments_are_taken_as_a_list_of_them_allows() {
    let (mut world, [a, b, _]) = administered(1_000_000);
    let people = [a.settlement(), a.clerk(1)];
    world.register_own(&a, &people[1]);
    let limits = [(70, 200), (90, 300)].map(|(command, window)| KeyTerms {
        window_ms: MIN_WINDOW_MS,
        per_command: Some(command),
        per_window: Some(window),
    });
    for (by, terms) in people.iter().zip(limits) {
        world.limit_key(&a, by, usd(), terms);
    }
    let account = world.account(&a, usd());
    world.set_steps(&a, account, &[(60, 2)]);
    let step = (1..20_000u64, 1..100u128, 0..4usize);
    let steps = prop::collection::vec(step, 60);
    let mut seen = std::collections::BTreeSet::new();
    let seen = std::cell::RefCell::new(&mut seen);
    let mut runner = same_every_time(12);
    runner
        .run(&steps, |steps| {
            let (mut world, mut lists) = (world.clone(), [Naive::default(), Naive::default()]);
            for (wait, minor, who) in steps {
                let payment = world.payment(&a, &b, dollars(minor));
                let who: &[usize] = [&[0][..], &[1], &[0, 1], &[0, 1]][who];
                let by: Vec<&Actor> = who.iter().map(|at| &people[*at]).collect();
                let command = signed_by(&world.transfer(&a, &b, &payment), &by);
                let at: LedgerTime = world.now().after(wait);
                let set = world.block_at(at, &[command]);
                let allowed =
                    |at_most: &usize| lists[*at_most].allows(at.get(), limits[*at_most], minor);
                let expected = if minor >= 60 && who.len() < 2 {
                    Outcome::Refused(Refusal::SignersTooFew)
                } else if who.iter().any(|one| minor > limits[*one].per_command.unwrap()) {
                    Outcome::Refused(Refusal::KeyCommandLimit)
                } else if who.iter().all(allowed) {
                    Outcome::Applied(Effect::Settled)
                } else {
                    Outcome::Refused(Refusal::KeyWindowLimit)
                };
                assert_eq!(set.receipts[0].outcome, expected);
                if expected == Outcome::Applied(Effect::Settled) {
                    who.iter().for_each(|one| lists[*one].0.push((at.get(), minor)));
                }
                seen.borrow_mut().insert(format!("{expected:?}"));
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(seen.borrow().len(), 4, "every outcome was met: {:?}", seen.borrow());
}
