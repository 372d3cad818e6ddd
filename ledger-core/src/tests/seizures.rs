//! Seizures: who orders, what they take, where it goes, who hears (I10, I3, I4).

use proptest::prelude::*;

use crate::{
    account::{Account, AccountStatus, Balances, Totals},
    codec::decode,
    command::{Action, VoidReason},
    freeze::FreezeTarget,
    id::{AccountId, Lei, PartyId, Text},
    journal::{JournalEntry, LogName, Movement, MovementKind, TotalsEntry},
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    seizure::{Disposal, SeizureOrder},
    testing::{
        Actor, Bank, World, commands::entry_id, compliance_lei, issuer_lei, jpy, recount, usd,
    },
    tests::{
        faults::{check, fault, refused},
        journals::assert_burns_explained,
        model::same_every_time,
        movements::stopped,
        payments::{frozen, suspended},
    },
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// A's dollars are frozen, and so is the blocked-property account, C's; B's are free.
fn watched() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000);
    world.appoint_compliance();
    for bank in [&banks[0], &banks[2]] {
        let freeze = world.freeze(FreezeTarget::Account(world.account(bank, usd())));
        world.apply(&freeze);
    }
    (world, banks)
}

fn order(world: &World, from: &Bank, minor: u128, disposal: Disposal) -> SeizureOrder {
    SeizureOrder {
        from: world.account(from, usd()),
        party: None,
        money: dollars(minor),
        disposal,
        reference: Text::new("ORDER-7").unwrap(),
    }
}

fn account(world: &World, bank: &Bank) -> Account {
    match world.record(&Name::Account(world.account(bank, usd()))) {
        Some(Record::Account(account)) => account.clone(),
        other => panic!("{other:?}"),
    }
}

fn totals(world: &World) -> Totals {
    match world.record(&Name::Currency(usd())) {
        Some(Record::Currency(currency)) => currency.totals,
        other => panic!("{other:?}"),
    }
}

#[derive(Clone)]
struct Case {
    world: World,
    banks: [Bank; 3],
    by: Actor,
    order: SeizureOrder,
    plants: Vec<(Name, Record)>,
}

fn run(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    world.plant(case.plants.clone());
    let proposal = world.propose(&Actor::network_compliance(1), Action::Seize(case.order.clone()));
    world.apply(&proposal);
    let approval = world.approve(&case.by, &proposal);
    match world.run(&approval) {
        Outcome::Refused(refusal) => {
            let approval = world.approve(&case.by, &proposal);
            assert_eq!(refused(&mut world, &approval), refusal, "a refusal is repeatable");
            Outcome::Refused(refusal)
        }
        applied @ Outcome::Applied(_) => applied,
    }
}

fn unfreeze(case: &mut Case, bank: usize) {
    let mut free = account(&case.world, &case.banks[bank]);
    free.status = AccountStatus::Active;
    case.plants.push((Name::Account(free.id), Record::Account(free)));
}

