//! L2: no organisation takes more of a block than its share, and who proposes chooses fairly.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::TryRng as _;

use crate::{
    authority::Role,
    block::BlockError,
    command::{Action, Command, Identified, SignedCommand},
    freeze::FreezeTarget,
    genesis::Limits,
    limits::{BASIS_POINTS, PAYLOAD_LIST_BYTES},
    money::Money,
    share::{Lane, Room, Shares, Waiting, choose},
    testing::{Actor, Bank, LIMITS, TestRng, World, operator_lei, usd},
};

fn validate(world: &World, commands: &[SignedCommand], limits: &Limits) -> Result<(), BlockError> {
    let block = world.propose_block(world.next_time(), commands);
    block.validate(world.state.header(), limits, TestRng::default()).map(|_| ())
}

const EXCEEDED: Result<(), BlockError> = Err(BlockError::Bound { bound: "organisation share" });

/// Bounds by which an organisation takes so many bytes and units of a block, and not one more.
fn bounds(bytes: u64, units: u64) -> Limits {
    let whole = |part: u64| u32::try_from(part * 2).unwrap();
    Limits {
        block_bytes: whole(bytes),
        block_units: whole(units),
        organisation_share: BASIS_POINTS / 2,
        ..LIMITS
    }
}

#[test]
fn l2_the_commands_of_one_organisation_take_its_share_to_the_last_byte_and_unit() {
    let (mut world, [a, b, _]) = World::running();
    let own: Vec<_> = (1..=3).map(|n| world.standing(&a, a.party(n))).collect();
    let cost = own.iter().map(|c| Room::of_command(&Identified::new(c.clone())));
    let Room { bytes, units } = cost.fold(Room::default(), |sum, cost| sum.with(&cost));
    assert_eq!(bytes, own.iter().map(|c| c.to_bytes().len() as u64).sum::<u64>());
    let rows = [
        (bounds(bytes, units), Ok(())),
        (bounds(bytes - 1, units), EXCEEDED),
        (bounds(bytes, units - 1), EXCEEDED),
    ];
    for (limits, expected) in rows {
        assert_eq!(validate(&world, &own, &limits), expected);
        // Another's commands have a share of their own, wherever they stand.
        let others: Vec<_> = (1..=3).map(|n| world.standing(&b, b.party(n))).collect();
        let mixed: Vec<_> = own.iter().zip(&others).flat_map(|(a, b)| [a, b]).cloned().collect();
        let roomy = Limits { block_bytes: limits.block_bytes + 8, ..limits };
        if expected.is_ok() {
            assert_eq!(validate(&world, &mixed, &roomy), Ok(()));
        } else {
            assert_eq!(validate(&world, &mixed[..4], &limits), Ok(()));
        }
    }
    // Without a bound of its own an organisation may fill a block.
    let whole = |room: u64| u32::try_from(room).unwrap();
    let limits = Limits {
        block_bytes: whole(bytes + 1),
        block_units: whole(units),
        organisation_share: BASIS_POINTS,
        ..LIMITS
    };
    assert_eq!(validate(&world, &own, &limits), Ok(()));
}

/// The order of faults: units of the block, then shares, then signatures.
#[test]
fn l1_l2_a_share_is_looked_at_after_the_blocks_bounds_and_before_signatures() {
    let (mut world, [a, ..]) = World::running();
    let mut own: Vec<_> = (1..=2).map(|n| world.standing(&a, a.party(n))).collect();
    own[1].signatures = own[0].signatures.clone();
    let units: u32 = own.iter().map(|c| c.units(c.to_bytes().len())).sum();
    let over = Limits { block_units: units - 1, organisation_share: 1_000, ..LIMITS };
    let bound = Err(BlockError::Bound { bound: "block units" });
    assert_eq!(validate(&world, &own, &over), bound);
    let share = Limits { block_units: units, organisation_share: 9_999, ..LIMITS };
    assert_eq!(validate(&world, &own, &share), EXCEEDED);
    let good = Limits { block_units: units, organisation_share: BASIS_POINTS, ..LIMITS };
    assert!(matches!(validate(&world, &own, &good), Err(BlockError::Command { index: 1, .. })));
}

