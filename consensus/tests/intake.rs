//! The way into the pool: commands one by one and together give the same answers.

mod network;

use consensus::{SubmitError, intake::Intake, mempool::Bounds};
use ledger_core::{
    command::{CommandError, Identified, SignedCommand},
    genesis::Genesis,
    signature::Signature,
    time::LedgerTime,
};

const NOW: LedgerTime = LedgerTime::new(1_000_000);

fn network() -> Genesis {
    network::genesis(&network::secrets(4))
}

fn fresh(genesis: &Genesis, number: u64) -> SignedCommand {
    network::command(genesis, number, NOW.after(60_000))
}

fn badly_signed(genesis: &Genesis, number: u64) -> SignedCommand {
    let mut command = fresh(genesis, number);
    command.signatures = vec![Signature::new([7; 64])];
    command
}

#[test]
fn a_batch_answers_for_each_command_what_it_is_answered_alone() {
    let genesis = network();
    let expired = network::command(&genesis, 9, NOW);
    let batch = vec![
        fresh(&genesis, 1),
        badly_signed(&genesis, 2),
        expired,
        fresh(&genesis, 3),
        fresh(&genesis, 1),
        badly_signed(&genesis, 1),
    ];
    let (alone, _outbox) = Intake::new(&genesis, Bounds::default());
    let one_by_one: Vec<_> = batch.iter().map(|c| alone.submit(c.clone(), NOW)).collect();
    let (intake, _outbox) = Intake::new(&genesis, Bounds::default());
    let together = intake.submit_all(batch.clone(), NOW, &mut rand::rng());
    let id = |at: usize| Identified::new(batch[at].clone()).id();
    let bad = SubmitError::Command(CommandError::BadSignature);
    let expired = SubmitError::Command(CommandError::Expired);
    let expected = vec![Ok(id(0)), Err(bad), Err(expired), Ok(id(3)), Ok(id(0)), Ok(id(0))];
    assert_eq!(one_by_one, expected);
    // Of commands that come together the second one with the same id is checked by itself.
    assert_eq!(together[..5], expected[..5]);
    assert_eq!(together[5], Err(bad));
    assert_eq!((intake.len(), alone.len()), (2, 2));
    let again = intake.submit_all(batch, NOW, &mut rand::rng());
    assert_eq!(again, expected);
    assert_eq!(intake.len(), 2);
}

#[test]
fn only_commands_whose_signatures_were_checked_are_found_by_their_id() {
    let genesis = network();
    let (intake, _outbox) = Intake::new(&genesis, Bounds::default());
    let (good, bad) = (fresh(&genesis, 1), badly_signed(&genesis, 2));
    let added = intake.receive(vec![good.clone(), bad.clone()], NOW, &mut rand::rng());
    assert_eq!(added, 1);
    let found = intake.get(&good.body.id()).expect("it waits");
    assert_eq!(found.get(), &good);
    assert!(intake.get(&bad.body.id()).is_none());
}

/// C5: and an eighth of the pool is left to what others took.
#[test]
fn no_signature_is_checked_of_what_finds_no_room() {
    let genesis = network();
    let bounds = Bounds { commands: 16, ..Bounds::default() };
    let (intake, _outbox) = Intake::new(&genesis, bounds);
    let mut batch: Vec<_> = (0..6).map(|number| fresh(&genesis, number)).collect();
    batch.extend([badly_signed(&genesis, 6), fresh(&genesis, 7), badly_signed(&genesis, 8)]);
    let answers = intake.submit_all(batch, NOW, &mut rand::rng());
    assert!(answers[..6].iter().all(Result::is_ok));
    let bad = Err(SubmitError::Command(CommandError::BadSignature));
    let full = Err(SubmitError::QuotaExceeded);
    assert_eq!(answers[6..], [bad, full, full], "seven places are seven checks");
    intake.submit(fresh(&genesis, 7), NOW).unwrap();
    assert_eq!(intake.submit(badly_signed(&genesis, 8), NOW), full);
    assert_eq!(intake.submit(fresh(&genesis, 7), NOW), Ok(fresh(&genesis, 7).body.id()));
    let organisation = fresh(&genesis, 0).body.organisation;
    assert_eq!(intake.room(&organisation, NOW), Err(SubmitError::QuotaExceeded));
    let gossip = [8, 9].map(|number| fresh(&genesis, number));
    assert_eq!(intake.receive(gossip.to_vec(), NOW, &mut rand::rng()), 1);
    assert_eq!(intake.len(), 8);
}
