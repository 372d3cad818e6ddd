//! Changes of a member's directory entry: decided by its administrators, its names by operators, and known to
//! all before they act.
//!
//! ```text
//!                 two persons say yes            its time has come
//! entry: as it was ----------------> as it was ------------------> as decided
//! notice:                            what, and when                (gone)
//! former message key:                                              opens what comes, until its overlap is over
//! ```
//!
//! The block at whose time a change is due writes the entry, before any command: whoever reads the entry need
//! not know that it waited. A message key that is revoked stops at once, without notice.
//!
//! # Place      actions of members' administrators and of operators (`proposal`); `execute` at the beginning of
//! #            blocks; gateways read entry and notice
//! # Invariants D18 an entry changes by nothing that was not readable for the notice of the network's terms
//! # Absent     keys that sign (`rotation`); whether an endpoint may be reached (gateways judge that)

use serde::{Deserialize, Serialize};

use crate::{
    digest::Hash32,
    draft::{Draft, Records},
    execute::Facts,
    freshness::DAY_MS,
    id::{Lei, Text},
    limits::{MAX_DIRECTORY_DUE, MAX_DIRECTORY_SWEPT, MAX_FORMER_KEYS},
    member::{DirectoryEntry, Member},
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    rotation::MAX_OVERLAP_MS,
    state::State,
    time::LedgerTime,
};

/// How long a change is known before it acts unless the network's terms say otherwise, in milliseconds: a day.
pub const USUAL_NOTICE_MS: u64 = DAY_MS;
/// The shortest notice that terms may set, in milliseconds: gateways read the directory several times in it.
pub const MIN_DIRECTORY_NOTICE_MS: u64 = 10_000;
/// The longest that a change may be decided ahead, and the longest notice, in milliseconds: ninety days.
pub const MAX_DIRECTORY_NOTICE_MS: u64 = 90 * DAY_MS;

/// The key to which messages for a member shall be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMessageKey {
    /// X25519 public key.
    pub key: Hash32,
    /// How long the member also opens what is sealed to the one before, in milliseconds from when the change acts.
    pub overlap_ms: u64,
}

/// What shall change in an entry, and when; what is not named stays. One that names nothing takes back what waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryChange {
    /// Base URL of the gateway.
    pub endpoint: Option<Text>,
    /// The message key.
    pub message_key: Option<NewMessageKey>,
    /// The ledger time from which on it acts.
    pub from: LedgerTime,
}

/// Under which names messages know a member, from when on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Naming {
    /// Which member.
    pub member: Lei,
    /// All its aliases, sorted.
    pub aliases: Vec<Text>,
    /// The ledger time from which on they are.
    pub from: LedgerTime,
}

impl DirectoryChange {
    const fn is_empty(&self) -> bool {
        self.endpoint.is_none() && self.message_key.is_none()
    }
}

/// A message key that is no longer in the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerKey {
    /// Which.
    pub key: Hash32,
    /// Until when its member still opens what is sealed to it.
    pub until: LedgerTime,
}

/// What everybody may know of a member's entry besides the entry; none before the first change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryNotice {
    /// Whose.
    pub member: Lei,
    /// What its administrators decided and does not act yet.
    pub waiting: Option<DirectoryChange>,
    /// The names that operators decided and do not act yet.
    pub naming: Option<Naming>,
    /// Message keys before the one in the entry, the latest last.
    pub former: Vec<FormerKey>,
}

impl DirectoryNotice {
    /// As the record says; empty where there is none.
    #[must_use]
    pub fn of(view: &dyn Records, member: &Lei) -> Self {
        match view.record(&Name::DirectoryNotice(*member)) {
            Some(Record::DirectoryNotice(found)) => Self::clone(found),
            _ => Self { member: *member, waiting: None, naming: None, former: Vec::new() },
        }
    }

    /// Whether its member still opens, at this ledger time, what is sealed to a key that was replaced.
    #[must_use]
    pub fn opens(&self, key: &Hash32, now: LedgerTime) -> bool {
        self.former.iter().any(|former| former.key == *key && now < former.until)
    }

    /// When the next part of what waits acts.
    fn next(&self) -> Option<LedgerTime> {
        let change = self.waiting.as_ref().map(|change| change.from);
        let naming = self.naming.as_ref().map(|naming| naming.from);
        change.into_iter().chain(naming).min()
    }

