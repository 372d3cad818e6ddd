//! Values about assets to pin.

use ledger_core::{
    account::Balances,
    asset::{
        Asset, AssetCode, AssetEntry, AssetStatus, AssetTerms, Deliver, Delivery, Position,
        Surrender, SurrenderRecord, SurrenderState, UnitLeg, UnitTotals, Units,
    },
    command::Acceptance,
    digest::Domain,
    exchange::Exchange,
    id::{AccountId, PartyId, Uetr},
    merkle::LogHead,
    payment::LegState,
    record::Record,
    settlement::{Consent, SetLeg},
    signature::Signed,
    time::Height,
};

use crate::{
    pin::Pin,
    samples::{
        ACCOUNT, COMMAND, NOW, PARTY, bank_a, bank_b, custodian, hash, payment, signed_gate,
        signer, text,
    },
};

pub(crate) fn isin() -> AssetCode {
    AssetCode::new("US0378331005").unwrap()
}

pub(crate) fn units() -> Units {
    Units { asset: isin(), count: 7_500 }
}

pub(crate) fn asset_terms() -> AssetTerms {
    AssetTerms { code: isin(), name: text("NOTE-2031"), scale: 2, registrar: custodian() }
}

pub(crate) fn delivery() -> Delivery {
    Delivery {
        delivering: bank_b(),
        uetr: Uetr::from_hex("9b672d78db2749cbb18566692cf7a022").unwrap(),
        receiving: bank_a(),
        from: AccountId::new([0xa2; 32]),
        deliverer: PartyId::new([0xbc; 32]),
        units: units(),
        message: hash(0x3d),
    }
}

pub(crate) fn deliver() -> Deliver {
    let accepted = Acceptance {
        payment: delivery().hash(),
        credit: ACCOUNT,
        creditor: PARTY,
        expires: NOW.after(3_600_000),
    };
    let acceptance = Signed::new(accepted, &signer(4)).unwrap();
    Deliver { delivery: delivery(), acceptance }
}

/// Dollars from A to B against units from B to A.
pub(crate) fn exchange() -> Exchange {
    let paid = SetLeg {
        payment: payment(),
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
    };
    let delivered = UnitLeg { delivery: delivery(), credit: ACCOUNT, receiver: PARTY };
    let mut exchange = Exchange {
        payments: vec![paid],
        deliveries: vec![delivered],
        gates: vec![signed_gate()],
        consents: Vec::new(),
    };
    let consent = Consent { to: exchange.hash(), expires: NOW.after(3_600_000) };
    exchange.consents.push(Signed::new(consent, &signer(4)).unwrap());
    exchange
}

pub(crate) fn surrender() -> Surrender {
    Surrender { account: ACCOUNT, units: units() }
}

const TOTALS: UnitTotals =
    UnitTotals { issued: 1_000, available: 700, held: 200, surrendered: 100 };

pub(crate) fn asset(status: AssetStatus) -> Record {
    let journal = LogHead { count: 3, root: hash(0x78) };
    Record::Asset(Box::new(Asset { terms: asset_terms(), status, totals: TOTALS, journal }))
}

pub(crate) fn position() -> Record {
    Record::Position(Position {
        account: ACCOUNT,
        member: bank_a(),
        asset: isin(),
        balances: Balances { available: 600, held: 0, preburned: 60 },
        journal: LogHead { count: 4, root: hash(0x79) },
    })
}

pub(crate) fn surrendered(state: SurrenderState) -> Record {
    let (id, member, surrender, entered) = (COMMAND, bank_a(), surrender(), NOW);
    Record::Surrender(SurrenderRecord { id, member, surrender, entered, state })
}

pub(crate) fn delivered() -> LegState {
    LegState::Delivered {
        from: AccountId::new([0xa2; 32]),
        deliverer: PartyId::new([0xbc; 32]),
        credit: ACCOUNT,
        receiver: PARTY,
        units: units(),
        height: Height::new(42),
    }
}

/// The states that records of assets can be in.
pub(crate) fn states() -> Vec<(String, Record)> {
    let statuses = one_of_each!(AssetStatus {
        AssetStatus::Active => "active", AssetStatus::Active;
        AssetStatus::Suspended => "suspended", AssetStatus::Suspended;
        AssetStatus::Matured => "matured", AssetStatus::Matured;
    });
    let surrenders = one_of_each!(SurrenderState {
        SurrenderState::Open => "open", SurrenderState::Open;
        SurrenderState::Cancelled => "cancelled", SurrenderState::Cancelled;
        SurrenderState::Reclaimed => "reclaimed", SurrenderState::Reclaimed;
    });
    let statuses =
        statuses.into_iter().map(|(name, status)| (format!("asset/{name}"), asset(status)));
    let surrenders = surrenders
        .into_iter()
        .map(|(name, state)| (format!("surrender/{name}"), surrendered(state)));
    statuses.chain(surrenders).collect()
}

/// What receiving members and members of an exchange sign about.
pub(crate) fn statements() -> [Pin; 2] {
    let (delivery, exchange) = (delivery(), exchange());
    let legs = (exchange.payments.clone(), exchange.deliveries.clone());
    [
        Pin::of("delivery_hash", &delivery).hashed(Domain::Units, delivery.hash().get()),
        Pin::of("exchange_hash", &legs).hashed(Domain::Exchange, exchange.hash().get()),
    ]
}

pub(crate) fn asset_entry() -> AssetEntry {
    let status = AssetStatus::Suspended;
    AssetEntry { height: Height::new(42), time: NOW, status, closing: TOTALS }
}
