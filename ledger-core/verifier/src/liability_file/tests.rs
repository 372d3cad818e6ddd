use ledger_core::{
    account::{Balances, Totals},
    digest::Hash32,
    id::AccountId,
};

use super::*;
use crate::{
    proved::{Proved, verify_file},
    testing::{TestJournal, TestMember, TestNetwork, TestState, changes, currency},
};

fn tree_of(member: &TestMember) -> (u64, SumNode) {
    let tree = member.liabilities();
    (tree.len(), tree.root())
}

fn published(network: &TestNetwork, member: &TestMember) -> String {
    let record = member.state.proof(&Name::Currency(currency("USD")));
    let header = &member.state.header;
    let certificate = network.certify(header);
    let tree = tree_of(member);
    LiabilitiesFile::build(tree, &record, header, &certificate, &network.genesis).unwrap()
}

fn held(
    network: &TestNetwork,
    member: &TestMember,
    parts: &[PartProof],
) -> Result<String, VerifyError> {
    let record = member.state.proof(&Name::Account(member.accounts[0].account.id));
    let header = &member.state.header;
    let certificate = network.certify(header);
    let tree = tree_of(member);
    LiabilityFile::build(tree, parts, &record, (header, &certificate), &network.genesis)
}

fn parts(member: &TestMember) -> Vec<PartProof> {
    member.liabilities().prove(&member.accounts[0].account.id)
}

