//! How many persons sign: policies of accounts and roles, and what a change of them voids (I5, K7).

use super::{administered, dollars, refuses, signed_by, tried};
use crate::{
    authority::Role,
    bulk::BulkMode,
    command::{Action, Command, SignedCommand},
    digest::Hash32,
    id::AccountId,
    limits::{MAX_APPROVALS, MAX_SIGNATURES, MAX_STEPS},
    money::Money,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signature::Signed,
    signing::{MemberPolicy, Step},
    testing::{Actor, Bank, World, jpy, usd},
    tests::{
        faults::{check, fault, refused},
        payments::{frozen, suspended},
    },
};

fn step(from: u128, persons: u8) -> Step {
    Step { from, persons }
}

/// As [`administered`], A with two clerks besides the person that banks have.
fn staffed(minor: u128) -> (World, [Bank; 3]) {
    let (mut world, banks) = administered(minor);
    for bank in &banks[..2] {
        world.register_own(bank, &bank.clerk(1));
        world.register_own(bank, &bank.clerk(2));
    }
    (world, banks)
}

fn policy(world: &World, bank: &Bank) -> MemberPolicy {
    match world.record(&Name::MemberPolicy(bank.lei)) {
        Some(Record::MemberPolicy(policy)) => *policy,
        _ => MemberPolicy::new(bank.lei),
    }
}

/// Every command that takes so much from the account of A in dollars, and what it comes to.
type Enter = fn(&mut World, &[Bank; 3], u128) -> SignedCommand;

fn in_bulk(world: &mut World, [a, b, c]: &[Bank; 3], mode: BulkMode, minor: u128) -> SignedCommand {
    // Its persons are those that the sum needs.
    let (one, rest) = ([minor / 2], [minor - minor / 2]);
    let groups = world.groups(a, usd(), &[(*b, &one), (*c, &rest)]);
    let bulk = world.bulk(a, mode, usd(), groups);
    world.sign(&a.settlement(), Command::Bulk(bulk))
}

pub(super) const WAYS: [(&str, Enter, Effect); 7] = [
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
            let half = [minor / 2, minor - minor / 2].map(|m| world.set_leg(a, b, dollars(m)));
            world.settle_set(a, &half)
        },
        Effect::Settled,
    ),
    (
        "bulk as a whole",
        |world, banks, minor| in_bulk(world, banks, BulkMode::Whole, minor),
        Effect::Settled,
    ),
    (
        "bulk of each",
        |world, banks, minor| in_bulk(world, banks, BulkMode::Each, minor),
        Effect::Settled,
    ),
    ("preburn", |world, [a, ..], minor| world.preburn(a, dollars(minor)), Effect::Preburned),
];

/// Orders a command in a block of its own: every receipt of it says the same.
pub(super) fn enter(world: &mut World, command: &SignedCommand) -> Outcome {
    let receipts = world.block(std::slice::from_ref(command)).receipts;
    let mut outcomes = receipts.iter().filter(|receipt| receipt.command == command.body.id());
    let first = outcomes.next().unwrap().outcome;
    assert!(outcomes.all(|receipt| receipt.outcome == first));
    first
}

#[test]
fn k7_every_debit_needs_the_persons_that_its_amount_asks_for() {
    let (mut world, banks) = staffed(10_000);
    let a = banks[0];
    let account = world.account(&a, usd());
    world.set_steps(&a, account, &[(100, 2), (1_000, 3)]);
    let (one, clerk, third) = (a.settlement(), a.clerk(1), a.clerk(2));
    let twice = one.with_key(2);
    world.rotate_own(&a, &one, &twice, 60_000);
    for (name, way, effect) in WAYS {
        for (minor, by, enough) in [
            (99, vec![&one], true),
            (100, vec![&one], false),
            (100, vec![&clerk, &one], true),
            // Two keys of one person are one person; other roles do not count.
            (100, vec![&one, &twice], false),
            (100, vec![&one, &a.gate()], false),
            (999, vec![&one, &third], true),
            (1_000, vec![&one, &clerk], false),
            (1_000, vec![&one, &clerk, &third], true),
            (1_000, vec![&one, &clerk, &third, &a.admin(1)], true),
        ] {
            let mut world = world.clone();
            let command = signed_by(&way(&mut world, &banks, minor), &by);
            let expected = if enough {
                Outcome::Applied(effect)
            } else {
                Outcome::Refused(Refusal::SignersTooFew)
            };
            assert_eq!(enter(&mut world, &command), expected, "{name} {minor}");
        }
    }
}

