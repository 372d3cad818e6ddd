//! What is wrong with a text, and where.
//!
//! # Place      lexer, parser, assembler -> [diagnostic] -> a person
//! # Invariants lines and columns count from 1, columns in characters
//! # Absent     the words of the text: the place leads to them

use std::fmt;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
}

impl Position {
    /// The first character.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One thing that is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where it is wrong.
    pub at: Position,
    /// What is wrong.
    pub problem: Problem,
}

macro_rules! problems {
    ($($variant:ident = $text:literal,)*) => {
        /// What can be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Problem {
            $(#[doc = $text] $variant,)*
        }

        impl Problem {
            /// What is wrong, in words.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

problems! {
    // characters
    UnknownCharacter = "this character begins nothing",
    OpenQuote = "the quoted text does not end on its line",
    BadEscape = "this escape is not one of \\\\, \\\" and \\u{..}",
    BadBytes = "bytes are an even number of hexadecimal digits",
    BadNumber = "this is not a number of at most 256 bits",
    BadIndex = "`#` is followed by a number of at most 65535",
    // grammar
    ExpectedItem = "expected `friend`, `metadata`, `struct`, a function or `tables`",
    ExpectedModuleOrScript = "a text begins with `module` or `script`",
    ExpectedName = "expected a name",
    ExpectedPath = "expected a name, a path or `#` with an index",
    ExpectedType = "expected a type",
    ExpectedTypes = "expected a list of types",
    ExpectedAbility = "expected `copy`, `drop`, `store` or `key`",
    ExpectedNumber = "expected a number",
    ExpectedBytes = "expected bytes such as x\"00ff\"",
    ExpectedMark = "another mark is expected here",
    ExpectedTable = "expected the name of a table",
    TypesTooDeep = "types are nested too deeply",
    TypeParameterOrder = "type parameters are named T0, T1 and so on",
    UnknownMnemonic = "there is no such instruction",
    NumberTooLarge = "the number is too large here",
    Repeated = "this was said before",
    // names
    UnknownStruct = "neither a definition nor the tables have this struct",
    UnknownFunction = "neither a definition nor the tables have this function",
    UnknownDefinition = "this struct is not defined here",
    UnknownField = "the struct has no field of this name",
    UnknownLocal = "no parameter or local has this name",
    UnknownLabel = "no line has this label",
    WrongPath = "a path of this kind does not stand here",
    NotAsInTables = "the tables say otherwise of this",
    NoSelf = "a script has no structs and functions of its own",
    // the whole
    TooManyEntries = "a table has at most 65536 entries",
    CodeTooLong = "a branch reaches at most instruction 65535",
    NotAModule = "this is a script",
    NotAScript = "this is a module",
    ScriptHasOneFunction = "a script is exactly one function with code",
    NotInAScript = "a script has no such thing",
    TooManyProblems = "there is more: the rest is left out",
}

impl Diagnostic {
    pub(crate) const fn new(at: Position, problem: Problem) -> Self {
        Self { at, problem }
    }

    pub(crate) const fn at_start(problem: Problem) -> Self {
        Self::new(Position::START, problem)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.at.line, self.at.column, self.problem.text())
    }
}

/// The most that one text is told.
const MOST: usize = 100;

/// The problems of one text, up to a bound.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        match self.0.len() {
            0..MOST => self.0.push(diagnostic),
            MOST => self.0.push(Diagnostic::new(diagnostic.at, Problem::TooManyProblems)),
            _ => {}
        }
    }

    /// The result, unless something is wrong.
    pub(crate) fn unless_any<T>(mut self, result: T) -> Result<T, Vec<Diagnostic>> {
        if self.0.is_empty() {
            return Ok(result);
        }
        self.0.sort_by_key(|diagnostic| diagnostic.at);
        Err(self.0)
    }
}
