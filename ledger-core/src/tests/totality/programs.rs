//! Calls and modules drawn at random, most of them hostile: whatever they say, the ledger goes on.

use proptest::prelude::*;

use super::{CASES, SOAK_CASES, drawing::number, sound};
use crate::{
    codec::encode,
    command::{Action, Command},
    digest::Hash32,
    id::{AccountId, PartyId, Text},
    invoke::{Call, Named},
    limits::{MAX_CALL_GAS, MAX_CALL_MS, MAX_CALL_RECORDS},
    program::Bundle,
    receipt::{Effect, Outcome},
    refusal::Refusal,
    testing::{
        Bank, World, genesis, jpy,
        programs::{address, code},
        usd,
    },
    tests::{
        contracts::{bundle, network, publish},
        model::{another_every_time, same_every_time},
    },
};

const BANKS: [&str; 3] = ["BANKA", "BANKB", "BANKC"];
const FUNCTIONS: [(&str, &str); 26] = [
    ("trials", "nothing"),
    ("trials", "stop"),
    ("trials", "turn"),
    ("trials", "add"),
    ("trials", "not_entry"),
    ("trials", "split_hairs"),
    ("trials", "take_twice"),
    ("trials", "keep"),
    ("trials", "give"),
    ("trials", "give_part"),
    ("trials", "note"),
    ("trials", "tell"),
    ("trials", "say"),
    ("trials", "tell_number"),
    ("trials", "tell_and_stop"),
    ("event", "emit"),
    ("trials", "offer_bond"),
    ("trials", "buy_bond"),
    ("escrow", "open_from_account"),
    ("escrow", "release"),
    ("escrow", "decline"),
    ("escrow", "refund"),
    ("pvp", "exchange"),
    ("claim", "open"),
    ("claim", "withdraw"),
    ("missing", "missing"),
];

fn bank(at: usize) -> Bank {
    Bank::new(BANKS[at % BANKS.len()])
}

/// Names of banks' holders, and of nobody.
fn holder(world: &World) -> impl Strategy<Value = AccountId> + Clone + use<> {
    let mut all: Vec<AccountId> = (0..3).map(|at| world.holder(&bank(at))).collect();
    all.extend((0..3).map(|at| world.account(&bank(at), jpy())));
    all.push(AccountId::new([0; 32]));
    prop::sample::select(all)
}

fn argument(world: &World) -> impl Strategy<Value = Vec<u8>> + use<> {
    let edges = vec![0u64, 1, 2, 0x46_0000, u64::MAX - 1, u64::MAX];
    prop_oneof![
        4 => number().prop_map(|minor| encode(&minor)),
        4 => prop::sample::select(edges).prop_map(|number| encode(&number)),
        4 => holder(world).prop_map(|account| encode(&account)),
        4 => prop::sample::select(vec![code(usd()), code(jpy()), encode(&b"XAU".to_vec())]),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => Just(vec![0xff; 5]),
        1 => Just(encode(&vec![0u8; 4_000])),
    ]
}

