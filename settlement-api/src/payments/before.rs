//! Payments as they were asked for before addresses were carried, and before ultimate parties,
//! purposes, bearers and structured remittance were, as rows of then hold them.
//!
//! # Place      files, standing orders -> [before]
//! # Absent     writing: a row that changes is written in the present form

use ledger_core::codec::decode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    address::AddressInput,
    request::{AgentInput, PartyInput, PaymentRequest},
};
use crate::port::{KeyValue, StoreFault};

/// A customer without an address.
#[derive(Deserialize)]
pub struct Unaddressed {
    name: String,
    iban: Option<String>,
    account: Option<String>,
}

/// A customer by name, account and address.
#[derive(Serialize, Deserialize)]
pub struct Addressed {
    name: String,
    iban: Option<String>,
    account: Option<String>,
    address: Option<AddressInput>,
}

/// A payment as it was asked for then.
#[derive(Serialize, Deserialize)]
pub struct Request<Party> {
    uetr: Option<String>,
    end_to_end_id: String,
    amount: String,
    currency: String,
    debtor: Party,
    creditor: Party,
    creditor_agent: AgentInput,
    remittance: Option<String>,
    exchange: Option<String>,
    settlement_date: Option<String>,
}

impl From<Unaddressed> for PartyInput {
    fn from(Unaddressed { name, iban, account }: Unaddressed) -> Self {
        Self { name, iban, account, address: None, lei: None, bic: None }
    }
}

impl From<Addressed> for PartyInput {
    fn from(Addressed { name, iban, account, address }: Addressed) -> Self {
        Self { name, iban, account, address, lei: None, bic: None }
    }
}

impl Addressed {
    /// The same, if it says nothing else.
    fn of(party: &PartyInput) -> Option<Self> {
        let PartyInput { name, iban, account, address, lei, bic } = party.clone();
        (lei.is_none() && bic.is_none()).then_some(Self { name, iban, account, address })
    }
}

impl Request<Addressed> {
    /// What was asked, if it says nothing that could not be said then.
    pub(super) fn of(request: &PaymentRequest) -> Option<Self> {
        let PaymentRequest {
            uetr,
            end_to_end_id,
            amount,
            currency,
            debtor,
            creditor,
            creditor_agent,
            remittance,
            exchange,
            settlement_date,
            further_remittance,
            structured_remittance,
            ultimate_debtor: None,
            ultimate_creditor: None,
            purpose: None,
            category_purpose: None,
            charge_bearer: None,
            queue: _,
        } = request.clone()
        else {
            return None;
        };
        if !further_remittance.is_empty() || !structured_remittance.is_empty() {
            return None;
        }
        Some(Self {
            uetr,
            end_to_end_id,
            amount,
            currency,
            debtor: Addressed::of(&debtor)?,
            creditor: Addressed::of(&creditor)?,
            creditor_agent,
            remittance,
            exchange,
            settlement_date,
        })
    }
}

impl<Party: Into<PartyInput>> From<Request<Party>> for PaymentRequest {
    fn from(before: Request<Party>) -> Self {
        Self {
            uetr: before.uetr,
            end_to_end_id: before.end_to_end_id,
            amount: before.amount,
            currency: before.currency,
            debtor: before.debtor.into(),
            creditor: before.creditor.into(),
            creditor_agent: before.creditor_agent,
            remittance: before.remittance,
            exchange: before.exchange,
            settlement_date: before.settlement_date,
            further_remittance: Vec::new(),
            structured_remittance: Vec::new(),
            ultimate_debtor: None,
            ultimate_creditor: None,
            purpose: None,
            category_purpose: None,
            charge_bearer: None,
            queue: None,
        }
    }
}

/// Reads a row of an older form.
///
/// # Errors
/// [`StoreFault`].
pub fn read<Now, Before>(bytes: &[u8], limit: usize) -> Result<Now, StoreFault>
where
    Before: DeserializeOwned + Into<Now>,
{
    let before: Before = decode(bytes, limit).map_err(|_| StoreFault::Damaged)?;
    Ok(before.into())
}

/// Reads a row by its key, or by the keys under which its older forms lie, the newest first.
///
/// # Errors
/// [`StoreFault`].
pub fn load<Now, Second, First>(
    store: &dyn KeyValue,
    [key, second, first]: [&[u8]; 3],
    limit: usize,
) -> Result<Option<Now>, StoreFault>
where
    Now: DeserializeOwned,
    Second: DeserializeOwned + Into<Now>,
    First: DeserializeOwned + Into<Now>,
{
    if let Some(bytes) = store.get(key)? {
        return read::<Now, Now>(&bytes, limit).map(Some);
    }
    if let Some(bytes) = store.get(second)? {
        return read::<Now, Second>(&bytes, limit).map(Some);
    }
    store.get(first)?.map(|bytes| read::<Now, First>(&bytes, limit)).transpose()
}

