//! Directory entries: changed after notice, message keys revoked at once.

use super::{administered, refuses, tried};
use crate::{
    command::Action,
    digest::Hash32,
    directory::{
        DirectoryChange, DirectoryNotice, DirectoryTerms, FormerKey, MAX_DIRECTORY_NOTICE_MS,
        MIN_DIRECTORY_NOTICE_MS, Naming, NewMessageKey, USUAL_NOTICE_MS,
    },
    id::Text,
    limits::{MAX_ALIASES, MAX_DIRECTORY_DUE, MAX_FORMER_KEYS, MAX_RECORD_BYTES},
    member::DirectoryEntry,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    rotation::MAX_OVERLAP_MS,
    testing::{Bank, World},
    tests::faults::refused,
    time::LedgerTime,
};

const NOTICE_MS: u64 = 20_000;
const ONE: Hash32 = Hash32::new([1; 32]);
const TWO: Hash32 = Hash32::new([2; 32]);

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn entry(world: &World, bank: &Bank) -> DirectoryEntry {
    match world.record(&Name::Member(bank.lei)) {
        Some(Record::Member(member)) => member.directory.clone(),
        other => panic!("{other:?}"),
    }
}

fn notice(world: &World, bank: &Bank) -> DirectoryNotice {
    DirectoryNotice::of(&world.state, &bank.lei)
}

/// A change of nothing yet, at the earliest time at which one decided in the next block but one acts.
fn change(world: &World) -> DirectoryChange {
    let from = world.now().after(USUAL_NOTICE_MS + 60_000);
    DirectoryChange { endpoint: None, message_key: None, from }
}

fn new_key(key: Hash32, overlap_ms: u64) -> Option<NewMessageKey> {
    Some(NewMessageKey { key, overlap_ms })
}

/// Banks, a network with a short notice, and names of the first bank.
fn noticed() -> (World, [Bank; 3]) {
    let (mut world, banks) = administered(10);
    let terms = world.decide(Action::SetDirectoryTerms { notice_ms: NOTICE_MS });
    world.apply_all(&terms);
    let (aliases, from) = (vec![text("BIC:BANKUS33")], world.now().after(NOTICE_MS + 10_000));
    let named = world.decide(Action::NameMember(Naming { member: banks[0].lei, aliases, from }));
    world.apply_all(&named);
    world.block_at(from, &[]);
    (world, banks)
}

fn decided(world: &mut World, bank: &Bank, action: Action) -> Effect {
    let [proposal, approval] = world.administer(bank, action);
    world.apply(&proposal);
    world.apply(&approval)
}

#[test]
fn d18_an_entry_changes_at_its_time_and_not_before() {
    let (mut world, [a, b, _]) = noticed();
    assert_eq!(entry(&world, &a).aliases, [text("BIC:BANKUS33")]);
    let before = entry(&world, &a);
    let asked = DirectoryChange {
        endpoint: Some(text("https://new.bank.example")),
        message_key: new_key(ONE, 30_000),
        from: world.now().after(NOTICE_MS + 10_000),
    };
    assert_eq!(decided(&mut world, &a, Action::ChangeDirectory(asked.clone())), Effect::Executed);
    assert_eq!(notice(&world, &a).waiting, Some(asked.clone()));
    world.block_at(LedgerTime::new(asked.from.get() - 1), &[]);
    assert_eq!(entry(&world, &a), before);
    world.block_at(asked.from, &[]);
    let after = entry(&world, &a);
    assert_eq!(Some(&after.endpoint), asked.endpoint.as_ref());
    assert_eq!(after.aliases, before.aliases);
    assert_eq!((after.encryption, &after.keys), (ONE, &before.keys));
    let (kept, until) = (notice(&world, &a), asked.from.after(30_000));
    assert_eq!(kept.waiting, None);
    assert_eq!(kept.former, [FormerKey { key: before.encryption, until }]);
    assert!(kept.opens(&before.encryption, asked.from) && !kept.opens(&ONE, asked.from));
    assert!(!kept.opens(&before.encryption, until), "the overlap is over");
    assert_eq!(entry(&world, &b).endpoint, before.endpoint);
    assert!(DirectoryTerms::of(&world.state).due.is_empty());
}

