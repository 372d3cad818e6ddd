use ledger_core::{money::Money, receipt::Effect, refusal::Refusal};

use super::*;
use crate::{
    error::Class,
    proved::{Proved, verify_file},
    testing::{TestNetwork, Voter, currency, sign_finalization},
};

const SETTLED: Outcome = Outcome::Applied(Effect::Settled);

fn text_of(network: &TestNetwork, receipts: &[Receipt]) -> String {
    let (proof, header) = network.receipt_proof(receipts);
    ReceiptFile::build(&proof, &header, &network.certify(&header), &network.genesis).unwrap()
}

fn three(network: &TestNetwork, outcome: Outcome) -> Vec<Receipt> {
    (0..3).map(|index| network.receipt(index, outcome)).collect()
}

/// The positions of the signature's hex: checking each costs a pairing.
fn signature_at(text: &str) -> std::ops::Range<usize> {
    let end = text.len() - "\"\n}\n".len();
    end - 96..end
}

#[test]
fn w17_a_receipt_file_proves_what_its_summary_says() {
    let network = TestNetwork::new(4);
    let text = text_of(&network, &three(&network, SETTLED));
    let verdict = verify_receipt(text.as_bytes(), &network.committee()).unwrap();
    assert!(verdict.applied);
    assert_eq!(verdict.receipt, network.receipt(0, SETTLED));
    assert_eq!(verdict.header_height, Height::new(9));
    assert_eq!(verdict.settled, Some(network.genesis.time.after(9_000)));
    assert_eq!(
        verdict.plain,
        "settled: the money has moved, 1234.50 USD, from PAYER000000000000034 to \
         PAYEE000000000000037, UETR 11111111-1111-4111-9111-111111111111, at height 5, \
         final since 2026-01-01T00:00:09.000Z"
    );
    let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((proved.applied(), proved.exit_code()), (true, 0));
    assert_eq!(proved, Proved::Receipt(Box::new(verdict)));
}

#[test]
fn w17_the_spelling_of_a_receipt_file_is_pinned() {
    let network = TestNetwork::new(4);
    let text = text_of(&network, &three(&network, SETTLED));
    let expected = format!(
        r#"{{
  "format": "florin-receipt-1",
  "network": "{chain}",
  "summary": {{
    "height": 5,
    "index": 0,
    "entered": "2026-01-01T00:00:04.000Z",
    "irrevocable": "2026-01-01T00:00:05.000Z",
    "settled": "2026-01-01T00:00:09.000Z",
    "command_id": "{command}",
    "kind": "post",
    "outcome": "settled",
    "debit": "{debit}",
    "credit": "{credit}",
    "currency": "USD",
    "amount": "1234.50",
    "uetr": "11111111-1111-4111-9111-111111111111"
  }},
  "receipt": ""#,
        chain = network.genesis.chain_id(),
        command = network.receipt(0, SETTLED).command,
        debit = "aa".repeat(32),
        credit = "bb".repeat(32),
    );
    assert!(text.starts_with(&expected), "{text}");
    let keys: Vec<_> = text.lines().filter_map(|line| line.trim().split_once("\": ")).collect();
    let tail: Vec<_> = keys.iter().map(|(key, _)| key.trim_matches('"')).skip(16).collect();
    let expected = [
        "receipt",
        "salt",
        "path",
        "history",
        "digest",
        "receipts",
        "state_root",
        "path",
        "header",
        "certificate",
    ];
    assert_eq!(tail, expected);
}

#[test]
fn w17_a_refusal_is_proved_as_a_refusal() {
    let network = TestNetwork::new(4);
    let mut receipt = network.receipt(0, Outcome::Refused(Refusal::CurrencyUnknown));
    receipt.money = Some(Money::new(currency("XTS"), 7));
    (receipt.leg, receipt.debit, receipt.credit) = (None, None, None);
    let text = text_of(&network, &[receipt]);
    for line in [
        "\"settled\": null",
        "\"outcome\": \"currency_unknown\"",
        "\"debit\": null",
        "\"credit\": null",
        "\"currency\": \"XTS\"",
        "\"amount\": null",
        "\"uetr\": null",
        "\"path\": []",
    ] {
        assert!(text.contains(line), "{line}");
    }
    let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((proved.applied(), proved.exit_code()), (false, 3));
    assert_eq!(
        proved.plain(),
        "refused (currency_unknown): a post that changed nothing, 7 minor units of XTS, by \
         PAYER000000000000034, at height 5, decided at 2026-01-01T00:00:05.000Z"
    );
}

