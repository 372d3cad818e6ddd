//! What a block costs, part by part, beside a plain loop over balances in the same run.
//!
//! ```text
//! cargo bench -p ledger-core --features testing             1 k and 100 k accounts
//! cargo bench -p ledger-core --features testing -- 1000000  also with this many
//! ```
//!
//! Every figure is the median of five rounds on one thread, after one that is not counted; the
//! last column is its ratio to the plain loop, which is what to compare between machines.
//!
//! # Absent     consensus, disk, network, and whatever several threads would gain
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

use std::{collections::HashMap, hint::black_box, sync::Arc, time::Instant};

use ledger_core::{
    account::Account,
    block::{Block, encode_payload},
    bulk::BulkMode,
    codec::decode,
    command::{Command, Payment, SignedCommand, Transfer},
    digest::{Domain, Hash32},
    execute::execute,
    id::{AccountId, Lei},
    merkle::LogHead,
    money::Money,
    record::{Name, Record, Window},
    signature::{Claim, all_hold},
    state::{State, WriteSet},
    testing::{Bank, TestRng, World, commands::sign, usd},
    time::Height,
};

/// Transfers of a block.
const TRANSFERS: usize = 1_000;
/// Rounds that are counted.
const ROUNDS: usize = 5;
/// What each account holds.
const MINOR: u128 = 1_000_000;

fn main() {
    let more = std::env::args().skip(1).filter_map(|arg| arg.parse::<usize>().ok());
    let plain = report("plain loop: two balances and one hash", TRANSFERS, None, plain_loop());
    for accounts in [1_000, 100_000].into_iter().chain(more) {
        println!("-- {accounts} accounts of each of two banks");
        let bench = Bench::new(accounts);
        bench.blocks(plain);
        bench.root(plain);
    }
    signatures(plain);
}

/// A state with many accounts.
struct Bench {
    world: World,
    banks: [Bank; 2],
    accounts: [Vec<AccountId>; 2],
}

impl Bench {
    fn new(count: usize) -> Self {
        let (mut world, [a, b, _]) = World::running();
        let banks = [a, b];
        let accounts = banks.map(|bank| {
            let address = |number: usize| {
                AccountId::new(*Domain::Content.hash_of(&(bank.lei, number as u64)).get())
            };
            (0..count).map(address).collect::<Vec<_>>()
        });
        let mut records: Vec<(Name, Record)> = Vec::with_capacity(2 * count + 1);
        for (bank, ids) in banks.iter().zip(&accounts) {
            records.extend(ids.iter().map(|id| (Name::Account(*id), account(&world, bank, *id))));
        }
        let name = Name::Currency(usd());
        let Some(Record::Currency(currency)) = world.record(&name) else { panic!("dollars") };
        let mut currency = currency.clone();
        currency.totals.available += MINOR * (2 * count) as u128;
        currency.totals.supply += MINOR * (2 * count) as u128;
        records.push((name, Record::Currency(currency)));
        world.plant(records);
        Self { world, banks, accounts }
    }

    /// A block of transfers from A to B between these accounts.
    fn transfers(&mut self, debit: impl Fn(usize) -> usize) -> Block {
        let [a, b] = self.banks;
        let commands: Vec<_> = (0..TRANSFERS)
            .map(|at| {
                let money = Money::new(usd(), 1);
                let from = self.accounts[0][debit(at) % self.accounts[0].len()];
                let payment = Payment { debit: from, ..self.world.payment(&a, &b, money) };
                let mut yes = self.world.acceptance(&b, &payment).value;
                yes.credit = self.accounts[1][at * 7 % self.accounts[1].len()];
                let transfer = Transfer {
                    payment,
                    gate: self.world.clearance(&a, &payment),
                    acceptance: ledger_core::signature::Signed::new(yes, &b.settlement().signer())
                        .unwrap(),
                };
                let body = self.world.body(a.lei, Command::Transfer(transfer));
                sign(body, &[&a.settlement()])
            })
            .collect();
        self.world.propose_block(self.world.next_time(), &commands)
    }

    fn bulk(&mut self) -> Block {
        let [a, b] = self.banks;
        let amounts = vec![1u128; TRANSFERS];
        let mut groups = self.world.groups(&a, usd(), &[(b, &amounts)]);
        for (at, leg) in groups[0].legs.iter_mut().enumerate() {
            leg.credit = self.accounts[1][at * 7 % self.accounts[1].len()];
        }
        let mut bulk = self.world.bulk(&a, BulkMode::Each, usd(), groups);
        bulk.debit = self.accounts[0][0];
        let payer: Lei = a.lei;
        let mut gate = bulk.gate.value;
        gate.payment = bulk.hash(&payer);
        bulk.gate = ledger_core::signature::Signed::new(gate, &a.gate().signer()).unwrap();
        let to = bulk.group_hash(&payer, &bulk.groups[0]);
        bulk.consents = vec![self.world.consent(&b, to)];
        let command = self.world.sign(&a.settlement(), Command::Bulk(bulk));
        self.world.propose_block(self.world.next_time(), &[command])
    }