#[cfg(test)]
mod tests {
    use ledger_core::{
        codec::encode,
        digest::{Domain, Hash32},
    };

    use super::*;
    use crate::{
        files::record::{OrderRecord, OrderState},
        payments::request::PurposeInput,
        port::MemoryStore,
        standing::{
            plan::{Every, Plan},
            record::{Missed, OrderStage, StandingOrder},
        },
    };

    const NONE: Option<&str> = None;

    #[test]
    fn p16_rows_of_every_form_are_read_and_a_request_of_then_is_known_by_its_hash_of_then() {
        let address = AddressInput { town: Some("Bergen".to_owned()), ..Default::default() };
        let party = |account: &str| PartyInput {
            name: "Orchard Tools".to_owned(),
            iban: None,
            account: Some(account.to_owned()),
            address: Some(address.clone()),
            lei: None,
            bic: None,
        };
        let of_then = ("Orchard Tools", NONE, Some("1001"), Some(&address));
        let second = ("Orchard Tools", NONE, Some("2002"), Some(&address));
        let agent = (Some("BBBBUS33"), NONE);
        let wanted = (NONE, "E-1", "1.00", "USD", of_then, second, agent, Some("for"), NONE, NONE);
        let (id, store) = (Hash32::new([7; 32]), MemoryStore::default());
        let key = [&b"file/wanted/"[..], id.get(), &3_u32.to_be_bytes()].concat();
        let row = encode(&(NONE, wanted, OrderState::Waiting));
        store.write(vec![(key, Some(row))]).unwrap();
        let read = OrderRecord::load(&store, &id, 3).unwrap().wanted;
        assert_eq!((&read.debtor, &read.creditor), (&party("1001"), &party("2002")));
        assert_eq!(read.remittance.as_deref(), Some("for"));

        assert_eq!(read.hash(), Domain::Content.hash_of(&wanted));
        let purpose = Some(PurposeInput { code: Some("SUPP".to_owned()), proprietary: None });
        let more = PaymentRequest { purpose, ..read.clone() };
        assert_eq!(more.hash(), Domain::Content.hash_of(&more));
        assert_ne!(more.hash(), read.hash());
        let order = OrderRecord { instruction_id: None, wanted: more, state: OrderState::Waiting };
        store.write(vec![order.write(&id, 3)]).unwrap();
        assert_eq!(OrderRecord::load(&store, &id, 3).unwrap(), order);
    }

    #[test]
    fn rows_without_addresses_are_read_and_change_into_rows_of_today() {
        let payer = ("Orchard Tools", NONE, Some("1001"));
        let payee = ("A", Some("NO9386011117947"), NONE);
        let agent = (Some("BBBBUS33"), NONE);
        let wanted =
            (Some("U"), "E-1", "1.00", "USD", payer, payee, agent, Some("for"), NONE, NONE);
        let store = MemoryStore::default();
        let id = Hash32::new([7; 32]);
        let order = [&b"file/order/"[..], id.get(), &3_u32.to_be_bytes()].concat();
        let standing = [&b"standing/order/"[..], id.get()].concat();
        let stage = OrderStage::Active;
        let first = "2026-11-21".to_owned();
        let plan = Plan { first, every: Every::Month, last: None, executions: None };
        store
            .write(vec![
                (order, Some(encode(&(NONE, wanted, OrderState::Waiting)))),
                (
                    standing.clone(),
                    Some(encode(&(id, wanted, &plan, Missed::Pay, "core", 5_u64, 1_u32, stage))),
                ),
            ])
            .unwrap();

        let read = OrderRecord::load(&store, &id, 3).unwrap();
        assert_eq!(read.wanted.creditor.name, "A");
        assert_eq!(read.wanted.creditor.address, None);
        assert_eq!(read.wanted.remittance.as_deref(), Some("for"));

        let read = StandingOrder::load(&store, &id).unwrap().unwrap();
        assert_eq!(StandingOrder::all(&store).unwrap(), vec![read.clone()]);
        let mut changed = read.clone();
        changed.wanted.creditor.address =
            Some(AddressInput { town: Some("Bergen".to_owned()), ..Default::default() });
        store.write(changed.writes(Some(&read))).unwrap();
        assert_eq!(store.get(&standing).unwrap(), None);
        assert_eq!(StandingOrder::all(&store).unwrap(), vec![changed]);
    }
}
