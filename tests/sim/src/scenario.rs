//! One run: founding, bad weather, healing, the last account.
//!
//! # Place      `florin sim`, tests -> [scenario] -> plan, cluster, clients, chronicle
//! # Invariants after healing everything ends within [`LIVES_WITHIN`] of virtual time
//! # Absent     what the parts do

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use consensus::simulation::{Checker, Cut, Dice, Link, Power, World, simulate};
use ledger_core::{
    id::CommandId,
    testing::{jpy, usd},
};

use crate::{
    bugs,
    chronicle::Chronicle,
    client::Client,
    cluster::{Cluster, ledger_time},
    founding::{FUNDS, Founding},
    office::{Duty, Office},
    outcome::{Options, Outcome, Summary},
    plan::{Plan, Weather},
};

/// Virtual time within which a healed network must have ended everything.
const LIVES_WITHIN: Duration = Duration::from_secs(60);
/// Blocks that a healed network must make meanwhile.
const BLOCKS_AFTER: u64 = 8;
/// Virtual time that the founding may take: a leader whose clock is ahead costs seconds at each turn.
const FOUNDED_WITHIN: Duration = Duration::from_secs(50);
/// Most that ledger time may run ahead: one wrong clock beyond a quorum of sound ones adds nothing.
const AHEAD_MS: u64 = 1_000;
/// More than any run lasts.
const LONGEST: Duration = Duration::from_secs(600);

/// Runs a seed.
///
/// A panic anywhere is a fault of the run, not of the caller.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Outcome {
    bugs::plant(options.planted);
    let result = catch_unwind(AssertUnwindSafe(|| attempt(seed, options)));
    bugs::plant(None);
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let fault = format!("panic: {}", text.unwrap_or_default());
        Outcome { seed, summary: Summary::default(), faults: vec![fault], events: String::new() }
    })
}

/// Blocks in an epoch: a quarter of all seeds pass through many within a run.
const fn epoch_length(seed: u64) -> u64 {
    match seed % 8 {
        1 | 7 => 8 + seed % 17,
        _ => 4_096,
    }
}

fn attempt(seed: u64, options: &Options) -> Outcome {
    let mut dice = Dice::new(seed);
    let plan = Plan::new(&mut dice, options.validators);
    let founding = Founding::new(plan.validators, epoch_length(seed));
    let start = UNIX_EPOCH + Duration::from_millis(founding.begins().get());
    let chronicle = Chronicle::new(Checker::new(&founding.genesis));
    let inside = chronicle.clone();
    let (summary, events) = simulate(seed, start, LONGEST, |world| async move {
        let cluster = Cluster::new(world.clone(), &plan, founding, &inside, &mut dice);
        if planted!(ForgetVotes) {
            cluster.forget_syncs_of("-simplex");
        }
        let mut clients: Vec<_> = (0..6).map(|n| Client::new(n % 3, dice.fork())).collect();
        for duty in [Duty::Treasury, Duty::Compliance] {
            let office = cluster.found(|founding| Office::new(duty, founding));
            clients.push(Client::of(office, dice.fork()));
        }
        let run =
            Run { world, cluster, chronicle: inside, clients, dice, summary: Summary::default() };
        run.whole(&plan, start).await
    });
    Outcome { seed, summary, faults: chronicle.faults(), events }
}

struct Run {
    world: World,
    cluster: Cluster,
    chronicle: Chronicle,
    clients: Vec<Client>,
    dice: Dice,
    summary: Summary,
}

impl Run {
    async fn whole(mut self, plan: &Plan, start: SystemTime) -> Summary {
        self.summary.validators = plan.validators;
        for (index, trouble) in plan.troubles.iter().enumerate() {
            self.summary.faulty.extend(trouble.map(|trouble| format!("{index}: {trouble:?}")));
        }
        self.cluster.start_all();
        if self.found().await {
            for weather in &plan.weather {
                self.summary.episodes.push(format!("{weather:?}"));
                self.suffer(*weather).await;
                self.cluster.fair_weather();
                self.cluster.start_all();
                if !self.chronicle.faults().is_empty() {
                    break;
                }
            }
            if self.chronicle.faults().is_empty() {
                self.heal().await;
            }
        }
        self.account(start)
    }

