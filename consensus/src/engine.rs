//! Wires the engine: network, storage, dissemination, archive, application, executor, voting.
//!
//! Generic over the runtime, so that simulations run exactly this code on virtual time, network
//! and disks.
//!
//! # Place      node -> [engine] -> every other module
//! # Invariants every node shares the block codec, message bound, epoch length and namespace
//! # Absent     votes: an engine per epoch casts them (rotation)

use commonware_broadcast::buffered;
use std::sync::{Arc, OnceLock};

use commonware_consensus::{
    marshal::{core::Actor as MarshalActor, resolver::p2p as backfill, standard::Deferred},
    types::{FixedEpocher, Height as EngineHeight},
};
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_p2p::authenticated::lookup;
use commonware_runtime::{
    Clock, Handle, Metrics, Network, Quota, Resolver, Spawner, Storage, Strategizer,
    buffer::paged::{CacheRef, page_size},
};
use commonware_utils::{
    NZU32, NZUsize,
    channel::{mpsc, watch},
};
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use ledger_core::{
    address::Addresses,
    block::{Block, Header},
    rules::RulesVersion,
    time::Height,
};
use rand_core::CryptoRng;

use crate::{
    application::{Application, Stalls},
    archives,
    block::OrderedBlock,
    committee::{Committees, Scheme},
    directory::Directory,
    error::{ExecutorError, StartError, StopReason},
    executor::{Archive, Delivery, Executor, Observer, Surroundings},
    finality::Finality,
    gossip,
    herald::Herald,
    intake::{Intake, Outbox},
    limits::{MAX_SEEN, STOP_TIMEOUT},
    node::NodeConfig,
    port::{Ledger, ResultsReader},
    progress::Board,
    rotation::Rotation,
    setup::Setup,
    validated::Validated,
    witness::{Seen, Witness},
};

/// What a node's handle shares with its engine.
#[derive(Clone)]
pub struct Shared {
    /// The way into the pool.
    pub intake: Intake,
    /// The progress board.
    pub board: Board,
    /// Slowness of simulations.
    pub stalls: Stalls,
    /// The engine's blocks, while it runs.
    pub blocks: Blocks,
}

/// Finalized blocks as the engine's archive keeps them; empty before the engine runs.
#[derive(Clone, Default)]
pub struct Blocks(Arc<OnceLock<Archive>>);

impl Blocks {
    /// The block at a height; `None` when the archive does not have it, or no longer answers.
    pub async fn at(&self, height: Height) -> Option<Block> {
        let found = self.0.get()?.get_block(EngineHeight::new(height.get())).await?;
        Some(found.inner().get().clone())
    }
}

/// What the engine needs of a runtime.
pub trait Environment:
    Clock + CryptoRng + Spawner + Storage + Metrics + Network + Resolver + Strategizer
{
}

impl<E> Environment for E where
    E: Clock + CryptoRng + Spawner + Storage + Metrics + Network + Resolver + Strategizer
{
}

/// Checks a configuration without starting anything.
///
/// # Errors
/// [`StartError`].
pub fn check(config: &NodeConfig) -> Result<(), StartError> {
    Setup::new(config.clone()).map(|_| ())
}

/// Runs a validator's engine until it is told to stop or something ends.
pub async fn run<E: Environment>(
    context: E,
    config: NodeConfig,
    ledger: Box<dyn Ledger>,
    shared: Shared,
    outbox: Outbox,
    mut stop: watch::Receiver<bool>,
) -> StopReason {
    let Ok(setup) = Setup::new(config) else {
        return StopReason::Actor { actor: "configuration" };
    };
    let context = Arc::new(context);
    let started = Box::pin(start(&context, setup, ledger, shared, outbox)).await;
    let (mut actors, mut executor) = match started {
        Ok(parts) => parts,
        Err(reason) => return reason,
    };
    let of_executor = |ended: Result<ExecutorError, _>| match ended {
        Ok(error) => StopReason::Executor(error),
        Err(_) => StopReason::Actor { actor: "executor" },
    };
    let asked = async move {
        // Nobody left to ask means that nobody asked.
        if stop.wait_for(|stop| *stop).await.is_err() {
            futures::future::pending::<()>().await;
        }
    };
    select! {
        ended = &mut executor => of_executor(ended),
        // What ends the executor ends others as well, and they may be heard of first: it has the reason.
        ended = actors.next() => select! {
            first = &mut executor => of_executor(first),
            _ = context.sleep(STOP_TIMEOUT) => StopReason::Actor { actor: ended.unwrap_or("engine") },
        },
        _ = asked => {
            let _ = context.child("shutdown").stop(0, Some(STOP_TIMEOUT)).await;
            StopReason::Requested
        },
    }
}

