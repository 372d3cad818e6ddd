//! Returns and parts of held payments: what they need, what they move, and how often.

use crate::{
    codec::decode,
    command::{Command, Payment, VoidReason},
    digest::Hash32,
    id::{AccountId, LegId, MessageKind, PartyId, Uetr},
    journal::{LogName, Movement, MovementKind},
    money::{Currency, Money},
    party::{Party, StandingStatus},
    payment::LegState,
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    returns::Return,
    state::WriteSet,
    testing::{Actor, Bank, World, assert_i1, commands::sign, jpy, usd},
    tests::{
        faults::{Fault, check, fault, lasting, refused},
        movements::{denying, recent, stopped},
        payments::{frozen, key_limited, suspended, two_persons},
    },
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// B gives back to A, part by part.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    paid: Payment,
    by: Actor,
    back: Payment,
    original: LegId,
    gate_by: Actor,
    gate_payment: Option<Hash32>,
    plants: Vec<(Name, Record)>,
}

fn settled(minor: u128) -> (World, [Bank; 3], Payment) {
    let (mut world, [a, b, c]) = World::funded(1_000);
    let paid = world.payment(&a, &b, dollars(minor));
    let transfer = world.transfer(&a, &b, &paid);
    world.apply(&transfer);
    (world, [a, b, c], paid)
}

impl Case {
    fn new() -> Self {
        let (world, [a, b, _], paid) = settled(100);
        let back = world.payment_back(&paid, 60);
        let (by, gate_by, original) = (b.settlement(), b.gate(), paid.leg.id());
        let (gate_payment, plants) = (None, Vec::new());
        Self { world, a, b, paid, by, back, original, gate_by, gate_payment, plants }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let mut gate = world.clearance(&self.b, &self.back);
        let payment = self.gate_payment.unwrap_or(gate.value.payment);
        gate.value.payment = payment;
        let gate = crate::signature::Signed::new(gate.value, &self.gate_by.signer()).unwrap();
        let asked = Return { payment: self.back, original: self.original, gate };
        let body = world.body(self.by.grant.organisation, Command::Return(asked));
        let before = lasting(&world.state);
        let outcome = world.run(&sign(body, &[&self.by]));
        if matches!(outcome, Outcome::Refused(_)) {
            assert_eq!(lasting(&world.state), before, "a refused command changed something");
        }
        outcome
    }

    fn standing(&self, of: PartyId, status: StandingStatus) -> (Name, Record) {
        match self.world.record(&Name::Party(of)) {
            Some(Record::Party(party)) => {
                (Name::Party(of), Record::Party(Party { status, ..*party }))
            }
            other => panic!("{other:?}"),
        }
    }

    /// The original, settled with something else about it.
    fn original_as(&self, change: impl Fn(&mut LegState)) -> (Name, Record) {
        let name = Name::Leg(self.paid.leg.id());
        let Some(Record::Leg(leg)) = self.world.record(&name) else { panic!("a leg") };
        let mut leg = leg.clone();
        change(&mut leg.state);
        (name, Record::Leg(leg))
    }
}

