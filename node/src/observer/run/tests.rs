use ledger_core::{block::Block, id::ChainId, time::LedgerTime};

use super::*;
use crate::observer::testing::{Certifying, given};

/// Blocks one after the other, without commands.
fn chain(net: &mut Certifying, blocks: usize) -> Vec<Block> {
    for _ in 0..blocks {
        net.world.block(&[]);
    }
    net.world.blocks.clone()
}

fn start(net: &Certifying) -> Run {
    Run::new(*net.world.header(Height::new(0)))
}

#[test]
fn w25_what_no_certificate_covers_is_held_and_one_makes_all_below_it_final() {
    let mut net = Certifying::found();
    let blocks = chain(&mut net, 4);
    let (mut run, committee) = (start(&net), net.network.committee());
    for block in &blocks[..2] {
        assert_eq!(run.take(given(block), &committee), Ok(Vec::new()));
    }
    assert_eq!((run.held(), run.next()), (2, Height::new(3)));
    let certified = net.certified(&blocks[2]);
    let done = run.take(certified.clone(), &committee).unwrap();
    let heights: Vec<_> = done.iter().map(|done| done.block.header.height.get()).collect();
    assert_eq!(heights, [1, 2, 3]);
    assert_eq!(done[2].certificate, certified.certificate);
    assert!(done[..2].iter().all(|done| done.certificate.is_none()));
    assert_eq!((run.held(), run.next()), (0, Height::new(4)));
    assert_eq!(run.take(given(&blocks[3]), &committee), Ok(Vec::new()), "a tail waits");
}

/// Every row: what is given after one held block, and why it is refused.
#[test]
fn w25_what_does_not_follow_or_hold_is_refused_and_what_was_held_is_dropped() {
    let mut net = Certifying::found();
    let blocks = chain(&mut net, 3);
    let committee = net.network.committee();
    let good = net.certified(&blocks[1]);
    let stranger = Certifying::found();
    let change = |change: fn(&mut GivenBlock)| {
        let mut given = good.clone();
        change(&mut given);
        given
    };
    let mut few = good.clone();
    few.certificate =
        Some(verifier::testing::sign_finalization(&good.header, &net.network.voters, &[0, 1]));
    let mut swapped = good.clone();
    swapped.certificate = Some(stranger.network.certify(&blocks[2].header));
    let (second, third) = (Height::new(2), Height::new(3));
    let rows = [
        (
            "a gap",
            net.certified(&blocks[2]),
            Some(RunError::NotLinked { expected: second, found: third }),
        ),
        (
            "again",
            net.certified(&blocks[0]),
            Some(RunError::NotLinked { expected: second, found: Height::new(1) }),
        ),
        (
            "another parent",
            change(|b| b.header.parent = ledger_core::digest::Hash32::ZERO),
            Some(RunError::NotLinked { expected: second, found: second }),
        ),
        (
            "another network",
            change(|b| b.header.chain = ChainId::new([9; 32])),
            Some(RunError::OtherNetwork(second)),
        ),
        ("another payload", change(|b| b.payload.push(0)), Some(RunError::Payload(second))),
        ("a changed header", change(|b| b.header.time = LedgerTime::new(u64::MAX)), None),
        ("a certificate of noise", change(|b| b.certificate = Some(vec![7; 90])), None),
        ("too few signers", few, None),
        ("another block's certificate", swapped, None),
    ];
    for (what, given_second, expected) in rows {
        let mut run = start(&net);
        run.take(given(&blocks[0]), &committee).unwrap();
        let refused = run.take(given_second, &committee).unwrap_err();
        match expected {
            Some(expected) => assert_eq!(refused, expected, "{what}"),
            None => assert!(matches!(refused, RunError::Certificate { .. }), "{what}: {refused}"),
        }
        assert_eq!((run.held(), run.next()), (0, Height::new(1)), "{what}");
    }
}

#[test]
fn w25_what_is_held_is_bounded() {
    let mut net = Certifying::found();
    let blocks = chain(&mut net, MAX_BLOCKS + 1);
    let (mut run, committee) = (start(&net), net.network.committee());
    for block in &blocks[..MAX_BLOCKS] {
        run.take(given(block), &committee).unwrap();
    }
    let mut full = run.clone();
    let last = &blocks[MAX_BLOCKS];
    assert_eq!(full.take(given(last), &committee), Err(RunError::TooLong));
    assert_eq!(full.held(), 0);
    let done = run.take(net.certified(last), &committee).unwrap();
    assert_eq!(done.len(), MAX_BLOCKS + 1);
}
