//! Payments that a person of the beneficiary bank decides on (P14).

use std::time::Duration;

use ledger_core::receipt::{Kind, Outcome};
use serde_json::{Value, json};
use settlement_api::payments::review::policy::ReviewPolicy;

use crate::{
    Story,
    bank::{Bank, By, JSON, Settings, XML},
    oracle::assert_exchanged,
};

/// Shorter than a review takes: who says that it looks at a payment has more time.
const SHORT: Duration = Duration::from_secs(2);

fn looking(review: ReviewPolicy, held_longer: Duration) -> [Settings; 2] {
    let held = Settings { held_longer, ..Settings::of(SHORT) };
    [held, Settings { review, ..Settings::of(SHORT) }]
}

fn all() -> ReviewPolicy {
    ReviewPolicy { all: true, ..ReviewPolicy::default() }
}

async fn begin(review: ReviewPolicy) -> Story {
    Story::begin_as(looking(review, Duration::from_hours(1)), 0, |_, _| ()).await
}

/// Pays, and waits until both banks say that a person has to decide.
async fn pending(story: &Story, id: &str, amount: &str) -> (String, Value) {
    let (a, b) = (&story.a, &story.b);
    let payment = a.payment(b, (id, amount));
    let sent = a.post_waiting("/v1/payments", &payment, "respond-async").await;
    let path = format!("/v1/payments/{}", sent.json()["uetr"].as_str().unwrap());
    let is_pending = |answer: &crate::bank::Answer| answer.json()["status"] == "PDNG";
    let at_b = b.until(&path, |answer| answer.status == 200 && is_pending(answer)).await.json();
    a.until(&path, is_pending).await;
    (path, at_b)
}

async fn says(bank: &Bank, by: By, path: &str, body: Value) -> crate::bank::Answer {
    bank.post(by, path, &body).await
}

fn statuses(report: &Value) -> Vec<String> {
    let timeline = report["timeline"].as_array().unwrap().iter();
    timeline.map(|entry| entry["status"].as_str().unwrap().to_owned()).collect()
}

async fn told(bank: &Bank, path: &str) -> Vec<Value> {
    let uetr = path.rsplit('/').next().unwrap();
    let events = bank.get(By::Desk, "/v1/events?after=0&limit=256", JSON).await.json();
    let events = events["events"].as_array().unwrap().iter();
    events.filter(|event| event["uetr"] == uetr).cloned().collect()
}

