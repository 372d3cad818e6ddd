//! What a seed draws before anything runs: who is faulty, and the weather.
//!
//! # Place      seed -> [plan] -> scenario
//! # Invariants never more faulty validators than the protocol bears, f of 3f + 1
//! # Absent     what happens then

use std::time::Duration;

use consensus::simulation::{Dice, Power, adversary::Habit};

/// What is wrong with a validator from the beginning to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It lies with its own keys.
    Adversary(Habit),
    /// Its ledger is right, and it declares other roots.
    Declares,
    /// From this height on its ledger computes other roots.
    Diverges(u64),
    /// It never runs.
    Silent,
    /// It hears and never speaks.
    Mute,
    /// Its clock is wrong by so many milliseconds.
    Skewed(i64),
}

/// What happens for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Every link is slow and jitters.
    Slow(Duration),
    /// Packets are lost: bytes come late and connections end.
    Lossy,
    /// Two sides do not hear each other; connections end where the flag says so.
    Partition(bool),
    /// One validator is heard by nobody, or hears nobody.
    OneWay,
    /// Some validators end and start again.
    Crashes(Power),
    /// All validators end in the same moment, again and again.
    Storm(Power),
    /// Verdicts and executions take up to 2.2 seconds.
    Stalls,
}

/// What a seed draws.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many validators.
    pub validators: usize,
    /// What is wrong with each.
    pub troubles: Vec<Option<Trouble>>,
    /// Small errors of the other clocks, in milliseconds.
    pub skews: Vec<i64>,
    /// What happens, one after the other.
    pub weather: Vec<Weather>,
    /// Time that a sync takes on each disk.
    pub syncs: Vec<Duration>,
}

impl Plan {
    /// Nothing goes wrong with so many validators.
    #[must_use]
    pub fn calm(validators: usize) -> Self {
        Self {
            validators,
            troubles: vec![None; validators],
            skews: vec![0; validators],
            weather: Vec::new(),
            syncs: vec![Duration::from_millis(2); validators],
        }
    }
}

const fn power(dice: &mut Dice) -> Power {
    if dice.chance(700) { Power::Machine } else { Power::Process }
}

fn trouble(dice: &mut Dice) -> Trouble {
    match dice.below(12) {
        0..=4 => Trouble::Adversary(*dice.pick(&Habit::ALL)),
        5 | 6 => Trouble::Declares,
        7 | 8 => Trouble::Diverges(dice.between(12, 40)),
        9 => Trouble::Silent,
        10 => Trouble::Mute,
        _ => Trouble::Skewed(if dice.chance(500) { 3_000 } else { -3_000 }),
    }
}

fn weather(dice: &mut Dice) -> Weather {
    match dice.below(16) {
        0 | 1 => Weather::Slow(dice.millis(20, 150)),
        2 | 3 => Weather::Lossy,
        4 | 5 => Weather::Partition(dice.chance(500)),
        6 => Weather::OneWay,
        7 | 8 => Weather::Crashes(power(dice)),
        9..=13 => Weather::Storm(power(dice)),
        _ => Weather::Stalls,
    }
}

impl Plan {
    /// What a seed draws; so many validators where that is said.
    #[must_use]
    pub fn new(dice: &mut Dice, validators: Option<usize>) -> Self {
        let drawn = usize::try_from(dice.between(4, 7)).unwrap_or(4);
        let validators = validators.unwrap_or(drawn);
        let most = (validators - 1) / 3;
        let mut troubles = vec![None; validators];
        let faulty = if dice.chance(400) { 0 } else { dice.between(1, most as u64) };
        for _ in 0..faulty {
            let place = dice.place(validators);
            troubles[place] = Some(trouble(dice));
        }
        let skews = (0..validators).map(|_| i64::try_from(dice.below(200)).unwrap_or(0) - 100);
        let skews = skews.collect();
        let weather = (0..dice.between(3, 5)).map(|_| weather(dice)).collect();
        let most = if dice.chance(500) { 4 } else { 40 };
        let syncs = (0..validators).map(|_| dice.millis(1, most)).collect();
        Self { validators, troubles, skews, weather, syncs }
    }
}
