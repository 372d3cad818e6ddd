//! Random lives of four banks' queues against a model that knows nothing of records: signed sums,
//! lists in order, every rule as one sentence.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    command::{Command, SignedCommand, VoidReason},
    id::{LegId, Lei},
    money::{Currency, Money},
    party::StandingStatus,
    queue::NettingSet,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    testing::{Actor, Bank, World, jpy, recount, usd},
    tests::{
        model::{another_every_time, same_every_time},
        queues::limited,
    },
    time::Height,
};

const CASES: u32 = 150;
const SOAK_CASES: u32 = 5_000;
const BANKS: usize = 4;
const EACH: u128 = 20;
/// How long a queued payment of a [`World`] waits.
const HOUR_MS: u64 = 60 * 60 * 1_000;

#[derive(Clone, Debug)]
enum Step {
    Enqueue {
        from: usize,
        to: usize,
        yen: bool,
        minor: u128,
        priority: u32,
    },
    Requeue {
        nth: prop::sample::Index,
        priority: u32,
    },
    Withdraw {
        nth: prop::sample::Index,
        by_payee: bool,
    },
    Terms {
        bank: usize,
        yen: bool,
        bypass: bool,
        limit: Option<(usize, u128)>,
    },
    Standing {
        bank: usize,
        good: bool,
    },
    /// Any of what waits, as the bits say.
    Any {
        bits: u32,
        back: u64,
    },
    /// The largest set, or what is left of it without one leg.
    Largest {
        without: Option<prop::sample::Index>,
        back: u64,
    },
    /// A bank's own, as many as the number says.
    Own {
        bank: usize,
        yen: bool,
        count: usize,
    },
    Wait {
        ms: u64,
    },
    /// As much from each bank to the next, before all else.
    Ring {
        yen: bool,
        minor: u128,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let minor = prop_oneof![6 => 1..60u128, 1 => 15..25u128];
    let limit = prop::option::of((1..BANKS, 0..40u128));
    let back = || prop_oneof![4 => Just(1u64), 1 => 0..5u64];
    prop_oneof![
        12 => (0..BANKS, 1..BANKS, any::<bool>(), minor, 0..3u32).prop_map(
            |(from, step, yen, minor, priority)| {
                Step::Enqueue { from, to: (from + step) % BANKS, yen, minor, priority }
            }
        ),
        1 => (any::<prop::sample::Index>(), 0..4u32)
            .prop_map(|(nth, priority)| Step::Requeue { nth, priority }),
        1 => (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(nth, by_payee)| Step::Withdraw { nth, by_payee }),
        2 => (0..BANKS, any::<bool>(), prop::bool::weighted(0.3), limit).prop_map(
            |(bank, yen, bypass, limit)| {
                let limit = limit.map(|(step, most)| ((bank + step) % BANKS, most));
                Step::Terms { bank, yen, bypass, limit }
            }
        ),
        1 => (0..BANKS, prop::bool::weighted(0.7))
            .prop_map(|(bank, good)| Step::Standing { bank, good }),
        3 => (any::<u32>(), back()).prop_map(|(bits, back)| Step::Any { bits, back }),
        4 => (prop::option::weighted(0.4, any::<prop::sample::Index>()), back())
            .prop_map(|(without, back)| Step::Largest { without, back }),
        1 => (0..BANKS, any::<bool>(), 1..3usize)
            .prop_map(|(bank, yen, count)| Step::Own { bank, yen, count }),
        2 => (any::<bool>(), 25..60u128).prop_map(|(yen, minor)| Step::Ring { yen, minor }),
        1 => prop_oneof![4 => Just(60_000u64), 1 => Just(HOUR_MS)].prop_map(|ms| Step::Wait { ms }),
    ]
}

/// A payment that waits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Waits {
    leg: LegId,
    from: usize,
    to: usize,
    yen: bool,
    minor: i128,
    priority: u32,
    /// Counts every place given; the ledger counts by queue.
    turn: usize,
    since: u64,
    until: u64,
}

#[derive(Clone, Default)]
struct Model {
    has: BTreeMap<(usize, bool), i128>,
    waits: Vec<Waits>,
    turns: usize,
    bad: BTreeSet<usize>,
    bypass: BTreeSet<(usize, bool)>,
    limits: BTreeMap<(usize, bool, usize), i128>,
}

