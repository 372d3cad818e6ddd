//! Changes of parameters: when they act, within which bounds, and what the journal tells (D1 to D3, I5).

use super::{TTL, founded, known, persons};
use crate::{
    authority::Role,
    block::BlockError,
    codec::decode,
    command::{Action, CommandError},
    controls::MintTerms,
    digest::leaf_hash,
    freshness::Freshness,
    genesis::Thresholds,
    journal::{LogName, TotalsEntry},
    limits::{MAX_CHANGES, MAX_NOTICE, MAX_PAYLOAD_BYTES, MAX_PENDING_CHANGES, MIN_NOTICE},
    merkle::Frontier,
    parameters::{Change, ParameterChanges, Parameters, ParametersEntry, Pending, Values},
    proposal_kind::ProposalKind,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    testing::{Actor, Bank, LIMITS, TestRng, World, custodian_lei, jpy, operator_lei, usd},
    tests::faults::{check, fault, refused},
    time::Height,
};

#[test]
fn d1_a_change_acts_at_the_beginning_of_its_block_and_not_before() {
    let mut world = founded(2);
    let at = world.ahead(MIN_NOTICE);
    world.change(&[TTL], at);
    world.idle_to(Height::new(at.get() - 2));
    // Orderable under the old bound alone.
    let command = |world: &mut World| {
        let mut body = world.sign(&Actor::operator(1), unused()).body;
        body.expires = world.next_time().after(120_001);
        crate::testing::commands::sign(body, &[&Actor::operator(1)])
    };
    let before = command(&mut world);
    world.block(&[before]);
    assert_eq!(world.state.parameters().values.limits, LIMITS);
    let late = command(&mut world);
    let block = world.propose_block(world.next_time(), &[late]);
    let limits = world.state.limits_at(at).unwrap();
    let verdict = block.validate(world.state.header(), &limits, TestRng::default());
    let error = CommandError::ExpiryTooFar;
    assert_eq!(verdict, Err(BlockError::Command { index: 0, error }));
    // It needs no command to act.
    world.block(&[]);
    let values = &world.state.parameters().values;
    assert_eq!(values.limits.command_ttl_ms, 120_000);
    assert_eq!((values.pending.len(), values.version), (0, 1), "no threshold, no new version");
}

fn unused() -> crate::command::Command {
    crate::command::Command::Anchor { root: crate::digest::Hash32::ZERO }
}

#[test]
fn d1_a_state_answers_for_the_blocks_of_its_notice_and_no_others() {
    let mut world = founded(2);
    let at = world.ahead(MIN_NOTICE);
    world.change(&[TTL], at);
    let own = world.state.header().height.get();
    let answers = known(&world);
    let heights: Vec<u64> = answers.iter().map(|(height, _)| height.get()).collect();
    assert!(heights.into_iter().eq(own + 1..=own + MIN_NOTICE));
    for (height, limits) in answers {
        let expected = if height < at { LIMITS.command_ttl_ms } else { 120_000 };
        assert_eq!(limits.command_ttl_ms, expected, "at {height}");
    }
    assert_eq!(world.state.limits_at(Height::new(u64::MAX)), None);
    assert_eq!(world.state.limits_at(Height::new(0)), None);
}

#[test]
fn d1_of_one_parameter_at_one_height_the_last_decision_stands() {
    let mut world = founded(2);
    let (first, second) = (world.ahead(100), world.ahead(110));
    world.change(&[Change::CommandTtl(200_000)], second);
    world.change(&[Change::CommandTtl(100_000), Change::BlockUnits(700_000)], first);
    world.change(&[Change::CommandTtl(300_000)], first);
    let pending = &world.state.parameters().values.pending;
    let waits = |at, change| Pending { at, change };
    assert_eq!(
        *pending,
        [
            waits(first, Change::BlockUnits(700_000)),
            waits(first, Change::CommandTtl(300_000)),
            waits(second, Change::CommandTtl(200_000)),
        ]
    );
    let ttl = |world: &World| world.state.parameters().values.limits.command_ttl_ms;
    world.idle_to(first);
    assert_eq!(ttl(&world), 300_000);
    world.idle_to(second);
    assert_eq!(ttl(&world), 200_000);
    assert_eq!(world.state.parameters().values.limits.block_units, 700_000);
}

#[derive(Clone)]
struct Case {
    world: World,
    asked: ParameterChanges,
    plants: Vec<(Name, Record)>,
}

