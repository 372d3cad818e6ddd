//! Payments that wait until their bank has the money for them.
//!
//! ```text
//! Received -> hold refused, no money -> Short --yes--> ShortAccepted -> Enqueuing -> Queued -> ACSC
//!          \- others wait before it --/  | \- a person looks -> ShortReviewed /       |
//!                                        +- no | cancelled | its time is over -> Close -> RJCT
//!                                                          Void | the ledger ends it -+-> RJCT
//! ```
//!
//! # Place      payments::workflow -> [queue] -> outbox; [`runner`] settles what has money by now
//! # Invariants P15 nothing is earmarked: a payment settles once, from its place in the queue; what was
//! #            offered and not enqueued is closed on the ledger, so the other bank sees its end
//! # Absent     sets over several members (solvers); terms of a queue (Q3)

use std::time::Duration;

use ledger_core::{
    codec::decode,
    id::{AccountId, LegId, Uetr},
    time::LedgerTime,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::record::{PaymentRecord, Reason, Stage};
use crate::{
    gateway::Gateway,
    openapi::text::Time,
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
};

pub mod report;
pub(crate) mod runner;
pub(super) mod steps;

/// How a payment waits, by leg.
const WISH: &[u8] = b"payment-queue/";
/// Payments that wait for money, by account and leg: their priority.
const WAITS: &[u8] = b"payment-queued/";
const MAX_ROW: usize = 256;
/// The longest time for which a payment waits, in milliseconds.
pub const MAX_WAIT_MS: u64 = 86_400_000;
/// The highest priority.
pub const MAX_PRIORITY: u32 = 999;
/// Payments that wait for money at a time at most.
pub const MAX_SHORT: usize = 1_000;
/// What a payment is said to wait for.
pub const WAITS_FOR_FUNDS: &str = "waits_for_funds";

/// How a payment waits when its bank has not the money for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueInput {
    /// `false`: it is rejected instead, whatever the bank's settings say. `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<bool>,
    /// How urgent it is: a larger number goes first. The bank's setting if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 999)]
    pub priority: Option<u32>,
    /// Until when it waits, at most a day from when it begins to. By the bank's setting if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub expires: Option<String>,
}

impl QueueInput {
    /// Writes it where people read; rows and hashes of requests are as they were without it.
    pub(super) fn shown<S: Serializer>(input: &Option<Self>, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { input.serialize(to) } else { to.serialize_unit() }
    }

    /// Reads what [`QueueInput::shown`] writes.
    pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Self>, D::Error> {
        if from.is_human_readable() { Option::deserialize(from) } else { Ok(None) }
    }
}

/// What a bank has settled about payments for which it has not the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePolicy {
    /// Whether those wait that do not say.
    pub wait: bool,
    /// The priority of those that do not say.
    pub priority: u32,
    /// How long those wait that do not say.
    pub lasts: Duration,
}

impl Default for QueuePolicy {
    fn default() -> Self {
        Self { wait: false, priority: 100, lasts: Duration::from_hours(4) }
    }
}

/// How a payment waits, as it is kept with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// Its priority.
    pub(crate) priority: u32,
    /// Until when, if that was asked for.
    expires: Option<LedgerTime>,
    /// How long, if it was not.
    lasts_ms: u64,
    /// Whether its bank wants it no more.
    cancelled: bool,
}

