//! A cluster of validators in one simulated world.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use commonware_runtime::{
    Clock as _, Handle, Runner as _, Spawner as _, Supervisor as _,
    deterministic::{self, Context},
};
use commonware_utils::channel::watch;
use consensus::{
    Beginning, Distance, NodeConfig, StopReason, VoteSecret,
    application::Stalls,
    engine::{self, Blocks, Shared},
    intake::Intake,
    mempool::Bounds,
    progress::Board,
};
use ledger_core::{
    block::Header, digest::Hash32, genesis::Genesis, id::CommandId, rules::RulesVersion,
    time::LedgerTime,
};

use crate::{
    memory::Memory,
    network::{self, Secrets},
};

const VALIDATORS: u8 = 4;
const PORT: u16 = 5000;
const ROOT: Hash32 = Hash32::new([7; 32]);

/// One running validator.
pub(crate) struct Running {
    pub(crate) handle: Handle<StopReason>,
    pub(crate) shared: Shared,
    _stop: watch::Sender<bool>,
}

/// The cluster.
pub(crate) struct Cluster {
    pub(crate) context: Context,
    pub(crate) genesis: Genesis,
    pub(crate) ledgers: Vec<Memory>,
    pub(crate) running: Vec<Option<Running>>,
    pub(crate) secrets: Vec<Secrets>,
    /// Vote secrets that a validator holds beside its first.
    pub(crate) further: BTreeMap<usize, VoteSecret>,
    /// Where the folder of a validator's engine begins, if not with all its votes.
    pub(crate) beginnings: BTreeMap<usize, Beginning>,
    /// The simulated network never frees a port: after a crash a validator listens elsewhere.
    ports: Vec<u16>,
    generation: u64,
}

/// Runs a scenario on a fresh cluster; none of its validators is started.
pub(crate) fn simulate<F, Fut>(seed: u64, scenario: F)
where
    F: FnOnce(Cluster) -> Fut,
    Fut: Future<Output = ()>,
{
    let config =
        deterministic::Config::new().with_seed(seed).with_timeout(Some(Duration::from_secs(900)));
    deterministic::Runner::new(config).start(|context| async move {
        Box::pin(scenario(Cluster::new(context))).await;
    });
}

/// As [`simulate`], for a network of four with epochs of so many blocks and validators that may join it.
pub(crate) fn simulate_epochs<F, Fut>(seed: u64, (length, joining): (u64, u8), scenario: F)
where
    F: FnOnce(Cluster) -> Fut,
    Fut: Future<Output = ()>,
{
    let config =
        deterministic::Config::new().with_seed(seed).with_timeout(Some(Duration::from_secs(900)));
    deterministic::Runner::new(config).start(|context| async move {
        let secrets = network::secrets(VALIDATORS + joining);
        let mut genesis = network::genesis(&secrets[..usize::from(VALIDATORS)]);
        genesis.epoch_length = length;
        let header = Header::genesis(&genesis, ROOT);
        let ledgers = secrets.iter().map(|_| Memory::new(&genesis, header)).collect();
        Box::pin(scenario(Cluster::of(context, (genesis, secrets), ledgers))).await;
    });
}

/// Runs one scenario after another in the same world, whose power fails when each of them ends:
/// processes are gone, and of what they had not synced nothing is left.
pub(crate) fn power_cuts<F, Fut>(seed: u64, rounds: u64, scenario: F)
where
    F: Fn(Cluster, u64) -> Fut,
    Fut: Future<Output = ()>,
{
    let config = deterministic::Config::new().with_seed(seed).with_timeout(None);
    let mut runner = deterministic::Runner::new(config);
    let ledgers = ledgers();
    for round in 0..rounds {
        let of_world = ledgers.clone();
        let ((), checkpoint) = runner.start_and_recover(|context| async {
            Box::pin(scenario(Cluster::over(context, of_world), round)).await;
        });
        for ledger in &ledgers {
            ledger.lose_unsynced();
        }
        runner = deterministic::Runner::from(checkpoint);
    }
}

/// An empty ledger for every validator.
fn ledgers() -> Vec<Memory> {
    let secrets = network::secrets(VALIDATORS);
    let genesis = network::genesis(&secrets);
    let header = Header::genesis(&genesis, ROOT);
    secrets.iter().map(|_| Memory::new(&genesis, header)).collect()
}

impl Cluster {
    fn new(context: Context) -> Self {
        Self::over(context, ledgers())
    }

    fn over(context: Context, ledgers: Vec<Memory>) -> Self {
        let secrets = network::secrets(VALIDATORS);
        Self::of(context, (network::genesis(&secrets), secrets), ledgers)
    }

