//! The three ways to lose a site of two, and to come back.
//!
//! ```text
//! quorum_kept                  1 of 4  payments go on; rebuilt from a snapshot and keys, votes from the next epoch on
//! quorum_lost_from_survivors   2 of 4  stands still; survivors stop at one height, their ledger is copied, all
//!                                      start, the rebuilt ones with --votes-are-over and other addresses
//! quorum_lost_from_replica     2 of 4  stands still; started from disks that were mirrored, votes among them
//! ```
//!
//! # Place      `second_site` -> [case] -> `sites`, the torture's clients and its judge
//! # Invariants C6 votes that may be lost are not cast again, unless it is known that they are over: all others
//! #            stopped, all at one height, nothing final since
//! # Absent     a copy of data/engine from before the loss: it has forgotten votes

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use ledger_core::time::Height;

use super::{
    report::{Outcome, Step, seconds},
    second_site::SecondSiteArgs,
    sites::Sites,
};
use crate::cli::{
    child::Process,
    testbed::{
        TestbedError,
        cast::Cast,
        network::Network,
        prepare::{Size, Stage},
    },
    torture::{
        OUTSTANDING,
        client::Clients,
        judge::{self, Verdict},
    },
};

/// Validators of the network.
const VALIDATORS: usize = 4;
/// Seconds within which anything must happen.
const PATIENCE_S: u64 = 120;
/// For how long nothing may have become final before a network without a quorum counts as standing.
const GRACE: Duration = Duration::from_secs(3);
/// Between two looks.
const LOOKS: Duration = Duration::from_millis(50);

/// What is lost, and from what it is rebuilt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    QuorumKept,
    FromSurvivors,
    FromReplica,
}

impl Case {
    pub(super) const ALL: [Self; 3] = [Self::QuorumKept, Self::FromSurvivors, Self::FromReplica];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::QuorumKept => "quorum_kept",
            Self::FromSurvivors => "quorum_lost_from_survivors",
            Self::FromReplica => "quorum_lost_from_replica",
        }
    }

    /// Numbers of the validators on the site that is lost.
    const fn north(self) -> &'static [usize] {
        match self {
            Self::QuorumKept => &[3],
            Self::FromSurvivors | Self::FromReplica => &[0, 1],
        }
    }
}

/// Plays a case; what came of it, also where it could not go on.
pub(super) async fn play(args: &SecondSiteArgs, case: Case, folder: &Path) -> Outcome {
    let north = case.north().len();
    let mut outcome = Outcome {
        case: case.name(),
        validators: (north, VALIDATORS - north),
        ..Outcome::default()
    };
    if let Err(error) = played(args, (case, folder), &mut outcome).await {
        outcome.faults.push(error.to_string());
    }
    outcome
}

async fn played(
    args: &SecondSiteArgs,
    (case, folder): (Case, &Path),
    outcome: &mut Outcome,
) -> Result<(), TestbedError> {
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let sites = Sites::new(folder, VALIDATORS, case.north())?;
    let length = Some(args.epoch_length);
    let network = Network::found_with(folder, &cast, (sites.places(), length))?;
    sites.keep_apart(&network)?;
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: OUTSTANDING };
    let stage = Arc::new(Stage::set(&cast, &network, size).await?);
    let cast = Arc::new(cast);
    let clients = Clients::start(&cast, &stage, &network)?;
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    if case == Case::QuorumKept {
        sites.snapshot(validator(&network, 0)?).await?;
    }
    outcome.proven_before = clients.proven();
    let lost = Instant::now();
    sites.lose(&network, case == Case::FromReplica).await?;
    let mut loss = Loss { sites, network, clients, lost, outcome };
    loss.step("the site is gone");
    let first = match case {
        Case::QuorumKept => loss.quorum_kept().await?,
        Case::FromSurvivors => loss.rebuilt_from_survivors().await?,
        Case::FromReplica => loss.rebuilt_from_replica().await?,
    };
    loss.votes_count().await?;
    let Loss { sites, network, clients, outcome, .. } = loss;
    let record = clients.end(PATIENCE_S).await;
    (outcome.sent, outcome.proven) = (record.sent(), record.proven.len());
    // A validator that is rebuilt has no block from before what it was rebuilt from.
    let south = sites.south();
    let begins = |number| if south.contains(&number) { Height::new(1) } else { first };
    let firsts: Vec<Height> = (0..VALIDATORS).map(begins).collect();
    let verdict = judge::judge(&cast, &stage, (&network, &firsts), &record).await?;
    let Verdict { height, lost, faults } = verdict;
    (outcome.height, outcome.rpo_payments) = (height, lost);
    outcome.faults.extend(faults);
    Ok(())
}

fn validator(network: &Network, number: usize) -> Result<&Process, TestbedError> {
    network.validators.get(number).ok_or(TestbedError::Broken("no such validator"))
}

/// A network that has lost a site.
struct Loss<'a> {
    sites: Sites,
    network: Network,
    clients: Clients,
    /// When.
    lost: Instant,
    outcome: &'a mut Outcome,
}

