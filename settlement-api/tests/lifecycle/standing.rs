//! Standing orders: a payment on each day of a plan, once.

use std::{sync::atomic::Ordering, time::Duration};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, JSON},
};

const LONG: Duration = Duration::from_secs(20);
const PATH: &str = "/v1/standing-orders";

fn in_days(days: i32) -> String {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.checked_add(days.days()).unwrap().to_string()
}

fn order(bank: &Bank, to: &Bank, amount: &str, more: Value) -> Value {
    let mut order = json!({
        "payment": bank.payment(to, ("RENT", amount)), "first": in_days(0), "every": "day",
    });
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    order
}

async fn executions(bank: &Bank, path: &str) -> Vec<Value> {
    let answer = bank.get(By::Compliance, &format!("{path}/executions"), JSON).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["executions"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn o1_o2_each_day_of_a_plan_is_one_payment_also_days_that_went_by() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let wanted = order(a, b, "10.00", json!({"executions": 4}));
    let given = a.post_under(PATH, ("rent", &wanted)).await;
    assert_eq!(given.status, 200, "{}", given.text);
    let path = given.location.unwrap();
    let again = a.post_under(PATH, ("rent", &wanted)).await;
    assert_eq!(again.location.as_deref(), Some(path.as_str()), "the same order");
    let other = a.post_under(PATH, ("rent", &order(a, b, "11.00", json!({})))).await;
    assert_eq!(other.code(409), "idempotency_conflict");
    // Today's at once, and no other.
    a.until(&path, |answer| answer.json()["carried_out"] == 1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(executions(a, &path).await.len(), 1);
    assert_eq!(a.get(By::Desk, &path, JSON).await.json()["next"], in_days(1));
    // Two days later: both that went by, each once.
    a.days_ahead.store(2, Ordering::Relaxed);
    a.until(&path, |answer| answer.json()["carried_out"] == 3).await;
    a.until(&format!("{path}/executions"), |answer| {
        let page = answer.json();
        page["executions"].as_array().unwrap().iter().all(|one| one["status"] == "ACSC")
    })
    .await;
    assert_eq!(a.available().await, "970.00");
    let made = executions(a, &path).await;
    let days: Vec<_> = made.iter().map(|one| one["day"].as_str().unwrap()).collect();
    assert_eq!(days, [in_days(0), in_days(1), in_days(2)]);
    // The plan ends.
    a.days_ahead.store(9, Ordering::Relaxed);
    let ended = a.until(&path, |answer| answer.json()["status"] == "ended").await.json();
    assert_eq!((&ended["carried_out"], ended.get("next")), (&json!(4), None));
    let refused = a.post(By::Desk, &format!("{path}/cancel"), &json!({})).await;
    assert_eq!(refused.code(409), "standing_order_ended");
    let page = a.get(By::Desk, &format!("{path}/executions?after=1&limit=2"), JSON).await.json();
    assert_eq!((&page["executions"][0]["number"], &page["next_after"]), (&json!(2), &json!(3)));
}

#[actix_web::test]
async fn o2_missed_days_are_left_out_where_the_order_says_so_or_they_are_long_over() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let skipping = json!({"first": in_days(1), "missed": "skip", "executions": 3});
    let skipping = a.post(By::Desk, PATH, &order(a, b, "1.00", skipping)).await;
    let late = json!({"first": in_days(1), "every": "month", "executions": 3});
    let late = a.post(By::Desk, PATH, &order(a, b, "2.00", late)).await;
    let (skipping, late) = (skipping.location.unwrap(), late.location.unwrap());
    a.days_ahead.store(3, Ordering::Relaxed);
    a.until(&skipping, |answer| answer.json()["status"] == "ended").await;
    let outcomes = |made: &[Value]| -> Vec<String> {
        made.iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(outcomes(&executions(a, &skipping).await), ["missed", "missed", "made"]);
    a.days_ahead.store(80, Ordering::Relaxed);
    a.until(&late, |answer| answer.json()["carried_out"] == 3).await;
    assert_eq!(outcomes(&executions(a, &late).await), ["made", "missed", "made"]);
}

#[actix_web::test]
async fn o3_a_cancelled_order_makes_nothing_more_and_wrong_ones_are_refused() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let given = a.post(By::Desk, PATH, &order(a, b, "10.00", json!({"first": in_days(1)}))).await;
    let path = given.location.unwrap();
    let cancel = format!("{path}/cancel");
    assert_eq!(a.post(By::Compliance, &cancel, &json!({})).await.code(403), "role_missing");
    assert_eq!(b.post(By::Desk, &cancel, &json!({})).await.code(404), "not_found");
    let cancelled = a.post(By::Desk, &cancel, &json!({})).await.json();
    assert_eq!((&cancelled["status"], cancelled.get("next")), (&json!("cancelled"), None));
    assert_eq!(a.post(By::Desk, &cancel, &json!({})).await.json(), cancelled);
    a.days_ahead.store(5, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(executions(a, &path).await.len(), 0);
    assert_eq!(a.available().await, "1000.00");
    a.days_ahead.store(0, Ordering::Relaxed);
    let mut unknown = order(a, b, "1.00", json!({}));
    unknown["payment"]["creditor_agent"] = json!({"bic": "ZZZZUS33"});
    let mut named = order(a, b, "1.00", json!({}));
    named["payment"]["uetr"] = json!("3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163");
    let mut long = order(a, b, "1.00", json!({}));
    long["payment"]["further_remittance"] = json!(vec!["x".repeat(140); 500]);
    for (wanted, status, code) in [
        (unknown, 422, "agent_unknown"),
        (named, 400, "request_malformed"),
        (long, 400, "request_malformed"),
        (order(a, b, "1.00", json!({"first": in_days(-1)})), 422, "settlement_date_past"),
        (order(a, b, "1.00", json!({"first": "2026-02-30"})), 400, "request_malformed"),
        (order(a, b, "1.00", json!({"every": "hour"})), 400, "request_malformed"),
        (order(a, b, "0.00", json!({})), 422, "amount_zero"),
    ] {
        assert_eq!(a.post(By::Desk, PATH, &wanted).await.code(status), code, "{wanted}");
    }
    let listed = a.get(By::Compliance, PATH, JSON).await.json();
    assert_eq!(listed["standing_orders"].as_array().unwrap().len(), 1);
}

/// P7: a day that comes while the network is halted is neither paid nor lost.
#[actix_web::test]
async fn o1_p7_an_execution_of_a_day_on_which_the_network_is_halted_is_made_afterwards() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let given = a.post_under(PATH, ("rent", &order(a, b, "10.00", json!({"executions": 2})))).await;
    let path = given.location.unwrap();
    a.until(&path, |answer| answer.json()["carried_out"] == 1).await;
    story.ledger.halt(true);
    while !a.gateway.halt.is_on() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    a.days_ahead.store(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(a.get(By::Desk, &path, JSON).await.json()["carried_out"], 1);
    story.ledger.halt(false);
    a.until(&path, |answer| answer.json()["carried_out"] == 2).await;
    a.until(&format!("{path}/executions"), |answer| {
        let page = answer.json();
        page["executions"].as_array().unwrap().iter().all(|one| one["status"] == "ACSC")
    })
    .await;
    assert_eq!(a.available().await, "980.00");
}
