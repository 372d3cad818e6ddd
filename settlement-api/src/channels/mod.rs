//! Channels to a core system beside HTTP: messages come in by one, are answered, and what became of
//! payments is told by it.
//!
//! ```text
//! next -> seen under this id? -> again: done                     (nothing is done or said twice)
//!                             -> another content: set aside
//!      -> taken as if posted  -> answer, seen, done
//!                             -> refused: answer, set aside, seen, done
//!                             -> later: kept, tried again
//! feed -> tell -> cursor
//! ```
//!
//! # Place      core bank's disk or broker -> [channels] -> payments, files; feed -> core bank
//! # Invariants J1, J3 a message is done with only when what it ordered is on disk here and its answer is
//! #            kept by the other side; J4 one that cannot be taken is set aside with a reason; J2, J5 events
//! #            are told in their order
//! # Absent     what a message means (`payments`, `files`), formats that are no message

use std::{fmt, future::Future};

use ledger_core::digest::Hash32;

use crate::{port::StoreFault, refused::Refused};

pub mod amqp;
mod notice;
mod taking;
pub mod work;

/// Characters of a name that are kept.
const NAME: usize = 128;
/// Hex digits of a content's hash in the names made of it.
const HASH: usize = 16;

/// A message that came and is not done with.
#[derive(Debug)]
pub struct Arrived<P> {
    /// What its sender calls it: the same name is the same message.
    pub id: Option<String>,
    /// What it is called in answers.
    pub name: String,
    /// Its content, or a beginning that is already too long.
    pub content: Vec<u8>,
    /// It was given out before, and nobody was done with it.
    pub again: bool,
    /// Where it lies.
    pub place: P,
}

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Stable.
    pub code: &'static str,
    /// Of ISO 20022.
    pub iso: &'static str,
    /// What to do.
    pub detail: String,
}

impl From<&Refused> for Reason {
    fn from(refused: &Refused) -> Self {
        let (code, iso) = (refused.code(), refused.iso_reason());
        Self { code, iso, detail: refused.to_string() }
    }
}

/// What a message is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A pacs.002 or pain.002.
    Taken(Vec<u8>),
    /// Why not.
    Refused(Reason),
}

impl Answer {
    /// As it is written.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Taken(message) => message.clone(),
            Self::Refused(Reason { code, iso, detail }) => {
                let problem =
                    serde_json::json!({"code": code, "iso_reason": iso, "detail": detail});
                format!("{problem:#}\n").into_bytes()
            }
        }
    }

    /// What its name ends in.
    #[must_use]
    pub const fn ending(&self) -> &'static str {
        match self {
            Self::Taken(_) => "ack.xml",
            Self::Refused(_) => "nak.json",
        }
    }
}

/// Why a channel could not do it; it is asked again.
#[derive(Debug, thiserror::Error)]
pub enum ChannelFault {
    /// The operating system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The gateway's store.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// What passes by itself.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The broker.
    #[error("{0}")]
    Broker(#[from] amqp::BrokerFault),
}

/// A way of messages in and out. Each call is over when the other side keeps what it was given.
pub trait Channel: Send {
    /// Where a message lies.
    type Place: Send + Sync + fmt::Debug;

    /// Under what its rows and its cursor are kept, and what it is called in metrics.
    fn name(&self) -> &'static str;

    /// The next message, in the channel's order.
    fn next(
        &mut self,
    ) -> impl Future<Output = Result<Option<Arrived<Self::Place>>, ChannelFault>> + Send;

    /// Gives an answer to a message; one that was refused is set aside where somebody looks after it.
    fn answer(
        &mut self,
        to: &Arrived<Self::Place>,
        answer: &Answer,
        name: &str,
    ) -> impl Future<Output = Result<(), ChannelFault>> + Send;

    /// Is done with a message.
    fn done(
        &mut self,
        arrived: &Arrived<Self::Place>,
        refused: bool,
        name: &str,
    ) -> impl Future<Output = Result<(), ChannelFault>> + Send;

    /// Keeps a message for later; whether others may be taken before it.
    fn later(&mut self, arrived: Arrived<Self::Place>) -> bool;

    /// Tells an event under its number.
    fn tell(
        &mut self,
        number: u64,
        message: Vec<u8>,
    ) -> impl Future<Output = Result<(), ChannelFault>> + Send;
}

/// A name for what is made of a message: the same of the same content under the same name.
#[must_use]
pub fn name_of(name: &str, hash: &Hash32) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.chars().take(NAME).map(kept).collect();
    let hash: String = hash.to_hex().chars().take(HASH).collect();
    format!("{hash}-{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j1_names_say_nothing_to_a_shell() {
        let name = name_of("a b;$(x).xml", &Hash32::new([0xab; 32]));
        assert_eq!(name, "abababababababab-a_b___x_.xml");
    }
}