#[actix_web::test]
async fn p14_a_payment_waits_for_two_clients_and_then_settles_with_its_proof_at_both() {
    let story = begin(all()).await;
    let (a, b) = (&story.a, &story.b);
    let (path, at_b) = pending(&story, "INV-1", "250.00").await;
    assert_eq!(at_b["review"]["state"], "open");
    assert_eq!(at_b["review"]["why"], json!(["everything"]));
    let at_a = a.get(By::Desk, &path, JSON).await.json();
    let waits = json!({"code": "awaits_review", "iso_reason": "NARR"});
    assert_eq!((&at_a["reason"], &at_a["review"]), (&waits, &Value::Null));
    let pacs002 = a.get(By::Desk, &path, XML).await.text;
    assert_exchanged(&pacs002, "pacs.002.001.10");
    assert!(pacs002.contains(">PDNG<") && pacs002.contains("awaits_review: a person"), "{pacs002}");
    // Beyond the time for an answer: the hold lasts as long as the review may.
    tokio::time::sleep(SHORT + Duration::from_secs(1)).await;
    assert!(story.ledger.outcomes(Kind::Void).is_empty());
    let listed = b.get(By::Compliance, "/v1/inbox?status=pending", JSON).await.json();
    assert_eq!(listed["payments"].as_array().unwrap().len(), 1);
    assert_eq!(listed["payments"][0]["uetr"], at_b["uetr"]);

    let (accept, approve) = (format!("{path}/accept"), format!("{path}/accept/approve"));
    let none = json!({});
    assert_eq!(
        says(b, By::Compliance, &approve, none.clone()).await.code(409),
        "acceptance_not_proposed"
    );
    assert_eq!(says(b, By::Compliance, &accept, none.clone()).await.code(403), "role_missing");
    assert_eq!(says(b, By::Desk, &approve, none.clone()).await.code(403), "role_missing");
    assert_eq!(says(b, By::Admin, &accept, none.clone()).await.code(403), "role_missing");
    assert_eq!(says(a, By::Desk, &accept, none.clone()).await.code(404), "not_found");
    for _ in 0..2 {
        let proposed = says(b, By::Both, &accept, none.clone()).await;
        assert_eq!(proposed.status, 202, "{}", proposed.text);
        assert_eq!(proposed.json()["review"]["proposed_by"], "both");
    }
    assert_eq!(says(b, By::Both, &approve, none.clone()).await.code(409), "same_client");
    for _ in 0..2 {
        let accepted = says(b, By::Compliance, &approve, none.clone()).await;
        assert_eq!(accepted.status, 200, "{}", accepted.text);
        assert_eq!(accepted.json()["review"]["state"], "accepted");
    }
    let is_settled = |answer: &crate::bank::Answer| answer.json()["status"] == "ACSC";
    let at_a = a.until(&path, is_settled).await.json();
    let at_b = b.until(&path, is_settled).await.json();
    assert_eq!(at_a["receipt"]["command_id"], at_b["receipt"]["command_id"]);
    assert_eq!(statuses(&at_a), ["RCVD", "ACTC", "ACFC", "PDNG", "ACWP", "ACSC"]);
    assert_eq!(statuses(&at_b), ["RCVD", "PDNG", "ACWP", "ACSC"]);
    let review = &at_b["review"];
    assert_eq!(
        (&review["proposed_by"], &review["decided_by"]),
        (&json!("both"), &json!("compliance"))
    );
    let late = json!({"reason": "MS03"});
    assert_eq!(
        says(b, By::Desk, &format!("{path}/reject"), late).await.code(409),
        "review_decided"
    );
    b.until("/v1/inbox", |answer| answer.json()["payments"] == json!([])).await;
    for (bank, expected) in [
        (a, &["RCVD", "ACTC", "ACFC", "PDNG", "ACWP", "ACSC"][..]),
        (b, &["RCVD", "PDNG", "ACWP", "ACSC"]),
    ] {
        let told = told(bank, &path).await;
        let said: Vec<_> = told.iter().map(|event| event["status"].as_str().unwrap()).collect();
        assert_eq!(said, expected);
        let waits = told.iter().find(|event| event["status"] == "PDNG").unwrap();
        assert_eq!(
            (&waits["code"], &waits["iso_reason"]),
            (&json!("awaits_review"), &json!("NARR"))
        );
        for side in ["incoming", "outgoing"] {
            let pack = bank.get(By::Desk, &format!("{path}/evidence?direction={side}"), JSON).await;
            assert!(
                pack.status == 404 || pack.json()["summary"]["answer"] == "accepted",
                "{}",
                pack.text
            );
        }
    }
}

#[actix_web::test]
async fn p14_a_no_is_told_to_the_payer_in_its_code_and_words_and_the_money_is_back() {
    let story = begin(all()).await;
    let (a, b) = (&story.a, &story.b);
    let (path, _) = pending(&story, "INV-2", "250.00").await;
    let reject = format!("{path}/reject");
    let unknown = says(b, By::Desk, &reject, json!({"reason": "XXXX"})).await;
    assert_eq!(unknown.code(422), "reason_unknown");
    let no = json!({"reason": "BE01", "information": "the account is of another creditor"});
    for _ in 0..2 {
        let rejected = says(b, By::Compliance, &reject, no.clone()).await;
        assert_eq!(rejected.status, 200, "{}", rejected.text);
        assert_eq!(rejected.json()["review"]["decided_by"], "compliance");
    }
    let other = says(b, By::Compliance, &reject, json!({"reason": "AC04"})).await;
    assert_eq!(other.code(409), "review_decided");
    let accept = says(b, By::Desk, &format!("{path}/accept"), json!({})).await;
    assert_eq!(accept.code(409), "review_decided");
    let at_a = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(
        at_a["reason"],
        json!({
            "code": "rejected_by_beneficiary_bank", "iso_reason": "BE01",
            "information": "the account is of another creditor",
        })
    );
    let pacs002 = a.get(By::Desk, &path, XML).await.text;
    assert_exchanged(&pacs002, "pacs.002.001.10");
    assert!(pacs002.contains(">BE01<") && pacs002.contains("of another creditor"), "{pacs002}");
    let at_b = b.until(&path, |answer| answer.json()["receipt"].is_object()).await.json();
    assert_eq!(
        (&at_b["status"], &at_b["reason"]["code"]),
        (&json!("RJCT"), &json!("rejected_here"))
    );
    assert_eq!(statuses(&at_b), ["RCVD", "PDNG", "RJCT"]);
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
    assert!(story.ledger.outcomes(Kind::Post).is_empty());
    assert_eq!(story.ledger.outcomes(Kind::Void).len(), 1);
}