impl Model {
    /// What waits to be paid by a bank in a currency, first to last.
    fn queue(&self, from: usize, yen: bool) -> Vec<Waits> {
        let own = self.waits.iter().filter(|w| (w.from, w.yen) == (from, yen));
        let mut own: Vec<Waits> = own.copied().collect();
        own.sort_by_key(|w| (u32::MAX - w.priority, w.turn));
        own
    }

    fn limit(&self, w: &Waits) -> i128 {
        self.limits.get(&(w.from, w.yen, w.to)).copied().unwrap_or(i128::MAX)
    }

    fn eligible(&self, w: &Waits) -> bool {
        !self.bad.contains(&w.from) && !self.bad.contains(&w.to) && w.minor <= self.limit(w)
    }

    /// Whether a set covers every balance and keeps every limit.
    fn covered(&self, set: &[Waits]) -> bool {
        let mut ends = self.has.clone();
        let mut nets: BTreeMap<(usize, bool, usize), i128> = BTreeMap::new();
        for w in set {
            *ends.get_mut(&(w.from, w.yen)).unwrap() -= w.minor;
            *ends.get_mut(&(w.to, w.yen)).unwrap() += w.minor;
            *nets.entry((w.from, w.yen, w.to)).or_default() += w.minor;
            *nets.entry((w.to, w.yen, w.from)).or_default() -= w.minor;
        }
        let most = |key| self.limits.get(key).copied().unwrap_or(i128::MAX);
        ends.values().all(|end| *end >= 0) && nets.iter().all(|(key, net)| *net <= most(key))
    }

    fn lawful(&self, set: &[Waits], height: u64) -> bool {
        let in_order = |from: usize, yen: bool| {
            let known: Vec<Waits> =
                self.queue(from, yen).into_iter().filter(|w| w.since <= height).collect();
            known.iter().enumerate().all(|(at, w)| {
                let passed = known[..at].iter().any(|x| !set.contains(x) && self.eligible(x));
                !set.contains(w) || !passed || self.bypass.contains(&(from, yen))
            })
        };
        !set.is_empty()
            && set.iter().all(|w| self.eligible(w) && w.since <= height)
            && (0..BANKS).all(|from| in_order(from, false) && in_order(from, true))
            && self.covered(set)
    }

    /// The largest set that leaves no queue's order: while something is broken, the last of a
    /// queue that breaks it is dropped.
    fn largest(&self) -> Vec<Waits> {
        let mut set: Vec<Waits> = (0..BANKS)
            .flat_map(|from| [false, true].map(|yen| self.queue(from, yen)))
            .flatten()
            .filter(|w| self.eligible(w))
            .collect();
        while !self.covered(&set) {
            let broken = |w: &Waits| {
                let own = |x: &&Waits| (x.from, x.yen) == (w.from, w.yen);
                let toward = |x: &&Waits| (x.to, x.yen) == (w.from, w.yen);
                let sum = |all: Vec<&Waits>| -> i128 { all.iter().map(|x| x.minor).sum() };
                let paid = sum(set.iter().filter(own).collect());
                let got = sum(set.iter().filter(toward).collect());
                let there = sum(set.iter().filter(own).filter(|x| x.to == w.to).collect());
                let back = sum(set.iter().filter(toward).filter(|x| x.from == w.to).collect());
                paid > got + self.has[&(w.from, w.yen)] || there - back > self.limit(w)
            };
            let at = set.iter().rposition(broken).unwrap();
            let queue = (set[at].from, set[at].yen);
            let last = set.iter().rposition(|w| (w.from, w.yen) == queue).unwrap();
            set.remove(last);
        }
        set
    }

    fn settle(&mut self, set: &[Waits]) {
        for w in set {
            *self.has.get_mut(&(w.from, w.yen)).unwrap() -= w.minor;
            *self.has.get_mut(&(w.to, w.yen)).unwrap() += w.minor;
        }
        self.waits.retain(|w| !set.contains(w));
    }
}

struct Pair {
    world: World,
    banks: [Bank; BANKS],
    model: Model,
    /// Sizes of the sets that settled.
    settled: Vec<usize>,
    refused: usize,
}

fn currency(yen: bool) -> Currency {
    if yen { jpy() } else { usd() }
}

fn founded() -> (World, [Bank; BANKS]) {
    let (mut world, [a, b, c]) = World::funded(EACH);
    let d = Bank::new("BANKD");
    world.admit(&d);
    for yen in [false, true] {
        world.fund(&d, Money::new(currency(yen), EACH));
    }
    world.appoint_solver();
    (world, [a, b, c, d])
}