#[test]
fn l2_shares_round_down_and_never_overflow() {
    let most = u32::MAX;
    for (block_bytes, block_units, organisation_share, expected) in [
        (1_000, 1_000, 8_000, (800, 800)),
        (1_001, 1_009, 3_333, (333, 336)),
        (most, most, BASIS_POINTS, (most.into(), most.into())),
        (most, most, 1, (429_496, 429_496)),
        (1_000, 0, 0, (0, 0)),
        (0, 1, BASIS_POINTS, (0, 1)),
        (9, 9, 999, (0, 0)),
    ] {
        let limits = Limits { block_bytes, block_units, organisation_share, ..LIMITS };
        let Room { bytes, units } = Room::of_organisation(&limits);
        assert_eq!((bytes, units), expected);
        let whole = Room::of_block(&limits);
        assert_eq!(whole.units, u64::from(block_units));
        assert_eq!(whole.bytes, u64::from(block_bytes).saturating_sub(PAYLOAD_LIST_BYTES));
    }
    let full = Room { bytes: u64::MAX, units: u64::MAX };
    assert_eq!(full.with(&full), full);
    assert_eq!(Room::default().without(&full), Room::default());
}

#[test]
fn l2_what_the_networks_roles_do_are_duties_by_their_kind() {
    let (mut world, [a, b, _]) = World::funded(10);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    let frozen = FreezeTarget::Account(world.account(&a, usd()));
    let revoke = Action::RevokeKey { key: a.gate().grant.key };
    let policy = Action::SetRolePolicy { role: Role::Settlement, persons: 2 };
    let entry = world.credit_from(&a, Money::new(usd(), 1), "R");
    let redemption = payment.leg.id().get().to_owned();
    let redemption = crate::id::CommandId::new(redemption);
    let [revoke, revoked] = world.decide(revoke);
    let rows = [
        (world.freeze(frozen), Lane::Duty),
        (
            world.propose(&Actor::network_compliance(1), Action::Unfreeze { target: frozen }),
            Lane::Duty,
        ),
        (revoke, Lane::Duty),
        (revoked, Lane::Duty),
        (world.propose(&Actor::treasury(1), Action::CancelPayout { redemption }), Lane::Duty),
        (world.attest(usd(), 1), Lane::Duty),
        (world.record_entry(&entry), Lane::Duty),
        (world.propose(&a.admin(1), policy), Lane::Business),
        (world.standing(&a, a.party(1)), Lane::Business),
        (world.transfer(&a, &b, &payment), Lane::Business),
        (world.sign(&Actor::solver(), Command::Close(payment.leg)), Lane::Business),
    ];
    for (command, lane) in rows {
        assert_eq!(Lane::of(&command.body.command), lane, "{:?}", command.body.command);
    }
}

/// What waits of each organisation: duties and business, by place.
type Pool = Vec<[Vec<Waiting>; 2]>;

fn chosen(pool: &Pool, limits: &Limits) -> Vec<u64> {
    let lanes = pool.iter().map(|[duties, business]| (duties.iter(), business.iter()));
    choose(lanes.map(|(duties, business)| (duties.copied(), business.copied())), limits)
}

/// A pool drawn at random: `costs` says what a command may take, `duties` one of how many is one.
fn drawn(below: &mut impl FnMut(u64) -> u64, costs: (u64, u64), duties: u64) -> Pool {
    let mut pool: Pool = (0..1 + below(6)).map(|_| [Vec::new(), Vec::new()]).collect();
    for place in 0..below(120) {
        let busy = pool.len() as u64;
        // The first organisation sends most.
        let sender = if below(2) == 0 { 0 } else { below(busy) };
        let cost = Room { bytes: 1 + below(costs.0), units: 1 + below(costs.1) };
        let lane = usize::from(duties == 0 || below(duties) > 0);
        pool[usize::try_from(sender).unwrap()][lane].push(Waiting { place, cost });
    }
    pool
}

/// What of a lane was chosen, and what was left.
fn split(lane: &[Waiting], places: &BTreeSet<u64>) -> (Vec<Waiting>, Vec<Waiting>) {
    lane.iter().partition(|waiting| places.contains(&waiting.place))
}

fn sum(lane: &[Waiting]) -> Room {
    lane.iter().fold(Room::default(), |sum, waiting| sum.with(&waiting.cost))
}

