use ledger_core::{
    digest::{Domain, Hash32},
    id::AccountId,
    record::ChainRecord,
};

use super::*;
use crate::{
    error::Class,
    proved::{Proved, verify_file},
    testing::{TestMember, TestNetwork, TestState, changes, currency},
};

fn build(network: &TestNetwork, state: &TestState, name: &Name) -> Result<String, VerifyError> {
    let header = &state.header;
    let certificate = network.certify(header);
    RecordFile::build(name, &state.proof(name), header, &certificate, &network.genesis)
}

#[test]
fn w30_a_record_file_shows_a_parameter_or_that_there_is_none() {
    let network = TestNetwork::new(4);
    let state = TestMember::new(&network).state;
    let dollars = Name::Currency(currency("USD"));
    let terms = Name::PaymentTerms(currency("USD"));
    let rows = [
        (dollars, "currency", "yes", "the record shown stood under this name (currency, key "),
        (terms, "payment terms", "no", "no record stood under this name (payment terms, key "),
    ];
    for (name, kind, found, plain) in rows {
        let text = build(&network, &state, &name).unwrap();
        let expected = format!(
            r#"{{
  "format": "florin-record-1",
  "network": "{chain}",
  "summary": {{
    "kind": "{kind}",
    "key": "{key}",
    "found": "{found}",
    "height": 7,
    "time": "2026-01-01T00:00:09.000Z"
  }},
  "name": "{name}",
  "record": {{
    "leaf": ""#,
            chain = network.genesis.chain_id(),
            key = name.key(),
            name = hex::encode(encode(&name)),
        );
        assert!(text.starts_with(&expected), "{text}");
        let verdict = verify_record(text.as_bytes(), &network.committee()).unwrap();
        let stood = state.proof(&name).record(&name.key()).cloned();
        assert_eq!((verdict.name, &verdict.record), (name, &stood));
        assert_eq!(stood.is_some(), found == "yes");
        let end = "after height 7, certified at 2026-01-01T00:00:09.000Z";
        assert_eq!(verdict.plain, format!("{plain}{}) {end}", name.key()));
        let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
        assert_eq!((proved.plain(), proved.exit_code()), (verdict.plain.as_str(), 0));
        assert_eq!(proved, Proved::Record(Box::new(verdict)));
    }
}

/// A leaf that is neither the name's own nor the one right below it says nothing of the name.
#[test]
fn w30_no_other_leaf_shows_a_record_or_its_absence() {
    let network = TestNetwork::new(1);
    let member = TestMember::new(&network);
    let state = &member.state;
    let accounts = member.accounts.iter().map(|journal| Name::Account(journal.account.id));
    let names: Vec<_> = accounts.chain([Name::Currency(currency("USD")), Name::Origin]).collect();
    let absent = (0..40u8).map(|byte| Name::Account(AccountId::new([byte; 32])));
    for name in names.iter().copied().chain(absent) {
        for other in &names {
            let proof = state.proof(other);
            let built = RecordFile::build(&name, &proof, &state.header, &[], &network.genesis);
            let right = proof == state.proof(&name);
            assert_eq!(built.is_ok(), right, "{name:?} by {other:?}");
            if !right {
                assert_eq!(built, Err(RecordFault::OtherName.into()));
            }
        }
    }
}

#[test]
fn w30_the_secret_of_salts_is_shown_to_nobody() {
    let network = TestNetwork::new(1);
    let chain = ChainRecord {
        chain: network.genesis.chain_id(),
        blinding: Domain::Blinding.hash(b"secret"),
    };
    let state = TestState::new(&network, &[(Name::Chain, Record::Chain(chain))]);
    assert_eq!(build(&network, &state, &Name::Chain), Err(RecordFault::Secret.into()));
    // As the neighbour of something absent above it, too.
    let absent = (0..=u8::MAX).map(|byte| Name::Account(AccountId::new([byte; 32])));
    let above = absent.clone().find(|name| name.key() > Name::Chain.key()).unwrap();
    let below = absent.clone().find(|name| name.key() < Name::Chain.key()).unwrap();
    assert_eq!(build(&network, &state, &above), Err(RecordFault::Secret.into()));
    assert!(build(&network, &state, &below).is_ok());
}

#[test]
fn w9_w16_w30_every_single_changed_byte_of_a_record_file_is_refused() {
    let network = TestNetwork::new(1);
    let committee = network.committee();
    let state = TestMember::new(&network).state;
    for name in [Name::Currency(currency("USD")), Name::PaymentTerms(currency("USD"))] {
        let text = build(&network, &state, &name).unwrap();
        assert!(verify_record(text.as_bytes(), &committee).is_ok());
        for changed in changes(text.as_bytes()) {
            assert!(verify_record(&changed, &committee).is_err());
        }
    }
}

#[test]
fn w30_a_record_stands_under_its_own_state_and_network() {
    let network = TestNetwork::new(1);
    let state = TestMember::new(&network).state;
    let name = Name::Currency(currency("USD"));
    let mut proof = state.proof(&name);
    let mut genesis = network.genesis.clone();
    genesis.time = genesis.time.after(1);
    let foreign = RecordFile::build(&name, &proof, &state.header, &[], &genesis);
    assert_eq!(foreign, Err(VerifyError::OtherNetwork));
    proof.salt = Hash32::ZERO;
    let changed = RecordFile::build(&name, &proof, &state.header, &[], &network.genesis);
    assert_eq!(changed, Err(VerifyError::NotInState));
    let text = build(&network, &state, &name).unwrap();
    let renamed = text.replacen(FORMAT, "florin-record-2", 1);
    let refused = verify_file(renamed.as_bytes(), &network.committee()).unwrap_err();
    assert_eq!(refused.class(), Class::Unreadable);
}

#[test]
fn w30_kinds_are_those_of_the_specification_in_its_order() {
    let path = format!("{}/../../docs/spec/wire.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    for (index, kind) in KINDS.iter().enumerate() {
        let (row, named) = (format!("| {index} | {kind} |"), format!("| {index} | {kind}: "));
        assert!(text.contains(&row) || text.contains(&named), "{row}");
    }
}
