//! A member bank: its gateway behind real HTTP, and its core system with signed requests.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use actix_web::{App as Site, HttpServer, dev::ServerHandle, web::Data};
use ed25519_zebra::SigningKey;
use jiff::{Timestamp, ToSpan as _};
use kyc_gateway::{Gate, screening::ScreeningList};
use ledger_core::{
    authority::{Role, RoleKey},
    digest::Hash32,
    id::Text,
    member::DirectoryEntry,
    signature::{PublicKey, Signer},
    testing::{Actor, Bank as Member},
};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use settlement_api::{
    auth::Authenticator,
    client::{ClientLimits, ClientRequest, ClientResponse, SignedClient, http},
    envelope::keypair,
    gateway::{Clock, Gateway, Parts},
    http_signature::{RequestParts, RequestSigner, sign, unix_now_s},
    inquiries::contacts::Contacts,
    keys::{Keys, Purpose, random_32},
    ledger_port::LedgerClient,
    nonce::{MemoryNonceStore, NonceLimits},
    party_view::PartyView,
    payments::{
        intake::Duplicates, queue::QueuePolicy, review::policy::ReviewPolicy,
        value_date::ValueDates,
    },
    port::{KeyValue, MemoryStore},
    server::{self, App, Client, ClientRole},
    tls::ServerTrust,
};
use zeroize::Zeroizing;

use crate::ledger::Ledger;

/// Media types.
pub(crate) const JSON: &str = "application/json";
pub(crate) const XML: &str = "application/xml";

/// A bank.
pub(crate) struct Bank {
    pub(crate) member: Member,
    pub(crate) bic: String,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) store: Arc<dyn KeyValue>,
    /// How many days the clock is ahead by which settlement days begin.
    pub(crate) days_ahead: Arc<AtomicI64>,
    app: Data<App>,
    /// The public keys to which messages for it are sealed: at first, and of the other that it has.
    pub(crate) message_keys: (Hash32, Hash32),
    address: SocketAddr,
    server: Mutex<Option<ServerHandle>>,
    seed: u8,
}

/// What a bank's gateway is configured with.
pub(crate) struct Settings {
    pub(crate) acceptance: Duration,
    pub(crate) held_longer: Duration,
    pub(crate) review: ReviewPolicy,
    pub(crate) queue: QueuePolicy,
    pub(crate) recall_time: Option<Duration>,
}

impl Settings {
    /// Nothing waits for a person.
    pub(crate) fn of(acceptance: Duration) -> Self {
        let review = ReviewPolicy::default();
        let queue = QueuePolicy::default();
        let held_longer = Duration::from_hours(1);
        Self { acceptance, held_longer, review, queue, recall_time: None }
    }
}

/// Clients of a gateway by their place among its keys.
#[derive(Clone, Copy)]
pub(crate) enum By {
    /// Operations and nothing else.
    Desk,
    /// Compliance and nothing else.
    Compliance,
    /// Both roles: one person with two hats.
    Both,
    /// Administration and nothing else.
    Admin,
}

impl By {
    const ALL: [Self; 4] = [Self::Desk, Self::Compliance, Self::Both, Self::Admin];

    fn secret(self, seed: u8) -> SigningKey {
        let place = match self {
            Self::Desk => 1,
            Self::Compliance => 2,
            Self::Both => 3,
            Self::Admin => 4,
        };
        SigningKey::from_bytes(&[seed.wrapping_mul(16).wrapping_add(place); 32])
    }

    fn client(self) -> Client {
        let (name, roles) = match self {
            Self::Desk => ("desk", vec![ClientRole::Operations]),
            Self::Compliance => ("compliance", vec![ClientRole::Compliance]),
            Self::Both => ("both", vec![ClientRole::Operations, ClientRole::Compliance]),
            Self::Admin => ("admin", vec![ClientRole::Administrator]),
        };
        Client { name: name.to_owned(), roles }
    }
}

