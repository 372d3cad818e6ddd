//! Commands that validators set aside: who may, what of a block is touched, and that history stays one
//! (D13, D14).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{
    block::{Block, ValidBlock},
    codec::decode,
    command::SignedCommand,
    digest::Hash32,
    draft::Records as _,
    execute::{culprits, execute},
    id::{ChainId, CommandId, Text},
    limits::MAX_QUARANTINED,
    money::Money,
    planted::{Planted, plant},
    quarantine::{Quarantine, QuarantineError, SignedQuarantine, quorum},
    receipt::{Effect, Kind, Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    signature::{KeySignature, MemorySigner, Signature},
    state::{State, WriteSet},
    testing::{Bank, World, genesis, governing::validator, usd},
    time::{Height, LedgerTime},
    validators::Committee,
};

/// A network whose validators' identities sign here, with money.
fn network(validators: u8) -> (World, [Bank; 3]) {
    let mut genesis = genesis();
    genesis.validators = (1..=validators).map(validator).collect();
    genesis.validators.sort_by_key(|validator| validator.identity);
    let mut world = World::found(genesis);
    world.open_reserves();
    let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
    for bank in &banks {
        world.admit(bank);
        world.fund(bank, Money::new(usd(), 1_000));
    }
    (world, banks)
}

fn committee(state: &State) -> Committee {
    match state.record(&Name::Committee) {
        Some(Record::Committee(found)) => Committee::clone(found),
        _ => panic!("no committee"),
    }
}

fn signed_by(numbers: impl IntoIterator<Item = u8>, value: &Quarantine) -> SignedQuarantine {
    let mut all = numbers.into_iter().map(|number| {
        SignedQuarantine::new(value.clone(), &MemorySigner::new(&[number; 32])).unwrap()
    });
    let first = all.next().unwrap();
    all.fold(first, |so_far, more| so_far.joined(&more).unwrap())
}

fn statement(block: &Block, commands: &[CommandId]) -> Quarantine {
    let mut commands = commands.to_vec();
    commands.sort();
    Quarantine {
        chain: block.header.chain,
        height: block.header.height,
        block: block.header.digest(),
        commands,
        reference: Text::new("CASE-1").unwrap(),
    }
}

/// A block with four commands of which the third, an anchor, ends its execution where that is planted.
fn four(world: &mut World, [a, b, c]: [Bank; 3]) -> (Block, Vec<SignedCommand>) {
    let payments = [(a, b), (b, c)].map(|(from, to)| {
        let payment = world.payment(&from, &to, Money::new(usd(), 7));
        world.transfer(&from, &to, &payment)
    });
    let anchor = world.anchor(&a, Hash32::MAX);
    let held = world.payment(&c, &a, Money::new(usd(), 9));
    let hold = world.hold(&c, &held);
    let [one, two] = payments;
    let commands = vec![one, two, anchor, hold];
    (world.propose_block(world.next_time(), &commands), commands)
}

fn ids(commands: &[SignedCommand]) -> Vec<CommandId> {
    commands.iter().map(|command| command.body.id()).collect()
}

fn outcomes(set: &WriteSet) -> Vec<Outcome> {
    set.receipts.iter().map(|receipt| receipt.outcome).collect()
}

/// The bug is there as long as this lives.
struct Crashing;

impl Crashing {
    fn from_now_on() -> Self {
        plant(Some(Planted::CrashOnAnchor));
        Self
    }
}

impl Drop for Crashing {
    fn drop(&mut self) {
        plant(None);
    }
}