#[actix_web::test]
async fn p14_nobody_decides_and_the_money_is_back_in_time() {
    let lasts = Duration::from_secs(4);
    let story = begin(ReviewPolicy { lasts, ..all() }).await;
    let (a, b) = (&story.a, &story.b);
    let (path, _) = pending(&story, "INV-3", "250.00").await;
    says(b, By::Desk, &format!("{path}/accept"), json!({})).await;
    let at_a = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(at_a["reason"], json!({"code": "not_decided_in_time", "iso_reason": "TM01"}));
    let at_b = b.until(&path, |answer| answer.json()["receipt"].is_object()).await.json();
    assert_eq!((&at_b["status"], &at_b["review"]["state"]), (&json!("RJCT"), &json!("expired")));
    assert_eq!(at_b["reason"]["iso_reason"], "TM01");
    let approve = says(b, By::Compliance, &format!("{path}/accept/approve"), json!({})).await;
    assert_eq!(approve.code(409), "review_expired");
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
    assert!(story.ledger.outcomes(Kind::Post).is_empty());
}

/// The payer's hold is what there is: a bank decides before it ends.
#[actix_web::test]
async fn p14_the_end_of_the_hold_ends_the_review() {
    let review = ReviewPolicy { margin: Duration::from_secs(1), ..all() };
    let story = Story::begin_as(looking(review, Duration::from_secs(5)), 0, |_, _| ()).await;
    let (a, b) = (&story.a, &story.b);
    let (path, _) = pending(&story, "INV-4", "250.00").await;
    let at_b = b.until(&path, |answer| answer.json()["review"]["state"] == "expired").await.json();
    assert_eq!(at_b["reason"]["iso_reason"], "TM01");
    let at_a = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(at_a["reason"]["iso_reason"], "TM01");
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
}

#[actix_web::test]
async fn p14_what_no_rule_names_is_decided_at_once_and_bad_payments_never_wait() {
    let usd = ledger_core::money::Currency::new("USD").unwrap();
    let review = ReviewPolicy { names: true, from: [(usd, 10_000)].into(), ..Default::default() };
    let story = begin(review).await;
    let (a, b) = (&story.a, &story.b);
    assert_eq!(a.pay(b, ("INV-5", "99.99")).await["status"], "ACSC");
    let (_, at_b) = pending(&story, "INV-6", "100.00").await;
    assert_eq!(at_b["review"]["why"], json!(["amount"]));
    let mut close = a.payment(b, ("INV-7", "1.00"));
    close["creditor"]["name"] = json!("Fjord Timbre");
    let sent = a.post_waiting("/v1/payments", &close, "respond-async").await.json();
    let path = format!("/v1/payments/{}", sent["uetr"].as_str().unwrap());
    let at_b = b.until(&path, |answer| answer.status == 200).await.json();
    assert_eq!(at_b["review"]["why"], json!(["close_name"]));
    let mut unknown = a.payment(b, ("INV-8", "500.00"));
    unknown["creditor"]["account"] = json!("9999");
    let rejected = a.post(By::Desk, "/v1/payments", &unknown).await.json();
    assert_eq!(
        (&rejected["status"], &rejected["reason"]["iso_reason"]),
        (&json!("RJCT"), &json!("AC01"))
    );
    let path = format!("/v1/payments/{}", rejected["uetr"].as_str().unwrap());
    assert!(b.get(By::Desk, &path, JSON).await.json()["review"].is_null());
    let accept = b.post(By::Desk, &format!("{path}/accept"), &json!({})).await;
    assert_eq!(accept.code(409), "payment_not_reviewed");
    let page = b.get(By::Desk, "/v1/inbox?limit=1", JSON).await.json();
    assert_eq!(page["payments"][0]["end_to_end_id"], "INV-6");
    let next = format!("/v1/inbox?limit=1&after={}", page["next_after"].as_str().unwrap());
    let page = b.get(By::Desk, &next, JSON).await.json();
    assert_eq!(
        (&page["payments"][0]["end_to_end_id"], &page["next_after"]),
        (&json!("INV-7"), &Value::Null)
    );
    for wrong in ["?status=settled", "?after=x", "?limit=many", "?other=1"] {
        let refused = b.get(By::Desk, &format!("/v1/inbox{wrong}"), JSON).await;
        assert_eq!(refused.code(400), "request_malformed");
    }
}

