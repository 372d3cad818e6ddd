//! Chains that earlier versions of this code made, executed again: D16, I8.
//!
//! A file holds a genesis and every block after it, each with the roots that its execution gave when the file was
//! made. Files are never made anew: `UPDATE_CHAINS=1` writes those that are not there yet.

use std::{fs, path::PathBuf};

use super::{
    contracts::{network, populated},
    invokes, totality,
};
use crate::{
    address::ValidatorAddress,
    block::Block,
    bulk::BulkMode,
    codec::{decode, encode},
    command::{Action, Command, SignedCommand, VoidReason},
    digest::Hash32,
    directory::{DirectoryChange, Naming, NewMessageKey},
    execute::execute,
    genesis::Genesis,
    id::Text,
    misconduct::MisconductKind,
    money::Money,
    queue::QueueTerms,
    receipt::Kind,
    rules::RulesVersion,
    screening::ClearedBy,
    state::State,
    testing::{
        Actor, Bank, EPOCH_LENGTH, TestRng, World,
        assets::{bond, units},
        governing::validator,
        jpy,
        misconduct::evidence,
        usd,
    },
    time::Height,
};

/// Every file, and the highest version of the rules that acts in it.
const CHAINS: [(&str, u32); 5] = [
    ("v1-ledger", 1),
    ("v1-assets", 1),
    ("v1-contracts", 1),
    ("v2-validators", 2),
    ("v3-directory", 3),
];
/// Bytes of a block or a genesis at most.
const MOST: usize = 8 << 20;

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/chains");
    folder.join(format!("{name}.txt"))
}

#[expect(clippy::disallowed_methods, reason = "a person asks for new chains; no rule reads it")]
fn updating() -> bool {
    std::env::var("UPDATE_CHAINS").is_ok_and(|value| value == "1")
}

/// Genesis on the first line; then a line for each block: header and payload, state root and history root.
fn text(world: &World) -> String {
    let mut lines = vec![hex::encode(encode(&world.genesis))];
    for (block, set) in world.blocks.iter().zip(&world.sets[1..]) {
        let roots = [set.results.state_root, set.results.history_root].map(|root| root.to_hex());
        lines.push(format!(
            "{} {}",
            hex::encode(encode(&(block.header, &block.payload))),
            roots.join(" ")
        ));
    }
    lines.join("\n") + "\n"
}

/// Payments of every form, mints, redemptions, freezes, policies, queues and registered assets.
fn ledger() -> World {
    let mut world = totality::lively();
    let [a, b, c] = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
    for bank in [&a, &b, &c] {
        world.fund(bank, Money::new(jpy(), 1_000));
    }
    let payments: Vec<_> =
        (1..=5).map(|minor| world.payment(&b, &a, Money::new(jpy(), minor))).collect();
    let holds: Vec<_> = payments[..3].iter().map(|payment| world.hold(&b, payment)).collect();
    world.block(&holds);
    let ends = [
        world.post(&b, &a, &payments[0]),
        world.post_part(&b, &a, &payments[2], 2),
        world.void(&a, &payments[1], VoidReason::Rejected),
        world.transfer(&b, &a, &payments[3]),
    ];
    world.block(&ends);
    let at = world.now().after(5_000);
    let then = [
        world.give_back(&payments[3], 2),
        world.schedule(&b, &a, &payments[4], 5_000),
        world.confirm_credit(&a, payments[0].leg.id(), at),
    ];
    world.block(&then);
    world.block_at(at.after(1), &[]);
    let legs =
        [world.set_leg(&a, &b, Money::new(jpy(), 4)), world.set_leg(&b, &a, Money::new(jpy(), 3))];
    let set = world.settle_set(&a, &legs);
    let groups = world.groups(&b, jpy(), &[(a, &[1, 2, 3]), (c, &[5_000])]);
    let bulk = world.bulk(&b, BulkMode::Each, jpy(), groups);
    let bulk = world.sign(&b.settlement(), Command::Bulk(bulk));
    world.block(&[set, bulk]);
    world
}

