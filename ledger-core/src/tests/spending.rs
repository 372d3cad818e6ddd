//! Limits of customers, by command: who sets them, where payments are counted and where not (K3).

mod lives;

use crate::{
    authority::Role,
    bulk::BulkMode,
    command::{Action, Approval, Command, SignedCommand, VoidReason},
    digest::Hash32,
    freshness::DAY_MS,
    id::AccountId,
    money::{Currency, Money},
    party::Level,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    sliding::{BucketLength, MAX_WINDOW_MS, MIN_WINDOW_MS, SlidingSum},
    spending::{PaymentControls, PaymentLimits, PaymentTerms, Spent},
    state::State,
    testing::{Actor, BLOCK_MS, Bank, World, commands::sign, issuer_lei, jpy, operator_lei, usd},
    tests::faults::{check, fault, refused},
    time::LedgerTime,
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

pub(super) fn limits(per_payment: Option<u128>, per_window: Option<u128>) -> PaymentLimits {
    PaymentLimits { per_payment, per_window }
}

/// Limits of customers of level full, as those of a [`World`] are.
pub(super) fn full(per_payment: Option<u128>, per_window: Option<u128>) -> PaymentTerms {
    PaymentTerms { full: limits(per_payment, per_window), ..PaymentTerms::default() }
}

fn under(world: &mut World, terms: PaymentTerms) {
    let commands = world.set_payment_terms(usd(), terms);
    world.apply_all(&commands);
}

fn has_counter(world: &World, bank: &Bank, currency: Currency) -> bool {
    world.record(&Name::Spent(bank.party(1), currency)).is_some()
}

/// A payment of A to B in dollars, entered in one of the ways there are.
type Enter = fn(&mut World, &[Bank; 3], u128) -> SignedCommand;

fn in_a_bulk(
    world: &mut World,
    [a, b, _]: &[Bank; 3],
    mode: BulkMode,
    minor: u128,
) -> SignedCommand {
    let groups = world.groups(a, usd(), &[(*b, &[minor])]);
    let bulk = world.bulk(a, mode, usd(), groups);
    world.sign(&a.settlement(), Command::Bulk(bulk))
}

/// Every way by which a payment is entered, and what it comes to.
const WAYS: [(&str, Enter, Effect); 6] = [
    (
        "hold",
        |world, [a, b, _], minor| {
            let payment = world.payment(a, b, dollars(minor));
            world.hold(a, &payment)
        },
        Effect::Held,
    ),
    (
        "transfer",
        |world, [a, b, _], minor| {
            let payment = world.payment(a, b, dollars(minor));
            world.transfer(a, b, &payment)
        },
        Effect::Settled,
    ),
    (
        "schedule",
        |world, [a, b, _], minor| {
            let payment = world.payment(a, b, dollars(minor));
            world.schedule(a, b, &payment, 30_000)
        },
        Effect::Scheduled,
    ),
    (
        "set",
        |world, [a, b, _], minor| {
            let back = world.set_leg(b, a, Money::new(jpy(), 1));
            let legs = [back, world.set_leg(a, b, dollars(minor))];
            world.settle_set(a, &legs)
        },
        Effect::Settled,
    ),
    (
        "bulk as a whole",
        |world, banks, minor| in_a_bulk(world, banks, BulkMode::Whole, minor),
        Effect::Settled,
    ),
    (
        "bulk of each",
        |world, banks, minor| in_a_bulk(world, banks, BulkMode::Each, minor),
        Effect::Settled,
    ),
];

/// Orders a payment in a block of its own: every receipt says the same.
fn enter(world: &mut World, banks: &[Bank; 3], way: Enter, minor: u128) -> Outcome {
    let command = way(world, banks, minor);
    let id = command.body.id();
    let receipts = world.block(&[command]).receipts;
    let mut outcomes = receipts.iter().filter(|receipt| receipt.command == id);
    let first = outcomes.next().unwrap().outcome;
    assert!(outcomes.all(|receipt| receipt.outcome == first));
    first
}

#[test]
fn k3_every_way_to_enter_a_payment_is_limited_and_counted() {
    let (mut start, banks) = World::funded(1_000);
    under(&mut start, full(Some(100), Some(150)));
    let party = banks[0].party(1);
    for (name, first, effect) in WAYS {
        for (other, second, then) in WAYS {
            let mut world = start.clone();
            let mut pay = |way, minor, expected, spent| {
                assert_eq!(enter(&mut world, &banks, way, minor), expected, "{name} {other}");
                assert_eq!(world.spent(party, usd()), spent, "{name} {other}");
            };
            pay(first, 101, Outcome::Refused(Refusal::PaymentLimit), 0);
            pay(first, 100, Outcome::Applied(effect), 100);
            pay(second, 101, Outcome::Refused(Refusal::PaymentLimit), 100);
            pay(second, 51, Outcome::Refused(Refusal::WindowLimit), 100);
            pay(second, 50, Outcome::Applied(then), 150);
            pay(first, 1, Outcome::Refused(Refusal::WindowLimit), 150);
        }
    }
}

#[test]
fn k3_every_leg_of_a_set_and_every_payment_of_a_bulk_counts() {
    let (mut start, [a, b, c]) = World::funded(1_000);
    under(&mut start, full(Some(100), Some(150)));
    let settled = Outcome::Applied(Effect::Settled);
    let full = Outcome::Refused(Refusal::WindowLimit);
    // Each counts what those before it left.
    let mut world = start.clone();
    let groups = world.groups(&a, usd(), &[(b, &[100, 60]), (c, &[50, 1])]);
    let bulk = world.bulk(&a, BulkMode::Each, usd(), groups.clone());
    let command = world.sign(&a.settlement(), Command::Bulk(bulk));
    let outcomes: Vec<_> = world.block(&[command]).receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [settled, full, settled, full]);
    assert_eq!(world.spent(a.party(1), usd()), 150);
    // As a whole nothing is spent when one is too many, and all is otherwise.
    let mut world = start.clone();
    let bulk = world.bulk(&a, BulkMode::Whole, usd(), groups);
    let command = world.sign(&a.settlement(), Command::Bulk(bulk));
    assert_eq!(refused(&mut world, &command), Refusal::WindowLimit);
    let groups = world.groups(&a, usd(), &[(b, &[100]), (c, &[50])]);
    let bulk = world.bulk(&a, BulkMode::Whole, usd(), groups);
    let command = world.sign(&a.settlement(), Command::Bulk(bulk));
    assert!(world.block(&[command]).receipts.iter().all(|receipt| receipt.outcome == settled));
    assert_eq!(world.spent(a.party(1), usd()), 150);
    // Two legs of one payer, in a set.
    for (second, expected) in [(51, Err(Refusal::WindowLimit)), (50, Ok(150))] {
        let mut world = start.clone();
        let legs = [100, second].map(|minor| world.set_leg(&a, &b, dollars(minor)));
        let command = world.settle_set(&a, &legs);
        match expected {
            Err(refusal) => assert_eq!(refused(&mut world, &command), refusal),
            Ok(spent) => {
                assert_eq!(world.block(&[command]).receipts.len(), 2);
                assert_eq!(world.spent(a.party(1), usd()), spent);
            }
        }
    }
}

