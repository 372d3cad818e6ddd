//! What is wrong with a source, with the place in it.
//!
//! # Place      [diagnostic] <- every stage of the compiler
//! # Invariants a code keeps its meaning; the list of one run is sorted by place and bounded
//! # Absent     warnings: what compiles is silent

use std::fmt;

use crate::limits::MAX_DIAGNOSTICS;
use crate::source::{Lines, SourceFile, Span};

macro_rules! codes {
    ($($(#[$attribute:meta])* $variant:ident = $code:literal;)*) => {
        /// The kind of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$attribute])* $variant,)*
        }

        impl Code {
            /// The short name that tools may rely on.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

codes! {
    /// Another token was expected.
    Syntax = "M0101";
    /// A number, text or address is not well formed.
    InvalidLiteral = "M0102";
    /// The source is nested too deeply, or too long.
    TooLarge = "M0103";
    /// The language has it, this compiler does not.
    Unsupported = "M0104";
    /// An attribute is not understood.
    InvalidAttribute = "M0105";
    /// No such module.
    UnboundModule = "M0201";
    /// No such variable, constant, function, struct or field.
    UnboundName = "M0202";
    /// No address is given for the name.
    UnboundAddress = "M0203";
    /// The name is already taken.
    DuplicateName = "M0204";
    /// The name is not allowed there.
    InvalidName = "M0205";
    /// Modules depend on each other.
    CyclicDependency = "M0206";
    /// Who may call or take apart what.
    Visibility = "M0207";
    /// One type was expected, another found.
    TypeMismatch = "M0301";
    /// The type does not follow from the source.
    CannotInfer = "M0302";
    /// A wrong number of arguments, type arguments or values.
    WrongCount = "M0303";
    /// A type lacks an ability.
    MissingAbility = "M0304";
    /// A reference, tuple or number where it is not allowed.
    InvalidType = "M0305";
    /// A number does not fit its type.
    NumberTooLarge = "M0306";
    /// `break` or `continue` outside a loop.
    NotInLoop = "M0307";
    /// The target of an assignment is no place.
    InvalidAssignment = "M0308";
    /// A constant's value is not known to the compiler.
    InvalidConstant = "M0309";
    /// `acquires` says too little or too much.
    Acquires = "M0310";
    /// The parameters or results of an entry point.
    InvalidEntry = "M0311";
    /// A variable has no value, or lost it.
    Unavailable = "M0401";
    /// A value that may not be dropped would be.
    NotConsumed = "M0402";
    /// The verifier refuses the emitted code.
    Refused = "M0501";
}

/// What is wrong, where, with the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind.
    pub code: Code,
    /// A sentence.
    pub message: String,
    /// The file's name.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// How many characters are meant, at least 1, at most to the end of the line.
    pub width: u32,
    /// The text of the line.
    pub source_line: String,
    /// What led there, in its order.
    pub notes: Vec<Note>,
}

/// A place that explains another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A sentence.
    pub message: String,
    /// The file's name.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// The text of the line.
    pub source_line: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let text = self.source_line.replace('\t', " ");
        writeln!(f, "{margin} = {}", self.message)?;
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        write!(f, "{number} | {text}")
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let text = self.source_line.replace('\t', " ");
        let indent = " ".repeat(usize::try_from(self.column.saturating_sub(1)).unwrap_or(0));
        let carets = "^".repeat(usize::try_from(self.width.max(1)).unwrap_or(1));
        writeln!(f, "error[{}]: {}", self.code.as_str(), self.message)?;
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {text}")?;
        write!(f, "{margin} | {indent}{carets}")?;
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}"))
    }
}

impl std::error::Error for Diagnostic {}

/// A finding before its place is turned into line and column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) span: Span,
    pub(crate) code: Code,
    pub(crate) message: String,
}

/// The findings of one run.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    pub(crate) fn add(&mut self, code: Code, span: Span, message: impl Into<String>) {
        if self.list.len() < MAX_DIAGNOSTICS {
            self.list.push(Finding { span, code, message: message.into() });
        }
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.add(finding.code, finding.span, finding.message);
    }

    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them with their places, sorted and each once.
    pub(crate) fn into_diagnostics(mut self, files: &[SourceFile]) -> Vec<Diagnostic> {
        self.list.sort();
        self.list.dedup();
        self.list.iter().map(|finding| placed(finding, files)).collect()
    }
}

fn placed(finding: &Finding, files: &[SourceFile]) -> Diagnostic {
    let index = usize::try_from(finding.span.file).unwrap_or(usize::MAX);
    let (name, text) =
        files.get(index).map_or(("", ""), |file| (file.name.as_str(), file.text.as_str()));
    let (start, width, source_line) = Lines::new(text).place(finding.span);
    Diagnostic {
        code: finding.code,
        message: finding.message.clone(),
        file: name.to_owned(),
        line: start.line,
        column: start.column,
        width,
        source_line: source_line.to_owned(),
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_its_line_and_a_caret_under_each_character() {
        let files = [SourceFile::new("a.move", "module\n  bad here;\n")];
        let mut findings = Findings::default();
        findings.add(Code::Syntax, Span { file: 0, start: 9, end: 12 }, "expected a name");
        let shown = findings.into_diagnostics(&files)[0].to_string();
        let expected =
            "error[M0101]: expected a name\n --> a.move:2:3\n  |\n2 |   bad here;\n  |   ^^^";
        assert_eq!(shown, expected);
    }
}
