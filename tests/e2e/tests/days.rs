//! Payments that wait, standing orders and watched folders over `kill -9`.

use std::{collections::BTreeSet, fs};

use e2e::{
    books::{Books, CURRENCY, FIXTURE_UETR, uetr},
    network::{Network, until},
};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};

const CORE: &str = "bank-a-core";

fn in_days(days: i32) -> String {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.checked_add(days.days()).unwrap().to_string()
}

fn payment(network: &Network, reference: &str) -> Value {
    json!({
        "end_to_end_id": reference, "amount": "5.00", "currency": CURRENCY,
        "debtor": {"name": "Orchard Tools Ltd", "account": "700418825531"},
        "creditor": {"name": "Henrike Vossbrink", "iban": "DE39999999990012345678"},
        "creditor_agent": {"lei": network.lei("bank-b")},
    })
}

fn crash(network: &Network) {
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
}

/// P8, P9: a payment for tomorrow is there after a crash, once, and so is its end.
#[test]
fn a_payment_that_waits_and_its_cancellation_outlive_a_crash() {
    let network = Network::start();
    let before = Books::settled(&network);
    let mut wanted = payment(&network, "TOMORROW-1");
    wanted["uetr"] = json!(uetr(81));
    wanted["settlement_date"] = json!(in_days(1));
    let taken = network.post("bank-a", CORE, "/v1/payments", &wanted);
    assert_eq!((taken.status, &taken.json()["status"]), (202, &json!("PDNG")), "{taken:?}");
    crash(&network);
    let again = network.post("bank-a", CORE, "/v1/payments", &wanted);
    assert_eq!(again.json()["status"], "PDNG", "{again:?}");
    let listed = network.get("bank-a", CORE, "/v1/scheduled-payments").json();
    assert_eq!(listed["payments"].as_array().unwrap().len(), 1, "{listed}");
    let path = format!("/v1/payments/{}", uetr(81));
    let ended = network.post("bank-a", CORE, &format!("{path}/cancel"), &json!({}));
    assert_eq!(ended.json()["status"], "RJCT", "{ended:?}");
    crash(&network);
    assert_eq!(network.get("bank-a", CORE, &path).json()["status"], "RJCT");
    let listed = network.get("bank-a", CORE, "/v1/scheduled-payments").json();
    assert_eq!(listed, json!({"payments": []}));
    before.assert_still(&network, "a payment that was cancelled");
}

/// O1: the first day of an order is one payment, whenever the gateway dies.
#[test]
fn a_standing_order_pays_once_however_often_its_gateway_dies() {
    let network = Network::start();
    let before = Books::settled(&network);
    let wanted = json!({
        "payment": payment(&network, "RENT-1"), "first": in_days(0), "every": "month",
    });
    let given = network.post("bank-a", CORE, "/v1/standing-orders", &wanted);
    assert_eq!(given.status, 200, "{given:?}");
    let order = given.json()["standing_order"].as_str().unwrap().to_owned();
    let path = format!("/v1/standing-orders/{order}/executions");
    for _ in 0..3 {
        crash(&network);
    }
    let mut made = Value::Null;
    let settled = until(|| {
        made = network.get("bank-a", CORE, &path).json();
        made["executions"][0]["status"] == "ACSC"
    });
    assert!(settled, "{made}");
    assert_eq!(made["executions"].as_array().unwrap().len(), 1, "{made}");
    let after = Books { a: before.a - 500, b: before.b + 500, ..before };
    after.assert_still(&network, "one execution");
}

/// J1: a file that is found again after a crash pays nothing twice.
#[test]
fn a_file_in_a_watched_folder_counts_once_however_often_its_gateway_dies() {
    let network = Network::start();
    let root = network.path().join("folders");
    let of = |name: &str| root.join(name);
    let section = format!(
        "[folders]\nin = \"{}\"\nout = \"{}\"\ndone = \"{}\"\nfailed = \"{}\"\n\n[api]",
        of("in").display(),
        of("out").display(),
        of("done").display(),
        of("failed").display(),
    );
    network.configure("bank-a", "[api]", &section);
    crash(&network);
    let before = Books::settled(&network);
    let message = network.message().replace("12500.00", "5.00").replace(FIXTURE_UETR, &uetr(82));
    for round in 0..3 {
        let part = of("in").join("payment.tmp");
        fs::write(&part, &message).unwrap();
        fs::rename(part, of("in").join("payment.xml")).unwrap();
        crash(&network);
        let taken = until(|| fs::read_dir(of("in")).unwrap().next().is_none());
        assert!(taken, "round {round}");
    }
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(of(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!((names("done").len(), names("failed").len()), (1, 0), "{:?}", names("out"));
    assert!(names("out").iter().any(|name| name.ends_with("payment.xml.ack.xml")));
    let after = Books { a: before.a - 500, b: before.b + 500, ..before };
    after.assert_still(&network, "one file, three times");
}
