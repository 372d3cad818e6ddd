//! The leg's state machine: every state against every command of every side.

use crate::{
    account::Balances,
    command::{Command, Hold, Payment, SignedCommand, VoidReason},
    id::Uetr,
    money::Money,
    payment::LegState,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    testing::{BLOCK_MS, Bank, World, commands::LASTS_MS, usd},
    tests::faults::{lasting, refused},
};

const MINOR: u128 = 100;

#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Absent,
    Held,
    Overdue,
    Settled,
    Voided,
    Closed,
}

const STATES: [From; 6] =
    [From::Absent, From::Held, From::Overdue, From::Settled, From::Voided, From::Closed];

fn reach(from: From) -> (World, [Bank; 3], Payment) {
    let (mut world, banks) = World::funded(1_000);
    let [a, b, _] = banks;
    let payment = world.payment(&a, &b, Money::new(usd(), MINOR));
    let lasts = if from == From::Overdue { 2 * BLOCK_MS } else { LASTS_MS };
    let (gate, expires) = (world.clearance(&a, &payment), world.now().after(lasts));
    let hold = Command::Hold(Hold { payment, gate, expires });
    let hold = world.sign(&a.settlement(), hold);
    let commands = match from {
        From::Absent => vec![],
        From::Held | From::Overdue => vec![hold],
        From::Settled => vec![hold, world.post(&b, &b, &payment)],
        From::Voided => vec![hold, world.void(&b, &payment, VoidReason::Rejected)],
        From::Closed => vec![world.close(&a, &payment.leg)],
    };
    world.apply_all(&commands);
    (world, banks, payment)
}

type Make = fn(&mut World, &[Bank; 3], &Payment) -> SignedCommand;
type Expected = [Result<Effect, Refusal>; 6];

fn rows() -> Vec<(&'static str, Make, Expected)> {
    use Refusal::{HoldExpired, HoldNotExpired, LegNotHeld, LegUnknown, LegUsed, NotYourLeg};
    use VoidReason::{Expired, Rejected, Withdrawn};
    let voided = |reason| Ok(Effect::Voided(reason));
    let unknown: Expected = [Err(LegUnknown); 6];
    let not_yours: Expected = [Err(NotYourLeg); 6];
    let on_held = |held, overdue| -> Expected {
        [Err(LegUnknown), held, overdue, Err(LegNotHeld), Err(LegNotHeld), Err(LegNotHeld)]
    };
    let mut used: Expected = [Err(LegUsed); 6];
    let at_first = |effect| {
        used[0] = Ok(effect);
        used
    };
    let mut at_first = at_first;
    let mut closed: Expected = [Ok(Effect::ClosedUnsettled); 6];
    closed[3] = Ok(Effect::ClosedSettled);
    let no = Err(NotYourLeg);
    vec![
        ("hold by A", |w, [a, ..], p| w.hold(a, p), at_first(Effect::Held)),
        ("transfer by A", |w, [a, b, _], p| w.transfer(a, b, p), at_first(Effect::Settled)),
        (
            "post by A",
            |w, [a, b, _], p| w.post(a, b, p),
            on_held(Ok(Effect::Settled), Err(HoldExpired)),
        ),
        (
            "post by B",
            |w, [_, b, _], p| w.post(b, b, p),
            on_held(Ok(Effect::Settled), Err(HoldExpired)),
        ),
        (
            "post in part by A",
            |w, [a, b, _], p| w.post_part(a, b, p, MINOR),
            on_held(no, Err(HoldExpired)),
        ),
        (
            "post in part by B",
            |w, [_, b, _], p| w.post_part(b, b, p, MINOR),
            on_held(Ok(Effect::Settled), Err(HoldExpired)),
        ),
        ("post in part by C", |w, [_, b, c], p| w.post_part(c, b, p, MINOR), unknown),
        ("post by C", |w, [_, b, c], p| w.post(c, b, p), unknown),
        ("reject by A", |w, [a, ..], p| w.void(a, p, Rejected), on_held(no, no)),
        (
            "reject by B",
            |w, [_, b, _], p| w.void(b, p, Rejected),
            on_held(voided(Rejected), voided(Rejected)),
        ),
        ("reject by C", |w, [.., c], p| w.void(c, p, Rejected), unknown),
        (
            "withdraw by A",
            |w, [a, ..], p| w.void(a, p, Withdrawn),
            on_held(voided(Withdrawn), voided(Withdrawn)),
        ),
        ("withdraw by B", |w, [_, b, _], p| w.void(b, p, Withdrawn), on_held(no, no)),
        ("withdraw by C", |w, [.., c], p| w.void(c, p, Withdrawn), unknown),
        (
            "expire by A",
            |w, [a, ..], p| w.void(a, p, Expired),
            on_held(Err(HoldNotExpired), voided(Expired)),
        ),
        (
            "expire by B",
            |w, [_, b, _], p| w.void(b, p, Expired),
            on_held(Err(HoldNotExpired), voided(Expired)),
        ),
        ("expire by C", |w, [.., c], p| w.void(c, p, Expired), unknown),
        ("close by A", |w, [a, ..], p| w.close(a, &p.leg), closed),
        ("close by B", |w, [_, b, _], p| w.close(b, &p.leg), not_yours),
        ("close by C", |w, [.., c], p| w.close(c, &p.leg), not_yours),
    ]
}