    /// What is due acts: the entry as decided, its key before among the former ones.
    fn act(&mut self, member: Member, now: LedgerTime) -> Member {
        let mut member = member.written_at(now, None);
        if let Some(naming) = self.naming.take_if(|naming| naming.from <= now) {
            member.directory.aliases = naming.aliases;
        }
        let Some(change) = self.waiting.take_if(|change| change.from <= now) else { return member };
        self.former.retain(|former| now < former.until);
        if let Some(new) = change.message_key {
            let key = member.directory.encryption;
            if key != Hash32::ZERO {
                self.former.push(FormerKey { key, until: now.after(new.overlap_ms) });
            }
            member.directory.encryption = new.key;
        }
        member.directory.endpoint = change.endpoint.unwrap_or(member.directory.endpoint);
        member
    }
}

/// A change that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Due {
    /// When it acts.
    pub at: LedgerTime,
    /// Whose entry changes.
    pub member: Lei,
}

/// The network's terms of directory changes, and all that waits; none before the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryTerms {
    /// How long a change is known before it acts at least, in milliseconds.
    pub notice_ms: u64,
    /// Ascending; each member once.
    pub due: Vec<Due>,
}

impl Default for DirectoryTerms {
    fn default() -> Self {
        Self { notice_ms: USUAL_NOTICE_MS, due: Vec::new() }
    }
}

impl DirectoryTerms {
    /// As the record says; as at genesis where there is none.
    #[must_use]
    pub fn of(view: &dyn Records) -> Self {
        match view.record(&Name::DirectoryTerms) {
            Some(Record::DirectoryTerms(found)) => Self::clone(found),
            _ => Self::default(),
        }
    }

    /// With another time of a member's change, or none.
    fn with(mut self, member: &Lei, at: Option<LedgerTime>) -> Self {
        self.due.retain(|due| due.member != *member);
        self.due.extend(at.map(|at| Due { at, member: *member }));
        self.due.sort();
        self
    }
}

/// What changes at the beginning of a block of this time: entries whose change is due, the longest overdue first.
pub(crate) fn begin(state: &State, now: LedgerTime) -> Vec<(Name, Record)> {
    let mut terms = match state.record(&Name::DirectoryTerms) {
        Some(Record::DirectoryTerms(found)) if found.due.first().is_some_and(|d| d.at <= now) => {
            found.clone()
        }
        _ => return Vec::new(),
    };
    let due = terms.due.iter().take_while(|due| due.at <= now).take(MAX_DIRECTORY_SWEPT).count();
    let mut changed = Vec::new();
    for Due { member: lei, .. } in terms.due.drain(..due).collect::<Vec<_>>() {
        let Some(Record::Member(member)) = state.record(&Name::Member(lei)) else { continue };
        let mut notice = DirectoryNotice::of(state, &lei);
        let member = notice.act(member.clone(), now);
        terms = terms.with(&lei, notice.next());
        changed.push((Name::Member(lei), Record::Member(member)));
        changed.push((Name::DirectoryNotice(lei), Record::DirectoryNotice(Box::new(notice))));
    }
    changed.push((Name::DirectoryTerms, Record::DirectoryTerms(terms)));
    changed
}

/// Decides a change of a member's entry by its own administrators, in place of what they decided before.
///
/// # Errors
/// Those about the member, [`Refusal::KeyUnacceptable`], [`Refusal::OutOfRange`],
/// [`Refusal::NoticeTooShort`], [`Refusal::ChangesFull`], in this order.
pub(crate) fn change(
    draft: &mut Draft<'_>,
    lei: &Lei,
    asked: &DirectoryChange,
) -> Result<Facts, Refusal> {
    let own = draft.active_member(lei)?.directory.encryption;
    let (now, mut notice) = (draft.now(), DirectoryNotice::of(draft.view(), lei));
    notice.former.retain(|former| now < former.until);
    let (empty, key) = (asked.is_empty(), asked.message_key);
    let used = |new: &Hash32| {
        *new == Hash32::ZERO || *new == own || notice.former.iter().any(|former| former.key == *new)
    };
    let long = key.is_some_and(|new| new.overlap_ms > MAX_OVERLAP_MS);
    let nothing = empty && notice.waiting.is_none();
    Refusal::first([
        key.is_some_and(|new| used(&new.key)).then_some(Refusal::KeyUnacceptable),
        (long || nothing).then_some(Refusal::OutOfRange),
    ])?;
    let full = key.is_some() && notice.former.len() >= MAX_FORMER_KEYS;
    notice.waiting = (!empty).then(|| asked.clone());
    wait(draft, notice, ((!empty).then_some(asked.from), full))
}

