//! Redemptions: every state against every command, I2 at its bound, I3, I4, I10.

mod debits;

use crate::{
    account::Account,
    codec::decode,
    command::{Action, Command, Preburn, SignedCommand},
    id::{AccountId, CommandId, EntryId, ReserveId, Text},
    journal::{LogName, TotalsEntry},
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    redemption::{Redemption, RedemptionState},
    refusal::Refusal,
    reserve::{BankEntry, Counterparty, Direction, EntryRecord, Reserve},
    testing::{
        Actor, Bank, World,
        commands::{entry_id, sign},
        custodian_lei, jpy, recount, usd,
    },
    tests::{
        faults::{Fault, check, fault, lasting, refused},
        movements::stopped,
        payments::{frozen, key_limited, suspended, two_persons},
    },
};

const MINOR: u128 = 100;

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

macro_rules! take {
    ($world:expr, $kind:ident, $name:expr) => {
        match $world.record(&$name) {
            Some(Record::$kind(record)) => record.clone(),
            other => panic!("{other:?}"),
        }
    };
}

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    by: Actor,
    asked: Preburn,
    plants: Vec<(Name, Record)>,
}

#[test]
fn i1_i10_a_preburn_is_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, _]) = World::funded(1_000);
    let (account, reserve) = (world.account(&a, usd()), world.reserve(usd()));
    let asked = Preburn { account, money: dollars(MINOR), reserve };
    let good = Case { world, a, b, by: a.settlement(), asked, plants: Vec::new() };
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["member"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::CurrencyUnknown, &["currency"], |c| {
            let minor = c.asked.money.minor();
            c.asked.money = Money::new(Currency::new("XAU").unwrap(), minor);
        }),
        fault(Refusal::ReserveUnknown, &["reserve"], |c| c.asked.reserve = ReserveId::new([0; 32])),
        fault(Refusal::AmountZero, &["minor"], |c| {
            c.asked.money = Money::new(c.asked.money.currency(), 0);
        }),
        fault(Refusal::AccountUnknown, &["account"], |c| {
            c.asked.account = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["account"], |c| {
            c.asked.account = c.world.account(&c.b, usd());
        }),
        fault(Refusal::AccountFrozen, &["account"], |c| {
            c.plants.push(frozen(&c.world, &c.asked.account));
        }),
        fault(Refusal::CurrencyMismatch, &["account"], |c| {
            c.asked.account = c.world.account(&c.a, jpy());
        }),
        fault(Refusal::CurrencyMismatch, &["reserve"], |c| {
            c.asked.reserve = c.world.reserve(jpy())
        }),
        fault(Refusal::InsufficientFunds, &["minor"], |c| {
            c.asked.money = Money::new(c.asked.money.currency(), 1_001);
        }),
        fault(Refusal::CurrencyFrozen, &["movement"], |c| c.plants.push(stopped(usd()))),
        fault(Refusal::SignersTooFew, &["persons"], |c| c.plants.push(two_persons(&c.a))),
        fault(Refusal::KeyCommandLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(99), None));
        }),
        fault(Refusal::KeyWindowLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(100), Some(99)));
        }),
    ];
    check(&good, Effect::Preburned, &faults, |case| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let body = world.body(case.a.lei, Command::Preburn(case.asked));
        world.run(&sign(body, &[&case.by]))
    });
}

/// A burn one approval away, with every record it reads.
#[derive(Clone)]
struct Burn {
    world: World,
    b: Bank,
    redemption: Redemption,
    cited: EntryId,
    id: CommandId,
    entry: EntryRecord,
    reserve: Reserve,
    account: Account,
    issuer: crate::id::Lei,
    stopped: bool,
}

impl Burn {
    fn new() -> Self {
        let (mut world, [a, b, _]) = World::funded(1_000);
        let preburn = world.preburn(&a, dollars(MINOR));
        world.apply(&preburn);
        let id = preburn.body.id();
        // It names no redemption, so that faults of the entry are its own.
        let entry = BankEntry {
            reference: Text::new("R").unwrap(),
            ..world.payout_to(&a, dollars(MINOR), &id)
        };
        let record = world.record_entry(&entry);
        world.apply(&record);
        let cited = entry_id(&entry);
        Self {
            b,
            redemption: take!(world, Redemption, Name::Redemption(id)),
            entry: take!(world, Entry, Name::Entry(cited)),
            reserve: take!(world, Reserve, Name::Reserve(world.reserve(usd()))),
            account: take!(world, Account, Name::Account(world.account(&a, usd()))),
            issuer: take!(world, Currency, Name::Currency(usd())).issuer,
            id,
            cited,
            stopped: false,
            world,
        }
    }

