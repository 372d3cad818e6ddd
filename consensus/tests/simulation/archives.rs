//! Archives of blocks as older binaries left them, and blocks that were voted on.

use std::{num::NonZeroU64, sync::Arc};

use commonware_cryptography::{Digestible as _, sha256::Digest};
use commonware_runtime::{
    Blob as _, Storage as _, Supervisor as _,
    buffer::paged::{CacheRef, page_size},
    deterministic::Context,
};
use commonware_storage::{
    archive::{Archive as _, Identifier, prunable},
    translator::EightCap,
};
use commonware_utils::NZUsize;
use consensus::{
    application::Stalls,
    block::{OrderedBlock, codec_config},
};

use crate::cluster::{Cluster, simulate};

const ALL: [usize; 4] = [0, 1, 2, 3];

type Archive = prunable::Archive<EightCap, Context, Digest, Arc<OrderedBlock>>;

fn prefix(cluster: &Cluster, index: usize) -> String {
    cluster.secrets[index].identity.public_key().to_hex()[..16].to_owned()
}

/// An archive of a validator, under the names and in the form of one kind of binary.
async fn archive(cluster: &Cluster, index: usize, kept: &str, compression: Option<u8>) -> Archive {
    let part = |part: &str| format!("{}-{kept}-{part}", prefix(cluster, index));
    let buffer = NZUsize!(1 << 16);
    let config = prunable::Config {
        translator: EightCap,
        metadata_partition: part("meta"),
        key_partition: part("key"),
        key_page_cache: CacheRef::new(page_size(4096), NZUsize!(64)),
        value_partition: part("value"),
        compression,
        codec_config: codec_config(),
        items_per_section: NonZeroU64::new(256).unwrap(),
        key_write_buffer: buffer,
        value_write_buffer: buffer,
        replay_buffer: buffer,
    };
    let context = cluster.context.child("test").with_attribute("kept", kept);
    Archive::init(context, config).await.unwrap()
}

/// Turns a stopped validator's archive into an unpacked one, of which the first so many blocks were
/// packed before the node died.
async fn unpack(cluster: &Cluster, index: usize, packed_before: u64) -> u64 {
    let packed = archive(cluster, index, "packed", Some(1)).await;
    let mut unpacked = archive(cluster, index, "block", None).await;
    let (mut blocks, last) = (Vec::new(), packed.last_index().unwrap());
    for height in 1..=last {
        let block = packed.get(Identifier::Index(height)).await.unwrap().unwrap();
        unpacked = unpacked.put(height, block.digest(), &block).await.unwrap();
        blocks.push(block);
    }
    unpacked.sync().await.unwrap();
    drop(packed);
    for part in ["key", "value", "meta"] {
        let partition = format!("{}-packed-{part}", prefix(cluster, index));
        cluster.context.remove(&partition, None).await.unwrap();
    }
    let mut packed = archive(cluster, index, "packed", Some(1)).await;
    assert_eq!(packed.last_index(), None);
    for (height, block) in (1..).zip(&blocks).take(usize::try_from(packed_before).unwrap()) {
        packed = packed.put(height, block.digest(), block).await.unwrap();
    }
    packed.sync().await.unwrap();
    last
}

async fn is_there(cluster: &Cluster, index: usize, part: &str) -> bool {
    let partition = format!("{}-block-{part}", prefix(cluster, index));
    cluster.context.scan(&partition).await.is_ok_and(|blobs| !blobs.is_empty())
}

#[test]
fn c1_blocks_that_an_older_binary_left_unpacked_are_packed_and_feed_a_store_that_lost_its_tail() {
    for (seed, packed_before) in [(70, 0), (71, 10)] {
        simulate(seed, |mut cluster| async move {
            cluster.start_all();
            for number in 0..12 {
                cluster.wait_height(&ALL, number + 1).await;
                cluster.submit(0, number);
            }
            cluster.wait_height(&ALL, 30).await;
            for index in ALL {
                cluster.crash(index).await;
            }
            // Their actors end at their next steps, and with them what they have open.
            cluster.sleep(100).await;
            let last = unpack(&cluster, 3, packed_before).await;
            assert!(last >= 28 && is_there(&cluster, 3, "value").await);
            cluster.ledgers[3].lose_tail(25);
            // Nobody else is there to fetch blocks from.
            cluster.start(3, Stalls::default());
            cluster.wait_height(&[3], last.saturating_sub(5)).await;
            for part in ["key", "value", "meta"] {
                assert!(!is_there(&cluster, 3, part).await, "{part}");
            }
            for index in 0..3 {
                cluster.start(index, Stalls::default());
            }
            cluster.wait_height(&ALL, last + 10).await;
            cluster.check_agreement();
            assert_eq!(cluster.ledgers[3].commands().len(), 12);
        });
    }
}

#[test]
fn c1_what_is_left_of_unpacked_blocks_that_were_being_removed_goes() {
    simulate(72, |mut cluster| async move {
        cluster.start_all();
        cluster.wait_height(&ALL, 10).await;
        cluster.crash(3).await;
        let values = format!("{}-block-value", prefix(&cluster, 3));
        let (blob, _) = cluster.context.open(&values, b"1").await.unwrap();
        blob.sync().await.unwrap();
        assert!(is_there(&cluster, 3, "value").await);
        cluster.start(3, Stalls::default());
        let target = cluster.height(0) + 5;
        cluster.wait_height(&ALL, target).await;
        assert!(!is_there(&cluster, 3, "value").await);
        cluster.check_agreement();
    });
}

/// How many files hold blocks of views that a validator voted in.
async fn voted_on(cluster: &Cluster, index: usize, name: &str) -> usize {
    let partition = format!("{}-{name}-cache-cache-0-verified-value", prefix(cluster, index));
    cluster.context.scan(&partition).await.map_or(0, |blobs| blobs.len())
}

#[test]
fn c1_blocks_that_were_voted_on_go_soon_after_they_are_final() {
    simulate(73, |mut cluster| async move {
        cluster.start_all();
        let mut most = 0;
        for height in (20..=200).step_by(20) {
            cluster.wait_height(&ALL, height).await;
            most = most.max(voted_on(&cluster, 0, "voted-on").await);
        }
        // Of 16 views each: 32 views behind the last block, those that lie with them, and what is new.
        assert!((2..=5).contains(&most), "{most}");
        cluster.check_agreement();
    });
}

#[test]
fn c1_a_folder_that_an_older_binary_began_keeps_its_files_as_they_are() {
    simulate(74, |mut cluster| async move {
        let older = format!("{}-marshal-cache-metadata", prefix(&cluster, 3));
        let (blob, _) = cluster.context.open(&older, b"left").await.unwrap();
        blob.sync().await.unwrap();
        drop(blob);
        cluster.start_all();
        cluster.wait_height(&ALL, 40).await;
        for round in 0..2 {
            assert_eq!(voted_on(&cluster, 3, "voted-on").await, 0);
            // All of so many views lie in one file.
            assert_eq!(voted_on(&cluster, 3, "marshal").await, 1);
            assert!(voted_on(&cluster, 0, "voted-on").await > 1);
            assert_eq!(voted_on(&cluster, 0, "marshal").await, 0);
            if round == 0 {
                cluster.crash(3).await;
                cluster.sleep(100).await;
                cluster.start(3, Stalls::default());
                let target = cluster.height(0) + 20;
                cluster.wait_height(&ALL, target).await;
            }
        }
        cluster.check_agreement();
    });
}