/// An answer, read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) location: Option<String>,
    pub(crate) etag: Option<String>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, self.text))
    }

    /// The stable code of a problem with this status.
    pub(crate) fn code(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

fn transport(seed: u8) -> Arc<dyn RequestSigner> {
    Arc::new(SigningKey::from_bytes(&[seed.wrapping_mul(16).wrapping_add(15); 32]))
}

impl Bank {
    /// A view of its own that asks these validators, and has read nothing yet.
    pub(crate) fn view_of(&self, ledger: &Ledger, validators: Vec<String>) -> PartyView {
        let client = self.client_of(ledger, validators);
        PartyView::open(Arc::new(MemoryStore::default()), client).unwrap()
    }

    /// A client that asks these validators as this bank.
    pub(crate) fn client_of(&self, ledger: &Ledger, validators: Vec<String>) -> LedgerClient {
        let committee = Arc::new(ledger.committee());
        LedgerClient::new(validators, transport(self.seed), committee).unwrap()
    }

    /// A bank that is admitted, has so much money, and answers.
    pub(crate) async fn open(
        ledger: &Arc<Ledger>,
        (name, seed): (&str, u8),
        minor: u128,
        settings: Settings,
    ) -> Self {
        let member = Member::new(name);
        let transport = transport(seed);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let [(private, public), (other, next)] = [(); 2].map(|()| keypair(&mut rand::rng()));
        let bic = format!("{name}US33");
        let mut keys = member.directory().keys;
        keys.push(RoleKey {
            key: PublicKey::new(transport.public_key()),
            role: Role::Transport,
            person: Actor::new(member.lei, Role::Transport, "transport").grant.person,
            organisation: member.lei,
        });
        keys.sort_by_key(|grant| grant.key);
        let entry = DirectoryEntry {
            lei: member.lei,
            aliases: vec![Text::new(&format!("BIC:{bic}")).unwrap()],
            endpoint: Text::new(&format!("http://{address}")).unwrap(),
            encryption: Hash32::new(public),
            keys,
        };
        ledger.admit(&member, entry, transport.public_key(), minor);
        let store: Arc<dyn KeyValue> = Arc::new(MemoryStore::default());
        let days_ahead = Arc::new(AtomicI64::new(0));
        let days = Arc::clone(&days_ahead);
        let clock: Clock =
            Arc::new(move || Timestamp::now() + (24 * days.load(Ordering::Relaxed)).hours());
        let kept = Arc::clone(&store);
        let parts = parts(ledger, &member, transport, [private, other], kept, settings, clock);
        let gateway = Gateway::new(parts).unwrap();
        gateway.start().unwrap();
        let clients = By::ALL.map(|by| (PublicKey::new(by.secret(seed).public_key()), by.client()));
        let nonces = MemoryNonceStore::new(NonceLimits::default());
        let app = Data::new(App {
            gateway: Arc::clone(&gateway),
            clients: BTreeMap::from(clients),
            authenticator: Authenticator::new(Arc::new(|_: &[u8; 32]| true), Arc::new(nonces)),
            tokens: settlement_api::oauth::Tokens::default(),
        });
        let server = Mutex::new(None);
        let message_keys = (Hash32::new(public), Hash32::new(next));
        let bank = Self {
            member,
            bic,
            gateway,
            store,
            message_keys,
            days_ahead,
            app,
            address,
            server,
            seed,
        };
        bank.listen(listener);
        bank.until("/readyz", |answer| answer.status == 200).await;
        bank.until("/v1/accounts", |answer| answer.json()[0].is_object()).await;
        bank
    }

    fn listen(&self, listener: TcpListener) {
        let app = self.app.clone();
        let server =
            HttpServer::new(move || Site::new().app_data(app.clone()).configure(server::routes));
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        *self.server.lock().unwrap() = Some(server.handle());
        tokio::spawn(server);
    }

    /// Nobody answers at its endpoint any more.
    pub(crate) async fn fall_silent(&self) {
        let handle = self.server.lock().unwrap().take().unwrap();
        handle.stop(false).await;
    }

    /// Its endpoint answers again.
    pub(crate) fn answer_again(&self) {
        self.listen(TcpListener::bind(self.address).unwrap());
    }

    /// A customer with good standing.
    pub(crate) async fn register(&self, name: &str, account: &str) {
        let body = json!({"name": name, "account": account, "level": "full", "valid_days": 365});
        let answer = self.post(By::Compliance, "/v1/customers", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// A payment in JSON to a customer of another bank.
    pub(crate) fn payment(&self, to: &Self, (id, amount): (&str, &str)) -> Value {
        json!({
            "end_to_end_id": id, "amount": amount, "currency": "USD",
            "debtor": {"name": "Orchard Tools", "account": "1001"},
            "creditor": {"name": "Fjord Timber", "account": "2002"},
            "creditor_agent": {"bic": to.bic},
        })
    }

    /// Pays and waits; what the report says.
    pub(crate) async fn pay(&self, to: &Self, what: (&str, &str)) -> Value {
        let answer = self.post(By::Desk, "/v1/payments", &self.payment(to, what)).await;
        answer.json()
    }

    /// What is available, as decimal text.
    pub(crate) async fn available(&self) -> String {
        let answer = self.get(By::Desk, "/v1/accounts", JSON).await;
        answer.json()[0]["available"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, by: By, path: &str, accept: &'static str) -> Answer {
        let request = ClientRequest::get(format!("http://{}{path}", self.address));
        self.send(by, request, accept).await
    }

    /// As [`Bank::get`], with a header more.
    pub(crate) async fn get_with(
        &self,
        by: By,
        path: &str,
        (name, value): (&'static str, &str),
    ) -> Answer {
        let mut request = ClientRequest::get(format!("http://{}{path}", self.address));
        let value = HeaderValue::from_str(value).unwrap();
        request.unsigned_headers.insert(HeaderName::from_static(name), value);
        self.send(by, request, JSON).await
    }

    /// As [`Bank::post`], with a header more.
    pub(crate) async fn post_with(
        &self,
        by: By,
        path: &str,
        body: &Value,
        (name, value): (&'static str, &str),
    ) -> Answer {
        let body = body.to_string().into_bytes();
        let url = format!("http://{}{path}", self.address);
        let mut request = ClientRequest::post(url, JSON, body);
        let value = HeaderValue::from_str(value).unwrap();
        request.unsigned_headers.insert(HeaderName::from_static(name), value);
        self.send(by, request.with_idempotency_key(random_32().to_hex()), JSON).await
    }

    pub(crate) async fn post(&self, by: By, path: &str, body: &Value) -> Answer {
        self.post_as(by, path, (JSON, body.to_string().into_bytes())).await
    }

    /// As [`Bank::post`], under a key that was used before, or will be.
    pub(crate) async fn post_under(&self, path: &str, (key, body): (&str, &Value)) -> Answer {
        let body = body.to_string().into_bytes();
        let request = ClientRequest::post(format!("http://{}{path}", self.address), JSON, body);
        self.send(By::Desk, request.with_idempotency_key(key.to_owned()), JSON).await
    }

    /// What this bank's gateway sends to another's.
    pub(crate) async fn as_member(
        &self,
        to: &Self,
        path: &str,
        (media, body): (&str, Vec<u8>),
    ) -> Answer {
        let request = ClientRequest::post(format!("http://{}{path}", to.address), media, body);
        let client = SignedClient::new(transport(self.seed), ClientLimits::default()).unwrap();
        let answer: ClientResponse = client.send(request).await.unwrap();
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Answer { status: answer.status, text, location: None, etag: None }
    }

    /// Posts XML and wants XML, or JSON, in return.
    pub(crate) async fn post_xml(&self, path: &str, body: &str, accept: &'static str) -> Answer {
        let body = body.as_bytes().to_vec();
        let request = ClientRequest::post(format!("http://{}{path}", self.address), XML, body);
        self.send(By::Desk, request.with_idempotency_key(random_32().to_hex()), accept).await
    }

    pub(crate) async fn post_as(
        &self,
        by: By,
        path: &str,
        (media, body): (&str, Vec<u8>),
    ) -> Answer {
        let request = ClientRequest::post(format!("http://{}{path}", self.address), media, body);
        self.send(by, request.with_idempotency_key(random_32().to_hex()), JSON).await
    }

    /// As [`Bank::post`], waiting as long as is said.
    pub(crate) async fn post_waiting(
        &self,
        path: &str,
        body: &Value,
        prefer: &'static str,
    ) -> Answer {
        let body = body.to_string().into_bytes();
        let request = ClientRequest::post(format!("http://{}{path}", self.address), JSON, body);
        let request = request.with_idempotency_key(random_32().to_hex());
        self.send_preferring(By::Desk, request, [("prefer", prefer), ("accept", JSON)]).await
    }

    async fn send(&self, by: By, request: ClientRequest, accept: &'static str) -> Answer {
        self.send_preferring(by, request, [("prefer", "wait=20"), ("accept", accept)]).await
    }

    async fn send_preferring(
        &self,
        by: By,
        mut request: ClientRequest,
        headers: [(&'static str, &'static str); 2],
    ) -> Answer {
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            request.unsigned_headers.insert(name, HeaderValue::from_static(value));
        }
        let signer = Arc::new(by.secret(self.seed));
        let client = SignedClient::new(signer, ClientLimits::default()).unwrap();
        let answer: ClientResponse = client.send(request).await.unwrap();
        let header = |name: &str| {
            let value = answer.headers.get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        Answer {
            status: answer.status,
            location: header("location"),
            etag: header("etag"),
            text: String::from_utf8_lossy(&answer.body).into_owned(),
        }
    }

    /// What a stream of events says up to the event with a status.
    pub(crate) async fn stream(&self, by: By, path: &str, last: &str) -> String {
        let signer = by.secret(self.seed);
        let (path_only, query) = path.split_once('?').unwrap();
        let parts = RequestParts {
            method: "GET",
            path: path_only,
            query: Some(query),
            content_type: None,
            idempotency_key: None,
            body: b"",
        };
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&random_32().get()[..16]);
        let headers = sign(&parts, &signer, unix_now_s(), nonce).unwrap();
        let client = http(ClientLimits::default(), &ServerTrust::ThisHost).unwrap();
        let request = client
            .get(format!("http://{}{path}", self.address))
            .header("signature-input", headers.signature_input)
            .header("signature", headers.signature)
            .header("accept", "text/event-stream");
        let mut answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let mut told = String::new();
        while !told.contains(&format!("\"status\":\"{last}\"")) {
            let chunk = tokio::time::timeout(Duration::from_secs(10), answer.chunk()).await;
            told.push_str(std::str::from_utf8(&chunk.unwrap().unwrap().unwrap()).unwrap());
        }
        told
    }

    /// Asks until what is answered is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        for _ in 0..400 {
            let answer = self.get(By::Both, path, JSON).await;
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path}: {}", self.get(By::Both, path, JSON).await.text);
    }
}

fn parts(
    ledger: &Ledger,
    member: &Member,
    transport: Arc<dyn RequestSigner>,
    [encryption, other]: [Zeroizing<[u8; 32]>; 2],
    store: Arc<dyn KeyValue>,
    settings: Settings,
    clock: Clock,
) -> Parts {
    let committee = Arc::new(ledger.committee());
    let signers: [(Purpose, Arc<dyn Signer>); 3] = [
        (Purpose::Settlement, Arc::new(member.settlement().signer())),
        (Purpose::Gate, Arc::new(member.gate().signer())),
        (Purpose::Compliance, Arc::new(member.compliance().signer())),
    ];
    let gate = Gate::new(ScreeningList::parse("Bad Actor"), Arc::new(member.gate().signer()));
    let limits = ClientLimits { timeout: Duration::from_secs(5), ..ClientLimits::default() };
    Parts {
        ledger: LedgerClient::new(vec![ledger.url.clone()], Arc::clone(&transport), committee)
            .unwrap(),
        peers: SignedClient::new(Arc::clone(&transport), limits).unwrap(),
        shared_networks: [].into(),
        web: ServerTrust::ThisHost,
        keys: Keys {
            lei: member.lei,
            signers: BTreeMap::from(signers),
            transport,
            encryption,
            other_encryption: Some(other),
        },
        store,
        gate: Some(gate),
        clearing_systems: vec!["FLORIN".to_owned()],
        acceptance_time: settings.acceptance,
        review_time: settings.held_longer,
        review: settings.review,
        anchor_interval: Duration::from_secs(3_600),
        sandbox: false,
        value_dates: ValueDates::default(),
        contacts: Contacts::default(),
        duplicates: Duplicates::Refuse,
        queue: settings.queue,
        recall_time: settings.recall_time,
        clock,
    }
}
