//! Files that hold and name the payment, and all the others.

use ledger_core::{command::VoidReason, id::Leg, refusal::Refusal};
use verifier::testing::{TestNetwork, currency, lei};

use super::*;
use crate::stand_in::{file_of, settled, trust};

fn expected() -> Expected {
    let receipt = settled(&TestNetwork::new(4));
    let leg = receipt.leg.unwrap();
    Expected {
        uetr: leg.uetr,
        money: receipt.money.unwrap(),
        instructing: leg.instructing,
        instructed: leg.instructed,
        debit: receipt.debit,
        credit: receipt.credit,
    }
}

#[test]
fn a_proof_of_this_very_payment_settles_it() {
    let network = TestNetwork::new(4);
    let file = file_of(&network, settled(&network));
    let proved = Settled::check(&file, &expected(), &trust(&network)).unwrap();
    assert_eq!(proved.receipt(), &settled(&network));
    assert_eq!(proved.file(), file);
    let unknown = Expected { debit: None, credit: None, ..expected() };
    assert!(Settled::check(&file, &unknown, &trust(&network)).is_ok());
}

/// Each of them verifies: only what it is about differs.
#[test]
fn a_proof_of_another_payment_is_refused_by_the_fact_that_differs() {
    let network = TestNetwork::new(4);
    let good = settled(&network);
    let leg = good.leg.unwrap();
    let of_leg = |leg: Leg| Receipt { leg: Some(leg), ..good.clone() };
    let of_money =
        |code, minor| Receipt { money: Some(Money::new(currency(code), minor)), ..good.clone() };
    let rows = [
        (of_leg(Leg { uetr: Uetr::new([9; 16]), ..leg }), Field::Uetr),
        (of_leg(Leg { instructing: lei("MALLORY"), ..leg }), Field::Payer),
        (of_leg(Leg { instructed: lei("MALLORY"), ..leg }), Field::Payee),
        (of_leg(Leg { kind: MessageKind::Pacs004, ..leg }), Field::Kind),
        (Receipt { leg: None, ..good.clone() }, Field::Kind),
        (of_money("USD", 123_449), Field::Amount),
        (of_money("JPY", 123_450), Field::Currency),
        (Receipt { money: None, ..good.clone() }, Field::Amount),
        (Receipt { debit: Some(AccountId::new([1; 32])), ..good.clone() }, Field::DebitAccount),
        (Receipt { credit: Some(AccountId::new([1; 32])), ..good.clone() }, Field::CreditAccount),
        (Receipt { credit: None, ..good.clone() }, Field::CreditAccount),
    ];
    for (receipt, field) in rows {
        let file = file_of(&network, receipt);
        let refused = Settled::check(&file, &expected(), &trust(&network)).unwrap_err();
        assert!(matches!(refused, ProofError::OtherPayment(f) if f == field), "{refused} {field}");
    }
}

#[test]
fn only_a_settlement_settles_and_only_its_absence_rejects() {
    let network = TestNetwork::new(4);
    let rows = [
        (Outcome::Applied(Effect::Settled), true, false),
        (Outcome::Applied(Effect::Held), false, false),
        (Outcome::Applied(Effect::CreditConfirmed), false, false),
        (Outcome::Applied(Effect::ClosedSettled), false, false),
        (Outcome::Applied(Effect::ClosedUnsettled), false, true),
        (Outcome::Applied(Effect::Voided(VoidReason::Expired)), false, true),
        (Outcome::Refused(Refusal::InsufficientFunds), false, true),
    ];
    for (outcome, settles, rejects) in rows {
        let file = file_of(&network, network.receipt(0, outcome));
        let expected = expected();
        let settled = Settled::check(&file, &expected, &trust(&network));
        assert_eq!(settled.is_ok(), settles, "{outcome:?}");
        let rejected = Rejected::check(&file, &expected, &trust(&network));
        assert_eq!(rejected.is_ok(), rejects, "{outcome:?}");
    }
}

#[test]
fn a_refusal_rejects_though_it_names_no_account() {
    let network = TestNetwork::new(4);
    let refusal = Outcome::Refused(Refusal::InsufficientFunds);
    let receipt = Receipt { debit: None, credit: None, ..network.receipt(0, refusal) };
    let file = file_of(&network, receipt);
    assert!(Rejected::check(&file, &expected(), &trust(&network)).is_ok());
    let receipt = Receipt { debit: None, ..settled(&network) };
    let refused = Settled::check(&file_of(&network, receipt), &expected(), &trust(&network));
    assert!(matches!(refused, Err(ProofError::OtherPayment(Field::DebitAccount))));
}

#[test]
fn a_forged_proof_is_refused_whichever_byte_was_changed() {
    let network = TestNetwork::new(4);
    let file = file_of(&network, settled(&network));
    for at in (0..file.len()).step_by(file.len() / 40) {
        let mut forged = file.clone();
        forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
        let refused = Settled::check(&forged, &expected(), &trust(&network)).unwrap_err();
        assert!(matches!(refused, ProofError::Invalid(_)), "byte {at}: {refused}");
    }
}

#[test]
fn a_certificate_by_too_few_or_by_others_is_refused() {
    use verifier::{ReceiptFile, testing::sign_finalization};
    let network = TestNetwork::new(4);
    let (proof, header) = network.receipt_proof(&[settled(&network)]);
    let others = TestNetwork::new(5);
    for certificate in
        [sign_finalization(&header, &network.voters, &[0, 1]), others.certify(&header)]
    {
        let file = ReceiptFile::build(&proof, &header, &certificate, &network.genesis).unwrap();
        let refused = Settled::check(file.as_bytes(), &expected(), &trust(&network)).unwrap_err();
        assert!(matches!(refused, ProofError::Invalid(_)), "{refused}");
    }
}

#[test]
fn a_proof_of_another_network_is_refused() {
    let (ours, other) = (TestNetwork::new(4), TestNetwork::new(5));
    let file = file_of(&other, settled(&other));
    assert!(Settled::check(&file, &expected(), &trust(&other)).is_ok());
    let refused = Settled::check(&file, &expected(), &trust(&ours)).unwrap_err();
    assert!(matches!(refused, ProofError::Invalid(VerifyError::OtherNetwork)), "{refused}");
}

#[test]
fn a_trust_file_of_another_network_than_the_pinned_one_is_refused() {
    use crate::{Trust, TrustError};
    let (ours, other) = (TestNetwork::new(4), TestNetwork::new(5));
    let file = verifier::write_genesis(&other.genesis);
    let pinned = Trust::of_network(file.as_bytes(), ours.genesis.chain_id()).unwrap_err();
    assert!(matches!(pinned, TrustError::OtherNetwork { .. }), "{pinned}");
    assert!(Trust::of_network(file.as_bytes(), other.genesis.chain_id()).is_ok());
    assert!(matches!(Trust::new(b"{}"), Err(TrustError::Unsound(_))));
}
