//! The healthy case.

use bytes::Bytes;
use commonware_codec::Decode as _;
use commonware_consensus::simplex::types::Finalization;
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_parallel::Sequential;
use consensus::committee::{Scheme, verifier};

use crate::cluster::{Cluster, simulate};

const ALL: [usize; 4] = [0, 1, 2, 3];

#[test]
fn c1_submitted_commands_are_executed_exactly_once_by_everybody() {
    simulate(1, |mut cluster| async move {
        cluster.start_all();
        cluster.wait_height(&ALL, 2).await;
        let mut ids = Vec::new();
        for number in 0..40 {
            ids.push(cluster.submit(usize::try_from(number % 4).unwrap(), number));
            cluster.sleep(number % 7 * 30).await;
        }
        let count = ids.len();
        cluster
            .wait(30, "execution", |c| c.ledgers.iter().all(|l| l.commands().len() == count))
            .await;
        cluster.check_agreement();
        for ledger in &cluster.ledgers {
            let commands = ledger.commands();
            assert!(ids.iter().all(|id| commands.contains(id)));
        }
        cluster
            .wait(5, "empty pools", |c| {
                c.running.iter().flatten().all(|r| r.shared.intake.is_empty())
            })
            .await;
    });
}

#[test]
fn c3_results_are_declared_within_two_blocks_and_at_once() {
    simulate(2, |mut cluster| async move {
        cluster.start_all();
        // Everybody has led: who starts late may lose its first view.
        cluster.wait_height(&ALL, 8).await;
        for number in 0..20 {
            cluster.submit(0, number);
            cluster.sleep(700).await;
        }
        cluster.wait(30, "execution", |c| c.ledgers[0].commands().len() == 20).await;
        cluster.sleep(2_000).await;
        let state = cluster.ledgers[0].state();
        let mut lags = Vec::new();
        for block in state.blocks.iter().filter(|b| !b.commands.is_empty()) {
            let height = block.header.height;
            let proof = state.blocks.iter().find(|b| b.header.results.height >= height).unwrap();
            lags.push(proof.header.height.get() - height.get());
            let wait = proof.header.time.get() - block.header.time.get();
            assert!(wait < 250, "settled {wait} ms after it was ordered");
        }
        println!("S = h is declared in h + {lags:?}");
        assert!(lags.iter().all(|lag| (1..=2).contains(lag)), "{lags:?}");
    });
}

#[test]
fn an_idle_network_beats_twice_a_second() {
    simulate(3, |mut cluster| async move {
        cluster.start_all();
        cluster.wait_height(&ALL, 4).await;
        let before = cluster.height(0);
        cluster.sleep(20_000).await;
        let blocks = cluster.height(0) - before;
        assert!((36..=41).contains(&blocks), "{blocks} blocks in 20 s");
    });
}

/// Certificates of a validator, checked like a third party would.
pub(crate) fn check_certificates(cluster: &Cluster, index: usize) -> usize {
    let (chain, state) = (cluster.genesis.chain_id(), cluster.ledgers[index].state());
    let first = &state.committee;
    let of_epoch = |epoch: u64| {
        let found = first.from(first.epochs().first(epoch)).unwrap_or_else(|| first.clone());
        verifier(&chain, &found.validators).unwrap()
    };
    for (height, bytes) in &state.certificates {
        let bytes = Bytes::copy_from_slice(bytes);
        let scheme = of_epoch(first.epochs().containing(*height));
        let config = scheme.certificate_codec_config();
        let finalization = Finalization::<Scheme, Digest>::decode_cfg(bytes, &config).unwrap();
        assert!(finalization.verify(&mut rand::rng(), &scheme, &Sequential));
        let block = &state.blocks[usize::try_from(height.get()).unwrap() - 1];
        assert_eq!(finalization.proposal.payload.0, *block.header.digest().get());
    }
    state.certificates.len()
}

#[test]
fn every_executed_block_gets_its_certificate() {
    simulate(4, |mut cluster| async move {
        cluster.start_all();
        cluster.wait_height(&ALL, 10).await;
        for index in ALL {
            let executed = usize::try_from(cluster.height(index)).unwrap();
            let certified = check_certificates(&cluster, index);
            assert!(certified + 1 >= executed, "{certified} of {executed}");
        }
    });
}
