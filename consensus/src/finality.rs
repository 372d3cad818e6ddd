//! Waiting for a height's own results, and finding out from peers that the height is final.
//!
//! A certificate is sent once, when it is formed. Where all validators are killed at that moment it
//! may have reached only some; a block upon it that declares its results is then certified by those,
//! and the others would wait for ever: too few to finalize it, too few to skip it.
//!
//! # Place      application -> [finality] -> progress board; the engine's archive, which asks peers
//! # Invariants C4 whoever waits for results asks peers for the certificates that may be missing
//! # Absent     checking what peers answer (the archive does)

use commonware_consensus::types::Height as EngineHeight;
use commonware_cryptography::ed25519::PublicKey;
use commonware_macros::select;
use commonware_runtime::Clock;
use commonware_utils::vec::NonEmptyVec;
use ledger_core::time::Height;
use tracing::warn;

use crate::{
    executor::Archive,
    limits::{ASK_PEERS_AFTER, MAX_ASKED},
    progress::Board,
    setup::Setup,
};

/// What this node knows to be final, and whom it asks for more.
#[derive(Clone)]
pub(crate) struct Finality {
    board: Board,
    archive: Archive,
    peers: Option<NonEmptyVec<PublicKey>>,
}

impl Finality {
    /// Of a node.
    pub(crate) fn new(board: Board, archive: Archive, setup: &Setup) -> Self {
        let committee = setup.peers.iter().map(|(peer, _)| peer);
        let others: Vec<PublicKey> = committee.filter(|peer| **peer != setup.me).cloned().collect();
        Self { board, archive, peers: others.try_into().ok() }
    }

    /// Waits until `wanted` is executed here. Whoever declared its results knew a certificate of it
    /// or of a descendant no newer than `newest`, the parent of the declaring block.
    pub(crate) async fn executed<E: Clock>(&self, clock: &E, wanted: Height, newest: Height) {
        loop {
            select! {
                _ = self.board.reached(wanted) => return,
                _ = clock.sleep(ASK_PEERS_AFTER) => self.ask(wanted, newest),
            }
        }
    }

    /// Asks for the certificate of every height from `wanted` to `newest` that is not final here:
    /// one is enough, and a block finalized through a descendant has none.
    fn ask(&self, wanted: Height, newest: Height) {
        let Some(peers) = &self.peers else { return };
        let known = self.board.now().finalized;
        let first = wanted.max(known.next());
        if first > newest || planted!(NeverAsk) {
            // It is final, and being fetched or executed.
            return;
        }
        warn!(%wanted, %known, %newest, "finality.asked");
        for height in (first.get()..=newest.get()).take(MAX_ASKED) {
            self.archive.hint_finalized(EngineHeight::new(height), peers.clone());
        }
    }
}
