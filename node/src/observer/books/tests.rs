//! The audit API's answers over a real store, checked against the world that made the blocks.

use std::collections::BTreeMap;

use ledger_core::{
    account::Totals,
    codec::decode,
    command::Action,
    digest::{Hash32, leaf_hash},
    freshness::Freshness,
    id::{AccountId, EntryId, ReserveId},
    journal::{BooksEntry, LogName, TotalsEntry},
    merkle::{LogHead, root_from_path},
    money::Money,
    proof::{BlockProof, RecordProof, SlotContent, SlotLeaf, StateHead},
    reserve::ReserveBooks,
    testing::{Bank, commands::entry_id, usd},
};
use ledger_store::Store;
use settlement_api::audit::{
    case, history, issuance,
    proof::{EntryMaterial, RecordMaterial},
    report, reserves, supply,
};
use tempfile::TempDir;

use super::*;
use crate::{cli::verify, observer::testing::Certifying};

/// A store that executed and certified all of a world's blocks.
fn books(net: &Certifying) -> (TempDir, Store, Books) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &net.world.genesis).unwrap();
    let mut parent = store.applied();
    for block in &net.world.blocks {
        store.execute(&block.accept_finalized(&parent).unwrap()).unwrap();
        parent = block.header;
        store.certify(parent.height, &net.network.certify(&parent)).unwrap();
    }
    let books = Books::new(store.view(), Arc::new(net.network.committee()));
    (folder, store, books)
}

/// Money, payments, refusals and a redemption whose payout is booked and burned.
fn busy() -> (Certifying, [Bank; 3]) {
    let (mut net, [a, b, c]) = Certifying::funded(1_000);
    let world = &mut net.world;
    let paid = world.payment(&a, &b, Money::new(usd(), 7));
    let transfer = world.transfer(&a, &b, &paid);
    world.apply(&transfer);
    let again = world.transfer(&a, &b, &paid);
    world.run(&again);
    let held = world.payment(&b, &c, Money::new(usd(), 9));
    let hold = world.hold(&b, &held);
    world.apply(&hold);
    let redeemed = Money::new(usd(), 50);
    let preburn = world.preburn(&a, redeemed);
    let id = preburn.body.id();
    world.apply(&preburn);
    let debit = world.payout_to(&a, redeemed, &id);
    let entry = world.record_entry(&debit);
    world.apply(&entry);
    let action = Action::ConfirmPayout { redemption: id, entry: entry_id(&debit) };
    for command in world.treasure(action) {
        world.apply(&command);
    }
    world.block(&[]);
    (net, [a, b, c])
}

/// The currency's totals after each block, as the world's write sets have them.
fn totals(net: &Certifying) -> Vec<Totals> {
    let mut now = Totals::default();
    let sets = net.world.sets.iter().map(|set| {
        let rows = set.lists.logs.iter().filter(|row| row.log == LogName::Currency(usd()));
        for row in rows {
            now = decode::<TotalsEntry>(&row.bytes, 512).unwrap().closing;
        }
        now
    });
    sets.collect()
}

fn hash(text: &str) -> Hash32 {
    Hash32::from_hex(text).unwrap()
}

fn bytes<T: serde::de::DeserializeOwned>(text: &str) -> T {
    decode(&hex::decode(text).unwrap(), 1 << 16).unwrap()
}

/// The record that material proves under a header, from the material alone.
fn record(material: &RecordMaterial, header: &Header, name: &Name) -> Record {
    let proof = RecordProof {
        leaf: bytes::<SlotLeaf>(&material.leaf),
        salt: hash(&material.salt),
        path: material.path.iter().map(|text| hash(text)).collect(),
        head: bytes::<StateHead>(&material.head),
    };
    assert!(proof.holds_under(&header.results));
    proof.record(&name.key()).unwrap().clone()
}

fn entry<T: serde::de::DeserializeOwned>(material: &EntryMaterial, head: &LogHead) -> T {
    let leaf = leaf_hash(&hash(&material.salt), &hex::decode(&material.entry).unwrap());
    let path: Vec<Hash32> = material.path.iter().map(|text| hash(text)).collect();
    assert_eq!(root_from_path(leaf, material.index, head.count, &path), Some(head.root));
    bytes(&material.entry)
}

