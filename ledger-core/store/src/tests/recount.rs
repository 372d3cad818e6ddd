//! The auditor's recount agrees with an honest ledger and with no other.

use ledger_core::{
    codec::{decode, encode},
    journal::{JournalEntry, LogName},
    state::LogAppend,
    testing::{World, jpy, usd},
};

use super::{history, stored};
use crate::{
    Store,
    db::{Change, Db, Family},
    key,
    recount::{Line, Rule, recount},
};

fn failing(lines: &[Line]) -> Vec<Rule> {
    lines.iter().filter(|line| !line.ok).map(|line| line.rule).collect()
}

#[test]
fn i1_i3_i4_hold_after_mints_and_payments_counted_beside_a_running_node() {
    let (world, _) = history();
    let (folder, _running) = stored(&world);
    let view = Store::open_read_only(folder.path()).unwrap();
    let (height, lines) = recount(&view).unwrap();
    assert_eq!(height.get(), super::top(&world));
    let rules = [Rule::I1, Rule::I3, Rule::I4, Rule::I9];
    let expected = [jpy(), usd()].into_iter().flat_map(|c| rules.map(|rule| (c, rule)));
    assert!(lines.iter().map(|line| (line.currency, line.rule)).eq(expected));
    assert_eq!(failing(&lines), Vec::new());
    assert!(lines.iter().filter(|l| l.rule != Rule::I9).all(|l| l.found == 3_000));
}

#[test]
fn i4_an_empty_ledger_has_no_supply() {
    let world = World::found(ledger_core::testing::genesis());
    let (_folder, store) = stored(&world);
    let (_, lines) = recount(&store.view()).unwrap();
    assert!(lines.iter().all(|line| line.ok));
    assert!(lines.iter().filter(|l| l.rule != Rule::I9).all(|l| l.found == 0));
}

/// Recounts a ledger in which one row of a journal was changed.
fn after_change(
    log: impl Fn(&World) -> LogName,
    change: impl Fn(&mut Vec<LogAppend>),
) -> Vec<Rule> {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    let log = log(&world);
    let mut rows = store.view().log_rows(&log, 0, 1_000).unwrap();
    drop(store);
    let before = rows.len();
    change(&mut rows);
    let db = Db::open(folder.path()).unwrap();
    for (index, row) in (0u64..).zip(&rows) {
        db.write(&[Change::Put(Family::Logs, key::log(&log, index), encode(row))]).unwrap();
    }
    for index in rows.len()..before {
        let index = u64::try_from(index).unwrap();
        db.write(&[Change::Delete(Family::Logs, key::log(&log, index))]).unwrap();
    }
    drop(db);
    failing(&recount(&Store::open_read_only(folder.path()).unwrap()).unwrap().1)
}

fn account(world: &World) -> LogName {
    LogName::Account(world.account(&ledger_core::testing::Bank::new("BANKA"), usd()))
}

fn raise_closing(row: &mut LogAppend) {
    let mut entry: JournalEntry = decode(&row.bytes, 512).unwrap();
    entry.closing.available += 1;
    row.bytes = encode(&entry);
}

#[test]
fn i1_a_raised_last_balance_is_found() {
    let found = after_change(account, |rows| raise_closing(rows.last_mut().unwrap()));
    assert_eq!(found, vec![Rule::I1, Rule::I9]);
}

#[test]
fn i9_a_raised_earlier_balance_is_found() {
    assert_eq!(after_change(account, |rows| raise_closing(&mut rows[0])), vec![Rule::I9]);
}

#[test]
fn i9_a_changed_movement_is_found() {
    let found = after_change(account, |rows| {
        let detail = &mut rows[1].detail;
        let last = detail.len() - 16;
        detail[last] ^= 1;
    });
    assert_eq!(found, vec![Rule::I9]);
}

#[test]
fn i9_a_journal_row_left_out_is_found() {
    let found = after_change(account, |rows| {
        rows.pop();
    });
    assert!(found.contains(&Rule::I9), "{found:?}");
}

#[test]
fn rows_written_while_the_recount_runs_are_left_out() {
    let found = after_change(account, |rows| rows.push(rows[0].clone()));
    assert_eq!(found, Vec::new());
}

#[test]
fn i4_a_changed_row_of_a_currency_is_found() {
    let found = after_change(
        |_| LogName::Currency(usd()),
        |rows| {
            // The first bytes of an entry are its height and time; then comes what was minted.
            rows[0].bytes[16] ^= 1;
        },
    );
    assert_eq!(found, vec![Rule::I3, Rule::I4, Rule::I9]);
}

#[test]
fn i9_a_changed_row_of_a_reserve_account_is_found() {
    let reserve = |world: &World| LogName::Reserve(world.reserve(usd()));
    let lowered = after_change(reserve, |rows| {
        // Height and time come first, then the haircut.
        rows.last_mut().unwrap().bytes[16] ^= 1;
    });
    let left_out = after_change(reserve, |rows| {
        rows.pop();
    });
    assert_eq!([lowered, left_out], [vec![Rule::I9], vec![Rule::I9]]);
}

#[test]
fn i9_a_row_that_is_no_entry_is_found() {
    let found = after_change(account, |rows| rows[0].bytes = vec![1, 2, 3]);
    assert!(found.contains(&Rule::I9), "{found:?}");
}
