//! The port over real HTTP, over a real store; the pool is a stand-in that keeps what it is given.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use consensus::{Ledger as _, SubmitError};
use futures::future::BoxFuture;
use ledger_core::{
    authority::{Role, RoleKey},
    block::{Block, Context, encode_payload},
    command::{Body, Command, SetStanding, SignedCommand},
    digest::Hash32,
    epoch::Epochs,
    id::{CommandId, Lei, PartyId, PersonId, Text},
    limits::{MAX_BULK_BYTES, MAX_COMMAND_BYTES},
    member::DirectoryEntry,
    party::{Level, StandingStatus},
    signature::{MemorySigner, Signer as _},
    time::Height,
};
use settlement_api::{
    client::{ClientLimits, ClientRequest, ClientResponse, SignedClient, http},
    ledger_port::{
        BATCH_COMMANDS, BCS, BLOCKS, BatchOutcome, BlockPage, COMMAND_BATCHES, COMMANDS,
        LedgerClient, PortError, PortStatus, RECORDS, STATUS, SubmittedBatch,
    },
    tls::ServerTrust,
};
use verifier::testing::{TestNetwork, lei};

mod head;

use super::*;
use crate::{
    closing,
    keyfile::TransportKey,
    pipeline::{Engine, Executed, Executor},
    space::Space,
};

/// A request without a signature.
async fn plain(url: String) -> reqwest::Result<reqwest::Response> {
    let client = http(ClientLimits::default(), &ServerTrust::ThisHost).unwrap();
    client.get(url).send().await
}

/// Secrets of bank A, bank B and a stranger.
const COMPLIANCE_A: [u8; 32] = [11; 32];
const TRANSPORT_A: [u8; 32] = [12; 32];
const TRANSPORT_B: [u8; 32] = [22; 32];
const STRANGER: [u8; 32] = [99; 32];
/// Secret of the overseer.
const REGULATOR: [u8; 32] = [33; 32];
const PARTY: PartyId = PartyId::new([5; 32]);

#[derive(Default)]
struct Kept {
    commands: Mutex<Vec<SignedCommand>>,
    blocks: Mutex<Vec<Block>>,
    full: bool,
}

impl Engine for Kept {
    fn submit(&self, command: SignedCommand) -> Result<CommandId, SubmitError> {
        if self.full {
            return Err(SubmitError::PoolFull);
        }
        command.check_signatures()?;
        let id = command.body.id();
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).push(command);
        Ok(id)
    }

    fn submit_all(&self, commands: Vec<SignedCommand>) -> Vec<Result<CommandId, SubmitError>> {
        commands.into_iter().map(|command| self.submit(command)).collect()
    }

    fn room(&self, organisation: &Lei) -> Result<(), SubmitError> {
        if self.full && *organisation == lei("BANKA") {
            return Err(SubmitError::QuotaExceeded);
        }
        Ok(())
    }

    fn waiting(&self) -> usize {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn metrics(&self) -> String {
        "# TYPE engine counter\nengine_total 1\n# EOF\n".to_owned()
    }

    fn block(&self, height: Height) -> BoxFuture<'_, Option<Block>> {
        let blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let found = blocks.iter().find(|block| block.header.height == height).cloned();
        Box::pin(async move { found })
    }
}

/// A validator without engine: blocks are made by hand.
struct Net {
    network: TestNetwork,
    executor: Executor,
    pool: Arc<Kept>,
    server: Option<Server>,
    url: String,
    _folder: tempfile::TempDir,
    _closed: Closed,
}

/// Dropped last: the server's threads let go of the store when they end, not when they are told to.
struct Closed;

impl Drop for Closed {
    fn drop(&mut self) {
        let closed = closing::wait();
        assert!(closed || std::thread::panicking(), "a thread keeps the store");
    }
}

