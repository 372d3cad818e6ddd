use ledger_core::id::AccountId;

use super::*;
use crate::{
    limits::MAX_LIST_ENTRIES,
    list::ListFault,
    proved::{Proved, verify_file},
    testing::{TestMember, TestNetwork, TestState, changes, lei},
};

fn build(
    network: &TestNetwork,
    member: &TestMember,
    list: &ListProof,
) -> Result<String, VerifyError> {
    let record = member.state.proof(&Name::Holdings(member.holdings.member));
    let header = &member.state.header;
    ListFile::build(&record, list, header, &network.certify(header), &network.genesis)
}

fn fault(result: Result<String, VerifyError>) -> ListFault {
    match result {
        Err(VerifyError::List(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn w27_a_list_file_proves_what_its_summary_says() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let text = build(&network, &member, &member.list(ListKind::Accounts, 0, 3)).unwrap();
    let expected = format!(
        r#"{{
  "format": "florin-list-1",
  "network": "{chain}",
  "summary": {{
    "member": "PAYER000000000000034",
    "list": "accounts",
    "index": 0,
    "shown": 3,
    "count": 3,
    "complete": "yes",
    "height": 7,
    "time": "2026-01-01T00:00:09.000Z"
  }},
  "list": {{
    "of": "accounts",
    "index": 0,
    "path": []
  }},
  "entries": [
    {{
      "id": "{id}",
"#,
        chain = network.genesis.chain_id(),
        id = "aa".repeat(32),
    );
    assert!(text.starts_with(&expected), "{text}");
    let verdict = verify_list(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(verdict.holdings, member.holdings);
    assert!(verdict.complete);
    assert_eq!(
        verdict.plain,
        "PAYER000000000000034 had 3 accounts after height 7; 3 of them are shown, from place 0 on, \
         in order, none left out between them; complete: yes; certified at 2026-01-01T00:00:09.000Z"
    );
    let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((proved.plain(), proved.exit_code()), (verdict.plain.as_str(), 0));
    assert_eq!(proved, Proved::List(Box::new(verdict)));
}

/// Every page of both lists, and every page with one entry less, more or other.
#[test]
fn w27_every_page_is_proved_and_nothing_else_is_a_page() {
    let network = TestNetwork::new(1);
    let member = TestMember::new(&network);
    for (kind, count) in [(ListKind::Accounts, 3u64), (ListKind::Customers, 2)] {
        for index in 0..count {
            for shown in 1..=usize::try_from(count - index).unwrap() {
                let good = member.list(kind, index, shown);
                let head = good.check(&member.holdings).unwrap();
                assert_eq!(head.count, count);
                assert_eq!(good.is_whole(&head), shown as u64 == count);
                let mut others = vec![good.clone(); 7];
                others[0].entries.pop();
                others[1].entries.push(good.entries[0]);
                others[2].entries[shown - 1].id[31] ^= 1;
                others[3].entries[0].salt = Hash32::ZERO;
                others[4].index += 1;
                others[5].path.push(Hash32::ZERO);
                others[6].entries.reverse();
                for (at, other) in others.iter().enumerate() {
                    let reversed = at == 6 && shown == 1;
                    assert_eq!(other.check(&member.holdings).is_ok(), reversed, "{at}: {other:?}");
                }
            }
        }
    }
    let mut customers = member.list(ListKind::Accounts, 0, 3);
    customers.kind = ListKind::Customers;
    assert_eq!(customers.check(&member.holdings), Err(ListFault::NotInList));
}

#[test]
fn w27_faults_are_found_in_their_order() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let good = member.list(ListKind::Accounts, 0, 3);
    let limit = MAX_LIST_ENTRIES;
    let mut long = good.clone();
    long.entries = vec![good.entries[0]; limit + 1];
    assert_eq!(fault(build(&network, &member, &long)), ListFault::TooLong { limit });
    long.entries.pop();
    assert_eq!(fault(build(&network, &member, &long)), ListFault::NotInList);
    let none = ListProof { entries: vec![], ..good.clone() };
    assert_eq!(fault(build(&network, &member, &none)), ListFault::NothingShown { count: 3 });
}

#[test]
fn w27_a_member_without_accounts_has_a_whole_list_of_none() {
    let network = TestNetwork::new(4);
    let member = TestMember::of(&network, vec![]);
    let list = member.list(ListKind::Accounts, 0, 0);
    let text = build(&network, &member, &list).unwrap();
    assert!(verify_list(text.as_bytes(), &network.committee()).unwrap().complete);
    let placed = ListProof { index: 1, ..list };
    assert_eq!(fault(build(&network, &member, &placed)), ListFault::NotInList);
}

#[test]
fn w27_only_holdings_under_their_own_key_are_shown() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let list = member.list(ListKind::Accounts, 0, 3);
    let holdings = Record::Holdings(member.holdings);
    let account = Name::Account(AccountId::new([0xaa; 32]));
    let rows = [(Name::Holdings(lei("PAYEE")), holdings), (account, Record::Origin)];
    for (name, record) in rows {
        let state = TestState::new(&network, &[(name, record)]);
        let built =
            ListFile::build(&state.proof(&name), &list, &state.header, &[], &network.genesis);
        assert_eq!(built, Err(VerifyError::NotHoldings));
    }
    let mut record = member.state.proof(&Name::Holdings(member.holdings.member));
    record.salt = Hash32::ZERO;
    let built = ListFile::build(&record, &list, &member.state.header, &[], &network.genesis);
    assert_eq!(built, Err(VerifyError::NotInState));
}

#[test]
fn w9_w16_w27_every_single_changed_byte_of_a_list_file_is_refused() {
    let network = TestNetwork::new(1);
    let committee = network.committee();
    let member = TestMember::new(&network);
    let text = build(&network, &member, &member.list(ListKind::Accounts, 1, 1)).unwrap();
    assert!(text.contains("\"complete\": \"no\""));
    assert!(verify_list(text.as_bytes(), &committee).is_ok());
    for changed in changes(text.as_bytes()) {
        assert!(verify_list(&changed, &committee).is_err());
    }
}
