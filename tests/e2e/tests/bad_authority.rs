//! Who may not: signatures, roles, second persons, and money that no bank entry pays for.

use e2e::{
    books::{Books, CURRENCY, FIXTURE_UETR, XML, pay, uetr},
    http::{self, Answer},
    matrix::Matrix,
    network::{Network, Request, until},
};
use serde_json::{Value, json};

const CORE: &str = "bank-a-core";
const ACCOUNTS: &str = "/v1/accounts";
/// No command, proposal or record has this id.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn nobody_acts_without_key_role_second_person_or_money_behind_it() {
    let network = Network::start();
    let reserve = network.get("treasury", "treasury-maker", &format!("/v1/supply/{CURRENCY}"));
    let reserve = reserve.json()["reserves"][0].as_str().unwrap().to_owned();
    let mut matrix = Matrix::new(&network);
    who_signed(&network, &mut matrix);
    who_may_ask(&network, &mut matrix);
    whose_receipt(&network, &mut matrix);
    what_the_ledger_port_takes(&network, &mut matrix);
    redemptions(&network, &reserve, &mut matrix);
    matrix.finish();
    mint(&network, &reserve);
    a_nonce_counts_once_also_after_a_crash(&network);
    a_revoked_key_signs_no_more(&network);
}

fn who_signed(network: &Network, matrix: &mut Matrix<'_>) {
    let url = network.url("bank-a");
    let message = network.message().replace("12500.00", "1.00").replace(FIXTURE_UETR, &uetr(1));
    let body = (XML, message.as_bytes());
    let request = Request { client: CORE, target: ("POST", "/v1/payments"), body };
    let signed = || String::from_utf8(network.sign(request)).unwrap();
    let without_signature = |text: &str| {
        let kept = text.split_inclusive("\r\n").filter(|line| !line.starts_with("signature:"));
        kept.collect::<String>()
    };
    let other_signature = |text: &str| {
        let (before, after) = text.split_once("signature: sig1=:").unwrap();
        let first = if after.starts_with('A') { "B" } else { "A" };
        format!("{before}signature: sig1=:{first}{}", &after[1..])
    };
    let rows: [(&str, String, &str); 6] = [
        ("no signature", without_signature(&signed()), "signature_missing"),
        ("another signature", other_signature(&signed()), "signature_invalid"),
        ("another body", signed().replace(">1.00<", ">2.00<"), "content_digest_mismatch"),
        ("another path", signed().replacen("/payments", "/legs/close", 1), "signature_invalid"),
        ("another method", signed().replacen("POST", "PUT", 1), "method_not_allowed"),
        ("another media type", signed().replace(XML, "text/xml"), "signature_invalid"),
    ];
    for (what, bytes, code) in rows {
        let status = if code == "method_not_allowed" { 405 } else { 401 };
        matrix.row(what, "bank-a", (status, code, ""), || http::send(&url, bytes.as_bytes()));
    }
    let strangers = [
        ("another bank's client", network.client("bank-b-core"), 401, "key_unknown"),
        (
            "a member's gateway",
            network.of("bank-c").join("keys/transport.key"),
            403,
            "role_missing",
        ),
    ];
    for (what, key, status, code) in strangers {
        let bytes = http::signed(&key, ("GET", ACCOUNTS), &[]);
        matrix.row(what, "bank-a", (status, code, ""), || http::send(&url, &bytes));
    }
    let once = network.sign(Request { client: CORE, target: ("GET", ACCOUNTS), body: ("", b"") });
    assert_eq!(http::send(&url, &once).status, 200);
    let expected = (401, "nonce_reused", "");
    matrix.row("a request again", "bank-a", expected, || http::send(&url, &once));
    matrix.row("a request once more", "bank-a", expected, || http::send(&url, &once));
}

/// What is asked, at which gateway, by which client, path and body, and the answer's status and code.
type Asked<'a> = (&'a str, &'a str, &'a str, &'a str, &'a Value, (u16, &'static str, &'static str));