fn type_tag() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => Just(vec![1]),
        1 => Just(vec![6; 31]),
        1 => Just([vec![6; 31], vec![1]].concat()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

/// A call of which nothing need be right.
fn any_call(world: &World) -> impl Strategy<Value = Call> + use<> {
    let parties = vec![bank(0).party(1), bank(1).party(1), bank(2).party(1), PartyId::new([0; 32])];
    let named = (holder(world), holder(world), prop::sample::select(parties), number());
    let named = named.prop_map(|(name, account, party, cap)| Named { name, account, party, cap });
    let until = vec![world.now(), world.now().after(60_000), world.now().after(MAX_CALL_MS * 2)];
    let gas = vec![0, 1, 500, 5_000, 50_000, 500_000, 5_000_000, MAX_CALL_GAS + 1];
    let own = (
        prop::sample::select(FUNCTIONS.to_vec()),
        prop::collection::vec(type_tag(), 0..3),
        prop::collection::vec(argument(world), 0..7),
        (prop::sample::select(gas), prop::sample::select(until)),
        prop_oneof![0..10u16, Just(MAX_CALL_RECORDS + 1)],
        prop::collection::vec(holder(world), 0..3),
        prop::collection::vec(named, 0..5),
        any::<[u8; 32]>(),
    );
    own.prop_map(
        move |(
            (module, function),
            types,
            arguments,
            (gas_limit, until),
            records,
            signers,
            holders,
            nonce,
        )| {
            Call {
                address: address(2),
                module: Text::new(module).unwrap(),
                function: Text::new(function).unwrap(),
                types,
                arguments,
                gas_limit,
                records,
                signers,
                holders,
                until,
                nonce: Hash32::new(nonce),
            }
        },
    )
}

/// A call in good form, of which arguments and amounts may be wrong.
fn formed_call(world: &World) -> impl Strategy<Value = Call> + use<> {
    let all: Vec<Named> = (0..3)
        .flat_map(|at| [usd(), jpy()].map(|currency| world.named(&bank(at), currency, 0)))
        .collect();
    let holders: Vec<AccountId> = (0..3).map(|at| world.holder(&bank(at))).collect();
    let until = world.now().after(3_600_000);
    let shape = (0..3usize, 0..3usize, number(), 0..17u64);
    (any_call(world), shape, prop::sample::select(vec![0usize, 1, 2, 3, 4, 5, 6, 7]), any::<bool>())
        .prop_map(move |(call, (one, other, minor, number), which, capped)| {
            let (signer, second) = (holders[one], holders[other]);
            let cap = if capped { u128::MAX } else { 50 };
            let with_caps = |signers: &[AccountId]| -> Vec<Named> {
                let named = all.iter().map(|named| match signers.contains(&named.name) {
                    true => Named { cap, ..*named },
                    false => *named,
                });
                named.collect()
            };
            let (function, signers, arguments) = match which {
                0 => (("trials", "keep"), vec![signer], vec![code(usd()), encode(&minor)]),
                1 => (("trials", "give"), vec![], vec![encode(&signer), encode(&second)]),
                2 => (
                    ("trials", "give_part"),
                    vec![],
                    vec![encode(&signer), encode(&second), encode(&minor.min(1))],
                ),
                3 => (
                    ("trials", "take_twice"),
                    vec![signer],
                    vec![encode(&second), code(jpy()), encode(&minor), encode(&1u128)],
                ),
                4 => (
                    ("escrow", "open_from_account"),
                    vec![signer],
                    vec![encode(&second), code(usd()), encode(&minor), encode(&u64::MAX)],
                ),
                5 => (("escrow", "release"), vec![signer], vec![encode(&(number % 3))]),
                6 => (
                    ("trials", "say"),
                    vec![signer],
                    vec![
                        encode(&number),
                        encode(&vec![1u8; usize::try_from(minor % 5_000).unwrap()]),
                    ],
                ),
                _ => (
                    ("pvp", "exchange"),
                    vec![signer, second],
                    vec![code(usd()), encode(&minor), code(jpy()), encode(&1u128)],
                ),
            };
            Call {
                module: Text::new(function.0).unwrap(),
                function: Text::new(function.1).unwrap(),
                types: Vec::new(),
                holders: with_caps(&signers),
                signers,
                arguments,
                gas_limit: 2_000_000,
                records: 8,
                until,
                ..call
            }
        })
}

fn arbitrary_calls(mut runner: proptest::test_runner::TestRunner) {
    let (world, _) = network(1_000);
    let call = prop_oneof![1 => any_call(&world).boxed(), 3 => formed_call(&world).boxed()];
    let drawn = prop::collection::vec((0..3usize, call, 0..8u8), 1..8);
    let applied = std::cell::RefCell::new(std::collections::BTreeMap::<String, u32>::new());
    runner
        .run(&drawn, |drawn| {
            let mut world = world.clone();
            for half in drawn.chunks(4) {
                let mut commands = Vec::new();
                for (sender, call, wrong) in half {
                    let sender = bank(*sender);
                    let function = call.function.get().to_owned();
                    let mut invoke = world.cleared_call(&sender, call.clone());
                    if *wrong == 0 {
                        invoke.gates.reverse();
                        invoke.consents.pop();
                    }
                    let command = world.sign(&sender.settlement(), Command::Invoke(invoke));
                    commands.push((function, command));
                }
                let (names, commands): (Vec<_>, Vec<_>) = commands.into_iter().unzip();
                let before = world.state.clone();
                // `World::block` recounts I1 after it.
                let set = world.block(&commands);
                sound(&before, &set, &commands);
                for (name, receipt) in names.iter().zip(&set.receipts) {
                    if receipt.outcome == Outcome::Applied(Effect::Invoked) {
                        *applied.borrow_mut().entry(name.clone()).or_default() += 1;
                    }
                }
            }
            Ok(())
        })
        .unwrap();
    for name in ["keep", "give", "give_part", "take_twice", "open_from_account", "exchange"] {
        assert!(applied.borrow().contains_key(name), "{name} never came to its end");
    }
}

#[test]
fn v10_i1_arbitrary_calls_never_fault() {
    arbitrary_calls(same_every_time(CASES / 4));
}

#[test]
fn v10_i1_arbitrary_calls_never_fault_soak() {
    arbitrary_calls(another_every_time(SOAK_CASES));
}

#[test]
fn v6_arbitrary_modules_never_fault() {
    let mut world = World::found(genesis());
    publish(&mut world);
    let good = bundle(2, &["trials"]).modules.remove(0);
    let at = address(2);
    let contract = AccountId::new([0xc0; 32]);
    let drawn = (
        prop::sample::select(vec![at, contract]),
        any::<prop::sample::Index>(),
        any::<u8>(),
        prop::option::of(any::<prop::sample::Index>()),
    );
    same_every_time(CASES / 4)
        .run(&drawn, |(address, place, byte, cut)| {
            let mut world = world.clone();
            let mut bytes = good.clone();
            let place = place.index(bytes.len());
            bytes[place] ^= byte;
            if let Some(cut) = cut {
                bytes.truncate(cut.index(good.len()));
            }
            let commands =
                world.decide(Action::PublishModules(Bundle { address, modules: vec![bytes] }));
            let before = world.state.clone();
            let set = world.block(&commands);
            sound(&before, &set, &commands);
            let last = set.receipts.last().unwrap();
            let refused = last.outcome == Outcome::Refused(Refusal::ModuleRefused);
            assert!(!refused || last.run.as_ref().is_some_and(|run| run.status > 0));
            Ok(())
        })
        .unwrap();
}
