//! A quote as JSON shows it, at either bank.
//!
//! # Invariants `settled` is said with the proved receipts of both legs behind it

use std::time::Duration;

use ledger_core::{
    digest::Hash32, id::LegId, money::Money, receipt::Effect, settlement::SetLeg, time::LedgerTime,
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use super::{
    asking::{AskedQuote, Stage},
    making::Offer,
    price::{Bearer, Conditions, Rounding},
    quote::{Ask, Quote},
};
use crate::{
    gateway::{CommandOutcome, Gateway, GatewayFault},
    ledger_port::ProvedReceipt,
    openapi::text::{Amount, CurrencyCode, Id, LeiCode, RateText, Time, Uetr},
    payments::report::{ReceiptReport, leg_report},
    port::StoreFault,
    refused::Refused,
};

/// A quote.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FxQuoteReport {
    /// Its id, the same at both banks.
    #[schema(value_type = Id)]
    pub quote: String,
    /// `asked`, then `quoted` or `refused`; `expired`; `accepted` when both banks have signed;
    /// `settling`, then `settled` or `failed`; `lapsed` when it can no longer settle.
    pub state: &'static str,
    /// `taker` at the bank that asked, `maker` at the one that offered.
    pub role: &'static str,
    /// Who offers.
    #[schema(value_type = LeiCode)]
    pub maker: String,
    /// To whom.
    #[schema(value_type = LeiCode)]
    pub taker: String,
    /// UETR of both legs.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// What the taker gives.
    #[schema(value_type = CurrencyCode)]
    pub source_currency: String,
    /// What it gets.
    #[schema(value_type = CurrencyCode)]
    pub target_currency: String,
    /// Why there is no quote, or why it did not settle: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<FxTermsReport>,
    /// The command that sent it to the ledger, at the taker.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub command_id: Option<String>,
    /// Receipts of both legs once they settled, what the taker gave first.
    pub receipts: Vec<ReceiptReport>,
}

/// What a quote offers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FxTermsReport {
    /// What the taker gives, in the source currency, with what it bears of the fee.
    #[schema(value_type = Amount)]
    pub gives: String,
    /// What it gets, in the target currency.
    #[schema(value_type = Amount)]
    pub gets: String,
    /// What the payer ordered, in the source currency.
    #[schema(value_type = Amount)]
    pub source_amount: String,
    /// How many of the target currency one of the source currency buys.
    #[schema(value_type = RateText)]
    pub rate: String,
    /// The market maker's fee, in the source currency.
    #[schema(value_type = Amount)]
    pub fee: String,
    /// Who bears it.
    pub charge_bearer: Bearer,
    /// What was rounded to a whole minor unit.
    pub rounding: Rounding,
    /// Until when it can be accepted.
    #[schema(value_type = Time)]
    pub expires: String,
    /// Until when it can settle once accepted.
    #[schema(value_type = Time)]
    pub settle_by: String,
}

/// A quote that this bank asked for, or offered.
///
/// # Errors
/// [`Refused::NotFound`]; faults.
pub async fn report(gateway: &Gateway, id: &Hash32) -> Result<FxQuoteReport, Refused> {
    if let Some(asked) = AskedQuote::load(gateway.store.as_ref(), id)? {
        return taken(gateway, &asked).await;
    }
    let offer = Offer::load(gateway.store.as_ref(), id)?.ok_or(Refused::NotFound)?;
    made(gateway, &offer)
}

/// At the bank that asked.
///
/// # Errors
/// Faults.
pub async fn taken(gateway: &Gateway, record: &AskedQuote) -> Result<FxQuoteReport, Refused> {
    let (ask, quote) = (record.asked()?, record.quote());
    let over = |quote: &Quote| quote.terms.expires.get() <= Gateway::now_ms();
    let (state, code, command) = match &record.stage {
        Stage::Asked => ("asked", None, None),
        Stage::Refused(code) => ("refused", Some(code.clone()), None),
        Stage::Quoted(_) if quote.is_some_and(over) => ("expired", None, None),
        Stage::Quoted(_) => ("quoted", None, None),
        Stage::Granted(..) => (unless_lapsed(gateway, quote), None, None),
        Stage::Sent(_, _, command) => {
            let outcome = gateway.outcome(command, Duration::ZERO).await?;
            let (state, code) = match outcome {
                CommandOutcome::Applied => ("settled", None),
                CommandOutcome::Refused(refusal) => ("failed", Some(refusal.code().to_owned())),
                CommandOutcome::Expired => (unless_lapsed(gateway, quote), None),
                CommandOutcome::Pending => ("settling", None),
            };
            (state, code, Some(command.to_hex()))
        }
    };
    let shown = Shown { role: "taker", state, code, command };
    Ok(shown.report(gateway, ask, quote)?)
}