fn planted(world: &World, change: impl FnOnce(&mut Values)) -> (Name, Record) {
    let mut parameters: Parameters = world.state.parameters().clone();
    change(&mut parameters.values);
    (Name::Parameters, Record::Parameters(Box::new(parameters)))
}

#[test]
fn d3_a_change_is_refused_for_the_first_reason_that_applies() {
    let world = founded(3);
    // Proposal, plant and approval take a block each.
    let at = world.ahead(MIN_NOTICE + 2);
    let asked = ParameterChanges { changes: vec![TTL], at };
    let good = Case { world, asked, plants: Vec::new() };
    let faults = [
        fault(Refusal::OutOfRange, &["changes"], |c: &mut Case| c.asked.changes.clear()),
        fault(Refusal::OutOfRange, &["changes"], |c| c.asked.changes.push(TTL)),
        fault(Refusal::OutOfRange, &["bounds"], |c| c.asked.changes.push(Change::BlockUnits(1))),
        fault(Refusal::OutOfRange, &["at"], |c| c.asked.at = c.world.ahead(MAX_NOTICE + 3)),
        fault(Refusal::OutOfRange, &["at"], |c| c.asked.at = Height::new(u64::MAX)),
        fault(Refusal::OperatorsTooFew, &["persons", "changes"], |c| {
            c.asked.changes.push(persons(ProposalKind::SetMintTerms, 4));
        }),
        fault(Refusal::NoticeTooShort, &["at"], |c| c.asked.at = c.world.ahead(MIN_NOTICE + 1)),
        fault(Refusal::NoticeTooShort, &["at"], |c| c.asked.at = Height::new(0)),
        fault(Refusal::ChangesFull, &["pending"], |c| {
            let waits = (0..MAX_PENDING_CHANGES as u64)
                .map(|n| Pending { at: Height::new(1_000 + n), change: TTL });
            let full = planted(&c.world, |values| values.pending = waits.collect());
            c.plants.push(full);
        }),
    ];
    let run = |case: &Case| {
        let mut world = case.world.clone();
        let action = Action::ChangeParameters(case.asked.clone());
        let proposal = world.propose(&Actor::operator(1), action);
        world.apply(&proposal);
        world.plant(case.plants.clone());
        let approval = world.approve(&Actor::operator(2), &proposal);
        world.run(&approval)
    };
    check(&good, Effect::Executed, &faults, run);
    // At the edge of either bound.
    let mut edge = good.clone();
    edge.asked.at = edge.world.ahead(MAX_NOTICE + 2);
    let waits = (1..MAX_PENDING_CHANGES as u64)
        .map(|n| Pending { at: Height::new(1_000 + n), change: TTL })
        .collect();
    let one_left = planted(&edge.world, |values| values.pending = waits);
    edge.plants.push(one_left);
    assert_eq!(run(&edge), Outcome::Applied(Effect::Executed));
}

#[test]
fn d3_every_parameter_has_bounds_on_both_sides() {
    let most = u32::try_from(MAX_PAYLOAD_BYTES).unwrap();
    let kind = ProposalKind::Mint;
    for (change, fits) in [
        (Change::BlockBytes(0), false),
        (Change::BlockBytes(2_637_823), false),
        (Change::BlockBytes(2_637_824), true),
        (Change::BlockBytes(most), true),
        (Change::BlockBytes(most + 1), false),
        (Change::BlockUnits(659_999), false),
        (Change::BlockUnits(660_000), true),
        (Change::BlockUnits(10_000_000), true),
        (Change::BlockUnits(10_000_001), false),
        (Change::CommandTtl(59_999), false),
        (Change::CommandTtl(60_000), true),
        (Change::CommandTtl(86_400_000), true),
        (Change::CommandTtl(86_400_001), false),
        (Change::AttestationMaxAge(59_999), false),
        (Change::AttestationMaxAge(60_000), true),
        (Change::AttestationMaxAge(31_622_400_000), true),
        (Change::AttestationMaxAge(31_622_400_001), false),
        (Change::AttestationMaxAge(u64::MAX), false),
        (Change::GrowthQuota(999), false),
        (Change::GrowthQuota(1_000), true),
        (Change::GrowthQuota(u32::MAX), true),
        (persons(kind, 0), false),
        (persons(kind, 1), false),
        (persons(kind, 2), true),
        (persons(kind, 8), true),
        (persons(kind, 9), false),
        (persons(kind, u8::MAX), false),
    ] {
        assert_eq!(change.is_in_bounds(), fits, "{change:?}");
    }
}

