//! Proofs of receipts and records: present, past and absent; and what they bind (W9).

use crate::{
    block::Results,
    digest::Hash32,
    id::{AccountId, PartyId},
    limits::UNDO_BLOCKS,
    record::{Key, Name, Record},
    state::State,
    testing::{Bank, World, usd},
    tests::replay::busy,
    time::Height,
};

fn heights(world: &World) -> impl Iterator<Item = Height> {
    (0..world.sets.len() as u64).map(Height::new)
}

fn results(world: &World, height: Height) -> Results {
    world.sets[usize::try_from(height.get()).unwrap()].results
}

#[test]
fn w9_every_receipt_is_proved_under_the_results_of_every_later_block() {
    let world = busy();
    let mut proved = 0;
    for height in heights(&world) {
        for index in 0..world.sets[height.get() as usize].receipts.len() as u32 {
            for as_of in heights(&world).filter(|h| *h >= height) {
                let proof = world.prove_receipt(height, index, as_of).unwrap();
                assert!(proof.holds_under(&results(&world, as_of)), "{height}/{index} at {as_of}");
                proved += 1;
            }
            if height.get() > 0 {
                let before = Height::new(height.get() - 1);
                assert!(world.prove_receipt(height, index, before).is_none());
            }
        }
    }
    assert!(proved > 100);
}

#[test]
fn w9_a_receipts_proof_binds_every_part_of_it() {
    let world = busy();
    let (height, as_of) = (Height::new(7), world.state.header().height);
    let good = world.prove_receipt(height, 0, as_of).unwrap();
    let under = results(&world, as_of);
    let changes: [fn(&mut crate::proof::ReceiptProof); 8] = [
        |p| p.receipt.index += 1,
        |p| p.receipt.irrevocable = p.receipt.irrevocable.after(1),
        |p| p.salt = Hash32::ZERO,
        |p| p.path.push(Hash32::ZERO),
        |p| p.history.digest = Hash32::ZERO,
        |p| p.history.height = p.history.height.next(),
        |p| p.history.receipts.count += 1,
        |p| p.history_path.swap(0, 1),
    ];
    assert!(good.holds_under(&under));
    for (at, change) in changes.into_iter().enumerate() {
        let mut proof = good.clone();
        change(&mut proof);
        assert!(!proof.holds_under(&under), "change {at}");
    }
    assert!(!good.holds_under(&results(&world, Height::new(as_of.get() - 1))));
}

/// What a name stood for after each block, from states kept whole.
fn replayed(world: &World) -> Vec<State> {
    let (state, _) = State::genesis(&world.genesis).unwrap();
    let mut states = vec![state];
    for set in &world.sets[1..] {
        let mut next = states.last().unwrap().clone();
        next.apply(set);
        states.push(next);
    }
    states
}

fn names(world: &World) -> Vec<Name> {
    let mut names =
        vec![Name::Chain, Name::Currency(usd()), Name::Account(AccountId::new([3; 32]))];
    for bank in ["BANKA", "BANKB", "BANKC"].map(Bank::new) {
        names.push(Name::Account(world.account(&bank, usd())));
        names.push(Name::Holdings(bank.lei));
        names.extend((1..=43).step_by(7).map(|number| Name::Party(bank.party(number))));
    }
    names.extend(heights(world).map(Name::Window));
    for record in world.state.records() {
        if let Record::Leg(leg) = record {
            names.push(Name::Leg(leg.leg.id()));
        }
    }
    names
}

