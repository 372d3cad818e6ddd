//! From instructions back to the source.
//!
//! # Place      code generation -> [source_map] -> who explains a fault
//! # Invariants one place per instruction; the lines that are mentioned are kept with it
//! # Absent     the source itself: a map can be stored beside the binary

use std::collections::BTreeMap;

use move_like_vm::fault::{Fault, Place};
use move_like_vm::format::TableKind;
use move_like_vm::verify::{Lender, Loan};

use crate::diagnostic::{Code, Diagnostic, Note};

/// A place in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The position of the file in [`SourceMap::files`].
    pub file: u32,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
    /// How many characters of the line are meant.
    pub width: u32,
}

/// Where a function and each of its instructions come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionMap {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub location: Location,
    /// The names of its locals, parameters first; empty for values in between.
    pub locals: Vec<String>,
    /// For every instruction, what it was made from.
    pub instructions: Vec<Location>,
}

/// Where a struct comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StructMap {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub location: Location,
}

/// Where the code of a module or script comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// The module's name; empty for a script.
    pub name: String,
    /// Where the module is declared.
    pub location: Location,
    /// The names of the files.
    pub files: Vec<String>,
    /// Functions in the order of their definitions; the one of a script.
    pub functions: Vec<FunctionMap>,
    /// Structs in the order of their definitions.
    pub structs: Vec<StructMap>,
    /// The text of the lines that are mentioned, by file and line.
    pub lines: BTreeMap<(u32, u32), String>,
}

impl SourceMap {
    /// The source of an instruction of a function.
    pub fn location(&self, function: usize, instruction: usize) -> Option<Location> {
        self.functions.get(function)?.instructions.get(instruction).copied()
    }
}

/// A fault of the verifier or of a run as a diagnostic at the line it comes from.
pub fn explain(fault: &Fault, map: &SourceMap) -> Diagnostic {
    let function_of = |index: usize| map.functions.get(index);
    let (location, within) = match fault.place {
        Place::Instruction { function, instruction } => {
            let declared = function_of(function).map(|function| function.location);
            let name =
                function_of(function).map(|function| format!("function `{}`", function.name));
            (map.location(function, instruction).or(declared), name)
        }
        Place::Entry { table: TableKind::FunctionDefinitions, index } => {
            let function = function_of(index);
            let name = function.map(|function| format!("function `{}`", function.name));
            (function.map(|function| function.location), name)
        }
        Place::Entry { table: TableKind::StructDefinitions, index } => {
            let struct_ = map.structs.get(index);
            let name = struct_.map(|struct_| format!("struct `{}`", struct_.name));
            (struct_.map(|struct_| struct_.location), name)
        }
        Place::Entry { .. } | Place::Byte { .. } | Place::Whole => (None, None),
    };
    let location = location.unwrap_or(map.location);
    let within = within.unwrap_or_else(|| format!("module `{}`", map.name));
    let file = usize::try_from(location.file).ok().and_then(|file| map.files.get(file));
    let line = map.lines.get(&(location.file, location.line));
    Diagnostic {
        code: Code::Refused,
        message: format!("{within}: {} ({})", meaning(fault), fault.status.name()),
        file: file.cloned().unwrap_or_default(),
        line: location.line,
        column: location.column,
        width: location.width,
        source_line: line.cloned().unwrap_or_default(),
        notes: Vec::new(),
    }
}

/// The same for a fault of reference safety, with the way to the reference that is in the way, as
/// [`move_like_vm::verify::borrow_path`] tells it.
pub fn explain_with(fault: &Fault, map: &SourceMap, path: &[Loan]) -> Diagnostic {
    let mut diagnostic = explain(fault, map);
    let Place::Instruction { function, .. } = fault.place else { return diagnostic };
    for loan in path {
        let Some(location) = map.location(function, loan.instruction) else { continue };
        let file = usize::try_from(location.file).ok().and_then(|file| map.files.get(file));
        let line = map.lines.get(&(location.file, location.line));
        let note = Note {
            message: lent(map, function, loan),
            file: file.cloned().unwrap_or_default(),
            line: location.line,
            column: location.column,
            source_line: line.cloned().unwrap_or_default(),
        };
        // the parts of one expression share a line
        if diagnostic.notes.last() != Some(&note) {
            diagnostic.notes.push(note);
        }
    }
    diagnostic
}

