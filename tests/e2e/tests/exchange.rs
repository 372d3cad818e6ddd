//! Two currencies against each other by a market maker's quote, over real processes: both sums move,
//! or none, whoever is killed in between.

use std::{
    thread::{scope, sleep},
    time::Duration,
};

use e2e::{
    books::{CURRENCY, register},
    currency::{NUMBER, SECOND, available, fund_bank_b, open_accounts, register_reserve},
    http,
    network::{Network, Request, until},
};
use serde_json::{Value, json};

const TAKER: (&str, &str) = ("bank-a", "bank-a-core");
const MAKER: (&str, &str) = ("bank-b", "bank-b-core");

/// Minor units of both banks in both currencies: A's dollars, A's euros, B's dollars, B's euros.
type Four = [i128; 4];

fn books(network: &Network) -> Four {
    let minor = |bank, currency| {
        let text = available(network, bank, currency).unwrap_or_default();
        text.replace('.', "").parse().unwrap_or(-1)
    };
    [
        minor("bank-a", CURRENCY),
        minor("bank-a", SECOND),
        minor("bank-b", CURRENCY),
        minor("bank-b", SECOND),
    ]
}

fn become_(network: &Network, expected: Four, after: &str) {
    let mut found = books(network);
    let same = until(|| {
        found = books(network);
        found == expected
    });
    assert!(same, "after {after}: {found:?} instead of {expected:?}");
}

fn after_exchange([a, a2, b, b2]: Four, gives: i128, gets: i128) -> Four {
    [a - gives, a2 + gets, b + gives, b2 - gets]
}