impl Wish {
    /// How a payment waits by what was asked and what the bank has settled; it does not if there is
    /// nothing. Of a message `urgency` is the settlement priority that it names.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub(crate) fn of(
        policy: &QueuePolicy,
        asked: Option<&QueueInput>,
        urgency: Option<&str>,
    ) -> Result<Option<Self>, Refused> {
        let waits = asked.map_or(policy.wait, |asked| asked.wait.unwrap_or(true));
        let usual = Self::by(policy);
        let urgency = match urgency {
            Some("URGT") => Some(300),
            Some("HIGH") => Some(200),
            Some("NORM") => Some(100),
            Some(_) | None => None,
        };
        let given = asked.and_then(|asked| asked.priority).or(urgency);
        let priority = given.unwrap_or(usual.priority);
        if priority > MAX_PRIORITY {
            return Err(Refused::Malformed("queue.priority is a number from 0 to 999"));
        }
        let expires = asked.and_then(|asked| asked.expires.as_deref());
        let expires = expires.map(time_of).transpose()?;
        Ok(waits.then_some(Self { priority, expires, ..usual }))
    }

    /// How those wait that do not say.
    fn by(policy: &QueuePolicy) -> Self {
        let lasts_ms = u64::try_from(policy.lasts.as_millis()).unwrap_or(MAX_WAIT_MS);
        Self { priority: policy.priority, expires: None, lasts_ms, cancelled: false }
    }

    /// Until when a payment waits that begins to now: at most a day.
    fn until(&self, now: LedgerTime) -> LedgerTime {
        self.expires.unwrap_or_else(|| now.after(self.lasts_ms)).min(now.after(MAX_WAIT_MS))
    }

    /// What must be written to keep it.
    pub(crate) fn write(&self, leg: &LegId) -> Write {
        stored([WISH, leg.get()].concat(), self)
    }

    /// How a payment waits, if it does.
    pub(crate) fn load(store: &dyn KeyValue, leg: &LegId) -> Result<Option<Self>, StoreFault> {
        match store.get(&[WISH, leg.get()].concat())? {
            Some(bytes) => decode(&bytes, MAX_ROW).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }
}

fn time_of(text: &str) -> Result<LedgerTime, Refused> {
    let wrong = Refused::Malformed("queue.expires is a time as 2026-11-24T18:00:00Z");
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong)?;
    let early = Refused::Malformed("queue.expires lies before 1970");
    Ok(LedgerTime::new(u64::try_from(time.as_millisecond()).map_err(|_| early)?))
}

fn key(account: &AccountId, leg: &LegId) -> Vec<u8> {
    [WAITS, account.get(), leg.get()].concat()
}

/// What must be written for a payment to be among those that wait for money.
fn listed(record: &PaymentRecord, priority: u32) -> Write {
    stored(key(&record.payment.debit, &record.leg()), &priority)
}

/// What must be written when it waits no more.
pub(super) fn unlisted(record: &PaymentRecord) -> Write {
    (key(&record.payment.debit, &record.leg()), None)
}

/// A payment that waits for money, as it is listed.
struct Listed {
    account: AccountId,
    leg: LegId,
    priority: u32,
}

/// Payments that wait for money, of one account or of all.
fn waiting(store: &dyn KeyValue, account: Option<&AccountId>) -> Result<Vec<Listed>, StoreFault> {
    let prefix = match account {
        Some(account) => [WAITS, account.get()].concat(),
        None => WAITS.to_vec(),
    };
    let listed = store.scan(&prefix, usize::MAX)?.into_iter().map(|(key, value)| {
        let ids = key.get(WAITS.len()..).and_then(|ids| ids.split_first_chunk::<32>());
        let (account, leg) = ids.ok_or(StoreFault::Damaged)?;
        let leg: [u8; 32] = leg.try_into().map_err(|_| StoreFault::Damaged)?;
        let priority = decode(&value, MAX_ROW).map_err(|_| StoreFault::Damaged)?;
        Ok(Listed { account: AccountId::new(*account), leg: LegId::new(leg), priority })
    });
    listed.collect()
}

impl Reason {
    /// Of a payment that waits for money.
    #[must_use]
    pub fn waits_for_funds() -> Self {
        Self { code: WAITS_FOR_FUNDS.to_owned(), iso: "AM04".to_owned() }
    }

    /// Of a payment for which no money came in its time.
    fn no_funds_in_time() -> Self {
        Self { code: "no_funds_in_time".to_owned(), iso: "AM04".to_owned() }
    }

    /// Of a payment that its bank did not want to wait any longer.
    pub(super) fn cancelled() -> Self {
        Self { code: "cancelled_by_payer".to_owned(), iso: "DS02".to_owned() }
    }
}

/// Until when a payment waits for money, if it does.
#[must_use]
pub(crate) const fn until(stage: &Stage) -> Option<LedgerTime> {
    match stage {
        Stage::Short(_, until)
        | Stage::ShortReviewed(_, until)
        | Stage::ShortAccepted(_, until)
        | Stage::Enqueuing(_, until, _)
        | Stage::Queued(until) => Some(*until),
        Stage::Received
        | Stage::Holding(_)
        | Stage::Held
        | Stage::Accepted(_)
        | Stage::Posting(..)
        | Stage::Settled(_)
        | Stage::Voiding(..)
        | Stage::Rejected(..)
        | Stage::Waiting
        | Stage::Reviewed(..)
        | Stage::Closing(..) => None,
    }
}

