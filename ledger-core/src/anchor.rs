//! Anchors: one salted root per member and interval, over everything its gateway wants to be able to
//! show later (messages, grants, records of access). The ledger learns nothing but the hash.
//!
//! # Place      a member's gateway sends one per interval, also when there is nothing to anchor
//! # Invariants I9 an anchor, once written, never changes
//! # Absent     what the root is over (the gateway's), the interval (the gateways' agreement)

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    codec::encode,
    digest::Hash32,
    draft::{Draft, Signers},
    execute::Facts,
    id::Lei,
    journal::LogName,
    merkle::LogHead,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    time::Height,
};

/// An entry of a member's list of anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorEntry {
    /// The block that holds it.
    pub height: Height,
    /// What the member committed to.
    pub root: Hash32,
}

/// A member's anchors: shown to itself and to the overseer only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchors {
    /// Whose.
    pub member: Lei,
    /// The list of [`AnchorEntry`], in the order of commands.
    pub roots: LogHead,
}

/// Appends a root to the member's list.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member.
pub(crate) fn anchor(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    root: &Hash32,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let name = Name::Anchors(*member);
    if draft.get(&name).is_none() {
        let empty = Anchors { member: *member, roots: LogHead::EMPTY };
        draft.put(&name, Record::Anchors(empty));
    }
    let entry = AnchorEntry { height: draft.moment.height, root: *root };
    draft.append(LogName::MemberAnchors(*member), encode(&entry));
    Ok(Facts::new(Effect::Anchored, vec![*member]))
}
