//! camt.053 and camt.052 of a day, and the same as JSON.
//!
//! # Invariants S3 an entry carries the payment's UETR and a bank transaction code of the external
//! #            list; closing block and state root stand in words, never in supplementary data

use iso20022::{
    CurrencyAmount, Pacs008, Party,
    view::{Balance, Camt052, Camt053, Line},
};
use ledger_core::{
    digest::Hash32,
    id::{CommandId, Leg, MessageKind},
    money::Money,
    time::{Height, LedgerTime},
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use super::{
    book::{Booking, BookingKind, Way},
    day::{DayOfAccount, begin, end},
    requests,
};
use crate::{
    exceptions::messages::{DATE, fresh_reference},
    gateway::Gateway,
    headed::{Route, instant, written},
    openapi::text,
    payments::{
        inbox::InboxRecord,
        message,
        record::{PaymentRecord, Stage},
    },
    port::StoreFault,
    refused::Refused,
};

/// Entries of one page of a statement.
pub const PAGE: usize = 5_000;
/// Characters of an account's address or a command's id that fit a reference of ISO 20022.
const REFERENCE: usize = 32;

/// A bank transaction code: domain, family, sub-family, and a word of ours where the list has none.
#[must_use]
pub const fn code(kind: BookingKind, way: Way) -> [&'static str; 4] {
    match (kind, way) {
        (BookingKind::Payment, Way::Debit) => ["PMNT", "ICDT", "DMCT", ""],
        (BookingKind::Payment, Way::Credit) => ["PMNT", "RCDT", "DMCT", ""],
        (BookingKind::InstitutionPayment, Way::Debit) => ["PMNT", "ICDT", "FICT", ""],
        (BookingKind::InstitutionPayment, Way::Credit) => ["PMNT", "RCDT", "FICT", ""],
        (BookingKind::Return, Way::Debit) => ["PMNT", "ICDT", "RRTN", ""],
        (BookingKind::Return, Way::Credit) => ["PMNT", "RCDT", "RRTN", ""],
        (BookingKind::Move, Way::Debit) => ["PMNT", "ICDT", "BOOK", ""],
        (BookingKind::Move, Way::Credit) => ["PMNT", "RCDT", "BOOK", ""],
        (BookingKind::Mint, Way::Credit) => ["PMNT", "MCOP", "OTHR", "MINT"],
        (BookingKind::Mint, Way::Debit) => ["PMNT", "MDOP", "OTHR", "MINT"],
        (BookingKind::Burn, Way::Debit) => ["PMNT", "MDOP", "OTHR", "BURN"],
        (BookingKind::Burn, Way::Credit) => ["PMNT", "MCOP", "OTHR", "BURN"],
        (BookingKind::Seizure, Way::Debit) => ["PMNT", "MDOP", "OTHR", "SEIZURE"],
        (BookingKind::Seizure, Way::Credit) => ["PMNT", "MCOP", "OTHR", "SEIZURE"],
        (BookingKind::Contract, Way::Debit) => ["PMNT", "MDOP", "OTHR", "CONTRACT"],
        (BookingKind::Contract, Way::Credit) => ["PMNT", "MCOP", "OTHR", "CONTRACT"],
    }
}

/// A statement as JSON shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatementReport {
    /// The account's address.
    #[schema(value_type = text::Id)]
    pub account: String,
    /// What it holds.
    #[schema(value_type = text::CurrencyCode)]
    pub currency: String,
    /// The day, UTC.
    #[schema(value_type = text::Day)]
    pub date: String,
    /// The number of the statement: each day has the next.
    pub sequence: u64,
    /// The page that is shown, counted from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
    /// What the account held when the day began, held and locked money included.
    #[schema(value_type = text::Sum)]
    pub opening: String,
    /// What it held when the day ended, or by now.
    #[schema(value_type = text::Sum)]
    pub closing: String,
    /// What can be spent by now; only of the day so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Sum>)]
    pub available: Option<String>,
    /// In ledger order.
    pub entries: Vec<EntryReport>,
    /// The block of the last booking up to the closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing_block: Option<BlockReport>,
    /// The block at which the account's journal was compared with its proved record.
    pub compared: BlockReport,
}

