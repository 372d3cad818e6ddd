//! The two sides, the stages, and the only table of what an act makes of a stage.

use serde::{Deserialize, Serialize};

use crate::{message::Act, refused::Refused};

/// One of the two banks of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Who asks.
    Requester,
    /// Who is asked.
    Responder,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Requester => Self::Responder,
            Self::Responder => Self::Requester,
        }
    }
}

/// Where a case is. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Asked.
    Opened,
    /// Taken on.
    Assigned,
    /// Taken on; it takes longer.
    Interim,
    /// The next agent is asked.
    Forwarded,
    /// Answered.
    Answered,
    /// Asked again.
    Reopened,
    /// The requester is content.
    Closed,
    /// The responder did not take it.
    Rejected,
    /// The requester no longer wants an answer.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Opened,
        Self::Assigned,
        Self::Interim,
        Self::Forwarded,
        Self::Answered,
        Self::Reopened,
        Self::Closed,
        Self::Rejected,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// Who writes next; nobody when the case has ended.
    #[must_use]
    pub const fn writer(self) -> Option<Side> {
        match self {
            Self::Opened | Self::Assigned | Self::Interim | Self::Forwarded | Self::Reopened => {
                Some(Side::Responder)
            }
            Self::Answered => Some(Side::Requester),
            Self::Closed | Self::Rejected | Self::Withdrawn | Self::Expired => None,
        }
    }

    /// Its name towards people and machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Assigned => "assigned",
            Self::Interim => "interim",
            Self::Forwarded => "forwarded",
            Self::Answered => "answered",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// ISO 20022 `ExternalInvestigationStatus1Code`.
    #[must_use]
    pub const fn iso_status(self) -> &'static str {
        match self {
            Self::Opened | Self::Assigned | Self::Interim | Self::Forwarded | Self::Reopened => {
                "PDNG"
            }
            Self::Answered | Self::Closed | Self::Withdrawn | Self::Expired => "CLSD",
            Self::Rejected => "RJCT",
        }
    }

    /// The only table of transitions: what an act of a side makes of a stage (B2).
    ///
    /// # Errors
    /// [`Refused::CaseEnded`], [`Refused::WrongWriter`], [`Refused::IllegalTransition`], in this
    /// order.
    pub const fn after(self, side: Side, act: &Act) -> Result<Self, Refused> {
        let Some(writer) = self.writer() else { return Err(Refused::CaseEnded) };
        match (writer, side, act) {
            (Side::Responder, Side::Requester, Act::Withdraw) => return Ok(Self::Withdrawn),
            (Side::Responder, Side::Requester, Act::Expire) => return Ok(Self::Expired),
            (Side::Responder, Side::Requester, _) | (Side::Requester, Side::Responder, _) => {
                return Err(Refused::WrongWriter);
            }
            (Side::Responder, Side::Responder, _) | (Side::Requester, Side::Requester, _) => {}
        }
        match (self, act) {
            (Self::Opened, Act::Accept) => Ok(Self::Assigned),
            (
                Self::Assigned | Self::Interim | Self::Forwarded | Self::Reopened,
                Act::Interim(_),
            ) => Ok(Self::Interim),
            (
                Self::Assigned | Self::Interim | Self::Forwarded | Self::Reopened,
                Act::Forward { .. },
            ) => Ok(Self::Forwarded),
            (Self::Assigned | Self::Interim | Self::Forwarded | Self::Reopened, Act::Answer(_)) => {
                Ok(Self::Answered)
            }
            (
                Self::Opened | Self::Assigned | Self::Interim | Self::Forwarded | Self::Reopened,
                Act::Reject(_),
            ) => Ok(Self::Rejected),
            (Self::Answered, Act::Close) => Ok(Self::Closed),
            (Self::Answered, Act::Reopen { .. }) => Ok(Self::Reopened),
            _ => Err(Refused::IllegalTransition),
        }
    }
}
