//! camt.110.001.01 and camt.111.001.01: an inquiry about a payment, and its answer.

pub(super) mod request;
pub(super) mod response;
mod underlying;
