//! Histories, lists and payments cut from what execution writes, as a node cuts them: W21, W26, W27
//! and W28 over the ledger's own journals, lists and receipts.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::{
    account::{Account, Balances},
    codec::decode,
    digest::{Hash32, leaf_hash},
    journal::{JournalEntry, LogName, Movement, SaltUse},
    member::Holdings,
    merkle::RangeCut,
    money::Money,
    proof::SlotContent,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    state::LogAppend,
    testing::{World, usd},
    time::Height,
};
use verifier::{
    history::{HistoryProof, ShownBlock, ShownEntry, ShownMovement, Span},
    list::{ListKind, ListProof, ShownId},
    payments::{PaymentRole, PaymentsProof, PaymentsQuery, ShownAccount},
};

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
            match stored.content.as_ref() {
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

fn rows_of(world: &World, log: LogName, count: u64) -> Vec<&LogAppend> {
    let rows = world.sets.iter().flat_map(|set| &set.lists.logs);
    rows.filter(|row| row.log == log).take(usize::try_from(count).unwrap()).collect()
}

/// Accounts as of a block, each with its proof.
fn accounts_at(world: &World, height: Height) -> Vec<Account> {
    world.state.accounts_of(usd(), height).unwrap()
}

/// What was then is proved under the root of that block and of every one after it.
#[test]
fn w21_the_balances_of_every_block_are_proved_under_every_later_root() {
    let world = busy();
    let mut proved = 0;
    for covered in 1..=world.state.header().height.get() {
        let height = Height::new(covered);
        let results = &world.sets[usize::try_from(covered).unwrap()].results;
        for account in accounts_at(&world, height) {
            let name = Name::Account(account.id);
            let record = world.state.prove_record(&name, height).unwrap();
            assert!(record.holds_under(results));
            assert_eq!(record.record(&name.key()), Some(&Record::Account(account.clone())));
            let told = records(&world, &account);
            let rows = rows_of(&world, LogName::Account(account.id), account.journal.count);
            for at in 0..=covered {
                let span = Span { from: Height::new(at), to: Height::new(at) };
                let history = cut(&world, &account, &rows, span);
                assert_eq!(history.check(&account, height).unwrap().closing, told[&at]);
                proved += 1;
            }
        }
    }
    assert!(proved > 100, "{proved}");
}

/// The block up to which a header reports is there in every later history, with its own root.
#[test]
fn w26_an_executed_history_goes_on_from_each_of_its_beginnings() {
    let world = busy();
    let latest = world.state.header().height;
    for from in 1..=latest.get() {
        let older = &world.sets[usize::try_from(from).unwrap()];
        let path = world.state.prove_block(older.header.height, latest).unwrap();
        let own = world.state.prove_block(older.header.height, older.header.height).unwrap();
        let left: Vec<_> = path.iter().filter(|hash| own.contains(hash)).collect();
        assert!(own.iter().eq(left), "{from}");
    }
}

fn whole_list(world: &World, log: LogName) -> ListProof {
    let rows = rows_of(world, log, u64::MAX);
    let id = |row: &&LogAppend| row.bytes.as_slice().try_into().unwrap();
    let entries = rows.iter().map(|row| ShownId { id: id(row), salt: row.salt }).collect();
    let kind = match log {
        LogName::MemberAccounts(_) => ListKind::Accounts,
        _ => ListKind::Customers,
    };
    ListProof { kind, index: 0, path: Vec::new(), entries }
}

fn members(world: &World) -> Vec<Holdings> {
    let holdings = world.state.records().filter_map(|record| match record {
        Record::Holdings(holdings) => Some(*holdings),
        _ => None,
    });
    holdings.collect()
}

#[test]
fn w27_the_lists_of_every_executed_member_are_whole() {
    let world = busy();
    let (mut accounts, mut customers) = (0, 0);
    for holdings in members(&world) {
        let list = whole_list(&world, LogName::MemberAccounts(holdings.member));
        assert!(list.is_whole(&list.check(&holdings).unwrap()));
        accounts += list.entries.len();
        let list = whole_list(&world, LogName::MemberParties(holdings.member));
        assert!(list.is_whole(&list.check(&holdings).unwrap()));
        customers += list.entries.len();
    }
    let records = |kind: fn(&Record) -> bool| world.state.records().filter(|one| kind(one)).count();
    assert_eq!(accounts, records(|one| matches!(one, Record::Account(_))));
    assert_eq!(customers, records(|one| matches!(one, Record::Party(_))));
    assert!(accounts >= 3 && customers >= 3);
}

/// What journals say of payments is what receipts say: two books of one thing.
#[test]
fn w28_the_payments_found_are_those_of_which_there_are_receipts() {
    let world = busy();
    let latest = world.state.header().height;
    let results = &world.sets.last().unwrap().results;
    let settled = || {
        let receipts = world.sets.iter().flat_map(|set| &set.receipts);
        receipts.filter(|receipt| receipt.outcome == Outcome::Applied(Effect::Settled))
    };
    let mut found_in_all = 0;
    for holdings in members(&world) {
        let list = whole_list(&world, LogName::MemberAccounts(holdings.member));
        let span = Span { from: Height::new(0), to: latest };
        let accounts = list.entries.iter().map(|entry| {
            let name = Name::Account(ledger_core::id::AccountId::new(entry.id));
            let record = world.state.prove_record(&name, latest).unwrap();
            let Some(Record::Account(account)) = record.record(&name.key()) else { panic!() };
            let rows = rows_of(&world, LogName::Account(account.id), account.journal.count);
            let history = Some(cut(&world, account, &rows, span));
            ShownAccount { record, history }
        });
        let accounts: Vec<_> = accounts.collect();
        for (role, of) in [
            (PaymentRole::Payer, (|leg| leg.instructing) as fn(ledger_core::id::Leg) -> _),
            (PaymentRole::Payee, |leg| leg.instructed),
        ] {
            let query = PaymentsQuery { role, currency: None, span };
            let (list, accounts) = (list.clone(), accounts.clone());
            let found = PaymentsProof { query, list, accounts }.check(&holdings, results).unwrap();
            let found: BTreeSet<_> =
                found.payments.iter().map(|p| (p.height, p.command, p.minor)).collect();
            let expected = settled().filter(|receipt| of(receipt.leg.unwrap()) == holdings.member);
            let expected: BTreeSet<_> =
                expected.map(|r| (r.height, r.command, r.money.unwrap().minor())).collect();
            assert_eq!(found, expected, "{role:?} {}", holdings.member);
            found_in_all += found.len();
        }
    }
    assert_eq!(found_in_all, 2 * settled().count());
    assert!(found_in_all > 8, "{found_in_all}");
}
