//! Duplicates, windows of command ids, swept slots, and I8: the same blocks give the same bytes.

use std::num::NonZeroUsize;

use crate::{
    bulk::BulkMode,
    command::{Action, Command, SignedCommand},
    digest::Hash32,
    execute::execute,
    limits::MAX_WINDOWS_SWEPT,
    money::Money,
    parallel::use_threads,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    state::State,
    testing::{BLOCK_MS, Bank, LIMITS, World, commands::entry_id, usd},
    tests::faults::lasting,
    time::Height,
};

#[test]
fn i9_the_same_command_again_gives_no_second_receipt() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, Money::new(usd(), 10));
    let command = world.transfer(&a, &b, &payment);
    let set = world.block(&[command.clone(), command.clone()]);
    assert_eq!(set.receipts.len(), 1);
    assert_eq!(set.lists.ids, [command.body.id()]);
    // In a later block: still the same command.
    let before = lasting(&world.state);
    let set = world.block(std::slice::from_ref(&command));
    assert!(set.receipts.is_empty() && set.lists.ids.is_empty());
    assert_eq!(lasting(&world.state), before);
    assert_eq!(world.available(&a, usd()), 990);
    // The same wish under a new nonce is a new command; the leg refuses it.
    let fresh = world.sign(&a.settlement(), command.body.command);
    assert_eq!(world.run(&fresh), Outcome::Refused(Refusal::LegUsed));
}

#[test]
fn i9_a_refused_command_is_remembered_too() {
    let (mut world, [a, b, _]) = World::funded(10);
    let payment = world.payment(&a, &b, Money::new(usd(), 11));
    let command = world.transfer(&a, &b, &payment);
    assert_eq!(world.run(&command), Outcome::Refused(Refusal::InsufficientFunds));
    world.fund(&a, Money::new(usd(), 1));
    assert!(world.block(&[command]).receipts.is_empty());
}

#[test]
fn i9_ids_are_remembered_exactly_until_no_block_could_hold_them() {
    let (mut world, [a, ..]) = World::running();
    let command = world.standing(&a, a.party(1));
    let (id, expires) = (command.body.id(), command.body.expires);
    let height = world.block(&[command]).header.height;
    let has_window = |world: &World| world.record(&Name::Window(height)).is_some();
    world.block_at(crate::time::LedgerTime::new(expires.get() - 1), &[]);
    assert!(world.state.has_seen(&id) && has_window(&world));
    world.block_at(expires, &[]);
    assert!(!world.state.has_seen(&id) && !has_window(&world));
}

#[test]
fn i9_a_blocks_ids_are_remembered_until_the_last_of_its_commands_expires() {
    for brief_first in [false, true] {
        let (mut world, [a, ..]) = World::running();
        let long = world.standing(&a, a.party(1));
        let (id, expires) = (long.body.id(), long.body.expires);
        let mut brief = world.standing(&a, a.party(2)).body;
        brief.expires = world.next_time().after(1);
        let brief = crate::testing::commands::sign(brief, &[&a.compliance()]);
        world.apply_all(&if brief_first { [brief, long] } else { [long, brief] });
        world.block_at(crate::time::LedgerTime::new(expires.get() - 1), &[]);
        assert!(world.state.has_seen(&id), "{brief_first}");
        world.block_at(expires, &[]);
        assert!(!world.state.has_seen(&id), "{brief_first}");
    }
}

#[test]
fn i11_swept_slots_are_used_again_the_last_freed_first() {
    let (mut world, [a, ..]) = World::running();
    let slots = |world: &World| world.sets.last().unwrap().head().slots;
    for _ in 0..5 {
        let command = world.standing(&a, a.party(1));
        world.apply(&command);
    }
    let full = slots(&world);
    let later = world.now().after(LIMITS.command_ttl_ms);
    let set = world.block_at(later, &[]);
    assert!(set.lists.swept.len() > 5 && set.head().free.is_some());
    assert_eq!(set.head().slots, full, "slots are never given back, only used again");
    let freed = set.lists.swept.len() as u64;
    for number in 0..freed - 1 {
        // Two new records per block: a customer and the block's window.
        if number % 2 == 0 {
            let command = world.standing(&a, a.party(100 + number as u8));
            world.apply(&command);
        }
    }
    assert_eq!(slots(&world), full, "freed slots were used first");
}

