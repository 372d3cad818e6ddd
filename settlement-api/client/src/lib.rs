//! What a bank's own systems use against their gateway: typed calls, signed requests, proofs that
//! are checked before anything is believed.
//!
//! ```no_run
//! # use std::{sync::Arc, time::Duration};
//! # use florin_client::{Connection, Gateway, Limits, NewPayment, ServerTrust, Trust, Until};
//! # async fn pay(signer: ed25519_zebra::SigningKey, own: ledger_core::id::Lei, payment: NewPayment)
//! #     -> Result<(), Box<dyn std::error::Error>> {
//! let trust = Trust::new(&std::fs::read("genesis.json")?)?;
//! let gateway = Gateway::new(Connection {
//!     url: "http://127.0.0.1:4000".to_owned(),
//!     signer: Arc::new(signer),
//!     member: own,
//!     trust,
//!     server: ServerTrust::ThisHost,
//!     limits: Limits::default(),
//! })?;
//! let sent = gateway.pay(&payment).await?;
//! let end = gateway.wait(&sent, Until::Settled, Duration::from_secs(60)).await?;
//! assert!(end.settled().is_some(), "only a proof says so");
//! # Ok(())
//! # }
//! ```
//!
//! # Place
//! core systems, `florin pay` and its like -> [florin-client] -> HTTP -> a gateway; gateways use
//! [`exchange`] and [`http_signature`] among themselves and towards validators
//!
//! # Invariants
//! - A payment is settled when a proof that verified names that very payment ([`proof`]); what a
//!   gateway merely says is shown as what it says.
//! - Only what counts once is sent twice ([`gateway`]); every wait has an end.
//!
//! # Absent on purpose
//! Keys in files and profiles (the caller's), anything of the server: no actix, no store, no engine.

pub mod accounts;
pub mod cases;
pub mod error;
pub mod events;
pub mod exchange;
pub mod gateway;
pub mod http_signature;
pub mod listing;
pub mod payments;
pub mod problem;
pub mod proof;
pub mod queue;
pub mod returns;
pub mod reviews;
#[cfg(test)]
mod stand_in;
pub mod statements;
pub mod tls;
pub mod tokens;
pub mod tracker;
pub mod trust;

pub use accounts::{AccountReport, ProvedAccount};
pub use cases::{CaseAnswer, CasePage, CaseReport, CaseSummary, Given, NewCase, WantedCases};
pub use error::Error;
pub use events::{Direction, Event, EventsPage, Follow};
pub use gateway::{CommandReport, Connection, Gateway, Key, Limits};
pub use listing::{PaymentsPage, WantedPayments};
pub use payments::{Agent, Asked, NewPayment, Party, PaymentReport, Status, Tracked, Until};
pub use problem::{Problem, Retry};
pub use proof::{Expected, Field, ProofError, Rejected, Settled};
pub use queue::{Place, Queue, QueuedPayment, Waits};
pub use returns::Return;
pub use reviews::{PendingPage, Review};
pub use statements::{Day, Statement, StatementEntry, StatementFault};
pub use tls::{ServerTrust, TlsError};
pub use tokens::{AssertionSigner, Token, TokenClient};
pub use tracker::{DirectoryEntry, Hop, TakenCharge, Tracker, WaitingChange};
pub use trust::{Trust, TrustError};
