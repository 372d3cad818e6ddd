//! Payments against a stand-in that says more than it can prove, or something else.

use ledger_core::{
    id::AccountId,
    receipt::{Outcome, Receipt},
    refusal::Refusal,
};
use serde_json::{Value, json};
use verifier::testing::{TestNetwork, lei};

use super::*;
use crate::stand_in::{Line, StandIn, account_file, client, file_of, report, settled};

const ACCOUNT: &str = "/v1/accounts/USD/proof";

fn lines(network: &TestNetwork, said: &Value, file: &[u8]) -> Vec<Line> {
    vec![
        ("/v1/payments", 200, JSON, said.to_string().into_bytes()),
        ("/v1/receipts/", 200, JSON, file.to_vec()),
        (ACCOUNT, 200, JSON, account_file(network)),
    ]
}

fn asked() -> Asked {
    let receipt = settled(&TestNetwork::new(4));
    let leg = receipt.leg.unwrap();
    Asked {
        uetr: leg.uetr,
        money: receipt.money,
        instructed: Some(leg.instructed),
        direction: Some(Direction::Outgoing),
    }
}

fn order() -> NewPayment {
    let party = |name: &str| Party { name: name.to_owned(), iban: None, account: Some("1".into()) };
    NewPayment {
        uetr: asked().uetr.to_text(),
        end_to_end_id: "E2E".to_owned(),
        amount: "1234.50".to_owned(),
        currency: "USD".to_owned(),
        debtor: party("A"),
        creditor: party("B"),
        creditor_agent: Agent { bic: None, lei: Some(lei("PAYEE").text().to_owned()) },
        remittance: None,
        settlement_date: None,
        queue: None,
    }
}

/// What the client makes of a gateway that says this and gives this file.
async fn told(said: Value, file: Vec<u8>) -> Result<Tracked, Error> {
    let network = TestNetwork::new(4);
    let server = StandIn::start(lines(&network, &said, &file)).await;
    client(&server.url, &network, "PAYER").payment(&asked()).await
}

fn good() -> (Value, Vec<u8>) {
    let network = TestNetwork::new(4);
    let file = file_of(&network, settled(&network));
    (report(&settled(&network), "ACSC", &file), file)
}

#[tokio::test]
async fn a_payment_whose_proof_verifies_is_settled() {
    let (said, file) = good();
    let known = told(said, file.clone()).await.unwrap();
    assert_eq!(known.settled().unwrap().file(), file);
    assert!(known.is_at(Until::Settled) && !known.is_at(Until::Credited));
}

#[tokio::test]
async fn a_word_without_its_proof_settles_nothing() {
    let (mut said, file) = good();
    said["receipt"] = Value::Null;
    let refused = told(said, file).await.unwrap_err();
    assert!(matches!(refused, Error::Proof(ProofError::Missing { said: "ACSC" })), "{refused}");
    let (mut said, file) = good();
    said["status"] = json!("ACCC");
    let refused = told(said, file).await.unwrap_err();
    assert!(matches!(refused, Error::Proof(ProofError::Missing { said: "ACCC" })), "{refused}");
    let (mut said, file) = good();
    said["status"] = json!("ACWP");
    let known = told(said, file).await.unwrap();
    assert!(known.settled().is_none() && !known.is_at(Until::Settled));
}

#[tokio::test]
async fn a_good_proof_of_another_payment_settles_nothing() {
    let network = TestNetwork::new(4);
    let other = Receipt { debit: Some(AccountId::new([0xcc; 32])), ..settled(&network) };
    let file = file_of(&network, other.clone());
    let refused = told(report(&other, "ACSC", &file), file).await.unwrap_err();
    let differs = matches!(refused, Error::Proof(ProofError::OtherPayment(Field::DebitAccount)));
    assert!(differs, "{refused}");
    let refusal = network.receipt(0, Outcome::Refused(Refusal::InsufficientFunds));
    let file = file_of(&network, refusal.clone());
    let refused = told(report(&refusal, "ACSC", &file), file).await.unwrap_err();
    assert!(matches!(refused, Error::Proof(ProofError::OtherOutcome { .. })), "{refused}");
}

#[tokio::test]
async fn another_file_than_the_one_that_is_named_settles_nothing() {
    let (said, mut file) = good();
    file.push(b'\n');
    let refused = told(said, file).await.unwrap_err();
    assert!(matches!(refused, Error::Proof(ProofError::OtherFile)), "{refused}");
}

#[tokio::test]
async fn an_answer_about_another_payment_is_no_answer() {
    let rows = [
        ("uetr", "4b2ec3e8-3d0e-4d5e-9c3a-0f3a3f0b7a10", Field::Uetr),
        ("direction", "incoming", Field::Direction),
        ("instructing", lei("MALLORY").text(), Field::Payer),
        ("instructed", lei("MALLORY").text(), Field::Payee),
        ("amount", "1234.51", Field::Amount),
        ("currency", "JPY", Field::Currency),
    ]
    .map(|(name, value, field)| (name, value.to_owned(), field));
    for (name, value, field) in rows {
        let (mut said, file) = good();
        said[name] = json!(value);
        if name == "currency" {
            said["amount"] = json!("1234");
        }
        let refused = told(said, file).await.unwrap_err();
        assert!(matches!(refused, Error::OtherPayment(f) if f == field), "{name}: {refused}");
    }
}