#[test]
fn i8_a_long_idle_network_sweeps_a_bounded_number_per_block() {
    let (mut world, [a, ..]) = World::running();
    for _ in 0..MAX_WINDOWS_SWEPT + 10 {
        let command = world.standing(&a, a.party(1));
        world.block_at(world.now().after(1), &[command]);
    }
    let later = world.now().after(LIMITS.command_ttl_ms);
    let first = world.block_at(later, &[]);
    assert_eq!(first.lists.swept.len(), MAX_WINDOWS_SWEPT);
    let second = world.block(&[]);
    assert!(!second.lists.swept.is_empty() && second.lists.swept.len() < MAX_WINDOWS_SWEPT);
    assert!(world.block(&[]).lists.swept.is_empty());
    let windows = world.state.records().filter(|r| matches!(r, Record::Window(_))).count();
    assert_eq!(windows, 0);
}

/// A redemption that is paid and burned, or that is paid and waits, and one that is taken back.
fn redeem(world: &mut World, bank: &Bank, burned: bool) {
    let money = Money::new(usd(), 3);
    let [paid, withdrawn] = [world.preburn(bank, money), world.preburn(bank, money)];
    let redemption = paid.body.id();
    let cancel = world.cancel_redemption(bank, withdrawn.body.id());
    let payout = world.payout_to(bank, money, &redemption);
    let record = world.record_entry(&payout);
    world.apply_all(&[paid, withdrawn, record, cancel]);
    let anchors = [1, 2].map(|root| world.anchor(bank, Hash32::new([root; 32])));
    world.apply_all(&anchors);
    let mut decisions = world.treasure(Action::InstructPayout { redemption }).to_vec();
    if burned {
        let entry = entry_id(&payout);
        decisions.extend(world.treasure(Action::ConfirmPayout { redemption, entry }));
    }
    world.apply_all(&decisions);
}

/// A life with every kind of command, refusals, an idle stretch and swept windows.
pub(super) fn busy() -> World {
    let (mut world, [a, b, c]) = World::funded(1_000);
    for round in 0..4u128 {
        let first = world.payment(&a, &b, Money::new(usd(), 10 + round));
        let second = world.payment(&b, &c, Money::new(usd(), 20 + round));
        let third = world.payment(&c, &a, Money::new(usd(), 5_000));
        let commands: Vec<SignedCommand> = vec![
            world.hold(&a, &first),
            world.transfer(&b, &c, &second),
            world.transfer(&c, &a, &third),
        ];
        world.block(&commands);
        let finish =
            if round % 2 == 0 { world.post(&b, &b, &first) } else { world.close(&a, &first.leg) };
        let standing = world.standing(&c, c.party(40 + round as u8));
        world.block(&[finish, standing, commands[0].clone()]);
        world.block(&[]);
        if round == 1 {
            let later = world.now().after(LIMITS.command_ttl_ms + BLOCK_MS);
            world.block_at(later, &[]);
        }
        world.fund(&b, Money::new(usd(), 7));
        redeem(&mut world, &b, round % 2 == 0);
    }
    world
}

#[test]
fn i8_the_same_blocks_give_the_same_bytes() {
    let world = busy();
    let (mut state, set) = State::genesis(&world.genesis).unwrap();
    assert_eq!(set.results, world.sets[0].results);
    for (block, first) in world.blocks.iter().zip(&world.sets[1..]) {
        // Once validated, once taken as finalized: the same either way.
        let valid = block.accept_finalized(state.header()).unwrap();
        let set = execute(&state, &valid);
        assert_eq!(set.results, first.results, "at {}", first.header.height);
        assert_eq!(set.receipts, first.receipts);
        assert_eq!(set.slots(), first.slots());
        assert_eq!(set.lists.logs, first.lists.logs);
        state.apply(&set);
    }
    assert_eq!(state.results(), world.state.results());
}

