//! Payments on their day: what waits, what is refused, what is cancelled, what is let go once.

use std::{sync::atomic::Ordering, time::Duration};

use iso20022::{
    Pacs002, TxStatus,
    pacs002::{EffectiveDate, Reason},
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Answer, Bank, By, JSON, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);
const UETR: &str = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";

fn in_days(days: i32) -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date().checked_add(days.days()).unwrap()
}

fn dated(bank: &Bank, to: &Bank, what: (&str, &str), day: Date) -> Value {
    let mut payment = bank.payment(to, what);
    payment["settlement_date"] = json!(day.to_string());
    payment
}

async fn post(bank: &Bank, payment: &Value) -> Answer {
    bank.post(By::Desk, "/v1/payments", payment).await
}

/// A pacs.008 as a bank's core writes one for a day.
async fn message(bank: &Bank, to: &Bank, uetr: &str, day: Date) -> String {
    let mut payment = bank.payment(to, ("XML-1", "7.00"));
    payment["uetr"] = json!(UETR);
    assert_eq!(post(bank, &payment).await.status, 200);
    let xml = bank.get(By::Desk, &format!("/v1/payments/{UETR}/message"), XML).await.text;
    let sent = format!("<IntrBkSttlmDt>{}</IntrBkSttlmDt>", in_days(0));
    assert!(xml.contains(&sent), "{xml}");
    xml.replace(&sent, &format!("<IntrBkSttlmDt>{day}</IntrBkSttlmDt>")).replace(UETR, uetr)
}

#[actix_web::test]
async fn p8_a_payment_for_a_day_ahead_waits_and_settles_on_its_day() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let day = in_days(2);
    let wanted = dated(a, b, ("ROSE-17", "100.00"), day);
    let answer = post(a, &wanted).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let (report, path) = (answer.json(), answer.location.unwrap());
    assert_eq!(report["status"], "PDNG");
    assert_eq!((&report["settlement_date"], report.get("reason")), (&json!(day.to_string()), None));
    // Nothing of it is on the ledger, or at the other bank.
    assert_eq!(a.available().await, "1000.00");
    assert_eq!(b.get(By::Desk, &path, JSON).await.status, 404);
    let xml = a.get(By::Desk, &path, XML).await.text;
    assert_valid(&xml, "pacs.002.001.10");
    let told = Pacs002::find(xml.as_bytes()).unwrap();
    assert_eq!(told.status, TxStatus::Pending);
    assert_eq!(told.effective_settlement, Some(EffectiveDate::Date(day)));
    let listed = a.get(By::Compliance, "/v1/scheduled-payments", JSON).await.json();
    assert_eq!(listed["payments"][0]["uetr"], report["uetr"]);
    // Its day comes.
    a.days_ahead.store(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(a.get(By::Desk, &path, JSON).await.json()["status"], "PDNG");
    a.days_ahead.store(2, Ordering::Relaxed);
    let settled = a.until(&path, |answer| answer.json()["status"] == "ACSC").await.json();
    let statuses = settled["timeline"].as_array().unwrap().iter();
    let statuses: Vec<_> = statuses.map(|entry| entry["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["RCVD", "PDNG", "ACTC", "ACFC", "ACWP", "ACSC"]);
    assert_eq!(a.available().await, "900.00");
    let listed = a.get(By::Desk, "/v1/scheduled-payments", JSON).await.json();
    assert_eq!(listed, json!({"payments": []}));
    let cancelled = a.post(By::Desk, &format!("{path}/cancel"), &json!({})).await;
    assert_eq!(cancelled.code(409), "payment_not_waiting");
    assert_eq!(a.gateway.waiting.load(Ordering::Relaxed), 0);
}

#[actix_web::test]
async fn p9_a_cancelled_payment_never_settles_and_its_uetr_stays_used() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let mut wanted = dated(a, b, ("ROSE-18", "100.00"), in_days(1));
    wanted["uetr"] = json!(UETR);
    let path = format!("/v1/payments/{UETR}");
    assert_eq!(post(a, &wanted).await.status, 202);
    assert_eq!(post(a, &wanted).await.status, 202, "the same payment");
    let cancel = format!("{path}/cancel");
    assert_eq!(a.post(By::Compliance, &cancel, &json!({})).await.code(403), "role_missing");
    assert_eq!(b.post(By::Desk, &cancel, &json!({})).await.code(404), "not_found");
    let report = a.post(By::Desk, &cancel, &json!({})).await.json();
    assert_eq!(report["status"], "RJCT");
    let reason = json!({"code": "cancelled_by_payer", "iso_reason": "DS02"});
    assert_eq!(report["reason"], reason);
    let again = a.post(By::Desk, &cancel, &json!({})).await;
    assert_eq!((again.status, &again.json()), (200, &report));
    let as_seen = ("if-match", "\"0123456789abcdef0123456789abcdef\"");
    let repeated = a.post_with(By::Desk, &cancel, &json!({}), as_seen).await;
    assert_eq!((repeated.status, repeated.json()), (200, report), "done, whatever was seen");
    let xml = a.get(By::Desk, &path, XML).await.text;
    assert_valid(&xml, "pacs.002.001.10");
    let told = Pacs002::find(xml.as_bytes()).unwrap();
    assert_eq!(told.reasons[0].reason, Some(Reason::Code("DS02".to_owned())));
    a.days_ahead.store(3, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(post(a, &wanted).await.json()["status"], "RJCT");
    assert_eq!(a.available().await, "1000.00");
    wanted["amount"] = json!("99.00");
    assert_eq!(post(a, &wanted).await.code(409), "leg_conflict");
    let events = a.get(By::Desk, "/v1/events", JSON).await.json();
    let statuses = events["events"].as_array().unwrap().iter();
    let statuses: Vec<_> = statuses.map(|event| event["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["RCVD", "PDNG", "RJCT"]);
}

#[actix_web::test]
async fn p8_days_that_are_over_or_too_far_are_refused_and_a_resend_is_not() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    for (days, code) in [(-2, "settlement_date_past"), (367, "settlement_date_too_far")] {
        let refused = post(a, &dated(a, b, ("ROSE-19", "1.00"), in_days(days))).await;
        assert_eq!(refused.code(422), code);
        assert_eq!(refused.json()["iso_reason"], "DT01");
    }
    let mut wanted = dated(a, b, ("ROSE-20", "1.00"), in_days(0));
    wanted["uetr"] = json!("7d1e9a52-3f6c-4b80-9c2a-5e8f04d7b163");
    assert_eq!(post(a, &wanted).await.json()["status"], "ACSC");
    a.days_ahead.store(30, Ordering::Relaxed);
    let again = post(a, &wanted).await;
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("ACSC")));
    assert_eq!(a.available().await, "999.00");
}

#[actix_web::test]
async fn p8_a_message_waits_for_its_settlement_date() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = "9c2a9a52-7d1e-4b80-9c2a-5e8f04d7b163";
    let xml = message(a, b, uetr, in_days(3)).await;
    let answer = a.post_xml("/v1/payments", &xml, XML).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(Pacs002::find(answer.text.as_bytes()).unwrap().status, TxStatus::Pending);
    assert_eq!(a.available().await, "993.00");
    a.days_ahead.store(3, Ordering::Relaxed);
    a.until(answer.location.as_deref().unwrap(), |answer| answer.json()["status"] == "ACSC").await;
    assert_eq!(a.available().await, "986.00");
    let simulated = post_simulation(a, &dated(a, b, ("ROSE-21", "1.00"), in_days(9))).await;
    assert_eq!(simulated["outcome"], "would_wait");
}

