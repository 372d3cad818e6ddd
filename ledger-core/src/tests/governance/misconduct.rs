//! What validators are accused of, and what becomes of them (D7, D8).

use crate::{
    codec::encode,
    command::{Action, Approval, Command, SignedCommand},
    digest::Hash32,
    draft::Records as _,
    epoch::Epochs,
    genesis::VoteSignature,
    id::{ChainId, CommandId, Lei, Text},
    limits::{MAX_OFFENCES, MAX_RECORD_BYTES, MIN_VALIDATORS},
    misconduct::{Contradiction, Evidence, Misconduct, MisconductKind, Offence, Said},
    money::Money,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signature::MemorySigner,
    state::State,
    testing::{
        Actor, Bank, World,
        governing::{validator, vote_key},
        misconduct::{evidence, vote},
        usd,
    },
    tests::faults::{check, fault, lasting, refused},
    time::Height,
    validators::{Committee, CommitteeChange, Expelled},
};

const KINDS: [MisconductKind; 3] =
    [MisconductKind::Notarize, MisconductKind::Finalize, MisconductKind::SkipAndFinalize];

fn committee(world: &World) -> &Committee {
    match world.record(&Name::Committee) {
        Some(Record::Committee(committee)) => committee,
        _ => panic!("no committee"),
    }
}

fn numbers(world: &World) -> Vec<u8> {
    let listed = |number: &u8| {
        let identity = validator(*number).identity;
        committee(world).validators.iter().any(|listed| listed.identity == identity)
    };
    (1..40).filter(listed).collect()
}

fn expelled(world: &World) -> usize {
    match world.record(&Name::Expelled) {
        Some(Record::Expelled(found)) => found.vote_keys.len(),
        _ => 0,
    }
}

fn recorded(world: &World, number: u8) -> Vec<Offence> {
    Misconduct::of(&world.state, &validator(number).identity).offences
}

fn did(world: &World, number: u8, view: u64) -> Evidence {
    evidence(&world.genesis.chain_id(), number, (0, view), MisconductKind::Notarize)
}

/// The votes as they are, or one of them in place of the other.
fn swapped(found: &Evidence, change: impl Fn(&mut Contradiction)) -> Evidence {
    let mut forged = *found;
    change(&mut forged.votes);
    forged
}

#[derive(Clone)]
struct Case {
    world: World,
    evidence: Evidence,
    /// Who accuses, where it is a validator.
    by: u8,
    plants: Vec<(Name, Record)>,
}

fn as_notarize(votes: &mut Contradiction) -> (&mut Said, &mut Said) {
    match votes {
        Contradiction::Notarize(one, two) => (one, two),
        _ => panic!("two votes to notarize"),
    }
}