fn faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.b.gate()),
        fault(Refusal::MemberSuspended, &["b"], |c| c.plants.push(suspended(&c.world, &c.b))),
        fault(Refusal::CurrencyUnknown, &["money", "debit"], |c| {
            c.back.money = Money::new(Currency::new("XAU").unwrap(), 60);
        }),
        fault(Refusal::AmountZero, &["money"], |c| c.back.money = dollars(0)),
        fault(Refusal::UetrMalformed, &["uetr"], |c| c.back.leg.uetr = Uetr::new([0; 16])),
        fault(Refusal::SameMember, &["leg"], |c| c.back.leg.instructed = c.b.lei),
        fault(Refusal::LegUnknown, &["original"], |c| c.original = LegId::new([0; 32])),
        fault(Refusal::NotYourLeg, &["leg", "debit", "debit record", "gate key", "by", "b"], |c| {
            c.back.leg.instructing = c.a.lei;
            c.back.leg.instructed = Bank::new("BANKC").lei;
        }),
        fault(Refusal::GateMismatch, &["gate hash"], |c| c.gate_payment = Some(Hash32::ZERO)),
        fault(Refusal::GateMismatch, &["gate key"], |c| c.gate_by = c.a.gate()),
        fault(Refusal::AccountUnknown, &["debit", "money"], |c| {
            c.back.debit = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["debit", "money"], |c| {
            c.back.debit = c.world.account(&c.a, usd());
        }),
        fault(Refusal::AccountFrozen, &["debit record"], |c| {
            c.plants.push(frozen(&c.world, &c.world.account(&c.b, usd())));
        }),
        fault(Refusal::CurrencyMismatch, &["debit", "debit record", "money"], |c| {
            c.back.debit = c.world.account(&c.b, jpy());
        }),
        fault(Refusal::CounterpartyNotEligible, &["a", "leg", "original"], |c| {
            c.plants.push(frozen(&c.world, &c.world.account(&c.a, usd())));
        }),
        fault(Refusal::CounterpartyNotEligible, &["a", "leg", "original"], |c| {
            c.plants.push(c.standing(c.a.party(1), StandingStatus::Revoked));
        }),
        fault(Refusal::InsufficientFunds, &["money", "debit"], |c| c.back.money = dollars(1_101)),
        fault(Refusal::LegNotSettled, &["original", "a", "record"], |c| {
            c.plants.push(c.original_as(|state| *state = LegState::Voided(VoidReason::Rejected)));
        }),
        fault(Refusal::ReturnMismatch, &["kind", "record", "original", "leg"], |c| {
            c.back.leg.kind = MessageKind::Pacs009;
        }),
        fault(Refusal::ReturnMismatch, &["leg", "record", "original", "a"], |c| {
            c.back.leg.instructed = Bank::new("BANKC").lei;
        }),
        fault(Refusal::ReturnMismatch, &["debtor", "record", "original", "a"], |c| {
            c.back.debtor = c.a.party(1);
        }),
        fault(Refusal::CurrencyFrozen, &["movement"], |c| c.plants.push(stopped(usd()))),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(1, 0))),
        fault(Refusal::CounterpartyNotEligible, &["movement", "leg", "original"], |c| {
            c.plants.extend(denying(usd(), |terms, id| terms.recipient = Some(id), &[c.a.lei]));
        }),
        fault(Refusal::ReturnExceedsPayment, &["money", "original", "leg"], |c| {
            c.back.money = dollars(101);
        }),
        fault(Refusal::ReturnExceedsPayment, &["record", "original", "leg", "a"], |c| {
            c.plants.push(c.original_as(|state| {
                if let LegState::Settled { returned, .. } = state {
                    *returned = 41;
                }
            }));
        }),
        fault(Refusal::SignersTooFew, &["persons"], |c| c.plants.push(two_persons(&c.b))),
        fault(Refusal::KeyCommandLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.b, Some(59), None));
        }),
        fault(Refusal::KeyWindowLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.b, Some(60), Some(59)));
        }),
    ]
}

#[test]
fn i9_a_return_is_refused_for_the_first_reason_that_applies() {
    check(&Case::new(), Effect::Settled, &faults(), Case::run);
}

#[test]
fn k1_money_goes_back_from_a_customer_that_lost_its_standing_but_not_from_a_frozen_one() {
    let mut case = Case::new();
    case.plants.push(case.standing(case.b.party(1), StandingStatus::Revoked));
    assert_eq!(case.run(), Outcome::Applied(Effect::Settled));
    let Some(Record::Party(party)) = case.world.record(&Name::Party(case.b.party(1))) else {
        panic!("a customer")
    };
    let stopped = Party { frozen: true, ..*party };
    case.plants = vec![(Name::Party(stopped.party), Record::Party(stopped))];
    assert_eq!(case.run(), Outcome::Refused(Refusal::AccountFrozen));
}

/// What a block's journal says of an account.
fn moved(set: &WriteSet, account: AccountId) -> Vec<MovementKind> {
    let log = LogName::Account(account);
    let rows = set.lists.logs.iter().filter(|row| row.log == log);
    let movements = rows.flat_map(|row| decode::<Vec<Movement>>(&row.detail, 4_096).unwrap());
    movements.map(|movement| movement.kind).collect()
}

