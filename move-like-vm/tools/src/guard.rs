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
pub fn status_text(result: &Result<(), Fault>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_result_like_any_other() {
        assert_eq!(guarded(|| 7), Some(7));
        assert_eq!(guarded(|| -> u8 { panic!("broken") }), None);
    }

    #[test]
    fn a_status_has_its_code_where_cases_write_one() {
        let rows = [
            (Fault::new(Status::Aborted).with_code(7), "ABORTED:7"),
            (Fault::new(Status::VectorOperationError).with_code(1), "VECTOR_OPERATION_ERROR:1"),
            (Fault::new(Status::ArithmeticError).with_code(7), "ARITHMETIC_ERROR"),
            (Fault::new(Status::Malformed), "MALFORMED"),
        ];
        for (fault, text) in rows {
            assert_eq!(status_text(&Err(fault)), text);
        }
        assert_eq!(status_text(&Ok(())), "EXECUTED");
    }
}
