//! Controls of issuance, by command: who sets them, what each stops, and that nothing else stops
//! (I2, I3, I5, I6, I10).

use crate::{
    account::Totals,
    authority::Role,
    codec::{decode, encode},
    command::{Action, Approval, Command, Freeze, VoidReason},
    controls::{MintCaps, MintTerms},
    freeze::FreezeTarget,
    freshness::{Calendar, DAY_MS, Freshness},
    id::{Lei, ReserveId, Text},
    journal::{LogName, TotalsEntry},
    limits::MAX_HOLIDAYS,
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    reserve::{Attestation, EvidenceClass, Reserve, Turnover, concentrated},
    state::State,
    testing::{
        Actor, BLOCK_MS, LIMITS, World,
        commands::{entry_id, sign},
        compliance_lei, custodian_lei, issuer_lei, jpy, lei, operator_lei, usd,
    },
    tests::{
        faults::{check, fault, refused},
        minting::try_mint,
    },
    time::{Height, LedgerTime},
};

/// Saturday and Sunday.
const WEEKEND: u8 = 0b0110_0000;
const MINTED: Outcome = Outcome::Applied(Effect::Minted);

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

fn under(world: &mut World, terms: MintTerms) {
    let commands = world.set_mint_terms(usd(), terms);
    world.apply_all(&commands);
}

fn gold() -> Currency {
    Currency::new("XAU").unwrap()
}

fn refusal(reason: Refusal) -> Outcome {
    Outcome::Refused(reason)
}

#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    currency: Currency,
    terms: MintTerms,
}

fn set(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    let (currency, terms) = (case.currency, case.terms.clone());
    let proposal = world.propose(&Actor::operator(1), Action::SetMintTerms { currency, terms });
    world.apply(&proposal);
    let Command::Propose { action, .. } = &proposal.body.command else { panic!() };
    let approval =
        Approval { proposal: proposal.body.id(), content: action.content(), policy_version: 1 };
    let body = world.body(operator_lei(), Command::Approve(approval));
    world.run(&sign(body, &[&case.by]))
}

#[test]
fn i5_i6_terms_are_refused_for_the_first_reason_that_applies() {
    let (mut world, _) = World::running();
    let clerk = Actor::new(operator_lei(), Role::Transport, "clerk");
    let registered = world.register_key(clerk.grant);
    world.apply_all(&registered);
    let (by, terms) = (Actor::operator(2), MintTerms::default());
    let good = Case { world, by, currency: usd(), terms };
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| {
            c.by = Actor::new(operator_lei(), Role::Transport, "clerk");
        }),
        fault(Refusal::SamePerson, &["by"], |c| c.by = Actor::operator(1)),
        fault(Refusal::CurrencyUnknown, &["currency"], |c| c.currency = gold()),
        fault(Refusal::OutOfRange, &["window"], |c| c.terms.window_ms = 0),
        fault(Refusal::OutOfRange, &["concentration"], |c| c.terms.concentration = 10_001),
        fault(Refusal::OutOfRange, &["age"], |c| c.terms.max_age_ms = 1),
        fault(Refusal::OutOfRange, &["calendar"], |c| c.terms.calendar.weekend = 127),
    ];
    check(&good, Effect::Executed, &faults, set);
}

#[test]
fn i5_treasury_and_compliance_cannot_propose_terms() {
    let (mut world, _) = World::running();
    world.appoint_compliance();
    for other in [Actor::treasury(1), Actor::network_compliance(1), Actor::custodian()] {
        let action = Action::SetMintTerms { currency: usd(), terms: MintTerms::default() };
        let proposal = world.propose(&other, action);
        assert_eq!(refused(&mut world, &proposal), Refusal::WrongRole);
    }
    let commands = world.set_mint_terms(usd(), MintTerms::default());
    let receipts = world.block(&commands).receipts;
    let mut parties = vec![issuer_lei(), operator_lei()];
    parties.sort();
    assert_eq!(receipts[1].parties, parties);
}

