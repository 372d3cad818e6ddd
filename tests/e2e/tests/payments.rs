//! Payments over HTTP against real processes: bad requests, and a crash of everything.

use e2e::network::{Answer, Network, Request, raw, unsigned};
use serde_json::json;

const XML: &str = "application/xml";
const JSON: &str = "application/json";
const CORE: &str = "bank-a-core";
const FIXTURE_UETR: &str = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";

fn uetr(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}

fn pay(network: &Network, media: &str, body: &str) -> Answer {
    let target = ("POST", "/v1/payments");
    network.call("bank-a", Request { client: CORE, target, body: (media, body) })
}

fn balances(network: &Network) -> (String, String) {
    let available = |bank: &str| {
        let answer = network.get(bank, &format!("{bank}-core"), "/v1/accounts");
        let account = &answer.json()[0];
        assert_eq!(account["held"], "0.00", "{answer:?}");
        account["available"].as_str().unwrap_or_default().to_owned()
    };
    (available("bank-a"), available("bank-b"))
}

#[test]
fn bad_requests_get_a_code_and_change_nothing() {
    let network = Network::start();
    let before = balances(&network);
    let good = network.message().replace(FIXTURE_UETR, &uetr(1));
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    let cut = &good[..good.len() / 2];
    let dtd = good.replacen("?>", "?><!DOCTYPE a [<!ENTITY b \"c\">]>", 1);
    let cases: [(&str, String, u16, &str); 13] = [
        ("truncated", cut.to_owned(), 400, "malformed_xml"),
        ("a DTD", dtd, 400, "dtd_refused"),
        ("not a payment", "<a/>".to_owned(), 400, "unknown_message"),
        ("another version", with("pacs.008.001.08\"", "pacs.008.001.07\""), 400, "unknown_version"),
        ("cover", with("<SttlmMtd>CLRG", "<SttlmMtd>COVE"), 422, "settlement_method_unsupported"),
        ("another system", with("FLORIN", "OTHER"), 422, "clearing_system_unknown"),
        ("unknown currency", with("Ccy=\"USD\"", "Ccy=\"EUR\""), 422, "currency_unknown"),
        ("too many decimals", with("12500.00", "12500.001"), 422, "amount_too_many_decimals"),
        ("zero", with("12500.00", "0.00"), 422, "amount_zero"),
        ("negative", with("12500.00", "-1.00"), 422, "amount_malformed"),
        ("more than there is", with("12500.00", "99999999.00"), 422, "insufficient_funds"),
        ("stranger's account", with("700418825531", "700418825532"), 422, "debtor_unknown"),
        (
            // P3
            "same leg, other content",
            network.message().replace("12500.00", "12500.01"),
            409,
            "leg_conflict",
        ),
    ];
    for (n, (what, body, status, code)) in (2..).zip(cases) {
        // Each under a reference of its own, but for the one that repeats a settled payment's.
        let answer = pay(&network, XML, &body.replace(&uetr(1), &uetr(n)));
        let reason = answer.json()["reason"]["code"].as_str().unwrap_or_default().to_owned();
        let found = if reason.is_empty() { answer.code() } else { reason };
        assert_eq!((answer.status, found.as_str()), (status, code), "{what}: {answer:?}");
    }
    not_json_and_too_large(&network);
    who_may_not(&network);
    assert_eq!(balances(&network), before);
    let metrics = unsigned(&network.url("bank-a"), "/metrics");
    assert_eq!(metrics, Some(200));
}

fn not_json_and_too_large(network: &Network) {
    let answer = pay(network, JSON, "{\"amount\": 1}");
    assert_eq!((answer.status, answer.code().as_str()), (400, "request_malformed"));
    let announced = "POST /v1/payments HTTP/1.1\r\ncontent-type: application/xml\r\n\
                     content-length: 10485760";
    assert_eq!(raw(&network.url("bank-a"), announced), Some(413));
}

/// Without a signature, without the role, without being a party.
fn who_may_not(network: &Network) {
    assert_eq!(unsigned(&network.url("bank-a"), "/v1/accounts"), Some(401));
    let body = json!({"name": "x", "account": "1", "level": "full", "valid_days": 1}).to_string();
    let target = ("POST", "/v1/customers");
    let answer = network.call("bank-a", Request { client: CORE, target, body: (JSON, &body) });
    assert_eq!((answer.status, answer.code().as_str()), (403, "role_missing"));
    // A client of another bank is a stranger here.
    let answer = network.get("bank-a", "bank-b-core", "/v1/accounts");
    assert_eq!(answer.status, 401, "{answer:?}");
    // The receipt of A's hold and settlement is B's too, but not the treasury's.
    let payment = network.get("bank-a", CORE, &format!("/v1/payments/{FIXTURE_UETR}")).json();
    let href = payment["receipt"]["href"].as_str().unwrap_or_default().to_owned();
    assert_eq!(network.get("bank-b", "bank-b-core", &href).status, 200);
    assert_eq!(network.get("treasury", "treasury-maker", &href).status, 404);
    // The maker cannot approve: it has no such role here, and would be the same person there.
    let target = ("POST", "/v1/proposals/00/approve");
    let request = Request { client: "treasury-maker", target, body: (JSON, "{}") };
    assert_eq!(network.call("treasury", request).code(), "role_missing");
}

#[test]
fn after_a_crash_of_every_process_every_acknowledged_payment_is_there() {
    let mut network = Network::start();
    let message = network.message().replace("12500.00", "10.00");
    // All at once, so that blocks hold several of them.
    let settled: Vec<_> = std::thread::scope(|scope| {
        let payments = (1..=15).map(|n| {
            let (network, message) = (&network, message.replace(FIXTURE_UETR, &uetr(n)));
            scope.spawn(move || {
                let answer = pay(network, XML, &message);
                assert_eq!(answer.status, 200, "{answer:?}");
                (uetr(n), answer.json()["receipt"]["sha256"].clone())
            })
        });
        let payments: Vec<_> = payments.collect();
        payments.into_iter().map(|payment| payment.join().unwrap()).collect()
    });
    // One more that is acknowledged and on its way when everything dies.
    let key = network.path().join("clients/bank-a-core.pem").display().to_string();
    let url = format!("{}/v1/payments", network.url("bank-a"));
    let body = network.path().join("last.xml");
    std::fs::write(&body, message.replace(FIXTURE_UETR, &uetr(16))).unwrap();
    let body = body.display().to_string();
    let args = ["call", "POST", &url, "--key", &key, "--data", &body, "--content-type", XML];
    let accepted = e2e::run(&args);
    assert!(String::from_utf8_lossy(&accepted.stderr).contains("HTTP 202"), "{accepted:?}");
    network.kill_all();
    network.restart_all();
    for (uetr, hash) in settled {
        let payment = network.get("bank-a", CORE, &format!("/v1/payments/{uetr}")).json();
        assert_eq!(payment["status"], "ACSC", "{payment}");
        assert_eq!(payment["receipt"]["sha256"], hash, "{payment}");
    }
    // A resend waits for the end of the one that was on its way, and does not pay twice.
    let answer = pay(&network, XML, &message.replace(FIXTURE_UETR, &uetr(16)));
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ACSC")), "{answer:?}");
    let paid = 12_500.00 + 1_250.00 + 16.0 * 10.00;
    let (a, b) = balances(&network);
    assert_eq!((a, b), (format!("{:.2}", 25_000.00 - paid), format!("{paid:.2}")));
}
