//! L3: what stays is counted for the organisation that makes it, and never more than its quota.

use rand_core::TryRng as _;

use crate::{
    authority::Role,
    bulk::BulkMode,
    command::{Action, Command, SignedCommand, VoidReason},
    digest::Hash32,
    execute::execute,
    freeze::FreezeTarget,
    freshness::DAY_MS,
    genesis::{Genesis, GenesisError, Limits},
    growth::{Grown, Growth},
    id::Lei,
    limits::{MIN_GROWTH_QUOTA, MIN_ORGANISATION_SHARE},
    money::Money,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    share::Lane,
    state::State,
    testing::{
        Actor, Bank, LIMITS, TestRng, World, commands::sign, custodian_lei, genesis, operator_lei,
        usd,
    },
    tests::faults::{Fault, check, fault, lasting, refused},
    time::{Height, LedgerTime},
};

const HOUR_MS: u64 = DAY_MS / 24;

/// What counts of an organisation at the time of the last block.
pub(super) fn made(world: &World, organisation: Lei, lane: Lane) -> u32 {
    match world.record(&Name::Growth(organisation)) {
        Some(Record::Growth(growth)) => growth.of(lane, world.now()).sum(),
        _ => 0,
    }
}

/// Sets the quota by decree.
fn allow(world: &mut World, growth_quota: u32) {
    let mut parameters = world.state.parameters().clone();
    parameters.values.limits.growth_quota = growth_quota;
    world.plant(vec![(Name::Parameters, Record::Parameters(Box::new(parameters)))]);
}

/// Lets what was made so far leave the window.
fn days_later(world: &mut World) {
    world.block_at(world.now().after(2 * DAY_MS), &[]);
}

/// A funded network in which nothing counts any more, with a quota.
fn fresh(quota: u32) -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000);
    days_later(&mut world);
    allow(&mut world, quota);
    (world, banks)
}

fn pay(world: &mut World, from: &Bank, to: &Bank) -> SignedCommand {
    let payment = world.payment(from, to, Money::new(usd(), 1));
    world.transfer(from, to, &payment)
}

fn outcomes(world: &mut World, commands: &[SignedCommand]) -> Vec<Outcome> {
    world.block(commands).receipts.iter().map(|receipt| receipt.outcome).collect()
}

const BEYOND: Outcome = Outcome::Refused(Refusal::QuotaExceeded);

/// One row per command: what it adds to its organisation's business and duties.
#[test]
fn l3_records_and_entries_of_lists_are_counted_for_who_makes_them() {
    let (mut world, [a, b, _]) = fresh(1_000);
    world.appoint_compliance();
    world.appoint_admins(&a);
    let money = Money::new(usd(), 10);
    let held = world.payment(&a, &b, money);
    let (hold, hold_again) = (world.hold(&a, &held), world.hold(&a, &held));
    let entry = world.credit_from(&a, money, "R");
    let preburn = world.preburn(&a, money);
    let cancel = world.cancel_redemption(&a, preburn.body.id());
    let anchors = [1, 2].map(|byte| world.anchor(&a, Hash32::new([byte; 32])));
    let [known, unknown] = [a.party(1), a.party(77)].map(|party| world.standing(&a, party));
    let target = FreezeTarget::Party(b.party(3));
    let [open, opened] = world.open_account(&Bank::new("BANKA"), crate::testing::jpy());
    let groups = world.groups(&a, usd(), &[(b, &[1, 2, 3])]);
    let bulk = world.bulk(&a, BulkMode::Whole, usd(), groups);
    let bulk = world.sign(&a.settlement(), Command::Bulk(bulk));
    let legs = [world.set_leg(&a, &b, money), world.set_leg(&b, &a, money)];
    let set = world.settle_set(&a, &legs);
    let rows: Vec<(SignedCommand, Option<(u32, u32)>)> = vec![
        (pay(&mut world, &a, &b), Some((1, 0))),
        (hold, Some((1, 0))),
        (hold_again, None),
        (world.void(&a, &held, VoidReason::Withdrawn), Some((0, 0))),
        (world.close(&a, &held.leg), Some((0, 0))),
        // A record and an entry of the member's list.
        (unknown, Some((2, 0))),
        (known, Some((0, 0))),
        (anchors[0].clone(), Some((2, 0))),
        (anchors[1].clone(), Some((1, 0))),
        (preburn, Some((1, 0))),
        (cancel, Some((0, 0))),
        (world.request_mint(&a, money, "R"), Some((1, 0))),
        (world.record_entry(&entry), Some((0, 2))),
        (world.attest(usd(), 10), Some((0, 0))),
        (world.freeze(target), Some((0, 0))),
        (open, Some((0, 1))),
        (opened, None),
        (bulk, Some((3, 0))),
        // Another member's leg of the set too.
        (set, Some((2, 0))),
    ];
    for (command, expected) in rows {
        let who = command.body.organisation;
        let counted =
            |world: &World| (made(world, who, Lane::Business), made(world, who, Lane::Duty));
        let before = counted(&world);
        let others = lasting(&world.state);
        let applied = matches!(
            world.block(std::slice::from_ref(&command)).receipts[0].outcome,
            Outcome::Applied(_)
        );
        let after = counted(&world);
        let found = (after.0 - before.0, after.1 - before.1);
        assert_eq!(applied.then_some(found), expected, "{:?}", command.body.command);
        assert!(applied || lasting(&world.state) == others);
    }
}

