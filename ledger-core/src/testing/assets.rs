//! Assets: their registrars, positions, deliveries and exchanges.

use std::collections::BTreeMap;

use super::{Actor, Bank, World, commands::LASTS_MS, lei, usd};
use crate::{
    account::Balances,
    asset::{
        Asset, AssetCode, AssetStatus, AssetTerms, Deliver, Delivery, Surrender, UnitLeg,
        UnitTotals, Units,
    },
    authority::Role,
    command::{Acceptance, Action, Command, SignedCommand},
    exchange::Exchange,
    id::{CommandId, Lei, Text},
    record::{Name, Record},
    settlement::SetLeg,
    signature::Signed,
    state::State,
};

/// A bond under a code of the network, whose registrar is no member.
///
/// # Panics
/// Never: the code is one.
#[must_use]
pub fn bond() -> AssetCode {
    AssetCode::of_network("BOND20311").unwrap()
}

/// A share under an ISIN, whose registrar is bank C.
///
/// # Panics
/// Never: the code is one.
#[must_use]
pub fn share() -> AssetCode {
    AssetCode::new("US0378331005").unwrap()
}

/// Who keeps the register of an asset.
#[must_use]
pub fn registrar_lei(asset: AssetCode) -> Lei {
    if asset == share() { lei("BANKC") } else { lei("REGISTRAR") }
}

/// So many units of an asset.
#[must_use]
pub const fn units(asset: AssetCode, count: u128) -> Units {
    Units { asset, count }
}

impl Actor {
    /// A person of an asset's registrar, registered by [`World::register_assets`].
    #[must_use]
    pub fn registrar(asset: AssetCode, number: u8) -> Self {
        let person = format!("registrar {number}");
        Self::new(registrar_lei(asset), Role::Registrar, &person)
    }
}

/// Asserts A1: the totals of every asset are those that positions have.
///
/// # Panics
/// When they are not.
pub fn assert_a1(state: &State) {
    let mut counted: BTreeMap<AssetCode, UnitTotals> = BTreeMap::new();
    for record in state.records() {
        let Record::Position(position) = record else { continue };
        let sums = counted.entry(position.asset).or_default();
        let Balances { available, held, preburned } = position.balances;
        for (sum, part) in [
            (&mut sums.available, available),
            (&mut sums.held, held),
            (&mut sums.surrendered, preburned),
        ] {
            *sum = sum.checked_add(part).expect("A1: a class overflows");
            sums.issued = sums.issued.checked_add(part).expect("A1: what is issued overflows");
        }
    }
    for record in state.records() {
        let Record::Asset(asset) = record else { continue };
        let sums = counted.remove(&asset.terms.code).unwrap_or_default();
        assert_eq!(asset.totals, sums, "A1: {}", asset.terms.code);
    }
    assert!(counted.is_empty(), "A1: positions in no asset: {counted:?}");
}

impl World {
    /// What an asset is registered as.
    ///
    /// # Panics
    /// Never: the name is text.
    #[must_use]
    pub fn asset_terms(&self, code: AssetCode) -> AssetTerms {
        let name = Text::new("NOTE-2031").unwrap();
        AssetTerms { code, name, scale: 2, registrar: registrar_lei(code) }
    }

    /// Registers bond and share with two persons of each registrar. Takes two blocks.
    pub fn register_assets(&mut self) {
        for code in [bond(), share()] {
            let grants = [1, 2].map(|number| Actor::registrar(code, number).grant);
            let mut commands = grants.map(|grant| self.register_key(grant)).concat();
            let terms = self.asset_terms(code);
            commands.extend(self.decide(Action::RegisterAsset(terms)));
            self.apply_all(&commands);
        }
    }

    /// As [`Self::funded`], each bank with `count` units of bond and share in its dollar account.
    #[must_use]
    pub fn with_units(minor: u128, count: u128) -> (Self, [Bank; 3]) {
        let (mut world, banks) = Self::funded(minor);
        world.register_assets();
        for code in [bond(), share()] {
            let commands = banks.map(|bank| world.issue(&bank, units(code, count))).concat();
            world.apply_all(&commands);
        }
        (world, banks)
    }

    /// Two persons of an asset's registrar propose and approve: two commands, to be applied in order.
    pub fn keep_register(&mut self, asset: AssetCode, action: Action) -> [SignedCommand; 2] {
        let proposal = self.propose(&Actor::registrar(asset, 1), action);
        let approval = self.approve(&Actor::registrar(asset, 2), &proposal);
        [proposal, approval]
    }

