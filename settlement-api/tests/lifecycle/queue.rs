//! Payments that wait until their bank has the money for them (P15).

use std::time::Duration;

use ledger_core::{
    money::Money,
    receipt::{Effect, Kind, Outcome},
    testing,
};
use serde_json::{Value, json};
use settlement_api::payments::{queue::QueuePolicy, review::policy::ReviewPolicy};

use crate::{
    Story,
    bank::{Answer, Bank, By, JSON, Settings, XML},
    oracle::assert_exchanged,
};

const LONG: Duration = Duration::from_secs(30);

/// A payment of what its bank has not.
fn waiting(story: &Story, (id, amount): (&str, &str), queue: Value) -> Value {
    let mut payment = story.a.payment(&story.b, (id, amount));
    payment["queue"] = queue;
    payment
}

/// Sends a payment and waits until it has its place; its UETR.
async fn queued(story: &Story, what: (&str, &str), queue: Value) -> String {
    let payment = waiting(story, what, queue);
    let sent = story.a.post_waiting("/v1/payments", &payment, "respond-async").await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let uetr = sent.json()["uetr"].as_str().unwrap().to_owned();
    story.a.until(&path(&uetr), |answer| answer.json()["queue"]["state"] == "queued").await;
    uetr
}

fn path(uetr: &str) -> String {
    format!("/v1/payments/{uetr}")
}

async fn becomes(bank: &Bank, uetr: &str, status: &'static str) -> Value {
    bank.until(&path(uetr), |answer: &Answer| answer.json()["status"] == status).await.json()
}

fn statuses(report: &Value) -> Vec<&str> {
    let timeline = report["timeline"].as_array().unwrap().iter();
    timeline.map(|entry| entry["status"].as_str().unwrap()).collect()
}

fn applied(story: &Story, kind: Kind) -> Vec<Effect> {
    let all = story.ledger.outcomes(kind).into_iter();
    all.filter_map(|outcome| match outcome {
        Outcome::Applied(effect) => Some(effect),
        Outcome::Refused(_) => None,
    })
    .collect()
}

#[actix_web::test]
async fn p15_a_payment_waits_in_its_place_and_settles_when_money_comes() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let first = queued(&story, ("INV-1", "1500.00"), json!({})).await;
    let urgent = json!({"priority": 500, "expires": "2099-01-01T00:00:00Z"});
    let second = queued(&story, ("INV-2", "1200.00"), urgent).await;
    let report = becomes(a, &first, "PDNG").await;
    assert_eq!(report["reason"], json!({"code": "waits_for_funds", "iso_reason": "AM04"}));
    assert_eq!(statuses(&report), ["RCVD", "ACTC", "PDNG"]);
    // Nothing is earmarked, and the other bank has said yes.
    assert_eq!(a.available().await, "1000.00");
    assert_eq!(becomes(b, &first, "ACWP").await["direction"], "incoming");
    let xml = a.get(By::Desk, &path(&first), XML).await.text;
    assert_exchanged(&xml, "pacs.002.001.10");
    assert!(xml.contains(">PDNG<") && xml.contains(">AM04<"), "{xml}");

    let shown = a.get(By::Compliance, "/v1/queue", JSON).await.json();
    let entries = shown[0]["entries"].as_array().unwrap();
    let places: Vec<_> = entries
        .iter()
        .map(|entry| (&entry["uetr"], &entry["position"], &entry["priority"]))
        .collect();
    let expected =
        [(&json!(second), &json!(1), &json!(500)), (&json!(first), &json!(2), &json!(100))];
    assert_eq!(places, expected, "{shown}");
    assert_eq!((&shown[0]["available"], &shown[0]["currency"]), (&json!("1000.00"), &json!("USD")));
    assert_eq!(entries[1]["amount"], "1500.00");
    assert_eq!(b.get(By::Desk, "/v1/queue", JSON).await.json(), json!([]));

    // The larger one is moved to the front, and money comes for it alone.
    let body = json!({"priority": 900});
    let moved = a.post(By::Desk, &format!("/v1/queue/{first}/priority"), &body).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    a.until("/v1/queue", |answer| answer.json()[0]["entries"][0]["uetr"] == *first).await;
    story.ledger.fund(&a.member, Money::new(testing::usd(), 60_000));
    let settled = becomes(a, &first, "ACSC").await;
    assert_eq!(settled["receipt"], becomes(b, &first, "ACSC").await["receipt"]);
    assert!(settled["queue"].is_null() && settled["reason"].is_null());
    assert_eq!(becomes(a, &second, "PDNG").await["queue"]["position"], 1);

    // Then for the other one.
    story.ledger.fund(&a.member, Money::new(testing::usd(), 110_000));
    becomes(a, &second, "ACSC").await;
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "0.00").await;
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "2700.00").await;
    assert_eq!(applied(&story, Kind::SettleQueued), [Effect::Settled, Effect::Settled]);
    assert_eq!(applied(&story, Kind::Enqueue), [Effect::Queued, Effect::Queued]);
    assert_eq!(a.get(By::Desk, "/v1/queue", JSON).await.json(), json!([]));
    let receipt = settled["receipt"]["href"].as_str().unwrap();
    let file = a.get(By::Desk, receipt, JSON).await;
    assert!(file.text.contains(&first) && file.text.contains("settled"), "{}", file.text);
    let told = a.get(By::Desk, "/v1/events?limit=100", JSON).await.json();
    let events = told["events"].as_array().unwrap().iter();
    let own = events.filter(|event| event["uetr"] == *first);
    let told: Vec<_> = own.map(|event| (&event["status"], &event["code"])).collect();
    let (none, funds) = (Value::Null, json!("waits_for_funds"));
    let expected = [
        (&json!("RCVD"), &none),
        (&json!("ACTC"), &none),
        (&json!("PDNG"), &funds),
        (&json!("ACSC"), &none),
    ];
    assert_eq!(told, expected);
    let told = b.get(By::Desk, &format!("{}/notification", path(&first)), XML).await;
    assert_exchanged(&told.text, "camt.054.001.08");
}

