//! Votes of members, and approvals that are taken back (D4, I5).

use super::{Bank, Effect, Name, Record, TTL, World, consortium, founded};
use crate::{
    authority::Role,
    ballot::{Ballot, Membership},
    command::{Action, Approval, Command, SignedCommand},
    digest::Hash32,
    id::CommandId,
    limits::{MAX_VOTES, MIN_NOTICE},
    proposal::{Proposal, ProposalStatus},
    proposal_kind::ProposalKind,
    receipt::Outcome,
    refusal::Refusal,
    testing::{Actor, custodian_lei},
    tests::{
        faults::{check, fault, refused},
        payments::{key, suspended},
    },
    time::Height,
};

/// A change that has the operators' persons and waits for the members.
fn before_members(world: &mut World, at: Height) -> SignedCommand {
    let proposal = world.propose_changes(&[TTL], at);
    let approval = world.approve(&Actor::operator(2), &proposal);
    world.apply_all(&[proposal.clone(), approval]);
    proposal
}

fn votes(world: &World, proposal: &SignedCommand) -> usize {
    match world.record(&Name::Ballot(proposal.body.id())) {
        Some(Record::Ballot(ballot)) => ballot.votes.len(),
        _ => panic!("no ballot"),
    }
}

fn voted(world: &mut World, bank: &Bank, proposal: &SignedCommand, yes: bool) -> Outcome {
    let said = world.said(proposal);
    let [first, second] = world.vote(bank, said, yes);
    world.apply(&first);
    world.run(&second)
}

const YES: Outcome = Outcome::Applied(Effect::Executed);

#[test]
fn d4_two_thirds_of_the_active_members_carry_a_change_and_fewer_do_not() {
    for (active, needed) in [
        (0, 0),
        (1, 1),
        (2, 2),
        (3, 2),
        (4, 3),
        (6, 4),
        (7, 5),
        (100, 67),
        (1_536, MAX_VOTES),
        (u32::MAX, MAX_VOTES),
    ] {
        assert_eq!(Membership { active }.needed(), needed, "{active}");
    }
    let (mut world, [a, b, c]) = consortium();
    let at = world.ahead(MIN_NOTICE + 30);
    let proposal = before_members(&mut world, at);
    assert!(world.state.parameters().values.pending.is_empty(), "operators alone change nothing");
    assert_eq!(voted(&mut world, &c, &proposal, true), YES);
    assert!(world.state.parameters().values.pending.is_empty());
    assert_eq!(voted(&mut world, &a, &proposal, true), YES);
    assert_eq!(world.state.parameters().values.pending.len(), 1);
    let parties = world.sets.last().unwrap().receipts[0].parties.clone();
    assert_eq!(parties.len(), 2, "the member and who proposed");
    let executed = Outcome::Refused(Refusal::ProposalExecuted);
    assert_eq!(voted(&mut world, &b, &proposal, true), executed);
    assert_eq!(voted(&mut world, &a, &proposal, false), executed, "too late to take it back");
    world.idle_to(at);
    assert_eq!(world.state.parameters().values.limits.command_ttl_ms, 120_000);
}

#[test]
fn d4_members_vote_on_what_changes_the_network_and_on_nothing_else() {
    let (mut world, [a, ..]) = consortium();
    for kind in ProposalKind::ALL {
        let expected = matches!(
            kind,
            ProposalKind::ChangeLimits
                | ProposalKind::ChangeThresholds
                | ProposalKind::ChangeValidators
                | ProposalKind::PublishStandard
                | ProposalKind::MoveValidator
        );
        assert_eq!(kind.before_members(), expected, "{}", kind.name());
    }
    let suspend = world.decide(Action::SuspendMember { member: a.lei });
    world.apply(&suspend[0]);
    assert_eq!(world.apply(&suspend[1]), Effect::Executed);
}