/// What a reference was made from, in the words of the source.
fn lent(map: &SourceMap, function: usize, loan: &Loan) -> String {
    let how = if loan.mutable { "mutably" } else { "immutably" };
    let what = match loan.lender {
        Lender::Local(local) => {
            let names = map.functions.get(function).map(|function| &function.locals);
            let name = names.and_then(|names| names.get(usize::from(local)));
            match name.filter(|name| !name.is_empty()) {
                Some(name) => format!("`{name}` is borrowed {how} here"),
                None => format!("a value in between is borrowed {how} here"),
            }
        }
        Lender::Resource(definition) => {
            let struct_ = map.structs.get(definition.get());
            let name = struct_.map_or("", |struct_| struct_.name.as_str());
            format!("the resource `{name}` is borrowed {how} here")
        }
        Lender::Field(_) => format!("a field of it is borrowed {how} here"),
        Lender::Element => format!("an element of it is borrowed {how} here"),
        Lender::Reference => "the reference is used again here".to_owned(),
        Lender::Call => "the call gives a reference into what it was given".to_owned(),
    };
    format!("because {what}")
}

/// What the statuses that a source can cause mean in its terms.
fn meaning(fault: &Fault) -> &'static str {
    match fault.status.name() {
        "MOVELOC_EXISTS_BORROW_ERROR" => "the variable is moved while a reference to it is in use",
        "COPYLOC_EXISTS_BORROW_ERROR" => {
            "the variable is copied while a mutable reference to it is in use"
        }
        "STLOC_UNSAFE_TO_DESTROY_ERROR" => {
            "the variable is assigned while its old value is borrowed or cannot be dropped"
        }
        "BORROWLOC_EXISTS_BORROW_ERROR" => {
            "the variable is borrowed while another reference to it is in use"
        }
        "BORROWFIELD_EXISTS_MUTABLE_BORROW_ERROR" => {
            "the field is borrowed while another reference to it is in use"
        }
        "VEC_BORROW_ELEMENT_EXISTS_MUTABLE_BORROW_ERROR" => {
            "the element is borrowed while another reference to it is in use"
        }
        "VEC_UPDATE_EXISTS_MUTABLE_BORROW_ERROR" => {
            "the vector is changed while a reference into it is in use"
        }
        "WRITEREF_EXISTS_BORROW_ERROR" => {
            "a value is written while another reference into it is in use"
        }
        "READREF_EXISTS_MUTABLE_BORROW_ERROR" => {
            "a value is read while a mutable reference into it is in use"
        }
        "FREEZEREF_EXISTS_MUTABLE_BORROW_ERROR" => {
            "a reference becomes immutable while a mutable one from it is in use"
        }
        "CALL_BORROWED_MUTABLE_REFERENCE_ERROR" => {
            "a mutable reference is passed on while one from it is in use"
        }
        "RET_BORROWED_MUTABLE_REFERENCE_ERROR" => {
            "a mutable reference is returned while one from it is in use"
        }
        "UNSAFE_RET_LOCAL_OR_RESOURCE_STILL_BORROWED" => {
            "a reference to a variable or to storage would outlive the function"
        }
        "GLOBAL_REFERENCE_ERROR" => "the resource is used while a reference to it is in use",
        "UNSAFE_RET_UNUSED_VALUES_WITHOUT_DROP" => "a value that cannot be dropped is left over",
        "RECURSIVE_STRUCT_DEFINITION" => "the struct contains itself",
        "LOOP_IN_INSTANTIATION_GRAPH" => "a generic function calls itself with ever larger types",
        "ABORTED" => "the program stopped itself",
        "ARITHMETIC_ERROR" => "a number left its range, or was divided by zero",
        _ => "the machine refuses this",
    }
}
