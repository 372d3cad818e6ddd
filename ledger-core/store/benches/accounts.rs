//! What a payment costs, a start takes and memory holds where a ledger has many accounts.
//!
//! ```text
//! cargo bench --workspace --features ledger-store/testing --profile dev --bench accounts -- 10000 1000000
//! ```
//!
//! Accounts are set by decree, 50,000 a block, half of them of each of two banks; all else is the
//! ledger's own work on a real disk. The first number is the baseline of the others. Each figure of
//! time is the median of nine blocks of 1,000 transfers between accounts that no block before named.
//!
//! # Absent     consensus, network, signatures
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, prints what it measured, and stops at the unexpected"
)]

use std::{
    fs,
    path::Path,
    process::Command as Process,
    sync::Arc,
    time::{Duration, Instant},
};

use ledger_core::{
    account::Account,
    block::{Context, Header, ValidBlock, Verified},
    command::{Command, Identified, Payment, Transfer},
    digest::Domain,
    id::AccountId,
    limits::UNDO_BLOCKS,
    merkle::LogHead,
    money::Money,
    record::{Name, Record},
    signature::Signed,
    testing::{Bank, World, commands::sign, planted, usd},
};
use ledger_store::Store;

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Accounts that one block sets.
const AT_ONCE: usize = 50_000;
/// Transfers of a block.
const TRANSFERS: usize = 1_000;
/// Blocks that are timed, after one that is not.
const ROUNDS: usize = 9;
/// Accounts that are read after a start: more than stay in memory.
const MOST_READ: usize = 1_200_000;
/// What each account holds.
const MINOR: u128 = 1_000_000;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench").peekable();
    if args.next_if(|arg| arg == "--open").is_some() {
        let folder = args.next().expect("a folder");
        let count = args.next().and_then(|count| count.parse().ok()).expect("how many accounts");
        return open(Path::new(&folder), count);
    }
    let mut counts: Vec<usize> = args.filter_map(|arg| arg.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![10_000, 1_000_000];
    }
    let folders: Vec<_> = counts.iter().map(|_| tempfile::tempdir().unwrap()).collect();
    let mut ledgers: Vec<Ledger> = Vec::with_capacity(counts.len());
    for (count, folder) in counts.iter().zip(&folders) {
        let start = Instant::now();
        ledgers.push(Ledger::found(folder.path(), *count));
        let seconds = start.elapsed().as_secs_f64();
        println!("{count} accounts set by decree in {seconds:.1} s; {}", memory());
    }
    // By turns, so that whatever else this machine does falls on all of them.
    let mut times = vec![Vec::with_capacity(ROUNDS); counts.len()];
    for round in 0..=ROUNDS {
        for (ledger, times) in ledgers.iter_mut().zip(&mut times) {
            let took = ledger.block(round);
            times.extend((round > 0).then_some(took));
        }
    }
    println!("{}", memory());
    let mut first = None;
    for (((ledger, folder), times), count) in
        ledgers.into_iter().zip(&folders).zip(times).zip(&counts)
    {
        let median = ledger.report(times, first);
        first.get_or_insert(median);
        let bytes: u64 = fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum();
        println!("{bytes} bytes on disk");
        let this = std::env::current_exe().unwrap();
        let mut opening = Process::new(this);
        opening.arg("--open").arg(folder.path()).arg(count.to_string());
        assert!(opening.status().unwrap().success());
    }
}

/// In a process of its own: how long a start takes, what it holds, and what it holds when as many
/// accounts were read as stay in memory.
fn open(folder: &Path, count: usize) {
    let start = Instant::now();
    let store = Store::reopen(folder).unwrap();
    println!("opened in {:.2} s; {}", start.elapsed().as_secs_f64(), memory());
    let view = store.view();
    let most = count.min(MOST_READ);
    for number in 0..most {
        assert!(view.record(&Name::Account(address(number))).unwrap().is_some());
    }
    println!("{most} accounts read; {}", memory());
    drop(view);
    store.close().unwrap();
}

struct Ledger {
    world: World,
    banks: [Bank; 2],
    count: usize,
    store: Store,
}

impl Ledger {
    fn found(folder: &Path, count: usize) -> Self {
        let (world, [a, b, _]) = World::running();
        let mut store = Store::open(folder, &world.genesis).unwrap();
        for block in &world.blocks {
            let valid = block.accept_finalized(&store.applied()).unwrap();
            store.execute(&valid).unwrap();
        }
        let mut ledger = Self { world, banks: [a, b], count, store };
        for first in (0..count).step_by(AT_ONCE) {
            ledger.set(first..count.min(first + AT_ONCE));
        }
        // What undoes the blocks before is let go of.
        for _ in 0..UNDO_BLOCKS {
            ledger.store.execute(&ledger.after(Vec::new())).unwrap();
        }
        ledger.store.sync().unwrap();
        ledger
    }

