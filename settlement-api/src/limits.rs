//! How many requests a sender may send: a bucket for each client and for each other member (Z6).
//!
//! # Place      auth, tokens -> [limits] -> what is remembered of a request and everything behind
//! # Invariants a bucket is made for who is known to have asked only: clients of the configuration, members
//! #            of the directory; what finds its sender's bucket empty has no effect and uses up no nonce
//! # Absent     what one request may cost (each endpoint's own), requests without a good signature or
//! #            token, buckets that outlive the process

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use ledger_core::{authority::Role, id::Lei, signature::PublicKey};
use serde::Deserialize;

use crate::{
    auth::{Pace, Sender},
    gateway::Gateway,
    problem::Problem,
    refused::Refused,
};

/// Requests of one sender: so many at once, and so many a second for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// How many a second fill it.
    pub per_second: NonZeroU32,
    /// How many it holds.
    pub burst: NonZeroU32,
}

const fn number(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for Bucket {
    /// More than two cores answer, with room for a file of 10,000 payments and questions about them.
    fn default() -> Self {
        Self { per_second: number(2_000), burst: number(20_000) }
    }
}

/// `[limits]`: what each sender may send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Each client of this gateway, by its key, or by its name where it sends tokens.
    pub client: Bucket,
    /// Each other member, whichever of its keys signs.
    pub member: Bucket,
}

/// The buckets of a gateway.
pub struct Buckets {
    gateway: Arc<Gateway>,
    keys: BTreeSet<[u8; 32]>,
    by_key: DefaultKeyedRateLimiter<[u8; 32]>,
    by_token: DefaultKeyedRateLimiter<String>,
    members: DefaultKeyedRateLimiter<Lei>,
}

impl Buckets {
    /// Full ones, for clients by these keys, clients by tokens, and the members that a gateway knows.
    #[must_use]
    pub fn new(limits: Limits, keys: BTreeSet<[u8; 32]>, gateway: Arc<Gateway>) -> Self {
        let quota = |bucket: Bucket| Quota::per_second(bucket.per_second).allow_burst(bucket.burst);
        Self {
            gateway,
            keys,
            by_key: RateLimiter::keyed(quota(limits.client)),
            by_token: RateLimiter::keyed(quota(limits.client)),
            members: RateLimiter::keyed(quota(limits.member)),
        }
    }

    fn member(&self, key: &[u8; 32]) -> Option<Lei> {
        let entry = self.gateway.directory.by_key(&PublicKey::new(*key), Role::Transport);
        entry.map(|entry| entry.lei)
    }
}

impl Pace for Buckets {
    fn take(&self, sender: Sender<'_>) -> Result<(), Problem> {
        let (kind, taken) = match sender {
            Sender::Key(key) if self.keys.contains(key) => ("client", self.by_key.check_key(key)),
            Sender::Key(key) => match self.member(key) {
                Some(member) => ("member", self.members.check_key(&member)),
                None => return Ok(()),
            },
            Sender::Token(client) => ("client", self.by_token.check_key(&client.to_owned())),
        };
        taken.map_err(|empty| {
            self.gateway.metrics.limited(kind);
            let wait = empty.wait_time_from(DefaultClock::default().now());
            Refused::TooManyRequests.problem().with_retry_after(whole_seconds(wait))
        })
    }
}

/// At least one.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}