    fn blocks(&self, plain: f64) {
        let mut bench =
            Self { world: self.world.clone(), banks: self.banks, accounts: self.accounts.clone() };
        let height = Height::new(u64::MAX);
        let window = Window { height, until: bench.world.now(), ids: LogHead::EMPTY };
        bench.world.plant(vec![(Name::Window(height), Record::Window(window))]);
        let first = bench.world.sets.last().expect("a set").clone();
        let state = bench.world.state.clone();
        let spread = bench.transfers(|at| at * 13);
        let hot = bench.transfers(|_| 0);
        let bulk = bench.bulk();
        for (what, block) in
            [("transfers, spread", spread), ("transfers, one debit", hot), ("one bulk", bulk)]
        {
            let valid = block.accept_finalized(state.header()).unwrap();
            let set = execute(&state, &valid);
            assert_eq!(set.receipts.len(), TRANSFERS, "{:?}", set.receipts[0].outcome);
            let settled = set.receipts.iter().filter(|receipt| receipt.credit.is_some()).count();
            assert_eq!(settled, TRANSFERS, "{:?}", set.receipts[0].outcome);
            report(
                &format!("execute {what}"),
                TRANSFERS,
                Some(plain),
                rounds(|| drop(black_box(execute(&state, &valid)))),
            );
            apply([&first, &set], &self.world.state, what, plain);
        }
    }

    /// Root of a block that touches many accounts and nothing else.
    fn root(&self, plain: f64) {
        let touched = self.accounts[0].len().min(10_000);
        let ids = self.accounts[0].iter().step_by(self.accounts[0].len() / touched);
        let records = self.world.state.placed(ids.map(|id| {
            let record = account(&self.world, &self.banks[0], *id);
            (Name::Account(*id).key(), Arc::new(record))
        }));
        let count = records.len();
        report(
            &format!("root of {count} accounts"),
            count,
            Some(plain),
            rounds(|| {
                drop(black_box(
                    self.world
                        .state
                        .plan_slots(records.clone(), &[], |slots| vec![Hash32::MAX; slots.len()]),
                ))
            }),
        );
    }
}

fn account(world: &World, bank: &Bank, id: AccountId) -> Record {
    let Some(Record::Account(found)) = world.record(&Name::Account(world.account(bank, usd())))
    else {
        panic!("an account")
    };
    let mut balances = found.balances;
    balances.available = MINOR;
    Record::Account(Account { id, balances, journal: LogHead::EMPTY, ..found.clone() })
}

/// Taking a write set into memory, after a first one. Neither that nor the copy of the state is counted: a
/// copy has no room to grow and is moved as a whole, as a state is once in each of its doublings.
fn apply([first, set]: [&WriteSet; 2], state: &State, what: &str, plain: f64) {
    let times = (0..=ROUNDS).map(|_| {
        let mut state = state.clone();
        state.apply(first);
        let start = Instant::now();
        state.apply(set);
        start.elapsed().as_secs_f64()
    });
    let times: Vec<f64> = times.skip(1).collect();
    report(&format!("apply {what}"), TRANSFERS, Some(plain), times);
}

/// Signatures of transfers, three each, one by one and in a batch; and reading the block's bytes.
fn signatures(plain: f64) {
    println!("-- one block of {TRANSFERS} transfers: bytes and signatures");
    let block = Bench::new(1_000).transfers(|at| at);
    let commands: Vec<SignedCommand> = decode(&block.payload, 1 << 22).unwrap();
    assert_eq!(encode_payload(&commands), block.payload);
    let claims: Vec<Claim> = commands.iter().flat_map(SignedCommand::claims).collect();
    let payload = &block.payload;
    let bytes = || drop(black_box(decode::<Vec<SignedCommand>>(payload, 1 << 22).unwrap()));
    report("decode", TRANSFERS, Some(plain), rounds(bytes));
    let batch = || assert!(all_hold(&claims, TestRng::default()));
    report("3 signatures, in a batch", TRANSFERS, Some(plain), rounds(batch));
    let single = || assert!(claims.iter().all(Claim::holds));
    report("3 signatures, one by one", TRANSFERS, Some(plain), rounds(single));
}

/// The least that any ledger does: two balances change and what happened is hashed.
fn plain_loop() -> Vec<f64> {
    let key = |at: usize| *Domain::Content.hash_of(&(at as u64)).get();
    let keys: Vec<[u8; 32]> = (0..100_000).map(key).collect();
    let mut balances: HashMap<[u8; 32], u128> = keys.iter().map(|key| (*key, MINOR)).collect();
    rounds(move || {
        for at in 0..TRANSFERS {
            *balances.get_mut(&keys[at * 13 % keys.len()]).unwrap() -= 1;
            *balances.get_mut(&keys[(at * 7 + 1) % keys.len()]).unwrap() += 1;
            black_box(Domain::Content.hash(&[at as u8; 256]));
        }
    })
}

/// Seconds of each counted round.
fn rounds(mut round: impl FnMut()) -> Vec<f64> {
    let times = (0..=ROUNDS).map(|_| {
        let start = Instant::now();
        round();
        start.elapsed().as_secs_f64()
    });
    times.skip(1).collect()
}

/// Prints microseconds per item: median, range, ratio to the plain loop; answers the median.
fn report(what: &str, items: usize, plain: Option<f64>, mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    let micros = |seconds: f64| seconds * 1e6 / items as f64;
    let median = micros(seconds[seconds.len() / 2]);
    let (least, most) = (micros(seconds[0]), micros(seconds[seconds.len() - 1]));
    let ratio = plain.map_or_else(String::new, |plain| format!("{:8.1} x", median / plain));
    println!("{what:42} {median:8.2} us  ({least:.2} to {most:.2}){ratio}");
    median
}
