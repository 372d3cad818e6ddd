//! Policies: what being listed means, where it is asked, what each side hears (K6).

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    bulk::BulkMode,
    command::{Action, Command},
    id::{PartyId, PolicyId},
    limits::MAX_POLICY_SUBJECTS,
    money::Money,
    movement::MovementTerms,
    policy::{Policy, PolicyEntry, PolicyMode, Subject},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    settlement::SetLeg,
    testing::{
        Actor, Bank, World,
        commands::{entry_id, sign},
        compliance_lei, jpy, usd,
    },
    tests::{
        faults::{check, fault, refused},
        model::same_every_time,
        movements::demanding,
    },
};

const POLICY: PolicyId = PolicyId::new([0x70; 32]);

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

fn policy(world: &World, id: PolicyId) -> Policy {
    match world.record(&Name::Policy(id)) {
        Some(Record::Policy(policy)) => *policy,
        other => panic!("{other:?}"),
    }
}

/// A world where one policy lists these.
fn under(mode: PolicyMode, subjects: &[Subject]) -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000);
    world.appoint_compliance();
    world.policy(POLICY, mode, subjects);
    (world, banks)
}

#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    action: Action,
}

fn run(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    let proposal = world.propose(&Actor::network_compliance(1), case.action.clone());
    world.apply(&proposal);
    let approval = world.approve(&case.by, &proposal);
    world.run(&approval)
}

#[test]
fn i5_k6_changes_of_policies_are_refused_for_the_first_reason_that_applies() {
    let (world, [a, ..]) = under(PolicyMode::Allow, &[]);
    let by = Actor::network_compliance(2);
    let wrong = || {
        vec![
            fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = Actor::treasury(1)),
            fault(Refusal::SamePerson, &["by"], |c| c.by = Actor::network_compliance(1)),
        ]
    };
    let fresh = PolicyId::new([0x71; 32]);
    let action = Action::CreatePolicy { policy: fresh, mode: PolicyMode::Deny };
    let mut faults = wrong();
    faults.push(fault(Refusal::AlreadyExists, &["policy"], |c| {
        c.action = Action::CreatePolicy { policy: POLICY, mode: PolicyMode::Deny };
    }));
    check(&Case { world: world.clone(), by, action }, Effect::Executed, &faults, run);
    let subjects = vec![Subject::Member(a.lei)];
    let action = Action::ListInPolicy { policy: POLICY, subjects, listed: true };
    let mut faults = wrong();
    faults.extend([
        fault(Refusal::OutOfRange, &["subjects"], |c: &mut Case| {
            list(c, |_, subjects| subjects.clear());
        }),
        fault(Refusal::OutOfRange, &["subjects"], |c| {
            list(c, |_, subjects| *subjects = many(MAX_POLICY_SUBJECTS + 1));
        }),
        fault(Refusal::PolicyUnknown, &["policy"], |c| {
            list(c, |policy, _| *policy = PolicyId::new([0x72; 32]));
        }),
    ]);
    let good = Case { world, by, action };
    check(&good, Effect::Executed, &faults, run);
    let mut most = good;
    list(&mut most, |_, subjects| *subjects = many(MAX_POLICY_SUBJECTS));
    assert_eq!(run(&most), Outcome::Applied(Effect::Executed));
}

fn many(count: usize) -> Vec<Subject> {
    let party = |number: usize| PartyId::new([u8::try_from(number).unwrap(); 32]);
    (0..count).map(|number| Subject::Party(party(number))).collect()
}

fn list(case: &mut Case, change: fn(&mut PolicyId, &mut Vec<Subject>)) {
    let Action::ListInPolicy { policy, subjects, .. } = &mut case.action else { panic!() };
    change(policy, subjects);
}

#[test]
fn k6_a_policy_counts_whom_it_lists_and_says_so_of_each_apart() {
    let (mut world, [a, b, _]) = under(PolicyMode::Deny, &[]);
    let change = |world: &mut World, subjects: &[Subject], listed| {
        let subjects = subjects.to_vec();
        let commands = world.comply(Action::ListInPolicy { policy: POLICY, subjects, listed });
        let receipts = world.block(&commands).receipts;
        assert_eq!(receipts[1].outcome, Outcome::Applied(Effect::Executed));
        assert_eq!(receipts[1].parties, [compliance_lei()]);
        policy(world, POLICY).listed
    };
    let (bank, customer) = (Subject::Member(a.lei), Subject::Party(b.party(1)));
    assert_eq!(change(&mut world, &[bank, customer, bank], true), 2);
    assert_eq!(change(&mut world, &[bank], true), 2);
    assert_eq!(change(&mut world, &[Subject::Member(b.lei)], false), 2);
    assert_eq!(change(&mut world, &[bank], false), 1);
    for (subject, listed) in [(bank, false), (customer, true)] {
        let expected = PolicyEntry { policy: POLICY, subject, listed };
        let found = world.record(&Name::PolicyEntry(POLICY, subject));
        assert_eq!(found, Some(&Record::PolicyEntry(expected)));
    }
    // Taking off who was never listed writes nothing.
    assert_eq!(world.record(&Name::PolicyEntry(POLICY, Subject::Member(b.lei))), None);
    assert_eq!(change(&mut world, &[bank, customer], true), 2);
}

