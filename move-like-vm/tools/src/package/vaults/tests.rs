use super::*;

const A: Address = [0xa; 32];
const B: Address = [0xb; 32];
const NOWHERE: Address = [0xff; 32];

fn eur() -> Currency {
    b"EUR".to_vec()
}

/// A has 100 euros, of which 60 are in the vault, and B 5 euros and 7 dollars.
fn started() -> (Vaults, Address) {
    let mut vaults = Vaults::default();
    vaults.set_balance(A, eur(), 100).expect("little money");
    vaults.set_balance(B, eur(), 5).expect("little money");
    vaults.set_balance(B, b"USD".to_vec(), 7).expect("little money");
    let vault = vaults.open(A, eur(), 60).expect("it is there");
    (vaults, vault)
}

#[test]
fn money_goes_through_vaults_and_stays_the_same() {
    let (mut vaults, vault) = started();
    assert_eq!((vaults.balance(A, b"EUR"), vaults.in_vaults(A, b"EUR")), (40, 60));
    let part = vaults.cut(vault, 15).expect("a part");
    assert_eq!(vaults.vault(part).map(|vault| (vault.minor, vault.owner)), Ok((15, A)));
    let rest = vaults.cut(vault, 45).expect("all that is left");
    vaults.close(vault).expect("it is empty");
    vaults.merge(rest, part).expect("one owner");
    assert_eq!((vaults.count(), vaults.in_vaults(A, b"EUR")), (1, 60));
    vaults.pay(rest, B).expect("both may");
    assert_eq!((vaults.count(), vaults.balance(B, b"EUR"), vaults.balance(B, b"USD")), (0, 65, 7));
    assert!(vaults.are_conserved());
}

/// A step, and why it is refused.
type Row = (fn(&mut Vaults, Address) -> Result<(), Refusal>, Refusal);

#[test]
fn every_refusal_changes_nothing() {
    let rows: [Row; 12] = [
        (|v, _| v.open(A, eur(), 0).map(drop), Refusal::AmountZero),
        (|v, _| v.open(A, eur(), 41).map(drop), Refusal::InsufficientFunds),
        (|v, _| v.open(A, b"USD".to_vec(), 1).map(drop), Refusal::InsufficientFunds),
        (|v, _| v.pay(NOWHERE, A), Refusal::UnknownVault),
        (|v, vault| v.cut(vault, 61).map(drop), Refusal::InsufficientFunds),
        (|v, _| v.cut(NOWHERE, 0).map(drop), Refusal::UnknownVault),
        (|v, vault| v.merge(vault, NOWHERE), Refusal::UnknownVault),
        (|v, vault| v.merge(vault, vault), Refusal::UnknownVault),
        (|v, vault| v.close(vault), Refusal::VaultNotEmpty),
        (|v, _| v.close(NOWHERE), Refusal::UnknownVault),
        (|v, _| v.set_balance(A, eur(), u128::MAX), Refusal::AmountOverflow),
        (|v, _| v.vault(NOWHERE).map(drop), Refusal::UnknownVault),
    ];
    for (number, (step, refusal)) in rows.into_iter().enumerate() {
        let (mut vaults, vault) = started();
        let before = format!("{vaults:?}");
        assert_eq!(step(&mut vaults, vault), Err(refusal), "row {number}");
        assert_eq!(format!("{vaults:?}"), before, "row {number}");
    }
}

#[test]
fn vaults_of_two_owners_or_currencies_do_not_mix() {
    let (mut vaults, vault) = started();
    let other = vaults.open(B, eur(), 5).expect("it is there");
    assert_eq!(vaults.merge(vault, other), Err(Refusal::OwnerMismatch));
    let dollars = vaults.open(B, b"USD".to_vec(), 7).expect("it is there");
    assert_eq!(vaults.merge(other, dollars), Err(Refusal::CurrencyMismatch));
    assert!(vaults.are_conserved());
}

#[test]
fn an_empty_vault_pays_nobody() {
    let (mut vaults, vault) = started();
    let empty = vaults.cut(vault, 0).expect("nothing is a part");
    assert_eq!(vaults.pay(empty, B), Err(Refusal::AmountZero));
    assert_eq!(vaults.close(empty), Ok(()));
}

#[test]
fn a_frozen_owner_is_paid_and_pays_nobody() {
    let (mut vaults, vault) = started();
    let other = vaults.open(A, eur(), 1).expect("it is there");
    let owed = vaults.open(B, eur(), 1).expect("it is there");
    vaults.frozen.insert(A);
    assert_eq!(vaults.open(A, eur(), 1), Err(Refusal::AccountFrozen));
    assert_eq!(vaults.pay(vault, B), Err(Refusal::AccountFrozen));
    assert_eq!(vaults.cut(vault, 1), Err(Refusal::AccountFrozen));
    assert_eq!(vaults.merge(vault, other), Err(Refusal::AccountFrozen));
    assert_eq!(vaults.pay(owed, A), Err(Refusal::CounterpartyNotEligible));
    assert_eq!(vaults.pay(vault, A), Ok(()));
    assert!(vaults.are_conserved());
}

#[test]
fn the_greatest_sum_is_counted() {
    let mut vaults = Vaults::default();
    vaults.set_balance(A, eur(), u128::MAX).expect("it can be counted");
    assert_eq!(vaults.set_balance(B, eur(), 1), Err(Refusal::AmountOverflow));
    let vault = vaults.open(A, eur(), u128::MAX).expect("it is there");
    vaults.pay(vault, B).expect("both may");
    assert_eq!(vaults.balance(B, b"EUR"), u128::MAX);
    assert!(vaults.are_conserved());
}

#[test]
fn money_from_nowhere_is_seen() {
    let (mut vaults, vault) = started();
    let mut more = vaults.vault(vault).expect("a vault").clone();
    more.minor += 1;
    vaults.vaults.insert(vault, more);
    assert!(!vaults.are_conserved());
    let (mut vaults, vault) = started();
    vaults.vaults.remove(&vault);
    assert!(!vaults.are_conserved());
}

#[test]
fn refusals_have_the_numbers_of_the_ledger() {
    assert_eq!(Refusal::AmountZero.abort_code(), 0x46_001e);
    assert_eq!(Refusal::AccountFrozen.abort_code(), 0x46_0037);
    assert_eq!(Refusal::InsufficientFunds.abort_code(), 0x46_003d);
}
