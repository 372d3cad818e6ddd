//! The network between machines: connections whose bytes are late, held, or lost with the connection.
//!
//! Bytes of one connection come in order or not at all, as TCP promises, for the engine's own
//! encrypted transport runs above it. What is lost is therefore what was under way when a connection
//! ended; messages of different peers overtake each other freely.
//!
//! # Place      engine's transport -> [wires] -> another machine's
//! # Invariants in order or not at all; nothing leaves or reaches a machine without power
//! # Absent     bandwidth

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use commonware_macros::select;
use commonware_runtime::{
    Clock as _, Error, IoBufs, Listener as ListenerTrait, Sink as SinkTrait, Stream as StreamTrait,
    deterministic::Context,
};
use commonware_utils::channel::{mpsc, watch};

use super::Dice;

/// How one machine's bytes reach another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Least time under way.
    pub latency: Duration,
    /// Most further time.
    pub jitter: Duration,
    /// Of a thousand writes, so many are late by [`RETRANSMISSION`].
    pub late: u64,
    /// Of ten thousand writes, so many end their connection, with all that is under way.
    pub lost: u64,
    /// Bytes are held until it is open again.
    pub open: bool,
}

/// What a lost packet costs.
pub(crate) const RETRANSMISSION: Duration = Duration::from_millis(200);

impl Default for Link {
    fn default() -> Self {
        let (latency, jitter) = (Duration::from_millis(8), Duration::from_millis(8));
        Self { latency, jitter, late: 0, lost: 0, open: true }
    }
}

/// What closing a link does to its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// They stay, and their bytes come when the link is open again.
    Hold,
    /// They end, and what is under way is lost.
    Lose,
}

#[derive(Default)]
struct Flow {
    /// Bytes with the time of their arrival; none while they are held.
    queue: VecDeque<(Option<SystemTime>, Bytes)>,
    last: Option<SystemTime>,
    /// The sender closed its end: what is under way still comes.
    closed: bool,
    /// Nothing comes any more, and the sender learns of it.
    broken: bool,
}

/// One direction of a connection.
struct Pipe {
    connection: u64,
    from: usize,
    to: usize,
    flow: Mutex<Flow>,
    news: watch::Sender<u64>,
}

impl Pipe {
    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.news.send_modify(|news| *news = news.wrapping_add(1));
    }

    fn end(&self) {
        {
            let mut flow = self.flow();
            flow.broken = true;
            flow.queue.clear();
        }
        self.wake();
    }
}

type Incoming = (SocketAddr, Sink, Stream);

struct State {
    dice: Dice,
    links: BTreeMap<(usize, usize), Link>,
    listeners: BTreeMap<SocketAddr, (usize, mpsc::UnboundedSender<Incoming>)>,
    pipes: Vec<Weak<Pipe>>,
    connections: u64,
    lost: u64,
}

impl State {
    fn link(&self, from: usize, to: usize) -> Link {
        self.links.get(&(from, to)).copied().unwrap_or_default()
    }

    fn pipes(&mut self) -> Vec<Arc<Pipe>> {
        self.pipes.retain(|pipe| pipe.strong_count() > 0);
        self.pipes.iter().filter_map(Weak::upgrade).collect()
    }

    fn end(&mut self, which: impl Fn(&Pipe) -> bool) {
        for pipe in self.pipes().into_iter().filter(|pipe| which(pipe)) {
            self.lost += pipe.flow().queue.len() as u64;
            pipe.end();
        }
    }

    fn delay(&mut self, link: &Link) -> Duration {
        let jitter = u64::try_from(link.jitter.as_micros()).unwrap_or(u64::MAX);
        let jitter = Duration::from_micros(self.dice.below(jitter.saturating_add(1)));
        let late = if self.dice.chance(link.late) { RETRANSMISSION } else { Duration::ZERO };
        link.latency + jitter + late
    }
}

/// All wires of a world.
#[derive(Clone)]
pub struct Wires(Arc<Mutex<State>>);