    /// Orders and executes everything that makes the network.
    async fn found(&mut self) -> bool {
        let deadline = self.world.now() + FOUNDED_WITHIN;
        let batches = self.cluster.found(|founding| founding.batches.clone());
        let sound = self.cluster.sound();
        for batch in batches {
            let ids: Vec<CommandId> = batch.iter().map(|command| command.body.id()).collect();
            for command in &batch {
                let _ = self.cluster.submit(sound[0], command);
            }
            while !ids.iter().all(|id| self.chronicle.executed_at(id).is_some()) {
                self.sleep(20).await;
                self.cluster.watch();
                self.check_time();
                if self.world.now() > deadline || !self.chronicle.faults().is_empty() {
                    let state = self.cluster.describe();
                    self.chronicle.fault(format!("the founding did not end: {state}"));
                    return false;
                }
            }
        }
        let target = self.chronicle.height();
        while sound.iter().all(|index| self.cluster.books(*index).height() < target) {
            self.sleep(20).await;
        }
        let ahead = sound.iter().max_by_key(|index| self.cluster.books(**index).height());
        let state = self.cluster.books(*ahead.expect("an honest validator")).state();
        for totals in ledger_core::testing::recount(&state) {
            if ![usd(), jpy()].contains(&totals.0) || totals.1.supply != 3 * FUNDS {
                self.chronicle.fault(format!("the founding made {totals:?}"));
            }
        }
        self.chronicle.count_from(&state);
        true
    }

    async fn sleep(&self, milliseconds: u64) {
        self.world.sleep(Duration::from_millis(milliseconds)).await;
    }

    /// Lets clients pay for so long.
    async fn live(&mut self, milliseconds: u64, pay: bool) {
        let until = self.world.now() + Duration::from_millis(milliseconds);
        while self.world.now() < until {
            let step = self.dice.between(5, 60);
            self.sleep(step.min(milliseconds)).await;
            let place = self.dice.place(self.clients.len());
            self.clients[place].step(&self.cluster, &self.chronicle, pay);
            self.cluster.watch();
            self.check_time();
        }
    }

    /// Ledger time runs ahead of the true time by no more than the sound clocks do.
    fn check_time(&self) {
        let (now, ledger) = (ledger_time(self.world.now()).get(), self.chronicle.time());
        if ledger > now + AHEAD_MS {
            self.chronicle.fault(format!("ledger time {ledger} at the true time {now}"));
        }
    }

    async fn suffer(&mut self, weather: Weather) {
        let lasts = self.dice.between(1_500, 5_000);
        let plain = Link::default();
        let len = self.cluster.len();
        match weather {
            Weather::Slow(latency) => {
                let link = Link { latency, jitter: latency * 2, ..plain };
                self.cluster.links(link, Cut::Hold, |_, _| true);
                self.live(lasts, true).await;
            }
            Weather::Lossy => {
                let (late, lost) = (self.dice.between(10, 300), self.dice.between(1, 60));
                let jitter = self.dice.millis(5, 80);
                let link = Link { late, lost, jitter, ..plain };
                self.cluster.links(link, Cut::Hold, |_, _| true);
                self.live(lasts, true).await;
            }
            Weather::Partition(ends) => {
                let mut all: Vec<usize> = (0..len).collect();
                self.dice.shuffle(&mut all);
                let some = all[..1 + self.dice.place(len - 1)].to_vec();
                let cut = if ends { Cut::Lose } else { Cut::Hold };
                let same = |a, b| some.contains(&a) == some.contains(&b);
                self.cluster.links(plain, cut, same);
                self.live(lasts, true).await;
            }
            Weather::OneWay => {
                let (deaf, who) = (self.dice.chance(500), self.dice.place(len));
                let open = |from, to| from == to || if deaf { to != who } else { from != who };
                self.cluster.links(plain, Cut::Hold, open);
                self.live(lasts, true).await;
            }
            Weather::Crashes(power) => self.crashes(power).await,
            Weather::Storm(power) => self.storm(power).await,
            Weather::Stalls => {
                self.cluster.stall(Duration::from_millis(2_200));
                self.live(lasts * 2, true).await;
            }
        }
    }

