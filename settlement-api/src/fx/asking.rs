//! The taker's side: it asks once on disk, keeps the quote that answers, and sends one set for it.
//!
//! ```text
//! asked --quote--> quoted --yes--> granted --Settle--> settled on the ledger, or nothing
//!   \--no--> refused          \--no, late, altered: refused, and nothing has moved
//!    \--silence--> no_answer
//! ```
//!
//! # Place      server -> [asking] -> [`super::making`] of the maker; outbox -> ledger port
//! # Invariants R3 both legs are in one command; R4 a quote is sent to the ledger under one key, once: the
//! #            grant is on disk before the command is, and key and command are one write

use std::{sync::Arc, time::Duration};

use kyc_gateway::Clearance;
use ledger_core::{
    authority::Role,
    codec::decode,
    command::{Command, GateAttestation},
    digest::Hash32,
    id::{CommandId, LegId, Lei, Uetr},
    receipt::Effect,
    settlement::{Consent, Settle},
    signature::Signed,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    FxRefused,
    making::row,
    price::{Bearer, Fixed},
    quote::{Ask, Exchanging, ExchangingAnswer, Grant, Quote, Said, Yes},
};
use crate::{
    anchors,
    customers::{CustomerRecord, number_of},
    gateway::{CommandOutcome, Gateway, GatewayFault},
    keys::Purpose,
    openapi::text::{self, Amount, CurrencyCode, IbanCode, LeiCode},
    outbox::stored,
    peers::{self, AskError},
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
    server::bank::{parse_money, parse_uetr},
};

/// Where other gateways take what is asked about quotes, below their endpoint.
pub const INBOX: &str = "/v1/inbox/quotes";
const ASKED: &[u8] = b"fx/asked/";
/// Asks that have no answer yet.
const WAITING: &[u8] = b"fx/waiting/";
const MAX_RECORD: usize = 16_384;
/// How long a market maker is asked, in milliseconds.
const PATIENCE_MS: u64 = 15_000;
const PAUSE: Duration = Duration::from_millis(250);
/// How long this bank's own clearance holds, in milliseconds.
const CLEARANCE_MS: u64 = 120_000;

/// A request for a quote.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FxQuoteInput {
    /// LEI of the market maker.
    #[schema(value_type = LeiCode)]
    pub maker: String,
    /// What is given.
    #[schema(value_type = CurrencyCode)]
    pub source_currency: String,
    /// What is got.
    #[schema(value_type = CurrencyCode)]
    pub target_currency: String,
    /// The amount to exchange; this or `target_amount`.
    #[schema(value_type = Option<Amount>)]
    pub source_amount: Option<String>,
    /// The amount to get.
    #[schema(value_type = Option<Amount>)]
    pub target_amount: Option<String>,
    /// Who bears the market maker's fee; `SHAR` if absent.
    pub charge_bearer: Option<Bearer>,
    /// IBAN of the own customer for whom; this or `account`.
    #[schema(value_type = Option<IbanCode>)]
    pub iban: Option<String>,
    /// Another account number of the same.
    pub account: Option<String>,
    /// UETR of both legs; one is made when absent.
    #[schema(value_type = Option<text::Uetr>)]
    pub uetr: Option<String>,
}

/// A quote that is accepted, with what its reader saw.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FxAcceptInput {
    /// `gives` as it was shown: another is `quote_altered`.
    #[schema(value_type = Option<Amount>)]
    pub gives: Option<String>,
    /// `gets` as it was shown: another is `quote_altered`.
    #[schema(value_type = Option<Amount>)]
    pub gets: Option<String>,
}

/// Where a quote is at the bank that asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// On disk; the market maker is asked.
    Asked,
    /// The market maker offers.
    Quoted(Box<Signed<ExchangingAnswer>>),
    /// The accepted quote may settle.
    Granted(Box<Signed<ExchangingAnswer>>, Box<Signed<ExchangingAnswer>>),
    /// It was sent to the ledger by this command.
    Sent(Box<Signed<ExchangingAnswer>>, Box<Signed<ExchangingAnswer>>, CommandId),
    /// There is no quote: a stable code.
    Refused(String),
}

/// A quote at the bank that asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedQuote {
    /// What is asked.
    pub ask: Signed<Exchanging>,
    /// Number of the own customer for whom.
    pub account: String,
    /// Where it is.
    pub stage: Stage,
}

impl AskedQuote {
    /// What is asked.
    ///
    /// # Errors
    /// [`StoreFault::Damaged`] when the record is none of an ask.
    pub fn asked(&self) -> Result<&Ask, StoreFault> {
        match &self.ask.value {
            Exchanging::Ask(ask) => Ok(ask),
            Exchanging::Accept(_) => Err(StoreFault::Damaged),
        }
    }