fn member(name: &str, keys: &[([u8; 32], Role)]) -> DirectoryEntry {
    let lei = lei(name);
    let mut keys: Vec<RoleKey> = keys
        .iter()
        .map(|(secret, role)| RoleKey {
            key: MemorySigner::new(secret).public_key(),
            role: *role,
            person: PersonId::new([secret[0]; 16]),
            organisation: lei,
        })
        .collect();
    keys.sort_by_key(|grant| grant.key);
    DirectoryEntry {
        lei,
        aliases: Vec::new(),
        endpoint: Text::new("http://127.0.0.1:1").unwrap(),
        encryption: Hash32::ZERO,
        keys,
    }
}

impl Net {
    fn start(full: bool) -> Self {
        Self::serving(full, Pipeline::new)
    }

    /// With another pipeline than a validator's.
    fn serving(full: bool, pipeline: impl FnOnce(Arc<dyn Engine>, Executed) -> Pipeline) -> Self {
        let mut network = TestNetwork::new(1);
        network.genesis.members = vec![
            member("BANKA", &[(COMPLIANCE_A, Role::Compliance), (TRANSPORT_A, Role::Transport)]),
            member("BANKB", &[(TRANSPORT_B, Role::Transport)]),
        ];
        network.genesis.role_keys = vec![RoleKey {
            key: MemorySigner::new(&REGULATOR).public_key(),
            role: Role::Regulator,
            person: PersonId::new([33; 16]),
            organisation: lei("OVERSEER"),
        }];
        let folder = tempfile::tempdir().unwrap();
        let metrics = Arc::new(Metrics::default());
        let ledger = folder.path().join("ledger");
        let executor = Executor::open(&ledger, &network.genesis, Arc::clone(&metrics)).unwrap();
        let pool = Arc::new(Kept { full, ..Kept::default() });
        let shown: Arc<dyn Engine> = Arc::clone(&pool) as Arc<dyn Engine>;
        let pipeline = pipeline(shown, executor.executed());
        let port = Port::new(pipeline, metrics, folder.path()).unwrap();
        let server = serve("127.0.0.1:0".parse().unwrap(), None, port).unwrap();
        let url = format!("http://{}", server.address());
        Self {
            network,
            executor,
            pool,
            server: Some(server),
            url,
            _folder: folder,
            _closed: Closed,
        }
    }

    /// Orders and executes a block of what the pool holds, and certifies it.
    fn block(&mut self) {
        let commands = std::mem::take(&mut *self.pool.commands.lock().unwrap());
        let parent = self.executor.applied();
        let results = self.executor.reader().results(parent.height).unwrap();
        let context = Context {
            epoch: Epochs::of(&self.network.genesis).containing(parent.height.next()),
            view: parent.context.view + 1,
            parent_view: parent.context.view,
            leader: self.network.voters[0].identity(),
        };
        let payload = encode_payload(&commands);
        let header = parent.child(context, parent.time.after(500), &payload, results);
        let block = Block { header, payload };
        self.pool.blocks.lock().unwrap().push(block.clone());
        let valid = block.validate(&parent, &self.network.genesis.limits, rand::rng()).unwrap();
        self.executor.execute(&valid).unwrap();
        self.executor.certify(header.height, &self.network.certify(&header)).unwrap();
    }

    fn client(&self, secret: [u8; 32]) -> LedgerClient {
        let key = Arc::new(TransportKey::from_secret(&secret));
        let committee = Arc::new(self.network.committee());
        LedgerClient::new(vec![self.url.clone()], key, committee).unwrap()
    }

    async fn send(&self, secret: [u8; 32], request: ClientRequest) -> ClientResponse {
        let key = Arc::new(TransportKey::from_secret(&secret));
        SignedClient::new(key, ClientLimits::default()).unwrap().send(request).await.unwrap()
    }

    async fn get(&self, secret: [u8; 32], path: &str) -> ClientResponse {
        self.send(secret, ClientRequest::get(format!("{}{path}", self.url))).await
    }

    async fn post(&self, body: Vec<u8>) -> ClientResponse {
        let request = ClientRequest::post(format!("{}{COMMANDS}", self.url), BCS, body);
        self.send(TRANSPORT_A, request).await
    }

