//! The endpoints of a gateway on disk, changed one at a time.

use std::sync::{Arc, Mutex, PoisonError};

use ledger_core::{codec::decode, digest::Hash32};
use tokio::sync::Notify;

use super::Endpoint;
use crate::{
    outbox::stored,
    port::{KeyValue, StoreFault},
    refused::Refused,
};

const PREFIX: &[u8] = b"webhook/1/";
const MAX_ROW: usize = 4_096;
/// Endpoints of one gateway at most.
pub const MAX_ENDPOINTS: usize = 8;

/// The endpoints.
pub struct Webhooks {
    store: Arc<dyn KeyValue>,
    one_at_a_time: Mutex<()>,
    /// Rung when an endpoint came or was changed by somebody.
    pub(crate) changed: Notify,
}

impl Webhooks {
    /// Those of a store.
    #[must_use]
    pub fn new(store: Arc<dyn KeyValue>) -> Self {
        Self { store, one_at_a_time: Mutex::new(()), changed: Notify::new() }
    }

    /// All of them.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn all(&self) -> Result<Vec<Endpoint>, StoreFault> {
        let rows = self.store.scan(PREFIX, MAX_ENDPOINTS)?;
        rows.iter().map(|(_, bytes)| read(bytes)).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn find(&self, id: &Hash32) -> Result<Option<Endpoint>, StoreFault> {
        self.store.get(&key(id))?.map(|bytes| read(&bytes)).transpose()
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`Refused::WebhookExists`], [`Refused::TooManyWebhooks`], faults.
    pub fn add(&self, endpoint: &Endpoint) -> Result<(), Refused> {
        let _guard = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.all()?;
        if all.iter().any(|one| one.url == endpoint.url) {
            return Err(Refused::WebhookExists);
        }
        if all.len() >= MAX_ENDPOINTS {
            return Err(Refused::TooManyWebhooks);
        }
        self.store.write(vec![stored(key(&endpoint.id), endpoint)])?;
        self.changed.notify_one();
        Ok(())
    }

    /// Changes one that is there; nothing is written where the change says nothing.
    ///
    /// # Errors
    /// [`Refused::NotFound`], faults.
    pub fn change(
        &self,
        id: &Hash32,
        change: impl FnOnce(Endpoint) -> Option<Endpoint>,
    ) -> Result<Option<Endpoint>, Refused> {
        let _guard = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.find(id)?.ok_or(Refused::NotFound)?;
        let changed = change(found);
        if let Some(changed) = &changed {
            self.store.write(vec![stored(key(id), changed)])?;
            self.changed.notify_one();
        }
        Ok(changed)
    }

    /// Forgets one, with its secrets.
    ///
    /// # Errors
    /// [`Refused::NotFound`], faults.
    pub fn remove(&self, id: &Hash32) -> Result<Endpoint, Refused> {
        let _guard = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.find(id)?.ok_or(Refused::NotFound)?;
        self.store.write(vec![(key(id), None)])?;
        Ok(found)
    }
}

fn key(id: &Hash32) -> Vec<u8> {
    [PREFIX, id.get()].concat()
}

fn read(bytes: &[u8]) -> Result<Endpoint, StoreFault> {
    decode(bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::MemoryStore;

    fn endpoint(byte: u8) -> Endpoint {
        at(byte, byte)
    }

    fn at(byte: u8, port: u8) -> Endpoint {
        let url = format!("http://127.0.0.1:{port}/");
        Endpoint::new((Hash32::new([byte; 32]), [9; 32]), (&url, "admin"), (1, 0))
    }

    #[test]
    fn e2_endpoints_are_few_each_url_once_and_kept_over_a_restart() {
        let store: Arc<dyn KeyValue> = Arc::new(MemoryStore::default());
        let webhooks = Webhooks::new(Arc::clone(&store));
        for byte in 1..=8 {
            webhooks.add(&endpoint(byte)).unwrap();
        }
        assert!(matches!(webhooks.add(&at(77, 3)), Err(Refused::WebhookExists)));
        assert!(matches!(webhooks.add(&endpoint(9)), Err(Refused::TooManyWebhooks)));
        let (third, none) = (Hash32::new([3; 32]), Hash32::new([99; 32]));
        webhooks.change(&third, |one| Some(one.took(5))).unwrap();
        assert!(webhooks.change(&third, |_| None).unwrap().is_none());
        assert!(matches!(webhooks.change(&none, Some), Err(Refused::NotFound)));
        assert!(matches!(webhooks.remove(&none), Err(Refused::NotFound)));
        webhooks.remove(&Hash32::new([4; 32])).unwrap();
        let again = Webhooks::new(store);
        assert_eq!(again.all().unwrap().len(), 7);
        assert_eq!(again.find(&third).unwrap().unwrap().after, 5);
    }
}
