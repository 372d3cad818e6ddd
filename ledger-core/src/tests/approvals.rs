//! Proposals, approvals and what operators decide with them (I5).

use crate::{
    authority::Role,
    command::{Action, Approval, Command},
    digest::{Domain, Hash32},
    id::{CommandId, Text},
    limits::{MAX_ALIASES, MAX_APPROVALS, MAX_DIRECTORY_KEYS, MAX_RESERVES},
    member::DirectoryEntry,
    money::{Currency, Money},
    proposal::MAX_PROPOSAL_MS,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    reserve::EvidenceClass,
    signature::PublicKey,
    testing::{
        Actor, Bank, World, commands::sign, custodian_lei, genesis, issuer_lei, operator_lei, usd,
    },
    tests::{
        faults::{Fault, check, fault, refused},
        payments::{key, suspended},
    },
};

#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    approval: Approval,
    plants: Vec<(Name, Record)>,
}

fn change_proposal(c: &mut Case, change: impl FnOnce(&mut crate::proposal::Proposal)) {
    let name = Name::Proposal(c.approval.proposal);
    let Some(Record::Proposal(proposal)) = c.world.record(&name) else { panic!() };
    let mut proposal = proposal.clone();
    change(&mut proposal);
    c.plants.push((name, Record::Proposal(proposal)));
}

fn approval_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::KeyRevoked, &["by"], |c: &mut Case| c.plants.push(key(&c.by, false))),
        fault(Refusal::WrongRole, &["by", "proposal"], |c| c.by = Actor::treasury(1)),
        fault(Refusal::ProposalUnknown, &["proposal", "record"], |c| {
            c.approval.proposal = CommandId::new([0; 32]);
        }),
        fault(Refusal::ProposalNotYours, &["by"], |c| {
            c.by = Actor::new(custodian_lei(), Role::Operator, "another operator");
            c.plants.push(key(&c.by, true));
        }),
        fault(Refusal::ProposalExecuted, &["record"], |c| {
            change_proposal(c, |p| p.status = crate::proposal::ProposalStatus::Executed);
        }),
        fault(Refusal::ProposalExpired, &["record"], |c| {
            let now = c.world.now();
            change_proposal(c, |p| p.expires = now);
        }),
        fault(Refusal::ApprovalContentMismatch, &["content"], |c| {
            c.approval.content = Hash32::ZERO;
        }),
        fault(Refusal::ApprovalPolicyMismatch, &["policy"], |c| c.approval.policy_version = 2),
        fault(Refusal::ApprovalPolicyMismatch, &["record"], |c| {
            change_proposal(c, |p| p.policy_version = 0);
        }),
        fault(Refusal::SamePerson, &["by"], |c| c.by = Actor::operator(1)),
    ]
}

#[test]
fn i5_an_approval_is_refused_for_the_first_reason_that_applies() {
    let mut world = World::found(genesis());
    let proposal =
        world.propose(&Actor::operator(1), Action::RegisterKey(Actor::custodian().grant));
    world.apply(&proposal);
    let Command::Propose { action, .. } = &proposal.body.command else { panic!() };
    let (proposal, content) = (proposal.body.id(), action.content());
    let approval = Approval { proposal, content, policy_version: 1 };
    let good = Case { world, by: Actor::operator(2), approval, plants: Vec::new() };
    check(&good, Effect::Executed, &approval_faults(), |case| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let command = world.sign(&case.by, Command::Approve(case.approval));
        world.run(&command)
    });
}

#[test]
fn i5_a_proposal_needs_the_role_and_a_bounded_time() {
    let mut world = World::found(genesis());
    let action = Action::RegisterKey(Actor::custodian().grant);
    let mint =
        Action::Mint { request: CommandId::new([0; 32]), entry: crate::id::EntryId::new([0; 32]) };
    let now = world.now();
    for (by, action, expires, refusal) in [
        (Actor::treasury(1), &action, now, Refusal::WrongRole),
        (Actor::operator(1), &mint, now, Refusal::WrongRole),
        (Actor::operator(1), &action, now, Refusal::OutOfRange),
        (Actor::operator(1), &action, now.after(MAX_PROPOSAL_MS + 60_000), Refusal::OutOfRange),
    ] {
        let command = world.sign(&by, Command::Propose { action: action.clone(), expires });
        assert_eq!(refused(&mut world, &command), refusal);
    }
}

