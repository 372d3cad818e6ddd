//! Rotation: a key replaced by another of the same person, role and organisation.
//!
//! ```text
//!            two persons say yes          overlap is over
//! old key: signs -----------------> signs ---------------> signs nothing more, by ledger time
//! new key: (not registered) ------> signs
//! ```
//!
//! No command ends an overlap: whoever asks whether a key signs compares ledger time. A member's own
//! keys are the affair of its own administrators, two persons of it; operators may do the same with
//! every key.
//!
//! # Place      actions of members' administrators and of operators; `proposal` counts the persons
//! # Invariants I5 a new key brings no new person and no new role; a key that is being replaced is
//! #            replaced once; the directory says until when each key of a member speaks for it
//! # Absent     where keys are kept; validators' keys (the committee does not change yet)

use serde::{Deserialize, Serialize};

use crate::{
    authority::{KeyRecord, Operators, Role, RoleKey},
    draft::Draft,
    execute::Facts,
    freshness::DAY_MS,
    id::Lei,
    limits::MAX_DIRECTORY_KEYS,
    member::{Member, Retiring, is_member_role},
    proposal::{register_key, revoke_key},
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    time::LedgerTime,
};

/// The longest that two keys may overlap, in milliseconds: thirty days.
pub const MAX_OVERLAP_MS: u64 = 30 * DAY_MS;

/// A key, and what replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// The key in use.
    pub old: PublicKey,
    /// The one that has its person, role and organisation from now on.
    pub new: PublicKey,
    /// How long both sign, in milliseconds from when this is decided. With 0 the old one signs no
    /// more.
    pub overlap_ms: u64,
}

/// Replaces a key; `own` is the member whose administrators decide, and `None` stands for operators.
/// The key's organisation hears of it.
///
/// # Errors
/// Those about the member, [`Refusal::DirectoryMalformed`], [`Refusal::AlreadyExists`],
/// [`Refusal::KeyUnacceptable`], [`Refusal::OutOfRange`], [`Refusal::KeyNotActive`].
pub(crate) fn rotate(
    draft: &mut Draft<'_>,
    own: Option<&Lei>,
    rotation: &Rotation,
) -> Result<Facts, Refusal> {
    if let Some(member) = own {
        draft.active_member(member)?;
    }
    let (now, old) = (draft.now(), replaceable(draft, own, &rotation.old));
    let until = now.after(rotation.overlap_ms);
    let replaced = old.map(|grant| RoleKey { key: rotation.new, ..grant });
    let entry = old.zip(replaced).and_then(|(old, new)| entry(draft, &old, &new, until));
    let full = entry.as_ref().is_some_and(|m| m.directory.keys.len() > MAX_DIRECTORY_KEYS);
    Refusal::first([
        full.then_some(Refusal::DirectoryMalformed),
        draft.get(&Name::Key(rotation.new)).map(|_| Refusal::AlreadyExists),
        (!rotation.new.is_acceptable()).then_some(Refusal::KeyUnacceptable),
        (rotation.overlap_ms > MAX_OVERLAP_MS).then_some(Refusal::OutOfRange),
        old.is_none().then_some(Refusal::KeyNotActive),
    ])?;
    let (old, new) = old.zip(replaced).ok_or(Refusal::KeyNotActive)?;
    if let Some(member) = entry {
        draft.put(&Name::Member(old.organisation), Record::Member(member));
    }
    if old.role == Role::Operator
        && let Some(Record::Operators(operators)) = draft.get(&Name::Operators)
    {
        // The same person, so that as many act as operators as before.
        let others = operators.keys.iter().copied().filter(|key| *key != old.key);
        let mut keys: Vec<PublicKey> = others.chain([new.key]).collect();
        keys.sort();
        draft.put(&Name::Operators, Record::Operators(Operators { keys }));
    }
    let retired = KeyRecord { grant: old, active: true, until: Some(until) };
    draft.put(&Name::Key(old.key), Record::Key(retired));
    draft.put(&Name::Key(new.key), Record::Key(KeyRecord::new(new)));
    Ok(Facts::new(Effect::Executed, vec![old.organisation]))
}

/// Registers a further key of a member, by its own administrators.
///
/// # Errors
/// Those about the member, [`Refusal::DirectoryMalformed`], [`Refusal::AlreadyExists`],
/// [`Refusal::KeyUnacceptable`], [`Refusal::RoleConflict`].
pub(crate) fn register_own(
    draft: &mut Draft<'_>,
    member: &Lei,
    grant: &RoleKey,
) -> Result<Facts, Refusal> {
    draft.active_member(member)?;
    if grant.organisation != *member || !is_member_role(grant.role) {
        return Err(Refusal::DirectoryMalformed);
    }
    register_key(draft, grant)?;
    Ok(Facts::new(Effect::Executed, vec![*member]))
}

/// Revokes a key of a member, by its own administrators.
///
/// # Errors
/// Those about the member, [`Refusal::KeyNotActive`].
pub(crate) fn revoke_own(
    draft: &mut Draft<'_>,
    member: &Lei,
    key: &PublicKey,
) -> Result<Facts, Refusal> {
    draft.active_member(member)?;
    match draft.active_key(key) {
        Ok(grant) if grant.organisation == *member && is_member_role(grant.role) => {
            let holder = revoke_key(draft, key)?;
            Ok(Facts::new(Effect::KeyRevoked, vec![holder]))
        }
        Ok(_) | Err(_) => Err(Refusal::KeyNotActive),
    }
}

/// What a key was granted, if it signs, is not being replaced and is one of those that `own` rotates.
fn replaceable(draft: &Draft<'_>, own: Option<&Lei>, key: &PublicKey) -> Option<RoleKey> {
    match draft.get(&Name::Key(*key)) {
        Some(Record::Key(KeyRecord { grant, active: true, until: None })) => {
            let theirs = own
                .is_none_or(|member| grant.organisation == *member && is_member_role(grant.role));
            theirs.then_some(*grant)
        }
        _ => None,
    }
}

/// The directory entry of a key's member with the new key beside, or instead of, the old one.
fn entry(draft: &Draft<'_>, old: &RoleKey, new: &RoleKey, until: LedgerTime) -> Option<Member> {
    let Some(Record::Member(member)) = draft.get(&Name::Member(old.organisation)) else {
        return None;
    };
    if !is_member_role(old.role) {
        return None;
    }
    let mut member = member.clone();
    member.retiring.push(Retiring { key: old.key, until });
    member.directory.keys.push(*new);
    Some(member.written_at(draft.now(), None))
}