fn set_rates(network: &Network, quote_s: u64) {
    let rates = json!({
        "base": CURRENCY, "quote": SECOND, "bid": "0.9217", "ask": "0.9231", "base_fee": "0.35",
        "limit": "1000.00", "account": "FX-DESK", "quote_s": quote_s, "valid_s": 3600,
    });
    let answer = network.post(MAKER.0, MAKER.1, "/v1/fx/rates", &rates);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// A quote for 100 dollars: 92.17 euros for 100.35.
fn quote(network: &Network) -> String {
    let ask = json!({
        "maker": network.lei(MAKER.0), "source_currency": CURRENCY, "target_currency": SECOND,
        "source_amount": "100.00", "charge_bearer": "DEBT", "account": "700418825531",
    });
    let mut answer = network.post(TAKER.0, TAKER.1, "/v1/quotes", &ask);
    // A gateway that has just started has not read the directory.
    until(|| {
        let again = answer.status == 503 || answer.json()["code"] == "agent_unknown";
        if again {
            answer = network.post(TAKER.0, TAKER.1, "/v1/quotes", &ask);
        }
        !again
    });
    let report = answer.json();
    assert_eq!((answer.status, &report["state"]), (200, &json!("quoted")), "{answer:?}");
    let terms = &report["terms"];
    assert_eq!((&terms["gives"], &terms["gets"]), (&json!("100.35"), &json!("92.17")), "{report}");
    report["quote"].as_str().unwrap().to_owned()
}

fn accept(network: &Network, quote: &str) -> http::Answer {
    network.post(TAKER.0, TAKER.1, &format!("/v1/quotes/{quote}/accept"), &json!({}))
}

#[test]
fn r3_r4_a_quote_moves_exactly_the_quoted_sums_once_whoever_is_killed() {
    let network = Network::start_with(&["--currency", SECOND]);
    open_accounts(&network);
    fund_bank_b(&network, "5000.00");
    register(&network, "bank-b", "FX-DESK", &json!({}));
    let before = books(&network);
    assert_eq!((before[1], before[3]), (0, 500_000), "{before:?}");
    refused_before_anything_moves(&network);
    become_(&network, before, "what was refused");
    let then = once(&network, before);
    killed(&network, then);
    named_twice(&network);
}

/// A number of a custodian's account names one reserve account, until it says otherwise.
fn named_twice(network: &Network) {
    let [first, second] = [register_reserve(network), register_reserve(network)];
    let known_as = |drawn: &Value, replaces: &Value| {
        let body = json!({
            "currency": SECOND, "number": NUMBER, "salt": drawn["salt"], "replaces": replaces,
        });
        let answer = network.post("custodian", "custodian-core", "/v1/reserves", &body);
        (answer.status, answer.code())
    };
    let (none, known) = (Value::Null, (200, String::new()));
    let taken = (409, "reserve_number_taken".to_owned());
    for (drawn, replaces, expected) in [
        (&first, &none, &known),
        (&first, &none, &known),
        (&second, &none, &taken),
        (&second, &second["reserve"], &taken),
        (&second, &first["reserve"], &known),
        (&first, &none, &taken),
    ] {
        assert_eq!(&known_as(drawn, replaces), expected, "{drawn} {replaces}");
    }
}

/// Expired, altered, another's: nothing moves.
fn refused_before_anything_moves(network: &Network) {
    set_rates(network, 1);
    let expired = quote(network);
    sleep(Duration::from_millis(1_100));
    let late = accept(network, &expired);
    assert_eq!((late.status, late.code().as_str()), (409, "quote_expired"), "{late:?}");
    set_rates(network, 120);
    let open = quote(network);
    let path = format!("/v1/quotes/{open}/accept");
    let seen = json!({"gets": "92.18"});
    let altered = network.post(TAKER.0, TAKER.1, &path, &seen);
    assert_eq!((altered.status, altered.code().as_str()), (409, "quote_altered"), "{altered:?}");
    for (gateway, client) in [MAKER, ("bank-c", "bank-c-core")] {
        let others = network.post(gateway, client, &path, &json!({}));
        assert_eq!((others.status, others.code().as_str()), (404, "not_found"), "{others:?}");
    }
    let at_c = network.get("bank-c", "bank-c-core", &format!("/v1/quotes/{open}"));
    assert_eq!(at_c.status, 404);
}

/// Accepted, sent twice byte for byte, accepted again: one exchange.
fn once(network: &Network, before: Four) -> Four {
    let id = quote(network);
    let path = format!("/v1/quotes/{id}/accept");
    let body = ("application/json", &b"{}"[..]);
    let request = network.sign(Request { client: TAKER.1, target: ("POST", &path), body });
    let url = network.url(TAKER.0);
    let done = http::send(&url, &request);
    assert_eq!((done.status, &done.json()["outcome"]), (200, &json!("applied")), "{done:?}");
    let then = after_exchange(before, 10_035, 9_217);
    become_(network, then, "an accepted quote");
    let replayed = http::send(&url, &request);
    assert_eq!(replayed.status, 401, "the same bytes are not a new request: {replayed:?}");
    let used = accept(network, &id);
    assert_eq!((used.status, used.code().as_str()), (409, "quote_used"), "{used:?}");
    become_(network, then, "a quote that was used");
    for (gateway, client) in [TAKER, MAKER] {
        let mut report = Value::Null;
        let settled = until(|| {
            report = network.get(gateway, client, &format!("/v1/quotes/{id}")).json();
            report["state"] == "settled"
        });
        assert!(settled, "{gateway}: {report}");
        each_leg_is_proved(network, (gateway, client), &report);
    }
    then
}

/// The receipts of both legs verify with nothing but the genesis.
fn each_leg_is_proved(network: &Network, (gateway, client): (&str, &str), report: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let genesis = network.path().join("genesis.json").display().to_string();
    let receipts = report["receipts"].as_array().unwrap();
    assert_eq!(receipts.len(), 2, "{report}");
    for (place, expected) in ["100.35", "92.17"].iter().enumerate() {
        let href = receipts[place]["href"].as_str().unwrap();
        let file = network.get(gateway, client, href);
        let path = folder.path().join(format!("receipt-{place}.json"));
        std::fs::write(&path, &file.body).unwrap();
        let verified = e2e::run(&["verify", &path.display().to_string(), "--trust", &genesis]);
        assert_eq!(verified.status.code(), Some(0), "{verified:?}");
        assert_eq!(file.json()["summary"]["amount"], *expected);
    }
}

/// SIGKILL to one of the two banks at several moments of an acceptance: afterwards both sums have
/// moved or none, and an accepted quote can be brought to its end.
fn killed(network: &Network, mut before: Four) {
    for (round, (victim, after_ms)) in
        [("bank-a", 0), ("bank-a", 60), ("bank-b", 20), ("bank-a", 250)].into_iter().enumerate()
    {
        let id = quote(network);
        let path = format!("/v1/quotes/{id}/accept");
        let body = ("application/json", &b"{}"[..]);
        let request = network.sign(Request { client: TAKER.1, target: ("POST", &path), body });
        let url = network.url(TAKER.0);
        scope(|threads| {
            // Its answer, if any, says nothing that the ledger does not say better.
            threads.spawn(|| http::try_send(&url, &request));
            sleep(Duration::from_millis(after_ms));
            network.kill(&[victim.to_owned()]);
        });
        network.start_again(&[victim.to_owned()]);
        let whole = after_exchange(before, 10_035, 9_217);
        let mut said = Value::Null;
        // What was sent goes on by itself; what was not is accepted now, under another key.
        let ended = until(|| {
            let answer = accept(network, &id);
            said = answer.json();
            let found = books(network);
            assert!(
                found == before || found == whole || mixed(&found, &before, &whole),
                "{found:?}"
            );
            (answer.status == 200 || answer.code() == "quote_used") && books(network) == whole
        });
        assert!(ended, "round {round}: {victim} {after_ms}: {said} {:?}", books(network));
        become_(network, whole, "a round of kills");
        before = whole;
    }
}

/// Each bank is asked by itself, and may show the block before or after: never anything else.
fn mixed(found: &Four, before: &Four, whole: &Four) -> bool {
    (0..4).all(|place| [before[place], whole[place], -1].contains(&found[place]))
}
