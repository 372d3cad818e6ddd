//! What goes to another bank or to a core system keeps the guide of correspondents (P12).

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::{
    Story,
    bank::{Bank, By, JSON, XML},
    oracle::assert_exchanged,
};

const LONG: Duration = Duration::from_secs(20);

async fn assert_told(bank: &Bank, path: &str, message: &str, says: &str) {
    let answer = bank.get(By::Desk, path, XML).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_exchanged(&answer.text, message);
    assert!(answer.text.contains(says), "{says}: {}", answer.text);
}

#[actix_web::test]
async fn p12_status_reports_and_account_messages_keep_the_guide() {
    let more =
        |ledger: &crate::ledger::Ledger, a: &Bank| ledger.next_day(&a.member, (100_000, 50_000));
    let story = Story::begin_with(LONG, 2, more).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-1", "250.00")).await["uetr"].as_str().unwrap().to_owned();
    let path = format!("/v1/payments/{uetr}");
    b.until(&path, |answer| answer.json()["status"] == "ACSC").await;
    for bank in [a, b] {
        assert_told(bank, &path, "pacs.002.001.10", ">ACSC<").await;
        assert_told(bank, &format!("{path}/notification"), "camt.054.001.08", &uetr).await;
        assert_told(bank, "/v1/accounts/USD/report", "camt.052.001.08", "250.00").await;
    }
    let founded = i64::try_from(story.ledger.genesis().time.get()).unwrap();
    let day = Timestamp::from_millisecond(founded).unwrap().to_zoned(TimeZone::UTC).date();
    let statement = format!("/v1/accounts/USD/statements/{day}");
    assert_told(a, &statement, "camt.053.001.08", "CLBD").await;
    // Whoever pays is named as the receiver of the report, and who is paid as its sender.
    let report = a.get(By::Desk, &path, XML).await.text;
    let (from, to) = (report.find(&b.bic).unwrap(), report.find(&a.bic).unwrap());
    assert!(from < to, "{report}");
    let confirmed = b.post(By::Desk, &format!("{path}/credit"), &json!({})).await;
    assert!(matches!(confirmed.status, 200 | 202), "{}", confirmed.text);
    for bank in [a, b] {
        bank.until(&path, |answer| answer.json()["status"] == "ACCC").await;
        assert_told(bank, &path, "pacs.002.001.10", ">ACCC<").await;
    }
    let mut nobody = a.payment(b, ("INV-2", "1.00"));
    nobody["creditor"] = json!({"name": "Fjord Timber", "account": "9999"});
    let refused = a.post(By::Desk, "/v1/payments", &nobody).await.json();
    let path = format!("/v1/payments/{}", refused["uetr"].as_str().unwrap());
    let ended = a.until(&path, |answer| answer.json()["status"] == "RJCT").await.json();
    assert_eq!(ended["reason"]["iso_reason"], "AC01");
    for bank in [a, b] {
        assert_told(bank, &path, "pacs.002.001.10", ">AC01<").await;
    }
}

#[actix_web::test]
async fn p12_recalls_and_their_answers_keep_the_guide() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-1", "250.00")).await["uetr"].clone();
    for (decision, status, confirmation) in [
        (json!({"decision": "reject", "reason": "CUST"}), "rejected", ">RJCR<"),
        (json!({"decision": "accept"}), "returned", ">CNCL<"),
    ] {
        let way = async {
            let open = b.until("/v1/recalls", |answer| answer.json()[0].is_object()).await;
            let recall = open.json()[0]["recall"].as_str().unwrap().to_owned();
            let path = format!("/v1/recalls/{recall}");
            a.until(&path, |answer| answer.json()["status"] == "pending").await;
            assert_told(a, &path, "camt.029.001.09", ">PDCR<").await;
            let pending = a.get(By::Desk, &path, JSON).await.json();
            assert_eq!(pending.get("rejection"), None, "nothing was rejected yet");
            b.post(By::Desk, &format!("{path}/answer"), &decision).await;
            if status == "returned" {
                b.post(By::Compliance, &format!("{path}/approve"), &json!({})).await;
            }
            path
        };
        let body = json!({"uetr": uetr, "reason": "DUPL"});
        let body = match status {
            "returned" => json!({"uetr": uetr, "reason": "FRAD"}),
            _ => body,
        };
        let (_, path) = tokio::join!(a.post(By::Desk, "/v1/recalls", &body), way);
        for bank in [a, b] {
            bank.until(&path, |answer| answer.json()["status"] == status).await;
            assert_told(bank, &path, "camt.029.001.09", confirmation).await;
            let request = format!("{path}/message");
            assert_told(bank, &request, "camt.056.001.08", uetr.as_str().unwrap()).await;
        }
    }
}

#[actix_web::test]
async fn b8_a_used_ticket_is_told_by_its_code_and_in_words() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let first = a.payment(b, ("INV-1", "250.00"));
    let ticket = json!({
        "holder": a.member.lei.text(), "amount": "300.00", "currency": "USD",
        "debtor": {"name": first["debtor"]["name"], "account": first["debtor"]["account"]},
        "creditor": {"name": first["creditor"]["name"], "account": first["creditor"]["account"]},
        "checks": ["account_open"], "valid_seconds": 600,
    });
    let issued = b.post(By::Desk, "/v1/tickets", &ticket).await;
    assert!(matches!(issued.status, 200 | 201), "{}", issued.text);
    let named = issued.json()["named_as"].clone();
    for (id, status) in [("INV-1", "ACSC"), ("INV-2", "RJCT")] {
        let mut payment = a.payment(b, (id, "250.00"));
        payment["remittance"] = named.clone();
        let sent = a.post(By::Desk, "/v1/payments", &payment).await.json();
        let path = format!("/v1/payments/{}", sent["uetr"].as_str().unwrap());
        for bank in [a, b] {
            let ended = bank.until(&path, |answer| answer.json()["status"] == status).await;
            if status == "RJCT" {
                let reason = json!({"code": "ticket_used", "iso_reason": "NARR"});
                assert_eq!(ended.json()["reason"], reason);
                assert_told(bank, &path, "pacs.002.001.10", "ask the payee's bank").await;
            }
        }
    }
}
