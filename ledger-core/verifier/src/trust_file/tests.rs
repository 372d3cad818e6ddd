use ledger_core::time::Height;

use super::*;
use crate::{
    genesis_file::write_genesis,
    testing::{TestNetwork, Voter},
};

fn network() -> (TestNetwork, Vec<Handover>) {
    let mut network = TestNetwork::new(4);
    network.genesis.epoch_length = 8;
    let voters = |numbers: std::ops::RangeInclusive<u8>| {
        let mut voters: Vec<_> = numbers.map(Voter::new).collect();
        voters.sort_by_key(Voter::identity);
        voters
    };
    let (second, third) = (voters(2..=5), voters(3..=6));
    let first = network.hand_over(2, &second);
    let mut own = TestNetwork { voters: second, ..network.clone() }.hand_over(5, &third);
    own.header.committee = first.header.next_committee;
    let signers = TestNetwork { voters: voters(2..=5), ..network.clone() };
    own.certificate = signers.certify(&own.header);
    (network, vec![first, own])
}

#[test]
fn w23_a_file_of_trust_leads_from_genesis_through_every_handover() {
    let (network, handovers) = network();
    let text = write_trust(&network.genesis, false, &handovers);
    let committee = parse_trust(text.as_bytes()).unwrap();
    let latest = committee.latest().unwrap();
    assert_eq!((latest.since, latest.named_by, latest.on_trust), (5, Height::new(39), false));
    // A handover that is left out breaks the chain; so does another order.
    let broken = write_trust(&network.genesis, false, &handovers[1..]);
    assert_eq!(parse_trust(broken.as_bytes()).err(), Some(VerifyError::OtherCommittee));
    let turned = [handovers[1].clone(), handovers[0].clone()];
    let turned = write_trust(&network.genesis, false, &turned);
    assert_eq!(parse_trust(turned.as_bytes()).err(), Some(VerifyError::OtherCommittee));
    // A genesis alone is trust as well.
    let committee = parse_trust(write_genesis(&network.genesis).as_bytes()).unwrap();
    assert_eq!(committee.latest().unwrap().since, 0);
}

#[test]
fn w23_a_checkpoint_needs_no_handovers_before_it() {
    let (network, handovers) = network();
    let text = write_trust(&network.genesis, true, &handovers[1..]);
    let latest = parse_trust(text.as_bytes()).unwrap().latest().unwrap();
    assert_eq!((latest.since, latest.on_trust), (5, true));
    let text = write_trust(&network.genesis, true, &handovers);
    let latest = parse_trust(text.as_bytes()).unwrap().latest().unwrap();
    assert_eq!((latest.since, latest.on_trust), (5, false), "learned after the checkpoint");
}

#[test]
fn w19_a_file_of_trust_with_an_unknown_field_or_other_bytes_is_refused() {
    let (network, handovers) = network();
    let text = write_trust(&network.genesis, false, &handovers);
    let more = text.replacen("\"checkpoint\"", "\"more\": 1, \"checkpoint\"", 1);
    let refused = parse_trust(more.as_bytes()).err();
    assert_eq!(refused, Some(VerifyError::WrongFormat { expected: FORMAT }));
    let certificate = hex::encode(&handovers[0].certificate);
    let changed = text.replacen(&certificate[..8], "00000000", 1);
    assert!(parse_trust(changed.as_bytes()).is_err());
}

#[test]
fn w23_handovers_ascend_and_name_each_validator_once() {
    let (network, handovers) = network();
    let refused = |handovers: &[Handover]| {
        parse_trust(write_trust(&network.genesis, false, handovers).as_bytes()).err()
    };
    let not_above = || Some(VerifyError::Handover { what: "is not above the one before it" });
    let [first, second] = [handovers[0].clone(), handovers[1].clone()];
    assert_eq!(refused(&[first.clone(), first.clone(), second.clone()]), not_above());
    let uncertified = Handover { certificate: Vec::new(), ..first.clone() };
    assert_eq!(refused(&[first.clone(), uncertified]), not_above());
    let (mut twice, mut same_key) = (second.clone(), second.clone());
    twice.validators[1] = twice.validators[0].clone();
    same_key.validators[1].vote_key = same_key.validators[0].vote_key;
    for named in [twice, same_key] {
        let no_committee = Some(VerifyError::Handover { what: "has no committee" });
        assert_eq!(refused(&[first.clone(), named]), no_committee);
    }
}

#[test]
fn w19_a_file_of_trust_without_a_field_or_with_capital_digits_is_refused() {
    let (network, handovers) = network();
    let text = write_trust(&network.genesis, false, &handovers);
    let without: String =
        text.lines().filter(|line| !line.contains("\"checkpoint\"")).collect::<Vec<_>>().join("\n");
    assert_ne!(without, text.trim_end());
    assert!(parse_trust(without.as_bytes()).is_err());
    for digits in
        [hex::encode(&handovers[0].certificate), hex::encode(handovers[1].header.to_bytes())]
    {
        let capital = text.replacen(&digits, &digits.to_uppercase(), 1);
        assert_ne!(capital, text);
        assert!(parse_trust(capital.as_bytes()).is_err());
    }
}
