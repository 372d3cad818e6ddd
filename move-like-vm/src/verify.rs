//! What is checked before code may run.

pub mod bounds;
pub mod constants;
pub mod duplication;
pub mod limits;
