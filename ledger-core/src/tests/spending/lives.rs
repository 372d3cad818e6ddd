//! Random lives of customers against a model of what they may pay (K3): lists of payments, no ring.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use proptest::{prelude::*, test_runner::TestRunner};

use super::{level, limits};
use crate::{
    bulk::BulkMode,
    command::{Command, SignedCommand},
    execute::execute,
    money::{Currency, Money},
    party::Level,
    receipt::{Effect, Kind, Outcome},
    refusal::Refusal,
    sliding::{MAX_WINDOW_MS, MIN_WINDOW_MS},
    spending::{PaymentLimits, PaymentTerms},
    state::State,
    testing::{Bank, World, jpy, usd},
    tests::model::{another_every_time, same_every_time},
};

/// Lives tried on every save.
const CASES: u32 = 60;
/// Lives tried in a long run.
const SOAK_CASES: u32 = 5_000;
/// Steps of one life.
const STEPS: usize = 25;
const MINUTE: u64 = 60 * 1_000;
const HOUR: u64 = 60 * MINUTE;

/// A payment: of which bank to the next, for which customer, in which currency, how much, entered
/// how.
#[derive(Clone, Copy, Debug)]
struct Pay {
    from: usize,
    customer: u8,
    yen: bool,
    minor: u128,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Hold,
    Transfer,
    Schedule,
    /// Together with as much of the same currency back, for the other bank's first customer.
    Set,
    /// Twice, each by itself.
    Each,
    /// Twice, or not at all.
    Whole,
}

#[derive(Clone, Debug)]
enum Step {
    Pay(Vec<Pay>),
    Wait(u64),
    Terms(bool, PaymentTerms),
    Level(usize, u8, Level),
}