/// The own payment with this UETR that waits for money.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::NotQueued`].
pub(crate) fn find(gateway: &Gateway, uetr: &Uetr) -> Result<PaymentRecord, Refused> {
    let found = PaymentRecord::by_uetr(gateway.store.as_ref(), uetr)?.ok_or(Refused::NotFound)?;
    if until(&found.stage).is_some() { Ok(found) } else { Err(Refused::NotQueued) }
}

/// Ends a payment that waits for money: what drives it on does so. Asked again, it is what it became.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::NotQueued`]; faults of the store.
pub async fn cancel(
    gateway: &Gateway,
    uetr: &Uetr,
    fits: impl FnOnce(&PaymentRecord) -> Result<(), Refused>,
) -> Result<PaymentRecord, Refused> {
    let _turn = gateway.turns.one(uetr).await;
    let store = gateway.store.as_ref();
    let record = PaymentRecord::by_uetr(store, uetr)?.ok_or(Refused::NotFound)?;
    let wish = Wish::load(store, &record.leg())?.ok_or(Refused::NotQueued)?;
    if wish.cancelled {
        return Ok(record);
    }
    fits(&record)?;
    if until(&record.stage).is_none() {
        return Err(Refused::NotQueued);
    }
    store.write(vec![Wish { cancelled: true, ..wish }.write(&record.leg())])?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use ledger_core::codec::{decode, encode};

    use super::*;

    #[test]
    fn p15_a_payment_waits_if_it_says_so_or_its_bank_does() {
        let never = QueuePolicy::default();
        let always = QueuePolicy { wait: true, priority: 7, lasts: Duration::from_secs(60) };
        let no = QueueInput { wait: Some(false), ..QueueInput::default() };
        let yes = QueueInput::default();
        let priority = |policy, asked, urgency| {
            Wish::of(policy, asked, urgency).unwrap().map(|wish| wish.priority)
        };
        assert_eq!(priority(&never, None, None), None);
        assert_eq!(priority(&never, Some(&yes), None), Some(100));
        assert_eq!(priority(&always, None, None), Some(7));
        assert_eq!(priority(&always, None, Some("URGT")), Some(300));
        assert_eq!(priority(&always, None, Some("XXXX")), Some(7));
        assert_eq!(priority(&always, Some(&no), None), None);
        let high = QueueInput { priority: Some(999), ..QueueInput::default() };
        assert_eq!(priority(&never, Some(&high), None), Some(999));
        for bad in [
            QueueInput { priority: Some(1_000), ..QueueInput::default() },
            QueueInput { expires: Some("tomorrow".to_owned()), ..QueueInput::default() },
            QueueInput {
                expires: Some("1969-12-31T23:59:59Z".to_owned()),
                ..QueueInput::default()
            },
        ] {
            assert_eq!(Wish::of(&never, Some(&bad), None).unwrap_err().code(), "request_malformed");
        }
    }

    #[test]
    fn p15_a_payment_waits_for_a_day_at_most() {
        let now = LedgerTime::new(1_000);
        let of = |expires: Option<&str>| {
            let expires = expires.map(str::to_owned);
            let asked = QueueInput { expires, ..QueueInput::default() };
            Wish::of(&QueuePolicy::default(), Some(&asked), None).unwrap().unwrap().until(now)
        };
        assert_eq!(of(None), now.after(4 * 3_600_000));
        assert_eq!(of(Some("1970-01-01T00:01:00Z")), LedgerTime::new(60_000));
        assert_eq!(of(Some("2026-11-24T18:00:00Z")), now.after(MAX_WAIT_MS));
    }

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Row {
        first: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(serialize_with = "QueueInput::shown", deserialize_with = "QueueInput::read")]
        queue: Option<QueueInput>,
    }

    #[test]
    fn p15_rows_and_hashes_are_as_they_were_before_payments_could_wait() {
        let queue = Some(QueueInput { priority: Some(5), ..QueueInput::default() });
        for queue in [None, queue] {
            let row = Row { first: 9, queue };
            assert_eq!(encode(&row), encode(&9_u8));
            assert_eq!(decode::<Row>(&encode(&9_u8), 9), Ok(Row { first: 9, queue: None }));
            let text = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
        }
        let silent = serde_json::to_string(&Row { first: 1, queue: None }).unwrap();
        assert_eq!(silent, r#"{"first":1}"#);
    }
}
