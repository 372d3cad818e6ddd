//! Scheduled payments, and legs that the ledger ends by itself.

use crate::{
    account::{Account, Balances},
    command::{Command, Payment, VoidReason},
    execute::execute,
    freeze::FreezeTarget,
    id::{LegId, PartyId},
    limits::MAX_LEGS_SWEPT,
    money::Money,
    party::{Party, StandingStatus},
    payment::{LegState, SWEEP_AFTER_MS},
    receipt::{Effect, Kind, Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    state::State,
    testing::{Bank, World, assert_i1, commands::LASTS_MS, usd},
    tests::{
        faults::refused,
        movements::{demanding, recent, stopped},
        payments::{frozen, suspended},
    },
};

const MINOR: u128 = 100;
const AHEAD_MS: u64 = 30_000;

fn scheduled() -> (World, [Bank; 3], Payment) {
    let (mut world, banks) = World::funded(1_000);
    let [a, b, _] = banks;
    let payment = world.payment(&a, &b, Money::new(usd(), MINOR));
    let command = world.schedule(&a, &b, &payment, AHEAD_MS);
    assert_eq!(world.apply(&command), Effect::Scheduled);
    (world, banks, payment)
}

fn balances(world: &World, bank: &Bank) -> (u128, u128) {
    match world.record(&Name::Account(world.account(bank, usd()))) {
        Some(Record::Account(account)) => {
            let Balances { available, held, preburned } = account.balances;
            assert_eq!(preburned, 0);
            (available, held)
        }
        other => panic!("{other:?}"),
    }
}

fn state(world: &World, leg: &LegId) -> LegState {
    match world.record(&Name::Leg(*leg)) {
        Some(Record::Leg(found)) => found.state.clone(),
        other => panic!("{other:?}"),
    }
}

/// An empty block at the time a payment was scheduled for.
fn when_due(world: &mut World, payment: &Payment) -> Vec<Receipt> {
    let LegState::Scheduled { at, .. } = state(world, &payment.leg.id()) else { panic!() };
    world.block_at(at, &[]).receipts
}

#[test]
fn i9_a_scheduled_payment_settles_by_itself_at_its_time_and_not_before() {
    let (mut world, [a, b, _], payment) = scheduled();
    let entered = world.now();
    assert_eq!((balances(&world, &a), balances(&world, &b)), ((900, 100), (1_000, 0)));
    let LegState::Scheduled { at, .. } = state(&world, &payment.leg.id()) else { panic!() };
    let before = crate::time::LedgerTime::new(at.get() - 1);
    assert!(world.block_at(before, &[]).receipts.is_empty());
    let receipts = when_due(&mut world, &payment);
    let [receipt] = receipts.as_slice() else { panic!("one receipt") };
    assert_eq!((receipt.kind, receipt.outcome), {
        (Kind::Release, Outcome::Applied(Effect::Settled))
    });
    assert_eq!((receipt.entered, receipt.irrevocable), (entered, at));
    assert_eq!((receipt.leg, receipt.money), (Some(payment.leg), Some(payment.money)));
    assert_eq!((receipt.organisation, receipt.debit), (a.lei, Some(payment.debit)));
    assert_eq!(receipt.credit, Some(world.account(&b, usd())));
    let mut parties = vec![a.lei, b.lei];
    parties.sort();
    assert_eq!(receipt.parties, parties);
    assert_eq!((balances(&world, &a), balances(&world, &b)), ((900, 0), (1_100, 0)));
    assert!(world.block(&[]).receipts.is_empty(), "once");
    let back = world.give_back(&payment, MINOR);
    assert_eq!(world.apply(&back), Effect::Settled);
}

#[test]
fn i9_before_its_time_a_scheduled_payment_is_withdrawn_rejected_or_closed_but_not_posted() {
    let voided = |reason| Ok(Effect::Voided(reason));
    type Make = fn(&mut World, &[Bank; 3], &Payment) -> crate::command::SignedCommand;
    let release: Make =
        |w, [_, b, _], p| w.sign(&b.settlement(), Command::Release { leg: p.leg.id() });
    let rows: [(&str, Make, Result<Effect, Refusal>); 9] = [
        ("released", release, Err(Refusal::NotDue)),
        ("posted", |w, [_, b, _], p| w.post(b, b, p), Err(Refusal::LegNotHeld)),
        (
            "withdrawn",
            |w, [a, ..], p| w.void(a, p, VoidReason::Withdrawn),
            voided(VoidReason::Withdrawn),
        ),
        (
            "rejected",
            |w, [_, b, _], p| w.void(b, p, VoidReason::Rejected),
            voided(VoidReason::Rejected),
        ),
        (
            "expired",
            |w, [a, ..], p| w.void(a, p, VoidReason::Expired),
            Err(Refusal::HoldNotExpired),
        ),
        (
            "not released",
            |w, [a, ..], p| w.void(a, p, VoidReason::NotReleased),
            Err(Refusal::NotYourLeg),
        ),
        (
            "by a stranger",
            |w, [.., c], p| w.void(c, p, VoidReason::Rejected),
            Err(Refusal::LegUnknown),
        ),
        ("closed", |w, [a, ..], p| w.close(a, &p.leg), Ok(Effect::ClosedUnsettled)),
        ("again", |w, [a, b, _], p| w.schedule(a, b, p, AHEAD_MS), Err(Refusal::LegUsed)),
    ];
    for (what, make, expected) in rows {
        let (mut world, banks, payment) = scheduled();
        let command = make(&mut world, &banks, &payment);
        match expected {
            Err(refusal) => assert_eq!(refused(&mut world, &command), refusal, "{what}"),
            Ok(effect) => {
                assert_eq!(world.apply(&command), effect, "{what}");
                assert_eq!(balances(&world, &banks[0]), (1_000, 0), "{what}");
                let late = world.now().after(AHEAD_MS);
                assert!(world.block_at(late, &[]).receipts.is_empty(), "{what}");
            }
        }
        assert_i1(&world.state);
    }
}

fn party(world: &World, id: PartyId, change: impl FnOnce(&mut Party)) -> (Name, Record) {
    let Some(Record::Party(party)) = world.record(&Name::Party(id)) else { panic!() };
    let mut party = *party;
    change(&mut party);
    (Name::Party(id), Record::Party(party))
}

#[test]
fn k1_k4_k5_i10_what_may_no_longer_move_at_its_time_is_freed_and_nobody_is_told_why() {
    type Plant = fn(&World, &[Bank; 3]) -> (Name, Record);
    let rows: [(&str, Plant); 10] = [
        ("payer suspended", |w, [a, ..]| suspended(w, a)),
        ("payee suspended", |w, [_, b, _]| suspended(w, b)),
        ("debit frozen", |w, [a, ..]| frozen(w, &w.account(a, usd()))),
        ("credit frozen", |w, [_, b, _]| frozen(w, &w.account(b, usd()))),
        ("debtor revoked", |w, [a, ..]| {
            party(w, a.party(1), |p| p.status = StandingStatus::Revoked)
        }),
        ("creditor expired", |w, [_, b, _]| {
            let now = w.now();
            party(w, b.party(1), |p| p.expires = now)
        }),
        ("creditor frozen", |w, [_, b, _]| party(w, b.party(1), |p| p.frozen = true)),
        ("currency stopped", |_, _| stopped(usd())),
        ("screened too long ago", |_, _| recent(1, 0)),
        ("cleared by the payer only", |_, _| {
            demanding(usd(), |terms| terms.payee_clearance = Some(MINOR))
        }),
    ];
    for (what, plant) in rows {
        let (mut world, banks, payment) = scheduled();
        let plant = plant(&world, &banks);
        world.plant(vec![plant]);
        let receipts = when_due(&mut world, &payment);
        let [receipt] = receipts.as_slice() else { panic!("{what}") };
        let voided = Effect::Voided(VoidReason::NotReleased);
        assert_eq!(receipt.outcome, Outcome::Applied(voided), "{what}");
        assert_eq!((balances(&world, &banks[0]), balances(&world, &banks[1])), {
            ((1_000, 0), (1_000, 0))
        });
        assert_i1(&world.state);
    }
}

/// A fault of the ledger's own, which no input brings about: its money is free, and the leg ends.
#[test]
fn i9_what_cannot_settle_at_its_time_for_a_fault_is_freed() {
    let (mut world, [_, b, _], payment) = scheduled();
    let name = Name::Account(world.account(&b, usd()));
    let Some(Record::Account(account)) = world.record(&name) else { panic!("no account") };
    let balances = Balances { available: u128::MAX, ..account.balances };
    let full = Account { balances, ..account.clone() };
    world.plant(vec![(name, Record::Account(full))]);
    let LegState::Scheduled { at, .. } = state(&world, &payment.leg.id()) else { panic!() };
    let block = world.propose_block(at, &[]).accept_finalized(world.state.header()).unwrap();
    let receipts = execute(&world.state, &block).receipts;
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes, [Outcome::Applied(Effect::Voided(VoidReason::NotReleased))]);
}

