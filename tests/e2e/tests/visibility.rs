//! Who learns what: a bank without a part in a payment, validators, treasury and custodian.

use std::{collections::BTreeSet, fs, path::PathBuf};

use e2e::{
    books::{Books, CURRENCY, FIXTURE_UETR, party, pay, register, uetr},
    http::{self, Answer},
    network::Network,
    search::Needles,
};
use serde_json::{Value, json};

/// Nothing on the ledger or in a gateway has this id.
const NOTHING: &str = "00000000000000000000000000000000000000000000000000000000000000aa";
/// What A pays to B, each by a customer of its own.
const PAID: [(&str, &str, &str, &str); 3] = [
    ("4317.29", "Ottoline Quillfeather", "880012345601", "Harpsichord strings, crate 17"),
    ("2841.67", "Bartholomew Zindelfink", "880012345602", "Beeswax and turpentine"),
    ("1093.53", "Perpetua Vantongeren", "880012345603", "Lighthouse lens, second part"),
];
const PAYEE: (&str, &str) = ("Ludmila Krautwurst", "990098765401");
/// What B pays back, in JSON.
const BACK: &str = "1733.91";

/// What was exchanged, by who may not know it.
struct Secrets {
    /// Names, account numbers, what a payment was for: for the two banks only.
    personal: Needles,
    /// And handles, references, amounts, addresses: what a bank without a part must not learn.
    all: Needles,
    /// And B's handle, but no address: operators open accounts, a mint's receipt names A's.
    offices: Needles,
}

#[test]
fn a_payment_is_known_to_its_two_banks_and_by_what_the_ledger_needs_to_validators() {
    let network = Network::start();
    let _ = Books::settled(&network);
    let from = height(&network);
    play(&network);
    let secrets = secrets(&network);
    let fetched = tempfile::tempdir().unwrap();
    everything_that_c_can_fetch(&network, fetched.path(), from);

    // The search finds what is there: all of it at A, and what they are told at B.
    let at_a = secrets.all.below(&network.of("bank-a"));
    assert_eq!(at_a.names(), secrets.all.names(), "bank A has all of its own");
    let at_b = secrets.personal.below(&network.of("bank-b"));
    assert_eq!(at_b.names(), secrets.personal.names(), "bank B has the messages");

    for folder in [network.of("bank-c"), fetched.path().to_path_buf()] {
        let found = secrets.all.below(&folder);
        assert!(found.files > 5 && found.bytes > 10_000, "{found:?}");
        assert_eq!(found.hits, BTreeSet::new());
    }
    for office in ["treasury", "custodian", "operator", "compliance"] {
        let found = secrets.offices.below(&network.of(office));
        assert!(found.files > 5, "{office}: {found:?}");
        assert_eq!(found.hits, BTreeSet::new());
    }
    let mut address = Needles::default();
    address.hex("account of bank-b", &account(&network, "bank-b"));
    for office in ["treasury", "custodian", "compliance"] {
        assert_eq!(address.below(&network.of(office)).hits, BTreeSet::new());
    }
    validators_have_accounts_but_no_persons(&network, &secrets);
    what_is_anothers_is_answered_as_nothing(&network);
}

fn validators_have_accounts_but_no_persons(network: &Network, secrets: &Secrets) {
    let mut known = Needles::default();
    known.hex("account", &account(network, "bank-a"));
    for validator in network.names("validator") {
        let folder = network.of(&validator);
        assert_eq!(known.below(&folder).names().len(), 1, "{validator} has the account");
        assert_eq!(secrets.personal.below(&folder).hits, BTreeSet::new());
    }
}

/// Payments both ways, in XML and JSON, one of them rejected.
fn play(network: &Network) {
    register(network, "bank-b", PAYEE.1, &json!({"name": PAYEE.0}));
    for (n, (amount, name, number, purpose)) in (1..).zip(PAID) {
        register(network, "bank-a", number, &json!({"name": name}));
        let changes = [
            (FIXTURE_UETR, uetr(n).as_str()),
            ("12500.00", amount),
            ("Orchard &amp; Finch Cabinetmakers LLC", name),
            ("700418825531", number),
            ("Henrike Vossbrink", PAYEE.0),
            ("<IBAN>DE39999999990012345678</IBAN>", &format!("<Othr><Id>{}</Id></Othr>", PAYEE.1)),
            ("Invoice 2209, two walnut workbenches", purpose),
        ]
        .iter()
        .fold(network.message(), |message, (from, to)| message.replace(from, to));
        let answer = pay(network, &changes);
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ACSC")), "{answer:?}");
    }
    let (_, name, number, purpose) = PAID[0];
    let mut back = json!({
        "uetr": uetr(9), "end_to_end_id": "BACK-1", "currency": CURRENCY, "amount": BACK,
        "debtor": {"name": PAYEE.0, "account": PAYEE.1},
        "creditor": {"name": name, "account": number},
        "creditor_agent": {"lei": network.lei("bank-a")}, "remittance": purpose,
    });
    let answer = network.post("bank-b", "bank-b-core", "/v1/payments", &back);
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ACSC")), "{answer:?}");
    back["uetr"] = uetr(10).into();
    back["creditor"]["account"] = "no-such-account".into();
    let answer = network.post("bank-b", "bank-b-core", "/v1/payments", &back);
    assert_eq!(answer.status, 422, "{answer:?}");
}