#[test]
fn i5_i10_an_order_is_refused_for_the_first_reason_that_applies() {
    let (world, banks) = watched();
    let [a, b, c] = banks;
    let disposals = [
        (Disposal::Block(world.account(&c, usd())), Effect::Seized),
        (Disposal::Deliver(world.account(&b, usd())), Effect::Seized),
        (Disposal::Burn, Effect::BurnedByOrder),
    ];
    for (disposal, effect) in disposals {
        let order = order(&world, &a, 100, disposal);
        let by = Actor::network_compliance(2);
        let good = Case { world: world.clone(), banks, by, order, plants: Vec::new() };
        let mut faults = vec![
            fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = Actor::operator(1)),
            fault(Refusal::SamePerson, &["by"], |c| c.by = Actor::network_compliance(1)),
            fault(Refusal::CurrencyUnknown, &["currency", "minor"], |c| {
                c.order.money = Money::new(Currency::new("XAU").unwrap(), 100);
            }),
            fault(Refusal::AmountZero, &["minor", "currency"], |c| c.order.money = dollars(0)),
            fault(Refusal::AccountUnknown, &["from", "to", "party", "minor"], |c| {
                c.order.from = AccountId::new([0; 32]);
            }),
            fault(Refusal::CurrencyMismatch, &["currency"], |c| {
                c.order.money = Money::new(jpy(), c.order.money.minor());
            }),
            fault(Refusal::InsufficientFunds, &["minor", "currency"], |c| {
                c.order.money = dollars(1_001);
            }),
            fault(Refusal::NotFrozen, &["from", "party"], |c| unfreeze(c, 0)),
            fault(Refusal::NotFrozen, &["from", "party"], |c| {
                c.order.party = Some(c.banks[0].party(1));
            }),
            fault(Refusal::PartyUnknown, &["party", "from"], |c| {
                c.order.party = Some(PartyId::new([0; 32]));
            }),
            fault(Refusal::PartyNotYours, &["party", "from"], |c| {
                c.order.party = Some(c.banks[1].party(1));
            }),
        ];
        if disposal != Disposal::Burn {
            faults.extend([
                fault(Refusal::OutOfRange, &["to", "from", "blocked"], |c: &mut Case| {
                    aim(c, c.order.from);
                }),
                fault(Refusal::AccountUnknown, &["to", "blocked"], |c| {
                    aim(c, AccountId::new([0; 32]));
                }),
                fault(Refusal::CurrencyMismatch, &["to", "blocked", "currency"], |c| {
                    aim(c, c.world.account(&c.banks[1], jpy()));
                }),
            ]);
        }
        faults.push(match disposal {
            Disposal::Block(_) => fault(Refusal::NotFrozen, &["blocked"], |c| unfreeze(c, 2)),
            Disposal::Deliver(_) => fault(Refusal::AccountFrozen, &["blocked"], |c| {
                c.plants.push(frozen(&c.world, &c.world.account(&c.banks[1], usd())));
            }),
            Disposal::Burn => fault(Refusal::AmountZero, &["minor", "currency"], |c| {
                c.order.money = dollars(0);
            }),
        });
        check(&good, effect, &faults, run);
    }
}

/// Another account for what is seized, in the same way.
fn aim(case: &mut Case, to: AccountId) {
    case.order.disposal = match case.order.disposal {
        Disposal::Block(_) => Disposal::Block(to),
        Disposal::Deliver(_) => Disposal::Deliver(to),
        Disposal::Burn => Disposal::Burn,
    };
}

/// What a seizure leaves: A's available and frozen, that of the account it goes to, supply, frozen.
#[test]
fn i1_i4_i10_what_is_seized_moves_stays_frozen_or_leaves_supply_and_the_journals_say_so() {
    for (minor, make) in [(1, 0), (400, 0), (1_000, 0), (400, 1), (1_000, 1), (400, 2), (1_000, 2)]
    {
        let (mut world, [a, b, c]) = watched();
        let (to, disposal) = match make {
            0 => (Some(c), Disposal::Block(world.account(&c, usd()))),
            1 => (Some(b), Disposal::Deliver(world.account(&b, usd()))),
            _ => (None, Disposal::Burn),
        };
        let order = order(&world, &a, minor, disposal);
        world.complied(Action::Seize(order.clone()));
        assert_eq!(account(&world, &a).balances.available, 1_000 - minor);
        assert_eq!(account(&world, &a).status, AccountStatus::Frozen);
        if let Some(to) = to {
            assert_eq!(account(&world, &to).balances.available, 1_000 + minor);
        }
        let burned = if make == 2 { minor } else { 0 };
        let frozen = if make == 0 { 2_000 } else { 2_000 - minor };
        let Totals { supply, frozen: kept, .. } = totals(&world);
        assert_eq!((supply, kept), (3_000 - burned, frozen));
        assert_eq!(recount(&world.state)[&usd()].supply, 3_000 - burned);
        // The journals: of the currency, and of both accounts.
        let set = world.sets.last().unwrap();
        let rows = |log: LogName| set.lists.logs.iter().filter(move |row| row.log == log);
        let told: Vec<TotalsEntry> =
            rows(LogName::Currency(usd())).map(|row| decode(&row.bytes, 512).unwrap()).collect();
        match told.as_slice() {
            [] => assert_eq!(make, 0, "only what stays frozen changes no total"),
            [told] => {
                let TotalsEntry { minted, burned: less, closing, .. } = told;
                assert_eq!((*minted, *less, closing.supply), (0, burned, 3_000 - burned));
            }
            _ => panic!("one entry per block"),
        }
        let movements = |bank: &Bank| -> Vec<Movement> {
            let mut rows = rows(LogName::Account(world.account(bank, usd())));
            let row = rows.next().unwrap();
            let entry: JournalEntry = decode(&row.bytes, 512).unwrap();
            assert_eq!(entry.closing, account(&world, bank).balances);
            decode(&row.detail, 512).unwrap()
        };
        let command = set.receipts[1].command;
        let kind = MovementKind::Seized;
        assert_eq!(movements(&a), [Movement { command, kind, minor }]);
        if let Some(to) = to {
            let kind = MovementKind::Received;
            assert_eq!(movements(&to), [Movement { command, kind, minor }]);
        }
        // And the order's record, which stands where a burn cites a bank entry (I3).
        let Some(Record::Seizure(kept)) = world.record(&Name::Seizure(command)) else { panic!() };
        assert_eq!((kept.id, kept.organisation, kept.member), (command, compliance_lei(), a.lei));
        assert_eq!((&kept.order, kept.time), (&order, world.now()));
    }
}