#[test]
fn d4_a_member_that_is_suspended_neither_votes_nor_counts() {
    let (mut world, [a, b, c]) = consortium();
    let at = world.ahead(MIN_NOTICE + 60);
    let proposal = before_members(&mut world, at);
    assert_eq!(voted(&mut world, &a, &proposal, true), YES);
    let stop = world.decide(Action::SuspendMember { member: a.lei });
    world.apply_all(&stop);
    let refusal = Outcome::Refused(Refusal::MemberSuspended);
    assert_eq!(voted(&mut world, &a, &proposal, false), refusal);
    // Two are left, and both are needed: the vote of the suspended one is gone.
    assert_eq!(voted(&mut world, &b, &proposal, true), YES);
    assert_eq!(votes(&world, &proposal), 1);
    let back = world.decide(Action::ReinstateMember { member: a.lei });
    world.apply_all(&back);
    assert_eq!(voted(&mut world, &b, &proposal, false), YES, "taken back before it carries");
    assert_eq!(votes(&world, &proposal), 0);
    assert_eq!(voted(&mut world, &c, &proposal, true), YES);
    assert!(world.state.parameters().values.pending.is_empty());
    assert_eq!(voted(&mut world, &a, &proposal, true), YES, "it votes anew");
    assert_eq!(world.state.parameters().values.pending.len(), 1);
}

/// Fewer may be needed than when the last vote was said; what is taken back carries nothing.
#[test]
fn d4_a_vote_that_is_taken_back_never_carries_a_change() {
    let (mut world, [a, b, c]) = consortium();
    let at = world.ahead(MIN_NOTICE + 60);
    let proposal = before_members(&mut world, at);
    let id = proposal.body.id();
    let mut votes = vec![a.lei, b.lei, c.lei];
    votes.sort();
    let ballot = Record::Ballot(Ballot { proposal: id, votes });
    world.plant(vec![(Name::Ballot(id), ballot)]);
    assert_eq!(voted(&mut world, &a, &proposal, false), YES);
    assert!(world.state.parameters().values.pending.is_empty());
    assert_eq!(voted(&mut world, &a, &proposal, true), YES);
    assert_eq!(world.state.parameters().values.pending.len(), 1);
}

#[test]
fn d4_without_active_members_operators_decide() {
    let (mut world, banks) = consortium();
    for bank in &banks {
        let stop = world.decide(Action::SuspendMember { member: bank.lei });
        world.apply_all(&stop);
    }
    let at = world.ahead(MIN_NOTICE);
    world.change(&[TTL], at);
    assert_eq!(world.state.parameters().values.pending.len(), 1);
}

#[derive(Clone)]
struct Case {
    world: World,
    bank: Bank,
    said: Approval,
    yes: bool,
    plants: Vec<(Name, Record)>,
}

fn change_proposal(c: &mut Case, change: impl FnOnce(&mut Proposal)) {
    let name = Name::Proposal(c.said.proposal);
    let Some(Record::Proposal(proposal)) = c.world.record(&name) else { panic!() };
    let mut proposal = proposal.clone();
    change(&mut proposal);
    c.plants.push((name, Record::Proposal(proposal)));
}

