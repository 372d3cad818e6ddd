//! Random calls of escrows, exchanges and sales against a plain model: whatever contracts do, balances
//! and vaults are what the model says, and I1 holds after each block.

use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    codec::encode,
    invoke::{Call, Named},
    money::Currency,
    receipt::{Effect, Outcome},
    record::Record,
    testing::{Bank, World, jpy, programs::code, usd},
    tests::{
        contracts::network,
        model::{another_every_time, same_every_time},
    },
};

const STEPS: usize = 14;
const CASES: u32 = 40;
const SOAK_CASES: u32 = 2_000;

/// Banks by number, currencies by whether they are yen.
#[derive(Clone, Debug)]
enum Step {
    Open { payer: usize, payee: usize, yen: bool, minor: u128, lasts_ms: u64 },
    Release(usize),
    Decline(usize),
    Refund { escrow: usize, by: usize },
    Exchange { one: usize, other: usize, dollars: u128, yen: u128 },
    Offer { seller: usize, buyer: usize, yen: bool, minor: u128 },
    Buy { offer: usize, more: u128 },
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let bank = || 0..3usize;
    let minor = || prop_oneof![8 => 1..60u128, 1 => Just(0u128), 1 => Just(u128::MAX)];
    prop_oneof![
        4 => (bank(), bank(), any::<bool>(), minor(), 1..5_000u64).prop_map(
            |(payer, payee, yen, minor, lasts_ms)| Step::Open { payer, payee, yen, minor, lasts_ms },
        ),
        3 => (0..6usize).prop_map(Step::Release),
        2 => (0..6usize).prop_map(Step::Decline),
        2 => (0..6usize, bank()).prop_map(|(escrow, by)| Step::Refund { escrow, by }),
        3 => (bank(), bank(), minor(), minor()).prop_map(
            |(one, other, dollars, yen)| Step::Exchange { one, other, dollars, yen },
        ),
        2 => (bank(), bank(), any::<bool>(), minor()).prop_map(
            |(seller, buyer, yen, minor)| Step::Offer { seller, buyer, yen, minor },
        ),
        3 => (0..6usize, 0..4u128).prop_map(|(offer, more)| Step::Buy { offer, more: more / 3 }),
        1 => (1..4_000u64).prop_map(Step::Wait),
    ]
}

#[derive(Clone, Copy, Debug)]
struct Escrow {
    payer: usize,
    payee: usize,
    yen: bool,
    minor: u128,
    deadline: u64,
    number: u64,
    open: bool,
}

#[derive(Clone, Copy, Debug)]
struct Offer {
    seller: usize,
    buyer: usize,
    yen: bool,
    minor: u128,
    number: u64,
    open: bool,
}

#[derive(Clone, Debug)]
struct Model {
    held: [[u128; 2]; 3],
    escrows: Vec<Escrow>,
    offers: Vec<Offer>,
}

fn currency(yen: bool) -> Currency {
    if yen { jpy() } else { usd() }
}

impl Model {
    fn take(&mut self, from: usize, yen: bool, minor: u128) -> Option<()> {
        let held = &mut self.held[from][usize::from(yen)];
        *held = held.checked_sub(minor).filter(|_| minor > 0)?;
        Some(())
    }

    fn give(&mut self, to: usize, yen: bool, minor: u128) {
        self.held[to][usize::from(yen)] += minor;
    }

    /// Ends an escrow and pays one of its sides.
    fn end(&mut self, at: usize, to: usize) {
        self.escrows[at].open = false;
        let Escrow { yen, minor, .. } = self.escrows[at];
        self.give(to, yen, minor);
    }

    /// What a step comes to at a time; nothing where it is refused, and then nothing changed.
    fn step(&self, step: &Step, now: u64) -> Option<Self> {
        let mut after = self.clone();
        match *step {
            Step::Open { payer, payee, yen, minor, lasts_ms } => {
                after.take(payer, yen, minor)?;
                let number = self.escrows.iter().filter(|e| e.payer == payer).count() as u64;
                let deadline = now + lasts_ms;
                let open = true;
                after.escrows.push(Escrow { payer, payee, yen, minor, deadline, number, open });
            }
            Step::Release(at) => {
                let escrow = self.escrows.get(at).filter(|escrow| escrow.open)?;
                after.end(at, escrow.payee);
            }
            Step::Decline(at) => {
                let escrow = self.escrows.get(at).filter(|escrow| escrow.open)?;
                after.end(at, escrow.payer);
            }
            Step::Refund { escrow: at, .. } => {
                let escrow = self.escrows.get(at).filter(|escrow| escrow.open)?;
                (now >= escrow.deadline).then_some(())?;
                after.end(at, escrow.payer);
            }
            Step::Exchange { one, other, dollars, yen } => {
                (one != other).then_some(())?;
                after.take(one, false, dollars)?;
                after.take(other, true, yen)?;
                after.give(other, false, dollars);
                after.give(one, true, yen);
            }
            Step::Offer { seller, buyer, yen, minor } => {
                let number = self.offers.iter().filter(|o| o.seller == seller).count() as u64;
                after.offers.push(Offer { seller, buyer, yen, minor, number, open: true });
            }
            Step::Buy { offer: at, more } => {
                let offer = *self.offers.get(at).filter(|offer| offer.open)?;
                (more == 0).then_some(())?;
                after.take(offer.buyer, offer.yen, offer.minor)?;
                after.give(offer.seller, offer.yen, offer.minor);
                after.offers[at].open = false;
            }
            Step::Wait(_) => {}
        }
        Some(after)
    }
}

