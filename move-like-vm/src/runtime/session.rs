//! One transaction: modules that it publishes, scripts and functions that it runs, and what follows.
//!
//! # Place      ledger -> [session] -> loader, interpreter -> change set
//! # Invariants the first fault ends the session: nothing of it is written, what it spent stays spent;
//! #            gas and changes do not depend on what the machine had loaded before
//! # Absent     who may publish or sign: the ledger has decided that before

mod arguments;
mod overlay;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use super::admit;
use super::interpreter::Live;
use super::loader::{self, Linked, Loader};
use super::machine::Machine;
use super::memory::Stack;
use super::native::Reach;
use super::schedule::times_length;
use super::state::{Bytes, ChangeSet, Event, ModuleId, ReadSet, ResourceKey, State};
use super::stop::Stop;
use super::tag::TypeTag;
use crate::fault::Fault;
use crate::format::Address;
use crate::status::Status;
use crate::verify::{self, Compatibility};

use overlay::Overlay;

/// What is asked of a module that is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishOptions {
    /// What a new version must keep of the old one.
    pub compatibility: Compatibility,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self { compatibility: Compatibility::FULL }
    }
}

/// What is passed to a script or function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The type arguments.
    pub types: Vec<TypeTag>,
    /// Who signed: the first arguments, one signer each.
    pub signers: Vec<Address>,
    /// The arguments behind the signers, in BCS.
    pub values: Vec<Vec<u8>>,
}

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The fault that ended it, if one did.
    pub result: Result<(), Fault>,
    /// The module whose code met the fault; none for a script, and where no code ran.
    pub stopped_in: Option<ModuleId>,
    /// The module in which the fault's place is: that of the caller, where a native function stopped.
    pub placed_in: Option<ModuleId>,
    /// The units that were spent.
    pub gas_used: u64,
    /// What changes; nothing after a fault.
    pub changes: ChangeSet,
    /// What was read, also before a fault.
    pub reads: ReadSet,
}

