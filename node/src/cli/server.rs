//! Whom a command believes at the other end of an https URL.
//!
//! # Place      flags, profile -> [server] -> florin-client

use std::path::PathBuf;

use clap::Args;
use florin_client::{ServerTrust, TlsError};

/// What a server is known by.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ServerArgs {
    /// For an https URL: the server's key, 64 hex digits; a gateway's is its transport key in the
    /// directory, a validator's its identity in the genesis file.
    #[arg(long)]
    pub(crate) server_key: Option<String>,
    /// For an https URL: a PEM file of authorities that vouch for the server's name.
    #[arg(long)]
    pub(crate) server_roots: Option<PathBuf>,
}

/// Why nobody can be believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerFault {
    /// Two ways at once.
    #[error("a server is known by its key or by authorities, not both: drop one")]
    Both,
    /// Not a key.
    #[error("`{0}` is not a key: 64 hex digits")]
    Key(String),
    /// Authorities that cannot be read.
    #[error(transparent)]
    Roots(#[from] TlsError),
}

impl ServerArgs {
    /// Whom to believe; nobody but this host, if nothing is said.
    ///
    /// # Errors
    /// [`ServerFault`].
    pub(crate) fn trust(&self) -> Result<ServerTrust, ServerFault> {
        match (&self.server_key, &self.server_roots) {
            (Some(_), Some(_)) => Err(ServerFault::Both),
            (Some(text), None) => {
                let mut key = [0; 32];
                let read = hex::decode_to_slice(text, &mut key);
                read.map_err(|_| ServerFault::Key(text.clone()))?;
                Ok(ServerTrust::keys(vec![key]))
            }
            (None, Some(file)) => Ok(ServerTrust::roots(file)?),
            (None, None) => Ok(ServerTrust::ThisHost),
        }
    }
}