#[test]
fn i11_every_record_and_every_absence_is_proved_as_of_every_recent_height() {
    use crate::draft::Records as _;
    let world = busy();
    assert!(world.sets.len() < UNDO_BLOCKS, "every height is recent");
    let (mut present, mut absent) = (0, 0);
    for (state, as_of) in replayed(&world).iter().zip(heights(&world)) {
        for name in names(&world) {
            let key = name.key();
            let then = state.record(&name);
            let shown = world.state.prove_record(&name, as_of);
            let missing = world.state.prove_absence(&name, as_of);
            match then {
                Some(record) => {
                    let proof = shown.unwrap_or_else(|| panic!("{name:?} at {as_of}"));
                    assert!(proof.holds_under(&results(&world, as_of)), "{name:?} at {as_of}");
                    assert_eq!(proof.record(&key), Some(record));
                    assert!(missing.is_none());
                    present += 1;
                }
                None => {
                    let proof = missing.unwrap_or_else(|| panic!("no {name:?} at {as_of}"));
                    assert!(proof.holds_under(&results(&world, as_of)), "{name:?} at {as_of}");
                    assert!(proof.shows_absence_of(&key) && proof.record(&key).is_none());
                    assert!(shown.is_none());
                    absent += 1;
                }
            }
        }
    }
    assert!(present > 100 && absent > 100, "{present} present, {absent} absent");
}

#[test]
fn i11_absence_is_proved_at_both_ends_of_the_key_order() {
    let world = busy();
    let now = world.state.header().height;
    let mut keys: Vec<Key> = world
        .state
        .records()
        .filter_map(|record| match record {
            Record::Party(party) => Some(Name::Party(party.party).key()),
            _ => None,
        })
        .collect();
    keys.sort();
    let absent = |n: u8| Name::Party(PartyId::new([n; 32]));
    let mut lowest = absent(0);
    let mut highest = absent(0);
    for name in (0..=255).map(absent) {
        if name.key() < lowest.key() {
            lowest = name;
        }
        if name.key() > highest.key() {
            highest = name;
        }
    }
    for name in [lowest, highest] {
        let proof = world.state.prove_absence(&name, now).unwrap();
        assert!(proof.shows_absence_of(&name.key()));
        assert!(proof.holds_under(world.state.results()));
        assert!(!proof.shows_absence_of(&keys[0]), "it shows no other absence");
    }
}

#[test]
fn w9_a_records_proof_binds_every_part_of_it() {
    let world = busy();
    let now = world.state.header().height;
    let name = Name::Currency(usd());
    let good = world.state.prove_record(&name, now).unwrap();
    let changes: [fn(&mut crate::proof::RecordProof); 6] = [
        |p| p.salt = Hash32::ZERO,
        |p| p.leaf.slot += 1,
        |p| p.head.slots += 1,
        |p| p.head.free = Some(1_000),
        |p| p.path.truncate(1),
        |p| {
            if let crate::proof::SlotContent::Used { next, .. } = &mut p.leaf.content {
                *next = Hash32::MAX;
            }
        },
    ];
    assert!(good.holds_under(world.state.results()));
    for (at, change) in changes.into_iter().enumerate() {
        let mut proof = good.clone();
        change(&mut proof);
        assert!(!proof.holds_under(world.state.results()), "change {at}");
    }
}

#[test]
fn proofs_of_the_past_end_where_the_undo_ends_and_never_lie() {
    let (mut world, [a, ..]) = World::running();
    for _ in 0..UNDO_BLOCKS + 5 {
        let command = world.standing(&a, a.party(1));
        world.block_at(world.now().after(1), &[command]);
    }
    let now = world.state.header().height.get();
    let name = Name::Party(a.party(1));
    for back in 0..=now {
        let as_of = Height::new(now - back);
        match world.state.prove_record(&name, as_of) {
            Some(proof) => assert!(proof.holds_under(&results(&world, as_of)), "{back} back"),
            None => assert!(back > UNDO_BLOCKS as u64, "{back} back"),
        }
    }
    assert!(world.state.prove_record(&name, Height::new(now + 1)).is_none());
    // A state just restored knows nothing of the past, and says so.
    let restored = State::restore(world.kept(Height::new(now))).unwrap();
    assert!(restored.prove_record(&name, Height::new(now)).is_some());
    assert!(restored.prove_record(&name, Height::new(now - 1)).is_none());
    assert!(
        restored.prove_absence(&Name::Party(PartyId::new([9; 32])), Height::new(now - 1)).is_none()
    );
}

