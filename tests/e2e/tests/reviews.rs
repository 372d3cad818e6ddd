//! Payments that wait for a person of the beneficiary bank, over real gateways: asked about, accepted,
//! rejected, forgotten, and kept through SIGKILL (P14).

use std::{
    fs,
    thread::{scope, sleep},
    time::Duration,
};

use e2e::{
    books::{Books, FIXTURE_UETR, XML, pay, uetr},
    http::{self, Answer},
    member::Member,
    network::{Network, Request, until},
};
use serde_json::{Value, json};

const PAYER: &str = "bank-a-core";
const DESK: &str = "bank-b-core";
const CHECKER: &str = "bank-b-compliance";

#[test]
fn p14_a_person_decides_and_nothing_is_lost_or_paid_twice_on_the_way() {
    let network = Network::start();
    // Shorter than any review here: who says that it looks at a payment has more time.
    network.configure("bank-a", "anchor_seconds", "acceptance_seconds = 5\nanchor_seconds");
    network.configure("bank-b", "[api]", "[review]\nall = true\nseconds = 600\n\n[api]");
    restart(&network, &["bank-a", "bank-b"]);
    asked_about_then_accepted(&network);
    rejected_by_a_person(&network);
    foreign_keys_decide_nothing(&network);
    network.configure("bank-b", "seconds = 600", "seconds = 8");
    restart(&network, &["bank-b"]);
    nobody_decides(&network);
    network.configure("bank-b", "all = true", "all = false");
    restart(&network, &["bank-b"]);
    let paid = pay(&network, &message(&network, 5));
    assert_eq!((paid.status, paid.json()["status"].as_str()), (200, Some("ACSC")), "{paid:?}");
}

fn restart(network: &Network, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    network.kill(&names);
    network.start_again(&names);
}

fn message(network: &Network, n: u64) -> String {
    network.message().replace(FIXTURE_UETR, &uetr(n)).replace("12500.00", "1.00")
}

fn path(n: u64) -> String {
    format!("/v1/payments/{}", uetr(n))
}

fn seen(network: &Network, bank: &str, n: u64) -> Value {
    network.get(bank, &format!("{bank}-core"), &path(n)).json()
}

/// Waits until a payment is so at a bank.
fn becomes(network: &Network, bank: &str, n: u64, status: &str) -> Value {
    let mut report = Value::Null;
    let is_so = until(|| {
        report = seen(network, bank, n);
        report["status"] == status
    });
    assert!(is_so, "{bank}: {report} instead of {status}");
    report
}

fn act(network: &Network, client: &str, n: u64, act: &str, body: &Value) -> Answer {
    network.post("bank-b", client, &format!("{}/{act}", path(n)), body)
}

fn statuses(report: &Value) -> Vec<&str> {
    let timeline = report["timeline"].as_array().unwrap().iter();
    timeline.map(|entry| entry["status"].as_str().unwrap()).collect()
}

/// Pays in the background, and does something while the payment waits.
fn while_it_waits(network: &Network, n: u64, work: impl FnOnce()) {
    scope(|threads| {
        // Its answer may be that it is on its way, or that nobody is there: its gateway is killed.
        threads.spawn(|| {
            let xml = message(network, n);
            let target = ("POST", "/v1/payments");
            let request =
                network.sign(Request { client: PAYER, target, body: (XML, xml.as_bytes()) });
            let _ = http::try_send(&network.url("bank-a"), &request);
        });
        becomes(network, "bank-b", n, "PDNG");
        becomes(network, "bank-a", n, "PDNG");
        work();
    });
}