    /// The registrar issues units into a bank's dollar account.
    pub fn issue(&mut self, to: &Bank, units: Units) -> [SignedCommand; 2] {
        let account = self.account(to, usd());
        self.keep_register(units.asset, Action::IssueUnits { account, units })
    }

    /// The registrar cancels what was surrendered.
    pub fn cancel_units(&mut self, asset: AssetCode, surrender: CommandId) -> [SignedCommand; 2] {
        self.keep_register(asset, Action::CancelUnits { surrender })
    }

    /// Operators set the status of an asset.
    pub fn set_status(&mut self, asset: AssetCode, status: AssetStatus) -> [SignedCommand; 2] {
        self.decide(Action::SetAssetStatus { asset, status })
    }

    /// A bank surrenders units.
    pub fn surrender(&mut self, bank: &Bank, units: Units) -> SignedCommand {
        let asked = Surrender { account: self.account(bank, usd()), units };
        self.sign(&bank.settlement(), Command::Surrender(asked))
    }

    /// A bank takes a surrender back.
    pub fn reclaim(&mut self, bank: &Bank, surrender: CommandId) -> SignedCommand {
        self.sign(&bank.settlement(), Command::Reclaim { surrender })
    }

    /// A delivery between the first customers of two banks under a fresh UETR.
    pub fn delivery(&mut self, from: &Bank, to: &Bank, units: Units) -> Delivery {
        let like = self.payment(from, to, crate::money::Money::new(usd(), 1));
        Delivery {
            delivering: from.lei,
            uetr: like.leg.uetr,
            receiving: to.lei,
            from: like.debit,
            deliverer: like.debtor,
            units,
            message: like.message,
        }
    }

    /// The receiving bank's yes to a delivery, to its dollar account and its first customer.
    ///
    /// # Panics
    /// Never: a bank signs what it is given.
    #[must_use]
    pub fn delivery_accepted(&self, delivery: &Delivery) -> Signed<Acceptance> {
        let to = Bank { lei: delivery.receiving };
        let acceptance = Acceptance {
            payment: delivery.hash(),
            credit: self.account(&to, usd()),
            creditor: to.party(1),
            expires: self.now().after(LASTS_MS),
        };
        Signed::new(acceptance, &to.settlement().signer()).unwrap()
    }

    /// Delivers free of payment, accepted by the receiving bank.
    pub fn deliver(&mut self, delivery: &Delivery) -> SignedCommand {
        let acceptance = self.delivery_accepted(delivery);
        let by = Bank { lei: delivery.delivering }.settlement();
        self.sign(&by, Command::Deliver(Deliver { delivery: *delivery, acceptance }))
    }

    /// A leg of an exchange between the first customers of two banks.
    pub fn unit_leg(&mut self, from: &Bank, to: &Bank, units: Units) -> UnitLeg {
        let delivery = self.delivery(from, to, units);
        UnitLeg { delivery, credit: self.account(to, usd()), receiver: to.party(1) }
    }

    /// An exchange that every member of it but the sender consents to.
    #[must_use]
    pub fn exchange(&self, sender: &Bank, payments: &[SetLeg], deliveries: &[UnitLeg]) -> Exchange {
        let gates = payments
            .iter()
            .map(|leg| self.clearance(&Bank { lei: leg.payment.leg.instructing }, &leg.payment));
        let mut exchange = Exchange {
            payments: payments.to_vec(),
            deliveries: deliveries.to_vec(),
            gates: gates.collect(),
            consents: Vec::new(),
        };
        let to = exchange.hash();
        let others = exchange.members().into_iter().filter(|member| *member != sender.lei);
        exchange.consents = others.map(|lei| self.consent(&Bank { lei }, to)).collect();
        exchange
    }

    /// Settles an exchange.
    pub fn settle_exchange(
        &mut self,
        sender: &Bank,
        payments: &[SetLeg],
        deliveries: &[UnitLeg],
    ) -> SignedCommand {
        let exchange = self.exchange(sender, payments, deliveries);
        self.sign(&sender.settlement(), Command::Exchange(exchange))
    }

    /// What a bank's dollar account holds of an asset.
    #[must_use]
    pub fn position(&self, bank: &Bank, asset: AssetCode) -> Balances {
        match self.record(&Name::Position(self.account(bank, usd()), asset)) {
            Some(Record::Position(position)) => position.balances,
            _ => Balances::default(),
        }
    }

    /// An asset as the ledger has it.
    ///
    /// # Panics
    /// When it is not registered.
    #[must_use]
    pub fn asset(&self, code: AssetCode) -> &Asset {
        match self.record(&Name::Asset(code)) {
            Some(Record::Asset(asset)) => asset,
            _ => panic!("no {code}"),
        }
    }
}