#[test]
fn i4_supply_as_of_every_height_is_the_worlds_and_its_proof_holds_offline() {
    let (net, _) = busy();
    let (_folder, _store, books) = books(&net);
    let expected = totals(&net);
    let proven = net.world.state.header().results.height;
    for height in 0..=proven.get() {
        let report = supply::supply(&books, usd(), Some(Height::new(height))).unwrap();
        let now = expected[usize::try_from(height).unwrap()];
        assert_eq!(report.classes.supply, format!("{}.{:02}", now.supply / 100, now.supply % 100));
        assert!(report.i1_holds && now.balanced());
        let header: Header = bytes(&report.proof.certified.header);
        let certificate = hex::decode(&report.proof.certified.certificate).unwrap();
        assert_eq!(net.network.committee().verify(&header, &certificate), Ok(()));
        let name = Name::Currency(usd());
        let Record::Currency(currency) = record(&report.proof.record, &header, &name) else {
            panic!("a currency")
        };
        let journal = report.proof.journal.unwrap();
        let (head, at) = (currency.journal, Height::new(height));
        match &journal.entry {
            Some(material) => {
                let found: TotalsEntry = entry(material, &head);
                assert!(found.height <= at && found.closing == now);
            }
            None => assert_eq!(now, Totals::default()),
        }
        match &journal.next {
            Some(material) => assert!(entry::<TotalsEntry>(material, &head).height > at),
            None => assert_eq!(journal.entry.map_or(0, |last| last.index + 1), head.count),
        }
    }
    let ahead = supply::supply(&books, usd(), Some(proven.next())).unwrap_err();
    assert_eq!(ahead.code(), "height_not_proven");
}

#[test]
fn i2_reserves_are_those_that_decide_mints() {
    let (net, _) = busy();
    let (_folder, _store, books) = books(&net);
    let report = reserves::reserves(&books, usd(), None).unwrap();
    let facts = &report.facts;
    assert_eq!(facts.height, net.world.state.header().results.height.get());
    let kept = net.world.reserve_record(usd());
    let fresh = Freshness::every_day(net.world.genesis.limits.attestation_max_age_ms);
    let minor = kept.books.effective(net.world.now(), &fresh).unwrap();
    assert_eq!(facts.effective, format!("{}.{:02}", minor / 100, minor % 100));
    assert_eq!((facts.supply.as_str(), facts.paid.as_str()), ("29.50", "0.00"));
    assert_eq!((facts.verdict, facts.coverage.is_some()), ("covered", true));
    assert_eq!(facts.reserves.len(), 1);
    let after = &facts.reserves[0].after;
    assert_eq!(u64::try_from(after.entries.len()).unwrap(), after.count);
    assert_eq!(after.entries.last().unwrap().amount, "0.50");
}

/// What decides I2 after each block, as the world's write sets have it: books, supply and paid.
fn backed(net: &Certifying) -> Vec<(Option<ReserveBooks>, u128, u128)> {
    let mut now = (None, 0, 0);
    let sets = net.world.sets.iter().map(|set| {
        for stored in set.slots().values() {
            match stored.content.as_ref() {
                SlotContent::Used { record: Record::Reserve(r), .. } if r.currency == usd() => {
                    now.0 = Some(r.books);
                }
                SlotContent::Used { record: Record::Currency(c), .. } if c.code == usd() => {
                    (now.1, now.2) = (c.totals.supply, c.paid);
                }
                _ => {}
            }
        }
        now
    });
    sets.collect()
}

