//! The document of the ledger port, which validators serve, and observers the reading half of.
//!
//! # Place      the handlers are `node::ledger_port`'s; paths and bodies are `crate::ledger_port`'s
//! # Invariants what is described here is what `node` routes and refuses (tests there and here)
//! # Absent     handlers

use utoipa::{IntoParams, OpenApi as _, ToSchema};

use super::{
    Asked, Parts,
    text::{HexBytes, Id},
};
use crate::{
    ledger_port::{COMMANDS, PortStatus, Submitted, SubmittedBatch},
    problem::Problem,
};

mod examples;
mod refusals;

const TEXT: &str = "text/plain; charset=utf-8";
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const TAGS: &[(&str, &str)] = &[
    ("Commands", "What institutions ask the ledger to do."),
    ("Reading", "What a key may read, with its proof."),
    ("Following", "Whole blocks, for overseers."),
    ("Service", "Unsigned: health and counters."),
];

pub(super) fn parts() -> Parts {
    Parts {
        described: Described::openapi(),
        description: include_str!("ledger_port/description.md").to_owned(),
        roles: "Roles are those of keys on the ledger. Where an operation names none, every active \
                key may ask.",
        anyone: "Any key that is active on the ledger.",
        tags: TAGS,
        problems: refusals::all(),
        may,
        by_token: |_, _| false,
        tokens: None,
        examples: examples::all(),
    }
}

/// Only a command can be refused for what it is, and those of a list are within the answer; only
/// blocks and commands need a validator; receipts and headers of early blocks may not be kept.
fn may(status: u16, asked: &Asked) -> bool {
    let blocks = asked.query.iter().any(|name| name == "from");
    match status {
        400 => asked.body || asked.variable || !asked.query.is_empty(),
        403 | 408 | 413 => asked.body,
        // Said where no operation is.
        405 => false,
        422 => asked.path == COMMANDS,
        410 => ["/receipts", "/headers/{height}", "/journals/{account}"]
            .iter()
            .any(|path| asked.path.ends_with(path)),
        421 => asked.body || blocks,
        _ => true,
    }
}

/// One problem of every code.
#[cfg(test)]
pub(super) fn refusals() -> Vec<Problem> {
    refusals::all()
}

/// Operations in the order of the table, then schemas that none of them names.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        submit,
        submit_all,
        receipts,
        record,
        journal,
        directory,
        blocks,
        handovers,
        latest_header,
        header_at,
        status,
        healthz,
        readyz,
        metrics
    ),
    components(schemas(Problem, HexBytes))
)]
struct Described;

/// Method and path of every operation, for whoever routes them.
pub const ROWS: [(&str, &str); 14] = [
    ("post", "/ledger/v1/commands"),
    ("post", "/ledger/v1/command-batches"),
    ("get", "/ledger/v1/receipts"),
    ("get", "/ledger/v1/records/{name}"),
    ("get", "/ledger/v1/journals/{account}"),
    ("get", "/ledger/v1/directory"),
    ("get", "/ledger/v1/blocks"),
    ("get", "/ledger/v1/handovers"),
    ("get", "/ledger/v1/headers/latest"),
    ("get", "/ledger/v1/headers/{height}"),
    ("get", "/ledger/v1/status"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
];

/// Bodies of canonical bytes.
macro_rules! bytes {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(ToSchema)]
        #[schema(value_type = String, content_media_type = "application/vnd.florin.bcs")]
        #[allow(dead_code, reason = "only its description is used")]
        struct $name(String);
    )*};
}