#[actix_web::test]
async fn p15_several_settle_in_one_set_and_each_has_its_own_proof() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let mut all = Vec::new();
    for (id, amount) in [("INV-1", "1100.00"), ("INV-2", "50.00"), ("INV-3", "25.00")] {
        // The small ones could be paid, and do not pass the one before them.
        all.push(queued(&story, (id, amount), json!({})).await);
    }
    assert!(applied(&story, Kind::Hold).is_empty());
    story.ledger.fund(&a.member, Money::new(testing::usd(), 20_000));
    let mut receipts = Vec::new();
    for uetr in &all {
        let settled = becomes(a, uetr, "ACSC").await;
        let at_b = becomes(b, uetr, "ACSC").await;
        assert_eq!(settled["receipt"], at_b["receipt"]);
        let href = settled["receipt"]["href"].as_str().unwrap().to_owned();
        for bank in [a, b] {
            let file = bank.get(By::Desk, &href, JSON).await;
            assert!(file.text.contains(uetr.as_str()), "{href}: {}", file.text);
        }
        receipts.push(href);
    }
    receipts.dedup();
    assert_eq!(receipts.len(), 3);
    assert_eq!(a.available().await, "25.00");
    // A payment that does not say that it waits is rejected as ever.
    let refused = a.pay(b, ("INV-4", "26.00")).await;
    assert_eq!(
        (&refused["status"], &refused["reason"]["iso_reason"]),
        (&json!("RJCT"), &json!("AM04"))
    );
}

#[actix_web::test]
async fn p15_a_queued_payment_is_cancelled_once_and_settles_no_more() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = queued(&story, ("INV-1", "1500.00"), json!({})).await;
    let cancel = format!("/v1/queue/{uetr}/cancel");
    assert_eq!(a.post(By::Compliance, &cancel, &json!({})).await.code(403), "role_missing");
    let placed = a.until(&path(&uetr), |answer| answer.json()["queue"]["position"] == 1).await;
    let seen = placed.etag.unwrap();
    for _ in 0..2 {
        let ended = a.post_with(By::Desk, &cancel, &json!({}), ("if-match", &seen)).await;
        assert_eq!(ended.status, 200, "{}", ended.text);
        let report = ended.json();
        assert_eq!(report["status"], "RJCT");
        let reason = json!({"code": "cancelled_by_payer", "iso_reason": "DS02"});
        assert_eq!(report["reason"], reason);
    }
    assert_eq!(becomes(b, &uetr, "RJCT").await["reason"]["code"], "voided_by_payer");
    assert_eq!(b.post(By::Desk, &cancel, &json!({})).await.code(404), "not_found");
    story.ledger.fund(&a.member, Money::new(testing::usd(), 100_000));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(a.available().await, "2000.00");
    assert!(applied(&story, Kind::SettleQueued).is_empty());
    // What does not wait for money is not cancelled here.
    let paid = a.pay(b, ("INV-2", "10.00")).await;
    let of_paid = format!("/v1/queue/{}/cancel", paid["uetr"].as_str().unwrap());
    assert_eq!(a.post(By::Desk, &of_paid, &json!({})).await.code(409), "payment_not_queued");
    let of_paid = of_paid.replace("cancel", "priority");
    let again = a.post(By::Desk, &of_paid, &json!({"priority": 1})).await;
    assert_eq!(again.code(409), "payment_not_queued");
}

#[actix_web::test]
async fn p15_a_queued_payment_whose_records_were_lost_is_known_again_and_settles_once() {
    let story = Story::begin(LONG).await;
    let a = &story.a;
    let uetr = queued(&story, ("INV-1", "1500.00"), json!({})).await;
    let kept = a.store.scan(b"payment", usize::MAX).unwrap();
    a.store.write(kept.into_iter().map(|(key, _)| (key, None)).collect()).unwrap();
    assert_eq!(a.get(By::Desk, &path(&uetr), JSON).await.status, 404);
    let mut again = waiting(&story, ("INV-1", "1500.00"), json!({"wait": false}));
    again["uetr"] = json!(uetr);
    let sent = a.post_waiting("/v1/payments", &again, "respond-async").await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    a.until(&path(&uetr), |answer| answer.json()["queue"]["state"] == "queued").await;
    story.ledger.fund(&a.member, Money::new(testing::usd(), 100_000));
    becomes(a, &uetr, "ACSC").await;
    assert_eq!(a.available().await, "500.00");
}

