//! What would become of a payment, beside what becomes of it.

use std::time::Duration;

use ledger_core::receipt::Kind;
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, XML},
};

const LONG: Duration = Duration::from_secs(20);

async fn simulate(bank: &Bank, payment: &Value) -> Value {
    let answer = bank.post(By::Desk, "/v1/simulate", payment).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// Everything that a bank keeps, but what it remembers of the directory, which it reads at its own time.
fn kept(bank: &Bank) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = bank.store.scan(b"", usize::MAX).unwrap();
    rows.retain(|(key, _)| !key.starts_with(b"directory/seen/"));
    rows
}

/// The same, once what came before has come to its end.
async fn at_rest(bank: &Bank) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut last = kept(bank);
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = kept(bank);
        if now == last {
            return now;
        }
        last = now;
    }
    panic!("a bank to which nothing happens still writes");
}

/// Names of the rows that changed.
fn written(before: &[(Vec<u8>, Vec<u8>)], after: &[(Vec<u8>, Vec<u8>)]) -> Vec<String> {
    let changed = after.iter().filter(|row| !before.contains(row));
    changed.map(|(key, _)| key.escape_ascii().to_string()).collect()
}

#[actix_web::test]
async fn p6_what_would_be_held_is_foretold_and_nothing_is_done() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let payment = a.payment(b, ("INV-1", "400.00"));
    let (at_a, at_b) = (at_rest(a).await, at_rest(b).await);
    let events = a.gateway.events.last();
    for by in [By::Desk, By::Compliance] {
        let answer = a.post(by, "/v1/simulate", &payment).await.json();
        assert_eq!(answer["outcome"], "would_be_held", "{answer}");
        let ledger = &answer["ledger"];
        assert_eq!(
            (&ledger["available"], &ledger["available_after"]),
            (&json!("1000.00"), &json!("600.00"))
        );
        assert_eq!(ledger["queue"], json!({"waiting": 0, "bypass": false}));
        let heights = (ledger["height"].as_u64().unwrap(), ledger["height_to"].as_u64().unwrap());
        assert!(heights.0 > 0 && heights.0 <= heights.1, "{heights:?}");
        assert!(answer["not_foretold"].as_array().unwrap().len() > 2);
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(written(&at_a, &kept(a)), Vec::<String>::new());
    assert_eq!(written(&at_b, &kept(b)), Vec::<String>::new());
    assert_eq!(a.gateway.events.last(), events);
    assert!(story.ledger.outcomes(Kind::Hold).is_empty());
    assert_eq!(a.available().await, "1000.00");
    // And so it comes.
    let paid = a.post(By::Desk, "/v1/payments", &payment).await.json();
    assert_eq!(paid["status"], "ACSC", "{paid}");
    assert_eq!(a.available().await, "600.00");
}

/// Each is refused as it was foretold, by whom and why.
#[actix_web::test]
async fn p6_what_would_be_rejected_is_rejected_so() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let with = |id: &str, amount: &str, change: fn(&mut Value)| {
        let mut payment = a.payment(b, (id, amount));
        change(&mut payment);
        payment
    };
    let rejected = [
        (with("R-1", "1000.01", |_| ()), "ledger", "insufficient_funds", "AM04"),
        (
            with("R-2", "1.00", |p| p["creditor"]["name"] = json!("Bad Actor")),
            "gate",
            "payment_under_review",
            "MS03",
        ),
    ];
    for (payment, by, code, iso) in rejected {
        let told = simulate(a, &payment).await;
        assert_eq!(
            (&told["outcome"], &told["by"]),
            (&json!("would_be_rejected"), &json!(by)),
            "{told}"
        );
        assert_eq!(told["reason"], json!({"code": code, "iso_reason": iso}));
        assert!(told["ledger"]["available_after"].is_null());
        assert_eq!(told["ledger"]["short"].is_string(), code == "insufficient_funds", "{told}");
        let done = a.post(By::Desk, "/v1/payments", &payment).await;
        assert_eq!((done.status, &done.json()["reason"]), (422, &told["reason"]), "{}", done.text);
    }
    // What intake refuses is refused in the same words.
    let refused: [fn(&mut Value); 5] = [
        |p| p["debtor"]["account"] = json!("9999"),
        |p| p["amount"] = json!("0.00"),
        |p| p["currency"] = json!("XXX"),
        |p| p["creditor_agent"] = json!({"bic": "ZZZZUS33"}),
        |p| p["more"] = json!(1),
    ];
    for change in refused {
        let payment = with("R-3", "1.00", change);
        let told = a.post(By::Desk, "/v1/simulate", &payment).await;
        let done = a.post(By::Desk, "/v1/payments", &payment).await;
        assert!(told.status >= 400 && told.status != 404, "{}", told.text);
        assert_eq!((told.status, &told.text), (done.status, &done.text));
    }
}

#[actix_web::test]
async fn p6_a_payment_that_was_made_is_known_and_other_content_is_a_conflict() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let mut payment = a.payment(b, ("INV-1", "10.00"));
    payment["uetr"] = json!("3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163");
    assert_eq!(simulate(a, &payment).await["outcome"], "would_be_held");
    let paid = a.post(By::Desk, "/v1/payments", &payment).await;
    assert_eq!(paid.status, 200, "{}", paid.text);
    let known = simulate(a, &payment).await;
    assert_eq!((&known["outcome"], &known["status"]), (&json!("known"), &json!("ACSC")));
    payment["amount"] = json!("11.00");
    assert_eq!(a.post(By::Desk, "/v1/simulate", &payment).await.code(409), "leg_conflict");
    // A message says the same as JSON.
    let uetr = paid.json()["uetr"].as_str().unwrap().to_owned();
    let message = a.get(By::Desk, &format!("/v1/payments/{uetr}/message"), XML).await.text;
    let other = message.replace(&uetr, "9c2a5e8f-04d7-4163-8f6c-9a527d1e4b80");
    let told = a.post_as(By::Desk, "/v1/simulate", (XML, other.into_bytes())).await;
    assert_eq!(told.json()["outcome"], "would_be_held", "{}", told.text);
    assert_eq!(story.ledger.outcomes(Kind::Hold).len(), 1);
}