impl Pair {
    fn new((world, banks): (World, [Bank; BANKS])) -> Self {
        let mut model = Model::default();
        for bank in 0..BANKS {
            for yen in [false, true] {
                model.has.insert((bank, yen), i128::try_from(EACH).unwrap());
            }
        }
        Self { world, banks, model, settled: Vec::new(), refused: 0 }
    }

    /// Orders a command, and says whether it was applied.
    fn order(&mut self, command: &SignedCommand) -> Option<Effect> {
        let now = self.world.next_time().get();
        self.model.waits.retain(|w| w.until > now);
        let receipts = self.world.block(std::slice::from_ref(command)).receipts;
        let own = receipts.iter().find(|receipt| receipt.command == command.body.id());
        match own.unwrap().outcome {
            Outcome::Applied(effect) => Some(effect),
            Outcome::Refused(_) => None,
        }
    }

    /// The height of the next block.
    fn next(&self) -> u64 {
        self.world.state.header().height.get() + 1
    }

    fn enqueue(&mut self, from: usize, to: usize, yen: bool, minor: u128, priority: u32) {
        let payment = self.world.payment(
            &self.banks[from],
            &self.banks[to],
            Money::new(currency(yen), minor),
        );
        let command = self.world.enqueue(&payment, priority);
        let (since, until) = (self.next(), self.world.now().get() + HOUR_MS);
        let effect = self.order(&command);
        let minor = i128::try_from(minor).unwrap();
        let (leg, turn) = (payment.leg.id(), self.model.turns);
        let w = Waits { leg, from, to, yen, minor, priority, turn, since, until };
        self.model.turns += 1;
        if self.model.bad.contains(&from) || self.model.bad.contains(&to) {
            assert_eq!(effect, None);
            return;
        }
        let waiting = self.model.queue(from, yen).iter().any(|other| other.priority >= priority);
        let free = !waiting || self.model.bypass.contains(&(from, yen));
        let at_once =
            free && minor <= self.model.has[&(from, yen)] && minor <= self.model.limit(&w);
        assert_eq!(effect, Some(if at_once { Effect::Settled } else { Effect::Queued }));
        self.model.waits.push(w);
        if at_once {
            self.model.settle(&[w]);
        }
    }

    fn set(&mut self, by: &Actor, set: &[Waits], back: u64) {
        let height = self.next().saturating_sub(back);
        let legs: Vec<_> = set.iter().map(|w| w.leg).collect();
        let asked = NettingSet { height: Height::new(height), legs };
        let command = self.world.sign(by, Command::SettleQueued(asked));
        let now = self.world.next_time().get();
        let there = set.iter().all(|w| w.until > now);
        self.model.waits.retain(|w| w.until > now);
        let expected = back > 0 && there && self.model.lawful(set, height);
        let applied = self.order(&command);
        assert_eq!(applied.is_some(), expected, "{set:?}");
        if expected {
            self.settled.push(set.len());
            self.model.settle(set);
        } else {
            self.refused += 1;
        }
    }

    fn terms(&mut self, bank: usize, yen: bool, bypass: bool, limit: Option<(usize, u128)>) {
        let towards: Vec<(Lei, u128)> =
            limit.iter().map(|(to, most)| (self.banks[*to].lei, *most)).collect();
        let by = self.banks[bank];
        let command = self.world.set_queue_terms(&by, currency(yen), limited(bypass, &towards));
        assert_eq!(self.order(&command), Some(Effect::QueueTermsSet));
        self.model.bypass.remove(&(bank, yen));
        if bypass {
            self.model.bypass.insert((bank, yen));
        }
        self.model.limits.retain(|(of, code, _), _| (*of, *code) != (bank, yen));
        if let Some((to, most)) = limit {
            self.model.limits.insert((bank, yen, to), i128::try_from(most).unwrap());
        }
    }