#[test]
fn d13_a_quarantine_is_checked_for_the_first_reason_that_applies() {
    use QuarantineError as E;
    type Spoil = fn(&mut SignedQuarantine, &mut Committee);
    let (mut world, banks) = network(4);
    let (block, commands) = four(&mut world, banks);
    let (valid, listed) = (world.validate(&block), committee(&world.state));
    let good = signed_by(1..=3, &statement(&block, &ids(&commands)[2..3]));
    let rows: [(Spoil, E); 16] = [
        (|s, _| s.value.commands.clear(), E::Commands),
        (|s, _| s.value.commands = vec![s.value.commands[0]; 2], E::Commands),
        (
            |s, _| {
                let many = 0..=u8::try_from(MAX_QUARANTINED).unwrap();
                s.value.commands = many.map(|n| CommandId::new([n; 32])).collect();
            },
            E::Commands,
        ),
        (|s, _| s.value.chain = ChainId::new([9; 32]), E::OtherBlock),
        (|s, _| s.value.height = s.value.height.next(), E::OtherBlock),
        (|s, _| s.value.block = Hash32::MAX, E::OtherBlock),
        (|s, _| s.value.commands = vec![CommandId::new([9; 32])], E::NotInBlock),
        (
            |s, _| {
                let most = 0..u8::try_from(MAX_QUARANTINED).unwrap();
                s.value.commands = most.map(|n| CommandId::new([n; 32])).collect();
            },
            E::NotInBlock,
        ),
        (
            |s, _| {
                s.value.commands.push(CommandId::new([9; 32]));
                s.value.commands.sort();
            },
            E::NotInBlock,
        ),
        (|_, c| c.epoch += 1, E::OtherCommittee),
        (|s, _| s.by.reverse(), E::Signers),
        (|s, _| s.by[1] = s.by[0], E::Signers),
        (
            |s, _| {
                let stranger = MemorySigner::new(&[77; 32]);
                let more = SignedQuarantine::new(s.value.clone(), &stranger).unwrap();
                *s = s.clone().joined(&more).unwrap();
            },
            E::Signers,
        ),
        (|s, _| s.by[2].signature = Signature::new([1; 64]), E::BadSignature),
        (|s, _| s.value.reference = Text::new("OTHER").unwrap(), E::BadSignature),
        (|s, _| s.by.truncate(2), E::TooFew { signed: 2, needed: 3 }),
    ];
    for (index, (spoil, expected)) in rows.into_iter().enumerate() {
        let (mut bad, mut by) = (good.clone(), listed.clone());
        spoil(&mut bad, &mut by);
        let found = valid.setting_aside(Arc::new(bad), &by);
        assert_eq!(found.map(drop), Err(expected), "row {index}");
    }
    assert!(valid.setting_aside(Arc::new(good), &listed).is_ok());
}

#[test]
fn d13_a_quorum_is_that_of_a_certificate() {
    let rows = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (10, 7), (64, 43)];
    for (validators, needed) in rows {
        assert_eq!(quorum(validators), needed, "{validators}");
    }
    let (mut world, banks) = network(7);
    let (block, commands) = four(&mut world, banks);
    let (valid, listed) = (world.validate(&block), committee(&world.state));
    let value = statement(&block, &ids(&commands)[..1]);
    for signers in 1..=7u8 {
        let signed = valid.setting_aside(Arc::new(signed_by(1..=signers, &value)), &listed);
        assert_eq!(signed.is_ok(), signers >= 5, "{signers}");
    }
}

#[test]
fn d13_signatures_gathered_in_any_order_make_one_file() {
    let (mut world, banks) = network(4);
    let (block, commands) = four(&mut world, banks);
    let value = statement(&block, &ids(&commands)[..1]);
    let all = signed_by([1, 2, 3], &value);
    assert_eq!(signed_by([3, 1, 2, 1], &value), all);
    assert_eq!(SignedQuarantine::from_bytes(&all.to_bytes()), Ok(all.clone()));
    let other = Quarantine { reference: Text::new("OTHER").unwrap(), ..value };
    assert_eq!(all.joined(&signed_by([1], &other)), Err(QuarantineError::Different));
}