    fn run(&self, action: Action) -> Outcome {
        let mut world = self.world.clone();
        let mut currency = take!(world, Currency, Name::Currency(usd()));
        currency.issuer = self.issuer;
        currency.paid = if self.redemption.paid.is_some() { MINOR } else { 0 };
        if self.stopped {
            world.plant(vec![stopped(usd())]);
        }
        world.plant(vec![
            (Name::Redemption(self.redemption.id), Record::Redemption(self.redemption)),
            (Name::Entry(self.entry.id), Record::Entry(self.entry.clone())),
            (Name::Reserve(self.reserve.id), Record::Reserve(self.reserve.clone())),
            (Name::Account(self.account.id), Record::Account(self.account.clone())),
            (Name::Currency(usd()), Record::Currency(currency)),
        ]);
        let [proposal, approval] = world.treasure(action);
        world.apply(&proposal);
        let before = lasting(&world.state);
        let outcome = world.run(&approval);
        if matches!(outcome, Outcome::Refused(_)) {
            assert_eq!(lasting(&world.state), before, "a refused burn changed something");
        }
        outcome
    }

    fn confirm(&self) -> Outcome {
        self.run(Action::ConfirmPayout { redemption: self.id, entry: self.cited })
    }
}

fn redemption_faults() -> Vec<Fault<Burn>> {
    vec![
        fault(
            Refusal::RedemptionUnknown,
            &["id", "cited", "entry", "minor", "payee", "issuer", "account", "state"],
            |c: &mut Burn| {
                c.id = CommandId::new([0; 32]);
            },
        ),
        fault(Refusal::NotTheIssuer, &["issuer"], |c| c.issuer = custodian_lei()),
        fault(Refusal::RedemptionEnded, &["state"], |c| {
            c.redemption.state = RedemptionState::Cancelled;
        }),
        fault(Refusal::RedemptionEnded, &["state"], |c| {
            c.redemption.state = RedemptionState::Burned(EntryId::new([1; 32]));
        }),
    ]
}

fn freeze(c: &mut Burn) {
    c.account.status = crate::account::AccountStatus::Frozen;
}

#[test]
fn i2_i3_i10_a_burn_is_refused_for_the_first_reason_that_applies() {
    let mut faults = redemption_faults();
    faults.extend([
        fault(
            Refusal::EntryUnknown,
            &["cited", "entry", "minor", "payee", "issuer", "account", "state"],
            |c: &mut Burn| {
                c.cited = EntryId::new([0; 32]);
            },
        ),
        fault(Refusal::EntryUsed, &["entry"], |c| c.entry.used = true),
        fault(Refusal::EntryMismatch, &["minor"], |c| c.entry.entry.minor += 1),
        fault(Refusal::EntryMismatch, &["minor"], |c| c.redemption.after = c.entry.entry.sequence),
        fault(Refusal::EntryMismatch, &["minor"], |c| {
            c.entry.entry.reserve = c.world.reserve(jpy());
        }),
        fault(Refusal::EntryMismatch, &["minor"], |c| {
            c.redemption.paid = Some(EntryId::new([1; 32]));
        }),
        fault(Refusal::AccountFrozen, &["account"], freeze),
        fault(Refusal::EntryNotExternalDebit, &["payee"], |c| {
            c.entry.entry.direction = Direction::Credit;
        }),
        fault(Refusal::EntryNotExternalDebit, &["payee"], |c| {
            c.entry.entry.counterparty = Counterparty::Internal;
        }),
        fault(Refusal::ThirdPartyPayee, &["payee"], |c| {
            c.entry.entry.counterparty = Counterparty::Member(c.b.lei);
        }),
        fault(Refusal::ThirdPartyPayee, &["payee"], |c| {
            c.entry.entry.counterparty = Counterparty::Other;
        }),
    ]);
    check(&Burn::new(), Effect::Burned, &faults, Burn::confirm);
    let mut instructed = Burn::new();
    instructed.redemption.state = RedemptionState::Instructed;
    assert_eq!(instructed.confirm(), Outcome::Applied(Effect::Burned));
    // A burn cites a booked payout: its money has left, stopped or not (I2).
    instructed.stopped = true;
    assert_eq!(instructed.confirm(), Outcome::Applied(Effect::Burned));
}

