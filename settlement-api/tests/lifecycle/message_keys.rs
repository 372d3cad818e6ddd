//! Message keys that change: rules D18 and B13.

use std::time::Duration;

use ledger_core::{
    codec::encode,
    command::Action,
    digest::Hash32,
    directory::{DirectoryChange, NewMessageKey},
    id::{Leg, LegId, MessageKind, Uetr},
    signature::Signed,
};
use serde_json::json;
use settlement_api::{
    ledger_port::BCS,
    payments::{delivery::Parcel, inbox::InboxRecord},
};

use crate::{
    Story,
    bank::{Answer, Bank, By, JSON},
};

const LONG: Duration = Duration::from_secs(60);
/// The shortest notice that a network may have.
const NOTICE_MS: u64 = 10_000;

/// What was delivered once, delivered again under this key.
async fn again(story: &Story, leg: &LegId, key: &Hash32) -> Answer {
    let record = InboxRecord::load(story.b.store.as_ref(), leg).unwrap().unwrap();
    let signed = Signed { value: record.delivery, by: record.by };
    let route = (story.a.member.lei, story.b.member.lei, *leg);
    let parcel = Parcel::pack(route, key, &signed).unwrap();
    story.a.as_member(&story.b, "/v1/inbox", (BCS, encode(&parcel))).await
}

/// The message key of the second bank, as the first bank's gateway reads the directory.
async fn key_is(story: &Story, key: Hash32) {
    for _ in 0..400 {
        let read = |bank: &Bank| bank.gateway.directory.member(&story.b.member.lei);
        if [&story.a, &story.b].iter().all(|bank| read(bank).is_some_and(|e| e.encryption == key)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{key:?} is not read");
}

#[actix_web::test]
async fn b13_what_is_sealed_to_the_key_before_is_read_until_it_is_revoked() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let (old, new) = b.message_keys;
    let first = a.pay(b, ("INV-1", "10.00")).await;
    let uetr = uuid::Uuid::parse_str(first["uetr"].as_str().unwrap()).unwrap();
    let uetr = Uetr::new(*uetr.as_bytes());
    let (instructing, instructed) = (a.member.lei, b.member.lei);
    let leg = Leg { instructing, uetr, kind: MessageKind::Pacs008, instructed }.id();

    story.ledger.decide(Action::SetDirectoryTerms { notice_ms: NOTICE_MS });
    story.ledger.appoint_admins(&b.member);
    let from = story.ledger.certified().header.time.after(NOTICE_MS + 6_000);
    let message_key = Some(NewMessageKey { key: new, overlap_ms: 3_600_000 });
    let change = DirectoryChange { endpoint: None, message_key, from };
    story.ledger.administer(&b.member, Action::ChangeDirectory(change));
    let told = |status: &'static str| move |answer: &Answer| answer.text.contains(status);
    a.until("/v1/events", told("\"announced\"")).await;
    let entries = a.get(By::Desk, "/v1/directory", JSON).await.json();
    let entry = entries.as_array().unwrap().iter().find(|e| e["lei"] == instructed.text());
    let entry = entry.unwrap();
    assert_eq!(entry["message_key"], json!(old.to_hex()));
    assert_eq!(entry["waiting"][0]["message_key"], json!(new.to_hex()));
    // Nothing opens with the new key yet, though the gateway has it.
    assert_eq!(again(&story, &leg, &new).await.code(503), "message_key_revoked");
    assert_eq!(again(&story, &leg, &old).await.status, 200);

    key_is(&story, new).await;
    a.until("/v1/events", told("\"changed\"")).await;
    assert_eq!(a.pay(b, ("INV-2", "10.00")).await["status"], "ACSC");
    for key in [old, new] {
        assert_eq!(again(&story, &leg, &key).await.status, 200, "in the overlap");
    }
    let revoke = Action::RevokeMessageKey { key: old, replacement: None };
    story.ledger.administer(&b.member, revoke);
    assert_eq!(again(&story, &leg, &old).await.code(503), "message_key_revoked");
    assert_eq!(again(&story, &leg, &new).await.status, 200);

    // The one in the entry: nobody seals to the bank until it has another.
    let revoke = Action::RevokeMessageKey { key: new, replacement: None };
    story.ledger.administer(&b.member, revoke);
    key_is(&story, Hash32::ZERO).await;
    assert_eq!(again(&story, &leg, &new).await.code(503), "message_key_revoked");
    // Two administrators' keys entered the entry, too.
    a.until("/v1/events", |answer| told_of(answer, instructed.text(), "keys") == ["changed"]).await;
    let of_key = ["announced", "changed", "changed"];
    a.until("/v1/events", |answer| told_of(answer, instructed.text(), "message_key") == of_key)
        .await;
}

/// What is told of changes of this in a bank's entry.
fn told_of(answer: &Answer, lei: &str, what: &str) -> Vec<String> {
    let events = answer.json()["events"].as_array().unwrap().clone();
    let of = |event: &&serde_json::Value| {
        event["about"] == "directory" && event["other"] == lei && event["changes"] == json!([what])
    };
    events.iter().filter(of).map(|event| event["status"].as_str().unwrap().to_owned()).collect()
}