    /// The quote, once it was given.
    #[must_use]
    pub fn quote(&self) -> Option<&Quote> {
        let offered = match &self.stage {
            Stage::Quoted(offered) | Stage::Granted(offered, _) | Stage::Sent(offered, _, _) => {
                offered
            }
            Stage::Asked | Stage::Refused(_) => return None,
        };
        match &offered.value.said {
            Said::Quoted(quote) => Some(quote),
            Said::Refused(_) | Said::Granted(_) => None,
        }
    }

    /// The record of a quote.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, id: &Hash32) -> Result<Option<Self>, StoreFault> {
        match store.get(&key(ASKED, id))? {
            Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    fn id(&self) -> Result<Hash32, StoreFault> {
        Ok(self.asked()?.id())
    }

    /// What must be written to keep it.
    ///
    /// # Errors
    /// [`StoreFault::Damaged`].
    pub fn writes(&self) -> Result<Vec<Write>, StoreFault> {
        let id = self.id()?;
        let waits = matches!(self.stage, Stage::Asked).then(Vec::new);
        Ok(vec![stored(key(ASKED, &id), self), (key(WAITING, &id), waits)])
    }

    /// The quote's own command has settled the leg that this bank pays, and with it the other.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn is_settled(&self, gateway: &Gateway) -> Result<bool, StoreFault> {
        let (Stage::Sent(_, _, command), Some(quote)) = (&self.stage, self.quote()) else {
            return Ok(false);
        };
        let [there, _] = quote.legs(self.asked()?);
        let settled = gateway.view.leg_effect(&there.payment.leg.id(), Effect::Settled)?;
        Ok(settled.is_some_and(|proved| proved.proof.receipt.command == *command))
    }
}

/// Drives on what a crash left without an answer.
///
/// # Errors
/// [`StoreFault`].
pub fn resume(gateway: &Arc<Gateway>) -> Result<(), StoreFault> {
    for id in peers::waiting(gateway.store.as_ref(), WAITING)? {
        if let Some(record) = AskedQuote::load(gateway.store.as_ref(), &id)? {
            start(gateway, record);
        }
    }
    Ok(())
}

/// Makes the record of a request; nothing is written here.
///
/// # Errors
/// [`Refused`].
pub fn ask(gateway: &Gateway, input: &FxQuoteInput) -> Result<AskedQuote, Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let maker = Lei::new(&input.maker).ok_or(Refused::Malformed("maker is an LEI"))?;
    let fixed = match (&input.source_amount, &input.target_amount) {
        (Some(text), None) => {
            Fixed::Source(parse_money(gateway, text, &input.source_currency)?.minor())
        }
        (None, Some(text)) => {
            Fixed::Target(parse_money(gateway, text, &input.target_currency)?.minor())
        }
        _ => return Err(Refused::Malformed("give one of source_amount and target_amount")),
    };
    let bearer = input.charge_bearer.unwrap_or(Bearer::Shared);
    if matches!((fixed, bearer), (Fixed::Target(_), Bearer::Creditor)) {
        return Err(FxRefused::Bearer.into());
    }
    let uetr = match &input.uetr {
        Some(text) => parse_uetr(text)?,
        None => Uetr::new(*uuid::Uuid::new_v4().as_bytes()),
    };
    let account = |code: &str| {
        let terms = gateway.terms(code).ok_or(Refused::CurrencyUnknown)?;
        gateway.account(terms.code).ok_or(Refused::NoAccount)
    };
    let (debit, credit) = (account(&input.source_currency)?, account(&input.target_currency)?);
    if debit.currency == credit.currency {
        return Err(Refused::Malformed("a quote is of two currencies"));
    }
    if maker == *gateway.lei() || gateway.directory.member(&maker).is_none() {
        return Err(Refused::AgentUnknown);
    }
    let number = number_of(input.iban.as_ref(), input.account.as_ref())?;
    let customer = CustomerRecord::load(gateway.store.as_ref(), &number)?;
    let customer = customer.ok_or(Refused::DebtorUnknown)?;
    let ask = Ask {
        chain: gateway.genesis().chain_id(),
        taker: *gateway.lei(),
        maker,
        uetr,
        source: debit.currency,
        target: credit.currency,
        fixed,
        bearer,
        debit: debit.id,
        credit: credit.id,
        party: customer.party,
        asked: LedgerTime::new(Gateway::now_ms()),
    };
    let ask = gateway.sign(Purpose::Settlement, Exchanging::Ask(ask))?;
    Ok(AskedQuote { ask, account: number, stage: Stage::Asked })
}

/// Asks the market maker in the background, until it answers or its time is over.
pub fn start(gateway: &Arc<Gateway>, record: AskedQuote) {
    tokio::spawn(drive(Arc::clone(gateway), record));
}