#[test]
fn d7_an_accusation_is_refused_for_the_first_reason_that_applies() {
    let world = World::validated(5);
    let good = Case { evidence: did(&world, 2, 9), world, by: 1, plants: Vec::new() };
    let faults = [
        // An identity that no committee lists.
        fault(Refusal::KeyUnknown, &["by"], |c: &mut Case| c.by = 33),
        fault(Refusal::AlreadyExists, &["known"], |c| {
            let offence = Offence {
                evidence: c.evidence,
                vote_key: vote_key(2).0,
                height: Height::new(1),
                time: c.world.now(),
            };
            let of = c.evidence.validator;
            let known = Misconduct { validator: of, offences: vec![offence] };
            c.plants.push((Name::Misconduct(of), Record::Misconduct(Box::new(known))));
        }),
        fault(Refusal::ValidatorUnknown, &["validator", "known"], |c| {
            c.evidence.validator = validator(30).identity;
        }),
        fault(Refusal::OffencesFull, &["known", "validator"], |c| {
            let of = |view| Offence {
                evidence: Evidence { view, ..c.evidence },
                vote_key: vote_key(2).0,
                height: Height::new(1),
                time: c.world.now(),
            };
            let offences = (100..100 + MAX_OFFENCES as u64).map(of).collect();
            let full = Misconduct { validator: c.evidence.validator, offences };
            let name = Name::Misconduct(c.evidence.validator);
            c.plants.push((name, Record::Misconduct(Box::new(full))));
        }),
        // Another's votes.
        fault(Refusal::EvidenceInvalid, &["validator", "known"], |c| {
            c.evidence.validator = validator(3).identity;
        }),
        // Another epoch, an epoch to come although signed, another view.
        fault(Refusal::EvidenceInvalid, &["round", "known"], |c| c.evidence.epoch = 1),
        fault(Refusal::EvidenceInvalid, &["round", "votes", "known"], |c| {
            let chain = c.world.genesis.chain_id();
            c.evidence = evidence(&chain, 2, (7, 9), MisconductKind::Notarize);
        }),
        fault(Refusal::EvidenceInvalid, &["round", "known"], |c| c.evidence.view += 1),
        // One vote twice; a vote and another signature of it; two votes, one of them changed.
        fault(Refusal::EvidenceInvalid, &["votes"], |c| {
            c.evidence = swapped(&c.evidence, |votes| {
                let (one, two) = as_notarize(votes);
                *two = *one;
            });
        }),
        fault(Refusal::EvidenceInvalid, &["votes"], |c| {
            c.evidence = swapped(&c.evidence, |votes| {
                let (one, two) = as_notarize(votes);
                one.signature = two.signature;
            });
        }),
        fault(Refusal::EvidenceInvalid, &["votes"], |c| {
            c.evidence = swapped(&c.evidence, |votes| as_notarize(votes).1.digest = Hash32::MAX);
        }),
        fault(Refusal::EvidenceInvalid, &["votes"], |c| {
            c.evidence = swapped(&c.evidence, |votes| as_notarize(votes).1.parent_view += 1);
        }),
        // No signature at all.
        fault(Refusal::EvidenceInvalid, &["votes"], |c| {
            c.evidence = swapped(&c.evidence, |votes| {
                as_notarize(votes).0.signature = VoteSignature::new([0xff; 48]);
            });
        }),
        // A vote to notarize shown as one to finalize.
        fault(Refusal::EvidenceInvalid, &["votes", "known"], |c| {
            c.evidence = swapped(&c.evidence, |votes| {
                let (one, two) = as_notarize(votes);
                *votes = Contradiction::Finalize(*one, *two);
            });
        }),
        // To notarize and to skip contradict nothing, whatever it is called.
        fault(Refusal::EvidenceInvalid, &["votes", "known"], |c| {
            let chain = c.world.genesis.chain_id();
            let skip = vote(&chain, 2, b"_NULLIFY", (0, 9), None);
            c.evidence = swapped(&c.evidence, |votes| {
                let finalize = *as_notarize(votes).0;
                *votes = Contradiction::SkipAndFinalize { skip, finalize };
            });
        }),
        // Votes of another network.
        fault(Refusal::EvidenceInvalid, &["votes", "round", "validator", "known"], |c| {
            c.evidence = evidence(&ChainId::new([7; 32]), 2, (0, 9), MisconductKind::Notarize);
        }),
    ];
    check(&good, Effect::MisconductRecorded, &faults, |case| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let command = world.accuse(case.by, case.evidence);
        let before = lasting(&world.state);
        let outcome = world.run(&command);
        if matches!(outcome, Outcome::Refused(_)) {
            assert_eq!(lasting(&world.state), before, "a refused accusation changed something");
        }
        outcome
    });
}

