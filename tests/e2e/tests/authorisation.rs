//! Object by verb over every path: what belongs to one institution is nothing to all others.
//!
//! Which role may use which verb on which path is enumerated where no network is needed
//! (`settlement_api::server::tests`); here every path has a row that says what it names, and each
//! object of two banks is asked for at every other gateway, by whoever may use the verb there.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{
    books::{Books, CURRENCY, FIXTURE_UETR, XML, party, pay, register, uetr},
    currency::{SECOND, open_accounts},
    http::{self, Answer},
    network::{Network, Request},
};
use serde_json::{Value, json};

/// Gateways, each with its clients and their roles, as the demo sets them up.
const CLIENTS: [(&str, &str, &str); 16] = [
    ("bank-a", "bank-a-core", "operations"),
    ("bank-a", "bank-a-compliance", "compliance"),
    ("bank-b", "bank-b-core", "operations"),
    ("bank-b", "bank-b-compliance", "compliance"),
    ("bank-c", "bank-c-core", "operations"),
    ("bank-c", "bank-c-compliance", "compliance"),
    ("bank-a", "bank-a-admin", "administrator"),
    ("bank-b", "bank-b-admin", "administrator"),
    ("bank-c", "bank-c-admin", "administrator"),
    ("treasury", "treasury-maker", "treasury_maker"),
    ("treasury", "treasury-checker", "treasury_checker"),
    ("custodian", "custodian-core", "custodian"),
    ("operator", "operator-maker", "operator_maker"),
    ("operator", "operator-checker", "operator_checker"),
    ("compliance", "compliance-officer", "network_compliance"),
    ("compliance", "compliance-checker", "network_compliance_checker"),
];

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Nothing of anybody: it is not signed.
    Nobody,
    /// What is the gateway's own, or becomes it; nothing is named that could be another's.
    Own,
    /// An object that the path names.
    Path(Kind),
    /// An object that the body names.
    Body(Kind),
    /// A sealed parcel of another member, for this one.
    Sealed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Payment,
    Command,
    File,
    Recall,
    Case,
    Rule,
    Ticket,
    MintRequest,
    Proposal,
    Redemption,
    Webhook,
    Quote,
    Check,
    StandingOrder,
    Customer,
}

use About::{Body, Nobody, Own, Path, Sealed};

