//! How fast a bank's gateway settles payments that its core system sends over HTTP, as the core sees it.
//!
//! ```text
//! pay_rate single NET PAYMENTS CLIENTS     JSON payments, signed, each to its verified proof
//! pay_rate file   NET PAYMENTS             one pain.001, to its last ACSC
//! ```
//!
//! NET is the folder of a running demo network (`florin demo --keep --out NET`). A payment counts when its
//! receipt was fetched and verified against the genesis file, by this process.
//!
//! # Absent     what the gateway does besides: an idle network is measured
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench reads the clock, prints what it measured, and stops at the unexpected"
)]

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_zebra::SigningKey;
use florin_client::{
    Agent, Connection, Gateway, Limits, NewPayment, Party, ServerTrust, Trust, Until,
    exchange::{ClientLimits, ClientRequest, SignedClient},
};
use iso20022::{
    CurrencyAmount,
    view::{Batch, Order, Pain001, View as _},
};
use ledger_core::id::Lei;

const USAGE: &str = "pay_rate single NET PAYMENTS CLIENTS | pay_rate file NET PAYMENTS";
/// The demo's customers.
const DEBTOR: (&str, &str) = ("Orchard Tools Ltd", "700418825531");
const CREDITOR: (&str, &str) = ("Henrike Vossbrink", "DE39999999990012345678");
const PATIENCE: Duration = Duration::from_secs(120);

struct Network {
    url: String,
    key: SigningKey,
    genesis: Vec<u8>,
    payer: String,
    payee: String,
}

fn field(config: &str, name: &str) -> String {
    let at = config.split(&format!("{name} = \"")).nth(1).expect(name);
    at.split('"').next().unwrap().to_owned()
}

impl Network {
    fn read(folder: &Path) -> Self {
        let config =
            |bank: &str| fs::read_to_string(folder.join(bank).join("config.toml")).unwrap();
        let (a, b) = (config("bank-a"), config("bank-b"));
        let listen = field(a.split("[api]").nth(1).unwrap(), "listen");
        let pem = fs::read_to_string(folder.join("clients/bank-a-core.pem")).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).unwrap();
        let seed: [u8; 32] = der[der.len() - 32..].try_into().unwrap();
        Self {
            url: format!("http://{listen}"),
            key: SigningKey::from_bytes(&seed),
            genesis: fs::read(folder.join("genesis.json")).unwrap(),
            payer: field(&a, "lei"),
            payee: field(&b, "lei"),
        }
    }

    fn gateway(&self) -> Gateway {
        let connection = Connection {
            url: self.url.clone(),
            signer: Arc::new(self.key),
            member: Lei::new(&self.payer).unwrap(),
            trust: Trust::new(&self.genesis).unwrap(),
            server: ServerTrust::ThisHost,
            limits: Limits::default(),
        };
        Gateway::new(connection).unwrap()
    }

    fn payment(&self, number: usize) -> NewPayment {
        let party = |name: &str, iban: Option<&str>, account: Option<&str>| Party {
            name: name.to_owned(),
            iban: iban.map(str::to_owned),
            account: account.map(str::to_owned),
        };
        NewPayment {
            uetr: NewPayment::uetr(),
            end_to_end_id: format!("RATE-{number}"),
            amount: "0.01".to_owned(),
            currency: "USD".to_owned(),
            debtor: party(DEBTOR.0, None, Some(DEBTOR.1)),
            creditor: party(CREDITOR.0, Some(CREDITOR.1), None),
            creditor_agent: Agent { bic: None, lei: Some(self.payee.clone()) },
            remittance: None,
            settlement_date: None,
            queue: None,
        }
    }

    fn file(&self, payments: usize) -> String {
        let now = uuid::Uuid::new_v4().simple().to_string();
        let text = |text: &str| Some(text.to_owned());
        let order = |number: usize| Order {
            end_to_end_id: format!("E-{number}"),
            amount: Some(CurrencyAmount { currency: "USD".to_owned(), text: "0.01".to_owned() }),
            creditor: text(CREDITOR.0),
            creditor_iban: text(CREDITOR.1),
            creditor_agent_lei: text(&self.payee),
            ..Order::default()
        };
        let today = std::process::Command::new("date").args(["-u", "+%F"]).output().unwrap();
        let file = Pain001 {
            msg_id: now[..30].to_owned(),
            created: format!("{}T00:00:00+00:00", String::from_utf8_lossy(&today.stdout).trim()),
            count: payments.to_string(),
            control_sum: None,
            initiator: text(DEBTOR.0),
            batches: vec![Batch {
                id: "B-1".to_owned(),
                method: "TRF".to_owned(),
                execution_date: Some(String::from_utf8_lossy(&today.stdout).trim().to_owned()),
                debtor: text(DEBTOR.0),
                debtor_account: text(DEBTOR.1),
                debtor_agent: text("AAAADEFF"),
                orders: (0..payments).map(order).collect(),
                ..Batch::default()
            }],
        };
        // The demo's banks have no BIC: its place is taken by the LEI.
        let lei = format!("<LEI>{}</LEI>", self.payer);
        file.to_xml().unwrap().replace("<BICFI>AAAADEFF</BICFI>", &lei)
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect(USAGE);
    match args.as_slice() {
        ["single", net, payments, clients] => {
            single(Network::read(Path::new(net)), number(payments), number(clients)).await;
        }
        ["file", net, payments] => file(&Network::read(Path::new(net)), number(payments)).await,
        _ => panic!("{USAGE}"),
    }
}