    async fn post_batch(&self, commands: &[SignedCommand]) -> ClientResponse {
        let url = format!("{}{COMMAND_BATCHES}", self.url);
        self.send(TRANSPORT_A, ClientRequest::post(url, BCS, ledger_core::codec::encode(&commands)))
            .await
    }

    /// Bank A's statement about a customer.
    fn standing(&self) -> SignedCommand {
        let genesis = &self.network.genesis;
        let standing = SetStanding {
            party: PARTY,
            level: Level::Full,
            status: StandingStatus::Active,
            expires: genesis.time.after(1_000_000),
            evidence: Hash32::ZERO,
        };
        let body = Body {
            chain: genesis.chain_id(),
            organisation: lei("BANKA"),
            signers: Vec::new(),
            nonce: Hash32::new([1; 32]),
            expires: genesis.time.after(60_000),
            command: Command::SetStanding(standing),
        };
        SignedCommand::sign(body, &[&MemorySigner::new(&COMPLIANCE_A)]).unwrap()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.executor.closing().close();
        if let Some(server) = self.server.take() {
            server.abandon();
        }
    }
}

#[actix_web::test]
async fn a_receipt_reaches_its_party_with_its_proof_and_nobody_else() {
    let mut net = Net::start(false);
    net.block();
    let (a, b) = (net.client(TRANSPORT_A), net.client(TRANSPORT_B));
    let start = (Height::new(0), 0);
    let id = a.submit(&net.standing()).await.unwrap();
    net.block();
    // Executed, and not yet covered by any certified header.
    assert_eq!(a.receipts(start, Duration::ZERO).await.unwrap(), []);
    net.block();
    let receipts = a.receipts(start, Duration::ZERO).await.unwrap();
    assert_eq!(receipts.len(), 1);
    let receipt = &receipts[0].proof.receipt;
    assert_eq!((receipt.command, receipt.height), (id, Height::new(2)));
    let after = (receipt.height, receipt.index);
    assert_eq!(a.receipts(after, Duration::ZERO).await.unwrap(), []);
    assert_eq!(b.receipts(start, Duration::ZERO).await.unwrap(), []);
}

