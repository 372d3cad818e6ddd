//! Contracts over real processes: a call made by hand with the commands of `docs/contracts.md`, and what
//! gateways answer to who has no part in a call.

use std::{
    fs,
    path::{Path, PathBuf},
};

use e2e::{books::Books, network::Network, run};
use serde_json::{Value, json};

/// A list and rules that the network has no opinion about.
const LIST: &str = "00000000000000000000000000000000000000000000000000000000000000aa";
/// Nothing on the ledger has this id.
const NOTHING: &str = LIST;
/// From when on an escrow may be given back: after the test.
const LATER_MS: &str = "4000000000000";

/// An account of a bank and its first customer, as a call names them.
fn side(network: &Network, bank: &str) -> Value {
    let accounts = network.get(bank, &format!("{bank}-core"), "/v1/accounts").json();
    let customers = network.get(bank, &format!("{bank}-compliance"), "/v1/customers").json();
    json!({"account": accounts[0]["account"], "party": customers[0]["party"]})
}

/// Where the files of one call are.
struct Desk<'a> {
    network: &'a Network,
    folder: PathBuf,
}

impl Desk<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn key(&self, bank: &str, key: &str) -> String {
        self.network.of(bank).join("keys").join(format!("{key}.key")).display().to_string()
    }

    fn done(&self, args: &[&str]) -> String {
        let output = run(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The bytes of a call, which everybody signs.
    fn describe(&self, name: &str, description: &Value) -> String {
        let (input, call) = (self.path(&format!("{name}.json")), self.path(name));
        fs::write(&input, description.to_string()).unwrap();
        self.done(&["contract", "call", &input, "--out", &call]);
        let shown: Value = serde_json::from_str(&self.done(&["contract", "show", &call])).unwrap();
        assert_eq!(shown["call"]["gas_limit"], description["gas_limit"]);
        call
    }

    /// Bank A's gate clears, bank B consents; who of them sends it.
    fn send(&self, call: &str, by: &str, cleared: &[&str], consent: &str) -> (i32, Value) {
        let number = fs::read_dir(&self.folder).unwrap().count();
        let mut args = vec!["contract".to_owned(), "sign".to_owned(), call.to_owned()];
        for bank in cleared {
            let out = self.path(&format!("clearance-{bank}-{number}"));
            let gate = self.key(bank, "gate");
            let clear = ["contract", "clear", call, "--key", &gate, "--list", LIST, "--rules", "1"];
            self.done(&[&clear[..], &["--out", &out]].concat());
            args.extend(["--clearance".to_owned(), out]);
        }
        let out = self.path(&format!("consent-{number}"));
        let key = self.key(consent, "settlement");
        self.done(&["contract", "consent", call, "--key", &key, "--out", &out]);
        let genesis = self.network.path().join("genesis.json").display().to_string();
        let signed = self.path(&format!("signed-{number}"));
        let (key, lei) = (self.key(by, "settlement"), self.network.lei(by));
        let more = ["--consent", &out, "--key", &key, "--organisation", &lei];
        args.extend(
            more.iter().chain(&["--genesis", &genesis, "--out", &signed]).map(|s| (*s).to_owned()),
        );
        self.done(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let receipt = self.path(&format!("receipt-{number}.json"));
        let (transport, url) = (self.key(by, "transport"), self.network.url("validator-1"));
        let send = ["command", "send", &signed, "--validator", &url, "--key", &transport];
        let wait = ["--genesis", &genesis, "--wait", "25", "--out", &receipt];
        let sent = run(&[&send[..], &wait].concat());
        let verified = run(&["verify", &receipt, "--trust", &genesis]);
        assert_eq!(verified.status.code(), sent.status.code(), "{sent:?} {verified:?}");
        let file = fs::read_to_string(&receipt).unwrap();
        let summary = serde_json::from_str::<Value>(&file).unwrap()["summary"].clone();
        (sent.status.code().unwrap_or(-1), summary)
    }
}

fn call_of(function: &str, arguments: &Value, signer: &Value, holders: &Value) -> Value {
    let address = format!("{:0>64}", 2);
    json!({
        "address": address, "module": "escrow", "function": function, "arguments": arguments,
        "gas_limit": 400_000, "records": 2, "signers": [signer], "holders": holders,
    })
}

fn named(side: &Value, cap: u128) -> Value {
    json!({"name": side["account"], "account": side["account"], "party": side["party"], "cap": cap})
}

#[test]
fn two_banks_call_a_contract_by_hand_and_each_step_is_proved_offline() {
    let network = Network::start();
    let before = Books::settled(&network);
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { network: &network, folder: folder.path().to_path_buf() };
    let (a, b) = (side(&network, "bank-a"), side(&network, "bank-b"));
    let (account_a, account_b) = (&a["account"], &b["account"]);
    let at = |side: &Value| format!("@0x{}", side.as_str().unwrap());

    // B pays into an escrow for A; A is named, so it consents.
    let arguments = json!([at(account_a), "\"USD\"", "3u128", format!("{LATER_MS}u64")]);
    let holders = json!([named(&b, 3), named(&a, 0)]);
    let open =
        desk.describe("open", &call_of("open_from_account", &arguments, account_b, &holders));
    let (exit, summary) = desk.send(&open, "bank-b", &["bank-b"], "bank-a");
    assert_eq!((exit, &summary["outcome"]), (0, &json!("invoked")), "{summary}");
    let told = &summary["run"]["events"][0];
    assert_eq!(told["type"], "0x2::escrow::Opened", "{summary}");
    // The fields, in the order in which the struct declares them: payer and number come first.
    let value = told["value"].as_str().unwrap();
    assert_eq!(&value[..64], account_b.as_str().unwrap());
    assert_eq!(&value[64..80], "0000000000000000");

    // The same call again is one call, whoever sends it with whatever consents.
    let (exit, summary) = desk.send(&open, "bank-b", &["bank-b"], "bank-a");
    assert_eq!((exit, &summary["outcome"]), (3, &json!("call_used")), "{summary}");

    // Nobody else declines for A: B is not the payee.
    let arguments = json!([at(account_b), "0u64"]);
    let holders = json!([named(&b, 0), named(&a, 0)]);
    let wrong = desk.describe("wrong", &call_of("decline", &arguments, account_b, &holders));
    let (exit, summary) = desk.send(&wrong, "bank-b", &["bank-b"], "bank-a");
    assert_eq!((exit, &summary["outcome"]), (3, &json!("call_failed")), "{summary}");
    let run = &summary["run"];
    assert_eq!((&run["status"], &run["code"]), (&json!("ABORTED"), &json!(202)), "{run}");
    assert_eq!(run["events"], json!([]));

    // A declines, B consents: the money is where it was.
    let decline = desk.describe("decline", &call_of("decline", &arguments, account_a, &holders));
    let (exit, summary) = desk.send(&decline, "bank-a", &["bank-a"], "bank-b");
    assert_eq!((exit, &summary["outcome"]), (0, &json!("invoked")), "{summary}");
    before.assert_still(&network, "an escrow that was declined");

    who_has_no_part_is_told_nothing(&network, folder.path(), &summary);
}

/// Gateways answer about a call to its parties only, and sign nothing of one that does not name them.
fn who_has_no_part_is_told_nothing(network: &Network, folder: &Path, declined: &Value) {
    let command = declined["command_id"].as_str().unwrap();
    let path = format!("/v1/contracts/calls/{command}");
    for (bank, status) in [("bank-a", 200), ("bank-b", 200), ("bank-c", 404)] {
        let answer = network.get(bank, &format!("{bank}-core"), &path);
        assert_eq!(answer.status, status, "{bank}: {answer:?}");
        if status == 200 {
            let state = answer.json();
            assert_eq!(
                (&state["state"], &state["run"]["status"]),
                (&json!("applied"), &json!("EXECUTED"))
            );
            let receipt = state["receipt"]["href"].as_str().unwrap().to_owned();
            assert_eq!(network.get(bank, &format!("{bank}-core"), &receipt).status, 200);
        }
    }
    let unknown = format!("/v1/contracts/calls/{NOTHING}");
    assert_eq!(network.get("bank-a", "bank-a-core", &unknown).status, 404);

    let call = fs::read_to_string(folder.join("decline")).unwrap();
    let call = call.trim();
    let refused = |bank: &str, path: &str, body: &Value| {
        let answer = network.post(bank, &format!("{bank}-core"), path, body);
        (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
    };
    let rows = [
        ("bank-c", "/v1/contracts/approvals", json!({ "call": call }), (422, "not_in_call")),
        ("bank-c", "/v1/contracts/calls", json!({ "call": call }), (422, "not_in_call")),
        ("bank-a", "/v1/contracts/approvals", json!({"call": "00"}), (422, "call_unreadable")),
        ("bank-b", "/v1/contracts/calls", json!({ "call": call }), (422, "clearances_incomplete")),
        ("bank-a", "/v1/contracts/calls/quote", json!({}), (400, "request_malformed")),
        ("bank-a", "/v1/contracts/calls", json!({ "call": call }), (422, "acceptance_mismatch")),
    ];
    for (bank, path, body, (status, code)) in rows {
        assert_eq!(refused(bank, path, &body), (status, code.to_owned()), "{bank} {path}");
    }
    descriptions_are_checked_against_the_code(network);
}

fn descriptions_are_checked_against_the_code(network: &Network) {
    let a = side(network, "bank-a");
    let description = json!({
        "address": "0x2", "module": "escrow", "function": "release", "arguments": ["0"],
        "gas_limit": 1_000, "records": 2, "signers": [a["account"]],
        "holders": [{"account": a["account"], "party": a["party"], "currency": "USD"}],
    });
    let quote = |change: &dyn Fn(&mut Value)| {
        let mut description = description.clone();
        change(&mut description);
        let body = json!({ "description": description });
        network.post("bank-a", "bank-a-core", "/v1/contracts/calls/quote", &body)
    };
    let shown = quote(&|_| {}).json();
    assert_eq!(shown["gas"]["units"], 2, "{shown}");
    assert_eq!(
        (&shown["holders"][0]["own"], &shown["holders"][0]["cap"]),
        (&json!(true), &json!("0.00"))
    );
    type Change<'a> = &'a dyn Fn(&mut Value);
    let rows: [(Change<'_>, u16, &str); 5] = [
        (&|d: &mut Value| d["module"] = "nothing".into(), 404, "module_unknown"),
        (&|d: &mut Value| d["function"] = "take".into(), 422, "function_unknown"),
        (&|d: &mut Value| d["arguments"] = json!([]), 422, "arguments_count"),
        (&|d: &mut Value| d["arguments"] = json!(["x"]), 422, "argument_mismatch"),
        (&|d: &mut Value| d["signers"] = json!([]), 422, "arguments_count"),
    ];
    for (change, status, code) in rows {
        let answer = quote(change);
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)));
    }
    let module = network.get("bank-b", "bank-b-core", "/v1/contracts/modules/0x2/escrow").json();
    let functions = module["functions"].as_array().unwrap();
    let names: Vec<_> = functions.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["open_from_account", "release", "decline", "refund"], "{module}");
    assert_eq!(functions[0]["parameters"], json!(["address", "vector<u8>", "u128", "u64"]));
    let role = network.get("bank-a", "treasury-maker", "/v1/contracts/modules/0x2/escrow");
    assert!(matches!(role.status, 401 | 403), "{role:?}");
}
