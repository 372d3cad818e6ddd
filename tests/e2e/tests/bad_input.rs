//! Every bad payment over HTTP: what it is answered, and that nothing comes of it.

use std::time::{Duration, SystemTime};

use e2e::{
    books::{Books, FIXTURE_UETR, XML, party, pay, register, uetr},
    http::Answer,
    matrix::Matrix,
    network::{Network, Request, until},
};
use serde_json::{Value, json};

/// Account numbers of the two customers in the demo's message.
const DEBTOR: &str = "<Othr>\n              <Id>700418825531</Id>\n            </Othr>";
const CREDITOR: &str = "<IBAN>DE39999999990012345678</IBAN>";
/// What a bank says of its customer to nobody else.
const NEUTRAL: &str = "MS03";
const BY_B: &str = "rejected_by_beneficiary_bank";

/// Messages that differ from a good one in one thing, each under an UETR of its own.
struct Messages {
    good: String,
    used: u64,
}

impl Messages {
    fn of(network: &Network) -> Self {
        Self { good: network.message(), used: 0 }
    }

    fn with(&mut self, changes: &[(&str, &str)]) -> String {
        self.used += 1;
        let fresh = self.good.replace(FIXTURE_UETR, &uetr(self.used));
        changes.iter().fold(fresh, |message, (from, to)| {
            assert!(message.contains(from), "{from}");
            message.replace(from, to)
        })
    }

    /// Paid by another customer of A, or to another customer of B.
    fn between(&mut self, debtor: &str, creditor: &str) -> String {
        let other = |number: &str| format!("<Othr><Id>{number}</Id></Othr>");
        let mut changes = vec![("12500.00", "1.00")];
        let (debtor_to, creditor_to) = (other(debtor), other(creditor));
        if !debtor.is_empty() {
            changes.push((DEBTOR, &debtor_to));
        }
        if !creditor.is_empty() {
            changes.push((CREDITOR, &creditor_to));
        }
        self.with(&changes)
    }
}

#[test]
fn a_bad_payment_gets_its_code_is_counted_and_changes_nothing() {
    let network = Network::start();
    let mut messages = Messages::of(&network);
    let mut matrix = Matrix::new(&network);
    what_is_not_a_payment_of_this_network(&network, &mut messages, &mut matrix);
    who_is_unknown(&network, &mut messages, &mut matrix);
    standing_on_either_side(&network, &mut messages, &mut matrix);
    the_ledger_does_not_take_the_gateways_word(&network, &mut messages, &mut matrix);
    freezes_on_either_side(&network, &mut messages, &mut matrix);
    a_leg_is_its_own_idempotency_key(&network, &mut messages, &mut matrix);
    matrix.finish();
    a_bank_that_never_answers(&network, &mut messages);
}

fn what_is_not_a_payment_of_this_network(
    network: &Network,
    messages: &mut Messages,
    matrix: &mut Matrix<'_>,
) {
    let good = messages.with(&[]);
    let cut = good[..good.len() / 2].to_owned();
    let dtd = good.replacen("?>", "?><!DOCTYPE a [<!ENTITY b \"c\">]>", 1);
    // Each entity is ten of the one before: a parser that resolves them runs out of memory.
    let entities: String = (1..=12)
        .map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10)))
        .collect();
    let bomb = format!("?><!DOCTYPE a [<!ENTITY e0 \"ha\">{entities}]>");
    let bomb = good.replacen("?>", &bomb, 1).replace("Henrike Vossbrink", "&e12;");
    let large = good.replace("two walnut", &"two walnut ".repeat((10 << 20) / 11));
    let amount = "12500.00";
    let rows = [
        ("malformed XML", good.replace("</PmtId>", "</PmtIdd>"), (400, "malformed_xml", "FF01")),
        ("truncated XML", cut, (400, "malformed_xml", "FF01")),
        ("a DTD", dtd, (400, "dtd_refused", "FF01")),
        ("an entity bomb", bomb, (400, "dtd_refused", "FF01")),
        ("10 MB", large, (413, "body_too_large", "")),
        ("another document", "<a/>".to_owned(), (400, "unknown_message", "FF01")),
        (
            "a version that nobody reads",
            messages.with(&[("pacs.008.001.08\"", "pacs.008.001.01\"")]),
            (400, "unknown_version", "FF01"),
        ),
        (
            "a currency of no network",
            messages.with(&[("Ccy=\"USD\"", "Ccy=\"EUR\"")]),
            (422, "currency_unknown", "AM03"),
        ),
        (
            "too many decimals",
            messages.with(&[(amount, "12500.001")]),
            (422, "amount_too_many_decimals", "AM12"),
        ),
        ("zero", messages.with(&[(amount, "0.00")]), (422, "amount_zero", "AM01")),
        ("negative", messages.with(&[(amount, "-1.00")]), (422, "amount_malformed", "AM12")),
        (
            "more than can be counted",
            messages.with(&[(amount, &format!("{}.00", "9".repeat(40)))]),
            (422, "amount_too_many_digits", "AM12"),
        ),
        (
            "cover",
            messages.with(&[("<SttlmMtd>CLRG", "<SttlmMtd>COVE")]),
            (422, "settlement_method_unsupported", "NARR"),
        ),
        (
            "settled in the instructed agent's books",
            messages.with(&[("<SttlmMtd>CLRG", "<SttlmMtd>INDA")]),
            (422, "settlement_method_unsupported", "NARR"),
        ),
        (
            "another clearing system",
            messages.with(&[("FLORIN</Prtry>", "OTHER</Prtry>")]),
            (422, "clearing_system_unknown", "RC04"),
        ),
        (
            "more than there is",
            messages.with(&[(amount, "99999999.00")]),
            (422, "insufficient_funds", "AM04"),
        ),
    ];
    for (what, body, expected) in rows {
        matrix.row(what, "bank-a", expected, || pay(network, &body));
    }
    let not_json = Request {
        client: "bank-a-core",
        target: ("POST", "/v1/payments"),
        body: ("application/json", b"{\"amount\": 1}"),
    };
    let expected = (400, "request_malformed", "");
    matrix.row("JSON of another shape", "bank-a", expected, || network.call("bank-a", not_json));
}

