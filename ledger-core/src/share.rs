//! How a block's room is shared: the most that one organisation takes of it, and which of the
//! commands that wait a proposer puts into it.
//!
//! ```text
//! |<--------- at most, of one organisation --------->|<--- the rest --->|
//!                                                      duties go here first
//! ```
//!
//! # Place      `block` checks what each organisation takes; the pool of `consensus` asks [`choose`]
//! # Invariants L2 no organisation takes more of a block than its share; what is chosen keeps it
//! # Absent     which commands wait (the pool's part); whether a command may name its organisation
//! #            (its keys are looked up when it is executed)

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
};

use crate::{
    authority::Role,
    command::{Command, Identified},
    genesis::Limits,
    id::Lei,
    limits::{BASIS_POINTS, PAYLOAD_LIST_BYTES},
};

/// What a command is for, as its kind says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// What the network's own roles do: operators, treasury, network compliance, custodians, agents
    /// and whoever stops in an emergency. A kind says nothing about who sends it: what others send
    /// under these kinds is refused when it is executed, and takes its sender's turn only.
    Duty,
    /// Everything else: what members do for themselves and their customers.
    Business,
}

impl Lane {
    /// That of a command.
    #[must_use]
    pub const fn of(command: &Command) -> Self {
        match command {
            Command::Approve(_)
            | Command::Attest(_)
            | Command::RecordEntry(_)
            | Command::Freeze(_)
            | Command::WithdrawApproval { .. }
            | Command::Accuse(_)
            | Command::Halt { .. }
            | Command::Signal { .. } => Self::Duty,
            Command::Propose { action, .. } => match action.role() {
                Role::Operator
                | Role::Treasury
                | Role::NetworkCompliance
                | Role::Regulator
                | Role::Custodian
                | Role::Agent
                | Role::Registrar
                | Role::Emergency => Self::Duty,
                Role::Settlement
                | Role::Gate
                | Role::Compliance
                | Role::Admin
                | Role::Transport
                | Role::Solver => Self::Business,
            },
            Command::SetStanding(_)
            | Command::RequestMint(_)
            | Command::Hold(_)
            | Command::Post(_)
            | Command::Void(_)
            | Command::Transfer(_)
            | Command::Close(_)
            | Command::Preburn(_)
            | Command::CancelRedemption { .. }
            | Command::Anchor { .. }
            | Command::ConfirmCredit { .. }
            | Command::Return(_)
            | Command::PostPart(_)
            | Command::Settle(_)
            | Command::Bulk(_)
            | Command::Schedule(_)
            | Command::Release { .. }
            | Command::Clear(_)
            | Command::Move(_)
            | Command::Enqueue(_)
            | Command::Requeue { .. }
            | Command::SetQueueTerms { .. }
            | Command::SettleQueued(_)
            | Command::Deliver(_)
            | Command::Exchange(_)
            | Command::Surrender(_)
            | Command::Reclaim { .. }
            | Command::Invoke(_) => Self::Business,
        }
    }
}

/// An amount of a block's room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Room {
    /// Bytes of commands.
    pub bytes: u64,
    /// Units of work.
    pub units: u64,
}

impl Room {
    /// All that the commands of a block may take.
    #[must_use]
    pub fn of_block(limits: &Limits) -> Self {
        let bytes = u64::from(limits.block_bytes).saturating_sub(PAYLOAD_LIST_BYTES);
        Self { bytes, units: limits.block_units.into() }
    }

    /// The most that the commands of one organisation take of a block (L2).
    #[must_use]
    pub fn of_organisation(limits: &Limits) -> Self {
        let part = |whole: u32| {
            let points = u64::from(whole).saturating_mul(limits.organisation_share.into());
            points.checked_div(BASIS_POINTS.into()).unwrap_or(0)
        };
        Self { bytes: part(limits.block_bytes), units: part(limits.block_units) }
    }

    /// What a command takes.
    #[must_use]
    pub fn of_command(command: &Identified) -> Self {
        let bytes = u64::try_from(command.bytes()).unwrap_or(u64::MAX);
        Self { bytes, units: command.units().into() }
    }

    /// Whether there is room for so much.
    #[must_use]
    pub const fn holds(&self, cost: &Self) -> bool {
        self.bytes >= cost.bytes && self.units >= cost.units
    }

    /// What is left of it; nothing where there is not so much.
    #[must_use]
    pub const fn without(self, cost: &Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(cost.bytes),
            units: self.units.saturating_sub(cost.units),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, cost: &Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(cost.bytes),
            units: self.units.saturating_add(cost.units),
        }
    }

    /// Which part of a block this is, by bytes or by units, whichever is more; to be compared only.
    fn part_of(&self, whole: &Self) -> u64 {
        let bytes = self.bytes.saturating_mul(whole.units);
        bytes.max(self.units.saturating_mul(whole.bytes))
    }
}

/// What each organisation takes of a block.
#[derive(Clone, Debug, Default)]
pub struct Shares(BTreeMap<Lei, Room>);

impl Shares {
    /// Counts a command.
    pub fn add(&mut self, command: &Identified) {
        let taken = self.0.entry(command.get().body.organisation).or_default();
        *taken = taken.with(&Room::of_command(command));
    }