#[test]
fn k7_a_return_needs_the_persons_of_the_account_it_takes_from() {
    let (mut world, [a, b, _]) = staffed(1_000);
    let [payment, other] = [dollars(200), dollars(300)].map(|money| world.payment(&a, &b, money));
    let transfers = [&payment, &other].map(|payment| world.transfer(&a, &b, payment));
    world.apply_all(&transfers);
    let account = world.account(&b, usd());
    world.set_steps(&b, account, &[(100, 2)]);
    let small = world.give_back(&other, 99);
    assert_eq!(world.apply(&small), Effect::Settled);
    let large = world.give_back(&payment, 100);
    assert_eq!(refused(&mut world, &large), Refusal::SignersTooFew);
    let large = signed_by(&large, &[&b.settlement(), &b.clerk(1)]);
    assert_eq!(world.apply(&large), Effect::Settled);
}

#[test]
fn k7_what_was_entered_is_not_asked_again() {
    let (mut world, [a, b, _]) = staffed(1_000);
    let (held, later, locked) =
        (world.payment(&a, &b, dollars(10)), world.payment(&a, &b, dollars(20)), dollars(30));
    let commands =
        [world.hold(&a, &held), world.schedule(&a, &b, &later, 20_000), world.preburn(&a, locked)];
    world.apply_all(&commands);
    world.set_role(&a, Role::Settlement, 4);
    let post = world.post(&a, &b, &held);
    assert_eq!(world.apply(&post), Effect::Settled);
    let cancel = world.cancel_redemption(&a, commands[2].body.id());
    assert_eq!(world.apply(&cancel), Effect::RedemptionCancelled);
    let receipts = world.block_at(world.now().after(20_000), &[]).receipts;
    assert_eq!(receipts[0].outcome, Outcome::Applied(Effect::Settled));
    let next = world.payment(&a, &b, dollars(1));
    let next = world.transfer(&a, &b, &next);
    assert_eq!(refused(&mut world, &next), Refusal::SignersTooFew);
}

#[test]
fn k7_an_accounts_steps_come_before_its_roles_number_and_other_accounts_keep_theirs() {
    let (mut world, banks) = staffed(1_000);
    let [a, b, _] = banks;
    let account = world.account(&a, usd());
    world.set_role(&a, Role::Settlement, 2);
    world.set_steps(&a, account, &[(50, 1), (100, 3)]);
    let clerk = a.clerk(1);
    for (money, persons) in [
        (dollars(49), 2),
        (dollars(50), 1),
        (dollars(99), 1),
        (dollars(100), 3),
        (Money::new(jpy(), 1), 2),
        (Money::new(jpy(), 100), 2),
    ] {
        let payment = world.payment(&a, &b, money);
        let transfer = world.transfer(&a, &b, &payment);
        let all = [a.settlement(), clerk, a.clerk(2)];
        for count in 1..=all.len() {
            let mut world = world.clone();
            let by: Vec<&Actor> = all[..count].iter().collect();
            let outcome = world.run(&signed_by(&transfer, &by));
            let expected = if count >= persons {
                Outcome::Applied(Effect::Settled)
            } else {
                Outcome::Refused(Refusal::SignersTooFew)
            };
            assert_eq!(outcome, expected, "{money:?} by {count}");
        }
    }
    // No steps leave the account to the role again.
    world.set_steps(&a, account, &[]);
    let payment = world.payment(&a, &b, dollars(50));
    let transfer = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &transfer), Refusal::SignersTooFew);
    // A receives, and its acceptance is one key's affair.
    let payment = world.payment(&b, &a, dollars(500));
    let transfer = world.transfer(&b, &a, &payment);
    assert_eq!(world.apply(&transfer), Effect::Settled);
}