#[test]
fn k3_what_was_counted_stays_counted_and_is_counted_once() {
    let (mut start, [a, b, _]) = World::funded(1_000);
    under(&mut start, full(Some(100), Some(150)));
    type End = fn(&mut World, &Bank, &Bank, &crate::command::Payment) -> SignedCommand;
    let rows: [(&str, End); 5] = [
        ("posted", |w, _, b, p| w.post(b, b, p)),
        ("posted in part", |w, _, b, p| w.post_part(b, b, p, 1)),
        ("rejected", |w, _, b, p| w.void(b, p, VoidReason::Rejected)),
        ("withdrawn", |w, a, _, p| w.void(a, p, VoidReason::Withdrawn)),
        ("closed", |w, a, _, p| w.close(a, &p.leg)),
    ];
    for (what, end) in rows {
        let mut world = start.clone();
        let payment = world.payment(&a, &b, dollars(100));
        let hold = world.hold(&a, &payment);
        world.apply(&hold);
        let end = end(&mut world, &a, &b, &payment);
        world.apply(&end);
        assert_eq!(world.spent(a.party(1), usd()), 100, "{what}");
    }
    // A scheduled payment settles although its limit has sunk since, and counts no second time.
    let mut world = start.clone();
    let payment = world.payment(&a, &b, dollars(100));
    let command = world.schedule(&a, &b, &payment, 30_000);
    world.apply(&command);
    under(&mut world, full(Some(1), Some(1)));
    let receipts = world.block_at(world.now().after(30_000), &[]).receipts;
    assert_eq!(receipts[0].outcome, Outcome::Applied(Effect::Settled));
    assert_eq!(world.spent(a.party(1), usd()), 100);
    // Money that goes back is not spent: B returns what it could not pay.
    let back = world.give_back(&payment, 60);
    assert_eq!(world.apply(&back), Effect::Settled);
    assert_eq!((world.spent(b.party(1), usd()), world.spent(a.party(1), usd())), (0, 100));
    assert!(!has_counter(&world, &b, usd()));
}