#[test]
fn d14_what_is_set_aside_is_refused_and_nothing_else_of_the_block_changes() {
    let (mut world, banks) = network(4);
    let (block, commands) = four(&mut world, banks);
    let (valid, listed) = (world.validate(&block), committee(&world.state));
    let whole = execute(&world.state, &valid);
    let [paid, kept] = [Outcome::Applied(Effect::Settled), Outcome::Applied(Effect::Held)];
    let anchored = Outcome::Applied(Effect::Anchored);
    let aside = Outcome::Refused(Refusal::Quarantined);
    assert_eq!(outcomes(&whole), [paid, paid, anchored, kept]);
    let all = ids(&commands);
    for (named, expected) in [
        (vec![all[2]], [paid, paid, aside, kept]),
        (vec![all[0], all[3]], [aside, paid, anchored, aside]),
        (all.clone(), [aside; 4]),
    ] {
        let signed = signed_by(1..=4, &statement(&block, &named));
        let valid = valid.setting_aside(Arc::new(signed.clone()), &listed).unwrap();
        let set = execute(&world.state, &valid);
        assert_eq!(outcomes(&set), expected);
        // Receipts say whose it was, and nothing of what it was about.
        for (receipt, command) in set.receipts.iter().zip(&commands) {
            assert_eq!(receipt.command, command.body.id());
            assert_eq!(receipt.organisation, command.body.organisation);
            if receipt.outcome == aside {
                assert_eq!((receipt.leg, receipt.money), (None, None));
            }
        }
        assert_eq!(set.lists.ids, all, "all are remembered: none is ordered again");
        let mut after = world.state.clone();
        after.apply(&set);
        let name = Name::Quarantine(block.header.height);
        let Some(Record::Quarantine(found)) = after.record(&name) else { panic!("no record") };
        assert_eq!(**found, signed);
        crate::testing::assert_i1(&after);
    }
    // The same block without a statement has the bytes that it always had.
    assert_eq!(execute(&world.state, &valid).results, whole.results);
}

#[test]
fn d14_the_reasons_of_what_is_set_aside_are_not_looked_at() {
    let (mut world, [a, b, _]) = network(4);
    let payment = world.payment(&a, &b, Money::new(usd(), 7));
    let mut body = world.transfer(&a, &b, &payment).body;
    body.signers = Vec::new();
    let nobody = crate::testing::Actor::new(a.lei, crate::authority::Role::Settlement, "nobody");
    let command = crate::testing::commands::sign(body, &[&nobody]);
    let block = world.propose_block(world.next_time(), std::slice::from_ref(&command));
    let signed = signed_by(1..=3, &statement(&block, &[command.body.id()]));
    let valid = world.validate(&block);
    let valid = valid.setting_aside(Arc::new(signed), &committee(&world.state)).unwrap();
    let set = execute(&world.state, &valid);
    assert_eq!(outcomes(&set), [Outcome::Refused(Refusal::Quarantined)]);
    // Nor is it forgotten before its time is over.
    let expires = command.body.expires;
    world.state.apply(&set);
    for (time, remembered) in [(LedgerTime::new(expires.get() - 1), true), (expires, false)] {
        let block = world.propose_block(time, &[]);
        let set = execute(&world.state, &world.validate(&block));
        world.state.apply(&set);
        assert_eq!(world.state.has_seen(&command.body.id()), remembered, "{time:?}");
    }
}

