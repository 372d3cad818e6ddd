//! A day of an account: opening, entries, closing; and the account's proof that nothing is missing.
//!
//! # Invariants S1 the closing of a day is what the next day opens with, and a statement that was given
//! #            out is given out again as it was; S2 the account's whole journal up to the height of
//! #            its proof is read and adds up to its proved balance, or nothing is stated
//! # Absent     holidays: a business day is a day of UTC

use std::time::Duration;

use jiff::civil::Date;
use ledger_core::{
    account::Account,
    codec::decode,
    digest::Hash32,
    id::AccountId,
    money::Currency,
    record::{Name, Record},
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use super::{
    book::{Booking, after},
    journal,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    outbox::stored,
    port::{KeyValue, StoreFault},
    refused::Refused,
};

// The number is raised when days change shape: they are made anew.
const PREFIX: &[u8] = b"statement/2/";
const MAX_KEPT: usize = 64 << 20;
const DAY_MS: u64 = 86_400_000;
/// How often it is asked whether a day's last block is proved, and the pause between.
const LOOKS: u32 = 12;
const PAUSE: Duration = Duration::from_millis(250);

/// A block, and the state root after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its height.
    pub height: Height,
    /// The state root.
    pub state_root: Hash32,
}

/// A day, or a part of it, of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOfAccount {
    /// The account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Days since 1970.
    pub day: u64,
    /// The number of the statement: 1 is the day on which the network was founded.
    pub sequence: u64,
    /// When it was made, by this gateway's clock (ms since 1970).
    pub made: u64,
    /// Before the first entry, in minor units.
    pub opening: u128,
    /// After the last entry.
    pub closing: u128,
    /// What can be spent, of the day so far.
    pub available: Option<u128>,
    /// In ledger order.
    pub entries: Vec<Booking>,
    /// The block of the last booking so far, and the state root after it where it is known; `None` when
    /// there never was one.
    pub last: Option<(Height, Option<Hash32>)>,
    /// The block at which the account's journal was compared with its proof.
    pub compared: Mark,
}

/// A day of the calendar as days since 1970.
#[must_use]
pub fn number(date: Date) -> Option<u64> {
    let at = date.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(at.timestamp().as_millisecond()).ok()?.checked_div(DAY_MS)
}

/// The day of a time.
#[must_use]
pub fn day_of(time: LedgerTime) -> u64 {
    time.get().checked_div(DAY_MS).unwrap_or(0)
}

/// When a day begins.
#[must_use]
pub fn begin(day: u64) -> LedgerTime {
    LedgerTime::new(day.saturating_mul(DAY_MS))
}

/// When the next day begins.
#[must_use]
pub fn end(day: u64) -> LedgerTime {
    begin(day.saturating_add(1))
}

/// The statement of a day of an own account that is over: the one that was given out, or a new one.
///
/// # Errors
/// [`Refused::DayOpen`], [`Refused::NotReconciled`], [`Refused::NotFound`]; faults.
pub async fn closed(
    gateway: &Gateway,
    account: &Account,
    day: u64,
) -> Result<DayOfAccount, Refused> {
    let store = gateway.store.as_ref();
    if let Some(kept) = load(store, &account.id, day)? {
        return Ok(kept);
    }
    if day < day_of(gateway.genesis().time) {
        return Err(Refused::NotFound);
    }
    let beyond = last_block(gateway, end(day)).await?;
    let (account, compared) = proved(gateway, &account.id).await?;
    if compared.height < beyond {
        return Err(Refused::NotReady);
    }
    let all = journal::bookings(store, &account.id)?;
    let mut statement = of_day(gateway, (&account, compared), day, &all)?;
    statement.available = None;
    // The day before was stated: this one opens with its closing, or something is wrong.
    let before = day.checked_sub(1).map(|day| load(store, &account.id, day)).transpose()?;
    if before.flatten().is_some_and(|before| before.closing != statement.opening) {
        tracing::error!(account = %account.id, day, "statements.chain_broken");
        return Err(Refused::NotReconciled);
    }
    store.write(vec![stored(key(&account.id, day), &statement)])?;
    Ok(statement)
}