#[test]
fn d4_a_vote_is_refused_for_the_first_reason_that_applies() {
    let (mut world, [a, b, _]) = consortium();
    let at = world.ahead(MIN_NOTICE + 7);
    let proposal = before_members(&mut world, at);
    // B's vote carries it, so that what the action refuses shows too.
    assert_eq!(voted(&mut world, &a, &proposal, true), YES);
    let said = world.said(&proposal);
    let good = Case { world, bank: b, said, yes: true, plants: Vec::new() };
    let faults = [
        fault(Refusal::MemberSuspended, &["suspended", "yes"], |c: &mut Case| {
            c.plants.push(suspended(&c.world, &c.bank));
        }),
        fault(Refusal::ProposalUnknown, &["proposal", "record", "yes"], |c| {
            c.said.proposal = CommandId::new([0; 32]);
        }),
        fault(Refusal::ProposalExecuted, &["record"], |c| {
            change_proposal(c, |p| p.status = ProposalStatus::Executed);
        }),
        fault(Refusal::ProposalExpired, &["record"], |c| {
            let now = c.world.now();
            change_proposal(c, |p| p.expires = now);
        }),
        fault(Refusal::ApprovalContentMismatch, &["content"], |c| c.said.content = Hash32::ZERO),
        fault(Refusal::ApprovalPolicyMismatch, &["policy"], |c| c.said.policy_version = 2),
        fault(Refusal::ApprovalPolicyMismatch, &["record"], |c| {
            change_proposal(c, |p| p.policy_version = 7);
        }),
        fault(Refusal::ProposalUnknown, &["ballot", "proposal"], |c| {
            c.plants.push((Name::Ballot(c.said.proposal), Record::Origin));
        }),
        fault(Refusal::AlreadyVoted, &["bank", "yes", "suspended"], |c| {
            c.bank = Bank::new("BANKA")
        }),
        fault(Refusal::NotVoted, &["yes"], |c| c.yes = false),
    ];
    check(&good, Effect::Executed, &faults, |case| {
        let mut world = case.world.clone();
        let [first, second] = world.vote(&case.bank, case.said, case.yes);
        world.apply(&first);
        world.plant(case.plants.clone());
        world.run(&second)
    });
}

#[test]
fn d4_what_the_action_refuses_refuses_the_vote_that_would_carry_it() {
    let (mut world, [a, b, _]) = consortium();
    let at = world.ahead(MIN_NOTICE + 2);
    let proposal = before_members(&mut world, at);
    assert_eq!(voted(&mut world, &a, &proposal, true), YES);
    let said = world.said(&proposal);
    let [first, second] = world.vote(&b, said, true);
    world.apply(&first);
    assert_eq!(refused(&mut world, &second), Refusal::NoticeTooShort);
    assert_eq!(votes(&world, &proposal), 1);
}

#[test]
fn d4_i5_a_vote_needs_the_persons_that_the_member_asks_for() {
    let (mut world, [a, ..]) = consortium();
    let at = world.ahead(MIN_NOTICE + 30);
    let proposal = before_members(&mut world, at);
    let said = world.said(&proposal);
    let [first, second] = world.vote(&a, said, true);
    world.apply(&first);
    assert_eq!(votes(&world, &proposal), 0, "one person is not the member");
    let again = world.approve(&a.admin(1), &first);
    assert_eq!(refused(&mut world, &again), Refusal::SamePerson);
    world.apply(&second);
    assert_eq!(votes(&world, &proposal), 1);
    let operators = Command::Propose {
        action: Action::Vote { said, yes: true },
        expires: world.now().after(60_000),
    };
    let operators = world.sign(&Actor::operator(1), operators);
    assert_eq!(refused(&mut world, &operators), Refusal::WrongRole);
}

#[test]
fn d4_i5_before_the_members_no_operator_approves_or_takes_back() {
    let (mut world, _) = consortium();
    let third = world.register_key(Actor::operator(3).grant);
    world.apply_all(&third);
    let at = world.ahead(MIN_NOTICE + 30);
    let proposal = before_members(&mut world, at);
    let late = world.approve(&Actor::operator(3), &proposal);
    assert_eq!(refused(&mut world, &late), Refusal::ProposalNotOpen);
    let twice = world.approve(&Actor::operator(1), &proposal);
    assert_eq!(refused(&mut world, &twice), Refusal::SamePerson);
    let id = proposal.body.id();
    let back = world.sign(&Actor::operator(2), Command::WithdrawApproval { proposal: id });
    assert_eq!(refused(&mut world, &back), Refusal::ProposalNotOpen);
}

#[derive(Clone)]
struct Taken {
    world: World,
    by: Actor,
    proposal: CommandId,
    plants: Vec<(Name, Record)>,
}

