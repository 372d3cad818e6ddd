//! What follows without a person: clocks, rules, tickets; and all of it whenever a process ends.

use std::sync::Arc;

use ledger_core::time::LedgerTime;
use serde_json::{Value, json};
use verifier::testing::lei;

use super::support::{
    A, B, BANKS, Disk, Net, at, delivery, folder, payments, question, reply, uetr,
};
use crate::{
    gateway::Gateway,
    inquiries::{desk::Asking, exchange, tickets, timer},
    payments::{delivery::Delivery, message},
    port::KeyValue,
};

/// A rule of A that answers questions at level one.
pub(super) fn rule(release: &str) -> Value {
    let until = LedgerTime::new(Gateway::now_ms()).after(86_400_000);
    json!({
        "kinds": ["FWTR", "AMLI"], "requesters": [lei(BANKS[B]).text()], "level": 1,
        "gives": ["debtor_name", "debtor_account", "creditor_name", "creditor_account"],
        "outcome": "INFO", "release": release, "until": verifier::summary::rfc3339(until),
    })
}

async fn in_force(net: &Net, release: &str) -> String {
    let proposed = net.done((A, "officer"), "/v1/answer-rules", &rule(release)).await;
    let named = proposed["rule"].as_str().unwrap().to_owned();
    assert_eq!(proposed["status"], "proposed");
    let path = format!("/v1/answer-rules/{named}/approve");
    let yes = json!({"content": named});
    let alone = net.post((A, "officer"), &path, &yes).await;
    assert_eq!((alone.0, &alone.1["code"]), (409, &json!("same_person")));
    let other = json!({"content": "00".repeat(32)});
    let other = net.post((A, "second-officer"), &path, &other).await;
    assert_eq!(other.1["code"], "approval_mismatch");
    let approved = net.done((A, "second-officer"), &path, &yes).await;
    assert_eq!(approved["status"], "in_force");
    named
}

#[actix_web::test]
async fn b7_a_rule_in_force_answers_at_once_out_of_the_payment_and_names_itself() {
    let net = Net::new().await;
    let named = in_force(&net, "at_once").await;
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    let seen = net.see(B, &case).await;
    assert_eq!(seen["state"], "answered");
    let answer = &seen["messages"][2];
    assert_eq!((&answer["rule"], &answer["code"]), (&json!(named), &json!("INFO")));
    let message = iso20022::Pacs008::find(iso20022::FIXTURE_PACS008.as_bytes()).unwrap();
    assert_eq!(answer["says"]["given"][0]["value"], json!(message.debtor.name));
    // More than it may give is a person's to answer; so is everything once it is withdrawn.
    let mut more = question();
    more["asked"] = json!(["source_of_funds"]);
    let path = format!("/v1/answer-rules/{named}/withdraw");
    for (asked, withdrawn) in [(more, false), (question(), true)] {
        if withdrawn {
            let gone = net.done((A, "officer"), &path, &json!({})).await;
            assert_eq!(gone["status"], "withdrawn");
        }
        let opened = net.done((B, "maker"), "/v1/cases", &asked).await;
        net.settle().await;
        assert_eq!(net.state(B, opened["case"].as_str().unwrap()), Some("opened"));
    }
    net.end().await;
}

#[actix_web::test]
async fn b7_a_rule_that_leaves_one_person_prepares_and_that_person_may_be_anybody() {
    let net = Net::new().await;
    in_force(&net, "one_person").await;
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    let prepared = net.see(A, &case).await;
    assert_eq!(
        (&prepared["state"], &prepared["draft"]["prepared_by"]),
        (&json!("assigned"), &json!("rule"))
    );
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "maker"), &format!("/v1/cases/{case}/answer/approve"), &yes).await;
    net.settle().await;
    assert_eq!(net.state(B, &case), Some("answered"));
    net.end().await;
}

/// A question of B, asked at a time.
async fn asked_at(net: &Net, when: LedgerTime, patience: u64) -> String {
    let case = at(net, B, when, |desk| {
        desk.open(Asking {
            payment: uetr(),
            to: Some(lei(BANKS[A])),
            kind: interbank::Kind::Utap,
            level: None,
            answer_by: Some(when.after(patience)),
            follows: None,
            words: interbank::book::Words::default(),
        })
    })
    .await;
    case.id.to_string()
}