fn who_is_unknown(network: &Network, messages: &mut Messages, matrix: &mut Matrix<'_>) {
    let body = messages.between("700418825532", "");
    let expected = (422, "debtor_unknown", "AC02");
    matrix.row("unknown debtor account", "bank-a", expected, || pay(network, &body));
    let body = messages.between("", "no-such-account");
    let answer = matrix
        .row("unknown creditor account", "bank-a", (422, BY_B, "AC01"), || pay(network, &body));
    // The money was held: the receipt proves that it came back.
    matrix.also("its void is proved", answer.json()["receipt"]["href"].is_string());
    let body = messages.with(&[("QNFJDEF1", "ZZZZDEF1"), ("<LEI>ZZQN00NORDFJELLB0244</LEI>", "")]);
    let expected = (422, "agent_unknown", "RC01");
    matrix.row("unknown beneficiary bank", "bank-a", expected, || pay(network, &body));
}

/// K1, K2: the paying bank is told why; the other side is told only that it cannot be.
fn standing_on_either_side(network: &Network, messages: &mut Messages, matrix: &mut Matrix<'_>) {
    let ends = seconds_since_1970() + 3;
    let states = [
        ("none", json!({"level": "none"}), "standing_missing"),
        ("revoked", json!({"status": "revoked"}), "standing_revoked"),
        ("expired", json!({"expires": rfc3339(ends)}), "standing_expired"),
    ];
    for bank in ["bank-a", "bank-b"] {
        for (state, more, _) in &states {
            register(network, bank, &format!("{bank}-{state}"), more);
        }
    }
    // Ledger time may be behind this machine's by a block.
    assert!(until(|| seconds_since_1970() > ends + 1));
    for (state, _, code) in states {
        let body = messages.between(&format!("bank-a-{state}"), "");
        let what = format!("debtor's standing {state}");
        matrix.row(&what, "bank-a", (422, code, NEUTRAL), || pay(network, &body));
        let body = messages.between("", &format!("bank-b-{state}"));
        let what = format!("creditor's standing {state}");
        let answer = matrix.row(&what, "bank-a", (422, BY_B, NEUTRAL), || pay(network, &body));
        matrix.also(&format!("{what} is not told"), !answer.text.contains(code));
    }
}

/// K1: standing is decided by the ledger again, whatever the gate believes.
fn the_ledger_does_not_take_the_gateways_word(
    network: &Network,
    messages: &mut Messages,
    matrix: &mut Matrix<'_>,
) {
    let sides = [("bank-a", "standing_revoked"), ("bank-b", "counterparty_not_eligible")];
    for (bank, _) in sides {
        let number = format!("{bank}-late");
        register(network, bank, &number, &json!({}));
        let handle: Vec<u8> = hex_bytes(&party(network, bank, &number));
        assert_eq!(handle.len(), 32);
        let revoke = json!({"SetStanding": {
            "party": party(network, bank, &number), "level": "full", "status": "revoked",
            "expires": (seconds_since_1970() + 3_600) * 1_000, "evidence": "00".repeat(32),
        }});
        let key = network.of(bank).join("keys/compliance.key");
        let told = network.command(bank, &[key], &revoke, &[]);
        assert_eq!(told.0, 0, "{}", told.1);
    }
    for (bank, code) in sides {
        let number = format!("{bank}-late");
        let (debtor, creditor) =
            if bank == "bank-a" { (number.as_str(), "") } else { ("", number.as_str()) };
        let body = messages.between(debtor, creditor);
        let what = format!("{bank}'s gate is behind the ledger");
        matrix.row(&what, "bank-a", (422, code, NEUTRAL), || pay(network, &body));
    }
}