#[test]
fn i8_the_number_of_threads_changes_nothing() {
    let (mut world, [a, b, _]) = World::funded(10_000);
    let groups = world.groups(&a, usd(), &[(b, &[1; 5_000])]);
    let bulk = world.bulk(&a, BulkMode::Each, usd(), groups);
    let command = world.sign(&a.settlement(), Command::Bulk(bulk));
    let block = world.propose_block(world.next_time(), &[command]);
    let valid = world.validate(&block);
    let with = |threads| {
        use_threads(NonZeroUsize::new(threads).unwrap());
        execute(&world.state, &valid)
    };
    let one = with(1);
    assert!(one.receipts.iter().all(|receipt| matches!(receipt.outcome, Outcome::Applied(_))));
    assert_eq!(one.receipts.len(), 5_000);
    for threads in [2, 3, 8] {
        let several = with(threads);
        assert_eq!(several.results, one.results, "{threads} threads");
        assert_eq!(several.slots(), one.slots());
        assert_eq!(several.lists.logs, one.lists.logs);
    }
}

#[test]
fn i8_execution_does_not_touch_the_state_it_reads() {
    let (mut world, [a, b, _]) = World::funded(100);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    let command = world.transfer(&a, &b, &payment);
    let block = world.propose_block(world.next_time(), &[command]);
    let valid = world.validate(&block);
    let (before, results) = (lasting(&world.state), *world.state.results());
    let (one, two) = (execute(&world.state, &valid), execute(&world.state, &valid));
    assert_eq!(one.results, two.results);
    assert_eq!((lasting(&world.state), *world.state.results()), (before, results));
    assert_eq!(world.state.header().height, Height::new(one.header.height.get() - 1));
}

#[test]
fn w8_the_blinding_secret_moves_with_fresh_commands_only() {
    let (mut world, [a, ..]) = World::running();
    let secret = |world: &World| world.state.chain_record().blinding;
    let before = secret(&world);
    assert_eq!(world.block(&[]).blinding, before);
    let command = world.standing(&a, a.party(1));
    let after = world.block(std::slice::from_ref(&command)).blinding;
    assert_ne!(after, before);
    assert_eq!(world.block(&[command]).blinding, after, "a duplicate adds nothing");
    assert_eq!(secret(&world), after);
}

#[test]
fn w8_no_two_leaves_ever_share_a_salt() {
    let world = busy();
    let mut salts = std::collections::BTreeSet::new();
    for set in &world.sets {
        for stored in set.slots().values() {
            assert!(salts.insert(stored.salt), "a slot at {}", set.header.height);
        }
        for row in &set.lists.logs {
            assert!(salts.insert(row.salt), "a list at {}", set.header.height);
        }
        for receipt in &set.receipts {
            let usage = crate::journal::SaltUse::Receipt(receipt.height, receipt.index);
            assert!(salts.insert(usage.salt(&set.blinding)), "a receipt at {}", receipt.height);
        }
    }
}

#[test]
fn i9_commands_of_one_block_see_what_the_earlier_ones_did() {
    let (mut world, [a, b, c]) = World::funded(100);
    let (first, second) = (
        world.payment(&a, &b, Money::new(usd(), 100)),
        world.payment(&b, &c, Money::new(usd(), 200)),
    );
    let commands = [world.transfer(&a, &b, &first), world.transfer(&b, &c, &second)];
    let outcomes: Vec<_> = world.block(&commands).receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Applied(Effect::Settled); 2]);
    assert_eq!([a, b, c].map(|bank| world.available(&bank, usd())), [0, 0, 300]);
}