/// P11
#[tokio::test]
async fn a_cover_says_whose_payment_it_covers_and_of_no_other_uetr() {
    let (mut said, file) = good();
    said["covers"] = json!({
        "uetr": said["uetr"],
        "debtor": {"name": "Orchard Tools", "iban": "DE39999999990012345678", "agent_bic": "BANKDEFF"},
        "creditor": {"account": "2002", "ultimate": "Fjord Timber", "agent_lei": lei("PAYEE").text()},
        "remittance": "invoice 7", "instructed_amount": "1240.00", "instructed_currency": "EUR",
    });
    let known = told(said.clone(), file.clone()).await.unwrap();
    assert!(known.settled().is_some());
    let covered = known.report().covers.as_ref().unwrap();
    assert_eq!(serde_json::to_value(covered).unwrap(), said["covers"]);
    assert_eq!(covered.creditor.name, None);
    said["covers"]["uetr"] = json!("4b2ec3e8-3d0e-4d5e-9c3a-0f3a3f0b7a10");
    let refused = told(said, file.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::OtherPayment(Field::Uetr)), "{refused}");
    let (plain, file) = good();
    assert_eq!(told(plain, file).await.unwrap().report().covers, None);
}

#[tokio::test]
async fn a_payment_is_sent_again_with_the_same_body_and_another_nonce() {
    let network = TestNetwork::new(4);
    let (said, file) = good();
    let later =
        json!({"code": "not_ready", "status": 503, "title": "t", "detail": "d", "retry": "later"});
    let problem = crate::problem::CONTENT_TYPE;
    let mut answers: Vec<Line> = vec![
        ("/v1/payments", 503, problem, later.to_string().into_bytes()),
        ("/v1/payments", 0, "", vec![]),
    ];
    answers.extend(lines(&network, &said, &file));
    let server = StandIn::start(answers).await;
    let paid = client(&server.url, &network, "PAYER").pay(&order()).await.unwrap();
    assert!(paid.settled().is_some());
    let sent: Vec<_> =
        server.asked().into_iter().filter(|text| text.starts_with("POST /v1/payments ")).collect();
    assert_eq!(sent.len(), 3, "refused for now, unheard, answered");
    let body = |text: &str| text.split("\r\n\r\n").nth(1).unwrap().to_owned();
    let nonce = |text: &str| text.split("nonce=").nth(1).unwrap()[..26].to_owned();
    assert!(sent.iter().all(|text| body(text) == body(&sent[0])));
    assert!(nonce(&sent[0]) != nonce(&sent[1]) && nonce(&sent[1]) != nonce(&sent[2]));
}

#[tokio::test]
async fn a_refusal_carries_its_code_and_is_not_repeated() {
    let network = TestNetwork::new(4);
    let conflict = json!({"code": "leg_conflict", "status": 409, "title": "t", "detail": "d",
        "retry": "never", "iso_reason": "AM05"});
    let problem = crate::problem::CONTENT_TYPE;
    let answers: Vec<Line> =
        vec![("/v1/payments", 409, problem, conflict.to_string().into_bytes())];
    let server = StandIn::start(answers).await;
    let refused = client(&server.url, &network, "PAYER").pay(&order()).await.unwrap_err();
    assert_eq!(refused.code(), "leg_conflict");
    assert_eq!(refused.problem().unwrap().iso_reason.as_deref(), Some("AM05"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_payment_that_was_taken_in_and_rejected_is_reported_with_its_proof() {
    let network = TestNetwork::new(4);
    let receipt = network.receipt(0, Outcome::Refused(Refusal::InsufficientFunds));
    let file = file_of(&network, receipt.clone());
    let mut said = report(&receipt, "RJCT", &file);
    said["reason"] = json!({"code": "insufficient_funds", "iso_reason": "AM04"});
    let mut answers = lines(&network, &said, &file);
    answers[0].1 = 422;
    let server = StandIn::start(answers).await;
    let known = client(&server.url, &network, "PAYER").pay(&order()).await.unwrap();
    assert!(known.rejected().is_some() && known.settled().is_none());
    assert_eq!(known.report().reason.as_ref().unwrap().code, "insufficient_funds");
}

#[tokio::test]
async fn a_wait_ends() {
    let network = TestNetwork::new(4);
    let (mut said, file) = good();
    said["status"] = json!("ACFC");
    let server = StandIn::start(lines(&network, &said, &file)).await;
    let gateway = client(&server.url, &network, "PAYER");
    let known = gateway.payment(&asked()).await.unwrap();
    let waited = gateway.wait(&known, Until::Settled, Duration::from_millis(400)).await;
    assert!(matches!(waited, Err(Error::Waited { status: Status::Acfc, .. })));
}

#[tokio::test]
async fn amounts_with_too_many_decimals_and_broken_uetrs_are_not_sent() {
    let network = TestNetwork::new(4);
    let gateway = client("http://127.0.0.1:9", &network, "PAYER");
    let amount = NewPayment { amount: "1.001".to_owned(), ..order() };
    assert_eq!(gateway.pay(&amount).await.unwrap_err().code(), "client_amount_invalid");
    let uetr = NewPayment { uetr: "../x".to_owned(), ..order() };
    assert_eq!(gateway.pay(&uetr).await.unwrap_err().code(), "client_not_sendable");
}