    /// Whether none takes more than it may (L2).
    #[must_use]
    pub fn kept(&self, limits: &Limits) -> bool {
        let most = Room::of_organisation(limits);
        self.0.values().all(|taken| most.holds(taken))
    }
}

/// A command that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place among all that wait: the oldest has the lowest.
    pub place: u64,
    /// What it takes.
    pub cost: Room,
}

/// Chooses commands for a block; answers their places, ascending. Given is what waits of each
/// organisation: its duties and its business, each by place. Organisations have their turns so:
///
/// 1. Duties first, in the part of a block that no organisation can fill alone.
/// 2. The oldest command of all.
/// 3. Whatever waits, as long as there is room.
///
/// A turn is that of who has least of the block so far, by bytes or units, and among equals of who
/// has waited longest; it puts in one command, its sender's next. Who has no room for it, in the block
/// or in its share, has no further turn: later commands of the same lane do not pass it.
#[must_use]
pub fn choose<I>(waiting: impl IntoIterator<Item = (I, I)>, limits: &Limits) -> Vec<u64>
where
    I: Iterator<Item = Waiting>,
{
    let (whole, most) = (Room::of_block(limits), Room::of_organisation(limits));
    let senders = waiting.into_iter().map(|(duties, business)| Sender {
        duties: duties.peekable(),
        business: business.peekable(),
        taken: Room::default(),
    });
    let mut choice = Choice { whole, most, senders: senders.collect(), places: Vec::new() };
    let rest = whole.without(&most);
    let unused = choice.fill(rest, Sender::duty);
    let left = choice.take_oldest(whole.without(&rest.without(&unused)));
    choice.fill(left, Sender::next);
    choice.places.sort_unstable();
    choice.places
}

/// What waits of one organisation, and what was chosen of it.
struct Sender<I: Iterator<Item = Waiting>> {
    duties: Peekable<I>,
    business: Peekable<I>,
    taken: Room,
}

impl<I: Iterator<Item = Waiting>> Sender<I> {
    /// Its oldest duty.
    fn duty(&mut self) -> Option<(Waiting, Lane)> {
        self.duties.peek().map(|waiting| (*waiting, Lane::Duty))
    }

    /// The oldest of all.
    fn next(&mut self) -> Option<(Waiting, Lane)> {
        let business = self.business.peek().map(|waiting| (*waiting, Lane::Business));
        self.duty().into_iter().chain(business).min_by_key(|(waiting, _)| waiting.place)
    }
}

/// Commands while they are chosen.
struct Choice<I: Iterator<Item = Waiting>> {
    whole: Room,
    most: Room,
    senders: Vec<Sender<I>>,
    places: Vec<u64>,
}

/// Which command is an organisation's next.
type Next<I> = fn(&mut Sender<I>) -> Option<(Waiting, Lane)>;

impl<I: Iterator<Item = Waiting>> Choice<I> {
    /// Fills room by turns; what is left of it.
    fn fill(&mut self, mut room: Room, next: Next<I>) -> Room {
        let mut turns: BTreeSet<(u64, u64, usize)> = BTreeSet::new();
        for (at, sender) in self.senders.iter_mut().enumerate() {
            turns.extend(turn(sender, &self.whole, at, next));
        }
        while let Some((_, _, at)) = turns.pop_first() {
            let Some(cost) = self.put_next(at, &room, next) else { continue };
            room = room.without(&cost);
            let again = self.senders.get_mut(at);
            turns.extend(again.and_then(|sender| turn(sender, &self.whole, at, next)));
        }
        room
    }

    /// Puts the oldest command of all in; what is left of the room.
    fn take_oldest(&mut self, room: Room) -> Room {
        let senders = self.senders.iter_mut().enumerate();
        let heads = senders.filter_map(|(at, s)| s.next().map(|(next, _)| (next.place, at)));
        let cost = heads.min().and_then(|(_, at)| self.put_next(at, &room, Sender::next));
        room.without(&cost.unwrap_or_default())
    }

    /// Puts an organisation's next command in, if there is room for it; what it takes.
    fn put_next(&mut self, at: usize, room: &Room, next: Next<I>) -> Option<Room> {
        let sender = self.senders.get_mut(at)?;
        let (waiting, lane) = next(sender)?;
        let taken = sender.taken.with(&waiting.cost);
        if !room.holds(&waiting.cost) || !self.most.holds(&taken) {
            return None;
        }
        sender.taken = taken;
        let _chosen = match lane {
            Lane::Duty => sender.duties.next(),
            Lane::Business => sender.business.next(),
        };
        self.places.push(waiting.place);
        Some(waiting.cost)
    }
}

/// When an organisation's next command has its turn: after those with less of the block, and among
/// equals after older ones.
fn turn<I: Iterator<Item = Waiting>>(
    sender: &mut Sender<I>,
    whole: &Room,
    at: usize,
    next: Next<I>,
) -> Option<(u64, u64, usize)> {
    let (waiting, _) = next(sender)?;
    Some((sender.taken.part_of(whole), waiting.place, at))
}
