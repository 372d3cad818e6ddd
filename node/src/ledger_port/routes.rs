//! The ledger port's endpoints.
//!
//! # Place      HTTP -> [routes] -> `pipeline`, store
//! # Invariants the store is read on blocking threads; a request waits at most `MAX_WAIT_MS`
//! # Absent     rules of any kind

use std::time::{Duration, Instant};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data, ServiceConfig},
};
use ledger_core::{
    codec::{decode, encode},
    command::SignedCommand,
    record::Name,
    time::Height,
};
use ledger_store::{Position, Proven, StoreError};
use serde::{Deserialize, Serialize};
use settlement_api::{
    ledger_port::{
        BATCH_BYTES, BATCH_COMMANDS, BCS, BLOCKS, BatchOutcome, BlockPage, COMMAND_BATCHES,
        COMMANDS, DEFAULT_PAGE_BLOCKS, DIRECTORY, DirectoryPage, HANDOVERS, LATEST_HEADER,
        MAX_WAIT_MS, PAGE_BLOCKS, PAGE_RECEIPTS, PortStatus, ProvedRecord, RECEIPTS, RECORDS,
        ReceiptPage, STATUS, Submitted, SubmittedBatch, journal::JOURNALS,
    },
    openapi::ledger_port::ROWS,
    problem::{Problem, Retry},
    verbs::WrongVerb,
};

use crate::{
    ledger_port::{
        Port,
        access::{Caller, may_follow, may_read},
        head::Body,
        journal::journal,
        metrics::{CONTENT_TYPE, Gauges},
        refusal,
    },
    pipeline::{Pipeline, certified},
};

/// Bytes of a record's encoded name at most.
const MAX_NAME_BYTES: usize = 64;
/// Silence of the executor after which a validator is not ready.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// How long a request waits for the certified header that shows a record.
const PROOF_PATIENCE: Duration = Duration::from_secs(3);
/// Headers by height; the latest has a name of its own.
const HEADERS: &str = "/ledger/v1/headers";

/// Registers every endpoint.
pub(crate) fn configure(app: &mut ServiceConfig) {
    app.route(COMMANDS, web::post().to(submit))
        .route(COMMAND_BATCHES, web::post().to(submit_all))
        .route(RECEIPTS, web::get().to(receipts))
        .route(&format!("{RECORDS}/{{name}}"), web::get().to(record))
        .route(&format!("{JOURNALS}/{{account}}"), web::get().to(journal))
        .route(DIRECTORY, web::get().to(directory))
        .route(BLOCKS, web::get().to(blocks))
        .route(HANDOVERS, web::get().to(handovers))
        .route(LATEST_HEADER, web::get().to(latest_header))
        .route(&format!("{HEADERS}/{{height}}"), web::get().to(header_at))
        .route(STATUS, web::get().to(status))
        .route("/healthz", web::get().to(healthz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics))
        .default_service(web::route().to(nothing));
}