    /// Some validators end, and start again, one after the other.
    async fn crashes(&mut self, power: Power) {
        for _ in 0..self.dice.between(2, 4) {
            let mut who: Vec<usize> = (0..self.cluster.len()).collect();
            self.dice.shuffle(&mut who);
            who.truncate(1 + self.dice.place(who.len() / 2));
            self.cluster.kill(&who, power, &mut self.dice).await;
            let down = self.dice.between(50, 1_500);
            self.live(down, true).await;
            self.cluster.start_all();
            let up = self.dice.between(100, 1_500);
            self.live(up, true).await;
        }
    }

    /// All end in the same moment, under load, with bytes under way; again and again.
    async fn storm(&mut self, power: Power) {
        let latency = self.dice.millis(1, 40);
        let link = Link { latency, jitter: self.dice.millis(1, 80), ..Link::default() };
        self.cluster.links(link, Cut::Hold, |_, _| true);
        if self.dice.chance(500) {
            // Some know more than others when they end.
            let slowest = self.dice.millis(20, 400);
            self.cluster.stall(slowest);
        }
        let all: Vec<usize> = (0..self.cluster.len()).collect();
        for _ in 0..self.dice.between(2, 5) {
            let up = self.dice.between(800, 4_000);
            self.live(up, true).await;
            self.cluster.kill(&all, power, &mut self.dice).await;
            let down = self.dice.between(1, 300);
            self.live(down, false).await;
            let mut order = all.clone();
            self.dice.shuffle(&mut order);
            for index in order {
                self.cluster.start(index);
                let late = self.dice.below(60);
                self.sleep(late).await;
            }
        }
    }

    /// Everything is well from here on: everything must end, soon.
    async fn heal(&mut self) {
        let begin = self.world.now();
        let target = self.chronicle.height() + BLOCKS_AFTER;
        self.live(1_000, true).await;
        loop {
            self.live(200, false).await;
            let open: usize = self.clients.iter().map(Client::under_way).sum();
            let ended = open == 0 && self.cluster.lowest() >= target;
            let spent = self.world.now().duration_since(begin).unwrap_or_default();
            if ended || !self.chronicle.faults().is_empty() {
                self.summary.healed_ms = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX);
                return;
            }
            if spent > LIVES_WITHIN {
                let state = self.cluster.describe();
                let open: Vec<_> = self.clients.iter().map(Client::describe).collect();
                let lacks = if self.cluster.lowest() < target { "blocks" } else { "receipts" };
                self.chronicle.fault(format!(
                    "liveness: no {lacks} {} s after healing; {state}; open {open:?}",
                    LIVES_WITHIN.as_secs()
                ));
                return;
            }
        }
    }

    /// Checks what is left to check, and says what was.
    fn account(mut self, start: SystemTime) -> Summary {
        self.cluster.watch();
        self.cluster.check_diverged();
        for client in &self.clients {
            for receipt in &client.done.shown {
                if !self.chronicle.holds(receipt) {
                    self.chronicle.fault(format!("I9: {:?} is lost", receipt.command));
                }
            }
            for id in &client.done.expired {
                if self.chronicle.executed_at(id).is_some() {
                    self.chronicle.fault(format!("{id:?} was executed after its time"));
                }
            }
            self.summary.commands += client.done.sent;
            self.summary.expired += client.done.expired.len();
        }
        let lasted = ledger_time(self.world.now()).get() - ledger_time(start).get();
        self.summary.virtual_ms = lasted;
        self.summary.height = self.chronicle.height();
        self.summary.settled = self.chronicle.settled();
        self.summary.kills = self.cluster.kills();
        self.summary.torn = self.cluster.torn();
        self.summary.lost = self.world.wires.lost();
        self.summary.state_root = self.chronicle.state_root().to_hex();
        self.summary
    }
}
