//! The section that fixes the order of the tables.

use super::{Parsed, Parser};
use crate::diagnostic::Problem;
use crate::lexer::Token;
use crate::syntax::{Part, TableSection};

impl Parser {
    pub(super) fn tables(&mut self, tables: &mut TableSection) -> Parsed<()> {
        self.until_brace(|parser| {
            let Token::Word(name) = parser.token() else {
                return parser.fault(Problem::ExpectedTable);
            };
            let name = name.clone();
            let Some(entry) = entry(&name) else { return parser.fault(Problem::ExpectedTable) };
            parser.advance();
            parser.until_brace(|parser| entry(parser, tables))
        })
    }
}

type Entry = fn(&mut Parser, &mut TableSection) -> Parsed<()>;

/// How an entry of a table is read.
fn entry(table: &str) -> Option<Entry> {
    let entry: Entry = match table {
        "identifiers" => |parser, tables| {
            let at = parser.at();
            let name = parser.name()?;
            tables.identifiers.push((at, name));
            Ok(())
        },
        "addresses" => |parser, tables| {
            let at = parser.at();
            let Part::Address(address) = parser.part()? else {
                return parser.fault(Problem::ExpectedNumber);
            };
            tables.addresses.push((at, address));
            Ok(())
        },
        "modules" => |parser, tables| parser.path().map(|path| tables.modules.push(path)),
        "structs" => |parser, tables| parser.struct_head().map(|head| tables.structs.push(head)),
        "functions" => {
            |parser, tables| parser.function_handle().map(|head| tables.functions.push(head))
        }
        "signatures" => |parser, tables| {
            let at = parser.at();
            parser.mark('(')?;
            let mut types = Vec::new();
            parser.list(')', |parser| {
                types.push(parser.type_()?);
                Ok(())
            })?;
            tables.signatures.push((at, types));
            Ok(())
        },
        "constants" => |parser, tables| {
            let at = parser.at();
            let constant = parser.constant()?;
            tables.constants.push((at, constant));
            Ok(())
        },
        "fields" => |parser, tables| {
            let at = parser.at();
            let field = parser.field()?;
            tables.fields.push((at, field));
            Ok(())
        },
        "struct_instantiations" => |parser, tables| {
            let entry = (parser.path()?, parser.type_arguments()?);
            tables.struct_instantiations.push(entry);
            Ok(())
        },
        "function_instantiations" => |parser, tables| {
            let entry = (parser.path()?, parser.type_arguments()?);
            tables.function_instantiations.push(entry);
            Ok(())
        },
        "field_instantiations" => |parser, tables| {
            let entry = (parser.at(), parser.field()?, parser.type_arguments()?);
            tables.field_instantiations.push(entry);
            Ok(())
        },
        _ => return None,
    };
    Some(entry)
}