bytes! {
    /// BCS (W1) of a signed command: its body with the signers (W5, W6), and their signatures. At most
    /// 16 KiB, a bulk 2 MiB.
    SignedCommandBytes;
    /// BCS (W1) of a list of 1 to 1024 signed commands, each as it is sent alone. At most 2 MiB in all.
    SignedCommandsBytes;
    /// BCS (W1) of a page of receipts, in ledger order, each with its proof (W9) and the certified
    /// header that declares the root (W12 to W14).
    ReceiptPageBytes;
    /// BCS (W1) of a record's proof (W9) and of the certified header that declares the state root
    /// (W12 to W14).
    ProvedRecordBytes;
    /// BCS (W1) of entries of an account's journal, ascending, each with its salt and all its movements
    /// with theirs (W21).
    JournalPageBytes;
    /// BCS (W1) of every member's record with its proof (W9), and of the certified header that
    /// declares their root (W12 to W14).
    DirectoryPageBytes;
    /// BCS (W1) of a header and its certificate (W11, W13, W14).
    CertifiedBytes;
    /// BCS (W1) of finalized blocks, ascending by one, each with the validator's own certificate where
    /// it has one (W24); believed only under a certificate that holds (W25).
    BlockPageBytes;
    /// BCS (W1) of handovers between committees, in their order (W23); each is believed only under a
    /// certificate of the committee before it.
    HandoverPageBytes;
}

/// Which receipts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
struct Receipts {
    /// `HEIGHT.INDEX` of the last receipt that the caller has; all if absent.
    #[param(pattern = r"^[0-9]+\.[0-9]+$", example = "4698.3")]
    after: Option<String>,
    /// Receipts at most; 256 if absent, and never more.
    #[param(minimum = 1, example = 256)]
    limit: Option<u64>,
    /// Milliseconds to wait for one; none if absent, and at most 10 000.
    #[param(minimum = 0, example = 10_000)]
    wait_ms: Option<u64>,
}

/// Which entries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
struct Entries {
    /// How many of the first entries the caller has; none if absent.
    #[param(minimum = 0, example = 256)]
    after: Option<u64>,
    /// Entries at most; 256 if absent, and never more.
    #[param(minimum = 1, example = 256)]
    limit: Option<u64>,
}

/// Which blocks.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
struct Blocks {
    /// The height of the first.
    #[param(minimum = 1, example = 4_712)]
    from: u64,
    /// Blocks at most; 32 if absent, and never more than 64.
    #[param(minimum = 1, example = 64)]
    limit: Option<u64>,
    /// Milliseconds to wait for one; none if absent, and at most 10 000.
    #[param(minimum = 0, example = 10_000)]
    wait_ms: Option<u64>,
}

/// `POST /ledger/v1/commands`: takes a command in.
///
/// The answer says that it waits for a block, nothing more: what becomes of it is a receipt. The same
/// bytes may be sent again, also to other validators; they count once.
#[utoipa::path(post, path = "/ledger/v1/commands", tag = "Commands",
    request_body(content = SignedCommandBytes, content_type = "application/vnd.florin.bcs",
        description = "Of the caller's own institution."),
    responses((status = 202, description = "Taken in.", body = Submitted)))]
#[allow(dead_code, reason = "only its description is used")]
const fn submit() {}

/// `POST /ledger/v1/command-batches`: takes many commands in.
///
/// Each by itself, which costs a validator less than one request for each: some may be taken and
/// others not. One that is another institution's, or cannot be read, refuses the whole list.
#[utoipa::path(post, path = "/ledger/v1/command-batches", tag = "Commands",
    request_body(content = SignedCommandsBytes, content_type = "application/vnd.florin.bcs",
        description = "Of the caller's own institution, all of them."),
    responses((status = 200, description = "What was done with each, in their order.",
        body = SubmittedBatch)))]
#[allow(dead_code, reason = "only its description is used")]
const fn submit_all() {}