/// Registered assets that are delivered and exchanged, a queue with its solver, clearances.
fn assets() -> World {
    let (mut world, [a, b, c]) = World::with_units(1_000, 100);
    let units = |count| units(bond(), count);
    let delivery = world.delivery(&a, &b, units(10));
    let surrender = world.surrender(&c, units(5));
    let legs = [world.set_leg(&b, &a, Money::new(usd(), 40))];
    let deliveries = [world.unit_leg(&a, &b, units(20))];
    let commands = [
        world.deliver(&delivery),
        world.settle_exchange(&a, &legs, &deliveries),
        surrender.clone(),
        world.reclaim(&c, surrender.body.id()),
    ];
    world.block(&commands);
    world.appoint_solver();
    let payments = [(&a, &b), (&b, &c), (&c, &a)]
        .map(|(from, to)| world.payment(from, to, Money::new(usd(), 1_200)));
    let said = world.cleared(ClearedBy::Payer, &payments[0]);
    let terms = QueueTerms { bypass: true, limits: Vec::new() };
    let mut commands = vec![world.clear(&a, said), world.set_queue_terms(&b, usd(), terms)];
    commands.extend(payments.iter().map(|payment| world.enqueue(payment, 1)));
    world.block(&commands);
    let legs = payments.map(|payment| payment.leg.id());
    let suspends = Action::SuspendMember { member: c.lei };
    let proposal = world.propose(&Actor::operator(1), suspends);
    let commands = [world.requeue(&a, legs[0], 2), proposal.clone()];
    world.block(&commands);
    let withdraw = Command::WithdrawApproval { proposal: proposal.body.id() };
    let commands =
        [world.settle_queued(&Actor::solver(), &legs), world.sign(&Actor::operator(1), withdraw)];
    world.block(&commands);
    world
}

/// Modules, and calls of them that hold money, pay it out and stop.
fn contracts() -> World {
    let (mut world, [a, b, _]) = network(100);
    for make in [invokes::open_escrow, invokes::release, invokes::exchange, invokes::open_escrow] {
        let call = make(&mut world, &a, &b);
        let command = world.invoke(&a, call);
        world.block(&[command]);
    }
    world
}

/// Validators that signal, lie and move, halts, and payments before and after version 2 acts.
fn validators() -> World {
    let (mut world, [a, b, _]) = populated(World::validated(5), 1_000);
    let pay = |world: &mut World| {
        let payment = world.payment(&a, &b, Money::new(usd(), 7));
        let command = world.transfer(&a, &b, &payment);
        world.block(&[command]);
    };
    pay(&mut world);
    let chain = world.genesis.chain_id();
    let epoch = world.state.header().height.get() / EPOCH_LENGTH;
    let found = evidence(&chain, 5, (epoch, 3), MisconductKind::Notarize);
    let mut commands: Vec<SignedCommand> = vec![world.accuse(1, found)];
    commands.extend((1..=4).map(|by| world.signal(by, RulesVersion::ADDRESSES)));
    world.block(&commands);
    world.appoint_emergency();
    let halt = world.halt();
    world.block(&[halt]);
    pay(&mut world);
    let resume = world.decide(Action::ResumeNetwork { halt: 1 });
    world.block(&resume);
    let acts = (world.state.header().height.get() / EPOCH_LENGTH + 2) * EPOCH_LENGTH;
    world.idle_to(Height::new(acts));
    let validator = validator(1).identity;
    let address = Text::new("192.0.2.7:7000").unwrap();
    let moves = world.decide(Action::MoveValidator(ValidatorAddress { validator, address }));
    world.block(&moves);
    pay(&mut world);
    world
}

