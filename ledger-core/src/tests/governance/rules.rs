//! Versions of the rules, and addresses of validators (D15 to D17).

use super::{TTL, persons};
use crate::{
    address::{Addresses, ValidatorAddress},
    block::BlockError,
    command::{Action, Command, SignedCommand},
    id::Text,
    limits::MAX_RULES_VERSION,
    parameters::{Change, ParameterChanges, Persons},
    proposal_kind::ProposalKind,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    rules::{Acting, Rules, RulesVersion, Signalled},
    signature::PublicKey,
    testing::{Actor, EPOCH_LENGTH, TestRng, World, governing::validator, lei},
    tests::faults::{check, fault, refused},
    time::Height,
    validators::CommitteeChange,
};

const fn v(number: u32) -> RulesVersion {
    RulesVersion::new(number)
}

fn rules(world: &World) -> Rules {
    Rules::of(&world.state)
}

fn signalled(world: &mut World, by: &[u8], version: u32) {
    for by in by {
        let signal = world.signal(*by, v(version));
        assert_eq!(world.apply(&signal), Effect::RulesSignalled);
    }
}

/// The first block of the epoch after the next, seen from the last block.
fn acts(world: &World) -> Height {
    Height::new((world.state.header().height.get() / EPOCH_LENGTH + 2) * EPOCH_LENGTH)
}

/// The version of the next block, as whoever votes on it knows it.
fn next(world: &World) -> RulesVersion {
    world.state.rules_at(world.state.header().height.next()).expect("the next block's version")
}

#[derive(Clone)]
struct Case {
    world: World,
    by: u8,
    version: RulesVersion,
    own_name: bool,
}

#[test]
fn d15_a_signal_is_refused_for_the_first_reason_that_applies() {
    let good = Case { world: World::validated(5), by: 2, version: v(2), own_name: false };
    let faults = [
        fault(Refusal::KeyUnknown, &["by"], |c: &mut Case| c.by = 33),
        fault(Refusal::WrongRole, &["by"], |c| c.own_name = true),
        // The version in force is known of everybody.
        fault(Refusal::AlreadyExists, &["version", "said"], |c| c.version = v(1)),
        fault(Refusal::AlreadyExists, &["version", "said"], |c| c.version = v(0)),
        fault(Refusal::AlreadyExists, &["said"], |c| {
            let signal = c.world.signal(2, v(2));
            c.world.apply(&signal);
        }),
        fault(Refusal::OutOfRange, &["version", "said"], |c| c.version = v(MAX_RULES_VERSION + 1)),
    ];
    check(&good, Effect::RulesSignalled, &faults, |case| {
        let mut world = case.world.clone();
        let command = match case.own_name {
            true => world.sign(&Actor::operator(1), Command::Signal { version: case.version }),
            false => world.signal(case.by, case.version),
        };
        world.run(&command)
    });
}

#[test]
fn d15_the_quorums_last_signal_decides_and_the_version_acts_two_epochs_later_for_good() {
    for (validators, needed) in [(4u8, 3u8), (5, 4), (7, 5)] {
        let mut world = World::validated(validators);
        let others: Vec<u8> = (1..needed).collect();
        signalled(&mut world, &others, 3);
        assert_eq!(rules(&world).next, None, "{validators}");
        // Taken back, said again, and as a lower version: the signal before does not count beside it.
        signalled(&mut world, &[1], 1);
        assert_eq!(rules(&world).signal_of(&validator(1).identity), None);
        signalled(&mut world, &[1], 3);
        signalled(&mut world, &[needed], 2);
        let (decided, since) = (rules(&world), acts(&world));
        assert_eq!(decided.next, Some(Acting { version: v(2), since }), "all of them know 2");
        // Nobody undoes it.
        signalled(&mut world, &others, 1);
        world.idle_to(Height::new(since.get() - 2));
        assert_eq!(next(&world), v(1));
        assert_eq!(world.state.rules_at(since), Some(v(2)), "who votes on it knows it");
        world.block(&[]);
        assert_eq!((next(&world), rules(&world).version()), (v(2), v(1)));
        world.block(&[]);
        let acted = rules(&world);
        assert_eq!((acted.version(), acted.next, &acted.signals[..]), (v(2), None, &[][..]));
        assert_eq!(acted.acted, [Acting { version: v(2), since }]);
    }
}

#[test]
fn d15_what_a_quorum_knows_beyond_the_decided_version_is_decided_when_that_acts() {
    let mut world = World::validated(4);
    signalled(&mut world, &[1, 2, 3], 2);
    signalled(&mut world, &[1, 2, 3], 5);
    let since = acts(&world);
    assert_eq!(rules(&world).next, Some(Acting { version: v(2), since }));
    world.idle_to(since);
    let then = Acting { version: v(5), since: acts(&world) };
    assert_eq!((rules(&world).version(), rules(&world).next), (v(2), Some(then)));
    world.idle_to(then.since);
    let numbers: Vec<u32> = rules(&world).acted.iter().map(|one| one.version.get()).collect();
    assert_eq!(numbers, [2, 5]);
}