#[test]
fn i10_an_instruction_is_refused_for_the_first_reason_that_applies() {
    let mut faults = redemption_faults();
    faults.push(fault(Refusal::AccountFrozen, &["account"], freeze));
    faults.push(fault(Refusal::PayoutInstructed, &["state"], |c| {
        c.redemption.state = RedemptionState::Instructed;
    }));
    faults.push(fault(Refusal::CurrencyFrozen, &["movement"], |c| c.stopped = true));
    check(&Burn::new(), Effect::PayoutInstructed, &faults, |case| {
        case.run(Action::InstructPayout { redemption: case.id })
    });
}

#[test]
fn i10_a_cancelled_payout_frees_money_within_its_account_even_when_frozen() {
    let faults = redemption_faults();
    let cancel = |case: &Burn| case.run(Action::CancelPayout { redemption: case.id });
    check(&Burn::new(), Effect::PayoutCancelled, &faults, cancel);
    let mut case = Burn::new();
    freeze(&mut case);
    assert_eq!(cancel(&case), Outcome::Applied(Effect::PayoutCancelled));
    case.stopped = true;
    assert_eq!(cancel(&case), Outcome::Applied(Effect::PayoutCancelled));
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Absent,
    Locked,
    LockedPaid,
    Instructed,
    InstructedPaid,
    Burned,
    Cancelled,
}

const STATES: [From; 7] = [
    From::Absent,
    From::Locked,
    From::LockedPaid,
    From::Instructed,
    From::InstructedPaid,
    From::Burned,
    From::Cancelled,
];

/// A world with A's redemption in a state; the payout entry, where there is one, names it.
fn reach(from: From) -> (World, [Bank; 3], CommandId, EntryId) {
    let (mut world, banks) = World::funded(1_000);
    let [a, ..] = banks;
    let preburn = world.preburn(&a, dollars(MINOR));
    let id = preburn.body.id();
    if from == From::Absent {
        return (world, banks, id, EntryId::new([0; 32]));
    }
    let payout = world.payout_to(&a, dollars(MINOR), &id);
    let mut commands = vec![preburn];
    if matches!(from, From::Instructed | From::InstructedPaid | From::Burned) {
        commands.extend(world.treasure(Action::InstructPayout { redemption: id }));
    }
    let paid = matches!(from, From::LockedPaid | From::InstructedPaid | From::Burned);
    if paid {
        commands.push(world.record_entry(&payout));
    }
    if from == From::Burned {
        let action = Action::ConfirmPayout { redemption: id, entry: entry_id(&payout) };
        commands.extend(world.treasure(action));
    }
    if from == From::Cancelled {
        commands.push(world.cancel_redemption(&a, id));
    }
    world.apply_all(&commands);
    (world, banks, id, if paid { entry_id(&payout) } else { EntryId::new([0; 32]) })
}

type Make = fn(&mut World, &[Bank; 3], CommandId, EntryId) -> SignedCommand;
type Expected = [Result<Effect, Refusal>; 7];

fn decided(world: &mut World, action: Action) -> SignedCommand {
    let [proposal, approval] = world.treasure(action);
    world.apply(&proposal);
    approval
}

fn rows() -> Vec<(&'static str, Make, Expected)> {
    use Refusal::{
        EntryUnknown, EntryUsed, PayoutBooked, PayoutInstructed, RedemptionEnded, RedemptionUnknown,
    };
    let (unknown, ended) = (Err(RedemptionUnknown), Err(RedemptionEnded));
    let (instructed, no_entry) = (Err(PayoutInstructed), Err(EntryUnknown));
    let back = Ok(Effect::RedemptionCancelled);
    let told = Ok(Effect::PayoutInstructed);
    let bounced = Ok(Effect::PayoutCancelled);
    let burned = Ok(Effect::Burned);
    vec![
        (
            "cancel by A",
            |w, [a, ..], id, _| w.cancel_redemption(a, id),
            [unknown, back, Err(PayoutBooked), instructed, instructed, ended, ended],
        ),
        ("cancel by B", |w, [_, b, _], id, _| w.cancel_redemption(b, id), [unknown; 7]),
        (
            "instruct",
            |w, _, redemption, _| decided(w, Action::InstructPayout { redemption }),
            [unknown, told, told, instructed, instructed, ended, ended],
        ),
        (
            "confirm",
            |w, _, redemption, entry| decided(w, Action::ConfirmPayout { redemption, entry }),
            [unknown, no_entry, burned, no_entry, burned, Err(EntryUsed), no_entry],
        ),
        (
            "cancel by treasury",
            |w, _, redemption, _| decided(w, Action::CancelPayout { redemption }),
            [unknown, bounced, bounced, bounced, bounced, ended, ended],
        ),
    ]
}

