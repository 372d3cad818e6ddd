//! Sets of legs: all at once or none, each member's consent to the whole.

use proptest::prelude::*;

use crate::{
    account::Balances,
    command::Command,
    digest::Hash32,
    id::{AccountId, MessageKind, Uetr},
    money::{Currency, Money},
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    settlement::{SetLeg, Settle},
    signature::Signed,
    testing::{Actor, Bank, World, assert_i1, commands::sign, jpy, usd},
    tests::{
        faults::{Fault, check, fault, lasting, refused},
        model::same_every_time,
        movements::{demanding, denying, recent, stopped},
        payments::{frozen, key, key_limited, suspended, two_persons},
        spending::{decreed, full},
    },
};

/// A pays B dollars, B pays A yen; sent by A.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    by: Actor,
    legs: Vec<SetLeg>,
    change: fn(&mut Settle, &Case),
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (mut world, [a, b, c]) = World::funded(1_000);
        let legs = vec![
            world.set_leg(&a, &b, Money::new(usd(), 100)),
            world.set_leg(&b, &a, Money::new(jpy(), 700)),
        ];
        let (by, plants) = (a.settlement(), Vec::new());
        Self { world, a, b, c, by, legs, change: |_, _| {}, plants }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let mut set = world.set(&Bank { lei: self.by.grant.organisation }, &self.legs);
        (self.change)(&mut set, self);
        let body = world.body(self.by.grant.organisation, Command::Settle(set));
        let before = lasting(&world.state);
        let receipts = world.block(&[sign(body, &[&self.by])]).receipts;
        if let Outcome::Refused(_) = receipts[0].outcome {
            assert_eq!(receipts.len(), 1);
            assert_eq!(lasting(&world.state), before, "a refused set changed something");
        } else {
            assert_eq!(receipts.len(), self.legs.len());
        }
        receipts[0].outcome
    }
}

fn frozen_account(case: &Case, bank: &Bank, currency: Currency) -> (Name, Record) {
    frozen(&case.world, &case.world.account(bank, currency))
}

fn faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["a"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::CurrencyUnknown, &["own money"], |c| {
            c.legs[0].payment.money = Money::new(Currency::new("XAU").unwrap(), 1);
        }),
        fault(Refusal::OutOfRange, &["change"], |c| c.change = |set, _| set.gates.truncate(1)),
        fault(Refusal::OutOfRange, &["change"], |c| {
            c.change = |set, _| set.gates.push(set.gates[0].clone());
        }),
        fault(Refusal::AmountZero, &["money"], |c| {
            c.legs[1].payment.money = Money::new(jpy(), 0);
        }),
        fault(Refusal::UetrMalformed, &["uetr"], |c| {
            c.legs[1].payment.leg.uetr = Uetr::new([0; 16]);
        }),
        fault(Refusal::LegUsed, &["legs", "uetr", "money", "own money", "b", "own kind"], |c| {
            c.legs[1] = c.legs[0];
        }),
        fault(Refusal::NotYourLeg, &["by", "a", "change", "own money"], |c| {
            c.by = c.c.settlement();
        }),
        fault(Refusal::GateMismatch, &["change"], |c| c.change = |set, _| set.gates.reverse()),
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |set, _| set.consents.clear();
        }),
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |set, case| {
                set.consents[0] = case.world.consent(&case.b, Hash32::ZERO);
            };
        }),
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |set, case| set.consents.push(case.world.consent(&case.c, set.hash()));
        }),
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |set, _| set.consents.push(set.consents[0].clone());
        }),
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |set, case| {
                let consent = set.consents[0].value;
                set.consents[0] = Signed::new(consent, &case.b.gate().signer()).unwrap();
            };
        }),
        fault(Refusal::AcceptanceMismatch, &["key"], |c| {
            c.plants.push(key(&c.b.settlement(), false));
        }),
        fault(Refusal::AcceptanceExpired, &["change"], |c| {
            c.change = |set, case| {
                let mut consent = set.consents[0].value;
                consent.expires = case.world.now();
                set.consents[0] = Signed::new(consent, &case.b.settlement().signer()).unwrap();
            };
        }),
        fault(Refusal::AccountUnknown, &["credit"], |c| {
            c.legs[0].credit = AccountId::new([0; 32]);
        }),
        fault(Refusal::AccountFrozen, &["own account"], |c| {
            c.plants.push(frozen_account(c, &c.a, usd()));
        }),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| {
            c.plants.push(frozen_account(c, &c.b, jpy()));
        }),
        // That another member has too little is its own affair.
        fault(Refusal::CounterpartyNotEligible, &["money", "legs"], |c| {
            c.legs[1].payment.money = Money::new(jpy(), 1_001);
        }),
        fault(Refusal::InsufficientFunds, &["own money", "legs"], |c| {
            c.legs[0].payment.money = Money::new(usd(), 1_001);
        }),
        fault(Refusal::ReturnMismatch, &["own kind"], |c| {
            c.legs[0].payment.leg.kind = MessageKind::Pacs004;
        }),
        fault(Refusal::PaymentLimit, &["own limit"], |c| {
            c.plants.push(decreed(usd(), full(Some(99), None)));
        }),
        fault(Refusal::WindowLimit, &["own limit"], |c| {
            c.plants.push(decreed(usd(), full(None, Some(99))));
        }),
        fault(Refusal::SignersTooFew, &["persons"], |c| c.plants.push(two_persons(&c.a))),
        fault(Refusal::KeyCommandLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(99), None));
        }),
        fault(Refusal::KeyWindowLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(100), Some(99)));
        }),
        fault(Refusal::CounterpartyNotEligible, &["their persons"], |c| {
            c.plants.push(two_persons(&c.b));
        }),
        // So is another member's customer's limit.
        fault(Refusal::CounterpartyNotEligible, &["limit", "legs"], |c| {
            c.plants.push(decreed(jpy(), full(Some(699), None)));
        }),
        fault(Refusal::CounterpartyNotEligible, &["limit", "legs"], |c| {
            c.plants.push(decreed(jpy(), full(None, Some(699))));
        }),
    ]
}

