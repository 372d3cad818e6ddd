//! Messages that are sent again under another UETR: rule P13 of docs/spec/gateway.md.

use std::time::Duration;

use crate::{
    Story,
    bank::{Answer, Bank, By, XML},
};

const LONG: Duration = Duration::from_secs(60);

async fn send(bank: &Bank, message: &str) -> Answer {
    bank.post_as(By::Desk, "/v1/payments", (XML, message.as_bytes().to_vec())).await
}

fn uetr(number: u8) -> String {
    format!("9c2a5e8f-04d7-4163-8f6c-9a527d1e4b{number:02}")
}

/// The message of a payment that the bank made in JSON.
async fn message(bank: &Bank, to: &Bank, what: (&str, &str)) -> (String, String) {
    let paid = bank.pay(to, what).await;
    let uetr = paid["uetr"].as_str().unwrap().to_owned();
    (bank.get(By::Desk, &format!("/v1/payments/{uetr}/message"), XML).await.text, uetr)
}

#[actix_web::test]
async fn p13_a_message_under_another_uetr_pays_once_unless_the_first_was_rejected() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let (first, own) = message(a, b, ("INV-1", "10.00")).await;
    let under = |number| first.replace(&own, &uetr(number));
    // JSON leaves no references, so this is the first message of these.
    assert_eq!(send(a, &under(1)).await.status, 200);
    assert_eq!(send(a, &under(2)).await.code(409), "payment_duplicate");
    assert_eq!(send(a, &under(1)).await.status, 200, "a resend is known by its leg");
    let at_once = [under(3).replace("INV-1", "INV-3"), under(4).replace("INV-1", "INV-3")];
    let (one, other) = tokio::join!(send(a, &at_once[0]), send(a, &at_once[1]));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "of two at once one pays");
    // What was rejected moved nothing.
    let rich = |number| under(number).replace(">10.00<", ">99999.00<");
    assert_eq!(send(a, &rich(5)).await.status, 422);
    assert_eq!(send(a, &rich(6)).await.status, 422, "rejected by itself, not as a duplicate");
    assert_eq!(a.available().await, "970.00");
}
