//! L1: what makes a block valid, fault by fault, and W5, W6 of the commands in it.

use std::sync::Arc;

use crate::{
    account::CurrencyRecord,
    block::{Block, BlockError, Known, Verified, encode_payload, payload_root},
    codec::CodecError,
    command::{CommandError, Identified, SignedCommand},
    digest::Hash32,
    draft::{Draft, Moment},
    genesis::Limits,
    id::{ChainId, CommandId, Text},
    limits::{MAX_RESULTS_LAG, MAX_SIGNATURES},
    money::Money,
    record::{Name, Record},
    refusal::Refusal,
    signature::Signature,
    testing::{Actor, LIMITS, TestRng, World, commands::sign, genesis, usd},
    time::{Height, LedgerTime},
};

fn validate(world: &World, block: &Block, limits: &Limits) -> Result<(), BlockError> {
    block.validate(world.state.header(), limits, TestRng::default()).map(|_| ())
}

fn commands(world: &mut World, count: usize) -> Vec<SignedCommand> {
    let bank = crate::testing::Bank::new("BANKA");
    (0..count).map(|_| world.standing(&bank, bank.party(9))).collect()
}

/// What was checked before is used only for the very same bytes.
#[test]
fn l1_a_known_command_vouches_for_its_own_signatures_only() {
    let (mut world, _) = World::running();
    let known: Vec<_> = commands(&mut world, 3)
        .into_iter()
        .map(|command| Arc::new(Verified::check(Identified::new(command)).unwrap()))
        .collect();
    let verified = |command: &Identified| {
        known.iter().find(|known| known.id() == command.id()).map(Arc::clone)
    };
    let validate = |world: &World, block: &Block, payload| {
        let known = Known { payload, verified: &verified };
        let valid =
            block.validate_knowing(world.state.header(), &LIMITS, &known, TestRng::default());
        valid.map(|valid| valid.commands().to_vec())
    };
    let mut commands: Vec<_> = known.iter().map(|command| command.get().clone()).collect();
    commands.push(self::commands(&mut world, 1).remove(0));
    let good = world.propose_block(world.next_time(), &commands);
    let valid = validate(&world, &good, false).unwrap();
    assert_eq!(valid[..3], known[..]);
    assert_eq!(valid[3].get(), &commands[3]);
    for bad in 0..commands.len() {
        let mut commands = commands.clone();
        commands[bad].signatures = vec![Signature::new([7; 64])];
        let block = world.propose_block(world.next_time(), &commands);
        let error = CommandError::BadSignature;
        let expected = Err(BlockError::Command { index: bad, error });
        assert_eq!(validate(&world, &block, true), expected, "{bad}");
    }
    let other = Block { payload: encode_payload(&commands[1..]), ..good };
    assert_eq!(validate(&world, &other, false), Err(BlockError::Payload));
}

#[test]
fn l1_each_header_field_must_follow_from_the_parent() {
    let (mut world, _) = World::running();
    world.block(&[]);
    let one = commands(&mut world, 1);
    let good = world.propose_block(world.next_time(), &one);
    assert_eq!(validate(&world, &good, &LIMITS), Ok(()));
    let parent = *world.state.header();
    type Change = fn(&mut Block);
    let rows: [(&str, Change); 6] = [
        ("version", |b| b.header.version = 2),
        ("chain", |b| b.header.chain = ChainId::new([0; 32])),
        ("height", |b| b.header.height = b.header.height.next()),
        ("parent", |b| b.header.parent = Hash32::ZERO),
        ("committee", |b| b.header.committee = Hash32::ZERO),
        ("results.height", |b| b.header.results.height = b.header.height),
    ];
    for (field, change) in rows {
        let mut block = good.clone();
        change(&mut block);
        let expected = Err(BlockError::Header { field });
        assert_eq!(validate(&world, &block, &LIMITS), expected);
        // A finalized block is not trusted to be a child either.
        assert_eq!(block.accept_finalized(&parent).map(|_| ()), expected);
    }
    let mut early = good.clone();
    early.header.time = parent.time;
    assert_eq!(validate(&world, &early, &LIMITS), Err(BlockError::Header { field: "time" }));
    let mut back = good.clone();
    back.header.results.height = Height::new(parent.results.height.get() - 1);
    let expected = Err(BlockError::Header { field: "results.height" });
    assert_eq!(validate(&world, &back, &LIMITS), expected);
    let mut other = good.clone();
    other.header.results = parent.results;
    other.header.results.state_root = Hash32::ZERO;
    assert_eq!(validate(&world, &other, &LIMITS), Err(BlockError::Header { field: "results" }));
    other.header.results = parent.results;
    assert_eq!(validate(&world, &other, &LIMITS), Ok(()), "results may stand still");
    let mut renamed = good;
    renamed.header.payload = Hash32::ZERO;
    assert_eq!(validate(&world, &renamed, &LIMITS), Err(BlockError::Payload));
}

