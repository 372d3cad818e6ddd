//! The store from outside: what comes back after any end, what is refused, what can be proved.

mod aside;
mod behind;
mod committees;
mod damage;
mod legs;
mod lists;
mod migrate;
mod prune;
mod reading;
mod recount;
mod resume;
mod rows;
mod snapshot;

use std::path::Path;

use ledger_core::{
    block::ValidBlock,
    command::VoidReason,
    money::Money,
    state::WriteSet,
    testing::{Bank, LIMITS, World, usd},
    time::Height,
};
use tempfile::TempDir;

use crate::{Store, StoreError};

/// A network with money, payments of every outcome and refusals: some twenty blocks. Command ids
/// are forgotten half way, so that slots are freed and used again.
fn history() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000);
    let [a, b, c] = banks;
    for minor in [1, 2, 3] {
        world.block_at(world.now().after(LIMITS.command_ttl_ms), &[]);
        let dollars = Money::new(usd(), minor);
        let (paid, held, voided) = (
            world.payment(&a, &b, dollars),
            world.payment(&b, &c, dollars),
            world.payment(&a, &c, dollars),
        );
        let commands = [
            world.transfer(&a, &b, &paid),
            world.hold(&b, &held),
            world.hold(&a, &voided),
            world.transfer(&a, &b, &paid),
        ];
        world.block(&commands);
        world.block(&[]);
        let commands = [world.post(&b, &c, &held), world.void(&a, &voided, VoidReason::Withdrawn)];
        world.apply_all(&commands);
    }
    assert!(world.sets.iter().any(|set| !set.lists.swept.is_empty()));
    assert!(world.sets.iter().any(|set| set.head().free.is_some()));
    (world, banks)
}

/// The block of a height, as finalized.
fn block(world: &World, height: u64) -> ValidBlock {
    let at = usize::try_from(height - 1).unwrap();
    world.blocks[at].accept_finalized(world.header(Height::new(height - 1))).unwrap()
}

fn set(world: &World, height: Height) -> &WriteSet {
    &world.sets[usize::try_from(height.get()).unwrap()]
}

fn top(world: &World) -> u64 {
    world.state.header().height.get()
}

/// Executes what the store does not have yet, up to a height.
fn catch_up(store: &mut Store, world: &World, to: u64) {
    for height in store.applied().height.get() + 1..=to {
        let results = store.execute(&block(world, height)).unwrap();
        assert_eq!(results, set(world, Height::new(height)).results);
    }
}

/// A certificate as this crate sees it: some bytes.
fn certificate(height: Height) -> Vec<u8> {
    format!("certificate of {height}").into_bytes()
}

/// A store with all of a world's blocks, each header certified.
fn stored(world: &World) -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    for height in 1..=top(world) {
        catch_up(&mut store, world, height);
        store.certify(Height::new(height), &certificate(Height::new(height))).unwrap();
    }
    (folder, store)
}

/// What [`Store::open`] refuses with.
fn refusal(path: &Path, world: &World) -> StoreError {
    Store::open(path, &world.genesis).err().expect("the store must not open")
}

/// The store is the world as of the height the store is at.
fn assert_is(store: &Store, world: &World) {
    let view = store.view();
    let expected = set(world, store.applied().height);
    assert_eq!(store.applied(), expected.header);
    assert_eq!(view.applied_header().unwrap(), expected.header);
    assert_eq!(*view.ledger.memory().unwrap().state.results(), expected.results);
}

/// Copies the files of a store, as a power cut would leave them.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}
