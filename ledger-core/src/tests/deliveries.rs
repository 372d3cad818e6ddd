//! Deliveries free of payment: both sides' yes, standing, freezes, persons (A4, A7).

use crate::{
    account::Balances,
    asset::{AssetStatus, Deliver, Delivery},
    command::{Acceptance, Command},
    digest::Hash32,
    id::{AccountId, MessageKind, PartyId, Uetr},
    money::Money,
    party::{Level, Party, StandingStatus},
    payment::{LegRecord, LegState},
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signature::Signed,
    testing::{
        Actor, Bank, World,
        assets::{bond, share, units},
        commands::{LASTS_MS, sign},
        usd,
    },
    tests::{
        assets::{needing_two, unknown, with_status},
        faults::{Fault, check, fault, lasting, refused},
        payments::{frozen, key, suspended},
    },
};

/// A delivery of A's bonds to B as it would be sent, part by part.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    by: Actor,
    delivery: Delivery,
    yes: fn(&mut Acceptance),
    accepts: Actor,
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (mut world, [a, b, c]) = World::with_units(1_000, 1_000);
        let delivery = world.delivery(&a, &b, units(bond(), 1_000));
        let (by, accepts) = (a.settlement(), b.settlement());
        Self { world, a, b, c, by, delivery, yes: |_| {}, accepts, plants: Vec::new() }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let mut acceptance = world.delivery_accepted(&self.delivery).value;
        (self.yes)(&mut acceptance);
        let acceptance = Signed::new(acceptance, &self.accepts.signer()).unwrap();
        let deliver = Command::Deliver(Deliver { delivery: self.delivery, acceptance });
        let body = world.body(self.by.grant.organisation, deliver);
        let before = lasting(&world.state);
        let outcome = world.run(&sign(body, &[&self.by]));
        if let Outcome::Refused(_) = outcome {
            assert_eq!(lasting(&world.state), before, "a refused delivery changed something");
        }
        outcome
    }

    fn party(&mut self, of: PartyId, change: impl FnOnce(&mut Party)) {
        let Some(Record::Party(found)) = self.world.record(&Name::Party(of)) else { panic!() };
        let mut found = *found;
        change(&mut found);
        self.plants.push((Name::Party(of), Record::Party(found)));
    }
}

fn own_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["a"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::AmountZero, &["count"], |c| c.delivery.units.count = 0),
        fault(Refusal::UetrMalformed, &["uetr"], |c| c.delivery.uetr = Uetr::new([0; 16])),
        fault(Refusal::SameMember, &["receiving", "b", "accepts"], |c| {
            c.delivery.receiving = c.a.lei;
            c.accepts = c.a.settlement();
        }),
        fault(Refusal::LegUsed, &["leg", "uetr", "receiving", "by"], |c| {
            let leg = c.delivery.leg();
            let closed = LegRecord { leg, state: LegState::Closed, credited: None };
            c.plants.push((Name::Leg(leg.id()), Record::Leg(closed)));
        }),
        fault(Refusal::NotYourLeg, &["by", "a"], |c| c.by = c.c.settlement()),
        fault(Refusal::AccountUnknown, &["from"], |c| c.delivery.from = AccountId::new([0; 32])),
        fault(Refusal::NotYourAccount, &["from"], |c| {
            c.delivery.from = c.world.account(&c.b, usd());
        }),
        fault(Refusal::AccountFrozen, &["own account"], |c| {
            let account = c.world.account(&c.a, usd());
            c.plants.push(frozen(&c.world, &account));
        }),
        fault(Refusal::AccountFrozen, &["own customer"], |c| {
            c.party(c.a.party(1), |party| party.frozen = true);
        }),
        fault(Refusal::StandingMissing, &["own customer"], |c| {
            c.delivery.deliverer = c.b.party(1);
        }),
        fault(Refusal::StandingRevoked, &["own customer"], |c| {
            c.party(c.a.party(1), |party| party.status = StandingStatus::Revoked);
        }),
        fault(Refusal::StandingExpired, &["own customer"], |c| {
            let now = c.world.now();
            c.party(c.a.party(1), |party| party.expires = now);
        }),
        fault(Refusal::InsufficientFunds, &["count", "asset"], |c| {
            c.delivery.units.count = 1_001;
        }),
        fault(Refusal::SignersTooFew, &["persons"], |c| {
            c.plants.push(needing_two(c.world.account(&c.a, usd())));
        }),
        fault(Refusal::AssetUnknown, &["asset"], |c| c.delivery.units.asset = unknown()),
        fault(Refusal::AssetSuspended, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Suspended));
        }),
        fault(Refusal::AssetMatured, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Matured));
        }),
    ]
}