/// A pays B when its quota has room for one record.
#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    payment: crate::command::Payment,
    change: fn(&mut crate::command::Transfer),
    left: u32,
}

/// Of all that can be wrong with a command, that it would make too much is said last.
#[test]
fn l3_that_there_is_no_room_is_said_after_every_other_reason() {
    let (mut world, [a, b, _]) = fresh(1);
    allow(&mut world, 1_000);
    world.appoint_compliance();
    // Rules of version 2 are demanded.
    world.complied(Action::SetScreening { oldest: None, rule_version: 2 });
    days_later(&mut world);
    let payment = world.payment(&a, &b, Money::new(usd(), 5));
    let good = Case { world, by: a.settlement(), payment, change: |_| {}, left: 1 };
    let faults: Vec<Fault<Case>> = vec![
        fault(Refusal::KeyUnknown, &["by"], |c| {
            c.by = Actor::new(c.by.grant.organisation, Role::Settlement, "x")
        }),
        fault(Refusal::WrongRole, &["by"], |c| c.by = Bank::new("BANKA").gate()),
        fault(Refusal::AmountZero, &["money"], |c| c.payment.money = Money::new(usd(), 0)),
        fault(Refusal::SameMember, &["leg"], |c| {
            c.payment.leg.instructed = c.payment.leg.instructing
        }),
        fault(Refusal::AccountUnknown, &["debit"], |c| {
            c.payment.debit = crate::id::AccountId::new([7; 32])
        }),
        fault(Refusal::InsufficientFunds, &["money"], |c| {
            c.payment.money = Money::new(usd(), 1_001)
        }),
        fault(Refusal::ScreeningOutdated, &["gate"], |c| {
            c.change = |t| t.gate.value.rule_version = 1
        }),
        fault(Refusal::QuotaExceeded, &["quota"], |c| c.left = 0),
    ];
    check(&good, Effect::Settled, &faults, |case| {
        let mut world = case.world.clone();
        allow(&mut world, case.left);
        let (a, b) = (Bank::new("BANKA"), Bank { lei: case.payment.leg.instructed });
        let mut gate = world.clearance(&a, &case.payment).value;
        gate.rule_version = 2;
        let mut transfer = crate::command::Transfer {
            payment: case.payment,
            gate: crate::signature::Signed::new(gate, &a.gate().signer()).unwrap(),
            acceptance: world.acceptance(&b, &case.payment),
        };
        (case.change)(&mut transfer);
        transfer.gate =
            crate::signature::Signed::new(transfer.gate.value, &a.gate().signer()).unwrap();
        let body = world.body(a.lei, Command::Transfer(transfer));
        let command = sign(body, &[&case.by]);
        let before = lasting(&world.state);
        let outcome = world.run(&command);
        if let Outcome::Refused(_) = outcome {
            assert_eq!(lasting(&world.state), before, "a refused command changed something");
        }
        outcome
    });
}