fn asked_about_then_accepted(network: &Network) {
    let before = Books::settled(network);
    while_it_waits(network, 1, || {
        // Longer than the payer waits for an answer, and through the end of either process.
        sleep(Duration::from_secs(6));
        restart(network, &["bank-b"]);
        let waits = becomes(network, "bank-b", 1, "PDNG");
        assert_eq!(
            (&waits["review"]["state"], &waits["review"]["why"][0]),
            (&json!("open"), &json!("everything"))
        );
        let case = open_case(network);
        let accept = act(network, DESK, 1, "accept", &json!({}));
        assert_eq!((accept.status, accept.code().as_str()), (409, "inquiry_open"));
        restart(network, &["bank-a", "bank-b"]);
        answer_case(network, &case);
        let closed = network.post("bank-b", CHECKER, &format!("{case}/close"), &json!({}));
        assert_eq!(closed.status, 200, "{closed:?}");
        // An answer accepts nothing: the bank wants to look at every payment.
        sleep(Duration::from_secs(3));
        assert_eq!(seen(network, "bank-b", 1)["status"], "PDNG");
        let desk = Member::new(network, "bank-b");
        let shown = desk.text(&["inbox"]);
        assert!(shown.contains("waits for this bank") && shown.contains("everything"), "{shown}");
        let (_, words) = desk.fails(&["inbox", "approve", &uetr(1)]);
        assert!(words.contains("role_missing"), "{words}");
        let accepted = desk.json(&["inbox", "accept", &uetr(1)]);
        assert_eq!(accepted["review"]["state"], "proposed", "{accepted}");
        restart(network, &["bank-b"]);
        assert_eq!(seen(network, "bank-b", 1)["review"]["proposed_by"], DESK);
        let listed = network.get("bank-b", CHECKER, "/v1/inbox?status=pending").json();
        assert_eq!(listed["payments"][0]["uetr"], uetr(1));
        let checker = Member::new(network, "bank-b-compliance");
        let said = checker.text(&["inbox", "approve", &uetr(1)]);
        assert!(said.contains("ACWP") && said.contains("accepted by"), "{said}");
        // The yes is on disk when it is said.
        restart(network, &["bank-b"]);
        becomes(network, "bank-a", 1, "ACSC");
    });
    let (a, b) = (becomes(network, "bank-a", 1, "ACSC"), becomes(network, "bank-b", 1, "ACSC"));
    assert_eq!(a["receipt"]["command_id"], b["receipt"]["command_id"]);
    assert_eq!(statuses(&a), ["RCVD", "ACTC", "ACFC", "PDNG", "ACWP", "ACSC"]);
    assert_eq!(statuses(&b), ["RCVD", "PDNG", "ACWP", "ACSC"]);
    // The same bytes again, at either bank: nothing new.
    let again = pay(network, &message(network, 1));
    assert_eq!((again.status, &again.json()["receipt"]), (200, &a["receipt"]));
    let again = act(network, CHECKER, 1, "accept/approve", &json!({}));
    assert_eq!((again.status, &again.json()["receipt"]), (200, &b["receipt"]));
    let paid = 100;
    let after = Books { a: before.a - paid, b: before.b + paid, ..before };
    after.assert_still(network, "a payment that was accepted");
    for (bank, client) in [("bank-a", PAYER), ("bank-b", DESK)] {
        let pack = network.get(bank, client, &format!("{}/evidence", path(1)));
        let file = network.of(bank).join("review-evidence.json");
        fs::write(&file, &pack.body).unwrap();
        let trust = network.path().join("genesis.json");
        let said = e2e::must(&["verify", &e2e::text(&file), "--trust", &e2e::text(&trust)]);
        assert!(said.contains("answer: accepted"), "{said}");
    }
}

/// B asks A about the payment; the case's path.
fn open_case(network: &Network) -> String {
    let question = json!({"uetr": uetr(1), "kind": "FWTR", "level": 1, "lines": ["Who pays?"]});
    let asked = network.post("bank-b", DESK, "/v1/cases", &question);
    let case = asked.json()["case"].as_str().unwrap_or_else(|| panic!("{asked:?}")).to_owned();
    format!("/v1/cases/{case}")
}