    fn standing(&mut self, bank: usize, good: bool) {
        let of = self.banks[bank];
        let mut standing = self.world.good_standing(of.party(1));
        if !good {
            standing.status = StandingStatus::Revoked;
        }
        let command = self.world.sign(&of.compliance(), Command::SetStanding(standing));
        assert_eq!(self.order(&command), Some(Effect::StandingSet));
        self.model.bad.remove(&bank);
        if !good {
            self.model.bad.insert(bank);
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.world.next_time().get();
        self.model.waits.retain(|w| w.until > now);
        let waits = self.model.waits.clone();
        match step {
            Step::Enqueue { from, to, yen, minor, priority } => {
                self.enqueue(from, to, yen, minor, priority);
            }
            Step::Requeue { nth, priority } if !waits.is_empty() => {
                let w = *nth.get(&waits);
                let by = self.banks[w.from];
                let command = self.world.requeue(&by, w.leg, priority);
                let since = self.next();
                assert_eq!(self.order(&command), Some(Effect::Requeued));
                let turn = self.model.turns;
                self.model.turns += 1;
                let found = self.model.waits.iter_mut().find(|other| other.leg == w.leg).unwrap();
                *found = Waits { priority, turn, since, ..w };
            }
            Step::Withdraw { nth, by_payee } if !waits.is_empty() => {
                let w = *nth.get(&waits);
                let (by, reason) = if by_payee {
                    (self.banks[w.to], VoidReason::Rejected)
                } else {
                    (self.banks[w.from], VoidReason::Withdrawn)
                };
                let void = crate::command::Void { leg: w.leg, reason };
                let command = self.world.sign(&by.settlement(), Command::Void(void));
                assert_eq!(self.order(&command), Some(Effect::Voided(reason)));
                self.model.waits.retain(|other| other.leg != w.leg);
            }
            Step::Requeue { .. } | Step::Withdraw { .. } => {}
            Step::Terms { bank, yen, bypass, limit } => self.terms(bank, yen, bypass, limit),
            Step::Standing { bank, good } => self.standing(bank, good),
            Step::Any { bits, back } => {
                let drawn = |at: &usize| bits & (1 << (at % 32)) != 0;
                let set: Vec<_> = (0..waits.len()).filter(drawn).map(|at| waits[at]).collect();
                self.set(&Actor::solver(), &set, back);
            }
            Step::Largest { without, back } => {
                let mut set = self.model.largest();
                if let Some(without) = without.filter(|_| set.len() > 1) {
                    set.remove(without.index(set.len()));
                }
                self.set(&Actor::solver(), &set, back);
            }
            Step::Own { bank, yen, count } => {
                let set: Vec<_> = self.model.queue(bank, yen).into_iter().take(count).collect();
                self.set(&self.banks[bank].settlement(), &set, 1);
            }
            Step::Ring { yen, minor } => {
                for from in 0..BANKS {
                    self.enqueue(from, (from + 1) % BANKS, yen, minor, 9);
                }
            }
            Step::Wait { ms } => {
                let late = self.world.now().after(ms);
                self.world.block_at(late, &[]);
                self.model.waits.retain(|w| w.until > late.get());
            }
        }
        self.compare();
    }

    /// Every balance and every queue are the model's, and no money was made (I7).
    fn compare(&self) {
        for (number, bank) in self.banks.iter().enumerate() {
            for yen in [false, true] {
                let has = i128::try_from(self.world.available(bank, currency(yen))).unwrap();
                assert_eq!(has, self.model.has[&(number, yen)], "{number} {yen}");
                let expected = self.model.queue(number, yen).into_iter();
                let expected: Vec<_> = expected.map(|w| (w.leg, w.priority, w.since)).collect();
                let name = Name::Queue(self.world.account(bank, currency(yen)));
                let places = match self.world.record(&name) {
                    Some(Record::Queue(queue)) => queue.places.clone(),
                    _ => Vec::new(),
                };
                let found = places.iter().map(|p| (p.leg, p.priority, p.since.get()));
                assert_eq!(found.collect::<Vec<_>>(), expected);
            }
        }
        for sums in recount(&self.world.state).values() {
            assert_eq!((sums.supply, sums.held), (EACH * BANKS as u128, 0), "I7");
        }
    }
}

fn lives(mut runner: TestRunner) {
    let founded = founded();
    let (settled, refused) = (std::cell::RefCell::new(Vec::new()), std::cell::Cell::new(0));
    runner
        .run(&prop::collection::vec(step(), 1..40), |steps| {
            let mut pair = Pair::new(founded.clone());
            steps.into_iter().for_each(|step| pair.take(step));
            settled.borrow_mut().extend(pair.settled);
            refused.set(refused.get() + pair.refused);
            Ok(())
        })
        .unwrap();
    // Sets settle and are refused, also such that nobody could have paid alone.
    let several = settled.borrow().iter().filter(|legs| **legs > 2).count();
    assert!(several > 20 && refused.get() > 100, "{several} {}", refused.get());
}

#[test]
fn q1_q2_q3_q4_i1_i7_random_queues_agree_with_the_model() {
    lives(same_every_time(CASES));
}

#[test]
fn q1_q2_q3_q4_i1_i7_random_queues_agree_with_the_model_soak() {
    lives(another_every_time(SOAK_CASES));
}