/// A payment that waits is asked back by its bank: nobody accepts it until that is answered.
#[actix_web::test]
async fn p14_x8_a_payment_that_waits_can_be_asked_back() {
    let story = begin(all()).await;
    let (a, b) = (&story.a, &story.b);
    let (path, _) = pending(&story, "INV-9", "250.00").await;
    let uetr = path.rsplit('/').next().unwrap();
    let asked = a
        .post_waiting("/v1/recalls", &json!({"uetr": uetr, "reason": "DUPL"}), "respond-async")
        .await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let recall = format!("/v1/recalls/{}", asked.json()["recall"].as_str().unwrap());
    b.until(&recall, |answer| answer.status == 200).await;
    let accept = says(b, By::Desk, &format!("{path}/accept"), json!({})).await;
    assert_eq!(accept.code(409), "payment_asked_back");
    says(b, By::Desk, &format!("{recall}/answer"), json!({"decision": "accept"})).await;
    says(b, By::Compliance, &format!("{recall}/approve"), json!({})).await;
    let at_a = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(at_a["reason"]["code"], "recalled");
    let at_b = b.until(&path, |answer| answer.json()["review"]["state"] == "voided").await.json();
    assert_eq!(
        (&at_b["status"], &at_b["reason"]["code"]),
        (&json!("RJCT"), &json!("voided_by_payer"))
    );
    let reject = says(b, By::Desk, &format!("{path}/reject"), json!({"reason": "MS03"})).await;
    assert_eq!(reject.code(409), "hold_ended");
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
    let voids = story.ledger.outcomes(Kind::Void);
    assert!(matches!(voids.as_slice(), [Outcome::Applied(_)]), "{voids:?}");
}

/// A payment of B under a UETR about which B then asks A; the case's path.
async fn asked_by_b(story: &Story, uetr: &str) -> String {
    let (a, b) = (&story.a, &story.b);
    let payment = json!({
        "uetr": uetr, "end_to_end_id": "BACK-1", "amount": "10.00", "currency": "USD",
        "debtor": {"name": "Fjord Timber", "account": "2002"},
        "creditor": {"name": "Orchard Tools", "account": "1001"},
        "creditor_agent": {"bic": a.bic},
    });
    let sent = b.post(By::Desk, "/v1/payments", &payment).await.json();
    assert_eq!(sent["status"], "ACSC", "{sent}");
    let question = json!({"uetr": uetr, "kind": "FWTR", "lines": ["What is it for?"]});
    let asked = b.post(By::Desk, "/v1/cases", &question).await;
    assert!(matches!(asked.status, 200..=202), "{}", asked.text);
    format!("/v1/cases/{}", asked.json()["case"].as_str().unwrap())
}

/// Two clients of A answer, B is content.
async fn answered(story: &Story, case: &str, answer: Value) {
    let (a, b) = (&story.a, &story.b);
    a.until(case, |answer| answer.status == 200).await;
    let done = |answer: crate::bank::Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    done(a.post(By::Desk, &format!("{case}/accept"), &json!({})).await);
    let prepared = done(a.post(By::Desk, &format!("{case}/answer"), &answer).await);
    let yes = json!({"content": prepared["draft"]["content"]});
    done(a.post(By::Compliance, &format!("{case}/answer/approve"), &yes).await);
    b.until(case, |answer| answer.json()["state"] == "answered").await;
    done(b.post(By::Desk, &format!("{case}/close"), &json!({})).await);
}