/// A transaction that is open.
pub struct Session<'a> {
    machine: &'a mut Machine,
    extension: Reach<'a>,
    overlay: Overlay<'a>,
    live: Live,
    events: Vec<Event>,
    /// Modules whose bytes were compared with storage.
    fresh: BTreeSet<usize>,
    /// Modules and scripts that were paid for.
    paid: BTreeSet<usize>,
    reads: ReadSet,
    fault: Option<Fault>,
    stopped_in: Option<ModuleId>,
    placed_in: Option<ModuleId>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        machine: &'a mut Machine,
        state: &'a dyn State,
        budget: u64,
        extension: Reach<'a>,
    ) -> Self {
        let stack = machine.spare.take().unwrap_or_else(Stack::new);
        let live = Live::new(stack, budget, machine.config.schedule.memory_bytes);
        Self {
            machine,
            extension,
            overlay: Overlay::new(state),
            live,
            events: Vec::new(),
            fresh: BTreeSet::new(),
            paid: BTreeSet::new(),
            reads: ReadSet::default(),
            fault: None,
            stopped_in: None,
            placed_in: None,
        }
    }

    /// The units that are spent so far.
    pub fn gas_used(&self) -> u64 {
        self.live.meter.used()
    }

    /// Publishes modules under the account of the sender, all or none.
    pub fn publish(
        &mut self,
        modules: &[Bytes],
        sender: Address,
        options: PublishOptions,
    ) -> Result<(), Fault> {
        self.guard(|session| session.try_publish(modules, sender, options))
    }

    /// Runs a script once.
    pub fn run_script(&mut self, script: &Bytes, arguments: &Arguments) -> Result<(), Fault> {
        self.guard(|session| session.try_script(script, arguments))
    }

    /// Calls an entry function of a published module, and gives its results in BCS.
    pub fn call(
        &mut self,
        module: &ModuleId,
        function: &str,
        arguments: &Arguments,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        self.guard(|session| session.try_call(module, function, arguments, true))
    }

    /// The same for any function, whoever may call it: for readers of the state and for tests.
    pub fn call_any(
        &mut self,
        module: &ModuleId,
        function: &str,
        arguments: &Arguments,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        self.guard(|session| session.try_call(module, function, arguments, false))
    }

    /// What a call of a function costs at most, in a session of its own: exactly that, where its path is
    /// fixed and storage is left alone. `None` where there is a loop, recursion, or a value whose size its
    /// type does not say.
    ///
    /// What is looked at is paid for as if it were called.
    pub fn bound(
        &mut self,
        module: &ModuleId,
        function: &str,
        types: &[TypeTag],
    ) -> Result<Option<u64>, Fault> {
        self.guard(|session| session.try_bound(module, function, types))
    }

    /// Ends the session: what it wrote is paid for and given back.
    pub fn finish(mut self) -> Outcome {
        let settled = match self.fault.take() {
            Some(fault) => Err(fault),
            None => self.settle().and_then(|()| self.pay_for_writes()).map_err(Fault::from),
        };
        let changes = match &settled {
            Ok(()) => ChangeSet {
                modules: std::mem::take(&mut self.overlay.modules),
                resources: self.overlay.changed_resources(),
                events: std::mem::take(&mut self.events),
            },
            Err(_) => {
                let program = &self.machine.program;
                self.reads.resources.extend(self.live.memory.globals.keys(program));
                ChangeSet::default()
            }
        };
        self.live.stack.cut(usize::MAX);
        self.machine.spare = Some(self.live.stack);
        Outcome {
            result: settled,
            stopped_in: self.stopped_in,
            placed_in: self.placed_in,
            gas_used: self.live.meter.used(),
            changes,
            reads: self.reads,
        }
    }

    /// Runs a step of the session, which the first fault ends.
    fn guard<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let result = step(self);
        if let Err(fault) = &result {
            self.fault = Some(fault.clone());
        }
        result
    }

    fn try_publish(
        &mut self,
        modules: &[Bytes],
        sender: Address,
        options: PublishOptions,
    ) -> Result<(), Fault> {
        let schedule = &self.machine.config.schedule;
        for bytes in modules {
            self.live.meter.charge(times_length(bytes.len(), schedule.published_byte))?;
        }
        self.settle()?;
        let compiled = loader::bundle(modules, &self.machine.config)?;
        let mut ids = BTreeSet::new();
        for module in &compiled {
            let id = verify::ModuleId::own(module)?;
            if *id.address != sender {
                return Err(Fault::new(Status::ModuleAddressDoesNotMatchSender));
            }
        }
        let mut loader = Loader {
            program: &mut self.machine.program,
            config: &self.machine.config,
            state: &self.overlay,
            fresh: &mut self.fresh,
            reads: &mut self.reads.modules,
        };
        for module in &compiled {
            let id = owned(module)?;
            if let Some(old) = loader.try_module(&id)?
                && let super::module::Unit::Module(old) = &loader.program.modules.get(old)?.unit
                && options.compatibility != Compatibility::NONE
            {
                options.compatibility.check(old, module)?;
            }
            if !ids.insert(id) {
                return Err(Fault::new(Status::DuplicateModuleName));
            }
        }
        for (index, module) in compiled.iter().enumerate() {
            loader.surroundings(module)?;
            let (bundle, behind) = compiled.split_at(index);
            let pending = behind.get(1..).unwrap_or(&[]);
            let linked = Linked { program: loader.program, bundle, pending };
            let config = loader.config.verifier.as_ref();
            admit::publication(module, Compatibility::NONE, config, &linked)?;
        }
        for (bytes, module) in modules.iter().zip(&compiled) {
            self.overlay.modules.insert(owned(module)?, bytes.clone());
        }
        self.fresh.clear();
        self.paid.clear();
        Ok(())
    }

    /// Writes what programs have changed over the state, so that types may be loaded anew.
    fn settle(&mut self) -> Result<(), Stop> {
        let program = &self.machine.program;
        let changes = self.live.memory.globals.changes(program, &self.live.memory.heap)?;
        self.reads.resources.extend(changes.read);
        for (key, original, new) in changes.written {
            self.overlay.write(key, original, new);
        }
        let events = std::mem::take(&mut self.live.events);
        self.events.extend(events);
        self.live.reset(self.machine.config.schedule.memory_bytes);
        Ok(())
    }

    fn pay_for_writes(&mut self) -> Result<(), Stop> {
        let schedule = &self.machine.config.schedule;
        for bytes in self.overlay.changed_resources().values() {
            let length = bytes.as_ref().map_or(0, |bytes| bytes.len());
            self.live.meter.charge(u64::from(schedule.resource_write))?;
            self.live.meter.charge(times_length(length, schedule.resource_write_byte))?;
        }
        Ok(())
    }
}

fn owned(module: &crate::format::CompiledModule) -> Result<ModuleId, Fault> {
    let id = verify::ModuleId::own(module)?;
    Ok(ModuleId { address: *id.address, name: id.name.to_owned() })
}

/// Resources with what storage is to have.
type Resources = BTreeMap<ResourceKey, Option<Bytes>>;
