use ledger_core::{
    block::{Block, Results, encode_payload},
    command::Action,
    digest::Hash32,
    money::Money,
    record::{Name, Record},
    testing::{EPOCH_LENGTH, usd},
    validators::CommitteeChange,
};
use settlement_api::ledger_port::GivenBlock;
use tempfile::TempDir;
use verifier::{
    Handover,
    testing::{Voter, sign_finalization},
};

use super::*;
use crate::{
    keyfile::TransportKey,
    ledger_port::metrics::Metrics,
    observer::testing::{Certifying, REGULATOR, given},
    pipeline::Pipeline,
};

fn follower(net: &Certifying, folder: &TempDir) -> Follower {
    let genesis = &net.world.genesis;
    let executor = Executor::open(folder.path(), genesis, Arc::new(Metrics::default())).unwrap();
    let committee = Arc::new(net.network.committee());
    let key = Arc::new(TransportKey::from_secret(&REGULATOR));
    let client = LedgerClient::new(Vec::new(), key, Arc::clone(&committee)).unwrap();
    Follower::new(client, committee, executor, RulesVersion::KNOWN)
}

fn page(blocks: Vec<GivenBlock>) -> BlockPage {
    BlockPage { blocks }
}

fn height(follower: &Follower) -> u64 {
    follower.executor.last().height.get()
}

#[test]
fn w25_an_observer_reaches_the_roots_of_those_it_follows_and_goes_on_after_a_crash() {
    let (mut net, [a, b, _]) = Certifying::funded(1_000);
    let folder = tempfile::tempdir().unwrap();
    let mut observer = follower(&net, &folder);
    assert!(observer.take(page(net.from(1))).unwrap());
    assert_eq!(height(&observer), net.world.state.header().height.get());
    // What a killed process leaves: the files as they are, not closed.
    let left = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
    }
    let mut observer = follower(&net, &left);
    let resumed = net.world.blocks.len();
    assert_eq!(usize::try_from(height(&observer)).unwrap(), resumed);
    let payment = net.world.payment(&a, &b, Money::new(usd(), 7));
    let transfer = net.world.transfer(&a, &b, &payment);
    net.world.apply(&transfer);
    net.world.block(&[]);
    assert!(observer.take(page(net.from(resumed + 1))).unwrap());
    let view = observer.executor.executed().view().clone();
    let last = net.world.state.header().height;
    assert_eq!(view.results_at(last).unwrap().as_ref(), Some(net.world.state.results()));
    let proven = view.prove_receipts(Height::new(last.get() - 1), &[0]).unwrap().unwrap();
    let (header, certificate) = (proven.under.header, proven.under.certificate);
    assert_eq!(net.network.committee().verify(&header, &certificate), Ok(()));
}

