//! Limits of keys: what a person may enter with its settlement keys, per currency.
//!
//! ```text
//! SetKeyLimits{key}        a member's administrators: most by one command, most per window
//! Hold, Transfer, Schedule, Settle, Bulk, Return, Preburn
//!                          counted once, for every person that signs it with a settlement key
//! ```
//!
//! A key's limits are kept by its person, for all its settlement keys together: neither a second key
//! nor a rotation makes room.
//!
//! # Place      the last question of every rule that enters a debit
//! # Invariants K7 no command exceeds a limit of one who signs it, and under the same limits no span
//! #            as long as a window does; I11 limits and counters are records under the state root
//! # Absent     limits of what gates clear; limits of moves between a member's own accounts (no money
//! #            leaves it)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    draft::{Draft, Signers},
    execute::Facts,
    id::{Lei, PersonId},
    money::{Currency, Money},
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    signing::persons,
    sliding::{BucketLength, SlidingSum, beyond, is_window},
    time::LedgerTime,
};

/// What may be entered with a key, in minor units of one currency; no number is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyTerms {
    /// How long a window is, in milliseconds.
    pub window_ms: u64,
    /// By one command, all it takes together.
    pub per_command: Option<u128>,
    /// By all commands of any window.
    pub per_window: Option<u128>,
}

impl KeyTerms {
    const fn buckets(&self) -> BucketLength {
        BucketLength::of(self.window_ms)
    }
}

/// Limits of a person's settlement keys in a currency, and what was entered with them lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLimits {
    /// Whose keys.
    pub person: PersonId,
    /// Which currency.
    pub currency: Currency,
    /// What its member's administrators allow.
    pub terms: KeyTerms,
    /// What was entered, in minor units. Sums beyond `u128` stay there.
    pub recent: SlidingSum<u128>,
}

impl KeyLimits {
    /// What counts at a time.
    #[must_use]
    pub fn window(&self, now: LedgerTime) -> SlidingSum<u128> {
        self.recent.at(now, self.terms.buckets())
    }

    /// The same under other terms. Where they change the length of a bucket, what still counts counts
    /// as entered now, so that no change of terms makes room.
    #[must_use]
    pub fn under(self, terms: KeyTerms, now: LedgerTime) -> Self {
        let (recent, length) = (self.window(now), terms.buckets());
        let recent = if length == self.terms.buckets() {
            recent
        } else {
            SlidingSum::all_at(now, length, recent.sum())
        };
        Self { terms, recent, ..self }
    }
}

/// Sets the limits of a member's settlement key in a currency.
///
/// # Errors
/// Those about the member, [`Refusal::CurrencyUnknown`], [`Refusal::OutOfRange`],
/// [`Refusal::KeyNotActive`].
pub(crate) fn set(
    draft: &mut Draft<'_>,
    member: &Lei,
    key: &PublicKey,
    currency: Currency,
    terms: KeyTerms,
) -> Result<Facts, Refusal> {
    draft.active_member(member)?;
    draft.currency(currency)?;
    if !is_window(terms.window_ms) {
        return Err(Refusal::OutOfRange);
    }
    let person = match draft.active_key(key) {
        Ok(grant) if grant.organisation == *member && grant.role == Role::Settlement => {
            grant.person
        }
        Ok(_) | Err(_) => return Err(Refusal::KeyNotActive),
    };
    let limits = match find(draft, person, currency) {
        Some(limits) => limits.under(terms, draft.now()),
        None => KeyLimits { person, currency, terms, recent: SlidingSum::default() },
    };
    put(draft, limits);
    Ok(Facts::new(Effect::Executed, vec![*member]))
}

/// Whether a command takes no more than each who signs it may enter by one command.
///
/// # Errors
/// [`Refusal::KeyCommandLimit`].
pub(crate) fn check(
    draft: &Draft<'_>,
    signers: &Signers,
    debits: impl IntoIterator<Item = Money>,
) -> Result<(), Refusal> {
    let mut sums: BTreeMap<Currency, u128> = BTreeMap::new();
    for money in debits {
        let sum = sums.entry(money.currency()).or_default();
        *sum = sum.saturating_add(money.minor());
    }
    let signed = persons(signers);
    let exceeds = |currency: &Currency, minor: &u128| {
        let mut limits = signed.iter().filter_map(|person| find(draft, *person, *currency));
        limits.any(|limits| beyond(limits.terms.per_command, 0, *minor))
    };
    if sums.iter().any(|(currency, minor)| exceeds(currency, minor)) {
        return Err(Refusal::KeyCommandLimit);
    }
    Ok(())
}

/// Counts a debit for each who signs it.
///
/// # Errors
/// [`Refusal::KeyWindowLimit`].
pub(crate) fn count(draft: &mut Draft<'_>, signers: &Signers, money: Money) -> Result<(), Refusal> {
    let now = draft.now();
    for person in persons(signers) {
        let Some(limits) = find(draft, person, money.currency()) else { continue };
        if limits.terms.per_window.is_none() {
            continue;
        }
        let recent = limits.window(now);
        if beyond(limits.terms.per_window, recent.sum(), money.minor()) {
            return Err(Refusal::KeyWindowLimit);
        }
        put(draft, KeyLimits { recent: recent.with(money.minor()), ..limits });
    }
    Ok(())
}

fn find(draft: &Draft<'_>, person: PersonId, currency: Currency) -> Option<KeyLimits> {
    match draft.get(&Name::KeyLimits(person, currency)) {
        Some(Record::KeyLimits(limits)) => Some(**limits),
        _ => None,
    }
}

fn put(draft: &mut Draft<'_>, limits: KeyLimits) {
    let name = Name::KeyLimits(limits.person, limits.currency);
    draft.put(&name, Record::KeyLimits(Box::new(limits)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        freshness::DAY_MS,
        sliding::{MAX_WINDOW_MS, MIN_WINDOW_MS},
        testing::usd,
    };

    #[test]
    fn k7_other_terms_of_a_key_make_no_room() {
        let hour = DAY_MS / 24;
        let at = |hours: u64| LedgerTime::new(1_000 * DAY_MS + hours * hour);
        let terms = KeyTerms { window_ms: DAY_MS, per_command: None, per_window: Some(10) };
        let recent = SlidingSum::all_at(at(0), terms.buckets(), 4u128);
        let recent = recent.at(at(20), terms.buckets()).with(6);
        let limits = KeyLimits { person: PersonId::new([1; 16]), currency: usd(), terms, recent };
        // When terms change, how long the window is then, when asked, what counts.
        for (changed, window_ms, now, counted) in [
            (21, DAY_MS, 24, 10),
            (21, DAY_MS, 25, 6),
            (21, DAY_MS, 45, 0),
            (21, MAX_WINDOW_MS, 366 * 24, 10),
            (21, MIN_WINDOW_MS, 21, 10),
            (21, MIN_WINDOW_MS, 22, 0),
            // What no longer counted then does not come back.
            (25, MAX_WINDOW_MS, 25, 6),
            (45, MAX_WINDOW_MS, 45, 0),
        ] {
            let under = limits.under(KeyTerms { window_ms, ..terms }, at(changed));
            assert_eq!(under.window(at(now)).sum(), counted, "{changed} {window_ms} {now}");
        }
    }
}
