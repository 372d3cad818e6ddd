//! One whole file of each kind, pinned in `tests/vectors`: what a bank that writes its own verifier
//! begins with.

use ledger_core::{
    receipt::{Effect, Outcome},
    record::{Name, Record},
};

use crate::{
    AccountFile, ConsistencyFile, LiabilitiesFile, LiabilityFile, ListFile, PaymentsFile,
    ReceiptFile, RecordFile, VerifyError,
    list::ListKind,
    payments::PaymentRole,
    testing::{TestChain, TestMember, TestNetwork, currency},
    verify_file,
};

#[expect(clippy::disallowed_methods, reason = "a person asks for new vectors; no rule reads it")]
fn updating() -> bool {
    std::env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1")
}

fn receipt(network: &TestNetwork) -> Result<String, VerifyError> {
    let settled = Outcome::Applied(Effect::Settled);
    let receipts: Vec<_> = (0..3).map(|index| network.receipt(index, settled)).collect();
    let (proof, header) = network.receipt_proof(&receipts);
    ReceiptFile::build(&proof, &header, &network.certify(&header), &network.genesis)
}

fn account(network: &TestNetwork) -> Result<String, VerifyError> {
    let account = network.account();
    let name = Name::Account(account.id);
    let (proof, header) = network.record_proof(&name, Record::Account(account));
    AccountFile::build(&proof, &header, &network.certify(&header), &network.genesis)
}

fn consistency(network: &TestNetwork) -> Result<String, VerifyError> {
    let chain = TestChain::new(12);
    let (older, newer) = (chain.header(network, 4), chain.header(network, 10));
    let (first, second) = (network.certify(&older), network.certify(&newer));
    let block = chain.proof(4, 10);
    ConsistencyFile::build(&block, (&older, &first), (&newer, &second), &network.genesis)
}

fn of_member(network: &TestNetwork) -> Result<Vec<(&'static str, String)>, VerifyError> {
    let (member, genesis) = (TestMember::new(network), &network.genesis);
    let usd = currency("USD");
    let header = &member.state.header;
    let certificate = network.certify(header);
    let holdings = member.state.proof(&Name::Holdings(member.holdings.member));
    let payments = member.payments(PaymentRole::Payer, Some(usd), (3, 5));
    let list = |kind, index, shown| {
        let list = member.list(kind, index, shown);
        ListFile::build(&holdings, &list, header, &certificate, genesis)
    };
    let tree = member.liabilities();
    let (size, account) = ((tree.len(), tree.root()), member.accounts[0].account.id);
    let dollars = member.state.proof(&Name::Currency(usd));
    let record = |name: Name| {
        RecordFile::build(&name, &member.state.proof(&name), header, &certificate, genesis)
    };
    Ok(vec![
        ("list.json", list(ListKind::Accounts, 0, 3)?),
        ("list-page.json", list(ListKind::Accounts, 1, 1)?),
        (
            "payments.json",
            PaymentsFile::build(&holdings, &payments, header, &certificate, genesis)?,
        ),
        (
            "liabilities.json",
            LiabilitiesFile::build(size, &dollars, header, &certificate, genesis)?,
        ),
        (
            "liability.json",
            LiabilityFile::build(
                size,
                &tree.prove(&account),
                &member.state.proof(&Name::Account(account)),
                (header, &certificate),
                genesis,
            )?,
        ),
        ("record.json", record(Name::Currency(usd))?),
        ("absence.json", record(Name::PaymentTerms(usd))?),
    ])
}

#[test]
fn w17_w18_w26_w27_w28_w29_w30_vectors_of_every_kind_of_file() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let mut files = vec![
        ("receipt.json", receipt(&network).unwrap()),
        ("account.json", account(&network).unwrap()),
        ("consistency.json", consistency(&network).unwrap()),
    ];
    files.extend(of_member(&network).unwrap());
    for (name, text) in files {
        let path = format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
        if updating() {
            std::fs::write(&path, &text).unwrap();
        }
        assert!(verify_file(text.as_bytes(), &committee).unwrap().applied(), "{name}");
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "{name} differs: the format has changed. If that is meant, run \
             `UPDATE_VECTORS=1 cargo vectors` and add a line to CHANGELOG.md"
        );
    }
}