#[test]
fn l3_a_quota_is_used_to_its_last_record_and_what_makes_nothing_goes_on() {
    let (mut world, [a, b, _]) = fresh(3);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    let hold = world.hold(&a, &payment);
    let commands =
        [hold, pay(&mut world, &a, &b), pay(&mut world, &a, &b), pay(&mut world, &a, &b)];
    let settled = Outcome::Applied(Effect::Settled);
    let expected = [Outcome::Applied(Effect::Held), settled, settled, BEYOND];
    assert_eq!(outcomes(&mut world, &commands), expected);
    assert_eq!(made(&world, a.lei, Lane::Business), 3);
    let again = world.sign(&a.settlement(), commands[3].body.command.clone());
    assert_eq!(refused(&mut world, &again), Refusal::QuotaExceeded);
    // The others have quotas of their own, and what is there can be ended, settled, confirmed.
    let post = world.post(&b, &b, &payment);
    let (theirs, close) = (pay(&mut world, &b, &a), world.close(&a, &payment.leg));
    let [confirm, standing] =
        [world.confirm_credit(&b, payment.leg.id(), world.now()), world.standing(&a, a.party(1))];
    world.apply_all(&[post, theirs, close, confirm, standing]);
    assert_eq!(made(&world, b.lei, Lane::Business), 1);
}

#[test]
fn l3_a_bulk_of_single_payments_settles_as_many_as_there_is_room_for_and_a_whole_one_all_or_none() {
    for (mode, quota, expected) in [
        (BulkMode::Each, 2, vec![true, true, false, false]),
        (BulkMode::Each, 4, vec![true; 4]),
        (BulkMode::Whole, 3, vec![false]),
        (BulkMode::Whole, 4, vec![true; 4]),
    ] {
        let (mut world, [a, b, _]) = fresh(quota);
        let groups = world.groups(&a, usd(), &[(b, &[1, 2, 3, 4])]);
        let bulk = world.bulk(&a, mode, usd(), groups);
        let command = world.sign(&a.settlement(), Command::Bulk(bulk));
        let receipts = world.block(&[command]).receipts;
        let found: Vec<bool> =
            receipts.iter().map(|r| r.outcome == Outcome::Applied(Effect::Settled)).collect();
        assert_eq!(found, expected, "{mode:?} {quota}");
        for receipt in receipts.iter().filter(|r| r.outcome == BEYOND) {
            assert_eq!(receipt.leg.is_some(), mode == BulkMode::Each);
            assert_eq!(receipt.money.is_some(), mode == BulkMode::Each);
        }
        let settled = u32::try_from(found.iter().filter(|settled| **settled).count()).unwrap();
        assert_eq!(made(&world, a.lei, Lane::Business), settled);
    }
    // A whole one of a single payment names none either.
    let (mut world, [a, b, _]) = fresh(1);
    let first = pay(&mut world, &a, &b);
    world.apply(&first);
    let groups = world.groups(&a, usd(), &[(b, &[1])]);
    let bulk = world.bulk(&a, BulkMode::Whole, usd(), groups);
    let command = world.sign(&a.settlement(), Command::Bulk(bulk));
    let receipt = world.block(&[command]).receipts[0].clone();
    assert_eq!((receipt.outcome, receipt.leg, receipt.money), (BEYOND, None, None));
}

