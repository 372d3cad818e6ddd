//! Calls of contracts: what a member signs of one, and what it costs at most.
//!
//! ```text
//! a description ──> `call`: its bytes and its most      the same bytes go to everybody who signs
//!                        |
//!          `approval` at each other member              its gate and its settlement key, or a refusal
//!                        |
//!          `Invoke` from the one that sends             outbox ──> receipt
//! ```
//!
//! # Place      server -> [contracts] -> ledger port, gate, keys
//! # Invariants K2 nothing is signed for a customer without standing or on a list; V9 a member signs
//! #            for accounts of its own only
//! # Absent     how the call's bytes travel between members (they are signed by all, and hold no names);
//! #            accounts under other accounts; several persons of a member (K7)

pub mod approval;
pub mod arguments;
pub mod call;
pub mod code;

use ledger_core::program::TypeTag;

/// Why nothing was made of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallRefused {
    /// What should be a signed part of a call is not.
    #[error("{0} is not in hex as a gateway or `florin contract` writes it")]
    Unreadable(&'static str),
    /// No such module.
    #[error("no module of that name is published at that address, or one that it names is not")]
    ModuleUnknown,
    /// More modules stand behind it than are read.
    #[error("the module names too many others")]
    ModuleTooWide,
    /// The machine does not find the function, or not with these types.
    #[error("the function cannot be called so: {0}; see GET /v1/contracts/modules")]
    FunctionUnknown(&'static str),
    /// How many signers or arguments there are.
    #[error("the function takes {signers} signers and {arguments} arguments behind them")]
    WrongCount {
        /// Signers.
        signers: usize,
        /// Arguments.
        arguments: usize,
    },
    /// An argument is not of its type.
    #[error("argument {at}, counted from 0, is no {}", name_of(.type_.as_ref()))]
    Argument {
        /// Which.
        at: usize,
        /// Its type; none where it depends on a type argument.
        type_: Option<TypeTag>,
    },
    /// None of the accounts that it names is this institution's.
    #[error("the call names no settlement account of this institution")]
    NoPart,
    /// An own account, under a name or a customer that is not.
    #[error(
        "the call names an own account under a name or customer that is not this institution's"
    )]
    NotOurs,
    /// A clearance of another member is missing, or there is one too many.
    #[error("give one clearance for each signer that is not this institution's, in their order")]
    Clearances,
}

fn name_of(type_: Option<&TypeTag>) -> String {
    type_.map_or("value in BCS".to_owned(), ToString::to_string)
}

impl CallRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "call_unreadable",
            Self::ModuleUnknown => "module_unknown",
            Self::ModuleTooWide => "module_too_wide",
            Self::FunctionUnknown(_) => "function_unknown",
            Self::WrongCount { .. } => "arguments_count",
            Self::Argument { .. } => "argument_mismatch",
            Self::NoPart => "not_in_call",
            Self::NotOurs => "holder_not_ours",
            Self::Clearances => "clearances_incomplete",
        }
    }
}
