//! The drill of a quarantine: a block that no validator can execute, from the stop to the next payment.

use std::time::{Duration, UNIX_EPOCH};

use consensus::simulation::{Checker, Dice, Power, simulate};
use florin_sim::{
    books::Stuck,
    bugs::{Planted, plant},
    chronicle::Chronicle,
    client::Client,
    cluster::{Cluster, ledger_time},
    founding::{Founding, TTL_MS},
    on_its_own_stack,
    plan::Plan,
};
use ledger_core::{
    digest::Hash32,
    draft::Records as _,
    id::Text,
    quarantine::{Quarantine, SignedQuarantine},
    record::{Name, Record},
    signature::MemorySigner,
    testing::commands::sign,
};

const LONGEST: Duration = Duration::from_secs(600);
const SLICE: Duration = Duration::from_millis(50);

/// Waits until a quorum of validators has stopped at one and the same block. Another one may not have heard
/// that it is final before they stopped: it stands still at the block before.
async fn stuck(cluster: &Cluster) -> Stuck {
    let deadline = cluster.world.now() + Duration::from_secs(60);
    loop {
        let all: Vec<_> = (0..4).filter_map(|index| cluster.books(index).stuck()).collect();
        if all.len() >= 3 {
            assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
            return all[0].clone();
        }
        assert!(cluster.world.now() < deadline, "{}", cluster.describe());
        cluster.world.sleep(SLICE).await;
    }
}

/// What so many validators sign, each with the key of its identity.
fn signed(value: &Quarantine, validators: u8) -> SignedQuarantine {
    let mut all = (1..=validators)
        .map(|n| SignedQuarantine::new(value.clone(), &MemorySigner::new(&[n; 32])).unwrap());
    let first = all.next().unwrap();
    all.fold(first, |so_far, more| so_far.joined(&more).unwrap())
}

async fn restart(cluster: &Cluster, power: Power, dice: &mut Dice) {
    cluster.kill(&[0, 1, 2, 3], power, dice).await;
    cluster.start_all();
}

async fn pay(cluster: &Cluster, chronicle: &Chronicle, clients: &mut [Client], more: usize) {
    let (before, deadline) = (chronicle.settled(), cluster.world.now() + Duration::from_secs(60));
    while chronicle.settled() < before + more {
        assert!(cluster.world.now() < deadline, "nobody pays: {}", cluster.describe());
        for client in clients.iter_mut() {
            client.step(cluster, chronicle, true);
        }
        cluster.world.sleep(SLICE).await;
        cluster.watch();
    }
}

fn drill(seed: u64, power: Power) {
    let founding = Founding::new(4, 4_096);
    let chain = founding.genesis.chain_id();
    let chronicle = Chronicle::new(Checker::new(&founding.genesis));
    let plan = Plan::calm(4);
    let start = UNIX_EPOCH + Duration::from_millis(founding.begins().get());
    let (inside, mut dice) = (chronicle.clone(), Dice::new(seed));
    simulate(seed, start, LONGEST, |world| async move {
        let chronicle = &inside;
        let cluster = Cluster::new(world, &plan, founding, chronicle, &mut dice);
        cluster.start_all();
        cluster.founded(chronicle).await;
        let mut clients: Vec<_> = (0..3).map(|bank| Client::new(bank, dice.fork())).collect();
        pay(&cluster, chronicle, &mut clients, 5).await;

        // A command that nobody can execute, among payments that all can.
        plant(Some(Planted::CrashOnAnchor));
        let bank = cluster.found(|founding| founding.banks[0]);
        let mut body = cluster.found(|f| f.world.anchor(&bank, Hash32::MAX)).body;
        body.signers = Vec::new();
        body.expires = ledger_time(cluster.world.now()).after(TTL_MS / 2);
        let anchor = sign(body, &[&bank.settlement()]);
        for index in 0..4 {
            let _ = cluster.submit(index, &anchor);
        }
        let found = stuck(&cluster).await;
        assert_eq!(found.commands, [anchor.body.id()], "the command is named");
        let height = found.header.height;

        // Starting again does not help: the block is final.
        restart(&cluster, power, &mut dice).await;
        for index in 0..4 {
            assert!(cluster.books(index).height() < height.get());
        }
        assert_eq!(stuck(&cluster).await, found);

        let value = Quarantine {
            chain,
            height,
            block: found.header.digest(),
            commands: found.commands.clone(),
            reference: Text::new("DRILL").unwrap(),
        };
        // Two of four are not enough for anybody.
        let (two, three) = (signed(&value, 2), signed(&value, 3));
        (0..4).for_each(|index| cluster.books(index).set_aside(&two));
        restart(&cluster, power, &mut dice).await;
        cluster.world.sleep(Duration::from_secs(5)).await;
        assert!((0..4).all(|index| cluster.books(index).height() < height.get()));
        (0..4).for_each(|index| cluster.books(index).set_aside(&three));
        restart(&cluster, power, &mut dice).await;
        pay(&cluster, chronicle, &mut clients, 5).await;

        // One history, with the statement in it; and nobody without it.
        while cluster.lowest() < height.get() + 3 {
            cluster.world.sleep(SLICE).await;
            cluster.watch();
        }
        for index in 0..4 {
            match cluster.books(index).state().record(&Name::Quarantine(height)) {
                Some(Record::Quarantine(kept)) => assert_eq!(**kept, three),
                other => panic!("{other:?}"),
            }
        }
        plant(None);
        // With the fault mended nothing changes.
        restart(&cluster, power, &mut dice).await;
        pay(&cluster, chronicle, &mut clients, 5).await;
    });
    plant(None);
    assert_eq!(chronicle.faults(), Vec::<String>::new());
}

#[test]
fn d13_d14_a_network_that_no_command_can_be_ordered_on_goes_on_when_three_of_four_have_signed() {
    on_its_own_stack(|| {
        for (seed, power) in [(21, Power::Process), (22, Power::Machine)] {
            drill(seed, power);
        }
    });
}