#[test]
fn w9_w16_every_single_changed_byte_of_a_receipt_file_is_refused() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = text_of(&network, &three(&network, SETTLED)).into_bytes();
    assert!(verify_receipt(&text, &committee).is_ok());
    for at in 0..text.len() {
        let byte = text[at];
        for other in [byte ^ 1, byte ^ 0x20, b'0', b' ', b'"', 0xff] {
            if other != byte {
                let mut changed = text.clone();
                changed[at] = other;
                assert!(verify_receipt(&changed, &committee).is_err(), "{at}: {other:02x}");
            }
        }
        let mut shorter = text.clone();
        shorter.remove(at);
        assert!(verify_receipt(&shorter, &committee).is_err(), "{at} removed");
        for other in [b' ', b'0', b'\n'] {
            let mut longer = text.clone();
            longer.insert(at, other);
            assert!(verify_receipt(&longer, &committee).is_err(), "{other:02x} before {at}");
        }
    }
    for tail in [" ", "\n", "{}"] {
        let longer = [&text[..], tail.as_bytes()].concat();
        assert!(verify_receipt(&longer, &committee).is_err(), "{tail:?} at the end");
    }
}

#[test]
fn w16_every_other_digit_of_the_signature_is_refused() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = text_of(&network, &three(&network, SETTLED));
    for at in signature_at(&text).step_by(7) {
        for digit in b"0123456789abcdef".iter().filter(|d| **d != text.as_bytes()[at]) {
            let mut changed = text.clone().into_bytes();
            changed[at] = *digit;
            let refused = verify_receipt(&changed, &committee);
            assert_eq!(refused, Err(VerifyError::Signature), "{at}");
        }
    }
}

#[test]
fn w16_the_same_json_spelled_otherwise_is_refused() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = text_of(&network, &three(&network, SETTLED));
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    let salt = parsed["salt"].as_str().unwrap();
    let rows = [
        serde_json::to_string(&parsed).unwrap(),
        text.replace('\n', "\r\n"),
        text.replace("  ", "    "),
        text.replacen("\"index\": 0", "\"index\": 0.0", 1),
        text.replacen("\"index\": 0", "\"index\": 1", 1),
        text.replacen("\"salt\"", "\"s\\u0061lt\"", 1),
        text.replacen("\"salt\"", "\"note\": \"paid twice\",\n  \"salt\"", 1),
        text.replacen("\"kind\"", "\"note\": 1,\n    \"kind\"", 1),
        text.replacen("\"outcome\": \"settled\"", "\"outcome\": \"held\"", 1),
        text.replacen("1234.50", "9999.50", 1),
        text.replacen(salt, &salt.to_uppercase(), 1),
        // Two fields in the other order.
        text.replacen(
            "    \"height\": 5,\n    \"index\": 0,\n",
            "    \"index\": 0,\n    \"height\": 5,\n",
            1,
        ),
        // A second value for one key: readers disagree about which counts.
        text.replacen("\"network\"", "\"summary\": {},\n  \"network\"", 1),
    ];
    for changed in rows {
        assert_ne!(changed, text);
        let refused = verify_receipt(changed.as_bytes(), &committee).unwrap_err();
        assert_eq!(refused.class(), Class::NotValid, "{refused}: {changed}");
    }
}

