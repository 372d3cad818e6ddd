//! The pool: a table of refusals, and random sequences against an obvious model.

mod network;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use consensus::{
    SubmitError,
    mempool::{self, Admission, Bounds, Mempool},
};
use ledger_core::{
    block::{Verified, encode_payload},
    command::{CommandError, Identified, SignedCommand},
    genesis::Genesis,
    id::ChainId,
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
    let bounds = Bounds { commands: 3, ..Bounds::default() };
    let mut full = pool(&genesis, bounds);
    for number in 0..3 {
        assert_eq!(full.insert(verified(&fresh(&genesis, number)), NOW), Ok(Admission::Added));
    }
    assert_eq!(full.insert(verified(&fresh(&genesis, 3)), NOW), Err(SubmitError::PoolFull));
    assert_eq!(full.insert(verified(&fresh(&genesis, 1)), NOW), Ok(Admission::Pending));

    let bounds = Bounds { bytes: 2 * size, ..Bounds::default() };
    let mut full = pool(&genesis, bounds);
    for number in 0..2 {
        assert_eq!(full.insert(verified(&fresh(&genesis, number)), NOW), Ok(Admission::Added));
    }
    assert_eq!(full.insert(verified(&fresh(&genesis, 2)), NOW), Err(SubmitError::PoolFull));

    let bounds = Bounds { per_organisation: 1, ..Bounds::default() };
    let mut shared = pool(&genesis, bounds);
    assert_eq!(shared.insert(verified(&fresh(&genesis, 0)), NOW), Ok(Admission::Added));
    assert_eq!(shared.insert(verified(&fresh(&genesis, 1)), NOW), Err(SubmitError::QuotaExceeded));
    let other = network::command_by(&genesis, 2, NOW.after(9), "7LTWFZYICNSX8D621K86");
    assert_eq!(shared.insert(verified(&other), NOW), Ok(Admission::Added));
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
    let none = BTreeSet::new();
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
        assert_eq!(pool.take(&BTreeSet::new(), NOW).len(), usize::from(taken.is_ok()));
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
    let none = BTreeSet::new();
    assert!(pool.offers(&none, NOW));
    assert!(!pool.offers(&none, NOW.after(10)));
    assert!(pool.take(&none, NOW.after(10)).is_empty());
    pool.purge(NOW.after(10));
    assert!(pool.is_empty());
}

#[test]
fn c5_random_sequences_behave_like_the_obvious_model() {
    let genesis = network();
    let bounds = Bounds { commands: 20, remembered: 1_000, ..Bounds::default() };
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
                        Err(SubmitError::PoolFull)
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
            assert_eq!(signed(pool.take(&BTreeSet::new(), now)), open, "seed {seed}");
            assert_eq!(pool.bytes() == 0, pool.is_empty());
        }
    }
}
