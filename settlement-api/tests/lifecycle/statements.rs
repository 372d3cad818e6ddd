//! Statements of days that are over, and of the day so far.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, JSON, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);

/// The day so many days after the network was founded.
fn day(story: &Story, after: i64) -> String {
    let founded = i64::try_from(story.ledger.genesis().time.get()).unwrap();
    let at = Timestamp::from_millisecond(founded + after * 86_400_000).unwrap();
    at.to_zoned(TimeZone::UTC).date().to_string()
}

async fn statement(bank: &Bank, date: &str) -> Value {
    let answer = bank.get(By::Desk, &format!("/v1/accounts/USD/statements/{date}"), JSON).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[actix_web::test]
async fn s1_s2_s3_closings_chain_to_the_proved_balance() {
    let more =
        |ledger: &crate::ledger::Ledger, a: &Bank| ledger.next_day(&a.member, (100_000, 50_000));
    let story = Story::begin_with(LONG, 2, more).await;
    let (a, b) = (&story.a, &story.b);
    let first = statement(a, &day(&story, 0)).await;
    assert_eq!((&first["opening"], &first["closing"]), (&json!("0.00"), &json!("1000.00")));
    assert_eq!(
        (&first["sequence"], &first["page"], &first["pages"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let entry = &first["entries"][0];
    assert_eq!((&entry["code"], &entry["direction"]), (&json!("PMNT/MCOP/OTHR"), &json!("credit")));
    let second = statement(a, &day(&story, 1)).await;
    assert_eq!((&second["opening"], &second["closing"]), (&first["closing"], &json!("1500.00")));
    assert_eq!(second["sequence"], 2);
    assert_ne!(second["closing_block"], first["closing_block"]);
    // The closing block's state root is what the receipt of its last entry proves.
    let receipt = format!("/v1/receipts/{}", second["entries"][0]["command_id"].as_str().unwrap());
    let receipt = a.get(By::Desk, &receipt, JSON).await.json();
    assert_eq!(receipt["summary"]["height"], second["closing_block"]["height"]);
    for date in [day(&story, 0), day(&story, 1)] {
        let path = format!("/v1/accounts/USD/statements/{date}");
        let (xml, again) = (a.get(By::Desk, &path, XML).await, a.get(By::Desk, &path, XML).await);
        assert_eq!((xml.status, &xml.text), (200, &again.text));
        assert_valid(&xml.text, "camt.053.001.08");
    }
    let nothing = statement(b, &day(&story, 1)).await;
    assert_eq!((&nothing["opening"], &nothing["closing"]), (&json!("0.00"), &json!("0.00")));
    assert_eq!((&nothing["entries"], nothing.get("closing_block")), (&json!([]), None));
    for (date, status, code) in [
        (day(&story, -1).as_str(), 404, "not_found"),
        ("2099-01-01", 409, "day_not_over"),
        ("yesterday", 400, "request_malformed"),
        ("1969-12-31", 400, "request_malformed"),
    ] {
        let path = format!("/v1/accounts/USD/statements/{date}");
        assert_eq!(a.get(By::Desk, &path, JSON).await.code(status), code, "{date}");
    }
    for (path, status, code) in [
        ("/v1/accounts/EUR/report", 422, "currency_unknown"),
        ("/v1/accounts/JPY/report", 404, "not_found"),
        ("/v1/accounts/USD/report?page=2", 404, "not_found"),
        ("/v1/accounts/USD/report?page=0", 404, "not_found"),
        ("/v1/accounts/USD/report?side=2", 400, "request_malformed"),
    ] {
        assert_eq!(a.get(By::Desk, path, JSON).await.code(status), code, "{path}");
    }
}

#[actix_web::test]
async fn s2_s3_the_day_so_far_adds_up_to_the_proved_balance_or_is_not_stated() {
    let story = Story::begin_with(LONG, 1, |_, _| ()).await;
    let (a, b) = (&story.a, &story.b);
    // A validator that tells another journal than the ledger's is not believed.
    story.ledger.lie(true);
    let refused = a.get(By::Desk, "/v1/accounts/USD/report", JSON).await;
    assert_eq!(refused.code(409), "statement_not_reconciled");
    story.ledger.lie(false);
    let paid = a.pay(b, ("INV-7", "250.00")).await;
    assert_eq!(paid["status"], "ACSC", "{paid}");
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "250.00").await;
    for (bank, opening, closing, way, code) in [
        (a, "1000.00", "750.00", "debit", "PMNT/ICDT/DMCT"),
        (b, "0.00", "250.00", "credit", "PMNT/RCDT/DMCT"),
    ] {
        let report = bank.get(By::Compliance, "/v1/accounts/USD/report", JSON).await.json();
        assert_eq!((&report["opening"], &report["closing"]), (&json!(opening), &json!(closing)));
        assert_eq!(report["available"], closing);
        let entry = &report["entries"][0];
        assert_eq!((&entry["direction"], &entry["code"]), (&json!(way), &json!(code)));
        assert_eq!((&entry["uetr"], &entry["end_to_end_id"]), (&paid["uetr"], &json!("INV-7")));
        let xml = bank.get(By::Desk, "/v1/accounts/USD/report", XML).await;
        assert_valid(&xml.text, "camt.052.001.08");
        assert!(xml.text.contains(paid["uetr"].as_str().unwrap()));
    }
    // A booking that is lost is found out, and nothing is stated.
    let rows = b.store.scan(b"journal/1/booked/", 9).unwrap();
    assert_eq!(rows.len(), 1, "one block booked something");
    b.store.write(rows.into_iter().map(|(key, _)| (key, None)).collect()).unwrap();
    let refused = b.get(By::Desk, "/v1/accounts/USD/report", JSON).await;
    assert_eq!(refused.code(409), "statement_not_reconciled");
    // Yesterday's balance is not affected by what was lost today, and is not stated either.
    let path = format!("/v1/accounts/USD/statements/{}", day(&story, 0));
    assert_eq!(b.get(By::Desk, &path, XML).await.code(409), "statement_not_reconciled");
}