#[test]
fn w16_what_is_no_receipt_file_is_unreadable() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = text_of(&network, &three(&network, SETTLED));
    let rows = [
        String::new(),
        "null".to_owned(),
        "[1]".to_owned(),
        "{\"format\": \"florin-receipt-1\"}".to_owned(),
        text.replacen("florin-receipt-1", "florin-receipt-2", 1),
        text[..text.len() / 2].to_owned(),
        "[".repeat(100_000),
        " ".repeat(256 * 1024 + 1),
    ];
    for changed in rows {
        let refused = verify_receipt(changed.as_bytes(), &committee).unwrap_err();
        assert_eq!(refused.class(), Class::Unreadable, "{refused}");
        assert!(verify_file(changed.as_bytes(), &committee).is_err());
    }
}

#[test]
fn w12_results_must_cover_the_receipt() {
    let network = TestNetwork::new(4);
    let (proof, mut header) = network.receipt_proof(&three(&network, SETTLED));
    header.results.height = Height::new(4);
    let built = ReceiptFile::build(&proof, &header, &network.certify(&header), &network.genesis);
    let (height, covered) = (Height::new(5), Height::new(4));
    assert_eq!(built, Err(VerifyError::NotCovered { height, covered }));
}

#[test]
fn w9_a_receipt_of_another_block_place_or_outcome_is_not_in_the_history() {
    let network = TestNetwork::new(4);
    let (good, header) = network.receipt_proof(&three(&network, SETTLED));
    let certificate = network.certify(&header);
    let mut others = vec![good.clone(); 6];
    others[0].receipt.index = 1;
    others[1].receipt.height = Height::new(6);
    others[2].receipt.outcome = Outcome::Applied(Effect::Held);
    others[3].salt = Hash32::ZERO;
    others[4].history.state_root = Hash32::ZERO;
    others[5].path.push(Hash32::ZERO);
    for other in others {
        let built = ReceiptFile::build(&other, &header, &certificate, &network.genesis);
        assert_eq!(built, Err(VerifyError::NotInHistory));
    }
}

#[test]
fn w14_a_file_certified_by_too_few_or_by_strangers_is_refused() {
    let network = TestNetwork::new(4);
    let (proof, header) = network.receipt_proof(&three(&network, SETTLED));
    let strangers: Vec<_> = (50..54).map(Voter::new).collect();
    let rows = [
        (
            sign_finalization(&header, &network.voters, &[1, 3]),
            VerifyError::Quorum { found: 2, needed: 3 },
        ),
        (sign_finalization(&header, &strangers, &[0, 1, 2]), VerifyError::Signature),
    ];
    for (certificate, expected) in rows {
        let text = ReceiptFile::build(&proof, &header, &certificate, &network.genesis).unwrap();
        assert_eq!(verify_receipt(text.as_bytes(), &network.committee()), Err(expected));
    }
}

#[test]
fn w4_a_receipt_is_not_valid_under_a_genesis_with_another_validator_key() {
    let network = TestNetwork::new(4);
    let text = text_of(&network, &three(&network, SETTLED));
    let mut genesis = network.genesis.clone();
    let voter = Voter::new(77);
    genesis.validators[1].vote_key = voter.vote_key();
    genesis.validators[1].proof_of_possession = voter.prove_possession();
    let committee = Committee::new(&genesis).unwrap();
    let refused = verify_receipt(text.as_bytes(), &committee);
    assert_eq!(refused, Err(VerifyError::OtherNetwork));
}

#[test]
fn w17_a_receipt_of_an_unknown_version_is_not_interpreted() {
    let network = TestNetwork::new(4);
    let mut receipt = network.receipt(0, SETTLED);
    receipt.version = 2;
    let text = text_of(&network, &[receipt]);
    let refused = verify_receipt(text.as_bytes(), &network.committee());
    assert_eq!(refused, Err(VerifyError::UnknownVersion { what: "receipt" }));
}

#[test]
fn bytes_without_meaning_are_refused_without_a_panic() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = text_of(&network, &three(&network, SETTLED)).into_bytes();
    let mut state = 88_172_645_463_325_252u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..3_000 {
        let mut changed = text.clone();
        for _ in 0..next() % 8 + 1 {
            let at = next() % changed.len();
            changed[at] = next().to_le_bytes()[2];
        }
        changed.truncate(changed.len() - next() % 3);
        assert!(changed == text || verify_file(&changed, &committee).is_err());
    }
}
