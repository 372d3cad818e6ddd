//! A file's work: its orders become payments, a few at a time, and their ends are kept.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ledger_core::{id::LegId, time::LedgerTime};
use tokio::task::JoinSet;

use super::record::{FileRecord, OrderRecord, OrderState};
use crate::{
    gateway::Gateway,
    payments::{
        intake::Asked,
        record::{PaymentRecord, Reason, Stage},
        request::message_of,
        workflow,
    },
    port::StoreFault,
    refused::Refused,
};

/// Payments of one file on their way at a time.
const AT_A_TIME: usize = 256;
/// Orders of one file that become payments at the same time.
const TOGETHER: usize = 32;
/// Pause between two looks at payments on their way, and after a fault.
const PAUSE: Duration = Duration::from_millis(100);
/// Pause between two looks at payments that wait for their day.
const DATED_PAUSE: Duration = Duration::from_secs(5);

/// Drives a file in the background.
pub(super) fn start(gateway: &Arc<Gateway>, file: FileRecord) {
    tokio::spawn(drive(Arc::clone(gateway), file));
}

async fn drive(gateway: Arc<Gateway>, file: FileRecord) {
    let mut work = Work::default();
    while !work.is_done(&file) {
        let room = AT_A_TIME.saturating_sub(work.under_way.len()).min(TOGETHER);
        if room > 0 && work.number < file.orders {
            match work.take(&gateway, &file, room).await {
                Ok(()) => continue,
                Err(fault) => tracing::warn!(%fault, file = %file.id, "files.work"),
            }
        }
        if let Err(fault) = work.keep_ended(&gateway, &file) {
            tracing::warn!(%fault, file = %file.id, "files.work");
        }
        if work.number == file.orders && work.under_way.is_empty() && !work.dated.is_empty() {
            tokio::time::sleep(DATED_PAUSE).await;
            work.look_again(&gateway);
        } else {
            tokio::time::sleep(PAUSE).await;
        }
    }
    let done = FileRecord { done: true, ..file };
    while let Err(fault) = gateway.store.write(done.writes()) {
        tracing::error!(%fault, file = %done.id, "files.work");
        tokio::time::sleep(PAUSE).await;
    }
}

/// How far a file is.
#[derive(Default)]
struct Work {
    /// The next order.
    number: u32,
    /// Payments on their way.
    under_way: Vec<(u32, LegId)>,
    /// Payments that wait for their day, or for a person of the other bank.
    dated: Vec<(LedgerTime, u32, LegId)>,
}

impl Work {
    fn is_done(&self, file: &FileRecord) -> bool {
        self.number >= file.orders && self.under_way.is_empty() && self.dated.is_empty()
    }

    /// Makes the next orders payments, at most so many of them, all at the same time.
    async fn take(
        &mut self,
        gateway: &Arc<Gateway>,
        file: &FileRecord,
        some: usize,
    ) -> Result<(), StoreFault> {
        let mut entering = JoinSet::new();
        for number in (self.number..file.orders).take(some) {
            let (gateway, file) = (Arc::clone(gateway), file.clone());
            entering.spawn(async move { (number, next(&gateway, &file, number).await) });
        }
        let mut taken = BTreeMap::new();
        while let Some(entered) = entering.join_next().await {
            taken.extend(entered.ok());
        }
        // Whatever stands behind one that failed is found as it is now when its turn comes again.
        while let Some(leg) = taken.remove(&self.number) {
            self.under_way.extend(leg?.map(|leg| (self.number, leg)));
            self.number = self.number.saturating_add(1);
        }
        if taken.is_empty() { Ok(()) } else { Err(StoreFault::Unavailable) }
    }

    /// Those whose day has begun are looked at, and a few others, since each may be cancelled.
    fn look_again(&mut self, gateway: &Gateway) {
        let now = gateway.value_now();
        let mut few = AT_A_TIME;
        let again = self.dated.extract_if(.., |(due, ..)| {
            let begun = *due <= now;
            let one_of_few = !begun && few > 0;
            few = few.saturating_sub(usize::from(one_of_few));
            begun || one_of_few
        });
        self.under_way.extend(again.map(|(_, number, leg)| (number, leg)));
    }

