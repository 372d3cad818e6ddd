//! Source maps beside binaries, as JSON.

use std::path::Path;

use move_compiler::SourceMap;
use serde::{Deserialize, Serialize};

/// File, line, column and width of a place.
type Place = (u32, u32, u32, u32);

/// A function of a map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Function {
    name: String,
    place: Place,
    locals: Vec<String>,
    instructions: Vec<Place>,
}

/// A struct of a map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Struct {
    name: String,
    place: Place,
}

/// A source map as a file holds it. Places are file, line, column and width; lines and columns count
/// from 1, files are positions in the list of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMap {
    /// The module; empty for a script.
    pub name: String,
    files: Vec<String>,
    functions: Vec<Function>,
    structs: Vec<Struct>,
}

fn place(location: move_compiler::source_map::Location) -> Place {
    (location.file, location.line, location.column, location.width)
}

impl StoredMap {
    /// What a file keeps of a map: everything but the text of the lines.
    pub fn of(map: &SourceMap) -> Self {
        let functions = map.functions.iter().map(|function| Function {
            name: function.name.clone(),
            place: place(function.location),
            locals: function.locals.clone(),
            instructions: function.instructions.iter().copied().map(place).collect(),
        });
        let structs = map
            .structs
            .iter()
            .map(|struct_| Struct { name: struct_.name.clone(), place: place(struct_.location) });
        Self {
            name: map.name.clone(),
            files: map.files.clone(),
            functions: functions.collect(),
            structs: structs.collect(),
        }
    }

    /// Reads a map; `None` if the file is none.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// The line of an instruction.
    pub fn line(&self, function: usize, instruction: usize) -> Option<u32> {
        let function = self.functions.get(function)?;
        function.instructions.get(instruction).map(|(_, line, _, _)| *line)
    }
}