/// The longest bulk, and a set of as many queued payments as there may be, fit into what one
/// organisation has of the least block.
#[test]
fn d3_the_longest_command_fits_into_the_least_block() {
    use crate::limits::{
        MAX_BULK_BYTES, MAX_BULK_GROUPS, MAX_BULK_LEGS, MAX_COMMAND_BYTES, MAX_NETTING_LEGS,
        MAX_PASSED, MAX_SIGNATURES, MIN_BLOCK_UNITS,
    };
    let least = usize::try_from(MIN_BLOCK_UNITS).unwrap() * 4 / 5;
    let signatures = MAX_SIGNATURES + 1 + 2 * MAX_BULK_GROUPS;
    let records = MAX_BULK_LEGS * 5 + 4 + MAX_SIGNATURES;
    assert!((records + signatures) * 10 + MAX_BULK_BYTES.div_ceil(100) <= least);
    const { assert!(MAX_BULK_BYTES < crate::parameters::MIN_BLOCK_BYTES * 4 / 5) };
    let netted = (MAX_NETTING_LEGS + MAX_PASSED) * 5 + 2 + MAX_SIGNATURES;
    assert!(netted * 10 + MAX_COMMAND_BYTES.div_ceil(100) <= least);
}

#[test]
fn d3_a_proposal_changes_as_many_parameters_as_it_may() {
    let mut world = founded(2);
    let at = world.ahead(MIN_NOTICE + 10);
    let kinds = ProposalKind::ALL.iter().map(|kind| persons(*kind, 2));
    let bounds = [
        TTL,
        Change::BlockUnits(700_000),
        Change::BlockBytes(4 * 1024 * 1024),
        Change::AttestationMaxAge(60_000),
        Change::GrowthQuota(1_000_000),
    ];
    let all: Vec<Change> = kinds.chain(bounds).collect();
    assert!(all.len() <= MAX_CHANGES, "one proposal can set everything");
    world.change(&all, at);
    assert_eq!(world.state.parameters().values.pending.len(), all.len());
    world.idle_to(at);
    let values = world.state.parameters().values.clone();
    assert_eq!(values.version, 2, "one block, one version");
    assert!(values.persons.windows(2).all(|pair| pair[0].kind < pair[1].kind));
    assert_eq!(values.persons.len(), ProposalKind::ALL.len());
    // In whatever order they are decided.
    let at = world.ahead(MIN_NOTICE + 10);
    let backwards = ProposalKind::ALL.iter().rev().map(|kind| persons(*kind, 2));
    world.change(&backwards.collect::<Vec<_>>(), at);
    world.idle_to(at);
    assert_eq!(world.state.parameters().values.persons, values.persons);
}

#[test]
fn d4_a_change_with_a_threshold_among_others_is_a_change_of_thresholds() {
    let threshold = persons(ProposalKind::Mint, 3);
    let at = Height::new(100);
    for (changes, kind) in [
        (vec![TTL], ProposalKind::ChangeLimits),
        (vec![TTL, Change::BlockUnits(700_000)], ProposalKind::ChangeLimits),
        (vec![threshold], ProposalKind::ChangeThresholds),
        (vec![TTL, threshold], ProposalKind::ChangeThresholds),
        (vec![threshold, TTL], ProposalKind::ChangeThresholds),
    ] {
        let action = Action::ChangeParameters(ParameterChanges { changes, at });
        assert_eq!(ProposalKind::of(&action), Some(kind), "{action:?}");
    }
}

#[test]
fn i5_from_genesis_on_every_kind_needs_the_persons_of_its_role() {
    let values = Values::new(LIMITS, Thresholds { operator: 3, treasury: 4 });
    for kind in ProposalKind::ALL {
        let expected = match kind.role() {
            Role::Treasury => 4,
            Role::NetworkCompliance | Role::Registrar => 2,
            _ => 3,
        };
        assert_eq!(values.persons(*kind), expected, "{}", kind.name());
    }
    assert_eq!(values.most_operators(), 3);
    let names: std::collections::BTreeSet<_> = ProposalKind::ALL.iter().map(|k| k.name()).collect();
    assert_eq!(names.len(), ProposalKind::ALL.len());
}

