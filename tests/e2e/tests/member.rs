//! What a member's engineer runs: the commands of README against the demo's network, and the
//! conformance kit, green against our gateway and red against one that answers wrongly.

use std::{fs, path::Path, process::Command, sync::Arc};

use e2e::{
    florin,
    http::Answer,
    member::{Member, PAYEE, conformance, said},
    network::{Network, until},
    proxy,
};
use serde_json::Value;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

#[test]
fn the_commands_pay_ask_state_and_follow_over_real_gateways() {
    let network = Network::start();
    let (a, b) = (Member::new(&network, "bank-a"), Member::new(&network, "bank-b"));
    let uetr = a_payment_is_paid_and_seen_at_both_banks(&a, &b);
    a_question_is_asked_and_answered_by_two_persons(&network, &b, &uetr);
    the_day_adds_up_and_the_feed_goes_on_from_its_cursor(&a, &uetr);
    errors_name_the_next_step(&network, &a, &uetr);
    the_readme_holds_word_by_word(&network);
    the_kit_is_green(&network);
    the_kit_is_red(&network);
}

fn a_payment_is_paid_and_seen_at_both_banks(a: &Member<'_>, b: &Member<'_>) -> String {
    let receipt = a.path("pay-receipt.json");
    let paid = a.json(&[&["pay", "25.00", "USD", "--receipt", &receipt][..], &PAYEE].concat());
    assert_eq!((&paid["settled"], &paid["status"]), (&true.into(), &"ACSC".into()), "{paid}");
    let uetr = text(&paid["uetr"]);
    let genesis = a.path("genesis.json");
    let verified = a.text(&["verify", &receipt, "--trust", &genesis]);
    assert!(verified.contains("25.00"), "{verified}");
    let again = a.json(&[&["pay", "25.00", "USD", "--uetr", &uetr][..], &PAYEE].concat());
    assert_eq!(again["report"]["receipt"], paid["report"]["receipt"]);
    let (code, words) = a.fails(&[&["pay", "25.01", "USD", "--uetr", &uetr][..], &PAYEE].concat());
    assert!(code == 1 && words.contains("leg_conflict"), "{code} {words}");
    let rejected = a.run(&[&["pay", "99999999.00", "USD"][..], &PAYEE].concat());
    assert_eq!(rejected.status.code(), Some(3), "{}", said(&rejected));
    assert!(said(&rejected).contains("insufficient_funds (AM04)"), "{}", said(&rejected));

    let seen = b.json(&["status", &uetr]);
    assert_eq!(seen["report"]["direction"], "incoming");
    assert_eq!(seen["settled"], true);
    let inbox = b.json(&["inbox"]);
    let payments = inbox["payments"].as_array().unwrap();
    assert!(payments.iter().any(|p| p["uetr"] == uetr.as_str() && p["settled"] == true), "{inbox}");
    assert!(b.text(&["inbox", "confirm", &uetr]).contains("applied"));
    let watched = a.text(&["status", &uetr, "--watch", "--credited"]);
    assert!(watched.contains("ACCC") && watched.contains("so is the credit"), "{watched}");
    uetr
}

fn a_question_is_asked_and_answered_by_two_persons(network: &Network, b: &Member<'_>, uetr: &str) {
    let (a, second) = (Member::new(network, "bank-a"), Member::new(network, "bank-a-compliance"));
    let opened = b.json(&["case", "open", uetr, "--kind", "FWTR", "--level", "1"]);
    let case = text(&opened["case"]);
    let own = || a.json(&["case", "list", "--turn", "own", "--uetr", uetr]);
    assert!(until(|| own().as_array().is_some_and(|cases| cases.len() == 1)), "{}", own());
    assert!(a.text(&["inbox"]).contains(&case));
    let give = ["debtor_name=A", "debtor_account=1", "creditor_name=B", "creditor_account=2"];
    let given: Vec<&str> = give.iter().flat_map(|field| ["--give", field]).collect();
    let prepared = a.json(&[&["case", "answer", &case][..], &given].concat());
    assert_eq!(prepared["draft"]["outcome"], "INFO", "{prepared}");
    let (_, words) = a.fails(&["case", "approve", &case]);
    assert!(words.contains("same_person"), "{words}");
    second.text(&["case", "approve", &case]);
    let state = |member: &Member<'_>| text(&member.json(&["case", "show", &case])["state"]);
    assert!(until(|| state(b) == "answered"), "{}", state(b));
    b.text(&["case", "close", &case]);
    assert!(until(|| state(&a) == "closed"), "{}", state(&a));
    let shown = a.text(&["case", "show", &case]);
    assert!(shown.contains("debtor_name=A"), "{shown}");
}

fn the_day_adds_up_and_the_feed_goes_on_from_its_cursor(a: &Member<'_>, uetr: &str) {
    let stated = a.json(&["statement", "USD"]);
    let entries = stated["statement"]["entries"].as_array().unwrap();
    assert_eq!(entries.iter().filter(|entry| entry["uetr"] == uetr).count(), 1);
    assert_eq!(stated["proved_balance"]["total"], stated["statement"]["closing"]);
    let lines = a.text(&["events", "--json"]);
    let events: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let middle = events.len() / 2;
    let after = events[middle]["number"].to_string();
    let rest = (events.len() - middle - 1).to_string();
    let followed = a.text(&["events", "--json", "--follow", "--after", &after, "--limit", &rest]);
    let all: Vec<&str> = lines.lines().skip(middle + 1).collect();
    assert_eq!(followed.lines().collect::<Vec<_>>(), all);
}

