//! Three banks, their gateways, a ledger port, and payments that stand in the banks' records.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{App as Site, HttpResponse, HttpServer, dev::ServerHandle, web};
use ed25519_zebra::SigningKey;
use interbank::{CaseId, Letter, port::Store as _};
use iso20022::{FIXTURE_PACS008, Pacs008};
use kyc_gateway::{Gate, screening::ScreeningList};
use ledger_core::{
    authority::{Role, RoleKey},
    codec::{decode, encode},
    command::{Payment, SignedCommand},
    digest::Hash32,
    id::{AccountId, ChainId, Leg, Lei, PartyId, PersonId, Text, Uetr},
    member::{DirectoryEntry, Member},
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    signature::{MemorySigner, PublicKey, Signed, Signer},
    time::{Height, LedgerTime},
};
use serde_json::{Value, json};
use verifier::testing::{TestNetwork, TestState, lei};
use zeroize::Zeroizing;

#[path = "../../../interbank/tests/killed/file.rs"]
mod file;

use crate::{
    auth::Authenticator,
    client::{ClientLimits, ClientRequest, ClientResponse, SignedClient},
    envelope::public_from_private,
    gateway::{Gateway, Parts},
    http_signature::RequestSigner,
    inquiries::{change::Change, desk, exchange, timer},
    keys::{Keys, Purpose},
    ledger_port::{
        COMMANDS, Certified, DIRECTORY, DirectoryPage, LATEST_HEADER, LedgerClient, ProvedReceipt,
        ProvedRecord, RECEIPTS, RECORDS, ReceiptPage,
    },
    nonce::{MemoryNonceStore, NonceLimits},
    payments::{
        delivery::{Answer, Decision, Delivery, commitment},
        inbox::{self, InboxRecord},
        intake::leg_of,
        record::{Original, PaymentRecord, Stage},
        value_date,
    },
    port::{KeyValue, MemoryStore, Pair, StoreFault, Write},
    server::{App, Client, ClientRole, routes},
};

/// The banks: A pays B, B pays C under the same UETR.
pub(super) const BANKS: [&str; 3] = ["BANKA", "BANKB", "BANKC"];
pub(super) const A: usize = 0;
pub(super) const B: usize = 1;
pub(super) const C: usize = 2;

/// A key of a bank for a purpose. Not in the first byte, of which X25519 drops some bits.
fn seed(bank: usize, purpose: u8) -> [u8; 32] {
    let mut seed = [purpose; 32];
    seed[1] = u8::try_from(bank).unwrap() + 100;
    seed
}

pub(super) fn settlement(bank: usize) -> MemorySigner {
    MemorySigner::new(&seed(bank, 1))
}

pub(super) fn transport(bank: usize) -> SigningKey {
    SigningKey::from_bytes(&seed(bank, 2))
}

pub(super) fn encryption(bank: usize) -> [u8; 32] {
    seed(bank, 3)
}

/// Clients of each gateway: name, role, number of its key.
pub(super) const CLIENTS: [(&str, ClientRole, u8); 5] = [
    ("maker", ClientRole::Operations, 10),
    ("checker", ClientRole::Operations, 11),
    ("officer", ClientRole::Compliance, 12),
    ("second-officer", ClientRole::Compliance, 13),
    ("treasury", ClientRole::TreasuryMaker, 14),
];

pub(super) fn client_key(bank: usize, name: &str) -> SigningKey {
    let (_, _, number) = CLIENTS.iter().find(|(one, ..)| *one == name).unwrap();
    SigningKey::from_bytes(&seed(bank, *number))
}

/// A store in a file, as a process opens it: a number of writes, then it has ended.
pub(super) struct Disk {
    file: Mutex<file::FileStore>,
    left: Mutex<usize>,
    ended: Mutex<bool>,
}

impl Disk {
    /// Whether a write was refused.
    pub(super) fn has_ended(&self) -> bool {
        *self.ended.lock().unwrap()
    }

    pub(super) fn open(path: &Path, writes: usize) -> Arc<Self> {
        let file = Mutex::new(file::FileStore::open(path).unwrap());
        Arc::new(Self { file, left: Mutex::new(writes), ended: Mutex::new(false) })
    }