#[test]
fn i6_from_genesis_every_control_is_off() {
    let (world, _) = World::running();
    for currency in [usd(), jpy()] {
        let controls = world.mint_controls(currency);
        assert_eq!(controls.terms, MintTerms::default());
        assert!(!controls.stopped && controls.allowance_left().is_none());
        let network = Freshness::every_day(LIMITS.attestation_max_age_ms);
        assert_eq!(controls.terms.freshness(LIMITS.attestation_max_age_ms), network);
    }
}

#[test]
fn i6_an_allowance_falls_with_use_and_neither_burns_nor_time_restore_it() {
    let (mut world, [a, ..]) = World::running();
    under(&mut world, MintTerms { allowance: Some(100), ..MintTerms::default() });
    assert_eq!(try_mint(&mut world, &a, 60), MINTED);
    assert_eq!(world.mint_controls(usd()).allowance_left(), Some(40));
    assert_eq!(try_mint(&mut world, &a, 41), refusal(Refusal::AllowanceExceeded));
    assert_eq!(world.mint_controls(usd()).allowance_left(), Some(40), "a refusal uses nothing");
    // A burn of what was minted.
    let preburn = world.preburn(&a, dollars(60));
    world.apply(&preburn);
    let redemption = preburn.body.id();
    let payout = world.payout_to(&a, dollars(60), &redemption);
    let record = world.record_entry(&payout);
    world.apply(&record);
    let action = Action::ConfirmPayout { redemption, entry: entry_id(&payout) };
    let burn = world.treasure(action);
    world.apply_all(&burn);
    world.block_at(world.now().after(400 * DAY_MS), &[]);
    let attest = [world.attest(usd(), 41), world.attest(jpy(), 0)];
    world.apply_all(&attest);
    assert_eq!(try_mint(&mut world, &a, 41), refusal(Refusal::AllowanceExceeded));
    // The same terms once more change nothing; a higher ceiling does.
    under(&mut world, MintTerms { allowance: Some(100), ..MintTerms::default() });
    assert_eq!(world.mint_controls(usd()).allowance_left(), Some(40));
    under(&mut world, MintTerms { allowance: Some(101), ..MintTerms::default() });
    assert_eq!(try_mint(&mut world, &a, 41), MINTED);
    assert_eq!(world.mint_controls(usd()).allowance_left(), Some(0));
    // Another currency has its own.
    world.fund(&a, Money::new(jpy(), 1_000));
    assert_eq!(world.mint_controls(jpy()).minted, 1_000);
    assert_eq!(world.mint_controls(usd()).minted, 101);
}

#[test]
fn i6_a_cap_holds_within_a_block_and_until_the_bucket_has_left() {
    let (mut world, [a, ..]) = World::running();
    let caps = MintCaps { custodian: Some(100), ..MintCaps::default() };
    under(&mut world, MintTerms { caps, ..MintTerms::default() });
    assert_eq!(try_mint(&mut world, &a, 70), MINTED);
    let minted_at = world.now().get();
    assert_eq!(try_mint(&mut world, &a, 31), refusal(Refusal::MintCapReached));
    // The whole rest of the cap.
    assert_eq!(try_mint(&mut world, &a, 30), MINTED);
    let hour = DAY_MS / 24;
    let leaves = (minted_at / hour + 25) * hour;
    for (time, expected) in [(leaves - 1, refusal(Refusal::MintCapReached)), (leaves, MINTED)] {
        let mut world = world.clone();
        // The mint is in the second block after this one.
        world.block_at(LedgerTime::new(time - 3 * BLOCK_MS), &[]);
        let attest = world.attest(usd(), 100);
        world.apply(&attest);
        assert_eq!(try_mint(&mut world, &a, 1), expected, "{time}");
        assert_eq!(world.now().get(), time);
    }
}