#[test]
fn i9_a_hold_nobody_freed_is_freed_a_minute_after_it_expired() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, Money::new(usd(), MINOR));
    let hold = world.hold(&a, &payment);
    world.apply(&hold);
    let LegState::Held { expires, .. } = state(&world, &payment.leg.id()) else { panic!() };
    // A frozen account's money is freed within it.
    world.appoint_compliance();
    let freeze = world.freeze(FreezeTarget::Account(payment.debit));
    world.apply(&freeze);
    let last = crate::time::LedgerTime::new(expires.get() + SWEEP_AFTER_MS - 1);
    assert!(world.block_at(last, &[]).receipts.is_empty());
    assert_eq!(balances(&world, &a), (900, 100));
    let receipts = world.block_at(last.after(1), &[]).receipts;
    let [receipt] = receipts.as_slice() else { panic!("one receipt") };
    let voided = Outcome::Applied(Effect::Voided(VoidReason::Expired));
    assert_eq!((receipt.kind, receipt.outcome), (Kind::Release, voided));
    assert_eq!(balances(&world, &a), (1_000, 0));
    let void = world.void(&b, &payment, VoidReason::Expired);
    assert_eq!(refused(&mut world, &void), Refusal::LegNotHeld);
    assert_eq!(state(&world, &payment.leg.id()), LegState::Voided(VoidReason::Expired));
}

