//! Blocks of which validators set commands aside (D13, D14).

use ledger_core::{
    block::{Block, ValidBlock},
    digest::Hash32,
    id::{CommandId, Text},
    money::Money,
    quarantine::{Quarantine, QuarantineError, SignedQuarantine},
    record::{Name, Record},
    signature::MemorySigner,
    testing::{Bank, World, genesis, governing::validator, usd},
    time::Height,
};

use crate::{Store, StoreError};

/// A network whose validators sign here, and a block with two commands that is not executed yet.
fn network() -> (World, Block, Vec<CommandId>) {
    let mut genesis = genesis();
    genesis.validators = (1..=4).map(validator).collect();
    genesis.validators.sort_by_key(|validator| validator.identity);
    let mut world = World::found(genesis);
    world.open_reserves();
    let bank = Bank::new("BANKA");
    world.admit(&bank);
    world.fund(&bank, Money::new(usd(), 100));
    let commands = [world.anchor(&bank, Hash32::ZERO), world.anchor(&bank, Hash32::MAX)];
    let ids = commands.iter().map(|command| command.body.id()).collect();
    (world.clone(), world.propose_block(world.next_time(), &commands), ids)
}

fn signed(block: &Block, command: CommandId, validators: u8) -> SignedQuarantine {
    let value = Quarantine {
        chain: block.header.chain,
        height: block.header.height,
        block: block.header.digest(),
        commands: vec![command],
        reference: Text::new("CASE-1").unwrap(),
    };
    let one = |n| SignedQuarantine::new(value.clone(), &MemorySigner::new(&[n; 32])).unwrap();
    (2..=validators).fold(one(1), |so_far, n| so_far.joined(&one(n)).unwrap())
}

/// A store that has executed all but the last block.
fn stored(world: &World) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    super::catch_up(&mut store, world, super::top(world));
    (folder, store)
}

fn valid(world: &World, block: &Block) -> ValidBlock {
    world.validate(block)
}

#[test]
fn d13_a_store_executes_a_block_as_its_validators_set_it_aside_and_opens_with_it() {
    let (world, block, ids) = network();
    let (folder, mut store) = stored(&world);
    let aside = signed(&block, ids[1], 3);
    store.set_aside(vec![aside.clone()]).unwrap();
    let results = store.execute(&valid(&world, &block)).unwrap();
    let (_other, mut plain) = stored(&world);
    assert_ne!(plain.execute(&valid(&world, &block)).unwrap(), results, "it is in the roots");
    store.sync().unwrap();
    drop(store);
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    let kept = store.view().record(&Name::Quarantine(block.header.height)).unwrap();
    assert_eq!(kept, Some(Record::Quarantine(Box::new(aside.clone()))));
    assert_eq!(store.results_at(block.header.height).unwrap(), Some(results));
    // Who was given the file still is given it when it starts again, perhaps with more signatures.
    store.set_aside(vec![aside]).unwrap();
    store.set_aside(vec![signed(&block, ids[1], 4)]).unwrap();
    let height = block.header.height;
    let other = store.set_aside(vec![signed(&block, ids[0], 3)]);
    assert_eq!(other, Err(StoreError::NotSetAside { height }));
}

#[test]
fn d13_what_was_executed_whole_is_not_set_aside_afterwards() {
    let (world, block, ids) = network();
    let (_folder, mut store) = stored(&world);
    store.execute(&valid(&world, &block)).unwrap();
    let late = store.set_aside(vec![signed(&block, ids[0], 4)]);
    assert_eq!(late, Err(StoreError::NotSetAside { height: block.header.height }));
}

#[test]
fn d13_a_store_with_a_statement_that_does_not_act_executes_nothing() {
    let (world, block, ids) = network();
    let height = block.header.height;
    let (_folder, mut store) = stored(&world);
    store.set_aside(vec![signed(&block, ids[0], 2)]).unwrap();
    let error = QuarantineError::TooFew { signed: 2, needed: 3 };
    let refused = store.execute(&valid(&world, &block));
    assert_eq!(refused, Err(StoreError::Aside { height, error }));
    assert_eq!(store.applied().height, Height::new(height.get() - 1));
    let twice = store.set_aside(vec![signed(&block, ids[0], 3)]);
    assert_eq!(twice, Err(StoreError::Aside { height, error: QuarantineError::Different }));
}

#[test]
fn i2_what_stands_behind_a_currency_is_what_a_mint_is_checked_against() {
    let (world, ..) = network();
    let (_folder, store) = stored(&world);
    let backing = store.view().backing().unwrap();
    let of = |code| backing.iter().find(|of| of.currency == code).copied().unwrap();
    let dollars = of(usd());
    // All that was minted was paid in before.
    assert_eq!(dollars.coverage, Some(10_000));
    let reserve = world.reserve_record(usd());
    let attested = reserve.books.attested.as_ref().unwrap().0.as_of;
    let age = world.now().get() - attested.get();
    let limit = world.genesis.limits.attestation_max_age_ms;
    // The last millisecond in which it counts is that of its greatest age.
    let left = dollars.fresh_ms.unwrap();
    assert!(left <= limit - age && left + 1_000 > limit - age, "{left} of {limit} less {age}");
    assert!(backing.iter().all(|of| of.currency == usd() || of.coverage.is_none()));
}