#[test]
fn d15_signals_of_those_who_leave_do_not_count_and_a_smaller_committee_may_decide() {
    let mut world = World::validated(5);
    let at = world.next_change();
    let leaves = |numbers: &[u8]| {
        let mut remove: Vec<PublicKey> = numbers.iter().map(|n| validator(*n).identity).collect();
        remove.sort();
        CommitteeChange { remove, add: Vec::new(), at }
    };
    let commands = world.decide(Action::ChangeValidators(leaves(&[5])));
    world.apply_all(&commands);
    // Three of five decide nothing; of the four that stay they are a quorum, if they stay.
    let mut other = world.clone();
    signalled(&mut world, &[1, 2, 3], 2);
    signalled(&mut other, &[1, 2, 5], 2);
    for world in [&mut world, &mut other] {
        world.idle_to(Height::new(at.get() - 1));
        assert_eq!(rules(world).next, None);
        world.block(&[]);
    }
    assert_eq!(rules(&world).next, Some(Acting { version: v(2), since: acts(&world) }));
    assert_eq!((rules(&other).next, rules(&other).signals.len()), (None, 2));
}

/// The version of every block that a state answers for is the one that acts in it, however soon it is asked.
#[test]
fn d15_no_later_block_changes_the_version_that_a_state_answers_with() {
    let mut world = World::validated(4);
    let mut said: Vec<(Height, RulesVersion)> = Vec::new();
    for step in 0..EPOCH_LENGTH * 6 {
        match step {
            20 => signalled(&mut world, &[1, 2, 3], 2),
            70 => signalled(&mut world, &[2, 3, 4], 7),
            _ => {
                world.block(&[]);
            }
        }
        let own = world.state.header().height;
        let acted = rules(&world).version();
        for (height, version) in said.iter().filter(|(height, _)| *height == own) {
            assert_eq!(*version, acted, "of {height}");
        }
        assert_eq!(world.state.rules_at(own), None);
        let (first, far) = (own.next(), own.get() + 3 * EPOCH_LENGTH);
        assert_eq!(world.state.rules_at(Height::new(far)), None);
        let ahead = (first.get()..far).map(Height::new);
        said.extend(ahead.filter_map(|height| Some((height, world.state.rules_at(height)?))));
        // All of this epoch and of the next are known.
        let epoch = first.get() / EPOCH_LENGTH;
        let last = Height::new((epoch + 2) * EPOCH_LENGTH - 1);
        assert!(world.state.rules_at(last).is_some());
    }
    assert_eq!(rules(&world).version(), v(7));
}

fn moved(number: u8, address: &str) -> ValidatorAddress {
    let (validator, address) = (validator(number).identity, Text::new(address).unwrap());
    ValidatorAddress { validator, address }
}

#[test]
fn d16_only_what_names_what_a_version_brought_is_of_that_version() {
    let address = persons(ProposalKind::MoveValidator, 3);
    let other = persons(ProposalKind::Mint, 3);
    for (changes, since) in [
        (vec![TTL], RulesVersion::BASE),
        (vec![other, TTL], RulesVersion::BASE),
        (vec![address], RulesVersion::ADDRESSES),
        (vec![other, address], RulesVersion::ADDRESSES),
    ] {
        let at = Height::new(100);
        let action = Action::ChangeParameters(ParameterChanges { changes, at });
        let expires = crate::testing::FOUNDED;
        let command = Command::Propose { action: action.clone(), expires };
        assert_eq!(command.since(), since, "{action:?}");
    }
}

#[test]
fn d15_signals_stand_in_the_order_of_validators_whoever_speaks_first() {
    let heard = [[1, 2], [2, 1]].map(|order| {
        let mut world = World::validated(5);
        order.iter().for_each(|number| signalled(&mut world, &[*number], 2));
        let signals = rules(&world).signals;
        assert!(signals.is_sorted_by_key(|one| one.validator));
        signals.len()
    });
    assert_eq!(heard, [2, 2]);
}

#[test]
fn d16_a_block_with_a_command_of_a_later_version_is_refused() {
    let mut world = World::validated(4);
    let plain = world.propose(&Actor::operator(1), Action::SuspendMember { member: lei("BANKA") });
    let action = Action::MoveValidator(moved(1, "192.0.2.7:7000"));
    let later = world.propose(&Actor::operator(1), action);
    let set = Persons { kind: ProposalKind::MoveValidator, persons: 3 };
    let at = world.ahead(100);
    let about = world.propose_changes(&[Change::CommandTtl(70_000), Change::Persons(set)], at);
    assert_eq!(plain.body.command.since(), RulesVersion::BASE);
    let verdict = |world: &World, commands: &[SignedCommand], version| {
        let block = world.propose_block(world.next_time(), commands);
        let valid = block.validate(world.state.header(), &world.limits(), TestRng::default());
        valid.and_then(|valid| valid.check_rules(version))
    };
    for command in [later, about] {
        let commands = [plain.clone(), command];
        let fault = BlockError::Rules { index: 1, needs: v(2), version: v(1) };
        assert_eq!(verdict(&world, &commands, v(1)), Err(fault));
        assert_eq!(verdict(&world, &commands, v(2)), Ok(()));
        assert_eq!(verdict(&world, &commands[..1], v(1)), Ok(()));
    }
}

