//! A request that sends a command counts once under its `Idempotency-Key` (G1).

use std::fs;

use e2e::{
    books::CURRENCY,
    http::{self, Answer},
    network::Network,
};
use serde_json::{Value, json};

const CORE: &str = "bank-a-core";

fn redeem(network: &Network, key: &str, body: &Value) -> Answer {
    let file = network.path().join("redemption.json");
    fs::write(&file, body.to_string()).unwrap();
    let data = file.display().to_string();
    let more = ["--idempotency-key", key, "--prefer", "wait=25", "--data", &data];
    let request = http::signed(&network.client(CORE), ("POST", "/v1/redemptions"), &more);
    http::send(&network.url("bank-a"), &request)
}

fn preburned(network: &Network) -> Value {
    network.get("bank-a", CORE, "/v1/accounts").json()[0]["preburned"].clone()
}

/// G1.
#[test]
fn a_redemption_asked_for_again_under_its_key_locks_no_more_tokens_also_after_a_crash() {
    let network = Network::start();
    let supply = network.get("treasury", "treasury-maker", &format!("/v1/supply/{CURRENCY}"));
    let reserve = supply.json()["reserves"][0].as_str().unwrap().to_owned();
    let body = |amount: &str| json!({"amount": amount, "currency": CURRENCY, "reserve": reserve});
    let first = redeem(&network, "desk-0001", &body("5.00"));
    assert_eq!(first.status, 200, "{first:?}");
    let again = redeem(&network, "desk-0001", &body("5.00"));
    assert_eq!(again.json()["command_id"], first.json()["command_id"], "{again:?}");
    assert_eq!(preburned(&network), "5.00");
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
    let later = redeem(&network, "desk-0001", &body("5.00"));
    assert_eq!(later.json()["command_id"], first.json()["command_id"], "{later:?}");
    let other = redeem(&network, "desk-0001", &body("6.00"));
    assert_eq!((other.status, other.code().as_str()), (409, "idempotency_conflict"));
    assert_eq!(preburned(&network), "5.00");
    let new = redeem(&network, "desk-0002", &body("6.00"));
    assert_eq!(new.status, 200, "{new:?}");
    assert_eq!(preburned(&network), "11.00");
}
