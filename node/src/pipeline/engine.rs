//! What orders blocks, as the pipeline uses it.
//!
//! # Place      pipeline -> [engine] -> `consensus::Node`
//! # Absent     what becomes of a block (see `pipeline`)

use consensus::{Node, SubmitError};
use futures::future::BoxFuture;
use ledger_core::{
    block::Block,
    command::SignedCommand,
    id::{CommandId, Lei},
    time::Height,
};

/// What orders blocks: a validator's engine, or a stand-in for tests.
pub(crate) trait Engine: Send + Sync {
    /// Takes a well-signed command of this network.
    ///
    /// # Errors
    /// [`SubmitError`].
    fn submit(&self, command: SignedCommand) -> Result<CommandId, SubmitError>;
    /// As [`Engine::submit`] for many at once; what became of each, in their order.
    fn submit_all(&self, commands: Vec<SignedCommand>) -> Vec<Result<CommandId, SubmitError>>;
    /// Whether an organisation's clients may add a command now. Nothing changes by asking.
    ///
    /// # Errors
    /// [`SubmitError`].
    fn room(&self, organisation: &Lei) -> Result<(), SubmitError>;
    /// Commands that wait.
    fn waiting(&self) -> usize;
    /// Its metrics as OpenMetrics text.
    fn metrics(&self) -> String;
    /// A finalized block from its archive.
    fn block(&self, height: Height) -> BoxFuture<'_, Option<Block>>;
}

impl Engine for Node {
    fn submit(&self, command: SignedCommand) -> Result<CommandId, SubmitError> {
        Self::submit(self, command)
    }

    fn submit_all(&self, commands: Vec<SignedCommand>) -> Vec<Result<CommandId, SubmitError>> {
        Self::submit_all(self, commands, &mut rand::rng())
    }

    fn room(&self, organisation: &Lei) -> Result<(), SubmitError> {
        Self::room(self, organisation)
    }

    fn waiting(&self) -> usize {
        self.mempool_len()
    }

    fn metrics(&self) -> String {
        Self::metrics(self)
    }

    fn block(&self, height: Height) -> BoxFuture<'_, Option<Block>> {
        Box::pin(Self::block(self, height))
    }
}
