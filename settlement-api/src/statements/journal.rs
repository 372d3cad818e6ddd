//! The journal of an own account: read from a validator once, entry by entry, and kept as what each
//! entry books.
//!
//! # Place      ledger port -> [journal] -> bookings -> statements
//! # Invariants S2 entries count once they lead to the account's proved record (W21); what was read and
//! #            does not is read again
//! # Absent     other accounts' journals (validators do not give them out)

use ledger_core::{account::Account, codec::decode, id::AccountId};
use verifier::history::Reading;

use super::book::{self, Booking};
use crate::{
    gateway::{Gateway, GatewayFault},
    outbox::stored,
    port::{KeyValue, StoreFault},
    refused::Refused,
};

/// How far each account's journal was read and found to be the record's.
const READ: &[u8] = b"journal/1/read/";
/// Bookings by account and place of their entry in its journal.
const BOOKED: &[u8] = b"journal/1/booked/";
const MAX_READ: usize = 8_192;
/// Of an entry with as many movements as a block may make, and more.
const MAX_BOOKED: usize = 16 << 20;

/// Reads an account's journal up to its record, which is proved.
///
/// # Errors
/// [`Refused::NotReconciled`] when what validators give is not the record's journal; faults.
pub(super) async fn read_up_to(gateway: &Gateway, account: &Account) -> Result<(), Refused> {
    let store = gateway.store.as_ref();
    let mut reading = load(store, &account.id)?;
    let differs = |fault: verifier::HistoryFault| {
        tracing::error!(account = %account.id, %fault, "statements.journal");
        // The next try asks another validator.
        gateway.ledger.turn();
        Refused::NotReconciled
    };
    while reading.count() < account.journal.count {
        let given = gateway.ledger.journal(&account.id, reading.count()).await;
        let given = given.map_err(GatewayFault::from)?;
        if given.is_empty() {
            return Err(Refused::NotReady);
        }
        let mut batch = Vec::new();
        for block in &given {
            if reading.count() == account.journal.count {
                break;
            }
            let at = reading.count();
            reading.take(block).map_err(differs)?;
            let bookings = book::of_block(&gateway.view, account.id, block)?;
            batch.push(match bookings.is_empty() {
                false => stored(key(&account.id, at), &bookings),
                true => (key(&account.id, at), None),
            });
        }
        store.write(batch)?;
    }
    // Another reader may have been faster and further.
    if reading.count() > account.journal.count {
        return Ok(());
    }
    reading.check(account).map_err(differs)?;
    store.write(vec![stored([READ, account.id.get()].concat(), &reading)])?;
    Ok(())
}

/// Every booking of an account as far as its journal was read, in ledger order.
///
/// # Errors
/// [`StoreFault`].
pub(super) fn bookings(
    store: &dyn KeyValue,
    account: &AccountId,
) -> Result<Vec<Booking>, StoreFault> {
    let read = load(store, account)?.count();
    let prefix = [BOOKED, account.get()].concat();
    let mut all = Vec::new();
    for (key, bytes) in store.scan(&prefix, usize::MAX)? {
        let at = key.get(prefix.len()..).and_then(|at| <[u8; 8]>::try_from(at).ok());
        if u64::from_be_bytes(at.ok_or(StoreFault::Damaged)?) >= read {
            break;
        }
        let of_entry: Vec<Booking> = decode(&bytes, MAX_BOOKED).map_err(|_| StoreFault::Damaged)?;
        all.extend(of_entry);
    }
    Ok(all)
}

fn load(store: &dyn KeyValue, account: &AccountId) -> Result<Reading, StoreFault> {
    match store.get(&[READ, account.get()].concat())? {
        Some(bytes) => decode(&bytes, MAX_READ).map_err(|_| StoreFault::Damaged),
        None => Ok(Reading::default()),
    }
}

fn key(account: &AccountId, at: u64) -> Vec<u8> {
    [BOOKED, account.get(), &at.to_be_bytes()].concat()
}
