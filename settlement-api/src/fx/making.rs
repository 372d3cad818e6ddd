//! The market maker's side: it answers by its desk's rates, once for each ask, and lets one accepted
//! quote settle.
//!
//! # Place      [`super::asking`] of another member -> [making] -> its gate and settlement key
//! # Invariants R2 an offer is on disk before it is said, and the same ask gets the same offer; R4 what
//! #            is granted is exactly what was offered, in its time, and the grant is on disk first

use kyc_gateway::Clearance;
use ledger_core::{
    codec::{decode, encode},
    digest::Hash32,
    id::{LegId, Lei, Text},
    money::Money,
    receipt::Effect,
    settlement::Consent,
    signature::{Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use super::{
    FxRefused,
    price::{Conditions, Deal},
    quote::{Ask, Exchanging, ExchangingAnswer, Grant, Quote, Said, Terms, Yes},
    rates::Rates,
};
use crate::{
    anchors::{self, AnchoredMessage},
    customers::CustomerRecord,
    gateway::Gateway,
    keys::{Purpose, random_32},
    outbox::stored,
    payments::{delivery::Parcel, inbox},
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
};

const OFFER: &[u8] = b"fx/offer/";
/// Offers that may still be accepted, by taker and end.
const OPEN: &[u8] = b"fx/open/";
const MAX_OFFER: usize = 16_384;
/// Offers of one taker that may be open.
const MAX_OPEN: usize = 32;
/// Offers of one taker that are looked through: whoever has more of them kept is offered no more.
const MAX_KEPT: usize = 2_048;
/// How long an offer that nobody accepted is kept after its end, in milliseconds, so that whoever
/// accepts too late hears that it has expired.
const KEPT_MS: u64 = 600_000;
/// How long an accepted quote has to settle, in milliseconds.
const SETTLE_MS: u64 = 60_000;
/// How old an ask may be, and how far ahead of this gateway's clock.
const ASK_AGE_MS: u64 = 60_000;
const AHEAD_MS: u64 = 30_000;

/// A quote at the bank that offered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What was asked.
    pub ask: Signed<Exchanging>,
    /// The signed offer.
    pub offered: Signed<ExchangingAnswer>,
    /// The acceptance, and what lets it settle.
    pub granted: Option<(Signed<Exchanging>, Signed<ExchangingAnswer>)>,
    /// The number under which the bank is its own customer.
    pub account: String,
}

impl Offer {
    /// The ask and the quote.
    #[must_use]
    pub fn parts(&self) -> Option<(&Ask, &Quote)> {
        match (&self.ask.value, &self.offered.value.said) {
            (Exchanging::Ask(ask), Said::Quoted(quote)) => Some((ask, quote)),
            _ => None,
        }
    }

    /// An offer by the id of its quote.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, id: &Hash32) -> Result<Option<Self>, StoreFault> {
        match store.get(&key(id))? {
            Some(bytes) => decode(&bytes, MAX_OFFER).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }
}

/// Receives a parcel and answers it with a parcel.
///
/// # Errors
/// [`Refused`] when it is not for this bank, not by its sender, or about what does not exist here.
pub async fn receive(gateway: &Gateway, bytes: &[u8]) -> Result<Parcel, Refused> {
    let (parcel, sender, signed) = inbox::opened::<Exchanging>(gateway, bytes).await?;
    let (chain, from, to, about) = signed.value.route();
    let addressed = chain == gateway.genesis().chain_id()
        && (from, to, about.get()) == (parcel.from, parcel.to, parcel.leg.get());
    if !addressed {
        return Err(Refused::Malformed("what is asked and the parcel name different quotes"));
    }
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    let answer = {
        let _one_at_a_time = gateway.turns.all().await;
        match &signed.value {
            Exchanging::Ask(ask) => offer(gateway, ask, &signed)?,
            Exchanging::Accept(yes) => grant(gateway, yes, &signed)?,
        }
    };
    let route = (parcel.to, parcel.from, parcel.leg);
    Parcel::pack(route, &sender.encryption, &answer)
        .map_err(|_| Refused::Malformed("the sender's encryption key in the directory is unusable"))
}

/// Signs what this bank says about a quote.
fn say(gateway: &Gateway, ask: Hash32, said: Said) -> Result<Signed<ExchangingAnswer>, Refused> {
    let chain = gateway.genesis().chain_id();
    Ok(gateway.sign(Purpose::Settlement, ExchangingAnswer { chain, ask, said })?)
}

/// A no that the taker may read, or the fault that kept this bank from answering.
fn no(gateway: &Gateway, ask: Hash32, why: FxRefused) -> Result<Signed<ExchangingAnswer>, Refused> {
    tracing::info!(code = why.code(), quote = %ask, "fx.making");
    let code = Text::new(why.code()).ok_or(Refused::NotReady)?;
    say(gateway, ask, Said::Refused(code))
}

/// Answers an ask: by the offer that it got before, or by a new one.
fn offer(
    gateway: &Gateway,
    ask: &Ask,
    signed: &Signed<Exchanging>,
) -> Result<Signed<ExchangingAnswer>, Refused> {
    let store = gateway.store.as_ref();
    if let Some(known) = Offer::load(store, &ask.id())? {
        return Ok(known.offered);
    }
    let now = LedgerTime::new(Gateway::now_ms());
    let (open, mut writes) = open_of(store, &ask.taker, now)?;
    if open >= MAX_OPEN {
        return no(gateway, ask.id(), FxRefused::TooMany);
    }
    let made = match make(gateway, ask, now)? {
        Ok(made) => made,
        Err(why) => return no(gateway, ask.id(), why),
    };
    let (quote, account) = made;
    let expires = quote.terms.expires;
    let offered = say(gateway, ask.id(), Said::Quoted(Box::new(quote)))?;
    let record = Offer { ask: signed.clone(), offered: offered.clone(), granted: None, account };
    writes.push(stored(key(&ask.id()), &record));
    writes.push((open_key(&ask.taker, expires, &ask.id()), Some(Vec::new())));
    store.write(writes)?;
    Ok(offered)
}

/// A quote by the desk's rates, or why there is none.
fn make(
    gateway: &Gateway,
    ask: &Ask,
    now: LedgerTime,
) -> Result<Result<(Quote, String), FxRefused>, Refused> {
    let fresh = ask.asked.after(ASK_AGE_MS) > now && ask.asked <= now.after(AHEAD_MS);
    let scale = |currency| {
        let found = gateway.genesis().currencies.iter().find(|terms| terms.code == currency);
        found.map(|terms| terms.scale)
    };
    let rates = Rates::of(gateway.store.as_ref(), (ask.source, ask.target), now)?;
    let direction = rates.as_ref().and_then(|rates| Some((rates, rates.direction(ask.source)?)));
    let accounts = gateway.account(ask.target).zip(gateway.account(ask.source));
    let scales = scale(ask.source).zip(scale(ask.target));
    let (Some((rates, direction)), Some((debit, credit)), Some(scales), true) =
        (direction, accounts, scales, fresh)
    else {
        return Ok(Err(FxRefused::Unavailable));
    };
    let house = CustomerRecord::load(gateway.store.as_ref(), &rates.account)?;
    let Some(house) = house else { return Ok(Err(FxRefused::Unavailable)) };
    let (source_scale, target_scale) = scales;
    let (rate, fee, bearer) = (direction.rate, direction.fee, ask.bearer);
    let conditions = Conditions { rate, fee, bearer, source_scale, target_scale };
    let deal = conditions.deal(ask.fixed).and_then(|deal| {
        direction.check(deal.source, deal.gets)?;
        Ok(deal)
    });
    let Deal { gives, source, gets, .. } = match deal {
        Ok(deal) => deal,
        Err(why) => return Ok(Err(why)),
    };
    let expires = now.after(rates.quote_ms).min(rates.until);
    let terms = Terms {
        ask: ask.id(),
        maker: ask.maker,
        taker: ask.taker,
        gives: Money::new(ask.source, gives),
        gets: Money::new(ask.target, gets),
        source: Money::new(ask.source, source),
        rate,
        fee: Money::new(ask.source, fee),
        bearer,
        expires,
        settle_by: expires.after(SETTLE_MS),
    };
    let (debit, credit) = (debit.id, credit.id);
    let quote = Quote { terms, salt: random_32(), debit, credit, party: house.party };
    Ok(Ok((quote, rates.account.clone())))
}

/// Answers an acceptance: clearance and consent for exactly what was offered, once and in time.
fn grant(
    gateway: &Gateway,
    yes: &Yes,
    signed: &Signed<Exchanging>,
) -> Result<Signed<ExchangingAnswer>, Refused> {
    let store = gateway.store.as_ref();
    let offer = Offer::load(store, &yes.ask)?;
    let found = offer.as_ref().and_then(|offer| Some((offer, offer.parts()?)));
    let Some((offer, (ask, quote))) = found.filter(|(_, (ask, _))| ask.taker == yes.taker) else {
        return Err(Refused::NotFound);
    };
    if quote.set_hash(ask) != yes.set {
        return no(gateway, yes.ask, FxRefused::Altered);
    }
    if let Some((_, granted)) = &offer.granted {
        return Ok(granted.clone());
    }
    let now = LedgerTime::new(Gateway::now_ms());
    if quote.terms.expires <= now {
        return no(gateway, yes.ask, FxRefused::Expired);
    }
    let [there, _] = quote.legs(ask);
    if gateway.view.leg_effect(&there.payment.leg.id(), Effect::Settled)?.is_some() {
        // Something else has settled under its UETR: this cannot.
        return no(gateway, yes.ask, FxRefused::Withdrawn);
    }
    let grant = match clear(gateway, (ask, quote), &offer.account, now)? {
        Some(grant) => grant,
        None => return no(gateway, yes.ask, FxRefused::Withdrawn),
    };
    let granted = say(gateway, yes.ask, Said::Granted(Box::new(grant)))?;
    let record = Offer { granted: Some((signed.clone(), granted.clone())), ..offer.clone() };
    store.write(vec![
        stored(key(&yes.ask), &record),
        (open_key(&ask.taker, quote.terms.expires, &yes.ask), None),
        anchors::pending(&row(ask, quote, &granted)),
    ])?;
    Ok(granted)
}

/// An exchange's row in an anchor, at both banks: the quote's identity stands in the place of a leg's.
#[must_use]
pub fn row(ask: &Ask, quote: &Quote, granted: &Signed<ExchangingAnswer>) -> AnchoredMessage {
    let [leg, _] = quote.legs(ask);
    AnchoredMessage {
        leg: LegId::new(*ask.id().get()),
        message: leg.payment.message,
        answer: granted.value.digest(),
        at: Gateway::now_ms(),
    }
}

/// The maker's clearance of the leg that it pays and its consent to both; nothing where its own gate
/// says no.
fn clear(
    gateway: &Gateway,
    (ask, quote): (&Ask, &Quote),
    account: &str,
    now: LedgerTime,
) -> Result<Option<Grant>, Refused> {
    let gate = gateway.gate.as_ref().ok_or(Refused::NotThisRole)?;
    let Some(house) = CustomerRecord::load(gateway.store.as_ref(), account)? else {
        return Ok(None);
    };
    let [_, back] = quote.legs(ask);
    let expires = quote.terms.settle_by;
    let clearance = Clearance {
        payment: back.payment,
        debtor: house.standing(),
        names: vec![house.name.as_str()],
        now,
        expires,
    };
    let cleared = match gate.admit(&clearance) {
        Ok(admitted) => admitted.into_parts().1,
        Err(kyc_gateway::GateRefusal::Signer(fault)) => {
            return Err(Refused::Gate(kyc_gateway::GateRefusal::Signer(fault)));
        }
        Err(refusal) => {
            tracing::info!(%refusal, "fx.making.gate");
            return Ok(None);
        }
    };
    let consent =
        gateway.sign(Purpose::Settlement, Consent { to: quote.set_hash(ask), expires })?;
    Ok(Some(Grant { gate: cleared, consent }))
}

/// How many offers of a taker are open, and what must be deleted of those that ended long ago.
fn open_of(
    store: &dyn KeyValue,
    taker: &Lei,
    now: LedgerTime,
) -> Result<(usize, Vec<Write>), StoreFault> {
    let prefix = [OPEN, encode(taker).as_slice()].concat();
    let found = store.scan(&prefix, MAX_KEPT)?;
    let (mut open, mut gone) = (if found.len() < MAX_KEPT { 0 } else { MAX_OPEN }, Vec::new());
    for (row, _) in found {
        let rest = row.get(prefix.len()..).and_then(|rest| rest.split_first_chunk::<8>());
        let Some((end, id)) = rest else { return Err(StoreFault::Damaged) };
        let end = LedgerTime::new(u64::from_be_bytes(*end));
        if end > now {
            open = open.saturating_add(1);
        } else if end.after(KEPT_MS) <= now {
            gone.push(([OFFER, id].concat(), None));
            gone.push((row, None));
        }
    }
    Ok((open, gone))
}

fn key(id: &Hash32) -> Vec<u8> {
    [OFFER, id.get()].concat()
}

fn open_key(taker: &Lei, expires: LedgerTime, id: &Hash32) -> Vec<u8> {
    [OPEN, encode(taker).as_slice(), &expires.get().to_be_bytes(), id.get()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::MemoryStore;

    #[test]
    fn r2_open_offers_of_a_bank_are_counted_and_forgotten_some_time_after_their_end() {
        let store = MemoryStore::default();
        let lei = |text| Lei::new(text).unwrap();
        let (taker, other) = (lei("529900T8BM49AURSDO55"), lei("7LTWFZYICNSX8D621K86"));
        let rows = [(&taker, 10, 1), (&taker, 20, 2), (&taker, 30, 3), (&other, 30, 4)];
        for (taker, end, id) in rows {
            let id = Hash32::new([id; 32]);
            let row = (open_key(taker, LedgerTime::new(end), &id), Some(Vec::new()));
            store.write(vec![row, (key(&id), Some(vec![1]))]).unwrap();
        }
        let at = |now| open_of(&store, &taker, LedgerTime::new(now)).unwrap();
        assert_eq!((at(9).0, at(10).0, at(20).0, at(30).0), (3, 2, 1, 0));
        assert!(at(KEPT_MS + 9).1.is_empty());
        let (_, gone) = at(KEPT_MS + 20);
        assert_eq!(gone.len(), 4, "two rows and their offers");
        store.write(gone).unwrap();
        assert_eq!(store.scan(OFFER, 9).unwrap().len(), 2);
        assert_eq!(at(9).0, 1);
    }
}