/// A block.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlockReport {
    /// Its height.
    pub height: u64,
    /// The state root after it; absent where no receipt of this institution shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Id>)]
    pub state_root: Option<String>,
}

/// An entry.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryReport {
    /// Height of its block and place among the account's movements there, such as `4711.0`.
    pub reference: String,
    /// `credit` or `debit`.
    pub direction: &'static str,
    /// Decimal text.
    #[schema(value_type = text::Amount)]
    pub amount: String,
    /// Bank transaction code, such as `PMNT/RCDT/DMCT`.
    pub code: String,
    /// When it was booked.
    #[schema(value_type = text::Time)]
    pub booked: String,
    /// The payment's UETR.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Uetr>)]
    pub uetr: Option<String>,
    /// The debtor's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<String>,
    /// The request that a mint or a burn served: the command by which this bank asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Id>)]
    pub request: Option<String>,
    /// The command whose receipt proves it.
    #[schema(value_type = text::Id)]
    pub command_id: String,
}

/// A page of a day, ready to be written in any form.
pub struct Page<'a> {
    gateway: &'a Gateway,
    day: &'a DayOfAccount,
    page: usize,
    pages: usize,
    entries: &'a [Booking],
}

impl<'a> Page<'a> {
    /// The page with this number, counted from 1.
    ///
    /// # Errors
    /// [`Refused::NotFound`].
    pub fn of(gateway: &'a Gateway, day: &'a DayOfAccount, page: usize) -> Result<Self, Refused> {
        let pages = day.entries.len().div_ceil(PAGE).max(1);
        let from = page.checked_sub(1).and_then(|before| before.checked_mul(PAGE));
        let from = from.filter(|_| page <= pages).ok_or(Refused::NotFound)?;
        let to = from.saturating_add(PAGE).min(day.entries.len());
        let entries = day.entries.get(from..to).unwrap_or_default();
        Ok(Self { gateway, day, page, pages, entries })
    }

    fn text(&self, minor: u128) -> String {
        let money = Money::new(self.day.currency, minor);
        amount(self.gateway.genesis(), &money).unwrap_or_default()
    }

    fn money(&self, minor: u128) -> CurrencyAmount {
        CurrencyAmount { currency: self.day.currency.code().to_owned(), text: self.text(minor) }
    }

    fn date(&self) -> String {
        date(begin(self.day.day))
    }

