//! A network that is halted, loses power while it is, and is resumed.

use std::time::{Duration, UNIX_EPOCH};

use consensus::simulation::{Checker, Dice, Power, simulate};
use florin_sim::{
    chronicle::Chronicle, client::Client, cluster::Cluster, founding::Founding, on_its_own_stack,
    plan::Plan,
};
use ledger_core::{
    account::Balances,
    command::{Action, Command, SignedCommand},
    halt::{Halt, is_halted},
    id::Text,
    record::Record,
    state::State,
    testing::Actor,
};

const LONGEST: Duration = Duration::from_secs(600);
const SLICE: Duration = Duration::from_millis(50);

fn balances(state: &State) -> Vec<Balances> {
    let accounts = state.records().filter_map(|record| match record {
        Record::Account(account) => Some(account.balances),
        _ => None,
    });
    accounts.collect()
}

/// Gives commands of these persons to everybody, one after the other, each when the one before is on
/// every ledger.
async fn decided(cluster: &Cluster, chronicle: &Chronicle, commands: Vec<(SignedCommand, Actor)>) {
    let mut proposal = None;
    for (command, by) in commands {
        let command = cluster.signed_now(command, &by, proposal);
        proposal = Some(command.body.id());
        let deadline = cluster.world.now() + Duration::from_secs(60);
        while chronicle.executed_at(&command.body.id()).is_none() {
            assert!(cluster.world.now() < deadline, "not ordered: {}", cluster.describe());
            for index in 0..cluster.len() {
                let _ = cluster.submit(index, &command);
            }
            cluster.world.sleep(SLICE).await;
        }
    }
}

/// An action of two operators.
fn by_operators(cluster: &Cluster, action: Action) -> Vec<(SignedCommand, Actor)> {
    let [proposal, approval] = cluster.found(|founding| founding.world.decide(action));
    vec![(proposal, Actor::operator(1)), (approval, Actor::operator(2))]
}

async fn on_every_ledger(cluster: &Cluster, what: &str, done: impl Fn(&State) -> bool) {
    let deadline = cluster.world.now() + Duration::from_secs(60);
    while !cluster.sound().iter().all(|index| done(&cluster.books(*index).state())) {
        assert!(cluster.world.now() < deadline, "{what}: {}", cluster.describe());
        cluster.world.sleep(SLICE).await;
        cluster.watch();
    }
}

async fn pay_for(cluster: &Cluster, chronicle: &Chronicle, clients: &mut [Client], blocks: u64) {
    let until = cluster.lowest() + blocks;
    while cluster.lowest() < until {
        for client in clients.iter_mut() {
            client.step(cluster, chronicle, true);
        }
        cluster.world.sleep(SLICE).await;
        cluster.watch();
    }
}

fn run(seed: u64, power: Power) {
    let founding = Founding::new(4, 4_096);
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
        pay_for(&cluster, chronicle, &mut clients, 6).await;
        let grant = Actor::emergency().grant;
        decided(&cluster, chronicle, by_operators(&cluster, Action::RegisterKey(grant))).await;
        let settled = chronicle.settled();
        assert!(settled > 0, "nobody paid before");

        let reference = Text::new("DRILL").expect("a text");
        let halt = cluster.found(|founding| {
            founding.world.sign(&Actor::emergency(), Command::Halt { reference })
        });
        decided(&cluster, chronicle, vec![(halt, Actor::emergency())]).await;
        let halted = |state: &State| is_halted(state, state.header().time);
        on_every_ledger(&cluster, "halted", halted).await;
        let (before, height) = (balances(&cluster.books(0).state()), cluster.lowest());
        pay_for(&cluster, chronicle, &mut clients, 6).await;
        // It is a part of the ledger, not of a process.
        cluster.kill(&[0, 1, 2, 3], power, &mut dice).await;
        cluster.start_all();
        pay_for(&cluster, chronicle, &mut clients, 6).await;
        assert!(cluster.lowest() > height + 6, "blocks go on");
        on_every_ledger(&cluster, "halted still", halted).await;
        for index in cluster.sound() {
            assert_eq!(balances(&cluster.books(index).state()), before, "money moved in a halt");
        }

        let settled = chronicle.settled();
        let resume = by_operators(&cluster, Action::ResumeNetwork { halt: 1 });
        decided(&cluster, chronicle, resume).await;
        on_every_ledger(&cluster, "resumed", |state| {
            Halt::of(state).is_some_and(|halt| halt.resumed.is_some())
        })
        .await;
        let deadline = cluster.world.now() + Duration::from_secs(60);
        while chronicle.settled() <= settled {
            assert!(cluster.world.now() < deadline, "nobody pays again");
            pay_for(&cluster, chronicle, &mut clients, 1).await;
        }
    });
    assert_eq!(chronicle.faults(), Vec::<String>::new());
}

#[test]
fn d9_d11_a_halted_network_moves_nothing_through_a_loss_of_power_until_it_is_resumed() {
    on_its_own_stack(|| {
        for (seed, power) in [(11, Power::Machine), (12, Power::Process)] {
            run(seed, power);
        }
    });
}
