//! Files of payments: each order is a payment, and the file says what became of each.

use std::time::Duration;

use iso20022::{
    CurrencyAmount,
    view::{Batch, Order, Pain001, Pain002, View},
};
use serde_json::json;

use crate::{
    Story,
    bank::{Bank, By, JSON, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn order(to: &Bank, id: &str, amount: &str) -> Order {
    Order {
        instruction_id: text(&format!("I-{id}")),
        end_to_end_id: id.to_owned(),
        amount: Some(CurrencyAmount { currency: "USD".to_owned(), text: amount.to_owned() }),
        creditor_agent: text(&to.bic),
        creditor: text("Fjord Timber"),
        creditor_account: text("2002"),
        remittance: vec!["Invoice".to_owned()],
        ..Order::default()
    }
}

pub(crate) fn file(id: &str, orders: Vec<Order>) -> Pain001 {
    Pain001 {
        msg_id: id.to_owned(),
        created: "2026-11-21T10:00:00+00:00".to_owned(),
        count: orders.len().to_string(),
        control_sum: None,
        initiator: text("Orchard Tools"),
        batches: vec![batch(&format!("{id}-1"), orders)],
    }
}

fn batch(id: &str, orders: Vec<Order>) -> Batch {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    Batch {
        id: id.to_owned(),
        method: "TRF".to_owned(),
        execution_date: Some(today.to_string()),
        debtor: text("Orchard Tools"),
        debtor_account: text("1001"),
        debtor_agent: text("AAAAUS33"),
        orders,
        ..Batch::default()
    }
}

/// A file whose one batch says something else.
fn but(file: &Pain001, change: impl FnOnce(&mut Batch)) -> Pain001 {
    let mut changed = file.clone();
    change(&mut changed.batches[0]);
    changed
}

fn xml(file: &Pain001) -> Vec<u8> {
    file.to_xml().unwrap().into_bytes()
}

#[actix_web::test]
async fn f1_f2_f3_each_order_is_a_payment_once_and_the_file_says_what_became_of_it() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let unknown = Order { creditor_agent: text("ZZZZUS33"), ..order(b, "E-3", "1.00") };
    let elsewhere = CurrencyAmount { currency: "EUR".to_owned(), text: "1.00".to_owned() };
    let elsewhere = Order { amount: Some(elsewhere), ..order(b, "E-4", "1.00") };
    let blocked = Order { creditor: text("Bad Actor"), ..order(b, "E-5", "1.00") };
    let orders = vec![
        order(b, "E-1", "10.00"),
        order(b, "E-2", "20.00"),
        unknown,
        elsewhere,
        blocked,
        order(b, "E-1", "10.00"),
    ];
    let body = xml(&file("FILE-1", orders));
    let answer = a.post_as(By::Desk, "/v1/payment-files", (XML, body.clone())).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
    let path = answer.location.unwrap();
    let done = a.until(&path, |answer| answer.json()["status"] != "PDNG").await.json();
    assert_eq!(done["status"], "PART", "{done}");
    assert_eq!(
        (&done["orders"], &done["settled"], &done["rejected"]),
        (&json!(6), &json!(2), &json!(4))
    );
    let first = a.get(By::Desk, &format!("{path}/orders?limit=4"), JSON).await.json();
    assert_eq!(first["next_after"], 4);
    let rest = a.get(By::Desk, &format!("{path}/orders?after=4&limit=4"), JSON).await.json();
    assert_eq!((rest["orders"].as_array().unwrap().len(), rest.get("next_after")), (2, None));
    let codes: Vec<_> = [&first, &rest]
        .into_iter()
        .flat_map(|page| page["orders"].as_array().unwrap().clone())
        .map(|order| order["reason"]["code"].as_str().unwrap_or("").to_owned())
        .collect();
    assert_eq!(codes[..4], ["", "", "agent_unknown", "currency_unknown"]);
    assert_eq!(codes[4..], ["payment_under_review", "order_repeated"]);
    let report = a.get(By::Compliance, &path, XML).await.text;
    assert_valid(&report, "pain.002.001.10");
    let report = Pain002::find(report.as_bytes()).unwrap();
    let [batch] = report.batches.as_slice() else { panic!("{report:?}") };
    assert_eq!((batch.id.as_str(), batch.status.as_deref()), ("FILE-1-1", Some("PART")));
    let statuses: Vec<_> = batch.orders.iter().map(|o| o.status.clone().unwrap()).collect();
    assert_eq!(statuses, ["ACSC", "ACSC", "RJCT", "RJCT", "RJCT", "RJCT"]);
    assert_eq!(batch.orders[5].reason.as_deref(), Some("AM05"));
    assert_eq!((report.group_status, report.original_msg_id), (text("PART"), "FILE-1".to_owned()));
    assert_eq!(a.available().await, "970.00");
    // The same file again pays nothing; another under its id is refused.
    let again = a.post_as(By::Desk, "/v1/payment-files", (XML, body)).await;
    assert_eq!((again.status, again.json()), (200, done));
    assert_eq!(a.available().await, "970.00");
    let other = xml(&file("FILE-1", vec![order(b, "E-9", "1.00")]));
    let refused = a.post_as(By::Desk, "/v1/payment-files", (XML, other)).await;
    assert_eq!(refused.code(409), "file_conflict");
}

#[actix_web::test]
async fn f1_a_file_with_a_fault_of_its_own_is_refused_whole() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let good = file("FILE-2", vec![order(b, "E-1", "1.00")]);
    let dated = |day: &str| but(&good, |batch| batch.execution_date = text(day));
    let mut twice = good.clone();
    twice.batches.extend(good.batches.clone());
    twice.count = "2".to_owned();
    let rows = [
        (Pain001 { count: "2".to_owned(), ..good.clone() }, 400, "message_breaks_rules"),
        (Pain001 { control_sum: text("7"), ..good.clone() }, 400, "message_breaks_rules"),
        (but(&good, |batch| batch.method = "CHK".to_owned()), 400, "request_malformed"),
        (twice, 400, "request_malformed"),
        (dated("2099-01-01"), 422, "settlement_date_too_far"),
        (dated("2023-01-05"), 422, "settlement_date_past"),
        (but(&good, |batch| batch.debtor_agent = text("BBBBUS33")), 422, "not_our_agent"),
    ];
    for (message, status, code) in rows {
        let answer = a.post_as(By::Desk, "/v1/payment-files", (XML, xml(&message))).await;
        assert_eq!(answer.code(status), code, "{message:?}");
    }
    let noise = a.post_as(By::Desk, "/v1/payment-files", (XML, b"<x/>".to_vec())).await;
    assert_eq!(noise.code(400), "message_breaks_rules");
    // Nothing of them was kept: the id is free.
    let answer = a.post_as(By::Desk, "/v1/payment-files", (XML, xml(&good))).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
    a.until(&answer.location.unwrap(), |answer| answer.json()["status"] == "ACSC").await;
    let unknown = format!("/v1/payment-files/{}", "0".repeat(64));
    for (path, status, code) in
        [("/v1/payment-files/x", 400, "request_malformed"), (unknown.as_str(), 404, "not_found")]
    {
        assert_eq!(a.get(By::Desk, path, JSON).await.code(status), code);
    }
}