#[test]
fn i2_reserves_as_of_every_height_are_the_worlds_and_their_proof_holds_offline() {
    let (net, _) = busy();
    // A store that was just opened knows no earlier state, only its journals.
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &net.world.genesis).unwrap();
    let (last, before) = net.world.blocks.split_last().unwrap();
    let mut parent = store.applied();
    for block in before {
        store.execute(&block.accept_finalized(&parent).unwrap()).unwrap();
        parent = block.header;
    }
    store.close().unwrap();
    let mut store = Store::open(folder.path(), &net.world.genesis).unwrap();
    store.execute(&last.accept_finalized(&parent).unwrap()).unwrap();
    store.certify(last.header.height, &net.network.certify(&last.header)).unwrap();
    let books = Books::new(store.view(), Arc::new(net.network.committee()));
    let fresh = Freshness::every_day(net.world.genesis.limits.attestation_max_age_ms);
    let text = |minor: u128| format!("{}.{:02}", minor / 100, minor % 100);
    let mut absent = 0;
    let expected = backed(&net);
    let proven = net.world.state.header().results.height;
    assert!(proven.get() > 10 && expected.iter().any(|(.., paid)| *paid > 0));
    for height in (0..=proven.get()).map(Height::new) {
        let (kept, supply, paid) = expected[usize::try_from(height.get()).unwrap()];
        let report = reserves::reserves(&books, usd(), Some(height)).unwrap();
        let facts = &report.facts;
        let header: Header = bytes(&report.certified.header);
        let block: Header = bytes(&report.block.header);
        let place = BlockProof {
            history: bytes(&report.block.leaf),
            history_path: report.block.path.iter().map(|text| hash(text)).collect(),
        };
        assert!(place.holds_under(&header.results));
        assert_eq!((place.history.digest, block.height), (block.digest(), height));
        let effective = kept.and_then(|books| books.effective(block.time, &fresh));
        assert_eq!(facts.effective, text(effective.unwrap_or(0)), "{height}");
        assert_eq!((&facts.supply, &facts.paid), (&text(supply), &text(paid)), "{height}");
        let Record::Currency(currency) = record(&report.record, &header, &Name::Currency(usd()))
        else {
            panic!("a currency")
        };
        let known = facts.reserves.iter().map(|found| (&found.reserve, &found.proof, true));
        let later = facts.later.iter().map(|found| (&found.reserve, &found.proof, false));
        let all: Vec<_> = known.chain(later).collect();
        assert_eq!(all.len(), currency.reserves.len());
        for (id, proof, there) in all {
            let name = Name::Reserve(ReserveId::from_hex(id).unwrap());
            let Record::Reserve(reserve) = record(&proof.record, &header, &name) else { panic!() };
            let journal = proof.journal.as_ref().unwrap();
            let shown =
                |material: &EntryMaterial| -> BooksEntry { entry(material, &reserve.journal) };
            let last = journal.entry.as_ref().map(shown);
            assert!(last.is_none_or(|last| last.height <= height));
            assert_eq!((last.map(|last| last.closing), there), (kept, kept.is_some()));
            assert!(journal.next.as_ref().map(shown).is_none_or(|next| next.height > height));
            absent += u32::from(!there);
        }
    }
    assert!(absent > 0, "a height before the account was registered");
    let ahead = reserves::reserves(&books, usd(), Some(proven.next())).unwrap_err();
    assert_eq!(ahead.code(), "height_not_proven");
}

#[test]
fn i9_a_case_holds_every_receipt_as_a_file_that_verifies_offline() {
    let (net, _) = busy();
    let (_folder, _store, books) = books(&net);
    let uetrs: Vec<Uetr> = net
        .world
        .sets
        .iter()
        .flat_map(|set| set.receipts.iter().filter_map(|receipt| receipt.leg))
        .map(|leg| leg.uetr)
        .collect();
    let report = case::case(&books, &uetrs[0]).unwrap();
    let [leg] = report.legs.as_slice() else { panic!("one leg") };
    assert_eq!(leg.state, "settled");
    let outcomes: Vec<_> = leg.receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes, ["settled", "leg_used"]);
    assert!(leg.timings.settled.is_some() && leg.timings.entered_to_settled_ms.is_some());
    for (receipt, exit) in leg.receipts.iter().zip([0, 3]) {
        let finding = verify::check(receipt.file.as_bytes(), &net.network.committee());
        assert_eq!(finding.exit(), exit, "{}", finding.text());
        let id = CommandId::from_hex(&receipt.command).unwrap();
        assert_eq!(case::receipt_file(&books, &id).unwrap(), receipt.file);
    }
    let held = case::case(&books, uetrs.last().unwrap()).unwrap();
    assert_eq!((held.legs[0].state, held.legs[0].receipts.len()), ("held", 1));
    let nothing = case::case(&books, &Uetr::new([1; 16])).unwrap_err();
    assert_eq!(nothing.code(), "not_found");
}

