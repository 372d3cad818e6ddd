//! Machines, what runs on them, and their ends.
//!
//! # Place      tests/sim -> [world] -> `host`, `disk`, `wires`, engine
//! # Invariants a loss of power is one moment: disk, wires and tasks of a machine end together
//! # Absent     what must hold

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use commonware_runtime::{
    Clock as _, Handle, Runner as _, Spawner as _, Supervisor as _,
    deterministic::{self, Context},
};
use commonware_utils::channel::watch;

use super::{Dice, Disk, Wires, host::Host};
use crate::{
    NodeConfig, StopReason,
    application::Stalls,
    engine::{self, Blocks, Shared},
    intake::Intake,
    mempool::Bounds,
    port::Ledger,
    progress::Board,
};

/// A machine: what survives the validator that runs on it.
#[derive(Clone)]
pub struct Machine {
    pub(super) index: usize,
    pub(super) wires: Wires,
    /// Its disk.
    pub disk: Disk,
    skew: Arc<AtomicI64>,
}

impl Machine {
    /// Sets its clock ahead of the true time, or behind it, in milliseconds.
    pub fn set_skew(&self, milliseconds: i64) {
        self.skew.store(milliseconds, Ordering::Relaxed);
    }

    /// What its clock shows.
    #[must_use]
    pub fn shown(&self, time: SystemTime) -> SystemTime {
        shifted(time, self.skew.load(Ordering::Relaxed))
    }

    /// The true time when its clock shows this.
    pub(super) fn meant(&self, time: SystemTime) -> SystemTime {
        shifted(time, self.skew.load(Ordering::Relaxed).saturating_neg())
    }
}

fn shifted(time: SystemTime, milliseconds: i64) -> SystemTime {
    let by = Duration::from_millis(milliseconds.unsigned_abs());
    let shifted = if milliseconds < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    shifted.unwrap_or(time)
}

/// How a validator ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Its process is killed: what it wrote is kept, what it sent still comes.
    Process,
    /// Its machine loses power.
    Machine,
}

/// A running validator.
pub struct Validator {
    /// Pool, board and archive.
    pub shared: Shared,
    machine: Machine,
    ended: Arc<Mutex<Option<StopReason>>>,
    handle: Handle<()>,
    _stop: watch::Sender<bool>,
}

impl Validator {
    /// Why it stopped by itself, if it did.
    #[must_use]
    pub fn ended(&self) -> Option<StopReason> {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The world.
#[derive(Clone)]
pub struct World {
    context: Arc<Context>,
    /// Its network.
    pub wires: Wires,
    started: Arc<AtomicU64>,
}

impl World {
    /// The true time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.context.current()
    }

    /// Waits.
    pub async fn sleep(&self, duration: Duration) {
        self.context.sleep(duration).await;
    }

    /// A new machine with an empty disk.
    #[must_use]
    pub fn machine(&self, index: usize) -> Machine {
        let (wires, disk, skew) = (self.wires.clone(), Disk::default(), Arc::default());
        Machine { index, wires, disk, skew }
    }

    fn tasks(&self, machine: &Machine) -> Host {
        let generation = self.started.fetch_add(1, Ordering::Relaxed);
        let context = self.context.child("validator").with_attribute("index", machine.index);
        Host::new(context.with_attribute("generation", generation), machine.clone())
    }

    /// Runs the node's engine on a machine.
    #[must_use]
    pub fn start(
        &self,
        machine: &Machine,
        config: NodeConfig,
        ledger: Box<dyn Ledger>,
        stalls: Stalls,
    ) -> Validator {
        let (intake, outbox) = Intake::new(&config.genesis, Bounds::default());
        let blocks = Blocks::default();
        let shared = Shared { intake, board: Board::default(), stalls, blocks };
        let (stop, asked) = watch::channel(false);
        let ended = Arc::new(Mutex::new(None));
        let (inside, end) = (shared.clone(), Arc::clone(&ended));
        let handle = self.tasks(machine).spawn(move |host| {
            Box::pin(async move {
                let reason = engine::run(host, config, ledger, inside, outbox, asked).await;
                *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
            })
        });
        Validator { shared, machine: machine.clone(), ended, handle, _stop: stop }
    }

    /// Runs an adversary on a machine.
    #[must_use]
    pub fn start_adversary(
        &self,
        machine: &Machine,
        config: NodeConfig,
        habit: super::adversary::Habit,
        dice: Dice,
    ) -> Adversary {
        let host = self.tasks(machine);
        let run = move |host| Box::pin(super::adversary::run(host, config, habit, dice));
        Adversary { machine: machine.clone(), handle: host.spawn(run) }
    }

    /// Ends validators and adversaries, all in the same moment.
    pub async fn kill(
        &self,
        validators: Vec<Validator>,
        adversaries: Vec<Adversary>,
        power: Power,
        dice: &mut Dice,
    ) {
        let parts = validators.into_iter().map(|v| (v.machine, v.handle));
        let all: Vec<_> =
            parts.chain(adversaries.into_iter().map(|a| (a.machine, a.handle))).collect();
        for (machine, handle) in &all {
            match power {
                Power::Process => machine.disk.lose_process(),
                Power::Machine => {
                    machine.disk.lose_power(dice);
                    self.wires.lose_power(machine.index);
                }
            }
            handle.abort();
        }
        for (_, handle) in all {
            let _ = handle.await;
        }
    }
}

/// A running adversary.
pub struct Adversary {
    machine: Machine,
    handle: Handle<()>,
}

/// Where a validator of this index is called.
#[must_use]
pub fn address(index: usize) -> SocketAddr {
    let port = 5_000 + u16::try_from(index).unwrap_or_default();
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Runs a scenario in the world of a seed, at most for a time; answers what it answers, and a hash
/// over everything that happened.
///
/// # Panics
/// When a task of it panics, or when it lasts longer.
pub fn simulate<F, Fut, T>(
    seed: u64,
    start: SystemTime,
    longest: Duration,
    scenario: F,
) -> (T, String)
where
    F: FnOnce(World) -> Fut,
    Fut: Future<Output = T>,
{
    let config = deterministic::Config::new().with_seed(seed).with_start_time(start);
    let runner = deterministic::Runner::new(config.with_timeout(Some(longest)));
    runner.start(|context| async move {
        let auditor = context.auditor();
        let wires = Wires::new(Dice::new(seed ^ 0x5757_5757));
        let world = World { context: Arc::new(context), wires, started: Arc::default() };
        let value = Box::pin(scenario(world)).await;
        (value, auditor.state())
    })
}
