//! Controls of movements: a currency that is stopped (I10), and terms (I5).

use crate::{
    authority::Role,
    command::{Action, Command, Freeze, VoidReason},
    digest::Hash32,
    freeze::FreezeTarget,
    id::{AccountId, Lei, PolicyId, Text},
    money::{Currency, Money},
    movement::{MovementControls, MovementTerms},
    policy::{Policy, PolicyEntry, PolicyMode, Subject},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    screening::ScreeningTerms,
    seizure::{Disposal, SeizureOrder},
    testing::{Actor, World, commands::entry_id, compliance_lei, issuer_lei, jpy, recount, usd},
    tests::faults::{check, fault, refused},
};

/// The policy of planted records.
const POLICY: PolicyId = PolicyId::new([0x70; 32]);

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// A currency that is stopped, by decree.
pub(super) fn stopped(currency: Currency) -> (Name, Record) {
    let controls = MovementControls { currency, stopped: true, terms: MovementTerms::default() };
    (Name::MovementControls(currency), Record::MovementControls(controls))
}

/// A currency with terms of movements, by decree.
pub(super) fn demanding(currency: Currency, make: impl Fn(&mut MovementTerms)) -> (Name, Record) {
    let mut terms = MovementTerms::default();
    make(&mut terms);
    let controls = MovementControls { currency, stopped: false, terms };
    (Name::MovementControls(currency), Record::MovementControls(controls))
}

/// Lists and rules that are recent enough, by decree; no list is registered.
pub(super) fn recent(minimum: u64, rule_version: u32) -> (Name, Record) {
    let terms = ScreeningTerms { lists: minimum, minimum, rule_version };
    (Name::ScreeningTerms, Record::ScreeningTerms(terms))
}

/// A currency with a policy that denies these members something, by decree.
pub(super) fn denying(
    currency: Currency,
    of: fn(&mut MovementTerms, PolicyId),
    members: &[Lei],
) -> Vec<(Name, Record)> {
    let subjects: Vec<_> = members.iter().map(|member| Subject::Member(*member)).collect();
    denying_each(currency, of, &subjects)
}

/// As [`denying`], of members and customers.
pub(super) fn denying_each(
    currency: Currency,
    of: fn(&mut MovementTerms, PolicyId),
    subjects: &[Subject],
) -> Vec<(Name, Record)> {
    let policy = Policy { id: POLICY, mode: PolicyMode::Deny, listed: subjects.len() as u64 };
    let mut plants = vec![
        demanding(currency, |terms| of(terms, POLICY)),
        (Name::Policy(POLICY), Record::Policy(policy)),
    ];
    plants.extend(subjects.iter().map(|subject| {
        let entry = PolicyEntry { policy: POLICY, subject: *subject, listed: true };
        (Name::PolicyEntry(POLICY, *subject), Record::PolicyEntry(entry))
    }));
    plants
}

/// What is asked last, in its order.
#[test]
fn i10_k4_k5_k6_a_stopped_currency_comes_before_clearances_and_those_before_policies() {
    let (start, [a, b, _]) = World::funded(1_000);
    let all = || {
        let mut plants = denying(usd(), |terms, id| terms.sender = Some(id), &[a.lei]);
        plants[0] = demanding(usd(), |terms| {
            (terms.sender, terms.payee_clearance) = (Some(POLICY), Some(1));
        });
        plants.push(recent(1, 0));
        plants
    };
    let stop = |plants: &mut Vec<(Name, Record)>| {
        if let Record::MovementControls(controls) = &mut plants[0].1 {
            controls.stopped = true;
        }
    };
    type Change = fn(&mut Vec<(Name, Record)>);
    let no_lists: Change = |plants| plants.truncate(3);
    let no_threshold: Change = |plants| {
        if let Record::MovementControls(controls) = &mut plants[0].1 {
            controls.terms.payee_clearance = Some(2);
        }
    };
    for (changes, expected) in [
        (vec![stop as Change], Refusal::CurrencyFrozen),
        (vec![], Refusal::ScreeningOutdated),
        (vec![no_lists], Refusal::PayeeClearanceMissing),
        (vec![no_lists, no_threshold], Refusal::PolicyForbids),
    ] {
        let (mut world, mut plants) = (start.clone(), all());
        changes.iter().for_each(|change| change(&mut plants));
        world.plant(plants);
        let payment = world.payment(&a, &b, dollars(1));
        let transfer = world.transfer(&a, &b, &payment);
        assert_eq!(refused(&mut world, &transfer), expected);
    }
}