const BOUNDED: Limits =
    Limits { block_bytes: 1_000, block_units: 1_000, organisation_share: 8_000, ..LIMITS };

/// In bounds, in order, none passed by a later one of its lane, and nothing left that has room.
#[test]
fn l2_what_is_chosen_keeps_the_bounds_and_leaves_no_room_that_somebody_could_use() {
    let mut random = TestRng::default();
    let mut below = |most: u64| random.try_next_u64().unwrap() % most;
    let (mut full, mut short) = (0, 0);
    for round in 0..3_000u64 {
        let costs =
            [(60, 200), (200, 60), (790, 790), (20, 20)][usize::try_from(round % 4).unwrap()];
        let pool = drawn(&mut below, costs, round % 5);
        let share = [8_000, 5_000, BASIS_POINTS][usize::try_from(round % 3).unwrap()];
        let limits = Limits { organisation_share: share, ..BOUNDED };
        let (whole, most) = (Room::of_block(&limits), Room::of_organisation(&limits));
        let places = chosen(&pool, &limits);
        assert!(places.is_sorted_by(|left, right| left < right));
        let places: BTreeSet<u64> = places.into_iter().collect();
        let mut taken = Room::default();
        let mut heads = Vec::new();
        for lanes in &pool {
            let parts = lanes.each_ref().map(|lane| split(lane, &places));
            for (lane, (inside, outside)) in lanes.iter().zip(&parts) {
                assert_eq!([&inside[..], &outside[..]].concat(), *lane, "passed by a later one");
            }
            let own = sum(&parts[0].0).with(&sum(&parts[1].0));
            assert!(most.holds(&own), "{own:?} of {most:?}");
            taken = taken.with(&own);
            let next = parts.iter().filter_map(|(_, outside)| outside.first());
            heads.extend(next.min_by_key(|waiting| waiting.place).map(|next| (*next, own)));
        }
        assert!(whole.holds(&taken));
        let left = whole.without(&taken);
        for (next, own) in &heads {
            let fits = left.holds(&next.cost) && most.holds(&own.with(&next.cost));
            assert!(!fits, "{next:?} has room: {left:?}");
        }
        if heads.is_empty() { full += 1 } else { short += 1 }
    }
    assert!(full > 300 && short > 300, "{full} {short}");
}

/// Whoever is left waiting has as much of the block as anybody else, but for one command each.
#[test]
fn l2_who_waits_has_no_less_of_a_block_than_others() {
    let mut random = TestRng::default();
    let mut below = |most: u64| random.try_next_u64().unwrap() % most;
    let mut tight = 0;
    for _ in 0..3_000 {
        let pool = drawn(&mut below, (1, 150), 0);
        let places: BTreeSet<u64> = chosen(&pool, &BOUNDED).into_iter().collect();
        let parts = pool.iter().map(|[_, business]| split(business, &places));
        let parts: Vec<_> = parts.map(|(inside, left)| (sum(&inside).units, left)).collect();
        let largest = pool.iter().flat_map(|lanes| &lanes[1]).map(|w| w.cost.units).max();
        for (mine, left) in &parts {
            let Some(next) = left.first() else { continue };
            for (theirs, _) in &parts {
                assert!(*theirs <= mine + largest.unwrap() + next.cost.units, "{parts:?}");
                tight += usize::from(theirs > mine);
            }
        }
    }
    assert!(tight > 500, "{tight}");
}

