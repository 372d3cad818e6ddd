//! The form and the bounds of calls, each at its edge: what is one too many is refused, what is just
//! enough is not.

use super::{Case, exchange, network, refused, told};
use crate::{
    account::Account,
    codec::encode,
    command::Command,
    id::AccountId,
    invoke::{Call, Named},
    limits::{
        MAX_CALL_ARGUMENTS, MAX_CALL_GAS, MAX_CALL_HOLDERS, MAX_CALL_RECORDS, MAX_RESOURCE_BYTES,
    },
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    share::Lane,
    signing::{AccountPolicy, Step},
    testing::{Actor, Bank, World, commands::sign, jpy, programs::code, usd},
    tests::{
        growth::made,
        movements::demanding,
        payments::{key_limited, two_persons},
    },
};
use move_like_vm::status::Status;

const OUT_OF_RANGE: Outcome = Outcome::Refused(Refusal::OutOfRange);
const FAILED: Outcome = Outcome::Refused(Refusal::CallFailed);
const INVOKED: Outcome = Outcome::Applied(Effect::Invoked);

/// What comes of the exchange when its call is otherwise.
fn changed(good: &Case, change: impl FnOnce(&mut Call)) -> Outcome {
    let mut case = good.clone();
    change(&mut case.call);
    case.run()
}

/// A's dollar account alone, and so many others that nobody has.
fn with_strangers(call: &mut Call, holders: usize) {
    call.signers.truncate(1);
    let own = call.holders[0];
    let strangers = (1..holders).map(|number| {
        let account = AccountId::new([u8::try_from(number).unwrap(); 32]);
        Named { account, cap: 0, ..own }
    });
    call.holders = [own].into_iter().chain(strangers).collect();
}

#[test]
fn v12_a_call_has_as_much_of_everything_as_it_may_and_no_more() {
    let good = Case::new();
    let unknown = Outcome::Refused(Refusal::AccountUnknown);
    for (holders, expected) in [(MAX_CALL_HOLDERS, unknown), (MAX_CALL_HOLDERS + 1, OUT_OF_RANGE)] {
        assert_eq!(changed(&good, |c| with_strangers(c, holders)), expected, "{holders} holders");
    }
    for (signers, expected) in [(MAX_CALL_HOLDERS, FAILED), (MAX_CALL_HOLDERS + 1, OUT_OF_RANGE)] {
        let outcome = changed(&good, |c| {
            with_strangers(c, 1);
            c.signers = vec![c.signers[0]; signers];
        });
        assert_eq!(outcome, expected, "{signers} signers");
    }
    for (count, expected) in [(MAX_CALL_ARGUMENTS, FAILED), (MAX_CALL_ARGUMENTS + 1, OUT_OF_RANGE)]
    {
        assert_eq!(changed(&good, |c| c.types = vec![vec![0]; count]), expected, "{count} types");
        let outcome = changed(&good, |c| c.arguments = vec![Vec::new(); count]);
        assert_eq!(outcome, expected, "{count} arguments");
    }
    assert_eq!(changed(&good, |c| c.gas_limit = MAX_CALL_GAS), INVOKED);
    assert_eq!(changed(&good, |c| c.records = MAX_CALL_RECORDS), INVOKED);
}

#[test]
fn v12_a_call_names_its_accounts_once_and_its_signers_are_among_them() {
    let good = Case::new();
    let nobody = changed(&good, |c| (c.holders, c.signers) = (Vec::new(), Vec::new()));
    assert_eq!(nobody, OUT_OF_RANGE);
    // An account under two names of its member.
    let twice = changed(&good, |c| {
        let name = c.holders[1].account;
        c.holders.push(Named { name, cap: 0, ..c.holders[0] });
    });
    assert_eq!(twice, OUT_OF_RANGE);
    // Two accounts in a currency under one name.
    let mut two = good.clone();
    let own = two.call.holders[0];
    let Some(Record::Account(account)) = two.world.record(&Name::Account(own.account)) else {
        panic!("no account")
    };
    let id = AccountId::new([8; 32]);
    let second = Account { id, balances: crate::account::Balances::default(), ..account.clone() };
    two.plants.push((Name::Account(id), Record::Account(second)));
    assert_eq!(two.run(), INVOKED);
    two.call.holders.push(Named { account: id, cap: 0, ..own });
    assert_eq!(two.run(), OUT_OF_RANGE);
    // C has an account and a gate, but no part in the call: nobody asked it.
    let strange = changed(&good, |c| c.signers.push(good.world.holder(&good.c)));
    assert_eq!(strange, OUT_OF_RANGE);
}

#[test]
fn v9_k7_no_persons_of_the_sender_stand_for_those_of_another_member() {
    let (mut world, [a, b, _]) = network(1_000);
    let second = |bank: &Bank| Actor::new(bank.lei, crate::authority::Role::Settlement, "second");
    for bank in [a, b] {
        let registered = world.register_key(second(&bank).grant);
        world.apply_all(&registered);
    }
    let account = world.account(&b, jpy());
    let steps = vec![Step { from: 700, persons: 2 }];
    let policy = Record::AccountPolicy(AccountPolicy { account, steps });
    world.plant(vec![(Name::AccountPolicy(account), policy)]);
    let call = exchange(&mut world, &a, &b);
    for (consents, expected) in
        [(1, Outcome::Refused(Refusal::CounterpartyNotEligible)), (2, INVOKED)]
    {
        let mut world = world.clone();
        let mut invoke = world.cleared_call(&a, call.clone());
        if consents == 2 {
            let consent = invoke.consents[0].value;
            let more = crate::signature::Signed::new(consent, &second(&b).signer()).unwrap();
            invoke.consents.push(more);
        }
        let body = world.body(a.lei, Command::Invoke(invoke));
        let command = sign(body, &[&a.settlement(), &second(&a)]);
        assert_eq!(world.run(&command), expected, "{consents}");
    }
}