#[test]
fn k3_without_a_limit_per_window_nothing_is_written() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let pay = |world: &mut World, minor| {
        let payment = world.payment(&a, &b, dollars(minor));
        let command = world.transfer(&a, &b, &payment);
        world.run(&command)
    };
    let settled = Outcome::Applied(Effect::Settled);
    assert!(world.record(&Name::PaymentTerms(usd())).is_none(), "as genesis made it");
    assert_eq!(pay(&mut world, 100), settled);
    under(&mut world, full(Some(100), None));
    assert_eq!(pay(&mut world, 100), settled);
    assert_eq!(pay(&mut world, 101), Outcome::Refused(Refusal::PaymentLimit));
    // Another level's limit is nobody's here.
    let basic = limits(Some(0), Some(0));
    under(&mut world, PaymentTerms { basic, ..PaymentTerms::default() });
    assert_eq!(pay(&mut world, 100), settled);
    assert!(!has_counter(&world, &a, usd()));
    // What was paid before there was a limit does not count.
    under(&mut world, full(None, Some(50)));
    assert_eq!(pay(&mut world, 50), settled);
    assert_eq!(pay(&mut world, 1), Outcome::Refused(Refusal::WindowLimit));
    // No limit again.
    under(&mut world, PaymentTerms::default());
    assert_eq!(pay(&mut world, 500), settled);
    assert_eq!(world.spent(a.party(1), usd()), 50);
}

#[test]
fn k3_customers_and_currencies_are_counted_apart_and_accounts_together() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    under(&mut world, full(None, Some(100)));
    // A second account of A, with a hundred dollars from B's second customer.
    let (member, blind) = (a.lei, Hash32::new([9; 32]));
    let opened = world.decide(Action::OpenAccount { member, currency: usd(), blind });
    world.apply_all(&opened);
    let second = AccountId::derive(&world.genesis.chain_id(), &member, usd(), &blind);
    let mut there = world.set_leg(&b, &a, dollars(100));
    (there.credit, there.payment.debtor) = (second, b.party(2));
    let legs = [there, world.set_leg(&a, &b, Money::new(jpy(), 500))];
    let command = world.settle_set(&a, &legs);
    assert_eq!(world.block(&[command]).receipts.len(), 2);
    assert_eq!((world.spent(b.party(2), usd()), world.spent(b.party(1), usd())), (100, 0));
    assert!(!has_counter(&world, &a, jpy()), "yen have no terms");
    let main = world.account(&a, usd());
    let (one, two) = (a.party(1), a.party(2));
    // Account, customer, amount, what has been paid for the customer then.
    for (debit, debtor, minor, spent) in [
        (second, one, 60, Some(60)),
        (main, one, 41, None),
        (main, one, 40, Some(100)),
        (second, one, 1, None),
        (second, two, 40, Some(40)),
        (main, two, 61, None),
        (main, two, 60, Some(100)),
    ] {
        let mut payment = world.payment(&a, &b, dollars(minor));
        (payment.debit, payment.debtor) = (debit, debtor);
        let command = world.transfer(&a, &b, &payment);
        match spent {
            Some(spent) => {
                assert_eq!(world.apply(&command), Effect::Settled);
                assert_eq!(world.spent(debtor, usd()), spent);
            }
            None => assert_eq!(refused(&mut world, &command), Refusal::WindowLimit),
        }
    }
}