fn balances(world: &World, bank: &Bank) -> Balances {
    match world.record(&Name::Account(world.account(bank, usd()))) {
        Some(Record::Account(account)) => account.balances,
        other => panic!("{other:?}"),
    }
}

#[test]
fn i7_i9_every_transition_of_a_leg_and_the_money_after_it() {
    for (at, from) in STATES.into_iter().enumerate() {
        let (start, banks, payment) = reach(from);
        let [a, b, c] = banks;
        for (what, make, expected) in rows() {
            let mut world = start.clone();
            let before = lasting(&world.state);
            let command = make(&mut world, &banks, &payment);
            let outcome = world.run(&command);
            let row = format!("{from:?}, {what}");
            match expected[at] {
                Ok(effect) => assert_eq!(outcome, Outcome::Applied(effect), "{row}"),
                Err(refusal) => {
                    assert_eq!(outcome, Outcome::Refused(refusal), "{row}");
                    assert_eq!(lasting(&world.state), before, "{row} changed something");
                }
            }
            let held = |free: u128, held| Balances { available: free, held, preburned: 0 };
            let state = match world.record(&Name::Leg(payment.leg.id())) {
                Some(Record::Leg(leg)) => Some(leg.state.clone()),
                _ => None,
            };
            let (payer, payee) = match state {
                Some(LegState::Held { .. } | LegState::Scheduled { .. }) => {
                    (held(900, MINOR), held(1_000, 0))
                }
                Some(LegState::Settled { .. }) => (held(900, 0), held(1_100, 0)),
                Some(
                    LegState::Voided(_)
                    | LegState::Closed
                    | LegState::Queued { .. }
                    | LegState::Delivered { .. },
                )
                | None => (held(1_000, 0), held(1_000, 0)),
            };
            assert_eq!((balances(&world, &a), balances(&world, &b)), (payer, payee), "{row}");
            assert_eq!(balances(&world, &c), held(1_000, 0), "{row}");
        }
    }
}

#[test]
fn i9_after_close_a_leg_can_never_settle_and_a_second_close_says_the_same() {
    for from in [From::Absent, From::Held, From::Overdue, From::Voided, From::Closed] {
        let (mut world, [a, b, _], payment) = reach(from);
        let close = world.close(&a, &payment.leg);
        assert_eq!(world.apply(&close), Effect::ClosedUnsettled, "{from:?}");
        let commands = [
            (world.hold(&a, &payment), Refusal::LegUsed),
            (world.transfer(&a, &b, &payment), Refusal::LegUsed),
            (world.post(&b, &b, &payment), Refusal::LegNotHeld),
        ];
        for (command, refusal) in commands {
            assert_eq!(refused(&mut world, &command), refusal, "{from:?}");
        }
        let again = world.close(&a, &payment.leg);
        assert_eq!(world.apply(&again), Effect::ClosedUnsettled, "{from:?}");
    }
}

#[test]
fn i9_a_refused_payment_does_not_use_up_its_leg() {
    let (mut world, [a, b, _]) = World::funded(100);
    let mut payment = world.payment(&a, &b, Money::new(usd(), 101));
    let short = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &short), Refusal::InsufficientFunds);
    payment.money = Money::new(usd(), 100);
    let good = world.transfer(&a, &b, &payment);
    assert_eq!(world.apply(&good), Effect::Settled);
}

#[test]
fn i9_close_is_refused_for_the_first_reason_that_applies() {
    let (mut world, [a, b, _]) = World::running();
    let good = world.payment(&a, &b, Money::new(usd(), 1)).leg;
    let mut malformed = good;
    malformed.uetr = Uetr::new([0; 16]);
    malformed.instructing = b.lei;
    let mut own = good;
    (own.instructing, own.instructed) = (b.lei, b.lei);
    let mut other = good;
    (other.instructing, other.instructed) = (b.lei, a.lei);
    for (leg, refusal) in [
        (malformed, Refusal::UetrMalformed),
        (own, Refusal::SameMember),
        (other, Refusal::NotYourLeg),
    ] {
        let close = world.close(&a, &leg);
        assert_eq!(refused(&mut world, &close), refusal);
    }
    let by_gate = world.sign(&a.gate(), Command::Close(good));
    assert_eq!(refused(&mut world, &by_gate), Refusal::WrongRole);
}

#[test]
fn i9_receipts_say_when_a_held_payment_was_entered_and_who_paid_whom() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, Money::new(usd(), 5));
    let hold = world.hold(&a, &payment);
    let entered = world.block(&[hold]).header.time;
    let post = world.post(&b, &b, &payment);
    let receipt = world.block(&[post]).receipts[0].clone();
    assert_eq!((receipt.entered, receipt.irrevocable), (entered, world.now()));
    assert_eq!(receipt.debit, Some(payment.debit));
    assert_eq!(receipt.credit, Some(world.account(&b, usd())));
    assert_eq!((receipt.leg, receipt.money), (Some(payment.leg), Some(payment.money)));
    let mut parties = vec![a.lei, b.lei];
    parties.sort();
    assert_eq!(receipt.parties, parties);
}