/// What is wrong on the receiving side, and with its yes.
fn their_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::AcceptanceMismatch, &["yes"], |c: &mut Case| {
            c.yes = |yes| yes.payment = Hash32::ZERO;
        }),
        fault(Refusal::AcceptanceMismatch, &["accepts"], |c| c.accepts = c.b.gate()),
        fault(Refusal::AcceptanceMismatch, &["accepts"], |c| c.accepts = c.c.settlement()),
        fault(Refusal::AcceptanceMismatch, &["b key"], |c| {
            c.plants.push(key(&c.b.settlement(), false));
        }),
        fault(Refusal::AcceptanceExpired, &["yes"], |c| {
            // Made to last an hour from the last block on.
            c.yes = |yes| {
                yes.expires = crate::time::LedgerTime::new(yes.expires.get() - LASTS_MS);
            };
        }),
        fault(Refusal::AccountUnknown, &["yes"], |c| {
            c.yes = |yes| yes.credit = AccountId::new([0; 32]);
        }),
        fault(Refusal::CounterpartyNotEligible, &["yes", "b"], |c| {
            c.yes = |yes| yes.creditor = PartyId::new([0; 32]);
        }),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| {
            let account = c.world.account(&c.b, usd());
            c.plants.push(frozen(&c.world, &account));
        }),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| {
            c.party(c.b.party(1), |party| party.frozen = true);
        }),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| {
            c.party(c.b.party(1), |party| party.level = Level::None);
        }),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| {
            c.plants.push(suspended(&c.world, &c.b));
        }),
    ]
}

#[test]
fn a4_a7_k1_k7_i10_a_delivery_is_refused_for_the_first_reason_that_applies() {
    let mut all = own_faults();
    all.extend(their_faults());
    let case = Case::new();
    check(&case, Effect::UnitsDelivered(case.delivery.units), &all, Case::run);
}

#[test]
fn a4_i9_a_delivery_moves_its_units_once_and_stays_delivered() {
    let (mut world, [a, b, c]) = World::with_units(1_000, 1_000);
    let delivery = world.delivery(&a, &b, units(bond(), 400));
    let command = world.deliver(&delivery);
    let receipt = world.block(std::slice::from_ref(&command)).receipts[0].clone();
    assert_eq!(receipt.kind, Kind::Deliver);
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::UnitsDelivered(delivery.units)));
    let leg = receipt.leg.unwrap();
    assert_eq!((leg.uetr, leg.kind), (delivery.uetr, MessageKind::Sese023));
    assert_eq!(receipt.debit, Some(world.account(&a, usd())));
    assert_eq!(receipt.credit, Some(world.account(&b, usd())));
    assert_eq!(receipt.money, None);
    let mut parties = vec![a.lei, b.lei];
    parties.sort();
    assert_eq!(receipt.parties, parties);
    let held = |world: &World| [&a, &b, &c].map(|bank| world.position(bank, bond()).available);
    assert_eq!(held(&world), [600, 1_400, 1_000]);
    assert_eq!([&a, &b, &c].map(|bank| world.position(bank, share()).available), [1_000; 3]);
    // Its leg is used: neither as a delivery nor in another way does it happen again.
    let again = world.deliver(&delivery);
    assert_eq!(refused(&mut world, &again), Refusal::LegUsed);
    let close = world.close(&a, &leg);
    assert_eq!(world.apply(&close), Effect::ClosedSettled);
    let confirm = world.confirm_credit(&b, leg.id(), world.now());
    assert_eq!(refused(&mut world, &confirm), Refusal::LegNotSettled);
    let release = world.sign(&a.settlement(), Command::Release { leg: leg.id() });
    assert_eq!(refused(&mut world, &release), Refusal::LegNotScheduled);
    let mut payment = world.payment(&a, &b, Money::new(usd(), 1));
    payment.leg = leg;
    let post = world.post(&b, &b, &payment);
    assert_eq!(refused(&mut world, &post), Refusal::LegNotHeld);
    let void = world.void(&a, &payment, crate::command::VoidReason::Withdrawn);
    assert_eq!(refused(&mut world, &void), Refusal::LegNotHeld);
    assert_eq!(held(&world), [600, 1_400, 1_000]);
}

