//! The validators of a run: who is up, how each is started, and how they end.
//!
//! # Place      scenario, clients -> [cluster] -> `consensus::simulation`, `books`
//! # Invariants books and disk of a machine lose power in the same moment
//! # Absent     when anything happens (scenario), what clients want

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use consensus::{
    StopReason, SubmitError,
    application::{Stall, Stalls},
    simulation::{Adversary, Cut, Dice, Link, Machine, Power, Validator, World},
};
use ledger_core::{
    command::{Command, SignedCommand},
    id::CommandId,
    proof::ReceiptProof,
    testing::{Actor, commands::sign},
    time::LedgerTime,
};

use crate::{
    books::{Books, Wrong},
    chronicle::Chronicle,
    founding::{Founding, TTL_MS},
    plan::{Plan, Trouble},
};

/// How slow verdicts and executions are, for all validators.
#[derive(Clone)]
struct Slowness(Arc<Mutex<(Duration, Dice)>>);

impl Slowness {
    fn stall(&self) -> Stall {
        let own = self.clone();
        Arc::new(move |_| {
            let mut inner = own.0.lock().unwrap_or_else(PoisonError::into_inner);
            let most = u64::try_from(inner.0.as_millis()).unwrap_or_default();
            Duration::from_millis(inner.1.below(most + 1))
        })
    }
}

struct Seat {
    machine: Machine,
    books: Books,
    trouble: Option<Trouble>,
    running: Option<Validator>,
    lying: Option<Adversary>,
}

impl Seat {
    /// Whether it counts among the honest that must live, agree and answer.
    const fn sound(&self) -> bool {
        self.trouble.is_none()
    }
}

struct Inner {
    seats: Vec<Seat>,
    founding: Founding,
    chronicle: Chronicle,
    kills: u64,
}

/// The validators; clones share them.
#[derive(Clone)]
pub struct Cluster {
    /// The world they live in.
    pub world: World,
    slowness: Slowness,
    inner: Arc<Mutex<Inner>>,
}