async fn drive(gateway: Arc<Gateway>, record: AskedQuote) {
    loop {
        match once(&gateway, &record).await {
            Ok(Some(stage)) => {
                let kept = AskedQuote { stage, ..record.clone() };
                let written = kept.writes().and_then(|writes| gateway.store.write(writes));
                match written {
                    Ok(()) => return,
                    Err(fault) => tracing::error!(%fault, "fx.asking"),
                }
            }
            Ok(None) => {}
            Err(fault) => tracing::info!(%fault, "fx.asking"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks once: what becomes of the quote, if anything.
async fn once(gateway: &Gateway, record: &AskedQuote) -> Result<Option<Stage>, AskError> {
    let ask = record.asked().map_err(GatewayFault::from)?;
    let now = LedgerTime::new(Gateway::now_ms());
    if ask.asked.after(PATIENCE_MS) <= now {
        return Ok(Some(Stage::Refused("no_answer".to_owned())));
    }
    let answer = tell(gateway, &record.ask).await?;
    Ok(Some(match &answer.value.said {
        Said::Quoted(quote) => match quote.answers(ask, scales(gateway, ask), now) {
            Ok(()) => Stage::Quoted(Box::new(answer)),
            Err(why) => Stage::Refused(why.code().to_owned()),
        },
        Said::Refused(code) => Stage::Refused(said(code.get()).code().to_owned()),
        Said::Granted(_) => return Err(AskError::NotItsAnswer),
    }))
}

/// What a market maker means by a code: an unknown one is only a no.
fn said(code: &str) -> FxRefused {
    FxRefused::from_code(code).unwrap_or(FxRefused::Withdrawn)
}

fn scales(gateway: &Gateway, ask: &Ask) -> (u8, u8) {
    let of = |currency| {
        let found = gateway.genesis().currencies.iter().find(|terms| terms.code == currency);
        found.map_or(0, |terms| terms.scale)
    };
    (of(ask.source), of(ask.target))
}

/// Says something to a market maker; its signed answer about the same quote.
async fn tell(
    gateway: &Gateway,
    signed: &Signed<Exchanging>,
) -> Result<Signed<ExchangingAnswer>, AskError> {
    let (chain, taker, maker, about) = signed.value.route();
    let route = (taker, maker, LegId::new(*about.get()));
    let answer: Signed<ExchangingAnswer> = peers::ask(gateway, route, INBOX, signed).await?;
    let about_this = answer.value.chain == chain && answer.value.ask == about;
    if about_this { Ok(answer) } else { Err(AskError::NotItsAnswer) }
}

/// Waits for a quote's answer.
///
/// # Errors
/// [`Refused::NotFound`]; faults.
pub async fn wait(
    gateway: &Gateway,
    id: &Hash32,
    patience: Duration,
) -> Result<AskedQuote, Refused> {
    let load = || AskedQuote::load(gateway.store.as_ref(), id);
    peers::answered(load, |record| matches!(record.stage, Stage::Asked), patience).await
}

/// Gets the market maker's clearance and consent for a quote that is in its time, and keeps them: a
/// quote for which that was done before needs nothing.
///
/// # Errors
/// [`FxRefused`]; faults. Nothing has moved, and the quote may be accepted again while it lasts.
pub async fn obtain(gateway: &Gateway, id: &Hash32, input: &FxAcceptInput) -> Result<(), Refused> {
    let record = AskedQuote::load(gateway.store.as_ref(), id)?.ok_or(Refused::NotFound)?;
    let quote = record.quote().ok_or(FxRefused::NotQuoted)?;
    shown_as(gateway, quote, input)?;
    let Stage::Quoted(offered) = &record.stage else { return Ok(()) };
    let ask = record.asked()?;
    if quote.terms.expires <= LedgerTime::new(Gateway::now_ms()) {
        return Err(FxRefused::Expired.into());
    }
    let (chain, taker, maker) = (ask.chain, ask.taker, ask.maker);
    let set = quote.set_hash(ask);
    let yes = gateway.sign(
        Purpose::Settlement,
        Exchanging::Accept(Yes { chain, taker, maker, ask: *id, set }),
    )?;
    let granted = match tell(gateway, &yes).await {
        Ok(granted) => granted,
        Err(AskError::Fault(fault)) => return Err(fault.into()),
        Err(fault) => {
            tracing::info!(%fault, quote = %id, "fx.obtain");
            return Err(FxRefused::Silent.into());
        }
    };
    match &granted.value.said {
        Said::Granted(grant) if lets_settle(gateway, (ask, quote), grant) => {}
        Said::Refused(code) => return Err(said(code.get()).into()),
        Said::Granted(_) | Said::Quoted(_) => return Err(FxRefused::Altered.into()),
    }
    // Whoever else got it in the meantime got the same.
    let _one_at_a_time = gateway.turns.all().await;
    let now = AskedQuote::load(gateway.store.as_ref(), id)?.ok_or(Refused::NotFound)?;
    if matches!(now.stage, Stage::Quoted(_)) {
        let anchored = anchors::pending(&row(ask, quote, &granted));
        let stage = Stage::Granted(offered.clone(), Box::new(granted));
        let mut writes = AskedQuote { stage, ..record.clone() }.writes()?;
        writes.push(anchored);
        gateway.store.write(writes)?;
    }
    Ok(())
}

/// Whether a quote is what its reader says that it saw.
fn shown_as(gateway: &Gateway, quote: &Quote, input: &FxAcceptInput) -> Result<(), Refused> {
    for (seen, money) in [(&input.gives, &quote.terms.gives), (&input.gets, &quote.terms.gets)] {
        let Some(seen) = seen else { continue };
        let currency = money.currency().code().to_owned();
        if parse_money(gateway, seen, &currency)? != *money {
            return Err(FxRefused::Altered.into());
        }
    }
    Ok(())
}

/// Whether a grant is the maker's clearance of its leg and its consent to this very set.
fn lets_settle(gateway: &Gateway, (ask, quote): (&Ask, &Quote), grant: &Grant) -> bool {
    let [_, back] = quote.legs(ask);
    let Some(entry) = gateway.directory.member(&ask.maker) else { return false };
    let by = |key, role| entry.keys.iter().any(|k| k.key == key && k.role == role);
    let Grant { gate, consent } = grant;
    let clears = gate.value.payment == back.payment.hash() && gate.claim().holds();
    let consents = consent.value.to == quote.set_hash(ask) && consent.claim().holds();
    clears && consents && by(gate.by.key, Role::Gate) && by(consent.by.key, Role::Settlement)
}

/// What settles a granted quote, and what must be on disk together with its command.
///
/// # Errors
/// [`FxRefused::Used`] when it was sent and had, or may yet have, an outcome; what the own gate says.
pub async fn settle(gateway: &Gateway, id: &Hash32) -> Result<(Command, AskedQuote), Refused> {
    let record = AskedQuote::load(gateway.store.as_ref(), id)?.ok_or(Refused::NotFound)?;
    if let Stage::Sent(_, _, command) = &record.stage
        && gateway.outcome(command, Duration::ZERO).await? != CommandOutcome::Expired
    {
        return Err(FxRefused::Used.into());
    }
    let (Stage::Granted(_, granted) | Stage::Sent(_, granted, _)) = &record.stage else {
        return Err(FxRefused::NotQuoted.into());
    };
    let Said::Granted(grant) = &granted.value.said else { return Err(StoreFault::Damaged.into()) };
    let ask = record.asked()?;
    let quote = record.quote().ok_or(FxRefused::NotQuoted)?;
    let now = LedgerTime::new(Gateway::now_ms());
    if quote.terms.settle_by <= now {
        return Err(FxRefused::Expired.into());
    }
    let legs = quote.legs(ask).to_vec();
    let own = clear(gateway, &record, quote, now)?;
    let gates = vec![own, grant.gate.clone()];
    let consents: Vec<Signed<Consent>> = vec![grant.consent.clone()];
    Ok((Command::Settle(Settle { legs, gates, consents }), record))
}

/// This bank's own clearance of the leg that it pays (K2).
fn clear(
    gateway: &Gateway,
    record: &AskedQuote,
    quote: &Quote,
    now: LedgerTime,
) -> Result<Signed<GateAttestation>, Refused> {
    let gate = gateway.gate.as_ref().ok_or(Refused::NotThisRole)?;
    let customer = CustomerRecord::load(gateway.store.as_ref(), &record.account)?;
    let customer = customer.ok_or(Refused::DebtorUnknown)?;
    let [there, _] = quote.legs(record.asked()?);
    let clearance = Clearance {
        payment: there.payment,
        debtor: customer.standing(),
        names: vec![customer.name.as_str()],
        now,
        expires: now.after(CLEARANCE_MS),
    };
    Ok(gate.admit(&clearance)?.into_parts().1)
}

/// The record once its command was signed.
#[must_use]
pub fn sent(record: AskedQuote, command: CommandId) -> AskedQuote {
    let stage = match record.stage {
        Stage::Granted(offered, granted) | Stage::Sent(offered, granted, _) => {
            Stage::Sent(offered, granted, command)
        }
        other => other,
    };
    AskedQuote { stage, ..record }
}

fn key(prefix: &[u8], id: &Hash32) -> Vec<u8> {
    [prefix, id.get()].concat()
}