async fn single(network: Network, payments: usize, clients: usize) {
    let (network, next) = (Arc::new(network), Arc::new(AtomicUsize::new(0)));
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (network, next) = (Arc::clone(&network), Arc::clone(&next));
            tokio::spawn(async move {
                let (gateway, mut took) = (network.gateway(), Vec::new());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= payments {
                        return took;
                    }
                    let began = Instant::now();
                    let paid = gateway.pay(&network.payment(number)).await.unwrap();
                    let paid = gateway.wait(&paid, Until::Settled, PATIENCE).await.unwrap();
                    assert!(paid.settled().is_some(), "{:?}", paid.report());
                    took.push(began.elapsed());
                }
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    let all = start.elapsed().as_secs_f64();
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{clients} clients: {payments} payments proven in {all:.1} s, {:.1} a second; p50 {:.0} ms, p99 {:.0} ms",
        payments as f64 / all,
        at(0.5),
        at(0.99)
    );
}

async fn file(network: &Network, payments: usize) {
    let text = network.file(payments);
    let limits = ClientLimits { timeout: PATIENCE, ..ClientLimits::default() };
    let client = SignedClient::new(Arc::new(network.key), limits).unwrap();
    let url = format!("{}/v1/payment-files", network.url);
    let bytes = text.len();
    let start = Instant::now();
    let sent = client.send(ClientRequest::post(url, "application/xml", text.into_bytes())).await;
    let sent = sent.unwrap();
    assert!(sent.is_success(), "{} {}", sent.status, String::from_utf8_lossy(&sent.body));
    let taken = start.elapsed().as_secs_f64();
    let path = sent.headers.get("location").unwrap().to_str().unwrap().to_owned();
    loop {
        let asked = ClientRequest::get(format!("{}{path}", network.url));
        let said = client.send(asked).await.unwrap();
        let said: serde_json::Value = serde_json::from_slice(&said.body).unwrap();
        if said["status"] != "PDNG" {
            assert_eq!(said["status"], "ACSC", "{said}");
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let all = start.elapsed().as_secs_f64();
    println!(
        "pain.001 of {payments} payments, {:.1} MB: taken after {taken:.2} s, last ACSC after {all:.1} s, {:.1} payments a second",
        bytes as f64 / 1e6,
        payments as f64 / all
    );
}