/// Takes a command in.
async fn submit(
    port: Data<Port>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> HttpResponse {
    let outcome = async {
        let Body(body) = body?;
        let caller = port.caller(&request, &body).await?;
        let command =
            SignedCommand::from_bytes(&body).map_err(|error| refusal::submit(&error.into()))?;
        // Nobody spends another institution's share of the pool.
        if command.body.organisation != caller.organisation {
            return Err(refusal::foreign());
        }
        let pipeline = port.pipeline.clone();
        // Signatures are checked here: work for a thread that may be kept busy.
        let taken = blocking(move || pipeline.submit(command)).await?;
        taken.map_err(|error| refusal::not_taken(&error))
    };
    match outcome.await {
        Ok(command_id) => HttpResponse::Accepted().json(Submitted { command_id }),
        Err(problem) => refusal::answer(&problem),
    }
}

/// Takes a list of commands in, each by itself.
async fn submit_all(
    port: Data<Port>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> HttpResponse {
    let outcome = async {
        let Body(body) = body?;
        let caller = port.caller(&request, &body).await?;
        let pipeline = port.pipeline.clone();
        // Decoding and signatures: work for a thread that may be kept busy.
        let taken = blocking(move || take_batch(&pipeline, &caller, &body)).await?;
        let taken = taken.map_err(|problem| *problem)?;
        for outcome in &taken.commands {
            if let BatchOutcome::Refused { code, .. } = outcome {
                port.metrics.refusal(code);
            }
        }
        Ok(taken)
    };
    match outcome.await {
        Ok(taken) => HttpResponse::Ok().json(taken),
        Err(problem) => refusal::answer(&problem),
    }
}

fn take_batch(
    pipeline: &Pipeline,
    caller: &Caller,
    body: &[u8],
) -> Result<SubmittedBatch, Box<Problem>> {
    let malformed = || {
        let detail = "Send canonical BCS of a list of 1 to 1024 signed commands.";
        Box::new(refusal::malformed(detail))
    };
    let commands: Vec<SignedCommand> = decode(body, BATCH_BYTES).map_err(|_| malformed())?;
    if commands.is_empty() || commands.len() > BATCH_COMMANDS {
        return Err(malformed());
    }
    if commands.iter().any(|command| command.body.organisation != caller.organisation) {
        return Err(Box::new(refusal::foreign()));
    }
    let taken = pipeline.submit_all(commands);
    let taken = taken.map_err(|error| Box::new(refusal::not_taken(&error)))?;
    let commands = taken.into_iter().map(|taken| match taken {
        Ok(command_id) => BatchOutcome::Taken { command_id },
        Err(error) => {
            // As the command alone would be answered.
            let problem = refusal::not_taken(&error);
            let retry = problem.retry() == Retry::Later;
            BatchOutcome::Refused { code: problem.code().to_owned(), retry }
        }
    });
    Ok(SubmittedBatch { commands: commands.collect() })
}

/// What is asked for in the query of [`RECEIPTS`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// `HEIGHT.INDEX`: the last receipt that the caller has.
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    wait_ms: Option<u64>,
}

impl Wanted {
    fn after(&self) -> Option<Position> {
        let text = self.after.as_deref().unwrap_or("0.0");
        let (height, index) = text.split_once('.')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(height) || !digits(index) {
            return None;
        }
        Some(Position { height: Height::new(height.parse().ok()?), index: index.parse().ok()? })
    }
}

/// The caller's receipts, waiting for one if there is none yet.
async fn receipts(port: Data<Port>, request: HttpRequest) -> HttpResponse {
    let outcome = async {
        let caller = port.caller(&request, b"").await?;
        let malformed =
            || refusal::malformed("Ask as in ?after=HEIGHT.INDEX&limit=1..256&wait_ms=0..10000.");
        let wanted = web::Query::<Wanted>::from_query(request.query_string());
        let wanted = wanted.map_err(|_| malformed())?.into_inner();
        let after = wanted.after().ok_or_else(malformed)?;
        let limit = wanted.limit.unwrap_or(PAGE_RECEIPTS).min(PAGE_RECEIPTS);
        if limit == 0 {
            return Err(malformed());
        }
        let wait = Duration::from_millis(wanted.wait_ms.unwrap_or(0).min(MAX_WAIT_MS));
        wait_for_receipts(&port.pipeline, &caller, Page { after, limit, wait }).await
    };
    respond(outcome.await)
}

/// Which receipts, and how long to wait for the first.
#[derive(Clone, Copy, Debug)]
struct Page {
    after: Position,
    limit: usize,
    wait: Duration,
}

async fn wait_for_receipts(
    pipeline: &Pipeline,
    caller: &Caller,
    page: Page,
) -> Result<ReceiptPage, Problem> {
    let deadline = Instant::now() + page.wait;
    let mut news = pipeline.news();
    loop {
        let proven = news.borrow_and_update().proven;
        let (reader, party) = (pipeline.clone(), caller.organisation);
        let found = read(move || reader.proven(&party, page.after, page.limit)).await?;
        if !found.receipts.is_empty() {
            return Ok(found);
        }
        // Certificates come with every block: look again when something new is proven.
        let proven_more = news.wait_for(|tip| tip.proven > proven || !tip.serving);
        let left = deadline.saturating_duration_since(Instant::now());
        match tokio::time::timeout(left, proven_more).await {
            Ok(Ok(tip)) if tip.serving => {}
            Ok(_) | Err(_) => return Ok(found),
        }
    }
}

/// A record with its proof.
async fn record(port: Data<Port>, request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let outcome = async {
        let caller = port.caller(&request, b"").await?;
        let name = parse_name(&name)
            .ok_or_else(|| refusal::malformed("Name the record by the hex of its BCS name."))?;
        let look = move |pipeline: &Pipeline| readable(pipeline, &caller, &name);
        when_proven(&port.pipeline, look).await
    };
    respond(outcome.await)
}

fn parse_name(hex_text: &str) -> Option<Name> {
    if hex_text.len() > 2 * MAX_NAME_BYTES {
        return None;
    }
    decode(&hex::decode(hex_text).ok()?, MAX_NAME_BYTES).ok()
}

/// What there is for a caller.
enum Found<T> {
    Nothing,
    /// It is there; no certified header shows it yet.
    Unproven,
    Proven(T),
}

/// What `look` finds, waiting for a certified header that shows it: one comes within a second,
/// unless the network stands still.
async fn when_proven<T: Send + 'static>(
    pipeline: &Pipeline,
    look: impl Fn(&Pipeline) -> Result<Found<T>, StoreError> + Clone + Send + 'static,
) -> Result<T, Problem> {
    let deadline = Instant::now() + PROOF_PATIENCE;
    let mut news = pipeline.news();
    loop {
        let certified = news.borrow_and_update().certified;
        let (look, reader) = (look.clone(), pipeline.clone());
        match read(move || look(&reader)).await? {
            Found::Proven(found) => return Ok(found),
            Found::Nothing => return Err(refusal::not_found()),
            Found::Unproven => {}
        }
        let changed = news.wait_for(|tip| tip.certified > certified || !tip.serving);
        let left = deadline.saturating_duration_since(Instant::now());
        match tokio::time::timeout(left, changed).await {
            Ok(Ok(tip)) if tip.serving => {}
            Ok(_) | Err(_) => return Err(refusal::not_proven()),
        }
    }
}