fn who_may_ask(network: &Network, matrix: &mut Matrix<'_>) {
    let denied = (403, "role_missing", "");
    let customer = json!({"name": "x", "account": "1", "level": "full", "valid_days": 1});
    let entry = json!({
        "reserve": NOTHING, "servicer_reference": "X", "direction": "credit", "amount": "5.00",
        "reference": "X",
    });
    let approve = format!("/v1/proposals/{NOTHING}/approve");
    let rows: [Asked<'_>; 8] = [
        ("core as compliance", "bank-a", CORE, "/v1/customers", &customer, denied),
        (
            "compliance as core",
            "bank-a",
            "bank-a-compliance",
            "/v1/legs/close",
            &json!({"uetr": uetr(2), "instructed": network.lei("bank-b")}),
            denied,
        ),
        ("a bank entry by treasury", "treasury", "treasury-maker", "/v1/entries", &entry, denied),
        (
            "a bank entry by treasury, at the custodian",
            "custodian",
            "treasury-maker",
            "/v1/entries",
            &entry,
            (401, "key_unknown", ""),
        ),
        ("maker approves", "treasury", "treasury-maker", &approve, &json!({}), denied),
        ("operator approves", "operator", "operator-maker", &approve, &json!({}), denied),
        (
            "approval of nothing",
            "treasury",
            "treasury-checker",
            &approve,
            &json!({}),
            (404, "not_found", ""),
        ),
        ("no such endpoint", "bank-a", CORE, "/v1/nothing", &json!({}), (404, "not_found", "")),
    ];
    for (what, gateway, client, path, body, expected) in rows {
        matrix.row(what, gateway, expected, || network.post(gateway, client, path, body));
    }
}

/// What is another's is answered as what does not exist.
fn whose_receipt(network: &Network, matrix: &mut Matrix<'_>) {
    let payment = network.get("bank-a", CORE, &format!("/v1/payments/{FIXTURE_UETR}")).json();
    let href = payment["receipt"]["href"].as_str().unwrap();
    assert_eq!(network.get("bank-b", "bank-b-core", href).status, 200);
    let nothing = format!("/v1/receipts/{NOTHING}");
    let expected = (404, "not_found", "");
    for (gateway, client) in [("bank-c", "bank-c-core"), ("treasury", "treasury-maker")] {
        let what = format!("{gateway} asks for a receipt of A and B");
        let theirs = matrix.row(&what, gateway, expected, || network.get(gateway, client, href));
        let absent = network.get(gateway, client, &nothing);
        matrix.also(&format!("{what}: as nothing"), theirs == absent);
    }
}

/// Commands by hand: the ledger port refuses what no block could hold, the ledger the rest.
fn what_the_ledger_port_takes(network: &Network, matrix: &mut Matrix<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let signed = |name: &str, institution: &str, expires_in: &str| {
        let file = folder.path().join(name);
        let key = network.of("treasury").join("keys/maker/treasury.key");
        let command = json!({"CancelRedemption": {"redemption": NOTHING}}).to_string();
        let path = network.path().join("genesis.json");
        let done = e2e::florin()
            .args(["command", "sign", "--organisation", &network.lei(institution)])
            .args(["--data", &command, "--expires-in", expires_in, "--key"])
            .args([key.as_path(), "--genesis".as_ref(), &path, "--out".as_ref(), &file])
            .output();
        assert!(done.as_ref().is_ok_and(|done| done.status.success()), "{done:?}");
        file
    };
    let short = signed("short", "treasury", "0");
    let forged = signed("forged", "treasury", "10");
    let hex = std::fs::read_to_string(&forged).unwrap();
    let last = if hex.trim().ends_with('0') { "1" } else { "0" };
    std::fs::write(&forged, format!("{}{last}", &hex.trim()[..hex.trim().len() - 1])).unwrap();
    let rows = [
        ("an expired command", "treasury", short, "expired"),
        ("a forged signature", "treasury", forged, "bad_signature"),
        ("another's command", "bank-c", signed("other", "treasury", "10"), "not_your_command"),
    ];
    let books = Books::settled(network);
    let counted = |code: &str| -> u64 {
        let of = |name: &String| network.counters(name);
        let validators = network.names("validator");
        let name = format!("florin_refusals_total{{code=\"{code}\"}}");
        validators.iter().filter_map(|name_of| of(name_of).get(&name).copied()).sum()
    };
    for (what, institution, file, code) in rows {
        let before = counted(code);
        let (exit, said) = network.submit(institution, &file);
        let refused = exit == 1 && said.contains(code);
        matrix.also(&format!("{what}: exit {exit}, {said}"), refused);
        matrix.also(&format!("{what}: not counted"), counted(code) > before);
        books.assert_still(network, what);
    }
    let supply = network.get("treasury", "treasury-maker", &format!("/v1/supply/{CURRENCY}"));
    let entry = json!({"RecordEntry": {
        "reserve": supply.json()["reserves"][0], "sequence": 3, "servicer_reference": "FORGED",
        "detail": 0, "direction": "credit", "minor": 500,
        "counterparty": {"Member": network.lei("bank-a")}, "booked": 0, "reference": "FORGED",
    }});
    let key = network.of("treasury").join("keys/maker/treasury.key");
    let (exit, said) = network.command("treasury", &[key], &entry, &[]);
    let refused = exit == 3 && said.contains("not_the_custodian");
    matrix.also(&format!("a bank entry signed by treasury: exit {exit}, {said}"), refused);
    books.assert_still(network, "a bank entry signed by treasury");
}