#[test]
fn i3_i6_mints_are_capped_by_the_class_of_their_evidence() {
    let (start, [a, ..]) = World::running();
    for (class, other) in [
        (EvidenceClass::Custodian, EvidenceClass::Trustee),
        (EvidenceClass::Trustee, EvidenceClass::Agent),
        (EvidenceClass::Agent, EvidenceClass::Custodian),
    ] {
        let cap = |of| (of == class).then_some(10);
        let caps = MintCaps {
            all: None,
            custodian: cap(EvidenceClass::Custodian),
            trustee: cap(EvidenceClass::Trustee),
            agent: cap(EvidenceClass::Agent),
        };
        for (minted_as, expected) in [(class, refusal(Refusal::MintCapReached)), (other, MINTED)] {
            let mut world = start.clone();
            under(&mut world, MintTerms { caps, ..MintTerms::default() });
            // The entry is recorded while the custodian signs; its class is read at the mint.
            let entry = world.credit_from(&a, dollars(11), "R");
            let request = world.request_mint(&a, dollars(11), "R");
            let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
            let commands = [world.record_entry(&entry), request, proposal];
            world.apply_all(&commands);
            let reserve = Reserve { class: minted_as, ..world.reserve_record(usd()).clone() };
            world.plant(vec![(Name::Reserve(reserve.id), Record::Reserve(reserve))]);
            assert_eq!(world.run(&approval), expected, "{class:?} {minted_as:?}");
        }
    }
}

#[test]
fn i6_one_key_stops_minting_two_persons_allow_it_and_terms_do_not() {
    let (mut world, [a, ..]) = World::funded(1_000);
    world.appoint_compliance();
    let target = FreezeTarget::Minting(usd());
    let [proposal, approval] = world.unfreeze(target);
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::NotFrozen);
    for other in [Actor::treasury(1), Actor::operator(1), Actor::custodian()] {
        let reference = Text::new("CASE-1").unwrap();
        let command = world.sign(&other, Command::Freeze(Freeze { target, reference }));
        assert_eq!(refused(&mut world, &command), Refusal::WrongRole);
    }
    let unknown = world.freeze(FreezeTarget::Minting(gold()));
    assert_eq!(refused(&mut world, &unknown), Refusal::CurrencyUnknown);
    let freeze = world.freeze(target);
    let receipts = world.block(std::slice::from_ref(&freeze)).receipts;
    assert_eq!(receipts[0].outcome, Outcome::Applied(Effect::Frozen));
    let mut parties = vec![compliance_lei(), issuer_lei()];
    parties.sort();
    assert_eq!(receipts[0].parties, parties);
    let again = world.freeze(target);
    assert_eq!(refused(&mut world, &again), Refusal::AlreadyFrozen);
    assert_eq!(try_mint(&mut world, &a, 1), refusal(Refusal::MintingOff));
    under(&mut world, MintTerms { allowance: Some(u128::MAX), ..MintTerms::default() });
    assert_eq!(try_mint(&mut world, &a, 1), refusal(Refusal::MintingOff));
    world.fund(&a, Money::new(jpy(), 1));
    let [proposal, approval] = world.unfreeze(target);
    world.apply(&proposal);
    let by_maker = world.approve(&Actor::network_compliance(1), &proposal);
    assert_eq!(refused(&mut world, &by_maker), Refusal::SamePerson);
    assert_eq!(world.apply(&approval), Effect::Unfrozen);
    assert_eq!(try_mint(&mut world, &a, 1), MINTED);
}

#[test]
fn i6_where_nothing_may_be_minted_everything_else_goes_on() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    world.appoint_compliance();
    let caps = MintCaps { all: Some(0), custodian: Some(0), ..MintCaps::default() };
    let terms = MintTerms { allowance: Some(0), caps, concentration: 0, ..MintTerms::default() };
    under(&mut world, terms);
    let freeze = world.freeze(FreezeTarget::Minting(usd()));
    world.apply(&freeze);
    // Reserves are short and stale as well.
    world.block_at(world.now().after(2 * LIMITS.attestation_max_age_ms), &[]);
    let (paid, held, voided) = (
        world.payment(&a, &b, dollars(1)),
        world.payment(&a, &b, dollars(2)),
        world.payment(&a, &b, dollars(3)),
    );
    let commands = [
        world.transfer(&a, &b, &paid),
        world.hold(&a, &held),
        world.hold(&a, &voided),
        world.post(&b, &b, &held),
        world.void(&b, &voided, VoidReason::Rejected),
        world.request_mint(&a, dollars(5), "R"),
        world.attest(usd(), 0),
    ];
    world.apply_all(&commands);
    let (burnt, kept) = (world.preburn(&a, dollars(10)), world.preburn(&a, dollars(20)));
    world.apply_all(&[burnt.clone(), kept.clone()]);
    let redemption = burnt.body.id();
    let payout = world.payout_to(&a, dollars(10), &redemption);
    let entry = entry_id(&payout);
    let record = world.record_entry(&payout);
    world.apply(&record);
    let mut commands = world.treasure(Action::InstructPayout { redemption }).to_vec();
    commands.extend(world.treasure(Action::ConfirmPayout { redemption, entry }));
    commands.push(world.cancel_redemption(&a, kept.body.id()));
    world.apply_all(&commands);
    assert_eq!((world.available(&a, usd()), world.available(&b, usd())), (987, 1_003));
    assert_eq!(try_mint(&mut world, &a, 1), refusal(Refusal::ReserveShort));
}

