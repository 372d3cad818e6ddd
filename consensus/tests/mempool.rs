//! The pool: a table of refusals, and random sequences against an obvious model.

mod network;

use std::{collections::BTreeMap, sync::Arc};

use consensus::{
    SubmitError,
    limits::{ALWAYS_HELD, LATE_MS, MAX_POOL_COMMANDS, SOON_MS},
    mempool::{self, Admission, Bounds, Ids, Mempool},
};
use ledger_core::{
    block::{Verified, encode_payload},
    command::{CommandError, Identified, SignedCommand},
    genesis::Genesis,
    id::{ChainId, Lei},
    time::LedgerTime,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

const NOW: LedgerTime = LedgerTime::new(1_000_000);

fn network() -> Genesis {
    network::genesis(&network::secrets(4))
}

fn pool(genesis: &Genesis, bounds: Bounds) -> Mempool {
    Mempool::new(genesis.chain_id(), genesis.limits, bounds)
}

fn fresh(genesis: &Genesis, number: u64) -> SignedCommand {
    network::command(genesis, number, NOW.after(60_000))
}

fn verified(command: &SignedCommand) -> Arc<Verified> {
    Arc::new(Verified::check(Identified::new(command.clone())).unwrap())
}

fn signed(commands: Vec<Arc<Verified>>) -> Vec<SignedCommand> {
    commands.iter().map(|command| command.get().clone()).collect()
}

#[test]
fn what_was_executed_before_the_pool_was_there_is_taken_in_no_more() {
    let genesis = network();
    let (old, new) = (fresh(&genesis, 1), fresh(&genesis, 2));
    let mut pool = pool(&genesis, Bounds::default());
    pool.remember([(old.body.expires, old.body.id())]);
    assert_eq!(pool.insert(verified(&old), NOW), Ok(Admission::Executed));
    assert_eq!(pool.insert(verified(&new), NOW), Ok(Admission::Added));
    pool.purge(old.body.expires);
    assert_eq!(pool.known(&old.body.id()), None);
}

#[test]
fn each_fault_has_its_own_refusal() {
    let genesis = network();
    let other_chain = {
        let mut command = fresh(&genesis, 1);
        command.body.chain = ChainId::new([1; 32]);
        command
    };
    let unsigned = SignedCommand { signatures: Vec::new(), ..fresh(&genesis, 1) };
    let expiring = |expires| network::command(&genesis, 1, expires);
    let ttl = genesis.limits.command_ttl_ms;
    let table: [(&str, SignedCommand, Option<SubmitError>); 6] = [
        ("malformed_signatures", unsigned, Some(CommandError::Signatures.into())),
        ("other_network", other_chain, Some(CommandError::OtherChain.into())),
        ("expired", expiring(NOW), Some(CommandError::Expired.into())),
        ("expiry_too_far", expiring(NOW.after(ttl + 1)), Some(CommandError::ExpiryTooFar.into())),
        ("just in time", expiring(NOW.after(1)), None),
        ("as late as can be", expiring(NOW.after(ttl)), None),
    ];
    for (code, command, refusal) in table {
        let (chain, limits) = (genesis.chain_id(), genesis.limits);
        let answer = mempool::check(&Identified::new(command.clone()), &chain, &limits, NOW);
        match refusal {
            Some(error) => {
                assert_eq!(answer, Err(error));
                assert_eq!(error.code(), code);
            }
            None => {
                let mut pool = pool(&genesis, Bounds::default());
                assert_eq!(answer, Ok(()), "{code}");
                assert_eq!(pool.insert(verified(&command), NOW), Ok(Admission::Added), "{code}");
            }
        }
    }
}

#[test]
fn c5_count_bytes_and_shares_are_bounded() {
    let genesis = network();
    let size = fresh(&genesis, 0).to_bytes().len();
    let by = |number, lei| verified(&network::command_by(&genesis, number, NOW.after(9), lei));
    let [a, b, c] = ["529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86", "5493001KJTIIGC8Y1R12"];
    // One alone gets half of the places, the next a third of what there was, and so on.
    let by_places = Bounds { commands: 6, ..Bounds::default() };
    let by_bytes = Bounds { bytes: 6 * size, ..Bounds::default() };
    for bounds in [by_places, by_bytes] {
        let mut full = pool(&genesis, bounds);
        let no_less_than_free = Err(SubmitError::QuotaExceeded);
        for (number, lei, expected) in [
            (0, a, Ok(Admission::Added)),
            (1, a, Ok(Admission::Added)),
            (2, a, Ok(Admission::Added)),
            (3, a, no_less_than_free),
            (4, b, Ok(Admission::Added)),
            (5, b, Ok(Admission::Added)),
            (6, b, no_less_than_free),
            (7, c, Ok(Admission::Added)),
            (8, c, no_less_than_free),
            (1, a, Ok(Admission::Pending)),
        ] {
            assert_eq!(full.insert(by(number, lei), NOW), expected, "{number}");
        }
        assert_eq!((full.len(), full.bytes()), (6, 6 * size));
        full.executed([&by(0, a)]);
        assert_eq!(full.insert(by(9, a), NOW), no_less_than_free);
        assert_eq!(full.insert(by(9, b), NOW), no_less_than_free);
    }
    let mut none = pool(&genesis, Bounds { commands: 0, ..Bounds::default() });
    assert_eq!(none.insert(by(0, a), NOW), Err(SubmitError::PoolFull));
    let mut small = pool(&genesis, Bounds { bytes: size - 1, ..Bounds::default() });
    assert_eq!(small.insert(by(0, a), NOW), Err(SubmitError::PoolFull));
}

#[test]
fn c5_whoever_waits_too_long_adds_no_more_than_settles_soon() {
    let genesis = network();
    let [a, b] = ["529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86"].map(|lei| Lei::new(lei).unwrap());
    let mut pool = pool(&genesis, Bounds::default());
    let most = MAX_POOL_COMMANDS - MAX_POOL_COMMANDS / 8;
    assert_eq!(pool.room(&a, NOW), Ok(most / 2));
    let commands: Vec<_> = (0..ALWAYS_HELD as u64 + 4)
        .map(|number| verified(&network::command_by(&genesis, number, NOW.after(60_000), a.text())))
        .collect();
    for command in &commands {
        pool.insert(Arc::clone(command), NOW).unwrap();
    }
    let at = |ms| NOW.after(ms);
    assert!(pool.room(&a, at(LATE_MS)).is_ok());
    let late = at(LATE_MS + 1);
    assert_eq!(pool.room(&a, late), Err(SubmitError::QuotaExceeded));
    assert!(pool.room(&b, late).is_ok(), "it is nobody else's wait");
    // What others took finds its place, and by that a wait is not over.
    assert!(pool.open(&a).is_ok());
    let (done, rest) = commands.split_at(3_000);
    pool.executed(done);
    pool.settled(late, done);
    // Of a second's 3,000 some 6,000 are worth holding.
    assert_eq!(pool.room(&a, late), Ok(6_000 - rest.len()));
    pool.executed(rest);
    let young = network::command_by(&genesis, 90_000, NOW.after(60_000), a.text());
    pool.insert(verified(&young), at(LATE_MS)).unwrap();
    pool.settled(at(LATE_MS + SOON_MS), rest);
    assert!(pool.room(&a, at(LATE_MS + SOON_MS)).unwrap() > 20_000, "it is over");
}

#[test]
fn l2_organisations_have_turns_and_leave_in_the_order_they_came() {
    let mut genesis = network();
    let size = fresh(&genesis, 0).to_bytes().len();
    let units = fresh(&genesis, 0).units(size);
    genesis.limits.block_units = 10 * units;
    genesis.limits.organisation_share = 8_000;
    let [a, b] = ["529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86"];
    let chain = fresh(&genesis, 0).body.chain;
    let by = |number, lei| network::command_by(&genesis, number, NOW.after(60_000), lei);
    for (others, expected) in [(0, (8, 0)), (1, (8, 1)), (3, (7, 3)), (20, (5, 5))] {
        let mut pool = Mempool::new(chain, genesis.limits, Bounds::default());
        let flood: Vec<_> = (0..50).map(|number| by(number, a)).collect();
        let other: Vec<_> = (50..50 + others).map(|number| by(number, b)).collect();
        for command in flood.iter().chain(&other) {
            pool.insert(verified(command), NOW).unwrap();
        }
        let (own, theirs) = expected;
        let wanted: Vec<_> = flood[..own].iter().chain(&other[..theirs]).cloned().collect();
        assert_eq!(signed(pool.take(&Ids::default(), NOW)), wanted, "{others}");
    }
}

#[test]
fn commands_leave_in_the_order_they_came_and_within_the_block_bounds() {
    let mut genesis = network();
    let size = u32::try_from(fresh(&genesis, 0).to_bytes().len()).unwrap();
    genesis.limits.block_bytes = 3 * size + 5;
    let commands: Vec<_> = (0..5).map(|number| fresh(&genesis, number)).collect();
    let mut pool = pool(&genesis, Bounds::default());
    for command in &commands {
        pool.insert(verified(command), NOW).unwrap();
    }
    let none = Ids::default();
    assert_eq!(signed(pool.take(&none, NOW)), commands[..3]);
    assert!(encode_payload(&commands[..3]).len() <= genesis.limits.block_bytes as usize);
    let taken = commands[..2].iter().map(|c| c.body.id()).collect();
    assert_eq!(signed(pool.take(&taken, NOW)), commands[2..]);
    let units = commands[0].units(size as usize);
    genesis.limits.block_units = 2 * units + 1;
    let mut small = Mempool::new(genesis.chain_id(), genesis.limits, Bounds::default());
    // The network's name is its limits too: these commands are for it.
    for number in 0..5 {
        small.insert(verified(&fresh(&genesis, number)), NOW).unwrap();
    }
    assert_eq!(small.take(&none, NOW).len(), 2);
}

#[test]
fn c5_what_no_block_can_hold_does_not_stand_before_others() {
    let mut genesis = network();
    let command = fresh(&genesis, 0);
    let size = u32::try_from(command.to_bytes().len()).unwrap();
    for (room, taken) in [(size + 5, Ok(Admission::Added)), (size + 4, Err(SubmitError::TooLong))] {
        genesis.limits.block_bytes = room;
        let mut pool = Mempool::new(command.body.chain, genesis.limits, Bounds::default());
        assert_eq!(pool.insert(verified(&command), NOW), taken);
        assert_eq!(pool.take(&Ids::default(), NOW).len(), usize::from(taken.is_ok()));
    }
}

#[test]
fn c5_an_executed_command_does_not_come_back_until_it_expired() {
    let genesis = network();
    let mut pool = pool(&genesis, Bounds::default());
    let command = fresh(&genesis, 1);
    pool.insert(verified(&command), NOW).unwrap();
    pool.executed([&verified(&command)]);
    assert!(pool.is_empty());
    assert_eq!(pool.bytes(), 0);
    assert_eq!(pool.insert(verified(&command), NOW), Ok(Admission::Executed));
    let later = command.body.expires;
    pool.purge(later);
    assert_eq!(pool.known(&command.body.id()), None);
    assert_eq!(pool.insert(verified(&command), later), Err(CommandError::Expired.into()));
}

#[test]
fn c5_an_expired_command_is_not_offered_and_is_purged() {
    let genesis = network();
    let mut pool = pool(&genesis, Bounds::default());
    pool.insert(verified(&network::command(&genesis, 1, NOW.after(10))), NOW).unwrap();
    let none = Ids::default();
    assert!(pool.offers(&none, NOW));
    assert!(!pool.offers(&none, NOW.after(10)));
    assert!(pool.take(&none, NOW.after(10)).is_empty());
    pool.purge(NOW.after(10));
    assert!(pool.is_empty());
}

#[test]
fn c5_random_sequences_behave_like_the_obvious_model() {
    let genesis = network();
    let bounds = Bounds { commands: 40, remembered: 1_000, ..Bounds::default() };
    for seed in 0..40 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut pool = pool(&genesis, bounds);
        let mut model: Vec<SignedCommand> = Vec::new();
        let mut done: BTreeMap<_, LedgerTime> = BTreeMap::new();
        let mut now = NOW;
        for _ in 0..200 {
            let number = rng.random_range(0..60u64);
            let command = network::command(&genesis, number, NOW.after(500 + number * 40));
            let id = command.body.id();
            match rng.random_range(0..10u32) {
                0..6 => {
                    model.retain(|c| c.body.expires > now);
                    done.retain(|_, expires| *expires > now);
                    let expected = if command.body.expires <= now {
                        Err(CommandError::Expired.into())
                    } else if done.contains_key(&id) {
                        Ok(Admission::Executed)
                    } else if model.contains(&command) {
                        Ok(Admission::Pending)
                    } else if model.len() >= 20 {
                        // One alone gets half of the places.
                        Err(SubmitError::QuotaExceeded)
                    } else {
                        model.push(command.clone());
                        Ok(Admission::Added)
                    };
                    // The pool may remember a little longer than needed, never shorter.
                    assert_eq!(pool.insert(verified(&command), now), expected, "seed {seed}");
                }
                6..8 => {
                    pool.executed([&verified(&command)]);
                    model.retain(|c| c != &command);
                    done.insert(id, command.body.expires);
                }
                _ => now = now.after(rng.random_range(0..60u64)),
            }
            let open: Vec<_> = model.iter().filter(|c| c.body.expires > now).cloned().collect();
            assert_eq!(signed(pool.take(&Ids::default(), now)), open, "seed {seed}");
            assert_eq!(pool.bytes() == 0, pool.is_empty());
        }
    }
}
