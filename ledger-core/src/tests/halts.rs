//! Halts: who halts and resumes, what a halted ledger takes, and what becomes of what waits (D9 to D11).

use std::collections::BTreeSet;

use crate::{
    authority::Role,
    bulk::BulkMode,
    codec::decode,
    command::{Action, Command, SignedCommand, VoidReason},
    halt::{EMERGENCY_HALT_MS, Halt, HaltOrder, HaltedBy, MAX_HALT_MS, is_halted, moves, takes},
    id::{Lei, Text},
    journal::LogName,
    money::Money,
    payment::LegState,
    proposal::ProposalStatus,
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    seizure::{Disposal, SeizureOrder},
    state::WriteSet,
    testing::{
        Actor, BLOCK_MS, Bank, World,
        assets::{bond, units},
        commands::{entry_id, sign},
        compliance_lei, recount, usd,
    },
    tests::{
        faults::{check, fault, lasting, refused},
        units::{counted, dearest},
    },
    time::{Height, LedgerTime},
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// A running network with money, compliance and an emergency key.
fn ready() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000);
    world.appoint_compliance();
    world.appoint_emergency();
    (world, banks)
}

/// Halts by the emergency key. Takes one block.
fn halted(world: &mut World) {
    let halt = world.halt();
    assert_eq!(world.apply(&halt), Effect::NetworkHalted);
}

/// Operators end the halt that is on. Takes two blocks.
fn resumed(world: &mut World) {
    let halt = world.last_halt().number;
    let [proposal, approval] = world.decide(Action::ResumeNetwork { halt });
    world.apply(&proposal);
    assert_eq!(world.apply(&approval), Effect::NetworkResumed);
}

/// Whether money or units of anybody moved in a block.
pub(super) fn moved(set: &WriteSet) -> bool {
    set.lists
        .logs
        .iter()
        .any(|append| matches!(append.log, LogName::Account(_) | LogName::Position(..)))
}

#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    organisation: Lei,
    halted: bool,
}

#[test]
fn d10_a_halt_is_refused_for_the_first_reason_that_applies() {
    let (mut world, _) = ready();
    let old = Actor::new(compliance_lei(), Role::Emergency, "second");
    let commands = world.register_key(old.grant);
    world.apply_all(&commands);
    let commands = world.decide(Action::RevokeKey { key: old.grant.key });
    world.apply_all(&commands);
    let by = Actor::emergency();
    let good = Case { world, by, organisation: compliance_lei(), halted: false };
    let faults = [
        fault(Refusal::KeyUnknown, &["by"], |c: &mut Case| {
            c.by = Actor::new(compliance_lei(), Role::Emergency, "nobody");
        }),
        fault(Refusal::KeyRevoked, &["by"], |c| {
            c.by = Actor::new(compliance_lei(), Role::Emergency, "second");
        }),
        fault(Refusal::WrongOrganisation, &["organisation"], |c| {
            c.organisation = Bank::new("BANKA").lei;
        }),
        fault(Refusal::WrongRole, &["by"], |c| c.by = Actor::network_compliance(1)),
        fault(Refusal::LedgerHalted, &["halted"], |c| c.halted = true),
    ];
    check(&good, Effect::NetworkHalted, &faults, |case| {
        let mut world = case.world.clone();
        if case.halted {
            halted(&mut world);
        }
        let reference = Text::new("CASE-3").unwrap();
        let body = world.body(case.organisation, Command::Halt { reference });
        world.run(&sign(body, &[&case.by]))
    });
}

#[test]
fn d10_no_key_of_another_role_halts() {
    let (world, banks) = ready();
    let keys = world.state.records().filter_map(|record| match record {
        Record::Key(key) => Some(key.grant.role),
        _ => None,
    });
    let roles: BTreeSet<Role> = keys.collect();
    assert!(roles.len() > 7, "{roles:?}");
    let actors = [
        Actor::operator(1),
        Actor::treasury(1),
        Actor::network_compliance(1),
        Actor::custodian(),
        banks[0].settlement(),
        banks[0].gate(),
        banks[0].compliance(),
    ];
    for by in actors {
        let mut world = world.clone();
        let halt = world.sign(&by, Command::Halt { reference: Text::new("CASE-1").unwrap() });
        assert_eq!(refused(&mut world, &halt), Refusal::WrongRole, "{:?}", by.grant.role);
        // Nor does a proposal of theirs, but of operators.
        let until = world.now().after(1_000_000);
        let reference = Text::new("CASE-1").unwrap();
        let asked = Action::HaltNetwork(HaltOrder { until, reference });
        let asked = world.propose(&by, asked);
        let expected = match by.grant.role {
            Role::Operator => Outcome::Applied(Effect::Proposed),
            _ => Outcome::Refused(Refusal::WrongRole),
        };
        assert_eq!(world.run(&asked), expected);
        assert_eq!(Halt::of(&world.state), None);
    }
}

