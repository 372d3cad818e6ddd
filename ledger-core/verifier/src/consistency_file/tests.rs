use super::*;
use crate::{
    error::Class,
    proved::{Proved, verify_file},
    testing::{TestChain, TestNetwork, Voter, changes, sign_finalization},
};

fn build(
    network: &TestNetwork,
    block: &BlockProof,
    older: &Header,
    newer: &Header,
) -> Result<String, VerifyError> {
    let (first, second) = (network.certify(older), network.certify(newer));
    ConsistencyFile::build(block, (older, &first), (newer, &second), &network.genesis)
}

fn text_of(network: &TestNetwork, chain: &TestChain, from: u64, to: u64) -> String {
    let (older, newer) = (chain.header(network, from), chain.header(network, to));
    build(network, &chain.proof(from, to), &older, &newer).unwrap()
}

fn fault(result: Result<String, VerifyError>) -> ConsistencyFault {
    match result {
        Err(VerifyError::Consistency(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn w26_a_consistency_file_proves_what_its_summary_says() {
    let network = TestNetwork::new(4);
    let text = text_of(&network, &TestChain::new(12), 4, 10);
    let expected = format!(
        r#"{{
  "format": "florin-consistency-1",
  "network": "{chain}",
  "summary": {{
    "older": {{
      "height": 4,
      "header": 6,
      "time": "2026-01-01T00:00:06.000Z"
    }},
    "newer": {{
      "height": 10,
      "header": 12,
      "time": "2026-01-01T00:00:12.000Z"
    }},
    "appended": 6
  }},
  "block": {{
    "leaf": "04"#,
        chain = network.genesis.chain_id(),
    );
    assert!(text.starts_with(&expected), "{text}");
    let verdict = verify_consistency(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((verdict.from.get(), verdict.to.get()), (4, 10));
    assert_eq!(
        verdict.plain,
        "the history up to height 4, certified at 2026-01-01T00:00:06.000Z, is the beginning of the \
         history up to height 10, certified at 2026-01-01T00:00:12.000Z: 6 blocks were appended, \
         none was changed or dropped"
    );
    let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((proved.plain(), proved.exit_code()), (verdict.plain.as_str(), 0));
    assert_eq!(proved, Proved::Consistency(Box::new(verdict)));
}

/// Every two lengths of a history: the path of the last block leads to both roots.
#[test]
fn w26_every_history_is_the_beginning_of_every_longer_one() {
    let network = TestNetwork::new(1);
    let chain = TestChain::new(36);
    for to in 1..36 {
        for from in 1..=to {
            let (older, newer) = (chain.header(&network, from), chain.header(&network, to));
            let block = chain.proof(from, to);
            let file = ConsistencyFile {
                block,
                older: Certified { header: older, certificate: vec![] },
                newer: Certified { header: newer, certificate: vec![] },
            };
            assert_eq!(file.check_roots(), Ok(()), "{from} to {to}");
        }
    }
}

/// One block of the past is another one: no length of it goes on as the true history.
#[test]
fn w26_a_rewritten_history_is_not_continued() {
    let network = TestNetwork::new(1);
    let chain = TestChain::new(20);
    for rewritten in 0..=9usize {
        let mut other = chain.clone();
        other.blocks[rewritten].receipts.count += 1;
        let older = other.header(&network, 9);
        for to in 9..20 {
            let newer = chain.header(&network, to);
            // With the last block and path of the one history, then of the other.
            for source in [&chain, &other] {
                let found = build(&network, &source.proof(9, to), &older, &newer);
                assert_eq!(fault(found), ConsistencyFault::NotABeginning, "{rewritten} {to}");
            }
        }
    }
}

#[test]
fn w26_faults_are_found_in_their_order() {
    let network = TestNetwork::new(4);
    let chain = TestChain::new(12);
    let at = |height| chain.header(&network, height);
    let good = chain.proof(4, 10);
    let none = build(&network, &chain.proof(0, 10), &at(0), &at(10));
    assert_eq!(fault(none), ConsistencyFault::NoHistory);
    let reversed = build(&network, &chain.proof(4, 10), &at(10), &at(4));
    let (older, newer) = (Height::new(10), Height::new(4));
    assert_eq!(fault(reversed), ConsistencyFault::Reversed { older, newer });
    let other = build(&network, &chain.proof(5, 10), &at(4), &at(10));
    assert_eq!(fault(other), ConsistencyFault::OtherBlock);
    let mut declared = at(4);
    declared.results.state_root = Hash32::ZERO;
    assert_eq!(fault(build(&network, &good, &declared, &at(10))), ConsistencyFault::OtherBlock);
    let mut shorter = good.clone();
    shorter.history_path.pop();
    let mut longer = good.clone();
    longer.history_path.push(Hash32::ZERO);
    for block in [shorter, longer] {
        let found = build(&network, &block, &at(4), &at(10));
        assert_eq!(fault(found), ConsistencyFault::NotABeginning);
    }
    let mut genesis = network.genesis.clone();
    genesis.time = genesis.time.after(1);
    let foreign = ConsistencyFile::build(&good, (&at(4), &[]), (&at(10), &[]), &genesis);
    assert_eq!(foreign, Err(VerifyError::OtherNetwork));
}

#[test]
fn w9_w16_w26_every_single_changed_byte_of_a_consistency_file_is_refused() {
    let network = TestNetwork::new(1);
    let committee = network.committee();
    let text = text_of(&network, &TestChain::new(8), 3, 6).into_bytes();
    assert!(verify_consistency(&text, &committee).is_ok());
    for changed in changes(&text) {
        assert!(verify_consistency(&changed, &committee).is_err());
    }
}

#[test]
fn w26_both_headers_need_the_certificate_of_a_quorum() {
    let network = TestNetwork::new(4);
    let chain = TestChain::new(8);
    let (older, newer) = (chain.header(&network, 3), chain.header(&network, 6));
    let block = chain.proof(3, 6);
    let strangers: Vec<_> = (11..15).map(Voter::new).collect();
    let (good, also) = (network.certify(&older), network.certify(&newer));
    let rows = [
        (sign_finalization(&older, &strangers, &[0, 1, 2]), also.clone()),
        (good.clone(), sign_finalization(&newer, &network.voters, &[0, 1])),
        (also.clone(), good.clone()),
    ];
    for (first, second) in rows {
        let text =
            ConsistencyFile::build(&block, (&older, &first), (&newer, &second), &network.genesis);
        let refused = verify_consistency(text.unwrap().as_bytes(), &network.committee());
        assert_eq!(refused.unwrap_err().class(), Class::NotValid);
    }
}