/// A call of a function of the trials by A, with B's account.
fn trial(world: &mut World, [a, b]: [&Bank; 2], function: &str, amounts: &[u128]) -> Call {
    let holders = vec![world.named(a, usd(), 100), world.named(b, usd(), 0)];
    let mut arguments = vec![encode(&world.holder(b)), code(usd())];
    arguments.extend(amounts.iter().map(encode));
    world.call(("trials", function), &[a], holders, arguments)
}

#[test]
fn v2_k5_what_a_call_pays_to_one_account_is_taken_together() {
    let (mut world, [a, b, _]) = network(100);
    world.plant(vec![demanding(usd(), |terms| terms.payee_clearance = Some(50))]);
    for (one, other, paid) in [(25, 24, true), (49, 0, false), (25, 25, false), (1, 49, false)] {
        let mut world = world.clone();
        let call = trial(&mut world, [&a, &b], "pay_twice", &[one, other]);
        let command = world.invoke(&a, call);
        let receipt = told(&mut world, &command);
        if paid {
            assert_eq!(receipt.outcome, INVOKED, "{one} {other}");
            assert_eq!(world.available(&b, usd()), 149);
            continue;
        }
        let why = if other == 0 { Refusal::AmountZero } else { Refusal::PayeeClearanceMissing };
        assert_eq!(receipt.outcome, FAILED, "{one} {other}");
        assert_eq!(receipt.run.unwrap().code, refused(why), "{one} {other}");
        assert_eq!(world.available(&b, usd()), 100);
    }
}

#[test]
fn v3_claims_are_joined_split_and_destroyed_and_no_vault_is_left() {
    let (mut world, [a, b, _]) = network(100);
    let rows: [(&str, &[u128], u128); 2] =
        [("take_twice", &[30, 12], 142), ("pay_all_of", &[7], 149)];
    for (function, amounts, there) in rows {
        let call = trial(&mut world, [&a, &b], function, amounts);
        let command = world.invoke(&a, call);
        assert_eq!(world.apply(&command), Effect::Invoked, "{function}");
        assert_eq!(world.available(&b, usd()), there, "{function}");
        assert_eq!(super::vaults(&world), 0, "{function}");
    }
}

#[test]
fn v10_a_resource_has_a_bounded_number_of_bytes() {
    let (start, [a, ..]) = network(100);
    let noted = |length: usize| {
        let mut world = start.clone();
        let arguments = [length / 2, length % 2].map(|count| encode(&vec![1u8; count])).to_vec();
        let holders = vec![world.named(&a, usd(), 0)];
        let mut call = world.call(("trials", "note_doubled"), &[&a], holders, arguments);
        call.gas_limit = MAX_CALL_GAS;
        let command = world.invoke(&a, call);
        let receipt = told(&mut world, &command);
        let size = world.state.records().find_map(|record| match record {
            Record::Resource(found) => Some(found.tag.len() + found.bytes.len()),
            _ => None,
        });
        (receipt.run.unwrap().status, size)
    };
    let done = Status::Executed.number();
    let (status, size) = noted(15_000);
    assert_eq!(status, done);
    let most = 15_000 + MAX_RESOURCE_BYTES - size.unwrap();
    assert_eq!(noted(most), (done, Some(MAX_RESOURCE_BYTES)));
    assert_eq!(noted(most + 1), (Status::StorageWriteLimitReached.number(), None));
}

#[test]
fn l3_what_a_call_makes_and_ends_itself_does_not_stay() {
    let (mut world, [a, b, _]) = network(1_000);
    let business = |world: &World| made(world, a.lei, Lane::Business);
    let before = business(&world);
    let call = exchange(&mut world, &a, &b);
    let command = world.invoke(&a, call);
    assert_eq!(world.apply(&command), Effect::Invoked);
    assert_eq!(business(&world), before, "both vaults were paid out");
    let call = trial(&mut world, [&a, &b], "keep", &[]);
    let call = Call { arguments: vec![code(usd()), encode(&1u128)], ..call };
    let command = world.invoke(&a, call);
    assert_eq!(world.apply(&command), Effect::Invoked);
    assert_eq!(business(&world), before + 2, "a vault, and the claim to it");
}

#[test]
fn v9_k7_the_least_that_a_call_takes_counts_in_the_window_of_its_signer() {
    let (mut world, [a, b, _]) = network(100);
    world.plant(vec![key_limited(&a, None, Some(1))]);
    for expected in [INVOKED, Outcome::Refused(Refusal::KeyWindowLimit)] {
        let mut call = trial(&mut world, [&a, &b], "pay_all_of", &[1]);
        call.holders[0].cap = 1;
        let command = world.invoke(&a, call);
        assert_eq!(world.run(&command), expected);
    }
    assert_eq!(world.available(&a, usd()), 99);
}

/// Where nothing may be taken, nobody's persons are asked for.
#[test]
fn v9_k7_an_account_that_is_only_paid_needs_no_persons() {
    let mut case = Case::new();
    case.plants.push(two_persons(&case.b));
    assert_eq!(case.run(), Outcome::Refused(Refusal::CounterpartyNotEligible));
    let (mut world, [a, b, _]) = network(100);
    let call = super::open_escrow(&mut world, &a, &b);
    let opened = world.invoke(&a, call);
    world.apply(&opened);
    world.plant(vec![two_persons(&a), two_persons(&b)]);
    let call = super::release(&mut world, &a, &b);
    let released = world.invoke(&a, call);
    assert_eq!(world.apply(&released), Effect::Invoked);
    assert_eq!(world.available(&b, usd()), 140);
}