#[test]
fn d10_one_emergency_key_halts_for_a_day_and_the_halt_ends_by_itself() {
    let (mut world, [a, b, _]) = ready();
    halted(&mut world);
    let (from, height) = (world.now(), world.state.header().height);
    let until = from.after(EMERGENCY_HALT_MS);
    let reference = Text::new("CASE-1").unwrap();
    let (by, resumed) = (HaltedBy::Emergency, None);
    let expected = Halt { number: 1, by, height, from, until, reference, resumed };
    assert_eq!(*world.last_halt(), expected);
    let payment = world.payment(&a, &b, dollars(5));
    let before = LedgerTime::new(until.get() - 1);
    world.block_at(LedgerTime::new(before.get() - BLOCK_MS), &[]);
    let transfer = world.transfer(&a, &b, &payment);
    let set = world.block_at(before, std::slice::from_ref(&transfer));
    assert_eq!(set.receipts[0].outcome, Outcome::Refused(Refusal::LedgerHalted));
    let transfer = world.transfer(&a, &b, &payment);
    let set = world.block_at(until, std::slice::from_ref(&transfer));
    assert_eq!(set.receipts[0].outcome, Outcome::Applied(Effect::Settled));
    // The same key halts anew; only operators can take it from its holder.
    halted(&mut world);
    assert_eq!(world.last_halt().number, 2);
}

#[test]
fn d10_operators_halt_for_seven_days_at_most() {
    let (world, _) = ready();
    for (ahead, expected) in [
        (0, Err(Refusal::OutOfRange)),
        (1, Ok(())),
        (MAX_HALT_MS, Ok(())),
        (MAX_HALT_MS + 1, Err(Refusal::OutOfRange)),
        (u64::MAX, Err(Refusal::OutOfRange)),
    ] {
        let mut world = world.clone();
        let decided = world.next_time().after(BLOCK_MS);
        let reference = Text::new("CASE-2").unwrap();
        let order = HaltOrder { until: decided.after(ahead), reference };
        let [proposal, approval] = world.decide(Action::HaltNetwork(order));
        world.apply(&proposal);
        match expected {
            Ok(()) => {
                assert_eq!(world.apply(&approval), Effect::NetworkHalted);
                let halt = world.last_halt();
                assert_eq!((halt.by, halt.number), (HaltedBy::Operators, 1));
                assert_eq!(halt.until, decided.after(ahead));
            }
            Err(refusal) => assert_eq!(refused(&mut world, &approval), refusal),
        }
    }
}

#[test]
fn d10_operators_give_an_emergency_halt_another_end() {
    let (start, [a, b, _]) = ready();
    for lasts in [2 * EMERGENCY_HALT_MS, 10 * BLOCK_MS] {
        let mut world = start.clone();
        halted(&mut world);
        let longer = world.halt_for(lasts);
        world.apply_all(&longer);
        let halt = world.last_halt().clone();
        assert_eq!((halt.by, halt.number), (HaltedBy::Operators, 2));
        world.block_at(LedgerTime::new(halt.until.get() - 1 - BLOCK_MS), &[]);
        let payment = world.payment(&a, &b, dollars(5));
        let commands = [world.transfer(&a, &b, &payment)];
        let set = world.block_at(LedgerTime::new(halt.until.get() - 1), &commands);
        assert_eq!(set.receipts[0].outcome, Outcome::Refused(Refusal::LedgerHalted), "{lasts}");
        let transfer = world.transfer(&a, &b, &payment);
        assert_eq!(world.apply(&transfer), Effect::Settled, "{lasts}");
    }
}