#[actix_web::test]
async fn p15_what_is_cancelled_before_its_place_is_closed_and_the_other_bank_hears_of_it() {
    let policy = ReviewPolicy { all: true, ..ReviewPolicy::default() };
    let looks = Settings { review: policy, ..Settings::of(LONG) };
    let story = Story::begin_as([Settings::of(LONG), looks], 0, |_, _| ()).await;
    let (a, b) = (&story.a, &story.b);
    let offered = |id| waiting(&story, (id, "1500.00"), json!({}));
    let sent = a.post_waiting("/v1/payments", &offered("INV-1"), "respond-async").await.json();
    let uetr = sent["uetr"].as_str().unwrap();
    becomes(b, uetr, "PDNG").await;
    let reviewed = |answer: &Answer| answer.json()["reason"]["code"] == "awaits_review";
    let waits = a.until(&path(uetr), reviewed).await.json();
    assert_eq!(waits["queue"]["state"], "offered");
    let entry = a.get(By::Desk, "/v1/queue", JSON).await.json()[0]["entries"][0].clone();
    assert_eq!((&entry["state"], &entry["position"]), (&json!("offered"), &Value::Null));
    let ended = a.post(By::Desk, &format!("/v1/queue/{uetr}/cancel"), &json!({})).await.json();
    assert_eq!(ended["status"], "RJCT");
    let at_b = becomes(b, uetr, "RJCT").await;
    assert_eq!(at_b["receipt"], ended["receipt"], "the same proof that nothing will come");
    b.until(&path(uetr), |answer| answer.json()["review"]["state"] == "voided").await;

    // Another one is accepted by two people, though it is held nowhere, and queued then.
    let sent = a.post_waiting("/v1/payments", &offered("INV-2"), "respond-async").await.json();
    let uetr = sent["uetr"].as_str().unwrap();
    becomes(b, uetr, "PDNG").await;
    let act = |by, act: &str| {
        let to = format!("{}/{act}", path(uetr));
        async move { b.post(by, &to, &json!({})).await }
    };
    assert_eq!(act(By::Desk, "accept").await.status, 202);
    assert_eq!(act(By::Compliance, "accept/approve").await.status, 200);
    a.until(&path(uetr), |answer| answer.json()["queue"]["state"] == "queued").await;
    story.ledger.fund(&a.member, Money::new(testing::usd(), 50_000));
    becomes(a, uetr, "ACSC").await;
    becomes(b, uetr, "ACSC").await;
}

#[actix_web::test]
async fn p15_no_money_in_time_is_a_rejection_with_its_proof() {
    let lasts = Duration::from_secs(3);
    let queue = QueuePolicy { wait: true, priority: 7, lasts };
    let waits = Settings { queue, ..Settings::of(LONG) };
    let story = Story::begin_as([waits, Settings::of(LONG)], 0, |_, _| ()).await;
    let (a, b) = (&story.a, &story.b);
    // By the bank's settings, without a word in the request.
    let ended = a.pay(b, ("INV-1", "1500.00")).await;
    assert_eq!(ended["status"], "RJCT", "{ended}");
    assert_eq!(ended["reason"], json!({"code": "no_funds_in_time", "iso_reason": "AM04"}));
    assert!(ended["receipt"]["href"].is_string(), "{ended}");
    becomes(b, ended["uetr"].as_str().unwrap(), "RJCT").await;
    // A request may say that it does not wait.
    let never = waiting(&story, ("INV-2", "1500.00"), json!({"wait": false}));
    let refused = a.post(By::Desk, "/v1/payments", &never).await.json();
    assert_eq!(refused["reason"]["code"], "insufficient_funds");
    for bad in [json!({"priority": 1000}), json!({"expires": "noon"}), json!({"until": 3})] {
        let payment = waiting(&story, ("INV-3", "1.00"), bad);
        let refused = a.post(By::Desk, "/v1/payments", &payment).await;
        assert_eq!(refused.code(400), "request_malformed");
    }
    assert_eq!(a.available().await, "1000.00");
}

#[actix_web::test]
async fn p15_the_same_request_again_is_the_same_payment_and_another_wish_is_another_request() {
    let story = Story::begin(LONG).await;
    let a = &story.a;
    let mut payment = waiting(&story, ("INV-1", "1500.00"), json!({"priority": 5}));
    payment["uetr"] = json!("9c2a5e8f-04d7-4163-8f6c-9a527d1e4b80");
    for _ in 0..2 {
        let sent = a.post_waiting("/v1/payments", &payment, "respond-async").await;
        assert_eq!(sent.status, 202, "{}", sent.text);
    }
    payment["queue"] = json!({"priority": 6});
    let other = a.post_waiting("/v1/payments", &payment, "respond-async").await;
    assert_eq!(other.code(409), "leg_conflict");
}
