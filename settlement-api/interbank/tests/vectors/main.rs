//! Pinned bytes of what is signed, hashed and stored about cases (B1, B8, B9, W1 to W3).
//!
//! `cases.json` is spelled anew and compared byte for byte. `UPDATE_VECTORS=1` rewrites it; that needs
//! a line in CHANGELOG.md.

use std::{fs, path::PathBuf};

use interbank::{
    Act, CaseId, Code, Content, Document, Field, Given, Kind, Level, Line, Message, MessageId,
    Opening, Subject, Topic,
    evidence::CaseRow,
    message::{Answering, Seen},
    post::{Receipt, RefusedLetter},
    ticket::{Check, Ticket},
};
use ledger_core::{
    codec::{decode, encode},
    digest::{Domain, Hash32},
    id::{ChainId, LegId, Lei, Text, Uetr},
    money::{Currency, Money},
    signature::{MemorySigner, Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// 2026-11-01T00:00:00.000Z.
const NOW: LedgerTime = LedgerTime::new(1_793_491_200_000);

/// One pinned value.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Vector {
    name: String,
    bytes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

fn bank_a() -> Lei {
    Lei::new("529900T8BM49AURSDO55").unwrap()
}

fn bank_b() -> Lei {
    Lei::new("7LTWFZYICNSX8D621K86").unwrap()
}

fn subject() -> Subject {
    let uetr = Uetr::from_hex("8a562c67ca1648bab07465581be6f011").unwrap();
    Subject { uetr, leg: LegId::new([0x1e; 32]) }
}

fn opening() -> Opening {
    Opening {
        kind: Kind::Rqfi(Topic::Sanc),
        level: Some(Level::Two),
        answer_by: NOW.after(86_400_000),
        nonce: Hash32::new([0x4e; 32]),
        parent: None,
        hops: 0,
        follows: None,
    }
}

const CHAIN: ChainId = ChainId::new([0xc0; 32]);

fn case() -> CaseId {
    CaseId::derive(&CHAIN, &subject(), (bank_a(), bank_b()), &opening().nonce)
}

/// One per act: the match has no `_`, so a new one does not compile without a vector.
fn acts() -> Vec<Act> {
    let child = CaseId::new(Hash32::new([0xcd; 32]));
    let code = |text: &str| Code::new(text).unwrap();
    let relayed = Some(Hash32::new([0xd1; 32]));
    let all = vec![
        Act::Open(opening()),
        Act::Accept,
        Act::Interim(code("INPO")),
        Act::Forward { child, to: bank_b() },
        Act::Answer(Answering { outcome: code("INFO"), relayed, rule: None }),
        Act::Reject(code("NOOR")),
        Act::Close,
        Act::Reopen { answer_by: NOW.after(172_800_000) },
        Act::Withdraw,
        Act::Expire,
    ];
    for act in &all {
        match act {
            Act::Open(_)
            | Act::Accept
            | Act::Interim(_)
            | Act::Forward { .. }
            | Act::Answer(_)
            | Act::Reject(_)
            | Act::Close
            | Act::Reopen { .. }
            | Act::Withdraw
            | Act::Expire => {}
        }
    }
    all
}

fn content() -> Content {
    let line = |text: &str| Line::new(text).unwrap();
    let document = Document { salt: Hash32::new([6; 32]), bytes: b"scan".to_vec() };
    Content {
        reasons: vec![Code::new("DTOR").unwrap()],
        asked: vec![Field::DebtorName, Field::Purpose],
        given: vec![Given { field: Field::CreditorName, value: line("Zoë") }],
        lines: vec![line("please hurry")],
        documents: vec![document.mark(line("passport"), Text::new("image/png").unwrap())],
    }
}

fn message(act: Act) -> Message {
    Message {
        chain: CHAIN,
        case: case(),
        payment: subject(),
        from: bank_a(),
        to: bank_b(),
        id: MessageId::new([0x1d; 16]),
        number: 3,
        previous: Hash32::new([0x0b; 32]),
        seen: Seen { count: 2, last: Hash32::new([0x5e; 32]) },
        written: NOW,
        act,
        content: content().commitment(&Hash32::new([0x5a; 32])),
    }
}

fn receipt(refused: bool) -> Receipt {
    let code = Text::new("answer_late").unwrap();
    Receipt {
        chain: CHAIN,
        case: case(),
        from: bank_b(),
        to: bank_a(),
        received: Seen { count: 4, last: Hash32::new([0x5e; 32]) },
        refused: refused.then(|| RefusedLetter { message: Hash32::new([9; 32]), code }),
        at: NOW,
    }
}

fn ticket() -> Ticket {
    Ticket {
        chain: CHAIN,
        nonce: Hash32::new([1; 32]),
        issuer: bank_b(),
        holder: bank_a(),
        up_to: Money::new(Currency::new("USD").unwrap(), 123_456),
        subject: Hash32::new([0x5b; 32]),
        checks: vec![
            Check::AccountOpen,
            Check::NameMatches,
            Check::Screened { list: Hash32::new([0x11; 32]) },
            Check::Informed(Level::Two),
            Check::Other(Text::new("cut-off").unwrap()),
        ],
        case: Some(case()),
        issued: NOW,
        expires: NOW.after(3_600_000),
    }
}

fn plain<T: Serialize>(name: &str, value: &T) -> Vector {
    let bytes = hex::encode(encode(value));
    let name = name.to_owned();
    Vector { name, bytes, domain: None, digest: None, public_key: None, signature: None }
}

fn signed<T: Statement + Serialize + Clone>(name: &str, value: &T) -> Vector {
    let signed = Signed::new(value.clone(), &MemorySigner::new(&[1; 32])).unwrap();
    assert!(signed.claim().holds());
    Vector {
        domain: Some(value.domain().text().to_owned()),
        digest: Some(value.digest().to_hex()),
        public_key: Some(signed.by.key.to_hex()),
        signature: Some(signed.by.signature.to_hex()),
        ..plain(name, value)
    }
}

fn vectors() -> Vec<Vector> {
    let named = (CHAIN, subject(), (bank_a(), bank_b()), opening().nonce);
    let mut all = vec![Vector {
        domain: Some(Domain::Case.text().to_owned()),
        digest: Some(case().to_string()),
        ..plain("case_id", &named)
    }];
    all.extend(
        acts().into_iter().map(|act| signed(&format!("message/{}", act.name()), &message(act))),
    );
    all.push(plain("content", &content()));
    all.push(signed("receipt", &receipt(false)));
    all.push(signed("receipt/refused", &receipt(true)));
    all.push(signed("ticket", &ticket()));
    let row = CaseRow { case: case(), message: Hash32::new([0x0e; 32]), at: NOW.get() };
    let leaf = row.leaf(&Hash32::new([0x5a; 32]));
    all.push(Vector { digest: Some(leaf.to_hex()), ..plain("row", &("florin/case-row/1", row)) });
    all
}

/// Only these bytes decode to the value (W1).
fn decodes_to<T>(kept: &[Vector], name: &str, expected: &T)
where
    T: DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let vector = kept.iter().find(|vector| vector.name == name).unwrap();
    let bytes = hex::decode(&vector.bytes).unwrap();
    assert_eq!(decode::<T>(&bytes, 1 << 20).as_ref(), Ok(expected), "{name}");
    assert!(decode::<T>(&[&bytes[..], &[0]].concat(), 1 << 20).is_err(), "{name}: a byte too many");
    for length in 0..bytes.len() {
        assert!(decode::<T>(&bytes[..length], 1 << 20).is_err(), "{name}: cut to {length} bytes");
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "rewriting is asked for from outside")]
fn b1_b8_b9_vectors_of_messages_contents_receipts_tickets_and_rows() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cases.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&vectors()).unwrap());
    if std::env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1") {
        fs::write(&path, &text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "cases.json: the wire format has changed. If that is meant, run `UPDATE_VECTORS=1 cargo \
         vectors` and add a line to CHANGELOG.md; it would be:\n{text}"
    );
    let kept: Vec<Vector> = serde_json::from_str(&kept).unwrap();
    for act in acts() {
        decodes_to(&kept, &format!("message/{}", act.name()), &message(act));
    }
    decodes_to(&kept, "content", &content());
    decodes_to(&kept, "receipt", &receipt(false));
    decodes_to(&kept, "receipt/refused", &receipt(true));
    decodes_to(&kept, "ticket", &ticket());
}
