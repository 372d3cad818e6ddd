//! What a payment says is screened, delivered and told on, in whatever version and form it came.

use std::time::Duration;

use iso20022::view::{Pain002, View};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, JSON, XML},
    files::{file, order},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);
const UETR: &str = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";

/// A payment in JSON that says all that one can say.
fn full(from: &Bank, to: &Bank, id: &str) -> Value {
    let mut wanted = from.payment(to, (id, "10.00"));
    let more = json!({
        "remittance": "Invoice 2209", "further_remittance": ["and 2210"],
        "structured_remittance": [{
            "documents": [{"code": "CINV", "number": "2209", "date": "2026-11-02"}],
            "remitted": {"amount": "10.00", "currency": "USD"},
            "reference_type": "SCOR", "reference": "RF18539007547034",
        }],
        "ultimate_debtor": {"name": "Orchard Holdings", "address": {"country": "US"}},
        "ultimate_creditor": {"name": "Fjord Forestry", "lei": "5493001KJTIIGC8Y1R12"},
        "purpose": {"code": "GDDS"}, "category_purpose": {"code": "SUPP"}, "charge_bearer": "SHAR",
    });
    let (Value::Object(all), Value::Object(more)) = (&mut wanted, more) else { return wanted };
    all.extend(more);
    wanted
}

#[actix_web::test]
async fn p16_what_a_payment_says_reaches_the_bank_that_is_paid_and_its_core_system() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.post(By::Desk, "/v1/payments", &full(a, b, "INV-1")).await;
    assert_eq!(paid.status, 200, "{}", paid.text);
    let path = format!("/v1/payments/{}", paid.json()["uetr"].as_str().unwrap());
    let mut shown = Vec::new();
    for bank in [a, b] {
        let told = bank.until(&path, |answer| answer.json()["status"] == "ACSC").await.json();
        let details = told["details"].clone();
        assert_eq!(details["ultimate_creditor"]["name"], "Fjord Forestry", "{details}");
        assert_eq!(details["ultimate_debtor"]["address"]["country"], "US");
        assert_eq!(details["purpose"]["code"], "GDDS");
        assert_eq!(details["category_purpose"]["code"], "SUPP");
        assert_eq!(details["charge_bearer"], "SHAR");
        assert_eq!(details["remittance"], json!(["Invoice 2209", "and 2210"]));
        let advice = &details["structured_remittance"][0];
        assert_eq!(
            (&advice["reference"], &advice["documents"][0]["number"]),
            (&json!("RF18539007547034"), &json!("2209"))
        );
        shown.push(details);
        let camt = bank.get(By::Desk, &format!("{path}/notification"), XML).await.text;
        assert_valid(&camt, "camt.054.001.08");
        let day = bank.get(By::Desk, "/v1/accounts/USD/report", XML).await.text;
        assert_valid(&day, "camt.052.001.08");
        for xml in [&camt, &day] {
            let bare: String = xml.split_whitespace().collect();
            for said in [
                "<UltmtDbtr><Pty><Nm>OrchardHoldings</Nm>",
                "<UltmtCdtr><Pty><Nm>FjordForestry</Nm>",
                "<Purp><Cd>GDDS</Cd></Purp>",
                "<Ustrd>Invoice2209</Ustrd><Ustrd>and2210</Ustrd><Strd>",
                "<Ref>RF18539007547034</Ref>",
            ] {
                assert!(bare.contains(said), "{said}: {xml}");
            }
        }
    }
    assert_eq!(shown[0], shown[1]);
}

#[actix_web::test]
async fn k2_whoever_is_named_behind_a_payment_is_screened() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let listed = "Bad Actor";
    for (number, change) in [
        ("/ultimate_debtor/name", json!(listed)),
        ("/ultimate_creditor/name", json!(listed)),
        ("/ultimate_debtor/address/town", json!(listed)),
        ("/further_remittance/0", json!(listed)),
        ("/structured_remittance/0/documents/0/number", json!(listed)),
        ("/purpose", json!({"proprietary": listed})),
    ]
    .into_iter()
    .enumerate()
    {
        let (path, said) = change;
        let mut wanted = full(a, b, &format!("INV-{number}"));
        wanted["ultimate_debtor"]["address"]["town"] = json!("Bergen");
        *wanted.pointer_mut(path).unwrap() = said;
        let screened = a.post(By::Desk, "/v1/payments", &wanted).await;
        assert!(screened.text.contains("payment_under_review"), "{path}: {}", screened.text);
    }
    assert_eq!(a.available().await, "1000.00");
}