/// An own account's day so far: what is booked and proved by now.
///
/// # Errors
/// [`Refused::NotReconciled`], [`Refused::NotFound`]; faults.
pub async fn so_far(gateway: &Gateway, account: &Account) -> Result<DayOfAccount, Refused> {
    let now = gateway.view.refresh_time().await.map_err(GatewayFault::from)?;
    let (account, compared) = proved(gateway, &account.id).await?;
    let all = journal::bookings(gateway.store.as_ref(), &account.id)?;
    of_day(gateway, (&account, compared), day_of(now), &all)
}

/// A height from which on every block lies after a time, once results up to it are proved.
async fn last_block(gateway: &Gateway, end: LedgerTime) -> Result<Height, Refused> {
    let now = gateway.view.refresh_time().await.map_err(GatewayFault::from)?;
    if now < end {
        return Err(Refused::DayOpen);
    }
    for _ in 0..LOOKS {
        if let Some(height) = gateway.view.proved_beyond(end) {
            return Ok(height);
        }
        tokio::time::sleep(PAUSE).await;
        gateway.view.refresh_time().await.map_err(GatewayFault::from)?;
    }
    Err(Refused::NotReady)
}

/// The account with the block as of which it is proved; every receipt and its journal up to that block
/// are read.
async fn proved(gateway: &Gateway, id: &AccountId) -> Result<(Account, Mark), Refused> {
    let found = gateway.ledger.record(&Name::Account(*id)).await.map_err(GatewayFault::from)?;
    let Some((Record::Account(account), proved)) = found else { return Err(Refused::NotFound) };
    let results = &proved.certified.header.results;
    let mark = Mark { height: results.height, state_root: results.state_root };
    if !gateway.view.catch_up().await {
        return Err(Refused::NotReady);
    }
    journal::read_up_to(gateway, &account).await?;
    Ok((account, mark))
}

/// Cuts a day out of all bookings, after comparing them with the account (S2).
fn of_day(
    gateway: &Gateway,
    (account, compared): (&Account, Mark),
    day: u64,
    all: &[Booking],
) -> Result<DayOfAccount, Refused> {
    let up_to = || all.iter().filter(|booking| booking.height <= compared.height);
    let balance = account.balances.sum();
    if balance.is_none() || after(0, up_to()) != balance {
        tracing::error!(account = %account.id, height = %compared.height, "statements.difference");
        return Err(Refused::NotReconciled);
    }
    let before = up_to().filter(|booking| booking.at < begin(day));
    let opening = after(0, before).ok_or(Refused::NotReconciled)?;
    let within = |booking: &&Booking| booking.at >= begin(day) && booking.at < end(day);
    let entries: Vec<Booking> = up_to().filter(within).cloned().collect();
    let closing = after(opening, &entries).ok_or(Refused::NotReconciled)?;
    let last = up_to().rfind(|booking| booking.at < end(day));
    let founded = day_of(gateway.genesis().time);
    Ok(DayOfAccount {
        account: account.id,
        currency: account.currency,
        day,
        sequence: day.saturating_sub(founded).saturating_add(1),
        made: Gateway::now_ms(),
        opening,
        closing,
        available: Some(account.balances.available),
        entries,
        last: last.map(|one| (one.height, one.state_root)),
        compared,
    })
}

fn key(account: &AccountId, day: u64) -> Vec<u8> {
    [PREFIX, account.get(), &day.to_be_bytes()].concat()
}

fn load(
    store: &dyn KeyValue,
    account: &AccountId,
    day: u64,
) -> Result<Option<DayOfAccount>, StoreFault> {
    match store.get(&key(account, day))? {
        Some(bytes) => decode(&bytes, MAX_KEPT).map(Some).map_err(|_| StoreFault::Damaged),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_utc() {
        let day = |y, m, d| number(Date::new(y, m, d).unwrap());
        assert_eq!((day(1970, 1, 1), day(1970, 1, 2)), (Some(0), Some(1)));
        assert_eq!(day(1969, 12, 31), None);
        let leap = day(2028, 2, 29).unwrap();
        assert_eq!(day(2028, 3, 1), Some(leap + 1));
        assert_eq!(day_of(begin(leap)), leap);
        assert_eq!(day_of(LedgerTime::new(end(leap).get() - 1)), leap);
        assert_eq!((day_of(end(leap)), end(leap)), (leap + 1, begin(leap + 1)));
    }
}