#[test]
fn d17_an_address_is_one_spelling_of_where_a_listed_validator_is_reached() {
    let base = World::validated(4);
    let rows = [
        (2, "192.0.2.7:7000", None),
        (2, "[2001:db8::7]:7000", None),
        (2, "localhost:7000", Some(Refusal::OutOfRange)),
        (2, "192.0.2.7", Some(Refusal::OutOfRange)),
        (2, "192.0.2.7:0", Some(Refusal::OutOfRange)),
        (2, "192.0.2.7:07000", Some(Refusal::OutOfRange)),
        (2, "[2001:0db8::7]:7000", Some(Refusal::OutOfRange)),
        (2, "0.0.0.0:7000", Some(Refusal::OutOfRange)),
        (2, "[ff02::1]:7000", Some(Refusal::OutOfRange)),
        (9, "localhost:7000", Some(Refusal::OutOfRange)),
        (9, "192.0.2.7:7000", Some(Refusal::ValidatorUnknown)),
    ];
    for (number, address, refusal) in rows {
        let mut world = base.clone();
        let action = Action::MoveValidator(moved(number, address));
        let [proposal, approval] = world.decide(action);
        world.apply(&proposal);
        let expected = refusal.map_or(Outcome::Applied(Effect::Executed), Outcome::Refused);
        assert_eq!(world.run(&approval), expected, "{number} {address}");
    }
}

#[test]
fn d17_there_is_one_address_of_each_who_is_listed_or_will_be() {
    let mut world = World::validated(5);
    let address = |world: &World, number: u8| {
        let known = Addresses::of(&world.state).validators;
        let found = known.into_iter().find(|one| one.validator == validator(number).identity);
        found.map(|one| one.address.get().to_owned())
    };
    let decide = |world: &mut World, number: u8, to: &str| {
        let commands = world.decide(Action::MoveValidator(moved(number, to)));
        world.block(&commands).receipts[1].outcome
    };
    assert_eq!(decide(&mut world, 2, "192.0.2.7:7000"), Outcome::Applied(Effect::Executed));
    assert_eq!(decide(&mut world, 2, "[2001:db8::7]:7000"), Outcome::Applied(Effect::Executed));
    assert_eq!(decide(&mut world, 1, "192.0.2.8:7000"), Outcome::Applied(Effect::Executed));
    assert_eq!(address(&world, 2).as_deref(), Some("[2001:db8::7]:7000"));
    let unknown = Outcome::Refused(Refusal::ValidatorUnknown);
    assert_eq!(decide(&mut world, 9, "192.0.2.9:7000"), unknown);
    let at = world.next_change();
    let (remove, add) = (vec![validator(2).identity], vec![validator(9)]);
    let commands = world.decide(Action::ChangeValidators(CommitteeChange { remove, add, at }));
    world.apply_all(&commands);
    assert_eq!(decide(&mut world, 9, "192.0.2.9:7000"), Outcome::Applied(Effect::Executed));
    world.idle_to(at);
    assert!(address(&world, 2).is_some(), "until the next address is decided");
    assert_eq!(decide(&mut world, 9, "192.0.2.10:7000"), Outcome::Applied(Effect::Executed));
    assert_eq!((address(&world, 2), address(&world, 1).is_some()), (None, true));
    let known = Addresses::of(&world.state).validators;
    assert!(known.is_sorted_by_key(|one| one.validator));
}

#[test]
fn d15_the_longest_record_of_the_rules_and_of_addresses_fits_a_record() {
    let acting = |number| Acting { version: v(number), since: Height::new(u64::MAX) };
    let signal = |number: u8| Signalled {
        validator: PublicKey::new([number; 32]),
        version: v(u32::MAX),
        height: Height::new(u64::MAX),
    };
    let longest = Rules {
        acted: (2..=MAX_RULES_VERSION).map(acting).collect(),
        next: Some(acting(1)),
        signals: (0..64).map(signal).collect(),
    };
    let text = Text::new(&"1".repeat(128)).unwrap();
    let address =
        |n| ValidatorAddress { validator: PublicKey::new([n; 32]), address: text.clone() };
    let addresses = Addresses { validators: (0..80).map(address).collect() };
    for record in [Record::Rules(Box::new(longest)), Record::Addresses(Box::new(addresses))] {
        let bytes = crate::codec::encode(&record);
        assert!(bytes.len() <= crate::limits::MAX_RECORD_BYTES, "{}", bytes.len());
    }
    let mut world = World::validated(4);
    assert_eq!(world.record(&Name::Rules), None);
    let signal = world.signal(9, v(2));
    assert_eq!(refused(&mut world, &signal), Refusal::KeyUnknown);
}