#[test]
fn d11_a_resume_is_for_the_halt_that_it_names() {
    let (mut world, _) = ready();
    // Proposed before there was a halt: it ends the first one at the word of the second person only
    // because it names it.
    let resume = |world: &mut World, halt| world.decide(Action::ResumeNetwork { halt });
    let [first, yes] = resume(&mut world, 1);
    world.apply(&first);
    assert_eq!(refused(&mut world, &yes), Refusal::NotHalted);
    halted(&mut world);
    let longer = world.halt_for(EMERGENCY_HALT_MS);
    world.apply_all(&longer);
    let yes = world.approve(&Actor::operator(2), &first);
    assert_eq!(refused(&mut world, &yes), Refusal::NotHalted, "it is the second halt");
    for unknown in [0, 1, 3, u64::MAX] {
        let [proposal, approval] = resume(&mut world, unknown);
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), Refusal::NotHalted, "{unknown}");
    }
    let [proposal, approval] = resume(&mut world, 2);
    world.apply(&proposal);
    let by_maker = world.approve(&Actor::operator(1), &proposal);
    assert_eq!(refused(&mut world, &by_maker), Refusal::SamePerson);
    let by_compliance = world.approve(&Actor::network_compliance(1), &proposal);
    assert_eq!(refused(&mut world, &by_compliance), Refusal::WrongRole);
    assert_eq!(world.apply(&approval), Effect::NetworkResumed);
    let halt = world.last_halt();
    assert_eq!(halt.resumed, Some(world.state.header().height));
    assert_eq!(halt.until, world.now());
    let [proposal, approval] = resume(&mut world, 2);
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::NotHalted, "it is over");
}

#[test]
fn d11_who_may_halt_at_once_may_not_resume() {
    let (mut world, _) = ready();
    halted(&mut world);
    for by in [Actor::emergency(), Actor::network_compliance(1), Actor::treasury(1)] {
        let asked = world.propose(&by, Action::ResumeNetwork { halt: 1 });
        assert_eq!(refused(&mut world, &asked), Refusal::WrongRole);
    }
    // An emergency key that was stolen is revoked while the halt that it made is on.
    let commands = world.decide(Action::RevokeKey { key: Actor::emergency().grant.key });
    world.apply_all(&commands);
    resumed(&mut world);
    let again = world.halt();
    assert_eq!(refused(&mut world, &again), Refusal::KeyRevoked);
}

/// Every kind of command, in a form that applies while nothing is halted.
#[test]
fn d9_of_every_kind_of_command_a_halted_ledger_takes_what_is_governed() {
    let (base, banks) = counted();
    let kinds: Vec<Kind> = (0u8..).map_while(|index| decode(&[index], 1).ok()).collect();
    let mut taken = Vec::new();
    for kind in kinds {
        let mut world = base.clone();
        let (command, _) = dearest(kind, &mut world, banks);
        if kind != Kind::Halt {
            world.appoint_emergency();
        }
        // Not alone in its block: what is due may end in it, before any command.
        let halt = world.halt();
        world.block(&[halt]);
        assert!(is_halted(&world.state, world.now()));
        let sums = recount(&world.state);
        let set = world.block(std::slice::from_ref(&command));
        assert!(!moved(&set), "{kind:?} moved something");
        assert_eq!(set.receipts.len(), 1, "{kind:?}: nothing ends by itself");
        let outcome = set.receipts[0].outcome;
        match (takes(&command.body.command), kind) {
            (true, Kind::Halt) | (false, _) => {
                assert_eq!(outcome, Outcome::Refused(Refusal::LedgerHalted), "{kind:?}");
            }
            (true, _) => {
                assert!(matches!(outcome, Outcome::Applied(_)), "{kind:?}: {outcome:?}");
                assert_eq!(recount(&world.state)[&usd()].supply, sums[&usd()].supply);
                taken.push(kind);
            }
        }
    }
    let governed = [
        Kind::Propose,
        Kind::Approve,
        Kind::Attest,
        Kind::RecordEntry,
        Kind::Freeze,
        Kind::WithdrawApproval,
        Kind::Accuse,
        Kind::Signal,
    ];
    assert_eq!(taken, governed);
}