/// A reserve account of a custodian with so much, some of it booked out since.
fn account(number: u8, custodian: Lei, available: u128, debits: u128) -> Reserve {
    let (world, _) = World::running();
    let mut reserve = world.reserve_record(usd()).clone();
    let (attestation, _) = reserve.books.attested.unwrap();
    reserve.id = ReserveId::new([number; 32]);
    reserve.custodian = custodian;
    let attestation = Attestation { available, balance: available, ..attestation };
    reserve.books.attested = Some((attestation, Turnover::default()));
    reserve.books.turnover.debits = debits;
    reserve
}

#[test]
fn i6_no_custodian_holds_more_than_its_part_of_the_reserves() {
    let (one, two, three) = (custodian_lei(), lei("SECOND"), lei("THIRD"));
    // Accounts, the greatest part of one custodian in basis points of their sum, rounded up.
    let rows = [
        (vec![account(1, one, 100, 0)], 10_000),
        (vec![account(1, one, 50, 0), account(2, two, 50, 0)], 5_000),
        (vec![account(1, one, 60, 0), account(2, two, 40, 0)], 6_000),
        // Accounts of one custodian are one part.
        (vec![account(1, one, 30, 0), account(2, one, 30, 0), account(3, two, 40, 0)], 6_000),
        (vec![account(1, one, 1, 0), account(2, two, 1, 0), account(3, three, 1, 0)], 3_334),
        // Debits of one custodian's account count against its other accounts, and no further.
        (vec![account(1, one, 60, 0), account(2, one, 0, 20), account(3, two, 40, 0)], 5_000),
        (vec![account(1, one, 40, 0), account(2, two, 0, 30), account(3, three, 60, 0)], 6_000),
        (vec![account(1, one, 0, 5), account(2, two, 0, 5)], 0),
        (Vec::new(), 0),
        (vec![account(1, one, u128::MAX, 0), account(2, two, 0, 0)], 10_000),
        (vec![account(1, one, u128::MAX / 2, 0), account(2, two, u128::MAX / 2, 0)], 5_000),
    ];
    let (world, _) = World::running();
    let fresh = Freshness::every_day(DAY_MS);
    for (number, (accounts, greatest)) in rows.into_iter().enumerate() {
        let over = |points, now| {
            let books = accounts.iter().map(|account| (account.custodian, &account.books));
            concentrated(books, now, &fresh, points)
        };
        assert!(!over(greatest, world.now()), "row {number}");
        assert!(greatest == 0 || over(greatest - 1, world.now()), "row {number}");
        // Accounts without a fresh attestation are no part of it.
        assert!(!over(0, world.now().after(2 * DAY_MS)), "row {number}");
    }
}

#[test]
fn i6_a_mint_is_refused_while_one_custodian_holds_too_much() {
    for (second, points, expected) in [
        (0, 9_999, refusal(Refusal::CustodianConcentration)),
        (0, 10_000, MINTED),
        (500, 5_000, MINTED),
        (499, 5_000, refusal(Refusal::CustodianConcentration)),
        (501, 5_000, refusal(Refusal::CustodianConcentration)),
    ] {
        let (mut world, [a, ..]) = World::running();
        let other = account(9, lei("SECOND"), second, 0);
        let Some(Record::Currency(currency)) = world.record(&Name::Currency(usd())) else {
            panic!()
        };
        let mut currency = currency.clone();
        currency.reserves.push(other.id);
        currency.reserves.sort();
        world.plant(vec![
            (Name::Reserve(other.id), Record::Reserve(other)),
            (Name::Currency(usd()), Record::Currency(currency)),
        ]);
        under(&mut world, MintTerms { concentration: points, ..MintTerms::default() });
        assert_eq!(try_mint(&mut world, &a, 500), expected, "{second} {points}");
    }
}