#[test]
fn w25_an_uncertified_tail_is_not_executed() {
    let mut net = Certifying::found();
    for _ in 0..3 {
        net.world.block(&[]);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut observer = follower(&net, &folder);
    let mut blocks = vec![net.certified(&net.world.blocks[0])];
    blocks.extend(net.world.blocks[1..].iter().map(given));
    assert!(observer.take(page(blocks)).unwrap());
    assert_eq!((height(&observer), observer.run.held()), (1, 2));
    let tail = net.world.blocks[1..].iter().map(given).collect();
    assert!(!observer.take(page(tail)).unwrap(), "what is held is not taken twice");
    assert_eq!((height(&observer), observer.run.held()), (1, 0));
    assert!(
        observer.take(page(net.from(2))).unwrap(),
        "another validator's blocks go on from there"
    );
    assert_eq!(height(&observer), 3);
}

#[test]
fn w25_a_forged_certificate_and_another_network_execute_nothing() {
    let mut net = Certifying::found();
    net.world.block(&[]);
    let folder = tempfile::tempdir().unwrap();
    let mut observer = follower(&net, &folder);
    let good = net.certified(&net.world.blocks[0]);
    let mut forged = good.clone();
    forged.certificate.as_mut().unwrap()[60] ^= 1;
    assert!(!observer.take(page(vec![forged])).unwrap());
    let mut other = Certifying::found();
    other.world.genesis.name = ledger_core::id::Text::new("other").unwrap();
    other.world = ledger_core::testing::World::found(other.world.genesis.clone());
    other.world.block(&[]);
    assert!(!observer.take(page(other.from(1))).unwrap());
    assert_eq!(height(&observer), 0);
    assert!(observer.take(page(vec![good])).unwrap());
}

/// The next block of a network whose committee signs whatever it is given.
fn certified_next(
    net: &Certifying,
    results: Results,
    commands: &[ledger_core::command::SignedCommand],
) -> GivenBlock {
    let mut block = net.world.propose_block(net.world.next_time(), commands);
    block.header.results = results;
    block.payload = encode_payload(commands);
    net.certified(&Block { header: block.header, payload: block.payload })
}

#[test]
fn w25_certified_results_that_are_not_ours_mark_the_store_and_end_the_observer() {
    let mut net = Certifying::found();
    net.world.block(&[]);
    let folder = tempfile::tempdir().unwrap();
    let mut observer = follower(&net, &folder);
    observer.take(page(net.from(1))).unwrap();
    let wrong = Results { state_root: Hash32::new([1; 32]), ..net.world.declarable() };
    let given = certified_next(&net, wrong, &[]);
    let error = observer.take(page(vec![given])).unwrap_err();
    let diverged = |error: &StoreError| matches!(error, StoreError::Diverged { .. });
    assert!(matches!(&error, FollowError::Store(error) if diverged(error)), "{error}");
    drop(observer);
    let again = Executor::open(folder.path(), &net.world.genesis, Arc::new(Metrics::default()));
    assert!(again.err().is_some_and(|error| diverged(&error)), "it is not opened again");
}

#[test]
fn w25_a_certified_command_that_its_member_never_signed_ends_the_observer() {
    let (mut net, [a, b, _]) = Certifying::funded(1_000);
    let folder = tempfile::tempdir().unwrap();
    let mut observer = follower(&net, &folder);
    observer.take(page(net.from(1))).unwrap();
    let before = height(&observer);
    let payment = net.world.payment(&a, &b, Money::new(usd(), 7));
    let mut forged = net.world.transfer(&a, &b, &payment);
    forged.signatures = net.world.transfer(&b, &a, &payment).signatures;
    let given = certified_next(&net, net.world.declarable(), &[forged]);
    let error = observer.take(page(vec![given])).unwrap_err();
    assert!(matches!(error, FollowError::Invalid { .. }), "{error}");
    assert_eq!(height(&observer), before);
}

#[test]
fn w23_w25_an_observer_goes_on_under_another_committee_once_it_was_handed_over_to() {
    let mut net = Certifying::found();
    let at = net.world.next_change();
    let mut joined = vec![Voter::new(5)];
    joined.extend(net.network.voters[1..].iter().cloned());
    joined.sort_by_key(Voter::identity);
    let change = CommitteeChange {
        remove: vec![net.network.voters[0].identity()],
        add: vec![Voter::new(5).validator("fifth")],
        at,
    };
    let commands = net.world.decide(Action::ChangeValidators(change));
    net.world.apply_all(&commands);
    net.world.idle_to(Height::new(at.get() + 3));
    let first = usize::try_from(at.get()).unwrap();
    let certify = |block: &Block| {
        let certificate = Some(sign_finalization(&block.header, &joined, &[0, 1, 2]));
        GivenBlock { certificate, ..given(block) }
    };
    let before: Vec<_> = net.world.blocks[..first - 1].iter().map(|b| net.certified(b)).collect();
    let after: Vec<_> = net.world.blocks[first - 1..].iter().map(certify).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut observer = follower(&net, &folder);
    assert!(observer.take(page(before.clone())).unwrap());
    assert_eq!(height(&observer), at.get() - 1);
    assert!(!observer.take(page(after.clone())).unwrap(), "nobody has handed over to them");
    assert!(observer.behind);
    let last = before.last().unwrap();
    let Some(Record::Committee(record)) = net.world.record(&Name::Committee) else {
        panic!("a committee")
    };
    let handover = Handover {
        header: last.header,
        certificate: last.certificate.clone().unwrap(),
        validators: record.validators.clone(),
    };
    assert_eq!(observer.committee.learn(&handover), Ok(()));
    assert!(observer.take(page(after)).unwrap());
    assert_eq!(height(&observer), at.get() + 3);
    // It tells the next one what it was told.
    let pipeline = Pipeline::reading(observer.executor.executed());
    let told = pipeline.handovers(0).unwrap().handovers;
    let [given] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((given.header, &given.certificate), (handover.header, &handover.certificate));
    assert_eq!(given.validators, handover.validators);
    assert!(pipeline.handovers(at.get() / EPOCH_LENGTH).unwrap().handovers.is_empty());
}
