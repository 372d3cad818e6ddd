//! Whether code may be stored and run: the passes over a module or script, in their order.
//!
//! # Place      decoder -> [verify] -> loader
//! # Invariants code that was accepted can neither copy nor lose a resource, nor keep a reference to
//! #            what is gone; no binary costs more than a fixed multiple of its size and of the units
//! #            in [`Config`]
//! # Absent     running: the interpreter relies on what is established here and checks none of it again
//!
//! # Order
//!
//! The first pass that refuses gives the status, and a block records the status: two validators with
//! another order would disagree on a module with two faults. The order is that of the reference machine.
//!
//! A module: [`bounds`]; [`limits`]; [`duplication`]; [`signatures`]; [`instruction_consistency`];
//! [`constants`]; [`friends`]; [`ability_fields`]; [`recursive_structs`]; [`instantiation_loops`]; then
//! [`code`]: function by function [`control_flow`], [`stack_usage`], [`type_safety`],
//! [`locals_safety`], [`reference_safety`] and [`acquires`]. [`entry`] would be last, and refuses no
//! module.
//!
//! A script is the same without the passes over definitions, and [`entry`] at the end.
//!
//! Each pass may trust what the ones before it established: behind the first, every index has its
//! entry; behind the third, names are unique; behind the fourth, no type is malformed.
//!
//! Publishing is [`publication`]: the new version is compared with the old one first, then verified,
//! then linked. A script that is to be run is verified, then linked.

use crate::decode::Dialect;
use crate::fault::{Fault, Place};
use crate::format::{AddressWidth, CompiledModule, CompiledScript, FunctionDefinitionIndex};
use crate::limits::{FIRST_VERSION, OLDEST_VERSION};
use crate::status::Status;

pub mod ability_fields;
pub mod abstract_interpreter;
pub mod acquires;
pub mod body;
pub mod borrow_graph;
pub mod bounds;
pub mod code;
pub mod constants;
pub mod control_flow;
pub mod control_flow_graph;
pub mod cycles;
pub mod dependencies;
pub mod duplication;
pub mod entry;
pub mod friends;
pub mod instantiation_loops;
pub mod instruction_consistency;
pub mod limits;
pub mod locals_safety;
pub mod meter;
pub mod published;
pub mod recursive_structs;
pub mod reference_safety;
pub mod signatures;
pub mod stack_usage;
pub mod type_safety;
pub mod upgrade;

mod demand;
mod graph;
mod same_type;

pub use meter::Meter;
pub use published::{ModuleId, Published};
pub use reference_safety::{Lender, Loan};
pub use upgrade::Compatibility;

/// What the passes allow. A limit that is `None` is not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The oldest version of the format.
    pub oldest_version: u32,
    /// What tables hold.
    pub tables: limits::Limits,
    /// Loops inside loops.
    pub loop_depth: Option<usize>,
    /// Basic blocks of a function.
    pub basic_blocks: Option<usize>,
    /// Values that one function has on the stack at once.
    pub value_stack: usize,
    /// Values that one function pushes in all.
    pub pushes: Option<usize>,
    /// Units of work for the code of one function.
    pub units_per_function: u64,
    /// Units of work for the code of one module.
    pub units_per_module: u64,
    /// Whether type arguments of instructions must be well formed in all their parts, also where no
    /// value of them can exist.
    pub strict_instances: bool,
    /// Whether a reference may not read what another may change: an element of a vector while another
    /// element is borrowed mutably, and one of many locals that a reference may lead into.
    pub strict_references: bool,
}

/// Units of work that a network of the family gives to a function, and to a module.
const UNITS: u64 = 8_000_000;

impl Config {
    /// What the tests of the reference machine run under: almost nothing is limited.
    pub const fn reference() -> Self {
        Self {
            oldest_version: FIRST_VERSION,
            tables: limits::Limits::NONE,
            loop_depth: None,
            basic_blocks: None,
            value_stack: 1024,
            pushes: None,
            units_per_function: u64::MAX,
            units_per_module: u64::MAX,
            strict_instances: false,
            strict_references: false,
        }
    }

    /// What the network asks of code.
    pub const fn network() -> Self {
        Self {
            oldest_version: OLDEST_VERSION,
            tables: limits::Limits::NETWORK,
            loop_depth: Some(5),
            basic_blocks: Some(1024),
            value_stack: 1024,
            pushes: Some(10_000),
            units_per_function: UNITS,
            units_per_module: UNITS,
            strict_instances: true,
            strict_references: true,
        }
    }

    /// Which binaries are read at all.
    pub const fn dialect(&self, addresses: AddressWidth) -> Dialect {
        Dialect { addresses, oldest_version: self.oldest_version }
    }

    /// A budget that nothing was spent of.
    pub const fn meter(&self) -> Meter {
        Meter::new(self.units_per_function, self.units_per_module)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::network()
    }
}