#[test]
fn i10_one_key_stops_a_currency_two_persons_release_it_and_its_issuer_hears() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    world.appoint_compliance();
    let target = FreezeTarget::Currency(usd());
    let [early, approval] = world.unfreeze(target);
    world.apply(&early);
    assert_eq!(refused(&mut world, &approval), Refusal::NotFrozen);
    let reference = Text::new("CASE-1").unwrap();
    let by_operator = Command::Freeze(Freeze { target, reference });
    let by_operator = world.sign(&Actor::operator(1), by_operator);
    assert_eq!(refused(&mut world, &by_operator), Refusal::WrongRole);
    let freeze = world.freeze(target);
    let receipt = world.block(&[freeze]).receipts[0].clone();
    let mut parties = vec![compliance_lei(), issuer_lei()];
    parties.sort();
    assert_eq!((receipt.outcome, &receipt.parties), (Outcome::Applied(Effect::Frozen), &parties));
    let again = world.freeze(target);
    assert_eq!(refused(&mut world, &again), Refusal::AlreadyFrozen);
    let payment = world.payment(&a, &b, dollars(1));
    let transfer = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &transfer), Refusal::CurrencyFrozen);
    // Another currency moves on.
    let yen = world.payment(&a, &b, Money::new(jpy(), 1));
    let transfer = world.transfer(&a, &b, &yen);
    world.apply(&transfer);
    let [proposal, approval] = world.unfreeze(target);
    world.apply(&proposal);
    let by_maker = world.approve(&Actor::network_compliance(1), &proposal);
    assert_eq!(refused(&mut world, &by_maker), Refusal::SamePerson);
    let receipt = world.block(&[approval]).receipts[0].clone();
    assert_eq!((receipt.outcome, &receipt.parties), (Outcome::Applied(Effect::Unfrozen), &parties));
    let transfer = world.transfer(&a, &b, &payment);
    assert_eq!(world.apply(&transfer), Effect::Settled);
    let unknown = world.freeze(FreezeTarget::Currency(Currency::new("XAU").unwrap()));
    assert_eq!(refused(&mut world, &unknown), Refusal::CurrencyUnknown);
}

/// What may still happen while a currency is stopped: everything that moves no money between
/// accounts, and a burn of what was paid out before.
#[test]
fn i2_i10_in_a_stopped_currency_money_goes_back_is_attested_and_burned_but_moves_nowhere() {
    let (mut world, [a, b, c]) = World::funded(1_000);
    world.appoint_compliance();
    let (held, scheduled, paid) =
        (world.payment(&a, &b, dollars(5)), world.payment(&a, &b, dollars(6)), {
            world.payment(&a, &b, dollars(7))
        });
    let preburns = [10, 20, 30].map(|minor| world.preburn(&a, dollars(minor)));
    let commands = [
        world.hold(&a, &held),
        world.schedule(&a, &b, &scheduled, 30_000),
        world.transfer(&a, &b, &paid),
        preburns[0].clone(),
        preburns[1].clone(),
        preburns[2].clone(),
    ];
    world.apply_all(&commands);
    let [first, second, third] = preburns.map(|preburn| preburn.body.id());
    let freeze = world.freeze(FreezeTarget::Currency(usd()));
    world.apply(&freeze);
    let moving = [
        world.post(&b, &b, &held),
        world.post_part(&b, &b, &held, 1),
        world.give_back(&paid, 7),
        world.preburn(&a, dollars(1)),
    ];
    for command in moving {
        assert_eq!(refused(&mut world, &command), Refusal::CurrencyFrozen);
    }
    let [proposal, approval] = world.treasure(Action::InstructPayout { redemption: first });
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::CurrencyFrozen);
    let entry = world.credit_from(&a, dollars(500), "INV");
    let request = world.request_mint(&a, dollars(500), "INV");
    let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
    let record = world.record_entry(&entry);
    world.apply_all(&[record, request, proposal]);
    assert_eq!(refused(&mut world, &approval), Refusal::CurrencyFrozen);
    // Back, within the account of the payer or holder.
    let void = world.void(&b, &held, VoidReason::Rejected);
    let cancelled = world.cancel_redemption(&a, second);
    world.apply_all(&[void, cancelled]);
    let bounced = world.treasure(Action::CancelPayout { redemption: third });
    world.apply_all(&bounced);
    let payout = world.payout_to(&a, dollars(10), &first);
    let booked = world.record_entry(&payout);
    let attested = world.attest(usd(), 5_000);
    let entry = entry_id(&payout);
    let burn = world.treasure(Action::ConfirmPayout { redemption: first, entry });
    world.apply_all(&[booked]);
    world.apply_all(&[attested]);
    world.apply_all(&burn);
    let frozen_too = world.freeze(FreezeTarget::Account(world.account(&c, usd())));
    world.apply(&frozen_too);
    // What was to settle by itself is freed.
    let receipts = world.block_at(world.now().after(60_000), &[]).receipts;
    let freed = Outcome::Applied(Effect::Voided(VoidReason::NotReleased));
    assert_eq!((receipts.len(), receipts[0].outcome), (1, freed));
    assert_eq!((world.available(&a, usd()), world.available(&b, usd())), (983, 1_007));
    assert_eq!(recount(&world.state)[&usd()].supply, 2_990);
}