fn readable(
    pipeline: &Pipeline,
    caller: &Caller,
    name: &Name,
) -> Result<Found<ProvedRecord>, StoreError> {
    let view = pipeline.view();
    let Some(record) = view.record(name)? else { return Ok(Found::Nothing) };
    // A lookup that fails finds nothing, and so allows nothing.
    let lookup = |name: &Name| view.record(name).ok().flatten();
    if !may_read(caller, &record, name, lookup) {
        return Ok(Found::Nothing);
    }
    Ok(match view.prove_record(name)? {
        Some(Proven { proof, under }) => {
            Found::Proven(ProvedRecord { proof, certified: certified(under) })
        }
        None => Found::Unproven,
    })
}

/// Every member, each with its proof under one certified header.
async fn directory(port: Data<Port>, request: HttpRequest) -> HttpResponse {
    let outcome = async {
        port.caller(&request, b"").await?;
        when_proven(&port.pipeline, prove_directory).await
    };
    respond(outcome.await)
}

fn prove_directory(pipeline: &Pipeline) -> Result<Found<DirectoryPage>, StoreError> {
    let view = pipeline.view();
    let Some(latest) = view.latest_certified()? else { return Ok(Found::Unproven) };
    let mut members = Vec::new();
    for member in view.directory()? {
        match view.prove_record(&Name::Member(member.directory.lei))? {
            Some(proven) if proven.under.header == latest.header => members.push(proven.proof),
            // Admitted since, or a later header was certified meanwhile.
            Some(_) | None => return Ok(Found::Unproven),
        }
    }
    Ok(Found::Proven(DirectoryPage { members, certified: certified(latest) }))
}

/// What is asked for in the query of [`BLOCKS`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedBlocks {
    from: u64,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    wait_ms: Option<u64>,
}

