//! Modules are published by decision of the network, verified, linked and compatible with what was there.

use move_like_vm::status::Status;

use crate::{
    command::Action,
    id::AccountId,
    limits::{MAX_BUNDLE_MODULES, MAX_MODULE_BYTES},
    program::{Bundle, ModuleKey},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    testing::{World, genesis, programs::address},
    tests::{
        contracts::{bundle, compiled, network},
        faults::lasting,
    },
};

const OURS: AccountId = AccountId::new([0xc0; 32]);

/// A module of a bank's own, at an address of its own.
fn own(body: &str) -> Bundle {
    let at: String = OURS.to_hex();
    let source = format!("module 0x{at}::own {{ {body} }}");
    Bundle { address: OURS, modules: vec![compiled(&source)] }
}

fn module(world: &World, at: &AccountId, name: &str) -> Option<crate::program::Module> {
    match world.record(&Name::Module(ModuleKey::of(at, name))) {
        Some(Record::Module(found)) => Some((**found).clone()),
        _ => None,
    }
}

/// What the last person's approval says, and the machine's status.
fn published(world: &mut World, bundle: &Bundle) -> (Outcome, Option<u16>) {
    let commands = world.decide(Action::PublishModules(bundle.clone()));
    let receipts = world.block(&commands).receipts;
    assert_eq!(receipts[0].outcome, Outcome::Applied(Effect::Proposed));
    (receipts[1].outcome, receipts[1].run.as_ref().map(|run| run.status))
}

#[test]
fn v6_modules_are_verified_linked_and_kept() {
    let mut world = World::found(genesis());
    let refused =
        |status: Status| (Outcome::Refused(Refusal::ModuleRefused), Some(status.number()));
    let done = (Outcome::Applied(Effect::Executed), Some(Status::Executed.number()));
    // What a module names is not there yet.
    let claim = bundle(2, &["claim"]);
    assert_eq!(published(&mut world, &bundle(2, &["escrow"])), refused(Status::LinkerError));
    assert_eq!(module(&world, &address(2), "escrow"), None);
    assert_eq!(published(&mut world, &claim), done);
    let kept = module(&world, &address(2), "claim").expect("it is there");
    assert_eq!((kept.address, kept.bytes), (address(2), claim.modules[0].clone()));
    assert_eq!(kept.published, world.state.header().height);
    // The same again is a version that keeps all.
    assert_eq!(published(&mut world, &claim), done);
    // Modules stand at their own address, and once.
    let elsewhere = Bundle { address: OURS, ..claim.clone() };
    let wrong = refused(Status::ModuleAddressDoesNotMatchSender);
    assert_eq!(published(&mut world, &elsewhere), wrong);
    let twice =
        Bundle { modules: [claim.modules.clone(), claim.modules.clone()].concat(), ..claim };
    assert_eq!(published(&mut world, &twice), refused(Status::DuplicateModuleName));
    let garbage = Bundle { address: OURS, modules: vec![vec![0; 16]] };
    assert_eq!(published(&mut world, &garbage), refused(Status::BadMagic));
}

#[test]
fn v6_a_new_version_keeps_what_the_old_one_gave() {
    let mut world = World::found(genesis());
    let done = (Outcome::Applied(Effect::Executed), Some(Status::Executed.number()));
    let first = own("struct S has key { n: u64 } public fun f(): u64 { 1 }");
    assert_eq!(published(&mut world, &first), done);
    let more = own("struct S has key { n: u64 } public fun f(): u64 { 2 } public fun g() {}");
    assert_eq!(published(&mut world, &more), done);
    let before = lasting(&world.state).len();
    for body in [
        "struct S has key { n: u64 } public fun g() {}",
        "struct S has key { n: u128 } public fun f(): u64 { 2 } public fun g() {}",
        "struct S has key { n: u64 } public fun f(): u8 { 2 } public fun g() {}",
    ] {
        let status = Status::BackwardIncompatibleModuleUpdate.number();
        let expected = (Outcome::Refused(Refusal::ModuleRefused), Some(status));
        assert_eq!(published(&mut world, &own(body)), expected, "{body}");
    }
    assert_eq!(module(&world, &OURS, "own").unwrap().bytes, more.modules[0]);
    // What was proposed stays; nothing else came.
    assert_eq!(lasting(&world.state).len(), before + 3);
}

#[test]
fn v6_a_bundle_has_bounds() {
    let mut world = World::found(genesis());
    for modules in [
        vec![],
        vec![vec![0]; MAX_BUNDLE_MODULES + 1],
        vec![vec![0; MAX_MODULE_BYTES + 1]],
        vec![vec![0], vec![0; MAX_MODULE_BYTES + 1]],
    ] {
        let bundle = Bundle { address: OURS, modules };
        assert_eq!(published(&mut world, &bundle), (Outcome::Refused(Refusal::OutOfRange), None));
    }
    // What is no module has as many bytes as it may.
    for modules in [vec![vec![0; 16]; MAX_BUNDLE_MODULES], vec![vec![0; MAX_MODULE_BYTES]]] {
        let bundle = Bundle { address: OURS, modules };
        let status = Some(Status::BadMagic.number());
        let expected = (Outcome::Refused(Refusal::ModuleRefused), status);
        assert_eq!(published(&mut world, &bundle), expected);
    }
}

#[test]
fn d4_the_networks_own_modules_stand_at_two_addresses() {
    let at = |first: u8, last: u8| {
        let mut bytes = [0; 32];
        (bytes[0], bytes[31]) = (first, last);
        Bundle { address: AccountId::new(bytes), modules: Vec::new() }.is_standard()
    };
    let rows = [
        (0, 0, false),
        (0, 1, true),
        (0, 2, true),
        (0, 3, false),
        (1, 0, false),
        (1, 1, false),
        (1, 2, false),
    ];
    for (first, last, standard) in rows {
        assert_eq!(at(first, last), standard, "{first} {last}");
    }
}

#[test]
fn v6_d4_members_vote_on_the_networks_own_modules_only() {
    let (mut world, banks) = network(1);
    for bank in &banks {
        world.appoint_admins(bank);
    }
    let executed = Outcome::Applied(Effect::Executed);
    assert_eq!(published(&mut world, &own("public fun f() {}")).0, executed);
    let bundle = bundle(2, &["claim"]);
    let [proposal, approval] = world.decide(Action::PublishModules(bundle));
    world.apply(&proposal);
    let height = module(&world, &address(2), "claim").unwrap().published;
    assert_eq!(world.apply(&approval), Effect::Approved);
    assert_eq!(module(&world, &address(2), "claim").unwrap().published, height);
    let said = world.said(&proposal);
    for bank in banks.iter().take(2) {
        let votes = world.vote(bank, said, true);
        world.apply_all(&votes);
    }
    // The vote that carried it holds the machine's word.
    let carried = world.sets.last().and_then(|set| set.receipts.last()).unwrap();
    assert_eq!(carried.run.as_ref().map(|run| run.status), Some(Status::Executed.number()));
    let published = module(&world, &address(2), "claim").unwrap().published;
    assert_eq!(published, world.state.header().height);
}