/// Every pass over a module by itself.
pub fn module(module: &CompiledModule, config: &Config) -> Result<(), Fault> {
    bounds::module(module)?;
    limits::module(module, &config.tables)?;
    duplication::module(module)?;
    signatures::module(module, config)?;
    instruction_consistency::module(module)?;
    constants::module(module)?;
    friends::module(module)?;
    ability_fields::module(module)?;
    recursive_structs::module(module)?;
    instantiation_loops::module(module)?;
    code::module(module, config, &mut config.meter())
}

/// Every pass over a script by itself.
pub fn script(script: &CompiledScript, config: &Config) -> Result<(), Fault> {
    bounds::script(script)?;
    limits::script(script, &config.tables)?;
    duplication::script(script)?;
    signatures::script(script, config)?;
    instruction_consistency::script(script)?;
    constants::script(script)?;
    code::script(script, config, &mut config.meter())?;
    entry::script(script)
}

/// How the reference came to be because of which the code of a module was refused with this fault, from
/// the first lender on; nothing for faults of another kind.
pub fn borrow_path(module: &CompiledModule, fault: &Fault, config: &Config) -> Vec<Loan> {
    let Place::Instruction { function, .. } = fault.place else { return Vec::new() };
    let view = u16::try_from(function).ok().map(FunctionDefinitionIndex);
    let Some(Ok(Some(view))) = view.map(|index| module.function_view(index)) else {
        return Vec::new();
    };
    if !is_of_references(fault.status) {
        return Vec::new();
    }
    let tables = module.tables();
    let acquires = acquires::Acquires::new(&tables);
    let context = code::Context { tables, version: module.version, acquires, config };
    code::loans(&context, view)
}

/// Whether a status says that a reference is in the way.
const fn is_of_references(status: Status) -> bool {
    matches!(
        status,
        Status::MovelocExistsBorrowError
            | Status::CopylocExistsBorrowError
            | Status::StlocUnsafeToDestroyError
            | Status::BorrowlocExistsBorrowError
            | Status::BorrowfieldExistsMutableBorrowError
            | Status::VecBorrowElementExistsMutableBorrowError
            | Status::VecUpdateExistsMutableBorrowError
            | Status::WriterefExistsBorrowError
            | Status::ReadrefExistsMutableBorrowError
            | Status::FreezerefExistsMutableBorrowError
            | Status::CallBorrowedMutableReferenceError
            | Status::RetBorrowedMutableReferenceError
            | Status::UnsafeRetLocalOrResourceStillBorrowed
            | Status::GlobalReferenceError
    )
}

/// Whether a verified module fits what is published. A module or friend that is not there is a
/// `LINKER_ERROR`: it is looked for before anything is compared with it.
pub fn link(module: &CompiledModule, published: &impl Published) -> Result<(), Fault> {
    dependencies::natives(module, published)?;
    let tables = module.tables();
    present(published::dependencies(&tables)?, |id| published.module(id).is_some())?;
    dependencies::module(module, published)?;
    let friend = |id: ModuleId<'_>| published.module(id).is_some() || published.is_pending(id);
    present(published::friends(&tables)?, friend)?;
    cycles::module(module, published)
}

/// Whether a module that was published before still fits what is published: it may not, where a new
/// version was published without demands. That is no fault of whoever loads it
/// (`UNEXPECTED_VERIFIER_ERROR`).
pub fn relink(module: &CompiledModule, published: &impl Published) -> Result<(), Fault> {
    link(module, published).map_err(|fault| match fault.status.number() {
        1000..2000 => Fault { status: Status::UnexpectedVerifierError, ..fault },
        _ => fault,
    })
}

/// Whether a verified script fits what is published.
pub fn link_script(script: &CompiledScript, published: &impl Published) -> Result<(), Fault> {
    let named = published::dependencies(&script.tables())?;
    present(named, |id| published.module(id).is_some())?;
    dependencies::script(script, published)
}

fn present(
    named: Vec<ModuleId<'_>>,
    mut is_there: impl FnMut(ModuleId<'_>) -> bool,
) -> Result<(), Fault> {
    match named.into_iter().all(&mut is_there) {
        true => Ok(()),
        false => Err(Fault::new(Status::LinkerError)),
    }
}

/// Whether a module may be published: what is published under its name is found in `published`.
///
/// Names are read before the module is verified, so its indices are checked first of all; decoding does
/// that too.
pub fn publication(
    new: &CompiledModule,
    compatibility: Compatibility,
    config: &Config,
    published: &impl Published,
) -> Result<(), Fault> {
    bounds::module(new)?;
    if compatibility != Compatibility::NONE
        && let Some(old) = published.module(ModuleId::own(new)?)
    {
        compatibility.check(old, new)?;
    }
    module(new, config)?;
    link(new, published)
}

#[cfg(test)]
mod tests;