#[test]
fn a4_no_payment_has_the_kind_of_a_delivery() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let mut payment = world.payment(&a, &b, Money::new(usd(), 1));
    payment.leg.kind = MessageKind::Sese023;
    let commands = [
        world.transfer(&a, &b, &payment),
        world.hold(&a, &payment),
        world.schedule(&a, &b, &payment, 60_000),
        world.enqueue(&payment, 1),
    ];
    for command in commands {
        assert_eq!(refused(&mut world, &command), Refusal::ReturnMismatch);
    }
}

#[test]
fn a4_a_leg_closed_before_it_was_delivered_is_never_delivered() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let delivery = world.delivery(&a, &b, units(bond(), 1));
    let command = world.deliver(&delivery);
    let close = world.close(&a, &delivery.leg());
    assert_eq!(world.apply(&close), Effect::ClosedUnsettled);
    assert_eq!(refused(&mut world, &command), Refusal::LegUsed);
    assert_eq!(world.position(&b, bond()).available, 1_000);
}

#[test]
fn a4_an_acceptance_of_a_payment_accepts_no_delivery_and_one_of_a_delivery_no_payment() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let (delivery, payment) =
        (world.delivery(&a, &b, units(bond(), 1)), world.payment(&a, &b, Money::new(usd(), 1)));
    assert_ne!(delivery.hash(), payment.hash());
    let acceptance = world.acceptance(&b, &payment);
    let deliver = Command::Deliver(Deliver { delivery, acceptance });
    let command = world.sign(&a.settlement(), deliver);
    assert_eq!(refused(&mut world, &command), Refusal::AcceptanceMismatch);
    let (gate, acceptance) = (world.clearance(&a, &payment), world.delivery_accepted(&delivery));
    let transfer = crate::command::Transfer { payment, gate, acceptance };
    let command = world.sign(&a.settlement(), Command::Transfer(transfer));
    assert_eq!(refused(&mut world, &command), Refusal::AcceptanceMismatch);
    // Nor does a yes to so many units accept one more, or another asset.
    let acceptance = world.delivery_accepted(&delivery);
    for changed in [units(bond(), 2), units(share(), 1)] {
        let delivery = Delivery { units: changed, ..delivery };
        let deliver = Command::Deliver(Deliver { delivery, acceptance: acceptance.clone() });
        let command = world.sign(&a.settlement(), deliver);
        assert_eq!(refused(&mut world, &command), Refusal::AcceptanceMismatch);
    }
}

#[test]
fn a7_what_has_matured_goes_to_its_registrar_only() {
    let (mut world, [a, b, c]) = World::with_units(1_000, 1_000);
    for code in [bond(), share()] {
        let matured = world.set_status(code, AssetStatus::Matured);
        world.apply_all(&matured);
    }
    // Bank C keeps the register of the share.
    let home = world.delivery(&a, &c, units(share(), 5));
    let command = world.deliver(&home);
    assert_eq!(world.apply(&command), Effect::UnitsDelivered(units(share(), 5)));
    for (from, to, code) in [(a, b, share()), (c, a, share()), (a, c, bond())] {
        let delivery = world.delivery(&from, &to, units(code, 5));
        let command = world.deliver(&delivery);
        assert_eq!(refused(&mut world, &command), Refusal::AssetMatured);
    }
    assert_eq!(world.position(&c, share()).available, 1_005);
}

#[test]
fn a4_units_surrendered_are_not_delivered() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let surrender = world.surrender(&a, units(bond(), 600));
    world.apply(&surrender);
    for (count, fits) in [(401, false), (400, true), (1, false)] {
        let delivery = world.delivery(&a, &b, units(bond(), count));
        let command = world.deliver(&delivery);
        if fits {
            world.apply(&command);
        } else {
            assert_eq!(refused(&mut world, &command), Refusal::InsufficientFunds, "{count}");
        }
    }
    assert_eq!(world.position(&a, bond()), Balances { available: 0, held: 0, preburned: 600 });
}
