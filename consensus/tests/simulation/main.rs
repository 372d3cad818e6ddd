//! Four validators on virtual time, network and disks: the node's own code, reproducible by seed.

#[path = "../memory/mod.rs"]
mod memory;
#[path = "../network/mod.rs"]
mod network;

mod agreement;
mod archives;
mod cluster;
mod crashes;
mod divergence;
mod epochs;
mod stalls;
