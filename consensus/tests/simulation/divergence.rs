//! A validator whose ledger computes something else than everybody else's.

use consensus::{ExecutorError, StopReason};
use ledger_core::time::Height;

use crate::cluster::simulate;

#[test]
fn c2_a_validator_with_other_roots_stops_itself_and_the_others_go_on() {
    simulate(40, |mut cluster| async move {
        cluster.ledgers[3].state().wrong_from = Some(Height::new(10));
        cluster.start_all();
        cluster.wait(60, "divergence", |c| c.ledgers[3].state().diverged.is_some()).await;
        let reason = cluster.running[3].take().unwrap().handle.await.unwrap();
        let height = cluster.ledgers[3].state().diverged.unwrap();
        assert_eq!(reason, StopReason::Executor(ExecutorError::Diverged { height }));
        // Nothing that contradicts us was executed: the last block is the one before it.
        assert_eq!(cluster.height(3) + 1, height.get());
        let target = cluster.height(0) + 20;
        cluster.wait_height(&[0, 1, 2], target).await;
        let mut same = cluster.ledgers[..3].iter().map(|l| l.state().blocks[9].results);
        let first = same.next().unwrap();
        assert!(same.all(|results| results == first));
        assert_ne!(cluster.ledgers[3].state().blocks[9].results, first);
    });
}
