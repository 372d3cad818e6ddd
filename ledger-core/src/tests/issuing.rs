//! Random lives of a treasury against a model of what it may mint (I2, I3, I6): a list of mints, a
//! walk over days, no ring, no totals.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    authority::Role,
    command::{Action, Command, MintRequest, Preburn, SignedCommand},
    controls::{ByClass, MintCaps, MintTerms},
    digest::Hash32,
    freeze::FreezeTarget,
    freshness::Calendar,
    id::{EntryId, Lei, ReserveId, Text},
    money::Money,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    reserve::{Attestation, BankEntry, Counterparty, Direction, EvidenceClass, Reserve},
    testing::{Actor, Bank, FOUNDED, LIMITS, World, custodian_lei, lei, recount, usd},
    tests::{
        journals::assert_told,
        model::{another_every_time, same_every_time},
    },
};

/// Lives tried on every save.
const CASES: u32 = 60;
/// Lives tried in a long run.
const SOAK_CASES: u32 = 5_000;
/// Steps of one life.
const STEPS: usize = 30;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The reserve accounts: one of each class, each of a custodian of its own.
const CLASSES: [EvidenceClass; 3] =
    [EvidenceClass::Custodian, EvidenceClass::Trustee, EvidenceClass::Agent];

fn signer(class: usize) -> Actor {
    match CLASSES[class] {
        EvidenceClass::Custodian => Actor::custodian(),
        EvidenceClass::Trustee => Actor::new(lei("TRUSTEE"), Role::Custodian, "trustee"),
        EvidenceClass::Agent => Actor::new(lei("AGENCY"), Role::Agent, "agent"),
    }
}

#[derive(Clone, Debug)]
enum Step {
    Mint { class: usize, minors: Vec<u128> },
    Burn { class: usize, minor: u128 },
    Attest { balances: [u128; 3] },
    Wait { ms: u64 },
    Terms(MintTerms),
    Stop,
    Allow,
}

