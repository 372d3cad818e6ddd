//! The machine: what it allows, and everything it has loaded.
//!
//! # Place      ledger -> [machine] -> session
//! # Invariants two machines with equal configuration give equal outcomes, whatever they ran before
//! # Absent     state: a session is given one

use std::any::Any;
use std::sync::Arc;

use super::memory::Stack;
use super::native::{Host, Natives, Reach, StandardNatives};
use super::program::Program;
use super::schedule::Schedule;
use super::session::Session;
use super::state::State;
use crate::decode::Dialect;
use crate::format::AddressWidth;
use crate::verify;

/// What a machine allows and costs.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long addresses are in binaries.
    pub addresses: AddressWidth,
    /// What the verifier allows; `None` for code that was verified elsewhere.
    pub verifier: Option<verify::Config>,
    /// What work costs.
    pub schedule: Schedule,
    /// Whether the type of every operand is checked at each instruction.
    pub checked: bool,
}

impl Config {
    /// What our network allows.
    pub fn network() -> Self {
        Self {
            addresses: AddressWidth::ThirtyTwo,
            verifier: Some(verify::Config::network()),
            schedule: Schedule::v1(),
            checked: false,
        }
    }

    /// What the tests of the reference machine run under.
    pub fn reference() -> Self {
        Self {
            addresses: AddressWidth::Sixteen,
            verifier: Some(verify::Config::reference()),
            ..Self::network()
        }
    }

    /// Which binaries are read.
    pub(crate) fn dialect(&self) -> Dialect {
        match &self.verifier {
            Some(verifier) => verifier.dialect(self.addresses),
            None => Dialect::from(self.addresses),
        }
    }
}

/// A machine with what it has loaded so far.
pub struct Machine {
    pub(crate) program: Program,
    pub(crate) config: Config,
    /// The operand stack of the last session.
    pub(crate) spare: Option<Stack>,
}

impl Machine {
    /// A machine with the native functions of the standard library.
    pub fn new(config: Config) -> Self {
        Self::with_natives(config, Arc::new(StandardNatives))
    }

    /// A machine with these native functions.
    pub fn with_natives(config: Config, natives: Arc<dyn Natives + Send + Sync>) -> Self {
        let program = Program::new(natives, config.schedule.clone(), config.checked);
        Self { program, config, spare: None }
    }

    /// Begins a session that may spend so many units. Its natives reach what it extends the machine with.
    pub fn session<'a>(
        &'a mut self,
        state: &'a dyn State,
        budget: u64,
        extension: &'a mut dyn Any,
    ) -> Session<'a> {
        self.program.trim();
        Session::new(self, state, budget, Reach::Any(extension))
    }

    /// The same with natives that ask a host.
    pub fn session_with_host<'a>(
        &'a mut self,
        state: &'a dyn State,
        budget: u64,
        host: &'a mut dyn Host,
    ) -> Session<'a> {
        self.program.trim();
        Session::new(self, state, budget, Reach::Host(host))
    }
}