#[test]
fn i1_i3_i4_every_transition_of_a_redemption_and_the_money_after_it() {
    for (at, from) in STATES.into_iter().enumerate() {
        let (start, banks, id, entry) = reach(from);
        for (what, make, expected) in rows() {
            let mut world = start.clone();
            let command = make(&mut world, &banks, id, entry);
            let before = lasting(&world.state);
            let (outcome, row) = (world.run(&command), format!("{from:?}, {what}"));
            match expected[at] {
                Ok(effect) => assert_eq!(outcome, Outcome::Applied(effect), "{row}"),
                Err(refusal) => {
                    assert_eq!(outcome, Outcome::Refused(refusal), "{row}");
                    assert_eq!(lasting(&world.state), before, "{row} changed something");
                }
            }
            let found = match world.record(&Name::Redemption(id)) {
                Some(Record::Redemption(redemption)) => Some(*redemption),
                _ => None,
            };
            let (free, locked, supply) = match found.map(|r| r.state) {
                Some(RedemptionState::Locked | RedemptionState::Instructed) => (900, 100, 3_000),
                Some(RedemptionState::Burned(_)) => (900, 0, 2_900),
                Some(RedemptionState::Cancelled) | None => (1_000, 0, 3_000),
            };
            let account = take!(world, Account, Name::Account(world.account(&banks[0], usd())));
            let balances = (account.balances.available, account.balances.preburned);
            assert_eq!(balances, (free, locked), "{row}");
            assert_eq!(recount(&world.state)[&usd()].supply, supply, "{row}");
            let owed = found.filter(|r| r.is_open() && r.paid.is_some()).map_or(0, |_| MINOR);
            assert_eq!(take!(world, Currency, Name::Currency(usd())).paid, owed, "I2: {row}");
        }
    }
}

/// Mints `minor` for a bank against a credit of its own; what came of the approval.
fn try_mint(world: &mut World, bank: &Bank, minor: u128) -> Outcome {
    let reference = world.nonce().to_hex();
    let entry = world.credit_from(bank, dollars(minor), &reference);
    let request = world.request_mint(bank, dollars(minor), &reference);
    let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
    let commands = [world.record_entry(&entry), request, proposal];
    world.apply_all(&commands);
    world.run(&approval)
}

#[test]
fn i2_a_payout_that_has_left_does_not_halt_minting_and_buys_no_unit_more() {
    // Reserves equal supply to the unit; the payout leaves; then one unit more or less is there.
    for (names, extra, expected) in [
        (true, 0i8, Outcome::Applied(Effect::Minted)),
        (true, -1, Outcome::Refused(Refusal::ReserveShort)),
        (false, 0, Outcome::Refused(Refusal::ReserveShort)),
    ] {
        let (mut world, [a, b, _], id, _) = reach(From::Instructed);
        let mut payout = world.payout_to(&a, dollars(MINOR), &id);
        if !names {
            payout.reference = Text::new("unnamed").unwrap();
        }
        let record = world.record_entry(&payout);
        world.apply(&record);
        let balance = if extra < 0 { 2_899 } else { 2_900 };
        let attest = world.attest(usd(), balance);
        world.apply(&attest);
        assert_eq!(try_mint(&mut world, &b, 50), expected, "{names} {extra}");
        // The burn changes supply and claims alike: the bound is where it was.
        let burn =
            world.treasure(Action::ConfirmPayout { redemption: id, entry: entry_id(&payout) });
        world.apply_all(&burn);
        let supply = recount(&world.state)[&usd()].supply;
        for (balance, expected) in [
            (supply - 1, Outcome::Refused(Refusal::ReserveShort)),
            (supply, Outcome::Applied(Effect::Minted)),
        ] {
            let attest = world.attest(usd(), balance);
            world.apply(&attest);
            assert_eq!(try_mint(&mut world, &b, 50), expected, "{names} {extra} after the burn");
        }
    }
}

