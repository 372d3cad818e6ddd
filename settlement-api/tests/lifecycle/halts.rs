//! What a gateway does while the network is halted: rule P7 of docs/spec/gateway.md.

use std::time::Duration;

use ledger_core::receipt::{Effect, Kind, Outcome};
use serde_json::json;

use crate::{
    Story,
    bank::{Bank, By, JSON},
};

const LONG: Duration = Duration::from_secs(60);

async fn heard(bank: &Bank, on: bool) {
    for _ in 0..200 {
        if bank.gateway.halt.is_on() == on {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the gateway never heard of the halt");
}

#[actix_web::test]
async fn p7_d9_new_payments_and_orders_are_turned_away_while_halted_and_nothing_of_them_is_kept() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    story.ledger.halt(true);
    heard(a, true).await;
    let body = a.payment(b, ("INV-1", "250.00"));
    let refused = a.post(By::Desk, "/v1/payments", &body).await;
    assert_eq!(refused.code(503), "ledger_halted");
    assert_eq!(refused.json()["retry"], "later", "{}", refused.text);
    // Orders have one door.
    let party =
        json!({"name": "New Customer", "account": "1009", "level": "full", "valid_days": 1});
    let refused = a.post(By::Compliance, "/v1/customers", &party).await;
    assert_eq!(refused.code(503), "ledger_halted");
    // Reading goes on.
    let accounts = a.get(By::Desk, "/v1/accounts", JSON).await;
    assert_eq!((accounts.status, &accounts.json()[0]["available"]), (200, &json!("1000.00")));
    story.ledger.halt(false);
    heard(a, false).await;
    let paid = a.pay(b, ("INV-1", "250.00")).await;
    assert_eq!(paid["status"], "ACSC", "{paid}");
    let holds = story.ledger.outcomes(Kind::Hold);
    assert_eq!(holds, [Outcome::Applied(Effect::Held)], "nothing was sent meanwhile");
}

#[actix_web::test]
async fn p7_d12_a_payment_that_was_taken_before_waits_and_settles_when_the_network_is_resumed() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    // The gateway has not heard of the halt yet when it takes the payment.
    assert!(!a.gateway.halt.is_on());
    story.ledger.halt(true);
    let mut body = a.payment(b, ("INV-2", "40.00"));
    body["uetr"] = json!("7a562c67-ca16-48ba-b074-65581be6f001");
    let taken = a.post(By::Desk, "/v1/payments", &body).await;
    if taken.status == 503 {
        // It heard in the same moment: then nothing was promised.
        assert_eq!(taken.code(503), "ledger_halted");
    }
    heard(a, true).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!story.ledger.outcomes(Kind::Hold).contains(&Outcome::Applied(Effect::Held)));
    assert_eq!(a.available().await, "1000.00");
    story.ledger.halt(false);
    heard(a, false).await;
    // The same payment, whether it was taken before or is only now.
    let paid = a.post(By::Desk, "/v1/payments", &body).await.json();
    assert_eq!(paid["status"], "ACSC", "{paid}");
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "960.00").await;
}
