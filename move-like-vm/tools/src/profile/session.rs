//! What the machine says that a session costs which makes one call.

use std::sync::Arc;

use move_like_vm::encode;
use move_like_vm::fault::Fault;
use move_like_vm::format::CompiledModule;
use move_like_vm::runtime::native::Natives;
use move_like_vm::runtime::{Config, Machine, MemoryState, ModuleId, Schedule};

use crate::naming::{self, MemberName};

/// Sessions on a state that holds just the modules.
pub(super) struct Sessions {
    state: MemoryState,
    machine: Machine,
}

impl Sessions {
    pub(super) fn new(
        modules: &[CompiledModule],
        schedule: &Schedule,
        natives: &Arc<dyn Natives + Send + Sync>,
    ) -> Result<Self, Fault> {
        let mut state = MemoryState::default();
        for module in modules {
            let name = naming::module(&module.tables(), module.self_module_handle)?;
            let id = ModuleId { address: name.address, name: name.name };
            state.put_module(id, encode::module(module)?.into());
        }
        let config = Config { schedule: schedule.clone(), verifier: None, ..Config::network() };
        Ok(Self { state, machine: Machine::with_natives(config, Arc::clone(natives)) })
    }

    /// The most that a session is charged; `None` where there is no bound, where the function has type
    /// parameters, or where something that it needs is not among the modules.
    pub(super) fn maximum(&mut self, function: &MemberName) -> Option<u64> {
        let MemberName { module, name } = function;
        let id = ModuleId { address: module.address, name: module.name.clone() };
        let mut no_extension = ();
        let mut session = self.machine.session(&self.state, u64::MAX, &mut no_extension);
        session.bound(&id, name, &[]).ok().flatten()
    }
}
