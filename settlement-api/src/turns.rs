//! Whose turn it is: two requests that may be about the same payment never meet half-way.
//!
//! # Place      intake, inbox, recalls, quotes -> [turns] -> the store
//! # Invariants P3 while one has the payments of a UETR, no other has them, nor has anybody all
//! # Absent     turns among processes: a gateway is one

use ledger_core::id::Uetr;
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
    _lane: Option<MutexGuard<'a, ()>>,
    _all: RwLockReadGuard<'a, ()>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: RwLock::default(), lanes: (0..LANES).map(|_| Mutex::default()).collect() }
    }
}

impl Turns {
    /// Waits until nobody else has the payments of this UETR.
    pub async fn one(&self, uetr: &Uetr) -> Turn<'_> {
        let _all = self.all.read().await;
        let lane = uetr.get().iter().fold(0, |lane, byte| lane ^ byte) % LANES;
        let _lane = match self.lanes.get(usize::from(lane)) {
            Some(lane) => Some(lane.lock().await),
            None => None,
        };
        Turn { _lane, _all }
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
        drop(turn);
        let all = timeout(soon, turns.all()).await.unwrap();
        assert!(timeout(soon, turns.one(&other)).await.is_err());
        drop(all);
        assert!(timeout(soon, turns.one(&this)).await.is_ok());
    }
}
