//! A contract that asks the ledger and keeps a table, over real processes: published by vote where the later version
//! of the rules is in force, called through a gateway, its answers proved in receipts (V14, V15).

use std::{fs, path::Path};

use e2e::{
    governance::{BANKS, administrators, voted},
    network::{Network, until},
    run,
};
use serde_json::{Value, json};

/// Blocks in an epoch: the rules that it needs act in the third.
const LENGTH: &str = "64";

const NOTES: &str = r"
module florin::notes {
    use florin::chain;
    use florin::event;
    use florin::status;
    use florin::table::{Self, Table};

    struct Notes has key { heights: Table<u64, u64> }
    struct Noted has copy, drop { height: u64, may_be_paid: bool, member: vector<u8> }

    public entry fun open(owner: &signer) { move_to(owner, Notes { heights: table::new() }); }

    public entry fun note(at: address, number: u64, currency: vector<u8>) acquires Notes {
        let height = chain::height();
        table::add(&mut borrow_global_mut<Notes>(at).heights, number, height);
        let may_be_paid = status::may_be_paid(at, currency);
        event::emit(Noted { height, may_be_paid, member: status::member_of(at) });
    }

    public entry fun forget(at: address, number: u64) acquires Notes {
        table::remove(&mut borrow_global_mut<Notes>(at).heights, number);
    }
}
";

fn said(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The action that publishes modules of the network's package and one of ours.
fn publication(folder: &Path) -> Value {
    let package = folder.join("notes");
    fs::create_dir_all(package.join("sources")).unwrap();
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../move-like-vm/contracts");
    for entry in fs::read_dir(contracts.join("sources")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, package.join("sources").join(path.file_name().unwrap())).unwrap();
    }
    fs::write(package.join("sources/notes.move"), NOTES).unwrap();
    let standard = contracts.join("standard");
    let manifest = format!(
        "[package]\nname = \"Notes\"\n\n[addresses]\nflorin = \"0x2\"\n\n[dependencies]\nStandard = {{ local = {:?} }}\n",
        standard.display().to_string()
    );
    fs::write(package.join("Move.toml"), manifest).unwrap();
    said(&["move", "build", &package.display().to_string()]);
    let built = package.join("build/Notes/bytecode_modules");
    let files = ["chain", "status", "table", "notes"]
        .map(|name| built.join(format!("{name}.mv")).display().to_string());
    let mut args = vec!["contract", "publish", "--at", "0x2"];
    args.extend(files.iter().map(String::as_str));
    let proposal: Value = serde_json::from_str(&said(&args)).unwrap();
    proposal["Propose"]["action"].clone()
}

/// A call of bank A alone, through its gateway.
fn called(network: &Network, function: &str, arguments: &Value, signs: bool) -> Value {
    let accounts = network.get("bank-a", "bank-a-core", "/v1/accounts").json();
    let customers = network.get("bank-a", "bank-a-compliance", "/v1/customers").json();
    let account = &accounts[0]["account"];
    let signers = if signs { json!([account]) } else { json!([]) };
    let description = json!({
        "address": "0x2", "module": "notes", "function": function, "arguments": arguments,
        "gas_limit": 400_000, "records": 4, "signers": signers,
        "holders": [{"account": account, "party": customers[0]["party"], "currency": "USD"}],
    });
    let post = |path: &str, body: &Value| network.post("bank-a", "bank-a-core", path, body);
    let quoted = post("/v1/contracts/calls/quote", &json!({ "description": description }));
    assert_eq!(quoted.status, 200, "{quoted:?}");
    let call = quoted.json()["call"].clone();
    let sent =
        post("/v1/contracts/calls", &json!({"call": call, "clearances": [], "consents": []}));
    // A call that was refused names its receipt.
    let sent = sent.json();
    let named = sent["command_id"].as_str().or_else(|| sent["instance"].as_str());
    let command =
        named.and_then(|name| name.rsplit('/').next()).unwrap_or_else(|| panic!("{sent}"));
    network.get("bank-a", "bank-a-core", &format!("/v1/contracts/calls/{command}")).json()
}

#[test]
fn v14_v15_a_contract_asks_the_ledger_and_keeps_a_table() {
    let network = Network::start_with(&["--epoch-length", LENGTH]);
    let folder = tempfile::tempdir().unwrap();
    let action = publication(folder.path());
    let banks = BANKS.map(|bank| (bank, administrators(&network, bank)));
    let in_force =
        || network.counters("validator-1").get("florin_rules_version{is=\"in_force\"}").copied();
    assert!(until(|| in_force() >= Some(2)), "{}", network.log("validator-1"));
    voted(&network, &banks, &action);
    let module = network.get("bank-a", "bank-a-core", "/v1/contracts/modules/0x2/notes").json();
    assert_eq!(module["functions"].as_array().map(Vec::len), Some(3), "{module}");

    let accounts = network.get("bank-a", "bank-a-core", "/v1/accounts").json();
    let at = accounts[0]["account"].clone();
    let opened = called(&network, "open", &json!([]), true);
    assert_eq!(opened["state"], "applied", "{opened}");
    let arguments = json!([at, "7", "USD"]);
    let noted = called(&network, "note", &arguments, false);
    assert_eq!(noted["state"], "applied", "{noted}");
    let event = &noted["run"]["events"][0];
    assert_eq!(event["type"], "0x2::notes::Noted", "{noted}");
    // Height, yes, and twenty characters.
    let value = event["value"].as_str().unwrap().to_owned();
    let lei: String = network.lei("bank-a").bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(value[16..], format!("0114{lei}"), "{noted}");

    // The table keeps it, also where all validators were killed.
    let validators = network.names("validator");
    network.kill(&validators);
    network.start_again(&validators);
    let again = called(&network, "note", &arguments, false);
    assert_eq!(
        (&again["run"]["status"], &again["run"]["code"]),
        (&json!("ABORTED"), &json!(900)),
        "{again}"
    );

    let forgotten = called(&network, "forget", &json!([at, "7"]), false);
    assert_eq!(forgotten["state"], "applied", "{forgotten}");
}
