//! Payments that were asked for before addresses were carried, as rows of then hold them.
//!
//! # Place      files, standing orders -> [before]
//! # Absent     writing: a row that changes is written in the present form

use ledger_core::codec::decode;
use serde::{Deserialize, de::DeserializeOwned};

use super::intake::{AgentInput, PartyInput, PaymentRequest};
use crate::port::{KeyValue, StoreFault};

#[derive(Deserialize)]
struct Party {
    name: String,
    iban: Option<String>,
    account: Option<String>,
}

/// A payment as it was asked for then.
#[derive(Deserialize)]
pub struct Request {
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

impl From<Party> for PartyInput {
    fn from(Party { name, iban, account }: Party) -> Self {
        Self { name, iban, account, address: None }
    }
}

impl From<Request> for PaymentRequest {
    fn from(before: Request) -> Self {
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
            queue: None,
        }
    }
}

/// Reads a row by its key, or by the key under which its older form lies.
///
/// # Errors
/// [`StoreFault`].
pub fn load<Now, Before>(
    store: &dyn KeyValue,
    [key, before]: [&[u8]; 2],
    limit: usize,
) -> Result<Option<Now>, StoreFault>
where
    Now: DeserializeOwned + From<Before>,
    Before: DeserializeOwned,
{
    if let Some(bytes) = store.get(key)? {
        return decode(&bytes, limit).map(Some).map_err(|_| StoreFault::Damaged);
    }
    let Some(bytes) = store.get(before)? else { return Ok(None) };
    let before: Before = decode(&bytes, limit).map_err(|_| StoreFault::Damaged)?;
    Ok(Some(before.into()))
}

#[cfg(test)]
mod tests {
    use ledger_core::{codec::encode, digest::Hash32};

    use super::*;
    use crate::{
        files::record::{OrderRecord, OrderState},
        payments::address::AddressInput,
        port::MemoryStore,
        standing::{
            plan::{Every, Plan},
            record::{Missed, OrderStage, StandingOrder},
        },
    };

    const NONE: Option<&str> = None;

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
