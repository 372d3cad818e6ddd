use ledger_core::record::Name;

use super::*;
use crate::{
    error::Class,
    payments::PaymentsFault,
    proved::{Proved, verify_file},
    testing::{TestMember, TestNetwork, changes, currency},
};

fn build(
    network: &TestNetwork,
    member: &TestMember,
    proof: &PaymentsProof,
) -> Result<String, VerifyError> {
    let record = member.state.proof(&Name::Holdings(member.holdings.member));
    let header = &member.state.header;
    PaymentsFile::build(&record, proof, header, &network.certify(header), &network.genesis)
}

#[test]
fn w28_a_payments_file_proves_what_its_summary_says() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let proof = member.payments(PaymentRole::Payer, Some(currency("USD")), (3, 5));
    let text = build(&network, &member, &proof).unwrap();
    let expected = format!(
        r#"{{
  "format": "florin-payments-1",
  "network": "{chain}",
  "summary": {{
    "member": "PAYER000000000000034",
    "role": "payer",
    "currency": "USD",
    "from": 3,
    "to": 5,
    "accounts": 3,
    "histories": 2,
    "payments": 2,
    "sums": [
      {{
        "currency": "USD",
        "payments": 2,
        "amount": "265.00"
      }}
    ],
    "complete": "yes",
    "height": 7,
    "time": "2026-01-01T00:00:09.000Z"
  }},
  "payments": [
    {{
      "height": 4,
      "time": "2026-01-01T00:00:04.000Z",
      "account": "{first}",
      "role": "payer",
      "currency": "USD",
      "amount": "250.00",
      "command": "{command}"
    }},
    {{
      "height": 4,
      "time": "2026-01-01T00:00:04.000Z",
      "account": "{third}",
"#,
        chain = network.genesis.chain_id(),
        first = "aa".repeat(32),
        command = "40".repeat(32),
        third = "cc".repeat(32),
    );
    assert!(text.starts_with(&expected), "{text}");
    let verdict = verify_payments(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((verdict.holdings, verdict.query), (member.holdings, proof.query));
    assert_eq!(
        verdict.plain,
        "payments of PAYER000000000000034 as payer in USD from height 3 to height 5: 2, 265.00 USD \
         in all; complete: yes, by all 3 accounts of the member and the whole histories of the 2 \
         asked about, after height 7, certified at 2026-01-01T00:00:09.000Z"
    );
    let proved = verify_file(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((proved.plain(), proved.exit_code()), (verdict.plain.as_str(), 0));
    assert_eq!(proved, Proved::Payments(Box::new(verdict)));
}

#[test]
fn w28_every_question_becomes_a_file_that_verifies() {
    let network = TestNetwork::new(1);
    let member = TestMember::new(&network);
    let committee = network.committee();
    for role in [PaymentRole::Payer, PaymentRole::Payee, PaymentRole::Any] {
        for asked in [None, Some(currency("USD")), Some(currency("JPY"))] {
            for span in [(0, 7), (0, 0), (4, 4), (3, 6)] {
                let proof = member.payments(role, asked, span);
                let text = build(&network, &member, &proof).unwrap();
                assert_eq!(PaymentsFile::parse(text.as_bytes()).unwrap().proof, proof);
                assert!(verify_payments(text.as_bytes(), &committee).is_ok());
            }
        }
    }
}

/// The list of payments is derived: a file that says less, or asks otherwise, is not spelled so.
#[test]
fn w16_w28_the_same_payments_spelled_otherwise_are_refused() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let proof = member.payments(PaymentRole::Payer, Some(currency("USD")), (3, 5));
    let text = build(&network, &member, &proof).unwrap();
    let start = text.find("    {\n      \"height\": 4").unwrap();
    let end = start + text[start..].find("    },\n").unwrap() + "    },\n".len();
    let less = format!("{}{}", &text[..start], &text[end..]);
    let rows = [
        less,
        text.replace('\n', ""),
        text.replacen("\"payments\": 2", "\"payments\": 1", 1),
        text.replacen("\"amount\": \"265.00\"", "\"amount\": \"26.50\"", 1),
        text.replacen("\"complete\": \"yes\"", "\"complete\": \"no\"", 1),
        text.replacen(
            "\"query\": {\n    \"role\": \"payer\"",
            "\"query\": {\n    \"role\": \"payee\"",
            1,
        ),
        text.replacen(
            "\"query\": {\n    \"role\": \"payer\"",
            "\"query\": {\n    \"role\": \"bank\"",
            1,
        ),
        text.replacen("\"list\"", "\"note\": 1,\n  \"list\"", 1),
    ];
    for changed in rows {
        assert_ne!(changed, text);
        let refused = verify_payments(changed.as_bytes(), &network.committee()).unwrap_err();
        assert_eq!(refused.class(), Class::NotValid, "{refused}");
    }
    for other in ["florin-history-1", "florin-list-1", "florin-payments-2"] {
        let renamed = text.replacen(FORMAT, other, 1);
        let refused = verify_payments(renamed.as_bytes(), &network.committee());
        assert_eq!(refused, Err(VerifyError::WrongFormat { expected: FORMAT }));
        let refused = verify_file(renamed.as_bytes(), &network.committee()).unwrap_err();
        assert_eq!(refused.class(), Class::Unreadable);
    }
}

#[test]
fn w9_w16_w28_every_single_changed_byte_of_a_payments_file_is_refused() {
    let network = TestNetwork::new(1);
    let committee = network.committee();
    let member = TestMember::new(&network);
    let proof = member.payments(PaymentRole::Payee, Some(currency("JPY")), (2, 3));
    let text = build(&network, &member, &proof).unwrap();
    assert!(verify_payments(text.as_bytes(), &committee).is_ok());
    for changed in changes(text.as_bytes()) {
        assert!(verify_payments(&changed, &committee).is_err());
    }
}

#[test]
fn w28_a_currency_of_no_network_and_what_is_no_holdings_are_refused() {
    let network = TestNetwork::new(4);
    let mut member = TestMember::new(&network);
    let proof = member.payments(PaymentRole::Any, None, (0, 7));
    let account = member.state.proof(&Name::Account(member.accounts[0].account.id));
    let header = &member.state.header;
    let built = PaymentsFile::build(&account, &proof, header, &[], &network.genesis);
    assert_eq!(built, Err(VerifyError::NotHoldings));
    let mut genesis = network.genesis.clone();
    genesis.time = genesis.time.after(1);
    let holdings = member.state.proof(&Name::Holdings(member.holdings.member));
    let built = PaymentsFile::build(&holdings, &proof, header, &[], &genesis);
    assert_eq!(built, Err(VerifyError::OtherNetwork));
    member.accounts.pop();
    let fewer = member.payments(PaymentRole::Any, None, (0, 7));
    let index = 2;
    let expected = VerifyError::Payments(PaymentsFault::OtherAccount { index });
    assert_eq!(build(&network, &member, &fewer), Err(expected));
}