fn notices(case: &Value) -> Vec<&str> {
    let notices = case["notices"].as_array().unwrap().iter();
    notices.map(|notice| notice["what"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn b4_desks_are_reminded_then_the_case_escalates_expires_and_each_only_once() {
    let net = Net::new().await;
    let now = LedgerTime::new(Gateway::now_ms());
    let asked = LedgerTime::new(now.get() - 1_000_000);
    let case = asked_at(&net, asked, 1_000_000).await;
    let due = asked.after(1_000_000);
    let rows = [
        (asked.after(499_999), vec![]),
        (asked.after(500_000), vec!["reminder_50"]),
        (asked.after(800_000), vec!["reminder_50", "reminder_80"]),
        (due, vec!["reminder_50", "reminder_80", "escalated"]),
        (due.after(299_999), vec!["reminder_50", "reminder_80", "escalated"]),
    ];
    for (now, expected) in rows {
        for _ in 0..2 {
            timer::work(net.gateway(B), now).await.unwrap();
            let seen = net.see(B, &case).await;
            assert_eq!((notices(&seen), &seen["state"]), (expected.clone(), &json!("opened")));
        }
    }
    timer::work(net.gateway(B), due.after(300_000)).await.unwrap();
    assert_eq!(net.see(B, &case).await["state"], "expired");
    net.end().await;
}

#[actix_web::test]
async fn b4_an_expiry_is_told_to_the_other_bank_and_an_answer_closes_by_itself() {
    let net = Net::new().await;
    let now = LedgerTime::new(Gateway::now_ms());
    let six_days = LedgerTime::new(now.get() - 6 * 86_400_000);
    let old = asked_at(&net, six_days, 60_000).await;
    net.settle().await;
    for bank in [A, B] {
        assert_eq!(net.state(bank, &old), Some("expired"), "{bank}");
    }
    // One that was answered in time, and to which nobody objected for five days.
    let case = asked_at(&net, six_days, 7 * 86_400_000).await;
    net.send(B).await;
    let id = interbank::CaseId::new(ledger_core::digest::Hash32::from_hex(&case).unwrap());
    let answering = interbank::message::Answering {
        outcome: interbank::Code::new("INFO").unwrap(),
        relayed: None,
        rule: None,
    };
    for act in [interbank::Act::Accept, interbank::Act::Answer(answering)] {
        let written = six_days.after(60_000);
        at(&net, A, written, |desk| desk.act(&id, act, interbank::book::Words::default())).await;
    }
    net.settle().await;
    for bank in [A, B] {
        assert_eq!(net.state(bank, &case), Some("closed"), "{bank}");
    }
    net.end().await;
}

/// What B states about a payment of A, after A has told it more.
pub(super) async fn ticket(net: &Net) -> Value {
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
    let prepared = net.done((A, "maker"), &format!("/v1/cases/{case}/answer"), &reply()).await;
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "checker"), &format!("/v1/cases/{case}/answer/approve"), &yes).await;
    net.settle().await;
    let message = iso20022::Pacs008::find(iso20022::FIXTURE_PACS008.as_bytes()).unwrap();
    let number = |account: Option<iso20022::AccountId>| match account {
        Some(iso20022::AccountId::Iban(number) | iso20022::AccountId::Other(number)) => number,
        None => panic!("an account"),
    };
    json!({
        "holder": lei(BANKS[A]).text(), "amount": "12500.00", "currency": "USD",
        "debtor": {"name": message.debtor.name, "account": number(message.debtor_account)},
        "creditor": {"name": message.creditor.name, "account": number(message.creditor_account)},
        "checks": ["informed", "account_open"], "case": case, "valid_seconds": 600,
    })
}

/// Something that is changed in a delivery.
type Spoil = fn(&mut Delivery);

/// A delivery of A whose message names a ticket.
fn naming(named: &str, change: Spoil) -> Delivery {
    let mut delivery = delivery(A, B);
    let mut message = iso20022::Pacs008::find(&delivery.message).unwrap();
    message.remittance = vec!["Invoice 2209".to_owned(), named.to_owned()];
    delivery.message = message.to_xml().into_bytes();
    change(&mut delivery);
    delivery
}

/// A ticket as it is shown for a payment that differs in one thing.
fn shown(asked: &Value, issued: &Value, key: &str, value: Value) -> Value {
    let mut shown = json!({
        "bytes": issued["bytes"], "salt": issued["salt"], "instructing": asked["holder"],
        "amount": "12500.00", "currency": "USD",
        "debtor": asked["debtor"], "creditor": asked["creditor"],
    });
    shown[key] = value;
    shown
}

/// Any bank checks a ticket; what it does not say it is not good for.
async fn is_checked_by_anybody(net: &Net, asked: &Value, issued: &Value) {
    let shown = |key: &str, value: Value| shown(asked, issued, key, value);
    for bank in [A, B, 2] {
        let less = shown("amount", json!("1.00"));
        let good = net.post((bank, "officer"), "/v1/tickets/check", &less).await;
        assert_eq!(good.0, 200, "{bank}: {}", good.1);
    }
    let bad = [
        shown("amount", json!("12500.01")),
        shown("currency", json!("JPY")),
        shown("instructing", json!(lei(BANKS[2]).text())),
        shown("salt", json!("00".repeat(32))),
        shown("creditor", json!({"name": "Somebody", "account": "1"})),
    ];
    for shown in bad {
        let (status, problem) = net.post((A, "maker"), "/v1/tickets/check", &shown).await;
        assert!(status == 422, "{problem}");
    }
}

#[actix_web::test]
async fn b8_a_ticket_is_checked_by_anybody_and_consumed_by_one_payment() {
    let net = Net::new().await;
    let asked = ticket(&net).await;
    let mut unfounded = asked.clone();
    unfounded["case"] = json!(null);
    let refused = net.post((B, "maker"), "/v1/tickets", &unfounded).await;
    assert_eq!(refused.1["code"], "ticket_mismatch");
    let mut for_another = asked.clone();
    for_another["holder"] = json!(lei(BANKS[2]).text());
    let refused = net.post((B, "maker"), "/v1/tickets", &for_another).await;
    assert_eq!(refused.1["code"], "ticket_mismatch");
    let issued = net.done((B, "maker"), "/v1/tickets", &asked).await;
    let named = issued["named_as"].as_str().unwrap().to_owned();

    is_checked_by_anybody(&net, &asked, &issued).await;

    let store = Arc::clone(&net.gateway(B).store);
    let gateway = Arc::clone(net.gateway(B));
    let consume = |delivery: &Delivery| {
        let message = message::read(&gateway, &delivery.message).unwrap().message;
        let writes =
            tickets::consume(&gateway, delivery, &message).map_err(|refused| refused.code());
        writes.map(|writes| {
            let count = writes.len();
            store.write(writes).unwrap();
            count
        })
    };
    assert_eq!(consume(&delivery(A, B)), Ok(0), "it names none");
    let unknown = format!("FLORIN-TICKET/{}", "00".repeat(32));
    let rows: [(&str, Spoil); 4] = [
        ("FLORIN-TICKET/12", |_| {}),
        (&unknown, |_| {}),
        (&named, |d| {
            d.payment.money = ledger_core::money::Money::new(d.payment.money.currency(), 1_250_001);
        }),
        (&named, |d| d.from = lei(BANKS[2])),
    ];
    for (named, change) in rows {
        assert_eq!(consume(&naming(named, change)), Err("ticket_mismatch"), "{named}");
    }
    let own = naming(&named, |_| {});
    assert_eq!(consume(&own), Ok(1));
    let read = format!("/v1/tickets/{}", issued["ticket"].as_str().unwrap());
    let (_, used) = net.get((B, "maker"), &read).await;
    assert_eq!(used["used_by"], json!(own.payment.leg.id().to_hex()));
    assert_eq!(consume(&own), Ok(1), "the same payment may ask again");
    let other = naming(&named, |d| d.payment.leg.uetr = ledger_core::id::Uetr::new([5; 16]));
    assert_eq!(consume(&other), Err("ticket_used"));
    let again = shown(&asked, &issued, "amount", json!("1.00"));
    for (bank, expected) in [(A, 200), (B, 409)] {
        let (status, told) = net.post((bank, "officer"), "/v1/tickets/check", &again).await;
        assert_eq!(status, expected, "its issuer alone knows: {told}");
    }
    net.end().await;
}

/// What the desks of both banks do next, and everything that is due, with errors of ended stores.
async fn round(net: &Net, case: &mut Option<String>) {
    let post = async |who: (usize, &str), path: String, body: Value| {
        let (status, answer) = net.post(who, &path, &body).await;
        assert!(status == 200 || status == 500 || status == 409, "{path}: {status} {answer}");
        (status == 200).then_some(answer)
    };
    if case.is_none() {
        // The same request until it is answered: what was kept without an answer is found again.
        let asked = net.post_as((B, "maker"), "/v1/cases", &question(), "the-question").await;
        *case = asked.1["case"].as_str().map(str::to_owned);
    }
    let Some(case) = case else { return };
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    match net.state(A, case) {
        Some("opened") => drop(post((A, "maker"), at("accept"), json!({})).await),
        Some("assigned") => {
            let (_, seen) = net.get((A, "maker"), &format!("/v1/cases/{case}")).await;
            if seen["draft"].is_null() {
                post((A, "maker"), at("answer"), reply()).await;
            } else {
                let yes = json!({"content": seen["draft"]["content"]});
                post((A, "checker"), at("answer/approve"), yes).await;
            }
        }
        _ => {}
    }
    if net.state(B, case) == Some("answered") {
        post((B, "officer"), at("close"), json!({})).await;
    }
}

async fn work(net: &Net, bank: usize) {
    let now = LedgerTime::new(Gateway::now_ms());
    let _ = timer::work(net.gateway(bank), now).await;
    if let Ok(due) = exchange::due(net.gateway(bank), net.later()).await {
        for due in due {
            exchange::deliver_all(net.gateway(bank), &due).await;
        }
    }
}

/// A bank whose process ends after so many writes of each life, until the case is closed at both; how
/// many lives it took.
async fn survives(bank: usize, writes_of: impl Fn(usize) -> usize) -> usize {
    let folder = folder(&format!("cases-{bank}-{}", crate::keys::random_32().to_hex()));
    let path = folder.join("store");
    let mut net = Net::stopped();
    Disk::open(&path, 1).write(payments(bank)).unwrap();
    for other in [A, B, 2].into_iter().filter(|one| *one != bank) {
        net.start(other).await;
    }
    let (mut case, mut lives, mut closed) = (None, 0, false);
    while !closed {
        let disk = Disk::open(&path, writes_of(lives));
        net.put(bank, Arc::clone(&disk) as Arc<dyn KeyValue>);
        net.start(bank).await;
        lives += 1;
        assert!(lives < 60, "bank {bank}: {case:?}");
        for rounds in 0.. {
            round(&net, &mut case).await;
            work(&net, A + B - bank).await;
            work(&net, bank).await;
            closed = case.as_ref().is_some_and(|case| {
                [A, B].iter().all(|one| net.state(*one, case) == Some("closed"))
            });
            if closed || disk.has_ended() {
                break;
            }
            assert!(rounds < 20, "bank {bank}: {case:?}");
        }
        net.stop(bank).await;
    }
    // One more life, without end, for what is left to be done.
    net.put(bank, Disk::open(&path, usize::MAX));
    net.start(bank).await;
    net.settle().await;
    let case = case.unwrap();
    for one in [A, B] {
        let seen = net.see(one, &case).await;
        let acts = seen["messages"].as_array().unwrap().iter();
        let acts: Vec<_> = acts.map(|message| message["act"].as_str().unwrap()).collect();
        assert_eq!(acts, ["open", "accept", "answer", "close"], "{one}");
        assert_eq!((&seen["delivery"]["waiting"], &seen["draft"]), (&json!(0), &json!(null)));
        let (_, listed) = net.get((one, "maker"), "/v1/cases").await;
        assert_eq!(listed["cases"].as_array().unwrap().len(), 1, "{one}");
        assert_eq!(super::support::rows(&net, one, interbank::book::PENDING), 4);
        assert_eq!(super::support::rows(&net, one, b"case-task/"), 0);
    }
    net.end().await;
    let _ = std::fs::remove_dir_all(folder);
    lives
}

/// The store of one bank is dropped and reopened once between any two writes of the whole case.
#[actix_web::test]
async fn b9_nothing_is_lost_when_a_gateway_ends_between_any_two_writes() {
    for bank in [A, B] {
        let mut whole = 0;
        while survives(bank, |life| if life == 0 { whole } else { usize::MAX }).await > 1 {
            whole += 1;
        }
        assert!(whole > 6, "{whole} writes in all");
    }
}

/// It ends again and again, after every second or third write.
#[actix_web::test]
async fn b9_a_gateway_that_ends_all_the_time_still_comes_to_an_end() {
    for bank in [A, B] {
        for writes in [2, 3] {
            assert!(survives(bank, |_| writes).await > 2);
        }
    }
}
