use ledger_core::{
    digest::Hash32,
    id::AccountId,
    merkle::LogHead,
    proof::SlotContent,
    record::{Name, Record, Window},
};

use super::*;
use crate::{
    error::Class,
    proved::{Proved, verify_file},
    testing::{TestNetwork, currency},
};

fn text_of(network: &TestNetwork, account: &Account) -> Result<String, VerifyError> {
    let name = Name::Account(account.id);
    let (proof, header) = network.record_proof(&name, Record::Account(account.clone()));
    AccountFile::build(&proof, &header, &network.certify(&header), &network.genesis)
}

#[test]
fn w18_an_account_file_proves_what_its_summary_says() {
    let network = TestNetwork::new(4);
    let account = network.account();
    let text = text_of(&network, &account).unwrap();
    let id = "aa".repeat(32);
    let expected = format!(
        r#"{{
  "format": "florin-account-1",
  "network": "{chain}",
  "summary": {{
    "account": "{id}",
    "member": "PAYER000000000000034",
    "currency": "USD",
    "available": "10.00",
    "held": "0.07",
    "preburned": "0.00",
    "height": 7,
    "time": "2026-01-01T00:00:09.000Z"
  }},
  "leaf": ""#,
        chain = network.genesis.chain_id(),
    );
    assert!(text.starts_with(&expected), "{text}");
    let verdict = verify_account(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(verdict.account, account);
    assert_eq!((verdict.height.get(), verdict.header_height.get()), (7, 9));
    assert_eq!(
        verdict.plain,
        format!(
            "account {id} of PAYER000000000000034 held 10.00 USD free, 0.07 USD earmarked and \
             0.00 USD locked for redemption after height 7, certified at 2026-01-01T00:00:09.000Z"
        )
    );
    let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(proved, Proved::Account(Box::new(verdict)));
    assert_eq!(proved.exit_code(), 0);
}

#[test]
fn w9_w16_every_single_changed_byte_of_an_account_file_is_refused() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = text_of(&network, &network.account()).unwrap().into_bytes();
    for at in 0..text.len() {
        let byte = text[at];
        for other in [byte ^ 1, byte ^ 0x20, b'0', b' ', b'"', 0xff] {
            if other != byte {
                let mut changed = text.clone();
                changed[at] = other;
                assert!(verify_account(&changed, &committee).is_err(), "{at}: {other:02x}");
            }
        }
        let mut shorter = text.clone();
        shorter.remove(at);
        assert!(verify_account(&shorter, &committee).is_err(), "{at} removed");
        for other in [b' ', b'0'] {
            let mut longer = text.clone();
            longer.insert(at, other);
            assert!(verify_account(&longer, &committee).is_err(), "{other:02x} before {at}");
        }
    }
}

#[test]
fn w16_the_same_account_spelled_otherwise_is_refused() {
    let network = TestNetwork::new(4);
    let text = text_of(&network, &network.account()).unwrap();
    let rows = [
        text.replace('\n', ""),
        text.replacen("\"salt\"", "\"note\": 1,\n  \"salt\"", 1),
        text.replacen("\"slots\": 6,\n    \"free\": 5", "\"free\": 5,\n    \"slots\": 6", 1),
        text.replacen("\"available\": \"10.00\"", "\"available\": \"10.0\"", 1),
        text.replacen("\"time\": \"2026", "\"time\": \"2027", 1),
    ];
    for changed in rows {
        assert_ne!(changed, text);
        let refused = verify_account(changed.as_bytes(), &network.committee()).unwrap_err();
        assert_eq!(refused.class(), Class::NotValid, "{refused}");
    }
    let receipt = text.replacen("florin-account-1", "florin-receipt-1", 1);
    assert_eq!(
        verify_account(receipt.as_bytes(), &network.committee()),
        Err(VerifyError::WrongFormat { expected: FORMAT })
    );
}

#[test]
fn w18_only_an_account_under_its_own_key_is_shown() {
    let network = TestNetwork::new(4);
    let account = network.account();
    let other = Name::Account(AccountId::new([0xbb; 32]));
    let window = Window { height: Height::new(1), until: LedgerTime::new(1), ids: LogHead::EMPTY };
    let rows = [
        (other, Record::Account(account)),
        (Name::Window(window.height), Record::Window(window)),
        (Name::Origin, Record::Origin),
    ];
    for (name, record) in rows {
        let (proof, header) = network.record_proof(&name, record);
        let built = AccountFile::build(&proof, &header, &[], &network.genesis);
        assert_eq!(built, Err(VerifyError::NotAnAccount));
    }
}

#[test]
fn w9_a_record_that_differs_in_anything_is_not_in_the_state() {
    let network = TestNetwork::new(4);
    let account = network.account();
    let name = Name::Account(account.id);
    let (good, header) = network.record_proof(&name, Record::Account(account.clone()));
    let mut others = vec![good.clone(); 6];
    let mut richer = account;
    richer.balances.available += 1;
    others[0].leaf.content =
        SlotContent::Used { key: name.key(), next: Hash32::MAX, record: Record::Account(richer) };
    others[1].leaf.slot = 3;
    others[2].salt = Hash32::ZERO;
    others[3].head.free = None;
    others[4].head.slots = 7;
    others[5].path.pop();
    for other in others {
        let built = AccountFile::build(&other, &header, &[], &network.genesis);
        assert_eq!(built, Err(VerifyError::NotInState));
    }
}

#[test]
fn w18_an_account_in_a_currency_of_no_network_is_refused() {
    let network = TestNetwork::new(4);
    let mut account = network.account();
    account.currency = currency("XTS");
    assert_eq!(text_of(&network, &account), Err(VerifyError::UnknownCurrency));
}
