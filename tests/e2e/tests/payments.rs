//! Payments over HTTP against real processes: a crash of everything.

use e2e::{
    books::{Books, FIXTURE_UETR, XML, pay, uetr},
    network::Network,
};
use serde_json::json;

const CORE: &str = "bank-a-core";

#[test]
fn after_a_crash_of_every_process_every_acknowledged_payment_is_there() {
    let mut network = Network::start();
    let before = Books::settled(&network);
    let message = network.message().replace("12500.00", "10.00");
    // All at once, so that blocks hold several of them.
    let settled: Vec<_> = std::thread::scope(|scope| {
        let payments = (1..=15).map(|n| {
            let (network, message) = (&network, message.replace(FIXTURE_UETR, &uetr(n)));
            scope.spawn(move || {
                let answer = pay(network, &message);
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
    let answer = pay(&network, &message.replace(FIXTURE_UETR, &uetr(16)));
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ACSC")), "{answer:?}");
    let books = Books::settled(&network);
    assert_eq!((books.a, books.b), (before.a - 16_000, before.b + 16_000));
}