/// Operators say under which names messages know a member, in place of what they decided before.
///
/// # Errors
/// Those about the member, [`Refusal::DirectoryMalformed`], [`Refusal::OutOfRange`],
/// [`Refusal::NoticeTooShort`], [`Refusal::ChangesFull`], in this order.
pub(crate) fn name(draft: &mut Draft<'_>, asked: &Naming) -> Result<Facts, Refusal> {
    let entry = draft.active_member(&asked.member)?.directory.clone();
    let after = DirectoryEntry { aliases: asked.aliases.clone(), ..entry };
    if !after.is_well_formed() {
        return Err(Refusal::DirectoryMalformed);
    }
    let mut notice = DirectoryNotice::of(draft.view(), &asked.member);
    notice.naming = Some(asked.clone());
    wait(draft, notice, (Some(asked.from), false))
}

fn wait(
    draft: &mut Draft<'_>,
    notice: DirectoryNotice,
    (asked, full): (Option<LedgerTime>, bool),
) -> Result<Facts, Refusal> {
    let (now, member) = (draft.now(), notice.member);
    let terms = DirectoryTerms::of(draft.view());
    let ahead = asked.map(|from| from.get().saturating_sub(now.get()));
    let is_late = ahead.is_some_and(|ahead| ahead > MAX_DIRECTORY_NOTICE_MS);
    let is_early = ahead.is_some_and(|ahead| ahead < terms.notice_ms);
    let terms = terms.with(&member, notice.next());
    Refusal::first([
        is_late.then_some(Refusal::OutOfRange),
        is_early.then_some(Refusal::NoticeTooShort),
        (full || terms.due.len() > MAX_DIRECTORY_DUE).then_some(Refusal::ChangesFull),
    ])?;
    draft.put(&Name::DirectoryNotice(member), Record::DirectoryNotice(Box::new(notice)));
    draft.put(&Name::DirectoryTerms, Record::DirectoryTerms(terms));
    Ok(Facts::new(Effect::Executed, vec![member]))
}

/// Revokes a member's message key at once: the one in the entry, for which another may stand from now on, a
/// former one, or one that waits.
///
/// # Errors
/// Those about the member, [`Refusal::KeyUnacceptable`], [`Refusal::KeyNotActive`], in this order.
pub(crate) fn revoke(
    draft: &mut Draft<'_>,
    lei: &Lei,
    (key, replacement): (&Hash32, Option<&Hash32>),
) -> Result<Facts, Refusal> {
    let now = draft.now();
    let mut member = draft.active_member(lei)?.clone();
    let mut notice = DirectoryNotice::of(draft.view(), lei);
    let stands = member.directory.encryption == *key && *key != Hash32::ZERO;
    let is_former = notice.opens(key, now);
    let waits = notice.waiting.as_ref().and_then(|change| change.message_key);
    let is_next = waits.is_some_and(|new| new.key == *key);
    let former = |new: &Hash32| notice.former.iter().any(|former| former.key == *new);
    let refused =
        replacement.is_some_and(|new| !stands || *new == Hash32::ZERO || new == key || former(new));
    Refusal::first([
        refused.then_some(Refusal::KeyUnacceptable),
        (!stands && !is_former && !is_next).then_some(Refusal::KeyNotActive),
    ])?;
    notice.former.retain(|former| now < former.until && former.key != *key);
    let taken = |new: NewMessageKey| Some(&new.key) == replacement;
    if (is_next || waits.is_some_and(taken))
        && let Some(change) = &mut notice.waiting
    {
        change.message_key = None;
    }
    if notice.waiting.as_ref().is_some_and(DirectoryChange::is_empty) {
        notice.waiting = None;
        let terms = DirectoryTerms::of(draft.view()).with(lei, notice.next());
        draft.put(&Name::DirectoryTerms, Record::DirectoryTerms(terms));
    }
    if stands {
        member.directory.encryption = replacement.copied().unwrap_or(Hash32::ZERO);
        draft.put(&Name::Member(*lei), Record::Member(member.written_at(now, None)));
    }
    draft.put(&Name::DirectoryNotice(*lei), Record::DirectoryNotice(Box::new(notice)));
    Ok(Facts::new(Effect::KeyRevoked, vec![*lei]))
}

/// Sets how long changes are known before they act; those that wait are not touched.
///
/// # Errors
/// [`Refusal::OutOfRange`].
pub(crate) fn set_terms(draft: &mut Draft<'_>, notice_ms: u64) -> Result<Facts, Refusal> {
    if !(MIN_DIRECTORY_NOTICE_MS..=MAX_DIRECTORY_NOTICE_MS).contains(&notice_ms) {
        return Err(Refusal::OutOfRange);
    }
    let terms = DirectoryTerms { notice_ms, ..DirectoryTerms::of(draft.view()) };
    draft.put(&Name::DirectoryTerms, Record::DirectoryTerms(terms));
    Ok(Facts::new(Effect::Executed, Vec::new()))
}
