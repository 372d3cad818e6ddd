//! What two gateways sign about an exchange.
//!
//! # Invariants R2 terms name both banks, both amounts, the rate, the fee and the time, and the payments
//! #            of both legs commit to them; R4 the taker checks that they follow from what it asked

use ledger_core::{
    codec::encode,
    command::{GateAttestation, Payment},
    digest::{Domain, Hash32},
    id::{AccountId, ChainId, Leg, Lei, MessageKind, PartyId, Text, Uetr},
    money::{Currency, Money},
    settlement::{Consent, SetLeg},
    signature::{Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use super::{
    FxRefused,
    price::{Bearer, Conditions, Deal, Fixed, Rate},
};
use crate::payments::delivery::commitment;

/// A bank asks a market maker for a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The network.
    pub chain: ChainId,
    /// Who asks.
    pub taker: Lei,
    /// Who is asked.
    pub maker: Lei,
    /// Of both legs.
    pub uetr: Uetr,
    /// What is given.
    pub source: Currency,
    /// What is got.
    pub target: Currency,
    /// The amount that is fixed.
    pub fixed: Fixed,
    /// Who bears the maker's fee.
    pub bearer: Bearer,
    /// The taker's account that gives.
    pub debit: AccountId,
    /// The taker's account that gets.
    pub credit: AccountId,
    /// The taker's customer on whose behalf.
    pub party: PartyId,
    /// When, by the taker's clock.
    pub asked: LedgerTime,
}

impl Ask {
    /// The identity of the quote that it asks for, the same at both banks.
    #[must_use]
    pub fn id(&self) -> Hash32 {
        Exchanging::Ask(self.clone()).digest()
    }
}

/// What is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The ask that is answered.
    pub ask: Hash32,
    /// Who offers.
    pub maker: Lei,
    /// To whom.
    pub taker: Lei,
    /// What the taker gives, with what it bears of the fee.
    pub gives: Money,
    /// What it gets.
    pub gets: Money,
    /// What the payer ordered in the source currency.
    pub source: Money,
    /// How many of the target currency one of the source currency buys.
    pub rate: Rate,
    /// The maker's fee, in the source currency.
    pub fee: Money,
    /// Who bears it.
    pub bearer: Bearer,
    /// Until when it can be accepted.
    pub expires: LedgerTime,
    /// Until when it can settle once it was accepted.
    pub settle_by: LedgerTime,
}

/// A quote: terms, and all that makes two legs of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// What is offered.
    pub terms: Terms,
    /// Opens the legs' commitment to the terms.
    pub salt: Hash32,
    /// The maker's account that gives.
    pub debit: AccountId,
    /// The maker's account that gets.
    pub credit: AccountId,
    /// The maker's customer: itself, as it is registered.
    pub party: PartyId,
}

impl Quote {
    /// The two legs, the taker's first.
    #[must_use]
    pub fn legs(&self, ask: &Ask) -> [SetLeg; 2] {
        let Terms { gives, gets, .. } = self.terms;
        let message = commitment(&self.salt, &encode(&self.terms));
        let leg = |instructing, instructed| Leg {
            instructing,
            uetr: ask.uetr,
            kind: MessageKind::Pacs009,
            instructed,
        };
        let (taker, maker) = (ask.taker, ask.maker);
        let (there, back) = (leg(taker, maker), leg(maker, taker));
        let (debit, debtor) = (ask.debit, ask.party);
        let given = Payment { leg: there, debit, debtor, money: gives, message };
        let (debit, debtor) = (self.debit, self.party);
        let got = Payment { leg: back, debit, debtor, money: gets, message };
        [
            SetLeg { payment: given, credit: self.credit, creditor: self.party },
            SetLeg { payment: got, credit: ask.credit, creditor: ask.party },
        ]
    }

    /// What consents to the two legs name.
    #[must_use]
    pub fn set_hash(&self, ask: &Ask) -> Hash32 {
        Domain::Set.hash_of(&self.legs(ask).to_vec())
    }