#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    currency: Currency,
    terms: MovementTerms,
}

#[test]
fn i5_k5_k6_terms_are_refused_for_the_first_reason_that_applies() {
    let (mut world, _) = World::funded(10);
    world.appoint_compliance();
    world.policy(POLICY, PolicyMode::Allow, &[]);
    let terms = MovementTerms {
        payee_clearance: Some(0),
        sender: Some(POLICY),
        recipient: Some(POLICY),
        mint_recipient: Some(POLICY),
    };
    let by = Actor::network_compliance(2);
    let good = Case { world, by, currency: usd(), terms };
    let unknown = Some(PolicyId::new([1; 32]));
    assert_ne!(unknown, Some(POLICY));
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = Actor::operator(2)),
        fault(Refusal::SamePerson, &["by"], |c| c.by = Actor::network_compliance(1)),
        fault(Refusal::CurrencyUnknown, &["currency"], |c| {
            c.currency = Currency::new("XAU").unwrap();
        }),
        fault(Refusal::PolicyUnknown, &["terms"], |c| {
            c.terms.sender = Some(PolicyId::new([1; 32]));
        }),
        fault(Refusal::PolicyUnknown, &["terms"], |c| {
            c.terms.recipient = Some(PolicyId::new([1; 32]));
        }),
        fault(Refusal::PolicyUnknown, &["terms"], |c| {
            c.terms.mint_recipient = Some(PolicyId::new([1; 32]));
        }),
    ];
    check(&good, Effect::Executed, &faults, |case| {
        let mut world = case.world.clone();
        let action = Action::SetMovementTerms { currency: case.currency, terms: case.terms };
        let proposal = world.propose(&Actor::network_compliance(1), action);
        world.apply(&proposal);
        let approval = world.approve(&case.by, &proposal);
        world.run(&approval)
    });
}

#[test]
fn i5_nobody_but_network_compliance_proposes_what_compliance_demands() {
    let (mut world, [a, ..]) = World::running();
    world.appoint_compliance();
    let order = SeizureOrder {
        from: AccountId::new([0; 32]),
        party: None,
        money: dollars(1),
        disposal: Disposal::Burn,
        reference: Text::new("ORDER").unwrap(),
    };
    let subjects = vec![Subject::Member(a.lei)];
    let actions = [
        Action::RegisterList { list: Hash32::ZERO },
        Action::SetScreening { oldest: None, rule_version: 1 },
        Action::SetMovementTerms { currency: usd(), terms: MovementTerms::default() },
        Action::Seize(order),
        Action::CreatePolicy { policy: POLICY, mode: PolicyMode::Deny },
        Action::ListInPolicy { policy: POLICY, subjects, listed: true },
    ];
    for action in actions {
        assert_eq!(action.role(), Role::NetworkCompliance);
        for by in [Actor::operator(1), Actor::treasury(1), a.compliance(), a.settlement()] {
            let proposal = world.propose(&by, action.clone());
            assert_eq!(refused(&mut world, &proposal), Refusal::WrongRole);
        }
        let proposal = world.propose(&Actor::network_compliance(1), action);
        assert_eq!(world.apply(&proposal), Effect::Proposed);
    }
}

#[test]
fn i10_a_freeze_and_terms_leave_each_other_as_they_are() {
    let (mut world, _) = World::running();
    world.appoint_compliance();
    let terms = MovementTerms { payee_clearance: Some(7), ..MovementTerms::default() };
    world.demand(usd(), terms);
    let found = |world: &World| match world.record(&Name::MovementControls(usd())) {
        Some(Record::MovementControls(controls)) => (controls.stopped, controls.terms),
        other => panic!("{other:?}"),
    };
    let freeze = world.freeze(FreezeTarget::Currency(usd()));
    world.apply(&freeze);
    assert_eq!(found(&world), (true, terms));
    let other = MovementTerms { payee_clearance: None, ..terms };
    world.demand(usd(), other);
    assert_eq!(found(&world), (true, other));
    let lift = world.unfreeze(FreezeTarget::Currency(usd()));
    world.apply_all(&lift);
    assert_eq!(found(&world), (false, other));
    assert_eq!(world.record(&Name::MovementControls(jpy())), None);
}
