//! One endpoint: where it is, how far it is told, and what becomes of attempts.
//!
//! ```text
//! active --failed--> failing --took it--> active
//!                    failing --failed, three days after the first--> disabled
//! any --"gone" (410)--> disabled --resumed--> active
//! ```

use std::fmt;

use ledger_core::digest::Hash32;
use serde::{Deserialize, Serialize};

/// For how long an endpoint that fails is asked again: three days.
pub const GIVE_UP_MS: u64 = 3 * 24 * 3_600_000;
/// The first pause; each is twice as long as the one before.
const FIRST_PAUSE_MS: u64 = 1_000;
/// The longest pause: an hour.
const LONGEST_PAUSE_MS: u64 = 3_600_000;
/// How long a secret that was replaced signs beside the new one: a day.
const OVERLAP_MS: u64 = 24 * 3_600_000;

/// A key that both sides know.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    bytes: [u8; 32],
    /// Until when it signs, once it was replaced.
    until: Option<u64>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// It answered with another status than 2xx; redirects are not followed.
    Status(u16),
    /// It did not answer in time.
    Timeout,
    /// Nobody listens there.
    NoConnection,
    /// The exchange broke.
    Broken,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Timeout => f.write_str("timeout"),
            Self::NoConnection => f.write_str("no connection"),
            Self::Broken => f.write_str("the exchange broke"),
        }
    }
}

/// An event that could not be told yet. Times are in ms since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Since when.
    pub since: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next: u64,
    /// Why the last attempt failed.
    pub last: Failure,
}

/// Where events are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its name, random.
    pub id: Hash32,
    /// Its URL.
    pub url: String,
    /// The newest first, at most two.
    secrets: Vec<Secret>,
    /// Who registered it.
    pub by: String,
    /// When.
    pub created: u64,
    /// The number of the last event that it took.
    pub after: u64,
    /// What stands in its way.
    pub failing: Option<Failing>,
    /// When it was given up.
    pub disabled: Option<u64>,
}

impl Endpoint {
    /// A new endpoint that is told what comes after an event.
    #[must_use]
    pub fn new(
        (id, secret): (Hash32, [u8; 32]),
        (url, by): (&str, &str),
        (now, after): (u64, u64),
    ) -> Self {
        Self {
            id,
            url: url.to_owned(),
            secrets: vec![Secret { bytes: secret, until: None }],
            by: by.to_owned(),
            created: now,
            after,
            failing: None,
            disabled: None,
        }
    }

    /// Keys that sign now, the newest first.
    pub fn secrets(&self, now: u64) -> impl Iterator<Item = &[u8]> {
        let lasts = move |secret: &&Secret| secret.until.is_none_or(|until| now < until);
        self.secrets.iter().filter(lasts).map(|secret| secret.bytes.as_slice())
    }

    /// With another secret; the one before signs along for a day.
    #[must_use]
    pub fn rotated(self, secret: [u8; 32], now: u64) -> Self {
        let before = self.secrets.first().cloned();
        let before =
            before.map(|before| Secret { until: Some(now.saturating_add(OVERLAP_MS)), ..before });
        let secrets = [Some(Secret { bytes: secret, until: None }), before];
        Self { secrets: secrets.into_iter().flatten().collect(), ..self }
    }

    /// It took an event.
    #[must_use]
    pub fn took(self, number: u64) -> Self {
        Self { after: number, failing: None, ..self }
    }

    /// An attempt failed.
    #[must_use]
    pub fn failed(self, failure: Failure, now: u64) -> Self {
        let before = self.failing;
        let since = before.map_or(now, |failing| failing.since);
        let attempts = before.map_or(0, |failing| failing.attempts).saturating_add(1);
        let doubled = FIRST_PAUSE_MS.checked_shl(attempts.saturating_sub(1).min(32));
        let pause = doubled.unwrap_or(LONGEST_PAUSE_MS).min(LONGEST_PAUSE_MS);
        let failing = Failing { since, attempts, next: now.saturating_add(pause), last: failure };
        let gone = failure == Failure::Status(410);
        let over = now.saturating_sub(since) >= GIVE_UP_MS;
        Self { failing: Some(failing), disabled: (gone || over).then_some(now), ..self }
    }