/// Entries of the directory that change after notice, keys that are revoked, payments in between.
fn directory() -> World {
    let (mut world, [a, b, _]) = populated(World::validated(5), 1_000);
    world.appoint_admins(&a);
    let signals: Vec<_> = (1..=4).map(|by| world.signal(by, RulesVersion::DIRECTORY)).collect();
    world.block(&signals);
    let acts = (world.state.header().height.get() / EPOCH_LENGTH + 2) * EPOCH_LENGTH;
    world.idle_to(Height::new(acts));
    let (text, own) = (|text| Text::new(text).unwrap(), a.directory().encryption);
    let terms = world.decide(Action::SetDirectoryTerms { notice_ms: 10_000 });
    world.block(&terms);
    let (aliases, from) = (vec![text("BIC:BANKUS33")], world.now().after(20_000));
    let named = world.decide(Action::NameMember(Naming { member: a.lei, aliases, from }));
    world.block(&named);
    world.block_at(from, &[]);
    let [one, two] = [1, 2].map(|byte| Hash32::new([byte; 32]));
    let changed = DirectoryChange {
        endpoint: Some(text("https://new.bank.example")),
        message_key: Some(NewMessageKey { key: one, overlap_ms: 60_000 }),
        from: world.now().after(20_000),
    };
    let from = changed.from;
    let decided = world.administer(&a, Action::ChangeDirectory(changed));
    world.block(&decided);
    let payment = world.payment(&a, &b, Money::new(usd(), 7));
    let pays = world.transfer(&a, &b, &payment);
    world.block_at(from, &[pays]);
    for (key, replacement) in [(own, None), (one, Some(two)), (two, None)] {
        let revoked = world.administer(&a, Action::RevokeMessageKey { key, replacement });
        world.block(&revoked);
    }
    world.block(&[]);
    world
}

/// Executes a file's blocks as its voters did, and compares every root; the kinds of commands in it.
fn replayed(name: &str, version: u32) -> Vec<Kind> {
    let kept = fs::read_to_string(path(name)).unwrap_or_default();
    let mut lines = kept.lines();
    let bytes = |hex: &str| hex::decode(hex).unwrap();
    let genesis: Genesis = decode(&bytes(lines.next().expect("a genesis")), MOST).unwrap();
    let (mut state, _) = State::genesis(&genesis).unwrap();
    let (mut kinds, mut highest) = (Vec::new(), RulesVersion::BASE);
    for line in lines {
        let mut parts = line.split(' ');
        let (header, payload) = decode(&bytes(parts.next().unwrap()), MOST).unwrap();
        let block = Block { header, payload };
        let roots = [(); 2].map(|()| Hash32::from_hex(parts.next().unwrap()).unwrap());
        let height = block.header.height;
        let acting = state.rules_at(height).expect("the block's version");
        highest = highest.max(acting);
        let limits = state.limits_at(height).expect("the block's bounds");
        let valid = block.validate(state.header(), &limits, TestRng::default()).unwrap();
        valid.check_rules(acting).unwrap();
        let set = execute(&state, &valid);
        assert_eq!([set.results.state_root, set.results.history_root], roots, "{name} at {height}");
        kinds.extend(set.receipts.iter().map(|receipt| receipt.kind));
        state.apply(&set);
    }
    assert_eq!(highest, RulesVersion::new(version), "{name}");
    assert!(state.header().height > Height::new(10), "{name}");
    kinds
}

#[test]
fn i8_d16_chains_of_every_past_version_are_executed_to_the_same_roots() {
    let made: [fn() -> World; 5] = [ledger, assets, contracts, validators, directory];
    let mut kinds = Vec::new();
    for ((name, version), make) in CHAINS.into_iter().zip(made) {
        if updating() && !path(name).exists() {
            fs::write(path(name), text(&make())).unwrap();
        }
        kinds.extend(replayed(name, version));
    }
    // A new version of the rules needs a chain in which it acts.
    let last = CHAINS.iter().map(|(_, version)| *version).max();
    assert_eq!(last, Some(RulesVersion::KNOWN.get()));
    let all: Vec<Kind> = (0u8..).map_while(|index| decode(&[index], 1).ok()).collect();
    let absent: Vec<Kind> = all.into_iter().filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(absent, ABSENT);
}

/// Kinds of commands that no chain holds.
const ABSENT: [Kind; 0] = [];

#[test]
fn i8_what_the_chains_are_made_of_still_gives_chains() {
    for make in [ledger, assets, contracts, validators, directory] {
        assert!(!text(&make()).is_empty());
    }
}
