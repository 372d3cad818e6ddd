//! Starts again what somebody else ended, and counts it: a torture bears another kill script beside it.
//!
//! ```text
//! SIGKILL, SIGTERM, SIGINT, SIGHUP, or ended in order   from outside: started again, counted
//! any other end                                         by itself: a fault, started again for the judge only
//! ```
//!
//! # Place      `torture`, `links` -> [keeper] beside everything that they do -> child processes
//! # Invariants what the torture itself ended is not touched
//! # Absent     processes that somebody else stopped (SIGSTOP): nothing tells them from slow ones

use std::{
    convert::Infallible,
    os::unix::process::ExitStatusExt as _,
    process::ExitStatus,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::cli::{child::Process, testbed::network::Network};

/// Between two looks at the processes.
const LOOKS: Duration = Duration::from_millis(50);
/// Signals by which people and scripts end processes: SIGHUP, SIGINT, SIGKILL, SIGTERM.
const FROM_OUTSIDE: [i32; 4] = [1, 2, 9, 15];

/// What it saw.
#[derive(Default)]
pub(super) struct Keeper {
    outside: AtomicUsize,
    faults: Mutex<Vec<String>>,
}

impl Keeper {
    /// Does the work, and looks after the network's validators until it is done.
    pub(super) async fn beside<T>(&self, network: &Network, work: impl Future<Output = T>) -> T {
        network.validators.iter().for_each(|validator| validator.keep(true));
        tokio::select! {
            done = work => done,
            never = self.watch(network) => match never {},
        }
    }

    /// How many processes somebody else ended.
    pub(super) fn killed_outside(&self) -> usize {
        self.outside.load(Ordering::Relaxed)
    }

    /// A blow found that somebody else had been there first.
    pub(super) fn came_too_late(&self) {
        self.outside.fetch_add(1, Ordering::Relaxed);
    }

    /// What ended by itself, or could not be started again.
    pub(super) fn faults(&self) -> Vec<String> {
        self.kept_faults().clone()
    }

    fn kept_faults(&self) -> MutexGuard<'_, Vec<String>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what ended by itself as well, so that its chain can be compared with the others'.
    pub(super) fn start_all(&self, network: &Network) {
        for validator in network.validators.iter().filter(|validator| validator.is_gone()) {
            if let Err(error) = validator.start() {
                self.kept_faults().push(error.to_string());
            }
        }
    }

    async fn watch(&self, network: &Network) -> Infallible {
        loop {
            for validator in &network.validators {
                if let Some(status) = validator.fallen() {
                    self.found(validator, status);
                }
            }
            tokio::time::sleep(LOOKS).await;
        }
    }

    fn found(&self, validator: &Process, status: ExitStatus) {
        let name = &validator.name;
        if !is_from_outside(status) {
            validator.keep(false);
            let log = validator.folder().join("log");
            let log = log.display();
            self.kept_faults().push(format!("{name} ended by itself ({status}); its log is {log}"));
            return;
        }
        self.outside.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = validator.start() {
            validator.keep(false);
            self.kept_faults().push(error.to_string());
        }
    }
}

fn is_from_outside(status: ExitStatus) -> bool {
    status.success() || status.signal().is_some_and(|signal| FROM_OUTSIDE.contains(&signal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_is_somebody_elses_and_a_crash_is_not() {
        // As wait(2) gives them: the signal in the low byte, the code in the next.
        for (status, outside) in
            [(9, true), (15, true), (2, true), (0, true), (6, false), (11, false), (1 << 8, false)]
        {
            assert_eq!(is_from_outside(ExitStatus::from_raw(status)), outside, "{status}");
        }
    }
}