    /// As JSON.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn report(&self) -> Result<StatementReport, StoreFault> {
        let day = self.day;
        let entries = self.entries.iter().map(|booking| self.entry(booking));
        Ok(StatementReport {
            account: day.account.to_hex(),
            currency: day.currency.code().to_owned(),
            date: self.date(),
            sequence: day.sequence,
            page: self.page,
            pages: self.pages,
            opening: self.text(day.opening),
            closing: self.text(day.closing),
            available: day.available.map(|minor| self.text(minor)),
            entries: entries.collect::<Result<_, _>>()?,
            closing_block: day.last.map(|(height, root)| block(height, root)),
            compared: block(day.compared.height, Some(day.compared.state_root)),
        })
    }

    fn entry(&self, booking: &Booking) -> Result<EntryReport, StoreFault> {
        let [domain, family, sub_family, _] = code(booking.kind, booking.way);
        Ok(EntryReport {
            reference: reference(booking),
            direction: match booking.way {
                Way::Debit => "debit",
                Way::Credit => "credit",
            },
            amount: self.text(booking.minor),
            code: format!("{domain}/{family}/{sub_family}"),
            booked: rfc3339(booking.at),
            uetr: booking.leg.map(|leg| leg.uetr.to_text()),
            end_to_end_id: self.told(booking)?.map(|told| told.end_to_end_id),
            request: self.request(booking)?.map(|request| request.to_hex()),
            command_id: booking.command.to_hex(),
        })
    }

    fn request(&self, booking: &Booking) -> Result<Option<CommandId>, StoreFault> {
        match booking.kind {
            BookingKind::Mint | BookingKind::Burn => {
                requests::behind(&self.gateway.view, &booking.command)
            }
            _ => Ok(None),
        }
    }

    fn told(&self, booking: &Booking) -> Result<Option<Pacs008>, StoreFault> {
        booking.leg.map_or(Ok(None), |leg| told(self.gateway, &leg))
    }

    fn line(&self, booking: &Booking) -> Result<Line, StoreFault> {
        let [domain, family, sub_family, own] = code(booking.kind, booking.way);
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let told = self.told(booking)?;
        let name = |of: fn(&Pacs008) -> Option<&Party>| {
            told.as_ref().and_then(of).and_then(|party| party.name.clone())
        };
        Ok(Line {
            reference: Some(reference(booking)),
            amount: self.money(booking.minor),
            direction: direction(booking.way).to_owned(),
            status: some("BOOK"),
            booked: Some(date(booking.at)),
            value: Some(date(booking.at)),
            servicer_reference: Some(short(&booking.command.to_hex())),
            domain: some(domain),
            family: some(family),
            sub_family: some(sub_family),
            proprietary: some(own),
            end_to_end_id: told.as_ref().map(|told| told.end_to_end_id.clone()),
            owner_reference: self.request(booking)?.map(|request| short(&request.to_hex())),
            uetr: booking.leg.map(|leg| leg.uetr.to_text()),
            instruction_id: told.as_ref().and_then(|told| told.instr_id.clone()),
            tx_id: told.as_ref().and_then(|told| told.tx_id.clone()),
            debtor: name(|told| Some(&told.debtor)),
            ultimate_debtor: name(|told| told.ultimate_debtor.as_ref()),
            creditor: name(|told| Some(&told.creditor)),
            ultimate_creditor: name(|told| told.ultimate_creditor.as_ref()),
            purpose: told.as_ref().and_then(|told| told.purpose.clone()),
            remittance: told.as_ref().map(|told| told.remittance.clone()).unwrap_or_default(),
            structured: told.map(|told| told.structured).unwrap_or_default(),
        })
    }

    fn lines(&self) -> Result<Vec<Line>, StoreFault> {
        self.entries.iter().map(|booking| self.line(booking)).collect()
    }

    fn balance(&self, code: &str, minor: u128, date: String) -> Balance {
        Balance {
            code: Some(code.to_owned()),
            proprietary: None,
            subtype: None,
            amount: self.money(minor),
            direction: "CRDT".to_owned(),
            date: Some(date),
            instant: None,
        }
    }

    /// A balance of the whole statement, which is an interim one but on the page where it belongs.
    fn of_pages(&self, balance: Balance, page: usize) -> Balance {
        let subtype = (self.page != page).then(|| "INTM".to_owned());
        Balance { subtype, ..balance }
    }

    fn id(&self) -> String {
        let account = self.day.account.to_hex();
        let account: String = account.chars().take(16).collect();
        format!("{account}-{}-{}", self.day.day, self.page)
    }

    /// Blocks in words: a profile of correspondents has no other place for them.
    fn information(&self) -> String {
        let mark = |height: Height, root: Option<Hash32>| match root {
            Some(root) => format!("height {height} state root {root}"),
            None => format!("height {height}"),
        };
        let closing = self.day.last.map(|(height, root)| mark(height, root));
        let closing = closing.map_or_else(String::new, |at| format!("closing block: {at}; "));
        let compared = &self.day.compared;
        let compared = mark(compared.height, Some(compared.state_root));
        format!("{closing}compared with the proved balance at {compared}")
    }

    /// As a camt.053, of a day that is over.
    ///
    /// # Errors
    /// [`Refused::Rules`]; faults of the store.
    pub fn camt053(&self) -> Result<Vec<u8>, Refused> {
        let day = self.day;
        let (id, created) = (self.id(), instant(LedgerTime::new(day.made)));
        let message = Camt053 {
            msg_id: id.clone(),
            created: created.clone(),
            id: id.clone(),
            page: Some(self.page.to_string()),
            last_page: Some((self.page == self.pages).to_string()),
            sequence: Some(day.sequence.to_string()),
            from: Some(instant(begin(day.day))),
            to: Some(instant(LedgerTime::new(end(day.day).get().saturating_sub(1_000)))),
            iban: None,
            other_account: Some(short(&day.account.to_hex())),
            currency: Some(day.currency.code().to_owned()),
            servicer: None,
            balances: vec![
                self.of_pages(self.balance("OPBD", day.opening, self.date()), 1),
                self.of_pages(self.balance("CLBD", day.closing, self.date()), self.pages),
            ],
            entries: self.lines()?,
            servicer_lei: None,
            information: Some(self.information()),
        };
        written(&Route::home(self.gateway), (&id, &created), &message)
    }

    /// As a camt.052, of the day so far.
    ///
    /// # Errors
    /// [`Refused::Rules`]; faults of the store.
    pub fn camt052(&self) -> Result<Vec<u8>, Refused> {
        let day = self.day;
        let mut balances = vec![
            self.balance("OPBD", day.opening, self.date()),
            self.balance("ITBD", day.closing, self.date()),
        ];
        balances.extend(day.available.map(|minor| self.balance("ITAV", minor, self.date())));
        let (id, created) = (fresh_reference(), instant(LedgerTime::new(day.made)));
        let message = Camt052 {
            msg_id: id.clone(),
            created: created.clone(),
            id: fresh_reference(),
            page: Some(self.page.to_string()),
            last_page: Some((self.page == self.pages).to_string()),
            iban: None,
            other_account: Some(short(&day.account.to_hex())),
            currency: Some(day.currency.code().to_owned()),
            servicer: None,
            balances,
            entries: self.lines()?,
            servicer_lei: None,
            information: Some(self.information()),
            from: Some(instant(begin(day.day))),
            to: Some(created.clone()),
        };
        written(&Route::home(self.gateway), (&id, &created), &message)
    }
}

