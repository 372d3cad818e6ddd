//! Which ledger a command asks, and as whom.
//!
//! # Place      commands that read or send -> [ledger] -> a validator's or observer's ledger port
//! # Invariants what is answered is believed under a certificate of the named network's committee only

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use ledger_core::genesis::Genesis;
use settlement_api::ledger_port::{LedgerClient, PortError};
use verifier::{Committee, VerifyError};

use crate::{
    cli::input::{self, InputError},
    keyfile::{KeyFileError, TransportKey},
};

/// Options that say which ledger is asked.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// A validator's or observer's base URL; repeatable.
    #[arg(long = "validator", required = true)]
    validators: Vec<String>,
    /// The key file that signs the request: any key that stands on the ledger.
    #[arg(long)]
    key: PathBuf,
    /// The network.
    #[arg(long)]
    genesis: PathBuf,
}

/// Why a ledger cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerFailure {
    /// The genesis cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The key cannot be read.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The genesis names no committee.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The ledger port.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl LedgerArgs {
    /// A client of that ledger, and the network that it believes.
    ///
    /// # Errors
    /// [`LedgerFailure`]; nothing is sent yet.
    pub(crate) fn client(&self) -> Result<(LedgerClient, Genesis), LedgerFailure> {
        let genesis = input::genesis(&self.genesis)?;
        let committee = Arc::new(Committee::new(&genesis)?);
        let key = Arc::new(TransportKey::load(&self.key)?);
        Ok((LedgerClient::new(self.validators.clone(), key, committee)?, genesis))
    }
}