#[test]
fn k6_a_list_costs_a_block_by_its_length() {
    let (mut world, _) = under(PolicyMode::Allow, &[]);
    let mut units = |count| {
        let action = Action::ListInPolicy { policy: POLICY, subjects: many(count), listed: true };
        world.comply(action)[0].units(0)
    };
    assert_eq!(units(MAX_POLICY_SUBJECTS) - units(1), 1_260);
}

/// One row per mode and what is listed of A: whether A's first and second customer may pay.
#[test]
fn k6_a_member_is_listed_with_its_customers_and_a_customer_alone() {
    let listed = |banks: &[Bank; 3], what: usize| match what {
        0 => vec![],
        1 => vec![Subject::Member(banks[0].lei)],
        2 => vec![Subject::Party(banks[0].party(1))],
        _ => vec![Subject::Party(banks[1].party(1)), Subject::Member(banks[1].lei)],
    };
    for (mode, rows) in [
        (PolicyMode::Deny, [[true, true], [false, false], [false, true], [true, true]]),
        (PolicyMode::Allow, [[false, false], [true, true], [true, false], [false, false]]),
    ] {
        for (what, row) in rows.into_iter().enumerate() {
            let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
            let (mut world, [a, b, _]) = under(mode, &listed(&banks, what));
            let terms = MovementTerms { sender: Some(POLICY), ..MovementTerms::default() };
            world.demand(usd(), terms);
            for (number, may) in (1..).zip(row) {
                let mut payment = world.payment(&a, &b, dollars(1));
                payment.debtor = a.party(number);
                let expected = if may {
                    Outcome::Applied(Effect::Settled)
                } else {
                    Outcome::Refused(Refusal::PolicyForbids)
                };
                let transfer = world.transfer(&a, &b, &payment);
                assert_eq!(world.run(&transfer), expected, "{mode:?} {what} {number}");
                // The policy is this currency's, and about those who pay.
                let mut yen = world.payment(&a, &b, Money::new(jpy(), 1));
                yen.debtor = a.party(number);
                let mut back = world.payment(&b, &a, Money::new(jpy(), 1));
                back.debtor = b.party(2);
                let commands = [world.transfer(&a, &b, &yen), world.transfer(&b, &a, &back)];
                world.apply_all(&commands);
            }
        }
    }
}

#[test]
fn k6_currencies_share_a_policy_and_each_names_its_own_terms() {
    let (mut world, [a, b, _]) = under(PolicyMode::Deny, &[]);
    for currency in [usd(), jpy()] {
        let terms = MovementTerms { recipient: Some(POLICY), ..MovementTerms::default() };
        world.demand(currency, terms);
    }
    let run = |world: &mut World, currency| {
        let payment = world.payment(&a, &b, Money::new(currency, 1));
        let transfer = world.transfer(&a, &b, &payment);
        world.run(&transfer)
    };
    for currency in [usd(), jpy()] {
        assert_eq!(run(&mut world, currency), Outcome::Applied(Effect::Settled));
    }
    let subjects = vec![Subject::Party(b.party(1))];
    world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed: true });
    let other_side = Outcome::Refused(Refusal::CounterpartyNotEligible);
    for currency in [usd(), jpy()] {
        assert_eq!(run(&mut world, currency), other_side);
    }
    world.demand(usd(), MovementTerms::default());
    assert_eq!(run(&mut world, usd()), Outcome::Applied(Effect::Settled));
    assert_eq!(run(&mut world, jpy()), other_side);
}

