//! Journals of currencies and reserve accounts: what stood behind tokens at any height.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    account::Totals,
    codec::decode,
    command::Action,
    freeze::FreezeTarget,
    freshness::Freshness,
    id::{ReserveId, Text},
    journal::{BooksEntry, JournalEntry, LogName, Movement, TotalsEntry, lists_of},
    money::{Currency, Money},
    proof::SlotContent,
    record::{Name, Record},
    redemption::{Redemption, RedemptionState},
    reserve::ReserveBooks,
    seizure::{Disposal, SeizureOrder},
    state::{State, WriteSet},
    testing::{Bank, LIMITS, World, usd},
    tests::{redemption, replay::busy},
};

/// What the store keeps of an account's journal is enough to make its entries again.
#[test]
fn w21_an_accounts_entry_follows_from_its_movements_its_balance_and_its_block() {
    let world = busy();
    let mut seen = 0;
    for set in &world.sets {
        let moment = (set.header.height, set.header.time);
        for row in &set.lists.logs {
            let LogName::Account(account) = row.log else { continue };
            let entry: JournalEntry = decode(&row.bytes, 512).unwrap();
            let movements: Vec<Movement> = decode(&row.detail, 4_096).unwrap();
            let made = |moved: &[Movement], blinding| {
                JournalEntry::of(account, moment, (moved, entry.closing), blinding)
            };
            assert_eq!(made(&movements, &set.blinding), entry);
            assert_ne!(made(&movements[1..], &set.blinding), entry);
            assert_ne!(made(&movements, &world.sets[0].blinding), entry);
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen} entries");
}

/// The records of a state own its lists: all of them, each once.
#[test]
fn i11_every_list_is_owned_by_one_record_which_commits_to_its_right_edge() {
    let world = busy();
    let owned: Vec<_> = world.state.records().flat_map(lists_of).collect();
    let names: BTreeSet<LogName> = owned.iter().map(|(log, _)| *log).collect();
    assert_eq!(names.len(), owned.len());
    assert!(owned.iter().all(|(log, head)| world.state.frontier(log).head() == *head));
    let grown = world.sets.iter().flat_map(|set| set.lists.frontiers.keys());
    assert!(grown.into_iter().all(|log| names.contains(log)));
}

/// What decides I2 at a height.
#[derive(Debug, Default, PartialEq, Eq)]
struct Backed {
    reserves: BTreeMap<ReserveId, ReserveBooks>,
    totals: BTreeMap<Currency, (Totals, u128)>,
    fresh: BTreeMap<Currency, Freshness>,
}

/// Asserts that after every block the ends of the journals say what the records say (I2, I4).
///
/// # Panics
/// When they do not, or when a journal has an entry for a block that changed nothing.
pub(super) fn assert_told(sets: &[WriteSet]) {
    let (mut records, mut told) = (Backed::default(), Backed::default());
    for set in sets {
        for stored in set.slots().values() {
            match stored.content.as_ref() {
                SlotContent::Used { record: Record::Reserve(r), .. } => {
                    records.reserves.insert(r.id, r.books);
                }
                SlotContent::Used { record: Record::Currency(c), .. } => {
                    records.totals.insert(c.code, (c.totals, c.paid));
                }
                SlotContent::Used { record: Record::MintControls(c), .. } => {
                    let network = LIMITS.attestation_max_age_ms;
                    records.fresh.insert(c.currency, c.terms.freshness(network));
                }
                _ => {}
            }
        }
        for row in &set.lists.logs {
            match row.log {
                LogName::Reserve(id) => {
                    let entry: BooksEntry = decode(&row.bytes, 512).unwrap();
                    assert_eq!((entry.height, entry.time), (set.header.height, set.header.time));
                    let before = told.reserves.insert(id, entry.closing);
                    assert_ne!(before, Some(entry.closing), "I2: nothing changed");
                }
                LogName::Currency(code) => {
                    let entry: TotalsEntry = decode(&row.bytes, 512).unwrap();
                    let totals = (entry.closing, entry.paid);
                    let fresh = told.fresh.insert(code, entry.freshness.clone());
                    let before = told.totals.insert(code, totals);
                    let same = before == Some(totals) && fresh == Some(entry.freshness);
                    assert!(!same, "I4: nothing changed");
                }
                _ => {}
            }
        }
        let moved = |backed: &Backed| {
            let mut totals = backed.totals.clone();
            totals.retain(|_, kept| *kept != Default::default());
            totals
        };
        assert_eq!(told.reserves, records.reserves, "I2 at {}", set.header.height);
        assert_eq!(moved(&told), moved(&records), "I4 at {}", set.header.height);
        // Before the first entry of its journal, a currency has the freshness of genesis.
        for (code, fresh) in &records.fresh {
            let genesis = Freshness::every_day(LIMITS.attestation_max_age_ms);
            assert_eq!(told.fresh.get(code).unwrap_or(&genesis), fresh, "I2 {code}");
        }
    }
}

/// Asserts that every burn of the currencies' journals is a redemption's, which used a bank entry of as
/// much, or a court's order's, which stands in a record (I3).
///
/// # Panics
/// When one is not.
pub(super) fn assert_burns_explained(world: &World) {
    let mut burned: BTreeMap<Currency, u128> = BTreeMap::new();
    let (mut cited, mut redeemed) = (burned.clone(), burned.clone());
    for row in world.sets.iter().flat_map(|set| &set.lists.logs) {
        if let LogName::Currency(code) = row.log {
            let entry: TotalsEntry = decode(&row.bytes, 512).unwrap();
            *burned.entry(code).or_default() += entry.burned;
        }
    }
    for record in world.state.records() {
        match record {
            Record::Redemption(Redemption {
                state: RedemptionState::Burned(entry), money, ..
            }) => {
                let Some(Record::Entry(entry)) = world.record(&Name::Entry(*entry)) else {
                    panic!("I3: no entry")
                };
                assert!(entry.used, "I3: not used");
                *cited.entry(money.currency()).or_default() += entry.entry.minor;
                *redeemed.entry(money.currency()).or_default() += money.minor();
            }
            Record::Seizure(found) if found.order.disposal == Disposal::Burn => {
                for sums in [&mut cited, &mut redeemed] {
                    *sums.entry(found.order.money.currency()).or_default() +=
                        found.order.money.minor();
                }
            }
            _ => {}
        }
    }
    burned.retain(|_, minor| *minor > 0);
    assert_eq!((&burned, &burned), (&cited, &redeemed), "I3");
}

#[test]
fn i3_every_burn_is_a_redemptions_or_an_orders() {
    assert_burns_explained(&busy());
    let mut world = redemption::burned();
    assert_burns_explained(&world);
    world.appoint_compliance();
    let target = FreezeTarget::Account(world.account(&Bank::new("BANKB"), usd()));
    let freeze = world.freeze(target);
    world.apply(&freeze);
    let order = SeizureOrder {
        from: world.account(&Bank::new("BANKB"), usd()),
        party: None,
        money: Money::new(usd(), 17),
        disposal: Disposal::Burn,
        reference: Text::new("ORDER-9").unwrap(),
    };
    world.complied(Action::Seize(order));
    assert_burns_explained(&world);
}

#[test]
fn i2_i4_journals_say_after_every_block_what_stands_behind_a_currency() {
    assert_told(&busy().sets);
    let burned = redemption::burned();
    assert_told(&burned.sets);
    let paid = burned.sets.iter().flat_map(|set| &set.lists.logs);
    let paid = paid.filter(|row| row.log == LogName::Currency(usd()));
    let paid: Vec<u128> =
        paid.map(|row| decode::<TotalsEntry>(&row.bytes, 512).unwrap().paid).collect();
    assert!(paid.iter().any(|minor| *minor > 0) && paid.last() == Some(&0), "{paid:?}");
}

#[test]
fn i11_a_reserve_account_commits_to_its_journal() {
    let world: World = busy();
    let reserve = world.reserve_record(usd());
    let head = world.state.frontier(&LogName::Reserve(reserve.id)).head();
    assert_eq!(reserve.journal, head);
    assert!(head.count > 2);
    let mut kept = world.kept(world.state.header().height);
    assert!(State::restore(kept.clone()).is_ok());
    kept.frontiers.remove(&LogName::Reserve(reserve.id));
    assert!(State::restore(kept).is_err());
}