/// I10, by network compliance: account and customer, of the payer and of the payee.
fn freezes_on_either_side(network: &Network, messages: &mut Messages, matrix: &mut Matrix<'_>) {
    let customers = [("bank-a", "700418825531"), ("bank-b", "DE39999999990012345678")];
    for (bank, number) in customers {
        let code = if bank == "bank-a" { "account_frozen" } else { "counterparty_not_eligible" };
        let account = network.get(bank, &format!("{bank}-core"), "/v1/accounts").json();
        let account = json!({"account": account[0]["account"]});
        let customer = json!({"party": party(network, bank, number)});
        for (kind, target) in [("account", account), ("customer", customer)] {
            freeze(network, &target);
            let body = messages.between("", "");
            let what = format!("{bank}'s {kind} frozen");
            matrix.row(&what, "bank-a", (422, code, NEUTRAL), || pay(network, &body));
            unfreeze(network, &target);
        }
    }
    let body = json!({"party": "00".repeat(32), "reference": "CASE-2"});
    matrix.row("freeze of nobody", "compliance", (422, "party_unknown", "NARR"), || {
        network.post("compliance", "compliance-officer", "/v1/freezes", &body)
    });
    matrix.row("freeze by a bank", "compliance", (401, "key_unknown", ""), || {
        network.post("compliance", "bank-a-core", "/v1/freezes", &body)
    });
}

fn freeze(network: &Network, target: &Value) {
    let mut body = target.clone();
    body["reference"] = "CASE-1".into();
    let answer = network.post("compliance", "compliance-officer", "/v1/freezes", &body);
    assert_eq!(answer.status, 200, "{body}: {answer:?}");
}

fn unfreeze(network: &Network, target: &Value) {
    let mut body = target.clone();
    body["action"] = "unfreeze".into();
    let proposed = network.post("compliance", "compliance-officer", "/v1/proposals", &body).json();
    let path = format!("/v1/proposals/{}/approve", proposed["command_id"].as_str().unwrap());
    let mut answer: Option<Answer> = None;
    // The checker's read may meet a validator that is a block behind.
    let lifted = until(|| {
        let said = network.post("compliance", "compliance-checker", &path, &json!({}));
        let lifted = said.status == 200;
        answer = Some(said);
        lifted
    });
    assert!(lifted, "{answer:?}");
}

/// P3: the same leg is the same payment or a conflict.
fn a_leg_is_its_own_idempotency_key(
    network: &Network,
    messages: &mut Messages,
    matrix: &mut Matrix<'_>,
) {
    let first = network.get("bank-a", "bank-a-core", &format!("/v1/payments/{FIXTURE_UETR}"));
    let again = pay(network, &messages.good);
    // Who sent it knows what it says.
    let mut first = first.json();
    assert!(first.as_object_mut().unwrap().remove("details").is_some());
    assert_eq!((again.status, again.json()), (200, first));
    let other = messages.good.replace("two walnut", "three walnut");
    matrix.row("same leg, other remittance", "bank-a", (409, "leg_conflict", "AM05"), || {
        pay(network, &other)
    });
    // A payment that was rejected keeps its UETR, and its answer.
    let rejected = messages.with(&[("12500.00", "88888888.00")]);
    let expected = (422, "insufficient_funds", "AM04");
    let once = matrix.row("a rejected leg", "bank-a", expected, || pay(network, &rejected));
    let twice = pay(network, &rejected);
    assert_eq!((twice.status, twice.json()), (422, once.json()));
    let smaller = rejected.replace("88888888.00", "1.00");
    matrix.row("a rejected leg, smaller", "bank-a", (409, "leg_conflict", "AM05"), || {
        pay(network, &smaller)
    });
}

fn a_bank_that_never_answers(network: &Network, messages: &mut Messages) {
    let body = messages.between("", "");
    let before = Books::settled(network);
    network.configure("bank-a", "anchor_seconds", "acceptance_seconds = 3\nanchor_seconds");
    network.kill(&["bank-a".to_owned(), "bank-b".to_owned()]);
    network.start_again(&["bank-a".to_owned()]);
    let answer = pay(network, &body);
    let said = (answer.status, answer.code(), answer.iso_reason());
    let expected = (422, "no_answer_in_time".to_owned(), "TM01".to_owned());
    assert_eq!(said, expected, "{answer:?}");
    let rejected = network.counters("bank-a")["florin_gateway_payments_total{status=\"RJCT\"}"];
    assert_eq!(rejected, 1);
    network.start_again(&["bank-b".to_owned()]);
    before.assert_still(network, "a payment that was not answered");
    // B is asked again by the same message: it is the same payment, and stays rejected.
    let again = network.call(
        "bank-a",
        Request {
            client: "bank-a-core",
            target: ("POST", "/v1/payments"),
            body: (XML, body.as_bytes()),
        },
    );
    assert_eq!((again.status, again.json()), (422, answer.json()));
    // Both go on.
    let paid = pay(network, &messages.between("", ""));
    assert_eq!((paid.status, &paid.json()["status"]), (200, &json!("ACSC")), "{paid:?}");
}

fn hex_bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn seconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs()
}

/// A time as RFC 3339 writes it: days since 1970 become a date by the civil calendar's 400-year
/// cycle, counted from March.
fn rfc3339(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (cycle, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) =
        (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + cycle * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[test]
fn times_are_written_as_rfc_3339() {
    assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
    assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
    assert_eq!(rfc3339(1_795_231_744), "2026-11-21T03:29:04Z");
}
