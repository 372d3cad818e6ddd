//! How long validators wait for each other.
//!
//! # Place      a validator's configuration -> [distance] -> engine, proposals
//! # Invariants within a leader's time there is room for a heartbeat; nobody is left out before a
//! #            certification could have come

use std::{fmt, time::Duration};

use serde::Deserialize;

/// How far apart the validators of a network are. It decides nothing but waiting, so validators that
/// differ in it lose time, never agreement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Anywhere: round trips of up to 200 ms.
    #[default]
    Wide,
    /// In one city, with cores of their own: round trips of up to 20 ms.
    Near,
}

impl fmt::Display for Distance {
    /// As in a configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wide => "wide",
            Self::Near => "near",
        })
    }
}

/// The times of a distance.
pub(crate) struct Times {
    /// Between blocks when nothing happens.
    pub(crate) heartbeat: Duration,
    /// What a proposer gives the engine to produce unexecuted ancestors.
    pub(crate) ancestry: Duration,
    /// What a leader has to propose.
    pub(crate) leader: Duration,
    /// For a proposal to be certified.
    pub(crate) certification: Duration,
    /// Between repeated timeout votes.
    pub(crate) retry: Duration,
    /// Silence after which a leader's views are skipped at once.
    pub(crate) skip: Duration,
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

const WIDE: Times = Times {
    heartbeat: ms(500),
    ancestry: ms(250),
    leader: ms(1_000),
    certification: ms(2_000),
    retry: ms(2_000),
    skip: ms(2_500),
};

const NEAR: Times = Times {
    heartbeat: ms(150),
    ancestry: ms(50),
    leader: ms(300),
    certification: ms(400),
    retry: ms(400),
    skip: ms(450),
};

/// What the engine asks of its times, and we of ours.
const fn fit(times: &Times) -> bool {
    times.heartbeat.as_millis() + times.ancestry.as_millis() < times.leader.as_millis()
        && times.leader.as_millis() < times.certification.as_millis()
        && times.certification.as_millis() < times.skip.as_millis()
        && times.retry.as_millis() < times.skip.as_millis()
}

const _: () = assert!(fit(&WIDE) && fit(&NEAR));

impl Distance {
    pub(crate) const fn times(self) -> &'static Times {
        match self {
            Self::Wide => &WIDE,
            Self::Near => &NEAR,
        }
    }
}