#[test]
fn d9_a_bulk_has_one_answer_and_a_stranger_learns_nothing_of_the_halt() {
    let (mut world, [a, b, _]) = ready();
    halted(&mut world);
    let payment = world.payment(&a, &b, dollars(5));
    // Whose key is unknown is told that first.
    let transfer = world.transfer(&a, &b, &payment);
    let body = world.body(a.lei, transfer.body.command);
    let stranger = sign(body, &[&Actor::new(a.lei, Role::Settlement, "nobody")]);
    assert_eq!(refused(&mut world, &stranger), Refusal::KeyUnknown);
    // All other reasons come after the halt: the rule does not run.
    let beyond = world.payment(&a, &b, dollars(u128::MAX));
    let beyond = world.transfer(&a, &b, &beyond);
    assert_eq!(refused(&mut world, &beyond), Refusal::LedgerHalted);
    for mode in [BulkMode::Whole, BulkMode::Each] {
        let groups = world.groups(&a, usd(), &[(b, &[1, 2])]);
        let bulk = world.bulk(&a, mode, usd(), groups);
        let command = world.sign(&a.settlement(), Command::Bulk(bulk));
        let receipts = world.block(&[command]).receipts;
        let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
        assert_eq!(outcomes, [Outcome::Refused(Refusal::LedgerHalted)], "{mode:?}");
    }
    assert_eq!(world.available(&b, usd()), 1_000);
}

/// Actions that move something, ready for their last yes: proposals and approvals.
fn movements(world: &mut World, [a, ..]: [Bank; 3]) -> Vec<(&'static str, [SignedCommand; 2])> {
    let (entry, request) =
        (world.credit_from(&a, dollars(7), "R"), world.request_mint(&a, dollars(7), "R"));
    let preburns = [11, 12, 13].map(|minor| world.preburn(&a, dollars(minor)));
    let record = world.record_entry(&entry);
    world.apply_all(&[vec![record, request.clone()], preburns.to_vec()].concat());
    let [burned, cancelled, instructed] = preburns.map(|preburn| preburn.body.id());
    let payout = world.payout_to(&a, dollars(11), &burned);
    let record = world.record_entry(&payout);
    world.apply(&record);
    let (frozen, to) = (world.account(&Bank::new("BANKC"), usd()), world.account(&a, usd()));
    let freeze = world.freeze(crate::freeze::FreezeTarget::Account(frozen));
    world.apply(&freeze);
    let order = SeizureOrder {
        from: frozen,
        party: None,
        money: dollars(3),
        disposal: Disposal::Deliver(to),
        reference: Text::new("ORDER").unwrap(),
    };
    let surrender = world.surrender(&a, units(bond(), 5));
    world.apply(&surrender);
    let all = vec![
        ("mint", world.mint(request.body.id(), entry_id(&entry))),
        (
            "confirm",
            world.treasure(Action::ConfirmPayout { redemption: burned, entry: entry_id(&payout) }),
        ),
        ("cancel", world.treasure(Action::CancelPayout { redemption: cancelled })),
        ("instruct", world.treasure(Action::InstructPayout { redemption: instructed })),
        ("seize", world.comply(Action::Seize(order))),
        ("issue", world.issue(&a, units(bond(), 5))),
        ("cancel units", world.cancel_units(bond(), surrender.body.id())),
    ];
    for (name, [proposal, _]) in &all {
        let Command::Propose { action, .. } = &proposal.body.command else { panic!() };
        assert!(moves(action), "{name}");
    }
    all
}

#[test]
fn d9_an_action_that_moves_waits_with_its_approvals_until_the_halt_is_over() {
    let (mut world, banks) = World::with_units(1_000, 100);
    world.appoint_compliance();
    world.appoint_emergency();
    let actions = movements(&mut world, banks);
    for (name, [proposal, approval]) in actions {
        let mut world = world.clone();
        halted(&mut world);
        // Proposing goes on; the last yes is refused and not kept.
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), Refusal::LedgerHalted, "{name}");
        let id = proposal.body.id();
        match world.record(&Name::Proposal(id)) {
            Some(Record::Proposal(kept)) => {
                assert_eq!((kept.status, kept.approvals.len()), (ProposalStatus::Open, 1));
            }
            other => panic!("{other:?}"),
        }
        resumed(&mut world);
        let by = approval.body.signers[0];
        let checkers =
            [Actor::treasury(2), Actor::network_compliance(2), Actor::registrar(bond(), 2)];
        let checker = checkers.into_iter().find(|actor| actor.grant.key == by).unwrap();
        let approval = world.approve(&checker, &proposal);
        let set = world.block(&[approval]);
        assert!(matches!(set.receipts[0].outcome, Outcome::Applied(_)), "{name}");
        assert!(moved(&set) || name == "instruct", "{name}");
    }
}

