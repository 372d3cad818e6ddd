//! The life of a payment over real loopback HTTP: two gateways, and a ledger that executes and
//! proves in this process.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

mod accounts;
mod bank;
mod carried;
mod checks;
mod customers;
mod duplicates;
mod events;
mod evidence;
mod files;
mod folders;
mod fx;
mod halts;
mod headed;
mod held;
mod ledger;
mod message_keys;
mod oracle;
mod own_payments;
mod queue;
mod recalls;
mod returns;
mod reviews;
mod simulation;
mod standing;
mod statements;
mod tracker;
mod validators;
mod value_dates;
mod webhooks;

use std::{sync::Arc, time::Duration};

use bank::{Bank, Settings};
use ledger::Ledger;

/// A ledger and two banks with a customer each; the first has money.
pub(crate) struct Story {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) a: Bank,
    pub(crate) b: Bank,
}

impl Story {
    /// With 1,000.00 at the first bank.
    pub(crate) async fn begin(acceptance: Duration) -> Self {
        Self::begin_with(acceptance, 0, |_, _| ()).await
    }

    /// The same in a network that was founded days ago, after something happened there.
    pub(crate) async fn begin_with(
        acceptance: Duration,
        days_ago: u64,
        happened: impl FnOnce(&Ledger, &Bank),
    ) -> Self {
        let both = [Settings::of(acceptance), Settings::of(acceptance)];
        Self::begin_as(both, days_ago, happened).await
    }

    /// The same with banks that are configured so.
    pub(crate) async fn begin_as(
        [at_a, at_b]: [Settings; 2],
        days_ago: u64,
        happened: impl FnOnce(&Ledger, &Bank),
    ) -> Self {
        let ledger = Ledger::found(days_ago);
        let a = Bank::open(&ledger, ("AAAA", 1), 100_000, at_a).await;
        let b = Bank::open(&ledger, ("BBBB", 2), 0, at_b).await;
        a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
        happened(ledger.as_ref(), &a);
        ledger.go_live();
        a.register("Orchard Tools", "1001").await;
        b.register("Fjord Timber", "2002").await;
        for bank in [&a, &b] {
            for _ in 0..100 {
                if bank.gateway.directory.member(&a.member.lei).is_some()
                    && bank.gateway.directory.member(&b.member.lei).is_some()
                {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Self { ledger, a, b }
    }
}