/// Either vote alone proves nothing, of whatever kind it is.
#[test]
fn d7_both_votes_of_every_kind_are_the_validators_own() {
    let world = World::validated(5);
    let chain = world.genesis.chain_id();
    let found = |evidence: &Evidence| {
        let mut world = world.clone();
        let command = world.accuse(1, *evidence);
        world.run(&command)
    };
    let invalid = Outcome::Refused(Refusal::EvidenceInvalid);
    for kind in KINDS {
        // What the third would have said in the second's place.
        let [good, other] = [2, 3].map(|number| evidence(&chain, number, (0, 9), kind));
        assert_eq!(found(&good), Outcome::Applied(Effect::MisconductRecorded), "{kind:?}");
        let forged = match (good.votes, other.votes) {
            (Contradiction::Notarize(one, two), Contradiction::Notarize(a, b)) => {
                [(a, two), (one, b), (one, one)].map(|(x, y)| Contradiction::Notarize(x, y))
            }
            (Contradiction::Finalize(one, two), Contradiction::Finalize(a, b)) => {
                [(a, two), (one, b), (one, one)].map(|(x, y)| Contradiction::Finalize(x, y))
            }
            (
                Contradiction::SkipAndFinalize { skip, finalize },
                Contradiction::SkipAndFinalize { skip: a, finalize: b },
            ) => [(a, finalize), (skip, b), (a, b)]
                .map(|(skip, finalize)| Contradiction::SkipAndFinalize { skip, finalize }),
            _ => panic!("of one kind"),
        };
        for (row, votes) in forged.into_iter().enumerate() {
            assert_eq!(found(&Evidence { votes, ..good }), invalid, "{kind:?} {row}");
        }
    }
}

#[test]
fn d7_w31_every_kind_is_recorded_once_with_its_proof() {
    let mut world = World::validated(5);
    let chain = world.genesis.chain_id();
    for (number, kind) in (1..).zip(KINDS) {
        let found = evidence(&chain, number, (0, 3), kind);
        assert_eq!(found.kind(), kind);
        let accusation = world.accuse(5, found);
        assert_eq!(world.apply(&accusation), Effect::MisconductRecorded);
        let [offence] = recorded(&world, number)[..] else { panic!("one offence") };
        assert_eq!((offence.evidence, offence.vote_key), (found, vote_key(number).0));
        assert_eq!(offence.height, world.state.header().height);
        // Another accuser, and the same votes the other way round: known.
        let again = world.accuse(4, found);
        assert_eq!(refused(&mut world, &again), Refusal::AlreadyExists);
        let other = evidence(&chain, number, (0, 4), kind);
        let other = world.accuse(4, other);
        assert_eq!(world.apply(&other), Effect::MisconductRecorded);
        assert_eq!(recorded(&world, number).len(), 2);
    }
    let receipt = &world.sets.last().unwrap().receipts[0];
    assert_eq!(receipt.parties, vec![Lei::VALIDATORS]);
}

#[test]
fn d7_an_institution_accuses_in_its_own_name_and_validators_say_nothing_else_in_theirs() {
    let mut world = World::validated(5);
    let found = did(&world, 3, 5);
    let by = world.sign(&Actor::operator(1), Command::Accuse(found));
    assert_eq!(world.apply(&by), Effect::MisconductRecorded);
    // Beside a validator nobody else speaks in their name.
    let body = world.body(Lei::VALIDATORS, Command::Accuse(did(&world, 4, 5)));
    let together = [1, 77].map(|number| MemorySigner::new(&[number; 32]));
    let together = SignedCommand::sign(body, &[&together[0], &together[1]]).unwrap();
    assert_eq!(refused(&mut world, &together), Refusal::KeyUnknown);
    let leg = world.payment(&Bank::new("BANKA"), &Bank::new("BANKB"), Money::new(usd(), 1)).leg;
    for command in [
        Command::Close(leg),
        Command::Propose {
            action: Action::SuspendMember { member: Bank::new("BANKA").lei },
            expires: world.now().after(10_000),
        },
        Command::Approve(Approval {
            proposal: CommandId::new([1; 32]),
            content: Hash32::ZERO,
            policy_version: 1,
        }),
    ] {
        let body = world.body(Lei::VALIDATORS, command);
        let signer = MemorySigner::new(&[1; 32]);
        let signed = SignedCommand::sign(body, &[&signer]).unwrap();
        assert_eq!(refused(&mut world, &signed), Refusal::WrongRole);
    }
    // Nobody becomes an institution of that name.
    let mut directory = Bank::new("BANKA").directory();
    directory.lei = Lei::VALIDATORS;
    directory.keys.clear();
    assert!(!directory.is_well_formed());
    let mut grant = Actor::operator(9).grant;
    grant.organisation = Lei::VALIDATORS;
    let commands = world.decide(Action::RegisterKey(grant));
    let outcome = world.block(&commands).receipts[1].outcome;
    assert_eq!(outcome, Outcome::Refused(Refusal::DirectoryMalformed));
}

