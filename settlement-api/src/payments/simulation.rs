//! What would become of a payment, asked before it is made.
//!
//! ```text
//! intake, gate (the very ones of a payment) -> hold command, signed, never sent
//!   -> ledger-core tries it over proved records, read as it asks for them -> report
//! ```
//!
//! # Place      `POST /v1/simulate` -> [simulation] -> `workflow`, `ledger_core::forecast`
//! # Invariants P6 nothing is written, sent or kept; no rule stands here
//! # Absent     the beneficiary bank's answer; what others pay until then

use std::collections::BTreeSet;

use iso20022::Pacs008;
use ledger_core::{
    account::{Account, CurrencyRecord, Totals},
    block::Verified,
    command::{Command, Identified, Payment},
    draft::Moment,
    forecast::{Forecast, ReadSet, forecast},
    merkle::LogHead,
    money::Money,
    policy::{Policy, PolicyMode},
    record::{Name, Record},
    refusal::Refusal,
    time::{Height, LedgerTime},
};
use serde::Serialize;
use tokio::task::JoinSet;
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use super::{
    intake::{self, Asked},
    queue::Wish,
    record::{PaymentRecord, Reason, Stage},
    report::ReasonReport,
    workflow::{self, Cleared, reason_of},
};
use crate::{
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    ledger_port::PortError,
    openapi::text::{Amount, CurrencyCode, Day, Time, Uetr},
    refused::Refused,
};

/// Records that one payment may ask for.
const MAX_READS: usize = 64;
/// Readings of all of them until they stand under one header.
const READINGS: usize = 3;

/// What is not foretold, whatever is answered.
const NOT_FORETOLD: [&str; 4] = [
    "the beneficiary bank's answer",
    "what is paid and decided until the payment reaches a block",
    "lists of network compliance, which no member may read",
    "totals of the currency, which no member may read",
];

/// What would become of a payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SimulationReport {
    /// `would_be_held`, `would_be_rejected`, `would_wait` for a day ahead or, with the reason
    /// `waits_for_funds`, for its bank's money, or `known` for a payment that was made with this content.
    pub outcome: &'static str,
    /// The day on which it settles.
    #[schema(value_type = Day)]
    pub settlement_date: String,
    /// The payment's UETR: a request without one gets another when it pays.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Who would reject it: `gate` or `ledger`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'static str>,
    /// Why it would be rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonReport>,
    /// ISO 20022 status of a payment that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What the ledger was found to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<SimulatedLedger>,
    /// What this does not say.
    pub not_foretold: Vec<&'static str>,
}

/// The state on which a payment was tried.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SimulatedLedger {
    /// The records read are proved as of this height.
    pub height: u64,
    /// The highest of these heights: another one when blocks came while they were read.
    pub height_to: u64,
    /// Time of that block, RFC 3339.
    #[schema(value_type = Time)]
    pub time: String,
    /// What can be spent from the paying account.
    #[schema(value_type = Amount)]
    pub available: String,
    /// What could be spent after the payment is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    pub available_after: Option<String>,
    /// What is missing for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    pub short: Option<String>,
    /// Limits of the paying customer, where its level has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<SimulatedLimits>,
    /// What waits to be paid from the account.
    pub queue: SimulatedQueue,
}

/// The limits that a payment is counted against (K3).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SimulatedLimits {
    /// The most that one payment may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    pub per_payment: Option<String>,
    /// The most that all payments of a window may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    pub per_window: Option<String>,
    /// What counts of the window already.
    #[schema(value_type = Amount)]
    pub used: String,
    /// How long a window is.
    pub window_s: u64,
}

/// What waits to be paid from an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SimulatedQueue {
    /// Payments that wait.
    pub waiting: usize,
    /// Whether the account lets them pass each other.
    pub bypass: bool,
}

