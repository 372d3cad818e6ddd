//! Where keys stand, in their order.
//!
//! Keys are hashes, so that their first bits spread them evenly over buckets, each a short sorted
//! list: looking a key up touches two or three lines of memory, where a search tree over millions
//! touches twenty. Whoever makes keys that begin alike makes one bucket long, and pays more for
//! each of them than it costs to find its place.
//!
//! # Place      under `state`, which changes it after each block and rebuilds it at a start
//! # Invariants no key stands in two slots
//! # Absent     what is in the slots

use crate::{parallel::in_parts, record::Key};

/// Keys in a bucket, about, until there are [`MOST_BITS`].
const KEYS_IN_BUCKET: usize = 16;
/// Bits of a key by which it finds its bucket, at most.
const MOST_BITS: u32 = 20;

type Bucket = Vec<(Key, u64)>;

/// Slots by key.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// One for each value of a key's first bits, in order.
    buckets: Vec<Bucket>,
    bits: u32,
    count: usize,
}

impl Keys {
    /// One key.
    pub(super) fn one(key: Key, slot: u64) -> Self {
        Self { buckets: vec![vec![(key, slot)]], bits: 0, count: 1 }
    }

    /// These keys; `None` when one of them occurs twice.
    pub(super) fn all(keys: &[(Key, u64)]) -> Option<Self> {
        let bits = (0..MOST_BITS).find(|bits| keys.len() <= room(*bits)).unwrap_or(MOST_BITS);
        let mut buckets: Vec<Bucket> = vec![Vec::new(); 1 << bits];
        for entry in keys {
            buckets.get_mut(bucket_of(&entry.0, bits))?.push(*entry);
        }
        let sorted = |part: &[Bucket]| {
            let sorted = part.iter().cloned().map(|mut bucket| {
                bucket.sort_unstable();
                bucket
            });
            sorted.collect()
        };
        let buckets = in_parts(&buckets, sorted);
        let twice = |bucket: &Bucket| {
            bucket.windows(2).any(|two| two.first().map(key_of) == two.last().map(key_of))
        };
        (!buckets.iter().any(twice)).then_some(Self { buckets, bits, count: keys.len() })
    }

    /// Where a key stands.
    pub(super) fn get(&self, key: &Key) -> Option<u64> {
        let bucket = self.buckets.get(bucket_of(key, self.bits))?;
        let at = bucket.binary_search_by(|(found, _)| found.cmp(key)).ok()?;
        bucket.get(at).map(|(_, slot)| *slot)
    }

    /// Keys that are not above this one, and where they stand, the greatest first.
    pub(super) fn down_from(&self, key: &Key) -> impl Iterator<Item = (Key, u64)> {
        let at = bucket_of(key, self.bits);
        let own = self.buckets.get(at).map_or(&[][..], Vec::as_slice);
        let own = own.get(..own.partition_point(|(found, _)| found <= key)).unwrap_or(&[]);
        let lower = self.buckets.get(..at).unwrap_or(&[]).iter().rev();
        own.iter().rev().chain(lower.flat_map(|bucket| bucket.iter().rev())).copied()
    }

    /// The greatest key below this one, and where it stands.
    pub(super) fn below(&self, key: &Key) -> Option<(Key, u64)> {
        self.down_from(key).find(|(found, _)| found < key)
    }

    /// Sets where a key stands.
    pub(super) fn insert(&mut self, key: Key, slot: u64) {
        if self.count >= room(self.bits) && self.bits < MOST_BITS {
            self.widen();
        }
        let Some(bucket) = self.buckets.get_mut(bucket_of(&key, self.bits)) else { return };
        match bucket.binary_search_by(|(found, _)| found.cmp(&key)) {
            Ok(at) => {
                if let Some(entry) = bucket.get_mut(at) {
                    entry.1 = slot;
                }
            }
            Err(at) => {
                bucket.insert(at, (key, slot));
                self.count = self.count.saturating_add(1);
            }
        }
    }