    /// It is asked again, from an event on.
    #[must_use]
    pub fn resumed(self, after: Option<u64>) -> Self {
        Self { after: after.unwrap_or(self.after), failing: None, disabled: None, ..self }
    }

    /// `active`, `failing` or `disabled`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (self.disabled, self.failing) {
            (Some(_), _) => "disabled",
            (None, Some(_)) => "failing",
            (None, None) => "active",
        }
    }

    /// When its next event may be told.
    #[must_use]
    pub const fn due(&self) -> Option<u64> {
        match (self.disabled, self.failing) {
            (Some(_), _) => None,
            (None, Some(failing)) => Some(failing.next),
            (None, None) => Some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        let named = (Hash32::new([1; 32]), [2; 32]);
        Endpoint::new(named, ("http://127.0.0.1:9/x", "admin"), (1_000, 7))
    }

    #[test]
    fn e2_pauses_double_up_to_an_hour_and_after_three_days_it_is_disabled() {
        let (mut one, mut now, mut pauses) = (endpoint(), 1_000, Vec::new());
        while one.disabled.is_none() {
            one = one.failed(Failure::Timeout, now);
            let next = one.failing.unwrap().next;
            pauses.push(next - now);
            now = next;
        }
        assert_eq!(&pauses[..4], [1_000, 2_000, 4_000, 8_000]);
        assert!(pauses.iter().all(|pause| *pause <= LONGEST_PAUSE_MS));
        let failing = one.failing.unwrap();
        let lasted = one.disabled.unwrap() - failing.since;
        assert!((GIVE_UP_MS..GIVE_UP_MS + LONGEST_PAUSE_MS).contains(&lasted), "{lasted}");
        assert!(failing.attempts > 72, "{}", failing.attempts);
        assert_eq!((one.state(), one.due(), one.after), ("disabled", None, 7));
        let again = one.resumed(Some(3));
        assert_eq!((again.state(), again.due(), again.after), ("active", Some(0), 3));
    }

    /// One row per arrow of the diagram.
    #[test]
    fn e2_every_transition() {
        let failed = || endpoint().failed(Failure::Status(500), 5_000);
        for (what, state, next) in [
            ("new", "active", endpoint()),
            ("failed", "failing", failed()),
            ("failed again", "failing", failed().failed(Failure::NoConnection, 6_000)),
            ("took it after all", "active", failed().took(8)),
            ("gone", "disabled", endpoint().failed(Failure::Status(410), 5_000)),
            ("given up", "disabled", failed().failed(Failure::Broken, 5_000 + GIVE_UP_MS)),
            ("resumed", "active", failed().failed(Failure::Status(410), 6_000).resumed(None)),
            ("redirected", "failing", endpoint().failed(Failure::Status(302), 5_000)),
        ] {
            assert_eq!(next.state(), state, "{what}");
        }
        assert_eq!(failed().took(8).after, 8);
        assert_eq!(failed().after, 7, "a failure moves no cursor");
    }

    #[test]
    fn e2_a_replaced_secret_signs_along_for_a_day_and_none_is_printed() {
        let one = endpoint().rotated([3; 32], 10_000);
        let of = |now| one.secrets(now).map(|secret| secret[0]).collect::<Vec<_>>();
        assert_eq!(of(10_000), [3, 2]);
        assert_eq!(of(10_000 + OVERLAP_MS), [3]);
        let twice = one.clone().rotated([4; 32], 20_000);
        assert_eq!(twice.secrets(20_000).map(|secret| secret[0]).collect::<Vec<_>>(), [4, 3]);
        let printed = format!("{one:?}");
        assert!(!printed.contains("3, 3, 3") && !printed.contains("2, 2, 2"), "{printed}");
    }
}