fn terms() -> impl Strategy<Value = PaymentTerms> {
    let window = vec![MIN_WINDOW_MS, MIN_WINDOW_MS + 1, HOUR, 24 * HOUR, MAX_WINDOW_MS + 1];
    let one = || prop_oneof![2 => Just(None), 2 => (0..300u128).prop_map(Some)];
    let all = || prop_oneof![1 => Just(None), 4 => (0..900u128).prop_map(Some)];
    let of = move || (one(), all()).prop_map(|(one, all)| limits(one, all));
    (prop::sample::select(window), of(), of(), of()).prop_map(
        |(window_ms, basic, full, enhanced)| PaymentTerms { window_ms, basic, full, enhanced },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let ways = vec![Way::Hold, Way::Transfer, Way::Schedule, Way::Set, Way::Each, Way::Whole];
    let pay = (0..3usize, 1..3u8, any::<bool>(), 1..300u128, prop::sample::select(ways))
        .prop_map(|(from, customer, yen, minor, way)| Pay { from, customer, yen, minor, way });
    let waits = vec![2_500, 30 * 1_000, MINUTE, HOUR, 24 * HOUR, 26 * HOUR];
    let levels = vec![Level::Basic, Level::Full, Level::Enhanced];
    prop_oneof![
        8 => prop::collection::vec(pay, 1..4).prop_map(Step::Pay),
        3 => prop::sample::select(waits).prop_map(Step::Wait),
        3 => (any::<bool>(), terms()).prop_map(|(yen, terms)| Step::Terms(yen, terms)),
        2 => (0..3usize, 1..3u8, prop::sample::select(levels))
            .prop_map(|(bank, customer, level)| Step::Level(bank, customer, level)),
    ]
}

/// Bank, customer, whether yen.
type Purse = (usize, u8, bool);

/// Payments that count: when each counts as paid, how much; and the length of their buckets.
#[derive(Clone, Default)]
struct Paid {
    list: Vec<(u64, u128)>,
    bucket_ms: u64,
}

/// What customers may pay, told naively.
#[derive(Clone, Default)]
struct Model {
    terms: BTreeMap<bool, (PaymentTerms, u64)>,
    levels: BTreeMap<(usize, u8), Level>,
    paid: BTreeMap<Purse, Paid>,
}

fn bucket_ms(terms: &PaymentTerms) -> u64 {
    terms.window_ms.div_ceil(24)
}

/// Those that count at a time: their bucket is its own or one of the 24 before.
fn counting(list: &[(u64, u128)], now: u64, bucket_ms: u64) -> Vec<(u64, u128)> {
    let counts = |time: u64| now / bucket_ms - time / bucket_ms <= 24;
    list.iter().copied().filter(|(time, _)| counts(*time)).collect()
}

impl Model {
    /// What counts of a customer's payments, in buckets of the terms in force.
    fn counted(&self, purse: Purse, now: u64) -> Vec<(u64, u128)> {
        let (Some(paid), Some((terms, since))) = (self.paid.get(&purse), self.terms.get(&purse.2))
        else {
            return Vec::new();
        };
        let mut list = paid.list.clone();
        if paid.bucket_ms != bucket_ms(terms) {
            list = counting(&list, *since, paid.bucket_ms);
            list.iter_mut().for_each(|(time, _)| *time = *since);
        }
        counting(&list, now, bucket_ms(terms))
    }

    fn sum(&self, purse: Purse, now: u64) -> u128 {
        self.counted(purse, now).iter().map(|(_, minor)| minor).sum()
    }

    fn pay(&mut self, purse: Purse, minor: u128, now: u64) -> Result<(), Refusal> {
        let Some((terms, _)) = self.terms.get(&purse.2) else { return Ok(()) };
        let level = self.levels.get(&(purse.0, purse.1)).copied().unwrap_or(Level::Full);
        let PaymentLimits { per_payment, per_window } = match level {
            Level::Basic => terms.basic,
            Level::Enhanced => terms.enhanced,
            Level::Full | Level::None => terms.full,
        };
        if per_payment.is_some_and(|most| minor > most) {
            return Err(Refusal::PaymentLimit);
        }
        let Some(most) = per_window else { return Ok(()) };
        let mut list = self.counted(purse, now);
        if list.iter().map(|(_, minor)| minor).sum::<u128>() + minor > most {
            return Err(Refusal::WindowLimit);
        }
        list.push((now, minor));
        let bucket_ms = bucket_ms(terms);
        self.paid.insert(purse, Paid { list, bucket_ms });
        Ok(())
    }

    /// What comes of a payment: an outcome for each receipt.
    fn take(&mut self, pay: &Pay, now: u64) -> Vec<Result<Effect, Refusal>> {
        let before = self.clone();
        let purse = (pay.from, pay.customer, pay.yen);
        let first = self.pay(purse, pay.minor, now);
        let settled = |paid: Result<(), Refusal>| paid.map(|()| Effect::Settled);
        match pay.way {
            Way::Hold => vec![first.map(|()| Effect::Held)],
            Way::Schedule => vec![first.map(|()| Effect::Scheduled)],
            Way::Transfer => vec![settled(first)],
            Way::Each => vec![settled(first), settled(self.pay(purse, pay.minor, now))],
            Way::Whole | Way::Set => {
                let then = if pay.way == Way::Set {
                    let other = ((pay.from + 1) % 3, 1, pay.yen);
                    let back = self.pay(other, pay.minor, now);
                    // The sender hears of its own limit only.
                    back.map_err(|_| Refusal::CounterpartyNotEligible)
                } else {
                    self.pay(purse, pay.minor, now)
                };
                match [first.err(), then.err()].into_iter().flatten().min() {
                    None => vec![Ok(Effect::Settled); 2],
                    Some(refusal) => {
                        *self = before;
                        vec![Err(refusal)]
                    }
                }
            }
        }
    }

    fn set(&mut self, yen: bool, terms: PaymentTerms, now: u64) -> Result<Effect, Refusal> {
        if !(MIN_WINDOW_MS..=MAX_WINDOW_MS).contains(&terms.window_ms) {
            return Err(Refusal::OutOfRange);
        }
        let was = self.terms.get(&yen).filter(|(was, _)| bucket_ms(was) == bucket_ms(&terms));
        let since = was.map_or(now, |(_, since)| *since);
        self.terms.insert(yen, (terms, since));
        Ok(Effect::Executed)
    }
}

/// The ledger and the model, taking the same steps.
struct Pair<'a> {
    world: World,
    banks: [Bank; 3],
    model: Model,
    seen: &'a RefCell<BTreeSet<&'static str>>,
}

const fn code(yen: bool, yen_is: Currency, else_is: Currency) -> Currency {
    if yen { yen_is } else { else_is }
}

