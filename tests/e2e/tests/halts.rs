//! A network that an emergency key halts and operators resume, over real processes (D9 to D12).

use std::path::{Path, PathBuf};

use e2e::{
    books::{FIXTURE_UETR, pay, uetr},
    json_of, must,
    network::{Network, until},
    text,
};
use serde_json::{Value, json};

const CORE: &str = "bank-a-core";
const HALTED: &str = "florin_halt_remaining_seconds";

fn message(network: &Network, id: &str) -> String {
    network.message().replace(FIXTURE_UETR, id).replace("12500.00", "1.00")
}

/// Pays one euro and waits until the payment has settled.
fn paid(network: &Network, number: u64) {
    let xml = message(network, &uetr(0x6_0000 + number));
    let mut answer = pay(network, &xml);
    let settled = until(|| {
        if answer.status != 200 {
            answer = pay(network, &xml);
        }
        answer.status == 200
    });
    assert!(settled, "{answer:?}");
}

fn printed(args: &[&str]) -> Value {
    serde_json::from_str(&must(&[&["network"], args].concat())).unwrap()
}

fn operators(network: &Network) -> [PathBuf; 2] {
    let keys = network.path().join("operator/keys");
    ["maker", "checker"].map(|who| keys.join(who).join("operator.key"))
}

/// What an operator proposed, and another approves; what was said to the approval.
fn decided(network: &Network, propose: &Value) -> (i32, String) {
    let [maker, checker] = operators(network);
    let genesis = text(&network.path().join("genesis.json"));
    let file = network.path().join(format!("proposal-{}.hex", uetr(1 + file_number(network))));
    let (lei, key, out) = (network.lei("operator"), text(&maker), text(&file));
    let sign = ["command", "sign", "--key", &key, "--organisation", &lei, "--genesis", &genesis];
    must(&[&sign[..], &["--data", &propose.to_string(), "--out", &out]].concat());
    let (code, said) = network.submit("operator", &file);
    assert_eq!(code, 0, "{said}");
    let shown: Value = serde_json::from_str(&must(&["command", "show", &text(&file)])).unwrap();
    network.command("operator", &[checker], &shown["approve"], &[])
}

fn file_number(network: &Network) -> u64 {
    u64::try_from(std::fs::read_dir(network.path()).unwrap().count()).unwrap()
}

/// An emergency key, registered by operators.
fn emergency(network: &Network) -> PathBuf {
    let folder = network.path().join("emergency");
    let (lei, out) = (network.lei("operator"), text(&folder));
    must(&["keygen", "--kind", "institution", "--lei", &lei, "--role", "emergency", "--out", &out]);
    let key = json_of(&folder.join("card.json"))["keys"][0].clone();
    let grant = json!({
        "key": key["key"], "role": "emergency", "person": key["person"], "organisation": lei,
    });
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let expires = u64::try_from(since.as_millis()).unwrap() + 3_600_000;
    let action = json!({"RegisterKey": grant});
    let (code, said) =
        decided(network, &json!({"Propose": {"action": action, "expires": expires}}));
    assert_eq!(code, 0, "{said}");
    folder.join("emergency.key")
}

fn state(network: &Network) -> Value {
    let genesis = text(&network.path().join("genesis.json"));
    let keys = network.of("regulator").join("keys/regulator.key");
    let key = if keys.is_file() { keys } else { transport(network) };
    let url = network.url("validator-1");
    printed(&["state", "--validator", &url, "--key", &text(&key), "--genesis", &genesis])
}

fn transport(network: &Network) -> PathBuf {
    let keys = network.of("operator").join("keys");
    let own = [keys.join("transport.key"), keys.join("service/transport.key")];
    own.into_iter().find(|key: &PathBuf| Path::is_file(key)).unwrap()
}

fn gauge(network: &Network, process: &str, name: &str) -> Option<u64> {
    network.counters(process).get(name).copied()
}

#[test]
fn an_emergency_key_halts_operators_resume_and_what_was_taken_goes_on() {
    let network = Network::start();
    paid(&network, 1);
    assert_eq!(state(&network)["halted"], false);
    let emergency = emergency(&network);

    // Nobody else's key halts.
    let halt = printed(&["halt", "--reference", "DRILL-1"]);
    let [maker, _] = operators(&network);
    let (code, said) = network.command("operator", &[maker], &halt, &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("wrong_role"), "{said}");

    let (code, said) = network.command("operator", &[emergency], &halt, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("halted"), "{said}");
    let halted = state(&network);
    assert_eq!((&halted["halted"], &halted["last"]["number"]), (&json!(true), &json!(1)));
    assert_eq!(halted["last"]["by"], "emergency");

    // Gateways say so, and take nothing that could not happen.
    let told = || gauge(&network, "bank-a", "florin_gateway_ledger_halted") == Some(1);
    assert!(until(told), "{:?}", network.counters("bank-a"));
    let second = message(&network, &uetr(0x6_0002));
    let answer = pay(&network, &second);
    assert_eq!((answer.status, answer.code().as_str()), (503, "ledger_halted"), "{answer:?}");
    assert_eq!(answer.iso_reason(), "ED05");
    let unknown = network.get("bank-a", CORE, &format!("/v1/payments/{}", uetr(0x6_0002)));
    assert_eq!(unknown.status, 404, "nothing was kept: {unknown:?}");

    // Validators take no member's command, and blocks go on, also after all were killed.
    let height = |name: &str| gauge(&network, name, "florin_height").unwrap_or(0);
    assert!(gauge(&network, "validator-1", HALTED).is_some_and(|left| left > 80_000));
    let before = height("validator-2");
    let validators = network.names("validator");
    network.kill(&validators);
    network.start_again(&validators);
    assert!(until(|| height("validator-2") > before + 3), "blocks go on");
    assert_eq!(state(&network)["halted"], true, "a halt is a part of the ledger");

    // One operator does not resume, nor do two for another halt.
    let wrong = printed(&["resume", "--halt", "2"]);
    let (code, said) = decided(&network, &wrong);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("not_halted"), "{said}");
    let resume = printed(&["resume", "--halt", "1"]);
    let (code, said) = decided(&network, &resume);
    assert_eq!(code, 0, "{said}");
    assert_eq!(state(&network)["halted"], false);
    assert!(until(|| gauge(&network, "validator-1", HALTED) == Some(0)));
    assert!(until(|| gauge(&network, "bank-a", "florin_gateway_ledger_halted") == Some(0)));
    paid(&network, 2);

    // Operators halt by themselves, for as long as they say.
    let halt = printed(&["halt", "--hours", "1", "--reference", "DRILL-2"]);
    let (code, said) = decided(&network, &halt);
    assert_eq!(code, 0, "{said}");
    assert!(gauge(&network, "validator-1", HALTED).is_some_and(|left| left <= 3_600));
    let (code, said) = decided(&network, &printed(&["resume", "--halt", "2"]));
    assert_eq!(code, 0, "{said}");
    paid(&network, 3);
}