#[test]
fn d7_what_is_recorded_of_one_validator_is_bounded() {
    let mut world = World::validated(5);
    let chain = world.genesis.chain_id();
    for view in 0..MAX_OFFENCES as u64 {
        let found = evidence(&chain, 2, (0, u64::MAX - view), MisconductKind::Finalize);
        let accusation = world.accuse(1, found);
        world.apply(&accusation);
    }
    let record = world.record(&Name::Misconduct(validator(2).identity)).unwrap();
    assert!(encode(record).len() < MAX_RECORD_BYTES);
    let one = did(&world, 2, 77);
    let more = world.accuse(1, one);
    assert_eq!(refused(&mut world, &more), Refusal::OffencesFull);
    assert_eq!(expelled(&world), 1);
}

fn accused(world: &mut World, number: u8) {
    let found = did(world, number, 5);
    let accusation = world.accuse(1, found);
    assert_eq!(world.apply(&accusation), Effect::MisconductRecorded);
}

#[test]
fn d8_whoever_misbehaved_leaves_at_the_first_boundary_that_all_can_know() {
    // In the first, a middle and the last block of an epoch.
    for offset in [0, 7, 31] {
        let mut world = World::validated(5);
        let epochs = Epochs::of(&world.genesis);
        let length = epochs.length().get();
        world.idle_to(Height::new(length + offset - 1));
        accused(&mut world, 2);
        let decided = world.state.header().height;
        assert_eq!(decided.get(), length + offset);
        let at = Height::new(3 * length);
        assert!(at.get() - decided.get() > length, "as for a decided change");
        assert_eq!(committee(&world).next.as_ref().map(|change| change.at), Some(at));
        world.idle_to(Height::new(at.get() - 2));
        // It can still be accused of what it does until then.
        let more = did(&world, 2, 6);
        let more = world.accuse(3, more);
        world.apply(&more);
        assert_eq!((numbers(&world), expelled(&world)), (vec![1, 2, 3, 4, 5], 1));
        world.block(&[]);
        assert_eq!(world.state.header().height, at);
        assert_eq!((numbers(&world), expelled(&world)), (vec![1, 3, 4, 5], 0));
        assert_eq!(committee(&world).next, None);
        assert_eq!(recorded(&world, 2).len(), 2, "what was recorded stays");
        let late = did(&world, 2, 9);
        let late = world.accuse(3, late);
        assert_eq!(refused(&mut world, &late), Refusal::ValidatorUnknown);
    }
}

#[test]
fn d8_the_smallest_committee_keeps_whom_it_expelled_until_others_join() {
    let mut world = World::validated(4);
    accused(&mut world, 2);
    assert_eq!((committee(&world).next.clone(), expelled(&world)), (None, 1));
    world.idle_to(Height::new(100));
    assert_eq!((numbers(&world).len(), expelled(&world)), (MIN_VALIDATORS, 1));
    // One joins: the expelled leaves with the same change.
    let at = world.next_change();
    let change = CommitteeChange { remove: Vec::new(), add: vec![validator(6)], at };
    let commands = world.decide(Action::ChangeValidators(change));
    world.apply_all(&commands);
    let decided = committee(&world).next.clone().unwrap();
    assert_eq!((decided.at, decided.remove), (at, vec![validator(2).identity]));
    world.idle_to(at);
    assert_eq!((numbers(&world), expelled(&world)), (vec![1, 3, 4, 6], 0));
}