/// An organisation that is a bank, and holds roles of the network as well.
#[test]
fn l3_business_never_uses_up_the_room_of_duties() {
    let (mut world, [a, b, _]) = World::funded(100);
    let persons = [1, 2]
        .map(|number| Actor::new(a.lei, Role::NetworkCompliance, &format!("officer {number}")));
    for person in &persons {
        let commands = world.register_key(person.grant);
        world.apply_all(&commands);
    }
    days_later(&mut world);
    allow(&mut world, 2);
    let commands = [pay(&mut world, &a, &b), pay(&mut world, &a, &b), pay(&mut world, &a, &b)];
    assert_eq!(outcomes(&mut world, &commands)[2], BEYOND);
    let target = FreezeTarget::Party(a.party(2));
    let stop = crate::command::Freeze { target, reference: crate::id::Text::new("C").unwrap() };
    let freeze = world.sign(&persons[0], Command::Freeze(stop));
    let lift = world.propose(&persons[0], Action::Unfreeze { target });
    let lifted = world.approve(&persons[1], &lift);
    world.apply_all(&[freeze, lift, lifted]);
    assert_eq!((made(&world, a.lei, Lane::Business), made(&world, a.lei, Lane::Duty)), (2, 1));
    let more = [1, 2].map(|_| world.propose(&persons[0], Action::Unfreeze { target }));
    let expected = [Outcome::Applied(Effect::Proposed), BEYOND];
    assert_eq!(outcomes(&mut world, &more), expected);
    // The custodian's entries, two records each.
    let entry = world.credit_from(&b, Money::new(usd(), 1), "R");
    let record = world.record_entry(&entry);
    world.apply(&record);
    assert_eq!(made(&world, custodian_lei(), Lane::Duty), 2);
}

#[test]
fn l3_refused_repeated_and_forged_commands_count_nothing() {
    let (mut world, [a, b, _]) = fresh(5);
    let good = pay(&mut world, &a, &b);
    let set = world.block(&[good.clone(), good.clone()]);
    assert_eq!(set.receipts.len(), 1);
    world.block(std::slice::from_ref(&good));
    let used = world.sign(&a.settlement(), good.body.command.clone());
    assert_eq!(refused(&mut world, &used), Refusal::LegUsed);
    // B's key under A's name.
    let body = world.body(a.lei, good.body.command.clone());
    let forged = sign(body, &[&b.settlement()]);
    assert_eq!(refused(&mut world, &forged), Refusal::WrongOrganisation);
    assert_eq!(made(&world, a.lei, Lane::Business), 1);
    assert_eq!(made(&world, b.lei, Lane::Business), 0);
    // What is only refused leaves no record of who sent it.
    let nobody = Actor::new(operator_lei(), Role::Settlement, "nobody");
    let body = world.body(crate::testing::lei("NOBODY"), Command::Anchor { root: Hash32::ZERO });
    assert_eq!(refused(&mut world, &sign(body, &[&nobody])), Refusal::KeyUnknown);
    assert_eq!(world.record(&Name::Growth(crate::testing::lei("NOBODY"))), None);
}

/// What was made in an hour counts in it and in the 24 after it.
#[test]
fn l3_the_window_rolls_over_by_the_hour() {
    let (mut world, [a, b, _]) = fresh(2);
    let hour = world.now().get() / HOUR_MS + 2;
    let at = |hour: u64, ms: u64| LedgerTime::new(hour * HOUR_MS + ms);
    let mut try_at = |time: LedgerTime| {
        // Commands are for the time of their block.
        world.block_at(LedgerTime::new(time.get() - 1), &[]);
        let command = pay(&mut world, &a, &b);
        world.block_at(time, &[command]).receipts[0].outcome
    };
    let settled = Outcome::Applied(Effect::Settled);
    let rows = [
        (at(hour, HOUR_MS - 1), settled),
        (at(hour + 1, 1), settled),
        (at(hour + 1, 3), BEYOND),
        (at(hour + 24, HOUR_MS - 1), BEYOND),
        // The first has left, the second not yet.
        (at(hour + 25, 1), settled),
        (at(hour + 25, HOUR_MS - 1), BEYOND),
        (at(hour + 26, 1), settled),
        (at(hour + 26, 3), BEYOND),
    ];
    for (time, expected) in rows {
        assert_eq!(try_at(time), expected, "{}", time.get() - hour * HOUR_MS);
    }
    assert_eq!(made(&world, a.lei, Lane::Business), 2);
}

#[test]
fn l3_a_quota_may_be_set_anew_and_holds_from_the_next_block_on() {
    let (mut world, [a, b, _]) = fresh(2);
    for (quota, expected) in [(2, 2), (2, 2), (3, 3), (1, 3), (0, 3), (u32::MAX, 8)] {
        allow(&mut world, quota);
        let commands: Vec<_> = (0..5).map(|_| pay(&mut world, &a, &b)).collect();
        world.block(&commands);
        assert_eq!(made(&world, a.lei, Lane::Business), expected, "{quota}");
    }
}