#[test]
fn l1_an_empty_list_has_one_spelling() {
    let (world, _) = World::running();
    let mut block = world.propose_block(world.next_time(), &[]);
    assert!(block.payload.is_empty() && encode_payload(&[]).is_empty());
    block.payload = vec![0];
    block.header.payload = payload_root(&block.payload);
    assert_eq!(validate(&world, &block, &LIMITS), Err(BlockError::Payload));
}

#[test]
fn l1_a_payload_that_is_not_canonical_is_no_payload() {
    let (mut world, _) = World::running();
    let one = commands(&mut world, 1);
    let good = world.propose_block(world.next_time(), &one);
    for payload in [
        [good.payload.as_slice(), &[0]].concat(),
        good.payload[..good.payload.len() - 1].to_vec(),
        [&[0x81, 0x00], &good.payload[1..]].concat(),
        vec![0xff; 64],
    ] {
        let mut block = good.clone();
        block.header.payload = payload_root(&payload);
        block.payload = payload;
        let expected = Err(BlockError::Codec(CodecError::Malformed));
        assert_eq!(validate(&world, &block, &LIMITS), expected);
    }
}

#[test]
fn l1_w3_one_bad_signature_in_the_middle_of_a_batch_is_found() {
    let (mut world, [a, b, _]) = World::funded(10);
    let mut batch = commands(&mut world, 8);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    batch.push(world.transfer(&a, &b, &payment));
    batch.extend(commands(&mut world, 8));
    let good = world.propose_block(world.next_time(), &batch);
    assert_eq!(validate(&world, &good, &LIMITS), Ok(()));
    for index in 0..batch.len() {
        let mut bad = batch.clone();
        let mut bytes = *bad[index].signatures[0].get();
        bytes[3] ^= 1;
        bad[index].signatures[0] = Signature::new(bytes);
        let block = world.propose_block(world.next_time(), &bad);
        let expected = Err(BlockError::Command { index, error: CommandError::BadSignature });
        assert_eq!(validate(&world, &block, &LIMITS), expected);
    }
    // A signature inside the command counts as well.
    let mut inside = batch.clone();
    if let crate::command::Command::Transfer(transfer) = &mut inside[8].body.command {
        transfer.acceptance.by.key = a.gate().grant.key;
    }
    inside[8] = sign(inside[8].body.clone(), &[&a.settlement()]);
    let block = world.propose_block(world.next_time(), &inside);
    let expected = Err(BlockError::Command { index: 8, error: CommandError::BadSignature });
    assert_eq!(validate(&world, &block, &LIMITS), expected);
}

