//! Requests that were recorded on their way: sent again, elsewhere, later, altered, in another order.

use e2e::{
    books::{Books, CURRENCY, uetr},
    http::{self, Answer},
    network::{Network, Request},
};
use serde_json::json;

const CORE: &str = "bank-a-core";
const JSON: &str = "application/json";

fn order(network: &Network, number: u64) -> Vec<u8> {
    let body = json!({
        "uetr": uetr(number), "end_to_end_id": format!("REPLAY-{number}"),
        "amount": "7.00", "currency": CURRENCY,
        "debtor": {"name": "Orchard Tools Ltd", "account": "700418825531"},
        "creditor": {"name": "Henrike Vossbrink", "iban": "DE39999999990012345678"},
        "creditor_agent": {"lei": network.lei("bank-b")},
    });
    let body = body.to_string().into_bytes();
    let target = ("POST", "/v1/payments");
    network.sign(Request { client: CORE, target, body: (JSON, &body) })
}

fn sent(network: &Network, to: &str, request: &[u8]) -> Answer {
    http::send(&network.url(to), request)
}

fn restarted(network: &Network) {
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
}

/// One request counts once, at one gateway, as it was signed.
#[test]
fn a_recorded_request_counts_once_whenever_wherever_and_however_it_is_sent_again() {
    let network = Network::start();
    let before = Books::settled(&network);
    let (first, second) = (order(&network, 301), order(&network, 302));
    // Altered on its way, before the true one comes: refused, and the true one still counts.
    let altered = String::from_utf8(first.clone()).unwrap().replace("\"7.00\"", "\"8.00\"");
    let refused = sent(&network, "bank-a", altered.as_bytes());
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "content_digest_mismatch"),
        "{refused:?}"
    );
    let moved = String::from_utf8(first.clone()).unwrap();
    let moved = moved.replacen("POST /v1/payments ", "POST /v1/simulate ", 1);
    let refused = sent(&network, "bank-a", moved.as_bytes());
    assert_eq!(refused.status, 401, "{refused:?}");
    // At gateways of others, before and after it was taken: nobody knows the key there.
    let elsewhere = |request: &[u8]| {
        for other in ["bank-b", "bank-c", "treasury", "custodian"] {
            let refused = sent(&network, other, request);
            assert_eq!(refused.status, 401, "{other}: {refused:?}");
        }
    };
    elsewhere(&first);
    // The order in which two requests come does not matter, and each counts.
    assert_eq!(sent(&network, "bank-a", &second).status, 200);
    assert_eq!(sent(&network, "bank-a", &first).status, 200);
    let after = Books { a: before.a - 1_400, b: before.b + 1_400, ..before.clone() };
    after.assert_still(&network, "two requests in the other order");
    // Again, at once, after a crash, and from a second connection at the same time.
    let again = |what: &str| {
        for request in [&first, &second] {
            let refused = sent(&network, "bank-a", request);
            assert_eq!((refused.status, refused.code().as_str()), (401, "nonce_reused"), "{what}");
        }
    };
    again("at once");
    restarted(&network);
    again("after a crash");
    elsewhere(&second);
    let third = order(&network, 303);
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let each = (0..8).map(|_| scope.spawn(|| sent(&network, "bank-a", &third).status));
        let all: Vec<_> = each.collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let taken = answers.iter().filter(|status| **status == 200).count();
    let refused = answers.iter().filter(|status| **status == 401).count();
    assert_eq!((taken, refused), (1, 7), "{answers:?}");
    let after = Books { a: before.a - 2_100, b: before.b + 2_100, ..before };
    after.assert_still(&network, "three requests, sent seventeen times");
}