/// Gives a customer another level.
pub(super) fn level(world: &mut World, bank: &Bank, number: u8, level: Level) -> SignedCommand {
    let mut standing = world.good_standing(bank.party(number));
    standing.level = level;
    world.sign(&bank.compliance(), Command::SetStanding(standing))
}

#[test]
fn k1_k3_another_level_acts_on_later_payments_and_keeps_the_count() {
    let (mut world, banks) = World::funded(1_000);
    let [a, ..] = banks;
    under(
        &mut world,
        PaymentTerms {
            basic: limits(Some(60), Some(100)),
            full: limits(Some(200), Some(300)),
            enhanced: limits(None, None),
            ..PaymentTerms::default()
        },
    );
    let (_, transfer, effect) = WAYS[1];
    let settled = Outcome::Applied(effect);
    let (payment, window) =
        (Outcome::Refused(Refusal::PaymentLimit), Outcome::Refused(Refusal::WindowLimit));
    for (set, rows) in [
        (
            Level::Basic,
            vec![(61, payment, 0), (60, settled, 60), (41, window, 60), (40, settled, 100)],
        ),
        (Level::Full, vec![(201, payment, 100), (200, settled, 300), (1, window, 300)]),
        // What is paid without a limit per window is not counted.
        (Level::Enhanced, vec![(500, settled, 300)]),
        (Level::Basic, vec![(61, payment, 300), (1, window, 300)]),
        (Level::None, vec![(1, Outcome::Refused(Refusal::StandingMissing), 300)]),
    ] {
        let standing = level(&mut world, &a, 1, set);
        world.apply(&standing);
        for (minor, expected, spent) in rows {
            let found = enter(&mut world, &banks, transfer, minor);
            assert_eq!(found, expected, "{set:?} {minor}");
            assert_eq!(world.spent(a.party(1), usd()), spent, "{set:?} {minor}");
        }
    }
}

#[test]
fn k3_what_was_paid_leaves_the_window_with_its_bucket() {
    let (mut world, banks) = World::funded(1_000);
    under(&mut world, full(None, Some(100)));
    let (_, transfer, effect) = WAYS[1];
    assert_eq!(enter(&mut world, &banks, transfer, 100), Outcome::Applied(effect));
    let hour = DAY_MS / 24;
    let leaves = (world.now().get() / hour + 25) * hour;
    let full = Outcome::Refused(Refusal::WindowLimit);
    for (time, expected) in [(leaves - 1, full), (leaves, Outcome::Applied(effect))] {
        let mut world = world.clone();
        world.block_at(LedgerTime::new(time - BLOCK_MS), &[]);
        assert_eq!(enter(&mut world, &banks, transfer, 100), expected, "{time}");
        assert_eq!(world.now().get(), time);
    }
}