#[test]
fn i10_an_order_is_told_to_who_decides_and_the_member_that_loses_and_of_a_burn_to_the_issuer() {
    let (mut world, [a, b, c]) = watched();
    let sorted = |mut leis: Vec<Lei>| {
        leis.sort();
        leis
    };
    let (blocked, free) = (world.account(&c, usd()), world.account(&b, usd()));
    for (disposal, parties) in [
        (Disposal::Block(blocked), vec![compliance_lei(), a.lei]),
        (Disposal::Deliver(free), vec![compliance_lei(), a.lei]),
        (Disposal::Burn, vec![compliance_lei(), a.lei, issuer_lei()]),
    ] {
        let order = order(&world, &a, 7, disposal);
        let commands = world.comply(Action::Seize(order.clone()));
        let receipts = world.block(&commands).receipts;
        assert_eq!(receipts[0].parties, [compliance_lei()]);
        assert_eq!(receipts[1].parties, sorted(parties));
        let shown = (receipts[1].debit, receipts[1].credit, receipts[1].money, receipts[1].leg);
        assert_eq!(shown, (Some(order.from), None, Some(order.money), None));
    }
}

#[test]
fn i10_a_frozen_customers_money_is_taken_from_its_members_account_which_stays_free() {
    let (mut world, [a, b, c]) = watched();
    let freeze = world.freeze(FreezeTarget::Party(b.party(2)));
    world.apply(&freeze);
    let blocked = Disposal::Block(world.account(&c, usd()));
    let of_customer = SeizureOrder { party: Some(b.party(2)), ..order(&world, &b, 300, blocked) };
    let before = totals(&world).frozen;
    world.complied(Action::Seize(of_customer));
    assert_eq!(totals(&world).frozen, before + 300);
    let payment = world.payment(&b, &a, Money::new(jpy(), 1));
    let transfer = world.transfer(&b, &a, &payment);
    world.apply(&transfer);
    assert_eq!(account(&world, &b).status, AccountStatus::Active);
}

#[test]
fn i10_what_is_held_or_preburned_is_taken_once_it_is_free_again() {
    let (mut world, [a, b, c]) = World::funded(1_000);
    world.appoint_compliance();
    let payment = world.payment(&a, &b, dollars(400));
    let (hold, preburn) = (world.hold(&a, &payment), world.preburn(&a, dollars(500)));
    world.apply_all(&[hold, preburn.clone()]);
    for bank in [&a, &c] {
        let freeze = world.freeze(FreezeTarget::Account(world.account(bank, usd())));
        world.apply(&freeze);
    }
    let blocked = Disposal::Block(world.account(&c, usd()));
    let take = |world: &mut World, minor| {
        let order = order(world, &a, minor, blocked);
        let [proposal, approval] = world.comply(Action::Seize(order));
        world.apply(&proposal);
        world.run(&approval)
    };
    let short = Outcome::Refused(Refusal::InsufficientFunds);
    assert_eq!(take(&mut world, 101), short);
    let void = world.void(&b, &payment, VoidReason::Rejected);
    world.apply(&void);
    assert_eq!(take(&mut world, 501), short);
    let redemption = preburn.body.id();
    let bounced = world.treasure(Action::CancelPayout { redemption });
    world.apply_all(&bounced);
    assert_eq!(take(&mut world, 1_001), short);
    assert_eq!(take(&mut world, 1_000), Outcome::Applied(Effect::Seized));
    assert_eq!(account(&world, &a).balances, Balances::default());
}