    fn file(&self) -> std::sync::MutexGuard<'_, file::FileStore> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyValue for Disk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.file().get(key).map_err(|_| StoreFault::Damaged)
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault> {
        let mut left = self.left.lock().unwrap();
        let Some(after) = left.checked_sub(1) else {
            *self.ended.lock().unwrap() = true;
            return Err(StoreFault::Unavailable);
        };
        *left = after;
        self.file().write(batch).map_err(|_| StoreFault::Unavailable)
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault> {
        self.file().scan(prefix, limit).map_err(|_| StoreFault::Damaged)
    }
}

/// What the ledger port serves.
struct Ledger {
    network: TestNetwork,
    state: TestState,
    members: Vec<Lei>,
    receipts: Mutex<Vec<ProvedReceipt>>,
}

impl Ledger {
    fn certified(&self) -> Certified {
        let header = self.state.header;
        Certified { header, certificate: self.network.certify(&header) }
    }

    /// Anchors, each in a block of its own.
    fn take(&self, command: &SignedCommand) {
        let mut receipts = self.receipts.lock().unwrap();
        if receipts.iter().any(|known| known.proof.receipt.command == command.body.id()) {
            return;
        }
        let mut receipt = self.network.receipt(0, Outcome::Applied(Effect::Anchored));
        receipt.command = command.body.id();
        receipt.height = Height::new(u64::try_from(receipts.len()).unwrap() + 1);
        let (proof, header) = self.network.receipt_proof(&[receipt]);
        let certificate = self.network.certify(&header);
        receipts.push(ProvedReceipt { proof, certified: Certified { header, certificate } });
    }
}

type Served = web::Data<Ledger>;

async fn directory(ledger: Served) -> HttpResponse {
    let proof = |lei: &Lei| ledger.state.proof(&Name::Member(*lei));
    let members = ledger.members.iter().map(proof).collect();
    HttpResponse::Ok().body(encode(&DirectoryPage { members, certified: ledger.certified() }))
}

async fn record(ledger: Served, name: web::Path<String>) -> HttpResponse {
    let name: Name = decode(&hex::decode(name.as_str()).unwrap(), 256).unwrap();
    match ledger.state.prove(&name) {
        Some(proof) => {
            HttpResponse::Ok().body(encode(&ProvedRecord { proof, certified: ledger.certified() }))
        }
        None => HttpResponse::NotFound().content_type("application/problem+json").body(
            r#"{"type":"about:blank","title":"x","status":404,"code":"not_found","retry":"never","detail":"x"}"#,
        ),
    }
}

async fn latest(ledger: Served) -> HttpResponse {
    HttpResponse::Ok().body(encode(&ledger.certified()))
}

async fn command(ledger: Served, body: web::Bytes) -> HttpResponse {
    ledger.take(&decode(&body, 1 << 20).unwrap());
    HttpResponse::Accepted().json(json!({}))
}

async fn receipts(ledger: Served, request: actix_web::HttpRequest) -> HttpResponse {
    let after = request.query_string().strip_prefix("after=").unwrap();
    let after: u64 = after.split('.').next().unwrap().parse().unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let receipts = ledger.receipts.lock().unwrap().clone().into_iter();
    let receipts = receipts.filter(|one| one.proof.receipt.height.get() > after).collect();
    HttpResponse::Ok().body(encode(&ReceiptPage { receipts }))
}

/// A gateway's life: from its start to its end.
pub(super) struct Running {
    pub(super) gateway: Arc<Gateway>,
    handle: ServerHandle,
}

/// The whole of it.
pub(super) struct Net {
    pub(super) network: TestNetwork,
    ledger_url: String,
    ledger_handle: ServerHandle,
    addresses: Vec<std::net::SocketAddr>,
    /// Ports that no server has taken over yet.
    listeners: Vec<Option<TcpListener>>,
    stores: Vec<Arc<dyn KeyValue>>,
    running: Vec<Option<Running>>,
    /// Far ahead, and further with each look, so that whatever waits for another attempt is due.
    later: Mutex<u64>,
}

/// A member's directory entry.
fn entry(bank: usize, address: std::net::SocketAddr) -> DirectoryEntry {
    let organisation = lei(BANKS[bank]);
    let person = PersonId::new([1; 16]);
    let role = |key, role| RoleKey { key, role, person, organisation };
    let http = PublicKey::new(transport(bank).public_key());
    DirectoryEntry {
        lei: organisation,
        aliases: Vec::new(),
        endpoint: Text::new(&format!("http://{address}")).unwrap(),
        encryption: Hash32::new(public_from_private(&encryption(bank)).unwrap()),
        keys: vec![
            role(settlement(bank).public_key(), Role::Settlement),
            role(http, Role::Transport),
        ],
    }
}

/// A port, also one that a server before has not given up yet.
fn listen(address: &str) -> TcpListener {
    for _ in 0..200 {
        if let Ok(listener) = TcpListener::bind(address) {
            return listener;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    TcpListener::bind(address).unwrap()
}

impl Net {
    /// All three gateways run, with stores in memory and the payments in their records.
    pub(super) async fn new() -> Self {
        let mut net = Self::stopped();
        for bank in 0..BANKS.len() {
            net.start(bank).await;
        }
        net
    }

    /// The ledger port runs, and no gateway.
    pub(super) fn stopped() -> Self {
        let listeners: Vec<TcpListener> = BANKS.iter().map(|_| listen("127.0.0.1:0")).collect();
        let addresses: Vec<_> = listeners.iter().map(|one| one.local_addr().unwrap()).collect();
        let listeners = listeners.into_iter().map(Some).collect();
        let network = TestNetwork::new(4);
        let entries = (0..BANKS.len()).map(|bank| entry(bank, addresses[bank]));
        let records: Vec<(Name, Record)> = entries
            .map(|entry| (Name::Member(entry.lei), Record::Member(Member::new(entry))))
            .collect();
        let ledger = web::Data::new(Ledger {
            state: TestState::new(&network, &records),
            members: BANKS.map(lei).into(),
            network: network.clone(),
            receipts: Mutex::default(),
        });
        let listener = listen("127.0.0.1:0");
        let ledger_url = format!("http://{}", listener.local_addr().unwrap());
        let server = HttpServer::new(move || {
            Site::new()
                .app_data(ledger.clone())
                .route(DIRECTORY, web::get().to(directory))
                .route(&format!("{RECORDS}/{{name}}"), web::get().to(record))
                .route(LATEST_HEADER, web::get().to(latest))
                .route(COMMANDS, web::post().to(command))
                .route(RECEIPTS, web::get().to(receipts))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let ledger_handle = server.handle();
        actix_web::rt::spawn(server);
        let stores: Vec<Arc<dyn KeyValue>> = (0..BANKS.len())
            .map(|bank| {
                let store = MemoryStore::default();
                store.write(payments(bank)).unwrap();
                Arc::new(store) as Arc<dyn KeyValue>
            })
            .collect();
        let running = BANKS.map(|_| None).into();
        let later = Mutex::new(0);
        Self { network, ledger_url, ledger_handle, addresses, listeners, stores, running, later }
    }

    /// Puts another store under a bank that does not run.
    pub(super) fn put(&mut self, bank: usize, store: Arc<dyn KeyValue>) {
        assert!(self.running[bank].is_none());
        self.stores[bank] = store;
    }

    /// Starts a gateway on its store; nothing runs in its background.
    pub(super) async fn start(&mut self, bank: usize) {
        let parts = self.parts(bank);
        let gateway = Gateway::new(parts).unwrap();
        gateway.directory.refresh().await.unwrap();
        assert!(exchange::speaks(&gateway));
        let client = |(name, role, _): (&str, ClientRole, u8)| {
            let key = PublicKey::new(client_key(bank, name).public_key());
            (key, Client { name: name.to_owned(), roles: vec![role] })
        };
        let nonces = MemoryNonceStore::new(NonceLimits::default());
        let app = web::Data::new(App {
            gateway: Arc::clone(&gateway),
            clients: CLIENTS.map(client).into(),
            authenticator: Authenticator::new(Arc::new(|_: &[u8; 32]| true), Arc::new(nonces)),
            tokens: crate::oauth::Tokens::default(),
        });
        let bound = self.listeners[bank].take();
        let listener = bound.unwrap_or_else(|| listen(&self.addresses[bank].to_string()));
        let server = HttpServer::new(move || Site::new().app_data(app.clone()).configure(routes));
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        self.running[bank] = Some(Running { gateway, handle });
    }

    /// Ends a gateway as a crash does: what is not on disk is gone.
    pub(super) async fn stop(&mut self, bank: usize) {
        if let Some(running) = self.running[bank].take() {
            running.handle.stop(false).await;
        }
    }

    /// Ends everything.
    pub(super) async fn end(mut self) {
        for bank in 0..BANKS.len() {
            self.stop(bank).await;
        }
        self.ledger_handle.stop(false).await;
    }

    fn parts(&self, bank: usize) -> Parts {
        let committee = Arc::new(self.network.committee());
        let http: Arc<dyn RequestSigner> = Arc::new(transport(bank));
        let signer: Arc<dyn Signer> = Arc::new(settlement(bank));
        let keys = Keys {
            lei: lei(BANKS[bank]),
            signers: BTreeMap::from([(Purpose::Settlement, Arc::clone(&signer))]),
            transport: Arc::clone(&http),
            encryption: Zeroizing::new(encryption(bank)),
            other_encryption: None,
        };
        let urls = vec![self.ledger_url.clone()];
        Parts {
            keys,
            store: Arc::clone(&self.stores[bank]),
            ledger: LedgerClient::new(urls, Arc::clone(&http), committee).unwrap(),
            peers: SignedClient::new(http, ClientLimits::default()).unwrap(),
            shared_networks: [].into(),
            web: crate::tls::ServerTrust::ThisHost,
            gate: Some(Gate::new(ScreeningList::parse(""), signer)),
            clearing_systems: vec!["FLORIN".to_owned(), "TCH".to_owned()],
            acceptance_time: Duration::from_secs(60),
            review_time: Duration::from_secs(3_600),
            review: crate::payments::review::policy::ReviewPolicy::default(),
            anchor_interval: Duration::from_secs(3_600),
            sandbox: false,
            value_dates: value_date::ValueDates::default(),
            contacts: crate::inquiries::contacts::Contacts::default(),
            duplicates: crate::payments::intake::Duplicates::default(),
            recall_time: None,
            queue: crate::payments::queue::QueuePolicy::default(),
            clock: Arc::new(jiff::Timestamp::now),
        }
    }

    pub(super) fn gateway(&self, bank: usize) -> &Arc<Gateway> {
        &self.running[bank].as_ref().unwrap().gateway
    }

    pub(super) fn chain(&self) -> ChainId {
        self.network.genesis.chain_id()
    }

    /// A time at which whatever waits is due again.
    pub(super) fn later(&self) -> LedgerTime {
        let mut later = self.later.lock().unwrap();
        *later += 3_600_000;
        LedgerTime::new(Gateway::now_ms() + *later)
    }

    /// Sends what a bank has to send, once.
    pub(super) async fn send(&self, bank: usize) {
        let gateway = self.gateway(bank);
        for due in exchange::due(gateway, self.later()).await.unwrap() {
            exchange::deliver_all(gateway, &due).await;
        }
    }

    /// Does what is due, and sends it, at all banks until nothing is on its way.
    pub(super) async fn settle(&self) {
        for _ in 0..4 {
            for bank in 0..BANKS.len() {
                if self.running[bank].is_some() {
                    let now = LedgerTime::new(Gateway::now_ms());
                    timer::work(self.gateway(bank), now).await.unwrap();
                    self.send(bank).await;
                }
            }
        }
    }

    /// What waits in a bank's outbox, as it is sent.
    pub(super) async fn waiting(&self, bank: usize) -> Vec<Letter> {
        let due = exchange::due(self.gateway(bank), self.later()).await.unwrap();
        let cases = due.into_iter().flat_map(|due| due.cases);
        cases.flat_map(|(_, letters)| letters).collect()
    }

    /// A request to a bank's gateway, signed by a key.
    pub(super) async fn ask(
        &self,
        bank: usize,
        key: SigningKey,
        request: ClientRequest,
    ) -> ClientResponse {
        let url = format!("http://{}{}", self.addresses[bank], request.url);
        let client = SignedClient::new(Arc::new(key), ClientLimits::default()).unwrap();
        client.send(ClientRequest { url, ..request }).await.unwrap()
    }

    /// A POST of a client under a key of its own; status and body.
    pub(super) async fn post(
        &self,
        (bank, client): (usize, &str),
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let name = crate::keys::random_32().to_hex();
        self.post_as((bank, client), path, body, &name).await
    }

    /// A POST of a client under an idempotency key; status and body.
    pub(super) async fn post_as(
        &self,
        (bank, client): (usize, &str),
        path: &str,
        body: &Value,
        name: &str,
    ) -> (u16, Value) {
        let request = ClientRequest::post(path, "application/json", body.to_string().into_bytes());
        let request = request.with_idempotency_key(name);
        read(&self.ask(bank, client_key(bank, client), request).await)
    }

    /// A POST that must be answered 200.
    pub(super) async fn done(&self, who: (usize, &str), path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(who, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub(super) async fn get(&self, (bank, client): (usize, &str), path: &str) -> (u16, Value) {
        let key = client_key(bank, client);
        read(&self.ask(bank, key, ClientRequest::get(path)).await)
    }

    /// A case as a bank sees it.
    pub(super) async fn see(&self, bank: usize, case: &str) -> Value {
        let (status, found) = self.get((bank, "maker"), &format!("/v1/cases/{case}")).await;
        assert_eq!(status, 200, "{found}");
        found
    }

    /// The state of a case at a bank; nothing when it has none.
    pub(super) fn state(&self, bank: usize, case: &str) -> Option<&'static str> {
        let id = CaseId::new(Hash32::from_hex(case).unwrap());
        desk::read(self.gateway(bank), |desk| Ok(desk.case(&id)?.stage().name())).ok()
    }
}

pub(super) fn read(answer: &ClientResponse) -> (u16, Value) {
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, body)
}

pub(super) fn uetr() -> Uetr {
    leg(A, B).uetr
}

/// The leg between two banks, of the fixture.
pub(super) fn leg(from: usize, to: usize) -> Leg {
    let message = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
    leg_of((ledger_core::id::MessageKind::Pacs008, &message), lei(BANKS[from]), lei(BANKS[to]))
}

/// A payment of the fixture from one bank to another, as the sender delivers it.
pub(super) fn delivery(from: usize, to: usize) -> Delivery {
    let (salt, message) = (Hash32::new([9; 32]), FIXTURE_PACS008.as_bytes().to_vec());
    let payment = Payment {
        leg: leg(from, to),
        debit: AccountId::new([1; 32]),
        debtor: PartyId::new([2; 32]),
        money: Money::new(Currency::new("USD").unwrap(), 1_250_000),
        message: commitment(&salt, &message),
    };
    let chain = TestNetwork::new(4).genesis.chain_id();
    Delivery { chain, from: lei(BANKS[from]), to: lei(BANKS[to]), payment, salt, message }
}

fn sent(from: usize, to: usize) -> Vec<Write> {
    let Delivery { payment, salt, message, .. } = delivery(from, to);
    let original = Original {
        msg_id: "M".to_owned(),
        instr_id: None,
        end_to_end_id: "E".to_owned(),
        tx_id: None,
    };
    let record = PaymentRecord {
        payment,
        salt,
        xml: message,
        request: Hash32::ZERO,
        original,
        debtor_account: "OTHR:1".to_owned(),
        names: Vec::new(),
        answer_by: LedgerTime::new(1),
        stage: Stage::Held,
        timeline: Vec::new(),
        settles: value_date::SettlementDay::default(),
    };
    vec![record.write(), record.index()]
}

fn delivered(from: usize, to: usize) -> Vec<Write> {
    let delivery = delivery(from, to);
    let answer = Answer {
        chain: delivery.chain,
        leg: delivery.payment.leg.id(),
        message: delivery.payment.message,
        decision: Decision::Pending,
    };
    let answer = Signed::new(answer, &settlement(to)).unwrap();
    let signed = Signed::new(delivery, &settlement(from)).unwrap();
    let record = InboxRecord { delivery: signed.value, by: signed.by, answer, received: 1 };
    inbox::kept(&record).into()
}

/// The records of payments of a bank: A pays B, B pays C.
pub(super) fn payments(bank: usize) -> Vec<Write> {
    match bank {
        A => sent(A, B),
        B => [delivered(A, B), sent(B, C)].concat(),
        _ => delivered(B, C),
    }
}

/// A question of B about A's payment, at level one.
pub(super) fn question() -> Value {
    json!({
        "uetr": uetr().to_text(), "to": lei(BANKS[A]).text(), "kind": "FWTR", "level": 1,
        "lines": ["whose money is it?"],
    })
}

/// An answer that gives all fields of level one.
pub(super) fn reply() -> Value {
    let given = |field: &str, value: &str| json!({"field": field, "value": value});
    json!({
        "outcome": "INFO",
        "given": [
            given("debtor_name", "Orchard Tools Ltd"), given("debtor_account", "700418825531"),
            given("creditor_name", "Fjord Timber AS"), given("creditor_account", "NO9386011117947"),
        ],
    })
}

pub(super) fn folder(name: &str) -> PathBuf {
    let unique = format!("florin-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(unique);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A change of a bank's cases at another time than now.
pub(super) async fn at<T>(
    net: &Net,
    bank: usize,
    now: LedgerTime,
    work: impl FnOnce(&mut desk::Desk<'_>) -> Result<T, crate::refused::Refused>,
) -> T {
    desk::change(net.gateway(bank), now, work).await.unwrap()
}

/// Everything under a prefix in a bank's store.
pub(super) fn rows(net: &Net, bank: usize, prefix: &[u8]) -> usize {
    let store = Arc::clone(&net.gateway(bank).store);
    let change = Change::new(store.as_ref());
    (&change).scan(prefix, usize::MAX).unwrap().len()
}
