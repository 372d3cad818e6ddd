//! The feed of both banks: pages, waiting, and a stream.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, JSON},
};

const LONG: Duration = Duration::from_secs(20);

async fn page(bank: &Bank, query: &str) -> Value {
    let answer = bank.get(By::Desk, &format!("/v1/events{query}"), JSON).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// Statuses of a payment in a bank's feed, in order, once the last one is there.
async fn statuses(bank: &Bank, uetr: &Value, last: &str) -> Vec<String> {
    let of = |page: &Value| -> Vec<String> {
        let events = page["events"].as_array().unwrap();
        let own = events.iter().filter(|event| event["uetr"] == *uetr);
        own.map(|event| event["status"].as_str().unwrap().to_owned()).collect()
    };
    let found = bank.until("/v1/events", |answer| {
        of(&answer.json()).last().is_some_and(|status| status == last)
    });
    of(&found.await.json())
}

#[actix_web::test]
async fn e1_both_banks_hear_of_every_state_in_order_and_once() {
    let story = Story::begin(Duration::from_secs(4)).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-1", "10.00")).await;
    let uetr = &paid["uetr"];
    b.until(&format!("/v1/payments/{}", uetr.as_str().unwrap()), |answer| {
        answer.json()["status"] == "ACSC"
    })
    .await;
    let credit = format!("/v1/payments/{}/credit", uetr.as_str().unwrap());
    assert_eq!(b.post(By::Desk, &credit, &json!({})).await.status, 200);
    assert_eq!(statuses(a, uetr, "ACCC").await, ["RCVD", "ACTC", "ACFC", "ACWP", "ACSC", "ACCC"]);
    assert_eq!(statuses(b, uetr, "ACCC").await, ["RCVD", "ACWP", "ACSC", "ACCC"]);
    b.fall_silent().await;
    let lost = a.pay(b, ("INV-2", "10.00")).await;
    assert_eq!(statuses(a, &lost["uetr"], "RJCT").await, ["RCVD", "ACTC", "ACFC", "RJCT"]);
    let all = page(a, "").await;
    let events = all["events"].as_array().unwrap();
    let numbers: Vec<_> = events.iter().map(|event| event["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    let rejected = events.last().unwrap();
    assert_eq!(
        (&rejected["code"], &rejected["iso_reason"]),
        (&json!("no_answer_in_time"), &json!("TM01"))
    );
    assert_eq!(
        (&rejected["about"], &rejected["direction"]),
        (&json!("payment"), &json!("outgoing"))
    );
    // Pages join without gap or overlap.
    let (first, second) = (page(a, "?limit=7").await, page(a, "?after=7&limit=7").await);
    assert_eq!((&first["next_after"], &first["has_more"]), (&json!(7), &json!(true)));
    assert_eq!((&second["next_after"], &second["has_more"]), (&json!(10), &json!(false)));
    let joined: Vec<_> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["events"].as_array().unwrap().clone())
        .collect();
    assert_eq!(&joined, events);
    let refused = a.get(By::Desk, "/v1/events?before=7", JSON).await;
    assert_eq!(refused.code(400), "request_malformed");
    b.answer_again();
}

#[actix_web::test]
async fn e1_who_waits_hears_of_the_next_event_and_a_stream_goes_on_from_its_cursor() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let (waited, paid) = tokio::join!(page(a, ""), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        a.pay(b, ("INV-1", "10.00")).await
    });
    assert_eq!(waited["events"][0]["status"], "RCVD");
    statuses(a, &paid["uetr"], "ACSC").await;
    let told = a.stream(By::Desk, "/v1/events?after=2", "ACSC").await;
    let ids: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["3", "4", "5"]);
    assert!(told.lines().any(|line| line == "event: payment"));
    for line in told.lines().filter_map(|line| line.strip_prefix("data: ")) {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["uetr"], paid["uetr"]);
    }
}

#[actix_web::test]
async fn p3_a_payment_whose_held_leg_is_closed_is_rejected_at_once_and_its_money_is_free() {
    let story = Story::begin(Duration::from_secs(300)).await;
    let (a, b) = (&story.a, &story.b);
    b.fall_silent().await;
    let body = a.payment(b, ("INV-1", "10.00"));
    let held = a.post_waiting("/v1/payments", &body, "wait=0").await.json();
    let path = format!("/v1/payments/{}", held["uetr"].as_str().unwrap());
    a.until(&path, |answer| answer.json()["status"] == "ACFC").await;
    let leg = json!({"uetr": held["uetr"], "instructed": b.gateway.lei()});
    let closed = a.post(By::Desk, "/v1/legs/close", &leg).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    let ended = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(
        (&ended["reason"]["code"], &ended["reason"]["iso_reason"]),
        (&json!("closed_here"), &json!("DS02")),
        "{ended}"
    );
    assert_eq!(a.available().await, "1000.00");
}