#[test]
fn d18_what_waits_is_replaced_and_taken_back() {
    let (mut world, [a, ..]) = noticed();
    let before = entry(&world, &a);
    let from = world.now().after(NOTICE_MS + 10_000);
    let nothing = DirectoryChange { from, ..change(&world) };
    let first = DirectoryChange { message_key: new_key(ONE, 0), ..nothing.clone() };
    let second =
        DirectoryChange { endpoint: Some(text("https://two.bank.example")), ..nothing.clone() };
    for asked in [&first, &second] {
        decided(&mut world, &a, Action::ChangeDirectory(asked.clone()));
        assert_eq!(notice(&world, &a).waiting.as_ref(), Some(asked));
        assert_eq!(DirectoryTerms::of(&world.state).due.len(), 1);
    }
    decided(&mut world, &a, Action::ChangeDirectory(nothing.clone()));
    assert_eq!(notice(&world, &a).waiting, None);
    world.block_at(from, &[]);
    assert_eq!(entry(&world, &a), before);
    refuses(&world, &a, &[(Action::ChangeDirectory(nothing), Refusal::OutOfRange)]);
}

#[test]
fn d18_names_are_the_operators_whatever_the_member_decides() {
    let (mut world, [a, ..]) = noticed();
    let (named, moves) = (world.now().after(60_000), world.now().after(NOTICE_MS + 20_000));
    let naming = |names: &[&str], from| {
        let aliases = names.iter().map(|name| text(name)).collect();
        Action::NameMember(Naming { member: a.lei, aliases, from })
    };
    let yes = world.decide(naming(&[], named));
    world.apply_all(&yes);
    // The member's own change comes, goes and comes again: the naming waits all the while.
    let moved = DirectoryChange { endpoint: Some(text("https://x.example")), ..change(&world) };
    let moved = DirectoryChange { from: moves, ..moved };
    let nothing = DirectoryChange { endpoint: None, ..moved.clone() };
    for asked in [&moved, &nothing, &moved] {
        decided(&mut world, &a, Action::ChangeDirectory(asked.clone()));
        assert!(notice(&world, &a).naming.is_some());
        assert_eq!(DirectoryTerms::of(&world.state).due.len(), 1);
    }
    world.block_at(moves, &[]);
    let after = entry(&world, &a);
    assert_eq!((after.endpoint.get(), after.aliases.len()), ("https://x.example", 1));
    assert_eq!(DirectoryTerms::of(&world.state).due.len(), 1);
    world.block_at(named, &[]);
    assert_eq!(entry(&world, &a).aliases, []);
    assert_eq!((notice(&world, &a).naming, notice(&world, &a).waiting), (None, None));
    assert!(DirectoryTerms::of(&world.state).due.is_empty());

    let many: Vec<String> = (10..11 + MAX_ALIASES).map(|n| format!("BIC:BANKUS33X{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let at = |ahead| world.now().after(ahead);
    for (asked, refusal) in [
        (naming(&["B", "A"], at(60_000)), Refusal::DirectoryMalformed),
        (naming(&many, at(60_000)), Refusal::DirectoryMalformed),
        (naming(&["A"], at(MAX_DIRECTORY_NOTICE_MS + 60_000)), Refusal::OutOfRange),
        (naming(&["A"], at(NOTICE_MS)), Refusal::NoticeTooShort),
    ] {
        let mut world = world.clone();
        let [proposal, approval] = world.decide(asked);
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), refusal);
    }
}

#[test]
fn d18_a_change_is_refused_for_what_it_says() {
    let (mut world, [a, b, _]) = noticed();
    let now = change(&world);
    let keyed = |key| DirectoryChange { message_key: new_key(key, 0), ..now.clone() };
    let own = entry(&world, &a).encryption;
    let moved = DirectoryChange { endpoint: Some(text("https://x.example")), ..now.clone() };
    let at = |ahead| DirectoryChange { from: world.now().after(ahead), ..moved.clone() };
    let long = DirectoryChange { message_key: new_key(ONE, MAX_OVERLAP_MS + 1), ..now.clone() };
    let rows = [
        (keyed(Hash32::ZERO), Refusal::KeyUnacceptable),
        (keyed(own), Refusal::KeyUnacceptable),
        (long, Refusal::OutOfRange),
        (at(MAX_DIRECTORY_NOTICE_MS + 60_000), Refusal::OutOfRange),
        (at(NOTICE_MS), Refusal::NoticeTooShort),
        (at(0), Refusal::NoticeTooShort),
    ];
    let rows = rows.map(|(asked, refusal)| (Action::ChangeDirectory(asked), refusal));
    refuses(&world, &a, &rows);
    // Nobody else's affair, and one person is not two.
    let proposal = world.propose(&a.admin(1), Action::ChangeDirectory(moved));
    world.apply(&proposal);
    for (by, refusal) in [
        (a.admin(1), Refusal::SamePerson),
        (a.settlement(), Refusal::WrongRole),
        (b.admin(1), Refusal::ProposalNotYours),
    ] {
        let yes = world.approve(&by, &proposal);
        assert_eq!(refused(&mut world, &yes), refusal);
    }
}

