//! Programs: modules of Move that the network has published, and what they keep.
//!
//! ```text
//! two operators: PublishModules     modules of one address; at 0x1 and 0x2 members vote on them
//!       |  decode, verify, compare with the old version, link
//!       v
//! Module records ----> machine, one per block ----> Resource records
//! ```
//!
//! # Place      [`crate::proposal`] publishes, [`crate::invoke`] calls; the machine is `move-like-vm`
//! # Invariants V6 what is stored was verified under the network's profile, links, and keeps what the
//! #            version before it gave to others; V7 what the machine has loaded changes how long a call
//! #            takes and nothing else; I11 modules and resources stand under the state root
//! # Absent     what a call may do with money (`invoke`, `vault`); modules in genesis: those at 0x1 and
//! #            0x2 are published like all others

mod interface;

use std::{cell::RefCell, sync::Arc};

pub use interface::{EntryFunction, entry_functions, named_modules};
pub use move_like_vm::runtime::TypeTag;
use move_like_vm::{
    fault::{Fault, Place},
    runtime::{
        Bytes, Config, Machine, ModuleId, Outcome as Ended, PublishOptions, State as Storage,
        StructTag,
        native::{NativesWith, StandardNatives},
    },
    status::Status,
};
use serde::{Deserialize, Serialize};

use crate::{
    codec::fixed_bytes,
    digest::Domain,
    draft::{Draft, Records},
    execute::Facts,
    id::{AccountId, Text},
    invoke::LedgerNatives,
    limits::{MAX_BUNDLE_MODULES, MAX_MODULE_BYTES},
    receipt::{CodePlace, Effect, Run},
    record::{Name, Record},
    refusal::Refusal,
    rules::{Rules, RulesVersion},
    time::Height,
};

fixed_bytes!(
    /// A module, by where it is published and its name.
    ModuleKey,
    32
);
fixed_bytes!(
    /// A resource, by the account that holds it and its type.
    ResourceKey,
    32
);

impl ModuleKey {
    /// That of a module.
    #[must_use]
    pub fn of(address: &AccountId, name: &str) -> Self {
        Self::new(*Domain::Module.hash_of(&(address, name)).get())
    }
}

impl ResourceKey {
    /// That of a resource; its type in BCS.
    #[must_use]
    pub fn of(account: &AccountId, tag: &[u8]) -> Self {
        Self::new(*Domain::Resource.hash_of(&(account, tag)).get())
    }
}

/// A published module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Where it is published.
    pub address: AccountId,
    /// Its name.
    pub name: Text,
    /// Its binary.
    pub bytes: Vec<u8>,
    /// At which height this version was published.
    pub published: Height,
}

/// What an account holds of a type that a module defines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The account.
    pub account: AccountId,
    /// The type, in BCS.
    pub tag: Vec<u8>,
    /// The value, in BCS.
    pub bytes: Vec<u8>,
}

/// Modules that are published together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Where.
    pub address: AccountId,
    /// Their binaries, each behind those that it names; at most [`MAX_BUNDLE_MODULES`].
    pub modules: Vec<Vec<u8>>,
}

impl Bundle {
    /// Whether it is of the network's own: the standard library at `0x1`, claims at `0x2`.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        let (last, rest) = match self.address.get().split_last() {
            Some((last, rest)) => (*last, rest),
            None => return false,
        };
        rest.iter().all(|byte| *byte == 0) && (last == 1 || last == 2)
    }
}

/// What is stored, as the machine reads it.
pub(crate) struct Stored<'a>(pub(crate) &'a dyn Records);

impl Storage for Stored<'_> {
    fn module(&self, address: &[u8; 32], name: &str) -> Result<Option<Bytes>, Fault> {
        let key = ModuleKey::of(&AccountId::new(*address), name);
        Ok(match self.0.record(&Name::Module(key)) {
            Some(Record::Module(found)) => Some(found.bytes.as_slice().into()),
            _ => None,
        })
    }

    fn resource(&self, address: &[u8; 32], tag: &StructTag) -> Result<Option<Bytes>, Fault> {
        let key = ResourceKey::of(&AccountId::new(*address), &tag.to_bytes());
        Ok(match self.0.record(&Name::Resource(key)) {
            Some(Record::Resource(found)) => Some(found.bytes.as_slice().into()),
            _ => None,
        })
    }
}

/// What the machine has loaded, for the calls of one block to share.
#[derive(Default)]
pub struct Loaded(RefCell<Option<Machine>>);