    fn of(
        context: Context,
        (genesis, secrets): (Genesis, Vec<Secrets>),
        ledgers: Vec<Memory>,
    ) -> Self {
        let running = secrets.iter().map(|_| None).collect();
        let ports = (PORT..).take(secrets.len()).collect();
        Self {
            context,
            genesis,
            ledgers,
            running,
            secrets,
            further: BTreeMap::new(),
            beginnings: BTreeMap::new(),
            ports,
            generation: 0,
        }
    }

    pub(crate) fn start_all(&mut self) {
        for index in 0..self.ledgers.len() {
            self.start(index, Stalls::default());
        }
    }

    pub(crate) fn start(&mut self, index: usize, stalls: Stalls) {
        self.generation += 1;
        let peers = network::addresses_of(&self.secrets, &self.ports);
        let secrets = &self.secrets[index];
        let further = self.further.get(&index).cloned();
        let config = NodeConfig {
            genesis: self.genesis.clone(),
            genesis_state_root: ROOT,
            identity: secrets.identity.clone(),
            votes: [secrets.vote.clone()].into_iter().chain(further).collect(),
            listen: peers[&secrets.identity.public_key()],
            peers,
            storage: PathBuf::new(),
            beginning: self.beginnings.get(&index).cloned().unwrap_or_default(),
            rules: RulesVersion::BASE,
            distance: Distance::Wide,
        };
        let (intake, outbox) = Intake::new(&self.genesis, Bounds::default());
        let blocks = Blocks::default();
        let shared = Shared { intake, board: Board::default(), stalls, blocks };
        let (stop, asked) = watch::channel(false);
        let (inside, ledger) = (shared.clone(), Box::new(self.ledgers[index].clone()));
        let handle = self
            .context
            .child("validator")
            .with_attribute("index", index)
            .with_attribute("generation", self.generation)
            .spawn(move |c| Box::pin(engine::run(c, config, ledger, inside, outbox, asked)));
        self.running[index] = Some(Running { handle, shared, _stop: stop });
    }

    /// Kills a validator between two of its steps.
    pub(crate) async fn crash(&mut self, index: usize) {
        if let Some(running) = self.running[index].take() {
            running.handle.abort();
            let _ = running.handle.await;
            self.ports[index] += u16::try_from(self.secrets.len()).unwrap();
        }
    }

    pub(crate) fn height(&self, index: usize) -> u64 {
        self.ledgers[index].height()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.context.current().duration_since(UNIX_EPOCH).unwrap()
    }

    pub(crate) async fn sleep(&self, milliseconds: u64) {
        self.context.sleep(Duration::from_millis(milliseconds)).await;
    }

    /// Waits until `done`, and panics with the heights when that takes too long.
    pub(crate) async fn wait(&self, seconds: u64, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline: SystemTime = self.context.current() + Duration::from_secs(seconds);
        while !done(self) {
            let heights: Vec<_> = (0..self.ledgers.len()).map(|i| self.height(i)).collect();
            assert!(self.context.current() < deadline, "waited for: {what}; heights {heights:?}");
            self.sleep(20).await;
        }
    }

    pub(crate) async fn wait_height(&self, who: &[usize], height: u64) {
        self.wait(120, "height", |c| who.iter().all(|i| c.height(*i) >= height)).await;
    }

    /// Submits a fresh command to a running validator.
    pub(crate) fn submit(&self, index: usize, number: u64) -> CommandId {
        let now = LedgerTime::new(u64::try_from(self.elapsed().as_millis()).unwrap());
        let command = network::command(&self.genesis, number, now.after(300_000));
        let running = self.running[index].as_ref().expect("running");
        running.shared.intake.submit(command, now).expect("accepted")
    }

    /// Everybody executed the same blocks; each command at most once.
    pub(crate) fn check_agreement(&self) {
        let longest = (0..self.ledgers.len()).max_by_key(|i| self.height(*i)).unwrap();
        let reference = self.ledgers[longest].state();
        for (index, ledger) in self.ledgers.iter().enumerate().filter(|(i, _)| *i != longest) {
            for (mine, other) in ledger.state().blocks.iter().zip(&reference.blocks) {
                assert_eq!(mine.header, other.header, "validator {index} forked");
                assert_eq!(mine.results, other.results, "validator {index} has other results");
            }
        }
        drop(reference);
        let commands = self.ledgers[longest].commands();
        let distinct: BTreeSet<_> = commands.iter().collect();
        assert_eq!(distinct.len(), commands.len(), "a command was executed twice");
    }
}