fn terms() -> impl Strategy<Value = MintTerms> {
    let cap = || prop_oneof![3 => Just(None), 2 => (0..1_200u128).prop_map(Some)];
    let allowance = prop_oneof![2 => Just(None), 2 => (0..4_000u128).prop_map(Some)];
    let window = prop::sample::select(vec![MINUTE, MINUTE + 1, HOUR, DAY]);
    let points = prop::sample::select(vec![10_000u16, 10_000, 10_000, 9_000, 6_000, 10_001]);
    let age = prop::sample::select(vec![0, HOUR, 2 * DAY]);
    let weekend = prop::sample::select(vec![0u8, 0b0110_0000]);
    let holidays = prop::collection::btree_set(0..9u32, 0..3);
    let caps = (cap(), cap(), cap(), cap());
    (allowance, window, caps, points, age, weekend, holidays).prop_map(
        |(allowance, window_ms, caps, concentration, max_age_ms, weekend, holidays)| {
            let (all, custodian, trustee, agent) = caps;
            let first = u32::try_from(FOUNDED.get() / DAY).unwrap();
            let holidays = holidays.into_iter().map(|day| first + day).collect();
            MintTerms {
                allowance,
                window_ms,
                caps: MintCaps { all, custodian, trustee, agent },
                concentration,
                max_age_ms,
                calendar: Calendar { weekend, holidays },
            }
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let waits = vec![SECOND, 2_500, MINUTE, 150 * SECOND, HOUR, 25 * HOUR, 60 * HOUR];
    let balance = || prop_oneof![3 => 0..800u128, 1 => Just(0), 1 => 1_000..3_000u128];
    prop_oneof![
        9 => (0..3usize, prop::collection::vec(1..400u128, 1..4))
            .prop_map(|(class, minors)| Step::Mint { class, minors }),
        2 => (0..3usize, 1..500u128).prop_map(|(class, minor)| Step::Burn { class, minor }),
        3 => [balance(), balance(), balance()].prop_map(|balances| Step::Attest { balances }),
        3 => prop::sample::select(waits).prop_map(|ms| Step::Wait { ms }),
        3 => terms().prop_map(Step::Terms),
        1 => Just(Step::Stop),
        1 => Just(Step::Allow),
    ]
}

/// A reserve account, told naively.
#[derive(Clone, Copy, Default)]
struct Books {
    balance: u128,
    as_of: u64,
    credits: u128,
    debits: u128,
}

/// A mint: when it counts as minted, of which class, how much.
type Minted = (u64, usize, u128);

/// What a treasury may mint, told naively.
struct Model {
    terms: MintTerms,
    stopped: bool,
    minted: u128,
    supply: u128,
    recent: Vec<Minted>,
    books: [Books; 3],
}

impl Model {
    /// Milliseconds between two times that lie on business days, day by day.
    fn age(&self, from: u64, to: u64) -> u64 {
        let calendar = &self.terms.calendar;
        (from / DAY..=to / DAY)
            .filter(|day| {
                // 2027-01-15, on which the network was founded, is a Friday.
                let weekday = (4 + day - FOUNDED.get() / DAY) % 7;
                let closed = calendar.holidays.iter().any(|holiday| u64::from(*holiday) == *day);
                calendar.weekend & (1 << weekday) == 0 && !closed
            })
            .map(|day| to.min((day + 1) * DAY).saturating_sub(from.max(day * DAY)))
            .sum()
    }

    /// What each account has and owes, where its attestation is fresh.
    fn sides(&self, now: u64) -> [Option<(u128, u128)>; 3] {
        let most = match self.terms.max_age_ms {
            0 => LIMITS.attestation_max_age_ms,
            own => own,
        };
        self.books.map(|books| {
            let fresh = self.age(books.as_of, now) <= most;
            fresh.then_some((books.balance + books.credits, books.debits))
        })
    }

    /// The mints that a window still counts: those of its last 25 buckets.
    fn counted(&self, now: u64) -> Vec<Minted> {
        let bucket = self.terms.window_ms.div_ceil(24);
        let counts = |(time, ..): &&Minted| time / bucket + 24 >= now / bucket;
        self.recent.iter().filter(counts).copied().collect()
    }

    fn mint(&mut self, class: usize, minor: u128, now: u64) -> Result<Effect, Refusal> {
        let sides = self.sides(now);
        let there: u128 = sides.iter().flatten().map(|(plus, _)| plus).sum();
        let owed: u128 = sides.iter().flatten().map(|(_, minus)| minus).sum();
        if self.supply + minor + owed > there {
            let stale = sides.iter().any(Option::is_none);
            return Err(if stale { Refusal::AttestationStale } else { Refusal::ReserveShort });
        }
        if self.stopped {
            return Err(Refusal::MintingOff);
        }
        if self.terms.allowance.is_some_and(|most| self.minted + minor > most) {
            return Err(Refusal::AllowanceExceeded);
        }
        let counted = self.counted(now);
        let caps = &self.terms.caps;
        let own = [caps.custodian, caps.trustee, caps.agent][class];
        let all: u128 = counted.iter().map(|(.., minor)| minor).sum();
        let same: u128 = counted.iter().filter(|(_, c, _)| *c == class).map(|(.., m)| m).sum();
        if caps.all.is_some_and(|cap| all + minor > cap)
            || own.is_some_and(|cap| same + minor > cap)
        {
            return Err(Refusal::MintCapReached);
        }
        let parts = sides.map(|side| side.map_or(0, |(plus, minus)| plus.saturating_sub(minus)));
        let all: u128 = parts.iter().sum();
        let most = u128::from(self.terms.concentration);
        if parts.iter().any(|part| part * 10_000 > all * most) {
            return Err(Refusal::CustodianConcentration);
        }
        self.minted += minor;
        self.supply += minor;
        self.recent.push((now, class, minor));
        Ok(Effect::Minted)
    }

    fn set(&mut self, terms: MintTerms, now: u64) -> Result<Effect, Refusal> {
        if terms.concentration > 10_000 {
            return Err(Refusal::OutOfRange);
        }
        self.recent = self.counted(now);
        if terms.window_ms.div_ceil(24) != self.terms.window_ms.div_ceil(24) {
            self.recent.iter_mut().for_each(|(time, ..)| *time = now);
        }
        self.terms = terms;
        Ok(Effect::Executed)
    }
}

/// Ledger and model side by side.
struct Pair<'a> {
    world: World,
    bank: Bank,
    model: Model,
    seen: &'a RefCell<BTreeSet<&'static str>>,
    entries: BTreeMap<ReserveId, u64>,
}

fn iban(class: usize) -> Hash32 {
    Hash32::new([u8::try_from(class).unwrap(); 32])
}

/// A world whose dollars have a reserve account of each class.
fn founded() -> (World, Bank) {
    let (mut world, [bank, ..]) = World::running();
    world.appoint_compliance();
    for (class, evidence) in CLASSES.into_iter().enumerate().skip(1) {
        let mut commands = world.register_key(signer(class).grant).to_vec();
        commands.extend(world.decide(Action::RegisterReserve {
            custodian: signer(class).grant.organisation,
            currency: usd(),
            account: iban(class),
            class: evidence,
            haircut: 0,
        }));
        world.apply_all(&commands);
    }
    (world, bank)
}

impl Pair<'_> {
    fn custodian(class: usize) -> Lei {
        signer(class).grant.organisation
    }

    fn reserve(&self, class: usize) -> &Reserve {
        let id = match CLASSES[class] {
            EvidenceClass::Custodian => self.world.reserve(usd()),
            _ => ReserveId::derive(&Self::custodian(class), usd(), &iban(class)),
        };
        match self.world.record(&Name::Reserve(id)) {
            Some(Record::Reserve(reserve)) => reserve,
            other => panic!("{other:?}"),
        }
    }

    /// The next entry of an account, as its custodian signs it, and its identity.
    fn entry(&mut self, class: usize, entry: BankEntry) -> (SignedCommand, EntryId) {
        let sequence = self.entries.entry(entry.reserve).or_default();
        *sequence += 1;
        let entry = BankEntry { sequence: *sequence, ..entry };
        let servicer = &entry.servicer_reference;
        let id = EntryId::derive(&Self::custodian(class), &entry.reserve, servicer, entry.detail);
        (self.world.sign(&signer(class), Command::RecordEntry(entry)), id)
    }

    fn booked(&mut self, class: usize, minor: u128, reference: Text) -> BankEntry {
        let servicer_reference = Text::new(&self.world.nonce().to_hex()).unwrap();
        BankEntry {
            reserve: self.reserve(class).id,
            sequence: 0,
            servicer_reference,
            detail: 0,
            direction: Direction::Credit,
            minor,
            counterparty: Counterparty::Member(self.bank.lei),
            booked: self.world.now(),
            reference,
        }
    }

    /// Ledger time of the block being made.
    fn now(&self) -> u64 {
        self.world.next_time().get()
    }

    fn mint(&mut self, class: usize, minors: &[u128]) {
        let now = self.now();
        let (mut commands, mut expected) = (Vec::new(), Vec::new());
        for minor in minors {
            let reference = Text::new(&self.world.nonce().to_hex()).unwrap();
            let booked = self.booked(class, *minor, reference.clone());
            let reserve = booked.reserve;
            let (record, entry) = self.entry(class, booked);
            let account = self.world.account(&self.bank, usd());
            let money = Money::new(usd(), *minor);
            let request = MintRequest { account, money, reserve, reference };
            let by = self.bank.settlement();
            let request = self.world.sign(&by, Command::RequestMint(request));
            let mint = self.world.mint(request.body.id(), entry);
            commands.extend([record, request]);
            commands.extend(mint);
            self.model.books[class].credits += minor;
            expected.extend([Ok(Effect::EntryRecorded), Ok(Effect::MintRequested)]);
            expected.extend([Ok(Effect::Proposed), self.model.mint(class, *minor, now)]);
        }
        self.compare(&commands, &expected);
    }

    /// Preburned, paid out under the redemption's id, and burned, in one block.
    fn burn(&mut self, class: usize, minor: u128) {
        if minor > self.model.supply {
            return;
        }
        let reserve = self.reserve(class).id;
        let account = self.world.account(&self.bank, usd());
        let asked = Preburn { account, money: Money::new(usd(), minor), reserve };
        let preburn = self.world.sign(&self.bank.settlement(), Command::Preburn(asked));
        let redemption = preburn.body.id();
        let booked = self.booked(class, minor, Text::new(&redemption.to_hex()).unwrap());
        let booked = BankEntry { direction: Direction::Debit, ..booked };
        let (record, entry) = self.entry(class, booked);
        let [proposal, approval] = self.world.treasure(Action::ConfirmPayout { redemption, entry });
        self.model.books[class].debits += minor;
        self.model.supply -= minor;
        let expected =
            [Effect::Preburned, Effect::EntryRecorded, Effect::Proposed, Effect::Burned].map(Ok);
        self.compare(&[preburn, record, proposal, approval], &expected);
    }

    fn attest(&mut self, balances: [u128; 3]) {
        let mut commands = Vec::new();
        for (class, balance) in balances.into_iter().enumerate() {
            let reserve = self.reserve(class);
            let last = reserve.books.attested.as_ref().map(|(last, _)| last.hash());
            let attestation = Attestation {
                reserve: reserve.id,
                balance,
                available: balance,
                as_of: self.world.now(),
                last_entry: reserve.books.entries,
                statement: Hash32::ZERO,
                previous: last.unwrap_or(Hash32::ZERO),
            };
            let as_of = attestation.as_of.get();
            self.model.books[class] = Books { balance, as_of, credits: 0, debits: 0 };
            commands.push(self.world.sign(&signer(class), Command::Attest(attestation)));
        }
        self.compare(&commands, &[Effect::Attested; 3].map(Ok));
    }

    fn take(&mut self, step: Step) {
        let now = self.now();
        match step {
            Step::Mint { class, minors } => self.mint(class, &minors),
            Step::Burn { class, minor } => self.burn(class, minor),
            Step::Attest { balances } => self.attest(balances),
            Step::Wait { ms } => {
                self.world.block_at(self.world.now().after(ms), &[]);
            }
            Step::Terms(terms) => {
                let expected = self.model.set(terms.clone(), now);
                let commands = self.world.set_mint_terms(usd(), terms);
                self.compare(&commands, &[Ok(Effect::Proposed), expected]);
            }
            Step::Stop => {
                let command = self.world.freeze(FreezeTarget::Minting(usd()));
                let was = std::mem::replace(&mut self.model.stopped, true);
                let refused = if was { Err(Refusal::AlreadyFrozen) } else { Ok(Effect::Frozen) };
                self.compare(&[command], &[refused]);
            }
            Step::Allow => {
                let commands = self.world.unfreeze(FreezeTarget::Minting(usd()));
                let was = std::mem::replace(&mut self.model.stopped, false);
                let lifted = if was { Ok(Effect::Unfrozen) } else { Err(Refusal::NotFrozen) };
                self.compare(&commands, &[Ok(Effect::Proposed), lifted]);
            }
        }
    }

    /// Orders commands, and compares everything.
    fn compare(&mut self, commands: &[SignedCommand], expected: &[Result<Effect, Refusal>]) {
        let set = self.world.block(commands);
        let outcomes: Vec<_> = set
            .receipts
            .iter()
            .map(|receipt| match receipt.outcome {
                Outcome::Applied(effect) => Ok(effect),
                Outcome::Refused(refusal) => Err(refusal),
            })
            .collect();
        assert_eq!(outcomes, expected, "at {}", set.header.height);
        let told = |said: &Result<Effect, Refusal>| said.map_or_else(Refusal::code, Effect::name);
        self.seen.borrow_mut().extend(outcomes.iter().map(told));
        let (now, model) = (self.world.now(), &self.model);
        let controls = self.world.mint_controls(usd());
        assert_eq!((&controls.terms, controls.stopped), (&model.terms, model.stopped));
        assert_eq!(controls.minted, model.minted, "I6");
        let of = |class: usize| {
            let counted = model.counted(now.get()).into_iter();
            counted.filter(|(_, c, _)| *c == class).map(|(.., minor)| minor).sum()
        };
        let sums = ByClass { custodian: of(0), trustee: of(1), agent: of(2) };
        assert_eq!(controls.window(now).sum(), sums, "I6");
        assert_eq!(recount(&self.world.state)[&usd()].supply, model.supply, "I4");
    }
}

