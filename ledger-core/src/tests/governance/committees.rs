//! Who validates from which block on (D5).

use super::founded;
use crate::{
    block::{BlockError, Header},
    codec::{decode, encode},
    command::Action,
    digest::{Hash32, leaf_hash},
    epoch::Epochs,
    genesis::{Validator, VoteKey},
    id::Text,
    journal::LogName,
    limits::{MAX_JOINING, MAX_NOTICE, MAX_RECORD_BYTES, MAX_VALIDATORS},
    merkle::{Frontier, LogHead},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    testing::{
        Actor, EPOCH_LENGTH, World,
        governing::{validator, vote_key},
    },
    tests::faults::{check, fault},
    time::Height,
    validators::{Committee, CommitteeChange, CommitteeEntry},
};

fn committee(world: &World) -> &Committee {
    match world.record(&Name::Committee) {
        Some(Record::Committee(committee)) => committee,
        _ => panic!("no committee"),
    }
}

fn change(remove: &[u8], add: &[u8], at: Height) -> CommitteeChange {
    let mut remove: Vec<_> = remove.iter().map(|number| validator(*number).identity).collect();
    let mut add: Vec<_> = add.iter().map(|number| validator(*number)).collect();
    remove.sort();
    add.sort_by_key(|validator| validator.identity);
    CommitteeChange { remove, add, at }
}

#[derive(Clone)]
struct Case {
    world: World,
    asked: CommitteeChange,
    plants: Vec<(Name, Record)>,
}

/// One that joins in place of the first, changed.
fn joining(case: &mut Case, change: impl FnOnce(&mut Validator)) {
    change(&mut case.asked.add[0]);
}

#[test]
fn d5_a_committee_is_refused_for_the_first_reason_that_applies() {
    let world = founded(2);
    let asked = change(&[1], &[5], world.next_change());
    let good = Case { world, asked, plants: Vec::new() };
    let faults = [
        fault(Refusal::AlreadyExists, &["key"], |c: &mut Case| {
            joining(c, |v| v.vote_key = VoteKey::new([4; 96]));
        }),
        fault(Refusal::AlreadyExists, &["name", "remove"], |c| {
            joining(c, |v| v.name = Text::new("validator").unwrap());
        }),
        fault(Refusal::AlreadyExists, &["identity"], |c| {
            joining(c, |v| v.identity = validator(3).identity);
        }),
        // Three would be left.
        fault(Refusal::OutOfRange, &["remove"], |c| {
            c.asked.remove = change(&[1, 2], &[], c.asked.at).remove;
        }),
        fault(Refusal::OutOfRange, &["remove"], |c| {
            c.asked.remove = change(&[1, 1], &[], c.asked.at).remove;
        }),
        fault(Refusal::OutOfRange, &["at"], |c| {
            let far = c.world.ahead(MAX_NOTICE + EPOCH_LENGTH).get();
            c.asked.at = Height::new(far.next_multiple_of(EPOCH_LENGTH));
        }),
        fault(Refusal::OutOfRange, &["at"], |c| c.asked.at = c.asked.at.next()),
        fault(Refusal::NoticeTooShort, &["at"], |c| {
            c.asked.at = Height::new(c.asked.at.get() - EPOCH_LENGTH);
        }),
        fault(Refusal::ChangesFull, &["pending"], |c| {
            let next = Some(change(&[2], &[9], Height::new(1_000)));
            let committee = Committee { next, ..committee(&c.world).clone() };
            c.plants.push((Name::Committee, Record::Committee(Box::new(committee))));
        }),
        fault(Refusal::ValidatorUnknown, &["remove"], |c| {
            c.asked.remove = change(&[8], &[], c.asked.at).remove;
        }),
        fault(Refusal::KeyUnacceptable, &["identity"], |c| {
            joining(c, |v| v.identity = PublicKey::new([0; 32]));
        }),
        // Another's proof, and a key that is none.
        fault(Refusal::KeyUnacceptable, &["key"], |c| {
            joining(c, |v| v.proof_of_possession = validator(6).proof_of_possession);
        }),
        fault(Refusal::KeyUnacceptable, &["key"], |c| {
            joining(c, |v| v.vote_key = VoteKey::new([77; 96]));
        }),
    ];
    check(&good, Effect::Executed, &faults, |case| {
        let mut world = case.world.clone();
        let action = Action::ChangeValidators(case.asked.clone());
        let proposal = world.propose(&Actor::operator(1), action);
        world.apply(&proposal);
        world.plant(case.plants.clone());
        let approval = world.approve(&Actor::operator(2), &proposal);
        world.run(&approval)
    });
}

