//! What natives of the caller reach: a value of the caller's own, or a host that they ask.
//!
//! # Place      ledger -> session -> [reach] -> native context
//! # Invariants a question carries values and bytes that were paid for, and no reference into the machine
//! # Absent     what a question means: the caller numbers its own

use std::any::Any;

use crate::runtime::stop::Stop;
use crate::runtime::value::Value;

/// What answers to natives of the caller that need more than a value can hold, such as the ledger while
/// it decides a command.
pub trait Host {
    /// Answers a question with these arguments, references followed; a vector of bytes stands as
    /// [`Value::Empty`] here and as its bytes among the others.
    fn ask(&mut self, question: u8, values: &[Value], bytes: &[Vec<u8>]) -> Result<Reply, Stop>;
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is done.
    Nothing,
    /// A number, a truth or an address.
    Value(Value),
    /// A `vector<u8>`.
    Bytes(Vec<u8>),
}

/// What the caller of a session extends the machine with.
pub(crate) enum Reach<'a> {
    Any(&'a mut dyn Any),
    Host(&'a mut dyn Host),
}

impl Reach<'_> {
    /// The same for a shorter time.
    pub(crate) fn again(&mut self) -> Reach<'_> {
        match self {
            Self::Any(any) => Reach::Any(&mut **any),
            Self::Host(host) => Reach::Host(&mut **host),
        }
    }
}