#[test]
fn d18_a_message_key_is_revoked_at_once() {
    let (mut world, [a, ..]) = noticed();
    let own = entry(&world, &a).encryption;
    let revoke = |key, replacement| Action::RevokeMessageKey { key, replacement };
    let rows = [
        (revoke(ONE, None), Refusal::KeyNotActive),
        (revoke(Hash32::ZERO, None), Refusal::KeyNotActive),
        (revoke(own, Some(own)), Refusal::KeyUnacceptable),
        (revoke(own, Some(Hash32::ZERO)), Refusal::KeyUnacceptable),
        (revoke(ONE, Some(TWO)), Refusal::KeyUnacceptable),
    ];
    refuses(&world, &a, &rows);
    let from = world.now().after(NOTICE_MS + 10_000);
    let asked =
        DirectoryChange { message_key: new_key(ONE, MAX_OVERLAP_MS), from, ..change(&world) };
    decided(&mut world, &a, Action::ChangeDirectory(asked.clone()));
    // One that waits, then one that was replaced, then the one in the entry.
    let mut other = world.clone();
    assert_eq!(decided(&mut other, &a, revoke(ONE, None)), Effect::KeyRevoked);
    assert!(notice(&other, &a).waiting.is_none());
    assert!(DirectoryTerms::of(&other.state).due.is_empty());
    other.block_at(from, &[]);
    assert_eq!(entry(&other, &a).encryption, own);
    world.block_at(from, &[]);
    assert!(notice(&world, &a).opens(&own, world.now()));
    assert_eq!(decided(&mut world, &a, revoke(own, None)), Effect::KeyRevoked);
    assert!(!notice(&world, &a).opens(&own, world.now()));
    assert_eq!(decided(&mut world, &a, revoke(ONE, Some(TWO))), Effect::KeyRevoked);
    assert_eq!(entry(&world, &a).encryption, TWO);
    assert!(!notice(&world, &a).opens(&ONE, world.now()));
    assert_eq!(decided(&mut world, &a, revoke(TWO, None)), Effect::KeyRevoked);
    assert_eq!(entry(&world, &a).encryption, Hash32::ZERO, "nobody seals to it");
    assert_eq!(tried(&world, &a, &revoke(TWO, None)), Outcome::Refused(Refusal::KeyNotActive));
}

#[test]
fn d18_terms_and_names_are_the_operators_and_records_fit() {
    let (mut world, [a, ..]) = noticed();
    for (notice_ms, refusal) in [
        (MIN_DIRECTORY_NOTICE_MS - 1, Some(Refusal::OutOfRange)),
        (MAX_DIRECTORY_NOTICE_MS + 1, Some(Refusal::OutOfRange)),
        (MAX_DIRECTORY_NOTICE_MS, None),
    ] {
        let [proposal, approval] = world.decide(Action::SetDirectoryTerms { notice_ms });
        world.apply(&proposal);
        let expected = refusal.map_or(Outcome::Applied(Effect::Executed), Outcome::Refused);
        assert_eq!(world.run(&approval), expected, "{notice_ms}");
    }
    let own = world.propose(&a.admin(1), Action::SetDirectoryTerms { notice_ms: NOTICE_MS });
    assert_eq!(refused(&mut world, &own), Refusal::WrongRole);
    let long = Text::new(&"x".repeat(128)).unwrap();
    let waiting = DirectoryChange {
        endpoint: Some(long.clone()),
        message_key: new_key(ONE, u64::MAX),
        from: LedgerTime::new(u64::MAX),
    };
    let former = vec![FormerKey { key: ONE, until: LedgerTime::new(u64::MAX) }; MAX_FORMER_KEYS];
    let (member, from) = (a.lei, LedgerTime::new(u64::MAX));
    let naming = Some(Naming { member, aliases: vec![long; MAX_ALIASES], from });
    let longest = DirectoryNotice { member, waiting: Some(waiting), naming, former };
    let due = crate::directory::Due { at: LedgerTime::new(u64::MAX), member: a.lei };
    let terms = DirectoryTerms { notice_ms: u64::MAX, due: vec![due; MAX_DIRECTORY_DUE] };
    for record in [Record::DirectoryNotice(Box::new(longest)), Record::DirectoryTerms(terms)] {
        let bytes = crate::codec::encode(&record).len();
        assert!(bytes <= MAX_RECORD_BYTES, "{bytes}");
    }
}