/// What comes of a change whose last yes is in the block of this height.
fn decided_at(start: &World, asked: &CommitteeChange, height: Height) -> Outcome {
    let mut world = start.clone();
    world.idle_to(Height::new(height.get() - 2));
    let action = Action::ChangeValidators(asked.clone());
    let proposal = world.propose(&Actor::operator(1), action);
    world.apply(&proposal);
    let approval = world.approve(&Actor::operator(2), &proposal);
    let outcome = world.run(&approval);
    assert_eq!(world.state.header().height, height);
    outcome
}

#[test]
fn d5_a_change_is_decided_more_than_an_epoch_before_and_no_more_than_its_notice() {
    let world = founded(2);
    let executed = Outcome::Applied(Effect::Executed);
    let near = change(&[1], &[5], Height::new(4 * EPOCH_LENGTH));
    let last = 3 * EPOCH_LENGTH;
    assert_eq!(decided_at(&world, &near, Height::new(last - 1)), executed);
    let short = Outcome::Refused(Refusal::NoticeTooShort);
    assert_eq!(decided_at(&world, &near, Height::new(last)), short);
    let first = 2 * EPOCH_LENGTH - MAX_NOTICE % EPOCH_LENGTH;
    let far = change(&[1], &[5], Height::new(first + MAX_NOTICE));
    assert_eq!(far.at.get() % EPOCH_LENGTH, 0);
    let beyond = Outcome::Refused(Refusal::OutOfRange);
    assert_eq!(decided_at(&world, &far, Height::new(first - 1)), beyond);
    assert_eq!(decided_at(&world, &far, Height::new(first)), executed);
}

#[test]
fn d5_those_who_join_and_leave_are_listed_in_order_and_within_bounds() {
    let world = founded(2);
    let at = world.next_change();
    let height = world.state.header().height.next().next();
    let refused = |asked: &CommitteeChange| decided_at(&world, asked, height);
    let mut joining = change(&[], &[5, 6], at);
    assert_eq!(refused(&joining), Outcome::Applied(Effect::Executed));
    joining.add.reverse();
    assert_eq!(refused(&joining), Outcome::Refused(Refusal::OutOfRange));
    let nobody = |count: usize| {
        let numbers = 1..=u8::try_from(count).unwrap();
        let remove = numbers.map(|number| PublicKey::new([number; 32])).collect();
        CommitteeChange { remove, ..change(&[], &[5], at) }
    };
    let unknown = Outcome::Refused(Refusal::ValidatorUnknown);
    assert_eq!(refused(&nobody(MAX_VALIDATORS)), unknown);
    let beyond = Outcome::Refused(Refusal::OutOfRange);
    assert_eq!(refused(&nobody(MAX_VALIDATORS + 1)), beyond);
}

fn decided(world: &mut World, asked: CommitteeChange) {
    let commands = world.decide(Action::ChangeValidators(asked));
    world.apply_all(&commands);
}

#[test]
fn d5_a_committee_follows_at_its_block_and_the_journal_tells_of_both() {
    let mut world = founded(2);
    assert_eq!(committee(&world).hash(), world.genesis.committee_hash());
    let at = world.next_change();
    // The first leaves, the second comes back with another vote key, the fifth joins.
    let mut asked = change(&[1, 2], &[2, 5], at);
    for joins in asked.add.iter_mut().filter(|v| v.identity == validator(2).identity) {
        (joins.vote_key, joins.proof_of_possession) = vote_key(22);
    }
    decided(&mut world, asked.clone());
    world.idle_to(Height::new(at.get() - 1));
    let before = committee(&world).clone();
    assert_eq!((before.epoch, before.validators.clone()), (0, world.genesis.validators.clone()));
    assert_eq!(before.next, Some(asked));
    world.block(&[]);
    let after = committee(&world).clone();
    let epoch = at.get() / EPOCH_LENGTH;
    assert_eq!((after.epoch, after.validators.len(), after.next.clone()), (epoch, 4, None));
    let identities: Vec<_> = after.validators.iter().map(|v| v.identity).collect();
    assert!(identities.is_sorted() && !identities.contains(&validator(1).identity));
    let again = after.validators.iter().find(|v| v.identity == validator(2).identity);
    assert_eq!(again.unwrap().vote_key, vote_key(22).0);
    let (mut edge, mut entries) = (Frontier::default(), Vec::new());
    for row in world.sets.iter().flat_map(|set| &set.lists.logs) {
        if row.log == LogName::Committee {
            edge.push(leaf_hash(&row.salt, &row.bytes));
            let entry: CommitteeEntry = decode(&row.bytes, 1_000).unwrap();
            let validators: Vec<Validator> = decode(&row.detail, 100_000).unwrap();
            let shown = Committee { epoch: entry.epoch, validators, ..after.clone() };
            assert_eq!(shown.hash(), entry.committee, "what stands beside the entry");
            entries.push(entry);
        }
    }
    assert_eq!(after.journal, edge.head());
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].committee, world.genesis.committee_hash());
    assert_eq!(entries[0].next, Some((at, after.hash())));
    assert_eq!((entries[1].height, entries[1].committee), (at, after.hash()));
    assert_eq!(entries[1].next, None);
}

