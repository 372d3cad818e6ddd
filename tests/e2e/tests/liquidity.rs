//! Payments that wait until their bank has the money for them, over real processes and `kill -9` (P15).

use std::{fs, thread::scope, time::Duration};

use e2e::{
    books::{Books, CURRENCY, register, uetr},
    http::Answer,
    member::Member,
    network::{Network, until},
};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

const CORE: &str = "bank-a-core";

#[test]
fn p15_what_waits_for_money_settles_once_or_ends_and_outlives_its_gateway() {
    let network = Network::start();
    register(&network, "bank-a", "WAITS-A", &json!({}));
    register(&network, "bank-b", "WAITS-B", &json!({}));
    money_comes(&network);
    cancelled(&network);
    no_money_in_time(&network);
}

/// A decimal text of so many minor units.
fn text(minor: u128) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn payment(network: &Network, (from, to): (&str, &str), n: u64, minor: u128) -> Value {
    let customer = |bank: &str| format!("WAITS-{}", bank.replace("bank-", "").to_uppercase());
    let party = |bank: &str| json!({"name": format!("Customer {}", customer(bank)), "account": customer(bank)});
    json!({
        "uetr": uetr(n), "end_to_end_id": format!("QUEUE-{n}"), "amount": text(minor),
        "currency": CURRENCY, "debtor": party(from), "creditor": party(to),
        "creditor_agent": {"lei": network.lei(to)},
    })
}

fn path(n: u64) -> String {
    format!("/v1/payments/{}", uetr(n))
}

fn seen(network: &Network, bank: &str, n: u64) -> Value {
    network.get(bank, &format!("{bank}-core"), &path(n)).json()
}

/// Waits until a payment is so at a bank.
fn becomes(network: &Network, bank: &str, n: u64, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut report = Value::Null;
    let is_so = until(|| {
        report = seen(network, bank, n);
        wanted(&report)
    });
    assert!(is_so, "{bank}: {report}");
    report
}

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |report| report["status"] == status
}

fn is_queued(report: &Value) -> bool {
    report["queue"]["state"] == "queued"
}

fn crash(network: &Network) {
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
}

/// Sends a payment that waits, killing its gateway right afterwards.
fn send(network: &Network, n: u64, minor: u128, queue: Value) -> Value {
    let mut wanted = payment(network, ("bank-a", "bank-b"), n, minor);
    wanted["queue"] = queue;
    scope(|threads| {
        let sent = threads.spawn(|| network.post("bank-a", CORE, "/v1/payments", &wanted));
        becomes(network, "bank-a", n, |report| report["status"].is_string());
        crash(network);
        let _: std::thread::Result<Answer> = sent.join();
    });
    becomes(network, "bank-a", n, is_queued);
    wanted
}

