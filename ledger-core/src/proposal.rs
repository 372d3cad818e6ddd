//! Proposals: one mechanism for everything that needs more than one person.
//!
//! # Invariants I5 distinct persons with active keys still in role are counted at execution
//! # Absent     votes of institutions with thresholds per kind (planned)

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::Action,
    digest::Hash32,
    id::{CommandId, Lei},
    signature::PublicKey,
    time::LedgerTime,
};

/// Version of the approval policy; approvals name it, so a change voids those pending.
pub const POLICY_VERSION: u32 = 1;

/// Where a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProposalStatus {
    /// It collects approvals.
    Open,
    /// It happened.
    Executed,
}

/// A proposal's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The command that proposed it.
    pub id: CommandId,
    /// Whose proposal.
    pub organisation: Lei,
    /// What is to happen.
    pub action: Action,
    /// Hash of it, which approvals must name.
    pub content: Hash32,
    /// Version of the policy in force when it was made.
    pub policy_version: u32,
    /// Keys that said yes, the maker's first: one per person.
    pub approvals: Vec<PublicKey>,
    /// Until when approvals count.
    pub expires: LedgerTime,
    /// Where it is.
    pub status: ProposalStatus,
}

impl Action {
    /// The role whose holders propose and approve it.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::AdmitMember(_)
            | Self::OpenAccount { .. }
            | Self::RegisterReserve { .. }
            | Self::RegisterKey(_) => Role::Operator,
            Self::Mint { .. } => Role::Treasury,
        }
    }
}
