//! Facts that contracts may ask for: about accounts that the call names, about reserves, and where in the
//! chain the call is.
//!
//! # Place      natives -> [facts] -> draft
//! # Invariants V14 nothing changes; an account is asked about only where the call names it, one of another
//! #            member only for a truth that does not say why
//! # Absent     balances, limits, names of customers: no contract is told these

use move_like_vm::{
    runtime::{Stop, Value, native::Reply},
    status::Status,
};

use super::{
    ATTESTED_MS, EPOCH, HAS_LEVEL, HEIGHT, Host, IS_COVERED, IS_FROZEN, IS_MEMBER, MAY_BE_PAID,
    MAY_PAY, MEMBER_OF, account,
};
use crate::{
    draft::Draft,
    id::{AccountId, Lei},
    invoke::Part,
    issuance::Reserves,
    money::Currency,
    movement::stopped_fault,
    policy::{Purpose, forbids},
    record::{Name, Record},
    refusal::Refusal,
    time::LedgerTime,
    vault::Holder,
};

/// What is asked, of whom, by whom.
pub(super) struct Facts<'f, 'd> {
    draft: &'f Draft<'d>,
    reader: &'f Lei,
    parts: &'f [Part],
}

impl<'d> Host<'_, 'd> {
    pub(super) const fn facts(&self) -> Facts<'_, 'd> {
        Facts { draft: self.draft, reader: &self.reader, parts: self.parts }
    }
}

const fn truth(value: bool) -> Reply {
    Reply::Value(Value::Bool(value))
}

const fn number(value: u64) -> Reply {
    Reply::Value(Value::U64(value))
}

impl Facts<'_, '_> {
    /// Answers a question, or refuses it.
    ///
    /// # Errors
    /// [`Status::InternalTypeError`] for a question of another form: no module at `0x2` asks one.
    pub(super) fn answer(
        &self,
        question: u8,
        values: &[Value],
        bytes: &[Vec<u8>],
    ) -> Result<Result<Reply, Refusal>, Stop> {
        Ok(match (question, values, bytes) {
            (HEIGHT, [], []) => Ok(number(self.draft.moment.height.get())),
            (EPOCH, [], []) => Ok(number(self.epoch())),
            (MEMBER_OF, [holder], []) => self.member_of(account(holder)?),
            (IS_MEMBER, [Value::Empty], [entity]) => Ok(truth(self.is_member(entity))),
            (IS_COVERED, [Value::Empty], [code]) => self.is_covered(code).map(truth),
            (ATTESTED_MS, [Value::Empty], [code]) => self.attested_ms(code).map(number),
            (MAY_PAY, [holder, Value::Empty], [code]) => {
                self.may_move(account(holder)?, code, Purpose::Send).map(truth)
            }
            (MAY_BE_PAID, [holder, Value::Empty], [code]) => {
                self.may_move(account(holder)?, code, Purpose::Receive).map(truth)
            }
            (IS_FROZEN, [holder, Value::Empty], [code]) => {
                self.is_frozen(account(holder)?, code).map(truth)
            }
            (HAS_LEVEL, [holder, Value::Empty, Value::U8(least)], [code]) => {
                self.has_level(account(holder)?, code, *least).map(truth)
            }
            _ => return Err(Status::InternalTypeError.into()),
        })
    }

    fn epoch(&self) -> u64 {
        let height = self.draft.moment.height;
        match self.draft.get(&Name::Committee) {
            Some(Record::Committee(committee)) => committee.epochs().containing(height),
            _ => 0,
        }
    }

    fn member_of(&self, name: AccountId) -> Result<Reply, Refusal> {
        let part = self.parts.iter().find(|part| part.holder.name == name);
        let part = part.ok_or(Refusal::PayeeNotNamed)?;
        Ok(Reply::Bytes(part.holder.member.text().as_bytes().to_vec()))
    }

    fn is_member(&self, entity: &[u8]) -> bool {
        let lei = std::str::from_utf8(entity).ok().and_then(Lei::new);
        lei.is_some_and(|lei| self.draft.active_member(&lei).is_ok())
    }

    fn is_covered(&self, code: &[u8]) -> Result<bool, Refusal> {
        let currency = currency(code)?;
        let claims = self.draft.currency(currency)?.claims();
        let reserves = Reserves::of(self.draft, currency)?;
        Ok(claims <= reserves.backing(self.draft.now()).effective())
    }

    fn attested_ms(&self, code: &[u8]) -> Result<u64, Refusal> {
        let attested = Reserves::of(self.draft, currency(code)?)?.attested();
        Ok(attested.map_or(0, LedgerTime::get))
    }

    /// The account that the call names for a holder in a currency.
    fn named(&self, name: AccountId, code: &[u8]) -> Result<(Holder, Currency), Refusal> {
        let currency = currency(code)?;
        let mut parts = self.parts.iter();
        let part = parts.find(|part| part.holder.name == name && part.currency == currency);
        part.map(|part| (part.holder, currency)).ok_or(Refusal::PayeeNotNamed)
    }

    /// Whether it could take part in a payment, but for what it has and its limits.
    fn may_move(&self, name: AccountId, code: &[u8], purpose: Purpose) -> Result<bool, Refusal> {
        let (of, currency) = self.named(name, code)?;
        let faults = of.side(purpose).faults_in(self.draft, currency, self.reader);
        Ok(faults.iter().all(Option::is_none)
            && stopped_fault(self.draft, currency).is_none()
            && !forbids(self.draft, currency, purpose, &of.member, Some(&of.party)))
    }

    fn is_frozen(&self, name: AccountId, code: &[u8]) -> Result<bool, Refusal> {
        let (of, _) = self.named(name, code)?;
        if of.member != *self.reader {
            return Err(Refusal::NotYourAccount);
        }
        Ok(of.frozen_fault(self.draft, self.reader).is_some())
    }

    fn has_level(&self, name: AccountId, code: &[u8], least: u8) -> Result<bool, Refusal> {
        let (of, _) = self.named(name, code)?;
        let Some(Record::Party(party)) = self.draft.get(&Name::Party(of.party)) else {
            return Ok(false);
        };
        let stands = party.member == of.member && party.check(self.draft.now()).is_ok();
        Ok(stands && party.level.number() >= least)
    }
}

fn currency(code: &[u8]) -> Result<Currency, Refusal> {
    let code = std::str::from_utf8(code).ok().and_then(Currency::new);
    code.ok_or(Refusal::CurrencyUnknown)
}