    /// Whether the quote answers the ask, and its amounts follow from its own rate and fee (R1).
    ///
    /// # Errors
    /// [`FxRefused::Altered`]; [`FxRefused::Expired`] when its time is over already.
    pub fn answers(&self, ask: &Ask, scales: (u8, u8), now: LedgerTime) -> Result<(), FxRefused> {
        let Terms { ref gives, ref gets, ref source, ref fee, rate, .. } = self.terms;
        let (source_scale, target_scale) = scales;
        let rate = rate.checked().ok_or(FxRefused::Altered)?;
        let (fee, fee_currency) = (fee.minor(), fee.currency());
        let conditions = Conditions { rate, fee, bearer: ask.bearer, source_scale, target_scale };
        let deal = conditions.deal(ask.fixed).map_err(|_| FxRefused::Altered)?;
        let Deal { gives: given, source: ordered, gets: got, .. } = deal;
        let same = self.terms.ask == ask.id()
            && (self.terms.maker, self.terms.taker) == (ask.maker, ask.taker)
            && self.terms.bearer == ask.bearer
            && *gives == Money::new(ask.source, given)
            && *source == Money::new(ask.source, ordered)
            && *gets == Money::new(ask.target, got)
            && fee_currency == ask.source
            && self.terms.expires <= self.terms.settle_by;
        match same {
            false => Err(FxRefused::Altered),
            true if self.terms.expires <= now => Err(FxRefused::Expired),
            true => Ok(()),
        }
    }
}

/// A bank accepts a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yes {
    /// The network.
    pub chain: ChainId,
    /// Who accepts.
    pub taker: Lei,
    /// Whose quote.
    pub maker: Lei,
    /// The ask that it answered.
    pub ask: Hash32,
    /// Hash of both legs, and so of everything that they commit to.
    pub set: Hash32,
}

/// What a bank says to a market maker. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exchanging {
    /// It asks for a quote.
    Ask(Ask),
    /// It accepts one.
    Accept(Yes),
}

impl Statement for Exchanging {
    fn domain(&self) -> Domain {
        Domain::Exchanging
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl Exchanging {
    /// Network, who says it, to whom, and about which quote.
    #[must_use]
    pub fn route(&self) -> (ChainId, Lei, Lei, Hash32) {
        match self {
            Self::Ask(ask) => (ask.chain, ask.taker, ask.maker, ask.id()),
            Self::Accept(yes) => (yes.chain, yes.taker, yes.maker, yes.ask),
        }
    }
}

/// What lets an accepted quote settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The maker's gate cleared the leg that it pays.
    pub gate: Signed<GateAttestation>,
    /// The maker consents to both legs.
    pub consent: Signed<Consent>,
}

/// What a market maker says. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// An offer.
    Quoted(Box<Quote>),
    /// No offer, or it does not count: a stable code.
    Refused(Text),
    /// An accepted quote may settle.
    Granted(Box<Grant>),
}

/// A market maker's answer about a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangingAnswer {
    /// The network.
    pub chain: ChainId,
    /// The quote.
    pub ask: Hash32,
    /// What it says.
    pub said: Said,
}

