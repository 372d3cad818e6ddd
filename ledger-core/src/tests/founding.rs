//! What a genesis must be: every field in its range, every list in order, every key a key (L1, I5).

use crate::{
    genesis::{Genesis, GenesisError},
    limits::{
        MAX_APPROVALS, MAX_EPOCH_LENGTH, MAX_PAYLOAD_BYTES, MAX_VALIDATORS, MIN_EPOCH_LENGTH,
    },
    signature::{MemorySigner, PublicKey, Signer},
    testing::{Bank, genesis},
};

type Change = fn(&mut Genesis);

fn checked(change: Change) -> Result<(), GenesisError> {
    let mut founding = genesis();
    change(&mut founding);
    founding.check()
}

/// As many validators, each with keys of its own.
fn validators(founding: &mut Genesis, count: usize) {
    let like = founding.validators[0].clone();
    let each = (1..=u8::try_from(count).unwrap()).map(|number| crate::genesis::Validator {
        identity: MemorySigner::new(&[number; 32]).public_key(),
        vote_key: crate::genesis::VoteKey::new([number; 96]),
        ..like.clone()
    });
    founding.validators = each.collect();
    founding.validators.sort_by_key(|validator| validator.identity);
}

fn most_bytes() -> u32 {
    u32::try_from(MAX_PAYLOAD_BYTES).unwrap()
}

fn most_persons() -> u8 {
    u8::try_from(MAX_APPROVALS).unwrap()
}

#[test]
fn l1_i5_every_number_of_a_genesis_has_its_range_to_the_last_one() {
    let rows: [(&str, [Change; 2], &[Change]); 10] = [
        (
            "validators",
            [|g| validators(g, 0), |g| validators(g, MAX_VALIDATORS + 1)],
            &[|g| validators(g, 1), |g| validators(g, MAX_VALIDATORS)],
        ),
        (
            "limits.block_bytes",
            [|g| g.limits.block_bytes = 65_535, |g| g.limits.block_bytes = most_bytes() + 1],
            &[|g| g.limits.block_bytes = 65_536, |g| g.limits.block_bytes = most_bytes()],
        ),
        ("epoch", [|g| g.epoch = 1, |g| g.epoch = u64::MAX], &[]),
        (
            "epoch_length",
            [|g| g.epoch_length = MIN_EPOCH_LENGTH - 1, |g| g.epoch_length = MAX_EPOCH_LENGTH + 1],
            &[|g| g.epoch_length = MIN_EPOCH_LENGTH, |g| g.epoch_length = MAX_EPOCH_LENGTH],
        ),
        (
            "limits.block_units",
            [|g| g.limits.block_units = 999, |g| g.limits.block_units = 0],
            &[|g| g.limits.block_units = 1_000],
        ),
        (
            "command_ttl_ms",
            [|g| g.limits.command_ttl_ms = 999, |g| g.limits.command_ttl_ms = 86_400_001],
            &[|g| g.limits.command_ttl_ms = 1_000, |g| g.limits.command_ttl_ms = 86_400_000],
        ),
        (
            "attestation_max_age_ms",
            [|g| g.limits.attestation_max_age_ms = 999, |g| g.limits.attestation_max_age_ms = 0],
            &[|g| g.limits.attestation_max_age_ms = 1_000],
        ),
        (
            "thresholds.operator",
            [|g| g.thresholds.operator = 1, |g| g.thresholds.operator = most_persons() + 1],
            &[|g| g.thresholds.operator = most_persons()],
        ),
        (
            "thresholds.treasury",
            [|g| g.thresholds.treasury = 1, |g| g.thresholds.treasury = most_persons() + 1],
            &[|g| g.thresholds.treasury = most_persons()],
        ),
        (
            "currencies.scale",
            [|g| g.currencies[0].scale = 6, |g| g.currencies[1].scale = u8::MAX],
            &[|g| g.currencies[1].scale = 5],
        ),
    ];
    assert_eq!(checked(|_| ()), Ok(()));
    for (field, bad, good) in rows {
        for (row, change) in bad.into_iter().enumerate() {
            assert_eq!(checked(change), Err(GenesisError::OutOfRange { field }), "{field} {row}");
        }
        for (row, change) in good.iter().enumerate() {
            assert_eq!(checked(*change), Ok(()), "{field} {row}");
        }
    }
    let field = "validators.vote_key";
    let twice = checked(|g| g.validators[0].vote_key = g.validators[1].vote_key);
    assert_eq!(twice, Err(GenesisError::OutOfRange { field }));
    assert_eq!(checked(|g| g.format.push('0')), Err(GenesisError::Format));
}

/// A and B as members from the beginning.
fn founded(founding: &mut Genesis) {
    founding.members = ["BANKA", "BANKB"].map(|name| Bank::new(name).directory()).to_vec();
    founding.members.sort_by_key(|member| member.lei);
}

#[test]
fn l1_the_lists_of_a_genesis_are_in_order_and_its_keys_are_keys() {
    assert_eq!(checked(founded), Ok(()));
    let lists: [(&str, Change); 8] = [
        ("validators", |g| g.validators.swap(0, 1)),
        ("validators", |g| g.validators[1] = g.validators[0].clone()),
        ("currencies", |g| g.currencies.swap(0, 1)),
        ("currencies", |g| g.currencies[1].code = g.currencies[0].code),
        ("members", |g| g.members.swap(0, 1)),
        ("members", |g| g.members[1] = g.members[0].clone()),
        ("role_keys", |g| g.role_keys.swap(0, 1)),
        ("role_keys", |g| g.role_keys[1] = g.role_keys[0]),
    ];
    for (row, (list, change)) in lists.into_iter().enumerate() {
        let mut founding = genesis();
        founded(&mut founding);
        change(&mut founding);
        assert_eq!(founding.check(), Err(GenesisError::Unsorted { list }), "row {row}");
    }
    let none = PublicKey::new([0; 32]);
    let mut validator = genesis();
    validator.validators[0].identity = none;
    let mut member = genesis();
    founded(&mut member);
    member.members[1].keys[2].key = none;
    let mut role = genesis();
    role.role_keys[0].key = none;
    for (list, founding) in [("validators", validator), ("members", member), ("role_keys", role)] {
        assert_eq!(founding.check(), Err(GenesisError::UnacceptableKey { list }));
    }
}
