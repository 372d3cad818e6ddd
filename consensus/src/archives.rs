//! Certificates and blocks, both kept for ever: the audit trail, and what a lost store is fed from.
//! Beside them blocks that were voted on, for a while.
//!
//! # Place      engine -> [archives] -> the engine's files
//! # Invariants blocks are packed (zstd); those that a binary before packing left are packed when
//! #            the node starts, and their files go only when all of them are on disk again (E9);
//! #            blocks that were voted on stay where the folder began to keep them

use std::{fmt::Display, num::NonZeroU64, sync::Arc};

use commonware_consensus::simplex::types::Finalization;
use commonware_cryptography::{Digestible as _, certificate::Verifier as _, sha256::Digest};
use commonware_runtime::{Error as Fault, buffer::paged::CacheRef};
use commonware_storage::{
    archive::{Archive as _, Identifier, immutable, prunable},
    translator::EightCap,
};
use commonware_utils::NZU64;

use crate::{
    block::{OrderedBlock, codec_config},
    committee::Scheme,
    engine::Environment,
    error::StopReason,
    setup::{BUFFER, Setup},
};

pub(crate) type Certificates<E> = immutable::Archive<E, Digest, Finalization<Scheme, Digest>>;
pub(crate) type Blocks<E> = prunable::Archive<EightCap, E, Digest, Arc<OrderedBlock>>;

/// Level of zstd. Higher ones save less than a twentieth more: hashes and signatures do not pack.
const LEVEL: u8 = 1;
/// Blocks that are packed between two syncs, and two lines about it.
const PACKED_TOGETHER: u64 = 4_096;
/// Where blocks are kept: packed, and as binaries before packing kept them.
const PACKED: Kept = Kept { name: "packed", compression: Some(LEVEL) };
const UNPACKED: Kept = Kept { name: "block", compression: None };

fn unreadable(fault: impl Display) -> StopReason {
    StopReason::unreadable("block archive", fault)
}

/// A way to keep blocks.
struct Kept {
    name: &'static str,
    compression: Option<u8>,
}

impl Kept {
    fn partition(&self, setup: &Setup, part: &str) -> String {
        setup.partition(&format!("{}-{part}", self.name))
    }

    async fn open<E: Environment>(
        &self,
        setup: &Setup,
        context: &E,
        pages: &CacheRef,
    ) -> Result<Blocks<E>, StopReason> {
        let config = prunable::Config {
            translator: EightCap,
            metadata_partition: self.partition(setup, "meta"),
            key_partition: self.partition(setup, "key"),
            key_page_cache: pages.clone(),
            value_partition: self.partition(setup, "value"),
            compression: self.compression,
            codec_config: codec_config(),
            items_per_section: NZU64!(256),
            key_write_buffer: BUFFER,
            value_write_buffer: BUFFER,
            replay_buffer: BUFFER,
        };
        let context = context.child("blocks").with_attribute("kept", self.name);
        prunable::Archive::init(context, config).await.map_err(unreadable)
    }

    /// Whether there are any: its keys go first.
    async fn exists<E: Environment>(&self, setup: &Setup, context: &E) -> Result<bool, StopReason> {
        is_there(context, &self.partition(setup, "key")).await
    }

    async fn remove<E: Environment>(&self, setup: &Setup, context: &E) -> Result<(), StopReason> {
        for part in ["key", "value", "meta"] {
            match context.remove(&self.partition(setup, part), None).await {
                Ok(()) | Err(Fault::PartitionMissing(_)) => {}
                Err(fault) => return Err(unreadable(fault)),
            }
        }
        Ok(())
    }
}

/// Where blocks lie that were voted on. They are not packed, and go some views at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VotedOn {
    pub(crate) name: &'static str,
    pub(crate) views_together: NonZeroU64,
}

