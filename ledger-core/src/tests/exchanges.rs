//! Exchanges: legs in money and in units at once or none, each signer signing the whole (A5).

use proptest::prelude::*;

use crate::{
    asset::{AssetCode, AssetStatus, UnitLeg},
    command::Command,
    digest::Hash32,
    exchange::Exchange,
    id::{AccountId, MessageKind, PartyId, Uetr},
    money::{Currency, Money},
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    settlement::{SetLeg, Settle},
    signature::Signed,
    testing::{
        Actor, Bank, World,
        assets::{bond, share, units},
        commands::sign,
        jpy, usd,
    },
    tests::{
        assets::{needing_two, unknown, with_status},
        faults::{Fault, check, fault, lasting},
        model::same_every_time,
        movements::{demanding, denying, recent, stopped},
        payments::{frozen, key, suspended},
        spending::{decreed, full},
    },
};

/// A delivers B bonds, B pays A yen; sent by A.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    by: Actor,
    payments: Vec<SetLeg>,
    deliveries: Vec<UnitLeg>,
    change: fn(&mut Exchange, &Case),
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (mut world, [a, b, c]) = World::with_units(1_000, 1_000);
        let payments = vec![world.set_leg(&b, &a, Money::new(jpy(), 700))];
        let deliveries = vec![world.unit_leg(&a, &b, units(bond(), 100))];
        let (by, plants) = (a.settlement(), Vec::new());
        Self { world, a, b, c, by, payments, deliveries, change: |_, _| {}, plants }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let sender = Bank { lei: self.by.grant.organisation };
        let mut exchange = world.exchange(&sender, &self.payments, &self.deliveries);
        (self.change)(&mut exchange, self);
        let body = world.body(sender.lei, Command::Exchange(exchange));
        let before = lasting(&world.state);
        let receipts = world.block(&[sign(body, &[&self.by])]).receipts;
        if let Outcome::Refused(_) = receipts[0].outcome {
            assert_eq!(receipts.len(), 1);
            assert_eq!(lasting(&world.state), before, "a refused exchange changed something");
        } else {
            assert_eq!(receipts.len(), self.payments.len() + self.deliveries.len());
        }
        receipts[0].outcome
    }

    fn units(&mut self) -> &mut crate::asset::Units {
        &mut self.deliveries[0].delivery.units
    }

    fn freeze(&mut self, bank: Bank, currency: Currency) {
        let account = self.world.account(&bank, currency);
        self.plants.push(frozen(&self.world, &account));
    }
}

/// What is wrong with the command, its consents and the legs themselves.
fn faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["a"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::CurrencyUnknown, &["money"], |c| {
            c.payments[0].payment.money = Money::new(Currency::new("XAU").unwrap(), 1);
        }),
        fault(Refusal::OutOfRange, &["change"], |c| c.change = |set, _| set.gates.clear()),
        fault(Refusal::AmountZero, &["money"], |c| {
            c.payments[0].payment.money = Money::new(jpy(), 0);
        }),
        fault(Refusal::AmountZero, &["count"], |c| c.units().count = 0),
        fault(Refusal::UetrMalformed, &["uetr"], |c| {
            c.deliveries[0].delivery.uetr = Uetr::new([0; 16]);
        }),
        fault(Refusal::LegUsed, &["legs", "uetr", "count", "asset"], |c| {
            c.deliveries.push(c.deliveries[0]);
        }),
        fault(Refusal::NotYourLeg, &["by", "a", "change"], |c| c.by = c.c.settlement()),
        fault(Refusal::GateMismatch, &["change"], |c| {
            c.change = |set, case| {
                let gate = set.gates[0].value;
                set.gates[0] = Signed::new(gate, &case.a.gate().signer()).unwrap();
            };
        }),
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
            c.deliveries[0].credit = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["credit"], |c| {
            c.deliveries[0].credit = c.world.account(&c.c, usd());
        }),
        fault(Refusal::InsufficientFunds, &["count", "asset", "legs"], |c| {
            c.units().count = 1_001;
        }),
        fault(Refusal::ReturnMismatch, &["kind"], |c| {
            c.payments[0].payment.leg.kind = MessageKind::Sese023;
        }),
        fault(Refusal::SignersTooFew, &["persons"], |c| {
            c.plants.push(needing_two(c.world.account(&c.a, usd())));
        }),
        fault(Refusal::AssetUnknown, &["asset", "legs"], |c| c.units().asset = unknown()),
        fault(Refusal::AssetSuspended, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Suspended));
        }),
        fault(Refusal::AssetMatured, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Matured));
        }),
    ]
}