/// More orders than are on their way at a time, and more bytes than another body may have.
#[actix_web::test]
async fn f2_a_large_file_is_worked_off_in_turn() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let mut orders: Vec<_> = (0..2_400).map(|n| order(b, &format!("L-{n}"), "0.01")).collect();
    for order in orders.iter_mut().skip(70) {
        // All but the first are refused at once, so that the test is not about the ledger's speed.
        order.creditor_agent = text("ZZZZUS33");
    }
    let body = xml(&file("FILE-3", orders));
    assert!(body.len() > 1 << 20, "{}", body.len());
    let answer = a.post_as(By::Desk, "/v1/payment-files", (XML, body)).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
    let done = a.until(&answer.location.unwrap(), |answer| answer.json()["status"] == "PART").await;
    let done = done.json();
    assert_eq!((&done["settled"], &done["rejected"]), (&json!(70), &json!(2_330)));
    assert_eq!(a.available().await, "999.30");
}

#[actix_web::test]
async fn p8_f3_a_file_for_a_day_ahead_waits_and_is_paid_on_its_day() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let tomorrow = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow();
    let unknown = Order { creditor_agent: text("ZZZZUS33"), ..order(b, "E-3", "1.00") };
    let orders = vec![order(b, "E-1", "10.00"), order(b, "E-2", "20.00"), unknown];
    let day = Some(tomorrow.unwrap().to_string());
    let body = xml(&but(&file("FILE-7", orders), |batch| batch.execution_date = day));
    let request = a.post_as(By::Desk, "/v1/payment-files", (XML, body));
    let path = tokio::time::timeout(LONG * 2, request).await.unwrap().location.unwrap();
    let stands = a.until(&path, |answer| answer.json()["in_progress"] == 0).await.json();
    assert_eq!(
        (&stands["status"], &stands["waiting"], &stands["rejected"]),
        (&json!("PDNG"), &json!(2), &json!(1))
    );
    let listed = a.get(By::Desk, "/v1/scheduled-payments?limit=1", JSON).await.json();
    let (first, cursor) = (&listed["payments"][0], listed["next_after"].as_str().unwrap());
    let rest =
        a.get(By::Desk, &format!("/v1/scheduled-payments?after={cursor}"), JSON).await.json();
    assert_eq!((rest["payments"].as_array().unwrap().len(), rest.get("next_after")), (1, None));
    let uetr = first["uetr"].as_str().unwrap();
    let cancelled = a.post(By::Desk, &format!("/v1/payments/{uetr}/cancel"), &json!({})).await;
    assert_eq!(cancelled.status, 200);
    assert_eq!(a.available().await, "1000.00");
    a.days_ahead.store(1, std::sync::atomic::Ordering::Relaxed);
    let done = a.until(&path, |answer| answer.json()["status"] == "PART").await.json();
    assert_eq!((&done["settled"], &done["rejected"]), (&json!(1), &json!(2)));
    let report = a.get(By::Compliance, &path, XML).await.text;
    assert_valid(&report, "pain.002.001.10");
}
