//! Events told to a bank's own systems by signed HTTP requests, until they say that they have them.
//!
//! ```text
//! events::feed (numbered rows on disk) -> [work] one request at a time per endpoint, in order
//!     2xx -> the cursor moves on, on disk
//!     anything else -> again after a pause that doubles, for three days -> disabled, and said
//! ```
//!
//! # Place      events -> [webhooks] -> a core system's HTTP server
//! # Invariants E2 an event is told until an endpoint took it, in the order of numbers; the queue is
//! #            the feed itself, an endpoint keeps a cursor and nothing else; a secret is shown once
//! # Absent     plain HTTP beyond this host

pub mod endpoint;
pub mod message;
mod register;
pub(crate) mod work;

pub use endpoint::{Endpoint, Failure};
pub use register::{MAX_ENDPOINTS, Webhooks};