fn money_comes(network: &Network) {
    let before = Books::settled(network);
    let large = send(network, 1, before.a + 5_000, json!({"priority": 10}));
    // A smaller one could be paid, and waits behind it.
    send(network, 2, 1_000, json!({"priority": 5}));
    before.assert_still(network, "payments that wait");
    let report = seen(network, "bank-a", 1);
    assert_eq!(report["reason"], json!({"code": "waits_for_funds", "iso_reason": "AM04"}));
    assert_eq!(seen(network, "bank-b", 1)["status"], "ACWP");
    let again = network.post("bank-a", CORE, "/v1/payments", &large);
    assert_eq!((again.status, &again.json()["uetr"]), (202, &json!(uetr(1))), "{again:?}");
    let desk = Member::new(network, "bank-a");
    let shown = desk.json(&["queue"]);
    let entries = shown[0]["entries"].as_array().unwrap_or_else(|| panic!("{shown}"));
    let places: Vec<_> = entries.iter().map(|entry| (&entry["uetr"], &entry["position"])).collect();
    assert_eq!(places, [(&json!(uetr(1)), &json!(1)), (&json!(uetr(2)), &json!(2))]);
    let shown = desk.text(&["queue", "list"]);
    assert!(shown.contains(&uetr(2)) && shown.contains("queued"), "{shown}");

    // Bank B pays 60.00 while bank A's gateway is killed: enough for both.
    scope(|threads| {
        let back = payment(network, ("bank-b", "bank-a"), 3, 6_000);
        threads.spawn(move || {
            let _ = network.post("bank-b", "bank-b-core", "/v1/payments", &back);
        });
        becomes(network, "bank-b", 3, |report| report["status"].is_string());
        crash(network);
    });
    becomes(network, "bank-b", 3, is("ACSC"));
    crash(network);
    for n in [1, 2] {
        let (a, b) =
            (becomes(network, "bank-a", n, is("ACSC")), becomes(network, "bank-b", n, is("ACSC")));
        // One command; either bank may have been shown another quorum of signatures under it.
        assert_eq!(a["receipt"]["command_id"], b["receipt"]["command_id"]);
        assert!(a["receipt"]["href"].as_str().unwrap().contains("?leg="), "{a}");
        proved(network, n, "answer: accepted");
    }
    let after = Books { a: 0, b: before.a + before.b, ..before };
    after.assert_still(network, "two payments that waited for money");
    let again = network.post("bank-a", CORE, "/v1/payments", &large);
    assert_eq!((again.status, again.json()["status"].as_str()), (200, Some("ACSC")), "{again:?}");
    assert_eq!(desk.json(&["queue"]), json!([]));
}

/// Both banks' packs of a payment show what became of it, offline.
fn proved(network: &Network, n: u64, words: &str) {
    for bank in ["bank-a", "bank-b"] {
        let pack = network.get(bank, &format!("{bank}-core"), &format!("{}/evidence", path(n)));
        let file = network.of(bank).join(format!("evidence-{n}.json"));
        fs::write(&file, &pack.body).unwrap();
        let trust = network.path().join("genesis.json");
        let said = e2e::must(&["verify", &e2e::text(&file), "--trust", &e2e::text(&trust)]);
        assert!(said.contains(words), "{said}");
    }
}

fn cancelled(network: &Network) {
    let before = Books::settled(network);
    send(network, 4, 1_000, json!({}));
    send(network, 5, 2_000, json!({}));
    let desk = Member::new(network, "bank-a");
    let said = desk.text(&["queue", "move", &uetr(5), "--priority", "700"]);
    assert!(said.contains("applied"), "{said}");
    becomes(network, "bank-a", 5, |report| report["queue"]["position"] == 1);
    let said = desk.text(&["queue", "cancel", &uetr(4)]);
    assert!(said.contains("RJCT") && said.contains("cancelled_by_payer"), "{said}");
    crash(network);
    assert_eq!(seen(network, "bank-a", 4)["status"], "RJCT");
    becomes(network, "bank-b", 4, is("RJCT"));
    let (_, words) = desk.fails(&["queue", "cancel", &uetr(1)]);
    assert!(words.contains("payment_not_queued"), "{words}");
    assert_eq!(desk.json(&["queue", "cancel", &uetr(5)])["status"], "RJCT");
    before.assert_still(network, "payments that were cancelled");
}

fn no_money_in_time(network: &Network) {
    let before = Books::settled(network);
    let soon = Timestamp::now() + 20.seconds();
    send(network, 6, 1_000, json!({"expires": soon.to_string()}));
    // Its end comes while nobody looks.
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    std::thread::sleep(Duration::from_secs(20));
    network.start_again(&bank);
    let ended = becomes(network, "bank-a", 6, is("RJCT"));
    assert_eq!(ended["reason"], json!({"code": "no_funds_in_time", "iso_reason": "AM04"}));
    becomes(network, "bank-b", 6, is("RJCT"));
    proved(network, 6, "settled: not shown");
    before.assert_still(network, "a payment for which no money came");
}
