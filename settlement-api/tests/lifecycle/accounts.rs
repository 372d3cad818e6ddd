//! A bank's accounts, and what is told of them: rules G5 and P5 of docs/spec/gateway.md.

use std::time::Duration;

use ledger_core::{command::Action, digest::Hash32, testing};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Answer, Bank, By, JSON, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(60);
const UETR: &str = "5b0e7c1d-62f4-4a39-8d17-c4f2a90b6e31";

/// A bank's accounts, of which the first settles.
async fn own(bank: &Bank, count: usize) -> Vec<Value> {
    let is_there = |answer: &Answer| answer.json().as_array().is_some_and(|all| all.len() == count);
    let answer = bank.until("/v1/accounts", is_there).await.json();
    let all = answer.as_array().unwrap().clone();
    assert!(all.iter().enumerate().all(|(at, one)| one["settles"] == (at == 0)), "{answer}");
    all
}

fn open(story: &Story, bank: &Bank) {
    let (member, blind) = (bank.member.lei, Hash32::new([9; 32]));
    story.ledger.decide(Action::OpenAccount { member, currency: testing::usd(), blind });
}

fn available(accounts: &[Value]) -> Vec<&str> {
    accounts.iter().map(|account| account["available"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn g5_a_second_account_in_a_currency_leaves_the_money_where_it_is() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let first = [own(a, 1).await, own(b, 1).await];
    for (bank, first) in [a, b].into_iter().zip(&first) {
        open(&story, bank);
        assert_eq!(own(bank, 2).await[0], first[0]);
    }
    assert_eq!(a.pay(b, ("INV-1", "400.00")).await["status"], "ACSC");
    assert_eq!(available(&own(a, 2).await), ["600.00", "0.00"]);
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "400.00").await;
    assert_eq!(own(b, 2).await[0]["account"], first[1][0]["account"]);
}

#[actix_web::test]
async fn g5_money_moves_between_own_accounts_each_of_which_is_stated_and_proved() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    open(&story, a);
    let accounts = own(a, 2).await;
    let [first, second] = [0, 1].map(|at| accounts[at]["account"].as_str().unwrap().to_owned());
    let ask = |from: &str, to: &str, amount: &str| json!({"from": from, "to": to, "amount": amount, "currency": "USD"});
    let moved = a.post_under("/v1/moves", ("k-1", &ask("USD", &second, "250.00"))).await;
    assert_eq!(
        (moved.status, moved.json()["outcome"].as_str()),
        (200, Some("applied")),
        "{}",
        moved.text
    );
    let again = a.post_under("/v1/moves", ("k-1", &ask("USD", &second, "250.00"))).await;
    assert_eq!(again.json()["command_id"], moved.json()["command_id"]);
    assert_eq!(available(&own(a, 2).await), ["750.00", "250.00"]);
    let back = a.post_under("/v1/moves", ("k-2", &ask(&second, &first, "50.00"))).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert_eq!(available(&own(a, 2).await), ["800.00", "200.00"]);

    for (account, closing, count) in [(&first, "800.00", 3), (&second, "200.00", 2)] {
        let report = format!("/v1/accounts/{account}/report");
        let told = a.get(By::Desk, &report, JSON).await.json();
        assert_eq!(
            (told["account"].as_str(), told["closing"].as_str()),
            (Some(account.as_str()), Some(closing)),
            "{told}"
        );
        assert_eq!(told["entries"].as_array().unwrap().len(), count, "{told}");
        let xml = a.get(By::Desk, &report, XML).await.text;
        assert_valid(&xml, "camt.052.001.08");
        assert!(xml.contains(&account[..32]), "{xml}");
        let proof = a.get(By::Desk, &format!("/v1/accounts/{account}/proof"), JSON).await;
        assert!(proof.text.contains(account.as_str()), "{}", proof.text);
    }

    // What the ledger refuses, and what never reaches it.
    let foreign = own(b, 1).await[0]["account"].as_str().unwrap().to_owned();
    for (number, (from, to, amount, status, code)) in [
        (&*second, &*first, "200.01", 409, "insufficient_funds"),
        (&*first, &*first, "1.00", 422, "same_account"),
        (&*first, &*foreign, "1.00", 404, "not_found"),
        (&*foreign, &*first, "1.00", 404, "not_found"),
        ("GBP", &*first, "1.00", 422, "currency_unknown"),
        (&*first, "second", "1.00", 404, "not_found"),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("bad-{number}");
        let refused = a.post_under("/v1/moves", (&key, &ask(from, to, amount))).await;
        assert_eq!(refused.code(status), code);
    }
    assert_eq!(available(&own(a, 2).await), ["800.00", "200.00"]);
    for account in [&first, &second] {
        let path = format!("/v1/accounts/{account}/report");
        assert_eq!(b.get(By::Desk, &path, JSON).await.status, 404);
    }
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

#[actix_web::test]
async fn k2_what_stands_beside_a_message_is_refused_or_screened() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let model = a.pay(b, ("INV-1", "10.00")).await["uetr"].as_str().unwrap().to_owned();
    let message = a.get(By::Desk, &format!("/v1/payments/{model}/message"), XML).await.text;
    let message = message.replace(&model, UETR);
    let listed = "<Nm xmlns=\"\">Bad Actor</Nm>";
    let beside = message.replace("</Document>", &format!("{listed}</Document>"));
    let refused = a.post_xml("/v1/payments", &beside, JSON).await;
    assert_eq!(refused.code(400), "message_breaks_rules");
    let bare = message.split_once("?>").map_or(message.as_str(), |(_, rest)| rest);
    let around = a.post_xml("/v1/payments", &format!("<E>{listed}{bare}</E>"), JSON).await;
    assert!(around.text.contains("payment_under_review"), "{}", around.text);
    assert_eq!(available(&own(a, 1).await), ["990.00"]);

    let mut wanted = a.payment(b, ("INV-2", "10.00"));
    let town = json!({"town": "Bergen", "country": "NO", "lines": ["Bad Actor"]});
    wanted["creditor"]["address"] = town;
    let screened = a.post(By::Desk, "/v1/payments", &wanted).await;
    assert!(screened.text.contains("payment_under_review"), "{}", screened.text);
    wanted["creditor"]["address"]["lines"] = json!(["Strandgaten 18"]);
    let paid = a.post(By::Desk, "/v1/payments", &wanted).await;
    let uetr = paid.json()["uetr"].as_str().unwrap().to_owned();
    let said = a.get(By::Desk, &format!("/v1/payments/{uetr}/message"), XML).await.text;
    assert!(said.contains("<TwnNm>Bergen</TwnNm>"), "{said}");
    assert!(said.contains("<AdrLine>Strandgaten 18</AdrLine>"), "{said}");
    wanted["creditor"]["address"]["country"] = json!("Norway");
    assert_eq!(a.post(By::Desk, "/v1/payments", &wanted).await.status, 400);
}