#[actix_web::test]
async fn a_waiting_request_is_answered_as_soon_as_the_receipt_is_proven() {
    let mut net = Net::start(false);
    net.block();
    let a = net.client(TRANSPORT_A);
    a.submit(&net.standing()).await.unwrap();
    let started = Instant::now();
    let waiting = actix_web::rt::spawn(async move {
        a.receipts((Height::new(0), 0), Duration::from_secs(8)).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    net.block();
    net.block();
    assert_eq!(waiting.await.unwrap().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(6));
}

#[actix_web::test]
async fn what_is_not_the_callers_is_answered_like_what_does_not_exist() {
    let mut net = Net::start(false);
    net.block();
    net.client(TRANSPORT_A).submit(&net.standing()).await.unwrap();
    net.block();
    net.block();
    let name = Name::Party(PARTY);
    let found = net.client(TRANSPORT_A).record(&name).await.unwrap();
    assert!(matches!(found, Some((Record::Party(party), _)) if party.member == lei("BANKA")));
    assert!(net.client(TRANSPORT_B).record(&name).await.unwrap().is_none());
    let path = |name: &Name| format!("{RECORDS}/{}", hex::encode(ledger_core::codec::encode(name)));
    let theirs = net.get(TRANSPORT_B, &path(&name)).await;
    let absent = net.get(TRANSPORT_B, &path(&Name::Party(PartyId::new([6; 32])))).await;
    let chain = net.get(TRANSPORT_B, &path(&Name::Chain)).await;
    for answer in [&theirs, &absent, &chain] {
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body, absent.body);
        assert_eq!(answer.problem().unwrap().code(), "not_found");
    }
}

#[actix_web::test]
async fn everyone_with_a_key_reads_directory_headers_and_status() {
    let mut net = Net::start(false);
    net.block();
    net.block();
    let b = net.client(TRANSPORT_B);
    let members = b.directory().await.unwrap();
    assert_eq!(members.len(), 2);
    assert_eq!(b.latest().await.unwrap().header.height, Height::new(2));
    assert_eq!(net.get(TRANSPORT_B, "/ledger/v1/headers/1").await.status, 200);
    assert_eq!(net.get(TRANSPORT_B, "/ledger/v1/headers/9").await.status, 404);
    assert_eq!(net.get(TRANSPORT_B, "/ledger/v1/headers/x").await.status, 400);
    let status = net.get(TRANSPORT_B, STATUS).await;
    let status: PortStatus = serde_json::from_slice(&status.body).unwrap();
    assert_eq!((status.height, status.proven), (Height::new(2), Height::new(1)));
    let executed = net.executor.reader().results(Height::new(2)).unwrap();
    assert_eq!(status.state_root, executed.state_root);
}

#[actix_web::test]
async fn a_key_that_is_not_on_the_ledger_is_refused_everywhere() {
    let mut net = Net::start(false);
    net.block();
    for path in ["/ledger/v1/status", "/ledger/v1/receipts", "/ledger/v1/headers/latest"] {
        assert_eq!(net.get(STRANGER, path).await.problem().unwrap().code(), "key_unknown");
    }
    let refused = net.client(STRANGER).submit(&net.standing()).await;
    assert!(matches!(refused, Err(PortError::Refused(problem)) if problem.status() == 401));
    assert_eq!(net.pool.waiting(), 0);
}

#[actix_web::test]
async fn a_batch_is_answered_command_by_command_and_only_for_its_sender() {
    let mut net = Net::start(false);
    net.block();
    let good = net.standing();
    let mut forged = good.clone();
    forged.body.nonce = Hash32::new([2; 32]);
    let taken = net.post_batch(&[good.clone(), forged.clone(), good.clone()]).await;
    assert_eq!(taken.status, 200);
    let taken: SubmittedBatch = serde_json::from_slice(&taken.body).unwrap();
    let own = BatchOutcome::Taken { command_id: good.body.id() };
    let bad = BatchOutcome::Refused { code: "bad_signature".to_owned(), retry: false };
    assert_eq!(taken.commands, [own.clone(), bad, own.clone()]);
    assert_eq!(
        net.client(TRANSPORT_A).submit_all(std::slice::from_ref(&good)).await.unwrap(),
        [own]
    );
    let too_many = vec![good.clone(); BATCH_COMMANDS + 1];
    for (batch, code) in [(vec![], "malformed_request"), (too_many, "malformed_request")] {
        let refused = net.post_batch(&batch).await;
        assert_eq!((refused.status, refused.problem().unwrap().code()), (400, code));
    }
    let waiting = net.pool.waiting();
    let mut foreign = good.clone();
    foreign.body.organisation = lei("BANKB");
    let refused = net.post_batch(&[good, foreign]).await;
    assert_eq!(refused.status, 403);
    assert_eq!(net.pool.waiting(), waiting, "nothing of a batch with a foreign command is taken");
    let metrics = net.get(TRANSPORT_A, "/metrics").await.body;
    let metrics = String::from_utf8_lossy(&metrics).into_owned();
    assert!(metrics.contains("florin_refusals_total{code=\"bad_signature\"} 1"), "{metrics}");
}

#[actix_web::test]
async fn what_is_no_command_is_refused_with_its_code() {
    let mut net = Net::start(false);
    net.block();
    let good = net.standing();
    let mut forged = good.clone();
    forged.body.nonce = Hash32::new([2; 32]);
    let mut foreign = good.clone();
    foreign.body.chain = ledger_core::id::ChainId::new([9; 32]);
    let mut unsigned = good.clone();
    unsigned.signatures.clear();
    // More than 16 KiB, which only a bulk may have.
    let mut long = good.clone();
    long.body.signers = vec![MemorySigner::new(&COMPLIANCE_A).public_key(); 600];
    assert!(long.to_bytes().len() > MAX_COMMAND_BYTES);
    let rows = [
        (good.to_bytes(), 202, ""),
        (good.to_bytes(), 202, ""),
        (b"x".to_vec(), 400, "malformed_command"),
        (unsigned.to_bytes(), 400, "malformed_signatures"),
        (forged.to_bytes(), 422, "bad_signature"),
        (foreign.to_bytes(), 422, "other_network"),
        (long.to_bytes(), 413, "command_too_long"),
        (vec![0; MAX_BULK_BYTES + 1], 413, "command_too_long"),
    ];
    for (body, status, code) in rows {
        let answer = net.post(body).await;
        assert_eq!(answer.status, status, "{code}");
        let found = answer.problem().map(|problem| problem.code().to_owned());
        assert_eq!(found.unwrap_or_default(), code);
    }
}

/// W24: pages of blocks for the overseer, and the same nothing for everybody else.
#[actix_web::test]
async fn w24_blocks_reach_the_overseer_with_certificates_and_nobody_else() {
    let mut net = Net::start(false);
    net.block();
    net.client(TRANSPORT_A).submit(&net.standing()).await.unwrap();
    net.block();
    net.block();
    let overseer = net.client(REGULATOR);
    let page = overseer.blocks(Height::new(1), Duration::ZERO).await.unwrap();
    let kept = net.pool.blocks.lock().unwrap().clone();
    assert_eq!(page.blocks.len(), 3);
    for (given, kept) in page.blocks.iter().zip(&kept) {
        assert_eq!((&given.header, &given.payload), (&kept.header, &kept.payload));
        let certificate = given.certificate.as_ref().unwrap();
        assert_eq!(net.network.committee().verify(&given.header, certificate), Ok(()));
    }
    assert!(!page.blocks[1].payload.is_empty());
    let rows = [("from=2", 2), ("from=1&limit=1", 1), ("from=4", 0), ("from=900&wait_ms=1", 0)];
    for (query, count) in rows {
        let answer = net.get(REGULATOR, &format!("{BLOCKS}?{query}")).await;
        let page: BlockPage = ledger_core::codec::decode(&answer.body, 1 << 20).unwrap();
        assert_eq!(page.blocks.len(), count, "{query}");
    }
    for query in ["", "?from=0", "?from=x", "?from=1&limit=0", "?from=1&page=2"] {
        let answer = net.get(REGULATOR, &format!("{BLOCKS}{query}")).await;
        assert_eq!(answer.problem().unwrap().code(), "malformed_request", "{query}");
    }
    let nowhere = net.get(TRANSPORT_A, "/ledger/v1/nothing-of-this-name").await;
    for secret in [TRANSPORT_A, COMPLIANCE_A, TRANSPORT_B] {
        for query in ["?from=1", "?from=900&wait_ms=9000", "?from=x", ""] {
            let answer = net.get(secret, &format!("{BLOCKS}{query}")).await;
            assert_eq!((answer.status, &answer.body), (404, &nowhere.body), "{query}");
        }
    }
}

#[actix_web::test]
async fn a_waiting_follower_is_answered_as_soon_as_a_block_is_certified() {
    let mut net = Net::start(false);
    net.block();
    let overseer = net.client(REGULATOR);
    let started = Instant::now();
    let waiting = actix_web::rt::spawn(async move {
        overseer.blocks(Height::new(2), Duration::from_secs(8)).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    net.block();
    assert_eq!(waiting.await.unwrap().blocks.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(6));
}

#[actix_web::test]
async fn an_observer_reads_as_a_validator_does_and_takes_nothing() {
    let mut net = Net::serving(false, |_, executed| Pipeline::reading(executed));
    net.block();
    net.block();
    let a = net.client(TRANSPORT_A);
    assert_eq!(a.directory().await.unwrap().len(), 2);
    assert_eq!(a.latest().await.unwrap().header.height, Height::new(2));
    let answer = net.post(net.standing().to_bytes()).await;
    assert_eq!((answer.status, answer.problem().unwrap().code()), (421, "not_a_validator"));
    assert_eq!(net.pool.waiting(), 0);
    let answer = net.get(REGULATOR, &format!("{BLOCKS}?from=1")).await;
    assert_eq!((answer.status, answer.problem().unwrap().code()), (421, "blocks_not_kept"));
    let metrics = plain(format!("{}/metrics", net.url)).await.unwrap().text().await.unwrap();
    assert_eq!(metrics.matches("# EOF").count(), 1);
    net.executor.set_current(false);
    let ready = plain(format!("{}/readyz", net.url)).await.unwrap();
    assert_eq!(
        (ready.status().as_u16(), ready.text().await.unwrap().as_str()),
        (503, "catching up\n")
    );
}

#[actix_web::test]
async fn a_full_pool_says_when_to_come_back() {
    let mut net = Net::start(true);
    net.block();
    let answer = net.post(net.standing().to_bytes()).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers.get("retry-after").unwrap(), "2");
    assert_eq!(answer.problem().unwrap().code(), "quota_exceeded");
}

#[actix_web::test]
async fn a_validator_with_little_room_on_its_disk_takes_no_commands_and_answers_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let space = |mib| {
        let storage = toml::from_str(&format!("min_free_mib = {mib}")).unwrap();
        Space::new(folder.path().to_path_buf(), storage)
    };
    let within = |space| move |engine, executed| Pipeline::new(engine, executed).within(space);
    let mut net = Net::serving(false, within(space(u64::MAX)));
    net.block();
    let one = net.post(net.standing().to_bytes()).await;
    let many = net.post_batch(&[net.standing()]).await;
    for answer in [one, many] {
        assert_eq!((answer.status, answer.problem().unwrap().code()), (503, "storage_low"));
    }
    assert_eq!(net.pool.waiting(), 0);
    assert_eq!(net.client(TRANSPORT_A).latest().await.unwrap().header.height, Height::new(1));
    let ready = plain(format!("{}/readyz", net.url)).await.unwrap();
    assert_eq!(ready.status(), 503);
    assert_eq!(ready.text().await.unwrap(), "the disk is nearly full\n");
    let metrics = plain(format!("{}/metrics", net.url)).await.unwrap().text().await.unwrap();
    let free = metrics.lines().find_map(|line| line.strip_prefix("florin_storage_free_bytes "));
    assert!(free.unwrap().parse::<u64>().unwrap() > 0);
    drop(net);
    let mut net = Net::serving(false, within(space(1)));
    net.block();
    net.client(TRANSPORT_A).submit(&net.standing()).await.unwrap();
}

#[actix_web::test]
async fn health_and_metrics_need_no_signature() {
    let mut net = Net::start(false);
    let get = |path: &str| plain(format!("{}{path}", net.url));
    assert_eq!(get("/healthz").await.unwrap().status(), 200);
    assert_eq!(get("/readyz").await.unwrap().status(), 503);
    assert_eq!(get("/nowhere").await.unwrap().status(), 404);
    net.client(TRANSPORT_A).submit(&net.standing()).await.unwrap();
    net.block();
    let get = |path: &str| plain(format!("{}{path}", net.url));
    assert_eq!(get("/readyz").await.unwrap().status(), 200);
    let metrics = get("/metrics").await.unwrap();
    assert_eq!(metrics.headers()["content-type"], metrics::CONTENT_TYPE);
    let text = metrics.text().await.unwrap();
    assert_eq!(text.matches("# EOF").count(), 1);
    for line in [
        "engine_total 1",
        "florin_height 1",
        "florin_commands_total{outcome=\"applied\"} 1",
        "florin_refusals_total{code=\"not_found\"} 1",
        "florin_http_requests_total{path=\"/ledger/v1/commands\",status=\"202\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[actix_web::test]
async fn a_request_for_receipts_that_cannot_be_read_is_refused() {
    let mut net = Net::start(false);
    net.block();
    for query in ["after=1", "after=1.x", "after=+1.0", "limit=0", "limit=x", "page=2"] {
        let answer = net.get(TRANSPORT_A, &format!("/ledger/v1/receipts?{query}")).await;
        assert_eq!(
            answer.problem().map(|p| p.code().to_owned()).as_deref(),
            Some("malformed_request"),
            "{query}"
        );
    }
}