#[test]
fn i10_an_order_is_carried_out_in_a_stopped_currency_and_against_a_suspended_member() {
    let (mut world, [a, b, _]) = watched();
    let plants = vec![stopped(usd()), suspended(&world, &a), suspended(&world, &b)];
    world.plant(plants);
    let free = Disposal::Deliver(world.account(&b, usd()));
    let order = order(&world, &a, 1, free);
    let commands = world.comply(Action::Seize(order));
    let receipts = world.block(&commands).receipts;
    assert_eq!(receipts[1].outcome, Outcome::Applied(Effect::Seized));
}

#[test]
fn i2_a_burn_by_order_makes_room_for_mints_of_as_much() {
    let (mut world, [a, b, _]) = watched();
    let more = |world: &mut World, minor: u128| {
        let money = dollars(minor);
        let entry = world.credit_from(&b, money, "MORE");
        let request = world.request_mint(&b, money, "MORE");
        let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
        let record = world.record_entry(&entry);
        world.apply_all(&[record, request, proposal]);
        // Reserves are 3,000, all entries included.
        let attest = world.attest(usd(), 3_000);
        world.apply(&attest);
        world.run(&approval)
    };
    let mut tight = world.clone();
    assert_eq!(more(&mut tight, 1), Outcome::Refused(Refusal::ReserveShort));
    let order = order(&world, &a, 250, Disposal::Burn);
    world.complied(Action::Seize(order));
    let mut over = world.clone();
    assert_eq!(more(&mut over, 251), Outcome::Refused(Refusal::ReserveShort));
    assert_eq!(more(&mut world, 250), Outcome::Applied(Effect::Minted));
}

/// However orders follow each other, money is where a plain count says, and I1 holds (recounted by
/// the world after every block).
#[test]
fn i1_i3_i4_i10_random_orders_agree_with_a_plain_count() {
    let founded = watched();
    let step = (0..3usize, 0..4usize, 0..700u128);
    let taken = std::cell::Cell::new([0u32; 3]);
    same_every_time(40)
        .run(&prop::collection::vec(step, 1..12), |steps| {
            let (mut world, banks) = founded.clone();
            let mut plain = [1_000u128; 3];
            let is_frozen = [true, false, true];
            for (from, to, minor) in steps {
                let disposal = match banks.get(to) {
                    Some(bank) if is_frozen[to] => Disposal::Block(world.account(bank, usd())),
                    Some(bank) => Disposal::Deliver(world.account(bank, usd())),
                    None => Disposal::Burn,
                };
                let order = order(&world, &banks[from], minor, disposal);
                let [proposal, approval] = world.comply(Action::Seize(order));
                world.apply(&proposal);
                let may = is_frozen[from] && from != to && minor > 0 && plain[from] >= minor;
                let applied = matches!(world.run(&approval), Outcome::Applied(_));
                prop_assert_eq!(applied, may);
                if may {
                    plain[from] -= minor;
                    let mut counts = taken.get();
                    counts[if to == 3 { 2 } else { usize::from(is_frozen[to]) }] += 1;
                    taken.set(counts);
                    if let Some(sum) = plain.get_mut(to) {
                        *sum += minor;
                    }
                }
                for (bank, sum) in banks.iter().zip(plain) {
                    prop_assert_eq!(account(&world, bank).balances.available, sum);
                }
                prop_assert_eq!(totals(&world).supply, plain.iter().sum::<u128>());
                prop_assert_eq!(totals(&world).frozen, plain[0] + plain[2]);
            }
            assert_burns_explained(&world);
            Ok(())
        })
        .unwrap();
    assert!(taken.get().iter().all(|count| *count > 5), "{:?}", taken.get());
}