#[actix_web::test]
async fn p17_a_message_of_another_version_is_paid_as_the_pinned_one_and_answered_for_its_own() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let model = a.pay(b, ("INV-1", "10.00")).await["uetr"].as_str().unwrap().to_owned();
    let message = a.get(By::Desk, &format!("/v1/payments/{model}/message"), XML).await.text;
    let pinned = message.replace(&model, UETR);
    let newer = pinned.replace("pacs.008.001.08", "pacs.008.001.10");
    let paid = a.post_xml("/v1/payments", &newer, XML).await;
    assert_eq!(paid.status, 200, "{}", paid.text);
    assert_valid(&paid.text, "pacs.002.001.10");
    assert!(paid.text.contains("<OrgnlMsgNmId>pacs.008.001.10</OrgnlMsgNmId>"), "{}", paid.text);
    // The same bytes again are the same payment; the pinned version of them are others.
    let again = a.post_xml("/v1/payments", &newer, JSON).await;
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("ACSC")));
    assert_eq!(a.post_xml("/v1/payments", &pinned, JSON).await.code(409), "leg_conflict");
    assert_eq!(a.available().await, "980.00");
    let path = format!("/v1/payments/{UETR}");
    for bank in [a, b] {
        let sent = bank.until(&format!("{path}/message"), |answer| answer.status == 200).await.text;
        assert_valid(&sent, "pacs.008.001.08");
    }
    // What the pinned version has no place for is refused, and so are versions that nobody knows.
    let told =
        newer.replace(UETR, "9c2a5e8f-04d7-4163-8f6c-9a527d1e4b80").replace("INV-1", "INV-2");
    let more = told.replace("<CdtTrfTxInf>", "<CdtTrfTxInf><NewerThing>x</NewerThing>");
    assert_eq!(a.post_xml("/v1/payments", &more, JSON).await.code(400), "message_breaks_rules");
    let unknown = told.replace("pacs.008.001.10", "pacs.008.001.99");
    assert_eq!(a.post_xml("/v1/payments", &unknown, JSON).await.status, 400);
    // Who is named around a message that is rewritten is looked at, though it does not go on.
    let bare = told.split_once("?>").map_or(told.as_str(), |(_, rest)| rest);
    let around = format!("<E><Nm xmlns=\"\">Bad Actor</Nm>{bare}</E>");
    let around = a.post_xml("/v1/payments", &around, JSON).await;
    assert!(around.text.contains("payment_under_review"), "{}", around.text);
}

#[actix_web::test]
async fn f1_f3_batches_of_a_file_pay_from_their_own_accounts_and_are_reported_each() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    a.register("Orchard Repairs", "1003").await;
    let mut both = file("FILE-9", vec![order(b, "E-1", "10.00"), order(b, "E-2", "5.00")]);
    let mut second = both.batches[0].clone();
    second.id = "FILE-9-2".to_owned();
    (second.debtor, second.debtor_account) =
        (Some("Orchard Repairs".to_owned()), Some("1003".to_owned()));
    let mut unknown = order(b, "E-4", "1.00");
    unknown.creditor_agent = Some("ZZZZUS33".to_owned());
    second.orders = vec![order(b, "E-3", "20.00"), unknown];
    both.batches.push(second);
    both.count = "4".to_owned();
    let body = both.to_xml().unwrap().into_bytes();
    let answer = a.post_as(By::Desk, "/v1/payment-files", (XML, body)).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
    let path = answer.location.unwrap();
    let done = a.until(&path, |answer| answer.json()["status"] == "PART").await.json();
    assert_eq!(
        done["batches"],
        json!([
            {"batch": "FILE-9-1", "status": "ACSC", "orders": 2},
            {"batch": "FILE-9-2", "status": "PART", "orders": 2},
        ])
    );
    assert_eq!(a.available().await, "965.00");
    let report = a.get(By::Desk, &path, XML).await.text;
    assert_valid(&report, "pain.002.001.10");
    let report = Pain002::find(report.as_bytes()).unwrap();
    assert_eq!(report.original_count.as_deref(), Some("4"));
    let told: Vec<_> = report
        .batches
        .iter()
        .map(|batch| {
            let ends = batch.orders.iter().map(|order| order.end_to_end_id.clone().unwrap());
            (batch.id.as_str(), batch.status.as_deref().unwrap(), ends.collect::<Vec<_>>())
        })
        .collect();
    let of = |ids: [&str; 2]| ids.map(str::to_owned).to_vec();
    assert_eq!(
        told,
        [("FILE-9-1", "ACSC", of(["E-1", "E-2"])), ("FILE-9-2", "PART", of(["E-3", "E-4"])),]
    );
    // Each payment is the one of its batch's debtor.
    let orders = a.get(By::Desk, &format!("{path}/orders"), JSON).await.json();
    let uetr = orders["orders"][2]["uetr"].as_str().unwrap().to_owned();
    let paid = a.get(By::Desk, &format!("/v1/payments/{uetr}"), JSON).await.json();
    assert_eq!(paid["details"]["debtor"]["account"], "1003");
}
