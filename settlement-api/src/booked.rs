//! What a custodian's camt.054 says was booked on a reserve account, as the ledger's bank entries.
//!
//! # Place      custodian's core -> camt.054 -> [booked] -> one `RecordEntry` for each detail
//! # Invariants M2 only booked amounts count; a detail without a reference of the servicer, or a
//! #            reversal, stops the message before anything is recorded, because an entry is known
//! #            by that reference for ever
//! # Absent     statements of a day and their balances (planned)

use iso20022::{
    AccountId, Agent, Camt054, CreditDebit, CurrencyAmount, Entry, EntryStatus, Transaction,
};
use ledger_core::{
    codec::decode,
    id::{Lei, ReserveId, Text},
    reserve::{Counterparty, Direction},
};

use crate::{
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
};

/// Reserve accounts by the number that the custodian's messages use.
const BY_NUMBER: &[u8] = b"reserve-number/";

/// A booked detail, as a bank entry states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedDetail {
    /// The account's number.
    pub account: String,
    /// The account servicer's reference.
    pub servicer_reference: Text,
    /// Which transaction of the entry.
    pub detail: u32,
    /// Which way.
    pub direction: Direction,
    /// How much, as written.
    pub amount: CurrencyAmount,
    /// Whose money.
    pub counterparty: Counterparty,
    /// The remitter's reference.
    pub reference: Text,
}

/// Finds the member that a bank in a message is.
type Members<'a> = &'a dyn Fn(&Agent) -> Option<Lei>;

/// Every booked detail of a message, in its order.
///
/// # Errors
/// [`Refused::Entry`].
pub fn details(message: &Camt054, members: Members<'_>) -> Result<Vec<BookedDetail>, Refused> {
    let mut details = Vec::new();
    for notification in &message.notifications {
        let account = number(&notification.account.id);
        for entry in notification.entries.iter().filter(|e| e.status == EntryStatus::Booked) {
            if entry.reversal {
                return Err(Refused::Entry("reverses an earlier one, which needs two persons"));
            }
            if entry.transactions.is_empty() {
                details.push(detail(&account, entry, (0, &Transaction::default()), members)?);
            }
            for numbered in (0u32..).zip(&entry.transactions) {
                details.push(detail(&account, entry, numbered, members)?);
            }
        }
    }
    Ok(details)
}

fn number(account: &AccountId) -> String {
    match account {
        AccountId::Iban(number) | AccountId::Other(number) => number.clone(),
    }
}

fn detail(
    account: &str,
    entry: &Entry,
    (place, transaction): (u32, &Transaction),
    members: Members<'_>,
) -> Result<BookedDetail, Refused> {
    let amount = match (&transaction.amount, entry.transactions.len()) {
        (Some(amount), _) => amount.clone(),
        (None, 0 | 1) => entry.amount.clone(),
        (None, _) => return Err(Refused::Entry("has several details, one without an amount")),
    };
    let direction = match transaction.direction.unwrap_or(entry.direction) {
        CreditDebit::Credit => Direction::Credit,
        CreditDebit::Debit => Direction::Debit,
    };
    let (own, whole) = (&transaction.references.account_servicer_ref, &entry.account_servicer_ref);
    let servicer_reference = own.as_ref().or(whole.as_ref()).and_then(|text| Text::new(text));
    // Whose money came, or to whom it went: the bank at the other end, when it is a member.
    let agent = match direction {
        Direction::Credit => &transaction.debtor_agent,
        Direction::Debit => &transaction.creditor_agent,
    };
    let member = agent.as_ref().and_then(members);
    Ok(BookedDetail {
        account: account.to_owned(),
        servicer_reference: servicer_reference
            .ok_or(Refused::Entry("has no AcctSvcrRef of visible ASCII"))?,
        detail: place,
        direction,
        amount,
        counterparty: member.map_or(Counterparty::Other, Counterparty::Member),
        reference: reference(transaction).ok_or(Refused::Entry(
            "has neither one word of remittance information nor an EndToEndId as its reference",
        ))?,
    })
}

/// The remitter's reference: remittance information that is one word, else the end-to-end id.
fn reference(transaction: &Transaction) -> Option<Text> {
    let remittance = match transaction.remittance.as_slice() {
        [only] => Text::new(only),
        _ => None,
    };
    remittance.or_else(|| Text::new(transaction.references.end_to_end_id.as_ref()?))
}

/// What must be written for a custodian to know a reserve account by its number.
pub(crate) fn known_as(number: &str, reserve: &ReserveId) -> Write {
    stored([BY_NUMBER, number.as_bytes()].concat(), reserve.get())
}

/// The reserve account with a number.
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn reserve_of(
    store: &dyn KeyValue,
    number: &str,
) -> Result<Option<ReserveId>, StoreFault> {
    match store.get(&[BY_NUMBER, number.as_bytes()].concat())? {
        Some(bytes) => {
            let id: [u8; 32] = decode(&bytes, 32).map_err(|_| StoreFault::Damaged)?;
            Ok(Some(ReserveId::new(id)))
        }
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use iso20022::{FIXTURE_CAMT054_BATCH_DEBIT, FIXTURE_CAMT054_CREDIT};

    use super::*;

    fn nobody(_: &Agent) -> Option<Lei> {
        None
    }

    fn of(xml: &str) -> Result<Vec<BookedDetail>, Refused> {
        details(&Camt054::find(xml.as_bytes()).unwrap(), &nobody)
    }

    #[test]
    fn m2_every_transaction_of_a_booked_entry_is_a_detail_of_its_own() {
        let batch = of(FIXTURE_CAMT054_BATCH_DEBIT).unwrap();
        assert!(batch.len() > 1);
        assert!(batch.iter().all(|detail| detail.direction == Direction::Debit));
        let places: Vec<u32> = batch.iter().map(|detail| detail.detail).collect();
        assert!(places.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn m2_what_is_not_booked_does_not_count() {
        assert_eq!(of(FIXTURE_CAMT054_CREDIT).unwrap().len(), 1);
        let pending = FIXTURE_CAMT054_CREDIT.replace(">BOOK<", ">PDNG<");
        assert!(of(&pending).unwrap().is_empty());
    }

    #[test]
    fn m2_an_entry_without_a_servicers_reference_or_a_reversal_stops_the_message() {
        let mut message = Camt054::find(FIXTURE_CAMT054_CREDIT.as_bytes()).unwrap();
        let entry = &mut message.notifications[0].entries[0];
        entry.account_servicer_ref = None;
        entry.transactions[0].references.account_servicer_ref = None;
        let refused = details(&message, &nobody).unwrap_err();
        assert_eq!(refused.code(), "bank_entry_unusable");
        let mut message = Camt054::find(FIXTURE_CAMT054_CREDIT.as_bytes()).unwrap();
        message.notifications[0].entries[0].reversal = true;
        assert!(details(&message, &nobody).is_err());
    }
}