/// What network compliance can demand of the legs; A pays dollars and is paid yen.
fn compliance_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::CurrencyFrozen, &["yen"], |c: &mut Case| c.plants.push(stopped(jpy()))),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(1, 0))),
        fault(Refusal::PayeeClearanceMissing, &["yen"], |c| {
            c.plants.push(demanding(jpy(), |terms| terms.payee_clearance = Some(700)));
        }),
        fault(Refusal::PolicyForbids, &["yen"], |c| {
            c.plants.extend(denying(jpy(), |terms, id| terms.recipient = Some(id), &[c.a.lei]));
        }),
        fault(Refusal::CounterpartyNotEligible, &["yen"], |c| {
            c.plants.extend(denying(jpy(), |terms, id| terms.sender = Some(id), &[c.b.lei]));
        }),
        fault(Refusal::PolicyForbids, &["dollars"], |c| {
            c.plants.extend(denying(usd(), |terms, id| terms.sender = Some(id), &[c.a.lei]));
        }),
        fault(Refusal::CounterpartyNotEligible, &["dollars"], |c| {
            c.plants.extend(denying(usd(), |terms, id| terms.recipient = Some(id), &[c.b.lei]));
        }),
    ]
}

#[test]
fn i7_i10_k3_k4_k5_k6_a_set_is_refused_for_the_first_reason_that_applies() {
    let mut all = faults();
    all.extend(compliance_faults());
    check(&Case::new(), Effect::Settled, &all, Case::run);
}

#[test]
fn i9_anothers_used_leg_has_a_neutral_name_and_only_after_its_consent() {
    let mut case = Case::new();
    let used = case.legs[1];
    let transfer = case.world.transfer(&case.b, &case.a, &used.payment);
    case.world.apply(&transfer);
    assert_eq!(case.run(), Outcome::Refused(Refusal::CounterpartyNotEligible));
    case.change = |set, _| set.consents.clear();
    assert_eq!(case.run(), Outcome::Refused(Refusal::AcceptanceMismatch));
}

/// The yes of one member is no yes of another, however many there are.
#[test]
fn i9_k7_no_persons_of_a_third_member_stand_for_those_of_a_payer() {
    let (mut world, [a, b, c]) = World::funded(1_000);
    let clerk = b.clerk(1);
    let commands = world.register_key(clerk.grant);
    world.apply_all(&commands);
    world.plant(vec![two_persons(&b)]);
    let pairs = [(a, b), (b, c), (c, a)];
    let legs = pairs.map(|(from, to)| world.set_leg(&from, &to, Money::new(usd(), 10)));
    let mut set = world.set(&a, &legs);
    let persons = set.consents.len();
    assert_eq!(persons, 2, "B and C");
    let command = world.sign(&a.settlement(), Command::Settle(set.clone()));
    assert_eq!(refused(&mut world, &command), Refusal::CounterpartyNotEligible);
    let consent = set.consents[0].value;
    set.consents.push(Signed::new(consent, &clerk.signer()).unwrap());
    let command = world.sign(&a.settlement(), Command::Settle(set));
    let receipts = world.block(&[command]).receipts;
    assert!(receipts.iter().all(|r| r.outcome == Outcome::Applied(Effect::Settled)));
}

#[test]
fn i7_a_set_has_two_to_sixteen_legs() {
    let case = Case::new();
    for (count, fits) in [(0, false), (1, false), (2, true), (16, true), (17, false)] {
        let mut case = case.clone();
        let leg = |_| case.world.set_leg(&case.a, &case.b, Money::new(usd(), 1));
        case.legs = (0..count).map(leg).collect();
        let expected = if fits {
            Outcome::Applied(Effect::Settled)
        } else {
            Outcome::Refused(Refusal::OutOfRange)
        };
        // Of no leg the sender is no member either, which comes after the number.
        assert_eq!(case.run(), expected, "{count}");
    }
}