/// Policies are asked again at every movement, and money can always go back.
#[test]
fn k6_what_was_entered_before_a_policy_is_asked_again_when_it_moves() {
    let (mut world, [a, b, _]) = under(PolicyMode::Deny, &[]);
    let [held, scheduled, paid] = [1, 2, 4].map(|minor| world.payment(&a, &b, dollars(minor)));
    let commands = [
        world.hold(&a, &held),
        world.schedule(&a, &b, &scheduled, 30_000),
        world.transfer(&a, &b, &paid),
    ];
    world.apply_all(&commands);
    for purpose in [0, 1] {
        let mut world = world.clone();
        let (id, nobody) = (Some(POLICY), MovementTerms::default());
        let (terms, listed) = if purpose == 0 {
            (MovementTerms { sender: id, ..nobody }, a.lei)
        } else {
            (MovementTerms { recipient: id, ..nobody }, b.lei)
        };
        world.demand(usd(), terms);
        let subjects = vec![Subject::Member(listed)];
        world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed: true });
        for by in [&a, &b] {
            let own = by.lei == listed;
            let expected =
                if own { Refusal::PolicyForbids } else { Refusal::CounterpartyNotEligible };
            let post = world.post(by, &b, &held);
            assert_eq!(refused(&mut world, &post), expected, "{purpose} {by:?}");
        }
        // Who may no longer pay or be paid may still give back and be given back to.
        let back = world.give_back(&paid, 4);
        assert_eq!(world.apply(&back), Effect::Settled, "{purpose}");
        let later = world.now().after(60_000);
        world.block_at(later, &[]);
        assert_eq!((world.available(&a, usd()), world.available(&b, usd())), (999, 1_000));
    }
    // A return to who may not be paid is refused.
    let terms = MovementTerms { recipient: Some(POLICY), ..MovementTerms::default() };
    world.demand(usd(), terms);
    let subjects = vec![Subject::Member(a.lei)];
    world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed: true });
    let back = world.give_back(&paid, 4);
    assert_eq!(refused(&mut world, &back), Refusal::CounterpartyNotEligible);
}

/// Each side's policy is asked of that side only, whoever sends the command.
#[test]
fn k6_who_may_not_be_paid_may_pay_and_who_may_not_pay_may_be_paid() {
    for sender in [true, false] {
        let (mut world, [a, b, _]) = under(PolicyMode::Deny, &[]);
        let held = [1, 2].map(|minor| world.payment(&a, &b, dollars(minor)));
        let commands = held.map(|payment| world.hold(&a, &payment));
        world.apply_all(&commands);
        let (id, nobody) = (Some(POLICY), MovementTerms::default());
        let (terms, listed) = if sender {
            (MovementTerms { sender: id, ..nobody }, b.lei)
        } else {
            (MovementTerms { recipient: id, ..nobody }, a.lei)
        };
        world.demand(usd(), terms);
        let subjects = vec![Subject::Member(listed)];
        world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed: true });
        for (by, payment) in [a, b].iter().zip(&held) {
            let post = world.post(by, &b, payment);
            assert_eq!(world.apply(&post), Effect::Settled, "{sender} {by:?}");
        }
    }
}

/// Terms name policies that are there; should one be gone, nobody passes it.
#[test]
fn k6_a_policy_that_is_not_there_forbids() {
    let (mut world, [a, b, _]) = World::funded(10);
    world.plant(vec![demanding(usd(), |terms| terms.sender = Some(POLICY))]);
    let payment = world.payment(&a, &b, dollars(1));
    let transfer = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &transfer), Refusal::PolicyForbids);
}

#[test]
fn k6_a_third_member_of_a_set_hears_only_the_neutral_name() {
    let (mut world, [a, b, c]) = under(PolicyMode::Deny, &[]);
    let terms = MovementTerms { sender: Some(POLICY), ..MovementTerms::default() };
    world.demand(usd(), terms);
    let subjects = vec![Subject::Member(a.lei)];
    world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed: true });
    let legs = [world.set_leg(&a, &b, dollars(1)), world.set_leg(&c, &b, Money::new(jpy(), 1))];
    for (by, expected) in [
        (&a, Refusal::PolicyForbids),
        (&b, Refusal::CounterpartyNotEligible),
        (&c, Refusal::CounterpartyNotEligible),
    ] {
        let command = world.settle_set(by, &legs);
        assert_eq!(refused(&mut world, &command), expected, "{by:?}");
    }
}

#[test]
fn k6_a_bulk_settles_each_payment_that_its_policy_lets() {
    let (mut world, [a, b, c]) = under(PolicyMode::Allow, &[]);
    let terms = MovementTerms { recipient: Some(POLICY), ..MovementTerms::default() };
    world.demand(usd(), terms);
    let subjects = vec![Subject::Member(c.lei)];
    world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed: true });
    let groups = world.groups(&a, usd(), &[(b, &[1]), (c, &[2])]);
    let bulk = world.bulk(&a, BulkMode::Each, usd(), groups);
    let body = world.body(a.lei, Command::Bulk(bulk));
    let receipts = world.block(&[sign(body, &[&a.settlement()])]).receipts;
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
    let expected =
        [Outcome::Refused(Refusal::CounterpartyNotEligible), Outcome::Applied(Effect::Settled)];
    assert_eq!(outcomes, expected);
}