    /// Keeps the end of every payment that has ended, and puts those aside that wait for their day.
    fn keep_ended(&mut self, gateway: &Gateway, file: &FileRecord) -> Result<(), StoreFault> {
        let store = gateway.store.as_ref();
        let (mut writes, mut left, mut dated) = (Vec::new(), Vec::new(), Vec::new());
        for (number, leg) in self.under_way.iter().copied() {
            let record = PaymentRecord::load(store, &leg)?.ok_or(StoreFault::Damaged)?;
            let state = match record.stage {
                Stage::Settled(_) => OrderState::Settled(leg),
                Stage::Rejected(reason, _) => OrderState::Rejected(reason),
                Stage::Waiting => {
                    dated.push((record.settles.from, number, leg));
                    OrderState::Dated(leg)
                }
                // It may take as long: the orders behind it do not wait for it.
                Stage::Reviewed(..)
                | Stage::Short(..)
                | Stage::ShortReviewed(..)
                | Stage::ShortAccepted(..)
                | Stage::Enqueuing(..)
                | Stage::Queued(_) => {
                    dated.push((LedgerTime::new(0), number, leg));
                    OrderState::Taken(leg)
                }
                Stage::Received
                | Stage::Holding(_)
                | Stage::Held
                | Stage::Accepted(_)
                | Stage::Posting(..)
                | Stage::Closing(..)
                | Stage::Voiding(..) => {
                    left.push((number, leg));
                    OrderState::Taken(leg)
                }
            };
            let order = OrderRecord::load(store, &file.id, number)?;
            if order.state != state {
                writes.push(OrderRecord { state, ..order }.write(&file.id, number));
            }
        }
        if !writes.is_empty() {
            store.write(writes)?;
        }
        self.under_way = left;
        self.dated.extend(dated);
        Ok(())
    }
}

/// Makes an order a payment; its leg, unless it has ended.
async fn next(
    gateway: &Arc<Gateway>,
    file: &FileRecord,
    number: u32,
) -> Result<Option<LegId>, StoreFault> {
    let store = gateway.store.as_ref();
    let mut order = OrderRecord::load(store, &file.id, number)?;
    match &order.state {
        OrderState::Waiting => {}
        OrderState::Taken(leg) | OrderState::Dated(leg) => return Ok(Some(*leg)),
        OrderState::Settled(_) | OrderState::Rejected(_) => return Ok(None),
    }
    let leg = loop {
        match pay(gateway, &order).await {
            Ok(record) => break Some(record.leg()),
            Err(refused) if refused.is_passing() => {
                tracing::warn!(%refused, file = %file.id, number, "files.pay");
                tokio::time::sleep(PAUSE).await;
            }
            // Its day went by before its turn: it was never a payment, and settles on the present day.
            Err(Refused::DatePast) if order.wanted.settlement_date.is_some() => {
                order.wanted.settlement_date = None;
                store.write(vec![order.write(&file.id, number)])?;
            }
            Err(refused) => {
                let (code, iso) = (refused.code().to_owned(), refused.iso_reason().to_owned());
                order.state = OrderState::Rejected(Reason { code, iso });
                break None;
            }
        }
    };
    if let Some(leg) = leg {
        order.state = OrderState::Taken(leg);
    }
    gateway.events.keep(vec![order.write(&file.id, number)], Vec::new()).await?;
    Ok(leg)
}

async fn pay(gateway: &Arc<Gateway>, order: &OrderRecord) -> Result<PaymentRecord, Refused> {
    let message = message_of(gateway, &order.wanted)?;
    let asked = Asked::json(&order.wanted, &message);
    workflow::enter(gateway, &message, &asked).await
}