#[test]
fn i9_every_leg_of_a_set_has_a_receipt_of_its_own_that_only_its_members_see() {
    let (mut world, [a, b, c]) = World::funded(1_000);
    let legs = [
        world.set_leg(&a, &b, Money::new(usd(), 1)),
        world.set_leg(&b, &c, Money::new(usd(), 2)),
        world.set_leg(&c, &a, Money::new(jpy(), 3)),
    ];
    let command = world.settle_set(&a, &legs);
    let id = command.body.id();
    let set = world.block(&[command]);
    assert_eq!(set.receipts.len(), 3);
    for ((receipt, leg), index) in set.receipts.iter().zip(&legs).zip(0..) {
        assert_eq!((receipt.index, receipt.kind, receipt.command), (index, Kind::Settle, id));
        assert_eq!(receipt.outcome, Outcome::Applied(Effect::Settled));
        assert_eq!((receipt.leg, receipt.credit), (Some(leg.payment.leg), Some(leg.credit)));
        assert_eq!(receipt.money, Some(leg.payment.money));
        let mut parties = vec![a.lei, leg.payment.leg.instructing, leg.payment.leg.instructed];
        parties.sort();
        parties.dedup();
        assert_eq!(receipt.parties, parties);
    }
    assert_i1(&world.state);
}

#[test]
fn i7_a_circle_settles_without_any_money_and_leaves_every_balance_as_it_was() {
    let (mut world, [a, b, c]) = World::funded(1);
    let legs = [(a, b), (b, c), (c, a)]
        .map(|(from, to)| world.set_leg(&from, &to, Money::new(usd(), 1_000_000)));
    let circle = world.settle_set(&a, &legs);
    assert!(
        world
            .block(&[circle])
            .receipts
            .iter()
            .all(|receipt| { receipt.outcome == Outcome::Applied(Effect::Settled) })
    );
    assert!([a, b, c].iter().all(|bank| world.available(bank, usd()) == 1));
    // The circle cannot turn twice, and an open chain is not one.
    let broken = [legs[0], legs[1]].map(|leg| {
        let payer = Bank { lei: leg.payment.leg.instructing };
        let payee = Bank { lei: leg.payment.leg.instructed };
        world.set_leg(&payer, &payee, leg.payment.money)
    });
    for legs in [legs.to_vec(), broken.to_vec()] {
        let again = world.settle_set(&a, &legs);
        let receipts = world.block(&[again]).receipts;
        assert!(matches!(receipts[0].outcome, Outcome::Refused(_)));
    }
    assert_i1(&world.state);
}

fn balances(world: &World, bank: &Bank, currency: Currency) -> Balances {
    match world.record(&Name::Account(world.account(bank, currency))) {
        Some(Record::Account(account)) => account.balances,
        other => panic!("{other:?}"),
    }
}

/// A set settles exactly when no balance of its net would fall below zero; then balances are the
/// net's, else they are as before.
#[test]
fn i7_random_sets_settle_exactly_when_the_net_of_every_member_is_covered() {
    let (world, banks) = World::funded(100);
    let leg = (0..3usize, 1..3usize, any::<bool>(), 1..160u128);
    let legs = prop::collection::vec(leg, 2..7);
    same_every_time(200)
        .run(&legs, |asked| {
            let mut world = world.clone();
            let mut net = [[100i128; 2]; 3];
            let mut legs = Vec::new();
            for (from, step, yen, minor) in asked {
                let to = (from + step) % 3;
                let currency = if yen { jpy() } else { usd() };
                legs.push(world.set_leg(&banks[from], &banks[to], Money::new(currency, minor)));
                let minor = i128::try_from(minor).unwrap();
                net[from][usize::from(yen)] -= minor;
                net[to][usize::from(yen)] += minor;
            }
            let member = |bank: &&Bank| legs.iter().any(|leg| leg.payment.leg.has_party(&bank.lei));
            let sender = *banks.iter().find(member).unwrap();
            let command = world.settle_set(&sender, &legs);
            let outcome = world.block(&[command]).receipts[0].outcome;
            let covered = net.iter().flatten().all(|minor| *minor >= 0);
            prop_assert_eq!(outcome == Outcome::Applied(Effect::Settled), covered);
            for (bank, net) in banks.iter().zip(net) {
                for (currency, net) in [usd(), jpy()].into_iter().zip(net) {
                    let expected = if covered { u128::try_from(net).unwrap() } else { 100 };
                    prop_assert_eq!(balances(&world, bank, currency).available, expected);
                }
            }
            assert_i1(&world.state);
            Ok(())
        })
        .unwrap();
}