#[test]
fn i5_one_command_signed_by_two_persons_counts_one_further_person_whatever_their_keys() {
    let mut world = World::found(genesis());
    let action = Action::RegisterKey(Actor::custodian().grant);
    let proposal = world.propose(&Actor::operator(1), action.clone());
    world.apply(&proposal);
    let approval =
        Approval { proposal: proposal.body.id(), content: action.content(), policy_version: 1 };
    let body = world.body(operator_lei(), Command::Approve(approval));
    let both = sign(body, &[&Actor::operator(1), &Actor::operator(2)]);
    assert_eq!(world.apply(&both), Effect::Executed);
}

#[test]
fn i5_thresholds_count_distinct_persons_up_to_the_most_that_are_allowed() {
    let mut founding = genesis();
    let needed = u8::try_from(MAX_APPROVALS).unwrap();
    founding.thresholds.operator = needed;
    let grants = (3..=needed).map(|n| Actor::operator(n).grant);
    founding.role_keys.extend(grants);
    founding.role_keys.sort_by_key(|grant| grant.key);
    let mut world = World::found(founding.clone());
    let proposal =
        world.propose(&Actor::operator(1), Action::RegisterKey(Actor::custodian().grant));
    world.apply(&proposal);
    for number in 2..=needed {
        let approval = world.approve(&Actor::operator(number), &proposal);
        let expected = if number == needed { Effect::Executed } else { Effect::Approved };
        assert_eq!(world.apply(&approval), expected, "person {number}");
        if number < needed {
            let again = world.approve(&Actor::operator(number), &proposal);
            assert_eq!(refused(&mut world, &again), Refusal::SamePerson);
        }
    }
    founding.thresholds.operator = needed + 1;
    assert!(founding.check().is_err(), "more persons than a proposal can collect");
    founding.thresholds.operator = 1;
    assert!(founding.check().is_err(), "one person is no two");
}

#[test]
fn i5_genesis_gives_no_person_roles_that_exclude_each_other() {
    let mut founding = genesis();
    let mut grant = Actor::new(issuer_lei(), Role::Custodian, "second hat").grant;
    grant.person = Actor::treasury(1).grant.person;
    founding.role_keys.push(grant);
    founding.role_keys.sort_by_key(|grant| grant.key);
    assert_eq!(founding.check(), Err(crate::genesis::GenesisError::RoleConflict));
}

fn decided(world: &World, action: &Action) -> Outcome {
    let mut world = world.clone();
    let [proposal, approval] = world.decide(action.clone());
    world.apply(&proposal);
    let before = crate::tests::faults::lasting(&world.state);
    let outcome = world.run(&approval);
    if matches!(outcome, Outcome::Refused(_)) {
        assert_eq!(crate::tests::faults::lasting(&world.state), before);
    }
    outcome
}

fn expect(world: &World, rows: Vec<(Action, Refusal)>) {
    for (action, refusal) in rows {
        assert_eq!(decided(world, &action), Outcome::Refused(refusal), "{action:?}");
    }
}

fn aliases(count: usize) -> Vec<Text> {
    (0..count).map(|number| Text::new(&format!("BIC:{number:03}")).unwrap()).collect()
}

/// An entry with so many keys, those that are missing for requests.
fn more_keys(directory: &mut DirectoryEntry, count: usize) {
    for number in directory.keys.len()..count {
        let clerk = Actor::new(directory.lei, Role::Transport, &format!("clerk {number}"));
        directory.keys.push(clerk.grant);
    }
    directory.keys.sort_by_key(|grant| grant.key);
}