fn redemptions(network: &Network, reserve: &str, matrix: &mut Matrix<'_>) {
    let redeem = |amount: &str, currency: &str| json!({"amount": amount, "currency": currency, "reserve": reserve});
    let post = |body: &Value| network.post("bank-a", CORE, "/v1/redemptions", body);
    let rows = [
        ("beyond the balance", "99999999.00", CURRENCY, (409, "insufficient_funds", "AM04")),
        ("of nothing", "0.00", CURRENCY, (422, "amount_zero", "AM01")),
        ("of another currency", "1.00", "EUR", (422, "currency_unknown", "AM03")),
    ];
    for (what, amount, currency, expected) in rows {
        let what = format!("redemption {what}");
        matrix.row(&what, "bank-a", expected, || post(&redeem(amount, currency)));
    }
    let path = format!("/v1/redemptions/{NOTHING}/cancel");
    let expected = (422, "redemption_unknown", "NARR");
    matrix.row("cancel of no redemption", "bank-a", expected, || {
        network.post("bank-a", CORE, &path, &json!({}))
    });
}

/// I2, I3, I5 over HTTP: one mint of 5.00 that everything is wrong with until all is right.
fn mint(network: &Network, reserve: &str) {
    let order = Order::paid_in(network, reserve);
    let mut matrix = Matrix::new(network);
    order.steps_that_must_fail(network, reserve, &mut matrix);
    matrix.finish();
    order.both_persons_are_one(network);
    order.done_once(network, reserve);
}

struct Order {
    /// The bank entry that pays for it.
    entry: String,
    /// Path of the approval of its mint.
    approve: String,
    /// What the custodian said of the money.
    booked: Value,
}

impl Order {
    /// A pays 5.00 into the reserve account and asks for tokens; the maker proposes.
    fn paid_in(network: &Network, reserve: &str) -> Self {
        let booked = json!({
            "reserve": reserve, "servicer_reference": "CUST-E2E-1", "direction": "credit",
            "amount": "5.00", "member": network.lei("bank-a"), "reference": "FUND-E2E",
        });
        applied(network, "custodian", "custodian-core", "/v1/entries", &booked);
        let request = request(network, reserve);
        let mut entry = Value::Null;
        assert!(until(|| {
            let orders = network.get("treasury", "treasury-maker", "/v1/mint-orders").json();
            let mut all = orders.as_array().into_iter().flatten();
            let order = all.find(|order| order["request"] == request.as_str());
            entry = order.map_or(Value::Null, |order| order["entry"].clone());
            entry.is_string()
        }));
        let path = format!("/v1/mint-orders/{request}/propose");
        let proposed = applied(network, "treasury", "treasury-maker", &path, &json!({}));
        let approve = approval_of(network, "treasury", &proposed);
        Self { entry: entry.as_str().unwrap().to_owned(), approve, booked }
    }

    fn approve(&self, network: &Network) -> Answer {
        network.post("treasury", "treasury-checker", &self.approve, &json!({}))
    }

