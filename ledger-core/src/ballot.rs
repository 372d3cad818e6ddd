//! Votes of members on what changes the network itself, and the withdrawal of a yes.
//!
//! ```text
//! operators: Propose, Approve ...            as many persons as the kind needs
//!                |
//!          before the members                no member is active: it happens at once
//!                |
//! members: Vote, by two of its administrators each; a vote can be taken back
//!                |
//!          two thirds of the active members  it happens in the same command
//! ```
//!
//! A member's vote is a decision of its own, which its administrators propose and approve like every
//! other ([`crate::proposal`]). A vote binds what an approval binds: proposal, content, policy version.
//!
//! # Place      after the persons of an operators' proposal, before it happens
//! # Invariants D4 one active member, one vote; I5 every yes is of the persons that its owner's policy asks
//! #            for; a change of thresholds voids what is pending
//! # Absent     votes against (who does not agree does not vote); weights

use serde::{Deserialize, Serialize};

use crate::{
    command::{Action, Approval},
    draft::{Draft, Signers},
    execute::Facts,
    id::{CommandId, Lei, PersonId},
    limits::MAX_VOTES,
    parameters,
    proposal::{Proposal, ProposalStatus, check_approval, perform},
    proposal_kind::ProposalKind,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
};

/// How many members are active: who may vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Membership {
    /// Admitted and not suspended.
    pub active: u32,
}

impl Membership {
    /// Votes that carry a proposal: two thirds, rounded up, and never more than a ballot can hold.
    #[must_use]
    pub fn needed(self) -> usize {
        let thirds = u64::from(self.active).saturating_mul(2).div_ceil(3);
        usize::try_from(thirds).unwrap_or(usize::MAX).min(MAX_VOTES)
    }
}

/// What members said to a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// The proposal.
    pub proposal: CommandId,
    /// Members that said yes, ascending.
    pub votes: Vec<Lei>,
}

fn membership(draft: &Draft<'_>) -> Membership {
    match draft.get(&Name::Membership) {
        Some(Record::Membership(found)) => *found,
        _ => Membership::default(),
    }
}

/// Counts a member that may act from now on, or no longer.
pub(crate) fn count(draft: &mut Draft<'_>, acts: bool) {
    let active = membership(draft).active;
    let active = if acts { active.saturating_add(1) } else { active.saturating_sub(1) };
    draft.put(&Name::Membership, Record::Membership(Membership { active }));
}

/// Whether members vote on an action before it happens.
pub(crate) fn is_needed(draft: &Draft<'_>, action: &Action) -> bool {
    ProposalKind::of(action).is_some_and(ProposalKind::before_members)
        && membership(draft).active > 0
}

/// Puts a proposal that has enough persons before the members.
pub(crate) fn open(draft: &mut Draft<'_>, proposal: Proposal) -> Facts {
    let (id, organisation) = (proposal.id, proposal.organisation);
    let proposal = Proposal { status: ProposalStatus::BeforeMembers, ..proposal };
    draft.put(&Name::Proposal(id), Record::Proposal(proposal));
    let ballot = Ballot { proposal: id, votes: Vec::new() };
    draft.put(&Name::Ballot(id), Record::Ballot(ballot));
    Facts::new(Effect::Approved, vec![organisation])
}

/// A member's yes, or that it takes its yes back. When two thirds of the active members have said yes,
/// the action happens in the same command; what the action refuses refuses the vote.
///
/// # Errors
/// Those about the member, every [`Refusal`] about the proposal, [`Refusal::AlreadyVoted`],
/// [`Refusal::NotVoted`], then those of the action.
pub(crate) fn vote(
    draft: &mut Draft<'_>,
    member: &Lei,
    said: &Approval,
    yes: bool,
) -> Result<Facts, Refusal> {
    draft.active_member(member)?;
    let (name, paper) = (Name::Proposal(said.proposal), Name::Ballot(said.proposal));
    // To a member, what was never before the members does not exist.
    let found = (draft.get(&name).cloned(), draft.get(&paper).cloned());
    let (Some(Record::Proposal(mut proposal)), Some(Record::Ballot(mut ballot))) = found else {
        return Err(Refusal::ProposalUnknown);
    };
    let owner = proposal.organisation;
    check_approval(&proposal, &owner, said, parameters::version(draft), draft.now())?;
    let mut facts = Facts::new(Effect::Executed, vec![*member]);
    // A member suspended since no longer counts, and may vote anew when it is reinstated.
    ballot.votes.retain(|voter| draft.active_member(voter).is_ok());
    match (ballot.votes.binary_search(member), yes) {
        (Ok(_), true) => return Err(Refusal::AlreadyVoted),
        (Err(_), false) => return Err(Refusal::NotVoted),
        (Ok(at), false) => {
            ballot.votes.remove(at);
        }
        (Err(at), true) => ballot.votes.insert(at, *member),
    }
    let carried = yes && ballot.votes.len() >= membership(draft).needed();
    draft.put(&paper, Record::Ballot(ballot));
    if carried {
        let action = proposal.action.clone();
        proposal.status = ProposalStatus::Executed;
        draft.put(&name, Record::Proposal(proposal));
        let done = perform(draft, &owner, &action)?;
        (facts.run, facts.parties) = (done.run, [facts.parties, done.parties].concat());
        facts.parties.push(owner);
    }
    Ok(facts)
}

/// Takes back what the persons who sign said to a proposal that still collects approvals.
///
/// # Errors
/// [`Refusal::ProposalUnknown`]; then [`Refusal::WrongRole`], [`Refusal::ProposalNotYours`],
/// [`Refusal::ProposalExecuted`], [`Refusal::ProposalExpired`], [`Refusal::ProposalNotOpen`],
/// [`Refusal::NotVoted`], in this order.
pub(crate) fn withdraw(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    id: &CommandId,
) -> Result<Facts, Refusal> {
    let name = Name::Proposal(*id);
    let Some(Record::Proposal(mut proposal)) = draft.get(&name).cloned() else {
        return Err(Refusal::ProposalUnknown);
    };
    let role = proposal.action.role();
    signers.require(role)?;
    // A withdrawal names no content: it takes back whatever was said.
    let said = Approval {
        proposal: *id,
        content: proposal.content,
        policy_version: proposal.policy_version,
    };
    check_approval(&proposal, organisation, &said, proposal.policy_version, draft.now())?;
    if proposal.status == ProposalStatus::BeforeMembers {
        return Err(Refusal::ProposalNotOpen);
    }
    let persons: Vec<PersonId> = signers.in_role(role).map(|grant| grant.person).collect();
    let before = proposal.approvals.len();
    proposal.approvals.retain(|key| match draft.get(&Name::Key(*key)) {
        Some(Record::Key(found)) => !persons.contains(&found.grant.person),
        _ => true,
    });
    if proposal.approvals.len() == before {
        return Err(Refusal::NotVoted);
    }
    draft.put(&name, Record::Proposal(proposal));
    Ok(Facts::new(Effect::ApprovalWithdrawn, vec![*organisation]))
}