#[test]
fn i5_admission_is_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, _]) = World::running();
    let d = Bank::new("BANKD");
    let good = d.directory();
    let admit = |change: fn(&mut DirectoryEntry)| {
        let mut directory = good.clone();
        change(&mut directory);
        Action::AdmitMember(directory)
    };
    assert_eq!(decided(&world, &admit(|_| ())), Outcome::Applied(Effect::Executed));
    let unacceptable = PublicKey::new([0; 32]);
    let mut taken = good.clone();
    taken.keys = vec![good.keys[0], good.keys[1]];
    taken.keys[0].key = a.settlement().grant.key;
    taken.keys[1].person = b.gate().grant.person;
    taken.keys.sort_by_key(|grant| grant.key);
    let mut conflict = good.clone();
    conflict.keys[1].person = b.gate().grant.person;
    let mut small = good.clone();
    small.keys[0].key = unacceptable;
    // An institution that is there is not admitted again by other names.
    let mut again = good.clone();
    again.lei = a.lei;
    again.keys.iter_mut().for_each(|grant| grant.organisation = a.lei);
    let rows = vec![
        (Action::AdmitMember(again), Refusal::AlreadyExists),
        (admit(|d| d.aliases = aliases(MAX_ALIASES + 1)), Refusal::DirectoryMalformed),
        (admit(|d| more_keys(d, MAX_DIRECTORY_KEYS + 1)), Refusal::DirectoryMalformed),
        (admit(|d| d.keys.swap(0, 1)), Refusal::DirectoryMalformed),
        (admit(|d| d.keys.push(d.keys[2])), Refusal::DirectoryMalformed),
        (admit(|d| d.keys[0].role = Role::Treasury), Refusal::DirectoryMalformed),
        (admit(|d| d.keys[0].organisation = issuer_lei()), Refusal::DirectoryMalformed),
        (
            admit(|d| d.aliases = vec![Text::new("b").unwrap(), Text::new("a").unwrap()]),
            Refusal::DirectoryMalformed,
        ),
        (Action::AdmitMember(small), Refusal::DirectoryMalformed),
        (Action::AdmitMember(a.directory()), Refusal::AlreadyExists),
        (Action::AdmitMember(taken), Refusal::AlreadyExists),
        (Action::AdmitMember(conflict), Refusal::RoleConflict),
    ];
    expect(&world, rows);
    let executed = Outcome::Applied(Effect::Executed);
    assert_eq!(decided(&world, &admit(|d| d.aliases = aliases(MAX_ALIASES))), executed);
    assert_eq!(decided(&world, &admit(|d| more_keys(d, MAX_DIRECTORY_KEYS))), executed);
}

#[test]
fn i5_opening_an_account_is_refused_for_the_first_reason_that_applies() {
    let (mut world, [a, b, _]) = World::running();
    let known = Domain::Content.hash_of(&("blind", a.lei, usd()));
    let xau = Currency::new("XAU").unwrap();
    let suspension = suspended(&world, &b);
    world.plant(vec![suspension]);
    let open = |member, currency, blind| Action::OpenAccount { member, currency, blind };
    let rows = vec![
        (open(custodian_lei(), xau, known), Refusal::MemberUnknown),
        (open(b.lei, xau, known), Refusal::MemberSuspended),
        (open(a.lei, usd(), known), Refusal::AlreadyExists),
        (open(a.lei, xau, known), Refusal::CurrencyUnknown),
    ];
    expect(&world, rows);
    let second = open(a.lei, usd(), Hash32::ZERO);
    assert_eq!(decided(&world, &second), Outcome::Applied(Effect::Executed));
}