impl Loaded {
    /// The machine; a new one where none was left, as after a panic.
    pub(crate) fn take(&self) -> Machine {
        self.0.borrow_mut().take().unwrap_or_else(running)
    }

    /// Leaves a machine for the next call.
    pub(crate) fn leave(&self, machine: Machine) {
        *self.0.borrow_mut() = Some(machine);
    }
}

/// A machine with the natives of the ledger under a version of the rules.
fn machine(config: Config, version: RulesVersion) -> Machine {
    Machine::with_natives(config, Arc::new(NativesWith(LedgerNatives(version), StandardNatives)))
}

/// One for calls: what is stored was verified and linked under the version that was in force when it was
/// published, so it names no native of a later one.
pub(crate) fn running() -> Machine {
    machine(Config { verifier: None, ..Config::network() }, RulesVersion::KNOWN)
}

/// What the machine says of how something ended.
pub(crate) fn run_of(ended: &Ended) -> Run {
    let fault = ended.result.as_ref().err();
    let status = fault.map_or(Status::Executed, |fault| fault.status);
    let number = |index: usize| u16::try_from(index).unwrap_or(u16::MAX);
    let place = match (fault.map(|fault| fault.place), &ended.placed_in) {
        (Some(Place::Instruction { function, instruction }), Some(module)) => Some(CodePlace {
            module: ModuleKey::of(&AccountId::new(module.address), &module.name),
            function: number(function),
            instruction: number(instruction),
        }),
        _ => None,
    };
    let code = fault.and_then(|fault| fault.code);
    Run { gas_used: ended.gas_used, status: status.number(), code, place, events: Vec::new() }
}

/// Publishes modules, all or none.
///
/// # Errors
/// [`Refusal::OutOfRange`] for no module, too many or one that is too large;
/// [`Refusal::ModuleRefused`], and the machine's status in the receipt.
pub(crate) fn publish(draft: &mut Draft<'_>, bundle: &Bundle) -> Result<Facts, Refusal> {
    let fits = (1..=MAX_BUNDLE_MODULES).contains(&bundle.modules.len())
        && bundle.modules.iter().all(|bytes| bytes.len() <= MAX_MODULE_BYTES);
    if !fits {
        return Err(Refusal::OutOfRange);
    }
    let stored = Stored(draft.view());
    let modules: Vec<Bytes> = bundle.modules.iter().map(|bytes| bytes.as_slice().into()).collect();
    let version = Rules::of(draft.view()).version();
    let (mut machine, mut nothing) = (machine(Config::network(), version), ());
    let mut session = machine.session(&stored, u64::MAX, &mut nothing);
    // The first fault ends the session, which then says so itself.
    let _ended = session.publish(&modules, *bundle.address.get(), PublishOptions::default());
    let ended = session.finish();
    let run = run_of(&ended);
    draft.run = Some(run.clone());
    if ended.result.is_err() {
        return Err(Refusal::ModuleRefused);
    }
    for (id, bytes) in ended.changes.modules {
        let (address, name) = (AccountId::new(id.address), Text::new(&id.name));
        let name = name.ok_or(Refusal::OutOfRange)?;
        let key = Name::Module(ModuleKey::of(&address, name.get()));
        let published = draft.moment.height;
        let module = Module { address, name, bytes: bytes.to_vec(), published };
        draft.put(&key, Record::Module(Box::new(module)));
    }
    Ok(Facts { run: Some(run), ..Facts::new(Effect::Executed, Vec::new()) })
}

/// The most gas that a call of a function costs, to be shown before anyone signs it: exactly that, where
/// its path is fixed and storage is left alone. `None` where there is no bound: a loop, recursion, or a
/// value whose size its type does not say.
///
/// # Errors
/// The machine's status where there is no such function, or not with these types (in BCS).
pub fn gas_bound(
    view: &dyn Records,
    (address, module): (&AccountId, &Text),
    function: &Text,
    types: &[Vec<u8>],
) -> Result<Option<u64>, Status> {
    let types: Result<Vec<TypeTag>, _> = types.iter().map(|tag| TypeTag::from_bytes(tag)).collect();
    let types = types.map_err(|_| Status::TypeResolutionFailure)?;
    let (mut machine, mut nothing, stored) = (running(), (), Stored(view));
    let mut session = machine.session(&stored, u64::MAX, &mut nothing);
    let module = ModuleId { address: *address.get(), name: module.get().to_owned() };
    session.bound(&module, function.get(), &types).map_err(|fault| fault.status)
}
