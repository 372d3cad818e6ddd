//! A second currency of the demo's network: accounts of banks A and B, a reserve account, money.

use serde_json::{Value, json};

use crate::network::{Network, until};

/// Its code; the demo is started with `--currency EUR`.
pub const SECOND: &str = "EUR";

/// What an answer says, when it is one.
fn done(what: &str, answer: &crate::http::Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{what}: {answer:?}");
    answer.json()
}

/// One operator proposes, another approves; what was answered to the proposal.
fn govern(network: &Network, action: &Value) -> Value {
    let proposed = network.post("operator", "operator-maker", "/v1/proposals", action);
    let proposed = done("proposal", &proposed);
    approve(network, ("operator", "operator-checker"), &proposed);
    proposed
}

fn approve(network: &Network, (gateway, client): (&str, &str), proposed: &Value) {
    let path = format!("/v1/proposals/{}", proposed["command_id"].as_str().unwrap_or_default());
    let read = done(&path, &network.get(gateway, client, &path));
    let yes = json!({"content": read["content"]});
    let applied = network.post(gateway, client, &format!("{path}/approve"), &yes);
    assert_eq!(done(&path, &applied)["outcome"], "applied", "{applied:?}");
}

/// Opens accounts of banks A and B in the second currency.
///
/// # Panics
/// When the network refuses that.
pub fn open_accounts(network: &Network) {
    for bank in ["bank-a", "bank-b"] {
        let member = network.lei(bank);
        let open = json!({"action": "open_account", "member": member, "currency": SECOND});
        govern(network, &open);
        assert!(until(|| available(network, bank, SECOND).is_some()), "{bank}'s account");
    }
}

/// The number of the second currency's reserve account.
pub const NUMBER: &str = "RESERVE-0002";

/// Registers a reserve account of the second currency with the number; what its proposal drew.
///
/// # Panics
/// When the network refuses that.
#[must_use]
pub fn register_reserve(network: &Network) -> Value {
    let register = json!({
        "action": "register_reserve", "custodian": network.lei("custodian"), "currency": SECOND,
        "number": NUMBER, "class": "custodian",
    });
    govern(network, &register)["drawn"].clone()
}

/// Mints so much of the second currency for bank B, against a reserve account of its own.
///
/// # Panics
/// When the network refuses that.
pub fn fund_bank_b(network: &Network, amount: &str) {
    let reserve = register_reserve(network)["reserve"].clone();
    let custodian = |path: &str, body: &Value| {
        done(path, &network.post("custodian", "custodian-core", path, body));
    };
    let entry = json!({
        "reserve": reserve, "servicer_reference": "CUST-FX-000001", "direction": "credit",
        "amount": amount, "member": network.lei("bank-b"), "reference": "FUND-FX",
    });
    let request = json!({
        "amount": amount, "currency": SECOND, "reserve": reserve, "reference": "FUND-FX",
    });
    let asked = network.post("bank-b", "bank-b-core", "/v1/mint-requests", &request);
    let asked = done("mint request", &asked)["command_id"].as_str().unwrap_or_default().to_owned();
    custodian("/v1/entries", &entry);
    let attested = json!({"reserve": reserve, "balance": amount, "available": amount});
    custodian("/v1/attestations", &attested);
    let path = format!("/v1/mint-orders/{asked}/propose");
    let mut proposed = Value::Null;
    // Treasury's gateway hears of request and entry by their receipts.
    let matched = until(|| {
        let answer = network.post("treasury", "treasury-maker", &path, &json!({}));
        proposed = answer.json();
        (200..300).contains(&answer.status)
    });
    assert!(matched, "{proposed}");
    approve(network, ("treasury", "treasury-checker"), &proposed);
    assert!(until(|| available(network, "bank-b", SECOND).as_deref() == Some(amount)), "minted");
}

/// What a bank can spend of a currency, as decimal text.
#[must_use]
pub fn available(network: &Network, bank: &str, currency: &str) -> Option<String> {
    let accounts = network.get(bank, &format!("{bank}-core"), "/v1/accounts").json();
    let mut all = accounts.as_array()?.iter();
    let found = all.find(|account| account["currency"] == currency)?;
    found["available"].as_str().map(str::to_owned)
}
