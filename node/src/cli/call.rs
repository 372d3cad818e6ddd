//! `florin call`: one HTTP request, signed by RFC 9421.
//!
//! # Place      a person or a script -> [call] -> a gateway or a ledger port
//! # Invariants the body goes to stdout as it came; exit 0 for 2xx, 1 for every other answer
//! # Absent     retries, redirects

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use florin_client::{
    ServerTrust,
    exchange::{ClientError, ClientLimits, ClientRequest, ClientResponse, SignedClient},
};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, HeaderMap, HeaderName, HeaderValue},
};
use settlement_api::keys::random_32;

use crate::{
    cli::{
        input::{self, InputError},
        server::ServerArgs,
        ui::{self, Failure, NOT_DONE},
    },
    keyfile::TransportKey,
};

/// What a body is if nothing is said.
const JSON: &str = "application/json";

/// Options of `florin call`.
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// GET, POST...
    method: Method,
    /// An http URL on this host, or an https URL.
    url: String,
    /// The key file that signs the request.
    #[arg(long)]
    key: PathBuf,
    /// The body: a file, or `-` for standard input.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The body's media type.
    #[arg(long, default_value = JSON)]
    content_type: String,
    /// A name for this request, under which it counts once; a POST gets a random one if not given.
    #[arg(long)]
    idempotency_key: Option<String>,
    /// The `prefer` header, as in `wait=10`.
    #[arg(long)]
    prefer: Option<HeaderValue>,
    /// The `accept` header.
    #[arg(long)]
    accept: Option<HeaderValue>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when nothing could be asked or nothing was answered.
pub(crate) fn run(args: CallArgs) -> Result<ExitCode, Failure> {
    let key = TransportKey::load(&args.key).map_err(Failure::usage)?;
    let trust = args.server.trust().map_err(Failure::usage)?;
    let request = request(args).map_err(Failure::usage)?;
    let runtime = runtime().map_err(Failure::of)?;
    let answer = runtime.block_on(send(key, &trust, request)).map_err(Failure::of)?;
    let status = StatusCode::from_u16(answer.status).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or_default();
    ui::note(&format!("HTTP {} {reason}", answer.status));
    ui::bytes(&answer.body);
    Ok(if answer.is_success() { ExitCode::SUCCESS } else { ExitCode::from(NOT_DONE) })
}

/// A runtime for one exchange.
///
/// # Errors
/// As the operating system's.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

async fn send(
    key: TransportKey,
    trust: &ServerTrust,
    request: ClientRequest,
) -> Result<ClientResponse, ClientError> {
    let client = SignedClient::trusting(Arc::new(key), ClientLimits::default(), trust)?;
    client.send(request).await
}

fn request(args: CallArgs) -> Result<ClientRequest, InputError> {
    let body = args.data.as_deref().map(input::bytes).transpose()?.unwrap_or_default();
    let mut headers = HeaderMap::new();
    let optional = [(HeaderName::from_static("prefer"), args.prefer), (ACCEPT, args.accept)];
    headers.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let named = args.idempotency_key;
    let key = named.or_else(|| (args.method == Method::POST).then(|| random_32().to_hex()));
    Ok(ClientRequest {
        method: args.method,
        url: args.url,
        content_type: (!body.is_empty()).then_some(args.content_type),
        idempotency_key: key,
        unsigned_headers: headers,
        body: body.into(),
    })
}