#[test]
fn i2_a_currency_has_its_own_age_limit_and_calendar() {
    let (mut world, [a, ..]) = World::running();
    // The network was founded on Friday 2027-01-15 at 08:00.
    let attested = world.reserve_record(usd()).books.attested.unwrap().0.as_of;
    let monday = (attested.get() / DAY_MS + 3) * DAY_MS;
    let into = attested.get() % DAY_MS;
    let calendar = Calendar { weekend: WEEKEND, holidays: Vec::new() };
    let day = u32::try_from(monday / DAY_MS).unwrap();
    let holiday = Calendar { holidays: vec![day], ..calendar.clone() };
    // Terms, the last time at which Friday's attestation supports a mint.
    let rows = [
        (MintTerms::default(), attested.get() + DAY_MS),
        (MintTerms { calendar: calendar.clone(), ..MintTerms::default() }, monday + into),
        (MintTerms { calendar: holiday, ..MintTerms::default() }, monday + DAY_MS + into),
        (MintTerms { max_age_ms: 3_600_000, ..MintTerms::default() }, attested.get() + 3_600_000),
        (
            MintTerms { max_age_ms: 2 * DAY_MS, calendar, ..MintTerms::default() },
            monday + DAY_MS + into,
        ),
    ];
    let entry = world.credit_from(&a, dollars(500), "R");
    let request = world.request_mint(&a, dollars(500), "R");
    let commands = [world.record_entry(&entry), request.clone()];
    world.apply_all(&commands);
    for (number, (terms, last)) in rows.into_iter().enumerate() {
        let mut world = world.clone();
        let until = terms.freshness(LIMITS.attestation_max_age_ms).until(attested);
        assert_eq!(until, LedgerTime::new(last), "row {number}");
        under(&mut world, terms);
        for (time, expected) in [(last, MINTED), (last + 1, refusal(Refusal::AttestationStale))] {
            let mut world = world.clone();
            world.block_at(LedgerTime::new(time - 2 * BLOCK_MS), &[]);
            let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
            world.apply(&proposal);
            assert_eq!(world.run(&approval), expected, "row {number} at {time}");
            assert_eq!(world.now().get(), time);
        }
    }
}

/// The entries of a currency's journal.
fn journal(world: &World, currency: Currency) -> Vec<TotalsEntry> {
    let rows = world.sets.iter().flat_map(|set| &set.lists.logs);
    let rows = rows.filter(|row| row.log == LogName::Currency(currency));
    rows.map(|row| decode(&row.bytes, 512).unwrap()).collect()
}

#[test]
fn i2_the_journal_of_a_currency_says_since_when_which_freshness_holds() {
    let (mut world, _) = World::running();
    assert!(journal(&world, usd()).is_empty());
    let calendar = Calendar { weekend: WEEKEND, holidays: vec![20_812] };
    let terms = MintTerms { max_age_ms: 5_000, calendar, ..MintTerms::default() };
    under(&mut world, terms.clone());
    let told = journal(&world, usd());
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].height, told[0].time), (world.state.header().height, world.now()));
    assert_eq!(told[0].freshness, terms.freshness(LIMITS.attestation_max_age_ms));
    assert_eq!((told[0].closing, told[0].minted, told[0].paid), (Totals::default(), 0, 0));
    // Terms that change nothing of it are no news, and neither is a stop.
    under(&mut world, MintTerms { allowance: Some(1), ..terms });
    world.appoint_compliance();
    let freeze = world.freeze(FreezeTarget::Minting(usd()));
    world.apply(&freeze);
    assert_eq!(journal(&world, usd()).len(), 1);
    // Back to the network's: the next entry says so. The other currency was never touched.
    under(&mut world, MintTerms::default());
    let network = Freshness::every_day(LIMITS.attestation_max_age_ms);
    assert_eq!(journal(&world, usd()).last().unwrap().freshness, network);
    assert!(journal(&world, jpy()).is_empty());
}