    /// Prints what blocks took, and closes; answers the median in microseconds a transfer.
    fn report(self, mut times: Vec<(Duration, Duration)>, first: Option<f64>) -> f64 {
        println!("-- {} accounts", self.count);
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / TRANSFERS as f64;
        times.sort();
        let [least, median, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|at| micros(times[at].0));
        let ratio = first.map_or(1.0, |first| median / first);
        println!(
            "execute and write {median:.1} us a transfer ({least:.1} to {most:.1}), {ratio:.2} of the first"
        );
        times.sort_by_key(|(_, sync)| *sync);
        println!("sync {:.1} ms a block", times[ROUNDS / 2].1.as_secs_f64() * 1e3);
        self.store.close().unwrap();
        median
    }

    /// A block after the last, with the results of that.
    fn after(&self, commands: Vec<Arc<Verified>>) -> ValidBlock {
        let parent: Header = self.store.applied();
        let results = self.store.results_at(parent.height).unwrap().expect("results of the last");
        let height = parent.height.get();
        let leader = self.world.genesis.validators[0].identity;
        let context = Context { epoch: 0, view: height + 1, parent_view: height, leader };
        ValidBlock::propose(&parent, (context, parent.time.after(1)), commands, results).1
    }

    /// Sets accounts by decree.
    fn set(&mut self, numbers: std::ops::Range<usize>) {
        let block = self.after(Vec::new());
        let view = self.store.view();
        let Some(Record::Currency(mut currency)) = view.record(&Name::Currency(usd())).unwrap()
        else {
            panic!("dollars")
        };
        currency.totals.available += MINOR * numbers.len() as u128;
        currency.totals.supply += MINOR * numbers.len() as u128;
        let models = self.banks.map(|bank| {
            let name = Name::Account(self.world.account(&bank, usd()));
            let Some(Record::Account(found)) = view.record(&name).unwrap() else {
                panic!("an account")
            };
            found
        });
        drop(view);
        let accounts = numbers.map(|number| {
            let (id, model) = (address(number), &models[number % 2]);
            let mut balances = model.balances;
            balances.available = MINOR;
            let account = Account { id, balances, journal: LogHead::EMPTY, ..model.clone() };
            (Name::Account(id).key(), Record::Account(account))
        });
        let dollars = (Name::Currency(usd()).key(), Record::Currency(currency));
        let records: Vec<_> = accounts.chain([dollars]).collect();
        self.store.plant(|state| planted(state, *block.header(), records)).unwrap();
    }

    /// Times a block of transfers: executed and written, and brought to disk.
    fn block(&mut self, round: usize) -> (Duration, Duration) {
        let transfers = (0..TRANSFERS).map(|at| self.transfer(round * TRANSFERS + at));
        let commands = transfers.collect::<Vec<_>>();
        let block = self.after(commands);
        let start = Instant::now();
        let mut settled = 0;
        let count = |set: &ledger_core::state::WriteSet| {
            settled = set.receipts.iter().filter(|receipt| receipt.credit.is_some()).count();
        };
        self.store.execute_and(&block, count).unwrap();
        let executed = start.elapsed();
        assert_eq!(settled, TRANSFERS);
        let start = Instant::now();
        self.store.sync().unwrap();
        (executed, start.elapsed())
    }

    /// A transfer between accounts far apart, of the first bank and of the second.
    fn transfer(&mut self, number: usize) -> Arc<Verified> {
        let pairs = self.count / 2;
        let [a, b] = self.banks;
        let debit = address(number * 7_919 % pairs * 2);
        let credit = address(number * 104_729 % pairs * 2 + 1);
        let payment = Payment { debit, ..self.world.payment(&a, &b, Money::new(usd(), 1)) };
        let mut yes = self.world.acceptance(&b, &payment).value;
        yes.credit = credit;
        let transfer = Transfer {
            payment,
            gate: self.world.clearance(&a, &payment),
            acceptance: Signed::new(yes, &b.settlement().signer()).unwrap(),
        };
        let body = self.world.body(a.lei, Command::Transfer(transfer));
        Arc::new(Verified::check(Identified::new(sign(body, &[&a.settlement()]))).unwrap())
    }
}

fn address(number: usize) -> AccountId {
    AccountId::new(*Domain::Content.hash_of(&(number as u64)).get())
}

/// What this process holds and held at most, as the system says.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    let mib = |name| of(name).map_or("?".into(), |kib| (kib / 1024).to_string());
    format!("{} MiB in memory, {} at most", mib("VmRSS:"), mib("VmHWM:"))
}