#[test]
fn i2_a_booked_payout_can_be_burned_whatever_the_reserves() {
    let (mut world, _, id, entry) = reach(From::InstructedPaid);
    let attest = world.attest(usd(), 0);
    world.apply(&attest);
    let max_age = world.genesis.limits.attestation_max_age_ms;
    world.block_at(world.now().after(max_age + 1), &[]);
    let burn = world.treasure(Action::ConfirmPayout { redemption: id, entry });
    world.apply_all(&burn);
    let Some(Record::Entry(used)) = world.record(&Name::Entry(entry)) else { panic!() };
    assert!(used.used);
}

#[test]
fn i2_what_a_cancelled_redemption_was_paid_counts_against_reserves_again() {
    let (mut world, [a, b, _], id, entry) = reach(From::InstructedPaid);
    let cancel = world.treasure(Action::CancelPayout { redemption: id });
    world.apply_all(&cancel);
    assert_eq!(try_mint(&mut world, &b, 50), Outcome::Refused(Refusal::ReserveShort));
    // The old payout pays nothing else: it names another redemption, and is of before.
    let again = world.preburn(&a, dollars(MINOR));
    world.apply(&again);
    let redemption = again.body.id();
    let approval = decided(&mut world, Action::ConfirmPayout { redemption, entry });
    assert_eq!(refused(&mut world, &approval), Refusal::EntryMismatch);
}

#[test]
fn i3_a_payout_pays_the_redemption_it_names_and_no_other() {
    let (mut world, [a, ..], first, entry) = reach(From::LockedPaid);
    let second = world.preburn(&a, dollars(MINOR));
    world.apply(&second);
    let second = second.body.id();
    let unnamed = BankEntry {
        reference: Text::new("R").unwrap(),
        ..world.payout_to(&a, dollars(MINOR), &second)
    };
    let late =
        BankEntry { sequence: unnamed.sequence + 1, ..world.payout_to(&a, dollars(MINOR), &first) };
    let records = [world.record_entry(&unnamed), world.record_entry(&late)];
    world.apply_all(&records);
    for (redemption, entry, refusal) in [
        // The first was paid by the entry that names it first, and by no other.
        (first, entry_id(&unnamed), Refusal::EntryMismatch),
        (first, entry_id(&late), Refusal::EntryMismatch),
        (second, entry_id(&late), Refusal::EntryMismatch),
    ] {
        let approval = decided(&mut world, Action::ConfirmPayout { redemption, entry });
        assert_eq!(refused(&mut world, &approval), refusal);
    }
    let mut burns = world.treasure(Action::ConfirmPayout { redemption: first, entry }).to_vec();
    let entry = entry_id(&unnamed);
    burns.extend(world.treasure(Action::ConfirmPayout { redemption: second, entry }));
    world.apply_all(&burns);
    assert_eq!(recount(&world.state)[&usd()].supply, 2_800);
}

/// A world in which a redemption was paid and burned.
pub(super) fn burned() -> World {
    let (mut world, _, id, entry) = reach(From::InstructedPaid);
    world.treasure(Action::ConfirmPayout { redemption: id, entry }).iter().for_each(|command| {
        world.apply(command);
    });
    world
}

#[test]
fn i4_the_journal_of_a_currency_says_what_was_burned() {
    let (world, ..) = reach(From::Burned);
    let rows = world.sets.iter().flat_map(|set| &set.lists.logs);
    let entries: Vec<TotalsEntry> = rows
        .filter(|row| row.log == LogName::Currency(usd()))
        .map(|row| decode(&row.bytes, 1 << 16).unwrap())
        .collect();
    let minted: u128 = entries.iter().map(|entry| entry.minted).sum();
    let burned: u128 = entries.iter().map(|entry| entry.burned).sum();
    assert_eq!((minted, burned), (3_000, MINOR));
    assert_eq!(entries.last().unwrap().closing.supply, minted - burned);
}

#[test]
fn i3_receipts_of_a_redemption_go_to_holder_and_treasury_and_of_a_burn_to_the_custodian() {
    let (mut world, [a, ..], id, entry) = reach(From::InstructedPaid);
    let entered = take!(world, Redemption, Name::Redemption(id)).entered;
    let [proposal, approval] = world.treasure(Action::ConfirmPayout { redemption: id, entry });
    let receipt = world.block(&[proposal, approval]).receipts[1].clone();
    let mut parties = vec![a.lei, crate::testing::issuer_lei(), custodian_lei()];
    parties.sort();
    assert_eq!((receipt.entered, receipt.parties), (entered, parties));
    assert_eq!(receipt.debit, Some(world.account(&a, usd())));
    assert_eq!((receipt.credit, receipt.money), (None, Some(dollars(MINOR))));
}
