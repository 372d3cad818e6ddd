//! Functions that the machine has, and no module.
//!
//! # Place      ledger -> [native] <- program, interpreter
//! # Invariants a native function pays before it works, in units that follow from its input; what it is
//! #            given is dropped behind it unless it took it
//! # Absent     natives of the bank: the ledger adds its own through [`Natives`]

mod bls;
mod bytes;
mod context;
mod number;
mod reach;
mod standard;
pub mod table;
mod type_name;
pub(crate) mod vector;

use crate::format::Address;
use crate::runtime::stop::Stop;
use crate::status::Status;

pub use context::NativeContext;
pub(crate) use reach::Reach;
pub use reach::{Host, Reply};
pub use standard::StandardNatives;

/// Which native function is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NativeKey<'a> {
    /// Where the module is published that declares it.
    pub address: Address,
    /// That module.
    pub module: &'a str,
    /// The function.
    pub function: &'a str,
}

/// What a native function does. It takes its arguments from the context and gives its results there.
pub type NativeBody = fn(&mut NativeContext<'_>) -> Result<(), Stop>;

/// A native function.
#[derive(Clone, Copy, Debug)]
pub struct NativeFunction {
    /// What a call costs beside the bytes that it reads.
    pub gas: u32,
    /// What it does.
    pub body: NativeBody,
    /// The most bytes it reads or makes where its arguments have a fixed size; `None` where that is not
    /// known before it runs.
    pub bytes_max: Option<u32>,
}

/// The native functions of a machine.
pub trait Natives {
    /// The function of that name, if there is one. The answer never changes.
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction>;
}

/// Natives, and in place of each that they have not one that ends every call with
/// `MISSING_DEPENDENCY`: modules that declare it can be linked and published, and only calling it fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<N>(pub N);

impl<N: Natives> Natives for Declared<N> {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        let absent = NativeFunction { gas: 0, body: not_provided, bytes_max: None };
        self.0.find(key).or(Some(absent))
    }
}

fn not_provided(_: &mut NativeContext<'_>) -> Result<(), Stop> {
    Err(Status::MissingDependency.into())
}

/// Two sets of native functions; the first is asked first.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativesWith<A, B>(pub A, pub B);

impl<A: Natives, B: Natives> Natives for NativesWith<A, B> {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        self.0.find(key).or_else(|| self.1.find(key))
    }
}