/// What is wrong with either side, or demanded of the leg in money.
fn faults_of_sides() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::AccountFrozen, &["own account"], |c: &mut Case| c.freeze(c.a, usd())),
        fault(Refusal::AccountFrozen, &["own account"], |c| c.freeze(c.a, jpy())),
        fault(Refusal::StandingMissing, &["own customer"], |c| {
            c.deliveries[0].delivery.deliverer = PartyId::new([0; 32]);
        }),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| c.freeze(c.b, usd())),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| c.freeze(c.b, jpy())),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| {
            c.deliveries[0].receiver = PartyId::new([0; 32]);
        }),
        // That B has too little, or too few who consent, is its own affair.
        fault(Refusal::CounterpartyNotEligible, &["money"], |c| {
            c.payments[0].payment.money = Money::new(jpy(), 1_001);
        }),
        fault(Refusal::CounterpartyNotEligible, &["their persons"], |c| {
            c.plants.push((
                Name::AccountPolicy(c.world.account(&c.b, jpy())),
                Record::AccountPolicy(crate::signing::AccountPolicy {
                    account: c.world.account(&c.b, jpy()),
                    steps: vec![crate::signing::Step { from: 1, persons: 2 }],
                }),
            ));
        }),
        fault(Refusal::CounterpartyNotEligible, &["limit"], |c| {
            c.plants.push(decreed(jpy(), full(Some(699), None)));
        }),
        fault(Refusal::CurrencyFrozen, &["yen"], |c| c.plants.push(stopped(jpy()))),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(1, 0))),
        fault(Refusal::PayeeClearanceMissing, &["yen", "money"], |c| {
            c.plants.push(demanding(jpy(), |terms| terms.payee_clearance = Some(700)));
        }),
        fault(Refusal::PolicyForbids, &["yen"], |c| {
            c.plants.extend(denying(jpy(), |terms, id| terms.recipient = Some(id), &[c.a.lei]));
        }),
        fault(Refusal::CounterpartyNotEligible, &["yen"], |c| {
            c.plants.extend(denying(jpy(), |terms, id| terms.sender = Some(id), &[c.b.lei]));
        }),
    ]
}

#[test]
fn a4_a5_a7_k1_k3_k4_k5_k6_k7_i10_an_exchange_is_refused_for_the_first_reason_that_applies() {
    let mut all = faults();
    all.extend(faults_of_sides());
    let case = Case::new();
    // Its first receipt is that of the payment.
    check(&case, Effect::Settled, &all, Case::run);
}

#[test]
fn a5_what_another_member_lacks_in_units_has_a_neutral_name() {
    let mut case = Case::new();
    case.by = case.b.settlement();
    assert_eq!(case.run(), Outcome::Applied(Effect::Settled));
    let neutral = Outcome::Refused(Refusal::CounterpartyNotEligible);
    let mut short = case.clone();
    short.units().count = 1_001;
    assert_eq!(short.run(), neutral);
    let mut persons = case.clone();
    persons.plants.push(needing_two(persons.world.account(&persons.a, usd())));
    assert_eq!(persons.run(), neutral);
    let mut used = case.clone();
    let deliver = used.world.deliver(&case.deliveries[0].delivery);
    used.world.apply(&deliver);
    assert_eq!(used.run(), neutral);
    used.change = |set, _| set.consents.clear();
    assert_eq!(used.run(), Outcome::Refused(Refusal::AcceptanceMismatch));
}

#[test]
fn a5_every_signer_signs_the_whole() {
    let case = Case::new();
    // A yes to the payments alone, or to the same legs as a set, is none to the exchange.
    let mut payments_only = case.clone();
    payments_only.change = |set, case| {
        let (legs, gates) = (set.payments.clone(), set.gates.clone());
        let to = Settle { legs, gates, consents: Vec::new() }.hash();
        set.consents[0] = case.world.consent(&case.b, to);
    };
    assert_eq!(payments_only.run(), Outcome::Refused(Refusal::AcceptanceMismatch));
    // Nor is one to other legs: whatever of them changes, the hash does.
    let changes: [fn(&mut Exchange); 7] = [
        |set| set.deliveries[0].delivery.units.count += 1,
        |set| set.deliveries[0].delivery.units.asset = share(),
        |set| set.deliveries[0].delivery.message = Hash32::ZERO,
        |set| set.deliveries[0].credit = AccountId::new([1; 32]),
        |set| set.deliveries[0].receiver = PartyId::new([1; 32]),
        |set| set.payments[0].payment.money = Money::new(jpy(), 701),
        |set| set.payments.clear(),
    ];
    let good = case.world.exchange(&case.a, &case.payments, &case.deliveries);
    for change in changes {
        let mut changed = good.clone();
        change(&mut changed);
        assert_ne!(changed.hash(), good.hash());
    }
    let mut more = case.clone();
    more.change = |set, _| set.deliveries[0].delivery.units.count = 101;
    assert_eq!(more.run(), Outcome::Refused(Refusal::AcceptanceMismatch));
}

