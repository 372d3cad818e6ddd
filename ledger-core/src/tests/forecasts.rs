//! A forecast over records that are read as they are asked for says what a block would.

use std::collections::BTreeSet;

use crate::{
    block::Verified,
    command::{Command, Identified, SignedCommand},
    draft::Moment,
    forecast::{ReadSet, forecast},
    money::Money,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    testing::{World, usd},
};

/// What a forecast says of a command as the next of a world, and what it asked for.
pub(super) fn foretold(world: &World, command: &SignedCommand) -> (Outcome, BTreeSet<Name>) {
    let command = Verified::check(Identified::new(command.clone())).unwrap();
    let height = world.state.header().height.next();
    let limits = world.state.limits_at(height).unwrap();
    let moment = Moment { height, time: world.next_time(), limits };
    let (mut read, mut asked) = (ReadSet::default(), BTreeSet::new());
    loop {
        let found = forecast(&read, moment, &command);
        let missed = read.take_missed();
        if missed.is_empty() {
            let outcome = match found {
                Ok(foretold) => Outcome::Applied(foretold.facts[0].effect),
                Err(refusal) => Outcome::Refused(refusal),
            };
            return (outcome, asked);
        }
        for name in missed {
            assert!(asked.insert(name), "{name:?} was told and is asked for again");
            read.learn(name, world.record(&name).cloned());
        }
    }
}

#[test]
fn a_hold_asks_for_records_of_its_own_side_the_currency_and_the_other_bank_and_changes_nothing() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, Money::new(usd(), 400));
    let hold = world.hold(&a, &payment);
    let before = world.state.header().results;
    let (outcome, asked) = foretold(&world, &hold);
    assert_eq!(outcome, Outcome::Applied(Effect::Held));
    assert_eq!(world.state.header().results, before);
    assert!(asked.len() < 24, "{asked:?}");
    for name in &asked {
        let own = match world.record(name) {
            Some(Record::Account(account)) => account.member == a.lei,
            Some(Record::Party(party)) => party.member == a.lei,
            Some(Record::Key(key)) => key.grant.organisation == a.lei,
            _ => true,
        };
        assert!(own, "{name:?}");
    }
    assert_eq!(world.run(&hold), outcome);
    // The same payment once more: the leg is there now.
    let again = world.hold(&a, &payment);
    assert_eq!(foretold(&world, &again).0, Outcome::Refused(Refusal::LegUsed));
}

#[test]
fn what_is_asked_for_and_not_known_is_told_and_stands_for_nothing() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    let hold = world.hold(&a, &payment);
    let command = Verified::check(Identified::new(hold)).unwrap();
    let limits = world.genesis.limits;
    let moment =
        Moment { height: world.state.header().height.next(), time: world.next_time(), limits };
    let read = ReadSet::default();
    assert_eq!(forecast(&read, moment, &command).unwrap_err(), Refusal::KeyUnknown);
    assert_eq!(read.take_missed(), BTreeSet::from([Name::Key(a.settlement().grant.key)]));
    assert!(read.take_missed().is_empty());
}

#[test]
fn of_a_forecast_the_account_is_told_as_it_would_become() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, Money::new(usd(), 400));
    let hold = world.hold(&a, &payment);
    assert!(matches!(hold.body.command, Command::Hold(_)));
    let command = Verified::check(Identified::new(hold)).unwrap();
    let limits = world.genesis.limits;
    let moment =
        Moment { height: world.state.header().height.next(), time: world.next_time(), limits };
    let mut read = ReadSet::default();
    let after = loop {
        let found = forecast(&read, moment, &command);
        let missed = read.take_missed();
        if missed.is_empty() {
            break found.unwrap().after;
        }
        for name in missed {
            read.learn(name, world.record(&name).cloned());
        }
    };
    let Record::Account(account) = &after[&Name::Account(payment.debit)] else { panic!() };
    assert_eq!((account.balances.available, account.balances.held), (600, 400));
    assert_eq!(world.available(&a, usd()), 1_000);
}