#[test]
fn k3_terms_with_another_window_make_no_room() {
    let (mut start, banks) = World::funded(1_000);
    let terms = full(None, Some(100));
    under(&mut start, terms);
    let (_, transfer, effect) = WAYS[1];
    assert_eq!(enter(&mut start, &banks, transfer, 100), Outcome::Applied(effect));
    let full = Outcome::Refused(Refusal::WindowLimit);
    for window_ms in [MIN_WINDOW_MS, DAY_MS, MAX_WINDOW_MS] {
        let mut world = start.clone();
        under(&mut world, PaymentTerms { window_ms, ..terms });
        assert_eq!(enter(&mut world, &banks, transfer, 1), full, "{window_ms}");
        let counted = world.spent(banks[0].party(1), usd());
        // Terms of the same length once more leave the time of the change as it was.
        world.block_at(world.now().after(2 * MIN_WINDOW_MS), &[]);
        under(&mut world, PaymentTerms { window_ms, ..terms });
        let room = window_ms == MIN_WINDOW_MS;
        let expected = if room { Outcome::Applied(effect) } else { full };
        assert_eq!((counted, enter(&mut world, &banks, transfer, 1)), (100, expected));
        let expected = if room { 1 } else { 100 };
        assert_eq!(world.spent(banks[0].party(1), usd()), expected, "{window_ms}");
    }
}

#[test]
fn k3_limits_hold_to_the_greatest_number() {
    const MAX: u128 = u128::MAX;
    let (start, [a, b, _]) = World::running();
    for (limit, first, second, expected) in [
        (MAX, MAX - 1, 1, Ok(MAX)),
        (MAX, MAX, 1, Err(Refusal::WindowLimit)),
        (MAX - 1, MAX - 1, 1, Err(Refusal::WindowLimit)),
        (1, 0, 1, Ok(1)),
        (0, 0, 1, Err(Refusal::WindowLimit)),
    ] {
        let mut world = start.clone();
        world.fund(&a, dollars(1));
        under(&mut world, full(Some(MAX), Some(limit)));
        let plant = counted(&world, &a, 1, first);
        world.plant(vec![plant]);
        let payment = world.payment(&a, &b, dollars(second));
        let command = world.transfer(&a, &b, &payment);
        match expected {
            Ok(sum) => {
                assert_eq!(world.apply(&command), Effect::Settled);
                assert_eq!(world.spent(a.party(1), usd()), sum);
            }
            Err(refusal) => assert_eq!(refused(&mut world, &command), refusal),
        }
    }
    // A payment of all there can be is within a limit of all there can be; it has no funds.
    let mut world = start;
    under(&mut world, full(Some(MAX), Some(MAX)));
    let payment = world.payment(&a, &b, dollars(MAX));
    let command = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &command), Refusal::InsufficientFunds);
}

/// What a customer has paid in dollars, by decree, in a window of a day.
pub(super) fn counted(world: &World, bank: &Bank, number: u8, minor: u128) -> (Name, Record) {
    let (party, length) = (bank.party(number), BucketLength::of(DAY_MS));
    let recent = SlidingSum::all_at(world.now(), length, minor);
    let spent = Spent { party, currency: usd(), length, recent };
    (Name::Spent(party, usd()), Record::Spent(Box::new(spent)))
}

/// Terms in force, by decree.
pub(super) fn decreed(currency: Currency, terms: PaymentTerms) -> (Name, Record) {
    let controls = PaymentControls { currency, terms, since: LedgerTime::new(0) };
    (Name::PaymentTerms(currency), Record::PaymentTerms(controls))
}

#[test]
fn k3_another_payers_limit_has_a_neutral_name_and_only_after_its_consent() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    under(&mut world, full(Some(100), Some(150)));
    let pay = world.payment(&b, &a, dollars(100));
    let command = world.transfer(&b, &a, &pay);
    world.apply(&command);
    for minor in [51, 101] {
        let back = Money::new(jpy(), 1);
        let legs = [world.set_leg(&a, &b, back), world.set_leg(&b, &a, dollars(minor))];
        let command = world.settle_set(&a, &legs);
        assert_eq!(refused(&mut world, &command), Refusal::CounterpartyNotEligible);
        // B itself is told.
        let command = world.settle_set(&b, &legs);
        let own = if minor == 51 { Refusal::WindowLimit } else { Refusal::PaymentLimit };
        assert_eq!(refused(&mut world, &command), own);
        let mut set = world.set(&a, &legs);
        set.consents.clear();
        let command = world.sign(&a.settlement(), Command::Settle(set));
        assert_eq!(refused(&mut world, &command), Refusal::AcceptanceMismatch);
    }
}