async fn post_simulation(bank: &Bank, payment: &Value) -> Value {
    bank.post(By::Desk, "/v1/simulate", payment).await.json()
}

#[actix_web::test]
async fn p2_a_header_that_names_other_banks_is_refused() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let plain = message(a, b, "9c2a9a52-7d1e-4b80-9c2a-5e8f04d7b163", in_days(0)).await;
    let body = &plain[plain.find("<Document").unwrap()..];
    let head = |from: &str, to: &str| {
        let bank = |said: &str| match said.strip_prefix("CLR:") {
            Some(member) => format!("<ClrSysMmbId><MmbId>{member}</MmbId></ClrSysMmbId>"),
            None => format!("<BICFI>{said}</BICFI>"),
        };
        let end = |tag: &str, said: &str| {
            let bank = bank(said);
            format!("<{tag}><FIId><FinInstnId>{bank}</FinInstnId></FIId></{tag}>")
        };
        format!(
            "<E><AppHdr xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.02\">{}{}\
             <BizMsgIdr>H-1</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr>\
             <CreDt>2026-11-21T10:00:00+00:00</CreDt></AppHdr>{body}</E>",
            end("Fr", from),
            end("To", to)
        )
    };
    for (from, to) in
        [(&b.bic, &b.bic), (&a.bic, &a.bic), (&"ZZZZUS33".to_owned(), &b.bic), (&b.bic, &a.bic)]
    {
        let refused = a.post_xml("/v1/payments", &head(from, to), JSON).await;
        assert_eq!(refused.code(422), "header_agents_differ", "{from} {to}");
    }
    // Who passes messages on is no bank of the payment: its number says nothing.
    let good = head(&format!("{}XXX", a.bic), "CLR:021151080");
    let paid = a.post_xml("/v1/payments", &good, JSON).await;
    assert_eq!(paid.json()["status"], "ACSC", "{}", paid.text);
}
