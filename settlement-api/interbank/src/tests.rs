//! Tests that need several modules at once.

mod clocks;
mod codes;
mod crossing;
mod evidence;
mod forwarding;
mod payments;
mod refusals;
mod rules;
pub(crate) mod support;
mod tickets;
mod transitions;
mod waiting;
