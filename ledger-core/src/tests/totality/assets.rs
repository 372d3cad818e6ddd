//! Commands and actions about assets, drawn at random, and a world in which there are some.

use proptest::prelude::*;

use super::drawing::{
    Cleared, Known, account_of, cleared, hash, lei, number, one_of, time, well_made,
};
use crate::{
    asset::{AssetCode, AssetStatus, AssetTerms, Deliver, Delivery, Surrender, UnitLeg, Units},
    command::{Acceptance, Action, Command, SignedCommand},
    digest::{Domain, Hash32},
    exchange::Exchange,
    id::{AccountId, Lei, Text, Uetr},
    money::Currency,
    settlement::{Consent, SetLeg},
    signature::Signed,
    testing::{
        Bank, World,
        assets::{bond, registrar_lei, share, units},
        usd,
    },
    time::LedgerTime,
};

/// Registers assets, issues some to A and B, and leaves a surrender and proposals that wait.
pub(super) fn registered(world: &mut World) -> Vec<SignedCommand> {
    let [a, b] = ["BANKA", "BANKB"].map(Bank::new);
    world.register_assets();
    for (bank, code) in [(a, bond()), (b, bond()), (a, share())] {
        let commands = world.issue(&bank, units(code, 1_000));
        world.apply_all(&commands);
    }
    let surrenders = [5, 6].map(|count| world.surrender(&a, units(bond(), count)));
    world.apply_all(&surrenders);
    let terms = AssetTerms { code: other(), ..world.asset_terms(bond()) };
    vec![
        world.cancel_units(bond(), surrenders[0].body.id())[0].clone(),
        world.issue(&b, units(bond(), 50))[0].clone(),
        world.set_status(share(), AssetStatus::Suspended)[0].clone(),
        world.decide(Action::RegisterAsset(terms))[0].clone(),
    ]
}

/// An asset that is not there at first.
fn other() -> AssetCode {
    AssetCode::of_network("OTHER0000").unwrap()
}

fn asset() -> impl Strategy<Value = AssetCode> + Clone {
    prop_oneof![6 => Just(bond()), 2 => Just(share()), 1 => Just(other())]
}

fn any_units() -> impl Strategy<Value = Units> {
    (asset(), number()).prop_map(|(asset, count)| units(asset, count))
}

pub(super) fn action(known: &Known) -> impl Strategy<Value = Action> + use<> {
    let status = prop_oneof![
        3 => Just(AssetStatus::Active),
        1 => Just(AssetStatus::Suspended),
        1 => Just(AssetStatus::Matured),
    ];
    let registrar = prop_oneof![2 => Just(registrar_lei(bond())), 1 => lei()];
    let scale = prop_oneof![3 => Just(2u8), 1 => any::<u8>()];
    prop_oneof![
        (asset(), scale, registrar).prop_map(|(code, scale, registrar)| {
            let name = Text::new("N").unwrap();
            Action::RegisterAsset(AssetTerms { code, name, scale, registrar })
        }),
        (asset(), status).prop_map(|(asset, status)| Action::SetAssetStatus { asset, status }),
        (one_of(&known.accounts), any_units())
            .prop_map(|(account, units)| Action::IssueUnits { account, units }),
        one_of(&known.surrenders).prop_map(|surrender| Action::CancelUnits { surrender }),
    ]
}

pub(super) fn asset_command(known: &Known) -> BoxedStrategy<Command> {
    let owned = known.owned.clone();
    let right = || prop::bool::weighted(0.8);
    let one = (cleared(known), any_units(), right());
    let several = prop::collection::vec((cleared(known), any_units(), any::<bool>()), 1..4);
    let exchange = (several, right(), hash(), time(known.now));
    let own = owned.clone();
    prop_oneof![
        4 => one.prop_map(move |(drawn, units, right)| {
            let (delivery, acceptance) = delivery_of(&drawn, units, right, &own);
            Command::Deliver(Deliver { delivery, acceptance })
        }),
        4 => exchange.prop_map(move |(drawn, right, to, expires)| {
            Command::Exchange(exchange_of(&drawn, right, (to, expires), &owned))
        }),
        2 => (one_of(&known.accounts), any_units())
            .prop_map(|(account, units)| Command::Surrender(Surrender { account, units })),
        2 => (one_of(&known.owned), any_units()).prop_map(|((.., account), units)| {
            Command::Surrender(Surrender { account, units })
        }),
        2 => one_of(&known.surrenders).prop_map(|surrender| Command::Reclaim { surrender }),
    ]
    .boxed()
}

/// A delivery like a drawn payment; where it shall be right, of a few units from A to B.
fn delivery_of(
    (payment, _, yes): &Cleared,
    units: Units,
    right: bool,
    owned: &[(Lei, Currency, AccountId)],
) -> (Delivery, Signed<Acceptance>) {
    let drawn = Delivery {
        delivering: payment.leg.instructing,
        uetr: payment.leg.uetr,
        receiving: payment.leg.instructed,
        from: payment.debit,
        deliverer: payment.debtor,
        units,
        message: payment.message,
    };
    if !right {
        return (drawn, yes.clone());
    }
    let [a, b] = ["BANKA", "BANKB"].map(Bank::new);
    let seed = Domain::Content.hash_of(&(payment, units));
    let mut uetr: [u8; 16] = seed.get()[..16].try_into().unwrap();
    (uetr[6], uetr[8]) = (0x4f, 0x8f);
    let account = |of, otherwise| account_of(owned, of, usd()).unwrap_or(otherwise);
    let delivery = Delivery {
        delivering: a.lei,
        uetr: Uetr::new(uetr),
        receiving: b.lei,
        from: account(a.lei, payment.debit),
        deliverer: a.party(1),
        ..drawn
    };
    let credit = account(b.lei, yes.value.credit);
    let accepted = Acceptance {
        payment: delivery.hash(),
        credit,
        creditor: b.party(1),
        expires: yes.value.expires,
    };
    (delivery, Signed::new(accepted, &b.settlement().signer()).unwrap())
}

/// An exchange of drawn payments and deliveries that B consents to, or somebody to something.
fn exchange_of(
    drawn: &[(Cleared, Units, bool)],
    right: bool,
    (to, expires): (Hash32, LedgerTime),
    owned: &[(Lei, Currency, AccountId)],
) -> Exchange {
    let all: Vec<Cleared> = drawn.iter().map(|(cleared, ..)| cleared.clone()).collect();
    let all = if right { well_made(&all, owned) } else { all };
    let (mut payments, mut gates, mut deliveries) = (Vec::new(), Vec::new(), Vec::new());
    for ((cleared, units, pays), at) in drawn.iter().zip(0..) {
        if *pays {
            let (payment, gate, yes) = &all[at];
            let (credit, creditor) = (yes.value.credit, yes.value.creditor);
            payments.push(SetLeg { payment: *payment, credit, creditor });
            gates.push(gate.clone());
        }
        let (delivery, yes) = delivery_of(cleared, *units, right, owned);
        let (credit, receiver) = (yes.value.credit, yes.value.creditor);
        deliveries.push(UnitLeg { delivery, credit, receiver });
    }
    let mut exchange = Exchange { payments, deliveries, gates, consents: Vec::new() };
    let to = if right { exchange.hash() } else { to };
    let by = Bank::new("BANKB").settlement();
    exchange.consents.push(Signed::new(Consent { to, expires }, &by.signer()).unwrap());
    exchange
}