#[test]
fn w29_what_is_published_and_what_a_holder_is_given_name_one_statement() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let (all, own) = (published(&network, &member), held(&network, &member, &parts(&member)));
    let own = own.unwrap();
    let committee = network.committee();
    let all_verdict = verify_liabilities(all.as_bytes(), &committee).unwrap();
    let own_verdict = verify_liability(own.as_bytes(), &committee).unwrap();
    assert_eq!(all_verdict.statement, own_verdict.statement);
    // 670.14 and 35.00 dollars; yen are in another tree.
    let expected = format!(
        r#"{{
  "format": "florin-liability-1",
  "network": "{chain}",
  "summary": {{
    "account": "{id}",
    "member": "PAYER000000000000034",
    "balance": "670.14",
    "currency": "USD",
    "liabilities": "705.14",
    "statement": "{statement}",
    "height": 7,
    "time": "2026-01-01T00:00:09.000Z"
  }},
  "tree": {{
    "parts": 16,
    "root": {{
      "hash": "{root}",
      "minor": "70514"
"#,
        chain = network.genesis.chain_id(),
        id = "aa".repeat(32),
        statement = own_verdict.statement.digest(),
        root = own_verdict.statement.root.hash,
    );
    assert!(own.starts_with(&expected), "{own}");
    let ends = [
        "all accounts held 705.14 USD, which is what the certified totals say,",
        "the whole balance of account ",
    ];
    let verdicts = [(all, all_verdict), (own, own_verdict)];
    for (start, (text, verdict)) in ends.iter().zip(verdicts) {
        let statement = verdict.statement.digest().to_hex();
        assert!(verdict.plain.starts_with(start) && verdict.plain.contains(&statement));
        let proved = verify_file(text.as_bytes(), &committee).unwrap();
        assert_eq!((proved.plain(), proved.exit_code()), (verdict.plain.as_str(), 0));
        assert_eq!(proved, Proved::Liability(Box::new(verdict)));
    }
}

#[test]
fn w29_a_sum_above_or_below_the_certified_totals_is_refused() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let usd = Name::Currency(currency("USD"));
    let record = member.state.proof(&usd);
    let (size, root) = tree_of(&member);
    let build = |tree, record: &RecordProof, header: &Header| {
        LiabilitiesFile::build(tree, record, header, &[], &network.genesis)
    };
    let header = member.state.header;
    for minor in [root.minor - 1, root.minor + 1, root.minor + 500, 0, u128::MAX] {
        let other = SumNode { minor, ..root };
        let refused = build((size, other), &record, &header);
        assert_eq!(refused, Err(LiabilityFault::NotTheSupply.into()), "{minor}");
    }
    assert!(build((size, root), &record, &header).is_ok());
    // Contracts that hold more than there is, and what is no currency under its own key.
    let Some(Record::Currency(good)) = record.record(&usd.key()) else { panic!("dollars") };
    let mut odd = good.clone();
    odd.totals = Totals { contract: odd.totals.supply + 1, ..odd.totals };
    let yen = Name::Currency(currency("JPY"));
    let rows = [
        (usd, Record::Currency(odd), LiabilityFault::NotTheSupply),
        (yen, Record::Currency(good.clone()), LiabilityFault::NotACurrency),
        (usd, Record::Origin, LiabilityFault::NotACurrency),
    ];
    for (name, record, expected) in rows {
        let state = TestState::new(&network, &[(name, record)]);
        let refused = build((size, root), &state.proof(&name), &state.header);
        assert_eq!(refused, Err(expected.into()));
    }
    let mut changed = record;
    changed.salt = Hash32::ZERO;
    assert_eq!(build((size, root), &changed, &header), Err(VerifyError::NotInState));
}

#[test]
fn w29_a_part_left_out_doubled_swapped_or_changed_is_refused() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let good = parts(&member);
    assert!(held(&network, &member, &good).is_ok());
    let mut rows = Vec::new();
    let mut change = |expected, change: &dyn Fn(&mut Vec<PartProof>)| {
        let mut other = good.clone();
        change(&mut other);
        rows.push((other, expected));
    };
    let in_sum = |number| LiabilityFault::NotInSum { number };
    change(LiabilityFault::OtherParts { found: 7 }, &|parts| parts.truncate(7));
    change(LiabilityFault::OtherParts { found: 9 }, &|parts| parts.push(parts[0].clone()));
    change(in_sum(1), &|parts| parts[1] = parts[0].clone());
    change(in_sum(0), &|parts| parts.swap(0, 1));
    change(in_sum(3), &|parts| parts[3].minor += 1);
    change(in_sum(4), &|parts| parts[4].salt = Hash32::ZERO);
    change(in_sum(5), &|parts| parts[5].index ^= 1);
    change(in_sum(6), &|parts| parts[6].path[0].minor += 1);
    change(in_sum(6), &|parts| parts[6].path[1].hash = Hash32::ZERO);
    change(in_sum(7), &|parts| parts[7].path.truncate(3));
    for (other, expected) in rows {
        assert_eq!(held(&network, &member, &other), Err(expected.into()));
    }
    // The parts of another account, all of them in the sum.
    let others = member.liabilities().prove(&AccountId::new([0xcc; 32]));
    assert_eq!(held(&network, &member, &others), Err(in_sum(0).into()));
}

/// A tree whose maker counts an account for less than it certainly holds.
#[test]
fn w29_a_tree_with_less_than_the_certified_balance_is_refused() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let mut poorer = member.clone();
    poorer.accounts[0].account.balances = Balances { available: 1, held: 0, preburned: 0 };
    let parts = parts(&poorer);
    let record = member.state.proof(&Name::Account(member.accounts[0].account.id));
    let header = (&member.state.header, &[][..]);
    let built = LiabilityFile::build(tree_of(&poorer), &parts, &record, header, &network.genesis);
    assert_eq!(built, Err(LiabilityFault::OtherBalance.into()));
    let honest = TestMember::of(&network, vec![TestJournal::new(&network.account(), &[])]);
    assert_eq!(tree_of(&honest).1.minor, 0);
    assert!(held(&network, &honest, &self::parts(&honest)).is_ok());
}

#[test]
fn w9_w16_w29_every_single_changed_byte_of_both_files_is_refused() {
    let network = TestNetwork::new(1);
    let committee = network.committee();
    let member = TestMember::new(&network);
    let all = published(&network, &member);
    assert!(verify_liabilities(all.as_bytes(), &committee).is_ok());
    for changed in changes(all.as_bytes()) {
        assert!(verify_liabilities(&changed, &committee).is_err());
    }
    let own = held(&network, &member, &parts(&member)).unwrap();
    assert!(verify_liability(own.as_bytes(), &committee).is_ok());
    for changed in changes(own.as_bytes()) {
        assert!(verify_liability(&changed, &committee).is_err());
    }
    assert!(verify_liability(all.as_bytes(), &committee).is_err());
    assert!(verify_liabilities(own.as_bytes(), &committee).is_err());
}