#[test]
fn l3_counts_never_wrap_and_a_full_counter_is_beyond_every_quota() {
    struct Nothing;
    impl crate::draft::Records for Nothing {
        fn record(&self, _: &Name) -> Option<&Record> {
            None
        }
    }
    const MAX: u32 = u32::MAX;
    let by = (operator_lei(), Lane::Duty);
    let now = LedgerTime::new(u64::MAX);
    // What came before, more, quota, whether it fits.
    for (before, more, quota, fits) in [
        (0, 0, 0, true),
        (0, 1, 0, false),
        (0, 1, 1, true),
        (1, 1, 1, false),
        (0, MAX, MAX, true),
        (1, MAX, MAX, false),
        (MAX, 1, MAX, false),
        (MAX, 0, 0, true),
    ] {
        let mut grown = Grown::default();
        grown.count(&Nothing, by, before, (now, MAX)).unwrap();
        let answer = grown.count(&Nothing, by, more, (now, quota));
        let expected = if fits { Ok(()) } else { Err(Refusal::QuotaExceeded) };
        assert_eq!(answer, expected, "{before} {more} {quota}");
        let kept = grown.into_records().next();
        let sum = before.saturating_add(if fits { more } else { 0 });
        match kept {
            Some((name, Record::Growth(growth))) => {
                assert_eq!(name, Name::Growth(by.0));
                assert_eq!(
                    (growth.of(by.1, now).sum(), growth.of(Lane::Business, now).sum()),
                    (sum, 0)
                );
            }
            _ => assert_eq!(sum, 0),
        }
    }
    let full = Growth::new(by.0).with(Lane::Business, now, MAX).with(Lane::Business, now, MAX);
    assert_eq!(full.of(Lane::Business, now).sum(), MAX);
}

#[test]
fn l3_genesis_gives_every_organisation_a_share_and_a_quota() {
    let with = |organisation_share, growth_quota| {
        let limits = Limits { organisation_share, growth_quota, ..LIMITS };
        Genesis { limits, ..genesis() }.check()
    };
    let range = |field| Err(GenesisError::OutOfRange { field });
    for (share, quota, expected) in [
        (MIN_ORGANISATION_SHARE, MIN_GROWTH_QUOTA, Ok(())),
        (10_000, u32::MAX, Ok(())),
        (MIN_ORGANISATION_SHARE - 1, MIN_GROWTH_QUOTA, range("limits.organisation_share")),
        (10_001, MIN_GROWTH_QUOTA, range("limits.organisation_share")),
        (u16::MAX, MIN_GROWTH_QUOTA, range("limits.organisation_share")),
        (10_000, MIN_GROWTH_QUOTA - 1, range("limits.growth_quota")),
        (10_000, 0, range("limits.growth_quota")),
    ] {
        assert_eq!(with(share, quota), expected, "{share} {quota}");
    }
}

/// What an organisation made, as a plain list.
#[derive(Default)]
struct Model(Vec<(u64, Lei, Lane, u32)>);

impl Model {
    /// The hour of a time and the 24 before it.
    fn counted(&self, who: Lei, lane: Lane, now: LedgerTime) -> u32 {
        let hour = now.get() / HOUR_MS;
        let recent = |made: &u64| hour - made / HOUR_MS <= 24;
        let own =
            self.0.iter().filter(|(time, by, of, _)| *by == who && *of == lane && recent(time));
        own.map(|(.., made)| made).sum()
    }
}