/// Seventy holds of one time: the bound and six more.
fn many() -> (World, [Bank; 3], Vec<LegId>) {
    let (mut world, banks) = World::funded(1_000);
    let [a, b, _] = banks;
    let commands: Vec<_> = (0..MAX_LEGS_SWEPT + 6)
        .map(|_| {
            let payment = world.payment(&a, &b, Money::new(usd(), 1));
            world.schedule(&a, &b, &payment, AHEAD_MS)
        })
        .collect();
    let legs = world.block(&commands).receipts;
    let mut legs: Vec<_> = legs.iter().map(|receipt| receipt.leg.unwrap().id()).collect();
    legs.sort();
    (world, banks, legs)
}

#[test]
fn i9_a_block_ends_a_bounded_number_of_legs_in_order_and_a_member_can_end_the_next() {
    let (mut world, [_, b, _], legs) = many();
    let release = world.sign(&b.settlement(), Command::Release { leg: legs[MAX_LEGS_SWEPT] });
    let receipts = world.block_at(world.now().after(AHEAD_MS), &[release]).receipts;
    let ended: Vec<_> = receipts.iter().map(|receipt| receipt.leg.unwrap().id()).collect();
    assert_eq!(ended, legs[..=MAX_LEGS_SWEPT]);
    assert!(receipts.iter().all(|r| r.outcome == Outcome::Applied(Effect::Settled)));
    assert!(receipts.iter().all(|r| r.kind == Kind::Release));
    let rest: Vec<_> =
        world.block(&[]).receipts.iter().map(|receipt| receipt.leg.unwrap().id()).collect();
    assert_eq!(rest, legs[MAX_LEGS_SWEPT + 1..]);
    let ids: std::collections::BTreeSet<_> = receipts.iter().map(|r| r.command).collect();
    assert_eq!(ids.len(), receipts.len(), "each has an identity of its own");
    let again = world.sign(&b.settlement(), Command::Release { leg: legs[0] });
    assert_eq!(refused(&mut world, &again), Refusal::LegNotScheduled);
    assert_i1(&world.state);
}

#[test]
fn i11_a_restored_state_ends_the_same_legs() {
    let (world, ..) = many();
    let restored = State::restore(world.kept(world.state.header().height)).unwrap();
    let block = world.propose_block(world.now().after(LASTS_MS), &[]);
    let block = block.accept_finalized(world.state.header()).unwrap();
    let (ours, theirs) = (execute(&world.state, &block), execute(&restored, &block));
    assert_eq!(ours.receipts.len(), MAX_LEGS_SWEPT);
    assert_eq!((ours.receipts, ours.results), (theirs.receipts, theirs.results));
}
