//! Arbitrary changes of the network and votes on them.

use proptest::prelude::*;

use super::drawing::{Known, one_of};
use crate::{
    address::ValidatorAddress,
    command::{Action, Approval, Command},
    digest::Hash32,
    genesis::VoteSignature,
    id::Text,
    limits::{MAX_NOTICE, MIN_NOTICE},
    misconduct::{Contradiction, Evidence, Said},
    parameters::{Change, ParameterChanges, Persons},
    proposal_kind::ProposalKind,
    testing::{EPOCH_LENGTH, governing::validator},
    time::Height,
    validators::CommitteeChange,
};

fn change() -> impl Strategy<Value = Change> {
    let kind = prop::sample::select(ProposalKind::ALL);
    prop_oneof![
        any::<u32>().prop_map(Change::BlockBytes),
        any::<u32>().prop_map(Change::BlockUnits),
        prop_oneof![Just(600_000), any::<u64>()].prop_map(Change::CommandTtl),
        prop_oneof![Just(60_000), any::<u64>()].prop_map(Change::AttestationMaxAge),
        (kind, 0..10u8).prop_map(|(kind, persons)| Change::Persons(Persons { kind, persons })),
    ]
}

/// Addresses, and what is none.
const ADDRESSES: [&str; 4] = ["192.0.2.7:7000", "[2001:db8::7]:1", "0.0.0.0:1", "localhost:1"];

pub(super) fn action(known: &Known) -> impl Strategy<Value = Action> + use<> {
    let own = known.height.get();
    let at = prop_oneof![
        4 => Just(own + MIN_NOTICE + 2),
        1 => Just(own + MAX_NOTICE),
        1 => any::<u64>()
    ];
    let changes = prop::collection::vec(change(), 0..3);
    let numbers = || prop::collection::vec(0..9u8, 0..4);
    prop_oneof![
        (changes, at.clone()).prop_map(|(changes, at)| {
            Action::ChangeParameters(ParameterChanges { changes, at: Height::new(at) })
        }),
        (numbers(), numbers(), at).prop_map(|(leave, join, at)| {
            let (leave, join) = (leave.into_iter(), join.into_iter().map(validator));
            let mut remove: Vec<_> = leave.map(|number| validator(number).identity).collect();
            let mut add: Vec<_> = join.collect();
            remove.sort();
            add.sort_by_key(|validator| validator.identity);
            // Nearly always the first block of an epoch.
            let at = if at % 7 == 0 {
                at
            } else {
                at.checked_next_multiple_of(EPOCH_LENGTH).unwrap_or(at)
            };
            Action::ChangeValidators(CommitteeChange { remove, add, at: Height::new(at) })
        }),
        (0..9u8, prop::sample::select(&ADDRESSES)).prop_map(|(number, address)| {
            let (validator, address) = (validator(number).identity, Text::new(address).unwrap());
            Action::MoveValidator(ValidatorAddress { validator, address })
        }),
        (one_of(&known.proposals), any::<bool>()).prop_map(|((proposal, content), yes)| {
            Action::Vote { said: Approval { proposal, content, policy_version: 1 }, yes }
        }),
    ]
}

/// Votes of validators that are listed, and of others; no vote key of these worlds is one.
pub(super) fn accusation() -> impl Strategy<Value = Command> {
    let said = |byte: u8| Said {
        parent_view: byte.into(),
        digest: Hash32::new([byte; 32]),
        signature: VoteSignature::new([byte; 48]),
    };
    (any::<u8>(), any::<u8>(), 0..3u64, any::<u64>(), 1..7u8).prop_map(
        move |(one, two, epoch, view, number)| {
            let votes = match one % 3 {
                0 => Contradiction::Notarize(said(one), said(two)),
                1 => Contradiction::Finalize(said(one), said(two)),
                _ => {
                    let (skip, finalize) = (VoteSignature::new([one; 48]), said(two));
                    Contradiction::SkipAndFinalize { skip, finalize }
                }
            };
            Command::Accuse(Evidence { validator: validator(number).identity, epoch, view, votes })
        },
    )
}
