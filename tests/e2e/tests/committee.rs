//! Members vote a fifth validator into the place of the first, over real processes, while payments go on.

use std::path::Path;

use e2e::{
    books::Books,
    governance::{BANKS, administrators, fifth, height, paid, voted},
    json_of, must,
    network::{Network, until},
    run, text,
};
use serde_json::json;

/// Blocks in an epoch.
const LENGTH: u64 = 64;

fn verify(file: &Path, trust: &Path) -> (Option<i32>, String) {
    let output = run(&["verify", &text(file), "--trust", &text(trust)]);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_fifth_validator_takes_the_place_of_the_first_by_vote_while_payments_settle() {
    let network = Network::start_with(&["--epoch-length", &LENGTH.to_string()]);
    let before = paid(&network, 1);
    let banks = BANKS.map(|bank| (bank, administrators(&network, bank)));
    let fifth = fifth(&network);
    let during = paid(&network, 2);
    let first = json_of(&network.of("validator-1").join("keys/card.json"));
    // Enough for the votes to come, and more than an epoch.
    let at = (height(&network, "validator-2") + 5 * LENGTH).next_multiple_of(LENGTH);
    let mut joining = fifth.clone();
    joining.as_object_mut().unwrap().remove("kind");
    let change = json!({"remove": [first["identity"]], "add": [joining], "at": at});
    voted(&network, &banks, &json!({"ChangeValidators": change}));
    let _ = paid(&network, 3);
    let votes = |name: &str, word: &str| until(|| network.log(name).contains(word));
    assert!(votes("validator-5", "validator.votes"), "{}", network.log("validator-5"));
    assert!(votes("validator-1", "validator.vote_key_destroyed"), "{}", network.log("validator-1"));
    assert!(!network.of("validator-1").join("keys/vote.key").exists());
    assert!(height(&network, "validator-5") + 1 >= at);
    // Without the first the network bears the loss of another only if the fifth votes.
    network.kill(&["validator-1".to_owned(), "validator-2".to_owned()]);
    let after = paid(&network, 4);
    network.start_again(&["validator-1".to_owned(), "validator-2".to_owned()]);
    let books = Books::settled(&network);
    assert!(books.is_settled());

    let genesis = network.path().join("genesis.json");
    for file in [&before, &during] {
        let (code, said) = verify(file, &genesis);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("named by genesis"), "{said}");
    }
    let (code, said) = verify(&after, &genesis);
    assert_eq!(code, Some(1), "genesis does not know the committee: {said}");
    for (name, options, words) in [
        ("trust.json", &[][..], "from genesis on"),
        ("checkpoint.json", &["--checkpoint"][..], "taken on trust"),
    ] {
        let trust = network.path().join(name);
        let (data, out) = (text(&network.of("validator-3").join("data")), text(&trust));
        let args = ["trust", "--genesis", &text(&genesis), "--data", &data, "--out", &out];
        must(&[&args[..], options].concat());
        let (code, said) = verify(&after, &trust);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(words) && said.contains(&format!("epoch {}", at / LENGTH)), "{said}");
    }
}