/// The engine's actors, each answering its name when it ends.
pub(crate) type Actors = FuturesUnordered<BoxFuture<'static, &'static str>>;

fn watch_actor(actors: &Actors, name: &'static str, handle: Handle<()>) {
    actors.push(Box::pin(async move {
        let _ = handle.await;
        name
    }));
}

async fn start<E: Environment>(
    root: &Arc<E>,
    setup: Setup,
    ledger: Box<dyn Ledger>,
    shared: Shared,
    outbox: Outbox,
) -> Result<(Actors, Handle<ExecutorError>), StopReason> {
    let (mut actors, context) = (Actors::new(), root.as_ref());
    let reader = ledger.reader();
    let wires = connect(context, &setup, &actors, reader.addresses())?;
    gossip(context, &actors, shared.intake.clone(), outbox, wires.gossip);
    let (pages, strategy) =
        (CacheRef::new(page_size(4096), NZUsize!(8192)), context.strategy(NZUsize!(2)));
    let config = setup.buffer(wires.oracle.clone(), strategy.clone());
    let (buffer_engine, buffer) = buffered::Engine::new(context.child("buffer"), config);
    watch_actor(&actors, "buffer", buffer_engine.start(wires.broadcast));
    let repair =
        backfill::init(context.child("backfill"), setup.backfill(&wires.oracle), wires.repair);

    let (first, genesis) = first_block(&setup)?;
    let (certificates, blocks, voted_on) = archives::open(&setup, context, &pages).await?;
    let committees = committees(&setup, reader.as_ref(), ledger.applied().height)?;
    let epochs = FixedEpocher::new(committees.epochs().length());
    let tools = (&pages, strategy.clone());
    let config = setup.marshal(committees.clone(), first.digested(), voted_on, tools)?;
    let marshal = MarshalActor::init(context.child("marshal"), certificates, blocks, config);
    let (marshal, archive, _) = marshal.await;

    let (deliver, deliveries) = mpsc::unbounded_channel();
    // An engine starts once, so that there is no other archive in `blocks`.
    let Shared { intake, board, stalls, blocks } = shared;
    let _ = blocks.0.set(archive.clone());
    let around = Surroundings {
        genesis,
        archive: archive.clone(),
        intake,
        board,
        stalls,
        validated: Validated::default(),
        committees: committees.clone(),
        beginning: setup.config.beginning.clone(),
        known: setup.config.rules,
        directory: wires.directory.clone(),
        times: setup.config.distance.times(),
    };
    let ((turn, turns), app) = (watch::channel(None), context.child("application"));
    let executor = Executor::new(ledger, around.clone(), turn)?;
    let seen = speakers(context, &mut actors, &setup, (&reader, &around.intake)).await?;
    let finality = Finality::new(around.board.clone(), archive.clone(), &setup);
    let application = Application::new(around, finality, reader, deliver.clone());
    let wrapper = Deferred::new(app, application.clone(), archive.clone(), epochs);
    watch_actor(&actors, "marshal", marshal.start(application, buffer, repair));
    let executor = execute(context, executor, deliveries);
    let channels = (wires.vote, wires.certificate, wires.resolver);
    let rotation = Rotation {
        root: Arc::clone(root),
        setup,
        observer: Observer { deliveries: deliver, seen, committees: committees.clone() },
        committees,
        directory: wires.directory,
        wrapper,
        archive,
        pages,
        strategy,
        turns,
    };
    let voting = context.child("rotation").spawn(move |c| Box::pin(rotation.run(c, channels)));
    watch_actor(&actors, "engine", voting);
    Ok((actors, executor))
}

/// Starts the executor on a thread of its own.
fn execute<E: Environment>(
    context: &E,
    executor: Executor,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
) -> Handle<ExecutorError> {
    context.child("executor").dedicated().spawn(move |c| executor.run(c, deliveries))
}