    fn steps_that_must_fail(&self, network: &Network, reserve: &str, matrix: &mut Matrix<'_>) {
        let denied = (403, "role_missing", "");
        matrix.row("the maker approves its own mint", "treasury", denied, || {
            network.post("treasury", "treasury-maker", &self.approve, &json!({}))
        });
        let other = json!({"content": NOTHING});
        let mismatch = (422, "approval_content_mismatch", "NARR");
        matrix.row("approval of other content", "treasury", mismatch, || {
            network.post("treasury", "treasury-checker", &self.approve, &other)
        });
        let duplicate = (422, "entry_duplicate", "AM05");
        matrix.row("the entry again", "custodian", duplicate, || {
            again_while(network, "entry_sequence", &self.booked)
        });
        // All of the account is attested, what was paid in now is not available.
        attest(network, reserve, "25005.00", "25000.00");
        let short = (409, "reserve_short", "NARR");
        matrix.row("beyond the reserves", "treasury", short, || self.approve(network));
        // A second reserve account of which nobody says anything.
        let register = json!({
            "action": "register_reserve", "custodian": network.lei("custodian"),
            "currency": CURRENCY, "number": "RESERVE-0002", "class": "custodian",
        });
        let maker = ("operator", "operator-maker");
        let proposed = applied(network, maker.0, maker.1, "/v1/proposals", &register);
        let path = approval_of(network, "operator", &proposed);
        applied(network, "operator", "operator-checker", &path, &json!({}));
        let stale = (409, "attestation_stale", "NARR");
        matrix.row("beyond stale reserves", "treasury", stale, || self.approve(network));
    }

    /// I5: the checker's place is taken by the maker's key; the ledger knows the person.
    fn both_persons_are_one(&self, network: &Network) {
        let keys = ["keys/checker/treasury.key", "keys/maker/treasury.key"];
        let treasury = ["treasury".to_owned()];
        network.kill(&treasury);
        network.configure("treasury", keys[0], keys[1]);
        network.start_again(&treasury);
        let mut matrix = Matrix::new(network);
        let same = (422, "same_person", "NARR");
        matrix.row("one person twice", "treasury", same, || self.approve(network));
        matrix.finish();
        network.kill(&treasury);
        let config = network.of("treasury").join("config.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        let checker = format!("[signers.treasury_checker]\nfile = \"{}\"", keys[1]);
        assert!(text.contains(&checker), "{text}");
        std::fs::write(config, text.replace(&checker, &checker.replace("maker/", "checker/")))
            .unwrap();
        network.start_again(&treasury);
    }

    /// I6: what two operators set and one officer stops keeps even a paid mint from happening.
    fn controls(&self, network: &Network) {
        let approved = |gateway: &str, maker: &str, body: &Value| {
            let proposed = applied(network, gateway, maker, "/v1/proposals", body);
            let path = approval_of(network, gateway, &proposed);
            applied(network, gateway, &format!("{gateway}-checker"), &path, &json!({}));
        };
        let terms = |more: Value| {
            let mut body = json!({"action": "set_mint_terms", "currency": CURRENCY});
            body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            approved("operator", "operator-maker", &body);
        };
        let mut matrix = Matrix::new(network);
        let mut refused = |what: &str, code: &'static str| {
            matrix.row(what, "treasury", (409, code, "NARR"), || self.approve(network));
        };
        terms(json!({"allowance": "1.00"}));
        refused("beyond the allowance", "allowance_exceeded");
        terms(json!({"caps": {"all": "4.99"}, "weekend": ["saturday", "sunday"]}));
        refused("beyond the cap of a day", "mint_cap_reached");
        terms(json!({}));
        let stop = json!({"minting": CURRENCY, "reference": "DRILL-1"});
        applied(network, "compliance", "compliance-officer", "/v1/freezes", &stop);
        refused("while minting is stopped", "minting_off");
        matrix.finish();
        let lift = json!({"action": "unfreeze", "minting": CURRENCY});
        approved("compliance", "compliance-officer", &lift);
    }

    /// With reserves and a second person it happens; then entry and proposal are used up.
    fn done_once(&self, network: &Network, reserve: &str) {
        let before = Books::settled(network);
        attest(network, reserve, "25005.00", "25005.00");
        self.controls(network);
        let minted = self.approve(network);
        assert_eq!(minted.status, 200, "{minted:?}");
        let after = Books { a: before.a + 500, supply: before.supply + 500, ..before };
        after.assert_still(network, "the mint");
        let mut matrix = Matrix::new(network);
        let executed = (422, "proposal_executed", "NARR");
        matrix.row("approval of what happened", "treasury", executed, || self.approve(network));
        let request = request(network, reserve);
        // The gateway proposes no mint that its treasury knows to be unpaid; the key's holder may.
        let action = json!({"Mint": {"request": request, "entry": self.entry}});
        let propose = json!({"Propose": {"action": action, "expires": now_ms() + 3_600_000}});
        let key = network.of("treasury").join("keys/maker/treasury.key");
        let (exit, said) = network.command("treasury", &[key], &propose, &[]);
        assert_eq!(exit, 0, "{said}");
        let id = said.split("command ").nth(1).and_then(|rest| rest.get(..64)).unwrap();
        let path = approval_of(network, "treasury", &json!({"command_id": id}));
        let used = (422, "bank_entry_used", "NARR");
        matrix.row("a second mint for one entry", "treasury", used, || {
            network.post("treasury", "treasury-checker", &path, &json!({}))
        });
        matrix.finish();
    }
}