fn secrets(network: &Network) -> Secrets {
    let mut personal = Needles::default();
    for (_, name, number, purpose) in PAID {
        personal.text(name, name);
        personal.text(number, number);
        personal.text(purpose, purpose);
    }
    personal.text(PAYEE.0, PAYEE.0);
    personal.text(PAYEE.1, PAYEE.1);
    let mut offices = personal.clone();
    for (n, (amount, _, number, _)) in (1..).zip(PAID) {
        offices.amount(amount, amount);
        offices.hex(&format!("handle of {number}"), &party(network, "bank-a", number));
        reference(&mut offices, &uetr(n));
    }
    offices.amount(BACK, BACK);
    reference(&mut offices, &uetr(9));
    let mut all = offices.clone();
    for bank in ["bank-a", "bank-b"] {
        all.hex(&format!("account of {bank}"), &account(network, bank));
    }
    // A never learns how B calls its customers, so that this would not be found at A.
    offices.hex("handle of the payee", &party(network, "bank-b", PAYEE.1));
    Secrets { personal, all, offices }
}

fn reference(needles: &mut Needles, uetr: &str) {
    needles.text(uetr, uetr);
    needles.hex(uetr, &uetr.replace('-', ""));
}

fn account(network: &Network, bank: &str) -> String {
    let answer = network.get(bank, &format!("{bank}-core"), "/v1/accounts").json();
    answer[0]["account"].as_str().unwrap().to_owned()
}

fn height(network: &Network) -> u64 {
    let status = network.ledger("validator-1", "bank-c", "/ledger/v1/status").json();
    status["height"].as_u64().unwrap()
}

/// Name of a record as the ledger port takes it: its kind's number and its identity.
fn record(kind: u8, identity: &[u8]) -> String {
    format!("/ledger/v1/records/{kind:02x}{}", hex::encode(identity))
}

