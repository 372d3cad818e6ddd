//! A return without a recall over real gateways: proposed and approved at the bank that was paid, and told
//! to the bank that paid, through SIGKILL of either (X10).

use e2e::{
    books::{Books, FIXTURE_UETR, XML, pay, uetr},
    http::{self, Answer},
    member::Member,
    network::{Network, until},
};
use serde_json::json;

const DESK: &str = "bank-b-core";
const CHECKER: &str = "bank-b-compliance";

fn path(n: u64) -> String {
    format!("/v1/payments/{}/return", uetr(n))
}

fn paid(network: &Network, n: u64, amount: &str) {
    let message = network.message().replace(FIXTURE_UETR, &uetr(n)).replace("12500.00", amount);
    let paid = pay(network, &message);
    assert_eq!((paid.status, paid.json()["status"].as_str()), (200, Some("ACSC")), "{paid:?}");
}

fn shown(network: &Network, bank: &str, n: u64) -> Answer {
    network.get(bank, &format!("{bank}-core"), &path(n))
}

/// The pacs.004 at a bank.
fn message(network: &Network, bank: &str, n: u64) -> Answer {
    let client = network.client(&format!("{bank}-core"));
    let request = http::signed(&client, ("GET", &path(n)), &["--accept", XML]);
    http::send(&network.url(bank), &request)
}

#[test]
fn x10_a_return_is_told_to_the_bank_that_paid_through_kills_of_either() {
    let network = Network::start();
    let (bank_a, bank_b) = (["bank-a".to_owned()], ["bank-b".to_owned()]);
    let before = Books::settled(&network);
    paid(&network, 1, "31.00");
    paid(&network, 2, "7.00");
    let (asked, approve) = (path(1), format!("{}/approve", path(1)));
    let body = json!({"reason": "AC04", "information": "closed in May"});
    let proposed = network.post("bank-b", DESK, &asked, &body);
    assert_eq!((proposed.status, &proposed.json()["status"]), (202, &json!("proposed")));
    // A proposal is on disk; the same again is the same.
    network.kill(&bank_b);
    network.start_again(&bank_b);
    assert_eq!(network.post("bank-b", DESK, &asked, &body).json(), proposed.json());
    // Nobody hears of the return while the bank that paid is dead, and who gave back dies after its yes.
    network.kill(&bank_a);
    let approved = network.post("bank-b", CHECKER, &approve, &json!({}));
    assert!(matches!(approved.status, 200 | 202), "{approved:?}");
    network.kill(&bank_b);
    network.start_again(&bank_b);
    assert!(
        until(|| shown(&network, "bank-b", 1).json()["status"] == "returned"),
        "{:?}",
        shown(&network, "bank-b", 1)
    );
    assert_eq!(shown(&network, "bank-b", 1).json()["told"], false);
    network.kill(&bank_b);
    network.start_again(&bank_a);
    let early = shown(&network, "bank-a", 1);
    assert_eq!((early.status, early.code().as_str()), (409, "not_returned"));
    network.start_again(&bank_b);
    assert!(until(|| shown(&network, "bank-a", 1).status == 200));
    let told = shown(&network, "bank-a", 1).json();
    assert_eq!((&told["direction"], &told["reason"]), (&json!("incoming"), &json!("AC04")));
    assert!(until(|| shown(&network, "bank-b", 1).json()["told"] == true));
    let (at_a, at_b) = (message(&network, "bank-a", 1), message(&network, "bank-b", 1));
    assert_eq!((at_a.status, &at_a.text), (200, &at_b.text));
    assert!(at_a.text.contains("<Cd>AC04</Cd>") && at_a.text.contains(&uetr(1)), "{}", at_a.text);
    assert_eq!(shown(&network, "bank-c", 1).status, 404);
    the_command_line_gives_back(&network);
    assert!(Books::settled(&network).is_settled());
    before.assert_still(&network, "both returns");
}

fn the_command_line_gives_back(network: &Network) {
    let (a, b) = (Member::new(network, "bank-a"), Member::new(network, "bank-b"));
    let second = Member::new(network, "bank-b-compliance");
    let uetr = uetr(2);
    let proposed = b.json(&["return", "propose", &uetr, "--reason", "CUST"]);
    assert_eq!(proposed["status"], "proposed");
    let (code, words) = b.fails(&["return", "approve", &uetr]);
    assert!(code == 1 && words.contains("role_missing"), "{code} {words}");
    let done = second.text(&["return", "approve", &uetr]);
    assert!(done.contains("returned (outgoing)") && done.contains("CUST"), "{done}");
    assert!(until(|| a.run(&["return", "show", &uetr]).status.success()));
    assert_eq!(a.json(&["return", "show", &uetr])["direction"], "incoming");
    let (_, late) = b.fails(&["return", "withdraw", &uetr]);
    assert!(late.contains("payment_given_back"), "{late}");
}