/// How many persons of the operator an action takes, each approving in turn.
fn taken(world: &World, action: &Action) -> usize {
    let mut world = world.clone();
    let proposal = world.propose(&Actor::operator(1), action.clone());
    world.apply(&proposal);
    for number in 2u8.. {
        let approval = world.approve(&Actor::operator(number), &proposal);
        if world.apply(&approval) != Effect::Approved {
            return usize::from(number);
        }
    }
    0
}

#[test]
fn i5_a_role_of_the_network_is_granted_by_the_number_set_for_that_kind() {
    let mut world = founded(4);
    let (at, bank) = (world.ahead(MIN_NOTICE), Bank::new("BANKA"));
    world.change(&[persons(ProposalKind::GrantRole, 4), persons(ProposalKind::AdmitMember, 3)], at);
    let key = |role| Action::RegisterKey(Actor::new(operator_lei(), role, "new").grant);
    let roles = [
        Role::Operator,
        Role::Treasury,
        Role::NetworkCompliance,
        Role::Regulator,
        Role::Custodian,
        Role::Agent,
        Role::Emergency,
        Role::Solver,
    ];
    for role in roles {
        assert_eq!(taken(&world, &key(role)), 2, "{role:?} before it acts");
    }
    world.idle_to(at);
    for role in roles {
        assert_eq!(taken(&world, &key(role)), 4, "{role:?}");
    }
    for role in [Role::Settlement, Role::Gate, Role::Compliance, Role::Admin, Role::Transport] {
        assert_eq!(taken(&world, &key(role)), 2, "{role:?}");
    }
    assert_eq!(taken(&world, &Action::AdmitMember(bank.directory())), 3);
    assert_eq!(taken(&world, &Action::RevokeKey { key: Actor::treasury(1).grant.key }), 2);
}

#[test]
fn i5_treasury_and_compliance_need_the_number_set_for_the_kind() {
    let mut world = founded(2);
    let mut keys = [3, 4].map(|n| world.register_key(Actor::treasury(n).grant)).concat();
    keys.extend([1, 2, 3].map(|n| world.register_key(Actor::network_compliance(n).grant)).concat());
    world.apply_all(&keys);
    let at = world.ahead(MIN_NOTICE);
    world.change(&[persons(ProposalKind::Mint, 4), persons(ProposalKind::RegisterList, 3)], at);
    world.idle_to(at);
    let list = Action::RegisterList { list: crate::digest::Hash32::ZERO };
    let proposal = world.propose(&Actor::network_compliance(1), list);
    world.apply(&proposal);
    for (number, effect) in [(2, Effect::Approved), (3, Effect::Executed)] {
        let approval = world.approve(&Actor::network_compliance(number), &proposal);
        assert_eq!(world.apply(&approval), effect);
    }
    let nothing = crate::id::CommandId::new([0; 32]);
    let entry = crate::id::EntryId::new([0; 32]);
    let mint = world.propose(&Actor::treasury(1), Action::Mint { request: nothing, entry });
    world.apply(&mint);
    for number in [2, 3] {
        let approval = world.approve(&Actor::treasury(number), &mint);
        assert_eq!(world.apply(&approval), Effect::Approved);
    }
    let last = world.approve(&Actor::treasury(4), &mint);
    assert_eq!(refused(&mut world, &last), Refusal::MintRequestUnknown, "the action was tried");
}

#[test]
fn i5_a_change_of_thresholds_voids_what_is_pending() {
    let mut world = founded(3);
    let grant = Actor::new(custodian_lei(), Role::Custodian, "one").grant;
    let waits = world.propose(&Actor::operator(1), Action::RegisterKey(grant));
    let at = world.ahead(MIN_NOTICE);
    world.change(&[persons(ProposalKind::Seize, 3)], at);
    world.apply(&waits);
    let approval = world.approve(&Actor::operator(2), &waits);
    let old = world.approve(&Actor::operator(3), &waits);
    assert_eq!(world.clone().apply(&approval), Effect::Executed, "decided is not yet in force");
    world.idle_to(at);
    assert_eq!(world.state.parameters().values.version, 2);
    assert_eq!(refused(&mut world, &old), Refusal::ApprovalPolicyMismatch);
    let new = world.approve(&Actor::operator(2), &waits);
    assert_eq!(refused(&mut world, &new), Refusal::ApprovalPolicyMismatch, "it names the new one");
    let again = world.propose(&Actor::operator(1), Action::RegisterKey(grant));
    let approval = world.approve(&Actor::operator(2), &again);
    world.apply_all(&[again, approval]);
}

