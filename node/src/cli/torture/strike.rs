//! Who is struck, how, and for how long.

use std::{
    fmt,
    time::{Duration, Instant},
};

use rand::{RngExt as _, rngs::StdRng, seq::SliceRandom as _};

use super::keeper::Keeper;
use crate::cli::{
    child::Process,
    testbed::{TestbedError, network::Network},
};

/// What a blow did.
pub(super) struct Fall {
    /// How many ran until it fell.
    pub(super) killed: usize,
    /// When the last of the victims was started again.
    pub(super) started: Instant,
}

/// One blow.
pub(super) enum Strike {
    /// These fall at one instant and start again after a while.
    Kill {
        /// Numbers of validators.
        victims: Vec<usize>,
        /// How long they are gone.
        away: Duration,
    },
    /// One stands still where it is and goes on as if nothing had been.
    Pause {
        /// Number of the validator.
        victim: usize,
        /// For how long.
        away: Duration,
    },
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |victim: &usize| format!("validator-{}", victim + 1);
        match self {
            Self::Kill { victims, away } => {
                let names: Vec<String> = victims.iter().map(name).collect();
                write!(f, "killing {} for {} ms", names.join(", "), away.as_millis())
            }
            Self::Pause { victim, away } => {
                write!(f, "stopping {} for {} ms", name(victim), away.as_millis())
            }
        }
    }
}

impl Strike {
    /// Of ten blows one stops a validator, four kill one, two kill some, three kill all.
    pub(super) fn draw(chance: &mut StdRng, validators: usize) -> Self {
        let mut numbers: Vec<usize> = (0..validators).collect();
        numbers.shuffle(chance);
        let away = Duration::from_millis(chance.random_range(0..600));
        match chance.random_range(0..10) {
            0 => {
                let away = Duration::from_millis(chance.random_range(500..4_000));
                return Self::Pause { victim: numbers.first().copied().unwrap_or(0), away };
            }
            1..=4 => numbers.truncate(1),
            5 | 6 => numbers.truncate(chance.random_range(2..validators)),
            _ => {}
        }
        Self::Kill { victims: numbers, away }
    }

    /// Falls, and heals; when the last of the victims was started again.
    pub(super) async fn fall(
        &self,
        network: &Network,
        keeper: &Keeper,
    ) -> Result<Fall, TestbedError> {
        match self {
            Self::Kill { victims, away } => {
                let mut killed = 0;
                for number in victims {
                    match validator(network, *number)?.strike()? {
                        true => killed += 1,
                        false => keeper.came_too_late(),
                    }
                }
                for number in victims {
                    validator(network, *number)?.kill().await?;
                }
                tokio::time::sleep(*away).await;
                for number in victims {
                    validator(network, *number)?.start()?;
                }
                let started = Instant::now();
                for number in victims {
                    validator(network, *number)?.ready().await?;
                }
                Ok(Fall { killed, started })
            }
            Self::Pause { victim, away } => {
                let paused = validator(network, *victim)?;
                paused.pause(true).await?;
                tokio::time::sleep(*away).await;
                paused.pause(false).await?;
                Ok(Fall { killed: 0, started: Instant::now() })
            }
        }
    }
}

fn validator(network: &Network, number: usize) -> Result<&Process, TestbedError> {
    network.validators.get(number).ok_or(TestbedError::Broken("no such validator"))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn blows_of_a_seed_are_the_same_and_every_kind_comes() {
        let blows = |seed| {
            let mut chance = StdRng::seed_from_u64(seed);
            (0..100).map(|_| Strike::draw(&mut chance, 4).to_string()).collect::<Vec<_>>()
        };
        assert_eq!(blows(7), blows(7));
        let victims = |blow: &String| blow.matches("validator-").count();
        for count in 1..=4 {
            let kind = |blow: &String| blow.starts_with("killing") && victims(blow) == count;
            assert!(blows(7).iter().any(kind), "{count}");
        }
        assert!(blows(7).iter().any(|blow| blow.starts_with("stopping")));
    }
}