#[test]
fn i3_registering_a_reserve_is_refused_for_the_first_reason_that_applies() {
    let (mut world, _) = World::running();
    let register = |custodian, currency, account, haircut| Action::RegisterReserve {
        custodian,
        currency,
        account,
        class: EvidenceClass::Custodian,
        haircut,
    };
    let known = Domain::Content.hash_of(&("iban", usd()));
    let xau = Currency::new("XAU").unwrap();
    let rows = vec![
        (register(issuer_lei(), xau, known, 10_001), Refusal::CurrencyUnknown),
        (register(custodian_lei(), usd(), known, 10_001), Refusal::AlreadyExists),
        (register(issuer_lei(), usd(), known, 10_001), Refusal::CustodianIsIssuer),
        (register(custodian_lei(), usd(), Hash32::ZERO, 10_001), Refusal::OutOfRange),
    ];
    expect(&world, rows);
    let full = |world: &World| match world.record(&Name::Currency(usd())) {
        Some(Record::Currency(currency)) => currency.reserves.len() == MAX_RESERVES,
        _ => false,
    };
    let mut number = 0u64;
    while !full(&world) {
        number += 1;
        let account = Domain::Content.hash(&number.to_le_bytes());
        let commands = world.decide(register(custodian_lei(), usd(), account, 0));
        world.apply_all(&commands);
    }
    let one_more = register(custodian_lei(), usd(), Hash32::ZERO, 0);
    expect(&world, vec![(one_more, Refusal::ReservesFull)]);
}

#[test]
fn i5_registering_a_key_is_refused_for_the_first_reason_that_applies() {
    let (mut world, [a, b, _]) = World::running();
    let fresh = Actor::new(a.lei, Role::Settlement, "fresh").grant;
    let mut small = fresh;
    small.key = PublicKey::new([0; 32]);
    small.person = b.gate().grant.person;
    let mut conflict = fresh;
    conflict.person = b.gate().grant.person;
    let mut taken = conflict;
    taken.key = a.gate().grant.key;
    let rows = vec![
        (Action::RegisterKey(taken), Refusal::AlreadyExists),
        (Action::RegisterKey(small), Refusal::KeyUnacceptable),
        (Action::RegisterKey(conflict), Refusal::RoleConflict),
    ];
    expect(&world, rows);
    for number in 3..MAX_DIRECTORY_KEYS {
        let person = format!("clerk {number}");
        let commands = world.register_key(Actor::new(a.lei, Role::Transport, &person).grant);
        world.apply_all(&commands);
    }
    for grant in [taken, small, fresh] {
        expect(&world, vec![(Action::RegisterKey(grant), Refusal::DirectoryMalformed)]);
    }
}

#[test]
fn i5_a_refused_action_leaves_its_proposal_open_for_a_later_yes() {
    let (mut world, [a, ..]) = World::running();
    let d = Bank::new("BANKD");
    let open = Action::OpenAccount { member: d.lei, currency: usd(), blind: Hash32::ZERO };
    let proposal = world.propose(&Actor::operator(1), open);
    let early = world.approve(&Actor::operator(2), &proposal);
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &early), Refusal::MemberUnknown);
    world.admit(&d);
    let later = world.approve(&Actor::operator(2), &proposal);
    assert_eq!(world.apply(&later), Effect::Executed);
    let payment = world.payment(&a, &d, Money::new(usd(), 1));
    let transfer = world.transfer(&a, &d, &payment);
    assert_eq!(refused(&mut world, &transfer), Refusal::InsufficientFunds);
}

#[test]
fn i5_a_newly_registered_key_speaks_for_its_member_and_stands_in_the_directory() {
    let (mut world, [a, b, _]) = World::funded(10);
    let second = Actor::new(a.lei, Role::Settlement, "second");
    let registered = world.register_key(second.grant);
    world.apply_all(&registered);
    let Some(Record::Member(member)) = world.record(&Name::Member(a.lei)) else { panic!() };
    assert!(member.directory.is_well_formed() && member.directory.keys.contains(&second.grant));
    // A key of a role that members do not hold is no part of it.
    let listed = member.directory.keys.clone();
    let agent = world.register_key(Actor::new(a.lei, Role::Agent, "agent").grant);
    world.apply_all(&agent);
    let Some(Record::Member(member)) = world.record(&Name::Member(a.lei)) else { panic!() };
    assert_eq!(member.directory.keys, listed);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    let first = world.transfer(&a, &b, &payment);
    let signed_by_second = sign(first.body, &[&second]);
    assert_eq!(world.apply(&signed_by_second), Effect::Settled);
}
