//! The verifier: what code must prove before it may run.

pub mod abstract_interpreter;
pub mod acquires;
pub mod body;
pub mod borrow_graph;
pub mod code;
pub mod control_flow;
pub mod control_flow_graph;
pub mod locals_safety;
pub mod meter;
pub mod reference_safety;
pub mod stack_usage;
pub mod type_safety;
//! What is checked before code may run.

pub mod bounds;
pub mod constants;
pub mod duplication;
pub mod limits;