fn change_taken(c: &mut Taken, change: impl FnOnce(&mut Proposal)) {
    let name = Name::Proposal(c.proposal);
    let Some(Record::Proposal(proposal)) = c.world.record(&name) else { panic!() };
    let mut proposal = proposal.clone();
    change(&mut proposal);
    c.plants.push((name, Record::Proposal(proposal)));
}

#[test]
fn i5_a_withdrawal_is_refused_for_the_first_reason_that_applies() {
    let mut world = founded(3);
    let action = Action::RegisterKey(Actor::custodian().grant);
    let proposal = world.propose(&Actor::operator(1), action);
    world.apply(&proposal);
    let good =
        Taken { world, by: Actor::operator(1), proposal: proposal.body.id(), plants: Vec::new() };
    let faults = [
        fault(Refusal::KeyRevoked, &["by"], |c: &mut Taken| c.plants.push(key(&c.by, false))),
        fault(Refusal::WrongRole, &["by", "proposal"], |c| c.by = Actor::treasury(1)),
        fault(Refusal::ProposalUnknown, &["proposal", "record"], |c| {
            c.proposal = CommandId::new([0; 32]);
        }),
        fault(Refusal::ProposalNotYours, &["by"], |c| {
            c.by = Actor::new(custodian_lei(), Role::Operator, "another operator");
            c.plants.push(key(&c.by, true));
        }),
        fault(Refusal::ProposalExecuted, &["record"], |c| {
            change_taken(c, |p| p.status = ProposalStatus::Executed);
        }),
        fault(Refusal::ProposalExpired, &["record"], |c| {
            let now = c.world.now();
            change_taken(c, |p| p.expires = now);
        }),
        fault(Refusal::ProposalNotOpen, &["record"], |c| {
            change_taken(c, |p| p.status = ProposalStatus::BeforeMembers);
        }),
        fault(Refusal::NotVoted, &["by"], |c| c.by = Actor::operator(2)),
    ];
    check(&good, Effect::ApprovalWithdrawn, &faults, |case| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let command = Command::WithdrawApproval { proposal: case.proposal };
        let command = world.sign(&case.by, command);
        world.run(&command)
    });
}

#[test]
fn i5_a_yes_that_was_taken_back_does_not_count_and_can_be_said_again() {
    let mut world = founded(3);
    let action = Action::RegisterKey(Actor::custodian().grant);
    let proposal = world.propose(&Actor::operator(1), action);
    world.apply(&proposal);
    let back = Command::WithdrawApproval { proposal: proposal.body.id() };
    let back = world.sign(&Actor::operator(1), back);
    assert_eq!(world.apply(&back), Effect::ApprovalWithdrawn);
    for (number, effect) in [(2, Effect::Approved), (1, Effect::Executed)] {
        let approval = world.approve(&Actor::operator(number), &proposal);
        assert_eq!(world.apply(&approval), effect, "operator {number}");
    }
}

#[test]
fn d4_i5_a_change_of_thresholds_voids_votes_too() {
    let (mut world, [a, b, c]) = consortium();
    let act = world.ahead(MIN_NOTICE + 20);
    let thresholds = world.propose_changes(&[super::persons(ProposalKind::Seize, 3)], act);
    let approval = world.approve(&Actor::operator(2), &thresholds);
    world.apply_all(&[thresholds.clone(), approval]);
    for bank in [&a, &b] {
        assert_eq!(voted(&mut world, bank, &thresholds, true), YES);
    }
    let proposal = before_members(&mut world, Height::new(act.get() + 200));
    assert_eq!(voted(&mut world, &a, &proposal, true), YES);
    world.idle_to(act);
    let void = Outcome::Refused(Refusal::ApprovalPolicyMismatch);
    assert_eq!(voted(&mut world, &c, &proposal, true), void);
    assert!(world.state.parameters().values.pending.is_empty());
}
