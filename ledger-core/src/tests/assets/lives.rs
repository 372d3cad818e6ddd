//! Random lives of units and money against a model that shares nothing with the rules (A1 to A7).

use std::{cell::RefCell, collections::BTreeMap, collections::BTreeSet};

use proptest::{prelude::*, test_runner::TestRunner};

use super::assert_journals;
use crate::{
    account::Balances,
    asset::{AssetCode, AssetStatus},
    command::SignedCommand,
    execute::execute,
    freeze::FreezeTarget,
    id::CommandId,
    money::Money,
    receipt::{Effect, Outcome},
    refusal::Refusal,
    state::State,
    testing::{
        Bank, World,
        assets::{bond, registrar_lei, share, units},
        usd,
    },
    tests::model::{another_every_time, same_every_time},
};

/// Lives tried on every save.
const CASES: u32 = 60;
/// In a long run.
const SOAK_CASES: u32 = 2_000;
/// Steps of one life, at most.
const STEPS: usize = 24;

/// One thing given by a bank to the one so many places further.
#[derive(Clone, Copy, Debug)]
struct Give {
    from: usize,
    step: usize,
    count: u128,
    /// Nothing for dollars.
    asset: Option<AssetCode>,
}

#[derive(Clone, Debug)]
enum Step {
    Issue(usize, AssetCode, u128),
    Deliver(Give),
    Exchange(Vec<Give>),
    Surrender(usize, AssetCode, u128),
    Reclaim(usize, prop::sample::Index),
    Cancel(AssetCode, prop::sample::Index),
    Status(AssetCode, AssetStatus),
    FreezeAccount(usize),
    FreezeParty(usize),
}

fn asset() -> impl Strategy<Value = AssetCode> + Clone {
    prop::sample::select(vec![bond(), share()])
}

fn count() -> impl Strategy<Value = u128> {
    prop_oneof![12 => 1..150u128, 1 => Just(0u128), 1 => Just(u128::MAX)]
}

fn give(asset: impl Strategy<Value = Option<AssetCode>>) -> impl Strategy<Value = Give> {
    (0..3usize, 1..3usize, count(), asset).prop_map(|(from, step, count, asset)| Give {
        from,
        step,
        count,
        asset,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let any_thing = prop_oneof![1 => Just(None), 2 => asset().prop_map(Some)];
    let statuses = vec![
        AssetStatus::Active,
        AssetStatus::Active,
        AssetStatus::Active,
        AssetStatus::Suspended,
        AssetStatus::Suspended,
        AssetStatus::Matured,
    ];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..3usize, asset(), count()).prop_map(|(to, asset, n)| Step::Issue(to, asset, n)),
        8 => give(asset().prop_map(Some)).prop_map(Step::Deliver),
        8 => prop::collection::vec(give(any_thing), 2..5).prop_map(Step::Exchange),
        4 => (0..3usize, asset(), count()).prop_map(|(of, asset, n)| Step::Surrender(of, asset, n)),
        2 => (0..3usize, index()).prop_map(|(by, at)| Step::Reclaim(by, at)),
        3 => (asset(), index()).prop_map(|(asset, at)| Step::Cancel(asset, at)),
        2 => (asset(), prop::sample::select(statuses)).prop_map(|(asset, to)| Step::Status(asset, to)),
        2 => (0..3usize).prop_map(Step::FreezeAccount),
        1 => (0..3usize).prop_map(Step::FreezeParty),
    ]
}

/// A surrender as the model knows it.
#[derive(Clone, Copy, Debug)]
struct GivenUp {
    id: CommandId,
    by: usize,
    asset: AssetCode,
    count: u128,
    open: bool,
}

/// Who has what, told naively: each bank has one account, in dollars, and one customer.
#[derive(Clone)]
struct Model {
    banks: [Bank; 3],
    dollars: [u128; 3],
    units: BTreeMap<(usize, AssetCode), (u128, u128)>,
    status: BTreeMap<AssetCode, AssetStatus>,
    frozen: [bool; 3],
    stopped: [bool; 3],
    given_up: Vec<GivenUp>,
}

type Said = Result<Effect, Refusal>;

impl Model {
    fn free(&self, bank: usize, asset: AssetCode) -> u128 {
        self.units.get(&(bank, asset)).map_or(0, |(free, _)| *free)
    }

    fn issued(&self, asset: AssetCode) -> Option<u128> {
        let of = self.units.iter().filter(|((_, found), _)| *found == asset);
        of.map(|(_, (free, given))| free + given).try_fold(0, u128::checked_add)
    }