impl Pair<'_> {
    fn command(&mut self, pay: &Pay) -> SignedCommand {
        let (from, to) = (self.banks[pay.from], self.banks[(pay.from + 1) % 3]);
        let currency = code(pay.yen, jpy(), usd());
        let money = Money::new(currency, pay.minor);
        let (world, debtor) = (&mut self.world, from.party(pay.customer));
        let mut payment = world.payment(&from, &to, money);
        payment.debtor = debtor;
        match pay.way {
            Way::Hold => world.hold(&from, &payment),
            Way::Transfer => world.transfer(&from, &to, &payment),
            Way::Schedule => world.schedule(&from, &to, &payment, 45 * 1_000),
            Way::Set => {
                let mut there = world.set_leg(&from, &to, money);
                there.payment.debtor = debtor;
                let legs = [there, world.set_leg(&to, &from, money)];
                world.settle_set(&from, &legs)
            }
            Way::Each | Way::Whole => {
                let mode = if pay.way == Way::Each { BulkMode::Each } else { BulkMode::Whole };
                let mut groups = world.groups(&from, currency, &[(to, &[pay.minor, pay.minor])]);
                groups[0].legs.iter_mut().for_each(|leg| leg.debtor = debtor);
                let bulk = world.bulk(&from, mode, currency, groups);
                world.sign(&from.settlement(), Command::Bulk(bulk))
            }
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.world.next_time().get();
        match step {
            Step::Pay(pays) => {
                let commands: Vec<_> = pays.iter().map(|pay| self.command(pay)).collect();
                let expected: Vec<_> =
                    pays.iter().flat_map(|pay| self.model.take(pay, now)).collect();
                self.compare(&commands, &expected);
            }
            Step::Wait(ms) => {
                self.world.block_at(self.world.now().after(ms), &[]);
            }
            Step::Terms(yen, terms) => {
                let expected = self.model.set(yen, terms, now);
                let commands = self.world.set_payment_terms(code(yen, jpy(), usd()), terms);
                self.compare(&commands, &[Ok(Effect::Proposed), expected]);
            }
            Step::Level(bank, customer, to) => {
                self.model.levels.insert((bank, customer), to);
                let command = level(&mut self.world, &self.banks[bank], customer, to);
                self.compare(&[command], &[Ok(Effect::StandingSet)]);
            }
        }
    }

    /// Orders commands, and compares everything.
    fn compare(&mut self, commands: &[SignedCommand], expected: &[Result<Effect, Refusal>]) {
        let set = self.world.block(commands);
        let by_command = set.receipts.iter().filter(|receipt| receipt.kind != Kind::Release);
        let outcomes: Vec<_> = by_command
            .map(|receipt| match receipt.outcome {
                Outcome::Applied(effect) => Ok(effect),
                Outcome::Refused(refusal) => Err(refusal),
            })
            .collect();
        assert_eq!(outcomes, expected, "at {}", set.header.height);
        let told = |said: &Result<Effect, Refusal>| said.map_or_else(Refusal::code, Effect::name);
        self.seen.borrow_mut().extend(outcomes.iter().map(told));
        self.compare_sums();
    }

    fn compare_sums(&self) {
        let now = self.world.now().get();
        for (number, bank) in self.banks.iter().enumerate() {
            for customer in 1..=3 {
                for yen in [false, true] {
                    let sum = self.world.spent(bank.party(customer), code(yen, jpy(), usd()));
                    assert_eq!(sum, self.model.sum((number, customer, yen), now), "K3");
                }
            }
        }
    }

    /// The same blocks give the same bytes, from the beginning and from a store (I8, I11).
    fn replay(&self, from: usize) {
        let height = self.world.sets[from].header.height;
        let mut state = State::restore(self.world.kept(height)).unwrap();
        for (block, set) in self.world.blocks.iter().zip(&self.world.sets[1..]).skip(from) {
            let again = execute(&state, &block.accept_finalized(state.header()).unwrap());
            assert_eq!((again.results, &again.receipts), (set.results, &set.receipts));
            state.apply(&again);
        }
        assert_eq!(state.results(), self.world.state.results());
    }
}

fn lives(mut runner: TestRunner) {
    let (world, banks) = World::funded(1_000_000);
    let seen = RefCell::new(BTreeSet::new());
    let steps = prop::collection::vec(step(), 1..STEPS);
    runner
        .run(&(steps, any::<prop::sample::Index>()), |(steps, stop)| {
            let (world, seen) = (world.clone(), &seen);
            let founded = world.sets.len() - 1;
            let mut pair = Pair { world, banks, model: Model::default(), seen };
            for step in steps {
                pair.take(step);
                pair.compare_sums();
            }
            pair.replay(founded + stop.index(pair.world.sets.len() - founded));
            Ok(())
        })
        .unwrap();
    // The lives reach what they are about.
    for outcome in [
        "held",
        "scheduled",
        "settled",
        "payment_limit",
        "window_limit",
        "counterparty_not_eligible",
        "out_of_range",
    ] {
        assert!(seen.borrow().contains(outcome), "{outcome} never happened");
    }
}

#[test]
fn k3_i8_i11_random_lives_of_customers_agree_with_the_model() {
    lives(same_every_time(CASES));
}

#[test]
fn k3_i8_i11_random_lives_of_customers_agree_with_the_model_soak() {
    lives(another_every_time(SOAK_CASES));
}