const VOTED_ON: VotedOn = VotedOn { name: "voted-on", views_together: NZU64!(16) };
/// Where a folder keeps them that an older binary began.
const VOTED_ON_BEFORE: VotedOn = VotedOn { name: "marshal", views_together: NZU64!(256) };

/// Where this folder keeps blocks that were voted on: no file that is there can be read with
/// another number of views together.
async fn voted_on<E: Environment>(setup: &Setup, context: &E) -> Result<VotedOn, StopReason> {
    let before = setup.partition(&format!("{}-cache-metadata", VOTED_ON_BEFORE.name));
    Ok(if is_there(context, &before).await? { VOTED_ON_BEFORE } else { VOTED_ON })
}

async fn is_there<E: Environment>(context: &E, partition: &str) -> Result<bool, StopReason> {
    match context.scan(partition).await {
        Ok(_) => Ok(true),
        Err(Fault::PartitionMissing(_)) => Ok(false),
        Err(fault) => Err(unreadable(fault)),
    }
}

/// The archives of a node, and where it keeps blocks that were voted on.
pub(crate) async fn open<E: Environment>(
    setup: &Setup,
    context: &E,
    pages: &CacheRef,
) -> Result<(Certificates<E>, Blocks<E>, VotedOn), StopReason> {
    let certificates = certificates(setup, context, pages).await?;
    let mut blocks = PACKED.open(setup, context, pages).await?;
    if UNPACKED.exists(setup, context).await? {
        let unpacked = UNPACKED.open(setup, context, pages).await?;
        blocks = pack(&unpacked, blocks).await?;
        drop(unpacked);
    }
    // Also what is left of one that was being removed.
    UNPACKED.remove(setup, context).await?;
    Ok((certificates, blocks, voted_on(setup, context).await?))
}

async fn pack<E: Environment>(
    unpacked: &Blocks<E>,
    mut blocks: Blocks<E>,
) -> Result<Blocks<E>, StopReason> {
    let last = unpacked.last_index().unwrap_or(0);
    let ranges: Vec<_> = unpacked.ranges().collect();
    for height in ranges.into_iter().flat_map(|(first, last)| first..=last) {
        let block = unpacked.get(Identifier::Index(height)).await.map_err(unreadable)?;
        let block = block.ok_or_else(|| unreadable("a block is missing"))?;
        blocks = blocks.put(height, block.digest(), &block).await.map_err(unreadable)?;
        if height.is_multiple_of(PACKED_TOGETHER) {
            blocks = blocks.sync().await.map_err(unreadable)?;
            tracing::info!(height, last, "archive.packing");
        }
    }
    tracing::info!(last, "archive.packed");
    blocks.sync().await.map_err(unreadable)
}

async fn certificates<E: Environment>(
    setup: &Setup,
    context: &E,
    pages: &CacheRef,
) -> Result<Certificates<E>, StopReason> {
    let config = immutable::Config {
        metadata_partition: setup.partition("certificate-meta"),
        freezer_table_partition: setup.partition("certificate-table"),
        freezer_table_initial_size: 1 << 14,
        freezer_table_resize_frequency: 4,
        freezer_table_resize_chunk_size: 1 << 12,
        freezer_key_partition: setup.partition("certificate-key"),
        freezer_key_page_cache: pages.clone(),
        freezer_value_partition: setup.partition("certificate-value"),
        freezer_value_target_size: 1 << 30,
        freezer_value_compression: None,
        ordinal_partition: setup.partition("certificate-ordinal"),
        items_per_section: NZU64!(65_536),
        freezer_key_write_buffer: BUFFER,
        freezer_value_write_buffer: BUFFER,
        ordinal_write_buffer: BUFFER,
        replay_buffer: BUFFER,
        codec_config: Scheme::certificate_codec_config_unbounded(),
    };
    let archive = immutable::Archive::init(context.child("certificates"), config).await;
    archive.map_err(|fault| StopReason::unreadable("certificate archive", fault))
}