impl Loss<'_> {
    fn step(&mut self, what: &'static str) {
        self.outcome.steps.push(Step::new(what, self.lost.elapsed()));
    }

    /// Waits for a payment that was sent after the loss.
    async fn settle(&mut self) -> Result<(), TestbedError> {
        let took = self.clients.settle_again(self.lost, PATIENCE_S).await;
        let took = took.ok_or(TestbedError::Broken("nothing settles after the loss"))?;
        self.outcome.rto_s = Some(seconds(took));
        self.step("a payment sent after the loss is proven");
        Ok(())
    }

    /// Three go on; the fourth follows from a snapshot, and votes in the epoch after.
    async fn quorum_kept(&mut self) -> Result<Height, TestbedError> {
        self.settle().await?;
        self.sites.rebuild(&mut self.network);
        self.sites.bring_keys(&self.network)?;
        let snapshot = self.sites.restore(&self.network).await?;
        self.step("keys brought from the safe, the ledger restored from a snapshot");
        self.sites.start(&self.network, &[])?;
        self.ready().await?;
        self.voting().await?;
        Ok(Height::new(snapshot).next())
    }

    /// What a quorum certified, one that is left had executed before it voted: their ledger has every proven payment.
    async fn rebuilt_from_survivors(&mut self) -> Result<Height, TestbedError> {
        let height = self.stood_still().await?;
        let south = self.sites.south();
        for number in &south {
            validator(&self.network, *number)?.stop().await;
        }
        self.step("those that are left are stopped, at one height");
        self.sites.rebuild(&mut self.network);
        self.sites.bring_keys(&self.network)?;
        let first = south.first().copied().unwrap_or(0);
        self.sites.copy_ledger(&self.network, validator(&self.network, first)?)?;
        self.step("keys brought from the safe, the ledger copied from one that is left");
        self.sites.move_away(&mut self.network)?;
        self.step("the lost ones have other addresses, in everybody's configuration");
        for number in &south {
            validator(&self.network, *number)?.start()?;
        }
        self.sites.start(&self.network, &["--votes-are-over"])?;
        self.settle().await?;
        self.ready().await?;
        self.voting().await?;
        Ok(Height::new(height).next())
    }

    /// The disks themselves are at the other site: nothing is forgotten.
    async fn rebuilt_from_replica(&mut self) -> Result<Height, TestbedError> {
        self.stood_still().await?;
        self.sites.rebuild(&mut self.network);
        self.sites.start(&self.network, &[])?;
        self.step("the lost validators are started from their mirrored disks");
        self.settle().await?;
        self.ready().await?;
        self.voting().await?;
        Ok(Height::new(1))
    }

    /// The height at which those that are left stand, all of them, and that it does not grow.
    async fn stood_still(&mut self) -> Result<u64, TestbedError> {
        let mut before = Vec::new();
        let mut since = Instant::now();
        while self.lost.elapsed() < Duration::from_secs(PATIENCE_S) {
            let mut now = Vec::new();
            for number in self.sites.south() {
                now.push(self.network.height(number).await?);
            }
            if now != before {
                (before, since) = (now, Instant::now());
            } else if since.elapsed() >= GRACE
                && before.windows(2).all(|pair| pair.first() == pair.last())
            {
                self.step("the network stands still, those that are left at one height");
                return Ok(before.first().copied().unwrap_or(0));
            }
            tokio::time::sleep(LOOKS).await;
        }
        Err(TestbedError::Broken("without a quorum the network does not stand still at one height"))
    }

    /// Waits until every validator is ready, and at the height that the highest had then.
    async fn ready(&mut self) -> Result<(), TestbedError> {
        for validator in &self.network.validators {
            validator.ready().await?;
        }
        let goal = self.network.heights().await?.into_iter().max().unwrap_or(0);
        while self.network.heights().await?.into_iter().any(|height| height < goal) {
            if self.lost.elapsed() > Duration::from_secs(2 * PATIENCE_S) {
                return Err(TestbedError::Broken("a rebuilt validator does not catch up"));
            }
            tokio::time::sleep(LOOKS).await;
        }
        self.step("every validator is ready and at the others' height");
        Ok(())
    }

    /// Waits until the rebuilt ones vote.
    async fn voting(&mut self) -> Result<(), TestbedError> {
        while !self.sites.vote(&self.network) {
            if self.lost.elapsed() > Duration::from_secs(3 * PATIENCE_S) {
                return Err(TestbedError::Broken("a rebuilt validator does not vote"));
            }
            tokio::time::sleep(LOOKS).await;
        }
        self.outcome.whole_s = Some(seconds(self.lost.elapsed()));
        self.step("the rebuilt validators vote");
        Ok(())
    }

    /// One of those that were left is away: payments settle with the rebuilt ones' votes, or not at all.
    async fn votes_count(&mut self) -> Result<(), TestbedError> {
        let number = self.sites.south().last().copied().unwrap_or(0);
        let away = validator(&self.network, number)?;
        away.kill().await?;
        let settled = self.clients.settle_again(Instant::now(), PATIENCE_S).await;
        away.start()?;
        away.ready().await?;
        if settled.is_none() {
            return Err(TestbedError::Broken("the votes of the rebuilt validators do not count"));
        }
        self.step("payments settle by the rebuilt validators' votes, another one being away");
        Ok(())
    }
}