/// A random command of one of several organisations, and what it makes if there is room: customers
/// new and known, payments, holds and their ends, anchors, bulks, bank entries, proposals, nonsense.
fn random(
    world: &mut World,
    banks: &[Bank; 3],
    below: &mut impl FnMut(usize) -> usize,
) -> (SignedCommand, u32) {
    let at = below(3);
    let (own, other) = (banks[at], banks[(at + 1) % 3]);
    let payment = world.payment(&own, &other, Money::new(usd(), 1));
    match below(9) {
        0 => (world.transfer(&own, &other, &payment), 1),
        1 => (world.hold(&own, &payment), 1),
        2 => (world.standing(&own, own.party(1)), 0),
        3 => {
            let fresh = crate::id::PartyId::new(*world.nonce().get());
            (world.standing(&own, fresh), 2)
        }
        4 => (world.anchor(&own, Hash32::MAX), 1),
        5 => {
            let groups = world.groups(&own, usd(), &[(other, &[1, 1, 1])]);
            let bulk = world.bulk(&own, BulkMode::Whole, usd(), groups);
            (world.sign(&own.settlement(), Command::Bulk(bulk)), 3)
        }
        6 => {
            let action = Action::SuspendMember { member: own.lei };
            (world.propose(&Actor::operator(1), action), 1)
        }
        7 => (world.close(&own, &payment.leg), 1),
        _ => {
            let too_much = Money::new(usd(), 100_000_000);
            let payment = crate::command::Payment { money: too_much, ..payment };
            (world.transfer(&own, &other, &payment), 0)
        }
    }
}

/// Random commands of four organisations, over hours and days: the ledger refuses those, and only
/// those, for which a plain list has no room; its counters are the list's; none is ever beyond.
#[test]
fn l3_counts_are_those_of_a_plain_list_and_never_beyond_the_quota() {
    const QUOTA: u32 = 14;
    let (mut world, banks) = World::funded(1_000_000);
    // The first anchor of a bank makes its record too.
    for bank in &banks {
        let anchor = world.anchor(bank, Hash32::ZERO);
        world.apply(&anchor);
    }
    days_later(&mut world);
    allow(&mut world, QUOTA);
    let mut rng = TestRng::default();
    let mut below = |most: usize| usize::try_from(rng.try_next_u64().unwrap()).unwrap() % most;
    let mut model = Model::default();
    let (mut full, mut taken) = (0, 0);
    for _ in 0..400 {
        let drawn: Vec<_> = (0..below(4)).map(|_| random(&mut world, &banks, &mut below)).collect();
        let time = world.now().after(1 + below(200_000) as u64);
        let commands: Vec<_> = drawn.iter().map(|(command, _)| command.clone()).collect();
        let set = world.block_at(time, &commands);
        for (command, made) in &drawn {
            let (who, lane) = (command.body.organisation, Lane::of(&command.body.command));
            let room = model.counted(who, lane, time) + made <= QUOTA;
            let mut own = set.receipts.iter().filter(|r| r.command == command.body.id());
            let outcome = own.next().unwrap().outcome;
            let beyond = outcome == BEYOND;
            assert_eq!(beyond, *made > 0 && !room, "{:?}: {outcome:?}", command.body.command);
            if matches!(outcome, Outcome::Applied(_)) {
                model.0.push((time.get(), who, lane, *made));
                taken += 1;
            }
            full += usize::from(beyond);
        }
        for who in banks.iter().map(|bank| bank.lei).chain([operator_lei()]) {
            for lane in [Lane::Business, Lane::Duty] {
                let counted = made(&world, who, lane);
                assert_eq!(counted, model.counted(who, lane, time));
                assert!(counted <= QUOTA);
            }
        }
        if below(40) == 0 {
            world.block_at(world.now().after((8 + below(20) as u64) * HOUR_MS), &[]);
        }
    }
    assert!(full > 100 && taken > 200, "{full} {taken}");
    restored(&world);
}

/// A process that starts again anywhere in between gives the same answers.
fn restored(world: &World) {
    let last = world.sets.len() - 1;
    for at in [last / 3, last / 2, last - 5] {
        let mut state = State::restore(world.kept(Height::new(at as u64))).unwrap();
        for (block, first) in world.blocks[at..].iter().zip(&world.sets[at + 1..]) {
            let set = execute(&state, &block.accept_finalized(state.header()).unwrap());
            assert_eq!((set.results, &set.receipts), (first.results, &first.receipts), "from {at}");
            state.apply(&set);
        }
    }
}