#[test]
fn d3_no_operator_is_revoked_whom_a_decided_threshold_needs() {
    let mut world = founded(4);
    let revoke = |world: &mut World, number| {
        let key = Actor::operator(number).grant.key;
        let proposal = world.propose(&Actor::operator(1), Action::RevokeKey { key });
        world.apply(&proposal);
        let approval = world.approve(&Actor::operator(2), &proposal);
        world.run(&approval)
    };
    let at = world.ahead(MIN_NOTICE + 20);
    // What another role will need is no operators' number.
    world.change(&[persons(ProposalKind::Mint, 8)], at);
    assert_eq!(revoke(&mut world.clone(), 4), Outcome::Applied(Effect::KeyRevoked));
    let at = world.ahead(MIN_NOTICE + 20);
    world.change(&[persons(ProposalKind::OpenAccount, 4)], at);
    let few = Outcome::Refused(Refusal::OperatorsTooFew);
    assert_eq!(revoke(&mut world.clone(), 4), few, "it is decided");
    world.idle_to(at);
    assert_eq!(revoke(&mut world.clone(), 4), few, "it is in force");
    let later = world.ahead(MIN_NOTICE);
    world.change(&[persons(ProposalKind::OpenAccount, 2)], later);
    assert_eq!(revoke(&mut world.clone(), 4), few, "it is still in force");
    world.idle_to(later);
    assert_eq!(revoke(&mut world, 4), Outcome::Applied(Effect::KeyRevoked));
}

#[test]
fn d2_the_journal_tells_what_held_at_every_height() {
    let mut world = founded(3);
    let (one, two) = (world.ahead(MIN_NOTICE), world.ahead(MIN_NOTICE + 5));
    world.change(&[TTL, persons(ProposalKind::Seize, 3)], one);
    world.change(&[Change::CommandTtl(90_000)], two);
    world.idle_to(Height::new(two.get() + 3));
    let (mut edge, mut entries) = (Frontier::default(), Vec::new());
    let mut held: Vec<Values> = Vec::new();
    let mut state = crate::state::State::genesis(&world.genesis).unwrap().0;
    for set in &world.sets {
        if set.header.height.get() > 0 {
            state.apply(set);
        }
        held.push(state.parameters().values.clone());
        for row in set.lists.logs.iter().filter(|row| row.log == LogName::Parameters) {
            edge.push(leaf_hash(&row.salt, &row.bytes));
            entries.push(decode::<ParametersEntry>(&row.bytes, 4_096).unwrap());
        }
    }
    assert_eq!(world.state.parameters().journal, edge.head());
    let heights: Vec<u64> = entries.iter().map(|entry| entry.height.get()).collect();
    assert_eq!(heights, [1, 2, one.get(), two.get()], "decided, decided, acted, acted");
    for (at, held) in (0u64..).zip(&held) {
        let told = entries.iter().rev().find(|entry| entry.height.get() <= at);
        let told =
            told.map_or(Values::new(LIMITS, world.genesis.thresholds), |e| e.closing.clone());
        assert_eq!(told, *held, "at {at}");
    }
    let proof = world.state.prove_record(&Name::Parameters, world.state.header().height);
    assert!(proof.is_some(), "the journal's head is under the root");
}

#[test]
fn d2_i2_the_journals_of_currencies_tell_of_another_age_limit() {
    let mut world = founded(2);
    let own = MintTerms { max_age_ms: 5_000, ..MintTerms::default() };
    let terms = world.set_mint_terms(jpy(), own);
    world.apply_all(&terms);
    let at = world.ahead(MIN_NOTICE);
    world.change(&[Change::AttestationMaxAge(70_000)], at);
    world.idle_to(at);
    let told = world.sets.last().unwrap().lists.logs.iter();
    let told: Vec<_> = told.filter(|row| matches!(row.log, LogName::Currency(_))).collect();
    assert_eq!(told.len(), 1, "yen have an age limit of their own");
    assert_eq!(told[0].log, LogName::Currency(usd()));
    let entry: TotalsEntry = decode(&told[0].bytes, 1_000).unwrap();
    assert_eq!(entry.freshness, Freshness::every_day(70_000));
    let before = world.sets.len();
    world.block(&[]);
    assert!(world.sets[before].lists.logs.is_empty(), "once");
}
