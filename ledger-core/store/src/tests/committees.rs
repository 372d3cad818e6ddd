//! Who certified when, after the end of a process and of what is kept.

use ledger_core::{
    command::Action,
    digest::Domain,
    testing::{EPOCH_LENGTH, World, genesis, governing::validator},
    time::Height,
    validators::CommitteeChange,
};

use super::{certificate, stored, top};
use crate::Store;

/// A world in which the fifth validator took the place of the first.
fn changed() -> (World, Height) {
    let mut world = World::found(genesis());
    let at = world.next_change();
    let remove = vec![validator(1).identity];
    let change = CommitteeChange { remove, add: vec![validator(5)], at };
    let commands = world.decide(Action::ChangeValidators(change));
    world.apply_all(&commands);
    world.idle_to(Height::new(at.get() + 40));
    (world, at)
}

#[test]
fn w23_handovers_are_kept_for_ever_and_every_committee_is_known() {
    let (world, at) = changed();
    let (folder, mut store) = stored(&world);
    let last = at.previous().unwrap();
    let view = store.view();
    let handovers = view.handovers().unwrap();
    let [handover] = handovers.as_slice() else { panic!("{handovers:?}") };
    assert_eq!(handover.header, *world.header(last));
    assert_eq!(handover.certificate, certificate(last));
    let epoch = at.get() / EPOCH_LENGTH;
    let hash = Domain::Committee.hash_of(&(epoch, &handover.validators));
    assert_eq!(handover.header.next_committee, hash);
    assert_eq!(view.committee().unwrap().validators, handover.validators);
    let served = |view: &crate::View, number: u8| {
        let all = view.past_committees().unwrap();
        all.iter().flatten().any(|found| found.identity == validator(number).identity)
    };
    assert!(served(&view, 1) && served(&view, 5) && !served(&view, 6));
    while !store.prune(Height::new(top(&world)), 1_000).unwrap().is_done() {}
    assert_eq!(store.view().certificate(Height::new(last.get() - 1)), Ok(None), "pruned");
    assert_eq!(store.view().handovers().unwrap(), handovers);
    drop(view);
    store.close().unwrap();
    let store = Store::open(folder.path(), &world.genesis).unwrap();
    assert_eq!(store.view().handovers().unwrap(), handovers);
    assert!(served(&store.view(), 1));
}