    fn issue(&mut self, to: usize, asset: AssetCode, count: u128) -> Said {
        if count == 0 {
            return Err(Refusal::AmountZero);
        }
        if self.frozen[to] {
            return Err(Refusal::CounterpartyNotEligible);
        }
        if self.issued(asset).unwrap().checked_add(count).is_none() {
            return Err(Refusal::AmountOverflow);
        }
        match self.status[&asset] {
            AssetStatus::Suspended => return Err(Refusal::AssetSuspended),
            AssetStatus::Matured => return Err(Refusal::AssetMatured),
            AssetStatus::Active => {}
        }
        self.units.entry((to, asset)).or_default().0 += count;
        Ok(Effect::UnitsIssued(units(asset, count)))
    }

    /// Why `reader` cannot have these two take part.
    fn side(&self, from: usize, to: usize, reader: usize) -> Option<Refusal> {
        let stopped = |bank: usize| self.frozen[bank] || self.stopped[bank];
        if [from, to].iter().any(|bank| *bank == reader && stopped(*bank)) {
            return Some(Refusal::AccountFrozen);
        }
        (stopped(from) || stopped(to)).then_some(Refusal::CounterpartyNotEligible)
    }

    fn moves(&self, to: usize, asset: AssetCode) -> Option<Refusal> {
        match self.status[&asset] {
            AssetStatus::Active => None,
            AssetStatus::Suspended => Some(Refusal::AssetSuspended),
            AssetStatus::Matured => {
                (self.banks[to].lei != registrar_lei(asset)).then_some(Refusal::AssetMatured)
            }
        }
    }

    fn deliver(&mut self, give: &Give) -> Said {
        let (from, to, asset) = (give.from, (give.from + give.step) % 3, give.asset.unwrap());
        if give.count == 0 {
            return Err(Refusal::AmountZero);
        }
        if let Some(refusal) = self.side(from, to, from) {
            return Err(refusal);
        }
        if self.free(from, asset) < give.count {
            return Err(Refusal::InsufficientFunds);
        }
        if let Some(refusal) = self.moves(to, asset) {
            return Err(refusal);
        }
        self.units.entry((from, asset)).or_default().0 -= give.count;
        self.units.entry((to, asset)).or_default().0 += give.count;
        Ok(Effect::UnitsDelivered(units(asset, give.count)))
    }

    /// What comes of gives of small numbers, sent by the first giver.
    fn exchange(&mut self, gives: &[Give]) -> Vec<Said> {
        let sender = gives[0].from;
        let refused = |refusal| vec![Err(refusal)];
        if gives.iter().any(|give| give.count == 0) {
            return refused(Refusal::AmountZero);
        }
        let to = |give: &Give| (give.from + give.step) % 3;
        let sides: Vec<_> =
            gives.iter().filter_map(|give| self.side(give.from, to(give), sender)).collect();
        if let Some(refusal) = sides.into_iter().min() {
            return refused(refusal);
        }
        let mut after = self.clone();
        for give in gives {
            match give.asset {
                None => after.dollars[to(give)] += give.count,
                Some(asset) => after.units.entry((to(give), asset)).or_default().0 += give.count,
            }
        }
        let mut faults = BTreeSet::new();
        let short = |giver| {
            if giver == sender {
                Refusal::InsufficientFunds
            } else {
                Refusal::CounterpartyNotEligible
            }
        };
        let taken = |has: &mut u128, give: &Give, faults: &mut BTreeSet<Refusal>| match has
            .checked_sub(give.count)
        {
            Some(rest) => *has = rest,
            None => drop(faults.insert(short(give.from))),
        };
        for give in gives {
            match give.asset {
                None => taken(&mut after.dollars[give.from], give, &mut faults),
                Some(asset) => {
                    let has = &mut after.units.entry((give.from, asset)).or_default().0;
                    taken(has, give, &mut faults);
                    faults.extend(self.moves(to(give), asset));
                }
            }
        }
        if let Some(first) = faults.first() {
            return refused(*first);
        }
        *self = after;
        let in_order = |money: bool| gives.iter().filter(move |give| give.asset.is_none() == money);
        let said = |give: &Give| match give.asset {
            None => Ok(Effect::Settled),
            Some(asset) => Ok(Effect::UnitsDelivered(units(asset, give.count))),
        };
        in_order(true).chain(in_order(false)).map(said).collect()
    }

    fn surrender(&mut self, id: CommandId, by: usize, asset: AssetCode, count: u128) -> Said {
        if count == 0 {
            return Err(Refusal::AmountZero);
        }
        if self.frozen[by] {
            return Err(Refusal::AccountFrozen);
        }
        if self.free(by, asset) < count {
            return Err(Refusal::InsufficientFunds);
        }
        if self.status[&asset] == AssetStatus::Suspended {
            return Err(Refusal::AssetSuspended);
        }
        let (free, given) = self.units.entry((by, asset)).or_default();
        (*free, *given) = (*free - count, *given + count);
        self.given_up.push(GivenUp { id, by, asset, count, open: true });
        Ok(Effect::UnitsSurrendered(units(asset, count)))
    }

