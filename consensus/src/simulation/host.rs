//! What a runtime offers, on one machine of the simulated world.
//!
//! Tasks, metrics and randomness are the deterministic runtime's; clock, disk and network are the
//! machine's own.
//!
//! # Place      engine -> [host] -> deterministic runtime, `disk`, `wires`

use std::{
    convert::Infallible,
    fmt::Display,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    ops::RangeInclusive,
    time::{Duration, SystemTime},
};

use commonware_parallel::Rayon;
use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Network, Resolver, Spawner, Storage,
    Strategizer, Supervisor,
    deterministic::Context,
    signal::Signal,
    telemetry::metrics::{Metric, Registered},
};
use governor::clock::{Clock as GovernorClock, ReasonablyRealtime};
use rand_core::{TryCryptoRng, TryRng};

use super::{
    Machine,
    disk::Blob,
    wires::{Listener, Sink, Stream},
};

/// A runtime on a machine.
pub(crate) struct Host {
    inner: Context,
    machine: Machine,
}

impl Host {
    pub(super) const fn new(inner: Context, machine: Machine) -> Self {
        Self { inner, machine }
    }
}

impl Supervisor for Host {
    fn name(&self) -> Name {
        self.inner.name()
    }
    fn child(&self, label: &'static str) -> Self {
        Self { inner: self.inner.child(label), machine: self.machine.clone() }
    }
    fn with_attribute(self, key: &'static str, value: impl Display) -> Self {
        Self { inner: self.inner.with_attribute(key, value), machine: self.machine }
    }
}

impl Spawner for Host {
    fn shared(self, blocking: bool) -> Self {
        Self { inner: self.inner.shared(blocking), machine: self.machine }
    }
    fn dedicated(self) -> Self {
        Self { inner: self.inner.dedicated(), machine: self.machine }
    }
    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let Self { inner, machine } = self;
        inner.spawn(move |inner| f(Self { inner, machine }))
    }
    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }
    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

impl Strategizer for Host {
    fn strategy(&self, parallelism: NonZeroUsize) -> Rayon {
        self.inner.strategy(parallelism)
    }
}

impl Metrics for Host {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(
        &self,
        name: N,
        help: H,
        metric: M,
    ) -> Registered<M> {
        self.inner.register(name, help, metric)
    }
    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl Clock for Host {
    fn current(&self) -> SystemTime {
        self.machine.shown(self.inner.current())
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep(duration)
    }
    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep_until(self.machine.meant(deadline))
    }
}

impl GovernorClock for Host {
    type Instant = SystemTime;
    fn now(&self) -> SystemTime {
        // The clock by which this machine sleeps: a limit of rates that used another would never wait.
        self.current()
    }
}

impl ReasonablyRealtime for Host {}

impl Network for Host {
    type Listener = Listener;
    async fn bind(&self, socket: SocketAddr) -> Result<Listener, Error> {
        self.machine.wires.bind(self.machine.index, socket)
    }
    async fn dial(&self, socket: SocketAddr) -> Result<(Sink, Stream), Error> {
        let ends = ["dials", "answers"].map(|label| self.inner.child(label));
        self.machine.wires.dial(self.machine.index, socket, ends).await
    }
}

impl Resolver for Host {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        self.inner.resolve(host).await
    }
}

impl Storage for Host {
    type Blob = Blob;
    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Blob, u64, BlobVersion), Error> {
        let key = (partition.to_owned(), name.to_vec());
        self.machine.disk.open(self.inner.child("file"), key, &versions)
    }
    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.machine.disk.remove(partition, name)
    }
    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.machine.disk.scan(partition)
    }
}

impl TryRng for Host {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.inner.try_next_u32()
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.inner.try_next_u64()
    }
    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        self.inner.try_fill_bytes(into)
    }
}

impl TryCryptoRng for Host {}
