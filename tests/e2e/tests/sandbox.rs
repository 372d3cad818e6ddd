//! What a sandbox's gateway makes of account numbers that end in a documented value (Y1).

use std::{fs, time::Duration};

use e2e::{
    books::{Books, FIXTURE_UETR, pay, register, uetr},
    http,
    network::{Network, until},
};
use serde_json::{Value, json};

/// The payee's account in the demo's message.
const CREDITOR: &str = "<IBAN>DE39999999990012345678</IBAN>";
const CORE: &str = "bank-a-core";

fn number(ending: &str) -> String {
    format!("70041{ending}")
}

/// The demo's message, to another account and under an UETR of its own.
fn message(network: &Network, ending: &str) -> (String, String) {
    let uetr = uetr(ending.parse().unwrap());
    let account = format!("<Othr><Id>{}</Id></Othr>", number(ending));
    let message = network.message().replace(FIXTURE_UETR, &uetr).replace("12500.00", "1.00");
    let message = message.replace("two walnut", &format!("{ending} walnut"));
    (message.replace(CREDITOR, &account), format!("/v1/payments/{uetr}"))
}

/// What bank B says of a name at an account.
fn check(network: &Network, ending: &str) -> Value {
    let asked = json!({
        "agent": {"lei": network.lei("bank-b")}, "name": "Fjord Timber", "account": number(ending),
    });
    let answer = network.post("bank-a", CORE, "/v1/account-checks", &asked);
    answer.json()
}

fn sandbox() -> Network {
    let network = Network::start();
    network.configure("bank-a", "anchor_seconds", "acceptance_seconds = 5\nanchor_seconds");
    network.configure("bank-b", "anchor_seconds", "sandbox = true\nanchor_seconds");
    let banks = ["bank-a", "bank-b"].map(str::to_owned);
    network.kill(&banks);
    network.start_again(&banks);
    network
}

/// Y1
#[test]
fn y1_endings_of_account_numbers_ask_for_answers_on_a_network_for_tests() {
    let network = sandbox();
    let before = Books::settled(&network);
    for (ending, code, iso) in [
        ("99001", "rejected_by_beneficiary_bank", "AC01"),
        ("99002", "rejected_by_beneficiary_bank", "AC04"),
        ("99003", "rejected_by_beneficiary_bank", "MS03"),
        ("99004", "no_answer_in_time", "TM01"),
    ] {
        let (message, _) = message(&network, ending);
        let answer = pay(&network, &message);
        let said = (answer.status, answer.code(), answer.iso_reason());
        assert_eq!(said, (422, code.to_owned(), iso.to_owned()), "{ending}: {answer:?}");
    }
    before.assert_still(&network, "payments that were not accepted");
    let checks = [
        ("99001", "NOAP"),
        ("99011", "MTCH"),
        ("99012", "CMTC"),
        ("99013", "NMTC"),
        ("99014", "NOAP"),
    ];
    for (ending, verdict) in checks {
        let said = check(&network, ending);
        assert!(said.to_string().contains(&format!("\"{verdict}\"")), "{ending}: {said}");
    }
    assert!(check(&network, "99012").to_string().contains("Fjord Timber Sandbox"));
    listed(&network);
    credited_late(&network);
    refused_elsewhere(&network);
}

/// G6: the rejected ones by their status, in the order in which they came, page by page, at both banks.
fn listed(network: &Network) {
    let mut seen = Vec::new();
    let mut path = "/v1/payments?status=RJCT&direction=outgoing&limit=3".to_owned();
    loop {
        let page = network.get("bank-a", CORE, &path);
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let page = page.json();
        let payments = page["payments"].as_array().unwrap();
        assert!(payments.len() <= 3 && payments.iter().all(|one| one["status"] == "RJCT"));
        seen.extend(payments.iter().map(|one| one["uetr"].as_str().unwrap().to_owned()));
        let Some(after) = page["after"].as_u64() else { break };
        path = format!("/v1/payments?status=RJCT&direction=outgoing&limit=3&after={after}");
    }
    let ours: Vec<String> = (99_001..=99_004).map(uetr).collect();
    assert!(seen.ends_with(&ours), "{seen:?}");
    let at_b = network.get("bank-b", "bank-b-core", "/v1/payments?status=RJCT&direction=incoming");
    let at_b = at_b.json()["payments"].as_array().unwrap().len();
    assert!(at_b >= 3, "{at_b}");
    for (query, count) in [("end_to_end_id=NO-SUCH-REFERENCE", 0), ("to=2020-01-01T00:00:00Z", 0)] {
        let page = network.get("bank-a", CORE, &format!("/v1/payments?{query}")).json();
        assert_eq!(page["payments"].as_array().unwrap().len(), count, "{query}");
    }
    for bad in ["limit=0", "limit=201", "status=DONE", "from=yesterday", "after=x", "uetr=1"] {
        let answer = network.get("bank-a", CORE, &format!("/v1/payments?{bad}"));
        assert_eq!((answer.status, answer.code().as_str()), (400, "request_malformed"), "{bad}");
    }
    let late = network.get("bank-a", CORE, "/v1/payments?from=2099-01-01T00:00:00Z").json();
    assert_eq!(late["payments"].as_array().unwrap().len(), 0);
}

/// Nobody at bank B says that its customer has the money, and its gateway is killed meanwhile.
fn credited_late(network: &Network) {
    register(network, "bank-b", &number("99005"), &json!({}));
    let (message, path) = message(network, "99005");
    let answer = pay(network, &message);
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ACSC")), "{answer:?}");
    let bank = ["bank-b".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
    let credited = until(|| network.get("bank-a", CORE, &path).json()["status"] == "ACCC");
    assert!(credited, "{:?}", network.get("bank-a", CORE, &path));
    receipts_inside(network, &path);
}

/// `Prefer: proof=inline` puts the receipts into the report, byte for byte.
fn receipts_inside(network: &Network, path: &str) {
    let plain = network.get("bank-a", CORE, path);
    let more = ["--prefer", "proof=inline"];
    let request = http::signed(&network.client(CORE), ("GET", path), &more);
    let inside = http::send(&network.url("bank-a"), &request);
    assert_eq!(inside.status, 200, "{inside:?}");
    for receipt in ["receipt", "confirmation"] {
        let (plain, inside) = (&plain.json()[receipt], &inside.json()[receipt]);
        assert!(plain["file"].is_null() && plain["sha256"] == inside["sha256"], "{inside}");
        let fetched = network.get("bank-a", CORE, inside["href"].as_str().unwrap());
        assert_eq!(inside["file"].as_str().unwrap(), fetched.text, "{receipt}");
    }
}

/// A network whose name does not say that it is for tests.
fn refused_elsewhere(network: &Network) {
    let config = fs::read_to_string(network.of("bank-b").join("config.toml")).unwrap();
    let named = config.split("genesis = \"").nth(1).and_then(|rest| rest.split('"').next());
    let genesis = fs::read_to_string(network.of("bank-b").join(named.unwrap())).unwrap();
    assert!(genesis.contains("florin-demo"));
    let real = network.path().join("real.json");
    fs::write(&real, genesis.replace("florin-demo", "florin-euro")).unwrap();
    network.configure("bank-b", named.unwrap(), &real.display().to_string());
    network.kill(&["bank-b".to_owned()]);
    network.launch("bank-b");
    let mut ended = None;
    assert!(until(|| {
        ended = network.exit_of("bank-b");
        std::thread::sleep(Duration::from_millis(20));
        ended.is_some()
    }));
    assert!(ended != Some(0) && network.log("bank-b").contains("[institution] sandbox is for"));
}