    fn reclaim(&mut self, by: usize, at: usize) -> Said {
        let found = self.given_up[at];
        if found.by != by {
            return Err(Refusal::SurrenderUnknown);
        }
        if !found.open {
            return Err(Refusal::SurrenderEnded);
        }
        self.given_up[at].open = false;
        let (free, given) = self.units.get_mut(&(by, found.asset)).unwrap();
        (*free, *given) = (*free + found.count, *given - found.count);
        Ok(Effect::UnitsReclaimed(units(found.asset, found.count)))
    }

    fn cancel(&mut self, by: AssetCode, at: usize) -> Said {
        let found = self.given_up[at];
        if self.frozen[found.by] {
            return Err(Refusal::CounterpartyNotEligible);
        }
        if by != found.asset {
            return Err(Refusal::NotTheRegistrar);
        }
        if self.status[&found.asset] == AssetStatus::Suspended {
            return Err(Refusal::AssetSuspended);
        }
        if !found.open {
            return Err(Refusal::SurrenderEnded);
        }
        self.given_up[at].open = false;
        self.units.get_mut(&(found.by, found.asset)).unwrap().1 -= found.count;
        Ok(Effect::UnitsCancelled(units(found.asset, found.count)))
    }
}

/// The ledger and the model, taking the same steps.
struct Pair<'a> {
    world: World,
    model: Model,
    seen: &'a RefCell<BTreeSet<&'static str>>,
}

impl Pair<'_> {
    fn take(&mut self, step: Step) {
        let banks = self.model.banks;
        match step {
            Step::Issue(to, asset, count) => {
                // All that can be counted is tried only where there are units already: what an
                // exchange makes of it has a test of its own.
                let none = self.model.issued(asset) == Some(0);
                let count = if none { count % 1_000 } else { count };
                let commands = self.world.issue(&banks[to], units(asset, count));
                let expected = self.model.issue(to, asset, count);
                self.decided(&commands, expected);
            }
            Step::Deliver(give) => {
                let (from, to) = (banks[give.from], banks[(give.from + give.step) % 3]);
                let units = units(give.asset.unwrap(), give.count);
                let delivery = self.world.delivery(&from, &to, units);
                let command = self.world.deliver(&delivery);
                let expected = self.model.deliver(&give);
                self.compare(&[command], &[expected]);
            }
            Step::Exchange(mut gives) => {
                // Sums of an exchange are small here; what cannot be counted has its own test.
                gives.iter_mut().for_each(|give| give.count %= 1_000);
                let command = self.exchange(&gives);
                let expected = self.model.exchange(&gives);
                self.compare(&[command], &expected);
            }
            Step::Surrender(by, asset, count) => {
                let command = self.world.surrender(&banks[by], units(asset, count));
                let expected = self.model.surrender(command.body.id(), by, asset, count);
                self.compare(&[command], &[expected]);
            }
            Step::Reclaim(by, at) => {
                let Some(at) = self.pick(&at) else { return };
                let command = self.world.reclaim(&banks[by], self.model.given_up[at].id);
                let expected = self.model.reclaim(by, at);
                self.compare(&[command], &[expected]);
            }
            Step::Cancel(by, at) => {
                let Some(at) = self.pick(&at) else { return };
                let commands = self.world.cancel_units(by, self.model.given_up[at].id);
                let expected = self.model.cancel(by, at);
                self.decided(&commands, expected);
            }
            Step::Status(asset, status) => {
                let commands = self.world.set_status(asset, status);
                let expected = if self.model.status[&asset] == AssetStatus::Matured {
                    Err(Refusal::AssetMatured)
                } else {
                    self.model.status.insert(asset, status);
                    Ok(Effect::Executed)
                };
                self.decided(&commands, expected);
            }
            Step::FreezeAccount(bank) => {
                let target = FreezeTarget::Account(self.world.account(&banks[bank], usd()));
                let was = std::mem::replace(&mut self.model.frozen[bank], false);
                self.model.frozen[bank] = !was;
                self.freeze(target, was);
            }
            Step::FreezeParty(bank) => {
                let was = std::mem::replace(&mut self.model.stopped[bank], false);
                self.model.stopped[bank] = !was;
                self.freeze(FreezeTarget::Party(banks[bank].party(1)), was);
            }
        }
    }

    fn pick(&self, at: &prop::sample::Index) -> Option<usize> {
        let count = self.model.given_up.len();
        (count > 0).then(|| at.index(count))
    }

    fn exchange(&mut self, gives: &[Give]) -> SignedCommand {
        let banks = self.model.banks;
        let (mut payments, mut deliveries) = (Vec::new(), Vec::new());
        for give in gives {
            let (from, to) = (banks[give.from], banks[(give.from + give.step) % 3]);
            match give.asset {
                None => {
                    let money = Money::new(usd(), give.count);
                    payments.push(self.world.set_leg(&from, &to, money));
                }
                Some(asset) => {
                    deliveries.push(self.world.unit_leg(&from, &to, units(asset, give.count)));
                }
            }
        }
        self.world.settle_exchange(&banks[gives[0].from], &payments, &deliveries)
    }

    /// Freezes what was free, and frees what was frozen.
    fn freeze(&mut self, target: FreezeTarget, was: bool) {
        if was {
            let commands = self.world.unfreeze(target);
            self.decided(&commands, Ok(Effect::Unfrozen));
        } else {
            let command = self.world.freeze(target);
            self.compare(&[command], &[Ok(Effect::Frozen)]);
        }
    }

    /// A proposal and its approval in one block.
    fn decided(&mut self, commands: &[SignedCommand; 2], expected: Said) {
        self.compare(commands, &[Ok(Effect::Proposed), expected]);
    }

    /// Orders commands, and compares everything.
    fn compare(&mut self, commands: &[SignedCommand], expected: &[Said]) {
        let set = self.world.block(commands);
        let outcomes: Vec<Said> = set
            .receipts
            .iter()
            .map(|receipt| match receipt.outcome {
                Outcome::Applied(effect) => Ok(effect),
                Outcome::Refused(refusal) => Err(refusal),
            })
            .collect();
        assert_eq!(outcomes, expected, "at {}", set.header.height);
        let told = |said: &Said| said.map_or_else(Refusal::code, |effect| effect.name());
        self.seen.borrow_mut().extend(outcomes.iter().map(told));
        for (number, bank) in self.model.banks.iter().enumerate() {
            assert_eq!(self.world.available(bank, usd()), self.model.dollars[number], "I7");
            for asset in [bond(), share()] {
                let has = self.model.units.get(&(number, asset)).copied().unwrap_or_default();
                let (available, preburned) = has;
                let expected = Balances { available, held: 0, preburned };
                assert_eq!(self.world.position(bank, asset), expected, "A4");
                let issued = self.world.asset(asset).totals.issued;
                assert_eq!(Some(issued), self.model.issued(asset), "A1");
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
            assert_eq!(again.lists.logs, set.lists.logs);
            state.apply(&again);
        }
        assert_eq!(state.results(), self.world.state.results());
    }
}