#[test]
fn d8_a_change_that_is_decided_takes_the_expelled_along_if_it_can_else_they_follow_it() {
    let mut world = World::validated(6);
    let at = world.next_change();
    let change = CommitteeChange { remove: Vec::new(), add: vec![validator(7)], at };
    let commands = world.decide(Action::ChangeValidators(change));
    world.apply_all(&commands);
    accused(&mut world, 2);
    let joined = committee(&world).next.clone().unwrap();
    assert_eq!((joined.at, joined.remove), (at, vec![validator(2).identity]));
    // In the epoch before it acts nothing can be added: those who vote may not know.
    world.idle_to(Height::new(at.get() - 3));
    accused(&mut world, 3);
    assert_eq!(committee(&world).next.as_ref().unwrap().remove, vec![validator(2).identity]);
    world.idle_to(at);
    assert_eq!((numbers(&world), expelled(&world)), (vec![1, 3, 4, 5, 6, 7], 1));
    let next = committee(&world).next.clone().unwrap();
    let length = Epochs::of(&world.genesis).length().get();
    assert_eq!((next.at.get(), next.remove), (at.get() + 2 * length, vec![validator(3).identity]));
    world.idle_to(next.at);
    assert_eq!((numbers(&world), expelled(&world)), (vec![1, 4, 5, 6, 7], 0));
}

#[test]
fn d8_several_leave_together_down_to_the_smallest_committee() {
    let mut world = World::validated(6);
    for number in [2, 3, 4] {
        accused(&mut world, number);
    }
    let next = committee(&world).next.clone().unwrap();
    assert_eq!(next.remove.len(), 2, "four stay");
    assert!(next.remove.is_sorted());
    world.idle_to(next.at);
    assert_eq!((numbers(&world), expelled(&world)), (vec![1, 4, 5, 6], 1));
}

#[test]
fn d8_a_vote_key_that_misbehaved_joins_no_committee_again_and_another_of_its_owner_may() {
    let mut world = World::validated(5);
    accused(&mut world, 2);
    let at = committee(&world).next.as_ref().unwrap().at;
    world.idle_to(at);
    let mut back = validator(2);
    let at = world.next_change();
    let change = |back| CommitteeChange { remove: Vec::new(), add: vec![back], at };
    let commands = world.decide(Action::ChangeValidators(change(back.clone())));
    let outcome = world.block(&commands).receipts[1].outcome;
    assert_eq!(outcome, Outcome::Refused(Refusal::KeyUnacceptable));
    (back.vote_key, back.proof_of_possession) = vote_key(22);
    let commands = world.decide(Action::ChangeValidators(change(back)));
    world.apply_all(&commands);
    world.idle_to(at);
    assert_eq!(numbers(&world), [1, 2, 3, 4, 5]);
}

#[test]
fn d8_a_change_that_brings_the_expelled_key_back_does_not() {
    let mut world = World::validated(5);
    let at = world.next_change();
    // It was to move to another name, with the same keys.
    let mut renamed = validator(2);
    renamed.name = Text::new("renamed").unwrap();
    let remove = vec![validator(2).identity];
    let change = CommitteeChange { remove, add: vec![renamed], at };
    let commands = world.decide(Action::ChangeValidators(change));
    world.apply_all(&commands);
    accused(&mut world, 2);
    assert_eq!(committee(&world).next.as_ref().unwrap().add, Vec::new());
    world.idle_to(at);
    assert_eq!(numbers(&world), [1, 3, 4, 5]);
}

#[test]
fn d7_d8_a_restored_state_goes_on_to_the_same_roots() {
    let mut world = World::validated(5);
    accused(&mut world, 2);
    let height = world.state.header().height;
    let restored = State::restore(world.kept(height)).unwrap();
    assert_eq!(
        restored.record(&Name::Expelled).cloned(),
        Some(Record::Expelled(Expelled { vote_keys: vec![vote_key(2).0] }))
    );
    assert_eq!(lasting(&restored), lasting(&world.state));
}
