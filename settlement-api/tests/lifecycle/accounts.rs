//! A bank's accounts, and what is told of them: rules G5 and P5 of docs/spec/gateway.md.

use std::time::Duration;

use ledger_core::{command::Action, digest::Hash32, testing};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, JSON, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(60);
const UETR: &str = "5b0e7c1d-62f4-4a39-8d17-c4f2a90b6e31";

async fn own(bank: &Bank) -> Value {
    let answer = bank.get(By::Desk, "/v1/accounts", JSON).await.json();
    assert_eq!(answer.as_array().unwrap().len(), 1, "{answer}");
    answer[0].clone()
}

#[actix_web::test]
async fn g5_a_second_account_in_a_currency_leaves_the_money_where_it_is() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let first = [own(a).await, own(b).await];
    for bank in [a, b] {
        let blind = Hash32::new([9; 32]);
        let member = bank.member.lei;
        story.ledger.decide(Action::OpenAccount { member, currency: testing::usd(), blind });
        let opened = || bank.gateway.view.opened_accounts().unwrap().len();
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if opened() == 2 {
                break;
            }
        }
        assert_eq!(opened(), 2);
    }
    // Accounts are looked for when something is new, and once a second.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!([own(a).await, own(b).await], first);
    assert_eq!(a.pay(b, ("INV-1", "400.00")).await["status"], "ACSC");
    let money = |account: &Value| (account["account"].clone(), account["available"].clone());
    assert_eq!(money(&own(a).await), (first[0]["account"].clone(), json!("600.00")));
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "400.00").await;
    assert_eq!(own(b).await["account"], first[1]["account"]);
}

#[actix_web::test]
async fn p5_structured_remittance_reaches_both_core_systems_as_it_was_written() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let model = a.pay(b, ("INV-1", "10.00")).await["uetr"].as_str().unwrap().to_owned();
    let model_path = format!("/v1/payments/{model}/message");
    let message = a.get(By::Desk, &model_path, XML).await.text.replace(&model, UETR);
    assert!(!message.contains("RmtInf"), "{message}");
    let said = "<RmtInf><Ustrd>Two of three</Ustrd><Strd><RfrdDocInf><Nb>INV &amp; 9</Nb></RfrdDocInf><CdtrRefInf><Tp>\
                <CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>";
    let message = message.replace("</CdtTrfTxInf>", &format!("{said}</CdtTrfTxInf>"));
    assert_valid(&message, "pacs.008.001.08");
    let paid = a.post_xml("/v1/payments", &message, JSON).await;
    assert_eq!(paid.status, 200, "{}", paid.text);
    for bank in [a, b] {
        let path = format!("/v1/payments/{UETR}/notification");
        let told = bank.until(&path, |answer| answer.status == 200).await.text;
        assert_valid(&told, "camt.054.001.08");
        let bare: String = told.split_whitespace().collect();
        let written: String = said.split_whitespace().collect();
        assert!(bare.contains(&written), "{told}");
    }
}
