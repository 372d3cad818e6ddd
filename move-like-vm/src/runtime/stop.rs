//! Why an instruction cannot be carried out, before anyone says where.

use crate::fault::Fault;
use crate::status::Status;

/// A status with the code of an abort or of a refused vector operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The status.
    pub status: Status,
    /// The code, where the status has one.
    pub code: Option<u64>,
}

impl Stop {
    pub(crate) const fn coded(status: Status, code: u64) -> Self {
        Self { status, code: Some(code) }
    }

    /// `ABORTED` with a code, as the instruction gives it.
    pub const fn aborted(code: u64) -> Self {
        Self::coded(Status::Aborted, code)
    }
}

impl From<Status> for Stop {
    fn from(status: Status) -> Self {
        Self { status, code: None }
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        Self { code: stop.code, ..Self::new(stop.status) }
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self { status: fault.status, code: fault.code }
    }
}