/// All that C may ask for, kept as files.
fn everything_that_c_can_fetch(network: &Network, folder: &std::path::Path, from: u64) {
    let own: Vec<String> = ["accounts", "payments", "supply", "customers", "mint-orders"]
        .iter()
        .map(|name| format!("/v1/{name}"))
        .chain([format!("/v1/accounts/{CURRENCY}/proof"), format!("/v1/supply/{CURRENCY}")])
        .collect();
    for (n, path) in own.iter().enumerate() {
        for client in ["bank-c-core", "bank-c-compliance"] {
            keep(folder, &format!("{client}-{n}"), &network.get("bank-c", client, path));
        }
    }
    let lei = |bank: &str| network.lei(bank).into_bytes();
    let own_account = hex::decode(account(network, "bank-c")).unwrap();
    let mut paths: Vec<String> = ["receipts", "directory", "headers/latest", "status"]
        .iter()
        .map(|name| format!("/ledger/v1/{name}"))
        .collect();
    paths.extend([record(5, &own_account), record(4, &lei("bank-c")), record(18, &lei("bank-c"))]);
    paths.extend(["bank-a", "bank-b", "bank-c"].map(|bank| record(3, &lei(bank))));
    for path in &paths {
        let answer = network.ledger("validator-2", "bank-c", path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        keep(folder, &format!("ledger-{}", path.replace('/', "-")), &answer);
    }
    // Every header of the blocks in which A and B paid.
    let to = height(network);
    let mut headers = 0;
    for height in from.max(to.saturating_sub(150))..=to {
        let answer =
            network.ledger("validator-2", "bank-c", &format!("/ledger/v1/headers/{height}"));
        headers += u32::from(answer.status == 200);
        keep(folder, &format!("header-{height}"), &answer);
    }
    assert!(headers > 5, "{headers} of {from}..={to}");
}

fn keep(folder: &std::path::Path, name: &str, answer: &Answer) {
    let name: String = name.chars().take(100).collect();
    fs::write(folder.join(name), &answer.body).unwrap();
}

/// C's questions about the others, at its own gateway and at a validator: each is answered, byte
/// for byte but for the name asked for, as a question about nothing.
fn what_is_anothers_is_answered_as_nothing(network: &Network) {
    let payment = network.get("bank-a", "bank-a-core", &format!("/v1/payments/{}", uetr(1))).json();
    let command = payment["receipt"]["command_id"].as_str().unwrap().to_owned();
    let mut pairs = Vec::new();
    for what in ["", "/message", "/notification", "/evidence"] {
        let path = |uetr: &str| format!("/v1/payments/{uetr}{what}");
        pairs.push((path(&uetr(1)), path(&uetr(4_242))));
    }
    pairs.push((format!("/v1/receipts/{command}"), format!("/v1/receipts/{NOTHING}")));
    for (theirs, nothing) in pairs {
        let ask = |path: &str| network.get("bank-c", "bank-c-core", path);
        let (theirs_answer, nothing_answer) = (ask(&theirs), ask(&nothing));
        assert_eq!(theirs_answer, nothing_answer, "{theirs}");
        assert_eq!((theirs_answer.status, theirs_answer.code()), (404, "not_found".to_owned()));
    }
    // What became of a command: not known, whoever's it is.
    let ask = |id: &str| {
        let answer = network.get("bank-c", "bank-c-core", &format!("/v1/commands/{id}"));
        answer.text.replace(id, "")
    };
    assert_eq!(ask(&command), ask(NOTHING));
    at_the_ledger_port(network);
    // A's gateway does not serve C at all.
    let key = network.of("bank-c").join("keys/transport.key");
    let request = http::signed(&key, ("GET", &format!("/v1/payments/{}", uetr(1))), &[]);
    let answer = http::send(&network.url("bank-a"), &request);
    assert_eq!((answer.status, answer.code()), (403, "role_missing".to_owned()));
}

fn at_the_ledger_port(network: &Network) {
    let nothing = hex::decode(NOTHING).unwrap();
    let bytes = |digits: &str| hex::decode(digits).unwrap();
    let lei = network.lei("bank-a").into_bytes();
    let nobody = b"529900T8BM49AURSDO55".to_vec();
    let settlement = public_key(network, "bank-a", "settlement");
    let customer = party(network, "bank-a", PAID[0].2);
    let reserve = network.get("treasury", "treasury-maker", &format!("/v1/supply/{CURRENCY}"));
    let reserve = reserve.json()["reserves"][0].as_str().unwrap().to_owned();
    let orders = network.get("treasury", "treasury-maker", "/v1/mint-orders").json();
    let request = orders[0]["request"].as_str().unwrap().to_owned();
    let theirs = [
        ("currency", 2, CURRENCY.as_bytes().to_vec(), b"XXX".to_vec(), Some("treasury")),
        ("holdings", 4, lei.clone(), nobody.clone(), Some("bank-a")),
        ("account", 5, bytes(&account(network, "bank-a")), nothing.clone(), Some("bank-a")),
        ("party", 6, bytes(&customer), nothing.clone(), Some("bank-a")),
        ("key", 8, bytes(&settlement), nothing.clone(), Some("bank-a")),
        ("reserve", 9, bytes(&reserve), nothing.clone(), Some("custodian")),
        ("leg", 13, bytes(&leg(network, &uetr(1))), nothing.clone(), Some("bank-b")),
        ("operators", 17, Vec::new(), Vec::new(), None),
        ("anchors", 18, lei, nobody, Some("bank-a")),
        ("chain", 1, Vec::new(), Vec::new(), None),
        ("request", 11, bytes(&request), nothing, Some("bank-a")),
    ];
    let absent = network.ledger("validator-3", "bank-c", &record(5, &bytes(NOTHING)));
    assert_eq!((absent.status, absent.code()), (404, "not_found".to_owned()));
    for (what, kind, identity, none, owner) in theirs {
        let path = record(kind, &identity);
        for path in [&path, &record(kind, &none)] {
            assert_eq!(network.ledger("validator-3", "bank-c", path), absent, "{what}");
        }
        if let Some(owner) = owner {
            let own = network.ledger("validator-3", owner, &path);
            assert_eq!(own.status, 200, "{owner} reads the {what}: {own:?}");
        }
    }
}

/// The leg's identity, from its bank's evidence: the signed answer names network, then leg.
fn leg(network: &Network, uetr: &str) -> String {
    let path = format!("/v1/payments/{uetr}/evidence");
    let pack: Value = network.get("bank-a", "bank-a-core", &path).json();
    pack["answer"].as_str().unwrap()[64..128].to_owned()
}

fn public_key(network: &Network, bank: &str, role: &str) -> String {
    let keys: PathBuf = network.of(bank).join("keys");
    let card = fs::read_dir(&keys).unwrap().flatten().find_map(|entry| {
        let text = fs::read_to_string(entry.path()).ok()?;
        serde_json::from_str::<Value>(&text).ok()
    });
    let card = card.unwrap();
    let all = card["keys"].as_array().unwrap();
    let key = all.iter().find(|key| key["role"] == role).unwrap();
    key["key"].as_str().unwrap().to_owned()
}