/// Finalized blocks, waiting for one if there is none yet (W24).
async fn blocks(port: Data<Port>, request: HttpRequest) -> HttpResponse {
    let outcome = async {
        let caller = port.caller(&request, b"").await?;
        // Before the query is read: to others this path has nothing, whatever they ask.
        if !may_follow(&caller) {
            return Err(refusal::not_found());
        }
        let malformed =
            || refusal::malformed("Ask as in ?from=1&limit=1..64&wait_ms=0..10000; from is >= 1.");
        let wanted = web::Query::<WantedBlocks>::from_query(request.query_string());
        let wanted = wanted.map_err(|_| malformed())?.into_inner();
        let limit = wanted.limit.unwrap_or(DEFAULT_PAGE_BLOCKS).min(PAGE_BLOCKS);
        if limit == 0 || wanted.from == 0 {
            return Err(malformed());
        }
        let wait = Duration::from_millis(wanted.wait_ms.unwrap_or(0).min(MAX_WAIT_MS));
        certified_blocks(&port.pipeline, Height::new(wanted.from), (limit, wait)).await
    };
    respond(outcome.await)
}

async fn certified_blocks(
    pipeline: &Pipeline,
    from: Height,
    (limit, wait): (usize, Duration),
) -> Result<BlockPage, Problem> {
    if !pipeline.orders() {
        return Err(refusal::no_blocks());
    }
    let mut news = pipeline.news();
    let there = news.wait_for(|tip| tip.certified >= from || !tip.serving);
    // Nothing new in time is an empty page.
    let _ = tokio::time::timeout(wait, there).await;
    let blocks = pipeline.blocks(from, limit).await;
    let reader = pipeline.clone();
    read(move || reader.with_certificates(blocks)).await
}

/// What is asked for in the query of [`HANDOVERS`].
#[derive(Deserialize)]
struct WantedHandovers {
    #[serde(default)]
    after: u64,
}

/// Handovers between committees (W23): whoever may read anything may know whom to believe.
async fn handovers(port: Data<Port>, request: HttpRequest) -> HttpResponse {
    let outcome = async {
        port.caller(&request, b"").await?;
        let wanted = web::Query::<WantedHandovers>::from_query(request.query_string());
        let wanted = wanted.map_err(|_| refusal::malformed("Ask as in ?after=0."))?;
        let (pipeline, after) = (port.pipeline.clone(), wanted.after);
        read(move || pipeline.handovers(after)).await
    };
    respond(outcome.await)
}

/// The latest header with a certificate of its own.
async fn latest_header(port: Data<Port>, request: HttpRequest) -> HttpResponse {
    let outcome = async {
        port.caller(&request, b"").await?;
        let pipeline = port.pipeline.clone();
        let latest = read(move || pipeline.view().latest_certified()).await?;
        latest.map(certified).ok_or_else(refusal::not_found)
    };
    respond(outcome.await)
}

/// The header at a height, if it has a certificate of its own.
async fn header_at(
    port: Data<Port>,
    request: HttpRequest,
    height: web::Path<String>,
) -> HttpResponse {
    let outcome = async {
        port.caller(&request, b"").await?;
        let height = height.parse().map_err(|_| refusal::malformed("A height is a number."))?;
        let pipeline = port.pipeline.clone();
        let found = read(move || header_with_certificate(&pipeline, Height::new(height))).await?;
        found.map(certified).ok_or_else(refusal::not_found)
    };
    respond(outcome.await)
}

fn header_with_certificate(
    pipeline: &Pipeline,
    height: Height,
) -> Result<Option<ledger_store::Certified>, StoreError> {
    let view = pipeline.view();
    let (header, certificate) = (view.header(height)?, view.certificate(height)?);
    Ok(header
        .zip(certificate)
        .map(|(header, certificate)| ledger_store::Certified { header, certificate }))
}

/// Where this process is.
async fn status(port: Data<Port>, request: HttpRequest) -> HttpResponse {
    let outcome = async {
        port.caller(&request, b"").await?;
        let pipeline = port.pipeline.clone();
        read(move || port_status(&pipeline)).await
    };
    match outcome.await {
        Ok(status) => HttpResponse::Ok().json(status),
        Err(problem) => refusal::answer(&problem),
    }
}