/// Says what would become of a payment.
///
/// # Errors
/// As the payment's intake would refuse it; faults.
pub(crate) async fn simulate(
    gateway: &Gateway,
    message: &Pacs008,
    asked: &Asked,
) -> Result<SimulationReport, Refused> {
    if let Some(known) = workflow::known(gateway, message, asked)? {
        let status = known.timeline.last().map(|(status, _)| status.clone());
        return Ok(SimulationReport { status, ..report(gateway, &known, "known") });
    }
    let wish = Wish::of(&gateway.queue, asked.queue.as_ref(), asked.urgency.as_deref())?;
    let record = intake::take(gateway, message, asked)?;
    if record.stage == Stage::Waiting {
        // What the ledger will be on another day is not foretold.
        return Ok(report(gateway, &record, "would_wait"));
    }
    let (reading, tried, by) = match workflow::cleared(gateway, &record)? {
        Cleared::Hold(hold) => {
            let signer = gateway.keys.signer(Purpose::Settlement).map_err(GatewayFault::from)?;
            let prepared = gateway.outbox.prepare(Command::Hold(*hold), &[signer]).await;
            // What would be written is dropped: nobody ever sends this command.
            let (command, _unwritten) = prepared.map_err(GatewayFault::from)?;
            let command = Verified::check(Identified::new(command));
            let command = command.map_err(|_| Refused::NotReady)?;
            let (reading, tried) = try_on(gateway, &record.payment, &command).await?;
            if wish.is_some() && matches!(tried, Err(Refusal::InsufficientFunds)) {
                let Reason { code, iso } = Reason::waits_for_funds();
                let reason = Some(ReasonReport { code, iso_reason: iso, information: None });
                let ledger = reading.report(gateway, &record.payment, None);
                return Ok(SimulationReport {
                    reason,
                    ledger,
                    ..report(gateway, &record, "would_wait")
                });
            }
            (reading, tried.map_err(reason_of), "ledger")
        }
        Cleared::Rejected(reason) => {
            let names = told(&record.payment);
            let reading = Reading::of(gateway, &names).await.map_err(GatewayFault::from)?;
            (reading, Err(reason), "gate")
        }
        Cleared::Later => return Err(Refused::NotReady),
    };
    let ledger = reading.report(gateway, &record.payment, tried.as_ref().ok());
    let held = SimulationReport { ledger, ..report(gateway, &record, "would_be_held") };
    Ok(match tried {
        Ok(_) => held,
        Err(Reason { code, iso }) => SimulationReport {
            outcome: "would_be_rejected",
            by: Some(by),
            reason: Some(ReasonReport { code, iso_reason: iso, information: None }),
            ..held
        },
    })
}

fn report(gateway: &Gateway, record: &PaymentRecord, outcome: &'static str) -> SimulationReport {
    let money = &record.payment.money;
    SimulationReport {
        outcome,
        settlement_date: record.settles.day.clone(),
        uetr: record.payment.leg.uetr.to_text(),
        amount: amount(gateway.genesis(), money).unwrap_or_default(),
        currency: money.currency().code().to_owned(),
        by: None,
        reason: None,
        status: None,
        ledger: None,
        not_foretold: NOT_FORETOLD.to_vec(),
    }
}

/// Where records were proved: the lowest and the highest header, and the time of the latter.
#[derive(Clone, Copy, Debug)]
struct Proved {
    from: Height,
    to: Height,
    time: LedgerTime,
}

impl Proved {
    fn and(self, other: Self) -> Self {
        let (first, last) = if other.to > self.to { (self, other) } else { (other, self) };
        Self { from: first.from.min(last.from), ..last }
    }
}

/// Names of what a report tells.
fn told(payment: &Payment) -> BTreeSet<Name> {
    let (account, currency) = (payment.debit, payment.money.currency());
    BTreeSet::from([
        Name::Parameters,
        Name::Account(account),
        Name::Queue(account),
        Name::Party(payment.debtor),
        Name::PaymentTerms(currency),
        Name::Spent(payment.debtor, currency),
    ])
}

/// What stands for a record that no member may read, where its absence would say something: a
/// currency of genesis with totals that never fail, a policy that lists nobody.
fn stand_in(gateway: &Gateway, name: &Name) -> Option<Record> {
    const PLENTY: u128 = 1 << 120;
    match name {
        Name::Currency(code) => {
            let terms = gateway.terms(code.code())?;
            let totals = Totals {
                supply: 3 * PLENTY,
                available: PLENTY,
                held: PLENTY,
                preburned: PLENTY,
                ..Totals::default()
            };
            Some(Record::Currency(CurrencyRecord {
                code: terms.code,
                scale: terms.scale,
                issuer: terms.issuer,
                totals,
                paid: 0,
                reserves: Vec::new(),
                journal: LogHead::EMPTY,
            }))
        }
        Name::Policy(id) => {
            Some(Record::Policy(Policy { id: *id, mode: PolicyMode::Deny, listed: 0 }))
        }
        _ => None,
    }
}

/// Whether members may not read records of this kind.
const fn is_hidden(name: &Name) -> bool {
    matches!(name, Name::Currency(_) | Name::Policy(_) | Name::PolicyEntry(..))
}

/// Tries a command, reading what it asks for until it asks for nothing new.
async fn try_on(
    gateway: &Gateway,
    payment: &Payment,
    command: &Verified,
) -> Result<(Reading, Result<Forecast, Refusal>), Refused> {
    let mut names = told(payment);
    let mut readings = 0;
    loop {
        readings += 1;
        let mut reading = Reading::of(gateway, &names).await.map_err(GatewayFault::from)?;
        let tried = loop {
            let tried = forecast(&reading.set, reading.moment(gateway)?, command);
            let missed = reading.set.take_missed();
            if missed.is_empty() {
                break tried;
            }
            names.extend(&missed);
            if names.len() > MAX_READS {
                return Err(Refused::NotReady);
            }
            reading.learn(gateway, &missed).await.map_err(GatewayFault::from)?;
        };
        let together = reading.proved.is_some_and(|proved| proved.from == proved.to);
        if together || readings == READINGS {
            return Ok((reading, tried));
        }
    }
}