#[test]
fn d5_a_committee_grows_to_the_most_there_may_be_and_its_record_stays_within_its_bound() {
    let mut world = founded(2);
    let long = |number: u8| {
        let name = format!("{number:0>128}");
        Validator { name: Text::new(&name).unwrap(), ..validator(number) }
    };
    let mut number = 5u8;
    while committee(&world).validators.len() < MAX_VALIDATORS {
        let room = MAX_VALIDATORS - committee(&world).validators.len();
        let count = u8::try_from(room.min(MAX_JOINING)).unwrap();
        let at = world.next_change();
        let mut add: Vec<_> = (number..number + count).map(long).collect();
        add.sort_by_key(|validator| validator.identity);
        number += count;
        decided(&mut world, CommitteeChange { remove: Vec::new(), add, at });
        world.idle_to(at);
    }
    let at = world.next_change();
    let mut one = change(&[], &[200], at);
    assert_eq!(refusal(&world, &one), Some(Refusal::OutOfRange), "one too many");
    let full = committee(&world).validators.clone();
    one.remove = full.iter().map(|v| v.identity).collect();
    one.add = (200..200 + MAX_JOINING as u8).map(long).collect();
    one.add.sort_by_key(|validator| validator.identity);
    decided(&mut world, one.clone());
    let record = world.record(&Name::Committee).unwrap();
    assert!(encode(record).len() < MAX_RECORD_BYTES, "{}", encode(record).len());
    world.idle_to(at);
    assert_eq!(committee(&world).validators, one.add);
    assert_ne!(committee(&world).journal, LogHead::EMPTY);
    let none = CommitteeChange { remove: Vec::new(), add: Vec::new(), at: world.next_change() };
    assert_eq!(refusal(&world, &none), Some(Refusal::OutOfRange), "nothing changes");
    let at = world.next_change();
    let many: Vec<u8> = (1..=MAX_JOINING as u8 + 1).collect();
    assert_eq!(refusal(&world, &change(&[], &many, at)), Some(Refusal::OutOfRange));
}

fn refusal(world: &World, asked: &CommitteeChange) -> Option<Refusal> {
    let mut world = world.clone();
    let commands = world.decide(Action::ChangeValidators(asked.clone()));
    match world.block(&commands).receipts[1].outcome {
        crate::receipt::Outcome::Refused(refusal) => Some(refusal),
        crate::receipt::Outcome::Applied(_) => None,
    }
}

#[test]
fn d6_the_record_tells_of_this_epoch_and_the_next_and_headers_name_who_certifies_what_follows() {
    let mut world = founded(2);
    let epochs = Epochs::of(&world.genesis);
    let at = world.next_change();
    decided(&mut world, change(&[1], &[5], at));
    let (old, new) = (world.genesis.committee_hash(), committee(&world).from(at).unwrap().hash());
    assert_ne!(old, new);
    let epoch = epochs.containing(at);
    let told = |world: &World, epoch: u64| {
        committee(world).of_epoch(epoch, world.state.header().height).map(|found| found.hash())
    };
    while world.state.header().height.get() < at.get() + 2 * EPOCH_LENGTH {
        world.block(&[]);
        let header = *world.state.header();
        let now = epochs.containing(header.height.next());
        let hash = |of: u64| if of < epoch { old } else { new };
        assert_eq!(told(&world, now), Some(hash(now)), "{}", header.height);
        assert_eq!(told(&world, now + 1), Some(hash(now + 1)), "{}", header.height);
        assert_eq!(told(&world, now + 2), None);
        assert_eq!(header.committee, hash(epochs.containing(header.height)));
        assert_eq!(header.next_committee, hash(now), "{}", header.height);
        assert_eq!(epochs.check(&header, &hash(now)), Ok(()));
        let other = Header { next_committee: Hash32::ZERO, ..header };
        let fault = |field| Err(BlockError::Header { field });
        assert_eq!(epochs.check(&other, &hash(now)), fault("next_committee"));
        let mut later = header;
        later.context.epoch += 1;
        assert_eq!(epochs.check(&later, &hash(now)), fault("context.epoch"));
    }
    assert_eq!(told(&world, epoch - 1), None, "other validators");
}