fn returned(world: &World, paid: &Payment) -> u128 {
    match world.record(&Name::Leg(paid.leg.id())) {
        Some(Record::Leg(leg)) => match leg.state {
            LegState::Settled { returned, .. } => returned,
            _ => panic!("{leg:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn i9_a_payment_is_given_back_once_and_never_beyond_what_it_brought() {
    let (mut world, [a, b, c], paid) = settled(100);
    assert_eq!(returned(&world, &paid), 0);
    let back = world.give_back(&paid, 60);
    let receipt = world.block(std::slice::from_ref(&back)).receipts[0].clone();
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Settled));
    assert_eq!((receipt.kind, receipt.money), (Kind::Return, Some(dollars(60))));
    assert_eq!((receipt.debit, receipt.credit), {
        (Some(world.account(&b, usd())), Some(world.account(&a, usd())))
    });
    assert_eq!((world.available(&a, usd()), world.available(&b, usd())), (960, 1_040));
    assert_eq!(returned(&world, &paid), 60);
    // Its leg is used; what is left goes back under a UETR of its own, and no unit more.
    let again = world.give_back(&paid, 40);
    assert_eq!(refused(&mut world, &again), Refusal::LegUsed);
    let uetr = world.payment(&a, &b, dollars(1)).leg.uetr;
    let rest = |minor| Case {
        back: Payment {
            leg: crate::id::Leg { uetr, ..world.payment_back(&paid, minor).leg },
            ..world.payment_back(&paid, minor)
        },
        world: world.clone(),
        paid,
        original: paid.leg.id(),
        ..Case::new()
    };
    assert_eq!(rest(41).run(), Outcome::Refused(Refusal::ReturnExceedsPayment));
    assert_eq!(rest(40).run(), Outcome::Applied(Effect::Settled));
    // A return is not returned, and a stranger returns nothing.
    let of_return = world.payment_back(&paid, 60);
    let twice = world.give_back(&of_return, 60);
    assert_eq!(refused(&mut world, &twice), Refusal::ReturnMismatch);
    let mut stranger = paid;
    stranger.leg.instructed = c.lei;
    let by_c = world.give_back(&stranger, 10);
    assert_eq!(refused(&mut world, &by_c), Refusal::LegUnknown);
    assert_i1(&world.state);
}

#[test]
fn i7_a_return_may_take_all_that_is_available_and_no_more() {
    let (mut world, [_, b, c], paid) = settled(100);
    let on = world.payment(&b, &c, dollars(1_040));
    let on = world.transfer(&b, &c, &on);
    world.apply(&on);
    let over = world.give_back(&paid, 61);
    assert_eq!(refused(&mut world, &over), Refusal::InsufficientFunds);
    let all = world.give_back(&paid, 60);
    assert_eq!(world.apply(&all), Effect::Settled);
    assert_eq!(world.available(&b, usd()), 0);
}

#[test]
fn i9_only_a_return_makes_a_leg_of_its_kind() {
    let (mut world, [a, b, _]) = World::funded(100);
    let mut payment = world.payment(&a, &b, dollars(5));
    payment.leg.kind = MessageKind::Pacs004;
    for command in [world.hold(&a, &payment), world.transfer(&a, &b, &payment)] {
        assert_eq!(refused(&mut world, &command), Refusal::ReturnMismatch);
    }
}

#[test]
fn i7_a_part_of_a_hold_settles_and_the_rest_is_free_again() {
    for (minor, expected) in [
        (0, Err(Refusal::AmountZero)),
        (1, Ok(1)),
        (99, Ok(99)),
        (100, Ok(100)),
        (101, Err(Refusal::OutOfRange)),
        (u128::MAX, Err(Refusal::OutOfRange)),
    ] {
        let (mut world, [a, b, _]) = World::funded(1_000);
        let payment = world.payment(&a, &b, dollars(100));
        let hold = world.hold(&a, &payment);
        world.apply(&hold);
        let part = world.post_part(&b, &b, &payment, minor);
        let set = world.block(std::slice::from_ref(&part));
        let outcome = set.receipts[0].clone();
        match expected {
            Err(refusal) => assert_eq!(outcome.outcome, Outcome::Refused(refusal), "{minor}"),
            Ok(paid) => {
                assert_eq!(outcome.outcome, Outcome::Applied(Effect::Settled), "{minor}");
                assert_eq!(outcome.money, Some(dollars(paid)));
                // What is not given back is no movement either.
                let kinds = [MovementKind::PaidFromHold, MovementKind::Released];
                let told = moved(&set, payment.debit);
                assert_eq!(told, kinds[..if paid < 100 { 2 } else { 1 }], "{minor}");
                let Some(Record::Account(account)) = world.record(&Name::Account(payment.debit))
                else {
                    panic!("an account")
                };
                assert_eq!((account.balances.available, account.balances.held), (1_000 - paid, 0));
                assert_eq!(world.available(&b, usd()), 1_000 + paid);
                let back = world.give_back(&payment, paid + 1);
                assert_eq!(refused(&mut world, &back), Refusal::ReturnExceedsPayment);
                let back = world.give_back(&payment, paid);
                assert_eq!(world.apply(&back), Effect::Settled);
                assert_eq!(world.available(&a, usd()), 1_000);
            }
        }
        assert_i1(&world.state);
    }
}