/// Records as they were read.
#[derive(Default)]
struct Reading {
    set: ReadSet,
    proved: Option<Proved>,
}

impl Reading {
    async fn of(gateway: &Gateway, names: &BTreeSet<Name>) -> Result<Self, PortError> {
        let mut reading = Self::default();
        reading.learn(gateway, names).await?;
        Ok(reading)
    }

    /// Reads records side by side, each with its proof.
    async fn learn(&mut self, gateway: &Gateway, names: &BTreeSet<Name>) -> Result<(), PortError> {
        let mut reads = JoinSet::new();
        for name in names {
            if is_hidden(name) {
                self.set.learn(*name, stand_in(gateway, name));
                continue;
            }
            let (ledger, name) = (gateway.ledger.clone(), *name);
            reads.spawn(async move { (name, ledger.record(&name).await) });
        }
        while let Some(joined) = reads.join_next().await {
            let Ok((name, found)) = joined else { return Err(PortError::NoValidators) };
            let Some((record, proved)) = found? else {
                self.set.learn(name, None);
                continue;
            };
            let header = proved.certified.header;
            let height = header.results.height;
            let at = Proved { from: height, to: height, time: header.time };
            self.proved = Some(self.proved.map_or(at, |proved| proved.and(at)));
            self.set.learn(name, Some(record));
        }
        Ok(())
    }

    /// The block after what was read.
    fn moment(&self, gateway: &Gateway) -> Result<Moment, Refused> {
        let proved = self.proved.ok_or(Refused::NotReady)?;
        let limits = match self.set.known(&Name::Parameters) {
            Some(Record::Parameters(parameters)) => parameters.values.limits,
            _ => gateway.genesis().limits,
        };
        Ok(Moment { height: proved.to.next(), time: proved.time.after(1), limits })
    }

    fn account(&self, payment: &Payment) -> Option<&Account> {
        match self.set.known(&Name::Account(payment.debit))? {
            Record::Account(account) => Some(account),
            _ => None,
        }
    }

    fn report(
        &self,
        gateway: &Gateway,
        payment: &Payment,
        tried: Option<&Forecast>,
    ) -> Option<SimulatedLedger> {
        let (proved, account) = (self.proved?, self.account(payment)?);
        let text = |minor| decimal(gateway, payment, minor);
        let available = account.balances.available;
        let after = tried.and_then(|tried| match tried.after.get(&Name::Account(payment.debit)) {
            Some(Record::Account(after)) => Some(text(after.balances.available)),
            _ => None,
        });
        let short = payment.money.minor().saturating_sub(available);
        let queue = match self.set.known(&Name::Queue(payment.debit)) {
            Some(Record::Queue(queue)) => {
                SimulatedQueue { waiting: queue.places.len(), bypass: queue.terms.bypass }
            }
            _ => SimulatedQueue { waiting: 0, bypass: false },
        };
        Some(SimulatedLedger {
            height: proved.from.get(),
            height_to: proved.to.get(),
            time: rfc3339(proved.time),
            available: text(available),
            available_after: after,
            short: (short > 0).then(|| text(short)),
            limits: self.limits(gateway, payment, proved.time),
            queue,
        })
    }

    fn limits(
        &self,
        gateway: &Gateway,
        payment: &Payment,
        now: LedgerTime,
    ) -> Option<SimulatedLimits> {
        let currency = payment.money.currency();
        let Some(Record::PaymentTerms(controls)) = self.set.known(&Name::PaymentTerms(currency))
        else {
            return None;
        };
        let Some(Record::Party(party)) = self.set.known(&Name::Party(payment.debtor)) else {
            return None;
        };
        let limits = controls.terms.of(party.level);
        let used = match self.set.known(&Name::Spent(payment.debtor, currency)) {
            Some(Record::Spent(spent)) => controls.recent(spent, now).sum(),
            _ => 0,
        };
        let text = |minor| decimal(gateway, payment, minor);
        Some(SimulatedLimits {
            per_payment: limits.per_payment.map(text),
            per_window: limits.per_window.map(text),
            used: text(used),
            window_s: controls.terms.window_ms / 1_000,
        })
    }
}

fn decimal(gateway: &Gateway, payment: &Payment, minor: u128) -> String {
    let money = Money::new(payment.money.currency(), minor);
    amount(gateway.genesis(), &money).unwrap_or_default()
}
