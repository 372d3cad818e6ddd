//! The regulator's report: one currency on one page, with the recount beside the running totals.

use std::collections::BTreeMap;

use ledger_core::money::Currency;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AuditLedger, AuditRefused,
    moment::Moment,
    proof::CertifiedMaterial,
    reserves::{self, ReserveFacts},
    supply::Classes,
};
use crate::openapi::text::{CurrencyCode, Id, Sum, Time};

/// A currency on one page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Report {
    /// The network.
    #[schema(value_type = Id)]
    pub network: String,
    /// Its name.
    pub network_name: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// The latest proven block: everything but the recount is as of here.
    pub height: u64,
    /// Its time.
    #[schema(value_type = Time)]
    pub time: String,
    /// The state root after it.
    #[schema(value_type = Id)]
    pub state_root: String,
    /// Supply by class.
    pub supply: Classes,
    /// Whether the classes add up to supply (I1).
    pub i1_holds: bool,
    /// Reserves, coverage and verdict (I2).
    pub reserves: ReserveFacts,
    /// Commands up to that block.
    pub counts: Counts,
    /// The rules, counted again from the journals alone.
    pub recount: Recount,
    /// Whether every rule above holds.
    pub sound: bool,
    /// The header that declares the state root.
    #[serde(flatten)]
    pub certified: CertifiedMaterial,
}

/// How many commands came to what.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Mints of the currency.
    pub mints: u64,
    /// Burns of the currency.
    pub burns: u64,
    /// Payments of the currency that settled.
    pub payments: u64,
    /// Refused commands of the whole network.
    pub refusals: u64,
    /// These by code.
    pub refusals_by_code: BTreeMap<&'static str, u64>,
}

/// A recount.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Recount {
    /// After which block.
    pub height: u64,
    /// One line per rule.
    pub rules: Vec<RuleReport>,
}

/// A rule, counted again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleReport {
    /// Its id.
    pub rule: &'static str,
    /// What the ledger says: an amount, or a number of journals for I9.
    #[schema(value_type = Sum)]
    pub expected: String,
    /// What was counted.
    #[schema(value_type = Sum)]
    pub found: String,
    /// Whether it holds.
    pub holds: bool,
}

/// The report of a currency.
///
/// # Errors
/// [`AuditRefused`].
pub fn report(ledger: &dyn AuditLedger, currency: Currency) -> Result<Report, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let (record, _) = moment.currency(currency)?;
    // The recount and the tally come last: proofs of a moment are kept for a short time only.
    let (reserves, ..) = reserves::facts(&moment, &record, moment.proven())?;
    let counts = counts(&moment, currency)?;
    let recount = recount(&moment, currency)?;
    let i1_holds = record.totals.balanced();
    let rules = recount.rules.iter().all(|rule| rule.holds);
    Ok(Report {
        network: ledger.committee().chain().to_hex(),
        network_name: moment.genesis().name.get().to_owned(),
        currency: currency.code().to_owned(),
        height: moment.proven().get(),
        time: reserves.time.clone(),
        state_root: moment.certified.header.results.state_root.to_hex(),
        supply: Classes::of(&moment, currency, &record.totals),
        i1_holds,
        sound: i1_holds && rules,
        reserves,
        counts,
        recount,
        certified: (&moment.certified).into(),
    })
}

fn counts(moment: &Moment<'_>, currency: Currency) -> Result<Counts, AuditRefused> {
    let tally = moment.ledger.tally(moment.proven())?;
    let of = tally.of.get(&currency).copied().unwrap_or_default();
    Ok(Counts {
        mints: of.mints,
        burns: of.burns,
        payments: of.payments,
        refusals: tally.refused.values().fold(0, |sum, count| sum.saturating_add(*count)),
        refusals_by_code: tally.refused,
    })
}

fn recount(moment: &Moment<'_>, currency: Currency) -> Result<Recount, AuditRefused> {
    let (height, lines) = moment.ledger.recount()?;
    let text = |rule, count: u128| match rule {
        // Journals are counted, not money.
        "I9" => count.to_string(),
        _ => moment.text(currency, count),
    };
    let of = lines.into_iter().filter(|line| line.currency == currency);
    let rules = of.map(|line| RuleReport {
        rule: line.rule,
        expected: text(line.rule, line.expected),
        found: text(line.rule, line.found),
        holds: line.ok,
    });
    Ok(Recount { height: height.get(), rules: rules.collect() })
}
