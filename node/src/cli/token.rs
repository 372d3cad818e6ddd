//! `florin token`: a gateway's token for a client that proves itself by a key, and that key for its file.
//!
//! # Place      a person or a script -> [token] -> `POST /oauth/token` of a gateway
//! # Invariants the token, or the public key, is all that goes to stdout
//! # Absent     secrets: whoever has one needs no help to send it

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use florin_client::{
    http_signature::RequestSigner,
    tokens::{TokenClient, public_jwk},
};

use crate::{
    cli::{
        call::runtime,
        server::ServerArgs,
        ui::{self, Failure},
    },
    keyfile::TransportKey,
};

/// Options of `florin token`.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Print the public key as the gateway's file has it, under [[oauth_clients]] keys.
    Key {
        /// The key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Ask a gateway for a token, and print it.
    Get(GetArgs),
}

#[derive(Debug, Args)]
struct GetArgs {
    /// The gateway's http URL on this host, or an https URL.
    url: String,
    /// The client's id under [[oauth_clients]].
    #[arg(long)]
    id: String,
    /// The key file that signs the assertion.
    #[arg(long)]
    key: PathBuf,
    /// What the gateway calls itself ([oauth] issuer), where that is not the URL.
    #[arg(long)]
    issuer: Option<String>,
    /// Roles, each alone or with :read, separated by a blank; all that the client has if not given.
    #[arg(long)]
    scope: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when there is no key or no token.
pub(crate) fn run(args: TokenArgs) -> Result<ExitCode, Failure> {
    match args.command {
        TokenCommand::Key { key } => {
            let key = TransportKey::load(&key).map_err(Failure::usage)?;
            ui::line(&public_jwk(&key));
        }
        TokenCommand::Get(args) => {
            let signer = Arc::new(TransportKey::load(&args.key).map_err(Failure::usage)?);
            let url = args.url.trim_end_matches('/').to_owned();
            let issuer = args.issuer.unwrap_or_else(|| url.clone());
            let server = args.server.trust().map_err(Failure::usage)?;
            let shown: Arc<dyn RequestSigner> = Arc::clone(&signer) as _;
            let client =
                TokenClient { url, issuer, id: args.id, signer, server, shown: Some(shown) };
            let runtime = runtime().map_err(Failure::of)?;
            let token = runtime.block_on(client.token(args.scope.as_deref()));
            let token = token.map_err(Failure::of)?;
            ui::note(&format!("{} for {} s", token.scope, token.expires_in));
            ui::line(&token.access_token);
        }
    }
    Ok(ExitCode::SUCCESS)
}
