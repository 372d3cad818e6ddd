use ledger_core::{
    epoch::Epochs,
    id::AccountId,
    proof::SlotContent,
    record::{Name, Record},
};

use super::*;
use crate::{
    error::{Class, HistoryFault},
    limits::{MAX_HISTORY_BLOCKS, MAX_HISTORY_MOVEMENTS},
    proved::{Proved, verify_file},
    testing::{TestJournal, TestNetwork, Voter, currency, sign_finalization},
    write_genesis,
};

fn text_of(network: &TestNetwork, journal: &TestJournal, from: u64, to: u64) -> String {
    built(network, journal, &journal.proof(from, to)).unwrap()
}

fn built(
    network: &TestNetwork,
    journal: &TestJournal,
    proof: &HistoryProof,
) -> Result<String, VerifyError> {
    let (record, header) = journal.record_proof(network);
    let certificate = network.certify(&header);
    HistoryFile::build(&record, proof, &header, &certificate, &network.genesis)
}

#[test]
fn w21_a_history_file_proves_what_its_summary_says() {
    let network = TestNetwork::new(4);
    let journal = TestJournal::sample(&network);
    let text = text_of(&network, &journal, 3, 5);
    let id = "aa".repeat(32);
    let expected = format!(
        r#"{{
  "format": "florin-history-1",
  "network": "{chain}",
  "summary": {{
    "account": "{id}",
    "member": "PAYER000000000000034",
    "currency": "USD",
    "from": 3,
    "to": 5,
    "opening": {{
      "available": "690.00",
      "held": "300.00",
      "preburned": "0.00"
    }},
    "blocks": 2,
    "movements": 4,
    "credits": "0.07",
    "debits": "250.00",
    "closing": {{
      "available": "650.07",
      "held": "0.00",
      "preburned": "90.00"
    }},
    "complete": "yes",
    "height": 7,
    "time": "2026-01-01T00:00:09.000Z"
  }},
  "span": {{
    "from": 3,
    "to": 5
  }},
  "journal": {{
    "index": 1,
    "path": [
"#,
        chain = network.genesis.chain_id(),
    );
    assert!(text.starts_with(&expected), "{text}");
    let verdict = verify_history(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(verdict.account, journal.account);
    assert_eq!(verdict.blocks, journal.proof(3, 5).blocks);
    assert_eq!((verdict.height.get(), verdict.header_height.get()), (7, 9));
    assert_eq!(
        verdict.plain,
        format!(
            "account {id} of PAYER000000000000034 from height 3 to height 5: opened with 690.00 \
             USD free, 300.00 USD earmarked and 0.00 USD locked for redemption; 2 blocks with 4 \
             movements: 0.07 USD came, 250.00 USD left; closed with 650.07 USD free, \
             0.00 USD earmarked and 90.00 USD locked for redemption; complete: yes, no entry is \
             left out, added or changed; by the state after height 7 that the header of height 9 \
             declares, certified at 2026-01-01T00:00:09.000Z"
        )
    );
    let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(proved.plain(), verdict.plain);
    assert_eq!((proved.applied(), proved.exit_code()), (true, 0));
    assert_eq!(proved, Proved::History(Box::new(verdict)));
}

#[expect(clippy::disallowed_methods, reason = "a person asks for new vectors; no rule reads it")]
fn updating() -> bool {
    std::env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1")
}

/// A whole file and its genesis stand in `tests/vectors`; `tests/history.rs` reads them with
/// SHA-256 alone.
#[test]
fn w21_vectors_of_a_history_file_and_its_genesis() {
    let network = TestNetwork::new(4);
    let journal = TestJournal::sample(&network);
    let files = [
        ("history.json", text_of(&network, &journal, 3, 5)),
        ("genesis.json", write_genesis(&network.genesis)),
    ];
    for (name, text) in files {
        let path = format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
        if updating() {
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "{name} differs: the format has changed. If that is meant, run \
             `UPDATE_VECTORS=1 cargo vectors` and add a line to CHANGELOG.md"
        );
    }
}

#[test]
fn w21_every_span_becomes_a_file_that_verifies() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let journals = [TestJournal::sample(&network), TestJournal::new(&network.account(), &[])];
    for journal in &journals {
        for from in 0..=7 {
            for to in from..=7 {
                let text = text_of(&network, journal, from, to);
                let file = HistoryFile::parse(text.as_bytes()).unwrap();
                assert_eq!(file.history, journal.proof(from, to));
                assert!(file.check_proof(&network.genesis).is_ok());
            }
        }
        let text = text_of(&network, journal, 0, 7);
        assert!(verify_history(text.as_bytes(), &committee).is_ok());
    }
}

/// A span with both neighbours, and a span with neither.
#[test]
fn w9_w16_w21_every_single_changed_byte_of_a_history_file_is_refused() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let two = TestJournal::new(
        &network.account(),
        &[(2, vec![TestJournal::movement(1, MovementKind::Minted, 30)])],
    );
    let sample = TestJournal::sample(&network);
    let texts =
        [text_of(&network, &sample, 5, 5), text_of(&network, &two, 1, 3)].map(String::into_bytes);
    for text in texts {
        assert!(verify_history(&text, &committee).is_ok());
        for at in 0..text.len() {
            let byte = text[at];
            for other in [byte ^ 1, byte ^ 0x20, b'0', b' ', b'"', 0xff] {
                if other != byte {
                    let mut changed = text.clone();
                    changed[at] = other;
                    assert!(verify_history(&changed, &committee).is_err(), "{at}: {other:02x}");
                }
            }
            let mut shorter = text.clone();
            shorter.remove(at);
            assert!(verify_history(&shorter, &committee).is_err(), "{at} removed");
            for other in [b' ', b'0'] {
                let mut longer = text.clone();
                longer.insert(at, other);
                assert!(verify_history(&longer, &committee).is_err(), "{other:02x} before {at}");
            }
        }
    }
}

#[test]
fn w16_the_same_history_spelled_otherwise_is_refused() {
    let network = TestNetwork::new(4);
    let text = text_of(&network, &TestJournal::sample(&network), 3, 5);
    let rows = [
        text.replace('\n', ""),
        text.replacen("\"complete\": \"yes\"", "\"complete\": \"no\"", 1),
        text.replacen("\"available\": \"690.00\"", "\"available\": \"6900.00\"", 1),
        text.replacen("\"movements\": 4", "\"movements\": 5", 1),
        text.replacen("\"minor\": \"25000\"", "\"minor\": \"+25000\"", 1),
        text.replacen("\"minor\": \"25000\"", "\"minor\": \"025000\"", 1),
        text.replacen("\"minor\": \"25000\"", "\"minor\": 25000", 1),
        text.replacen("\"minor\": \"25000\"", "\"minor\": \"-1\"", 1),
        text.replacen("\"kind\": \"released\"", "\"kind\": \"Released\"", 1),
        text.replacen("\"from\": 3,", "\"from\": 2,", 1),
        text.replacen("\"height\": 4,", "\"height\": 5,", 1),
        text.replacen("\"time\": \"2026-01-01T00:00:04", "\"time\": \"2026-01-01T00:00:05", 1),
        text.replacen("\"before\"", "\"note\": 1,\n  \"before\"", 1),
        text.replacen("\"after\"", "\"after\": null,\n  \"after\"", 1),
    ];
    for changed in rows {
        assert_ne!(changed, text);
        let refused = verify_history(changed.as_bytes(), &network.committee()).unwrap_err();
        let unreadable = changed.contains("\"minor\": 25000") || changed.contains("null");
        assert_eq!(refused.class() == Class::Unreadable, unreadable, "{refused}");
        assert!(verify_file(changed.as_bytes(), &network.committee()).is_err());
    }
    for other in ["florin-account-1", "florin-receipt-1", "florin-history-2"] {
        let renamed = text.replacen(FORMAT, other, 1);
        let refused = verify_history(renamed.as_bytes(), &network.committee());
        assert_eq!(refused, Err(VerifyError::WrongFormat { expected: FORMAT }));
        let refused = verify_file(renamed.as_bytes(), &network.committee()).unwrap_err();
        assert_eq!(refused.class(), Class::Unreadable);
    }
}

#[test]
fn w21_a_history_stands_under_its_own_account_state_and_network() {
    let network = TestNetwork::new(4);
    let journal = TestJournal::sample(&network);
    let proof = journal.proof(3, 5);
    let (record, header) = journal.record_proof(&network);
    let build = |record: &RecordProof, header: &Header, genesis: &Genesis| {
        HistoryFile::build(record, &proof, header, &[], genesis).unwrap_err()
    };
    let mut richer = record.clone();
    let mut account = journal.account.clone();
    account.balances.available += 1;
    let key = Name::Account(account.id).key();
    richer.leaf.content =
        SlotContent::Used { key, next: Hash32::MAX, record: Record::Account(account) };
    assert_eq!(build(&richer, &header, &network.genesis), VerifyError::NotInState);
    // Another account of the network, under its own key.
    let mut other = journal.account.clone();
    other.id = AccountId::new([0xbb; 32]);
    let movement = TestJournal::movement(1, MovementKind::Minted, 5);
    let other = TestJournal::new(&other, &[(1, vec![movement]), (2, vec![movement])]);
    let (of_other, its_header) = other.record_proof(&network);
    let refused = build(&of_other, &its_header, &network.genesis);
    assert_eq!(refused, VerifyError::History(HistoryFault::NotInJournal));
    // This account's record under another key, and what is no account.
    let elsewhere = Name::Account(AccountId::new([0xbb; 32]));
    let moved = Record::Account(journal.account.clone());
    for (name, record) in [(elsewhere, moved), (Name::Origin, Record::Origin)] {
        let (record, header) = network.record_proof(&name, record);
        assert_eq!(build(&record, &header, &network.genesis), VerifyError::NotAnAccount);
    }
    let mut genesis = network.genesis.clone();
    genesis.time = genesis.time.after(1);
    assert_eq!(build(&record, &header, &genesis), VerifyError::OtherNetwork);
    let mut foreign = journal.clone();
    foreign.account.currency = currency("XTS");
    let refused = built(&network, &foreign, &proof);
    assert_eq!(refused, Err(VerifyError::UnknownCurrency));
}

#[test]
fn w14_a_history_certified_by_too_few_or_by_strangers_is_refused() {
    let network = TestNetwork::new(4);
    let journal = TestJournal::sample(&network);
    let (record, header) = journal.record_proof(&network);
    let strangers: Vec<_> = (50..54).map(Voter::new).collect();
    let rows = [
        (
            sign_finalization(&header, &network.voters, &[1, 3]),
            VerifyError::Quorum { found: 2, needed: 3 },
        ),
        (sign_finalization(&header, &strangers, &[0, 1, 2]), VerifyError::Signature),
    ];
    let proof = journal.proof(3, 5);
    for (certificate, expected) in rows {
        let text = HistoryFile::build(&record, &proof, &header, &certificate, &network.genesis);
        let refused = verify_history(text.unwrap().as_bytes(), &network.committee());
        assert_eq!(refused, Err(expected));
    }
}

#[test]
fn w21_the_most_blocks_fit_a_file_and_one_more_does_not() {
    let network = TestNetwork::new(4);
    let most = MAX_HISTORY_BLOCKS as u64;
    let great = u128::MAX / 2;
    let block = |height: u64| {
        let kind = if height % 2 == 1 { MovementKind::PaidFromHold } else { MovementKind::Held };
        let minor = if height == 0 { great } else { 0 };
        let kind = if height == 0 { MovementKind::Minted } else { kind };
        (height, vec![TestJournal::movement(7, kind, minor)])
    };
    let longest: Vec<_> = (0..=most).map(block).collect();
    let journal = TestJournal::new(&network.account(), &longest);
    let (record, mut header) = journal.record_proof(&network);
    header.results.height = Height::new(most);
    header.height = Height::new(most + 1);
    header.context.epoch = Epochs::of(&network.genesis).containing(header.height);
    let build = |from| {
        let proof = journal.proof(from, most);
        let certificate = network.certify(&header);
        HistoryFile::build(&record, &proof, &header, &certificate, &network.genesis)
    };
    let text = build(1).unwrap();
    let verdict = verify_history(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(verdict.history.blocks, MAX_HISTORY_BLOCKS);
    let limit = MAX_HISTORY_BLOCKS;
    assert_eq!(build(0), Err(HistoryFault::TooLong { what: "blocks", limit }.into()));
}

#[test]
fn w21_more_movements_than_a_file_holds_are_refused() {
    let network = TestNetwork::new(4);
    let of = |count| {
        let movement = TestJournal::movement(7, MovementKind::Received, 1);
        let journal = TestJournal::new(&network.account(), &[(3, vec![movement; count])]);
        built(&network, &journal, &journal.proof(0, 7))
    };
    let text = of(40_000).unwrap();
    assert!(verify_history(text.as_bytes(), &network.committee()).is_ok());
    let limit = MAX_HISTORY_FILE_BYTES;
    assert_eq!(of(MAX_HISTORY_MOVEMENTS), Err(VerifyError::TooLarge { limit }));
    let limit = MAX_HISTORY_MOVEMENTS;
    let refused = HistoryFault::TooLong { what: "movements", limit };
    assert_eq!(of(MAX_HISTORY_MOVEMENTS + 1), Err(refused.into()));
    let large = " ".repeat(MAX_HISTORY_FILE_BYTES + 1);
    let limit = MAX_HISTORY_FILE_BYTES;
    let refused = verify_history(large.as_bytes(), &network.committee());
    assert_eq!(refused, Err(VerifyError::TooLarge { limit }));
}

#[test]
fn bytes_without_meaning_are_refused_without_a_panic() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = text_of(&network, &TestJournal::sample(&network), 3, 5).into_bytes();
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