fn lives(mut runner: TestRunner) {
    let (mut world, banks) = World::with_units(100, 100);
    world.appoint_compliance();
    let each = [0, 1, 2].into_iter().flat_map(|bank| [(bank, bond()), (bank, share())]);
    let model = Model {
        banks,
        dollars: [100; 3],
        units: each.map(|position| (position, (100, 0))).collect(),
        status: BTreeMap::from([bond(), share()].map(|asset| (asset, AssetStatus::Active))),
        frozen: [false; 3],
        stopped: [false; 3],
        given_up: Vec::new(),
    };
    let seen = RefCell::new(BTreeSet::new());
    let steps = prop::collection::vec(step(), 1..STEPS);
    runner
        .run(&(steps, any::<prop::sample::Index>()), |(steps, stop)| {
            let mut pair = Pair { world: world.clone(), model: model.clone(), seen: &seen };
            let founded = world.sets.len() - 1;
            for step in steps {
                pair.take(step);
            }
            assert_journals(&pair.world);
            pair.replay(founded + stop.index(pair.world.sets.len() - founded));
            Ok(())
        })
        .unwrap();
    // The lives reach what they are about.
    for outcome in [
        "units_issued",
        "units_delivered",
        "settled",
        "units_surrendered",
        "units_reclaimed",
        "units_cancelled",
        "executed",
        "frozen",
        "unfrozen",
        "amount_zero",
        "amount_overflow",
        "account_frozen",
        "counterparty_not_eligible",
        "insufficient_funds",
        "not_the_registrar",
        "asset_suspended",
        "asset_matured",
        "surrender_unknown",
        "surrender_ended",
    ] {
        assert!(seen.borrow().contains(outcome), "{outcome} never happened");
    }
}

#[test]
fn a1_a3_a4_a5_a6_a7_i8_i11_random_lives_of_units_agree_with_the_model() {
    lives(same_every_time(CASES));
}

#[test]
fn a1_a3_a4_a5_a6_a7_i8_i11_random_lives_of_units_agree_with_the_model_soak() {
    lives(another_every_time(SOAK_CASES));
}
