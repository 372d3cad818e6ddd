//! Histories cut from what execution writes, as a node cuts them: W21 over the ledger's own journals.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::{
    account::{Account, Balances},
    codec::decode,
    digest::{Hash32, leaf_hash},
    journal::{JournalEntry, LogName, Movement, SaltUse},
    merkle::RangeCut,
    money::Money,
    proof::SlotContent,
    record::{Name, Record},
    state::LogAppend,
    testing::{World, usd},
    time::Height,
};
use verifier::history::{HistoryProof, ShownBlock, ShownEntry, ShownMovement, Span};

/// Payments, a payment held and released, refusals, redemptions, in blocks of several commands.
fn busy() -> World {
    let (mut world, [a, b, c]) = World::funded(1_000);
    for round in 0..3u128 {
        let first = world.payment(&a, &b, Money::new(usd(), 10 + round));
        let second = world.payment(&b, &c, Money::new(usd(), 20 + round));
        let third = world.payment(&c, &a, Money::new(usd(), 5_000));
        let commands = [
            world.hold(&a, &first),
            world.transfer(&b, &c, &second),
            world.transfer(&c, &a, &third),
        ];
        world.block(&commands);
        let finish =
            if round == 0 { world.close(&a, &first.leg) } else { world.post(&b, &b, &first) };
        world.block(&[finish]);
        world.block(&[]);
        let preburn = world.preburn(&a, Money::new(usd(), 5));
        world.apply(&preburn);
    }
    world
}

fn entry(row: &LogAppend) -> ShownEntry {
    ShownEntry { entry: decode(&row.bytes, 512).unwrap(), salt: row.salt }
}

fn block(world: &World, account: &Account, row: &LogAppend) -> ShownBlock {
    let shown = entry(row);
    let height = shown.entry.height;
    let blinding: &Hash32 = &world.sets[usize::try_from(height.get()).unwrap()].blinding;
    let movements: Vec<Movement> = decode(&row.detail, 1 << 20).unwrap();
    let salted = (0u64..).zip(movements).map(|(at, movement)| {
        let salt = SaltUse::Movement(height, account.id, at).salt(blinding);
        ShownMovement { movement, salt }
    });
    ShownBlock { shown, movements: salted.collect() }
}

fn cut(world: &World, account: &Account, rows: &[&LogAppend], span: Span) -> HistoryProof {
    let height = |row: &&&LogAppend| decode::<JournalEntry>(&row.bytes, 512).unwrap().height;
    let start = rows.iter().filter(|row| height(row) < span.from).count();
    let end = rows.iter().filter(|row| height(row) <= span.to).count();
    let (index, count) = (start.saturating_sub(1) as u64, rows.len() as u64);
    let last = (end as u64).min(count.saturating_sub(1));
    let path = RangeCut::new(index..=last, count).map(|mut path| {
        rows.iter().for_each(|row| path.push(leaf_hash(&row.salt, &row.bytes)));
        path.path().unwrap()
    });
    HistoryProof {
        span,
        index,
        path: path.unwrap_or_default(),
        before: start.checked_sub(1).map(|at| entry(rows[at])),
        blocks: rows[start..end].iter().map(|row| block(world, account, row)).collect(),
        after: rows.get(end).map(|row| entry(row)),
    }
}

/// What the account's record held after each block.
fn records(world: &World, account: &Account) -> BTreeMap<u64, Balances> {
    let mut now = Balances::default();
    let sets = (0u64..).zip(&world.sets).map(|(height, set)| {
        for stored in set.slots().values() {
            match &stored.content {
                SlotContent::Used { record: Record::Account(found), .. }
                    if found.id == account.id =>
                {
                    now = found.balances;
                }
                _ => {}
            }
        }
        (height, now)
    });
    sets.collect()
}

#[test]
fn w21_every_span_of_every_executed_account_is_proved_under_the_latest_state() {
    let world = busy();
    let latest = world.state.header().height;
    let results = &world.sets.last().unwrap().results;
    let accounts = world.state.records().filter_map(|record| match record {
        Record::Account(account) => Some(account.clone()),
        _ => None,
    });
    let mut kinds = BTreeSet::new();
    for account in accounts {
        let proof = world.state.prove_record(&Name::Account(account.id), latest).unwrap();
        assert!(proof.holds_under(results));
        let told = records(&world, &account);
        let logs = world.sets.iter().flat_map(|set| &set.lists.logs);
        let rows: Vec<_> = logs.filter(|row| row.log == LogName::Account(account.id)).collect();
        for from in 0..=latest.get() {
            for to in from..=latest.get() {
                let span = Span { from: Height::new(from), to: Height::new(to) };
                let history = cut(&world, &account, &rows, span);
                let found = history.check(&account, latest).unwrap();
                let before = from.checked_sub(1).map_or_else(Balances::default, |at| told[&at]);
                assert_eq!((found.opening, found.closing), (before, told[&to]), "{from} to {to}");
                let blocks = history.blocks.iter().flat_map(|block| &block.movements);
                kinds.extend(blocks.map(|shown| shown.movement.kind.name()));
            }
        }
    }
    let expected =
        ["held", "minted", "paid", "paid_from_hold", "preburned", "received", "released"];
    assert!(kinds.iter().eq(&expected), "{kinds:?}");
}