#[test]
fn k6_a_mint_needs_a_member_that_may_be_minted_to_and_asks_nothing_else() {
    let (mut world, [a, b, _]) = under(PolicyMode::Allow, &[]);
    let terms = MovementTerms { mint_recipient: Some(POLICY), ..MovementTerms::default() };
    world.demand(usd(), terms);
    // A customer in its list lets no member be minted to.
    let subjects = vec![Subject::Member(b.lei), Subject::Party(a.party(1))];
    world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed: true });
    for (bank, expected) in [
        (a, Outcome::Refused(Refusal::CounterpartyNotEligible)),
        (b, Outcome::Applied(Effect::Minted)),
    ] {
        let entry = world.credit_from(&bank, dollars(5), "INV");
        let request = world.request_mint(&bank, dollars(5), "INV");
        let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
        let record = world.record_entry(&entry);
        world.apply_all(&[record, request, proposal]);
        assert_eq!(world.run(&approval), expected, "{bank:?}");
    }
    let payment = world.payment(&a, &b, dollars(1));
    let transfer = world.transfer(&a, &b, &payment);
    world.apply(&transfer);
}

/// However subjects are listed and taken off, a payment settles as a plain set says.
#[test]
fn k6_random_lists_agree_with_plain_sets() {
    for mode in [PolicyMode::Allow, PolicyMode::Deny] {
        let (mut start, banks) = under(mode, &[]);
        let (sender, recipient) = (Some(POLICY), Some(POLICY));
        start.demand(usd(), MovementTerms { sender, recipient, ..MovementTerms::default() });
        let subject = move |(bank, customer): (usize, u8)| match customer {
            0 => Subject::Member(banks[bank].lei),
            _ => Subject::Party(banks[bank].party(customer)),
        };
        let listing = prop::collection::vec((0..3usize, 0..3u8), 1..4);
        let pays = ((0..3usize, 1..3u8), (0..3usize, 1..3u8));
        let step = (listing, prop::bool::weighted(0.7), pays);
        let seen = std::cell::Cell::new([0u32; 3]);
        same_every_time(30)
            .run(&prop::collection::vec(step, 1..10), |steps| {
                let (mut world, mut plain) = (start.clone(), BTreeSet::new());
                for (listing, listed, (from, to)) in steps {
                    let subjects: Vec<_> = listing.iter().map(|at| subject(*at)).collect();
                    for at in &listing {
                        if listed {
                            plain.insert(*at)
                        } else {
                            plain.remove(at)
                        };
                    }
                    world.complied(Action::ListInPolicy { policy: POLICY, subjects, listed });
                    prop_assert_eq!(policy(&world, POLICY).listed, plain.len() as u64);
                    if from.0 == to.0 {
                        continue;
                    }
                    let may = |(bank, customer): (usize, u8)| {
                        let on = plain.contains(&(bank, 0)) || plain.contains(&(bank, customer));
                        on == (mode == PolicyMode::Allow)
                    };
                    let (payer, payee) = (banks[from.0], banks[to.0]);
                    let mut payment = world.payment(&payer, &payee, dollars(1));
                    payment.debtor = payer.party(from.1);
                    let mut leg = world.set_leg(&payee, &payer, Money::new(jpy(), 1));
                    leg.payment.debtor = payee.party(3);
                    let there = SetLeg {
                        payment,
                        credit: world.account(&payee, usd()),
                        creditor: payee.party(to.1),
                    };
                    let command = world.settle_set(&payer, &[there, leg]);
                    let outcome = world.block(&[command]).receipts[0].outcome;
                    let (expected, count) = match (may(from), may(to)) {
                        (_, false) => (Outcome::Refused(Refusal::CounterpartyNotEligible), 0),
                        (false, true) => (Outcome::Refused(Refusal::PolicyForbids), 1),
                        (true, true) => (Outcome::Applied(Effect::Settled), 2),
                    };
                    prop_assert_eq!(outcome, expected);
                    let mut counts = seen.get();
                    counts[count] += 1;
                    seen.set(counts);
                }
                Ok(())
            })
            .unwrap();
        assert!(seen.get().iter().all(|count| *count > 5), "{mode:?} {:?}", seen.get());
    }
}
