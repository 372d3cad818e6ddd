//! Work on hostile files that must not end the run.
//!
//! # Place      tools -> [guard] -> verifier, machine
//! # Invariants a panic in one piece of work is a result like any other
//! # Absent     excuses: a panic of the machine is a defect, and the result says PANIC

use std::panic::{AssertUnwindSafe, catch_unwind};

use move_like_vm::fault::Fault;
use move_like_vm::status::Status;

/// What is said of work that panicked.
pub const PANIC: &str = "PANIC";

/// The result of the work; `None` if it panicked.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// The status of a fault as the cases write it: aborts and refused vector operations have their code.
pub fn status_text(result: Result<(), &Fault>) -> String {
    match result {
        Ok(()) => Status::Executed.name().to_owned(),
        Err(fault) => match (fault.status, fault.code) {
            (Status::Aborted | Status::VectorOperationError, Some(code)) => {
                format!("{}:{code}", fault.status)
            }
            (status, _) => status.name().to_owned(),
        },
    }
}