impl Statement for ExchangingAnswer {
    fn domain(&self) -> Domain {
        Domain::ExchangingAnswer
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lei(text: &str) -> Lei {
        Lei::new(text).unwrap()
    }

    fn money(code: &str, minor: u128) -> Money {
        Money::new(Currency::new(code).unwrap(), minor)
    }

    fn ask() -> Ask {
        Ask {
            chain: ChainId::new([7; 32]),
            taker: lei("529900T8BM49AURSDO55"),
            maker: lei("7LTWFZYICNSX8D621K86"),
            uetr: Uetr::from_hex("8a562c67ca1648bab07465581be6f011").unwrap(),
            source: Currency::new("USD").unwrap(),
            target: Currency::new("EUR").unwrap(),
            fixed: Fixed::Source(10_000),
            bearer: Bearer::Debtor,
            debit: AccountId::new([1; 32]),
            credit: AccountId::new([2; 32]),
            party: PartyId::new([3; 32]),
            asked: LedgerTime::new(1_000),
        }
    }

    fn quote() -> Quote {
        let ask = ask();
        let terms = Terms {
            ask: ask.id(),
            maker: ask.maker,
            taker: ask.taker,
            gives: money("USD", 10_150),
            gets: money("EUR", 9_200),
            source: money("USD", 10_000),
            rate: Rate::parse("0.92").unwrap(),
            fee: money("USD", 150),
            bearer: Bearer::Debtor,
            expires: LedgerTime::new(5_000),
            settle_by: LedgerTime::new(65_000),
        };
        Quote {
            terms,
            salt: Hash32::new([9; 32]),
            debit: AccountId::new([4; 32]),
            credit: AccountId::new([5; 32]),
            party: PartyId::new([6; 32]),
        }
    }

    #[test]
    fn r2_both_legs_commit_to_the_terms_and_nothing_else_has_their_hash() {
        let [there, back] = quote().legs(&ask());
        assert_eq!(there.payment.money, money("USD", 10_150));
        assert_eq!(back.payment.money, money("EUR", 9_200));
        assert_ne!(there.payment.leg.id(), back.payment.leg.id());
        assert_eq!(there.payment.message, back.payment.message);
        assert_eq!(
            (there.credit, back.payment.debit),
            (AccountId::new([5; 32]), AccountId::new([4; 32]))
        );
        let hash = quote().set_hash(&ask());
        let changes: [fn(&mut Quote); 8] = [
            |q| q.terms.gives = money("USD", 10_149),
            |q| q.terms.gets = money("EUR", 9_201),
            |q| q.terms.rate = Rate::parse("0.93").unwrap(),
            |q| q.terms.fee = money("USD", 0),
            |q| q.terms.settle_by = LedgerTime::new(65_001),
            |q| q.salt = Hash32::ZERO,
            |q| q.debit = AccountId::new([8; 32]),
            |q| q.party = PartyId::new([8; 32]),
        ];
        for (row, change) in changes.iter().enumerate() {
            let mut changed = quote();
            change(&mut changed);
            assert_ne!(changed.set_hash(&ask()), hash, "row {row}");
        }
    }

    #[test]
    fn r4_a_quote_counts_when_it_answers_what_was_asked_and_adds_up_and_its_time_is_not_over() {
        let now = LedgerTime::new(4_999);
        assert_eq!(quote().answers(&ask(), (2, 2), now), Ok(()));
        let late = quote().answers(&ask(), (2, 2), LedgerTime::new(5_000));
        assert_eq!(late, Err(FxRefused::Expired));
        let changes: [fn(&mut Quote); 11] = [
            |q| q.terms.ask = Hash32::ZERO,
            |q| q.terms.maker = q.terms.taker,
            |q| q.terms.taker = q.terms.maker,
            |q| q.terms.gives = money("USD", 10_151),
            |q| q.terms.gives = money("EUR", 10_150),
            |q| q.terms.gets = money("EUR", 9_199),
            |q| q.terms.source = money("USD", 10_150),
            |q| q.terms.rate = Rate::parse("0.91").unwrap(),
            |q| q.terms.fee = money("USD", 151),
            |q| q.terms.fee = money("EUR", 150),
            |q| q.terms.bearer = Bearer::Shared,
        ];
        for (row, change) in changes.iter().enumerate() {
            let mut changed = quote();
            change(&mut changed);
            assert_eq!(changed.answers(&ask(), (2, 2), now), Err(FxRefused::Altered), "row {row}");
        }
        assert_eq!(quote().answers(&ask(), (2, 0), now), Err(FxRefused::Altered), "other decimals");
        let other = Ask { fixed: Fixed::Source(10_001), ..ask() };
        assert_eq!(quote().answers(&other, (2, 2), now), Err(FxRefused::Altered), "another ask");
        let mut backwards = quote();
        backwards.terms.settle_by = LedgerTime::new(4_999);
        assert_eq!(backwards.answers(&ask(), (2, 2), now), Err(FxRefused::Altered));
    }
}
