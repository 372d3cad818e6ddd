//! Validators learn a later version of the rules one after the other; the last one does not, in time.

use std::time::{Duration, UNIX_EPOCH};

use consensus::{
    ExecutorError, StopReason, SubmitError,
    simulation::{Checker, Dice, Power, simulate},
};
use florin_sim::{
    chronicle::Chronicle, cluster::Cluster, founding::Founding, on_its_own_stack, plan::Plan,
};
use ledger_core::{
    address::{Addresses, ValidatorAddress},
    command::{Action, SignedCommand},
    id::Text,
    rules::{Acting, Rules, RulesVersion},
    testing::Actor,
    time::Height,
};

const LONGEST: Duration = Duration::from_secs(900);
const EPOCH: u64 = 16;
const OLD: RulesVersion = RulesVersion::BASE;
const NEW: RulesVersion = RulesVersion::ADDRESSES;

async fn until(cluster: &Cluster, what: &str, done: impl Fn() -> bool) {
    let deadline = cluster.world.now() + Duration::from_secs(180);
    while !done() {
        assert!(cluster.world.now() < deadline, "{what}: {}", cluster.describe());
        cluster.world.sleep(Duration::from_millis(50)).await;
    }
}

fn rules(cluster: &Cluster, index: usize) -> Rules {
    Rules::of(&cluster.books(index).state())
}

fn height(cluster: &Cluster, index: usize) -> u64 {
    cluster.books(index).height()
}

/// Ends a validator and starts it with another binary.
async fn install(cluster: &Cluster, index: usize, version: RulesVersion, dice: &mut Dice) {
    cluster.kill(&[index], Power::Process, dice).await;
    cluster.found(|founding| founding.knows.insert(index, version));
    cluster.start(index);
}

/// What two operators decide about an address, in a form that only the later version knows.
fn moving(cluster: &Cluster, index: usize) -> [SignedCommand; 2] {
    let [proposal, approval] = cluster.found(|founding| {
        let validator = founding.genesis.validators[index].identity;
        let address = Text::new("10.0.0.99:7000").unwrap();
        founding.world.decide(Action::MoveValidator(ValidatorAddress { validator, address }))
    });
    let proposal = cluster.signed_now(proposal, &Actor::operator(1), None);
    let approval = cluster.signed_now(approval, &Actor::operator(2), Some(proposal.body.id()));
    [proposal, approval]
}

/// The first block of the later version, after one validator after the other learned it.
async fn decided(cluster: &Cluster, dice: &mut Dice) -> Acting {
    let last = cluster.len() - 1;
    until(cluster, "blocks", || cluster.lowest() >= 3).await;
    for index in 0..last {
        assert_eq!(rules(cluster, last).next, None, "{index} validators of {} know", last + 1);
        install(cluster, index, NEW, dice).await;
        let height = cluster.lowest();
        until(cluster, "it is back", || self::height(cluster, index) > height + 1).await;
    }
    let all = 0..=last;
    until(cluster, "decided", || all.clone().all(|i| rules(cluster, i).next.is_some())).await;
    let next = rules(cluster, last).next.unwrap();
    assert_eq!((next.version, next.since.get() % EPOCH), (NEW, 0));
    next
}

/// Whether a validator stopped before this block, for its version and for nothing else.
fn stopped_before(cluster: &Cluster, index: usize, since: Height) -> bool {
    let Some(reason) = cluster.ended(index) else { return false };
    let StopReason::Executor(ExecutorError::NewerRules(newer)) = reason else {
        panic!("{index} stopped: {reason}");
    };
    assert_eq!((newer.height, newer.needs, newer.known), (since, NEW, OLD));
    assert_eq!(height(cluster, index) + 1, since.get(), "it executed nothing of the later version");
    assert_eq!(cluster.books(index).diverged(), None);
    true
}

fn run(seed: u64, validators: usize, power: Power) {
    let founding = Founding::new(validators, EPOCH);
    let chronicle = Chronicle::new(Checker::new(&founding.genesis));
    let plan = Plan::calm(validators);
    let start = UNIX_EPOCH + Duration::from_millis(founding.begins().get());
    let (inside, mut dice) = (chronicle.clone(), Dice::new(seed));
    let (heights, _) = simulate(seed, start, LONGEST, |world| async move {
        let cluster = Cluster::new(world, &plan, founding, &inside, &mut dice);
        cluster.start_all();
        cluster.founded(&inside).await;
        let (last, all) = (validators - 1, (0..validators).collect::<Vec<_>>());
        let Acting { since, .. } = decided(&cluster, &mut dice).await;
        // What only the later version knows is taken by nobody yet.
        let early = moving(&cluster, 0);
        let needs = NEW;
        let taken = cluster.submit(0, &early[0]);
        assert_eq!(taken, Some(Err(SubmitError::NotInForce { needs })));
        // Everybody ends somewhere on the way, and goes on from its disk.
        cluster.world.sleep(Duration::from_millis(dice.below(4_000))).await;
        cluster.kill(&all, power, &mut dice).await;
        cluster.start_all();
        until(&cluster, "the old one stops", || stopped_before(&cluster, last, since)).await;
        let known = &all[..last];
        let beyond = since.get() + EPOCH;
        until(&cluster, "others go on", || known.iter().all(|i| height(&cluster, *i) > beyond))
            .await;
        assert_eq!(rules(&cluster, 0).version(), NEW);
        let [proposal, approval] = moving(&cluster, 0);
        for command in [proposal, approval] {
            assert_eq!(cluster.submit(0, &command), Some(Ok(command.body.id())));
        }
        // The same binary again: it executes nothing, again.
        install(&cluster, last, OLD, &mut dice).await;
        until(&cluster, "the old one stops again", || stopped_before(&cluster, last, since)).await;
        install(&cluster, last, NEW, &mut dice).await;
        let tip = height(&cluster, 0);
        until(&cluster, "it has caught up", || height(&cluster, last) > tip + 2).await;
        cluster.watch();
        let state = cluster.books(last).state();
        assert_eq!(Rules::of(&state).acted, [Acting { version: NEW, since }]);
        // Three banks vote on addresses; operators alone decide none.
        assert_eq!(Addresses::of(&state), Addresses::default());
        all.iter().map(|index| height(&cluster, *index)).collect::<Vec<_>>()
    });
    assert_eq!(chronicle.faults(), Vec::<String>::new());
    assert_eq!(heights.len(), validators);
}

#[test]
fn d15_d16_a_version_acts_after_a_quorum_learned_it_and_the_last_one_stops_before_it() {
    on_its_own_stack(|| {
        for (seed, validators, power) in
            [(0, 4, Power::Process), (1, 4, Power::Machine), (2, 7, Power::Machine)]
        {
            run(seed, validators, power);
        }
    });
}
