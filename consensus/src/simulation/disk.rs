//! A disk that keeps what was synced, and after a loss of power parts of what was not.
//!
//! # Place      engine's storage -> [disk]
//! # Invariants a synced byte survives; an unsynced write survives whole, in part, or not at all;
//! #            who opened a file before the loss of power never touches it afterwards
//! # Absent     bit rot, a device that lies about syncing (but [`Disk::forget_syncs_of`])

use std::{
    collections::BTreeMap,
    future::pending,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use commonware_runtime::{
    Blob as BlobTrait, BlobVersion, Clock as _, Error, Handle, IoBufMut, IoBufs, IoBufsMut,
    ReadOptions, Spawner as _, Supervisor as _, WriteOptions, deterministic::Context,
};

use super::Dice;

/// Time that a sync takes, unless a scenario says another.
const SYNC: Duration = Duration::from_millis(2);

enum Change {
    Write(usize, Vec<u8>),
    Resize(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => {
                let end = at + written.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*at..end].copy_from_slice(written);
            }
            Self::Resize(len) => bytes.resize(*len, 0),
        }
    }

    /// Whether it touches bytes from `first` to before `end`.
    const fn touches(&self, first: usize, end: usize) -> bool {
        match self {
            Self::Write(at, written) => *at < end && first < *at + written.len(),
            Self::Resize(_) => true,
        }
    }
}

struct File {
    version: BlobVersion,
    live: Vec<u8>,
    durable: Vec<u8>,
    /// In the order made, each under its number.
    unsynced: Vec<(u64, Change)>,
    changes: u64,
}

impl File {
    fn new(version: BlobVersion) -> Self {
        let (live, durable, unsynced) = (Vec::new(), Vec::new(), Vec::new());
        Self { version, live, durable, unsynced, changes: 0 }
    }

    fn change(&mut self, change: Change) -> u64 {
        change.apply(&mut self.live);
        self.changes += 1;
        self.unsynced.push((self.changes, change));
        self.changes
    }

    fn sync(&mut self) {
        for (_, change) in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// Makes one write durable, and before it whatever it lies upon.
    fn sync_one(&mut self, number: u64) {
        let Some(place) = self.unsynced.iter().position(|(n, _)| *n == number) else { return };
        let (_, Change::Write(at, written)) = &self.unsynced[place] else { return };
        let (first, end) = (*at, at + written.len());
        let lies_upon = self.unsynced[..place].iter().any(|(_, c)| c.touches(first, end));
        let from = if lies_upon { 0 } else { place };
        for (_, change) in self.unsynced.drain(from..=place) {
            change.apply(&mut self.durable);
        }
    }

    /// What is left after a loss of power: of each unsynced change all, a beginning, or nothing.
    fn lose_power(&mut self, dice: &mut Dice) -> bool {
        let mut torn = false;
        for (_, change) in self.unsynced.drain(..) {
            match (dice.below(3), change) {
                (0, _) => {}
                (1, Change::Write(at, mut written)) if written.len() > 1 => {
                    written.truncate(dice.place(written.len()));
                    Change::Write(at, written).apply(&mut self.durable);
                    torn = true;
                }
                (_, change) => change.apply(&mut self.durable),
            }
        }
        self.live.clone_from(&self.durable);
        torn
    }
}

type Key = (String, Vec<u8>);

struct State {
    files: BTreeMap<String, BTreeMap<Vec<u8>, File>>,
    /// How often power was lost.
    power: u64,
    /// Ends of names of partitions whose syncs do nothing.
    forgetful: Vec<String>,
    torn: u64,
    sync: Duration,
}

impl Default for State {
    fn default() -> Self {
        let (files, forgetful) = (BTreeMap::new(), Vec::new());
        Self { files, power: 0, forgetful, torn: 0, sync: SYNC }
    }
}

impl State {
    fn file(&mut self, (partition, name): &Key) -> Result<&mut File, Error> {
        let file = self.files.get_mut(partition).and_then(|files| files.get_mut(name));
        file.ok_or_else(|| Error::BlobMissing(partition.clone(), hex(name)))
    }
}

fn hex(name: &[u8]) -> String {
    name.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A machine's disk.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever uses it now never touches it again; unsynced changes survive as the dice say.
    pub fn lose_power(&self, dice: &mut Dice) {
        let mut state = self.state();
        state.power += 1;
        let mut torn = 0;
        for file in state.files.values_mut().flat_map(BTreeMap::values_mut) {
            torn += u64::from(file.lose_power(dice));
        }
        state.torn += torn;
    }

    /// Whoever uses it now never touches it again; the operating system lives and keeps every change.
    pub fn lose_process(&self) {
        let mut state = self.state();
        state.power += 1;
        state.files.values_mut().flat_map(BTreeMap::values_mut).for_each(File::sync);
    }

    /// From now on a sync takes so long.
    pub fn set_sync(&self, takes: Duration) {
        self.state().sync = takes;
    }

    /// From now on, syncs of partitions whose names end so are acknowledged and do nothing.
    pub fn forget_syncs_of(&self, end: &str) {
        self.state().forgetful.push(end.to_owned());
    }

    /// Files of which a write survived in part.
    #[must_use]
    pub fn torn(&self) -> u64 {
        self.state().torn
    }

    fn power(&self) -> u64 {
        self.state().power
    }

    /// The state, unless power was lost since: then the caller is no more.
    async fn as_of(&self, power: u64) -> MutexGuard<'_, State> {
        if self.power() != power {
            pending::<()>().await;
        }
        self.state()
    }

