//! Suspension: a member that operators have stopped, until they reinstate it.
//!
//! A suspended member does nothing itself. What it earmarked ends without it: its counterparties and
//! the ledger free holds and scheduled payments, treasury pays out or gives back what it preburned.
//!
//! # Place      actions of two operators; every rule that moves money asks for active members
//! # Invariants I5 two persons suspend and two reinstate; I1, I10 its money stays where it is
//! # Absent     why (operators' affair); what the organisation does besides being a member, such as
//! #            holding reserves or issuing: revoke its keys for that

use crate::{
    ballot,
    draft::Draft,
    execute::Facts,
    id::Lei,
    member::{Member, MemberStatus},
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
};

/// Suspends an active member.
///
/// # Errors
/// [`Refusal::MemberUnknown`], [`Refusal::MemberSuspended`].
pub(crate) fn suspend(draft: &mut Draft<'_>, lei: &Lei) -> Result<Facts, Refusal> {
    let member = draft.active_member(lei)?.clone();
    Ok(set(draft, lei, member, MemberStatus::Suspended))
}

/// Lets a suspended member act again.
///
/// # Errors
/// [`Refusal::MemberUnknown`], [`Refusal::MemberNotSuspended`].
pub(crate) fn reinstate(draft: &mut Draft<'_>, lei: &Lei) -> Result<Facts, Refusal> {
    let Some(Record::Member(member)) = draft.get(&Name::Member(*lei)).cloned() else {
        return Err(Refusal::MemberUnknown);
    };
    match member.status {
        MemberStatus::Active => Err(Refusal::MemberNotSuspended),
        MemberStatus::Suspended => Ok(set(draft, lei, member, MemberStatus::Active)),
    }
}

/// The member hears of it.
fn set(draft: &mut Draft<'_>, lei: &Lei, member: Member, status: MemberStatus) -> Facts {
    ballot::count(draft, status == MemberStatus::Active);
    draft.put(&Name::Member(*lei), Record::Member(Member { status, ..member }));
    Facts::new(Effect::Executed, vec![*lei])
}