fn port_status(pipeline: &Pipeline) -> Result<PortStatus, StoreError> {
    let (view, tip) = (pipeline.view(), pipeline.tip());
    let header = view.applied_header()?;
    let damaged = StoreError::Damaged { what: "blocks" };
    let results = view.results_at(header.height)?.ok_or(damaged)?;
    Ok(PortStatus {
        chain_id: ledger_core::digest::Hash32::new(*header.chain.get()),
        height: header.height,
        state_root: results.state_root,
        certified: tip.certified,
        proven: tip.proven,
        mempool: pipeline.waiting(),
    })
}

/// The process is alive.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The engine runs and execution keeps up.
async fn readyz(port: Data<Port>) -> HttpResponse {
    let tip = port.pipeline.tip();
    let recent = tip.executed.is_some_and(|executed| executed.elapsed() <= READY_WITHIN);
    let (status, text) = if !tip.serving {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if !recent {
        (StatusCode::SERVICE_UNAVAILABLE, "no block executed in the last 10 s\n")
    } else if port.pipeline.is_storage_low() {
        (StatusCode::SERVICE_UNAVAILABLE, "the disk is nearly full\n")
    } else if !tip.current {
        (StatusCode::SERVICE_UNAVAILABLE, "catching up\n")
    } else {
        (StatusCode::OK, "ready\n")
    };
    HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(text)
}

/// The engine's metrics and ours.
async fn metrics(port: Data<Port>) -> HttpResponse {
    let (pipeline, tip) = (&port.pipeline, port.pipeline.tip());
    let gauges = Gauges {
        height: tip.applied.get(),
        certified: tip.certified.get(),
        lag: tip.applied.get().saturating_sub(tip.proven.get()),
        mempool: u64::try_from(pipeline.waiting()).unwrap_or(u64::MAX),
        expelled: pipeline.expelled(),
        halt_left_s: pipeline.halt_left().div_ceil(1_000),
        rules: port.metrics.rules(&pipeline.view().rules().unwrap_or_default()),
        storage_free: pipeline.storage_free(),
    };
    let (engine, backing) = (pipeline.engine_metrics(), pipeline.backing());
    let text = port.metrics.text(&engine, gauges, &backing);
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, CONTENT_TYPE)).body(text)
}

async fn nothing(request: HttpRequest) -> HttpResponse {
    match WrongVerb::of(&ROWS, request.path()) {
        Some(wrong) => wrong.stated(refusal::answer(&wrong.problem())),
        None => refusal::answer(&refusal::not_found()),
    }
}

/// Canonical bytes, or the problem.
pub(super) fn respond<T: Serialize>(outcome: Result<T, Problem>) -> HttpResponse {
    match outcome {
        Ok(value) => HttpResponse::Ok().content_type(BCS).body(encode(&value)),
        Err(problem) => refusal::answer(&problem),
    }
}

/// Reads the store on a blocking thread.
pub(super) async fn read<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    blocking(work).await?.map_err(|error| refusal::store(&error))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    web::block(work).await.map_err(|_| refusal::internal("a blocking thread ended"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{
        App,
        test::{TestRequest, call_service, init_service},
    };

    fn filled(path: &str) -> String {
        let account = "00".repeat(32);
        path.replace("{name}", "00").replace("{height}", "1").replace("{account}", &account)
    }

    /// A route without its port fails (500); what is routed nowhere is not found.
    #[actix_web::test]
    async fn every_operation_of_the_description_is_routed() {
        let service = init_service(App::new().configure(configure)).await;
        for (method, path) in ROWS {
            let path = filled(path);
            let request = match method {
                "get" => TestRequest::get(),
                "post" => TestRequest::post(),
                other => panic!("{other}"),
            };
            let answer = call_service(&service, request.uri(&path).to_request()).await;
            assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
        }
        for (method, path) in ROWS {
            let path = filled(path);
            let answer =
                call_service(&service, TestRequest::delete().uri(&path).to_request()).await;
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
            let allowed = answer.headers().get(header::ALLOW).unwrap();
            assert_eq!(allowed.to_str().unwrap().to_lowercase(), method, "{path}");
        }
        let nowhere = TestRequest::get().uri("/ledger/v1/nothing").to_request();
        assert_eq!(call_service(&service, nowhere).await.status(), StatusCode::NOT_FOUND);
    }
}
