//! Customers as the ledger knows them: a random handle with a standing, no name.
//!
//! # Place      set by the member's compliance key; checked on both sides of every payment
//! # Invariants K1 standing is decided by ledger time, not by a timer
//! # Absent     who the customer is (the member's vault); limits by level (see `spending`)

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    codec::encode,
    command::SetStanding,
    digest::Hash32,
    draft::{Draft, Signers},
    execute::Facts,
    id::{Lei, PartyId},
    journal::LogName,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    time::LedgerTime,
};

/// How well a customer is known. Append-only, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Not at all: may neither pay nor be paid.
    None,
    /// Basic data.
    Basic,
    /// Full customer due diligence.
    Full,
    /// Enhanced due diligence.
    Enhanced,
}

impl Level {
    /// How contracts are told it: the higher, the more is known.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Basic => 1,
            Self::Full => 2,
            Self::Enhanced => 3,
        }
    }
}

/// Whether a standing is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandingStatus {
    /// It is, until it expires.
    Active,
    /// The member withdrew it.
    Revoked,
}

/// A customer's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The handle.
    pub party: PartyId,
    /// Whose customer.
    pub member: Lei,
    /// How well it is known.
    pub level: Level,
    /// Whether that is in force.
    pub status: StandingStatus,
    /// Until when.
    pub expires: LedgerTime,
    /// Salted commitment to the evidence.
    pub evidence: Hash32,
    /// Whether network compliance has stopped it (I10). Its member cannot change that.
    pub frozen: bool,
}

/// Why a customer may not transact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandingFault {
    /// No standing, or level none.
    Missing,
    /// Withdrawn.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Party {
    /// Whether the customer may transact at this ledger time (K1).
    ///
    /// # Errors
    /// [`StandingFault`], in this order of precedence: missing, revoked, expired.
    pub fn check(&self, now: LedgerTime) -> Result<(), StandingFault> {
        if self.level == Level::None {
            return Err(StandingFault::Missing);
        }
        match self.status {
            StandingStatus::Revoked => Err(StandingFault::Revoked),
            StandingStatus::Active if self.expires <= now => Err(StandingFault::Expired),
            StandingStatus::Active => Ok(()),
        }
    }
}

/// Sets a customer's standing: its own member's compliance key only.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::PartyNotYours`].
pub(crate) fn set_standing(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    standing: &SetStanding,
) -> Result<Facts, Refusal> {
    signers.require(Role::Compliance)?;
    draft.active_member(member)?;
    let name = Name::Party(standing.party);
    let frozen = match draft.get(&name) {
        Some(Record::Party(party)) if party.member != *member => {
            return Err(Refusal::PartyNotYours);
        }
        Some(Record::Party(party)) => party.frozen,
        _ => {
            draft.append(LogName::MemberParties(*member), encode(&standing.party));
            false
        }
    };
    let party = Party {
        party: standing.party,
        member: *member,
        level: standing.level,
        status: standing.status,
        expires: standing.expires,
        evidence: standing.evidence,
        frozen,
    };
    draft.put(&name, Record::Party(party));
    Ok(Facts::new(Effect::StandingSet, vec![*member]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k1_standing_is_checked_in_order_of_precedence() {
        let now = LedgerTime::new(1_000);
        let good = Party {
            party: PartyId::new([1; 32]),
            member: Lei::new("529900T8BM49AURSDO55").unwrap(),
            level: Level::Basic,
            status: StandingStatus::Active,
            expires: LedgerTime::new(1_001),
            evidence: Hash32::ZERO,
            frozen: false,
        };
        let expired = Party { expires: now, ..good };
        let revoked = Party { status: StandingStatus::Revoked, ..expired };
        let unknown = Party { level: Level::None, ..revoked };
        for (party, expected) in [
            (good, Ok(())),
            (expired, Err(StandingFault::Expired)),
            (revoked, Err(StandingFault::Revoked)),
            (unknown, Err(StandingFault::Missing)),
        ] {
            assert_eq!(party.check(now), expected, "{party:?}");
        }
    }
}
