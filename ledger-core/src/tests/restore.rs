//! I11: what is under the root is enough; what is damaged is refused.

use crate::{
    digest::Hash32,
    execute::execute,
    id::CommandId,
    journal::LogName,
    merkle::Frontier,
    proof::SlotContent,
    state::{RestoreError, Restored, State},
    testing::{World, usd},
    tests::{faults::lasting, replay::busy},
    time::Height,
};

#[test]
fn i8_i11_a_state_restored_at_any_height_goes_on_to_the_same_roots() {
    let world = busy();
    for at in 0..world.sets.len() {
        let height = Height::new(at as u64);
        let mut state = State::restore(world.kept(height)).unwrap();
        for (block, first) in world.blocks[at..].iter().zip(&world.sets[at + 1..]) {
            let set = execute(&state, &block.accept_finalized(state.header()).unwrap());
            assert_eq!(set.results, first.results, "restored at {at}");
            assert_eq!(set.receipts, first.receipts);
            assert_eq!(set.lists.swept, first.lists.swept);
            state.apply(&set);
        }
        assert_eq!(state.results(), world.state.results());
        assert_eq!(state.header(), world.state.header());
        assert_eq!(lasting(&state), lasting(&world.state));
        for set in &world.sets {
            for id in &set.lists.ids {
                assert_eq!(state.has_seen(id), world.state.has_seen(id));
            }
            for log in set.lists.frontiers.keys() {
                assert_eq!(state.frontier(log), world.state.frontier(log));
            }
        }
    }
}

fn kept(world: &World) -> Restored {
    world.kept(world.state.header().height)
}

#[test]
fn i11_every_damaged_piece_is_refused() {
    let world = busy();
    type Damage = fn(&mut Restored);
    let rows: Vec<(&str, Damage, RestoreError)> = vec![
        (
            "a record",
            |k| {
                let used = |content: &SlotContent| matches!(content, SlotContent::Used { .. });
                let at = k.slots.iter().rposition(|s| used(&s.content)).unwrap();
                let content = std::sync::Arc::make_mut(&mut k.slots[at].content);
                if let SlotContent::Used { next, .. } = content {
                    *next = Hash32::ZERO;
                }
            },
            RestoreError::StateRoot,
        ),
        ("a salt", |k| k.slots[3].salt = Hash32::ZERO, RestoreError::StateRoot),
        (
            "a slot too few",
            |k| {
                k.slots.pop();
            },
            RestoreError::StateRoot,
        ),
        ("a slot too many", |k| k.slots.push(k.slots[0].clone()), RestoreError::StateRoot),
        ("two slots exchanged", |k| k.slots.swap(1, 2), RestoreError::StateRoot),
        ("the free list", |k| k.free = Some(7), RestoreError::StateRoot),
        ("nothing at all", |k| k.slots.clear(), RestoreError::StateRoot),
        ("the state root", |k| k.results.state_root = Hash32::ZERO, RestoreError::StateRoot),
        (
            "a block of the history",
            |k| k.history[2].digest = Hash32::ZERO,
            RestoreError::HistoryRoot,
        ),
        (
            "a block too few",
            |k| {
                k.history.pop();
            },
            RestoreError::HistoryRoot,
        ),
        ("no history", |k| k.history.clear(), RestoreError::HistoryRoot),
        ("the header", |k| k.header.time = k.header.time.after(1), RestoreError::Header),
        (
            "the height of the results",
            |k| {
                k.results.height = Height::new(1);
            },
            RestoreError::Header,
        ),
        (
            "a list's right edge",
            |k| {
                let edge = k.frontiers.get_mut(&LogName::Currency(usd())).unwrap();
                edge.push(Hash32::ZERO);
            },
            RestoreError::List,
        ),
        (
            "a list missing",
            |k| {
                k.frontiers.remove(&LogName::Currency(usd()));
            },
            RestoreError::List,
        ),
        (
            "a list of nobody",
            |k| {
                let log = LogName::Account(crate::id::AccountId::new([9; 32]));
                let mut edge = Frontier::default();
                edge.push(Hash32::ZERO);
                k.frontiers.insert(log, edge);
            },
            RestoreError::List,
        ),
        (
            "a window's id",
            |k| {
                let ids = k.windows.values_mut().next_back().unwrap();
                ids[0] = CommandId::new([0; 32]);
            },
            RestoreError::List,
        ),
        (
            "a window missing",
            |k| {
                k.windows.pop_last();
            },
            RestoreError::List,
        ),
        (
            "a window too many",
            |k| {
                k.windows.insert(Height::new(999), vec![CommandId::new([0; 32])]);
            },
            RestoreError::List,
        ),
    ];
    assert!(State::restore(kept(&world)).is_ok());
    for (what, damage, expected) in rows {
        let mut damaged = kept(&world);
        damage(&mut damaged);
        assert_eq!(State::restore(damaged).err(), Some(expected), "{what}");
    }
}

#[test]
fn i11_a_right_edge_that_only_looks_right_is_refused() {
    let world = busy();
    let mut damaged = kept(&world);
    let log = LogName::Currency(usd());
    let edge = damaged.frontiers[&log].clone();
    assert!(!edge.head().count.is_power_of_two());
    // Same count and root, but one peak instead of several: the next entry would go wrong.
    let bytes = crate::codec::encode(&(edge.head().count, vec![edge.head().root]));
    let forged: Frontier = crate::codec::decode(&bytes, 1_000).unwrap();
    assert_eq!(forged.head(), edge.head());
    damaged.frontiers.insert(log, forged);
    assert_eq!(State::restore(damaged).err(), Some(RestoreError::List));
}

#[test]
fn i11_every_byte_of_every_kept_slot_matters() {
    let world = busy();
    let good = kept(&world);
    for slot in (0..good.slots.len()).step_by(3) {
        let bytes = crate::codec::encode(&good.slots[slot]);
        for at in (0..bytes.len()).step_by(17) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            let Ok(stored) = crate::codec::decode(&changed, 100_000) else { continue };
            let mut damaged = good.clone();
            damaged.slots[slot] = stored;
            assert!(State::restore(damaged).is_err(), "slot {slot}, byte {at}");
        }
    }
}
