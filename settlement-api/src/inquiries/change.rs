//! One change to cases: whatever it does is seen by itself at once and reaches the disk as one write,
//! or not at all.
//!
//! # Place      desk, exchange, timer -> book of `interbank` -> [change] -> the gateway's store
//! # Invariants B9 a request, its idempotency row, the letters and tasks it makes are one write
//! # Absent     two changes at a time: whoever makes one holds the turn ([`super::Inquiries`])

use std::{cell::RefCell, collections::BTreeMap};

use interbank::port::{Pair, Store, StoreFault as CaseFault, Write};

use crate::{
    events::news::News,
    port::{KeyValue, StoreFault},
};

/// What a change would write, over what is on disk.
pub(crate) struct Change<'a> {
    under: &'a dyn KeyValue,
    made: RefCell<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    news: RefCell<Vec<News>>,
}

impl<'a> Change<'a> {
    /// A change of nothing yet.
    pub(crate) fn new(under: &'a dyn KeyValue) -> Self {
        Self { under, made: RefCell::default(), news: RefCell::default() }
    }

    /// The same change, to try something out on: what is added to it stays with it.
    pub(crate) fn fork(&self) -> Self {
        let made = RefCell::new(self.made.borrow().clone());
        Self { under: self.under, made, news: RefCell::default() }
    }

    /// Adds a row of the gateway's own.
    pub(crate) fn put(&self, (key, value): Write) {
        self.made.borrow_mut().insert(key, value);
    }

    /// Takes a row away.
    pub(crate) fn remove(&self, key: Vec<u8>) {
        self.put((key, None));
    }

    /// Tells something in the same write.
    pub(crate) fn tell(&self, news: News) {
        self.news.borrow_mut().push(news);
    }

    /// What is to be told with it.
    pub(crate) fn take_news(&self) -> Vec<News> {
        self.news.take()
    }

    /// What is to be written.
    pub(crate) fn into_writes(self) -> Vec<Write> {
        self.made.into_inner().into_iter().collect()
    }

    /// Writes it all, or nothing.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub(crate) fn commit(self) -> Result<(), StoreFault> {
        let under = self.under;
        let writes = self.into_writes();
        if writes.is_empty() { Ok(()) } else { under.write(writes) }
    }
}

const fn fault(fault: StoreFault) -> CaseFault {
    match fault {
        StoreFault::Unavailable => CaseFault::Unavailable,
        StoreFault::Damaged => CaseFault::Damaged,
    }
}

impl Store for &Change<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, CaseFault> {
        match self.made.borrow().get(key) {
            Some(made) => Ok(made.clone()),
            None => self.under.get(key).map_err(fault),
        }
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), CaseFault> {
        self.made.borrow_mut().extend(batch);
        Ok(())
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, CaseFault> {
        let made = self.made.borrow();
        // As many more as this change may have taken away.
        let found = self.under.scan(prefix, limit.saturating_add(made.len())).map_err(fault)?;
        let mut pairs: BTreeMap<Vec<u8>, Vec<u8>> = found.into_iter().collect();
        let own = made.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        for (key, value) in own {
            match value {
                Some(value) => pairs.insert(key.clone(), value.clone()),
                None => pairs.remove(key),
            };
        }
        Ok(pairs.into_iter().take(limit).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::MemoryStore;

    fn pair(key: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
        (key.into(), value.into())
    }

    #[test]
    fn b9_a_change_is_seen_by_itself_and_by_nobody_else_until_it_is_written() {
        let store = MemoryStore::default();
        let old = ["a/1", "a/2", "a/3", "b/1"].map(|key| (key.into(), Some(b"old".to_vec())));
        store.write(old.into()).unwrap();
        let change = Change::new(&store);
        change.put((b"a/0".to_vec(), Some(b"new".to_vec())));
        change.put((b"a/2".to_vec(), Some(b"new".to_vec())));
        change.remove(b"a/1".to_vec());
        let seen = &change;
        let after = [pair("a/0", "new"), pair("a/2", "new"), pair("a/3", "old")];
        for limit in 0..5 {
            let found = seen.scan(b"a/", limit).unwrap();
            assert_eq!(found, after[..limit.min(3)], "{limit}");
        }
        assert_eq!(seen.get(b"a/1"), Ok(None));
        assert_eq!(seen.get(b"b/1"), Ok(Some(b"old".to_vec())));
        assert_eq!(store.get(b"a/0"), Ok(None));
        assert_eq!(store.scan(b"a/", 9).unwrap().len(), 3);
        change.commit().unwrap();
        assert_eq!(store.scan(b"a/", 9), Ok(after.into()));
    }

    #[test]
    fn a_change_of_nothing_asks_nothing_of_the_disk() {
        struct Broken;
        impl KeyValue for Broken {
            fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
                Err(StoreFault::Damaged)
            }
            fn write(&self, _: Vec<Write>) -> Result<(), StoreFault> {
                Err(StoreFault::Unavailable)
            }
            fn scan(&self, _: &[u8], _: usize) -> Result<Vec<Pair>, StoreFault> {
                Err(StoreFault::Unavailable)
            }
        }
        assert_eq!(Change::new(&Broken).commit(), Ok(()));
        let change = Change::new(&Broken);
        assert_eq!((&change).get(b"a"), Err(CaseFault::Damaged));
        change.remove(b"a".to_vec());
        assert_eq!(change.commit(), Err(StoreFault::Unavailable));
    }
}