/// The message of the payment that settled by a leg, or came back by it, when this bank has it. An exchange may have the same UETR, and a rejected payment the same leg.
fn told(gateway: &Gateway, leg: &Leg) -> Result<Option<Pacs008>, StoreFault> {
    let (store, id) = (gateway.store.as_ref(), leg.id());
    let (sent, delivered) = match leg.kind {
        MessageKind::Pacs004 => {
            (PaymentRecord::by_uetr(store, &leg.uetr)?, InboxRecord::by_uetr(store, &leg.uetr)?)
        }
        _ => (PaymentRecord::load(store, &id)?, InboxRecord::load(store, &id)?),
    };
    let sent = sent.filter(|sent| !matches!(sent.stage, Stage::Rejected(..)));
    let xml = sent.map(|sent| sent.xml).or_else(|| delivered.map(|came| came.delivery.message));
    let read = xml.and_then(|xml| message::read(gateway, &xml).ok());
    Ok(read.map(|read| read.said(gateway)))
}

fn block(height: Height, state_root: Option<Hash32>) -> BlockReport {
    BlockReport { height: height.get(), state_root: state_root.map(|root| root.to_hex()) }
}

fn reference(booking: &Booking) -> String {
    format!("{}.{}", booking.height, booking.index)
}

const fn direction(way: Way) -> &'static str {
    match way {
        Way::Debit => "DBIT",
        Way::Credit => "CRDT",
    }
}

/// So much of an address or a command's id as fits a reference of ISO 20022.
#[must_use]
pub fn short(hex: &str) -> String {
    hex.chars().take(REFERENCE).collect()
}

fn date(time: LedgerTime) -> String {
    rfc3339(time).chars().take(DATE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_every_booking_has_a_code_of_its_kind_and_way() {
        let kinds = [
            BookingKind::Payment,
            BookingKind::InstitutionPayment,
            BookingKind::Return,
            BookingKind::Mint,
            BookingKind::Burn,
            BookingKind::Move,
            BookingKind::Seizure,
        ];
        let mut seen = std::collections::BTreeSet::new();
        for kind in kinds {
            for (way, families) in [(Way::Debit, ["ICDT", "MDOP"]), (Way::Credit, ["RCDT", "MCOP"])]
            {
                let [domain, family, sub_family, own] = code(kind, way);
                assert_eq!(domain, "PMNT");
                assert!(families.contains(&family) && sub_family.len() == 4, "{kind:?} {way:?}");
                assert_eq!(sub_family == "OTHR", !own.is_empty(), "{kind:?}");
                assert!(seen.insert([family, sub_family, own]), "{kind:?} {way:?}");
            }
        }
    }

    #[test]
    fn dates_are_written_alone() {
        let time = LedgerTime::new(1_793_491_200_999);
        assert_eq!(date(time), "2026-11-01");
    }
}