#[test]
fn k7_another_payer_of_a_set_consents_with_the_persons_its_account_needs() {
    let (mut world, [a, b, _]) = staffed(1_000);
    let account = world.account(&b, jpy());
    let [third, fourth] = [b.clerk(3), b.clerk(4)];
    [third, fourth].iter().for_each(|clerk| world.register_own(&b, clerk));
    world.set_steps(&b, account, &[(100, 2)]);
    let yen = |minor| Money::new(jpy(), minor);
    let legs = [world.set_leg(&a, &b, dollars(5)), world.set_leg(&b, &a, yen(100))];
    let one = world.settle_set(&a, &legs);
    assert_eq!(enter(&mut world, &one), Outcome::Refused(Refusal::CounterpartyNotEligible));
    let consents = |world: &World, by: &[Actor]| {
        let mut set = world.set(&a, &legs);
        let value = set.consents[0].value;
        set.consents = by.iter().map(|by| Signed::new(value, &by.signer()).unwrap()).collect();
        set
    };
    let (own, first, second) = (b.settlement(), b.clerk(1), b.clerk(2));
    let stranger = Actor::new(b.lei, Role::Settlement, "stranger");
    for (by, expected) in [
        (vec![first, own], Outcome::Applied(Effect::Settled)),
        (vec![own, first, second], Outcome::Applied(Effect::Settled)),
        // As many persons as may sign a command, and no more.
        (vec![own, first, second, third], Outcome::Applied(Effect::Settled)),
        (vec![own, first, second, third, fourth], Outcome::Refused(Refusal::AcceptanceMismatch)),
        (vec![own, own], Outcome::Refused(Refusal::AcceptanceMismatch)),
        (vec![own, b.gate()], Outcome::Refused(Refusal::AcceptanceMismatch)),
        (vec![own, stranger], Outcome::Refused(Refusal::AcceptanceMismatch)),
        (vec![], Outcome::Refused(Refusal::AcceptanceMismatch)),
    ] {
        let mut world = world.clone();
        let set = consents(&world, &by);
        let command = world.sign(&a.settlement(), Command::Settle(set));
        assert_eq!(enter(&mut world, &command), expected, "{}", by.len());
    }
    // The sender's own shortage has its name.
    let mut sent_by_b = world.clone();
    let command = sent_by_b.settle_set(&b, &legs);
    let outcome = enter(&mut sent_by_b, &command);
    assert_eq!(outcome, Outcome::Refused(Refusal::SignersTooFew));
    // Below the step one person is enough.
    let legs = [world.set_leg(&a, &b, dollars(5)), world.set_leg(&b, &a, yen(99))];
    let command = world.settle_set(&a, &legs);
    assert_eq!(enter(&mut world, &command), Outcome::Applied(Effect::Settled));
}

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    account: AccountId,
    steps: Vec<Step>,
    plants: Vec<(Name, Record)>,
}

#[test]
fn k7_an_accounts_policy_is_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, _]) = administered(10);
    let account = world.account(&a, usd());
    let steps = vec![step(1, 2)];
    let good = Case { world, a, b, account, steps, plants: Vec::new() };
    let faults = [
        fault(Refusal::MemberSuspended, &["member"], |c: &mut Case| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::OutOfRange, &["steps"], |c| c.steps = vec![step(1, 0)]),
        fault(Refusal::OutOfRange, &["steps"], |c| c.steps = vec![step(1, 2), step(1, 3)]),
        fault(Refusal::AccountUnknown, &["account"], |c| c.account = AccountId::new([0; 32])),
        fault(Refusal::NotYourAccount, &["account"], |c| {
            c.account = c.world.account(&c.b, usd());
        }),
    ];
    let run = |case: &Case| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let (account, steps) = (case.account, case.steps.clone());
        tried(&world, &case.a, &Action::SetAccountPolicy { account, steps })
    };
    check(&good, Effect::Executed, &faults, run);
    // A frozen account can be put under a policy; steps end where numbers do.
    let plants = vec![frozen(&good.world, &account)];
    let most: Vec<Step> = (1..=MAX_STEPS)
        .map(|n| step(u128::MAX - 4 + u128::try_from(n).unwrap(), u8::try_from(n).unwrap()))
        .collect();
    let case = Case { plants, steps: most, ..good.clone() };
    assert_eq!(run(&case), Outcome::Applied(Effect::Executed));
}

#[test]
fn i5_a_roles_policy_has_a_range_and_only_two_roles_have_one() {
    let (world, [a, ..]) = administered(10);
    let set = |role, persons| Action::SetRolePolicy { role, persons };
    let signatures = u8::try_from(MAX_SIGNATURES).unwrap();
    let approvals = u8::try_from(MAX_APPROVALS).unwrap();
    for (role, persons, fits) in [
        (Role::Settlement, 0, false),
        (Role::Settlement, 1, true),
        (Role::Settlement, signatures, true),
        (Role::Settlement, signatures + 1, false),
        (Role::Admin, 1, false),
        (Role::Admin, 2, true),
        (Role::Admin, approvals, true),
        (Role::Admin, approvals + 1, false),
        (Role::Gate, 2, false),
        (Role::Compliance, 2, false),
        (Role::Operator, 2, false),
        (Role::Treasury, 2, false),
    ] {
        let expected = if fits {
            Outcome::Applied(Effect::Executed)
        } else {
            Outcome::Refused(Refusal::OutOfRange)
        };
        assert_eq!(tried(&world, &a, &set(role, persons)), expected, "{role:?} {persons}");
    }
    let last = MemberPolicy { version: u32::MAX, ..MemberPolicy::new(a.lei) };
    let mut world = world.clone();
    world.plant(vec![(Name::MemberPolicy(a.lei), Record::MemberPolicy(last))]);
    refuses(&world, &a, &[(set(Role::Admin, 3), Refusal::AmountOverflow)]);
}

