//! What went wrong, and where.
//!
//! # Place      status <- [fault] <- decoder, verifier, loader, interpreter
//! # Invariants the status decides what a block records; the place is for people
//! # Absent     text: a reader turns the typed place into words

use crate::format::TableKind;
use crate::status::Status;

/// Why code was refused or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, under Move's name and number.
    pub status: Status,
    /// The code of an abort or of a refused vector operation.
    pub code: Option<u64>,
    /// Where it is wrong, as far as it is known.
    pub place: Place,
}

/// A place in a module or script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The binary as a whole.
    #[default]
    Whole,
    /// A byte of the binary.
    Byte {
        /// Its offset from the start.
        offset: usize,
    },
    /// An entry of a table.
    Entry {
        /// The table.
        table: TableKind,
        /// The index of the entry.
        index: usize,
    },
    /// An instruction of a function.
    Instruction {
        /// The index of the function's definition; 0 in a script.
        function: usize,
        /// The index of the instruction in its code.
        instruction: usize,
    },
}

impl Fault {
    /// A fault of the binary as a whole.
    pub const fn new(status: Status) -> Self {
        Self { status, code: None, place: Place::Whole }
    }

    /// The same fault with its place.
    #[must_use]
    pub const fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same fault with the code that the program gave.
    #[must_use]
    pub const fn with_code(mut self, code: u64) -> Self {
        self.code = Some(code);
        self
    }
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::new(status)
    }
}
