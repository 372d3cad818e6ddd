//! The conservation report: every instruction that makes, ends or stores a value that cannot be copied
//! or dropped.
//!
//! A struct without `copy` and `drop` is never multiplied or lost by accident: there is only as much of
//! it as `PACK` made and `UNPACK` ended, and only its own module has these instructions. So the report
//! is complete for the modules it was given: what is not in it does not mint, burn or move such a value
//! to or from storage. It reads tables and code alone, and trusts neither names nor comments.
//!
//! # Place      verified modules -> [conservation] -> an auditor
//! # Invariants every PACK and UNPACK of a watched struct has its line, in the order of the code
//! # Absent     amounts: how much a mint makes is in the code that the line points to

mod holding;

use std::fmt;

use move_like_vm::fault::Fault;
use move_like_vm::format::{
    Abilities, Ability, CompiledModule, Instruction, SignatureIndex, StructDefinitionIndex,
    StructFields, Tables,
};
use serde::Serialize;

use crate::naming::{self, MemberName, ModuleName, NamedType};
use holding::{Holding, Structs};

/// What an instruction does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Makes one.
    Pack,
    /// Ends one.
    Unpack,
    /// Puts a resource into storage.
    MoveTo,
    /// Takes a resource out of storage.
    MoveFrom,
    /// Gets a resource in storage to change it.
    BorrowGlobalMut,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// What it does.
    pub act: Act,
    /// The function that it stands in.
    pub function: String,
    /// Its number in the code of the function.
    pub instruction: usize,
    /// The line of the source, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The struct or resource with its type arguments.
    pub of: String,
    /// Whether the resource holds the value only for some type arguments of the function.
    pub depends_on_type_arguments: bool,
}

/// Everything about one struct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// The struct.
    pub name: String,
    /// What may be done with it.
    pub abilities: Vec<&'static str>,
    /// Where values are made.
    pub made: Vec<Site>,
    /// Where values end.
    pub ended: Vec<Site>,
    /// Where resources that hold values meet storage.
    pub stored: Vec<Site>,
}

/// The report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The structs in the order of their names.
    pub structs: Vec<Watched>,
    /// Structs that were asked for and that no module defines.
    pub unknown: Vec<String>,
}

/// The line of a source at which an instruction stands, if someone knows.
pub type Lines<'a> = &'a dyn Fn(&ModuleName, usize, usize) -> Option<u32>;

/// The report over these modules. Without `asked`, it is about every struct that has neither `copy` nor
/// `drop`; `lines` says the line for module, function and instruction.
pub fn report(
    modules: &[CompiledModule],
    asked: &[MemberName],
    lines: Lines<'_>,
) -> Result<Report, Fault> {
    let structs = Structs::of(modules)?;
    let mut report = Report::default();
    let watched: Vec<&MemberName> = if asked.is_empty() {
        structs.names().filter(|name| structs.abilities(name).is_some_and(is_linear)).collect()
    } else {
        asked.iter().collect()
    };
    for name in watched {
        match structs.abilities(name) {
            None => report.unknown.push(name.to_string()),
            Some(abilities) => {
                let search = Search { structs: &structs, name, abilities, lines };
                report.structs.push(search.watched(modules)?);
            }
        }
    }
    report.structs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(report)
}

/// Whether values can be neither copied nor lost.
fn is_linear(abilities: Abilities) -> bool {
    !abilities.has(Ability::Copy) && !abilities.has(Ability::Drop)
}

fn words(abilities: Abilities) -> Vec<&'static str> {
    abilities
        .iter()
        .map(|ability| match ability {
            Ability::Copy => "copy",
            Ability::Drop => "drop",
            Ability::Store => "store",
            Ability::Key => "key",
        })
        .collect()
}

/// The search for one struct.
struct Search<'a> {
    structs: &'a Structs,
    name: &'a MemberName,
    abilities: Abilities,
    lines: Lines<'a>,
}

