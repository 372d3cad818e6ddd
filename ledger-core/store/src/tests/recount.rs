//! The auditor's recount agrees with an honest ledger and with no other.

use ledger_core::{
    codec::{decode, encode},
    digest::Hash32,
    id::CommandId,
    journal::LogName,
    state::WriteSet,
    testing::{World, jpy, usd},
    time::Height,
};

use super::{history, stored};
use crate::{
    Store, StoreError,
    db::{Db, Family},
    key,
    recount::{Line, Rule, recount},
    row::{BlockRow, EntryRow, MovedRow},
};

fn failing(lines: &[Line]) -> Vec<Rule> {
    lines.iter().filter(|line| !line.ok()).map(|line| line.rule).collect()
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
    assert!(lines.iter().all(|line| line.ok()));
    assert!(lines.iter().filter(|l| l.rule != Rule::I9).all(|l| l.found == 0));
}

/// Recounts a ledger in which stored rows of a journal were changed.
fn recounted(
    log: impl Fn(&World) -> LogName,
    change: impl Fn(&mut Vec<Vec<u8>>),
) -> Result<Vec<Rule>, StoreError> {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let prefix = key::log_prefix(&log(&world));
    let db = Db::open(folder.path()).unwrap();
    let mut rows: Vec<Vec<u8>> = db
        .scan(Family::Logs, &prefix)
        .unwrap()
        .map(Result::unwrap)
        .take_while(|(key, _)| key.starts_with(&prefix))
        .map(|(_, value)| value.to_vec())
        .collect();
    let before = rows.len();
    change(&mut rows);
    let at = |index: usize| [&prefix[..], &u64::try_from(index).unwrap().to_be_bytes()].concat();
    for (index, row) in rows.iter().enumerate() {
        db.put_bytes(Family::Logs, &at(index), row);
    }
    for index in rows.len()..before {
        db.delete(Family::Logs, &at(index));
    }
    drop(db);
    Ok(failing(&recount(&Store::open_read_only(folder.path()).unwrap())?.1))
}

/// As [`recounted`], where the rows can be read.
fn after_change(log: impl Fn(&World) -> LogName, change: impl Fn(&mut Vec<Vec<u8>>)) -> Vec<Rule> {
    recounted(log, change).unwrap()
}

fn account(world: &World) -> LogName {
    LogName::Account(world.account(&ledger_core::testing::Bank::new("BANKA"), usd()))
}

/// Changes a row of an account's journal.
fn moved(row: &mut Vec<u8>, change: impl Fn(&mut MovedRow)) {
    let mut said: MovedRow = decode(row, 4_096).unwrap();
    change(&mut said);
    *row = encode(&said);
}

/// Changes the entry in a row of another journal.
fn entered(row: &mut Vec<u8>, change: impl Fn(&mut Vec<u8>)) {
    let mut said: EntryRow<Vec<u8>> = decode(row, 4_096).unwrap();
    change(&mut said.bytes);
    *row = encode(&said);
}

fn raise_closing(row: &mut Vec<u8>) {
    moved(row, |said| said.closing.available += 1);
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
    let changes: [fn(&mut MovedRow); 5] = [
        |said| said.movements[0].minor ^= 1,
        |said| said.movements[0].command = CommandId::new([9; 32]),
        |said| {
            said.movements.pop();
        },
        |said| said.movements.push(said.movements[0]),
        |said| said.height = said.height.next(),
    ];
    for change in changes {
        let found = after_change(account, |rows| moved(&mut rows[1], change));
        assert_eq!(found, vec![Rule::I9]);
    }
}

/// Two mistakes that leave every sum as it is: only the committed root tells.
#[test]
fn i9_a_movement_split_in_two_is_found() {
    let found = after_change(account, |rows| {
        moved(rows.last_mut().unwrap(), |said| {
            let mut half = said.movements[0];
            half.minor = 0;
            said.movements.push(half);
        });
    });
    assert_eq!(found, vec![Rule::I9]);
}

/// The salts of a block's entries follow from its row.
#[test]
fn i9_a_changed_blinding_secret_of_an_earlier_block_is_found() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    let is_account = |log: &LogName| matches!(log, LogName::Account(_));
    let moved = |set: &&WriteSet| set.lists.frontiers.keys().any(is_account);
    let height = world.sets.iter().find(moved).unwrap().header.height;
    let mut block = store.view().block(height).unwrap().unwrap();
    drop(store);
    block.blinding = Hash32::new([7; 32]);
    let row = |block: &BlockRow| {
        Db::open(folder.path()).unwrap().put(Family::Blocks, &key::height(height), block).unwrap();
        recount(&Store::open_read_only(folder.path()).unwrap())
    };
    assert!(failing(&row(&block).unwrap().1).contains(&Rule::I9));
    block.header.time = block.header.time.after(1);
    assert_eq!(row(&block), Err(StoreError::Damaged { what: "blocks" }));
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
            entered(&mut rows[0], |bytes| bytes[16] ^= 1);
        },
    );
    assert_eq!(found, vec![Rule::I3, Rule::I4, Rule::I9]);
}

#[test]
fn i9_a_changed_row_of_a_reserve_account_is_found() {
    let reserve = |world: &World| LogName::Reserve(world.reserve(usd()));
    let lowered = after_change(reserve, |rows| {
        // Height and time come first, then the haircut.
        entered(rows.last_mut().unwrap(), |bytes| bytes[16] ^= 1);
    });
    let left_out = after_change(reserve, |rows| {
        rows.pop();
    });
    assert_eq!([lowered, left_out], [vec![Rule::I9], vec![Rule::I9]]);
}

#[test]
fn i9_a_row_that_is_no_entry_is_found() {
    let currency = |_: &World| LogName::Currency(usd());
    let found = after_change(currency, |rows| entered(&mut rows[0], |b| *b = vec![1, 2, 3]));
    assert!(found.contains(&Rule::I9), "{found:?}");
    let damaged = Err(StoreError::Damaged { what: "logs" });
    assert_eq!(recounted(account, |rows| rows[0] = vec![1, 2, 3]), damaged);
    let far = |rows: &mut Vec<Vec<u8>>| moved(&mut rows[0], |said| said.height = Height::new(999));
    assert_eq!(recounted(account, far), damaged);
}

#[test]
fn i9_files_are_read_whole_also_where_no_sum_needs_them() {
    let (world, _) = history();
    let (source, store) = stored(&world);
    store.view().ledger.db().unwrap().flush().unwrap();
    drop(store);
    let files = std::fs::read_dir(source.path()).unwrap().map(|entry| entry.unwrap().path());
    let tables: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|end| end == "sst")).collect();
    assert!(tables.len() > 3, "{} files", tables.len());
    for table in &tables {
        let folder = tempfile::tempdir().unwrap();
        super::copy(source.path(), folder.path());
        let path = folder.path().join(table.file_name().unwrap());
        let mut bytes = std::fs::read(&path).unwrap();
        // The first rows of the file.
        bytes[10] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let noticed = match Store::open(folder.path(), &world.genesis) {
            Ok(store) => recount(&store.view()).is_err(),
            Err(_) => true,
        };
        assert!(noticed, "{}", table.display());
    }
}