#[test]
fn i2_the_largest_entry_of_a_currencys_journal_fits_its_readers() {
    let holidays = (0..u32::try_from(MAX_HOLIDAYS).unwrap()).map(|day| u32::MAX - 64 + day);
    let calendar = Calendar { weekend: 126, holidays: holidays.collect() };
    assert!(calendar.is_well_formed());
    let all = u128::MAX;
    let entry = TotalsEntry {
        height: Height::new(u64::MAX),
        time: LedgerTime::new(u64::MAX),
        minted: all,
        burned: all,
        closing: Totals {
            supply: all,
            available: all,
            held: all,
            preburned: all,
            contract: all,
            frozen: all,
        },
        paid: all,
        freshness: Freshness { max_age_ms: u64::MAX, calendar },
    };
    assert_eq!(encode(&entry).len(), 426);
}

#[test]
fn i10_totals_say_how_much_frozen_accounts_hold() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    world.appoint_compliance();
    let frozen = |world: &World| match world.record(&Name::Currency(usd())) {
        Some(Record::Currency(currency)) => currency.totals.frozen,
        other => panic!("{other:?}"),
    };
    // Every class of a frozen account counts: 10 held, 20 preburned, the rest available.
    let held = world.payment(&a, &b, dollars(10));
    let (hold, preburn) = (world.hold(&a, &held), world.preburn(&a, dollars(20)));
    world.apply_all(&[hold, preburn.clone()]);
    let of = |world: &World, bank| FreezeTarget::Account(world.account(bank, usd()));
    let (first, second) = (of(&world, &a), of(&world, &b));
    let freeze = world.freeze(first);
    world.apply(&freeze);
    assert_eq!(frozen(&world), 1_000);
    let told = journal(&world, usd());
    assert_eq!(told.last().unwrap().height, world.state.header().height);
    assert_eq!(told.last().unwrap().closing.frozen, 1_000);
    // Holds and redemptions that end leave the sum as it is; a customer's freeze is no part of it.
    let ends = [
        world.void(&b, &held, VoidReason::Rejected),
        world.cancel_redemption(&a, preburn.body.id()),
        world.freeze(FreezeTarget::Party(b.party(1))),
    ];
    world.apply_all(&ends);
    assert_eq!(frozen(&world), 1_000);
    let freeze = world.freeze(second);
    world.apply(&freeze);
    assert_eq!(frozen(&world), 2_000);
    for (target, left) in [(first, 1_000), (second, 0)] {
        let [proposal, approval] = world.unfreeze(target);
        world.apply_all(&[proposal, approval]);
        assert_eq!(frozen(&world), left);
    }
    // Frozen and freed in one block is no news.
    let entries = journal(&world, usd()).len();
    let freeze = world.freeze(first);
    let [proposal, approval] = world.unfreeze(first);
    world.apply_all(&[freeze, proposal, approval]);
    assert_eq!(journal(&world, usd()).len(), entries);
}

#[test]
fn i11_terms_counters_and_switch_come_back_from_a_store() {
    let (mut world, [a, ..]) = World::funded(10);
    world.appoint_compliance();
    let calendar = Calendar { weekend: WEEKEND, holidays: vec![20_812] };
    let caps = MintCaps { all: Some(50), ..MintCaps::default() };
    under(&mut world, MintTerms { allowance: Some(70), caps, calendar, ..MintTerms::default() });
    assert_eq!(try_mint(&mut world, &a, 7), MINTED);
    let freeze = world.freeze(FreezeTarget::Minting(jpy()));
    world.apply(&freeze);
    let restored = State::restore(world.kept(world.state.header().height)).unwrap();
    assert_eq!(restored.results(), world.state.results());
    let before = world.mint_controls(usd()).clone();
    assert_eq!((before.minted, before.window(world.now()).sum().all()), (37, 37));
    world.state = restored;
    assert_eq!(*world.mint_controls(usd()), before);
    assert!(world.mint_controls(jpy()).stopped);
    assert_eq!(try_mint(&mut world, &a, 14), refusal(Refusal::MintCapReached));
    assert_eq!(try_mint(&mut world, &a, 13), MINTED);
}
