//! A validator that casts votes which contradict each other, from its first vote to its end.

use std::time::{Duration, UNIX_EPOCH};

use consensus::simulation::{Checker, Dice, Power, adversary::Habit, simulate};
use florin_sim::{
    chronicle::Chronicle,
    cluster::Cluster,
    founding::Founding,
    on_its_own_stack,
    plan::{Plan, Trouble},
};
use ledger_core::{
    draft::Records as _,
    genesis::Validator,
    id::ChainId,
    misconduct::Misconduct,
    record::{Name, Record},
    signature::PublicKey,
    state::State,
};

const LONGEST: Duration = Duration::from_secs(600);
const EPOCH: u64 = 16;

fn validators(state: &State) -> Vec<Validator> {
    match state.record(&Name::Committee) {
        Some(Record::Committee(committee)) => committee.validators.clone(),
        _ => panic!("no committee"),
    }
}

async fn until(cluster: &Cluster, what: &str, done: impl Fn(&State) -> bool) {
    let deadline = cluster.world.now() + Duration::from_secs(120);
    let all = || cluster.sound().iter().all(|index| done(&cluster.books(*index).state()));
    while !all() {
        assert!(cluster.world.now() < deadline, "{what}: {}", cluster.describe());
        cluster.world.sleep(Duration::from_millis(50)).await;
        cluster.watch();
    }
}

/// Five validators, of which one lies.
fn five(liar: usize, habit: Habit) -> (Plan, Founding, Chronicle) {
    let founding = Founding::new(5, EPOCH);
    let chronicle = Chronicle::new(Checker::new(&founding.genesis));
    let mut troubles = vec![None; 5];
    troubles[liar] = Some(Trouble::Adversary(habit));
    let plan = Plan { troubles, ..Plan::calm(5) };
    (plan, founding, chronicle)
}

/// All the honest are killed in the midst of it, and then one of them for good.
fn run(seed: u64, habit: Habit, power: Power) {
    let liar = usize::try_from(seed % 5).unwrap();
    let (plan, founding, chronicle) = five(liar, habit);
    let chain: ChainId = founding.genesis.chain_id();
    let accused = founding.genesis.validators[liar].clone();
    let start = UNIX_EPOCH + Duration::from_millis(founding.begins().get());
    let inside = chronicle.clone();
    let mut dice = Dice::new(seed);
    let (state, _) = simulate(seed, start, LONGEST, |world| async move {
        let cluster = Cluster::new(world, &plan, founding, &inside, &mut dice);
        cluster.start_all();
        let sound = cluster.sound();
        while cluster.lowest() < 3 {
            cluster.world.sleep(Duration::from_millis(50)).await;
        }
        cluster.kill(&sound, power, &mut dice).await;
        cluster.start_all();
        until(&cluster, "its misconduct is on every ledger", |state| {
            !Misconduct::of(state, &accused.identity).offences.is_empty()
        })
        .await;
        until(&cluster, "it is out of every committee", |state| {
            !validators(state).iter().any(|listed| listed.identity == accused.identity)
        })
        .await;
        // Those who are left need each other's votes no more than before: one of them may fail.
        let height = cluster.lowest();
        cluster.kill(&sound[..1], power, &mut dice).await;
        let others = &sound[1..];
        while others.iter().any(|index| cluster.books(*index).height() < height + 2 * EPOCH) {
            cluster.world.sleep(Duration::from_millis(50)).await;
        }
        cluster.watch();
        for index in others {
            let state = cluster.books(*index).state();
            let offences = Misconduct::of(&state, &accused.identity).offences;
            assert!(offences.iter().all(|o| o.evidence.holds(&chain, &accused.vote_key)));
            assert_eq!(validators(&state).len(), 4);
            for honest in sound.iter().map(|index| identity(&cluster, *index)) {
                assert_eq!(Misconduct::of(&state, &honest).offences, Vec::new());
            }
        }
        cluster.books(others[0]).state()
    });
    assert_eq!(chronicle.faults(), Vec::<String>::new());
    assert_eq!(validators(&state).len(), 4);
}

fn identity(cluster: &Cluster, index: usize) -> PublicKey {
    cluster.found(|founding| founding.genesis.validators[index].identity)
}

#[test]
fn d7_d8_who_votes_for_two_blocks_of_a_view_is_on_every_ledger_and_leaves_the_committee() {
    on_its_own_stack(|| {
        for (seed, power) in [(0, Power::Process), (1, Power::Machine), (2, Power::Process)] {
            run(seed, Habit::Equivocate, power);
        }
    });
}

/// All lose power with the first accusation in a pool and in no block, and the liar never comes back:
/// whether its misconduct is recorded nevertheless. Disks may forget what the witness told them to keep.
fn recorded_after_a_loss_of_power(seed: u64, forgetful: bool) -> bool {
    let liar = usize::try_from(seed % 5).unwrap();
    let (plan, founding, chronicle) = five(liar, Habit::Equivocate);
    let accused = founding.genesis.validators[liar].identity;
    let start = UNIX_EPOCH + Duration::from_millis(founding.begins().get());
    let (inside, mut dice) = (chronicle.clone(), Dice::new(seed));
    let (recorded, _) = simulate(seed, start, LONGEST, |world| async move {
        let cluster = Cluster::new(world, &plan, founding, &inside, &mut dice);
        if forgetful {
            cluster.forget_syncs_of("-evidence");
        }
        cluster.start_all();
        // Nobody pays: what waits is an accusation.
        while cluster.waiting() == 0 {
            cluster.world.sleep(Duration::from_millis(1)).await;
        }
        cluster.kill(&[0, 1, 2, 3, 4], Power::Machine, &mut dice).await;
        let sound = cluster.sound();
        sound.iter().for_each(|index| cluster.start(*index));
        let height = cluster.lowest();
        while cluster.lowest() < height + EPOCH {
            cluster.world.sleep(Duration::from_millis(50)).await;
        }
        cluster.watch();
        let known = |index: &usize| {
            let state = cluster.books(*index).state();
            !Misconduct::of(&state, &accused).offences.is_empty()
        };
        sound.iter().any(known)
    });
    assert_eq!(chronicle.faults(), Vec::<String>::new());
    recorded
}

#[test]
fn d7_evidence_survives_a_loss_of_power_because_it_was_synced() {
    on_its_own_stack(|| {
        let mut lost = 0;
        for seed in 3..6 {
            assert!(recorded_after_a_loss_of_power(seed, false), "seed {seed}");
            // A block that was proposed in the same moment may hold it and survive.
            lost += u32::from(!recorded_after_a_loss_of_power(seed, true));
        }
        assert!(lost > 0, "it survives in every case where the disk forgets it");
    });
}

#[test]
fn d7_d8_who_skips_and_finalizes_a_view_is_found_as_well() {
    on_its_own_stack(|| run(5, Habit::Withhold, Power::Process));
}
