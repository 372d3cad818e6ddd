//! `florin move verify`: what the verifier says of each file by itself.
//!
//! # Place      files -> [verification] -> decoder, every pass without linking
//! # Invariants every file has one line; the status is the one that Move gives
//! # Absent     what needs other modules: `publish-check` links

use std::fmt;
use std::path::Path;

use move_like_vm::fault::{Fault, Place};
use move_like_vm::format::AddressWidth;
use move_like_vm::status::Status;
use move_like_vm::verify::{self, Config};
use serde::Serialize;

use crate::binary::{self, Binary, Kind};
use crate::guard::{PANIC, guarded, status_text};

/// How files are read and judged.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What is enforced beyond Move's rules.
    pub config: Config,
    /// The width of addresses; where it is `None`, that which a file fits, or under which most can be read.
    pub addresses: Option<AddressWidth>,
    /// What all files are; told from each one where it is `None`.
    pub kind: Option<Kind>,
}

/// What is said of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The file.
    pub file: String,
    /// `EXECUTED` if nothing is wrong, else Move's status; `UNREADABLE` if there is no such file.
    pub status: String,
    /// Where it is wrong.
    #[serde(skip)]
    pub place: Option<String>,
}

/// What is said of a file that cannot be read.
const UNREADABLE: &str = "UNREADABLE";

/// Verifies files.
pub fn files<P: AsRef<Path>>(paths: &[P], options: &Options) -> Vec<Verdict> {
    let contents: Vec<_> = paths.iter().map(std::fs::read).collect();
    let most = binary::width(contents.iter().flatten().map(Vec::as_slice));
    let judged = paths.iter().zip(&contents).map(|(path, content)| {
        let file = path.as_ref().display().to_string();
        let Ok(content) = content else {
            return Verdict { file, status: UNREADABLE.to_owned(), place: None };
        };
        let width = || options.addresses.or_else(|| binary::own_width(content)).unwrap_or(most);
        Verdict::of(file, guarded(|| bytes(content, width(), options)))
    });
    judged.collect()
}

/// Decodes and verifies one binary by itself.
pub fn bytes(bytes: &[u8], addresses: AddressWidth, options: &Options) -> Result<(), Fault> {
    let dialect = options.config.dialect(addresses);
    let read = match options.kind {
        Some(kind) => binary::read_as(kind, bytes, dialect),
        None => binary::read(bytes, dialect).1,
    };
    binary(&read?, &options.config)
}

/// Verifies a module or script by itself.
pub fn binary(binary: &Binary, config: &Config) -> Result<(), Fault> {
    match binary {
        Binary::Module(module) => verify::module(module, config),
        Binary::Script(script) => verify::script(script, config),
    }
}

/// A place in words.
pub fn place(fault: &Fault) -> Option<String> {
    match fault.place {
        Place::Whole => None,
        Place::Byte { offset } => Some(format!("byte {offset}")),
        Place::Entry { table, index } => Some(format!("entry {index} of {table:?}")),
        Place::Instruction { function, instruction } => {
            Some(format!("function {function}, instruction {instruction}"))
        }
    }
}

impl Verdict {
    /// Whether nothing is wrong with the file.
    pub fn is_accepted(&self) -> bool {
        self.status == Status::Executed.name()
    }

    /// What became of a file; `None` is a panic.
    pub(crate) fn of(file: String, result: Option<Result<(), Fault>>) -> Self {
        let status = result.as_ref().map_or_else(|| PANIC.to_owned(), status_text);
        let fault = result.and_then(Result::err);
        Self { file, status, place: fault.as_ref().and_then(place) }
    }

    /// The verdict as one line of JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// Verdicts as a table.
pub struct Table<'a>(pub &'a [Verdict]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|verdict| verdict.status.len()).max().unwrap_or(0);
        for Verdict { file, status, place } in self.0 {
            write!(formatter, "{status:<width$}  {file}")?;
            match place {
                Some(place) => writeln!(formatter, " ({place})")?,
                None => writeln!(formatter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