#[test]
fn a5_several_persons_consent_where_an_account_needs_them() {
    let mut case = Case::new();
    let clerk = case.b.clerk(1);
    let commands = case.world.register_key(clerk.grant);
    case.world.apply_all(&commands);
    // B delivers as well, from an account whose greatest debits need two.
    let back = case.world.unit_leg(&case.b, &case.a, units(share(), 1));
    case.deliveries.push(back);
    case.plants.push(needing_two(case.world.account(&case.b, usd())));
    assert_eq!(case.run(), Outcome::Refused(Refusal::CounterpartyNotEligible));
    case.change = |set, case| {
        let consent = set.consents[0].value;
        set.consents.push(Signed::new(consent, &case.b.clerk(1).signer()).unwrap());
    };
    assert_eq!(case.run(), Outcome::Applied(Effect::Settled));
}

#[test]
fn a5_an_exchange_has_two_to_sixteen_legs_of_either_sort() {
    let case = Case::new();
    for (payments, deliveries, fits) in [
        (0, 0, false),
        (0, 1, false),
        (1, 0, false),
        (1, 1, true),
        (0, 2, true),
        (2, 0, true),
        (8, 8, true),
        (0, 16, true),
        (9, 8, false),
        (0, 17, false),
    ] {
        let mut case = case.clone();
        let leg = |_| case.world.set_leg(&case.a, &case.b, Money::new(usd(), 1));
        case.payments = (0..payments).map(leg).collect();
        let leg = |_| case.world.unit_leg(&case.a, &case.b, units(bond(), 1));
        case.deliveries = (0..deliveries).map(leg).collect();
        let outcome = case.run();
        if fits {
            assert!(matches!(outcome, Outcome::Applied(_)), "{payments} and {deliveries}");
        } else {
            let expected = Outcome::Refused(Refusal::OutOfRange);
            assert_eq!(outcome, expected, "{payments} and {deliveries}");
        }
    }
}

#[test]
fn a5_i9_every_leg_has_a_receipt_of_its_own_that_only_its_members_see() {
    let (mut world, [a, b, c]) = World::with_units(1_000, 1_000);
    let payments = [
        world.set_leg(&b, &a, Money::new(usd(), 10)),
        world.set_leg(&c, &b, Money::new(jpy(), 20)),
    ];
    let deliveries =
        [world.unit_leg(&a, &b, units(bond(), 3)), world.unit_leg(&b, &c, units(share(), 4))];
    let command = world.settle_exchange(&a, &payments, &deliveries);
    let set = world.block(std::slice::from_ref(&command));
    let told = set.receipts.iter().map(|receipt| {
        assert_eq!((receipt.kind, receipt.command), (Kind::Exchange, command.body.id()));
        let leg = receipt.leg.unwrap();
        let mut parties = vec![a.lei, leg.instructing, leg.instructed];
        parties.sort();
        parties.dedup();
        assert_eq!(receipt.parties, parties);
        (receipt.outcome, leg, receipt.debit, receipt.credit, receipt.money)
    });
    let paid = payments.iter().map(|SetLeg { payment, credit, .. }| {
        let settled = Outcome::Applied(Effect::Settled);
        (settled, payment.leg, Some(payment.debit), Some(*credit), Some(payment.money))
    });
    let delivered = deliveries.iter().map(|UnitLeg { delivery, credit, .. }| {
        let outcome = Outcome::Applied(Effect::UnitsDelivered(delivery.units));
        (outcome, delivery.leg(), Some(delivery.from), Some(*credit), None)
    });
    assert!(told.eq(paid.chain(delivered)));
    assert_eq!(world.available(&a, usd()), 1_010);
    assert_eq!(world.position(&c, share()).available, 1_004);
    // The same command again is none; the same legs in another are used.
    assert!(world.block(&[command]).receipts.is_empty());
    let again = world.settle_exchange(&a, &payments, &deliveries);
    let outcome = world.block(&[again]).receipts[0].outcome;
    assert_eq!(outcome, Outcome::Refused(Refusal::LegUsed));
}

