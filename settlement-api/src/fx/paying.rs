//! What was exchanged is paid: an ordinary payment that names its exchange.
//!
//! # Place      payments::intake -> [paying]
//! # Invariants R5 a payment names one settled exchange, pays all that was got for the same customer,
//! #            and says in its message what was ordered, at which rate, and who took what; one
//! #            payment spends an exchange, unless it was rejected

use iso20022::{Agent, ChargeBearer, CurrencyAmount, Pacs008, pacs008::Charge};
use ledger_core::{
    codec::decode,
    digest::Hash32,
    id::{LegId, Lei},
};

use super::{FxRefused, asking::AskedQuote, price::Bearer, quote::Terms};
use crate::{
    exceptions::messages::currency_amount,
    gateway::Gateway,
    outbox::stored,
    payments::record::{PaymentRecord, Stage},
    port::{StoreFault, Write},
    refused::Refused,
};

/// Legs of payments by the exchange that they spend.
const SPENT: &[u8] = b"fx/spent/";

/// The quote of a payment's exchange.
///
/// # Errors
/// [`Refused::Malformed`] when it is no id.
pub fn parse_quote(text: &str) -> Result<Hash32, Refused> {
    Hash32::from_hex(text).ok_or(Refused::Malformed("a quote is 64 lowercase hex digits"))
}

/// Says in a payment's message what was exchanged for it.
///
/// # Errors
/// [`Refused::NotFound`], [`FxRefused::NotSettled`], [`FxRefused::Mismatch`].
pub fn say(gateway: &Gateway, id: &Hash32, message: &mut Pacs008) -> Result<(), Refused> {
    let record = AskedQuote::load(gateway.store.as_ref(), id)?.ok_or(Refused::NotFound)?;
    if !record.is_settled(gateway)? {
        return Err(FxRefused::NotSettled.into());
    }
    let terms = &record.quote().ok_or(FxRefused::NotSettled)?.terms;
    let account = message.debtor_account.as_ref().map(iso20022::AccountId::identifier);
    let paid = &message.amount;
    let got = currency_amount(gateway, &terms.gets);
    if !paid.same_sum(&got) || account.as_deref() != Some(record.account.as_str()) {
        return Err(FxRefused::Mismatch.into());
    }
    let fee = currency_amount(gateway, &terms.fee);
    stated(message, terms, (currency_amount(gateway, &terms.source), fee));
    Ok(())
}

/// Instructed amount, rate, bearer and what was taken off.
fn stated(message: &mut Pacs008, terms: &Terms, (source, fee): (CurrencyAmount, CurrencyAmount)) {
    message.instructed_amount = Some(source);
    message.exchange_rate = Some(terms.rate.text());
    message.charge_bearer = match terms.bearer {
        Bearer::Debtor => ChargeBearer::Debtor,
        Bearer::Creditor => ChargeBearer::Creditor,
        Bearer::Shared => ChargeBearer::Shared,
    };
    // What the payer gave on top is no part of what it ordered.
    let taken_off = terms.bearer == Bearer::Creditor && !terms.fee.is_zero();
    message.charges = match taken_off {
        true => vec![Charge { amount: fee, agent: agent(&terms.maker) }],
        false => Vec::new(),
    };
}

fn agent(lei: &Lei) -> Agent {
    Agent { lei: Some(lei.text().to_owned()), ..Agent::default() }
}

/// What must be written for a payment to spend an exchange.
///
/// # Errors
/// [`FxRefused::Spent`] when another one does that was not rejected.
pub fn spend(gateway: &Gateway, id: &Hash32, leg: &LegId) -> Result<Write, Refused> {
    let key = [SPENT, id.get()].concat();
    if let Some(bytes) = gateway.store.get(&key)? {
        let before: LegId = decode(&bytes, LegId::LEN).map_err(|_| StoreFault::Damaged)?;
        let earlier = PaymentRecord::load(gateway.store.as_ref(), &before)?;
        let ended = earlier.is_none_or(|paid| matches!(paid.stage, Stage::Rejected(..)));
        if before != *leg && !ended {
            return Err(FxRefused::Spent.into());
        }
    }
    Ok(stored(key, leg))
}

#[cfg(test)]
mod tests {
    use iso20022::FIXTURE_PACS008;
    use ledger_core::{
        money::{Currency, Money},
        time::LedgerTime,
    };

    use super::*;
    use crate::fx::price::Rate;

    fn amount(currency: &str, text: &str) -> CurrencyAmount {
        CurrencyAmount { currency: currency.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn r5_the_message_says_what_was_ordered_at_which_rate_and_who_took_what() {
        let lei = |text| Lei::new(text).unwrap();
        let money = |code, minor| Money::new(Currency::new(code).unwrap(), minor);
        let terms = |bearer| Terms {
            ask: Hash32::ZERO,
            maker: lei("7LTWFZYICNSX8D621K86"),
            taker: lei("529900T8BM49AURSDO55"),
            gives: money("EUR", 1_000_000),
            gets: money("USD", 1_250_000),
            source: money("EUR", 1_000_000),
            rate: Rate::parse("1.2502").unwrap(),
            fee: money("EUR", 16),
            bearer,
            expires: LedgerTime::new(1),
            settle_by: LedgerTime::new(2),
        };
        for (bearer, code, charges) in [
            (Bearer::Debtor, "DEBT", 0),
            (Bearer::Shared, "SHAR", 0),
            (Bearer::Creditor, "CRED", 1),
        ] {
            let mut message = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
            let said = (amount("EUR", "10000.00"), amount("EUR", "0.16"));
            stated(&mut message, &terms(bearer), said);
            assert_eq!(message.check(), Ok(()), "{code}");
            let xml = message.to_xml();
            let judged = iso20022::check::check(xml.as_bytes(), None);
            assert!(judged.ok(), "{code}: {:?}", judged.errors);
            assert!(xml.contains(&format!("<ChrgBr>{code}</ChrgBr>")), "{xml}");
            assert!(xml.contains("<InstdAmt Ccy=\"EUR\">10000.00</InstdAmt>"), "{xml}");
            assert!(xml.contains("<XchgRate>1.2502</XchgRate>"), "{xml}");
            assert_eq!(xml.matches("<ChrgsInf>").count(), charges, "{code}");
        }
    }
}
