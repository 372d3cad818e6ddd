use ledger_core::block::Results;

use super::*;
use crate::testing::{TestNetwork, Voter, sign_finalization};

/// A network of epochs of eight blocks, the voters of its second committee, and the handover to them.
fn network() -> (TestNetwork, Vec<Voter>, Handover) {
    let mut network = TestNetwork::new(4);
    network.genesis.epoch_length = 8;
    let mut voters: Vec<_> = (2..=5).map(Voter::new).collect();
    voters.sort_by_key(Voter::identity);
    let handover = network.hand_over(3, &voters);
    (network, voters, handover)
}

fn header(network: &TestNetwork, height: u64, committee: Hash32) -> Header {
    let (height_of, root) = (Height::new(height - 1), Hash32::new([1; 32]));
    let results = Results { height: height_of, state_root: root, history_root: root };
    Header { committee, ..network.header(height, results) }
}

#[test]
fn w23_a_committee_is_believed_from_its_epoch_on_and_the_one_before_it_until_then() {
    let (network, voters, handover) = network();
    let committee = network.committee();
    let new = handover.header.next_committee;
    let old = network.genesis.committee_hash();
    let first = header(&network, 24, new);
    let by_new = sign_finalization(&first, &voters, &[0, 1, 3]);
    assert_eq!(committee.verify(&first, &by_new), Err(VerifyError::OtherCommittee), "not learned");
    assert_eq!(committee.learn(&handover), Ok(()));
    assert_eq!(committee.learn(&handover), Ok(()), "no news");
    assert_eq!(committee.verify(&first, &by_new), Ok(()));
    let relied = committee.relied_on().unwrap();
    assert_eq!((relied.since, relied.named_by, relied.on_trust), (3, Height::new(23), false));
    assert_eq!(relied.time, handover.header.time);
    // Before its epoch the first committee certifies, and afterwards it does not, however much it signs.
    let before = header(&network, 22, old);
    assert_eq!(committee.verify(&before, &network.certify(&before)), Ok(()));
    assert_eq!(committee.relied_on().unwrap().since, 0);
    let after = header(&network, 24, old);
    let refused = committee.verify(&after, &network.certify(&after));
    assert_eq!(refused, Err(VerifyError::OtherCommittee));
    let early = header(&network, 22, new);
    let refused = committee.verify(&early, &sign_finalization(&early, &voters, &[0, 1, 3]));
    assert_eq!(refused, Err(VerifyError::OtherCommittee));
    let wrong = sign_finalization(&first, &network.voters, &[0, 1, 3]);
    assert_eq!(committee.verify(&first, &wrong), Err(VerifyError::Signature));
}

#[test]
fn w23_only_the_last_header_of_an_epoch_hands_over_and_only_to_whom_it_names() {
    let (network, voters, good) = network();
    let committee = network.committee();
    let fault = |what| Err(VerifyError::Handover { what });
    let mut other = good.clone();
    other.header.height = Height::new(22);
    assert_eq!(committee.learn(&other), fault("is not the last header of an epoch"));
    let mut other = good.clone();
    other.validators.pop();
    assert_eq!(committee.learn(&other), fault("names other validators"));
    let mut other = good.clone();
    other.validators.clear();
    assert_eq!(committee.learn(&other), fault("has no committee"));
    let mut other = good.clone();
    other.certificate = sign_finalization(&good.header, &voters, &[0, 1, 2]);
    assert_eq!(committee.learn(&other), Err(VerifyError::Signature));
    let mut other = good.clone();
    other.validators[1].proof_of_possession = good.validators[0].proof_of_possession;
    other.header.next_committee = Domain::Committee.hash_of(&(3u64, &other.validators));
    other.certificate = network.certify(&other.header);
    assert_eq!(committee.learn(&other), Err(VerifyError::Possession { index: 1 }));
    assert_eq!(committee.latest().unwrap().since, 0, "nothing was learned");
}

#[test]
fn w14_the_last_block_of_an_epoch_may_be_final_in_a_later_view_and_no_other() {
    let (network, _, handover) = network();
    let last = handover.header;
    let own = Finalization::decode(&handover.certificate, 4).unwrap();
    let signed = |header: &Header, view: u64, parent_view: u64| {
        // The engine signs the digest of the block as it was first proposed.
        let unsigned = Finalization { view, parent_view, digest: header.digest(), ..own.clone() };
        network.sign(&unsigned)
    };
    let committee = network.committee();
    let (view, parent) = (last.context.view, last.context.parent_view);
    assert_eq!(committee.verify(&last, &signed(&last, view, parent)), Ok(()));
    assert_eq!(committee.verify(&last, &signed(&last, view + 2, view)), Ok(()));
    assert_eq!(committee.verify(&last, &signed(&last, view + 2, view + 1)), Ok(()));
    let fault = |field| Err(VerifyError::CertificateMismatch { field });
    assert_eq!(committee.verify(&last, &signed(&last, view + 2, parent)), fault("view"));
    let inner = header(&network, 22, network.genesis.committee_hash());
    let view = inner.context.view;
    assert_eq!(committee.verify(&inner, &signed(&inner, view + 2, view)), fault("view"));
}

#[test]
fn w23_a_checkpoint_is_believed_without_what_was_before_it() {
    let (network, voters, handover) = network();
    let Handover { header: named, validators, .. } = &handover;
    let committee = Committee::from_checkpoint(&network.genesis, named, validators).unwrap();
    let first = header(&network, 24, named.next_committee);
    let by_new = sign_finalization(&first, &voters, &[0, 1, 3]);
    assert_eq!(committee.verify(&first, &by_new), Ok(()));
    assert!(committee.relied_on().unwrap().on_trust);
    let before = header(&network, 22, network.genesis.committee_hash());
    let refused = committee.verify(&before, &network.certify(&before));
    assert_eq!(refused, Err(VerifyError::OtherCommittee));
    let other = TestNetwork::new(7).genesis;
    let refused = Committee::from_checkpoint(&other, named, validators);
    assert_eq!(refused.map(|_| ()), Err(VerifyError::OtherNetwork));
}

/// W12: what a header declares was executed before it.
#[test]
fn w12_a_header_that_declares_its_own_results_is_refused() {
    let (network, _, _) = network();
    let committee = network.committee();
    let mut header = header(&network, 9, network.genesis.committee_hash());
    assert_eq!(committee.verify(&header, &network.certify(&header)), Ok(()));
    for height in [9, 10, u64::MAX] {
        header.results.height = Height::new(height);
        let refused = committee.verify(&header, &network.certify(&header));
        assert_eq!(refused, Err(VerifyError::CertificateMismatch { field: "results" }));
    }
}