#[test]
fn w21_the_history_of_every_account_verifies_offline_up_to_and_at_every_height() {
    let (net, banks) = busy();
    let (_folder, _store, books) = books(&net);
    let committee = net.network.committee();
    let proven = net.world.state.header().results.height.get();
    for bank in &banks {
        let account = net.world.account(bank, usd());
        for height in 0..=proven {
            for from in [0, height] {
                let (from, to) = (Height::new(from), Some(Height::new(height)));
                let span = issuance::Span { from, to };
                let file = history::history_file(&books, &account, span).unwrap();
                let finding = verify::check(file.as_bytes(), &committee);
                assert_eq!(finding.exit(), 0, "{}", finding.text());
                assert!(finding.text().contains("complete: yes"), "{}", finding.text());
            }
        }
    }
    let span = issuance::Span { from: Height::new(0), to: None };
    let nothing = history::history_file(&books, &AccountId::new([1; 32]), span).unwrap_err();
    assert_eq!(nothing.code(), "not_found");
}

#[test]
fn i3_every_mint_and_burn_leads_back_to_its_order_entry_and_two_persons() {
    let (net, _) = busy();
    let (_folder, _store, books) = books(&net);
    let span = issuance::Span { from: Height::new(0), to: None };
    let mints = issuance::mints(&books, usd(), span).unwrap();
    assert_eq!(mints.chains.len(), 3);
    let redemptions = issuance::redemptions(&books, usd(), span).unwrap();
    assert_eq!(redemptions.chains.len(), 1);
    assert_eq!(redemptions.chains[0].state, "burned");
    let mut entries = BTreeMap::new();
    for chain in mints.chains.iter().chain(&redemptions.chains) {
        assert!(!chain.ambiguous && chain.order.is_some() && chain.done.is_some());
        let entry = chain.entry.as_ref().unwrap();
        assert_eq!(entry.booked.amount, chain.amount);
        assert!(EntryId::from_hex(&entry.id).is_some());
        *entries.entry(entry.id.clone()).or_insert(0) += 1;
        let executed: Vec<_> = chain.proposals.iter().filter(|p| p.executed).collect();
        let [proposal] = executed.as_slice() else { panic!("one decision") };
        let persons: Vec<_> = proposal.approvals.iter().map(|a| a.person.clone()).collect();
        assert!(persons.len() == 2 && persons[0] != persons[1], "I5");
    }
    assert!(entries.values().all(|times| *times == 1));
    let first = Height::new(mints.to);
    let none = issuance::mints(&books, usd(), issuance::Span { from: first, to: None }).unwrap();
    assert!(none.chains.is_empty());
}

#[test]
fn i1_i3_i4_the_report_counts_what_happened_and_recounts_the_rules() {
    let (net, _) = busy();
    let (_folder, _store, books) = books(&net);
    for _ in 0..2 {
        // The second time nothing is counted twice.
        let report = report::report(&books, usd()).unwrap();
        assert!(report.sound, "{report:?}");
        let counts = &report.counts;
        assert_eq!((counts.mints, counts.burns, counts.payments), (3, 1, 1));
        assert_eq!((counts.refusals, counts.refusals_by_code["leg_used"]), (1, 1));
        let rules: Vec<_> = report.recount.rules.iter().map(|rule| rule.rule).collect();
        assert_eq!(rules, ["I1", "I3", "I4", "I9"]);
        assert_eq!(report.supply.supply, "29.50");
        assert_eq!(report.recount.rules[2].found, "29.50");
        let root = net.world.state.header().results.state_root;
        assert_eq!(report.state_root, root.to_hex());
    }
}