#[test]
fn i4_i9_journals_add_up_and_their_heads_are_those_in_the_records() {
    use crate::{
        account::Totals,
        codec::decode,
        digest::leaf_hash,
        journal::{JournalEntry, LogName, Movement, MovementKind, SaltUse, TotalsEntry},
        merkle::Frontier,
    };
    use std::collections::BTreeMap;
    let world = busy();
    let mut rebuilt: BTreeMap<LogName, Frontier> = BTreeMap::new();
    let mut supply: BTreeMap<LogName, (u128, Totals)> = BTreeMap::new();
    let mut closing: BTreeMap<LogName, crate::account::Balances> = BTreeMap::new();
    for set in &world.sets {
        for row in &set.lists.logs {
            let frontier = rebuilt.entry(row.log).or_default();
            assert_eq!(frontier.head().count, row.index, "no entry is left out");
            frontier.push(leaf_hash(&row.salt, &row.bytes));
            match row.log {
                LogName::Currency(_) => {
                    let entry: TotalsEntry = decode(&row.bytes, 1_000).unwrap();
                    let (sum, last) = supply.entry(row.log).or_default();
                    *sum = *sum + entry.minted - entry.burned;
                    *last = entry.closing;
                    assert_eq!(*sum, entry.closing.supply, "I4 at {}", entry.height);
                }
                LogName::Account(id) => {
                    let entry: JournalEntry = decode(&row.bytes, 1_000).unwrap();
                    let movements: Vec<Movement> = decode(&row.detail, 100_000).unwrap();
                    let mut tree = Frontier::default();
                    let balances = closing.entry(row.log).or_default();
                    for (at, movement) in (0u64..).zip(&movements) {
                        let salt = SaltUse::Movement(entry.height, id, at).salt(&set.blinding);
                        tree.push(leaf_hash(&salt, &crate::codec::encode(movement)));
                        let minor = movement.minor;
                        match movement.kind {
                            MovementKind::Minted
                            | MovementKind::Received
                            | MovementKind::MovedIn
                            | MovementKind::FromVault => balances.available += minor,
                            MovementKind::Paid
                            | MovementKind::Seized
                            | MovementKind::MovedOut
                            | MovementKind::IntoVault => {
                                balances.available -= minor;
                            }
                            MovementKind::Held => {
                                balances.available -= minor;
                                balances.held += minor;
                            }
                            MovementKind::Released => {
                                balances.available += minor;
                                balances.held -= minor;
                            }
                            MovementKind::PaidFromHold => balances.held -= minor,
                            MovementKind::Preburned => {
                                balances.available -= minor;
                                balances.preburned += minor;
                            }
                            MovementKind::PreburnReleased => {
                                balances.available += minor;
                                balances.preburned -= minor;
                            }
                            MovementKind::Burned => balances.preburned -= minor,
                        }
                    }
                    assert_eq!(tree.head(), entry.movements);
                    assert_eq!(*balances, entry.closing, "{id} at {}", entry.height);
                }
                LogName::MemberAccounts(_)
                | LogName::MemberParties(_)
                | LogName::MemberAnchors(_)
                | LogName::Reserve(_)
                | LogName::Asset(_)
                | LogName::Position(..)
                | LogName::Parameters
                | LogName::Committee => {}
            }
        }
    }
    let head = |log: LogName| rebuilt.get(&log).cloned().unwrap_or_default().head();
    for record in world.state.records() {
        match record {
            Record::Account(account) => {
                assert_eq!(account.journal, head(LogName::Account(account.id)));
                let last = closing.get(&LogName::Account(account.id)).copied().unwrap_or_default();
                assert_eq!(account.balances, last);
            }
            Record::Currency(currency) => {
                assert_eq!(currency.journal, head(LogName::Currency(currency.code)));
                assert_eq!(supply[&LogName::Currency(currency.code)].1, currency.totals);
            }
            Record::Holdings(holdings) => {
                assert_eq!(holdings.accounts, head(LogName::MemberAccounts(holdings.member)));
                assert_eq!(holdings.parties, head(LogName::MemberParties(holdings.member)));
                assert!(holdings.accounts.count == 2 && holdings.parties.count >= 3);
            }
            _ => {}
        }
    }
}
