use ledger_core::{
    receipt::{Effect, Outcome},
    refusal::Refusal,
};
use verifier::{ReceiptFile, testing::TestNetwork};

use super::*;

fn file(network: &TestNetwork, outcome: Outcome) -> String {
    let receipts = [network.receipt(0, outcome), network.receipt(1, outcome)];
    let (proof, header) = network.receipt_proof(&receipts);
    ReceiptFile::build(&proof, &header, &network.certify(&header), &network.genesis).unwrap()
}

#[test]
fn each_outcome_has_its_exit_code() {
    let network = TestNetwork::new(4);
    let applied = file(&network, Outcome::Applied(Effect::Settled));
    let refused = file(&network, Outcome::Refused(Refusal::InsufficientFunds));
    let other = file(&TestNetwork::new(3), Outcome::Applied(Effect::Settled));
    let rows: [(&str, &[u8], u8); 8] = [
        ("applied", applied.as_bytes(), 0),
        ("refused", refused.as_bytes(), 3),
        ("one byte more", &[applied.as_bytes(), b"\n"].concat(), 1),
        ("another network's", other.as_bytes(), 1),
        ("no JSON", b"%PDF-1.7", 2),
        ("another JSON", b"{\"format\": \"x\"}", 2),
        ("a case with nothing in it", b"{\n  \"format\": \"florin-case-1\"}", 2),
        ("a payment with nothing in it", b"{\n  \"format\": \"florin-evidence-1\"}", 2),
    ];
    for (what, bytes, expected) in rows {
        let finding = check(bytes, &network.committee());
        assert_eq!(finding.exit, expected, "{what}: {}", finding.text);
        assert_eq!(finding.valid, expected == 0 || expected == 3, "{what}");
    }
}

#[test]
fn every_changed_byte_of_a_proof_is_noticed() {
    let network = TestNetwork::new(1);
    let committee = network.committee();
    let good = file(&network, Outcome::Applied(Effect::Settled));
    for at in (0..good.len()).step_by(37) {
        let mut bytes = good.clone().into_bytes();
        bytes[at] ^= 1;
        let finding = check(&bytes, &committee);
        assert!(!finding.valid, "byte {at}: {}", finding.text);
    }
}

#[test]
fn a_new_store_adds_up_and_a_missing_one_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let network = TestNetwork::new(1);
    let store = Store::open(&folder.path().join("ledger"), &network.genesis).unwrap();
    store.close().unwrap();
    let lines = count(folder.path()).unwrap();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.ok()), "{lines:?}");
    let text = Counted::of(&lines[0]).text();
    assert!(text.contains(" I1 holds: ledger 0, counted 0"), "{text}");
    assert!(count(&folder.path().join("absent")).is_err());
}