/// At the bank that offered.
fn made(gateway: &Gateway, offer: &Offer) -> Result<FxQuoteReport, Refused> {
    let (ask, quote) = offer.parts().ok_or(Refused::NotFound)?;
    let settled = offer.granted.is_some() && !receipts(gateway, ask, quote)?.is_empty();
    let over = quote.terms.expires.get() <= Gateway::now_ms();
    let state = match (&offer.granted, settled) {
        (_, true) => "settled",
        (Some(_), false) => unless_lapsed(gateway, Some(quote)),
        (None, false) if over => "expired",
        (None, false) => "quoted",
    };
    let shown = Shown { role: "maker", state, code: None, command: None };
    Ok(shown.report(gateway, ask, Some(quote))?)
}

/// Receipts of both legs, if one command settled exactly what was quoted: under the same UETR something
/// else may have settled.
fn receipts(
    gateway: &Gateway,
    ask: &Ask,
    quote: &Quote,
) -> Result<Vec<(LegId, ProvedReceipt)>, StoreFault> {
    let mut both: Vec<(LegId, ProvedReceipt)> = Vec::new();
    for SetLeg { payment, credit, .. } in quote.legs(ask) {
        let leg = payment.leg.id();
        let Some(proved) = gateway.view.leg_effect(&leg, Effect::Settled)? else { continue };
        let found = &proved.proof.receipt;
        let quoted = (Some(payment.money), Some(payment.debit), Some(credit));
        let together =
            both.first().is_none_or(|(_, other)| other.proof.receipt.command == found.command);
        if together && (found.money, found.debit, found.credit) == quoted {
            both.push((leg, proved));
        }
    }
    Ok(if both.len() == 2 { both } else { Vec::new() })
}

/// An accepted quote can settle until results beyond its time are proved.
fn unless_lapsed(gateway: &Gateway, quote: Option<&Quote>) -> &'static str {
    let end = quote.map(|quote| quote.terms.settle_by);
    match end.and_then(|end| gateway.view.proved_beyond(end)) {
        Some(_) => "lapsed",
        None => "accepted",
    }
}

struct Shown {
    role: &'static str,
    state: &'static str,
    code: Option<String>,
    command: Option<String>,
}

impl Shown {
    fn report(
        self,
        gateway: &Gateway,
        ask: &Ask,
        quote: Option<&Quote>,
    ) -> Result<FxQuoteReport, GatewayFault> {
        let mut shown = Vec::new();
        if let Some(quote) = quote.filter(|_| self.state == "settled") {
            for (leg, proved) in receipts(gateway, ask, quote)? {
                shown.push(leg_report(gateway, &proved, &leg)?);
            }
        }
        Ok(FxQuoteReport {
            quote: ask.id().to_hex(),
            state: self.state,
            role: self.role,
            maker: ask.maker.text().to_owned(),
            taker: ask.taker.text().to_owned(),
            uetr: ask.uetr.to_text(),
            source_currency: ask.source.code().to_owned(),
            target_currency: ask.target.code().to_owned(),
            code: self.code,
            terms: quote.map(|quote| terms(gateway, ask, quote)),
            command_id: self.command,
            receipts: shown,
        })
    }
}

fn terms(gateway: &Gateway, ask: &Ask, quote: &Quote) -> FxTermsReport {
    let text = |money: &Money| amount(gateway.genesis(), money).unwrap_or_default();
    let scale = |currency| verifier::summary::scale(gateway.genesis(), currency).unwrap_or(0);
    let of = &quote.terms;
    let conditions = Conditions {
        rate: of.rate,
        fee: of.fee.minor(),
        bearer: of.bearer,
        source_scale: scale(ask.source),
        target_scale: scale(ask.target),
    };
    let time = |at: LedgerTime| rfc3339(at);
    FxTermsReport {
        gives: text(&of.gives),
        gets: text(&of.gets),
        source_amount: text(&of.source),
        rate: of.rate.text(),
        fee: text(&of.fee),
        charge_bearer: of.bearer,
        rounding: conditions.deal(ask.fixed).map_or(Rounding::Exact, |deal| deal.rounding),
        expires: time(of.expires),
        settle_by: time(of.settle_by),
    }
}
