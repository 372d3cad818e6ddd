//! Runs verified code: loads it, meters it, keeps its values, and says what it would change.
//!
//! # Place      ledger -> [runtime]: session -> loader -> translation -> interpreter -> change set
//! # Invariants the same call on the same state costs and gives the same everywhere, in both modes and
//! #            whatever was loaded before; no code, argument or stored byte can make it panic, recurse
//! #            without bound or take time that is not paid for
//! # Absent     storage, time, randomness, and any idea of who may do what: the ledger's
//!
//! # Modes
//!
//! The fast mode runs operations that a translation has fused and trusts the verifier for types. The
//! checked mode runs them one by one and checks the type of every operand. Both give the same results, gas
//! and faults for code that was verified; a wrong verifier shows as `INTERNAL_TYPE_ERROR` in the checked
//! mode, and as some fault, never as broken memory, in the fast one.

mod admit;
mod bound;
mod check;
mod codec;
mod globals;
mod heap;
mod interpreter;
mod loader;
mod machine;
mod memory;
mod module;
pub mod native;
mod op;
mod program;
mod schedule;
mod session;
mod state;
mod stop;
mod tag;
mod translate;
mod types;
mod value;
mod wire;

pub use heap::Heap;
pub use machine::{Config, Machine};
pub use memory::{CALLS_MAX, OPERANDS_MAX};
pub use schedule::{Meter, Schedule};
pub use session::{Arguments, Outcome, PublishOptions, Session};
pub use state::{
    Bytes, ChangeSet, Event, MemoryState, ModuleId, ReadSet, ResourceKey, State, WriteSet,
};
pub use stop::Stop;
pub use tag::{StructTag, TAG_DEPTH_MAX, TagError, TypeTag, parse_address};
pub use types::TypeId;
pub use value::{ObjectId, Value};

#[cfg(test)]
mod tests;