#[test]
fn d13_the_commands_that_end_execution_are_found_by_executing_without_them() {
    let (mut world, banks) = network(4);
    let (block, commands) = four(&mut world, banks);
    let valid = world.validate(&block);
    assert_eq!(culprits(&world.state, &valid), Vec::new(), "nothing is wrong with it");
    let _crashing = Crashing::from_now_on();
    assert_eq!(culprits(&world.state, &valid), [commands[2].body.id()]);
    // Two of them, among others.
    let [a, b, c] = banks;
    let mut commands = vec![world.anchor(&a, Hash32::MAX)];
    for _ in 0..5 {
        let payment = world.payment(&b, &c, Money::new(usd(), 1));
        commands.push(world.transfer(&b, &c, &payment));
    }
    commands.push(world.anchor(&b, Hash32::MAX));
    let block = world.propose_block(world.next_time(), &commands);
    let mut found = culprits(&world.state, &world.validate(&block));
    let mut expected = vec![commands[0].body.id(), commands[6].body.id()];
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

/// A network meets a block that ends every process, sets the command aside, and goes on; who executes
/// history again needs the statement, finds it in every later state, and reaches the same roots.
#[test]
fn d13_d14_history_with_a_quarantine_replays_to_the_same_roots() {
    let (mut world, banks) = network(4);
    let start = world.state.clone();
    let (block, commands) = four(&mut world, banks);
    let valid = world.validate(&block);
    let signed = {
        let _crashing = Crashing::from_now_on();
        let crashed = catch_unwind(AssertUnwindSafe(|| execute(&world.state, &valid)));
        assert!(crashed.is_err(), "the drill needs a block that cannot be executed");
        let found = culprits(&world.state, &valid);
        signed_by([1, 2, 4], &statement(&block, &found))
    };
    let resumed = |state: &State, signed: &SignedQuarantine| {
        let _crashing = Crashing::from_now_on();
        let signed = Arc::new(signed.clone());
        let valid = valid.setting_aside(signed, &committee(state)).unwrap();
        execute(state, &valid)
    };
    let set = resumed(&world.state, &signed);
    world.state.apply(&set);
    let receipt = &set.receipts[2];
    assert_eq!(receipt.outcome, Outcome::Refused(Refusal::Quarantined));
    assert_eq!((receipt.kind, receipt.command), (Kind::Anchor, commands[2].body.id()));
    // Life goes on, also with what was in the block.
    let again = world.propose_block(world.next_time(), &commands);
    let repeated = execute(&world.state, &world.validate(&again));
    assert_eq!(repeated.receipts, Vec::<Receipt>::new(), "all of it was decided");
    world.state.apply(&repeated);
    let payment = world.payment(&banks[0], &banks[1], Money::new(usd(), 1));
    let transfer = world.transfer(&banks[0], &banks[1], &payment);
    assert_eq!(world.apply(&transfer), Effect::Settled);

    // An overseer, with what every later state holds.
    let name = Name::Quarantine(Height::new(block.header.height.get()));
    let Some(Record::Quarantine(kept)) = world.record(&name).cloned() else { panic!("lost") };
    let mut replayed = start.clone();
    let second = resumed(&replayed, &kept);
    assert_eq!(second.results, set.results);
    replayed.apply(&second);
    let second = execute(&replayed, &world.validate_after(&block, &again));
    replayed.apply(&second);
    assert_eq!(replayed.results(), &repeated.results);
    // Without it, and with a binary in which the fault is mended, the roots are others: it would stop.
    assert_ne!(execute(&start, &valid).results, set.results);
    // With fewer commands set aside, too.
    let other = signed_by([1, 2, 4], &statement(&block, &ids(&commands)[2..4]));
    let other = valid.setting_aside(Arc::new(other), &committee(&start)).unwrap();
    assert_ne!(execute(&start, &other).results, set.results);
}

impl World {
    /// Validates a block as the child of another.
    fn validate_after(&self, parent: &Block, block: &Block) -> ValidBlock {
        let bytes = block.header.to_bytes();
        let header = decode::<crate::block::Header>(&bytes, bytes.len()).unwrap();
        Block { header, payload: block.payload.clone() }.accept_finalized(&parent.header).unwrap()
    }
}

/// Whether anybody could make a statement act that a quorum did not sign.
#[test]
fn d13_no_change_of_a_byte_of_a_good_statement_is_accepted_for_something_else() {
    let (mut world, banks) = network(4);
    let (block, commands) = four(&mut world, banks);
    let (valid, listed) = (world.validate(&block), committee(&world.state));
    let good = signed_by(1..=3, &statement(&block, &ids(&commands)[2..3]));
    let bytes = good.to_bytes();
    for at in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= bit;
            let Ok(read) = SignedQuarantine::from_bytes(&changed) else { continue };
            assert!(valid.setting_aside(Arc::new(read), &listed).is_err(), "byte {at}");
        }
    }
    let forged = KeySignature { key: validator(4).identity, signature: Signature::new([0; 64]) };
    let mut forged_too = good.clone();
    forged_too.by.pop();
    forged_too.by.push(forged);
    forged_too.by.sort_by_key(|by| by.key);
    let refused = valid.setting_aside(Arc::new(forged_too), &listed);
    assert_eq!(refused.map(drop), Err(QuarantineError::BadSignature));
}
