//! A payment that is asked back while its money is held (X8).

use std::time::Duration;

use ledger_core::receipt::{Kind, Outcome};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, XML},
    oracle::assert_exchanged,
};

const LONG: Duration = Duration::from_secs(30);

/// Pays while the other bank is silent, asks it back, and lets the other bank answer again: the
/// payment's UETR and the recall's path, once the other bank has it.
async fn asked_back(story: &Story, id: &str) -> (String, String) {
    let (a, b) = (&story.a, &story.b);
    b.fall_silent().await;
    let payment = a.payment(b, (id, "250.00"));
    let sent = a.post_waiting("/v1/payments", &payment, "respond-async").await;
    let uetr = sent.json()["uetr"].as_str().unwrap().to_owned();
    let path = format!("/v1/payments/{uetr}");
    a.until(&path, |answer| answer.json()["status"] == "ACFC").await;
    let body = json!({"uetr": uetr, "reason": "DUPL"});
    let asked = a.post_waiting("/v1/recalls", &body, "respond-async").await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let recall = format!("/v1/recalls/{}", asked.json()["recall"].as_str().unwrap());
    b.answer_again();
    b.until(&recall, |answer| answer.status == 200).await;
    (uetr, recall)
}

async fn says(bank: &Bank, recall: &str, decision: Value) {
    let answer = bank.post(By::Desk, &format!("{recall}/answer"), &decision).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
}

#[actix_web::test]
async fn x8_a_held_payment_that_both_give_up_is_voided_and_nothing_was_paid() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let (uetr, recall) = asked_back(&story, "INV-1").await;
    let at_b = b.get(By::Desk, &recall, "application/json").await.json();
    assert_eq!((&at_b["amount"], &at_b["uetr"]), (&json!("250.00"), &json!(uetr)));
    assert_eq!(at_b["iso_status"], "PDCR");
    says(b, &recall, json!({"decision": "accept"})).await;
    b.post(By::Compliance, &format!("{recall}/approve"), &json!({})).await;
    let path = format!("/v1/payments/{uetr}");
    let ended = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(ended["reason"], json!({"code": "recalled", "iso_reason": "DS02"}));
    for bank in [a, b] {
        let answer = bank.until(&recall, |answer| answer.json()["status"] == "voided").await.json();
        assert_eq!(answer["iso_status"], "CNCL");
        assert_eq!(answer["receipt"]["command_id"], ended["receipt"]["command_id"]);
        let told = bank.get(By::Desk, &recall, XML).await.text;
        assert_exchanged(&told, "camt.029.001.09");
        assert!(told.contains(">CNCL<") && told.contains(&uetr), "{told}");
        let back = bank.get(By::Desk, &format!("{path}/return"), XML).await;
        assert!(matches!(back.status, 404 | 409), "no pacs.004: {}", back.text);
    }
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
    assert!(story.ledger.outcomes(Kind::Post).is_empty());
    assert!(story.ledger.outcomes(Kind::Return).is_empty());
    assert_eq!(story.ledger.outcomes(Kind::Void).len(), 1);
}

#[actix_web::test]
async fn x8_a_no_lets_the_held_payment_go_on() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let (uetr, recall) = asked_back(&story, "INV-2").await;
    assert!(story.ledger.outcomes(Kind::Post).is_empty(), "not offered while it is asked back");
    says(b, &recall, json!({"decision": "reject", "reason": "CUST"})).await;
    let path = format!("/v1/payments/{uetr}");
    a.until(&path, |answer| answer.json()["status"] == "ACSC").await;
    let refused = a.until(&recall, |answer| answer.json()["status"] == "rejected").await.json();
    assert_eq!((&refused["iso_status"], &refused["rejection"]), (&json!("RJCR"), &json!("CUST")));
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "250.00").await;
    assert!(story.ledger.outcomes(Kind::Void).is_empty());
}

#[actix_web::test]
async fn x8_nobody_answers_and_the_hold_ends_with_the_recall() {
    let story = Story::begin(Duration::from_secs(4)).await;
    let (a, b) = (&story.a, &story.b);
    let (uetr, recall) = asked_back(&story, "INV-3").await;
    let path = format!("/v1/payments/{uetr}");
    let ended = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(ended["reason"]["iso_reason"], "TM01");
    for bank in [a, b] {
        bank.until(&recall, |answer| answer.json()["status"] == "voided").await;
    }
    assert_eq!(story.ledger.outcomes(Kind::Void).len(), 1);
}

/// Offer and request set out at one instant: the payment is voided, or it settles and goes back, and
/// never both or neither.
#[actix_web::test]
async fn x8_a_race_with_the_acceptance_ends_in_one_of_both() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    for round in 0..4_u64 {
        let payment = a.payment(b, (&format!("INV-{round}"), "10.00"));
        let sent = a.post_waiting("/v1/payments", &payment, "respond-async").await;
        let uetr = sent.json()["uetr"].as_str().unwrap().to_owned();
        let body = json!({"uetr": uetr, "reason": "DUPL"});
        let recall = loop {
            tokio::time::sleep(Duration::from_millis(round * 5)).await;
            let asked = a.post_waiting("/v1/recalls", &body, "respond-async").await;
            if asked.status == 202 {
                break format!("/v1/recalls/{}", asked.json()["recall"].as_str().unwrap());
            }
            assert_eq!(asked.code(409), "not_settled");
        };
        b.until(&recall, |answer| answer.status == 200).await;
        says(b, &recall, json!({"decision": "accept"})).await;
        b.post(By::Compliance, &format!("{recall}/approve"), &json!({})).await;
        let ended = |answer: &crate::bank::Answer| {
            matches!(answer.json()["status"].as_str(), Some("voided" | "returned"))
        };
        let at_a = a.until(&recall, ended).await.json();
        assert_eq!(b.until(&recall, ended).await.json()["status"], at_a["status"]);
        let path = format!("/v1/payments/{uetr}");
        let status = a.get(By::Desk, &path, "application/json").await.json()["status"].clone();
        let expected = if at_a["status"] == "voided" { "RJCT" } else { "ACSC" };
        assert_eq!(status, expected);
        a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
        b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "0.00").await;
    }
    let applied = |kind| {
        let all = story.ledger.outcomes(kind);
        all.into_iter().filter(|outcome| matches!(outcome, Outcome::Applied(_))).count()
    };
    assert_eq!(applied(Kind::Post), applied(Kind::Return), "what settled went back");
    assert_eq!(applied(Kind::Post) + applied(Kind::Void), 4, "each payment ended once");
}