fn request(network: &Network, reserve: &str) -> String {
    let body = json!({
        "amount": "5.00", "currency": CURRENCY, "reserve": reserve, "reference": "FUND-E2E",
    });
    let asked = applied(network, "bank-a", CORE, "/v1/mint-requests", &body);
    asked["command_id"].as_str().unwrap().to_owned()
}

fn attest(network: &Network, reserve: &str, balance: &str, available: &str) {
    let body = json!({"reserve": reserve, "balance": balance, "available": available});
    applied(network, "custodian", "custodian-core", "/v1/attestations", &body);
}

/// Posts until it is applied: what a gateway reads first may be a block behind.
fn applied(network: &Network, gateway: &str, client: &str, path: &str, body: &Value) -> Value {
    let mut answer = network.post(gateway, client, path, body);
    let done = until(|| {
        if answer.status != 200 {
            answer = network.post(gateway, client, path, body);
        }
        answer.status == 200
    });
    assert!(done, "{path} {body}: {answer:?}");
    answer.json()
}

/// Posts an entry until its sequence number is not behind.
fn again_while(network: &Network, code: &str, entry: &Value) -> Answer {
    let post = || network.post("custodian", "custodian-core", "/v1/entries", entry);
    let mut answer = post();
    let _ = until(|| {
        if answer.code() == code {
            answer = post();
        }
        answer.code() != code
    });
    answer
}

/// The path that approves a proposal, once a gateway's checker can read it.
fn approval_of(network: &Network, gateway: &str, proposed: &Value) -> String {
    let path = format!("/v1/proposals/{}", proposed["command_id"].as_str().unwrap());
    let checker = format!("{gateway}-checker");
    assert!(until(|| network.get(gateway, &checker, &path).status == 200), "{path}");
    format!("{path}/approve")
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

fn a_nonce_counts_once_also_after_a_crash(network: &Network) {
    let message = network.message().replace("12500.00", "1.00").replace(FIXTURE_UETR, &uetr(3));
    let body = (XML, message.as_bytes());
    let request = Request { client: CORE, target: ("POST", "/v1/payments"), body };
    let bytes = network.sign(request);
    let url = network.url("bank-a");
    assert_eq!(http::send(&url, &bytes).status, 200);
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
    let mut matrix = Matrix::new(network);
    let expected = (401, "nonce_reused", "");
    matrix.row("a payment's bytes again", "bank-a", expected, || http::send(&url, &bytes));
    matrix.finish();
    // Signed anew it is the payment that it was.
    assert_eq!(pay(network, &message).json()["status"], "ACSC");
}

/// Two operators revoke the key with which bank C moves its money: from then on it moves none.
fn a_revoked_key_signs_no_more(network: &Network) {
    let close = |n: u64| {
        let leg = json!({"uetr": uetr(n), "instructed": network.lei("bank-b")});
        network.post("bank-c", "bank-c-core", "/v1/legs/close", &leg)
    };
    let before = close(9_001);
    assert_eq!(before.status, 200, "{before:?}");
    let card = std::fs::read_to_string(network.of("bank-c").join("keys/card.json")).unwrap();
    let card: Value = serde_json::from_str(&card).unwrap();
    let keys = card["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["role"] == "settlement").unwrap();
    let revoke = json!({"action": "revoke_key", "key": key["key"]});
    let proposed = network.post("operator", "operator-maker", "/v1/proposals", &revoke);
    let id = proposed.json()["command_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/proposals/{id}/approve");
    let revoked = network.post("operator", "operator-checker", &path, &json!({}));
    assert_eq!(revoked.status, 200, "{revoked:?}");
    let after = close(9_002);
    assert_eq!(after.code(), "key_revoked", "{after:?}");
}