/// Two persons of A answer, and the answer is at B.
fn answer_case(network: &Network, case: &str) {
    let is = |bank: &str, state: &str| {
        until(|| network.get(bank, &format!("{bank}-core"), case).json()["state"] == state)
    };
    assert!(is("bank-a", "opened"), "the question did not arrive");
    let taken = network.post("bank-a", PAYER, &format!("{case}/accept"), &json!({}));
    assert_eq!(taken.status, 200, "{taken:?}");
    let given = ["debtor_name", "debtor_account", "creditor_name", "creditor_account"]
        .map(|field| json!({"field": field, "value": "as the message says"}));
    let answer = json!({"outcome": "INFO", "given": given});
    let prepared = network.post("bank-a", PAYER, &format!("{case}/answer"), &answer);
    let yes = json!({"content": prepared.json()["draft"]["content"]});
    let approve = format!("{case}/answer/approve");
    let sent = network.post("bank-a", "bank-a-compliance", &approve, &yes);
    assert_eq!(sent.status, 200, "{sent:?}");
    assert!(is("bank-b", "answered"), "the answer did not arrive");
}

fn rejected_by_a_person(network: &Network) {
    let before = Books::settled(network);
    while_it_waits(network, 2, || {
        let no = json!({"reason": "BE01", "information": "not our customer's name"});
        let rejected = act(network, CHECKER, 2, "reject", &no);
        assert_eq!(rejected.status, 200, "{rejected:?}");
        restart(network, &["bank-b"]);
        becomes(network, "bank-a", 2, "RJCT");
    });
    let at_a = seen(network, "bank-a", 2);
    let reason = json!({
        "code": "rejected_by_beneficiary_bank", "iso_reason": "BE01",
        "information": "not our customer's name",
    });
    assert_eq!(at_a["reason"], reason, "{at_a}");
    before.assert_still(network, "a payment that a person rejected");
    assert_eq!(becomes(network, "bank-b", 2, "RJCT")["review"]["decided_by"], CHECKER);
    let late = act(network, DESK, 2, "accept", &json!({}));
    assert_eq!((late.status, late.code().as_str()), (409, "review_decided"));
}

fn foreign_keys_decide_nothing(network: &Network) {
    while_it_waits(network, 3, || {
        for (act_of, body) in [
            ("accept", json!({})),
            ("accept/approve", json!({})),
            ("reject", json!({"reason": "MS03"})),
        ] {
            for (client, status, code) in [
                (PAYER, 401, "key_unknown"),
                ("bank-c-compliance", 401, "key_unknown"),
                ("bank-b-admin", 403, "role_missing"),
            ] {
                let refused = act(network, client, 3, act_of, &body);
                assert_eq!(
                    (refused.status, refused.code().as_str()),
                    (status, code),
                    "{act_of} {client}"
                );
            }
        }
        let of_c =
            network.post("bank-c", "bank-c-core", &format!("{}/accept", path(3)), &json!({}));
        assert_eq!((of_c.status, of_c.code().as_str()), (404, "not_found"));
        assert_eq!(network.get("bank-c", "bank-c-core", "/v1/inbox").json()["payments"], json!([]));
        assert_eq!(seen(network, "bank-b", 3)["review"]["state"], "open");
        let desk = Member::new(network, "bank-b");
        let (_, words) = desk.fails(&["inbox", "reject", &uetr(3), "--reason", "XXXX"]);
        assert!(words.contains("reason_unknown"), "{words}");
        let said = desk.text(&["inbox", "reject", &uetr(3), "--reason", "MS03"]);
        assert!(said.contains("rejected by bank-b-core"), "{said}");
        becomes(network, "bank-a", 3, "RJCT");
    });
}

fn nobody_decides(network: &Network) {
    let before = Books::settled(network);
    while_it_waits(network, 4, || {
        restart(network, &["bank-b"]);
        becomes(network, "bank-a", 4, "RJCT");
    });
    let at_a = seen(network, "bank-a", 4);
    assert_eq!(at_a["reason"], json!({"code": "not_decided_in_time", "iso_reason": "TM01"}));
    assert_eq!(becomes(network, "bank-b", 4, "RJCT")["review"]["state"], "expired");
    before.assert_still(network, "a payment that nobody decided");
    let late = act(network, DESK, 4, "accept", &json!({}));
    assert_eq!((late.status, late.code().as_str()), (409, "review_expired"));
}
