//! What people and scripts see: the one module that prints.
//!
//! # Invariants results go to stdout, everything else to stderr; a closed pipe is no failure
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

/// Exit code of a command that was not done.
pub(crate) const NOT_DONE: u8 = 1;
/// Exit code for what cannot be read, or makes no sense.
pub(crate) const USAGE: u8 = 2;
/// Exit code of a valid proof that a command was refused.
pub(crate) const REFUSED: u8 = 3;

/// A command's end without result: what to say, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    error: Box<dyn Error + Send + Sync>,
    code: u8,
}

impl Failure {
    /// Something was not done.
    pub(crate) fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self { error: Box::new(error), code: NOT_DONE }
    }

    /// What was given cannot be read, or makes no sense.
    pub(crate) fn usage(error: impl Error + Send + Sync + 'static) -> Self {
        Self { error: Box::new(error), code: USAGE }
    }

    /// The process's exit code.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// Says on stderr why something was not done, with all causes in one line.
pub(crate) fn failure(failure: &Failure) {
    eprintln!("florin: {}", with_causes(failure.error.as_ref()));
}

/// One line on stderr.
pub(crate) fn note(line: &str) {
    eprintln!("{line}");
}

/// One line on stdout.
pub(crate) fn line(line: &str) {
    bytes(format!("{line}\n").as_bytes());
}

/// Bytes on stdout, as they are.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    // Whoever closed the pipe does not want to read more.
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// An error's message and those of its causes that it does not repeat.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_failure_tells_its_causes_once() {
        let error = Outer(io::Error::other("inner"));
        assert_eq!(with_causes(&error), "outer: inner");
    }
}
