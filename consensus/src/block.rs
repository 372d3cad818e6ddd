//! The block as the engine carries it.
//!
//! Encoding: header bytes (BCS) and payload bytes, each after its length as a varint. The digest
//! is the header's, and decoding refuses a payload that the header does not name, so that the
//! digest commits to every byte.
//!
//! # Place      application -> [block] -> the engine's dissemination, archive and votes
//! # Invariants C4 encode(decode(bytes)) == bytes; the digest commits to context, parent, payload
//! # Absent     validity against the parent (`ledger_core::block::Block::validate`)

use bytes::{BufMut, Bytes};
use commonware_codec::{
    Buf, DecodeExt as _, EncodeSize, Error as CodecError, FixedSize, RangeCfg, Read, Write,
};
use commonware_consensus::{
    BoundedBlock, CertifiableBlock, Heightable,
    simplex::types::Context as EngineContext,
    types::{Epoch, Height as EngineHeight, Round, View},
};
use commonware_cryptography::{Digested, Digestible, ed25519, sha256::Digest};
use ledger_core::{
    block::{Block, Context, Header, payload_root},
    digest::Hash32,
    limits::{MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES},
    signature::PublicKey,
};

/// The engine's view of where a block is proposed.
pub type SimplexContext = EngineContext<Digest, ed25519::PublicKey>;

/// A block and what the engine asks of it again and again.
#[derive(Clone, Debug)]
pub struct OrderedBlock {
    block: Block,
    digest: Digest,
    leader: ed25519::PublicKey,
}

impl OrderedBlock {
    /// Wraps a block; `None` when its leader is no Ed25519 key or its payload is not the one that
    /// its header names.
    #[must_use]
    pub fn new(block: Block) -> Option<Self> {
        if payload_root(&block.payload) != block.header.payload {
            return None;
        }
        Self::own(block)
    }

    /// Wraps a block whose header was just made for its payload; `None` when its leader is no
    /// Ed25519 key.
    pub(crate) fn own(block: Block) -> Option<Self> {
        let leader = Bytes::copy_from_slice(block.header.context.leader.get());
        let leader = ed25519::PublicKey::decode(leader).ok()?;
        let digest = Digest(*block.header.digest().get());
        Some(Self { block, digest, leader })
    }

    /// The block.
    #[must_use]
    pub const fn get(&self) -> &Block {
        &self.block
    }

    /// Its header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.block.header
    }

    /// Pairs it with its digest, as the engine wants it.
    #[must_use]
    pub fn digested(self) -> Digested<Self> {
        let digest = self.digest;
        Digested::precomputed(self, digest)
    }
}

/// The ledger's form of the engine's context.
#[must_use]
pub fn ledger_context(context: &SimplexContext) -> Context {
    let mut leader = [0; 32];
    leader.copy_from_slice(context.leader.as_ref());
    Context {
        epoch: context.round.epoch().get(),
        view: context.round.view().get(),
        parent_view: context.parent.0.get(),
        leader: PublicKey::new(leader),
    }
}

/// The ledger's form of an engine digest.
#[must_use]
pub const fn hash_of(digest: &Digest) -> Hash32 {
    Hash32::new(digest.0)
}

/// The engine's form of a digest of ours.
#[must_use]
pub const fn digest_of(hash: &Hash32) -> Digest {
    Digest(*hash.get())
}

impl Write for OrderedBlock {
    fn write(&self, buf: &mut impl BufMut) {
        for part in [self.block.header.to_bytes().as_slice(), &self.block.payload] {
            part.len().write(buf);
            buf.put_slice(part);
        }
    }
}

impl EncodeSize for OrderedBlock {
    fn encode_size(&self) -> usize {
        let header = self.block.header.to_bytes().len();
        let payload = self.block.payload.len();
        header.encode_size() + header + payload.encode_size() + payload
    }
}

impl Read for OrderedBlock {
    /// Most bytes that a payload may have.
    type Cfg = RangeCfg<usize>;

    fn read_cfg(buf: &mut impl Buf, payload: &Self::Cfg) -> Result<Self, CodecError> {
        let header = Bytes::read_cfg(buf, &RangeCfg::from(..=MAX_HEADER_BYTES))?;
        let header = Header::from_bytes(&header)
            .map_err(|_| CodecError::Invalid("OrderedBlock", "the header is not canonical"))?;
        let payload = Bytes::read_cfg(buf, payload)?.to_vec();
        Self::new(Block { header, payload })
            .ok_or(CodecError::Invalid("OrderedBlock", "payload or leader is not the header's"))
    }
}

impl Digestible for OrderedBlock {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        self.digest
    }
}

impl Heightable for OrderedBlock {
    fn height(&self) -> EngineHeight {
        EngineHeight::new(self.block.header.height.get())
    }
}

impl commonware_consensus::Block for OrderedBlock {
    fn parent(&self) -> Digest {
        Digest(*self.block.header.parent.get())
    }
}

impl CertifiableBlock for OrderedBlock {
    type Context = SimplexContext;

    fn context(&self) -> SimplexContext {
        let context = &self.block.header.context;
        SimplexContext {
            round: Round::new(Epoch::new(context.epoch), View::new(context.view)),
            leader: self.leader.clone(),
            parent: (View::new(context.parent_view), Digest(*self.block.header.parent.get())),
        }
    }
}

impl BoundedBlock for OrderedBlock {
    fn max_encode_size(_: &Self::Cfg) -> usize {
        // Two lengths of at most five bytes each.
        MAX_HEADER_BYTES + MAX_PAYLOAD_BYTES + 2 * 5
    }
}

/// How the engine decodes blocks: the bound is the format's, not the genesis's, so that it is the
/// same for every node and for ever.
#[must_use]
pub fn codec_config() -> RangeCfg<usize> {
    RangeCfg::from(..=MAX_PAYLOAD_BYTES)
}

const _: () = assert!(Digest::SIZE == Hash32::LEN);