/// The block that everything begins with.
fn first_block(setup: &Setup) -> Result<(OrderedBlock, Header), StopReason> {
    let header = Header::genesis(&setup.config.genesis, setup.config.genesis_state_root);
    let block = OrderedBlock::new(Block { header, payload: Vec::new() });
    Ok((block.ok_or(StopReason::Actor { actor: "genesis" })?, header))
}

/// Starts those who speak in the validators' name; answers where the witness is told what the engine saw.
async fn speakers<E: Environment>(
    context: &E,
    actors: &mut Actors,
    setup: &Setup,
    (reader, intake): (&Arc<dyn ResultsReader>, &Intake),
) -> Result<Seen, StopReason> {
    let (seen, sights) = mpsc::channel(MAX_SEEN);
    let (inside, intake) = (context.child("witness"), intake.clone());
    let witness = Witness::open(inside, setup, Arc::clone(reader), intake.clone()).await?;
    watch_actor(actors, "witness", context.child("witness").spawn(move |_| witness.run(sights)));
    // Who knows no more than every network begins with has nothing to say.
    if setup.config.rules > RulesVersion::BASE {
        let herald = Herald::new(context.child("herald"), setup, Arc::clone(reader), intake);
        watch_actor(actors, "herald", context.child("herald").spawn(move |_| herald.run()));
    }
    Ok(seen)
}

/// The committees of the epochs around the next block, as the ledger's record names them.
fn committees(
    setup: &Setup,
    reader: &dyn ResultsReader,
    applied: Height,
) -> Result<Committees, StopReason> {
    let config = &setup.config;
    let committees = Committees::new(&config.genesis, &config.identity, &config.votes);
    let record = reader.committee().ok_or(ExecutorError::OtherGenesis)?;
    committees.learn(&record, applied).map_err(ExecutorError::from)?;
    Ok(committees)
}

pub(crate) type Wrapper<E> = Deferred<E, Scheme, Application, OrderedBlock, FixedEpocher>;
pub(crate) type Channel<E> =
    (lookup::Sender<ed25519::PublicKey, E>, lookup::Receiver<ed25519::PublicKey>);

/// The network's channels.
pub(crate) struct Wires<E: Clock> {
    oracle: lookup::Oracle<ed25519::PublicKey>,
    directory: Directory,
    pub(crate) vote: Channel<E>,
    pub(crate) certificate: Channel<E>,
    resolver: Channel<E>,
    pub(crate) broadcast: Channel<E>,
    repair: Channel<E>,
    gossip: Channel<E>,
}

/// Starts the network; every channel is registered before.
pub(crate) fn connect<E: Environment>(
    context: &E,
    setup: &Setup,
    actors: &Actors,
    decided: Option<Addresses>,
) -> Result<Wires<E>, StopReason> {
    let (mut network, oracle) = lookup::Network::new(context.child("network"), setup.network());
    let decided = decided.unwrap_or_default();
    let directory = Directory::new(&setup.config, oracle.clone(), &decided);
    let directory = directory.ok_or(StopReason::Actor { actor: "network" })?;
    // The network makes room at once for a burst of every peer that there may ever be, each way.
    let votes = Quota::per_second(NZU32!(1024)).allow_burst(NZU32!(128));
    let blocks = Quota::per_second(NZU32!(128)).allow_burst(NZU32!(32));
    let wires = Wires {
        oracle,
        directory,
        vote: network.register(0, votes),
        certificate: network.register(1, votes),
        resolver: network.register(2, votes),
        broadcast: network.register(3, blocks),
        repair: network.register(4, blocks),
        gossip: network.register(5, blocks),
    };
    watch_actor(actors, "network", network.start());
    Ok(wires)
}

fn gossip<E: Environment>(
    context: &E,
    actors: &Actors,
    intake: Intake,
    outbox: Outbox,
    (sender, receiver): Channel<E>,
) {
    let sending = context.child("gossip_sender");
    let handle = sending.spawn(move |c| gossip::send(c, outbox, sender));
    watch_actor(actors, "gossip_sender", handle);
    // Checks signatures, so it keeps off the engine's own threads.
    let receiving = context.child("gossip_receiver").dedicated();
    let handle = receiving.spawn(move |c| gossip::receive(c, intake, receiver));
    watch_actor(actors, "gossip_receiver", handle);
}