/// As long as the duties that wait are no more than the part that is kept for them, all are chosen;
/// and so is the oldest command of all, unless its own organisation's duties leave it no room.
#[test]
fn l2_duties_and_the_oldest_command_never_wait_for_a_members_load() {
    let mut random = TestRng::default();
    let mut below = |most: u64| random.try_next_u64().unwrap() % most;
    let (mut all, mut oldest) = (0, 0);
    for _ in 0..3_000 {
        let mut pool = drawn(&mut below, (300, 790), 0);
        let duties = drawn(&mut below, (10, 40), 1);
        pool.resize(pool.len().max(duties.len()), [Vec::new(), Vec::new()]);
        for (lanes, [more, _]) in pool.iter_mut().zip(duties) {
            lanes[0] = more;
        }
        let (whole, most) = (Room::of_block(&BOUNDED), Room::of_organisation(&BOUNDED));
        let places: BTreeSet<u64> = chosen(&pool, &BOUNDED).into_iter().collect();
        let together: Vec<_> = pool.iter().flat_map(|[duties, _]| duties).copied().collect();
        if whole.without(&most).holds(&sum(&together)) {
            assert!(together.iter().all(|duty| places.contains(&duty.place)));
            all += usize::from(!together.is_empty());
            let heads = pool.iter().filter_map(|[duties, business]| {
                business.first().map(|next| (next.place, next.cost.with(&sum(duties))))
            });
            if let Some((place, own)) = heads.min_by_key(|(place, _)| *place)
                && most.holds(&own)
            {
                assert!(places.contains(&place), "the oldest waits");
                oldest += 1;
            }
        }
    }
    assert!(all > 100 && oldest > 100, "{all} {oldest}");
}

/// A bank fills every block. A payment of another bank, a duty, and a command nearly as large as a
/// share are in the next block whenever they come.
#[test]
fn l2_a_flood_keeps_nobody_waiting() {
    let small = |place, units| Waiting { place, cost: Room { bytes: 1, units } };
    let mut waiting: [Vec<Waiting>; 3] = Default::default();
    let mut place = 0..;
    let mut arrived: BTreeMap<u64, u64> = BTreeMap::new();
    for height in 0..50u64 {
        for _ in 0..200 {
            waiting[0].push(small(place.next().unwrap(), 10));
        }
        let number = place.next().unwrap();
        arrived.insert(number, height);
        match height % 3 {
            0 => waiting[1].push(small(number, 10)),
            1 => waiting[2].push(small(number, 30)),
            _ => waiting[1].push(small(number, 790)),
        }
        let pool: Pool = vec![
            [Vec::new(), waiting[0].clone()],
            [Vec::new(), waiting[1].clone()],
            [waiting[2].clone(), Vec::new()],
        ];
        let places: BTreeSet<u64> = chosen(&pool, &BOUNDED).into_iter().collect();
        for lane in &mut waiting {
            lane.retain(|waiting| !places.contains(&waiting.place));
        }
        for number in &places {
            if let Some(since) = arrived.remove(number) {
                assert_eq!(since, height, "waited");
            }
        }
        assert!(arrived.is_empty() && waiting[0].len() > 100);
    }
}

/// What the pool chooses by these rules is what a validator accepts.
#[test]
fn l2_a_chosen_block_is_valid() {
    let (mut world, [a, b, _]) = World::funded(1_000_000);
    let mut commands: Vec<SignedCommand> = Vec::new();
    for number in 0..40 {
        let payment = world.payment(&a, &b, Money::new(usd(), 1));
        commands.push(world.transfer(&a, &b, &payment));
        if number % 8 == 0 {
            commands.push(world.standing(&b, b.party(1)));
            commands.push(world.attest(usd(), 1));
        }
    }
    let known: Vec<_> = commands.iter().map(|c| Identified::new(c.clone())).collect();
    let limits = Limits { block_units: 3_000, ..LIMITS };
    let pool: Pool = [a.lei, b.lei, crate::testing::custodian_lei(), operator_lei()]
        .map(|organisation| {
            let own = |lane| {
                let all = (0u64..).zip(&known).filter(move |(_, command)| {
                    let body = &command.get().body;
                    body.organisation == organisation && Lane::of(&body.command) == lane
                });
                let waiting =
                    all.map(|(place, command)| Waiting { place, cost: Room::of_command(command) });
                waiting.collect()
            };
            [own(Lane::Duty), own(Lane::Business)]
        })
        .to_vec();
    let places = chosen(&pool, &limits);
    let block: Vec<_> =
        places.iter().map(|p| commands[usize::try_from(*p).unwrap()].clone()).collect();
    assert!(block.len() > 15 && block.len() < commands.len());
    assert_eq!(validate(&world, &block, &limits), Ok(()));
    let mut shares = Shares::default();
    block.iter().for_each(|command| shares.add(&Identified::new(command.clone())));
    assert!(shares.kept(&limits));
    let first = Bank { lei: block[0].body.organisation };
    assert_eq!(first, a, "who came first stands first");
}