/// A clock's time as ledger time.
#[must_use]
pub fn ledger_time(time: SystemTime) -> LedgerTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    LedgerTime::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Cluster {
    /// The validators of a plan; none is started.
    #[must_use]
    pub fn new(
        world: World,
        plan: &Plan,
        founding: Founding,
        chronicle: &Chronicle,
        dice: &mut Dice,
    ) -> Self {
        let seat = |index: usize| {
            let trouble = plan.troubles[index];
            let wrong = match trouble {
                Some(Trouble::Diverges(height)) => Wrong::From(height),
                Some(Trouble::Declares) => Wrong::Declares,
                _ => Wrong::Not,
            };
            let machine = world.machine(index);
            machine.set_skew(match trouble {
                Some(Trouble::Skewed(by)) => by,
                _ => plan.skews[index],
            });
            machine.disk.set_sync(plan.syncs[index]);
            let books = Books::new(index, &founding.genesis, wrong, chronicle.clone());
            Seat { machine, books, trouble, running: None, lying: None }
        };
        let seats = (0..plan.validators).map(seat).collect();
        let chronicle = chronicle.clone();
        let slowness = Slowness(Arc::new(Mutex::new((Duration::ZERO, dice.fork()))));
        let inner = Arc::new(Mutex::new(Inner { seats, founding, chronicle, kills: 0 }));
        let cluster = Self { world, slowness, inner };
        cluster.fair_weather();
        cluster
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The founding, to make commands with.
    pub fn found<T>(&self, make: impl FnOnce(&mut Founding) -> T) -> T {
        make(&mut self.inner().founding)
    }

    /// A command as its signer signs it now: founding made it at the network's beginning. A proposal that is
    /// signed anew is another one, which its approval has to name.
    pub fn signed_now(
        &self,
        command: SignedCommand,
        by: &Actor,
        proposal: Option<CommandId>,
    ) -> SignedCommand {
        let mut body = command.body;
        if let (Command::Approve(approval), Some(proposal)) = (&mut body.command, proposal) {
            approval.proposal = proposal;
        }
        body.signers = Vec::new();
        body.expires = ledger_time(self.world.now()).after(TTL_MS / 2);
        sign(body, &[by])
    }

    /// Orders and executes everything that makes the network, where nothing goes wrong; from then on
    /// payments are counted.
    ///
    /// # Panics
    /// When that takes longer than 50 seconds.
    pub async fn founded(&self, chronicle: &Chronicle) {
        let deadline = self.world.now() + Duration::from_secs(50);
        for batch in self.found(|founding| founding.batches.clone()) {
            for command in &batch {
                let _ = self.submit(0, command);
            }
            let done = || batch.iter().all(|c| chronicle.executed_at(&c.body.id()).is_some());
            while !done() || self.lowest() < chronicle.height() {
                assert!(self.world.now() < deadline, "not founded: {}", self.describe());
                self.world.sleep(Duration::from_millis(20)).await;
            }
        }
        chronicle.count_from(&self.books(0).state());
    }

    /// How many validators there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner().seats.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The honest ones.
    #[must_use]
    pub fn sound(&self) -> Vec<usize> {
        let inner = self.inner();
        (0..inner.seats.len()).filter(|index| inner.seats[*index].sound()).collect()
    }

    /// How often a validator was ended.
    #[must_use]
    pub fn kills(&self) -> u64 {
        self.inner().kills
    }

    /// Writes that survived in part.
    #[must_use]
    pub fn torn(&self) -> u64 {
        self.inner().seats.iter().map(|seat| seat.machine.disk.torn()).sum()
    }

    /// The books of a validator.
    #[must_use]
    pub fn books(&self, index: usize) -> Books {
        self.inner().seats[index].books.clone()
    }

    /// Plants a disk that forgets what it was told to keep.
    pub fn forget_syncs_of(&self, end: &str) {
        self.inner().seats.iter().for_each(|seat| seat.machine.disk.forget_syncs_of(end));
    }

    /// Starts a validator that is not running.
    pub fn start(&self, index: usize) {
        let mut inner = self.inner();
        let config = inner.founding.config(index);
        let seat = &mut inner.seats[index];
        if seat.running.is_some() || seat.lying.is_some() {
            return;
        }
        match seat.trouble {
            Some(Trouble::Silent) => {}
            Some(Trouble::Adversary(habit)) => {
                let dice = Dice::new(index as u64);
                seat.lying = Some(self.world.start_adversary(&seat.machine, config, habit, dice));
            }
            _ => {
                let Some(ledger) = seat.books.open() else { return };
                let stalls = Stalls {
                    verify: Some(self.slowness.stall()),
                    execute: Some(self.slowness.stall()),
                };
                let running = self.world.start(&seat.machine, config, Box::new(ledger), stalls);
                seat.running = Some(running);
            }
        }
    }

    /// Starts all that are not running.
    pub fn start_all(&self) {
        (0..self.len()).for_each(|index| self.start(index));
    }

    /// Ends validators in the same moment.
    pub async fn kill(&self, who: &[usize], power: Power, dice: &mut Dice) {
        let (mut running, mut lying) = (Vec::new(), Vec::new());
        {
            let mut guard = self.inner();
            let inner = &mut *guard;
            for index in who {
                let seat = &mut inner.seats[*index];
                running.extend(seat.running.take());
                lying.extend(seat.lying.take());
                match power {
                    Power::Machine => seat.books.lose_power(dice),
                    Power::Process => seat.books.lose_process(),
                }
                inner.kills += 1;
            }
        }
        self.world.kill(running, lying, power, dice).await;
    }

    /// Verdicts and executions take up to so long from now on.
    pub fn stall(&self, most: Duration) {
        self.slowness.0.lock().unwrap_or_else(PoisonError::into_inner).0 = most;
    }

    /// Sets every link; `open` says who hears whom.
    pub fn links(&self, link: Link, cut: Cut, open: impl Fn(usize, usize) -> bool) {
        let (now, len) = (self.world.now(), self.len());
        let mute = {
            let inner = self.inner();
            let troubles = inner.seats.iter().map(|seat| seat.trouble == Some(Trouble::Mute));
            troubles.collect::<Vec<_>>()
        };
        for (from, to) in (0..len).flat_map(|from| (0..len).map(move |to| (from, to))) {
            let open = open(from, to) && !mute[from];
            self.world.wires.set(from, to, Link { open, ..link }, cut, now);
        }
    }

    /// Every link is good and nothing is slow.
    pub fn fair_weather(&self) {
        self.stall(Duration::ZERO);
        self.links(Link::default(), Cut::Hold, |_, _| true);
    }

    /// Gives a command to a validator; `None` when it does not run.
    #[must_use]
    pub fn submit(
        &self,
        index: usize,
        command: &SignedCommand,
    ) -> Option<Result<CommandId, SubmitError>> {
        let inner = self.inner();
        let seat = &inner.seats[index];
        let running = seat.running.as_ref()?;
        let now = ledger_time(seat.machine.shown(self.world.now()));
        Some(running.shared.intake.submit(command.clone(), now))
    }

    /// Asks a validator for the proven receipts of a command. Nothing where it does not run or serves
    /// nothing any more. A proof that does not hold is a fault.
    #[must_use]
    pub fn ask(&self, index: usize, id: &CommandId) -> Option<Vec<ReceiptProof>> {
        let inner = self.inner();
        let seat = &inner.seats[index];
        if !seat.sound() || seat.running.as_ref()?.ended().is_some() {
            return None;
        }
        let (proofs, results) = seat.books.proven(id)?;
        for proof in &proofs {
            if !proof.holds_under(&results) {
                inner.chronicle.fault(format!("validator {index} proves {id:?} badly"));
            }
        }
        Some(proofs)
    }

    /// Whether an honest validator runs; notes those that stopped by themselves without a reason to.
    pub fn watch(&self) {
        let inner = self.inner();
        let chronicle = inner.chronicle.clone();
        for (index, seat) in inner.seats.iter().enumerate() {
            let Some(reason) = seat.running.as_ref().and_then(Validator::ended) else { continue };
            match seat.trouble {
                None | Some(Trouble::Skewed(_) | Trouble::Mute) => {
                    chronicle.fault(format!("validator {index} stopped: {reason}"));
                }
                _ if seat.books.diverged().is_none() => {
                    chronicle.fault(format!("validator {index} stopped unmarked: {reason}"));
                }
                _ => {}
            }
        }
    }

    /// Why a validator that was started has stopped by itself.
    #[must_use]
    pub fn ended(&self, index: usize) -> Option<StopReason> {
        self.inner().seats[index].running.as_ref().and_then(Validator::ended)
    }

    /// Least height that an honest validator has executed.
    #[must_use]
    pub fn lowest(&self) -> u64 {
        let inner = self.inner();
        let sound = inner.seats.iter().filter(|seat| seat.sound());
        sound.map(|seat| seat.books.height()).min().unwrap_or(0)
    }

    /// Latest ledger time that some honest validator proves.
    #[must_use]
    pub fn proven_time(&self) -> u64 {
        let inner = self.inner();
        let sound = inner.seats.iter().filter(|seat| seat.sound());
        sound.map(|seat| seat.books.proven_time()).max().unwrap_or(0)
    }

    /// Commands that wait in the pools of honest validators.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let inner = self.inner();
        let running = inner.seats.iter().filter(|seat| seat.sound());
        running.filter_map(|seat| seat.running.as_ref()).map(|v| v.shared.intake.len()).sum()
    }

    /// A line about each validator, for a failure.
    #[must_use]
    pub fn describe(&self) -> String {
        let inner = self.inner();
        let line = |(index, seat): (usize, &Seat)| {
            let progress = seat.running.as_ref().map(|running| running.shared.board.now());
            format!("{index}: {:?} height {} {progress:?}", seat.trouble, seat.books.height())
        };
        inner.seats.iter().enumerate().map(line).collect::<Vec<_>>().join("; ")
    }

    /// Whether a validator whose ledger diverged stopped at the certified header that shows it.
    pub fn check_diverged(&self) {
        let inner = self.inner();
        for (index, seat) in inner.seats.iter().enumerate() {
            let Some(Trouble::Diverges(height)) = seat.trouble else { continue };
            if seat.books.state().header().results.height.get() >= height {
                inner.chronicle.fault(format!("C2: validator {index} diverged and went on"));
            }
        }
    }
}