#[test]
fn l1_a_command_must_be_of_this_network_and_of_this_time() {
    let (mut world, _) = World::running();
    let good = commands(&mut world, 1).remove(0);
    let time = world.next_time();
    let by = crate::testing::Bank::new("BANKA").compliance();
    let bound = |change: &dyn Fn(&mut crate::command::Body)| {
        let mut body = good.body.clone();
        change(&mut body);
        let block = world.propose_block(time, &[sign(body, &[&by])]);
        validate(&world, &block, &LIMITS)
    };
    let bad = |error| Err(BlockError::Command { index: 0, error });
    let at = |expires: LedgerTime| bound(&move |body| body.expires = expires);
    assert_eq!(bound(&|body| body.chain = ChainId::new([0; 32])), bad(CommandError::OtherChain));
    assert_eq!(at(time), bad(CommandError::Expired));
    assert_eq!(at(time.after(1)), Ok(()));
    assert_eq!(at(time.after(LIMITS.command_ttl_ms)), Ok(()));
    assert_eq!(at(time.after(LIMITS.command_ttl_ms + 1)), bad(CommandError::ExpiryTooFar));
    assert_eq!(at(LedgerTime::new(u64::MAX)), bad(CommandError::ExpiryTooFar));
}

#[test]
fn w6_signatures_are_sorted_none_twice_and_bounded_in_number() {
    let (mut world, _) = World::running();
    let bank = crate::testing::Bank::new("BANKA");
    let body = commands(&mut world, 1).remove(0).body;
    let actors = [bank.compliance(), bank.gate(), bank.settlement(), Actor::custodian()];
    let all = sign(body.clone(), &actors.iter().collect::<Vec<_>>());
    assert_eq!(all.check_shape(), Ok(()));
    assert_eq!(all.signatures.len(), MAX_SIGNATURES);
    let twice = sign(body.clone(), &[&actors[0], &actors[0]]);
    assert_eq!(twice.signatures.len(), 1, "signing twice is signing once");
    let mut none = all.clone();
    none.signatures.clear();
    none.body.signers.clear();
    let mut repeated = all.clone();
    repeated.body.signers[1] = repeated.body.signers[0];
    let mut unsorted = all.clone();
    unsorted.body.signers.swap(0, 1);
    let mut unsigned = all.clone();
    unsigned.signatures.pop();
    let mut many = all.clone();
    let fifth = sign(body, &[&Actor::operator(1)]);
    many.signatures.push(fifth.signatures[0]);
    many.body.signers.push(fifth.body.signers[0]);
    many.body.signers.sort();
    for bad in [none, repeated, unsorted, unsigned, many] {
        assert_eq!(bad.check_shape(), Err(CommandError::Signatures));
        assert_eq!(SignedCommand::from_bytes(&bad.to_bytes()), Err(CommandError::Signatures));
        let block = world.propose_block(world.next_time(), &[bad]);
        let expected = Err(BlockError::Command { index: 0, error: CommandError::Signatures });
        assert_eq!(validate(&world, &block, &LIMITS), expected);
    }
}

#[test]
fn w5_the_id_leaves_signatures_out_and_covers_everything_else_signers_included() {
    let (mut world, [a, ..]) = World::running();
    let command = commands(&mut world, 1).remove(0);
    let resigned = sign(command.body.clone(), &[&a.settlement(), &a.compliance()]);
    assert_ne!(resigned.body.id(), command.body.id(), "another signer is another command");
    let changes: [fn(&mut crate::command::Body); 6] = [
        |b| b.signers.clear(),
        |b| b.chain = ChainId::new([1; 32]),
        |b| b.organisation = crate::testing::issuer_lei(),
        |b| b.nonce = Hash32::ZERO,
        |b| b.expires = b.expires.after(1),
        |b| {
            b.command = crate::command::Command::Approve(crate::command::Approval {
                proposal: b.id(),
                content: Hash32::ZERO,
                policy_version: 1,
            })
        },
    ];
    for change in changes {
        let mut body = command.body.clone();
        change(&mut body);
        assert_ne!(body.id(), command.body.id());
    }
}

