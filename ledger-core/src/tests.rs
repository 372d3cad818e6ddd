//! Every rule, from outside: tables of commands, refusals and transitions; replay, restore, proofs;
//! random sequences against a model.

mod after;
mod approvals;
mod blocks;
mod bulks;
mod controls;
mod faults;
mod freezes;
mod issuing;
mod journals;
mod legs;
mod minting;
mod model;
mod netting;
mod payments;
mod proofs;
mod queues;
mod redemption;
mod replay;
mod reserves;
mod restore;
mod returns;
mod schedules;
mod sets;
mod spending;
mod standing;
mod totality;