/// A pays under a UETR about which B asks: it waits for that alone.
async fn waits_for_the_answer(story: &Story, uetr: &str) -> (String, String) {
    let (a, b) = (&story.a, &story.b);
    assert_eq!(a.pay(b, ("INV-1", "300.00")).await["status"], "ACSC");
    let case = asked_by_b(story, uetr).await;
    let mut payment = a.payment(b, ("INV-2", "25.00"));
    payment["uetr"] = json!(uetr);
    a.post_waiting("/v1/payments", &payment, "respond-async").await;
    let incoming = format!("/v1/payments/{uetr}?direction=incoming");
    let at_b = b.until(&incoming, |answer| answer.json()["status"] == "PDNG").await.json();
    assert_eq!(at_b["review"]["why"], json!(["open_inquiry"]));
    let accept = b.post(By::Desk, &format!("/v1/payments/{uetr}/accept"), &json!({})).await;
    assert_eq!(accept.code(409), "inquiry_open");
    (case, incoming)
}

#[actix_web::test]
async fn p14_what_waits_for_an_inquiry_alone_is_decided_when_it_is_answered() {
    let story = begin(ReviewPolicy::default()).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = "8a562c67-ca16-48ba-b074-65581be6f011";
    let (case, incoming) = waits_for_the_answer(&story, uetr).await;
    answered(&story, &case, json!({"outcome": "INFO", "lines": ["Timber."]})).await;
    let at_b = b.until(&incoming, |answer| answer.json()["status"] == "ACSC").await.json();
    let review = &at_b["review"];
    assert_eq!((&review["state"], &review["decided_by"]), (&json!("accepted"), &Value::Null));
    let outgoing = format!("/v1/payments/{uetr}?direction=outgoing");
    a.until(&outgoing, |answer| answer.json()["status"] == "ACSC").await;
}

#[actix_web::test]
async fn p14_an_inquiry_without_an_answer_leaves_the_payment_to_people() {
    let story = begin(ReviewPolicy::default()).await;
    let b = &story.b;
    let uetr = "8a562c67-ca16-48ba-b074-65581be6f012";
    let (case, incoming) = waits_for_the_answer(&story, uetr).await;
    answered(&story, &case, json!({"outcome": "NINF"})).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let at_b = b.get(By::Desk, &incoming, JSON).await.json();
    assert_eq!((&at_b["status"], &at_b["review"]["state"]), (&json!("PDNG"), &json!("open")));
    let path = format!("/v1/payments/{uetr}");
    assert_eq!(says(b, By::Desk, &format!("{path}/accept"), json!({})).await.status, 202);
    let accepted = says(b, By::Compliance, &format!("{path}/accept/approve"), json!({})).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    b.until(&incoming, |answer| answer.json()["status"] == "ACSC").await;
}

/// What finds no room is not kept, and has the time that a silent bank has.
#[actix_web::test]
async fn p14_where_too_many_wait_the_next_one_ends_as_if_nobody_answered() {
    let story = begin(all()).await;
    let (a, b) = (&story.a, &story.b);
    let row = |n: u64| {
        let leg = [[0xee; 24].as_slice(), &n.to_be_bytes()].concat();
        ([b"inbox-pending/".as_slice(), &n.to_be_bytes(), &leg].concat(), Some(leg))
    };
    b.store.write((0..10_000).map(row).collect()).unwrap();
    let ended = a.pay(b, ("INV-1", "250.00")).await;
    let expected = json!({"code": "no_answer_in_time", "iso_reason": "TM01"});
    assert_eq!((&ended["status"], &ended["reason"]), (&json!("RJCT"), &expected));
    assert_eq!(statuses(&ended), ["RCVD", "ACTC", "ACFC", "RJCT"]);
    let path = format!("/v1/payments/{}", ended["uetr"].as_str().unwrap());
    assert_eq!(b.get(By::Desk, &path, JSON).await.status, 404);
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
}
