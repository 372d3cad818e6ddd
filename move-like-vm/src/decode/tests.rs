//! Every refusal, in the order in which faults win, and what any file may cost.

mod memory;
mod refusals;
mod round_trip;
mod versions;