#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    currency: Currency,
    terms: PaymentTerms,
}

fn set(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    let (currency, terms) = (case.currency, case.terms);
    let action = Action::SetPaymentTerms { currency, terms };
    let content = action.content();
    let proposal = world.propose(&Actor::operator(1), action);
    world.apply(&proposal);
    let approval = Approval { proposal: proposal.body.id(), content, policy_version: 1 };
    let body = world.body(operator_lei(), Command::Approve(approval));
    world.run(&sign(body, &[&case.by]))
}

#[test]
fn i5_k3_terms_are_refused_for_the_first_reason_that_applies() {
    let (mut world, _) = World::running();
    let clerk = Actor::new(operator_lei(), Role::Transport, "clerk");
    let registered = world.register_key(clerk.grant);
    world.apply_all(&registered);
    let (by, terms) = (Actor::operator(2), full(Some(1), Some(2)));
    let good = Case { world, by, currency: usd(), terms };
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| {
            c.by = Actor::new(operator_lei(), Role::Transport, "clerk");
        }),
        fault(Refusal::SamePerson, &["by"], |c| c.by = Actor::operator(1)),
        fault(Refusal::CurrencyUnknown, &["currency"], |c| {
            c.currency = Currency::new("XAU").unwrap();
        }),
        fault(Refusal::OutOfRange, &["window"], |c| c.terms.window_ms = MIN_WINDOW_MS - 1),
        fault(Refusal::OutOfRange, &["window"], |c| c.terms.window_ms = MAX_WINDOW_MS + 1),
    ];
    check(&good, Effect::Executed, &faults, set);
}

#[test]
fn i5_k3_nobody_but_operators_proposes_terms() {
    let (mut world, [a, ..]) = World::running();
    world.appoint_compliance();
    for other in
        [Actor::treasury(1), Actor::network_compliance(1), Actor::custodian(), a.compliance()]
    {
        let (currency, terms) = (usd(), PaymentTerms::default());
        let proposal = world.propose(&other, Action::SetPaymentTerms { currency, terms });
        assert_eq!(refused(&mut world, &proposal), Refusal::WrongRole);
    }
    let commands = world.set_payment_terms(usd(), PaymentTerms::default());
    let receipts = world.block(&commands).receipts;
    let mut parties = vec![issuer_lei(), operator_lei()];
    parties.sort();
    assert_eq!(receipts[1].parties, parties);
}

#[test]
fn i11_terms_and_counters_come_back_from_a_store() {
    let (mut world, banks) = World::funded(1_000);
    let terms = full(Some(100), Some(150));
    under(&mut world, terms);
    let (_, transfer, effect) = WAYS[1];
    assert_eq!(enter(&mut world, &banks, transfer, 100), Outcome::Applied(effect));
    under(&mut world, PaymentTerms { window_ms: 7 * DAY_MS, ..terms });
    let restored = State::restore(world.kept(world.state.header().height)).unwrap();
    assert_eq!(restored.results(), world.state.results());
    let mut again = world.clone();
    again.state = restored;
    for world in [&mut world, &mut again] {
        assert_eq!(world.spent(banks[0].party(1), usd()), 100);
        let full = Outcome::Refused(Refusal::WindowLimit);
        assert_eq!(enter(world, &banks, transfer, 51), full);
        assert_eq!(enter(world, &banks, transfer, 50), Outcome::Applied(effect));
    }
    assert_eq!(again.state.results(), world.state.results());
}