#[test]
fn i5_a_suspended_member_decides_nothing_about_itself() {
    let (mut world, [a, ..]) = administered(10);
    let (account, key) = (world.account(&a, usd()), a.settlement().grant.key);
    let suspension = suspended(&world, &a);
    world.plant(vec![suspension]);
    let actions = [
        Action::SetRolePolicy { role: Role::Admin, persons: 3 },
        Action::SetAccountPolicy { account, steps: vec![step(1, 2)] },
        Action::RegisterOwnKey(a.clerk(1).grant),
        Action::RevokeOwnKey { key },
    ];
    refuses(&world, &a, &actions.map(|action| (action, Refusal::MemberSuspended)));
}

#[test]
fn i5_every_change_of_a_policy_voids_what_the_member_has_pending() {
    let (start, [a, b, _]) = administered(10);
    let account = start.account(&a, usd());
    let changes = [
        Action::SetRolePolicy { role: Role::Admin, persons: 2 },
        Action::SetRolePolicy { role: Role::Settlement, persons: 1 },
        Action::SetAccountPolicy { account, steps: vec![step(1, 2)] },
        Action::SetAccountPolicy { account, steps: Vec::new() },
    ];
    for change in changes {
        let mut world = start.clone();
        let pending = Action::RegisterOwnKey(a.clerk(1).grant);
        let [mine, yes] = world.administer(&a, pending.clone());
        let [theirs, their_yes] = world.administer(&b, Action::RegisterOwnKey(b.clerk(1).grant));
        let [network, network_yes] = world.register_key(a.clerk(2).grant);
        let [proposal, approval] = world.administer(&a, change.clone());
        world.apply_all(&[mine.clone(), theirs, network, proposal, approval]);
        assert_eq!(policy(&world, &a).version, 2, "{change:?}");
        // The approval made under the earlier policy, and one that names the new version.
        assert_eq!(refused(&mut world, &yes), Refusal::ApprovalPolicyMismatch);
        let renamed = world.approve(&a.admin(2), &mine);
        let Command::Approve(approval) = &renamed.body.command else { panic!() };
        assert_eq!(approval.policy_version, 2);
        assert_eq!(refused(&mut world, &renamed), Refusal::ApprovalPolicyMismatch);
        // Another member's, and the network's, go on.
        assert_eq!(world.apply(&their_yes), Effect::Executed);
        assert_eq!(world.apply(&network_yes), Effect::Executed);
        let commands = world.administer(&a, pending);
        world.apply_all(&commands);
    }
}

#[test]
fn i5_a_members_proposals_need_as_many_administrators_as_it_says() {
    let (mut world, [a, ..]) = administered(10);
    let third = a.admin(3);
    world.register_own(&a, &third);
    world.set_role(&a, Role::Admin, 3);
    let proposal = world.propose(&a.admin(1), Action::RegisterOwnKey(a.clerk(1).grant));
    world.apply(&proposal);
    let second = world.approve(&a.admin(2), &proposal);
    assert_eq!(world.apply(&second), Effect::Approved);
    let again = world.approve(&a.admin(2), &proposal);
    assert_eq!(refused(&mut world, &again), Refusal::SamePerson);
    let last = world.approve(&third, &proposal);
    assert_eq!(world.apply(&last), Effect::Executed);
}

#[test]
fn k7_persons_of_accounts_are_asked_after_all_that_is_wrong_with_a_payment() {
    let (mut world, [a, b, _]) = staffed(10);
    world.set_role(&a, Role::Settlement, 2);
    let payment = world.payment(&a, &b, dollars(11));
    let poor = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &poor), Refusal::InsufficientFunds);
    let payment = world.payment(&a, &b, dollars(0));
    let nothing = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &nothing), Refusal::AmountZero);
    let terms = crate::tests::spending::full(Some(1), None);
    world.plant(vec![crate::tests::spending::decreed(usd(), terms)]);
    let payment = world.payment(&a, &b, dollars(2));
    let limited = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &limited), Refusal::PaymentLimit);
    let anchor = world.anchor(&a, Hash32::ZERO);
    assert_eq!(world.apply(&anchor), Effect::Anchored, "it takes nothing");
}