/// Every operation of a gateway.
const GATEWAY: &[(&str, &str, About)] = &[
    ("get", "/healthz", Nobody),
    ("get", "/readyz", Nobody),
    ("get", "/metrics", Nobody),
    ("get", "/openapi.json", Nobody),
    ("get", "/docs", Nobody),
    ("get", "/docs/{file}", Nobody),
    ("post", "/oauth/token", Nobody),
    ("post", "/v1/payments", Own),
    ("get", "/v1/payments", Own),
    ("post", "/v1/simulate", Own),
    ("get", "/v1/payments/{uetr}", Path(Kind::Payment)),
    ("get", "/v1/payments/{uetr}/message", Path(Kind::Payment)),
    ("get", "/v1/payments/{uetr}/notification", Path(Kind::Payment)),
    ("get", "/v1/payments/{uetr}/evidence", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/credit", Path(Kind::Payment)),
    ("get", "/v1/payments/{uetr}/return", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/return", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/return/approve", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/return/withdraw", Path(Kind::Payment)),
    ("get", "/v1/payments/{uetr}/cases", Path(Kind::Payment)),
    ("get", "/v1/tracker/{uetr}", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/cancel", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/accept", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/accept/approve", Path(Kind::Payment)),
    ("post", "/v1/payments/{uetr}/reject", Path(Kind::Payment)),
    ("get", "/v1/scheduled-payments", Own),
    ("get", "/v1/queue", Own),
    ("post", "/v1/queue/{uetr}/cancel", Path(Kind::Payment)),
    ("post", "/v1/queue/{uetr}/priority", Path(Kind::Payment)),
    ("post", "/v1/standing-orders", Own),
    ("get", "/v1/standing-orders", Own),
    ("get", "/v1/standing-orders/{standing_order}", Path(Kind::StandingOrder)),
    ("get", "/v1/standing-orders/{standing_order}/executions", Path(Kind::StandingOrder)),
    ("post", "/v1/standing-orders/{standing_order}/cancel", Path(Kind::StandingOrder)),
    ("get", "/v1/inbox", Own),
    ("post", "/v1/inbox", Sealed),
    ("post", "/v1/inbox/recalls", Sealed),
    ("post", "/v1/inbox/returns", Sealed),
    ("post", "/v1/inbox/quotes", Sealed),
    ("post", "/v1/inquiries", Sealed),
    ("get", "/v1/customers", Own),
    ("post", "/v1/customers", Own),
    ("get", "/v1/customers/{party}", Path(Kind::Customer)),
    ("post", "/v1/mint-requests", Own),
    // Everybody's to read.
    ("get", "/v1/directory", Own),
    ("get", "/v1/accounts", Own),
    ("get", "/v1/accounts/{account}/proof", Own),
    ("get", "/v1/accounts/{account}/statements/{date}", Own),
    ("get", "/v1/accounts/{account}/report", Own),
    ("post", "/v1/statement-requests", Own),
    ("get", "/v1/supply/{currency}", Own),
    ("get", "/v1/receipts/{command}", Path(Kind::Command)),
    ("get", "/v1/commands/{command}", Path(Kind::Command)),
    ("get", "/v1/reserves", Own),
    ("post", "/v1/reserves", Own),
    ("post", "/v1/notifications", Own),
    ("post", "/v1/entries", Own),
    ("post", "/v1/attestations", Own),
    ("get", "/v1/mint-orders", Own),
    ("post", "/v1/mint-orders/{request}/propose", Path(Kind::MintRequest)),
    ("post", "/v1/proposals", Own),
    ("get", "/v1/proposals/{proposal}", Path(Kind::Proposal)),
    ("post", "/v1/proposals/{proposal}/approve", Path(Kind::Proposal)),
    ("post", "/v1/freezes", Own),
    ("post", "/v1/moves", Own),
    ("post", "/v1/redemptions", Own),
    ("post", "/v1/redemptions/{redemption}/cancel", Path(Kind::Redemption)),
    ("post", "/v1/redemptions/{redemption}/instruct", Path(Kind::Redemption)),
    ("post", "/v1/redemptions/{redemption}/confirm", Path(Kind::Redemption)),
    // A leg is one of the bank that closes it, whoever else uses the UETR.
    ("post", "/v1/legs/close", Own),
    ("get", "/v1/events", Own),
    ("post", "/v1/webhooks", Own),
    ("get", "/v1/webhooks", Own),
    ("post", "/v1/webhooks/{webhook}/resume", Path(Kind::Webhook)),
    ("post", "/v1/webhooks/{webhook}/rotate", Path(Kind::Webhook)),
    ("post", "/v1/webhooks/{webhook}/withdraw", Path(Kind::Webhook)),
    ("post", "/v1/payment-files", Own),
    ("get", "/v1/payment-files/{file}", Path(Kind::File)),
    ("get", "/v1/payment-files/{file}/orders", Path(Kind::File)),
    ("post", "/v1/status-requests", Body(Kind::Payment)),
    ("post", "/v1/recalls", Body(Kind::Payment)),
    ("get", "/v1/recalls", Own),
    ("get", "/v1/recalls/{recall}", Path(Kind::Recall)),
    ("get", "/v1/recalls/{recall}/message", Path(Kind::Recall)),
    ("post", "/v1/recalls/{recall}/answer", Path(Kind::Recall)),
    ("post", "/v1/recalls/{recall}/approve", Path(Kind::Recall)),
    ("get", "/v1/cases", Own),
    ("post", "/v1/cases", Body(Kind::Payment)),
    ("get", "/v1/cases/{case}", Path(Kind::Case)),
    ("get", "/v1/cases/{case}/message", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/accept", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/interim", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/answer", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/answer/approve", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/reject", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/close", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/reopen", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/withdraw", Path(Kind::Case)),
    ("post", "/v1/cases/{case}/forward", Path(Kind::Case)),
    ("get", "/v1/cases/{case}/documents/{document}", Path(Kind::Case)),
    ("get", "/v1/cases/{case}/evidence", Path(Kind::Case)),
    ("get", "/v1/answer-rules", Own),
    ("post", "/v1/answer-rules", Own),
    ("post", "/v1/answer-rules/{rule}/approve", Path(Kind::Rule)),
    ("post", "/v1/answer-rules/{rule}/withdraw", Path(Kind::Rule)),
    ("post", "/v1/account-checks", Own),
    ("get", "/v1/account-checks/{check}", Path(Kind::Check)),
    ("post", "/v1/inbox/account-checks", Sealed),
    ("post", "/v1/fx/rates", Own),
    ("get", "/v1/fx/rates", Own),
    ("post", "/v1/quotes", Own),
    ("get", "/v1/quotes/{quote}", Path(Kind::Quote)),
    ("post", "/v1/quotes/{quote}/accept", Path(Kind::Quote)),
    ("post", "/v1/tickets", Own),
    ("post", "/v1/tickets/check", Own),
    ("get", "/v1/tickets/{ticket}", Path(Kind::Ticket)),
    ("post", "/v1/contracts/calls/quote", Own),
    ("post", "/v1/contracts/approvals", Own),
    ("post", "/v1/contracts/calls", Own),
    ("get", "/v1/contracts/calls/{command}", Path(Kind::Command)),
    // Modules are everybody's to read.
    ("get", "/v1/contracts/modules/{address}/{module}", Own),
];

/// Every operation of an observer: an auditor's or nobody's.
const AUDIT: &[(&str, &str)] = &[
    ("get", "/healthz"),
    ("get", "/openapi.json"),
    ("get", "/docs"),
    ("get", "/docs/{file}"),
    ("get", "/audit/v1/supply"),
    ("get", "/audit/v1/reserves"),
    ("get", "/audit/v1/cases/{uetr}"),
    ("get", "/audit/v1/receipts/{command}"),
    ("get", "/audit/v1/accounts/{account}/history"),
    ("get", "/audit/v1/members/{lei}/accounts"),
    ("get", "/audit/v1/members/{lei}/customers"),
    ("get", "/audit/v1/members/{lei}/payments"),
    ("get", "/audit/v1/consistency"),
    ("get", "/audit/v1/mints"),
    ("get", "/audit/v1/redemptions"),
    ("get", "/audit/v1/report"),
];

/// Every operation of a ledger port, and what bank C is answered: whose records it may read is
/// enumerated in `node::ledger_port::access` and `visibility.rs`.
const LEDGER_PORT: &[(&str, &str)] = &[
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("post", "/ledger/v1/commands"),
    ("post", "/ledger/v1/command-batches"),
    ("get", "/ledger/v1/receipts"),
    ("get", "/ledger/v1/records/{name}"),
    ("get", "/ledger/v1/journals/{account}"),
    ("get", "/ledger/v1/directory"),
    ("get", "/ledger/v1/blocks"),
    ("get", "/ledger/v1/handovers"),
    ("get", "/ledger/v1/headers/latest"),
    ("get", "/ledger/v1/headers/{height}"),
    ("get", "/ledger/v1/status"),
];

/// A name of no object.
const NOTHING: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

/// An object, and the gateways of those whose it is.
struct Object {
    id: String,
    parties: BTreeSet<&'static str>,
}

#[test]
fn z1_what_is_one_institutions_is_nothing_to_all_others_on_every_path() {
    every_path_has_a_row();
    let network = Network::start_with(&["--currency", SECOND]);
    let objects = objects(&network);
    let document = read("openapi.json");
    let books = Books::settled(&network);
    let before = seen_by_parties(&network, &objects);
    let (mut nothing, mut let_in, mut refused) = (0, 0, 0);
    let mut told_apart = Vec::new();
    for (method, path, about) in GATEWAY {
        let operation = &document["paths"][*path][*method];
        let named = match about {
            Path(kind) | Body(kind) => Some(&objects[kind]),
            Nobody | Own | Sealed => None,
        };
        for (gateway, client, role) in CLIENTS {
            let Some(roles) = roles(operation) else { continue };
            if !roles.is_empty() && !roles.contains(&role) {
                let (status, code) =
                    ask(&network, (gateway, client), operation, (method, path, NOTHING));
                assert_eq!(
                    (status, code.as_str()),
                    (403, "role_missing"),
                    "{method} {path} {client}"
                );
                refused += 1;
                continue;
            }
            let Some(object) = named else { continue };
            let told = format!("{method} {path} by {client}");
            if object.parties.contains(gateway) {
                // Reading only: what a party may do is other tests' matter.
                if *method == "get" && !path.contains("{document}") {
                    let (status, code) =
                        ask(&network, (gateway, client), operation, (method, path, &object.id));
                    assert!(![401, 403].contains(&status), "{told}: {status} {code}");
                    let_in += 1;
                }
                continue;
            }
            let theirs = answer(&network, (gateway, client), operation, (method, path, &object.id));
            let absent = answer(
                &network,
                (gateway, client),
                operation,
                (method, path, nothing_of(&object.id)),
            );
            // What a gateway passes on is refused by the ledger, under a command of its own.
            let by_ledger = theirs.status == 422 && theirs.code().ends_with("_unknown");
            let hide = |answer: &Answer, id: &str| answer.text.replace(id, "");
            let alike = if by_ledger {
                (absent.status, absent.code()) == (theirs.status, theirs.code())
            } else {
                theirs.status == 404
                    && hide(&theirs, &object.id) == hide(&absent, nothing_of(&object.id))
            };
            if !alike {
                told_apart.push(format!("{told}: {theirs:?}, and for none {absent:?}"));
            }
            nothing += 1;
        }
    }
    assert!(told_apart.is_empty(), "{told_apart:#?}");
    strangers(&network, &objects, &document, &mut refused);
    observer_and_ledger_port(&network, &objects);
    assert!(nothing > 60 && let_in > 20 && refused > 300, "{nothing} {let_in} {refused}");
    books.assert_still(&network, "all of it");
    assert_eq!(seen_by_parties(&network, &objects), before, "an object was changed");
}

fn nothing_of(id: &str) -> &'static str {
    const NO_PAYMENT: &str = "00000000-0000-4000-8000-0000000000aa";
    if id.contains('-') { NO_PAYMENT } else { NOTHING }
}

fn read(document: &str) -> Value {
    let path = format!("{}/../../docs/api/{document}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A new path without a row fails here.
fn every_path_has_a_row() {
    let gateway: BTreeSet<_> = GATEWAY.iter().map(|(method, path, _)| (*path, *method)).collect();
    let bare = |rows: &'static [(&'static str, &'static str)]| -> BTreeSet<_> {
        rows.iter().map(|(method, path)| (*path, *method)).collect()
    };
    for (name, rows) in [
        ("openapi.json", gateway),
        ("openapi-audit.json", bare(AUDIT)),
        ("openapi-ledger-port.json", bare(LEDGER_PORT)),
    ] {
        let document = read(name);
        let paths = document["paths"].as_object().unwrap();
        let described: BTreeSet<_> = paths
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(move |method| (path.as_str(), method.as_str()))
            })
            .collect();
        assert_eq!(rows, described, "{name}: left: the rows here, right: what is described");
    }
}

/// Roles that an operation names, none for every client; `None` when it is not signed.
fn roles(operation: &Value) -> Option<Vec<&str>> {
    let security = operation["security"].as_array().map_or(&[][..], Vec::as_slice);
    if security.iter().any(|all| all.as_object().unwrap().is_empty()) {
        return None;
    }
    let named = security.iter().filter_map(|all| all["rfc9421"].as_array()).flatten();
    Some(named.filter_map(Value::as_str).collect())
}

/// A path that names an object.
fn target(path: &str, id: &str) -> String {
    let mut target = String::new();
    for part in path.split('/').skip(1) {
        target.push('/');
        target.push_str(match part {
            "{currency}" | "{account}" => CURRENCY,
            "{date}" => "2026-11-02",
            "{document}" => NOTHING,
            part if part.starts_with('{') => id,
            part => part,
        });
    }
    target
}

/// A body that names an object, or the example of the description.
fn body(operation: &Value, path: &str, id: &str) -> (&'static str, Vec<u8>) {
    let document = read("openapi.json");
    let content = &operation["requestBody"]["content"];
    for media in ["application/json", "application/xml"] {
        let schema = &content[media]["schema"];
        let named = schema["$ref"].as_str().or_else(|| schema["oneOf"][1]["$ref"].as_str());
        let Some(named) = named else { continue };
        let example = &document.pointer(&named[1..]).unwrap()["examples"][0];
        let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        let examples_uetr = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";
        let future = text.replace("2026-11-02T09:30:00.125Z", "2099-11-02T09:30:00Z");
        let names_one = matches!(path, "/v1/recalls" | "/v1/cases" | "/v1/status-requests");
        let text = if names_one { future.replace(examples_uetr, id) } else { future };
        let text = match path.rsplit('/').next() {
            Some("resume") => r#"{"after": 0}"#.to_owned(),
            Some("reopen") => r#"{"answer_by": "2099-11-02T09:30:00Z"}"#.to_owned(),
            _ => text,
        };
        return (media, text.into_bytes());
    }
    let bare = ["accept", "close", "withdraw"];
    let may_be_bare = ["/v1/cases/", "/v1/quotes/"].iter().any(|start| path.starts_with(start));
    if may_be_bare && bare.iter().any(|act| path.ends_with(act)) {
        return ("application/json", b"{}".to_vec());
    }
    if content.is_object() {
        ("application/vnd.florin.bcs", b"sealed".to_vec())
    } else {
        ("", Vec::new())
    }
}

fn answer(
    network: &Network,
    (gateway, client): (&str, &str),
    operation: &Value,
    (method, path, id): (&str, &str, &str),
) -> Answer {
    let (media, body) = body(operation, path, id);
    let method = method.to_uppercase();
    let target = target(path, id);
    network.call(gateway, Request { client, target: (&method, &target), body: (media, &body) })
}

fn ask(
    network: &Network,
    who: (&str, &str),
    operation: &Value,
    what: (&str, &str, &str),
) -> (u16, String) {
    let answer = answer(network, who, operation, what);
    (answer.status, answer.code())
}

/// At A's gateway, other banks' gateways and clients get nothing, whatever they ask for.
fn strangers(
    network: &Network,
    objects: &BTreeMap<Kind, Object>,
    document: &Value,
    refused: &mut usize,
) {
    let gateway_of_c = network.of("bank-c").join("keys/transport.key");
    for (method, path, about) in GATEWAY {
        let Some(roles) = roles(&document["paths"][*path][*method]) else { continue };
        let id = match about {
            Path(kind) | Body(kind) => objects[kind].id.as_str(),
            Nobody | Own | Sealed => NOTHING,
        };
        let target = target(path, id);
        for (key, expected) in [
            (&gateway_of_c, (403, "role_missing")),
            (&network.client("bank-c-core"), (401, "key_unknown")),
        ] {
            if roles.contains(&"member") && expected.0 == 403 {
                continue;
            }
            let request = http::signed(key, (&method.to_uppercase(), &target), &[]);
            let answer = http::send(&network.url("bank-a"), &request);
            let code = answer.code();
            assert_eq!((answer.status, code.as_str()), expected, "{method} {path}");
            *refused += 1;
        }
    }
}

/// An observer answers auditors; a ledger port shows a bank nothing of two others.
fn observer_and_ledger_port(network: &Network, objects: &BTreeMap<Kind, Object>) {
    let config = std::fs::read_to_string(network.of("regulator").join("config.toml")).unwrap();
    let listen = config.split("[api]").nth(1).and_then(|rest| rest.split('"').nth(1)).unwrap();
    let audit = format!("http://{listen}");
    for (method, path) in AUDIT.iter().filter(|(_, path)| path.starts_with("/audit")) {
        let target = path
            .replace("{uetr}", FIXTURE_UETR)
            .replace("{lei}", &network.lei("bank-c"))
            .replace("{command}", &objects[&Kind::Command].id)
            .replace("{account}", NOTHING);
        for key in [network.client("bank-c-core"), network.of("bank-c").join("keys/transport.key")]
        {
            let request = http::signed(&key, (&method.to_uppercase(), &target), &[]);
            let answer = http::send(&audit, &request);
            assert_eq!((answer.status, answer.code().as_str()), (401, "key_unknown"), "{path}");
        }
    }
    let receipts = network.ledger("validator-1", "bank-c", "/ledger/v1/receipts?limit=256");
    assert_eq!(receipts.status, 200);
    let text = hex::encode(&receipts.body);
    for object in objects.values() {
        let id = object.id.replace('-', "");
        assert!(!text.contains(&id), "{id} stands in C's receipts");
    }
    let account = network.get("bank-a", "bank-a-core", "/v1/accounts").json();
    let account = account[0]["account"].as_str().unwrap().to_owned();
    let of =
        |id: &str| network.ledger("validator-1", "bank-c", &format!("/ledger/v1/records/05{id}"));
    let (theirs, absent) = (of(&account), of(NOTHING));
    assert_eq!((theirs.status, &theirs), (404, &absent));
    let journal = |bank: &str, id: &str| {
        network.ledger("validator-1", bank, &format!("/ledger/v1/journals/{id}"))
    };
    let (theirs, absent) = (journal("bank-c", &account), journal("bank-c", NOTHING));
    assert_eq!((theirs.status, &theirs), (404, &absent));
    assert_eq!(journal("bank-a", &account).status, 200);
    let blocks = network.ledger("validator-1", "bank-c", "/ledger/v1/blocks?from=1");
    assert_eq!(blocks.status, 404);
}

/// What parties see of their objects.
fn seen_by_parties(network: &Network, objects: &BTreeMap<Kind, Object>) -> Vec<Value> {
    let rows = [
        (Kind::Payment, "bank-a", "bank-a-core", "/v1/payments/"),
        (Kind::Payment, "bank-b", "bank-b-core", "/v1/payments/"),
        (Kind::Recall, "bank-a", "bank-a-core", "/v1/recalls/"),
        (Kind::Recall, "bank-b", "bank-b-core", "/v1/recalls/"),
        (Kind::Case, "bank-b", "bank-b-core", "/v1/cases/"),
        (Kind::Ticket, "bank-b", "bank-b-core", "/v1/tickets/"),
        (Kind::Proposal, "operator", "operator-maker", "/v1/proposals/"),
    ];
    let mut seen: Vec<Value> = rows
        .iter()
        .map(|(kind, gateway, client, path)| {
            let answer = network.get(gateway, client, &format!("{path}{}", objects[kind].id));
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            answer.json()
        })
        .collect();
    seen.push(network.get("bank-a", "bank-a-compliance", "/v1/answer-rules").json());
    seen
}

/// One object of each kind, made by those whose it is.
fn objects(network: &Network) -> BTreeMap<Kind, Object> {
    let message = network.message().replace("12500.00", "7.00").replace(FIXTURE_UETR, &uetr(71));
    let paid = pay(network, &message);
    assert_eq!(paid.status, 200, "{paid:?}");
    let payment = paid.json()["uetr"].as_str().unwrap().to_owned();
    let command = paid.json()["receipt"]["command_id"].as_str().unwrap().to_owned();
    let done = |answer: Answer, field: &str| {
        assert!((200..300).contains(&answer.status), "{answer:?}");
        answer.json()[field].as_str().unwrap().to_owned()
    };
    let recall = json!({"uetr": payment, "reason": "DUPL"});
    let recall = network.post("bank-a", "bank-a-core", "/v1/recalls", &recall);
    let recall = done(recall, "recall");
    let asked = json!({
        "uetr": payment, "kind": "FWTR", "level": 1, "reasons": ["DTOR"],
    });
    let case = done(network.post("bank-b", "bank-b-core", "/v1/cases", &asked), "case");
    let rule = json!({
        "kinds": ["FWTR"], "level": 1, "gives": ["debtor_name"], "outcome": "INFO",
        "release": "one_person", "until": "2027-11-02T09:30:00Z",
    });
    let rule = done(network.post("bank-a", "bank-a-compliance", "/v1/answer-rules", &rule), "rule");
    let ticket = json!({
        "amount": "5.00", "currency": CURRENCY, "holder": network.lei("bank-a"),
        "checks": ["account_open"], "valid_seconds": 3600,
        "debtor": {"name": "Orchard Tools Ltd", "account": "700418825531"},
        "creditor": {"name": "Henrike Vossbrink", "account": "DE39999999990012345678"},
    });
    let ticket = done(network.post("bank-b", "bank-b-core", "/v1/tickets", &ticket), "ticket");
    let reserve = network.get("treasury", "treasury-maker", &format!("/v1/supply/{CURRENCY}"));
    let reserve = reserve.json()["reserves"][0].as_str().unwrap().to_owned();
    let mint = json!({
        "amount": "9.00", "currency": CURRENCY, "reserve": reserve, "reference": "MINT-71",
    });
    let mint = network.post("bank-a", "bank-a-core", "/v1/mint-requests", &mint);
    let mint = done(mint, "command_id");
    let redemption = json!({"amount": "3.00", "currency": CURRENCY, "reserve": reserve});
    let redemption = network.post("bank-a", "bank-a-core", "/v1/redemptions", &redemption);
    let redemption = done(redemption, "command_id");
    let terms = json!({
        "action": "set_payment_terms", "currency": CURRENCY,
        "limits": {"basic": {"per_payment": "1000.00"}},
    });
    let proposal = network.post("operator", "operator-maker", "/v1/proposals", &terms);
    let proposal = done(proposal, "command_id");
    let file = done(post_file(network), "file");
    let webhook = json!({"url": "http://127.0.0.1:9/events"});
    let webhook = network.post("bank-a", "bank-a-admin", "/v1/webhooks", &webhook);
    let webhook = done(webhook, "webhook");
    let asked = json!({
        "agent": {"lei": network.lei("bank-b")}, "name": "Henrike Vossbrink",
        "iban": "DE39999999990012345678",
    });
    let check = network.post("bank-a", "bank-a-core", "/v1/account-checks", &asked);
    let check = done(check, "check");
    let standing = json!({
        "payment": {
            "end_to_end_id": "RENT-71", "amount": "1.00", "currency": CURRENCY,
            "debtor": {"name": "Orchard Tools Ltd", "account": "700418825531"},
            "creditor": {"name": "Henrike Vossbrink", "iban": "DE39999999990012345678"},
            "creditor_agent": {"lei": network.lei("bank-b")},
        },
        "first": "2099-01-31", "every": "month",
    });
    let standing = network.post("bank-a", "bank-a-core", "/v1/standing-orders", &standing);
    let standing = done(standing, "standing_order");
    let object = |id: String, parties: &[&'static str]| Object {
        id,
        parties: parties.iter().copied().collect(),
    };
    let two = &["bank-a", "bank-b"];
    let issued = &["bank-a", "treasury"];
    BTreeMap::from([
        (Kind::Payment, object(payment, two)),
        (Kind::Command, object(command, two)),
        (Kind::File, object(file, &["bank-a"])),
        (Kind::Recall, object(recall, two)),
        (Kind::Case, object(case, two)),
        (Kind::Rule, object(rule, &["bank-a"])),
        (Kind::Ticket, object(ticket, &["bank-b"])),
        (Kind::MintRequest, object(mint, issued)),
        (Kind::Proposal, object(proposal, &["operator"])),
        (Kind::Redemption, object(redemption, issued)),
        (Kind::Webhook, object(webhook, &["bank-a"])),
        (Kind::Quote, object(quote(network), two)),
        (Kind::Check, object(check, &["bank-a"])),
        (Kind::StandingOrder, object(standing, &["bank-a"])),
        (Kind::Customer, object(party(network, "bank-a", "700418825531"), &["bank-a"])),
    ])
}

/// A quote that B gave to A, which nobody has accepted.
fn quote(network: &Network) -> String {
    open_accounts(network);
    register(network, "bank-b", "FX-DESK", &json!({}));
    let rates = json!({
        "base": CURRENCY, "quote": SECOND, "bid": "0.9217", "ask": "0.9231", "limit": "1000.00",
        "account": "FX-DESK", "quote_s": 300, "valid_s": 3600,
    });
    let set = network.post("bank-b", "bank-b-core", "/v1/fx/rates", &rates);
    assert_eq!(set.status, 200, "{set:?}");
    let ask = json!({
        "maker": network.lei("bank-b"), "source_currency": CURRENCY, "target_currency": SECOND,
        "source_amount": "100.00", "account": "700418825531",
    });
    let quoted = network.post("bank-a", "bank-a-core", "/v1/quotes", &ask).json();
    assert_eq!(quoted["state"], "quoted", "{quoted}");
    quoted["quote"].as_str().unwrap().to_owned()
}

/// A file of one order of A's customer.
fn post_file(network: &Network) -> Answer {
    let document = read("openapi.json");
    let text = document["components"]["schemas"]["Pain001Text"]["examples"][0].as_str().unwrap();
    let text = text
        .replace("<BICFI>DEUTDEFF</BICFI>", "")
        .replacen("<FinInstnId>", &format!("<FinInstnId><LEI>{}</LEI>", network.lei("bank-a")), 1)
        .replace("3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163", &uetr(72));
    let (debtor, creditor) = text.split_once("<CdtrAgt>").unwrap();
    let creditor = creditor.replacen(
        "<FinInstnId>",
        &format!("<FinInstnId><LEI>{}</LEI>", network.lei("bank-b")),
        1,
    );
    let text = format!("{debtor}<CdtrAgt>{creditor}").replace("12500.00", "1.00");
    let body = (XML, text.as_bytes());
    let target = ("POST", "/v1/payment-files");
    network.call("bank-a", Request { client: "bank-a-core", target, body })
}
