//! What this bank knows of a payment: its legs, its agents, and facts out of its message.
//!
//! # Place      records of payments -> [known] -> rooms of cases, rules that answer
//! # Invariants B1 a case is about a leg that stands in this bank's own records

use interbank::{
    Room,
    content::{Field, Given, Line},
};
use iso20022::Pacs008;
use ledger_core::{
    codec::decode,
    id::{Leg, LegId, Lei, Uetr},
    money::Currency,
};

use crate::{
    payments::{
        inbox::{self, InboxRecord},
        record::{self, PaymentRecord},
    },
    port::{KeyValue, StoreFault},
};

/// Legs under one UETR that are looked at at most.
const MAX_LEGS: usize = 32;

/// A payment that this bank sent, or that was delivered to it.
pub(crate) struct Known {
    /// Its leg.
    pub(crate) leg: Leg,
    /// Of which currency.
    pub(crate) currency: Currency,
    /// Its message.
    pub(crate) message: Vec<u8>,
}

/// Every payment with a UETR that stands in this bank's records.
pub(crate) fn payments(store: &dyn KeyValue, uetr: &Uetr) -> Result<Vec<Known>, StoreFault> {
    let mut known = Vec::new();
    for leg in legs(store, record::BY_UETR, uetr)? {
        let sent = PaymentRecord::load(store, &leg)?.ok_or(StoreFault::Damaged)?;
        let currency = sent.payment.money.currency();
        known.push(Known { leg: sent.payment.leg, currency, message: sent.xml });
    }
    for leg in legs(store, inbox::BY_UETR, uetr)? {
        let delivered = InboxRecord::load(store, &leg)?.ok_or(StoreFault::Damaged)?.delivery;
        let currency = delivered.payment.money.currency();
        known.push(Known { leg: delivered.payment.leg, currency, message: delivered.message });
    }
    Ok(known)
}

fn legs(store: &dyn KeyValue, index: &[u8], uetr: &Uetr) -> Result<Vec<LegId>, StoreFault> {
    let found = store.scan(&[index, uetr.get()].concat(), MAX_LEGS)?.into_iter();
    found.map(|(_, leg)| decode(&leg, LegId::LEN).map_err(|_| StoreFault::Damaged)).collect()
}

/// The room of a payment at this bank, without its cases.
pub(crate) fn room(me: Lei, uetr: Uetr, known: &[Known]) -> Room {
    let agents = known.iter().flat_map(|known| [known.leg.instructing, known.leg.instructed]);
    let legs = known.iter().map(|known| known.leg.id());
    Room::new(me, uetr, agents, legs)
}

/// What the message of a leg says, as far as a rule may give it; nothing when it cannot be read.
pub(crate) fn facts(known: &[Known], leg: &LegId) -> Vec<Given> {
    let message = known.iter().find(|known| known.leg.id() == *leg);
    let message = message.and_then(|known| Pacs008::find(&known.message).ok());
    message.map(|message| of_message(&message)).unwrap_or_default()
}

fn of_message(message: &Pacs008) -> Vec<Given> {
    let number = |account: &Option<iso20022::AccountId>| {
        account.as_ref().map(|account| match account {
            iso20022::AccountId::Iban(number) | iso20022::AccountId::Other(number) => {
                number.clone()
            }
        })
    };
    let said = [
        (Field::DebtorName, message.debtor.name.clone()),
        (Field::DebtorAccount, number(&message.debtor_account)),
        (Field::CreditorName, message.creditor.name.clone()),
        (Field::CreditorAccount, number(&message.creditor_account)),
        (Field::Remittance, message.remittance.first().cloned()),
    ];
    let given = said.into_iter().filter_map(|(field, value)| {
        let value = value.as_deref().and_then(Line::new)?;
        Some(Given { field, value })
    });
    given.collect()
}

#[cfg(test)]
mod tests {
    use iso20022::FIXTURE_PACS008;

    use super::*;

    #[test]
    fn b7_facts_are_what_the_message_says() {
        let message = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
        let facts = of_message(&message);
        let of = |field| facts.iter().find(|given| given.field == field).map(|g| g.value.get());
        assert_eq!(of(Field::DebtorName), message.debtor.name.as_deref());
        assert_eq!(of(Field::CreditorName), message.creditor.name.as_deref());
        assert_eq!(of(Field::Remittance), message.remittance.first().map(String::as_str));
        let account = of(Field::DebtorAccount).unwrap();
        assert!(message.debtor_account.unwrap().identifier().ends_with(account));
        assert_eq!(of(Field::Purpose), None);
    }
}