/// The call of a step, and who sends it; nothing where there is nothing to call about.
fn call(world: &mut World, model: &Model, banks: &[Bank; 3], step: &Step) -> Option<(Bank, Call)> {
    let now = world.next_time().get();
    let name = |world: &World, bank: usize| encode(&world.holder(&banks[bank]));
    let named = |world: &World, all: &[(usize, bool, u128)]| -> Vec<Named> {
        let mut holders: Vec<Named> = Vec::new();
        for (bank, yen, cap) in all {
            let one = world.named(&banks[*bank], currency(*yen), *cap);
            if holders.iter().all(|other| other.account != one.account) {
                holders.push(one);
            }
        }
        holders
    };
    let (of, signers, holders, arguments) = match *step {
        Step::Open { payer, payee, yen, minor, lasts_ms } => {
            let arguments = vec![
                name(world, payee),
                code(currency(yen)),
                encode(&minor),
                encode(&(now + lasts_ms)),
            ];
            let of = ("escrow", "open_from_account");
            (of, vec![payer], named(world, &[(payer, yen, minor)]), arguments)
        }
        Step::Release(at) => {
            let Escrow { payer, payee, yen, number, .. } = *model.escrows.get(at)?;
            let holders = named(world, &[(payer, yen, 0), (payee, yen, 0)]);
            (("escrow", "release"), vec![payer], holders, vec![encode(&number)])
        }
        Step::Decline(at) => {
            let Escrow { payer, payee, yen, number, .. } = *model.escrows.get(at)?;
            let holders = named(world, &[(payee, yen, 0), (payer, yen, 0)]);
            let arguments = vec![name(world, payer), encode(&number)];
            (("escrow", "decline"), vec![payee], holders, arguments)
        }
        Step::Refund { escrow, by } => {
            let Escrow { payer, yen, number, .. } = *model.escrows.get(escrow)?;
            let holders = named(world, &[(by, yen, 0), (payer, yen, 0)]);
            let arguments = vec![name(world, payer), encode(&number)];
            let call = world.call(("escrow", "refund"), &[], holders, arguments);
            return Some((banks[by], call));
        }
        Step::Exchange { one, other, dollars, yen } => {
            let all =
                [(one, false, dollars), (one, true, 0), (other, true, yen), (other, false, 0)];
            let arguments = vec![code(usd()), encode(&dollars), code(jpy()), encode(&yen)];
            (("pvp", "exchange"), vec![one, other], named(world, &all), arguments)
        }
        Step::Offer { seller, buyer, yen, minor } => {
            let arguments =
                vec![name(world, buyer), code(currency(yen)), encode(&minor), encode(&u64::MAX)];
            (("trials", "offer_bond"), vec![seller], named(world, &[(seller, yen, 0)]), arguments)
        }
        Step::Buy { offer, more } => {
            let Offer { seller, buyer, yen, minor, number, .. } = *model.offers.get(offer)?;
            let paid = minor.saturating_add(more);
            let holders = named(world, &[(buyer, yen, paid), (seller, yen, 0)]);
            let arguments =
                vec![name(world, seller), encode(&number), code(currency(yen)), encode(&paid)];
            (("trials", "buy_bond"), vec![buyer], holders, arguments)
        }
        Step::Wait(_) => return None,
    };
    let signing: Vec<&Bank> = signers.iter().map(|bank| &banks[*bank]).collect();
    let call = world.call(of, &signing, holders, arguments);
    Some((*signing[0], call))
}

fn vaults(world: &World, yen: bool) -> u128 {
    let sums = world.state.records().map(|record| match record {
        Record::Vault(vault) if vault.money.currency() == currency(yen) => vault.money.minor(),
        _ => 0,
    });
    sums.sum()
}

fn lives(mut runner: TestRunner) {
    let (world, banks) = network(100);
    let start = Model { held: [[100; 2]; 3], escrows: Vec::new(), offers: Vec::new() };
    let applied = std::cell::Cell::new(0u32);
    runner
        .run(&prop::collection::vec(step(), 1..STEPS), |steps| {
            let (mut world, mut model) = (world.clone(), start.clone());
            for step in steps {
                if let Step::Wait(ms) = step {
                    world.block_at(world.next_time().after(ms), &[]);
                    continue;
                }
                let Some((sender, call)) = call(&mut world, &model, &banks, &step) else {
                    continue;
                };
                let expected = model.step(&step, world.next_time().get());
                let command = world.invoke(&sender, call);
                // `World::run` recounts I1 after the block.
                let outcome = world.run(&command);
                match expected {
                    Some(after) => {
                        prop_assert_eq!(outcome, Outcome::Applied(Effect::Invoked), "{:?}", step);
                        applied.set(applied.get() + 1);
                        model = after;
                    }
                    None => prop_assert!(matches!(outcome, Outcome::Refused(_)), "{step:?}"),
                }
                for yen in [false, true] {
                    for (bank, held) in banks.iter().zip(model.held) {
                        let available = world.available(bank, currency(yen));
                        prop_assert_eq!(available, held[usize::from(yen)], "{:?}", step);
                    }
                    let open = model.escrows.iter().filter(|e| e.open && e.yen == yen);
                    let open: u128 = open.map(|escrow| escrow.minor).sum();
                    prop_assert_eq!(vaults(&world, yen), open);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(applied.get() > CASES, "hardly anything happened");
}

#[test]
fn i1_i7_contracts_neither_make_nor_lose_money() {
    lives(same_every_time(CASES));
}

#[test]
fn i1_i7_contracts_neither_make_nor_lose_money_soak() {
    lives(another_every_time(SOAK_CASES));
}
