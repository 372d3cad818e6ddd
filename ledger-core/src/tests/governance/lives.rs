//! Random lives of a network that changes itself, against a model of parameters that keeps everything
//! that was ever decided and looks up what holds; and lives that are interrupted.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use proptest::{prelude::*, test_runner::TestRunner};

use super::{consortium, known, persons};
use crate::{
    command::{Action, Command, SignedCommand},
    execute::execute,
    genesis::Limits,
    journal::LogName,
    limits::MIN_NOTICE,
    merkle::Frontier,
    parameters::{Change, Pending},
    proposal_kind::ProposalKind,
    receipt::{Effect, Outcome},
    refusal::Refusal,
    state::{RestoreError, State},
    testing::{Actor, Bank, LIMITS, World, governing::validator},
    tests::model::{another_every_time, same_every_time},
    time::Height,
    validators::CommitteeChange,
};

/// Lives tried on every save.
const CASES: u32 = 60;
/// Lives tried in a long run.
const SOAK_CASES: u32 = 1_000;
/// Steps of one life.
const STEPS: usize = 40;
/// Kinds whose numbers change.
const KINDS: [ProposalKind; 3] =
    [ProposalKind::ChangeLimits, ProposalKind::ChangeThresholds, ProposalKind::Seize];

#[derive(Clone, Debug)]
enum Step {
    Propose {
        changes: Vec<Change>,
        ahead: u64,
    },
    Approve {
        nth: usize,
        operator: u8,
    },
    Withdraw {
        nth: usize,
        operator: u8,
    },
    Vote {
        nth: usize,
        bank: usize,
        yes: bool,
    },
    /// Two more operators and every bank, one after the other.
    Carry {
        nth: usize,
    },
    Suspend {
        bank: usize,
        on: bool,
    },
    Idle {
        blocks: u64,
    },
    Restart,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (60_000..60_100u64).prop_map(Change::CommandTtl),
        (660_000..660_100u32).prop_map(Change::BlockUnits),
        (60_000..60_100u64).prop_map(Change::AttestationMaxAge),
        (0..KINDS.len(), 2..5u8).prop_map(|(at, number)| persons(KINDS[at], number)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let changes = prop::collection::vec(change(), 1..4).prop_filter("twice", |changes| {
        let others = |at: usize, one: &Change| changes[at + 1..].iter().any(|two| one.of_same(two));
        !changes.iter().enumerate().any(|(at, one)| others(at, one))
    });
    let (nth, operator) = (|| 0..3usize, || 1..4u8);
    prop_oneof![
        4 => (changes, 60..90u64).prop_map(|(changes, ahead)| Step::Propose { changes, ahead }),
        8 => (nth(), operator()).prop_map(|(nth, operator)| Step::Approve { nth, operator }),
        1 => (nth(), operator()).prop_map(|(nth, operator)| Step::Withdraw { nth, operator }),
        8 => (nth(), 0..3usize, 0..5u8)
            .prop_map(|(nth, bank, no)| Step::Vote { nth, bank, yes: no > 0 }),
        3 => nth().prop_map(|nth| Step::Carry { nth }),
        1 => (0..3usize, any::<bool>()).prop_map(|(bank, on)| Step::Suspend { bank, on }),
        2 => prop_oneof![3 => 1..4u64, 1 => 60..90u64].prop_map(|blocks| Step::Idle { blocks }),
        1 => Just(Step::Restart),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    Members,
    Done,
}

#[derive(Clone, Debug)]
struct Proposed {
    command: SignedCommand,
    changes: Vec<Change>,
    at: u64,
    version: u32,
    said: BTreeSet<u8>,
    votes: BTreeSet<usize>,
    stage: Stage,
    /// Whether it ever was before the members.
    shown: bool,
}

/// What was decided, in the order of its decision, and who said what to the rest.
#[derive(Clone, Debug, Default)]
struct Model {
    decided: Vec<(u64, Change)>,
    proposed: Vec<Proposed>,
    suspended: BTreeSet<usize>,
}

impl Model {
    /// The value of the last change that has acted by a height, of those that one can read.
    fn last<T>(&self, height: u64, read: impl Fn(&Change) -> Option<T>) -> Option<T> {
        let acted = self.decided.iter().enumerate().filter(|(_, (at, _))| *at <= height);
        let read = acted.filter_map(|(order, (at, change))| Some(((*at, order), read(change)?)));
        read.max_by_key(|(place, _)| *place).map(|(_, value)| value)
    }

    fn limits(&self, height: u64) -> Limits {
        let ttl = self.last(height, |change| match change {
            Change::CommandTtl(ms) => Some(*ms),
            _ => None,
        });
        let units = self.last(height, |change| match change {
            Change::BlockUnits(units) => Some(*units),
            _ => None,
        });
        let age = self.last(height, |change| match change {
            Change::AttestationMaxAge(ms) => Some(*ms),
            _ => None,
        });
        Limits {
            command_ttl_ms: ttl.unwrap_or(LIMITS.command_ttl_ms),
            block_units: units.unwrap_or(LIMITS.block_units),
            attestation_max_age_ms: age.unwrap_or(LIMITS.attestation_max_age_ms),
            ..LIMITS
        }
    }

    fn persons(&self, kind: ProposalKind, height: u64) -> u8 {
        let set = self.last(height, |change| match change {
            Change::Persons(set) if set.kind == kind => Some(set.persons),
            _ => None,
        });
        set.unwrap_or(2)
    }

    fn version(&self, height: u64) -> u32 {
        let thresholds = self
            .decided
            .iter()
            .filter(|(at, change)| *at <= height && matches!(change, Change::Persons(_)));
        let heights: BTreeSet<u64> = thresholds.map(|(at, _)| *at).collect();
        1 + u32::try_from(heights.len()).unwrap()
    }

    /// What waits after a height: of one parameter at one height the last decided.
    fn pending(&self, height: u64) -> Vec<(u64, Change)> {
        let later = |order: usize, at: u64, change: &Change| {
            self.decided[order + 1..].iter().any(|(a, c)| *a == at && c.of_same(change))
        };
        let waits = self
            .decided
            .iter()
            .enumerate()
            .filter(|(order, (at, change))| *at > height && !later(*order, *at, change));
        let mut waits: Vec<_> = waits.map(|(_, waits)| *waits).collect();
        waits.sort_by_key(|(at, _)| *at);
        waits
    }

    /// Decides the changes of a proposal in the block of a height.
    fn decide(&mut self, nth: usize, height: u64) -> Result<(), Refusal> {
        let Proposed { changes, at, .. } = self.proposed[nth].clone();
        let lost = |change: &Change| {
            matches!(change, Change::Persons(set) if set.persons > 3
            && set.kind != ProposalKind::Seize)
        };
        if changes.iter().any(lost) {
            return Err(Refusal::OperatorsTooFew);
        }
        if at < height + MIN_NOTICE {
            return Err(Refusal::NoticeTooShort);
        }
        self.decided.extend(changes.iter().map(|change| (at, *change)));
        self.proposed[nth].stage = Stage::Done;
        Ok(())
    }

    fn approve(&mut self, nth: usize, operator: u8, height: u64) -> Result<Effect, Refusal> {
        let version = self.version(height);
        let active = 3 - self.suspended.len();
        let found = &self.proposed[nth];
        let threshold = found.changes.iter().any(|change| matches!(change, Change::Persons(_)));
        let kind =
            if threshold { ProposalKind::ChangeThresholds } else { ProposalKind::ChangeLimits };
        let needed = usize::from(self.persons(kind, height));
        match found {
            found if found.stage == Stage::Done => Err(Refusal::ProposalExecuted),
            found if found.version != version => Err(Refusal::ApprovalPolicyMismatch),
            found if found.said.contains(&operator) => Err(Refusal::SamePerson),
            found if found.stage == Stage::Members => Err(Refusal::ProposalNotOpen),
            found if found.said.len() + 1 < needed || active > 0 => {
                let found = &mut self.proposed[nth];
                found.said.insert(operator);
                if found.said.len() >= needed {
                    (found.stage, found.shown) = (Stage::Members, true);
                }
                Ok(Effect::Approved)
            }
            _ => self.decide(nth, height).map(|()| Effect::Executed),
        }
    }

    fn withdraw(&mut self, nth: usize, operator: u8) -> Result<Effect, Refusal> {
        let found = &mut self.proposed[nth];
        match found.stage {
            Stage::Done => Err(Refusal::ProposalExecuted),
            Stage::Members => Err(Refusal::ProposalNotOpen),
            Stage::Open if found.said.remove(&operator) => Ok(Effect::ApprovalWithdrawn),
            Stage::Open => Err(Refusal::NotVoted),
        }
    }

    fn vote(&mut self, nth: usize, bank: usize, yes: bool, height: u64) -> Result<Effect, Refusal> {
        let version = self.version(height);
        let suspended = self.suspended.clone();
        let found = &mut self.proposed[nth];
        if suspended.contains(&bank) {
            return Err(Refusal::MemberSuspended);
        }
        match found.stage {
            _ if !found.shown => return Err(Refusal::ProposalUnknown),
            Stage::Done => return Err(Refusal::ProposalExecuted),
            _ if found.version != version => return Err(Refusal::ApprovalPolicyMismatch),
            Stage::Open | Stage::Members => {}
        }
        let counted: BTreeSet<usize> = found.votes.difference(&suspended).copied().collect();
        match (counted.contains(&bank), yes) {
            (true, true) => return Err(Refusal::AlreadyVoted),
            (false, false) => return Err(Refusal::NotVoted),
            _ => {}
        }
        let mut votes = counted;
        if !yes {
            votes.remove(&bank);
        } else {
            votes.insert(bank);
            // Three members need two votes, two need two, one needs its own.
            let needed = [0, 1, 2, 2][3 - suspended.len()];
            if votes.len() >= needed {
                self.decide(nth, height)?;
            }
        }
        self.proposed[nth].votes = votes;
        Ok(Effect::Executed)
    }
}

/// A life: the world, the model, and what any state ever said of the bounds of a height.
struct Life {
    world: World,
    banks: [Bank; 3],
    model: Model,
    told: BTreeMap<Height, Limits>,
    seen: BTreeSet<&'static str>,
}

impl Life {
    fn height(&self) -> u64 {
        self.world.state.header().height.get()
    }

    /// Runs commands, of which the last one is looked at.
    fn run(&mut self, commands: &[SignedCommand]) -> Outcome {
        let receipts = self.world.block(commands).receipts;
        self.check();
        receipts.last().unwrap().outcome
    }

    fn idle(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.world.block(&[]);
            self.check();
        }
    }

    fn check(&mut self) {
        let (height, values) = (self.height(), &self.world.state.parameters().values);
        assert_eq!(values.limits, self.model.limits(height), "D1 at {height}");
        let told = self.told.get(&Height::new(height));
        assert!(told.is_none_or(|told| *told == values.limits), "told otherwise before {height}");
        for kind in KINDS {
            assert_eq!(values.persons(kind), self.model.persons(kind, height), "{}", kind.name());
        }
        assert_eq!(values.version, self.model.version(height));
        let pending = self.model.pending(height).into_iter();
        let pending: Vec<_> =
            pending.map(|(at, change)| Pending { at: Height::new(at), change }).collect();
        assert_eq!(values.pending, pending);
        for (at, limits) in known(&self.world) {
            let before = self.told.insert(at, limits);
            assert!(before.is_none_or(|before| before == limits), "two answers about {at}");
        }
    }

    fn expect(&mut self, found: Outcome, expected: Result<Effect, Refusal>) {
        match expected {
            Ok(effect) => {
                assert_eq!(found, Outcome::Applied(effect));
                self.seen.insert(effect.name());
            }
            Err(refusal) => {
                assert_eq!(found, Outcome::Refused(refusal));
                self.seen.insert(refusal.code());
            }
        }
    }

    fn take(&mut self, step: &Step) {
        // What signers name shall be what is in force when they are heard.
        while self.model.version(self.height()) != self.model.version(self.height() + 1) {
            self.idle(1);
        }
        let next = self.height() + 1;
        let of = |nth: usize, all: &[Proposed]| all.len().checked_sub(1 + nth % all.len().max(1));
        match step {
            Step::Propose { changes, ahead } => {
                let at = next + ahead;
                let command = self.world.propose_changes(changes, Height::new(at));
                let (version, said) = (self.model.version(next), BTreeSet::from([1]));
                self.model.proposed.push(Proposed {
                    command: command.clone(),
                    changes: changes.clone(),
                    at,
                    version,
                    said,
                    votes: BTreeSet::new(),
                    stage: Stage::Open,
                    shown: false,
                });
                let found = self.run(&[command]);
                self.expect(found, Ok(Effect::Proposed));
            }
            Step::Approve { nth, operator } => {
                let Some(nth) = of(*nth, &self.model.proposed) else { return };
                let proposal = self.model.proposed[nth].command.clone();
                let approval = self.world.approve(&Actor::operator(*operator), &proposal);
                let expected = self.model.approve(nth, *operator, next);
                let found = self.run(&[approval]);
                self.expect(found, expected);
            }
            Step::Withdraw { nth, operator } => {
                let Some(nth) = of(*nth, &self.model.proposed) else { return };
                let proposal = self.model.proposed[nth].command.body.id();
                let by = Actor::operator(*operator);
                let command = self.world.sign(&by, Command::WithdrawApproval { proposal });
                let expected = self.model.withdraw(nth, *operator);
                let found = self.run(&[command]);
                self.expect(found, expected);
            }
            Step::Vote { nth, bank, yes } => {
                let Some(nth) = of(*nth, &self.model.proposed) else { return };
                let said = self.world.said(&self.model.proposed[nth].command);
                let commands = self.world.vote(&self.banks[*bank], said, *yes);
                let expected = self.model.vote(nth, *bank, *yes, next);
                let found = self.run(&commands);
                self.expect(found, expected);
            }
            Step::Carry { nth } => {
                let nth = *nth;
                let approvals = [2, 3].map(|operator| Step::Approve { nth, operator });
                let votes = [0, 1, 2].map(|bank| Step::Vote { nth, bank, yes: true });
                approvals.iter().chain(&votes).for_each(|step| self.take(step));
            }
            Step::Suspend { bank, on } => {
                let member = self.banks[*bank].lei;
                if *on != self.model.suspended.contains(bank) {
                    let action = if *on {
                        self.model.suspended.insert(*bank);
                        Action::SuspendMember { member }
                    } else {
                        self.model.suspended.remove(bank);
                        Action::ReinstateMember { member }
                    };
                    let commands = self.world.decide(action);
                    let found = self.run(&commands);
                    self.expect(found, Ok(Effect::Executed));
                }
            }
            Step::Idle { blocks } => self.idle(*blocks),
            Step::Restart => {
                let kept = self.world.kept(self.world.state.header().height);
                self.world.state = State::restore(kept).unwrap();
            }
        }
    }
}

fn lives(mut runner: TestRunner) {
    let (mut world, banks) = consortium();
    let third = world.register_key(Actor::operator(3).grant);
    world.apply_all(&third);
    let seen = RefCell::new(BTreeSet::new());
    let acted = RefCell::new(0usize);
    runner
        .run(&prop::collection::vec(step(), 1..STEPS), |steps| {
            let (model, told) = (Model::default(), BTreeMap::new());
            let mut life = Life { world: world.clone(), banks, model, told, seen: BTreeSet::new() };
            for step in &steps {
                life.take(step);
            }
            // Whatever was decided acts.
            life.idle(91);
            let last = life.height();
            assert!(life.model.decided.iter().all(|(at, _)| *at <= last));
            *acted.borrow_mut() += life.model.decided.len();
            seen.borrow_mut().extend(life.seen);
            Ok(())
        })
        .unwrap();
    let seen = seen.into_inner();
    for reached in [
        Effect::Executed.name(),
        Effect::ApprovalWithdrawn.name(),
        Refusal::OperatorsTooFew.code(),
        Refusal::NoticeTooShort.code(),
        Refusal::ProposalNotOpen.code(),
        Refusal::ProposalUnknown.code(),
        Refusal::AlreadyVoted.code(),
        Refusal::NotVoted.code(),
        Refusal::MemberSuspended.code(),
        Refusal::ProposalExecuted.code(),
    ] {
        assert!(seen.contains(reached), "{reached} never happened");
    }
    assert!(acted.into_inner() > 20, "hardly anything ever acted");
}

#[test]
fn d1_d2_d4_parameters_hold_what_a_model_of_all_decisions_says() {
    lives(same_every_time(CASES));
}

#[test]
fn d1_d2_d4_parameters_hold_what_a_model_of_all_decisions_says_soak() {
    lives(another_every_time(SOAK_CASES));
}

/// A network that decides, votes, and changes both its parameters and its committee.
fn changing() -> World {
    let (mut world, banks) = consortium();
    let at = world.ahead(MIN_NOTICE + 8);
    let changes = [Change::CommandTtl(120_000), persons(ProposalKind::OpenAccount, 2)];
    let first = world.propose_changes(&changes, at);
    let mut add: Vec<_> = [5, 6].map(validator).to_vec();
    add.sort_by_key(|validator| validator.identity);
    let epoch = world.next_change();
    let asked = CommitteeChange { remove: Vec::new(), add, at: epoch };
    let second = world.propose(&Actor::operator(1), Action::ChangeValidators(asked));
    for proposal in [first, second] {
        let approval = world.approve(&Actor::operator(2), &proposal);
        world.apply_all(&[proposal.clone(), approval]);
        for bank in &banks[..2] {
            let said = world.said(&proposal);
            let votes = world.vote(bank, said, true);
            world.apply_all(&votes);
        }
    }
    world.idle_to(Height::new(at.max(epoch).get() + 3));
    let standing = world.standing(&banks[0], banks[0].party(9));
    world.apply(&standing);
    world
}

#[test]
fn d1_i8_i11_a_restart_between_decision_and_act_goes_on_to_the_same_roots() {
    let world = changing();
    assert_eq!(world.state.parameters().values.limits.command_ttl_ms, 120_000);
    let voting = world.sets.len() - 80;
    for at in voting..world.sets.len() {
        let mut state = State::restore(world.kept(Height::new(at as u64))).unwrap();
        let mut plain = State::genesis(&world.genesis).unwrap().0;
        world.sets[1..=at].iter().for_each(|set| plain.apply(set));
        let next = state.header().height.get();
        for ahead in 0..70 {
            let height = Height::new(next + ahead);
            assert_eq!(state.limits_at(height), plain.limits_at(height), "of {height} at {at}");
        }
        for (block, first) in world.blocks[at..].iter().zip(&world.sets[at + 1..]) {
            let set = execute(&state, &block.accept_finalized(state.header()).unwrap());
            assert_eq!(set.results, first.results, "restored at {at}");
            state.apply(&set);
        }
        assert_eq!(state.parameters(), world.state.parameters());
    }
}

#[test]
fn d2_i11_a_damaged_journal_of_the_network_is_refused() {
    let world = changing();
    let kept = || world.kept(world.state.header().height);
    assert!(State::restore(kept()).is_ok());
    for log in [LogName::Parameters, LogName::Committee] {
        let mut missing = kept();
        missing.frontiers.remove(&log);
        assert_eq!(State::restore(missing).err(), Some(RestoreError::List), "{log:?}");
        let mut other = kept();
        other.frontiers.insert(log, Frontier::default());
        assert_eq!(State::restore(other).err(), Some(RestoreError::List), "{log:?}");
    }
}