fn errors_name_the_next_step(network: &Network, a: &Member<'_>, uetr: &str) {
    let nowhere = a.fails(&["status", uetr, "--gateway", "http://127.0.0.1:1"]);
    assert!(nowhere.0 == 1 && nowhere.1.contains("check that the gateway runs"), "{nowhere:?}");
    let genesis = fs::read_to_string(network.path().join("genesis.json")).unwrap();
    let other = a.path("other-genesis.json");
    fs::write(&other, genesis.replace("\"florin-demo\"", "\"another\"")).unwrap();
    let pinned = a.fails(&["status", uetr, "--trust", &other]);
    assert!(pinned.0 == 2 && pinned.1.contains("is of network"), "{pinned:?}");
    let profile = fs::read_to_string(&a.profile).unwrap();
    let unpinned: Vec<_> = profile.lines().filter(|line| !line.starts_with("network")).collect();
    let path = a.profile.with_file_name("unpinned.toml");
    fs::write(&path, unpinned.join("\n")).unwrap();
    let unpinned = Member::with(network, path);
    let untrusted = unpinned.fails(&["status", uetr, "--trust", &other]);
    assert!(untrusted.1.contains("the proof does not hold"), "{untrusted:?}");
    let wrong = a.fails(&["status", "not-a-uetr"]);
    assert_eq!(wrong.0, 2, "{wrong:?}");
}

/// README's commands as they stand there, but for where the binary and the demo's folder are.
fn the_readme_holds_word_by_word(network: &Network) {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let section = readme.split("## Pay with it").nth(1).and_then(|rest| rest.split("\n## ").next());
    let blocks = section.unwrap().split("```sh\n").skip(1).filter_map(|b| b.split("```").next());
    let asked: Vec<&str> = blocks.filter(|block| block.contains("FLORIN_PROFILE")).collect();
    assert_eq!(asked.len(), 2, "bank A's and bank B's");
    let folder = network.path().display().to_string();
    let binary = florin().get_program().to_string_lossy().into_owned();
    let script = asked.concat().replace("bin/florin ", &format!("{binary} "));
    let script = script.replace("/tmp/florin-demo", "@NET@").replace("/tmp/", "@NET@/");
    let script = script.replace("@NET@", &folder);
    let ran = Command::new("bash").args(["-euxo", "pipefail", "-c", &script]).output().unwrap();
    assert!(ran.status.success(), "{script}\n{}", said(&ran));
    let words = said(&ran);
    for expected in ["settled: proved", "25.00 USD", "applied", "FWTR", "it adds up", "ACCC"] {
        assert!(words.contains(expected), "{expected} in {words}");
    }
}

/// Ids of the cases that did not hold.
fn failed(report: &Value) -> Vec<&str> {
    let cases = report["cases"].as_array().unwrap();
    let wrong = cases.iter().filter(|case| case["ok"] == false);
    wrong.filter_map(|case| case["id"].as_str()).collect()
}

fn the_kit_is_green(network: &Network) {
    let (code, report) = conformance(network, &network.url("bank-a"), &[]);
    assert_eq!(code, 0, "{report:#}");
    assert!(report["passed"].as_u64().unwrap() >= 35, "{report:#}");
    assert_eq!((&report["failed"], &report["not_run"]), (&0.into(), &0.into()));
}

/// Each deviation is seen by the case that is for it, and the cases beside it still hold.
fn the_kit_is_red(network: &Network) {
    let genuine = network.url("bank-a");
    let only = ["--only", "sig-", "--only", "pay-", "--only", "evt-"];
    let older = fs::read(network.path().join("pay-receipt.json")).unwrap();
    let swapped = proxy::start(
        &genuine,
        Arc::new(move |line: &str, answer: Answer| {
            let body =
                if line.contains("/v1/receipts/") { older.clone() } else { answer.body.clone() };
            Answer { body, ..answer }
        }),
    );
    let (code, report) = conformance(network, &swapped, &only);
    assert_eq!(code, 1);
    let wrong = failed(&report);
    assert!(wrong.contains(&"pay-out") && !wrong.contains(&"sig-nonce"), "{report:#}");
    let lenient = proxy::start(
        &genuine,
        Arc::new(|_: &str, answer: Answer| match answer.status {
            409 => Answer { status: 200, ..answer },
            _ => answer,
        }),
    );
    let (code, report) = conformance(network, &lenient, &only);
    assert_eq!((code, failed(&report)), (1, vec!["pay-conflict"]), "{report:#}");
    let forgetful = proxy::start(
        &genuine,
        Arc::new(|line: &str, answer: Answer| {
            if !line.contains("/v1/events") {
                return answer;
            }
            let mut page = answer.json();
            if let Some(events) = page["events"].as_array_mut() {
                let middle = events.len() / 2;
                events.drain(middle..(middle + 1).min(events.len()));
            }
            Answer { body: page.to_string().into_bytes(), ..answer }
        }),
    );
    let (code, report) = conformance(network, &forgetful, &only);
    assert!(code == 1 && failed(&report).contains(&"evt-pages"), "{report:#}");
    assert!(!failed(&report).contains(&"pay-out"), "{report:#}");
}