#[test]
fn l1_a_block_keeps_to_its_bounds() {
    let (mut world, [a, ..]) = World::running();
    let batch = commands(&mut world, 3);
    let block = world.propose_block(world.next_time(), &batch);
    let bytes = u32::try_from(block.payload.len()).unwrap();
    let units: u32 = batch.iter().map(|c| c.units(c.to_bytes().len())).sum();
    let bound = |bound| Err(BlockError::Bound { bound });
    let alone = Limits { organisation_share: 10_000, ..LIMITS };
    for (limits, expected) in [
        (Limits { block_bytes: bytes, block_units: units, ..alone }, Ok(())),
        (Limits { block_bytes: bytes - 1, ..alone }, bound("block bytes")),
        (Limits { block_units: units - 1, ..alone }, bound("block units")),
    ] {
        assert_eq!(validate(&world, &block, &limits), expected);
    }
    // One command larger than a command may be: an admission with far too many aliases.
    let mut directory = a.directory();
    directory.aliases = (0..200).map(|n| Text::new(&format!("{n:0>128}")).unwrap()).collect();
    let action = crate::command::Action::AdmitMember(directory);
    let large = world.propose(&Actor::operator(1), action);
    assert!(SignedCommand::from_bytes(&large.to_bytes()).is_err());
    let block = world.propose_block(world.next_time(), &[large]);
    assert_eq!(validate(&world, &block, &LIMITS), bound("command bytes"));
}

#[test]
fn l1_far_behind_its_results_a_block_must_be_empty_and_may_be_built() {
    let (mut world, _) = World::running();
    let results = world.declarable();
    let from = world.state.header().height.get();
    while world.state.header().height.get() < from + MAX_RESULTS_LAG - 1 {
        let mut block = world.propose_block(world.next_time(), &[]);
        block.header.results = results;
        let set = crate::execute::execute(&world.state, &world.validate(&block));
        world.state.apply(&set);
    }
    let one = commands(&mut world, 1);
    let lagging = |world: &World, commands: &[SignedCommand]| {
        let mut block = world.propose_block(world.next_time(), commands);
        block.header.results = results;
        block
    };
    let at_the_bound = lagging(&world, &one);
    assert_eq!(at_the_bound.header.height.get() - results.height.get(), MAX_RESULTS_LAG);
    assert_eq!(validate(&world, &at_the_bound, &LIMITS), Ok(()));
    let set = crate::execute::execute(&world.state, &world.validate(&at_the_bound));
    world.state.apply(&set);
    let over = lagging(&world, &one);
    assert!(over.header.must_be_empty());
    let expected = Err(BlockError::Bound { bound: "results lag" });
    assert_eq!(validate(&world, &over, &LIMITS), expected);
    assert_eq!(validate(&world, &lagging(&world, &[]), &LIMITS), Ok(()));
}

#[test]
fn l1_ledger_time_advances_by_at_least_a_millisecond() {
    let world = World::found(genesis());
    let block = world.propose_block(LedgerTime::new(0), &[]);
    assert_eq!(block.header.time, world.now().after(1));
    assert_eq!(validate(&world, &block, &LIMITS), Ok(()));
}

/// The last line of defence: whatever rule is wrong, its changes are not taken.
#[test]
fn i1_i2_i10_what_would_unbalance_a_currency_is_not_taken() {
    let (world, _) = World::funded(10);
    let moment = Moment {
        height: world.state.header().height.next(),
        time: world.next_time(),
        limits: world.limits(),
    };
    let name = Name::Currency(usd());
    type Change = fn(&mut CurrencyRecord);
    let rows: [(Change, bool); 6] = [
        (|_| (), true),
        (|c| c.totals.supply += 1, false),
        (|c| c.totals.available -= 1, false),
        (|c| c.paid = c.totals.preburned + 1, false),
        (|c| c.totals.frozen = c.totals.supply, true),
        (|c| c.totals.frozen = c.totals.supply + 1, false),
    ];
    for (row, (change, taken)) in rows.into_iter().enumerate() {
        let mut draft = Draft::new(&world.state, moment, CommandId::new([1; 32]));
        let Some(Record::Currency(currency)) = world.record(&name) else { panic!("no currency") };
        let mut currency = currency.clone();
        change(&mut currency);
        draft.put(&name, Record::Currency(currency));
        let expected = if taken { None } else { Some(Refusal::InternalFault) };
        assert_eq!(draft.finish().err(), expected, "row {row}");
    }
}
