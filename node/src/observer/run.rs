//! Blocks that wait for a certificate: what may be held, and what a certificate makes final.
//!
//! # Place      validators' answers -> [run] -> `follower`, which executes
//! # Invariants W25 nothing leaves here that no accepted certificate covers; what is held is bounded
//! # Absent     L1 and execution (they come after), the network

use ledger_core::{
    block::{Block, Header, payload_root},
    time::Height,
};
use settlement_api::ledger_port::GivenBlock;
use verifier::{Committee, VerifyError};

/// Blocks held at most.
pub(crate) const MAX_BLOCKS: usize = 256;
/// Bytes of payloads held at most, the last block's left out.
pub(crate) const MAX_BYTES: usize = 32 << 20;

/// Why a block was not taken. What was held with it is dropped: one of them is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RunError {
    /// It does not follow the block before it.
    #[error("block {found} does not follow what is held below {expected}")]
    NotLinked {
        /// The height that was due.
        expected: Height,
        /// The height that came.
        found: Height,
    },
    /// It is of another network.
    #[error("block {0} is of another network")]
    OtherNetwork(Height),
    /// Its payload is not the one that its header names.
    #[error("the payload of block {0} is not its header's")]
    Payload(Height),
    /// Its certificate does not hold.
    #[error("the certificate of block {height} does not hold: {error}")]
    Certificate {
        /// Which block.
        height: Height,
        /// What is wrong.
        error: VerifyError,
    },
    /// More blocks without a certificate than are held.
    #[error("no certificate among {MAX_BLOCKS} blocks or {MAX_BYTES} bytes")]
    TooLong,
}

/// A block that is final, by its own certificate or by one above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FinalBlock {
    /// The block.
    pub(crate) block: Block,
    /// The certificate of its own header, which was checked.
    pub(crate) certificate: Option<Vec<u8>>,
}

/// A run of blocks above the last final one.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    above: Header,
    held: Vec<Block>,
    bytes: usize,
}

impl Run {
    /// An empty one above a header that is final.
    pub(crate) const fn new(above: Header) -> Self {
        Self { above, held: Vec::new(), bytes: 0 }
    }

    /// The height that follows.
    pub(crate) fn next(&self) -> Height {
        self.last().height.next()
    }

    /// Blocks that wait.
    pub(crate) const fn held(&self) -> usize {
        self.held.len()
    }

    /// Forgets what waits.
    pub(crate) fn clear(&mut self) {
        self.held.clear();
        self.bytes = 0;
    }

    fn last(&self) -> &Header {
        self.held.last().map_or(&self.above, |block| &block.header)
    }

    /// Takes the next block and answers what is final by now, lowest first.
    ///
    /// # Errors
    /// [`RunError`], after which nothing is held.
    pub(crate) fn take(
        &mut self,
        given: GivenBlock,
        committee: &Committee,
    ) -> Result<Vec<FinalBlock>, RunError> {
        let taken = self.check(&given, committee);
        if taken.is_err() {
            self.clear();
        }
        taken?;
        let GivenBlock { header, payload, certificate } = given;
        let block = Block { header, payload };
        if certificate.is_none() {
            self.bytes = self.bytes.saturating_add(block.payload.len());
            self.held.push(block);
            return Ok(Vec::new());
        }
        self.above = header;
        self.bytes = 0;
        let below = std::mem::take(&mut self.held).into_iter();
        let below = below.map(|block| FinalBlock { block, certificate: None });
        Ok(below.chain([FinalBlock { block, certificate }]).collect())
    }

    fn check(&self, given: &GivenBlock, committee: &Committee) -> Result<(), RunError> {
        let (header, last) = (&given.header, self.last());
        let height = header.height;
        if header.chain != committee.chain() {
            return Err(RunError::OtherNetwork(height));
        }
        if height != last.height.next() || header.parent != last.digest() {
            return Err(RunError::NotLinked { expected: last.height.next(), found: height });
        }
        if payload_root(&given.payload) != header.payload {
            return Err(RunError::Payload(height));
        }
        match &given.certificate {
            Some(certificate) => committee
                .verify(header, certificate)
                .map_err(|error| RunError::Certificate { height, error }),
            None if self.held.len() >= MAX_BLOCKS || self.bytes > MAX_BYTES => {
                Err(RunError::TooLong)
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
