//! Whose turn it is: two requests that may be about the same payment never meet half-way.
//!
//! # Place      intake, inbox, recalls, quotes -> [turns] -> the store
//! # Invariants P3 while one has the payments of a UETR, no other has them, nor has anybody all
//! # Absent     turns among processes: a gateway is one

use std::collections::BTreeSet;

use ledger_core::{digest::Hash32, id::Uetr};
use tokio::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// UETRs are spread over so many lanes; those of one lane wait for each other.
const LANES: u8 = 64;

/// Turns of one gateway.
#[derive(Debug)]
pub struct Turns {
    all: RwLock<()>,
    lanes: Vec<Mutex<()>>,
}

/// A turn with the payments of one UETR.
#[derive(Debug)]
pub struct Turn<'a> {
    _lanes: Vec<MutexGuard<'a, ()>>,
    _all: RwLockReadGuard<'a, ()>,
}

fn lane(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |lane, byte| lane ^ byte) % LANES
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: RwLock::default(), lanes: (0..LANES).map(|_| Mutex::default()).collect() }
    }
}

impl Turns {
    /// Waits until nobody else has the payments of this UETR.
    pub async fn one(&self, uetr: &Uetr) -> Turn<'_> {
        self.lanes_of([lane(uetr.get())].into()).await
    }

    /// The same, and until nobody else has those that may be this one under another UETR (P13).
    pub async fn one_of(&self, uetr: &Uetr, twin: &Hash32) -> Turn<'_> {
        self.lanes_of([lane(uetr.get()), lane(twin.get())].into()).await
    }

    /// In the order of their numbers, so that no two wait for each other.
    async fn lanes_of(&self, numbers: BTreeSet<u8>) -> Turn<'_> {
        let _all = self.all.read().await;
        let mut _lanes = Vec::new();
        for lane in numbers.into_iter().filter_map(|number| self.lanes.get(usize::from(number))) {
            _lanes.push(lane.lock().await);
        }
        Turn { _lanes, _all }
    }

    /// Waits until nobody else has any payment.
    pub async fn all(&self) -> RwLockWriteGuard<'_, ()> {
        self.all.write().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn p3_a_uetr_is_had_by_one_at_a_time_and_all_by_nobody_beside_one() {
        let turns = Turns::default();
        let soon = Duration::from_millis(20);
        let (this, other) = (
            Uetr::new([1; 16]),
            Uetr::new([[0; 15].as_slice(), &[1]].concat().try_into().unwrap()),
        );
        let turn = turns.one(&this).await;
        assert!(timeout(soon, turns.one(&this)).await.is_err());
        assert!(timeout(soon, turns.all()).await.is_err());
        drop(timeout(soon, turns.one(&other)).await.expect("another UETR does not wait"));
        let twin = Hash32::new([[0; 31].as_slice(), &[1]].concat().try_into().unwrap());
        assert!(timeout(soon, turns.one_of(&this, &twin)).await.is_err());
        drop(turn);
        let both = turns.one_of(&this, &twin).await;
        assert!(timeout(soon, turns.one(&other)).await.is_err(), "of the twin's lane");
        drop(both);
        let all = timeout(soon, turns.all()).await.unwrap();
        assert!(timeout(soon, turns.one(&other)).await.is_err());
        drop(all);
        assert!(timeout(soon, turns.one(&this)).await.is_ok());
    }
}