/// What becomes of legs whose time passes while the ledger is halted: docs/spec/ledger.md, D12.
#[test]
fn d12_what_waits_keeps_its_time_and_ends_when_the_halt_is_over() {
    let (start, [a, b, _]) = ready();
    let by_operators = |world: &mut World| resumed(world);
    let by_itself = |world: &mut World| {
        let until = world.last_halt().until;
        world.block_at(LedgerTime::new(until.get() - 1), &[]);
    };
    let ends: [fn(&mut World); 2] = [by_operators, by_itself];
    for end in ends {
        let mut world = start.clone();
        let [held, scheduled, queued, late] =
            [40, 41, 2_000, 42].map(|minor| world.payment(&a, &b, dollars(minor)));
        let soon = 60 * BLOCK_MS;
        let mut commands = vec![
            world.hold(&a, &held),
            world.schedule(&a, &b, &scheduled, soon),
            world.enqueue(&queued, 1),
        ];
        commands.push(world.hold(&a, &late));
        let Command::Hold(mut hold) = commands[0].body.command.clone() else { panic!() };
        hold.expires = world.now().after(soon);
        commands[0] = world.sign(&a.settlement(), Command::Hold(hold));
        let Command::Enqueue(mut asked) = commands[2].body.command.clone() else { panic!() };
        asked.expires = world.now().after(soon);
        commands[2] = world.sign(&a.settlement(), Command::Enqueue(asked));
        let Command::Hold(mut hold) = commands[3].body.command.clone() else { panic!() };
        hold.expires = world.now().after(3 * EMERGENCY_HALT_MS);
        commands[3] = world.sign(&a.settlement(), Command::Hold(hold));
        world.apply_all(&commands);
        halted(&mut world);
        let legs = [&held, &scheduled, &queued].map(|payment| Name::Leg(payment.leg.id()));
        let before = legs.map(|name| world.record(&name).cloned());
        // Far beyond the time of the first three, and their grace.
        for _ in 0..3 {
            let later = world.now().after(10 * 60 * BLOCK_MS);
            let set = world.block_at(later, &[]);
            assert!(set.receipts.is_empty() && !moved(&set));
        }
        assert_eq!(legs.map(|name| world.record(&name).cloned()), before);
        let tries = [
            world.post(&b, &b, &held),
            world.void(&a, &held, VoidReason::Expired),
            world.void(&b, &late, VoidReason::Rejected),
            world.sign(&a.settlement(), Command::Release { leg: scheduled.leg.id() }),
        ];
        for command in &tries {
            assert_eq!(refused(&mut world, command), Refusal::LedgerHalted);
        }
        end(&mut world);
        assert_eq!(world.available(&a, usd()), 1_000 - 40 - 41 - 42, "nothing ended before");
        let set = world.block(&[]);
        assert_eq!(set.receipts.len(), 3, "{:?}", set.receipts);
        let state =
            |payment: &crate::command::Payment| match world.record(&Name::Leg(payment.leg.id())) {
                Some(Record::Leg(record)) => record.state.clone(),
                other => panic!("{other:?}"),
            };
        assert_eq!(state(&held), LegState::Voided(VoidReason::Expired));
        assert!(matches!(state(&scheduled), LegState::Settled { .. }));
        assert_eq!(state(&queued), LegState::Voided(VoidReason::Expired));
        assert!(matches!(state(&late), LegState::Held { .. }));
        assert_eq!(world.available(&a, usd()), 1_000 - 41 - 42);
        // A hold whose time is not over is posted as always.
        let post = world.post(&b, &b, &late);
        assert_eq!(world.apply(&post), Effect::Settled);
    }
}

#[test]
fn d9_parameters_and_the_committee_change_while_halted() {
    let (mut world, _) = ready();
    let at = world.ahead(crate::limits::MIN_NOTICE + 3);
    let change = crate::parameters::Change::CommandTtl(120_000);
    let mut parameters = world.state.parameters().clone();
    parameters.values.pending = vec![crate::parameters::Pending { at, change }];
    world.plant(vec![(Name::Parameters, Record::Parameters(Box::new(parameters)))]);
    halted(&mut world);
    world.idle_to(at);
    assert_eq!(world.limits().command_ttl_ms, 120_000);
    assert!(is_halted(&world.state, world.now()));
}

#[test]
fn d9_nothing_of_a_ledger_changes_by_a_halt_that_nobody_ever_asked_for() {
    let (mut world, _) = World::funded(1_000);
    assert_eq!(Halt::of(&world.state), None);
    let before = lasting(&world.state);
    world.idle_to(Height::new(world.state.header().height.get() + 3));
    assert_eq!(lasting(&world.state), before);
}
