//! Mint orders: from a member's request to the entry that pays for it.
//!
//! ```text
//! FundsExpected --entry matches--> FundsMatched --maker--> Proposed --checker--> Minted
//! ```
//! The ledger's records say where an order is; nothing is kept here.

use ledger_core::{
    id::EntryId,
    record::RequestRecord,
    reserve::{Counterparty, Direction, EntryRecord},
};

/// A request and what is known about its funds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MintOrder {
    /// No entry pays for it yet.
    FundsExpected,
    /// This entry does.
    FundsMatched(EntryId),
    /// It was served.
    Minted,
}

/// How an entry relates to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It pays for it.
    Pays,
    /// It does not, for this reason.
    No(Mismatch),
}

/// Why an entry does not pay for a request, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Booked to another reserve account.
    OtherAccount,
    /// Another reference: it is about something else.
    OtherReference,
    /// Not money coming in.
    NotACredit,
    /// Between the issuer's own accounts.
    Internal,
    /// Paid by somebody else than the member: to be returned.
    ThirdPartyPayer,
    /// Another amount: the member must ask for what it paid.
    WrongAmount,
    /// Used by an earlier mint.
    Used,
}

/// Whether an entry pays for a request (M1).
#[must_use]
pub fn matches(request: &RequestRecord, entry: &EntryRecord) -> Match {
    let (asked, booked) = (&request.request, &entry.entry);
    let mismatch = if booked.reserve != asked.reserve {
        Mismatch::OtherAccount
    } else if booked.reference != asked.reference {
        Mismatch::OtherReference
    } else if booked.direction != Direction::Credit {
        Mismatch::NotACredit
    } else if booked.counterparty == Counterparty::Internal {
        Mismatch::Internal
    } else if booked.counterparty != Counterparty::Member(request.member) {
        Mismatch::ThirdPartyPayer
    } else if booked.minor != asked.money.minor() {
        Mismatch::WrongAmount
    } else if entry.used {
        Mismatch::Used
    } else {
        return Match::Pays;
    };
    Match::No(mismatch)
}

impl MintOrder {
    /// Where an order is, given the entries of its reserve account.
    #[must_use]
    pub fn of<'a>(
        request: &RequestRecord,
        mut entries: impl Iterator<Item = &'a EntryRecord>,
    ) -> Self {
        if request.used {
            return Self::Minted;
        }
        match entries.find(|entry| matches(request, entry) == Match::Pays) {
            Some(entry) => Self::FundsMatched(entry.id),
            None => Self::FundsExpected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::{
        command::MintRequest,
        id::{AccountId, CommandId, Lei, ReserveId, Text},
        money::{Currency, Money},
        reserve::BankEntry,
        time::LedgerTime,
    };

    fn member() -> Lei {
        Lei::new("529900T8BM49AURSDO55").unwrap()
    }

    fn request() -> RequestRecord {
        RequestRecord {
            id: CommandId::new([1; 32]),
            member: member(),
            request: MintRequest {
                account: AccountId::new([2; 32]),
                money: Money::new(Currency::new("USD").unwrap(), 500),
                reserve: ReserveId::new([3; 32]),
                reference: Text::new("FUND-1").unwrap(),
            },
            entered: LedgerTime::new(1),
            used: false,
        }
    }

    fn entry() -> EntryRecord {
        EntryRecord {
            id: EntryId::new([4; 32]),
            entry: BankEntry {
                reserve: ReserveId::new([3; 32]),
                sequence: 1,
                servicer_reference: Text::new("SVC-1").unwrap(),
                detail: 0,
                direction: Direction::Credit,
                minor: 500,
                counterparty: Counterparty::Member(member()),
                booked: LedgerTime::new(1),
                reference: Text::new("FUND-1").unwrap(),
            },
            credits: 500,
            debits: 0,
            used: false,
        }
    }

    #[test]
    fn m1_every_mismatch_is_named() {
        let with = |change: fn(&mut EntryRecord)| {
            let mut changed = entry();
            change(&mut changed);
            matches(&request(), &changed)
        };
        for (answer, expected) in [
            (with(|e| e.entry.reserve = ReserveId::new([9; 32])), Mismatch::OtherAccount),
            (with(|e| e.entry.reference = Text::new("X").unwrap()), Mismatch::OtherReference),
            (with(|e| e.entry.direction = Direction::Debit), Mismatch::NotACredit),
            (with(|e| e.entry.counterparty = Counterparty::Internal), Mismatch::Internal),
            (with(|e| e.entry.counterparty = Counterparty::Other), Mismatch::ThirdPartyPayer),
            (with(|e| e.entry.minor = 501), Mismatch::WrongAmount),
            (with(|e| e.used = true), Mismatch::Used),
        ] {
            assert_eq!(answer, Match::No(expected));
        }
        assert_eq!(matches(&request(), &entry()), Match::Pays);
    }

    #[test]
    fn m1_an_order_follows_its_request_and_its_entry() {
        let entries = [entry()];
        assert_eq!(MintOrder::of(&request(), [].iter()), MintOrder::FundsExpected);
        let matched = MintOrder::FundsMatched(entry().id);
        assert_eq!(MintOrder::of(&request(), entries.iter()), matched);
        let served = RequestRecord { used: true, ..request() };
        assert_eq!(MintOrder::of(&served, entries.iter()), MintOrder::Minted);
    }
}
