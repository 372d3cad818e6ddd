//! A gateway of a few lines, for tests: says what it is told to, and keeps what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use ed25519_zebra::SigningKey;
use ledger_core::{
    receipt::{Effect, Outcome, Receipt},
    record::{Name, Record},
};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use verifier::{
    AccountFile, ReceiptFile,
    testing::{TestNetwork, lei},
    write_genesis,
};

use crate::{Connection, Gateway, Limits, ServerTrust, Trust};

/// What one request is answered: beginning of its target, status, media type, body.
pub(crate) type Line = (&'static str, u16, &'static str, Vec<u8>);

/// A server that answers each request by the first line left for its target; a line that is asked for
/// again is used again when it is the last of its target.
pub(crate) struct StandIn {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    pub(crate) async fn start(lines: Vec<Line>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        let mut lines: VecDeque<Line> = lines.into();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                let mut part = [0; 4096];
                while !is_whole(&request) {
                    match stream.read(&mut part).await.unwrap() {
                        0 => break,
                        read => request.extend_from_slice(&part[..read]),
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                let target = text.split(' ').nth(1).unwrap_or_default().to_owned();
                kept.lock().unwrap().push(text);
                let at = lines.iter().position(|line| target.starts_with(line.0));
                let (_, status, media, body) = match at {
                    None => ("", 404, "text/plain", b"nothing".to_vec()),
                    Some(at) => {
                        let last = lines.iter().filter(|l| target.starts_with(l.0)).count() == 1;
                        if last { lines[at].clone() } else { lines.remove(at).unwrap() }
                    }
                };
                if status == 0 {
                    continue;
                }
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: {media}\r\ncontent-length: {length}\r\n\
                     connection: close\r\n\r\n"
                );
                let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
            }
        });
        Self { url, asked }
    }

    /// The requests so far, as they came.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A client of a gateway of the bank with this name, that trusts this network.
pub(crate) fn client(url: &str, network: &TestNetwork, bank: &str) -> Gateway {
    let limits = Limits {
        exchange: Duration::from_secs(2),
        pause: Duration::from_millis(1),
        silence: Duration::from_millis(300),
        ..Limits::default()
    };
    Gateway::new(Connection {
        url: url.to_owned(),
        signer: Arc::new(SigningKey::from_bytes(&[7; 32])),
        member: lei(bank),
        trust: trust(network),
        server: ServerTrust::ThisHost,
        limits,
    })
    .unwrap()
}

pub(crate) fn trust(network: &TestNetwork) -> Trust {
    Trust::new(write_genesis(&network.genesis).as_bytes()).unwrap()
}

/// The receipt of the test network's payment.
pub(crate) fn settled(network: &TestNetwork) -> Receipt {
    network.receipt(0, Outcome::Applied(Effect::Settled))
}

/// A receipt as a file that verifies.
pub(crate) fn file_of(network: &TestNetwork, receipt: Receipt) -> Vec<u8> {
    let (proof, header) = network.receipt_proof(&[receipt]);
    let certificate = network.certify(&header);
    ReceiptFile::build(&proof, &header, &certificate, &network.genesis).unwrap().into_bytes()
}

/// The payer's account, as a file that verifies.
pub(crate) fn account_file(network: &TestNetwork) -> Vec<u8> {
    let account = network.account();
    let name = Name::Account(account.id);
    let (proof, header) = network.record_proof(&name, Record::Account(account));
    let certificate = network.certify(&header);
    AccountFile::build(&proof, &header, &certificate, &network.genesis).unwrap().into_bytes()
}

/// A report of the test network's payment, at the payer, with this status and receipt.
pub(crate) fn report(receipt: &Receipt, status: &str, file: &[u8]) -> serde_json::Value {
    let leg = receipt.leg.unwrap();
    serde_json::json!({
        "uetr": leg.uetr.to_text(), "direction": "outgoing", "status": status,
        "instructing": leg.instructing.text(), "instructed": leg.instructed.text(),
        "amount": "1234.50", "currency": "USD", "end_to_end_id": "E2E",
        "receipt": {
            "command_id": receipt.command.to_hex(),
            "sha256": hex::encode(Sha256::digest(file)),
            "href": "http://elsewhere.example/x",
        },
        "timeline": [{"status": "RCVD", "at": "2026-01-01T00:00:00.000Z"}],
    })
}
