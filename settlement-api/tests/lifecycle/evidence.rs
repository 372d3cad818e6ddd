//! What each of both banks can show of a payment: rule P4 of docs/spec/gateway.md.

use std::time::Duration;

use settlement_api::interbank::evidence::payment::{PaymentVerdict, verify_payment};

use crate::{
    Story,
    bank::{Bank, By, JSON},
};

const LONG: Duration = Duration::from_secs(60);

async fn shown(story: &Story, bank: &Bank, uetr: &str) -> (String, PaymentVerdict) {
    let path = format!("/v1/payments/{uetr}/evidence");
    let pack = bank.get(By::Desk, &path, JSON).await;
    assert_eq!(pack.status, 200, "{}", pack.text);
    let verdict = verify_payment(pack.text.as_bytes(), &story.ledger.committee());
    let verdict = verdict.unwrap_or_else(|error| panic!("{error}: {}", pack.text));
    (pack.text, verdict)
}

#[actix_web::test]
async fn p4_both_banks_export_a_pack_that_anybody_verifies_offline() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-1", "12.34")).await["uetr"].as_str().unwrap().to_owned();
    let path = format!("/v1/payments/{paid}");
    b.until(&path, |answer| answer.json()["status"] == "ACSC").await;
    for (bank, delivered) in [(a, "not shown"), (b, "yes")] {
        let (text, verdict) = shown(&story, bank, &paid).await;
        assert!(verdict.settled.is_some() && verdict.keys_of.len() == 2, "{verdict:?}");
        let words = format!("delivery signed: {delivered}, answer: accepted");
        assert!(verdict.plain.contains("12.34 USD") && verdict.plain.contains(&words), "{text}");
        let other = text.replace("Orchard Tools", "Orchard Fools");
        assert_ne!(other, text);
        assert!(verify_payment(other.as_bytes(), &story.ledger.committee()).is_err());
    }
    // One that was refused shows what the payee's bank said, and that nothing moved.
    let mut unknown = a.payment(b, ("INV-2", "5.00"));
    unknown["creditor"]["account"] = "9999".into();
    let refused = a.post(By::Desk, "/v1/payments", &unknown).await.json();
    assert_eq!(refused["status"], "RJCT", "{refused}");
    let uetr = refused["uetr"].as_str().unwrap();
    for bank in [a, b] {
        let (_, verdict) = shown(&story, bank, uetr).await;
        assert_eq!(verdict.settled, None);
        assert!(verdict.plain.contains("answer: rejected"), "{}", verdict.plain);
    }
}
