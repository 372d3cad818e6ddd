use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    account::{AccountStatus, Balances},
    merkle::LogHead,
    testing::{World, usd},
};

const SECRET: Hash32 = Hash32::new([5; 32]);

fn account(number: u8, balances: Balances) -> Account {
    Account {
        id: AccountId::new([number; 32]),
        member: crate::testing::issuer_lei(),
        currency: usd(),
        status: AccountStatus::Active,
        balances,
        journal: LogHead::EMPTY,
    }
}

fn accounts(held: &[u128]) -> Vec<Account> {
    let balances = |minor| Balances { available: minor, held: 0, preburned: 0 };
    (1u8..).zip(held).map(|(number, minor)| account(number, balances(*minor))).collect()
}

fn tree(held: &[u128]) -> Option<LiabilityTree> {
    LiabilityTree::new(&accounts(held), Height::new(9), &SECRET)
}

fn leads(tree: &LiabilityTree, account: &AccountId, number: u8, proof: &PartProof) -> bool {
    let part = Part { account: *account, number, minor: proof.minor };
    sum_root(part.node(&proof.salt), proof.index, tree.len(), &proof.path) == Some(tree.root())
}

proptest! {
    /// The root holds the sum of all, and every part of every account leads to it.
    #[test]
    fn w29_every_part_of_every_account_is_in_the_sum(
        held in prop::collection::vec(0u128..u128::MAX >> 8, 0..20),
    ) {
        let tree = tree(&held).unwrap();
        prop_assert_eq!(tree.root().minor, held.iter().sum::<u128>());
        let mut places = BTreeSet::new();
        for (account, minor) in accounts(&held).iter().zip(&held) {
            let proofs = tree.prove(&account.id);
            prop_assert_eq!(proofs.len(), LIABILITY_PARTS);
            prop_assert_eq!(proofs.iter().map(|proof| proof.minor).sum::<u128>(), *minor);
            for (number, proof) in (0u8..).zip(&proofs) {
                prop_assert!(leads(&tree, &account.id, number, proof));
                prop_assert!(places.insert(proof.index));
            }
        }
        prop_assert_eq!(places.len() as u64, tree.len());
    }

    /// Another amount, number, salt, place, sibling's hash or sibling's sum leads elsewhere.
    #[test]
    fn w29_nothing_of_a_path_can_be_changed(
        held in prop::collection::vec(1u128..1 << 100, 2..9), pick in 0usize..64,
    ) {
        let tree = tree(&held).unwrap();
        let id = AccountId::new([1; 32]);
        let number = u8::try_from(pick % LIABILITY_PARTS).unwrap();
        let good = tree.prove(&id)[usize::from(number)].clone();
        prop_assert!(leads(&tree, &id, number, &good));
        prop_assert!(!leads(&tree, &id, number ^ 1, &good));
        prop_assert!(!leads(&tree, &AccountId::new([2; 32]), number, &good));
        let at = pick % good.path.len();
        let mut others = vec![good.clone(); 7];
        others[0].minor += 1;
        others[1].salt = Hash32::ZERO;
        others[2].index ^= 1;
        others[3].path[at].minor += 1;
        others[4].path[at].hash = Hash32::ZERO;
        others[5].path.pop();
        others[6].path.push(good.path[at]);
        for other in &others {
            prop_assert!(!leads(&tree, &id, number, other), "{other:?}");
        }
    }
}

#[test]
fn w29_no_accounts_are_no_liabilities_and_none_of_them_is_proved() {
    let none = tree(&[]).unwrap();
    assert!(none.is_empty() && none.prove(&AccountId::new([1; 32])).is_empty());
    assert_eq!(none.root(), SumNode { hash: Hash32::ZERO, minor: 0 });
    let zero = tree(&[0]).unwrap();
    assert_eq!((zero.len(), zero.root().minor), (LIABILITY_PARTS as u64, 0));
    let part = Part { account: AccountId::new([1; 32]), number: 0, minor: 0 };
    assert_eq!(sum_root(part.node(&SECRET), 0, 0, &[]), None);
}

/// A sum that wraps would hide what is owed: it is refused wherever it arises.
#[test]
fn w29_sums_do_not_wrap_around() {
    assert_eq!(tree(&[u128::MAX]).unwrap().root().minor, u128::MAX);
    assert_eq!(tree(&[u128::MAX, 0]).unwrap().root().minor, u128::MAX);
    assert!(tree(&[u128::MAX, 1]).is_none());
    let all = Balances { available: u128::MAX, held: 1, preburned: 0 };
    assert!(LiabilityTree::new(&[account(1, all)], Height::new(9), &SECRET).is_none());
    let most = SumNode { hash: SECRET, minor: u128::MAX };
    let one = SumNode { minor: 1, ..most };
    assert_eq!(SumNode::above(&most, &one), None);
    assert_eq!(sum_root(one, 0, 2, &[most]), None);
    assert_eq!(sum_root(one, 1, 2, &[most]), None);
}

/// The sum of each child is hashed, not only their total: what moves from one to the other is seen.
#[test]
fn w29_a_node_binds_the_sum_of_each_node_below() {
    let node = |byte, minor| SumNode { hash: Hash32::new([byte; 32]), minor };
    let fair = SumNode::above(&node(1, 5), &node(2, 7)).unwrap();
    let moved = SumNode::above(&node(1, 4), &node(2, 8)).unwrap();
    let swapped = SumNode::above(&node(2, 7), &node(1, 5)).unwrap();
    assert_eq!((fair.minor, moved.minor, swapped.minor), (12, 12, 12));
    assert!(fair.hash != moved.hash && fair.hash != swapped.hash);
}

/// Everything that an account holds counts, in the state after any block that proofs are cut of.
#[test]
fn w29_an_executed_ledgers_accounts_add_up_to_its_supply() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, crate::money::Money::new(usd(), 30));
    let hold = world.hold(&a, &payment);
    world.apply(&hold);
    let held_at = world.state.header().height;
    let post = world.post(&b, &b, &payment);
    world.apply(&post);
    for height in [held_at, world.state.header().height] {
        let accounts = world.state.accounts_of(usd(), height).unwrap();
        let set = &world.sets[usize::try_from(height.get()).unwrap()];
        let tree = LiabilityTree::new(&accounts, height, &set.blinding).unwrap();
        assert_eq!(tree.len(), 3 * LIABILITY_PARTS as u64);
        assert_eq!(tree.root().minor, 3_000);
        let payer = world.account(&a, usd());
        let held: u128 =
            accounts.iter().filter(|one| one.id == payer).map(|one| one.balances.held).sum();
        assert_eq!(held, if height == held_at { 30 } else { 0 });
        let found: u128 = tree.prove(&payer).iter().map(|proof| proof.minor).sum();
        assert_eq!(found, if height == held_at { 1_000 } else { 970 });
    }
    assert_eq!(world.state.accounts_of(usd(), world.state.header().height.next()), None);
}

#[test]
fn w29_there_is_no_part_behind_the_last() {
    let tree = tree(&[5]).unwrap();
    let proofs = tree.prove(&AccountId::new([1; 32]));
    let last = proofs.iter().find(|proof| proof.index + 1 == tree.len()).unwrap();
    let leaf = SumNode { minor: last.minor, hash: Hash32::ZERO };
    let root = |index, size, path: &[SumNode]| sum_root(leaf, index, size, path);
    assert!(root(last.index, tree.len(), &last.path).is_some());
    assert_eq!(root(tree.len(), tree.len(), &last.path), None);
    assert_eq!((root(0, 1, &[]), root(1, 1, &[]), root(0, 0, &[])), (Some(leaf), None, None));
}