impl Search<'_> {
    fn watched(&self, modules: &[CompiledModule]) -> Result<Watched, Fault> {
        let mut watched = Watched {
            name: self.name.to_string(),
            abilities: words(self.abilities),
            made: Vec::new(),
            ended: Vec::new(),
            stored: Vec::new(),
        };
        for module in modules {
            self.module(module, &mut watched)?;
        }
        Ok(watched)
    }

    fn module(&self, module: &CompiledModule, watched: &mut Watched) -> Result<(), Fault> {
        let tables = module.tables();
        let own = naming::module(&tables, module.self_module_handle)?;
        for (number, function) in module.function_definitions.iter().enumerate() {
            let Some(code) = &function.code else { continue };
            let handle = tables.function_handle(function.handle)?;
            let name = naming::function(&tables, function.handle)?;
            for (offset, instruction) in code.code.iter().enumerate() {
                let Some((act, of)) = subject(&tables, instruction)? else { continue };
                let holding = match act {
                    Act::Pack | Act::Unpack => self.is_it(&of),
                    Act::MoveTo | Act::MoveFrom | Act::BorrowGlobalMut => self.structs.holding(
                        &of,
                        self.name,
                        self.abilities,
                        &handle.type_parameters,
                    ),
                };
                if holding == Holding::Never {
                    continue;
                }
                let site = Site {
                    act,
                    function: name.to_string(),
                    instruction: offset,
                    line: (self.lines)(&own, number, offset),
                    of: of.to_string(),
                    depends_on_type_arguments: holding == Holding::Possible,
                };
                match act {
                    Act::Pack => watched.made.push(site),
                    Act::Unpack => watched.ended.push(site),
                    Act::MoveTo | Act::MoveFrom | Act::BorrowGlobalMut => {
                        watched.stored.push(site);
                    }
                }
            }
        }
        Ok(())
    }

    fn is_it(&self, type_: &NamedType) -> Holding {
        match type_ {
            NamedType::Struct(name, _) if name == self.name => Holding::Always,
            _ => Holding::Never,
        }
    }
}

/// What an instruction does to a struct of its module, and to which.
fn subject(
    tables: &Tables<'_>,
    instruction: &Instruction,
) -> Result<Option<(Act, NamedType)>, Fault> {
    use Instruction as I;
    let (act, definition, arguments) = match instruction {
        I::Pack(index) => (Act::Pack, *index, None),
        I::Unpack(index) => (Act::Unpack, *index, None),
        I::MoveTo(index) => (Act::MoveTo, *index, None),
        I::MoveFrom(index) => (Act::MoveFrom, *index, None),
        I::MutBorrowGlobal(index) => (Act::BorrowGlobalMut, *index, None),
        I::PackGeneric(index)
        | I::UnpackGeneric(index)
        | I::MoveToGeneric(index)
        | I::MoveFromGeneric(index)
        | I::MutBorrowGlobalGeneric(index) => {
            let entry = tables.struct_instantiation(*index)?;
            let act = match instruction {
                I::PackGeneric(_) => Act::Pack,
                I::UnpackGeneric(_) => Act::Unpack,
                I::MoveToGeneric(_) => Act::MoveTo,
                I::MoveFromGeneric(_) => Act::MoveFrom,
                _ => Act::BorrowGlobalMut,
            };
            (act, entry.definition, Some(entry.type_arguments))
        }
        _ => return Ok(None),
    };
    Ok(Some((act, struct_type(tables, definition, arguments)?)))
}

fn struct_type(
    tables: &Tables<'_>,
    definition: StructDefinitionIndex,
    arguments: Option<SignatureIndex>,
) -> Result<NamedType, Fault> {
    let name = naming::structure(tables, tables.struct_definition(definition)?.handle)?;
    let arguments = match arguments {
        Some(index) => naming::types(tables, tables.signature(index)?)?,
        None => Vec::new(),
    };
    Ok(NamedType::Struct(name, arguments))
}

impl Report {
    /// The report as JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for watched in &self.structs {
            let abilities = match watched.abilities.as_slice() {
                [] => "no abilities".to_owned(),
                words => format!("has {}", words.join(", ")),
            };
            writeln!(formatter, "{} ({abilities})", watched.name)?;
            let parts =
                [("made", &watched.made), ("ended", &watched.ended), ("stored", &watched.stored)];
            for (title, sites) in parts {
                if sites.is_empty() {
                    writeln!(formatter, "  {title}: nowhere")?;
                    continue;
                }
                writeln!(formatter, "  {title}:")?;
                for site in sites {
                    writeln!(formatter, "    {site}")?;
                }
            }
        }
        for name in &self.unknown {
            writeln!(formatter, "{name}: no module defines it")?;
        }
        Ok(())
    }
}

impl fmt::Display for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = match self.act {
            Act::Pack => "pack",
            Act::Unpack => "unpack",
            Act::MoveTo => "move_to",
            Act::MoveFrom => "move_from",
            Act::BorrowGlobalMut => "borrow_global_mut",
        };
        write!(formatter, "{act:<17} {} in {} at {}", self.of, self.function, self.instruction)?;
        if let Some(line) = self.line {
            write!(formatter, ", line {line}")?;
        }
        if self.depends_on_type_arguments {
            write!(formatter, ", for some type arguments")?;
        }
        Ok(())
    }
}

/// The fields that a struct declares; none for a native one.
fn declared(fields: &StructFields) -> &[move_like_vm::format::FieldDefinition] {
    match fields {
        StructFields::Native => &[],
        StructFields::Declared(fields) => fields,
    }
}

#[cfg(test)]
mod tests;