/// `GET /ledger/v1/receipts`: the caller's receipts after a place in the ledger.
///
/// Those of its institution that a certified header covers; an empty page when none came in time.
#[utoipa::path(get, path = "/ledger/v1/receipts", tag = "Reading", params(Receipts),
    responses((status = 200, description = "In ledger order.", body = ReceiptPageBytes,
        content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn receipts() {}

/// `GET /ledger/v1/records/{name}`: a record with its proof.
///
/// What the caller may not read is answered like what does not exist. A role `regulator` reads every
/// record.
#[utoipa::path(get, path = "/ledger/v1/records/{name}", tag = "Reading",
    params(("name" = HexBytes, Path,
        description = "BCS of the record's name (W7), at most 64 bytes.")),
    responses((status = 200, description = "As the latest header that covers it proves it.",
        body = ProvedRecordBytes, content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn record() {}

/// `GET /ledger/v1/journals/{account}`: everything that happened to an own account's money.
///
/// Whoever reads it from the first entry on and comes to the count and root of the account's proved
/// record has all of it (W21). A page ends after 16 384 movements; there may be later entries than a
/// certified header covers yet.
#[utoipa::path(get, path = "/ledger/v1/journals/{account}", tag = "Reading",
    params(("account" = Id, Path, description = "The account's address."), Entries),
    responses((status = 200, description = "In order; none when there are no further ones.",
        body = JournalPageBytes, content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn journal() {}

/// `GET /ledger/v1/directory`: every member, each with its proof.
#[utoipa::path(get, path = "/ledger/v1/directory", tag = "Reading",
    responses((status = 200, description = "Under one certified header.",
        body = DirectoryPageBytes, content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn directory() {}

/// `GET /ledger/v1/blocks`: finalized blocks, payloads among them.
///
/// Keys of other roles are answered 404, whatever they ask. A page ends after 4 MiB of payloads; it
/// is empty when nothing came in time.
#[utoipa::path(get, path = "/ledger/v1/blocks", tag = "Following", params(Blocks),
    security(("rfc9421" = ["regulator"])),
    responses((status = 200, description = "From `from` on.", body = BlockPageBytes,
        content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn blocks() {}

/// Which handovers.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
struct Handovers {
    /// The first epoch of the latest committee that is known; 0 for that of genesis, and if absent.
    #[param(minimum = 0, example = 0)]
    after: Option<u64>,
}

/// `GET /ledger/v1/handovers`: who certifies from which epoch on, after the committee that is known.
///
/// At most 64, in their order; none where the committee has not changed.
#[utoipa::path(get, path = "/ledger/v1/handovers", tag = "Reading", params(Handovers),
    responses((status = 200, description = "Headers, certificates and validators.",
        body = HandoverPageBytes, content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn handovers() {}

/// `GET /ledger/v1/headers/latest`: the latest header with a certificate of its own.
#[utoipa::path(get, path = "/ledger/v1/headers/latest", tag = "Reading",
    responses((status = 200, description = "Header and certificate.", body = CertifiedBytes,
        content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn latest_header() {}

/// `GET /ledger/v1/headers/{height}`: the header at a height, if it has a certificate of its own.
#[utoipa::path(get, path = "/ledger/v1/headers/{height}", tag = "Reading",
    params(("height" = u64, Path, description = "The height.")),
    responses((status = 200, description = "Header and certificate.", body = CertifiedBytes,
        content_type = "application/vnd.florin.bcs")))]
#[allow(dead_code, reason = "only its description is used")]
const fn header_at() {}

/// `GET /ledger/v1/status`: where this process is.
#[utoipa::path(get, path = "/ledger/v1/status", tag = "Reading",
    responses((status = 200, description = "Believe no root without a certificate.",
        body = PortStatus)))]
#[allow(dead_code, reason = "only its description is used")]
const fn status() {}

/// `GET /healthz`: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "Service", security(()),
    responses((status = 200, description = "It does.", body = String, content_type = TEXT)))]
#[allow(dead_code, reason = "only its description is used")]
const fn healthz() {}

/// `GET /readyz`: the engine runs and execution keeps up.
#[utoipa::path(get, path = "/readyz", tag = "Service", security(()), responses(
    (status = 200, description = "Ready.", body = String, content_type = TEXT),
    (status = 503, description = "What it waits for.", body = String, content_type = TEXT)))]
#[allow(dead_code, reason = "only its description is used")]
const fn readyz() {}

/// `GET /metrics`: counters of the engine and of this process.
#[utoipa::path(get, path = "/metrics", tag = "Service", security(()), responses(
    (status = 200, description = "OpenMetrics 1.0.0.", body = String, content_type = METRICS)))]
#[allow(dead_code, reason = "only its description is used")]
const fn metrics() {}
