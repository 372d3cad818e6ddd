//! Receipts and the leaves that history is made of.

use ledger_core::{
    command::VoidReason,
    id::AccountId,
    merkle::LogHead,
    receipt::{Effect, HistoryLeaf, Kind, Outcome, RECEIPT_VERSION, Receipt},
    refusal::Refusal,
    time::Height,
};

use crate::{
    pin::{Pin, check},
    programs,
    samples::{ACCOUNT, COMMAND, NOW, bank_a, bank_b, hash, leg, money},
    units,
};

/// A receipt with everything that a receipt can have.
fn settled() -> Receipt {
    Receipt {
        version: RECEIPT_VERSION,
        height: Height::new(42),
        index: 3,
        entered: NOW,
        irrevocable: NOW.after(9_000),
        command: COMMAND,
        organisation: bank_a(),
        kind: Kind::Post,
        outcome: Outcome::Applied(Effect::Settled),
        leg: Some(leg()),
        debit: Some(ACCOUNT),
        credit: Some(AccountId::new([0xa2; 32])),
        money: Some(money()),
        parties: vec![bank_a(), bank_b()],
        run: None,
    }
}

/// A receipt with as little as one can have.
fn refused() -> Receipt {
    Receipt {
        entered: NOW,
        irrevocable: NOW,
        kind: Kind::CancelRedemption,
        outcome: Outcome::Refused(Refusal::RedemptionUnknown),
        leg: None,
        debit: None,
        credit: None,
        money: None,
        parties: vec![bank_a()],
        run: None,
        ..settled()
    }
}

#[test]
fn w8_w9_vectors_of_receipts_and_history_leaves() {
    let voided = |reason| Receipt {
        kind: Kind::Void,
        outcome: Outcome::Applied(Effect::Voided(reason)),
        credit: None,
        ..settled()
    };
    let receipts = [
        ("receipt/settled", settled()),
        ("receipt/voided_rejected", voided(VoidReason::Rejected)),
        ("receipt/voided_withdrawn", voided(VoidReason::Withdrawn)),
        ("receipt/voided_expired", voided(VoidReason::Expired)),
        ("receipt/refused", refused()),
        (
            "receipt/refused_hold",
            Receipt {
                kind: Kind::Hold,
                outcome: Outcome::Refused(Refusal::InsufficientFunds),
                leg: Some(leg()),
                money: Some(money()),
                ..refused()
            },
        ),
        (
            "receipt/units_delivered",
            Receipt {
                kind: Kind::Exchange,
                outcome: Outcome::Applied(Effect::UnitsDelivered(units::units())),
                leg: Some(units::delivery().leg()),
                money: None,
                ..settled()
            },
        ),
    ];
    let receipts = receipts.into_iter().chain([
        ("receipt/invoked", programs::receipt(settled(), true)),
        ("receipt/call_failed", programs::receipt(settled(), false)),
    ]);
    let receipts: Vec<_> = receipts.collect();
    let salt = hash(0x5a);
    let mut pins: Vec<Pin> = receipts
        .iter()
        .map(|(name, receipt)| Pin::of(*name, receipt).leaf(&salt, &receipt.leaf(&salt)))
        .collect();
    let history = HistoryLeaf {
        height: Height::new(42),
        digest: hash(0xd1),
        receipts: LogHead { count: 4, root: hash(0xd2) },
        state_root: hash(0xd3),
    };
    pins.push(Pin::of("history_leaf", &history).leaf(&hash(0), &history.leaf()));
    check(
        "receipts",
        "Receipts in each shape of outcome, and the leaf of a block in the history tree. leaf is \
         SHA-256(00 || salt || bytes); the salt of a history leaf is zero (W8, W9).",
        &pins,
    );
}
