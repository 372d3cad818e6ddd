//! Quotes of a market maker, exchanges by them, and payments of what was exchanged.

use std::time::Duration;

use ledger_core::receipt::{Effect, Kind, Outcome};
use serde_json::{Value, json};
use settlement_api::fx::asking::{self, FxAcceptInput};

use crate::{
    Story,
    bank::{Answer, Bank, By, JSON, XML},
    oracle::assert_valid,
};

/// A change of a request, and the status and code that it is refused with.
type Row = (fn(&mut Value), u16, &'static str);

const LONG: Duration = Duration::from_secs(20);

/// Two banks with both currencies: A has 1,000.00 dollars, B makes a market and has 1,000,000 yen.
async fn market() -> Story {
    let story = Story::begin(LONG).await;
    story.ledger.open_yen(&story.a.member, 0);
    story.ledger.open_yen(&story.b.member, 1_000_000);
    for bank in [&story.a, &story.b] {
        bank.until("/v1/accounts", |answer| answer.json()[1].is_object()).await;
    }
    story.b.register("Bank B itself", "FX").await;
    story
}

fn rates() -> Value {
    json!({
        "base": "USD", "quote": "JPY", "bid": "149.25", "ask": "149.75", "base_fee": "1.50",
        "limit": "500.00", "account": "FX", "valid_s": 3600,
    })
}

async fn make_market(bank: &Bank, change: impl FnOnce(&mut Value)) {
    let mut body = rates();
    change(&mut body);
    let answer = bank.post(By::Desk, "/v1/fx/rates", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// A asks B for yen.
async fn ask(story: &Story, change: impl FnOnce(&mut Value)) -> Answer {
    let mut body = json!({
        "maker": story.b.member.lei.text(), "source_currency": "USD", "target_currency": "JPY",
        "source_amount": "100.00", "account": "1001",
    });
    change(&mut body);
    story.a.post(By::Desk, "/v1/quotes", &body).await
}

async fn quoted(story: &Story) -> (String, Value) {
    let answer = ask(story, |_| ()).await;
    let report = answer.json();
    assert_eq!((answer.status, &report["state"]), (200, &json!("quoted")), "{report}");
    let id = report["quote"].as_str().unwrap().to_owned();
    assert_eq!(answer.location, Some(format!("/v1/quotes/{id}")));
    (format!("/v1/quotes/{id}"), report)
}

/// Available yen and dollars.
async fn holds(bank: &Bank, yen: &str, dollars: &str) {
    bank.until("/v1/accounts", |answer| {
        let accounts = answer.json();
        accounts[0]["available"] == dollars && accounts[1]["available"] == yen
    })
    .await;
}

fn settlements(story: &Story) -> usize {
    let outcomes = story.ledger.outcomes(Kind::Settle);
    outcomes.iter().filter(|outcome| **outcome == Outcome::Applied(Effect::Settled)).count()
}

#[actix_web::test]
async fn r1_r2_r3_r4_an_accepted_quote_moves_both_sums_exactly_and_once() {
    let story = market().await;
    let (a, b) = (&story.a, &story.b);
    make_market(b, |_| ()).await;
    let (path, report) = quoted(&story).await;
    let terms = &report["terms"];
    for (name, expected) in [
        ("gives", "101.50"),
        ("source_amount", "100.00"),
        ("gets", "14925"),
        ("rate", "149.25"),
        ("fee", "1.50"),
        ("charge_bearer", "SHAR"),
        ("rounding", "exact"),
    ] {
        assert_eq!(terms[name], expected, "{name}: {report}");
    }
    assert_eq!(b.get(By::Desk, &path, JSON).await.json()["terms"], *terms);
    let accept = format!("{path}/accept");
    let seen = json!({"gives": "101.50", "gets": "14925"});
    let done = a.post_under(&accept, ("take-1", &seen)).await;
    assert_eq!((done.status, &done.json()["outcome"]), (200, &json!("applied")), "{}", done.text);
    holds(a, "14925", "898.50").await;
    holds(b, "985075", "101.50").await;
    // The same request again is the same exchange; another one has none left.
    let again = a.post_under(&accept, ("take-1", &seen)).await;
    assert_eq!(
        (again.status, again.json()["command_id"].clone()),
        (200, done.json()["command_id"].clone())
    );
    assert_eq!(a.post(By::Desk, &accept, &seen).await.code(409), "quote_used");
    let other = json!({"gives": "101.50"});
    let conflict = a.post_under(&accept, ("take-1", &other)).await;
    assert_eq!(conflict.code(409), "idempotency_conflict");
    assert_eq!(settlements(&story), 2, "two legs, once");
    let at_a = a.until(&path, |answer| answer.json()["state"] == "settled").await.json();
    let at_b = b.until(&path, |answer| answer.json()["state"] == "settled").await.json();
    assert_eq!((&at_a["role"], &at_b["role"]), (&json!("taker"), &json!("maker")));
    assert_eq!(at_a["receipts"], at_b["receipts"]);
    // Each leg has a receipt of its own under the one command.
    let mut sums = Vec::new();
    for receipt in at_a["receipts"].as_array().unwrap() {
        let file = a.get(By::Desk, receipt["href"].as_str().unwrap(), JSON).await.json();
        sums.push((file["summary"]["currency"].clone(), file["summary"]["amount"].clone()));
        assert_eq!(file["summary"]["command_id"], done.json()["command_id"]);
    }
    assert_eq!(sums, [(json!("USD"), json!("101.50")), (json!("JPY"), json!("14925"))]);
    for (bank, ways) in [(a, ["outgoing", "incoming"]), (b, ["incoming", "outgoing"])] {
        let page = bank.until("/v1/events", |answer| {
            let page = answer.json();
            let told = page["events"].as_array().unwrap().iter();
            told.filter(|event| event["about"] == "exchange").count() == 2
        });
        let told = page.await.json();
        let told = told["events"].as_array().unwrap().iter();
        let told = told.filter(|event| event["about"] == "exchange");
        assert_eq!(told.map(|event| event["direction"].clone()).collect::<Vec<_>>(), ways);
    }
}

#[actix_web::test]
async fn r5_what_was_exchanged_is_paid_by_a_message_that_names_it() {
    let story = market().await;
    let (a, b) = (&story.a, &story.b);
    make_market(b, |_| ()).await;
    let bearer = |body: &mut Value| body["charge_bearer"] = json!("CRED");
    let report = ask(&story, bearer).await.json();
    assert_eq!(
        (&report["terms"]["gives"], &report["terms"]["gets"]),
        (&json!("100.00"), &json!("14701"))
    );
    assert_eq!(report["terms"]["rounding"], "target_down");
    let id = report["quote"].as_str().unwrap().to_owned();
    let pay = |amount: &str, account: &str| {
        json!({
            "end_to_end_id": "FX-1", "amount": amount, "currency": "JPY", "exchange": id,
            "debtor": {"name": "Orchard Tools", "account": account},
            "creditor": {"name": "Fjord Timber", "account": "2002"},
            "creditor_agent": {"bic": b.bic},
        })
    };
    let early = a.post(By::Desk, "/v1/payments", &pay("14701", "1001")).await;
    assert_eq!(early.code(409), "exchange_not_settled");
    let done = a.post(By::Desk, &format!("/v1/quotes/{id}/accept"), &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    a.until(&format!("/v1/quotes/{id}"), |answer| answer.json()["state"] == "settled").await;
    for (amount, account) in [("14700", "1001"), ("14701", "1002")] {
        let wrong = a.post(By::Desk, "/v1/payments", &pay(amount, account)).await;
        assert_eq!(wrong.code(422), "exchange_mismatch", "{amount} {account}");
    }
    let paid = a.post(By::Desk, "/v1/payments", &pay("14701", "1001")).await.json();
    assert_eq!(paid["status"], "ACSC", "{paid}");
    let twice = a.post(By::Desk, "/v1/payments", &pay("14701", "1001")).await;
    assert_eq!(twice.code(409), "exchange_spent");
    let path = format!("/v1/payments/{}/message", paid["uetr"].as_str().unwrap());
    let message = b.get(By::Desk, &path, XML).await.text;
    assert_valid(&message, "pacs.008.001.08");
    for said in [
        "<IntrBkSttlmAmt Ccy=\"JPY\">14701</IntrBkSttlmAmt>",
        "<InstdAmt Ccy=\"USD\">100.00</InstdAmt>",
        "<XchgRate>149.25</XchgRate>",
        "<ChrgBr>CRED</ChrgBr>",
        "<Amt Ccy=\"USD\">1.50</Amt>",
        b.member.lei.text(),
    ] {
        assert!(message.contains(said), "{said}: {message}");
    }
    holds(a, "0", "900.00").await;
    holds(b, "1000000", "100.00").await;
    let unknown = json!({"exchange": "00".repeat(32)});
    let mut body = pay("1", "1001");
    body["exchange"] = unknown["exchange"].clone();
    assert_eq!(a.post(By::Desk, "/v1/payments", &body).await.code(404), "not_found");
}

#[actix_web::test]
async fn r5_what_else_settled_under_its_uetr_is_no_exchange() {
    let story = market().await;
    let (a, b) = (&story.a, &story.b);
    make_market(b, |_| ()).await;
    let mut quotes = Vec::new();
    for sum in ["100.00", "200.00", "300.00"] {
        let under = |body: &mut Value| {
            body["uetr"] = json!("7d9a3c52-1b64-4e80-a27c-5f8e04d7b163");
            body["source_amount"] = json!(sum);
        };
        let report = ask(&story, under).await.json();
        assert_eq!(report["state"], "quoted", "{report}");
        quotes.push((report["quote"].as_str().unwrap().to_owned(), report));
    }
    for (number, settles) in [(0, true), (1, false)] {
        let path = format!("/v1/quotes/{}/accept", quotes[number].0);
        let done = a.post(By::Desk, &path, &json!({})).await;
        assert_eq!(done.status == 200, settles, "{}", done.text);
    }
    for (number, (id, report)) in quotes.iter().enumerate() {
        let path = format!("/v1/quotes/{id}");
        if number == 0 {
            for bank in [a, b] {
                bank.until(&path, |answer| answer.json()["state"] == "settled").await;
            }
            continue;
        }
        for bank in [a, b] {
            let told = bank.get(By::Desk, &path, JSON).await.json();
            assert_ne!(told["state"], "settled", "{told}");
            assert_eq!(told["receipts"], json!([]), "{told}");
        }
        let pay = json!({
            "end_to_end_id": "FX-1", "amount": report["terms"]["gets"], "currency": "JPY",
            "exchange": id, "debtor": {"name": "Orchard Tools", "account": "1001"},
            "creditor": {"name": "Fjord Timber", "account": "2002"},
            "creditor_agent": {"bic": b.bic},
        });
        let early = a.post(By::Desk, "/v1/payments", &pay).await;
        assert_eq!(early.code(409), "exchange_not_settled", "{number}");
    }
    assert_eq!(settlements(&story), 2);
}

#[actix_web::test]
async fn r2_r4_what_is_not_offered_or_no_longer_counts_is_refused_by_its_code() {
    let story = market().await;
    let (a, b) = (&story.a, &story.b);
    let refused = |answer: Answer| {
        let report = answer.json();
        assert_eq!((answer.status, &report["state"]), (200, &json!("refused")), "{report}");
        report["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused(ask(&story, |_| ()).await), "quote_unavailable");
    make_market(b, |_| ()).await;
    let sum = |text: &'static str| move |body: &mut Value| body["source_amount"] = json!(text);
    assert_eq!(refused(ask(&story, sum("500.01")).await), "quote_over_limit");
    let tiny = |body: &mut Value| {
        body["source_amount"] = json!("1.50");
        body["charge_bearer"] = json!("CRED");
    };
    assert_eq!(refused(ask(&story, tiny).await), "quote_too_small");
    let rows: [Row; 8] = [
        (|b| b["maker"] = json!("529900T8BM49AURSDO55"), 422, "agent_unknown"),
        (|b| b["source_currency"] = json!("XXX"), 422, "currency_unknown"),
        (|b| b["source_currency"] = json!("JPY"), 422, "amount_too_many_decimals"),
        (|b| b["target_amount"] = json!("1"), 400, "request_malformed"),
        (|b| b["account"] = json!("9999"), 422, "debtor_unknown"),
        (|b| b["source_amount"] = json!("0.00"), 422, "amount_zero"),
        (|b| b["uetr"] = json!("x"), 422, "bad_uetr"),
        (
            |b| {
                b["source_amount"] = Value::Null;
                b["target_amount"] = json!("100");
                b["charge_bearer"] = json!("CRED");
            },
            422,
            "quote_bearer_unsupported",
        ),
    ];
    for (row, (change, status, code)) in rows.into_iter().enumerate() {
        assert_eq!(ask(&story, change).await.code(status), code, "row {row}");
    }
    // What its reader saw is what is accepted, and nobody but the taker accepts.
    let (path, _) = quoted(&story).await;
    let accept = format!("{path}/accept");
    for seen in [json!({"gives": "101.49"}), json!({"gets": "14926"})] {
        assert_eq!(a.post(By::Desk, &accept, &seen).await.code(409), "quote_altered");
    }
    assert_eq!(b.post(By::Desk, &accept, &json!({})).await.code(404), "not_found");
    assert_eq!(a.post(By::Compliance, &accept, &json!({})).await.code(403), "role_missing");
    // A quote that was not accepted in its time is over at both banks.
    make_market(b, |body| body["quote_s"] = json!(1)).await;
    let (path, _) = quoted(&story).await;
    for bank in [a, b] {
        bank.until(&path, |answer| answer.json()["state"] == "expired").await;
    }
    let late = a.post(By::Desk, &format!("{path}/accept"), &json!({})).await;
    assert_eq!(late.code(409), "quote_expired");
    // Rates that were withdrawn, or are none, give no quotes.
    make_market(b, |body| body["valid_s"] = json!(0)).await;
    assert_eq!(refused(ask(&story, |_| ()).await), "quote_unavailable");
    let rows: [Row; 5] = [
        (|b| b["bid"] = json!("149.76"), 400, "request_malformed"),
        (|b| b["ask"] = json!("1e3"), 400, "request_malformed"),
        (|b| b["account"] = json!("9999"), 422, "debtor_unknown"),
        (|b| b["quote"] = json!("USD"), 400, "request_malformed"),
        (|b| b["valid_s"] = json!(86_401), 400, "request_malformed"),
    ];
    for (change, status, code) in rows {
        let mut body = rates();
        change(&mut body);
        assert_eq!(b.post(By::Desk, "/v1/fx/rates", &body).await.code(status), code, "{body}");
    }
    assert_eq!(settlements(&story), 0);
    holds(a, "0", "1000.00").await;
}

#[actix_web::test]
async fn r3_between_any_two_steps_nothing_has_moved_and_the_quote_still_settles() {
    let story = market().await;
    let (a, b) = (&story.a, &story.b);
    make_market(b, |body| body["quote_s"] = json!(60)).await;
    let (path, _) = quoted(&story).await;
    let accept = format!("{path}/accept");
    b.fall_silent().await;
    let silent = a.post_under(&accept, ("take-2", &json!({}))).await;
    assert_eq!(silent.code(503), "market_maker_silent");
    b.answer_again();
    // As if the taker had ended after the maker signed, and before anything was sent.
    let id = path.rsplit('/').next().unwrap();
    let id = ledger_core::digest::Hash32::from_hex(id).unwrap();
    asking::obtain(&a.gateway, &id, &FxAcceptInput::default()).await.unwrap();
    for bank in [a, b] {
        assert_eq!(bank.get(By::Desk, &path, JSON).await.json()["state"], "accepted");
    }
    assert_eq!(settlements(&story), 0);
    holds(a, "0", "1000.00").await;
    let done = a.post_under(&accept, ("take-2", &json!({}))).await;
    assert_eq!(done.status, 200, "{}", done.text);
    holds(a, "14925", "898.50").await;
    holds(b, "985075", "101.50").await;
    assert_eq!(settlements(&story), 2);
}

#[actix_web::test]
async fn r3_what_the_ledger_refuses_moves_neither_leg() {
    let story = market().await;
    let (a, b) = (&story.a, &story.b);
    make_market(b, |body| body["limit"] = json!("100000.00")).await;
    for (amount, code) in [("999.00", "insufficient_funds"), ("900.00", "")] {
        let report = ask(&story, |body| body["source_amount"] = json!(amount)).await.json();
        let path = format!("/v1/quotes/{}", report["quote"].as_str().unwrap());
        let done = a.post(By::Desk, &format!("{path}/accept"), &json!({})).await;
        if code.is_empty() {
            assert_eq!(done.status, 200, "{}", done.text);
            continue;
        }
        assert_eq!(done.code(409), code);
        let state = a.get(By::Desk, &path, JSON).await.json();
        assert_eq!((&state["state"], &state["code"]), (&json!("failed"), &json!(code)));
        assert_eq!(settlements(&story), 0);
        holds(a, "0", "1000.00").await;
    }
    holds(a, "134325", "98.50").await;
    holds(b, "865675", "901.50").await;
    // The other way round, at the inverse of what is asked for a dollar.
    let back = json!({
        "maker": a.member.lei.text(), "source_currency": "JPY", "target_currency": "USD",
        "source_amount": "1000", "account": "FX",
    });
    let none = b.post(By::Desk, "/v1/quotes", &back).await.json();
    assert_eq!(none["code"], "quote_unavailable");
    a.register("Bank A itself", "FX").await;
    make_market(a, |body| body["quote_fee"] = json!("7")).await;
    let report = b.post(By::Desk, "/v1/quotes", &back).await.json();
    let terms = &report["terms"];
    assert_eq!(
        (&terms["rate"], &terms["gives"], &terms["gets"], &terms["rounding"]),
        (&json!("0.0066777963"), &json!("1007"), &json!("6.67"), &json!("target_down"))
    );
    // Who offers what it has not, does not settle, and the other bank keeps its money.
    make_market(a, |body| body["limit"] = json!("100000.00")).await;
    let mut big = back.clone();
    big["source_amount"] = json!("100000");
    let report = b.post(By::Desk, "/v1/quotes", &big).await.json();
    let path = format!("/v1/quotes/{}/accept", report["quote"].as_str().unwrap());
    let short = b.post(By::Desk, &path, &json!({})).await;
    assert_eq!(short.code(409), "counterparty_not_eligible");
    holds(b, "865675", "901.50").await;
}