    pub(super) fn open(
        &self,
        context: Context,
        key: Key,
        versions: &RangeInclusive<BlobVersion>,
    ) -> Result<(Blob, u64, BlobVersion), Error> {
        let mut state = self.state();
        let file = state.files.entry(key.0.clone()).or_default().entry(key.1.clone());
        let file = file.or_insert_with(|| File::new(*versions.end()));
        let version = file.version;
        if !versions.contains(&version) {
            let expected = versions.clone();
            return Err(Error::BlobVersionMismatch { expected, found: version });
        }
        let len = file.live.len() as u64;
        let power = state.power;
        drop(state);
        let handle = Opened { disk: self.clone(), power, key, context };
        Ok((Blob(Arc::new(handle)), len, version))
    }

    pub(super) fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        let mut state = self.state();
        let missing = || Error::PartitionMissing(partition.to_owned());
        match name {
            Some(name) => {
                let files = state.files.get_mut(partition).ok_or_else(missing)?;
                let gone = files.remove(name);
                gone.map(drop).ok_or_else(|| Error::BlobMissing(partition.to_owned(), hex(name)))
            }
            None => state.files.remove(partition).map(drop).ok_or_else(missing),
        }
    }

    pub(super) fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        let state = self.state();
        let files = state.files.get(partition);
        let files = files.ok_or_else(|| Error::PartitionMissing(partition.to_owned()))?;
        Ok(files.keys().cloned().collect())
    }
}

struct Opened {
    disk: Disk,
    power: u64,
    key: Key,
    context: Context,
}

impl Opened {
    async fn sync(&self) -> Result<(), Error> {
        let takes = self.disk.state().sync;
        self.context.sleep(takes).await;
        let mut state = self.disk.as_of(self.power).await;
        if !state.forgetful.iter().any(|end| self.key.0.ends_with(end)) {
            state.file(&self.key)?.sync();
        }
        Ok(())
    }
}

/// An open file.
pub(crate) struct Blob(Arc<Opened>);

fn place(offset: u64) -> Result<usize, Error> {
    usize::try_from(offset).map_err(|_| Error::OffsetOverflow)
}

impl BlobTrait for Blob {
    async fn read_at(
        &self,
        offset: u64,
        len: usize,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.read_at_buf(offset, len, IoBufMut::with_capacity(len), options).await
    }

    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        _: impl Into<IoBufsMut> + Send,
        _: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        let at = place(offset)?;
        let mut state = self.0.disk.as_of(self.0.power).await;
        let live = &state.file(&self.0.key)?.live;
        let bytes = at.checked_add(len).and_then(|end| live.get(at..end));
        Ok(IoBufsMut::from(IoBufMut::from(bytes.ok_or(Error::BlobInsufficientLength)?)))
    }

    async fn write_at(
        &self,
        offset: u64,
        bufs: impl Into<IoBufs> + Send,
        options: WriteOptions,
    ) -> Result<(), Error> {
        let bytes = bufs.into().coalesce().as_ref().to_vec();
        if bytes.is_empty() {
            return Ok(());
        }
        let at = place(offset)?;
        let number = {
            let mut state = self.0.disk.as_of(self.0.power).await;
            state.file(&self.0.key)?.change(Change::Write(at, bytes))
        };
        if !options.contains(WriteOptions::SYNC) {
            return Ok(());
        }
        let takes = self.0.disk.state().sync;
        self.0.context.sleep(takes).await;
        let mut state = self.0.disk.as_of(self.0.power).await;
        if !state.forgetful.iter().any(|end| self.0.key.0.ends_with(end)) {
            state.file(&self.0.key)?.sync_one(number);
        }
        Ok(())
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        let len = place(len)?;
        let mut state = self.0.disk.as_of(self.0.power).await;
        state.file(&self.0.key)?.change(Change::Resize(len));
        Ok(())
    }

    async fn sync(&self) -> Result<(), Error> {
        self.0.sync().await
    }

    async fn start_sync(&self) -> Handle<()> {
        let opened = Arc::clone(&self.0);
        self.0.context.child("sync").spawn(move |_| async move {
            // A file that was removed meanwhile needs no sync.
            let _ = opened.sync().await;
        })
    }
}
