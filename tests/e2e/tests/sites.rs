//! A site is gone: with validators (`florin drill second-site`), and with a gateway.

use std::{fs, process::Command, time::Instant};

use e2e::{
    books::{FIXTURE_UETR, XML, uetr},
    http::Answer,
    network::{Network, Request, until},
    text,
};
use serde_json::{Value, json};

/// Each case says what it took; the steps come in their order, and payments settle again with the rebuilt votes.
#[test]
fn c1_c6_a_lost_site_is_rebuilt_in_time_and_no_acknowledged_payment_is_gone() {
    let args =
        ["drill", "second-site", "--seconds", "2", "--accounts", "8", "--epoch-length", "32"];
    let ended = e2e::run(&[&args[..], &["--json"]].concat());
    let text = String::from_utf8_lossy(&ended.stdout);
    let report: Value = text
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("{ended:?}"));
    println!("{report}");
    assert!(ended.status.success(), "{report}");
    assert_eq!(report["goals"], json!({"rto_s": 7_200, "rpo_payments": 0}));
    let expected = [
        ("quorum_kept", json!([1, 3])),
        ("quorum_lost_from_survivors", json!([2, 2])),
        ("quorum_lost_from_replica", json!([2, 2])),
    ];
    let cases = report["cases"].as_array().unwrap();
    assert_eq!(cases.len(), expected.len(), "{report}");
    for (case, (name, validators)) in cases.iter().zip(expected) {
        assert_eq!((&case["case"], &case["validators"]), (&json!(name), &validators), "{report}");
        assert_eq!((&case["faults"], &case["rpo_payments"]), (&json!([]), &json!(0)), "{case}");
        assert_eq!(case["sent"], case["proven"], "{case}");
        assert!(case["proven_before"].as_u64() > Some(20), "{case}");
        assert!(case["proven"].as_u64() > case["proven_before"].as_u64(), "{case}");
        let seconds =
            |field: &str| case[field].as_f64().unwrap_or_else(|| panic!("{field}: {case}"));
        assert!(seconds("rto_s") > 0.0 && seconds("whole_s") >= seconds("rto_s"), "{case}");
        // Without a quorum it stood still for a while that was looked at.
        assert!(name == "quorum_kept" || seconds("rto_s") > 3.0, "{case}");
        let steps = case["steps"].as_array().unwrap();
        let times: Vec<f64> = steps.iter().map(|step| step["after_s"].as_f64().unwrap()).collect();
        assert!(times.len() > 5 && times.is_sorted(), "{case}");
    }
}

const HERE: &str = "bank-a";
const THERE: &str = "bank-a-in-the-south";
const CORE: &str = "bank-a-core";

/// A payment of bank A's core system, which asks for no wait: 202 says that the gateway has it.
fn pay(network: &Network, gateway: &str, uetr: &str) -> Answer {
    let xml = network.message().replace(FIXTURE_UETR, uetr).replace("12500.00", "1.00");
    let file = network.path().join("payment.xml");
    fs::write(&file, xml).unwrap();
    let args = ["--data", &text(&file), "--content-type", XML];
    let bytes = e2e::http::signed(&network.client(CORE), ("POST", "/v1/payments"), &args);
    e2e::http::send(&network.url(gateway), &bytes)
}

fn status(network: &Network, uetr: &str) -> Value {
    let target = ("GET", &*format!("/v1/payments/{uetr}"));
    network.call(THERE, Request { client: CORE, target, body: ("", b"") }).json()["status"].clone()
}

/// Its folder was mirrored: it goes on at the other site under the same address, and what it acknowledged ends there.
#[test]
fn a_gateway_goes_on_from_its_mirrored_folder_and_every_acknowledged_payment_ends() {
    let network = Network::start();
    let acknowledged: Vec<String> = (0..12).map(|number| uetr(0x51_7E00 + number)).collect();
    for uetr in &acknowledged {
        let answer = pay(&network, HERE, uetr);
        assert!([200, 202].contains(&answer.status), "{uetr}: {answer:?}");
    }
    let lost = Instant::now();
    network.kill(&[HERE.to_owned()]);
    let copied = Command::new("cp").arg("-a").args([network.of(HERE), network.of(THERE)]).status();
    assert!(copied.is_ok_and(|status| status.success()));
    fs::remove_dir_all(network.of(HERE)).unwrap();
    network.start_again(&[THERE.to_owned()]);
    let new = uetr(0x51_7EFF);
    let answer = pay(&network, THERE, &new);
    assert!([200, 202].contains(&answer.status), "{answer:?}");
    assert!(until(|| status(&network, &new) == "ACSC"), "{}", network.log(THERE));
    println!("a payment sent after the loss settled {:?} after it", lost.elapsed());
    for uetr in &acknowledged {
        assert!(until(|| status(&network, uetr) == "ACSC"), "{uetr}: {}", status(&network, uetr));
    }
}