    /// Forgets a key.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(bucket) = self.buckets.get_mut(bucket_of(key, self.bits)) else { return };
        if let Ok(at) = bucket.binary_search_by(|(found, _)| found.cmp(key)) {
            bucket.remove(at);
            self.count = self.count.saturating_sub(1);
        }
    }

    /// Makes two buckets of each, in their order.
    fn widen(&mut self) {
        self.bits = self.bits.saturating_add(1);
        let mut wider = Vec::with_capacity(self.buckets.len().saturating_mul(2));
        for mut low in std::mem::take(&mut self.buckets) {
            let split = low.partition_point(|(key, _)| bucket_of(key, self.bits) & 1 == 0);
            let high = low.split_off(split);
            wider.extend([low, high]);
        }
        self.buckets = wider;
    }
}

const fn key_of(entry: &(Key, u64)) -> &Key {
    &entry.0
}

/// Keys for which so many bits are enough.
const fn room(bits: u32) -> usize {
    KEYS_IN_BUCKET << bits
}

/// A key's first bits as a number.
fn bucket_of(key: &Key, bits: u32) -> usize {
    let first = key.get().first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
    let first = first.checked_shr(u32::BITS.saturating_sub(bits)).unwrap_or(0);
    usize::try_from(first).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use rand_core::Rng as _;

    use crate::{digest::Hash32, testing::TestRng};

    /// A key of few that begin alike or of many that do not.
    fn key(rng: &mut TestRng, alike: bool) -> Key {
        let mut bytes = [0; 32];
        let random = rng.next_u64().to_be_bytes();
        bytes[..8].copy_from_slice(&random);
        if alike {
            bytes[..2].copy_from_slice(&[7, 7 + (random[0] & 1)]);
            bytes[2..7].fill(0);
        }
        Hash32::new(bytes)
    }

    #[test]
    fn keys_are_found_as_in_a_search_tree() {
        let mut rng = TestRng::default();
        let mut model = BTreeMap::from([(Hash32::ZERO, 0)]);
        let mut keys = Keys::one(Hash32::ZERO, 0);
        for step in 0..60_000u64 {
            let asked = key(&mut rng, step % 3 == 0);
            match rng.next_u64() % 8 {
                0 => {
                    let gone =
                        model.range(asked..).next().map(|(found, _)| *found).unwrap_or(asked);
                    keys.remove(&gone);
                    model.remove(&gone);
                }
                1 => {
                    let first = model.range(asked..).next().map_or(asked, |(found, _)| *found);
                    keys.insert(first, step);
                    model.insert(first, step);
                }
                _ => {
                    keys.insert(asked, step);
                    model.insert(asked, step);
                }
            }
            let below = model.range(..asked).next_back().map(|(found, slot)| (*found, *slot));
            assert_eq!((keys.get(&asked), keys.below(&asked)), (model.get(&asked).copied(), below));
        }
        assert!(keys.bits > 8 && model.len() > 20_000);
        let listed: Vec<_> = model.iter().map(|(found, slot)| (*found, *slot)).collect();
        assert!(keys.down_from(&Hash32::MAX).eq(listed.iter().rev().copied()));
        let mut again = Keys::all(&listed.iter().rev().copied().collect::<Vec<_>>()).unwrap();
        assert!(again.down_from(&Hash32::MAX).eq(listed.iter().rev().copied()));
        assert_eq!(again.count, keys.count);
        for (found, _) in &listed {
            again.remove(found);
        }
        assert_eq!((again.count, again.down_from(&Hash32::MAX).next()), (0, None));
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused() {
        let mut rng = TestRng::default();
        let mut all: Vec<_> = (0..500).map(|slot| (key(&mut rng, false), slot)).collect();
        assert!(Keys::all(&all).is_some());
        all.push((all[17].0, 500));
        assert!(Keys::all(&all).is_none());
    }
}
