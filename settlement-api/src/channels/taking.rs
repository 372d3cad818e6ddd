//! What is kept of a message beside what it ordered: that it was taken under its id, and how often
//! it was begun without an end.
//!
//! # Invariants J3 a message id stands for one content, for ever; J4 what was begun too often is set aside

use ledger_core::{
    codec::decode,
    digest::{Domain, Hash32},
};
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::{
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
};

/// How often a message is begun whose taking never ended, as when the process dies of it.
const TRIES: u8 = 16;
const MAX_ROW: usize = 64;

/// What stands under a message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    content: Hash32,
}

/// What is known of a message before it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing.
    New,
    /// It was taken, or refused, and answered.
    Done,
    /// It cannot be taken.
    Poison(Reason),
}

/// The rows of one message.
pub(super) struct Rows<'m> {
    channel: &'static str,
    id: Option<&'m str>,
    content: Hash32,
}

impl<'m> Rows<'m> {
    pub(super) fn of(channel: &'static str, id: Option<&'m str>, content: &[u8]) -> Self {
        Self { channel, id, content: Domain::Content.hash(content) }
    }

    pub(super) const fn hash(&self) -> &Hash32 {
        &self.content
    }

    fn seen(&self) -> Option<Vec<u8>> {
        self.id.map(|id| format!("{}/seen/{id}", self.channel).into_bytes())
    }

    /// By content and id, so that another message of the same content has its own count.
    fn tries(&self) -> Vec<u8> {
        let id = Domain::Content.hash(self.id.unwrap_or_default().as_bytes());
        format!("{}/tries/{}{}", self.channel, self.content.to_hex(), id.to_hex()).into_bytes()
    }

    /// Looks at a message, and counts it when it was begun before.
    pub(super) fn begin(&self, store: &dyn KeyValue, again: bool) -> Result<Known, StoreFault> {
        if let Some(bytes) = self.seen().map(|key| store.get(&key)).transpose()?.flatten() {
            let seen: Seen = read(&bytes)?;
            return Ok(if seen.content == self.content {
                Known::Done
            } else {
                Known::Poison(Reason {
                    code: "message_id_conflict",
                    iso: "AM05",
                    detail: "another message came under this id; give each an id of its own"
                        .to_owned(),
                })
            });
        }
        if !again {
            return Ok(Known::New);
        }
        let key = self.tries();
        let tries: u8 = store.get(&key)?.map(|bytes| read(&bytes)).transpose()?.unwrap_or(0);
        if tries >= TRIES {
            return Ok(Known::Poison(Reason {
                code: "begun_too_often",
                iso: "NARR",
                detail: "the gateway ended each time it took this message; see its log, then \
                         send the message again under a new id"
                    .to_owned(),
            }));
        }
        store.write(vec![stored(key, &tries.saturating_add(1))])?;
        Ok(Known::New)
    }

    /// It was answered, and lies with who may look after it when it was refused. A poisoned id
    /// keeps standing for its first content.
    pub(super) fn end(&self, store: &dyn KeyValue) -> Result<(), StoreFault> {
        let mut writes: Vec<Write> = vec![(self.tries(), None)];
        if let Some(key) = self.seen()
            && store.get(&key)?.is_none()
        {
            writes.push(stored(key, &Seen { content: self.content }));
        }
        store.write(writes)
    }

    /// Nothing is wrong with it: it does not count as begun.
    pub(super) fn later(&self, store: &dyn KeyValue) -> Result<(), StoreFault> {
        store.write(vec![(self.tries(), None)])
    }
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreFault> {
    decode(bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::MemoryStore;

    const CHANNEL: &str = "queues";

    #[test]
    fn j3_an_id_stands_for_one_content() {
        let store = MemoryStore::default();
        let first = Rows::of(CHANNEL, Some("A-1"), b"one");
        assert_eq!(first.begin(&store, false), Ok(Known::New));
        // Begun and not ended: it counts as new.
        assert_eq!(first.begin(&store, true), Ok(Known::New));
        first.end(&store).unwrap();
        assert_eq!(first.begin(&store, true), Ok(Known::Done));
        let other = Rows::of(CHANNEL, Some("A-1"), b"two");
        for _ in 0..2 {
            let known = other.begin(&store, false).unwrap();
            assert!(matches!(known, Known::Poison(reason) if reason.code == "message_id_conflict"));
            other.end(&store).unwrap();
        }
        assert_eq!(first.begin(&store, false), Ok(Known::Done));
        // Elsewhere, and without an id, nothing is known of it.
        assert_eq!(Rows::of("folders", Some("A-1"), b"one").begin(&store, false), Ok(Known::New));
        let nameless = Rows::of(CHANNEL, None, b"one");
        nameless.end(&store).unwrap();
        assert_eq!(nameless.begin(&store, false), Ok(Known::New));
    }

    #[test]
    fn j4_what_is_begun_and_never_ends_is_poison_after_sixteen_times() {
        let store = MemoryStore::default();
        let message = Rows::of(CHANNEL, Some("B-1"), b"deadly");
        let waits = Rows::of(CHANNEL, Some("B-2"), b"deadly");
        for _ in 0..TRIES {
            assert_eq!(message.begin(&store, true), Ok(Known::New));
            assert_eq!(waits.begin(&store, true), Ok(Known::New));
            waits.later(&store).unwrap();
        }
        let known = message.begin(&store, true).unwrap();
        assert!(matches!(known, Known::Poison(reason) if reason.code == "begun_too_often"));
        assert_eq!(waits.begin(&store, true), Ok(Known::New));
    }
}