#[test]
fn a5_a_chain_delivers_what_its_middle_does_not_have_to_begin_with() {
    let (mut world, [a, b, c]) = World::with_units(1_000, 1);
    let more = world.issue(&a, units(bond(), 500));
    world.apply_all(&more);
    let all = units(bond(), 501);
    let deliveries = [world.unit_leg(&a, &b, all), world.unit_leg(&b, &c, all)];
    let payments = [
        world.set_leg(&c, &b, Money::new(usd(), 1_000)),
        world.set_leg(&b, &a, Money::new(usd(), 2_000)),
    ];
    let command = world.settle_exchange(&b, &payments, &deliveries);
    assert_eq!(world.block(&[command]).receipts.len(), 4);
    let held = [&a, &b, &c].map(|bank| world.position(bank, bond()).available);
    assert_eq!(held, [0, 1, 502]);
    assert_eq!([&a, &b, &c].map(|bank| world.available(bank, usd())), [3_000, 0, 0]);
}

#[test]
fn a5_units_of_an_exchange_and_what_is_there_are_countable_together() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1);
    let rest = world.issue(&a, units(bond(), u128::MAX - 3));
    world.apply_all(&rest);
    let money = Money::new(usd(), 1);
    for (count, expected) in [
        (1, Outcome::Refused(Refusal::AmountOverflow)),
        (u128::MAX - 2, Outcome::Refused(Refusal::AmountOverflow)),
    ] {
        let payments = [world.set_leg(&b, &a, money)];
        let deliveries = [world.unit_leg(&a, &b, units(bond(), count))];
        let command = world.settle_exchange(&a, &payments, &deliveries);
        assert_eq!(world.block(&[command]).receipts[0].outcome, expected, "{count}");
    }
    // With one unit fewer than can be counted, one settles against money.
    let surrender = world.surrender(&a, units(bond(), 1));
    world.apply(&surrender);
    let cancel = world.cancel_units(bond(), surrender.body.id());
    world.apply_all(&cancel);
    let payments = [world.set_leg(&b, &a, money)];
    let deliveries = [world.unit_leg(&a, &b, units(bond(), 1))];
    let command = world.settle_exchange(&a, &payments, &deliveries);
    assert_eq!(world.block(&[command]).receipts[0].outcome, Outcome::Applied(Effect::Settled));
    assert_eq!(world.position(&b, bond()).available, 2);
}

/// What moves: dollars, or one of two assets.
const THINGS: usize = 3;

fn asset_of(thing: usize) -> AssetCode {
    if thing == 1 { bond() } else { share() }
}

/// An exchange settles exactly when no member's net of money or units would fall below zero; then
/// everything is the net's, else it is as before: nothing moves in part.
#[test]
fn a5_i7_random_exchanges_settle_exactly_when_the_net_of_every_member_is_covered() {
    let (world, banks) = World::with_units(100, 100);
    let leg = (0..3usize, 1..3usize, 0..THINGS, 1..160u128);
    let legs = prop::collection::vec(leg, 2..7);
    let settled = std::cell::Cell::new(0u32);
    same_every_time(200)
        .run(&legs, |asked| {
            let mut world = world.clone();
            let mut net = [[100i128; THINGS]; 3];
            let (mut payments, mut deliveries) = (Vec::new(), Vec::new());
            for (from, step, thing, count) in asked {
                let to = (from + step) % 3;
                let (giver, taker) = (banks[from], banks[to]);
                if thing == 0 {
                    payments.push(world.set_leg(&giver, &taker, Money::new(usd(), count)));
                } else {
                    let units = units(asset_of(thing), count);
                    deliveries.push(world.unit_leg(&giver, &taker, units));
                }
                net[from][thing] -= i128::try_from(count).unwrap();
                net[to][thing] += i128::try_from(count).unwrap();
            }
            let members = Exchange {
                payments: payments.clone(),
                deliveries: deliveries.clone(),
                gates: Vec::new(),
                consents: Vec::new(),
            }
            .members();
            let sender = *banks.iter().find(|bank| members.contains(&bank.lei)).unwrap();
            let command = world.settle_exchange(&sender, &payments, &deliveries);
            let outcome = world.block(&[command]).receipts[0].outcome;
            let covered = net.iter().flatten().all(|count| *count >= 0);
            prop_assert_eq!(matches!(outcome, Outcome::Applied(_)), covered);
            settled.set(settled.get() + u32::from(covered));
            for (bank, net) in banks.iter().zip(net) {
                let has = [
                    world.available(bank, usd()),
                    world.position(bank, bond()).available,
                    world.position(bank, share()).available,
                ];
                let expected =
                    if covered { net.map(|n| u128::try_from(n).unwrap()) } else { [100; THINGS] };
                prop_assert_eq!(has, expected);
            }
            Ok(())
        })
        .unwrap();
    assert!(settled.get() > 20 && settled.get() < 190, "{}", settled.get());
}
