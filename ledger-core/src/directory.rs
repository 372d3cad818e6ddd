//! Changes of a member's directory entry: decided by its administrators, known to all before they act.
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

use std::collections::BTreeSet;

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
/// Characters of a BIC that name a party (ISO 9362); three more name a branch of it.
const PARTY: usize = 8;
/// What begins a BIC among aliases.
const BIC: &str = "BIC:";

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
    /// All aliases, sorted.
    pub aliases: Option<Vec<Text>>,
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
        self.endpoint.is_none() && self.aliases.is_none() && self.message_key.is_none()
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
    /// What is decided and does not act yet.
    pub waiting: Option<DirectoryChange>,
    /// Message keys before the one in the entry, the latest last.
    pub former: Vec<FormerKey>,
}

impl DirectoryNotice {
    /// As the record says; empty where there is none.
    #[must_use]
    pub fn of(view: &dyn Records, member: &Lei) -> Self {
        match view.record(&Name::DirectoryNotice(*member)) {
            Some(Record::DirectoryNotice(found)) => Self::clone(found),
            _ => Self { member: *member, waiting: None, former: Vec::new() },
        }
    }

    /// Whether its member still opens, at this ledger time, what is sealed to a key that was replaced.
    #[must_use]
    pub fn opens(&self, key: &Hash32, now: LedgerTime) -> bool {
        self.former.iter().any(|former| former.key == *key && now < former.until)
    }

    /// Acts: the entry as decided, its key before among the former ones.
    fn act(&mut self, member: Member, now: LedgerTime) -> Member {
        let mut member = member.written_at(now, None);
        let Some(change) = self.waiting.take() else { return member };
        self.former.retain(|former| now < former.until);
        if let Some(new) = change.message_key {
            let key = member.directory.encryption;
            if key != Hash32::ZERO {
                self.former.push(FormerKey { key, until: now.after(new.overlap_ms) });
            }
            member.directory.encryption = new.key;
        }
        member.directory.endpoint = change.endpoint.unwrap_or(member.directory.endpoint);
        member.directory.aliases = change.aliases.unwrap_or(member.directory.aliases);
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
    for Due { member: lei, .. } in terms.due.drain(..due) {
        let Some(Record::Member(member)) = state.record(&Name::Member(lei)) else { continue };
        let mut notice = DirectoryNotice::of(state, &lei);
        let member = notice.act(member.clone(), now);
        changed.push((Name::Member(lei), Record::Member(member)));
        changed.push((Name::DirectoryNotice(lei), Record::DirectoryNotice(Box::new(notice))));
    }
    changed.push((Name::DirectoryTerms, Record::DirectoryTerms(terms)));
    changed
}

/// Whether a member may give itself an alias: one that it has, or a branch of a party whose BIC it has.
/// Whose any other name is, operators know.
fn is_own(entry: &DirectoryEntry, alias: &Text) -> bool {
    let party = |alias: &Text| -> Option<String> {
        let bic = alias.get().strip_prefix(BIC)?;
        let party: String = bic.chars().take(PARTY).collect();
        (party.len() == PARTY).then_some(party)
    };
    let named = party(alias);
    entry.aliases.contains(alias)
        || named.is_some() && entry.aliases.iter().any(|known| party(known) == named)
}

/// Decides a change of a member's entry by its own administrators, in place of what waits.
///
/// # Errors
/// Those about the member, [`Refusal::DirectoryMalformed`], [`Refusal::KeyUnacceptable`],
/// [`Refusal::OutOfRange`], [`Refusal::NoticeTooShort`], [`Refusal::ChangesFull`], in this order.
pub(crate) fn change(
    draft: &mut Draft<'_>,
    lei: &Lei,
    asked: &DirectoryChange,
) -> Result<Facts, Refusal> {
    let entry = draft.active_member(lei)?.directory.clone();
    let mut aliases = asked.aliases.iter().flatten();
    let foreign = aliases.any(|alias| !is_own(&entry, alias));
    wait(draft, &entry, asked, foreign)
}

/// Operators say under which names messages know a member.
///
/// # Errors
/// As [`change`].
pub(crate) fn name(draft: &mut Draft<'_>, asked: &Naming) -> Result<Facts, Refusal> {
    let Naming { member, aliases, from } = asked;
    let (entry, from) = (draft.active_member(member)?.directory.clone(), *from);
    let waits = DirectoryNotice::of(draft.view(), member).waiting;
    let other =
        waits.unwrap_or(DirectoryChange { endpoint: None, aliases: None, message_key: None, from });
    // What the member itself wants waits no shorter for it.
    let from = from.max(other.from);
    let asked = DirectoryChange { aliases: Some(aliases.clone()), from, ..other };
    wait(draft, &entry, &asked, false)
}

fn wait(
    draft: &mut Draft<'_>,
    entry: &DirectoryEntry,
    asked: &DirectoryChange,
    foreign: bool,
) -> Result<Facts, Refusal> {
    let (now, lei) = (draft.now(), entry.lei);
    let mut notice = DirectoryNotice::of(draft.view(), &lei);
    let terms = DirectoryTerms::of(draft.view());
    let empty = asked.is_empty();
    let aliases: BTreeSet<_> = asked.aliases.iter().flatten().collect();
    let sorted = asked.aliases.iter().flatten().eq(aliases);
    let after = DirectoryEntry {
        aliases: asked.aliases.clone().unwrap_or_else(|| entry.aliases.clone()),
        ..entry.clone()
    };
    let key = asked.message_key;
    let used = key.is_some_and(|new| {
        new.key == Hash32::ZERO
            || new.key == entry.encryption
            || notice.former.iter().any(|former| former.key == new.key)
    });
    let ahead = asked.from.get().saturating_sub(now.get());
    let long = key.is_some_and(|new| new.overlap_ms > MAX_OVERLAP_MS);
    let nothing = empty && notice.waiting.is_none();
    let late = ahead > MAX_DIRECTORY_NOTICE_MS && !empty;
    notice.former.retain(|former| now < former.until);
    notice.waiting = (!empty).then(|| asked.clone());
    let terms = terms.with(&lei, (!empty).then_some(asked.from));
    let full = terms.due.len() > MAX_DIRECTORY_DUE
        || key.is_some() && notice.former.len() >= MAX_FORMER_KEYS;
    Refusal::first([
        (foreign || !sorted || !after.is_well_formed()).then_some(Refusal::DirectoryMalformed),
        used.then_some(Refusal::KeyUnacceptable),
        (long || late || nothing).then_some(Refusal::OutOfRange),
        (ahead < terms.notice_ms && !empty).then_some(Refusal::NoticeTooShort),
        full.then_some(Refusal::ChangesFull),
    ])?;
    draft.put(&Name::DirectoryNotice(lei), Record::DirectoryNotice(Box::new(notice)));
    draft.put(&Name::DirectoryTerms, Record::DirectoryTerms(terms));
    Ok(Facts::new(Effect::Executed, vec![lei]))
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
        let terms = DirectoryTerms::of(draft.view()).with(lei, None);
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