fn lives(mut runner: TestRunner) {
    let (world, bank) = founded();
    assert_eq!(Pair::custodian(0), custodian_lei());
    let seen = RefCell::new(BTreeSet::new());
    runner
        .run(&prop::collection::vec(step(), 1..STEPS), |steps| {
            let model = Model {
                terms: MintTerms::default(),
                stopped: false,
                minted: 0,
                supply: 0,
                recent: Vec::new(),
                books: [Books::default(); 3],
            };
            let (world, seen) = (world.clone(), &seen);
            let mut pair = Pair { world, bank, model, seen, entries: BTreeMap::new() };
            pair.attest([1_000; 3]);
            for step in steps {
                pair.take(step);
            }
            assert_told(&pair.world.sets);
            Ok(())
        })
        .unwrap();
    // The lives reach what they are about.
    for outcome in [
        "minted",
        "burned",
        "attestation_stale",
        "reserve_short",
        "minting_off",
        "allowance_exceeded",
        "mint_cap_reached",
        "custodian_concentration",
        "out_of_range",
    ] {
        assert!(seen.borrow().contains(outcome), "{outcome} never happened");
    }
}

#[test]
fn i2_i3_i6_random_lives_of_a_treasury_agree_with_the_model() {
    lives(same_every_time(CASES));
}

#[test]
fn i2_i3_i6_random_lives_of_a_treasury_agree_with_the_model_soak() {
    lives(another_every_time(SOAK_CASES));
}