impl Wires {
    /// No wire is slow or held.
    #[must_use]
    pub fn new(dice: Dice) -> Self {
        Self(Arc::new(Mutex::new(State {
            dice,
            links: BTreeMap::new(),
            listeners: BTreeMap::new(),
            pipes: Vec::new(),
            connections: 0,
            lost: 0,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes that were lost with their connection.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.state().lost
    }

    /// Sets how bytes go from one machine to another, from `now` on.
    pub fn set(&self, from: usize, to: usize, link: Link, cut: Cut, now: SystemTime) {
        let mut state = self.state();
        let before = state.links.insert((from, to), link).unwrap_or_default();
        if before.open && !link.open && cut == Cut::Lose {
            let between = |p: &Pipe| (p.from, p.to) == (from, to) || (p.to, p.from) == (from, to);
            state.end(between);
        }
        if !before.open && link.open {
            let arrives = now + link.latency;
            for pipe in state.pipes().iter().filter(|p| (p.from, p.to) == (from, to)) {
                let mut flow = pipe.flow();
                for held in flow.queue.iter_mut().filter(|(at, _)| at.is_none()) {
                    held.0 = Some(arrives);
                }
                flow.last = flow.last.max(Some(arrives));
                drop(flow);
                pipe.wake();
            }
        }
    }

    /// Ends every connection of a machine, with all that is under way.
    pub fn lose_power(&self, machine: usize) {
        self.state().end(|pipe| pipe.from == machine || pipe.to == machine);
    }

    pub(super) fn bind(&self, machine: usize, at: SocketAddr) -> Result<Listener, Error> {
        let mut state = self.state();
        if state.listeners.get(&at).is_some_and(|(_, incoming)| !incoming.is_closed()) {
            return Err(Error::BindFailed);
        }
        let (sender, incoming) = mpsc::unbounded_channel();
        state.listeners.insert(at, (machine, sender));
        Ok(Listener { at, incoming })
    }

    pub(super) async fn dial(
        &self,
        from: usize,
        at: SocketAddr,
        [ours, theirs]: [Context; 2],
    ) -> Result<(Sink, Stream), Error> {
        let trip = {
            let mut state = self.state();
            let to = state.listeners.get(&at).map(|(machine, _)| *machine);
            let to = to.ok_or(Error::ConnectionFailed)?;
            let (out, back) = (state.link(from, to), state.link(to, from));
            (out.open && back.open).then(|| state.delay(&out) + state.delay(&back))
        };
        ours.sleep(trip.unwrap_or(Duration::from_secs(1))).await;
        let mut state = self.state();
        let (to, incoming) = state.listeners.get(&at).ok_or(Error::ConnectionFailed)?.clone();
        if trip.is_none() || !state.link(from, to).open || !state.link(to, from).open {
            return Err(Error::ConnectionFailed);
        }
        state.connections += 1;
        let connection = state.connections;
        let mut pipe = |from, to| {
            let (flow, news) = (Mutex::default(), watch::Sender::new(0));
            let pipe = Arc::new(Pipe { connection, from, to, flow, news });
            state.pipes.push(Arc::downgrade(&pipe));
            pipe
        };
        let (out, back) = (pipe(from, to), pipe(to, from));
        drop(state);
        let end = |sends: &Arc<Pipe>, hears: &Arc<Pipe>, context: Context| {
            let context = Arc::new(context);
            let sink =
                Sink { pipe: Arc::clone(sends), wires: self.clone(), context: context.clone() };
            (sink, Stream { pipe: Arc::clone(hears), context, buffer: BytesMut::new() })
        };
        let (sink, stream) = end(&back, &out, theirs);
        // Ports from which machines dial: any will do, but the range that nobody listens on.
        let port = 32_768 + u16::try_from(connection % 28_000).unwrap_or_default();
        let caller = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        incoming.send((caller, sink, stream)).map_err(|_| Error::ConnectionFailed)?;
        Ok(end(&out, &back, ours))
    }

    /// Sends bytes down a pipe; whether its connection still stands.
    fn send(&self, pipe: &Pipe, bytes: Bytes, now: SystemTime) -> bool {
        let mut state = self.state();
        let link = state.link(pipe.from, pipe.to);
        if link.open && state.dice.below(10_000) < link.lost {
            state.end(|other| other.connection == pipe.connection);
        }
        let delay = state.delay(&link);
        let mut flow = pipe.flow();
        if flow.broken {
            return false;
        }
        let arrives = link.open.then(|| {
            let arrives = flow.last.map_or(now + delay, |last| last.max(now + delay));
            flow.last = Some(arrives);
            arrives
        });
        flow.queue.push_back((arrives, bytes));
        drop(flow);
        pipe.wake();
        true
    }
}

/// The end that sends.
pub(crate) struct Sink {
    pipe: Arc<Pipe>,
    wires: Wires,
    context: Arc<Context>,
}

impl SinkTrait for Sink {
    async fn send(&mut self, bufs: impl Into<IoBufs> + Send) -> Result<(), Error> {
        let bytes = Bytes::copy_from_slice(bufs.into().coalesce().as_ref());
        if self.wires.send(&self.pipe, bytes, self.context.current()) {
            Ok(())
        } else {
            Err(Error::SendFailed)
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.pipe.flow().closed = true;
        self.pipe.wake();
    }
}

/// The end that hears.
pub(crate) struct Stream {
    pipe: Arc<Pipe>,
    context: Arc<Context>,
    buffer: BytesMut,
}

enum Next {
    Ready,
    Ended,
    Wait(Option<SystemTime>),
}

impl Stream {
    fn next(&mut self, len: usize) -> Next {
        let now = self.context.current();
        let mut flow = self.pipe.flow();
        while let Some((Some(at), _)) = flow.queue.front() {
            if *at > now {
                break;
            }
            if let Some((_, bytes)) = flow.queue.pop_front() {
                self.buffer.extend_from_slice(&bytes);
            }
        }
        if self.buffer.len() >= len {
            return Next::Ready;
        }
        match flow.queue.front() {
            _ if flow.broken => Next::Ended,
            Some((at, _)) => Next::Wait(*at),
            None if flow.closed => Next::Ended,
            None => Next::Wait(None),
        }
    }
}

impl StreamTrait for Stream {
    async fn recv(&mut self, len: usize) -> Result<IoBufs, Error> {
        let mut news = self.pipe.news.subscribe();
        loop {
            match self.next(len) {
                Next::Ready => return Ok(IoBufs::from(self.buffer.split_to(len).freeze())),
                Next::Ended => return Err(Error::RecvFailed),
                Next::Wait(None) => {
                    let _ = news.changed().await;
                }
                Next::Wait(Some(at)) => select! {
                    _ = news.changed() => {},
                    _ = self.context.sleep_until(at) => {},
                },
            }
        }
    }

    fn peek(&self, max_len: usize) -> &[u8] {
        &self.buffer[..max_len.min(self.buffer.len())]
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Nobody listens: the sender learns of it with its next write.
        self.pipe.end();
    }
}

/// Where a machine is called.
pub(crate) struct Listener {
    at: SocketAddr,
    incoming: mpsc::UnboundedReceiver<Incoming>,
}

impl ListenerTrait for Listener {
    type Sink = Sink;
    type Stream = Stream;

    async fn accept(&mut self) -> Result<(SocketAddr, Sink, Stream), Error> {
        self.incoming.recv().await.ok_or(Error::ReadFailed)
    }

    fn local_addr(&self) -> Result<SocketAddr, std::io::Error> {
        Ok(self.at)
    }
}
